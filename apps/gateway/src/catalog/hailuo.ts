import { ADAPTIVE, type InputLimit, type Model } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'
import { picturesOf } from './picture-sizes.ts'

/** MiniMax Hailuo: the first wire up to 2.3, and H3 on the second. */

const PRICE_SOURCE = 'MiniMax pricing, USD per clip, 2026-08'
const H3_PRICE_SOURCE = 'MiniMax pricing, USD per second, 2026-08; with a reference video twice, since its seconds are billed like those of the result'
const OWN_PRICE = 'own default, no published price, 2026-11'

const SIX_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 6, minSeconds: 6, maxSeconds: 6 }
const SIX_OR_TEN_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 6, minSeconds: 6, maxSeconds: 10, values: [6, 10] }

/** "i2v follows the image". */
const FRAME_RATIOS: Exception = { when: { operation: ['image_to_video', 'first_last_frame'] }, aspectRatios: [ADAPTIVE] }
const SIX_AT_1080P: Exception = { when: { resolution: ['1080p'] }, duration: SIX_SECONDS }

const MEBIBYTE = 1024 * 1024
/** "< 20 MB, short side > 300 px". */
const FIRST_FRAME: InputLimit = { roles: ['first_frame'], max: 1, maxBytes: 20 * MEBIBYTE, minSidePixels: 301 }

type Exception = NonNullable<Model['exceptions']>[number]

const COMMON = {
  kind: 'video',
  family: 'hailuo',
  aspectRatios: ['16:9'],
  // Not documented.
  framesPerSecond: 24,
  audio: 'never',
  maxCount: 1,
  maxPromptCharacters: 2000,
  promptOptional: ['image_to_video', 'first_last_frame'],
  // "prompt_optimizer, default true".
  enhancePrompt: true,
  outputFormats: ['mp4'],
  usualSeconds: 180,
} satisfies Partial<Model>

/** The first generation: six seconds at 720p. */
const GENERATION_01 = {
  ...COMMON,
  duration: SIX_SECONDS,
  resolutions: ['720p'],
  exceptions: [FRAME_RATIOS],
  price: rateCard({ unit: 'call', rates: [{ micros: dollars(0.43) }], source: PRICE_SOURCE }),
} satisfies Partial<Model>

const FROM_TEXT = { operations: ['text_to_video'], inputs: {} } satisfies Partial<Model>
const FROM_FIRST_FRAME = { operations: ['image_to_video'], inputs: { image: FIRST_FRAME } } satisfies Partial<Model>

/** "images ≤ 30 MB, 256–5760 px; videos ≤ 50 MB, 2–15 s each, total ≤ 15 s; audio ≤ 15 MB, total ≤ 15 s". */
const H3 = {
  ...COMMON,
  operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video'],
  duration: { defaultSeconds: 5, minSeconds: 4, maxSeconds: 15 },
  // "t2v must give a fixed ratio; with media default adaptive; in frame mode follows the image".
  aspectRatios: ['16:9', '21:9', '4:3', '1:1', '3:4', '9:16'],
  exceptions: [FRAME_RATIOS, { when: { operation: ['reference_to_video'] }, aspectRatios: [ADAPTIVE, '16:9', '21:9', '4:3', '1:1', '3:4', '9:16'] }],
  audio: 'always',
  inputs: {
    image: { roles: ['first_frame', 'last_frame', 'reference'], max: 2, maxReferences: 9, maxBytes: 30 * MEBIBYTE, minSidePixels: 256, maxSidePixels: 5760 },
    video: { roles: ['reference'], max: 3, maxBytes: 50 * MEBIBYTE, minSeconds: 2, maxSeconds: 15, maxTotalSeconds: 15 },
    audio: { roles: ['reference'], max: 3, maxBytes: 15 * MEBIBYTE, minSeconds: 2, maxSeconds: 15, maxTotalSeconds: 15 },
  },
  maxPromptCharacters: 7000,
  promptOptional: [],
  enhancePrompt: false,
} satisfies Partial<Model>

