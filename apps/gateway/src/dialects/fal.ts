import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage, type ErrorCode } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { isFinal, phaseOf, type Output, type Task } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { failureOf } from './shared/ended-task.ts'
import { field, parseFields, parseQuery } from './shared/fields.ts'
import { findOwnedModel, modelInput, modelInputDraft, modelOf } from './shared/model-input.ts'

/*
 * fal's wire: a queue (`queue.fal.run`), blocking calls (`fal.run`) and uploads (`rest.fal.ai`), each under a prefix of
 * its own here. Its JavaScript client has these hosts built in; by `proxyUrl` it sends every call to one address, with
 * the one that was meant in `x-fal-target-url`.
 */

const TARGET_HEADER = 'x-fal-target-url'

type Face = 'queue' | 'run' | 'rest'

/** "Hosts: fal.run, queue.fal.run, rest.fal.ai (older rest.alpha.fal.ai)". */
const FACES: Record<string, Face> = { 'queue.fal.run': 'queue', 'fal.run': 'run', 'rest.fal.ai': 'rest', 'rest.alpha.fal.ai': 'rest' }

/** What a call is for, from its own path or from the address that a proxy was asked to reach. */
interface Target {
  face: Face
  /** Without a slash at either end. */
  path: string
  query: Readonly<Record<string, unknown>>
}

const MAX_TARGET_CHARACTERS = 4096

/** @throws GatewayError for an address that is not fal's. */
function proxiedTarget({ headers }: Pick<Call, 'headers'>): Target {
  const header = headers[TARGET_HEADER]
  const url = typeof header === 'string' && header.length <= MAX_TARGET_CHARACTERS ? URL.parse(header) : null
  const face = url === null || !Object.hasOwn(FACES, url.host) ? undefined : FACES[url.host]
  if (url === null || face === undefined) throw new GatewayError('invalid_request', `${TARGET_HEADER} must be an address at ${Object.keys(FACES).join(', ')}`, { param: TARGET_HEADER })
  return { face, path: trimmed(url.pathname), query: Object.fromEntries(url.searchParams) }
}

function targetAt(face: Face): (call: Pick<Call, 'params' | 'query'>) => Target {
  return ({ params, query }) => ({ face, path: trimmed(params['*'] ?? ''), query })
}

function trimmed(path: string): string {
  return path.replaceAll(/^\/+|\/+$/g, '')
}

/** What kind of work stands at the end of many of fal's application names; our models find that out from the inputs. */
const WORK = /\/(text-to-video|image-to-video|reference-to-video|first-last-frame-to-video|video-to-video|text-to-image|image-to-image|edit)$/
const NEEDS_PICTURE = /\/(image-to-video|reference-to-video|first-last-frame-to-video|image-to-image|edit)$/
const MAX_APP_CHARACTERS = 200

const submitQuery = z.object({ fal_webhook: field.callbackUrl().optional() })
const body = modelInput.extend({ sync_mode: z.boolean().optional().describe('Pictures as data URIs in the result.') })

function parserFor(targetOf: (context: ParseContext) => Target): (body: RequestBody, context: ParseContext) => Draft {
  return (given, context) => parse(given, targetOf(context), context)
}

function parse({ fields }: RequestBody, { path, query }: Target, context: ParseContext): Draft {
  const model = modelOfApp(context, path)
  const given = parseFields(body, fields)
  const { fal_webhook: callbackUrl } = parseQuery(submitQuery, query)
  const { sync_mode: syncMode, ...input } = given
  const { sync_mode: _, ...raw } = fields
  const draft = modelInputDraft(model, input, { prefix: '', raw })
  if (NEEDS_PICTURE.test(path) && draft.inputs.length === 0) throw new GatewayError('invalid_request', `image_url is required for ${path.slice(0, MAX_APP_CHARACTERS)}`, { param: 'image_url' })
  return {
    ...draft,
    request: {
      ...draft.request,
      ...(callbackUrl !== undefined && { callbackUrl }),
      echo: present({ app: appOf(path), sync_mode: syncMode }),
    },
    fieldNames: { ...draft.fieldNames, callbackUrl: 'fal_webhook' },
  }
}

function modelOfApp(context: ParseContext, path: string): Model {
  if (path === '') throw new GatewayError('model_not_found', 'the path must name a model', { param: 'model' })
  return findOwnedModel(context, path) ?? modelOf(context, path.replace(WORK, ''), 'model')
}

