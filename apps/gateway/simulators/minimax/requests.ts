import { z } from 'zod'
import { H3Refusal, MinimaxRefusal } from './refusal.ts'

/** https anywhere, or plain http on this machine, where the gateway under test listens. */
const callbackUrl = z.url({ protocol: /^https?$/ }).refine((url) => url.startsWith('https:') || /^http:\/\/(?:127\.|localhost[:/])/.test(url))

/** An address, or data of the formats that are taken. */
const material = (kind: 'image' | 'video' | 'audio', formats: string) => z.string().refine((text) => {
  if (text.startsWith('https://') && URL.canParse(text)) return true
  const [head = '', data = ''] = text.split(',', 2)
  return new RegExp(`^data:${kind}/(?:${formats});base64$`).test(head) && data.length > 0 && data.length % 4 === 0
})
const picture = material('image', 'jpe?g|png|webp')

/* Version 1 */

const clipBody = z.strictObject({
  model: z.string(),
  prompt: z.string().max(2_000).optional(),
  prompt_optimizer: z.boolean().optional(),
  fast_pretreatment: z.boolean().optional(),
  duration: z.int().optional(),
  resolution: z.enum(['512P', '720P', '768P', '1080P']).optional(),
  first_frame_image: picture.optional(),
  last_frame_image: picture.optional(),
  subject_reference: z.array(z.strictObject({ type: z.literal('character'), image: z.array(picture).length(1) })).length(1).optional(),
  callback_url: callbackUrl.optional(),
  aigc_watermark: z.boolean().optional(),
})
export type ClipRequest = z.output<typeof clipBody>

type Part = 'text' | 'first' | 'last' | 'subject'
interface ClipModel {
  takes: readonly Part[]
  needs: readonly Part[]
  /** The default resolution first, with its lengths. */
  cells: readonly (readonly [resolution: string, seconds: readonly number[]])[]
}

const OF_720P = [['720P', [6]]] as const
const OF_768P = [['768P', [6, 10]], ['1080P', [6]]] as const
const FROM_TEXT: ClipModel = { takes: ['text'], needs: ['text'], cells: OF_720P }
const FROM_FRAME: ClipModel = { takes: ['text', 'first'], needs: ['first'], cells: OF_720P }

const CLIP_MODELS: Record<string, ClipModel> = {
  'T2V-01': FROM_TEXT,
  'T2V-01-Director': FROM_TEXT,
  'I2V-01': FROM_FRAME,
  'I2V-01-live': FROM_FRAME,
  'I2V-01-Director': FROM_FRAME,
  'S2V-01': { takes: ['text', 'subject'], needs: ['text', 'subject'], cells: OF_720P },
  'MiniMax-Hailuo-02': { takes: ['text', 'first', 'last'], needs: [], cells: [...OF_768P, ['512P', [6, 10]]] },
  'MiniMax-Hailuo-2.3': { takes: ['text', 'first'], needs: [], cells: OF_768P },
  'MiniMax-Hailuo-2.3-Fast': { takes: ['text', 'first'], needs: ['first'], cells: OF_768P },
}

/** Reads a body of version 1. Throws `MinimaxRefusal`. */
export function clipRequest(body: unknown): { request: ClipRequest; durationSeconds: number; resolution: string } {
  const parsed = clipBody.safeParse(body)
  if (!parsed.success) throw invalid(faultText(parsed.error))
  const request = parsed.data
  const model = Object.hasOwn(CLIP_MODELS, request.model) ? CLIP_MODELS[request.model] : undefined
  if (!model) throw invalid(`model ${request.model} does not exist`)
  const given: Part[] = [...(request.prompt ? ['text' as const] : []), ...(request.first_frame_image ? ['first' as const] : []), ...(request.last_frame_image ? ['last' as const] : []), ...(request.subject_reference ? ['subject' as const] : [])]
  const surplus = given.find((part) => !model.takes.includes(part))
  if (surplus) throw invalid(`${surplus} is not supported by ${request.model}`)
  const lacking = model.needs.find((part) => !given.includes(part)) ?? (given.length === 0 ? 'text' : undefined)
  if (lacking) throw invalid(`${lacking} is required by ${request.model}`)
  if (given.includes('last') && !given.includes('first')) throw invalid('last_frame_image needs first_frame_image')

  const resolution = request.resolution ?? model.cells[0]![0]
  const cell = model.cells.find(([word]) => word === resolution)
  if (!cell || (resolution === '512P' && (!given.includes('first') || given.includes('last')))) throw invalid(`${request.model} does not support resolution ${resolution}`)
  const durationSeconds = request.duration ?? 6
  if (!cell[1].includes(durationSeconds)) throw invalid(`${request.model} does not support duration ${durationSeconds} at resolution ${resolution}`)
  return { request, durationSeconds, resolution }
}

