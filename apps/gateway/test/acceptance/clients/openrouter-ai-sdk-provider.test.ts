/** The AI SDK with OpenRouter's provider. */
import { createOpenRouter } from '@openrouter/ai-sdk-provider'
import { experimental_generateVideo as generateVideo } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

let genlock: TestGateway
let openrouter: ReturnType<typeof createOpenRouter>
/** What the AI SDK asked for when it fetched results. */
const fetched: string[] = []

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
  openrouter = createOpenRouter({ apiKey: genlock.key, baseURL: `${genlock.url}/api/v1` })
})
afterAll(() => genlock?.close())

const model = (id: string) => openrouter.videoModel(id, { pollIntervalMs: 100 })

/** The library fetches no address on loopback by itself; this does it as it would, without a key. */
async function download({ url }: { url: URL }) {
  fetched.push(url.href)
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get('content-type') ?? undefined }
}

test('words become a video', async () => {
  const { video, providerMetadata } = await generateVideo({ model: model('seedance-1.0-pro-fast'), prompt: 'A paper boat', duration: 2, aspectRatio: '16:9', seed: 7, download })
  expect(isMp4(video.uint8Array)).toBe(true)
  expect(fetched.at(-1)).toMatch(/\.mp4$/)
  expect(JSON.stringify(providerMetadata)).toContain('"cost":')
})

test('a picture becomes a video', async () => {
  const { video } = await generateVideo({ model: model('sora-2'), prompt: { text: 'She smiles', image: await picture() }, duration: 4, resolution: '1280x720', download })
  expect(isMp4(video.uint8Array)).toBe(true)
})

test('a failure is thrown with its reason', async () => {
  await expect(generateVideo({ model: model('seedance-1.0-pro-fast'), prompt: 'A boat [[fail:content_policy]]', duration: 2, download, maxRetries: 0 })).rejects.toThrow(/content/)
  await expect(generateVideo({ model: model('seedance-1.0-pro-fast'), prompt: 'A boat', duration: 999, download, maxRetries: 0 })).rejects.toThrow(/duration/)
})
