import type pg from 'pg'
import type { ChannelDefinition } from '../core/channel-definition.ts'
import type { CostCard } from '../core/cost-card.ts'

/** An operator's account at a provider, without its secrets. */
export interface ChannelRow {
  id: string
  name: string
  provider: string
  baseUrl?: string
  /** As the operator wrote it; the provider's schema parses it. */
  settings: Record<string, unknown>
  /** As the operator wrote them; absent: all that the provider can make. */
  models?: NonNullable<ChannelDefinition['models']>
  groups?: string[]
  priority: number
  weight: number
  maxConcurrency?: number
  maxRequestsPerMinute?: number
  costCard?: CostCard
  enabled: boolean
  draining: boolean
  managedBy: 'config' | 'admin'
  /** No credential of it is left that is not blocked. */
  blockedReason?: string
  /** Until when some process's breaker is open. */
  restingUntilMs?: number
  createdAtMs: number
  updatedAtMs: number
  /** Those in use, oldest first. */
  credentials: CredentialRow[]
}

export interface CredentialRow {
  id: string
  label: string
  /** The first one that it stands in for, or itself. */
  lineage: string
  maxConcurrency?: number
  blockedReason?: string
  /** Of what it is and where it leads, under the server's secret. */
  fingerprint: Buffer
  createdAtMs: number
  retiredAtMs?: number
}

/** Every channel that was not deleted, by falling priority. */
export async function readChannels(pool: pg.Pool | pg.ClientBase): Promise<ChannelRow[]> {
  const { rows } = await pool.query<ChannelColumns>({ name: 'read_channels', text: `${SELECT_CHANNELS} where c.deleted_at is null group by c.id order by c.priority desc, c.id` })
  return rows.map(toChannel)
}

/** Whether there was ever a channel, deleted ones too. */
export async function hadChannels(pool: pg.Pool | pg.ClientBase): Promise<boolean> {
  const { rows: [row] } = await pool.query<{ any: boolean }>({ name: 'had_channels', text: 'select exists (select from channel) as any' })
  return row!.any
}

/** One channel, deleted ones too. */
export async function readChannel(pool: pg.Pool | pg.ClientBase, id: string): Promise<(ChannelRow & { deleted: boolean }) | undefined> {
  const { rows: [row] } = await pool.query<ChannelColumns & { deleted: boolean }>({ name: 'read_channel', text: `${SELECT_CHANNELS} where c.id = $1 group by c.id`, values: [id] })
  return row && { ...toChannel(row), deleted: row.deleted }
}

/** Where and as whom a task was submitted. `sealed` is empty when the channel was deleted since. */
export async function readCredential(pool: pg.Pool | pg.ClientBase, credentialId: string): Promise<{ channelId: string; provider: string; baseUrl?: string; sealed: Buffer; lineage: string } | undefined> {
  const { rows: [row] } = await pool.query<{ channel_id: string; provider: string; base_url: string | null; sealed: Buffer; lineage: string }>({
    name: 'read_credential',
    text: 'select channel_id, provider, base_url, sealed, lineage from channel_credential where id = $1',
    values: [credentialId],
  })
  return row && { channelId: row.channel_id, provider: row.provider, sealed: row.sealed, lineage: row.lineage, ...(row.base_url === null ? {} : { baseUrl: row.base_url }) }
}

/** A channel as it is to be, checked against its provider. */
export type ChannelToStore = Pick<ChannelRow, 'id' | 'name' | 'provider' | 'baseUrl' | 'settings' | 'models' | 'groups' | 'priority' | 'weight' | 'maxConcurrency' | 'maxRequestsPerMinute' | 'costCard'>

export interface CredentialToStore {
  id: string
  label: string
  maxConcurrency?: number
  sealed: Buffer
  fingerprint: Buffer
}

/**
 * Makes the channels that the configuration file manages exactly these. One that is gone from the file is given nothing
 * more; its tasks in flight are still checked. A changed credential or address retires the old one. A blocked channel is
 * tried again: a restart is somebody acting. Whether it is enabled or drained stays as it was.
 *
 * @returns the id of one that is managed through the admin API, or was and is deleted: then nothing may be written
 */
