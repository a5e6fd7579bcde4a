import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError, UpstreamError } from '../core/errors.ts'
import { isFinal, type Task } from '../core/task.ts'
import { attemptsOf } from '../db/attempt.ts'
import { readTaskForEngine } from '../db/task.ts'
import type { EngineParts } from './parts.ts'

/** A task may move on under our hands; each time it is looked at anew. While it is being submitted that takes a moment: 3 s in all. */
const MAX_LOOKS = 30
const SUBMITTING_MS = 100

/**
 * Cancels what can be cancelled: a queued task at once, a running one where its upstream says that it stopped.
 * A cancelled task stays cancelled when asked again. @throws GatewayError `not_cancellable` when it is too late.
 */
export async function cancelTask({ id }: Task, parts: EngineParts): Promise<void> {
  for (let look = 1; look <= MAX_LOOKS; look += 1) {
    const { task } = (await readTaskForEngine(parts.pool, id))!
    if (task.state === 'cancelled') return
    if (isFinal(task.state)) throw new GatewayError('not_cancellable', `The task has ended: it is ${task.state}.`)
    if (task.state === 'queued' && (await parts.moves.cancelled(id, 'queued'))) return
    if (task.state === 'running' && !(await cancelUpstream(task, parts))) break
    if (task.state === 'submitting') await sleep(SUBMITTING_MS)
    else if (task.state !== 'queued' && task.state !== 'running') break
  }
  throw new GatewayError('not_cancellable', 'The task is already with the upstream, which cannot stop it.')
}

/** Whether the upstream has stopped it. Whose move ended it then, ours or that of a look at the same moment, shows at the next look. */
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
  await parts.moves.cancelled(task.id, 'running')
  parts.reach('cancel:after_move')
  return true
}
