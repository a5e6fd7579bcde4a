import { readAttempts } from '../db/attempt.ts'
import { checkNow } from '../db/check.ts'
import type { EngineParts } from './parts.ts'

/**
 * An upstream says that something happened to the job of an attempt. Nothing that it says is believed: the job is looked
 * at at once, which is the same path as a check that is due. Only for a submission whose answer was lost it says what
 * nobody else can: the handle. The link it used proves which attempt it speaks of.
 */
export async function upstreamCalledBack(attemptId: string, body: unknown, parts: EngineParts): Promise<void> {
  const [attempt] = await readAttempts(parts.pool, [attemptId])
  if (!attempt) return
  const { provider } = await parts.channels.upstream(attempt)
  if (attempt.outcome === 'lost' && attempt.handle === undefined) {
    const handle = provider.callback?.(body)
    if (handle === undefined) return
    const found = await parts.moves.running(attempt.taskId, { id: attemptId, handle }, { delayMs: 0, usualMs: parts.durations.usualMs(attempt, 0) })
    if (found) parts.log.info({ task: attempt.taskId, attempt: attemptId }, 'a lost submission was found: its upstream called back')
    return
  }
  await checkNow(parts.pool, attempt.taskId)
}
