import type { InputAsset } from '../../core/generation-request.ts'
import type { Unfit, Work } from '../provider.ts'
import { wrong } from '../unfit.ts'
import { keptVideoId } from './material.ts'
import { MARGINS, type KlingModel, type Way } from './models.ts'
import { isTool, unfitTool } from './tools.ts'

/** The first thing in this work that the model cannot do this way, in the caller's terms. */
export function unfitFor(work: Work, { model, way }: { model: KlingModel; way: Way }): Unfit | undefined {
  return unfitInputs(work, model, way) ?? unfitFrame(work, model, way) ?? unfitDuration(work, model, way) ?? unfitSound(work, model, way) ?? unfitRest(work, model, way) ?? unfitVendor(work, model, way)
}

const ADAPTIVE = 'adaptive'

function unfitInputs(work: Work, model: KlingModel, way: Way): Unfit | undefined {
  if (isTool(way)) return unfitTool(work, way)
  const { request: { inputs, vendor }, parent } = work
  // What is gone on with lies at Kling; the material is only our copy of it.
  if (way === 'extend') return extendedVideoId(parent) === undefined ? wrong('inputs', 'Kling goes on only with a video that its models 1.x made at the same account') : undefined
  const images = inputs.filter(({ media }) => media === 'image')
  const videos = inputs.filter(({ media }) => media === 'video')
  const first = count(inputs, 'first_frame')
  const last = count(inputs, 'last_frame')
  if (inputs.some(({ role, media }) => role === 'mask' || media === 'audio')) return wrong('inputs', 'This model takes neither masks nor sounds')

  switch (way) {
    case 'text':
      return inputs.length > 0 ? wrong('inputs', 'This model takes words only for this') : undefined
    case 'frames':
      return videos.length > 0 || first > 1 || last > 1 || first + last !== inputs.length || inputs.length === 0 ? wrong('inputs', 'This model takes one first frame and one last frame') : undefined
    case 'pictures':
    case 'image':
    case 'omniImage':
      return videos.length > 0 || first + last > 0 || images.length > model.references.images ? wrong('inputs', `This model takes at most ${model.references.images} pictures, and nothing else`) : undefined
    case 'motion':
      return images.length !== 1 || videos.length !== 1 ? wrong('inputs', 'This model takes one picture of who moves and one video of how') : undefined
    case 'omni':
      return unfitOmni({ images: images.length + lengthOf(vendor?.['element_list']), videos, first, last }, model)
  }
}

/** The vendor's id of the video that is gone on with: "V1.x results only". */
export function extendedVideoId(parent: Work['parent']): string | undefined {
  return /^kling-v1(?:-|$)/.test(parent?.upstreamModel ?? '') ? keptVideoId(parent) : undefined
}

/** "images + elements ≤ 7 without video, ≤ 4 with; no end frame when > 2 images; end frame needs a first frame; edit cannot set frames". */
function unfitOmni({ images, videos, first, last }: { images: number; videos: InputAsset[]; first: number; last: number }, model: KlingModel): Unfit | undefined {
  const sources = videos.filter(({ role }) => role === 'source').length
  // 4.0 counts otherwise: ten pictures beside five videos.
  const most = videos.length > 0 && model.named !== 'all' ? Math.min(4, model.references.images) : model.references.images
  if (images > most) return wrong('inputs', `This model takes at most ${most} pictures and elements${videos.length > 0 ? ' beside a video' : ''}`)
  if (videos.length > model.references.videos || sources > 1) return wrong('inputs', `This model takes at most ${model.references.videos} video${model.references.videos === 1 ? '' : 's'}, one of them to be changed`)
  if (first > 1 || last > 1 || (last > 0 && first === 0)) return wrong('inputs', 'This model takes one first frame, and one last frame with it')
  if (sources > 0 && first + last > 0) return wrong('inputs', 'This model takes no frames together with a video to be changed')
  if (last > 0 && images > 2) return wrong('inputs', 'This model takes a last frame only where there are no more than two pictures')
  return undefined
}

