/** AI SDK's Alibaba provider against a running gateway. */
import { createAlibaba } from '@ai-sdk/alibaba'
import { experimental_generateVideo as generateVideo } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4 } from '../pictures.ts'

let genlock: TestGateway
let alibaba: ReturnType<typeof createAlibaba>
const poll = { intervalMs: 100 }

beforeAll(async () => {
  genlock = await startTestGateway()
  alibaba = createAlibaba({ apiKey: genlock.key, videoBaseURL: genlock.url })
})
afterAll(() => genlock?.close())

/** The library itself fetches no loopback address. */
async function download({ url }: { url: URL }): Promise<{ data: Uint8Array; mediaType: string | undefined }> {
  const response = await fetch(url)
  return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get('content-type') ?? undefined }
}

test('a video of a model of the vendor, and of somebody else\'s', async () => {
  const { video, providerMetadata } = await generateVideo({ model: alibaba.video('wan2.6-t2v'), prompt: 'A paper boat', duration: 2, resolution: '1280x720', seed: 7, download, poll, providerOptions: { alibaba: { promptExtend: false, watermark: false, shotType: 'single' } } })
  expect(isMp4(video.uint8Array)).toBe(true)
  expect(JSON.stringify(providerMetadata)).toContain('vid_')
  const { video: other } = await generateVideo({ model: alibaba.video('seedance-1.0-pro-fast'), prompt: 'A paper boat', duration: 2, resolution: '864x480', download, poll })
  expect(isMp4(other.uint8Array)).toBe(true)
})

test('a failure says why', async () => {
  await expect(generateVideo({ model: alibaba.video('seedance-1.0-pro-fast'), prompt: 'x [[fail:content_policy]]', duration: 2, download, poll })).rejects.toThrow(/Video generation failed/)
  await expect(generateVideo({ model: alibaba.video('seedance-1.0-pro-fast'), prompt: 'x', duration: 99, download, poll })).rejects.toThrow(/parameters\.duration/)
})
