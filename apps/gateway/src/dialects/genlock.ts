import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage } from '../core/errors.ts'
import { INPUT_ROLES, OPERATIONS, type GenerationRequest, type InputAsset, type InputMedia, type InputRole, type MediaKind } from '../core/generation-request.ts'
import { toCents } from '../core/micros.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import type { ExtraRole } from '../core/progress.ts'
import { extraOf, isFinal, phaseOf, progressPercent, type Output, type Task } from '../core/task.ts'
import type { Dialect, DialectRoute, Draft, DraftInput, ErrorContext, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, operationOf, textInput } from './shared/draft.ts'
import { field, isPlainObject, parseFields } from './shared/fields.ts'
import { contentQuery, waitQuery } from './shared/queries.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * The native wire: `{ model, input: { prompt, … } }`, answered 202 with what the hold covers. It refuses what it does
 * not know, by name, with 422. Built after the third-party page of NextAPI (fields, status words, `output.url` and
 * `output.video_url`, `/wait`), whose clients must work unchanged.
 */

const MAX_MATERIALS = 32

const role = z.enum(INPUT_ROLES)
const material = z
  .union([field.source(), z.strictObject({ url: field.source(), role: role.optional() })], { error: 'must be a URL or { url, role }' })
  .describe('An https URL, a data URI, or an uploaded file; with a role where the order does not say it.')
const materials = () => z.array(material).max(MAX_MATERIALS)

const commonInput = {
  prompt: field.prompt(),
  negative_prompt: field.text(32_000).optional().describe('What to leave out.'),
  resolution: field.text(20).optional().describe('480p, 720p, 1080p or 4k; the model says which.'),
  aspect_ratio: field.text(20).optional().describe('16:9, 9:16, 1:1 …'),
  size: field.text(20).optional().describe('Exact pixels, WIDTHxHEIGHT, for models that take them.'),
  seed: field.seed().optional().describe('The same seed and request repeat the result, where the model can.'),
  images: materials().optional().describe('Pictures to start from or to refer to.'),
  mask: material.optional(),
  n: field.count().optional().describe('How many results; each is charged.'),
  style: field.text().optional(),
  quality: field.text().optional(),
  enhance_prompt: z.boolean().optional(),
  upsample: z.boolean().optional(),
  output_format: field.text(20).optional(),
  operation: z.enum(OPERATIONS).optional().describe('Follows from the inputs unless it is given.'),
  vendor: field.vendor().optional().describe("Fields of the model's own wire that its catalogue entry names."),
}

const commonBody = {
  model: field.model(),
  callback_url: field.callbackUrl().optional(),
  end_user_id: field.text().optional().describe('Your own name for the person this is made for.'),
  metadata: field.metadata().optional(),
}

const videoBody = z.strictObject({
  ...commonBody,
  input: z.strictObject({
    ...commonInput,
    duration_seconds: z
      .union([field.seconds(), z.literal('auto')], { error: 'must be a number of seconds, or "auto"' })
      .optional(),
    fps: field.framesPerSecond().optional(),
    audio: z.boolean().optional().describe('Whether the video has sound, where the model leaves the choice.'),
    loop: z.boolean().optional(),
    first_frame: material.optional(),
    last_frame: material.optional(),
    videos: materials().optional(),
    audios: materials().optional(),
  }),
})

const imageBody = z.strictObject({ ...commonBody, input: z.strictObject(commonInput) })

/** How a canonical field is called here, so that an error found at admission names what the client sent. */
const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'input.prompt',
  negativePrompt: 'input.negative_prompt',
  durationSeconds: 'input.duration_seconds',
  resolution: 'input.resolution',
  aspectRatio: 'input.aspect_ratio',
  size: 'input.size',
  framesPerSecond: 'input.fps',
  seed: 'input.seed',
  count: 'input.n',
  audio: 'input.audio',
  style: 'input.style',
  quality: 'input.quality',
  enhancePrompt: 'input.enhance_prompt',
  upsample: 'input.upsample',
  loop: 'input.loop',
  outputFormat: 'input.output_format',
  operation: 'input.operation',
  vendor: 'input.vendor',
  inputs: 'input.images',
  callbackUrl: 'callback_url',
  endUserId: 'end_user_id',
  metadata: 'metadata',
}

function parseVideo(body: RequestBody, context: ParseContext): Draft {
  return draftOf(parseFields(videoBody, body.fields), context, 'video')
}

