import { ADAPTIVE, type InputLimit, type Model, type PixelTable } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'

/** Videos of Alibaba's Wan 通义万相 and HappyHorse, on DashScope (Model Studio). Their pictures: alibaba-images.ts. */

const PRICE_SOURCE = 'DashScope international, by a reseller without mark-up, USD per second, 2026-08'
const PRICE_SOURCE_3_0 = 'DashScope international, vendor pages, USD per second, 2026-09-28'
/** The vendor's list is in yuan; USD at 7.1 yuan is ours. */
const YUAN_PER_DOLLAR = 7.1
const YUAN_PRICE_SOURCE = 'DashScope Beijing, CNY per second, 2026-08, at CNY 7.1 to the dollar'
const OWN_PRICE = 'own default, no published price, 2026-11'

const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4']
const SQUARE_TOO = ['16:9', '9:16', '1:1']

const PIXELS: PixelTable = {
  '480p': { '16:9': [832, 480], '9:16': [480, 832], '1:1': [624, 624] },
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960], '4:3': [1088, 832], '3:4': [832, 1088] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440], '4:3': [1632, 1248], '3:4': [1248, 1632] },
}
const PIXELS_2_7: PixelTable = {
  '480p': PIXELS['480p']!,
  '720p': { ...PIXELS['720p'], '4:3': [1104, 832], '3:4': [832, 1104] },
  '1080p': { ...PIXELS['1080p'], '4:3': [1648, 1248], '3:4': [1248, 1648] },
}

const FIVE_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 5, maxSeconds: 5 }
const FIVE_OR_TEN_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 5, maxSeconds: 10, values: [5, 10] }
const UP_TO_15: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 2, maxSeconds: 15 }
const UP_TO_10: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 2, maxSeconds: 10 }

const MEBIBYTE = 1024 * 1024
/** "≤ 2.6 images 360–2000 px, ≤ 10 MB". */
const PICTURE: InputLimit = { roles: ['first_frame'], max: 1, maxBytes: 10 * MEBIBYTE, minSidePixels: 360, maxSidePixels: 2000 }
/** "2.7 images 240–8000 px, ≤ 20 MB". */
const PICTURE_2_7: InputLimit = { ...PICTURE, maxBytes: 20 * MEBIBYTE, minSidePixels: 240, maxSidePixels: 8000 }
/** "audio_url wav/mp3, 3–30 s, ≤ 15 MB": what is heard. It is no reference, for it makes no other way of working. */
const HEARD: InputLimit = { roles: ['source'], max: 1, maxBytes: 15 * MEBIBYTE, minSeconds: 3, maxSeconds: 30, maxTotalSeconds: 30 }
/** "mp4/mov, 2–30 s, ≤ 100 MB". */
const REFERENCE_VIDEOS: InputLimit = { roles: ['reference'], max: 3, maxBytes: 100 * MEBIBYTE, minSeconds: 2, maxSeconds: 30, maxTotalSeconds: 90 }

const COMMON = {
  kind: 'video',
  family: 'wan',
  framesPerSecond: 30,
  audio: 'never',
  // "[0, 2147483647]".
  seed: { min: 0, max: 2 ** 31 - 1 },
  maxCount: 1,
  // "longer is truncated, not refused" there; here it is refused.
  maxPromptCharacters: 800,
  negativePrompt: true,
  // "prompt_extend, default true".
  enhancePrompt: true,
  outputFormats: ['mp4'],
  vendorFields: ['watermark'],
  usualSeconds: 120,
} satisfies Partial<Model>

const FROM_TEXT = { operations: ['text_to_video'], aspectRatios: SQUARE_TOO, pixels: PIXELS, inputs: {} } satisfies Partial<Model>
/** "i2v keeps the image's ratio, scaled to the tier's pixel budget." */
const FROM_FIRST_FRAME = { operations: ['image_to_video'], aspectRatios: [ADAPTIVE], inputs: { image: PICTURE }, promptOptional: ['image_to_video'] } satisfies Partial<Model>
const FROM_BOTH_FRAMES = {
  operations: ['first_last_frame'],
  aspectRatios: [ADAPTIVE],
  inputs: { image: { ...PICTURE, roles: ['first_frame', 'last_frame'], max: 2 } },
  promptOptional: ['first_last_frame'],
} satisfies Partial<Model>

