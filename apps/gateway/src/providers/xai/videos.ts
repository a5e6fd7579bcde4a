import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import { present } from '../../core/present.ts'
import { hashedEndUser } from '../end-user.ts'
import { urlOrDataUri } from '../job-input.ts'
import type { FailureReason, Job, JobInput, Progress, UpstreamHttp, UpstreamResponse } from '../provider.ts'
import { translateReferences } from '../references.ts'
import { refusedFor, wrong } from '../unfit.ts'
import { callerMessage, errorByStatus } from '../upstream-answer.ts'
import { expectOk, failureOf, isModeration, MODERATED, vendorError } from './errors.ts'
import { costOf, usageFields } from './fields.ts'

/** The vendor's words: its protobuf has no others. While it runs the HTTP status says so. */
const STATUS = new Map<string, 'running' | 'done' | 'failed' | 'expired'>([
  ['pending', 'running'],
  ['done', 'done'],
  ['failed', 'failed'],
  ['expired', 'expired'],
])

/** "HTTP 202 while running; the body is sometimes empty." */
const RUNNING_STATUS = 202

export async function submitVideo(job: Job, http: UpstreamHttp): Promise<{ id: string; answer: UpstreamResponse }> {
  const { path, json } = await requestFor(job, http)
  const answer = await http.call({ method: 'POST', path, json })
  const created = z.object({ request_id: z.string() }).safeParse(expectOk(answer))
  if (!created.success) throw errorByStatus(answer)
  return { id: created.data.request_id, answer }
}

export async function checkVideo(id: string, http: UpstreamHttp): Promise<Progress> {
  const response = await http.call({ method: 'GET', path: `/videos/${id}` })
  if (response.status === RUNNING_STATUS) return { state: 'running' }
  // A refusal of content is charged for, and is told of with status 400 here.
  if (response.status === 400 && isModeration(vendorError(response))) return failed(failureOf(vendorError(response)), z.object({ usage: usageFields }).safeParse(response.json).data?.usage)
  const video = xaiVideo.safeParse(expectOk(response))
  if (!video.success) throw errorByStatus(response)
  return progressOf(video.data, response)
}

async function requestFor(job: Job, http: UpstreamHttp): Promise<{ path: string; json: Record<string, unknown> }> {
  const { request, upstreamModel, inputs } = job
  const common = { model: upstreamModel, prompt: promptOf(job) }
  const extras = { user: hashedEndUser(request.endUserId), storage_options: request.vendor?.['storage_options'] }
  switch (request.operation) {
    case 'video_to_video':
      return { path: '/videos/edits', json: present({ ...common, video: await videoMaterial(inputs, http), ...extras }) }
    case 'extend':
      // The only route without an end user.
      return { path: '/videos/extensions', json: present({ ...common, video: await videoMaterial(inputs, http), duration: request.durationSeconds, storage_options: extras.storage_options }) }
    default:
      return { path: '/videos/generations', json: present({ ...common, ...(await pictures(inputs)), duration: request.durationSeconds, aspect_ratio: request.aspectRatio === 'adaptive' ? undefined : request.aspectRatio, resolution: request.resolution, generate_audio: request.audio, ...extras }) }
  }
}

async function pictures(inputs: readonly JobInput[]): Promise<Record<string, unknown>> {
  const first = inputs.find(({ role }) => role === 'first_frame')
  const last = inputs.find(({ role }) => role === 'last_frame')
  const images = await materials(references(inputs, 'image'))
  const audios = await materials(references(inputs, 'audio'))
  return {
    ...(first && { image: await material(first) }),
    ...(last && { last_frame: await material(last) }),
    ...(images.length > 0 && { reference_images: images }),
    ...(audios.length > 0 && { reference_audios: audios }),
  }
}

function references(inputs: readonly JobInput[], media: JobInput['media']): JobInput[] {
  return inputs.filter((input) => input.media === media && input.role !== 'first_frame' && input.role !== 'last_frame')
}

/** One after the other: what is read as bytes may be large. */
async function materials(inputs: readonly JobInput[]): Promise<{ url: string }[]> {
  const found: { url: string }[] = []
  for (const input of inputs) found.push(await material(input))
  return found
}

