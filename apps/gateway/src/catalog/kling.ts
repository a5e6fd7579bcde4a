import { ADAPTIVE, type InputLimit, type Model } from '../core/model.ts'
import { dollars, rateCard, type Rate, type RateCard } from '../core/rate-card.ts'
import { picturesOf } from './picture-sizes.ts'

/**
 * Kuaishou Kling. The vendor's `mode` is the resolution here, since it decides the price: `std` is 720p, `pro` 1080p,
 * `4k` 4k.
 */

/** "1 unit = USD 0.14 (list price, ~2026-09)". */
const DOLLARS_PER_UNIT = 0.14
const PRICE_SOURCE = 'Kling list price, units per second at USD 0.14, about 2026-09'
const OWN_PRICE = 'own default, no published price, 2026-11'

const RATIOS = ['16:9', '9:16', '1:1']
const FROM_FRAMES: Model['operations'] = ['image_to_video', 'first_last_frame']

/** "No aspect_ratio here; output follows the image." */
const FRAME_RATIOS: Exception = { when: { operation: FROM_FRAMES }, aspectRatios: [ADAPTIVE] }
/** "image_tail … mostly pro mode". */
const LAST_FRAME_PRO: Exception = { when: { operation: ['first_last_frame'] }, resolutions: ['1080p'] }

const FIVE_OR_TEN_SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 5, minSeconds: 5, maxSeconds: 10, values: [5, 10] }

const MEBIBYTE = 1024 * 1024
/** "jpg/jpeg/png ≤ 10 MB, ≥ 300 px". */
const FIRST_FRAME: InputLimit = { roles: ['first_frame'], max: 1, maxBytes: 10 * MEBIBYTE, minSidePixels: 300 }
const FRAMES: InputLimit = { ...FIRST_FRAME, roles: ['first_frame', 'last_frame'], max: 2 }

/** "V1.x results only; +4–5 s continuation", flat 2 units. */
const EXTENSION: Exception = { when: { operation: ['extend'] }, aspectRatios: [ADAPTIVE], duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 5 } }
const EXTENSION_RATE: Rate = { when: { operation: ['extend'] }, micros: units(2) / 5 }
const EXTENDED: InputLimit = { roles: ['source'], max: 1, maxBytes: 200 * MEBIBYTE, maxSeconds: 180, maxTotalSeconds: 180 }

/** "mp4/mov ≤ 100 MB, 340–3850 px, 3–30 s": how the person of a picture is to move. */
const MOTION: InputLimit = { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE, minSidePixels: 340, maxSidePixels: 3850, minSeconds: 3, maxSeconds: 30, maxTotalSeconds: 30 }

type Exception = NonNullable<Model['exceptions']>[number]

const COMMON = {
  kind: 'video',
  family: 'kling',
  aspectRatios: RATIOS,
  // 24 or 30 by model; the vendor says neither.
  framesPerSecond: 24,
  audio: 'never',
  maxCount: 1,
  maxPromptCharacters: 2500,
  outputFormats: ['mp4'],
  usualSeconds: 180,
} satisfies Partial<Model>

/** Up to 2.6: 5 or 10 seconds, and what should not be seen. */
const CLASSIC = { ...COMMON, duration: FIVE_OR_TEN_SECONDS, negativePrompt: true, promptOptional: FROM_FRAMES } satisfies Partial<Model>

const V3 = {
  ...COMMON,
  duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 15 },
  promptOptional: FROM_FRAMES,
} satisfies Partial<Model>

/** "ignored for base": a video that is changed keeps its length, "3–10 s", and shape. */
const OF_SOURCE: Exception = { when: { operation: ['video_to_video'] }, aspectRatios: [ADAPTIVE], duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 10, auto: true, ofSource: true } }