export async function syncConfiguredChannels(client: pg.ClientBase, channels: readonly (ChannelToStore & { credentials: CredentialToStore[] })[]): Promise<string | undefined> {
  // One process at a time, until the commit.
  await client.query(`select pg_advisory_xact_lock(hashtextextended('sync_configured_channels', 0))`)
  const ids = channels.map(({ id }) => id)
  const { rows: [taken] } = await client.query<{ id: string }>(`select id from channel where managed_by = 'admin' and id = any ($1) order by id limit 1`, [ids])
  if (taken) return taken.id
  await client.query(`update channel set deleted_at = now(), updated_at = now() where managed_by = 'config' and deleted_at is null and id <> all ($1)`, [ids])
  for (const { credentials, ...channel } of channels) {
    await writeChannel(client, channel, 'config')
    await client.query('update channel set blocked_reason = null where id = $1', [channel.id])
    await client.query('update channel_credential set blocked_reason = null where channel_id = $1 and retired_at is null', [channel.id])
    await client.query('update channel_credential set retired_at = now() where channel_id = $1 and retired_at is null and label <> all ($2)', [channel.id, credentials.map(({ label }) => label)])
    for (const credential of credentials) await putCredential(client, channel, credential)
  }
  return undefined
}

/** Adds a channel, or makes the one with this id the same; its credentials apart. */
export async function writeChannel(client: pg.ClientBase, channel: ChannelToStore, managedBy: 'config' | 'admin'): Promise<void> {
  await client.query(
    `insert into channel (id, name, provider, base_url, settings, models, groups, priority, weight, max_concurrency, max_requests_per_minute, cost_card, managed_by)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
      on conflict (id) do update set name = excluded.name, provider = excluded.provider, base_url = excluded.base_url, settings = excluded.settings,
        models = excluded.models, groups = excluded.groups, priority = excluded.priority, weight = excluded.weight, max_concurrency = excluded.max_concurrency,
        max_requests_per_minute = excluded.max_requests_per_minute, cost_card = excluded.cost_card, deleted_at = null, updated_at = now()`,
    [channel.id, channel.name, channel.provider, channel.baseUrl ?? null, JSON.stringify(channel.settings), channel.models === undefined ? null : JSON.stringify(channel.models), channel.groups ?? null,
      channel.priority, channel.weight, channel.maxConcurrency ?? null, channel.maxRequestsPerMinute ?? null, channel.costCard === undefined ? null : JSON.stringify(channel.costCard), managedBy],
  )
}

/**
 * Makes this the credential of its label. One that says the same stays, with its new limit; another one is retired, and
 * this one stands in for it: tasks in flight are still checked with the old one.
 */
export async function putCredential(client: pg.ClientBase, channel: Pick<ChannelToStore, 'id' | 'provider' | 'baseUrl'>, credential: CredentialToStore): Promise<void> {
  const { rows: [current] } = await client.query<{ id: string; fingerprint: Buffer; lineage: string; provider: string }>(
    'select id, fingerprint, lineage, provider from channel_credential where channel_id = $1 and label = $2 and retired_at is null', [channel.id, credential.label])
  if (current?.fingerprint.equals(credential.fingerprint)) {
    await client.query('update channel_credential set max_concurrency = $2 where id = $1', [current.id, credential.maxConcurrency ?? null])
    return
  }
  if (current) await client.query('update channel_credential set retired_at = now() where id = $1', [current.id])
  await client.query(
    // The clock and not the transaction's time: those that come together stay in their order.
    'insert into channel_credential (id, channel_id, provider, base_url, label, lineage, max_concurrency, sealed, fingerprint, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp())',
    [credential.id, channel.id, channel.provider, channel.baseUrl ?? null, credential.label, current?.provider === channel.provider ? current.lineage : credential.id,
      credential.maxConcurrency ?? null, credential.sealed, credential.fingerprint])
}

