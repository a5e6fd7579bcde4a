import { describe, expect, test } from 'vitest'
import type { GenerationRequest, Operation } from '../core/generation-request.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { Job, JobInput } from './provider.ts'
import { vidu } from './vidu.ts'

interface Asked extends Partial<Pick<Job, 'callbackUrl' | 'parent'>> {
  model?: string
  inputs?: JobInput[]
}

function jobOf(request: Partial<GenerationRequest>, { model = 'viduq2', inputs = [], ...rest }: Asked = {}): Job {
  const assets = inputs.map(({ media, role, url }) => ({ media, role, source: { url: url ?? 'https://example.com/stored' } }))
  return fixtureJob({ request: { model, inputs: assets, ...request }, upstreamModel: model, inputs, ...rest })
}

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sentFor(request: Partial<GenerationRequest> = {}, asked: Asked = {}) {
  const scripted = scriptedHttp([{ status: 200, body: { task_id: '913254869203652608', state: 'created' } }])
  await vidu.submit(jobOf(request, asked), scripted.http)
  expect(scripted.asked).toHaveLength(1)
  const [call] = scripted.asked
  return { path: call && 'path' in call ? call.path : undefined, body: call?.json as Record<string, unknown> }
}

function refusal(request: Partial<GenerationRequest>, asked: Asked = {}): string | undefined {
  return vidu.unfit?.(jobOf(request, asked))?.param
}

const FIRST = fixtureInput({ role: 'first_frame', url: 'https://example.com/first.png' })
const LAST = fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' })
const HERO = fixtureInput({ url: 'https://example.com/hero.png' })
const STORED = fixtureInput()
const WALK = fixtureInput({ media: 'video', url: 'https://example.com/walk.mp4' })
const SOURCE = fixtureInput({ media: 'video', role: 'source', url: 'https://example.com/before.mp4' })

describe('the body of a task', () => {
  test('says no more than was asked, and our reference as its payload', async () => {
    expect(await sentFor()).toEqual({ path: '/ent/v2/text2video', body: { model: 'viduq2', prompt: 'a boat', payload: 'att_fixture' } })
  })

  test('carries every field, seed 0 too', async () => {
    const { body } = await sentFor({ durationSeconds: 7, resolution: '1080p', aspectRatio: '3:4', size: '1080x1440', seed: 0, audio: false }, { model: 'viduq3-pro', callbackUrl: 'https://gateway.example.com/c/1' })
    expect(body).toEqual({ model: 'viduq3-pro', prompt: 'a boat', duration: 7, resolution: '1080p', aspect_ratio: '3:4', seed: 0, audio: false, callback_url: 'https://gateway.example.com/c/1', payload: 'att_fixture' })
  })

  test('writes 2K as the vendor does', async () => {
    expect((await sentFor({ operation: 'image_to_video', resolution: '2k' }, { model: 'viduq3-pro', inputs: [FIRST] })).body['resolution']).toBe('2K')
  })

  test('names a style only where there is one', async () => {
    expect((await sentFor({ style: 'anime' }, { model: 'viduq1' })).body['style']).toBe('anime')
    expect((await sentFor({ style: 'general', operation: 'image_to_video' }, { model: 'viduq1', inputs: [FIRST] })).body).not.toHaveProperty('style')
  })

  test('passes the extras of its list, and no others', async () => {
    const { body } = await sentFor({ vendor: { bgm: true, wm_position: 2, off_peak: true, payload: 'x', callback_url: 'https://evil.example.com' } })
    expect(body).toEqual({ model: 'viduq2', prompt: 'a boat', bgm: true, wm_position: 2, payload: 'att_fixture' })
  })
})

