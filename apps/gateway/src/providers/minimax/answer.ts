import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { FailureReason } from '../../core/progress.ts'
import type { UpstreamResponse } from '../provider.ts'
import { callerMessage, errorByStatus, retryAfterSeconds } from '../upstream-answer.ts'

/**
 * `base_resp.status_code`, which stands in answers of HTTP status 200. What went wrong inside may have come after the
 * task was taken; nobody says.
 */
const CODES = new Map<number, CodeMeaning>([
  [1000, 'internal'],
  [1001, 'internal'],
  [1002, 'busy'],
  [1004, 'credential'],
  [1008, 'credential'],
  [1013, 'internal'],
  [1024, 'internal'],
  [1026, 'content_policy'],
  [1027, 'content_policy'],
  [1033, 'internal'],
  [1039, 'busy'],
  [2013, 'invalid_request'],
  // No real name was registered (China), the key is of the other region, the plan is used up.
  [2038, 'credential'],
  [2049, 'credential'],
  [2056, 'credential'],
])
type CodeMeaning = 'internal' | 'busy' | 'credential' | 'content_policy' | 'invalid_request'

/** `error.type` of version 2; the others mean what their HTTP status does. */
const TYPES = new Map<string, CodeMeaning>([
  ['unprocessable_entity_error', 'content_policy'],
  ['authorized_error', 'credential'],
  ['insufficient_balance_error', 'credential'],
  ['rate_limit_error', 'busy'],
  ['bad_request_error', 'invalid_request'],
])

/** "20 RPM": a quarter of the window. */
const RETRY_AFTER_SECONDS = 15

/** The body of a good answer. @throws UpstreamError for an error of either version. */
export function expectOk(response: UpstreamResponse): unknown {
  if (response.status < 200 || response.status >= 300) throw statusError(response)
  const said = saidOf(response)
  if (said.code !== 0) throw codeError(said.code, said.message, response)
  return response.json
}

/** An answer that lacks what it should have. */
export function unreadable(response: UpstreamResponse): UpstreamError {
  return errorByStatus(response)
}

const baseResponse = z.object({ base_resp: z.object({ status_code: z.coerce.number(), status_msg: z.string().nullish().catch(undefined) }) })

/** What an answer says of itself; version 2 says nothing when all is well. */
export function saidOf({ json }: UpstreamResponse): { code: number; message: string | undefined } {
  const { data } = baseResponse.safeParse(json)
  return { code: data?.base_resp.status_code ?? 0, message: data?.base_resp.status_msg ?? undefined }
}

/** Whether a code can be about a task, or only about the one who looks at it. */
export function isOfLooking(code: number): boolean {
  const meaning = CODES.get(code)
  return meaning === 'busy' || (meaning === 'credential' && code !== 1008)
}

/** Why a task failed, by the vendor's number of it. */
export function failureOf(code: number | undefined, message: string | undefined): FailureReason {
  const upstream = code === undefined || code === 0 ? {} : { upstreamCode: String(code) }
  const meaning = code === undefined ? undefined : CODES.get(code)
  if (meaning === 'content_policy') return { code: 'content_policy', message: callerMessage(message, 'The content was refused'), ...upstream }
  if (meaning === 'invalid_request') return { code: 'invalid_request', message: callerMessage(message, 'The upstream could not use what it was given'), ...upstream }
  // What befell the operator's account there is not the caller's to read.
  return { code: 'upstream_failed', message: callerMessage(meaning === 'credential' ? undefined : message, 'The upstream could not make this'), ...upstream }
}

export function codeError(code: number, message: string | undefined, response: UpstreamResponse): UpstreamError {
  return meantError(CODES.get(code) ?? 'internal', callerMessage(message, 'The upstream refused'), { response, upstreamCode: String(code) })
}

function meantError(meaning: CodeMeaning, message: string, { response, upstreamCode }: { response: UpstreamResponse; upstreamCode: string }): UpstreamError {
  const details = { httpStatus: response.status, upstreamCode }
  switch (meaning) {
    case 'content_policy':
    case 'invalid_request':
      return new UpstreamError('refused', message, { ...details, code: meaning })
    case 'credential':
      return new UpstreamError('credential', message, details)
    case 'busy':
      return new UpstreamError('busy', message, { ...details, retryAfterSeconds: retryAfterSeconds(response) ?? RETRY_AFTER_SECONDS })
    case 'internal':
      return new UpstreamError('lost', message, details)
  }
}

const errorEnvelope = z.object({ error: z.object({ type: z.string().nullish(), message: z.string().nullish() }) })

function statusError(response: UpstreamResponse): UpstreamError {
  const { error } = errorEnvelope.safeParse(response.json).data ?? {}
  const type = error?.type ?? undefined
  const byStatus = errorByStatus(response, { code: type, message: error?.message ?? undefined })
  const meaning = type === undefined ? undefined : TYPES.get(type)
  // After a 5xx the task may exist, whatever the body says.
  if (type === undefined || meaning === undefined || byStatus.kind === 'lost') return byStatus
  return meantError(meaning, byStatus.message, { response, upstreamCode: type })
}
