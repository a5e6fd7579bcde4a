import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Simulator } from '../simulators/simulator.ts'
import { simulateVolcengineArk } from '../simulators/volcengine-ark.ts'
import { verifyLedger } from '../src/ledger/verify.ts'
import { allEnded, examine } from './crash/aftermath.ts'
import { startTestGateway, type TestGateway } from './support/gateway.ts'

const MODEL = 'seedance-2.0-pro'
const TASKS = 60
/** Several, because a breaker leaves a sick channel alone for longer and longer. */
const CHANNELS = 8
const BROWN_MS = 15_000
const ALL_ENDED_WITHIN_MS = 60_000

let ark: Simulator
let genlock: TestGateway

beforeAll(async () => {
  ark = await simulateVolcengineArk({ queuedSeconds: 0.2, renderSeconds: 0.5, seed: 20261121 })
  genlock = await startTestGateway({
    channels: Array.from({ length: CHANNELS }, (_, index) => ({ id: `ark-${index}`, provider: 'volcengine-ark', base_url: ark.baseUrl, credential: ark.credential, models: { [MODEL]: 'doubao-seedance-2-0-260128' } })),
    environment: { GENLOCK_RECONCILE_SECONDS: '4', GENLOCK_TASK_DEADLINE_SECONDS: '45', GENLOCK_UPSTREAM_TIMEOUT_MS: '1000' },
  })
})
afterAll(async () => {
  await genlock.close()
  await ark.close()
})

test('an upstream that fails two calls of three charges nobody wrongly, is never asked twice, and ends no task by a word that we do not know', { timeout: 150_000 }, async () => {
  const before = await credits()
  ark.brownOut({ serverErrors: 0.3, timeouts: 0.2, resets: 0.1, garbage: 0.1, unknownWords: 0.1 })
  const ids: string[] = []
  for (let index = 0; index < TASKS; index += 1) {
    const answer = await genlock.call('/v1/videos', { method: 'POST', body: JSON.stringify({ model: MODEL, input: { prompt: `<brown ${index}>`, duration_seconds: 4, resolution: '480p' } }) })
    expect(answer.status).toBe(202)
    ids.push(((await answer.json()) as { id: string }).id)
  }
  await allEnded(genlock.database.pool, BROWN_MS)
  ark.brownOut()
  expect(await allEnded(genlock.database.pool, ALL_ENDED_WITHIN_MS)).toBe(true)

  const { outcomes, faults } = await examine(genlock.database.pool, { upstream: ark, creates: [], dataFolder: genlock.config.dataFolder })
  expect(faults).toEqual([])
  expect(outcomes.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  // Something of everything happened, or this proves nothing.
  const struck = new Set(ark.requests().map(({ operation, fault }) => `${operation} ${fault ?? 'well'}`))
  for (const what of ['check unknown_word', 'check hang', 'check reset', 'check server_error', 'check html']) expect(struck).toContain(what)
  for (const operation of ['create', 'download']) expect([...struck].filter((what) => what.startsWith(operation)).length).toBeGreaterThanOrEqual(3)
  const states = new Set(outcomes.map(({ state }) => state))
  expect(states).toEqual(new Set(['succeeded', 'failed']))

  // Every failure is that of a submission whose answer was lost, of a result that could not be had, or of a task that was
  // never sent because nobody would take it: never of a look.
  for (const { state, wasUnresolved, error } of outcomes) {
    if (state === 'failed' && !wasUnresolved) expect(error!.code).toMatch(/^(upstream_failed|timeout)$/)
    if (state === 'failed' && wasUnresolved) expect(error!.code).toBe('timeout')
  }
  const { rows } = await genlock.database.pool.query<{ task_id: string; reason: string | null }>(`select task_id, coalesce(detail->>'archive', nullif(detail->>'deadline', 'running')) as reason from task_event where state = 'failed' and task_id = any ($1)`, [
    outcomes.filter(({ state, wasUnresolved }) => state === 'failed' && !wasUnresolved).map(({ id }) => id)])
  expect(rows.filter(({ reason }) => reason === null)).toEqual([])

  const spent = outcomes.reduce((sum, { chargedMicros }) => sum + (chargedMicros ?? 0n), 0n)
  expect(await credits()).toBe(before - spent)
  const { totals } = await verifyLedger(genlock.database.pool)
  expect(totals.revenueMicros).toBe(spent)
  expect(totals.lossMicros).toBe(outcomes.filter(({ state, wasUnresolved }) => state === 'failed' && wasUnresolved).reduce((sum, { heldMicros }) => sum + heldMicros, 0n))
})

async function credits(): Promise<bigint> {
  const { rows: [row] } = await genlock.database.pool.query<{ balance_micros: bigint }>(`select balance_micros from ledger_account where id like 'customer:%'`)
  return row!.balance_micros
}
