import { ADAPTIVE, type InputLimit, type Model, type SizeBounds } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/**
 * Pictures of ByteDance's Jimeng 即梦, on Volcengine's visual service. Facts: the vendor's documentation
 * (https://www.volcengine.com/docs/85621), as relayed in 2026. Newer models of the same house are in `seedream.ts`.
 */

const OWN_PRICE = 'own default, no published price, 2026-11'

const RATIOS = ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '21:9']
/** Where a side has a bound, 21:9 of the usual area comes out a little too wide. */
const NARROWER_RATIOS = RATIOS.filter((ratio) => ratio !== '21:9')
const MEBIBYTE = 1024 * 1024

/** "width × height in [1024×1024, 4096×4096]", and "1/3 … 3" for their ratio. */
const SIZES_4: SizeBounds = { default: '2048x2048', multipleOf: 1, minSidePixels: 592, maxSidePixels: 7094, minArea: 1024 * 1024, maxArea: 4096 * 4096, maxRatio: 3 }
/** "width × height in [512×512, 2048×2048]", from 1:3 to 3:1. */
const SIZES_3: SizeBounds = { default: '1328x1328', multipleOf: 1, minSidePixels: 296, maxSidePixels: 3547, minArea: 512 * 512, maxArea: 2048 * 2048, maxRatio: 3 }

/** "JPEG/PNG, ≤ 4.7 MB, ≤ 4096×4096". */
const ONE_PICTURE: InputLimit = { roles: ['source'], max: 1, maxBytes: Math.floor(4.7 * MEBIBYTE), maxSidePixels: 4096 }
/** "≤ 15 MB each". */
const PICTURES: InputLimit = { roles: ['source', 'reference'], max: 10, maxBytes: 15 * MEBIBYTE }

const MARKS = ['logo_info', 'aigc_meta']

const COMMON = {
  kind: 'image',
  family: 'jimeng-image',
  framesPerSecond: 0,
  audio: 'never',
  // Groups of pictures are as large as the model pleases, so one picture is what is asked for.
  maxCount: 1,
  // "no more than 800 characters".
  maxPromptCharacters: 800,
  vendorFields: MARKS,
  usualSeconds: 20,
  // What Ark takes for Seedream 4.0 and 3.0, which these are.
  price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.03) }], source: OWN_PRICE }),
} satisfies Partial<Model>

/** "-1 default (random)"; the range is not documented, and that of the videos is taken. */
const SEED = { min: -1, max: 2 ** 32 - 1 }

/** From 4.0 on: text and pictures, of a shape that the model chooses unless it is told. */
const GENERATION_4 = {
  ...COMMON,
  operations: ['text_to_image', 'image_edit'],
  resolutions: ['2K', '1K', '4K'],
  aspectRatios: [ADAPTIVE, ...RATIOS],
  freeSizes: SIZES_4,
  outputFormats: ['png'],
  vendorFields: [...MARKS, 'scale'],
} satisfies Partial<Model>

const GENERATION_3 = {
  ...COMMON,
  operations: ['text_to_image'],
  aspectRatios: RATIOS,
  freeSizes: SIZES_3,
  inputs: {},
  seed: SEED,
  outputFormats: ['jpeg'],
  // The vendor's `use_pre_llm`.
  enhancePrompt: true,
} satisfies Partial<Model>

export const JIMENG_IMAGE_MODELS: readonly Model[] = [
  {
    ...GENERATION_4,
    id: 'jimeng_seedream46_cvtob',
    aliases: ['jimeng-4.6'],
    name: { en: 'Jimeng Image 4.6', zh: '即梦图片 4.6' },
    description: { en: 'Pictures up to 4K from text and up to 14 pictures.', zh: '文生图与图生图,最多 14 张参考图,最高 4K。' },
    upstreamNames: { jimeng: 'jimeng_seedream46_cvtob' },
    inputs: { image: { ...PICTURES, max: 14 } },
  },
  {
    ...GENERATION_4,
    id: 'jimeng_t2i_v40',
    aliases: ['jimeng-4.0'],
    name: { en: 'Jimeng Image 4.0', zh: '即梦图片 4.0' },
    description: { en: 'Pictures up to 4K from text and up to ten pictures.', zh: '文生图与图生图,最多 10 张参考图,最高 4K。' },
    upstreamNames: { jimeng: 'jimeng_t2i_v40' },
    inputs: { image: PICTURES },
  },
  {
    ...GENERATION_3,
    id: 'jimeng_t2i_v31',
    aliases: ['jimeng-3.1'],
    name: { en: 'Jimeng Image 3.1', zh: '即梦文生图 3.1' },
    description: { en: 'Pictures up to 2K from text, with more beauty and detail than 3.0.', zh: '文生图,最高 2K,画面美感与细节优于 3.0。' },
    upstreamNames: { jimeng: 'jimeng_t2i_v31' },
  },
  {
    ...GENERATION_3,
    id: 'jimeng_t2i_v30',
    aliases: ['jimeng-3.0'],
    name: { en: 'Jimeng Image 3.0', zh: '即梦文生图 3.0' },
    description: { en: 'Pictures up to 2K from text, with readable lettering.', zh: '文生图,最高 2K,文字渲染准确。' },
    upstreamNames: { jimeng: 'jimeng_t2i_v30' },
  },
  {
    ...COMMON,
    id: 'jimeng_i2i_v30',
    name: { en: 'Jimeng Image 3.0, picture to picture', zh: '即梦图生图 3.0 智能参考' },
    description: { en: 'Changes one picture as the words say.', zh: '按文字修改一张图片。' },
    upstreamNames: { jimeng: 'jimeng_i2i_v30' },
    operations: ['image_edit'],
    aspectRatios: NARROWER_RATIOS,
    // "in [512, 2016]"; what comes out is the nearest multiple of 16.
    freeSizes: { default: '1328x1328', multipleOf: 1, minSidePixels: 512, maxSidePixels: 2016 },
    inputs: { image: ONE_PICTURE },
    seed: SEED,
    outputFormats: ['jpeg'],
    vendorFields: [...MARKS, 'scale'],
  },
  {
    ...COMMON,
    id: 'jimeng_image2image_dream_inpaint',
    name: { en: 'Jimeng inpainting', zh: '即梦交互编辑(局部重绘)' },
    description: { en: 'Paints the masked part of a picture anew, or removes what is there.', zh: '对图片的蒙版区域进行重绘或消除。' },
    upstreamNames: { jimeng: 'jimeng_image2image_dream_inpaint' },
    operations: ['image_edit'],
    aspectRatios: [ADAPTIVE],
    inputs: { image: { ...ONE_PICTURE, roles: ['source', 'mask'], max: 2, maxReferences: 1 } },
    seed: SEED,
    vendorFields: [...MARKS, 'mask_changes'],
  },
  {
    ...COMMON,
    id: 'jimeng_high_aes_general_v21_L',
    aliases: ['jimeng-2.1'],
    name: { en: 'Jimeng Image 2.1', zh: '即梦通用 2.1 文生图' },
    description: { en: 'Small pictures from text at once, enlarged on demand.', zh: '文生图,同步返回,可选超分放大。' },
    upstreamNames: { jimeng: 'jimeng_high_aes_general_v21_L' },
    operations: ['text_to_image'],
    aspectRatios: NARROWER_RATIOS,
    // "256–768 (512)"; `use_sr` doubles the sides.
    freeSizes: { default: '512x512', multipleOf: 1, minSidePixels: 256, maxSidePixels: 768 },
    inputs: {},
    seed: SEED,
    enhancePrompt: true,
    upsample: true,
    usualSeconds: 10,
  },
]
