import type { InputLimit, Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'
import { picturesOf } from './picture-sizes.ts'

/** Google's pictures: Gemini's own, known as Nano Banana, and Imagen on Vertex. */

const PRICE_SOURCE = 'Google Gemini API pricing as of 2026-11, USD per image'
const GONE_PRICE_SOURCE = 'Google Gemini API pricing before its shutdown on 2026-10-02, USD per image'
const IMAGEN_PRICE_SOURCE = 'Google Imagen 4 pricing before it left the Gemini API, USD per image, read 2026-11'
const OWN_PRICE = 'own default, no published price, 2026-11: as for Gemini 3.1 Flash Image'

const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9']

/** "inlineData": the vendor's bound of a whole request is 20 MB. */
const REFERENCES: InputLimit = { roles: ['source', 'reference'], max: 14, maxBytes: 20 * 1024 * 1024 }

const GEMINI = {
  kind: 'image',
  family: 'gemini-image',
  operations: ['text_to_image', 'image_edit'],
  inputs: { image: REFERENCES },
  framesPerSecond: 0,
  audio: 'never',
  seed: { min: 0, max: 2 ** 31 - 1 },
  // "No batch `n`; loop for more."
  maxCount: 1,
  // The vendor counts tokens, 32,768 of them; this limit is ours.
  maxPromptCharacters: 20_000,
  outputFormats: ['png'],
  usualSeconds: 20,
} satisfies Partial<Model>

const FLASH_PRICE = [
  { when: { resolution: ['512'] }, micros: dollars(0.045) },
  { when: { resolution: ['1K'] }, micros: dollars(0.067) },
  { when: { resolution: ['2K'] }, micros: dollars(0.101) },
  { micros: dollars(0.151) },
]

const IMAGEN = {
  kind: 'image',
  family: 'imagen',
  operations: ['text_to_image'],
  ...picturesOf(['1K', '2K'], ['1:1', '3:4', '4:3', '9:16', '16:9']),
  inputs: {},
  framesPerSecond: 0,
  audio: 'never',
  // "seed (only with addWatermark:false)".
  seed: { min: 0, max: 2 ** 32 - 1 },
  maxCount: 4,
  // 480 tokens of about four characters.
  maxPromptCharacters: 2000,
  enhancePrompt: true,
  outputFormats: ['png', 'jpeg'],
  vendorFields: ['personGeneration', 'addWatermark', 'safetySetting', 'language'],
  usualSeconds: 15,
} satisfies Partial<Model>

export const GOOGLE_IMAGE_MODELS: readonly Model[] = [
  {
    ...GEMINI,
    id: 'gemini-3-pro-image',
    aliases: ['nano-banana-pro', 'gemini-3-pro-image-preview', 'google/gemini-3-pro-image', 'google/gemini-3-pro-image-preview', 'google/nano-banana-pro', 'fal-ai/nano-banana-pro', 'fal-ai/nano-banana-pro/edit', 'gemini_image3_pro'],
    name: { en: 'Gemini 3 Pro Image (Nano Banana Pro)', zh: 'Gemini 3 Pro Image(Nano Banana Pro)' },
    description: { en: 'Pictures up to 4K from text and up to 14 pictures.', zh: '文生图与多图编辑,最多 14 张参考图,最高 4K。' },
    upstreamNames: { google: 'gemini-3-pro-image', vertex: 'gemini-3-pro-image', replicate: 'google/nano-banana-pro', fal: 'fal-ai/nano-banana-pro', runway: 'gemini_image3_pro' },
    ...picturesOf(['1K', '2K', '4K'], RATIOS),
    usualSeconds: 30,
    price: rateCard({ unit: 'image', rates: [{ when: { resolution: ['4K'] }, micros: dollars(0.24) }, { micros: dollars(0.134) }], source: PRICE_SOURCE }),
  },
  {
    ...GEMINI,
    id: 'gemini-3.1-flash-image',
    aliases: ['nano-banana-2', 'gemini-3.1-flash-image-preview', 'google/gemini-3.1-flash-image', 'google/nano-banana-2', 'gemini_image3.1_flash'],
    name: { en: 'Gemini 3.1 Flash Image (Nano Banana 2)', zh: 'Gemini 3.1 Flash Image(Nano Banana 2)' },
    description: { en: 'Quick pictures up to 4K, also very long or very high ones, from text and up to 14 pictures.', zh: '快速文生图与多图编辑,支持极宽或极高比例,最高 4K。' },
    upstreamNames: { google: 'gemini-3.1-flash-image', vertex: 'gemini-3.1-flash-image', replicate: 'google/nano-banana-2', runway: 'gemini_image3.1_flash', fal: 'fal-ai/nano-banana-2' },
    ...picturesOf(['1K', '512', '2K', '4K'], [...RATIOS, '1:4', '4:1', '1:8', '8:1']),
    price: rateCard({ unit: 'image', rates: FLASH_PRICE, source: PRICE_SOURCE }),
  },
  {
    ...GEMINI,
    id: 'gemini-3.1-flash-lite-image',
    aliases: ['google/gemini-3.1-flash-lite-image'],
    name: { en: 'Gemini 3.1 Flash Lite Image', zh: 'Gemini 3.1 Flash Lite Image' },
    description: { en: 'The cheapest Gemini pictures, 1K, from text and up to 14 pictures.', zh: '价格最低的 Gemini 图片模型,1K,最多 14 张参考图。' },
    upstreamNames: { google: 'gemini-3.1-flash-lite-image', vertex: 'gemini-3.1-flash-lite-image' },
    ...picturesOf(['1K'], RATIOS),
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.034) }], source: PRICE_SOURCE }),
  },
  {
    ...GEMINI,
    id: 'gemini-nano-banana-2.1',
    aliases: ['nano-banana-2.1', 'google/gemini-nano-banana-2.1'],
    name: { en: 'Nano Banana 2.1', zh: 'Nano Banana 2.1' },
    description: { en: 'Pictures up to 4K from text and pictures, by the newest Gemini.', zh: '最新的 Gemini 图片模型,文生图与多图编辑,最高 4K。' },
    upstreamNames: { google: 'gemini-nano-banana-2.1', vertex: 'gemini-nano-banana-2.1' },
    ...picturesOf(['1K', '512', '2K', '4K'], RATIOS),
    price: rateCard({ unit: 'image', rates: FLASH_PRICE, source: OWN_PRICE }),
  },
  {
    ...GEMINI,
    id: 'gemini-2.5-flash-image',
    aliases: ['nano-banana', 'gemini-2.5-flash-image-preview', 'google/gemini-2.5-flash-image', 'google/nano-banana', 'fal-ai/nano-banana', 'fal-ai/nano-banana/edit', 'gemini_2.5_flash'],
    name: { en: 'Gemini 2.5 Flash Image (Nano Banana)', zh: 'Gemini 2.5 Flash Image(Nano Banana)' },
    description: { en: 'Pictures of about 1024 pixels from text and up to three pictures.', zh: '文生图与多图编辑,最多 3 张参考图,约 1024 像素。' },
    upstreamNames: { google: 'gemini-2.5-flash-image', vertex: 'gemini-2.5-flash-image', replicate: 'google/nano-banana', fal: 'fal-ai/nano-banana', runway: 'gemini_2.5_flash' },
    resolutions: ['1K'],
    aspectRatios: RATIOS,
    // The sizes that Runway lists for it.
    pixels: {
      '1K': {
        '1:1': [1024, 1024], '2:3': [832, 1248], '3:2': [1248, 832], '3:4': [864, 1184], '4:3': [1184, 864],
        '4:5': [896, 1152], '5:4': [1152, 896], '9:16': [768, 1344], '16:9': [1344, 768], '21:9': [1536, 672],
      },
    },
    inputs: { image: { ...REFERENCES, max: 3 } },
    usualSeconds: 12,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.039) }], source: GONE_PRICE_SOURCE }),
  },
  {
    ...IMAGEN,
    id: 'imagen-4.0-generate-001',
    aliases: ['imagen-4', 'imagen-4.0', 'imagen-4.0-generate', 'google/imagen-4', 'google/imagen-4.0-generate-001', 'fal-ai/imagen4/preview'],
    name: { en: 'Imagen 4', zh: 'Imagen 4' },
    description: { en: 'Pictures up to 2K from text.', zh: '文生图,最高 2K。' },
    upstreamNames: { vertex: 'imagen-4.0-generate-001', replicate: 'google/imagen-4', fal: 'fal-ai/imagen4/preview' },
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.04) }], source: IMAGEN_PRICE_SOURCE }),
  },
  {
    ...IMAGEN,
    id: 'imagen-4.0-fast-generate-001',
    aliases: ['imagen-4-fast', 'imagen-4.0-fast', 'google/imagen-4-fast', 'google/imagen-4.0-fast-generate-001', 'fal-ai/imagen4/preview/fast'],
    name: { en: 'Imagen 4 Fast', zh: 'Imagen 4 Fast' },
    description: { en: 'Imagen 4 at higher speed and lower price.', zh: 'Imagen 4 的快速版,价格更低。' },
    upstreamNames: { vertex: 'imagen-4.0-fast-generate-001', replicate: 'google/imagen-4-fast', fal: 'fal-ai/imagen4/preview/fast' },
    usualSeconds: 8,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.02) }], source: IMAGEN_PRICE_SOURCE }),
  },
  {
    ...IMAGEN,
    id: 'imagen-4.0-ultra-generate-001',
    aliases: ['imagen-4-ultra', 'imagen-4.0-ultra', 'google/imagen-4-ultra', 'google/imagen-4.0-ultra-generate-001', 'fal-ai/imagen4/preview/ultra'],
    name: { en: 'Imagen 4 Ultra', zh: 'Imagen 4 Ultra' },
    description: { en: 'Imagen 4 with the highest quality.', zh: 'Imagen 4 的最高质量版。' },
    upstreamNames: { vertex: 'imagen-4.0-ultra-generate-001', replicate: 'google/imagen-4-ultra', fal: 'fal-ai/imagen4/preview/ultra' },
    usualSeconds: 20,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.06) }], source: IMAGEN_PRICE_SOURCE }),
  },
]
