import type pg from 'pg'

/** An operator's account at a provider, with its credential still sealed. */
export interface ChannelRow {
  id: string
  provider: string
  baseUrl?: string
  /** Public model name → the upstream's. */
  models: Record<string, string>
  groups?: string[]
  priority: number
  weight: number
  maxConcurrency?: number
  maxRequestsPerMinute?: number
  blockedReason?: string
  credentialId: string
}

/** Channels that may be given work, by falling priority. */
export async function readChannels(pool: pg.Pool): Promise<ChannelRow[]> {
  const { rows } = await pool.query<{
    id: string; provider: string; base_url: string | null; models: Record<string, string>; groups: string[] | null; priority: number; weight: number
    max_concurrency: number | null; max_requests_per_minute: number | null; blocked_reason: string | null; credential_id: string
  }>({
    name: 'read_channels',
    text: `select c.id, c.provider, c.base_url, c.models, c.groups, c.priority, c.weight, c.max_concurrency, c.max_requests_per_minute, c.blocked_reason, k.id as credential_id
      from channel c join channel_credential k on k.channel_id = c.id and k.retired_at is null
      where c.enabled order by c.priority desc, c.id`,
  })
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    models: row.models,
    priority: row.priority,
    weight: row.weight,
    credentialId: row.credential_id,
    ...(row.base_url === null ? {} : { baseUrl: row.base_url }),
    ...(row.groups === null ? {} : { groups: row.groups }),
    ...(row.max_concurrency === null ? {} : { maxConcurrency: row.max_concurrency }),
    ...(row.max_requests_per_minute === null ? {} : { maxRequestsPerMinute: row.max_requests_per_minute }),
    ...(row.blocked_reason === null ? {} : { blockedReason: row.blocked_reason }),
  }))
}

/** Where and as whom a task was submitted. */
export async function readCredential(pool: pg.Pool, credentialId: string): Promise<{ channelId: string; provider: string; baseUrl?: string; sealed: Buffer } | undefined> {
  const { rows: [row] } = await pool.query<{ channel_id: string; provider: string; base_url: string | null; sealed: Buffer }>({
    name: 'read_credential',
    text: 'select channel_id, provider, base_url, sealed from channel_credential where id = $1',
    values: [credentialId],
  })
  return row && { channelId: row.channel_id, provider: row.provider, sealed: row.sealed, ...(row.base_url === null ? {} : { baseUrl: row.base_url }) }
}

export interface ChannelToSync extends Omit<ChannelRow, 'blockedReason' | 'credentialId'> {
  credential: { id: string; sealed: Buffer; fingerprint: Buffer }
}

/**
 * Makes the channels that the configuration file manages exactly these. One that is gone from the file is disabled,
 * not deleted: its tasks in flight are still checked. A changed credential or address retires the old one. A blocked channel is
 * tried again: a restart is somebody acting.
 */
export async function syncConfiguredChannels(client: pg.ClientBase, channels: readonly ChannelToSync[]): Promise<void> {
  // One process at a time, until the commit.
  await client.query(`select pg_advisory_xact_lock(hashtextextended('sync_configured_channels', 0))`)
  await client.query(`update channel set enabled = false, updated_at = now() where managed_by = 'config' and enabled and id <> all ($1)`, [channels.map(({ id }) => id)])
  for (const channel of channels) {
    await client.query(
      `insert into channel (id, provider, base_url, models, groups, priority, weight, max_concurrency, max_requests_per_minute, managed_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'config')
        on conflict (id) do update set provider = excluded.provider, base_url = excluded.base_url, models = excluded.models, groups = excluded.groups,
          priority = excluded.priority, weight = excluded.weight, max_concurrency = excluded.max_concurrency,
          max_requests_per_minute = excluded.max_requests_per_minute, managed_by = 'config', enabled = true, blocked_reason = null, updated_at = now()`,
      [channel.id, channel.provider, channel.baseUrl ?? null, JSON.stringify(channel.models), channel.groups ?? null, channel.priority, channel.weight,
        channel.maxConcurrency ?? null, channel.maxRequestsPerMinute ?? null],
    )
    const { rows: [current] } = await client.query<{ fingerprint: Buffer }>('select fingerprint from channel_credential where channel_id = $1 and retired_at is null', [channel.id])
    if (current && current.fingerprint.equals(channel.credential.fingerprint)) continue
    await client.query('update channel_credential set retired_at = now() where channel_id = $1 and retired_at is null', [channel.id])
    await client.query('insert into channel_credential (id, channel_id, provider, base_url, sealed, fingerprint) values ($1, $2, $3, $4, $5, $6)',
      [channel.credential.id, channel.id, channel.provider, channel.baseUrl ?? null, channel.credential.sealed, channel.credential.fingerprint])
  }
}

/** Stops all submissions to a channel until somebody acts. */
export async function blockChannel(pool: pg.Pool, id: string, reason: string): Promise<void> {
  await pool.query('update channel set blocked_reason = $2, updated_at = now() where id = $1 and blocked_reason is null', [id, reason])
}

/** How many submissions a limited channel would take now; channels without limits are left out. */
export async function freePlaces(pool: pg.Pool, channelIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; free: number }>({
    name: 'free_places',
    // The lesser of the two; `least` passes over the one that is not set.
    text: `select c.id, least(
        c.max_concurrency - (select count(*) from attempt a where a.channel_id = c.id and a.ended_at is null),
        c.max_requests_per_minute - (select count(*) from attempt a where a.channel_id = c.id and a.started_at > now() - interval '1 minute')
      )::integer as free
      from channel c where c.id = any ($1) and (c.max_concurrency is not null or c.max_requests_per_minute is not null)`,
    values: [channelIds],
  })
  return new Map(rows.map(({ id, free }) => [id, free]))
}
