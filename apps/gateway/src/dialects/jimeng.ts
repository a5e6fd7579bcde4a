import { z } from 'zod'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { InputRole } from '../core/generation-request.ts'
import { ADAPTIVE, type Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { phaseOf, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, operationOf, seedAsked, textInput } from './shared/draft.ts'
import { endedTask, failureOf } from './shared/ended-task.ts'
import { errorNamingField } from './shared/error-text.ts'
import { field, formField, isPlainObject, parseFields, unknownFields } from './shared/fields.ts'
import { modelOf } from './shared/model-input.ts'

/*
 * Jimeng on Volcengine's visual service: one address, and the query's `Action` says what is wanted. Facts: the vendor's
 * SDKs and samples, and gateways that speak it, read August 2026.
 */

const MAX_PICTURES = 32

const pictures = () => z.array(field.source()).max(MAX_PICTURES)

const body = z.object({
  req_key: field.model().describe('The model: a name of the vendor\'s, or any that GET /v1/models lists.'),
  prompt: z.string().max(32_000).optional(),
  image_urls: pictures().optional().describe('One opens the video, two open and close it; pictures to change.'),
  binary_data_base64: pictures().optional().describe('The same as base64.'),
  image_url: field.source().optional().describe('The picture of a portrait that speaks, or of one that moves like a video.'),
  audio_url: field.source().optional().describe('What a portrait says.'),
  video_url: field.source().optional().describe('What a picture moves like.'),
  seed: field.seed().optional().describe('-1 for any.'),
  frames: z.int().min(1).max(100_000).optional().describe('24 for each second, and one: 121 is 5 s.'),
  duration: formField.seconds().optional().describe('Instead of frames; the vendor has no such field.'),
  resolution: field.text(20).optional().describe('For models that have several; the vendor has no such field.'),
  output_resolution: z.int().min(1).max(10_000).optional().describe('The same in lines, of portraits: 720.'),
  aspect_ratio: field.text(20).optional(),
  size: z.int().min(1).max(100_000_000).optional().describe('Of a picture: its area in pixels.'),
  width: z.int().min(1).max(99_999).optional(),
  height: z.int().min(1).max(99_999).optional(),
  use_pre_llm: z.boolean().optional().describe('Rewrites the prompt.'),
  return_url: z.boolean().optional().describe('Pictures as links only.'),
  req_json: z.string().max(16_384).optional().describe('JSON in a text: return_url and the like.'),
  callback_url: field.callbackUrl().optional().describe('Called when the task ends; the vendor has no such field.'),
  template_id: field.text(100).optional(),
  camera_strength: field.text(20).optional(),
  pe_fast_mode: z.boolean().optional(),
  cut_result_first_second_switch: z.boolean().optional(),
  scale: z.number().optional(),
  force_single: z.boolean().optional(),
  min_ratio: z.number().optional(),
  max_ratio: z.number().optional(),
  use_sr: z.boolean().optional().describe('Enlarges the picture.'),
  logo_info: z.record(z.string(), z.unknown()).optional(),
  aigc_meta: z.record(z.string(), z.unknown()).optional(),
})

const VENDOR_FIELDS = ['template_id', 'camera_strength', 'pe_fast_mode', 'cut_result_first_second_switch', 'scale', 'force_single', 'min_ratio', 'max_ratio', 'logo_info', 'aigc_meta'] as const

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'req_key',
  prompt: 'prompt',
  inputs: 'image_urls',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  size: 'width',
  seed: 'seed',
  enhancePrompt: 'use_pre_llm',
  upsample: 'use_sr',
  callbackUrl: 'callback_url',
}

type Given = z.output<typeof body>

