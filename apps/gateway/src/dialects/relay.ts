import { z } from 'zod'
import { ERROR_CODES, GatewayError } from '../core/errors.ts'
import type { InputMedia, InputRole } from '../core/generation-request.ts'
import { MICROS_PER_DOLLAR } from '../core/micros.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { isFinal, phaseOf, progressPercent, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, listedSources, operationOf, requirePicture, textInput } from './shared/draft.ts'
import { shownFailure } from './shared/ended-task.ts'
import { field, formField, isPlainObject, parseFields, unknownFields } from './shared/fields.ts'
import { modelInput, modelInputDraft } from './shared/model-input.ts'
import { openAiErrorBody, openAiErrorSchema } from './shared/openai-shape.ts'
import { resultLinks } from './shared/result-links.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * The task shape that many relays have and AI-CanvasPro speaks: a create that answers with a list of one task, and tasks
 * read at one address. Its neighbours, which the same clients also know: the same create read at its own address in the
 * words of new-api's first version, and kie.ai's jobs. Such clients look for the id and the link in several places, so
 * both stand under every name that is in use. Facts: AI-CanvasPro's published adapters and docs.kie.ai, read November 2026.
 */

const MAX_IMAGES = 32

const STATUS: Record<TaskPhase, RelayStatus> = {
  queued: 'pending',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  // Clients that do not know a word go on asking for 20 minutes.
  cancelled: 'failed',
}
const statusWord = z.enum(['pending', 'processing', 'completed', 'failed'])
type RelayStatus = z.output<typeof statusWord>

/** Lists of pictures, whose part in the video the model decides. */
const PICTURE_LISTS = ['images', 'image_urls', 'image', 'image_url'] as const

const ROLES = { first_frame: 'first_frame', last_frame: 'last_frame', reference: 'reference', reference_image: 'reference' } as const satisfies Record<string, InputRole>

const createBody = z.object({
  model: field.model(),
  prompt: field.prompt(),
  duration: formField.seconds().optional().describe('Seconds.'),
  aspect_ratio: field.text(20).optional().describe('16:9 …'),
  size: field.text(20).optional().describe('A ratio, 720P or pixels.'),
  resolution: field.text(20).optional().describe('720p …'),
  images: field.sources().optional().describe('URLs, data URIs or uploaded files.'),
  image_urls: field.sources().optional(),
  image: field.sources().optional(),
  image_url: field.sources().optional(),
  first_frame_image: field.source().optional(),
  last_frame_image: field.source().optional(),
  image_with_roles: z.array(z.object({ url: field.source(), role: z.enum(['first_frame', 'last_frame', 'reference', 'reference_image']) })).max(MAX_IMAGES).optional(),
  video_urls: field.sources().optional(),
  audio_urls: field.sources().optional(),
  negative_prompt: field.text(32_000).optional(),
  seed: formField.seed().optional(),
  n: formField.count().optional(),
  audio: formField.boolean().optional(),
  generate_audio: formField.boolean().optional().describe('The same as audio.'),
  enhance_prompt: formField.boolean().optional().describe('Rewrites a prompt that is not English in English.'),
  enable_upsample: formField.boolean().optional(),
  user: field.text().optional(),
  callback_url: field.callbackUrl().optional(),
  metadata: field.metadata().optional(),
})
type CreateBody = z.output<typeof createBody>

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  size: 'size',
  seed: 'seed',
  count: 'n',
  enhancePrompt: 'enhance_prompt',
  upsample: 'enable_upsample',
  inputs: 'images',
  endUserId: 'user',
  callbackUrl: 'callback_url',
  metadata: 'metadata',
}

/** What only relays' bodies hold: elsewhere on this route pictures are objects, and Grok's names are xAI's. */
function claims({ fields }: RequestBody): boolean {
  return [...PICTURE_LISTS, 'first_frame_image', 'last_frame_image'].some((name) => typeof fields[name] === 'string' || isTextList(fields[name])) || ['size', 'image_with_roles', 'enhance_prompt', 'video_urls', 'audio_urls'].some((name) => fields[name] !== undefined)
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string')
}

