import sharp from 'sharp'
import { z } from 'zod'
import { parsed, readBody, readJson, type Body } from './body.ts'
import { OpenAiRefusal } from './refusal.ts'
import type { IncomingCall } from '../simulator.ts'

/** What is to be drawn, whatever it was asked with. */
export interface ImageRequest {
  gpt: boolean
  prompt: string
  n: number
  /** `1024x1024`, or `auto`. */
  size: string
  quality: string
  outputFormat: 'png' | 'jpeg' | 'webp'
  background: string | undefined
  responseFormat: 'url' | 'b64_json'
  stream: boolean
  pictures: number
}

interface ImageModel {
  edits: boolean
  /** Undefined where any within bounds is taken. */
  sizes?: string[]
  qualities: string[]
  maxCount: number
  maxPromptCharacters: number
}

const SIZES_1 = ['auto', '1024x1024', '1536x1024', '1024x1536']
const GPT_1: ImageModel = { edits: true, sizes: SIZES_1, qualities: ['auto', 'low', 'medium', 'high'], maxCount: 10, maxPromptCharacters: 32_000 }
const GPT_2: ImageModel = { edits: true, qualities: GPT_1.qualities, maxCount: 10, maxPromptCharacters: 32_000 }
const GPT_2_5: ImageModel = { ...GPT_2, qualities: [...GPT_1.qualities, 'xhigh', 'max'] }

const MODELS = new Map<string, ImageModel>([
  ['gpt-image-1', GPT_1], ['gpt-image-1-mini', GPT_1], ['gpt-image-1.5', GPT_1], ['chatgpt-image-latest', GPT_1],
  ['gpt-image-2', GPT_2], ['gpt-image-2-2026-04-21', GPT_2],
  ['gpt-image-2.5-sunburst', GPT_2_5], ['gpt-image-2.5-flare', GPT_2_5], ['gpt-image-2.6-sunburst', GPT_2_5], ['gpt-image-2.6-flare', GPT_2_5],
  ['dall-e-2', { edits: true, sizes: ['1024x1024', '512x512', '256x256'], qualities: ['standard'], maxCount: 10, maxPromptCharacters: 1000 }],
  ['dall-e-3', { edits: false, sizes: ['1024x1024', '1792x1024', '1024x1792'], qualities: ['standard', 'hd'], maxCount: 1, maxPromptCharacters: 4000 }],
])

const MAX_PICTURES = 16
const MAX_PICTURE_BYTES = 50 * 1024 * 1024
const MAX_MASK_BYTES = 4 * 1024 * 1024
const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/webp']

/** A JSON number, or its text where the body is a form. */
const whole = (form: boolean, min: number, max: number) => (form ? z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(min).max(max)) : z.int().min(min).max(max))
const flag = (form: boolean) => (form ? z.enum(['true', 'false']).transform((word) => word === 'true') : z.boolean())

const fieldsOf = (form: boolean) => ({
  prompt: z.string().min(1),
  model: z.string().default('dall-e-2'),
  n: whole(form, 1, 10).default(1),
  size: z.string().optional(),
  quality: z.string().optional(),
  user: z.string().optional(),
  safety_identifier: z.string().optional(),
  response_format: z.enum(['url', 'b64_json']).optional(),
  style: z.enum(['vivid', 'natural']).optional(),
  background: z.enum(['auto', 'opaque', 'transparent']).optional(),
  moderation: z.enum(['auto', 'low']).optional(),
  output_format: z.enum(['png', 'jpeg', 'webp']).optional(),
  output_compression: whole(form, 0, 100).optional(),
  stream: flag(form).default(false),
  partial_images: whole(form, 0, 3).optional(),
})

type Fields = z.output<z.ZodObject<ReturnType<typeof fieldsOf>>> & { input_fidelity?: 'high' | 'low' | undefined }

/** Reads `POST /images/generations`, which is JSON. Throws `OpenAiRefusal`. */
export function generationRequest(call: IncomingCall): { request: ImageRequest; fields: unknown } {
  const { fields } = readJson(call)
  const given: Fields = parsed(z.strictObject(fieldsOf(false)), fields)
  return { request: requestOf(given, modelOf(given.model), 0), fields }
}

/** Reads `POST /images/edits`, which is a form, or JSON with `images`. Throws `OpenAiRefusal`. */
export async function editRequest(call: IncomingCall): Promise<{ request: ImageRequest; fields: unknown }> {
  const body = await readBody(call)
  const picture = z.strictObject({ image_url: z.string().optional(), file_id: z.string().optional() }).refine((each) => (each.image_url === undefined) !== (each.file_id === undefined), 'Exactly one of image_url and file_id must be given.')
  const schema = z.strictObject({ ...fieldsOf(body.form), input_fidelity: z.enum(['high', 'low']).optional(), ...(!body.form && { images: z.array(picture).min(1).max(MAX_PICTURES), mask: picture.optional() }) })
  const given: Fields = parsed(schema, body.fields)
  const model = modelOf(given.model)
  if (!model.edits) throw OpenAiRefusal.invalid('model', `Invalid value: '${given.model}'. This model does not edit.`)
  if (given.input_fidelity !== undefined && !given.model.startsWith('gpt-image-1') && !given.model.startsWith('chatgpt')) throw OpenAiRefusal.invalid('input_fidelity', `The model '${given.model}' does not support input_fidelity.`)
  if (given.input_fidelity === 'high' && given.model === 'gpt-image-1-mini') throw OpenAiRefusal.invalid('input_fidelity', "The model 'gpt-image-1-mini' does not support high input fidelity.")
  const pictures = body.form ? await checkFiles(body) : (body.fields['images'] as unknown[]).length
  return { request: requestOf(given, model, pictures), fields: body.fields }
}

