/** AI SDK's xAI provider against a running gateway: videos, and pictures through the images wire. */
import { createXai } from '@ai-sdk/xai'
import { experimental_generateVideo as generateVideo, generateImage } from 'ai'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

let genlock: TestGateway
let xai: ReturnType<typeof createXai>
/** HTTP statuses of reads, in their order. */
let reads: number[] = []

beforeAll(async () => {
  genlock = await startTestGateway()
  xai = createXai({
    apiKey: genlock.key,
    baseURL: `${genlock.url}/v1`,
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      if ((init?.method ?? 'GET') === 'GET') reads.push(response.status)
      return response
    },
  })
})
afterAll(() => genlock?.close())

/** The library itself fetches no loopback address. */
async function download({ url }: { url: URL }): Promise<{ data: Uint8Array; mediaType: string | undefined }> {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get('content-type') ?? undefined }
}
const quick = { download, poll: { intervalMs: 100 }, maxRetries: 0 }
const CHEAP = { duration: 2, resolution: '854x480' } as const

describe('video', () => {
  test('from words, with 202 until it is there', async () => {
    reads = []
    const { video, providerMetadata, warnings } = await generateVideo({ model: xai.video('seedance-1.0-pro-fast'), prompt: 'A paper boat', aspectRatio: '16:9', ...CHEAP, ...quick })
    expect(isMp4(video.uint8Array)).toBe(true)
    expect(warnings).toEqual([])
    expect(providerMetadata['xai']).toMatchObject({ requestId: expect.stringMatching(/^vid_/), duration: 2, costInUsdTicks: expect.any(Number) })
    expect(reads[0]).toBe(202)
    expect(reads.at(-1)).toBe(200)
  })

  test('on xAI’s own models, in its words', async () => {
    const { video } = await generateVideo({ model: xai.video('grok-imagine-video'), prompt: 'A paper boat', duration: 2, resolution: '854x480', aspectRatio: '1:1', generateAudio: false, ...quick })
    expect(isMp4(video.uint8Array)).toBe(true)
    const { image } = await generateImage({ model: xai.image('grok-imagine-image'), prompt: 'A paper boat', aspectRatio: '16:9', maxRetries: 0, providerOptions: { xai: { resolution: '1k' } } })
    expect(image.mediaType).toMatch(/^image\//)
  })

  test('from a first frame, and from references', async () => {
    const first = await generateVideo({ model: xai.video('seedance-1.0-pro-fast'), prompt: { image: await picture(), text: 'It sails away' }, ...CHEAP, ...quick })
    expect(isMp4(first.video.uint8Array)).toBe(true)
    const image = `data:image/png;base64,${(await picture()).toString('base64')}`
    const references = await generateVideo({
      model: xai.video('seedance-2.0-pro'), prompt: '<IMAGE_0> beside <IMAGE_1>', duration: 4, ...quick,
      providerOptions: { xai: { mode: 'reference-to-video', referenceImageUrls: [image, image], resolution: '480p' } },
    })
    expect(isMp4(references.video.uint8Array)).toBe(true)
  })

  test('edited and extended, by the link of the first', async () => {
    const first = await generateVideo({ model: xai.video('sora-2'), prompt: 'A paper boat', duration: 4, ...quick })
    const videoUrl = (first.providerMetadata['xai'] as { videoUrl: string }).videoUrl
    const edited = await generateVideo({ model: xai.video('sora-2'), prompt: 'At night', ...quick, providerOptions: { xai: { mode: 'edit-video', videoUrl } } })
    expect(isMp4(edited.video.uint8Array)).toBe(true)
    const extended = await generateVideo({ model: xai.video('sora-2'), prompt: 'It reaches the shore', duration: 8, ...quick, providerOptions: { xai: { mode: 'extend-video', videoUrl } } })
    expect(extended.providerMetadata['xai']).toMatchObject({ duration: 8 })
  })

  test('started and looked after by the provider alone', async () => {
    const model = xai.video('seedance-1.0-pro-fast')
    // What stays open is left out, as JavaScript callers do; the types want it spelled out.
    const { operation } = await model.doStart!({ prompt: 'A paper boat [[slow:60]]', n: 1, duration: 2, providerOptions: {} } as unknown as Parameters<NonNullable<typeof model.doStart>>[0])
    expect(await model.doStatus!({ operation })).toMatchObject({ status: 'pending' })
  })

  test('a failure, a wrong field and an unknown model say why', async () => {
    const model = xai.video('seedance-1.0-pro-fast')
    await expect(generateVideo({ model, prompt: 'x [[fail:content_policy]]', ...CHEAP, ...quick })).rejects.toThrow(/content/)
    await expect(generateVideo({ model, prompt: 'x', ...CHEAP, duration: 99, ...quick })).rejects.toThrow(/invalid_request: duration/)
    await expect(generateVideo({ model: xai.video('nobodys-model'), prompt: 'x', ...quick })).rejects.toThrow(/model_not_found/)
  })
})

describe('image', () => {
  test('from words: two of them, in a ratio', async () => {
    const { images } = await generateImage({ model: xai.image('gpt-image-1'), prompt: 'A paper boat', n: 2, aspectRatio: '3:2', maxRetries: 0, providerOptions: { xai: { quality: 'low' } } })
    expect(images).toHaveLength(2)
    expect(await sharp(images[0]!.uint8Array).metadata()).toMatchObject({ width: 1536, height: 1024 })
  })

  test('from one picture and from several', async () => {
    for (const images of [[await picture()], [await picture(), await picture()]]) {
      const { image } = await generateImage({ model: xai.image('gpt-image-1'), prompt: { text: 'At night', images }, maxRetries: 0, providerOptions: { xai: { quality: 'low' } } })
      expect((await sharp(image.uint8Array).metadata()).format).toBe('png')
    }
  })

  test('refused content', async () => {
    await expect(generateImage({ model: xai.image('gpt-image-1'), prompt: 'x [[fail:content_policy]]', maxRetries: 0 })).rejects.toThrow(/content/)
  })
})
