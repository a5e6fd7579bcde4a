import type { Operation } from '../../core/generation-request.ts'
import { ADAPTIVE, parseSize } from '../../core/model.ts'
import { fields, named, secondsFrom, silent, type Choice, type InputForm, type MaterialSlot } from '../input-form.ts'

export interface ReplicateForm extends InputForm {
  /** Where another model of the same maker does this operation. */
  model?: string
}
type ReplicateModel = Partial<Record<Operation, ReplicateForm>>

/**
 * The inputs of Replicate's models, by `owner/name`; each model has names of its own. Facts are of November 2026, from the
 * models' pages (https://replicate.com/google/veo-3.1/llms.txt and its like). A version that was pinned is taken to have
 * the inputs of its model.
 */
export function replicateForm(upstreamModel: string, operation: Operation): ReplicateForm | undefined {
  const model = REPLICATE_MODELS.get(upstreamModel.replace(/:[0-9a-f]{64}$/, ''))
  return model ? model[operation] : usualForm(operation)
}

const words = (name: string, list: string): Choice => named(name, list.split(' '))
const one = (name: string, role: MaterialSlot['roles'][number], media: MaterialSlot['media'] = 'image'): MaterialSlot => ({ name, media, roles: [role], max: 1, required: true })
const pictures = (name: string, max: number): MaterialSlot => ({ name, media: 'image', roles: ['source', 'reference'], max, list: true, required: true })

const SOUND = named('generate_audio', [true, false])
const SOUND_ALWAYS = silent(true)
/** "Ignored if start_image is provided": the picture decides. */
const FOLLOWS = silent(ADAPTIVE)
const PORTRAIT_OR_WIDE = words('aspect_ratio', '16:9 9:16')
const THREE_RATIOS = words('aspect_ratio', '16:9 9:16 1:1')
const SIX_RATIOS = words('aspect_ratio', '16:9 9:16 4:3 3:4 1:1 21:9')

/** `jpg` is their word. What is not asked for is made in the first of ours, not in theirs. */
function formats(ours: readonly ('png' | 'jpeg' | 'webp')[]): Pick<InputForm, 'always'> & { outputFormat: Choice } {
  const theirs = (format: string) => (format === 'jpeg' ? 'jpg' : format)
  return { always: { output_format: theirs(ours[0] ?? 'png') }, outputFormat: named('output_format', Object.fromEntries(ours.map((format) => [format, theirs(format)]))) }
}

/** From words, and from a first frame, which then decides the ratio. */
function clip(form: ReplicateForm, first: string, { last }: { last?: string } = {}): ReplicateModel {
  const framed: ReplicateForm = { ...form, choices: { ...form.choices, aspectRatio: FOLLOWS } }
  return {
    text_to_video: form,
    image_to_video: { ...framed, materials: [one(first, 'first_frame')] },
    ...(last !== undefined && { first_last_frame: { ...framed, materials: [one(first, 'first_frame'), one(last, 'last_frame')] } }),
  }
}

const customSize = (size: string): Record<string, unknown> => {
  const [width, height] = parseSize(size) ?? []
  return { aspect_ratio: 'custom', width, height }
}

function sora(pro: boolean): ReplicateModel {
  const frame = (ratio: string, resolution: string) => ({ aspect_ratio: ratio, ...(pro && { resolution }) })
  const form: ReplicateForm = {
    frame: fields({
      '720x1280': frame('portrait', 'standard'), '1280x720': frame('landscape', 'standard'),
      // "High is 1024p".
      ...(pro && { '1024x1792': frame('portrait', 'high'), '1792x1024': frame('landscape', 'high') }),
    }),
    choices: { durationSeconds: named('seconds', [4, 8, 12]), audio: SOUND_ALWAYS },
  }
  return { text_to_video: form, image_to_video: { ...form, materials: [one('input_reference', 'first_frame')] } }
}

