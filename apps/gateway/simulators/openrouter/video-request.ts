import { z } from 'zod'
import { evenSides } from '../even-sides.ts'
import { MODELS, type SimulatedModel } from './models.ts'
import { OpenRouterRefusal } from './refusal.ts'

/** What is to be made. */
export interface VideoRequest {
  model: string
  prompt: string
  seconds: number
  pixels: { widthPixels: number; heightPixels: number }
  audio: boolean
  dollars: number
  previousJobId: string | undefined
  callbackUrl: string | undefined
}

const source = z.object({ url: z.string().regex(/^(?:https?:\/\/|data:(?:image|audio|video)\/[\w.+-]+;base64,)/, 'must be a URL or a data URI') })
const image = z.strictObject({ type: z.literal('image_url'), image_url: source })

const body = z.strictObject({
  model: z.string(),
  prompt: z.string().optional(),
  duration: z.int().positive().optional(),
  resolution: z.enum(['360p', '480p', '720p', '768p', '1080p', '1K', '2K', '4K']).optional(),
  aspect_ratio: z.enum(['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9', '9:21']).optional(),
  size: z.string().regex(/^\d+x\d+$/).optional(),
  seed: z.int().optional(),
  generate_audio: z.boolean().optional(),
  frame_images: z.array(image.extend({ frame_type: z.enum(['first_frame', 'last_frame']) })).max(2).optional(),
  input_references: z.array(z.discriminatedUnion('type', [
    image,
    z.strictObject({ type: z.literal('audio_url'), audio_url: source }),
    z.strictObject({ type: z.literal('video_url'), video_url: source }),
  ])).optional(),
  previous_job_id: z.string().optional(),
  callback_url: z.url().optional(),
  provider: z.strictObject({ options: z.record(z.string(), z.record(z.string(), z.unknown())).optional() }).optional(),
  creativity: z.number().optional(),
  upscale_factor: z.number().optional(),
  session_id: z.string().max(256).optional(),
  trace: z.record(z.string(), z.unknown()).optional(),
  user: z.string().optional(),
})
type Body = z.output<typeof body>

/** Reads the body of a create. Throws `OpenRouterRefusal`. */
export function videoRequest(json: unknown): VideoRequest {
  const parsed = body.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new OpenRouterRefusal(400, issue?.code === 'unrecognized_keys' ? `Unrecognized key: "${issue.keys[0]}"` : `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const request = parsed.data
  const model = MODELS.get(request.model)
  if (model === undefined) throw new OpenRouterRefusal(404, `No endpoints found for ${request.model}.`)
  checkValues(request, model)
  checkMaterials(request, model)
  const seconds = request.duration ?? model.supported_durations[0]!
  const [widthPixels, heightPixels] = request.size === undefined ? sidesOf(request.resolution ?? model.supported_resolutions[0]!, request.aspect_ratio ?? '16:9') : request.size.split('x').map(Number) as [number, number]
  return {
    model: request.model,
    prompt: request.prompt ?? '',
    seconds,
    pixels: { widthPixels, heightPixels },
    // "Defaults to the endpoint's generate_audio capability flag"; where that is unsaid the model makes it.
    audio: request.generate_audio ?? model.generate_audio !== false,
    dollars: Number((seconds * model.dollarsPerSecond).toFixed(6)),
    previousJobId: request.previous_job_id,
    callbackUrl: request.callback_url,
  }
}

function checkValues(request: Body, model: SimulatedModel): void {
  const limits = [['duration', model.supported_durations], ['resolution', model.supported_resolutions], ['aspect_ratio', model.supported_aspect_ratios], ['size', model.supported_sizes ?? []]] as const
  for (const [field, supported] of limits) {
    const value = request[field]
    if (value !== undefined && !supported.some((each) => each === value)) throw new OpenRouterRefusal(400, `${field} ${value} is not supported by ${request.model}. Supported: ${supported.join(', ') || 'none'}`)
  }
  if (request.generate_audio !== undefined && model.generate_audio !== true) throw new OpenRouterRefusal(400, `generate_audio is not supported by ${request.model}`)
  if (request.seed !== undefined && model.seed !== true) throw new OpenRouterRefusal(400, `seed is not supported by ${request.model}`)
  if (request.creativity !== undefined || request.upscale_factor !== undefined) throw new OpenRouterRefusal(400, 'creativity and upscale_factor are supported by video upscaling models only')
  if (request.previous_job_id !== undefined && !model.continues) throw new OpenRouterRefusal(400, `previous_job_id is not supported by ${request.model}`)
  // "Must be HTTPS", but for whoever listens on this machine.
  if (request.callback_url !== undefined && !/^https:\/\/|^http:\/\/(?:127\.|localhost[:/])/.test(request.callback_url)) throw new OpenRouterRefusal(400, 'callback_url: must be HTTPS')
}

function checkMaterials({ model: id, prompt, frame_images: frames = [] }: Body, model: SimulatedModel): void {
  const types = frames.map(({ frame_type: type }) => type)
  const odd = types.find((type, index) => !model.supported_frame_images.includes(type) || types.indexOf(type) !== index)
  if (odd !== undefined) throw new OpenRouterRefusal(400, `frame_images: ${odd} is not supported by ${id}`)
  if ((prompt ?? '') === '' && frames.length === 0) throw new OpenRouterRefusal(400, 'prompt: required')
}

const LINES: Record<string, number> = { '1K': 1080, '2K': 1440, '4K': 2160 }

function sidesOf(resolution: string, ratio: string): [number, number] {
  const [across = 16, down = 9] = ratio.split(':').map(Number)
  return evenSides(LINES[resolution] ?? Number.parseInt(resolution), across / down)
}
