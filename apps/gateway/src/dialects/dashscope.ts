import { z } from 'zod'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { InputMedia, InputRole, Operation } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { phaseOf, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, openingRole, operationOf, referenceRole, seedAsked, textInput, vendorFields } from './shared/draft.ts'
import { failureOf, succeededTask } from './shared/ended-task.ts'
import { errorNamingField } from './shared/error-text.ts'
import { field, parseFields, parseQuery, unknownFields } from './shared/fields.ts'
import { unknownIn } from './shared/nested-fields.ts'
import { newestTasks } from './shared/newest-tasks.ts'
import { resultLinks } from './shared/result-links.ts'

/*
 * Alibaba Cloud Model Studio (DashScope): Wan videos and pictures. Facts: the vendor's pages and SDKs, and
 * @ai-sdk/alibaba 2.0, read August to November 2026. One envelope, `{ model, input, parameters }`; what a model takes its
 * materials in differs by family, and all of it is taken for every model here.
 */

const MAX_MATERIALS = 32
const MAX_MESSAGES = 64

const sources = () => z.array(field.source()).max(MAX_MATERIALS)

const mediaItem = z.object({
  type: z.enum(['first_frame', 'last_frame', 'reference_image', 'reference_video', 'reference_audio', 'reference_voice', 'driving_audio', 'first_clip', 'image', 'video', 'audio']),
  url: field.source(),
  reference_voice: field.source().optional(),
  reference_description: field.text(4000).optional(),
})

const message = z.object({
  role: field.text(20).optional(),
  content: z.array(z.object({ text: z.string().max(32_000).optional(), image: field.source().optional() })).max(MAX_MATERIALS),
})

const input = z.object({
  prompt: field.prompt().optional(),
  negative_prompt: z.string().max(32_000).optional(),
  img_url: field.source().optional().describe('The first frame.'),
  first_frame_url: field.source().optional(),
  last_frame_url: field.source().optional(),
  head_frame: field.source().optional().describe('The same as `first_frame_url`, as older models take it.'),
  tail_frame: field.source().optional().describe('The same as `last_frame_url`.'),
  audio_url: field.source().optional(),
  reference_url: field.source().optional(),
  reference_urls: sources().optional().describe('Pictures and videos (.mp4, .mov) to refer to.'),
  reference_video_urls: sources().optional(),
  ref_images_url: sources().optional(),
  image_url: field.source().optional(),
  video_url: field.source().optional(),
  media: z.array(mediaItem).max(MAX_MATERIALS).optional().describe('Materials with their parts, as newer models take them.'),
  images: sources().optional().describe('Pictures to change.'),
  base_image_url: field.source().optional(),
  mask_image_url: field.source().optional(),
  function: field.text().optional(),
  template: field.text().optional(),
  extend_prompt: z.boolean().optional().describe('The older name of `parameters.prompt_extend`; true says nothing.'),
  messages: z.array(message).max(MAX_MESSAGES).optional().describe('The prompt and pictures, as newer picture models take them.'),
})

/** Parameters of single models, which go to those that list them. */
const VENDOR_PARAMETERS = [
  'watermark', 'shot_type', 'audio_setting', 'enable_thinking', 'thinking_mode', 'mode', 'check_image', 'strength', 'style', 'bbox_list', 'color_palette',
  'enable_sequential', 'upscale_factor', 'top_scale', 'bottom_scale', 'left_scale', 'right_scale', 'is_sketch', 'obj_or_bg',
] as const

const parameters = z.object({
  size: field.text(20).optional().describe('1280*720; for pictures also 1K, 2K or 4K.'),
  resolution: field.text(20).optional().describe('480P, 720P or 1080P.'),
  ratio: field.text(20).optional(),
  duration: z.union([z.literal(0), field.seconds()], { error: 'must be a number of seconds' }).optional().describe('0 keeps the length of the video that is changed.'),
  prompt_extend: z.boolean().optional(),
  seed: field.seed().optional(),
  audio: z.boolean().optional(),
  n: field.count().optional(),
  // `fromEntries` forgets the names.
  ...(Object.fromEntries(VENDOR_PARAMETERS.map((name) => [name, z.unknown().optional()])) as Record<(typeof VENDOR_PARAMETERS)[number], z.ZodOptional<z.ZodUnknown>>),
})

