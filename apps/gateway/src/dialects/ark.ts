import { z } from 'zod'
import { ERROR_CODES, errorMessage, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { InputRole } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { extraOf, phaseOf, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { cancelOrDelete } from './shared/delete-task.ts'
import { defaultImageRole, listedSources, operationOf, referenceRole, seedAsked, textInput, vendorFields } from './shared/draft.ts'
import { failureOf, succeededTask } from './shared/ended-task.ts'
import { field, isPlainObject, parseFields, parseQuery } from './shared/fields.ts'
import { newestTasks } from './shared/newest-tasks.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * Volcengine Ark and BytePlus ModelArk: Seedance videos as tasks, Seedream pictures at once. Facts: the vendor's pages
 * (https://www.volcengine.com/docs/82379/1520757) and SDKs, live calls by open-source clients, @ai-sdk/bytedance 1.0, read
 * August to November 2026. The vendor's server is strict ("the specified parameter `draft` is not supported for model …"),
 * and so is this: fields that the model has no use for are refused, unless they say what is so anyway.
 */

const MAX_CONTENT = 64
const MAX_PICTURES = 16
const MAX_PROMPT_PARTS = 8

const address = z.object({ url: field.source() })

const item = z.union(
  [
    z.object({ type: z.literal('text'), text: z.string().max(32_000) }),
    z.object({ type: z.literal('image_url'), image_url: address, role: z.enum(['first_frame', 'last_frame', 'reference_image']).optional() }),
    z.object({ type: z.literal('video_url'), video_url: address, role: z.literal('reference_video').optional() }),
    z.object({ type: z.literal('audio_url'), audio_url: address, role: z.literal('reference_audio').optional() }),
  ],
  { error: 'must be { type: "text", text }, or an image_url, video_url or audio_url with its role' },
)

const taskBody = z.strictObject({
  model: field.model(),
  content: z.array(item).min(1).max(MAX_CONTENT).describe('The prompt, and pictures, videos and sounds with their roles.'),
  resolution: field.text(20).optional().describe('480p, 720p, 1080p or 4k.'),
  ratio: field.text(20).optional().describe('16:9 … or adaptive.'),
  duration: z.union([z.literal(-1), field.seconds()], { error: 'must be a number of seconds, or -1 to let the model decide' }).optional(),
  frames: z.int().min(1).max(10_000).optional().describe('Instead of duration: 24 for each second, and one.'),
  framespersecond: field.framesPerSecond().optional(),
  seed: field.seed().optional().describe('-1 for any.'),
  camera_fixed: z.boolean().optional(),
  watermark: z.boolean().optional(),
  generate_audio: z.boolean().optional(),
  return_last_frame: z.boolean().optional(),
  draft: z.boolean().optional(),
  service_tier: z.enum(['default', 'flex', 'auto']).optional(),
  priority: z.int().min(0).max(9).optional(),
  execution_expires_after: z.int().min(0).max(259_200).optional(),
  callback_url: field.callbackUrl().optional(),
  safety_identifier: field.text(64).optional(),
  tools: z.array(z.object({ type: field.text() })).max(8).optional(),
  output_format: field.text(20).optional(),
  omni_reference_task_type: field.text(20).optional(),
})

const TASK_FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'content',
  inputs: 'content',
  durationSeconds: 'duration',
  resolution: 'resolution',
  size: 'resolution',
  aspectRatio: 'ratio',
  framesPerSecond: 'framespersecond',
  seed: 'seed',
  audio: 'generate_audio',
  outputFormat: 'output_format',
  callbackUrl: 'callback_url',
  endUserId: 'safety_identifier',
}

/** Those by whose values the vendor's servers differ; what stands here is what is so anyway, and says nothing. */
const VENDOR_DEFAULTS: Record<string, unknown> = { camera_fixed: false, watermark: false, return_last_frame: false, draft: false, service_tier: 'default', priority: 0, omni_reference_task_type: 'auto' }

type Item = z.output<typeof item>

function parseTask(body: RequestBody, context: ParseContext): Draft {
  const { fields, prompt } = withoutFlags(withoutNulls(body.fields))
  const given = parseFields(taskBody, fields)
  const model = context.model(given.model)
  const inputs = inputsOf(model, given.content)
  const isPixels = given.resolution !== undefined && /^\d+x\d+$/.test(given.resolution)
  return {
    request: present({
      kind: 'video' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: prompt ?? '',
      durationSeconds: given.frames === undefined ? (given.duration === -1 ? ('auto' as const) : given.duration) : secondsOfFrames(given.frames),
      ...(isPixels ? { size: given.resolution } : { resolution: given.resolution }),
      aspectRatio: given.ratio,
      framesPerSecond: given.framespersecond,
      seed: seedAsked(model, given.seed),
      count: 1,
      audio: given.generate_audio,
      outputFormat: given.output_format === 'mp4' ? undefined : given.output_format,
      callbackUrl: given.callback_url,
      endUserId: given.safety_identifier,
      vendor: vendorOf({
        camera_fixed: given.camera_fixed, watermark: given.watermark, return_last_frame: given.return_last_frame, draft: given.draft,
        service_tier: given.service_tier === 'auto' ? 'default' : given.service_tier, priority: given.priority, tools: given.tools, omni_reference_task_type: given.omni_reference_task_type,
      }),
    }),
    inputs,
    // A deadline of ours holds for every task.
    ignored: given.execution_expires_after === undefined ? [] : ['execution_expires_after'],
    unusedFields: 'refuse',
    fieldNames: given.frames === undefined ? TASK_FIELD_NAMES : { ...TASK_FIELD_NAMES, durationSeconds: 'frames' },
  }
}

/** The vendor's Python SDK (5.0.54) writes null for each field that it knows and was not given, and each version knows more. */
function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

function vendorOf(fields: Record<string, unknown>): Record<string, unknown> | undefined {
  return vendorFields(Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== VENDOR_DEFAULTS[name])))
}

