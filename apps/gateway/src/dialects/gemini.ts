import { z } from 'zod'
import { ERROR_CODES, errorMessage, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { InputRole } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { isFinal, type Output, type Task } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, openingRole, operationOf, textInput } from './shared/draft.ts'
import { endedTask, failureOf } from './shared/ended-task.ts'
import { field, formField, parseFields, parseQuery, unknownFields } from './shared/fields.ts'
import { givenOf, unknownIn } from './shared/nested-fields.ts'

/*
 * Google's wire for videos and pictures, on both of its surfaces: the Gemini API (`/v1beta/models/{model}:…`) and Vertex
 * (`/v1beta1/projects/…/publishers/google/models/{model}:…`). Facts: @google/genai 2.32 (Gemini API) and 3.1 (Vertex),
 * @ai-sdk/google 4.0, and Google's pages, read November 2026. Videos are long-running operations; pictures, by `predict`
 * (Imagen) and `generateContent` (Gemini), are answered when they are done.
 */

const MAX_REFERENCES = 32
const MAX_CONTENTS = 64
const MAX_PARTS = 64

const inlineData = z.object({ mimeType: field.text().optional(), data: field.source() })

/**
 * A picture or video: base64 under either of two names, or an address. Samples of the documentation write
 * `inlineData`, where the SDKs write `bytesBase64Encoded`; `encodedVideo` is what they call the bytes of a video.
 */
const media = z.object({
  bytesBase64Encoded: field.source().optional().describe('The file itself, in base64.'),
  encodedVideo: field.source().optional().describe('The same, for videos.'),
  inlineData: inlineData.optional(),
  gcsUri: field.source().optional().describe('An https address; addresses of Cloud Storage cannot be read here.'),
  uri: field.source().optional().describe('An https address, or that of a result.'),
  mimeType: field.text().optional(),
  encoding: field.text().optional(),
})

const instance = z.object({
  prompt: field.prompt().optional(),
  image: media.optional().describe('The first frame; the picture to change, for picture models.'),
  lastFrame: media.optional(),
  referenceImages: z.array(z.object({ image: media.optional(), referenceImage: media.optional(), referenceType: field.text().optional() })).max(MAX_REFERENCES).optional(),
  video: media.optional().describe('The video to go on from.'),
  mask: z.object({ ...media.shape, image: media.optional() }).optional(),
})

/** Parameters that were understood, and that no model of ours has a use for. */
const UNUSED_PARAMETERS = [
  'personGeneration', 'storageUri', 'compressionQuality', 'resizeMode', 'pubsubTopic', 'addWatermark', 'safetySetting',
  'includeRaiReason', 'includeSafetyAttributes', 'language', 'guidanceScale',
] as const

const parameters = z.object({
  sampleCount: formField.count().optional().describe('How many results; 1 unless it is given.'),
  durationSeconds: formField.seconds().optional(),
  aspectRatio: field.text(20).optional(),
  resolution: field.text(20).optional().describe('720p, 1080p or 4k.'),
  sampleImageSize: field.text(20).optional().describe('1K or 2K.'),
  imageSize: field.text(20).optional().describe('The same.'),
  seed: formField.seed().optional(),
  fps: formField.framesPerSecond().optional(),
  negativePrompt: z.string().max(32_000).optional(),
  enhancePrompt: formField.boolean().optional(),
  generateAudio: formField.boolean().optional(),
  outputOptions: z.object({ mimeType: field.text().optional(), compressionQuality: z.number().optional() }).optional(),
  ...Object.fromEntries(UNUSED_PARAMETERS.map((name) => [name, z.unknown().optional()])),
})

const webhookConfig = z.object({ uris: z.array(field.callbackUrl()).max(1).optional(), userMetadata: field.metadata().optional() })

const predictBody = z.object({
  instances: z.array(instance).min(1).max(1),
  parameters: parameters.optional(),
  webhookConfig: webhookConfig.optional().describe('uris[0] is called when the task ends.'),
  labels: field.metadata().optional(),
})

