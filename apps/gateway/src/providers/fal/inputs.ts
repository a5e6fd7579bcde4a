import type { Operation } from '../../core/generation-request.ts'
import { ADAPTIVE, parseSize } from '../../core/model.ts'
import { fields, named, secondsFrom, silent, type Choice, type InputForm, type MaterialSlot } from '../input-form.ts'

/** Which app is asked, and in which words. */
export interface FalForm extends InputForm {
  app: string
  /** The app makes another video of one that it made itself, by the `video_id` that it gave it then. */
  remixes?: true
}

/** The forms of an operation, the ordinary one first; a resolution, say, may be another app's. */
type FalModel = Partial<Record<Operation, readonly FalForm[]>>

/**
 * What fal's apps take. A model is known by one of its apps, the one for text where there is one, and has others for other
 * operations. Facts are of November 2026, from the types of `@fal-ai/client` 1.10.1 and https://fal.ai/models.
 */
export function falForms(upstreamModel: string, operation: Operation): readonly FalForm[] {
  const model = FAL_MODELS.get(upstreamModel)
  return model ? (model[operation] ?? []) : usualForms(upstreamModel, operation)
}

/** A picture of any size: fal's apps take the pixels as an object. */
function imageSize(size: string): Record<string, unknown> {
  const [width, height] = parseSize(size) ?? []
  return { image_size: { width, height } }
}

const words = (name: string, list: string): Choice => named(name, list.split(' '))
/** Most apps want seconds as a string. */
const seconds = (values: readonly number[], unit = ''): Choice => named('duration', Object.fromEntries(values.map((value) => [value, `${value}${unit}`])))

const one = (name: string, role: MaterialSlot['roles'][number], media: MaterialSlot['media'] = 'image'): MaterialSlot => ({ name, media, roles: [role], max: 1, required: true })
const pictures = (name: string, max: number): MaterialSlot => ({ name, media: 'image', roles: ['source', 'reference'], max, list: true, required: true })

const SOUND = named('generate_audio', [true, false])
const SOUND_ALWAYS = silent(true)
const PORTRAIT_OR_WIDE = words('aspect_ratio', '16:9 9:16')
const THREE_RATIOS = words('aspect_ratio', '16:9 9:16 1:1')
const FOLLOWS = silent(ADAPTIVE)

// Sora

const SORA_SECONDS = seconds([4, 8, 12, 16, 20])
const soraFrame = (size: string, ratio: string, resolution: string): Record<string, Record<string, unknown>> => ({ [size]: { aspect_ratio: ratio, resolution } })
const SORA_FRAME = fields({ ...soraFrame('1280x720', '16:9', '720p'), ...soraFrame('720x1280', '9:16', '720p') })
/** Sora's own 1080p is 1792x1024; `true_1080p` came later. */
const SORA_PRO_FRAME = new Map([...SORA_FRAME, ...fields({ ...soraFrame('1792x1024', '16:9', '1080p'), ...soraFrame('1024x1792', '9:16', '1080p'), ...soraFrame('1920x1080', '16:9', 'true_1080p'), ...soraFrame('1080x1920', '9:16', 'true_1080p') })])

function sora(pro: boolean): FalModel {
  const end = pro ? '/pro' : ''
  const form = {
    choices: { durationSeconds: SORA_SECONDS, audio: SOUND_ALWAYS },
    frame: pro ? SORA_PRO_FRAME : SORA_FRAME,
    // "If true, the video cannot be used for remixing", and it is true unless told.
    always: { delete_video: false },
  }
  return {
    text_to_video: [{ app: `fal-ai/sora-2/text-to-video${end}`, ...form }],
    image_to_video: [{ app: `fal-ai/sora-2/image-to-video${end}`, ...form, materials: [one('image_url', 'first_frame')] }],
    // As long and as large as the first one, whose id says which it is.
    remix: [{ app: 'fal-ai/sora-2/video-to-video/remix', remixes: true, always: form.always, frame: anyKeyOf(form.frame), choices: { durationSeconds: silent(4, 8, 12, 16, 20), audio: SOUND_ALWAYS }, materials: [{ name: false, media: 'video', roles: ['source'], max: 1 }] }],
  }
}

