import { z } from 'zod'
import { GatewayError } from '../../core/errors.ts'
import type { InputMedia, InputRole } from '../../core/generation-request.ts'
import { ADAPTIVE, parseSize, type Model } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import type { Draft, DraftInput, ParseContext } from '../dialect.ts'
import { defaultImageRole, defaultMaterialRole, operationOf, passedOn, textInput, vendorFields } from './draft.ts'
import { field, formField, MAX_PROMPT_CHARACTERS, unknownFields } from './fields.ts'

/*
 * The bag of fields that a model of Replicate's or fal's takes. There each model has a schema of its own, and the names
 * repeat with variations; a client that is pointed here with any of our models may use any of them.
 */

/** Below, `WIDTHxHEIGHT` would be read as a ratio; no model draws so little. */
const MIN_SIDE_PIXELS = 100
const MAX_SIDE_PIXELS = 99_999
/** `5`, `"5"`, `"8s"`. */
const SECONDS_TEXT = /^\d{1,6}(\.\d{1,3})?s?$/

/** Every name of an input file that these models use, with the part it plays where the name says it. */
const MATERIALS: Record<string, { media: InputMedia; role?: InputRole }> = {
  ...named('image', undefined, 'image image_url image_prompt image_input images image_urls input_image input_image_2 input_image_3 input_image_4 input_image_5 input_image_6 input_image_7 input_image_8 input_images input_image_urls'),
  ...named('image', 'first_frame', 'start_image start_image_url first_image first_frame first_frame_url first_frame_image first_frame_image_url'),
  ...named('image', 'last_frame', 'end_image end_image_url last_image last_frame last_frame_url last_frame_image last_frame_image_url tail_image tail_image_url'),
  ...named('image', 'reference', 'reference_image reference_image_url reference_images reference_image_urls subject_reference'),
  ...named('image', 'mask', 'mask mask_url mask_image mask_image_url'),
  ...named('video', undefined, 'video video_url video_urls input_video reference_videos reference_video_urls'),
  ...named('audio', undefined, 'audio audio_url audio_urls audio_file reference_audios reference_audio_urls'),
}

const text = () => z.string().max(MAX_PROMPT_CHARACTERS)
const word = () => field.text(40)
const side = () => z.int().min(MIN_SIDE_PIXELS).max(MAX_SIDE_PIXELS)
const seconds = () =>
  z
    .union([z.number(), z.string().regex(SECONDS_TEXT, 'must be a number of seconds'), z.literal('auto')], { error: 'must be a number of seconds' })
    .transform((value) => (value === 'auto' ? value : Number(String(value).replace('s', ''))))
    .pipe(z.union([z.literal('auto'), field.seconds()], { error: 'must be a number of seconds above 0' }))

const described = {
  prompt: text().optional().describe('What to generate.'),
  negative_prompt: text().optional().describe('What to leave out.'),
  duration: seconds().optional().describe('Seconds: 5, "5" or "5s".'),
  aspect_ratio: word().optional().describe('16:9, 9:16, 1:1 …; custom goes with width and height.'),
  resolution: word().optional().describe('480p, 720p, 1080p …'),
  size: word().optional().describe('1280x720, or a resolution.'),
  image_size: z.union([word(), z.object({ width: side(), height: side() })], { error: 'must be a word such as landscape_16_9, or { width, height }' }).optional(),
  width: side().optional(),
  height: side().optional(),
  seed: formField.seed().optional(),
  fps: formField.framesPerSecond().optional(),
  frames_per_second: formField.framesPerSecond().optional(),
  num_outputs: formField.count().optional().describe('How many results; each is charged.'),
  num_images: formField.count().optional(),
  number_of_images: formField.count().optional(),
  num_videos: formField.count().optional(),
  generate_audio: formField.boolean().optional(),
  enable_audio: formField.boolean().optional(),
  style: word().optional(),
  quality: word().optional(),
  output_format: field.text(20).optional(),
  prompt_upsampling: formField.boolean().optional(),
  prompt_optimizer: formField.boolean().optional(),
  enhance_prompt: formField.boolean().optional(),
  enable_prompt_expansion: formField.boolean().optional(),
  loop: formField.boolean().optional(),
}

