/** The images of OpenAI's own client against a running gateway. */
import OpenAI, { BadRequestError, toFile } from 'openai'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'

let genlock: TestGateway
let openai: OpenAI
/** Of the requests that the client sent, so that its own retries are seen. */
let sent: string[] = []

beforeAll(async () => {
  genlock = await startTestGateway()
  openai = new OpenAI({
    apiKey: genlock.key,
    baseURL: `${genlock.url}/v1`,
    fetch: (input, init) => {
      sent.push(String(input))
      return fetch(input, init)
    },
  })
})
afterAll(() => genlock?.close())

const LOW = { model: 'gpt-image-1', quality: 'low' } as const

describe('generate', () => {
  test('several pictures as base64, which are not the same', async () => {
    const { data, usage, created, output_format, size, quality, _request_id } = await openai.images.generate({ ...LOW, prompt: 'A paper boat', n: 2, size: '1024x1024' })
    expect({ output_format, size, quality }).toEqual({ output_format: 'png', size: '1024x1024', quality: 'low' })
    expect(data).toHaveLength(2)
    expect(data![0]!.b64_json).not.toBe(data![1]!.b64_json)
    for (const { b64_json } of data!) expect(await sharp(Buffer.from(b64_json!, 'base64')).metadata()).toMatchObject({ format: 'png', width: 1024, height: 1024 })
    expect(usage).toMatchObject({ output_tokens: 544, total_tokens: expect.any(Number) })
    expect(created).toBeGreaterThan(1_700_000_000)
    expect(_request_id).toMatch(/^req_/)
  })

  test('a link, which anybody may follow', async () => {
    const { data } = await openai.images.generate({ model: 'dall-e-3', prompt: 'A paper boat', size: '1792x1024', style: 'natural', response_format: 'url' })
    const response = await fetch(data![0]!.url!)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect((await sharp(await response.arrayBuffer()).metadata()).width).toBe(1792)
  })

  test('a model of another vendor, which the client does not know', async () => {
    const { data } = await openai.images.generate({ model: 'doubao-seedream-4-0-250828', prompt: 'A paper boat', size: '1024x1024' })
    expect(data![0]!.url).toMatch(/^http/)
  })

  test('as a stream: one event with the picture', async () => {
    const stream = await openai.images.generate({ ...LOW, prompt: 'A paper boat', stream: true, partial_images: 2 })
    const events = []
    for await (const event of stream) events.push(event)
    expect(events).toMatchObject([{ type: 'image_generation.completed', output_format: 'png', quality: 'low', size: '1024x1024', usage: { output_tokens: 272 } }])
    expect((await sharp(Buffer.from(events[0]!.b64_json, 'base64')).metadata()).width).toBe(1024)
  })
})

describe('edit', () => {
  test('one picture, several with a mask, and as a stream', async () => {
    const one = await openai.images.edit({ ...LOW, image: await upload('room.png'), prompt: 'At night' })
    const several = await openai.images.edit({ ...LOW, image: [await upload('a.png'), await upload('b.png')], mask: await upload('mask.png'), prompt: 'Both of them', size: '1536x1024', input_fidelity: 'high' })
    for (const { data } of [one, several]) expect((await sharp(Buffer.from(data![0]!.b64_json!, 'base64')).metadata()).format).toBe('png')
    const events = []
    for await (const event of await openai.images.edit({ ...LOW, image: await upload('room.png'), prompt: 'At dawn', stream: true })) events.push(event.type)
    expect(events).toEqual(['image_edit.completed'])
  })
})

test('variations, which the client still has: of the vendor’s model for them, and of one that only edits', async () => {
  const { data } = await openai.images.createVariation({ image: await upload('boat.png'), n: 2, size: '256x256' })
  for (const { url } of data!) expect((await sharp(await (await fetch(url!)).arrayBuffer()).metadata()).width).toBe(256)
  const edited = await openai.images.createVariation({ model: 'gpt-image-1', image: await upload('boat.png'), response_format: 'b64_json' })
  expect(edited.data).toMatchObject([{ b64_json: expect.any(String), revised_prompt: expect.stringContaining('variation') }])
})

describe('errors are not tried again', () => {
  test.each([
    ['refused content', () => openai.images.generate({ ...LOW, prompt: 'x [[fail:content_policy]]' }), { status: 400, code: 'content_policy' }],
    ['a size that the model does not draw', () => openai.images.generate({ ...LOW, prompt: 'x', size: '640x480' }), { status: 400, param: 'size' }],
    ['more pictures than DALL·E 3 makes', () => openai.images.generate({ model: 'dall-e-3', prompt: 'x', n: 2 }), { status: 400, param: 'n' }],
  ])('%s', async (_, run, expected) => {
    sent = []
    const error = await Promise.resolve(run()).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject(expected)
    expect(sent).toHaveLength(1)
  })

  test('a stream that fails is thrown', async () => {
    const stream = await openai.images.generate({ ...LOW, prompt: 'x [[fail:content_policy]]', stream: true })
    await expect((async () => { for await (const _ of stream); })()).rejects.toMatchObject({ code: 'content_policy' })
  })
})

async function upload(name: string): Promise<File> {
  return toFile(await sharp({ create: { width: 1024, height: 1024, channels: 4, background: '#2a6f97' } }).png().toBuffer(), name, { type: 'image/png' })
}
