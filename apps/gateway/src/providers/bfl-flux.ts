import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { fluxBody } from './bfl-flux/body.ts'
import { unfitWork } from './bfl-flux/unfit.ts'
import type { FailureReason, Progress, Provider, ResultSource, UpstreamHttp, UpstreamResponse, UpstreamUsage } from './provider.ts'
import { refusedFor } from './unfit.ts'
import { callerMessage, errorByStatus, type VendorError } from './upstream-answer.ts'

const fluxHandle = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
  /** Where the region that works on it answers. Not said to who asked to be called back. */
  pollingUrl: z.url().optional(),
  /** As the first answer said it, in credits; that of a video is settled later. */
  costCredits: z.number().nonnegative().optional(),
})
export type FluxHandle = z.output<typeof fluxHandle>

/**
 * Black Forest Labs: FLUX pictures and FLUX 3 video. Regions: `https://api.eu.bfl.ai/v1`, `https://api.us.bfl.ai/v1`.
 *
 * The wire has no idempotency key, no list and no way to stop a job: no `find`, no `cancel`. Facts are of the vendor's
 * OpenAPI of May 2026 (https://docs.bfl.ai), and of `@ai-sdk/black-forest-labs` 2.0 of August 2026 for videos.
 */
export const bflFlux: Provider<FluxHandle> = {
  id: 'bfl-flux',
  name: 'Black Forest Labs',
  kinds: ['image', 'video'],
  baseUrl: 'https://api.bfl.ai/v1',
  // Not the hosts of results (`delivery-eu1.bfl.ai`), which need no key.
  sisterHosts: [/^api(?:\.[a-z0-9-]+)?\.bfl\.ai$/],
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: fluxHandle,
  callsBack: true,

  authorize: (credential) => ({ 'x-key': String(credential['api_key']) }),

  unfit: unfitWork,

  async submit(job, http) {
    const unfit = unfitWork(job)
    if (unfit) throw refusedFor(unfit)
    const json = await fluxBody(job)
    const response = await http.call({ method: 'POST', path: `/${encodeURIComponent(job.upstreamModel)}`, json })
    const submitted = submission.safeParse(expectOk(response))
    if (!submitted.success) throw errorByStatus(response)
    return { handle: handleOf(submitted.data, 'webhook_url' in json) }
  },

  async check(handle, http) {
    return progressOf(handle, await readTask(handle, http))
  },

  /** "valid 10 minutes": asked for anew, because whoever comes late would find a dead link. The one that was seen is the fallback. */
  async open({ reference }, _job, http) {
    const { handle, sample } = resultReference.parse(reference)
    const anew = await readTask(handle, http).catch(() => undefined)
    return { url: anew?.result?.sample ?? sample }
  },

  /** Signed or not, it only makes us look: `{ id, status, result }`. */
  callback({ body }) {
    const { data } = fluxHandle.pick({ id: true }).safeParse(body)
    return data === undefined ? {} : { handle: data }
  },

  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: '/credits' })
    if (!z.object({ credits: z.number() }).safeParse(expectOk(response)).success) throw errorByStatus(response)
  },
}

/** The vendor's words; the last one is of its own client. `Task not found` is no end: another region, or a young task, says it too. */
const STATUS = new Map<string, 'running' | 'done' | 'content_policy' | 'failed'>([
  ['Pending', 'running'],
  ['Ready', 'done'],
  ['Request Moderated', 'content_policy'],
  ['Content Moderated', 'content_policy'],
  ['Error', 'failed'],
  ['Failed', 'failed'],
])

const NOT_FOUND = 'Task not found'

/** "1 credit = $0.01". */
const MICROS_PER_CREDIT = 10_000

const cost = z.number().nonnegative().optional().catch(undefined)

const submission = z.object({ id: fluxHandle.shape.id, polling_url: z.url().optional().catch(undefined), cost })

/** What a callback can name is the id alone, and so is the handle of a job that calls back. */
function handleOf({ id, polling_url: url, cost: costCredits }: z.output<typeof submission>, callsBack: boolean): FluxHandle {
  if (callsBack && url === undefined) return { id }
  return { id, ...(url !== undefined && { pollingUrl: withId(url, id) }), ...(costCredits !== undefined && { costCredits }) }
}

/** The vendor's own client adds the id where the address lacks it. */
function withId(address: string, id: string): string {
  const url = new URL(address)
  if (!url.searchParams.has('id')) url.searchParams.set('id', id)
  return url.href
}

const fluxTask = z.object({
  id: z.string().optional().catch(undefined),
  // "tolerates a `state` key".
  status: z.string().min(1).optional().catch(undefined),
  state: z.string().min(1).optional().catch(undefined),
  result: z.object({ sample: z.string().min(1).optional().catch(undefined) }).nullish().catch(undefined),
  details: z.unknown().optional(),
  cost,
})
type FluxTask = z.output<typeof fluxTask>

