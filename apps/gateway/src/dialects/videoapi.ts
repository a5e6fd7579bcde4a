import { z } from 'zod'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { InputMedia, InputRole } from '../core/generation-request.ts'
import { ADAPTIVE, choicesOf, type Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { phaseOf, type Task, type TaskPhase } from '../core/task.ts'
import type { Dialect, DialectRoute, Draft, DraftInput, ErrorContext, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { defaultImageRole, defaultMaterialRole, operationOf, textInput } from './shared/draft.ts'
import { shownFailure } from './shared/ended-task.ts'
import { field, formField, parseFields } from './shared/fields.ts'
import { openAiError, openAiErrorSchema } from './shared/openai-shape.ts'
import { resultLinks } from './shared/result-links.ts'

/*
 * `/v1/video/generations` as the VideoApi console documents it: lists of material that the prompt calls `@Image1`,
 * `@Video1`, `@Audio1`, prices in credits, four status words. It refuses what it does not know, with 422.
 */

const MAX_MATERIALS = 32

const TYPES = ['text-to-video', 'image-to-video', 'reference-to-video', 'video-to-video'] as const
const LISTS = [['image', 'image_urls'], ['video', 'video_urls'], ['audio', 'audio_urls']] as const satisfies readonly (readonly [InputMedia, string])[]

const urls = () => z.array(field.source()).max(MAX_MATERIALS)

const createBody = z.strictObject({
  model: field.model(),
  type: z.enum(TYPES).optional().describe('Follows from the material unless it is given.'),
  prompt: field.prompt().describe('What to generate; it calls the material @Image1, @Video1, @Audio1.'),
  image_urls: urls().optional().describe('The first is @Image1.'),
  video_urls: urls().optional().describe('The first is @Video1.'),
  audio_urls: urls().optional().describe('The first is @Audio1.'),
  resolution: field.text(20).optional().describe('480p, 720p; the model says which.'),
  duration: z
    .union([z.literal('auto'), formField.seconds()], { error: 'must be a number of seconds, or "auto"' })
    .optional()
    .describe('Seconds, or "auto".'),
  aspect_ratio: field.text(20).optional().describe('auto, 16:9, 9:16, 1:1, 21:9 …'),
  generate_audio: z.boolean().optional(),
  end_user_id: field.text().optional().describe('Your own name for the person this is made for.'),
  negative_prompt: field.text(32_000).optional(),
  seed: field.seed().optional(),
  callback_url: field.callbackUrl().optional(),
})

type Given = z.output<typeof createBody>

/** Names of the document that no other wire of this route has at the top of its body. */
const OWN_FIELDS = ['image_urls', 'video_urls', 'audio_urls', 'type', 'resolution', 'aspect_ratio', 'generate_audio', 'end_user_id'] as const

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'aspect_ratio',
  seed: 'seed',
  audio: 'generate_audio',
  inputs: 'image_urls',
  endUserId: 'end_user_id',
  callbackUrl: 'callback_url',
}

function parseCreate(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(createBody, body.fields)
  const model = context.model(given.model)
  checkType(given)
  const inputs = inputsOf(model, given)
  const operation = operationOf(model, inputs)
  return {
    request: present({
      kind: 'video' as const,
      operation,
      model: model.id,
      prompt: given.prompt,
      negativePrompt: given.negative_prompt,
      // Where the model cannot decide, `auto` leaves it to us: that is its default.
      durationSeconds: given.duration === 'auto' && choicesOf(model, operation).duration?.auto !== true ? undefined : given.duration,
      resolution: given.resolution,
      aspectRatio: given.aspect_ratio === 'auto' && choicesOf(model, operation).aspectRatios?.includes(ADAPTIVE) !== true ? undefined : given.aspect_ratio,
      seed: given.seed,
      count: 1,
      audio: given.generate_audio,
      endUserId: given.end_user_id,
      callbackUrl: given.callback_url,
    }),
    inputs,
    ignored: [],
    unusedFields: 'refuse',
    fieldNames: FIELD_NAMES,
  }
}

/** A type that needs material needs it given, and one that has none is contradicted by it. */
function checkType({ type, ...given }: Given): void {
  const [first] = LISTS.filter(([, name]) => (given[name]?.length ?? 0) > 0)
  if (type === 'text-to-video' && first !== undefined) refuse(first[1], `${first[1]} must be empty when type is text-to-video`)
  if (type === 'reference-to-video' && first === undefined) refuse('image_urls', 'image_urls, video_urls or audio_urls must hold something when type is reference-to-video')
  if (type === 'image-to-video' && !given.image_urls?.length) refuse('image_urls', 'image_urls must hold a picture when type is image-to-video')
  if (type === 'video-to-video' && !given.video_urls?.length) refuse('video_urls', 'video_urls must hold a video when type is video-to-video')
}

function refuse(param: string, message: string): never {
  throw new GatewayError('invalid_request', message, { param })
}

function inputsOf(model: Model, given: Given): DraftInput[] {
  return LISTS.flatMap(([media, name]) => {
    const list = given[name] ?? []
    return list.map((text, index) => textInput(media, media === 'image' ? pictureRole(model, given, index) : defaultMaterialRole(model, media), text, `${name}[${index}]`))
  })
}

/**
 * What the prompt calls by name is a reference, where the model takes any; `image-to-video` without a name in the
 * prompt moves the picture itself.
 */
function pictureRole(model: Model, given: Given, index: number): InputRole {
  const takesReferences = model.inputs.image?.roles.includes('reference') === true
  const isFrame = given.type === 'image-to-video' && !/@Image\d/.test(given.prompt) && !given.video_urls?.length && !given.audio_urls?.length
  if (takesReferences && !isFrame) return 'reference'
  return isFrame && index === 0 && model.inputs.image?.roles.includes('first_frame') === true ? 'first_frame' : defaultImageRole(model, index, given.image_urls?.length ?? 0)
}

const WORDS: Record<TaskPhase, VideoApiStatus> = {
  queued: 'pending',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'failed',
}

/** "任务状态固定为 pending、processing、completed、failed。" */
const statusWord = z.enum(['pending', 'processing', 'completed', 'failed'])
type VideoApiStatus = z.output<typeof statusWord>

const REFERENCE_STYLE = '@Image1/@Video1/@Audio1'

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const links = resultLinks(task, context)
  const credits = Number(task.heldMicros) / Number(context.creditMicros)
  const url = links[0] ?? null
  return {
    id: task.id,
    task_id: task.id,
    status: WORDS[phaseOf(task.state)],
    url,
    video_url: url,
    result_url: url,
    format: task.outputs[0]?.mediaType.split('/')[1] ?? 'mp4',
    generated: links,
    outputs: [],
    videos: links,
    metadata: { credits_reserved: credits, public_model: task.request.model, asset_reference_style: REFERENCE_STYLE },
    credits_reserved: credits,
    ...(task.chargedMicros === undefined ? {} : { credits_charged: Number(task.chargedMicros) / Number(context.creditMicros) }),
    credits_refunded: (task.state === 'failed' || task.state === 'cancelled') && (task.chargedMicros ?? 0n) === 0n,
    error: shownFailure(task) ?? null,
  }
}

