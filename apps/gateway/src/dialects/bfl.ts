import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage } from '../core/errors.ts'
import type { InputRole, Operation } from '../core/generation-request.ts'
import { toCents } from '../core/micros.ts'
import { ADAPTIVE, parseSize, type Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { phaseOf, progressPercent, type Task } from '../core/task.ts'
import type { Dialect, DialectRoute, Draft, DraftInput, ErrorContext, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, operationOf, textInput, vendorFields } from './shared/draft.ts'
import { shownFailure } from './shared/ended-task.ts'
import { field, parseFields, unknownFields } from './shared/fields.ts'
import { resultLinks } from './shared/result-links.ts'

/*
 * Black Forest Labs' wire: `POST /v1/{model}` for the vendor's own names, `POST /bfl/v1/{model}` for every model, then
 * `polling_url`. Facts: the vendor's OpenAPI of 2026-05, and `@ai-sdk/black-forest-labs` 2.0. Lenient: what is not known
 * is left out and listed as `ignored`.
 */

/** The endpoints of the vendor, and two spellings of its documentation. Nothing else under `/v1` is taken. */
const ENDPOINTS = [
  'flux-2-max', 'flux-2-pro', 'flux-2-pro-preview', 'flux-2-flex', 'flux-2-klein-9b', 'flux-2-klein-9b-preview', 'flux-2-klein-4b',
  'flux-kontext-pro', 'flux-kontext-max', 'flux-kontext', 'flux-pro-1.1', 'flux-pro-1.1-ultra', 'flux-pro', 'flux-dev',
  'flux-pro-1.0-fill', 'flux-fill', 'flux-pro-1.0-expand', 'flux-3-video',
] as const

const side = () => z.int().min(0).max(100_000).optional().describe('Pixels; 0 leaves it to the model.')
const share = () => z.number().min(0).max(1).optional()
const margin = () => z.int().min(0).max(10_000).optional().describe('Pixels to add.')
const source = () => field.source().optional()

/** "3 or more untimed require duration"; no model of ours takes more than two. */
const keyframe = z.union([field.source(), z.tuple([z.number().min(0), field.source()])], { error: 'must be a picture or [seconds, picture]' })
const MAX_KEYFRAMES = 10

const createBody = z.object({
  prompt: z.string().max(32_000).optional(),
  seed: field.seed().optional(),
  width: side(),
  height: side(),
  aspect_ratio: field.text(20).optional(),
  output_format: z.enum(['jpeg', 'jpg', 'png', 'webp']).optional(),
  prompt_upsampling: z.boolean().optional(),
  safety_tolerance: z.int().min(0).max(6).optional(),
  steps: z.int().min(1).max(100).optional(),
  guidance: z.number().min(0).max(100).optional(),
  interval: z.number().min(0).max(10).optional(),
  raw: z.boolean().optional(),
  input_image: source().describe('A picture to work on: its URL, or base64.'),
  input_image_2: source(),
  input_image_3: source(),
  input_image_4: source(),
  input_image_5: source(),
  input_image_6: source(),
  input_image_7: source(),
  input_image_8: source(),
  input_image_9: source(),
  input_image_10: source(),
  image_prompt: source().describe('A picture that the new one shall be like.'),
  image_prompt_strength: share(),
  image: source().describe('The picture to fill or to expand.'),
  mask: source().describe('White where it is to change.'),
  top: margin(),
  bottom: margin(),
  left: margin(),
  right: margin(),
  mode: z.enum(['t2v', 'i2v', 'v2v', 'text-to-video', 'image-continuation', 'video-continuation']).optional(),
  duration: z.union([field.seconds(), z.literal('auto')], { error: 'must be a number of seconds, or "auto"' }).optional(),
  resolution: field.text(20).optional().describe('hd, fhd, or a word of the model.'),
  generate_audio: z.boolean().optional(),
  keyframes: z.union([field.source(), z.array(keyframe).min(1).max(MAX_KEYFRAMES)], { error: 'must be a picture or a list of pictures' }).optional(),
  start_video: source().describe('A video to go on from.'),
  version: field.text(40).optional(),
  webhook_url: field.callbackUrl().optional(),
})
type Given = z.output<typeof createBody>

const INPUT_IMAGES = [
  'input_image', 'input_image_2', 'input_image_3', 'input_image_4', 'input_image_5', 'input_image_6', 'input_image_7', 'input_image_8', 'input_image_9', 'input_image_10',
] as const satisfies (keyof Given)[]

const VENDOR_FIELDS = ['safety_tolerance', 'steps', 'guidance', 'interval', 'raw', 'image_prompt_strength', 'top', 'bottom', 'left', 'right', 'version'] as const satisfies (keyof Given)[]
const MARGINS = ['top', 'bottom', 'left', 'right'] as const satisfies (keyof Given)[]

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  seed: 'seed',
  size: 'width',
  aspectRatio: 'aspect_ratio',
  resolution: 'resolution',
  durationSeconds: 'duration',
  audio: 'generate_audio',
  enhancePrompt: 'prompt_upsampling',
  outputFormat: 'output_format',
  callbackUrl: 'webhook_url',
}

