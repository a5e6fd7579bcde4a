import { z } from 'zod'
import { parsed, XaiRefusal } from './refusal.ts'
import { evenSides } from '../even-sides.ts'

export type VideoRoute = 'generations' | 'edits' | 'extensions'

/** What is to be made, by whichever route it was asked for. */
export interface VideoRequest {
  model: string
  prompt: string
  seconds: number
  pixels: { widthPixels: number; heightPixels: number }
  audio: boolean
  hasFirstFrame: boolean
  materials: { url?: string | undefined; file_id?: string | undefined }[]
  costTicks: number
}

const material = z.strictObject({ url: z.string().optional(), file_id: z.string().optional() })
const common = {
  model: z.string(),
  storage_options: z.strictObject({
    filename: z.string(),
    expires_after: z.int().min(3_600).max(2_592_000).optional(),
    public_url: z.union([z.boolean(), z.strictObject({ expires_after: z.int() })]).optional(),
  }).optional(),
}

const generation = z.strictObject({
  ...common,
  prompt: z.string().optional(),
  image: material.optional(),
  last_frame: material.optional(),
  keyframes: z.array(z.strictObject({ image: material, timestamp_s: z.number().min(0) })).max(4).optional(),
  reference_images: z.array(material).min(1).optional(),
  reference_audios: z.array(z.strictObject({ voice_id: z.string().optional(), url: z.string().optional() })).min(1).optional(),
  duration: z.int().default(8),
  aspect_ratio: z.enum(['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3']).optional(),
  resolution: z.enum(['480p', '720p', '1080p']).default('480p'),
  generate_audio: z.boolean().default(true),
  user: z.string().optional(),
})
type Generation = z.output<typeof generation>

const edit = z.strictObject({ ...common, prompt: z.string().min(1), video: material, user: z.string().optional() })
const extension = z.strictObject({ ...common, prompt: z.string().min(1), video: material, duration: z.int().default(6) })

const BASE = 'grok-imagine-video'
const NEWEST = ['grok-imagine-video-1.5', 'grok-imagine-video-1.5-preview', 'grok-imagine-video-1.5-2026-05-30']

const TICKS_PER_DOLLAR = 1e10
/** "$0.05/s 480p, $0.07/s 720p; +$0.002 per input image; +$0.01/s input video", and of 1.5 "$0.08 / $0.14 / $0.25 per s; +$0.01 per input image". */
const DOLLARS = {
  base: { seconds: { '480p': 0.05, '720p': 0.07, '1080p': NaN }, picture: 0.002, inputSecond: 0.01 },
  newest: { seconds: { '480p': 0.08, '720p': 0.14, '1080p': 0.25 }, picture: 0.01, inputSecond: 0.01 },
} as const
/** The simulator cannot look into them. */
const INPUT_SECONDS = 4

/** Reads a create body of any of the three routes. Throws `XaiRefusal`. */
export function videoRequest(json: unknown, route: VideoRoute): VideoRequest {
  if (route !== 'generations') {
    const request: { model: string; prompt: string; video: z.output<typeof material>; duration?: number } = parsed<z.ZodType<z.output<typeof edit> & { duration?: number }>>(route === 'edits' ? edit : extension, json)
    const { duration } = request
    if (modelOf(request.model) === 'newest') throw XaiRefusal.invalid(`Model ${request.model} does not support video ${route}.`)
    checkMaterial(request.video)
    if (duration !== undefined && (duration < 2 || duration > 10)) throw XaiRefusal.invalid('Extension duration must be between 2 and 10 seconds.')
    const seconds = duration ?? INPUT_SECONDS
    const price = DOLLARS.base
    return { model: request.model, prompt: request.prompt, seconds, pixels: pixelsOf('480p', '16:9'), audio: true, hasFirstFrame: false, materials: [request.video], costTicks: ticks(seconds * price.seconds['480p'] + INPUT_SECONDS * price.inputSecond) }
  }
  const request = parsed(generation, json)
  const model = modelOf(request.model)
  const pictures = [request.image, request.last_frame, ...(request.reference_images ?? []), ...(request.keyframes ?? []).map(({ image }) => image)].filter((each) => each !== undefined)
  checkGeneration(request, model)
  for (const each of pictures) checkMaterial(each)
  const price = DOLLARS[model]
  return {
    model: request.model,
    prompt: request.prompt ?? '',
    seconds: request.duration,
    pixels: pixelsOf(request.resolution, request.aspect_ratio ?? '16:9'),
    audio: request.generate_audio,
    hasFirstFrame: request.image !== undefined,
    materials: pictures,
    costTicks: ticks(request.duration * price.seconds[request.resolution] + pictures.length * price.picture),
  }
}

function ticks(dollars: number): number {
  return Math.round(dollars * TICKS_PER_DOLLAR)
}

function modelOf(id: string): keyof typeof DOLLARS {
  if (id === BASE) return 'base'
  if (NEWEST.includes(id)) return 'newest'
  throw new XaiRefusal(404, `The model ${id} does not exist or your team does not have access to it.`, 'Some requested entity was not found')
}

function checkGeneration(request: Generation, model: keyof typeof DOLLARS): void {
  const { image, last_frame: last, keyframes, reference_images: images = [], reference_audios: audios = [], duration, resolution, prompt } = request
  const references = images.length + audios.length
  if ((prompt ?? '') === '' && image === undefined) throw XaiRefusal.invalid('Prompt is required.')
  if (image !== undefined && references > 0) throw XaiRefusal.invalid('image and reference_images cannot be used together.')
  if (model === 'base' && (last !== undefined || keyframes !== undefined || audios.length > 0)) throw XaiRefusal.invalid(`Model ${request.model} does not support last_frame, keyframes or reference_audios.`)
  if (last !== undefined && image === undefined) throw XaiRefusal.invalid('last_frame requires image.')
  if (images.length > 7) throw XaiRefusal.invalid('At most 7 reference images are supported.')
  if (audios.length > 3) throw XaiRefusal.invalid('At most 3 reference audios are supported.')
  for (const { voice_id: voice, url } of audios) if ((voice === undefined) === (url === undefined)) throw XaiRefusal.invalid('A reference audio is exactly one of voice_id and url.')
  const max = references > 0 ? 10 : 15
  if (duration < 1 || duration > max) throw XaiRefusal.invalid(`Duration must be between 1 and ${max} seconds.`)
  if (resolution === '1080p' && (model === 'base' || references > 0)) throw XaiRefusal.invalid('Resolution 1080p is not supported here.')
}

function checkMaterial({ url, file_id: fileId }: z.output<typeof material>): void {
  if ((url === undefined) === (fileId === undefined)) throw XaiRefusal.invalid('Exactly one of url and file_id must be given.')
  if (url !== undefined && !isMaterialUrl(url)) throw XaiRefusal.invalid('Invalid image or video URL.')
}

export function isMaterialUrl(url: string): boolean {
  return (url.startsWith('https://') && URL.canParse(url)) || /^data:(?:image\/(?:png|jpeg|webp)|video\/mp4);base64,[\w+/]+={0,2}$/.test(url)
}

function pixelsOf(resolution: string, ratio: string): { widthPixels: number; heightPixels: number } {
  const short = Number.parseInt(resolution)
  const [across = 16, down = 9] = ratio.split(':').map(Number)
  const [widthPixels, heightPixels] = evenSides(short, across / down)
  return { widthPixels, heightPixels }
}
