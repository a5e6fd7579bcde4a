/** OpenRouter's own SDK, making videos here. */
import { OpenRouter } from '@openrouter/sdk'
import type { VideoGenerationRequest, VideoGenerationResponse } from '@openrouter/sdk/models'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

const MAX_POLLS = 1500
const MODEL = 'seedance-1.0-pro-fast'
let genlock: TestGateway
let client: OpenRouter

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
  client = clientOf(genlock.key)
})
afterAll(() => genlock?.close())

test('a job is made, polled and downloaded', async () => {
  const created = await create({ model: MODEL, prompt: 'A paper boat', duration: 2, resolution: '480p', aspectRatio: '16:9', seed: 7 })
  expect(created.status).toBe('pending')
  const job = await ended(created.id)
  expect(job).toMatchObject({ status: 'completed', usage: { isByok: false } })
  expect(job.usage!.cost).toBeGreaterThan(0)
  const bytes = Buffer.from(await new Response(await client.videoGeneration.getVideoContent({ jobId: created.id, index: 0 })).arrayBuffer())
  expect(isMp4(bytes)).toBe(true)
  expect(Buffer.from(await (await fetch(job.unsignedUrls![0]!)).arrayBuffer()).equals(bytes)).toBe(true)
})

test('a frame starts the video, and a finished job is gone on from', async () => {
  const url = `data:image/png;base64,${(await picture()).toString('base64')}`
  const created = await create({ model: 'openai/sora-2', prompt: 'She smiles', duration: 4, size: '1280x720', frameImages: [{ type: 'image_url', imageUrl: { url }, frameType: 'first_frame' }] })
  expect((await ended(created.id)).status).toBe('completed')
  const next = await create({ model: 'sora-2', prompt: 'The same at night', duration: 4, previousJobId: created.id })
  expect((await ended(next.id)).status).toBe('completed')
  await expect(create({ model: 'sora-2', prompt: 'p', previousJobId: 'vid_nobody' })).rejects.toMatchObject({ statusCode: 400, message: expect.stringContaining('previous_job_id') })
})

test('the models are listed in the vendor’s own terms', async () => {
  const { data } = await client.videoGeneration.listVideosModels()
  const sora = data.find(({ id }) => id === 'sora-2')!
  expect(sora).toMatchObject({ canonicalSlug: 'sora-2', supportedSizes: ['720x1280', '1280x720'], supportedFrameImages: ['first_frame'], generateAudio: true })
  expect(Object.keys(sora.pricingSkus!)).not.toHaveLength(0)
})

test('a failed job says why', async () => {
  const { id } = await create({ model: MODEL, prompt: 'A boat [[fail:content_policy]]', duration: 2 })
  expect(await ended(id)).toMatchObject({ status: 'failed', error: expect.stringContaining('content') })
})

test.each<[string, () => Promise<unknown>, number]>([
  ['a wrong key', () => clientOf('sk_wrong').videoGeneration.getGeneration({ jobId: 'vid_nobody' }), 401],
  ['a job of nobody', () => client.videoGeneration.getGeneration({ jobId: 'vid_nobody' }), 404],
  ['a value that the model does not take', () => create({ model: MODEL, prompt: 'p', duration: 999 }), 400],
  ['a model that does not exist', () => create({ model: 'openai/gpt-5', prompt: 'p' }), 404],
])('%s is the vendor’s own error', async (_, call, statusCode) => {
  await expect(call()).rejects.toMatchObject({ statusCode, error: { code: statusCode, message: expect.any(String) } })
})

test('without credits nothing is started', async () => {
  const { key } = await genlock.addAccount(1n)
  await expect(clientOf(key).videoGeneration.generate({ videoGenerationRequest: { model: MODEL, prompt: 'p' } })).rejects.toMatchObject({ statusCode: 402, name: 'PaymentRequiredResponseError' })
})

function clientOf(apiKey: string): OpenRouter {
  return new OpenRouter({ apiKey, serverURL: `${genlock.url}/api/v1` })
}

function create(videoGenerationRequest: VideoGenerationRequest): Promise<VideoGenerationResponse> {
  return client.videoGeneration.generate({ videoGenerationRequest })
}

async function ended(jobId: string): Promise<VideoGenerationResponse> {
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    const job = await client.videoGeneration.getGeneration({ jobId })
    if (job.status !== 'pending' && job.status !== 'in_progress') return job
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${jobId} has not ended`)
}