const GENERATION_2_1 = { ...COMMON, duration: FIVE_SECONDS, vendorFields: ['watermark', 'template'] } satisfies Partial<Model>
const GENERATION_2_2 = { ...COMMON, duration: FIVE_SECONDS } satisfies Partial<Model>

const GENERATION_2_5 = {
  ...COMMON,
  duration: FIVE_OR_TEN_SECONDS,
  resolutions: ['720p', '480p', '1080p'],
  maxPromptCharacters: 1500,
  audio: 'always',
  price: perSecond([{ when: { resolution: ['480p'] }, micros: dollars(0.05) }, { when: { resolution: ['720p'] }, micros: dollars(0.1) }, { micros: dollars(0.15) }]),
} satisfies Partial<Model>

const AT_720P_OR_1080P: Rate[] = [{ when: { resolution: ['720p'] }, micros: dollars(0.1) }, { micros: dollars(0.15) }]

const GENERATION_2_6 = {
  ...COMMON,
  duration: UP_TO_15,
  resolutions: ['720p', '1080p'],
  maxPromptCharacters: 1500,
  audio: 'always',
  vendorFields: ['watermark', 'shot_type'],
  price: perSecond(AT_720P_OR_1080P),
} satisfies Partial<Model>

const GENERATION_2_7 = {
  ...COMMON,
  duration: UP_TO_15,
  resolutions: ['720p', '1080p'],
  aspectRatios: RATIOS,
  pixels: PIXELS_2_7,
  maxPromptCharacters: 5000,
  audio: 'always',
  price: perSecond(AT_720P_OR_1080P),
} satisfies Partial<Model>

/** "reference_image ≤ 10, reference_video ≤ 5 (1–15 s, Σ ≤ 15 s), reference_audio ≤ 5 (Σ ≤ 15 s); frames XOR references". */
const GENERATION_3_0 = {
  ...COMMON,
  operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video'],
  duration: { defaultSeconds: 5, minSeconds: 2, maxSeconds: 30 },
  resolutions: ['720p', '480p', '1080p'],
  aspectRatios: [...RATIOS, '21:9', ADAPTIVE],
  pixels: PIXELS_2_7,
  exceptions: [{ when: { operation: ['image_to_video', 'first_last_frame'] }, aspectRatios: [ADAPTIVE] }],
  // "3.0 also -1".
  seed: { min: -1, max: 2 ** 31 - 1 },
  audio: 'optional',
  audioDefault: true,
  inputs: {
    image: { ...PICTURE_2_7, roles: ['first_frame', 'last_frame', 'reference'], max: 2, maxReferences: 10 },
    video: { roles: ['reference'], max: 5, maxBytes: 100 * MEBIBYTE, minSeconds: 1, maxSeconds: 15, maxTotalSeconds: 15 },
    audio: { roles: ['reference'], max: 5, maxBytes: 15 * MEBIBYTE, maxSeconds: 15, maxTotalSeconds: 15 },
  },
  // "20,000".
  maxPromptCharacters: 20_000,
  negativePrompt: false,
  enhancePrompt: false,
  vendorFields: ['watermark', 'enable_thinking'],
  usualSeconds: 180,
} satisfies Partial<Model>