const material = () => field.sources().optional()

/** The shape of a model's input: all these names, and whatever else a client sends, which is left out and said so. */
export const modelInput = z.looseObject({ ...described, ...Object.fromEntries(Object.keys(MATERIALS).map((name) => [name, material()])) } as typeof described)
export type ModelInput = z.output<typeof modelInput>

export interface InputDraftOptions {
  /** Before each name in errors: `input.`, or nothing where the bag is the body itself. */
  prefix: '' | 'input.'
  /** As the client sent it, for what is unknown in it. */
  raw: Record<string, unknown>
}

/** The draft of a bag of fields; the dialect adds what stands around it. */
export function modelInputDraft(model: Model, given: ModelInput, { prefix, raw }: InputDraftOptions): Draft {
  const names = new Names(given, prefix)
  const frame = frameOf(model, given, prefix)
  const inputs = inputsOf(model, given, prefix)
  const { vendor, ignored } = extrasOf(model, raw)
  return {
    request: present({
      kind: model.kind,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt ?? '',
      negativePrompt: given.negative_prompt,
      durationSeconds: given.duration,
      resolution: frame.resolution,
      aspectRatio: frame.aspectRatio,
      size: frame.size,
      framesPerSecond: names.pick('framesPerSecond', ['fps', 'frames_per_second']),
      seed: given.seed,
      count: names.pick('count', ['num_outputs', 'num_images', 'number_of_images', 'num_videos']) ?? 1,
      audio: names.pick('audio', ['generate_audio', 'enable_audio']),
      style: given.style,
      quality: given.quality,
      enhancePrompt: names.pick('enhancePrompt', ['prompt_upsampling', 'prompt_optimizer', 'enhance_prompt', 'enable_prompt_expansion']),
      loop: given.loop,
      outputFormat: given.output_format,
      vendor,
    }),
    inputs,
    ignored: ignored.map((name) => prefix + name),
    unusedFields: 'ignore',
    fieldNames: { ...SAME_NAMES(prefix), ...frame.fieldNames, ...names.used },
  }
}

/** `owner/name` of a model that is ours and nobody else's; Replicate's and fal's clients insist on an owner. */
const OWN_OWNER = 'genlock'

/** By any name of the catalogue, also behind `genlock/` or its family. @throws GatewayError `model_not_found`. */
export function modelOf(context: Pick<ParseContext, 'findModel'>, name: string, param: string): Model {
  const model = findOwnedModel(context, name)
  if (model) return model
  throw new GatewayError('model_not_found', `there is no model ${JSON.stringify(name.slice(0, 100))}; GET /v1/models lists those there are`, { param })
}

export function findOwnedModel(context: Pick<ParseContext, 'findModel'>, name: string): Model | undefined {
  const known = context.findModel(name)
  if (known) return known
  const [, owner, rest] = /^([^/]+)\/(.+)$/.exec(name) ?? []
  const own = rest === undefined ? undefined : context.findModel(rest)
  return own && (owner === OWN_OWNER || owner === own.family) ? own : undefined
}

function named(media: InputMedia, role: InputRole | undefined, names: string): Record<string, { media: InputMedia; role?: InputRole }> {
  return Object.fromEntries(names.split(' ').map((name) => [name, { media, ...(role && { role }) }]))
}

const SAME_NAMES = (prefix: string): Draft['fieldNames'] => ({
  model: 'model',
  prompt: `${prefix}prompt`,
  negativePrompt: `${prefix}negative_prompt`,
  durationSeconds: `${prefix}duration`,
  resolution: `${prefix}resolution`,
  aspectRatio: `${prefix}aspect_ratio`,
  size: `${prefix}size`,
  seed: `${prefix}seed`,
  style: `${prefix}style`,
  quality: `${prefix}quality`,
  loop: `${prefix}loop`,
  outputFormat: `${prefix}output_format`,
  inputs: `${prefix}image`,
  ...(prefix === '' ? {} : { vendor: prefix.slice(0, -1) }),
})

