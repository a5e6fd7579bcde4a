import type pg from 'pg'
import type { Micros } from '../core/micros.ts'

/** Opens an account that can hold credits, with none. */
export async function openAccount(client: pg.ClientBase, account: { id: string; name: string }): Promise<void> {
  await client.query('insert into account (id, name) values ($1, $2)', [account.id, account.name])
  await client.query('insert into ledger_account (id) values ($1)', [`customer:${account.id}`])
}

/** Gives an account credits. `note` says why; it stands in the statement. @throws Error when there is no such account. */
export async function grantCredits(client: pg.ClientBase | pg.Pool, grant: { accountId: string; micros: Micros; note: string }): Promise<void> {
  const { rowCount } = await client.query(
    `select post('grant', a.id, null, $3, jsonb_build_array(jsonb_build_array('funding', 'customer:' || a.id, $2::bigint))) from account a where a.id = $1`,
    [grant.accountId, grant.micros, grant.note],
  )
  if (rowCount === 0) throw new Error(`there is no account ${grant.accountId}`)
}

/** Opens the budget of a key, inside the transaction that creates the key. Holds of its tasks count against it. */
export async function openBudget(client: pg.ClientBase, budget: { keyId: string; accountId: string; micros: Micros }): Promise<void> {
  await client.query('insert into ledger_account (id) values ($1)', [`budget:${budget.keyId}`])
  await client.query(
    `select post('budget', $1, null, 'budget of ' || $2, jsonb_build_array(jsonb_build_array('budget_limit:' || $2, 'budget:' || $2, $3::bigint)))`,
    [budget.accountId, budget.keyId, budget.micros],
  )
}

/** What an account may spend now. */
export async function readBalance(pool: pg.Pool, accountId: string): Promise<Micros | undefined> {
  const { rows: [row] } = await pool.query<{ balance_micros: bigint }>({ name: 'read_balance', text: 'select balance_micros from ledger_account where id = $1', values: [`customer:${accountId}`] })
  return row?.balance_micros
}
