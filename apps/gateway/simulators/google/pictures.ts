import { z } from 'zod'
import type { Answer } from '../simulator.ts'
import { fault, GoogleRefusal, invalid } from './refusal.ts'

export interface PictureJob {
  prompt: string
  widthPixels: number
  heightPixels: number
}

interface PictureModel {
  sizes: string[]
  extremeRatios: boolean
  maxPictures: number
}

const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9']
const EXTREME_RATIOS = ['1:4', '4:1', '1:8', '8:1']

const MODELS: Record<string, PictureModel> = {
  'gemini-3-pro-image': { sizes: ['1K', '2K', '4K'], extremeRatios: false, maxPictures: 14 },
  'gemini-3.1-flash-image': { sizes: ['512', '1K', '2K', '4K'], extremeRatios: true, maxPictures: 14 },
  'gemini-3.1-flash-lite-image': { sizes: ['1K'], extremeRatios: false, maxPictures: 14 },
  'gemini-nano-banana-2.1': { sizes: ['512', '1K', '2K', '4K'], extremeRatios: false, maxPictures: 14 },
}

export function knowsPictureModel(id: string): boolean {
  return Object.hasOwn(MODELS, id)
}

const part = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ inlineData: z.strictObject({ mimeType: z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif']), data: z.string().min(4).regex(/^[A-Za-z0-9+/]+={0,2}$/) }) }),
  z.strictObject({ fileData: z.strictObject({ mimeType: z.string(), fileUri: z.string() }) }),
])

const body = z.strictObject({
  contents: z.array(z.strictObject({ role: z.enum(['user', 'model']).optional(), parts: z.array(part).min(1) })).min(1),
  generationConfig: z.strictObject({
    responseModalities: z.array(z.enum(['TEXT', 'IMAGE'])).optional(),
    imageConfig: z.strictObject({ aspectRatio: z.string().optional(), imageSize: z.string().optional() }).optional(),
    seed: z.int().optional(),
    candidateCount: z.int().optional(),
  }).optional(),
  safetySettings: z.array(z.unknown()).optional(),
})

/** Reads the body of a `generateContent` as the vendor does. Throws `GoogleRefusal`. */
export function pictureRequest(json: unknown, id: string): PictureJob {
  const model = MODELS[id]
  if (model === undefined) throw new GoogleRefusal(404, 'NOT_FOUND', `models/${id} is not found for API version v1beta, or is not supported for generateContent.`)
  const parsed = body.safeParse(json)
  if (!parsed.success) throw fault(parsed.error)
  const { contents, generationConfig: config = {} } = parsed.data
  const parts = contents.flatMap((content) => content.parts)
  if (parts.filter((each) => 'inlineData' in each).length > model.maxPictures) throw invalid(`At most ${model.maxPictures} images are supported.`)
  if ((config.candidateCount ?? 1) !== 1) throw invalid('Multiple candidates is not enabled for this model')
  if (config.responseModalities !== undefined && !config.responseModalities.includes('IMAGE')) throw invalid('The requested combination of response modalities is not supported by the model.')
  const { aspectRatio = '1:1', imageSize = '1K' } = config.imageConfig ?? {}
  if (!model.sizes.includes(imageSize)) throw invalid(`Invalid value at 'generation_config.image_config.image_size': "${imageSize}"`)
  if (!RATIOS.includes(aspectRatio) && !(model.extremeRatios && EXTREME_RATIOS.includes(aspectRatio))) throw invalid(`aspect_ratio must be one of ${RATIOS.join(', ')}`)

  const [width = 1, height = 1] = aspectRatio.split(':').map(Number)
  const side = imageSize.endsWith('K') ? Number.parseInt(imageSize, 10) * 1024 : Number(imageSize)
  const blocks = (pixels: number) => Math.max(16, Math.round(pixels / 16) * 16)
  return {
    prompt: parts.flatMap((each) => ('text' in each ? [each.text] : [])).join('\n'),
    widthPixels: blocks(side * Math.sqrt(width / height)),
    heightPixels: blocks(side * Math.sqrt(height / width)),
  }
}

/** The answer with a picture, or with the ending that the prompt asks for. */
export function pictureAnswer(id: string, responseId: string, sentinel: string | undefined, png: Uint8Array): Answer {
  const shared = { modelVersion: id, responseId, usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 1290, totalTokenCount: 1302 } }
  const candidate = (finishReason: string, parts?: unknown[]) => ({ status: 200, json: { candidates: [{ ...(parts && { content: { role: 'model', parts } }), finishReason, index: 0 }], ...shared } })
  switch (sentinel) {
    case 'input_moderation':
      return { status: 200, json: { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, ...shared } }
    case 'output_moderation':
      return candidate('IMAGE_SAFETY')
    case 'render_failure':
      return candidate('IMAGE_OTHER')
    case 'no_result':
      return candidate('STOP', [{ text: 'Here is your picture.' }])
    default:
      return candidate('STOP', [{ text: 'A sketch', thought: true }, { inlineData: { mimeType: 'image/png', data: Buffer.from(png).toString('base64') } }])
  }
}
