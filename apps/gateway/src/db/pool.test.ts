import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { connectionUrl, createPool, inTransaction, withDatabase } from './pool.ts'

let database: TestDatabase
let pool: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  pool = database.pool
  await pool.query('create table note (id bigint primary key, at timestamptz not null default now())')
})

afterAll(() => database.drop())

test('bigint columns and arrays of them are exact, times are dates', async () => {
  const { rows: [row] } = await pool.query("select 9007199254740993::bigint as big, array[9007199254740993, null]::bigint[] as bigs, '2026-01-02T03:04:05Z'::timestamptz as at, count(*) as none from note")
  expect(row).toEqual({ big: 9007199254740993n, bigs: [9007199254740993n, null], at: new Date('2026-01-02T03:04:05Z'), none: 0n })
})

test('the parsers of other users of the driver stay as they are', async () => {
  const { types } = await import('pg')
  expect(types.getTypeParser(types.builtins.INT8)('1')).toBe('1')
})

test('connections say who they are and how long a statement may take', async () => {
  const { rows: [row] } = await pool.query("select current_setting('application_name') as name, current_setting('statement_timeout') as timeout")
  expect(row).toEqual({ name: 'genlock', timeout: '30s' })
})

test('an idle connection that the server closes is replaced, not fatal', async () => {
  const warnings: string[] = []
  const log = { info: () => undefined, error: () => undefined, warn: (_: object, message: string) => { warnings.push(message) } }
  const other = createPool(database.connection, { max: 1, log })
  const { rows: [row] } = await other.query('select pg_backend_pid() as pid')
  await pool.query('select pg_terminate_backend($1, 5000)', [row.pid])
  await expect.poll(() => warnings).toEqual(['An idle database connection was lost'])
  expect((await other.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  await other.end()
})

test('a transaction is kept when its function resolves and undone when it throws', async () => {
  await expect(inTransaction(pool, async (client) => {
    await client.query('insert into note values (1)')
    throw new Error('changed my mind')
  })).rejects.toThrow('changed my mind')
  expect(await inTransaction(pool, async (client) => (await client.query('insert into note values (2)')).rowCount)).toBe(1)
  expect((await pool.query('select id from note')).rows).toEqual([{ id: 2n }])
})

test('a transaction whose failed statement was swallowed does not pass for kept', async () => {
  await expect(inTransaction(pool, async (client) => {
    await client.query('insert into note values (3)')
    await client.query('insert into note values (3)').catch(() => undefined)
  })).rejects.toThrow('rolled back')
  expect((await pool.query('select id from note where id = 3')).rows).toEqual([])
})

test('a connection that dies inside a transaction is thrown away', async () => {
  await expect(inTransaction(pool, (client) => client.query('select pg_terminate_backend(pg_backend_pid())'))).rejects.toThrow()
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('the address of a socket leads to the same database', async () => {
  const other = createPool(connectionUrl(database.connection), { max: 1 })
  const name = 'select current_database() as name'
  expect((await other.query(name)).rows).toEqual((await pool.query(name)).rows)
  await other.end()
})

test('another database of the same server keeps user, password and options', () => {
  expect(withDatabase('postgresql://me:p%40ss@db.example:6432/one?sslmode=require', 'two')).toBe('postgresql://me:p%40ss@db.example:6432/two?sslmode=require')
  expect(withDatabase('postgresql://me@/one?host=/run/postgresql', 'two')).toBe('postgresql://me@/two?host=/run/postgresql')
  expect(withDatabase('postgresql://db.example', 'two')).toBe('postgresql://db.example/two')
  expect(withDatabase({ host: '/s', port: 5432, user: 'u', database: 'one' }, 'two')).toEqual({ host: '/s', port: 5432, user: 'u', database: 'two' })
})
