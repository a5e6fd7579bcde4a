import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { getConstructionPlans, getMigrationPlans } from 'pg-boss'
import bossPackage from 'pg-boss/package.json' with { type: 'json' }
import { BOSS_SCHEMA, createBoss, queueDefinitions } from './queues.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sha256: string
}

export interface MigrateOptions {
  /** The folder of `NNNN_name.sql`; ours unless told. */
  readonly folder?: string
}

/**
 * Brings the database to this release: our migrations, each in one transaction, then the job engine's schema and queues.
 * Several processes may call it at once; one does the work, the others wait for it.
 *
 * @returns what this call applied, in order
 * @throws Error when PostgreSQL is too old, the database is newer than this release, or an applied file was changed
 */
export async function migrate(pool: pg.Pool, { folder = MIGRATIONS_FOLDER }: MigrateOptions = {}): Promise<Migration[]> {
  const files = await readMigrations(folder)
  const client = await pool.connect()
  try {
    await requireServerVersion(client)
    // Building an index may take longer than the statements the pool is meant for. The settings go with the connection,
    // which is closed below; so does the lock.
    await client.query(`set statement_timeout = 0; set lock_timeout = '${LOCK_TIMEOUT_MS}ms'; set client_min_messages = warning`)
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    const applied = await applyPending(client, files)
    await installJobs(client)
    return applied
  } finally {
    client.release(true)
  }
}

/** PostgreSQL 15 is the oldest release the tests run on. */
const MIN_SERVER_VERSION = 150_000
const LOCK_TIMEOUT_MS = 300_000
/** Any number, as long as nothing else in the database locks it. */
const MIGRATION_LOCK = 7_262_481_101
const MIGRATIONS_FOLDER = fileURLToPath(new URL('./migrations/', import.meta.url))

interface MigrationFile extends Migration {
  readonly sql: string
}

async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const files = await Promise.all(names.map(async (fileName) => {
    const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(fileName)
    if (!match) throw new Error(`Migration ${fileName} is not named NNNN_name.sql`)
    const sql = await readFile(`${folder}/${fileName}`, 'utf8')
    return { number: Number(match[1]), name: match[2] ?? '', sha256: createHash('sha256').update(sql).digest('hex'), sql }
  }))
  const twice = files.find((file, index) => file.number === files[index - 1]?.number)
  if (twice) throw new Error(`Two migrations have the number ${label(twice)}`)
  return files
}

async function requireServerVersion(client: pg.PoolClient): Promise<void> {
  const { rows: [row] } = await client.query("select current_setting('server_version') as words, current_setting('server_version_num')::int as number")
  if (row.number < MIN_SERVER_VERSION) throw new Error(`PostgreSQL 15 or later is needed, and this server is ${row.words}`)
}

async function applyPending(client: pg.PoolClient, files: readonly MigrationFile[]): Promise<Migration[]> {
  await client.query(`create table if not exists schema_migration (
    number integer primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())`)
  const { rows: recorded } = await client.query<Migration>('select number, name, sha256 from schema_migration order by number')
  for (const row of recorded) requireUnchanged(row, files)
  const last = recorded.at(-1)?.number ?? -1
  const pending = files.filter((file) => !recorded.some((row) => row.number === file.number))
  const late = pending.find((file) => file.number < last)
  if (late) throw new Error(`Migration ${label(late)} was added below one the database already has; give it the next number`)
  for (const file of pending) await apply(client, file)
  return pending.map(({ number, name, sha256 }) => ({ number, name, sha256 }))
}

function requireUnchanged(row: Migration, files: readonly MigrationFile[]): void {
  const file = files.find(({ number }) => number === row.number)
  if (!file) {
    throw new Error(`The database is newer than this release of Genlock (it has migration ${label(row)}): start the newer release, or restore a backup made before it`)
  }
  if (file.sha256 !== row.sha256) {
    throw new Error(`Migration ${label(row)} is not the file that was applied to this database: migrations are never edited, add another`)
  }
}

async function apply(client: pg.PoolClient, file: MigrationFile): Promise<void> {
  try {
    await client.query('begin')
    await client.query(file.sql)
    await client.query('insert into schema_migration (number, name, sha256) values ($1, $2, $3)', [file.number, file.name, file.sha256])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new Error(`Migration ${label(file)} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** Installs or upgrades pg-boss by the SQL it exports, on this very connection, so that it is under our lock and without a time limit. */
async function installJobs(client: pg.PoolClient): Promise<void> {
  const { rows: [found] } = await client.query('select to_regclass($1) is not null as installed', [`${BOSS_SCHEMA}.version`])
  if (!found.installed) {
    await client.query(getConstructionPlans(BOSS_SCHEMA))
  } else {
    const { rows: [row] } = await client.query<{ version: number }>(`select version from ${BOSS_SCHEMA}.version`)
    if (row && row.version < bossPackage.pgboss.schema) await client.query(getMigrationPlans(BOSS_SCHEMA, row.version))
  }
  // Never started: it is only asked to write down its queues.
  const boss = createBoss(client, { supervise: false })
  for (const { name, policy, ...options } of queueDefinitions()) {
    await boss.createQueue(name, { ...options, ...(policy === undefined ? {} : { policy }) })
    // For a queue that an older release made.
    await boss.updateQueue(name, options)
  }
}

function label({ number, name }: Migration): string {
  return `${String(number).padStart(4, '0')}_${name}`
}
