import type { GenerationRequest, InputMedia, Operation } from '../../core/generation-request.ts'
import type { Unfit, Work } from '../provider.ts'
import { unlessOneOf, wrong, wrongOperation } from '../unfit.ts'

/** What Vidu does, by its table of models, and what it therefore cannot be asked. */

export const ROUTES: ReadonlyMap<Operation, string> = new Map([
  ['text_to_video', 'text2video'],
  ['image_to_video', 'img2video'],
  ['first_last_frame', 'start-end2video'],
  ['reference_to_video', 'reference2video'],
  ['extend', 'extend'],
  ['lip_sync', 'lip-sync'],
  ['text_to_image', 'reference2image'],
  ['image_edit', 'reference2image'],
])

/** Whole seconds from one to the other, and resolutions. */
interface Takes {
  seconds: readonly [min: number, max: number]
  resolutions: readonly string[]
}

interface ViduModel {
  takes: Partial<Record<Operation, Takes>>
  /** How many references of each medium. */
  references?: Partial<Record<InputMedia, number>>
  /** References may be told apart as `subjects`, by name. */
  subjects?: boolean
  audio?: 'every' | 'references'
  /** Two lengths only, of which the longer comes at 720p. */
  fourOrEight?: true
  styles?: true
  /** Ratios of 3:4 and 4:3: "q2/q3 only". */
  portraits?: true
}

const SD_TO_1080P = ['540p', '720p', '1080p']
const OLD_RESOLUTIONS = ['360p', '720p', '1080p']
const Q3 = { audio: 'every', portraits: true } as const
const EXTENDED: Takes = { seconds: [1, 7], resolutions: SD_TO_1080P }
const FIVE_SECONDS: Takes = { seconds: [5, 5], resolutions: ['1080p'] }
const FOUR_OR_EIGHT: Takes = { seconds: [4, 8], resolutions: OLD_RESOLUTIONS }

/** The vendor's table of models. One that is not in it is new, and the vendor judges for himself. */
export const MODELS: ReadonlyMap<string, ViduModel> = new Map<string, ViduModel>([
  ['viduq3-pro', { ...Q3, takes: { text_to_video: upTo(16), image_to_video: { seconds: [1, 16], resolutions: ['360p', ...SD_TO_1080P, '2k'] }, first_last_frame: upTo(16) } }],
  ['viduq3-turbo', { ...Q3, takes: { text_to_video: upTo(16), image_to_video: upTo(16), first_last_frame: upTo(16), reference_to_video: upTo(16) }, references: { image: 7 }, subjects: true }],
  ['viduq3', { ...Q3, takes: { reference_to_video: upTo(16, { from: 3 }) }, references: { image: 7 }, subjects: true }],
  ['viduq3-mix', { ...Q3, takes: { reference_to_video: { seconds: [1, 16], resolutions: ['720p', '1080p'] } }, references: { image: 7 } }],
  ['viduq2', { takes: { text_to_video: upTo(10), reference_to_video: upTo(10) }, references: { image: 7 }, subjects: true, audio: 'references', portraits: true }],
  ['viduq2-pro', { takes: { image_to_video: upTo(10), first_last_frame: upTo(8), reference_to_video: upTo(10), extend: EXTENDED }, references: { image: 4, video: 2 }, subjects: true, portraits: true }],
  ['viduq2-turbo', { takes: { image_to_video: upTo(10), first_last_frame: upTo(8, { from: 2 }), extend: EXTENDED }, portraits: true }],
  ['viduq2-pro-fast', { takes: { image_to_video: { seconds: [1, 10], resolutions: ['720p', '1080p'] }, first_last_frame: { seconds: [1, 8], resolutions: ['720p', '1080p'] } }, portraits: true }],
  ['viduq1', { takes: { text_to_video: FIVE_SECONDS, image_to_video: FIVE_SECONDS, first_last_frame: FIVE_SECONDS, reference_to_video: FIVE_SECONDS }, references: { image: 7 }, subjects: true, styles: true }],
  ['viduq1-classic', { takes: { image_to_video: FIVE_SECONDS, first_last_frame: FIVE_SECONDS } }],
  ['vidu2.0', { takes: { image_to_video: FOUR_OR_EIGHT, first_last_frame: FOUR_OR_EIGHT, reference_to_video: FOUR_OR_EIGHT }, references: { image: 7 }, fourOrEight: true }],
  ['vidu1.5', { takes: { text_to_video: FOUR_OR_EIGHT, image_to_video: FOUR_OR_EIGHT, first_last_frame: FOUR_OR_EIGHT, reference_to_video: FOUR_OR_EIGHT }, references: { image: 7 }, fourOrEight: true, styles: true }],
])

