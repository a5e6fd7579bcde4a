import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'
import { volcengineArk } from './volcengine-ark.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function bodyOf(request: Partial<GenerationRequest> = {}, { inputs = [], model = 'doubao-seedance-2-0-260128', callbackUrl }: { inputs?: JobInput[]; model?: string; callbackUrl?: string } = {}) {
  const { http, asked } = scriptedHttp([{ status: 200, body: { id: 'cgt-20260731174311-zmz5s' } }])
  await volcengineArk.submit(fixtureJob({ request: { model: 'seedance', ...request }, upstreamModel: model, inputs, ...(callbackUrl !== undefined && { callbackUrl }) }), http)
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/contents/generations/tasks' })
  return asked[0]?.json as Record<string, unknown> & { content: Record<string, unknown>[] }
}

function input(media: JobInput['media'], role: JobInput['role'], url?: string): JobInput {
  const mediaType = media === 'audio' ? 'audio/mpeg' : 'image/PNG'
  return { media, role, ...(url !== undefined && { url }), read: () => Promise.resolve({ bytes: Uint8Array.of(1, 2, 3), mediaType }) }
}

async function textOf(prompt: string, options: { inputs?: JobInput[]; model?: string } = {}): Promise<unknown> {
  return (await bodyOf({ prompt }, options)).content[0]?.['text']
}

const FIRST = input('image', 'first_frame', 'https://example.com/first.png')
const PRO_1_0 = 'doubao-seedance-1-0-pro-250528'
const LITE_I2V = 'doubao-seedance-1-0-lite-i2v-250428'

describe('the body of a task', () => {
  test('says no more than was asked, but always whether there is sound and a watermark', async () => {
    expect(await bodyOf()).toEqual({
      model: 'doubao-seedance-2-0-260128',
      content: [{ type: 'text', text: 'a boat' }],
      watermark: false,
      generate_audio: false,
    })
  })

  test('carries every field, seed 0 too', async () => {
    const body = await bodyOf({ durationSeconds: 7, resolution: '1080p', aspectRatio: '21:9', seed: 0, audio: true, outputFormat: 'mov' }, { callbackUrl: 'https://gateway.example.com/c/1' })
    expect(body).toMatchObject({ duration: 7, resolution: '1080p', ratio: '21:9', seed: 0, generate_audio: true, output_format: 'mov', callback_url: 'https://gateway.example.com/c/1' })
  })

  test('leaves the duration to the model as -1', async () => {
    expect((await bodyOf({ durationSeconds: 'auto' })).duration).toBe(-1)
  })

  test('follows the picture when frames are given and no ratio is', async () => {
    expect((await bodyOf({}, { inputs: [FIRST] })).ratio).toBe('adaptive')
    expect((await bodyOf({ aspectRatio: '9:16' }, { inputs: [FIRST] })).ratio).toBe('9:16')
  })

  test('says nothing of sound to 1.0, which has none, and nothing of mp4, which is what everyone makes', async () => {
    expect(await bodyOf({ outputFormat: 'mp4' }, { model: PRO_1_0 })).toEqual({ model: PRO_1_0, content: [{ type: 'text', text: 'a boat' }], watermark: false })
  })

  test('passes the extras of its list, and no others', async () => {
    const body = await bodyOf({ vendor: { camera_fixed: true, service_tier: 'flex', watermark: true, frames: 289, model: 'x', callback_url: 'https://evil.example.com' } })
    expect(body).toMatchObject({ camera_fixed: true, service_tier: 'flex', watermark: true, model: 'doubao-seedance-2-0-260128' })
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['frames']))
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['callback_url']))
  })

  test('names the end user only by a hash of 64 characters', async () => {
    expect((await bodyOf({ endUserId: 'alice@example.com' }))['safety_identifier']).toMatch(/^[0-9a-f]{64}$/)
  })

  test('knows the generation behind an endpoint by the public name of the model', async () => {
    expect(await bodyOf({ model: 'seedance-1.0-pro' }, { model: 'ep-20260101120000-abcde' })).not.toHaveProperty('generate_audio')
  })
})

