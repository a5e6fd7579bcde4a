import { type QueryConfig, type QueryResult, types } from 'pg'
import { PgBoss, type Queue } from 'pg-boss'
import type { Log } from './pool.ts'

const MINUTE_SECONDS = 60
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400

/** The job queues. Each has a dead letter queue `<name>_dead` for jobs whose retries are used up. */
export const QUEUES = {
  /** Choose a channel for a task and submit it there. Some upstreams answer a submission with the finished picture, minutes later. */
  submit: { expireInSeconds: 15 * MINUTE_SECONDS, retryLimit: 10, retryDelayMax: MINUTE_SECONDS },
  /** Stream a result to storage. The heartbeat finds the dead, so the limit can be that of a huge file on a slow line. */
  archive: { expireInSeconds: HOUR_SECONDS, retryLimit: 10, retryDelayMax: 5 * MINUTE_SECONDS },
  /** Call a webhook. Delays double from 1 s to an hour: 20 retries span about 8 hours. */
  deliver: { expireInSeconds: 2 * MINUTE_SECONDS, retryLimit: 20, retryDelayMax: HOUR_SECONDS },
  /** Expiry, refunds and other housekeeping. */
  sweep: { expireInSeconds: 10 * MINUTE_SECONDS, retryLimit: 5, retryDelayMax: MINUTE_SECONDS },
} as const

export type QueueName = keyof typeof QUEUES

export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[]

/** Every queue as pg-boss wants it, dead letter queues before the queues that name them. */
export function queueDefinitions(): Queue[] {
  return [
    ...QUEUE_NAMES.map((name) => ({ name: deadLetterQueue(name), policy: 'standard', retentionSeconds: RETENTION_SECONDS })),
    ...QUEUE_NAMES.map((name) => ({
      name,
      policy: 'standard',
      deadLetter: deadLetterQueue(name),
      heartbeatSeconds: HEARTBEAT_SECONDS,
      retryDelay: 1,
      retryBackoff: true,
      retentionSeconds: RETENTION_SECONDS,
      deleteAfterSeconds: DELETE_AFTER_SECONDS,
      ...QUEUES[name],
    })),
  ]
}

export function deadLetterQueue(name: QueueName): `${QueueName}_dead` {
  return `${name}_dead`
}

export interface BossOptions {
  readonly log?: Log
  /** Whether this process looks for dead workers and expired jobs. Off for commands that only look. */
  readonly supervise?: boolean
}

/**
 * A pg-boss on our own connections, not started. A job of a process that died is taken over after its heartbeat (7 s for jobs of ours)
 * and the next look (1 s). It expects the schema that `migrate` installs; cron stays off, nothing uses it.
 */
export function createBoss(db: Queryable, { log, supervise = true }: BossOptions = {}): PgBoss {
  const boss = new PgBoss({
    schema: BOSS_SCHEMA,
    // pg-boss counts on the default parsers (its counters would come as bigint from ours).
    db: { executeSql: (text, values) => db.query({ text, values: values ?? [], types }) },
    supervise,
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_INTERVAL_SECONDS,
    monitorIntervalSeconds: SUPERVISE_INTERVAL_SECONDS,
    // An index that takes longer than our pool's statement timeout to rebuild would leave an invalid copy behind.
    reindex: { maxIndexBytes: REINDEX_MAX_BYTES },
  })
  boss.on('error', (error) => log?.error({ err: error }, 'The job engine had an error'))
  boss.on('warning', (warning) => log?.warn({ warning }, 'The job engine warns'))
  return boss
}

/** A pool or one of its clients. */
export interface Queryable {
  query(query: QueryConfig & { types: typeof types }): Promise<QueryResult>
}

export const BOSS_SCHEMA = 'pgboss'

/** The least pg-boss allows. */
const HEARTBEAT_SECONDS = 10
const SUPERVISE_INTERVAL_SECONDS = 1
/** How long a job may wait to be worked, and how long a dead letter waits for a person. */
const RETENTION_SECONDS = 14 * DAY_SECONDS
/** Finished jobs are kept only to be looked at; a small table is what keeps fetching cheap. */
const DELETE_AFTER_SECONDS = 4 * HOUR_SECONDS
const REINDEX_MAX_BYTES = 256 * 1024 * 1024