function parseCreate(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(createBody, body.fields)
  const model = context.model(given.model)
  const inputs = inputsOf(model, given)
  if (given.audio !== undefined && given.generate_audio !== undefined && given.audio !== given.generate_audio) {
    throw new GatewayError('invalid_request', 'audio and generate_audio contradict each other', { param: 'generate_audio' })
  }
  return {
    request: present({
      kind: model.kind,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt,
      negativePrompt: given.negative_prompt,
      durationSeconds: given.duration,
      resolution: given.resolution,
      aspectRatio: given.aspect_ratio,
      size: given.size,
      seed: given.seed,
      count: given.n ?? 1,
      audio: given.audio ?? given.generate_audio,
      enhancePrompt: given.enhance_prompt,
      upsample: given.enable_upsample,
      endUserId: given.user,
      callbackUrl: given.callback_url,
      metadata: given.metadata,
    }),
    inputs,
    ignored: unknownFields(createBody, body.fields),
    unusedFields: 'ignore',
    englishPrompt: true,
    fieldNames: { ...FIELD_NAMES, audio: given.audio === undefined ? 'generate_audio' : 'audio' },
  }
}

function inputsOf(model: Model, given: CreateBody): DraftInput[] {
  const pictures = PICTURE_LISTS.flatMap((name) => listedSources(given[name], name))
  return [
    ...pictures.map(({ text, param }, index) => textInput('image', defaultImageRole(model, index, pictures.length), text, param)),
    ...(['first_frame', 'last_frame'] as const).flatMap((role) => listedSources(given[`${role}_image`], `${role}_image`).map(({ text, param }) => textInput('image', role, text, param))),
    ...(given.image_with_roles ?? []).map(({ url, role }, index) => textInput('image', ROLES[role], url, `image_with_roles[${index}]`)),
    ...materialsOf(model, 'video', given.video_urls),
    ...materialsOf(model, 'audio', given.audio_urls),
  ]
}

function materialsOf(model: Model, media: InputMedia, value: string | string[] | undefined): DraftInput[] {
  return listedSources(value, `${media}_urls`).map(({ text, param }) => textInput(media, defaultMaterialRole(model, media), text, param))
}

/** "{code:200,data:[{status:"submitted",task_id}]}", with the id where other clients look. */
function renderCreated(task: Task): Record<string, unknown> {
  return {
    code: 200,
    data: [{ status: 'submitted', task_id: task.id }],
    id: task.id,
    task_id: task.id,
    taskId: task.id,
    status: STATUS[phaseOf(task.state)],
    ...(task.ignored.length > 0 ? { ignored: task.ignored } : {}),
  }
}

/**
 * "{code:200,data:{id,status,progress,result:{videos:[{url:[..]}]},...}}", with the links under the other names as well.
 * Clients that find none there take the first link in the body that ends like a video, so no input is shown.
 */
function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const status = STATUS[phaseOf(task.state)]
  const progress = progressPercent(task, context.nowMs)
  const result = resultOf(task, context)
  const error = shownFailure(task)
  return {
    code: 200,
    data: present({
      id: task.id,
      task_id: task.id,
      status,
      progress,
      created: unixSeconds(task.createdAtMs),
      completed: task.endedAtMs === undefined ? undefined : unixSeconds(task.endedAtMs),
      actual_time: task.endedAtMs === undefined ? undefined : Math.round((task.endedAtMs - task.createdAtMs) / 1000),
      estimated_time: Math.round(task.usualSeconds),
      enhanced_prompt: task.request.enhancedPrompt,
      result,
      error,
    }),
    id: task.id,
    task_id: task.id,
    taskId: task.id,
    model: task.request.model,
    status,
    progress,
    ...(result && { result, ...linkNames(task, context) }),
    ...(error && { error, message: error.message, failure_reason: error.message, errorMessage: error.message }),
    ...(task.ignored.length > 0 ? { ignored: task.ignored } : {}),
    ...present({ metadata: task.request.metadata }),
  }
}

function resultOf(task: Task, context: RenderContext): Result | undefined {
  const links = resultLinks(task, context)
  if (links.length === 0) return undefined
  const files = links.map((url) => present({ url: [url], expires_at: task.expiresAtMs === undefined ? undefined : unixSeconds(task.expiresAtMs) }))
  return task.request.kind === 'video' ? { videos: files } : { images: files }
}

function linkNames(task: Task, context: RenderContext): { url?: string; video_url?: string; image_url?: string } {
  const [url] = resultLinks(task, context)
  if (url === undefined) return {}
  return task.request.kind === 'video' ? { url, video_url: url } : { url, image_url: url }
}

