/** A row of `GET /videos/models`, with what a second costs in dollars in place of its `pricing_skus`. */
export interface SimulatedModel {
  supported_durations: readonly number[]
  supported_resolutions: readonly string[]
  supported_aspect_ratios: readonly string[]
  supported_sizes: readonly string[] | null
  supported_frame_images: readonly string[]
  generate_audio: boolean | null
  seed: boolean | null
  allowed_passthrough_parameters: readonly string[]
  dollarsPerSecond: number
  /** Takes `previous_job_id`. */
  continues: boolean
}

const model = (
  durations: readonly number[], resolutions: string, ratios: string, frames: 'first' | 'both', more: Partial<SimulatedModel> & { dollarsPerSecond: number },
): SimulatedModel => ({
  supported_durations: durations,
  supported_resolutions: resolutions.split(' '),
  supported_aspect_ratios: ratios.split(' '),
  supported_sizes: null,
  supported_frame_images: frames === 'first' ? ['first_frame'] : ['first_frame', 'last_frame'],
  generate_audio: true,
  seed: true,
  allowed_passthrough_parameters: [],
  continues: false,
  ...more,
})
const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)

const VEO_PARAMETERS = ['personGeneration', 'aspectRatio', 'negativePrompt', 'conditioningScale', 'enhancePrompt']
const VEO_SIZES = ['1280x720', '720x1280', '1920x1080', '1080x1920']
const SEEDANCE_RATIOS = '1:1 3:4 9:16 4:3 16:9 21:9 9:21'
const BYTEPLUS = { allowed_passthrough_parameters: ['watermark', 'req_key'] }
const HAPPYHORSE_RATIOS = '16:9 9:16 1:1 4:3 3:4 21:9 9:21'
const GROK_RATIOS = '16:9 9:16 1:1 4:3 3:4 3:2 2:3'
const SILENT = { generate_audio: false }
const UNSAID = { generate_audio: null, seed: null }

/** As of 2026-10-09. */
export const MODELS: ReadonlyMap<string, SimulatedModel> = new Map([
  ['google/veo-3.1', model([4, 6, 8], '720p 1080p 4K', '16:9 9:16', 'both', { supported_sizes: [...VEO_SIZES, '3840x2160', '2160x3840'], allowed_passthrough_parameters: VEO_PARAMETERS, dollarsPerSecond: 0.4 })],
  ['google/veo-3.1-fast', model([4, 6, 8], '720p 1080p 4K', '16:9 9:16', 'both', { supported_sizes: [...VEO_SIZES, '3840x2160', '2160x3840'], allowed_passthrough_parameters: VEO_PARAMETERS, dollarsPerSecond: 0.12 })],
  ['google/veo-3.1-lite', model([8, 4, 6], '720p 1080p', '16:9 9:16', 'both', { supported_sizes: VEO_SIZES, allowed_passthrough_parameters: VEO_PARAMETERS, dollarsPerSecond: 0.05 })],
  ['bytedance/seedance-2.5', model(from(4, 30), '480p 720p', '16:9 4:3 1:1 3:4 9:16 21:9', 'both', { ...BYTEPLUS, dollarsPerSecond: 0.22 })],
  ['bytedance/seedance-2.0', model(from(4, 15), '480p 720p 1080p 4K', SEEDANCE_RATIOS, 'both', { ...BYTEPLUS, dollarsPerSecond: 0.15 })],
  ['bytedance/seedance-2.0-fast', model(from(4, 15), '480p 720p', SEEDANCE_RATIOS, 'both', { ...BYTEPLUS, dollarsPerSecond: 0.09 })],
  ['bytedance/seedance-2.0-mini', model(from(4, 15), '480p 720p', SEEDANCE_RATIOS, 'both', { ...BYTEPLUS, dollarsPerSecond: 0.07 })],
  ['bytedance/seedance-1-5-pro', model(from(4, 12), '480p 720p 1080p', SEEDANCE_RATIOS, 'both', { ...BYTEPLUS, dollarsPerSecond: 0.05 })],
  ['minimax/hailuo-3', model(from(5, 15), '2K', '21:9 16:9 4:3 1:1 3:4 9:16', 'both', { seed: false, dollarsPerSecond: 0.13 })],
  ['minimax/hailuo-3-max', model(from(5, 15), '768p 480p', '21:9 16:9 4:3 1:1 3:4 9:16', 'both', { ...SILENT, seed: false, dollarsPerSecond: 0.08 })],
  ['minimax/hailuo-2.3', model([6, 10], '1080p', '16:9', 'first', { ...SILENT, seed: null, supported_sizes: ['1920x1080'], dollarsPerSecond: 0.0817 })],
  ['kwaivgi/kling-v3.0-std', model(from(3, 15), '720p', '16:9 9:16 1:1', 'both', { seed: false, dollarsPerSecond: 0.084 })],
  ['kwaivgi/kling-v3.0-pro', model(from(3, 15), '720p', '16:9 9:16 1:1', 'both', { seed: false, dollarsPerSecond: 0.112 })],
  ['kwaivgi/kling-video-o1', model([5, 10], '720p', '16:9 9:16 1:1', 'both', { seed: false, dollarsPerSecond: 0.112 })],
  ['alibaba/wan-3.0', model(from(2, 30), '480p 720p 1080p', '16:9 4:3 1:1 3:4 9:16', 'first', { dollarsPerSecond: 0.1 })],
  ['alibaba/wan-2.7', model(from(2, 10), '720p 1080p', '16:9 9:16 1:1 4:3 3:4', 'both', { dollarsPerSecond: 0.1 })],
  ['alibaba/wan-2.6', model([5, 10], '720p 1080p', '16:9 9:16', 'first', { dollarsPerSecond: 0.08 })],
  ['alibaba/happyhorse-1.1', model(from(3, 15), '720p 1080p', HAPPYHORSE_RATIOS, 'first', { generate_audio: null, dollarsPerSecond: 0.0988 })],
  ['alibaba/happyhorse-1.0', model(from(3, 15), '720p 1080p', HAPPYHORSE_RATIOS, 'first', { generate_audio: null, dollarsPerSecond: 0.0988 })],
  ['x-ai/grok-imagine-video-1.5', model(from(1, 15), '480p 720p 1080p', GROK_RATIOS, 'first', { ...UNSAID, dollarsPerSecond: 0.08 })],
  ['x-ai/grok-imagine-video', model(from(1, 15), '480p 720p', GROK_RATIOS, 'first', { ...UNSAID, dollarsPerSecond: 0.05 })],
  ['runway/gen-4.5', model(from(2, 10), '720p', '16:9 9:16', 'first', { ...SILENT, supported_sizes: ['1280x720', '720x1280'], allowed_passthrough_parameters: ['contentModeration'], dollarsPerSecond: 0.12 })],
  ['black-forest-labs/flux-3-video', model(from(5, 20), '720p 1080p', '21:9 16:9 4:3 1:1 3:4 9:16', 'both', { seed: false, allowed_passthrough_parameters: ['safety_tolerance', 'version'], dollarsPerSecond: 0.17, continues: true })],
])
