import { LRUCache } from 'lru-cache'

const MAX_CHANNELS = 10_000
/** After an hour without a callback nobody can say that they still come through. */
const BELIEVED_MS = 3_600_000

/**
 * Which channels' upstreams were seen to call back, in this process. Only then are checks made sparse: an operator's
 * firewall would else turn every finished job into a late one.
 */
export class CallbacksSeen {
  readonly #lastMs = new LRUCache<string, number>({ max: MAX_CHANNELS })

  arrived(channelId: string, nowMs: number): void {
    this.#lastMs.set(channelId, nowMs)
  }

  comeThrough(channelId: string, nowMs: number): boolean {
    return nowMs - (this.#lastMs.get(channelId) ?? -Infinity) < BELIEVED_MS
  }
}
