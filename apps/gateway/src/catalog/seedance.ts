import { ADAPTIVE, type InputLimit, type Model, type PixelTable } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'

/**
 * ByteDance Seedance, on Volcengine Ark (China, `doubao-…`) and BytePlus ModelArk (international, `dreamina-…` for 2.x).
 * Priced by tokens: width × height × 24 frames × seconds / 1024; the seconds of reference videos count too.
 */

/** Where the vendor's numbers come from; see also https://docs.byteplus.com/en/docs/ModelArk. */
const PRICE_SOURCE = 'BytePlus ModelArk price page, USD per million tokens, verified 2026-08-06'
const PRICE_SOURCE_2_5 = 'BytePlus ModelArk price page, read again 2026-10-08; rates with video input back-computed from a reseller, 2026-08-21'

const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9']
const FRAME_OPERATIONS: Model['operations'] = ['image_to_video', 'first_last_frame']

const PIXELS_1_0: PixelTable = {
  '480p': { '16:9': [864, 480], '4:3': [736, 544], '1:1': [640, 640], '3:4': [544, 736], '9:16': [480, 864], '21:9': [960, 416] },
  '720p': { '16:9': [1248, 704], '4:3': [1120, 832], '1:1': [960, 960], '3:4': [832, 1120], '9:16': [704, 1248], '21:9': [1504, 640] },
  '1080p': { '16:9': [1920, 1088], '4:3': [1664, 1248], '1:1': [1440, 1440], '3:4': [1248, 1664], '9:16': [1088, 1920], '21:9': [2176, 928] },
}

/** The vendor publishes no table for 4k: 3840x2160 is the natural one, and the other ratios are twice those of 1080p. */
const PIXELS_2_0: PixelTable = {
  '480p': { '16:9': [864, 496], '4:3': [752, 560], '1:1': [640, 640], '3:4': [560, 752], '9:16': [496, 864], '21:9': [992, 432] },
  '720p': { '16:9': [1280, 720], '4:3': [1112, 834], '1:1': [960, 960], '3:4': [834, 1112], '9:16': [720, 1280], '21:9': [1470, 630] },
  '1080p': { '16:9': [1920, 1080], '4:3': [1664, 1248], '1:1': [1440, 1440], '3:4': [1248, 1664], '9:16': [1080, 1920], '21:9': [2206, 946] },
  '4k': { '16:9': [3840, 2160], '4:3': [3328, 2496], '1:1': [2880, 2880], '3:4': [2496, 3328], '9:16': [2160, 3840], '21:9': [4412, 1892] },
}

/** The vendor's example, 5 s at 480p for USD 0.514, comes out only with 854x480. */
const PIXELS_2_5: PixelTable = {
  ...PIXELS_2_0,
  '480p': { ...PIXELS_2_0['480p'], '16:9': [854, 480], '9:16': [480, 854] },
}

/** "[-1, 2^32-1], -1 = random". Documented for 1.x, and accepted by 2.x on live calls. */
const SEED = { min: -1, max: 2 ** 32 - 1 }

const MEBIBYTE = 1024 * 1024
const IMAGES: InputLimit = { roles: ['first_frame', 'last_frame'], max: 2, maxBytes: 30 * MEBIBYTE, minSidePixels: 300, maxSidePixels: 6000 }
const REFERENCE_VIDEOS: InputLimit = { roles: ['reference'], max: 3, maxBytes: 50 * MEBIBYTE, minSeconds: 2, maxSeconds: 15, maxTotalSeconds: 15 }
const REFERENCE_SOUNDS: InputLimit = { roles: ['reference'], max: 3, maxBytes: 15 * MEBIBYTE, minSeconds: 2, maxSeconds: 15, maxTotalSeconds: 15 }

const COMMON = {
  kind: 'video',
  family: 'seedance',
  framesPerSecond: 24,
  seed: SEED,
  maxCount: 1,
  // The vendor recommends 500 Chinese characters or 1000 English words and documents no limit; this one is ours.
  maxPromptCharacters: 10_000,
  // The text item is one of several, and only text to video cannot go without it.
  promptOptional: [...FRAME_OPERATIONS],
  outputFormats: ['mp4'],
} satisfies Partial<Model>

/** What 2.0, its fast and its mini edition have in common. */
const GENERATION_2_0 = {
  ...COMMON,
  operations: ['text_to_video', ...FRAME_OPERATIONS, 'reference_to_video'],
  duration: { defaultSeconds: 5, minSeconds: 4, maxSeconds: 15, auto: true },
  aspectRatios: [ADAPTIVE, ...RATIOS],
  pixels: PIXELS_2_0,
  audio: 'optional',
  audioDefault: true,
  inputs: {
    image: { ...IMAGES, roles: [...IMAGES.roles, 'reference'], maxReferences: 9 },
    video: REFERENCE_VIDEOS,
    audio: REFERENCE_SOUNDS,
  },
  vendorFields: ['watermark', 'return_last_frame'],
} satisfies Partial<Model>

