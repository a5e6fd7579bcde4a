import { z } from 'zod'

/** One of the vendor's paths: what its body may say, what comes out, and what that costs. */
export interface BflModel {
  /** The names of its fields and their types. Others are ignored, as the vendor does. */
  body: z.ZodObject
  /** Width and height of the result. */
  pixels(request: BflRequest): readonly [width: number, height: number]
  /** Of the first megapixel, and of each further one; flat where there is no second price. */
  credits: { first: number; further?: number }
  isVideo?: true
  /** What it makes unless it is told. */
  format: 'jpeg' | 'png'
}

/** Whatever path it came by. */
export type BflRequest = Record<string, unknown>

/** "http URL or bare base64". A data URI is not tolerated: that is not confirmed, and bare base64 always works. */
const material = z.string().refine((text) => /^https?:\/\/./.test(text) || isBase64(text), 'Value error, Invalid image: not a URL and not valid base64')
const bare = z.string().refine(isBase64, 'Value error, Invalid base64 image data')

function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text.slice(0, 4_096)) && !text.startsWith('http')
}

/** https anywhere, or plain http on this machine, where the gateway under test listens. */
const webhookUrl = z.url().refine((url) => url.startsWith('https:') || /^http:\/\/(?:127\.|localhost[:/])/.test(url), 'URL scheme should be https')

function common(safety: number): z.ZodRawShape {
  return {
    seed: z.int().nullish(),
    output_format: z.enum(['jpeg', 'png', 'webp']).nullish(),
    safety_tolerance: z.int().min(0).max(safety).optional(),
    webhook_url: webhookUrl.nullish(),
    webhook_secret: z.string().nullish(),
  }
}

function inputImages(count: number): z.ZodRawShape {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [index === 0 ? 'input_image' : `input_image_${index + 1}`, material.nullish()]))
}

const side16 = z.int().refine((side) => side === 0 || (side >= 64 && side % 16 === 0), 'Input should be a multiple of 16 and at least 64')
const side32 = z.int().min(256).max(1440).multipleOf(32).optional()
/** "21:9…9:21". */
const ratio = z.string().refine((text) => valueOf(text) >= 9 / 21 - 1e-9 && valueOf(text) <= 21 / 9 + 1e-9, 'Aspect ratio must be between 21:9 and 9:21')
const upsampling = { prompt_upsampling: z.boolean().optional() }

function valueOf(text: string): number {
  const [, width, height] = /^(\d+):(\d+)$/.exec(text) ?? []
  return Number(width) / Number(height)
}

const MAX_FLUX_2_PIXELS = 4 * 1024 * 1024

function flux2(pictures: number, credits: BflModel['credits'], more: z.ZodRawShape = {}): BflModel {
  return {
    body: z.object({ ...common(5), prompt: z.string().min(1), ...inputImages(pictures), width: side16.optional(), height: side16.optional(), ...more })
      .refine(({ width, height }) => Number(width ?? 0) * Number(height ?? 0) <= MAX_FLUX_2_PIXELS, { path: ['width'], message: 'Output must not exceed 4 megapixels' }),
    pixels: ({ width, height }) => [Number(width) || 1024, Number(height) || 1024],
    credits,
    format: 'jpeg',
  }
}

function flux1(credits: number, more: z.ZodRawShape = {}): BflModel {
  return {
    body: z.object({ ...common(6), ...upsampling, prompt: z.string().optional(), image_prompt: bare.nullish(), width: side32, height: side32, ...more }),
    pixels: ({ width, height }) => [Number(width ?? 1024), Number(height ?? 768)],
    credits: { first: credits },
    format: 'jpeg',
  }
}

function kontext(credits: number): BflModel {
  return {
    body: z.object({ ...common(6), ...upsampling, prompt: z.string().min(1), ...inputImages(4), aspect_ratio: ratio.nullish() }),
    pixels: ({ aspect_ratio: said }) => areaAt(1024 ** 2, said),
    credits: { first: credits },
    format: 'png',
  }
}

const steps = z.int().min(1).max(50).optional()
const guidance = z.number().min(1.5).max(10).optional()
const FILL = { ...common(6), ...upsampling, image: bare, prompt: z.string().optional(), steps: z.int().min(15).max(50).optional(), guidance: z.number().min(1.5).max(100).optional() }
const margin = z.int().min(0).max(2048).nullish()

const RATIOS = ['21:9', '2:1', '16:9', '4:3', '1:1', '3:4', '9:16', 'auto'] as const
const MODES: Record<string, string> = { 'text-to-video': 't2v', 'image-continuation': 'i2v', 'video-continuation': 'v2v' }

