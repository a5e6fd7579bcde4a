/** Extras that a catalogue entry may let through. Not `frames`: it outweighs the duration that was paid for. */
export const VIDEO_FIELDS: readonly string[] = ['camera_fixed', 'service_tier', 'return_last_frame', 'draft', 'priority', 'execution_expires_after', 'watermark']
export const IMAGE_FIELDS: readonly string[] = ['watermark', 'guidance_scale', 'optimize_prompt_options']

export interface Seedance {
  /** `1.0`, `1.5`, `2.0`, `2.5`. */
  generation: string
  /** `pro`, `pro-fast`, `fast`, `mini`, `lite-t2v`, `lite-i2v`, or nothing. */
  edition: string
}

/**
 * What a model is, from its id (`doubao-seedance-1-5-pro-251215`), or from our name of it when the operator entered an
 * endpoint (`ep-…`). Unknown ones are taken for the newest kind.
 */
export function seedanceOf(upstreamModel: string, publicModel: string): Seedance {
  const match = SEEDANCE.exec(upstreamModel) ?? SEEDANCE.exec(publicModel)
  return { generation: match ? `${match[1]}.${match[2]}` : '2.5', edition: match?.[3] ?? '' }
}

const SEEDANCE = /seedance-(\d)[-.](\d)(?:-(pro-fast|pro|fast|mini|lite-t2v|lite-i2v|lite))?/i

export interface SeedanceLimits {
  resolutions: readonly string[]
  minSeconds: number
  maxSeconds: number
  /** Whether the model may decide. */
  auto: boolean
  references: Record<'image' | 'video' | 'audio', number>
  lastFrame: boolean
  sound: boolean
}

const UP_TO_1080P = ['480p', '720p', '1080p']
const NO_REFERENCES = { image: 0, video: 0, audio: 0 }
const LIMITS_2_0: SeedanceLimits = { resolutions: [...UP_TO_1080P, '4k'], minSeconds: 4, maxSeconds: 15, auto: true, references: { image: 9, video: 3, audio: 3 }, lastFrame: true, sound: true }
const LIMITS_1_0: SeedanceLimits = { resolutions: UP_TO_1080P, minSeconds: 2, maxSeconds: 12, auto: false, references: NO_REFERENCES, lastFrame: true, sound: false }

/** The vendor's table of what each takes. Undefined for one that is not in it, which the vendor is to judge. */
export function seedanceLimits({ generation, edition }: Seedance): SeedanceLimits | undefined {
  switch (generation) {
    case '2.5':
      return { ...LIMITS_2_0, resolutions: UP_TO_1080P, maxSeconds: 30, references: { image: 30, video: 10, audio: 10 } }
    case '2.0':
      return edition === 'fast' || edition === 'mini' ? { ...LIMITS_2_0, resolutions: ['480p', '720p'] } : LIMITS_2_0
    case '1.5':
      return { ...LIMITS_1_0, minSeconds: 4, auto: true, sound: true }
    case '1.0':
      return { ...LIMITS_1_0, lastFrame: edition !== 'pro-fast', references: edition === 'lite-i2v' ? { ...NO_REFERENCES, image: 4 } : NO_REFERENCES }
    default:
      return undefined
  }
}

export interface SeedreamLimits {
  /** Pictures to work on. */
  pictures: { min: number; max: number }
  /** Whether several pictures come from one call. */
  groups: boolean
  /** Undefined for a size that follows the picture. */
  size?: { minArea: number; maxArea: number; maxRatio: number; minSidePixels: number; maxSidePixels: number }
  seed: boolean
  formats: readonly string[]
}

const MAX_AREA = 16_777_216
const FREE_SIZE = { minArea: 3_686_400, maxArea: MAX_AREA, maxRatio: 16, minSidePixels: 14, maxSidePixels: 16_384 }
const LIMITS_4: SeedreamLimits = { pictures: { min: 0, max: 14 }, groups: true, size: FREE_SIZE, seed: false, formats: ['jpeg'] }
const LIMITS_3: SeedreamLimits = { pictures: { min: 0, max: 0 }, groups: false, size: { minArea: 512 ** 2, maxArea: 2048 ** 2, maxRatio: 4, minSidePixels: 512, maxSidePixels: 2048 }, seed: true, formats: ['jpeg'] }
const { size: _, ...WITHOUT_SIZE } = LIMITS_3
const SEEDEDIT: SeedreamLimits = { ...WITHOUT_SIZE, pictures: { min: 1, max: 1 } }

/** By the id or, behind an endpoint, by our name; undefined for one that is not in the vendor's table, which the vendor is to judge. */
export function seedreamLimits(upstreamModel: string, publicModel: string): SeedreamLimits | undefined {
  const [, name, generation, pro] = SEEDREAM.exec(upstreamModel) ?? SEEDREAM.exec(publicModel) ?? []
  if (name === 'seededit') return SEEDEDIT
  switch (generation?.replace('-', '.')) {
    case '5.0':
      return pro === undefined
        ? { ...LIMITS_4, formats: ['jpeg', 'png'] }
        : { ...LIMITS_4, pictures: { min: 0, max: 10 }, groups: false, size: { ...FREE_SIZE, minArea: 921_600, maxArea: 4_194_304 }, formats: ['jpeg', 'png'] }
    case '4.5':
      return LIMITS_4
    case '4.0':
      return { ...LIMITS_4, size: { ...FREE_SIZE, minArea: 921_600 } }
    case '3.0':
      return LIMITS_3
    default:
      return undefined
  }
}

const SEEDREAM = /(seedream|seededit)-(\d[-.]\d)(-pro)?/
