import type pg from 'pg'
import type { Config } from '../config.ts'
import { openDatabase } from '../database.ts'
import { migrate } from '../db/migrate.ts'
import { CommandError } from './command-error.ts'

/** Runs a command on the live database: beside a running gateway, or alone. */
export async function withDatabase<T>(config: Config, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const database = await openDatabase(config)
  try {
    await migrate(database.pool)
    return await work(database.pool)
  } finally {
    await database.close()
  }
}

/** The account that a command means: the one named, or the only one there is. @throws CommandError that lists them otherwise. */
export async function chooseAccount(pool: pg.Pool, named: string | undefined): Promise<string> {
  const { rows } = await pool.query<{ id: string; name: string }>('select id, name from account order by created_at')
  if (named !== undefined) {
    if (rows.some(({ id }) => id === named)) return named
    throw new CommandError(`there is no account ${named}`)
  }
  if (rows.length === 1) return rows[0]!.id
  throw new CommandError(rows.length === 0 ? 'there is no account yet: start the gateway once' : `say which account with --account: ${rows.map(({ id, name }) => `${id} (${name})`).join(', ')}`)
}
