import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ApiKey } from '../admission/authenticate.ts'
import { GatewayError } from '../core/errors.ts'
import { isPublicId } from '../core/ids.ts'
import type { Task } from '../core/task.ts'
import type { Call, DialectRoute, RequestBody, SharedRoute } from '../dialects/index.ts'
import type { HttpParts } from './http-parts.ts'
import type { OpenWaits } from './open-waits.ts'
import type { TaskRenderer } from './render.ts'

/** One request at a task route, after its key was found good: what every handler has at hand. */
export interface Visit {
  request: FastifyRequest
  reply: FastifyReply
  shared: SharedRoute
  key: ApiKey
  /** Of the API, as this caller reaches it. */
  origin: string
  renderer: TaskRenderer
  openWaits: OpenWaits
  parts: HttpParts
}

export const NO_BODY: RequestBody = { fields: {}, files: [], multipart: false }

export function callOf({ request }: Visit, body: RequestBody): Call {
  return { params: request.params as Call['params'], query: request.query as Call['query'], headers: request.headers, body }
}

/** The account's task of the URL. @throws GatewayError `not_found`. */
export function ownTask(visit: Visit, route: DialectRoute): Promise<Task> {
  const call = callOf(visit, NO_BODY)
  return needTask(visit, route.taskId ? route.taskId(call) : call.params['id'])
}

/** The account's task. @throws GatewayError `not_found`. */
export async function needTask(visit: Visit, id: string | undefined): Promise<Task> {
  const task = await readTask(visit, id)
  if (!task) throw new GatewayError('not_found', 'there is no task with this id')
  visit.request.taskId = task.id
  return task
}

/** An id that cannot be one is not looked for; another account's is like one that is not there. */
export async function readTask({ key, parts }: Visit, id: string | undefined): Promise<Task | undefined> {
  return id !== undefined && isPublicId(id) ? parts.reader.read(key.accountId, id) : undefined
}
