import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { FailureReason, UpstreamResponse } from '../provider.ts'
import { callerMessage, errorByStatus, type VendorError } from '../upstream-answer.ts'

type CodeMeaning = 'content_policy' | 'credential' | 'model' | 'invalid_request'

/** What the vendor's codes mean where the HTTP status says less or something else; Azure's own words are among them. */
const CODES: readonly (readonly [RegExp, CodeMeaning])[] = [
  [/^(?:moderation_blocked|content_policy_violation|content_?filter|ResponsibleAIPolicyViolation)/i, 'content_policy'],
  // "429 insufficient_quota … is not retryable"; the ceiling of spending comes with status 400.
  [/^(?:insufficient_quota|billing_|account_deactivated|invalid_api_key)/, 'credential'],
  // One model of the account: the others work on, so it is no reason to give up the channel.
  [/^(?:model_not_found|DeploymentNotFound)/, 'model'],
  [/^(?:invalid_value|unknown_parameter|missing_required_parameter)/, 'invalid_request'],
]

/** The wire's names of fields, in ours. */
const PARAMS = new Map([
  ['prompt', 'prompt'], ['seconds', 'durationSeconds'], ['size', 'size'], ['input_reference', 'inputs'], ['video', 'inputs'],
  ['image', 'inputs'], ['images', 'inputs'], ['mask', 'inputs'], ['n', 'count'], ['quality', 'quality'], ['style', 'style'], ['output_format', 'outputFormat'],
  ['background', 'vendor.background'], ['moderation', 'vendor.moderation'], ['output_compression', 'vendor.output_compression'], ['input_fidelity', 'vendor.input_fidelity'],
])

/** The body of a good answer; anything else is thrown as what it means. */
export function expectOk(response: UpstreamResponse): unknown {
  if (response.status >= 200 && response.status < 300) return response.json
  throw openAiError(response)
}

export function openAiError(response: UpstreamResponse): UpstreamError {
  const vendor = vendorError(response)
  const byStatus = errorByStatus(response, vendor)
  // After a 5xx the job may exist, whatever the body says.
  if (byStatus.kind === 'lost' || byStatus.kind === 'garbled') return byStatus

  const param = PARAMS.get(vendor.param?.replace(/[[.].*$/, '') ?? '')
  const details = { httpStatus: response.status, ...(vendor.code !== undefined && { upstreamCode: vendor.code }), ...(param !== undefined && { param }) }
  switch (meaningOf(vendor.code)) {
    case 'content_policy':
      return new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { ...details, code: 'content_policy' })
    case 'credential':
      return new UpstreamError('credential', byStatus.message, details)
    case 'model':
      return new UpstreamError('refused', 'The upstream does not serve this model now', details)
    case 'invalid_request':
      return new UpstreamError('refused', byStatus.message, { ...details, code: 'invalid_request' })
    case undefined:
      return byStatus.kind === 'refused' && param !== undefined ? new UpstreamError('refused', byStatus.message, { ...details, code: byStatus.code }) : byStatus
  }
}

/** Of a video that failed on the way: "HTTP 200 poll with `status: failed` and `error.code`". */
export function failureOf({ code, message }: VendorError): FailureReason {
  const meaning = meaningOf(code)
  const ours = meaning === 'content_policy' || meaning === 'invalid_request' ? meaning : 'upstream_failed'
  // What befell the operator's account there is not the caller's to read.
  const said = meaning === 'credential' || meaning === 'model' ? undefined : message
  return { code: ours, message: callerMessage(said, 'The upstream could not make this video'), ...(code !== undefined && { upstreamCode: code }) }
}

function meaningOf(code: string | undefined): CodeMeaning | undefined {
  return code === undefined ? undefined : CODES.find(([pattern]) => pattern.test(code))?.[1]
}

const text = z.string().optional().catch(undefined)

/** Servers that speak this wire put a bare sentence there as well, and numbers for codes. */
const errorEnvelope = z.object({ error: z.union([z.object({ message: text, type: text, param: text, code: z.union([z.string(), z.number().transform(String)]).optional().catch(undefined) }), z.string().transform((message) => ({ message }))]) })

function vendorError(response: UpstreamResponse): VendorError & { param?: string | undefined } {
  const error = errorEnvelope.safeParse(response.json).data?.error
  return { code: error !== undefined && 'code' in error ? error.code : undefined, message: error?.message, param: error !== undefined && 'param' in error ? error.param : undefined }
}
