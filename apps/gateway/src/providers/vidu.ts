import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { FailureReason, Progress, Provider, ResultSource, UpstreamHttp, UpstreamResponse } from './provider.ts'
import { refusedFor } from './unfit.ts'
import { callerMessage, errorByStatus, retryAfterSeconds, type VendorError } from './upstream-answer.ts'
import { taskBody, type KeptOfJob } from './vidu/body.ts'
import { ROUTES, unfit } from './vidu/limits.ts'

/** A decimal number as text, so far; it becomes a part of a path. */
const viduHandle = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/) })
export type ViduHandle = z.output<typeof viduHandle>

/**
 * Shengshu's Vidu, enterprise API version 2: one route for each way of working, paid in credits. Pictures and lip sync are
 * tasks like videos.
 *
 * Our reference goes along as `payload` and is echoed with the task. The list of tasks has no such field, so a lost
 * submission is found by its callback or not at all: no `find`.
 * Facts are of August to October 2026, from the vendor's documentation (https://platform.vidu.com/docs) and an
 * open-source client.
 */
export const vidu: Provider<ViduHandle> = {
  id: 'vidu',
  name: 'Vidu',
  kinds: ['video', 'image'],
  baseUrl: 'https://api.vidu.com',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: viduHandle,
  callsBack: true,

  // The word is `Token`, not Bearer.
  authorize: (credential) => ({ authorization: `Token ${String(credential['api_key'])}` }),

  unfit,

  async submit(job, http) {
    const refusal = unfit(job)
    if (refusal) throw refusedFor(refusal)
    const response = await http.call({ method: 'POST', path: `/ent/v2/${ROUTES.get(job.request.operation)!}`, json: await taskBody(job) })
    const created = createdTask.safeParse(expectOk(response))
    if (!created.success) throw errorByStatus(response)
    return { handle: { id: created.data.task_id } }
  },

  async check(handle, http) {
    return progressOf(await readTask(handle, http))
  },

  /** Only what waits can be stopped; all else is refused as a bad request, naming the state. */
  async cancel({ id }, http) {
    const response = await http.call({ method: 'POST', path: `/ent/v2/tasks/${id}/cancel`, json: { id } })
    if (response.status === 400 && vendorError(response).code === 'BadRequest') return 'too_late'
    expectOk(response)
    return 'cancelled'
  },

  /** The same object as a look at the task. It is signed with the key, which does not matter: it is not believed. */
  callback({ body }) {
    const { data } = viduHandle.safeParse(body)
    return data === undefined ? {} : { handle: data }
  },

  async ping(_upstreamModel, http) {
    expectOk(await http.call({ method: 'GET', path: '/ent/v2/tasks', query: { 'pager.pagesz': '1' } }))
  },
}

const STATES = new Map<string, 'running' | 'success' | 'failed'>([
  ['created', 'running'],
  ['queueing', 'running'],
  ['processing', 'running'],
  ['success', 'success'],
  ['failed', 'failed'],
])

/** What the vendor's reasons mean; the same words stand at a failed task. Others mean what their HTTP status does. */
const REASONS = new Map<string, ReasonMeaning>([
  ['TaskPromptPolicyViolation', 'content_policy'],
  ['AuditSubmitIllegal', 'content_policy'],
  ['CreationPolicyViolation', 'content_policy'],
  ['CreditInsufficient', 'credential'],
  ['ModelUnavailable', 'model'],
  ['OperationInProcess', 'busy'],
  ['QuotaExceeded', 'busy'],
  ['TooManyRequests', 'busy'],
  ['SystemThrottling', 'busy'],
  ['UserCancelled', 'cancelled'],
  ['BadRequest', 'invalid_request'],
  ['FieldLacking', 'invalid_request'],
  ['FieldUnwanted', 'invalid_request'],
  ['FieldInvalid', 'invalid_request'],
  ['FieldItemCountOutOfRange', 'invalid_request'],
  ['ImageDownloadFailure', 'invalid_request'],
  ['ImageFormatInvalid', 'invalid_request'],
  ['ImageCheckBodyJointsFailed', 'invalid_request'],
  ['ImageCheckFaceFailed', 'invalid_request'],
  ['ImageObjectsUndetected', 'invalid_request'],
])
type ReasonMeaning = 'content_policy' | 'credential' | 'model' | 'busy' | 'cancelled' | 'invalid_request'

/** Limits are of concurrency and per minute, and the vendor names no time to wait. */
const RETRY_AFTER_SECONDS = 15
/** "Unit: credits", at USD 0.005. */
const MICROS_PER_CREDIT = 5_000

