import sharp from 'sharp'
import { z } from 'zod'
import { parsed, readBody } from './body.ts'
import { OpenAiRefusal } from './refusal.ts'
import type { IncomingCall } from '../simulator.ts'

const SECONDS = ['4', '8', '12', '16', '20'] as const
const SIZES = ['720x1280', '1280x720']
const PRO_SIZES = [...SIZES, '1024x1792', '1792x1024', '1080x1920', '1920x1080']
const MODELS = ['sora-2', 'sora-2-2025-10-06', 'sora-2-2025-12-08', 'sora-2-pro', 'sora-2-pro-2025-10-06']
const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/webp']
const MAX_IMAGE_URL_CHARACTERS = 20 * 1024 * 1024

const prompt = z.string().min(1).max(32_000)
const reference = z.strictObject({ image_url: z.string().max(MAX_IMAGE_URL_CHARACTERS).optional(), file_id: z.string().optional() })

const creation = z.strictObject({
  prompt,
  model: z.string().default('sora-2'),
  // Texts, in JSON too.
  seconds: z.enum(SECONDS).default('4'),
  size: z.string().default('720x1280'),
  input_reference: reference.optional(),
  characters: z.array(z.strictObject({ id: z.string() })).max(2).optional(),
})

export interface CreationRequest {
  prompt: string
  model: string
  seconds: (typeof SECONDS)[number]
  size: string
}

/** Reads the body of `POST /videos`, of either kind. Throws `OpenAiRefusal`. */
export async function creationRequest(call: IncomingCall): Promise<{ request: CreationRequest; fields: unknown }> {
  const { fields, files } = await readBody(call)
  const { input_reference: given, characters: _, ...request } = parsed(creation, fields)
  checkModel(request.model)
  const sizes = request.model.includes('pro') ? PRO_SIZES : SIZES
  if (!sizes.includes(request.size)) throw OpenAiRefusal.invalid('size', `Invalid value: '${request.size}'. Supported values are: ${sizes.join(', ')}.`)
  const { input_reference: [file, second] = [], ...strange } = files
  const [strangeName] = Object.keys(strange)
  if (strangeName !== undefined) throw OpenAiRefusal.unknown(strangeName)
  if (second || (file && given)) throw OpenAiRefusal.invalid('input_reference', 'Only one input reference is supported.')
  if (given && (given.image_url === undefined) === (given.file_id === undefined)) throw OpenAiRefusal.invalid('input_reference', 'Exactly one of image_url and file_id must be given.')
  if (file) await checkFrame(file, request.size)
  return { request, fields }
}

function checkModel(model: string): void {
  if (!MODELS.includes(model)) throw new OpenAiRefusal(404, { code: 'model_not_found', param: 'model', message: `The model '${model}' does not exist or you do not have access to it.` })
}

async function checkFrame(file: File, size: string): Promise<void> {
  if (!PICTURE_TYPES.includes(file.type)) throw OpenAiRefusal.invalid('input_reference', `Unsupported mimetype ('${file.type}'). Supported are image/jpeg, image/png and image/webp.`)
  const { width, height } = await sharp(await file.arrayBuffer()).metadata().catch(() => ({ width: 0, height: 0 }))
  if (size !== `${width}x${height}`) throw OpenAiRefusal.invalid('input_reference', 'Inpaint image must match the requested width and height')
}

export function remixRequest(json: unknown): { prompt: string } {
  return parsed(z.strictObject({ prompt }), json)
}

const videoReference = z.strictObject({ id: z.string() })
const work = z.strictObject({ prompt, video: videoReference.optional(), model: z.string().optional() })
const extension = work.extend({ seconds: z.enum(SECONDS) })

interface VideoWork {
  prompt: string
  /** Undefined where a file was sent; then there is a model. */
  videoId: string | undefined
  model: string | undefined
  seconds: string | undefined
  fields: unknown
}

/** Reads the body of edits and extensions: a video of an id, or a file with the model that is to work on it. Throws `OpenAiRefusal`. */
export async function videoWorkRequest(call: IncomingCall, what: 'edits' | 'extensions'): Promise<VideoWork> {
  const { fields, files } = await readBody(call)
  const request = parsed<z.ZodType<z.output<typeof work> & { seconds?: string }>>(what === 'extensions' ? extension : work, fields)
  const [file] = files['video'] ?? []
  if (file === undefined && request.video === undefined) throw OpenAiRefusal.missing('video')
  if (file !== undefined) {
    if (request.video !== undefined || !file.type.startsWith('video/')) throw OpenAiRefusal.invalid('video', 'video must be one video file or { id }.')
    if (request.model === undefined) throw OpenAiRefusal.missing('model')
    checkModel(request.model)
  } else if (request.model !== undefined) {
    throw OpenAiRefusal.unknown('model')
  }
  return { prompt: request.prompt, videoId: request.video?.id, model: request.model, seconds: request.seconds, fields }
}
