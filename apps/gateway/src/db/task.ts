import { DatabaseError, type Pool } from 'pg'
import type { ExtraOutput, Output, Task, TaskError, TaskState } from '../core/task.ts'
import type { CostSource } from './attempt.ts'

/** A task to be created, with all that its one transaction writes. */
export interface NewTask {
  task: Task
  groupName: string
  /** Whether the key has a budget of its own. */
  hasBudget: boolean
  deadlineAtMs: number
  idempotency?: { key: string; fingerprint: string; status: number; answer: string }
}

export type CreateOutcome =
  | { outcome: 'created' }
  /** The idempotency key was used before; `fingerprint` tells whether for the same request. */
  | { outcome: 'exists'; taskId: string; fingerprint: string; status: number; answer: string }
  | { outcome: 'uncovered'; by: 'balance' | 'budget' }
  | { outcome: 'revoked' }

/**
 * One call, one commit: see `create_task` in the migrations. A second call with the same idempotency key waits for the
 * first one's commit, so there is never a second task.
 */
export async function createTask(pool: Pool, { task, groupName, hasBudget, deadlineAtMs, idempotency }: NewTask): Promise<CreateOutcome> {
  try {
    const { rows: [found] } = await pool.query<{ task_id: string; fingerprint: string; status: number; answer: string }>({
      name: 'create_task',
      text: 'select * from create_task($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)',
      values: [
        task.id, task.accountId, task.keyId, groupName, hasBudget, task.dialect, task.request.kind, task.request.model,
        JSON.stringify(task.request), JSON.stringify(task.quote), task.heldMicros, task.ignored, task.usualSeconds, task.remixedFrom ?? null,
        new Date(task.createdAtMs), new Date(deadlineAtMs),
        idempotency?.key ?? null, idempotency?.fingerprint ?? null, idempotency?.status ?? null, idempotency?.answer ?? null,
      ],
    })
    if (!found) return { outcome: 'created' }
    return { outcome: 'exists', taskId: found.task_id, fingerprint: found.fingerprint, status: found.status, answer: found.answer }
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    if (error.code === 'GL402') return { outcome: 'uncovered', by: error.message === 'budget' ? 'budget' : 'balance' }
    if (error.code === 'GL401') return { outcome: 'revoked' }
    throw error
  }
}

/** The stored answer to a create with this idempotency key, if there was one. */
export async function findIdempotent(pool: Pool, accountId: string, key: string): Promise<CreateOutcome & { outcome: 'exists' } | undefined> {
  const { rows: [found] } = await pool.query<{ task_id: string; fingerprint: string; status: number; answer: string }>({
    name: 'find_idempotent',
    text: 'select task_id, fingerprint, status, answer from idempotency where account_id = $1 and key = $2',
    values: [accountId, key],
  })
  return found && { outcome: 'exists', taskId: found.task_id, fingerprint: found.fingerprint, status: found.status, answer: found.answer }
}

/** Tasks by id, whoever owns them; those that do not exist are left out, in no particular order. Takes no lock. */
export async function readTasks(pool: Pool, ids: readonly string[]): Promise<Task[]> {
  const { rows } = await pool.query<TaskRow>({ name: 'read_tasks', text: `select ${TASK_COLUMNS} from task where id = any ($1) and deleted_at is null`, values: [ids] })
  return rows.map(toTask)
}

/** One task for the engine, deleted ones too, with what only the engine needs. */
export async function readTaskForEngine(pool: Pool, id: string): Promise<{ task: Task; groupName: string } | undefined> {
  const { rows: [row] } = await pool.query<TaskRow & { group_name: string }>({ name: 'read_task_for_engine', text: `select ${TASK_COLUMNS}, group_name from task where id = $1`, values: [id] })
  return row && { task: toTask(row), groupName: row.group_name }
}

export interface ListQuery {
  accountId: string
  /** All kinds unless told. */
  kind?: string
  /** Newest first unless told. */
  order: 'asc' | 'desc'
  limit: number
  /** The last id of the page before. */
  after?: string
}

/** A page of an account's tasks by creation, one more than `limit` when there are more. An `after` that is not theirs gives undefined. */
export async function listTasks(pool: Pool, { accountId, kind, order, limit, after }: ListQuery): Promise<Task[] | undefined> {
  const comparison = order === 'desc' ? '<' : '>'
  if (after !== undefined) {
    const { rowCount } = await pool.query({ name: 'list_tasks_cursor', text: 'select 1 from task where id = $1 and account_id = $2', values: [after, accountId] })
    if (rowCount === 0) return undefined
  }
  const { rows } = await pool.query<TaskRow>({
    name: `list_tasks_${order}_${after === undefined ? 'first' : 'next'}`,
    text: `select ${TASK_COLUMNS} from task where account_id = $1 and ($2::text is null or kind = $2) and deleted_at is null
      ${after === undefined ? '' : `and (created_at, id) ${comparison} (select created_at, id from task where id = $4)`}
      order by created_at ${order}, id ${order} limit $3`,
    values: [accountId, kind ?? null, limit + 1, ...(after === undefined ? [] : [after])],
  })
  return rows.map(toTask)
}