/** The model that the path names. */
function parseNamed(body: RequestBody, context: ParseContext): Draft {
  const name = context.params['model']
  if (name === undefined) throw new GatewayError('model_not_found', 'the path must name a model', { param: 'model' })
  return parseCreate(name, body, context)
}

function parseCreate(name: string, body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(createBody, body.fields)
  const model = context.model(name)
  const inputs = inputsOf(model, given)
  return {
    request: present({
      kind: model.kind,
      operation: operationFor(model, given, inputs),
      model: model.id,
      prompt: given.prompt ?? '',
      seed: given.seed,
      size: sizeOf(model, given),
      aspectRatio: given.aspect_ratio === 'auto' && model.aspectRatios?.includes(ADAPTIVE) !== true ? undefined : given.aspect_ratio,
      resolution: resolutionOf(model, given),
      durationSeconds: given.duration,
      audio: given.generate_audio,
      count: 1,
      enhancePrompt: given.prompt_upsampling,
      outputFormat: given.output_format,
      callbackUrl: given.webhook_url,
      vendor: vendorFields(Object.fromEntries(VENDOR_FIELDS.map((name) => [name, given[name]]))),
    }),
    inputs,
    ignored: unknownFields(createBody, body.fields),
    unusedFields: 'ignore',
    fieldNames: { ...FIELD_NAMES, inputs: inputs[0]?.param ?? 'input_image' },
  }
}

function operationFor(model: Model, given: Given, inputs: readonly DraftInput[]): Operation {
  if (MARGINS.some((name) => given[name] !== undefined) || model.operations.every((operation) => operation === 'reframe')) return 'reframe'
  if (given.start_video !== undefined && model.operations.includes('extend')) return 'extend'
  return operationOf(model, inputs)
}

/** "width, height: 0 = auto". Where only one is given, the other is the model's own. */
function sizeOf({ freeSizes }: Model, { width, height }: Given): string | undefined {
  if (!width && !height) return undefined
  const [ownWidth, ownHeight] = (freeSizes && parseSize(freeSizes.default)) ?? []
  const [across, down] = [width || ownWidth, height || ownHeight]
  if (across !== undefined && down !== undefined) return `${across}x${down}`
  const missing = across === undefined ? 'width' : 'height'
  throw new GatewayError('invalid_request', `${missing} is required beside ${missing === 'width' ? 'height' : 'width'}`, { param: missing })
}

const TIERS: Record<string, string> = { hd: '720p', fhd: '1080p' }

function resolutionOf(model: Model, { resolution }: Given): string | undefined {
  if (resolution === undefined || model.resolutions?.includes(resolution)) return resolution
  const tier = resolution.toLowerCase()
  return Object.hasOwn(TIERS, tier) ? TIERS[tier] : resolution
}

