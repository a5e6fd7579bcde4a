import type pg from 'pg'
import type { Logger } from 'pino'
import { unseal } from '../core/secrets.ts'
import type { Clock } from '../core/clock.ts'
import { readChannels, readCredential, blockChannel, type ChannelRow } from '../db/channel.ts'
import type { Egress } from '../egress/egress.ts'
import type { Provider, UpstreamHttp } from '../providers/provider.ts'
import { createUpstreamHttp } from '../providers/upstream-http.ts'
import { ChannelHealth } from './channel-health.ts'

/** An upstream account that could take a request. */
export interface Candidate {
  channelId: string
  /** Absent for the built-in sandbox, which has no account. */
  credentialId?: string
  provider: Provider
  upstreamModel: string
  /** Of the channel, as the provider's schema parsed them. */
  settings: Record<string, unknown>
  maxConcurrency?: number
  maxRequestsPerMinute?: number
}

/** A provider with its way out, as one credential. */
export interface Upstream {
  provider: Provider
  http: UpstreamHttp
  /** Of the channel, as the provider's schema parsed them. */
  settings: Record<string, unknown>
}

/** Whether a key's group reaches a model, and if not, who does. `usualSeconds` where the provider knows better than the catalogue. */
export type Reach = { reached: true; usualSeconds?: number } | { reached: false; groups: string[] }

export interface ChannelsOptions {
  pool: pg.Pool
  providers: Record<string, Provider>
  egress: Egress
  sealingKey: Buffer
  clock: Clock
  log: Logger
  upstreamTimeoutMs: number
  /** Serves every model until an operator adds a channel; null where that is not wanted. */
  builtIn: Provider | null
}

/** Changes by other processes or people are seen within this time. */
const RELOAD_MS = 2_000
export const BUILT_IN_CHANNEL = 'sandbox'

/**
 * Which channels there are and how to speak to them. Routing is by group and model, then priority, then weight;
 * capabilities were checked before, against the catalogue.
 */
export class Channels {
  readonly #options: ChannelsOptions
  readonly health: ChannelHealth
  readonly #upstreams = new Map<string, Promise<Upstream>>()
  #channels: ChannelRow[] = []
  #loadedAtMs = -Infinity
  #loading: Promise<void> | undefined

  constructor(options: ChannelsOptions) {
    this.#options = options
    this.health = new ChannelHealth(options.clock)
  }

