import { parseSize, type Model } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'

/** OpenAI's image models. DALL·E and GPT Image 1 are closed at the vendor; compatible servers go on with their names. */

const SQUARE = '1024x1024'
const LONGER_SIZES = ['1536x1024', '1024x1536']
const GPT_IMAGE_SIZES = [SQUARE, ...LONGER_SIZES, 'auto']

const MEBIBYTE = 1024 * 1024

const OWN_PRICE = 'own default, no published price, 2026-11: as for GPT Image 2, with its higher qualities at twice and four times the high one'

const GPT_IMAGE = {
  kind: 'image',
  family: 'gpt-image',
  operations: ['text_to_image', 'image_edit'],
  sizes: GPT_IMAGE_SIZES,
  // The vendor's default is `auto`, whose price nobody knows before; ours has one.
  qualities: ['medium', 'low', 'high', 'auto'],
  framesPerSecond: 0,
  audio: 'never',
  // "image ×1–16 (< 50 MB each)"; the mask comes on top and has one size with the first.
  inputs: { image: { roles: ['source', 'reference', 'mask'], max: 17, maxReferences: 16, maxBytes: 50 * MEBIBYTE } },
  maxCount: 10,
  maxPromptCharacters: 32_000,
  outputFormats: ['png', 'jpeg', 'webp'],
  vendorFields: ['background', 'moderation', 'output_compression', 'input_fidelity'],
  usualSeconds: 40,
} satisfies Partial<Model>

/** From GPT Image 2 on, any size in blocks of 16 pixels. */
const { sizes: _, ...GPT_IMAGE_WITHOUT_SIZES } = GPT_IMAGE
const GPT_IMAGE_2 = {
  ...GPT_IMAGE_WITHOUT_SIZES,
  // "free WxH, both divisible by 16, ratio within 1:3–3:1, longest edge ≤ 3840, 655 360–8 294 400 px".
  freeSizes: { default: SQUARE, multipleOf: 16, minSidePixels: 480, maxSidePixels: 3840, minArea: 655_360, maxArea: 8_294_400, maxRatio: 3 },
  // "omit input_fidelity for gpt-image-2".
  vendorFields: ['background', 'moderation', 'output_compression'],
} satisfies Partial<Model>

const GPT_IMAGE_2_5 = {
  ...GPT_IMAGE_2,
  qualities: ['medium', 'low', 'high', 'xhigh', 'max', 'auto'],
  price: rateCard({ unit: 'megapixel', rates: [...perMegapixel('low', 0.006), ...perMegapixel('medium', 0.053), ...perMegapixel('high', 0.211), ...perMegapixel('xhigh', 0.422), ...perMegapixel(undefined, 0.844)], source: OWN_PRICE }),
} satisfies Partial<Model>

