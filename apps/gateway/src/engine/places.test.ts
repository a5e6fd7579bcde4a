import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { beginAttempt, type BeginOutcome, type NewAttempt } from '../db/attempt.ts'
import { freePlaces } from '../db/channel.ts'
import { claimChecks, recordCheckFailures } from '../db/check.ts'
import { addWaiting, waitedChannels, wakeStale, wakeWaiting } from '../db/waiting.ts'

let database: TestDatabase
let pool: pg.Pool

beforeEach(async () => {
  database = await createTestDatabase()
  pool = database.pool
})
afterEach(() => database.drop())

describe('beginning an attempt', () => {
  test('takes a place, until every place is taken; a place is free again when the attempt has ended', async () => {
    await addTasks('a', 3)
    expect(await begin('a0', { maxConcurrency: 2 })).toBe('begun')
    expect(await begin('a1', { maxConcurrency: 2 })).toBe('begun')
    expect(await begin('a2', { maxConcurrency: 2 })).toBe('full')
    expect(await move('a0', 'submitting', 'queued')).toBe(true)
    expect(await begin('a2', { maxConcurrency: 2 })).toBe('begun')
  })

  test('keeps to so many a minute, ended or not', async () => {
    await addTasks('a', 2)
    expect(await begin('a0', { maxRequestsPerMinute: 1 })).toBe('begun')
    await move('a0', 'submitting', 'failed')
    expect(await begin('a1', { maxRequestsPerMinute: 1 })).toBe('limited')
    await pool.query(`update attempt set started_at = now() - interval '61 s'`)
    expect(await begin('a1', { maxRequestsPerMinute: 1 })).toBe('begun')
  })

  test('never goes over a limit, however many begin at once', async () => {
    await addTasks('a', 40)
    const outcomes = await Promise.all(Array.from({ length: 40 }, (_, index) => begin(`a${index}`, { maxConcurrency: 7 })))
    expect(outcomes.filter((outcome) => outcome === 'begun')).toHaveLength(7)
    expect(outcomes.filter((outcome) => outcome === 'full')).toHaveLength(33)
  })

  test('is for one of those who try at once', async () => {
    await addTasks('a', 1)
    const job = await claimedJob('a0')
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => begin('a0', { job })))
    expect(outcomes.toSorted()).toEqual(['begun', ...Array.from({ length: 9 }, () => 'gone')])
  })

  test('is refused to a worker whose job was given to another, or is through', async () => {
    await addTasks('a', 1)
    const job = await claimedJob('a0')
    await pool.query('update pgboss.job set retry_count = retry_count + 1 where id = $1', [job.id])
    expect(await begin('a0', { job })).toBe('gone')
    await pool.query(`update pgboss.job set state = 'completed' where id = $1`, [job.id])
    expect(await begin('a0', { job: { ...job, retryCount: 1 } })).toBe('gone')
    expect(await stateOf('a0')).toBe('queued')
  })

  test('spreads over credentials: the one with the fewest open attempts, within its own limit', async () => {
    await addTasks('a', 9)
    const credentials = [{ id: 'one' }, { id: 'two', maxConcurrency: 2 }, { id: 'three' }]
    const chosen: string[] = []
    for (let index = 0; index < 8; index += 1) {
      const begun = await tryToBegin(`a${index}`, { credentials })
      chosen.push(begun.result === 'begun' ? begun.credentialId! : begun.result)
    }
    expect(chosen.slice(0, 3).toSorted()).toEqual(['one', 'three', 'two'])
    expect(chosen.toSorted()).toEqual(['one', 'one', 'one', 'three', 'three', 'three', 'two', 'two'])
    expect(await begin('a8', { credentials: [credentials[1]!] })).toBe('full')
    expect(await tryToBegin('a8', { credentials: [{ id: 'four', maxConcurrency: 1 }] })).toEqual({ result: 'begun', credentialId: 'four' })
  })

  test('never goes over the limits of credentials, however many begin at once', async () => {
    await addTasks('a', 20)
    const credentials = [{ id: 'one', maxConcurrency: 2 }, { id: 'two', maxConcurrency: 3 }]
    await Promise.all(Array.from({ length: 20 }, (_, index) => begin(`a${index}`, { credentials })))
    const { rows } = await pool.query('select credential_id, count(*)::integer as open from attempt group by credential_id order by credential_id')
    expect(rows).toEqual([{ credential_id: 'one', open: 2 }, { credential_id: 'two', open: 3 }])
  })

  test('given up during its call, it is lost and its place free', async () => {
    await addTasks('a', 1)
    await begin('a0', { maxConcurrency: 1 })
    await move('a0', 'submitting', 'failed')
    const { rows } = await pool.query('select outcome, ended_at is not null as ended from attempt')
    expect(rows).toEqual([{ outcome: 'lost', ended: true }])
  })
})

