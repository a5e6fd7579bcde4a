import type { Clock } from '../core/clock.ts'

/** Faults in a row that open the breaker. */
const FAULTS_TO_OPEN = 5
/** How long it stays open before one request may try; doubles each time that the try fails. */
const FIRST_OPEN_MS = 5_000
const MAX_OPEN_MS = 120_000

interface Breaker {
  faults: number
  /** Nothing is sent before this time. */
  closedUntilMs: number
  openMs: number
  probing: boolean
}

/**
 * A breaker for each channel, in this process: another process learns the same within a few calls of its own. After
 * faults in a row nothing is sent for a while, then one request tries (half open); its outcome decides.
 */
export class ChannelHealth {
  readonly #clock: Clock
  readonly #breakers = new Map<string, Breaker>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  mayTry(channelId: string): boolean {
    const breaker = this.#breakers.get(channelId)
    return breaker === undefined || (this.#clock.nowMs() >= breaker.closedUntilMs && !breaker.probing)
  }

  /** A submission would be sent now. False when nothing may be; half open, only the first who asks gets a yes. */
  enter(channelId: string): boolean {
    if (!this.mayTry(channelId)) return false
    const breaker = this.#breakers.get(channelId)
    if (breaker && breaker.faults >= FAULTS_TO_OPEN) breaker.probing = true
    return true
  }

  /** It was not sent after all. */
  withdraw(channelId: string): void {
    const breaker = this.#breakers.get(channelId)
    if (breaker) breaker.probing = false
  }

  /** It answered, with whatever sense: it is well. */
  answered(channelId: string): void {
    this.#breakers.delete(channelId)
  }

  /** It was busy or did not answer. With `retryAfterMs` it said itself when to come again. */
  fault(channelId: string, retryAfterMs?: number): void {
    const breaker = this.#breakers.get(channelId) ?? { faults: 0, closedUntilMs: 0, openMs: FIRST_OPEN_MS, probing: false }
    breaker.faults += 1
    breaker.probing = false
    if (breaker.faults >= FAULTS_TO_OPEN) {
      breaker.closedUntilMs = this.#clock.nowMs() + breaker.openMs
      breaker.openMs = Math.min(breaker.openMs * 2, MAX_OPEN_MS)
    }
    if (retryAfterMs !== undefined) breaker.closedUntilMs = Math.max(breaker.closedUntilMs, this.#clock.nowMs() + Math.min(retryAfterMs, MAX_OPEN_MS))
    this.#breakers.set(channelId, breaker)
  }

  /** For metrics: whether nothing is sent there now. */
  isOpen(channelId: string): boolean {
    return !this.mayTry(channelId)
  }
}
