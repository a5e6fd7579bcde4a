import type pg from 'pg'
import type { Logger } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { CostCard } from '../core/cost-card.ts'
import { unseal } from '../core/secrets.ts'
import { blockCredential, hadChannels, noteResting, readChannel, readChannels, readCredential, type ChannelRow } from '../db/channel.ts'
import type { Egress } from '../egress/egress.ts'
import type { ParentJob, Provider, Unfit, UpstreamHttp } from '../providers/provider.ts'
import { createUpstreamHttp } from '../providers/upstream-http.ts'
import { ChannelHealth } from './channel-health.ts'
import { servedModels } from './channel-models.ts'
import { inOrder, judge, type Channel, type Lane, type RoutedWork, type Verdict } from './routing.ts'

/** An upstream account that could take a request. */
export interface Candidate {
  channelId: string
  /** Any of them; the database takes the least busy one. None for the built-in sandbox, which has no account. */
  credentials: readonly { id: string; maxConcurrency?: number }[]
  provider: Provider
  upstreamModel: string
  /** Of the channel, as the provider's schema parsed them. */
  settings: Record<string, unknown>
  /** Set when these are the account that made what the work goes on from. */
  parent?: ParentJob
  maxConcurrency?: number
  maxRequestsPerMinute?: number
}

/** A provider with its way out, as one credential. */
export interface Upstream {
  provider: Provider
  http: UpstreamHttp
  /** Of the channel as they are now, as the provider's schema parsed them. */
  settings: Record<string, unknown>
}

/** Whether a key's group reaches a model, and if not, who does. `usualSeconds` where the provider knows better than the catalogue. */
export type Reach = { reached: true; usualSeconds?: number } | { reached: false; groups: string[] }

/** Where a piece of work may go. */
export interface Route {
  /** Who could take it now, in the order to ask them. */
  candidates: Candidate[]
  /** Channels that could do it, now or at another time. */
  waitFor: string[]
  /** Set when every channel that reaches the model cannot do this: what the first of them says. */
  unfit?: Unfit
}

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

interface Opened extends Upstream {
  channelId: string
}

/** Changes by other processes or people are seen within this time. */
const RELOAD_MS = 2_000
/** In a row, while others keep changing something. */
const MAX_READS = 3
export const BUILT_IN_CHANNEL = 'sandbox'

/** Which channels there are, how they are, and how to speak to them. Who is asked is decided in routing.ts. */
export class Channels {
  readonly #options: ChannelsOptions
  readonly health: ChannelHealth
  /** By credential. Kept for as long as the process lives; few and small. */
  readonly #opened = new Map<string, Promise<Opened>>()
  #channels = new Map<string, Channel>()
  /** Nobody has added a channel yet, so that what is sold can only be the sandbox's. */
  #isFresh = false
  #loadedAtMs = -Infinity
  #changes = 0
  #loading: Promise<void> | undefined

  constructor(options: ChannelsOptions) {
    this.#options = options
    this.health = new ChannelHealth(options.clock)
  }

