import { ADAPTIVE, type InputLimit, type Model, type PixelTable } from '../core/model.ts'
import { dollars, rateCard, type RateCard } from '../core/rate-card.ts'

/**
 * ByteDance Jimeng 即梦, on Volcengine's visual service, where the model is called `req_key`. There a model is one
 * way of working, so most take either text, or a first frame, or both frames. Its pictures are in `jimeng-images.ts`.
 */

/** The vendor's list is in yuan; USD at 7.1 yuan is ours. */
const YUAN_PER_DOLLAR = 7.1
const PRICE_SOURCE = 'Volcengine Jimeng list price, CNY per second, 2026-06-30, at CNY 7.1 to the dollar'

/** What clients of the vendor's say that they pay for a second; its own list was not to be had. */
const OWN_PRICE = 'own default after CNY 1 per second as open-source clients quote it, at CNY 7.1 to the dollar, 2026-11'

const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9']

/** "Pro / 1080p pixels"; for 720p the vendor gives none, and those of Seedance 1.0, the same engine, are taken. */
const PIXELS: PixelTable = {
  '720p': { '16:9': [1248, 704], '4:3': [1120, 832], '1:1': [960, 960], '3:4': [832, 1120], '9:16': [704, 1248], '21:9': [1504, 640] },
  '1080p': { '16:9': [1920, 1088], '4:3': [1664, 1248], '1:1': [1440, 1440], '3:4': [1248, 1664], '9:16': [1088, 1920], '21:9': [2176, 928] },
}

/** "JPEG/PNG, ≤ 4.7 MB, ≤ 4096×4096, short side ≥ 320". */
const FIRST_FRAME: InputLimit = { roles: ['first_frame'], max: 1, maxBytes: Math.floor(4.7 * 1024 * 1024), minSidePixels: 320, maxSidePixels: 4096 }
const BOTH_FRAMES: InputLimit = { ...FIRST_FRAME, roles: ['first_frame', 'last_frame'], max: 2 }

const FIVE_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 5, maxSeconds: 5 }
/** "frames 121 (5 s, default) or 241 (10 s)". */
const FIVE_OR_TEN_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 5, maxSeconds: 10, values: [5, 10] }

const COMMON = {
  kind: 'video',
  family: 'jimeng',
  pixels: PIXELS,
  aspectRatios: RATIOS,
  // "aspect_ratio … t2v only; i2v is centre-cropped to the nearest".
  exceptions: [{ when: { operation: ['image_to_video', 'first_last_frame'] }, aspectRatios: [ADAPTIVE] }],
  framesPerSecond: 24,
  audio: 'never',
  // "-1 default (random)"; the range is not documented, and that of Seedance is taken.
  seed: { min: -1, max: 2 ** 32 - 1 },
  maxCount: 1,
  // "≤ 800 chars (≤ 400 recommended)".
  maxPromptCharacters: 800,
  promptOptional: ['image_to_video', 'first_last_frame'],
  outputFormats: ['mp4'],
  vendorFields: ['aigc_meta'],
  usualSeconds: 90,
} satisfies Partial<Model>

const S2_PRO = { ...COMMON, duration: FIVE_SECONDS, resolutions: ['720p'], price: yuanPerSecond(0.65) } satisfies Partial<Model>
const V3_720P = { ...COMMON, duration: FIVE_OR_TEN_SECONDS, resolutions: ['720p'], price: yuanPerSecond(0.28) } satisfies Partial<Model>
const V3_1080P = { ...COMMON, duration: FIVE_OR_TEN_SECONDS, resolutions: ['1080p'], price: yuanPerSecond(0.63) } satisfies Partial<Model>

/** "JPG/PNG, < 5 MB, ≤ 4096×4096". */
const PORTRAIT: InputLimit = { roles: ['first_frame'], max: 1, maxBytes: 5 * 1024 * 1024, maxSidePixels: 4096 }

