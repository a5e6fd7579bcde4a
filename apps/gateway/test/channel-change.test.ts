import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { simulateVolcengineArk } from '../simulators/volcengine-ark.ts'
import type { Simulator } from '../simulators/simulator.ts'
import { startTestGateway, type TestGateway } from './support/gateway.ts'

let before: Simulator
let after: Simulator
let genlock: TestGateway

beforeAll(async () => {
  before = await simulateVolcengineArk({ queuedSeconds: 0.1, renderSeconds: 3 })
  after = await simulateVolcengineArk({ queuedSeconds: 0.1, renderSeconds: 0.2 })
  genlock = await startTestGateway({ channels: [channelAt(before)] })
})
afterAll(async () => {
  await genlock.close()
  await Promise.all([before.close(), after.close()])
})

test('a task in flight is checked where and as whom it was submitted, though its channel has moved', async () => {
  const early = await create('submitted before the move')
  await expect.poll(() => before.acceptedCreates('submitted before the move')).toBe(1)

  const path = join(genlock.config.dataFolder, 'moved.yaml')
  await writeFile(path, stringify({ channels: [channelAt(after)] }))
  await genlock.another({ GENLOCK_CONFIG: path })
  // The first process learns of it within its two seconds.
  await expect.poll(async () => {
    await create('submitted after the move')
    return after.acceptedCreates('submitted after the move')
  }, { timeout: 10_000, interval: 500 }).toBeGreaterThan(0)

  expect(await (await genlock.call(`/v1/videos/${early}/wait?timeout=30`)).json()).toMatchObject({ status: 'succeeded' })
  expect(before.acceptedCreates('submitted before the move')).toBe(1)
  expect(after.acceptedCreates('submitted before the move')).toBe(0)
})

function channelAt(simulator: Simulator): unknown {
  return { id: 'ark', provider: 'volcengine-ark', base_url: simulator.baseUrl, credential: simulator.credential, models: { 'seedance-2.0-pro': 'doubao-seedance-2-0-260128' } }
}

async function create(prompt: string): Promise<string> {
  const created = await genlock.call('/v1/videos', { method: 'POST', body: JSON.stringify({ model: 'seedance-2.0-pro', input: { prompt, resolution: '480p' } }) })
  expect(created.status).toBe(202)
  return ((await created.json()) as { id: string }).id
}