const part = z.object({
  text: z.string().max(32_000).optional(),
  inlineData: inlineData.optional(),
  fileData: z.object({ mimeType: field.text().optional(), fileUri: field.source() }).optional(),
})

const content = z.object({ role: field.text().optional(), parts: z.array(part).max(MAX_PARTS) })

const imageConfig = z.object({
  aspectRatio: field.text(20).optional(),
  imageSize: field.text(20).optional().describe('512, 1K, 2K or 4K.'),
  outputMimeType: field.text().optional(),
  personGeneration: z.unknown().optional(),
})

const generationConfig = z.object({
  responseModalities: z.array(field.text()).max(8).optional(),
  imageConfig: imageConfig.optional(),
  seed: formField.seed().optional(),
  candidateCount: formField.count().optional(),
})

const contentBody = z.object({
  contents: z.union([content, z.array(content).min(1).max(MAX_CONTENTS)], { error: 'must be a list of { role, parts }' }),
  generationConfig: generationConfig.optional(),
})

/** All that a POST to a model may hold; which of it counts is for the method to say. */
const callBody = z.object({ ...predictBody.partial().shape, ...contentBody.partial().shape })

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'instances[0].prompt',
  negativePrompt: 'parameters.negativePrompt',
  durationSeconds: 'parameters.durationSeconds',
  resolution: 'parameters.resolution',
  size: 'parameters.resolution',
  aspectRatio: 'parameters.aspectRatio',
  framesPerSecond: 'parameters.fps',
  seed: 'parameters.seed',
  count: 'parameters.sampleCount',
  audio: 'parameters.generateAudio',
  enhancePrompt: 'parameters.enhancePrompt',
  outputFormat: 'parameters.outputOptions.mimeType',
  inputs: 'instances[0].image',
  callbackUrl: 'webhookConfig.uris',
  metadata: 'webhookConfig.userMetadata',
}

const CONTENT_FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'contents',
  inputs: 'contents',
  resolution: 'generationConfig.imageConfig.imageSize',
  aspectRatio: 'generationConfig.imageConfig.aspectRatio',
  outputFormat: 'generationConfig.imageConfig.outputMimeType',
  seed: 'generationConfig.seed',
  count: 'generationConfig.candidateCount',
}

/** `veo-3.1-fast-generate-001:predictLongRunning`: what is asked of which model, or of which of its operations. */
function splitCall(text: string | undefined): { subject: string; method: string } {
  const at = text?.lastIndexOf(':') ?? -1
  return at === -1 ? { subject: text ?? '', method: '' } : { subject: text!.slice(0, at), method: text!.slice(at + 1) }
}

function parseCall(body: RequestBody, context: ParseContext): Draft {
  const { subject, method } = splitCall(context.params['*'])
  switch (method) {
    case 'predictLongRunning':
      return parsePredict(body, context.model(subject), 'video')
    case 'predict':
      return parsePredict(body, context.model(subject), 'image')
    case 'generateContent':
    case 'streamGenerateContent':
      return parseContent(body, context.model(subject))
    default:
      throw noMethod(method)
  }
}

function noMethod(method: string): GatewayError {
  return new GatewayError('not_found', `there is no method ${method.slice(0, 40)} of models here, only predictLongRunning, predict and generateContent`, { param: 'method' })
}