  /** Every channel that was not deleted, by falling priority. */
  async all(): Promise<Channel[]> {
    await this.#refresh()
    return [...this.#channels.values()]
  }

  /** Whether the built-in sandbox serves: until the first channel, and never again, for whoever deletes the last one sells no sandbox's films. */
  async usesSandbox(): Promise<boolean> {
    await this.#refresh()
    return this.#usesBuiltIn()
  }

  /** What was read is not believed any more: somebody has changed something. */
  changed(): void {
    this.#changes += 1
    this.#loadedAtMs = -Infinity
  }

  /** Whether a group reaches a model at all, sick channels included. */
  async reach(model: string, group: string): Promise<Reach> {
    const channels = await this.all()
    if (this.#usesBuiltIn()) {
      const { usualSeconds } = this.#options.builtIn!
      return { reached: true, ...(usualSeconds !== undefined && { usualSeconds }) }
    }
    const serving = channels.filter(({ row, models, problem }) => models.has(model) && problem === undefined && row.enabled && !row.draining)
    if (serving.some(({ row }) => row.groups === undefined || row.groups.includes(group))) return { reached: true }
    return { reached: false, groups: [...new Set(serving.flatMap(({ row }) => row.groups ?? []))] }
  }

  /** Who could do the work. `tried` have refused it already. */
  async route(work: RoutedWork, tried: ReadonlySet<string> = new Set()): Promise<Route> {
    await this.#refresh()
    if (this.#usesBuiltIn()) return this.#routeToBuiltIn(work, tried)
    const verdicts = (await this.judged(work)).filter(({ channel }) => !tried.has(channel.row.id))
    const lanes = verdicts.flatMap(({ verdict }) => (verdict.is === 'usable' ? verdict.lanes : []))
    const waitFor = verdicts.flatMap(({ channel, verdict }) => (verdict.is === 'usable' || verdict.is === 'blocked' || verdict.is === 'resting' ? [channel.row.id] : []))
    const unfit = waitFor.length > 0 || tried.size > 0 ? undefined : verdicts.map(({ verdict }) => verdict).find((verdict) => verdict.is === 'unfit')?.unfit
    return { candidates: inOrder(lanes).map(asCandidate), waitFor, ...(unfit && { unfit }) }
  }

  /** What is to be said of each channel and the work. */
  async judged(work: RoutedWork): Promise<{ channel: Channel; verdict: Verdict }[]> {
    return (await this.all()).map((channel) => ({ channel, verdict: judge(channel, work, this.health) }))
  }

  /** Those of these channels to which something may be sent now, for waking who waits for them. */
  async open(ids: readonly string[]): Promise<string[]> {
    await this.#refresh()
    if (this.#usesBuiltIn()) return ids.filter((id) => id === BUILT_IN_CHANNEL && this.health.mayTry(id))
    return ids.filter((id) => {
      const channel = this.#channels.get(id)
      return channel !== undefined && this.#isOpen(channel)
    })
  }

  /** Of each channel as this process knows it now, whether something may be sent there. Asks nobody. */
  snapshot(): { id: string; provider: string; isOpen: boolean }[] {
    return [...this.#channels.values()].map((channel) => ({ id: channel.row.id, provider: channel.row.provider, isOpen: this.#isOpen(channel) }))
  }

  /** The provider and credential that an attempt was made with. */
  async upstream(attempt: { provider: string; credentialId?: string }): Promise<Upstream> {
    if (attempt.credentialId === undefined) {
      const { builtIn } = this.#options
      if (builtIn?.id !== attempt.provider) throw new Error(`an attempt at ${attempt.provider} has no credential`)
      return { provider: builtIn, http: NO_HTTP, settings: {} }
    }
    const opened = await this.#open(attempt.credentialId)
    return { ...opened, settings: this.#channels.get(opened.channelId)?.settings ?? opened.settings }
  }

  /** The first credential that this one stands in for: whose account an attempt was made with. Undefined when nobody knows it any more. */
  async lineageOf(credentialId: string): Promise<string | undefined> {
    return (await readCredential(this.#options.pool, credentialId))?.lineage
  }

  /** What the upstream of a channel charges, if its operator said. */
  async costCard(channelId: string): Promise<CostCard | undefined> {
    await this.#refresh()
    if (this.#usesBuiltIn()) return undefined
    const row = this.#channels.get(channelId)?.row ?? (await readChannel(this.#options.pool, channelId))
    return row?.costCard
  }

  /** The upstream answered a submission, with whatever sense. */
  async answered({ channelId, credentialId }: Submitter): Promise<void> {
    const wasOpen = this.health.of(channelId).state !== 'well'
    this.health.answered(channelId)
    if (credentialId !== undefined) this.health.answered(credentialId)
    if (wasOpen) await this.#noteResting(channelId)
  }

  /** It did not answer, or nobody was there to. */
  async fault({ channelId, credentialId }: Submitter): Promise<void> {
    if (credentialId !== undefined) this.health.withdraw(credentialId)
    this.health.fault(channelId)
    if (this.health.of(channelId).state === 'open') await this.#noteResting(channelId)
  }

  /** It answered that this account has to wait: its other accounts need not. */
  async busy({ channelId, credentialId }: Submitter, retryAfterMs: number | undefined): Promise<void> {
    if (credentialId === undefined) return this.health.fault(channelId, retryAfterMs)
    this.health.answered(channelId)
    this.health.fault(credentialId, retryAfterMs)
  }

  /** 401, 403, no money: nothing more is sent with this credential until somebody acts, and when it was the last one, not to the channel. */
  async block({ channelId, credentialId }: Submitter, reason: string): Promise<void> {
    if (credentialId === undefined) return
    const wasLast = await blockCredential(this.#options.pool, { channelId, credentialId, reason })
    this.#options.log.error({ channel: channelId, credential: credentialId, reason }, wasLast ? 'a channel is blocked until its credential or account is mended' : 'a credential is blocked until it or its account is mended')
    this.changed()
  }

  async #noteResting(channelId: string): Promise<void> {
    const { untilMs } = this.health.of(channelId)
    await noteResting(this.#options.pool, channelId, untilMs === undefined ? undefined : new Date(untilMs))
      .catch((error: unknown) => this.#options.log.warn({ channel: channelId, err: error }, 'the state of a channel could not be written down'))
  }

  async #refresh(): Promise<void> {
    // What was being read already when somebody changed something may be what was before: then once more.
    for (let read = 0; read < MAX_READS && this.#options.clock.nowMs() - this.#loadedAtMs >= RELOAD_MS; read += 1) {
      this.#loading ??= this.#load().finally(() => {
        this.#loading = undefined
      })
      await this.#loading
    }
  }

  async #load(): Promise<void> {
    const changes = this.#changes
    const startedAtMs = this.#options.clock.nowMs()
    const rows = await readChannels(this.#options.pool)
    this.#isFresh = rows.length === 0 && !(await hadChannels(this.#options.pool))
    // A row that is as it was needs no parsing.
    this.#channels = new Map(rows.map((row) => {
      const known = this.#channels.get(row.id)
      return [row.id, known?.row.updatedAtMs === row.updatedAtMs ? { ...known, row } : asChannel(row, this.#options.providers[row.provider])]
    }))
    if (changes === this.#changes) this.#loadedAtMs = startedAtMs
  }

  #isOpen({ row, problem }: Channel): boolean {
    return row.enabled && !row.draining && row.blockedReason === undefined && problem === undefined && this.health.mayTry(row.id) &&
      row.credentials.some(({ id, blockedReason }) => blockedReason === undefined && this.health.mayTry(id))
  }

  #usesBuiltIn(): boolean {
    return this.#isFresh && this.#options.builtIn !== null
  }

  #routeToBuiltIn({ request }: RoutedWork, tried: ReadonlySet<string>): Route {
    const provider = this.#options.builtIn!
    const candidate = { channelId: BUILT_IN_CHANNEL, credentials: [], provider, upstreamModel: request.model, settings: {} }
    const unfit = provider.unfit?.({ request, upstreamModel: request.model, settings: {} })
    if (unfit) return { candidates: [], waitFor: [], unfit }
    return { candidates: tried.has(BUILT_IN_CHANNEL) || !this.health.mayTry(BUILT_IN_CHANNEL) ? [] : [candidate], waitFor: [BUILT_IN_CHANNEL] }
  }

  #open(credentialId: string): Promise<Opened> {
    let opened = this.#opened.get(credentialId)
    if (!opened) {
      opened = this.#openAnew(credentialId)
      this.#opened.set(credentialId, opened)
      opened.catch(() => this.#opened.delete(credentialId))
    }
    return opened
  }

  async #openAnew(credentialId: string): Promise<Opened> {
    const { pool, providers, egress, sealingKey, clock, log, upstreamTimeoutMs } = this.#options
    const stored = await readCredential(pool, credentialId)
    const provider = stored && providers[stored.provider]
    if (!provider) throw new Error(`credential ${credentialId} or its provider is gone`)
    const { channelId, sealed } = stored
    const row = await readChannel(pool, channelId)
    const settings = row === undefined ? {} : asChannel(row, provider).settings
    const baseUrl = stored.baseUrl ?? provider.baseUrl
    if (baseUrl === undefined || sealed.length === 0) return { provider, http: NO_HTTP, settings, channelId }
    const credential = provider.credential.parse(unseal(sealingKey, sealed, channelId))
    const http = createUpstreamHttp({ egress, provider, baseUrl, credential, timeoutMs: upstreamTimeoutMs, clock, log: (call) => log.debug({ channel: channelId, ...call }, 'upstream call') })
    return { provider, http, settings, channelId }
  }
}

/** Who was asked. */
export interface Submitter {
  channelId: string
  credentialId?: string
}

/** For a provider that lives in this process. */
const NO_HTTP: UpstreamHttp = {
  call: () => Promise.reject(new Error('this provider has no address to call')),
  download: () => Promise.reject(new Error('this provider has no address to call')),
}

/** With what the provider makes of it; words that it does not take are a problem and not the end of everything. */
function asChannel(row: ChannelRow, provider: Provider | undefined): Channel {
  if (!provider) return { row, settings: {}, models: new Map() }
  const { models } = servedModels(row.models, provider)
  const settings = provider.settings?.safeParse(row.settings)
  if (settings?.success === false) return { row, provider, settings: {}, models, problem: `its settings are not what ${provider.id} takes: ${settings.error.issues[0]!.message}` }
  return { row, provider, settings: settings?.data ?? {}, models }
}

function asCandidate({ channel: { row, provider, settings }, upstreamModel, credentials, parent }: Lane): Candidate {
  return {
    channelId: row.id,
    credentials,
    // A lane is of a channel that has one.
    provider: provider!,
    upstreamModel,
    settings,
    ...(parent && { parent }),
    ...(row.maxConcurrency === undefined ? {} : { maxConcurrency: row.maxConcurrency }),
    ...(row.maxRequestsPerMinute === undefined ? {} : { maxRequestsPerMinute: row.maxRequestsPerMinute }),
  }
}
