import type { Gauge } from 'prom-client'
import { GatewayError } from '../core/errors.ts'

/** Counts the requests of each key that are held open, in this process. */
export class OpenWaits {
  readonly #maxPerKey: number
  readonly #gauge: Gauge
  readonly #byKey = new Map<string, number>()

  constructor(maxPerKey: number, gauge: Gauge) {
    this.#maxPerKey = maxPerKey
    this.#gauge = gauge
  }

  /** Counts one more; call what it gives back once, when that one has ended. @throws GatewayError `rate_limited` when the key has too many. */
  enter(keyId: string): () => void {
    const open = this.#byKey.get(keyId) ?? 0
    if (open >= this.#maxPerKey) throw new GatewayError('rate_limited', `this key has ${open} open waits already`, { retryAfterSeconds: 1 })
    this.#byKey.set(keyId, open + 1)
    this.#gauge.inc()
    return () => {
      this.#gauge.dec()
      const left = this.#byKey.get(keyId)! - 1
      if (left === 0) this.#byKey.delete(keyId)
      else this.#byKey.set(keyId, left)
    }
  }
}
