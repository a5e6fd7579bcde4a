import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOpenRouter } from '@openrouter/ai-sdk-provider'
import { OpenRouter } from '@openrouter/sdk'
import type { VideoGenerationRequest } from '@openrouter/sdk/models'
import { experimental_generateVideo as generateVideo } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { simulateOpenRouter } from './openrouter.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 10, 21)
let nowMs = startMs
let simulator: Simulator
let client: OpenRouter

beforeAll(async () => {
  simulator = await simulateOpenRouter({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
  client = clientOf(String(simulator.credential['api_key']))
})
afterAll(() => simulator.close())
beforeEach(() => {
  nowMs = startMs
})

const GROK = 'x-ai/grok-imagine-video'
const FLUX = 'black-forest-labs/flux-3-video'
const PICTURE = 'data:image/png;base64,iVBORw0KGgo='

function clientOf(apiKey: string): OpenRouter {
  return new OpenRouter({ apiKey, serverURL: simulator.baseUrl, retryConfig: { strategy: 'none' } })
}

const create = (fields: Partial<VideoGenerationRequest> = {}) => client.videoGeneration.generate({ videoGenerationRequest: { model: GROK, prompt: 'a boat', duration: 1, ...fields } })
const read = (jobId: string) => client.videoGeneration.getGeneration({ jobId })
const isMp4 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1', 4, 8) === 'ftyp'

async function finished(fields: Partial<VideoGenerationRequest> = {}) {
  const { id } = await create(fields)
  nowMs += 60_000
  return read(id)
}

describe('with the vendor’s own SDK', () => {
  test('a job goes from pending over in progress to a file that needs the key, and says what it cost', async () => {
    const { id, status, pollingUrl } = await create({ resolution: '480p', aspectRatio: '9:16' })
    expect({ status, pollingUrl }).toEqual({ status: 'pending', pollingUrl: `${simulator.baseUrl}/videos/${id}` })
    expect(id).toMatch(/^gen-vid-\d{10}-[0-9a-z]{20}$/)
    await expect(client.videoGeneration.getVideoContent({ jobId: id, index: 0 })).rejects.toMatchObject({ statusCode: 409 })
    nowMs += 10_000
    expect(await read(id)).toMatchObject({ status: 'in_progress' })
    nowMs += 50_000
    const done = await read(id)
    expect(done).toMatchObject({ status: 'completed', usage: { cost: 0.05, isByok: false }, unsignedUrls: [expect.stringContaining('/content?index=0')] })
    expect(isMp4(new Uint8Array(await new Response(await client.videoGeneration.getVideoContent({ jobId: id, index: 0 })).arrayBuffer()))).toBe(true)
    expect((await fetch(done.unsignedUrls![0]!)).status).toBe(401)
  })

  test('frames, references, extras of a vendor and an earlier job are taken', async () => {
    await create({ prompt: '', frameImages: [{ type: 'image_url', imageUrl: { url: PICTURE }, frameType: 'first_frame' }] })
    await create({ model: 'bytedance/seedance-2.0', duration: 4, inputReferences: [{ type: 'image_url', imageUrl: { url: PICTURE } }, { type: 'video_url', videoUrl: { url: 'https://example.com/a.mp4' } }], provider: { options: { byteplus: { watermark: false } } } })
    const { id } = await finished({ model: FLUX, duration: 5 })
    expect(await finished({ model: FLUX, duration: 6, previousJobId: id })).toMatchObject({ status: 'completed', usage: { cost: 1.02 } })
  })

  test('the models are listed with what they take', async () => {
    const { data } = await client.videoGeneration.listVideosModels()
    expect(data.find(({ id }) => id === 'google/veo-3.1')).toMatchObject({ supportedDurations: [4, 6, 8], supportedFrameImages: ['first_frame', 'last_frame'], generateAudio: true, pricingSkus: { duration_seconds: '0.4' } })
  })

  test.each([
    ['output_moderation', 'failed', /sensitive information/],
    ['render_failure', 'failed', /internal error/],
    ['expiry', 'expired', /expired/],
  ])('[[sim:%s]] is %s with a reason', async (sentinel, status, error) => {
    expect(await finished({ prompt: `x [[sim:${sentinel}]]` })).toMatchObject({ status, error: expect.stringMatching(error) })
  })

  test.each<[string, Partial<VideoGenerationRequest>, number, RegExp]>([
    ['a length that the model does not make', { duration: 16 }, 400, /duration 16/],
    ['a resolution that it does not make', { resolution: '1080p' }, 400, /resolution 1080p/],
    ['a size of a model that lists none', { size: '640x480' }, 400, /size 640x480/],
    ['a seed where there is none', { seed: 1 }, 400, /seed/],
    ['sound where there is no switch', { generateAudio: true }, 400, /generate_audio/],
    ['a last frame', { frameImages: [{ type: 'image_url', imageUrl: { url: PICTURE }, frameType: 'last_frame' }] }, 400, /last_frame/],
    ['no words', { prompt: '' }, 400, /prompt/],
    ['a callback in the open', { callbackUrl: 'http://example.com/hook' }, 400, /HTTPS/],
    ['an earlier job, for a model that cannot go on', { previousJobId: 'gen-vid-1' }, 400, /previous_job_id/],
    ['an earlier job that nobody knows', { model: FLUX, duration: 5, previousJobId: 'gen-vid-1' }, 404, /not found/],
    ['a model that is gone', { model: 'openai/sora-2-pro' }, 404, /No endpoints/],
    ['an empty purse', { prompt: 'x [[sim:no_money]]' }, 402, /credits/],
    ['a flagged prompt', { prompt: 'x [[sim:input_moderation]]' }, 403, /flagged/],
  ])('%s is the vendor’s own error', async (_about, fields, statusCode, message) => {
    await expect(create(fields)).rejects.toMatchObject({ statusCode, error: { code: statusCode, message: expect.stringMatching(message) } })
  })

  test('a wrong key is refused, and a field that nobody knows', async () => {
    await expect(clientOf('sk-or-v1-wrong').videoGeneration.getGeneration({ jobId: 'gen-vid-1' })).rejects.toMatchObject({ statusCode: 401 })
    const response = await fetch(`${simulator.baseUrl}/videos`, { method: 'POST', headers: { authorization: `Bearer ${String(simulator.credential['api_key'])}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: GROK, prompt: 'x', colour: 'red' }) })
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 400, text: expect.stringContaining('colour') })
  })
})

test('who gave a callback is told of the end, once', async () => {
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')))
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { id } = await finished({ callbackUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` })
  await simulator.deliverDue()
  await simulator.deliverDue()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  expect(bodies).toEqual([{ type: 'video.generation.completed', created_at: '2026-11-21T00:01:00.000Z', data: expect.objectContaining({ id, status: 'completed', model: GROK, usage: { cost: 0.05, is_byok: false } }) }])
})

describe('the vendor’s provider for the AI SDK', () => {
  let quick: Simulator
  let openrouter: ReturnType<typeof createOpenRouter>
  beforeAll(async () => {
    quick = await simulateOpenRouter({ queuedSeconds: 0, renderSeconds: 0 })
    openrouter = createOpenRouter({ apiKey: String(quick.credential['api_key']), baseURL: quick.baseUrl })
  })
  afterAll(() => quick.close())

  /** As whoever uses it has to: the links need the key. */
  const download = async ({ url }: { url: URL }) => ({ data: new Uint8Array(await (await fetch(url, { headers: { authorization: `Bearer ${String(quick.credential['api_key'])}` } })).arrayBuffer()), mediaType: 'video/mp4' })
  const model = (id: string) => openrouter.videoModel(id, { pollIntervalMs: 10 })

  test('makes a video from words and from a picture, and says what it cost', async () => {
    const words = await generateVideo({ model: model('runway/gen-4.5'), prompt: 'A paper boat', duration: 2, resolution: '1280x720', seed: 7, download, maxRetries: 0 })
    expect(isMp4(words.video.uint8Array)).toBe(true)
    expect(words.providerMetadata['openrouter']).toMatchObject({ cost: 0.24, generationId: expect.stringMatching(/^gen-/) })
    const framed = await generateVideo({ model: model(GROK), prompt: { text: 'It sails', image: Buffer.from('iVBORw0KGgo=', 'base64') }, duration: 1, download, maxRetries: 0 })
    expect(isMp4(framed.video.uint8Array)).toBe(true)
  })

  test('is told why not', async () => {
    await expect(generateVideo({ model: model(GROK), prompt: 'x', duration: 99, download, maxRetries: 0 })).rejects.toThrow(/duration 99/)
    await expect(generateVideo({ model: model(GROK), prompt: 'x [[sim:output_moderation]]', duration: 1, download, maxRetries: 0 })).rejects.toThrow(/sensitive information/)
  })
})
