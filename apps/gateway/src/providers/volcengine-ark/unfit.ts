import type { GenerationRequest, InputAsset, Operation } from '../../core/generation-request.ts'
import { parseSize } from '../../core/model.ts'
import type { Unfit, Work } from '../provider.ts'
import { wrong, wrongOperation } from '../unfit.ts'
import { IMAGE_FIELDS, seedanceLimits, seedanceOf, seedreamLimits, VIDEO_FIELDS, type Seedance, type SeedanceLimits, type SeedreamLimits } from './models.ts'

/** What this wire has no word for, and what the vendor is known to refuse of a model. */
export function unfitOf(work: Work): Unfit | undefined {
  const { request } = work
  return withoutWord(request) ?? unknownExtra(request) ?? (request.kind === 'video' ? unfitVideo(work) : unfitImages(work))
}

const VIDEO_OPERATIONS: readonly Operation[] = ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'video_to_video']
const IMAGE_OPERATIONS: readonly Operation[] = ['text_to_image', 'image_edit']

function unfitVideo({ request, upstreamModel }: Work): Unfit | undefined {
  const { operation, count, size, resolution, aspectRatio, durationSeconds } = request
  if (!VIDEO_OPERATIONS.includes(operation)) return wrongOperation('This upstream', operation, VIDEO_OPERATIONS)
  if (count !== 1) return wrong('count', 'This upstream makes one video at a time')
  if (size !== undefined && resolution === undefined && aspectRatio === undefined) return wrong('size', 'This model takes a resolution and an aspect ratio, not a size in pixels')
  if (typeof durationSeconds === 'number' && !Number.isInteger(durationSeconds)) return wrong('durationSeconds', 'This model takes whole seconds only')
  const model = seedanceOf(upstreamModel, request.model)
  const limits = seedanceLimits(model)
  return unfitMaterials(request.inputs) ?? (limits && beyondSeedance(request, model, limits))
}

function unfitMaterials(inputs: readonly InputAsset[]): Unfit | undefined {
  if (inputs.some(({ role }) => role === 'mask')) return wrong('inputs', 'This model takes no mask')
  if (inputs.some(({ media, role }) => media !== 'image' && isFrame(role))) return wrong('inputs', 'Frames are pictures')
  const [first, last] = (['first_frame', 'last_frame'] as const).map((wanted) => inputs.filter(({ role }) => role === wanted).length)
  if (first! > 1 || last! > 1) return wrong('inputs', 'There can be only one first frame and one last frame')
  if (last! > 0 && first === 0) return wrong('inputs', 'This model takes a last frame only with a first one')
  if (first! > 0 && inputs.some(({ role }) => !isFrame(role))) return wrong('inputs', 'This model takes either first and last frames or references, not both')
  return undefined
}

function isFrame(role: InputAsset['role']): boolean {
  return role === 'first_frame' || role === 'last_frame'
}

function beyondSeedance(request: GenerationRequest, { generation, edition }: Seedance, limits: SeedanceLimits): Unfit | undefined {
  const { resolution, aspectRatio, durationSeconds, inputs } = request
  const frames = inputs.some(({ role }) => isFrame(role))
  const references = inputs.filter(({ role }) => !isFrame(role))
  if (edition === 'lite-t2v' ? inputs.length > 0 : edition === 'lite-i2v' && inputs.length === 0) return wrong('inputs', edition === 'lite-t2v' ? 'This model takes no pictures' : 'This model needs a picture')
  for (const media of ['image', 'video', 'audio'] as const) {
    const max = limits.references[media]
    if (references.filter((input) => input.media === media).length > max) return wrong('inputs', max === 0 ? `This model takes no ${media} as a reference` : `This model takes at most ${max} of ${media} as references`)
  }
  // "2.5 allows audio-only".
  if (generation === '2.0' && references.length > 0 && references.every(({ media }) => media === 'audio')) return wrong('inputs', 'This model takes audio only together with an image or a video')
  if (!limits.lastFrame && inputs.some(({ role }) => role === 'last_frame')) return wrong('inputs', 'This model takes no last frame')

  // "1080p not in ref mode" of 1.0 lite.
  const resolutions = generation === '1.0' && references.length > 0 ? ['480p', '720p'] : limits.resolutions
  if (resolution !== undefined && !resolutions.includes(resolution.toLowerCase())) return wrong('resolution', `This model makes ${resolutions.join(', ')}`)
  if (aspectRatio === 'adaptive' && generation === '1.0' && inputs.length === 0) return wrong('aspectRatio', 'This model needs an aspect ratio where there is no picture to follow')
  if (aspectRatio !== undefined && aspectRatio !== 'adaptive' && generation === '2.5' && frames) return wrong('aspectRatio', 'With this model the first frame decides the aspect ratio')

  const inRange = durationSeconds === undefined || (durationSeconds === 'auto' ? limits.auto : durationSeconds >= limits.minSeconds && durationSeconds <= limits.maxSeconds)
  if (!inRange) return wrong('durationSeconds', `This model makes ${limits.minSeconds} to ${limits.maxSeconds} seconds${limits.auto ? ', or decides itself' : ''}`)
  if (request.audio === true && !limits.sound) return wrong('audio', 'This model makes no sound')
  if (request.outputFormat !== undefined && request.outputFormat !== 'mp4' && generation !== '2.5') return wrong('outputFormat', 'This model makes mp4')
  return undefined
}