const createBody = z.object({ model: field.model(), input, parameters: parameters.optional() })

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'input.prompt',
  negativePrompt: 'input.negative_prompt',
  inputs: 'input.media',
  operation: 'input.function',
  size: 'parameters.size',
  resolution: 'parameters.resolution',
  aspectRatio: 'parameters.ratio',
  durationSeconds: 'parameters.duration',
  enhancePrompt: 'parameters.prompt_extend',
  seed: 'parameters.seed',
  audio: 'parameters.audio',
  count: 'parameters.n',
  vendor: 'parameters',
}

type Input = z.output<typeof input>

function parseVideo(body: RequestBody, context: ParseContext): Draft {
  return draftOf(body, context, 'video')
}

function parseImage(body: RequestBody, context: ParseContext): Draft {
  return draftOf(body, context, 'image')
}

function draftOf(body: RequestBody, context: ParseContext, kind: 'video' | 'image'): Draft {
  const given = parseFields(createBody, body.fields)
  const model = context.model(given.model)
  const settings = given.parameters ?? {}
  const inputs = kind === 'video' ? videoInputs(given.input, model) : imageInputs(given.input, model)
  return {
    request: present({
      kind,
      operation: functionOf(given.input, model) ?? continuationOf(given.input, model) ?? operationOf(model, inputs),
      model: model.id,
      prompt: given.input.prompt ?? lastMessage(given.input)?.content.flatMap(({ text }) => text ?? []).join('\n') ?? '',
      negativePrompt: given.input.negative_prompt,
      durationSeconds: settings.duration === 0 ? undefined : settings.duration,
      resolution: settings.resolution?.replace(/P$/, 'p'),
      aspectRatio: settings.ratio,
      size: settings.size,
      seed: seedAsked(model, settings.seed),
      count: settings.n ?? 1,
      audio: settings.audio,
      // The vendor's Python SDK says `true` unless it is told otherwise.
      enhancePrompt: settings.prompt_extend ?? (given.input.extend_prompt === false ? false : undefined),
      vendor: vendorFields(Object.fromEntries(VENDOR_PARAMETERS.map((name) => [name, isSaid(name, settings[name]) ? settings[name] : undefined]))),
      echo: { messages: given.input.messages !== undefined },
    }),
    inputs,
    ignored: [
      ...unknownFields(createBody, body.fields),
      ...unknownIn(input, body.fields['input'], 'input'),
      ...unknownIn(parameters, body.fields['parameters'], 'parameters'),
    ],
    unusedFields: 'ignore',
    fieldNames: given.input.messages === undefined ? FIELD_NAMES : { ...FIELD_NAMES, prompt: 'input.messages', inputs: 'input.messages' },
  }
}

/** No watermark is what a model without one makes. */
function isSaid(name: string, value: unknown): boolean {
  return value !== undefined && value !== null && !(name === 'watermark' && value === false)
}

/** What functions of the vendor's all-round models are in our words. They change what is made, so none is left out. */
const FUNCTIONS: Record<string, Operation> = {
  image_reference: 'reference_to_video',
  video_repainting: 'video_to_video',
  video_edit: 'video_to_video',
  video_extension: 'extend',
  video_outpainting: 'reframe',
  description_edit: 'image_edit',
  description_edit_with_mask: 'image_edit',
  stylization_all: 'image_edit',
  stylization_local: 'image_edit',
  expand: 'reframe',
  super_resolution: 'upscale',
}

/** The vendor's Python SDK (dashscope 2.0.2) writes the last part of the path here, in each request for a video. */
const SDK_FUNCTION = 'video-synthesis'

