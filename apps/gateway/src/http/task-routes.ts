import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { admit, modelNamed } from '../admission/admit.ts'
import type { ApiKey } from '../admission/authenticate.ts'
import { GatewayError } from '../core/errors.ts'
import { isPublicId } from '../core/ids.ts'
import type { Task } from '../core/task.ts'
import { deleteTask, listTasks } from '../db/task.ts'
import { dialects, fallbackOwner, ownerOfBody, ownerOfTask, parseQuery, sharedRoutes, type Dialect, type ContentQuery, type ListQuery, type RequestBody, type RouteOwner, type SharedRoute } from '../dialects/index.ts'
import { sniffMediaType } from '../storage/media-type.ts'
import { authenticate } from './caller.ts'
import { sendError } from './errors.ts'
import { readOwnLink } from './files.ts'
import type { HttpParts } from './http-parts.ts'
import { originOf } from './origin.ts'
import { TaskRenderer } from './render.ts'
import { fingerprintBody, readRequestBody } from './request-body.ts'
import { sendContent } from './content.ts'
import { OpenWaits } from './open-waits.ts'
import { streamEvents, waitForEnd } from './waiting.ts'

/** Every dialect's routes. What a route does is its action; how it looks is its dialect's. */
export function registerTaskRoutes(app: FastifyInstance, parts: HttpParts): void {
  const renderer = new TaskRenderer(parts)
  const openWaits = new OpenWaits(parts.settings.maxWaitsPerKey, parts.metrics.waits)
  for (const shared of sharedRoutes(dialects)) {
    const handler = handlerOf(shared, { renderer, openWaits, parts })
    app.route({
      method: shared.method,
      url: shared.path,
      config: { dialect: fallbackOwner(shared).dialect },
      handler,
    })
  }
}

/** What every handler of a task route has at hand. */
export interface Visit {
  request: FastifyRequest
  reply: FastifyReply
  shared: SharedRoute
  key: ApiKey
  renderer: TaskRenderer
  openWaits: OpenWaits
  parts: HttpParts
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>

/** What costs more than a look into memory. Reads are free, and open waits are counted instead. */
const LIMITED: ReadonlySet<SharedRoute['action']> = new Set(['create', 'remix', 'list', 'cancel', 'delete'])

function handlerOf(shared: SharedRoute, tools: Pick<Visit, 'renderer' | 'openWaits' | 'parts'>): Handler {
  const { parts } = tools
  const limited = LIMITED.has(shared.action)
  const action = ACTIONS[shared.action]
  const header = fallbackOwner(shared).dialect.credentialHeader
  return async (request, reply) => {
    const key = await authenticate(request, header, parts)
    request.keyId = key.id
    if (limited) parts.rateLimit.take(key.id)
    return action({ request, reply, shared, key, ...tools })
  }
}

const ACTIONS: Record<SharedRoute['action'], (visit: Visit) => FastifyReply | Promise<FastifyReply>> = {
  create: (visit) => createTask(visit),
  remix: async (visit) => createTask(visit, await ownTask(visit)),
  read: async (visit) => sendTask(visit, await ownTask(visit)),
  wait: async (visit) => {
    const { timeout } = query(visit, fallbackOwner(visit.shared)) as { timeout: number }
    return sendTask(visit, await waitForEnd(visit, await ownTask(visit), timeout * 1000))
  },
  events: async (visit) => {
    const task = await ownTask(visit)
    return streamEvents(visit, task, ownerOfTask(visit.shared, task).dialect)
  },
  content: async (visit) => sendContent(visit, await ownTask(visit), query(visit, fallbackOwner(visit.shared)) as ContentQuery),
  cancel: async (visit) => {
    const task = await ownTask(visit)
    await visit.parts.engine.cancel(task)
    visit.parts.reader.forget(task.id)
    return sendTask(visit, await ownTask(visit))
  },
  delete: async (visit) => removeTask(visit, await ownTask(visit)),
  list: (visit) => sendList(visit),
}

async function createTask(visit: Visit, parent?: Task): Promise<FastifyReply> {
  const { request, reply, shared, key, renderer, parts } = visit
  let body: RequestBody
  try {
    body = await readRequestBody(request, parts.settings.bodyLimits, sniffMediaType)
  } catch (error) {
    return sendError(error, request, reply, (parent ? ownerOfTask(shared, parent) : likelyOwner(visit)).dialect, parts)
  }
  const { dialect, route } = parent ? ownerOfTask(shared, parent) : ownerOfBody(shared, body)
  const origin = originOf(request, parts.settings.publicUrl)
  try {
    const idempotencyKey = idempotencyKeyOf(request)
    const admitted = await admit({
      key,
      dialect: dialect.id,
      readOwnLink: (url) => readOwnLink(url, origin, parts),
      ...(idempotencyKey === undefined ? {} : { idempotency: { key: idempotencyKey, fingerprint: fingerprintBody(request.method, shared.path.replace(':id', parent?.id ?? ''), body) } }),
      parse: async () => {
        const draft = route.parse!(body, { model: modelNamed, ...(parent && { parent }) })
        if (parts.settings.logPrompts) request.prompt = draft.request.prompt
        return draft
      },
      answer: (task) => ({ status: route.createdStatus ?? 200, body: JSON.stringify(dialect.renderTask(task, { ...renderer.context(origin), creating: true })) }),
    }, parts.admission)
    if (!admitted.replayed) parts.engine.created()
    parts.metrics.creates.inc({ dialect: dialect.id, outcome: admitted.replayed ? 'replayed' : 'created' })
    request.taskId = admitted.taskId
    reply.code(admitted.status).header('content-type', 'application/json; charset=utf-8').header('cache-control', 'private, no-store')
    if (admitted.replayed) reply.header('idempotent-replayed', 'true')
    return await reply.send(admitted.body)
  } catch (error) {
    parts.metrics.creates.inc({ dialect: dialect.id, outcome: error instanceof GatewayError ? error.code : 'internal' })
    return sendError(error, request, reply, dialect, parts)
  }
}

/** Whose wire a body is that was refused as it was read: JSON of a wrong content still shows it. */
function likelyOwner({ request, shared }: Visit): RouteOwner {
  const { body } = request
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  return isObject ? ownerOfBody(shared, { fields: body as Record<string, unknown>, files: [], multipart: false }) : fallbackOwner(shared)
}

const MAX_IDEMPOTENCY_KEY_CHARACTERS = 255

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const value = request.headers['idempotency-key']
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_IDEMPOTENCY_KEY_CHARACTERS || !/^[\x20-\x7e]+$/.test(value)) {
    throw new GatewayError('invalid_request', `Idempotency-Key must have 1 to ${MAX_IDEMPOTENCY_KEY_CHARACTERS} printable ASCII characters`, { param: 'Idempotency-Key' })
  }
  return value
}

