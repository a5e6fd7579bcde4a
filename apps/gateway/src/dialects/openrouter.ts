import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage } from '../core/errors.ts'
import { MICROS_PER_DOLLAR } from '../core/micros.ts'
import { parseSize, pixelsOf, type Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import type { Rate } from '../core/rate-card.ts'
import { phaseOf, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultMaterialRole, operationOf, textInput, vendorFields } from './shared/draft.ts'
import { nextStep, resultInput } from './shared/earlier-result.ts'
import { shownFailure } from './shared/ended-task.ts'
import { field, isPlainObject, MAX_PROMPT_CHARACTERS, parseFields, unknownFields } from './shared/fields.ts'
import { contentQuery } from './shared/queries.ts'
import { resultLinks } from './shared/result-links.ts'

/*
 * OpenRouter's video wire. Facts: @openrouter/sdk 1.3.19 and @openrouter/ai-sdk-provider 3.1.0, which are part of the
 * tests, and openrouter.ai/docs, read November 2026.
 */

const MAX_MATERIALS = 32

const STATUS: Record<TaskPhase, OpenRouterStatus> = {
  queued: 'pending',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
}
const statusWord = z.enum(['pending', 'in_progress', 'completed', 'failed', 'cancelled'])
type OpenRouterStatus = z.output<typeof statusWord>

const url = z.object({ url: field.source() })
const frameImage = z.object({
  type: z.literal('image_url').optional(),
  image_url: url,
  frame_type: z.enum(['first_frame', 'last_frame']),
})
const reference = z.discriminatedUnion('type', [
  z.object({ type: z.literal('image_url'), image_url: url }),
  z.object({ type: z.literal('audio_url'), audio_url: url }),
  z.object({ type: z.literal('video_url'), video_url: url }),
])

const createBody = z.object({
  model: field.model(),
  prompt: z.string().max(MAX_PROMPT_CHARACTERS).optional().describe('What to generate; models that start from a picture may do without.'),
  duration: field.seconds().optional().describe('Seconds.'),
  resolution: field.text(20).optional().describe('480p, 720p, 1080p, 2K …'),
  aspect_ratio: field.text(20).optional().describe('16:9, 9:16 …'),
  size: field.text(20).optional().describe('WIDTHxHEIGHT; the same as resolution and aspect_ratio.'),
  seed: field.seed().optional(),
  generate_audio: z.boolean().optional(),
  frame_images: z.array(frameImage).max(MAX_MATERIALS).optional().describe('The first and the last frame.'),
  input_references: z.array(reference).max(MAX_MATERIALS).optional().describe('Pictures, videos and sounds to go by.'),
  previous_job_id: field.text(64).optional().describe('A finished task, to edit or extend its video.'),
  callback_url: field.callbackUrl().optional(),
  provider: z.object({ options: z.record(z.string(), z.unknown()).optional() }).optional().describe('Extras of a vendor, by its name.'),
  user: field.text(256).optional(),
})

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  size: 'size',
  seed: 'seed',
  audio: 'generate_audio',
  inputs: 'frame_images',
  callbackUrl: 'callback_url',
  endUserId: 'user',
  vendor: 'provider.options',
}

/** With the task that `previous_job_id` names as the context's `parent`. */
function parseCreate(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(createBody, body.fields)
  const model = modelNamed(given.model, context)
  const continued = given.previous_job_id === undefined ? undefined : continuation(model, context.parent)
  const inputs = [...(continued?.inputs ?? []), ...framesOf(given.frame_images), ...referencesOf(model, given.input_references)]
  return {
    request: present({
      kind: model.kind,
      operation: continued?.operation ?? operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt ?? '',
      durationSeconds: given.duration,
      resolution: given.resolution,
      aspectRatio: given.aspect_ratio,
      size: given.size,
      seed: given.seed,
      count: 1,
      audio: given.generate_audio,
      callbackUrl: given.callback_url,
      endUserId: given.user,
      vendor: vendorOf(given.provider?.options),
    }),
    inputs,
    ignored: unknownFields(createBody, body.fields),
    unusedFields: 'ignore',
    fieldNames: given.frame_images === undefined && given.input_references !== undefined ? { ...FIELD_NAMES, inputs: 'input_references' } : FIELD_NAMES,
    ...(continued && { remixedFrom: continued.id }),
  }
}

/** OpenRouter's names have an owner before them: `openai/sora-2`. */
function modelNamed(name: string, context: ParseContext): Model {
  return context.findModel(name) ?? context.findModel(name.slice(name.indexOf('/') + 1)) ?? context.model(name)
}

