import type pg from 'pg'
import type { Logger } from 'pino'
import { isFinal, type TaskState } from '../core/task.ts'
import { readStates } from '../db/task.ts'
import type { TaskFeed } from './task-feed.ts'

/** Back-stop for words that were lost: everything that is waited for is looked at this often, a thousand to a query. */
const SWEEP_MS = 2_000
const SWEEP_BATCH = 1_000

/**
 * Who waits for a task: `/wait`, SSE and synchronous dialects. A map in memory, woken by the feed; no query for each
 * waiter.
 */
export class Waiters {
  readonly #pool: pg.Pool
  readonly #log: Logger
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #seen = new Map<string, TaskState>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor({ pool, feed, log }: { pool: pg.Pool; feed: TaskFeed; log: Logger }) {
    this.#pool = pool
    this.#log = log
    feed.onChange((taskId) => this.#wake(taskId))
    feed.onReset(() => void this.#sweep())
  }

  start(): void {
    const next = (): void => {
      if (!this.#stopped) this.#timer = setTimeout(() => void this.#sweep().then(next), SWEEP_MS)
    }
    next()
  }

  /** Wakes everybody, for the last time: whoever waits looks at `stopped` and goes. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const taskId of this.#waiting.keys()) this.#wake(taskId)
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** Calls `woken` each time the task may have changed, until the returned function is called. */
  add(taskId: string, woken: () => void): () => void {
    let set = this.#waiting.get(taskId)
    if (!set) this.#waiting.set(taskId, (set = new Set()))
    set.add(woken)
    return () => {
      set.delete(woken)
      if (set.size === 0 && this.#waiting.get(taskId) === set) {
        this.#waiting.delete(taskId)
        this.#seen.delete(taskId)
      }
    }
  }

  #wake(taskId: string): void {
    const set = this.#waiting.get(taskId)
    // A copy: the woken take themselves out.
    if (set) for (const woken of Array.from(set)) woken()
  }

  async #sweep(): Promise<void> {
    const ids = [...this.#waiting.keys()]
    for (let start = 0; start < ids.length; start += SWEEP_BATCH) {
      try {
        for (const [id, state] of await readStates(this.#pool, ids.slice(start, start + SWEEP_BATCH))) {
          if (this.#seen.get(id) === state && !isFinal(state)) continue
          if (this.#waiting.has(id)) this.#seen.set(id, state)
          this.#wake(id)
        }
      } catch (error) {
        this.#log.error({ err: error }, 'waited-for tasks could not be looked at')
        return
      }
    }
  }
}
