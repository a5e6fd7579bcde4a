import * as fc from 'fast-check'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { createKey } from '../bootstrap.ts'
import { factsOf } from '../catalog/price-request.ts'
import { findModel } from '../catalog/index.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import { newId } from '../core/ids.ts'
import { priceOf, quotedMicros, type PricedFacts } from '../core/rate-card.ts'
import { isFinal, TASK_MOVES, TASK_STATES, type Task, type TaskState } from '../core/task.ts'
import { inTransaction } from '../db/pool.ts'
import { storeRateCards } from '../db/rate-card.ts'
import { createTask, moveTask, type CreateOutcome, type MovePatch } from '../db/task.ts'
import { deriveKeys } from '../keys.ts'
import { grantCredits, openAccount } from './grant.ts'
import { verifyLedger } from './verify.ts'

const MODEL = findModel('seedance-2.0-pro')!
const REQUEST: GenerationRequest = { kind: 'video', operation: 'text_to_video', model: MODEL.id, prompt: 'a boat', count: 1, durationSeconds: 10, resolution: '480p', aspectRatio: '16:9', inputs: [] }
const FACTS = factsOf(REQUEST, MODEL)
const KEYS = deriveKeys('a secret for tests that is 0123456789 long')

let database: TestDatabase
let pool: pg.Pool

beforeEach(async () => {
  database = await createTestDatabase()
  pool = database.pool
  await storeRateCards(pool, [{ model: MODEL.id, card: MODEL.price }])
})
afterEach(() => database.drop())

interface Payer {
  accountId: string
  keyId: string
  hasBudget: boolean
}

describe('whatever tasks go through', () => {
  /** Amounts come from multipliers: nothing, a little, and more than anybody has. */
  const command = fc.oneof(
    { weight: 2, arbitrary: fc.record({ do: fc.constant('create' as const), payer: fc.nat(2), multiplierPpm: fc.constantFrom(0, 1, 333_333, 1_000_000, 90_000_000) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('move' as const), task: fc.nat(9), to: fc.constantFrom(...TASK_STATES), madeMs: fc.constantFrom(1, 4_321, 10_000) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), task: fc.nat(9), madeMs: fc.constantFrom(1, 4_321, 10_000) }) },
  )

  test('the books balance, and an account has what it was given less what was charged and is held', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 30 }), async (commands) => {
      const payers = [await openPayer(20_000_000n), await openPayer(3_000_000n), await openPayer(20_000_000n, 4_000_000n)]
      const granted = new Map(payers.map(({ accountId }, index) => [accountId, [20_000_000n, 3_000_000n, 20_000_000n][index]!]))
      const tasks: { task: Task; payer: Payer; state: TaskState; charged: bigint }[] = []
      for (const next of commands) {
        if (next.do === 'create') {
          const payer = payers[next.payer]!
          const task = newTask(payer, next.multiplierPpm)
          const free = granted.get(payer.accountId)! - spentOrHeld(tasks, payer)
          const covered = task.heldMicros <= free && (!payer.hasBudget || task.heldMicros <= 4_000_000n - spentOrHeld(tasks, payer))
          expect((await create(task, payer)).outcome).toBe(covered ? 'created' : 'uncovered')
          if (covered) tasks.push({ task, payer, state: 'queued', charged: 0n })
          continue
        }
        const chosen = tasks[next.task % Math.max(1, tasks.length)]
        if (!chosen) continue
        const to = next.do === 'move' ? next.to : ADVANCE[chosen.state]
        if (to === undefined) continue
        const { patch, charged } = patchFor(chosen.task, to, next.madeMs)
        if (!(TASK_MOVES[chosen.state] as readonly TaskState[]).includes(to)) {
          await expect(moveTask(pool, chosen.task.id, [chosen.state], to, patch)).rejects.toThrow(/no move from/)
          continue
        }
        expect(await moveTask(pool, chosen.task.id, [chosen.state], to, patch)).toBe(chosen.state)
        // Who comes second finds the state gone, and changes nothing.
        expect(await moveTask(pool, chosen.task.id, [chosen.state], to, patch)).toBeUndefined()
        chosen.state = to
        chosen.charged = charged
      }
      const { violations, totals } = await verifyLedger(pool)
      expect(violations).toEqual([])
      for (const payer of payers) expect(await balance(`customer:${payer.accountId}`)).toBe(granted.get(payer.accountId)! - spentOrHeld(tasks, payer))
      expect(await balance(`budget:${payers[2]!.keyId}`)).toBe(4_000_000n - spentOrHeld(tasks, payers[2]!))
      expect(totals.grantedMicros).toBe(totals.customersMicros + totals.heldMicros + totals.revenueMicros)
    }), { numRuns: 60 })
  })
})