const VIDEO_MODELS: readonly Model[] = [
  {
    ...GENERATION_3_0,
    id: 'wan3.0-video',
    aliases: ['wan3.0', 'wan3', 'alibaba/wan-v3.0-video'],
    name: { en: 'Wan 3.0', zh: '通义万相 3.0' },
    description: {
      en: 'Video up to 30 seconds, with sound if asked, from text, frames, or pictures, videos and sounds as references.',
      zh: '由文字、首尾帧或图片、视频、音频参考生成最长 30 秒视频,可选有声。',
    },
    upstreamNames: { dashscope: 'wan3.0-video', runway: 'wan3' },
    price: rateCard({
      unit: 'second',
      rates: [{ when: { resolution: ['480p'] }, micros: dollars(0.05) }, { when: { resolution: ['720p'] }, micros: dollars(0.1) }, { micros: dollars(0.2) }],
      source: PRICE_SOURCE_3_0,
    }),
  },
  {
    ...GENERATION_3_0,
    id: 'wan3.0-video-prime',
    aliases: ['wan3.0-prime', 'wan3_prime', 'alibaba/wan-v3.0-video-prime'],
    name: { en: 'Wan 3.0 Prime', zh: '通义万相 3.0 Prime' },
    description: { en: 'Wan 3.0 with higher quality.', zh: '通义万相 3.0 的高质量版。' },
    upstreamNames: { dashscope: 'wan3.0-video-prime', runway: 'wan3_prime' },
    usualSeconds: 240,
    price: rateCard({
      unit: 'second',
      rates: [{ when: { resolution: ['480p'] }, micros: dollars(0.068) }, { when: { resolution: ['720p'] }, micros: dollars(0.14) }, { micros: dollars(0.28) }],
      source: PRICE_SOURCE_3_0,
    }),
  },
  {
    ...GENERATION_2_7,
    id: 'wan2.7-t2v',
    aliases: ['wan2.7-t2v-2026-06-12', 'alibaba/wan-v2.7-t2v'],
    name: { en: 'Wan 2.7, text to video', zh: '通义万相 2.7 文生视频' },
    description: { en: 'Video with sound up to 15 seconds from text, to a sound of yours if given.', zh: '由文字生成最长 15 秒的有声视频,可配自有音频。' },
    upstreamNames: { dashscope: 'wan2.7-t2v', openrouter: 'alibaba/wan-2.7' },
    operations: ['text_to_video'],
    inputs: { audio: HEARD },
  },
  {
    ...GENERATION_2_7,
    id: 'wan2.7-i2v',
    aliases: ['alibaba/wan-v2.7-i2v'],
    name: { en: 'Wan 2.7, image to video', zh: '通义万相 2.7 图生视频' },
    description: { en: 'Video with sound up to 15 seconds from first and last frames, or going on with a clip.', zh: '由首尾帧或续写片段生成最长 15 秒的有声视频。' },
    upstreamNames: { dashscope: 'wan2.7-i2v', openrouter: 'alibaba/wan-2.7' },
    operations: ['image_to_video', 'first_last_frame', 'extend'],
    aspectRatios: [ADAPTIVE],
    // "clip mp4/mov 2–10 s, ≤ 100 MB".
    inputs: { image: { ...PICTURE_2_7, roles: ['first_frame', 'last_frame'], max: 2 }, video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE, minSeconds: 2, maxSeconds: 10, maxTotalSeconds: 10 }, audio: HEARD },
    promptOptional: ['image_to_video', 'first_last_frame'],
  },
  {
    ...GENERATION_2_7,
    id: 'wan2.7-r2v',
    aliases: ['wan2.7-r2v-2026-06-12', 'alibaba/wan-v2.7-r2v'],
    name: { en: 'Wan 2.7, references to video', zh: '通义万相 2.7 参考生视频' },
    description: { en: 'Video with sound up to 10 seconds from pictures and videos as references, and a first frame if given.', zh: '由参考图片和视频生成最长 10 秒的有声视频,可加首帧。' },
    upstreamNames: { dashscope: 'wan2.7-r2v', openrouter: 'alibaba/wan-2.7' },
    operations: ['reference_to_video'],
    duration: UP_TO_10,
    framesWithReferences: true,
    inputs: { image: { ...PICTURE_2_7, roles: ['reference', 'first_frame'], max: 5 }, video: REFERENCE_VIDEOS },
    price: perSecond(withReferenceVideos(AT_720P_OR_1080P)),
  },
  {
    ...GENERATION_2_7,
    id: 'wan2.7-videoedit',
    name: { en: 'Wan 2.7, video edit', zh: '通义万相 2.7 视频编辑' },
    description: { en: 'Changes a video of 2 to 10 seconds as the words and up to three pictures say.', zh: '按文字和最多三张图片编辑 2 至 10 秒的视频。' },
    upstreamNames: { dashscope: 'wan2.7-videoedit' },
    operations: ['video_to_video'],
    duration: { defaultSeconds: 5, minSeconds: 2, maxSeconds: 10, auto: true, ofSource: true },
    aspectRatios: [ADAPTIVE, ...RATIOS],
    inputs: { image: { ...PICTURE_2_7, roles: ['reference'], max: 3 }, video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE, minSeconds: 2, maxSeconds: 10, maxTotalSeconds: 10 } },
    vendorFields: ['watermark', 'audio_setting'],
    // "input + output seconds for edit", which are as many.
    price: perSecond([{ when: { resolution: ['720p'] }, micros: dollars(0.2) }, { micros: dollars(0.3) }]),
  },
  {
    ...GENERATION_2_6,
    id: 'wan2.6-t2v',
    aliases: ['wan2.6-t2v-us', 'alibaba/wan-v2.6-t2v'],
    name: { en: 'Wan 2.6, text to video', zh: '通义万相 2.6 文生视频' },
    description: { en: 'Video with sound up to 15 seconds from text.', zh: '由文字生成最长 15 秒的有声视频。' },
    upstreamNames: { dashscope: 'wan2.6-t2v', openrouter: 'alibaba/wan-2.6' },
    operations: ['text_to_video'],
    aspectRatios: RATIOS,
    pixels: PIXELS,
    inputs: { audio: HEARD },
  },
  {
    ...GENERATION_2_6,
    ...FROM_FIRST_FRAME,
    id: 'wan2.6-i2v',
    aliases: ['alibaba/wan-v2.6-i2v'],
    name: { en: 'Wan 2.6, image to video', zh: '通义万相 2.6 图生视频' },
    description: { en: 'Video with sound up to 15 seconds from a first frame.', zh: '由首帧生成最长 15 秒的有声视频。' },
    upstreamNames: { dashscope: 'wan2.6-i2v', openrouter: 'alibaba/wan-2.6' },
    inputs: { image: PICTURE, audio: HEARD },
  },
  {
    ...GENERATION_2_6,
    ...FROM_FIRST_FRAME,
    id: 'wan2.6-i2v-flash',
    aliases: ['alibaba/wan-v2.6-i2v-flash'],
    name: { en: 'Wan 2.6 Flash, image to video', zh: '通义万相 2.6 Flash 图生视频' },
    description: { en: 'Quick video up to 15 seconds from a first frame, with or without sound.', zh: '由首帧快速生成最长 15 秒视频,可选有声或无声。' },
    upstreamNames: { dashscope: 'wan2.6-i2v-flash' },
    audio: 'optional',
    audioDefault: true,
    inputs: { image: PICTURE, audio: HEARD },
    usualSeconds: 60,
    price: ownPerSecond([
      { when: { resolution: ['720p'], audio: false }, micros: dollars(0.03) },
      { when: { audio: false }, micros: dollars(0.05) },
      { when: { resolution: ['720p'] }, micros: dollars(0.05) },
      { micros: dollars(0.075) },
    ]),
  },
  {
    ...GENERATION_2_6,
    id: 'wan2.6-r2v',
    aliases: ['alibaba/wan-v2.6-r2v'],
    name: { en: 'Wan 2.6, references to video', zh: '通义万相 2.6 参考生视频' },
    description: { en: 'Video with sound up to 10 seconds from up to five pictures and three videos as references.', zh: '由最多五张图片、三段视频参考生成最长 10 秒的有声视频。' },
    upstreamNames: { dashscope: 'wan2.6-r2v' },
    operations: ['reference_to_video'],
    duration: UP_TO_10,
    aspectRatios: RATIOS,
    pixels: PIXELS,
    inputs: { image: { ...PICTURE, roles: ['reference'], max: 5 }, video: REFERENCE_VIDEOS },
    price: perSecond(withReferenceVideos(AT_720P_OR_1080P)),
  },
  {
    ...GENERATION_2_6,
    id: 'wan2.6-r2v-flash',
    aliases: ['alibaba/wan-v2.6-r2v-flash'],
    name: { en: 'Wan 2.6 Flash, references to video', zh: '通义万相 2.6 Flash 参考生视频' },
    description: { en: 'Wan 2.6 from references, quicker, with or without sound.', zh: '通义万相 2.6 参考生视频的快速版,可选有声或无声。' },
    upstreamNames: { dashscope: 'wan2.6-r2v-flash' },
    operations: ['reference_to_video'],
    duration: UP_TO_10,
    aspectRatios: RATIOS,
    pixels: PIXELS,
    audio: 'optional',
    audioDefault: true,
    inputs: { image: { ...PICTURE, roles: ['reference'], max: 5 }, video: REFERENCE_VIDEOS },
    usualSeconds: 60,
    price: ownPerSecond(withReferenceVideos([{ when: { resolution: ['720p'] }, micros: dollars(0.05) }, { micros: dollars(0.075) }])),
  },
  {
    ...GENERATION_2_5,
    ...FROM_TEXT,
    id: 'wan2.5-t2v-preview',
    aliases: ['wan2.5-t2v', 'alibaba/wan-v2.5-t2v-preview', 'wan-video/wan-2.5-t2v', 'fal-ai/wan-25-preview/text-to-video'],
    name: { en: 'Wan 2.5, text to video', zh: '通义万相 2.5 文生视频' },
    description: { en: 'Video with sound of 5 or 10 seconds from text.', zh: '由文字生成 5 秒或 10 秒有声视频。' },
    upstreamNames: { dashscope: 'wan2.5-t2v-preview', replicate: 'wan-video/wan-2.5-t2v', fal: 'fal-ai/wan-25-preview/text-to-video' },
    inputs: { audio: HEARD },
  },
  {
    ...GENERATION_2_5,
    ...FROM_FIRST_FRAME,
    id: 'wan2.5-i2v-preview',
    aliases: ['wan2.5-i2v', 'wan-video/wan-2.5-i2v', 'fal-ai/wan-25-preview/image-to-video'],
    name: { en: 'Wan 2.5, image to video', zh: '通义万相 2.5 图生视频' },
    description: { en: 'Video with sound of 5 or 10 seconds from a first frame.', zh: '由首帧生成 5 秒或 10 秒有声视频。' },
    upstreamNames: { dashscope: 'wan2.5-i2v-preview', replicate: 'wan-video/wan-2.5-i2v', fal: 'fal-ai/wan-25-preview/image-to-video' },
    audio: 'optional',
    audioDefault: true,
    inputs: { image: PICTURE, audio: HEARD },
  },
  {
    ...GENERATION_2_2,
    ...FROM_TEXT,
    id: 'wan2.2-t2v-plus',
    name: { en: 'Wan 2.2 Plus, text to video', zh: '通义万相 2.2 Plus 文生视频' },
    description: { en: 'Five silent seconds from text, at 480p or 1080p.', zh: '由文字生成 5 秒无声视频,480p 或 1080p。' },
    upstreamNames: { dashscope: 'wan2.2-t2v-plus' },
    resolutions: ['480p', '1080p'],
    price: yuanPerSecond([['480p', 0.14]], 0.7),
  },
  {
    ...GENERATION_2_2,
    ...FROM_FIRST_FRAME,
    id: 'wan2.2-i2v-plus',
    name: { en: 'Wan 2.2 Plus, image to video', zh: '通义万相 2.2 Plus 图生视频' },
    description: { en: 'Five silent seconds from a first frame, at 480p or 1080p.', zh: '由首帧生成 5 秒无声视频,480p 或 1080p。' },
    upstreamNames: { dashscope: 'wan2.2-i2v-plus' },
    resolutions: ['480p', '1080p'],
    price: yuanPerSecond([['480p', 0.14]], 0.7),
  },
  {
    ...GENERATION_2_2,
    ...FROM_FIRST_FRAME,
    id: 'wan2.2-i2v-flash',
    name: { en: 'Wan 2.2 Flash, image to video', zh: '通义万相 2.2 Flash 图生视频' },
    description: { en: 'Five silent seconds from a first frame, quick and cheap.', zh: '由首帧快速生成 5 秒无声视频,价格低。' },
    upstreamNames: { dashscope: 'wan2.2-i2v-flash' },
    resolutions: ['480p', '720p'],
    usualSeconds: 40,
    price: yuanPerSecond([['480p', 0.1]], 0.2),
  },
  {
    ...GENERATION_2_2,
    ...FROM_BOTH_FRAMES,
    id: 'wan2.2-kf2v-flash',
    name: { en: 'Wan 2.2 Flash, first and last frame', zh: '通义万相 2.2 Flash 首尾帧' },
    description: { en: 'Five silent seconds between two frames.', zh: '由首尾帧生成 5 秒无声视频。' },
    upstreamNames: { dashscope: 'wan2.2-kf2v-flash' },
    resolutions: ['720p', '480p', '1080p'],
    usualSeconds: 60,
    price: yuanPerSecond([['480p', 0.1], ['720p', 0.2]], 0.48),
  },
  {
    ...COMMON,
    ...FROM_FIRST_FRAME,
    id: 'wan2.2-s2v',
    name: { en: 'Wan 2.2, speech to video', zh: '通义万相 2.2 数字人' },
    description: { en: 'A portrait that speaks or sings to a sound, as long as it lasts.', zh: '让一张人像随音频说话或唱歌,时长与音频一致。' },
    upstreamNames: { dashscope: 'wan2.2-s2v' },
    // As long as the sound; the vendor takes up to 20 s of it. Nobody reads its length before, so the longest is held.
    duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 20, auto: true, ofSource: true },
    resolutions: ['480p', '720p'],
    audio: 'always',
    inputs: { image: PICTURE, audio: { ...HEARD, minSeconds: 1, maxSeconds: 20, maxTotalSeconds: 20 } },
    enhancePrompt: false,
    negativePrompt: false,
    price: yuanPerSecond([['480p', 0.5]], 0.9),
  },
  ...([['wan2.2-animate-move', 'Animate Move', '动作迁移', 'Moves the person of a picture like the one in a video.', '让图片中的人物模仿视频中的动作。'], ['wan2.2-animate-mix', 'Animate Mix', '视频换人', 'Puts the person of a picture into a video.', '用图片中的人物替换视频中的人物。']] as const).map(
    ([id, en, zh, does, doesZh]): Model => ({
      ...COMMON,
      id,
      name: { en: `Wan 2.2 ${en}`, zh: `通义万相 2.2 ${zh}` },
      description: { en: does, zh: doesZh },
      upstreamNames: { dashscope: id },
      operations: ['video_to_video'],
      duration: { defaultSeconds: 5, minSeconds: 2, maxSeconds: 30, auto: true, ofSource: true },
      aspectRatios: [ADAPTIVE],
      audio: 'always',
      // Its `mode`: it decides the price.
      qualities: ['wan-std', 'wan-pro'],
      inputs: { image: { ...PICTURE, roles: ['reference'] }, video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE, minSeconds: 2, maxSeconds: 30, maxTotalSeconds: 30 } },
      promptOptional: ['video_to_video'],
      negativePrompt: false,
      enhancePrompt: false,
      vendorFields: ['watermark', 'check_image'],
      price: ownPerSecond([{ when: { quality: ['wan-pro'] }, micros: dollars(0.13) }, { micros: dollars(0.09) }]),
    }),
  ),
  {
    ...GENERATION_2_1,
    ...FROM_TEXT,
    id: 'wanx2.1-t2v-turbo',
    name: { en: 'Wan 2.1 Turbo, text to video', zh: '通义万相 2.1 Turbo 文生视频' },
    description: { en: 'Five silent seconds from text, quick and cheap.', zh: '由文字快速生成 5 秒无声视频,价格低。' },
    upstreamNames: { dashscope: 'wanx2.1-t2v-turbo' },
    resolutions: ['720p', '480p'],
    usualSeconds: 60,
    price: ownPerSecond([{ micros: dollars(0.036) }]),
  },
  {
    ...GENERATION_2_1,
    ...FROM_TEXT,
    id: 'wanx2.1-t2v-plus',
    name: { en: 'Wan 2.1 Plus, text to video', zh: '通义万相 2.1 Plus 文生视频' },
    description: { en: 'Five silent seconds at 720p from text.', zh: '由文字生成 5 秒 720p 无声视频。' },
    upstreamNames: { dashscope: 'wanx2.1-t2v-plus' },
    resolutions: ['720p'],
    price: ownPerSecond([{ micros: dollars(0.1) }]),
  },
  {
    ...GENERATION_2_1,
    ...FROM_FIRST_FRAME,
    id: 'wanx2.1-i2v-turbo',
    name: { en: 'Wan 2.1 Turbo, image to video', zh: '通义万相 2.1 Turbo 图生视频' },
    description: { en: 'Three to five silent seconds from a first frame.', zh: '由首帧生成 3 至 5 秒无声视频。' },
    upstreamNames: { dashscope: 'wanx2.1-i2v-turbo' },
    duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 5 },
    resolutions: ['720p', '480p'],
    usualSeconds: 60,
    price: ownPerSecond([{ micros: dollars(0.036) }]),
  },
  {
    ...GENERATION_2_1,
    ...FROM_FIRST_FRAME,
    id: 'wanx2.1-i2v-plus',
    name: { en: 'Wan 2.1 Plus, image to video', zh: '通义万相 2.1 Plus 图生视频' },
    description: { en: 'Five silent seconds at 720p from a first frame.', zh: '由首帧生成 5 秒 720p 无声视频。' },
    upstreamNames: { dashscope: 'wanx2.1-i2v-plus' },
    resolutions: ['720p'],
    price: ownPerSecond([{ micros: dollars(0.1) }]),
  },
  {
    ...GENERATION_2_1,
    ...FROM_BOTH_FRAMES,
    id: 'wanx2.1-kf2v-plus',
    name: { en: 'Wan 2.1 Plus, first and last frame', zh: '通义万相 2.1 Plus 首尾帧' },
    description: { en: 'Five silent seconds at 720p between two frames.', zh: '由首尾帧生成 5 秒 720p 无声视频。' },
    upstreamNames: { dashscope: 'wanx2.1-kf2v-plus' },
    resolutions: ['720p'],
    price: ownPerSecond([{ micros: dollars(0.1) }]),
  },
  {
    ...GENERATION_2_1,
    id: 'wanx2.1-vace-plus',
    name: { en: 'Wan 2.1 VACE Plus', zh: '通义万相 2.1 VACE Plus 统一编辑' },
    description: { en: 'Five silent seconds at 720p from up to three reference pictures, or a video to change.', zh: '由最多三张参考图或待编辑视频生成 5 秒 720p 无声视频。' },
    upstreamNames: { dashscope: 'wanx2.1-vace-plus' },
    operations: ['reference_to_video', 'video_to_video'],
    resolutions: ['720p'],
    aspectRatios: SQUARE_TOO,
    pixels: PIXELS,
    inputs: { image: { ...PICTURE, roles: ['reference'], max: 3 }, video: { roles: ['source'], max: 1, maxBytes: 50 * MEBIBYTE, maxSeconds: 5, maxTotalSeconds: 5 } },
    negativePrompt: false,
    vendorFields: ['watermark', 'function', 'obj_or_bg'],
    price: ownPerSecond([{ micros: dollars(0.1) }]),
  },
]