function inputsOf(model: Model, given: Given): DraftInput[] {
  const named = (name: keyof Given & string, role: InputRole): DraftInput[] => {
    const value = given[name]
    return typeof value === 'string' ? [textInput('image', role, value, name)] : []
  }
  const pictures = INPUT_IMAGES.flatMap((name) => named(name, 'source'))
  const inputs = pictures.map((input, index): DraftInput => ({ ...input, role: pictureRole(model, index, pictures.length) }))
  const roles = model.inputs.image?.roles ?? []
  inputs.push(
    ...named('image', 'source'),
    ...named('image_prompt', roles.includes('reference') || !roles.includes('source') ? 'reference' : 'source'),
    ...named('mask', 'mask'),
    ...keyframeInputs(given.keyframes),
  )
  if (given.start_video !== undefined) inputs.push(textInput('video', defaultMaterialRole(model, 'video'), given.start_video, 'start_video'))
  return inputs
}

/** The first picture is worked on, and others are looked at; videos have their own order. */
function pictureRole(model: Model, index: number, count: number): InputRole {
  if (model.kind === 'video' || index === 0) return defaultImageRole(model, index, count)
  return model.inputs.image?.roles.includes('reference') ? 'reference' : 'source'
}

/** One opens the video, two open and close it. */
function keyframeInputs(keyframes: Given['keyframes']): DraftInput[] {
  if (keyframes === undefined) return []
  if (typeof keyframes === 'string') return [textInput('image', 'first_frame', keyframes, 'keyframes')]
  return keyframes.map((frame, index) => {
    const param = `keyframes[${index}]`
    if (typeof frame === 'string' && index < 2) return textInput('image', index === 0 ? 'first_frame' : 'last_frame', frame, param)
    throw new GatewayError('invalid_request', `${param}: there can be two keyframes, the first and the last, without a time`, { param })
  })
}

const statusWord = z.enum(['Pending', 'Ready', 'Content Moderated', 'Error'])

/** The vendor's `Request Moderated` is not said: `@ai-sdk/black-forest-labs` goes on polling at it. */
function statusOf(task: Task): z.output<typeof statusWord> {
  switch (phaseOf(task.state)) {
    case 'queued':
    case 'running':
      return 'Pending'
    case 'succeeded':
      return 'Ready'
    case 'failed':
      return task.error?.code === 'content_policy' ? 'Content Moderated' : 'Error'
    case 'cancelled':
      return 'Error'
  }
}

const costSchema = z.number().nullable().describe('In credits: US cents.')

