import { z } from 'zod'
import { GatewayError } from '../../core/errors.ts'
import type { Model } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import type { DraftInput, ParseContext } from '../dialect.ts'
import { defaultImageRole, defaultMaterialRole, openingRole, referenceRole, textInput } from '../shared/draft.ts'
import { resultInput } from '../shared/earlier-result.ts'
import { field, formField, isPlainObject, parseFields } from '../shared/fields.ts'
import { modelOf } from '../shared/model-input.ts'
import { unknownIn } from '../shared/nested-fields.ts'
import { common, draftOf, images, MAX_ITEMS, modelFor, saidFields } from './draft.ts'
import type { Parse } from './external-id.ts'

/*
 * The classic wire's tools, each with a body of its own. Facts: the vendor's pages as relayed in December 2025 and
 * February 2026.
 */

const { model_name, model, prompt, callback_url, external_task_id, watermark_info } = common
const tool = { model_name, model, callback_url, external_task_id, watermark_info }

const lipSyncInput = z.object({
  mode: z.enum(['text2video', 'audio2video']).optional().describe('Which of text and audio is spoken.'),
  video_id: field.text().optional().describe('Of a finished video: task_result.videos[].id.'),
  video_url: field.source().optional(),
  text: field.text(32_000).optional(),
  voice_id: field.text().optional(),
  voice_language: field.text(20).optional(),
  voice_speed: z.number().optional(),
  audio_type: z.enum(['file', 'url']).optional(),
  audio_file: field.source().optional(),
  audio_url: field.source().optional(),
})
export const lipSync = z.object({ ...tool, input: lipSyncInput })

const picture = () => z.union([field.source(), z.array(field.source()).min(1).max(MAX_ITEMS)], { error: 'must be a picture, or a list of pictures' })
const effectsInput = z.object({
  model_name: field.text().optional().describe("The vendor's model, for effects of two people."),
  mode: field.text(20).optional(),
  image: picture().optional(),
  images: picture().optional().describe('Two people: the left one first.'),
  duration: formField.seconds().optional(),
})
export const effects = z.object({ ...tool, effect_scene: field.text(), input: effectsInput })

export const avatar = z.object({
  ...tool,
  prompt,
  mode: field.text(20).optional(),
  image: field.source(),
  sound_file: field.source().optional().describe('What is spoken: a URL or base64.'),
  audio_id: field.text().optional(),
})

export const multiImage = z.object({
  ...tool,
  prompt,
  n: images.n,
  aspect_ratio: images.aspect_ratio,
  subject_image_list: z.array(z.union([z.object({ subject_image: field.source() }), field.source().transform((subject_image) => ({ subject_image }))], { error: 'must be { subject_image }' })).min(1).max(MAX_ITEMS),
  scene_image: field.source().optional(),
  style_image: field.source().optional(),
})

const margin = () => z.number().min(0).max(2).optional()
export const expand = z.object({
  ...tool,
  prompt,
  n: images.n,
  image: field.source(),
  up_expansion_ratio: margin().describe('In heights of the picture.'),
  down_expansion_ratio: margin(),
  left_expansion_ratio: margin().describe('In widths of the picture.'),
  right_expansion_ratio: margin(),
})

export const tryOn = z.object({ ...tool, human_image: field.source(), cloth_image: field.source() })

/** Of a finished video, `context.parent`, or of any other. */
export const parseLipSync: Parse = (body, context) => {
  const fields = nestedFields(body.fields)
  const { input, ...given } = parseFields(lipSync, fields)
  const { mode, text, audio_file: file, audio_url: url, voice_id, voice_language, voice_speed } = input
  const model = modelFor(given, context, 'kling-lip-sync')
  if (!model.operations.includes('lip_sync')) throw wrongModel(model, 'moves the lips of a video, such as kling-lip-sync')
  const [sound, soundParam] = input.audio_type === 'file' || url === undefined ? [file, 'input.audio_file'] : [url, 'input.audio_url']
  const speaks = mode === 'text2video' || (mode === undefined && sound === undefined)
  if (speaks && text === undefined) throw required('input.text')
  if (!speaks && sound === undefined) throw required('input.audio_url')
  const inputs = [videoOf(input, model, context), ...(speaks || sound === undefined ? [] : [textInput('audio', defaultMaterialRole(model, 'audio'), sound, soundParam)])]
  const draft = draftOf(lipSync, fields, { ...given, prompt: speaks ? text : undefined }, {
    path: 'videos/lip-sync', model, operation: 'lip_sync', inputs,
    vendor: speaks ? { voice_id, voice_language, voice_speed } : {},
    fieldNames: { prompt: 'input.text', inputs: 'input.video_url', vendor: 'input' },
    echo: present({ parent_video: input.video_id }),
  })
  const ignored = [...draft.ignored, ...unknownIn(lipSyncInput, fields['input'], 'input')]
  return { ...draft, ignored, ...(input.video_id !== undefined && context.parent && { remixedFrom: context.parent.id }) }
}

function videoOf({ video_id: id, video_url: url }: z.output<typeof lipSyncInput>, model: Model, context: ParseContext): DraftInput {
  const role = defaultMaterialRole(model, 'video')
  if (id === undefined && url === undefined) throw required('input.video_url')
  if (id === undefined || url !== undefined) {
    if (id !== undefined) throw new GatewayError('invalid_request', 'input.video_id and input.video_url exclude each other', { param: 'input.video_id' })
    return textInput('video', role, url!, 'input.video_url')
  }
  return resultInput('video', role, namedResult(id, context, 'input.video_id'), 'input.video_id')
}