function parse({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseFields(body, fields)
  const model = modelOf(context, given.req_key, 'req_key')
  const inputs = inputsOf(given, model)
  const vendor = Object.fromEntries(VENDOR_FIELDS.flatMap((name) => (isSaid(name, given[name]) ? [[name, given[name]]] : [])))
  return {
    request: present({
      kind: model.kind,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt ?? '',
      durationSeconds: secondsOf(given),
      ...frameOf(given, model),
      // "-1 default (random)", which is what a model does that is given none.
      seed: seedAsked(model, given.seed),
      count: 1,
      enhancePrompt: given.use_pre_llm,
      upsample: given.use_sr,
      callbackUrl: given.callback_url,
      vendor: Object.keys(vendor).length === 0 ? undefined : vendor,
      echo: { return_url: wantsLinksOnly(given) },
    }),
    inputs,
    ignored: unknownFields(body, fields),
    unusedFields: 'ignore',
    fieldNames: {
      ...FIELD_NAMES,
      ...(given.frames !== undefined && { durationSeconds: 'frames' }),
      ...(given.size !== undefined && { size: 'size' }),
      ...(given.output_resolution !== undefined && { resolution: 'output_resolution' }),
    },
  }
}

/** One picture and no logo are what is made anyway. */
function isSaid(name: (typeof VENDOR_FIELDS)[number], value: unknown): boolean {
  return value !== undefined && !(name === 'force_single' && value === true) && !(name === 'logo_info' && isPlainObject(value) && value['add_logo'] !== true)
}

const FRAMES_PER_SECOND = 24

/** "frames: 24·n + 1". Those in between come to no whole second, and no model takes parts of one. */
function secondsOf({ frames, duration }: Given): number | undefined {
  if (frames === undefined) return duration
  const seconds = (frames - 1) / FRAMES_PER_SECOND
  if (!Number.isInteger(seconds) || seconds <= 0) throw new GatewayError('invalid_request', `frames must be ${FRAMES_PER_SECOND} for each second and one more, such as 121 or 241, not ${frames}`, { param: 'frames' })
  if (duration !== undefined && duration !== seconds) throw new GatewayError('invalid_request', 'frames and duration contradict each other', { param: 'frames' })
  return seconds
}

/** An area alone leaves the shape to a model that chooses one, if it is one of its resolutions: 4194304 is 2K. */
function frameOf(given: Given, { aspectRatios, resolutions }: Model): { resolution?: string | undefined; aspectRatio?: string | undefined; size?: string | undefined } {
  const { resolution = given.output_resolution === undefined ? undefined : `${given.output_resolution}p`, aspect_ratio: aspectRatio, size: area, width, height } = given
  const word = area === undefined || width !== undefined || height !== undefined ? undefined : resolutions?.find((each) => /^\dk$/i.test(each) && (Number.parseInt(each, 10) * 1024) ** 2 === area)
  if (word !== undefined && resolution === undefined && aspectRatios?.includes(ADAPTIVE)) return { resolution: word, aspectRatio: aspectRatio ?? ADAPTIVE }
  return { resolution, aspectRatio, size: sizeOf(given) }
}

/** "size int area 1024²–4096² … or width + height"; else an area alone is a square. */
function sizeOf({ size, width, height }: Given): string | undefined {
  if (width !== undefined || height !== undefined) {
    if (width === undefined || height === undefined) throw new GatewayError('invalid_request', `${width === undefined ? 'width' : 'height'} is required with the other`, { param: width === undefined ? 'width' : 'height' })
    return `${width}x${height}`
  }
  if (size === undefined) return undefined
  const side = Math.sqrt(size)
  if (!Number.isInteger(side)) throw new GatewayError('invalid_request', 'size must be the area of a square, such as 4194304; other shapes are said by width and height', { param: 'size' })
  return `${side}x${side}`
}

function inputsOf(given: Given, model: Model): DraftInput[] {
  const { image_urls: urls = [], binary_data_base64: texts = [], image_url: picture } = given
  if (urls.length > 0 && texts.length > 0) throw new GatewayError('invalid_request', 'image_urls and binary_data_base64 cannot both be given', { param: 'image_urls' })
  const pictures = [
    ...(picture === undefined ? [] : [{ source: picture, param: 'image_url' }]),
    ...urls.map((source, index) => ({ source, param: `image_urls[${index}]` })),
    ...texts.map((source, index) => ({ source, param: `binary_data_base64[${index}]` })),
  ]
  return [
    ...pictures.map(({ source, param }, index) => textInput('image', roleOf(model, index, pictures.length), source, param)),
    ...(['audio', 'video'] as const).flatMap((media) => {
      const source = given[`${media}_url`]
      return source === undefined ? [] : [textInput(media, defaultMaterialRole(model, media), source, `${media}_url`)]
    }),
  ]
}

/** "Frames are positional (first, last)", also for models that take references as well; so are a picture and its mask. */
function roleOf(model: Model, index: number, count: number): InputRole {
  const { roles = [], maxReferences } = model.inputs.image ?? {}
  if (model.kind === 'video' && count <= 2 && roles.includes('first_frame') && (count === 1 || roles.includes('last_frame'))) return index === 0 ? 'first_frame' : 'last_frame'
  if (maxReferences === 1 && roles.includes('mask') && index === 1) return 'mask'
  return defaultImageRole(model, index, count)
}

/** Said in the body, or in the JSON text beside it. */
function wantsLinksOnly({ return_url: said, req_json: text }: Pick<Given, 'return_url' | 'req_json'>): boolean {
  return said ?? (jsonObject(text)?.['return_url'] === true)
}

function jsonObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isPlainObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What each action does; `CVSubmitTask` and `CVGetResult` are those of other products of the service. */
const ACTIONS: Record<string, (call: Call, gateway: GatewayForDialects) => Promise<Answer>> = {
  CVSync2AsyncSubmitTask: answerSubmit,
  CVSubmitTask: answerSubmit,
  CVSync2AsyncGetResult: answerResult,
  CVGetResult: answerResult,
  CVProcess: answerAtOnce,
}

async function answerAction(call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { Action: action } = call.query
  if (typeof action !== 'string') throw new GatewayError('invalid_request', 'Action is required', { param: 'Action' })
  if (Object.hasOwn(ACTIONS, action)) return ACTIONS[action]!(call, gateway)
  throw new GatewayError('not_found', `Action must be one of ${Object.keys(ACTIONS).join(', ')}`, { param: 'Action' })
}

async function answerSubmit(_: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await gateway.create()
  return { body: success(task.id, { task_id: task.id, ...ignoredOf(task) }) }
}

/** For picture models, whose answer has the pictures; a video is waited for in the same way. */
async function answerAtOnce(_: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await endedTask(gateway, await gateway.create())
  if (task.state !== 'succeeded') throw failureOf(task)
  return { body: await withBytes(renderTask(task, gateway.rendering), task, gateway) }
}

const resultBody = z.object({ req_key: field.text().optional(), task_id: field.text(64), req_json: z.string().max(16_384).optional() })

/** "not_found: unknown id" is an answer, not an error. The vendor's check of `req_key` is loose; any will do. */
async function answerResult({ body: { fields } }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const given = parseFields(resultBody, fields)
  const task = await gateway.read(given.task_id)
  if (!task) return { body: success('', { ...NO_RESULT, status: 'not_found' }) }
  const rendered = renderTask(task, gateway.rendering)
  return { body: wantsLinksOnly(present(given)) ? rendered : await withBytes(rendered, task, gateway) }
}

const MAX_BASE64_BYTES = 64 * 1024 * 1024

/** "images without return_url come as binary_data_base64"; the links stay beside them. */
async function withBytes(rendered: Rendered, task: Task, gateway: GatewayForDialects): Promise<Rendered> {
  const { state, request, outputs } = task
  if (state !== 'succeeded' || request.kind !== 'image' || request.echo?.['return_url'] === true) return rendered
  if (outputs.reduce((total, { bytes }) => total + bytes, 0) > MAX_BASE64_BYTES) throw new GatewayError('too_large', 'the pictures are too large together; ask for links with return_url', { param: 'return_url' })
  const texts: string[] = []
  for (const output of outputs) texts.push((await gateway.bytesOf(output)).toString('base64'))
  return { ...rendered, data: { ...rendered.data, binary_data_base64: texts } }
}

const SUCCESS = 10_000

function success<T>(requestId: string, data: T) {
  return { code: SUCCESS, message: 'Success', request_id: requestId, status: SUCCESS, data }
}

/** Clients stop at `done`, and then look at `code`; the wire has no other word for what failed or was cancelled. */
const STATUS_WORDS: Record<TaskPhase, StatusWord> = { queued: 'in_queue', running: 'generating', succeeded: 'done', failed: 'done', cancelled: 'done' }
const statusWord = z.enum(['in_queue', 'generating', 'done', 'not_found'])
type StatusWord = z.output<typeof statusWord>

const NO_RESULT = { video_url: '', image_urls: null, binary_data_base64: null }

type Rendered = z.output<typeof taskSchema>

function renderTask(task: Task, context: RenderContext): Rendered {
  const failure = task.state === 'failed' || task.state === 'cancelled' ? failureOf(task) : undefined
  const code = failure === undefined ? SUCCESS : taskCode(failure.code, task)
  return {
    code,
    message: failure === undefined ? 'Success' : `${failure.code}: ${failure.message}`,
    request_id: task.id,
    status: code,
    data: { ...NO_RESULT, status: STATUS_WORDS[phaseOf(task.state)], ...(task.state === 'succeeded' && linksOf(task, context)), ...ignoredOf(task) },
  }
}

/** A review of what was made, which the vendor tells apart from one of what was asked. */
function taskCode(code: ErrorCode, { request }: Task): number {
  if (code !== 'content_policy') return VENDOR_CODES[code]
  return request.kind === 'video' ? 50_516 : 50_511
}

function linksOf(task: Task, context: RenderContext) {
  const links = task.outputs.map(({ storageKey }) => context.fileLink(storageKey, task))
  return task.request.kind === 'video' ? { video_url: links[0] ?? '' } : { image_urls: links }
}

function ignoredOf({ ignored }: Task): { ignored?: string[] } {
  return ignored.length > 0 ? { ignored } : {}
}

/** The vendor's numbers; where it has none, the nearest. */
const VENDOR_CODES: Record<ErrorCode, number> = {
  unauthorized: 50_400,
  forbidden: 50_400,
  insufficient_credits: 50_400,
  not_found: 50_400,
  method_not_allowed: 50_400,
  model_not_found: 50_400,
  invalid_request: 50_215,
  url_not_allowed: 50_215,
  unsupported_media: 50_207,
  too_large: 50_207,
  rate_limited: 50_429,
  idempotency_conflict: 50_430,
  idempotency_mismatch: 50_215,
  conflict: 50_215,
  not_cancellable: 50_215,
  not_ready: 50_400,
  content_policy: 50_412,
  upstream_busy: 50_430,
  upstream_failed: 50_500,
  timeout: 50_501,
  cancelled: 50_500,
  overloaded: 50_500,
  internal: 50_500,
}

/** Who may not come in, or asks for no action of the service, is told so by the gate before it, in a shape of its own. */
function gateError({ code, param }: GatewayError): { name: string; number: number } | undefined {
  if (code === 'unauthorized') return { name: 'InvalidAccessKey', number: 100_009 }
  if (code === 'forbidden') return { name: 'AccessDenied', number: 100_013 }
  if (param !== 'Action') return undefined
  return code === 'not_found' ? { name: 'InvalidActionOrVersion', number: 100_008 } : { name: 'MissingParameter', number: 100_002 }
}

/** Both shapes stand in one body, where both are due. */
function renderError(error: GatewayError, { language, requestId }: ErrorContext): RenderedError {
  const message = errorNamingField(error, language)
  const code = VENDOR_CODES[error.code]
  const gate = gateError(error)
  return {
    status: error.code === 'unsupported_media' ? 400 : ERROR_CODES[error.code].status,
    body: {
      ...(gate && { ResponseMetadata: { RequestId: requestId, Version: '2022-08-31', Service: 'cv', Region: 'cn-north-1', Error: { CodeN: gate.number, Code: gate.name, Message: message } } }),
      code,
      message,
      request_id: requestId,
      status: code,
      data: null,
    },
  }
}

const taskSchema = z.object({
  code: z.int().describe('10000, or why the task failed.'),
  message: z.string(),
  request_id: z.string(),
  status: z.int(),
  data: z.object({
    status: statusWord,
    video_url: z.string().describe('A signed link, when the status is done and the code 10000.'),
    image_urls: z.array(z.string()).nullable(),
    binary_data_base64: z.array(z.string()).nullable(),
    ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
  }),
})

const errorSchema = z.object({
  ResponseMetadata: z.record(z.string(), z.unknown()).optional(),
  code: z.int(),
  message: z.string(),
  request_id: z.string(),
  status: z.int(),
  data: z.null(),
})

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/jimeng',
    action: 'create',
    parse,
    body,
    answer: answerAction,
    answerSchema: z.union([z.object({ code: z.int(), message: z.string(), request_id: z.string(), status: z.int(), data: z.object({ task_id: z.string() }) }), taskSchema]),
    waits: true,
    summary: 'Create a task, read it, or wait for its result, as the query\'s Action says',
    description: `\`?Action=…&Version=2022-08-31\`. Action is one of ${Object.keys(ACTIONS).join(', ')}. To read a task the body is { req_key, task_id }.`,
    examples: {
      text: { req_key: 'seedance-2.0-pro', prompt: 'A paper boat on a mountain lake', seed: -1, frames: 121, aspect_ratio: '16:9' },
      picture: { req_key: 'sora-2', prompt: 'The boat sails away', image_urls: ['https://example.com/boat.jpg'] },
    },
  },
]

export const jimeng: Dialect = {
  id: 'jimeng',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'data.status', words: statusWord.options },
  renderError,
  taskSchema,
  errorSchema,
}