const files = z.array(z.object({ url: z.array(z.string()), expires_at: z.int().optional() }))
const result = z.object({ videos: files.optional(), images: files.optional() })
type Result = z.output<typeof result>
const failure = z.object({ code: z.string(), message: z.string() })

const taskSchema = z.object({
  code: z.literal(200),
  data: z.object({
    id: z.string(),
    task_id: z.string(),
    status: statusWord,
    progress: z.int().min(0).max(100),
    created: z.int().describe('Unix seconds.'),
    completed: z.int().optional(),
    actual_time: z.int().optional().describe('Seconds.'),
    estimated_time: z.int().describe('Seconds.'),
    enhanced_prompt: z.string().optional(),
    result: result.optional(),
    error: failure.optional(),
  }),
  id: z.string(),
  task_id: z.string(),
  taskId: z.string(),
  model: z.string(),
  status: statusWord,
  progress: z.int().min(0).max(100),
  result: result.optional(),
  url: z.string().optional(),
  video_url: z.string().optional(),
  image_url: z.string().optional(),
  error: failure.optional(),
  message: z.string().optional().describe('There when the task has failed.'),
  failure_reason: z.string().optional(),
  errorMessage: z.string().optional(),
  ignored: z.array(z.string()).optional().describe('Fields that had no effect.'),
  metadata: z.record(z.string(), z.unknown()).optional(),
})

const GENERATION_STATUS: Record<TaskPhase, string> = {
  queued: 'NOT_START',
  running: 'IN_PROGRESS',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
  cancelled: 'FAILURE',
}

/** "`task_id`, `data.output`, statuses NOT_START/IN_PROGRESS/SUCCESS/FAILURE". */
function renderGeneration(task: Task, context: RenderContext): Record<string, unknown> {
  const names = linkNames(task, context)
  return {
    id: task.id,
    task_id: task.id,
    model: task.request.model,
    status: GENERATION_STATUS[phaseOf(task.state)],
    fail_reason: shownFailure(task)?.message ?? '',
    progress: `${progressPercent(task, context.nowMs)}%`,
    submit_time: unixSeconds(task.createdAtMs),
    start_time: task.submittedAtMs === undefined ? 0 : unixSeconds(task.submittedAtMs),
    finish_time: task.endedAtMs === undefined ? 0 : unixSeconds(task.endedAtMs),
    data: names.url === undefined ? null : { output: names.url, outputs: resultLinks(task, context) },
    ...names,
    ...present({ error: shownFailure(task) }),
  }
}

const jobBody = z.object({
  model: field.model(),
  callBackUrl: field.callbackUrl().optional(),
  input: modelInput.describe('prompt, and what the model takes: duration, aspect_ratio, resolution, image_urls …'),
})

function parseJob(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(jobBody, body.fields)
  const raw = body.fields['input']
  const draft = modelInputDraft(context.model(given.model), given.input, { prefix: 'input.', raw: isPlainObject(raw) ? raw : {} })
  return {
    ...draft,
    // The callback has the shape of a job's record.
    request: { ...draft.request, ...present({ callbackUrl: given.callBackUrl }), echo: { job: true } },
    ignored: [...draft.ignored, ...unknownFields(jobBody, body.fields)],
    fieldNames: { ...draft.fieldNames, callbackUrl: 'callBackUrl' },
  }
}

function renderJobCreated(task: Task): Record<string, unknown> {
  return { code: 200, msg: 'success', data: { taskId: task.id, recordId: task.id } }
}

/** "waiting, queuing, generating, success, fail" (docs.kie.ai, get task detail). */
const JOB_STATE: Record<TaskPhase, string> = { queued: 'waiting', running: 'generating', succeeded: 'success', failed: 'fail', cancelled: 'fail' }

function renderJob(task: Task, context: RenderContext): Record<string, unknown> {
  const error = shownFailure(task)
  const ended = isFinal(task.state) ? task.endedAtMs : undefined
  return {
    code: 200,
    msg: 'success',
    data: {
      taskId: task.id,
      model: task.request.model,
      state: JOB_STATE[phaseOf(task.state)],
      param: JSON.stringify({ model: task.request.model, input: { prompt: task.request.prompt } }),
      resultJson: task.state === 'succeeded' ? JSON.stringify({ resultUrls: resultLinks(task, context) }) : '',
      failCode: error?.code ?? '',
      failMsg: error?.message ?? '',
      costTime: ended === undefined ? null : ended - task.createdAtMs,
      completeTime: ended ?? null,
      createTime: task.createdAtMs,
      updateTime: task.updatedAtMs,
    },
  }
}