/** "images ≥ 300 px (r2v short side ≥ 400), ≤ 10 MB"; watermark is on unless it is said not to be. */
const HAPPYHORSE = {
  ...COMMON,
  family: 'happyhorse',
  duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 15 },
  resolutions: ['720p', '1080p'],
  audio: 'always',
  // "5000 non-CJK / 2500 CJK": the smaller one is sure.
  maxPromptCharacters: 2500,
  negativePrompt: false,
  enhancePrompt: false,
  price: ownPerSecond([{ when: { resolution: ['720p'] }, micros: dollars(0.14) }, { micros: dollars(0.24) }]),
} satisfies Partial<Model>

const HAPPYHORSE_MODELS: readonly Model[] = (['1.1', '1.0'] as const).flatMap((version): Model[] => {
  const ratios = version === '1.1' ? [...RATIOS, '4:5', '5:4', '21:9', '9:21'] : RATIOS
  const latest = version === '1.0' ? ['happyhorse_1_0'] : []
  const runway = version === '1.0' && { runway: 'happyhorse_1_0' }
  return [
    {
      ...HAPPYHORSE,
      id: `happyhorse-${version}-t2v`,
      aliases: latest,
      name: { en: `HappyHorse ${version}, text to video`, zh: `HappyHorse ${version} 文生视频` },
      description: { en: 'Video with sound of 3 to 15 seconds from text.', zh: '由文字生成 3 至 15 秒的有声视频。' },
      upstreamNames: { dashscope: `happyhorse-${version}-t2v`, openrouter: `alibaba/happyhorse-${version}`, ...runway },
      operations: ['text_to_video'],
      aspectRatios: ratios,
      inputs: {},
    },
    {
      ...HAPPYHORSE,
      id: `happyhorse-${version}-i2v`,
      name: { en: `HappyHorse ${version}, image to video`, zh: `HappyHorse ${version} 图生视频` },
      description: { en: 'Video with sound of 3 to 15 seconds from a first frame.', zh: '由首帧生成 3 至 15 秒的有声视频。' },
      upstreamNames: { dashscope: `happyhorse-${version}-i2v`, openrouter: `alibaba/happyhorse-${version}`, ...runway },
      operations: ['image_to_video'],
      aspectRatios: [ADAPTIVE],
      inputs: { image: { roles: ['first_frame'], max: 1, maxBytes: 10 * MEBIBYTE, minSidePixels: 300 } },
      promptOptional: ['image_to_video'],
    },
    {
      ...HAPPYHORSE,
      id: `happyhorse-${version}-r2v`,
      name: { en: `HappyHorse ${version}, references to video`, zh: `HappyHorse ${version} 参考生视频` },
      description: { en: 'Video with sound of 3 to 15 seconds from up to nine reference pictures.', zh: '由最多九张参考图生成 3 至 15 秒的有声视频。' },
      upstreamNames: { dashscope: `happyhorse-${version}-r2v` },
      operations: ['reference_to_video'],
      aspectRatios: ratios,
      inputs: { image: { roles: ['reference'], max: 9, maxBytes: 10 * MEBIBYTE, minSidePixels: 400 } },
    },
  ]
})