export const OPENAI_IMAGE_MODELS: readonly Model[] = [
  ...([['2.6', 'sunburst'], ['2.6', 'flare'], ['2.5', 'sunburst'], ['2.5', 'flare']] as const).map(([version, edition]): Model => {
    const id = `gpt-image-${version}-${edition}`
    const title = `GPT Image ${version} ${edition === 'flare' ? 'Flare' : 'Sunburst'}`
    const runway = version === '2.5' ? `gpt_image_2_5_${edition}` : undefined
    return {
      ...GPT_IMAGE_2_5,
      id,
      aliases: [`openai/${id}`, ...(runway === undefined ? [] : [`${id}-2026-09-08`, runway])],
      name: { en: title, zh: title },
      description: { en: 'Pictures of any size from text, and edits of up to 16 pictures, in five qualities.', zh: '任意尺寸文生图,并可编辑最多 16 张图片,五档质量。' },
      upstreamNames: { openai: id, ...(runway !== undefined && { runway }) },
    }
  }),
  {
    ...GPT_IMAGE_2,
    id: 'gpt-image-2',
    aliases: ['gpt-image-2-2026-04-21', 'openai/gpt-image-2', 'gpt_image_2'],
    name: { en: 'GPT Image 2', zh: 'GPT Image 2' },
    description: { en: 'Pictures of any size up to 3840 pixels a side from text, and edits of up to 16 pictures.', zh: '文生图,任意尺寸,边长最高 3840 像素,并可编辑最多 16 张图片。' },
    upstreamNames: { openai: 'gpt-image-2', runway: 'gpt_image_2' },
    price: rateCard({
      unit: 'megapixel',
      rates: [...perMegapixel('low', 0.006, 0.005), ...perMegapixel('medium', 0.053, 0.041), ...perMegapixel(undefined, 0.211, 0.165)],
      source: 'OpenAI pricing page as of 2026-11, USD per image of 1024x1024 and 1536x1024; other sizes by their pixels, as the square',
    }),
  },
  {
    ...GPT_IMAGE,
    id: 'chatgpt-image-latest',
    name: { en: 'ChatGPT Image', zh: 'ChatGPT Image' },
    description: { en: 'The model that ChatGPT draws with at the time.', zh: 'ChatGPT 当前使用的图片模型。' },
    upstreamNames: { openai: 'chatgpt-image-latest' },
    price: gptImagePrice({ low: [0.009, 0.013], medium: [0.034, 0.05], high: [0.133, 0.2] }, 'own default, no published price, 2026-11: as for GPT Image 1.5'),
  },
  {
    ...GPT_IMAGE,
    id: 'gpt-image-1.5',
    aliases: ['openai/gpt-image-1.5', 'fal-ai/gpt-image-1.5', 'fal-ai/gpt-image-1.5/edit'],
    name: { en: 'GPT Image 1.5', zh: 'GPT Image 1.5' },
    description: { en: 'Pictures from text, and edits of up to 16 pictures.', zh: '文生图,并可编辑最多 16 张图片。' },
    upstreamNames: { openai: 'gpt-image-1.5', replicate: 'openai/gpt-image-1.5', fal: 'fal-ai/gpt-image-1.5' },
    price: gptImagePrice({ low: [0.009, 0.013], medium: [0.034, 0.05], high: [0.133, 0.2] }, 'OpenAI pricing page as of 2026-11, USD per image'),
  },
  {
    ...GPT_IMAGE,
    id: 'gpt-image-1',
    aliases: ['openai/gpt-image-1', 'fal-ai/gpt-image-1/text-to-image', 'fal-ai/gpt-image-1/edit-image'],
    name: { en: 'GPT Image 1', zh: 'GPT Image 1' },
    description: { en: 'The first GPT Image, for clients that name it.', zh: '第一代 GPT Image,供仍使用该名称的客户端调用。' },
    upstreamNames: { openai: 'gpt-image-1' },
    price: gptImagePrice(
      { low: [0.011, 0.016], medium: [0.042, 0.063], high: [0.167, 0.25] },
      'OpenAI pricing page before its removal on 2026-10-23, USD per image; 1536-pixel sizes unconfirmed',
    ),
  },
  {
    ...GPT_IMAGE,
    id: 'gpt-image-1-mini',
    aliases: ['openai/gpt-image-1-mini', 'fal-ai/gpt-image-1-mini'],
    name: { en: 'GPT Image 1 Mini', zh: 'GPT Image 1 Mini' },
    description: { en: 'The cheapest GPT Image.', zh: '价格最低的 GPT Image。' },
    upstreamNames: { openai: 'gpt-image-1-mini' },
    price: gptImagePrice(
      { low: [0.005, 0.006], medium: [0.011, 0.015], high: [0.036, 0.052] },
      'OpenAI pricing page as of 2026-11, USD per image; 1536-pixel sizes unconfirmed',
    ),
  },
  {
    id: 'dall-e-3',
    aliases: ['openai/dall-e-3'],
    kind: 'image',
    family: 'dall-e',
    name: { en: 'DALL·E 3', zh: 'DALL·E 3' },
    description: { en: 'Pictures from text, vivid or natural.', zh: '文生图,可选 vivid 或 natural 风格。' },
    upstreamNames: { openai: 'dall-e-3' },
    operations: ['text_to_image'],
    sizes: [SQUARE, '1792x1024', '1024x1792'],
    qualities: ['standard', 'hd'],
    styles: ['vivid', 'natural'],
    framesPerSecond: 0,
    audio: 'never',
    inputs: {},
    maxCount: 1,
    // "dall-e-3: … n = 1, prompt ≤ 4000".
    maxPromptCharacters: 4000,
    outputFormats: ['png'],
    usualSeconds: 20,
    price: rateCard({
      unit: 'image',
      rates: [
        { when: { quality: ['standard'], size: [SQUARE] }, micros: dollars(0.04) },
        { when: { quality: ['standard'] }, micros: dollars(0.08) },
        { when: { size: [SQUARE] }, micros: dollars(0.08) },
        { micros: dollars(0.12) },
      ],
      source: 'OpenAI pricing page before its retirement on 2026-05-12, USD per image',
    }),
  },
  {
    id: 'dall-e-2',
    aliases: ['openai/dall-e-2'],
    kind: 'image',
    family: 'dall-e',
    name: { en: 'DALL·E 2', zh: 'DALL·E 2' },
    description: { en: 'Square pictures from text, edits with a mask, and variations.', zh: '方形文生图、蒙版编辑与变体。' },
    upstreamNames: { openai: 'dall-e-2' },
    operations: ['text_to_image', 'image_edit', 'variation'],
    sizes: [SQUARE, '512x512', '256x256'],
    framesPerSecond: 0,
    audio: 'never',
    inputs: { image: { roles: ['source', 'mask'], max: 2, maxReferences: 1, maxBytes: 4 * MEBIBYTE } },
    maxCount: 10,
    // "dall-e-2: … prompt ≤ 1000, n ≤ 10".
    maxPromptCharacters: 1000,
    outputFormats: ['png'],
    usualSeconds: 15,
    price: rateCard({
      unit: 'image',
      rates: [{ when: { size: ['256x256'] }, micros: dollars(0.016) }, { when: { size: ['512x512'] }, micros: dollars(0.018) }, { micros: dollars(0.02) }],
      source: 'OpenAI pricing page before its retirement on 2026-05-12, USD per image, unconfirmed',
    }),
  },
]


