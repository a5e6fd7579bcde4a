import type { InputMedia, InputRole, MediaKind, Operation } from './generation-request.ts'
import type { RateCard } from './rate-card.ts'

/** A public model: what it accepts, what it costs, and how it is called. Data, in catalog/, one file per family. */
export interface Model {
  id: string
  /** Other names that mean the same model. */
  aliases?: string[]
  kind: MediaKind
  family: string
  name: { en: string; zh: string }
  description: { en: string; zh: string }
  /** What the vendors call it, by provider id: what a channel that maps no name sends. */
  upstreamNames?: Record<string, string>
  operations: Operation[]
  duration?: DurationRange
  /** Allowed words, the default first. Absent: the model takes none. */
  resolutions?: string[]
  aspectRatios?: string[]
  /** Exact sizes it takes (`1280x720`, or `auto`), the default first; the model then has no ratios or resolutions of its own. */
  sizes?: string[]
  /** Any size within bounds; may go with resolutions and ratios, which then are ways to say a size. */
  freeSizes?: SizeBounds
  /** Output pixels by resolution and ratio, where they are not simply derived (Seedance's table). */
  pixels?: PixelTable
  /** Where the lists above differ; of those that match, the last one replaces them. */
  exceptions?: ModelException[]
  /** The only frame rate; 0 for pictures. */
  framesPerSecond: number
  audio: 'always' | 'optional' | 'never'
  audioDefault?: boolean
  /** Range of accepted seeds, absent when the model has none. */
  seed?: { min: number; max: number }
  inputs: Partial<Record<InputMedia, InputLimit>>
  /** First or last frames may come with references. */
  framesWithReferences?: boolean
  /** A last frame may come without a first. */
  lastFrameAlone?: boolean
  /** Sounds may be the only references. */
  soundAlone?: boolean
  maxCount: number
  /** In code points. */
  maxPromptCharacters: number
  /** Operations that need no words. */
  promptOptional?: Operation[]
  negativePrompt?: boolean
  /** Allowed words, the default first. */
  qualities?: string[]
  styles?: string[]
  enhancePrompt?: boolean
  upsample?: boolean
  loop?: boolean
  outputFormats?: string[]
  /** Vendor extras that pass through to the provider, by name. */
  vendorFields?: string[]
  /** How long a usual task takes, for checks and progress; refined by experience. */
  usualSeconds: number
  price: RateCard
}

export interface DurationRange {
  defaultSeconds: number
  /** Whole seconds from min to max… */
  minSeconds: number
  maxSeconds: number
  /** …or only these. */
  values?: number[]
  /** Whether the model may decide (`auto`). */
  auto?: boolean
  /** The result is as long as the video that was given, whatever is asked: `auto` is the default, and holds that much. */
  ofSource?: boolean
}

export interface InputLimit {
  /** Parts in the request that it may play. */
  roles: InputRole[]
  /** How many of this medium. */
  max: number
  /** Largest count of references, when it differs from the frames'. */
  maxReferences?: number
  maxBytes: number
  minSidePixels?: number
  maxSidePixels?: number
  /** Of one video or sound… */
  minSeconds?: number
  maxSeconds?: number
  /** …and of all of them together. A hold counts this much for material of unknown length. */
  maxTotalSeconds?: number
}

export interface SizeBounds {
  /** `WIDTHxHEIGHT`. */
  default: string
  /** Both sides are divisible by it. */
  multipleOf: number
  minSidePixels: number
  maxSidePixels: number
  minArea?: number
  maxArea?: number
  /** The longer side over the shorter one. */
  maxRatio?: number
}

export type PixelTable = Record<string, Record<string, readonly [width: number, height: number]>>

export interface ModelException {
  /** All that is given holds. */
  when: { operation?: Operation[]; resolution?: string[] }
  resolutions?: string[]
  aspectRatios?: string[]
  duration?: DurationRange
  /** Silent here, though the model can do sound elsewhere. */
  audio?: 'never'
}

export type Choices = Pick<Model, 'resolutions' | 'aspectRatios' | 'duration'>

/** The ratio that follows the input picture, or the model's own taste. */
export const ADAPTIVE = 'adaptive'

/** What is left to choose once the operation, and later the resolution, is known. */
export function choicesOf(model: Model, operation: Operation, resolution?: string): Choices {
  let { resolutions, aspectRatios, duration } = model
  for (const exception of exceptionsOf(model, operation, resolution)) {
    resolutions = exception.resolutions ?? resolutions
    aspectRatios = exception.aspectRatios ?? aspectRatios
    duration = exception.duration ?? duration
  }
  return { ...(resolutions && { resolutions }), ...(aspectRatios && { aspectRatios }), ...(duration && { duration }) }
}

/** Whether there is sound, once the operation and the resolution are known. */
export function soundOf(model: Model, operation: Operation, resolution?: string): Model['audio'] {
  return exceptionsOf(model, operation, resolution).some((exception) => exception.audio === 'never') ? 'never' : model.audio
}

/**
 * Width and height that a resolution and a ratio come to: the model's table, else the resolution as the shorter side
 * (1080p at 16:9 is 1920x1080). Undefined when either word is none that has a size (`adaptive`).
 */
export function pixelsOf(model: Pick<Model, 'pixels'>, resolution: string, aspectRatio: string): readonly [number, number] | undefined {
  const listed = model.pixels?.[resolution]?.[aspectRatio]
  if (listed) return listed
  const short = shortSidePixels(resolution)
  const ratio = ratioOf(aspectRatio)
  if (short === undefined || ratio === undefined) return undefined
  return ratio >= 1 ? [even(short * ratio), short] : [short, even(short / ratio)]
}

/** `720p` → 720; `2k` and `4k` are the customary 1440 and 2160 lines. */
export function shortSidePixels(resolution: string): number | undefined {
  const word = resolution.toLowerCase()
  if (word === '2k') return 1440
  if (word === '4k') return 2160
  const match = /^(\d{3,4})p$/.exec(word)
  return match ? Number(match[1]) : undefined
}

/** `16:9` → 1.777…, `19.5:9` → 2.166…; undefined for words. */
export function ratioOf(aspectRatio: string): number | undefined {
  const match = /^(\d{1,4}(?:\.\d)?):(\d{1,4}(?:\.\d)?)$/.exec(aspectRatio)
  if (!match) return undefined
  const ratio = Number(match[1]) / Number(match[2])
  return ratio > 0 && Number.isFinite(ratio) ? ratio : undefined
}

/** `1280x720`, also written with `*`, `×` or `X`; undefined for anything else. */
export function parseSize(size: string): readonly [width: number, height: number] | undefined {
  const match = /^(\d{1,5})[x×*](\d{1,5})$/i.exec(size.trim())
  return match ? [Number(match[1]), Number(match[2])] : undefined
}

function exceptionsOf(model: Model, operation: Operation, resolution: string | undefined): ModelException[] {
  return (model.exceptions ?? []).filter(
    ({ when }) =>
      (when.operation === undefined || when.operation.includes(operation)) &&
      (when.resolution === undefined || (resolution !== undefined && when.resolution.includes(resolution))),
  )
}

/** Encoders of 4:2:0 video take even sides only. */
function even(side: number): number {
  return Math.round(side / 2) * 2
}
