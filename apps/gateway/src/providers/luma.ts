import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { lumaBody, lumaUnfit, routeOf, type Route } from './luma/asked.ts'
import type { FailureReason, Progress, Provider, ResultSource, UpstreamHttp, UpstreamRequest, UpstreamResponse } from './provider.ts'
import { refusedFor, wrong } from './unfit.ts'
import { callerMessage, errorByStatus, type VendorError } from './upstream-answer.ts'

/** The id becomes a part of a path. */
const lumaHandle = z.object({ id: z.uuid() })
export type LumaHandle = z.output<typeof lumaHandle>

/**
 * Luma's Dream Machine API: Ray's videos and Photon's pictures. Its successor, with other models and other keys, is
 * `luma-agents`.
 *
 * A job cannot be stopped (a delete removes the record, and nobody says what becomes of the job), and a lost submission
 * can be found only by its callback, which nobody signs.
 *
 * Facts are of November 2026, from https://docs.lumalabs.ai and the vendor's SDK (`lumaai` 1.19.1).
 */
export const luma: Provider<LumaHandle> = {
  id: 'luma',
  name: 'Luma Dream Machine',
  kinds: ['video', 'image'],
  baseUrl: 'https://api.lumalabs.ai/dream-machine/v1',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: lumaHandle,
  callsBack: true,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['api_key'])}` }),

  unfit: lumaUnfit,

  async submit(job, http) {
    const route = routeOf(job)
    const unfit = lumaUnfit(job)
    if (route === undefined || unfit !== undefined) throw refusedFor(unfit ?? wrong('operation', 'Luma does not do this'))
    const response = await ask(http, { method: 'POST', path: pathOf(route, job.parent?.handle), json: lumaBody(route, job) })
    const created = lumaHandle.safeParse(response.json)
    if (!created.success) throw errorByStatus(response)
    return { handle: created.data }
  },

  async check(handle, http) {
    const response = await ask(http, { method: 'GET', path: `/generations/${handle.id}` })
    const found = generation.safeParse(response.json)
    if (!found.success || found.data.id !== handle.id) throw errorByStatus(response)
    return progressOf(found.data)
  },

  /** Callbacks are the generation, unsigned, on every change. */
  callback({ body }) {
    const { data } = lumaHandle.safeParse(body)
    return data === undefined ? {} : { handle: data }
  },

  async ping(_upstreamModel, http) {
    await ask(http, { method: 'GET', path: '/credits' })
  },
}

const STATES = new Map<string, 'running' | 'completed' | 'failed'>([
  ['queued', 'running'],
  ['dreaming', 'running'],
  ['completed', 'completed'],
  ['failed', 'failed'],
])

/** There are no codes: "frame moderation failed", "advanced prompt moderation failed", "prompt contains blacklisted words". */
const MODERATION = /moderation|blacklisted/i
/** "Frames unreadable". */
const UNREADABLE = /unreadable|(?:could|can|unable|failed)\s*(?:not|n't)?\s*(?:be|to)?\s*(?:read|load|fetch|download)/i
const NO_MONEY = /insufficient (?:credits?|balance|funds)|out of credits/i

const PATHS: Record<Exclude<Route, 'upscale' | 'audio'>, string> = {
  video: '/generations/video',
  modify: '/generations/video/modify',
  reframe_video: '/generations/video/reframe',
  image: '/generations/image',
  reframe_image: '/generations/image/reframe',
}

function pathOf(route: Route, parent: unknown): string {
  return route === 'upscale' || route === 'audio' ? `/generations/${lumaHandle.parse(parent).id}/${route}` : PATHS[route]
}

async function ask(http: UpstreamHttp, request: UpstreamRequest): Promise<UpstreamResponse> {
  const response = await http.call(request)
  if (response.status < 200 || response.status >= 300) throw lumaError(response)
  return response
}

const generation = z.object({
  id: z.string(),
  state: z.string().min(1),
  failure_reason: z.string().nullish().catch(undefined),
  assets: z.object({ video: z.string().nullish().catch(undefined), image: z.string().nullish().catch(undefined) }).nullish().catch(undefined),
})
type Generation = z.output<typeof generation>

function progressOf({ state, failure_reason: reason, assets }: Generation): Progress {
  switch (STATES.get(state)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(state, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'completed':
      return { state: 'done', results: resultsOf(assets ?? {}) }
    case 'failed':
      return { state: 'failed', reason: failureOf(reason ?? '') }
  }
}

/** Public links, of no certain lifetime. A picture beside a video shows its beginning. */
function resultsOf({ video, image }: NonNullable<Generation['assets']>): ResultSource[] {
  const results: ResultSource[] = []
  if (video) results.push({ kind: 'url', url: video, role: 'output' })
  if (image) results.push({ kind: 'url', url: image, role: video ? 'poster' : 'output' })
  return results
}

function failureOf(reason: string): FailureReason {
  const code = MODERATION.test(reason) ? 'content_policy' : UNREADABLE.test(reason) ? 'invalid_request' : 'upstream_failed'
  return { code, message: callerMessage(reason, 'The upstream could not make this') }
}

function lumaError(response: UpstreamResponse): UpstreamError {
  const vendor: VendorError = { message: detailOf(response.json) }
  const byStatus = errorByStatus(response, vendor)
  if (byStatus.kind !== 'refused') return byStatus
  const details = { httpStatus: response.status }
  if (NO_MONEY.test(vendor.message ?? '')) return new UpstreamError('credential', byStatus.message, details)
  if (MODERATION.test(vendor.message ?? '')) return new UpstreamError('refused', byStatus.message, { ...details, code: 'content_policy' })
  return byStatus
}

const envelope = z.object({ detail: z.union([z.string(), z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])).optional().catch(undefined), msg: z.string() })).min(1)]) })

/** A sentence, or the first of several faults with the field that it is about. */
function detailOf(json: unknown): string | undefined {
  const { detail } = envelope.safeParse(json).data ?? {}
  if (detail === undefined || typeof detail === 'string') return detail
  const [{ loc = [], msg }] = detail as [{ loc?: (string | number)[]; msg: string }]
  const field = loc.filter((part) => part !== 'body').join('.')
  return field === '' ? msg : `${field}: ${msg}`
}
