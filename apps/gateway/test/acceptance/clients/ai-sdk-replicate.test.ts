/** AI SDK's Replicate provider against a running gateway. */
import { createReplicate } from '@ai-sdk/replicate'
import { experimental_generateVideo as generateVideo, generateImage } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

let genlock: TestGateway
let replicate: ReturnType<typeof createReplicate>

beforeAll(async () => {
  genlock = await startTestGateway()
  replicate = createReplicate({ apiToken: genlock.key, baseURL: `${genlock.url}/v1` })
})
afterAll(() => genlock?.close())

/** The library itself fetches no video from a loopback address. */
async function download({ url }: { url: URL }): Promise<{ data: Uint8Array; mediaType: string | undefined }> {
  const response = await fetch(url)
  return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get('content-type') ?? undefined }
}

test('a picture, by its version too', async () => {
  const { image } = await generateImage({ model: replicate.image('black-forest-labs/flux-1.1-pro'), prompt: 'A paper boat', size: '512x512', seed: 7 })
  expect(image.mediaType).toMatch(/^image\//)
  const { latest_version: { id } } = (await (await genlock.call('/v1/models/genlock/flux-1.1-pro')).json()) as { latest_version: { id: string } }
  const { images } = await generateImage({ model: replicate.image(`genlock/flux-1.1-pro:${id}`), prompt: 'A paper boat', aspectRatio: '1:1' })
  expect(images).toHaveLength(1)
})

test('a video, from words and from a picture', async () => {
  const model = replicate.video('genlock/seedance-1.0-pro-fast')
  const { video } = await generateVideo({ model, prompt: 'A paper boat', duration: 2, resolution: '864x480', seed: 7, download, poll: { intervalMs: 100 } })
  expect(isMp4(video.uint8Array)).toBe(true)
  const { video: fromPicture } = await generateVideo({ model, prompt: { image: await picture(), text: 'It sails away' }, duration: 2, download, poll: { intervalMs: 100 } })
  expect(isMp4(fromPicture.uint8Array)).toBe(true)
})

test('errors and failures say why', async () => {
  const model = replicate.video('genlock/seedance-1.0-pro-fast')
  await expect(generateVideo({ model, prompt: 'x', duration: 99, download })).rejects.toThrow(/input\.duration must be/)
  await expect(generateVideo({ model, prompt: 'x [[fail:content_policy]]', duration: 2, download, poll: { intervalMs: 100 } })).rejects.toThrow(/Video generation failed: .+/)
})