function functionOf({ function: name, template }: Input, model: Model): Operation | undefined {
  if (template !== undefined) throw new GatewayError('invalid_request', `input.template is not something that ${model.id} takes`, { param: 'input.template' })
  if (name === undefined || name === SDK_FUNCTION) return undefined
  const there = Object.entries(FUNCTIONS).filter(([, operation]) => model.operations.includes(operation))
  const asked = there.find(([known]) => known === name)
  if (asked) return asked[1]
  throw new GatewayError('invalid_request', `input.function must be one of ${there.map(([known]) => known).join(', ') || 'none'} for ${model.id}`, { param: 'input.function' })
}

/** `first_clip` is a video to go on from. */
function continuationOf({ media }: Input, model: Model): Operation | undefined {
  return media?.some(({ type }) => type === 'first_clip') && model.operations.includes('extend') ? 'extend' : undefined
}

function lastMessage({ messages }: Input) {
  return messages?.findLast(({ role }) => role !== 'system' && role !== 'assistant') ?? messages?.at(-1)
}

function videoInputs(given: Input, model: Model): DraftInput[] {
  const inputs: DraftInput[] = []
  const add = (media: InputMedia, role: InputRole, text: string | undefined, param: string): void => {
    if (text !== undefined) inputs.push(textInput(media, role, text, param))
  }
  const addReference = (url: string, param: string): void => {
    const media = isVideo(url) ? 'video' : 'image'
    add(media, referenceRole(model, media), url, param)
  }
  add('image', openingRole(model), given.img_url, 'input.img_url')
  add('image', openingRole(model), given.first_frame_url, 'input.first_frame_url')
  add('image', openingRole(model), given.image_url, 'input.image_url')
  add('image', openingRole(model), given.head_frame, 'input.head_frame')
  add('image', 'last_frame', given.last_frame_url, 'input.last_frame_url')
  add('image', 'last_frame', given.tail_frame, 'input.tail_frame')
  if (given.reference_url !== undefined) addReference(given.reference_url, 'input.reference_url')
  given.reference_urls?.forEach((url, index) => addReference(url, `input.reference_urls[${index}]`))
  given.reference_video_urls?.forEach((url, index) => add('video', referenceRole(model, 'video'), url, `input.reference_video_urls[${index}]`))
  given.ref_images_url?.forEach((url, index) => add('image', 'reference', url, `input.ref_images_url[${index}]`))
  add('video', defaultMaterialRole(model, 'video'), given.video_url, 'input.video_url')
  add('audio', defaultMaterialRole(model, 'audio'), given.audio_url, 'input.audio_url')
  given.media?.forEach(({ type, url, reference_voice: voice }, index) => {
    const [media, role] = partOf(type, model)
    add(media, role, url, `input.media[${index}].url`)
    add('audio', referenceRole(model, 'audio'), voice, `input.media[${index}].reference_voice`)
  })
  add('image', 'mask', given.mask_image_url, 'input.mask_image_url')
  return inputs
}

function partOf(type: z.output<typeof mediaItem>['type'], model: Model): [InputMedia, InputRole] {
  switch (type) {
    case 'first_frame':
      return ['image', openingRole(model)]
    case 'last_frame':
      return ['image', 'last_frame']
    case 'reference_image':
      return ['image', 'reference']
    case 'image':
      return ['image', defaultImageRole(model, 0, 1)]
    case 'reference_video':
      return ['video', referenceRole(model, 'video')]
    case 'video':
    case 'first_clip':
      return ['video', defaultMaterialRole(model, 'video')]
    case 'reference_audio':
    case 'reference_voice':
      return ['audio', referenceRole(model, 'audio')]
    case 'driving_audio':
    case 'audio':
      return ['audio', defaultMaterialRole(model, 'audio')]
  }
}

