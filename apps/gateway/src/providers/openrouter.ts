import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { Operation } from '../core/generation-request.ts'
import { present } from '../core/present.ts'
import { hashedEndUser } from './end-user.ts'
import { fillForm, unfitForForm } from './input-form.ts'
import { urlOrDataUri } from './job-input.ts'
import { expectOk, failureOf } from './openrouter/errors.ts'
import { openRouterForm } from './openrouter/models.ts'
import type { Job, JobInput, Progress, Provider, ResultSource, Unfit, UpstreamUsage, Work } from './provider.ts'
import { refusedFor, wrong, wrongOperation } from './unfit.ts'
import { callerMessage, errorByStatus } from './upstream-answer.ts'

/** The id becomes a part of a path: `gen-vid-<timestamp>-<20 alphanumerics>`, and shorter ones before that. */
const openRouterHandle = z.object({ id: z.string().regex(/^[\w-]{1,128}$/) })
export type OpenRouterHandle = z.output<typeof openRouterHandle>

/**
 * OpenRouter's video API: one wire for the models of many vendors, with what each takes in its list of models.
 *
 * No idempotency key, no field of ours that a job is found by, and no way to stop one; a lost submission is found only by
 * its callback. A finished job says what it cost.
 *
 * Facts are of November 2026, from https://openrouter.ai/docs/api_reference/videos and the vendor's clients
 * (`@openrouter/sdk` 1.3.19, `@openrouter/ai-sdk-provider` 3.1.0).
 */
