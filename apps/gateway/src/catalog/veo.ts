import type { InputLimit, Model } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'

/**
 * Google Veo, three ways: under Google's own names, with Google's lengths; under the names that relays sell it by
 * (`veo3.1-fast`, `veo2-fast-frames`); and under those of other relays (`veo_3_1-fast-hd`: `-hd` is 1080p, `-fl` takes
 * first and last frames, `-4K` is 4k). And Gemini Omni, which follows it.
 *
 * Google makes 4, 6 or 8 seconds (Veo 2: 5, 6 or 8), and at 1080p only 8. Relays take any whole number, with 5 as the
 * default, and programs written for them send it; so under the relays' names any whole number is taken, and is what the
 * caller pays. An upstream that knows only Google's lengths is to be asked for the next longer one.
 */
const RELAY_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 8, minSeconds: 4, maxSeconds: 8 }
/** "veo2-fast 5-10 秒, veo3.1-fast 5-10 秒": more than Google makes, so a relay has to join two. */
const RELAY_FAST_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 8, minSeconds: 5, maxSeconds: 10 }
const RELAY_VEO_2_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 8, minSeconds: 5, maxSeconds: 8 }

const GOOGLE_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 8, minSeconds: 4, maxSeconds: 8, values: [4, 6, 8] }
const VEO_2_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 8, minSeconds: 5, maxSeconds: 8, values: [5, 6, 8] }
const EIGHT_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 8, minSeconds: 8, maxSeconds: 8 }

const PRICE_SOURCE = 'Google Veo pricing as of 2026-11, USD per second'
const FAST_PRICE_SOURCE = 'Google Veo 3.1 Fast pricing as of 2026-11, USD per second'
const GONE_PRICE_SOURCE = 'Google Veo pricing before its retirement, USD per second, read 2026-11'
const OWN_PRICE = 'own default, no published price, 2026-11: as Google charges for the model behind it'
const OMNI_PRICE_SOURCE = 'Gemini Omni by third parties, USD per second, 2026-11'

const MEBIBYTE = 1024 * 1024
/** No limit for one picture is confirmed; this one is ours. */
const PICTURE: InputLimit = { roles: ['first_frame'], max: 1, maxBytes: 20 * MEBIBYTE }

const COMMON = {
  kind: 'video',
  family: 'veo',
  aspectRatios: ['16:9', '9:16'],
  framesPerSecond: 24,
  audio: 'always',
  // "seed uint32".
  seed: { min: 0, max: 2 ** 32 - 1 },
  maxCount: 1,
  // "about 1024 tokens", of about four characters each.
  maxPromptCharacters: 4000,
  negativePrompt: true,
  enhancePrompt: true,
  outputFormats: ['mp4'],
  usualSeconds: 90,
} satisfies Partial<Model>

const FROM_FIRST_FRAME = {
  operations: ['text_to_video', 'image_to_video'],
  inputs: { image: PICTURE },
} satisfies Partial<Model>

/** Text alone works too: clients that know only prompt, duration and size can name this model. */
const FROM_FRAMES = {
  operations: ['text_to_video', 'image_to_video', 'first_last_frame'],
  inputs: { image: { ...PICTURE, roles: ['first_frame', 'last_frame'], max: 2 } },
} satisfies Partial<Model>

/** "支持上传图片素材（最多 3 张），图片会合并到视频中". */
const FROM_COMPONENTS = {
  operations: ['text_to_video', 'reference_to_video'],
  inputs: { image: { ...PICTURE, roles: ['reference'], max: 3 } },
} satisfies Partial<Model>

/** Google's own 3.1: frames, up to three references, and what it made before to go on with. */
const FROM_ANYTHING = {
  operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'extend'],
  inputs: {
    image: { ...PICTURE, roles: ['first_frame', 'last_frame', 'reference'], max: 2, maxReferences: 3 },
    video: { roles: ['source'], max: 1, maxBytes: 200 * MEBIBYTE, maxSeconds: 141, maxTotalSeconds: 141 },
  },
} satisfies Partial<Model>