describe('those who wait', () => {
  test('are woken account by account, the one with the fewest jobs first, and each in its own order', async () => {
    await addTasks('a', 5)
    await addTasks('b', 1)
    await addTasks('c', 2)
    await begin('a0', {})
    for (const id of ['a1', 'a2', 'a3', 'a4', 'b0', 'c0', 'c1']) await addWaiting(pool, id, ['channel'])
    expect(await woken(2)).toEqual(['b0', 'c0'])
    expect(await woken(2)).toEqual(['a1', 'c1'])
    expect(await woken(9)).toEqual(['a2', 'a3', 'a4'])
    expect(await woken(9)).toEqual([])
  })

  test('keep their turn when they were woken in vain', async () => {
    await addTasks('a', 3)
    await addWaiting(pool, 'a1', ['channel'])
    await addWaiting(pool, 'a2', ['channel'])
    await addWaiting(pool, 'a0', ['channel'])
    expect(await woken(1)).toEqual(['a0'])
    await addWaiting(pool, 'a0', ['channel'])
    expect(await woken(1)).toEqual(['a0'])
  })

  test('are woken once, whoever wakes at the same time', async () => {
    await addTasks('a', 10)
    for (let index = 0; index < 10; index += 1) await addWaiting(pool, `a${index}`, ['channel'])
    const counts = await Promise.all(Array.from({ length: 6 }, () => wakeWaiting(pool, 'channel', 10)))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10)
    expect((await pool.query(`select count(distinct data->>'taskId') as tasks, count(*) as jobs from pgboss.job where name = 'submit'`)).rows).toEqual([{ tasks: 10n, jobs: 10n }])
  })

  test('are those that wait for this very channel, and none whose task is not queued', async () => {
    await addTasks('a', 2)
    await addWaiting(pool, 'a0', ['channel'])
    await move('a1', 'queued', 'cancelled')
    await addWaiting(pool, 'a1', ['channel'])
    expect(await waitedChannels(pool)).toEqual(['channel'])
    expect(await wakeWaiting(pool, 'another', 10)).toBe(0)
    expect(await wakeWaiting(pool, 'channel', 10)).toBe(1)
  })

  test('for channels of long ago are woken to look anew', async () => {
    await addTasks('a', 3)
    for (const id of ['a0', 'a1', 'a2']) await addWaiting(pool, id, [])
    expect(await wakeStale(pool, 30, 10)).toBe(0)
    await pool.query(`update waiting set added_at = now() - interval '31 s' where task_id <> 'a1'`)
    expect(await wakeStale(pool, 30, 1)).toBe(1)
    expect(await wakeStale(pool, 30, 10)).toBe(1)
    expect(await waitedChannels(pool)).toEqual([])
  })

  test('have as many places as all limits leave', async () => {
    await pool.query(`insert into channel (id, provider, models, max_concurrency, max_requests_per_minute, managed_by)
      values ('channel', 'p', '{}', 5, null, 'admin'), ('slow', 'p', '{}', null, 3, 'admin'), ('both', 'p', '{}', 5, 3, 'admin'), ('open', 'p', '{}', null, null, 'admin'), ('keys', 'p', '{}', null, null, 'admin'), ('mixed', 'p', '{}', null, null, 'admin')`)
    await addTasks('a', 3)
    await begin('a0', {})
    await begin('a1', { channelId: 'both' })
    await pool.query(`insert into channel_credential (id, channel_id, provider, label, lineage, max_concurrency, sealed, fingerprint)
      select id, channel_id, 'p', id, id, max_concurrency, '', '' from (values ('k1', 'keys', 2), ('k2', 'keys', 4), ('m1', 'mixed', 2), ('m2', 'mixed', null)) k(id, channel_id, max_concurrency)`)
    await begin('a2', { channelId: 'keys', credentials: [{ id: 'k2', maxConcurrency: 4 }] })
    expect(Object.fromEntries(await freePlaces(pool, ['channel', 'slow', 'both', 'open', 'keys', 'mixed']))).toEqual({ channel: 4, slow: 3, both: 2, keys: 5 })
  })
})

