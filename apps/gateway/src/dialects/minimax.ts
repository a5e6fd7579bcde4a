import { z } from 'zod'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../core/errors.ts'
import { present } from '../core/present.ts'
import { phaseOf, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, ErrorContext, GatewayForDialects, ParseContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, operationOf, textInput } from './shared/draft.ts'
import { endedTask, failureOf } from './shared/ended-task.ts'
import { errorNamingField } from './shared/error-text.ts'
import { field, formField, parseFields, parseQuery, unknownFields } from './shared/fields.ts'
import { modelOf } from './shared/model-input.ts'
import { givenOf } from './shared/nested-fields.ts'
import { findResult, resultId } from './shared/result-ids.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * MiniMax's first wire: Hailuo videos as tasks, whose result is a file with an id of its own, and pictures at once. Facts:
 * the vendor's pages as relayed, and open-source clients and SDKs, read August 2026. Version 2 is minimax-v2.ts.
 */

const MAX_SUBJECTS = 16

const subject = z.object({
  type: field.text(40).optional(),
  image: z.union([field.source().transform((image) => [image]), z.array(field.source()).min(1).max(MAX_SUBJECTS)], { error: 'must be a list of URLs' }).optional(),
  image_file: field.source().optional(),
})

const common = {
  model: field.model(),
  prompt: z.string().max(32_000).optional(),
  prompt_optimizer: z.boolean().optional(),
  aigc_watermark: z.boolean().optional(),
  subject_reference: z.array(subject).max(MAX_SUBJECTS).optional().describe('Whom it shows: [{ type: "character", image: ["URL"] }], for pictures image_file.'),
}

const videoBody = z.object({
  ...common,
  duration: formField.seconds().optional(),
  resolution: field.text(20).optional().describe('512P, 720P, 768P or 1080P.'),
  first_frame_image: field.source().optional(),
  last_frame_image: field.source().optional(),
  fast_pretreatment: z.boolean().optional(),
  callback_url: field.callbackUrl().optional(),
})

const imageBody = z.object({
  ...common,
  aspect_ratio: field.text(20).optional(),
  width: z.int().min(1).max(99_999).optional(),
  height: z.int().min(1).max(99_999).optional(),
  n: field.count().optional(),
  seed: field.seed().optional(),
  response_format: z.enum(['url', 'base64']).optional(),
})

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  inputs: 'first_frame_image',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  size: 'width',
  seed: 'seed',
  count: 'n',
  enhancePrompt: 'prompt_optimizer',
  callbackUrl: 'callback_url',
}

type Given = z.output<z.ZodObject<typeof common>>

/** No watermark and no hurry are what is so anyway. */
function vendorOf(given: { aigc_watermark?: boolean | undefined; fast_pretreatment?: boolean | undefined }): Record<string, unknown> | undefined {
  const names = givenOf(given, ['fast_pretreatment', 'aigc_watermark']) as (keyof typeof given)[]
  const said = names.filter((name) => given[name] === true)
  return said.length === 0 ? undefined : Object.fromEntries(said.map((name) => [name, true]))
}

function subjectsOf({ subject_reference: subjects = [] }: Given): { text: string; param: string }[] {
  return subjects.flatMap(({ image = [], image_file: file }, index) => [
    ...image.map((text, at) => ({ text, param: `subject_reference[${index}].image[${at}]` })),
    ...(file === undefined ? [] : [{ text: file, param: `subject_reference[${index}].image_file` }]),
  ])
}

/** Clients send fields without a value as empty text. */
function saidFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

function parseVideo(body: RequestBody, context: ParseContext): Draft {
  const fields = saidFields(body.fields)
  const given = parseFields(videoBody, fields)
  const model = modelOf(context, given.model, 'model')
  const firstRole = model.inputs.image?.roles.includes('first_frame') ? 'first_frame' : defaultImageRole(model, 0, 1)
  const inputs = [
    ...(given.first_frame_image === undefined ? [] : [textInput('image', firstRole, given.first_frame_image, 'first_frame_image')]),
    ...(given.last_frame_image === undefined ? [] : [textInput('image', 'last_frame', given.last_frame_image, 'last_frame_image')]),
    ...subjectsOf(given).map(({ text, param }) => textInput('image', 'reference', text, param)),
  ]
  return {
    request: present({
      kind: 'video' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt ?? '',
      durationSeconds: given.duration,
      resolution: given.resolution,
      count: 1,
      enhancePrompt: given.prompt_optimizer,
      callbackUrl: given.callback_url,
      vendor: vendorOf(given),
    }),
    inputs,
    ignored: unknownFields(videoBody, fields),
    unusedFields: 'ignore',
    fieldNames: FIELD_NAMES,
  }
}

