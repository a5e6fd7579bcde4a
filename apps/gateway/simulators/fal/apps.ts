import { z } from 'zod'

export type FalInput = Record<string, unknown>

export interface FalApp {
  kind: 'video' | 'image'
  input: z.ZodType<FalInput>
  /** As good as the app makes it, where nothing says otherwise. */
  resolution?: string
  sound?: boolean
  seconds?: number
  /** Keeps videos to be made anew. */
  remixes?: boolean
}

const words = (list: string) => z.enum(list.split(' ') as [string, ...string[]]).optional()
const prompt = z.string().min(1).max(20_000)
const url = z.string().refine((text) => /^https?:\/\/[^\s/]+/.test(text) || /^data:[a-z]+\/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2}$/.test(text), 'Input should be a valid URL')
const seed = z.int().optional()
const flag = z.boolean().optional()
const negative = z.string().optional()
const list = (max: number) => z.array(url).min(1).max(max)
const size = z.union([z.strictObject({ width: z.int().min(14).max(14_142), height: z.int().min(14).max(14_142) }), z.enum(['square_hd', 'square', 'portrait_4_3', 'portrait_16_9', 'landscape_4_3', 'landscape_16_9'])]).optional()

/** The vendor passes over fields that an app does not know; here they are refused, for whoever sends one is mistaken about it. */
const inputOf = (shape: z.ZodRawShape): z.ZodType<FalInput> => z.strictObject({ prompt, ...shape })

const sora = (resolutions: string, shape: z.ZodRawShape = {}) => inputOf({ aspect_ratio: words('auto 9:16 16:9'), character_ids: z.array(z.string()).optional(), delete_video: flag, detect_and_block_ip: flag, duration: words('4 8 12 16 20'), resolution: words(resolutions), ...shape })
const veo = (shape: z.ZodRawShape = {}) => inputOf({ aspect_ratio: words('auto 16:9 9:16'), auto_fix: flag, duration: words('4s 6s 8s'), generate_audio: flag, negative_prompt: negative, resolution: words('720p 1080p'), safety_tolerance: words('1 2 3 4 5 6'), seed, ...shape })
const klingText = (shape: z.ZodRawShape = {}) => inputOf({ aspect_ratio: words('16:9 9:16 1:1'), cfg_scale: z.number().min(0).max(1).optional(), duration: words('5 10'), negative_prompt: negative, ...shape })
const klingImage = (shape: z.ZodRawShape = {}) => inputOf({ cfg_scale: z.number().min(0).max(1).optional(), duration: words('5 10'), image_url: url, negative_prompt: negative, ...shape })
const hailuo = (shape: z.ZodRawShape = {}) => inputOf({ prompt_optimizer: flag, ...shape })
const wan = (shape: z.ZodRawShape) => inputOf({ audio_url: url.optional(), duration: words('5 10'), enable_prompt_expansion: flag, enable_safety_checker: flag, negative_prompt: negative, resolution: words('480p 720p 1080p'), seed, ...shape })
const vidu = (shape: z.ZodRawShape) => inputOf({ movement_amplitude: words('auto small medium large'), seed, ...shape })
const TEN = '21:9 16:9 3:2 4:3 5:4 1:1 4:5 3:4 2:3 9:16'
const banana = (shape: z.ZodRawShape = {}) => inputOf({ aspect_ratio: words(`auto ${TEN}`), limit_generations: flag, num_images: z.int().min(1).max(4).optional(), output_format: words('jpeg png webp'), safety_tolerance: words('1 2 3 4 5 6'), seed, sync_mode: flag, ...shape })
const imagen = (shape: z.ZodRawShape = {}) => inputOf({ aspect_ratio: words('1:1 16:9 9:16 4:3 3:4'), num_images: z.int().min(1).max(4).optional(), output_format: words('jpeg png webp'), safety_tolerance: words('1 2 3 4 5 6'), seed, sync_mode: flag, ...shape })
const seedream = (shape: z.ZodRawShape = {}) => inputOf({ enable_safety_checker: flag, enhance_prompt_mode: words('standard fast'), image_size: size, max_images: z.int().min(1).max(6).optional(), num_images: z.int().min(1).max(6).optional(), seed, sync_mode: flag, ...shape })
const FLUX_RATIOS = '21:9 16:9 4:3 3:2 1:1 2:3 3:4 9:16 9:21'
const flux = (shape: z.ZodRawShape = {}) => inputOf({ num_images: z.int().min(1).max(4).optional(), output_format: words('jpeg png'), seed, sync_mode: flag, ...shape })
const fluxPro = (shape: z.ZodRawShape = {}) => flux({ enhance_prompt: flag, safety_tolerance: words('1 2 3 4 5 6'), ...shape })
const flux2 = (shape: z.ZodRawShape = {}) => inputOf({ guidance_scale: z.number().optional(), num_inference_steps: z.int().optional(), enable_safety_checker: flag, image_size: size, output_format: words('jpeg png'), safety_tolerance: words('1 2 3 4 5'), seed, sync_mode: flag, ...shape })
const qwen = (shape: z.ZodRawShape = {}) => flux({ acceleration: words('none regular high'), enable_safety_checker: flag, guidance_scale: z.number().optional(), image_size: size, negative_prompt: negative, num_inference_steps: z.int().optional(), ...shape })
const gptImage = (sizes: string, shape: z.ZodRawShape = {}) => inputOf({ background: words('auto transparent opaque'), image_size: words(sizes), num_images: z.int().min(1).max(4).optional(), output_format: words('jpeg png webp'), quality: words('low medium high'), sync_mode: flag, ...shape })
const seedance = (shape: z.ZodRawShape = {}) => inputOf({ aspect_ratio: words('21:9 16:9 4:3 1:1 3:4 9:16 auto'), camera_fixed: flag, duration: words('2 3 4 5 6 7 8 9 10 11 12'), enable_safety_checker: flag, resolution: words('480p 720p 1080p'), seed, ...shape })