const SEEDANCE_2_0 = {
  ...GENERATION_2_0,
  resolutions: ['720p', '480p', '1080p', '4k'],
  upstreamNames: { 'volcengine-ark': 'doubao-seedance-2-0-260128', runway: 'seedance2', openrouter: 'bytedance/seedance-2.0' },
  usualSeconds: 150,
  price: tokenPrice(
    [
      { when: { resolution: ['4k'], inputVideo: true }, ...perMillion(2.4) },
      { when: { resolution: ['4k'] }, ...perMillion(4) },
      { when: { resolution: ['1080p'], inputVideo: true }, ...perMillion(4.7) },
      { when: { resolution: ['1080p'] }, ...perMillion(7.7) },
      { when: { inputVideo: true }, ...perMillion(4.3) },
      perMillion(7),
    ],
    PRICE_SOURCE,
  ),
} satisfies Partial<Model>

const SEEDANCE_2_0_MINI = {
  ...GENERATION_2_0,
  resolutions: ['720p', '480p'],
  upstreamNames: { 'volcengine-ark': 'doubao-seedance-2-0-mini-260615', runway: 'seedance2_mini', openrouter: 'bytedance/seedance-2.0-mini' },
  usualSeconds: 60,
  price: tokenPrice([{ when: { inputVideo: true }, ...perMillion(2.1) }, perMillion(3.5)], PRICE_SOURCE),
} satisfies Partial<Model>

const GENERATION_1_0 = {
  ...COMMON,
  duration: { defaultSeconds: 5, minSeconds: 2, maxSeconds: 12 },
  // "adaptive" is refused for text to video, and the default with a first frame.
  aspectRatios: RATIOS,
  exceptions: [{ when: { operation: FRAME_OPERATIONS }, aspectRatios: [ADAPTIVE, ...RATIOS] }],
  pixels: PIXELS_1_0,
  audio: 'never',
  vendorFields: ['watermark', 'return_last_frame', 'camera_fixed'],
} satisfies Partial<Model>

