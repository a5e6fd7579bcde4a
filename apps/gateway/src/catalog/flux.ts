import { ADAPTIVE, type Model } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'

/** Black Forest Labs' FLUX. */

const MEBIBYTE = 1024 * 1024
const RATIOS = ['1:1', '21:9', '16:9', '3:2', '4:3', '5:4', '4:5', '3:4', '2:3', '9:16', '9:21']

const COMMON = {
  kind: 'image',
  family: 'flux',
  framesPerSecond: 0,
  audio: 'never',
  // The vendor gives no range; 32 bits are what others take.
  seed: { min: 0, max: 2 ** 32 - 1 },
  inputs: {},
  maxCount: 1,
  // No limit is documented; this one is ours.
  maxPromptCharacters: 10_000,
  enhancePrompt: true,
  outputFormats: ['jpeg', 'png', 'webp'],
  vendorFields: ['safety_tolerance'],
  usualSeconds: 10,
} satisfies Partial<Model>

/** "width 256–1440 ×32 (1024), height (768)". */
const FIRST_SIZES: Model['freeSizes'] = { default: '1024x768', multipleOf: 32, minSidePixels: 256, maxSidePixels: 1440 }
/** "FLUX.2 sizes: multiples of 16, min 64, ≤ 4 MP". */
const SECOND_SIZES: Model['freeSizes'] = { default: '1024x1024', multipleOf: 16, minSidePixels: 64, maxSidePixels: 4096, maxArea: 4 * MEBIBYTE }

const SOURCE: Model['inputs'] = { image: { roles: ['source'], max: 1, maxBytes: 20 * MEBIBYTE } }
/** Redux: a picture that the new one shall be like. */
const LIKENESS: Model['inputs'] = { image: { roles: ['reference'], max: 1, maxBytes: 20 * MEBIBYTE } }

const FLUX_2 = {
  ...COMMON,
  operations: ['text_to_image', 'image_edit'],
  freeSizes: SECOND_SIZES,
  inputs: { image: { roles: ['source', 'reference'], max: 8, maxBytes: 20 * MEBIBYTE } },
} satisfies Partial<Model>

const KONTEXT = {
  ...COMMON,
  operations: ['text_to_image', 'image_edit'],
  aspectRatios: RATIOS,
  inputs: { image: { roles: ['source', 'reference'], max: 4, maxBytes: 20 * MEBIBYTE } },
  outputFormats: ['png', 'jpeg', 'webp'],
} satisfies Partial<Model>

const PICTURE_SOURCE = 'Black Forest Labs pricing, USD per picture, 2026-02'
/** The first megapixel costs more than the following ones; a card has one price, which is that of the first. */
const MEGAPIXEL_SOURCE = 'Black Forest Labs pricing, USD for the first megapixel, 2026-02; the vendor charges less for each further one'