/** "1080p, 4k, reference images and extension require 8"; "extension 720p only". */
const GOOGLE_RULES: NonNullable<Model['exceptions']> = [
  { when: { operation: ['extend'] }, resolutions: ['720p'], duration: EIGHT_SECONDS },
  { when: { operation: ['reference_to_video'] }, duration: EIGHT_SECONDS },
  { when: { resolution: ['1080p', '4k'] }, duration: EIGHT_SECONDS },
]

const VEO_3_1 = {
  ...COMMON,
  // The Gemini API never had these without "preview", and gave them up on 2026-10-22; services that stand in for it keep the names.
  upstreamNames: { google: 'veo-3.1-generate-preview', vertex: 'veo-3.1-generate-001', replicate: 'google/veo-3.1', fal: 'fal-ai/veo3.1', runway: 'veo3.1', openrouter: 'google/veo-3.1' },
  resolutions: ['720p', '1080p', '4k'],
  // "always (Gemini API); switch on Vertex".
  audio: 'optional',
  audioDefault: true,
  vendorFields: ['personGeneration'],
  usualSeconds: 150,
} satisfies Partial<Model>

const VEO_3_1_FAST = {
  ...VEO_3_1,
  upstreamNames: { google: 'veo-3.1-fast-generate-preview', vertex: 'veo-3.1-fast-generate-001', replicate: 'google/veo-3.1-fast', fal: 'fal-ai/veo3.1/fast', runway: 'veo3.1_fast', openrouter: 'google/veo-3.1-fast' },
  usualSeconds: 90,
} satisfies Partial<Model>

const PRICE_3_1: Rate[] = [{ when: { resolution: ['4k'] }, micros: dollars(0.6) }, { micros: dollars(0.4) }]
const PRICE_3_1_FAST: Rate[] = [
  { when: { resolution: ['4k'] }, micros: dollars(0.3) },
  { when: { resolution: ['1080p'] }, micros: dollars(0.12) },
  { micros: dollars(0.1) },
]