function isVideo(url: string): boolean {
  return /\.(mp4|mov)([?#]|$)/i.test(url) || /^data:video\//i.test(url)
}

function imageInputs(given: Input, model: Model): DraftInput[] {
  const pictures = [
    ...(given.base_image_url === undefined ? [] : [{ text: given.base_image_url, param: 'input.base_image_url' }]),
    ...(given.image_url === undefined ? [] : [{ text: given.image_url, param: 'input.image_url' }]),
    ...(given.images ?? []).map((text, index) => ({ text, param: `input.images[${index}]` })),
    ...(given.messages ?? []).flatMap(({ content }, turn) => content.flatMap(({ image }, index) => (image === undefined ? [] : [{ text: image, param: `input.messages[${turn}].content[${index}].image` }]))),
  ]
  if (pictures.length > MAX_MATERIALS) throw new GatewayError('invalid_request', `there may be at most ${MAX_MATERIALS} pictures`, { param: pictures[MAX_MATERIALS]!.param })
  const inputs = pictures.map(({ text, param }, index) => textInput('image', defaultImageRole(model, index, pictures.length), text, param))
  if (given.mask_image_url !== undefined) inputs.push(textInput('image', 'mask', given.mask_image_url, 'input.mask_image_url'))
  return inputs
}

/** Newer picture models are also called so that the answer has the pictures. */
async function answerAtOnce(_: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await succeededTask(gateway, await gateway.create())
  return { body: { output: { choices: choicesOf(task, gateway.rendering), finished: true }, usage: usageOf(task), request_id: task.id } }
}

const STATUS_WORDS: Record<TaskPhase, StatusWord> = { queued: 'PENDING', running: 'RUNNING', succeeded: 'SUCCEEDED', failed: 'FAILED', cancelled: 'CANCELED' }
const statusWord = z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'])
type StatusWord = z.output<typeof statusWord>

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  return {
    request_id: task.id,
    output: present({
      task_id: task.id,
      task_status: STATUS_WORDS[phaseOf(task.state)],
      submit_time: timeText(task.createdAtMs),
      scheduled_time: timeText(task.submittedAtMs),
      end_time: timeText(task.endedAtMs),
      ...(task.state === 'succeeded' ? renderResult(task, context) : {}),
      ...(task.state === 'failed' || task.state === 'cancelled' ? taskError(task) : {}),
      ignored: task.ignored.length > 0 ? task.ignored : undefined,
    }),
    ...(task.state === 'succeeded' && { usage: usageOf(task) }),
  }
}

function renderResult(task: Task, context: RenderContext) {
  const links = resultLinks(task, context)
  const { prompt } = task.request
  if (task.request.kind === 'video') return present({ video_url: links[0], orig_prompt: prompt })
  return {
    results: links.map((url) => ({ url, orig_prompt: prompt })),
    task_metrics: { TOTAL: links.length, SUCCEEDED: links.length, FAILED: 0 },
    ...(task.request.echo?.['messages'] === true && { choices: choicesOf(task, context) }),
  }
}

function choicesOf(task: Task, context: RenderContext) {
  return resultLinks(task, context).map((image) => ({ finish_reason: 'stop', message: { role: 'assistant', content: [{ type: 'image', image }] } }))
}

function usageOf(task: Task) {
  const { request, outputs, quote } = task
  const size = outputs[0]?.widthPixels === undefined ? undefined : `${outputs[0].widthPixels}*${outputs[0].heightPixels ?? 0}`
  if (request.kind !== 'video') return present({ image_count: outputs.length, size })
  const seconds = typeof request.durationSeconds === 'number' ? request.durationSeconds : Math.round(outputs[0]?.durationSeconds ?? quote.facts.durationMs / 1000)
  const lines = /^(\d{3,4})p$/i.exec(request.resolution ?? '')?.[1]
  return present({
    video_count: outputs.length,
    duration: seconds,
    input_video_duration: Math.round(quote.facts.inputVideoDurationMs / 1000),
    output_video_duration: seconds,
    SR: lines === undefined ? undefined : Number(lines),
    size,
    ratio: request.aspectRatio,
    fps: quote.facts.framesPerSecond > 0 ? quote.facts.framesPerSecond : undefined,
    audio: request.audio,
  })
}

function taskError(task: Task) {
  const { code, message } = failureOf(task)
  return { code: VENDOR_CODES[code].code, message }
}

const BEIJING_MS = 8 * 3_600_000

/** "YYYY-MM-DD HH:mm:ss.SSS", without a zone; the vendor's clocks are those of Beijing. */
function timeText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms + BEIJING_MS).toISOString().replace('T', ' ').slice(0, -1)
}