describe('checks that are due', () => {
  const pace = { limit: 100, minMs: 1_000, maxMs: 64_000 }

  test('are claimed once: the claim moves them on', async () => {
    await addChecks(20)
    const claims = await Promise.all(Array.from({ length: 5 }, () => claimChecks(pool, pace)))
    expect(claims.flat().map(({ taskId }) => taskId).toSorted()).toEqual(Array.from({ length: 20 }, (_, index) => `t${index}`).toSorted())
    expect(await claimChecks(pool, pace)).toEqual([])
  })

  test('come later each time that a look failed, whoever looks, and say so', async () => {
    await addChecks(1)
    const waits: number[] = []
    for (let failure = 0; failure < 8; failure += 1) {
      const [due] = await claimChecks(pool, pace)
      expect(due).toMatchObject({ taskId: 't0', failures: failure })
      waits.push(await secondsToNext())
      await recordCheckFailures(pool, ['t0'])
      await pool.query(`update task_check set due_at = now() - interval '1 s'`)
    }
    // The first, before any failure, is half-way to 60 % of the usual minute.
    expect(waits).toEqual([19, 2, 4, 8, 16, 32, 64, 64])
  })
})

/** Tasks `a0`, `a1` … of account `a`, a second apart. */
async function addTasks(account: string, count: number): Promise<void> {
  await pool.query(
    `insert into task (id, account_id, key_id, group_name, has_budget, dialect, kind, model, state, request, quote, held_micros, ignored, usual_seconds, created_at, updated_at, deadline_at)
      select $1 || n, $1, 'key', 'default', false, 'genlock', 'video', 'model', 'queued', '{}', '{}', 0, '{}', 60, now() + n * interval '1 s', now(), now() + interval '1 h' from generate_series(0, $2::integer - 1) n`,
    [account, count],
  )
}

async function begin(taskId: string, options: Partial<NewAttempt>): Promise<string> {
  return (await tryToBegin(taskId, options)).result
}

async function tryToBegin(taskId: string, { job, ...options }: Partial<NewAttempt>): Promise<BeginOutcome> {
  return beginAttempt(pool, { id: `att_${Math.random()}`, taskId, channelId: 'channel', provider: 'p', upstreamModel: 'm', credentials: [], job: job ?? (await claimedJob(taskId)), ...options })
}

/** A submit job that somebody is at. */
async function claimedJob(taskId: string): Promise<{ id: string; retryCount: number }> {
  const { rows: [row] } = await pool.query<{ id: string }>(`select enqueue_job('submit', jsonb_build_object('taskId', $1::text)) as id`, [taskId])
  await pool.query(`update pgboss.job set state = 'active' where id = $1`, [row!.id])
  return { id: row!.id, retryCount: 0 }
}

async function move(taskId: string, from: string, to: string): Promise<boolean> {
  const { rows: [row] } = await pool.query<{ moved: boolean }>('select move_task($1, $2, $3) is not null as moved', [taskId, [from], to])
  return row!.moved
}

async function stateOf(taskId: string): Promise<string> {
  return (await pool.query<{ state: string }>('select state from task where id = $1', [taskId])).rows[0]!.state
}

/** Whom waking gives a job, when there are so many places. */
async function woken(places: number): Promise<string[]> {
  const before = await jobs()
  await wakeWaiting(pool, 'channel', places)
  return (await jobs()).slice(before.length).toSorted()
}

async function jobs(): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(`select data->>'taskId' as id from pgboss.job where name = 'submit' and state = 'created' order by created_on`)
  return rows.map(({ id }) => id)
}

async function addChecks(count: number): Promise<void> {
  await pool.query(`insert into task_check (task_id, attempt_id, due_at, submitted_at, usual_ms) select 't' || n, 'att', now() - interval '1 s', now(), 60000 from generate_series(0, $1::integer - 1) n`, [count])
}

async function secondsToNext(): Promise<number> {
  return (await pool.query<{ seconds: number }>('select round(extract(epoch from due_at - now()))::float8 as seconds from task_check')).rows[0]!.seconds
}