function upTo(max: number, { from = 1 }: { from?: number } = {}): Takes {
  return { seconds: [from, max], resolutions: SD_TO_1080P }
}

/** Extras that a catalogue entry may let through. Not `off_peak`: it may take two days. */
const VENDOR_FIELDS = ['movement_amplitude', 'bgm', 'audio_type', 'voice_id', 'watermark', 'wm_position', 'wm_url'] as const
/** Those that going on with a video has. */
const EXTEND_FIELDS: readonly string[] = ['watermark', 'wm_position', 'wm_url']

/** What of a request Vidu cannot do, as far as that shows before materials are looked at. */
export function unfit({ request, upstreamModel }: Work): Unfit | undefined {
  const { operation } = request
  const model = MODELS.get(upstreamModel)
  if (!ROUTES.has(operation)) return wrongOperation('Vidu', operation, [...ROUTES.keys()])
  if (request.kind === 'image') return unfitPicture(request, upstreamModel)
  if (operation === 'lip_sync') return unfitLipSync(request)
  const takes = model?.takes[operation]
  if (model && !takes) return wrongOperation(upstreamModel, operation, Object.keys(model.takes))
  return unfitInputs(request, model) ?? unfitLength(request, { model, takes, upstreamModel }) ?? unfitFrame(request, { model, takes, upstreamModel }) ?? unfitExtras(request, { model, upstreamModel })
}

/** Of every way of working, what it must have: how many of which medium in which roles. */
function unfitInputs({ operation, inputs }: GenerationRequest, model: ViduModel | undefined): Unfit | undefined {
  const count = (role: string, media: InputMedia) => inputs.filter((input) => input.role === role && input.media === media).length
  const wrong = (what: string): Unfit => ({ param: 'inputs', message: `Vidu takes ${what} for ${operation}` })
  switch (operation) {
    case 'image_to_video':
      return inputs.length === 1 && count('first_frame', 'image') === 1 ? undefined : wrong('one picture, as first_frame,')
    case 'first_last_frame':
      return inputs.length === 2 && count('first_frame', 'image') === 1 && count('last_frame', 'image') === 1 ? undefined : wrong('two pictures, as first_frame and last_frame,')
    case 'extend': {
      const last = count('last_frame', 'image')
      return count('source', 'video') === 1 && last <= 1 && inputs.length === 1 + last ? undefined : wrong('one video, as source, and at most one picture, as last_frame,')
    }
    case 'reference_to_video': {
      const [images, videos] = [count('reference', 'image'), count('reference', 'video')]
      const { image = MAX_REFERENCES, video = 0 } = model === undefined ? { video: MAX_REFERENCES } : (model.references ?? {})
      const isRight = images + videos === inputs.length && images + videos > 0 && images <= image && videos <= video
      return isRight ? undefined : wrong(`up to ${image} pictures${video === 0 ? '' : ` and ${video} videos`} as references`)
    }
    default:
      return inputs.length === 0 ? undefined : wrong('no materials')
  }
}

const MAX_REFERENCES = 7

interface Known {
  model: ViduModel | undefined
  takes?: Takes | undefined
  upstreamModel: string
}

