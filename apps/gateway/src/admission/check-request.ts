import { GatewayError } from '../core/errors.ts'
import { videoOperation, type GenerationRequest, type Operation } from '../core/generation-request.ts'
import { choicesOf, soundOf, type DurationRange, type Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import type { Draft } from '../dialects/dialect.ts'
import { checkInputs } from './check-inputs.ts'
import { chooseFrame } from './choose-frame.ts'
import { nameOf, Unused, oneOf, refuse, type Check, type Field } from './refuse.ts'

/** A request that its model can do, with the defaults filled in; its inputs still as the client gave them. */
export type CheckedRequest = Omit<GenerationRequest, 'inputs'>

export interface Checked {
  request: CheckedRequest
  /** Fields left out because the model has no use for them, by the client's own names. */
  ignored: string[]
}

export interface CheckOptions {
  /** Whether there is something that rewrites prompts in English, so that no model need be able to. */
  enhancer?: boolean
}

/**
 * Holds every field of a draft against the model. Nothing is bent to fit: a value that the model does not take is
 * refused with the values it takes, and a field for which it has no use is refused or listed, as the draft's dialect
 * wishes. What is left open gets the model's default, so that the price and the provider see the same request.
 *
 * Throws `invalid_request` with `param`, the client's own name of the field.
 */
export function checkRequest(draft: Draft, model: Model, { enhancer = false }: CheckOptions = {}): Checked {
  const check: Check = { draft, model, unused: new Unused(draft) }
  checkKind(check)
  checkInputs(check)
  const operation = chooseOperation(check)
  checkPrompt(check, operation)
  const frame = chooseFrame(check, operation)
  const { request } = draft
  const checked = present({
    kind: request.kind,
    operation,
    model: model.id,
    prompt: request.prompt,
    negativePrompt: negativePromptOf(check),
    durationSeconds: chooseDuration(check, choicesOf(model, operation, frame.resolution).duration),
    ...frame,
    framesPerSecond: framesPerSecondOf(check),
    seed: seedOf(check),
    count: countOf(check),
    audio: audioOf(check, soundOf(model, operation, frame.resolution)),
    style: wordOf(check, 'style', model.styles),
    quality: wordOf(check, 'quality', model.qualities) ?? model.qualities?.[0],
    // The enhancer does what was asked for; the model's own switch, where there is one, is still turned.
    enhancePrompt: enhancer && draft.englishPrompt && !model.enhancePrompt ? undefined : switchOf(check, 'enhancePrompt'),
    upsample: switchOf(check, 'upsample'),
    loop: switchOf(check, 'loop'),
    outputFormat: outputFormatOf(check),
    endUserId: endUserIdOf(check),
    callbackUrl: request.callbackUrl,
    metadata: metadataOf(check),
    vendor: vendorOf(check),
    echo: request.echo,
  })
  return { request: checked, ignored: [...new Set([...draft.ignored, ...check.unused.names])] }
}

const MAX_METADATA_BYTES = 16 * 1024
const MAX_METADATA_DEPTH = 8
const MAX_VENDOR_BYTES = 16 * 1024
const MAX_END_USER_ID_CHARACTERS = 256
/** Of a stranger's field name in a message. */
const MAX_NAME_CHARACTERS = 100

function checkKind({ draft, model }: Check): void {
  const { kind } = draft.request
  // A description in words is asked of a model that makes pictures.
  if (kind !== model.kind && kind !== 'text') refuse(draft, 'model', `${model.id} makes ${model.kind}s, not ${kind}s`)
}

/** Operations that follow from the inputs; the others (`extend`, `upscale`, …) are asked for by name. */
const BY_INPUTS = new Set<Operation>(['text_to_video', 'image_to_video', 'first_last_frame', 'reference_to_video', 'video_to_video', 'text_to_image', 'image_edit'])

/** Of those that are asked for by name: what needs something to work on. */
const WORKS_ON = new Set<Operation>(['extend', 'upscale', 'lip_sync', 'remix', 'variation', 'describe', 'reframe', 'replace_background', 'blend'])

function chooseOperation({ draft, model }: Check): Operation {
  const operation = BY_INPUTS.has(draft.request.operation) ? operationByInputs(draft) : draft.request.operation
  if (WORKS_ON.has(operation) && draft.inputs.length === 0) refuse(draft, 'inputs', `${nameOf(draft, 'inputs')} is required: ${model.id} works on what it is given`)
  if (model.operations.includes(operation)) return operation
  throw new GatewayError('invalid_request', `${model.id} does not do ${operation}, only ${model.operations.join(', ')}`, {
    param: draft.inputs[0]?.param ?? nameOf(draft, 'inputs'),
  })
}

function operationByInputs(draft: Draft): Operation {
  if (draft.request.kind === 'image') return draft.inputs.length > 0 ? 'image_edit' : 'text_to_image'
  // Only the parts that inputs play decide; where their bytes are does not matter yet.
  return videoOperation(draft.inputs.map(({ media, role, param }) => ({ media, role, source: { url: param } })))
}

function checkPrompt(check: Check, operation: Operation): void {
  const { draft, model } = check
  const { prompt } = draft.request
  if (prompt.trim() === '') {
    if (BY_INPUTS.has(operation) && !model.promptOptional?.includes(operation)) refuse(draft, 'prompt', `${nameOf(draft, 'prompt')} is required`)
    return
  }
  checkLength(check, 'prompt', prompt)
  checkMentions(check)
}

function checkLength({ draft, model }: Check, field: Field, text: string): void {
  const max = model.maxPromptCharacters
  // A code point takes at most two units, so most texts need no counting.
  if (text.length <= max || (text.length <= 2 * max && [...text].length <= max)) return
  refuse(draft, field, `${nameOf(draft, field)} must have at most ${max} characters for ${model.id}`)
}

/** `@Image2` is the second picture; not `me@Image2.com`. */
const MENTION = /(?<![\w.])@(Image|Video|Audio)(\d+)/g

/** The material that a prompt mentions, in one order whatever the prompt's. */
export function mentionsIn(prompt: string): string {
  return [...new Set([...prompt.matchAll(MENTION)].map(([mention]) => mention))].toSorted().join(' ')
}

/** Whatever the prompt mentions must have been given: the model would make something up. */
function checkMentions({ draft }: Check): void {
  for (const [mention, word, number] of draft.request.prompt.matchAll(MENTION)) {
    const media = word!.toLowerCase()
    const given = draft.inputs.filter((input) => input.media === media && input.role !== 'mask').length
    const index = Number(number)
    if (index >= 1 && index <= given) continue
    refuse(draft, 'prompt', `${nameOf(draft, 'prompt')} mentions ${mention.slice(0, 40)}, but ${given === 0 ? `no ${media} was given` : `only ${given} of ${media} ${given === 1 ? 'was' : 'were'} given`}`)
  }
}

function negativePromptOf(check: Check): string | undefined {
  const { negativePrompt } = check.draft.request
  if (negativePrompt === undefined || negativePrompt === '') return undefined
  if (!check.model.negativePrompt) return check.unused.add('negativePrompt', `${check.model.id} has no negative prompt`)
  checkLength(check, 'negativePrompt', negativePrompt)
  return negativePrompt
}

function chooseDuration({ draft, model, unused }: Check, range: DurationRange | undefined): number | 'auto' | undefined {
  const { durationSeconds } = draft.request
  if (range === undefined) return durationSeconds === undefined ? undefined : unused.add('durationSeconds', `${model.id} has no duration`)
  if (durationSeconds === undefined) return range.ofSource ? 'auto' : range.defaultSeconds
  const allowed =
    durationSeconds === 'auto'
      ? range.auto === true
      : Number.isInteger(durationSeconds) && (range.values?.includes(durationSeconds) ?? (durationSeconds >= range.minSeconds && durationSeconds <= range.maxSeconds))
  if (allowed) return durationSeconds
  refuse(draft, 'durationSeconds', `${nameOf(draft, 'durationSeconds')} must be ${durationText(range)} for ${model.id}, not ${durationSeconds}`)
}

function durationText(range: DurationRange): string {
  const auto = range.auto ? ', or "auto"' : ''
  if (range.values !== undefined) return `${range.values.join(' or ')} seconds${auto}`
  if (range.minSeconds === range.maxSeconds) return `${range.minSeconds} seconds${auto}`
  return `a whole number of seconds from ${range.minSeconds} to ${range.maxSeconds}${auto}`
}

function framesPerSecondOf({ draft, model, unused }: Check): number | undefined {
  const { framesPerSecond } = draft.request
  if (framesPerSecond === undefined) return undefined
  if (!Number.isFinite(framesPerSecond) || framesPerSecond <= 0) refuse(draft, 'framesPerSecond', `${nameOf(draft, 'framesPerSecond')} must be a number above 0`)
  if (framesPerSecond === model.framesPerSecond) return framesPerSecond
  const rate = model.framesPerSecond === 0 ? 'has no frame rate' : `has a fixed frame rate, ${model.framesPerSecond}`
  return unused.add('framesPerSecond', `${model.id} ${rate}`)
}

function seedOf({ draft, model, unused }: Check): number | undefined {
  const { seed } = draft.request
  if (seed === undefined) return undefined
  // Beyond 2^53 a JSON number is no longer the number that was sent.
  if (!Number.isSafeInteger(seed)) refuse(draft, 'seed', `${nameOf(draft, 'seed')} must be a whole number${model.seed ? ` from ${model.seed.min} to ${model.seed.max}` : ''}`)
  if (model.seed === undefined) return unused.add('seed', `${model.id} has no seed`)
  if (seed >= model.seed.min && seed <= model.seed.max) return seed
  refuse(draft, 'seed', `${nameOf(draft, 'seed')} must be from ${model.seed.min} to ${model.seed.max} for ${model.id}`)
}

function countOf({ draft, model }: Check): number {
  const { count } = draft.request
  if (Number.isInteger(count) && count >= 1 && count <= model.maxCount) return count
  const range = model.maxCount === 1 ? '1' : `from 1 to ${model.maxCount}`
  refuse(draft, 'count', `${nameOf(draft, 'count')} must be ${range} for ${model.id}`)
}

function audioOf({ draft, model, unused }: Check, sound: Model['audio']): boolean | undefined {
  const { audio } = draft.request
  switch (sound) {
    case 'optional':
      return audio ?? model.audioDefault ?? false
    case 'always':
      if (audio === false) unused.add('audio', `${model.id} always makes sound`)
      return true
    case 'never':
      return audio === true ? unused.add('audio', `${model.id} makes no sound${sound === model.audio ? '' : ' this way'}`) : undefined
  }
}

function wordOf({ draft, model, unused }: Check, field: 'style' | 'quality', words: readonly string[] | undefined): string | undefined {
  const word = draft.request[field]
  if (word === undefined) return undefined
  if (words === undefined) return unused.add(field, `${model.id} has no ${field}`)
  return oneOf(draft, field, { word, words, model })
}

/** Off is what a model without the switch does anyway. */
function switchOf({ draft, model, unused }: Check, field: 'enhancePrompt' | 'upsample' | 'loop'): boolean | undefined {
  const value = draft.request[field]
  if (value === undefined || model[field] === true) return value
  return value ? unused.add(field, `${model.id} cannot do this`) : undefined
}

function outputFormatOf({ draft, model, unused }: Check): string | undefined {
  const { outputFormat } = draft.request
  if (outputFormat === undefined) return undefined
  if (model.outputFormats === undefined) return unused.add('outputFormat', `${model.id} has one format only`)
  return oneOf(draft, 'outputFormat', { word: outputFormat.toLowerCase() === 'jpg' ? 'jpeg' : outputFormat, words: model.outputFormats, model })
}

function endUserIdOf({ draft }: Check): string | undefined {
  const { endUserId } = draft.request
  if (endUserId === undefined || endUserId.length <= MAX_END_USER_ID_CHARACTERS) return endUserId
  refuse(draft, 'endUserId', `${nameOf(draft, 'endUserId')} must have at most ${MAX_END_USER_ID_CHARACTERS} characters`)
}

function metadataOf({ draft }: Check): Record<string, unknown> | undefined {
  const { metadata } = draft.request
  if (metadata === undefined) return undefined
  checkBulk(draft, 'metadata', metadata, MAX_METADATA_BYTES)
  return metadata
}

function vendorOf({ draft, model, unused }: Check): Record<string, unknown> | undefined {
  const { vendor } = draft.request
  if (vendor === undefined) return undefined
  const allowed = model.vendorFields ?? []
  const taken = Object.entries(vendor).filter(([name, value]) => {
    if (value === undefined) return false
    if (allowed.includes(name)) return true
    const path = draft.fieldNames.vendor === undefined ? name : `${draft.fieldNames.vendor}.${name}`
    unused.addNamed(path.slice(0, MAX_NAME_CHARACTERS), `${model.id} does not take ${name.slice(0, MAX_NAME_CHARACTERS)}${allowed.length > 0 ? `, only ${allowed.join(', ')}` : ''}`)
    return false
  })
  if (taken.length === 0) return undefined
  const fields = Object.fromEntries(taken)
  checkBulk(draft, 'vendor', fields, MAX_VENDOR_BYTES)
  return fields
}

function checkBulk(draft: Draft, field: 'metadata' | 'vendor', value: Record<string, unknown>, maxBytes: number): void {
  // The depth first: what is nested too deeply may not be written as JSON at all.
  if (isDeeper(value, MAX_METADATA_DEPTH)) refuse(draft, field, `${nameOf(draft, field)} must not be nested more than ${MAX_METADATA_DEPTH} levels deep`)
  if (Buffer.byteLength(JSON.stringify(value)) > maxBytes) refuse(draft, field, `${nameOf(draft, field)} must have at most ${maxBytes} bytes as JSON`)
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}
