import { z } from 'zod'
import { ArkRefusal, fault, invalid, isAddress, isData, missing, withoutNulls } from './request.ts'

/** What is to be drawn. */
export interface ImagesRequest {
  model: string
  prompt: string
  count: number
  widthPixels: number
  heightPixels: number
  format: 'jpeg' | 'png'
  base64: boolean
  stream: boolean
}

interface ArkImageModel {
  /** Without prefix and version, as messages name it. */
  family: string
  pictures: { min: number; max: number }
  /** Words for sizes, and the bounds of others; no bounds where only `adaptive` is taken. */
  words: string[]
  area?: [min: number, max: number]
  maxSidePixels?: number
  defaultSize: string
  fields: string[]
}

const GROUPS = ['sequential_image_generation', 'sequential_image_generation_options', 'optimize_prompt_options', 'stream']
const MAX_AREA = 16_777_216
const FROM_4: Omit<ArkImageModel, 'family' | 'words'> = { pictures: { min: 0, max: 14 }, area: [3_686_400, MAX_AREA], defaultSize: '2048x2048', fields: GROUPS }

/** The vendor's table of August 2026, by id without a prefix. */
const MODELS = new Map<string, ArkImageModel>([
  ['seedream-5-0-pro-260628', { ...FROM_4, family: 'seedream-5-0-pro', pictures: { min: 0, max: 10 }, words: ['1K', '2K'], area: [921_600, 4_194_304], fields: ['output_format', 'stream'] }],
  ['seedream-5-0-260128', { ...FROM_4, family: 'seedream-5-0', words: ['2K', '3K', '4K'], fields: [...GROUPS, 'output_format', 'tools'] }],
  ['seedream-5-0-lite-260128', { ...FROM_4, family: 'seedream-5-0', words: ['2K', '3K', '4K'], fields: [...GROUPS, 'output_format', 'tools'] }],
  ['seedream-4-5-251128', { ...FROM_4, family: 'seedream-4-5', words: ['2K', '4K'] }],
  ['seedream-4-0-250828', { ...FROM_4, family: 'seedream-4-0', words: ['1K', '2K', '4K'], area: [921_600, MAX_AREA] }],
  ['seedream-3-0-t2i-250415', { family: 'seedream-3-0-t2i', pictures: { min: 0, max: 0 }, words: [], area: [512 ** 2, 2048 ** 2], maxSidePixels: 2048, defaultSize: '1024x1024', fields: ['seed', 'guidance_scale'] }],
  ['seededit-3-0-i2i-250628', { family: 'seededit-3-0-i2i', pictures: { min: 1, max: 1 }, words: ['adaptive'], defaultSize: 'adaptive', fields: ['seed', 'guidance_scale'] }],
])

const body = z.strictObject({
  model: z.string(),
  prompt: z.string().min(1),
  image: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  size: z.string().optional(),
  seed: z.int().min(-1).max(2 ** 31 - 1).optional(),
  guidance_scale: z.number().min(1).max(10).optional(),
  response_format: z.enum(['url', 'b64_json']).default('url'),
  watermark: z.boolean().optional(),
  sequential_image_generation: z.enum(['auto', 'disabled']).optional(),
  sequential_image_generation_options: z.strictObject({ max_images: z.int().min(1).max(15) }).optional(),
  stream: z.boolean().optional(),
  optimize_prompt_options: z.strictObject({ mode: z.enum(['standard', 'fast']).optional(), thinking: z.enum(['auto', 'enabled', 'disabled']).optional() }).optional(),
  output_format: z.enum(['jpeg', 'png']).optional(),
  tools: z.array(z.strictObject({ type: z.literal('web_search') })).optional(),
})
type Body = z.output<typeof body>

/** Fields that only some models take. */
const SOME_MODELS_ONLY = ['seed', 'guidance_scale', 'sequential_image_generation', 'sequential_image_generation_options', 'stream', 'optimize_prompt_options', 'output_format', 'tools'] as const

/** "references + outputs ≤ 15". */
const MAX_PICTURES = 15

