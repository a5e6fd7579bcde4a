import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { createBoss, deadLetterQueue, QUEUE_NAMES } from './queues.ts'

let database: TestDatabase
let pool: pg.Pool
let boss: PgBoss
const troubles: unknown[] = []
const log = { info: () => undefined, warn: (fields: object) => { troubles.push(fields) }, error: (fields: object) => { troubles.push(fields) } }

beforeEach(async () => {
  troubles.length = 0
  database = await createTestDatabase()
  pool = database.pool
  // Not supervised: a test looks for dead workers when it wants to.
  boss = await createBoss(pool, { log, supervise: false }).start()
})

afterEach(async () => {
  await boss.stop({ graceful: false })
  await database.drop()
  expect(troubles).toEqual([])
})

async function enqueue(queue: string, data: object): Promise<string> {
  const { rows: [row] } = await pool.query('select enqueue_job($1, $2) as id', [queue, data])
  return row.id
}

test.each(QUEUE_NAMES)('a job for %s by SQL is the same row as one by pg-boss, but for its shorter heartbeat', async (name) => {
  const bySql = await enqueue(name, { task: 1 })
  const byBoss = await boss.send(name, { task: 1 })
  const { rows: [first, second] } = await pool.query('select to_jsonb(job) - $2::text[] as job, keep_until - start_after as kept from pgboss.job where id = any($1) order by created_on', [
    [bySql, byBoss], ['id', 'created_on', 'start_after', 'keep_until', 'heartbeat_seconds']])
  expect(first).toEqual(second)
})

test('a job by SQL is worked with its payload', async () => {
  const id = await enqueue('submit', { task: 'task_1', count: 2 })
  const worked = new Promise((resolve) => {
    void boss.work('submit', { pollingIntervalSeconds: 0.5 }, async ([job]) => resolve(job))
  })
  expect(await worked).toMatchObject({ id, data: { task: 'task_1', count: 2 }, heartbeatSeconds: 7 })
  await expect.poll(async () => (await boss.getJobById('submit', id))?.state).toBe('completed')
})

test('a job is there only when the transaction that made it is', async () => {
  const client = await pool.connect()
  await client.query("begin; select enqueue_job('submit', '{}')")
  expect(await boss.fetch('submit')).toEqual([])
  await client.query('rollback')
  client.release()
  expect(await boss.fetch('submit')).toEqual([])
})

test('a job waits for its time', async () => {
  const { rows: [row] } = await pool.query("select enqueue_job('deliver', '{}', now() + interval '1 hour') as id")
  expect(await boss.fetch('deliver')).toEqual([])
  expect(await boss.fetch('deliver', { ignoreStartAfter: true })).toMatchObject([{ id: row.id }])
})

test('a job whose worker died is given to another after its heartbeat', async () => {
  const id = await enqueue('archive', { task: 1 })
  expect(await boss.fetch('archive')).toMatchObject([{ id, retryCount: 0 }])
  await boss.supervise('archive')
  expect(await boss.fetch('archive')).toEqual([])
  await pool.query("update pgboss.job set heartbeat_on = now() - interval '11 seconds' where id = $1", [id])
  await letMonitorRunAgain()
  await boss.supervise('archive')
  expect(await boss.fetch('archive', { ignoreStartAfter: true })).toMatchObject([{ id, retryCount: 1 }])
})

test('a heartbeat keeps a job with its worker', async () => {
  const id = await enqueue('archive', { task: 1 })
  await boss.fetch('archive')
  await pool.query("update pgboss.job set heartbeat_on = now() - interval '11 seconds' where id = $1", [id])
  await boss.touch('archive', id)
  await boss.supervise('archive')
  expect((await boss.getJobById('archive', id))?.state).toBe('active')
})

test('a job that keeps failing backs off, and ends as a dead letter that tells where it came from', async () => {
  const id = await enqueue('sweep', { account: 7 })
  for (let attempt = 0; attempt <= 5; attempt++) {
    expect(await boss.fetch('sweep', { ignoreStartAfter: true })).toMatchObject([{ id, retryCount: attempt }])
    await boss.fail('sweep', id, { message: 'no luck' })
  }
  expect(await boss.fetch('sweep', { ignoreStartAfter: true })).toEqual([])
  expect(await boss.fetch(deadLetterQueue('sweep'), { includeMetadata: true })).toMatchObject([{ data: { account: 7 }, sourceName: 'sweep', sourceId: id, sourceOutput: { message: 'no luck' } }])
})

test('a queue that is not there is an error, not a lost job', async () => {
  await expect(enqueue('sumbit', {})).rejects.toThrow('There is no job queue named sumbit')
})

/** The monitor looks once per interval, counted in the database. */
async function letMonitorRunAgain(): Promise<void> {
  await pool.query('update pgboss.queue set monitor_claim_on = null, monitor_on = null')
}
