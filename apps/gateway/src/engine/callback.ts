import { keepHandle, readAttempts } from '../db/attempt.ts'
import { checkNow } from '../db/check.ts'
import type { CallbackMessage } from '../providers/provider.ts'
import type { EngineParts } from './parts.ts'

/**
 * An upstream says that something happened to the job of an attempt. Nothing that it says is believed: the job is looked
 * at at once, which is the same path as a check that is due. Only for a submission whose answer was lost, or never
 * comes, it says what nobody else can: the handle. The link it used proves which attempt it speaks of.
 *
 * @returns what the upstream is answered with: some ask for a word of theirs before they accept a job
 */
export async function upstreamCalledBack(attemptId: string, message: Omit<CallbackMessage, 'upstreamModel'>, parts: EngineParts): Promise<unknown> {
  const [attempt] = await readAttempts(parts.pool, [attemptId])
  if (!attempt) return ANSWER
  const { provider } = await parts.channels.upstream(attempt)
  if (!provider.callback) return ANSWER
  const { handle, answer = ANSWER } = provider.callback({ ...message, upstreamModel: attempt.upstreamModel })
  // Nothing to look at before our call is through: it may be only a question whether we are here. But should our call never
  // be through, because the process that makes it dies, this is the last that we hear of the job.
  if (attempt.outcome === 'calling') {
    if (handle !== undefined) await keepHandle(parts.pool, attemptId, handle)
    return answer
  }
  parts.callbacks.arrived(attempt, parts.clock.nowMs())
  if (attempt.outcome === 'lost') {
    if (handle === undefined) return answer
    const found = await parts.moves.running(attempt.taskId, { id: attemptId, handle }, { delayMs: 0, usualMs: parts.durations.usualMs(attempt, 0) })
    if (found) parts.log.info({ task: attempt.taskId, attempt: attemptId }, 'a lost submission was found: its upstream called back')
    return answer
  }
  await checkNow(parts.pool, attempt.taskId)
  parts.wakeTracker()
  return answer
}

const ANSWER = { ok: true }