function unfitFrame({ request }: Work, model: KlingModel, way: Way): Unfit | undefined {
  const { resolution, aspectRatio, size, operation } = request
  if (size !== undefined && resolution === undefined && aspectRatio === undefined) return wrong('size', 'Kling takes a resolution and an aspect ratio, not a size in pixels')
  const resolutions = (operation === 'first_last_frame' ? model.lastFrame?.resolutions : undefined) ?? model.resolutions
  if (way !== 'extend' && resolution !== undefined && !resolutions.includes(resolution)) return wrong('resolution', resolutions.length === 0 ? 'This model has no choice of resolution' : `This model takes ${resolutions.join(', ')} for this`)
  if (aspectRatio === undefined) return undefined
  if (followsMaterial(request.inputs, way)) return aspectRatio === ADAPTIVE ? undefined : wrong('aspectRatio', 'The result has the shape of the material that it is made from')
  // A picture that is expanded to no shape in particular goes beyond its sides as far as is said.
  return model.ratios.includes(aspectRatio) || (way === 'expand' && aspectRatio === ADAPTIVE) ? undefined : wrong('aspectRatio', `This model takes ${model.ratios.join(', ')}`)
}

/** "No aspect_ratio here; output follows the image"; of omni, "required unless first frame or base video given". */
function followsMaterial(inputs: readonly InputAsset[], way: Way): boolean {
  if (way === 'omni') return inputs.some(({ role }) => role === 'source') || (inputs.some(({ role }) => role === 'first_frame') && !inputs.some(({ role }) => role === 'reference'))
  return SHAPED_WAYS.has(way)
}

const SHAPED_WAYS: ReadonlySet<Way> = new Set(['frames', 'motion', 'extend', 'lipSync', 'effects', 'avatar', 'tryOn'])

function unfitDuration({ request: { durationSeconds, operation, inputs, kind } }: Work, model: KlingModel, way: Way): Unfit | undefined {
  if (durationSeconds === undefined || kind === 'image' || isAsLongAsSource(inputs, way)) return undefined
  if (way === 'lipSync' || way === 'avatar') return durationSeconds === 'auto' ? undefined : wrong('durationSeconds', 'What this model makes is as long as its material')
  const seconds = secondsTaken(inputs, operation, model, way)
  return durationSeconds !== 'auto' && seconds.includes(durationSeconds) ? undefined : wrong('durationSeconds', `This model takes ${seconds.join(', ')} seconds for this`)
}

function secondsTaken(inputs: readonly InputAsset[], operation: Work['request']['operation'], model: KlingModel, way: Way): readonly number[] {
  // "+4–5 s continuation".
  if (way === 'extend') return [5]
  // "Enum values: 5" of the effects with one picture.
  if (way === 'effects' && inputs.length === 1) return [5]
  if (operation === 'first_last_frame' && model.lastFrame?.seconds) return model.lastFrame.seconds
  const seconds = model.seconds(operation)
  // "≤ 10 with a video".
  return model.wire === 'classic' && inputs.some(({ media }) => media === 'video') ? seconds.filter((each) => each <= 10) : seconds
}

/** What is made from a video is as long as the video, whatever is asked. */
export function isAsLongAsSource(inputs: readonly Pick<InputAsset, 'media' | 'role'>[], way: Way): boolean {
  return way === 'motion' || (way === 'omni' && inputs.some(({ media, role }) => media === 'video' && role === 'source'))
}

function unfitSound({ request: { audio, resolution, inputs, operation } }: Work, model: KlingModel, way: Way): Unfit | undefined {
  if (audio === false) return model.sound === 'always' ? wrong('audio', 'This model always makes sound') : undefined
  if (audio === undefined || model.sound === 'always') return undefined
  if (model.sound === 'never' || way === 'motion') return wrong('audio', 'This model makes no sound for this')
  if (model.soundResolutions && !model.soundResolutions.includes(resolution ?? model.resolutions[0]!)) return wrong('audio', `This model makes sound at ${model.soundResolutions.join(', ')} only`)
  if (operation === 'first_last_frame' && model.lastFrame?.silent) return wrong('audio', 'This model makes no sound between two frames')
  // "must be off when a video is given".
  return inputs.some(({ media }) => media === 'video') ? wrong('audio', 'This model makes no sound where a video is given') : undefined
}