function unfitImages({ request, upstreamModel }: Work): Unfit | undefined {
  const { operation, inputs, size, resolution, aspectRatio } = request
  if (request.kind !== 'image' || !IMAGE_OPERATIONS.includes(operation)) return wrongOperation('This upstream', operation, IMAGE_OPERATIONS)
  if (inputs.some(({ media, role }) => media !== 'image' || (role !== 'source' && role !== 'reference'))) return wrong('inputs', 'This model takes pictures only, and no mask')
  const named = aspectRatio === 'adaptive' ? resolution : (resolution ?? aspectRatio)
  if (size === undefined && named !== undefined) return wrong('size', 'This model takes a size in pixels')
  const limits = seedreamLimits(upstreamModel, request.model)
  return limits && beyondSeedream(request, limits)
}

/** "references + outputs ≤ 15". */
const MAX_PICTURES = 15

function beyondSeedream({ inputs, count, seed, size, aspectRatio, outputFormat }: GenerationRequest, { pictures, groups, size: bounds, seed: seeds, formats }: SeedreamLimits): Unfit | undefined {
  if (inputs.length < pictures.min || inputs.length > pictures.max) return wrong('inputs', pictures.max === 0 ? 'This model takes no pictures' : `This model takes ${pictures.min === pictures.max ? '' : 'up to '}${pictures.max} picture${pictures.max === 1 ? '' : 's'}`)
  if (count > 1 && !groups) return wrong('count', 'This model makes one picture at a time')
  if (count > 1 && count + inputs.length > MAX_PICTURES) return wrong('count', `This model makes at most ${MAX_PICTURES} pictures at a time, those that are given included`)
  if (seed !== undefined && !seeds) return wrong('seed', 'This model has no seed')
  if (outputFormat !== undefined && !formats.includes(outputFormat)) return wrong('outputFormat', `This model makes ${formats.join(', ')}`)
  if (bounds === undefined) return size === undefined ? undefined : wrong('size', 'With this model the picture that is given decides the size')
  if (aspectRatio === 'adaptive') return wrong('aspectRatio', 'This model needs a size or an aspect ratio')
  if (size === undefined) return undefined
  const [width, height] = parseSize(size) ?? [0, 0]
  const [short, long] = [Math.min(width, height), Math.max(width, height)]
  const fits = short >= bounds.minSidePixels && long <= bounds.maxSidePixels && width * height >= bounds.minArea && width * height <= bounds.maxArea && long <= bounds.maxRatio * short
  return fits ? undefined : wrong('size', `This model makes sides of ${bounds.minSidePixels} to ${bounds.maxSidePixels} pixels, ${bounds.minArea} to ${bounds.maxArea} in all, at ratios up to ${bounds.maxRatio}:1`)
}

const WORDLESS = ['negativePrompt', 'style', 'quality', 'loop', 'upsample'] as const
const WORDS = { negativePrompt: 'negative prompt', style: 'choice of style', quality: 'choice of quality', loop: 'loops', upsample: 'upsampling' } as const

function withoutWord(request: GenerationRequest): Unfit | undefined {
  const field = WORDLESS.find((name) => request[name] !== undefined && request[name] !== false)
  return field === undefined ? undefined : wrong(field, `This upstream has no ${WORDS[field]}`)
}

function unknownExtra({ vendor, kind }: GenerationRequest): Unfit | undefined {
  const known = kind === 'video' ? VIDEO_FIELDS : IMAGE_FIELDS
  const extra = Object.keys(vendor ?? {}).find((name) => !known.includes(name))
  return extra === undefined ? undefined : wrong(`vendor.${extra}`, `This upstream knows no ${extra}`)
}
