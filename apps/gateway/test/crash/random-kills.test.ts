import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { runStorm } from './storm.ts'

/** `npm run test:crash -- --kills 200` is the same for longer. */
const KILLS = 8

test('gateways that are killed at random under load charge nobody wrongly and lose nothing', { timeout: 180_000 }, async () => {
  const database = await createTestDatabase()
  try {
    const report = await runStorm({ databaseUrl: database.url, kills: KILLS })
    expect(report.faults).toEqual([])
    expect(report.byState['succeeded']).toBeGreaterThan(0)
  } finally {
    await database.drop()
  }
})
