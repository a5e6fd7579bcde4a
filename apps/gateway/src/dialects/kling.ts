import { z } from 'zod'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import { phaseOf, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError } from './dialect.ts'
import { draftOf, images, MAX_ITEMS, modelFor, records, saidFields, video, type Given } from './kling/draft.ts'
import { createUnique, findByExternalId, type Parse } from './kling/external-id.ts'
import { motionInputs, motionModelOf } from './kling/motion.ts'
import { envelope, secondsText, statusMessage, unitsOf } from './kling/shown.ts'
import { avatar, effects, expand, lipSync, multiImage, namedResult, parseAvatar, parseEffects, parseExpand, parseLipSync, parseMultiImage, parseTryOn, tryOn } from './kling/tools.ts'
import { renderVersioned, VERSIONED, VERSIONED_ROUTES } from './kling/versioned.ts'
import { defaultImageRole, defaultMaterialRole, textInput } from './shared/draft.ts'
import { errorNamingField } from './shared/error-text.ts'
import { resultInput } from './shared/earlier-result.ts'
import { field, isPlainObject, parseFields, parseQuery } from './shared/fields.ts'
import { newestTasks } from './shared/newest-tasks.ts'
import { findResult, resultId } from './shared/result-ids.ts'

/*
 * Kling's classic wire: `model_name` in the body, `task_status` and `task_result` in the answer. Facts: the vendor's
 * pages as relayed, and open-source clients, read August to October 2026. Its servers pass over what a model does not know.
 * Lip sync, effects and the like are kling/tools.ts, the newer wire is kling/versioned.ts.
 */

const textToVideo = z.object(video)

const imageToVideo = z.object({
  ...video,
  image: field.source().optional().describe('The first frame: a URL or base64.'),
  image_tail: field.source().optional().describe('The last frame.'),
  static_mask: field.source().optional(),
  dynamic_masks: records().optional(),
})

const pictures = z.array(z.union([z.object({ image: field.source() }), field.source().transform((image) => ({ image }))], { error: 'must be { image }' })).max(MAX_ITEMS)

const multiImageToVideo = z.object({ ...video, image_list: pictures.min(1).describe('Reference pictures: [{ image }].') })

const omniVideo = z.object({
  ...video,
  image_list: z.array(z.object({ image_url: field.source(), type: z.enum(['first_frame', 'end_frame']).optional() })).max(MAX_ITEMS).optional().describe('Frames by their type, references without one.'),
  video_list: z
    .array(z.object({ video_url: field.source(), refer_type: z.enum(['feature', 'base']).optional(), keep_original_sound: z.enum(['yes', 'no']).optional() }))
    .max(MAX_ITEMS)
    .optional()
    .describe('A video to change (base), or to refer to (feature).'),
})

const motionControl = z.object({
  ...video,
  image_url: field.source().describe('Who moves.'),
  video_url: field.source().describe('How.'),
  keep_original_sound: z.enum(['yes', 'no']).optional(),
  character_orientation: z.enum(['image', 'video']).optional(),
})

const videoExtend = z.object({ ...video, video_id: field.text().describe('Of a finished video: task_result.videos[].id.') })

const generateImages = z.object({
  ...images,
  image: field.source().optional().describe('A picture to start from: a URL or base64.'),
  image_reference: field.text(20).optional(),
  image_fidelity: z.number().min(0).max(1).optional(),
  human_fidelity: z.number().min(0).max(1).optional(),
})

const omniImage = z.object({
  ...images,
  image_list: pictures.optional(),
  result_type: field.text(20).optional(),
  series_amount: z.int().min(2).max(9).optional(),
  element_list: records().optional(),
})

/** The vendor's picture models have the names of its video models. */
function imageModelFor(given: Given, context: ParseContext, usual: string): Model {
  const name = given.model_name ?? given.model
  const picture = name === undefined ? undefined : context.findModel(name.replace(/^kling-v/, 'kling-image-v'))
  return picture ?? modelFor(given, context, usual)
}

