import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import type { Clock } from '../core/clock.ts'
import { isFinal, type Task } from '../core/task.ts'
import { readTasks } from '../db/task.ts'
import type { TaskFeed } from './task-feed.ts'

const MAX_TASKS = 50_000
/** The longest that a change of another process can go unseen, should its word be lost. */
const OPEN_TRUST_MS = 2_000
const ENDED_TRUST_MS = 60_000
const MAX_BATCH = 500

interface Cached {
  task: Task
  readAtMs: number
}

/**
 * Reads tasks for callers: from memory while the feed of changes is connected, from the database otherwise. Reads that
 * come together share one query. Never calls an upstream, never waits for a lock.
 */
export class TaskReader {
  readonly #pool: pg.Pool
  readonly #feed: TaskFeed
  readonly #clock: Clock
  readonly #cache = new LRUCache<string, Cached>({ max: MAX_TASKS })
  /** Read before a change that is known by now: such an answer must not be cached. */
  readonly #generation = new LRUCache<string, number>({ max: MAX_TASKS })
  #asked = new Map<string, ((task: Task | undefined, error?: unknown) => void)[]>()

  constructor({ pool, feed, clock }: { pool: pg.Pool; feed: TaskFeed; clock: Clock }) {
    this.#pool = pool
    this.#feed = feed
    this.#clock = clock
    feed.onChange((taskId) => this.forget(taskId))
    feed.onReset(() => this.#cache.clear())
  }

  /** The account's task; undefined when there is none by this id, or it is another's: nobody can tell which. */
  async read(accountId: string, taskId: string): Promise<Task | undefined> {
    const known = this.peek(taskId)
    if (known?.accountId === accountId) return known
    // Another's takes as long as one that is not there, though it be known here.
    const task = await this.#fetch(taskId)
    return task?.accountId === accountId ? task : undefined
  }

  /** From memory alone. */
  peek(taskId: string): Task | undefined {
    const cached = this.#cache.get(taskId)
    if (!cached || !this.#feed.connected) return undefined
    const trustMs = isFinal(cached.task.state) ? ENDED_TRUST_MS : OPEN_TRUST_MS
    return this.#clock.nowMs() - cached.readAtMs < trustMs ? cached.task : undefined
  }

  forget(taskId: string): void {
    this.#cache.delete(taskId)
    this.#generation.set(taskId, (this.#generation.get(taskId) ?? 0) + 1)
  }

  #fetch(taskId: string): Promise<Task | undefined> {
    return new Promise((resolve, reject) => {
      const waiting = this.#asked.get(taskId)
      const answer = (task: Task | undefined, error?: unknown): void => (error === undefined ? resolve(task) : reject(error as Error))
      if (waiting) {
        waiting.push(answer)
        return
      }
      if (this.#asked.size === 0) setImmediate(() => void this.#answerAsked())
      this.#asked.set(taskId, [answer])
    })
  }

  async #answerAsked(): Promise<void> {
    const asked = this.#asked
    this.#asked = new Map()
    const ids = [...asked.keys()]
    for (let start = 0; start < ids.length; start += MAX_BATCH) {
      const batch = ids.slice(start, start + MAX_BATCH)
      const generations = batch.map((id) => this.#generation.get(id))
      try {
        const tasks = new Map((await readTasks(this.#pool, batch)).map((task) => [task.id, task]))
        const readAtMs = this.#clock.nowMs()
        batch.forEach((id, index) => {
          const task = tasks.get(id)
          if (task && this.#generation.get(id) === generations[index]) this.#cache.set(id, { task, readAtMs })
          for (const answer of asked.get(id)!) answer(task)
        })
      } catch (error) {
        for (const id of batch) for (const answer of asked.get(id)!) answer(undefined, error)
      }
    }
  }
}