function anyKeyOf(choice: Choice): Choice {
  return silent(...choice.keys())
}

// Veo

function veo3(app: string, { extends: extendable = false } = {}): FalModel {
  const common = { choices: { durationSeconds: seconds([4, 6, 8], 's'), resolution: words('resolution', '720p 1080p'), aspectRatio: PORTRAIT_OR_WIDE, audio: SOUND }, negativePrompt: 'negative_prompt', seed: 'seed' }
  const upTo4k = { ...common, choices: { ...common.choices, resolution: words('resolution', '720p 1080p 4k') } }
  return {
    text_to_video: [{ app, ...common }],
    image_to_video: [{ app: `${app}/image-to-video`, ...common, materials: [one('image_url', 'first_frame')] }],
    ...(extendable && {
      first_last_frame: [{ app: `${app}/first-last-frame-to-video`, ...upTo4k, materials: [one('first_frame_url', 'first_frame'), one('last_frame_url', 'last_frame')] }],
      // Goes on for 7 seconds, and for no others.
      extend: [{ app: `${app}/extend-video`, ...common, choices: { ...common.choices, durationSeconds: seconds([7], 's'), resolution: words('resolution', '720p') }, materials: [one('video_url', 'source', 'video')] }],
    }),
  }
}

/** References are taken by the larger of the two only, without a seed and with no choice of length. */
const VEO_31: FalModel = {
  ...veo3('fal-ai/veo3.1', { extends: true }),
  reference_to_video: [{
    app: 'fal-ai/veo3.1/reference-to-video',
    choices: { durationSeconds: seconds([8], 's'), resolution: words('resolution', '720p 1080p 4k'), aspectRatio: PORTRAIT_OR_WIDE, audio: SOUND },
    materials: [{ ...pictures('image_urls', 3), roles: ['reference'] }],
  }],
}

const VEO_2_SECONDS = seconds([5, 6, 7, 8], 's')
const VEO_2: FalModel = {
  text_to_video: [{ app: 'fal-ai/veo2', negativePrompt: 'negative_prompt', seed: 'seed', choices: { durationSeconds: VEO_2_SECONDS, resolution: silent('720p'), aspectRatio: THREE_RATIOS, enhancePrompt: named('enhance_prompt', [true, false]) } }],
  // The picture decides; the app has no word for a ratio.
  image_to_video: [{ app: 'fal-ai/veo2/image-to-video', choices: { durationSeconds: VEO_2_SECONDS, resolution: silent('720p'), aspectRatio: FOLLOWS }, materials: [one('image_url', 'first_frame')] }],
}

// Kling

const KLING_SECONDS = seconds([5, 10])

interface KlingApp {
  resolution: string
  /** The names of first and last frame; without the second it takes no last frame. */
  frames?: [first: string, last?: string]
  audio?: true
  cfgScale?: true
}

function klingForm(app: string, { resolution, audio, cfgScale }: KlingApp): FalForm {
  return {
    app,
    negativePrompt: 'negative_prompt',
    choices: { durationSeconds: KLING_SECONDS, resolution: silent(resolution), aspectRatio: THREE_RATIOS, ...(audio && { audio: SOUND }) },
    ...(cfgScale && { vendor: { cfg_scale: 'cfg_scale' } }),
  }
}

function klingFramed(app: string, kling: KlingApp): { first: FalForm; both?: FalForm } {
  const [first = 'image_url', last] = kling.frames ?? []
  const plain = klingForm(app, kling)
  const form: FalForm = { ...plain, choices: { ...plain.choices, aspectRatio: FOLLOWS }, materials: [one(first, 'first_frame')] }
  return { first: form, ...(last !== undefined && { both: { ...form, materials: [one(first, 'first_frame'), one(last, 'last_frame')] } }) }
}

