import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { fillForm, unfitForForm } from './input-form.ts'
import { dataUri } from './job-input.ts'
import { readWithWhiteMask } from './mask.ts'
import type { FailureReason, Job, JobInput, Progress, Provider, ResultSource, Unfit, UpstreamHttp, UpstreamResponse, Work } from './provider.ts'
import { refusedFor, wrong } from './unfit.ts'
import { replicateForm } from './replicate/inputs.ts'
import { callerMessage, errorByStatus, resultAt, retryAfterSeconds } from './upstream-answer.ts'

/** The id becomes a part of a path: "26 lower-case letters and digits". */
const replicateHandle = z.object({ id: z.string().regex(/^[a-z0-9]{20,40}$/) })
export type ReplicateHandle = z.output<typeof replicateHandle>

/**
 * Replicate's predictions: `owner/name` for its official models, `owner/name:version` for a pinned one, and
 * `deployments/owner/name`. No idempotency key, and no field of ours that a prediction is found by; a lost submission is
 * found only by its webhook.
 *
 * What a prediction cost is told nowhere: `metrics.predict_time` is of their machines, and models are priced by output.
 *
 * Facts are of November 2026, from https://replicate.com/docs/reference/http and the official clients.
 */
export const replicate: Provider<ReplicateHandle> = {
  id: 'replicate',
  name: 'Replicate',
  kinds: ['video', 'image'],
  baseUrl: 'https://api.replicate.com/v1',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: replicateHandle,
  callsBack: true,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['api_key'])}` }),

  unfit(work) {
    const form = replicateForm(work.upstreamModel, work.request.operation)
    return form ? unfitForForm(form, work.request) : unknownOperation(work)
  },

  async submit(job, http) {
    const form = replicateForm(job.upstreamModel, job.request.operation)
    if (!form) throw refusedFor(unknownOperation(job))
    const input = await fillForm(form, job, (material) => materialAddress(material, job, http))
    const { path, version } = placeOf(form.model ?? job.upstreamModel)
    const body = {
      ...(version !== undefined && { version }),
      input,
      // Only the end is worth a look: `output` and `logs` come twice a second.
      ...(job.callbackUrl !== undefined && { webhook: job.callbackUrl, webhook_events_filter: ['completed'] }),
    }
    const response = await http.call({ method: 'POST', path, json: body })
    if (response.status >= 300) throw replicateError(response)
    const created = replicateHandle.safeParse(response.json)
    if (!created.success) throw errorByStatus(response)
    return { handle: created.data }
  },

  async check(handle, http) {
    return progressOf(readPrediction(await http.call({ method: 'GET', path: `/predictions/${handle.id}` }), handle))
  },

  /** Answers with the prediction as it is by then. One that runs is stopped, though it may not have noticed yet, and is charged for so far. */
  async cancel(handle, http) {
    const { status } = readPrediction(await http.call({ method: 'POST', path: `/predictions/${handle.id}/cancel` }), handle)
    switch (STATUS.get(status)) {
      case 'cancelled':
      case 'running':
        return 'cancelled'
      case 'succeeded':
      case 'failed':
      case undefined:
        return 'too_late'
    }
  },

  /** A webhook is the prediction as a look would show it; it is signed with a secret of the account, which we need not know to look. */
  callback({ body }) {
    const { data } = replicateHandle.safeParse(body)
    return data === undefined ? {} : { handle: data }
  },

  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: '/account' })
    if (response.status !== 200) throw replicateError(response)
    if (typeof response.json !== 'object' || response.json === null) throw errorByStatus(response)
  },
}

const STATUS = new Map<string, 'running' | 'succeeded' | 'failed' | 'cancelled'>([
  ['starting', 'running'],
  ['processing', 'running'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['canceled', 'cancelled'],
  // Its deadline came before its turn.
  ['aborted', 'cancelled'],
])

/** A failed prediction has words only: "(E005)" and whatever a model says of itself. */
const UNSAFE = /\bE005\b|sensitive|nsfw|flagged|safety (?:checker|filter|system)|content policy|moderat|prohibited/i

/**
 * Replicate advises up to 256 kB. Webhooks repeat the input, and are read here up to the same size: this leaves room for
 * two pictures. More goes through its files.
 */
const MAX_DATA_URI_CHARACTERS = 100_000
const UPLOAD_TIMEOUT_MS = 120_000

function unknownOperation({ request }: Work): Unfit {
  return { param: 'inputs', message: `This model does not do ${request.operation} here` }
}

/** Throws refused for a name that could not be a part of a path. */
function placeOf(model: string): { path: string; version?: string } {
  if (/^(?:[\w.-]+\/[\w.-]+:)?[0-9a-f]{64}$/.test(model)) return { path: '/predictions', version: model }
  const [, deployment, name] = /^(deployments\/)?(\w[\w.-]*\/\w[\w.-]*)$/.exec(model) ?? []
  if (name === undefined) throw refusedFor(wrong('model', 'This is no name of a model at Replicate'))
  return { path: `/${deployment === undefined ? 'models' : 'deployments'}/${name}/predictions` }
}

async function materialAddress(input: JobInput, { request }: Job, http: UpstreamHttp): Promise<string> {
  if (input.url?.startsWith('https:') && input.role !== 'mask') return input.url
  const material = await readWithWhiteMask(input, request)
  const data = dataUri(material)
  return data.length <= MAX_DATA_URI_CHARACTERS ? data : upload(material, http)
}

const storedFile = z.object({ urls: z.object({ get: z.string() }) })

/** Whatever becomes of an upload, no prediction was asked for. */
async function upload({ bytes, mediaType }: { bytes: Uint8Array; mediaType: string }, http: UpstreamHttp): Promise<string> {
  const form = new FormData()
  form.append('content', new Blob([new Uint8Array(bytes)], { type: mediaType }), `input.${mediaType.split('/')[1]?.replace(/\W.*/, '') ?? 'bin'}`)
  const response = await http.call({ method: 'POST', path: '/files', form, timeoutMs: UPLOAD_TIMEOUT_MS }).catch((cause: unknown) => {
    throw notUploaded(cause)
  })
  const stored = storedFile.safeParse(response.json)
  if (response.status < 300 && stored.success) return stored.data.urls.get
  throw response.status >= 300 && response.status < 500 ? replicateError(response) : notUploaded()
}

function notUploaded(cause?: unknown): UpstreamError {
  return new UpstreamError('busy', 'Replicate did not take an input', { cause })
}

const prediction = z.object({
  id: z.string().optional().catch(undefined),
  status: z.string().min(1),
  output: z.unknown(),
  error: z.string().nullish().catch(undefined),
})
type Prediction = z.output<typeof prediction>

function readPrediction(response: UpstreamResponse, handle: ReplicateHandle): Prediction {
  if (response.status >= 300) throw replicateError(response)
  const read = prediction.safeParse(response.json)
  if (!read.success || (read.data.id !== undefined && read.data.id !== handle.id)) throw errorByStatus(response)
  return read.data
}

function progressOf({ status, output, error }: Prediction): Progress {
  switch (STATUS.get(status)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'succeeded':
      return { state: 'done', results: resultsOf(output) }
    case 'failed':
      return { state: 'failed', reason: failureOf(error ?? undefined) }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The prediction was cancelled at the upstream' } }
  }
}

/** A link, several in order, or links by name; rarely the bytes themselves. They last for an hour. */
function resultsOf(output: unknown): ResultSource[] {
  const values: unknown[] = typeof output === 'object' && output !== null ? Object.values(output) : [output]
  return values.flatMap((value): ResultSource[] => {
    if (typeof value !== 'string') return []
    const result = resultAt(value)
    return result.kind === 'bytes' || /^https?:/.test(value) ? [result] : []
  })
}

function failureOf(error: string | undefined): FailureReason {
  const upstreamCode = /\bE\d{3,4}\b/.exec(error ?? '')?.[0]
  return {
    code: UNSAFE.test(error ?? '') ? 'content_policy' : 'upstream_failed',
    message: callerMessage(error, 'The upstream could not make this'),
    ...(upstreamCode !== undefined && { upstreamCode }),
  }
}

const problem = z.object({
  title: z.string().nullish().catch(undefined),
  detail: z.string().nullish().catch(undefined),
  invalid_fields: z.array(z.object({ field: z.string().catch(''), description: z.string().catch('') })).nullish().catch(undefined),
})

function replicateError(response: UpstreamResponse): UpstreamError {
  const { title, detail, invalid_fields: invalid } = problem.safeParse(response.json).data ?? {}
  const field = invalid?.[0]
  const byStatus = errorByStatus(response, { message: field ? `${field.field.replace(/^input\.?/, '')} ${field.description}`.trim() : (detail ?? title ?? undefined) })
  if (response.status !== 429) return byStatus
  return new UpstreamError('busy', byStatus.message, { httpStatus: 429, retryAfterSeconds: retryAfterSeconds(response) ?? resetSeconds(detail ?? '') })
}

/** "Your rate limit resets in ~30s." The limits are of a minute. */
function resetSeconds(detail: string): number {
  const seconds = Number(/resets in ~?(\d{1,4})\s?s/.exec(detail)?.[1] ?? 15)
  return Math.max(1, seconds)
}
