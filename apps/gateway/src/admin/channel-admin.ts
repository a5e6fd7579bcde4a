import type pg from 'pg'
import { credentialsOf, type ChannelDefinition, type ChannelPatch, type CredentialDefinition } from '../core/channel-definition.ts'
import { GatewayError, UpstreamError } from '../core/errors.ts'
import { unseal } from '../core/secrets.ts'
import { appendAudit } from '../db/audit.ts'
import {
  channelRecords, clearChannelBlock, credentialHistory, deleteChannel, inFlight, lockChannel, openAttempts, putCredential, readChannel, readCredential, retireCredential, setChannelSwitches,
  setCredentialConcurrency, unblockChannel, writeChannel, type ChannelRow, type CredentialRow,
} from '../db/channel.ts'
import { inTransaction } from '../db/pool.ts'
import type { Channels } from '../engine/channels.ts'
import type { Channel } from '../engine/routing.ts'
import { ChannelProblem, checkedChannel, sealedCredential, type CheckParts } from './check-channel.ts'
import { describeChannel, showChannel, showCredential } from './show-channel.ts'

export interface ChannelAdminParts extends CheckParts {
  pool: pg.Pool
  channels: Channels
}

type Shown = Record<string, unknown>

/** A new value for a credential in use, or only another limit. */
export interface Rotation {
  credential?: Record<string, unknown> | undefined
  concurrency?: number | null | undefined
}

/**
 * What an operator may do to channels, for the admin API and the command line alike. Each change is one transaction with
 * its line in the audit; `actor` is who did it. Throws `GatewayError` `not_found`, `conflict`, `invalid_request`.
 */
export class ChannelAdmin {
  readonly #parts: ChannelAdminParts

  constructor(parts: ChannelAdminParts) {
    this.#parts = parts
  }

  async list(): Promise<Shown[]> {
    const { channels } = this.#parts
    channels.changed()
    return this.#show(await channels.all())
  }

  /** With every credential that it ever had, and the upstream's name for each model. */
  async read(id: string): Promise<Shown> {
    const { channels, pool } = this.#parts
    channels.changed()
    const channel = (await channels.all()).find(({ row }) => row.id === id) ?? noChannel(id)
    const [shown] = await this.#show([channel])
    const retired = (await credentialHistory(pool, id)).filter(({ retiredAtMs }) => retiredAtMs !== undefined)
    return { ...shown, serves: Object.fromEntries(channel.models), retired_credentials: retired.map(showCredential) }
  }