const KLING_V1: KlingApp = { resolution: '720p', cfgScale: true }
const KLING_V1_PRO = klingFramed('fal-ai/kling-video/v1.6/pro/image-to-video', { resolution: '1080p', cfgScale: true, frames: ['image_url', 'tail_image_url'] })
const KLING_21_PRO = klingFramed('fal-ai/kling-video/v2.1/pro/image-to-video', { resolution: '1080p', frames: ['image_url', 'tail_image_url'] })

function klingWithLast(base: string, kling: KlingApp): FalModel {
  const framed = klingFramed(`${base}/image-to-video`, kling)
  return { text_to_video: [klingForm(`${base}/text-to-video`, kling)], image_to_video: [framed.first], ...(framed.both && { first_last_frame: [framed.both] }) }
}

const KLING_25_PRO = klingWithLast('fal-ai/kling-video/v2.5-turbo/pro', { resolution: '1080p', frames: ['image_url', 'tail_image_url'] })

// Hailuo

const HAILUO_PLAIN = { enhancePrompt: named('prompt_optimizer', [true, false]) }
const hailuoText = (app: string): FalForm => ({ app: `${app}/standard/text-to-video`, choices: { ...HAILUO_PLAIN, durationSeconds: seconds([6, 10]), resolution: silent('768p'), aspectRatio: silent('16:9') } })
/** The better app makes 1080p of six seconds, and has no words for either. */
const hailuoTextPro = (app: string): FalForm => ({ app: `${app}/pro/text-to-video`, choices: { ...HAILUO_PLAIN, durationSeconds: silent(6), resolution: silent('1080p'), aspectRatio: silent('16:9') } })
const hailuoImage = (app: string): FalForm => ({ app: `${app}/standard/image-to-video`, choices: { ...HAILUO_PLAIN, durationSeconds: seconds([6, 10]), resolution: silent('768p'), aspectRatio: FOLLOWS }, materials: [one('image_url', 'first_frame')] })
const hailuoImagePro = (app: string): FalForm => ({ app: `${app}/pro/image-to-video`, choices: { ...HAILUO_PLAIN, durationSeconds: silent(6), resolution: silent('1080p'), aspectRatio: FOLLOWS }, materials: [one('image_url', 'first_frame')] })

const HAILUO_02 = 'fal-ai/minimax/hailuo-02'
const HAILUO_02_IMAGE: FalForm = { ...hailuoImage(HAILUO_02), choices: { ...hailuoImage(HAILUO_02).choices, resolution: named('resolution', { '768p': '768P', '512p': '512P' }) } }
const HAILUO_BOTH = [one('image_url', 'first_frame'), one('end_image_url', 'last_frame')]

// Wan, Vidu

const WAN_25 = { negativePrompt: 'negative_prompt', seed: 'seed' }
const WAN_25_CHOICES = { durationSeconds: seconds([5, 10]), resolution: words('resolution', '480p 720p 1080p'), audio: SOUND_ALWAYS, enhancePrompt: named('enable_prompt_expansion', [true, false]) }
const WAN_SOUND: MaterialSlot = { name: 'audio_url', media: 'audio', roles: ['source'], max: 1 }

const VIDU = { seed: 'seed', vendor: { movement_amplitude: 'movement_amplitude' } }
const VIDU_CHOICES = { durationSeconds: silent(5), resolution: silent('1080p') }

// Pictures

const FORMATS = words('output_format', 'jpeg png webp')
const JPEG_OR_PNG = words('output_format', 'jpeg png')
const upTo = (max: number): Choice => named('num_images', secondsFrom(1, max))
const TEN_RATIOS = '21:9 16:9 3:2 4:3 5:4 1:1 4:5 3:4 2:3 9:16'