/** "ID of a completed video job to edit or extend": an edit where the model does both. */
function continuation(model: Model, parent: Task | undefined) {
  const param = 'previous_job_id'
  const video = parent?.outputs.find(({ mediaType }) => mediaType.startsWith('video/'))
  if (parent?.state !== 'succeeded' || video === undefined) throw new GatewayError('invalid_request', 'previous_job_id must be a completed video', { param })
  const operation = nextStep(model, 'another')
  if (operation === undefined) throw new GatewayError('invalid_request', `${model.id} cannot edit or extend a video`, { param })
  return { id: parent.id, operation, inputs: [resultInput('video', 'source', video, param)] }
}

function framesOf(frames: z.output<typeof createBody>['frame_images'] = []): DraftInput[] {
  return frames.map(({ image_url, frame_type }, index) => textInput('image', frame_type, image_url.url, `frame_images[${index}]`))
}

function referencesOf(model: Model, references: z.output<typeof createBody>['input_references'] = []): DraftInput[] {
  return references.map((given, index) => {
    const param = `input_references[${index}]`
    if (given.type === 'image_url') return textInput('image', model.kind === 'image' ? defaultMaterialRole(model, 'image') : 'reference', given.image_url.url, param)
    if (given.type === 'audio_url') return textInput('audio', defaultMaterialRole(model, 'audio'), given.audio_url.url, param)
    return textInput('video', defaultMaterialRole(model, 'video'), given.video_url.url, param)
  })
}

/** `{ bytedance: { camera_fixed: true } }`: whose extras they are does not matter here, the model's entry says which it takes. */
function vendorOf(options: Record<string, unknown> = {}): Record<string, unknown> | undefined {
  return vendorFields(Object.assign({}, ...Object.values(options).filter(isPlainObject)))
}

async function answerCreate({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { previous_job_id: previous } = parseFields(createBody, body.fields)
  const parent = previous === undefined ? undefined : await gateway.read(previous)
  const task = await gateway.create((fields, context) => parseCreate(fields, parent === undefined ? context : { ...context, parent }))
  return { status: 202, body: renderTask(task, gateway.rendering) }
}

/**
 * The vendor's `unsigned_urls` need the key and its `urls` do not. The AI SDK's provider takes the former and fetches
 * them without one, so ours are signed under both names.
 */
function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const links = resultLinks(task, context)
  const failure = shownFailure(task)
  return {
    id: task.id,
    generation_id: task.id,
    polling_url: `/api/v1/videos/${task.id}`,
    status: STATUS[phaseOf(task.state)],
    model: task.request.model,
    ...(task.state === 'succeeded' && { unsigned_urls: links, urls: links }),
    ...(task.chargedMicros === undefined ? {} : { usage: { cost: Number(task.chargedMicros) / Number(MICROS_PER_DOLLAR), is_byok: false } }),
    ...(failure && { error: failure.message, error_code: failure.code }),
    ...(task.ignored.length > 0 ? { ignored: task.ignored } : {}),
  }
}

