import { z } from 'zod'
import { fault, GoogleRefusal, invalid } from './refusal.ts'

export interface OmniJob {
  prompt: string
  modelId: string
  widthPixels: number
  heightPixels: number
  durationSeconds: number
  inline: boolean
}

const OMNI_MODELS: Record<string, { maxSeconds: number }> = { 'gemini-omni-1.2-flash': { maxSeconds: 15 }, 'gemini-omni-1.1-flash': { maxSeconds: 10 } }

const base64 = z.string().min(4).regex(/^[A-Za-z0-9+/]+={0,2}$/)
const media = (type: 'image' | 'video' | 'audio' | 'document') =>
  z.union([
    z.strictObject({ type: z.literal(type), data: base64, mime_type: z.string().startsWith(type === 'document' ? 'application/' : `${type}/`) }),
    z.strictObject({ type: z.literal(type), uri: z.string(), mime_type: z.string().optional() }),
  ])
const content = z.union([z.strictObject({ type: z.literal('text'), text: z.string() }), media('image'), media('video'), media('audio'), media('document')])

const body = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(content).min(1)]),
  background: z.boolean().optional(),
  store: z.boolean().optional(),
  previous_interaction_id: z.string().optional(),
  response_format: z.strictObject({
    type: z.literal('video'),
    aspect_ratio: z.enum(['16:9', '9:16']).optional(),
    resolution: z.enum(['360p', '720p', '1080p', '4k']).optional(),
    duration: z.string().regex(/^\d+(?:\.\d{1,9})?s$/).optional(),
    delivery: z.enum(['inline', 'uri']).optional(),
  }).optional(),
  generation_config: z.strictObject({
    seed: z.int().optional(),
    video_config: z.strictObject({ task: z.enum(['text_to_video', 'image_to_video', 'reference_to_video', 'edit', 'extend', 'upscale']).optional() }).optional(),
  }).optional(),
  webhook_config: z.strictObject({ uris: z.array(z.url()), user_metadata: z.record(z.string(), z.unknown()).optional() }).optional(),
  labels: z.record(z.string(), z.string()).optional(),
})

const PIXELS: Record<string, readonly [number, number]> = { '360p': [640, 360], '720p': [1280, 720], '1080p': [1920, 1080], '4k': [3840, 2160] }

/** Reads the body of a create as the vendor does. Throws `GoogleRefusal`. */
export function omniRequest(json: unknown, isKnown: (id: string) => boolean): OmniJob {
  const parsed = body.safeParse(json)
  if (!parsed.success) throw fault(parsed.error)
  const { model: id, input, background, previous_interaction_id: previous, response_format: format = { type: 'video' }, generation_config: config } = parsed.data
  const model = Object.hasOwn(OMNI_MODELS, id) ? OMNI_MODELS[id] : undefined
  if (model === undefined) throw new GoogleRefusal(404, 'NOT_FOUND', `Model not found: ${id}`)
  // Otherwise the call blocks until the video is there, which the simulator does not play.
  if (background !== true) throw invalid('`background` must be true for video generation in this simulator.')
  if (previous !== undefined && !isKnown(previous)) throw invalid('Invalid interaction name')

  const items = typeof input === 'string' ? [{ type: 'text' as const, text: input }] : input
  const count = (type: string) => items.filter((item) => item.type === type).length
  if (count('image') > 10 || count('video') > 3) throw invalid('At most 10 images and 3 videos are supported.')
  const { task } = config?.video_config ?? {}
  if (task === 'text_to_video' && count('image') + count('video') > 0) throw invalid('Task text_to_video takes no media.')
  if (task === 'image_to_video' && (count('image') < 1 || count('image') > 2)) throw invalid('Task image_to_video takes a first and optionally a last frame.')
  if ((task === 'edit' || task === 'extend') && count('video') === 0 && previous === undefined) throw invalid(`Task ${task} requires a video.`)

  const seconds = format.duration === undefined ? Math.min(10, model.maxSeconds) : Number(format.duration.slice(0, -1))
  if (seconds < 3 || seconds > model.maxSeconds) throw invalid(`Video duration must be between 3s and ${model.maxSeconds}s.`)
  const [long, short] = PIXELS[format.resolution ?? '720p']!
  const upright = format.aspect_ratio === '9:16'
  return {
    prompt: items.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join('\n'),
    modelId: id,
    widthPixels: upright ? short : long,
    heightPixels: upright ? long : short,
    durationSeconds: seconds,
    inline: format.delivery !== 'uri',
  }
}
