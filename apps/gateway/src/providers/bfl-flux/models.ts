import type { InputMedia, InputRole, Operation } from '../../core/generation-request.ts'

/** What one of the vendor's paths takes. */
export interface FluxModel {
  operations: readonly Operation[]
  /** How the frame is said: in pixels, as a ratio, as a ratio with `hd` or `fhd`, or not at all. */
  frame: PixelBounds | 'ratio' | 'tier' | 'of_source'
  /** Where pictures go: `input_image`, `input_image_2` …; `image_prompt`; `image` and `mask`; `keyframes` and `start_video`. */
  pictures: 'input_image' | 'image_prompt' | 'image' | 'keyframes'
  /** How many of each kind, and in all. */
  takes: Partial<Record<`${InputMedia} ${InputRole}`, number>>
  maxInputs: number
  /** The materials without which there is nothing to do. */
  needsSource?: true
  seed: boolean
  upsampling: boolean
  webhook: boolean
  /** Extras, with their range where the vendor documents one. */
  vendor: Record<string, readonly [least: number, most: number] | 'any'>
}

export interface PixelBounds {
  multipleOf: number
  minSidePixels: number
  maxSidePixels?: number
  maxArea?: number
}

const IMAGE = { seed: true, upsampling: true, webhook: true } as const

/** "FLUX.2 sizes: multiples of 16, min 64, ≤ 4 MP". */
const FLUX_2: FluxModel = {
  ...IMAGE,
  operations: ['text_to_image', 'image_edit'],
  frame: { multipleOf: 16, minSidePixels: 64, maxArea: 4 * 1024 * 1024 },
  pictures: 'input_image',
  takes: { 'image source': 8, 'image reference': 8 },
  maxInputs: 8,
  upsampling: false,
  vendor: { safety_tolerance: [0, 5] },
}

/** "width 256–1440 ×32"; a picture is one to be like (Redux). */
const FLUX_1: FluxModel = {
  ...IMAGE,
  operations: ['text_to_image', 'image_edit'],
  frame: { multipleOf: 32, minSidePixels: 256, maxSidePixels: 1440 },
  pictures: 'image_prompt',
  takes: { 'image reference': 1 },
  maxInputs: 1,
  vendor: { safety_tolerance: [0, 6], steps: 'any', guidance: 'any', interval: 'any' },
}

const FILL: FluxModel = {
  ...IMAGE,
  operations: ['image_edit'],
  frame: 'of_source',
  pictures: 'image',
  takes: { 'image source': 1, 'image mask': 1 },
  maxInputs: 2,
  needsSource: true,
  vendor: { safety_tolerance: [0, 6], steps: [15, 50], guidance: [1.5, 100] },
}

const MARGIN = [0, 2048] as const

/** By how a path's last part begins or what it contains, the narrowest first: there are previews and fine-tuned ones of most. */
const MODELS: readonly (readonly [RegExp, FluxModel])[] = [
  [/^flux-3-video/, {
    operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'extend'],
    frame: 'tier',
    pictures: 'keyframes',
    takes: { 'image first_frame': 1, 'image last_frame': 1, 'video source': 1 },
    maxInputs: 2,
    seed: false,
    upsampling: false,
    // None is documented.
    webhook: false,
    vendor: { safety_tolerance: [0, 4], version: 'any' },
  }],
  [/expand/, { ...FILL, operations: ['reframe'], takes: { 'image source': 1 }, maxInputs: 1, vendor: { ...FILL.vendor, top: MARGIN, bottom: MARGIN, left: MARGIN, right: MARGIN } }],
  [/fill/, FILL],
  [/kontext/, { ...FLUX_2, frame: 'ratio', takes: { 'image source': 4, 'image reference': 4 }, maxInputs: 4, upsampling: true, vendor: { safety_tolerance: [0, 6] } }],
  [/ultra/, { ...FLUX_1, frame: 'ratio', vendor: { safety_tolerance: [0, 6], raw: 'any', image_prompt_strength: [0, 1] } }],
  [/^flux-2-klein/, { ...FLUX_2, takes: { 'image source': 4, 'image reference': 4 }, maxInputs: 4 }],
  [/^flux-2-flex/, { ...FLUX_2, upsampling: true, vendor: { ...FLUX_2.vendor, steps: [1, 50], guidance: [1.5, 10] } }],
  [/^flux-2/, FLUX_2],
]

/** Anything else is taken for one of the first generation. */
export function fluxModel(upstreamModel: string): FluxModel {
  return MODELS.find(([pattern]) => pattern.test(upstreamModel))?.[1] ?? FLUX_1
}