/** Reads `POST /images/variations`, which only dall-e-2 had. Throws `OpenAiRefusal`. */
export async function variationRequest(call: IncomingCall): Promise<{ request: ImageRequest; fields: unknown }> {
  const body = await readBody(call)
  const { model, n, size, response_format: responseFormat, user } = fieldsOf(true)
  const given = parsed(z.strictObject({ model, n, size, response_format: responseFormat, user }), body.fields)
  if (given.model !== 'dall-e-2') throw OpenAiRefusal.invalid('model', `Invalid value: '${given.model}'. Value must be 'dall-e-2'.`)
  return { request: requestOf({ ...given, prompt: '', stream: false }, modelOf(given.model), await checkFiles(body)), fields: body.fields }
}

function modelOf(id: string): ImageModel {
  const model = MODELS.get(id)
  if (model === undefined) throw new OpenAiRefusal(404, { code: 'model_not_found', param: 'model', message: `The model '${id}' does not exist or you do not have access to it.` })
  return model
}

const GPT_ONLY = ['background', 'moderation', 'output_format', 'output_compression', 'partial_images', 'input_fidelity'] as const
const DALL_E_ONLY = ['response_format', 'style'] as const

function requestOf(given: Fields, model: ImageModel, pictures: number): ImageRequest {
  const gpt = !given.model.startsWith('dall-e-')
  const strange = (gpt ? DALL_E_ONLY : GPT_ONLY).find((name) => given[name as keyof Fields] !== undefined)
  if (strange !== undefined) throw OpenAiRefusal.unknown(strange)
  if (given.prompt.length > model.maxPromptCharacters) throw OpenAiRefusal.invalid('prompt', `The prompt must have at most ${model.maxPromptCharacters} characters.`)
  if (given.n > model.maxCount) throw OpenAiRefusal.invalid('n', `Invalid value: ${given.n}. Must be at most ${model.maxCount}.`)
  const quality = given.quality ?? model.qualities[0]!
  if (!model.qualities.includes(quality)) throw OpenAiRefusal.invalid('quality', `Invalid value: '${quality}'. Supported values are: ${model.qualities.join(', ')}.`)
  const size = given.size ?? model.sizes?.[0] ?? 'auto'
  if (model.sizes === undefined ? !isFree(size) : !model.sizes.includes(size)) throw OpenAiRefusal.invalid('size', `Invalid value: '${size}'.${model.sizes === undefined ? '' : ` Supported values are: ${model.sizes.join(', ')}.`}`)
  if (given.background === 'transparent' && given.output_format === 'jpeg') throw OpenAiRefusal.invalid('background', 'Transparent background is not supported for JPEG output format.')
  if (given.output_compression !== undefined && (given.output_format ?? 'png') === 'png') throw OpenAiRefusal.invalid('output_compression', 'Compression less than 100 is not supported for PNG output format.')
  return { gpt, prompt: given.prompt, n: given.n, size, quality, outputFormat: given.output_format ?? 'png', background: given.background, responseFormat: given.response_format ?? 'url', stream: given.stream, pictures }
}

/** "divisible by 16, ratio within 1:3–3:1, longest edge ≤ 3840, 655 360–8 294 400 px". */
function isFree(size: string): boolean {
  if (size === 'auto') return true
  const [, width = 0, height = 0] = (/^(\d+)x(\d+)$/.exec(size) ?? []).map(Number)
  const area = width * height
  return width % 16 === 0 && height % 16 === 0 && Math.max(width, height) <= 3840 && Math.max(width / height, height / width) <= 3 && area >= 655_360 && area <= 8_294_400
}

/** The pictures of a form, and its mask: "png, < 4 MB, same size as first image, transparent = editable". */
async function checkFiles({ files: { image = [], mask = [], ...strange } }: Body): Promise<number> {
  const [strangeName] = Object.keys(strange)
  if (strangeName !== undefined) throw OpenAiRefusal.unknown(strangeName)
  const [first] = image
  if (first === undefined) throw OpenAiRefusal.missing('image')
  if (image.length > MAX_PICTURES) throw OpenAiRefusal.invalid('image', `At most ${MAX_PICTURES} images are supported.`)
  for (const file of image) {
    if (!PICTURE_TYPES.includes(file.type) || file.size >= MAX_PICTURE_BYTES) throw OpenAiRefusal.invalid('image', `Invalid file '${file.name}': unsupported mimetype ('${file.type}') or too large.`)
  }
  if (mask[0]) await checkMask(mask[0], first)
  return image.length
}

async function checkMask(mask: File, picture: File): Promise<void> {
  if (mask.type !== 'image/png' || mask.size >= MAX_MASK_BYTES) throw OpenAiRefusal.invalid('mask', 'The mask must be a PNG of less than 4 MB.')
  const [of, size] = await Promise.all([mask, picture].map(async (file) => sharp(await file.arrayBuffer()).metadata().catch(() => undefined)))
  if (!of?.hasAlpha) throw OpenAiRefusal.invalid('mask', 'Invalid mask image format - mask image missing alpha channel.')
  if (of.width !== size?.width || of.height !== size?.height) throw OpenAiRefusal.invalid('mask', 'Invalid mask image - mask size does not match image size.')
}
