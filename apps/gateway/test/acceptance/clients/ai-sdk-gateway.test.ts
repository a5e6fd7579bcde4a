/** Vercel's own gateway provider of the AI SDK, pointed at Genlock by its `baseURL`. */
import { createGateway } from '@ai-sdk/gateway'
import { experimental_generateVideo as generateVideo, generateImage } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4 } from '../pictures.ts'

let genlock: TestGateway
let client: ReturnType<typeof createGateway>

beforeAll(async () => {
  genlock = await startTestGateway()
  client = createGateway({ apiKey: genlock.key, baseURL: `${genlock.url}/v4/ai` })
})
afterAll(() => genlock?.close())

/** The AI SDK fetches no file from a loopback address by itself. */
const download = async ({ url }: { url: URL }) => ({ data: new Uint8Array(await (await fetch(url)).arrayBuffer()), mediaType: 'video/mp4' })

test('generateVideo makes a video and fetches it', async () => {
  const { video } = await generateVideo({ model: client.video('seedance-1.0-pro-fast'), prompt: 'A paper boat', duration: 2, aspectRatio: '16:9', download })
  expect(isMp4(Buffer.from(video.uint8Array))).toBe(true)
})

test('a video that fails throws with our words', async () => {
  await expect(generateVideo({ model: client.video('seedance-1.0-pro-fast'), prompt: '[[fail:content_policy]]', duration: 2, maxRetries: 0, download })).rejects.toThrow(/content/i)
})

test('a video is started, and its status read until it is there', async () => {
  const model = client.video('seedance-1.0-pro-fast')
  const options = { prompt: 'A paper boat', n: 1, duration: 2, aspectRatio: undefined, resolution: undefined, fps: undefined, seed: undefined, image: undefined, frameImages: undefined, inputReferences: undefined, generateAudio: undefined, providerOptions: {} }
  const { operation } = await model.doStart!(options)
  let status = await model.doStatus!({ operation })
  for (let read = 0; status.status === 'pending' && read < 300; read += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    status = await model.doStatus!({ operation })
  }
  expect(status).toMatchObject({ status: 'completed', videos: [{ type: 'url', mediaType: 'video/mp4' }] })
})

test('generateImage makes pictures', async () => {
  const { images } = await generateImage({ model: client.image('gpt-image-1'), prompt: 'A paper boat', n: 2, size: '1024x1024' })
  expect(images.map(({ uint8Array }) => Buffer.from(uint8Array).subarray(1, 4).toString())).toEqual(['PNG', 'PNG'])
})

test('its models are ours', async () => {
  const { models } = await client.getAvailableModels()
  expect(models).toContainEqual(expect.objectContaining({ id: 'seedance-1.0-pro-fast', modelType: 'video' }))
})

test('errors are of the kinds that the client knows', async () => {
  await expect(generateImage({ model: client.image('no-such-model'), prompt: 'x', maxRetries: 0 })).rejects.toMatchObject({ name: 'GatewayModelNotFoundError' })
  const stranger = createGateway({ apiKey: 'sk_wrong', baseURL: `${genlock.url}/v4/ai` })
  await expect(generateImage({ model: stranger.image('gpt-image-1'), prompt: 'x', maxRetries: 0 })).rejects.toMatchObject({ name: 'GatewayAuthenticationError' })
})
