import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type pg from 'pg'
import type { Simulator } from '../../simulators/simulator.ts'
import { isFinal, type Output, type TaskState } from '../../src/core/task.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'

/** A create as its client sees it. */
export interface SentCreate {
  idempotencyKey: string
  /** In its prompt and in no other: what the upstream was asked is found by it. */
  marker: string
  /** Undefined when no answer ever came. */
  answeredId: string | undefined
}

/** A task as the database has it after everything. */
export interface Outcome {
  id: string
  state: TaskState
  marker: string
  heldMicros: bigint
  chargedMicros: bigint | null
  lossMicros: bigint
  /** Booked, whoever said so. */
  costMicros: bigint
  /** Of the last attempt. */
  channelId: string | null
  wasUnresolved: boolean
  /** The state that the deadline found it in, when that ended it. */
  gaveUpIn: TaskState | null
  attempts: number
  /** With what came beside them. */
  outputs: Output[]
  error: { code: string } | null
}

/** What a job at a channel costs its operator: said by the upstream with the result, or by a cost card, which also says what a lost one may cost. */
export interface ChannelCost {
  source: 'reported' | 'card'
  micros: (outcome: Outcome) => bigint
}

export interface AftermathOptions {
  upstream: Pick<Simulator, 'acceptedCreates'>
  creates: readonly SentCreate[]
  dataFolder: string
  /** By channel; costs elsewhere are not looked at. */
  costs?: Readonly<Record<string, ChannelCost>>
}

export interface Aftermath {
  outcomes: Outcome[]
  /** What must never be, in words; empty when all is well. */
  faults: string[]
}

/** What a dead process had begun to tidy up is found by another's look for the dead, which takes some 10 s. */
const TIDY_WITHIN_MS = 30_000

