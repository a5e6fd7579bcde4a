import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { fal } from './fal.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp, type ScriptedAnswer } from './provider.fixture.ts'
import type { Job, JobInput } from './provider.ts'

const ID = '764cabcf-b745-4b3e-ae38-1200304cf45b'
const CREATED: ScriptedAnswer = { status: 200, body: { request_id: ID, status: 'IN_QUEUE' } }

interface More extends Partial<Pick<Job, 'parent' | 'callbackUrl' | 'settings'>> {
  inputs?: JobInput[]
  answers?: ScriptedAnswer[]
}

async function asked(upstreamModel: string, request: Partial<GenerationRequest>, { inputs = [], answers = [CREATED], ...more }: More = {}) {
  const { http, asked: calls } = scriptedHttp(answers)
  const assets = inputs.map(({ media, role, url = 'https://example.com/x' }) => ({ media, role, source: { url } }))
  const { handle } = await fal.submit(fixtureJob({ upstreamModel, inputs, ...more, request: { ...request, inputs: assets } }), http)
  return { calls, handle }
}

async function sent(upstreamModel: string, request: Partial<GenerationRequest>, more: More = {}) {
  const { calls: [call] } = await asked(upstreamModel, request, more)
  return { app: call && 'path' in call ? call.path : undefined, input: call?.json, query: call && 'query' in call ? call.query : undefined }
}

