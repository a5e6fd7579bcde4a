import { z } from 'zod'
import type { Answer } from '../simulator.ts'
import { fault, invalid } from '../google/refusal.ts'

export interface ImagenJob {
  prompt: string
  count: number
  mimeType: string
  widthPixels: number
  heightPixels: number
}

export const IMAGEN_MODELS = ['imagen-4.0-generate-001', 'imagen-4.0-fast-generate-001', 'imagen-4.0-ultra-generate-001']

const SIDES = { '1K': 1024, '2K': 2048 } as const

const body = z.strictObject({
  instances: z.array(z.strictObject({ prompt: z.string().min(1) })).length(1),
  parameters: z.strictObject({
    sampleCount: z.int().min(1).max(4).optional(),
    aspectRatio: z.enum(['1:1', '3:4', '4:3', '9:16', '16:9']).optional(),
    sampleImageSize: z.enum(['1K', '2K']).optional(),
    personGeneration: z.enum(['dont_allow', 'allow_adult', 'allow_all']).optional(),
    seed: z.int().min(0).max(2 ** 32 - 1).optional(),
    addWatermark: z.boolean().optional(),
    storageUri: z.string().optional(),
    outputOptions: z.strictObject({ mimeType: z.enum(['image/png', 'image/jpeg']).optional(), compressionQuality: z.int().optional() }).optional(),
    safetySetting: z.string().optional(),
    includeRaiReason: z.boolean().optional(),
    enhancePrompt: z.boolean().optional(),
    language: z.string().optional(),
    includeSafetyAttributes: z.boolean().optional(),
  }).optional(),
})

/** Reads the body of a `predict` as the vendor does. Throws `GoogleRefusal`. */
export function imagenRequest(json: unknown): ImagenJob {
  const parsed = body.safeParse(json)
  if (!parsed.success) throw fault(parsed.error)
  const { instances: [instance], parameters = {} } = parsed.data
  if (parameters.seed !== undefined && parameters.addWatermark !== false) throw invalid('Seed is not supported when watermark is enabled.')
  const [width = 1, height = 1] = (parameters.aspectRatio ?? '1:1').split(':').map(Number)
  const side = SIDES[parameters.sampleImageSize ?? '1K']
  const blocks = (pixels: number) => Math.round(pixels / 16) * 16
  return {
    prompt: instance?.prompt ?? '',
    count: parameters.sampleCount ?? 1,
    mimeType: parameters.outputOptions?.mimeType ?? 'image/png',
    widthPixels: blocks(side * Math.sqrt(width / height)),
    heightPixels: blocks(side * Math.sqrt(height / width)),
  }
}

/** The answer with pictures, or with the ending that the prompt asks for. */
export function imagenAnswer({ count, mimeType }: ImagenJob, sentinel: string | undefined, picture: Uint8Array): Answer {
  const made = { mimeType, bytesBase64Encoded: Buffer.from(picture).toString('base64') }
  const filtered = { raiFilteredReason: "Unable to show generated images. All images were filtered out because they violated Vertex AI's usage guidelines. Support codes: 42237218" }
  switch (sentinel) {
    case 'output_moderation':
      return { status: 200, json: { predictions: [filtered] } }
    case 'no_result':
      return { status: 200, json: {} }
    default:
      return { status: 200, json: { predictions: Array.from({ length: count }, () => made) } }
  }
}