const VIDEO_MODELS: readonly Model[] = [
  {
    ...H3,
    id: 'MiniMax-H3',
    aliases: ['hailuo-3', 'hailuo3', 'minimax/minimax-h3'],
    name: { en: 'Hailuo H3', zh: '海螺 H3' },
    description: {
      en: 'Video with sound up to 15 seconds and 2k from text, frames, or pictures, videos and sounds as references.',
      zh: '由文字、首尾帧或图片、视频、音频参考生成最长 15 秒、最高 2k 的有声视频。',
    },
    upstreamNames: { minimax: 'MiniMax-H3', runway: 'hailuo3', openrouter: 'minimax/hailuo-3' },
    resolutions: ['768p', '2k'],
    price: perSecond([
      { when: { resolution: ['2k'], inputVideo: true }, micros: dollars(0.26) },
      { when: { resolution: ['2k'] }, micros: dollars(0.13) },
      { when: { inputVideo: true }, micros: dollars(0.16) },
      { micros: dollars(0.08) },
    ]),
  },
  {
    ...H3,
    id: 'MiniMax-H3-Max',
    aliases: ['h3_max', 'minimax/minimax-h3-max'],
    name: { en: 'Hailuo H3 Max', zh: '海螺 H3 Max' },
    description: {
      en: 'H3 trained further: video with sound of 5 to 15 seconds at 480p or 768p.',
      zh: 'H3 的强化版:5 至 15 秒有声视频,480p 或 768p。',
    },
    upstreamNames: { minimax: 'MiniMax-H3-Max', runway: 'h3_max' },
    duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 15 },
    resolutions: ['768p', '480p'],
    vendorFields: ['prompt_expansion_mode'],
    price: perSecond([
      { when: { resolution: ['480p'], inputVideo: true }, micros: dollars(0.1) },
      { when: { resolution: ['480p'] }, micros: dollars(0.05) },
      { when: { inputVideo: true }, micros: dollars(0.16) },
      { micros: dollars(0.08) },
    ]),
  },
  {
    ...COMMON,
    id: 'MiniMax-Hailuo-2.3',
    aliases: ['hailuo-2.3', 'minimax/hailuo-2.3', 'fal-ai/minimax/hailuo-2.3/standard/text-to-video', 'fal-ai/minimax/hailuo-2.3/standard/image-to-video'],
    name: { en: 'Hailuo 2.3', zh: '海螺 2.3' },
    description: {
      en: 'Silent video of 6 or 10 seconds from text or a first frame.',
      zh: '由文字或首帧生成 6 秒或 10 秒无声视频。',
    },
    upstreamNames: { minimax: 'MiniMax-Hailuo-2.3', replicate: 'minimax/hailuo-2.3', fal: 'fal-ai/minimax/hailuo-2.3/standard/text-to-video', openrouter: 'minimax/hailuo-2.3' },
    operations: ['text_to_video', 'image_to_video'],
    duration: SIX_OR_TEN_SECONDS,
    resolutions: ['768p', '1080p'],
    exceptions: [FRAME_RATIOS, SIX_AT_1080P],
    inputs: { image: FIRST_FRAME },
    vendorFields: ['fast_pretreatment'],
    price: perClip([{ when: { resolution: ['1080p'] }, micros: dollars(0.49) }, { when: { upToSeconds: 6 }, micros: dollars(0.28) }, { micros: dollars(0.56) }]),
  },
  {
    ...COMMON,
    ...FROM_FIRST_FRAME,
    id: 'MiniMax-Hailuo-2.3-Fast',
    aliases: ['hailuo-2.3-fast', 'minimax/hailuo-2.3-fast', 'fal-ai/minimax/hailuo-2.3-fast/standard/image-to-video'],
    name: { en: 'Hailuo 2.3 Fast', zh: '海螺 2.3 Fast' },
    description: { en: 'Hailuo 2.3 at higher speed and lower price, from a first frame.', zh: '海螺 2.3 快速版,由首帧生成,价格更低。' },
    upstreamNames: { minimax: 'MiniMax-Hailuo-2.3-Fast', replicate: 'minimax/hailuo-2.3-fast', fal: 'fal-ai/minimax/hailuo-2.3-fast/standard/image-to-video' },
    duration: SIX_OR_TEN_SECONDS,
    resolutions: ['768p', '1080p'],
    exceptions: [FRAME_RATIOS, SIX_AT_1080P],
    vendorFields: ['fast_pretreatment'],
    usualSeconds: 90,
    price: perClip([{ when: { resolution: ['1080p'] }, micros: dollars(0.33) }, { when: { upToSeconds: 6 }, micros: dollars(0.19) }, { micros: dollars(0.32) }]),
  },
  {
    ...COMMON,
    id: 'MiniMax-Hailuo-02',
    aliases: ['hailuo-02', 'minimax/hailuo-02', 'fal-ai/minimax/hailuo-02/standard/text-to-video', 'fal-ai/minimax/hailuo-02/standard/image-to-video'],
    name: { en: 'Hailuo 02', zh: '海螺 02' },
    description: {
      en: 'Silent video of 6 or 10 seconds from text or from first and last frames.',
      zh: '由文字或首尾帧生成 6 秒或 10 秒无声视频。',
    },
    upstreamNames: { minimax: 'MiniMax-Hailuo-02', replicate: 'minimax/hailuo-02', fal: 'fal-ai/minimax/hailuo-02/standard/text-to-video' },
    operations: ['text_to_video', 'image_to_video', 'first_last_frame'],
    duration: SIX_OR_TEN_SECONDS,
    resolutions: ['768p', '1080p'],
    // "512P (02 i2v only)"; the last frame "not at 512P".
    exceptions: [FRAME_RATIOS, { when: { operation: ['image_to_video'] }, resolutions: ['768p', '1080p', '512p'] }, SIX_AT_1080P],
    inputs: { image: { ...FIRST_FRAME, roles: ['first_frame', 'last_frame'], max: 2 } },
    vendorFields: ['fast_pretreatment'],
    price: perClip([
      { when: { resolution: ['512p'], upToSeconds: 6 }, micros: dollars(0.1) },
      { when: { resolution: ['512p'] }, micros: dollars(0.15) },
      { when: { resolution: ['1080p'] }, micros: dollars(0.49) },
      { when: { upToSeconds: 6 }, micros: dollars(0.28) },
      { micros: dollars(0.56) },
    ]),
  },
  {
    ...GENERATION_01,
    id: 'video-01',
    aliases: ['minimax/video-01', 'fal-ai/minimax/video-01', 'fal-ai/minimax-video', 'fal-ai/minimax-video-01', 'minimax-video', 'minimax-video-01'],
    name: { en: 'Hailuo 01', zh: '海螺 01' },
    description: { en: 'Six silent seconds at 720p from text or a first frame: T2V-01 and I2V-01 under one name.', zh: '由文字或首帧生成 6 秒 720p 无声视频,即 T2V-01 与 I2V-01 的合称。' },
    upstreamNames: { minimax: 'T2V-01', replicate: 'minimax/video-01' },
    operations: ['text_to_video', 'image_to_video'],
    inputs: { image: FIRST_FRAME },
  },
  {
    ...GENERATION_01,
    ...FROM_TEXT,
    id: 'T2V-01',
    name: { en: 'Hailuo T2V-01', zh: '海螺 T2V-01' },
    description: { en: 'Six silent seconds at 720p from text.', zh: '由文字生成 6 秒 720p 无声视频。' },
    upstreamNames: { minimax: 'T2V-01' },
  },
  {
    ...GENERATION_01,
    ...FROM_TEXT,
    id: 'T2V-01-Director',
    aliases: ['minimax/video-01-director'],
    name: { en: 'Hailuo T2V-01 Director', zh: '海螺 T2V-01 导演版' },
    description: { en: 'T2V-01 with camera moves in brackets: `[Truck left]`.', zh: 'T2V-01 导演版,支持方括号运镜指令。' },
    upstreamNames: { minimax: 'T2V-01-Director', replicate: 'minimax/video-01-director' },
  },
  {
    ...GENERATION_01,
    ...FROM_FIRST_FRAME,
    id: 'I2V-01',
    name: { en: 'Hailuo I2V-01', zh: '海螺 I2V-01' },
    description: { en: 'Six silent seconds at 720p from a first frame.', zh: '由首帧生成 6 秒 720p 无声视频。' },
    upstreamNames: { minimax: 'I2V-01' },
  },
  {
    ...GENERATION_01,
    ...FROM_FIRST_FRAME,
    id: 'I2V-01-Director',
    name: { en: 'Hailuo I2V-01 Director', zh: '海螺 I2V-01 导演版' },
    description: { en: 'I2V-01 with camera moves in brackets.', zh: 'I2V-01 导演版,支持方括号运镜指令。' },
    upstreamNames: { minimax: 'I2V-01-Director' },
  },
  {
    ...GENERATION_01,
    ...FROM_FIRST_FRAME,
    id: 'I2V-01-live',
    aliases: ['minimax/video-01-live'],
    name: { en: 'Hailuo I2V-01 Live', zh: '海螺 I2V-01 Live' },
    description: { en: 'I2V-01 for drawn characters.', zh: 'I2V-01 动漫与插画角色版。' },
    upstreamNames: { minimax: 'I2V-01-live', replicate: 'minimax/video-01-live' },
  },
  {
    ...GENERATION_01,
    id: 'S2V-01',
    name: { en: 'Hailuo S2V-01', zh: '海螺 S2V-01 主体参考' },
    description: { en: 'Six silent seconds at 720p with the face of one picture.', zh: '以一张人脸图片为主体生成 6 秒 720p 无声视频。' },
    upstreamNames: { minimax: 'S2V-01' },
    operations: ['reference_to_video'],
    inputs: { image: { ...FIRST_FRAME, roles: ['reference'] } },
  },
]