/** The happy way, so that sequences of chance come to an end often enough. */
const ADVANCE: Partial<Record<TaskState, TaskState>> = { queued: 'submitting', submitting: 'running', unresolved: 'running', running: 'archiving', archiving: 'succeeded' }

describe('append-only', () => {
  test.each([
    'update posting set note = null', 'delete from posting', 'truncate posting',
    'update entry set amount_micros = 1', 'delete from entry', 'truncate entry',
  ])('%s is refused', async (sql) => {
    await openPayer(1_000n)
    await expect(pool.query(sql)).rejects.toThrow(/the ledger only appends/)
  })
})

describe('verifying finds', () => {
  /** Each damages a world of a paid, a refunded and an open task of a key with a budget, as only a superuser can. */
  const DAMAGES: [what: string, invariant: string, sql: string][] = [
    ['an entry from nowhere we know', 'L1', `insert into entry select max(posting_id), 9, 'mattress:x', 'revenue', 5 from entry`],
    ['an entry that moves nothing', 'L1', `insert into entry select max(posting_id), 9, 'loss', 'loss', 5 from entry`],
    ['entries without their posting', 'L2', `delete from posting where kind = 'grant'`],
    ['a balance that was changed by hand', 'L3', `update ledger_account set balance_micros = balance_micros + 1 where id like 'customer:%'`],
    ['an entry that was changed', 'L3', `update entry set amount_micros = amount_micros + 1 where from_account = 'funding'`],
    ['an entry that is gone', 'L3', `delete from entry where from_account = 'funding'`],
    ['a balance that is gone', 'L3', `delete from ledger_account where id like 'customer:%'`],
    ['more spent than there was', 'L4', `alter table ledger_account drop constraint ledger_account_covered; update ledger_account set balance_micros = -1 where id like 'customer:%'`],
    ['a hold of another amount than the task says', 'L5', `update task set held_micros = held_micros + 1, charged_micros = null`],
    ['a task without a hold', 'L5', `delete from posting where kind = 'hold' and task_id = (select id from task where state = 'queued')`],
    ['a hold that ended twice', 'L6', `drop index posting_one_end; insert into posting (kind, account_id, task_id) select 'release', account_id, id from task where state = 'succeeded'`],
    ['a loss of a task that succeeded', 'L6', `insert into posting (kind, account_id, task_id) select 'loss', account_id, id from task where state = 'succeeded'`],
    ['a task that ended while its hold did not', 'L7', `update task set state = 'failed' where state = 'queued'`],
    ['a hold that ended while its task did not', 'L7', `update task set state = 'running' where state = 'failed'`],
    ['a task that succeeded and was given back', 'L7', `update posting set kind = 'release' where kind = 'capture'`],
    ['credits that nobody holds for anything', 'L7', `insert into entry select max(posting_id), 9, 'customer:' || (select id from account limit 1), 'held:' || (select id from account limit 1), 5 from entry`],
    ['a charge that revenue did not receive', 'L8', `update task set charged_micros = charged_micros - 1 where state = 'succeeded'`],
    ['a cost that was not booked', 'L8', `insert into attempt (id, task_id, number, channel_id, provider, upstream_model, outcome, job_id, cost_micros) select 'att_x', id, 1, 'c', 'p', 'm', 'accepted', gen_random_uuid(), 5 from task where state = 'succeeded'`],
    ['a cost that no attempt has', 'L8', `insert into posting (kind, account_id, task_id) select 'cost', account_id, id from task where state = 'succeeded'; insert into entry select max(id), 1, 'cost', 'upstream', 5 from posting`],
    ['a cost of a task that has not ended', 'L8', `insert into attempt (id, task_id, number, channel_id, provider, upstream_model, outcome, job_id, cost_micros) select 'att_x', id, 1, 'c', 'p', 'm', 'accepted', gen_random_uuid(), 5 from task where state = 'queued'; select post('cost', account_id, id, null, '[["cost", "upstream", 5]]') from task where state = 'queued'`],
    ['a debt to upstreams that nobody made', 'L8', `insert into entry select max(posting_id), 9, 'loss', 'upstream', 5 from entry where posting_id in (select id from posting where kind = 'capture')`],
    ['a rate card that was changed', 'L10', `update rate_card set card = jsonb_set(card, '{rates}', '[{"micros": 1, "perUnits": 1}]')`],
    ['a rate card that is gone', 'L10', 'delete from rate_card'],
    ['a quote that was changed', 'L10', `update task set quote = jsonb_set(quote, '{multiplierPpm}', '2000000')`],
    ['a budget that holds for nothing', 'L11', `insert into entry select max(posting_id), 9, 'budget:' || (select id from api_key limit 1), 'budget_held:' || (select id from api_key limit 1), 5 from entry`],
  ]

  test('nothing in books that are right', async () => {
    await makeWorld()
    const { violations, counts, totals } = await verifyLedger(pool)
    expect(violations).toEqual([])
    expect(counts).toMatchObject({ tasks: 3, openHolds: 1, recomputedCharges: 3 })
    const held = quotedMicros(priceOf(MODEL.id, MODEL.price, FACTS))
    expect(totals).toMatchObject({ grantedMicros: 20_000_000n, heldMicros: held, revenueMicros: held, customersMicros: 20_000_000n - 2n * held, lossMicros: held })
  })

  test.each(DAMAGES)('%s (%s)', async (_what, invariant, sql) => {
    await makeWorld()
    await pool.query(`alter table posting disable trigger all; alter table entry disable trigger all; ${sql}`)
    const { violations } = await verifyLedger(pool)
    expect(violations.map((violation) => violation.invariant)).toContain(invariant)
    expect(violations.every(({ examples }) => examples.length > 0)).toBe(true)
  })
})

