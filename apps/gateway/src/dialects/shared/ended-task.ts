import { GatewayError, type ErrorCode } from '../../core/errors.ts'
import { isFinal, type Task } from '../../core/task.ts'
import type { GatewayForDialects } from '../dialect.ts'

/** How long a synchronous wire holds its create. Clients of most such wires give up after five minutes. */
const HELD_SECONDS = 290

/**
 * The task as it is when it has ended, for wires that answer a create with the result. The route must say that it `waits`.
 * @throws GatewayError `timeout`, naming the task, when it takes too long: it goes on, and can be read by its id.
 */
export async function endedTask(gateway: Pick<GatewayForDialects, 'wait'>, task: Task, heldSeconds = HELD_SECONDS): Promise<Task> {
  const ended = await gateway.wait(task, heldSeconds)
  if (isFinal(ended.state)) return ended
  throw new GatewayError('timeout', `${task.id} is not finished yet; it goes on, and can be read at /v1/${task.request.kind === 'image' ? 'images' : 'videos'}/${task.id}`)
}

/** The same, with a result. @throws GatewayError also for a task that ended without one. */
export async function succeededTask(gateway: Pick<GatewayForDialects, 'wait'>, task: Task, heldSeconds?: number): Promise<Task> {
  const ended = await endedTask(gateway, task, heldSeconds)
  if (ended.state !== 'succeeded') throw failureOf(ended)
  return ended
}

/** Why a task that ended without a result did so, as the error that a synchronous wire answers with. */
export function failureOf(task: Task): GatewayError {
  if (task.state === 'cancelled') return new GatewayError('cancelled', task.error?.message ?? 'The task was cancelled.')
  const { code, message, param } = task.error ?? { code: 'internal', message: 'The task failed.' }
  return new GatewayError(code, message, param === undefined ? {} : { param })
}

/** The same for wires whose tasks show why; undefined for a task that did not end so. */
export function shownFailure(task: Task): { code: ErrorCode; message: string } | undefined {
  if (task.state !== 'failed' && task.state !== 'cancelled') return undefined
  const { code, message } = failureOf(task)
  return { code, message }
}
