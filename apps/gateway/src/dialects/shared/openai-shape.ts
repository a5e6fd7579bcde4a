import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage, type ErrorCode } from '../../core/errors.ts'
import { toCents } from '../../core/micros.ts'
import { present } from '../../core/present.ts'
import { isFinal, phaseOf, progressPercent, type Task, type TaskPhase } from '../../core/task.ts'
import type { ErrorContext, RenderContext, RenderedError, TaskPage } from '../dialect.ts'
import { failureOf } from './ended-task.ts'
import { unixSeconds } from './unix-seconds.ts'

/*
 * The shapes of OpenAI's videos wire, which several dialects answer with: the video object, the error envelope and
 * the list. Facts: openai-node 7.55 types and OpenAPI 2.3.0, read November 2026.
 */

/** Official pollers stop at any other word, so a cancelled task is `failed` with the code `cancelled`. */
const STATUS_WORDS: Record<TaskPhase, OpenAiStatus> = {
  queued: 'queued',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'failed',
}

const statusWord = z.enum(['queued', 'in_progress', 'completed', 'failed'])
type OpenAiStatus = z.output<typeof statusWord>

/** Every key of the vendor's object is present, null where there is nothing to say; ours stand behind them. */
export function openAiVideo(task: Task, context: RenderContext): z.output<typeof openAiVideoSchema> {
  return {
    id: task.id,
    object: task.request.kind,
    model: task.request.model,
    status: STATUS_WORDS[phaseOf(task.state)],
    progress: progressPercent(task, context.nowMs),
    created_at: unixSeconds(task.createdAtMs),
    completed_at: task.state === 'succeeded' && task.endedAtMs !== undefined ? unixSeconds(task.endedAtMs) : null,
    expires_at: task.expiresAtMs === undefined ? null : unixSeconds(task.expiresAtMs),
    prompt: task.request.prompt,
    size: sizeText(task),
    seconds: secondsOf(task)?.toString() ?? null,
    remixed_from_video_id: task.remixedFrom ?? null,
    error: taskError(task),
    estimated_cost_cents: toCents(task.heldMicros),
    ...(task.chargedMicros === undefined ? {} : { cost_cents: toCents(task.chargedMicros) }),
    ...(task.ignored.length > 0 ? { ignored: task.ignored } : {}),
    ...present({ enhanced_prompt: task.request.enhancedPrompt, metadata: task.request.metadata }),
  }
}

export const openAiVideoSchema = z.object({
  id: z.string(),
  object: z.enum(['video', 'image', 'text']),
  model: z.string(),
  status: statusWord,
  progress: z.int().min(0).max(100),
  created_at: z.int().describe('Unix seconds.'),
  completed_at: z.int().nullable(),
  expires_at: z.int().nullable().describe('Unix seconds; when the stored result is deleted.'),
  prompt: z.string(),
  size: z.string().nullable(),
  seconds: z.string().nullable(),
  remixed_from_video_id: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string(), param: z.string().optional() }).nullable(),
  estimated_cost_cents: z.number(),
  cost_cents: z.number().optional(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
  enhanced_prompt: z.string().optional().describe('What the prompt was rewritten to.'),
  metadata: z.record(z.string(), z.unknown()).optional(),
})

/** How long one video is: what was asked for, else what came out, else what was quoted; null where there is no length. */
export function secondsOf(task: Task): number | null {
  if (task.request.kind !== 'video') return null
  const asked = task.request.durationSeconds
  if (typeof asked === 'number') return asked
  const made = task.outputs[0]?.durationSeconds
  return made === undefined ? task.quote.facts.durationMs / 1000 : Number(made.toFixed(1))
}

const SHORTEST_POLL_MS = 1000
const LONGEST_POLL_MS = 10_000
/** A task is read about this often in its usual time. */
const POLLS_PER_TASK = 20

/** "openai-poll-after-ms" is what openai-python's `poll()` sleeps for between two reads. */
export function openAiHeaders(task: Task): Record<string, string> {
  if (isFinal(task.state)) return {}
  const ms = Math.round((task.usualSeconds * 1000) / POLLS_PER_TASK)
  return { 'openai-poll-after-ms': String(Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, ms))) }
}

/**
 * The vendor's envelope with the members of our native one beside it: on a shared route an error may come up before
 * it is known whose client is asking.
 */
export function openAiError(error: GatewayError, context: ErrorContext): RenderedError {
  return { status: ERROR_CODES[error.code].status, body: openAiErrorBody(error, context) }
}

export function openAiErrorBody(error: GatewayError, context: ErrorContext): z.output<typeof openAiErrorSchema> {
  return {
    error: {
      message: errorMessage(error, context.language),
      type: errorType(error.code),
      code: error.code,
      param: error.param ?? null,
      request_id: context.requestId,
      docs: `${context.origin}/docs/errors#${error.code}`,
    },
  }
}

/** How a stream that has begun tells of an error; the vendor's clients throw what stands under `error`. */
export function openAiErrorEvent(error: GatewayError, task: Task): Record<string, unknown> {
  return { error: { message: errorMessage(error, 'en'), type: errorType(error.code), code: error.code, param: error.param ?? null, task_id: task.id } }
}

export const openAiErrorSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    code: z.string(),
    param: z.string().nullable(),
    request_id: z.string(),
    docs: z.string(),
  }),
})

export function openAiList(page: TaskPage, render: (task: Task) => Record<string, unknown>): Record<string, unknown> {
  return {
    object: 'list',
    data: page.tasks.map(render),
    first_id: page.tasks[0]?.id ?? null,
    last_id: page.tasks.at(-1)?.id ?? null,
    has_more: page.hasMore,
  }
}

/** A size that says a ratio only: "size | string | 否 | 尺寸，如 "16x9"" (help.allapi.store, OpenAI video format, 2026-01). */
export const RATIO_AS_SIZE = /^\d{1,2}[x:]\d{1,2}$/

/** A ratio the way it came, as that page's answer gives it back; else pixels as asked for, made or quoted. */
function sizeText(task: Task): string | null {
  const { size, echo } = task.request
  const asked = echo?.['size']
  if (typeof asked === 'string' && RATIO_AS_SIZE.test(asked)) return asked
  if (size !== undefined) return size
  const made = task.outputs[0]
  const width = made?.widthPixels ?? task.quote.facts.widthPixels
  const height = made?.heightPixels ?? task.quote.facts.heightPixels
  return width > 0 && height > 0 ? `${width}x${height}` : null
}

function taskError(task: Task) {
  if (task.state !== 'failed' && task.state !== 'cancelled') return null
  const { code, message, param } = failureOf(task)
  return present({ code, message, param })
}

/** The SDKs choose their exception by HTTP status; `type` is for those who read it. */
function errorType(code: ErrorCode): string {
  switch (code) {
    case 'forbidden':
      return 'permission_error'
    case 'insufficient_credits':
      return 'insufficient_quota'
    case 'rate_limited':
      return 'rate_limit_exceeded'
    case 'upstream_busy':
    case 'upstream_failed':
    case 'timeout':
    case 'overloaded':
    case 'internal':
      return 'server_error'
    default:
      return 'invalid_request_error'
  }
}
