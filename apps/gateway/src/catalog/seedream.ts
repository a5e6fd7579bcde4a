import { ADAPTIVE, type Model, type SizeBounds } from '../core/model.ts'
import { dollars, rateCard, type RateCard } from '../core/rate-card.ts'

/** ByteDance Seedream and SeedEdit, pictures on Volcengine Ark (`doubao-…`) and BytePlus ModelArk. */

const PRICE_SOURCE = 'BytePlus ModelArk price page, USD per image, 2026-08'

const RATIOS = ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '21:9']
/** "area 921,600–16,777,216"; the vendor's ratio bound is 1/16 to 16. */
const SIZES_4_0: SizeBounds = { default: '2048x2048', multipleOf: 2, minSidePixels: 240, maxSidePixels: 16_384, minArea: 921_600, maxArea: 16_777_216, maxRatio: 16 }
/** "area ≥ 3,686,400: 1024x1024 is refused". */
const SIZES_4_5: SizeBounds = { ...SIZES_4_0, minArea: 3_686_400 }

const MEBIBYTE = 1024 * 1024
const REFERENCES: Model['inputs'] = { image: { roles: ['source', 'reference'], max: 14, maxBytes: 10 * MEBIBYTE } }

const COMMON = {
  kind: 'image',
  family: 'seedream',
  framesPerSecond: 0,
  audio: 'never',
  // The vendor recommends 300 Chinese characters or 600 English words; this limit is ours.
  maxPromptCharacters: 6000,
  usualSeconds: 20,
} satisfies Partial<Model>

/** From 4.0 on: text and pictures, and groups of pictures. */
const GROUPS = {
  ...COMMON,
  operations: ['text_to_image', 'image_edit'],
  aspectRatios: RATIOS,
  inputs: REFERENCES,
  // "max_images 1..15", of which the model may make fewer: only what it makes is charged.
  maxCount: 15,
  vendorFields: ['watermark', 'optimize_prompt_options'],
} satisfies Partial<Model>

/** "[-1, 2147483647]", for the 3.0 generation only. */
const SEED = { min: -1, max: 2 ** 31 - 1 }

