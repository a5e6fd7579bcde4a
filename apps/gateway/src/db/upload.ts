import type pg from 'pg'

export interface Upload {
  id: string
  accountId: string
  storageKey: string
  fileName: string
  mediaType: string
  bytes: number
  expiresAtMs: number
}

export interface StoredUpload extends Upload {
  createdAtMs: number
}

export async function insertUpload(pool: pg.Pool, upload: Upload): Promise<void> {
  await pool.query({
    name: 'insert_upload',
    text: 'insert into upload (id, account_id, storage_key, file_name, media_type, bytes, expires_at) values ($1, $2, $3, $4, $5, $6, $7)',
    values: [upload.id, upload.accountId, upload.storageKey, upload.fileName, upload.mediaType, upload.bytes, new Date(upload.expiresAtMs)],
  })
}

/** An account's own upload. */
export async function findUpload(pool: pg.Pool, accountId: string, id: string): Promise<StoredUpload | undefined> {
  const upload = await readUpload(pool, id)
  return upload?.accountId === accountId ? upload : undefined
}

/** Whoever owns it: for signed links, which prove the right to it. */
export async function readUpload(pool: pg.Pool, id: string): Promise<StoredUpload | undefined> {
  const { rows: [row] } = await pool.query<{ id: string; account_id: string; storage_key: string; file_name: string; media_type: string; bytes: bigint; created_at: Date; expires_at: Date }>({
    name: 'read_upload',
    text: 'select id, account_id, storage_key, file_name, media_type, bytes, created_at, expires_at from upload where id = $1 and expires_at > now()',
    values: [id],
  })
  return row && {
    id: row.id, accountId: row.account_id, storageKey: row.storage_key, fileName: row.file_name, mediaType: row.media_type,
    bytes: Number(row.bytes), createdAtMs: row.created_at.getTime(), expiresAtMs: row.expires_at.getTime(),
  }
}

/** Ends an account's own upload now; its file is swept with those that have expired. False when there is none. */
export async function endUpload(pool: pg.Pool, accountId: string, id: string): Promise<boolean> {
  const { rowCount } = await pool.query({ name: 'end_upload', text: 'update upload set expires_at = now() where id = $1 and account_id = $2 and expires_at > now()', values: [id, accountId] })
  return rowCount === 1
}

/** Uploads that have expired; open tasks may still need theirs, so those of the last deadline are kept. */
export async function expiredUploads(pool: pg.Pool, limit: number): Promise<{ id: string; storageKey: string }[]> {
  const { rows } = await pool.query<{ id: string; storage_key: string }>({
    name: 'expired_uploads', text: 'select id, storage_key from upload where expires_at < now() order by expires_at limit $1', values: [limit],
  })
  return rows.map((row) => ({ id: row.id, storageKey: row.storage_key }))
}

export async function deleteUploads(pool: pg.Pool, ids: readonly string[]): Promise<void> {
  await pool.query({ name: 'delete_uploads', text: 'delete from upload where id = any ($1)', values: [ids] })
}
