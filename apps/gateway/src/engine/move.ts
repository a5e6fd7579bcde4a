import type pg from 'pg'
import type { Logger } from 'pino'
import type { ResultSource, UpstreamUsage } from '../core/progress.ts'
import type { PricedFacts } from '../core/rate-card.ts'
import type { ExtraOutput, Output, TaskError, TaskState } from '../core/task.ts'
import { beginAttempt, type BeginOutcome, type CostSource, type NewAttempt } from '../db/attempt.ts'
import { moveTask, type MovePatch } from '../db/task.ts'

/** What an attempt cost, as it is written down. */
export interface AttemptCost {
  cost_micros: string
  cost_source: CostSource
}

/**
 * Every change of a task's state after its creation. Each is one transaction (state, attempt, schedule, ledger, event,
 * next job), guarded by the old state, and true only if it happened: whoever comes second changes nothing. Each that
 * happened is one line in the log.
 */
export class Moves {
  readonly #pool: pg.Pool
  readonly #log: Logger
  readonly #moved: (taskId: string, to: TaskState) => void

  /** `moved` is told after each commit: it wakes waiters and workers. */
  constructor(pool: pg.Pool, log: Logger, moved: (taskId: string, to: TaskState) => void) {
    this.#pool = pool
    this.#log = log
    this.#moved = moved
  }

  /** The attempt is written down, its call comes now: see `begin_attempt` in the migrations for the other outcomes. */
  async submitting(attempt: NewAttempt): Promise<BeginOutcome> {
    const outcome = await beginAttempt(this.#pool, attempt)
    if (outcome.result === 'begun') this.#happened(attempt.taskId, 'queued', 'submitting', { attempt: attempt.id, channel: attempt.channelId })
    return outcome
  }

  /** The upstream has it. From `unresolved` too: the lost answer was found. */
  running(taskId: string, attempt: { id: string; handle: unknown }, check: { delayMs: number; usualMs: number; sparse?: boolean }): Promise<boolean> {
    return this.#move(taskId, ['submitting', 'unresolved'], 'running', {
      attempt: { ...attempt, outcome: 'accepted' },
      check: { attempt_id: attempt.id, delay_ms: check.delayMs, usual_ms: check.usualMs, ...(check.sparse && { sparse: true }) },
    })
  }

  /** Refused for sure: back to the queue, for the next channel or a later time. */
  requeued(taskId: string, attempt: { id: string; error: unknown }, delayMs: number): Promise<boolean> {
    return this.#move(taskId, ['submitting'], 'queued', {
      attempt: { ...attempt, outcome: 'refused' },
      job: { queue: 'submit', data: { taskId }, delay_ms: delayMs },
    })
  }

  /** Outcome unknown: never sent again, looked for `until` then. With `searchable`, the checks tick looks. */
  unresolved(taskId: string, attempt: { id: string; error: unknown }, { until, searchable }: { until: Date; searchable: boolean }): Promise<boolean> {
    return this.#move(taskId, ['submitting'], 'unresolved', {
      attempt: { ...attempt, outcome: 'lost' },
      reconcile_until: until.toISOString(),
      ...(searchable ? { check: { attempt_id: attempt.id, delay_ms: 1000, usual_ms: 0 } } : {}),
    })
  }

  /** The upstream is done: its results are to be fetched, at once or, where the mover does it, after `jobAfterMs` by whoever finds that it did not. */
  archiving(taskId: string, from: 'submitting' | 'running', attempt: { id: string; handle?: unknown; results: readonly ResultSource[]; usage?: UpstreamUsage; kept?: unknown }, { jobAfterMs = 0 }: { jobAfterMs?: number } = {}): Promise<boolean> {
    return this.#move(taskId, [from], 'archiving', {
      attempt: { ...attempt, outcome: 'accepted' },
      job: { queue: 'archive', data: { taskId, attemptId: attempt.id }, delay_ms: jobAfterMs },
    })
  }

  /** Stored and paid: `chargedMicros` of the hold is captured, the rest given back; what the attempt cost is booked. */
  succeeded(taskId: string, result: { attempt: { id: string } & Partial<AttemptCost>; outputs: Output[]; extras: ExtraOutput[]; chargedMicros: bigint; made: PricedFacts; expiresAt: Date }): Promise<boolean> {
    return this.#move(taskId, ['archiving'], 'succeeded', {
      attempt: result.attempt,
      outputs: result.outputs,
      extras: result.extras,
      charged_micros: result.chargedMicros.toString(),
      expires_at: result.expiresAt.toISOString(),
      detail: { made: result.made },
    })
  }

  /**
   * Given back in full. `lossMicros` is what a submission of unknown outcome may cost the operator. With the attempt in
   * `discardOf`, the archive job deletes what lies in our storage: a picture may be there that came with the answer to a
   * submission whose outcome nobody wrote down, and a crash must not leave it there.
   */
  failed(taskId: string, from: readonly TaskState[], error: TaskError, extra: { attempt?: NonNullable<MovePatch['attempt']>; lossMicros?: bigint; detail?: unknown; discardOf?: string } = {}): Promise<boolean> {
    return this.#move(taskId, from, 'failed', {
      error,
      ...(extra.attempt === undefined ? {} : { attempt: extra.attempt }),
      ...(extra.lossMicros === undefined ? {} : { loss_micros: extra.lossMicros.toString() }),
      ...(extra.detail === undefined ? {} : { detail: extra.detail }),
      ...(extra.discardOf === undefined ? {} : { job: { queue: 'archive', data: { taskId, attemptId: extra.discardOf } } }),
    })
  }

  /** Given back in full: it had not started, or the upstream said that it stopped it. */
  cancelled(taskId: string, from: 'queued' | 'running', attempt?: { id: string; error: unknown; usage?: UpstreamUsage } & Partial<AttemptCost>): Promise<boolean> {
    return this.#move(taskId, [from], 'cancelled', {
      error: { code: 'cancelled', message: 'The task was cancelled.' },
      ...(attempt === undefined ? {} : { attempt }),
    })
  }

  async #move(taskId: string, from: readonly TaskState[], to: TaskState, patch: MovePatch): Promise<boolean> {
    const left = await moveTask(this.#pool, taskId, from, to, patch)
    if (left === undefined) return false
    this.#happened(taskId, left, to, {
      attempt: patch.attempt?.id,
      error: patch.error?.code,
      chargedMicros: patch.charged_micros,
      lossMicros: patch.loss_micros,
      outputs: patch.outputs?.length,
    })
    return true
  }

  #happened(taskId: string, from: TaskState, to: TaskState, fields: Record<string, unknown>): void {
    this.#log.info({ task: taskId, from, to, ...fields }, 'task moved')
    this.#moved(taskId, to)
  }
}