function parseImage(body: RequestBody, context: ParseContext): Draft {
  return draftOf(parseFields(imageBody, body.fields), context, 'image')
}

/** An image body has a subset of a video body's fields. */
type Body = Omit<z.output<typeof videoBody>, 'input'> & { input: z.output<typeof imageBody>['input'] & Partial<z.output<typeof videoBody>['input']> }

function draftOf(body: Body, context: ParseContext, kind: MediaKind): Draft {
  const model = context.model(body.model)
  const { input } = body
  const inputs = inputsOf(input, model)
  return {
    request: present({
      kind,
      operation: input.operation ?? operationOf(model, inputs),
      model: model.id,
      prompt: input.prompt,
      negativePrompt: input.negative_prompt,
      durationSeconds: input.duration_seconds,
      resolution: input.resolution,
      aspectRatio: input.aspect_ratio,
      size: input.size,
      framesPerSecond: input.fps,
      seed: input.seed,
      count: input.n ?? 1,
      audio: input.audio,
      style: input.style,
      quality: input.quality,
      enhancePrompt: input.enhance_prompt,
      upsample: input.upsample,
      loop: input.loop,
      outputFormat: input.output_format,
      vendor: input.vendor,
      endUserId: body.end_user_id,
      callbackUrl: body.callback_url,
      metadata: body.metadata,
    }),
    inputs,
    ignored: [],
    unusedFields: 'refuse',
    // A switch of the model's own is what a caller means who knows the model.
    englishPrompt: model.enhancePrompt !== true,
    fieldNames: FIELD_NAMES,
  }
}

type Material = z.output<typeof material>

/** Pictures of the list first, so that the first of them is `@Image1`; then the named frames. */
function inputsOf(input: Body['input'], model: Model): DraftInput[] {
  const images = input.images ?? []
  const framed = input.first_frame !== undefined || input.last_frame !== undefined
  const inputs = images.map((image, index) =>
    draftInput('image', framed ? 'reference' : defaultImageRole(model, index, images.length), image, `input.images[${index}]`),
  )
  if (input.first_frame !== undefined) inputs.push(draftInput('image', 'first_frame', input.first_frame, 'input.first_frame'))
  if (input.last_frame !== undefined) inputs.push(draftInput('image', 'last_frame', input.last_frame, 'input.last_frame'))
  if (input.mask !== undefined) inputs.push(draftInput('image', 'mask', input.mask, 'input.mask'))
  for (const [media, name] of [['video', 'videos'], ['audio', 'audios']] as const) {
    input[name]?.forEach((item, index) => inputs.push(draftInput(media, defaultMaterialRole(model, media), item, `input.${name}[${index}]`)))
  }
  return inputs
}

function draftInput(media: InputMedia, otherwise: InputRole, given: Material, param: string): DraftInput {
  return typeof given === 'string' ? textInput(media, otherwise, given, param) : textInput(media, given.role ?? otherwise, given.url, param)
}

function renderTask(task: Task, context: RenderContext): Record<string, unknown> {
  const self = `${context.origin}/v1/${task.request.kind === 'image' ? 'images' : 'videos'}/${task.id}`
  return {
    id: task.id,
    object: task.request.kind,
    model: task.request.model,
    status: phaseOf(task.state),
    progress: progressPercent(task, context.nowMs),
    estimated_cost_cents: toCents(task.heldMicros),
    ...(task.chargedMicros === undefined ? {} : { cost_cents: toCents(task.chargedMicros) }),
    currency: 'USD',
    created_at: unixSeconds(task.createdAtMs),
    ...(isFinal(task.state) && task.endedAtMs !== undefined ? { completed_at: unixSeconds(task.endedAtMs) } : {}),
    input: renderInput(task, context),
    ...(task.state === 'succeeded' ? { output: renderOutput(task, context) } : {}),
    ...(task.error === undefined ? {} : { error: present({ code: task.error.code, message: task.error.message, param: task.error.param }) }),
    ...(isRefunded(task) ? { refunded: true } : {}),
    ...(task.ignored.length > 0 ? { ignored: task.ignored } : {}),
    ...(task.remixedFrom === undefined ? {} : { remixed_from: task.remixedFrom }),
    ...present({ end_user_id: task.request.endUserId, metadata: task.request.metadata }),
    links: { self, wait: `${self}/wait`, events: `${self}/events`, content: `${self}/content`, cancel: `${self}/cancel` },
  }
}

