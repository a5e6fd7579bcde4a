import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { minimax } from './minimax.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { Job, JobInput } from './provider.ts'

interface Asked extends Partial<Pick<Job, 'callbackUrl'>> {
  model?: string
  inputs?: JobInput[]
}

function jobOf(request: Partial<GenerationRequest>, { model = 'MiniMax-H3', inputs = [], ...rest }: Asked = {}): Job {
  const assets = inputs.map(({ media, role, url }) => ({ media, role, source: { url: url ?? 'https://example.com/stored' } }))
  return fixtureJob({ request: { model, inputs: assets, ...request }, upstreamModel: model, inputs, ...rest })
}

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sentFor(request: Partial<GenerationRequest> = {}, asked: Asked = {}) {
  const scripted = scriptedHttp([{ status: 200, body: { task_id: '106916112212032', data: { image_urls: [] }, base_resp: { status_code: 0, status_msg: 'success' } } }])
  await minimax.submit(jobOf(request, asked), scripted.http)
  expect(scripted.asked).toHaveLength(1)
  const [call] = scripted.asked
  return { path: call && 'path' in call ? call.path : undefined, body: call?.json as Record<string, unknown> }
}

const FIRST = fixtureInput({ role: 'first_frame', url: 'https://example.com/first.png' })
const LAST = fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' })
const HERO = fixtureInput({ url: 'https://example.com/hero.png' })
const WALK = fixtureInput({ media: 'video', url: 'https://example.com/walk.mp4' })
const SONG = fixtureInput({ media: 'audio', mediaType: 'audio/mpeg' })

describe('version 1', () => {
  const model = 'MiniMax-Hailuo-02'

  test('is a flat body that says no more than was asked', async () => {
    expect(await sentFor({}, { model })).toEqual({ path: '/v1/video_generation', body: { model, prompt: 'a boat' } })
  })

  test('carries every field, with resolutions in the vendor\'s capitals', async () => {
    const request: Partial<GenerationRequest> = { operation: 'first_last_frame', resolution: '768p', durationSeconds: 10, aspectRatio: 'adaptive', enhancePrompt: false, vendor: { fast_pretreatment: true, model: 'x' } }
    expect((await sentFor(request, { model, inputs: [FIRST, LAST], callbackUrl: 'https://gateway.example.com/c/1' })).body).toEqual({
      model, prompt: 'a boat', prompt_optimizer: false, fast_pretreatment: true, duration: 10, resolution: '768P',
      first_frame_image: 'https://example.com/first.png', last_frame_image: 'https://example.com/last.png', callback_url: 'https://gateway.example.com/c/1',
    })
  })

  test('has a name of its own for 01 with a first frame', async () => {
    const request: Partial<GenerationRequest> = { operation: 'image_to_video', prompt: '@Image1 comes alive' }
    expect((await sentFor(request, { model: 'T2V-01', inputs: [FIRST] })).body).toMatchObject({ model: 'I2V-01', prompt: 'the image comes alive' })
    expect((await sentFor(request, { model: 'T2V-01-Director', inputs: [FIRST] })).body['model']).toBe('I2V-01-Director')
    expect((await sentFor(request, { model: 'I2V-01-live', inputs: [FIRST] })).body['model']).toBe('I2V-01-live')
  })

  test('calls the one reference a character', async () => {
    const { body } = await sentFor({ operation: 'reference_to_video', prompt: '@Image1 smiles' }, { model: 'S2V-01', inputs: [fixtureInput()] })
    expect(body).toEqual({ model: 'S2V-01', prompt: 'the character smiles', subject_reference: [{ type: 'character', image: ['data:image/png;base64,AQID'] }] })
  })
})

