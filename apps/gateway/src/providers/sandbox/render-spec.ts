/** What the sandbox is asked to draw. Pixel sizes are those of the result; picture inputs are encoded files. */
export type RenderSpec = VideoSpec | ImageSpec | TextSpec

export interface VideoSpec {
  readonly kind: 'video'
  readonly prompt: string
  /** H.264 with 4:2:0 colour has even sides only: an odd side is made one pixel larger (`evenPixels`). */
  readonly widthPixels: number
  readonly heightPixels: number
  /** May be a fraction (29.97). */
  readonly framesPerSecond: number
  /** Rounded to whole frames (`countFrames`). */
  readonly durationSeconds: number
  readonly seed: number
  readonly audio: boolean
  /** JPEG, PNG or WebP. The film begins with exactly this picture, cropped to the film's shape. */
  readonly firstFrame?: Uint8Array
  /** The film has the shape of its first frame, and about as many pixels as the sides above come to. */
  readonly followsFirstFrame?: boolean
  /** JPEG, PNG or WebP. The film ends with exactly this picture. */
  readonly lastFrame?: Uint8Array
  /** Shown below the prompt: the name of the model this stands in for. */
  readonly label?: string
}

export interface ImageSpec {
  readonly kind: 'image'
  readonly prompt: string
  readonly widthPixels: number
  readonly heightPixels: number
  readonly seed: number
  readonly format: ImageFormat
  /** JPEG, PNG or WebP. The result is made from this picture: graded by prompt and seed unless `work` says otherwise. */
  readonly source?: Uint8Array
  /** The source is a grid of four, and this one of them is meant: 1 to 4, row by row. */
  readonly quadrant?: number
  /** The result has the shape of the source, and its size as far as that is drawn; the sides above are not asked then. */
  readonly followsSource?: boolean
  /** Further pictures: those to blend with the source, or the face that it gets. */
  readonly others?: readonly Uint8Array[]
  /** Where the source changes; see `decodeMask`. Absent: everywhere. */
  readonly mask?: Uint8Array
  /** What is black in the mask changes, and not what is white. */
  readonly maskChanges?: 'black'
  readonly work?: PictureWork
  /** Four pictures of consecutive seeds, two by two; the sides above are those of the whole. */
  readonly isGrid?: boolean
  readonly label?: string
}

/** What becomes of the source; without any of these it is shown in another light. */
export type PictureWork =
  /** Nothing: the picture, or the one picture of a grid, as it is. */
  | { readonly kind: 'crop' }
  | { readonly kind: 'upscale'; readonly factor: number }
  | { readonly kind: 'vary'; readonly strength: 'subtle' | 'strong' }
  /** Factor 2: the picture has half of its sides, in the middle of new surroundings. */
  | { readonly kind: 'zoom_out'; readonly factor: number }
  /** The picture grows by half on this side. */
  | { readonly kind: 'pan'; readonly direction: PanDirection }
  /** All of the picture in the middle of another shape. */
  | { readonly kind: 'reframe' }
  /** What stands in the middle stays. */
  | { readonly kind: 'replace_background' }
  | { readonly kind: 'blend' }
  | { readonly kind: 'swap_face' }

export type PanDirection = 'left' | 'right' | 'up' | 'down'

/** A picture in words. */
export interface TextSpec {
  readonly kind: 'text'
  readonly seed: number
  readonly source: Uint8Array
}

export type ImageFormat = 'png' | 'jpeg' | 'webp'

/** A finished drawing. The bytes are a complete file of `mediaType`. */
export interface Rendered {
  readonly bytes: Uint8Array
  readonly mediaType: 'video/mp4' | `image/${ImageFormat}` | 'text/plain'
  /** Not of words. */
  readonly widthPixels?: number
  readonly heightPixels?: number
  /** Films only. */
  readonly durationSeconds?: number
  readonly framesPerSecond?: number
  /** A small PNG of the film's first frame. */
  readonly poster?: Uint8Array
}

/**
 * Why there is no drawing. `refused`: the spec or one of its pictures is unusable, trying again is useless.
 * `timeout`, `crashed`: the child ran out of time, or died (out of memory, for one). `busy`: the queue is full.
 * `aborted`: the caller's signal. `closed`: the pool is shut.
 */
export type RenderFault = 'refused' | 'timeout' | 'crashed' | 'busy' | 'aborted' | 'closed'

export class RenderError extends Error {
  override readonly name = 'RenderError'
  readonly fault: RenderFault

