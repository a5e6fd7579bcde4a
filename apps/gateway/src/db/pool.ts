import { type ClientConfig, type CustomTypesConfig, Pool, type PoolClient, TypeOverrides, types } from 'pg'

/** Where a PostgreSQL is: a `postgresql://` address, or its parts (a host that begins with `/` is the folder of its Unix socket). */
export type DatabaseConnection = string | DatabaseParts

export interface DatabaseParts {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password?: string
}

/** What the database code says aloud; a pino logger is one. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface PoolOptions {
  /** Connections at most; 16 was the knee for one process in our measurements. */
  readonly max?: number
  readonly log?: Log
}

/**
 * Opens connections as they are needed. `bigint` columns (and `count(*)`, `sum(int)`) come as JavaScript's `bigint`,
 * `timestamptz` as `Date`. A connection that dies while idle is logged and replaced.
 */
export function createPool(connection: DatabaseConnection, { max = 16, log }: PoolOptions = {}): Pool {
  const pool = new Pool({
    ...clientConfig(connection),
    max,
    application_name: 'genlock',
    statement_timeout: STATEMENT_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: columnTypes(),
  })
  // Without listeners Node ends the process when the server closes a connection (a restart, a failover): the pool listens
  // only to idle ones, and passes that on. Who uses the connection at that moment gets the error from its statement.
  pool.on('error', (error) => log?.warn({ err: error }, 'An idle database connection was lost'))
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** Runs `fn` in one transaction: committed when it resolves, rolled back when it throws. */
export async function inTransaction<T>(pool: Pool, fn: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await fn(client)
    // PostgreSQL answers COMMIT with ROLLBACK when a statement failed and its error was swallowed: nothing was kept.
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back: one of its statements failed unnoticed')
    return result
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => { broken = cause })
    throw error
  } finally {
    client.release(broken)
  }
}

/** The same connection with another database. */
export function withDatabase(connection: DatabaseConnection, database: string): DatabaseConnection {
  if (typeof connection !== 'string') return { ...connection, database }
  // Not by URL, which refuses what libpq and `pg` take: `postgresql://user@/database?host=/folder`.
  return connection.replace(/^(\w+:\/\/[^/?#]*)(\/[^?#]*)?/, (_, server: string) => `${server}/${encodeURIComponent(database)}`)
}

/** The address of a connection, for `DATABASE_URL` and for psql. */
export function connectionUrl(connection: DatabaseConnection): string {
  if (typeof connection === 'string') return connection
  const { host, port, user, password, database } = connection
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`
  // The host before the path is there for programs that want one; the parameter wins.
  return `postgresql://${encodeURIComponent(user)}${secret}@localhost/${encodeURIComponent(database)}?host=${encodeURIComponent(host)}&port=${port}`
}

/** What `pg` takes, for a single client as well. */
export function clientConfig(connection: DatabaseConnection): ClientConfig {
  if (typeof connection === 'string') return { connectionString: connection }
  // Said explicitly, because `pg` would take it from PGSSLMODE: there is no TLS on a Unix socket.
  return { ...connection, ssl: false }
}

const STATEMENT_TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000

/** Parsers of our own pools: the global ones stay as they are for other users of `pg` in this process. */
function columnTypes(): CustomTypesConfig {
  const overrides = new TypeOverrides()
  const parseTextArray = types.getTypeParser(TEXT_ARRAY_OID as number, 'text') as (text: string) => (string | null)[]
  overrides.setTypeParser(types.builtins.INT8, (text: string) => BigInt(text))
  overrides.setTypeParser(INT8_ARRAY_OID, (text: string) => parseTextArray(text).map((item) => item === null ? null : BigInt(item)))
  return overrides
}

// From PostgreSQL's pg_type.dat.
const INT8_ARRAY_OID = 1016
const TEXT_ARRAY_OID = 1009