export const openRouter: Provider<OpenRouterHandle> = {
  id: 'openrouter',
  name: 'OpenRouter',
  kinds: ['video'],
  baseUrl: 'https://openrouter.ai/api/v1',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: openRouterHandle,
  callsBack: true,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['api_key'])}` }),

  unfit: unfitOf,

  async submit(job, http) {
    const response = await http.call({ method: 'POST', path: '/videos', json: await videoBody(job) })
    const created = openRouterHandle.safeParse(expectOk(response))
    if (!created.success) throw errorByStatus(response)
    return { handle: created.data }
  },

  async check(handle, http) {
    const response = await http.call({ method: 'GET', path: `/videos/${handle.id}` })
    const video = videoJob.safeParse(expectOk(response))
    if (!video.success || (video.data.id !== undefined && video.data.id !== handle.id)) throw errorByStatus(response)
    return progressOf(video.data, handle)
  },

  /** `{ type: "video.generation.completed", created_at, data: <the job> }`, signed with a secret of the workspace, which we need not know to look. */
  callback({ body }) {
    const { data } = callbackBody.safeParse(body)
    return data === undefined ? {} : { handle: data.data }
  },

  /** "unsigned_urls" lead to this path, need the key despite their name, and are no better than it. */
  async open({ reference }, _job, http) {
    const { id, index } = resultReference.parse(reference)
    return http.download({ path: `/videos/${id}/content`, query: { index: String(index) } })
  },

  /** What the key is, and what it may still spend; the list of models is open to everybody. */
  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: '/key' })
    const key = currentKey.safeParse(expectOk(response))
    if (!key.success) throw errorByStatus(response)
    const { is_management_key: manages, limit_remaining: remaining } = key.data.data
    if (manages) throw new UpstreamError('credential', 'This is a management key, which may not make anything', { httpStatus: response.status })
    if (remaining != null && remaining <= 0) throw new UpstreamError('credential', 'This key has reached its spending limit', { httpStatus: response.status })
  },
}

const STATUS = new Map<string, 'running' | 'completed' | 'failed' | 'cancelled' | 'expired'>([
  ['pending', 'running'],
  ['in_progress', 'running'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['expired', 'expired'],
  // Known to the vendor's AI SDK provider only.
  ['dead', 'failed'],
])

const OPERATIONS: readonly Operation[] = ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'extend']

function unfitOf(work: Work): Unfit | undefined {
  const { request, upstreamModel } = work
  const { form, continues } = openRouterForm(upstreamModel, request)
  const known = OPERATIONS.filter((operation) => operation !== 'extend' || continues)
  if (!known.includes(request.operation)) return wrongOperation('This model', request.operation, known)
  // "The new job runs on the same model and endpoint that produced the previous one."
  if (request.operation === 'extend' && previousJob(work) === undefined) return wrong('inputs', 'This model goes on only with a video that it made itself, with the same account')
  if (mixesFramesAndReferences(work)) return wrong('inputs', 'This upstream takes either first and last frames or references, not both')
  return unfitForForm(form, request)
}

/** "If you provide both, OpenRouter treats the request as image-to-video", and the references are lost. */
function mixesFramesAndReferences({ request: { inputs } }: Work): boolean {
  return inputs.some(({ role }) => role === 'reference') && inputs.some(({ role }) => role === 'first_frame' || role === 'last_frame')
}

function previousJob({ parent, upstreamModel }: Work): string | undefined {
  return parent?.upstreamModel === upstreamModel ? openRouterHandle.safeParse(parent.handle).data?.id : undefined
}

/** What OpenRouter has words for itself. */
const OWN_WORDS = new Set(['prompt', 'duration', 'resolution', 'aspect_ratio', 'seed', 'generate_audio', 'frame_images', 'input_references'])

async function videoBody(job: Job): Promise<Record<string, unknown>> {
  const { request, upstreamModel, callbackUrl } = job
  const unfit = unfitOf(job)
  if (unfit) throw refusedFor(unfit)
  const { form, behind } = openRouterForm(upstreamModel, request)
  const filled = Object.entries(await fillForm(form, job, materialAddress))
  const passed = Object.fromEntries(filled.filter(([name]) => !OWN_WORDS.has(name)))
  return {
    model: upstreamModel,
    ...Object.fromEntries(filled.filter(([name]) => OWN_WORDS.has(name))),
    ...(behind && Object.keys(passed).length > 0 && { provider: { options: { [behind.provider]: behind.inside === undefined ? passed : { [behind.inside]: passed } } } }),
    ...(request.operation === 'extend' && { previous_job_id: previousJob(job) }),
    ...present({ user: hashedEndUser(request.endUserId), callback_url: callbackUrl }),
  }
}

async function materialAddress(input: JobInput): Promise<string> {
  if (input.media !== 'video' || input.url?.startsWith('https:')) return urlOrDataUri(input)
  // The vendors behind it fetch videos, and the largest body that OpenRouter takes is not documented.
  throw refusedFor(wrong('inputs', 'A reference video must be a URL that is publicly reachable'))
}

const optionalText = z.string().min(1).optional().catch(undefined)

const videoJob = z.object({
  id: optionalText,
  status: z.string().min(1),
  unsigned_urls: z.array(z.unknown()).nullish().catch(undefined),
  usage: z.object({ cost: z.number().nonnegative().nullish().catch(undefined), is_byok: z.boolean().nullish().catch(undefined) }).nullish().catch(undefined),
  // Documented as a sentence.
  error: z.union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)]).nullish().catch(undefined),
})
type VideoJob = z.output<typeof videoJob>

const resultReference = z.object({ id: openRouterHandle.shape.id, index: z.int().min(0) })
const callbackBody = z.object({ type: z.string().startsWith('video.generation.'), data: openRouterHandle })
const currentKey = z.object({ data: z.object({ is_management_key: z.boolean().optional().catch(undefined), limit_remaining: z.number().nullish().catch(undefined) }) })

function progressOf({ status, unsigned_urls: urls, usage, error }: VideoJob, { id }: OpenRouterHandle): Progress {
  const cost = costOf(usage)
  const counted = cost && { usage: cost }
  switch (STATUS.get(status)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'completed':
      return { state: 'done', results: (urls ?? []).map((_, index): ResultSource => ({ kind: 'provider', reference: { id, index }, role: 'output' })), ...counted }
    case 'failed':
      return { state: 'failed', reason: failureOf(error ?? undefined), ...counted }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The video was cancelled at the upstream' }, ...counted }
    case 'expired':
      return { state: 'failed', reason: { code: 'timeout', message: 'The upstream did not get to this request in time' }, ...counted }
  }
}

const MICROS_PER_DOLLAR = 1_000_000

/** With a key of the operator's own at the vendor (BYOK) this is OpenRouter's fee, and the vendor charges the rest elsewhere. */
function costOf(usage: VideoJob['usage']): Pick<UpstreamUsage, 'costMicros'> | undefined {
  if (usage?.cost == null || usage.is_byok === true) return undefined
  return { costMicros: Math.round(usage.cost * MICROS_PER_DOLLAR) }
}