const GOOGLE_MODELS: readonly Model[] = [
  {
    ...VEO_3_1,
    ...FROM_ANYTHING,
    id: 'veo-3.1',
    aliases: ['veo-3.1-generate-001', 'veo-3.1-generate-preview', 'veo-3.1-generate', 'google/veo-3.1', 'google/veo-3.1-generate-001', 'fal-ai/veo3.1', 'fal-ai/veo3.1/image-to-video', 'fal-ai/veo3.1/reference-to-video', 'fal-ai/veo3.1/first-last-frame-to-video'],
    name: { en: 'Veo 3.1', zh: 'Veo 3.1' },
    description: {
      en: 'Video with sound up to 4k from text, frames, or up to three reference pictures.',
      zh: '由文字、首尾帧或最多三张参考图生成有声视频,最高 4k。',
    },
    duration: GOOGLE_SECONDS,
    exceptions: GOOGLE_RULES,
    price: perSecond(PRICE_3_1, PRICE_SOURCE),
  },
  {
    ...VEO_3_1_FAST,
    ...FROM_ANYTHING,
    id: 'veo-3.1-fast',
    aliases: ['veo-3.1-fast-generate-001', 'veo-3.1-fast-generate-preview', 'google/veo-3.1-fast', 'google/veo-3.1-fast-generate-001', 'fal-ai/veo3.1/fast', 'fal-ai/veo3.1/fast/image-to-video', 'fal-ai/veo3.1/fast/first-last-frame-to-video', 'veo3.1_fast'],
    name: { en: 'Veo 3.1 Fast', zh: 'Veo 3.1 Fast' },
    description: {
      en: 'Veo 3.1 at higher speed and lower price, with the same inputs.',
      zh: 'Veo 3.1 的快速版,价格更低,输入相同。',
    },
    duration: GOOGLE_SECONDS,
    exceptions: GOOGLE_RULES,
    price: perSecond(PRICE_3_1_FAST, FAST_PRICE_SOURCE),
  },
  {
    ...VEO_3_1,
    ...FROM_FRAMES,
    id: 'veo-3.1-lite',
    aliases: ['veo-3.1-lite-generate-001', 'veo-3.1-lite-generate-preview', 'google/veo-3.1-lite', 'google/veo-3.1-lite-generate-001'],
    name: { en: 'Veo 3.1 Lite', zh: 'Veo 3.1 Lite' },
    description: { en: 'The cheapest Veo 3.1, up to 1080p.', zh: '价格最低的 Veo 3.1,最高 1080p。' },
    upstreamNames: { google: 'veo-3.1-lite-generate-preview', vertex: 'veo-3.1-lite-generate-001', openrouter: 'google/veo-3.1-lite' },
    resolutions: ['720p', '1080p'],
    duration: GOOGLE_SECONDS,
    exceptions: [{ when: { resolution: ['1080p'] }, duration: EIGHT_SECONDS }],
    usualSeconds: 60,
    price: perSecond([{ when: { resolution: ['1080p'] }, micros: dollars(0.08) }, { micros: dollars(0.05) }], PRICE_SOURCE),
  },
  {
    ...COMMON,
    ...FROM_FIRST_FRAME,
    id: 'veo-3.0',
    aliases: ['veo-3.0-generate-001', 'veo-3.0-generate-preview', 'google/veo-3', 'fal-ai/veo3', 'fal-ai/veo3/image-to-video'],
    name: { en: 'Veo 3', zh: 'Veo 3' },
    description: { en: 'Video with sound from text or a first frame, up to 1080p.', zh: '由文字或首帧生成有声视频,最高 1080p。' },
    upstreamNames: { google: 'veo-3.0-generate-001', replicate: 'google/veo-3', fal: 'fal-ai/veo3' },
    resolutions: ['720p', '1080p'],
    duration: GOOGLE_SECONDS,
    exceptions: [{ when: { resolution: ['1080p'] }, duration: EIGHT_SECONDS }],
    vendorFields: ['personGeneration'],
    price: perSecond([{ micros: dollars(0.4) }], GONE_PRICE_SOURCE),
  },
  {
    ...COMMON,
    ...FROM_FIRST_FRAME,
    id: 'veo-3.0-fast',
    aliases: ['veo-3.0-fast-generate-001', 'veo-3.0-fast-generate-preview', 'google/veo-3-fast', 'fal-ai/veo3/fast', 'fal-ai/veo3/fast/image-to-video'],
    name: { en: 'Veo 3 Fast', zh: 'Veo 3 Fast' },
    description: { en: 'Veo 3 at higher speed and lower price.', zh: 'Veo 3 的快速版,价格更低。' },
    upstreamNames: { google: 'veo-3.0-fast-generate-001', replicate: 'google/veo-3-fast', fal: 'fal-ai/veo3/fast' },
    resolutions: ['720p', '1080p'],
    duration: GOOGLE_SECONDS,
    exceptions: [{ when: { resolution: ['1080p'] }, duration: EIGHT_SECONDS }],
    vendorFields: ['personGeneration'],
    price: perSecond([{ micros: dollars(0.15) }], GONE_PRICE_SOURCE),
  },
  {
    ...COMMON,
    ...FROM_FRAMES,
    id: 'veo-2.0',
    aliases: ['veo-2.0-generate-001', 'google/veo-2', 'fal-ai/veo2', 'fal-ai/veo2/image-to-video'],
    name: { en: 'Veo 2', zh: 'Veo 2' },
    description: { en: 'Silent video at 720p from text or frames.', zh: '由文字或首尾帧生成 720p 无声视频。' },
    upstreamNames: { google: 'veo-2.0-generate-001', vertex: 'veo-2.0-generate-001', replicate: 'google/veo-2', fal: 'fal-ai/veo2' },
    resolutions: ['720p'],
    duration: VEO_2_SECONDS,
    audio: 'never',
    vendorFields: ['personGeneration'],
    price: perSecond([{ micros: dollars(0.35) }], GONE_PRICE_SOURCE),
  },
]