/** A task that failed, or was cancelled before it cost anything, gave its whole hold back. */
function isRefunded(task: Task): boolean {
  return (task.state === 'failed' || task.state === 'cancelled') && (task.chargedMicros ?? 0n) === 0n
}

function renderInput(task: Task, context: RenderContext): Record<string, unknown> {
  const { request } = task
  return present({
    prompt: request.prompt,
    negative_prompt: request.negativePrompt,
    duration_seconds: request.durationSeconds,
    resolution: request.resolution,
    aspect_ratio: request.aspectRatio,
    size: request.size,
    fps: request.framesPerSecond,
    seed: request.seed,
    n: request.count,
    audio: request.audio,
    images: renderMaterials(request, 'image', task, context),
    videos: renderMaterials(request, 'video', task, context),
    audios: renderMaterials(request, 'audio', task, context),
    style: request.style,
    quality: request.quality,
    enhance_prompt: request.enhancePrompt,
    enhanced_prompt: request.enhancedPrompt,
    upsample: request.upsample,
    loop: request.loop,
    output_format: request.outputFormat,
    operation: request.operation,
    vendor: request.vendor,
  })
}

function renderMaterials(request: GenerationRequest, media: InputMedia, task: Task, context: RenderContext) {
  const inputs = request.inputs.filter((input) => input.media === media)
  if (inputs.length === 0) return undefined
  return inputs.map((input) => ({ url: assetUrl(input, task, context), role: input.role }))
}

function assetUrl(input: InputAsset, task: Task, context: RenderContext): string {
  return 'url' in input.source ? input.source.url : context.fileLink(input.source.storageKey, task)
}

function renderOutput(task: Task, context: RenderContext): Record<string, unknown> {
  const files = task.outputs.map((output) => renderFile(output, task, context))
  const expiry = task.expiresAtMs === undefined ? {} : { expires_at: unixSeconds(task.expiresAtMs) }
  if (task.request.kind === 'image') return { url: files[0]?.['url'] ?? null, images: files, ...expiry }
  const first = files[0]
  return { ...first, video_url: first?.['url'] ?? null, ...(files.length > 1 ? { videos: files } : {}), ...renderExtras(task, context), ...expiry }
}

/** Links to what came beside the video. */
function renderExtras(task: Task, context: RenderContext): Record<string, unknown> {
  const link = (role: ExtraRole) => {
    const extra = extraOf(task, role)
    return extra && context.fileLink(extra.storageKey, task)
  }
  return present({ poster_url: link('poster'), last_frame_url: link('last_frame'), audio_url: link('audio') })
}

function renderFile(output: Output, task: Task, context: RenderContext): Record<string, unknown> {
  return present({
    url: context.fileLink(output.storageKey, task),
    content_type: output.mediaType,
    bytes: output.bytes,
    sha256: output.sha256,
    width: output.widthPixels,
    height: output.heightPixels,
    duration_seconds: output.durationSeconds,
  })
}

/** "422 / invalid_request: JSON 字段不符合 OpenAPI" (NextAPI, third-party tools, troubleshooting table). */
const INVALID_REQUEST_STATUS = 422

function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  return {
    status: error.code === 'invalid_request' ? INVALID_REQUEST_STATUS : ERROR_CODES[error.code].status,
    body: {
      error: present({
        code: error.code,
        message: errorMessage(error, context.language),
        param: error.param,
        request_id: context.requestId,
        docs: `${context.origin}/docs/errors#${error.code}`,
      }),
    },
  }
}

const file = {
  url: z.string(),
  content_type: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  width: z.int().optional(),
  height: z.int().optional(),
  duration_seconds: z.number().optional(),
  poster_url: z.string().optional(),
  last_frame_url: z.string().optional(),
  audio_url: z.string().optional(),
}

