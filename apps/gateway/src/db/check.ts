import type pg from 'pg'

export interface DueCheck {
  taskId: string
  attemptId: string
  /** Looks that failed in a row until now. */
  failures: number
  /** How late it was claimed. */
  lagMs: number
}

export interface CheckPace {
  limit: number
  minMs: number
  maxMs: number
}

/** Claims checks that are due. The claim moves them on and is the lease: a process that dies loses one interval. */
export async function claimChecks(pool: pg.Pool, { limit, minMs, maxMs }: CheckPace): Promise<DueCheck[]> {
  const { rows } = await pool.query<{ task_id: string; attempt_id: string; failures: number; lag_ms: number }>({
    name: 'claim_checks',
    text: 'select * from claim_checks($1, $2, $3)',
    values: [limit, minMs, maxMs],
  })
  return rows.map((row) => ({ taskId: row.task_id, attemptId: row.attempt_id, failures: row.failures, lagMs: row.lag_ms }))
}

/** After a look that failed: the next ones come later, each time longer. */
export async function recordCheckFailures(pool: pg.Pool, taskIds: readonly string[]): Promise<void> {
  await pool.query({ name: 'record_check_failures', text: 'update task_check set failures = failures + 1 where task_id = any ($1)', values: [taskIds] })
}

/** After a look that worked, where the one before had not. */
export async function clearCheckFailures(pool: pg.Pool, taskIds: readonly string[]): Promise<void> {
  await pool.query({ name: 'clear_check_failures', text: 'update task_check set failures = 0 where task_id = any ($1) and failures > 0', values: [taskIds] })
}

/** At once: an upstream told us something. */
export async function checkNow(pool: pg.Pool, taskId: string): Promise<void> {
  await pool.query({ name: 'check_now', text: 'update task_check set due_at = now() where task_id = $1', values: [taskId] })
}
