import { ADAPTIVE, type Model, type SizeBounds } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'
import { picturesOf } from './picture-sizes.ts'

/** Pictures of Alibaba's Wan 通义万相 and Qwen Image, on DashScope (Model Studio). */

const OWN_PRICE = 'own default, no published price, 2026-11'
const IMAGE_PRICE_SOURCE = 'DashScope, USD per image, 2026-08'

const MEBIBYTE = 1024 * 1024

const IMAGE = {
  kind: 'image',
  family: 'wan-image',
  operations: ['text_to_image'],
  framesPerSecond: 0,
  audio: 'never',
  seed: { min: 0, max: 2 ** 31 - 1 },
  inputs: {},
  maxCount: 4,
  maxPromptCharacters: 800,
  negativePrompt: true,
  enhancePrompt: true,
  outputFormats: ['png'],
  vendorFields: ['watermark'],
  usualSeconds: 20,
} satisfies Partial<Model>

/** "512–1440 per side for 2.1/2.2". */
const SIZES_2_1: SizeBounds = { default: '1024x1024', multipleOf: 2, minSidePixels: 512, maxSidePixels: 1440 }
/** 2.5 gives no bounds but those of the pixels: 768² to 1440², 1:4 to 4:1. */
const SIZES_2_5: SizeBounds = { default: '1280x1280', multipleOf: 2, minSidePixels: 384, maxSidePixels: 2880, minArea: 768 * 768, maxArea: 1440 * 1440, maxRatio: 4 }
const IMAGE_PRICE = rateCard({ unit: 'image', rates: [{ micros: dollars(0.03) }], source: IMAGE_PRICE_SOURCE })

const IMAGE_RATIOS = ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3']
const CONVERSATION = {
  ...IMAGE,
  operations: ['text_to_image', 'image_edit'],
  inputs: { image: { roles: ['source', 'reference'], max: 9, maxBytes: 20 * MEBIBYTE, minSidePixels: 240, maxSidePixels: 8000 } },
  maxPromptCharacters: 5000,
} satisfies Partial<Model>

