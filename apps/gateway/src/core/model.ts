import type { InputMedia, MediaKind, Operation } from './generation-request.ts'
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
  operations: Operation[]
  duration?: DurationRange
  /** Allowed words, the default first. Absent: the model takes none. */
  resolutions?: string[]
  aspectRatios?: string[]
  /** Exact sizes it takes (`1280x720`), the default first; or a pattern of bounds for free sizes. */
  sizes?: string[]
  /** Output pixels by resolution and ratio, where they are not simply derived (Seedance's table). */
  pixels?: Record<string, Record<string, readonly [number, number]>>
  framesPerSecond: number
  audio: 'always' | 'optional' | 'never'
  audioDefault?: boolean
  /** Range of accepted seeds, absent when the model has none. */
  seed?: { min: number; max: number }
  inputs: Partial<Record<InputMedia, InputLimit>>
  maxCount: number
  maxPromptCharacters: number
  negativePrompt?: boolean
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
}

export interface InputLimit {
  max: number
  maxBytes: number
  /** Largest count of references, when it differs from the frames'. */
  maxReferences?: number
  minSidePixels?: number
  maxSidePixels?: number
}
