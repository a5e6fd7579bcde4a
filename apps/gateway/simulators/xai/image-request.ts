import { z } from 'zod'
import { parsed, XaiRefusal } from './refusal.ts'
import { isMaterialUrl } from './video-request.ts'

export interface ImagesRequest {
  prompt: string
  n: number
  widthPixels: number
  heightPixels: number
  base64: boolean
  costTicks: number
}

const RATIOS = ['1:1', '3:4', '4:3', '9:16', '16:9', '2:3', '3:2', '9:19.5', '19.5:9', '9:20', '20:9', '1:2', '2:1', 'auto'] as const

const material = z.strictObject({ url: z.string().optional(), file_id: z.string().optional(), type: z.literal('image_url').optional() })

const fields = {
  model: z.string(),
  prompt: z.string().min(1),
  n: z.int().min(1).max(10).default(1),
  aspect_ratio: z.enum(RATIOS).default('auto'),
  resolution: z.enum(['1k', '2k']).default('1k'),
  quality: z.enum(['low', 'medium', 'high']).optional(),
  response_format: z.enum(['url', 'b64_json']).default('url'),
  user: z.string().optional(),
  storage_options: z.looseObject({ filename: z.string() }).optional(),
}
const generation = z.strictObject(fields)
const edit = z.strictObject({ ...fields, image: material.optional(), images: z.array(material).min(1).optional() })

/** "$0.02; +$0.002 per input", "$0.05 1k, $0.07 2k; +$0.01 per input", "$0.04". */
const DOLLARS: Record<string, { '1k': number; '2k': number; input: number }> = {
  'grok-imagine-image': { '1k': 0.02, '2k': 0.02, input: 0.002 },
  'grok-imagine-image-quality': { '1k': 0.05, '2k': 0.07, input: 0.01 },
  'grok-imagine-image-pro': { '1k': 0.05, '2k': 0.07, input: 0.01 },
  'grok-imagine-image-2.0': { '1k': 0.04, '2k': 0.04, input: 0 },
}
const TICKS_PER_DOLLAR = 1e10
const MAX_PICTURES = 3

/** Reads the body of either route. Throws `XaiRefusal`. */
export function imagesRequest(json: unknown, route: 'generations' | 'edits'): ImagesRequest {
  const request: z.output<typeof generation> & Pick<z.output<typeof edit>, 'image' | 'images'> = route === 'edits' ? parsed(edit, json) : parsed(generation, json)
  const price = Object.hasOwn(DOLLARS, request.model) ? DOLLARS[request.model] : undefined
  if (price === undefined) throw new XaiRefusal(404, `The model ${request.model} does not exist or your team does not have access to it.`, 'Some requested entity was not found')
  if (request.quality !== undefined && request.model !== 'grok-imagine-image-2.0') throw XaiRefusal.invalid(`Model ${request.model} does not support quality.`)
  const pictures = route === 'edits' ? picturesOf(request) : 0
  const [across = 1, down = 1] = request.aspect_ratio === 'auto' ? [1, 1] : request.aspect_ratio.split(':').map(Number)
  const side = request.resolution === '2k' ? 2048 : 1024
  const even = (pixels: number): number => Math.round(pixels / 2) * 2
  return {
    prompt: request.prompt,
    n: request.n,
    widthPixels: even(side * Math.sqrt(across / down)),
    heightPixels: even(side * Math.sqrt(down / across)),
    base64: request.response_format === 'b64_json',
    costTicks: Math.round((request.n * price[request.resolution] + pictures * price.input) * TICKS_PER_DOLLAR),
  }
}

function picturesOf({ image, images }: Pick<z.output<typeof edit>, 'image' | 'images'>): number {
  if ((image === undefined) === (images === undefined)) throw XaiRefusal.invalid('Exactly one of image and images must be given.')
  const given = images ?? [image!]
  if (given.length > MAX_PICTURES) throw XaiRefusal.invalid(`At most ${MAX_PICTURES} images are supported.`)
  for (const { url, file_id: fileId } of given) {
    if ((url === undefined) === (fileId === undefined) || (url !== undefined && !isMaterialUrl(url))) throw XaiRefusal.invalid('Invalid image URL.')
  }
  return given.length
}
