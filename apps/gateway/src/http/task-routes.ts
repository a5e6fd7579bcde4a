import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { dialects, fallbackOwner, ownerOfTask, parseQuery, sharedRoutes, type ContentQuery, type Dialect, type ListQuery, type RouteOwner, type SharedRoute, type WaitQuery } from '../dialects/index.ts'
import type { Task } from '../core/task.ts'
import { readOptionalBody, sendAnswer } from './answer.ts'
import { authenticate } from './caller.ts'
import { sendContent } from './content.ts'
import { createTask } from './create-task.ts'
import { sendError } from './errors.ts'
import type { HttpParts } from './http-parts.ts'
import { OpenWaits } from './open-waits.ts'
import { originOf } from './origin.ts'
import { TaskRenderer } from './render.ts'
import { cancelTask, listPage, removeTask } from './task-actions.ts'
import { ownTask, type Visit } from './visit.ts'
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
      config: { dialect: fallbackOwner(shared).dialect, waits: shared.owners.some(({ route }) => route.waits) },
      handler,
    })
  }
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>

/** What costs more than a look into memory. Reads are free, and open waits are counted instead. */
const LIMITED: ReadonlySet<SharedRoute['action']> = new Set(['create', 'remix', 'list', 'cancel', 'delete'])

function handlerOf(shared: SharedRoute, tools: Pick<Visit, 'renderer' | 'openWaits' | 'parts'>): Handler {
  const { parts } = tools
  const limited = LIMITED.has(shared.action) || (shared.action === 'custom' && shared.method !== 'GET')
  const action = ACTIONS[shared.action]
  const headers = shared.owners.flatMap(({ dialect }) => dialect.credentialHeaders ?? [])
  return async (request, reply) => {
    const key = await authenticate(request, headers, parts)
    request.keyId = key.id
    if (limited) parts.rateLimit.take(key.id)
    return action({ request, reply, shared, key, origin: originOf(request, parts.settings.publicUrl), ...tools })
  }
}

const ACTIONS: Record<SharedRoute['action'], (visit: Visit) => FastifyReply | Promise<FastifyReply>> = {
  create: (visit) => createTask(visit),
  remix: async (visit) => createTask(visit, await taskOf(visit)),
  read: async (visit) => sendTask(visit, await taskOf(visit)),
  wait: async (visit) => {
    const { timeout } = query(visit) as WaitQuery
    const task = await taskOf(visit)
    const leave = visit.openWaits.enter(visit.key.id)
    return sendTask(visit, await waitForEnd(visit, task, timeout * 1000).finally(leave))
  },
  events: async (visit) => {
    const task = await taskOf(visit)
    return streamEvents(visit, task, ownerOfTask(visit.shared, task).dialect)
  },
  content: async (visit) => sendContent(visit, await taskOf(visit), query(visit) as ContentQuery),
  cancel: async (visit) => sendTask(visit, await cancelTask(visit, await taskOf(visit))),
  delete: async (visit) => {
    const task = await taskOf(visit)
    await removeTask(visit, task)
    const { dialect } = ownerOfTask(visit.shared, task)
    return sendJson(visit, dialect.renderDeleted?.(task.id) ?? { id: task.id, deleted: true })
  },
  list: async (visit) => {
    const { dialect } = listing(fallbackOwner(visit.shared))
    const { limit, after, order } = query(visit) as ListQuery
    const page = await listPage(visit, { limit, order, kind: visit.shared.path.includes('image') ? 'image' : 'video', ...(after !== undefined && { after }) })
    return sendJson(visit, dialect.renderList!(page, visit.renderer.context(visit.origin)))
  },
  custom: async (visit) => {
    const { request, reply, shared, parts } = visit
    const owner = fallbackOwner(shared)
    try {
      return await sendAnswer(visit, owner, await readOptionalBody(visit))
    } catch (error) {
      return sendError(error, request, reply, owner.dialect, parts)
    }
  },
}

function taskOf(visit: Visit): Promise<Task> {
  return ownTask(visit, fallbackOwner(visit.shared).route)
}

function sendTask({ request, reply, shared, renderer }: Visit, task: Task): FastifyReply {
  const { dialect, route } = ownerOfTask(shared, task)
  return renderer.send(request, reply, task, dialect, route.render)
}

function sendJson({ reply }: Visit, body: unknown): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'private, no-store').send(JSON.stringify(body))
}

function listing(owner: RouteOwner): { dialect: Dialect } {
  if (!owner.dialect.renderList) throw new Error(`${owner.dialect.id} has a list route and no way to render it`)
  return owner
}

function query({ request, shared }: Visit): unknown {
  const { route } = fallbackOwner(shared)
  return route.query ? parseQuery(route.query, request.query) : {}
}
