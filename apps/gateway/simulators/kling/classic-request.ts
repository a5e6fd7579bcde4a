import { z } from 'zod'
import { address, common, parse, picture, pictureRatio, prompt, shared } from './fields.ts'
import { invalid, KlingRefusal } from './refusal.ts'
import type { Order, VideoOrder } from './orders.ts'
import { isToolPath, TOOL_PATHS, toolOrder, type ToolPath } from './tool-request.ts'

/** The classic wire's bodies, field by field as the vendor's tables have them. */

const MAKING_PATHS = [
  'videos/text2video', 'videos/image2video', 'videos/multi-image2video', 'videos/omni-video', 'videos/motion-control', 'videos/video-extend', 'images/generations', 'images/omni-image',
] as const
type MakingPath = (typeof MAKING_PATHS)[number]
export const CLASSIC_PATHS = [...MAKING_PATHS, ...TOOL_PATHS] as const
export type ClassicPath = MakingPath | ToolPath

const ratio = z.enum(['16:9', '9:16', '1:1'])
const mode = z.enum(['std', 'pro', '4k'])
const duration = z.string().regex(/^\d{1,2}$/, { error: 'must be a string' })
const onOff = z.enum(['on', 'off'])
const yesNo = z.enum(['yes', 'no'])
const elements = z.array(z.strictObject({ element_id: z.int() })).max(3)

const shots = {
  multi_shot: z.boolean().optional(),
  shot_type: z.enum(['customize', 'intelligence']).optional(),
  multi_prompt: z.array(z.strictObject({ index: z.int(), prompt: z.string().max(512), duration })).min(1).max(6).optional(),
}
const MOVES = ['horizontal', 'vertical', 'pan', 'tilt', 'roll', 'zoom'] as const
const camera = z
  .strictObject({
    type: z.enum(['simple', 'down_back', 'forward_up', 'right_turn_forward', 'left_turn_forward']),
    config: z.strictObject(Object.fromEntries(MOVES.map((move) => [move, z.number().min(-10).max(10).optional()]))).optional(),
  })
  .refine(({ type, config }) => (type === 'simple' ? Object.values(config ?? {}).filter((value) => value !== 0 && value !== undefined).length === 1 : config === undefined), { error: 'config is for simple, with exactly one move' })

const plain = { model_name: z.string().optional(), prompt: prompt.optional(), negative_prompt: prompt.optional(), mode: mode.optional(), duration: duration.optional(), ...common }

const text2video = z.strictObject({
  ...plain, cfg_scale: z.number().min(0).max(1).optional(), sound: onOff.optional(), camera_control: camera.optional(), aspect_ratio: ratio.optional(),
  voice_list: z.array(z.strictObject({ voice_id: z.string() })).max(2).optional(), ...shots,
})
const trajectory = z.strictObject({ x: z.number(), y: z.number() })
const image2video = text2video.omit({ aspect_ratio: true }).extend({
  image: picture.optional(), image_tail: picture.optional(), static_mask: picture.optional(), element_list: elements.optional(),
  dynamic_masks: z.array(z.strictObject({ mask: picture, trajectories: z.array(trajectory).max(77) })).max(6).optional(),
})
const multiImage2video = z.strictObject({ ...plain, image_list: z.array(z.strictObject({ image: picture })).min(1).max(4), aspect_ratio: ratio.optional() })
const omniVideo = z.strictObject({
  ...plain, sound: onOff.optional(), aspect_ratio: ratio.optional(), ...shots, element_list: elements.max(7).optional(),
  image_list: z.array(z.strictObject({ image_url: picture, type: z.enum(['first_frame', 'end_frame']).optional() })).min(1).optional(),
  video_list: z.array(z.strictObject({ video_url: address, refer_type: z.enum(['feature', 'base']).optional(), keep_original_sound: yesNo.optional() })).min(1).max(1).optional(),
}).omit({ negative_prompt: true })
const motionControl = z.strictObject({
  model_name: z.string().optional(), prompt: prompt.optional(), image_url: picture, video_url: address, keep_original_sound: yesNo.optional(),
  character_orientation: z.enum(['image', 'video']), mode: mode.optional(), element_list: elements.max(1).optional(), ...common,
})
const videoExtend = z.strictObject({ video_id: z.string().min(1), prompt: prompt.optional(), negative_prompt: prompt.optional(), cfg_scale: z.number().min(0).max(1).optional(), ...common })
const share = z.number().min(0).max(1).optional()
const generations = z.strictObject({
  model_name: z.string().optional(), prompt, negative_prompt: prompt.optional(), image: picture.optional(), image_reference: z.enum(['subject', 'face']).optional(),
  image_fidelity: share, human_fidelity: share, resolution: z.enum(['1k', '2k']).optional(), n: z.int().min(1).max(9).optional(), aspect_ratio: pictureRatio.optional(), ...common,
})
const omniImage = z.strictObject({
  model_name: z.string().optional(), prompt, image_list: z.array(z.strictObject({ image: picture })).min(1).max(10).optional(), resolution: z.enum(['1k', '2k', '4k']).optional(),
  n: z.int().min(1).max(9).optional(), aspect_ratio: pictureRatio.optional(), result_type: z.enum(['single', 'series']).optional(), series_amount: z.int().min(2).max(9).optional(), ...common,
})