const createdTask = z.object({ task_id: viduHandle.shape.id })

const viduTask = z.object({
  id: z.string().optional().catch(undefined),
  state: z.string().min(1),
  err_code: z.string().nullish().catch(undefined),
  err_msg: z.string().nullish().catch(undefined),
  credits: z.number().nonnegative().optional().catch(undefined),
  creations: z.array(z.object({ id: z.string().optional().catch(undefined), url: z.string().optional().catch(undefined), cover_url: z.string().optional().catch(undefined) })).nullish().catch(undefined),
})
type ViduTask = z.output<typeof viduTask>

async function readTask({ id }: ViduHandle, http: UpstreamHttp): Promise<ViduTask> {
  const response = await http.call({ method: 'GET', path: `/ent/v2/tasks/${id}/creations` })
  const task = viduTask.safeParse(expectOk(response))
  if (!task.success || (task.data.id !== undefined && task.data.id !== id)) throw errorByStatus(response)
  return task.data
}

function progressOf(task: ViduTask): Progress {
  switch (STATES.get(task.state)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(task.state, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'failed':
      // "Failed tasks are refunded", whatever `credits` says.
      return { state: 'failed', reason: failureOf(task) }
    case 'success': {
      const creationId = task.creations?.[0]?.id
      return {
        state: 'done',
        results: resultsOf(task),
        ...(task.credits !== undefined && { usage: { costMicros: Math.round(task.credits * MICROS_PER_CREDIT) } }),
        ...(creationId !== undefined && { kept: { creationId } satisfies KeptOfJob }),
      }
    }
  }
}

/** Links are good for 24 hours; older pages say one. */
function resultsOf({ creations }: ViduTask): ResultSource[] {
  const results: ResultSource[] = (creations ?? []).flatMap(({ url }) => (url ? [{ kind: 'url' as const, url, role: 'output' as const }] : []))
  const cover = creations?.[0]?.cover_url
  return cover && results.length > 0 ? [...results, { kind: 'url', url: cover, role: 'poster' }] : results
}

function failureOf({ err_code: code, err_msg: message }: ViduTask): FailureReason {
  const meaning = code ? REASONS.get(code) : undefined
  const upstream = code ? { upstreamCode: code } : {}
  switch (meaning) {
    case 'cancelled':
      return { code: 'cancelled', message: 'The task was cancelled at the upstream', ...upstream }
    case 'content_policy':
    case 'invalid_request':
      return { code: meaning, message: callerMessage(message, FAILURE_WORDS[meaning]), ...upstream }
    default:
      return { code: 'upstream_failed', message: 'The upstream could not make this', ...upstream }
  }
}

/** The vendor gives a word, and hardly ever a sentence. */
const FAILURE_WORDS = {
  content_policy: 'The content was refused',
  invalid_request: 'The upstream could not use what it was given',
} as const

function expectOk(response: UpstreamResponse): unknown {
  if (response.status >= 200 && response.status < 300) return response.json
  throw viduError(response)
}

function viduError(response: UpstreamResponse): UpstreamError {
  const vendor = vendorError(response)
  const byStatus = errorByStatus(response, vendor)
  if (byStatus.kind === 'lost' || byStatus.kind === 'garbled') return byStatus
  const details = { httpStatus: response.status, ...(vendor.code !== undefined && { upstreamCode: vendor.code }) }
  // "client closed": somewhere on the way it was given up, and nobody says how far it had come.
  if (response.status === 499) return new UpstreamError('lost', byStatus.message, details)

  switch (vendor.code === undefined ? undefined : REASONS.get(vendor.code)) {
    case 'content_policy':
      return new UpstreamError('refused', callerMessage(vendor.message, FAILURE_WORDS.content_policy), { ...details, code: 'content_policy' })
    case 'credential':
      return new UpstreamError('credential', byStatus.message, details)
    case 'model':
      return new UpstreamError('refused', 'The upstream does not serve this model now', details)
    case 'busy':
      return new UpstreamError('busy', byStatus.message, { ...details, retryAfterSeconds: retryAfterSeconds(response) ?? RETRY_AFTER_SECONDS })
    case 'invalid_request':
      return new UpstreamError('refused', byStatus.message, { ...details, code: 'invalid_request' })
    case 'cancelled':
    case undefined:
      return byStatus
  }
}

const errorEnvelope = z.object({ reason: z.string().nullish(), message: z.string().nullish() })

function vendorError(response: UpstreamResponse): VendorError {
  const { reason, message } = errorEnvelope.safeParse(response.json).data ?? {}
  return { code: reason ?? undefined, message: message ?? undefined }
}
