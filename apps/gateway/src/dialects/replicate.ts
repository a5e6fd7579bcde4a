import { z } from 'zod'
import { ERROR_CODES, GatewayError, errorMessage, type ErrorCode } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import { present } from '../core/present.ts'
import { isFinal, phaseOf, progressPercent, type Task, type TaskPhase } from '../core/task.ts'
import type { Answer, Call, Dialect, DialectRoute, Draft, ErrorContext, GatewayForDialects, ParseContext, RenderContext, RenderedError, RequestBody } from './dialect.ts'
import { modelOfVersion, OWNER, ownNameOf, renderListed, renderModel, renderVersion, versionOf } from './replicate/model.ts'
import { field, isPlainObject, parseFields, parseQuery } from './shared/fields.ts'
import { findOwnedModel, modelInput, modelInputDraft, modelOf } from './shared/model-input.ts'
import { resultLinks } from './shared/result-links.ts'
import { shownInput } from './shared/shown-input.ts'

/*
 * Replicate's wire, as its JavaScript client 1.4, its Python client 1.0 and Vercel's provider speak it. Predictions of
 * any model of ours: as `owner/name`, as a version, or by our own name.
 */

/** "create … holds the connection up to 60 s (or N s)". */
const MAX_HOLD_SECONDS = 60
/** "`30`, `30s`, `5m`, `1h30m45s`; minimum 5 s" (changelog of 16 October 2025). */
const CANCEL_AFTER = /^(?:(\d{1,6})|(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?)$/
const MIN_CANCEL_AFTER_SECONDS = 5
const PAGE_SIZE = 100

const EVENTS = ['start', 'output', 'logs', 'completed'] as const

const modelName = () => field.text(300)

/** "Unknown top-level members are rejected with a 422", those of the input are the model's affair. */
const common = {
  input: modelInput.describe("The model's input."),
  webhook: field.callbackUrl().optional(),
  webhook_events_filter: z.array(z.enum(EVENTS)).max(EVENTS.length * 4).optional().describe('Only completed is ever sent.'),
  stream: z.boolean().optional().describe('Means nothing any more.'),
}
const modelBody = z.strictObject({ ...common, version: modelName().optional() })
const versionBody = z.strictObject({
  version: modelName().optional().describe('A version, owner/name:version, owner/name, or any name of a model.'),
  model: modelName().optional().describe('The same, as the vendor\'s libraries call it.'),
  ...common,
})

function parseVersioned(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(versionBody, body.fields)
  const name = given.version ?? given.model
  if (name === undefined) throw new GatewayError('invalid_request', 'version is required', { param: 'version' })
  return draftOf({ ...modelOfName(context, name, given.version === undefined ? 'model' : 'version'), given, body, context })
}

/** Of a model or a deployment: those of ours have their model's name. */
function parseNamed(body: RequestBody, context: ParseContext): Draft {
  const given = parseFields(modelBody, body.fields)
  const asked = `${context.params['owner'] ?? ''}/${context.params['name'] ?? ''}`
  return draftOf({ model: modelOf(context, asked, 'model'), asked, given, body, context })
}

interface Asked {
  model: Model
  /** As the client named it. */
  asked: string
  version?: string
}

/** What stands behind a colon pins weights that we do not keep; a version of ours says the model by itself. */
function modelOfName(context: ParseContext, text: string, param: string): Asked {
  const known = findOwnedModel(context, text)
  if (known) return { model: known, asked: text }
  const [name = '', version] = text.includes(':') ? text.split(':', 2) : [undefined, text]
  const own = version === undefined ? undefined : modelOfVersion(version)
  const ofVersion = own === undefined ? undefined : context.findModel(own)
  if (ofVersion && version !== undefined) return { model: ofVersion, asked: name === '' ? `${OWNER}/${ofVersion.id}` : name, version }
  return { model: modelOf(context, name === '' ? text : name, param), asked: name, ...(version !== undefined && { version: version.slice(0, 100) }) }
}

function draftOf({ model, asked, version, given, body, context }: Asked & { given: z.output<typeof modelBody>; body: RequestBody; context: ParseContext }): Draft {
  const raw = isPlainObject(body.fields['input']) ? body.fields['input'] : {}
  const draft = modelInputDraft(model, given.input, { prefix: 'input.', raw })
  const isCalledBack = given.webhook !== undefined && (given.webhook_events_filter?.includes('completed') ?? true)
  const cancelAfterSeconds = cancelAfterOf(context.headers)
  return {
    ...draft,
    request: {
      ...draft.request,
      ...(isCalledBack && { callbackUrl: given.webhook! }),
      echo: present({
        model: asked,
        version,
        input: shownInput(raw),
        webhook: given.webhook,
        webhook_events_filter: given.webhook_events_filter && [...new Set(given.webhook_events_filter)],
        cancelAfterSeconds,
      }),
    },
    // The caller asked for other events than the one we send.
    ignored: given.webhook !== undefined && !isCalledBack ? [...draft.ignored, 'webhook'] : draft.ignored,
    fieldNames: { ...draft.fieldNames, model: 'version', callbackUrl: 'webhook' },
  }
}

function cancelAfterOf(headers: Call['headers']): number | undefined {
  const value = headers['cancel-after']
  if (value === undefined) return undefined
  const [, plain, hours, minutes, rest] = (typeof value === 'string' && value !== '' && CANCEL_AFTER.exec(value)) || []
  const total = Number(plain ?? rest ?? 0) + 60 * Number(minutes ?? 0) + 3600 * Number(hours ?? 0)
  if (total >= MIN_CANCEL_AFTER_SECONDS) return total
  throw new GatewayError('invalid_request', `Cancel-After must be a duration such as 30s, 5m or 1h30m45s, of at least ${MIN_CANCEL_AFTER_SECONDS} seconds`, { param: 'Cancel-After' })
}

/** Seconds, where the client prefers to wait. A preference above what we hold is met as far as it goes, and the answer says how far. */
function preferredHoldSeconds(headers: Call['headers']): number | undefined {
  const prefer = [headers['prefer']].flat().join(',')
  const [wanted, , text] = /(?:^|[,;\s])wait(\s*=\s*"?(\d{1,9})"?)?(?=$|[,;\s])/i.exec(prefer) ?? []
  if (wanted === undefined) return undefined
  return text === undefined ? MAX_HOLD_SECONDS : Math.min(MAX_HOLD_SECONDS, Math.max(1, Number(text)))
}

/**
 * Both of the vendor's clients take any word but `starting` for the end, in the answer to a create that was to wait: "not
 * finished within the hold ⇒ must answer `starting`, or clients return null output".
 */
async function create({ headers }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const holdSeconds = preferredHoldSeconds(headers)
  let task = await gateway.create()
  if (holdSeconds !== undefined) {
    const leftSeconds = Math.max(0, ((deadlineMsOf(task) ?? Infinity) - gateway.rendering.nowMs) / 1000)
    task = await gateway.wait(task, Math.min(holdSeconds, leftSeconds))
    if (leftSeconds <= holdSeconds) task = await cancelled(task, gateway)
  }
  return {
    status: 201,
    headers: holdSeconds === undefined ? {} : { 'preference-applied': `wait=${holdSeconds}` },
    body: renderTask(task, { ...gateway.rendering, creating: true }),
  }
}

async function read({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  let task = await gateway.need(params['id'])
  const deadlineMs = deadlineMsOf(task)
  if (deadlineMs !== undefined && deadlineMs <= gateway.rendering.nowMs) task = await cancelled(task, gateway)
  return { body: renderTask(task, gateway.rendering) }
}

/** "Cancel of an already finished prediction: returns the prediction unchanged". */
async function cancel({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const task = await gateway.need(params['id'])
  return { body: renderTask(isFinal(task.state) ? task : await gateway.cancel(task), gateway.rendering) }
}

/** The task after an attempt to stop it; one that cannot be stopped goes on. */
async function cancelled(task: Task, gateway: GatewayForDialects): Promise<Task> {
  if (isFinal(task.state)) return task
  try {
    return await gateway.cancel(task)
  } catch (error) {
    if (error instanceof GatewayError && (error.code === 'not_cancellable' || error.code === 'upstream_busy')) return gateway.need(task.id)
    throw error
  }
}

function deadlineMsOf({ request: { echo }, createdAtMs }: Task): number | undefined {
  const seconds = echo?.['cancelAfterSeconds']
  return typeof seconds === 'number' ? createdAtMs + seconds * 1000 : undefined
}

const instant = () => z.iso.datetime({ offset: true })
const listQuery = z.object({
  cursor: z.string().regex(/^[np]_[a-z0-9_]{1,40}$/, 'must be one that a page gave').optional().describe('As next and previous have it.'),
  created_after: instant().optional(),
  created_before: instant().optional(),
  source: z.enum(['api', 'web']).optional().describe('Every prediction here is made through the API.'),
})

/** A cursor is a task and a direction: `n_` goes on to older ones, `p_` back to newer ones. */
async function list({ query }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const asked = parseQuery(listQuery, query)
  const { cursor, ...rest } = asked
  const backwards = cursor?.startsWith('p_') === true
  const page = await gateway.list({ limit: PAGE_SIZE, order: backwards ? 'asc' : 'desc', ...(cursor !== undefined && { after: cursor.slice(2) }) })
  const tasks = backwards ? page.tasks.toReversed() : page.tasks
  const [newest, oldest] = [tasks[0], tasks.at(-1)]
  const afterMs = rest.created_after === undefined ? -Infinity : Date.parse(rest.created_after)
  const beforeMs = rest.created_before === undefined ? Infinity : Date.parse(rest.created_before)
  const hasOlder = oldest !== undefined && oldest.createdAtMs > afterMs && (backwards || page.hasMore)
  const hasNewer = newest !== undefined && (backwards ? page.hasMore : cursor !== undefined)
  const link = (to: string) => `${gateway.rendering.origin}/v1/predictions?${new URLSearchParams({ ...present(rest), cursor: to }).toString()}`
  const shown = rest.source === 'web' ? [] : tasks.filter(({ createdAtMs }) => createdAtMs > afterMs && createdAtMs < beforeMs)
  return {
    body: {
      next: hasOlder ? link(`n_${oldest.id}`) : null,
      previous: hasNewer ? link(`p_${newest.id}`) : null,
      results: shown.map((task) => renderTask(task, gateway.rendering)),
    },
  }
}

const STATUS_WORDS = { queued: 'starting', running: 'processing', succeeded: 'succeeded', failed: 'failed', cancelled: 'canceled' } as const satisfies Record<TaskPhase, string>

function renderTask(task: Task, context: RenderContext): z.output<typeof taskSchema> {
  const { request, createdAtMs, submittedAtMs, endedAtMs } = task
  const { model, version, webhook, webhook_events_filter: filter } = request.echo ?? {}
  const phase = phaseOf(task.state)
  const deadlineMs = deadlineMsOf(task)
  const self = `${context.origin}/v1/predictions/${task.id}`
  return {
    id: task.id,
    model: typeof model === 'string' && model.includes('/') ? model : `${OWNER}/${request.model}`,
    version: typeof version === 'string' ? version : (versionOf(request.model) ?? 'hidden'),
    input: { prompt: request.prompt, ...(isPlainObject(request.echo?.['input']) ? request.echo['input'] : {}) },
    output: phase === 'succeeded' ? renderOutput(task, context) : null,
    status: context.creating && !isFinal(task.state) ? 'starting' : STATUS_WORDS[phase],
    error: phase === 'failed' ? (task.error?.message ?? 'The prediction failed.') : null,
    logs: phase === 'running' ? progressLine(progressPercent(task, context.nowMs)) : null,
    source: 'api',
    data_removed: false,
    ...(deadlineMs !== undefined && { deadline: timeText(deadlineMs) }),
    metrics: present({
      predict_time: endedAtMs === undefined || submittedAtMs === undefined ? undefined : (endedAtMs - submittedAtMs) / 1000,
      total_time: endedAtMs === undefined ? undefined : (endedAtMs - createdAtMs) / 1000,
    }),
    created_at: timeText(createdAtMs),
    started_at: submittedAtMs === undefined ? null : timeText(submittedAtMs),
    completed_at: endedAtMs === undefined ? null : timeText(endedAtMs),
    ...(typeof webhook === 'string' && { webhook }),
    ...(Array.isArray(filter) && { webhook_events_filter: filter.map(String) }),
    ...(task.error !== undefined && phase === 'failed' && { error_code: task.error.code }),
    ...(task.ignored.length > 0 && { ignored: task.ignored }),
    urls: { get: self, cancel: `${self}/cancel` },
  }
}

/** A video is one link, as Vercel's provider demands; pictures are a list, even of one. */
function renderOutput(task: Task, context: RenderContext): string | string[] {
  if (task.request.kind === 'text') return task.outputs.map((output) => output.text ?? '').join('\n')
  const links = resultLinks(task, context)
  return task.request.kind === 'video' && links.length === 1 ? links[0]! : links
}

/** "The JS helper `parseProgressFromLogs` reads the last tqdm-like line." */
function progressLine(percent: number): string {
  return `${percent}%|${'#'.repeat(Math.floor(percent / 10)).padEnd(10, ' ')}| ${percent}/100`
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}

const TITLES: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'Unauthenticated',
  insufficient_credits: 'Insufficient credit',
  invalid_request: 'Input validation failed',
  url_not_allowed: 'Input validation failed',
  unsupported_media: 'Input validation failed',
}
const VALIDATION_STATUS = 422
const VALIDATION_TITLE = TITLES.invalid_request!

/** RFC 7807: `{title, detail, status, type, instance, invalid_fields}`. */
function renderError(error: GatewayError, context: ErrorContext): RenderedError {
  const message = errorMessage(error, context.language)
  const isVersion = error.code === 'model_not_found' && error.param === 'version'
  const title = isVersion ? 'Invalid version or not permitted' : TITLES[error.code]
  const status = isVersion || title === VALIDATION_TITLE ? VALIDATION_STATUS : ERROR_CODES[error.code].status
  return {
    status,
    body: {
      ...(title !== undefined && { title }),
      detail: title === VALIDATION_TITLE ? `- ${error.param ?? 'input'}: ${message}\n` : message,
      status,
      type: `${context.origin}/docs/errors#${error.code}`,
      instance: context.requestId,
      code: error.code,
      ...(title === VALIDATION_TITLE && { invalid_fields: [{ type: 'invalid', field: error.param ?? '', description: message }] }),
    },
  }
}

async function getModel({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const model = await callable(params, gateway)
  return { body: renderModel(model, { owner: params['owner']!, name: params['name']! }, gateway.rendering.origin) }
}

async function listVersions({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const version = renderVersion(await callable(params, gateway))
  return { body: { next: null, previous: null, results: version ? [version] : [] } }
}

async function getVersion({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const version = renderVersion(await callable(params, gateway))
  if (version?.['id'] !== params['id']) throw new GatewayError('not_found', 'there is no such version of this model')
  return { body: version }
}

/** @throws GatewayError `model_not_found`, also for a model that is not for this key. */
async function callable({ owner = '', name = '' }: Call['params'], gateway: GatewayForDialects): Promise<Model> {
  const model = modelOf(gateway.parsing, `${owner}/${name}`, 'model')
  if ((await gateway.models()).some(({ id }) => id === model.id)) return model
  throw new GatewayError('model_not_found', 'there is no such model for this key', { param: 'model' })
}

/** The vendor's names for kinds of models that we can tell apart. */
const COLLECTIONS = [
  { slug: 'text-to-video', name: 'Text to video', operation: 'text_to_video' },
  { slug: 'image-to-video', name: 'Image to video', operation: 'image_to_video' },
  { slug: 'text-to-image', name: 'Text to image', operation: 'text_to_image' },
  { slug: 'image-editing', name: 'Image editing', operation: 'image_edit' },
] as const

function listCollections(): Promise<Answer> {
  return Promise.resolve({ body: { next: null, previous: null, results: COLLECTIONS.map(({ slug, name }) => ({ slug, name, description: `${name} models.` })) } })
}

async function getCollection({ params }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const collection = COLLECTIONS.find(({ slug }) => slug === params['slug'])
  if (!collection) throw new GatewayError('not_found', 'there is no such collection')
  const models = (await gateway.models()).filter(({ operations }) => operations.includes(collection.operation))
  const { slug, name } = collection
  return { body: { slug, name, description: `${name} models.`, models: models.map((model) => renderListed(model, ownNameOf(model), gateway.rendering.origin)) } }
}

/** "Multipart POST `/files`: part `content` (binary) and part `metadata` (JSON)". */
async function uploadFile({ body }: Call, gateway: GatewayForDialects): Promise<Answer> {
  const [content] = body.files.filter(({ field: name }) => name === 'content')
  if (!content) throw new GatewayError('invalid_request', 'send the file as multipart/form-data, in the part "content"', { param: 'content' })
  const { metadata } = body.fields
  const [file] = await gateway.upload([content])
  return { status: 201, body: { ...renderFile(file!), checksums: { sha256: file!.sha256 }, metadata: isPlainObject(metadata) ? metadata : {} } }
}

/** `urls.get` is what clients put into the input: a signed link, unlike the vendor's, which needs the key. */
function renderFile(file: Parameters<NonNullable<Dialect['renderFile']>>[0]): Record<string, unknown> {
  return {
    id: file.id,
    name: file.fileName,
    content_type: file.mediaType,
    size: file.bytes,
    etag: file.id,
    checksums: {},
    metadata: {},
    created_at: timeText(file.createdAtMs),
    expires_at: timeText(file.expiresAtMs),
    urls: { get: file.url },
  }
}

const taskSchema = z.object({
  id: z.string(),
  model: z.string(),
  version: z.string(),
  input: z.record(z.string(), z.unknown()),
  output: z.union([z.string(), z.array(z.string())]).nullable().describe('A link to the video, or a list of links to the pictures, when status is succeeded.'),
  status: z.enum(['starting', 'processing', 'succeeded', 'failed', 'canceled']),
  error: z.string().nullable(),
  error_code: z.string().optional().describe('One of the codes of the error documentation.'),
  logs: z.string().nullable(),
  source: z.literal('api'),
  data_removed: z.boolean(),
  deadline: z.string().optional(),
  metrics: z.object({ predict_time: z.number().optional(), total_time: z.number().optional() }),
  created_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  webhook: z.string().optional(),
  webhook_events_filter: z.array(z.string()).optional(),
  ignored: z.array(z.string()).optional().describe('Fields that the model has no use for.'),
  urls: z.object({ get: z.string(), cancel: z.string() }),
})

const errorSchema = z.object({
  title: z.string().optional(),
  detail: z.string(),
  status: z.int(),
  type: z.string(),
  instance: z.string(),
  code: z.string(),
  invalid_fields: z.array(z.object({ type: z.string(), field: z.string(), description: z.string() })).optional(),
})

const creates = { method: 'POST', action: 'create', answer: create, createdStatus: 201, waits: true } as const

const ROUTES: DialectRoute[] = [
  {
    ...creates,
    path: '/v1/predictions',
    parse: parseVersioned,
    body: versionBody,
    summary: 'Create a prediction of a version',
    examples: { replicateVersion: { version: 'sora-2', input: { prompt: 'A paper boat on a mountain lake', duration: 4 } } },
  },
  { ...creates, path: '/v1/models/:owner/:name/predictions', parse: parseNamed, body: modelBody, summary: 'Create a prediction of a model' },
  { ...creates, path: '/v1/deployments/:owner/:name/predictions', parse: parseNamed, body: modelBody, summary: 'Create a prediction of a deployment' },
  { method: 'GET', path: '/v1/predictions', action: 'custom', answer: list, query: listQuery, summary: 'List predictions' },
  { method: 'GET', path: '/v1/predictions/:id', action: 'custom', answer: read, answerSchema: taskSchema, summary: 'Read a prediction' },
  { method: 'POST', path: '/v1/predictions/:id/cancel', action: 'custom', answer: cancel, answerSchema: taskSchema, summary: 'Cancel a prediction' },
  { method: 'GET', path: '/v1/models/:owner/:name', action: 'custom', answer: getModel, summary: 'Read a model' },
  { method: 'GET', path: '/v1/models/:owner/:name/versions', action: 'custom', answer: listVersions, summary: 'List the versions of a model' },
  { method: 'GET', path: '/v1/models/:owner/:name/versions/:id', action: 'custom', answer: getVersion, summary: 'Read a version of a model' },
  { method: 'GET', path: '/v1/account', action: 'custom', answer: () => Promise.resolve({ body: { type: 'organization', username: OWNER, name: 'Genlock', github_url: null, avatar_url: null } }), summary: 'Read whose API this is' },
  { method: 'GET', path: '/v1/hardware', action: 'custom', answer: () => Promise.resolve({ body: [] }), summary: 'List hardware: there is none to choose' },
  { method: 'GET', path: '/v1/collections', action: 'custom', answer: listCollections, summary: 'List collections of models' },
  { method: 'GET', path: '/v1/collections/:slug', action: 'custom', answer: getCollection, summary: 'Read a collection of models' },
  { method: 'POST', path: '/v1/files', action: 'custom', answer: uploadFile, summary: 'Upload a file to use as an input' },
  { method: 'GET', path: '/v1/webhooks/default/secret', action: 'custom', answer: (_, gateway) => Promise.resolve({ body: { key: gateway.webhookSecret() } }), summary: 'Read what callbacks are signed with' },
]

export const replicate: Dialect = {
  id: 'replicate',
  routes: ROUTES,
  renderTask,
  renderCallback: renderTask,
  statusWords: { at: 'status', words: Object.values(STATUS_WORDS) },
  renderError,
  renderFile,
  listModels: (models, origin) => ({ next: null, previous: null, results: models.map((model) => renderListed(model, ownNameOf(model), origin)) }),
  taskSchema,
  errorSchema,
}
