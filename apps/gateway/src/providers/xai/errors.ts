import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { FailureReason, UpstreamResponse } from '../provider.ts'
import { callerMessage, errorByStatus, type VendorError } from '../upstream-answer.ts'

/** The body of a good answer; anything else is thrown as what it means. */
export function expectOk(response: UpstreamResponse): unknown {
  if (response.status >= 200 && response.status < 300) return response.json
  throw xaiError(response)
}

export function xaiError(response: UpstreamResponse): UpstreamError {
  const vendor = vendorError(response)
  const byStatus = errorByStatus(response, vendor)
  // After a 5xx the request may have been accepted, whatever the body says.
  if (byStatus.kind === 'lost' || byStatus.kind === 'garbled') return byStatus
  const details = { httpStatus: response.status, ...(vendor.code !== undefined && { upstreamCode: vendor.code }) }
  if (isModeration(vendor)) return new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { ...details, code: 'content_policy' })
  // "400: also an invalid API key in some reports"; money may be said of with any status.
  if (ABOUT_OUR_ACCOUNT.test(vendor.message ?? '')) return new UpstreamError('credential', byStatus.message, details)
  return byStatus
}

const ABOUT_OUR_ACCOUNT = /\bAPI key\b|\bcredits?\b|spending limit|\bbilling\b/i

/** `imagine:content-moderated`, or an invalid argument "rejected by content moderation": the code alone does not tell. */
export function isModeration({ code, message }: VendorError): boolean {
  return /content[- ]moderat/i.test(`${code ?? ''} ${message ?? ''}`)
}

/** Where only a flag says so. */
export const MODERATED: FailureReason = { code: 'content_policy', message: 'The content was refused' }

/** "codes `invalid_argument`, `permission_denied`, `failed_precondition`, `service_unavailable`, `internal_error`". */
export function failureOf(vendor: VendorError): FailureReason {
  const upstreamCode = vendor.code !== undefined && { upstreamCode: vendor.code }
  if (isModeration(vendor)) return { code: 'content_policy', message: callerMessage(vendor.message, 'The content was refused'), ...upstreamCode }
  const code = vendor.code === 'invalid_argument' ? 'invalid_request' : 'upstream_failed'
  // What befell the operator's account there is not the caller's to read.
  const said = vendor.code === 'permission_denied' || ABOUT_OUR_ACCOUNT.test(vendor.message ?? '') ? undefined : vendor.message
  return { code, message: callerMessage(said, 'The upstream could not make this'), ...upstreamCode }
}

const text = z.string().optional().catch(undefined)

/** "Three body shapes coexist": `{ code, error: text }`, `{ error: { message, type, param, code } }` and `{ error: text }`. */
const errorBody = z.union([
  z.object({ error: z.object({ message: text, code: z.union([z.string(), z.number().transform(String)]).optional().catch(undefined) }) }).transform(({ error }) => error),
  z.object({ error: z.string(), code: text }).transform(({ error, code }) => ({ message: error, code })),
])

export function vendorError({ json }: Pick<UpstreamResponse, 'json'>): VendorError {
  return errorBody.safeParse(json).data ?? {}
}