const VEO_3: ReplicateForm = {
  seed: 'seed',
  negativePrompt: 'negative_prompt',
  choices: { durationSeconds: named('duration', [4, 6, 8]), resolution: words('resolution', '720p 1080p'), aspectRatio: PORTRAIT_OR_WIDE, audio: SOUND },
}
const VEO_3_CLIPS: ReplicateModel = { text_to_video: VEO_3, image_to_video: { ...VEO_3, materials: [one('image', 'first_frame')] } }
const VEO_31_CLIPS: ReplicateModel = { ...VEO_3_CLIPS, first_last_frame: { ...VEO_3, materials: [one('image', 'first_frame'), one('last_frame', 'last_frame')] } }
const VEO_2: ReplicateForm = { seed: 'seed', choices: { durationSeconds: named('duration', [5, 6, 7, 8]), resolution: silent('720p'), aspectRatio: PORTRAIT_OR_WIDE } }

function kling(resolution: string, { audio }: { audio?: Choice } = {}): ReplicateForm {
  return { negativePrompt: 'negative_prompt', choices: { durationSeconds: named('duration', [5, 10]), resolution: silent(resolution), aspectRatio: THREE_RATIOS, ...(audio && { audio }) } }
}
const KLING_21_FORM: ReplicateForm = {
  negativePrompt: 'negative_prompt',
  // "Standard has a resolution of 720p, pro is 1080p."
  choices: { durationSeconds: named('duration', [5, 10]), resolution: named('mode', { '720p': 'standard', '1080p': 'pro' }), aspectRatio: FOLLOWS },
}

const OPTIMIZER = named('prompt_optimizer', [true, false])
function hailuo(resolutions: string): ReplicateForm {
  return { choices: { durationSeconds: named('duration', [6, 10]), resolution: words('resolution', resolutions), aspectRatio: silent('16:9'), enhancePrompt: OPTIMIZER } }
}
const HAILUO_01: ReplicateForm = { choices: { durationSeconds: silent(6), resolution: silent('720p'), aspectRatio: silent('16:9'), enhancePrompt: OPTIMIZER } }

const WAN = { seed: 'seed', negativePrompt: 'negative_prompt' }
const WAN_CHOICES = { durationSeconds: named('duration', [5, 10]), audio: SOUND_ALWAYS, enhancePrompt: named('enable_prompt_expansion', [true, false]) }
const HEARD: MaterialSlot = { name: 'audio', media: 'audio', roles: ['source'], max: 1 }

const GROK_RATIOS = words('aspect_ratio', '16:9 9:16 1:1 4:3 3:4 3:2 2:3')
const GROK_WORDS = words('resolution', '480p 720p')
/** "Ignored when editing a video": the result is like its source. */
const AS_SOURCE = { resolution: silent('480p', '720p'), aspectRatio: FOLLOWS, audio: SOUND_ALWAYS }

const RUNWAY_SECONDS = named('duration', [5, 10])
const RUNWAY: ReplicateForm = { seed: 'seed', choices: { durationSeconds: RUNWAY_SECONDS, resolution: silent('720p'), aspectRatio: SIX_RATIOS } }
const GEN4_IMAGE: ReplicateForm = { seed: 'seed', reference: ({ number }) => `@Image${number}`, choices: { resolution: words('resolution', '720p 1080p'), aspectRatio: SIX_RATIOS, outputFormat: silent('png') } }
const TAGGED: MaterialSlot = { ...pictures('reference_images', 3), besides: (count) => ({ reference_tags: Array.from({ length: count }, (_, index) => `Image${index + 1}`) }) }

const SEEDANCE: ReplicateForm = { seed: 'seed', vendor: { camera_fixed: 'camera_fixed' }, choices: { durationSeconds: named('duration', secondsFrom(2, 12)), resolution: words('resolution', '480p 720p 1080p'), aspectRatio: SIX_RATIOS } }

