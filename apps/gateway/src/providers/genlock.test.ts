import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { genlock } from './genlock.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { Job, UpstreamRequest } from './provider.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sent(job: Partial<Omit<Job, 'request'>> & { request?: Partial<GenerationRequest> } = {}): Promise<UpstreamRequest & { json: { input: Record<string, unknown> } }> {
  const { http, asked } = scriptedHttp([{ status: 202, body: { id: 'vid_1' } }])
  await genlock.submit(fixtureJob({ upstreamModel: 'seedance-2.0-pro', ...job }), http)
  return asked[0] as UpstreamRequest & { json: { input: Record<string, unknown> } }
}

const unfit = (request: Partial<GenerationRequest>) => genlock.unfit!(fixtureJob({ request }))

describe('the body of a task', () => {
  test('says no more than was asked, under our reference as its idempotency key', async () => {
    expect(await sent()).toMatchObject({ method: 'POST', path: '/videos', headers: { 'idempotency-key': 'att_fixture' } })
    expect((await sent()).json).toEqual({ model: 'seedance-2.0-pro', input: { prompt: 'a boat' } })
  })

  test('carries every field, seed 0 and silence too', async () => {
    const request: Partial<GenerationRequest> = {
      negativePrompt: 'rain', durationSeconds: 'auto', framesPerSecond: 24, seed: 0, count: 2, audio: false, style: 'anime', quality: 'high',
      enhancePrompt: true, upsample: false, loop: true, outputFormat: 'mp4', endUserId: 'u1', vendor: { watermark: false },
    }
    expect((await sent({ request, callbackUrl: 'https://gateway.example.com/c/1' })).json).toEqual({
      model: 'seedance-2.0-pro',
      input: {
        prompt: 'a boat', negative_prompt: 'rain', duration_seconds: 'auto', fps: 24, seed: 0, n: 2, audio: false, style: 'anime', quality: 'high',
        enhance_prompt: true, upsample: false, loop: true, output_format: 'mp4', vendor: { watermark: false },
      },
      callback_url: 'https://gateway.example.com/c/1',
      end_user_id: 'u1',
    })
  })

  test('names the size by resolution and ratio where there are any, else in pixels', async () => {
    expect((await sent({ request: { resolution: '720p', aspectRatio: 'adaptive', size: '1280x720' } })).json.input).toEqual({ prompt: 'a boat', resolution: '720p', aspect_ratio: 'adaptive' })
    expect((await sent({ request: { size: '1280x720' } })).json.input).toEqual({ prompt: 'a boat', size: '1280x720' })
  })

  test('keeps the order and the parts of its materials, and the names that the prompt has for them', async () => {
    const inputs = [
      fixtureInput({ role: 'reference', url: 'https://example.com/a.png' }),
      fixtureInput({ role: 'first_frame' }),
      fixtureInput({ role: 'mask' }),
      fixtureInput({ media: 'video', role: 'reference', url: 'https://example.com/a.mp4' }),
      fixtureInput({ media: 'audio', mediaType: 'audio/mpeg' }),
    ]
    expect((await sent({ inputs, request: { prompt: '@Image1 follows @Video1' } })).json.input).toMatchObject({
      prompt: '@Image1 follows @Video1',
      images: [{ url: 'https://example.com/a.png', role: 'reference' }, { url: 'data:image/png;base64,AQID', role: 'first_frame' }],
      mask: { url: 'data:image/png;base64,AQID', role: 'mask' },
      videos: [{ url: 'https://example.com/a.mp4', role: 'reference' }],
      audios: [{ url: 'data:audio/mpeg;base64,AQID', role: 'reference' }],
    })
  })

  test('says the operation only where it does not follow from the inputs', async () => {
    const source = { media: 'video' as const, role: 'source' as const, source: { url: 'https://example.com/a.mp4' } }
    expect((await sent({ request: { operation: 'video_to_video', inputs: [source] } })).json.input).not.toHaveProperty('operation')
    expect((await sent({ request: { operation: 'upscale', inputs: [source] } })).json.input).toMatchObject({ operation: 'upscale' })
    expect(await sent({ request: { kind: 'image', operation: 'text_to_image' } })).toMatchObject({ path: '/images', json: { input: { prompt: 'a boat' } } })
  })
})

describe('what does not fit', () => {
  test('is a button, words about a picture, and a remix of nothing', () => {
    expect(unfit({ operation: 'action' })).toMatchObject({ param: 'operation' })
    expect(unfit({ kind: 'text', operation: 'describe' })).toMatchObject({ param: 'operation' })
    expect(unfit({ operation: 'extend' })).toMatchObject({ param: 'inputs' })
    expect(unfit({})).toBeUndefined()
  })
})

describe('a callback', () => {
  test('names the video or the picture that has ended, and never the event', () => {
    expect(genlock.callback!(callbackMessage({ id: 'evt_vid_1', type: 'video.succeeded', data: { id: 'vid_1', object: 'video' } })).handle).toEqual({ id: 'vid_1', of: 'videos' })
    expect(genlock.callback!(callbackMessage({ data: { id: 'img_1', object: 'image' } })).handle).toEqual({ id: 'img_1', of: 'images' })
    expect(genlock.callback!(callbackMessage({ id: 'evt_vid_1' })).handle).toBeUndefined()
    expect(genlock.callback!(callbackMessage({ data: { id: '../keys', object: 'video' } })).handle).toBeUndefined()
  })
})

test('a handle is an id that can be part of a path, and where it is read', () => {
  expect(genlock.handle.safeParse({ id: 'vid_1', of: 'videos' }).success).toBe(true)
  for (const handle of [{ id: '../keys', of: 'videos' }, { id: 'a/b', of: 'videos' }, { id: 'vid_1' }, { id: 'vid_1', of: 'keys' }]) expect(genlock.handle.safeParse(handle).success).toBe(false)
  expect(genlock.credential.safeParse({ api_key: ' ' }).success).toBe(false)
})