const FRAMES_PER_SECOND = 24

/** "25+4n": 49 frames are 2 seconds. Those in between come to no whole second, and no model of ours takes parts of one. */
function secondsOfFrames(frames: number): number {
  const seconds = (frames - 1) / FRAMES_PER_SECOND
  if (Number.isInteger(seconds) && seconds > 0) return seconds
  throw new GatewayError('invalid_request', `frames must be ${FRAMES_PER_SECOND} for each second and one more, such as 49 or 121, not ${frames}`, { param: 'frames' })
}

const PICTURE_ROLES = { first_frame: 'first_frame', last_frame: 'last_frame', reference_image: 'reference' } as const satisfies Record<string, InputRole>

function inputsOf(model: Model, content: readonly Item[]): DraftInput[] {
  const loose = content.filter((each) => each.type === 'image_url' && each.role === undefined).length
  let seen = 0
  return content.flatMap((each, index): DraftInput[] => {
    const param = `content[${index}]`
    switch (each.type) {
      case 'text':
        return []
      case 'image_url':
        return [textInput('image', each.role === undefined ? defaultImageRole(model, seen++, loose) : PICTURE_ROLES[each.role], each.image_url.url, `${param}.image_url`)]
      case 'video_url':
        return [textInput('video', referenceRole(model, 'video'), each.video_url.url, `${param}.video_url`)]
      case 'audio_url':
        return [textInput('audio', referenceRole(model, 'audio'), each.audio_url.url, `${param}.audio_url`)]
    }
  })
}

/** "Still parsed on 1.x (and tolerated later)": what programs for the first models write behind the prompt. */
const FLAGS: Record<string, keyof z.output<typeof taskBody>> = {
  resolution: 'resolution', rs: 'resolution', ratio: 'ratio', rt: 'ratio', duration: 'duration', dur: 'duration', frames: 'frames',
  framespersecond: 'framespersecond', fps: 'framespersecond', seed: 'seed', camerafixed: 'camera_fixed', cf: 'camera_fixed', watermark: 'watermark', wm: 'watermark',
}
const FLAG = new RegExp(`(?:^|\\s)--(${Object.keys(FLAGS).join('|')})[ \\t]+(\\S+)`, 'gi')
const WORD_FLAGS = new Set(['resolution', 'ratio'])