/** A portrait and a sound. */
const AVATAR = {
  kind: 'video',
  family: 'jimeng',
  operations: ['image_to_video'],
  aspectRatios: [ADAPTIVE],
  framesPerSecond: 25,
  audio: 'always',
  maxCount: 1,
  // "≤ 300 characters" is advised.
  maxPromptCharacters: 800,
  promptOptional: ['image_to_video'],
  outputFormats: ['mp4'],
  // "RTF 20": ten seconds take more than three minutes.
  usualSeconds: 200,
  price: yuanPerSecond(1, OWN_PRICE),
} satisfies Partial<Model>

/** Of both versions: "video ≤ 30 s, 200×200 to 2048×1440; picture 480×480 to 1920×1080 (larger ones are scaled), < 4.7 MB; out 720P, 25 fps". */
const MOTION = {
  kind: 'video',
  family: 'jimeng',
  operations: ['video_to_video'],
  aspectRatios: [ADAPTIVE],
  resolutions: ['720p'],
  framesPerSecond: 25,
  audio: 'never',
  duration: { defaultSeconds: 5, minSeconds: 1, maxSeconds: 30, auto: true, ofSource: true },
  inputs: {
    image: { roles: ['reference'], max: 1, maxBytes: FIRST_FRAME.maxBytes, minSidePixels: 480 },
    video: { roles: ['source'], max: 1, maxBytes: 100 * 1024 * 1024, minSidePixels: 200, maxSidePixels: 2048, maxSeconds: 30, maxTotalSeconds: 30 },
  },
  maxCount: 1,
  // It is not told any words.
  maxPromptCharacters: 800,
  promptOptional: ['video_to_video'],
  outputFormats: ['mp4'],
  // "RTF about 18".
  usualSeconds: 200,
  price: yuanPerSecond(1, OWN_PRICE),
} satisfies Partial<Model>

