import { freePlaces } from '../db/channel.ts'
import { chances, inOrder, type Channel, type Lane, type RoutedWork, type Verdict } from '../engine/routing.ts'
import type { ChannelAdminParts } from './channel-admin.ts'
import { iso } from './show-channel.ts'

/**
 * Where a piece of work would go now, and for every channel why or why not: those that would be asked first, in an order
 * drawn as for a task, then the others. The breakers are those of this process.
 */
export async function explainRoute(work: RoutedWork, { pool, channels }: Pick<ChannelAdminParts, 'pool' | 'channels'>): Promise<Record<string, unknown>> {
  channels.changed()
  const judged = await channels.judged(work)
  if (await channels.usesSandbox()) return { chosen: 'sandbox', note: 'There is no channel yet: the built-in sandbox serves every model.', channels: [] }
  const places = await freePlaces(pool, judged.map(({ channel }) => channel.row.id))
  const isFull = ({ row }: Channel): boolean => (places.get(row.id) ?? 1) <= 0
  const lanes = judged.flatMap(({ channel, verdict }) => (verdict.is === 'usable' && !isFull(channel) ? verdict.lanes : []))
  const order = [...new Set(inOrder(lanes).map(({ channel }) => channel.row.id))]
  const chance = lanes.length === 0 ? new Map<string, number>() : chances(lanes)
  const place = (id: string): number => (order.indexOf(id) === -1 ? order.length : order.indexOf(id))
  return {
    chosen: order[0] ?? null,
    channels: judged
      .toSorted((a, b) => place(a.channel.row.id) - place(b.channel.row.id) || b.channel.row.priority - a.channel.row.priority)
      .map(({ channel, verdict }) => explain(channel, verdict, { order, chance: chance.get(channel.row.id) ?? 0, full: verdict.is === 'usable' && isFull(channel), channels })),
  }
}

interface Sight {
  order: readonly string[]
  chance: number
  full: boolean
  channels: ChannelAdminParts['channels']
}

function explain(channel: Channel, verdict: Verdict, { order, chance, full, channels }: Sight): Record<string, unknown> {
  const { row } = channel
  const shown = { id: row.id, provider: row.provider, priority: row.priority, weight: row.weight }
  if (full) return { ...shown, asked: false, why: 'full', reason: 'it has no free place: a task would wait for it' }
  switch (verdict.is) {
    case 'usable':
      return { ...shown, asked: true, order: order.indexOf(row.id) + 1, chance_to_be_first: Math.round(chance * 1e4) / 1e4, ...showLanes(verdict.lanes) }
    case 'unfit':
      return { ...shown, asked: false, why: 'unfit', reason: verdict.unfit.message, param: verdict.unfit.param }
    case 'unreachable':
      return { ...shown, asked: false, why: verdict.why, reason: verdict.reason }
    case 'blocked':
      return { ...shown, asked: false, why: 'blocked', reason: verdict.reason }
    case 'resting': {
      const untilMs = [row.id, ...row.credentials.map(({ id }) => id)].map((id) => channels.health.of(id).untilMs).find((until) => until !== undefined)
      return { ...shown, asked: false, why: 'breaker', reason: verdict.reason, until: untilMs === undefined ? null : iso(untilMs) }
    }
  }
}

function showLanes(lanes: readonly Lane[]): Record<string, unknown> {
  return {
    upstream_model: lanes[0]!.upstreamModel,
    credentials: lanes.flatMap(({ credentials }) => credentials.map(({ label }) => label)),
    ...(lanes.some(({ parent }) => parent !== undefined) && { goes_on_from: 'it made what this one goes on from' }),
  }
}