const TEN_RATIOS = '1:1 2:3 3:2 3:4 4:3 4:5 5:4 9:16 16:9 21:9'
function nanoBanana({ resolutions, ratios = TEN_RATIOS, max }: { resolutions: Choice; ratios?: string; max: number }): ReplicateModel {
  const { always, outputFormat } = formats(['png', 'jpeg'])
  const form: ReplicateForm = { ...(always && { always }), choices: { resolution: resolutions, aspectRatio: words('aspect_ratio', ratios), outputFormat } }
  return { text_to_image: form, image_edit: { ...form, materials: [pictures('image_input', max)] } }
}

function imagen(resolutions: Choice): ReplicateModel {
  const { always, outputFormat } = formats(['png', 'jpeg'])
  return { text_to_image: { ...(always && { always }), choices: { resolution: resolutions, aspectRatio: words('aspect_ratio', '1:1 9:16 16:9 3:4 4:3'), outputFormat } } }
}

/** Named sizes for resolution and ratio, `custom` for pixels. */
function seedream(resolutions: string, max: number): ReplicateModel {
  const ratios = '1:1 4:3 3:4 16:9 9:16 3:2 2:3 21:9'.split(' ')
  const form: ReplicateForm = {
    frame: fields(Object.fromEntries(resolutions.split(' ').flatMap((size) => ratios.map((ratio) => [`${size} ${ratio}`, { size, aspect_ratio: ratio }])))),
    freeSize: (size) => {
      const [width, height] = parseSize(size) ?? []
      return { size: 'custom', width, height }
    },
  }
  return { text_to_image: form, image_edit: { ...form, materials: [pictures('image_input', max)] } }
}

const FLUX_RATIOS = '1:1 16:9 21:9 3:2 2:3 4:5 5:4 3:4 4:3 9:16 9:21'
const UPSAMPLING = named('prompt_upsampling', [true, false])
const TOLERANCE = { safety_tolerance: 'safety_tolerance' }

function flux(form: ReplicateForm, { format, enhanced = false, edit }: { format: readonly ('png' | 'jpeg' | 'webp')[]; enhanced?: boolean; edit?: MaterialSlot }): ReplicateModel {
  const { always, outputFormat } = formats(format)
  const whole: ReplicateForm = { seed: 'seed', vendor: TOLERANCE, ...form, ...(always && { always }), choices: { ...form.choices, outputFormat, ...(enhanced && { enhancePrompt: UPSAMPLING }) } }
  return { text_to_image: whole, ...(edit && { image_edit: { ...whole, materials: [edit] } }) }
}
const ALIKE: MaterialSlot = { name: 'image_prompt', media: 'image', roles: ['reference'], max: 1, required: true }
const KONTEXT = flux({ choices: { aspectRatio: words('aspect_ratio', FLUX_RATIOS) } }, { format: ['png', 'jpeg'], enhanced: true, edit: { ...pictures('input_image', 1), list: false } })
const FLUX_2 = flux({ freeSize: customSize }, { format: ['jpeg', 'png', 'webp'], edit: pictures('input_images', 8) })
const FILL_FORMATS = formats(['jpeg', 'png', 'webp'])

const QWEN_FORMATS = formats(['png', 'jpeg', 'webp'])
const GPT_IMAGE: ReplicateForm = {
  always: { output_format: 'png' },
  frame: named('aspect_ratio', { '1024x1024': '1:1', '1536x1024': '3:2', '1024x1536': '2:3' }),
  vendor: { background: 'background', moderation: 'moderation', output_compression: 'output_compression' },
  choices: { quality: words('quality', 'low medium high auto'), count: named('number_of_images', secondsFrom(1, 10)), outputFormat: words('output_format', 'png jpeg webp') },
}