  async create(definition: ChannelDefinition, actor: string): Promise<Shown> {
    const channel = this.#checked(() => checkedChannel(definition, this.#parts))
    const at = (place: number): string => (definition.credential === undefined ? `credentials.${place}.credential` : 'credential')
    const credentials = credentialsOf(definition).map((credential, place) => this.#checked(() => sealedCredential(credential, channel, at(place), this.#parts)))
    await this.#write(async (client) => {
      // Two who make it at once: the second waits here, and finds it.
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`channel:${channel.id}`])
      const there = await readChannel(client, channel.id)
      if (there) throw new GatewayError('conflict', there.deleted ? `${channel.id} was the id of a channel that is deleted; the books still name it, so choose another` : `there is a channel ${channel.id} already`, { param: 'id' })
      await writeChannel(client, channel, 'admin')
      for (const credential of credentials) await putCredential(client, channel, credential)
      await appendAudit(client, { actor, action: 'channel.create', channelId: channel.id, after: await described(client, channel.id) })
    })
    return this.read(channel.id)
  }

  async patch(id: string, patch: ChannelPatch, actor: string): Promise<Shown> {
    await this.#change(id, 'channel.patch', actor, async (client, row) => {
      requireOwn(row)
      const channel = this.#checked(() => checkedChannel(patched(row, patch), this.#parts))
      await writeChannel(client, channel, 'admin')
      if (channel.baseUrl === row.baseUrl) return
      // Elsewhere the same credentials are others: what is in flight is still asked for where it was sent.
      for (const { id: credentialId, label, maxConcurrency } of row.credentials) {
        const credential = unseal(this.#parts.sealingKey, (await readCredential(client, credentialId))!.sealed, id) as Record<string, unknown>
        await putCredential(client, channel, sealedCredential({ label, credential, ...(maxConcurrency !== undefined && { concurrency: maxConcurrency }) }, channel, 'base_url', this.#parts))
      }
    })
    return this.read(id)
  }

  async delete(id: string, actor: string): Promise<void> {
    await this.#change(id, 'channel.delete', actor, async (client, row) => {
      requireOwn(row)
      await deleteChannel(client, id)
      const tasks = (await inFlight(client, [id])).get(id) ?? 0
      if (tasks > 0) throw new GatewayError('conflict', `${tasks} ${tasks === 1 ? 'task is' : 'tasks are'} still in flight there; POST /admin/channels/${id}/drain, and delete it when in_flight is 0`)
    })
  }

  async enable(id: string, actor: string): Promise<Shown> {
    await this.#change(id, 'channel.enable', actor, (client) => setChannelSwitches(client, id, { enabled: true, draining: false }))
    return this.read(id)
  }

  async disable(id: string, actor: string): Promise<Shown> {
    await this.#change(id, 'channel.disable', actor, (client) => setChannelSwitches(client, id, { enabled: false }))
    return this.read(id)
  }

  async drain(id: string, actor: string): Promise<Shown> {
    await this.#change(id, 'channel.drain', actor, (client) => setChannelSwitches(client, id, { draining: true }))
    return this.read(id)
  }

  /** It is tried again, with all of its credentials and without a pause. */
  async unblock(id: string, actor: string): Promise<Shown> {
    await this.#change(id, 'channel.unblock', actor, async (client, row) => {
      await unblockChannel(client, id)
      for (const each of [id, ...row.credentials.map((credential) => credential.id)]) this.#parts.channels.health.forget(each)
    })
    return this.read(id)
  }

  async addCredential(id: string, definition: CredentialDefinition, actor: string): Promise<Shown> {
    await this.#change(id, 'credential.add', actor, async (client, row) => {
      requireOwn(row)
      const label = definition.label ?? freeLabel(row)
      if (row.credentials.some((each) => each.label === label)) throw new GatewayError('conflict', `there is a credential ${JSON.stringify(label)} already`, { param: 'label' })
      await putCredential(client, row, this.#checked(() => sealedCredential({ ...definition, label }, row, 'credential', this.#parts)))
      await clearChannelBlock(client, id)
    })
    return this.read(id)
  }

  /** The old one is retired: what it has submitted is still checked with it. */
  async rotateCredential(id: string, credentialId: string, { credential, concurrency }: Rotation, actor: string): Promise<Shown> {
    await this.#change(id, 'credential.rotate', actor, async (client, row) => {
      requireOwn(row)
      const current = credentialNamed(row, credentialId)
      const limit = concurrency === undefined ? current.maxConcurrency : concurrency ?? undefined
      if (credential === undefined) return setCredentialConcurrency(client, credentialId, limit)
      const next = this.#checked(() => sealedCredential({ label: current.label, credential, ...(limit !== undefined && { concurrency: limit }) }, row, 'credential', this.#parts))
      if (next.fingerprint.equals(current.fingerprint)) throw new GatewayError('conflict', 'that is the credential in use; unblock tries it again', { param: 'credential' })
      await putCredential(client, row, next)
      await clearChannelBlock(client, id)
    })
    return this.read(id)
  }

  async retireCredential(id: string, credentialId: string, actor: string): Promise<Shown> {
    await this.#change(id, 'credential.retire', actor, async (client, row) => {
      requireOwn(row)
      credentialNamed(row, credentialId)
      if (row.credentials.length === 1) throw new GatewayError('conflict', 'it is the last credential of the channel: add another first, or disable the channel')
      await retireCredential(client, credentialId)
    })
    return this.read(id)
  }

  /** Asks the upstream, with each credential in use, something that costs nothing. Says what happened, and changes nothing. */
  async test(id: string, actor: string): Promise<Shown> {
    const { channels, pool } = this.#parts
    channels.changed()
    const channel = (await channels.all()).find(({ row }) => row.id === id) ?? noChannel(id)
    const results = await Promise.all(channel.row.credentials.map(async (credential) => ({ credential_id: credential.id, label: credential.label, ...await this.#ping(channel, credential) })))
    await appendAudit(pool, { actor, action: 'channel.test', channelId: id, after: { results } })
    return { id, ok: results.every(({ outcome }) => outcome !== 'failed'), results }
  }

  async #ping({ row, provider, models }: Channel, { id }: CredentialRow): Promise<{ outcome: 'ok' | 'failed' | 'not_possible' } & Shown> {
    const [model] = models.values()
    if (!provider?.ping || model === undefined) return { outcome: 'not_possible', message: `${provider?.name ?? row.provider} has no call that costs nothing` }
    const startedMs = performance.now()
    const took = (): number => Math.round(performance.now() - startedMs)
    try {
      const { http } = await this.#parts.channels.upstream({ provider: provider.id, credentialId: id })
      await provider.ping(model, http)
      return { outcome: 'ok', duration_ms: took() }
    } catch (error) {
      if (!(error instanceof UpstreamError)) return { outcome: 'failed', duration_ms: took(), error: { kind: 'bug', message: error instanceof Error ? error.message : String(error) } }
      const { kind, code, message, httpStatus, upstreamCode } = error
      return { outcome: 'failed', duration_ms: took(), error: { kind, code, message, http_status: httpStatus ?? null, upstream_code: upstreamCode ?? null } }
    }
  }

  async #show(channels: readonly Channel[]): Promise<Shown[]> {
    const { pool, channels: { health } } = this.#parts
    const ids = channels.map(({ row }) => row.id)
    const [busy, records, open] = await Promise.all([inFlight(pool, ids), channelRecords(pool, ids), openAttempts(pool, channels.flatMap(({ row }) => row.credentials.map(({ id }) => id)))])
    return channels.map((channel) => showChannel(channel, { health, open, inFlight: busy.get(channel.row.id) ?? 0, record: records.get(channel.row.id) }))
  }

  /** One change of a channel that is there, with what it was before and after. */
  #change(id: string, action: string, actor: string, work: (client: pg.PoolClient, row: ChannelRow) => Promise<void>): Promise<void> {
    return this.#write(async (client) => {
      const row = (await lockChannel(client, id)) ?? noChannel(id)
      await work(client, row)
      await appendAudit(client, { actor, action, channelId: id, before: describeChannel(row), after: await described(client, id) })
    })
  }

  async #write(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
    await inTransaction(this.#parts.pool, work)
    this.#parts.channels.changed()
  }

  #checked<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof ChannelProblem)) throw error
      throw new GatewayError('invalid_request', `${error.param} ${error.message}`, { param: error.param })
    }
  }
}

