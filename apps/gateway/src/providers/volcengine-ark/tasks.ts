import { z } from 'zod'
import type { GenerationRequest } from '../../core/generation-request.ts'
import { present } from '../../core/present.ts'
import { hashedEndUser } from '../end-user.ts'
import { urlOrDataUri } from '../job-input.ts'
import type { Job, JobInput, Progress, ResultSource, Submitted, UpstreamHttp } from '../provider.ts'
import { translateReferences } from '../references.ts'
import { refusedFor, wrong } from '../unfit.ts'
import { callerMessage, errorByStatus } from '../upstream-answer.ts'
import { expectOk, failureOf } from './errors.ts'
import { countOf, isChinese, lenientNumber } from './fields.ts'
import { seedanceOf, VIDEO_FIELDS } from './models.ts'

export const TASKS = '/contents/generations/tasks'

/** The id becomes a part of a path. */
export const taskHandle = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/) })
type TaskHandle = z.output<typeof taskHandle>

/** The vendor's words; the last two are of relays that stand in front of it. */
const STATUS = new Map<string, 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired'>([
  ['queued', 'queued'],
  ['running', 'running'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['expired', 'expired'],
  ['pending', 'queued'],
  ['processing', 'running'],
])

export async function submitTask(job: Job, http: UpstreamHttp): Promise<Submitted<TaskHandle>> {
  const response = await http.call({ method: 'POST', path: TASKS, json: await taskBody(job) })
  const created = taskHandle.safeParse(expectOk(response))
  if (!created.success) throw errorByStatus(response)
  return { handle: created.data }
}

export async function checkTask(handle: TaskHandle, http: UpstreamHttp): Promise<Progress> {
  return progressOf(await readTask(handle, http))
}

/**
 * DELETE stops a queued task, but deletes the record of one that has ended, result and all; so it is sent only to
 * one that was seen queued.
 */
export async function cancelTask(handle: TaskHandle, http: UpstreamHttp): Promise<'cancelled' | 'too_late'> {
  const { status } = await readTask(handle, http)
  const state = STATUS.get(status)
  if (state === 'cancelled') return 'cancelled'
  if (state !== 'queued') return 'too_late'

  const response = await http.call({ method: 'DELETE', path: taskPath(handle) })
  if (response.status === 400 || response.status === 409) return 'too_late'
  expectOk(response)
  return 'cancelled'
}

async function taskBody({ request, upstreamModel, inputs, callbackUrl }: Job): Promise<Record<string, unknown>> {
  const { generation, edition } = seedanceOf(upstreamModel, request.model)
  const vendor = Object.entries(request.vendor ?? {}).filter(([name]) => VIDEO_FIELDS.includes(name))
  return {
    model: upstreamModel,
    content: await contentOf(request, inputs, { generation, lite: edition.startsWith('lite') }),
    watermark: false,
    ...Object.fromEntries(vendor),
    ...present({
      resolution: request.resolution,
      // With a first frame the picture decides the ratio unless the caller did; 2.5 takes nothing but `adaptive` then.
      ratio: request.aspectRatio ?? (hasFrames(inputs) ? 'adaptive' : undefined),
      duration: request.durationSeconds === 'auto' ? -1 : request.durationSeconds,
      // Documented for 1.x, and accepted by 2.x on live calls.
      seed: request.seed,
      // Prose and schema disagree about the default, so it is always said; 1.0 has no sound and needs no word about it.
      generate_audio: request.audio ?? (generation === '1.0' ? undefined : false),
      // `mp4` is the default everywhere, and only 2.5 takes the field.
      output_format: request.outputFormat === 'mp4' ? undefined : request.outputFormat,
      // "a hashed end-user id", at most 64 characters.
      safety_identifier: hashedEndUser(request.endUserId),
      callback_url: callbackUrl,
    }),
  }
}

function hasFrames(inputs: readonly Pick<JobInput, 'role'>[]): boolean {
  return inputs.some(({ role }) => role === 'first_frame' || role === 'last_frame')
}

interface Wording {
  generation: string
  /** 1.0-lite-i2v is the only 1.x model with references, and has brackets around their names. */
  lite: boolean
}

async function contentOf(request: GenerationRequest, inputs: readonly JobInput[], wording: Wording): Promise<unknown[]> {
  const text = withoutFlags(withNamedReferences(request.prompt, inputs, wording))
  const media: unknown[] = []
  // One after the other: what is read as bytes may be large.
  for (const input of inputs) media.push(await contentItem(input))
  return [...(text === '' ? [] : [{ type: 'text', text }]), ...media]
}