/** A task is read about this often in its usual time. */
const POLLS_PER_TASK = 10
const LONGEST_POLL_SECONDS = 30

function renderCreated(task: Task): Record<string, unknown> {
  return {
    id: task.id,
    task_id: task.id,
    status: WORDS[phaseOf(task.state)],
    poll_interval_seconds: Math.min(LONGEST_POLL_SECONDS, Math.max(1, Math.round(task.usualSeconds / POLLS_PER_TASK))),
  }
}

/** "400: 模型不存在、模型已停用或 provider 未配置"; "422: 请求字段不合法". */
const STATUSES: Partial<Record<ErrorCode, number>> = { model_not_found: 400, invalid_request: 422, url_not_allowed: 422, unsupported_media: 422 }

function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  return { status: STATUSES[error.code] ?? ERROR_CODES[error.code].status, body: openAiError(error, context).body }
}

const taskSchema = z.object({
  id: z.string(),
  task_id: z.string(),
  status: statusWord,
  url: z.string().nullable().describe('A signed link to the video.'),
  video_url: z.string().nullable(),
  result_url: z.string().nullable(),
  format: z.string(),
  generated: z.array(z.string()),
  outputs: z.array(z.unknown()),
  videos: z.array(z.string()),
  metadata: z.object({ credits_reserved: z.number(), public_model: z.string(), asset_reference_style: z.string() }),
  credits_reserved: z.number().describe('What is held: never less than what will be charged.'),
  credits_charged: z.number().optional(),
  credits_refunded: z.boolean(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/video/generations',
    action: 'create',
    parse: parseCreate,
    body: createBody,
    render: renderCreated,
    operationId: 'createVideoGeneration',
    summary: 'Create a video',
    examples: {
      videoApi: {
        model: 'seedance-2.0-pro',
        type: 'image-to-video',
        prompt: 'The person of @Image1 turns around, the camera moves in slowly',
        image_urls: ['https://example.com/reference.png'],
        resolution: '720p',
        duration: 'auto',
        aspect_ratio: '9:16',
        generate_audio: true,
      },
    },
  },
  { method: 'GET', path: '/v1/video/generations/:id', action: 'read', operationId: 'getVideoGeneration', summary: 'Read a video task' },
]

export const videoApi: Dialect = {
  id: 'videoapi',
  routes: ROUTES,
  claims: (body) => !body.multipart && OWN_FIELDS.some((name) => body.fields[name] !== undefined),
  renderTask,
  statusWords: { at: 'status', words: statusWord.options },
  renderError,
  taskSchema,
  errorSchema: openAiErrorSchema,
}