/** The names of allapi.store's table, whose `enable_upsample` enlarges the result. */
const RELAY = { ...COMMON, upsample: true, duration: RELAY_SECONDS, resolutions: ['720p', '1080p'] } satisfies Partial<Model>

const RELAY_2 = {
  ...RELAY,
  upstreamNames: { google: 'veo-2.0-generate-001', vertex: 'veo-2.0-generate-001' },
  resolutions: ['720p'],
  duration: RELAY_VEO_2_SECONDS,
  audio: 'never',
  price: perSecond([{ micros: dollars(0.35) }], OWN_PRICE),
} satisfies Partial<Model>

const RELAY_2_FAST = { ...RELAY_2, duration: RELAY_FAST_SECONDS, price: perSecond([{ micros: dollars(0.15) }], OWN_PRICE) } satisfies Partial<Model>
const RELAY_2_PRO = { ...RELAY_2, price: perSecond([{ micros: dollars(0.5) }], OWN_PRICE) } satisfies Partial<Model>

const RELAY_3 = { ...RELAY, upstreamNames: { google: 'veo-3.0-generate-001' }, price: perSecond([{ micros: dollars(0.4) }], OWN_PRICE) } satisfies Partial<Model>
const RELAY_3_FAST = { ...RELAY, upstreamNames: { google: 'veo-3.0-fast-generate-001' }, price: perSecond([{ micros: dollars(0.15) }], OWN_PRICE) } satisfies Partial<Model>

const RELAY_3_1 = { ...VEO_3_1, upsample: true, duration: RELAY_SECONDS, price: perSecond(PRICE_3_1, OWN_PRICE) } satisfies Partial<Model>
const RELAY_3_1_FAST = { ...VEO_3_1_FAST, upsample: true, duration: RELAY_FAST_SECONDS, price: perSecond(PRICE_3_1_FAST, OWN_PRICE) } satisfies Partial<Model>