async function contentItem(input: JobInput): Promise<unknown> {
  switch (input.media) {
    case 'image': {
      const role = input.role === 'first_frame' || input.role === 'last_frame' ? input.role : 'reference_image'
      return { type: 'image_url', image_url: { url: await urlOrDataUri(input) }, role }
    }
    case 'video':
      if (input.url === undefined) {
        throw refusedFor(wrong('inputs', 'A reference video for this model must be a URL that is publicly reachable'))
      }
      return { type: 'video_url', video_url: { url: input.url }, role: 'reference_video' }
    case 'audio':
      return { type: 'audio_url', audio_url: { url: withShortAudioType(await urlOrDataUri(input)) }, role: 'reference_audio' }
  }
}

/** The documentation names `wav` and `mp3` only; the registered name of the latter is `audio/mpeg`. */
function withShortAudioType(url: string): string {
  return url.replace(/^data:audio\/mpeg;/, 'data:audio/mp3;').replace(/^data:audio\/(?:x-wav|wave|vnd\.wave);/, 'data:audio/wav;')
}

const CHINESE_MEDIA = { image: '图片', video: '视频', audio: '音频' } as const
const ENGLISH_MEDIA = { image: 'Image', video: 'Video', audio: 'Audio' } as const

/**
 * `@Image1` in the words that the models were trained on: "Image 1" or 图片1 (2.x), "[Image 1]" or [图1] (1.0 lite),
 * and just "the image" where a frame needs no name (other 1.x).
 */
function withNamedReferences(prompt: string, inputs: readonly JobInput[], { generation, lite }: Wording): string {
  const chinese = isChinese(prompt)
  const nameless = generation.startsWith('1.') && (!lite || hasFrames(inputs))
  return translateReferences(prompt, inputs, ({ media, number }) => {
    if (nameless) return chinese ? CHINESE_MEDIA[media] : `the ${media}`
    if (generation.startsWith('1.')) return chinese ? `[图${number}]` : `[${ENGLISH_MEDIA[media]} ${number}]`
    return chinese ? `${CHINESE_MEDIA[media]}${number}` : `${ENGLISH_MEDIA[media]} ${number}`
  })
}

/**
 * 1.x still obeys `--dur 12` and its kind inside the prompt, and so would render what was not paid for. A dash instead
 * of the two hyphens leaves the words and takes their power.
 */
function withoutFlags(text: string): string {
  return text.replace(/--(?=(?:resolution|rs|ratio|rt|duration|dur|frames|framespersecond|fps|seed|camerafixed|cf|watermark|wm)\b)/gi, '—')
}

function taskPath({ id }: TaskHandle): string {
  return `${TASKS}/${id}`
}

const arkTask = z.object({
  id: z.string().optional().catch(undefined),
  status: z.string().min(1),
  error: z.object({ code: z.string().optional().catch(undefined), message: z.string().optional().catch(undefined) }).nullish().catch(undefined),
  content: z.object({ video_url: z.string().optional().catch(undefined), last_frame_url: z.string().optional().catch(undefined) }).nullish().catch(undefined),
  duration: lenientNumber,
  usage: z.object({ completion_tokens: lenientNumber, total_tokens: lenientNumber }).nullish().catch(undefined),
})
type ArkTask = z.output<typeof arkTask>

async function readTask(handle: TaskHandle, http: UpstreamHttp): Promise<ArkTask> {
  const response = await http.call({ method: 'GET', path: taskPath(handle) })
  const task = arkTask.safeParse(expectOk(response))
  if (!task.success || (task.data.id !== undefined && task.data.id !== handle.id)) throw errorByStatus(response)
  return task.data
}

function progressOf(task: ArkTask): Progress {
  const state = STATUS.get(task.status)
  switch (state) {
    case undefined:
      return { state: 'unknown', word: callerMessage(task.status, 'unreadable') }
    case 'queued':
    case 'running':
      return { state: 'running' }
    case 'succeeded':
      return { state: 'done', results: resultsOf(task), ...usageOf(task) }
    case 'failed':
      return { state: 'failed', reason: failureOf(task.error ?? {}, 'video') }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The task was cancelled at the upstream' } }
    case 'expired':
      return { state: 'failed', reason: { code: 'timeout', message: 'The upstream did not get to this task in time' } }
  }
}

/** Both are signed for GET only, and for 24 hours. */
function resultsOf({ content }: ArkTask): ResultSource[] {
  const results: ResultSource[] = []
  if (content?.video_url) results.push({ kind: 'url', url: content.video_url, role: 'output' })
  if (content?.last_frame_url) results.push({ kind: 'url', url: content.last_frame_url, role: 'last_frame' })
  return results
}

function usageOf({ usage, duration }: ArkTask): Pick<Extract<Progress, { state: 'done' }>, 'usage'> {
  const tokens = countOf(usage?.completion_tokens) ?? countOf(usage?.total_tokens)
  const seconds = countOf(duration)
  if (tokens === undefined && seconds === undefined) return {}
  return { usage: { ...(tokens !== undefined && { tokens }), ...(seconds !== undefined && { seconds }) } }
}
