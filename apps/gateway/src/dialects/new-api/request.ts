import { z } from 'zod'
import { GatewayError } from '../../core/errors.ts'
import type { InputMedia, InputRole } from '../../core/generation-request.ts'
import { parseSize, type Model } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import type { Draft, DraftInput, ParseContext, RequestBody } from '../dialect.ts'
import { defaultImageRole, defaultMaterialRole, operationOf, pictureFiles } from '../shared/draft.ts'
import { field, formField, isPlainObject, MAX_DURATION_SECONDS, parseFields, unknownFields } from '../shared/fields.ts'
import { readNestedJson } from '../shared/nested-json.ts'

/*
 * What a create of the `new-api` wire may hold: the fields of its public page, and in `metadata` those of the vendors
 * behind it, under the names that its source gives on to them (August 2026).
 */

const MAX_MATERIALS = 32
const MAX_SIDE_PIXELS = 99_999
/** Jimeng and Ark count frames, "24·n + 1" for n seconds. */
const FRAMES_PER_SECOND = 24

const materials = () =>
  z.union([field.source(), z.array(z.union([field.source(), z.object({ url: field.source() })])).max(MAX_MATERIALS)], { error: 'must be a URL or a list of URLs' })

/** -1 is Ark's way to say `auto`. */
const seconds = () =>
  z
    .union([z.literal('auto'), z.literal(-1), formField.seconds()], { error: 'must be a number of seconds' })
    .transform((value) => (value === -1 ? 'auto' : value))

const side = () => formField.seed().pipe(z.int().min(1).max(MAX_SIDE_PIXELS))

/** Kling's `sound` is `on` or `off`. */
const sound = () => z.union([z.enum(['on', 'off']), formField.boolean()], { error: 'must be true or false' }).transform((value) => (value === 'off' ? false : value === 'on' || value))

const metadataFields = {
  duration: seconds().optional(),
  seconds: seconds().optional(),
  durationSeconds: seconds().optional(),
  frames: formField.seed().pipe(z.int().min(2).max(MAX_DURATION_SECONDS * FRAMES_PER_SECOND)).optional(),
  fps: formField.framesPerSecond().optional(),
  framespersecond: formField.framesPerSecond().optional(),
  seed: formField.seed().optional(),
  n: formField.count().optional(),
  size: field.text(20).optional(),
  resolution: field.text(20).optional(),
  aspect_ratio: field.text(20).optional(),
  aspectRatio: field.text(20).optional(),
  ratio: field.text(20).optional(),
  mode: field.text().optional(),
  negative_prompt: field.text(32_000).optional(),
  negativePrompt: field.text(32_000).optional(),
  audio: sound().optional(),
  sound: sound().optional(),
  generate_audio: sound().optional(),
  generateAudio: sound().optional(),
  style: field.text().optional(),
  quality: field.text().optional(),
  quality_level: field.text().optional(),
  enhance_prompt: formField.boolean().optional(),
  prompt_optimizer: formField.boolean().optional(),
  prompt_extend: formField.boolean().optional(),
  loop: formField.boolean().optional(),
  callback_url: field.callbackUrl().optional(),
  req_key: field.model().optional(),
  image: materials().optional(),
  images: materials().optional(),
  image_urls: materials().optional(),
  img_url: materials().optional(),
  binary_data_base64: materials().optional(),
  first_frame: field.source().optional(),
  first_frame_image: field.source().optional(),
  first_frame_url: field.source().optional(),
  last_frame: field.source().optional(),
  last_frame_image: field.source().optional(),
  last_frame_url: field.source().optional(),
  image_tail: field.source().optional(),
  reference_images: materials().optional(),
  reference_videos: materials().optional(),
  video_urls: materials().optional(),
  reference_audios: materials().optional(),
  audio_urls: materials().optional(),
  audio_url: materials().optional(),
}

