import { expect, test } from 'vitest'
import { fuzzDialects } from './fuzzing.ts'

/** `npm run test:fuzz` sends 100,000 to each; this is the short form. */
const BODIES = 600

test('random bodies are refused by every dialect, without a 5xx, a stall or a hold', { timeout: 300_000 }, async () => {
  const { requests, faults } = await fuzzDialects({ bodies: BODIES, seed: 20_261_121, log: () => undefined })
  expect(faults).toEqual([])
  expect(requests).toBeGreaterThan(BODIES)
})
