import { z } from 'zod'

export type ModelInput = Record<string, unknown>

export interface PlayedModel {
  kind: 'video' | 'image'
  input: z.ZodType<ModelInput>
  /** One link, or a list of them. */
  listed: boolean
  resolution?: string
  seconds?: number
  sound?: boolean
}

const words = (list: string) => z.enum(list.split(' ') as [string, ...string[]]).optional()
const uri = z.string().refine((text) => /^https?:\/\/[^\s/]+/.test(text) || /^data:[a-z]+\/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2}$/.test(text), 'Does not match format \'uri\'')
const uris = (max: number) => z.array(uri).max(max)
const text = z.string()
const seed = z.int().optional()
const flag = z.boolean().optional()
const seconds = (...values: number[]) => z.literal(values).optional()
const between = (min: number, max: number) => z.int().min(min).max(max).optional()

const inputOf = (shape: z.ZodRawShape): z.ZodType<ModelInput> => z.strictObject({ prompt: text, ...shape })
const video = (shape: z.ZodRawShape, more: Partial<PlayedModel> = {}): PlayedModel => ({ kind: 'video', input: inputOf(shape), listed: false, ...more })
const picture = (shape: z.ZodRawShape, { listed = false } = {}): PlayedModel => ({ kind: 'image', input: inputOf(shape), listed })

const veo = { aspect_ratio: words('16:9 9:16'), duration: seconds(4, 6, 8), image: uri.optional(), negative_prompt: text.optional(), resolution: words('720p 1080p'), generate_audio: flag, seed }
const kling = { aspect_ratio: words('16:9 9:16 1:1'), duration: seconds(5, 10), negative_prompt: text.optional(), start_image: uri.optional() }
const hailuo = { duration: seconds(6, 10), resolution: words('768p 1080p'), prompt_optimizer: flag, first_frame_image: uri.optional() }
const hailuo01 = { prompt_optimizer: flag, first_frame_image: uri.optional() }
const wan = { audio: uri.optional(), duration: seconds(5, 10), negative_prompt: text.optional(), enable_prompt_expansion: flag, seed }
const SIX = '16:9 9:16 4:3 3:4 1:1 21:9'
const gen4Image = { seed, aspect_ratio: words(SIX), resolution: words('720p 1080p'), reference_images: uris(3).optional(), reference_tags: z.array(z.string().regex(/^[A-Za-z][A-Za-z0-9]{2,14}$/)).optional() }
const BANANA = 'match_input_image 1:1 2:3 3:2 3:4 4:3 4:5 5:4 9:16 16:9 21:9'
const banana = { image_input: uris(14).optional(), aspect_ratio: words(BANANA), output_format: words('jpg png'), safety_filter_level: text.optional() }
const imagen = { aspect_ratio: words('1:1 9:16 16:9 3:4 4:3'), safety_filter_level: text.optional(), output_format: words('jpg png') }
const seedream = { size: words('1K 2K 4K custom'), aspect_ratio: words('match_input_image 1:1 4:3 3:4 16:9 9:16 3:2 2:3 21:9'), width: between(1024, 4096), height: between(1024, 4096), sequential_image_generation: words('disabled auto'), max_images: between(1, 15) }
const FLUX = '1:1 16:9 21:9 3:2 2:3 4:5 5:4 3:4 4:3 9:16 9:21'
const flux = { seed, safety_tolerance: between(1, 6), output_format: words('webp jpg png'), output_quality: between(0, 100) }
const flux2 = { ...flux, safety_tolerance: between(1, 5), aspect_ratio: words(`match_input_image custom ${FLUX}`), width: between(256, 2048), height: between(256, 2048), resolution: text.optional(), input_images: uris(8).optional() }