/** Holds the channel until the commit. What it was; undefined when there is none, or it was deleted. */
export async function lockChannel(client: pg.ClientBase, id: string): Promise<ChannelRow | undefined> {
  await client.query('select from channel where id = $1 for update', [id])
  const row = await readChannel(client, id)
  return row === undefined || row.deleted ? undefined : row
}

/** Whether it takes anything new. */
export async function setChannelSwitches(client: pg.ClientBase, id: string, { enabled, draining }: { enabled?: boolean; draining?: boolean }): Promise<void> {
  await client.query('update channel set enabled = coalesce($2, enabled), draining = coalesce($3, draining), updated_at = now() where id = $1', [id, enabled ?? null, draining ?? null])
}

/** Somebody has mended it: the channel and its credentials in use are tried again. */
export async function unblockChannel(client: pg.ClientBase, id: string): Promise<void> {
  await client.query('update channel set blocked_reason = null, resting_until = null, updated_at = now() where id = $1', [id])
  await client.query('update channel_credential set blocked_reason = null where channel_id = $1 and retired_at is null', [id])
}

/** It has a credential again that is not blocked. */
export async function clearChannelBlock(client: pg.ClientBase, id: string): Promise<void> {
  await client.query('update channel set blocked_reason = null, updated_at = now() where id = $1', [id])
}

/** Nothing new is sent with it; what it has submitted is still checked with it. */
export async function retireCredential(client: pg.ClientBase, credentialId: string): Promise<void> {
  await client.query('update channel_credential set retired_at = now() where id = $1 and retired_at is null', [credentialId])
}

export async function setCredentialConcurrency(client: pg.ClientBase, credentialId: string, maxConcurrency: number | undefined): Promise<void> {
  await client.query('update channel_credential set max_concurrency = $2 where id = $1', [credentialId, maxConcurrency ?? null])
}

/** The row stays for the books; its credentials are retired with it. */
export async function deleteChannel(client: pg.ClientBase, id: string): Promise<void> {
  await client.query('update channel set deleted_at = now(), updated_at = now() where id = $1', [id])
  await client.query('update channel_credential set retired_at = now() where channel_id = $1 and retired_at is null', [id])
}

/** Tasks that still need the channel: with an attempt that has not ended, or a result that is still to be fetched. */
export async function inFlight(client: pg.Pool | pg.ClientBase, channelIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; tasks: bigint }>({
    name: 'channels_in_flight',
    text: `select a.channel_id as id, count(distinct a.task_id) as tasks from attempt a
      where a.channel_id = any ($1) and (a.ended_at is null
        or (a.outcome = 'accepted' and a.started_at > now() - interval '8 days' and exists (select from task t where t.id = a.task_id and t.state = 'archiving')))
      group by a.channel_id`,
    values: [channelIds],
  })
  return new Map(rows.map(({ id, tasks }) => [id, Number(tasks)]))
}

/** Attempts that have not ended, by credential. */
export async function openAttempts(pool: pg.Pool, credentialIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; open: bigint }>({
    name: 'open_attempts',
    text: 'select credential_id as id, count(*) as open from attempt where credential_id = any ($1) and ended_at is null group by credential_id',
    values: [credentialIds],
  })
  return new Map(rows.map(({ id, open }) => [id, Number(open)]))
}

/** Every credential that a channel has or had, without what it is. */
export async function credentialHistory(pool: pg.Pool, channelId: string): Promise<CredentialRow[]> {
  const { rows } = await pool.query<{ id: string; label: string; lineage: string; max_concurrency: number | null; blocked_reason: string | null; fingerprint: Buffer; created_at: Date; retired_at: Date | null }>({
    name: 'credential_history',
    text: 'select id, label, lineage, max_concurrency, blocked_reason, fingerprint, created_at, retired_at from channel_credential where channel_id = $1 order by retired_at desc nulls first, created_at, id limit 200',
    values: [channelId],
  })
  return rows.map((row) => ({
    id: row.id, label: row.label, lineage: row.lineage, fingerprint: row.fingerprint, createdAtMs: row.created_at.getTime(),
    ...(row.max_concurrency === null ? {} : { maxConcurrency: row.max_concurrency }),
    ...(row.blocked_reason === null ? {} : { blockedReason: row.blocked_reason }),
    ...(row.retired_at === null ? {} : { retiredAtMs: row.retired_at.getTime() }),
  }))
}