/** What a model takes; a master has no modes, and passes over the word. */
interface ClassicModel {
  paths: readonly ClassicPath[]
  modes?: readonly string[]
  only?: VideoOrder['resolution']
  maxSeconds: number
  sound?: readonly string[]
  cfg?: true
  tail?: readonly string[]
  shots?: true
  brushes?: true
  elements?: true
  units: Record<string, number>
}

const T2V = 'videos/text2video'
const I2V = 'videos/image2video'
const OLD = { modes: ['std', 'pro'], maxSeconds: 10, units: { std: 0.4, pro: 0.7 } } as const
const MODELS: Record<string, ClassicModel> = {
  'kling-v1': { ...OLD, paths: [T2V, I2V], cfg: true, tail: ['std', 'pro'], brushes: true },
  'kling-v1-5': { ...OLD, paths: [I2V], cfg: true, tail: ['pro'], brushes: true },
  'kling-v1-6': { ...OLD, paths: [T2V, I2V, 'videos/multi-image2video'], cfg: true, tail: ['pro'] },
  'kling-v2-master': { paths: [T2V, I2V], only: '720p', maxSeconds: 10, units: { std: 2 } },
  'kling-v2-1': { ...OLD, paths: [I2V], tail: ['pro'] },
  'kling-v2-1-master': { paths: [T2V, I2V], only: '1080p', maxSeconds: 10, units: { std: 2 } },
  'kling-v2-5-turbo': { ...OLD, paths: [T2V, I2V], tail: ['pro'], units: { std: 0.3, pro: 0.5 } },
  'kling-v2-6': { ...OLD, paths: [T2V, I2V, 'videos/motion-control'], tail: ['pro'], sound: ['pro'], elements: true, units: { std: 0.3, pro: 0.5, 'pro on': 1 } },
  'kling-v3': {
    paths: [T2V, I2V, 'videos/motion-control'], modes: ['std', 'pro', '4k'], maxSeconds: 15, sound: ['std', 'pro', '4k'], tail: ['std', 'pro', '4k'], shots: true, elements: true,
    units: { std: 0.6, pro: 0.8, '4k': 3, 'std on': 0.9, 'pro on': 1.2, '4k on': 3 },
  },
  'kling-video-o1': { paths: ['videos/omni-video'], modes: ['std', 'pro'], maxSeconds: 10, tail: ['std', 'pro'], elements: true, units: { std: 0.6, pro: 0.8, 'std video': 0.9, 'pro video': 1.2 } },
  'kling-v3-omni': {
    paths: ['videos/omni-video'], modes: ['std', 'pro', '4k'], maxSeconds: 15, sound: ['std', 'pro', '4k'], tail: ['std', 'pro', '4k'], shots: true, elements: true,
    units: { std: 0.6, pro: 0.8, '4k': 3, 'std on': 0.8, 'pro on': 1, '4k on': 3, 'std video': 0.9, 'pro video': 1.2, '4k video': 3 },
  },
}
const IMAGE_MODELS: Record<string, ClassicPath> = {
  'kling-v1': 'images/generations', 'kling-v1-5': 'images/generations', 'kling-v2': 'images/generations', 'kling-v2-1': 'images/generations', 'kling-v3': 'images/generations',
  'kling-image-o1': 'images/omni-image', 'kling-v3-omni': 'images/omni-image',
}
const RESOLUTIONS = { std: '720p', pro: '1080p', '4k': '4k' } as const

/** The videos of this account. */
export interface KnownVideos {
  has(videoId: string): boolean
  isExtendable(videoId: string): boolean
}