/** Fields with several names: which of them the client used. */
class Names {
  readonly used: Draft['fieldNames'] = {}
  readonly #given: ModelInput
  readonly #prefix: string

  constructor(given: ModelInput, prefix: string) {
    this.#given = given
    this.#prefix = prefix
  }

  pick<K extends keyof typeof described>(canonical: keyof Draft['fieldNames'], names: readonly [K, ...K[]]): ModelInput[K] | undefined {
    const [first, second] = names.filter((name) => this.#given[name] !== undefined)
    this.used[canonical] = this.#prefix + (first ?? names[0])
    if (first === undefined) return undefined
    if (second !== undefined && this.#given[second] !== this.#given[first]) contradict(this.#prefix, second, first)
    return this.#given[first]
  }
}

function contradict(prefix: string, a: string, b: string): never {
  throw new GatewayError('invalid_request', `${prefix}${a} and ${prefix}${b} contradict each other`, { param: prefix + a })
}

interface AskedFrame {
  resolution?: string | undefined
  aspectRatio?: string | undefined
  size?: string | undefined
  fieldNames?: Draft['fieldNames']
}

/** `custom` says that width and height follow. */
const CUSTOM = 'custom'
/** Words for "as the input picture has it". */
const FOLLOWS_INPUT: readonly string[] = ['match_input_image', 'auto', 'source']

function frameOf(model: Model, given: ModelInput, prefix: string): AskedFrame {
  const { image_size: imageSize, resolution } = given
  if (imageSize !== undefined) for (const other of ['size', 'width', 'height'] as const) if (given[other] !== undefined) contradict(prefix, other, 'image_size')
  if (typeof imageSize === 'string') {
    if (given.aspect_ratio !== undefined) contradict(prefix, 'aspect_ratio', 'image_size')
    const preset = presetOf(model, imageSize, prefix)
    return resolution === undefined ? preset : { ...preset, resolution }
  }
  const aspectRatio = given.aspect_ratio !== undefined && FOLLOWS_INPUT.includes(given.aspect_ratio) ? ADAPTIVE : given.aspect_ratio
  const pixels = imageSize === undefined ? pixelsOf(given, prefix) : `${imageSize.width}x${imageSize.height}`
  if (pixels !== undefined) {
    if (given.size !== undefined && given.size !== CUSTOM && given.size !== pixels) contradict(prefix, 'size', 'width')
    return { size: pixels, resolution, aspectRatio: aspectRatio === CUSTOM ? undefined : aspectRatio, fieldNames: { size: prefix + (imageSize === undefined ? 'width' : 'image_size') } }
  }
  // AI SDK's video model sends its `resolution` as `size`.
  if (given.size !== undefined && /^(\d{3,4}p|\d{1,2}k)$/i.test(given.size)) {
    if (resolution !== undefined && resolution !== given.size) contradict(prefix, 'size', 'resolution')
    return { resolution: given.size, aspectRatio, fieldNames: { resolution: `${prefix}size` } }
  }
  return { size: given.size, resolution, aspectRatio }
}

function pixelsOf({ width, height }: ModelInput, prefix: string): string | undefined {
  if (width === undefined && height === undefined) return undefined
  if (width === undefined || height === undefined) {
    const [there, missing] = width === undefined ? ['height', 'width'] : ['width', 'height']
    throw new GatewayError('invalid_request', `${prefix}${missing} is required with ${prefix}${there}`, { param: prefix + missing })
  }
  return `${width}x${height}`
}

/** fal's words: "square_hd 1024², square 512², portrait_4_3, portrait_16_9, landscape_4_3 1024×768, landscape_16_9 1024×576". */
const PRESETS: Record<string, { ratio: string; pixels: readonly [number, number] }> = {
  square_hd: { ratio: '1:1', pixels: [1024, 1024] },
  square: { ratio: '1:1', pixels: [512, 512] },
  portrait_4_3: { ratio: '3:4', pixels: [768, 1024] },
  portrait_16_9: { ratio: '9:16', pixels: [576, 1024] },
  landscape_4_3: { ratio: '4:3', pixels: [1024, 768] },
  landscape_16_9: { ratio: '16:9', pixels: [1024, 576] },
}

/** The word's pixels where the model draws exactly these; the word's ratio, as fal's other models read it, where not. */
function presetOf(model: Model, size: string, prefix: string): AskedFrame {
  const name = `${prefix}image_size`
  if (parseSize(size)) return { size, fieldNames: { size: name } }
  if (size === 'auto') return { aspectRatio: ADAPTIVE, fieldNames: { aspectRatio: name } }
  const [, autoResolution] = /^auto_(\d{1,2}k)$/i.exec(size) ?? []
  if (autoResolution !== undefined) return { resolution: autoResolution, fieldNames: { resolution: name } }
  if (!Object.hasOwn(PRESETS, size)) throw new GatewayError('invalid_request', `${name} must be one of ${Object.keys(PRESETS).join(', ')}, auto, or { width, height }`, { param: name })
  const { ratio, pixels } = PRESETS[size]!
  return draws(model, pixels) ? { size: pixels.join('x'), fieldNames: { size: name } } : { aspectRatio: ratio, fieldNames: { aspectRatio: name } }
}

function draws({ sizes, freeSizes }: Model, [width, height]: readonly [number, number]): boolean {
  if (sizes?.includes(`${width}x${height}`)) return true
  if (!freeSizes) return false
  const area = width * height
  return [width, height].every((each) => each % freeSizes.multipleOf === 0 && each >= freeSizes.minSidePixels && each <= freeSizes.maxSidePixels) && area >= (freeSizes.minArea ?? 0) && area <= (freeSizes.maxArea ?? Infinity)
}

function inputsOf(model: Model, given: ModelInput, prefix: string): DraftInput[] {
  const listed = Object.entries(MATERIALS).flatMap(([name, { media, role }]) => sourcesAt(given, name, prefix).map((source) => ({ ...source, media, role })))
  const open = listed.filter(({ media, role }) => media === 'image' && role === undefined)
  const framed = listed.some(({ role }) => role === 'first_frame' || role === 'last_frame')
  return listed.map(({ text: source, param, media, role, ...rest }) => {
    if (media !== 'image') return textInput(media, defaultMaterialRole(model, media), source, param)
    if (model.kind === 'image') return textInput('image', role === 'mask' ? role : defaultImageRole(model, 0, 1), source, param)
    if (role !== undefined) return textInput('image', role, source, param)
    const index = open.findIndex((candidate) => candidate.param === param)
    const opens = framed && index === 0 && !rest.listed && !listed.some((other) => other.role === 'first_frame')
    return textInput('image', opens ? 'first_frame' : framed ? 'reference' : defaultImageRole(model, index, open.length), source, param)
  })
}

/** What stands under a name, once or as a list. */
function sourcesAt(given: ModelInput, name: string, prefix: string): { text: string; param: string; listed: boolean }[] {
  // Under each of these names stands what `material` makes.
  const value = (given as Record<string, string | string[] | undefined>)[name]
  if (value === undefined) return []
  if (typeof value === 'string') return [{ text: value, param: prefix + name, listed: false }]
  return value.map((each, index) => ({ text: each, param: `${prefix}${name}[${index}]`, listed: true }))
}

/** A name that means nothing is stored with the task, and shown. */
const MAX_IGNORED_CHARACTERS = 100

/** Of the names that mean nothing here, those that the model's catalogue entry passes on, and the rest. */
function extrasOf(model: Model, raw: Record<string, unknown>): { vendor: Record<string, unknown> | undefined; ignored: string[] } {
  const { vendor, ignored } = passedOn(model, unknownFields(modelInput, raw), raw)
  return { vendor: vendorFields(vendor), ignored: ignored.map((name) => name.slice(0, MAX_IGNORED_CHARACTERS)) }
}
