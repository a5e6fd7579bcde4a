import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createReplicate } from '@ai-sdk/replicate'
import { generateImage } from 'ai'
import Replicate, { validateWebhook } from 'replicate'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PINNED } from './replicate/samples.ts'
import { simulateReplicate } from './replicate.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 10, 21)
let nowMs = startMs
let simulator: Simulator
let client: Replicate

beforeAll(async () => {
  simulator = await simulateReplicate({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
  // Links are `http:` here, which the client leaves as they are.
  client = new Replicate({ auth: String(simulator.credential['api_key']), baseUrl: simulator.baseUrl, useFileOutput: false })
})
afterAll(() => simulator.close())
beforeEach(() => {
  nowMs = startMs
})

const VEO = { model: 'google/veo-3.1-fast', input: { prompt: 'a boat', duration: 4, resolution: '720p' } }

async function bytesAt(url: unknown): Promise<Buffer> {
  return Buffer.from(await (await fetch(String(url))).arrayBuffer())
}

async function refusal(call: () => Promise<unknown>): Promise<{ status: number; text: string }> {
  try {
    await call()
  } catch (error) {
    const { response } = error as { response: Response }
    return { status: response.status, text: (error as Error).message }
  }
  throw new Error('it was taken')
}

describe('with the vendor\'s own client', () => {
  test('a prediction goes from starting over processing to a video, which is gone after an hour', async () => {
    const { id, status, version } = await client.predictions.create(VEO)
    expect({ length: id.length, status, version }).toEqual({ length: 26, status: 'starting', version: 'hidden' })
    nowMs += 10_000
    expect(await client.predictions.get(id)).toMatchObject({ status: 'processing', output: null })
    nowMs += 50_000
    const done = await client.predictions.get(id)
    expect(done).toMatchObject({ status: 'succeeded', metrics: { predict_time: 50 }, data_removed: false })
    expect((await bytesAt(done.output)).toString('latin1', 4, 8)).toBe('ftyp')
    nowMs += 3_600_001
    expect(await client.predictions.get(id)).toMatchObject({ status: 'succeeded', output: null, input: {}, data_removed: true })
  })

  test('a picture is there within the wait, and said to be processing', async () => {
    const output = (await client.run('minimax/image-01', { input: { prompt: 'a boat', aspect_ratio: '1:1', number_of_images: 2 } })) as string[]
    expect(output).toHaveLength(2)
    expect((await bytesAt(output[0])).toString('latin1', 1, 4)).toBe('PNG')
    const prediction = await client.predictions.create({ model: 'google/imagen-4', input: { prompt: 'a boat' }, wait: 5 })
    expect(prediction).toMatchObject({ status: 'processing', output: expect.stringContaining('/delivery/') })
  })

  test('a pinned version is asked for by its name', async () => {
    const { id } = await client.predictions.create({ version: PINNED, input: VEO.input })
    expect(await client.predictions.get(id)).toMatchObject({ model: 'google/veo-3.1-fast', version: PINNED.split(':')[1] })
    expect(await refusal(() => client.predictions.create({ version: `${PINNED.slice(0, -1)}0`, input: VEO.input }))).toMatchObject({ status: 422, text: expect.stringContaining('Invalid version') })
  })

  test('a file is uploaded before it is an input', async () => {
    const { id } = await client.predictions.create({ model: 'google/veo-3', input: { prompt: 'a boat', image: new Blob(['bytes'], { type: 'image/png' }) } })
    expect((await client.predictions.get(id)).input).toMatchObject({ image: expect.stringContaining('/v1/files/') })
    expect(await refusal(() => client.predictions.create({ model: 'google/veo-3', input: { prompt: 'a boat', image: `${simulator.baseUrl}/files/${'x'.repeat(26)}` } }))).toMatchObject({ status: 422 })
  })

  test('one that has not ended is cancelled, and one that has is not', async () => {
    const { id } = await client.predictions.create(VEO)
    expect(await client.predictions.cancel(id)).toMatchObject({ id, status: 'canceled' })
    const late = (await client.predictions.create(VEO)).id
    nowMs += 60_000
    expect(await client.predictions.cancel(late)).toMatchObject({ status: 'succeeded' })
  })

  test.each([
    ['output_moderation', 'failed', 'E005'],
    ['render_failure', 'failed', 'E1001'],
    ['stall', 'processing', undefined],
  ])('[[sim:%s]] ends as %s', async (sentinel, status, error) => {
    const { id } = await client.predictions.create({ ...VEO, input: { prompt: `x [[sim:${sentinel}]]` } })
    nowMs += 60_000
    expect(await client.predictions.get(id)).toMatchObject({ status, error: error === undefined ? null : expect.stringContaining(error) })
  })

  test.each<[Record<string, unknown>, number, string]>([
    [{}, 422, 'input.prompt'],
    [{ prompt: 'x', duration: 5 }, 422, 'input.duration'],
    [{ prompt: 'x', colour: 'red' }, 422, 'additional_property_not_allowed'],
    [{ prompt: 'x', image: 'a.png' }, 422, 'uri'],
    [{ prompt: '[[sim:no_money]]' }, 402, 'Insufficient credit'],
    [{ prompt: '[[sim:rate_limited]]' }, 429, 'resets in'],
  ])('%j is refused with %i', async (input, status, text) => {
    expect(await refusal(() => client.predictions.create({ ...VEO, input }))).toMatchObject({ status, text: expect.stringContaining(text) })
  })

  test('a wrong token and an unknown model are refused', async () => {
    expect(await refusal(() => new Replicate({ auth: 'r8_wrong', baseUrl: simulator.baseUrl }).predictions.create(VEO))).toMatchObject({ status: 401 })
    expect(await refusal(() => client.predictions.create({ model: 'acme/nothing', input: {} }))).toMatchObject({ status: 404 })
  })

  test('predictions are listed', async () => {
    const { id } = await client.predictions.create(VEO)
    expect((await client.predictions.list()).results[0]).toMatchObject({ id })
  })

  test('webhooks come for what was asked, and are signed', async () => {
    const received: { headers: Record<string, string>; text: string }[] = []
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        received.push({ headers: request.headers as Record<string, string>, text: Buffer.concat(chunks).toString('utf8') })
        response.end('{}')
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    try {
      const { id } = await client.predictions.create({ ...VEO, webhook: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, webhook_events_filter: ['completed'] })
      nowMs += 60_000
      await simulator.deliverDue()
      expect(received.map(({ text }) => JSON.parse(text) as unknown)).toMatchObject([{ id, status: 'succeeded' }])
      const { key } = await client.webhooks.default.secret.get()
      const [{ headers, text }] = received as [(typeof received)[number]]
      expect(await validateWebhook({ id: headers['webhook-id']!, timestamp: headers['webhook-timestamp']!, signature: headers['webhook-signature']!, body: text, secret: key })).toBe(true)
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

test('AI SDK\'s client gets pictures from one call', async () => {
  const provider = createReplicate({ apiToken: String(simulator.credential['api_key']), baseURL: simulator.baseUrl })
  const { images } = await generateImage({ model: provider.image('black-forest-labs/flux-schnell'), prompt: 'a boat', aspectRatio: '16:9', n: 2 })
  expect(images.map(({ mediaType }) => mediaType)).toEqual(['image/png', 'image/png'])
  await expect(generateImage({ model: provider.image('google/imagen-4'), prompt: 'a boat', aspectRatio: '5:1' })).rejects.toThrow(/aspect_ratio/)
})
