import { z } from 'zod'
import { GatewayError } from '../core/errors.ts'
import { parseSize, shortSidePixels, type Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { phaseOf, progressPercent, type Task, type TaskPhase } from '../core/task.ts'
import type { Dialect, DialectRoute, Draft, DraftInput, ParseContext, RenderContext, RequestBody } from './dialect.ts'
import { defaultImageRole, listedSources, operationOf, textInput } from './shared/draft.ts'
import { shownFailure } from './shared/ended-task.ts'
import { field, formField, parseFields, unknownFields } from './shared/fields.ts'
import { openAiError, openAiErrorSchema, secondsOf } from './shared/openai-shape.ts'
import { resultLinks } from './shared/result-links.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * The "unified video format" of relays such as allapi.store: one create and one query for Veo and Sora, with the fields
 * of both. Facts: help.allapi.store as of 2026-01. Lenient: what a model has no use for is left out and listed.
 */

const WORDS: Record<TaskPhase, UnifiedStatus> = {
  queued: 'pending',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'failed',
}

/** The page lists `error` too ("发生错误"); nothing here is an error without having failed. */
const statusWord = z.enum(['pending', 'processing', 'completed', 'failed'])
type UnifiedStatus = z.output<typeof statusWord>

const RATIO_OF_ORIENTATION = { landscape: '16:9', portrait: '9:16' } as const

const createBody = z.object({
  model: field.model(),
  prompt: field.prompt(),
  aspect_ratio: field.text(20).optional().describe('16:9 or 9:16, and others where the model has them.'),
  orientation: z.enum(['landscape', 'portrait']).optional().describe('Another way to say 16:9 or 9:16.'),
  size: field.text(20).optional().describe('small, medium or large: of the sizes that the model has; or 720p, 1280x720.'),
  resolution: field.text(20).optional().describe('720p, 1080p.'),
  duration: formField.seconds().optional().describe('Length in seconds.'),
  images: field.sources().optional().describe('URLs, data URIs or uploaded files: frames or components, as the model takes them.'),
  enable_upsample: formField.boolean().optional(),
  enhance_prompt: formField.boolean().optional().describe('Rewrites a prompt that is not English in English.'),
  negative_prompt: field.text(32_000).optional(),
  seed: formField.seed().optional(),
  n: formField.count().optional(),
  user: field.text().optional(),
  callback_url: field.callbackUrl().optional(),
  metadata: field.metadata().optional(),
})

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  durationSeconds: 'duration',
  resolution: 'resolution',
  size: 'size',
  seed: 'seed',
  count: 'n',
  enhancePrompt: 'enhance_prompt',
  upsample: 'enable_upsample',
  inputs: 'images',
  endUserId: 'user',
  callbackUrl: 'callback_url',
  metadata: 'metadata',
}

function parseCreate(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(createBody, body.fields)
  const model = context.model(given.model)
  const inputs = imagesOf(model, given.images)
  const byOrientation = given.orientation && RATIO_OF_ORIENTATION[given.orientation]
  if (byOrientation !== undefined && given.aspect_ratio !== undefined && given.aspect_ratio !== byOrientation) {
    throw new GatewayError('invalid_request', 'orientation and aspect_ratio contradict each other', { param: 'orientation' })
  }
  return {
    request: present({
      kind: model.kind,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.prompt,
      negativePrompt: given.negative_prompt,
      durationSeconds: given.duration,
      aspectRatio: given.aspect_ratio ?? byOrientation,
      resolution: given.resolution,
      size: given.size === undefined ? undefined : sizeMeant(given.size, model),
      seed: given.seed,
      count: given.n ?? 1,
      enhancePrompt: given.enhance_prompt,
      upsample: given.enable_upsample,
      endUserId: given.user,
      callbackUrl: given.callback_url,
      metadata: given.metadata,
    }),
    inputs,
    ignored: unknownFields(createBody, body.fields),
    unusedFields: 'ignore',
    // "enhance_prompt: 是否启用提示词增强（中文自动转英文）".
    englishPrompt: true,
    fieldNames: { ...FIELD_NAMES, aspectRatio: given.aspect_ratio === undefined && byOrientation !== undefined ? 'orientation' : 'aspect_ratio' },
  }
}

function imagesOf(model: Model, images: string | string[] | undefined): DraftInput[] {
  return listedSources(images, 'images').map(({ text, param }, index, { length }) => textInput('image', defaultImageRole(model, index, length), text, param))
}

