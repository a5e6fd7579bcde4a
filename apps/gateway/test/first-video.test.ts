import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyLedger } from '../src/ledger/verify.ts'
import { startTestGateway, type TestGateway } from './support/gateway.ts'

let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock.close())

test('a video is created, waited for, downloaded in full and in part, and charged what was held at most', async () => {
  const created = await genlock.call('/v1/videos', {
    method: 'POST',
    body: JSON.stringify({ model: 'seedance-2.0-pro', input: { prompt: 'A cinematic product reveal', duration_seconds: 4, resolution: '480p' } }),
  })
  expect(created.status).toBe(202)
  const { id, estimated_cost_cents: estimate } = (await created.json()) as { id: string; estimated_cost_cents: number }
  const task = (await (await genlock.call(`/v1/videos/${id}/wait`)).json()) as { status: string; cost_cents: number; output: { url: string; bytes: number; duration_seconds: number } }
  expect(task.status).toBe('succeeded')
  expect(task.cost_cents).toBeLessThanOrEqual(estimate)
  expect(task.output.duration_seconds).toBeCloseTo(4, 1)

  const whole = new Uint8Array(await (await fetch(task.output.url)).arrayBuffer())
  expect(whole.length).toBe(task.output.bytes)
  const part = await genlock.call(`/v1/videos/${id}/content`, { headers: { range: 'bytes=100-199' } })
  expect(part.status).toBe(206)
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(whole.subarray(100, 200))
  expect((await verifyLedger(genlock.database.pool)).violations).toEqual([])
})