const submittedSchema = z.object({
  id: z.string(),
  polling_url: z.string(),
  cost: costSchema,
  input_mp: z.number().nullable(),
  output_mp: z.number().nullable(),
  status: statusWord.optional().describe('With a webhook_url.'),
  webhook_url: z.string().optional(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

function renderSubmitted(task: Task, context: RenderContext): z.output<typeof submittedSchema> {
  const { widthPixels, heightPixels, count } = task.quote.facts
  const megapixels = (widthPixels * heightPixels * count) / 1e6
  return {
    id: task.id,
    polling_url: `${context.origin}/v1/get_result?id=${task.id}`,
    cost: toCents(task.heldMicros),
    input_mp: null,
    output_mp: task.request.kind === 'image' && megapixels > 0 ? megapixels : null,
    ...(task.request.callbackUrl !== undefined && { status: statusOf(task), webhook_url: task.request.callbackUrl }),
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
  }
}

const resultSchema = z.object({
  sample: z.string(),
  samples: z.array(z.string()).optional().describe('Every result, when there are several.'),
  prompt: z.string(),
  seed: z.int().optional(),
  start_time: z.number().optional().describe('Unix seconds.'),
  end_time: z.number().optional(),
  duration: z.number().optional(),
})

const taskSchema = z.object({
  id: z.string(),
  status: statusWord,
  result: resultSchema.nullable(),
  progress: z.number().min(0).max(1).nullable(),
  details: z.record(z.string(), z.unknown()).nullable(),
  preview: z.null(),
  cost: costSchema,
  ignored: z.array(z.string()).optional(),
})

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const percent = progressPercent(task, context.nowMs)
  return {
    id: task.id,
    status: statusOf(task),
    result: resultOf(task, context),
    progress: percent > 0 ? percent / 100 : null,
    details: detailsOf(task),
    preview: null,
    cost: toCents(task.chargedMicros ?? task.heldMicros),
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
  }
}

function resultOf(task: Task, context: RenderContext): z.output<typeof resultSchema> | null {
  const samples = resultLinks(task, context)
  const [sample] = samples
  if (sample === undefined) return null
  const start = task.submittedAtMs
  const end = task.endedAtMs
  return present({
    sample,
    samples: samples.length > 1 ? samples : undefined,
    prompt: task.request.enhancedPrompt ?? task.request.prompt,
    seed: task.request.seed,
    start_time: start === undefined ? undefined : start / 1000,
    end_time: end === undefined ? undefined : end / 1000,
    duration: start === undefined || end === undefined ? undefined : (end - start) / 1000,
  })
}

function detailsOf(task: Task): Record<string, unknown> | null {
  const failure = shownFailure(task)
  if (failure === undefined) return null
  const { code, message } = failure
  return code === 'content_policy' ? { 'Moderation Reasons': [message], code } : { code, message }
}

/** "on success {id, status, result}, on failure {id, status, error, message?}". */
function renderCallback(task: Task, context: RenderContext): Record<string, unknown> {
  const { id, status, result, details, cost } = renderTask(task, context)
  if (result !== null) return { id, status, result, cost }
  return { id, status, error: details?.['code'] ?? null, message: task.error?.message ?? details?.['message'] ?? null, details }
}

/**
 * "422 {detail: [{loc, msg, type}]}", and `detail` as a sentence otherwise; "403, not 401" without a good key; an unknown
 * task is `Task not found`.
 */
function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  const message = errorMessage(error, context.language)
  const isField = error.code === 'invalid_request' && error.param !== undefined
  return {
    status: error.code === 'unauthorized' ? 403 : isField ? 422 : ERROR_CODES[error.code].status,
    body: {
      detail: isField ? [{ loc: ['body', ...error.param!.split('.')], msg: message, type: 'value_error' }] : message,
      code: error.code,
      request_id: context.requestId,
      ...(error.code === 'not_found' && { status: 'Task not found', result: null }),
    },
  }
}

const errorSchema = z.object({
  detail: z.union([z.string(), z.array(z.object({ loc: z.array(z.string()), msg: z.string(), type: z.string() }))]),
  code: z.string(),
  request_id: z.string(),
  status: z.literal('Task not found').optional(),
  result: z.null().optional(),
})

const resultQuery = z.object({ id: z.string().max(64).describe('The id that the create answered with.') })

function routeOf(path: string, parse: NonNullable<DialectRoute['parse']>): DialectRoute {
  return { method: 'POST', path, action: 'create', parse, body: createBody, render: renderSubmitted, summary: 'Create an image or a video' }
}

const ROUTES: DialectRoute[] = [
  routeOf('/bfl/v1/:model', parseNamed),
  ...ENDPOINTS.map((name) => routeOf(`/v1/${name}`, (body, context) => parseCreate(name, body, context))),
  ...['/v1', '/bfl/v1'].flatMap((root): DialectRoute[] => [
    {
      method: 'GET',
      path: `${root}/get_result`,
      action: 'read',
      query: resultQuery,
      taskId: ({ query }) => (typeof query['id'] === 'string' ? query['id'] : undefined),
      summary: 'Read a task',
    },
    {
      method: 'GET',
      path: `${root}/credits`,
      action: 'custom',
      answer: async (_call, gateway) => ({ body: { credits: toCents(await gateway.balance()) } }),
      summary: 'What the account may spend, in US cents',
    },
  ]),
]

export const bfl: Dialect = {
  id: 'bfl',
  routes: ROUTES,
  credentialHeaders: ['x-key'],
  renderTask,
  statusWords: { at: 'status', words: statusWord.options },
  renderCallback,
  renderError,
  taskSchema,
  errorSchema,
}