/* Pictures */

const RATIOS = ['1:1', '16:9', '4:3', '3:2', '2:3', '3:4', '9:16', '21:9'] as const
const side = z.int().min(512).max(2_048).multipleOf(8)
const imageBody = z.strictObject({
  model: z.literal('image-01'),
  prompt: z.string().min(1).max(1_500),
  aspect_ratio: z.enum(RATIOS).optional(),
  width: side.optional(),
  height: side.optional(),
  response_format: z.enum(['url', 'base64']).optional(),
  n: z.int().min(1).max(9).optional(),
  seed: z.int().optional(),
  prompt_optimizer: z.boolean().optional(),
  aigc_watermark: z.boolean().optional(),
  subject_reference: z.array(z.strictObject({ type: z.literal('character'), image_file: material('image', 'jpe?g|png') })).max(1).optional(),
})
export type ImageRequest = z.output<typeof imageBody>

/** Throws `MinimaxRefusal`. */
export function imageRequest(body: unknown): ImageRequest {
  const parsed = imageBody.safeParse(body)
  if (!parsed.success) throw invalid(faultText(parsed.error))
  if ((parsed.data.width === undefined) !== (parsed.data.height === undefined)) throw invalid('width and height go together')
  return parsed.data
}

const IMAGE_PIXELS: Record<(typeof RATIOS)[number], readonly [number, number]> = {
  '1:1': [1024, 1024], '16:9': [1280, 720], '4:3': [1152, 864], '3:2': [1248, 832], '2:3': [832, 1248], '3:4': [864, 1152], '9:16': [720, 1280], '21:9': [1344, 576],
}

export function imagePixels({ aspect_ratio: ratio, width, height }: ImageRequest): { widthPixels: number; heightPixels: number } {
  if (ratio === undefined && width !== undefined && height !== undefined) return { widthPixels: width, heightPixels: height }
  const [widthPixels, heightPixels] = IMAGE_PIXELS[ratio ?? '1:1']
  return { widthPixels, heightPixels }
}

/* Version 2 */

const contentItem = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1).max(7_000) }),
  z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: picture }), role: z.enum(['first_frame', 'last_frame', 'reference_image']).optional() }),
  z.strictObject({ type: z.literal('video_url'), video_url: z.strictObject({ url: material('video', 'mp4|quicktime') }), role: z.literal('reference_video') }),
  z.strictObject({ type: z.literal('audio_url'), audio_url: z.strictObject({ url: material('audio', 'mpeg|mp3|wav') }), role: z.literal('reference_audio') }),
])
const videoBody = z.strictObject({
  model: z.enum(['MiniMax-H3', 'MiniMax-H3-Max']),
  content: z.array(contentItem).min(1),
  resolution: z.enum(['480P', '768P', '2K']),
  duration: z.int(),
  ratio: z.enum(['adaptive', '21:9', '16:9', '4:3', '1:1', '3:4', '9:16']).optional(),
  extra: z.strictObject({ prompt_expansion_mode: z.enum(['disabled', 'balanced', 'quality']).optional() }).optional(),
  callback_url: callbackUrl.optional(),
  aigc_watermark: z.boolean().optional(),
})
export type VideoRequest = z.output<typeof videoBody>
export type VideoTaskType = 't2v' | 'i2v' | 'r2v'