const VIDEO: BflModel = {
  isVideo: true,
  body: z.object({
    mode: z.enum(['t2v', 'i2v', 'v2v', ...Object.keys(MODES)]),
    prompt: z.string().optional(),
    aspect_ratio: z.enum(RATIOS).optional(),
    duration: z.union([z.int().min(5).max(20), z.literal('auto')], { error: 'Input should be an integer from 5 to 20, or auto' }).optional(),
    resolution: z.enum(['hd', 'fhd']).optional(),
    generate_audio: z.boolean().optional(),
    safety_tolerance: z.int().min(0).max(4).optional(),
    version: z.literal('latest').optional(),
    keyframes: z.union([material, z.array(z.union([material, z.tuple([z.number().min(0), material])])).min(1).max(10)], { error: 'Value error, Invalid keyframes' }).optional(),
    start_video: material.optional(),
  }).superRefine((request, context) => {
    const mode = MODES[request.mode] ?? request.mode
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if ((mode === 'i2v') !== (request.keyframes !== undefined)) fault('keyframes', `Value error, keyframes are ${mode === 'i2v' ? 'required' : 'not allowed'} in mode ${mode}`)
    if ((mode === 'v2v') !== (request.start_video !== undefined)) fault('start_video', `Value error, start_video is ${mode === 'v2v' ? 'required' : 'not allowed'} in mode ${mode}`)
    if (mode === 't2v' && !request.prompt) fault('prompt', 'Field required')
  }),
  pixels({ aspect_ratio: said, resolution }) {
    const short = resolution === 'fhd' ? 1080 : 720
    const wide = valueOf(said === undefined || said === 'auto' ? '16:9' : String(said))
    return wide >= 1 ? [evenly(short * wide), short] : [short, evenly(short / wide)]
  },
  // By the second; nobody but resellers has named a price.
  credits: { first: 17 },
  format: 'jpeg',
}

/** By the path's last part, with the two spellings that a repository of the vendor has besides. */
const MODELS: Record<string, BflModel> = {
  'flux-2-max': flux2(8, { first: 7, further: 3 }),
  'flux-2-pro': flux2(8, { first: 3, further: 1.5 }),
  'flux-2-pro-preview': flux2(8, { first: 3, further: 1.5 }),
  'flux-2-flex': flux2(8, { first: 5, further: 5 }, { ...upsampling, steps, guidance }),
  'flux-2-klein-9b': flux2(4, { first: 1.5, further: 0.2 }),
  'flux-2-klein-9b-preview': flux2(4, { first: 1.5, further: 0.2 }),
  'flux-2-klein-4b': flux2(4, { first: 1.4, further: 0.1 }),
  'flux-kontext-pro': kontext(4),
  'flux-kontext': kontext(4),
  'flux-kontext-max': kontext(8),
  'flux-pro-1.1': flux1(4),
  'flux-pro': flux1(5, { steps, guidance: z.number().min(1.5).max(5).optional(), interval: z.number().min(1).max(4).optional() }),
  'flux-dev': flux1(2.5, { steps, guidance: z.number().min(1.5).max(5).optional() }),
  'flux-pro-1.1-ultra': {
    body: z.object({ ...common(6), ...upsampling, prompt: z.string().optional(), aspect_ratio: ratio.optional(), raw: z.boolean().optional(), image_prompt: bare.nullish(), image_prompt_strength: z.number().min(0).max(1).optional() }),
    pixels: ({ aspect_ratio: said }) => areaAt(2048 ** 2, said ?? '16:9'),
    credits: { first: 6 },
    format: 'jpeg',
  },
  'flux-pro-1.0-fill': { body: z.object({ ...FILL, mask: bare.nullish() }), pixels: () => [512, 512], credits: { first: 5 }, format: 'jpeg' },
  'flux-pro-1.0-expand': {
    body: z.object({ ...FILL, top: margin, bottom: margin, left: margin, right: margin }),
    // The simulator does not look into the picture: it takes it for 512 pixels a side.
    pixels: ({ top, bottom, left, right }) => [512 + Number(left ?? 0) + Number(right ?? 0), 512 + Number(top ?? 0) + Number(bottom ?? 0)],
    credits: { first: 5 },
    format: 'jpeg',
  },
  'flux-3-video': VIDEO,
}
MODELS['flux-fill'] = MODELS['flux-pro-1.0-fill']!

export function bflModel(name: string): BflModel | undefined {
  return Object.hasOwn(MODELS, name) ? MODELS[name] : undefined
}

/** Five seconds where the model is to decide. */
export function secondsOf({ duration }: BflRequest): number {
  return typeof duration === 'number' ? duration : 5
}

export function megapixelsOf(model: BflModel, request: BflRequest): number {
  const [width, height] = model.pixels(request)
  return Math.round((width * height) / 10_000) / 100
}

/** "first output MP + each extra MP". */
export function creditsOf(model: BflModel, request: BflRequest): number {
  if (model.isVideo) return model.credits.first * secondsOf(request)
  const further = Math.max(0, Math.ceil(megapixelsOf(model, request)) - 1)
  return Math.round((model.credits.first + further * (model.credits.further ?? 0)) * 100) / 100
}

function areaAt(area: number, said: unknown): readonly [number, number] {
  const wide = typeof said === 'string' ? valueOf(said) : 1
  return [evenly(Math.sqrt(area * wide)), evenly(Math.sqrt(area / wide))]
}

function evenly(side: number): number {
  return Math.round(side / 16) * 16
}
