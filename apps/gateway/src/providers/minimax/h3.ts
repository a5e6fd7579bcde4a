import { z } from 'zod'
import type { GenerationRequest, InputMedia, Operation } from '../../core/generation-request.ts'
import { urlOrDataUri } from '../job-input.ts'
import type { Job, JobInput, Progress, Unfit, UpstreamHttp, UpstreamResponse, Work } from '../provider.ts'
import { translateReferences } from '../references.ts'
import { refusedFor, wrong, wrongOperation } from '../unfit.ts'
import { callerMessage } from '../upstream-answer.ts'
import { expectOk, failureOf, unreadable } from './answer.ts'

/** Version 2: MiniMax-H3 and H3-Max. */

export const VIDEO_CREATE = '/v2/video_generation'

/** `expired` is known to one SDK, and to no other. */
const STATES = new Map<string, 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired'>([
  ['queued', 'queued'],
  ['running', 'running'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['expired', 'expired'],
])

const OPERATIONS: readonly Operation[] = ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video']
const RATIOS = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16']
const MAX_REFERENCES: Record<InputMedia, number> = { image: 9, video: 3, audio: 3 }
/** "H3 4–15 (one SDK enforces ≥ 5); H3-Max 5–15". */
const MODELS: ReadonlyMap<string, { minSeconds: number; resolutions: readonly string[] }> = new Map([
  ['MiniMax-H3', { minSeconds: 4, resolutions: ['768p', '2k'] }],
  ['MiniMax-H3-Max', { minSeconds: 5, resolutions: ['480p', '768p'] }],
])
const MAX_SECONDS = 15
/** Both are required there. */
const DEFAULT_RESOLUTION = '768P'
const DEFAULT_SECONDS = 5
/** "body ≤ 64 MB". */
const MAX_BODY_BYTES = 64 * 1000 * 1000

export function unfitVideo({ request, upstreamModel }: Work): Unfit | undefined {
  const { operation, resolution, durationSeconds, aspectRatio, size } = request
  if (!OPERATIONS.includes(operation)) return wrongOperation(upstreamModel, operation, OPERATIONS)
  const inputs = unfitInputs(request)
  if (inputs) return inputs
  if (request.prompt.trim() === '') return { param: 'prompt', message: `${upstreamModel} needs a prompt` }
  if (request.count !== 1) return { param: 'count', message: 'MiniMax makes one video at a time' }
  if (request.seed !== undefined) return { param: 'seed', message: `${upstreamModel} takes no seed` }
  if (request.negativePrompt !== undefined) return { param: 'negativePrompt', message: `${upstreamModel} has no negative prompt` }
  if (request.audio === false) return { param: 'audio', message: `${upstreamModel} always makes sound` }
  if (size !== undefined && resolution === undefined && aspectRatio === undefined) return { param: 'size', message: `${upstreamModel} takes a resolution and an aspect ratio, not a size in pixels` }

  const { minSeconds, resolutions } = MODELS.get(upstreamModel) ?? { minSeconds: 4, resolutions: undefined }
  if (resolution !== undefined && resolutions?.includes(resolution.toLowerCase()) === false) return { param: 'resolution', message: `${upstreamModel} takes ${resolutions.join(', ')}` }
  if (durationSeconds !== undefined && (durationSeconds === 'auto' || !Number.isInteger(durationSeconds) || durationSeconds < minSeconds || durationSeconds > MAX_SECONDS)) return { param: 'durationSeconds', message: `${upstreamModel} takes ${minSeconds} to ${MAX_SECONDS} whole seconds` }
  const ratios = operation === 'text_to_video' ? RATIOS : operation === 'reference_to_video' ? ['adaptive', ...RATIOS] : ['adaptive']
  return aspectRatio === undefined || ratios.includes(aspectRatio) ? undefined : { param: 'aspectRatio', message: `${upstreamModel} takes ${ratios.join(', ')} this way` }
}

/** Frames or references, not both. A last frame alone is taken by the vendor according to one client, and not to another. */
function unfitInputs({ operation, inputs }: GenerationRequest): Unfit | undefined {
  const wrong = (what: string): Unfit => ({ param: 'inputs', message: `MiniMax-H3 takes ${what}` })
  if (operation !== 'reference_to_video') {
    const roles: readonly string[] = operation === 'text_to_video' ? [] : operation === 'image_to_video' ? ['first_frame'] : ['first_frame', 'last_frame']
    const isRight = inputs.every(({ media, role }) => media === 'image' && roles.includes(role)) && new Set(inputs.map(({ role }) => role)).size === inputs.length && (roles.length === 0) === (inputs.length === 0)
    return isRight ? undefined : wrong(roles.length === 0 ? 'no materials for text_to_video' : `one picture each as ${roles.join(' and ')}`)
  }
  if (inputs.some(({ role }) => role !== 'reference')) return wrong('either frames or references, not both')
  const count = (media: InputMedia) => inputs.filter((input) => input.media === media).length
  if ((['image', 'video', 'audio'] as const).some((media) => count(media) > MAX_REFERENCES[media])) return wrong('up to 9 pictures, 3 videos and 3 sounds as references')
  return count('image') + count('video') > 0 ? undefined : wrong('sounds only beside a picture or a video')
}