export const newApiBody = z.object({
  model: field.model(),
  prompt: field.prompt(),
  duration: seconds().optional().describe('Length in seconds.'),
  seconds: seconds().optional().describe('The same as duration.'),
  fps: formField.framesPerSecond().optional(),
  width: side().optional().describe('In pixels; goes with height.'),
  height: side().optional(),
  size: field.text(20).optional().describe('1280x720, or a ratio such as 16:9.'),
  resolution: field.text(20).optional(),
  aspect_ratio: field.text(20).optional(),
  mode: field.text().optional().describe('Of Kling: std is 720p, pro is 1080p.'),
  image: materials().optional().describe('A URL, a data URI, base64, or an uploaded file.'),
  images: materials().optional().describe('Frames or references, as the model takes them.'),
  input_reference: field.source().optional().describe('The same as image; in a form it may be a file.'),
  n: formField.count().optional(),
  seed: formField.seed().optional(),
  negative_prompt: field.text(32_000).optional(),
  response_format: field.text(20).optional().describe('url, or a file format that the model can make, such as mp4.'),
  user: field.text().optional().describe('Your own name for the person this is made for.'),
  callback_url: field.callbackUrl().optional(),
  metadata: z
    .looseObject(metadataFields)
    .optional()
    .describe("Vendors' own fields: negative_prompt, image_tail, image_urls, req_key, aspect_ratio, resolution, reference_images …"),
})

export const NEW_API_PICTURE_PARTS = ['input_reference', 'image', 'images'] as const

type Given = z.output<typeof newApiBody>
type Metadata = NonNullable<Given['metadata']>

export function parseNewApi(body: RequestBody, context: ParseContext): Draft {
  const fields = normalise(body.fields)
  const given = parseFields(newApiBody, fields)
  const metadata = given.metadata ?? {}
  const model = modelMeant(context.model(given.model), metadata, context)
  const inputs = inputsOf(model, given, metadata, body)
  const mode = modeOf(model, given, metadata)
  const asked = askedOf(given, metadata, mode.resolution)
  const { count, ...values } = valuesOf(asked)
  return {
    request: present({
      kind: 'video' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt,
      ...values,
      count: count ?? 1,
      outputFormat: outputFormatOf(given.response_format),
      endUserId: given.user,
      vendor: vendorOf(metadata, mode.vendor),
    }),
    inputs,
    ignored: [...unknownFields(newApiBody, fields), ...mode.ignored],
    unusedFields: 'ignore',
    fieldNames: { model: 'model', prompt: 'prompt', count: 'n', outputFormat: 'response_format', endUserId: 'user', inputs: 'image', vendor: 'metadata', ...namesOf(asked) },
  }
}

/**
 * The original reads into Go's zero values, so its clients send empty text for what they do not mean; and in a form
 * `metadata` is JSON as text.
 */
function normalise(fields: Record<string, unknown>): Record<string, unknown> {
  const { metadata, ...rest } = withoutEmpty(fields)
  const inner = typeof metadata === 'string' ? readNestedJson(metadata) : metadata
  return { ...rest, ...(inner === undefined ? {} : { metadata: isPlainObject(inner) ? withoutEmpty(inner) : inner }) }
}

