import type pg from 'pg'
import type { Config } from './config.ts'
import { startEmbeddedPostgres } from './db/embedded-postgres.ts'
import { createPool, type DatabaseConnection, type Log } from './db/pool.ts'

export interface Database {
  pool: pg.Pool
  connection: DatabaseConnection
  close(): Promise<void>
}

/** The configured database, or the embedded PostgreSQL of the data folder, started if no other process has. */
export async function openDatabase(config: Pick<Config, 'databaseUrl' | 'dataFolder'>, log?: Log): Promise<Database> {
  if (config.databaseUrl !== undefined) {
    const pool = createPool(config.databaseUrl, log && { log })
    return { pool, connection: config.databaseUrl, close: () => pool.end() }
  }
  const embedded = await startEmbeddedPostgres({ dataFolder: config.dataFolder, ...(log && { log }) })
  const pool = createPool(embedded.connection, log && { log })
  return {
    pool,
    connection: embedded.connection,
    close: async () => {
      await pool.end()
      await embedded.stop()
    },
  }
}