function nanoBanana(app: string, { resolutions, ratios = TEN_RATIOS, max }: { resolutions: Choice; ratios?: string; max: number }): FalModel {
  const form: FalForm = { app, seed: 'seed', choices: { resolution: resolutions, aspectRatio: words('aspect_ratio', ratios), outputFormat: FORMATS, count: upTo(4) } }
  return { text_to_image: [form], image_edit: [{ ...form, app: `${app}/edit`, materials: [pictures('image_urls', max)] }] }
}

function imagen(app: string, resolutions: Choice): FalModel {
  return { text_to_image: [{ app, seed: 'seed', choices: { resolution: resolutions, aspectRatio: words('aspect_ratio', '1:1 16:9 9:16 4:3 3:4'), outputFormat: FORMATS, count: upTo(4) } }] }
}

function seedream(base: string): FalModel {
  const form = { seed: 'seed', freeSize: imageSize, choices: { count: upTo(6) } }
  return { text_to_image: [{ app: `${base}/text-to-image`, ...form }], image_edit: [{ app: `${base}/edit`, ...form, materials: [pictures('image_urls', 10)] }] }
}

const FLUX_RATIOS = '21:9 16:9 4:3 3:2 1:1 2:3 3:4 9:16 9:21'
const FLUX_CHOICES = { outputFormat: JPEG_OR_PNG, count: upTo(4) }
const FLUX_ENHANCED = { ...FLUX_CHOICES, enhancePrompt: named('enhance_prompt', [true, false]) }
/** From "1" to "6", as words. */
const TOLERANCE = { safety_tolerance: { name: 'safety_tolerance', as: String } }
const STEPS = { steps: 'num_inference_steps', guidance: 'guidance_scale' }

function flux2(app: string, vendor: InputForm['vendor'] = TOLERANCE): FalModel {
  const form: FalForm = { app, seed: 'seed', vendor, freeSize: imageSize, choices: { outputFormat: JPEG_OR_PNG } }
  return { text_to_image: [form], image_edit: [{ ...form, app: `${app}/edit`, materials: [pictures('image_urls', 8)] }] }
}

function kontext(app: string): FalModel {
  const form = { seed: 'seed', vendor: TOLERANCE, choices: { ...FLUX_ENHANCED, aspectRatio: words('aspect_ratio', FLUX_RATIOS) } }
  return {
    text_to_image: [{ app: `${app}/text-to-image`, ...form }],
    image_edit: [{ app, ...form, materials: [{ ...pictures('image_url', 1), list: false }] }, { app: `${app}/multi`, ...form, materials: [pictures('image_urls', 4)] }],
  }
}

function gptImage(app: string, edit: string): FalModel {
  const form = { vendor: { background: 'background' }, choices: { quality: words('quality', 'low medium high'), outputFormat: FORMATS, count: upTo(4) }, frame: words('image_size', '1024x1024 1536x1024 1024x1536') }
  return {
    text_to_image: [{ app, ...form }],
    image_edit: [{ app: edit, ...form, frame: words('image_size', 'auto 1024x1024 1536x1024 1024x1536'), vendor: { background: 'background', input_fidelity: 'input_fidelity' }, materials: [pictures('image_urls', 16)] }],
  }
}

const SEEDANCE_1 = { seed: 'seed', vendor: { camera_fixed: 'camera_fixed' }, choices: { durationSeconds: seconds(secondsFrom(2, 12)), resolution: words('resolution', '480p 720p 1080p'), aspectRatio: words('aspect_ratio', '21:9 16:9 4:3 1:1 3:4 9:16') } }
const SEEDANCE_1_FRAMED = { ...SEEDANCE_1, choices: { ...SEEDANCE_1.choices, aspectRatio: new Map([...SEEDANCE_1.choices.aspectRatio, ...named('aspect_ratio', { [ADAPTIVE]: 'auto' })]) } }