/** The result of `context.parent` that was named. @throws GatewayError `invalid_request` when there is none. */
export function namedResult(videoId: string, { parent }: Pick<ParseContext, 'parent'>, param: string) {
  const output = parent?.outputs[Number(/-(\d{1,2})$/.exec(videoId)?.[1] ?? 0)]
  if (output) return output
  throw new GatewayError('invalid_request', 'there is no finished video of this id', { param })
}

export const parseEffects: Parse = (body, context) => {
  const fields = nestedFields(body.fields)
  const { input, effect_scene, ...given } = parseFields(effects, fields)
  const model = modelFor(given, context, 'kling-effects')
  requireField(model, 'effect_scene', 'makes effects, such as kling-effects')
  const inputs = [...pictures(input.image, 'input.image', model), ...pictures(input.images, 'input.images', model)]
  if (inputs.length === 0) throw required('input.image')
  const { mode, duration, model_name: vendorModel } = input
  const draft = draftOf(effects, fields, { ...given, mode, duration }, {
    path: 'videos/effects', model, inputs, vendor: { effect_scene, model_name: vendorModel },
    fieldNames: { durationSeconds: 'input.duration', resolution: 'input.mode', inputs: inputs[0]!.param },
  })
  return { ...draft, ignored: [...draft.ignored, ...unknownIn(effectsInput, fields['input'], 'input')] }
}

function pictures(given: string | string[] | undefined, name: string, model: Model): DraftInput[] {
  if (given === undefined) return []
  if (typeof given === 'string') return [textInput('image', referenceRole(model, 'image'), given, name)]
  return given.map((text, index) => textInput('image', referenceRole(model, 'image'), text, `${name}[${index}]`))
}

/** Any model that makes a picture speak will do: `kling-avatar`, `wan2.2-s2v`. */
export const parseAvatar: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const { audio_id, ...given } = parseFields(avatar, fields)
  const model = modelFor(given, context, 'kling-avatar')
  if (model.inputs.audio === undefined || model.inputs.image === undefined) throw wrongModel(model, 'makes a picture speak, such as kling-avatar or wan2.2-s2v')
  const inputs = [
    textInput('image', openingRole(model), given.image, 'image'),
    ...(given.sound_file === undefined ? [] : [textInput('audio', defaultMaterialRole(model, 'audio'), given.sound_file, 'sound_file')]),
  ]
  return draftOf(avatar, fields, given, { path: 'videos/avatar/image2video', model, inputs, vendor: { audio_id } })
}

/** The vendor's own models of this path, which mean something else elsewhere. */
const COMBINING_MODELS: readonly string[] = ['kling-v2', 'kling-v2-1']

export const parseMultiImage: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const { scene_image: scene, style_image: style, subject_image_list: subjects, ...given } = parseFields(multiImage, fields)
  const isVendorModel = given.model_name !== undefined && COMBINING_MODELS.includes(given.model_name)
  const model = isVendorModel ? modelOf(context, COMBINING_MODEL, 'model_name') : modelFor(given, context, COMBINING_MODEL)
  const count = subjects.length + Number(scene !== undefined) + Number(style !== undefined)
  const inputs = subjects.map(({ subject_image: text }, index) => textInput('image', defaultImageRole(model, index, count), text, `subject_image_list[${index}].subject_image`))
  // Whose they are is said by their place.
  const placed = (text: string | undefined, param: string) => text === undefined ? undefined : inputs.push(textInput('image', defaultImageRole(model, inputs.length, count), text, param))
  const vendor = { model_name: isVendorModel ? given.model_name : undefined, scene_image: placed(scene, 'scene_image'), style_image: placed(style, 'style_image') }
  return draftOf(multiImage, fields, given, { path: 'images/multi-image2image', model, inputs, vendor, fieldNames: { inputs: 'subject_image_list' } })
}

const COMBINING_MODEL = 'kling-multi-image2image'

export const parseExpand: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(expand, fields)
  const { up_expansion_ratio, down_expansion_ratio, left_expansion_ratio, right_expansion_ratio } = given
  const model = modelFor(given, context, 'kling-image-expand')
  requireField(model, 'up_expansion_ratio', 'expands a picture by these ratios, such as kling-image-expand')
  return draftOf(expand, fields, given, {
    path: 'images/editing/expand', model, operation: 'reframe', inputs: [textInput('image', defaultImageRole(model, 0, 1), given.image, 'image')],
    vendor: { up_expansion_ratio, down_expansion_ratio, left_expansion_ratio, right_expansion_ratio },
  })
}

export const parseTryOn: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(tryOn, fields)
  const model = modelFor(given, context, 'kolors-virtual-try-on-v1')
  const clothes = model.inputs.image?.roles.includes('reference') ? 'reference' : defaultImageRole(model, 1, 2)
  return draftOf(tryOn, fields, given, {
    path: 'images/kolors-virtual-try-on', model, fieldNames: { inputs: 'human_image' },
    inputs: [textInput('image', defaultImageRole(model, 0, 2), given.human_image, 'human_image'), textInput('image', clothes, given.cloth_image, 'cloth_image')],
  })
}

/** Empty fields count as absent within `input`, too. */
function nestedFields(fields: Record<string, unknown>): Record<string, unknown> {
  const { input } = fields
  return saidFields(isPlainObject(input) ? { ...fields, input: saidFields(input) } : fields)
}

/** What is asked for by this field would be left out by any other model, and something else made. */
function requireField(model: Model, name: string, what: string): void {
  if (!model.vendorFields?.includes(name)) throw wrongModel(model, what)
}

function wrongModel({ id }: Model, what: string): GatewayError {
  return new GatewayError('invalid_request', `model_name must be a model that ${what}; ${id} does not`, { param: 'model_name' })
}

function required(param: string): GatewayError {
  return new GatewayError('invalid_request', `${param} is required`, { param })
}