const parseTextToVideo: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(textToVideo, fields)
  return draftOf(textToVideo, fields, given, { path: 'videos/text2video', model: modelFor(given, context, 'kling-v1'), inputs: [] })
}

const parseImageToVideo: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(imageToVideo, fields)
  if (given.image === undefined && given.image_tail === undefined) throw new GatewayError('invalid_request', 'image is required', { param: 'image' })
  const model = modelFor(given, context, 'kling-v1')
  const inputs = [
    ...(given.image === undefined ? [] : [textInput('image', firstRole(model), given.image, 'image')]),
    ...(given.image_tail === undefined ? [] : [textInput('image', 'last_frame', given.image_tail, 'image_tail')]),
  ]
  return draftOf(imageToVideo, fields, given, { path: 'videos/image2video', model, inputs })
}

const parseMultiImageToVideo: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(multiImageToVideo, fields)
  const inputs = given.image_list.map(({ image }, index) => textInput('image', 'reference', image, `image_list[${index}].image`))
  return draftOf(multiImageToVideo, fields, given, { path: 'videos/multi-image2video', model: modelFor(given, context, 'kling-v1-6'), inputs })
}

const IMAGE_ROLES = { first_frame: 'first_frame', end_frame: 'last_frame' } as const
const VIDEO_ROLES = { base: 'source', feature: 'reference' } as const

const parseOmniVideo: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(omniVideo, fields)
  const videos = given.video_list ?? []
  const inputs = [
    ...(given.image_list ?? []).map(({ image_url: url, type }, index) => textInput('image', type === undefined ? 'reference' : IMAGE_ROLES[type], url, `image_list[${index}].image_url`)),
    ...videos.map(({ video_url: url, refer_type: type = 'base' }, index) => textInput('video', VIDEO_ROLES[type], url, `video_list[${index}].video_url`)),
  ]
  return draftOf(omniVideo, fields, given, { path: 'videos/omni-video', model: modelFor(given, context, 'kling-video-o1'), inputs, keepOriginalSound: videos.find((each) => each.keep_original_sound)?.keep_original_sound })
}

const parseMotionControl: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(motionControl, fields)
  const model = motionModelOf(modelFor(given, context, 'kling-v2-6'), context)
  const inputs = motionInputs(model, { text: given.image_url, param: 'image_url' }, { text: given.video_url, param: 'video_url' }, 'model_name')
  // Some such models call their modes otherwise, `wan-pro`.
  const quality = given.mode === undefined ? undefined : model.qualities?.find((word) => word.endsWith(given.mode!))
  return draftOf(motionControl, fields, given, { path: 'videos/motion-control', model, inputs, quality })
}

/** Goes on with `context.parent`, whose result `video_id` names. */
const parseVideoExtend: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(videoExtend, fields)
  const output = namedResult(given.video_id, context, 'video_id')
  const parent = context.parent!
  const model = modelFor(given, context, parent.request.model)
  if (!model.operations.includes('extend')) throw new GatewayError('invalid_request', `model_name must be a model that goes on with a video; ${model.id} does not`, { param: 'model_name' })
  const role = model.inputs.video?.roles.includes('source') ? 'source' : defaultMaterialRole(model, 'video')
  return {
    ...draftOf(videoExtend, fields, given, {
      path: 'videos/video-extend', model, operation: 'extend', inputs: [resultInput('video', role, output, 'video_id')], echo: { parent_video: given.video_id },
    }),
    remixedFrom: parent.id,
  }
}

const parseImages: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(generateImages, fields)
  const model = imageModelFor(given, context, 'kling-image-v1')
  const inputs = given.image === undefined ? [] : [textInput('image', defaultImageRole(model, 0, 1), given.image, 'image')]
  return draftOf(generateImages, fields, given, { path: 'images/generations', model, inputs, fieldNames: { resolution: 'resolution' } })
}