const RELAY_MODELS: readonly Model[] = [
  {
    ...RELAY_2,
    ...FROM_FIRST_FRAME,
    id: 'veo2',
    name: { en: 'Veo 2', zh: 'Veo 2 标准' },
    description: { en: 'Veo 2 under the name of the relays.', zh: '中转渠道名称下的 Veo 2 标准模式。' },
  },
  {
    ...RELAY_2_FAST,
    ...FROM_FIRST_FRAME,
    id: 'veo2-fast',
    name: { en: 'Veo 2 Fast', zh: 'Veo 2 Fast' },
    description: { en: 'Veo 2 in its quick mode, 5 to 10 seconds.', zh: 'Veo 2 快速模式,5 至 10 秒。' },
  },
  {
    ...RELAY_2_FAST,
    ...FROM_FRAMES,
    id: 'veo2-fast-frames',
    name: { en: 'Veo 2 Fast, frames', zh: 'Veo 2 Fast 首尾帧' },
    description: { en: 'Veo 2 in its quick mode, from a first and a last frame.', zh: 'Veo 2 快速模式,支持首尾帧,最多 2 张图片。' },
  },
  {
    ...RELAY_2_FAST,
    ...FROM_COMPONENTS,
    id: 'veo2-fast-components',
    name: { en: 'Veo 2 Fast, components', zh: 'Veo 2 Fast 图片素材' },
    description: { en: 'Veo 2 in its quick mode, with up to three pictures that appear in the video.', zh: 'Veo 2 快速模式,最多 3 张图片素材,合并到视频中。' },
  },
  {
    ...RELAY_2_PRO,
    ...FROM_FIRST_FRAME,
    id: 'veo2-pro',
    name: { en: 'Veo 2 Pro', zh: 'Veo 2 Pro' },
    description: { en: 'Veo 2 in its mode of high quality.', zh: 'Veo 2 高质量模式。' },
  },
  {
    ...RELAY_2_PRO,
    ...FROM_COMPONENTS,
    id: 'veo2-pro-components',
    name: { en: 'Veo 2 Pro, components', zh: 'Veo 2 Pro 图片素材' },
    description: { en: 'Veo 2 in its mode of high quality, with up to three pictures that appear in the video.', zh: 'Veo 2 高质量模式,最多 3 张图片素材。' },
  },
  {
    ...RELAY_3,
    ...FROM_FIRST_FRAME,
    id: 'veo3',
    name: { en: 'Veo 3', zh: 'Veo 3 标准' },
    description: { en: 'Veo 3 with sound under the name of the relays.', zh: '中转渠道名称下的 Veo 3 标准模式,有声。' },
  },
  {
    ...RELAY_3_FAST,
    ...FROM_FIRST_FRAME,
    id: 'veo3-fast',
    name: { en: 'Veo 3 Fast', zh: 'Veo 3 Fast' },
    description: { en: 'Veo 3 with sound in its quick mode.', zh: 'Veo 3 快速模式,有声。' },
  },
  {
    ...RELAY_3_FAST,
    ...FROM_FRAMES,
    id: 'veo3-fast-frames',
    name: { en: 'Veo 3 Fast, frames', zh: 'Veo 3 Fast 首尾帧' },
    description: { en: 'Veo 3 in its quick mode, from a first and a last frame.', zh: 'Veo 3 快速模式,支持首尾帧。' },
  },
  {
    ...RELAY_3,
    ...FROM_FRAMES,
    id: 'veo3-frames',
    name: { en: 'Veo 3, frames', zh: 'Veo 3 首尾帧' },
    description: { en: 'Veo 3 from a first and a last frame.', zh: 'Veo 3 标准模式,支持首尾帧。' },
  },
  {
    ...RELAY_3,
    ...FROM_FIRST_FRAME,
    id: 'veo3-pro',
    name: { en: 'Veo 3 Pro', zh: 'Veo 3 Pro' },
    description: { en: 'Veo 3 in its mode of high quality.', zh: 'Veo 3 高质量模式。' },
  },
  {
    ...RELAY_3,
    ...FROM_FIRST_FRAME,
    id: 'veo3-pro-frames',
    name: { en: 'Veo 3 Pro, first frame', zh: 'Veo 3 Pro 首帧' },
    description: { en: 'Veo 3 in its mode of high quality, from one first frame.', zh: 'Veo 3 高质量模式,支持首帧,最多 1 张图片。' },
  },
  {
    ...RELAY_3_1,
    ...FROM_FRAMES,
    id: 'veo3.1',
    aliases: ['veo_3_1'],
    name: { en: 'Veo 3.1', zh: 'Veo 3.1 标准' },
    description: { en: 'Veo 3.1 with sound from text or frames, up to 4k.', zh: 'Veo 3.1,由文字或首尾帧生成有声视频,最高 4k。' },
  },
  {
    ...RELAY_3_1_FAST,
    ...FROM_FRAMES,
    id: 'veo3.1-fast',
    name: { en: 'Veo 3.1 Fast, 5 to 10 seconds', zh: 'Veo 3.1 Fast(5 至 10 秒)' },
    description: { en: 'Veo 3.1 in its quick mode, 5 to 10 seconds from text or frames.', zh: 'Veo 3.1 快速模式,由文字或首尾帧生成 5 至 10 秒视频。' },
  },
  {
    ...RELAY_3_1_FAST,
    ...FROM_COMPONENTS,
    id: 'veo3.1-fast-components',
    name: { en: 'Veo 3.1 Fast, components', zh: 'Veo 3.1 Fast 图片素材' },
    description: { en: 'Veo 3.1 in its quick mode, with up to three pictures that appear in the video.', zh: 'Veo 3.1 快速模式,最多 3 张图片素材,合并到视频中。' },
  },
  {
    ...RELAY_3_1,
    ...FROM_FRAMES,
    id: 'veo3.1-pro',
    name: { en: 'Veo 3.1 Pro', zh: 'Veo 3.1 Pro' },
    description: { en: 'Veo 3.1 in its mode of high quality.', zh: 'Veo 3.1 高质量模式。' },
  },
  {
    ...RELAY_3_1,
    ...FROM_FRAMES,
    id: 'veo3.1-4k',
    name: { en: 'Veo 3.1 4k', zh: 'Veo 3.1 4k' },
    description: { en: 'Veo 3.1 at 4k.', zh: 'Veo 3.1 的 4k 版本。' },
    resolutions: ['4k'],
    price: perSecond([{ micros: dollars(0.6) }], OWN_PRICE),
  },
]

