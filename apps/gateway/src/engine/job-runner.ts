import type { Job, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { QueueName } from '../db/queues.ts'

export interface JobRunnerOptions<Data> {
  boss: PgBoss
  queue: QueueName
  /** Throws to have the job retried later, with back-off, by whichever process. */
  handle: (data: Data, job: JobTry) => Promise<void>
  /** Jobs at a time in this process. */
  concurrency: number
  log: Logger
}

/** Which job is at work, and for which time. */
export interface JobTry {
  id: string
  /** 0 at first. */
  retryCount: number
}

/** Others' enqueuing is seen within this time; this process's own wakes it at once. */
const POLL_MS = 500
const MAX_FETCH = 100
/** The heartbeat of our jobs is 7 s (`enqueue_job`): two may be missed. */
const TOUCH_MS = 2_000
/** Finished jobs are settled together. */
const SETTLE_MS = 10

/**
 * Works a pg-boss queue with every slot independent of the others. `boss.work` takes a batch and fetches the next when
 * all of it is through, so one upstream that hangs would hold up the rest; this fetches as slots become free, keeps the
 * heartbeats of what it holds, and settles what has ended in batches. Retries, take-over and dead letters are pg-boss's.
 */
export class JobRunner<Data extends object> {
  readonly #options: JobRunnerOptions<Data>
  /** Not by id: a job whose claim has lapsed may come again while its first handler still runs. */
  readonly #active = new Set<FetchedJob<Data>>()
  #finished: { job: FetchedJob<Data>; error?: unknown }[] = []
  #stopping = false
  #woken = false
  #wake: () => void = () => {}
  #loop: Promise<void> | undefined
  #touching: NodeJS.Timeout | undefined
  #settling: Promise<void> | undefined

  constructor(options: JobRunnerOptions<Data>) {
    this.#options = options
  }

  start(): void {
    this.#loop = this.#run()
    this.#touching = setInterval(() => void this.#touch(), TOUCH_MS)
  }

  /** There may be a job now. */
  wake(): void {
    this.#woken = true
    this.#wake()
  }

  /** Takes no more jobs and waits for those at work, at most `graceMs`; what is left is taken over by others. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    this.#wake()
    await this.#loop
    const endMs = Date.now() + graceMs
    while (this.#active.size > 0 && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20))
    clearInterval(this.#touching)
    while (this.#settling) await this.#settling
  }

  get activeCount(): number {
    return this.#active.size
  }

  async #run(): Promise<void> {
    const { boss, queue, concurrency, log } = this.#options
    while (!this.#stopping) {
      this.#woken = false
      const free = Math.min(concurrency - this.#active.size, MAX_FETCH)
      let fetched = 0
      if (free > 0) {
        try {
          const jobs = await boss.fetch<Data>(queue, { batchSize: free })
          fetched = jobs.length
          for (const job of jobs) void this.#work(job as FetchedJob<Data>)
        } catch (error) {
          log.error({ err: error, queue }, 'jobs could not be fetched')
        }
      }
      if (fetched < free || free <= 0) await this.#pause()
    }
  }

  async #work(job: FetchedJob<Data>): Promise<void> {
    this.#active.add(job)
    try {
      await this.#options.handle(job.data, job)
      this.#finished.push({ job })
    } catch (error) {
      this.#options.log.warn({ err: error, queue: this.#options.queue, job: job.id, retryCount: job.retryCount }, 'a job failed and will be retried')
      this.#finished.push({ job, error })
    } finally {
      this.#active.delete(job)
      this.#settling ??= this.#settle()
      if (this.#active.size === this.#options.concurrency - 1) this.#wake()
    }
  }

  async #settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    const finished = this.#finished
    this.#finished = []
    const { boss, queue, log } = this.#options
    const done = finished.filter(({ error }) => error === undefined).map(({ job }) => job)
    try {
      if (done.length > 0) await boss.complete(queue, done)
      for (const { job, error } of finished) {
        if (error !== undefined) await boss.fail(queue, [job], { message: error instanceof Error ? error.message : String(error) })
      }
    } catch (error) {
      // They run out of heartbeats and come again; every handler is written for that.
      log.error({ err: error, queue }, 'finished jobs could not be settled')
    }
    this.#settling = undefined
    if (this.#finished.length > 0) this.#settling = this.#settle()
  }

  async #touch(): Promise<void> {
    const { boss, queue, log } = this.#options
    if (this.#active.size === 0) return
    try {
      await boss.touch(queue, [...this.#active])
    } catch (error) {
      log.error({ err: error, queue }, 'heartbeats could not be sent')
    }
  }

  async #pause(): Promise<void> {
    if (this.#woken || this.#stopping) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => {}
  }
}

type FetchedJob<Data> = Job<Data> & { retryCount: number }
