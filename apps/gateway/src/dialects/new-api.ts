import { z } from 'zod'
import { ERROR_CODES, errorMessage, type ErrorCode, type GatewayError } from '../core/errors.ts'
import type { Operation } from '../core/generation-request.ts'
import { present } from '../core/present.ts'
import { isFinal, phaseOf, progressPercent, type Task, type TaskPhase } from '../core/task.ts'
import type { Dialect, DialectRoute, ErrorContext, RenderContext, RenderedError } from './dialect.ts'
import { NEW_API_PICTURE_PARTS, newApiBody, parseNewApi } from './new-api/request.ts'
import { shownFailure } from './shared/ended-task.ts'
import { openAiErrorBody, openAiErrorSchema, secondsOf } from './shared/openai-shape.ts'
import { resultLinks } from './shared/result-links.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * `/v1/video/generations` as QuantumNous/new-api has it. What is read is its envelope, as its code answers, and around
 * that the object which its OpenAPI file documents: clients were written after either. Keys that show the inside of the
 * original (channel, group, the upstream's own answer) are there and say nothing.
 */

const WORDS: Record<TaskPhase, { envelope: 'QUEUED' | 'IN_PROGRESS' | 'SUCCESS' | 'FAILURE'; documented: DocumentedStatus }> = {
  queued: { envelope: 'QUEUED', documented: 'queued' },
  running: { envelope: 'IN_PROGRESS', documented: 'in_progress' },
  succeeded: { envelope: 'SUCCESS', documented: 'completed' },
  failed: { envelope: 'FAILURE', documented: 'failed' },
  cancelled: { envelope: 'FAILURE', documented: 'failed' },
}

const documentedStatus = z.enum(['queued', 'in_progress', 'completed', 'failed'])
type DocumentedStatus = z.output<typeof documentedStatus>

/** Words of the original's console; anything else is a plain `generate`. */
const ACTIONS: Partial<Record<Operation, string>> = {
  text_to_video: 'textGenerate',
  first_last_frame: 'firstTailGenerate',
  reference_to_video: 'referenceGenerate',
  remix: 'remixGenerate',
}

/** "$1 = 500,000 quota" (new-api, QuotaPerUnit). */
const MICROS_PER_QUOTA = 2n

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const shown = renderDocumented(task, context)
  const { model, prompt } = task.request
  return {
    code: 'success',
    message: '',
    ...shown,
    data: {
      // A row's number there, and typed clients want one; ours are texts.
      id: task.createdAtMs,
      created_at: unixSeconds(task.createdAtMs),
      updated_at: unixSeconds(task.updatedAtMs),
      task_id: task.id,
      platform: 'genlock',
      user_id: 0,
      group: '',
      channel_id: 0,
      quota: Number((task.chargedMicros ?? task.heldMicros) / MICROS_PER_QUOTA),
      action: ACTIONS[task.request.operation] ?? 'generate',
      status: WORDS[phaseOf(task.state)].envelope,
      // Before there was `result_url`, the link of a success stood here, and clients still look.
      fail_reason: shown.error?.message ?? shown.url ?? '',
      ...(shown.url === null ? {} : { result_url: shown.url, url: shown.url }),
      submit_time: unixSeconds(task.createdAtMs),
      start_time: unixSeconds(task.submittedAtMs ?? 0),
      finish_time: isFinal(task.state) ? unixSeconds(task.endedAtMs ?? task.updatedAtMs) : 0,
      progress: `${isFinal(task.state) ? 100 : progressPercent(task, context.nowMs)}%`,
      properties: { input: prompt, upstream_model_name: model, origin_model_name: model },
      data: shown,
    },
  }
}

/** What the OpenAPI file says that one reads, with the id and the link under the names that clients try. */
function renderDocumented(task: Task, context: RenderContext): z.output<typeof documentedSchema> {
  const [output] = task.outputs
  const urls = resultLinks(task, context)
  return {
    id: task.id,
    task_id: task.id,
    object: task.request.kind,
    model: task.request.model,
    status: WORDS[phaseOf(task.state)].documented,
    created_at: unixSeconds(task.createdAtMs),
    url: urls[0] ?? null,
    ...(urls[0] === undefined ? {} : { result_url: urls[0], video_url: urls[0], urls }),
    format: output?.mediaType.split('/')[1] ?? null,
    metadata: present({
      duration: secondsOf(task) ?? undefined,
      fps: task.quote.facts.framesPerSecond || undefined,
      width: (output?.widthPixels ?? task.quote.facts.widthPixels) || undefined,
      height: (output?.heightPixels ?? task.quote.facts.heightPixels) || undefined,
      seed: task.request.seed,
    }),
    error: shownFailure(task) ?? null,
    ...(task.ignored.length > 0 ? { ignored: task.ignored } : {}),
  }
}