describe('materials', () => {
  test('keep their order and get their roles', async () => {
    const inputs = [FIRST, input('image', 'last_frame', 'https://example.com/last.png')]
    expect((await bodyOf({}, { inputs })).content.slice(1)).toEqual([
      { type: 'image_url', image_url: { url: 'https://example.com/first.png' }, role: 'first_frame' },
      { type: 'image_url', image_url: { url: 'https://example.com/last.png' }, role: 'last_frame' },
    ])
    const references = [input('image', 'reference', 'asset://a-1'), input('video', 'source', 'https://example.com/v.mp4'), input('audio', 'reference', 'https://example.com/a.mp3')]
    expect((await bodyOf({}, { inputs: references })).content.slice(1).map(({ type, role }) => [type, role])).toEqual([
      ['image_url', 'reference_image'], ['video_url', 'reference_video'], ['audio_url', 'reference_audio'],
    ])
  })

  test('without a public address are sent as data, with the type in lower case', async () => {
    const { content } = await bodyOf({}, { inputs: [input('image', 'reference')] })
    expect(content[1]).toMatchObject({ image_url: { url: 'data:image/png;base64,AQID' } })
    const plain = await bodyOf({}, { inputs: [input('audio', 'reference', 'http://example.com/a.mp3')] })
    expect(plain.content[1]).toMatchObject({ audio_url: { url: 'data:audio/mp3;base64,AQID' } })
  })

  test('a video without a public address is refused by name, and nothing is sent', async () => {
    await expect(bodyOf({}, { inputs: [input('video', 'reference')] })).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'inputs', message: expect.stringContaining('video') })
  })

  test('may do without a prompt', async () => {
    expect((await bodyOf({ prompt: '' }, { inputs: [FIRST] })).content.map(({ type }) => type)).toEqual(['image_url'])
  })
})

describe('references in the prompt', () => {
  test('are plain words on 2.x, in the language of the prompt', async () => {
    const inputs = [input('image', 'reference', 'https://example.com/a.png'), ...Array.from({ length: 2 }, () => input('video', 'reference', 'https://example.com/a.mp4')), ...Array.from({ length: 12 }, () => input('audio', 'reference', 'https://example.com/a.mp3'))]
    expect(await textOf('@Image1 dances like @video2 to @Audio 1', { inputs })).toBe('Image 1 dances like Video 2 to Audio 1')
    expect(await textOf('让@Image1跟着@Audio12跳舞', { inputs })).toBe('让图片1跟着音频12跳舞')
    await expect(textOf('@Image2', { inputs })).rejects.toMatchObject({ kind: 'refused', param: 'prompt' })
  })

  test('are bracketed on 1.0 lite with reference pictures', async () => {
    const inputs = [input('image', 'reference', 'https://example.com/a.png')]
    expect(await textOf('@Image1 waves', { inputs, model: LITE_I2V })).toBe('[Image 1] waves')
    expect(await textOf('@Image1挥手', { inputs, model: LITE_I2V })).toBe('[图1]挥手')
  })

  test('are just the image where a 1.x model has frames', async () => {
    expect(await textOf('@Image1 comes alive', { inputs: [FIRST], model: PRO_1_0 })).toBe('the image comes alive')
    expect(await textOf('@Image1动起来', { inputs: [FIRST], model: LITE_I2V })).toBe('图片动起来')
  })

  test('are no e-mail addresses and no other handles', async () => {
    expect(await textOf('sign it @imagemaker and @Image1000')).toBe('sign it @imagemaker and @Image1000')
  })
})

test('flags inside the prompt, which would render what was not paid for, lose their power', async () => {
  expect(await textOf('a boat --dur 12 --RESOLUTION 1080p --fps 24 --wm true')).toBe('a boat —dur 12 —RESOLUTION 1080p —fps 24 —wm true')
  expect(await textOf('a boat -- at sea --seedling')).toBe('a boat -- at sea --seedling')
})

