import type { GenerationRequest } from '../../core/generation-request.ts'
import { ADAPTIVE } from '../../core/model.ts'
import { named, secondsFrom, silent, type ChosenField, type InputForm, type MaterialSlot } from '../input-form.ts'

/** What `GET /videos/models` says of a model, as far as it bears on a request. */
interface Listed {
  seconds: readonly number[]
  /** In OpenRouter's spelling, which has small letters but for `2K` and `4K`. */
  resolutions: string
  ratios: string
  frames: readonly ('first_frame' | 'last_frame')[]
  /** `generate_audio`: a switch where it is true, no sound where it is false, and the model's own way where it is null. */
  sound: 'switch' | 'none' | 'own'
  seed?: true
  /** How many pictures, videos and sounds; the list names the media only, so the numbers are the makers'. */
  references?: Partial<Record<MaterialSlot['media'], number>>
  /** It goes on from a video that it made, by `previous_job_id`. */
  continues?: true
  /** Words of the vendor behind it that OpenRouter passes on. */
  vendor?: Pick<InputForm, 'negativePrompt' | 'vendor'> & { enhancePrompt?: string; behind: Behind }
}

/** Where such words go in `provider.options`: `{ "google-vertex": { "parameters": { … } } }`. */
interface Behind {
  provider: string
  inside?: string
}

const FIRST = ['first_frame'] as const
const BOTH = ['first_frame', 'last_frame'] as const

const WIDE_OR_TALL = '16:9 9:16'
const SQUARE_TOO = '16:9 9:16 1:1'
const FIVE_RATIOS = '16:9 9:16 1:1 4:3 3:4'
const SIX_RATIOS = '16:9 4:3 1:1 3:4 9:16 21:9'
const GROK_RATIOS = '16:9 9:16 1:1 4:3 3:4 3:2 2:3'

const VEO = {
  seconds: [4, 6, 8],
  ratios: WIDE_OR_TALL,
  frames: BOTH,
  sound: 'switch',
  seed: true,
  vendor: { behind: { provider: 'google-vertex', inside: 'parameters' }, negativePrompt: 'negativePrompt', enhancePrompt: 'enhancePrompt', vendor: { personGeneration: 'personGeneration' } },
} as const satisfies Partial<Listed>

const BYTEPLUS: Listed['vendor'] = { behind: { provider: 'byteplus' }, vendor: { watermark: 'watermark' } }
const SEEDANCE_2_0 = { seconds: secondsFrom(4, 15), ratios: `${SIX_RATIOS} 9:21`, frames: BOTH, sound: 'switch', seed: true, references: { image: 9, video: 3, audio: 3 }, vendor: BYTEPLUS } as const satisfies Partial<Listed>
const KLING_3_0: Listed = { seconds: secondsFrom(3, 15), resolutions: '720p', ratios: SQUARE_TOO, frames: BOTH, sound: 'switch' }
const WAN_3_0: Listed = { seconds: secondsFrom(2, 30), resolutions: '480p 720p 1080p', ratios: FIVE_RATIOS, frames: FIRST, sound: 'switch', seed: true }
const HAPPYHORSE: Listed = { seconds: secondsFrom(3, 15), resolutions: '720p 1080p', ratios: `${FIVE_RATIOS} 21:9 9:21`, frames: FIRST, sound: 'own', seed: true }
const GROK = { seconds: secondsFrom(1, 15), ratios: GROK_RATIOS, frames: FIRST, sound: 'own', references: { image: 7 } } as const satisfies Partial<Listed>

