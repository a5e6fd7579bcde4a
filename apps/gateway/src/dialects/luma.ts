import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage } from '../core/errors.ts'
import type { InputRole } from '../core/generation-request.ts'
import { toCents } from '../core/micros.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { extraOf, isFinal, phaseOf, type Output, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { textInput, vendorFields } from './shared/draft.ts'
import { resultInput } from './shared/earlier-result.ts'
import { failureOf, shownFailure } from './shared/ended-task.ts'
import { field, isPlainObject, parseFields, parseQuery, unknownFields } from './shared/fields.ts'
import { shownInput } from './shared/shown-input.ts'

/*
 * Luma's Dream Machine wire, as the vendor's SDK (`lumaai` 1.19.1) and `@ai-sdk/luma` speak it under
 * `/dream-machine/v1`, and relays under `/v1/generations`. Lenient: what is not known is left out and listed in
 * `ignored`.
 */

const ROOTS = ['/v1', '/dream-machine/v1'] as const

/** The page of the relays names no model at all. */
const DEFAULT_VIDEO_MODEL = 'luma'
const DEFAULT_IMAGE_MODEL = 'photon-1'
/** What changes videos, and enlarges those whose own model cannot. */
const WORKING_MODEL = 'ray-2'
const AUDIO_MODEL = 'luma-audio'

const MAX_REFERENCES = 32
const MAX_CONCEPTS = 16

/** "duration: open string, `5s`, `9s`". */
const duration = z
  .union([z.number(), z.string().regex(/^\d{1,4}(\.\d{1,3})?s?$/, 'must be seconds such as "5s"')], { error: 'must be seconds such as "5s"' })
  .transform((value) => (typeof value === 'number' ? value : Number.parseFloat(value)))
  .pipe(field.seconds())

const media = z.union([field.source(), z.object({ url: field.source() })], { error: 'must be { url }' }).transform((value) => (typeof value === 'string' ? value : value.url))
const pixels = () => z.int().min(-100_000).max(100_000).optional()

const common = {
  generation_type: field.text(40).optional(),
  model: field.model().optional(),
  prompt: field.prompt().optional(),
  aspect_ratio: field.text(20).optional(),
  callback_url: field.callbackUrl().optional(),
}

const keyframe = z.object({
  type: z.enum(['image', 'generation']).optional(),
  url: field.source().optional(),
  id: field.text(64).optional().describe('A generation of yours, which the new one goes on from or leads up to.'),
})

const videoBody = z.object({
  ...common,
  duration: duration.optional().describe('"5s"'),
  resolution: field.text(20).optional(),
  loop: z.boolean().optional(),
  keyframes: z.object({ frame0: keyframe.optional(), frame1: keyframe.optional() }).optional(),
  concepts: z.array(z.union([field.text(), z.object({ key: field.text() })])).max(MAX_CONCEPTS).optional().describe('Presets of the camera: [{ key }].'),
})

const reference = z.union([field.source(), z.object({ url: field.source(), weight: z.number().min(0).max(1).nullish() })], { error: 'must be { url, weight }' })
const references = z.union([z.array(reference).max(MAX_REFERENCES), reference], { error: 'must be a list of { url, weight }' })
const identities = z.record(z.string().max(64), z.object({ images: z.array(field.source()).min(1).max(MAX_REFERENCES) })).refine((value) => Object.keys(value).length <= MAX_REFERENCES, 'must not have so many identities')

const imageBody = z.object({
  ...common,
  format: z.enum(['jpg', 'jpeg', 'png']).optional(),
  image_ref: references.optional(),
  style_ref: references.optional(),
  character_ref: identities.optional(),
  modify_image_ref: reference.optional(),
  // "@ai-sdk/luma" 3.0 sends the four under these names.
  image: references.optional(),
  style: references.optional(),
  character: identities.optional(),
  modify_image: reference.optional(),
  sync: z.boolean().optional().describe('Answer with the finished picture.'),
  sync_timeout: z.number().positive().max(60).optional().describe('Seconds; 60 unless it is given.'),
})