describe('version 2', () => {
  test('is a list of contents, with what is required there', async () => {
    expect(await sentFor()).toEqual({
      path: '/v2/video_generation',
      body: { model: 'MiniMax-H3', content: [{ type: 'text', text: 'a boat' }], resolution: '768P', duration: 5, ratio: '16:9' },
    })
  })

  test('carries every field', async () => {
    const { body } = await sentFor({ resolution: '480p', durationSeconds: 15, aspectRatio: '9:16', size: '480x832', audio: true, vendor: { prompt_expansion_mode: 'quality' } }, { model: 'MiniMax-H3-Max', callbackUrl: 'https://gateway.example.com/c/1' })
    expect(body).toMatchObject({ resolution: '480P', duration: 15, ratio: '9:16', extra: { prompt_expansion_mode: 'quality' }, callback_url: 'https://gateway.example.com/c/1' })
  })

  test('gives frames their roles, and leaves the ratio to them', async () => {
    const { body } = await sentFor({ operation: 'first_last_frame' }, { inputs: [FIRST, LAST] })
    expect(body).not.toHaveProperty('ratio')
    expect(body['content']).toEqual([
      { type: 'text', text: 'a boat' },
      { type: 'image_url', image_url: { url: 'https://example.com/first.png' }, role: 'first_frame' },
      { type: 'image_url', image_url: { url: 'https://example.com/last.png' }, role: 'last_frame' },
    ])
  })

  test('speaks of references by their kind and number', async () => {
    const { body } = await sentFor({ operation: 'reference_to_video', aspectRatio: 'adaptive', prompt: '@image1 moves like @Video 1 to @Audio1' }, { inputs: [HERO, WALK, SONG] })
    expect(body).toMatchObject({
      ratio: 'adaptive',
      content: [
        { text: 'Image 1 moves like Video 1 to Audio 1' },
        { image_url: { url: 'https://example.com/hero.png' }, role: 'reference_image' },
        { video_url: { url: 'https://example.com/walk.mp4' }, role: 'reference_video' },
        { audio_url: { url: 'data:audio/mpeg;base64,AQID' }, role: 'reference_audio' },
      ],
    })
  })

  test('refuses materials that are too large together, before anything is sent', async () => {
    const large = fixtureInput({ bytes: new Uint8Array(25_000_000) })
    await expect(sentFor({ operation: 'reference_to_video' }, { inputs: [large, large] })).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })
})

describe('pictures', () => {
  const image: Partial<GenerationRequest> = { kind: 'image', operation: 'text_to_image' }

  test('say the ratio where there is one, and the size otherwise', async () => {
    expect(await sentFor({ ...image, count: 2, seed: 0, enhancePrompt: true, aspectRatio: '16:9', size: '1360x768', resolution: '1K' }, { model: 'image-01' })).toEqual({
      path: '/v1/image_generation',
      body: { model: 'image-01', prompt: 'a boat', aspect_ratio: '16:9', response_format: 'url', n: 2, seed: 0, prompt_optimizer: true },
    })
    expect((await sentFor({ ...image, size: '512x2048' }, { model: 'image-01' })).body).toMatchObject({ width: 512, height: 2048 })
  })

  test('take the face of one character', async () => {
    const { body } = await sentFor({ ...image, operation: 'image_edit', prompt: '@Image1 at sea' }, { model: 'image-01', inputs: [HERO] })
    expect(body).toMatchObject({ prompt: 'the character at sea', subject_reference: [{ type: 'character', image_file: 'https://example.com/hero.png' }] })
  })
})

describe('what it cannot do is seen before anything is sent', () => {
  const clip = { model: 'MiniMax-Hailuo-2.3' }
  test.each<[string, Partial<GenerationRequest>, Asked, string]>([
    ['another operation', { operation: 'extend' }, {}, 'operation'],
    ['a last frame for 2.3', { operation: 'first_last_frame' }, { ...clip, inputs: [FIRST, LAST] }, 'operation'],
    ['a first frame that is missing', { operation: 'image_to_video' }, clip, 'inputs'],
    ['a reference beside a frame', { operation: 'reference_to_video' }, { inputs: [FIRST, HERO] }, 'inputs'],
    ['material for text to video', {}, { inputs: [HERO] }, 'inputs'],
    ['two subjects', { operation: 'reference_to_video' }, { model: 'S2V-01', inputs: [HERO, HERO] }, 'inputs'],
    ['an empty prompt for H3', { prompt: ' ' }, {}, 'prompt'],
    ['a length of its own choice', { durationSeconds: 'auto' }, {}, 'durationSeconds'],
    ['a length of its own choice for a clip', { durationSeconds: 'auto' }, clip, 'durationSeconds'],
    ['10 s at 1080p', { durationSeconds: 10, resolution: '1080p' }, { model: 'MiniMax-Hailuo-02' }, 'durationSeconds'],
    ['512p between two frames', { operation: 'first_last_frame', resolution: '512p' }, { model: 'MiniMax-Hailuo-02', inputs: [FIRST, LAST] }, 'resolution'],
    ['720p of 2.3', { resolution: '720p' }, clip, 'resolution'],
    ['a portrait of 2.3', { aspectRatio: '9:16' }, clip, 'aspectRatio'],
    ['a ratio beside a frame', { operation: 'image_to_video', aspectRatio: '16:9' }, { inputs: [FIRST] }, 'aspectRatio'],
    ['a size alone', { size: '1280x720' }, {}, 'size'],
    ['a size alone for a clip', { size: '1280x720' }, clip, 'size'],
    ['silence of H3', { audio: false }, {}, 'audio'],
    ['sound of a clip', { audio: true }, clip, 'audio'],
    ['a seed of H3', { seed: 0 }, {}, 'seed'],
    ['a negative prompt', { negativePrompt: 'blur' }, clip, 'negativePrompt'],
    ['two videos', { count: 2 }, {}, 'count'],
    ['two pictures to draw from', { kind: 'image', operation: 'image_edit' }, { model: 'image-01', inputs: [HERO, HERO] }, 'inputs'],
    ['a ratio that is not listed', { kind: 'image', operation: 'text_to_image', aspectRatio: '4:5' }, { model: 'image-01' }, 'aspectRatio'],
    ['a model whose wire nobody knows', { kind: 'image', operation: 'text_to_image' }, { model: 'MiniMax-H3-Image' }, 'model'],
  ])('%s', (_about, request, asked, param) => {
    expect(minimax.unfit?.(jobOf(request, asked))?.param).toBe(param)
  })
})

