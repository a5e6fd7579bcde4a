import type { Operation } from '../../core/generation-request.ts'
import type { Unfit, Work } from '../provider.ts'

/**
 * What Kling's models do, and where each is asked for it. There are two generations of the wire: the classic one, with
 * the model in the body, and since 2026 a versioned one, with the model in the path. A model speaks one of them.
 * Facts are the vendor's capability tables as relayed, August to October 2026.
 */
export interface KlingModel {
  wire: 'classic' | 'versioned'
  /** The way of working that each operation comes to; one that is not here it cannot do. */
  ways: Partial<Record<Operation, Way>>
  /** The default first. */
  resolutions: readonly string[]
  /** Has one resolution and no choice of mode. */
  modeless?: true
  ratios: readonly string[]
  seconds: (operation: Operation) => readonly number[]
  sound: 'never' | 'optional' | 'always'
  /** Where sound may be asked for, if not in every resolution. */
  soundResolutions?: readonly string[]
  /** What a last frame asks for, beyond the way itself. */
  lastFrame?: { resolutions?: readonly string[]; seconds?: readonly number[]; silent?: true }
  negativePrompt?: true
  /** The vendor's own fields that it takes, of those that its way takes. */
  fields: readonly string[]
  maxCount: number
  /** Reference pictures, with elements, and videos. */
  references: { images: number; videos: number }
  /** Which inputs may carry a name that the prompt uses as `@name`. */
  named?: 'references' | 'all'
}

/** One endpoint, in either generation. */
export type Way = 'text' | 'frames' | 'pictures' | 'omni' | 'motion' | 'extend' | 'image' | 'omniImage' | ToolWay

/** The classic wire's tools: each does one thing, with a body of its own (tools.ts). */
export type ToolWay = 'lipSync' | 'effects' | 'avatar' | 'multiImage' | 'expand' | 'tryOn'

export const CLASSIC_PATHS = {
  text: 'videos/text2video',
  frames: 'videos/image2video',
  pictures: 'videos/multi-image2video',
  omni: 'videos/omni-video',
  motion: 'videos/motion-control',
  extend: 'videos/video-extend',
  image: 'images/generations',
  omniImage: 'images/omni-image',
  lipSync: 'videos/lip-sync',
  effects: 'videos/effects',
  avatar: 'videos/avatar/image2video',
  multiImage: 'images/multi-image2image',
  expand: 'images/editing/expand',
  tryOn: 'images/kolors-virtual-try-on',
} as const satisfies Record<Way, string>

export const VERSIONED_PATHS: Partial<Record<Way, string>> = { text: 'text-to-video', frames: 'image-to-video', omni: 'omni-video', motion: 'motion-control' }

const RATIOS = ['16:9', '9:16', '1:1']
const PICTURE_RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9']
const SHOTS = ['multi_shot', 'shot_type', 'multi_prompt']
/** How far an expanded picture goes beyond each of its sides, in its own heights and widths. */
export const MARGINS = ['up_expansion_ratio', 'down_expansion_ratio', 'left_expansion_ratio', 'right_expansion_ratio'] as const
const BRUSHES = ['camera_control', 'static_mask', 'dynamic_masks']

const TEXT = { text_to_video: 'text' } as const
const FRAMES = { image_to_video: 'frames', first_last_frame: 'frames' } as const
const OMNI_WAYS = { text_to_video: 'omni', image_to_video: 'omni', first_last_frame: 'omni', reference_to_video: 'omni', video_to_video: 'omni' } as const
const MOTION = { video_to_video: 'motion' } as const

const fiveOrTen = () => [5, 10]
const upTo = (max: number) => () => Array.from({ length: max - 2 }, (_, index) => index + 3)

const CLASSIC = {
  wire: 'classic', resolutions: ['720p', '1080p'], ratios: RATIOS, seconds: fiveOrTen, sound: 'never', negativePrompt: true, fields: ['watermark_info'], maxCount: 1,
  references: { images: 0, videos: 0 },
} as const satisfies Partial<KlingModel>
/** "last: pro". */
const LAST_FRAME_PRO = { resolutions: ['1080p'] }

const OMNI = {
  wire: 'classic', ways: OMNI_WAYS, ratios: RATIOS, maxCount: 1, references: { images: 7, videos: 1 },
} as const satisfies Partial<KlingModel>

