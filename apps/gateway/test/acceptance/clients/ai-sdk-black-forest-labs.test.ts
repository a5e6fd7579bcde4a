/** Vercel's AI SDK with its Black Forest Labs provider against a running gateway. */
import { createBlackForestLabs } from '@ai-sdk/black-forest-labs'
import { APICallError, experimental_generateVideo as generateVideo, generateImage } from 'ai'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

type VideoModel = Parameters<typeof generateVideo>[0]['model']

let genlock: TestGateway
beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock?.close())

function clientAt(root: '/v1' | '/bfl/v1') {
  return createBlackForestLabs({ apiKey: genlock.key, baseURL: genlock.url + root, pollIntervalMillis: 100 })
}

/** The SDK itself refuses to download from a loopback address; the link is fetched as it stands, without a key. */
async function download({ url }: { url: URL }): Promise<{ data: Uint8Array; mediaType: string | undefined }> {
  const response = await fetch(url)
  return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get('content-type') ?? undefined }
}

test('a prompt becomes an image of the size that was asked for', async () => {
  const { image, providerMetadata } = await generateImage({ model: clientAt('/v1').image('flux-2-pro'), prompt: 'A red fox', size: '1024x768', seed: 3 })
  const { width, height } = await sharp(image.uint8Array).metadata()
  expect([width, height]).toEqual([1024, 768])
  expect(providerMetadata['blackForestLabs']).toMatchObject({ images: [{ seed: 3, cost: 3, outputMegapixels: 0.786432 }] })
})

test('a picture is changed', async () => {
  const { image } = await generateImage({ model: clientAt('/bfl/v1').image('flux-kontext-pro'), prompt: { text: 'Make it night', images: [await picture()] }, aspectRatio: '16:9' })
  expect(image.uint8Array.length).toBeGreaterThan(1000)
})

test('a picture with a mask is filled', async () => {
  const source = await picture()
  const { image } = await generateImage({ model: clientAt('/v1').image('flux-pro-1.0-fill'), prompt: { text: 'A hat', images: [source], mask: source } })
  expect(image.uint8Array.length).toBeGreaterThan(1000)
})

test('a video is made: by the vendor’s model, and by any other under /bfl', { timeout: 180_000 }, async () => {
  for (const model of [clientAt('/v1').video('flux-3-video'), clientAt('/bfl/v1').video('seedance-1.0-pro-fast')]) {
    // Two copies of the SDK's types are installed, which `exactOptionalPropertyTypes` finds different.
    const { video } = await generateVideo({ model: model as VideoModel, prompt: 'A paper boat', duration: 5, aspectRatio: '16:9', resolution: '1280x720', download })
    expect(isMp4(video.uint8Array)).toBe(true)
  }
})

test('errors tell what is wrong', async () => {
  const asking = generateImage({ model: clientAt('/v1').image('flux-pro-1.1'), prompt: 'A fox', size: '1000x1000', maxRetries: 0 })
  await expect(asking).rejects.toSatisfy((error) => APICallError.isInstance(error) && error.statusCode === 422 && error.message.includes('width'))
  await expect(generateImage({ model: clientAt('/v1').image('flux-dev'), prompt: 'A fox [[fail]]', maxRetries: 0 })).rejects.toThrow('Black Forest Labs generation failed.')
  await expect(generateImage({ model: clientAt('/v1').image('flux-dev'), prompt: 'A fox [[fail:content_policy]]', maxRetries: 0 })).rejects.toThrow()
})