const timeQuery = z.string().regex(/^\d{14}$/, 'must be yyyyMMddHHmmss')

const listQuery = z.object({
  task_id: field.text().optional(),
  start_time: timeQuery.optional(),
  end_time: timeQuery.optional(),
  model_name: field.text().optional(),
  status: statusWord.optional(),
  page_no: z.coerce.number().int().min(1).max(500).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(10),
})

async function answerList({ query }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { page_no: page, page_size: size, ...filter } = parseQuery(listQuery, query)
  const model = filter.model_name === undefined ? undefined : (gateway.parsing.findModel(filter.model_name)?.id ?? '')
  const [from, to] = [msOf(filter.start_time) ?? 0, msOf(filter.end_time) ?? Infinity]
  const found = (await newestTasks(gateway)).filter(
    (task) =>
      (filter.task_id === undefined || task.id === filter.task_id) &&
      (model === undefined || task.request.model === model) &&
      (filter.status === undefined || STATUS_WORDS[phaseOf(task.state)] === filter.status) &&
      task.createdAtMs >= from && task.createdAtMs <= to,
  )
  const data = found.slice((page - 1) * size, page * size).map((task) => ({ ...renderTask(task, gateway.rendering).output, model_name: task.request.model }))
  return { body: { request_id: 'list', data, total: found.length, total_page: Math.ceil(found.length / size), page_no: page, page_size: size } }
}

function msOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z')) - BEIJING_MS
  if (Number.isNaN(ms)) throw new GatewayError('invalid_request', 'start_time and end_time must be yyyyMMddHHmmss', { param: 'start_time' })
  return ms
}

/** The vendor's words; where it has none, ours in its manner. */
const VENDOR_CODES: Record<ErrorCode, { code: string; status?: number }> = {
  unauthorized: { code: 'InvalidApiKey' },
  forbidden: { code: 'AccessDenied' },
  insufficient_credits: { code: 'Arrearage' },
  not_found: { code: 'NotFound' },
  method_not_allowed: { code: 'BadRequest.MethodNotAllowed' },
  model_not_found: { code: 'ModelNotFound' },
  invalid_request: { code: 'InvalidParameter' },
  url_not_allowed: { code: 'InvalidURL' },
  unsupported_media: { code: 'InvalidFile.Format', status: 400 },
  too_large: { code: 'InvalidFile.Size' },
  rate_limited: { code: 'Throttling.RateQuota' },
  idempotency_conflict: { code: 'BadRequest.IdempotencyConflict' },
  idempotency_mismatch: { code: 'BadRequest.IdempotencyMismatch' },
  conflict: { code: 'UnsupportedOperation', status: 400 },
  not_cancellable: { code: 'UnsupportedOperation', status: 400 },
  not_ready: { code: 'NotFound' },
  content_policy: { code: 'DataInspectionFailed' },
  upstream_busy: { code: 'ServiceUnavailable' },
  upstream_failed: { code: 'InternalError.Algo' },
  timeout: { code: 'InternalError.Timeout' },
  cancelled: { code: 'Cancelled' },
  overloaded: { code: 'ServiceUnavailable' },
  internal: { code: 'InternalError' },
}

