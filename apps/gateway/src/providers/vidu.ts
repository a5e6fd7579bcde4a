import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { present } from '../core/present.ts'
import { urlOrDataUri } from './job-input.ts'
import type { FailureReason, Job, JobInput, Progress, Provider, ResultSource, UpstreamHttp, UpstreamResponse } from './provider.ts'
import { plainReference, translateReferences } from './references.ts'
import { refusedFor, wrong } from './unfit.ts'
import { callerMessage, errorByStatus, retryAfterSeconds, type VendorError } from './upstream-answer.ts'
import { hasRatio, hasSound, isVendorField, MODELS, ROUTES, unfit } from './vidu/limits.ts'

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

/** "the post body should not exceed 20MB". */
const MAX_BODY_BYTES = 20 * 1000 * 1000
/** Limits are of concurrency and per minute, and the vendor names no time to wait. */
const RETRY_AFTER_SECONDS = 15
/** "Unit: credits", at USD 0.005. */
const MICROS_PER_CREDIT = 5_000

async function taskBody(job: Job): Promise<Record<string, unknown>> {
  const { request, upstreamModel, reference, callbackUrl } = job
  const { operation } = request
  const { prompt, ...materials } = await materialsOf(job)
  const styled = operation === 'text_to_video' && request.style !== undefined && MODELS.get(upstreamModel)?.styles !== undefined
  return {
    model: upstreamModel,
    ...Object.fromEntries(Object.entries(request.vendor ?? {}).filter(([name]) => isVendorField(name))),
    ...present({
      prompt: prompt === '' ? undefined : prompt,
      ...materials,
      duration: request.durationSeconds,
      // "360p 540p 720p 1080p 2K".
      resolution: request.resolution?.toLowerCase().replace('2k', '2K'),
      aspect_ratio: hasRatio(operation) ? request.aspectRatio : undefined,
      seed: request.seed,
      style: styled ? request.style : undefined,
      // The default differs from model to model and from page to page, so it is always said where there is a choice.
      audio: hasSound(operation, upstreamModel) ? request.audio : undefined,
      callback_url: callbackUrl,
    }),
    payload: reference,
  }
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
  if (bytes > MAX_BODY_BYTES) throw refusedFor(wrong('inputs', 'The pictures are too large for Vidu: together they may have about 15 MB unless they are at a public address'))
  return addresses
}

function publicUrl(input: JobInput | undefined): string {
  if (input?.url?.startsWith('https:')) return input.url
  throw refusedFor(wrong('inputs', 'A video for Vidu must be at an https address that is publicly reachable'))
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