const taskSchema = z.object({
  id: z.string(),
  generation_id: z.string(),
  polling_url: z.string().describe('Relative to the origin.'),
  status: statusWord,
  model: z.string(),
  unsigned_urls: z.array(z.string()).optional(),
  urls: z.array(z.string()).optional().describe('There when status is completed.'),
  usage: z.object({ cost: z.number().describe('US dollars.'), is_byok: z.boolean() }).optional(),
  error: z.string().optional(),
  error_code: z.string().optional(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

function renderCallback(task: Task, context: RenderContext): Record<string, unknown> {
  return {
    type: `video.generation.${STATUS[phaseOf(task.state)]}`,
    created_at: new Date(task.endedAtMs ?? task.updatedAtMs).toISOString(),
    data: renderTask(task, context),
  }
}

/** The vendor's `code` is the HTTP status; ours is the `type`. */
function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  const { status } = ERROR_CODES[error.code]
  return {
    status,
    body: { error: { code: status, message: errorMessage(error, context.language), type: error.code, param: error.param ?? null, metadata: present({ error_code: error.code, param: error.param, request_id: context.requestId }) } },
  }
}

const errorSchema = z.object({
  error: z.object({
    code: z.int(),
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
  }),
})

/** The catalogue has no dates of its own; clients of this list want a number. */
const CATALOGUE_CREATED = Date.UTC(2026, 10, 21) / 1000

async function answerModels(_call: Call, gateway: GatewayForDialects): Promise<Answer> {
  const models = await gateway.models()
  return { body: { data: models.filter(({ kind }) => kind === 'video').map(showModel) } }
}

function showModel(model: Model): z.output<typeof modelSchema> {
  const frames = model.inputs.image?.roles.filter((role) => role === 'first_frame' || role === 'last_frame') ?? []
  return {
    id: model.id,
    canonical_slug: model.id,
    name: model.name.en,
    description: model.description.en,
    created: CATALOGUE_CREATED,
    supported_resolutions: model.resolutions ?? null,
    supported_aspect_ratios: model.aspectRatios ?? null,
    supported_sizes: sizesOf(model),
    supported_durations: durationsOf(model),
    supported_frame_images: frames.length === 0 ? null : frames,
    generate_audio: model.audio !== 'never',
    seed: model.seed !== undefined,
    creativity: null,
    upscale_factor: null,
    pricing_skus: Object.fromEntries(model.price.rates.map((rate) => [skuName(rate, model), priceText(rate)])),
    allowed_passthrough_parameters: model.vendorFields ?? [],
  }
}

function sizesOf(model: Model): string[] | null {
  const listed = (model.sizes ?? []).filter((size) => parseSize(size) !== undefined)
  const derived = (model.resolutions ?? []).flatMap((resolution) => (model.aspectRatios ?? []).flatMap((ratio) => pixelsOf(model, resolution, ratio)?.join('x') ?? []))
  const sizes = [...new Set([...listed, ...derived])]
  return sizes.length === 0 ? null : sizes
}

function durationsOf({ duration }: Model): number[] | null {
  if (duration === undefined) return null
  return duration.values ?? Array.from({ length: duration.maxSeconds - duration.minSeconds + 1 }, (_, index) => duration.minSeconds + index)
}

/** `per_second_720p_with_audio`: the unit, and all that must hold. */
function skuName({ when = {} }: Rate, { price }: Model): string {
  const conditions = Object.entries(when).map(([name, value]) => (Array.isArray(value) ? value.join('_') : typeof value === 'boolean' ? `${value ? 'with' : 'without'}_${name}` : `${name}_${value}`))
  return ['per', price.unit, ...conditions].join('_')
}

const PRICE_DECIMALS = 12

/** US dollars for one unit, without an exponent. */
function priceText({ micros, perUnits = 1 }: Rate): string {
  return (micros / perUnits / Number(MICROS_PER_DOLLAR)).toFixed(PRICE_DECIMALS).replace(/\.?0+$/, '')
}

const modelSchema = z.object({
  id: z.string(),
  canonical_slug: z.string(),
  name: z.string(),
  description: z.string(),
  created: z.int(),
  supported_resolutions: z.array(z.string()).nullable(),
  supported_aspect_ratios: z.array(z.string()).nullable(),
  supported_sizes: z.array(z.string()).nullable(),
  supported_durations: z.array(z.number()).nullable(),
  supported_frame_images: z.array(z.string()).nullable(),
  generate_audio: z.boolean(),
  seed: z.boolean(),
  creativity: z.null(),
  upscale_factor: z.null(),
  pricing_skus: z.record(z.string(), z.string()).describe('US dollars for one unit.'),
  allowed_passthrough_parameters: z.array(z.string()),
})

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/api/v1/videos',
    action: 'create',
    parse: parseCreate,
    body: createBody,
    answer: answerCreate,
    createdStatus: 202,
    operationId: 'createOpenRouterVideo',
    summary: 'Create a video as OpenRouter’s clients do',
    examples: {
      openRouter: { model: 'sora-2', prompt: 'A cat playing with yarn', duration: 4, size: '1280x720' },
      openRouterFrames: { model: 'veo3-frames', prompt: 'The sun sets', frame_images: [{ type: 'image_url', image_url: { url: 'https://example.com/first.png' }, frame_type: 'first_frame' }] },
    },
  },
  { method: 'GET', path: '/api/v1/videos/models', action: 'custom', answer: answerModels, answerSchema: z.object({ data: z.array(modelSchema) }), operationId: 'listOpenRouterVideoModels', summary: 'List video models with what they take and cost' },
  { method: 'GET', path: '/api/v1/videos/:id', action: 'read', operationId: 'readOpenRouterVideo', summary: 'Read a task as OpenRouter’s clients do' },
  { method: 'GET', path: '/api/v1/videos/:id/content', action: 'content', query: contentQuery, operationId: 'downloadOpenRouterVideo', summary: 'Download the finished video' },
]

export const openRouter: Dialect = {
  id: 'openrouter',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'status', words: statusWord.options },
  renderCallback,
  renderError,
  taskSchema,
  errorSchema,
}