function parsePredict(body: RequestBody, model: Model, kind: 'video' | 'image'): Draft {
  const given = parseFields(predictBody, body.fields)
  const asked = given.instances[0]!
  const settings = given.parameters ?? {}
  const inputs = predictInputs(asked, model)
  const resolution = settings.resolution ?? settings.sampleImageSize ?? settings.imageSize
  return {
    request: present({
      kind,
      operation: operationFor(model, asked, inputs),
      model: model.id,
      prompt: asked.prompt ?? '',
      negativePrompt: settings.negativePrompt,
      durationSeconds: settings.durationSeconds,
      ...(isPixels(resolution) ? { size: resolution } : { resolution }),
      aspectRatio: settings.aspectRatio,
      framesPerSecond: settings.fps,
      seed: settings.seed,
      count: settings.sampleCount ?? 1,
      audio: settings.generateAudio,
      enhancePrompt: settings.enhancePrompt,
      outputFormat: formatOf(settings.outputOptions?.mimeType),
      callbackUrl: given.webhookConfig?.uris?.[0],
      metadata: given.webhookConfig?.userMetadata ?? given.labels,
    }),
    inputs,
    ignored: [
      ...unknownFields(predictBody, body.fields),
      ...unknownIn(instance, [body.fields['instances']].flat()[0], 'instances[0]'),
      ...unknownIn(parameters, body.fields['parameters'], 'parameters'),
      ...givenOf(settings, UNUSED_PARAMETERS, 'parameters'),
    ],
    unusedFields: 'ignore',
    fieldNames: {
      ...FIELD_NAMES,
      ...(settings.sampleImageSize !== undefined && { resolution: 'parameters.sampleImageSize' }),
      ...(given.labels !== undefined && { metadata: 'labels' }),
    },
  }
}

/** AI SDK names resolutions by their pixels, and translates three of them. */
function isPixels(resolution: string | undefined): boolean {
  return resolution !== undefined && /^\d+x\d+$/.test(resolution)
}

type Instance = z.output<typeof instance>
type Media = z.output<typeof media>

/** "extension": a video in a request of this wire is one to go on from, where the model can. */
function operationFor(model: Model, asked: Instance, inputs: readonly DraftInput[]): Draft['request']['operation'] {
  if (asked.video !== undefined && model.operations.includes('extend')) return 'extend'
  return operationOf(model, inputs)
}

function predictInputs(asked: Instance, model: Model): DraftInput[] {
  const inputs: DraftInput[] = []
  if (asked.image) inputs.push(mediaInput('image', openingRole(model), asked.image, 'instances[0].image'))
  if (asked.lastFrame) inputs.push(mediaInput('image', 'last_frame', asked.lastFrame, 'instances[0].lastFrame'))
  asked.referenceImages?.forEach((reference, index) => {
    const param = `instances[0].referenceImages[${index}]`
    const picture = reference.image ?? reference.referenceImage
    if (picture === undefined) throw new GatewayError('invalid_request', `${param}.image is required`, { param: `${param}.image` })
    inputs.push(mediaInput('image', pictureReferenceRole(model), picture, `${param}.image`))
  })
  if (asked.video) inputs.push(mediaInput('video', defaultMaterialRole(model, 'video'), asked.video, 'instances[0].video'))
  if (asked.mask) inputs.push(mediaInput('image', 'mask', asked.mask.image ?? asked.mask, 'instances[0].mask'))
  return inputs
}

function pictureReferenceRole(model: Model): InputRole {
  return model.kind === 'image' ? defaultImageRole(model, 0, 2) : 'reference'
}

function mediaInput(kind: 'image' | 'video', role: InputRole, given: Media, param: string): DraftInput {
  const data = given.bytesBase64Encoded ?? given.encodedVideo ?? given.inlineData?.data
  const text = data === undefined ? given.uri ?? given.gcsUri : dataUri(data, given.mimeType ?? given.encoding ?? given.inlineData?.mimeType)
  if (text === undefined) throw new GatewayError('invalid_request', `${param} must have bytesBase64Encoded, inlineData or uri`, { param })
  return textInput(kind, role, text, param)
}

function dataUri(base64: string, mimeType = 'application/octet-stream'): string {
  return base64.startsWith('data:') ? base64 : `data:${mimeType};base64,${base64}`
}

