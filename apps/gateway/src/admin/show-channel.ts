import type { ChannelRecord, ChannelRow, CredentialRow } from '../db/channel.ts'
import type { ChannelHealth, Health } from '../engine/channel-health.ts'
import type { Channel } from '../engine/routing.ts'

/** What is known of a channel beside its row. */
export interface Beside {
  health: ChannelHealth
  inFlight: number
  open: ReadonlyMap<string, number>
  record?: ChannelRecord | undefined
}

/** A channel as the admin API shows it. What a credential is never comes back: only what tells it from others. */
export function showChannel(channel: Channel, beside: Beside): Record<string, unknown> {
  const { row, problem } = channel
  const rests = beside.health.of(row.id)
  return {
    ...describeChannel(row),
    state: stateOf(channel, rests),
    problem: problem ?? null,
    serves: channel.models.size,
    in_flight: beside.inFlight,
    // Of the process that answers; `resting_until` is what any of them wrote down last.
    health: showHealth(rests),
    resting_until: row.restingUntilMs === undefined ? null : iso(row.restingUntilMs),
    last_hour: showRecord(beside.record),
    credentials: row.credentials.map((credential) => ({
      ...showCredential(credential),
      open_attempts: beside.open.get(credential.id) ?? 0,
      health: showHealth(beside.health.of(credential.id)),
    })),
  }
}

/** What an operator said of it, and what became of that: what the audit keeps. */
export function describeChannel(row: ChannelRow): Record<string, unknown> {
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    base_url: row.baseUrl ?? null,
    settings: row.settings,
    models: row.models ?? null,
    groups: row.groups ?? null,
    priority: row.priority,
    weight: row.weight,
    limits: { concurrency: row.maxConcurrency ?? null, rpm: row.maxRequestsPerMinute ?? null },
    cost: row.costCard ?? null,
    enabled: row.enabled,
    draining: row.draining,
    blocked_reason: row.blockedReason ?? null,
    managed_by: row.managedBy,
    created_at: iso(row.createdAtMs),
    updated_at: iso(row.updatedAtMs),
    credentials: row.credentials.map(showCredential),
  }
}

export function showCredential({ id, label, maxConcurrency, blockedReason, fingerprint, createdAtMs, retiredAtMs }: CredentialRow): Record<string, unknown> {
  return {
    id,
    label,
    fingerprint: fingerprint.toString('hex').slice(0, FINGERPRINT_CHARACTERS),
    concurrency: maxConcurrency ?? null,
    blocked_reason: blockedReason ?? null,
    created_at: iso(createdAtMs),
    retired_at: retiredAtMs === undefined ? null : iso(retiredAtMs),
  }
}

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** Of a hash under the server's secret: enough to tell two apart, and nothing that a credential could be found by. */
const FINGERPRINT_CHARACTERS = 12

function stateOf({ row, problem }: Channel, health: Health): string {
  if (problem !== undefined) return 'misconfigured'
  if (!row.enabled) return 'disabled'
  if (row.draining) return 'draining'
  if (row.blockedReason !== undefined) return 'blocked'
  return health.state === 'well' ? 'enabled' : 'resting'
}

function showHealth({ state, untilMs, faultsInRow, calls, faults }: Health): Record<string, unknown> {
  return { state, until: untilMs === undefined ? null : iso(untilMs), faults_in_row: faultsInRow, calls_last_minute: calls, faults_last_minute: faults }
}

function showRecord({ submitted, accepted, refused, lost, succeeded, p50Seconds, p95Seconds }: ChannelRecord = NOTHING): Record<string, unknown> {
  return { submitted, accepted, refused, lost, succeeded, p50_seconds: rounded(p50Seconds), p95_seconds: rounded(p95Seconds) }
}

const NOTHING: ChannelRecord = { submitted: 0, accepted: 0, refused: 0, lost: 0, succeeded: 0 }

function rounded(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 10) / 10
}
