import type { GenerationRequest } from '../../core/generation-request.ts'
import { ADAPTIVE, parseSize, ratioOf } from '../../core/model.ts'
import type { Unfit, Work } from '../provider.ts'
import { unlessOneOf, wrongOperation } from '../unfit.ts'
import { fluxModel, type FluxModel, type PixelBounds } from './models.ts'

/** What this wire cannot say or the vendor does not take, as far as it shows without the materials. */
export function unfitWork({ request, upstreamModel }: Work): Unfit | undefined {
  const model = fluxModel(upstreamModel)
  return unfitFields(request, model) ?? unfitFrame(request, model) ?? unfitDuration(request, model) ?? unfitInputs(request, model) ?? unfitExtras(request, model)
}

/** The tiers of videos by the resolutions that they come to. */
export const TIERS: ReadonlyMap<string, string> = new Map([['720p', 'hd'], ['1080p', 'fhd']])

function unfitFields(request: GenerationRequest, model: FluxModel): Unfit | undefined {
  if (!model.operations.includes(request.operation)) return wrongOperation('This model', request.operation, model.operations)
  if (request.count !== 1) return { param: 'count', message: 'This model makes one result per request' }
  if (request.negativePrompt !== undefined) return { param: 'negativePrompt', message: 'This model takes no negative prompt' }
  if (request.seed !== undefined && !model.seed) return { param: 'seed', message: 'This model takes no seed' }
  if (request.enhancePrompt === true && !model.upsampling) return { param: 'enhancePrompt', message: 'This model does not rewrite prompts' }
  return undefined
}

function unfitFrame(request: GenerationRequest, { frame }: FluxModel): Unfit | undefined {
  switch (frame) {
    case 'of_source':
      return request.size === undefined && request.aspectRatio === undefined ? undefined : { param: request.size === undefined ? 'aspectRatio' : 'size', message: 'The result has the size of the picture that was given' }
    case 'ratio':
      if (request.size !== undefined) return { param: 'size', message: 'This model takes an aspect ratio, not a size in pixels' }
      return request.aspectRatio === undefined ? undefined : unfitRatio(request.aspectRatio)
    case 'tier':
      if (request.resolution !== undefined && !TIERS.has(request.resolution)) return { param: 'resolution', message: `The resolution must be ${[...TIERS.keys()].join(' or ')}` }
      if (request.size !== undefined && request.resolution === undefined) return { param: 'size', message: 'This model takes a resolution and an aspect ratio, not a size in pixels' }
      return unlessOneOf('aspectRatio', request.aspectRatio, VIDEO_RATIOS, 'This model')
    default:
      if (request.size !== undefined) return unfitSize(request.size, frame)
      return request.aspectRatio === undefined && request.resolution === undefined ? undefined : { param: request.aspectRatio === undefined ? 'resolution' : 'aspectRatio', message: 'This model takes a size in pixels' }
  }
}

const VIDEO_RATIOS = [ADAPTIVE, '21:9', '2:1', '16:9', '4:3', '1:1', '3:4', '9:16']

/** "aspect_ratio string 21:9…9:21". */
const WIDEST = 21 / 9

function unfitRatio(aspectRatio: string): Unfit | undefined {
  const ratio = ratioOf(aspectRatio)
  return ratio !== undefined && ratio <= WIDEST && ratio >= 1 / WIDEST ? undefined : { param: 'aspectRatio', message: 'The aspect ratio must lie between 21:9 and 9:21' }
}

function unfitSize(size: string, { multipleOf, minSidePixels, maxSidePixels = Infinity, maxArea = Infinity }: PixelBounds): Unfit | undefined {
  const [width = 0, height = 0] = parseSize(size) ?? []
  const fits = [width, height].every((side) => side % multipleOf === 0 && side >= minSidePixels && side <= maxSidePixels) && width * height <= maxArea
  const most = maxSidePixels === Infinity ? `${minSidePixels} pixels or more and ${maxArea} pixels in all at most` : `${minSidePixels} to ${maxSidePixels} pixels`
  return fits ? undefined : { param: 'size', message: `The sides must be divisible by ${multipleOf}, and ${most}` }
}

const LEAST_SECONDS = 5
const MOST_SECONDS = 20

function unfitDuration({ durationSeconds }: GenerationRequest, { frame }: FluxModel): Unfit | undefined {
  if (durationSeconds === undefined || frame !== 'tier' || durationSeconds === 'auto') return undefined
  const fits = Number.isInteger(durationSeconds) && durationSeconds >= LEAST_SECONDS && durationSeconds <= MOST_SECONDS
  return fits ? undefined : { param: 'durationSeconds', message: `The duration must be a whole number of seconds from ${LEAST_SECONDS} to ${MOST_SECONDS}, or auto` }
}

function unfitInputs({ inputs }: GenerationRequest, { takes, maxInputs, needsSource }: FluxModel): Unfit | undefined {
  for (const { media, role } of inputs) {
    const most = takes[`${media} ${role}`] ?? 0
    if (inputs.filter((input) => input.media === media && input.role === role).length > most) return { param: 'inputs', message: `This model takes ${most === 0 ? 'no' : `at most ${most}`} ${media} as ${role}` }
  }
  if (inputs.length > maxInputs) return { param: 'inputs', message: `This model takes at most ${maxInputs} inputs` }
  const has = (role: string): boolean => inputs.some((input) => input.role === role)
  if (needsSource && !has('source')) return { param: 'inputs', message: 'This model needs the picture that it is to work on' }
  // Keyframes are told apart by their places only.
  if (has('last_frame') && !has('first_frame')) return { param: 'inputs', message: 'A last frame needs a first frame' }
  if (has('first_frame') && has('source')) return { param: 'inputs', message: 'A video to go on from cannot stand beside frames' }
  return undefined
}

const MARGINS = ['top', 'bottom', 'left', 'right']

function unfitExtras({ vendor = {} }: GenerationRequest, model: FluxModel): Unfit | undefined {
  for (const [name, range] of Object.entries(model.vendor)) {
    const value = vendor[name]
    if (value === undefined || range === 'any') continue
    const [least, most] = range
    if (typeof value !== 'number' || value < least || value > most) return { param: `vendor.${name}`, message: `${name} must be from ${least} to ${most}` }
  }
  if (model.vendor['top'] !== undefined && MARGINS.every((name) => !vendor[name])) return { param: 'vendor.top', message: `One of ${MARGINS.join(', ')} must say how many pixels to add` }
  return undefined
}