/**
 * `small`, `medium` and `large` say how large a result is among those that the model makes, whatever its pixels: as a
 * resolution, so that `orientation` still decides which way up. Any other word means what it says.
 */
function sizeMeant(size: string, model: Model): string {
  const place = ['small', 'medium', 'large'].indexOf(size)
  if (place === -1 && !/\d|^auto$/i.test(size)) throw new GatewayError('invalid_request', 'size must be small, medium or large, or pixels such as 1280x720', { param: 'size' })
  if (place === -1) return size
  const lines = [...new Set([...(model.resolutions ?? []).flatMap((word) => shortSidePixels(word) ?? []), ...(model.sizes ?? []).flatMap(shortSideOf)])].sort((a, b) => a - b)
  if (lines.length === 0) return size
  // Of two, medium is the smaller one: it is never dearer than asked.
  const chosen = lines[Math.floor(((lines.length - 1) * place) / 2)]!
  return model.resolutions?.find((word) => shortSidePixels(word) === chosen) ?? `${chosen}p`
}

function shortSideOf(size: string): number[] {
  const pixels = parseSize(size)
  return pixels === undefined ? [] : [Math.min(...pixels)]
}

/** The id and the link stand under every name that clients of these relays look at. */
function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const phase = phaseOf(task.state)
  const links = resultLinks(task, context)
  const isVideo = task.request.kind === 'video'
  const error = shownFailure(task)
  return {
    id: task.id,
    task_id: task.id,
    object: task.request.kind,
    model: task.request.model,
    status: WORDS[phase],
    status_update_time: task.updatedAtMs,
    progress: progressPercent(task, context.nowMs),
    created_at: unixSeconds(task.createdAtMs),
    enhanced_prompt: task.request.enhancedPrompt ?? null,
    video_url: (isVideo ? links[0] : undefined) ?? null,
    ...(links[0] === undefined ? {} : { url: links[0], result_url: links[0], urls: links }),
    ...(isVideo || links[0] === undefined ? {} : { image_url: links[0] }),
    detail: present({
      id: task.id,
      status: WORDS[phase],
      prompt: task.request.prompt,
      seconds: secondsOf(task) ?? undefined,
      video_url: isVideo ? links[0] : undefined,
      error_message: error?.message,
    }),
    error: error ?? null,
    ...(task.ignored.length > 0 ? { ignored: task.ignored } : {}),
    ...present({ metadata: task.request.metadata }),
  }
}

const taskSchema = z.object({
  id: z.string(),
  task_id: z.string(),
  object: z.enum(['video', 'image', 'text']),
  model: z.string(),
  status: statusWord,
  status_update_time: z.int().describe('Unix milliseconds.'),
  progress: z.int().min(0).max(100),
  created_at: z.int().describe('Unix seconds.'),
  enhanced_prompt: z.string().nullable().describe('What the prompt was rewritten to.'),
  video_url: z.string().nullable(),
  url: z.string().optional(),
  result_url: z.string().optional(),
  urls: z.array(z.string()).optional(),
  image_url: z.string().optional(),
  detail: z.object({
    id: z.string(),
    status: statusWord,
    prompt: z.string(),
    seconds: z.number().optional(),
    video_url: z.string().optional(),
    error_message: z.string().optional(),
  }),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  ignored: z.array(z.string()).optional().describe('Fields that had no effect.'),
  metadata: z.record(z.string(), z.unknown()).optional(),
})

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v1/video/create',
    action: 'create',
    parse: parseCreate,
    body: createBody,
    operationId: 'createUnifiedVideo',
    summary: 'Create a video in the unified format',
    examples: {
      veo: { model: 'veo3-frames', prompt: 'make animate', aspect_ratio: '16:9', enable_upsample: true, enhance_prompt: true, images: ['https://example.com/first-frame.png', 'https://example.com/last-frame.png'] },
      sora: { model: 'sora-2', prompt: 'A beautiful sunset over the ocean', orientation: 'landscape', size: 'large', duration: 8 },
    },
  },
  {
    method: 'GET',
    path: '/v1/video/query',
    action: 'read',
    taskId: ({ query }) => [query['id'], query['task_id']].find((id) => typeof id === 'string'),
    query: z.object({ id: z.string().describe('The id of the task.') }),
    operationId: 'queryUnifiedVideo',
    summary: 'Read a task in the unified format',
  },
]

export const unified: Dialect = {
  id: 'unified',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'status', words: statusWord.options },
  renderCallback: renderTask,
  renderError: openAiError,
  taskSchema,
  errorSchema: openAiErrorSchema,
}
