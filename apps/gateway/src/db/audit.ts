import type pg from 'pg'

/** Something that an operator did. */
export interface AuditEntry {
  actor: string
  action: string
  channelId?: string
  /** As the admin API shows it; credentials are never in it. */
  before?: unknown
  after?: unknown
}

export interface AuditRow extends AuditEntry {
  id: bigint
  atMs: number
}

/** In the transaction of what it tells of. */
export async function appendAudit(client: pg.Pool | pg.ClientBase, { actor, action, channelId, before, after }: AuditEntry): Promise<void> {
  await client.query('insert into admin_audit (actor, action, channel_id, before, after) values ($1, $2, $3, $4, $5)',
    [actor, action, channelId ?? null, before === undefined ? null : JSON.stringify(before), after === undefined ? null : JSON.stringify(after)])
}

/** Newest first; those before the entry `before`, of one channel or of all. */
export async function readAudit(pool: pg.Pool, { channelId, before, limit }: { channelId?: string | undefined; before?: bigint | undefined; limit: number }): Promise<AuditRow[]> {
  const { rows } = await pool.query<{ id: bigint; at: Date; actor: string; action: string; channel_id: string | null; before: unknown; after: unknown }>({
    name: 'read_audit',
    text: 'select id, at, actor, action, channel_id, before, after from admin_audit where ($1::text is null or channel_id = $1) and ($2::bigint is null or id < $2) order by id desc limit $3',
    values: [channelId ?? null, before ?? null, limit],
  })
  return rows.map((row) => ({
    id: row.id, atMs: row.at.getTime(), actor: row.actor, action: row.action,
    ...(row.channel_id === null ? {} : { channelId: row.channel_id }), ...(row.before === null ? {} : { before: row.before }), ...(row.after === null ? {} : { after: row.after }),
  }))
}
