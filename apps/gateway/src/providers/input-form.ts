import type { GenerationRequest, InputAsset, InputMedia, InputRole } from '../core/generation-request.ts'
import { ADAPTIVE, parseSize } from '../core/model.ts'
import type { JobInput, Unfit } from './provider.ts'
import { plainReference, translateReferences, type NamedReference } from './references.ts'
import { refusedFor } from './unfit.ts'

/**
 * How one operation of one model is asked for at an upstream where every model has inputs of its own: which of our fields
 * go under which names, and which values are taken. Data, so that a model is added without code.
 */
export interface InputForm {
  /** The name of the prompt, `prompt` unless told; `false` where there is none. */
  prompt?: string | false
  promptOptional?: true
  /** In UTF-16 units, where the upstream holds less than the catalogue allows. */
  maxPromptUnits?: number
  /** What stands for `@Image1` in the prompt; plain words unless told. */
  reference?: (reference: Pick<NamedReference<unknown>, 'media' | 'number'>) => string
  negativePrompt?: string
  seed?: string
  /** Where materials go, in this order. */
  materials?: readonly MaterialSlot[]
  /** Where the frame is one word, not a resolution and a ratio: by `720p 16:9`, and `1280x720` or `16:9` where only those are known. */
  frame?: Choice
  /** Any size, `1280x720`, where the upstream draws any; asked when `frame` has no word for it. */
  freeSize?: (size: string) => Readonly<Record<string, unknown>>
  choices?: Partial<Record<ChosenField, Choice>>
  /** Vendor extras that are passed on: our name of each, and the upstream's, with how it writes the value if not as we do. */
  vendor?: Readonly<Record<string, string | { name: string; as: (value: unknown) => unknown }>>
  /** Sent always. */
  always?: Readonly<Record<string, unknown>>
}

export type ChosenField = 'durationSeconds' | 'resolution' | 'aspectRatio' | 'audio' | 'count' | 'quality' | 'style' | 'outputFormat' | 'enhancePrompt'

/** For each value that is taken, the fields that say it to the upstream. None for what it does anyway. */
export type Choice = ReadonlyMap<string, Readonly<Record<string, unknown>>>

export interface MaterialSlot {
  /** `false` for what belongs to the request and is known to the upstream already: a video that it made itself. */
  name: string | false
  media: InputMedia
  roles: readonly InputRole[]
  max: number
  /** Sent as a list even if there is one; a slot for one is a plain value unless told. */
  list?: boolean
  required?: true
  /** How each is written, `url` as it is unless told. `number` counts from 1 within the slot. */
  each?: (url: string, place: { role: InputRole; media: InputMedia; number: number }) => unknown
  /** What else is said where there is some: a list of their names, say. */
  besides?: (count: number) => Readonly<Record<string, unknown>>
}

/** A choice that is said under one name: `named('duration', [5, 10])`, `named('duration', { 5: '5s' })`. */
export function named(name: string, values: readonly (string | number | boolean)[] | Readonly<Record<string, unknown>>): Choice {
  const pairs = Array.isArray(values) ? values.map((value): [string, unknown] => [String(value), value]) : Object.entries(values)
  return new Map(pairs.map(([ours, theirs]) => [ours, { [name]: theirs }]))
}

/** Values that need not be said, because the model does nothing else. */
export function silent(...values: (string | number | boolean)[]): Choice {
  return new Map(values.map((value) => [String(value), {}]))
}

