import { GatewayError, UpstreamError } from '../core/errors.ts'
import { isFinal, type Task } from '../core/task.ts'
import { attemptsOf } from '../db/attempt.ts'
import { readTaskForEngine } from '../db/task.ts'
import type { EngineParts } from './parts.ts'

/**
 * Cancels what can be cancelled: a queued task at once, a running one where its upstream says that it stopped.
 * A cancelled task stays cancelled when asked again. @throws GatewayError `not_cancellable` when it is too late.
 */
export async function cancelTask(task: Task, parts: EngineParts): Promise<void> {
  if (task.state === 'cancelled') return
  if (await parts.moves.cancelled(task.id, 'queued')) return
  const { task: current } = (await readTaskForEngine(parts.pool, task.id))!
  if (current.state === 'running') {
    if (await cancelUpstream(current, parts)) return
  } else if (current.state === 'cancelled') {
    return
  }
  throw new GatewayError('not_cancellable', isFinal(current.state)
    ? `The task has ended: it is ${current.state}.`
    : 'The task is already with the upstream, which cannot stop it.')
}

async function cancelUpstream(task: Task, parts: EngineParts): Promise<boolean> {
  const attempt = (await attemptsOf(parts.pool, task.id)).findLast(({ outcome }) => outcome === 'accepted')
  if (!attempt) return false
  const { provider, http } = await parts.channels.upstream(attempt)
  if (!provider.cancel) return false
  parts.reach('cancel:before_call')
  const outcome = await provider.cancel(provider.handle.parse(attempt.handle), http).catch((error: unknown) => {
    if (!(error instanceof UpstreamError)) throw error
    throw new GatewayError('upstream_busy', 'The upstream could not be asked to stop the task; try again.', { cause: error, retryAfterSeconds: 5 })
  })
  parts.reach('cancel:after_call')
  if (outcome !== 'cancelled') return false
  const moved = await parts.moves.cancelled(task.id, 'running')
  parts.reach('cancel:after_move')
  return moved
}
