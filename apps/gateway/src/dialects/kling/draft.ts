import { z } from 'zod'
import { GatewayError } from '../../core/errors.ts'
import type { Operation } from '../../core/generation-request.ts'
import type { Model } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import type { Draft, DraftInput, ParseContext } from '../dialect.ts'
import { operationOf } from '../shared/draft.ts'
import { field, formField, unknownFields } from '../shared/fields.ts'
import { modelOf } from '../shared/model-input.ts'

/* What bodies of the classic wire have in common, and what becomes of it. */

export const MAX_ITEMS = 32

export const text = () => z.string().max(32_000)
export const records = () => z.array(z.record(z.string(), z.unknown())).max(MAX_ITEMS)
const shot = z.looseObject({ index: z.int().optional(), prompt: text().optional(), duration: z.union([z.string().max(20), z.number()]).optional() })

export const common = {
  model_name: field.model().optional(),
  model: field.model().optional().describe('The same, as resellers call it.'),
  prompt: text().optional(),
  negative_prompt: text().optional(),
  callback_url: field.callbackUrl().optional(),
  external_task_id: field.text(128).optional().describe('Your own id of the task, unique; it can be read by it.'),
  watermark_info: z.looseObject({ enabled: z.boolean().optional() }).optional(),
}

export const video = {
  ...common,
  mode: field.text(20).optional().describe('std (720p), pro (1080p) or 4k; or a resolution that the model has, such as 480p.'),
  duration: formField.seconds().optional().describe('Seconds, as text: "5".'),
  aspect_ratio: field.text(20).optional(),
  sound: z.enum(['on', 'off']).optional(),
  cfg_scale: z.number().min(0).max(1).optional(),
  camera_control: z.looseObject({ type: field.text(40).optional() }).optional(),
  multi_shot: z.boolean().optional(),
  shot_type: field.text(40).optional(),
  multi_prompt: z.array(shot).max(MAX_ITEMS).optional(),
  voice_list: records().optional(),
  element_list: records().optional(),
}

export const images = {
  ...common,
  n: field.count().optional(),
  resolution: field.text(20).optional().describe('1k, 2k or 4k.'),
  aspect_ratio: field.text(20).optional(),
}

/** What goes to the models that list it, and is left out for the others. */
const VENDOR_FIELDS = [
  'cfg_scale', 'camera_control', 'static_mask', 'dynamic_masks', 'multi_shot', 'shot_type', 'multi_prompt', 'voice_list', 'element_list', 'watermark_info',
  'keep_original_sound', 'character_orientation', 'image_reference', 'image_fidelity', 'human_fidelity', 'result_type', 'series_amount',
] as const

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model_name',
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  durationSeconds: 'duration',
  resolution: 'mode',
  quality: 'mode',
  aspectRatio: 'aspect_ratio',
  audio: 'sound',
  count: 'n',
  inputs: 'image',
  callbackUrl: 'callback_url',
}

export type Given = z.output<z.ZodObject<typeof common>> & Partial<Omit<z.output<z.ZodObject<typeof video>> & z.output<z.ZodObject<typeof images>>, keyof typeof common>>

export interface Found {
  model: Model
  /** The path behind `/v1/`, by which lists are told apart. */
  path: string
  inputs: DraftInput[]
  operation?: Operation
  quality?: string | undefined
  echo?: Record<string, unknown>
  fieldNames?: Draft['fieldNames']
  keepOriginalSound?: string | undefined
  /** Beside those that the body has under their own names. */
  vendor?: Record<string, unknown>
}

export function draftOf(schema: z.ZodObject, fields: Record<string, unknown>, given: Given, found: Found): Draft {
  const { model, path, inputs } = found
  const asked = { keep_original_sound: found.keepOriginalSound, ...given } as Record<string, unknown>
  const vendor = { ...Object.fromEntries(VENDOR_FIELDS.flatMap((name) => (isSaid(name, asked[name]) ? [[name, asked[name]]] : []))), ...present(found.vendor ?? {}) }
  const frame = found.quality === undefined ? resolutionOf(model, given.mode) : {}
  return {
    request: present({
      kind: path.startsWith('images/') ? ('image' as const) : ('video' as const),
      operation: found.operation ?? operationOf(model, inputs),
      model: model.id,
      prompt: promptOf(given),
      negativePrompt: given.negative_prompt,
      durationSeconds: given.duration,
      resolution: given.resolution ?? frame.resolution,
      aspectRatio: given.aspect_ratio,
      count: given.n ?? 1,
      audio: given.sound === undefined ? undefined : given.sound === 'on',
      quality: found.quality,
      callbackUrl: given.callback_url,
      vendor: Object.keys(vendor).length === 0 ? undefined : vendor,
      echo: { path, ...present({ external_task_id: given.external_task_id }), ...found.echo },
    }),
    inputs,
    ignored: [...unknownFields(schema, fields), ...(frame.ignored ?? [])],
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, ...(given.resolution !== undefined && { resolution: 'resolution' }), ...found.fieldNames },
  }
}

/** No watermark and a single shot are what is made anyway. */
function isSaid(name: string, value: unknown): boolean {
  if (name === 'watermark_info') return typeof value === 'object' && value !== null && (value as { enabled?: boolean }).enabled === true
  return value !== undefined && !(name === 'multi_shot' && value === false) && !(Array.isArray(value) && value.length === 0)
}

/** "std (720p), pro (1080p), 4k". */
const MODES: Record<string, string> = { std: '720p', pro: '1080p', '4k': '4k' }

/** A model with one resolution has no modes, like the vendor's masters, whose servers pass over the word. */
function resolutionOf(model: Model, mode: string | undefined): { resolution?: string; ignored?: string[] } {
  if (mode === undefined) return {}
  const known = Object.hasOwn(MODES, mode)
  if (known && model.resolutions?.length === 1) return model.resolutions[0] === MODES[mode] ? {} : { ignored: ['mode'] }
  return { resolution: known ? MODES[mode]! : mode }
}

/** With shots of its own the vendor takes no prompt; a model that knows no shots is told them one after the other. */
function promptOf({ prompt, multi_prompt: shots }: Given): string {
  const words = prompt ?? shots?.flatMap((each) => each.prompt ?? []).join('\n') ?? ''
  return words.replaceAll(/(\w?)<<<(image|video)_(\d{1,2})>>>(?=(\d?))/g, (_, before: string, media: string, number: string, after: string) =>
    `${before}${before === '' ? '' : ' '}@${media === 'image' ? 'Image' : 'Video'}${number}${after === '' ? '' : ' '}`)
}

/** Clients of this wire send every field, and those without a value as empty text, as the vendor's own examples do. */
export function saidFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

export function modelFor(given: Given, context: ParseContext, usual: string): Model {
  const { model_name: name, model: other } = given
  if (name !== undefined && other !== undefined && name !== other) throw new GatewayError('invalid_request', 'model_name and model contradict each other', { param: 'model_name' })
  return modelOf(context, name ?? other ?? usual, name === undefined && other !== undefined ? 'model' : 'model_name')
}