const VERSIONED = {
  wire: 'versioned', resolutions: ['720p', '1080p', '4k'], ratios: RATIOS, seconds: upTo(15), maxCount: 1, references: { images: 0, videos: 0 },
} as const satisfies Partial<KlingModel>

/** What a tool makes has the shape and the quality of its material, unless it says otherwise. */
const TOOL = {
  wire: 'classic', resolutions: [], ratios: [], seconds: () => [], sound: 'never', fields: ['watermark_info'], maxCount: 1, references: { images: 0, videos: 0 },
} as const satisfies Partial<KlingModel>

const VIDEO_MODELS = new Map<string, KlingModel>([
  ['kling-v1', { ...CLASSIC, ways: { ...TEXT, ...FRAMES, extend: 'extend' }, lastFrame: { seconds: [5] }, fields: ['cfg_scale', 'watermark_info', ...BRUSHES] }],
  ['kling-v1-5', { ...CLASSIC, ways: { ...FRAMES, extend: 'extend' }, lastFrame: LAST_FRAME_PRO, fields: ['cfg_scale', 'watermark_info', ...BRUSHES] }],
  ['kling-v1-6', { ...CLASSIC, ways: { ...TEXT, ...FRAMES, reference_to_video: 'pictures', extend: 'extend' }, lastFrame: LAST_FRAME_PRO, fields: ['cfg_scale', 'watermark_info'], references: { images: 4, videos: 0 } }],
  ['kling-v2-master', { ...CLASSIC, ways: { ...TEXT, image_to_video: 'frames' }, resolutions: ['720p'], modeless: true }],
  ['kling-v2-1', { ...CLASSIC, ways: FRAMES, lastFrame: LAST_FRAME_PRO }],
  ['kling-v2-1-master', { ...CLASSIC, ways: { ...TEXT, image_to_video: 'frames' }, resolutions: ['1080p'], modeless: true }],
  ['kling-v2-5-turbo', { ...CLASSIC, ways: { ...TEXT, ...FRAMES }, lastFrame: LAST_FRAME_PRO }],
  ['kling-v2-6', { ...CLASSIC, ways: { ...TEXT, ...FRAMES, ...MOTION }, sound: 'optional', soundResolutions: ['1080p'], lastFrame: { ...LAST_FRAME_PRO, silent: true }, fields: ['watermark_info', 'keep_original_sound', 'character_orientation', 'element_list'] }],
  ['kling-v3', {
    ...CLASSIC, ways: { ...TEXT, ...FRAMES, ...MOTION }, resolutions: ['720p', '1080p', '4k'], seconds: upTo(15), sound: 'optional',
    fields: ['watermark_info', 'element_list', 'keep_original_sound', 'character_orientation', ...SHOTS],
  }],
  // "t2v / first-frame only 5, 10".
  ['kling-video-o1', {
    ...OMNI, resolutions: ['1080p', '720p'], sound: 'never', fields: ['watermark_info', 'element_list', 'keep_original_sound'],
    seconds: (operation) => (operation === 'text_to_video' || operation === 'image_to_video' ? [5, 10] : upTo(10)()),
  }],
  ['kling-v3-omni', { ...OMNI, resolutions: ['1080p', '720p', '4k'], seconds: upTo(15), sound: 'optional', fields: ['watermark_info', 'element_list', 'keep_original_sound', ...SHOTS] }],
  ['kling-3.0', { ...VERSIONED, ways: { ...TEXT, ...FRAMES, ...MOTION }, sound: 'optional', fields: ['watermark_info', 'multi_shot', 'keep_original_sound', 'character_orientation', 'element_list'] }],
  ['kling-3.0-turbo', { ...VERSIONED, ways: { ...TEXT, ...FRAMES }, resolutions: ['720p', '1080p'], sound: 'always', fields: ['watermark_info', 'multi_shot'] }],
  ['kling-3.0-omni', { ...VERSIONED, ways: OMNI_WAYS, sound: 'optional', fields: ['watermark_info', 'multi_shot', 'keep_original_sound', 'element_list'], references: { images: 7, videos: 1 }, named: 'references' }],
  // Of October 2026, from a partner's router: that its paths are built like the others' is a guess.
  ['kling-4.0', {
    ...VERSIONED, ways: { ...OMNI_WAYS, ...TEXT, ...FRAMES }, resolutions: ['720p', '1080p'], ratios: [...RATIOS, '21:9'], seconds: upTo(30), sound: 'always',
    fields: ['watermark_info', 'multi_shot', 'keep_original_sound', 'element_list'], references: { images: 10, videos: 5 }, named: 'all',
  }],
  // Of the tools most have no model in the body: these names are the catalogue's.
  ['kling-lip-sync', { ...TOOL, ways: { lip_sync: 'lipSync' }, sound: 'always', fields: ['watermark_info', 'voice_id', 'voice_language', 'voice_speed'] }],
  ['kling-effects', { ...TOOL, ways: { reference_to_video: 'effects' }, resolutions: ['720p', '1080p'], seconds: fiveOrTen, fields: ['watermark_info', 'effect_scene', 'model_name'] }],
  ['kling-avatar', { ...TOOL, ways: { image_to_video: 'avatar' }, resolutions: ['720p', '1080p'], sound: 'always', fields: ['watermark_info', 'audio_id'] }],
])

