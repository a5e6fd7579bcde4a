import { z } from 'zod'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../core/errors.ts'
import type { InputMedia, InputRole } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { phaseOf, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, DraftInput, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { cancelOrDelete } from './shared/delete-task.ts'
import { defaultImageRole, defaultMaterialRole, operationOf, textInput } from './shared/draft.ts'
import { failureOf } from './shared/ended-task.ts'
import { errorNamingField } from './shared/error-text.ts'
import { field, parseFields, parseQuery, unknownFields } from './shared/fields.ts'
import { modelOf } from './shared/model-input.ts'
import { unknownIn } from './shared/nested-fields.ts'
import { newestTasks } from './shared/newest-tasks.ts'
import { unixSeconds } from './shared/unix-seconds.ts'

/*
 * MiniMax's second wire, of MiniMax-H3: materials with roles in one list, errors by HTTP status. Facts: the vendor's pages
 * as relayed, and SDKs, read August 2026.
 */

const MAX_CONTENT = 64

const address = z.object({ url: field.source() })

const item = z.union(
  [
    z.object({ type: z.literal('text'), text: z.string().max(32_000) }),
    z.object({ type: z.literal('image_url'), image_url: address, role: z.enum(['first_frame', 'last_frame', 'reference_image']).optional() }),
    z.object({ type: z.literal('video_url'), video_url: address, role: z.literal('reference_video').optional() }),
    z.object({ type: z.literal('audio_url'), audio_url: address, role: z.literal('reference_audio').optional() }),
  ],
  { error: 'must be { type: "text", text }, or an image_url, video_url or audio_url with its role' },
)

const extra = z.object({ prompt_expansion_mode: field.text(40).optional() })

const body = z.object({
  model: field.model(),
  content: z.array(item).min(1).max(MAX_CONTENT).describe('The prompt, and pictures, videos and sounds with their roles.'),
  resolution: field.text(20).optional().describe('480P, 768P or 2K.'),
  duration: field.seconds().optional(),
  ratio: field.text(20).optional().describe('16:9 … or adaptive.'),
  extra: extra.optional(),
  callback_url: field.callbackUrl().optional(),
  aigc_watermark: z.boolean().optional(),
})

const FIELD_NAMES: Draft['fieldNames'] = {
  model: 'model',
  prompt: 'content',
  inputs: 'content',
  durationSeconds: 'duration',
  resolution: 'resolution',
  aspectRatio: 'ratio',
  callbackUrl: 'callback_url',
}

function parse({ fields }: RequestBody, context: ParseContext): Draft {
  const given = parseFields(body, fields)
  const model = modelOf(context, given.model, 'model')
  const inputs = given.content.flatMap((each, index) => inputOf(each, `content[${index}]`, model))
  const vendor = present({ prompt_expansion_mode: given.extra?.prompt_expansion_mode, aigc_watermark: given.aigc_watermark === true ? true : undefined })
  return {
    request: present({
      kind: 'video' as const,
      operation: operationOf(model, inputs),
      model: model.id,
      prompt: given.content.flatMap((each) => (each.type === 'text' ? [each.text] : [])).join('\n'),
      durationSeconds: given.duration,
      resolution: given.resolution,
      aspectRatio: given.ratio,
      count: 1,
      callbackUrl: given.callback_url,
      vendor: Object.keys(vendor).length === 0 ? undefined : vendor,
    }),
    inputs,
    ignored: [...unknownFields(body, fields), ...unknownIn(extra, fields['extra'], 'extra')],
    unusedFields: 'ignore',
    fieldNames: FIELD_NAMES,
  }
}

const IMAGE_ROLES = { first_frame: 'first_frame', last_frame: 'last_frame', reference_image: 'reference' } as const

function inputOf(each: z.output<typeof item>, param: string, model: Model): DraftInput[] {
  switch (each.type) {
    case 'text':
      return []
    case 'image_url':
      return [sourceInput('image', each.role === undefined ? firstRole(model) : IMAGE_ROLES[each.role], each.image_url.url, `${param}.image_url.url`)]
    case 'video_url':
      return [sourceInput('video', defaultMaterialRole(model, 'video'), each.video_url.url, `${param}.video_url.url`)]
    case 'audio_url':
      return [sourceInput('audio', defaultMaterialRole(model, 'audio'), each.audio_url.url, `${param}.audio_url.url`)]
  }
}

/** "un-roled image = first_frame". */
function firstRole(model: Model): InputRole {
  return model.inputs.image?.roles.includes('first_frame') ? 'first_frame' : defaultImageRole(model, 0, 1)
}

/** `mm_file://<file_id>` is an uploaded file. */
function sourceInput(media: InputMedia, role: InputRole, url: string, param: string): DraftInput {
  return textInput(media, role, url.replace(/^mm_file:\/\//, ''), param)
}

const STATUS_WORDS: Record<TaskPhase, StatusWord> = { queued: 'queued', running: 'running', succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled' }
const statusWord = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
type StatusWord = z.output<typeof statusWord>

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  return { task: renderInner(task, context) }
}

function renderInner(task: Task, context: RenderContext): z.output<typeof innerSchema> {
  const { request, outputs, ignored, quote } = task
  const [output] = outputs
  return {
    id: task.id,
    model: request.model,
    status: STATUS_WORDS[phaseOf(task.state)],
    created_at: unixSeconds(task.createdAtMs),
    updated_at: unixSeconds(task.updatedAtMs),
    task_type: request.operation,
    modality: request.kind,
    ...present({ resolution: request.resolution, duration: secondsOf(task), ratio: request.aspectRatio, ignored: ignored.length > 0 ? ignored : undefined }),
    ...(task.state === 'succeeded' && {
      ...(output && { content: { url: context.fileLink(output.storageKey, task) } }),
      usage: {
        input_seconds: quote.facts.inputVideoDurationMs / 1000,
        output_seconds: secondsOf(task) ?? 0,
        total_seconds: quote.facts.inputVideoDurationMs / 1000 + (secondsOf(task) ?? 0),
        input_image_count: request.inputs.filter(({ media }) => media === 'image').length,
      },
    }),
    ...((task.state === 'failed' || task.state === 'cancelled') && { error: errorOf(task) }),
  }
}

/** "error.code 1026 / 1027": what the review of a request and of a result say. Others have our words. */
function errorOf(task: Task): { code: string; message: string } {
  const { code, message } = failureOf(task)
  return { code: code === 'content_policy' ? '1027' : code, message }
}

function secondsOf({ request, outputs, quote }: Task): number | undefined {
  if (request.kind !== 'video') return undefined
  return typeof request.durationSeconds === 'number' ? request.durationSeconds : Math.round(outputs[0]?.durationSeconds ?? quote.facts.durationMs / 1000)
}

const listQuery = z.object({
  page_num: z.coerce.number().int().min(1).max(500).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(10),
  'filter.status': statusWord.optional(),
  'filter.model': field.text().optional(),
  'filter.task_type': field.text(40).optional(),
  'filter.task_ids': z.union([field.text(), z.array(field.text()).max(100)]).transform((value) => [value].flat()).optional(),
})

async function answerList({ query }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const { page_num: page, page_size: size, ...filter } = parseQuery(listQuery, query)
  const model = filter['filter.model'] === undefined ? undefined : (gateway.parsing.findModel(filter['filter.model'])?.id ?? '')
  const found = (await newestTasks(gateway, 'video'))
    .filter(({ id, request }) => (model === undefined || request.model === model) && (filter['filter.task_ids']?.includes(id) ?? true))
    .map((task) => renderInner(task, gateway.rendering))
    .filter(({ status, task_type: type }) => status === (filter['filter.status'] ?? status) && type === (filter['filter.task_type'] ?? type))
  return { body: { total: found.length, tasks: found.slice((page - 1) * size, page * size) } }
}

/** "DELETE: queued → cancelled; succeeded/failed → record removed; running/cancelled → error." */
async function answerDelete({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await gateway.need(params['id'])
  await cancelOrDelete(gateway, task, { words: STATUS_WORDS, param: 'task_id' })
  return { body: { task_id: task.id } }
}

/** What the vendor does beside, and nothing here can: it works on its own results, and on prompts. */
const UNSERVED: readonly [path: string, param: string, what: string][] = [
  ['video_regeneration', 'model', 'draws a finished video again, larger'],
  ['h3_context_ir', 'content', 'rewrites a prompt only'],
]

type VendorType = 'bad_request_error' | 'authorized_error' | 'insufficient_balance_error' | 'unprocessable_entity_error' | 'rate_limit_error' | 'server_error'

const VENDOR_TYPES: Partial<Record<ErrorCode, { type: VendorType; status?: number }>> = {
  unauthorized: { type: 'authorized_error' },
  forbidden: { type: 'authorized_error' },
  insufficient_credits: { type: 'insufficient_balance_error' },
  content_policy: { type: 'unprocessable_entity_error', status: 422 },
  unsupported_media: { type: 'bad_request_error', status: 400 },
  not_cancellable: { type: 'bad_request_error', status: 400 },
  rate_limited: { type: 'rate_limit_error' },
}

/** "{ type:"error", error:{ type, message, http_code:"400" }, request_id }"; the number is text. */
function renderError(error: GatewayError, { language, requestId }: ErrorContext): RenderedError {
  const usual = ERROR_CODES[error.code].status
  const { type, status = usual } = VENDOR_TYPES[error.code] ?? { type: usual >= 500 ? ('server_error' as const) : ('bad_request_error' as const) }
  return { status, body: { type: 'error', error: { type, message: errorNamingField(error, language), http_code: String(status) }, request_id: requestId } }
}

const innerSchema = z.object({
  id: z.string(),
  model: z.string(),
  status: statusWord,
  created_at: z.int().describe('Unix seconds.'),
  updated_at: z.int(),
  content: z.object({ url: z.string().describe('A signed link.') }).optional().describe('There when status is succeeded.'),
  resolution: z.string().optional(),
  duration: z.number().optional(),
  ratio: z.string().optional(),
  task_type: z.string(),
  modality: z.string(),
  usage: z.object({ total_seconds: z.number(), input_seconds: z.number(), output_seconds: z.number(), input_image_count: z.int() }).optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

const taskSchema = z.object({ task: innerSchema })
const errorSchema = z.object({ type: z.literal('error'), error: z.object({ type: z.string(), message: z.string(), http_code: z.string() }), request_id: z.string() })

const ROUTES: DialectRoute[] = [
  {
    method: 'POST',
    path: '/v2/video_generation',
    action: 'create',
    parse,
    body,
    render: ({ id, ignored }) => ({ task_id: id, ...(ignored.length > 0 && { ignored }) }),
    summary: 'Create a video task',
    examples: {
      references: {
        model: 'seedance-2.0-pro',
        content: [{ type: 'text', text: 'Image 1 sails on' }, { type: 'image_url', image_url: { url: 'https://example.com/boat.jpg' }, role: 'reference_image' }],
        resolution: '768P', duration: 5, ratio: '16:9',
      },
    },
  },
  { method: 'GET', path: '/v2/query/video_generation/:id', action: 'read', summary: 'Read a task' },
  { method: 'GET', path: '/v2/query/video_generation', action: 'custom', answer: answerList, query: listQuery, summary: 'List video tasks' },
  { method: 'DELETE', path: '/v2/video_generation/:id', action: 'custom', answer: answerDelete, summary: 'Cancel a task that is queued, or delete one that has ended' },
  ...UNSERVED.map(([path, param, what]): DialectRoute => ({
    method: 'POST',
    path: `/v2/${path}`,
    action: 'custom',
    answer: () => Promise.reject(new GatewayError('invalid_request', `${param} cannot be used: no model here ${what}`, { param })),
    summary: 'Refused: no model does this',
  })),
]

export const minimaxV2: Dialect = {
  id: 'minimax-v2',
  routes: ROUTES,
  renderTask,
  statusWords: { at: 'task.status', words: statusWord.options },
  renderCallback: renderTask,
  renderError,
  taskSchema,
  errorSchema,
}
