import { LRUCache } from 'lru-cache'

/** An upstream that says "no such job" this often in a row, over at least this time, has lost it. */
const TIMES = 3
const OVER_MS = 180_000
const MAX_TASKS = 50_000

/**
 * Jobs that their upstream says it does not know. Once says nothing: a young job may not have reached all of its
 * machines, and proxies answer 404 for reasons of their own.
 */
export class Vanished {
  readonly #denied = new LRUCache<string, { times: number; sinceMs: number }>({ max: MAX_TASKS })

  /** The upstream denied it again; true when that is to be believed. */
  denied(taskId: string, nowMs: number): boolean {
    const before = this.#denied.get(taskId) ?? { times: 0, sinceMs: nowMs }
    const now = { times: before.times + 1, sinceMs: before.sinceMs }
    this.#denied.set(taskId, now)
    return now.times >= TIMES && nowMs - now.sinceMs >= OVER_MS
  }

  /** It answered something else. */
  answered(taskId: string): void {
    this.#denied.delete(taskId)
  }
}