/** Text, frames, references, or a video to change, in one model. */
const OMNI = {
  ...COMMON,
  operations: ['text_to_video', ...FROM_FRAMES, 'reference_to_video', 'video_to_video'],
  framesWithReferences: true,
  // "images + elements ≤ 7 without video, ≤ 4 with video"; a video as `base` is the source, as `feature` a reference.
  inputs: {
    image: { ...FRAMES, roles: ['reference', ...FRAMES.roles], maxReferences: 7 },
    video: { roles: ['source', 'reference'], max: 1, maxBytes: 200 * MEBIBYTE, minSidePixels: 720, maxSidePixels: 2160, minSeconds: 3, maxSeconds: 10, maxTotalSeconds: 10 },
  },
  exceptions: [FRAME_RATIOS, { ...OF_SOURCE, audio: 'never' }],
  promptOptional: FROM_FRAMES,
  vendorFields: ['keep_original_sound', 'element_list', 'watermark_info'],
  usualSeconds: 240,
} satisfies Partial<Model>

const V2_5_TURBO = {
  ...CLASSIC,
  operations: ['text_to_video', ...FROM_FRAMES],
  upstreamNames: { kling: 'kling-v2-5-turbo', replicate: 'kwaivgi/kling-v2.5-turbo-pro', fal: 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video' },
  inputs: { image: FRAMES },
  vendorFields: ['watermark_info'],
  price: perSecond([{ when: { resolution: ['1080p'] }, micros: units(0.5) }, { micros: units(0.3) }]),
} satisfies Partial<Model>

const V2_6 = {
  ...CLASSIC,
  operations: ['text_to_video', ...FROM_FRAMES],
  upstreamNames: { kling: 'kling-v2-6', replicate: 'kwaivgi/kling-v2.6', fal: 'fal-ai/kling-video/v2.6/pro/text-to-video' },
  audioDefault: false,
  inputs: { image: FRAMES },
  vendorFields: ['watermark_info'],
  price: perSecond([{ when: { resolution: ['1080p'], audio: true }, micros: units(1) }, { when: { resolution: ['1080p'] }, micros: units(0.5) }, { micros: units(0.3) }]),
} satisfies Partial<Model>

const VIDEO_MODELS: readonly Model[] = [
  {
    ...CLASSIC,
    id: 'kling-v1',
    aliases: ['kling-1.0'],
    name: { en: 'Kling 1.0', zh: '可灵 1.0' },
    description: {
      en: 'Silent video of 5 or 10 seconds from text or from first and last frames.',
      zh: '由文字或首尾帧生成 5 秒或 10 秒无声视频。',
    },
    upstreamNames: { kling: 'kling-v1' },
    operations: ['text_to_video', ...FROM_FRAMES, 'extend'],
    resolutions: ['720p', '1080p'],
    // "last: 5 s std/pro".
    exceptions: [FRAME_RATIOS, EXTENSION, { when: { operation: ['first_last_frame'] }, duration: { defaultSeconds: 5, minSeconds: 5, maxSeconds: 5 } }],
    inputs: { image: FRAMES, video: EXTENDED },
    vendorFields: ['cfg_scale', 'camera_control', 'static_mask', 'dynamic_masks'],
    price: ownPerSecond([EXTENSION_RATE, { when: { resolution: ['1080p'] }, micros: dollars(0.098) }, { micros: dollars(0.028) }]),
  },
  {
    ...CLASSIC,
    id: 'kling-v1-5',
    aliases: ['kling-1.5', 'kwaivgi/kling-v1.5-pro'],
    name: { en: 'Kling 1.5', zh: '可灵 1.5' },
    description: { en: 'Silent video of 5 or 10 seconds from first and last frames.', zh: '由首尾帧生成 5 秒或 10 秒无声视频。' },
    upstreamNames: { kling: 'kling-v1-5' },
    operations: [...FROM_FRAMES, 'extend'],
    resolutions: ['720p', '1080p'],
    exceptions: [FRAME_RATIOS, LAST_FRAME_PRO, EXTENSION],
    inputs: { image: FRAMES, video: EXTENDED },
    vendorFields: ['cfg_scale', 'camera_control', 'static_mask', 'dynamic_masks'],
    price: ownPerSecond([EXTENSION_RATE, { when: { resolution: ['1080p'] }, micros: dollars(0.098) }, { micros: dollars(0.056) }]),
  },
  {
    ...CLASSIC,
    id: 'kling-v1-6',
    aliases: ['kling-1.6'],
    name: { en: 'Kling 1.6', zh: '可灵 1.6' },
    description: {
      en: 'Silent video of 5 or 10 seconds from text, frames, or up to four reference pictures.',
      zh: '由文字、首尾帧或最多四张参考图生成 5 秒或 10 秒无声视频。',
    },
    upstreamNames: { kling: 'kling-v1-6', replicate: 'kwaivgi/kling-v1.6-standard', fal: 'fal-ai/kling-video/v1.6/standard/text-to-video' },
    operations: ['text_to_video', ...FROM_FRAMES, 'reference_to_video', 'extend'],
    resolutions: ['720p', '1080p'],
    exceptions: [FRAME_RATIOS, LAST_FRAME_PRO, EXTENSION],
    inputs: { image: { ...FRAMES, roles: [...FRAMES.roles, 'reference'], maxReferences: 4 }, video: EXTENDED },
    vendorFields: ['cfg_scale'],
    price: ownPerSecond([EXTENSION_RATE, { when: { resolution: ['1080p'] }, micros: dollars(0.098) }, { micros: dollars(0.056) }]),
  },
  {
    ...CLASSIC,
    id: 'kling-v2-master',
    aliases: ['kling-2.0-master', 'kwaivgi/kling-v2.0', 'fal-ai/kling-video/v2/master/text-to-video', 'fal-ai/kling-video/v2/master/image-to-video'],
    name: { en: 'Kling 2.0 Master', zh: '可灵 2.0 大师版' },
    description: { en: 'Silent video of 5 or 10 seconds at 720p from text or a first frame.', zh: '由文字或首帧生成 5 秒或 10 秒 720p 无声视频。' },
    upstreamNames: { kling: 'kling-v2-master', replicate: 'kwaivgi/kling-v2.0', fal: 'fal-ai/kling-video/v2/master/text-to-video' },
    operations: ['text_to_video', 'image_to_video'],
    resolutions: ['720p'],
    exceptions: [FRAME_RATIOS],
    inputs: { image: FIRST_FRAME },
    price: ownPerSecond([{ micros: dollars(0.28) }]),
  },
  {
    ...CLASSIC,
    id: 'kling-v2-1',
    aliases: ['kling-2.1', 'kwaivgi/kling-v2.1'],
    name: { en: 'Kling 2.1', zh: '可灵 2.1' },
    description: { en: 'Silent video of 5 or 10 seconds from first and last frames.', zh: '由首尾帧生成 5 秒或 10 秒无声视频。' },
    upstreamNames: { kling: 'kling-v2-1', replicate: 'kwaivgi/kling-v2.1', fal: 'fal-ai/kling-video/v2.1/standard/image-to-video' },
    operations: [...FROM_FRAMES],
    resolutions: ['720p', '1080p'],
    exceptions: [FRAME_RATIOS, LAST_FRAME_PRO],
    inputs: { image: FRAMES },
    price: ownPerSecond([{ when: { resolution: ['1080p'] }, micros: dollars(0.098) }, { micros: dollars(0.056) }]),
  },
  {
    ...CLASSIC,
    id: 'kling-v2-1-master',
    aliases: ['kling-2.1-master', 'kwaivgi/kling-v2.1-master', 'fal-ai/kling-video/v2.1/master/text-to-video', 'fal-ai/kling-video/v2.1/master/image-to-video'],
    name: { en: 'Kling 2.1 Master', zh: '可灵 2.1 大师版' },
    description: { en: 'Silent video of 5 or 10 seconds at 1080p from text or a first frame.', zh: '由文字或首帧生成 5 秒或 10 秒 1080p 无声视频。' },
    upstreamNames: { kling: 'kling-v2-1-master', replicate: 'kwaivgi/kling-v2.1-master', fal: 'fal-ai/kling-video/v2.1/master/text-to-video' },
    operations: ['text_to_video', 'image_to_video'],
    resolutions: ['1080p'],
    exceptions: [FRAME_RATIOS],
    inputs: { image: FIRST_FRAME },
    price: ownPerSecond([{ micros: dollars(0.28) }]),
  },
  {
    ...V2_5_TURBO,
    id: 'kling-v2-5-turbo',
    aliases: ['kling-2.5-turbo', 'klingai/kling-v2.5-turbo-t2v', 'klingai/kling-v2.5-turbo-i2v'],
    name: { en: 'Kling 2.5 Turbo', zh: '可灵 2.5 Turbo' },
    description: {
      en: 'Silent video of 5 or 10 seconds from text or from first and last frames, up to 1080p.',
      zh: '由文字或首尾帧生成 5 秒或 10 秒无声视频,最高 1080p。',
    },
    resolutions: ['720p', '1080p'],
    exceptions: [FRAME_RATIOS, LAST_FRAME_PRO],
  },
  {
    // The name says `pro`, which is a mode: it must not make what `std` makes.
    ...V2_5_TURBO,
    id: 'kling-v2-5-turbo-pro',
    aliases: ['kwaivgi/kling-v2.5-turbo-pro', 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video', 'fal-ai/kling-video/v2.5-turbo/pro/image-to-video'],
    name: { en: 'Kling 2.5 Turbo Pro', zh: '可灵 2.5 Turbo 高品质' },
    description: { en: 'Kling 2.5 Turbo at 1080p, its mode `pro`.', zh: '可灵 2.5 Turbo 的 1080p 高品质模式。' },
    resolutions: ['1080p'],
    exceptions: [FRAME_RATIOS],
    price: perSecond([{ micros: units(0.5) }]),
  },
  {
    ...V2_6,
    id: 'kling-v2-6',
    aliases: ['kling-2.6', 'klingai/kling-v2.6-t2v', 'klingai/kling-v2.6-i2v'],
    name: { en: 'Kling 2.6', zh: '可灵 2.6' },
    description: {
      en: 'Video of 5 or 10 seconds from text or frames; at 1080p with sound if asked.',
      zh: '由文字或首尾帧生成 5 秒或 10 秒视频,1080p 可选音效。',
    },
    resolutions: ['720p', '1080p'],
    audio: 'optional',
    // "pro only, not with last frame".
    exceptions: [FRAME_RATIOS, LAST_FRAME_PRO, { when: { resolution: ['720p'] }, audio: 'never' }, { when: { operation: ['first_last_frame'] }, audio: 'never' }],
  },
  {
    ...V2_6,
    id: 'kling-v2-6-pro',
    aliases: ['kwaivgi/kling-v2.6', 'fal-ai/kling-video/v2.6/pro/text-to-video', 'fal-ai/kling-video/v2.6/pro/image-to-video'],
    name: { en: 'Kling 2.6 Pro', zh: '可灵 2.6 高品质' },
    description: { en: 'Kling 2.6 at 1080p, its mode `pro`, with sound if asked.', zh: '可灵 2.6 的 1080p 高品质模式,可选音效。' },
    resolutions: ['1080p'],
    audio: 'optional',
    exceptions: [FRAME_RATIOS, { when: { operation: ['first_last_frame'] }, audio: 'never' }],
    price: perSecond([{ when: { audio: true }, micros: units(1) }, { micros: units(0.5) }]),
  },
  {
    ...V3,
    id: 'kling-v3',
    aliases: ['kling-3.0', 'klingai/kling-v3.0-t2v', 'klingai/kling-v3.0-i2v'],
    name: { en: 'Kling 3.0', zh: '可灵 3.0' },
    description: {
      en: 'Video up to 15 seconds and 4k from text or from first and last frames, with sound if asked.',
      zh: '由文字或首尾帧生成最长 15 秒、最高 4k 的视频,可选音效。',
    },
    // Its mode `std`, which is 720p; `pro` is another model there, and at 720p too.
    upstreamNames: { kling: 'kling-v3', openrouter: 'kwaivgi/kling-v3.0-std' },
    operations: ['text_to_video', ...FROM_FRAMES],
    resolutions: ['720p', '1080p', '4k'],
    exceptions: [FRAME_RATIOS],
    audio: 'optional',
    audioDefault: false,
    inputs: { image: FRAMES },
    negativePrompt: true,
    vendorFields: ['multi_shot', 'shot_type', 'multi_prompt', 'element_list', 'watermark_info'],
    price: perSecond([
      { when: { resolution: ['4k'] }, micros: units(3) },
      { when: { resolution: ['1080p'], audio: false }, micros: units(0.8) },
      { when: { resolution: ['1080p'] }, micros: units(1.2) },
      { when: { audio: false }, micros: units(0.6) },
      { micros: units(0.9) },
    ]),
  },
  {
    ...V3,
    id: 'kling-3.0-turbo',
    aliases: ['kling-v3-turbo'],
    name: { en: 'Kling 3.0 Turbo', zh: '可灵 3.0 Turbo' },
    description: {
      en: 'Quick video with sound up to 15 seconds from text or from first and last frames.',
      zh: '由文字或首尾帧快速生成最长 15 秒的有声视频。',
    },
    upstreamNames: { kling: 'kling-3.0-turbo' },
    operations: ['text_to_video', ...FROM_FRAMES],
    resolutions: ['720p', '1080p'],
    exceptions: [FRAME_RATIOS],
    audio: 'always',
    inputs: { image: FRAMES },
    // "≤ 3072 chars" on the new wire, which is this model's only one.
    maxPromptCharacters: 3072,
    vendorFields: ['watermark_info'],
    usualSeconds: 90,
    price: perSecond([{ when: { resolution: ['1080p'] }, micros: units(1) }, { micros: units(0.8) }]),
  },
  {
    ...OMNI,
    id: 'kling-video-o1',
    aliases: ['kling-o1'],
    name: { en: 'Kling O1', zh: '可灵 O1' },
    description: {
      en: 'Silent video from text, frames, up to seven reference pictures, or a video to change.',
      zh: '由文字、首尾帧、最多七张参考图或待编辑视频生成无声视频。',
    },
    upstreamNames: { kling: 'kling-video-o1', openrouter: 'kwaivgi/kling-video-o1' },
    duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 10 },
    // "t2v / first-frame only 5, 10".
    exceptions: [...OMNI.exceptions, { when: { operation: ['text_to_video', 'image_to_video'] }, duration: FIVE_OR_TEN_SECONDS }],
    // `pro` is this endpoint's default.
    resolutions: ['1080p', '720p'],
    price: perSecond([
      { when: { resolution: ['1080p'], inputVideo: true }, micros: units(1.2) },
      { when: { resolution: ['1080p'] }, micros: units(0.8) },
      { when: { inputVideo: true }, micros: units(0.9) },
      { micros: units(0.6) },
    ]),
  },
  {
    ...OMNI,
    id: 'kling-v3-omni',
    aliases: ['kling-3.0-omni'],
    name: { en: 'Kling 3.0 Omni', zh: '可灵 3.0 Omni' },
    description: {
      en: 'Video up to 15 seconds and 4k from text, frames, references, or a video to change.',
      zh: '由文字、首尾帧、参考素材或待编辑视频生成最长 15 秒、最高 4k 的视频。',
    },
    upstreamNames: { kling: 'kling-v3-omni' },
    duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 15 },
    exceptions: OMNI.exceptions,
    resolutions: ['1080p', '720p', '4k'],
    audio: 'optional',
    audioDefault: false,
    vendorFields: [...OMNI.vendorFields, 'multi_shot', 'shot_type', 'multi_prompt'],
    price: perSecond([
      { when: { resolution: ['4k'] }, micros: units(3) },
      { when: { resolution: ['1080p'], inputVideo: true }, micros: units(1.2) },
      { when: { resolution: ['1080p'], audio: true }, micros: units(1) },
      { when: { resolution: ['1080p'] }, micros: units(0.8) },
      { when: { inputVideo: true }, micros: units(0.9) },
      { when: { audio: true }, micros: units(0.8) },
      { micros: units(0.6) },
    ]),
  },
  {
    ...OMNI,
    id: 'kling-4.0',
    aliases: ['kling-v4'],
    name: { en: 'Kling 4.0', zh: '可灵 4.0' },
    description: {
      en: 'Video with sound up to 30 seconds from text, frames, or up to ten pictures and five videos as references.',
      zh: '由文字、首尾帧或最多十张图片、五段视频参考生成最长 30 秒的有声视频。',
    },
    upstreamNames: { kling: 'kling-4.0' },
    duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 30 },
    exceptions: [FRAME_RATIOS, OF_SOURCE],
    resolutions: ['720p', '1080p'],
    aspectRatios: [...RATIOS, '21:9'],
    audio: 'always',
    inputs: { image: { ...OMNI.inputs.image, maxReferences: 10 }, video: { ...OMNI.inputs.video, max: 5, maxTotalSeconds: 50 } },
    // "≤ 26,000 chars English / 11,000 other": the smaller one is sure; and no more than what is drawn here.
    maxPromptCharacters: 11_000,
    vendorFields: ['watermark_info'],
    price: ownPerSecond([{ when: { resolution: ['1080p'] }, micros: units(1.2) }, { micros: units(0.9) }]),
  },
]