const HAPPYHORSE_EDIT: Model = {
  ...HAPPYHORSE,
  id: 'happyhorse-1.0-video-edit',
  name: { en: 'HappyHorse 1.0, video edit', zh: 'HappyHorse 1.0 视频编辑' },
  description: { en: 'Changes up to 15 seconds of a video as the words and up to five pictures say.', zh: '按文字和最多五张图片编辑最长 15 秒的视频。' },
  upstreamNames: { dashscope: 'happyhorse-1.0-video-edit' },
  operations: ['video_to_video'],
  duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 15, auto: true, ofSource: true },
  aspectRatios: [ADAPTIVE],
  // "3–60 s (only first 15 s used), long side ≤ 2160, short ≥ 320, ≤ 100 MB".
  inputs: {
    image: { roles: ['reference'], max: 5, maxBytes: 10 * MEBIBYTE, minSidePixels: 300 },
    video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE, minSidePixels: 320, maxSidePixels: 2160, minSeconds: 3, maxSeconds: 60, maxTotalSeconds: 60 },
  },
  vendorFields: ['watermark', 'audio_setting'],
}

export const WAN_MODELS: readonly Model[] = [...VIDEO_MODELS, ...HAPPYHORSE_MODELS, HAPPYHORSE_EDIT]

function perSecond(rates: Rate[]): RateCard {
  return rateCard({ unit: 'second', rates, source: PRICE_SOURCE })
}

function ownPerSecond(rates: Rate[]): RateCard {
  return rateCard({ unit: 'second', rates, source: OWN_PRICE })
}

/** The price by resolution, the last one for all others. */
function yuanPerSecond(byResolution: [resolution: string, yuan: number][], yuan: number): RateCard {
  const micros = (amount: number) => dollars(amount / YUAN_PER_DOLLAR)
  return rateCard({ unit: 'second', rates: [...byResolution.map(([resolution, amount]) => ({ when: { resolution: [resolution] }, micros: micros(amount) })), { micros: micros(yuan) }], source: YUAN_PRICE_SOURCE })
}

/**
 * "r2v billing counts reference-video seconds up to 5 s in total": as many as the usual result has, so a second costs
 * twice where there are such videos.
 */
function withReferenceVideos(rates: Rate[]): Rate[] {
  return [...rates.map(({ when, micros }) => ({ when: { ...when, inputVideo: true }, micros: micros * 2 })), ...rates]
}