export const SEEDANCE_MODELS: readonly Model[] = [
  {
    ...GENERATION_2_0,
    id: 'seedance-2.5',
    aliases: ['doubao-seedance-2-5-260628', 'dreamina-seedance-2-5-260628', 'seedance2_5', 'bytedance/seedance-2.5'],
    name: { en: 'Seedance 2.5', zh: 'Seedance 2.5' },
    description: {
      en: 'The newest Seedance: up to 30 seconds with sound, and up to 30 pictures, 10 videos and 10 sounds as references.',
      zh: '最新一代 Seedance:最长 30 秒有声视频,最多 30 张图片、10 段视频和 10 段音频作参考。',
    },
    upstreamNames: { 'volcengine-ark': 'doubao-seedance-2-5-260628', runway: 'seedance2_5', openrouter: 'bytedance/seedance-2.5' },
    duration: { defaultSeconds: 5, minSeconds: 4, maxSeconds: 30, auto: true },
    resolutions: ['720p', '480p', '1080p'],
    // "2.5 with frames requires adaptive" (2026-10).
    exceptions: [{ when: { operation: FRAME_OPERATIONS }, aspectRatios: [ADAPTIVE] }],
    pixels: PIXELS_2_5,
    inputs: {
      image: { ...GENERATION_2_0.inputs.image, maxReferences: 30 },
      video: { ...REFERENCE_VIDEOS, max: 10, maxBytes: 200 * MEBIBYTE, maxTotalSeconds: 30 },
      audio: { ...REFERENCE_SOUNDS, max: 10 },
    },
    soundAlone: true,
    usualSeconds: 180,
    price: tokenPrice(
      [
        { when: { resolution: ['1080p'], inputVideo: true }, ...perMillion(7) },
        { when: { resolution: ['1080p'] }, ...perMillion(11.7) },
        { when: { inputVideo: true }, ...perMillion(6.4) },
        perMillion(10.7),
      ],
      PRICE_SOURCE_2_5,
    ),
  },
  {
    ...SEEDANCE_2_0,
    id: 'seedance-2.0-pro',
    name: { en: 'Seedance 2.0 Pro', zh: 'Seedance 2.0 Pro' },
    description: {
      en: 'Cinematic video with sound from text, frames or references, up to 4k.',
      zh: '由文字、首尾帧或参考素材生成电影质感的有声视频,最高 4k。',
    },
  },
  {
    // The same model under the name by which some tools know it.
    ...SEEDANCE_2_0,
    id: 'seedance-v2-pro',
    name: { en: 'Seedance v2 Pro', zh: 'Seedance v2 Pro' },
    description: { en: 'Seedance 2.0 Pro under its other public name.', zh: 'Seedance 2.0 Pro 的另一个公开名称。' },
  },
  {
    ...SEEDANCE_2_0,
    id: 'seedance-2.0',
    aliases: ['doubao-seedance-2-0-260128', 'dreamina-seedance-2-0-260128', 'seedance2', 'bytedance/seedance-2.0'],
    name: { en: 'Seedance 2.0', zh: 'Seedance 2.0' },
    description: {
      en: 'Seedance 2.0 under its plain name, the same as 2.0 Pro.',
      zh: 'Seedance 2.0 的通用名称,与 2.0 Pro 相同。',
    },
  },
  {
    ...GENERATION_2_0,
    id: 'seedance-2.0-fast',
    aliases: ['doubao-seedance-2-0-fast-260128', 'dreamina-seedance-2-0-fast-260128', 'seedance2_fast', 'bytedance/seedance-2.0-fast'],
    name: { en: 'Seedance 2.0 Fast', zh: 'Seedance 2.0 Fast' },
    description: {
      en: 'Seedance 2.0 at higher speed and lower price, up to 720p.',
      zh: 'Seedance 2.0 的快速版,速度更快、价格更低,最高 720p。',
    },
    upstreamNames: { 'volcengine-ark': 'doubao-seedance-2-0-fast-260128', runway: 'seedance2_fast', openrouter: 'bytedance/seedance-2.0-fast' },
    resolutions: ['720p', '480p'],
    usualSeconds: 80,
    price: tokenPrice([{ when: { inputVideo: true }, ...perMillion(3.3) }, perMillion(5.6)], PRICE_SOURCE),
  },
  {
    ...SEEDANCE_2_0_MINI,
    id: 'seedance-2.0-mini',
    aliases: ['doubao-seedance-2-0-mini-260615', 'dreamina-seedance-2-0-mini-260615', 'doubao-seedance-2-0-mini', 'dreamina-seedance-2-0-mini', 'seedance2_mini', 'bytedance/seedance-2.0-mini'],
    name: { en: 'Seedance 2.0 Mini', zh: 'Seedance 2.0 Mini' },
    description: { en: 'The cheapest Seedance 2.0, up to 720p.', zh: 'Seedance 2.0 中价格最低的版本,最高 720p。' },
  },
  {
    // The same model under the name by which some consoles publish it.
    ...SEEDANCE_2_0_MINI,
    id: 'video-2.0-mini-reference-to-video',
    name: { en: 'Video 2.0 Mini, references to video', zh: 'Video 2.0 Mini 参考生视频' },
    description: {
      en: 'Seedance 2.0 Mini for videos from reference pictures, videos and sounds.',
      zh: 'Seedance 2.0 Mini,以参考图片、视频和音频生成视频。',
    },
  },
  {
    ...COMMON,
    id: 'seedance-1.5-pro',
    aliases: ['doubao-seedance-1-5-pro-251215', 'seedance-1-5-pro-251215', 'bytedance/seedance-1.5-pro'],
    name: { en: 'Seedance 1.5 Pro', zh: 'Seedance 1.5 Pro' },
    description: {
      en: 'Video with or without sound from text or from first and last frames.',
      zh: '由文字或首尾帧生成视频,可选有声或无声。',
    },
    upstreamNames: { 'volcengine-ark': 'doubao-seedance-1-5-pro-251215', openrouter: 'bytedance/seedance-1-5-pro' },
    operations: ['text_to_video', ...FRAME_OPERATIONS],
    duration: { defaultSeconds: 5, minSeconds: 4, maxSeconds: 12, auto: true },
    resolutions: ['720p', '480p', '1080p'],
    aspectRatios: [ADAPTIVE, ...RATIOS],
    pixels: PIXELS_2_0,
    audio: 'optional',
    audioDefault: true,
    inputs: { image: IMAGES },
    vendorFields: ['watermark', 'return_last_frame', 'camera_fixed'],
    usualSeconds: 90,
    price: tokenPrice([{ when: { audio: false }, ...perMillion(1.2) }, perMillion(2.4)], PRICE_SOURCE),
  },
  {
    ...GENERATION_1_0,
    id: 'seedance-1.0-pro',
    aliases: ['doubao-seedance-1-0-pro-250528', 'seedance-1-0-pro-250528', 'bytedance/seedance-1-pro', 'bytedance/seedance-v1.0-pro', 'fal-ai/bytedance/seedance/v1/pro/text-to-video', 'fal-ai/bytedance/seedance/v1/pro/image-to-video'],
    name: { en: 'Seedance 1.0 Pro', zh: 'Seedance 1.0 Pro' },
    description: {
      en: 'Silent video from text or from first and last frames, up to 1080p.',
      zh: '由文字或首尾帧生成无声视频,最高 1080p。',
    },
    upstreamNames: { 'volcengine-ark': 'doubao-seedance-1-0-pro-250528', fal: 'fal-ai/bytedance/seedance/v1/pro/text-to-video', replicate: 'bytedance/seedance-1-pro' },
    operations: ['text_to_video', ...FRAME_OPERATIONS],
    resolutions: ['1080p', '720p', '480p'],
    inputs: { image: IMAGES },
    usualSeconds: 90,
    price: tokenPrice([perMillion(2.5)], PRICE_SOURCE),
  },
  {
    ...GENERATION_1_0,
    id: 'seedance-1.0-pro-fast',
    aliases: ['doubao-seedance-1-0-pro-fast-251015', 'seedance-1-0-pro-fast-251015', 'bytedance/seedance-1-pro-fast', 'bytedance/seedance-v1.0-pro-fast'],
    name: { en: 'Seedance 1.0 Pro Fast', zh: 'Seedance 1.0 Pro Fast' },
    description: {
      en: 'Silent video from text or a first frame, quick and cheap.',
      zh: '由文字或首帧快速生成无声视频,价格低。',
    },
    upstreamNames: { 'volcengine-ark': 'doubao-seedance-1-0-pro-fast-251015' },
    operations: ['text_to_video', 'image_to_video'],
    resolutions: ['1080p', '720p', '480p'],
    inputs: { image: { ...IMAGES, roles: ['first_frame'], max: 1 } },
    usualSeconds: 40,
    price: tokenPrice([perMillion(1)], PRICE_SOURCE),
  },
  {
    ...GENERATION_1_0,
    id: 'seedance-1.0-lite-t2v',
    aliases: ['doubao-seedance-1-0-lite-t2v-250428', 'seedance-1-0-lite-t2v-250428', 'fal-ai/bytedance/seedance/v1/lite/text-to-video'],
    name: { en: 'Seedance 1.0 Lite, text to video', zh: 'Seedance 1.0 Lite 文生视频' },
    description: { en: 'Silent video from text; in China only.', zh: '由文字生成无声视频,仅中国区提供。' },
    upstreamNames: { 'volcengine-ark': 'doubao-seedance-1-0-lite-t2v-250428' },
    operations: ['text_to_video'],
    resolutions: ['720p', '480p', '1080p'],
    inputs: {},
    usualSeconds: 60,
    price: tokenPrice([perMillion(1.8)], `${PRICE_SOURCE} (1.0 lite unconfirmed)`),
  },
  {
    ...GENERATION_1_0,
    id: 'seedance-1.0-lite-i2v',
    aliases: ['doubao-seedance-1-0-lite-i2v-250428', 'seedance-1-0-lite-i2v-250428', 'fal-ai/bytedance/seedance/v1/lite/image-to-video'],
    name: { en: 'Seedance 1.0 Lite, image to video', zh: 'Seedance 1.0 Lite 图生视频' },
    description: {
      en: 'Silent video from first and last frames, or from up to four reference pictures; in China only.',
      zh: '由首尾帧或最多四张参考图生成无声视频,仅中国区提供。',
    },
    upstreamNames: { 'volcengine-ark': 'doubao-seedance-1-0-lite-i2v-250428' },
    operations: [...FRAME_OPERATIONS, 'reference_to_video'],
    resolutions: ['720p', '480p', '1080p'],
    exceptions: [...GENERATION_1_0.exceptions, { when: { operation: ['reference_to_video'] }, resolutions: ['720p', '480p'] }],
    inputs: { image: { ...IMAGES, roles: [...IMAGES.roles, 'reference'], maxReferences: 4 } },
    usualSeconds: 60,
    price: tokenPrice([perMillion(1.8)], `${PRICE_SOURCE} (1.0 lite unconfirmed)`),
  },
]

function perMillion(amountDollars: number): Rate {
  return { micros: dollars(amountDollars), perUnits: 1_000_000 }
}

function tokenPrice(rates: Rate[], source: string): RateCard {
  return rateCard({ unit: 'token', rates, source })
}
