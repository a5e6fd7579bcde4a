import { setTimeout as sleep } from 'node:timers/promises'
import type { PgBoss } from 'pg-boss'
import { isFinal, type Task, type TaskState } from '../core/task.ts'
import { createBoss } from '../db/queues.ts'
import type { CallbackMessage } from '../providers/provider.ts'
import { archiveTask } from './archive.ts'
import { upstreamCalledBack } from './callback.ts'
import { CallbacksSeen } from './callbacks-seen.ts'
import { CallsUnderWay } from './calls-under-way.ts'
import { cancelTask } from './cancel.ts'
import { deliverCallback } from './deliver.ts'
import { JobRunner } from './job-runner.ts'
import { Moves } from './move.ts'
import type { EngineParts } from './parts.ts'
import { submitTask } from './submit.ts'
import { expireOverdue, sweepRetention, wakeWaiters } from './sweep.ts'
import { Tracker } from './track.ts'
import { UsualDurations } from './usual-duration.ts'

export interface EngineOptions extends Omit<EngineParts, 'moves' | 'durations' | 'callbacks' | 'calls' | 'wakeTracker'> {
  /** Told after each committed move that callers may see. */
  moved: (taskId: string, to: TaskState) => void
  /** How many jobs of each queue this process works at a time. */
  concurrency?: Partial<typeof CONCURRENCY>
}

/** Mostly waiting for upstreams and for bytes. */
const CONCURRENCY = { submit: 1_024, archive: 32, deliver: 32 }
/** A quarter of all, and as many as there are connections to one upstream. */
const MAX_CALLS_PER_CHANNEL = 256
const OVERDUE_MS = 1_000
const WAITING_MS = 500
const RETENTION_MS = 60_000
const GATHER_MS = 10

/** The life of tasks after admission, in this process. Any number of processes may run one on the same database. */
export class Engine {
  readonly parts: EngineParts
  readonly #runners: { submit: JobRunner<{ taskId: string }>; archive: JobRunner<{ taskId: string; attemptId: string }>; deliver: JobRunner<{ taskId: string }> }
  readonly #tracker: Tracker
  readonly #boss: PgBoss
  readonly #ending = new AbortController()
  #running = false
  #placesFreed = false

  constructor(options: EngineOptions) {
    const { pool, log } = options
    const moves = new Moves(pool, log, (taskId, to) => {
      options.metrics.moves.inc({ to })
      if (to === 'queued') this.#runners.submit.wake()
      if (to === 'archiving') this.#runners.archive.wake()
      if (isFinal(to)) this.#runners.deliver.wake()
      if (to === 'archiving' || isFinal(to)) void this.#placeFreed()
      // Nobody waits for this one: it comes just before the upstream's answer.
      if (to !== 'submitting') options.moved(taskId, to)
    })
    this.parts = { ...options, moves, durations: new UsualDurations(), callbacks: new CallbacksSeen(), calls: new CallsUnderWay(MAX_CALLS_PER_CHANNEL), wakeTracker: () => this.#tracker.wake() }
    this.#boss = createBoss(pool, { log })
    this.#tracker = new Tracker(this.parts)
    const runner = { boss: this.#boss, log }
    const concurrency = { ...CONCURRENCY, ...options.concurrency }
    this.#runners = {
      submit: new JobRunner({ ...runner, queue: 'submit', concurrency: concurrency.submit, handle: ({ taskId }, job) => submitTask(taskId, job, this.parts) }),
      archive: new JobRunner({ ...runner, queue: 'archive', concurrency: concurrency.archive, handle: ({ taskId, attemptId }, { retryCount }) => archiveTask(taskId, attemptId, retryCount, this.parts) }),
      deliver: new JobRunner({ ...runner, queue: 'deliver', concurrency: concurrency.deliver, handle: ({ taskId }) => deliverCallback(taskId, this.parts) }),
    }
  }

  async start(): Promise<void> {
    await this.#boss.start()
    this.#running = true
    for (const runner of Object.values(this.#runners)) runner.start()
    this.#tracker.start()
    void this.#every(OVERDUE_MS, 'deadlines', () => expireOverdue(this.parts))
    void this.#every(WAITING_MS, 'waiting tasks', () => this.#wakeWaiting())
    void this.#every(RETENTION_MS, 'retention', () => sweepRetention(this.parts))
  }

  /** Takes nothing new and lets what is at work end; the rest is taken over by other processes. */
  async stop(graceMs: number): Promise<void> {
    if (!this.#running) return
    this.#running = false
    this.#ending.abort()
    await Promise.all([this.#tracker.stop(graceMs), ...Object.values(this.#runners).map((runner) => runner.stop(graceMs))])
    await this.#boss.stop({ graceful: false })
  }

  /** A task was created here. */
  created(): void {
    if (this.#running) this.#runners.submit.wake()
  }

  cancel(task: Task): Promise<void> {
    return cancelTask(task, this.parts)
  }

  /** @returns what to answer the upstream with */
  calledBack(attemptId: string, message: Omit<CallbackMessage, 'upstreamModel'>): Promise<unknown> {
    return upstreamCalledBack(attemptId, message, this.parts)
  }

  observe(): void {
    const { metrics, channels } = this.parts
    for (const [queue, runner] of Object.entries(this.#runners)) metrics.jobsActive.set({ queue }, runner.activeCount)
    // One that is deleted must not stay behind.
    metrics.channelOpen.reset()
    for (const { id, provider, isOpen } of channels.snapshot()) {
      metrics.channelOpen.set({ channel: id }, isOpen ? 1 : 0)
      // From nothing on: Prometheus sees no increase in a series that begins with its first event, and the first is what alerts are for.
      metrics.lost.inc({ channel: id }, 0)
      metrics.submissions.inc({ channel: id, outcome: 'credential' }, 0)
      metrics.unknownWords.inc({ provider }, 0)
    }
  }

  /** Those who wait are woken at once, but only once for places that become free together. */
  async #placeFreed(): Promise<void> {
    if (!this.#running || this.#placesFreed) return
    this.#placesFreed = true
    await sleep(GATHER_MS)
    this.#placesFreed = false
    await this.#wakeWaiting().catch((error: unknown) => this.parts.log.error({ err: error }, 'waiting tasks could not be woken'))
  }

  async #wakeWaiting(): Promise<void> {
    if (this.#running && (await wakeWaiters(this.parts)) > 0) this.#runners.submit.wake()
  }

  async #every(intervalMs: number, what: string, work: () => Promise<void>): Promise<void> {
    while (this.#running) {
      await sleep(intervalMs, undefined, { signal: this.#ending.signal }).catch(() => undefined)
      if (!this.#running) return
      await work().catch((error: unknown) => this.parts.log.error({ err: error }, `${what}: a sweep failed`))
    }
  }
}
