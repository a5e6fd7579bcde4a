/** AI SDK's Google provider against a running gateway. */
import { createGoogle } from '@ai-sdk/google'
import { experimental_generateVideo as generateVideo, generateImage } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

let genlock: TestGateway
let google: ReturnType<typeof createGoogle>
const asked: string[] = []

beforeAll(async () => {
  genlock = await startTestGateway()
  google = createGoogle({ apiKey: genlock.key, baseURL: `${genlock.url}/v1beta` })
})
afterAll(() => genlock?.close())

/** The library itself fetches no loopback address; it hands over the one that it would fetch, with `key=` behind it. */
async function download({ url }: { url: URL }): Promise<{ data: Uint8Array; mediaType: string | undefined }> {
  asked.push(url.href)
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get('content-type') ?? undefined }
}

test('a video, from words and from a picture', async () => {
  const { video } = await generateVideo({ model: google.video('seedance-1.0-pro-fast'), prompt: 'A paper boat', duration: 2, resolution: '864x480', download, poll: { intervalMs: 100 } })
  expect(isMp4(video.uint8Array)).toBe(true)
  expect(asked[0]).toContain(`key=${genlock.key}`)

  const { video: fromPicture } = await generateVideo({ model: google.video('seedance-1.0-pro-fast'), prompt: { image: await picture(), text: 'It sails away' }, duration: 2, download, poll: { intervalMs: 100 } })
  expect(isMp4(fromPicture.uint8Array)).toBe(true)
})

test('a failure says why', async () => {
  await expect(generateVideo({ model: google.video('seedance-1.0-pro-fast'), prompt: 'x [[fail:upstream_failed]]', duration: 2, download, poll: { intervalMs: 100 } })).rejects.toThrow(/Video generation failed/)
  await expect(generateVideo({ model: google.video('seedance-1.0-pro-fast'), prompt: 'x', duration: 99, download })).rejects.toThrow(/parameters\.durationSeconds/)
})

test('a picture', async () => {
  const { image } = await generateImage({ model: google.image('gemini-3-pro-image'), prompt: 'A paper boat', aspectRatio: '1:1' })
  expect(image.mediaType).toMatch(/^image\//)
  expect(image.uint8Array.length).toBeGreaterThan(1000)
})