function parseImage(body: RequestBody, context: ParseContext): Draft {
  const fields = saidFields(body.fields)
  const given = parseFields(imageBody, fields)
  const model = modelOf(context, given.model, 'model')
  const subjects = subjectsOf(given)
  const { width, height } = given
  if ((width === undefined) !== (height === undefined)) throw new GatewayError('invalid_request', 'width and height go together', { param: width === undefined ? 'width' : 'height' })
  const inputs = subjects.map(({ text, param }, index) => textInput('image', model.inputs.image?.roles.includes('reference') ? 'reference' : defaultImageRole(model, index, subjects.length), text, param))
  return {
    request: present({
      kind: 'image' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt ?? '',
      aspectRatio: given.aspect_ratio,
      size: width === undefined ? undefined : `${width}x${height}`,
      seed: given.seed,
      count: given.n ?? 1,
      enhancePrompt: given.prompt_optimizer,
      vendor: vendorOf(given),
      echo: { response_format: given.response_format ?? 'url' },
    }),
    inputs,
    ignored: unknownFields(imageBody, fields),
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, inputs: 'subject_reference' },
  }
}

async function answerImage(_: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await endedTask(gateway, await gateway.create())
  if (task.state !== 'succeeded') throw failureOf(task)
  const texts: string[] = []
  const inBase64 = task.request.echo?.['response_format'] === 'base64'
  for (const output of task.outputs) texts.push(inBase64 ? (await gateway.bytesOf(output)).toString('base64') : gateway.rendering.fileLink(output.storageKey, task))
  return {
    body: {
      id: task.id,
      data: inBase64 ? { image_base64: texts } : { image_urls: texts },
      metadata: { success_count: texts.length, failed_count: task.request.count - texts.length },
      ...ignoredOf(task),
      base_resp: SUCCESS,
    },
  }
}

const fileQuery = z.object({ file_id: field.text(64) })

/** "file_id is a string in query and an integer in retrieve": ours is no number, so it is text in both. */
async function answerRetrieve({ query }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { file_id: id } = parseQuery(fileQuery, query)
  const file = (await resultFile(id, gateway)) ?? (await uploadedFile(id, gateway))
  if (!file) throw new GatewayError('not_found', 'there is no file with this id', { param: 'file_id' })
  return { body: { file, base_resp: SUCCESS } }
}

async function resultFile(id: string, gateway: GatewayForDialects) {
  const found = await findResult(gateway, id)
  if (!found) return undefined
  const { task, output } = found
  const name = output.mediaType.startsWith('video/') ? 'output.mp4' : `output.${output.mediaType.split('/')[1] ?? 'bin'}`
  return { file_id: id, bytes: output.bytes, created_at: unixSeconds(task.endedAtMs ?? task.updatedAtMs), filename: name, purpose: `${task.request.kind}_generation`, download_url: gateway.rendering.fileLink(output.storageKey, task) }
}

async function uploadedFile(id: string, gateway: GatewayForDialects) {
  const file = await gateway.uploaded(id)
  return file && { file_id: id, bytes: file.bytes, created_at: unixSeconds(file.createdAtMs), filename: file.fileName, purpose: 'upload', download_url: file.url }
}

const SUCCESS = { status_code: 0, status_msg: 'success' }

const STATUS_WORDS: Record<TaskPhase, StatusWord> = { queued: 'Queueing', running: 'Processing', succeeded: 'Success', failed: 'Fail', cancelled: 'Fail' }
const statusWord = z.enum(['Queueing', 'Processing', 'Success', 'Fail'])
type StatusWord = z.output<typeof statusWord>

function renderTask(task: Task): z.output<typeof taskSchema> {
  const [output] = task.outputs
  return {
    task_id: task.id,
    status: STATUS_WORDS[phaseOf(task.state)],
    file_id: task.state === 'succeeded' ? resultId(task, 0) : '',
    video_width: output?.widthPixels ?? 0,
    video_height: output?.heightPixels ?? 0,
    ...ignoredOf(task),
    base_resp: outcomeOf(task),
  }
}

/** Why it failed; 1027 is what the review of a result says, 1026 that of a request. */
function outcomeOf(task: Task): z.output<typeof baseResponse> {
  if (task.state !== 'failed' && task.state !== 'cancelled') return SUCCESS
  const { code, message } = failureOf(task)
  return { status_code: code === 'content_policy' ? 1027 : VENDOR_CODES[code].code, status_msg: `${code}: ${message}` }
}

