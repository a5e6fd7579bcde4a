import { readAttempts, type Attempt } from '../db/attempt.ts'
import { claimChecks, clearCheckFailures, recordCheckFailures, type DueCheck } from '../db/check.ts'
import { readTaskForEngine } from '../db/task.ts'
import { LRUCache } from 'lru-cache'
import { UpstreamError } from '../core/errors.ts'
import type { Progress, ResultSource } from '../providers/provider.ts'
import { discardIfGivenUp, storeBytes } from './archive.ts'
import { costOfFailure, countMoney } from './attempt-cost.ts'
import type { EngineParts } from './parts.ts'
import { Vanished } from './vanished.ts'

/** Between two claims. Short, because a due check waits for it; cheap, because an empty claim reads one index page. */
const TICK_MS = 100
/** A claim is a round trip and a commit: with 200 rows it was the limit at 100,000 tasks in flight. */
const CLAIM_LIMIT = 1_000
/** Looks at a time in this process, and at one channel: an upstream that hangs must leave room for the others. */
const MAX_LOOKS = 2_000
const MAX_LOOKS_PER_CREDENTIAL = 400
/** Attempts kept in mind, so that a check reads no wide row: about 100 MB at the limit. */
const REMEMBERED_ATTEMPTS = 200_000

/**
 * Looks at upstream jobs when they are due. The claim is a lease: whoever claims looks, and a process that dies loses
 * one interval. Nothing is written while a job just runs.
 */
export class Tracker {
  readonly #parts: EngineParts
  readonly #attempts = new LRUCache<string, Attempt>({ max: REMEMBERED_ATTEMPTS })
  readonly #looking = new Set<string>()
  readonly #perCredential = new Map<string, number>()
  readonly #vanished = new Vanished()
  #failed: string[] = []
  #mended: string[] = []
  /** Set between two ticks. */
  #waiting: NodeJS.Timeout | undefined
  #ticking: Promise<void> = Promise.resolve()
  #running = false

  constructor(parts: EngineParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = true
    this.#schedule(0)
  }

  /** Does not wait for the next tick. */
  wake(): void {
    if (!this.#running || this.#waiting === undefined) return
    clearTimeout(this.#waiting)
    this.#schedule(0)
  }

  async stop(graceMs: number): Promise<void> {
    this.#running = false
    clearTimeout(this.#waiting)
    await this.#ticking
    const endMs = Date.now() + graceMs
    while (this.#looking.size > 0 && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20))
    await this.#noteFailures()
  }

  #schedule(delayMs: number): void {
    if (!this.#running) return
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined
      this.#ticking = this.#tick().then((full) => this.#schedule(full ? 0 : TICK_MS), (error: unknown) => {
        this.#parts.log.error({ err: error }, 'due checks could not be claimed')
        this.#schedule(1_000)
      })
    }, delayMs)
  }

  /** True when there may be more due. */
  async #tick(): Promise<boolean> {
    const { pool, settings, metrics } = this.#parts
    await this.#noteFailures()
    const limit = Math.min(CLAIM_LIMIT, MAX_LOOKS - this.#looking.size)
    if (limit <= 0) return false
    const due = await claimChecks(pool, { limit, minMs: settings.checkMinMs, maxMs: settings.checkMaxMs })
    for (const { lagMs } of due) metrics.checkLagSeconds.observe(lagMs / 1000)
    await this.#remember(due)
    for (const check of due) {
      const attempt = this.#attempts.get(check.attemptId)
      if (attempt) void this.#look(check, attempt)
    }
    return due.length === limit
  }