const modifyBody = z.object({
  ...common,
  media: media.describe('The video: { url }.'),
  mode: z.enum(['adhere_1', 'adhere_2', 'adhere_3', 'flex_1', 'flex_2', 'flex_3', 'reimagine_1', 'reimagine_2', 'reimagine_3']),
  first_frame: media.optional(),
})

const GEOMETRY = ['grid_position_x', 'grid_position_y', 'x_start', 'x_end', 'y_start', 'y_end', 'resized_width', 'resized_height'] as const

const reframeBody = z.object({
  ...common,
  media: media.describe('The video or picture: { url }.'),
  aspect_ratio: field.text(20),
  first_frame: media.optional(),
  format: z.enum(['jpg', 'jpeg', 'png']).optional(),
  grid_position_x: pixels(),
  grid_position_y: pixels(),
  x_start: pixels(),
  x_end: pixels(),
  y_start: pixels(),
  y_end: pixels(),
  resized_width: pixels(),
  resized_height: pixels(),
})

const upscaleBody = z.object({
  generation_type: field.text(40).optional(),
  model: field.model().optional(),
  resolution: field.text(20).optional(),
  callback_url: field.callbackUrl().optional(),
})

const audioBody = z.object({
  generation_type: field.text(40).optional(),
  prompt: field.prompt().optional(),
  negative_prompt: field.text(32_000).optional(),
  callback_url: field.callbackUrl().optional(),
})

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  loop: 'loop',
  inputs: 'media',
  outputFormat: 'format',
  callbackUrl: 'callback_url',
}

/** Generations that the keyframes name, by id; found before the body is parsed. */
type Named = ReadonlyMap<string, Task>
type Parse = (body: RequestBody, context: ParseContext, named?: Named) => Draft

/** `POST /generations` makes whatever `generation_type`, or else the model, says. */
const parseAny: Parse = (body, context, named) => {
  const type = body.fields['generation_type']
  if (typeof type !== 'string') return (makesImages(body, context) ? parseImage : parseVideo)(body, context, named)
  if (Object.hasOwn(PARSERS, type)) return PARSERS[type]!(body, context, named)
  throw new GatewayError('invalid_request', `generation_type must be one of ${Object.keys(PARSERS).join(', ')} here`, { param: 'generation_type' })
}

function makesImages({ fields }: RequestBody, context: ParseContext): boolean {
  return typeof fields['model'] === 'string' && context.findModel(fields['model'])?.kind === 'image'
}

const parseVideo: Parse = (body, context, named) => {
  const given = parseFields(videoBody, body.fields)
  const model = context.model(given.model ?? DEFAULT_VIDEO_MODEL)
  const { frame0, frame1 } = given.keyframes ?? {}
  const inputs = [...keyframeInputs(frame0, 'frame0', named), ...keyframeInputs(frame1, 'frame1', named)]
  const continued = inputs.some((input) => input.media === 'video')
  // "loop not allowed with end frame / both keyframes / reverse extend / interpolation".
  if (given.loop === true && frame1 !== undefined) throw new GatewayError('invalid_request', 'loop is not possible with keyframes.frame1', { param: 'loop' })
  if (continued && given.prompt === undefined) throw new GatewayError('invalid_request', 'prompt is required', { param: 'prompt' })
  return draftOf(model, given, {
    kind: 'video',
    operation: continued ? 'extend' : inputs.length > 0 ? 'image_to_video' : 'text_to_video',
    durationSeconds: given.duration,
    resolution: given.resolution,
    loop: given.loop,
    vendor: vendorFields({ concepts: given.concepts?.map((concept) => (typeof concept === 'string' ? concept : concept.key)) }),
  }, { inputs, body, schema: videoBody, type: 'video' })
}