async function answerUpload({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  if (body.files.length === 0) throw new GatewayError('invalid_request', 'send one or more pictures as multipart/form-data, in the field "file"', { param: 'file' })
  for (const part of body.files) requirePicture(part)
  const kept = await gateway.upload(body.files)
  const data = kept.map((file) => ({ id: file.id, url: file.url, filename: file.fileName, content_type: file.mediaType, bytes: file.bytes }))
  return { body: { code: 200, data, url: data[0]!.url, id: data[0]!.id } }
}

async function answerBalance(_call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const dollars = Number(await gateway.balance()) / Number(MICROS_PER_DOLLAR)
  return { body: { code: 200, success: true, balance: dollars, remain_balance: dollars, currency: 'USD', data: { balance: dollars, remain_balance: dollars, currency: 'USD' } } }
}

/** OpenAI's envelope, and the code and sentence where relays' clients look. */
function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  const { status } = ERROR_CODES[error.code]
  const body = openAiErrorBody(error, context)
  const { message } = body.error
  return { status, body: { code: status, message, msg: message, ...body } }
}

const errorSchema = z.object({
  code: z.int().describe('The HTTP status.'),
  message: z.string(),
  msg: z.string(),
  ...openAiErrorSchema.shape,
})

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/videos/generations',
    action: 'create',
    parse: parseCreate,
    body: createBody,
    render: renderCreated,
    fallback: true,
    operationId: 'createRelayVideo',
    summary: 'Create a video as relays’ clients do',
    examples: {
      relay: { model: 'sora-2', prompt: 'A cat on the beach', size: '16:9', duration: 5 },
      relayFrames: { model: 'veo3-frames', prompt: 'make animate', aspect_ratio: '16:9', images: ['https://example.com/first.png', 'https://example.com/last.png'] },
    },
  },
  {
    method: 'GET',
    path: '/v1/tasks/:id',
    action: 'read',
    fallback: true,
    query: z.object({ language: field.text(20).optional().describe('Of messages; taken, and without effect.') }),
    operationId: 'readRelayTask',
    summary: 'Read a task as relays’ clients do',
  },
  { method: 'POST', path: '/v1/tasks/:id/cancel', action: 'cancel', operationId: 'cancelRelayTask', summary: 'Cancel a task' },
  { method: 'GET', path: '/v1/videos/generations/:id', action: 'read', render: renderGeneration, operationId: 'readRelayGeneration', summary: 'Read a task: NOT_START, IN_PROGRESS, SUCCESS, FAILURE' },
  {
    method: 'POST',
    path: '/api/v1/jobs/createTask',
    action: 'create',
    parse: parseJob,
    body: jobBody,
    render: renderJobCreated,
    operationId: 'createRelayJob',
    summary: 'Create a task as kie.ai’s clients do',
    examples: { kie: { model: 'sora-2', callBackUrl: 'https://example.com/hook', input: { prompt: 'A cat on the beach', duration: '5', aspect_ratio: '16:9' } } },
  },
  {
    method: 'GET',
    path: '/api/v1/jobs/recordInfo',
    action: 'read',
    taskId: ({ query }) => (typeof query['taskId'] === 'string' ? query['taskId'] : undefined),
    query: z.object({ taskId: z.string().describe('The id of the task.') }),
    render: renderJob,
    operationId: 'readRelayJob',
    summary: 'Read a task as kie.ai’s clients do',
  },
  { method: 'POST', path: '/v1/uploads/images', action: 'custom', answer: answerUpload, operationId: 'uploadRelayImages', summary: 'Upload pictures to use as inputs' },
  { method: 'GET', path: '/v1/user/balance', action: 'custom', answer: answerBalance, operationId: 'readRelayBalance', summary: 'The account’s credits, in US dollars' },
]

export const relay: Dialect = {
  id: 'relay',
  routes: ROUTES,
  claims,
  renderTask,
  statusWords: { at: 'status', words: statusWord.options },
  renderCallback: (task, context) => (task.request.echo?.['job'] === true ? renderJob(task, context) : renderTask(task, context)),
  renderError,
  taskSchema,
  errorSchema,
}
