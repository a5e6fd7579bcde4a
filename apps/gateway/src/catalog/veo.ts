import type { Model } from '../core/model.ts'
import { dollars, rateCard } from '../core/rate-card.ts'

/**
 * Google Veo 3.1 Fast under the names that relays sell it by: `-hd` is 1080p, `-fl` takes first and last frames.
 *
 * Google makes 4, 6 or 8 seconds, and at 1080p only 8. Relays take any whole number, with 5 as the default, and programs
 * written for them send it; so any whole number from 4 to 8 is taken here, and is what the caller pays. An upstream
 * that knows only Google's lengths is to be asked for the next longer one.
 */
const SECONDS: NonNullable<Model['duration']> = { defaultSeconds: 8, minSeconds: 4, maxSeconds: 8 }

const PRICE_SOURCE = 'Google Veo 3.1 Fast pricing as of 2026-11, USD per second'

/** No limit for one picture is confirmed; this one is ours. */
const MAX_IMAGE_BYTES = 20 * 1024 * 1024

const COMMON = {
  kind: 'video',
  family: 'veo',
  upstreamNames: { 'google-veo': 'veo-3.1-fast-generate-001' },
  duration: SECONDS,
  aspectRatios: ['16:9', '9:16'],
  framesPerSecond: 24,
  audio: 'always',
  // "seed uint32".
  seed: { min: 0, max: 2 ** 32 - 1 },
  maxCount: 1,
  // "about 1024 tokens", of about four characters each.
  maxPromptCharacters: 4000,
  negativePrompt: true,
  enhancePrompt: true,
  outputFormats: ['mp4'],
  usualSeconds: 90,
} satisfies Partial<Model>

const FROM_FIRST_FRAME = {
  operations: ['text_to_video', 'image_to_video'],
  inputs: { image: { roles: ['first_frame'], max: 1, maxBytes: MAX_IMAGE_BYTES } },
} satisfies Partial<Model>

/** Text alone works too: clients that know only prompt, duration and size can name this model. */
const FROM_FIRST_AND_LAST_FRAME = {
  operations: ['text_to_video', 'image_to_video', 'first_last_frame'],
  inputs: { image: { roles: ['first_frame', 'last_frame'], max: 2, maxBytes: MAX_IMAGE_BYTES } },
} satisfies Partial<Model>

const AT_720P = {
  resolutions: ['720p'],
  price: rateCard({ unit: 'second', rates: [{ micros: dollars(0.1) }], source: PRICE_SOURCE }),
} satisfies Partial<Model>

const AT_1080P = {
  resolutions: ['1080p'],
  price: rateCard({ unit: 'second', rates: [{ micros: dollars(0.12) }], source: PRICE_SOURCE }),
} satisfies Partial<Model>

export const VEO_MODELS: readonly Model[] = [
  {
    ...COMMON,
    ...FROM_FIRST_FRAME,
    ...AT_720P,
    id: 'veo_3_1-fast',
    name: { en: 'Veo 3.1 Fast', zh: 'Veo 3.1 Fast' },
    description: { en: 'Quick video with sound from text or a first frame, 720p.', zh: '由文字或首帧快速生成有声视频,720p。' },
  },
  {
    ...COMMON,
    ...FROM_FIRST_FRAME,
    ...AT_1080P,
    id: 'veo_3_1-fast-hd',
    name: { en: 'Veo 3.1 Fast HD', zh: 'Veo 3.1 Fast 高清' },
    description: { en: 'Veo 3.1 Fast at 1080p.', zh: 'Veo 3.1 Fast 的 1080p 版本。' },
  },
  {
    ...COMMON,
    ...FROM_FIRST_AND_LAST_FRAME,
    ...AT_720P,
    id: 'veo_3_1-fast-fl',
    name: { en: 'Veo 3.1 Fast, first and last frame', zh: 'Veo 3.1 Fast 首尾帧' },
    description: { en: 'Veo 3.1 Fast between a first and a last frame, 720p.', zh: 'Veo 3.1 Fast 首尾帧生成,720p。' },
  },
  {
    ...COMMON,
    ...FROM_FIRST_AND_LAST_FRAME,
    ...AT_1080P,
    id: 'veo_3_1-fast-fl-hd',
    name: { en: 'Veo 3.1 Fast HD, first and last frame', zh: 'Veo 3.1 Fast 首尾帧高清' },
    description: { en: 'Veo 3.1 Fast between a first and a last frame, 1080p.', zh: 'Veo 3.1 Fast 首尾帧生成,1080p。' },
  },
]