/** frame0 opens the video and frame1 closes it; a generation there is gone on from, or led up to. */
function keyframeInputs(given: z.output<typeof keyframe> | undefined, name: 'frame0' | 'frame1', named: Named = new Map()): DraftInput[] {
  if (given === undefined) return []
  const path = `keyframes.${name}`
  if (given.type === 'generation' || (given.type === undefined && given.id !== undefined)) {
    if (given.id === undefined) throw new GatewayError('invalid_request', `${path}.id is required`, { param: `${path}.id` })
    const output = resultOf(named.get(given.id), `${path}.id`)
    const isVideo = output.mediaType.startsWith('video/')
    const role: InputRole = name === 'frame1' ? 'last_frame' : isVideo ? 'source' : 'first_frame'
    return [resultInput(isVideo ? 'video' : 'image', role, output, `${path}.id`)]
  }
  if (given.url === undefined) throw new GatewayError('invalid_request', `${path}.url is required`, { param: `${path}.url` })
  return [textInput('image', name === 'frame0' ? 'first_frame' : 'last_frame', given.url, `${path}.url`)]
}

const parseImage: Parse = (body, context) => {
  const given = parseFields(imageBody, body.fields)
  const model = context.model(given.model ?? DEFAULT_IMAGE_MODEL)
  const pictures = [
    ...listed(given.image_ref, 'image_ref', 'image'),
    ...listed(given.image, 'image', 'image'),
    ...listed(given.style_ref, 'style_ref', 'style'),
    ...listed(given.style, 'style', 'style'),
    ...characters(given.character_ref, 'character_ref'),
    ...characters(given.character, 'character'),
    ...listed(given.modify_image_ref, 'modify_image_ref', 'modify'),
    ...listed(given.modify_image, 'modify_image', 'modify'),
  ]
  const inputs = pictures.map((picture) => textInput('image', imageRole(model, picture), picture.url, picture.param))
  const knowsKinds = model.vendorFields?.includes('references') === true
  const kinds = knowsKinds && pictures.length > 0 ? pictures.map(({ kind, weight, identity }) => present({ kind, weight, identity })) : undefined
  const ignored = knowsKinds ? [] : pictures.filter(({ weight }) => weight !== undefined).map(({ param }) => param.replace(/\.url$/, '.weight'))
  return draftOf(model, given, {
    kind: 'image',
    operation: inputs.length > 0 ? 'image_edit' : 'text_to_image',
    outputFormat: given.format,
    vendor: vendorFields({ references: kinds }),
  }, { inputs, body, schema: imageBody, type: 'image', ignored })
}

interface Picture {
  url: string
  kind: 'image' | 'style' | 'character' | 'modify'
  weight?: number
  identity?: string
  param: string
}

function listed(given: z.output<typeof references> | undefined, name: string, kind: Picture['kind']): Picture[] {
  if (given === undefined) return []
  const many = Array.isArray(given)
  return (many ? given : [given]).map((item, index) => {
    const param = many ? `${name}[${index}]` : name
    if (typeof item === 'string') return { url: item, kind, param }
    return { url: item.url, kind, param: `${param}.url`, ...(typeof item.weight === 'number' && { weight: item.weight }) }
  })
}

function characters(given: z.output<typeof identities> | undefined, name: string): Picture[] {
  return Object.entries(given ?? {}).flatMap(([identity, { images }]) =>
    images.map((url, index): Picture => ({ url, kind: 'character', identity, param: `${name}.${identity}.images[${index}]` })))
}

/** A model that knows no kinds of reference must not take a style for a motif. */
function imageRole(model: Model, { kind, param }: Picture): InputRole {
  const roles = model.inputs.image?.roles ?? []
  if ((kind === 'style' || kind === 'character') && model.vendorFields?.includes('references') !== true) {
    throw new GatewayError('invalid_request', `${param}: ${model.id} takes no ${kind} references`, { param })
  }
  const [wanted, other] = kind === 'modify' ? (['source', 'reference'] as const) : (['reference', 'source'] as const)
  return roles.includes(wanted) || !roles.includes(other) ? wanted : other
}