/** The account's task of the URL. An id that cannot be one is not looked for; another's is like one that is not there. */
async function ownTask({ request, key, parts }: Visit): Promise<Task> {
  const { id } = request.params as { id: string }
  const task = isPublicId(id) ? await parts.reader.read(key.accountId, id) : undefined
  if (!task) throw new GatewayError('not_found', 'there is no task with this id')
  request.taskId = task.id
  return task
}

function sendTask({ request, reply, shared, renderer }: Visit, task: Task): FastifyReply {
  return renderer.send(request, reply, task, ownerOfTask(shared, task).dialect)
}

async function removeTask({ reply, shared, key, parts }: Visit, task: Task): Promise<FastifyReply> {
  if (!(await deleteTask(parts.pool, key.accountId, task.id))) {
    throw new GatewayError('not_cancellable', 'a task can be deleted once it has ended; cancel it first')
  }
  parts.feed.changed(task.id)
  const dialect = ownerOfTask(shared, task).dialect
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(dialect.renderDeleted?.(task.id) ?? { id: task.id, deleted: true }))
}

async function sendList(visit: Visit): Promise<FastifyReply> {
  const { request, reply, shared, key, renderer, parts } = visit
  const owner = fallbackOwner(shared)
  const { limit, after, order } = query(visit, owner) as ListQuery
  if (after !== undefined && !isPublicId(after)) throw noCursor()
  const tasks = await listTasks(parts.pool, { accountId: key.accountId, kind: shared.path.includes('image') ? 'image' : 'video', order, limit, ...(after === undefined ? {} : { after }) })
  if (!tasks) throw noCursor()
  const page = { tasks: tasks.slice(0, limit), hasMore: tasks.length > limit }
  const rendered = listing(owner.dialect).renderList!(page, renderer.context(originOf(request, parts.settings.publicUrl)))
  return reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'private, no-store').send(JSON.stringify(rendered))
}

function noCursor(): GatewayError {
  return new GatewayError('invalid_request', 'there is no task with this id to go on from', { param: 'after' })
}

function listing(dialect: Dialect): Dialect {
  if (!dialect.renderList) throw new Error(`${dialect.id} has a list route and no way to render it`)
  return dialect
}

function query({ request }: Visit, { route }: RouteOwner): unknown {
  return route.query ? parseQuery(route.query, request.query) : {}
}