/** Resolves when every task has ended. False when that took longer. */
export async function allEnded(pool: pg.Pool, withinMs: number): Promise<boolean> {
  const endMs = Date.now() + withinMs
  while (Date.now() < endMs) {
    const { rows: [row] } = await pool.query<{ open: bigint }>(`select count(*) as open from task where state not in ('succeeded', 'failed', 'cancelled')`)
    if (row!.open === 0n) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

/**
 * Looks at the world after all tasks have ended: nothing was asked for twice, nothing charged that was not made, every
 * answer was true, nothing is held, occupied, stored or waited for any more, costs are booked once, and the books balance.
 */
export async function examine(pool: pg.Pool, { upstream, creates, dataFolder, costs = {} }: AftermathOptions): Promise<Aftermath> {
  const outcomes = await readOutcomes(pool)
  const faults: string[] = []
  for (const outcome of outcomes) {
    const accepted = upstream.acceptedCreates(outcome.marker)
    const found = [...(await faultsOf(outcome, accepted, dataFolder)), ...faultsOfMoney(outcome, accepted, costs[outcome.channelId ?? ''])]
    faults.push(...found.map((fault) => `${outcome.id}: ${fault}`))
  }
  faults.push(...faultsOfAnswers(creates, outcomes), ...(await leftovers(pool)), ...(await orphans(outcomes, dataFolder)))
  const { violations, counts } = await verifyLedger(pool)
  for (const { invariant, text, examples } of violations) faults.push(`${invariant}, ${text}: ${examples.join('; ')}`)
  if (counts.openHolds > 0) faults.push(`${counts.openHolds} holds are open`)
  return { outcomes, faults }
}

async function faultsOf(outcome: Outcome, accepted: number, dataFolder: string): Promise<string[]> {
  const faults: string[] = []
  if (!isFinal(outcome.state)) faults.push(`is ${outcome.state}`)
  if (accepted > 1) faults.push(`the upstream took it ${accepted} times`)
  if (outcome.state === 'succeeded') {
    if (accepted !== 1) faults.push(`succeeded, and the upstream took it ${accepted} times`)
    if (outcome.lossMicros > 0n) faults.push('succeeded with a loss')
    if (outcome.outputs.length === 0) faults.push('succeeded with nothing')
    for (const { storageKey, bytes } of outcome.outputs) {
      const file = await stat(join(dataFolder, 'files', storageKey)).catch(() => undefined)
      if (file?.size !== bytes) faults.push(`${storageKey} has ${file?.size ?? 'no'} bytes, not ${bytes}`)
    }
  } else if (outcome.chargedMicros !== 0n) {
    faults.push(`is ${outcome.state} and charged ${String(outcome.chargedMicros)}`)
  }
  return faults
}

/** What the operator owes: for what was made, once; for what was lost, what it may cost; for the rest at most what was taken. */
function faultsOfMoney(outcome: Outcome, accepted: number, cost: ChannelCost | undefined): string[] {
  const { state, gaveUpIn, heldMicros, lossMicros, costMicros } = outcome
  const faults: string[] = []
  const possibleMicros = cost?.source === 'card' ? cost.micros(outcome) : heldMicros
  // One that was found again fails as any other.
  if (state === 'failed' && gaveUpIn === 'unresolved' && lossMicros !== possibleMicros) faults.push(`was lost, and its loss is booked as ${lossMicros} and not as ${possibleMicros}`)
  if (cost === undefined) return faults
  const micros = cost.micros(outcome)
  if (state === 'succeeded' && costMicros !== micros) faults.push(`cost ${micros}, booked as ${costMicros}`)
  if (state !== 'succeeded' && costMicros !== 0n && (costMicros !== micros || accepted === 0)) faults.push(`is ${state}, was taken ${accepted} times, and its cost is booked as ${costMicros}`)
  return faults
}

/** Files that belong to no task that succeeded. Given up ones are tidied away soon after their end, so this waits for that. */
async function orphans(outcomes: readonly Outcome[], dataFolder: string): Promise<string[]> {
  const wanted = new Set(outcomes.flatMap(({ state, outputs }) => (state === 'succeeded' ? outputs.map(({ storageKey }) => storageKey) : [])))
  const root = join(dataFolder, 'files')
  const endMs = Date.now() + TIDY_WITHIN_MS
  for (;;) {
    const files = await readdir(join(root, 'outputs'), { recursive: true, withFileTypes: true }).catch(() => [])
    const left = files.filter((entry) => entry.isFile()).map(({ parentPath, name }) => relative(root, join(parentPath, name))).filter((key) => !wanted.has(key))
    if (left.length === 0 || Date.now() > endMs) return left.map((key) => `${key} is left of a task that did not succeed`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

/** What a client was told must be so: one task for each key, and the one that was named. */
function faultsOfAnswers(creates: readonly SentCreate[], outcomes: readonly Outcome[]): string[] {
  const byMarker = Map.groupBy(outcomes, ({ marker }) => marker)
  return creates.flatMap(({ marker, idempotencyKey, answeredId }) => {
    const tasks = byMarker.get(marker) ?? []
    if (tasks.length > 1) return [`${idempotencyKey} made ${tasks.length} tasks`]
    return answeredId !== undefined && tasks[0]?.id !== answeredId ? [`${idempotencyKey} was answered ${answeredId}, and there is ${tasks[0]?.id ?? 'no task'}`] : []
  })
}

async function leftovers(pool: pg.Pool): Promise<string[]> {
  const { rows: [row] } = await pool.query<Record<string, bigint>>(
    `select (select count(*) from attempt where ended_at is null) as "open attempts",
      (select count(*) from attempt where outcome = 'calling') as "attempts without an outcome",
      (select count(*) from task_check) as "checks",
      (select count(*) from waiting w join task t on t.id = w.task_id where t.state <> 'queued') as "ended tasks in the queue"`,
  )
  return Object.entries(row!).filter(([, count]) => count > 0n).map(([what, count]) => `${count} ${what} are left`)
}

/** Markers are `<…>` in prompts. */
async function readOutcomes(pool: pg.Pool): Promise<Outcome[]> {
  const { rows } = await pool.query<{
    id: string; state: TaskState; marker: string; held_micros: bigint; charged_micros: bigint | null; loss: bigint; unresolved: boolean; attempts: number; outputs: Output[]; extras: Output[]; error: { code: string } | null; cost: bigint; channel_id: string | null; gave_up_in: TaskState | null
  }>(
    `select t.id, t.state, substring(t.request->>'prompt' from '<[^>]+>') as marker, t.held_micros, t.charged_micros, t.outputs, t.extras, t.error,
      (select v.detail->>'deadline' from task_event v where v.task_id = t.id and v.state = 'failed') as gave_up_in,
      (select a.channel_id from attempt a where a.task_id = t.id order by a.number desc limit 1) as channel_id,
      (select coalesce(sum(e.amount_micros), 0)::bigint from posting p join entry e on e.posting_id = p.id where p.task_id = t.id and p.kind = 'cost') as cost,
      (select coalesce(sum(e.amount_micros), 0)::bigint from posting p join entry e on e.posting_id = p.id where p.task_id = t.id and p.kind = 'loss') as loss,
      exists (select from task_event v where v.task_id = t.id and v.state = 'unresolved') as unresolved,
      (select count(*)::integer from attempt a where a.task_id = t.id) as attempts
      from task t order by t.created_at`,
  )
  return rows.map((row) => ({
    id: row.id, state: row.state, marker: row.marker, heldMicros: row.held_micros, chargedMicros: row.charged_micros, lossMicros: row.loss,
    wasUnresolved: row.unresolved, attempts: row.attempts, outputs: [...row.outputs, ...row.extras], error: row.error,
    costMicros: row.cost, channelId: row.channel_id, gaveUpIn: row.gave_up_in,
  }))
}
