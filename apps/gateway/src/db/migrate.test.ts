import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { migrate } from './migrate.ts'
import { createPool } from './pool.ts'
import { QUEUE_NAMES } from './queues.ts'

let database: TestDatabase
let pool: pg.Pool
let folder: string

beforeEach(async () => {
  database = await createTestDatabase()
  pool = database.pool
  folder = await mkdtemp(join(tmpdir(), 'genlock-migrations-'))
  await pool.query('drop table schema_migration')
})

afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

function write(name: string, sql: string): Promise<void> {
  return writeFile(join(folder, name), sql)
}

test('applies what is missing, in order, once, and says what it did', async () => {
  await write('0001_one.sql', 'create table one (id int)')
  expect((await migrate(pool, { folder })).map(({ name }) => name)).toEqual(['one'])
  await write('0002_two.sql', 'alter table one add two int; create table two (id int)')
  await write('0003_three.sql', 'drop table two')
  expect((await migrate(pool, { folder })).map(({ number }) => number)).toEqual([2, 3])
  expect(await migrate(pool, { folder })).toEqual([])
  const { rows } = await pool.query('select number, name, length(sha256) as length, applied_at from schema_migration order by number')
  expect(rows).toMatchObject([{ number: 1, name: 'one', length: 64, applied_at: expect.any(Date) }, { number: 2 }, { number: 3 }])
})

test('several processes that start at once migrate once', async () => {
  await write('0001_one.sql', 'select pg_sleep(0.05); create table one (id int)')
  const pools = [1, 2, 3, 4].map(() => createPool(database.connection, { max: 1 }))
  const applied = await Promise.all(pools.map((one) => migrate(one, { folder })))
  await Promise.all(pools.map((one) => one.end()))
  expect(applied.flat().map(({ name }) => name)).toEqual(['one'])
})

test('a migration that fails leaves nothing behind, and those before it stay', async () => {
  await write('0001_one.sql', 'create table one (id int)')
  await write('0002_two.sql', 'create table two (id int); select 1 / 0')
  await expect(migrate(pool, { folder })).rejects.toThrow('Migration 0002_two failed: division by zero')
  expect((await pool.query("select to_regclass('one') is not null as one, to_regclass('two') is not null as two")).rows).toEqual([{ one: true, two: false }])
})

describe('refuses', () => {
  test('a database that a newer release has migrated', async () => {
    await write('0001_one.sql', 'select 1')
    await write('0002_two.sql', 'select 1')
    await migrate(pool, { folder })
    await rm(join(folder, '0002_two.sql'))
    await expect(migrate(pool, { folder })).rejects.toThrow('The database is newer than this release of Genlock (it has migration 0002_two)')
  })

  test('a file that was changed after it was applied', async () => {
    await write('0001_one.sql', 'select 1')
    await migrate(pool, { folder })
    await write('0001_one.sql', 'select 2')
    await expect(migrate(pool, { folder })).rejects.toThrow('0001_one is not the file that was applied')
  })

  test('a file added below one that was applied', async () => {
    await write('0002_two.sql', 'select 1')
    await migrate(pool, { folder })
    await write('0001_one.sql', 'select 1')
    await expect(migrate(pool, { folder })).rejects.toThrow('0001_one was added below')
  })

  test('two files with one number, and a name that is none', async () => {
    await write('0001_one.sql', 'select 1')
    await write('0001_two.sql', 'select 1')
    await expect(migrate(pool, { folder })).rejects.toThrow('Two migrations have the number 0001')
    await rm(join(folder, '0001_two.sql'))
    await write('2_two.sql', 'select 1')
    await expect(migrate(pool, { folder })).rejects.toThrow('not named NNNN_name.sql')
  })
})

test('queues are there, and those of an older release get the settings of this one', async () => {
  await pool.query("update pgboss.queue set retry_limit = 1 where name = 'submit'")
  await migrate(pool, { folder })
  const { rows } = await pool.query('select name, dead_letter, retry_limit, heartbeat_seconds, policy from pgboss.queue order by name')
  expect(rows).toHaveLength(2 * QUEUE_NAMES.length)
  expect(rows.find(({ name }) => name === 'submit')).toEqual({ name: 'submit', dead_letter: 'submit_dead', retry_limit: 10, heartbeat_seconds: 10, policy: 'standard' })
})
