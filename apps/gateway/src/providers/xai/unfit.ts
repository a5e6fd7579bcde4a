import type { GenerationRequest, InputAsset, Operation } from '../../core/generation-request.ts'
import type { Unfit, Work } from '../provider.ts'
import { unlessOneOf, wrong, wrongOperation } from '../unfit.ts'

/** What this wire has no word for, and what the vendor is known to refuse. */
export function unfitOf(work: Work): Unfit | undefined {
  return withoutWord(work.request) ?? (work.request.kind === 'video' ? unfitVideo(work) : unfitImages(work))
}

const VIDEO_OPERATIONS: readonly Operation[] = ['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'video_to_video', 'extend']
const VIDEO_RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3']

/** "1–15"; "references ≤ 10"; "added seconds, 2–10". */
const SECONDS: Partial<Record<Operation, readonly [min: number, max: number]>> = { reference_to_video: [1, 10], extend: [2, 10] }
const USUAL_SECONDS = [1, 15] as const

function unfitVideo({ request, upstreamModel }: Work): Unfit | undefined {
  const { operation, inputs, count, resolution, aspectRatio, durationSeconds } = request
  if (!VIDEO_OPERATIONS.includes(operation)) return wrongOperation('This upstream', operation, VIDEO_OPERATIONS)
  if (count !== 1) return wrong('count', 'This upstream makes one video at a time')
  if (request.quality !== undefined) return wrong('quality', 'This upstream has no choice of quality for videos')
  // An edit or an extension keeps the length, shape and resolution of its video, whatever is asked: nothing of them is said.
  const works = operation === 'video_to_video' || operation === 'extend'
  const hasPicture = inputs.some(({ role }) => role === 'first_frame' || role === 'last_frame')
  const newest = upstreamModel.includes('1.5')
  const material = works ? unfitSource(inputs) : unfitPictures(inputs, { newest })
  if (material) return material
  if (aspectRatio === 'adaptive' ? !works && !hasPicture : aspectRatio !== undefined && (works || hasPicture || !VIDEO_RATIOS.includes(aspectRatio))) {
    return wrong('aspectRatio', works || hasPicture ? 'This upstream follows the picture or video that is given' : `This upstream makes ${VIDEO_RATIOS.join(', ')}`)
  }
  if (operation === 'video_to_video') return undefined
  const [min, max] = SECONDS[operation] ?? USUAL_SECONDS
  if (durationSeconds !== undefined && (durationSeconds === 'auto' || !Number.isInteger(durationSeconds) || durationSeconds < min || durationSeconds > max)) return wrong('durationSeconds', `This upstream makes whole seconds from ${min} to ${max} this way`)
  if (works) return undefined
  const resolutions = newest && operation !== 'reference_to_video' ? ['480p', '720p', '1080p'] : ['480p', '720p']
  return unlessOneOf('resolution', resolution, resolutions, 'This way and with this model this upstream')
}

function unfitSource(inputs: readonly InputAsset[]): Unfit | undefined {
  return inputs.every(({ media, role }) => media === 'video' && role === 'source') && inputs.length === 1 ? undefined : wrong('inputs', 'This upstream works on one video and nothing else')
}

const MAX_REFERENCES = { image: 7, audio: 3, video: 0 } as const

function unfitPictures(inputs: readonly InputAsset[], { newest }: { newest: boolean }): Unfit | undefined {
  const frames = inputs.filter(({ role }) => role === 'first_frame' || role === 'last_frame')
  const references = inputs.filter((input) => !frames.includes(input))
  if (references.some(({ role }) => role !== 'reference') || frames.some(({ media }) => media !== 'image')) return wrong('inputs', 'This upstream takes frames and references only')
  if (frames.length > 0 && references.length > 0) return wrong('inputs', 'This upstream takes either first and last frames or references, not both')
  for (const role of ['first_frame', 'last_frame']) if (frames.filter((frame) => frame.role === role).length > 1) return wrong('inputs', `There can be only one ${role}`)
  // "whether it is allowed without `image` is not confirmed".
  if (frames.some(({ role }) => role === 'last_frame') && (!newest || frames.length === 1)) return wrong('inputs', newest ? 'This upstream takes a last frame only with a first one' : 'This upstream takes no last frame with this model')
  for (const media of ['image', 'audio', 'video'] as const) {
    const max = media === 'audio' && !newest ? 0 : MAX_REFERENCES[media]
    if (references.filter((input) => input.media === media).length > max) return wrong('inputs', max === 0 ? `This upstream takes no ${media} as a reference with this model` : `This upstream takes at most ${max} of ${media} as references`)
  }
  return undefined
}

const IMAGE_OPERATIONS: readonly Operation[] = ['text_to_image', 'image_edit']
const IMAGE_RATIOS = ['1:1', '3:4', '4:3', '9:16', '16:9', '2:3', '3:2', '9:19.5', '19.5:9', '9:20', '20:9', '1:2', '2:1']
const IMAGE_RESOLUTIONS = ['1k', '2k']
const MAX_COUNT = 10
const MAX_PICTURES = 3

function unfitImages({ request, upstreamModel }: Work): Unfit | undefined {
  const { operation, inputs, count, resolution, aspectRatio, quality } = request
  if (request.kind !== 'image' || !IMAGE_OPERATIONS.includes(operation)) return wrongOperation('This upstream', operation, IMAGE_OPERATIONS)
  if (count > MAX_COUNT) return wrong('count', `This upstream makes at most ${MAX_COUNT} pictures at a time`)
  if (inputs.some(({ media, role }) => media !== 'image' || (role !== 'source' && role !== 'reference'))) return wrong('inputs', 'This upstream takes pictures only, and no mask')
  if (inputs.length > MAX_PICTURES) return wrong('inputs', `This upstream takes at most ${MAX_PICTURES} pictures`)
  // "`low`, `medium` (default); one SDK also types `high`", which nobody has confirmed.
  if (quality !== undefined && !(upstreamModel.includes('2.0') && ['low', 'medium'].includes(quality))) return wrong('quality', upstreamModel.includes('2.0') ? 'This upstream draws in low or medium quality' : 'This upstream has no choice of quality with this model')
  if (resolution !== undefined && !IMAGE_RESOLUTIONS.includes(resolution)) return wrong('resolution', `This upstream draws ${IMAGE_RESOLUTIONS.join(' or ')}`)
  if (request.outputFormat !== undefined && request.outputFormat !== 'jpeg') return wrong('outputFormat', 'This upstream makes jpeg')
  if (aspectRatio === undefined || aspectRatio === 'adaptive') return undefined
  if (inputs.length === 1) return wrong('aspectRatio', 'With one picture the result has the shape of that')
  return unlessOneOf('aspectRatio', aspectRatio, IMAGE_RATIOS, 'This upstream')
}

const WORDLESS = ['seed', 'negativePrompt', 'style', 'loop', 'upsample'] as const
const WORDS = { seed: 'seed', negativePrompt: 'negative prompt', style: 'choice of style', loop: 'loops', upsample: 'upsampling' } as const

function withoutWord(request: GenerationRequest): Unfit | undefined {
  const field = WORDLESS.find((name) => request[name] !== undefined && request[name] !== false)
  if (field !== undefined) return wrong(field, `This upstream has no ${WORDS[field]}`)
  const extra = Object.keys(request.vendor ?? {}).find((name) => name !== 'storage_options')
  if (extra !== undefined) return wrong(`vendor.${extra}`, `This upstream knows no ${extra}`)
  const { size, resolution, aspectRatio } = request
  return size !== undefined && resolution === undefined && aspectRatio === undefined ? wrong('size', 'This upstream takes a resolution and an aspect ratio, not a size in pixels') : undefined
}
