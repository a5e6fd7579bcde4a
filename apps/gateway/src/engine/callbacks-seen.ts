import { LRUCache } from 'lru-cache'
import type { Attempt } from '../db/attempt.ts'

const MAX_REMEMBERED = 10_000
/** After an hour without a callback nobody can say that they still come through. */
const BELIEVED_MS = 3_600_000

/**
 * At which channels, for which models, upstreams were seen to call back, in this process. Only then are checks made sparse:
 * an operator's firewall would else turn every finished job into a late one, and not every model's wire has callbacks.
 */
export class CallbacksSeen {
  readonly #lastMs = new LRUCache<string, number>({ max: MAX_REMEMBERED })

  arrived(at: Pick<Attempt, 'channelId' | 'upstreamModel'>, nowMs: number): void {
    this.#lastMs.set(keyOf(at), nowMs)
  }

  comeThrough(at: Pick<Attempt, 'channelId' | 'upstreamModel'>, nowMs: number): boolean {
    return nowMs - (this.#lastMs.get(keyOf(at)) ?? -Infinity) < BELIEVED_MS
  }
}

function keyOf({ channelId, upstreamModel }: Pick<Attempt, 'channelId' | 'upstreamModel'>): string {
  return `${channelId} ${upstreamModel}`
}
