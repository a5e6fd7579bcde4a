/** What somebody wants made, in our own words: every dialect parses to this, every provider renders from it. */
export interface GenerationRequest {
  kind: MediaKind
  operation: Operation
  /** Public model name, as in the catalogue (aliases already resolved). */
  model: string
  /** As the caller wrote it. */
  prompt: string
  /** What it was rewritten to on the caller's wish: this is what the upstream is sent. */
  enhancedPrompt?: string
  negativePrompt?: string
  /** Whole or fractional seconds; `auto` lets the model decide. */
  durationSeconds?: number | 'auto'
  /** `480p`, `720p`, `1080p`, `4k`. */
  resolution?: string
  /** `16:9` … or `adaptive`, which follows the input picture. */
  aspectRatio?: string
  /** Exact pixels, `WIDTHxHEIGHT`. */
  size?: string
  framesPerSecond?: number
  seed?: number
  /** How many outputs. */
  count: number
  audio?: boolean
  inputs: InputAsset[]
  style?: string
  quality?: string
  enhancePrompt?: boolean
  upsample?: boolean
  loop?: boolean
  outputFormat?: string
  endUserId?: string
  callbackUrl?: string
  /** The caller's own labels, given back as they came. */
  metadata?: Record<string, unknown>
  /** Vendor extras that the model's catalogue entry allows by name. */
  vendor?: Record<string, unknown>
  /** What the dialect of its birth needs to see again when it shows the task; it means nothing to anybody else. */
  echo?: Record<string, unknown>
}

export type MediaKind = 'video' | 'image' | 'text'

export const OPERATIONS = [
  'text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'video_to_video', 'extend', 'remix', 'upscale',
  'lip_sync', 'text_to_image', 'image_edit', 'variation', 'describe', 'reframe', 'replace_background', 'blend', 'action',
] as const
export type Operation = (typeof OPERATIONS)[number]

export const INPUT_ROLES = ['first_frame', 'last_frame', 'reference', 'mask', 'source'] as const
export type InputRole = (typeof INPUT_ROLES)[number]
export type InputMedia = 'image' | 'video' | 'audio'

/** A piece of material with its part in the request. Order within a medium counts: `@Image1` is the first image. */
export interface InputAsset {
  media: InputMedia
  role: InputRole
  source: AssetSource
}

/** Where the bytes are: somebody's https URL (not fetched until needed), or our own storage. */
export type AssetSource =
  | { url: string }
  | StoredSource

export interface StoredSource {
  storageKey: string
  mediaType: string
  bytes: number
  /** Of a video or sound, as measured; prices may depend on it. */
  durationSeconds?: number
}

/** The operation that a video request amounts to, from the roles of its inputs. */
export function videoOperation(inputs: readonly InputAsset[]): Operation {
  const has = (role: InputRole, media?: InputMedia) => inputs.some((input) => input.role === role && (media === undefined || input.media === media))
  // References may come with a video that is to be changed, and never make it something else.
  if (has('source', 'video')) return 'video_to_video'
  if (has('reference')) return 'reference_to_video'
  if (has('last_frame')) return 'first_last_frame'
  if (has('first_frame')) return 'image_to_video'
  return 'text_to_video'
}