function unfitRest({ request: { count: wanted, seed, negativePrompt, prompt, vendor } }: Work, model: KlingModel, way: Way): Unfit | undefined {
  if (wanted > model.maxCount) return wrong('count', `This model makes at most ${model.maxCount} at a time`)
  if (seed !== undefined) return wrong('seed', 'Kling takes no seed')
  if (negativePrompt !== undefined && !model.negativePrompt) return wrong('negativePrompt', 'This model takes no negative prompt')
  if (negativePrompt !== undefined && way === 'motion') return wrong('negativePrompt', 'Motion control takes no negative prompt')
  // Shots have words of their own. Of the versioned omni models it is not known whether they need any.
  const wordy = WORDY_WAYS.has(way) || (way === 'omni' && model.wire === 'classic')
  if (prompt === '' && wordy && vendor?.['multi_prompt'] === undefined) return wrong('prompt', 'This model needs a prompt for this')
  return undefined
}

const WORDY_WAYS: ReadonlySet<Way> = new Set(['text', 'pictures', 'image', 'omniImage'])

/** What each way takes of the vendor's own fields. */
const WAY_FIELDS: Record<Way, readonly string[]> = {
  text: ['cfg_scale', 'camera_control', 'multi_shot', 'shot_type', 'multi_prompt', 'watermark_info'],
  frames: ['cfg_scale', 'camera_control', 'static_mask', 'dynamic_masks', 'multi_shot', 'shot_type', 'multi_prompt', 'element_list', 'watermark_info'],
  pictures: ['watermark_info'],
  omni: ['element_list', 'keep_original_sound', 'multi_shot', 'shot_type', 'multi_prompt', 'watermark_info'],
  motion: ['keep_original_sound', 'character_orientation', 'element_list', 'watermark_info'],
  extend: ['cfg_scale', 'watermark_info'],
  image: ['image_reference', 'image_fidelity', 'human_fidelity', 'watermark_info'],
  omniImage: ['watermark_info'],
  lipSync: ['voice_id', 'voice_language', 'voice_speed', 'watermark_info'],
  effects: ['effect_scene', 'model_name', 'watermark_info'],
  avatar: ['audio_id', 'watermark_info'],
  multiImage: ['model_name', 'scene_image', 'style_image', 'watermark_info'],
  expand: [...MARGINS, 'watermark_info'],
  tryOn: [],
}

function unfitVendor({ request: { vendor = {}, inputs } }: Work, model: KlingModel, way: Way): Unfit | undefined {
  const refused = Object.keys(vendor).find((name) => !isTaken(name, model, way))
  if (refused !== undefined) return wrong(`vendor.${refused}`, `This model does not take ${refused} for this`)
  const elements = lengthOf(vendor['element_list'])
  // "≤ 3 × {element_id}"; motion control takes one.
  const most = way === 'motion' ? 1 : 3
  if (way !== 'omni' && elements > most) return wrong('vendor.element_list', `This model takes at most ${most} elements for this`)
  const hasVideo = inputs.some(({ media }) => media === 'video')
  return vendor['keep_original_sound'] !== undefined && !hasVideo ? wrong('vendor.keep_original_sound', 'There is no video whose sound could be kept') : undefined
}

export function isTaken(name: string, model: KlingModel, way: Way): boolean {
  return model.fields.includes(name) && WAY_FIELDS[way].includes(name)
}

function count(inputs: readonly InputAsset[], role: InputAsset['role']): number {
  return inputs.filter((input) => input.role === role).length
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0
}