/** `image/jpeg` → `jpeg`. */
function formatOf(mimeType: string | undefined): string | undefined {
  return mimeType?.replace(/^image\//, '')
}

function parseContent(body: RequestBody, model: Model): Draft {
  const given = parseFields(contentBody, body.fields)
  const contents = Array.isArray(given.contents) ? given.contents : [given.contents]
  const config = given.generationConfig ?? {}
  const modalities = config.responseModalities?.map((word) => word.toUpperCase())
  if (modalities && !modalities.includes('IMAGE')) {
    throw new GatewayError('invalid_request', 'generationConfig.responseModalities must hold IMAGE: only pictures are made here', { param: 'generationConfig.responseModalities' })
  }
  const inputs = contentInputs(contents, model)
  return {
    request: present({
      kind: 'image' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: promptOf(contents),
      resolution: config.imageConfig?.imageSize,
      aspectRatio: config.imageConfig?.aspectRatio,
      outputFormat: formatOf(config.imageConfig?.outputMimeType),
      seed: config.seed,
      count: config.candidateCount ?? 1,
    }),
    inputs,
    ignored: [
      ...unknownFields(contentBody, body.fields),
      ...unknownIn(generationConfig, body.fields['generationConfig'], 'generationConfig'),
      ...(config.imageConfig ? givenOf(config.imageConfig, ['personGeneration'], 'generationConfig.imageConfig') : []),
    ],
    unusedFields: 'ignore',
    fieldNames: CONTENT_FIELD_NAMES,
  }
}

type Content = z.output<typeof content>

/** What was said last; pictures of the turns before it are the ones that it speaks of. */
function promptOf(contents: readonly Content[]): string {
  const last = contents.findLast(({ role }) => role !== 'model') ?? contents.at(-1)!
  return last.parts.flatMap(({ text }) => text ?? []).join('\n')
}

function contentInputs(contents: readonly Content[], model: Model): DraftInput[] {
  const pictures = contents.flatMap(({ parts }, turn) =>
    parts.flatMap(({ inlineData: inline, fileData }, index) => {
      const text = inline ? dataUri(inline.data, inline.mimeType) : fileData?.fileUri
      return text === undefined ? [] : [{ text, param: `contents[${turn}].parts[${index}]` }]
    }),
  )
  if (pictures.length > MAX_REFERENCES) throw new GatewayError('invalid_request', `contents may hold at most ${MAX_REFERENCES} pictures`, { param: 'contents' })
  return pictures.map(({ text, param }, index) => textInput('image', defaultImageRole(model, index, pictures.length), text, param))
}

/** A POST to a model of the Gemini API. */
async function answerCall(call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { subject, method } = splitCall(call.params['*'])
  switch (method) {
    case 'predictLongRunning':
      return { body: { name: operationName(await gateway.create()) } }
    case 'cancel':
      await gateway.cancel(await gateway.need(operationIdOf(subject)))
      return { body: {} }
    default:
      return answerWithPictures(call, gateway, method)
  }
}

/** The same of Vertex, whose operations are read by POST and hold the bytes themselves. */
async function answerVertexCall(call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { subject, method } = splitCall(call.params['*'])
  switch (method) {
    case 'predictLongRunning': {
      const task = await gateway.create()
      return { body: { name: `${vertexResource(call, subject)}/operations/${task.id}` } }
    }
    case 'fetchPredictOperation': {
      const { operationName: name } = parseFields(fetchBody, call.body.fields)
      const task = await gateway.need(operationIdOf(name))
      return { body: { name, ...(await vertexState(task, gateway)) } }
    }
    case 'cancel':
      await gateway.cancel(await gateway.need(operationIdOf(subject)))
      return { body: {} }
    default:
      return answerWithPictures(call, gateway, method)
  }
}

const fetchBody = z.object({ operationName: field.text(1000) })

async function answerWithPictures(call: Call, gateway: GatewayForDialects, method: string): Promise<Answer> {
  if (method === 'predict') return { body: await predictions(await endedTask(gateway, await gateway.create()), gateway) }
  if (method !== 'generateContent' && method !== 'streamGenerateContent') throw noMethod(method)
  const generated = await candidates(await endedTask(gateway, await gateway.create()), gateway)
  if (method === 'generateContent') return { body: generated }
  return call.query['alt'] === 'sse' ? { stream: oneEvent(generated) } : { body: [generated] }
}

async function* oneEvent(body: unknown): AsyncGenerator<string> {
  yield `data: ${JSON.stringify(body)}\r\n\r\n`
}

/** Imagen's answer. What was refused for its content is no error there, but a prediction without a picture. */
async function predictions(task: Task, gateway: GatewayForDialects): Promise<Record<string, unknown>> {
  if (isFiltered(task)) return { predictions: [{ raiFilteredReason: failureOf(task).message }] }
  const files = await filesOf(task, gateway)
  return { predictions: files.map(({ mediaType, base64 }) => ({ mimeType: mediaType, bytesBase64Encoded: base64 })) }
}

/** Gemini's answer: one candidate for each picture. */
async function candidates(task: Task, gateway: GatewayForDialects): Promise<Record<string, unknown>> {
  const shared = { modelVersion: task.request.model, responseId: task.id }
  if (isFiltered(task)) return { candidates: [{ content: { role: 'model', parts: [] }, finishReason: 'IMAGE_SAFETY', finishMessage: failureOf(task).message, index: 0 }], ...shared }
  const files = await filesOf(task, gateway)
  return {
    candidates: files.map(({ mediaType, base64 }, index) => ({ content: { role: 'model', parts: [{ inlineData: { mimeType: mediaType, data: base64 } }] }, finishReason: 'STOP', index })),
    ...shared,
  }
}

/** @throws GatewayError for a task that made nothing. */
async function filesOf(task: Task, gateway: GatewayForDialects): Promise<{ mediaType: string; base64: string }[]> {
  if (task.state !== 'succeeded') throw failureOf(task)
  const files: { mediaType: string; base64: string }[] = []
  for (const output of task.outputs) files.push({ mediaType: output.mediaType, base64: (await gateway.bytesOf(output)).toString('base64') })
  return files
}

function isFiltered(task: Task): boolean {
  return task.state === 'failed' && task.error?.code === 'content_policy'
}

async function vertexState(task: Task, gateway: GatewayForDialects): Promise<Record<string, unknown>> {
  if (!isFinal(task.state)) return { done: false }
  if (task.state !== 'succeeded' && !isFiltered(task)) return { done: true, error: operationError(task) }
  const response = isFiltered(task) ? filtered(task) : { raiMediaFilteredCount: 0, videos: (await filesOf(task, gateway)).map(({ mediaType, base64 }) => ({ bytesBase64Encoded: base64, mimeType: mediaType })) }
  return { done: true, response: { '@type': 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse', ...response } }
}

/** `projects/p/locations/l/publishers/google/models/m`; an API key needs no project. */
function vertexResource({ params }: Call, model: string): string {
  const { project, location } = params
  return `${project === undefined ? '' : `projects/${project}/locations/${location}/`}publishers/google/models/${model}`
}

function operationName(task: Task): string {
  return `models/${task.request.model}/operations/${task.id}`
}

function operationIdOf(name: string): string | undefined {
  return /(?:^|\/)operations\/([^/]+)$/.exec(name)?.[1]
}

/** "Running: {name} – done is absent" there; that it is not done is the same to every client. */
function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const name = operationName(task)
  if (!isFinal(task.state)) return { name, done: false }
  if (task.state !== 'succeeded' && !isFiltered(task)) return { name, done: true, error: operationError(task) }
  return {
    name,
    done: true,
    response: {
      '@type': 'type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse',
      generateVideoResponse: isFiltered(task) ? filtered(task) : { generatedSamples: task.outputs.map((output, index) => ({ video: { uri: fileUri(task, output, index, context), encoding: output.mediaType } })) },
    },
  }
}

function filtered(task: Task) {
  return { raiMediaFilteredCount: 1, raiMediaFilteredReasons: [failureOf(task).message] }
}

/** Of google.rpc.Code: those that a task can end with. */
function operationError(task: Task) {
  const { code, message } = failureOf(task)
  const status = STATUS_WORDS[code]
  return { code: RPC_CODES[status], message, status }
}

/**
 * The signed link, with a folder in it that says which file it is: the SDK's downloader takes the first letters and
 * digits behind `files/` in an https address and asks for `/v1beta/files/{those}:download` (@google/genai 2.32
 * `tFileName`); AI SDK's adds `key=` to the address and fetches that.
 */
function fileUri(task: Task, { storageKey }: Output, index: number, context: RenderContext): string {
  return context.fileLink(storageKey, task).replace('/v1/files/', `/v1/files/${index}${task.id.replace('_', '')}/`)
}

const FILE_ID = /^(\d{1,2})(vid|img|txt)([a-z0-9]{1,36})$/

async function answerFile(call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { subject, method } = splitCall(call.params['file'])
  const [, index, kind, rest] = FILE_ID.exec(subject) ?? []
  if (method !== 'download' || index === undefined) throw new GatewayError('not_found', 'there is no such file; a result is at files/{id}:download')
  return { content: await gateway.need(`${kind}_${rest}`), index: Number(index) }
}

const modelsQuery = z.object({ pageSize: z.coerce.number().int().min(1).max(1000).default(50), pageToken: z.string().regex(/^\d{1,6}$/, 'must be a token of a page before').default('0') })

async function answerModels({ query }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { pageSize, pageToken } = parseQuery(modelsQuery, query)
  const models = await gateway.models()
  const end = Number(pageToken) + pageSize
  return { body: { models: models.slice(Number(pageToken), end).map(renderModel), ...(end < models.length && { nextPageToken: String(end) }) } }
}

async function answerModel({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const model = gateway.parsing.model(params['*'] ?? '')
  return { body: renderModel(model) }
}

function renderModel(model: Model) {
  return {
    name: `models/${model.id}`,
    baseModelId: model.id,
    version: '001',
    displayName: model.name.en,
    description: model.description.en,
    supportedGenerationMethods: model.kind === 'image' ? ['predict', 'generateContent'] : ['predictLongRunning'],
  }
}

type StatusWord = keyof typeof RPC_CODES

const RPC_CODES = {
  CANCELLED: 1, INVALID_ARGUMENT: 3, DEADLINE_EXCEEDED: 4, NOT_FOUND: 5, ALREADY_EXISTS: 6, PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8, FAILED_PRECONDITION: 9, ABORTED: 10, UNIMPLEMENTED: 12, INTERNAL: 13, UNAVAILABLE: 14, UNAUTHENTICATED: 16,
} as const

const STATUS_WORDS: Record<ErrorCode, StatusWord> = {
  unauthorized: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  insufficient_credits: 'FAILED_PRECONDITION',
  not_found: 'NOT_FOUND',
  method_not_allowed: 'UNIMPLEMENTED',
  model_not_found: 'NOT_FOUND',
  invalid_request: 'INVALID_ARGUMENT',
  url_not_allowed: 'INVALID_ARGUMENT',
  unsupported_media: 'INVALID_ARGUMENT',
  too_large: 'INVALID_ARGUMENT',
  rate_limited: 'RESOURCE_EXHAUSTED',
  idempotency_conflict: 'ABORTED',
  idempotency_mismatch: 'ALREADY_EXISTS',
  conflict: 'FAILED_PRECONDITION',
  not_cancellable: 'FAILED_PRECONDITION',
  not_ready: 'NOT_FOUND',
  content_policy: 'INVALID_ARGUMENT',
  upstream_busy: 'UNAVAILABLE',
  upstream_failed: 'INTERNAL',
  timeout: 'DEADLINE_EXCEEDED',
  cancelled: 'CANCELLED',
  overloaded: 'UNAVAILABLE',
  internal: 'INTERNAL',
}

/** "{ error: { code: <http int>, message, status, details } }". */
function renderError(error: GatewayError, { language, requestId }: ErrorContext): RenderedError {
  const { status } = ERROR_CODES[error.code]
  const details: Record<string, unknown>[] = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: error.code.toUpperCase(), domain: 'genlock', metadata: { requestId, ...(error.param !== undefined && { param: error.param }) } },
  ]
  if (error.retryAfterSeconds !== undefined) details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${error.retryAfterSeconds}s` })
  return { status, body: { error: { code: status, message: errorMessage(error, language), status: STATUS_WORDS[error.code], details } } }
}

const taskSchema = z.object({
  name: z.string(),
  done: z.boolean(),
  error: z.object({ code: z.int(), message: z.string(), status: z.string() }).optional().describe('There when the task failed or was cancelled (code 1).'),
  response: z
    .object({
      '@type': z.string(),
      generateVideoResponse: z.object({
        generatedSamples: z.array(z.object({ video: z.object({ uri: z.string().describe('A signed link; it needs no key.'), encoding: z.string() }) })).optional(),
        raiMediaFilteredCount: z.int().optional().describe('1 when the content was refused; nothing was charged.'),
        raiMediaFilteredReasons: z.array(z.string()).optional(),
      }),
    })
    .optional(),
})

/** By the method: a name, predictions or candidates. */
const callSchema = z.object({
  name: z.string().optional().describe('The operation that predictLongRunning starts.'),
  predictions: z.array(z.object({ mimeType: z.string().optional(), bytesBase64Encoded: z.string().optional(), raiFilteredReason: z.string().optional() })).optional(),
  candidates: z.array(z.record(z.string(), z.unknown())).optional(),
})

const modelSchema = z.object({
  name: z.string(),
  baseModelId: z.string(),
  version: z.string(),
  displayName: z.string(),
  description: z.string(),
  supportedGenerationMethods: z.array(z.string()),
})

const errorSchema = z.object({
  error: z.object({ code: z.int(), message: z.string(), status: z.string(), details: z.array(z.record(z.string(), z.unknown())) }),
})

const operationId = ({ params }: Call): string | undefined => params['id']

/** Google's clients of version 3 (JavaScript 3.1, Python 3.4) ask for `v1` unless they are told otherwise. */
const GEMINI_PATHS = ['/v1beta/models/*', '/v1/models/*']

/** Where Vertex has its models: in a project, or without one for those who come with an API key. */
const VERTEX_PATHS = ['/v1beta1', '/v1'].flatMap((version) => [`${version}/projects/:project/locations/:location/publishers/google/models/*`, `${version}/publishers/google/models/*`])

const ROUTES: DialectRoute[] = [
  ...GEMINI_PATHS.map((path): DialectRoute => ({
    method: 'POST',
    path,
    action: 'create',
    parse: parseCall,
    body: callBody,
    answer: answerCall,
    answerSchema: callSchema,
    waits: true,
    summary: 'Make videos ({model}:predictLongRunning) or pictures ({model}:predict, {model}:generateContent)',
    description: '`{model}:predictLongRunning` answers with the name of an operation. `{model}:predict` and `{model}:generateContent` answer when the pictures are done.',
  })),
  { method: 'GET', path: '/v1beta/models/:model/operations/:id', action: 'read', taskId: operationId, summary: 'Read an operation' },
  { method: 'GET', path: '/v1beta/operations/:id', action: 'read', taskId: operationId, summary: 'Read an operation' },
  { method: 'GET', path: '/v1beta/files/:file', action: 'custom', answer: answerFile, summary: 'Download a result ({file}:download)' },
  { method: 'GET', path: '/v1beta/models', action: 'custom', answer: answerModels, answerSchema: z.object({ models: z.array(modelSchema), nextPageToken: z.string().optional() }), query: modelsQuery, summary: 'List models' },
  { method: 'GET', path: '/v1beta/models/*', action: 'custom', answer: answerModel, answerSchema: modelSchema, summary: 'Read a model' },
  ...VERTEX_PATHS.map((path): DialectRoute => ({
    method: 'POST', path, action: 'create', parse: parseCall, body: callBody, answer: answerVertexCall, answerSchema: callSchema, waits: true,
    summary: 'The same as Vertex has it; operations are read by {model}:fetchPredictOperation',
  })),
]

export const gemini: Dialect = {
  id: 'gemini',
  routes: ROUTES,
  credentialHeaders: ['x-goog-api-key'],
  renderTask,
  statusWords: { at: 'done', words: [false, true] },
  renderError,
  taskSchema,
  errorSchema,
}
