import { z } from 'zod'
import { ERROR_CODES, errorMessage, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { isFinal, phaseOf, type Task } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { openingRole, operationOf, referenceRole, textInput, vendorFields } from './shared/draft.ts'
import { failureOf, succeededTask } from './shared/ended-task.ts'
import { field, isPlainObject, MAX_PROMPT_CHARACTERS, parseFields, unknownFields } from './shared/fields.ts'
import { modelOf } from './shared/model-input.ts'

/*
 * The wire between the AI SDK and Vercel's AI Gateway, for videos and pictures. Facts: @ai-sdk/gateway 4.0.146, read and
 * run 2026-11-21, and 2.0.168 and 3.0.232 of the lines before. The model stands in a header; the roots are the client's
 * own, and none.
 */

/** Each line of the client has a root of its own, and reads a list of models only if each is of its version of the AI SDK's specification. */
const SPECIFICATION_VERSIONS = { '/v1/ai': 'v2', '/v3/ai': 'v3', '/v4/ai': 'v4', '': 'v4' }
const MODEL_HEADER = 'ai-model-id'
const MAX_FILES = 32
/** Between two signs of life on a stream: proxies close what is silent for a minute. */
const SIGN_EVERY_MS = 15_000

/** A file as the AI SDK sends it: its address, or its bytes as base64. */
const file = z.discriminatedUnion('type', [
  z.object({ type: z.literal('url'), url: field.source() }),
  z.object({ type: z.literal('file'), mediaType: field.text(100), data: field.source() }),
])
type File = z.output<typeof file>

const common = {
  n: field.count().optional(),
  aspectRatio: field.text(20).optional().describe('16:9, 9:16 …'),
  seed: field.seed().optional(),
  providerOptions: z.record(z.string(), z.unknown()).optional().describe('Extras of a vendor, by its name.'),
}

const videoBody = z.object({
  ...common,
  prompt: z.string().max(MAX_PROMPT_CHARACTERS).optional().describe('What to generate; models that start from a picture may do without.'),
  resolution: field.text(20).optional().describe('WIDTHxHEIGHT, or a word such as 720p.'),
  duration: field.seconds().optional().describe('Seconds.'),
  fps: field.framesPerSecond().optional(),
  generateAudio: z.boolean().optional(),
  image: file.optional().describe('The first frame.'),
  frameImages: z.array(z.object({ image: file, frameType: z.enum(['first_frame', 'last_frame']) })).max(MAX_FILES).optional(),
  inputReferences: z.array(file).max(MAX_FILES).optional().describe('Pictures, videos and sounds to go by.'),
  callbackUrl: field.callbackUrl().optional(),
})

const imageBody = z.object({
  ...common,
  prompt: z.string().max(MAX_PROMPT_CHARACTERS).optional().describe('What to generate.'),
  size: field.text(20).optional().describe('WIDTHxHEIGHT.'),
  files: z.array(file).max(MAX_FILES).optional().describe('Pictures to work on.'),
  mask: file.optional().describe('Where the picture is to change.'),
})

const FIELD_NAMES: Draft['fieldNames'] = {
  model: MODEL_HEADER,
  prompt: 'prompt',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'aspectRatio',
  framesPerSecond: 'fps',
  seed: 'seed',
  count: 'n',
  audio: 'generateAudio',
  callbackUrl: 'callbackUrl',
  vendor: 'providerOptions',
}

function parseVideo(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(videoBody, body.fields)
  const model = modelOfHeader(context)
  const inputs = [
    ...(given.image ? [inputOf(given.image, openingRole(model), 'image')] : []),
    ...(given.frameImages ?? []).map(({ image, frameType }, index) => inputOf(image, frameType, `frameImages[${index}].image`)),
    ...(given.inputReferences ?? []).map((reference, index) => referenceOf(reference, model, `inputReferences[${index}]`)),
  ]
  const isSize = /^\d+x\d+$/.test(given.resolution ?? '')
  return {
    request: present({
      ...requestOf(given, model, inputs),
      kind: 'video' as const,
      durationSeconds: given.duration,
      size: isSize ? given.resolution : undefined,
      resolution: isSize ? undefined : given.resolution,
      framesPerSecond: given.fps,
      audio: given.generateAudio,
      callbackUrl: given.callbackUrl,
    }),
    inputs,
    ignored: unknownFields(videoBody, body.fields),
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, size: 'resolution', inputs: given.image || given.frameImages || !given.inputReferences ? 'image' : 'inputReferences' },
  }
}

