import type { Clock } from '../core/clock.ts'

/** Faults in a row that open the breaker. */
const FAULTS_TO_OPEN = 5
/** Or this share of the calls of the last minute or so, if there were enough of them to tell. */
const RATE_TO_OPEN = 0.5
const MIN_CALLS_FOR_RATE = 20
/** Calls are counted in two halves, of which the older one is forgotten. */
const HALF_WINDOW_MS = 30_000
/** How long it stays open before one request may try; doubles each time that the try fails. */
const FIRST_OPEN_MS = 5_000
const MAX_OPEN_MS = 120_000

/** What a breaker is like, for people. */
export interface Health {
  /** `resting`: the upstream itself said when to come again. `half_open`: the next one tries. */
  state: 'well' | 'resting' | 'open' | 'half_open'
  untilMs?: number
  faultsInRow: number
  /** Of the last minute or so. */
  calls: number
  faults: number
}

interface Breaker {
  faultsInRow: number
  isOpen: boolean
  /** Nothing is sent before this time. */
  closedUntilMs: number
  openMs: number
  probing: boolean
  halves: [Half, Half]
}

interface Half {
  sinceMs: number
  calls: number
  faults: number
}

/**
 * A breaker for each channel, and for each credential, in this process: another process learns the same within a few
 * calls of its own. After faults in a row, or when every second call fails, nothing is sent for a while; then one
 * request tries (half open), and its outcome decides.
 */
export class ChannelHealth {
  readonly #clock: Clock
  readonly #breakers = new Map<string, Breaker>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  mayTry(id: string): boolean {
    const breaker = this.#breakers.get(id)
    return breaker === undefined || (this.#clock.nowMs() >= breaker.closedUntilMs && !breaker.probing)
  }

  /** A submission would be sent now. `no` when nothing may be; half open, only the first who asks is let in, to probe. */
  enter(id: string): 'no' | 'yes' | 'probe' {
    if (!this.mayTry(id)) return 'no'
    const breaker = this.#breakers.get(id)
    if (!breaker?.isOpen) return 'yes'
    breaker.probing = true
    return 'probe'
  }

  /** It was not sent after all, or says nothing about this one. */
  withdraw(id: string): void {
    const breaker = this.#breakers.get(id)
    if (breaker) breaker.probing = false
  }

  /** It answered, with whatever sense: it is well. */
  answered(id: string): void {
    const known = this.#breakers.get(id)
    const breaker = known === undefined || known.isOpen ? newBreaker(this.#clock.nowMs()) : known
    this.#breakers.set(id, breaker)
    breaker.faultsInRow = 0
    this.#count(breaker, 0)
  }

  /** It was busy or did not answer. With `retryAfterMs` it said itself when to come again. */
  fault(id: string, retryAfterMs?: number): void {
    const nowMs = this.#clock.nowMs()
    const breaker = this.#breakers.get(id) ?? newBreaker(nowMs)
    this.#breakers.set(id, breaker)
    breaker.faultsInRow += 1
    this.#count(breaker, 1)
    if (breaker.probing || (!breaker.isOpen && this.#isSick(breaker))) {
      breaker.isOpen = true
      breaker.closedUntilMs = nowMs + breaker.openMs
      breaker.openMs = Math.min(breaker.openMs * 2, MAX_OPEN_MS)
    }
    breaker.probing = false
    if (retryAfterMs !== undefined) breaker.closedUntilMs = Math.max(breaker.closedUntilMs, nowMs + Math.min(retryAfterMs, MAX_OPEN_MS))
  }

  /** Somebody acted: whatever was, is forgotten. */
  forget(id: string): void {
    this.#breakers.delete(id)
  }

  of(id: string): Health {
    const breaker = this.#breakers.get(id)
    if (!breaker) return { state: 'well', faultsInRow: 0, calls: 0, faults: 0 }
    const waits = this.#clock.nowMs() < breaker.closedUntilMs
    const { calls, faults } = this.#recent(breaker)
    return {
      state: breaker.isOpen ? (waits ? 'open' : 'half_open') : waits ? 'resting' : 'well',
      ...(waits && { untilMs: breaker.closedUntilMs }),
      faultsInRow: breaker.faultsInRow, calls, faults,
    }
  }

  #isSick(breaker: Breaker): boolean {
    const { calls, faults } = this.#recent(breaker)
    return breaker.faultsInRow >= FAULTS_TO_OPEN || (calls >= MIN_CALLS_FOR_RATE && faults >= calls * RATE_TO_OPEN)
  }

  #count(breaker: Breaker, faults: 0 | 1): void {
    const nowMs = this.#clock.nowMs()
    const [, newer] = breaker.halves
    if (nowMs - newer.sinceMs >= HALF_WINDOW_MS) breaker.halves = [newer, newHalf(nowMs)]
    const half = breaker.halves[1]
    half.calls += 1
    half.faults += faults
  }

  #recent({ halves }: Breaker): { calls: number; faults: number } {
    const recent = halves.filter(({ sinceMs }) => this.#clock.nowMs() - sinceMs < 2 * HALF_WINDOW_MS)
    return { calls: recent.reduce((sum, { calls }) => sum + calls, 0), faults: recent.reduce((sum, { faults }) => sum + faults, 0) }
  }
}

function newBreaker(nowMs: number): Breaker {
  return { faultsInRow: 0, isOpen: false, closedUntilMs: 0, openMs: FIRST_OPEN_MS, probing: false, halves: [newHalf(nowMs), newHalf(nowMs)] }
}

function newHalf(sinceMs: number): Half {
  return { sinceMs, calls: 0, faults: 0 }
}
