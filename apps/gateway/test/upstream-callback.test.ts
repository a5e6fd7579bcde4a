import { afterAll, beforeAll, expect, test } from 'vitest'
import { simulateVolcengineArk } from '../simulators/volcengine-ark.ts'
import type { Simulator } from '../simulators/simulator.ts'
import { verifyLedger } from '../src/ledger/verify.ts'
import { startTestGateway, type TestGateway } from './support/gateway.ts'
import { freePort } from './support/free-port.ts'

let ark: Simulator
let genlock: TestGateway

beforeAll(async () => {
  ark = await simulateVolcengineArk({ queuedSeconds: 0.1, renderSeconds: 0.3 })
  const port = await freePort()
  genlock = await startTestGateway({
    channels: [{ id: 'ark', provider: 'volcengine-ark', base_url: ark.baseUrl, credential: ark.credential, models: { 'seedance-2.0-pro': 'doubao-seedance-2-0-260128' } }],
    // Nothing would be looked at within the time of these tests if the upstream did not call.
    environment: { PORT: String(port), GENLOCK_PUBLIC_URL: `http://127.0.0.1:${port}`, GENLOCK_CHECK_MIN_MS: '50000', GENLOCK_CHECK_MAX_MS: '50000' },
  })
})
afterAll(async () => {
  await genlock.close()
  await ark.close()
})

test('a job is looked at as soon as its upstream calls', async () => {
  const task = await waitFor(await create('told at once'))
  expect(task).toMatchObject({ status: 'succeeded' })
})

test('a submission whose answer was lost is found by its callback, and not sent again', async () => {
  ark.failNext({ operation: 'create', kind: 'reset', accepted: true })
  const task = await waitFor(await create('answer lost on the way'))
  expect(task).toMatchObject({ status: 'succeeded' })
  expect(ark.acceptedCreates('answer lost on the way')).toBe(1)
  expect((await verifyLedger(genlock.database.pool)).violations).toEqual([])
})

test('a callback with a proof that is not ours is not found', async () => {
  const { rows: [attempt] } = await genlock.database.pool.query<{ id: string }>('select id from attempt limit 1')
  const answer = await fetch(`${genlock.url}/upstream/${attempt!.id}/${'0'.repeat(40)}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  expect(answer.status).toBe(404)
})

async function create(prompt: string): Promise<string> {
  const created = await genlock.call('/v1/videos', { method: 'POST', body: JSON.stringify({ model: 'seedance-2.0-pro', input: { prompt, resolution: '480p' } }) })
  expect(created.status).toBe(202)
  return ((await created.json()) as { id: string }).id
}

async function waitFor(id: string): Promise<unknown> {
  return (await genlock.call(`/v1/videos/${id}/wait?timeout=30`)).json()
}