function parseImage(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(imageBody, body.fields)
  const model = modelOfHeader(context)
  const inputs = [
    ...(given.files ?? []).map((picture, index) => inputOf(picture, model.inputs.image?.roles.includes('source') ? 'source' : 'reference', `files[${index}]`)),
    ...(given.mask ? [inputOf(given.mask, 'mask', 'mask')] : []),
  ]
  return {
    request: present({ ...requestOf(given, model, inputs), kind: 'image' as const, size: given.size }),
    inputs,
    ignored: unknownFields(imageBody, body.fields),
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, size: 'size', inputs: 'files' },
  }
}

type Common = Pick<z.output<typeof videoBody>, 'prompt' | 'n' | 'aspectRatio' | 'seed' | 'providerOptions'>

function requestOf(given: Common, model: Model, inputs: readonly DraftInput[]) {
  return {
    operation: operationOf(model, inputs),
    model: model.id,
    prompt: given.prompt ?? '',
    aspectRatio: given.aspectRatio,
    seed: given.seed,
    count: given.n ?? 1,
    vendor: optionsOf(given.providerOptions),
  }
}

/** The vendors' names are `owner/name`: `google/veo-3.1`. */
function modelOfHeader(context: ParseContext): Model {
  const name = context.headers[MODEL_HEADER]
  if (typeof name !== 'string' || name === '') throw new GatewayError('invalid_request', `${MODEL_HEADER} is required: the header names the model`, { param: MODEL_HEADER })
  return modelOf(context, name, MODEL_HEADER)
}

/** `{ bytedance: { camera_fixed: true }, gateway: … }`: the model's entry says which it takes; the gateway's are not for a model. */
function optionsOf(options: Record<string, unknown> = {}): Record<string, unknown> | undefined {
  const ofVendors = Object.entries(options).filter(([vendor, extras]) => vendor !== 'gateway' && isPlainObject(extras))
  return vendorFields(Object.assign({}, ...ofVendors.map(([, extras]) => extras)))
}

function inputOf(given: File, role: DraftInput['role'], param: string): DraftInput {
  return textInput('image', role, sourceOf(given), param)
}

/** An address says nothing of what is there; only files say what they are. */
function referenceOf(given: File, model: Model, param: string): DraftInput {
  const kind = given.type === 'file' ? given.mediaType.split('/')[0] : 'image'
  const media = kind === 'video' || kind === 'audio' ? kind : 'image'
  return textInput(media, referenceRole(model, media), sourceOf(given), param)
}

function sourceOf(given: File): string {
  return given.type === 'url' ? given.url : `data:${given.mediaType};base64,${given.data}`
}

async function answerStart(_call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await gateway.create()
  return { body: { operation: { id: task.id }, warnings: warningsOf(task) } }
}

/** Anything may be the operation; ours is `{ id }`. */
async function answerStatus({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { operation } = parseFields(statusBody, body.fields)
  return { body: renderTask(await gateway.need(operation.id), gateway.rendering) }
}

const statusBody = z.object({ operation: z.object({ id: field.text() }).describe('As the start answered it.') })

/** One event when the task has ended, and comments until then. */
async function answerVideo(_call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await gateway.create()
  return { stream: eventsOf(task, gateway) }
}

async function* eventsOf(task: Task, gateway: GatewayForDialects): AsyncGenerator<string> {
  for await (const current of gateway.follow(task, SIGN_EVERY_MS)) {
    if (!isFinal(current.state)) yield `: ${current.id} ${phaseOf(current.state)}\n\n`
    else yield `data: ${JSON.stringify(endEvent(current, gateway.rendering))}\n\n`
  }
}

function endEvent(task: Task, context: RenderContext): Record<string, unknown> {
  if (task.state === 'succeeded') return { type: 'result', videos: filesOf(task, context), warnings: warningsOf(task) }
  const { code, message, param } = failureOf(task)
  return { type: 'error', message, errorType: ERROR_TYPES[code] ?? 'failed_dependency', statusCode: ERROR_CODES[code].status, param: param ?? null }
}

async function answerImage(_call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await succeededTask(gateway, await gateway.create())
  const images = []
  for (const output of task.outputs) images.push((await gateway.bytesOf(output)).toString('base64'))
  return { body: { images, warnings: warningsOf(task) } }
}

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  switch (phaseOf(task.state)) {
    case 'queued':
    case 'running':
      return { status: 'pending', warnings: warningsOf(task) }
    case 'succeeded':
      return { status: 'completed', videos: filesOf(task, context), warnings: warningsOf(task) }
    case 'failed':
      return { status: 'error', error: failureOf(task).message }
    case 'cancelled':
      return { status: 'cancelled' }
  }
}