export const SEEDREAM_MODELS: readonly Model[] = [
  {
    ...COMMON,
    id: 'doubao-seedream-5-0-pro-260628',
    aliases: ['dola-seedream-5-0-pro-260628', 'seedream-5-0-pro-260628', 'seedream-5.0-pro', 'bytedance/seedream-5.0-pro', 'seedream5_pro'],
    name: { en: 'Seedream 5.0 Pro', zh: '豆包 Seedream 5.0 Pro' },
    description: { en: 'Pictures up to 2K from text and up to 10 reference pictures.', zh: '文生图与图生图,最多 10 张参考图,最高 2K。' },
    upstreamNames: { 'volcengine-ark': 'doubao-seedream-5-0-pro-260628', runway: 'seedream5_pro' },
    operations: ['text_to_image', 'image_edit'],
    aspectRatios: RATIOS,
    resolutions: ['2K', '1K'],
    // "size tokens 1K 2K": what the larger one has at most.
    freeSizes: { ...SIZES_4_0, maxArea: 4_194_304 },
    inputs: { image: { roles: ['source', 'reference'], max: 10, maxBytes: 10 * MEBIBYTE } },
    maxCount: 1,
    outputFormats: ['jpeg', 'png'],
    vendorFields: ['watermark'],
    // "0.045 (1K) / 0.09 (2K)": a size may be anything between, so the larger price holds unless 1K is asked for by name.
    price: rateCard({ unit: 'image', rates: [{ when: { resolution: ['1K'] }, micros: dollars(0.045) }, { micros: dollars(0.09) }], source: PRICE_SOURCE }),
  },
  {
    ...GROUPS,
    id: 'doubao-seedream-5-0-260128',
    aliases: ['seedream-5-0-260128', 'seedream-5-0-lite-260128', 'seedream-5.0-lite', 'seedream-5.0', 'bytedance/seedream-5.0-lite', 'seedream5_lite'],
    name: { en: 'Seedream 5.0 Lite', zh: '豆包 Seedream 5.0 Lite' },
    description: { en: 'Pictures up to 4K from text and up to 14 reference pictures, also in groups.', zh: '文生图、多图融合与组图,最多 14 张参考图,最高 4K。' },
    upstreamNames: { 'volcengine-ark': 'doubao-seedream-5-0-260128', runway: 'seedream5_lite' },
    resolutions: ['2K', '3K', '4K'],
    freeSizes: SIZES_4_5,
    outputFormats: ['jpeg', 'png'],
    price: perImage(0.035),
  },
  {
    ...GROUPS,
    id: 'doubao-seedream-4-5-251128',
    aliases: ['seedream-4.5', 'seedream-4-5-251128', 'bytedance/seedream-4.5', 'fal-ai/bytedance/seedream/v4.5/text-to-image', 'fal-ai/bytedance/seedream/v4.5/edit'],
    name: { en: 'Seedream 4.5', zh: '豆包 Seedream 4.5' },
    description: { en: 'Pictures up to 4K from text and up to 14 reference pictures, also in groups.', zh: '文生图、多图融合与组图输出,最多 14 张参考图,最高 4K。' },
    upstreamNames: { 'volcengine-ark': 'doubao-seedream-4-5-251128', replicate: 'bytedance/seedream-4.5', fal: 'fal-ai/bytedance/seedream/v4.5/text-to-image' },
    resolutions: ['2K', '4K'],
    freeSizes: SIZES_4_5,
    // 4.x always answers with JPEG.
    outputFormats: ['jpeg'],
    price: perImage(0.04),
  },
  {
    ...GROUPS,
    id: 'doubao-seedream-4-0-250828',
    aliases: ['seedream-4.0', 'seedream-4-0-250828', 'bytedance/seedream-4', 'bytedance/seedream-4.0', 'fal-ai/bytedance/seedream/v4/text-to-image', 'fal-ai/bytedance/seedream/v4/edit'],
    name: { en: 'Seedream 4.0', zh: '豆包 Seedream 4.0' },
    description: { en: 'Pictures up to 4K from text and up to 14 reference pictures.', zh: '文生图与图生图,最多 14 张参考图,最高 4K。' },
    upstreamNames: { 'volcengine-ark': 'doubao-seedream-4-0-250828', replicate: 'bytedance/seedream-4', fal: 'fal-ai/bytedance/seedream/v4/text-to-image' },
    resolutions: ['2K', '1K', '4K'],
    freeSizes: SIZES_4_0,
    outputFormats: ['jpeg'],
    price: perImage(0.03),
  },
  {
    ...COMMON,
    id: 'doubao-seedream-3-0-t2i-250415',
    aliases: ['seedream-3-0-t2i-250415', 'seedream-3.0', 'bytedance/seedream-3'],
    name: { en: 'Seedream 3.0', zh: '豆包 Seedream 3.0 文生图' },
    description: { en: 'Pictures up to 2048 pixels a side from text.', zh: '文生图,边长最高 2048 像素。' },
    upstreamNames: { 'volcengine-ark': 'doubao-seedream-3-0-t2i-250415', replicate: 'bytedance/seedream-3' },
    operations: ['text_to_image'],
    aspectRatios: RATIOS,
    // "512–2048 per side, default 1024x1024".
    freeSizes: { default: '1024x1024', multipleOf: 2, minSidePixels: 512, maxSidePixels: 2048 },
    seed: SEED,
    inputs: {},
    maxCount: 1,
    outputFormats: ['jpeg'],
    vendorFields: ['watermark', 'guidance_scale'],
    price: perImage(0.03),
  },
  {
    ...COMMON,
    id: 'doubao-seededit-3-0-i2i-250628',
    aliases: ['seededit-3-0-i2i-250628', 'seededit-3.0', 'bytedance/seededit-3.0'],
    name: { en: 'SeedEdit 3.0', zh: '豆包 SeedEdit 3.0 图生图' },
    description: { en: 'Changes one picture as the words say; the result has its shape.', zh: '按文字修改一张图片,输出与原图比例相同。' },
    upstreamNames: { 'volcengine-ark': 'doubao-seededit-3-0-i2i-250628', replicate: 'bytedance/seededit-3.0' },
    operations: ['image_edit'],
    // "seededit 3.0 only `adaptive`".
    aspectRatios: [ADAPTIVE],
    seed: SEED,
    inputs: { image: { roles: ['source'], max: 1, maxBytes: 10 * MEBIBYTE } },
    maxCount: 1,
    outputFormats: ['jpeg'],
    vendorFields: ['watermark', 'guidance_scale'],
    price: perImage(0.03),
  },
]

function perImage(amountDollars: number): RateCard {
  return rateCard({ unit: 'image', rates: [{ micros: dollars(amountDollars) }], source: PRICE_SOURCE })
}