/** How a channel did of late. */
export interface ChannelRecord {
  submitted: number
  accepted: number
  refused: number
  lost: number
  /** Tasks that it ended well, and how long those took from submission to the upstream's end. */
  succeeded: number
  p50Seconds?: number
  p95Seconds?: number
}

/** Of the last hour. */
export async function channelRecords(pool: pg.Pool, channelIds: readonly string[]): Promise<Map<string, ChannelRecord>> {
  const { rows } = await pool.query<{ id: string; submitted: bigint; accepted: bigint; refused: bigint; lost: bigint; succeeded: bigint; p50: number | null; p95: number | null }>({
    name: 'channel_records',
    text: `select a.channel_id as id, count(*) as submitted, count(*) filter (where a.outcome = 'accepted') as accepted, count(*) filter (where a.outcome = 'refused') as refused,
        count(*) filter (where a.outcome = 'lost') as lost, count(*) filter (where t.state = 'succeeded' and a.outcome = 'accepted') as succeeded,
        percentile_cont(0.5) within group (order by extract(epoch from a.ended_at - a.started_at)::float8) filter (where t.state = 'succeeded' and a.outcome = 'accepted') as p50,
        percentile_cont(0.95) within group (order by extract(epoch from a.ended_at - a.started_at)::float8) filter (where t.state = 'succeeded' and a.outcome = 'accepted') as p95
      from attempt a join task t on t.id = a.task_id
      where a.channel_id = any ($1) and a.started_at > now() - interval '1 hour' group by a.channel_id`,
    values: [channelIds],
  })
  return new Map(rows.map((row) => [row.id, {
    submitted: Number(row.submitted), accepted: Number(row.accepted), refused: Number(row.refused), lost: Number(row.lost), succeeded: Number(row.succeeded),
    ...(row.p50 === null ? {} : { p50Seconds: row.p50 }), ...(row.p95 === null ? {} : { p95Seconds: row.p95 }),
  }]))
}

/** Forgets the secrets of credentials that were retired long enough ago for nothing to need them; how many. */
export async function eraseRetired(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'erase_retired',
    // A task lives at most seven days; what a deleted channel had was through before.
    text: `update channel_credential k set sealed = '' from channel c
      where c.id = k.channel_id and k.sealed <> '' and k.retired_at < now() - case when c.deleted_at is null then interval '8 days' else interval '1 hour' end
        and not exists (select from attempt a where a.credential_id = k.id and a.ended_at is null)`,
  })
  return rowCount ?? 0
}

/** The upstream refused a credential: nothing more is sent with it until somebody acts. True when the channel has no other left, and is blocked with it. */
export async function blockCredential(pool: pg.Pool, { channelId, credentialId, reason }: { channelId: string; credentialId: string; reason: string }): Promise<boolean> {
  await pool.query('update channel_credential set blocked_reason = $2 where id = $1 and blocked_reason is null', [credentialId, reason])
  const { rowCount } = await pool.query(
    `update channel set blocked_reason = $2, updated_at = now() where id = $1 and blocked_reason is null
      and not exists (select from channel_credential k where k.channel_id = $1 and k.retired_at is null and k.blocked_reason is null)`, [channelId, reason])
  return rowCount === 1
}

/** For people to see: until when nothing is sent there, or that it is well again. */
export async function noteResting(pool: pg.Pool, id: string, until: Date | undefined): Promise<void> {
  await pool.query({ name: 'note_resting', text: 'update channel set resting_until = $2 where id = $1 and resting_until is distinct from $2', values: [id, until ?? null] })
}