  /** Reads the channels anew when they may have changed. */
  async refresh(): Promise<void> {
    if (this.#options.clock.nowMs() - this.#loadedAtMs < RELOAD_MS) return
    this.#loading ??= readChannels(this.#options.pool).then((channels) => {
      this.#channels = channels
      this.#loadedAtMs = this.#options.clock.nowMs()
    }).finally(() => {
      this.#loading = undefined
    })
    await this.#loading
  }

  /** Whether a group reaches a model at all, sick channels included. */
  async reach(model: string, group: string): Promise<Reach> {
    await this.refresh()
    if (this.#usesBuiltIn()) {
      const { usualSeconds } = this.#options.builtIn!
      return { reached: true, ...(usualSeconds !== undefined && { usualSeconds }) }
    }
    const serving = this.#channels.filter((channel) => model in channel.models)
    if (serving.some((channel) => serves(channel, group))) return { reached: true }
    return { reached: false, groups: [...new Set(serving.flatMap((channel) => channel.groups ?? []))] }
  }

  /** Channels that could take a request now, in the order to ask them. `tried` have refused it already. */
  async candidates(model: string, group: string, tried: ReadonlySet<string>): Promise<Candidate[]> {
    await this.refresh()
    if (this.#usesBuiltIn()) {
      const provider = this.#options.builtIn!
      return tried.has(BUILT_IN_CHANNEL) ? [] : [{ channelId: BUILT_IN_CHANNEL, provider, upstreamModel: model, settings: {} }]
    }
    const usable = this.#channels.filter((channel) =>
      channel.models[model] !== undefined && serves(channel, group) && !tried.has(channel.id) && channel.blockedReason === undefined && this.health.mayTry(channel.id))
    return byPriorityThenWeight(usable).flatMap((channel) => {
      const provider = this.#options.providers[channel.provider]
      if (!provider) return []
      return [{
        channelId: channel.id,
        credentialId: channel.credentialId,
        provider,
        upstreamModel: channel.models[model]!,
        settings: {},
        ...(channel.maxConcurrency === undefined ? {} : { maxConcurrency: channel.maxConcurrency }),
        ...(channel.maxRequestsPerMinute === undefined ? {} : { maxRequestsPerMinute: channel.maxRequestsPerMinute }),
      }]
    })
  }

  /** Channels that serve any of these models and are not blocked, for waking those who wait. */
  async serving(models: readonly string[]): Promise<ChannelRow[]> {
    await this.refresh()
    return this.#channels.filter((channel) => channel.blockedReason === undefined && models.some((model) => model in channel.models))
  }

  /** The provider and credential that an attempt was made with. Kept for as long as the process lives; few and small. */
  upstream(attempt: { provider: string; credentialId?: string }): Promise<Upstream> {
    const key = attempt.credentialId ?? BUILT_IN_CHANNEL
    let upstream = this.#upstreams.get(key)
    if (!upstream) {
      upstream = this.#open(attempt)
      this.#upstreams.set(key, upstream)
      upstream.catch(() => this.#upstreams.delete(key))
    }
    return upstream
  }

  /** 401, 403, no money: nothing more is sent there until somebody acts. */
  async block(channelId: string, reason: string): Promise<void> {
    this.#options.log.error({ channel: channelId, reason }, 'a channel is blocked until its credential or account is mended')
    await blockChannel(this.#options.pool, channelId, reason)
    this.#loadedAtMs = -Infinity
  }

  #usesBuiltIn(): boolean {
    return this.#channels.length === 0 && this.#options.builtIn !== null
  }

  async #open(attempt: { provider: string; credentialId?: string }): Promise<Upstream> {
    const { pool, providers, egress, sealingKey, clock, log, upstreamTimeoutMs, builtIn } = this.#options
    if (attempt.credentialId === undefined) {
      if (builtIn?.id !== attempt.provider) throw new Error(`an attempt at ${attempt.provider} has no credential`)
      return { provider: builtIn, http: NO_HTTP, settings: {} }
    }
    const stored = await readCredential(pool, attempt.credentialId)
    const provider = stored && providers[stored.provider]
    if (!provider) throw new Error(`credential ${attempt.credentialId} or its provider is gone`)
    const baseUrl = stored.baseUrl ?? provider.baseUrl
    if (baseUrl === undefined) return { provider, http: NO_HTTP, settings: {} }
    const credential = provider.credential.parse(unseal(sealingKey, stored.sealed, stored.channelId))
    return {
      provider,
      settings: {},
      http: createUpstreamHttp({ egress, provider, baseUrl, credential, timeoutMs: upstreamTimeoutMs, clock, log: (call) => log.debug({ channel: stored.channelId, ...call }, 'upstream call') }),
    }
  }
}

/** For a provider that lives in this process. */
const NO_HTTP: UpstreamHttp = {
  call: () => Promise.reject(new Error('this provider has no address to call')),
  download: () => Promise.reject(new Error('this provider has no address to call')),
}

function serves(channel: ChannelRow, group: string): boolean {
  return channel.groups === undefined || channel.groups.includes(group)
}

/** Higher priority first; within one, drawn by weight, so that load spreads by it and every order occurs. */
function byPriorityThenWeight(channels: readonly ChannelRow[]): ChannelRow[] {
  // Efraimidis and Spirakis: keys u^(1/w) sorted give a weighted random order without replacement.
  return channels
    .map((channel) => ({ channel, draw: channel.weight === 0 ? -1 : Math.random() ** (1 / channel.weight) }))
    .sort((a, b) => b.channel.priority - a.channel.priority || b.draw - a.draw)
    .map(({ channel }) => channel)
}