/** "Owners `workflows` and `comfy` are namespaces"; of every other application the first two steps go on. */
function appOf(path: string): string {
  const steps = path.split('/')
  return steps.slice(0, steps[0] === 'workflows' || steps[0] === 'comfy' ? 3 : 2).join('/').slice(0, MAX_APP_CHARACTERS)
}

/** `{app}/requests/{id}`, and what is asked of the request. "The subpath is dropped": the id alone says which it is. */
const REQUEST_PATH = /(?:^|\/)requests\/([^/]+)(?:\/(status\/stream|status|cancel|response))?$/

function requestOf({ path }: Target): { id: string | undefined; asks: string } {
  const [, id, asks = 'response'] = REQUEST_PATH.exec(path) ?? []
  return { id, asks }
}

async function post(call: Call, gateway: GatewayForDialects, target: Target): Promise<Answer> {
  switch (target.face) {
    case 'queue':
      return submit(await gateway.create(), gateway)
    case 'run':
      return run(await gateway.create(), gateway)
    case 'rest':
      return initiateUpload(call, gateway, target)
  }
}

function submit(task: Task, { rendering }: GatewayForDialects): Answer {
  const { request_id, response_url, status_url, cancel_url } = renderTask(task, rendering)
  return { headers: taskHeaders(task), body: { request_id, gateway_request_id: request_id, status: 'IN_QUEUE', queue_position: 0, response_url, status_url, cancel_url } }
}

/** The vendor's client gives up long after this, and Vercel's does not at all. */
const HELD_SECONDS = 290

async function run(task: Task, gateway: GatewayForDialects): Promise<Answer> {
  return result(await gateway.wait(task, HELD_SECONDS), gateway)
}

async function get(target: Target, gateway: GatewayForDialects): Promise<Answer> {
  const { id, asks } = requestOf(target)
  const task = target.face === 'queue' ? await gateway.need(id) : noSuchCall(target)
  if (asks === 'status') return { status: isFinal(task.state) ? 200 : 202, headers: taskHeaders(task), body: renderTask(task, gateway.rendering) }
  if (asks === 'status/stream') return { headers: taskHeaders(task), stream: statusEvents(task, gateway) }
  if (asks === 'response') return result(task, gateway)
  return noSuchCall(target)
}

function noSuchCall({ face, path }: Target): never {
  throw new GatewayError('not_found', `there is no ${path.slice(0, MAX_APP_CHARACTERS)} at the ${face} API`)
}

/** The client takes a stream for dead after 15 s without a message. */
const STATUS_EVERY_MS = 5_000

async function* statusEvents(task: Task, gateway: GatewayForDialects): AsyncGenerator<string, void, undefined> {
  for await (const current of gateway.follow(task, STATUS_EVERY_MS)) yield `data: ${JSON.stringify(renderTask(current, gateway.rendering))}\n\n`
}

/**
 * The model's own output, without a wrapper. Before the end a 4xx with the sentence that Vercel's adapter waits for; also
 * to a call that was held in vain, since clients send a POST again that was answered with 502, 503 or 504.
 */
async function result(task: Task, gateway: GatewayForDialects): Promise<Answer> {
  if (!isFinal(task.state)) throw new GatewayError('not_ready', 'Request is still in progress')
  if (task.state !== 'succeeded') throw failureOf(task)
  const output = renderOutput(task, gateway.rendering)
  if (task.request.echo?.['sync_mode'] === true && task.request.kind === 'image') {
    output['images'] = await Promise.all(task.outputs.map(async (file) => ({ ...renderFile(file, ''), url: `data:${file.mediaType};base64,${(await gateway.bytesOf(file)).toString('base64')}` })))
  }
  return { headers: taskHeaders(task), body: output }
}

/** "Cancel → body `{status}`": OK for what was queued, CANCELLATION_REQUESTED for what runs, and two refusals. */
async function put(target: Target, gateway: GatewayForDialects): Promise<Answer> {
  const { id, asks } = requestOf(target)
  if (target.face !== 'queue' || asks !== 'cancel') return noSuchCall(target)
  const task = await gateway.need(id)
  if (isFinal(task.state)) return { status: 400, body: { status: 'ALREADY_COMPLETED', detail: 'Request has already completed' } }
  const wasQueued = phaseOf(task.state) === 'queued'
  await gateway.cancel(task)
  return { status: wasQueued ? 200 : 202, body: { status: wasQueued ? 'OK' : 'CANCELLATION_REQUESTED' } }
}

const uploadBody = z.object({ content_type: field.text().optional(), file_name: field.text(300).optional() })
const INITIATE = 'storage/upload/initiate'

