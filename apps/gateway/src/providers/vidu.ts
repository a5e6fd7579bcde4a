import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest, InputMedia, Operation } from '../core/generation-request.ts'
import { urlOrDataUri } from './job-input.ts'
import type { FailureReason, Job, JobInput, Progress, Provider, ResultSource, Unfit, UpstreamHttp, UpstreamResponse, Work } from './provider.ts'
import { plainReference, translateReferences } from './references.ts'
import { callerMessage, errorByStatus, retryAfterSeconds, type VendorError } from './upstream-answer.ts'

/** A decimal number as text, so far; it becomes a part of a path. */
const viduHandle = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/) })
export type ViduHandle = z.output<typeof viduHandle>

/**
 * Shengshu's Vidu, enterprise API version 2: one route for each way of working, paid in credits.
 *
 * Our reference goes along as `payload` and is echoed with the task. The list of tasks has no such field, so a lost
 * submission is found by its callback or not at all: no `find`.
 * Facts are of August to October 2026, from the vendor's documentation (https://platform.vidu.com/docs) and an
 * open-source client.
 */
export const vidu: Provider<ViduHandle> = {
  id: 'vidu',
  name: 'Vidu',
  kinds: ['video'],
  baseUrl: 'https://api.vidu.com',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: viduHandle,
  callsBack: true,

  // The word is `Token`, not Bearer.
  authorize: (credential) => ({ authorization: `Token ${String(credential['api_key'])}` }),

  unfit,

  async submit(job, http) {
    const refusal = unfit(job)
    if (refusal) throw refused(refusal.param, refusal.message)
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

const ROUTES: ReadonlyMap<Operation, string> = new Map([
  ['text_to_video', 'text2video'],
  ['image_to_video', 'img2video'],
  ['first_last_frame', 'start-end2video'],
  ['reference_to_video', 'reference2video'],
  ['extend', 'extend'],
])

/** Whole seconds from one to the other, and resolutions. */
interface Takes {
  seconds: readonly [min: number, max: number]
  resolutions: readonly string[]
}

interface ViduModel {
  takes: Partial<Record<Operation, Takes>>
  /** How many references of each medium. */
  references?: Partial<Record<InputMedia, number>>
  /** References may be told apart as `subjects`, by name. */
  subjects?: boolean
  audio?: 'every' | 'references'
  /** Two lengths only, of which the longer comes at 720p. */
  fourOrEight?: true
  styles?: true
  /** Ratios of 3:4 and 4:3: "q2/q3 only". */
  portraits?: true
}

const SD_TO_1080P = ['540p', '720p', '1080p']
const OLD_RESOLUTIONS = ['360p', '720p', '1080p']
const Q3 = { audio: 'every', portraits: true } as const
const EXTENDED: Takes = { seconds: [1, 7], resolutions: SD_TO_1080P }
const FIVE_SECONDS: Takes = { seconds: [5, 5], resolutions: ['1080p'] }
const FOUR_OR_EIGHT: Takes = { seconds: [4, 8], resolutions: OLD_RESOLUTIONS }

/** The vendor's table of models. One that is not in it is new, and the vendor judges for himself. */
const MODELS: ReadonlyMap<string, ViduModel> = new Map<string, ViduModel>([
  ['viduq3-pro', { ...Q3, takes: { text_to_video: upTo(16), image_to_video: { seconds: [1, 16], resolutions: ['360p', ...SD_TO_1080P, '2k'] }, first_last_frame: upTo(16) } }],
  ['viduq3-turbo', { ...Q3, takes: { text_to_video: upTo(16), image_to_video: upTo(16), first_last_frame: upTo(16), reference_to_video: upTo(16) }, references: { image: 7 }, subjects: true }],
  ['viduq3', { ...Q3, takes: { reference_to_video: upTo(16, { from: 3 }) }, references: { image: 7 }, subjects: true }],
  ['viduq3-mix', { ...Q3, takes: { reference_to_video: { seconds: [1, 16], resolutions: ['720p', '1080p'] } }, references: { image: 7 } }],
  ['viduq2', { takes: { text_to_video: upTo(10), reference_to_video: upTo(10) }, references: { image: 7 }, subjects: true, audio: 'references', portraits: true }],
  ['viduq2-pro', { takes: { image_to_video: upTo(10), first_last_frame: upTo(8), reference_to_video: upTo(10), extend: EXTENDED }, references: { image: 4, video: 2 }, subjects: true, portraits: true }],
  ['viduq2-turbo', { takes: { image_to_video: upTo(10), first_last_frame: upTo(8, { from: 2 }), extend: EXTENDED }, portraits: true }],
  ['viduq2-pro-fast', { takes: { image_to_video: { seconds: [1, 10], resolutions: ['720p', '1080p'] }, first_last_frame: { seconds: [1, 8], resolutions: ['720p', '1080p'] } }, portraits: true }],
  ['viduq1', { takes: { text_to_video: FIVE_SECONDS, image_to_video: FIVE_SECONDS, first_last_frame: FIVE_SECONDS, reference_to_video: FIVE_SECONDS }, references: { image: 7 }, subjects: true, styles: true }],
  ['viduq1-classic', { takes: { image_to_video: FIVE_SECONDS, first_last_frame: FIVE_SECONDS } }],
  ['vidu2.0', { takes: { image_to_video: FOUR_OR_EIGHT, first_last_frame: FOUR_OR_EIGHT, reference_to_video: FOUR_OR_EIGHT }, references: { image: 7 }, fourOrEight: true }],
  ['vidu1.5', { takes: { text_to_video: FOUR_OR_EIGHT, image_to_video: FOUR_OR_EIGHT, first_last_frame: FOUR_OR_EIGHT, reference_to_video: FOUR_OR_EIGHT }, references: { image: 7 }, fourOrEight: true, styles: true }],
])

function upTo(max: number, { from = 1 }: { from?: number } = {}): Takes {
  return { seconds: [from, max], resolutions: SD_TO_1080P }
}

/** Extras that a catalogue entry may let through. Not `off_peak`: it may take two days. */
const VENDOR_FIELDS = ['movement_amplitude', 'bgm', 'audio_type', 'voice_id', 'watermark', 'wm_position', 'wm_url'] as const
/** Those that going on with a video has. */
const EXTEND_FIELDS: readonly string[] = ['watermark', 'wm_position', 'wm_url']

/** "the post body should not exceed 20MB". */
const MAX_BODY_BYTES = 20 * 1000 * 1000
/** Limits are of concurrency and per minute, and the vendor names no time to wait. */
const RETRY_AFTER_SECONDS = 15
/** "Unit: credits", at USD 0.005. */
const MICROS_PER_CREDIT = 5_000

function unfit({ request, upstreamModel }: Work): Unfit | undefined {
  const { operation } = request
  const model = MODELS.get(upstreamModel)
  if (!ROUTES.has(operation)) return { param: 'operation', message: `Vidu does not do ${operation}; it does ${[...ROUTES.keys()].join(', ')}` }
  const takes = model?.takes[operation]
  if (model && !takes) return { param: 'operation', message: `${upstreamModel} does not do ${operation}; it does ${Object.keys(model.takes).join(', ')}` }
  return unfitInputs(request, model) ?? unfitLength(request, { model, takes, upstreamModel }) ?? unfitFrame(request, { model, takes, upstreamModel }) ?? unfitExtras(request, { model, upstreamModel })
}

/** Of every way of working, what it must have: how many of which medium in which roles. */
function unfitInputs({ operation, inputs }: GenerationRequest, model: ViduModel | undefined): Unfit | undefined {
  const count = (role: string, media: InputMedia) => inputs.filter((input) => input.role === role && input.media === media).length
  const wrong = (what: string): Unfit => ({ param: 'inputs', message: `Vidu takes ${what} for ${operation}` })
  switch (operation) {
    case 'image_to_video':
      return inputs.length === 1 && count('first_frame', 'image') === 1 ? undefined : wrong('one picture, as first_frame,')
    case 'first_last_frame':
      return inputs.length === 2 && count('first_frame', 'image') === 1 && count('last_frame', 'image') === 1 ? undefined : wrong('two pictures, as first_frame and last_frame,')
    case 'extend': {
      const last = count('last_frame', 'image')
      return count('source', 'video') === 1 && last <= 1 && inputs.length === 1 + last ? undefined : wrong('one video, as source, and at most one picture, as last_frame,')
    }
    case 'reference_to_video': {
      const [images, videos] = [count('reference', 'image'), count('reference', 'video')]
      const { image = MAX_REFERENCES, video = 0 } = model === undefined ? { video: MAX_REFERENCES } : (model.references ?? {})
      const isRight = images + videos === inputs.length && images + videos > 0 && images <= image && videos <= video
      return isRight ? undefined : wrong(`up to ${image} pictures${video === 0 ? '' : ` and ${video} videos`} as references`)
    }
    default:
      return inputs.length === 0 ? undefined : wrong('no materials')
  }
}

const MAX_REFERENCES = 7

interface Known {
  model: ViduModel | undefined
  takes?: Takes | undefined
  upstreamModel: string
}

function unfitLength({ durationSeconds, resolution, count }: GenerationRequest, { model, takes, upstreamModel }: Known): Unfit | undefined {
  if (count !== 1) return { param: 'count', message: 'Vidu makes one video at a time' }
  if (durationSeconds === undefined) return undefined
  if (durationSeconds === 'auto' || !Number.isInteger(durationSeconds)) return { param: 'durationSeconds', message: 'Vidu takes whole seconds' }
  if (model?.fourOrEight && durationSeconds !== 4 && durationSeconds !== 8) return { param: 'durationSeconds', message: `${upstreamModel} takes 4 or 8 seconds` }
  if (model?.fourOrEight && durationSeconds === 8 && resolution !== undefined && resolution.toLowerCase() !== '720p') return { param: 'durationSeconds', message: `${upstreamModel} takes 8 seconds at 720p only` }
  const [min, max] = takes?.seconds ?? [1, Infinity]
  if (durationSeconds >= min && durationSeconds <= max) return undefined
  return { param: 'durationSeconds', message: `${upstreamModel} takes ${min === max ? `${min}` : `${min} to ${max}`} seconds this way` }
}

function unfitFrame({ operation, resolution, aspectRatio, size, framesPerSecond }: GenerationRequest, { model, takes, upstreamModel }: Known): Unfit | undefined {
  if (size !== undefined && resolution === undefined && aspectRatio === undefined) return { param: 'size', message: 'Vidu takes a resolution and an aspect ratio, not a size in pixels' }
  if (framesPerSecond !== undefined && framesPerSecond !== 24) return { param: 'framesPerSecond', message: 'Vidu makes 24 frames per second' }
  if (resolution !== undefined && takes && !takes.resolutions.includes(resolution.toLowerCase())) return { param: 'resolution', message: `${upstreamModel} takes ${takes.resolutions.join(', ')} this way` }
  if (aspectRatio === undefined) return undefined
  if (!hasRatio(operation)) return aspectRatio === 'adaptive' ? undefined : { param: 'aspectRatio', message: 'With frames the pictures decide the aspect ratio' }
  const ratios = ['16:9', '9:16', '1:1', ...(model === undefined || model.portraits ? ['3:4', '4:3'] : [])]
  return ratios.includes(aspectRatio) ? undefined : { param: 'aspectRatio', message: `${upstreamModel} takes ${ratios.join(', ')}` }
}

function hasRatio(operation: Operation): boolean {
  return operation === 'text_to_video' || operation === 'reference_to_video'
}

function unfitExtras({ operation, audio, style, seed, negativePrompt, vendor = {} }: GenerationRequest, { model, upstreamModel }: Known): Unfit | undefined {
  if (negativePrompt !== undefined) return { param: 'negativePrompt', message: 'Vidu has no negative prompt' }
  if (audio === true && !hasSound(operation, model)) return { param: 'audio', message: `${upstreamModel} makes no sound this way` }
  const styled = operation === 'text_to_video' && (model === undefined || model.styles)
  if (style !== undefined && style !== 'general' && !styled) return { param: 'style', message: `${upstreamModel} takes no style this way` }
  if (operation !== 'extend') return undefined
  if (seed !== undefined) return { param: 'seed', message: 'Going on with a video takes no seed' }
  const unused = Object.keys(vendor).find((name) => isVendorField(name) && !EXTEND_FIELDS.includes(name))
  return unused === undefined ? undefined : { param: `vendor.${unused}`, message: `Going on with a video takes no ${unused}` }
}

function hasSound(operation: Operation, model: ViduModel | undefined): boolean {
  if (operation === 'extend') return false
  return model === undefined || model.audio === 'every' || (model.audio === 'references' && operation === 'reference_to_video')
}

function isVendorField(name: string): boolean {
  return (VENDOR_FIELDS as readonly string[]).includes(name)
}

async function taskBody(job: Job): Promise<Record<string, unknown>> {
  const { request, upstreamModel, reference, callbackUrl } = job
  const { operation } = request
  const { prompt, ...materials } = await materialsOf(job)
  const styled = operation === 'text_to_video' && request.style !== undefined && MODELS.get(upstreamModel)?.styles !== undefined
  return {
    model: upstreamModel,
    ...Object.fromEntries(Object.entries(request.vendor ?? {}).filter(([name]) => isVendorField(name))),
    ...defined({
      prompt: prompt === '' ? undefined : prompt,
      ...materials,
      duration: request.durationSeconds,
      // "360p 540p 720p 1080p 2K".
      resolution: request.resolution?.toLowerCase().replace('2k', '2K'),
      aspect_ratio: hasRatio(operation) ? request.aspectRatio : undefined,
      seed: request.seed,
      style: styled ? request.style : undefined,
      // The default differs from model to model and from page to page, so it is always said where there is a choice.
      audio: hasSound(operation, MODELS.get(upstreamModel)) ? request.audio : undefined,
      callback_url: callbackUrl,
    }),
    payload: reference,
  }
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

interface Materials {
  prompt: string
  images?: string[]
  subjects?: Record<string, unknown>[]
  video_url?: string
  video_creation_id?: string
}

async function materialsOf(job: Job): Promise<Materials> {
  const { request: { operation, prompt }, inputs } = job
  if (operation === 'reference_to_video') return referencesOf(job)
  const plain = translateReferences(prompt, inputs, plainReference)
  if (operation === 'extend') return { prompt: plain, ...videoOf(job), ...imagesOf(await addressesOf(inputs.filter(({ role }) => role === 'last_frame'))) }
  const first = inputs.filter(({ role }) => role === 'first_frame')
  const last = inputs.filter(({ role }) => role === 'last_frame')
  return { prompt: plain, ...imagesOf(await addressesOf([...first, ...last])) }
}

function imagesOf(images: string[]): Pick<Materials, 'images'> {
  return images.length === 0 ? {} : { images }
}

/**
 * Two shapes. Where the prompt speaks of single references, or there are videos, each is a subject under the name that the
 * prompt has for it: `@Image1`. Otherwise, and for models that know no subjects, they are a list of pictures.
 */
async function referencesOf({ request: { prompt }, upstreamModel, inputs }: Job): Promise<Materials> {
  let mentioned = false
  const named = translateReferences(prompt, inputs, ({ media, number }) => {
    mentioned = true
    return `@${SUBJECT_WORDS[media]}${number}`
  })
  const model = MODELS.get(upstreamModel)
  const subjects = model === undefined || model.subjects === true
  const addresses = await addressesOf(inputs)
  if (!subjects || (!mentioned && inputs.every(({ media }) => media === 'image'))) return { prompt: translateReferences(prompt, inputs, plainReference), images: addresses }
  const numbers = { image: 0, video: 0, audio: 0 }
  return {
    prompt: named,
    subjects: inputs.map(({ media }, index) => {
      numbers[media] += 1
      return { id: `${SUBJECT_WORDS[media]}${numbers[media]}`, ...(media === 'video' ? { videos: [addresses[index]] } : { images: [addresses[index]] }) }
    }),
  }
}

const SUBJECT_WORDS = { image: 'Image', video: 'Video', audio: 'Audio' } as const

/** A video of this account is named by its id, which needs no address that the vendor can reach. */
function videoOf({ inputs, parent }: Job): Pick<Materials, 'video_url' | 'video_creation_id'> {
  const made = keptOfJob.safeParse(parent?.kept)
  if (made.success) return { video_creation_id: made.data.creationId }
  return { video_url: publicUrl(inputs.find(({ media }) => media === 'video')) }
}

const keptOfJob = z.object({ creationId: z.string().min(1) })

/** One after the other: what is read as bytes may be large. */
async function addressesOf(inputs: readonly JobInput[]): Promise<string[]> {
  const addresses: string[] = []
  for (const input of inputs) addresses.push(input.media === 'video' ? publicUrl(input) : await urlOrDataUri(input))
  const bytes = addresses.reduce((sum, address) => sum + address.length, 0)
  if (bytes > MAX_BODY_BYTES) throw refused('inputs', 'The pictures are too large for Vidu: together they may have about 15 MB unless they are at a public address')
  return addresses
}

function publicUrl(input: JobInput | undefined): string {
  if (input?.url?.startsWith('https:')) return input.url
  throw refused('inputs', 'A video for Vidu must be at an https address that is publicly reachable')
}

function refused(param: string, message: string): UpstreamError {
  return new UpstreamError('refused', message, { code: 'invalid_request', param })
}

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
        ...(creationId !== undefined && { kept: { creationId } satisfies z.output<typeof keptOfJob> }),
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
      return { code: 'upstream_failed', message: 'The upstream could not make this video', ...upstream }
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
