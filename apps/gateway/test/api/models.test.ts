import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKey } from '../../src/bootstrap.ts'
import { allModels } from '../../src/catalog/index.ts'
import { inTransaction } from '../../src/db/pool.ts'
import type { ShownModel } from '../../src/http/show-model.ts'
import { deriveKeys } from '../../src/keys.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { call } from './client.ts'

let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock.close())

async function list(query = '', key?: string): Promise<ShownModel[]> {
  const { body } = await call<{ data: ShownModel[] }>(genlock, `/v1/models${query}`, key === undefined ? {} : { key })
  return body.data
}

async function keyFor(models: string[]): Promise<string> {
  const { accountId } = await genlock.addAccount(0n)
  const { value } = await inTransaction(genlock.database.pool, (client) => createKey(client, { accountId, name: 'some models', models }, deriveKeys(genlock.config.secret)))
  return value
}

describe('GET /v1/models', () => {
  test('lists the whole catalogue, each with how it is charged and worked prices', async () => {
    const models = await list()
    expect(models.map(({ id }) => id)).toEqual(allModels().map(({ id }) => id))
    for (const { id, billing } of models) expect(billing.examples.length, id).toBeGreaterThan(0)
    expect(models.find(({ id }) => id === 'viduq1')!.billing).toEqual({ method: 'per_call', currency: 'USD', examples: [{ text: { en: '5 s at 1080p', zh: '5 秒 1080p' }, cost_cents: 40 }] })
  })

  test('lists one kind of models when asked', async () => {
    for (const kind of ['video', 'image']) {
      const models = await list(`?type=${kind}`)
      expect(models.length).toBeGreaterThan(0)
      expect(new Set(models.map(({ type }) => type))).toEqual(new Set([kind]))
    }
    expect(await list('?type=song')).toEqual([])
  })

  test('lists what the key may call, and knows a key in the header of any wire', async () => {
    const key = await keyFor(['kling-v1', 'viduq1'])
    expect((await list('', key)).map(({ id }) => id)).toEqual(['kling-v1', 'viduq1'])
    for (const header of ['authorization', 'x-api-key', 'x-goog-api-key']) {
      const answer = await fetch(`${genlock.url}/v1/models`, { headers: { [header]: key } })
      expect(((await answer.json()) as { data: unknown[] }).data, header).toHaveLength(2)
      expect((await fetch(`${genlock.url}/v1/models`, { headers: { [header]: 'sk_wrong' } })).status, header).toBe(401)
    }
  })
})

describe('GET /v1/models/{id}', () => {
  test('shows a model by its id and by any of its other names', async () => {
    const { body } = await call<ShownModel>(genlock, '/v1/models/veo-3.1')
    expect(body).toMatchObject({ id: 'veo-3.1', type: 'video', references: { image: 3 }, resolutions: ['720p', '1080p', '4k'], endpoints: expect.arrayContaining(['/v1/videos']) as unknown })
    for (const alias of ['veo-3.1-generate-preview', 'fal-ai/veo3.1/image-to-video']) expect((await call(genlock, `/v1/models/${alias}`)).body['id']).toBe('veo-3.1')
  })

  test('knows no other names, and none that the key may not call', async () => {
    const key = await keyFor(['kling-v1'])
    for (const [name, init] of [['veo-9', {}], ['VEO-3.1', {}], ['viduq1', { key }]] as const) {
      const answer = await call(genlock, `/v1/models/${name}`, init)
      expect([answer.status, answer.body]).toMatchObject([404, { error: { code: 'model_not_found' } }])
    }
  })
})