/** "note the lowercase words, different from query". */
const CALLBACK_WORDS: Record<TaskPhase, string> = { queued: 'processing', running: 'processing', succeeded: 'success', failed: 'failed', cancelled: 'failed' }

function renderCallback(task: Task): Record<string, unknown> {
  return { ...renderTask(task), status: CALLBACK_WORDS[phaseOf(task.state)] }
}

function ignoredOf({ ignored }: Task): { ignored?: string[] } {
  return ignored.length > 0 ? { ignored } : {}
}

/** "errors inside HTTP 200": so it is with what is wrong with a request. Who asks, and what is ours, is said by the status too. */
const VENDOR_CODES: Record<ErrorCode, { code: number; status?: number }> = {
  unauthorized: { code: 1004 },
  forbidden: { code: 1004 },
  insufficient_credits: { code: 1008 },
  not_found: { code: 2013 },
  method_not_allowed: { code: 2013 },
  model_not_found: { code: 2013, status: 200 },
  invalid_request: { code: 2013, status: 200 },
  url_not_allowed: { code: 2013, status: 200 },
  unsupported_media: { code: 2013, status: 200 },
  too_large: { code: 2013 },
  rate_limited: { code: 1002 },
  idempotency_conflict: { code: 2013 },
  idempotency_mismatch: { code: 2013 },
  conflict: { code: 2013 },
  not_cancellable: { code: 2013 },
  not_ready: { code: 2013 },
  content_policy: { code: 1026, status: 200 },
  upstream_busy: { code: 1033 },
  upstream_failed: { code: 1013 },
  timeout: { code: 1001 },
  cancelled: { code: 1000 },
  overloaded: { code: 1013 },
  internal: { code: 1013 },
}

/** "On error task_id is empty." */
function renderError(error: GatewayError, { language }: ErrorContext): RenderedError {
  const { code, status } = VENDOR_CODES[error.code]
  return { status: status ?? ERROR_CODES[error.code].status, body: { task_id: '', base_resp: { status_code: code, status_msg: errorNamingField(error, language) } } }
}

const baseResponse = z.object({ status_code: z.int().describe('0, or why it failed.'), status_msg: z.string() })
const ignored = z.array(z.string()).optional().describe('Fields that the model has no use for.')

const taskSchema = z.object({
  task_id: z.string(),
  status: statusWord,
  file_id: z.string().describe('For GET /v1/files/retrieve, when the status is Success.'),
  video_width: z.int(),
  video_height: z.int(),
  ignored,
  base_resp: baseResponse,
})

const imageSchema = z.object({
  id: z.string(),
  data: z.object({ image_urls: z.array(z.string()).optional(), image_base64: z.array(z.string()).optional() }),
  metadata: z.object({ success_count: z.int(), failed_count: z.int() }),
  ignored,
  base_resp: baseResponse,
})

const fileSchema = z.object({
  file: z.object({ file_id: z.string(), bytes: z.int(), created_at: z.int(), filename: z.string(), purpose: z.string(), download_url: z.string().describe('A signed link.') }),
  base_resp: baseResponse,
})

const errorSchema = z.object({ task_id: z.literal(''), base_resp: baseResponse })

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/video_generation',
    action: 'create',
    parse: parseVideo,
    body: videoBody,
    render: (task) => ({ task_id: task.id, ...ignoredOf(task), base_resp: SUCCESS }),
    summary: 'Create a video task',
    examples: {
      text: { model: 'sora-2', prompt: 'A paper boat on a mountain lake [Push in]', duration: 4, resolution: '720P', prompt_optimizer: true },
      frame: { model: 'sora-2', prompt: 'The boat sails away', first_frame_image: 'https://example.com/boat.jpg' },
    },
  },
  { method: 'GET', path: '/v1/query/video_generation', action: 'read', taskId: ({ query }) => (typeof query['task_id'] === 'string' ? query['task_id'] : undefined), summary: 'Read a task, by ?task_id=' },
  { method: 'GET', path: '/v1/files/retrieve', action: 'custom', answer: answerRetrieve, answerSchema: fileSchema, query: fileQuery, summary: 'Find the file of a result, or of an upload' },
  {
    method: 'POST',
    path: '/v1/image_generation',
    action: 'create',
    parse: parseImage,
    body: imageBody,
    answer: answerImage,
    answerSchema: imageSchema,
    waits: true,
    summary: 'Make pictures, and wait for them',
    examples: { text: { model: 'gpt-image-1', prompt: 'A paper boat on a mountain lake', n: 1, response_format: 'url' } },
  },
]

export const minimax: Dialect = {
  id: 'minimax',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'status', words: statusWord.options },
  renderCallback,
  renderError,
  taskSchema,
  errorSchema,
}
