/** Vercel's AI SDK with its Luma provider (images only) against a running gateway. */
import { createLuma } from '@ai-sdk/luma'
import { APICallError, generateImage } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'

let genlock: TestGateway
let luma: ReturnType<typeof createLuma>
beforeAll(async () => {
  genlock = await startTestGateway()
  luma = createLuma({ apiKey: genlock.key, baseURL: genlock.url })
})
afterAll(() => genlock?.close())

test('a prompt becomes an image', async () => {
  const { image } = await generateImage({ model: luma.image('photon-flash-1'), prompt: 'A red fox', aspectRatio: '16:9' })
  expect(Buffer.from(image.uint8Array).subarray(1, 4).toString()).toBe('PNG')
})

test('any other image model answers to it as well', async () => {
  const { image } = await generateImage({ model: luma.image('flux-schnell'), prompt: 'A red fox', aspectRatio: '4:3' })
  expect(image.uint8Array.length).toBeGreaterThan(1000)
})

test('an error tells what is wrong', async () => {
  const asking = generateImage({ model: luma.image('photon-1'), prompt: 'A red fox', aspectRatio: '100:1', maxRetries: 0 })
  await expect(asking).rejects.toSatisfy((error) => APICallError.isInstance(error) && error.statusCode === 400 && /aspect_ratio must be one of/.test(error.message))
})

test('a picture that failed is an error', async () => {
  await expect(generateImage({ model: luma.image('photon-1'), prompt: 'A fox [[fail:content_policy]]', maxRetries: 0 })).rejects.toThrow('Image generation failed')
})
