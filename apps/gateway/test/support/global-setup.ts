import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createPool, type DatabaseConnection, withDatabase } from '../../src/db/pool.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server of this run, and the migrated database that each test's own is copied from. */
    testServer: TestServer
  }
}

export interface TestServer {
  readonly connection: DatabaseConnection
  /** Also the beginning of every test database's name, by which they are found at the end. */
  readonly template: string
}

/** One PostgreSQL for the whole run: the server of DATABASE_URL, or an embedded one in a temporary folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env['DATABASE_URL'] ? { connection: process.env['DATABASE_URL'], stop: async () => undefined } : await startTemporary()
  const admin = createPool(server.connection, { max: 1 })
  const template = `genlock_test_${randomBytes(4).toString('hex')}`
  try {
    await createTemplate(admin, server.connection, template)
  } catch (error) {
    await tearDown()
    throw error
  }
  project.provide('testServer', { connection: server.connection, template })
  return tearDown

  async function tearDown(): Promise<void> {
    await dropDatabases(admin, template)
    await admin.end()
    await server.stop()
  }
}

async function startTemporary(): Promise<{ connection: DatabaseConnection; stop(): Promise<void> }> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'genlock-test-'))
  const postgres = await startEmbeddedPostgres({ dataFolder })
  return {
    connection: postgres.connection,
    stop: async () => {
      await postgres.stop()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}

async function createTemplate(admin: pg.Pool, connection: DatabaseConnection, template: string): Promise<void> {
  await admin.query(`create database ${template}`)
  const pool = createPool(withDatabase(connection, template), { max: 1 })
  await migrate(pool).finally(() => pool.end())
  // A template with a connection to it cannot be copied.
  await admin.query(`alter database ${template} allow_connections false`)
}

async function dropDatabases(admin: pg.Pool, prefix: string): Promise<void> {
  const { rows } = await admin.query<{ name: string }>('select datname as name from pg_database where starts_with(datname, $1)', [prefix])
  for (const { name } of rows) await admin.query(`drop database ${name} with (force)`)
}