async function readTask({ id, pollingUrl }: FluxHandle, http: UpstreamHttp): Promise<FluxTask> {
  const response = await http.call({ method: 'GET', ...(pollingUrl === undefined ? { path: '/get_result', query: { id } } : { address: pollingUrl }) })
  const task = fluxTask.safeParse(expectOk(response))
  if (!task.success || (task.data.id !== undefined && task.data.id !== id)) throw errorByStatus(response)
  return task.data
}

function progressOf(handle: FluxHandle, task: FluxTask): Progress {
  const word = task.status ?? task.state
  if (word === undefined) throw new UpstreamError('garbled', 'The upstream gave an answer that cannot be read')
  if (word === NOT_FOUND) throw new UpstreamError('refused', 'The upstream knows no such task', { code: 'not_found' })
  switch (STATUS.get(word)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(word, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'done':
      return { state: 'done', results: resultsOf(handle, task), ...usageOf(task.cost ?? handle.costCredits) }
    // "Moderated requests are not charged".
    case 'content_policy':
      return { state: 'failed', reason: { code: 'content_policy', message: callerMessage(reasonIn(task.details), 'The content was refused'), upstreamCode: word } }
    case 'failed':
      return { state: 'failed', reason: failureOf(task, word) }
  }
}

const resultReference = z.object({ handle: fluxHandle, sample: z.string() })

function resultsOf(handle: FluxHandle, { result }: FluxTask): ResultSource[] {
  const sample = result?.sample
  return sample === undefined ? [] : [{ kind: 'provider', reference: { handle, sample } satisfies z.output<typeof resultReference>, role: 'output' }]
}

function usageOf(credits: number | undefined): { usage?: UpstreamUsage } {
  return credits === undefined ? {} : { usage: { costMicros: Math.round(credits * MICROS_PER_CREDIT) } }
}

function failureOf({ details }: FluxTask, word: string): FailureReason {
  return { code: 'upstream_failed', message: callerMessage(reasonIn(details), 'The upstream could not make this'), upstreamCode: word }
}

/** `{"Moderation Reasons": ["…"]}`, a sentence, or a member that is one. */
function reasonIn(details: unknown): string | undefined {
  if (typeof details === 'string') return details
  const { data } = z.record(z.string(), z.unknown()).safeParse(details)
  const reasons = data?.['Moderation Reasons'] ?? data?.['message'] ?? data?.['error']
  if (typeof reasons === 'string') return reasons
  return Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string').join(', ') : undefined
}

function expectOk(response: UpstreamResponse): unknown {
  if (response.status >= 200 && response.status < 300) return response.json
  const { param, ...vendor } = vendorError(response)
  const error = errorByStatus(response, vendor)
  if (error.kind !== 'refused' || error.code !== 'invalid_request' || param === undefined) throw error
  throw new UpstreamError('refused', error.message, { code: 'invalid_request', param, httpStatus: response.status })
}

const errorBody = z.object({
  detail: z.union([z.string(), z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])).catch([]), msg: z.string().optional().catch(undefined) }))]).optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
})

/** "400 {detail: text}, 422 {detail: [{loc: ["body", field], msg}]}"; some pages of the vendor's show `message` or `error` instead. */
function vendorError(response: UpstreamResponse): VendorError & { param?: string | undefined } {
  const { detail, message, error } = errorBody.safeParse(response.json).data ?? {}
  if (!Array.isArray(detail)) return { message: detail ?? message ?? error }
  const [first] = detail
  const field = first?.loc.find((part) => part !== 'body')
  const name = typeof field === 'string' ? field : undefined
  return { message: name === undefined ? first?.msg : `${name}: ${first?.msg ?? 'is not valid'}`, param: name === undefined ? undefined : PARAMS.find(([pattern]) => pattern.test(name))?.[1] }
}

/** What we call the vendor's fields. */
const PARAMS: readonly (readonly [RegExp, string])[] = [
  [/^prompt$/, 'prompt'],
  [/^(?:width|height)$/, 'size'],
  [/^aspect_ratio$/, 'aspectRatio'],
  [/^resolution$/, 'resolution'],
  [/^duration$/, 'durationSeconds'],
  [/^seed$/, 'seed'],
  [/^output_format$/, 'outputFormat'],
  [/^prompt_upsampling$/, 'enhancePrompt'],
  [/^generate_audio$/, 'audio'],
  [/^(?:input_image|image_prompt$|image$|mask$|keyframes|start_video)/, 'inputs'],
]
