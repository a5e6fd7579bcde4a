import type pg from 'pg'
import type { ResultSource, UpstreamUsage } from '../core/progress.ts'

export type AttemptOutcome = 'calling' | 'accepted' | 'refused' | 'lost'

export interface Attempt {
  id: string
  taskId: string
  number: number
  channelId: string
  /** Absent for the sandbox, which has no account. */
  credentialId?: string
  provider: string
  upstreamModel: string
  outcome: AttemptOutcome
  /** The submit job that began it. */
  jobId: string
  startedAtMs: number
  handle?: unknown
  results?: ResultSource[]
  usage?: UpstreamUsage
  /** What a later job that goes on from this one needs to know. */
  kept?: unknown
  costMicros?: bigint
  /** Who says so: the upstream itself, or the channel's cost card. */
  costSource?: CostSource
  /** For one that was not accepted: the kind of its error (core/errors.ts). */
  errorKind?: string
}

export type CostSource = 'reported' | 'card'

export interface NewAttempt {
  id: string
  taskId: string
  /** The submit job at work, as this worker has it. */
  job: { id: string; retryCount: number }
  channelId: string
  provider: string
  upstreamModel: string
  maxConcurrency?: number
  maxRequestsPerMinute?: number
  /** Those that may be used; none for the sandbox, which has no account. */
  credentials: readonly { id: string; maxConcurrency?: number }[]
}

/** `full` is about jobs at a time, `limited` about submissions in a minute; `gone`: the task is not queued any more, or the job not ours. */
export type BeginOutcome = { result: 'begun'; credentialId?: string } | { result: 'full' | 'limited' | 'gone' }

/** Takes a free place at the channel, and at the least busy of its credentials, and writes the attempt down; see `begin_attempt` in the migrations. */
export async function beginAttempt(pool: pg.Pool, attempt: NewAttempt): Promise<BeginOutcome> {
  const { rows: [row] } = await pool.query<{ result: BeginOutcome['result']; chosen: string | null }>({
    name: 'begin_attempt',
    text: 'select result, chosen from begin_attempt($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
    values: [attempt.taskId, attempt.id, attempt.job.id, attempt.job.retryCount, attempt.channelId, attempt.provider, attempt.upstreamModel,
      attempt.maxConcurrency ?? null, attempt.maxRequestsPerMinute ?? null, attempt.credentials.map(({ id }) => id), attempt.credentials.map(({ maxConcurrency }) => maxConcurrency ?? null)],
  })
  const { result, chosen } = row!
  return result === 'begun' ? { result, ...(chosen !== null && { credentialId: chosen }) } : { result }
}

export async function readAttempts(pool: pg.Pool, ids: readonly string[]): Promise<Attempt[]> {
  const { rows } = await pool.query<AttemptRow>({ name: 'read_attempts', text: `select ${ATTEMPT_COLUMNS} from attempt where id = any ($1)`, values: [ids] })
  return rows.map(toAttempt)
}

/** A task's attempts, first to last. */
export async function attemptsOf(pool: pg.Pool, taskId: string): Promise<Attempt[]> {
  const { rows } = await pool.query<AttemptRow>({ name: 'attempts_of', text: `select ${ATTEMPT_COLUMNS} from attempt where task_id = $1 order by number`, values: [taskId] })
  return rows.map(toAttempt)
}

/** What an upstream said of a job whose create call has not been answered yet; the answer stands over it. */
export async function keepHandle(pool: pg.Pool, id: string, handle: unknown): Promise<void> {
  await pool.query({ name: 'keep_handle', text: `update attempt set handle = $2 where id = $1 and outcome = 'calling' and handle is null`, values: [id, JSON.stringify(handle)] })
}

/** An upstream accepted after the task had ended: kept for the operator, who may be billed for it. Changes no money. */
export async function recordLateAcceptance(pool: pg.Pool, id: string, handle: unknown): Promise<void> {
  await pool.query({ name: 'record_late_acceptance', text: `update attempt set outcome = 'accepted', handle = $2 where id = $1 and outcome <> 'accepted'`, values: [id, JSON.stringify(handle)] })
}

const ATTEMPT_COLUMNS = `id, task_id, number, channel_id, credential_id, provider, upstream_model, outcome, job_id, started_at, handle, results, usage, kept, cost_micros, cost_source, error->>'kind' as error_kind`

interface AttemptRow {
  id: string
  task_id: string
  number: number
  channel_id: string
  credential_id: string | null
  provider: string
  upstream_model: string
  outcome: AttemptOutcome
  job_id: string
  started_at: Date
  handle: unknown
  results: ResultSource[] | null
  usage: UpstreamUsage | null
  kept: unknown
  cost_micros: bigint | null
  cost_source: CostSource | null
  error_kind: string | null
}

function toAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    taskId: row.task_id,
    number: row.number,
    channelId: row.channel_id,
    provider: row.provider,
    upstreamModel: row.upstream_model,
    outcome: row.outcome,
    jobId: row.job_id,
    startedAtMs: row.started_at.getTime(),
    ...(row.credential_id === null ? {} : { credentialId: row.credential_id }),
    ...(row.handle === null ? {} : { handle: row.handle }),
    ...(row.results === null ? {} : { results: row.results }),
    ...(row.usage === null ? {} : { usage: row.usage }),
    ...(row.kept === null ? {} : { kept: row.kept }),
    ...(row.cost_micros === null ? {} : { costMicros: row.cost_micros }),
    ...(row.cost_source === null ? {} : { costSource: row.cost_source }),
    ...(row.error_kind === null ? {} : { errorKind: row.error_kind }),
  }
}