async function material(input: JobInput): Promise<{ url: string }> {
  return { url: await urlOrDataUri(input) }
}

/** A video is too large for a data URI: without a public address it goes through the vendor's files. */
async function videoMaterial(inputs: readonly JobInput[], http: UpstreamHttp): Promise<{ url: string } | { file_id: string }> {
  const video = inputs.find(({ media }) => media === 'video')
  if (video === undefined) throw refusedFor(wrong('inputs', 'This works on a video, and none was given'))
  if (video.url !== undefined && !video.url.startsWith('http:')) return { url: video.url }
  return { file_id: await upload(video, http) }
}

/** Long enough for any queue; "3600–2592000". */
const UPLOAD_LIFETIME_SECONDS = 86_400

async function upload(video: JobInput, http: UpstreamHttp): Promise<string> {
  const { bytes, mediaType } = await video.read()
  const form = new FormData()
  // "xAI rejects uploads where expires_after arrives after the file part" (AI SDK).
  form.append('expires_after', String(UPLOAD_LIFETIME_SECONDS))
  form.append('file', new File([new Uint8Array(bytes)], 'video.mp4', { type: mediaType }))
  try {
    const response = await http.call({ method: 'POST', path: '/files', form })
    const stored = z.object({ id: z.string().min(1) }).safeParse(expectOk(response))
    if (!stored.success) throw errorByStatus(response)
    return stored.data.id
  } catch (error) {
    // A file too many costs nothing and goes by itself: whatever became of it, nothing was asked for yet.
    if (error instanceof UpstreamError && (error.kind === 'lost' || error.kind === 'garbled')) throw new UpstreamError('busy', 'The upstream did not take the video', { cause: error })
    throw error
  }
}

/** "addressed in the prompt as `<IMAGE_0>`… (older docs start at `<IMAGE_1>`)"; frames and videos have no name. */
function promptOf({ request, inputs }: Job): string | undefined {
  const prompt = translateReferences(request.prompt, inputs, ({ media, number, input }) => {
    const index = references(inputs, media).indexOf(input)
    return media === 'video' || index === -1 ? `${media} ${number}` : `<${media.toUpperCase()}_${index}>`
  })
  return prompt === '' ? undefined : prompt
}

const optionalText = z.string().min(1).optional().catch(undefined)

const xaiVideo = z.object({
  status: optionalText,
  video: z.object({
    url: optionalText,
    duration: z.number().positive().optional().catch(undefined),
    respect_moderation: z.boolean().optional().catch(undefined),
    file_output: z.object({ public_url: optionalText }).nullish().catch(undefined),
  }).nullish().catch(undefined),
  usage: usageFields,
  error: z.union([z.object({ code: optionalText, message: optionalText }), z.string().transform((message) => ({ message, code: undefined }))]).nullish().catch(undefined),
})

function progressOf({ status, video, usage, error }: z.output<typeof xaiVideo>, response: UpstreamResponse): Progress {
  const url = video?.url ?? video?.file_output?.public_url
  // "Some real 200 payloads lack `status`; presence of `video.url` means done."
  const state = status === undefined && url !== undefined ? 'done' : STATUS.get(status ?? '')
  if (status === undefined && state === undefined) throw errorByStatus(response)
  switch (state) {
    case undefined:
      return { state: 'unknown', word: callerMessage(status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'done': {
      // "200 `done` with `video.respect_moderation: false` and empty `url`", which is charged for.
      if (video?.respect_moderation === false) return failed(MODERATED, usage)
      const counted = { ...(video?.duration !== undefined && { seconds: video.duration }), ...costOf(usage) }
      return { state: 'done', results: url === undefined ? [] : [{ kind: 'url', url, role: 'output' }], ...(Object.keys(counted).length > 0 && { usage: counted }) }
    }
    case 'failed':
      return failed(failureOf(error ?? {}), usage)
    case 'expired':
      return { state: 'failed', reason: { code: 'timeout', message: 'The upstream did not get to this request in time' } }
  }
}

function failed(reason: FailureReason, usage: z.output<typeof usageFields>): Progress {
  const cost = costOf(usage)
  return { state: 'failed', reason, ...(cost.costMicros !== undefined && { usage: cost }) }
}