/** The models that are played, by name: the input tables of their pages. */
export const PLAYED_MODELS = new Map<string, PlayedModel>([
  ['openai/sora-2', video({ seconds: seconds(4, 8, 12), aspect_ratio: words('portrait landscape'), input_reference: uri.optional(), openai_api_key: text.optional() }, { sound: true, seconds: 4 })],
  ['openai/sora-2-pro', video({ seconds: seconds(4, 8, 12), aspect_ratio: words('portrait landscape'), resolution: words('standard high'), input_reference: uri.optional(), openai_api_key: text.optional() }, { sound: true, seconds: 4 })],
  ['google/veo-3.1', video({ ...veo, last_frame: uri.optional(), reference_images: uris(3).optional() }, { sound: true })],
  ['google/veo-3.1-fast', video({ ...veo, last_frame: uri.optional() }, { sound: true })],
  ['google/veo-3', video(veo, { sound: true })],
  ['google/veo-3-fast', video(veo, { sound: true })],
  ['google/veo-2', video({ aspect_ratio: words('16:9 9:16'), duration: seconds(5, 6, 7, 8), image: uri.optional(), seed })],
  ['kwaivgi/kling-v1.6-standard', video({ ...kling, cfg_scale: z.number().min(0).max(1).optional(), reference_images: uris(4).optional() })],
  ['kwaivgi/kling-v2.0', video({ ...kling, cfg_scale: z.number().min(0).max(1).optional() })],
  ['kwaivgi/kling-v2.1', video({ mode: words('standard pro'), duration: seconds(5, 10), negative_prompt: text.optional(), start_image: uri, end_image: uri.optional() })],
  ['kwaivgi/kling-v2.1-master', video(kling, { resolution: '1080p' })],
  ['kwaivgi/kling-v2.5-turbo-pro', video({ ...kling, end_image: uri.optional(), image: uri.optional() }, { resolution: '1080p' })],
  ['kwaivgi/kling-v2.6', video({ ...kling, generate_audio: flag }, { resolution: '1080p', sound: true })],
  ['minimax/hailuo-2.3', video(hailuo, { resolution: '768p', seconds: 6 })],
  ['minimax/hailuo-2.3-fast', video({ ...hailuo, first_frame_image: uri }, { resolution: '768p', seconds: 6 })],
  ['minimax/hailuo-02', video({ ...hailuo, resolution: words('512p 768p 1080p'), last_frame_image: uri.optional() }, { resolution: '768p', seconds: 6 })],
  ['minimax/video-01', video({ ...hailuo01, subject_reference: uri.optional() }, { seconds: 6 })],
  ['minimax/video-01-director', video(hailuo01, { seconds: 6 })],
  ['minimax/video-01-live', video({ ...hailuo01, first_frame_image: uri }, { seconds: 6 })],
  ['minimax/image-01', picture({ aspect_ratio: words('1:1 16:9 4:3 3:2 2:3 3:4 9:16 21:9'), number_of_images: between(1, 9), prompt_optimizer: flag, subject_reference: uri.optional() }, { listed: true })],
  ['wan-video/wan-2.5-t2v', video({ ...wan, size: words('832*480 480*832 1280*720 720*1280 1920*1080 1080*1920') }, { sound: true })],
  ['wan-video/wan-2.5-i2v', video({ ...wan, image: uri, resolution: words('480p 720p 1080p') }, { sound: true })],
  ['bytedance/seedance-1-pro', video({ image: uri.optional(), last_frame_image: uri.optional(), duration: between(2, 12), resolution: words('480p 720p 1080p'), aspect_ratio: words(`${SIX} 9:21`), fps: z.literal(24).optional(), camera_fixed: flag, seed })],
  ['qwen/qwen-image', picture({ negative_prompt: text.optional(), aspect_ratio: words('1:1 16:9 9:16 4:3 3:4 3:2 2:3'), image_size: words('optimize_for_quality optimize_for_speed'), enhance_prompt: flag, output_format: words('webp jpg png'), output_quality: between(0, 100), seed }, { listed: true })],
  ['qwen/qwen-image-edit', picture({ image: uri, output_format: words('webp jpg png'), output_quality: between(0, 100), seed }, { listed: true })],
  ['xai/grok-imagine-video', video({ image: uri.optional(), video: uri.optional(), duration: between(1, 15), aspect_ratio: words('16:9 9:16 1:1 4:3 3:4 3:2 2:3'), resolution: words('480p 720p') }, { sound: true, seconds: 3 })],
  ['xai/grok-imagine-r2v', video({ reference_images: uris(7).min(1), duration: between(1, 10), aspect_ratio: words('16:9 9:16 1:1 4:3 3:4 3:2 2:3'), resolution: words('480p 720p') }, { sound: true })],
  ['xai/grok-imagine-video-extension', video({ video: uri, duration: between(2, 10) }, { sound: true })],
  ['xai/grok-imagine-image', picture({ image: uri.optional(), aspect_ratio: words('1:1 16:9 9:16 4:3 3:4 3:2 2:3 2:1 1:2 19.5:9 9:19.5 20:9 9:20') })],
  ['runwayml/gen-4.5', video({ image: uri.optional(), duration: seconds(5, 10), aspect_ratio: words(SIX), seed })],
  ['runwayml/gen4-turbo', video({ image: uri, duration: seconds(5, 10), aspect_ratio: words(SIX), seed })],
  ['runwayml/gen4-aleph', video({ video: uri, reference_image: uri.optional(), aspect_ratio: words(SIX), seed })],
  ['runwayml/gen4-image', picture(gen4Image)],
  ['runwayml/gen4-image-turbo', picture({ ...gen4Image, reference_images: uris(3).min(1) })],
  ['openai/gpt-image-1.5', picture({ input_images: uris(10).optional(), aspect_ratio: words('1:1 3:2 2:3'), quality: words('low medium high auto'), number_of_images: between(1, 10), background: words('auto transparent opaque'), moderation: words('auto low'), output_format: words('png jpeg webp'), output_compression: between(0, 100), input_fidelity: words('low high'), user_id: text.optional() }, { listed: true })],
  ['google/nano-banana-pro', picture({ ...banana, resolution: words('1K 2K 4K') })],
  ['google/nano-banana-2', picture({ ...banana, aspect_ratio: words(`${BANANA} 1:4 4:1 1:8 8:1`), resolution: words('1K 2K 4K'), google_search: flag, image_search: flag })],
  ['google/nano-banana', picture(banana)],
  ['google/imagen-4', picture({ ...imagen, image_size: words('1K 2K') })],
  ['google/imagen-4-fast', picture(imagen)],
  ['google/imagen-4-ultra', picture({ ...imagen, image_size: words('1K 2K') })],
  ['bytedance/seedream-4.5', picture({ ...seedream, size: words('2K 4K custom'), image_input: uris(14).optional() }, { listed: true })],
  ['bytedance/seedream-4', picture({ ...seedream, image_input: uris(10).optional() }, { listed: true })],
  ['bytedance/seedream-3', picture({ aspect_ratio: words(`custom ${FLUX}`), width: between(512, 2048), height: between(512, 2048), size: words('small regular big'), guidance_scale: z.number().min(1).max(10).optional(), seed })],
  ['bytedance/seededit-3.0', picture({ image: uri, guidance_scale: z.number().min(1).max(10).optional(), seed })],
  ['black-forest-labs/flux-schnell', picture({ seed, aspect_ratio: words(FLUX), num_outputs: between(1, 4), num_inference_steps: between(1, 4), output_format: words('webp jpg png'), output_quality: between(0, 100), disable_safety_checker: flag, go_fast: flag, megapixels: words('1 0.25') }, { listed: true })],
  ['black-forest-labs/flux-1.1-pro', picture({ ...flux, aspect_ratio: words(`custom ${FLUX}`), width: between(256, 1440), height: between(256, 1440), image_prompt: uri.optional(), prompt_upsampling: flag })],
  ['black-forest-labs/flux-1.1-pro-ultra', picture({ ...flux, output_format: words('jpg png'), aspect_ratio: words(FLUX), raw: flag, image_prompt: uri.optional(), image_prompt_strength: z.number().min(0).max(1).optional() })],
  ...['black-forest-labs/flux-kontext-pro', 'black-forest-labs/flux-kontext-max'].map((name): [string, PlayedModel] => [name, picture({ ...flux, output_format: words('jpg png'), aspect_ratio: words(`match_input_image ${FLUX}`), input_image: uri.optional(), prompt_upsampling: flag })]),
  ['black-forest-labs/flux-fill-pro', picture({ ...flux, image: uri, mask: uri.optional(), outpaint: text.optional(), steps: between(15, 50), guidance: z.number().min(1.5).max(100).optional(), prompt_upsampling: flag })],
  ...['black-forest-labs/flux-2-pro', 'black-forest-labs/flux-2-max', 'black-forest-labs/flux-2-flex'].map((name): [string, PlayedModel] => [name, picture(flux2)]),
])
