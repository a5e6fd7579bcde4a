/** AI SDK's fal provider against a running gateway: pictures, by its base address. Its videos have fal's host built in. */
import { createFal } from '@ai-sdk/fal'
import { generateImage } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'

let genlock: TestGateway
let fal: ReturnType<typeof createFal>

beforeAll(async () => {
  genlock = await startTestGateway()
  fal = createFal({ apiKey: genlock.key, baseURL: `${genlock.url}/fal/run` })
})
afterAll(() => genlock?.close())

test('pictures, by fal’s name of a model and by ours', async () => {
  const { image, providerMetadata } = await generateImage({ model: fal.image('fal-ai/flux-pro/v1.1'), prompt: 'A paper boat', aspectRatio: '16:9', seed: 7 })
  expect(image.mediaType).toMatch(/^image\//)
  expect(providerMetadata['fal']).toMatchObject({ images: [{ width: 1024, height: 576, nsfw: false }] })
  const { images } = await generateImage({ model: fal.image('flux-1.1-pro'), prompt: 'A paper boat', size: '512x512' })
  expect(images).toHaveLength(1)
})

test('errors and failures say why', async () => {
  await expect(generateImage({ model: fal.image('flux-1.1-pro'), prompt: 'x', size: '8x8' })).rejects.toThrow(/image_size/)
  await expect(generateImage({ model: fal.image('flux-1.1-pro'), prompt: 'x [[fail:content_policy]]' })).rejects.toThrow(/prompt/)
})