const taskSchema = z.object({
  id: z.string(),
  object: z.enum(['video', 'image', 'text']),
  model: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  progress: z.int().min(0).max(100),
  estimated_cost_cents: z.number().describe('What is held for the task: never less than what will be charged.'),
  cost_cents: z.number().optional().describe('What was charged, once the task has ended.'),
  currency: z.literal('USD'),
  created_at: z.int().describe('Unix seconds.'),
  completed_at: z.int().optional(),
  input: z.record(z.string(), z.unknown()),
  output: z
    .object({
      ...z.object(file).partial().shape,
      url: z.string().nullable().describe('A signed link to the result; it needs no header.'),
      video_url: z.string().nullable().optional().describe('The same link.'),
      videos: z.array(z.object(file)).optional().describe('Every result, when more than one was asked for.'),
      images: z.array(z.object(file)).optional().describe('The pictures of an image task.'),
      expires_at: z.int().optional().describe('Unix seconds; when the stored result is deleted.'),
    })
    .optional()
    .describe('There when status is succeeded.'),
  error: z.object({ code: z.string(), message: z.string(), param: z.string().optional() }).optional(),
  refunded: z.boolean().optional(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
  remixed_from: z.string().optional(),
  end_user_id: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  links: z.object({ self: z.string(), wait: z.string(), events: z.string(), content: z.string(), cancel: z.string() }),
})

const errorSchema = z.object({
  error: z.object({
    code: z.string().describe('One of the codes listed in the error documentation.'),
    message: z.string(),
    param: z.string().optional().describe('The field that is wrong.'),
    request_id: z.string(),
    docs: z.string(),
  }),
})

const CREATED_STATUS = 202

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/videos',
    action: 'create',
    parse: parseVideo,
    body: videoBody,
    createdStatus: CREATED_STATUS,
    operationId: 'createVideo',
    summary: 'Create a video',
    description: 'Starts a video task and answers at once. Keep the id, then read the task until status is succeeded and output.url is there.',
    examples: {
      textToVideo: { model: 'seedance-2.0-pro', input: { prompt: 'A cinematic product reveal', duration_seconds: 5, resolution: '720p' } },
      imageToVideo: {
        model: 'seedance-2.0-pro',
        input: { prompt: 'She turns and smiles', first_frame: 'https://example.com/portrait.jpg', duration_seconds: 5 },
        metadata: { scene: '12' },
      },
    },
  },
  {
    method: 'GET',
    path: '/v1/videos/:id',
    action: 'read',
    operationId: 'getVideo',
    summary: 'Read a video task',
    description: 'The task as it is now. Reading costs nothing. It is done when status is succeeded and output.url is there.',
  },
  {
    method: 'GET',
    path: '/v1/videos/:id/wait',
    action: 'wait',
    query: waitQuery,
    operationId: 'waitForVideo',
    summary: 'Wait for a video task',
    description: 'Holds the request until the task ends or the time is up, then answers with the task as it is.',
  },
  { method: 'GET', path: '/v1/videos/:id/events', action: 'events', operationId: 'streamVideoEvents', summary: 'Follow a video task as server-sent events' },
  { method: 'GET', path: '/v1/videos/:id/content', action: 'content', query: contentQuery, operationId: 'downloadVideo', summary: 'Download the finished video' },
  { method: 'POST', path: '/v1/videos/:id/cancel', action: 'cancel', operationId: 'cancelVideo', summary: 'Cancel a video task' },
  {
    method: 'POST',
    path: '/v1/images',
    action: 'create',
    parse: parseImage,
    body: imageBody,
    createdStatus: CREATED_STATUS,
    operationId: 'createImage',
    summary: 'Create images',
    description: 'Starts an image task and answers at once. Keep the id, then read the task until status is succeeded; output.images holds the results.',
    examples: { textToImage: { model: 'gpt-image-1', input: { prompt: 'A paper boat on a mountain lake', size: '1024x1024', n: 1 } } },
  },
  { method: 'GET', path: '/v1/images/:id', action: 'read', operationId: 'getImage', summary: 'Read an image task' },
  { method: 'GET', path: '/v1/images/:id/wait', action: 'wait', query: waitQuery, operationId: 'waitForImage', summary: 'Wait for an image task' },
  { method: 'GET', path: '/v1/images/:id/events', action: 'events', operationId: 'streamImageEvents', summary: 'Follow an image task as server-sent events' },
  { method: 'GET', path: '/v1/images/:id/content', action: 'content', query: contentQuery, operationId: 'downloadImage', summary: 'Download the finished image' },
  { method: 'POST', path: '/v1/images/:id/cancel', action: 'cancel', operationId: 'cancelImage', summary: 'Cancel an image task' },
]

export const genlock: Dialect = {
  id: 'genlock',
  routes: ROUTES,
  claims: (body) => !body.multipart && isPlainObject(body.fields['input']),
  renderTask,
  statusWords: { at: 'status', words: ['queued', 'running', 'succeeded', 'failed', 'cancelled'] },
  renderError,
  taskSchema,
  errorSchema,
}
