/** Every upstream ill at once, with the whole gateway before it: nobody is charged wrongly, and nobody is asked twice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { allEnded, examine, type Outcome } from '../crash/aftermath.ts'
import { PLAIN_CREATES } from '../dialects/plain-creates.ts'
import { send } from '../dialects/sample.ts'
import { startAllChannels, type AllChannels } from './all-channels.ts'
import { allPairs } from './pairs.ts'

const TASKS_EACH = 10
const BROWN_MS = 15_000
const ALL_ENDED_WITHIN_MS = 90_000

const providers: Provider[] = Object.values(PROVIDERS)
let all: AllChannels
let outcomes: Outcome[]
let faults: string[]

beforeAll(async () => {
  all = await startAllChannels({
    simulation: { queuedSeconds: 0.2, renderSeconds: 0.5, seed: 20261121 },
    environment: { GENLOCK_RECONCILE_SECONDS: '6', GENLOCK_TASK_DEADLINE_SECONDS: '60', GENLOCK_UPSTREAM_TIMEOUT_MS: '1500' },
  })
  const { genlock, simulators, keys } = all
  for (const simulator of simulators.values()) simulator.brownOut({ serverErrors: 0.25, timeouts: 0.1, resets: 0.1, garbage: 0.1, unknownWords: 0.1, duplicateCallbacks: 0.5 })
  for (const { provider, kind, model } of allPairs().filter(({ dialect, fromFrame }) => dialect === 'genlock' && !fromFrame)) {
    for (let index = 0; index < TASKS_EACH; index += 1) {
      const created = await send(genlock.url, PLAIN_CREATES['genlock']![kind]!(model, `<${provider} ${kind} ${index}>`), keys.get(provider)!)
      expect(created.status).toBe(202)
      await created.body?.cancel()
    }
  }
  await allEnded(genlock.database.pool, BROWN_MS)
  for (const simulator of simulators.values()) simulator.brownOut()
  expect(await allEnded(genlock.database.pool, ALL_ENDED_WITHIN_MS)).toBe(true)
  const acceptedCreates = (marker?: string): number => [...simulators.values()].reduce((sum, simulator) => sum + simulator.acceptedCreates(marker), 0)
  ;({ outcomes, faults } = await examine(genlock.database.pool, { upstream: { acceptedCreates }, creates: [], dataFolder: genlock.config.dataFolder }))
}, 180_000)
afterAll(() => all?.close())

test('every task has ended, charged for what was made and for nothing else, and the books balance', () => {
  expect(faults).toEqual([])
})

test.each(providers.map(({ id }) => id))('%s was ill, and what came through it ended by no word that nobody knows', (id) => {
  const struck = new Set(all.simulators.get(id)!.requests().map(({ fault }) => fault ?? 'well'))
  expect(struck.size).toBeGreaterThan(2)
  const own = outcomes.filter(({ marker }) => marker.startsWith(`<${id} `))
  expect(own.length).toBeGreaterThanOrEqual(TASKS_EACH)
  // A result that could not be had, a submission that was never found, or nobody who would take it: never a look.
  for (const { state, error } of own) if (state === 'failed') expect(error!.code).toMatch(/^(upstream_failed|timeout|upstream_busy)$/)
})