const MOTION_MODELS: readonly Model[] = ([['kling-v2-6-motion-control', 'kling-v2-6', '2.6', 0.5, 0.8], ['kling-v3-motion-control', 'kling-v3', '3.0', 0.9, 1.2]] as const).map(
  ([id, upstream, version, standard, professional]): Model => ({
    ...COMMON,
    id,
    aliases: [`klingai/kling-v${version}-motion-control`],
    name: { en: `Kling ${version}, motion control`, zh: `可灵 ${version} 动作控制` },
    description: { en: 'Moves the person of a picture like the one in a video of 3 to 30 seconds.', zh: '让图片中的人物模仿 3 至 30 秒视频中的动作。' },
    upstreamNames: { kling: upstream },
    operations: ['video_to_video'],
    duration: { defaultSeconds: 5, minSeconds: 3, maxSeconds: 30, auto: true, ofSource: true },
    resolutions: ['720p', '1080p'],
    aspectRatios: [ADAPTIVE],
    // The sound is the video's, unless `keep_original_sound` says no.
    inputs: { image: { ...FIRST_FRAME, roles: ['reference'], minSidePixels: 340, maxSidePixels: 3850 }, video: MOTION },
    promptOptional: ['video_to_video'],
    vendorFields: ['keep_original_sound', 'character_orientation', 'element_list', 'watermark_info'],
    usualSeconds: 240,
    price: perSecond([{ when: { resolution: ['1080p'] }, micros: units(professional) }, { micros: units(standard) }]),
  }),
)

