import type { GenerationRequest, InputMedia, InputRole, Operation } from '../../core/generation-request.ts'
import { parseSize } from '../../core/model.ts'
import type { Unfit, Work } from '../provider.ts'
import { unlessOneOf, wrong, wrongOperation } from '../unfit.ts'
import { imageFamily, VENDOR_FIELDS } from './image-family.ts'
import { parentOf, secondsToAsk } from './lengths.ts'

/** What this wire has no word for, and what the vendor is known to refuse. */
export function unfitOf(work: Work): Unfit | undefined {
  return work.request.kind === 'video' ? unfitVideo(work) : unfitImages(work)
}

const VIDEO_OPERATIONS: readonly Operation[] = ['text_to_video', 'image_to_video', 'remix', 'video_to_video', 'extend']
const IMAGE_OPERATIONS: readonly Operation[] = ['text_to_image', 'image_edit', 'variation']

/** "docs add 1080x1920, 1920x1080 for pro". */
const SORA_SIZES = ['720x1280', '1280x720']
const SORA_PRO_SIZES = [...SORA_SIZES, '1024x1792', '1792x1024', '1080x1920', '1920x1080']

function unfitVideo(work: Work): Unfit | undefined {
  const { request, upstreamModel, settings } = work
  const { durationSeconds, size } = request
  if (!VIDEO_OPERATIONS.includes(request.operation)) return wrongOperation('This upstream', request.operation, VIDEO_OPERATIONS)
  if (request.count !== 1) return wrong('count', 'This upstream makes one video at a time')
  const wordless = withoutWord(request, ['seed', 'negativePrompt', 'style', 'quality', 'loop'])
  if (wordless) return wordless
  if (request.audio === false) return wrong('audio', 'This upstream always makes sound')

  const works = request.operation === 'remix' || request.operation === 'video_to_video'
  const material = works || request.operation === 'extend' ? unfitMaterial(request, { video: ['source'] }) : unfitMaterial(request, { image: ['first_frame'] })
  if (material) return material
  const pixels = sizeOf(request)
  if (pixels) return pixels
  if (works) return unfitRemix(work)
  if (durationSeconds === 'auto') return wrong('durationSeconds', 'This upstream takes a number of seconds')
  if (durationSeconds !== undefined && !Number.isInteger(durationSeconds)) return wrong('durationSeconds', 'This upstream takes whole seconds only')
  if (settings['limits'] === 'server') return undefined
  if (durationSeconds !== undefined && secondsToAsk(work) === undefined) return wrong('durationSeconds', 'This upstream makes at most 20 seconds')
  // What is gone on with keeps its size.
  if (request.operation === 'extend') return unfitSize(work)
  // An Azure deployment may have any name.
  const isPro = (upstreamModel.startsWith('sora-') ? upstreamModel : request.model).includes('pro')
  const sizes = isPro ? SORA_PRO_SIZES : SORA_SIZES
  return unlessOneOf('size', size, sizes, 'With this model this upstream')
}

/** A remix has the length and the size of its video; longer than what is paid for it must not be. */
function unfitRemix(work: Work): Unfit | undefined {
  const { request } = work
  const material = request.inputs.find(({ media }) => media === 'video')?.source
  const seconds = parentOf(work)?.seconds ?? (material !== undefined && 'storageKey' in material ? material.durationSeconds : undefined)
  const paid = secondsToAsk(work)
  if (seconds !== undefined && paid !== undefined && Math.floor(seconds) > paid) return wrong('durationSeconds', `The result is as long as the video that it is made from, ${Math.floor(seconds)} seconds`)
  return unfitSize(work)
}

function unfitSize(work: Work): Unfit | undefined {
  const { size } = parentOf(work) ?? {}
  return size === undefined || work.request.size === undefined || size === work.request.size ? undefined : wrong('size', `The result has the size of the video that it is made from, ${size}`)
}

/** "image ×1–16", and "n 1–10". */
const MAX_PICTURES = 16
const MAX_COUNT = 10

