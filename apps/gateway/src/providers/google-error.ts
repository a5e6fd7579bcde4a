import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { UpstreamResponse } from './provider.ts'
import { callerMessage, errorByStatus, retryAfterSeconds, type VendorError } from './upstream-answer.ts'

/**
 * What a refusal of Google's means, on the Gemini API and on Vertex AI: `{ error: { code, message, status, details } }`,
 * which their front ends sometimes wrap in a list of one. On the Interactions API `code` is a word instead.
 *
 * Facts are of November 2026, from https://ai.google.dev/gemini-api/docs/troubleshooting and Google's SDKs.
 */
export function googleError(response: UpstreamResponse): UpstreamError {
  const { error } = envelope.safeParse(Array.isArray(response.json) ? response.json[0] : response.json).data ?? {}
  const vendor: VendorError = { code: error?.status ?? (typeof error?.code === 'string' ? error.code : undefined), message: error?.message ?? undefined }
  const byStatus = errorByStatus(response, vendor)
  // After a 5xx the job may exist, whatever the body says.
  if (byStatus.kind === 'lost' || byStatus.kind === 'garbled') return byStatus

  const details = { httpStatus: response.status, ...(vendor.code !== undefined && { upstreamCode: vendor.code }) }
  const message = vendor.message ?? ''
  const reasons = error?.details?.flatMap(({ reason }) => reason ?? []) ?? []
  if (reasons.includes('API_KEY_INVALID') || ACCOUNT.test(message) || vendor.code?.toUpperCase() === 'FAILED_PRECONDITION') return new UpstreamError('credential', byStatus.message, details)
  if (byStatus.kind === 'refused' && isModeration(message)) return new UpstreamError('refused', callerMessage(message, 'The content was refused'), { ...details, code: 'content_policy' })
  if (byStatus.kind !== 'busy') return byStatus
  const retryAfter = retryAfterSeconds(response) ?? error?.details?.map(({ retryDelay }) => secondsOf(retryDelay)).find((seconds) => seconds !== undefined)
  return new UpstreamError('busy', byStatus.message, { ...details, retryAfterSeconds: retryAfter ?? RETRY_AFTER_SECONDS })
}

/** Whether a sentence of Google's says that content was the reason: there is no code for it on these wires. */
export function isModeration(message: string): boolean {
  return MODERATION.test(message)
}

/** Limits are per minute: a quarter of it where the vendor names no time. */
const RETRY_AFTER_SECONDS = 15
const MAX_RETRY_AFTER_SECONDS = 3_600

/**
 * "The prompt could not be submitted. This prompt contains words that violate Google's Responsible AI practices",
 * "… sensitive words that violate …", "… violate usage guidelines … Support codes: …", "blocked by safety filters".
 */
const MODERATION = /responsible ai|usage (?:guidelines|policy|policies)|support codes?:|sensitive (?:words?|content)|safety (?:filter|polic|settings?|reasons?)|prohibited (?:content|words?)|content polic/i

/** What is wrong with the account or its key, where the status does not say so. "API key not valid" is a 400. */
const ACCOUNT = /\bAPI key (?:not valid|not found|expired)|\bcredits? (?:are|is|have been|has been) (?:depleted|exhausted)|\bspend(?:ing)? (?:cap|limit)/i

const envelope = z.object({
  error: z.object({
    code: z.union([z.number(), z.string()]).nullish().catch(undefined),
    message: z.string().nullish().catch(undefined),
    status: z.string().nullish().catch(undefined),
    details: z.array(z.object({ reason: z.string().optional().catch(undefined), retryDelay: z.string().optional().catch(undefined) })).nullish().catch(undefined),
  }),
})

/** `12s` or `1.5s`, as `google.rpc.RetryInfo` writes a duration. */
function secondsOf(duration: string | undefined): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(duration ?? '')
  return match ? Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(Number(match[1])))) : undefined
}