describe('pictures', () => {
  const SEEDREAM = 'doubao-seedream-4-5-251128'
  const picture = input('image', 'reference', 'https://example.com/a.png')

  async function drawn(request: Partial<GenerationRequest>, { inputs = [], model = SEEDREAM }: { inputs?: JobInput[]; model?: string } = {}): Promise<unknown> {
    const { http, asked } = scriptedHttp([{ status: 200, body: { data: [] } }])
    await volcengineArk.submit(fixtureJob({ request: { kind: 'image', operation: 'text_to_image', model: 'seedream', ...request }, upstreamModel: model, inputs }), http)
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/images/generations', timeoutMs: 600_000 })
    return asked[0]?.json
  }

  test('are asked for as one link without a watermark, which is on by default', async () => {
    expect(await drawn({ size: '2560x1440', outputFormat: 'jpeg' })).toEqual({ model: SEEDREAM, prompt: 'a boat', size: '2560x1440', response_format: 'url', watermark: false })
  })

  test('carry the extras of their list, the seed 0 and PNG', async () => {
    expect(await drawn({ seed: 0, outputFormat: 'png', vendor: { watermark: true, guidance_scale: 2.5, n: 3 } })).toEqual({ model: SEEDREAM, prompt: 'a boat', response_format: 'url', watermark: true, guidance_scale: 2.5, seed: 0, output_format: 'png' })
  })

  test('come several from one call, as a group', async () => {
    expect(await drawn({ count: 4 })).toMatchObject({ sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 4 } })
  })

  test('are made from one picture or from several, which the prompt calls by number', async () => {
    expect(await drawn({ prompt: '@Image1 at night' }, { inputs: [picture] })).toMatchObject({ prompt: 'image 1 at night', image: 'https://example.com/a.png' })
    expect(await drawn({ prompt: '@Image2和@Image1' }, { inputs: [picture, input('image', 'source')] })).toMatchObject({ prompt: '图2和图1', image: ['https://example.com/a.png', 'data:image/png;base64,AQID'] })
  })

  test('of SeedEdit have the shape of the picture that is changed', async () => {
    expect(await drawn({ aspectRatio: 'adaptive' }, { inputs: [picture], model: 'doubao-seededit-3-0-i2i-250628' })).toMatchObject({ size: 'adaptive' })
  })
})

describe('what no channel here should be given', () => {
  const unfit = (request: Partial<GenerationRequest>, model: string) => volcengineArk.unfit?.(fixtureJob({ request, upstreamModel: model }))?.param

  test.each([
    [{ size: '1280x720' }, 'size'], [{ negativePrompt: 'rain' }, 'negativePrompt'], [{ operation: 'extend' as const }, 'operation'], [{ vendor: { frames: 289 } }, 'vendor.frames'], [{ durationSeconds: 4.5 }, 'durationSeconds'],
    [{ inputs: [{ media: 'image' as const, role: 'mask' as const, source: { url: 'https://example.com/m.png' } }] }, 'inputs'],
  ])('a video: %j', (request, param) => {
    expect(unfit(request, 'doubao-seedance-2-0-260128')).toBe(param)
  })

  test('behind an endpoint the public name says what the model is, and an unknown one is the vendor’s to judge', () => {
    expect(unfit({ model: 'seedance-1.0-pro', durationSeconds: 15 }, 'ep-20260101120000-abcde')).toBe('durationSeconds')
    expect(unfit({ model: 'seedance-3.0', durationSeconds: 60, resolution: '8k' }, 'ep-20260101120000-abcde')).toBeUndefined()
    expect(unfit({ kind: 'image', operation: 'text_to_image', model: 'doubao-seedream-4-5-251128', size: '1024x1024' }, 'ep-20260101120000-abcde')).toBe('size')
    expect(unfit({ kind: 'image', operation: 'text_to_image', model: 'seedream-9', size: '16x16', count: 100 }, 'ep-20260101120000-abcde')).toBeUndefined()
  })
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', 'a?b', '', 'x'.repeat(129), 'a b', '%2e%2e']) expect(volcengineArk.handle.safeParse({ id }).success, id).toBe(false)
  expect(volcengineArk.handle.safeParse({ id: 'cgt-batch-20260731174311-zmz5s' }).success).toBe(true)
})

test('a credential is one key, without the spaces that were pasted with it', () => {
  expect(volcengineArk.credential.parse({ api_key: ' abc\n' })).toEqual({ api_key: 'abc' })
  expect(volcengineArk.credential.safeParse({ api_key: ' ' }).success).toBe(false)
  expect(volcengineArk.authorize({ api_key: 'abc' }, { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ authorization: 'Bearer abc' })
})