describe('a result of version 1', () => {
  const open = (answer: { status: number; body: unknown }, reference: unknown = { fileId: '205258526306433' }) => {
    const { http, asked } = scriptedHttp([answer])
    return { opened: minimax.open!({ kind: 'provider', reference, role: 'output' }, fixtureJob(), http), asked }
  }
  const success = { status_code: 0, status_msg: 'success' }

  test('lies behind a link that is asked for anew', async () => {
    const { opened, asked } = open({ status: 200, body: { file: { file_id: 205258526306433, bytes: 1, download_url: 'https://example.com/output_aigc.mp4?Expires=1' }, base_resp: success } })
    expect(await opened).toEqual({ url: 'https://example.com/output_aigc.mp4?Expires=1' })
    expect(asked).toEqual([{ method: 'GET', path: '/v1/files/retrieve', query: { file_id: '205258526306433' } }])
  })

  test('that cannot be had is told, also where it is told inside HTTP 200', async () => {
    await expect(open({ status: 200, body: { base_resp: { status_code: 1002, status_msg: 'rate limit' } } }).opened).rejects.toMatchObject({ kind: 'busy' })
    await expect(open({ status: 200, body: { file: {}, base_resp: success } }).opened).rejects.toMatchObject({ kind: 'garbled' })
    await expect(open({ status: 200, body: {} }, { fileId: 'a/b' }).opened).rejects.toMatchObject({ kind: 'garbled' })
  })
})

describe('a callback', () => {
  const meaning = (body: unknown) => minimax.callback?.(callbackMessage(body))

  test('that asks for its word gets it back, and means no task', () => {
    expect(meaning({ challenge: 'a1b2' })).toEqual({ answer: { challenge: 'a1b2' } })
    for (const challenge of ['', 7, null, 'x'.repeat(2_000)]) expect(meaning({ challenge })).toEqual({})
  })

  test('names its task and the version', () => {
    expect(meaning({ task_id: '106916112212032', status: 'processing', file_id: '', base_resp: { status_code: 0 } })).toEqual({ handle: { wire: 'v1', id: '106916112212032' } })
    expect(meaning({ task: { id: '424242', status: 'running' } })).toEqual({ handle: { wire: 'v2', id: '424242' } })
  })

  test('of which nobody can say what version it is of means nothing', () => {
    expect(meaning({ task_id: '106916112212032', status: 'failed' })).toEqual({})
  })
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', 'a?b', '', 'x'.repeat(129), 'a b', '%2e%2e']) expect(minimax.handle.safeParse({ wire: 'v2', id }).success, id).toBe(false)
  expect(minimax.handle.safeParse({ wire: 'v3', id: '1' }).success).toBe(false)
})

test('a credential is one key', () => {
  expect(minimax.credential.parse({ api_key: ' abc\n' })).toEqual({ api_key: 'abc' })
  expect(minimax.authorize({ api_key: 'abc' }, { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ authorization: 'Bearer abc' })
})