/** The body with the flags of its texts as fields, unless a field says the same; and the texts without them. */
function withoutFlags(fields: Record<string, unknown>): { fields: Record<string, unknown>; prompt?: string } {
  const content = fields['content']
  if (!Array.isArray(content)) return { fields }
  const texts = content.flatMap((each) => (isPlainObject(each) && each['type'] === 'text' && typeof each['text'] === 'string' ? [each['text']] : []))
  if (texts.length > MAX_PROMPT_PARTS) throw new GatewayError('invalid_request', `content may hold at most ${MAX_PROMPT_PARTS} texts`, { param: 'content' })
  const flags: Record<string, unknown> = {}
  const prompt = texts
    .map((text) =>
      text.replaceAll(FLAG, (_, flag: string, value: string) => {
        const name = FLAGS[flag.toLowerCase()]!
        flags[name] = WORD_FLAGS.has(name) ? value : literal(value)
        return ''
      }).trim(),
    )
    .join('\n')
  return { fields: { ...flags, ...fields }, prompt }
}

function literal(text: string): unknown {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  return /^-?\d{1,16}$/.test(text) ? Number(text) : text
}

const imageBody = z.strictObject({
  model: field.model(),
  prompt: field.prompt(),
  image: field.sources(MAX_PICTURES).optional(),
  size: field.text(20).optional().describe('1K, 2K, 4K or WIDTHxHEIGHT.'),
  seed: field.seed().optional(),
  guidance_scale: z.number().min(1).max(10).optional(),
  response_format: z.enum(['url', 'b64_json']).optional(),
  watermark: z.boolean().optional(),
  sequential_image_generation: z.enum(['auto', 'disabled']).optional(),
  sequential_image_generation_options: z.object({ max_images: z.int().min(1).max(15).optional() }).optional(),
  stream: z.boolean().optional(),
  optimize_prompt: z.boolean().optional().describe('As older models take it.'),
  optimize_prompt_options: z.object({ mode: field.text(20).optional(), thinking: field.text(20).optional() }).optional(),
  output_format: field.text(20).optional(),
  tools: z.array(z.object({ type: field.text() })).max(8).optional(),
  user: field.text().optional(),
})

const IMAGE_FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  inputs: 'image',
  size: 'size',
  resolution: 'size',
  aspectRatio: 'size',
  seed: 'seed',
  count: 'sequential_image_generation_options.max_images',
  outputFormat: 'output_format',
  endUserId: 'user',
}

function parseImages(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(imageBody, withoutNulls(body.fields))
  const model = context.model(given.model)
  const pictures = listedSources(given.image, 'image')
  const inputs = pictures.map(({ text, param }, index) => textInput('image', defaultImageRole(model, index, pictures.length), text, param))
  return {
    request: present({
      kind: 'image' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt,
      // "seededit 3.0 only `adaptive`": the size of the picture that is changed, as it is without this word.
      size: given.size === 'adaptive' ? undefined : given.size,
      seed: seedAsked(model, given.seed),
      count: countOf(given, model, pictures.length),
      outputFormat: given.output_format,
      endUserId: given.user,
      vendor: vendorOf({ watermark: given.watermark, guidance_scale: given.guidance_scale, optimize_prompt: given.optimize_prompt, optimize_prompt_options: given.optimize_prompt_options, tools: given.tools }),
      echo: { response_format: given.response_format ?? 'url', stream: given.stream ?? false },
    }),
    inputs,
    ignored: [],
    unusedFields: 'refuse',
    fieldNames: IMAGE_FIELD_NAMES,
  }
}

/** "References + outputs ≤ 15", and as many as that unless `max_images` says fewer. */
const MOST_IMAGES = 15

function countOf(given: z.output<typeof imageBody>, model: Model, pictures: number): number {
  if (given.sequential_image_generation !== 'auto') return 1
  return given.sequential_image_generation_options?.max_images ?? Math.max(1, Math.min(MOST_IMAGES - pictures, model.maxCount))
}