const PICTURE_RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9']

const PICTURE = {
  kind: 'image',
  family: 'kling-image',
  framesPerSecond: 0,
  audio: 'never',
  maxCount: 9,
  maxPromptCharacters: 2500,
  outputFormats: ['png'],
  usualSeconds: 30,
} satisfies Partial<Model>

/** Pictures have the vendor's video names too; here they are told apart by their own. */
const IMAGE = { ...PICTURE, ...picturesOf(['1k', '2k'], PICTURE_RATIOS) } satisfies Partial<Model>

const PICTURE_PRICE = rateCard({ unit: 'image', rates: [{ micros: dollars(0.028) }], source: 'Kling list price, USD per image, about 2026-09' })
const ONE_PICTURE: InputLimit = { roles: ['source', 'reference'], max: 1, maxBytes: 10 * MEBIBYTE, minSidePixels: 300 }
const ONE_REFERENCE: Model['inputs'] = { image: ONE_PICTURE }

const IMAGE_MODELS: readonly Model[] = [
  ...([['kling-image-v1', 'kling-v1', '1.0'], ['kling-image-v1-5', 'kling-v1-5', '1.5'], ['kling-image-v2', 'kling-v2', '2.0'], ['kling-image-v2-1', 'kling-v2-1', '2.1']] as const).map(
    ([id, upstream, version]): Model => ({
      ...IMAGE,
      id,
      name: { en: `Kling Image ${version}`, zh: `可灵图片 ${version}` },
      description: { en: `Pictures from text or from a picture, by Kling ${version}.`, zh: `可灵 ${version} 文生图与图生图。` },
      upstreamNames: { kling: upstream },
      operations: ['text_to_image', 'image_edit'],
      inputs: ONE_REFERENCE,
      negativePrompt: true,
      vendorFields: ['image_reference', 'image_fidelity', 'human_fidelity'],
      price: PICTURE_PRICE,
    }),
  ),
  {
    ...IMAGE,
    id: 'kling-image-v3',
    name: { en: 'Kling Image 3.0', zh: '可灵图片 3.0' },
    description: { en: 'Pictures from text or from a picture, by Kling 3.0.', zh: '可灵 3.0 文生图与图生图。' },
    upstreamNames: { kling: 'kling-v3' },
    operations: ['text_to_image', 'image_edit'],
    inputs: ONE_REFERENCE,
    negativePrompt: true,
    price: PICTURE_PRICE,
  },
  {
    ...IMAGE,
    ...picturesOf(['1k', '2k', '4k'], PICTURE_RATIOS),
    id: 'kling-image-o1',
    name: { en: 'Kling Image O1', zh: '可灵图片 O1' },
    description: { en: 'Pictures up to 4k from text and up to ten pictures.', zh: '文生图与多图编辑,最多十张参考图,最高 4k。' },
    upstreamNames: { kling: 'kling-image-o1' },
    operations: ['text_to_image', 'image_edit'],
    inputs: { image: { ...ONE_PICTURE, max: 10 } },
    price: rateCard({
      unit: 'image',
      rates: [{ when: { resolution: ['4k'] }, micros: dollars(0.056) }, { micros: dollars(0.028) }],
      source: 'Kling list price, USD per image, about 2026-09',
    }),
  },
]