const parseModify: Parse = (body, context) => {
  const given = parseFields(modifyBody, body.fields)
  const inputs = [textInput('video', 'source', given.media, 'media.url')]
  if (given.first_frame !== undefined) inputs.push(textInput('image', 'first_frame', given.first_frame, 'first_frame.url'))
  return draftOf(context.model(given.model ?? WORKING_MODEL), given, {
    kind: 'video',
    operation: 'video_to_video',
    durationSeconds: 'auto',
    vendor: { mode: given.mode },
  }, { inputs, body, schema: modifyBody, type: 'modify_video' })
}

const parseReframeVideo: Parse = (body, context) => reframe(body, context, 'video')
const parseReframeImage: Parse = (body, context) => reframe(body, context, 'image')

function reframe(body: RequestBody, context: ParseContext, kind: 'video' | 'image'): Draft {
  const given = parseFields(reframeBody, body.fields)
  const inputs = [textInput(kind, 'source', given.media, 'media.url')]
  if (given.first_frame !== undefined) inputs.push(textInput('image', 'first_frame', given.first_frame, 'first_frame.url'))
  return draftOf(context.model(given.model ?? (kind === 'video' ? WORKING_MODEL : DEFAULT_IMAGE_MODEL)), given, {
    kind,
    operation: 'reframe',
    ...(kind === 'video' && { durationSeconds: 'auto' as const }),
    outputFormat: given.format,
    vendor: vendorFields(Object.fromEntries(GEOMETRY.map((name) => [name, given[name]]))),
  }, { inputs, body, schema: reframeBody, type: `reframe_${kind}` })
}

function parseUpscale(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(upscaleBody, body.fields)
  const parent = parentOf(context)
  const own = context.findModel(parent.request.model)
  const model = given.model === undefined && own?.operations.includes('upscale') === true ? own : context.model(given.model ?? WORKING_MODEL)
  return {
    ...draftOf(model, given, { kind: 'video', operation: 'upscale', durationSeconds: 'auto', resolution: given.resolution, aspectRatio: parent.request.aspectRatio }, {
      inputs: [resultInput('video', 'source', videoOf(parent), 'id')],
      body,
      schema: upscaleBody,
      type: 'upscale_video',
    }),
    remixedFrom: parent.id,
  }
}

function parseAudio(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(audioBody, body.fields)
  const parent = parentOf(context)
  return {
    ...draftOf(context.model(AUDIO_MODEL), given, { kind: 'video', operation: 'video_to_video', durationSeconds: 'auto', negativePrompt: given.negative_prompt, audio: true }, {
      inputs: [resultInput('video', 'source', videoOf(parent), 'id')],
      body,
      schema: audioBody,
      type: 'add_audio',
    }),
    remixedFrom: parent.id,
  }
}

const PARSERS: Record<string, Parse> = {
  video: parseVideo,
  image: parseImage,
  modify_video: parseModify,
  reframe_video: parseReframeVideo,
  reframe_image: parseReframeImage,
}

interface Common {
  prompt?: string | undefined
  aspect_ratio?: string | undefined
  callback_url?: string | undefined
}

interface Making {
  inputs: DraftInput[]
  body: RequestBody
  schema: z.ZodObject
  /** The vendor's word for what is made. */
  type: string
  ignored?: string[]
}

type Wanted = Pick<Draft['request'], 'kind' | 'operation'> & { [K in keyof Draft['request']]?: Draft['request'][K] | undefined }

function draftOf(model: Model, given: Common, wanted: Wanted, { inputs, body, schema, type, ignored = [] }: Making): Draft {
  return {
    request: present({
      ...wanted,
      kind: wanted.kind,
      operation: wanted.operation,
      model: model.id,
      prompt: given.prompt ?? '',
      aspectRatio: wanted.aspectRatio ?? given.aspect_ratio,
      count: 1,
      callbackUrl: given.callback_url,
      echo: { type, request: echoOf(body.fields, schema) },
    }),
    inputs,
    ignored: [...unknownFields(schema, body.fields), ...ignored],
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, inputs: inputs[0]?.param ?? 'keyframes' },
  }
}

/** What the task has anyway, and a callback's address, which is nobody else's business. */
const NOT_ECHOED = new Set(['negative_prompt', 'callback_url', 'sync', 'sync_timeout', 'generation_type', 'model'])