export const FLUX_MODELS: readonly Model[] = [
  {
    ...COMMON,
    id: 'flux-1.1-pro',
    aliases: ['flux-pro-1.1', 'black-forest-labs/flux-1.1-pro', 'fal-ai/flux-pro/v1.1'],
    name: { en: 'FLUX 1.1 Pro', zh: 'FLUX 1.1 Pro' },
    description: { en: 'Quick pictures from text, up to 1440 pixels a side.', zh: '快速文生图,边长最高 1440 像素。' },
    upstreamNames: { 'bfl-flux': 'flux-pro-1.1', fal: 'fal-ai/flux-pro/v1.1', replicate: 'black-forest-labs/flux-1.1-pro' },
    operations: ['text_to_image', 'image_edit'],
    freeSizes: FIRST_SIZES,
    inputs: LIKENESS,
    price: perPicture(0.04),
  },
  {
    ...COMMON,
    id: 'flux-pro-1.1-ultra',
    aliases: ['flux-1.1-pro-ultra', 'black-forest-labs/flux-1.1-pro-ultra', 'fal-ai/flux-pro/v1.1-ultra'],
    name: { en: 'FLUX 1.1 Pro Ultra', zh: 'FLUX 1.1 Pro Ultra' },
    description: { en: 'Pictures of about four megapixels from text, natural if raw is asked.', zh: '文生图,约 400 万像素,可选更自然的 raw 模式。' },
    upstreamNames: { 'bfl-flux': 'flux-pro-1.1-ultra', fal: 'fal-ai/flux-pro/v1.1-ultra', replicate: 'black-forest-labs/flux-1.1-pro-ultra' },
    operations: ['text_to_image', 'image_edit'],
    // "aspect_ratio ("16:9")".
    aspectRatios: ['16:9', ...RATIOS.filter((ratio) => ratio !== '16:9')],
    inputs: LIKENESS,
    vendorFields: ['safety_tolerance', 'raw', 'image_prompt_strength'],
    usualSeconds: 15,
    price: perPicture(0.06),
  },
  {
    ...COMMON,
    id: 'flux-pro',
    aliases: ['flux-pro-1.0', 'flux.1-pro', 'black-forest-labs/flux-pro', 'fal-ai/flux-pro', 'fal-ai/flux-pro/new'],
    name: { en: 'FLUX.1 Pro', zh: 'FLUX.1 Pro' },
    description: { en: 'The first FLUX Pro, for clients that name it.', zh: '第一代 FLUX Pro,供仍使用该名称的客户端调用。' },
    upstreamNames: { 'bfl-flux': 'flux-pro' },
    operations: ['text_to_image', 'image_edit'],
    freeSizes: FIRST_SIZES,
    inputs: LIKENESS,
    vendorFields: ['safety_tolerance', 'steps', 'guidance', 'interval'],
    price: perPicture(0.05, 'Black Forest Labs no longer lists it (2026-05); unconfirmed, USD per picture'),
  },
  {
    ...COMMON,
    id: 'flux-dev',
    aliases: ['flux.1-dev', 'flux-1-dev', 'black-forest-labs/flux-dev', 'fal-ai/flux/dev', 'black-forest-labs/FLUX.1-dev'],
    name: { en: 'FLUX.1 Dev', zh: 'FLUX.1 Dev' },
    description: { en: 'The open FLUX, with steps and guidance of your own.', zh: '开放权重的 FLUX,可自定步数和引导强度。' },
    upstreamNames: { 'bfl-flux': 'flux-dev', fal: 'fal-ai/flux/dev' },
    operations: ['text_to_image', 'image_edit'],
    freeSizes: FIRST_SIZES,
    inputs: LIKENESS,
    vendorFields: ['safety_tolerance', 'steps', 'guidance'],
    price: perPicture(0.025),
  },
  {
    ...COMMON,
    id: 'flux-schnell',
    aliases: ['flux.1-schnell', 'flux-1-schnell', 'black-forest-labs/flux-schnell', 'fal-ai/flux/schnell', 'black-forest-labs/FLUX.1-schnell'],
    name: { en: 'FLUX.1 Schnell', zh: 'FLUX.1 Schnell' },
    description: { en: 'The quickest and cheapest FLUX, in a few steps.', zh: '速度最快、价格最低的 FLUX,仅需数步。' },
    // The vendor itself does not serve it; others do.
    upstreamNames: { fal: 'fal-ai/flux/schnell' },
    operations: ['text_to_image'],
    freeSizes: FIRST_SIZES,
    maxCount: 4,
    vendorFields: ['steps'],
    usualSeconds: 3,
    price: perPicture(0.003, 'Replicate and fal price pages, USD per picture, unconfirmed, 2026-11'),
  },
  {
    ...KONTEXT,
    id: 'flux-kontext-pro',
    aliases: ['flux-kontext', 'black-forest-labs/flux-kontext-pro', 'fal-ai/flux-pro/kontext', 'fal-ai/flux-pro/kontext/text-to-image'],
    name: { en: 'FLUX Kontext Pro', zh: 'FLUX Kontext Pro' },
    description: { en: 'Changes a picture as the words say, or makes a new one.', zh: '按文字修改图片,也可直接文生图。' },
    upstreamNames: { 'bfl-flux': 'flux-kontext-pro', fal: 'fal-ai/flux-pro/kontext', replicate: 'black-forest-labs/flux-kontext-pro' },
    price: perPicture(0.04),
  },
  {
    ...KONTEXT,
    id: 'flux-kontext-max',
    aliases: ['black-forest-labs/flux-kontext-max', 'fal-ai/flux-pro/kontext/max', 'fal-ai/flux-pro/kontext/max/text-to-image'],
    name: { en: 'FLUX Kontext Max', zh: 'FLUX Kontext Max' },
    description: { en: 'Kontext with the best lettering and the closest reading of the words.', zh: 'Kontext 的最高质量版本,文字排版和指令理解更好。' },
    upstreamNames: { 'bfl-flux': 'flux-kontext-max', fal: 'fal-ai/flux-pro/kontext/max', replicate: 'black-forest-labs/flux-kontext-max' },
    usualSeconds: 15,
    price: perPicture(0.08),
  },
  {
    ...COMMON,
    id: 'flux-pro-1.0-fill',
    aliases: ['flux-fill', 'flux-fill-pro', 'black-forest-labs/flux-fill-pro', 'fal-ai/flux-pro/v1/fill'],
    name: { en: 'FLUX.1 Fill Pro', zh: 'FLUX.1 Fill Pro' },
    description: { en: 'Paints the masked part of a picture anew.', zh: '对图片的蒙版区域进行重绘。' },
    upstreamNames: { 'bfl-flux': 'flux-pro-1.0-fill', fal: 'fal-ai/flux-pro/v1/fill', replicate: 'black-forest-labs/flux-fill-pro' },
    operations: ['image_edit'],
    inputs: { image: { roles: ['source', 'mask'], max: 2, maxReferences: 1, maxBytes: 20 * MEBIBYTE } },
    promptOptional: ['image_edit'],
    vendorFields: ['safety_tolerance', 'steps', 'guidance'],
    price: perPicture(0.05),
  },
  {
    ...COMMON,
    id: 'flux-pro-1.0-expand',
    aliases: ['flux-expand', 'flux-expand-pro', 'black-forest-labs/flux-expand-pro', 'fal-ai/flux-pro/v1/outpaint'],
    name: { en: 'FLUX.1 Expand Pro', zh: 'FLUX.1 Expand Pro' },
    description: { en: 'Continues a picture beyond its edges.', zh: '向外扩展图片画面。' },
    upstreamNames: { 'bfl-flux': 'flux-pro-1.0-expand' },
    operations: ['reframe'],
    inputs: SOURCE,
    vendorFields: ['safety_tolerance', 'steps', 'guidance', 'top', 'bottom', 'left', 'right'],
    price: perPicture(0.05, 'Black Forest Labs pricing of Fill, USD per picture, 2026-02; Expand itself unconfirmed'),
  },
  {
    ...FLUX_2,
    id: 'flux-2-max',
    aliases: ['black-forest-labs/flux-2-max', 'fal-ai/flux-2-max'],
    name: { en: 'FLUX.2 Max', zh: 'FLUX.2 Max' },
    description: { en: 'The best FLUX.2: pictures up to four megapixels, from text and up to eight pictures.', zh: '质量最高的 FLUX.2:由文字和最多 8 张图片生成最高 400 万像素的图片。' },
    upstreamNames: { 'bfl-flux': 'flux-2-max', fal: 'fal-ai/flux-2-max', replicate: 'black-forest-labs/flux-2-max' },
    usualSeconds: 20,
    price: perMegapixel(0.07),
  },
  {
    ...FLUX_2,
    id: 'flux-2-pro',
    aliases: ['flux-2-pro-preview', 'flux-2', 'black-forest-labs/flux-2-pro', 'fal-ai/flux-2-pro'],
    name: { en: 'FLUX.2 Pro', zh: 'FLUX.2 Pro' },
    description: { en: 'Pictures up to four megapixels, from text and up to eight pictures.', zh: '由文字和最多 8 张图片生成最高 400 万像素的图片。' },
    upstreamNames: { 'bfl-flux': 'flux-2-pro', fal: 'fal-ai/flux-2-pro', replicate: 'black-forest-labs/flux-2-pro' },
    price: perMegapixel(0.03),
  },
  {
    ...FLUX_2,
    id: 'flux-2-flex',
    aliases: ['black-forest-labs/flux-2-flex', 'fal-ai/flux-2-flex'],
    name: { en: 'FLUX.2 Flex', zh: 'FLUX.2 Flex' },
    description: { en: 'FLUX.2 with steps and guidance of your own.', zh: '可自定步数和引导强度的 FLUX.2。' },
    upstreamNames: { 'bfl-flux': 'flux-2-flex', fal: 'fal-ai/flux-2-flex', replicate: 'black-forest-labs/flux-2-flex' },
    vendorFields: ['safety_tolerance', 'steps', 'guidance'],
    usualSeconds: 15,
    price: perMegapixel(0.06, `${MEGAPIXEL_SOURCE}; copies differ between 0.05 and 0.06`),
  },
  {
    ...FLUX_2,
    id: 'flux-2-klein-9b',
    aliases: ['flux-2-klein-9b-preview', 'black-forest-labs/flux-2-klein-9b'],
    name: { en: 'FLUX.2 Klein 9B', zh: 'FLUX.2 Klein 9B' },
    description: { en: 'A small, quick FLUX.2.', zh: '小巧快速的 FLUX.2。' },
    upstreamNames: { 'bfl-flux': 'flux-2-klein-9b' },
    inputs: { image: { ...FLUX_2.inputs.image, max: 4 } },
    usualSeconds: 3,
    price: perMegapixel(0.015),
  },
  {
    ...FLUX_2,
    id: 'flux-2-klein-4b',
    aliases: ['black-forest-labs/flux-2-klein-4b'],
    name: { en: 'FLUX.2 Klein 4B', zh: 'FLUX.2 Klein 4B' },
    description: { en: 'The smallest FLUX.2.', zh: '最小的 FLUX.2。' },
    upstreamNames: { 'bfl-flux': 'flux-2-klein-4b' },
    inputs: { image: { ...FLUX_2.inputs.image, max: 4 } },
    usualSeconds: 2,
    price: perMegapixel(0.014),
  },
  {
    id: 'flux-3-video',
    aliases: ['flux-3', 'black-forest-labs/flux-3-video'],
    kind: 'video',
    family: 'flux',
    name: { en: 'FLUX 3 Video', zh: 'FLUX 3 Video' },
    description: {
      en: 'Video of 5 to 20 seconds with sound, from text, from frames, or going on from another video.',
      zh: '由文字、首尾帧或已有视频生成 5 至 20 秒有声视频。',
    },
    upstreamNames: { 'bfl-flux': 'flux-3-video', openrouter: 'black-forest-labs/flux-3-video' },
    operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'extend'],
    duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 20, auto: true },
    // The vendor's "hd" and "fhd".
    resolutions: ['720p', '1080p'],
    aspectRatios: [ADAPTIVE, '16:9', '21:9', '2:1', '4:3', '1:1', '3:4', '9:16'],
    framesPerSecond: 24,
    audio: 'optional',
    audioDefault: true,
    inputs: {
      image: { roles: ['first_frame', 'last_frame'], max: 2, maxBytes: 20 * MEBIBYTE },
      video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE },
    },
    maxCount: 1,
    // No limit is documented; this one is ours.
    maxPromptCharacters: 10_000,
    promptOptional: ['image_to_video', 'first_last_frame'],
    outputFormats: ['mp4'],
    vendorFields: ['safety_tolerance', 'version'],
    usualSeconds: 120,
    price: rateCard({
      unit: 'second',
      rates: [{ when: { resolution: ['1080p'] }, micros: dollars(0.29) }, { micros: dollars(0.17) }],
      source: 'resellers of FLUX 3, USD per second, 2026-10; the vendor\'s own price is unconfirmed',
    }),
  },
]

function perPicture(amountDollars: number, source = PICTURE_SOURCE): RateCard {
  return rateCard({ unit: 'image', rates: [{ micros: dollars(amountDollars) }], source })
}

/** Less than a megapixel is charged as one. */
function perMegapixel(amountDollars: number, source = MEGAPIXEL_SOURCE): RateCard {
  const rates: Rate[] = [{ micros: dollars(amountDollars) }]
  return rateCard({ unit: 'megapixel', rates, minimumUnits: 1, source })
}