function withoutEmpty(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

/** "metadata.req_key": Jimeng's clients name one model at the top and the one that they mean here. */
function modelMeant(named: Model, metadata: Metadata, context: ParseContext): Model {
  const { req_key: key } = metadata
  if (key === undefined || named.family !== 'jimeng') return named
  const meant = context.findModel(key)
  if (meant?.family === 'jimeng') return meant
  throw new GatewayError('model_not_found', `metadata.req_key names no Jimeng model; ${named.id} is one`, { param: 'metadata.req_key' })
}

/** A value with the name that the client gave it. */
interface Asked<T> {
  param: string
  value: T
}

/** The one value among those given under several names. @throws GatewayError when they differ: nobody knows which is meant. */
function agreed<T>(candidates: Record<string, T | undefined>): Asked<T> | undefined {
  const given = Object.entries(candidates).flatMap(([param, value]) => (value === undefined ? [] : [{ param, value }]))
  const [first] = given
  const other = given.find(({ value }) => value !== first?.value)
  if (first === undefined || other === undefined) return first
  throw new GatewayError('invalid_request', `${first.param} and ${other.param} contradict each other`, { param: other.param })
}

function askedOf(given: Given, metadata: Metadata, modeResolution: string | undefined) {
  return {
    durationSeconds: agreed<number | 'auto'>({
      duration: given.duration,
      seconds: given.seconds,
      'metadata.duration': metadata.duration,
      'metadata.seconds': metadata.seconds,
      'metadata.durationSeconds': metadata.durationSeconds,
      'metadata.frames': metadata.frames === undefined ? undefined : (metadata.frames - 1) / FRAMES_PER_SECOND,
    }),
    framesPerSecond: agreed({ fps: given.fps, 'metadata.fps': metadata.fps, 'metadata.framespersecond': metadata.framespersecond }),
    seed: agreed({ seed: given.seed, 'metadata.seed': metadata.seed }),
    count: agreed({ n: given.n, 'metadata.n': metadata.n }),
    size: agreed({ size: plainSize(given.size), width: sizeOfSides(given), 'metadata.size': plainSize(metadata.size) }),
    resolution: agreed({ resolution: given.resolution?.toLowerCase(), 'metadata.resolution': metadata.resolution?.toLowerCase(), mode: modeResolution }),
    aspectRatio: agreed({
      aspect_ratio: given.aspect_ratio,
      'metadata.aspect_ratio': metadata.aspect_ratio,
      'metadata.aspectRatio': metadata.aspectRatio,
      'metadata.ratio': metadata.ratio,
    }),
    negativePrompt: agreed({ negative_prompt: given.negative_prompt, 'metadata.negative_prompt': metadata.negative_prompt, 'metadata.negativePrompt': metadata.negativePrompt }),
    audio: agreed({ 'metadata.audio': metadata.audio, 'metadata.sound': metadata.sound, 'metadata.generate_audio': metadata.generate_audio, 'metadata.generateAudio': metadata.generateAudio }),
    style: agreed({ 'metadata.style': metadata.style }),
    quality: agreed({ 'metadata.quality': metadata.quality, 'metadata.quality_level': metadata.quality_level }),
    enhancePrompt: agreed({ 'metadata.enhance_prompt': metadata.enhance_prompt, 'metadata.prompt_optimizer': metadata.prompt_optimizer, 'metadata.prompt_extend': metadata.prompt_extend }),
    loop: agreed({ 'metadata.loop': metadata.loop }),
    callbackUrl: agreed({ callback_url: given.callback_url, 'metadata.callback_url': metadata.callback_url }),
  }
}

type Values<A> = { [K in keyof A]: NonNullable<A[K]> extends Asked<infer T> ? T | undefined : never }

function valuesOf<A extends Record<string, Asked<unknown> | undefined>>(asked: A): Values<A> {
  // What `fromEntries` gives has lost the names, which are those of `asked`.
  return Object.fromEntries(Object.entries(asked).map(([name, field]) => [name, field?.value])) as Values<A>
}

function namesOf(asked: Record<string, Asked<unknown> | undefined>): Draft['fieldNames'] {
  return Object.fromEntries(Object.entries(asked).flatMap(([name, field]) => (field === undefined ? [] : [[name, field.param]])))
}

/** Alibaba writes `1280*720`. */
function plainSize(size: string | undefined): string | undefined {
  return size === undefined ? undefined : (parseSize(size)?.join('x') ?? size)
}

function sizeOfSides({ width, height }: Given): string | undefined {
  if (width === undefined && height === undefined) return undefined
  if (width !== undefined && height !== undefined) return `${width}x${height}`
  const missing = width === undefined ? 'width' : 'height'
  throw new GatewayError('invalid_request', `${missing} is missing: width and height go together`, { param: missing })
}

/** "mode: std / pro", which is what Kling calls 720p and 1080p; `4k` came with version 3. */
const KLING_MODES: Record<string, string> = { std: '720p', pro: '1080p', '4k': '4k' }

/** What `mode` means to this model: a resolution of Kling, a field of the vendor's own, or nothing. */
function modeOf(model: Model, given: Given, metadata: Metadata): { resolution?: string; vendor?: string; ignored: string[] } {
  const mode = agreed({ mode: given.mode, 'metadata.mode': metadata.mode })
  if (mode === undefined) return { ignored: [] }
  if (model.vendorFields?.includes('mode')) return { vendor: mode.value, ignored: [] }
  if (model.family !== 'kling' || model.resolutions === undefined) return { ignored: [mode.param] }
  const resolution = Object.hasOwn(KLING_MODES, mode.value) ? KLING_MODES[mode.value] : undefined
  if (resolution !== undefined && model.resolutions.includes(resolution)) return { resolution, ignored: [] }
  const words = Object.keys(KLING_MODES).filter((word) => model.resolutions!.includes(KLING_MODES[word]!))
  throw new GatewayError('invalid_request', `${mode.param} must be one of ${words.join(', ')} for ${model.id}`, { param: mode.param })
}

/** `url` is how every answer is; other words are file formats. Films are not sent inside JSON. */
function outputFormatOf(format: string | undefined): string | undefined {
  if (format === 'b64_json') throw new GatewayError('invalid_request', 'response_format must be url: a video is given as a link, not as base64', { param: 'response_format' })
  return format === 'url' ? undefined : format
}

const smallMetadata = z.object({ metadata: field.vendor() })

/** The rest of the metadata, for models that list the names; admission lists the others as ignored. */
function vendorOf(metadata: Metadata, mode: string | undefined): Record<string, unknown> | undefined {
  const rest = Object.fromEntries(Object.entries(metadata).filter(([name, value]) => !Object.hasOwn(metadataFields, name) && value !== null))
  if (mode !== undefined) rest['mode'] = mode
  return Object.keys(rest).length === 0 ? undefined : parseFields(smallMetadata, { metadata: rest }).metadata
}

type Piece = Pick<DraftInput, 'source' | 'param'>

/** Pictures whose part is not said come first and in order, then frames and references that are called so. */
function inputsOf(model: Model, given: Given, metadata: Metadata, body: RequestBody): DraftInput[] {
  const open = distinct([
    ...pieces(given, ['image', 'images', 'input_reference']),
    ...pictureFiles(body, NEW_API_PICTURE_PARTS),
    ...pieces(metadata, ['image', 'images', 'image_urls', 'img_url', 'binary_data_base64'], 'metadata.'),
  ])
  const first = distinct(pieces(metadata, ['first_frame', 'first_frame_image', 'first_frame_url'], 'metadata.'))
  const last = distinct(pieces(metadata, ['last_frame', 'last_frame_image', 'last_frame_url', 'image_tail'], 'metadata.'))
  const references = pieces(metadata, ['reference_images'], 'metadata.')
  const videos = distinct(pieces(metadata, ['reference_videos', 'video_urls'], 'metadata.'))
  const sounds = distinct(pieces(metadata, ['reference_audios', 'audio_urls', 'audio_url'], 'metadata.'))
  const roleOf = openRole(model, { pictures: open.length, framed: first.length + last.length > 0, referring: references.length + videos.length + sounds.length > 0 })
  return [
    ...open.map((piece, index) => ({ media: 'image' as const, role: roleOf(index), ...piece })),
    ...inputsAs('image', 'first_frame', first),
    ...inputsAs('image', 'last_frame', last),
    ...inputsAs('image', 'reference', references),
    ...inputsAs('video', defaultMaterialRole(model, 'video'), videos),
    ...inputsAs('audio', defaultMaterialRole(model, 'audio'), sounds),
  ]
}

function inputsAs(media: InputMedia, role: InputRole, given: readonly Piece[]): DraftInput[] {
  return given.map((piece) => ({ media, role, ...piece }))
}

/** The part of a picture that was given without one: beside a frame it is the other frame, beside references one of them. */
function openRole(model: Model, { pictures, framed, referring }: { pictures: number; framed: boolean; referring: boolean }): (index: number) => InputRole {
  const takesReferences = model.inputs.image?.roles.includes('reference') === true && !model.framesWithReferences
  if (framed) return (index) => (index === 0 ? 'first_frame' : 'reference')
  if (referring && takesReferences) return () => 'reference'
  return (index) => defaultImageRole(model, index, pictures)
}

/** What stands under these names, in their order. */
function pieces<T extends object>(holder: T, names: readonly (keyof T & string)[], prefix = ''): Piece[] {
  return names.flatMap((name) => {
    // Each of them holds what `materials` or `source` makes.
    const value = holder[name] as string | (string | { url: string })[] | undefined
    if (value === undefined) return []
    if (typeof value === 'string') return [{ source: { text: value }, param: `${prefix}${name}` }]
    return value.map((item, index) => ({ source: { text: typeof item === 'string' ? item : item.url }, param: `${prefix}${name}[${index}]` }))
  })
}

/** Jimeng's example gives one picture both as `image` and in `image_urls`. */
function distinct(given: readonly Piece[]): Piece[] {
  const seen = new Set<string>()
  return given.filter(({ source }) => {
    if (!('text' in source)) return true
    if (seen.has(source.text)) return false
    seen.add(source.text)
    return true
  })
}