const IMAGE_RATIOS = ['1:1', '16:9', '4:3', '3:2', '2:3', '3:4', '9:16', '21:9']

const H3_IMAGE = {
  kind: 'image',
  family: 'hailuo-image',
  operations: ['text_to_image', 'image_edit'],
  ...picturesOf(['1K', '2K', '4K'], IMAGE_RATIOS),
  inputs: { image: { roles: ['source', 'reference'], max: 16, maxBytes: 30 * MEBIBYTE } },
  framesPerSecond: 0,
  audio: 'never',
  maxCount: 10,
  maxPromptCharacters: 7000,
  outputFormats: ['jpeg', 'png'],
  usualSeconds: 30,
} satisfies Partial<Model>

/** Of H3 Image the vendor documents no wire yet, so no channel serves it by itself: an operator may map it to a gateway that does. */
const IMAGE_MODELS: readonly Model[] = [
  {
    ...H3_IMAGE,
    id: 'MiniMax-H3-Image',
    aliases: ['minimax/minimax-h3-image'],
    name: { en: 'Hailuo H3 Image', zh: '海螺 H3 图片' },
    description: { en: 'Pictures up to 4K from text and up to 16 pictures.', zh: '文生图与多图编辑,最多 16 张参考图,最高 4K。' },
    price: rateCard({ unit: 'image', rates: [{ when: { resolution: ['4K'] }, micros: dollars(0.12) }, { micros: dollars(0.06) }], source: OWN_PRICE }),
  },
  {
    ...H3_IMAGE,
    id: 'MiniMax-H3-Image-Highspeed',
    aliases: ['minimax/minimax-h3-image-highspeed'],
    name: { en: 'Hailuo H3 Image Highspeed', zh: '海螺 H3 图片极速版' },
    description: { en: 'H3 Image at higher speed.', zh: '海螺 H3 图片的极速版。' },
    usualSeconds: 12,
    price: rateCard({ unit: 'image', rates: [{ when: { resolution: ['4K'] }, micros: dollars(0.12) }, { micros: dollars(0.06) }], source: OWN_PRICE }),
  },
  {
    id: 'image-01',
    aliases: ['minimax/image-01'],
    kind: 'image',
    family: 'hailuo-image',
    name: { en: 'MiniMax Image 01', zh: '海螺图片 01' },
    description: { en: 'Pictures from text, with the face of one picture if given.', zh: '文生图,可用一张人脸图片作主体参考。' },
    upstreamNames: { minimax: 'image-01', replicate: 'minimax/image-01' },
    operations: ['text_to_image', 'image_edit'],
    ...picturesOf(['1K'], IMAGE_RATIOS),
    inputs: { image: { roles: ['reference'], max: 1, maxBytes: 10 * MEBIBYTE } },
    framesPerSecond: 0,
    audio: 'never',
    // The range is not documented.
    seed: { min: 0, max: 2 ** 31 - 1 },
    maxCount: 9,
    maxPromptCharacters: 1500,
    enhancePrompt: true,
    outputFormats: ['jpeg'],
    usualSeconds: 20,
    price: rateCard({ unit: 'image', rates: [{ micros: dollars(0.01) }], source: OWN_PRICE }),
  },
]

export const HAILUO_MODELS: readonly Model[] = [...VIDEO_MODELS, ...IMAGE_MODELS]

function perClip(rates: Rate[]): RateCard {
  return rateCard({ unit: 'call', rates, source: PRICE_SOURCE })
}

function perSecond(rates: Rate[]): RateCard {
  return rateCard({ unit: 'second', rates, source: H3_PRICE_SOURCE })
}
