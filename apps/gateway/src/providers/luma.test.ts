import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { luma } from './luma.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { Job } from './provider.ts'

const ID = '7b2f3c1e-5f0a-4d3b-9c64-0f2a6a1b8c11'
const PARENT = { handle: { id: ID }, upstreamModel: 'ray-2' }

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sentFor(request: Partial<GenerationRequest> = {}, { upstreamModel = 'ray-2', ...job }: Partial<Omit<Job, 'request'>> = {}) {
  const { http, asked } = scriptedHttp([{ status: 201, body: { id: ID, state: 'queued' } }])
  const inputs = (job.inputs ?? []).map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/x' } }))
  await luma.submit(fixtureJob({ ...job, upstreamModel, request: { inputs, ...request } }), http)
  expect(asked).toHaveLength(1)
  return asked[0]!
}

const FIRST = fixtureInput({ role: 'first_frame', url: 'https://example.com/a.png' })
const LAST = fixtureInput({ role: 'last_frame', url: 'https://example.com/b.png' })
const VIDEO = fixtureInput({ media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/v.mp4' })
const PICTURE = { kind: 'image', operation: 'text_to_image' } as const

describe('a video', () => {
  test('is asked for with no more than was asked', async () => {
    expect(await sentFor()).toEqual({ method: 'POST', path: '/generations/video', json: { generation_type: 'video', model: 'ray-2', prompt: 'a boat' } })
  })

  test('is told every field, no loop too', async () => {
    const { json } = await sentFor({ durationSeconds: 9, resolution: '4k', aspectRatio: '9:21', loop: false, vendor: { concepts: ['handheld', 'zoom_in'], mode: 'flex_1' } }, { callbackUrl: 'https://gateway.example.com/c/1' })
    expect(json).toEqual({
      generation_type: 'video', model: 'ray-2', prompt: 'a boat', duration: '9s', resolution: '4k', aspect_ratio: '9:21', loop: false,
      concepts: [{ key: 'handheld' }, { key: 'zoom_in' }], callback_url: 'https://gateway.example.com/c/1',
    })
  })

  test.each([[5, '5s'], [6, '9s'], [9, '9s']])('of %i s is made as %s, the next longer length', async (durationSeconds, duration) => {
    expect((await sentFor({ durationSeconds })).json).toMatchObject({ duration })
  })

  test('opens and closes with its frames, and needs no words then', async () => {
    const { json } = await sentFor({ operation: 'first_last_frame', prompt: ' ' }, { inputs: [LAST, FIRST] })
    expect(json).toMatchObject({ keyframes: { frame0: { type: 'image', url: 'https://example.com/a.png' }, frame1: { type: 'image', url: 'https://example.com/b.png' } } })
    expect(json).not.toHaveProperty('prompt')
  })

  test('goes on with its parent, or leads up to it, in the ratio of that', async () => {
    const forward = await sentFor({ operation: 'extend', aspectRatio: '16:9' }, { inputs: [VIDEO, LAST], parent: PARENT })
    expect(forward.json).toMatchObject({ keyframes: { frame0: { type: 'generation', id: ID }, frame1: { type: 'image' } } })
    expect(forward.json).not.toHaveProperty('aspect_ratio')
    const backward = await sentFor({ operation: 'extend' }, { inputs: [{ ...VIDEO, role: 'last_frame' }], parent: PARENT })
    expect(backward.json).toMatchObject({ keyframes: { frame1: { type: 'generation', id: ID } } })
  })

  test('of somebody else cannot be gone on with, and two not at once', async () => {
    await expect(sentFor({ operation: 'extend' }, { inputs: [VIDEO] })).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'inputs' })
    await expect(sentFor({ operation: 'extend' }, { inputs: [VIDEO, { ...VIDEO, role: 'last_frame' }], parent: PARENT })).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })

  test('is made of material with a public https address only', async () => {
    for (const url of [undefined, 'http://example.com/a.png', 'data:image/png;base64,AQID']) {
      await expect(sentFor({ operation: 'image_to_video' }, { inputs: [fixtureInput({ role: 'first_frame', ...(url !== undefined && { url }) })] })).rejects.toMatchObject({ kind: 'refused', param: 'inputs', message: expect.stringContaining('public https address') })
    }
  })
})

