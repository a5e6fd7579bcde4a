import type { GenerationRequest, Operation } from '../../core/generation-request.ts'
import { parseSize } from '../../core/model.ts'
import type { Unfit, Work } from '../provider.ts'
import { wrong } from '../unfit.ts'
import { MODELS, type AvatarModel, type JimengModel, type MotionModel, type PictureModel, type VideoModel } from './models.ts'

export interface Found {
  model: JimengModel
  /** The `req_key` for this work. */
  key: string
}

/** Which model, under which key; or why none. */
export function foundFor(work: Work): Found | { unfit: Unfit } {
  const { upstreamModel, request: { operation } } = work
  const model = MODELS.get(upstreamModel)
  if (model === undefined) return { unfit: wrong('model', `Jimeng has no model of this name here, only ${[...MODELS.keys()].join(', ')}`) }
  const key = model.keys[operation]
  if (key === undefined) return { unfit: wrong('operation', `This model does not do ${operation}, only ${Object.keys(model.keys).join(', ')}`) }
  const unfit = unfitFor(work.request, model)
  return unfit ? { unfit } : { model, key }
}

function unfitFor(request: GenerationRequest, model: JimengModel): Unfit | undefined {
  const { count, negativePrompt, vendor = {} } = request
  if (count !== 1) return wrong('count', 'This model makes one at a time')
  if (negativePrompt !== undefined) return wrong('negativePrompt', 'This model takes no negative prompt')
  const other = Object.keys(vendor).find((name) => !vendorFieldsOf(model).includes(name))
  if (other !== undefined) return wrong(`vendor.${other}`, `This model does not take ${other}`)
  switch (model.makes) {
    case 'video':
      return unfitVideo(request, model)
    case 'avatar':
      return unfitAvatar(request, model)
    case 'motion':
      return unfitMotion(request, model)
    case 'picture':
      return unfitPicture(request, model)
  }
}

/** What the query for a result takes, and, of what is made at once, the request for it. */
export const MARKS = ['logo_info', 'aigc_meta']

function vendorFieldsOf(model: JimengModel): string[] {
  switch (model.makes) {
    case 'video':
      return ['aigc_meta', ...(model.camera ? ['template_id', 'camera_strength'] : [])]
    case 'avatar':
      return ['aigc_meta', ...(model.directed ? ['pe_fast_mode'] : [])]
    case 'motion':
      return ['aigc_meta', ...(model.second ? ['cut_result_first_second_switch'] : [])]
    case 'picture':
      return [...MARKS, ...(model.maxScale === undefined ? [] : ['scale']), ...(model.masked ? ['mask_changes'] : [])]
  }
}

const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9']
const FRAMES: Partial<Record<Operation, string>> = { text_to_video: '', image_to_video: 'image first_frame', first_last_frame: 'image first_frame,image last_frame' }

function unfitVideo(request: GenerationRequest, model: VideoModel): Unfit | undefined {
  const { operation, resolution, aspectRatio, size, durationSeconds, audio, prompt, vendor = {} } = request
  if (partsOf(request) !== FRAMES[operation]) return wrong('inputs', 'This model takes a first frame, and some a last frame with it, and nothing else')
  if (size !== undefined && resolution === undefined && aspectRatio === undefined) return wrong('size', 'This model takes an aspect ratio, not a size in pixels')
  if (resolution !== undefined && resolution !== model.resolution) return wrong('resolution', `This model makes ${model.resolution}`)
  if (durationSeconds !== undefined && (durationSeconds === 'auto' || !model.seconds.includes(durationSeconds))) return wrong('durationSeconds', `This model takes ${model.seconds.join(' or ')} seconds`)
  // "t2v only; i2v is centre-cropped to the nearest".
  const ratios = operation === 'text_to_video' ? RATIOS : ['adaptive']
  if (aspectRatio !== undefined && !ratios.includes(aspectRatio)) return wrong('aspectRatio', `This model takes ${ratios.join(', ')} for this`)
  if (audio === true) return wrong('audio', 'This model makes no sound')
  if (prompt === '' && operation === 'text_to_video') return wrong('prompt', 'This model needs a prompt for this')
  return model.camera && vendor['template_id'] === undefined ? wrong('vendor.template_id', 'This model needs the name of a camera move, such as hitchcock_dolly_in') : undefined
}

function unfitAvatar(request: GenerationRequest, { resolutions, directed }: AvatarModel): Unfit | undefined {
  const { resolution, audio, prompt, seed } = request
  if (partsOf(request) !== 'audio source,image first_frame') return wrong('inputs', 'This model takes a picture as first frame and a sound as source, and nothing else')
  if (resolution !== undefined && !resolutions.includes(resolution)) return wrong('resolution', `This model makes ${resolutions.join(' or ')}`)
  if (audio === false) return wrong('audio', 'This model always makes the sound that it is given')
  if (prompt !== '' && !directed) return wrong('prompt', 'This model takes no words')
  if (seed !== undefined && !directed) return wrong('seed', 'This model takes no seed')
  return unfitAsGiven(request, 'sound')
}