async function described(client: pg.PoolClient, id: string): Promise<Shown | undefined> {
  const row = await readChannel(client, id)
  return row === undefined || row.deleted ? undefined : describeChannel(row)
}

function noChannel(id: string): never {
  throw new GatewayError('not_found', `there is no channel ${JSON.stringify(id.slice(0, 64))}`)
}

/** What the file says would come back at the next start. */
function requireOwn({ id, managedBy }: ChannelRow): void {
  if (managedBy === 'config') throw new GatewayError('conflict', `${id} is managed by the configuration file: change it there and restart. Here it can be enabled, disabled, drained, unblocked and tested`)
}

function credentialNamed({ id, credentials }: ChannelRow, credentialId: string): CredentialRow {
  const found = credentials.find((each) => each.id === credentialId)
  if (!found) throw new GatewayError('not_found', `${id} has no credential ${JSON.stringify(credentialId.slice(0, 64))} in use`)
  return found
}

/** The least number that no other one has. */
function freeLabel({ credentials }: ChannelRow): string {
  const taken = new Set(credentials.map(({ label }) => label))
  for (let number = 1; number <= credentials.length; number += 1) if (!taken.has(String(number))) return String(number)
  return String(credentials.length + 1)
}

/** The channel as it was described, with what is said anew; null takes back what was said. */
function patched(row: ChannelRow, patch: ChannelPatch): Omit<ChannelDefinition, 'credential' | 'credentials'> {
  const { maxConcurrency: concurrency, maxRequestsPerMinute: rpm } = row
  const said = { id: row.id, provider: row.provider, name: row.name, base_url: row.baseUrl, settings: row.settings, models: row.models, groups: row.groups, priority: row.priority, weight: row.weight, cost: row.costCard }
  return { ...withoutNulls({ ...said, ...patch }), limits: withoutNulls({ concurrency, rpm, ...patch.limits }) } as Omit<ChannelDefinition, 'credential' | 'credentials'>
}

function withoutNulls(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined))
}