function unfitLength({ durationSeconds, resolution, count }: GenerationRequest, { model, takes, upstreamModel }: Known): Unfit | undefined {
  if (count !== 1) return { param: 'count', message: 'Vidu makes one video at a time' }
  if (durationSeconds === undefined) return undefined
  if (durationSeconds === 'auto' || !Number.isInteger(durationSeconds)) return { param: 'durationSeconds', message: 'Vidu takes whole seconds' }
  if (model?.fourOrEight && durationSeconds !== 4 && durationSeconds !== 8) return { param: 'durationSeconds', message: `${upstreamModel} takes 4 or 8 seconds` }
  if (model?.fourOrEight && durationSeconds === 8 && resolution !== undefined && resolution.toLowerCase() !== '720p') return { param: 'durationSeconds', message: `${upstreamModel} takes 8 seconds at 720p only` }
  const [min, max] = takes?.seconds ?? [1, Infinity]
  if (durationSeconds >= min && durationSeconds <= max) return undefined
  return { param: 'durationSeconds', message: `${upstreamModel} takes ${min === max ? `${min}` : `${min} to ${max}`} seconds this way` }
}

function unfitFrame({ operation, resolution, aspectRatio, size, framesPerSecond }: GenerationRequest, { model, takes, upstreamModel }: Known): Unfit | undefined {
  if (size !== undefined && resolution === undefined && aspectRatio === undefined) return { param: 'size', message: 'Vidu takes a resolution and an aspect ratio, not a size in pixels' }
  if (framesPerSecond !== undefined && framesPerSecond !== 24) return { param: 'framesPerSecond', message: 'Vidu makes 24 frames per second' }
  if (resolution !== undefined && takes && !takes.resolutions.includes(resolution.toLowerCase())) return { param: 'resolution', message: `${upstreamModel} takes ${takes.resolutions.join(', ')} this way` }
  if (aspectRatio === undefined) return undefined
  if (!hasRatio(operation)) return aspectRatio === 'adaptive' ? undefined : { param: 'aspectRatio', message: 'With frames the pictures decide the aspect ratio' }
  const ratios = ['16:9', '9:16', '1:1', ...(model === undefined || model.portraits ? ['3:4', '4:3'] : [])]
  return unlessOneOf('aspectRatio', aspectRatio, ratios, upstreamModel)
}

export function hasRatio(operation: Operation): boolean {
  return operation === 'text_to_video' || operation === 'reference_to_video'
}

function unfitExtras({ operation, audio, style, seed, negativePrompt, vendor = {} }: GenerationRequest, { model, upstreamModel }: Known): Unfit | undefined {
  if (negativePrompt !== undefined) return { param: 'negativePrompt', message: 'Vidu has no negative prompt' }
  if (audio === true && !hasSound(operation, upstreamModel)) return { param: 'audio', message: `${upstreamModel} makes no sound this way` }
  const styled = operation === 'text_to_video' && (model === undefined || model.styles)
  if (style !== undefined && style !== 'general' && !styled) return { param: 'style', message: `${upstreamModel} takes no style this way` }
  if (operation !== 'extend') return undefined
  if (seed !== undefined) return { param: 'seed', message: 'Going on with a video takes no seed' }
  const unused = Object.keys(vendor).find((name) => isVendorField(name) && !EXTEND_FIELDS.includes(name))
  return unused === undefined ? undefined : { param: `vendor.${unused}`, message: `Going on with a video takes no ${unused}` }
}

export function hasSound(operation: Operation, upstreamModel: string): boolean {
  if (operation === 'extend') return false
  const model = MODELS.get(upstreamModel)
  return model === undefined || model.audio === 'every' || (model.audio === 'references' && operation === 'reference_to_video')
}

export function isVendorField(name: string): boolean {
  return (VENDOR_FIELDS as readonly string[]).includes(name)
}

