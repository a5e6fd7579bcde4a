import type { TaskError, TaskState } from '../core/task.ts'
import { attemptsOf } from '../db/attempt.ts'
import { eraseRetired, freePlaces } from '../db/channel.ts'
import { expiredOutputs, forgetOutputs, overdueTasks, readTaskForEngine } from '../db/task.ts'
import { deleteUploads, expiredUploads } from '../db/upload.ts'
import { waitedChannels, wakeStale, wakeWaiting } from '../db/waiting.ts'
import { forgetIdempotency } from '../db/idempotency.ts'
import { costOfWork, countMoney, possibleCost } from './attempt-cost.ts'
import type { EngineParts } from './parts.ts'

const BATCH = 200
/** Woken at a time for a channel without a limit of its own. */
const UNLIMITED_PLACES = 100
/** Who has waited for so long on the channels of then is routed anew, a few at a time. */
const STALE_SECONDS = 30
const STALE_BATCH = 20
const IDEMPOTENCY_DAYS = 7

/** Gives up open tasks at their deadline: credits go back, and a submission of unknown outcome is booked as a loss. */
export async function expireOverdue(parts: EngineParts): Promise<void> {
  for (const task of await overdueTasks(parts.pool, BATCH)) {
    // One that cannot be given up must not keep the others from it.
    await expire(task, parts).catch((error: unknown) => parts.log.error({ task: task.id, state: task.state, err: error }, 'a task could not be given up at its deadline'))
  }
}

async function expire({ id, state, heldMicros }: { id: string; state: TaskState; heldMicros: bigint }, parts: EngineParts): Promise<void> {
  parts.reach('expire:before_move')
  const found = await readTaskForEngine(parts.pool, id)
  const attempt = (await attemptsOf(parts.pool, id)).at(-1)
  const isUnknown = state === 'unresolved' || state === 'submitting'
  // What an attempt may have cost is in the cost card of its channel; without one, what the caller would have paid is the nearest figure.
  const lossMicros = isUnknown ? (found && attempt && (await possibleCost(attempt, found.task, parts))) ?? heldMicros : 0n
  // Its upstream has done its work.
  const cost = state === 'archiving' && found && attempt ? await costOfWork(attempt, found.task, found.task.quote.facts, parts) : {}
  const moved = await parts.moves.failed(id, [state], TIMED_OUT, { lossMicros, detail: { deadline: state }, ...(attempt && state === 'archiving' && { attempt: { id: attempt.id, ...cost } }), ...(attempt && { discardOf: attempt.id }) })
  parts.reach('expire:after_move')
  if (!moved) return
  if (found && attempt) countMoney(parts, { channelId: attempt.channelId, model: found.task.quote.model }, { cost, lossMicros })
  parts.metrics.deadlines.inc({ state })
  parts.log.warn({ task: id, state }, 'given up at the deadline')
}

const TIMED_OUT: TaskError = { code: 'timeout', message: 'The task did not end in time. Its credits were returned.' }

/** Gives free places at channels to the tasks that wait for one. */
export async function wakeWaiters(parts: EngineParts): Promise<number> {
  const waited = await waitedChannels(parts.pool)
  const open = await parts.channels.open(waited)
  const places = open.length === 0 ? new Map<string, number>() : await freePlaces(parts.pool, open)
  let woken = await wakeStale(parts.pool, STALE_SECONDS, STALE_BATCH)
  for (const id of open) {
    const free = Math.min(places.get(id) ?? UNLIMITED_PLACES, parts.calls.free(id))
    if (free > 0) woken += await wakeWaiting(parts.pool, id, free)
  }
  return woken
}

/** Deletes what has been kept long enough: results, uploads, idempotency records, secrets of retired credentials. */
export async function sweepRetention(parts: EngineParts): Promise<void> {
  const tasks = await expiredOutputs(parts.pool, BATCH)
  for (const { outputs } of tasks) {
    for (const { storageKey } of outputs) await parts.storage.delete(storageKey)
  }
  if (tasks.length > 0) await forgetOutputs(parts.pool, tasks.map(({ id }) => id))
  const uploads = await expiredUploads(parts.pool, BATCH)
  for (const { storageKey } of uploads) await parts.storage.delete(storageKey)
  if (uploads.length > 0) await deleteUploads(parts.pool, uploads.map(({ id }) => id))
  await forgetIdempotency(parts.pool, IDEMPOTENCY_DAYS)
  await eraseRetired(parts.pool)
}
