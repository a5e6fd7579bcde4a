import { z } from 'zod'
import { choicesOf, type Model } from '../core/model.ts'
import type { Task } from '../core/task.ts'
import type { Dialect, DialectRoute, Draft, ParseContext, RenderContext, RequestBody } from './dialect.ts'
import { field, formField, parseFields } from './shared/fields.ts'
import { openAiDraft, openAiFields } from './shared/openai-fields.ts'
import { openAiError, openAiErrorSchema, openAiHeaders, openAiVideo, openAiVideoSchema, secondsOf } from './shared/openai-shape.ts'
import { contentQuery } from './shared/queries.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * Flat JSON with `duration`, after the general video page of yuzhixiaolongxia.com: `id` and `task_id`, and the link
 * under every name that the page tells clients to look at. OpenAI's Python client sends JSON that nothing tells apart
 * from this, so every answer is that vendor's object too.
 */

/** "duration | integer | 否 | 时长(秒),默认 5"; where a model does not take 5 s, its own default stands. */
const DEFAULT_DURATION_SECONDS = 5

const createBody = z.object({
  model: field.model(),
  duration: formField.seconds().optional().describe('Length in seconds, 5 unless it is given.'),
  ...openAiFields,
})

function parseCreate(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(createBody, body.fields)
  const model = context.model(given.model)
  const draft = openAiDraft(model, given, { param: 'duration', seconds: given.duration }, { body, schema: createBody })
  if (given.duration === undefined && takesDefault(model, draft.request)) draft.request.durationSeconds = DEFAULT_DURATION_SECONDS
  return draft
}

function takesDefault(model: Model, { operation, resolution }: Draft['request']): boolean {
  const { duration } = choicesOf(model, operation, resolution)
  if (duration === undefined) return false
  return duration.values?.includes(DEFAULT_DURATION_SECONDS) ?? (duration.minSeconds <= DEFAULT_DURATION_SECONDS && DEFAULT_DURATION_SECONDS <= duration.maxSeconds)
}

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  return {
    ...openAiVideo(task, context),
    task_id: task.id,
    created: unixSeconds(task.createdAtMs),
    ...(task.state === 'succeeded' ? renderLinks(task, context) : {}),
  }
}

function renderLinks(task: Task, context: RenderContext) {
  const data = task.outputs.map((output) => ({ url: context.fileLink(output.storageKey, task), duration: secondsOf(task) }))
  const url = data[0]?.url
  return url === undefined ? {} : { data, url, video_url: url, result_url: url }
}

const taskSchema = z.object({
  ...openAiVideoSchema.shape,
  task_id: z.string(),
  created: z.int().describe('Unix seconds.'),
  data: z.array(z.object({ url: z.string(), duration: z.number().nullable() })).optional().describe('There when status is completed.'),
  url: z.string().optional(),
  video_url: z.string().optional(),
  result_url: z.string().optional(),
})

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/videos',
    action: 'create',
    parse: parseCreate,
    body: createBody,
    summary: 'Create a video',
    examples: { flat: { model: 'sora-2', prompt: 'A cinematic shot of a cat walking through a sunlit garden, 4K', duration: 5 } },
  },
  { method: 'GET', path: '/v1/videos/:id', action: 'read', summary: 'Read a video task' },
  { method: 'GET', path: '/v1/videos/:id/events', action: 'events', summary: 'Follow a video task as server-sent events' },
  { method: 'GET', path: '/v1/videos/:id/content', action: 'content', query: contentQuery, summary: 'Download the finished video' },
  { method: 'POST', path: '/v1/videos/:id/cancel', action: 'cancel', summary: 'Cancel a video task' },
]

export const flat: Dialect = {
  id: 'flat',
  routes: ROUTES,
  claims: () => true,
  renderTask,
  statusWords: { at: 'status', words: ['queued', 'in_progress', 'completed', 'failed'] },
  taskHeaders: openAiHeaders,
  renderError: openAiError,
  taskSchema,
  errorSchema: openAiErrorSchema,
}
