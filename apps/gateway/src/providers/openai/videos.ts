import sharp from 'sharp'
import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { Job, JobInput, Progress, ResultSource, Submitted, UpstreamHttp, UpstreamRequest } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { refusedFor, wrong } from '../unfit.ts'
import { callerMessage, errorByStatus } from '../upstream-answer.ts'
import { expectOk, failureOf } from './errors.ts'
import { pictureFile } from '../picture-file.ts'
import { parentOf, secondsToAsk } from './lengths.ts'

/** The id becomes a part of a path; some servers' are base64. Of pictures there is none, so ours stands in for it. */
export const openAiHandle = z.object({ kind: z.enum(['video', 'image']), id: z.string().regex(/^[\w=:-]{1,512}$/) })
export type OpenAiHandle = z.output<typeof openAiHandle>

/** The vendor's words; the last three are of servers that speak the same wire. */
const STATUS = new Map<string, 'running' | 'completed' | 'failed' | 'cancelled'>([
  ['queued', 'running'],
  ['in_progress', 'running'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['pending', 'running'],
  ['processing', 'running'],
  ['cancelled', 'cancelled'],
])

export async function submitVideo(job: Job, http: UpstreamHttp): Promise<Submitted<OpenAiHandle>> {
  const response = await http.call({ method: 'POST', ...(await requestFor(job)) })
  const created = createdVideo.safeParse(expectOk(response))
  if (!created.success) throw errorByStatus(response)
  const id = created.data.id ?? created.data.task_id
  const handle = openAiHandle.safeParse({ kind: 'video', id })
  if (!handle.success) throw errorByStatus(response)
  return { handle: handle.data }
}

export async function checkVideo({ kind, id }: OpenAiHandle, http: UpstreamHttp): Promise<Progress> {
  if (kind === 'image') throw new UpstreamError('garbled', 'Pictures come with the answer and cannot be asked for again')
  const response = await http.call({ method: 'GET', path: videoPath(id) })
  const video = openAiVideo.safeParse(expectOk(response))
  if (!video.success || (video.data.id !== undefined && video.data.id !== id)) throw errorByStatus(response)
  return progressOf(video.data, id)
}

/** Where a file of a finished video lies. Throws for one that other servers do not have. */
export function contentOf({ reference }: ResultSource & { kind: 'provider' }, { settings }: Job): { path: string; query?: Record<string, string> } {
  const { id, variant } = fileReference.parse(reference)
  if (variant === undefined) return { path: `${videoPath(id)}/content` }
  // They leave the variant out and send the whole video again.
  if (settings['limits'] === 'server') throw new UpstreamError('refused', 'This server has no pictures of its videos')
  return { path: `${videoPath(id)}/content`, query: { variant } }
}

const fileReference = z.object({ id: openAiHandle.shape.id, variant: z.literal('thumbnail').optional() })

type Create = Pick<UpstreamRequest & { path: string }, 'path' | 'json' | 'form'>

function requestFor(job: Job): Promise<Create> {
  switch (job.request.operation) {
    case 'extend':
      return extension(job)
    case 'remix':
    case 'video_to_video':
      return edit(job)
    default:
      return creation(job)
  }
}

async function creation(job: Job): Promise<Create> {
  const { request, upstreamModel, inputs } = job
  const seconds = secondsToAsk(job)
  const fields = {
    model: upstreamModel,
    prompt: promptOf(job),
    ...(seconds !== undefined && { seconds: String(seconds) }),
    ...(request.size !== undefined && { size: request.size }),
  }
  const frame = inputs.find(({ role }) => role === 'first_frame')
  if (frame === undefined) return { path: VIDEOS, json: fields }
  const file = await pictureFile(frame, 'first-frame')
  if (job.settings['limits'] !== 'server') await expectSize(file, request.size)
  return { path: VIDEOS, form: formOf(fields, { input_reference: file }) }
}

/**
 * "pixel size must equal `size`, otherwise 400 whose message says the inpaint image must match": said here in words that
 * a caller can use. What cannot be measured is the vendor's to judge.
 */
async function expectSize(file: File, size: string | undefined): Promise<void> {
  const { width, height } = await sharp(new Uint8Array(await file.arrayBuffer())).metadata().catch(() => ({ width: undefined, height: undefined }))
  if (size === undefined || width === undefined || height === undefined || size === `${width}x${height}`) return
  throw refusedFor(wrong('inputs', `The first frame must have the size of the video, ${size}, not ${width}x${height}`))
}

/** By its id where this account made it, else as a file, with the model that is to work on it. */
async function edit(job: Job): Promise<Create> {
  const parent = parentOf(job)
  const prompt = promptOf(job)
  // Edits supersede remixes at the vendor, who keeps both; other servers have had remixes for longer.
  if (parent !== undefined) return { path: `${videoPath(parent.id)}/remix`, json: { prompt } }
  return { path: `${VIDEOS}/edits`, form: formOf({ model: job.upstreamModel, prompt }, { video: await videoFile(job) }) }
}

async function extension(job: Job): Promise<Create> {
  const parent = parentOf(job)
  const fields = { prompt: promptOf(job), seconds: String(secondsToAsk(job) ?? DEFAULT_SECONDS) }
  if (parent !== undefined) return { path: `${VIDEOS}/extensions`, json: { ...fields, video: { id: parent.id } } }
  return { path: `${VIDEOS}/extensions`, form: formOf({ model: job.upstreamModel, ...fields }, { video: await videoFile(job) }) }
}

/** Extensions require it. */
const DEFAULT_SECONDS = 4

async function videoFile({ inputs }: Job): Promise<File> {
  const source = inputs.find(({ media }) => media === 'video')
  if (source === undefined) throw refusedFor(wrong('inputs', 'This works on a video, and none was given'))
  const { bytes, mediaType } = await source.read()
  return new File([new Uint8Array(bytes)], 'video.mp4', { type: mediaType })
}

/** Nothing in this wire has a name in the prompt. */
function promptOf({ request, inputs }: { request: Job['request']; inputs: readonly JobInput[] }): string {
  return translateReferences(request.prompt, inputs, plainReference)
}

function formOf(fields: Record<string, string>, files: Record<string, File>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [name, file] of Object.entries(files)) form.append(name, file)
  return form
}

const VIDEOS = '/videos'

function videoPath(id: string): string {
  return `${VIDEOS}/${encodeURIComponent(id)}`
}

const optionalText = z.string().optional().catch(undefined)
const createdVideo = z.object({ id: optionalText, task_id: optionalText })

const openAiVideo = z.object({
  id: optionalText,
  status: z.string().min(1),
  /** Text at the vendor, a number elsewhere. */
  seconds: z.union([z.string().transform(Number), z.number()]).optional().catch(undefined),
  size: optionalText,
  error: z.object({ code: z.union([z.string(), z.number().transform(String)]).optional().catch(undefined), message: optionalText }).nullish().catch(undefined),
})

function progressOf({ status, seconds, size, error }: z.output<typeof openAiVideo>, id: string): Progress {
  switch (STATUS.get(status)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'completed': {
      const length = seconds !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
      return {
        state: 'done',
        results: [
          { kind: 'provider', reference: { id }, role: 'output' },
          { kind: 'provider', reference: { id, variant: 'thumbnail' }, role: 'poster' },
        ],
        ...(length !== undefined && { usage: { seconds: length } }),
        // A remix is as long and as large as this one.
        kept: { ...(length !== undefined && { seconds: length }), ...(size !== undefined && { size }) },
      }
    }
    case 'failed':
      return { state: 'failed', reason: failureOf(error ?? {}) }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The video was cancelled at the upstream' } }
  }
}
