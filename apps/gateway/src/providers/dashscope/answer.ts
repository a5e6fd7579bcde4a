import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { FailureReason, Progress, ResultSource } from '../../core/progress.ts'
import type { UpstreamResponse } from '../provider.ts'
import { callerMessage, errorByStatus, retryAfterSeconds, type VendorError } from '../upstream-answer.ts'

/** `UNKNOWN` is not among them: it is said of what is older than a day, and also of what is too young to be known. */
const STATUS = new Map<string, 'running' | 'succeeded' | 'failed' | 'cancelled'>([
  ['PENDING', 'running'],
  ['RUNNING', 'running'],
  ['SUSPENDED', 'running'],
  ['SUCCEEDED', 'succeeded'],
  ['FAILED', 'failed'],
  ['CANCELED', 'cancelled'],
])

/**
 * What the vendor's codes mean, in answers and at failed tasks alike. Matched from the start of the code: many have
 * endings (`Throttling.RateQuota`).
 */
const CODES: readonly (readonly [RegExp, CodeMeaning])[] = [
  [/^(?:DataInspectionFailed|IPInfringementSuspect|FaqRuleBlocked)/, 'content_policy'],
  [/^InvalidParameter\.DataInspection/, 'inspection'],
  [/^(?:Arrearage|CommodityNotPurchased|PrepaidBillOverdue|PostpaidBillOverdue|InvalidApiKey|Workspace\.AccessDenied|WorkSpaceNotFound)/, 'credential'],
  // One model of the account: the others work on, so it is no reason to give up the channel.
  [/^(?:Model\.AccessDenied|ModelNotFound)/, 'model'],
  [/^AccessDenied/, 'credential'],
  [/^Throttling\.AllocationQuota/, 'quota'],
  [/^(?:Throttling|LimitRequests|ServiceOverloaded|ResourceExhausted)/, 'busy'],
  [/^(?:InvalidParameter|InvalidURL|InvalidFile|BadRequest|UnsupportedOperation)/, 'invalid_request'],
]
type CodeMeaning = 'content_policy' | 'inspection' | 'credential' | 'model' | 'quota' | 'busy' | 'invalid_request'

/** Limits are of a few submissions a second and of jobs at a time, and the vendor names no time to wait. */
const RETRY_AFTER_SECONDS = 10

const lenientText = z.string().optional().catch(undefined)
/** `duration` is a whole number, a fraction or text, by family. */
const lenientNumber = z.coerce.number().nonnegative().optional().catch(undefined)

const conversation = z.array(z.object({ message: z.object({ content: z.array(z.object({ image: lenientText })).catch([]) }) })).nullish().catch(undefined)
const usage = z.object({ video_duration: lenientNumber, duration: lenientNumber, output_video_duration: lenientNumber }).nullish().catch(undefined)

export const taskAnswer = z.object({
  output: z.object({
    task_id: lenientText,
    task_status: z.string().min(1),
    video_url: lenientText,
    /** Of pictures; one that failed has a code in place of its address. */
    results: z.union([z.array(z.object({ url: lenientText })), z.object({ video_url: lenientText })]).nullish().catch(undefined),
    choices: conversation,
    code: lenientText,
    message: lenientText,
  }),
  usage,
})
type TaskAnswer = z.output<typeof taskAnswer>