describe('pictures and lips', () => {
  const VOICE = fixtureInput({ media: 'audio', role: 'source', url: 'https://example.com/voice.mp3' })

  test('a picture is a task with references, which are numbered in words', async () => {
    expect(await sentFor({ kind: 'image', operation: 'image_edit', prompt: '@Image2 as @Image1', resolution: '2K', aspectRatio: 'adaptive', seed: 0 }, { inputs: [HERO, STORED], callbackUrl: 'https://gateway.example.com/c/1' })).toEqual({
      path: '/ent/v2/reference2image',
      body: { model: 'viduq2', prompt: 'image 2 as image 1', images: ['https://example.com/hero.png', 'data:image/png;base64,AQID'], resolution: '2K', aspect_ratio: 'auto', seed: 0, callback_url: 'https://gateway.example.com/c/1', payload: 'att_fixture' },
    })
    expect((await sentFor({ kind: 'image', operation: 'text_to_image', resolution: '1080p', aspectRatio: '21:9' })).body).toEqual({ model: 'viduq2', prompt: 'a boat', resolution: '1080p', aspect_ratio: '21:9', payload: 'att_fixture' })
  })

  test('lips move to a sound, or to words in a voice', async () => {
    const lips = { operation: 'lip_sync', durationSeconds: 'auto', aspectRatio: 'adaptive' } as const
    expect(await sentFor({ ...lips, prompt: '' }, { model: 'lip-sync', inputs: [SOURCE, VOICE] })).toEqual({ path: '/ent/v2/lip-sync', body: { video_url: 'https://example.com/before.mp4', audio_url: 'https://example.com/voice.mp3', payload: 'att_fixture' } })
    expect((await sentFor({ ...lips, prompt: 'Hello there', vendor: { voice_id: 'calm', speed: 0.8, bgm: true } }, { model: 'lip-sync', inputs: [SOURCE] })).body).toEqual({ video_url: 'https://example.com/before.mp4', text: 'Hello there', voice_id: 'calm', speed: 0.8, payload: 'att_fixture' })
  })

  test.each<[string, Partial<GenerationRequest>, Asked, string]>([
    ['a ratio to follow without a picture', { kind: 'image', operation: 'text_to_image', aspectRatio: 'adaptive' }, {}, 'aspectRatio'],
    ['21:9 of Q1', { kind: 'image', operation: 'image_edit', aspectRatio: '21:9' }, { model: 'viduq1', inputs: [HERO] }, 'aspectRatio'],
    ['a picture without words', { kind: 'image', operation: 'image_edit', prompt: '' }, { inputs: [HERO] }, 'prompt'],
    ['a mask', { kind: 'image', operation: 'image_edit' }, { inputs: [HERO, fixtureInput({ role: 'mask' })] }, 'inputs'],
    ['a picture that is enlarged', { kind: 'image', operation: 'upscale' }, { inputs: [HERO] }, 'operation'],
    ['two videos to speak', { operation: 'lip_sync' }, { model: 'lip-sync', inputs: [SOURCE, SOURCE] }, 'inputs'],
    ['three characters to say', { operation: 'lip_sync', prompt: 'Oh!' }, { model: 'lip-sync', inputs: [SOURCE] }, 'prompt'],
    ['another voice for a sound', { operation: 'lip_sync', prompt: '', vendor: { voice_id: 'calm' } }, { model: 'lip-sync', inputs: [SOURCE, VOICE] }, 'vendor.voice_id'],
    ['lips for five seconds', { operation: 'lip_sync', durationSeconds: 5 }, { model: 'lip-sync', inputs: [SOURCE] }, 'durationSeconds'],
  ])('%s is refused', (_about, request, asked, param) => {
    expect(refusal(request, asked)).toBe(param)
  })
})

describe('each way of working has its route', () => {
  test.each<[Operation, string, string, JobInput[], Record<string, unknown>]>([
    ['image_to_video', 'viduq2-pro', 'img2video', [FIRST], { images: ['https://example.com/first.png'] }],
    ['first_last_frame', 'viduq2-pro', 'start-end2video', [LAST, FIRST], { images: ['https://example.com/first.png', 'https://example.com/last.png'] }],
    ['reference_to_video', 'viduq2', 'reference2video', [HERO, STORED], { images: ['https://example.com/hero.png', 'data:image/png;base64,AQID'] }],
    ['extend', 'viduq2-turbo', 'extend', [SOURCE], { video_url: 'https://example.com/before.mp4' }],
    ['extend', 'viduq2-pro', 'extend', [SOURCE, LAST], { video_url: 'https://example.com/before.mp4', images: ['https://example.com/last.png'] }],
  ])('%s of %s: %s', async (operation, model, route, inputs, materials) => {
    expect(await sentFor({ operation, aspectRatio: operation === 'reference_to_video' ? '1:1' : 'adaptive' }, { model, inputs })).toEqual({
      path: `/ent/v2/${route}`,
      body: { model, prompt: 'a boat', ...materials, ...(operation === 'reference_to_video' && { aspect_ratio: '1:1' }), payload: 'att_fixture' },
    })
  })

  test('a video of the same account is gone on with by its id', async () => {
    const parent = { handle: { id: '1' }, upstreamModel: 'viduq2-pro', kept: { creationId: '913254900000000001' } }
    const { body } = await sentFor({ operation: 'extend' }, { model: 'viduq2-pro', inputs: [fixtureInput({ media: 'video', role: 'source' })], parent })
    expect(body).toEqual({ model: 'viduq2-pro', prompt: 'a boat', video_creation_id: '913254900000000001', payload: 'att_fixture' })
  })

  test('a video that nobody can reach is refused by name', async () => {
    await expect(sentFor({ operation: 'extend' }, { model: 'viduq2-pro', inputs: [fixtureInput({ media: 'video', role: 'source' })] })).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })

  test('pictures that are too large together are refused before anything is sent', async () => {
    const large = fixtureInput({ bytes: new Uint8Array(8_000_000) })
    await expect(sentFor({ operation: 'reference_to_video' }, { inputs: [large, large] })).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })
})