const parseOmniImage: Parse = (body, context) => {
  const fields = saidFields(body.fields)
  const given = parseFields(omniImage, fields)
  const model = imageModelFor(given, context, 'kling-image-o1')
  const list = given.image_list ?? []
  const inputs = list.map(({ image }, index) => textInput('image', defaultImageRole(model, index, list.length), image, `image_list[${index}].image`))
  return draftOf(omniImage, fields, given, { path: 'images/omni-image', model, inputs, fieldNames: { resolution: 'resolution' } })
}

function firstRole(model: Model) {
  return model.inputs.image?.roles.includes('first_frame') ? 'first_frame' : defaultImageRole(model, 0, 1)
}

const createWith = (parse: Parse) => async (call: Call, gateway: GatewayForDialects): Promise<Answer> => {
  const task = await createUnique(call, call.body.fields['external_task_id'], gateway, parse)
  return { body: envelope(task.id, createdData(task)) }
}

/** For bodies that name a finished video. */
const createFromVideo = (parse: Parse) => async (call: Call, gateway: GatewayForDialects): Promise<Answer> => {
  const { video_id: outer, input } = call.body.fields
  const name = outer ?? (isPlainObject(input) ? input['video_id'] : undefined)
  const parent = typeof name === 'string' ? (await findResult(gateway, name))?.task : undefined
  return createWith((body, context) => parse(body, parent ? { ...context, parent } : context))(call, gateway)
}

async function answerRead({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const id = params['id'] ?? ''
  const task = (await gateway.read(id)) ?? (await findByExternalId(id, gateway))
  if (!task) throw new GatewayError('not_found', 'there is no task with this id')
  return { body: renderTask(task, gateway.rendering) }
}

/** "pageNum 1–1000, pageSize 1–500, default 30". */
const listQuery = z.object({
  pageNum: z.coerce.number().int().min(1).max(1000).default(1),
  pageSize: z.coerce.number().int().min(1).max(500).default(30),
})

/** The tasks that were made on this path. */
const listOf = (path: string) => async ({ query }: Call, gateway: GatewayForDialects): Promise<Answer> => {
  const { pageNum, pageSize } = parseQuery(listQuery, query)
  const tasks = (await newestTasks(gateway)).filter(({ dialect, request }) => dialect === kling.id && request.echo?.['path'] === path)
  const data = tasks.slice((pageNum - 1) * pageSize, pageNum * pageSize).map((task) => renderData(task, gateway.rendering))
  return { body: envelope('list', data) }
}

/** What the vendor does and no model here can: the path, the field that asks for it, and what it is. */
const UNSERVED: readonly [path: string, param: string, what: string][] = [
  ['videos/identify-face', 'video_url', 'finds faces in a video; videos/lip-sync takes a video of one face as it is'],
  ['videos/advanced-lip-sync', 'face_choose', 'moves the lips of one face among several; videos/lip-sync takes a video of one face as it is'],
  ['videos/multi-elements', 'edit_mode', 'edits the elements of a video'],
]

const STATUS_WORDS: Record<TaskPhase, StatusWord> = { queued: 'submitted', running: 'processing', succeeded: 'succeed', failed: 'failed', cancelled: 'failed' }
const statusWord = z.enum(['submitted', 'processing', 'succeed', 'failed'])
type StatusWord = z.output<typeof statusWord>

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  return envelope(task.id, renderData(task, context))
}

function createdData(task: Task): z.output<typeof createdSchema> {
  return {
    task_id: task.id,
    task_status: STATUS_WORDS[phaseOf(task.state)],
    task_info: taskInfo(task),
    created_at: task.createdAtMs,
    updated_at: task.updatedAtMs,
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
  }
}

function renderData(task: Task, context: RenderContext): z.output<typeof dataSchema> {
  return {
    ...createdData(task),
    task_status_msg: statusMessage(task),
    ...(task.state === 'succeeded' && { task_result: renderResult(task, context), final_unit_deduction: unitsOf(task.chargedMicros ?? 0n) }),
  }
}