/** "Only formats .mp3/.wav/.m4a/.aac, ≤ 5 MB." */
const HEARD: InputLimit = { roles: ['source'], max: 1, maxBytes: 5 * MEBIBYTE }

/** What is asked of endpoints with a body of their own. */
const VIDEO_TOOLS: readonly Model[] = [
  {
    ...COMMON,
    id: 'kling-lip-sync',
    name: { en: 'Kling lip sync', zh: '可灵对口型' },
    description: {
      en: 'Makes who is seen in a video of 2 to 10 seconds speak: a sound, or else the words of the prompt with `voice_id`.',
      zh: '让 2 至 10 秒视频中的人物开口说话:使用音频,或用 `voice_id` 朗读提示词。',
    },
    upstreamNames: { kling: 'kling-lip-sync' },
    operations: ['lip_sync'],
    duration: { defaultSeconds: 5, minSeconds: 2, maxSeconds: 10, auto: true, ofSource: true },
    aspectRatios: [ADAPTIVE],
    audio: 'always',
    inputs: { video: { roles: ['source'], max: 1, maxBytes: 100 * MEBIBYTE, minSeconds: 2, maxSeconds: 10, maxTotalSeconds: 10 }, audio: HEARD },
    // "text ≤ 120".
    maxPromptCharacters: 120,
    vendorFields: ['voice_id', 'voice_language', 'voice_speed', 'watermark_info'],
    // "lip-sync 0.5 U per 5 s".
    price: rateCard({ unit: 'second', rates: [{ micros: units(0.5) / 5 }], stepUnits: 5, source: PRICE_SOURCE }),
  },
  {
    ...COMMON,
    id: 'kling-effects',
    name: { en: 'Kling effects', zh: '可灵视频特效' },
    description: {
      en: 'Puts one person, or two beside each other, into a scene such as `squish` or `hug`: `effect_scene` names it, and the prompt plays no part.',
      zh: '把一张或两张人物图片套入特效模板:用 `effect_scene` 指定(如 `squish`、`hug`),提示词不起作用。',
    },
    upstreamNames: { kling: 'kling-effects' },
    operations: ['reference_to_video'],
    duration: FIVE_OR_TEN_SECONDS,
    // 1080p and 10 seconds are of effects with two people.
    resolutions: ['720p', '1080p'],
    aspectRatios: [ADAPTIVE],
    inputs: { image: { ...FIRST_FRAME, roles: ['reference'], max: 2 } },
    promptOptional: ['reference_to_video'],
    vendorFields: ['effect_scene', 'model_name', 'watermark_info'],
    price: ownPerSecond([{ when: { resolution: ['1080p'] }, micros: dollars(0.098) }, { micros: dollars(0.056) }]),
  },
  {
    ...COMMON,
    id: 'kling-avatar',
    name: { en: 'Kling avatar', zh: '可灵数字人' },
    description: { en: 'A portrait that speaks or sings to a sound of 2 to 300 seconds.', zh: '让一张人像随 2 至 300 秒的音频说话或唱歌。' },
    upstreamNames: { kling: 'kling-avatar' },
    operations: ['image_to_video'],
    // As long as the sound: of an address nobody knows that, and the longest is held.
    duration: { defaultSeconds: 5, minSeconds: 2, maxSeconds: 300, auto: true, ofSource: true },
    resolutions: ['720p', '1080p'],
    aspectRatios: [ADAPTIVE],
    audio: 'always',
    inputs: { image: FIRST_FRAME, audio: { ...HEARD, minSeconds: 2, maxSeconds: 300, maxTotalSeconds: 300 } },
    promptOptional: ['image_to_video'],
    vendorFields: ['audio_id', 'watermark_info'],
    usualSeconds: 300,
    price: ownPerSecond([{ when: { resolution: ['1080p'] }, micros: dollars(0.112) }, { micros: dollars(0.056) }]),
  },
]