/** "Flat body { code, message, request_id }": the field that is wrong has no place but the message. */
function renderError(error: GatewayError, { language, requestId }: ErrorContext): RenderedError {
  const { code, status } = VENDOR_CODES[error.code]
  return { status: status ?? ERROR_CODES[error.code].status, body: { code, message: errorNamingField(error, language), request_id: requestId } }
}

const file = z.object({ url: z.string(), orig_prompt: z.string() })

const taskSchema = z.object({
  request_id: z.string(),
  output: z.object({
    task_id: z.string(),
    task_status: statusWord,
    submit_time: z.string().optional().describe('Beijing time.'),
    scheduled_time: z.string().optional(),
    end_time: z.string().optional(),
    video_url: z.string().optional().describe('A signed link, when task_status is SUCCEEDED.'),
    orig_prompt: z.string().optional(),
    results: z.array(file).optional().describe('The pictures of a picture task.'),
    task_metrics: z.object({ TOTAL: z.int(), SUCCEEDED: z.int(), FAILED: z.int() }).optional(),
    choices: z.array(z.record(z.string(), z.unknown())).optional(),
    code: z.string().optional(),
    message: z.string().optional(),
    ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
  }),
  usage: z.record(z.string(), z.unknown()).optional(),
})

const createdSchema = z.object({ output: z.object({ task_id: z.string(), task_status: statusWord }), request_id: z.string() })

const atOnceSchema = z.object({
  output: z.object({ choices: z.array(z.record(z.string(), z.unknown())), finished: z.boolean() }),
  usage: z.record(z.string(), z.unknown()),
  request_id: z.string(),
})

const listSchema = z.object({
  request_id: z.string(),
  data: z.array(z.object({ ...taskSchema.shape.output.shape, model_name: z.string() })),
  total: z.int(),
  total_page: z.int(),
  page_no: z.int(),
  page_size: z.int(),
})

const errorSchema = z.object({ code: z.string(), message: z.string(), request_id: z.string() })

const SERVICES = '/api/v1/services/aigc'
const create = (path: string, parse: NonNullable<DialectRoute['parse']>, summary: string): DialectRoute => ({
  method: 'POST',
  path: `${SERVICES}/${path}`,
  action: 'create',
  parse,
  body: createBody,
  answerSchema: createdSchema,
  render: ({ id, state }) => ({ output: { task_id: id, task_status: STATUS_WORDS[phaseOf(state)] }, request_id: id }),
  summary,
})

const ROUTES: DialectRoute[] = [
  {
    ...create('video-generation/video-synthesis', parseVideo, 'Create a video task'),
    examples: { text: { model: 'seedance-2.0-pro', input: { prompt: 'A paper boat on a mountain lake' }, parameters: { resolution: '720P', duration: 5, prompt_extend: true } } },
  },
  create('image2video/video-synthesis', parseVideo, 'Create a video task from pictures'),
  {
    ...create('text2image/image-synthesis', parseImage, 'Create a picture task'),
    examples: { text: { model: 'gpt-image-1', input: { prompt: 'A paper boat on a mountain lake' }, parameters: { size: '1024*1024', n: 1 } } },
  },
  create('image2image/image-synthesis', parseImage, 'Create a task that changes pictures'),
  create('image-generation/generation', parseImage, 'Create a picture task from messages'),
  { ...create('multimodal-generation/generation', parseImage, 'Make pictures, and wait for them'), answer: answerAtOnce, answerSchema: atOnceSchema, waits: true },
  { method: 'GET', path: '/api/v1/tasks/:id', action: 'read', summary: 'Read a task' },
  { method: 'GET', path: '/api/v1/tasks', action: 'custom', answer: answerList, answerSchema: listSchema, query: listQuery, summary: 'List tasks' },
  { method: 'POST', path: '/api/v1/tasks/:id/cancel', action: 'cancel', render: ({ id }) => ({ request_id: id }), summary: 'Cancel a task' },
]

export const dashscope: Dialect = {
  id: 'dashscope',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'output.task_status', words: statusWord.options },
  renderError,
  taskSchema,
  errorSchema,
}
