import type { GenerationRequest } from '../core/generation-request.ts'
import type { ChannelRow } from '../db/channel.ts'
import type { ParentJob, Provider, Unfit } from '../providers/provider.ts'

/** A channel with what its provider makes of the operator's words. */
export interface Channel {
  row: ChannelRow
  /** Absent when this release has none of the name. */
  provider?: Provider
  /** As the provider's schema parsed them. */
  settings: Record<string, unknown>
  /** Public model name → the upstream's. */
  models: ReadonlyMap<string, string>
  /** Why nothing can be sent there, as it is described. */
  problem?: string
}

/** A request on its way to an upstream. */
export interface RoutedWork {
  request: GenerationRequest
  /** Of the key. */
  group: string
  /** The job that it goes on from, and whose it is: only the account that made it knows it. */
  parent?: { lineage: string; job: ParentJob }
}

/** What the breakers say: whether something may be sent now, to a channel or with a credential. */
export interface Sight {
  mayTry(id: string): boolean
}

/** One way to send the work to a channel: with one of these credentials. */
export interface Lane {
  channel: Channel
  upstreamModel: string
  credentials: ChannelRow['credentials']
  parent?: ParentJob
}

/** What is to be said of a channel and a piece of work. */
export type Verdict =
  | { is: 'usable'; lanes: Lane[] }
  /** It could do it, but not now. */
  | { is: 'blocked' | 'resting'; reason: string }
  /** It serves the model, but cannot do this. */
  | { is: 'unfit'; unfit: Unfit }
  | { is: 'unreachable'; why: 'group' | 'model' | 'disabled' | 'draining' | 'misconfigured'; reason: string }

/** Whether a channel would be asked to do the work, and if not, why. Pure. */
export function judge(channel: Channel, work: RoutedWork, sight: Sight): Verdict {
  const { row, provider } = channel
  const upstreamModel = channel.models.get(work.request.model)
  if (row.groups !== undefined && !row.groups.includes(work.group)) return { is: 'unreachable', why: 'group', reason: `it is for keys of ${row.groups.join(', ')}` }
  if (upstreamModel === undefined) return { is: 'unreachable', why: 'model', reason: `it does not serve ${work.request.model}` }
  if (provider === undefined || channel.problem !== undefined) return { is: 'unreachable', why: 'misconfigured', reason: channel.problem ?? `this release has no provider ${row.provider}` }
  if (!row.enabled) return { is: 'unreachable', why: 'disabled', reason: 'it is disabled' }
  if (row.draining) return { is: 'unreachable', why: 'draining', reason: 'it is drained: it takes nothing new' }
  const fitting = fittingLanes({ channel, provider, upstreamModel }, work)
  if ('unfit' in fitting) return { is: 'unfit', unfit: fitting.unfit }
  const unblocked = narrowed(fitting.lanes, ({ blockedReason }) => blockedReason === undefined)
  if (row.blockedReason !== undefined || unblocked.length === 0) return { is: 'blocked', reason: row.blockedReason ?? fitting.lanes[0]?.credentials[0]?.blockedReason ?? 'it has no credential' }
  if (!sight.mayTry(row.id)) return { is: 'resting', reason: 'its breaker is open after faults' }
  const rested = narrowed(unblocked, ({ id }) => sight.mayTry(id))
  if (rested.length === 0) return { is: 'resting', reason: 'its upstream asked to wait' }
  return { is: 'usable', lanes: rested }
}

/**
 * The order to ask in: first the account that made the job which this one goes on from, then by priority, and within
 * one drawn by weight, so that load spreads by it and every order occurs. A weight of 0 comes after all others.
 */
export function inOrder(lanes: readonly Lane[], random: () => number = Math.random): Lane[] {
  const draws = new Map<string, number>()
  for (const { channel: { row } } of lanes) {
    // Efraimidis and Spirakis: keys u^(1/w) sorted give a weighted random order without replacement.
    if (!draws.has(row.id)) draws.set(row.id, row.weight === 0 ? -1 : random() ** (1 / row.weight))
  }
  return lanes.toSorted((a, b) =>
    Number(b.parent !== undefined) - Number(a.parent !== undefined) ||
    b.channel.row.priority - a.channel.row.priority ||
    draws.get(b.channel.row.id)! - draws.get(a.channel.row.id)!)
}

/** The chance of each channel to be asked first, by id: those of the highest priority share it by weight. */
export function chances(lanes: readonly Lane[]): Map<string, number> {
  const withParent = lanes.filter(({ parent }) => parent !== undefined)
  const rows = new Map((withParent.length > 0 ? withParent : lanes).map(({ channel: { row } }) => [row.id, row]))
  const highest = Math.max(...[...rows.values()].map(({ priority }) => priority))
  const first = [...rows.values()].filter(({ priority }) => priority === highest)
  const total = first.reduce((sum, { weight }) => sum + weight, 0)
  return new Map(first.map(({ id, weight }) => [id, total === 0 ? 1 / first.length : weight / total]))
}

interface Served {
  channel: Channel
  provider: Provider
  upstreamModel: string
}

/** The account of the parent, where that can do it, and all others, where they can do it without. */
function fittingLanes({ channel, provider, upstreamModel }: Served, { request, parent }: RoutedWork): { lanes: Lane[] } | { unfit: Unfit } {
  const { credentials } = channel.row
  const work = { request, upstreamModel, settings: channel.settings }
  const makers = parent === undefined ? [] : credentials.filter(({ lineage }) => lineage === parent.lineage)
  const lanes: Lane[] = []
  let unfit: Unfit | undefined
  if (parent !== undefined && makers.length > 0) {
    unfit = provider.unfit?.({ ...work, parent: parent.job })
    if (unfit === undefined) lanes.push({ channel, upstreamModel, credentials: makers, parent: parent.job })
  }
  const others = credentials.filter((credential) => lanes.length === 0 || !makers.includes(credential))
  if (others.length > 0 || credentials.length === 0) {
    const alone = provider.unfit?.(work)
    if (alone === undefined) lanes.push({ channel, upstreamModel, credentials: others })
    unfit ??= alone
  }
  return lanes.length > 0 || unfit === undefined ? { lanes } : { unfit }
}

/** Lanes with the credentials that pass; one that is left without any is gone. */
function narrowed(lanes: readonly Lane[], passes: (credential: ChannelRow['credentials'][number]) => boolean): Lane[] {
  return lanes.map((lane) => ({ ...lane, credentials: lane.credentials.filter(passes) })).filter(({ credentials }) => credentials.length > 0)
}
