/** AI SDK's provider for OpenAI-compatible servers against a running gateway. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateImage } from 'ai'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { picture } from '../pictures.ts'

let genlock: TestGateway
let provider: ReturnType<typeof createOpenAICompatible>

beforeAll(async () => {
  genlock = await startTestGateway()
  provider = createOpenAICompatible({ name: 'genlock', apiKey: genlock.key, baseURL: `${genlock.url}/v1` })
})
afterAll(() => genlock?.close())

const LOW = { providerOptions: { genlock: { quality: 'low' } } }

test('two pictures as bytes', async () => {
  const { images } = await generateImage({ model: provider.imageModel('gpt-image-1'), prompt: 'A paper boat', n: 2, size: '1024x1024', maxRetries: 0, ...LOW })
  expect(images).toHaveLength(2)
  for (const { uint8Array } of images) expect((await sharp(uint8Array).metadata()).width).toBe(1024)
})

test('a picture that is answered as a link of this server, which the library follows', async () => {
  const { image } = await generateImage({ model: provider.imageModel('flux-1.1-pro'), prompt: 'A paper boat', size: '768x512', maxRetries: 0 })
  expect(await sharp(image.uint8Array).metadata()).toMatchObject({ width: 768, height: 512 })
})

test('an edit of a picture', async () => {
  const { image } = await generateImage({ model: provider.imageModel('gpt-image-1'), prompt: { text: 'At night', images: [await picture()] }, maxRetries: 0, ...LOW })
  expect((await sharp(image.uint8Array).metadata()).format).toBe('png')
})

test('refused content is an error of the library, with our sentence', async () => {
  const error: unknown = await generateImage({ model: provider.imageModel('gpt-image-1'), prompt: 'x [[fail:content_policy]]', maxRetries: 0, ...LOW }).catch((caught: unknown) => caught)
  expect(APICallError.isInstance(error) && error.statusCode).toBe(400)
  expect(String(error)).toMatch(/content/)
})