const IMAGE_TOOLS: readonly Model[] = [
  {
    ...PICTURE,
    id: 'kling-multi-image2image',
    name: { en: 'Kling, several pictures to one', zh: '可灵多图参考生图' },
    description: {
      en: 'Puts the subjects of up to four pictures together; `scene_image` and `style_image` are the numbers of two more, of the place and the style.',
      zh: '把最多四张图片中的主体合成一张;`scene_image` 与 `style_image` 为另两张场景图、风格图的序号。',
    },
    upstreamNames: { kling: 'kling-multi-image2image' },
    operations: ['image_edit'],
    aspectRatios: PICTURE_RATIOS,
    inputs: { image: { ...ONE_PICTURE, max: 6 } },
    promptOptional: ['image_edit'],
    vendorFields: ['model_name', 'scene_image', 'style_image', 'watermark_info'],
    price: ownPerImage(0.056),
  },
  {
    ...PICTURE,
    id: 'kling-image-expand',
    name: { en: 'Kling, expand a picture', zh: '可灵扩图' },
    description: {
      en: 'Goes on with a picture beyond its sides: to an aspect ratio, or by `up_expansion_ratio` and its like, to three times its area.',
      zh: '向画面外扩展图片:按宽高比,或按 `up_expansion_ratio` 等比例,面积最多为原图的三倍。',
    },
    upstreamNames: { kling: 'kling-image-expand' },
    // A client without a word for it says that it edits a picture.
    operations: ['reframe', 'image_edit'],
    aspectRatios: [ADAPTIVE, ...PICTURE_RATIOS],
    inputs: { image: ONE_PICTURE },
    promptOptional: ['image_edit'],
    vendorFields: ['up_expansion_ratio', 'down_expansion_ratio', 'left_expansion_ratio', 'right_expansion_ratio', 'watermark_info'],
    price: ownPerImage(0.028),
  },
  ...([['kling-virtual-try-on', 'kolors-virtual-try-on-v1-5', '1.5', ['kolors-virtual-try-on-v1-5']], ['kolors-virtual-try-on-v1', 'kolors-virtual-try-on-v1', '1.0', []]] as const).map(
    ([id, upstream, version, aliases]): Model => ({
      ...PICTURE,
      id,
      aliases: [...aliases],
      name: { en: `Kling virtual try-on ${version}`, zh: `可灵虚拟试穿 ${version}` },
      description: { en: 'Dresses the person of the first picture in the clothes of the second; the prompt plays no part.', zh: '让第一张图片中的人物穿上第二张图片中的服装,提示词不起作用。' },
      upstreamNames: { kling: upstream },
      operations: ['image_edit'],
      inputs: { image: { ...ONE_PICTURE, max: 2 } },
      maxCount: 1,
      promptOptional: ['image_edit'],
      price: ownPerImage(0.07),
    }),
  ),
]

export const KLING_MODELS: readonly Model[] = [...VIDEO_MODELS, ...MOTION_MODELS, ...VIDEO_TOOLS, ...IMAGE_MODELS, ...IMAGE_TOOLS]

function units(count: number): number {
  return dollars(count * DOLLARS_PER_UNIT)
}

function perSecond(rates: Rate[]): RateCard {
  return rateCard({ unit: 'second', rates, source: PRICE_SOURCE })
}

function ownPerSecond(rates: Rate[]): RateCard {
  return rateCard({ unit: 'second', rates, source: OWN_PRICE })
}

function ownPerImage(amount: number): RateCard {
  return rateCard({ unit: 'image', rates: [{ micros: dollars(amount) }], source: OWN_PRICE })
}