function initiateUpload({ body: { fields } }: Call, gateway: GatewayForDialects, target: Target): Answer {
  if (target.path === `${INITIATE}-multipart`) throw new GatewayError('too_large', 'files in parts, above 90 MiB, are not taken')
  if (target.path !== INITIATE) return noSuchCall(target)
  const given = parseFields(uploadBody, fields)
  const { uploadUrl, fileUrl } = gateway.expectUpload({ fileName: given.file_name ?? '', mediaType: (given.content_type ?? '').split(';')[0]!.trim().toLowerCase() })
  return { body: { upload_url: uploadUrl, file_url: fileUrl } }
}

const STATUS_WORDS = ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'] as const

/** "There is no FAILED and no CANCELLED queue status": such a task is COMPLETED, with an error. */
function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const app = task.request.echo?.['app']
  const self = `${context.origin}/fal/queue/${typeof app === 'string' ? app : `genlock/${task.request.model}`}/requests/${task.id}`
  const shared = { request_id: task.id, response_url: self, status_url: `${self}/status`, cancel_url: `${self}/cancel`, ...(task.ignored.length > 0 && { ignored: task.ignored }) }
  const phase = phaseOf(task.state)
  switch (phase) {
    case 'queued':
      return { status: 'IN_QUEUE', ...shared, queue_position: 0 }
    case 'running':
      return { status: 'IN_PROGRESS', ...shared, logs: null }
    case 'succeeded':
      return { status: 'COMPLETED', ...shared, logs: null, metrics: metricsOf(task), payload: renderOutput(task, context) }
    case 'failed':
    case 'cancelled': {
      const { code, message } = failureOf(task)
      return { status: 'COMPLETED', ...shared, logs: null, metrics: metricsOf(task), error: message, error_type: TYPES[code] ?? code }
    }
  }
}

function metricsOf({ submittedAtMs, endedAtMs }: Task): { inference_time?: number } {
  return submittedAtMs === undefined || endedAtMs === undefined ? {} : { inference_time: (endedAtMs - submittedAtMs) / 1000 }
}

function renderOutput(task: Task, context: RenderContext): Record<string, unknown> {
  const { request, outputs } = task
  const seed = request.seed === undefined ? {} : { seed: request.seed }
  if (request.kind === 'text') return { output: outputs.map((output) => output.text ?? '').join('\n') }
  const files = outputs.map((output) => renderFile(output, context.fileLink(output.storageKey, task)))
  if (request.kind === 'video') return { video: files[0] ?? null, ...(files.length > 1 && { videos: files }), ...seed }
  return { images: files, ...seed, prompt: request.prompt, has_nsfw_concepts: files.map(() => false), timings: present({ inference: metricsOf(task).inference_time }) }
}

/** "File { url, content_type?, file_name?, file_size?, width?, height?, duration?, fps? }". */
function renderFile(output: Output, url: string): Record<string, unknown> {
  return present({
    url,
    content_type: output.mediaType,
    file_name: output.storageKey.replaceAll('/', '-').replace(/^outputs-/, ''),
    file_size: output.bytes,
    width: output.widthPixels,
    height: output.heightPixels,
    duration: output.durationSeconds,
  })
}

/** "POST JSON: { request_id, gateway_request_id, status: OK|ERROR, payload, error? }". */
function renderCallback(task: Task, context: RenderContext): Record<string, unknown> {
  const about = { request_id: task.id, gateway_request_id: task.id }
  if (task.state === 'succeeded') return { ...about, status: 'OK', payload: renderOutput(task, context) }
  const { status, body: payload } = renderError(failureOf(task), { requestId: '', language: 'en', origin: context.origin })
  return { ...about, status: 'ERROR', error: `Invalid status code: ${status}`, payload }
}

function taskHeaders(task: Task): Record<string, string> {
  return { 'x-fal-request-id': task.id }
}

/** The vendor's words for what went wrong, where it has one. */
const TYPES: Partial<Record<ErrorCode, string>> = {
  content_policy: 'content_policy_violation',
  invalid_request: 'value_error',
  url_not_allowed: 'file_download_error',
  unsupported_media: 'image_load_error',
  too_large: 'file_too_large',
  upstream_failed: 'downstream_service_error',
  upstream_busy: 'downstream_service_unavailable',
  timeout: 'generation_timeout',
  cancelled: 'client_cancelled',
  internal: 'internal_server_error',
}