const REPLICATE_MODELS = new Map<string, ReplicateModel>([
  ['openai/sora-2', sora(false)],
  ['openai/sora-2-pro', sora(true)],
  ['google/veo-3.1', { ...VEO_31_CLIPS, reference_to_video: { ...VEO_3, choices: { ...VEO_3.choices, durationSeconds: named('duration', [8]) }, materials: [{ ...pictures('reference_images', 3), roles: ['reference'] }] } }],
  ['google/veo-3.1-fast', VEO_31_CLIPS],
  ['google/veo-3', VEO_3_CLIPS],
  ['google/veo-3-fast', VEO_3_CLIPS],
  ['google/veo-2', { text_to_video: VEO_2, image_to_video: { ...VEO_2, materials: [one('image', 'first_frame')] } }],
  ['kwaivgi/kling-v1.6-standard', {
    ...clip({ ...kling('720p'), vendor: { cfg_scale: 'cfg_scale' } }, 'start_image'),
    reference_to_video: { ...kling('720p'), vendor: { cfg_scale: 'cfg_scale' }, materials: [{ ...pictures('reference_images', 4), roles: ['reference'] }] },
  }],
  ['kwaivgi/kling-v2.0', clip(kling('720p'), 'start_image')],
  ['kwaivgi/kling-v2.1', {
    image_to_video: { ...KLING_21_FORM, materials: [one('start_image', 'first_frame')] },
    first_last_frame: { ...KLING_21_FORM, choices: { ...KLING_21_FORM.choices, resolution: named('mode', { '1080p': 'pro' }) }, materials: [one('start_image', 'first_frame'), one('end_image', 'last_frame')] },
  }],
  ['kwaivgi/kling-v2.1-master', clip(kling('1080p'), 'start_image')],
  ['kwaivgi/kling-v2.5-turbo-pro', clip(kling('1080p'), 'start_image', { last: 'end_image' })],
  ['kwaivgi/kling-v2.6', clip(kling('1080p', { audio: SOUND }), 'start_image')],
  ['minimax/hailuo-2.3', clip(hailuo('768p 1080p'), 'first_frame_image')],
  ['minimax/hailuo-2.3-fast', { image_to_video: { ...hailuo('768p 1080p'), choices: { ...hailuo('768p 1080p').choices, aspectRatio: FOLLOWS }, materials: [one('first_frame_image', 'first_frame')] } }],
  ['minimax/hailuo-02', clip(hailuo('512p 768p 1080p'), 'first_frame_image', { last: 'last_frame_image' })],
  ['minimax/video-01', clip(HAILUO_01, 'first_frame_image')],
  ['minimax/video-01-director', clip(HAILUO_01, 'first_frame_image')],
  ['minimax/video-01-live', { image_to_video: { ...HAILUO_01, choices: { ...HAILUO_01.choices, aspectRatio: FOLLOWS }, materials: [one('first_frame_image', 'first_frame')] } }],
  ['minimax/image-01', image01()],
  ['wan-video/wan-2.5-t2v', { text_to_video: { ...WAN, choices: WAN_CHOICES, frame: named('size', { '480p 16:9': '832*480', '480p 9:16': '480*832', '720p 16:9': '1280*720', '720p 9:16': '720*1280', '1080p 16:9': '1920*1080', '1080p 9:16': '1080*1920' }), materials: [HEARD] } }],
  ['wan-video/wan-2.5-i2v', { image_to_video: { ...WAN, choices: { ...WAN_CHOICES, resolution: words('resolution', '480p 720p 1080p'), aspectRatio: FOLLOWS }, materials: [one('image', 'first_frame'), HEARD] } }],
  ['bytedance/seedance-1-pro', clip(SEEDANCE, 'image', { last: 'last_frame_image' })],
  ['qwen/qwen-image', { text_to_image: {
    seed: 'seed', negativePrompt: 'negative_prompt',
    always: { ...QWEN_FORMATS.always, image_size: 'optimize_for_quality' },
    frame: named('aspect_ratio', { '1328x1328': '1:1', '1664x928': '16:9', '1472x1140': '4:3', '1140x1472': '3:4', '928x1664': '9:16' }),
    choices: { outputFormat: QWEN_FORMATS.outputFormat, enhancePrompt: named('enhance_prompt', [true, false]) },
  } }],
  ['qwen/qwen-image-edit', { image_edit: { seed: 'seed', ...(QWEN_FORMATS.always && { always: QWEN_FORMATS.always }), choices: { outputFormat: QWEN_FORMATS.outputFormat, aspectRatio: FOLLOWS }, materials: [{ ...pictures('image', 1), list: false }] } }],
  ['xai/grok-imagine-video', {
    ...clip({ choices: { durationSeconds: named('duration', secondsFrom(1, 15)), resolution: GROK_WORDS, aspectRatio: GROK_RATIOS, audio: SOUND_ALWAYS } }, 'image'),
    reference_to_video: { model: 'xai/grok-imagine-r2v', choices: { durationSeconds: named('duration', secondsFrom(1, 10)), resolution: GROK_WORDS, aspectRatio: GROK_RATIOS, audio: SOUND_ALWAYS }, materials: [{ ...pictures('reference_images', 7), roles: ['reference'] }] },
    video_to_video: { choices: { ...AS_SOURCE, durationSeconds: silent('auto', ...secondsFrom(1, 9)) }, materials: [one('video', 'source', 'video')] },
    extend: { model: 'xai/grok-imagine-video-extension', choices: { ...AS_SOURCE, durationSeconds: named('duration', secondsFrom(2, 10)) }, materials: [one('video', 'source', 'video')] },
  }],
  ['xai/grok-imagine-image', grokImage()],
  ['runwayml/gen-4.5', { text_to_video: RUNWAY, image_to_video: { ...RUNWAY, materials: [one('image', 'first_frame')] } }],
  ['runwayml/gen4-turbo', { image_to_video: { ...RUNWAY, materials: [one('image', 'first_frame')] } }],
  // The first five seconds of what is given.
  ['runwayml/gen4-aleph', { video_to_video: { ...RUNWAY, choices: { ...RUNWAY.choices, durationSeconds: silent('auto', ...secondsFrom(1, 5)) }, materials: [one('video', 'source', 'video'), { name: 'reference_image', media: 'image', roles: ['reference'], max: 1 }] } }],
  ['runwayml/gen4-image', { text_to_image: GEN4_IMAGE, image_edit: { ...GEN4_IMAGE, materials: [TAGGED] } }],
  ['runwayml/gen4-image-turbo', { image_edit: { ...GEN4_IMAGE, materials: [TAGGED] } }],
  ['openai/gpt-image-1.5', { text_to_image: GPT_IMAGE, image_edit: { ...GPT_IMAGE, vendor: { ...GPT_IMAGE.vendor, input_fidelity: 'input_fidelity' }, materials: [pictures('input_images', 10)] } }],
  ['google/nano-banana-pro', nanoBanana({ resolutions: words('resolution', '1K 2K 4K'), max: 14 })],
  ['google/nano-banana-2', nanoBanana({ resolutions: words('resolution', '1K 2K 4K'), ratios: `${TEN_RATIOS} 1:4 4:1 1:8 8:1`, max: 14 })],
  ['google/nano-banana', nanoBanana({ resolutions: silent('1K'), max: 3 })],
  ['google/imagen-4', imagen(words('image_size', '1K 2K'))],
  ['google/imagen-4-fast', imagen(silent('1K'))],
  ['google/imagen-4-ultra', imagen(words('image_size', '1K 2K'))],
  ['bytedance/seedream-4.5', seedream('2K 4K', 14)],
  ['bytedance/seedream-4', seedream('1K 2K 4K', 10)],
  ['bytedance/seedream-3', { text_to_image: { seed: 'seed', vendor: { guidance_scale: 'guidance_scale' }, freeSize: customSize } }],
  ['bytedance/seededit-3.0', { image_edit: { seed: 'seed', vendor: { guidance_scale: 'guidance_scale' }, materials: [{ ...pictures('image', 1), list: false }] } }],
  ['black-forest-labs/flux-1.1-pro', flux({ freeSize: customSize }, { format: ['jpeg', 'png', 'webp'], enhanced: true, edit: ALIKE })],
  ['black-forest-labs/flux-1.1-pro-ultra', flux({ vendor: { ...TOLERANCE, raw: 'raw', image_prompt_strength: 'image_prompt_strength' }, choices: { aspectRatio: words('aspect_ratio', FLUX_RATIOS) } }, { format: ['jpeg', 'png'], edit: ALIKE })],
  ['black-forest-labs/flux-kontext-pro', KONTEXT],
  ['black-forest-labs/flux-kontext-max', KONTEXT],
  ['black-forest-labs/flux-fill-pro', { image_edit: { seed: 'seed', vendor: { ...TOLERANCE, steps: 'steps', guidance: 'guidance' }, ...(FILL_FORMATS.always && { always: FILL_FORMATS.always }), choices: { outputFormat: FILL_FORMATS.outputFormat, enhancePrompt: UPSAMPLING }, materials: [one('image', 'source'), one('mask', 'mask')] } }],
  ['black-forest-labs/flux-2-pro', FLUX_2],
  ['black-forest-labs/flux-2-max', FLUX_2],
  ['black-forest-labs/flux-2-flex', FLUX_2],
])

