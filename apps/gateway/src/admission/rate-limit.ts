import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/clock.ts'
import { GatewayError } from '../core/errors.ts'

const MINUTE_MS = 60_000
const MAX_KEYS = 100_000

/**
 * A token bucket for each key, in this process: with several processes a key may make as many requests in each. The
 * bucket holds a minute's worth, so a burst is welcome and a flood is not.
 */
export class RateLimit {
  readonly #perMinute: number
  readonly #clock: Clock
  readonly #buckets = new LRUCache<string, { tokens: number; atMs: number }>({ max: MAX_KEYS })

  constructor({ perMinute, clock }: { perMinute: number; clock: Clock }) {
    this.#perMinute = perMinute
    this.#clock = clock
  }

  /** @throws GatewayError `rate_limited` with the seconds until the next token. */
  take(keyId: string): void {
    const nowMs = this.#clock.nowMs()
    const bucket = this.#buckets.get(keyId) ?? { tokens: this.#perMinute, atMs: nowMs }
    const tokens = Math.min(this.#perMinute, bucket.tokens + ((nowMs - bucket.atMs) * this.#perMinute) / MINUTE_MS)
    if (tokens < 1) {
      throw new GatewayError('rate_limited', `This key may make ${this.#perMinute} requests a minute.`, { retryAfterSeconds: Math.max(1, Math.ceil(((1 - tokens) * MINUTE_MS) / this.#perMinute / 1000)) })
    }
    this.#buckets.set(keyId, { tokens: tokens - 1, atMs: nowMs })
  }
}