  async #remember(due: readonly DueCheck[]): Promise<void> {
    const unknown = due.map(({ attemptId }) => attemptId).filter((id) => !this.#attempts.has(id))
    if (unknown.length === 0) return
    for (const attempt of await readAttempts(this.#parts.pool, unknown)) this.#attempts.set(attempt.id, attempt)
  }

  async #look({ taskId, failures }: DueCheck, attempt: Attempt): Promise<void> {
    const owner = attempt.credentialId ?? attempt.channelId
    const others = this.#perCredential.get(owner) ?? 0
    // Still looking since the last claim, or too many already at this upstream: the next claim is soon enough.
    if (this.#looking.has(taskId) || others >= MAX_LOOKS_PER_CREDENTIAL) {
      this.#parts.metrics.checks.inc({ provider: attempt.provider, outcome: 'put_off' })
      return
    }
    this.#looking.add(taskId)
    this.#perCredential.set(owner, others + 1)
    try {
      // What is lost now may have been found by the next look, so it is read anew.
      if (attempt.outcome !== 'accepted') this.#attempts.delete(attempt.id)
      await checkOnce(taskId, attempt, this.#parts)
      this.#vanished.answered(taskId)
      if (failures > 0) this.#mended.push(taskId)
    } catch (error) {
      this.#failed.push(taskId)
      await this.#noteDenial(taskId, attempt, error)
      this.#parts.metrics.checks.inc({ provider: attempt.provider, outcome: error instanceof UpstreamError ? error.kind : 'bug' })
      const fields = { task: taskId, attempt: attempt.id, channel: attempt.channelId }
      if (error instanceof UpstreamError) this.#parts.log.debug({ ...fields, kind: error.kind, upstreamCode: error.upstreamCode }, 'a look at a job failed')
      else this.#parts.log.error({ ...fields, err: error }, 'a look at a job failed by a fault of ours')
    } finally {
      this.#looking.delete(taskId)
      const left = this.#perCredential.get(owner)! - 1
      if (left === 0) this.#perCredential.delete(owner)
      else this.#perCredential.set(owner, left)
    }
  }

  /** A job that its upstream has lost for good fails; the deadline would come to the same, hours later. */
  async #noteDenial(taskId: string, attempt: Attempt, error: unknown): Promise<void> {
    if (!(error instanceof UpstreamError) || error.code !== 'not_found') return this.#vanished.answered(taskId)
    if (!this.#vanished.denied(taskId, this.#parts.clock.nowMs())) return
    this.#parts.log.error({ task: taskId, attempt: attempt.id, channel: attempt.channelId }, 'an upstream does not know a job any more that it had accepted')
    await this.#parts.moves.failed(taskId, ['running'], { code: 'upstream_failed', message: 'The upstream has lost the job.' }, { attempt: { id: attempt.id, error: { kind: error.kind, code: error.code } } })
      .catch((cause: unknown) => this.#parts.log.error({ task: taskId, err: cause }, 'a lost job could not be given up'))
  }

  /** Back-off is written in one statement for all that failed since the last tick. */
  async #noteFailures(): Promise<void> {
    const failed = this.#failed
    const mended = this.#mended
    this.#failed = []
    this.#mended = []
    if (failed.length > 0) await recordCheckFailures(this.#parts.pool, failed)
    if (mended.length > 0) await clearCheckFailures(this.#parts.pool, mended)
  }
}

/** One look, and what follows from it. Throws when it could not look, which says nothing about the job. */
async function checkOnce(taskId: string, attempt: Attempt, parts: EngineParts): Promise<void> {
  const { provider, http } = await parts.channels.upstream(attempt)
  if (attempt.outcome === 'lost' || attempt.handle === undefined) return findLost(taskId, attempt, parts)
  parts.reach('check:before_call')
  const progress = await provider.check(provider.handle.parse(attempt.handle), http)
  parts.reach('check:after_call')
  parts.metrics.checks.inc({ provider: provider.id, outcome: progress.state })
  await apply(taskId, attempt, progress, parts)
}

async function apply(taskId: string, attempt: Attempt, progress: Progress, parts: EngineParts): Promise<void> {
  switch (progress.state) {
    case 'running':
      return
    case 'unknown':
      // The deadline decides, not a guess.
      parts.metrics.unknownWords.inc({ provider: attempt.provider })
      parts.log.warn({ task: taskId, attempt: attempt.id, provider: attempt.provider, word: progress.word.slice(0, 100) }, 'an upstream says a word that we do not know')
      return
    case 'done':
      parts.durations.learn(attempt, parts.clock.nowMs())
      await noteDone(taskId, attempt, progress, parts)
      break
    case 'failed':
      await noteFailure(taskId, attempt, progress, parts)
      break
  }
  parts.reach('check:after_move')
}

async function noteDone(taskId: string, { id }: Attempt, { results, usage, kept }: Progress & { state: 'done' }, parts: EngineParts): Promise<void> {
  const stored = await withBytesStored(taskId, results, parts)
  const moved = await parts.moves.archiving(taskId, 'running', { id, results: stored, ...(usage && { usage }), ...(kept !== undefined && { kept }) })
  // Cancelled, or given up at the deadline, while its files were being stored.
  if (!moved && stored !== results) await discardIfGivenUp((await readTaskForEngine(parts.pool, taskId))?.task, parts)
}

async function noteFailure(taskId: string, { id, channelId }: Attempt, { reason, usage }: Progress & { state: 'failed' }, parts: EngineParts): Promise<void> {
  const found = await readTaskForEngine(parts.pool, taskId)
  if (!found) return
  const cost = await costOfFailure({ id, channelId, ...(usage && { usage }) }, found.task, parts)
  const ended = { id, error: reason, ...(usage && { usage }), ...cost }
  // Stopped over there: by our own request whose answer was lost, or by the operator. Either way nobody failed.
  const moved = reason.code === 'cancelled'
    ? await parts.moves.cancelled(taskId, 'running', ended)
    : await parts.moves.failed(taskId, ['running'], { code: reason.code, message: reason.message }, { attempt: ended })
  if (moved) countMoney(parts, { channelId, model: found.task.quote.model }, { cost })
}

/** Some upstreams answer a look with the whole video inside; only then is the task needed here. */
async function withBytesStored(taskId: string, results: readonly ResultSource[], parts: EngineParts): Promise<readonly ResultSource[]> {
  if (results.every(({ kind }) => kind !== 'bytes')) return results
  const found = await readTaskForEngine(parts.pool, taskId)
  return found ? storeBytes(found.task, results, parts) : results
}

/** A submission whose answer was lost, at an upstream that can be searched by our reference. */
async function findLost(taskId: string, attempt: Attempt, parts: EngineParts): Promise<void> {
  const { provider, http } = await parts.channels.upstream(attempt)
  const handle = await provider.find?.(attempt.id, http)
  if (handle === undefined) return
  parts.log.info({ task: taskId, attempt: attempt.id }, 'a lost submission was found')
  await parts.moves.running(taskId, { id: attempt.id, handle }, { delayMs: parts.settings.checkMinMs, usualMs: parts.durations.usualMs(attempt, 0) })
}
