import { z } from 'zod'

/** What each path takes: the vendor's OpenAPI of June 2026. A name that is not here is refused. */

const SIZES_3 =
  '512x1536 576x1408 576x1472 576x1536 640x1344 640x1408 640x1472 640x1536 704x1152 704x1216 704x1280 704x1344 704x1408 704x1472 736x1312 768x1088 768x1216 768x1280 768x1344 800x1280 832x960 832x1024 832x1088 832x1152 832x1216 832x1248 864x1152 896x960 896x1024 896x1088 896x1120 896x1152 960x832 960x896 960x1024 960x1088 1024x832 1024x896 1024x960 1024x1024 1088x768 1088x832 1088x896 1088x960 1120x896 1152x704 1152x832 1152x864 1152x896 1216x704 1216x768 1216x832 1248x832 1280x704 1280x768 1280x800 1312x736 1344x640 1344x704 1344x768 1408x576 1408x640 1408x704 1472x576 1472x640 1472x704 1536x512 1536x576 1536x640'.split(' ')
const SIZES_2 = [...SIZES_3.filter((size) => size !== '800x1280'), ...'640x1024 1024x640 720x1280 1280x720 768x1024 1024x768 768x1152 1152x768 768x1232 1232x768'.split(' ')]
const RATIOS: Record<string, string> = {
  '1x3': '512x1536', '3x1': '1536x512', '1x2': '704x1408', '2x1': '1408x704', '9x16': '736x1312', '16x9': '1312x736', '10x16': '800x1280', '16x10': '1280x800',
  '2x3': '832x1248', '3x2': '1248x832', '3x4': '864x1152', '4x3': '1152x864', '4x5': '896x1120', '5x4': '1120x896', '1x1': '1024x1024',
}

/** Forms carry numbers as text. */
const whole = (least: number, most: number) => z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)], { error: 'must be a whole number' }).pipe(z.int().min(least).max(most)).optional()
const share = () => whole(1, 100)
const magic = () => z.enum(['AUTO', 'ON', 'OFF']).optional()
const words = () => z.string().min(1)
const several = <Item extends z.ZodType>(item: Item) => z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item).optional())

const palette = z
  .preprocess(fromJson, z.union([
    z.strictObject({ name: z.enum(['EMBER', 'FRESH', 'JUNGLE', 'MAGIC', 'MELON', 'MOSAIC', 'PASTEL', 'ULTRAMARINE']) }),
    z.strictObject({ members: z.array(z.strictObject({ color_hex: z.string().regex(/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i), color_weight: z.number().min(0.05).max(1).optional() })).min(1).max(8) }),
  ], { error: 'is not a color palette' }))
  .optional()

const SEEDED = { seed: whole(0, 2_147_483_647), num_images: whole(1, 8) }
const SPEED = { rendering_speed: z.enum(['FLASH', 'TURBO', 'BALANCED', 'DEFAULT', 'QUALITY']).optional() }
const LOOKS = { color_palette: palette, style_codes: several(z.string().regex(/^[0-9a-f]{8}$/i)), style_preset: z.string().regex(/^[A-Z0-9_]{2,30}$/).optional() }
const FACES = { style_type: z.enum(['AUTO', 'GENERAL', 'REALISTIC', 'DESIGN', 'FICTION', 'CUSTOM', 'STYLIZED']).optional(), custom_model_uri: z.string().regex(/^model\/[^/]+\/version\/\d+$/).optional() }
const MAGIC = { magic_prompt: magic() }
const FRAME = { resolution: z.enum(SIZES_3).optional(), aspect_ratio: z.enum(Object.keys(RATIOS)).optional() }
const NEGATIVE = { negative_prompt: z.string().optional() }

const CLASSIC_STYLE = { style_type: z.enum(['AUTO', 'GENERAL', 'FICTION', 'REALISTIC', 'DESIGN', 'RENDER_3D', 'ANIME', 'CUSTOM', 'STYLIZED']).optional() }
const CLASSIC_MAGIC = { magic_prompt_option: magic(), magic_prompt_version: z.string().regex(/^V_0(?:_[1-8])?$/).optional() }
const CLASSIC = {
  ...SEEDED, ...CLASSIC_STYLE, ...CLASSIC_MAGIC, ...NEGATIVE,
  prompt: words(),
  model: z.enum(['V_1', 'V_1_TURBO', 'V_2', 'V_2_TURBO', 'V_2A', 'V_2A_TURBO', 'V_3', 'AUTO']).optional(),
  aspect_ratio: z.enum(Object.keys(RATIOS).map((ratio) => `ASPECT_${ratio.replace('x', '_')}`)).optional(),
  resolution: z.enum(SIZES_2.map((size) => `RESOLUTION_${size.replace('x', '_')}`)).optional(),
  color_palette: palette,
}
const SECOND = z.enum(['V_2', 'V_2_TURBO'])

/** One path: its fields, the files that it takes, and how its fields travel. */
export interface IdeogramPath {
  fields: z.ZodObject
  /** With how many of each are required and allowed. */
  files: Record<string, readonly [least: number, most: number]>
  body: 'json' | 'form' | 'both' | 'form_with_request'
  /** "403 on /remix, /upscale, /v1/ideogram-v3/remix". */
  refusesKeyWith?: 403
}