/** Reads the body of `POST /images/generations` as the vendor does: model first, one fault per answer. Throws `ArkRefusal`. */
export function imagesRequest(given: unknown): ImagesRequest {
  const json = withoutNulls(given)
  const { model: id, prompt } = z.object({ model: z.unknown().optional(), prompt: z.unknown().optional() }).safeParse(json).data ?? {}
  if (typeof id !== 'string') throw missing('model')
  const model = MODELS.get(id.replace(/^(?:doubao|dola)-/, ''))
  if (model === undefined) throw new ArkRefusal(404, 'InvalidEndpointOrModel.NotFound', `The model or endpoint ${id} does not exist or you do not have access to it.`)
  if (prompt === undefined) throw missing('prompt')

  const parsed = body.safeParse(json)
  if (!parsed.success) throw fault(parsed.error)
  const request = parsed.data
  for (const field of SOME_MODELS_ONLY) {
    if (request[field] !== undefined && !model.fields.includes(field)) throw invalid(`the specified parameter \`${field}\` is not supported for model ${model.family}, must be empty`, field)
  }
  if (request.optimize_prompt_options?.mode === 'fast' && model.family !== 'seedream-4-0') throw invalid(`the parameter optimize_prompt_options.mode specified in the request is not valid for model ${model.family}`, 'optimize_prompt_options')
  const pictures = checkPictures(request, model)
  return {
    model: id,
    prompt: request.prompt,
    count: countOf(request, pictures),
    ...sizeOf(request.size ?? model.defaultSize, model),
    format: request.output_format ?? 'jpeg',
    base64: request.response_format === 'b64_json',
    stream: request.stream ?? false,
  }
}

function checkPictures({ image }: Body, { pictures, family }: ArkImageModel): number {
  const given = image === undefined ? [] : [image].flat()
  if (given.length < pictures.min) throw missing('image')
  if (given.length > pictures.max) throw invalid(`the number of image must be less than or equal to ${pictures.max} for model ${family}`, 'image')
  for (const url of given) {
    if (!isAddress(url) && !isData(url, 'image', 'jpeg|jpg|png|webp|bmp|tiff|gif')) throw new ArkRefusal(400, 'InvalidImageURL.InvalidFormat', 'The image url is not a valid url or base64 data.')
  }
  return given.length
}

/** As many as may be; the vendor's model may make fewer. */
function countOf({ sequential_image_generation: sequential, sequential_image_generation_options: options }: Body, pictures: number): number {
  if (sequential !== 'auto') {
    if (options !== undefined) throw invalid('the parameter sequential_image_generation_options is only valid when sequential_image_generation is auto', 'sequential_image_generation_options')
    return 1
  }
  const count = options?.max_images ?? MAX_PICTURES - pictures
  if (count + pictures > MAX_PICTURES) throw invalid(`the sum of reference images and max_images must be less than or equal to ${MAX_PICTURES}`, 'sequential_image_generation_options')
  return count
}

const SIDES: Record<string, number> = { '1K': 1024, '2K': 2048, '3K': 3072, '4K': 4096, adaptive: 1024 }

function sizeOf(size: string, model: ArkImageModel): { widthPixels: number; heightPixels: number } {
  const notValid = (): ArkRefusal => invalid(`the parameter size specified in the request is not valid for model ${model.family}`, 'size')
  if (model.words.includes(size)) return { widthPixels: SIDES[size]!, heightPixels: SIDES[size]! }
  const [, widthPixels = 0, heightPixels = 0] = (/^(\d{2,5})x(\d{2,5})$/.exec(size) ?? []).map(Number)
  const area = widthPixels * heightPixels
  const [min, max] = model.area ?? [Infinity, 0]
  if (!(area >= min && area <= max)) throw area > 0 && area < min && min < Infinity ? invalid(`the parameter size specified in the request is not valid: image size must be at least ${min} pixels`, 'size') : notValid()
  if (Math.max(widthPixels / heightPixels, heightPixels / widthPixels) > 16 || Math.max(widthPixels, heightPixels) > (model.maxSidePixels ?? Infinity)) throw notValid()
  return { widthPixels, heightPixels }
}
