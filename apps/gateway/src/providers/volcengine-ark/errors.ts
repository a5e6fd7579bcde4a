import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { FailureReason, UpstreamResponse } from '../provider.ts'
import { callerMessage, errorByStatus, retryAfterSeconds, type VendorError } from '../upstream-answer.ts'

type CodeMeaning = 'content_policy' | 'busy' | 'model' | 'credential' | 'quota' | 'invalid_request'

/**
 * What the vendor's codes mean where the HTTP status says less or something else. Matched from the start of the code:
 * most have endings (`InputImageSensitiveContentDetected.PrivacyInformation`).
 */
const CODES: readonly (readonly [RegExp, CodeMeaning])[] = [
  [/^(?:Input|Output)?(?:Text|Image|Video|Audio)?SensitiveContentDetected/, 'content_policy'],
  [/^(?:Input|Output)(?:Text|Image)RiskDetection/, 'content_policy'],
  // The checker itself failed, before anything was started.
  [/^ContentSecurityDetectionError/, 'busy'],
  [/^(?:AuthenticationError|InvalidAccountStatus|InvalidSubscription|AccessDenied|AccountOverdueError|OperationDenied)/, 'credential'],
  // One model or endpoint of the account: the others work on, so it is no reason to give up the channel.
  [/^(?:InvalidEndpoint\.ClosedEndpoint|InvalidEndpointOrModel|ModelNotOpen|UnsupportedModel)/, 'model'],
  // A ceiling of spending that the account's owner has set.
  [/^SetLimitExceeded/, 'credential'],
  [/^QuotaExceeded/, 'quota'],
  [/^(?:MissingParameter|InvalidParameter|InvalidImageURL)/, 'invalid_request'],
]

/** Limits are per minute and the vendor names no time to wait: a quarter of the window. */
const RETRY_AFTER_SECONDS = 15

/** The body of a good answer; anything else is thrown as what it means. */
export function expectOk(response: UpstreamResponse): unknown {
  if (response.status >= 200 && response.status < 300) return response.json
  throw arkError(response)
}

export function arkError(response: UpstreamResponse): UpstreamError {
  const vendor = vendorError(response)
  const byStatus = errorByStatus(response, vendor)
  // After a 5xx the task may exist, whatever the body says.
  if (byStatus.kind === 'lost' || byStatus.kind === 'garbled') return byStatus

  const details = { httpStatus: response.status, ...(vendor.code !== undefined && { upstreamCode: vendor.code }) }
  const meaning = meaningOf(vendor.code)
  switch (meaning === 'quota' ? quotaMeaning(vendor.message) : (meaning ?? byStatus.kind)) {
    case 'content_policy':
      return new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { ...details, code: 'content_policy' })
    case 'invalid_request':
      return new UpstreamError('refused', byStatus.message, { ...details, code: 'invalid_request' })
    case 'model':
      return new UpstreamError('refused', 'The upstream does not serve this model now', details)
    case 'credential':
      return new UpstreamError('credential', byStatus.message, details)
    case 'busy':
      return new UpstreamError('busy', byStatus.message, { ...details, retryAfterSeconds: retryAfterSeconds(response) ?? RETRY_AFTER_SECONDS })
    case 'refused':
      return byStatus
  }
}

/** Of what was begun. 2.5 finds some faults of parameters only while it works, so a task may fail for those too. */
export function failureOf({ code, message }: VendorError, what: 'video' | 'picture'): FailureReason {
  const meaning = meaningOf(code)
  const ours = meaning === 'content_policy' || meaning === 'invalid_request' ? meaning : 'upstream_failed'
  // What befell the operator's account there is not the caller's to read.
  const said = meaning === 'credential' || meaning === 'quota' || meaning === 'model' ? undefined : message
  return { code: ours, message: callerMessage(said, `The upstream could not make this ${what}`), ...(code !== undefined && { upstreamCode: code }) }
}

function meaningOf(code: string | undefined): CodeMeaning | undefined {
  return code === undefined ? undefined : CODES.find(([pattern]) => pattern.test(code))?.[1]
}

/** `QuotaExceeded` is said of a full queue, which empties, and of a free quota used up, which does not. */
function quotaMeaning(message = ''): 'busy' | 'credential' {
  return /free|trial|used up|exhausted|免费|用尽/i.test(message) && !/queue|排队/i.test(message) ? 'credential' : 'busy'
}

const errorEnvelope = z.object({ error: z.object({ code: z.string().nullish(), message: z.string().nullish() }) })

export function vendorError(response: Pick<UpstreamResponse, 'json'>): VendorError {
  const { error } = errorEnvelope.safeParse(response.json).data ?? {}
  return { code: error?.code ?? undefined, message: error?.message ?? undefined }
}