/** Rates by the pixel that come to the published price of a square, and of a longer picture where that has its own. */
function perMegapixel(quality: string | undefined, square: number, longer?: number): Rate[] {
  const when = quality === undefined ? {} : { quality: [quality] }
  const rate = { ...(quality !== undefined && { when }), micros: dollars(square) / megapixelsOf(SQUARE) }
  return longer === undefined ? [rate] : [{ when: { ...when, size: LONGER_SIZES }, micros: dollars(longer) / megapixelsOf(LONGER_SIZES[0]!) }, rate]
}

function megapixelsOf(size: string): number {
  const [width, height] = parseSize(size)!
  return (width * height) / 1e6
}

/** Dollars by quality: of the square, and of the two longer sizes. `auto` costs what the vendor may make of it at most. */
function gptImagePrice(prices: Record<'low' | 'medium' | 'high', [square: number, longer: number]>, source: string): RateCard {
  return rateCard({
    unit: 'image',
    rates: [
      { when: { quality: ['low'], size: [SQUARE] }, micros: dollars(prices.low[0]) },
      { when: { quality: ['low'] }, micros: dollars(prices.low[1]) },
      { when: { quality: ['medium'], size: [SQUARE] }, micros: dollars(prices.medium[0]) },
      { when: { quality: ['medium'] }, micros: dollars(prices.medium[1]) },
      { when: { size: [SQUARE] }, micros: dollars(prices.high[0]) },
      { micros: dollars(prices.high[1]) },
    ],
    source,
  })
}