/** The names of yuzhixiaolongxia.com's table. */
const UNDERSCORED = { ...COMMON, upstreamNames: { google: 'veo-3.1-fast-generate-preview', vertex: 'veo-3.1-fast-generate-001' }, duration: RELAY_SECONDS } satisfies Partial<Model>
const AT_720P = { resolutions: ['720p'], price: perSecond([{ micros: dollars(0.1) }], FAST_PRICE_SOURCE) } satisfies Partial<Model>
const AT_1080P = { resolutions: ['1080p'], price: perSecond([{ micros: dollars(0.12) }], FAST_PRICE_SOURCE) } satisfies Partial<Model>

const UNDERSCORED_MODELS: readonly Model[] = [
  {
    ...UNDERSCORED,
    ...FROM_FIRST_FRAME,
    ...AT_720P,
    id: 'veo_3_1-fast',
    name: { en: 'Veo 3.1 Fast', zh: 'Veo 3.1 Fast' },
    description: { en: 'Quick video with sound from text or a first frame, 720p.', zh: '由文字或首帧快速生成有声视频,720p。' },
  },
  {
    ...UNDERSCORED,
    ...FROM_FIRST_FRAME,
    ...AT_1080P,
    id: 'veo_3_1-fast-hd',
    name: { en: 'Veo 3.1 Fast HD', zh: 'Veo 3.1 Fast 高清' },
    description: { en: 'Veo 3.1 Fast at 1080p.', zh: 'Veo 3.1 Fast 的 1080p 版本。' },
  },
  {
    ...UNDERSCORED,
    ...FROM_FRAMES,
    ...AT_720P,
    id: 'veo_3_1-fast-fl',
    name: { en: 'Veo 3.1 Fast, first and last frame', zh: 'Veo 3.1 Fast 首尾帧' },
    description: { en: 'Veo 3.1 Fast between a first and a last frame, 720p.', zh: 'Veo 3.1 Fast 首尾帧生成,720p。' },
  },
  {
    ...UNDERSCORED,
    ...FROM_FRAMES,
    ...AT_1080P,
    id: 'veo_3_1-fast-fl-hd',
    name: { en: 'Veo 3.1 Fast HD, first and last frame', zh: 'Veo 3.1 Fast 首尾帧高清' },
    description: { en: 'Veo 3.1 Fast between a first and a last frame, 1080p.', zh: 'Veo 3.1 Fast 首尾帧生成,1080p。' },
  },
  {
    ...UNDERSCORED,
    ...FROM_FIRST_FRAME,
    id: 'veo_3_1-fast-4K',
    name: { en: 'Veo 3.1 Fast 4K', zh: 'Veo 3.1 Fast 4K' },
    description: { en: 'Veo 3.1 Fast at 4k.', zh: 'Veo 3.1 Fast 的 4k 版本。' },
    resolutions: ['4k'],
    usualSeconds: 150,
    price: perSecond([{ micros: dollars(0.3) }], FAST_PRICE_SOURCE),
  },
]