function image01(): ReplicateModel {
  const form: ReplicateForm = { choices: { resolution: silent('1K'), aspectRatio: words('aspect_ratio', '1:1 16:9 4:3 3:2 2:3 3:4 9:16 21:9'), count: named('number_of_images', secondsFrom(1, 9)), enhancePrompt: OPTIMIZER, outputFormat: silent('jpeg') } }
  return { text_to_image: form, image_edit: { ...form, materials: [{ name: 'subject_reference', media: 'image', roles: ['reference'], max: 1, required: true }] } }
}

function grokImage(): ReplicateModel {
  const form: ReplicateForm = { choices: { resolution: silent('1k'), aspectRatio: words('aspect_ratio', '1:1 16:9 9:16 4:3 3:4 3:2 2:3 2:1 1:2 19.5:9 9:19.5 20:9 9:20'), outputFormat: silent('jpeg') } }
  return { text_to_image: form, image_edit: { ...form, choices: { ...form.choices, aspectRatio: FOLLOWS }, materials: [{ ...pictures('image', 1), list: false }] } }
}

/** How most models name things, for one that is not in the table: an operator who enters it has read its page. */
function usualForm(operation: Operation): ReplicateForm | undefined {
  const video = operation.endsWith('_to_video') || operation === 'first_last_frame'
  if (!video && operation !== 'text_to_image' && operation !== 'image_edit') return undefined
  return {
    seed: 'seed',
    negativePrompt: 'negative_prompt',
    ...(!video && { freeSize: customSize }),
    choices: {
      aspectRatio: new Map([...FOLLOWS, ...words('aspect_ratio', FLUX_RATIOS)]),
      count: new Map([...silent(1), ...named('num_outputs', [2, 3, 4])]),
      ...(video ? { durationSeconds: named('duration', secondsFrom(1, 60)), resolution: words('resolution', '480p 540p 720p 768p 1080p 4k'), audio: SOUND } : { outputFormat: formats(['png', 'jpeg', 'webp']).outputFormat }),
    },
    materials: [
      { name: video ? 'image' : 'mask', media: 'image', roles: [video ? 'first_frame' : 'mask'], max: 1 },
      { name: 'last_frame', media: 'image', roles: ['last_frame'], max: 1 },
      { name: video ? 'reference_images' : 'image', media: 'image', roles: ['source', 'reference'], max: video ? 9 : 1, list: video },
      { name: 'video', media: 'video', roles: ['source', 'reference'], max: 1 },
      { name: 'audio', media: 'audio', roles: ['source', 'reference'], max: 1 },
    ],
  }
}