describe('work on a video', () => {
  test('changes it in the mode that was asked for, or the one in the middle', async () => {
    expect(await sentFor({ operation: 'video_to_video', durationSeconds: 'auto', resolution: '720p', aspectRatio: '16:9', vendor: { mode: 'adhere_3' } }, { inputs: [VIDEO, FIRST] })).toMatchObject({
      path: '/generations/video/modify',
      json: { generation_type: 'modify_video', model: 'ray-2', prompt: 'a boat', mode: 'adhere_3', media: { url: 'https://example.com/v.mp4' }, first_frame: { url: 'https://example.com/a.png' } },
    })
    expect((await sentFor({ operation: 'video_to_video' }, { inputs: [VIDEO] })).json).toMatchObject({ mode: 'flex_1' })
  })

  test('reframes it, with the geometry as it was given', async () => {
    expect(await sentFor({ operation: 'reframe', aspectRatio: '1:1', vendor: { x_start: 0, resized_width: 640, mode: 'flex_1' } }, { inputs: [VIDEO] })).toEqual({
      method: 'POST', path: '/generations/video/reframe',
      json: { generation_type: 'reframe_video', model: 'ray-2', prompt: 'a boat', media: { url: 'https://example.com/v.mp4' }, aspect_ratio: '1:1', x_start: 0, resized_width: 640 },
    })
  })

  test('enlarges the parent, and adds sound to it', async () => {
    expect(await sentFor({ operation: 'upscale', prompt: '', resolution: '4k' }, { inputs: [VIDEO], parent: PARENT })).toEqual({ method: 'POST', path: `/generations/${ID}/upscale`, json: { generation_type: 'upscale_video', resolution: '4k' } })
    expect(await sentFor({ operation: 'video_to_video', prompt: 'birds', negativePrompt: 'wind', audio: true }, { upstreamModel: 'add_audio', inputs: [VIDEO], parent: PARENT })).toEqual({
      method: 'POST', path: `/generations/${ID}/audio`, json: { generation_type: 'add_audio', prompt: 'birds', negative_prompt: 'wind' },
    })
    await expect(sentFor({ operation: 'upscale', resolution: '4k' }, { inputs: [VIDEO] })).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })
})

describe('a picture', () => {
  const at = (name: string, role: 'reference' | 'source' = 'reference') => fixtureInput({ role, url: `https://example.com/${name}` })

  test('is asked for in its format', async () => {
    expect(await sentFor({ ...PICTURE, aspectRatio: '1:1', outputFormat: 'jpeg' }, { upstreamModel: 'photon-1' })).toEqual({
      method: 'POST', path: '/generations/image', json: { generation_type: 'image', model: 'photon-1', prompt: 'a boat', aspect_ratio: '1:1', format: 'jpg' },
    })
  })

  test('takes references by their role, and by their kind and weight where these are said, weight 0 too', async () => {
    const edit = { ...PICTURE, operation: 'image_edit' } as const
    expect((await sentFor(edit, { upstreamModel: 'photon-1', inputs: [at('a', 'source'), at('b')] })).json).toMatchObject({ modify_image_ref: { url: 'https://example.com/a' }, image_ref: [{ url: 'https://example.com/b' }] })
    const references = [{ kind: 'style', weight: 0 }, { kind: 'character', identity: 'her' }, { kind: 'character' }, { kind: 'modify', weight: 1 }]
    expect((await sentFor({ ...edit, vendor: { references } }, { upstreamModel: 'photon-1', inputs: ['a', 'b', 'c', 'd'].map((name) => at(name)) })).json).toMatchObject({
      style_ref: [{ url: 'https://example.com/a', weight: 0 }],
      character_ref: { her: { images: ['https://example.com/b'] }, identity0: { images: ['https://example.com/c'] } },
      modify_image_ref: { url: 'https://example.com/d', weight: 1 },
    })
  })

  test('is reframed', async () => {
    expect(await sentFor({ kind: 'image', operation: 'reframe', prompt: '', aspectRatio: '4:3', outputFormat: 'png' }, { upstreamModel: 'photon-1', inputs: [at('a', 'source')] })).toEqual({
      method: 'POST', path: '/generations/image/reframe', json: { generation_type: 'reframe_image', model: 'photon-1', media: { url: 'https://example.com/a' }, aspect_ratio: '4:3', format: 'png' },
    })
  })
})

test('a handle and a callback are of a generation with an id of the vendor’s kind', () => {
  for (const id of ['..', 'a/b', '', '7', `${ID}/upscale`]) expect(luma.handle.safeParse({ id }).success, id).toBe(false)
  expect(luma.callback?.(callbackMessage({ id: ID, state: 'dreaming' }))).toEqual({ handle: { id: ID } })
})