test('what a task cost is booked with its end, once, and for every end alike', async () => {
  const payer = await openPayer(20_000_000n)
  for (const [path, cost] of [[['submitting', 'running', 'archiving', 'succeeded'], 700n], [['submitting', 'running', 'failed'], 30n]] as [TaskState[], bigint][]) {
    const task = newTask(payer, 1_000_000)
    await create(task, payer)
    const attempt = `att_${task.id}`
    await pool.query(`insert into attempt (id, task_id, number, channel_id, provider, upstream_model, outcome, job_id) values ($1, $2, 1, 'c', 'p', 'm', 'accepted', gen_random_uuid())`, [attempt, task.id])
    let from: TaskState = 'queued'
    for (const to of path) {
      const { patch } = patchFor(task, to, 10_000)
      const { loss_micros: _, ...withoutLoss } = patch
      await moveTask(pool, task.id, [from], to, { ...withoutLoss, ...(isFinal(to) && { attempt: { id: attempt, cost_micros: cost.toString(), cost_source: 'card' } }) })
      from = to
    }
    await expect(pool.query(`insert into posting (kind, account_id, task_id) values ('cost', 'x', $1)`, [task.id])).rejects.toThrow(/posting_one_cost/)
  }
  const { violations, totals } = await verifyLedger(pool)
  expect(violations).toEqual([])
  expect(totals).toMatchObject({ costMicros: 730n, lossMicros: 0n })
})