/** Of pictures: "viduq2: 0 to 7 images, 1080p 2K 4K; viduq1: 1 to 7, 1080p". */
const PICTURE_RATIOS = ['16:9', '9:16', '1:1', '3:4', '4:3']
const PICTURES: ReadonlyMap<string, { least: number; resolutions: readonly string[]; ratios: readonly string[] }> = new Map([
  ['viduq2', { least: 0, resolutions: ['1080p', '2k', '4k'], ratios: [...PICTURE_RATIOS, '21:9', '2:3', '3:2', 'adaptive'] }],
  ['viduq1', { least: 1, resolutions: ['1080p'], ratios: PICTURE_RATIOS }],
])

function unfitPicture({ operation, inputs, resolution, aspectRatio, size, count, prompt, negativePrompt }: GenerationRequest, upstreamModel: string): Unfit | undefined {
  const model = PICTURES.get(upstreamModel)
  if (operation !== 'text_to_image' && operation !== 'image_edit') return wrongOperation('Vidu', operation, ['text_to_image', 'image_edit'])
  const least = operation === 'image_edit' ? 1 : (model?.least ?? 0)
  if (inputs.some(({ media, role }) => media !== 'image' || (role !== 'source' && role !== 'reference')) || inputs.length < least || inputs.length > MAX_REFERENCES) return wrong('inputs', `Vidu takes ${least} to ${MAX_REFERENCES} pictures, as source or reference, for this`)
  if (count !== 1) return wrong('count', 'Vidu makes one picture at a time')
  if (prompt.trim() === '') return wrong('prompt', 'Vidu needs a prompt for a picture')
  if (negativePrompt !== undefined) return wrong('negativePrompt', 'Vidu has no negative prompt')
  if (size !== undefined && resolution === undefined && aspectRatio === undefined) return wrong('size', 'Vidu takes a resolution and an aspect ratio, not a size in pixels')
  if (aspectRatio === 'adaptive' && inputs.length === 0) return wrong('aspectRatio', 'Without a picture there is no ratio to follow')
  return (model && unlessOneOf('resolution', resolution?.toLowerCase(), model.resolutions, upstreamModel)) ?? (model && unlessOneOf('aspectRatio', aspectRatio, model.ratios, upstreamModel))
}

/** What is said of a voice that speaks the words; without one, the vendor chooses. */
export const VOICE_FIELDS: readonly string[] = ['voice_id', 'speed', 'volume', 'language']
/** "4 to 2000 characters." */
const SPOKEN_CHARACTERS = [4, 2_000] as const

function unfitLipSync({ inputs, prompt, count, durationSeconds, seed, negativePrompt, audio, vendor = {} }: GenerationRequest): Unfit | undefined {
  const [videos, sounds] = (['video', 'audio'] as const).map((media) => inputs.filter((input) => input.media === media && input.role === 'source').length)
  if (videos !== 1 || sounds! > 1 || inputs.length !== videos + sounds!) return wrong('inputs', 'Vidu moves the lips of one video, as source, to at most one sound, as source')
  const words = [...prompt.trim()].length
  if (sounds === 1 && words > 0) return wrong('prompt', 'Vidu moves lips to a sound or to words, not both')
  if (sounds === 0 && (words < SPOKEN_CHARACTERS[0] || words > SPOKEN_CHARACTERS[1])) return wrong('prompt', `Vidu speaks ${SPOKEN_CHARACTERS.join(' to ')} characters where there is no sound`)
  if (count !== 1) return wrong('count', 'Vidu makes one video at a time')
  if (durationSeconds !== undefined && durationSeconds !== 'auto') return wrong('durationSeconds', 'The result is as long as the video that is given: auto')
  if (seed !== undefined) return wrong('seed', 'Lip sync takes no seed')
  if (negativePrompt !== undefined) return wrong('negativePrompt', 'Vidu has no negative prompt')
  if (audio === false) return wrong('audio', 'Who speaks is heard')
  const voiced = Object.keys(vendor).find((name) => VOICE_FIELDS.includes(name))
  return sounds === 1 && voiced !== undefined ? wrong(`vendor.${voiced}`, 'A sound has its own voice') : undefined
}
