import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createResultMedia } from '../simulators/result-media.ts'
import { UpstreamError } from '../src/core/errors.ts'
import type { Provider } from '../src/providers/provider.ts'
import { startTestGateway, type TestGateway } from './support/gateway.ts'

const MANY = 400
const FEW = 20
const WITHIN_SECONDS = 60

const wire = { kinds: ['image'], credential: z.object({}), handle: z.object({}), authorize: () => ({}), check: () => Promise.reject(new Error('there is nothing to look at')) } satisfies Partial<Provider>
let release: () => void
let hanging = 0
let most = 0
let genlock: TestGateway

beforeAll(async () => {
  const held = new Promise<void>((resolve) => (release = resolve))
  const picture = Buffer.from(await createResultMedia().png({ widthPixels: 64, heightPixels: 64 })).toString('base64')
  const hangs: Provider = {
    ...wire,
    id: 'hangs',
    name: 'Hangs',
    async submit() {
      hanging += 1
      most = Math.max(most, hanging)
      await held
      hanging -= 1
      throw new UpstreamError('refused', 'no')
    },
  }
  const well: Provider = { ...wire, id: 'well', name: 'Well', submit: () => Promise.resolve({ handle: {}, progress: { state: 'done', results: [{ kind: 'bytes', base64: picture, role: 'output' }] } }) }
  genlock = await startTestGateway({
    providers: { hangs, well },
    channels: [{ id: 'hangs', provider: 'hangs', base_url: 'http://127.0.0.1:1', credential: {}, models: { 'flux-dev': 'any' } }, { id: 'well', provider: 'well', base_url: 'http://127.0.0.1:1', credential: {}, models: { 'gpt-image-1': 'any' } }],
    environment: { GENLOCK_KEY_RPM: '100000', GENLOCK_STARTING_CREDITS: '1000' },
  })
})
afterAll(async () => {
  release?.()
  await genlock?.close()
})

test('an upstream that takes every submission and answers none leaves room for the others', { timeout: 120_000 }, async () => {
  const stuck: Promise<string>[] = []
  for (let index = 0; index < MANY; index += 1) stuck.push(create('flux-dev'))
  await Promise.all(stuck)
  const ids = await Promise.all(Array.from({ length: FEW }, () => create('gpt-image-1')))
  const ends = await Promise.all(ids.map(async (id) => (await genlock.call(`/v1/videos/${id}/wait?timeout=${WITHIN_SECONDS}`)).json()))
  expect(ends.map((end) => (end as { status: string }).status)).toEqual(ids.map(() => 'succeeded'))
  expect(hanging).toBeGreaterThan(0)
  expect(most).toBeLessThan(MANY)
  release()
})

async function create(model: string): Promise<string> {
  const created = await genlock.call('/v1/images', { method: 'POST', body: JSON.stringify({ model, input: { prompt: 'A paper boat' } }) })
  expect(created.status).toBe(202)
  return ((await created.json()) as { id: string }).id
}