function unfitImages(work: Work): Unfit | undefined {
  const { request, settings } = work
  if (request.kind !== 'image' || !IMAGE_OPERATIONS.includes(request.operation)) return wrongOperation('This upstream', request.operation, IMAGE_OPERATIONS)
  const wordless = withoutWord(request, ['seed', 'negativePrompt', 'loop', 'upsample'])
  if (wordless) return wordless
  const extra = Object.keys(request.vendor ?? {}).find((name) => !VENDOR_FIELDS.includes(name))
  if (extra !== undefined) return wrong(`vendor.${extra}`, `This upstream knows no ${extra}`)
  const material = unfitMaterial(request, { image: ['source', 'reference', 'mask'] })
  if (material) return material
  const pictures = request.inputs.filter(({ role }) => role !== 'mask').length
  if (pictures > MAX_PICTURES) return wrong('inputs', `This upstream takes at most ${MAX_PICTURES} pictures`)
  return sizeOf(request) ?? (settings['limits'] === 'server' ? undefined : beyondFamily(work))
}

function beyondFamily({ request, upstreamModel }: Work): Unfit | undefined {
  const { operation, count, size, quality, style, outputFormat } = request
  const family = imageFamily(request.model, upstreamModel)
  if (!family.operations.includes(operation)) return wrongOperation('With this model this upstream', operation, family.operations)
  if (count > (family.maxCount ?? MAX_COUNT)) return wrong('count', `This upstream makes at most ${family.maxCount ?? MAX_COUNT} pictures at a time with this model`)
  if (quality !== undefined && !family.qualities.includes(quality)) return wrong('quality', family.qualities.length === 0 ? 'This upstream has no choice of quality with this model' : `This upstream takes ${family.qualities.join(', ')} with this model`)
  if (style !== undefined && !family.styles.includes(style)) return wrong('style', 'This upstream has no such style with this model')
  if (outputFormat !== undefined && !family.formats.includes(outputFormat)) return wrong('outputFormat', `This upstream gives ${family.formats.join(', ')} with this model`)
  if (size === undefined || family.sizes?.includes(size)) return undefined
  return family.sizes === undefined && isFreeSize(size) ? undefined : wrong('size', `This upstream makes ${family.sizes?.join(', ') ?? 'sides that are divisible by 16, up to 3840 pixels, at ratios up to 3:1 and from 655360 to 8294400 pixels in all'} with this model`)
}

/** "divisible by 16, ratio within 1:3–3:1, longest edge ≤ 3840, 655 360–8 294 400 px", or `auto`. */
function isFreeSize(size: string): boolean {
  if (size === 'auto') return true
  const [width, height] = parseSize(size) ?? [0, 0]
  const [short, long] = [Math.min(width, height), Math.max(width, height)]
  return width % 16 === 0 && height % 16 === 0 && long <= 3840 && long <= 3 * short && width * height >= 655_360 && width * height <= 8_294_400
}

/** A resolution or a ratio is only a way to say a size, and there is none to send. */
function sizeOf({ size, resolution, aspectRatio }: GenerationRequest): Unfit | undefined {
  return size === undefined && (resolution ?? aspectRatio) !== undefined ? wrong('size', 'This upstream takes a size in pixels, not a resolution or an aspect ratio') : undefined
}

function withoutWord(request: GenerationRequest, fields: readonly ('seed' | 'negativePrompt' | 'style' | 'quality' | 'loop' | 'upsample')[]): Unfit | undefined {
  const field = fields.find((name) => request[name] !== undefined && request[name] !== false)
  return field === undefined ? undefined : wrong(field, `This upstream has no ${WORDS[field]}`)
}

const WORDS = { seed: 'seed', negativePrompt: 'negative prompt', style: 'choice of style', quality: 'choice of quality', loop: 'loops', upsample: 'upsampling' } as const

function unfitMaterial(request: GenerationRequest, taken: Partial<Record<InputMedia, readonly InputRole[]>>): Unfit | undefined {
  const strange = request.inputs.find(({ media, role }) => !taken[media]?.includes(role))
  if (strange) return wrong('inputs', `This upstream takes no ${strange.media} as ${strange.role} for ${request.operation}`)
  return undefined
}
