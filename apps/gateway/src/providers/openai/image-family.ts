import type { Operation } from '../../core/generation-request.ts'

/** Extras that a catalogue entry may let through. */
export const VENDOR_FIELDS: readonly string[] = ['background', 'moderation', 'output_compression', 'input_fidelity']

/** What the vendor's models of pictures take, generation by generation. */
interface ImageFamily {
  operations: readonly Operation[]
  /** Undefined where any size within bounds is taken. */
  sizes?: readonly string[]
  qualities: readonly string[]
  styles: readonly string[]
  formats: readonly string[]
  maxCount?: number
  /** The old ones give a link unless they are asked for the picture; the others refuse to be asked. */
  asksForBase64?: true
}

const SQUARE = '1024x1024'

const DALL_E_2: ImageFamily = { operations: ['text_to_image', 'image_edit', 'variation'], sizes: [SQUARE, '512x512', '256x256'], qualities: [], styles: [], formats: ['png'], asksForBase64: true }
const DALL_E_3: ImageFamily = { operations: ['text_to_image'], sizes: [SQUARE, '1792x1024', '1024x1792'], qualities: ['standard', 'hd'], styles: ['vivid', 'natural'], formats: ['png'], maxCount: 1, asksForBase64: true }
const GPT_IMAGE_1: ImageFamily = { operations: ['text_to_image', 'image_edit'], sizes: ['auto', SQUARE, '1536x1024', '1024x1536'], qualities: ['auto', 'low', 'medium', 'high'], styles: [], formats: ['png', 'jpeg', 'webp'] }
const { sizes: _, ...WITHOUT_SIZES } = GPT_IMAGE_1
const GPT_IMAGE_2: ImageFamily = WITHOUT_SIZES
const GPT_IMAGE_2_5: ImageFamily = { ...GPT_IMAGE_2, qualities: [...GPT_IMAGE_1.qualities, 'xhigh', 'max'] }

/** By our name of the model, since an Azure deployment may have any, else by the upstream's. Unknown ones are taken for the newest kind. */
export function imageFamily(publicModel: string, upstreamModel: string): ImageFamily {
  return familyNamed(publicModel) ?? familyNamed(upstreamModel) ?? GPT_IMAGE_2_5
}

function familyNamed(model: string): ImageFamily | undefined {
  if (model.startsWith('dall-e-2')) return DALL_E_2
  if (model.startsWith('dall-e-3')) return DALL_E_3
  if (/^(?:gpt-image-1|chatgpt-image)/.test(model)) return GPT_IMAGE_1
  if (/^gpt-image-2(?!\.)/.test(model)) return GPT_IMAGE_2
  return model.startsWith('gpt-image-') ? GPT_IMAGE_2_5 : undefined
}