const image_url = url
const video = (input: z.ZodType<FalInput>, more: Partial<FalApp> = {}): FalApp => ({ kind: 'video', input, ...more })
const picture = (input: z.ZodType<FalInput>): FalApp => ({ kind: 'image', input })
const STANDARD = { resolution: '720p' }
const PRO = { resolution: '1080p' }
const frames = { first_frame_url: url, last_frame_url: url, resolution: words('720p 1080p 4k') }

function veoApps(app: string): [string, FalApp][] {
  return [
    [app, video(veo(), { sound: true })],
    [`${app}/image-to-video`, video(veo({ image_url }), { sound: true })],
  ]
}

/** The apps of fal that are played, by their ids: the types of `@fal-ai/client` 1.10.1, and the apps' pages. */
export const FAL_APPS = new Map<string, FalApp>([
  ['fal-ai/sora-2/text-to-video', video(sora('720p', { model: z.string().optional() }), { sound: true, remixes: true, seconds: 4 })],
  ['fal-ai/sora-2/text-to-video/pro', video(sora('720p 1080p true_1080p'), { sound: true, remixes: true, seconds: 4 })],
  ['fal-ai/sora-2/image-to-video', video(sora('auto 720p', { model: z.string().optional(), image_url }), { sound: true, remixes: true, seconds: 4 })],
  ['fal-ai/sora-2/image-to-video/pro', video(sora('auto 720p 1080p true_1080p', { image_url }), { sound: true, remixes: true, seconds: 4 })],
  ['fal-ai/sora-2/video-to-video/remix', video(inputOf({ delete_video: flag, video_id: z.string().min(1) }), { sound: true, remixes: true, seconds: 4 })],
  ...veoApps('fal-ai/veo3.1'),
  ...veoApps('fal-ai/veo3.1/fast'),
  ...veoApps('fal-ai/veo3'),
  ...veoApps('fal-ai/veo3/fast'),
  ...['fal-ai/veo3.1', 'fal-ai/veo3.1/fast'].flatMap((app): [string, FalApp][] => [
    [`${app}/first-last-frame-to-video`, video(veo(frames), { sound: true })],
    [`${app}/extend-video`, video(veo({ video_url: url, duration: words('7s'), resolution: words('720p') }), { sound: true, seconds: 7 })],
  ]),
  ['fal-ai/veo3.1/reference-to-video', video(inputOf({ aspect_ratio: words('16:9 9:16'), auto_fix: flag, duration: words('8s'), generate_audio: flag, image_urls: list(3), resolution: words('720p 1080p 4k'), safety_tolerance: words('1 2 3 4 5 6') }), { sound: true })],
  ['fal-ai/veo2', video(inputOf({ aspect_ratio: words('9:16 16:9 1:1'), auto_fix: flag, duration: words('5s 6s 7s 8s'), enhance_prompt: flag, negative_prompt: negative, seed }))],
  ['fal-ai/veo2/image-to-video', video(inputOf({ duration: words('5s 6s 7s 8s'), image_url }))],
  ['fal-ai/kling-video/v1.6/standard/text-to-video', video(klingText(), STANDARD)],
  ['fal-ai/kling-video/v1.6/pro/text-to-video', video(klingText(), PRO)],
  ['fal-ai/kling-video/v1.6/standard/image-to-video', video(klingImage(), STANDARD)],
  ['fal-ai/kling-video/v1.6/pro/image-to-video', video(klingImage({ aspect_ratio: words('16:9 9:16 1:1'), tail_image_url: url.optional() }), PRO)],
  ['fal-ai/kling-video/v1.6/standard/elements', video(inputOf({ aspect_ratio: words('16:9 9:16 1:1'), duration: words('5 10'), input_image_urls: list(4), negative_prompt: negative }), STANDARD)],
  ['fal-ai/kling-video/v2/master/text-to-video', video(klingText(), STANDARD)],
  ['fal-ai/kling-video/v2/master/image-to-video', video(klingImage(), STANDARD)],
  ['fal-ai/kling-video/v2.1/standard/image-to-video', video(klingImage(), STANDARD)],
  ['fal-ai/kling-video/v2.1/pro/image-to-video', video(klingImage({ tail_image_url: url.optional() }), PRO)],
  ['fal-ai/kling-video/v2.1/master/text-to-video', video(klingText(), PRO)],
  ['fal-ai/kling-video/v2.1/master/image-to-video', video(klingImage(), PRO)],
  ['fal-ai/kling-video/v2.5-turbo/pro/text-to-video', video(klingText(), PRO)],
  ['fal-ai/kling-video/v2.5-turbo/pro/image-to-video', video(klingImage({ tail_image_url: url.optional() }), PRO)],
  ['fal-ai/kling-video/v2.5-turbo/standard/image-to-video', video(klingImage(), STANDARD)],
  ['fal-ai/kling-video/v2.6/pro/text-to-video', video(klingText({ generate_audio: flag }), { ...PRO, sound: true })],
  ['fal-ai/kling-video/v2.6/pro/image-to-video', video(inputOf({ duration: words('5 10'), start_image_url: url, end_image_url: url.optional(), generate_audio: flag, negative_prompt: negative, voice_ids: z.array(z.string()).optional() }), { ...PRO, sound: true })],
  ...['fal-ai/minimax/hailuo-2.3', 'fal-ai/minimax/hailuo-02'].flatMap((app): [string, FalApp][] => [
    [`${app}/standard/text-to-video`, video(hailuo({ duration: words('6 10') }), { resolution: '768p', seconds: 6 })],
    [`${app}/pro/text-to-video`, video(hailuo(), { ...PRO, seconds: 6 })],
  ]),
  ...['fal-ai/minimax/hailuo-2.3', 'fal-ai/minimax/hailuo-2.3-fast'].flatMap((app): [string, FalApp][] => [
    [`${app}/standard/image-to-video`, video(hailuo({ duration: words('6 10'), image_url }), { resolution: '768p', seconds: 6 })],
    [`${app}/pro/image-to-video`, video(hailuo({ image_url }), { ...PRO, seconds: 6 })],
  ]),
  ['fal-ai/minimax/hailuo-02/standard/image-to-video', video(hailuo({ duration: words('6 10'), image_url, end_image_url: url.optional(), resolution: words('512P 768P') }), { resolution: '768p', seconds: 6 })],
  ['fal-ai/minimax/hailuo-02/pro/image-to-video', video(hailuo({ image_url, end_image_url: url.optional() }), { ...PRO, seconds: 6 })],
  ['fal-ai/wan-25-preview/text-to-video', video(wan({ aspect_ratio: words('16:9 9:16 1:1') }), { ...PRO, sound: true })],
  ['fal-ai/wan-25-preview/image-to-video', video(wan({ image_url }), { ...PRO, sound: true })],
  ['fal-ai/vidu/q1/text-to-video', video(vidu({ aspect_ratio: words('16:9 9:16 1:1'), style: words('general anime') }), PRO)],
  ['fal-ai/vidu/q1/image-to-video', video(vidu({ image_url }), PRO)],
  ['fal-ai/vidu/q1/start-end-to-video', video(vidu({ start_image_url: url, end_image_url: url }), PRO)],
  ['fal-ai/vidu/q1/reference-to-video', video(vidu({ aspect_ratio: words('16:9 9:16 1:1'), bgm: flag, reference_image_urls: list(7) }), PRO)],
  ['fal-ai/bytedance/seedance/v1/pro/text-to-video', video(seedance())],
  ['fal-ai/bytedance/seedance/v1/pro/image-to-video', video(seedance({ image_url, end_image_url: url.optional() }))],
  ['fal-ai/qwen-image', picture(qwen({ use_turbo: flag }))],
  ['fal-ai/qwen-image-edit', picture(qwen({ image_url }))],
  ['fal-ai/nano-banana-pro', picture(banana({ resolution: words('1K 2K 4K'), enable_web_search: flag }))],
  ['fal-ai/nano-banana-pro/edit', picture(banana({ resolution: words('1K 2K 4K'), enable_web_search: flag, image_urls: list(14) }))],
  ['fal-ai/nano-banana-2', picture(banana({ resolution: words('0.5K 1K 2K 4K'), aspect_ratio: words(`auto ${TEN} 4:1 1:4 8:1 1:8`) }))],
  ['fal-ai/nano-banana-2/edit', picture(banana({ resolution: words('0.5K 1K 2K 4K'), aspect_ratio: words(`auto ${TEN} 4:1 1:4 8:1 1:8`), image_urls: list(14) }))],
  ['fal-ai/nano-banana', picture(banana())],
  ['fal-ai/nano-banana/edit', picture(banana({ image_urls: list(3) }))],
  ['fal-ai/imagen4/preview', picture(imagen({ resolution: words('1K 2K') }))],
  ['fal-ai/imagen4/preview/fast', picture(imagen())],
  ['fal-ai/imagen4/preview/ultra', picture(imagen({ resolution: words('1K 2K') }))],
  ...['fal-ai/bytedance/seedream/v4', 'fal-ai/bytedance/seedream/v4.5'].flatMap((app): [string, FalApp][] => [
    [`${app}/text-to-image`, picture(seedream())],
    [`${app}/edit`, picture(seedream({ image_urls: list(10) }))],
  ]),
  ['fal-ai/gpt-image-1.5', picture(gptImage('1024x1024 1536x1024 1024x1536'))],
  ['fal-ai/gpt-image-1.5/edit', picture(gptImage('auto 1024x1024 1536x1024 1024x1536', { image_urls: list(16), input_fidelity: words('low high'), mask_image_url: url.optional() }))],
  ['fal-ai/flux-pro/v1.1', picture(fluxPro({ image_size: size }))],
  ['fal-ai/flux-pro/v1.1-ultra', picture(fluxPro({ aspect_ratio: words(FLUX_RATIOS), raw: flag, image_url: url.optional(), image_prompt_strength: z.number().optional() }))],
  ...['fal-ai/flux/dev', 'fal-ai/flux/schnell'].map((app): [string, FalApp] => [app, picture(flux({ acceleration: words('none regular high'), enable_safety_checker: flag, guidance_scale: z.number().optional(), image_size: size, num_inference_steps: z.int().optional() }))]),
  ...['fal-ai/flux-pro/kontext', 'fal-ai/flux-pro/kontext/max'].flatMap((app): [string, FalApp][] => [
    [app, picture(fluxPro({ aspect_ratio: words(FLUX_RATIOS), image_url }))],
    [`${app}/multi`, picture(fluxPro({ aspect_ratio: words(FLUX_RATIOS), image_urls: list(4) }))],
    [`${app}/text-to-image`, picture(fluxPro({ aspect_ratio: words(FLUX_RATIOS) }))],
  ]),
  ['fal-ai/flux-pro/v1/fill', picture(fluxPro({ image_url, mask_url: url }))],
  ...['fal-ai/flux-2-pro', 'fal-ai/flux-2-max', 'fal-ai/flux-2-flex'].flatMap((app): [string, FalApp][] => [
    [app, picture(flux2())],
    [`${app}/edit`, picture(flux2({ image_urls: list(9) }))],
  ]),
])