const IMAGE = {
  wire: 'classic', ways: { text_to_image: 'image', image_edit: 'image' }, resolutions: ['1k', '2k'], ratios: PICTURE_RATIOS, seconds: () => [], sound: 'never', negativePrompt: true, fields: ['watermark_info'],
  maxCount: 9, references: { images: 1, videos: 0 },
} as const satisfies KlingModel
const OMNI_IMAGE = {
  wire: 'classic', ways: { text_to_image: 'omniImage', image_edit: 'omniImage' }, resolutions: ['1k', '2k', '4k'], ratios: PICTURE_RATIOS, seconds: () => [], sound: 'never', fields: ['watermark_info'],
  maxCount: 9, references: { images: 10, videos: 0 },
} as const satisfies KlingModel

/** Pictures have the names of videos. */
const IMAGE_MODELS = new Map<string, KlingModel>([
  ['kling-v1', { ...IMAGE, fields: ['watermark_info', 'image_fidelity'] }],
  // "image_reference subject/face (v1-5)".
  ['kling-v1-5', { ...IMAGE, fields: ['watermark_info', 'image_reference', 'image_fidelity', 'human_fidelity'] }],
  ['kling-v2', { ...IMAGE, fields: ['watermark_info', 'image_fidelity'] }],
  ['kling-v2-1', { ...IMAGE, fields: ['watermark_info', 'image_fidelity'] }],
  ['kling-v3', IMAGE],
  ['kling-image-o1', OMNI_IMAGE],
  ['kling-v3-omni', OMNI_IMAGE],
  ['kling-multi-image2image', { ...TOOL, ways: { image_edit: 'multiImage' }, ratios: PICTURE_RATIOS, maxCount: 9, fields: ['watermark_info', 'model_name', 'scene_image', 'style_image'] }],
  ['kling-image-expand', { ...TOOL, ways: { reframe: 'expand', image_edit: 'expand' }, ratios: PICTURE_RATIOS, maxCount: 9, fields: ['watermark_info', ...MARGINS] }],
  ['kolors-virtual-try-on-v1', { ...TOOL, ways: { image_edit: 'tryOn' }, fields: [] }],
  ['kolors-virtual-try-on-v1-5', { ...TOOL, ways: { image_edit: 'tryOn' }, fields: [] }],
])

/** The model and the way of this work, or why there are none. */
export function wayOf({ request, upstreamModel }: Pick<Work, 'request' | 'upstreamModel'>): { model: KlingModel; way: Way } | { unfit: Unfit } {
  const models = request.kind === 'image' ? IMAGE_MODELS : VIDEO_MODELS
  const model = models.get(upstreamModel)
  if (model === undefined) return { unfit: { param: 'model', message: `Kling has no ${request.kind} model of this name here, only ${[...models.keys()].join(', ')}` } }
  const way = model.ways[request.operation]
  if (way === undefined) return { unfit: { param: 'operation', message: `This model does not do ${request.operation}, only ${Object.keys(model.ways).join(', ')}` } }
  return { model, way }
}
