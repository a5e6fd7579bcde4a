import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { fillForm, unfitForForm } from './input-form.ts'
import { dataUri } from './job-input.ts'
import type { FailureReason, JobInput, Progress, Provider, Unfit, UpstreamHttp, UpstreamResponse, UpstreamUsage, Work } from './provider.ts'
import { refusedFor } from './unfit.ts'
import { knownOperations, runwayForm } from './runway/models.ts'
import { callerMessage, errorByStatus, retryAfterSeconds } from './upstream-answer.ts'

/** The id becomes a part of a path. */
const runwayHandle = z.object({ id: z.string().regex(/^[A-Za-z0-9-]{8,64}$/) })
export type RunwayHandle = z.output<typeof runwayHandle>

/**
 * Runway's developer API: its own models and those that it resells. No callbacks, no list of tasks and no idempotency
 * key, so a lost submission stays lost.
 *
 * Facts are of November 2026, from https://docs.dev.runwayml.com/api/ and the types of `@runwayml/sdk` 4.20.1.
 */
export const runway: Provider<RunwayHandle> = {
  id: 'runway',
  name: 'Runway',
  kinds: ['video', 'image'],
  baseUrl: 'https://api.dev.runwayml.com',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: runwayHandle,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['api_key'])}`, 'x-runway-version': VERSION }),

  unfit(work) {
    const form = runwayForm(work.upstreamModel, work.request.operation)
    return form ? unfitForForm(form, work.request) : unknownWork(work)
  },

  async submit(job, http) {
    const form = runwayForm(job.upstreamModel, job.request.operation)
    if (!form) throw refusedFor(unknownWork(job))
    const body = { model: job.upstreamModel, ...(await fillForm(form, job, (input) => mediaAddress(input, http))) }
    const response = await http.call({ method: 'POST', path: form.path, json: body })
    if (response.status >= 300) throw runwayError(response)
    const created = runwayHandle.safeParse(response.json)
    if (!created.success) throw errorByStatus(response)
    return { handle: created.data }
  },

  async check(handle, http) {
    return progressOf(await readTask(handle, http))
  },

  /**
   * DELETE stops a task that has not ended, and deletes one that has, result and all; so it is sent only to one that
   * was just seen on its way. Whoever ends in between is lost to both sides, as a stopped one is.
   */
  async cancel(handle, http) {
    const task = await readTask(handle, http)
    const state = STATUS.get(task.status)
    if (state === 'cancelled') return 'cancelled'
    if (state !== 'running') return 'too_late'
    const response = await http.call({ method: 'DELETE', path: `${TASKS}/${handle.id}` })
    if (response.status >= 300 && response.status !== 404) throw runwayError(response)
    return 'cancelled'
  },

  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: '/v1/organization' })
    if (response.status !== 200) throw runwayError(response)
    if (typeof response.json !== 'object' || response.json === null) throw errorByStatus(response)
  },
}

/** "Required on every call; missing or unknown is refused." */
const VERSION = '2024-11-06'
const TASKS = '/v1/tasks'

const STATUS = new Map<string, 'running' | 'succeeded' | 'failed' | 'cancelled'>([
  ['PENDING', 'running'],
  // Over the account's concurrency: it waits its turn.
  ['THROTTLED', 'running'],
  ['RUNNING', 'running'],
  ['SUCCEEDED', 'succeeded'],
  ['FAILED', 'failed'],
  ['CANCELLED', 'cancelled'],
])

/** Codes of failed tasks, from the start: they go on after a dot (`SAFETY.OUTPUT.VIDEO`). */
const FAILURES: readonly (readonly [RegExp, FailureReason['code']])[] = [
  [/^(?:SAFETY|INPUT_PREPROCESSING\.SAFETY)(?:\.|$)/, 'content_policy'],
  [/^ASSET\.INVALID/, 'invalid_request'],
]

/** "1 credit = $0.01". */
const MICROS_PER_CREDIT = 10_000

/** The limit of generations counts a rolling day: asking every minute would be in vain. */
const DAILY_LIMIT_RETRY_SECONDS = 900

/** "5 MB" as a data URI, which counts what is written; more goes through an upload, up to 200 MB. */
const MAX_DATA_URI_CHARACTERS = 5_000_000
const MAX_URL_CHARACTERS = 2_048
/** Uploads take their time: 200 MB at some megabytes a second. */
const UPLOAD_TIMEOUT_MS = 120_000

function unknownWork({ upstreamModel, request }: Work): Unfit {
  const operations = knownOperations(upstreamModel)
  return operations.length === 0
    ? { param: 'model', message: 'Runway is not known to have this model' }
    : { param: 'inputs', message: `This model does not do ${request.operation} here, only ${operations.join(', ')}` }
}

/** Its https address, its bytes in the request, or the address of an upload: the first that the vendor takes. */
async function mediaAddress(input: JobInput, http: UpstreamHttp): Promise<string> {
  if (input.url !== undefined && /^(?:https|runway):/.test(input.url) && input.url.length <= MAX_URL_CHARACTERS) return input.url
  const material = await input.read()
  const data = dataUri(material)
  return data.length <= MAX_DATA_URI_CHARACTERS ? data : upload(material, http)
}

const uploadTicket = z.object({ uploadUrl: z.string(), fields: z.record(z.string(), z.string()), runwayUri: z.string().startsWith('runway://') })

async function upload({ bytes, mediaType }: { bytes: Uint8Array; mediaType: string }, http: UpstreamHttp): Promise<string> {
  const filename = `input.${mediaType.split('/')[1]?.replace(/\W.*/, '') ?? 'bin'}`
  const response = await beforeSubmission(() => http.call({ method: 'POST', path: '/v1/uploads', json: { filename, type: 'ephemeral' } }))
  if (response.status >= 300) throw response.status >= 500 ? notUploaded() : runwayError(response)
  const ticket = uploadTicket.safeParse(response.json)
  if (!ticket.success) throw notUploaded()

  const form = new FormData()
  for (const [name, value] of Object.entries(ticket.data.fields)) form.append(name, value)
  // "file last".
  form.append('file', new Blob([new Uint8Array(bytes)], { type: mediaType }), filename)
  const stored = await beforeSubmission(() => http.call({ method: 'POST', address: ticket.data.uploadUrl, form, anonymous: true, timeoutMs: UPLOAD_TIMEOUT_MS }))
  if (stored.status >= 300) throw notUploaded()
  return ticket.data.runwayUri
}

/** Whatever became of an upload, the task itself was not asked for. */
async function beforeSubmission(call: () => Promise<UpstreamResponse>): Promise<UpstreamResponse> {
  try {
    return await call()
  } catch (error) {
    throw notUploaded(error)
  }
}

function notUploaded(cause?: unknown): UpstreamError {
  return new UpstreamError('busy', 'Runway did not take an input', { cause })
}

const credits = z.object({ credits: z.number() }).optional().catch(undefined)
const runwayTask = z.object({
  id: z.string().optional().catch(undefined),
  status: z.string().min(1),
  output: z.array(z.string()).nullish().catch(undefined),
  failure: z.string().nullish().catch(undefined),
  failureCode: z.string().nullish().catch(undefined),
  cost: credits,
})
type RunwayTask = z.output<typeof runwayTask>

async function readTask(handle: RunwayHandle, http: UpstreamHttp): Promise<RunwayTask> {
  const response = await http.call({ method: 'GET', path: `${TASKS}/${handle.id}` })
  if (response.status >= 300) throw runwayError(response)
  const task = runwayTask.safeParse(response.json)
  if (!task.success || (task.data.id !== undefined && task.data.id !== handle.id)) throw errorByStatus(response)
  return task.data
}

function progressOf(task: RunwayTask): Progress {
  const state = STATUS.get(task.status)
  switch (state) {
    case undefined:
      return { state: 'unknown', word: callerMessage(task.status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'succeeded':
      return { state: 'done', results: (task.output ?? []).map((url) => ({ kind: 'url', url, role: 'output' })), ...usageOf(task) }
    case 'failed':
      // "SAFETY.*" is charged, and may be charged in part: `cost` says.
      return { state: 'failed', reason: failureOf(task), ...usageOf(task) }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The task was cancelled at the upstream' }, ...usageOf(task) }
  }
}

function usageOf({ cost }: RunwayTask): { usage?: UpstreamUsage } {
  return cost === undefined || !Number.isFinite(cost.credits) || cost.credits < 0 ? {} : { usage: { costMicros: Math.round(cost.credits * MICROS_PER_CREDIT) } }
}

function failureOf({ failure, failureCode }: RunwayTask): FailureReason {
  const code = FAILURES.find(([pattern]) => pattern.test(failureCode ?? ''))?.[1] ?? 'upstream_failed'
  return { code, message: callerMessage(failure, 'The upstream could not make this'), ...(typeof failureCode === 'string' && { upstreamCode: failureCode }) }
}

const errorEnvelope = z.object({
  error: z.string(),
  issues: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])).catch([]), message: z.string().catch('') })).optional().catch(undefined),
})

function runwayError(response: UpstreamResponse): UpstreamError {
  const { error, issues } = errorEnvelope.safeParse(response.json).data ?? {}
  const issue = issues?.[0]
  const said = issue ? `${issue.path.join('.')}: ${issue.message}` : error
  const byStatus = errorByStatus(response, { message: said })
  if (response.status === 429) return new UpstreamError('busy', byStatus.message, { httpStatus: 429, retryAfterSeconds: retryAfterSeconds(response) ?? DAILY_LIMIT_RETRY_SECONDS })
  // "You do not have enough credits to run this task" comes as a 400.
  if (response.status === 400 && /\bcredits\b/i.test(error ?? '')) return new UpstreamError('credential', byStatus.message, { httpStatus: 400 })
  const param = PARAMS.get(String(issue?.path[0] ?? ''))
  return byStatus.kind === 'refused' && param !== undefined ? new UpstreamError('refused', byStatus.message, { code: byStatus.code, httpStatus: response.status, param }) : byStatus
}

/** Their fields by our names, for what only the vendor knows to refuse. */
const PARAMS = new Map([
  ['promptText', 'prompt'], ['negativePrompt', 'negativePrompt'], ['duration', 'durationSeconds'], ['ratio', 'aspectRatio'], ['resolution', 'resolution'], ['seed', 'seed'], ['outputCount', 'count'],
  ['promptImage', 'inputs'], ['promptVideo', 'inputs'], ['videoUri', 'inputs'], ['references', 'inputs'], ['referenceImages', 'inputs'], ['referenceVideos', 'inputs'], ['referenceAudio', 'inputs'], ['character', 'inputs'], ['reference', 'inputs'],
])