/** Reads a create body of one path. Throws `KlingRefusal`. */
export function classicOrder(path: ClassicPath, body: unknown, videos: KnownVideos): Order {
  if (isToolPath(path)) return toolOrder(path, body, videos)
  switch (path) {
    case 'videos/text2video': {
      const given = parse(text2video, body)
      checkPrompt(given)
      return videoOrder(given, modelOf(given.model_name ?? 'kling-v1', path), { ratio: given.aspect_ratio ?? '16:9', usualMode: 'std' })
    }
    case 'videos/image2video': {
      const given = parse(image2video, body)
      const model = modelOf(given.model_name ?? 'kling-v1', path)
      checkFrames(given, model)
      return videoOrder(given, model, { ratio: '16:9', usualMode: 'std' })
    }
    case 'videos/multi-image2video': {
      const given = parse(multiImage2video, body)
      if (!given.prompt) throw invalid('prompt is required')
      return videoOrder(given, modelOf(given.model_name ?? 'kling-v1-6', path), { ratio: given.aspect_ratio ?? '16:9', usualMode: 'std' })
    }
    case 'videos/omni-video': {
      const given = parse(omniVideo, body)
      checkOmni(given)
      const model = modelOf(given.model_name ?? 'kling-video-o1', path)
      const base = given.video_list?.some(({ refer_type: type = 'base' }) => type === 'base') === true
      const longest = given.video_list && !base ? Math.min(10, model.maxSeconds) : model.maxSeconds
      checkOmniDuration(given)
      return videoOrder({ ...given, ...(base && { duration: '5' }) }, { ...model, maxSeconds: longest }, { ratio: given.aspect_ratio ?? '16:9', usualMode: 'pro', kind: given.video_list && 'video', free: true })
    }
    case 'videos/motion-control': {
      const given = parse(motionControl, body)
      modelOf(given.model_name ?? 'kling-v2-6', path)
      const used = given.mode ?? 'std'
      if (used === '4k') throw invalid('mode value \'4k\' is invalid')
      const units = given.model_name === 'kling-v3' ? { std: 0.9, pro: 1.2 } : { std: 0.5, pro: 0.8 }
      return { ...shared(given), makes: { videos: { resolution: RESOLUTIONS[used], ratio: '16:9', seconds: 5, sound: given.keep_original_sound !== 'no', unitsPerSecond: units[used] } } }
    }
    case 'videos/video-extend': {
      const given = parse(videoExtend, body)
      if (!videos.isExtendable(given.video_id)) throw new KlingRefusal(404, 1203, 'The video does not exist or cannot be extended')
      return { ...shared(given), parentVideo: given.video_id, makes: { videos: { resolution: '720p', ratio: '16:9', seconds: 5, sound: false, unitsPerSecond: 0.4 } } }
    }
    case 'images/generations': {
      const given = parse(generations, body)
      checkImageModel(given.model_name ?? 'kling-v1', path)
      if (given.prompt === '') throw invalid('prompt is required')
      if (given.image_reference !== undefined && (given.model_name !== 'kling-v1-5' || given.image === undefined)) throw invalid('image_reference is not supported')
      return { ...shared(given), makes: { pictures: { count: given.n ?? 1, resolution: given.resolution ?? '1k', ratio: given.aspect_ratio ?? '16:9' } } }
    }
    case 'images/omni-image': {
      const given = parse(omniImage, body)
      checkImageModel(given.model_name ?? 'kling-image-o1', path)
      if (given.prompt === '') throw invalid('prompt is required')
      const count = given.result_type === 'series' ? (given.series_amount ?? 4) : (given.n ?? 1)
      return { ...shared(given), makes: { pictures: { count, resolution: given.resolution ?? '1k', ratio: given.aspect_ratio ?? '16:9' } } }
    }
  }
}

type VideoBody = z.output<typeof text2video> & Partial<Pick<z.output<typeof image2video>, 'image_tail' | 'static_mask' | 'dynamic_masks' | 'element_list'>>

interface Reading {
  ratio: string
  usualMode: 'std' | 'pro'
  kind?: 'video' | undefined
  /** Any whole number of seconds, from 3. */
  free?: true
}