function seedance(base: string): FalModel {
  return {
    text_to_video: [{ app: `${base}/text-to-video`, ...SEEDANCE_1 }],
    image_to_video: [{ app: `${base}/image-to-video`, ...SEEDANCE_1_FRAMED, materials: [one('image_url', 'first_frame')] }],
    first_last_frame: [{ app: `${base}/image-to-video`, ...SEEDANCE_1_FRAMED, materials: [one('image_url', 'first_frame'), one('end_image_url', 'last_frame')] }],
  }
}

const FAL_MODELS = new Map<string, FalModel>([
  ['fal-ai/sora-2/text-to-video', sora(false)],
  ['fal-ai/sora-2/text-to-video/pro', sora(true)],
  ['fal-ai/veo3.1', VEO_31],
  ['fal-ai/veo3.1/fast', veo3('fal-ai/veo3.1/fast', { extends: true })],
  ['fal-ai/veo3', veo3('fal-ai/veo3')],
  ['fal-ai/veo3/fast', veo3('fal-ai/veo3/fast')],
  ['fal-ai/veo2', VEO_2],
  ['fal-ai/kling-video/v1.6/standard/text-to-video', {
    text_to_video: [klingForm('fal-ai/kling-video/v1.6/standard/text-to-video', KLING_V1), klingForm('fal-ai/kling-video/v1.6/pro/text-to-video', { ...KLING_V1, resolution: '1080p' })],
    image_to_video: [klingFramed('fal-ai/kling-video/v1.6/standard/image-to-video', KLING_V1).first, KLING_V1_PRO.first],
    ...(KLING_V1_PRO.both && { first_last_frame: [KLING_V1_PRO.both] }),
    reference_to_video: [{ ...klingForm('fal-ai/kling-video/v1.6/standard/elements', { resolution: '720p' }), materials: [{ ...pictures('input_image_urls', 4), roles: ['reference'] }] }],
  }],
  ['fal-ai/kling-video/v2/master/text-to-video', klingWithLast('fal-ai/kling-video/v2/master', { resolution: '720p' })],
  ['fal-ai/kling-video/v2.1/standard/image-to-video', {
    image_to_video: [klingFramed('fal-ai/kling-video/v2.1/standard/image-to-video', { resolution: '720p' }).first, KLING_21_PRO.first],
    ...(KLING_21_PRO.both && { first_last_frame: [KLING_21_PRO.both] }),
  }],
  ['fal-ai/kling-video/v2.1/master/text-to-video', klingWithLast('fal-ai/kling-video/v2.1/master', { resolution: '1080p' })],
  ['fal-ai/kling-video/v2.5-turbo/pro/text-to-video', {
    ...KLING_25_PRO,
    // 720p has an app for first frames only.
    image_to_video: [...(KLING_25_PRO.image_to_video ?? []), klingFramed('fal-ai/kling-video/v2.5-turbo/standard/image-to-video', { resolution: '720p' }).first],
  }],
  ['fal-ai/kling-video/v2.6/pro/text-to-video', klingWithLast('fal-ai/kling-video/v2.6/pro', { resolution: '1080p', audio: true, frames: ['start_image_url', 'end_image_url'] })],
  ['fal-ai/minimax/hailuo-2.3/standard/text-to-video', {
    text_to_video: [hailuoText('fal-ai/minimax/hailuo-2.3'), hailuoTextPro('fal-ai/minimax/hailuo-2.3')],
    image_to_video: [hailuoImage('fal-ai/minimax/hailuo-2.3'), hailuoImagePro('fal-ai/minimax/hailuo-2.3')],
  }],
  ['fal-ai/minimax/hailuo-2.3-fast/standard/image-to-video', { image_to_video: [hailuoImage('fal-ai/minimax/hailuo-2.3-fast'), hailuoImagePro('fal-ai/minimax/hailuo-2.3-fast')] }],
  ['fal-ai/minimax/hailuo-02/standard/text-to-video', {
    text_to_video: [hailuoText(HAILUO_02), hailuoTextPro(HAILUO_02)],
    image_to_video: [HAILUO_02_IMAGE, hailuoImagePro(HAILUO_02)],
    first_last_frame: [{ ...HAILUO_02_IMAGE, materials: HAILUO_BOTH }, { ...hailuoImagePro(HAILUO_02), materials: HAILUO_BOTH }],
  }],
  ['fal-ai/wan-25-preview/text-to-video', { text_to_video: [{ app: 'fal-ai/wan-25-preview/text-to-video', ...WAN_25, choices: { ...WAN_25_CHOICES, aspectRatio: THREE_RATIOS }, materials: [WAN_SOUND] }] }],
  ['fal-ai/wan-25-preview/image-to-video', { image_to_video: [{ app: 'fal-ai/wan-25-preview/image-to-video', ...WAN_25, choices: { ...WAN_25_CHOICES, aspectRatio: FOLLOWS }, materials: [one('image_url', 'first_frame'), WAN_SOUND] }] }],
  ['fal-ai/vidu/q1/text-to-video', {
    text_to_video: [{ app: 'fal-ai/vidu/q1/text-to-video', ...VIDU, choices: { ...VIDU_CHOICES, aspectRatio: THREE_RATIOS, style: words('style', 'general anime') } }],
    image_to_video: [{ app: 'fal-ai/vidu/q1/image-to-video', ...VIDU, choices: { ...VIDU_CHOICES, aspectRatio: FOLLOWS }, materials: [one('image_url', 'first_frame')] }],
    first_last_frame: [{ app: 'fal-ai/vidu/q1/start-end-to-video', ...VIDU, choices: { ...VIDU_CHOICES, aspectRatio: FOLLOWS }, materials: [one('start_image_url', 'first_frame'), one('end_image_url', 'last_frame')] }],
    reference_to_video: [{ app: 'fal-ai/vidu/q1/reference-to-video', ...VIDU, vendor: { ...VIDU.vendor, bgm: 'bgm' }, choices: { ...VIDU_CHOICES, aspectRatio: THREE_RATIOS }, materials: [{ ...pictures('reference_image_urls', 7), roles: ['reference'] }] }],
  }],
  ['fal-ai/bytedance/seedance/v1/pro/text-to-video', seedance('fal-ai/bytedance/seedance/v1/pro')],
  ['fal-ai/qwen-image', { text_to_image: [{ app: 'fal-ai/qwen-image', seed: 'seed', negativePrompt: 'negative_prompt', freeSize: imageSize, choices: { outputFormat: JPEG_OR_PNG, count: upTo(4) } }] }],
  ['fal-ai/qwen-image-edit', { image_edit: [{ app: 'fal-ai/qwen-image-edit', seed: 'seed', negativePrompt: 'negative_prompt', choices: { outputFormat: JPEG_OR_PNG, count: upTo(4), aspectRatio: FOLLOWS }, materials: [{ ...pictures('image_url', 1), list: false }] }] }],
  ['fal-ai/nano-banana-pro', nanoBanana('fal-ai/nano-banana-pro', { resolutions: words('resolution', '1K 2K 4K'), max: 14 })],
  ['fal-ai/nano-banana-2', nanoBanana('fal-ai/nano-banana-2', { resolutions: named('resolution', { 512: '0.5K', '1K': '1K', '2K': '2K', '4K': '4K' }), ratios: `${TEN_RATIOS} 4:1 1:4 8:1 1:8`, max: 14 })],
  ['fal-ai/nano-banana', nanoBanana('fal-ai/nano-banana', { resolutions: silent('1K'), max: 3 })],
  ['fal-ai/imagen4/preview', imagen('fal-ai/imagen4/preview', words('resolution', '1K 2K'))],
  ['fal-ai/imagen4/preview/fast', imagen('fal-ai/imagen4/preview/fast', silent('1K'))],
  ['fal-ai/imagen4/preview/ultra', imagen('fal-ai/imagen4/preview/ultra', words('resolution', '1K 2K'))],
  ['fal-ai/bytedance/seedream/v4/text-to-image', seedream('fal-ai/bytedance/seedream/v4')],
  ['fal-ai/bytedance/seedream/v4.5/text-to-image', seedream('fal-ai/bytedance/seedream/v4.5')],
  ['fal-ai/gpt-image-1.5', gptImage('fal-ai/gpt-image-1.5', 'fal-ai/gpt-image-1.5/edit')],
  ['fal-ai/flux-pro/v1.1', { text_to_image: [{ app: 'fal-ai/flux-pro/v1.1', seed: 'seed', vendor: TOLERANCE, freeSize: imageSize, choices: FLUX_ENHANCED }] }],
  ['fal-ai/flux-pro/v1.1-ultra', { text_to_image: [{ app: 'fal-ai/flux-pro/v1.1-ultra', seed: 'seed', vendor: { ...TOLERANCE, raw: 'raw' }, choices: { ...FLUX_ENHANCED, aspectRatio: words('aspect_ratio', FLUX_RATIOS) } }] }],
  ['fal-ai/flux/dev', { text_to_image: [{ app: 'fal-ai/flux/dev', seed: 'seed', vendor: STEPS, freeSize: imageSize, choices: FLUX_CHOICES }] }],
  ['fal-ai/flux/schnell', { text_to_image: [{ app: 'fal-ai/flux/schnell', seed: 'seed', vendor: STEPS, freeSize: imageSize, choices: FLUX_CHOICES }] }],
  ['fal-ai/flux-pro/kontext', kontext('fal-ai/flux-pro/kontext')],
  ['fal-ai/flux-pro/kontext/max', kontext('fal-ai/flux-pro/kontext/max')],
  ['fal-ai/flux-pro/v1/fill', { image_edit: [{ app: 'fal-ai/flux-pro/v1/fill', seed: 'seed', vendor: TOLERANCE, choices: { ...FLUX_ENHANCED, aspectRatio: FOLLOWS }, materials: [one('image_url', 'source'), one('mask_url', 'mask')] }] }],
  ['fal-ai/flux-2-pro', flux2('fal-ai/flux-2-pro')],
  ['fal-ai/flux-2-max', flux2('fal-ai/flux-2-max')],
  ['fal-ai/flux-2-flex', flux2('fal-ai/flux-2-flex', { ...TOLERANCE, ...STEPS })],
])