/** A choice that takes several fields to say: `fields({ '1280x720': { aspect_ratio: 'landscape' } })`. */
export function fields(values: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Choice {
  return new Map(Object.entries(values))
}

/** Whole seconds from one to another. */
export function secondsFrom(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** The first of several forms that fits, or what is unfit about the first, which is the ordinary one. Undefined without any. */
export function fittingForm<Form extends InputForm>(forms: readonly Form[], request: GenerationRequest): { form: Form } | { unfit: Unfit } | undefined {
  let first: Unfit | undefined
  for (const form of forms) {
    const unfit = unfitForForm(form, request)
    if (unfit === undefined) return { form }
    first ??= unfit
  }
  return first && { unfit: first }
}

/** What of a request the form has no place for, as far as that shows without looking at materials. */
export function unfitForForm(form: InputForm, request: GenerationRequest): Unfit | undefined {
  return unfitPrompt(form, request) ?? unfitMaterials(form, request.inputs) ?? unfitFrame(form, request) ?? unfitChoices(form, request) ?? unfitExtras(form, request)
}

/**
 * The request as the form has it. The materials are named by what `address` makes of them, one after the other: what is
 * read as bytes may be large.
 *
 * @throws UpstreamError refused, for what `unfitForForm` names and for what `address` cannot name.
 */
export async function fillForm(form: InputForm, { request, inputs }: { request: GenerationRequest; inputs: readonly JobInput[] }, address: (input: JobInput) => Promise<string>): Promise<Record<string, unknown>> {
  const unfit = unfitForForm(form, request)
  if (unfit) throw refusedFor(unfit)
  const prompt = translateReferences(request.prompt, inputs, form.reference ?? plainReference)
  const body: Record<string, unknown> = {
    ...form.always,
    ...(form.prompt !== false && prompt !== '' && { [form.prompt ?? 'prompt']: prompt }),
    ...(form.negativePrompt !== undefined && request.negativePrompt !== undefined && { [form.negativePrompt]: request.negativePrompt }),
    ...(form.seed !== undefined && seedOf(request) !== undefined && { [form.seed]: seedOf(request) }),
    ...frameOf(form, request),
    ...Object.assign({}, ...chosen(request).map(([field, value]) => form.choices?.[field]?.get(value) ?? {})),
    ...extras(form, request),
  }
  for (const slot of form.materials ?? []) {
    if (slot.name === false) continue
    const written: unknown[] = []
    for (const input of inputs.filter((each) => slotOf(form, each) === slot)) {
      const url = await address(input)
      written.push(slot.each ? slot.each(url, { role: input.role, media: input.media, number: written.length + 1 }) : url)
    }
    if (written.length === 0) continue
    Object.assign(body, slot.besides?.(written.length))
    // Two slots may share a name: a list of frames, say, and their last one.
    const before = body[slot.name]
    body[slot.name] = isList(slot) ? [...(Array.isArray(before) ? before : []), ...written] : written[0]
  }
  return body
}

/** -1 is how some clients say that they have no seed. */
function seedOf({ seed }: GenerationRequest): number | undefined {
  return seed === -1 ? undefined : seed
}

function isList(slot: MaterialSlot): boolean {
  return slot.list ?? slot.max > 1
}

function unfitPrompt({ prompt, promptOptional, maxPromptUnits, negativePrompt, seed }: InputForm, request: GenerationRequest): Unfit | undefined {
  const empty = request.prompt.trim() === ''
  if (prompt === false && !empty) return { param: 'prompt', message: 'This model takes no words here' }
  if (prompt !== false && empty && promptOptional === undefined) return { param: 'prompt', message: 'This model needs a prompt here' }
  if (maxPromptUnits !== undefined && request.prompt.length > maxPromptUnits) return { param: 'prompt', message: `The prompt may have at most ${maxPromptUnits} characters here` }
  if (negativePrompt === undefined && request.negativePrompt !== undefined) return { param: 'negativePrompt', message: 'This model takes no negative prompt here' }
  if (seed === undefined && seedOf(request) !== undefined) return { param: 'seed', message: 'This model takes no seed here' }
  return undefined
}

function unfitMaterials(form: InputForm, inputs: readonly InputAsset[]): Unfit | undefined {
  const homeless = inputs.find((input) => slotOf(form, input) === undefined)
  if (homeless) return { param: 'inputs', message: `This model takes no ${homeless.media} as ${homeless.role.replace('_', ' ')} here${(form.materials ?? []).length === 0 ? ', and no other material' : `, only ${(form.materials ?? []).map(slotText).join(', ')}`}` }
  for (const slot of form.materials ?? []) {
    const count = inputs.filter((input) => slotOf(form, input) === slot).length
    if (count > slot.max) return { param: 'inputs', message: `This model takes at most ${slotText(slot)} here` }
    if (count === 0 && slot.required) return { param: 'inputs', message: `This model needs ${slotText(slot)} here` }
  }
  return undefined
}

function slotOf({ materials }: InputForm, { media, role }: Pick<InputAsset, 'media' | 'role'>): MaterialSlot | undefined {
  return materials?.find((slot) => slot.media === media && slot.roles.includes(role))
}

function slotText({ max, media, roles }: MaterialSlot): string {
  return `${max} ${media}${max === 1 ? '' : 's'} as ${roles.join(' or ').replaceAll('_', ' ')}`
}

/** 2730x1534, which is what 16:9 comes to, is made as 2720x1530. */
const SIZE_TOLERANCE = 0.04

/** The fields that say the frame; undefined when it cannot be had. With a resolution and a ratio the size only follows from them. */
function frameOf({ frame, freeSize }: InputForm, { resolution, aspectRatio, size }: GenerationRequest): Readonly<Record<string, unknown>> | undefined {
  if (!frame && !freeSize) return size === undefined || resolution !== undefined || aspectRatio !== undefined ? {} : undefined
  const both = resolution !== undefined && aspectRatio !== undefined ? frame?.get(`${resolution} ${aspectRatio}`) : undefined
  if (both) return both
  if (size !== undefined && (resolution === undefined || aspectRatio === undefined || freeSize)) return frame?.get(size) ?? freeSize?.(size) ?? nearestSize(frame, size)
  if (resolution !== undefined && aspectRatio !== undefined) return undefined
  const word = aspectRatio ?? resolution
  return word === undefined ? {} : frame?.get(word)
}

function nearestSize(frame: Choice | undefined, size: string): Readonly<Record<string, unknown>> | undefined {
  const [width, height] = parseSize(size) ?? [0, 0]
  const distances = [...(frame ?? [])].flatMap(([key, said]) => {
    const listed = parseSize(key)
    return listed ? [{ said, distance: Math.max(Math.abs(listed[0] / width - 1), Math.abs(listed[1] / height - 1)) }] : []
  })
  return distances.filter(({ distance }) => distance <= SIZE_TOLERANCE).toSorted((a, b) => a.distance - b.distance)[0]?.said
}

/** Of the values of a list, in a message. */
const MAX_LISTED = 24

function unfitFrame(form: InputForm, request: GenerationRequest): Unfit | undefined {
  if (frameOf(form, request)) return undefined
  const { resolution, aspectRatio, size } = request
  const all = [...(form.frame?.keys() ?? [])]
  if (resolution === undefined && aspectRatio === undefined) return refusalOf('size', size ?? '', all.filter((key) => /^\d+x\d+$/.test(key)))
  const ratios = all.filter((key) => key.startsWith(`${resolution ?? ''} `) || (resolution === undefined && key.includes(':'))).map((key) => key.slice(key.indexOf(' ') + 1))
  if (resolution === undefined || ratios.length > 0) return refusalOf('aspectRatio', aspectRatio ?? '', ratios)
  return refusalOf('resolution', resolution, all.filter((key) => key.includes(' ')).map((key) => key.slice(0, key.indexOf(' '))))
}

/** The fields of a request that are one of several values, but for the frame where that is one word. */
function chosen(request: GenerationRequest): [ChosenField, string][] {
  const { durationSeconds, resolution, aspectRatio, audio, count, quality, style, outputFormat, enhancePrompt } = request
  const values = { durationSeconds, resolution, aspectRatio, audio, count, quality, style, outputFormat, enhancePrompt }
  return Object.entries(values).filter(([, value]) => value !== undefined).map(([field, value]) => [field as ChosenField, String(value)])
}

/** What every model does unless told otherwise. */
const ORDINARY: Partial<Record<ChosenField, string>> = { aspectRatio: ADAPTIVE, audio: 'false', count: '1', outputFormat: 'mp4', enhancePrompt: 'false' }

function unfitChoices(form: InputForm, request: GenerationRequest): Unfit | undefined {
  for (const [field, value] of chosen(request)) {
    if ((form.frame ?? form.freeSize) && (field === 'resolution' || field === 'aspectRatio')) continue
    const choice = form.choices?.[field]
    if (choice ? !choice.has(value) : ORDINARY[field] !== value) return refusalOf(field, value, [...(choice?.keys() ?? [ORDINARY[field] ?? ''])])
  }
  return undefined
}

function refusalOf(param: ChosenField | 'size', asked: string, taken: readonly string[]): Unfit {
  const instead = [...new Set(taken)].slice(0, MAX_LISTED).join(', ')
  return { param, message: `${WORDS[param]} ${asked.slice(0, 40)} cannot be had here${instead === '' ? '' : `, only ${instead}`}` }
}

const WORDS: Record<ChosenField | 'size', string> = {
  durationSeconds: 'A duration of', resolution: 'A resolution of', aspectRatio: 'An aspect ratio of', size: 'A size of', audio: 'Sound:', count: 'A count of', quality: 'A quality of', style: 'A style of', outputFormat: 'An output format of', enhancePrompt: 'A rewritten prompt:',
}

/** What is not wanted is not made by a model that knows nothing of it. */
const UNWANTED = new Set(['watermark', 'bgm', 'addWatermark'])

/** How the caller drew a mask, which is for whoever reads it. */
const OF_MASKS = 'mask_changes'

function unfitExtras({ vendor = {} }: InputForm, request: GenerationRequest): Unfit | undefined {
  const { upsample, loop } = request
  if (upsample) return { param: 'upsample', message: 'This model does not upsample here' }
  if (loop) return { param: 'loop', message: 'This model makes no loops here' }
  const unknown = Object.entries(request.vendor ?? {}).find(([name, value]) => name !== OF_MASKS && !Object.hasOwn(vendor, name) && !(value === false && UNWANTED.has(name)))
  return unknown && { param: `vendor.${unknown[0]}`, message: `${unknown[0]} is not taken here${Object.keys(vendor).length === 0 ? '' : `, only ${Object.keys(vendor).join(', ')}`}` }
}

function extras({ vendor = {} }: InputForm, request: GenerationRequest): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request.vendor ?? {}).flatMap(([ours, value]) => {
    const theirs = Object.hasOwn(vendor, ours) ? vendor[ours] : undefined
    if (theirs === undefined) return []
    return [typeof theirs === 'string' ? [theirs, value] : [theirs.name, theirs.as(value)]]
  }))
}