test('a hold or a charge beyond what is there is refused by the database itself', async () => {
  const payer = await openPayer(20_000_000n)
  await expect(pool.query(`update ledger_account set balance_micros = -1`)).rejects.toThrow(/ledger_account_covered/)
  const task = newTask(payer, 1_000_000)
  await create(task, payer)
  await expect(pool.query('update task set charged_micros = held_micros + 1')).rejects.toThrow(/check constraint/)
  await expect(pool.query(`select end_hold(t, 1) from task t`).then(() => pool.query('select end_hold(t, 1) from task t'))).rejects.toThrow(/posting_one_end/)
})

/** One task each that succeeded, failed after its submission was lost, and is still queued. */
async function makeWorld(): Promise<void> {
  const payer = await openPayer(20_000_000n, 10_000_000n)
  for (const path of [['submitting', 'running', 'archiving', 'succeeded'], ['submitting', 'unresolved', 'failed'], []] as TaskState[][]) {
    const task = newTask(payer, 1_000_000)
    expect(await create(task, payer)).toEqual({ outcome: 'created' })
    let from: TaskState = 'queued'
    for (const to of path) {
      expect(await moveTask(pool, task.id, [from], to, patchFor(task, to, 10_000).patch)).toBe(from)
      from = to
    }
  }
}

async function openPayer(micros: bigint, budgetMicros?: bigint): Promise<Payer> {
  const accountId = newId('account')
  return inTransaction(pool, async (client) => {
    await openAccount(client, { id: accountId, name: 'a payer' })
    await grantCredits(client, { accountId, micros, note: 'test' })
    const { id } = await createKey(client, { accountId, name: 'a key', ...(budgetMicros !== undefined && { budgetMicros }) }, KEYS)
    return { accountId, keyId: id, hasBudget: budgetMicros !== undefined }
  })
}

function newTask({ accountId, keyId }: Payer, multiplierPpm: number): Task {
  const quote = priceOf(MODEL.id, MODEL.price, FACTS, multiplierPpm)
  const nowMs = Date.now()
  return {
    id: newId('video'), accountId, keyId, dialect: 'genlock', state: 'queued', request: REQUEST, quote, heldMicros: quotedMicros(quote),
    ignored: [], usualSeconds: 60, outputs: [], extras: [], createdAtMs: nowMs, updatedAtMs: nowMs,
  }
}

function create(task: Task, { hasBudget }: Payer): Promise<CreateOutcome> {
  return createTask(pool, { task, groupName: 'default', hasBudget, deadlineAtMs: task.createdAtMs + 3_600_000 })
}

/** What such a move carries, and what the task is charged after it. */
function patchFor(task: Task, to: TaskState, madeMs: number): { patch: MovePatch; charged: bigint } {
  switch (to) {
    case 'succeeded': {
      const made: PricedFacts = { ...task.quote.facts, durationMs: madeMs }
      const charged = quotedMicros(priceOf(MODEL.id, MODEL.price, made, task.quote.multiplierPpm))
      return { patch: { outputs: [], charged_micros: charged.toString(), detail: { made } }, charged }
    }
    case 'failed':
      return { patch: { error: { code: 'timeout', message: 'too late' }, loss_micros: task.heldMicros.toString() }, charged: 0n }
    case 'running':
      return { patch: { check: { attempt_id: 'att_none', delay_ms: 0, usual_ms: 0 } }, charged: 0n }
    default:
      return { patch: {}, charged: 0n }
  }
}

function spentOrHeld(tasks: readonly { task: Task; payer: Payer; state: TaskState; charged: bigint }[], payer: Payer): bigint {
  return tasks.filter((each) => each.payer === payer).reduce((sum, { task, state, charged }) => sum + (isFinal(state) ? charged : task.heldMicros), 0n)
}

async function balance(id: string): Promise<bigint> {
  return (await pool.query<{ balance_micros: bigint }>('select balance_micros from ledger_account where id = $1', [id])).rows[0]!.balance_micros
}