function videoOrder(given: VideoBody, model: ClassicModel, { ratio: shape, usualMode, kind, free }: Reading): Order {
  const used = given.mode ?? usualMode
  if (model.modes && !model.modes.includes(used)) throw invalid(`mode value '${used}' is invalid for this model`)
  const seconds = Number(given.duration ?? '5')
  const isTaken = free || model.maxSeconds > 10 ? seconds >= 3 && seconds <= model.maxSeconds : seconds === 5 || seconds === 10
  if (!isTaken) throw invalid(`duration value '${given.duration}' is invalid for this model`)
  if (given.sound === 'on' && !model.sound?.includes(used)) throw invalid('sound is not supported by this model or mode')
  if (given.cfg_scale !== undefined && !model.cfg) throw invalid('cfg_scale is not supported by this model')
  if ((given.camera_control ?? given.static_mask ?? given.dynamic_masks) !== undefined && (!model.brushes || seconds !== 5)) throw invalid('camera_control and masks are not supported by this model')
  if (given.element_list !== undefined && !model.elements) throw invalid('element_list is not supported by this model')
  checkShots(given, model, seconds)
  const unitsPerSecond = model.units[`${used} ${kind ?? given.sound}`] ?? model.units[used] ?? model.units['std'] ?? 0
  return { ...shared(given), makes: { videos: { resolution: model.only ?? RESOLUTIONS[used], ratio: shape, seconds, sound: given.sound === 'on', unitsPerSecond } } }
}

function checkPrompt({ prompt: words = '', multi_shot: multi, shot_type: type }: Pick<VideoBody, 'prompt' | 'multi_shot' | 'shot_type'>): void {
  if (words === '' && !(multi && type === 'customize')) throw invalid('prompt is required')
}

function checkShots({ multi_shot: multi, shot_type: type, multi_prompt: list }: VideoBody, model: ClassicModel, seconds: number): void {
  if ((multi ?? type ?? list) === undefined) return
  if (!model.shots) throw invalid('multi_shot is not supported by this model')
  if (multi && type === undefined) throw invalid('shot_type is required with multi_shot')
  if (type === 'customize' && list === undefined) throw invalid('multi_prompt is required with customize')
  if (list && list.reduce((sum, shot) => sum + Number(shot.duration), 0) !== seconds) throw invalid('the durations of multi_prompt must add up to duration')
}

function checkFrames(given: z.output<typeof image2video>, model: ClassicModel): void {
  if (given.image === undefined && given.image_tail === undefined) throw invalid('image and image_tail cannot both be empty')
  if (given.image_tail === undefined) return
  if (!model.tail?.includes(given.mode ?? 'std')) throw invalid('image_tail is not supported by this model or mode')
  if (given.model_name === 'kling-v1' && given.duration === '10') throw invalid('image_tail is not supported for 10 s')
  if ((given.camera_control ?? given.static_mask ?? given.dynamic_masks) !== undefined) throw invalid('image_tail excludes camera_control and masks')
  if (given.sound === 'on' && given.model_name === 'kling-v2-6') throw invalid('sound is not supported with image_tail')
}

function checkOmni({ prompt: words = '', multi_shot: multi, image_list: images = [], video_list: videos = [], element_list: list = [], aspect_ratio: shape, sound }: z.output<typeof omniVideo>): void {
  const first = images.filter(({ type }) => type === 'first_frame').length
  const end = images.filter(({ type }) => type === 'end_frame').length
  const base = videos.some(({ refer_type: type = 'base' }) => type === 'base')
  if (words === '' && !multi) throw invalid('prompt is required')
  if (images.length + list.length > (videos.length > 0 ? 4 : 7)) throw invalid('too many images and elements')
  if (first > 1 || end > 1 || (end > 0 && first === 0)) throw invalid('end_frame needs a first_frame')
  if (end > 0 && images.length > 2) throw invalid('end_frame is not supported with more than 2 images')
  if (base && first + end > 0) throw invalid('frames cannot be set when a video is edited')
  if (shape === undefined && first === 0 && !base) throw invalid('aspect_ratio is required')
  if (sound === 'on' && videos.length > 0) throw invalid('sound must be off when a video is given')
}

/** "t2v / first-frame only 5, 10". */
function checkOmniDuration({ model_name: name = 'kling-video-o1', image_list: images = [], video_list: videos, element_list: list, duration: seconds = '5' }: z.output<typeof omniVideo>): void {
  const bare = videos === undefined && list === undefined && images.every(({ type }) => type === 'first_frame')
  if (name === 'kling-video-o1' && bare && seconds !== '5' && seconds !== '10') throw invalid(`duration value '${seconds}' is invalid for this model`)
}

function modelOf(name: string, path: ClassicPath): ClassicModel {
  const model = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined
  if (!model?.paths.includes(path)) throw invalid(`model_name value '${name}' is invalid`)
  return model
}

function checkImageModel(name: string, path: ClassicPath): void {
  if (!Object.hasOwn(IMAGE_MODELS, name) || (IMAGE_MODELS[name] !== path && !(name === 'kling-v3' && path === 'images/generations'))) throw invalid(`model_name value '${name}' is invalid`)
}
