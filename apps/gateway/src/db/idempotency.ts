import type pg from 'pg'

/** Deletes records that are older than `days`: their keys may be used again. */
export async function forgetIdempotency(pool: pg.Pool, days: number): Promise<void> {
  await pool.query({ name: 'forget_idempotency', text: `delete from idempotency where created_at < now() - $1 * interval '1 day'`, values: [days] })
}