/** How many submissions limited channels would take now; those without a limit are left out. */
export async function freePlaces(pool: pg.Pool, channelIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; free: number | null }>({
    name: 'free_places',
    // The least of the three; `least` passes over those that are not set.
    text: `select c.id, least(
        c.max_concurrency - (select count(*) from attempt a where a.channel_id = c.id and a.ended_at is null),
        c.max_requests_per_minute - (select count(*) from attempt a where a.channel_id = c.id and a.started_at > now() - interval '1 minute'),
        (select case when bool_and(k.max_concurrency is not null) then sum(greatest(0, k.max_concurrency - (select count(*) from attempt a where a.credential_id = k.id and a.ended_at is null))) end
          from channel_credential k where k.channel_id = c.id and k.retired_at is null and k.blocked_reason is null)
      )::integer as free
      from channel c where c.id = any ($1)`,
    values: [channelIds],
  })
  return new Map(rows.flatMap(({ id, free }) => (free === null ? [] : [[id, free]])))
}

const SELECT_CHANNELS = `select c.id, c.name, c.provider, c.base_url, c.settings, c.models, c.groups, c.priority, c.weight, c.max_concurrency, c.max_requests_per_minute,
    c.cost_card, c.enabled, c.draining, c.managed_by, c.blocked_reason, c.resting_until, c.created_at, c.updated_at, c.deleted_at is not null as deleted,
    coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'label', k.label, 'lineage', k.lineage, 'maxConcurrency', k.max_concurrency, 'blockedReason', k.blocked_reason,
      'fingerprint', encode(k.fingerprint, 'hex'), 'createdAt', k.created_at) order by k.created_at, k.id) filter (where k.id is not null), '[]') as credentials
  from channel c left join channel_credential k on k.channel_id = c.id and k.retired_at is null`

interface ChannelColumns {
  id: string
  name: string
  provider: string
  base_url: string | null
  settings: Record<string, unknown>
  models: NonNullable<ChannelRow['models']> | null
  groups: string[] | null
  priority: number
  weight: number
  max_concurrency: number | null
  max_requests_per_minute: number | null
  cost_card: CostCard | null
  enabled: boolean
  draining: boolean
  managed_by: 'config' | 'admin'
  blocked_reason: string | null
  resting_until: Date | null
  created_at: Date
  updated_at: Date
  credentials: { id: string; label: string; lineage: string; maxConcurrency: number | null; blockedReason: string | null; fingerprint: string; createdAt: string }[]
}

function toChannel(row: ChannelColumns): ChannelRow {
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    settings: row.settings,
    priority: row.priority,
    weight: row.weight,
    enabled: row.enabled,
    draining: row.draining,
    managedBy: row.managed_by,
    createdAtMs: row.created_at.getTime(),
    updatedAtMs: row.updated_at.getTime(),
    credentials: row.credentials.map(({ maxConcurrency, blockedReason, fingerprint, createdAt, ...credential }) => ({
      ...credential,
      fingerprint: Buffer.from(fingerprint, 'hex'),
      createdAtMs: Date.parse(createdAt),
      ...(maxConcurrency === null ? {} : { maxConcurrency }),
      ...(blockedReason === null ? {} : { blockedReason }),
    })),
    ...(row.base_url === null ? {} : { baseUrl: row.base_url }),
    ...(row.models === null ? {} : { models: row.models }),
    ...(row.groups === null ? {} : { groups: row.groups }),
    ...(row.max_concurrency === null ? {} : { maxConcurrency: row.max_concurrency }),
    ...(row.max_requests_per_minute === null ? {} : { maxRequestsPerMinute: row.max_requests_per_minute }),
    ...(row.cost_card === null ? {} : { costCard: row.cost_card }),
    ...(row.blocked_reason === null ? {} : { blockedReason: row.blocked_reason }),
    ...(row.resting_until === null ? {} : { restingUntilMs: row.resting_until.getTime() }),
  }
}
