import type { FastifyReply } from 'fastify'
import { admit, modelNamed, type Admitted } from '../admission/admit.ts'
import { findModel } from '../catalog/index.ts'
import { GatewayError } from '../core/errors.ts'
import type { Task } from '../core/task.ts'
import { fallbackOwner, ownerOfBody, ownerOfTask, type DialectRoute, type ParseContext, type RequestBody, type RouteOwner } from '../dialects/index.ts'
import { sniffMediaType } from '../storage/media-type.ts'
import { sendAnswer } from './answer.ts'
import { sendError } from './errors.ts'
import { readOwnLink } from './files.ts'
import { fingerprintBody, readRequestBody } from './request-body.ts'
import { callOf, type Visit } from './visit.ts'

/** Answers a create, or a remix of `parent`, in the dialect that claims the body. */
export async function createTask(visit: Visit, parent?: Task): Promise<FastifyReply> {
  const { request, reply, shared, parts } = visit
  let body: RequestBody
  try {
    body = await readRequestBody(request, parts.settings.bodyLimits, sniffMediaType)
  } catch (error) {
    return sendError(error, request, reply, (parent ? ownerOfTask(shared, parent) : likelyOwner(visit)).dialect, parts)
  }
  const owner = parent ? ownerOfTask(shared, parent) : ownerOfBody(shared, body, request.headers)
  try {
    if (owner.route.answer) return await sendAnswer(visit, owner, body)
    const admitted = await admitBody(visit, owner, body, { parent })
    reply.code(admitted.status).header('content-type', 'application/json; charset=utf-8').header('cache-control', 'private, no-store')
    return await reply.send(admitted.body)
  } catch (error) {
    return sendError(error, request, reply, owner.dialect, parts)
  }
}

interface Admission {
  parent?: Task | undefined
  /** In place of the route's own. */
  parse?: DialectRoute['parse'] | undefined
  /** The key of what happens once only, whatever the body; a client's own idempotency key goes before it. */
  once?: string
}

/** Makes the task that a body asks for, or finds the one that its idempotency key made before. */
export async function admitBody(visit: Visit, { dialect, route }: RouteOwner, body: RequestBody, { parent, parse = route.parse, once }: Admission): Promise<Admitted> {
  const { request, reply, key, renderer, parts, origin } = visit
  if (!parse) throw new Error(`${dialect.id} ${route.path} has no way to parse a body`)
  try {
    const idempotencyKey = idempotencyKeyOf(request.headers['idempotency-key'])
    const admitted = await admit({
      key,
      dialect: dialect.id,
      readOwnLink: (url) => readOwnLink(url, origin, parts),
      ...(idempotencyKey !== undefined
        ? { idempotency: { key: idempotencyKey, fingerprint: await fingerprintBody(request.method, addressOf(visit, route), body) } }
        : once === undefined ? {} : { idempotency: { key: once, fingerprint: 'once' } }),
      parse: () => {
        const draft = parse(body, parseContext(visit, body, parent))
        if (parts.settings.logPrompts) request.prompt = draft.request.prompt
        return Promise.resolve(draft)
      },
      // A route that makes its own answer shows the task as it is by then.
      answer: (task) => route.answer ? { status: 0, body: '' } : { status: route.createdStatus ?? 200, body: JSON.stringify((route.render ?? dialect.renderTask)(task, { ...renderer.context(origin), creating: true })) },
    }, parts.admission)
    if (!admitted.replayed) parts.engine.created()
    parts.metrics.creates.inc({ dialect: dialect.id, outcome: admitted.replayed ? 'replayed' : 'created' })
    request.taskId = admitted.taskId
    reply.header('x-task-id', admitted.taskId)
    if (admitted.replayed) reply.header('idempotent-replayed', 'true')
    return admitted
  } catch (error) {
    parts.metrics.creates.inc({ dialect: dialect.id, outcome: error instanceof GatewayError ? error.code : 'internal' })
    throw error
  }
}

export function parseContext(visit: Visit, body: RequestBody, parent?: Task): ParseContext {
  const { params, query, headers } = callOf(visit, body)
  return { params, query, headers, model: modelNamed, findModel, ...(parent && { parent }) }
}

/** The route with what stands in it: ids and model names in the path are part of what is asked for. */
function addressOf({ request, shared }: Visit, { targetHeader }: DialectRoute): string {
  const params = request.params as Record<string, string>
  const path = shared.path.replaceAll(/:(\w+)|\*/g, (placeholder, name: string | undefined) => params[name ?? '*'] ?? placeholder)
  return targetHeader === undefined ? path : `${path} ${String(request.headers[targetHeader])}`
}

/** Whose wire a body is that was refused as it was read: JSON of a wrong content still shows it. */
function likelyOwner({ request, shared }: Visit): RouteOwner {
  const { body } = request
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  return isObject ? ownerOfBody(shared, { fields: body as Record<string, unknown>, files: [], multipart: false }, request.headers) : fallbackOwner(shared)
}

const MAX_IDEMPOTENCY_KEY_CHARACTERS = 255

function idempotencyKeyOf(value: string | string[] | undefined): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_IDEMPOTENCY_KEY_CHARACTERS || !/^[\x20-\x7e]+$/.test(value)) {
    throw new GatewayError('invalid_request', `Idempotency-Key must have 1 to ${MAX_IDEMPOTENCY_KEY_CHARACTERS} printable ASCII characters`, { param: 'Idempotency-Key' })
  }
  return value
}
