import { LRUCache } from 'lru-cache'
import type { Attempt } from '../db/attempt.ts'

const MAX_MODELS = 10_000
/** A new duration counts this much: the last ten or so decide. */
const LEARNING_RATE = 0.2

/**
 * How long jobs usually take, by provider and upstream model, learnt from those that this process saw end. It decides
 * when to look, so being wrong costs a little time or a few looks and nothing else.
 */
export class UsualDurations {
  readonly #usualMs = new LRUCache<string, number>({ max: MAX_MODELS })

  /** What was learnt; `expectedMs` when nothing was. */
  usualMs({ provider, upstreamModel }: Pick<Attempt, 'provider' | 'upstreamModel'>, expectedMs: number): number {
    return Math.round(this.#usualMs.get(`${provider} ${upstreamModel}`) ?? expectedMs)
  }

  /** A job was seen to be done. */
  learn({ provider, upstreamModel, startedAtMs }: Attempt, endedAtMs: number): void {
    const key = `${provider} ${upstreamModel}`
    const tookMs = Math.max(0, endedAtMs - startedAtMs)
    const known = this.#usualMs.get(key)
    this.#usualMs.set(key, known === undefined ? tookMs : known + (tookMs - known) * LEARNING_RATE)
  }
}