async function answerImages(_: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await succeededTask(gateway, await gateway.create())
  const { response_format: format, stream } = task.request.echo ?? {}
  const files: Record<string, unknown>[] = []
  for (const output of task.outputs) {
    const size = `${output.widthPixels ?? 0}x${output.heightPixels ?? 0}`
    files.push(format === 'b64_json' ? { b64_json: (await gateway.bytesOf(output)).toString('base64'), size } : { url: gateway.rendering.fileLink(output.storageKey, task), size })
  }
  const about = { model: task.request.model, created: unixSeconds(task.endedAtMs ?? task.updatedAtMs) }
  const usage = { generated_images: files.length, output_tokens: imageTokens(task), total_tokens: imageTokens(task) }
  return stream === true ? { stream: imageEvents(files, about, usage) } : { body: { ...about, data: files, usage } }
}

/** The pictures are there together, so they are told one behind the other. */
async function* imageEvents(files: readonly Record<string, unknown>[], about: Record<string, unknown>, usage: Record<string, unknown>): AsyncGenerator<string> {
  const event = (type: string, body: Record<string, unknown>): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...about, ...body })}\n\n`
  for (const [image_index, file] of files.entries()) yield event('image_generation.partial_succeeded', { image_index, ...file })
  yield event('image_generation.completed', { usage })
  yield 'data: [DONE]\n\n'
}

/** "width × height / 256", which the vendor reports for each picture. */
function imageTokens({ outputs }: Task): number {
  return outputs.reduce((total, { widthPixels = 0, heightPixels = 0 }) => total + Math.floor((widthPixels * heightPixels) / 256), 0)
}

/** AI SDK's poller stops at `succeeded` and `failed` only; the others are the vendor's own. */
const STATUS_WORDS: Record<TaskPhase, StatusWord> = { queued: 'queued', running: 'running', succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled' }
const statusWord = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
type StatusWord = z.output<typeof statusWord>

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const { request } = task
  return {
    id: task.id,
    model: request.model,
    status: STATUS_WORDS[phaseOf(task.state)],
    error: task.state === 'failed' || task.state === 'cancelled' ? taskError(task) : null,
    created_at: unixSeconds(task.createdAtMs),
    updated_at: unixSeconds(task.updatedAtMs),
    ...(task.state === 'succeeded' && { content: renderContent(task, context), usage: usageOf(task) }),
    ...present({
      seed: request.seed,
      resolution: request.resolution,
      ratio: request.aspectRatio,
      duration: durationOf(task),
      framespersecond: task.quote.facts.framesPerSecond > 0 ? task.quote.facts.framesPerSecond : undefined,
      generate_audio: request.audio,
      service_tier: 'default',
      safety_identifier: request.endUserId,
      ignored: task.ignored.length > 0 ? task.ignored : undefined,
    }),
  }
}

function taskError(task: Task) {
  const { code, message } = failureOf(task)
  return { code: code === 'content_policy' ? 'OutputVideoSensitiveContentDetected' : VENDOR_CODES[code].code, message }
}

function renderContent(task: Task, context: RenderContext): z.output<typeof contentSchema> {
  const [first] = task.outputs
  const link = first && context.fileLink(first.storageKey, task)
  const lastFrame = extraOf(task, 'last_frame')
  if (task.request.kind === 'video') return present({ video_url: link, last_frame_url: lastFrame && context.fileLink(lastFrame.storageKey, task) })
  return present({ file_url: link })
}

/** "tokens ≈ W × H × fps × seconds / 1024". */
function usageOf(task: Task) {
  const { widthPixels, heightPixels, framesPerSecond, durationMs, count } = task.quote.facts
  const tokens = task.request.kind === 'video' ? Math.round((widthPixels * heightPixels * framesPerSecond * durationMs * count) / 1_024_000) : imageTokens(task)
  return { completion_tokens: tokens, total_tokens: tokens }
}

function durationOf({ request, outputs, quote }: Task): number | undefined {
  if (request.kind !== 'video') return undefined
  if (typeof request.durationSeconds === 'number') return request.durationSeconds
  return Math.round(outputs[0]?.durationSeconds ?? quote.facts.durationMs / 1000)
}

const MAX_IDS = 100

const listQuery = z.object({
  page_num: z.coerce.number().int().min(1).max(500).default(1),
  page_size: z.coerce.number().int().min(1).max(500).default(10),
  'filter.status': statusWord.optional(),
  'filter.model': field.text().optional(),
  'filter.service_tier': field.text().optional(),
  'filter.task_ids': z.union([field.text(), z.array(field.text()).max(MAX_IDS)]).optional(),
})

async function answerList({ query }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { page_num: page, page_size: size, ...filter } = parseQuery(listQuery, query)
  const ids = filter['filter.task_ids']
  const found = ids === undefined ? await newestTasks(gateway, 'video') : await tasksOf([ids].flat(), gateway)
  const model = filter['filter.model'] === undefined ? undefined : (gateway.parsing.findModel(filter['filter.model'])?.id ?? '')
  const rendered = found.filter(({ request }) => model === undefined || request.model === model).map((task) => renderTask(task, gateway.rendering))
  const items = rendered.filter(({ status }) => filter['filter.status'] === undefined || status === filter['filter.status'])
  return { body: { total: items.length, items: items.slice((page - 1) * size, page * size) } }
}

async function tasksOf(ids: readonly string[], gateway: GatewayForDialects): Promise<Task[]> {
  const tasks = await Promise.all(ids.map((id) => gateway.read(id)))
  return tasks.filter((task) => task !== undefined)
}

/** "queued: becomes cancelled. running: refused. succeeded, failed, expired: record deleted. cancelled: refused." */
async function answerDelete({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await gateway.need(params['id'])
  await cancelOrDelete(gateway, task, { words: STATUS_WORDS, param: 'id' })
  return { body: {} }
}

async function answerModels(_: Call, gateway: GatewayForDialects): Promise<Answer> {
  const models = await gateway.models()
  return { body: { object: 'list', data: models.map(({ id, name, kind }) => ({ id, object: 'model', name: name.en, domain: kind === 'image' ? 'ImageGeneration' : 'VideoGeneration', status: 'Active' })) } }
}

type VendorType = 'BadRequest' | 'Unauthorized' | 'Forbidden' | 'NotFound' | 'TooManyRequests' | 'InternalServerError'

/** The vendor's words; where it has none, ours in its manner. */
const VENDOR_CODES: Record<ErrorCode, { code: string; type: VendorType; status?: number }> = {
  unauthorized: { code: 'AuthenticationError', type: 'Unauthorized' },
  forbidden: { code: 'AccessDenied', type: 'Forbidden' },
  insufficient_credits: { code: 'AccountOverdueError', type: 'Forbidden' },
  not_found: { code: 'NotFound.Task', type: 'NotFound' },
  method_not_allowed: { code: 'InvalidAction', type: 'BadRequest' },
  model_not_found: { code: 'InvalidEndpointOrModel.NotFound', type: 'NotFound' },
  invalid_request: { code: 'InvalidParameter', type: 'BadRequest' },
  url_not_allowed: { code: 'InvalidParameter.TosURLInvalid', type: 'BadRequest' },
  unsupported_media: { code: 'InvalidParameter.UnsupportedImageFormat', type: 'BadRequest', status: 400 },
  too_large: { code: 'InvalidParameter.OversizedImage', type: 'BadRequest' },
  rate_limited: { code: 'AccountRateLimitExceeded', type: 'TooManyRequests' },
  idempotency_conflict: { code: 'InvalidParameter.IdempotencyConflict', type: 'BadRequest' },
  idempotency_mismatch: { code: 'InvalidParameter.IdempotencyMismatch', type: 'BadRequest' },
  conflict: { code: 'OperationDenied.InvalidState', type: 'Forbidden', status: 403 },
  not_cancellable: { code: 'OperationDenied.InvalidState', type: 'Forbidden', status: 403 },
  not_ready: { code: 'NotFound.Content', type: 'NotFound' },
  content_policy: { code: 'InputTextSensitiveContentDetected', type: 'BadRequest' },
  upstream_busy: { code: 'ServerOverloaded', type: 'TooManyRequests' },
  upstream_failed: { code: 'InternalServiceError', type: 'InternalServerError' },
  timeout: { code: 'InternalServiceError.Timeout', type: 'InternalServerError' },
  cancelled: { code: 'TaskCancelled', type: 'BadRequest' },
  overloaded: { code: 'ServerOverloaded', type: 'TooManyRequests' },
  internal: { code: 'InternalServiceError', type: 'InternalServerError' },
}

function renderError(error: GatewayError, { language, requestId }: ErrorContext): RenderedError {
  const { code, type, status } = VENDOR_CODES[error.code]
  const isMissing = error.code === 'invalid_request' && error.message.endsWith('is required')
  return {
    status: status ?? ERROR_CODES[error.code].status,
    body: { error: { code: isMissing ? `MissingParameter.${error.param ?? ''}` : code, message: `${errorMessage(error, language).replace(/[.。]?$/, '.')} Request id: ${requestId}`, param: error.param ?? '', type } },
  }
}

const contentSchema = z.object({ video_url: z.string().optional().describe('A signed link.'), last_frame_url: z.string().optional(), file_url: z.string().optional().describe('The result of a task that makes no video.') })

const taskSchema = z.object({
  id: z.string(),
  model: z.string(),
  status: statusWord,
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  created_at: z.int().describe('Unix seconds.'),
  updated_at: z.int(),
  content: contentSchema.optional().describe('There when status is succeeded.'),
  usage: z.object({ completion_tokens: z.int(), total_tokens: z.int() }).optional(),
  seed: z.int().optional(),
  resolution: z.string().optional(),
  ratio: z.string().optional(),
  duration: z.number().optional(),
  framespersecond: z.number().optional(),
  generate_audio: z.boolean().optional(),
  service_tier: z.string().optional(),
  safety_identifier: z.string().optional(),
  ignored: z.array(z.string()).optional(),
})

const imagesSchema = z.object({
  model: z.string(),
  created: z.int().describe('Unix seconds.'),
  data: z.array(z.object({ url: z.string().optional(), b64_json: z.string().optional(), size: z.string() })),
  usage: z.object({ generated_images: z.int(), output_tokens: z.int(), total_tokens: z.int() }),
})

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), param: z.string(), type: z.string() }) })

const TASKS = '/api/v3/contents/generations/tasks'

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: TASKS,
    action: 'create',
    parse: parseTask,
    body: taskBody,
    answerSchema: z.object({ id: z.string(), safety_identifier: z.string().optional() }),
    render: ({ id, request }) => ({ id, ...present({ safety_identifier: request.endUserId }) }),
    summary: 'Create a video task',
    examples: {
      text: { model: 'seedance-2.0-pro', content: [{ type: 'text', text: 'A paper boat on a mountain lake' }], ratio: '16:9', duration: 5, watermark: false },
      flags: { model: 'seedance-2.0-pro', content: [{ type: 'text', text: 'A paper boat on a mountain lake --rt 16:9 --dur 5' }] },
    },
  },
  { method: 'GET', path: `${TASKS}/:id`, action: 'read', summary: 'Read a task' },
  { method: 'DELETE', path: `${TASKS}/:id`, action: 'custom', answer: answerDelete, summary: 'Cancel a task that is queued, or delete one that has ended' },
  { method: 'GET', path: TASKS, action: 'custom', answer: answerList, answerSchema: z.object({ total: z.int(), items: z.array(taskSchema) }), query: listQuery, summary: 'List video tasks' },
  {
    method: 'POST',
    path: '/api/v3/images/generations',
    action: 'create',
    parse: parseImages,
    body: imageBody,
    answer: answerImages,
    answerSchema: imagesSchema,
    waits: true,
    summary: 'Make pictures, and wait for them',
    examples: { text: { model: 'gpt-image-1', prompt: 'A paper boat on a mountain lake', response_format: 'b64_json' } },
  },
  { method: 'GET', path: '/api/v3/models', action: 'custom', answer: answerModels, summary: 'List models' },
]

export const ark: Dialect = {
  id: 'ark',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'status', words: statusWord.options },
  renderCallback: renderTask,
  renderError,
  taskSchema,
  errorSchema,
}