function echoOf(fields: Record<string, unknown>, schema: z.ZodObject): Record<string, unknown> {
  return shownInput(Object.fromEntries(Object.entries(fields).filter(([name, value]) => Object.hasOwn(schema.shape, name) && !NOT_ECHOED.has(name) && value !== null)))
}

function parentOf({ parent }: ParseContext): Task {
  if (parent === undefined) throw new Error('this is parsed with the generation that it starts from')
  return parent
}

function videoOf(parent: Task): Output {
  const output = resultOf(parent, 'id')
  if (output.mediaType.startsWith('video/')) return output
  throw new GatewayError('invalid_request', `${parent.id} is not a video`, { param: 'id' })
}

function resultOf(task: Task | undefined, param: string): Output {
  if (task === undefined) throw new GatewayError('invalid_request', `${param}: there is no generation with this id`, { param })
  const output = task.outputs[0]
  if (task.state === 'succeeded' && output !== undefined && /^(video|image)\//.test(output.mediaType)) return output
  throw new GatewayError('invalid_request', `${param}: the generation ${task.id} is not completed`, { param })
}

/** The create of a route: finds the generations that its keyframes name, then makes the task. */
function creating(parse: Parse): NonNullable<DialectRoute['answer']> {
  return async ({ body }, gateway) => {
    const named = await namedGenerations(body, gateway)
    const task = await gateway.create((parsed, context) => parse(parsed, context, named))
    return { status: 201, body: renderTask(await synced(task, body, gateway), gateway.rendering) }
  }
}

async function namedGenerations(body: RequestBody, gateway: GatewayForDialects): Promise<Named> {
  const named = new Map<string, Task>()
  const { keyframes } = body.fields
  if (!isPlainObject(keyframes)) return named
  for (const frame of [keyframes['frame0'], keyframes['frame1']]) {
    const id = isPlainObject(frame) ? frame['id'] : undefined
    const task = typeof id === 'string' ? await gateway.read(id) : undefined
    if (task !== undefined) named.set(task.id, task)
  }
  return named
}

/** "sync: bool, sync_timeout: 60": the answer is the finished picture. Whoever asks for less time gets what there is. */
const SYNC_SECONDS = 60

async function synced(task: Task, { fields }: RequestBody, gateway: GatewayForDialects): Promise<Task> {
  if (task.request.kind !== 'image' || fields['sync'] !== true) return task
  const { sync_timeout: seconds } = fields
  const ended = await gateway.wait(task, typeof seconds === 'number' ? seconds : SYNC_SECONDS)
  if (ended.state === 'failed' || ended.state === 'cancelled') throw failureOf(ended)
  return ended
}

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(100).describe('How many at most.'),
  offset: z.coerce.number().int().min(0).max(10_000).default(0).describe('How many to skip, from the newest.'),
})

/** Our lists go on from an id, and so an offset is walked to, in steps of this many. */
const STEP = 100

async function list({ query }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { limit, offset } = parseQuery(listQuery, query)
  let after: string | undefined
  for (let skipped = 0; skipped < offset;) {
    const { tasks } = await gateway.list({ limit: Math.min(STEP, offset - skipped), ...(after !== undefined && { after }) })
    if (tasks.length === 0) return { body: { generations: [], count: 0, limit, offset, has_more: false } }
    after = tasks.at(-1)!.id
    skipped += tasks.length
  }
  const { tasks, hasMore } = await gateway.list({ limit, ...(after !== undefined && { after }) })
  return { body: { generations: tasks.map((task) => renderTask(task, gateway.rendering)), count: tasks.length, limit, offset, has_more: hasMore } }
}