export const ALIBABA_IMAGE_MODELS: readonly Model[] = [
  {
    ...CONVERSATION,
    ...picturesOf(['2K', '1K', '4K'], IMAGE_RATIOS),
    id: 'wan2.7-image-pro',
    name: { en: 'Wan 2.7 Image Pro', zh: '通义万相 2.7 图片 Pro' },
    description: { en: 'Pictures up to 4K from text, and up to 2K from up to nine pictures.', zh: '文生图最高 4K,多图编辑最高 2K,最多 9 张参考图。' },
    upstreamNames: { dashscope: 'wan2.7-image-pro' },
    // "4K pro t2i only".
    exceptions: [{ when: { operation: ['image_edit'] }, resolutions: ['2K', '1K'] }],
    maxCount: 12,
    vendorFields: ['watermark', 'thinking_mode', 'enable_sequential', 'bbox_list', 'color_palette'],
    usualSeconds: 30,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.075) }], source: OWN_PRICE }),
  },
  {
    ...CONVERSATION,
    ...picturesOf(['2K', '1K'], IMAGE_RATIOS),
    id: 'wan2.7-image',
    name: { en: 'Wan 2.7 Image', zh: '通义万相 2.7 图片' },
    description: { en: 'Pictures up to 2K from text and up to nine pictures.', zh: '文生图与多图编辑,最多 9 张参考图,最高 2K。' },
    upstreamNames: { dashscope: 'wan2.7-image' },
    maxCount: 12,
    vendorFields: ['watermark', 'thinking_mode', 'enable_sequential', 'bbox_list', 'color_palette'],
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.03) }], source: OWN_PRICE }),
  },
  {
    ...CONVERSATION,
    ...picturesOf(['1K', '2K'], IMAGE_RATIOS),
    id: 'wan2.6-image',
    name: { en: 'Wan 2.6 Image', zh: '通义万相 2.6 图片' },
    description: { en: 'Pictures from text and up to nine pictures.', zh: '文生图与多图编辑,最多 9 张参考图。' },
    upstreamNames: { dashscope: 'wan2.6-image' },
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.03) }], source: OWN_PRICE }),
  },
  {
    ...IMAGE,
    id: 'wan2.6-t2i',
    name: { en: 'Wan 2.6, text to image', zh: '通义万相 2.6 文生图' },
    description: { en: 'Pictures from text.', zh: '文生图。' },
    upstreamNames: { dashscope: 'wan2.6-t2i' },
    freeSizes: SIZES_2_5,
    maxPromptCharacters: 2000,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.03) }], source: OWN_PRICE }),
  },
  {
    ...IMAGE,
    id: 'wan2.5-t2i-preview',
    name: { en: 'Wan 2.5, text to image', zh: '通义万相 2.5 文生图' },
    description: { en: 'Pictures from text.', zh: '文生图。' },
    upstreamNames: { dashscope: 'wan2.5-t2i-preview' },
    freeSizes: SIZES_2_5,
    maxPromptCharacters: 2000,
    price: IMAGE_PRICE,
  },
  {
    ...IMAGE,
    id: 'wan2.5-i2i-preview',
    name: { en: 'Wan 2.5, image to image', zh: '通义万相 2.5 图生图' },
    description: { en: 'New pictures from one to three pictures and words.', zh: '由一至三张图片和文字生成新图。' },
    upstreamNames: { dashscope: 'wan2.5-i2i-preview' },
    operations: ['image_edit'],
    freeSizes: SIZES_2_5,
    inputs: { image: { roles: ['source', 'reference'], max: 3, maxBytes: 10 * MEBIBYTE } },
    maxPromptCharacters: 2000,
    price: IMAGE_PRICE,
  },
  ...(['wan2.2-t2i-plus', 'wan2.2-t2i-flash', 'wanx2.1-t2i-plus', 'wanx2.1-t2i-turbo'] as const).map((id): Model => {
    const [, version, edition] = /(\d\.\d)-t2i-(\w+)/.exec(id)!
    const quick = edition !== 'plus'
    return {
      ...IMAGE,
      id,
      name: { en: `Wan ${version} ${edition}, text to image`, zh: `通义万相 ${version} ${edition} 文生图` },
      description: { en: quick ? 'Quick pictures from text.' : 'Pictures from text.', zh: quick ? '快速文生图。' : '文生图。' },
      upstreamNames: { dashscope: id },
      freeSizes: SIZES_2_1,
      usualSeconds: quick ? 10 : 25,
      price: rateCard({ unit: 'image', rates: [{ micros: dollars(quick ? 0.025 : 0.05) }], source: OWN_PRICE }),
    }
  }),
  {
    ...IMAGE,
    id: 'wanx2.1-imageedit',
    name: { en: 'Wan 2.1, image edit', zh: '通义万相 2.1 图像编辑' },
    description: { en: 'Changes a picture, within a mask if given, by one of its functions.', zh: '按指定功能修改一张图片,可用蒙版限定区域。' },
    upstreamNames: { dashscope: 'wanx2.1-imageedit' },
    operations: ['image_edit'],
    aspectRatios: [ADAPTIVE],
    inputs: { image: { roles: ['source', 'mask'], max: 2, maxReferences: 1, maxBytes: 10 * MEBIBYTE } },
    negativePrompt: false,
    enhancePrompt: false,
    vendorFields: ['watermark', 'function', 'strength'],
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.02) }], source: OWN_PRICE }),
  },
  {
    ...IMAGE,
    id: 'qwen-image',
    aliases: ['qwen/qwen-image', 'fal-ai/qwen-image'],
    family: 'qwen-image',
    name: { en: 'Qwen Image', zh: '千问图像' },
    description: { en: 'Pictures from text, strong at writing in them.', zh: '文生图,擅长文字渲染。' },
    upstreamNames: { dashscope: 'qwen-image', replicate: 'qwen/qwen-image', fal: 'fal-ai/qwen-image' },
    // The sizes that DashScope lists.
    sizes: ['1328x1328', '1664x928', '1472x1140', '1140x1472', '928x1664'],
    maxCount: 1,
    price: rateCard({ unit: 'megapixel', rates: [{ micros: dollars(0.02) }], source: 'fal, USD per megapixel, 2026-05, low confidence' }),
  },
  {
    ...IMAGE,
    id: 'qwen-image-edit',
    aliases: ['qwen/qwen-image-edit', 'fal-ai/qwen-image-edit'],
    family: 'qwen-image',
    name: { en: 'Qwen Image Edit', zh: '千问图像编辑' },
    description: { en: 'Changes a picture as the words say.', zh: '按文字修改一张图片。' },
    upstreamNames: { dashscope: 'qwen-image-edit', replicate: 'qwen/qwen-image-edit', fal: 'fal-ai/qwen-image-edit' },
    operations: ['image_edit'],
    aspectRatios: [ADAPTIVE],
    inputs: { image: { roles: ['source', 'reference'], max: 3, maxBytes: 10 * MEBIBYTE } },
    maxCount: 1,
    enhancePrompt: false,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.045) }], source: OWN_PRICE }),
  },
]