export function progressOf({ output, usage: counted }: TaskAnswer): Progress {
  switch (STATUS.get(output.task_status)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(output.task_status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'succeeded': {
      const seconds = counted?.output_video_duration ?? counted?.duration ?? counted?.video_duration
      return { state: 'done', results: resultsOf(output), ...(seconds !== undefined && { usage: { seconds } }) }
    }
    case 'failed':
      return { state: 'failed', reason: failureOf(output) }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The task was cancelled at the upstream' } }
  }
}

/** Good for 24 hours, and for anybody. The animations name theirs inside `results`. */
function resultsOf({ video_url: video, results, choices }: TaskAnswer['output']): ResultSource[] {
  const urls = [video, ...(Array.isArray(results) ? results.map(({ url }) => url) : [results?.video_url]), ...picturesOf(choices)]
  return urls.flatMap((url) => (url ? [{ kind: 'url' as const, url, role: 'output' as const }] : []))
}

function picturesOf(choices: z.output<typeof conversation>): (string | undefined)[] {
  return (choices ?? []).flatMap(({ message }) => message.content.map(({ image }) => image))
}

const atOnceAnswer = z.object({ request_id: lenientText, output: z.object({ choices: conversation }) })

/** Of an answer that has the pictures in it. */
export function atOnceProgress(body: unknown, response: UpstreamResponse): { id: string | undefined; progress: Progress } {
  const answer = atOnceAnswer.safeParse(body)
  if (!answer.success) throw unreadable(response)
  const results = picturesOf(answer.data.output.choices).flatMap((url) => (url ? [{ kind: 'url' as const, url, role: 'output' as const }] : []))
  return { id: answer.data.request_id, progress: { state: 'done', results } }
}

function failureOf({ code, message }: VendorError): FailureReason {
  const upstream = code === undefined ? {} : { upstreamCode: code }
  switch (meaningOf({ code, message })) {
    case 'content_policy':
      return { code: 'content_policy', message: callerMessage(message, 'The content was refused'), ...upstream }
    case 'invalid_request':
      return { code: 'invalid_request', message: callerMessage(message, 'The upstream could not use what it was given'), ...upstream }
    case 'credential':
    case 'model':
    case 'busy':
      // What befell the operator's account there is not the caller's to read.
      return { code: 'upstream_failed', message: 'The upstream could not make this', ...upstream }
    case undefined:
      return { code: 'upstream_failed', message: callerMessage(message, 'The upstream could not make this'), ...upstream }
  }
}

export function expectOk(response: UpstreamResponse): unknown {
  if (response.status >= 200 && response.status < 300) return response.json
  throw dashscopeError(response)
}

/** An answer that lacks what it should have. */
export function unreadable(response: UpstreamResponse): UpstreamError {
  return errorByStatus(response)
}

export function isTooLateToCancel(response: UpstreamResponse): boolean {
  return response.status === 400 && vendorError(response).code === 'UnsupportedOperation'
}

function dashscopeError(response: UpstreamResponse): UpstreamError {
  const vendor = vendorError(response)
  const byStatus = errorByStatus(response, vendor)
  // After a 5xx the task may exist, whatever the body says.
  if (byStatus.kind === 'lost' || byStatus.kind === 'garbled') return byStatus
  const details = { httpStatus: response.status, ...(vendor.code !== undefined && { upstreamCode: vendor.code }) }
  switch (meaningOf(vendor)) {
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
    case undefined:
      return byStatus
  }
}

/** The two codes that mean one of two things are told apart by the vendor's sentence. */
function meaningOf({ code, message = '' }: VendorError): Exclude<CodeMeaning, 'inspection' | 'quota'> | undefined {
  const meaning = code === undefined ? undefined : CODES.find(([pattern]) => pattern.test(code))?.[1]
  switch (meaning) {
    case 'inspection':
      return /inappropriate|sensitive|illegal|risk|违规|敏感|不当/i.test(message) ? 'content_policy' : 'invalid_request'
    case 'quota':
      return /free|exhausted|used up|purchase|paid|免费|用尽|购买/i.test(message) ? 'credential' : 'busy'
    default:
      return meaning
  }
}

/** Flat: there is no `error` around it. */
const errorEnvelope = z.object({ code: z.string().nullish(), message: z.string().nullish() })

function vendorError(response: UpstreamResponse): VendorError {
  const { code, message } = errorEnvelope.safeParse(response.json).data ?? {}
  return { code: code ?? undefined, message: message ?? undefined }
}