function taskInfo({ request: { echo } }: Task): z.output<typeof infoSchema> {
  const external = echo?.['external_task_id']
  const parent = echo?.['parent_video']
  return { ...(typeof external === 'string' && { external_task_id: external }), ...(typeof parent === 'string' && { parent_video: { id: parent } }) }
}

function renderResult(task: Task, context: RenderContext): z.output<typeof resultSchema> {
  const files = task.outputs.map((output, index) => ({ output, index, url: context.fileLink(output.storageKey, task) }))
  if (task.request.kind !== 'video') return { images: files.map(({ index, url }) => ({ index, url })) }
  const videos = files.filter(({ output }) => output.mediaType.startsWith('video/'))
  return { videos: videos.map(({ output, index, url }) => ({ id: resultId(task, index), url, duration: secondsText(output.durationSeconds) })) }
}

/** The vendor's numbers. It says 429 for an empty purse, which clients try again; here that is 402. */
const VENDOR_CODES: Record<ErrorCode, { code: number; status?: number }> = {
  unauthorized: { code: 1002 },
  forbidden: { code: 1103 },
  insufficient_credits: { code: 1102 },
  not_found: { code: 1203 },
  method_not_allowed: { code: 1202 },
  model_not_found: { code: 1203 },
  invalid_request: { code: 1201 },
  url_not_allowed: { code: 1201 },
  unsupported_media: { code: 1201, status: 400 },
  too_large: { code: 1201 },
  rate_limited: { code: 1302 },
  idempotency_conflict: { code: 1200 },
  idempotency_mismatch: { code: 1200 },
  conflict: { code: 1200 },
  not_cancellable: { code: 1200 },
  not_ready: { code: 1203 },
  content_policy: { code: 1301 },
  upstream_busy: { code: 5001 },
  upstream_failed: { code: 5000 },
  timeout: { code: 5002 },
  cancelled: { code: 1200 },
  overloaded: { code: 5001 },
  internal: { code: 5000 },
}

function renderError(error: GatewayError, { language, requestId }: ErrorContext): RenderedError {
  const { code, status } = VENDOR_CODES[error.code]
  return { status: status ?? ERROR_CODES[error.code].status, body: { code, message: errorNamingField(error, language), request_id: requestId } }
}

const infoSchema = z.object({ external_task_id: z.string().optional(), parent_video: z.object({ id: z.string() }).optional() })
const resultSchema = z.object({
  videos: z.array(z.object({ id: z.string(), url: z.string().describe('A signed link.'), duration: z.string().describe('Seconds.') })).optional(),
  images: z.array(z.object({ index: z.int(), url: z.string() })).optional(),
})

