import { GatewayError } from '../core/errors.ts'
import { isPublicId } from '../core/ids.ts'
import type { Task } from '../core/task.ts'
import { deleteTask, listTasks } from '../db/task.ts'
import type { GatewayForDialects, TaskPage } from '../dialects/index.ts'
import { needTask, type Visit } from './visit.ts'

/** What can be done to tasks, whatever the route and dialect. */

/** @throws GatewayError `not_cancellable`. */
export async function cancelTask(visit: Visit, task: Task): Promise<Task> {
  await visit.parts.engine.cancel(task)
  visit.parts.reader.forget(task.id)
  return needTask(visit, task.id)
}

/** @throws GatewayError `not_cancellable` when it has not ended. */
export async function removeTask({ key, parts }: Visit, task: Task): Promise<void> {
  if (!(await deleteTask(parts.pool, key.accountId, task.id))) {
    throw new GatewayError('not_cancellable', 'a task can be deleted once it has ended; cancel it first')
  }
  parts.feed.changed(task.id)
}

/** @throws GatewayError `invalid_request` for an `after` that is no task of the account. */
export async function listPage({ key, parts }: Visit, { limit, after, kind, order = 'desc' }: Parameters<GatewayForDialects['list']>[0]): Promise<TaskPage> {
  if (after !== undefined && !isPublicId(after)) throw noCursor()
  const tasks = await listTasks(parts.pool, { accountId: key.accountId, order, limit, ...(kind && { kind }), ...(after === undefined ? {} : { after }) })
  if (!tasks) throw noCursor()
  return { tasks: tasks.slice(0, limit), hasMore: tasks.length > limit }
}

function noCursor(): GatewayError {
  return new GatewayError('invalid_request', 'there is no task with this id to go on from', { param: 'after' })
}
