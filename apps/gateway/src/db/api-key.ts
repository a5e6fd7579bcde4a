import type pg from 'pg'

/** A key as admission needs it. */
export interface ApiKey {
  id: string
  accountId: string
  groupName: string
  /** Public model names it may call; absent means all of its group's. */
  models?: string[]
  hasBudget: boolean
  priceMultiplierPpm: number
  expiresAtMs?: number
}

/** The key with this hash, if it may be used at all: not revoked, its account active. Expiry is the caller's to check. */
export async function findKeyByHash(pool: pg.Pool, secretHash: Buffer): Promise<ApiKey | undefined> {
  const { rows: [row] } = await pool.query<KeyRow>({
    name: 'find_key_by_hash',
    text: `select k.id, k.account_id, k.group_name, k.models, k.has_budget, k.expires_at, g.price_multiplier_ppm
      from api_key k join account a on a.id = k.account_id join key_group g on g.name = k.group_name
      where k.secret_hash = $1 and k.revoked_at is null and a.status = 'active'`,
    values: [secretHash],
  })
  return row && {
    id: row.id,
    accountId: row.account_id,
    groupName: row.group_name,
    hasBudget: row.has_budget,
    priceMultiplierPpm: row.price_multiplier_ppm,
    ...(row.models === null ? {} : { models: row.models }),
    ...(row.expires_at === null ? {} : { expiresAtMs: row.expires_at.getTime() }),
  }
}

export interface NewKey {
  id: string
  accountId: string
  name: string
  secretHash: Buffer
  prefix: string
  groupName: string
  models?: string[]
  hasBudget: boolean
  expiresAt?: Date
}

/** Writes the key, and its group when it is a new one. */
export async function insertKey(client: pg.ClientBase, key: NewKey): Promise<void> {
  await client.query('insert into key_group (name) values ($1) on conflict do nothing', [key.groupName])
  await client.query(
    `insert into api_key (id, account_id, name, secret_hash, prefix, group_name, models, has_budget, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [key.id, key.accountId, key.name, key.secretHash, key.prefix, key.groupName, key.models ?? null, key.hasBudget, key.expiresAt ?? null],
  )
}

/** False when there is no such key, or it was revoked before. */
export async function revokeKey(pool: pg.Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query('update api_key set revoked_at = now() where id = $1 and revoked_at is null', [id])
  return rowCount === 1
}

export interface KeyListing {
  id: string
  account_id: string
  name: string
  prefix: string
  group_name: string
  models: string[] | null
  budget_left_micros: bigint | null
  expires_at: Date | null
  revoked_at: Date | null
  created_at: Date
}

export async function listKeys(pool: pg.Pool): Promise<KeyListing[]> {
  const { rows } = await pool.query<KeyListing>(
    `select k.id, k.account_id, k.name, k.prefix, k.group_name, k.models, b.balance_micros as budget_left_micros, k.expires_at, k.revoked_at, k.created_at
      from api_key k left join ledger_account b on b.id = 'budget:' || k.id order by k.created_at, k.id`,
  )
  return rows
}

interface KeyRow {
  id: string
  account_id: string
  group_name: string
  models: string[] | null
  has_budget: boolean
  expires_at: Date | null
  price_multiplier_ppm: number
}