const created = {
  task_id: z.string(),
  task_status: statusWord,
  task_info: infoSchema,
  created_at: z.int().describe('Milliseconds.'),
  updated_at: z.int(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
}
const createdSchema = z.object(created)
const dataSchema = z.object({
  ...created,
  task_status_msg: z.string().describe('Why the task failed.'),
  task_result: resultSchema.optional(),
  final_unit_deduction: z.string().optional().describe('What was charged, in units of USD 0.14.'),
})

const enveloped = <T extends z.ZodType>(data: T) => z.object({ code: z.literal(0), message: z.string(), request_id: z.string(), data })
const taskSchema = enveloped(dataSchema)
const errorSchema = z.object({ code: z.int(), message: z.string(), request_id: z.string() })

interface Kind {
  /** Behind `/v1/`. */
  path: string
  parse: Parse
  body: z.ZodObject
  summary: string
  answer?: DialectRoute['answer']
  examples?: NonNullable<DialectRoute['examples']>
}

const KINDS: readonly Kind[] = [
  {
    path: 'videos/text2video', parse: parseTextToVideo, body: textToVideo, summary: 'Make a video from words',
    examples: { text: { model_name: 'seedance-2.0-pro', prompt: 'A paper boat on a mountain lake', mode: 'std', duration: '5', aspect_ratio: '16:9', callback_url: '', external_task_id: '' } },
  },
  {
    path: 'videos/image2video', parse: parseImageToVideo, body: imageToVideo, summary: 'Make a video from first and last frames',
    examples: { frames: { model_name: 'seedance-2.0-pro', image: 'https://example.com/boat.jpg', image_tail: 'https://example.com/harbour.jpg', prompt: 'The boat comes home', duration: '5' } },
  },
  { path: 'videos/multi-image2video', parse: parseMultiImageToVideo, body: multiImageToVideo, summary: 'Make a video with reference pictures' },
  { path: 'videos/omni-video', parse: parseOmniVideo, body: omniVideo, summary: 'Make a video from frames, references or a video' },
  { path: 'videos/motion-control', parse: parseMotionControl, body: motionControl, summary: 'Move a picture like a video' },
  { path: 'videos/video-extend', parse: parseVideoExtend, body: videoExtend, summary: 'Go on with a finished video', answer: createFromVideo(parseVideoExtend) },
  { path: 'videos/lip-sync', parse: parseLipSync, body: lipSync, summary: 'Make who is seen in a video speak', answer: createFromVideo(parseLipSync) },
  { path: 'videos/effects', parse: parseEffects, body: effects, summary: 'Put one or two people into a scene' },
  { path: 'videos/avatar/image2video', parse: parseAvatar, body: avatar, summary: 'Make a picture speak' },
  {
    path: 'images/generations', parse: parseImages, body: generateImages, summary: 'Make pictures',
    examples: { text: { model_name: 'gpt-image-1', prompt: 'A paper boat on a mountain lake', n: 1 } },
  },
  { path: 'images/omni-image', parse: parseOmniImage, body: omniImage, summary: 'Make pictures from words and pictures' },
  { path: 'images/multi-image2image', parse: parseMultiImage, body: multiImage, summary: 'Put the subjects of several pictures into one' },
  { path: 'images/editing/expand', parse: parseExpand, body: expand, summary: 'Go on with a picture beyond its sides' },
  { path: 'images/kolors-virtual-try-on', parse: parseTryOn, body: tryOn, summary: 'Dress a person in other clothes' },
]

/** The vendor's own addresses, and those of resellers, who serve several vendors. `/v1/images/generations` is OpenAI's. */
const PREFIXES = ['/v1/', '/kling/v1/'] as const

function routesOf({ path, parse, body, summary, answer = createWith(parse), examples }: Kind): DialectRoute[] {
  const prefixes = path === 'images/generations' ? PREFIXES.slice(1) : PREFIXES
  return prefixes.flatMap((prefix): DialectRoute[] => [
    { method: 'POST', path: prefix + path, action: 'create', parse, body, answer, answerSchema: enveloped(createdSchema), summary, ...(examples && { examples }) },
    { method: 'GET', path: `${prefix}${path}/:id`, action: 'custom', answer: answerRead, answerSchema: taskSchema, summary: 'Read a task, by its id or external_task_id' },
    { method: 'GET', path: prefix + path, action: 'custom', answer: listOf(path), query: listQuery, summary: 'List the tasks that were made here' },
  ])
}

const UNSERVED_ROUTES = UNSERVED.flatMap(([path, param, what]) =>
  PREFIXES.map((prefix): DialectRoute => ({
    method: 'POST',
    path: prefix + path,
    action: 'custom',
    answer: () => Promise.reject(new GatewayError('invalid_request', `${param} cannot be used: no model here ${what}`, { param })),
    summary: 'Refused: no model does this',
  })),
)

export const kling: Dialect = {
  id: 'kling',
  routes: [...KINDS.flatMap(routesOf), ...UNSERVED_ROUTES, ...VERSIONED_ROUTES],
  renderTask,
  statusWords: { at: 'data.task_status', words: statusWord.options },
  renderCallback: (task, context) => (task.request.echo?.['path'] === VERSIONED ? renderVersioned(task, context) : renderData(task, context)),
  renderError,
  taskSchema,
  errorSchema,
}