const H3 = {
  'MiniMax-H3': { minSeconds: 4, resolutions: ['768P', '2K'] },
  'MiniMax-H3-Max': { minSeconds: 5, resolutions: ['480P', '768P'] },
}

/** Reads a body of version 2. Throws `H3Refusal`. */
export function videoRequest(body: unknown): { request: VideoRequest; type: VideoTaskType } {
  const parsed = videoBody.safeParse(body)
  if (!parsed.success) throw new H3Refusal(400, faultText(parsed.error))
  const request = parsed.data
  const model = H3[request.model]
  if (!model.resolutions.includes(request.resolution)) throw new H3Refusal(400, `${request.model} does not support resolution ${request.resolution}`)
  if (request.duration < model.minSeconds || request.duration > 15) throw new H3Refusal(400, `duration must be between ${model.minSeconds} and 15`)
  if (request.extra && request.model === 'MiniMax-H3') throw new H3Refusal(400, 'extra is not supported by MiniMax-H3')
  const type = taskTypeOf(request)
  if (type === 't2v' && (request.ratio === undefined || request.ratio === 'adaptive')) throw new H3Refusal(400, 'text to video needs a fixed ratio')
  return { request, type }
}

function taskTypeOf({ content }: VideoRequest): VideoTaskType {
  const images = content.filter((item) => item.type === 'image_url')
  const count = {
    text: content.filter(({ type }) => type === 'text').length,
    first: images.filter(({ role }) => role === undefined || role === 'first_frame').length,
    last: images.filter(({ role }) => role === 'last_frame').length,
    image: images.filter(({ role }) => role === 'reference_image').length,
    video: content.filter(({ type }) => type === 'video_url').length,
    audio: content.filter(({ type }) => type === 'audio_url').length,
  }
  const references = count.image + count.video + count.audio
  if (count.text === 0) throw new H3Refusal(400, 'content needs a text')
  if (count.first > 1 || count.last > 1) throw new H3Refusal(400, 'content takes one first_frame and one last_frame')
  if (count.first + count.last > 0 && references > 0) throw new H3Refusal(400, 'frames and references cannot be mixed')
  if (count.image > 9 || count.video > 3 || count.audio > 3) throw new H3Refusal(400, 'too many references')
  if (count.audio > 0 && count.image + count.video === 0) throw new H3Refusal(400, 'reference_audio needs an image or a video')
  return references > 0 ? 'r2v' : count.first + count.last > 0 ? 'i2v' : 't2v'
}

/** Sides divisible by 32, of about as many pixels as 16:9 has at this resolution. */
export function videoPixels(resolution: string, ratio = '16:9'): { widthPixels: number; heightPixels: number } {
  const area = { '480P': 832 * 480, '768P': 1344 * 768 }[resolution] ?? 2560 * 1440
  const [across = 16, down = 9] = (ratio === 'adaptive' ? '16:9' : ratio).split(':').map(Number)
  const blocks = (pixels: number) => Math.round(pixels / 32) * 32
  return { widthPixels: blocks(Math.sqrt((area * across) / down)), heightPixels: blocks(Math.sqrt((area * down) / across)) }
}

export function clipPixels(resolution: string): { widthPixels: number; heightPixels: number } {
  const [widthPixels, heightPixels] = ({ '512P': [910, 512], '720P': [1280, 720], '768P': [1366, 768] } as Record<string, readonly [number, number]>)[resolution] ?? [1920, 1080]
  return { widthPixels, heightPixels }
}

function invalid(message: string): MinimaxRefusal {
  return new MinimaxRefusal(2013, `invalid params, ${message}`)
}

/** One of the faults, whichever comes first. */
function faultText({ issues: [issue] }: z.ZodError): string {
  if (issue?.code === 'unrecognized_keys') return `${issue.keys[0]} is unknown`
  return `${issue?.path.join('.') || 'body'} is invalid`
}