  constructor(fault: RenderFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

export const MIN_SIDE_PIXELS = 32
export const MAX_SIDE_PIXELS = 4096
/** 4096 × 2304, the largest film any catalogue model names with room to spare; the child then takes 0.6 GB (measured). */
export const MAX_VIDEO_PIXELS = 4096 * 2304
export const MAX_IMAGE_PIXELS = 4096 * 4096
export const MIN_FRAMES_PER_SECOND = 1
export const MAX_FRAMES_PER_SECOND = 60
export const MAX_DURATION_SECONDS = 120
export const MAX_FRAMES = 3600
/** Pixels of all frames together: 60 s of 1080p at 30 fps. At about 20 ns a pixel (measured) that is 75 s of work. */
export const MAX_VIDEO_PIXEL_FRAMES = 1920 * 1080 * 30 * 60
/** More of a prompt than this is never looked at; what is drawn is a few lines. */
export const MAX_PROMPT_CHARACTERS = 20_000
export const MAX_LABEL_CHARACTERS = 200
export const MAX_OTHER_PICTURES = 16
/** Of an enlargement, or of a step back. */
export const MAX_FACTOR = 4
export const MAX_PICTURE_BYTES = 32 * 1024 * 1024
/** Decoded size of an input picture; 50 megapixels are 200 MB as RGBA, but libvips shrinks while it reads. */
export const MAX_PICTURE_PIXELS = 50_000_000

/** Throws `RenderError('refused')` unless the spec is within every bound above. Pictures are looked into later, in the child. */
export function checkRenderSpec(spec: RenderSpec): void {
  if (!Number.isFinite(spec.seed)) throw new RenderError('refused', 'seed must be a finite number')
  if (spec.kind === 'text') return requireAtMost('bytes of source', spec.source.byteLength, MAX_PICTURE_BYTES)
  requireAtMost('characters of prompt', spec.prompt.length, MAX_PROMPT_CHARACTERS)
  requireWhole('widthPixels', spec.widthPixels, MIN_SIDE_PIXELS, MAX_SIDE_PIXELS)
  requireWhole('heightPixels', spec.heightPixels, MIN_SIDE_PIXELS, MAX_SIDE_PIXELS)
  requireAtMost('characters of label', spec.label?.length ?? 0, MAX_LABEL_CHARACTERS)

  const pixels = spec.widthPixels * spec.heightPixels
  if (spec.kind === 'image') {
    requireAtMost('pixels', pixels, MAX_IMAGE_PIXELS)
    requireAtMost('pictures', spec.others?.length ?? 0, MAX_OTHER_PICTURES)
    for (const picture of [spec.source, spec.mask, ...(spec.others ?? [])]) requireAtMost('bytes of a picture', picture?.byteLength ?? 0, MAX_PICTURE_BYTES)
    if (spec.quadrant !== undefined) requireWhole('quadrant', spec.quadrant, 1, 4)
    if (spec.work?.kind === 'zoom_out') requireWithin('factor', spec.work.factor, 1, MAX_FACTOR)
    if (spec.work?.kind === 'upscale') requireWithin('factor', spec.work.factor, 1, MAX_FACTOR)
    return
  }
  requireAtMost('pixels', pixels, MAX_VIDEO_PIXELS)
  requireWithin('framesPerSecond', spec.framesPerSecond, MIN_FRAMES_PER_SECOND, MAX_FRAMES_PER_SECOND)
  requireWithin('durationSeconds', spec.durationSeconds, 1 / MAX_FRAMES_PER_SECOND, MAX_DURATION_SECONDS)
  requireAtMost('frames', countFrames(spec), MAX_FRAMES)
  requireAtMost('pixels in all frames', pixels * countFrames(spec), MAX_VIDEO_PIXEL_FRAMES)
  requireAtMost('bytes of firstFrame', spec.firstFrame?.byteLength ?? 0, MAX_PICTURE_BYTES)
  requireAtMost('bytes of lastFrame', spec.lastFrame?.byteLength ?? 0, MAX_PICTURE_BYTES)
}

/** Whole frames in the film, at least one. The real duration is this divided by the rate. */
export function countFrames(spec: Pick<VideoSpec, 'durationSeconds' | 'framesPerSecond'>): number {
  return Math.max(1, Math.round(spec.durationSeconds * spec.framesPerSecond))
}

export function evenPixels(pixels: number): number {
  return pixels + (pixels % 2)
}

function requireWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value)) throw new RenderError('refused', `${name} must be a whole number`)
  requireWithin(name, value, least, most)
}

function requireWithin(name: string, value: number, least: number, most: number): void {
  // Written so that NaN fails too.
  if (!(value >= least && value <= most)) throw new RenderError('refused', `${name} must be between ${least} and ${most}`)
}

function requireAtMost(what: string, count: number, most: number): void {
  if (count > most) throw new RenderError('refused', `${count} ${what}: at most ${most} are drawn`)
}