/**
 * "Out of money is 403, not 402." What failed for good is never 502 or 504, whatever the vendor does: its client sends
 * a POST again that was answered so, and that would be another task.
 */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  insufficient_credits: 403,
  invalid_request: 422,
  url_not_allowed: 422,
  unsupported_media: 422,
  content_policy: 422,
  not_ready: 400,
  not_cancellable: 400,
  cancelled: 499,
  upstream_failed: 500,
  timeout: 500,
}

/** Errors of the model have a list of places in the body; the others a sentence. `message` is what both clients show. */
const WITH_PLACES: ReadonlySet<ErrorCode> = new Set(['invalid_request', 'url_not_allowed', 'unsupported_media', 'content_policy'])

function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  const message = errorMessage(error, context.language)
  const type = TYPES[error.code] ?? error.code
  const loc = ['body', ...(error.param ?? (error.code === 'content_policy' ? 'prompt' : '')).split(/[.[\]]+/).filter((step) => step !== '')]
  return {
    status: STATUSES[error.code] ?? ERROR_CODES[error.code].status,
    body: {
      detail: WITH_PLACES.has(error.code) ? [{ loc, msg: message, type, url: `${context.origin}/docs/errors#${error.code}` }] : message,
      message,
      error_type: type,
      request_id: context.requestId,
    },
  }
}

const taskSchema = z.object({
  status: z.enum(STATUS_WORDS),
  request_id: z.string(),
  response_url: z.string(),
  status_url: z.string(),
  cancel_url: z.string(),
  queue_position: z.int().optional(),
  logs: z.null().optional(),
  metrics: z.object({ inference_time: z.number().optional() }).optional(),
  payload: z.record(z.string(), z.unknown()).optional().describe('The result: the same as response_url answers.'),
  error: z.string().optional(),
  error_type: z.string().optional(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
})

const errorSchema = z.object({
  detail: z.union([z.string(), z.array(z.object({ loc: z.array(z.string()), msg: z.string(), type: z.string(), url: z.string() }))]),
  message: z.string(),
  error_type: z.string(),
  request_id: z.string(),
})

const queueTarget = targetAt('queue')
const runTarget = targetAt('run')
const resultSchema = z.looseObject({ video: z.object({ url: z.string() }).optional(), images: z.array(z.object({ url: z.string() })).optional() })

const ROUTES: DialectRoute[] = [
  { method: 'POST', path: '/fal/queue/*', action: 'create', parse: parserFor(queueTarget), body, answer: (call, gateway) => post(call, gateway, queueTarget(call)), summary: 'Put a request into the queue' },
  { method: 'GET', path: '/fal/queue/*', action: 'custom', operationId: 'falReadQueue', answer: (call, gateway) => get(queueTarget(call), gateway), waits: true, summary: 'Read how a request stands, or its result' },
  { method: 'PUT', path: '/fal/queue/*', action: 'custom', operationId: 'falCancel', answer: (call, gateway) => put(queueTarget(call), gateway), summary: 'Cancel a request' },
  { method: 'POST', path: '/fal/run/*', action: 'create', parse: parserFor(runTarget), body, answer: (call, gateway) => post(call, gateway, runTarget(call)), answerSchema: resultSchema, waits: true, summary: 'Generate, and answer with the result' },
  { method: 'POST', path: `/fal/${INITIATE}`, action: 'custom', operationId: 'falInitiateUpload', answer: (call, gateway) => post(call, gateway, { face: 'rest', path: INITIATE, query: {} }), summary: 'Ask where to put a file' },
  { method: 'POST', path: '/fal/proxy', action: 'create', targetHeader: TARGET_HEADER, parse: parserFor(proxiedTarget), body, answer: (call, gateway) => post(call, gateway, proxiedTarget(call)), waits: true, summary: 'What the address in x-fal-target-url takes' },
  { method: 'GET', path: '/fal/proxy', action: 'custom', operationId: 'falReadProxied', answer: (call, gateway) => get(proxiedTarget(call), gateway), waits: true, summary: 'What the address in x-fal-target-url answers' },
  { method: 'PUT', path: '/fal/proxy', action: 'custom', operationId: 'falCancelProxied', answer: (call, gateway) => put(proxiedTarget(call), gateway), summary: 'Cancel the request in x-fal-target-url' },
]

export const fal: Dialect = {
  id: 'fal',
  routes: ROUTES,
  renderTask,
  renderCallback,
  statusWords: { at: 'status', words: STATUS_WORDS },
  taskHeaders,
  renderError,
  taskSchema,
  errorSchema,
}