/** The answer to a create: "{id, task_id, object:"video", model, status:"queued", progress:0, created_at}". */
function renderCreated(task: Task): Record<string, unknown> {
  return {
    id: task.id,
    task_id: task.id,
    object: task.request.kind,
    model: task.request.model,
    status: WORDS[phaseOf(task.state)].documented,
    progress: 0,
    created_at: unixSeconds(task.createdAtMs),
    ...(task.ignored.length > 0 ? { ignored: task.ignored } : {}),
  }
}

/** Where the original has a word of its own; ours stands in `error.code` in any case. */
const ITS_CODES: Partial<Record<ErrorCode, string>> = {
  not_found: 'task_not_exist',
  insufficient_credits: 'insufficient_user_quota',
  forbidden: 'access_denied',
  too_large: 'read_request_body_failed',
}

/** "503 model_not_found: no channel for the model in the group (also for unknown model names)". */
const MODEL_NOT_FOUND_STATUS = 503

/**
 * Three shapes in one: `{ code, message, param, type }` of its page, `{ code, message, data: null }` of its task routes,
 * and `{ error: { … } }` of what stands before them.
 */
function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  const body = openAiErrorBody(error, context)
  return {
    status: error.code === 'model_not_found' ? MODEL_NOT_FOUND_STATUS : ERROR_CODES[error.code].status,
    body: {
      code: ITS_CODES[error.code] ?? error.code,
      message: errorMessage(error, context.language),
      param: error.param ?? '',
      type: body.error.type,
      data: null,
      ...body,
    },
  }
}

const documentedSchema = z.object({
  id: z.string(),
  task_id: z.string(),
  object: z.enum(['video', 'image', 'text']),
  model: z.string(),
  status: documentedStatus,
  created_at: z.int().describe('Unix seconds.'),
  url: z.string().nullable().describe('A signed link to the result.'),
  result_url: z.string().optional(),
  video_url: z.string().optional(),
  urls: z.array(z.string()).optional(),
  format: z.string().nullable(),
  metadata: z.object({
    duration: z.number().optional(),
    fps: z.number().optional(),
    width: z.int().optional(),
    height: z.int().optional(),
    seed: z.int().optional(),
  }),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  ignored: z.array(z.string()).optional().describe('Fields that had no effect.'),
})

const taskSchema = z.object({
  code: z.literal('success').describe('That the task was found, not that it succeeded.'),
  message: z.string(),
  ...documentedSchema.shape,
  data: z.object({
    id: z.int(),
    created_at: z.int(),
    updated_at: z.int(),
    task_id: z.string(),
    platform: z.string(),
    user_id: z.int(),
    group: z.string(),
    channel_id: z.int(),
    quota: z.int().describe('500000 are one US dollar: what was charged, or is held.'),
    action: z.string(),
    status: z.enum(['QUEUED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE']),
    fail_reason: z.string().describe('Of a success, the link.'),
    result_url: z.string().optional(),
    url: z.string().optional(),
    submit_time: z.int(),
    start_time: z.int(),
    finish_time: z.int(),
    progress: z.string(),
    properties: z.object({ input: z.string(), upstream_model_name: z.string(), origin_model_name: z.string() }),
    data: documentedSchema,
  }),
})

const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  param: z.string(),
  type: z.string(),
  data: z.null(),
  ...openAiErrorSchema.shape,
})

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/video/generations',
    action: 'create',
    parse: parseNewApi,
    body: newApiBody,
    fileParts: NEW_API_PICTURE_PARTS,
    render: renderCreated,
    fallback: true,
    summary: 'Create a video',
    examples: {
      newApi: { model: 'seedance-2.0-pro', prompt: 'An astronaut walks on the moon', size: '1920x1080', image: 'https://example.com/astronaut.jpg', duration: 5, metadata: { image_tail: 'https://example.com/moon.jpg' } },
      newApiReferences: { model: 'seedance-2.0-pro', prompt: 'The character of @Image1 dances', duration: 5, metadata: { reference_images: ['https://example.com/character.png'] } },
    },
  },
  { method: 'GET', path: '/v1/video/generations/:id', action: 'read', fallback: true, summary: 'Read a video task' },
]

export const newApi: Dialect = {
  id: 'new-api',
  routes: ROUTES,
  credentialHeaders: ['authorization'],
  claims: () => true,
  renderTask,
  statusWords: { at: 'data.status', words: ['QUEUED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE'] },
  renderError,
  taskSchema,
  errorSchema,
}
