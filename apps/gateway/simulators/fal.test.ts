import { createHash, createPublicKey, verify, type JsonWebKey } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFal } from '@ai-sdk/fal'
import { createFalClient, ValidationError, type FalClient } from '@fal-ai/client'
import { generateImage } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { simulateFal } from './fal.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 10, 21)
let nowMs = startMs
let simulator: Simulator
let client: FalClient

beforeAll(async () => {
  simulator = await simulateFal({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
  client = createFalClient({
    credentials: String(simulator.credential['api_key']),
    // Its hosts are built in.
    requestMiddleware: (request) => Promise.resolve({ ...request, url: request.url.replace('https://queue.fal.run', simulator.baseUrl).replace('https://rest.fal.ai', `${simulator.baseUrl}/rest`) }),
  })
})
afterAll(() => simulator.close())
beforeEach(() => {
  nowMs = startMs
})

const VEO = 'fal-ai/veo3.1/fast'
const input = { prompt: 'a boat', duration: '4s', resolution: '720p' } as const

async function failureOf(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(() => { throw new Error('it was taken') }, (error: unknown) => error)
}

describe('with the vendor\'s own client', () => {
  test('a request waits, runs and ends as a video', async () => {
    const { request_id: requestId, status_url: statusUrl } = await client.queue.submit(VEO, { input })
    expect(statusUrl).toBe(`${simulator.baseUrl}/fal-ai/veo3.1/requests/${requestId}/status`)
    expect(await client.queue.status(VEO, { requestId })).toMatchObject({ status: 'IN_QUEUE', queue_position: 0 })
    nowMs += 10_000
    expect(await client.queue.status(VEO, { requestId })).toMatchObject({ status: 'IN_PROGRESS', logs: null })
    expect(await failureOf(() => client.queue.result(VEO, { requestId }))).toMatchObject({ status: 400, body: { detail: 'Request is still in progress' } })
    nowMs += 50_000
    expect(await client.queue.status(VEO, { requestId })).toMatchObject({ status: 'COMPLETED', metrics: { inference_time: 50 } })
    const { data } = await client.queue.result(VEO, { requestId })
    const file = await fetch((data as { video: { url: string } }).video.url)
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
  })

  test('a blob is stored first', async () => {
    const { request_id: requestId } = await client.queue.submit('fal-ai/veo3/image-to-video', { input: { prompt: 'x', image_url: new Blob(['bytes'], { type: 'image/png' }) } })
    nowMs += 60_000
    expect((await client.queue.result('fal-ai/veo3/image-to-video', { requestId })).data).toMatchObject({ video: { content_type: 'video/mp4' } })
  })

  test('a file that was never stored cannot be loaded', async () => {
    const ticket = (await (await fetch(`${simulator.baseUrl}/rest/storage/upload/initiate?storage_type=fal-cdn-v3`, { method: 'POST', headers: { authorization: `Key ${String(simulator.credential['api_key'])}` }, body: JSON.stringify({ content_type: 'image/png', file_name: 'a.png' }) })).json()) as { file_url: string }
    const { request_id: requestId } = await client.queue.submit('fal-ai/veo3/image-to-video', { input: { prompt: 'x', image_url: ticket.file_url } })
    nowMs += 60_000
    expect(await failureOf(() => client.queue.result('fal-ai/veo3/image-to-video', { requestId }))).toMatchObject({ body: { detail: [{ type: 'file_download_error' }] } })
  })

  test('what an app does not take is said when it ran', async () => {
    const { request_id: requestId } = await client.queue.submit(VEO, { input: { prompt: 'x', duration: '5s' } as never })
    nowMs += 60_000
    expect(await client.queue.status(VEO, { requestId })).toMatchObject({ status: 'COMPLETED', error_type: 'value_error' })
    const error = await failureOf(() => client.queue.result(VEO, { requestId }))
    expect(error).toBeInstanceOf(ValidationError)
    expect((error as ValidationError).fieldErrors).toMatchObject([{ loc: ['body', 'duration'] }])
  })

  test('one that waits is cancelled, one that runs is told, one that ended is not', async () => {
    const { request_id: requestId } = await client.queue.submit(VEO, { input })
    await client.queue.cancel(VEO, { requestId })
    expect(await client.queue.status(VEO, { requestId })).toMatchObject({ status: 'COMPLETED', error_type: 'client_cancelled' })
    expect(await failureOf(() => client.queue.result(VEO, { requestId }))).toMatchObject({ status: 499 })
    expect(await failureOf(() => client.queue.cancel(VEO, { requestId }))).toMatchObject({ status: 400, body: { status: 'ALREADY_COMPLETED' } })
    const running = (await client.queue.submit(VEO, { input })).request_id
    nowMs += 10_000
    await client.queue.cancel(VEO, { requestId: running })
    nowMs += 50_000
    expect((await client.queue.result(VEO, { requestId: running })).data).toHaveProperty('video')
    expect(await failureOf(() => client.queue.cancel(VEO, { requestId: '00000000-0000-0000-0000-000000000000' }))).toMatchObject({ status: 404 })
  })

  test('a video that was kept is made anew, and one that was not is not', async () => {
    const make = async (input: Record<string, unknown>): Promise<string> => {
      const { request_id: requestId } = await client.queue.submit('fal-ai/sora-2/text-to-video', { input: input as never })
      nowMs += 60_000
      return ((await client.queue.result('fal-ai/sora-2/text-to-video', { requestId })).data as { video_id: string }).video_id
    }
    const remix = async (videoId: string) => {
      const { request_id: requestId } = await client.queue.submit('fal-ai/sora-2/video-to-video/remix', { input: { prompt: 'at night', video_id: videoId } })
      nowMs += 60_000
      return client.queue.result('fal-ai/sora-2/video-to-video/remix', { requestId })
    }
    expect((await remix(await make({ prompt: 'x', delete_video: false }))).data).toHaveProperty('video')
    const gone = await make({ prompt: 'x' })
    expect(await failureOf(() => remix(gone))).toBeInstanceOf(ValidationError)
  })

  test.each([
    ['output_moderation', 422, 'content_policy_violation'],
    ['render_failure', 500, 'internal_server_error'],
    ['expiry', 504, 'request_timeout'],
  ])('[[sim:%s]] ends with %i', async (sentinel, status, type) => {
    const { request_id: requestId } = await client.queue.submit(VEO, { input: { prompt: `x [[sim:${sentinel}]]` } })
    nowMs += 60_000
    expect(await client.queue.status(VEO, { requestId })).toMatchObject({ error_type: type })
    // The client would try again for seconds.
    const response = await fetch(`${simulator.baseUrl}/fal-ai/veo3.1/requests/${requestId}`, { headers: { authorization: `Key ${String(simulator.credential['api_key'])}` } })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(type)
  })

  test('a wrong key, an empty purse and an unknown app are refused', async () => {
    const stranger = createFalClient({ credentials: 'a:b', requestMiddleware: (request) => Promise.resolve({ ...request, url: request.url.replace('https://queue.fal.run', simulator.baseUrl) }) })
    expect(await failureOf(() => stranger.queue.submit(VEO, { input }))).toMatchObject({ status: 401, body: { detail: 'No user found for Key ID and Secret' } })
    expect(await failureOf(() => client.queue.submit(VEO, { input: { prompt: '[[sim:no_money]]' } }))).toMatchObject({ status: 403 })
    expect(await failureOf(() => client.queue.submit('fal-ai/veo9', { input }))).toMatchObject({ status: 404 })
  })
})

test('AI SDK\'s client gets pictures by a direct call', async () => {
  const provider = createFal({ apiKey: String(simulator.credential['api_key']), baseURL: `${simulator.baseUrl}/run` })
  const { images } = await generateImage({ model: provider.image('fal-ai/flux/schnell'), prompt: 'a boat', aspectRatio: '16:9', n: 2 })
  expect(images.map(({ mediaType }) => mediaType)).toEqual(['image/png', 'image/png'])
  await expect(generateImage({ model: provider.image('fal-ai/flux/schnell'), prompt: '[[sim:output_moderation]]' })).rejects.toThrow(/content checker/)
})

test('a webhook is signed by the published key', async () => {
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
    const { request_id: requestId } = await client.queue.submit(VEO, { input, webhookUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` })
    nowMs += 60_000
    await simulator.deliverDue()
    expect(received).toHaveLength(1)
    const [{ headers, text }] = received as [{ headers: Record<string, string>; text: string }]
    expect(JSON.parse(text)).toMatchObject({ request_id: requestId, status: 'OK', payload: { video: { content_type: 'video/mp4' } } })
    const { keys } = (await (await fetch(`${simulator.baseUrl}/rest/.well-known/jwks.json`)).json()) as { keys: JsonWebKey[] }
    const signed = [requestId, headers['x-fal-webhook-user-id'], headers['x-fal-webhook-timestamp'], createHash('sha256').update(text).digest('hex')].join('\n')
    expect(verify(null, Buffer.from(signed), createPublicKey({ key: keys[0]!, format: 'jwk' }), Buffer.from(headers['x-fal-webhook-signature']!, 'hex'))).toBe(true)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
