/** AI SDK's ByteDance provider against a running gateway. */
import { createByteDance } from '@ai-sdk/bytedance'
import { experimental_generateVideo as generateVideo, generateImage } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

let genlock: TestGateway
let bytedance: ReturnType<typeof createByteDance>
const polling = { bytedance: { pollIntervalMs: 100 } }

beforeAll(async () => {
  genlock = await startTestGateway()
  bytedance = createByteDance({ apiKey: genlock.key, baseURL: `${genlock.url}/api/v3` })
})
afterAll(() => genlock?.close())

/** The library itself fetches no loopback address. */
async function download({ url }: { url: URL }): Promise<{ data: Uint8Array; mediaType: string | undefined }> {
  const response = await fetch(url)
  return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get('content-type') ?? undefined }
}

test('a video, from words and from a picture', async () => {
  const model = bytedance.video('seedance-1-0-pro-fast-251015')
  const { video } = await generateVideo({ model, prompt: 'A paper boat', duration: 2, resolution: '864x480', aspectRatio: '16:9', seed: 7, download, providerOptions: { bytedance: { ...polling.bytedance, watermark: false, cameraFixed: true, serviceTier: 'default' } } })
  expect(isMp4(video.uint8Array)).toBe(true)
  const { video: fromPicture } = await generateVideo({ model, prompt: { image: await picture(), text: 'It sails away' }, duration: 2, download, providerOptions: polling })
  expect(isMp4(fromPicture.uint8Array)).toBe(true)
})

test('a model of somebody else, by its public name', async () => {
  const { video } = await generateVideo({ model: bytedance.video('veo_3_1-fast'), prompt: 'A paper boat', duration: 4, aspectRatio: '16:9', download, providerOptions: polling })
  expect(isMp4(video.uint8Array)).toBe(true)
})

test('pictures', async () => {
  const { image } = await generateImage({ model: bytedance.image('seedream-4-0-250828'), prompt: 'A paper boat', size: '1024x1024' })
  expect(image.mediaType).toMatch(/^image\//)
})

test('a failure says why', async () => {
  const model = bytedance.video('seedance-1-0-pro-fast-251015')
  // The client leaves the reason out.
  await expect(generateVideo({ model, prompt: 'x [[fail:content_policy]]', duration: 2, download, providerOptions: polling })).rejects.toThrow(/Video generation failed/)
  await expect(generateVideo({ model, prompt: 'x', duration: 99, download })).rejects.toThrow(/duration must be a whole number of seconds/)
})