/** One that still runs is cancelled and stays to be read; one that has ended goes with its files. "204 empty". */
async function remove({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await gateway.need(params['id'])
  await (isFinal(task.state) ? gateway.delete(task) : gateway.cancel(task))
  return { status: 204 }
}

/** Presets that people use with Ray 2; the vendor's own list may be longer, and any other key is passed on too. */
const CONCEPTS = [
  'aerial', 'aerial_drone', 'bolt_cam', 'crane_down', 'crane_up', 'dolly_zoom', 'elevator_doors', 'eye_level', 'ground_level', 'handheld', 'high_angle',
  'low_angle', 'orbit_left', 'orbit_right', 'over_the_shoulder', 'overhead', 'pan_left', 'pan_right', 'pedestal_down', 'pedestal_up', 'pov', 'pull_out',
  'push_in', 'roll_left', 'roll_right', 'selfie', 'static', 'tilt_down', 'tilt_up', 'tiny_planet', 'truck_left', 'truck_right', 'zoom_in', 'zoom_out',
]

const STATES: Record<TaskPhase, z.output<typeof stateWord>> = {
  queued: 'queued',
  running: 'dreaming',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'failed',
}

const stateWord = z.enum(['queued', 'dreaming', 'completed', 'failed'])

const taskSchema = z.object({
  id: z.string(),
  generation_type: z.enum(['video', 'image']),
  state: stateWord,
  failure_reason: z.string().nullable(),
  failure_code: z.string().optional().describe('One of the codes of the error documentation.'),
  created_at: z.string(),
  model: z.string(),
  assets: z
    .object({
      video: z.string().optional(),
      image: z.string().optional().describe('The picture, or a still of the video.'),
      text: z.string().optional(),
      videos: z.array(z.string()).optional().describe('Every result, when there are several.'),
      images: z.array(z.string()).optional(),
    })
    .nullable(),
  request: z.record(z.string(), z.unknown()),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const { request } = task
  const failure = shownFailure(task)
  return {
    id: task.id,
    generation_type: request.kind === 'video' ? 'video' : 'image',
    state: STATES[phaseOf(task.state)],
    failure_reason: failure === undefined ? null : failureReason(failure),
    ...(failure && { failure_code: failure.code }),
    created_at: new Date(task.createdAtMs).toISOString(),
    model: request.model,
    assets: task.state === 'succeeded' ? assetsOf(task, context) : null,
    request: requestOf(task),
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
  }
}

/** The vendor has no codes for failures: clients look for "moderation" in the words. */
function failureReason({ code, message }: NonNullable<ReturnType<typeof shownFailure>>): string {
  return code === 'content_policy' ? `Content moderation failed: ${message}` : message
}

function assetsOf(task: Task, context: RenderContext) {
  const linksOf = (type: string) => task.outputs.filter(({ mediaType }) => mediaType.startsWith(type)).map(({ storageKey }) => context.fileLink(storageKey, task))
  const videos = linksOf('video/')
  const images = linksOf('image/')
  const still = extraOf(task, 'poster')?.storageKey
  return present({
    video: videos[0],
    image: images[0] ?? (still === undefined ? undefined : context.fileLink(still, task)),
    text: task.outputs[0]?.text,
    videos: videos.length > 1 ? videos : undefined,
    images: images.length > 1 ? images : undefined,
  })
}

function requestOf({ request }: Task): Record<string, unknown> {
  const { type, request: own } = request.echo ?? {}
  const bornHere = isPlainObject(own)
  return {
    ...present({
      generation_type: bornHere && typeof type === 'string' ? type : request.kind === 'video' ? 'video' : 'image',
      model: request.model,
      prompt: request.prompt === '' ? undefined : request.prompt,
      negative_prompt: request.negativePrompt,
      aspect_ratio: request.aspectRatio,
      duration: typeof request.durationSeconds === 'number' ? `${request.durationSeconds}s` : undefined,
      resolution: request.resolution,
      loop: request.loop,
      callback_url: request.callbackUrl,
    }),
    ...(bornHere ? own : {}),
  }
}

/** "{detail: string}; validation errors may be FastAPI-like"; `@ai-sdk/luma` reads `detail[0].msg`, and wants `input` to be text. */
function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  const message = errorMessage(error, context.language)
  return {
    status: ERROR_CODES[error.code].status,
    body: {
      detail: error.param === undefined ? message : [{ type: 'value_error', loc: ['body', ...error.param.split('.')], msg: message, input: '' }],
      code: error.code,
      request_id: context.requestId,
    },
  }
}

const errorSchema = z.object({
  detail: z.union([z.string(), z.array(z.object({ type: z.string(), loc: z.array(z.string()), msg: z.string(), input: z.string() }))]),
  code: z.string(),
  request_id: z.string(),
})

const KEYFRAME = { type: 'image', url: 'https://example.com/image.jpg' }

function routesUnder(root: (typeof ROOTS)[number]): DialectRoute[] {
  const generations = `${root}/generations`
  const create = (path: string, parse: Parse, body: z.ZodObject, summary: string, examples: DialectRoute['examples']): DialectRoute => ({
    method: 'POST',
    path: generations + path,
    action: 'create',
    parse: (given, context) => parse(given, context),
    body,
    answer: creating(parse),
    // `sync` holds the request of a picture.
    waits: parse === parseImage || parse === parseAny,
    createdStatus: 201,
    summary,
    ...(examples && { examples }),
  })
  return [
    create('', parseAny, videoBody, 'Create a generation', {
      page: { model: 'seedance-2.0-pro', prompt: 'A serene lake surrounded by mountains at sunset', aspect_ratio: '16:9', loop: false, keyframes: { frame0: KEYFRAME } },
    }),
    create('/video', parseVideo, videoBody, 'Create a video', {
      interpolated: { prompt: 'Day turns into night', model: 'seedance-2.0-pro', keyframes: { frame0: KEYFRAME, frame1: KEYFRAME }, duration: '5s' },
    }),
    create('/image', parseImage, imageBody, 'Create an image', { styled: { prompt: 'A red fox', model: 'gpt-image-1', aspect_ratio: '1:1', image_ref: [{ url: 'https://example.com/fox.jpg' }] } }),
    create('/video/modify', parseModify, modifyBody, 'Make a video anew along another one', undefined),
    create('/video/reframe', parseReframeVideo, reframeBody, 'Give a video another aspect ratio', undefined),
    create('/image/reframe', parseReframeImage, reframeBody, 'Give an image another aspect ratio', undefined),
    { method: 'POST', path: `${generations}/:id/upscale`, action: 'remix', parse: parseUpscale, body: upscaleBody, summary: 'Enlarge a finished video' },
    { method: 'POST', path: `${generations}/:id/audio`, action: 'remix', parse: parseAudio, body: audioBody, summary: 'Add sound to a finished video' },
    { method: 'GET', path: generations, action: 'custom', query: listQuery, answer: list, summary: 'List generations, newest first' },
    { method: 'GET', path: `${generations}/:id`, action: 'read', summary: 'Read a generation' },
    { method: 'DELETE', path: `${generations}/:id`, action: 'custom', answer: remove, summary: 'Delete a generation, or cancel it while it runs' },
    ...['concepts', 'camera_motion'].map((what): DialectRoute => ({
      method: 'GET',
      path: `${generations}/${what}/list`,
      action: 'custom',
      answer: () => Promise.resolve({ body: CONCEPTS }),
      summary: 'List presets of the camera',
    })),
  ]
}

const ACCOUNT_ROUTES: DialectRoute[] = [
  { method: 'GET', path: '/dream-machine/v1/ping', action: 'custom', answer: () => Promise.resolve({ body: { message: 'pong' } }), summary: 'See whether the key works' },
  {
    method: 'GET',
    path: '/dream-machine/v1/credits',
    action: 'custom',
    answer: async (_call, gateway) => ({ body: { credit_balance: toCents(await gateway.balance()) } }),
    summary: 'What the account may spend, in US cents',
  },
]

export const luma: Dialect = {
  id: 'luma',
  routes: [...ROOTS.flatMap(routesUnder), ...ACCOUNT_ROUTES],
  renderTask,
  statusWords: { at: 'state', words: stateWord.options },
  // The vendor sends the whole generation, three times; here it is sent once, at the end.
  renderCallback: renderTask,
  renderError,
  taskSchema,
  errorSchema,
}