const first = fixtureInput({ role: 'first_frame', url: 'https://example.com/first.png' })
const last = fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' })
const picture = fixtureInput({ url: 'https://example.com/a.png' })
const edited = fixtureInput({ role: 'source', url: 'https://example.com/e.png' })
const CLIP = { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' } as const

describe('which app is asked, and how', () => {
  test('each operation has its own, with seconds as the app writes them', async () => {
    expect(await sent('fal-ai/veo3.1', { durationSeconds: 8, resolution: '720p', aspectRatio: '9:16', audio: false, seed: 0, negativePrompt: 'rain' })).toEqual({
      app: '/fal-ai/veo3.1', query: undefined,
      input: { prompt: 'a boat', duration: '8s', resolution: '720p', aspect_ratio: '9:16', generate_audio: false, seed: 0, negative_prompt: 'rain' },
    })
    expect(await sent('fal-ai/veo3.1', { operation: 'first_last_frame', durationSeconds: 8, resolution: '4k', aspectRatio: '16:9', audio: true }, { inputs: [first, last] })).toMatchObject({
      app: '/fal-ai/veo3.1/first-last-frame-to-video', input: { resolution: '4k', first_frame_url: 'https://example.com/first.png', last_frame_url: 'https://example.com/last.png' },
    })
  })

  test('the first that fits where there are several', async () => {
    const kling = 'fal-ai/kling-video/v1.6/standard/text-to-video'
    expect(await sent(kling, { operation: 'image_to_video', ...CLIP, resolution: '720p' }, { inputs: [first] })).toMatchObject({ app: '/fal-ai/kling-video/v1.6/standard/image-to-video', input: { image_url: 'https://example.com/first.png', duration: '5' } })
    expect(await sent(kling, { operation: 'image_to_video', ...CLIP }, { inputs: [first] })).toMatchObject({ app: '/fal-ai/kling-video/v1.6/pro/image-to-video' })
    expect(await sent('fal-ai/flux-pro/kontext', { kind: 'image', operation: 'image_edit', aspectRatio: '1:1' }, { inputs: [edited] })).toMatchObject({ app: '/fal-ai/flux-pro/kontext', input: { image_url: 'https://example.com/e.png' } })
    expect(await sent('fal-ai/flux-pro/kontext', { kind: 'image', operation: 'image_edit', aspectRatio: '1:1' }, { inputs: [edited, picture] })).toMatchObject({ app: '/fal-ai/flux-pro/kontext/multi', input: { image_urls: ['https://example.com/e.png', 'https://example.com/a.png'] } })
  })

  test('a size is an object, or Sora\'s two words', async () => {
    expect(await sent('fal-ai/flux/schnell', { kind: 'image', operation: 'text_to_image', size: '512x768', count: 2 })).toEqual({ app: '/fal-ai/flux/schnell', query: undefined, input: { prompt: 'a boat', image_size: { width: 512, height: 768 }, num_images: 2 } })
    expect(await sent('fal-ai/sora-2/text-to-video/pro', { durationSeconds: 12, size: '1024x1792', audio: true })).toMatchObject({ input: { aspect_ratio: '9:16', resolution: '1080p', duration: '12', delete_video: false } })
  })

  test('a remix names the video that was kept, and not its bytes', async () => {
    const parent = { handle: { app: 'fal-ai/sora-2', id: ID }, upstreamModel: 'fal-ai/sora-2/text-to-video', kept: { videoId: 'video_1' } }
    const remix = { operation: 'remix', prompt: 'at night', durationSeconds: 4, size: '1280x720', audio: true } as const
    const video = fixtureInput({ media: 'video', role: 'source', url: 'https://example.com/v.mp4' })
    expect(await sent('fal-ai/sora-2/text-to-video', remix, { inputs: [video], parent })).toMatchObject({ app: '/fal-ai/sora-2/video-to-video/remix', input: { prompt: 'at night', video_id: 'video_1', delete_video: false } })
    await expect(sent('fal-ai/sora-2/text-to-video', remix, { inputs: [video] })).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })

  test('references are spoken of in plain words', async () => {
    expect(await sent('fal-ai/veo3.1', { operation: 'reference_to_video', prompt: '@Image1 runs', durationSeconds: 8, resolution: '720p', aspectRatio: '16:9', audio: true }, { inputs: [picture] })).toMatchObject({ input: { prompt: 'image 1 runs', image_urls: ['https://example.com/a.png'] } })
  })

  test('the webhook goes beside the input', async () => {
    expect(await sent('fal-ai/imagen4/preview', { kind: 'image', operation: 'text_to_image', resolution: '1K', aspectRatio: '1:1' }, { callbackUrl: 'https://gateway.example.com/c/1' })).toMatchObject({ query: { fal_webhook: 'https://gateway.example.com/c/1' } })
  })

  test('an app that is in no list is asked in the usual words', async () => {
    const { calls, handle } = await asked('acme/film/v2', { operation: 'image_to_video', durationSeconds: 6, resolution: '720p', aspectRatio: 'adaptive', audio: true }, { inputs: [first, last] })
    expect(calls[0]).toMatchObject({ path: '/acme/film/v2', json: { prompt: 'a boat', duration: '6', resolution: '720p', generate_audio: true, image_url: 'https://example.com/first.png', end_image_url: 'https://example.com/last.png' } })
    expect(handle).toEqual({ app: 'acme/film', id: ID })
    expect((await asked('workflows/acme/film', { kind: 'image', operation: 'text_to_image' })).handle).toEqual({ app: 'workflows/acme/film', id: ID })
    expect(fal.unfit?.(fixtureJob({ upstreamModel: 'acme/film', request: { operation: 'describe' } }))).toMatchObject({ param: 'inputs' })
  })
})

describe('materials', () => {
  const clip = { operation: 'image_to_video', ...CLIP } as const
  const model = 'fal-ai/kling-video/v2.1/master/text-to-video'
  const large = fixtureInput({ role: 'first_frame', bytes: new Uint8Array(900_000) })
  const ticket: ScriptedAnswer = { status: 200, body: { upload_url: 'https://upload.example.com/a', file_url: 'https://v3.fal.media/files/a' } }

  test('without an https address go as data', async () => {
    expect(await sent(model, clip, { inputs: [fixtureInput({ role: 'first_frame', url: 'http://example.com/a.png' })] })).toMatchObject({ input: { image_url: 'data:image/png;base64,AQID' } })
  })

  test('that are masks are read, whoever drew them, and white where the picture changes', async () => {
    const black = new Uint8Array(await sharp({ create: { width: 8, height: 8, channels: 3, background: '#000' } }).png().toBuffer())
    const mask = fixtureInput({ role: 'mask', url: 'https://example.com/m.png', bytes: black })
    const { input } = await sent('fal-ai/flux-pro/v1/fill', { kind: 'image', operation: 'image_edit', vendor: { mask_changes: 'black', safety_tolerance: 2 } }, { inputs: [edited, mask] })
    const { image_url: imageUrl, mask_url: maskUrl, ...rest } = input as Record<string, string>
    expect(imageUrl).toBe('https://example.com/e.png')
    expect(rest).toEqual({ prompt: 'a boat', num_images: 1, safety_tolerance: '2' })
    expect((await sharp(Buffer.from(maskUrl!.split(',')[1]!, 'base64')).stats()).channels[0]?.min).toBe(255)
  })

  test('that are large go through the storage, which is sent no key for the bytes', async () => {
    const { calls } = await asked(model, clip, { inputs: [large], answers: [ticket, { status: 200 }, CREATED] })
    expect(calls[0]).toMatchObject({ method: 'POST', address: 'https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3', json: { content_type: 'image/png', file_name: 'input.png' } })
    expect(calls[1]).toMatchObject({ method: 'PUT', address: 'https://upload.example.com/a', anonymous: true, body: { mediaType: 'image/png' } })
    expect(calls[2]?.json).toMatchObject({ image_url: 'https://v3.fal.media/files/a' })
    const { calls: elsewhere } = await asked(model, clip, { inputs: [large], answers: [ticket, { status: 200 }, CREATED], settings: { storage_url: 'https://relay.example.com/rest' } })
    expect(elsewhere[0]).toMatchObject({ address: expect.stringMatching(/^https:\/\/relay\.example\.com\/rest\/storage\//) })
  })

  test.each<[string, ScriptedAnswer[], string]>([
    ['no ticket', [{ status: 502 }], 'busy'],
    ['a ticket that cannot be read', [{ status: 200, body: {} }], 'busy'],
    ['a store that does not take it', [ticket, { status: 500 }], 'busy'],
    ['a locked account', [{ status: 403, body: { detail: 'User is locked. Reason: Exhausted balance.' } }], 'credential'],
  ])('that could not be stored (%s) leave nothing in doubt', async (_what, answers, kind) => {
    await expect(asked(model, clip, { inputs: [large], answers })).rejects.toMatchObject({ kind })
  })
})

test('a webhook names the request, and the attempt its app', () => {
  expect(fal.callback?.(callbackMessage({ request_id: ID, status: 'OK', payload: { video: { url: 'https://evil.example.com' } } }, {}, 'fal-ai/veo3.1/fast'))).toEqual({ handle: { app: 'fal-ai/veo3.1', id: ID } })
  for (const body of [{ request_id: '../../keys' }, { request_id: 7 }, 'text', undefined]) expect(fal.callback?.(callbackMessage(body, {}, 'fal-ai/veo3.1'))).toEqual({})
})

test('a handle is nothing that could climb out of a path', () => {
  for (const app of ['..', '../..', 'fal-ai', 'fal-ai/..', 'a/b/c', 'a/b?c', 'fal-ai/', '']) expect(fal.handle.safeParse({ app, id: ID }).success, app).toBe(false)
  for (const id of ['../../../..', 'a/b/c/d/e', '']) expect(fal.handle.safeParse({ app: 'fal-ai/veo3.1', id }).success, id).toBe(false)
})

test('the key is said with the word Key', () => {
  expect(fal.authorize(fal.credential.parse({ api_key: ' id:secret\n' }), { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ authorization: 'Key id:secret' })
  expect(fal.settings?.parse({})).toEqual({ storage_url: 'https://rest.fal.ai' })
  expect(fal.settings?.safeParse({ storage_url: 'not an address' }).success).toBe(false)
})