/** `GET https://openrouter.ai/api/v1/videos/models` as of 2026-10-09. */
const LISTED: ReadonlyMap<string, Listed> = new Map<string, Listed>([
  ['google/veo-3.1', { ...VEO, resolutions: '720p 1080p 4K', references: { image: 3 } }],
  ['google/veo-3.1-fast', { ...VEO, resolutions: '720p 1080p 4K', references: { image: 3 } }],
  ['google/veo-3.1-lite', { ...VEO, resolutions: '720p 1080p' }],
  ['bytedance/seedance-2.5', { ...SEEDANCE_2_0, seconds: secondsFrom(4, 30), resolutions: '480p 720p', ratios: SIX_RATIOS, references: { image: 30, video: 10, audio: 10 } }],
  ['bytedance/seedance-2.0', { ...SEEDANCE_2_0, resolutions: '480p 720p 1080p 4K' }],
  ['bytedance/seedance-2.0-fast', { ...SEEDANCE_2_0, resolutions: '480p 720p' }],
  ['bytedance/seedance-2.0-mini', { ...SEEDANCE_2_0, resolutions: '480p 720p' }],
  ['bytedance/seedance-1-5-pro', { seconds: secondsFrom(4, 12), resolutions: '480p 720p 1080p', ratios: `${SIX_RATIOS} 9:21`, frames: BOTH, sound: 'switch', seed: true, vendor: BYTEPLUS }],
  ['minimax/hailuo-3', { seconds: secondsFrom(5, 15), resolutions: '2K', ratios: SIX_RATIOS, frames: BOTH, sound: 'switch', references: { image: 9, video: 3, audio: 3 } }],
  ['minimax/hailuo-3-max', { seconds: secondsFrom(5, 15), resolutions: '480p 768p', ratios: SIX_RATIOS, frames: BOTH, sound: 'none' }],
  ['minimax/hailuo-2.3', { seconds: [6, 10], resolutions: '1080p', ratios: '16:9', frames: FIRST, sound: 'none' }],
  ['kwaivgi/kling-v3.0-std', KLING_3_0],
  ['kwaivgi/kling-v3.0-pro', KLING_3_0],
  ['kwaivgi/kling-video-o1', { ...KLING_3_0, seconds: [5, 10], references: { image: 7 } }],
  ['alibaba/wan-3.0', WAN_3_0],
  ['alibaba/wan-3.0-prime', WAN_3_0],
  ['alibaba/wan-2.7', { seconds: secondsFrom(2, 10), resolutions: '720p 1080p', ratios: FIVE_RATIOS, frames: BOTH, sound: 'switch', seed: true, references: { image: 5 } }],
  ['alibaba/wan-2.6', { seconds: [5, 10], resolutions: '720p 1080p', ratios: WIDE_OR_TALL, frames: FIRST, sound: 'switch', seed: true }],
  ['alibaba/happyhorse-1.1', HAPPYHORSE],
  ['alibaba/happyhorse-1.0', HAPPYHORSE],
  ['x-ai/grok-imagine-video-1.5', { ...GROK, resolutions: '480p 720p 1080p' }],
  ['x-ai/grok-imagine-video', { ...GROK, resolutions: '480p 720p' }],
  ['runway/gen-4.5', { seconds: secondsFrom(2, 10), resolutions: '720p', ratios: WIDE_OR_TALL, frames: FIRST, sound: 'none', seed: true, vendor: { behind: { provider: 'runway' }, vendor: { contentModeration: 'contentModeration' } } }],
  ['black-forest-labs/flux-3-video', { seconds: secondsFrom(5, 20), resolutions: '720p 1080p', ratios: SIX_RATIOS, frames: BOTH, sound: 'switch', continues: true, vendor: { behind: { provider: 'black-forest-labs' }, vendor: { safety_tolerance: 'safety_tolerance', version: 'version' } } }],
])

/** Of a model that is newer than this list: every word that the wire has, for OpenRouter to judge. */
const UNLISTED: Listed = {
  seconds: secondsFrom(1, 60), resolutions: '360p 480p 720p 768p 1080p 1K 2K 4K', ratios: `${GROK_RATIOS} 21:9 9:21`,
  frames: BOTH, sound: 'switch', seed: true, references: { image: 30, video: 10, audio: 10 }, continues: true,
}

/** How a model is asked for, and where the words of the vendor behind it go. */
export interface OpenRouterForm {
  form: InputForm
  continues: boolean
  behind: Behind | undefined
}

export function openRouterForm(upstreamModel: string, { inputs }: Pick<GenerationRequest, 'inputs'>): OpenRouterForm {
  // `canonical_slug` is the name with the day of its release.
  const listed = LISTED.get(upstreamModel.replace(/-20\d{6}$/, ''))
  const { seconds, resolutions, ratios, frames, sound, seed, references = {}, continues = false, vendor } = listed ?? UNLISTED
  const { behind, enhancePrompt, ...extras } = vendor ?? {}
  const choices: Partial<Record<ChosenField, ReturnType<typeof named>>> = {
    durationSeconds: named('duration', seconds),
    resolution: named('resolution', Object.fromEntries(resolutions.split(' ').map((word) => [word.toLowerCase(), word]))),
    // There is no word for a shape of the model's own choice, or of the picture's: then nothing is said.
    aspectRatio: new Map([...named('aspect_ratio', ratios.split(' ')), ...silent(ADAPTIVE)]),
    audio: sound === 'switch' ? named('generate_audio', [true, false]) : silent(sound === 'own'),
    ...(enhancePrompt !== undefined && { enhancePrompt: named(enhancePrompt, [true, false]) }),
  }
  const form: InputForm = {
    ...extras,
    choices,
    // "Defaults to the endpoint's generate_audio capability flag": who does not ask for sound would pay for it.
    ...(listed?.sound === 'switch' && { always: { generate_audio: false } }),
    ...(seed && { seed: 'seed' }),
    // "Optional for models that support generating a video from image input alone"; which those are is not listed.
    ...(inputs.some(({ role }) => role === 'first_frame' || role === 'last_frame') && { promptOptional: true }),
    materials: [
      ...frames.map((role): MaterialSlot => ({ name: 'frame_images', media: 'image', roles: [role], max: 1, list: true, each: (url) => ({ ...part('image', url), frame_type: role }) })),
      ...(['image', 'video', 'audio'] as const).flatMap((media): MaterialSlot[] => {
        const max = references[media]
        return max === undefined ? [] : [{ name: 'input_references', media, roles: ['reference'], max, list: true, each: (url) => part(media, url) }]
      }),
      // Named by the job that made it.
      ...(continues ? [{ name: false, media: 'video', roles: ['source'], max: 1 } as const] : []),
    ],
  }
  return { form, continues, behind }
}

/** `{ type: 'image_url', image_url: { url } }`. */
function part(media: MaterialSlot['media'], url: string): Record<string, unknown> {
  return { type: `${media}_url`, [`${media}_url`]: { url } }
}
