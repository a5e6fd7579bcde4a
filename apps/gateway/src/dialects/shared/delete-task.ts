import { GatewayError } from '../../core/errors.ts'
import { phaseOf, type Task, type TaskPhase } from '../../core/task.ts'
import type { GatewayForDialects } from '../dialect.ts'

/**
 * One DELETE with two meanings, as Ark and MiniMax have it: a queued task is cancelled, an ended one is removed.
 * @throws GatewayError `not_cancellable` for one that runs or was cancelled, with the wire's own word for that.
 */
export async function cancelOrDelete(gateway: Pick<GatewayForDialects, 'cancel' | 'delete'>, task: Task, { words, param }: { words: Record<TaskPhase, string>; param: string }): Promise<void> {
  const phase = phaseOf(task.state)
  switch (phase) {
    case 'queued':
      await gateway.cancel(task)
      break
    case 'succeeded':
    case 'failed':
      await gateway.delete(task)
      break
    case 'running':
    case 'cancelled':
      throw new GatewayError('not_cancellable', `a task that is ${words[phase]} can neither be cancelled nor deleted here`, { param })
  }
}