/** "References ≤ 10 images, ≤ 3 videos"; with 1.1 came the last frame, and going on with a video. */
const OMNI = {
  ...COMMON,
  duration: { defaultSeconds: 10, minSeconds: 3, maxSeconds: 10 },
  resolutions: ['720p', '360p', '1080p', '4k'],
  operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'video_to_video', 'extend'],
  inputs: {
    image: { ...PICTURE, roles: ['first_frame', 'last_frame', 'reference'], max: 2, maxReferences: 10 },
    video: { roles: ['source', 'reference'], max: 3, maxBytes: 200 * MEBIBYTE },
  },
  // It has none, and rewrites no prompt that it could show.
  negativePrompt: false,
  enhancePrompt: false,
  usualSeconds: 60,
  price: perSecond(
    [
      { when: { resolution: ['360p'] }, micros: dollars(0.03) },
      { when: { resolution: ['720p'] }, micros: dollars(0.1) },
      { when: { resolution: ['1080p'] }, micros: dollars(0.15) },
      { micros: dollars(0.3) },
    ],
    OMNI_PRICE_SOURCE,
  ),
} satisfies Partial<Model>

const OMNI_MODELS: readonly Model[] = [
  {
    ...OMNI,
    id: 'gemini-omni-1.2-flash',
    aliases: ['google/gemini-omni-1.2-flash'],
    name: { en: 'Gemini Omni 1.2 Flash', zh: 'Gemini Omni 1.2 Flash' },
    description: {
      en: 'Video with sound up to 15 seconds from text, frames, references, or a video to change.',
      zh: '由文字、首尾帧、参考素材或待编辑视频生成最长 15 秒的有声视频。',
    },
    upstreamNames: { google: 'gemini-omni-1.2-flash' },
    duration: { defaultSeconds: 10, minSeconds: 3, maxSeconds: 15 },
  },
  {
    ...OMNI,
    id: 'gemini-omni-1.1-flash',
    aliases: ['gemini_omni_flash_1.1'],
    name: { en: 'Gemini Omni 1.1 Flash', zh: 'Gemini Omni 1.1 Flash' },
    description: {
      en: 'Video with sound up to 10 seconds from text, frames, references, or a video to change.',
      zh: '由文字、首尾帧、参考素材或待编辑视频生成最长 10 秒的有声视频。',
    },
    upstreamNames: { google: 'gemini-omni-1.1-flash', runway: 'gemini_omni_flash_1.1' },
  },
  {
    ...OMNI,
    id: 'gemini-omni-flash-preview',
    aliases: ['gemini_omni_flash', 'google/gemini-omni-flash-preview'],
    name: { en: 'Gemini Omni Flash', zh: 'Gemini Omni Flash' },
    description: {
      en: 'The first Gemini Omni: video with sound up to 10 seconds from text, a first frame, or references.',
      zh: '首个 Gemini Omni:由文字、首帧或参考素材生成最长 10 秒的有声视频。',
    },
    upstreamNames: { google: 'gemini-omni-flash-preview', runway: 'gemini_omni_flash' },
    operations: ['text_to_video', 'image_to_video', 'reference_to_video', 'video_to_video'],
    resolutions: ['720p'],
    inputs: { ...OMNI.inputs, image: { ...OMNI.inputs.image, roles: ['first_frame', 'reference'] } },
    price: perSecond([{ micros: dollars(0.1) }], OMNI_PRICE_SOURCE),
  },
]

export const VEO_MODELS: readonly Model[] = [...GOOGLE_MODELS, ...RELAY_MODELS, ...UNDERSCORED_MODELS, ...OMNI_MODELS]

function perSecond(rates: Rate[], source: string): RateCard {
  return rateCard({ unit: 'second', rates, source })
}