const STYLE_FILES = { style_reference_images: [0, 8] } as const
const FACE_FILES = { ...STYLE_FILES, character_reference_images: [0, 1], character_reference_images_mask: [0, 1] } as const

export const PATHS: Record<string, IdeogramPath> = {
  '/v1/ideogram-v3/generate': { body: 'both', files: FACE_FILES, fields: z.strictObject({ ...SEEDED, ...SPEED, ...LOOKS, ...FACES, ...MAGIC, ...FRAME, ...NEGATIVE, prompt: words(), enable_copyright_detection: z.enum(['true', 'false']).optional() }) },
  '/v1/ideogram-v3/remix': { body: 'form', refusesKeyWith: 403, files: { image: [1, 1], ...FACE_FILES }, fields: z.strictObject({ ...SEEDED, ...SPEED, ...LOOKS, ...FACES, ...MAGIC, ...FRAME, ...NEGATIVE, prompt: words(), image_weight: share() }) },
  '/v1/ideogram-v3/edit': { body: 'form', files: { image: [1, 1], mask: [1, 1], ...FACE_FILES }, fields: z.strictObject({ ...SEEDED, ...SPEED, ...LOOKS, ...FACES, ...MAGIC, prompt: words() }) },
  '/v1/ideogram-v3/reframe': { body: 'form', files: { image: [1, 1], ...STYLE_FILES }, fields: z.strictObject({ ...SEEDED, ...SPEED, ...LOOKS, resolution: z.enum(SIZES_3) }) },
  '/v1/ideogram-v3/replace-background': { body: 'form', files: { image: [1, 1], ...STYLE_FILES }, fields: z.strictObject({ ...SEEDED, ...SPEED, ...LOOKS, ...MAGIC, prompt: words() }) },
  '/generate': { body: 'json', files: {}, fields: z.strictObject(CLASSIC) },
  '/remix': { body: 'form_with_request', refusesKeyWith: 403, files: { image_file: [1, 1] }, fields: z.strictObject({ ...CLASSIC, image_weight: share() }) },
  '/edit': { body: 'form', files: { image_file: [1, 1], mask: [1, 1] }, fields: z.strictObject({ ...SEEDED, ...CLASSIC_STYLE, prompt: words(), model: SECOND, magic_prompt_option: magic() }) },
  '/reframe': { body: 'form', files: { image_file: [1, 1] }, fields: z.strictObject({ ...SEEDED, ...CLASSIC_STYLE, model: SECOND, resolution: CLASSIC.resolution.unwrap() }) },
  '/upscale': { body: 'form_with_request', refusesKeyWith: 403, files: { image_file: [1, 1] }, fields: z.strictObject({ ...SEEDED, ...CLASSIC_MAGIC, prompt: words().optional(), resemblance: share(), detail: share() }) },
  '/describe': { body: 'form', files: { image_file: [1, 1] }, fields: z.strictObject({ describe_model_version: z.enum(['V_2', 'V_3', 'CUSTOM']).optional() }) },
}
PATHS['/v1/ideogram-v3/inpaint'] = PATHS['/v1/ideogram-v3/edit']!

export interface IdeogramRequest {
  prompt?: string
  num_images?: number
  seed?: number
  resolution?: string
  aspect_ratio?: string
  style_type?: string
  style_codes?: string[]
  model?: string
  negative_prompt?: string
  color_palette?: unknown
}

/** What the schema cannot say. Undefined when all is well. */
export function faultOf(request: IdeogramRequest, isClassic: boolean, files: ReadonlyMap<string, unknown>): string | undefined {
  if (request.resolution !== undefined && request.aspect_ratio !== undefined) return 'resolution and aspect_ratio cannot be used together'
  if (request.style_codes !== undefined && (request.style_type !== undefined || files.has('style_reference_images'))) return 'style_codes cannot be used with style_type or style_reference_images'
  if (!isClassic || request.model === undefined) return undefined
  const isSecond = request.model === 'V_2' || request.model === 'V_2_TURBO'
  if (request.resolution !== undefined && !isSecond) return `resolution is not supported for ${request.model}`
  if (request.color_palette !== undefined && !isSecond) return `color_palette is not supported for ${request.model}`
  if (request.style_type !== undefined && request.model.startsWith('V_1')) return `style_type is not supported for ${request.model}`
  return request.negative_prompt !== undefined && request.model.startsWith('V_2A') ? `negative_prompt is not supported for ${request.model}` : undefined
}

/** The pixels that were asked for; undefined when they follow the picture. */
export function sizeOf({ resolution, aspect_ratio: ratio }: IdeogramRequest): readonly [number, number] | undefined {
  const size = resolution?.replace('RESOLUTION_', '').replace('_', 'x') ?? (ratio === undefined ? undefined : RATIOS[ratio.replace('ASPECT_', '').replace('_', 'x')])
  const [width, height] = size?.split('x').map(Number) ?? []
  return width === undefined || height === undefined ? undefined : [width, height]
}

function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