export const JIMENG_MODELS: readonly Model[] = [
  {
    ...S2_PRO,
    id: 'jimeng_vgfm_t2v_l20',
    name: { en: 'Jimeng Video S2.0 Pro, text to video', zh: '即梦视频 S2.0 Pro 文生视频' },
    description: {
      en: 'Five silent seconds at 720p from text, or from a first frame when one is given.',
      zh: '由文字生成 5 秒 720p 无声视频;提供首帧时按首帧生成。',
    },
    upstreamNames: { jimeng: 'jimeng_vgfm_t2v_l20' },
    // Clients name this model and give a picture; gateways of this kind then ask for its picture twin.
    operations: ['text_to_video', 'image_to_video'],
    inputs: { image: FIRST_FRAME },
  },
  {
    ...S2_PRO,
    id: 'jimeng_vgfm_i2v_l20',
    name: { en: 'Jimeng Video S2.0 Pro, image to video', zh: '即梦视频 S2.0 Pro 图生视频' },
    description: { en: 'Five silent seconds at 720p from a first frame.', zh: '由首帧生成 5 秒 720p 无声视频。' },
    upstreamNames: { jimeng: 'jimeng_vgfm_i2v_l20' },
    operations: ['image_to_video'],
    inputs: { image: FIRST_FRAME },
  },
  {
    ...V3_720P,
    id: 'jimeng_v30',
    // Gateways of this kind choose the vendor's key by the pictures given.
    name: { en: 'Jimeng Video 3.0', zh: '即梦视频 3.0' },
    description: {
      en: 'Silent video of 5 or 10 seconds at 720p from text or from first and last frames.',
      zh: '由文字或首尾帧生成 5 秒或 10 秒 720p 无声视频。',
    },
    upstreamNames: { jimeng: 'jimeng_v30' },
    operations: ['text_to_video', 'image_to_video', 'first_last_frame'],
    inputs: { image: BOTH_FRAMES },
  },
  {
    ...V3_720P,
    id: 'jimeng_t2v_v30',
    name: { en: 'Jimeng Video 3.0, text to video', zh: '即梦视频 3.0 文生视频' },
    description: { en: 'Silent video of 5 or 10 seconds at 720p from text.', zh: '由文字生成 5 秒或 10 秒 720p 无声视频。' },
    upstreamNames: { jimeng: 'jimeng_t2v_v30' },
    operations: ['text_to_video'],
    inputs: {},
  },
  {
    ...V3_1080P,
    id: 'jimeng_t2v_v30_1080p',
    name: { en: 'Jimeng Video 3.0 1080p, text to video', zh: '即梦视频 3.0 1080p 文生视频' },
    description: { en: 'Silent video of 5 or 10 seconds at 1080p from text.', zh: '由文字生成 5 秒或 10 秒 1080p 无声视频。' },
    upstreamNames: { jimeng: 'jimeng_t2v_v30_1080p' },
    operations: ['text_to_video'],
    inputs: {},
  },
  {
    ...V3_720P,
    id: 'jimeng_i2v_first_v30',
    name: { en: 'Jimeng Video 3.0, first frame', zh: '即梦视频 3.0 首帧' },
    description: { en: 'Silent video of 5 or 10 seconds at 720p from a first frame.', zh: '由首帧生成 5 秒或 10 秒 720p 无声视频。' },
    upstreamNames: { jimeng: 'jimeng_i2v_first_v30' },
    operations: ['image_to_video'],
    inputs: { image: FIRST_FRAME },
  },
  {
    ...V3_1080P,
    id: 'jimeng_i2v_first_v30_1080',
    name: { en: 'Jimeng Video 3.0 1080p, first frame', zh: '即梦视频 3.0 1080p 首帧' },
    description: { en: 'Silent video of 5 or 10 seconds at 1080p from a first frame.', zh: '由首帧生成 5 秒或 10 秒 1080p 无声视频。' },
    upstreamNames: { jimeng: 'jimeng_i2v_first_v30_1080' },
    operations: ['image_to_video'],
    inputs: { image: FIRST_FRAME },
  },
  {
    ...V3_720P,
    id: 'jimeng_i2v_first_tail_v30',
    name: { en: 'Jimeng Video 3.0, first and last frame', zh: '即梦视频 3.0 首尾帧' },
    description: { en: 'Silent video of 5 or 10 seconds at 720p between two frames.', zh: '由首尾帧生成 5 秒或 10 秒 720p 无声视频。' },
    upstreamNames: { jimeng: 'jimeng_i2v_first_tail_v30' },
    operations: ['first_last_frame'],
    inputs: { image: BOTH_FRAMES },
  },
  {
    ...V3_1080P,
    id: 'jimeng_i2v_first_tail_v30_1080',
    name: { en: 'Jimeng Video 3.0 1080p, first and last frame', zh: '即梦视频 3.0 1080p 首尾帧' },
    description: { en: 'Silent video of 5 or 10 seconds at 1080p between two frames.', zh: '由首尾帧生成 5 秒或 10 秒 1080p 无声视频。' },
    upstreamNames: { jimeng: 'jimeng_i2v_first_tail_v30_1080' },
    operations: ['first_last_frame'],
    inputs: { image: BOTH_FRAMES },
  },
  {
    ...V3_720P,
    id: 'jimeng_i2v_recamera_v30',
    name: { en: 'Jimeng Video 3.0, camera moves', zh: '即梦视频 3.0 运镜' },
    description: { en: 'A named camera move through a picture, silent, at 720p.', zh: '按指定运镜模板由图片生成 720p 无声视频。' },
    upstreamNames: { jimeng: 'jimeng_i2v_recamera_v30' },
    operations: ['image_to_video'],
    inputs: { image: FIRST_FRAME },
    vendorFields: [...COMMON.vendorFields, 'template_id', 'camera_strength'],
  },
  {
    ...COMMON,
    id: 'jimeng_ti2v_v30_pro',
    aliases: ['jimeng_v30_pro'],
    name: { en: 'Jimeng Video 3.0 Pro', zh: '即梦视频 3.0 Pro' },
    description: {
      en: 'Silent video of 5 or 10 seconds at 1080p from text or a first frame.',
      zh: '由文字或首帧生成 5 秒或 10 秒 1080p 无声视频。',
    },
    upstreamNames: { jimeng: 'jimeng_ti2v_v30_pro' },
    operations: ['text_to_video', 'image_to_video'],
    duration: FIVE_OR_TEN_SECONDS,
    resolutions: ['1080p'],
    inputs: { image: FIRST_FRAME },
    price: yuanPerSecond(1),
  },
  {
    ...AVATAR,
    id: 'jimeng_realman_avatar_picture_omni_v15',
    aliases: ['omnihuman-1.5'],
    name: { en: 'OmniHuman 1.5', zh: '即梦 OmniHuman 1.5 数字人' },
    description: {
      en: 'A person, animal or figure of a picture speaks or sings to a sound of up to a minute, as the words say.',
      zh: '让图片中的人物、宠物或动漫形象随一分钟以内的音频说话或唱歌,可用提示词调整画面。',
    },
    upstreamNames: { jimeng: 'jimeng_realman_avatar_picture_omni_v15' },
    // "output_resolution … 720, 1080, default 1080".
    resolutions: ['1080p', '720p'],
    // "Less than 60 seconds."
    duration: asLongAsItsSound(59),
    inputs: { image: PORTRAIT, audio: heard(59) },
    seed: COMMON.seed,
    vendorFields: ['pe_fast_mode', 'aigc_meta'],
  },
  {
    ...AVATAR,
    id: 'jimeng_realman_avatar_picture_omni_v2',
    aliases: ['omnihuman'],
    name: { en: 'OmniHuman, quick mode', zh: '即梦数字人快速模式' },
    description: { en: 'A portrait that speaks or sings to a short sound, at 480p.', zh: '让一张人像随一段短音频说话或唱歌,480p。' },
    upstreamNames: { jimeng: 'jimeng_realman_avatar_picture_omni_v2' },
    resolutions: ['480p'],
    // The vendor advises less than 15 seconds.
    duration: asLongAsItsSound(15),
    inputs: { image: PORTRAIT, audio: heard(15) },
    vendorFields: ['aigc_meta'],
  },
  {
    ...MOTION,
    id: 'jimeng_dreamactor_m20_gen_video',
    // The second is what some clients call it.
    aliases: ['dreamactor-m2', 'jimeng_motion_imitation_v2'],
    name: { en: 'DreamActor M2, motion imitation', zh: '即梦动作模仿 2.0' },
    description: {
      en: 'The people, animals or figures of a picture move, look and speak like those of a video of up to 30 seconds.',
      zh: '让图片中的人物、宠物或动漫形象模仿 30 秒以内视频中的动作、表情与口型,支持多人。',
    },
    upstreamNames: { jimeng: 'jimeng_dreamactor_m20_gen_video' },
    vendorFields: ['cut_result_first_second_switch', 'aigc_meta'],
  },
  {
    ...MOTION,
    id: 'jimeng_dream_actor_m1_gen_video_cv',
    aliases: ['dreamactor-m1'],
    name: { en: 'DreamActor M1, motion imitation', zh: '即梦动作模仿 1.0' },
    description: { en: 'The person of a picture moves like the one in a video of up to 30 seconds.', zh: '让图片中的人物模仿 30 秒以内视频中的动作。' },
    upstreamNames: { jimeng: 'jimeng_dream_actor_m1_gen_video_cv' },
    vendorFields: ['aigc_meta'],
  },
]

/** Nobody reads how long the sound is before, so the longest is held. */
function asLongAsItsSound(maxSeconds: number): NonNullable<Model['duration']> {
  return { defaultSeconds: 5, minSeconds: 1, maxSeconds, auto: true, ofSource: true }
}

function heard(maxSeconds: number): InputLimit {
  return { roles: ['source'], max: 1, maxBytes: 15 * 1024 * 1024, maxSeconds, maxTotalSeconds: maxSeconds }
}

function yuanPerSecond(yuan: number, source = PRICE_SOURCE): RateCard {
  return rateCard({ unit: 'second', rates: [{ micros: dollars(yuan / YUAN_PER_DOLLAR) }], source })
}