function unfitMotion(request: GenerationRequest, _model: MotionModel): Unfit | undefined {
  const { resolution, audio, prompt, seed } = request
  if (partsOf(request) !== 'image reference,video source') return wrong('inputs', 'This model takes a picture as reference and a video as source, and nothing else')
  if (resolution !== undefined && resolution !== '720p') return wrong('resolution', 'This model makes 720p')
  if (audio === true) return wrong('audio', 'This model has no switch for sound')
  if (prompt !== '') return wrong('prompt', 'This model takes no words')
  if (seed !== undefined) return wrong('seed', 'This model takes no seed')
  return unfitAsGiven(request, 'video')
}

/** Length and shape follow from what is given. */
function unfitAsGiven({ durationSeconds, aspectRatio, size, resolution }: GenerationRequest, given: string): Unfit | undefined {
  if (durationSeconds !== undefined && durationSeconds !== 'auto') return wrong('durationSeconds', `The result is as long as the ${given} that is given: auto`)
  if (aspectRatio !== undefined && aspectRatio !== 'adaptive') return wrong('aspectRatio', 'The result has the shape of the picture that is given: adaptive')
  return size !== undefined && resolution === undefined ? wrong('size', 'The result has the shape of the picture that is given') : undefined
}

function unfitPicture(request: GenerationRequest, model: PictureModel): Unfit | undefined {
  const { inputs, prompt, audio, seed, vendor = {} } = request
  const [least, most] = model.pictures
  const masks = inputs.filter(({ role }) => role === 'mask').length
  const pictures = inputs.length - masks
  if (inputs.some(({ media, role }) => media !== 'image' || role === 'first_frame' || role === 'last_frame')) return wrong('inputs', 'This model takes pictures only, as source or reference')
  if (pictures < Math.max(least, Number(request.operation === 'image_edit')) || pictures > most) return wrong('inputs', most === 0 ? 'This model takes no pictures' : `This model takes ${least === most ? least : `up to ${most}`} of pictures`)
  if (masks !== Number(model.masked ?? false)) return wrong('inputs', model.masked ? 'This model needs a mask with the picture' : 'This model takes no mask')
  if (prompt === '') return wrong('prompt', 'This model needs a prompt')
  if (audio === true) return wrong('audio', 'A picture has no sound')
  if (seed !== undefined && !model.seed) return wrong('seed', 'This model takes no seed')
  const { scale } = vendor
  if (scale !== undefined && !(typeof scale === 'number' && scale >= 0 && scale <= model.maxScale!)) return wrong('vendor.scale', `This model takes a scale from 0 to ${model.maxScale}`)
  return unfitSize(request, model)
}

function unfitSize({ size, resolution, aspectRatio }: GenerationRequest, { sizes, free }: PictureModel): Unfit | undefined {
  if (sizes === undefined) return size !== undefined || (aspectRatio ?? 'adaptive') !== 'adaptive' ? wrong(size === undefined ? 'aspectRatio' : 'size', 'The result has the size of the picture that is given') : undefined
  if (size === undefined) {
    if (aspectRatio !== undefined && !(free && aspectRatio === 'adaptive')) return wrong('aspectRatio', 'This model takes a size in pixels')
    return resolution !== undefined && !(free && /^[124]k$/i.test(resolution)) ? wrong('resolution', free ? 'This model makes 1K, 2K or 4K' : 'This model takes a size in pixels') : undefined
  }
  const [width, height] = parseSize(size) ?? [0, 0]
  const area = width * height
  const [short, long] = [Math.min(width, height), Math.max(width, height)]
  const { minSide, maxSide, minArea = 0, maxArea = Infinity, maxRatio = Infinity } = sizes
  if (short >= minSide && long <= maxSide && area >= minArea && area <= maxArea && long <= short * maxRatio) return undefined
  const bounds = [`sides from ${minSide} to ${maxSide}`, ...(minArea > 0 ? [`${minArea} to ${maxArea} pixels in all`] : []), ...(Number.isFinite(maxRatio) ? [`a ratio of at most ${maxRatio}:1`] : [])]
  return wrong('size', `This model takes ${bounds.join(', ')}`)
}

/** `audio source,image first_frame`, whatever the order. */
function partsOf({ inputs }: GenerationRequest): string {
  return inputs.map(({ media, role }) => `${media} ${role}`).toSorted().join(',')
}