/** The ids among these that are in one of `states` now; for waiters that may have missed a word. */
export async function readStates(pool: Pool, ids: readonly string[]): Promise<Map<string, TaskState>> {
  const { rows } = await pool.query<{ id: string; state: TaskState }>({ name: 'read_states', text: 'select id, state from task where id = any ($1)', values: [ids] })
  return new Map(rows.map(({ id, state }) => [id, state]))
}

/** Hides an ended task from its owner and lets its files expire now. False when it is not theirs or has not ended. */
export async function deleteTask(pool: Pool, accountId: string, id: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'delete_task',
    text: `update task set deleted_at = now(), updated_at = now(), expires_at = case when outputs = '[]' then null else now() end
      where id = $1 and account_id = $2 and deleted_at is null and state in ('succeeded', 'failed', 'cancelled')`,
    values: [id, accountId],
  })
  return rowCount === 1
}

/** What `move_task` may carry; see the migrations. */
export interface MovePatch {
  error?: TaskError
  outputs?: Output[]
  extras?: ExtraOutput[]
  charged_micros?: string
  expires_at?: string
  /** With `unresolved`. */
  reconcile_until?: string
  attempt?: { id: string; outcome?: 'accepted' | 'refused' | 'lost'; handle?: unknown; results?: unknown; usage?: unknown; kept?: unknown; error?: unknown; cost_micros?: string; cost_source?: CostSource }
  /** With `sparse` its upstream calls back, and the checks are only the back-stop. */
  check?: { attempt_id: string; delay_ms: number; usual_ms: number; sparse?: boolean }
  job?: { queue: string; data: unknown; delay_ms?: number }
  loss_micros?: string
  detail?: unknown
}

/** Only `engine/move.ts` calls this. The state that the task left; undefined when it is in none of the `from` states any more. */
export async function moveTask(pool: Pool, id: string, from: readonly TaskState[], to: TaskState, patch: MovePatch): Promise<TaskState | undefined> {
  const { rows: [row] } = await pool.query<{ left_state: TaskState | null }>({ name: 'move_task', text: 'select move_task($1, $2, $3, $4) as left_state', values: [id, from, to, JSON.stringify(patch)] })
  return row!.left_state ?? undefined
}

/** Open tasks that are past their deadline, or unresolved past their window, oldest first. */
export async function overdueTasks(pool: Pool, limit: number): Promise<{ id: string; state: TaskState; heldMicros: bigint }[]> {
  const { rows } = await pool.query<{ id: string; state: TaskState; held_micros: bigint }>({
    name: 'overdue_tasks',
    text: `select id, state, held_micros from task where coalesce(reconcile_until, deadline_at) < now() and state not in ('succeeded', 'failed', 'cancelled')
      order by coalesce(reconcile_until, deadline_at) limit $1`,
    values: [limit],
  })
  return rows.map((row) => ({ id: row.id, state: row.state, heldMicros: row.held_micros }))
}

/** Tasks whose outputs are to be deleted. */
export async function expiredOutputs(pool: Pool, limit: number): Promise<{ id: string; outputs: Output[] }[]> {
  const { rows } = await pool.query<{ id: string; outputs: Output[] }>({
    name: 'expired_outputs',
    text: 'select id, outputs || extras as outputs from task where expires_at < now() order by expires_at limit $1',
    values: [limit],
  })
  return rows
}

/** After the files are gone: the task remembers that it had them, but no longer where. */
export async function forgetOutputs(pool: Pool, ids: readonly string[]): Promise<void> {
  await pool.query({ name: 'forget_outputs', text: `update task set outputs = '[]', extras = '[]', expires_at = null, updated_at = now() where id = any ($1)`, values: [ids] })
}

interface TaskRow {
  id: string
  account_id: string
  key_id: string
  dialect: string
  state: TaskState
  request: Task['request']
  quote: Task['quote']
  held_micros: bigint
  charged_micros: bigint | null
  ignored: string[]
  usual_seconds: number
  outputs: Output[]
  extras: ExtraOutput[]
  error: TaskError | null
  remixed_from: string | null
  created_at: Date
  updated_at: Date
  submitted_at: Date | null
  ended_at: Date | null
  expires_at: Date | null
}

const TASK_COLUMNS = `id, account_id, key_id, dialect, state, request, quote, held_micros, charged_micros, ignored, usual_seconds,
  outputs, extras, error, remixed_from, created_at, updated_at, submitted_at, ended_at, expires_at`

function toTask(row: TaskRow): Task {
  return {
    id: row.id,
    accountId: row.account_id,
    keyId: row.key_id,
    dialect: row.dialect,
    state: row.state,
    request: row.request,
    quote: row.quote,
    heldMicros: row.held_micros,
    ignored: row.ignored,
    usualSeconds: row.usual_seconds,
    outputs: row.outputs,
    extras: row.extras,
    createdAtMs: row.created_at.getTime(),
    updatedAtMs: row.updated_at.getTime(),
    ...(row.charged_micros === null ? {} : { chargedMicros: row.charged_micros }),
    ...(row.error === null ? {} : { error: row.error }),
    ...(row.remixed_from === null ? {} : { remixedFrom: row.remixed_from }),
    ...(row.submitted_at === null ? {} : { submittedAtMs: row.submitted_at.getTime() }),
    ...(row.ended_at === null ? {} : { endedAtMs: row.ended_at.getTime() }),
    ...(row.expires_at === null ? {} : { expiresAtMs: row.expires_at.getTime() }),
  }
}
