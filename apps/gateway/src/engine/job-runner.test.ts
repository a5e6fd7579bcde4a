import type { PgBoss } from 'pg-boss'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { createBoss } from '../db/queues.ts'
import { JobRunner, type JobRunnerOptions } from './job-runner.ts'

interface Data {
  name: string
}

let database: TestDatabase
let boss: PgBoss
const runners: JobRunner<Data>[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  boss = await createBoss(database.pool, { supervise: false }).start()
})
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop(0)))
  await boss.stop({ graceful: false })
  await database.drop()
})

describe('a slot', () => {
  test('is free of the others: one job that hangs keeps none of the next from ending', async () => {
    const done: string[] = []
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const runner = start({
      concurrency: 2,
      handle: async ({ name }) => {
        if (name === 'hangs') await released
        done.push(name)
      },
    })
    await enqueue('hangs')
    for (let index = 0; index < 20; index += 1) await enqueue(`${index}`)
    runner.wake()
    await expect.poll(() => done.length).toBe(20)
    expect(runner.activeCount).toBe(1)
    release()
    await expect.poll(() => done).toContain('hangs')
    await expect.poll(states).toEqual({ completed: 21 })
  })

  test('is one of so many: no more jobs are at work at a time', async () => {
    let active = 0
    let most = 0
    let done = 0
    const runner = start({
      concurrency: 3,
      handle: async () => {
        most = Math.max(most, ++active)
        await new Promise((resolve) => setTimeout(resolve, 5))
        active -= 1
        done += 1
      },
    })
    for (let index = 0; index < 30; index += 1) await enqueue(`${index}`)
    runner.wake()
    await expect.poll(() => done).toBe(30)
    expect(most).toBe(3)
  })
})

test('a job is seen without being told of it', async () => {
  const done: string[] = []
  start({ handle: async ({ name }) => void done.push(name) })
  await enqueue('quiet')
  await expect.poll(() => done, { timeout: 5_000 }).toEqual(['quiet'])
})

test('a word that comes while the runner looks is not lost', async () => {
  const done: string[] = []
  const runner = start({ handle: async ({ name }) => void done.push(name) })
  for (let index = 0; index < 50; index += 1) {
    await enqueue(`${index}`)
    runner.wake()
  }
  await expect.poll(() => done.length, { timeout: 5_000 }).toBe(50)
  expect(new Set(done).size).toBe(50)
})

test('a job that throws comes again, and knows the how-manieth time it is', async () => {
  const times: number[] = []
  const runner = start({
    handle: async (_data, { retryCount }) => {
      times.push(retryCount)
      if (retryCount === 0) throw new Error('not now')
    },
  })
  await enqueue('stumbles')
  runner.wake()
  await expect.poll(() => times, { timeout: 10_000 }).toEqual([0, 1])
  await expect.poll(states).toEqual({ completed: 1 })
})

test('a claim that has lapsed settles nothing: the job belongs to whoever has it now', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const runner = start({ handle: () => released })
  await enqueue('stale')
  runner.wake()
  await expect.poll(() => runner.activeCount).toBe(1)
  // As after a heartbeat that nobody saw: taken away, and claimed again by another.
  await database.pool.query(`update pgboss.job set retry_count = retry_count + 1 where name = 'submit'`)
  release()
  await expect.poll(() => runner.activeCount).toBe(0)
  await runner.stop(5_000)
  expect(await states()).toEqual({ active: 1 })
})

describe('stopping', () => {
  test('waits for what is at work, and takes nothing more', async () => {
    const done: string[] = []
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const runner = start({
      concurrency: 1,
      handle: async ({ name }) => {
        await released
        done.push(name)
      },
    })
    await enqueue('first')
    await enqueue('second')
    runner.wake()
    await expect.poll(() => runner.activeCount).toBe(1)
    const stopped = runner.stop(10_000)
    release()
    await stopped
    expect(done).toEqual(['first'])
    expect(await states()).toEqual({ completed: 1, created: 1 })
  })

  test('waits no longer than its grace, and leaves the rest to others', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const runner = start({ handle: () => released })
    await enqueue('slow')
    runner.wake()
    await expect.poll(() => runner.activeCount).toBe(1)
    await runner.stop(10)
    expect(await states()).toEqual({ active: 1 })
    release()
  })
})

function start(options: Partial<JobRunnerOptions<Data>> & Pick<JobRunnerOptions<Data>, 'handle'>): JobRunner<Data> {
  const runner = new JobRunner<Data>({ boss, queue: 'submit', concurrency: 4, log: pino({ level: 'silent' }), ...options })
  runners.push(runner)
  runner.start()
  return runner
}

async function enqueue(name: string): Promise<void> {
  await database.pool.query(`select enqueue_job('submit', $1)`, [{ name }])
}

async function states(): Promise<Record<string, number>> {
  const { rows } = await database.pool.query<{ state: string; count: bigint }>(`select state::text, count(*) from pgboss.job where name = 'submit' group by state`)
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]))
}