describe('references in the prompt', () => {
  const reference = (prompt: string, inputs: JobInput[], model = 'viduq2') => sentFor({ operation: 'reference_to_video', prompt }, { model, inputs }).then(({ body }) => ({ prompt: body['prompt'], images: body['images'], subjects: body['subjects'] }))

  test('become subjects of those names', async () => {
    expect(await reference('@image2 rides @Image 1', [HERO, STORED])).toEqual({
      prompt: '@Image2 rides @Image1',
      images: undefined,
      subjects: [{ id: 'Image1', images: ['https://example.com/hero.png'] }, { id: 'Image2', images: ['data:image/png;base64,AQID'] }],
    })
  })

  test('and videos are subjects, mentioned or not', async () => {
    expect(await reference('a dance', [HERO, WALK], 'viduq2-pro')).toEqual({
      prompt: 'a dance',
      images: undefined,
      subjects: [{ id: 'Image1', images: ['https://example.com/hero.png'] }, { id: 'Video1', videos: ['https://example.com/walk.mp4'] }],
    })
  })

  test('are plain words where the model knows no subjects, and with frames', async () => {
    expect(await reference('@Image1 waves', [HERO], 'viduq3-mix')).toEqual({ prompt: 'image 1 waves', images: ['https://example.com/hero.png'], subjects: undefined })
    expect((await sentFor({ operation: 'image_to_video', prompt: '@Image1 waves' }, { model: 'viduq2-pro', inputs: [FIRST] })).body['prompt']).toBe('image 1 waves')
  })

  test('to nothing are refused, naming the prompt', async () => {
    await expect(reference('@Image3 waves', [HERO])).rejects.toMatchObject({ kind: 'refused', param: 'prompt' })
  })
})

describe('what it cannot do is seen before anything is sent', () => {
  test.each<[string, Partial<GenerationRequest>, Asked, string]>([
    ['another operation', { operation: 'upscale' }, {}, 'operation'],
    ['an operation of other models', { operation: 'text_to_video' }, { model: 'viduq2-pro' }, 'operation'],
    ['a first frame beside a video to go on with', { operation: 'extend' }, { model: 'viduq2-pro', inputs: [SOURCE, FIRST] }, 'inputs'],
    ['no material where some is needed', { operation: 'image_to_video' }, { model: 'viduq2-pro' }, 'inputs'],
    ['material where none is taken', {}, { inputs: [HERO] }, 'inputs'],
    ['a sound as a reference', { operation: 'reference_to_video' }, { inputs: [HERO, fixtureInput({ media: 'audio' })] }, 'inputs'],
    ['a length of its own choice', { durationSeconds: 'auto' }, {}, 'durationSeconds'],
    ['8 s between frames of q2 turbo from 2 s', { operation: 'first_last_frame', durationSeconds: 1 }, { model: 'viduq2-turbo', inputs: [FIRST, LAST] }, 'durationSeconds'],
    ['6 s of 2.0', { operation: 'image_to_video', durationSeconds: 6 }, { model: 'vidu2.0', inputs: [FIRST] }, 'durationSeconds'],
    ['4K', { resolution: '4k' }, {}, 'resolution'],
    ['a size alone', { size: '1280x720' }, {}, 'size'],
    ['another frame rate', { framesPerSecond: 30 }, {}, 'framesPerSecond'],
    ['a wide ratio', { aspectRatio: '21:9' }, {}, 'aspectRatio'],
    ['a negative prompt', { negativePrompt: 'blur' }, {}, 'negativePrompt'],
    ['sound from words of q2', { audio: true }, {}, 'audio'],
    ['a style beside a frame', { operation: 'image_to_video', style: 'anime' }, { model: 'viduq1', inputs: [FIRST] }, 'style'],
    ['a seed for going on', { operation: 'extend', seed: 7 }, { model: 'viduq2-pro', inputs: [SOURCE] }, 'seed'],
    ['music for going on', { operation: 'extend', vendor: { bgm: true } }, { model: 'viduq2-pro', inputs: [SOURCE] }, 'vendor.bgm'],
  ])('%s', (_about, request, asked, param) => {
    expect(refusal(request, asked)).toBe(param)
  })

  test('a model that is in no table is judged by the vendor', () => {
    expect(refusal({ durationSeconds: 16, resolution: '4k', audio: true }, { model: 'viduq4' })).toBeUndefined()
  })
})

test('a callback is the task, and means its id alone', () => {
  expect(vidu.callback?.(callbackMessage({ id: '913254869203652608', state: 'success', creations: [] }))).toEqual({ handle: { id: '913254869203652608' } })
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', 'a?b', '', 'x'.repeat(129), 'a b', '%2e%2e']) expect(vidu.handle.safeParse({ id }).success, id).toBe(false)
})

test('a credential is one key, said with the word Token', () => {
  expect(vidu.credential.parse({ api_key: ' vda_1\n' })).toEqual({ api_key: 'vda_1' })
  expect(vidu.credential.safeParse({}).success).toBe(false)
  expect(vidu.authorize({ api_key: 'vda_1' }, { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ authorization: 'Token vda_1' })
})