/** How most apps name things, for one that is not in the table: an operator who enters it has read its page. */
function usualForms(app: string, operation: Operation): FalForm[] {
  const video = operation.endsWith('_to_video') || operation === 'first_last_frame'
  if (!video && operation !== 'text_to_image' && operation !== 'image_edit') return []
  return [{
    app,
    seed: 'seed',
    negativePrompt: 'negative_prompt',
    ...(!video && { freeSize: imageSize }),
    choices: {
      count: upTo(4),
      outputFormat: FORMATS,
      ...(video && { durationSeconds: seconds(secondsFrom(1, 60)), resolution: named('resolution', ['480p', '540p', '720p', '768p', '1080p', '4k']), aspectRatio: new Map([...FOLLOWS, ...named('aspect_ratio', FLUX_RATIOS.split(' '))]), audio: SOUND }),
    },
    materials: [
      { name: 'image_url', media: 'image', roles: ['first_frame'], max: 1 },
      { name: 'end_image_url', media: 'image', roles: ['last_frame'], max: 1 },
      { name: 'image_urls', media: 'image', roles: ['source', 'reference'], max: 14, list: true },
      { name: 'mask_url', media: 'image', roles: ['mask'], max: 1 },
      { name: 'video_url', media: 'video', roles: ['source', 'reference'], max: 1 },
      { name: 'audio_url', media: 'audio', roles: ['source', 'reference'], max: 1 },
    ],
  }]
}