export async function submitVideo(job: Job, http: UpstreamHttp): Promise<UpstreamResponse> {
  return http.call({ method: 'POST', path: VIDEO_CREATE, json: await videoBody(job) })
}

async function videoBody({ request, upstreamModel, inputs, callbackUrl }: Job): Promise<Record<string, unknown>> {
  const text = translateReferences(request.prompt, inputs, ({ media, number }) => `${WORDS[media]} ${number}`)
  const content: unknown[] = [{ type: 'text', text }]
  let bytes = 0
  // One after the other: what is read as bytes may be large.
  for (const input of inputs) {
    const url = await urlOrDataUri(input)
    bytes += url.length
    if (bytes > MAX_BODY_BYTES) throw refusedFor(wrong('inputs', 'The materials are too large for MiniMax: together they may have about 48 MB unless they are at a public address'))
    content.push({ type: `${input.media}_url`, [`${input.media}_url`]: { url }, role: roleOf(input) })
  }
  const expansion = request.vendor?.['prompt_expansion_mode']
  return {
    model: upstreamModel,
    content,
    // "480P 768P 2K".
    resolution: request.resolution?.toUpperCase() ?? DEFAULT_RESOLUTION,
    duration: request.durationSeconds ?? DEFAULT_SECONDS,
    // With frames the picture decides, whatever is said.
    ...(request.aspectRatio !== undefined && { ratio: request.aspectRatio }),
    ...(request.aspectRatio === undefined && request.operation === 'text_to_video' && { ratio: '16:9' }),
    ...(expansion !== undefined && { extra: { prompt_expansion_mode: expansion } }),
    ...(callbackUrl !== undefined && { callback_url: callbackUrl }),
  }
}

/** "plain words `Image 1`, `Video 1`, `Audio 1`, numbered per type". */
const WORDS = { image: 'Image', video: 'Video', audio: 'Audio' } as const

function roleOf({ media, role }: JobInput): string {
  return role === 'first_frame' || role === 'last_frame' ? role : `reference_${media}`
}

const lenientNumber = z.coerce.number().nonnegative().optional().catch(undefined)
const lenientText = z.string().optional().catch(undefined)

const videoTask = z.object({
  task: z.object({
    id: lenientText,
    status: z.string().min(1),
    content: z.object({ url: lenientText }).nullish().catch(undefined),
    usage: z.object({ total_seconds: lenientNumber, output_seconds: lenientNumber }).nullish().catch(undefined),
    error: z.object({ code: z.union([z.string(), z.number()]).optional().catch(undefined), message: lenientText }).nullish().catch(undefined),
  }),
})
type VideoTask = z.output<typeof videoTask>['task']

export async function readVideoTask(id: string, http: UpstreamHttp): Promise<{ status: string; progress: Progress }> {
  const response = await http.call({ method: 'GET', path: `/v2/query/video_generation/${id}` })
  const answer = videoTask.safeParse(expectOk(response))
  if (!answer.success || (answer.data.task.id !== undefined && answer.data.task.id !== id)) throw unreadable(response)
  return { status: answer.data.task.status, progress: progressOf(answer.data.task) }
}

function progressOf({ status, content, usage, error }: VideoTask): Progress {
  switch (STATES.get(status)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(status, 'unreadable') }
    case 'queued':
    case 'running':
      return { state: 'running' }
    case 'succeeded': {
      // What is billed: the seconds of reference videos too.
      const seconds = usage?.total_seconds ?? usage?.output_seconds
      return { state: 'done', results: content?.url ? [{ kind: 'url', url: content.url, role: 'output' }] : [], ...(seconds !== undefined && { usage: { seconds } }) }
    }
    case 'failed': {
      const code = Number(error?.code)
      return { state: 'failed', reason: failureOf(Number.isInteger(code) ? code : undefined, error?.message) }
    }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The task was cancelled at the upstream' } }
    case 'expired':
      return { state: 'failed', reason: { code: 'timeout', message: 'The upstream did not get to this task in time' } }
  }
}
