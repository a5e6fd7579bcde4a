import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { FailureReason, UpstreamResponse } from '../provider.ts'
import { callerMessage, errorByStatus, retryAfterSeconds, type VendorError } from '../upstream-answer.ts'

const SUCCESS = 10_000

const envelope = z.object({ code: z.coerce.number().int(), message: z.string().nullish().catch(undefined), request_id: z.string().optional().catch(undefined), data: z.unknown().optional() })
type Said = z.output<typeof envelope>

/** `done` is good only with the code of success. */
const finishedTask = z.object({ status: z.literal('done') })

/** A good answer. Throws `UpstreamError` for any other, in either envelope. */
export function answered(response: UpstreamResponse): Said {
  const said = envelope.safeParse(response.json).data
  if (response.status >= 200 && response.status < 300 && said?.code === SUCCESS) return said
  throw jimengError(response)
}

/**
 * What a look was told of the task itself, and not of the look: the reviews, materials that turned out to be wrong ("the
 * sound must be shorter than 60 s; a longer one is accepted, and the query says 50215"), and whatever is said of a task
 * that is done.
 */
export function failureOf({ json }: UpstreamResponse): FailureReason | undefined {
  const said = envelope.safeParse(json).data
  if (said === undefined || said.code === SUCCESS) return undefined
  const meaning = CODES.get(said.code)
  const isDone = finishedTask.safeParse(said.data).success
  if (!isDone && meaning !== 'content_policy' && meaning !== 'refused' && meaning !== 'invalid_request') return undefined
  const code = meaning === 'content_policy' || meaning === 'invalid_request' ? meaning : 'upstream_failed'
  return { code, message: callerMessage(said.message, 'The upstream could not make this'), upstreamCode: String(said.code) }
}

/** The service's own codes, and the words of the gate before it. */
const CODES = new Map<number | string, CodeMeaning>([
  [50411, 'content_policy'], [50412, 'content_policy'], [50413, 'content_policy'],
  [50511, 'content_policy'], [50512, 'content_policy'], [50513, 'content_policy'], [50514, 'content_policy'], [50516, 'content_policy'], [50517, 'content_policy'], [50518, 'content_policy'], [50519, 'content_policy'],
  // "Risk / Antidirt / Image-copyright internal error": the review itself failed, and it is not to be tried again.
  [50520, 'refused'], [50521, 'refused'], [50522, 'refused'],
  [50429, 'busy'], [50430, 'busy'],
  [50500, 'lost'], [50501, 'lost'],
  // "Access Denied": seen for a wrong key of a model, and for one that the account has not opened; others work on.
  [50400, 'model'],
  [50207, 'invalid_request'], [50215, 'invalid_request'],
  ...['MissingAuthenticationToken', 'MissingRequestInfo', 'MissingSignature', 'InvalidTimestamp', 'InvalidAccessKey', 'SignatureDoesNotMatch', 'LackPolicy', 'AccessDenied', 'InvalidAuthorization', 'InvalidCredential', 'InvalidSecretToken']
    .map((word): [string, CodeMeaning] => [word, 'credential']),
  ['FlowLimitExceeded', 'busy'],
  ...['InternalError', 'InternalServiceTimeout', 'ServiceUnavailableTemp', 'InternalServiceError'].map((word): [string, CodeMeaning] => [word, 'lost']),
])

type CodeMeaning = 'content_policy' | 'refused' | 'busy' | 'lost' | 'model' | 'invalid_request' | 'credential'

function jimengError(response: UpstreamResponse): UpstreamError {
  const vendor = vendorError(response)
  const byStatus = errorByStatus(response, vendor)
  // After a 5xx the task may exist, whatever the body says.
  if (byStatus.kind === 'lost' || vendor.code === undefined) return byStatus

  const details = { httpStatus: response.status, upstreamCode: vendor.code }
  const said = callerMessage(vendor.message, `The upstream answered with ${vendor.code}`)
  switch (CODES.get(vendor.code) ?? CODES.get(Number(vendor.code))) {
    case undefined:
      return byStatus
    case 'content_policy':
      return new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { ...details, code: 'content_policy' })
    case 'invalid_request':
      return new UpstreamError('refused', said, { ...details, code: 'invalid_request' })
    case 'model':
      return new UpstreamError('refused', 'The upstream does not serve this model now', details)
    case 'refused':
      return new UpstreamError('refused', said, details)
    case 'credential':
      return new UpstreamError('credential', said, details)
    case 'busy':
      return new UpstreamError('busy', said, { ...details, retryAfterSeconds: retryAfterSeconds(response) ?? RETRY_AFTER_SECONDS })
    case 'lost':
      return new UpstreamError('lost', said, details)
  }
}

/** The vendor names no time; an account has one or two places, and each is taken for a minute or more. */
const RETRY_AFTER_SECONDS = 10

const gateEnvelope = z.object({ ResponseMetadata: z.object({ Error: z.object({ Code: z.string(), Message: z.string().nullish().catch(undefined) }) }) })

/** Whether wrong signatures come in the gate's envelope is likely, and not certain; so both are read, and that one first. */
function vendorError(response: UpstreamResponse): VendorError {
  const gate = gateEnvelope.safeParse(response.json).data?.ResponseMetadata.Error
  if (gate) return { code: gate.Code, message: gate.Message ?? undefined }
  const said = envelope.safeParse(response.json).data
  return said === undefined || said.code === SUCCESS ? {} : { code: String(said.code), message: said.message ?? undefined }
}