function filesOf(task: Task, context: RenderContext) {
  return task.outputs.map(({ storageKey, mediaType }) => ({ type: 'url' as const, url: context.fileLink(storageKey, task), mediaType }))
}

function warningsOf(task: Task) {
  return task.ignored.map((feature) => ({ type: 'unsupported' as const, feature, details: `${task.request.model} has no use for it.` }))
}

const warnings = z.array(z.object({ type: z.literal('unsupported'), feature: z.string(), details: z.string() }))
const taskSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('pending'), warnings }),
  z.object({ status: z.literal('completed'), videos: z.array(z.object({ type: z.literal('url'), url: z.string(), mediaType: z.string() })), warnings }),
  z.object({ status: z.literal('error'), error: z.string() }),
  z.object({ status: z.literal('cancelled') }),
])

/** The words by which the client tells its kinds of errors apart; any other word is to it a fault of the server. */
const ERROR_TYPES: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'authentication_error',
  forbidden: 'forbidden',
  not_found: 'not_found',
  model_not_found: 'model_not_found',
  rate_limited: 'rate_limit_exceeded',
  internal: 'internal_server_error',
  overloaded: 'internal_server_error',
  insufficient_credits: 'invalid_request_error',
  invalid_request: 'invalid_request_error',
  url_not_allowed: 'invalid_request_error',
  unsupported_media: 'invalid_request_error',
  too_large: 'invalid_request_error',
  idempotency_conflict: 'invalid_request_error',
  idempotency_mismatch: 'invalid_request_error',
  content_policy: 'invalid_request_error',
}

function renderError(error: GatewayError, { language, requestId }: ErrorContext): RenderedError {
  return {
    status: ERROR_CODES[error.code].status,
    body: { error: { message: errorMessage(error, language), type: ERROR_TYPES[error.code] ?? 'failed_dependency', param: error.param ?? null, code: error.code }, generationId: requestId },
  }
}

const errorSchema = z.object({
  error: z.object({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string() }),
  generationId: z.string().describe('The request, for questions about it.'),
})

async function answerModels(specificationVersion: string, gateway: GatewayForDialects): Promise<Answer> {
  const models = await gateway.models()
  return {
    body: {
      models: models.filter(({ kind }) => kind !== 'text').map(({ id, kind, family, name, description }) => ({
        id, name: name.en, description: description.en, modelType: kind, specification: { specificationVersion, provider: family, modelId: id },
      })),
    },
  }
}

const ROUTES: DialectRoute[] = Object.entries(SPECIFICATION_VERSIONS).flatMap(([root, specificationVersion]): DialectRoute[] => [
  { method: 'POST', path: `${root}/video-model/start`, action: 'create', parse: parseVideo, body: videoBody, answer: answerStart, targetHeader: MODEL_HEADER, summary: 'Start a video as the AI SDK’s gateway provider does' },
  { method: 'POST', path: `${root}/video-model/status`, action: 'custom', body: statusBody, answer: answerStatus, answerSchema: taskSchema, summary: 'Read a video as the AI SDK’s gateway provider does' },
  { method: 'POST', path: `${root}/video-model`, action: 'create', parse: parseVideo, body: videoBody, answer: answerVideo, targetHeader: MODEL_HEADER, waits: true, summary: 'Create a video and wait for it on a stream' },
  { method: 'POST', path: `${root}/image-model`, action: 'create', parse: parseImage, body: imageBody, answer: answerImage, targetHeader: MODEL_HEADER, waits: true, summary: 'Create pictures and wait for them' },
  { method: 'GET', path: `${root}/config`, action: 'custom', answer: (_call, gateway) => answerModels(specificationVersion, gateway), summary: 'List models as the AI SDK’s gateway provider does' },
])

export const vercelGateway: Dialect = {
  id: 'vercel-gateway',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'status', words: ['pending', 'completed', 'error', 'cancelled'] },
  renderError,
  taskSchema,
  errorSchema,
}
