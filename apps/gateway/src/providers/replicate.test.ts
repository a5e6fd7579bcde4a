import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp, type ScriptedAnswer } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'
import { replicate } from './replicate.ts'

const ID = 'm6bmqxrj8xrga0ch1a8re0ndrw'
const CREATED: ScriptedAnswer = { status: 201, body: { id: ID, status: 'starting' } }

interface More {
  inputs?: JobInput[]
  answers?: ScriptedAnswer[]
  callbackUrl?: string
}

async function asked(upstreamModel: string, request: Partial<GenerationRequest>, { inputs = [], answers = [CREATED], ...more }: More = {}) {
  const { http, asked: calls } = scriptedHttp(answers)
  const assets = inputs.map(({ media, role, url = 'https://example.com/x' }) => ({ media, role, source: { url } }))
  await replicate.submit(fixtureJob({ upstreamModel, inputs, ...more, request: { ...request, inputs: assets } }), http)
  return calls
}

async function sent(upstreamModel: string, request: Partial<GenerationRequest>, more: More = {}) {
  const [call] = await asked(upstreamModel, request, more)
  return { path: call && 'path' in call ? call.path : undefined, ...(call?.json as { input: Record<string, unknown> }) }
}

const first = fixtureInput({ role: 'first_frame', url: 'https://example.com/first.png' })
const last = fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' })
const picture = fixtureInput({ url: 'https://example.com/a.png' })
const edited = fixtureInput({ role: 'source', url: 'https://example.com/e.png' })
const video = fixtureInput({ media: 'video', role: 'source', url: 'https://example.com/a.mp4' })
const CLIP = { durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive' } as const
const IMAGE = { kind: 'image', operation: 'text_to_image' } as const
const EDIT = { kind: 'image', operation: 'image_edit' } as const

describe('where a model is asked for', () => {
  test('by its name, by a pinned version, or as a deployment', async () => {
    const version = `google/veo-3.1:${'0a'.repeat(32)}`
    const veo = { durationSeconds: 8, resolution: '720p', aspectRatio: '16:9', audio: true, seed: 0, negativePrompt: 'rain' } as const
    const input = { prompt: 'a boat', duration: 8, resolution: '720p', aspect_ratio: '16:9', generate_audio: true, seed: 0, negative_prompt: 'rain' }
    expect(await sent('google/veo-3.1', veo)).toEqual({ path: '/models/google/veo-3.1/predictions', input })
    expect(await sent(version, veo)).toEqual({ path: '/predictions', version, input })
    expect(await sent('deployments/acme/our-veo', veo)).toEqual({ path: '/deployments/acme/our-veo/predictions', input })
    expect(await sent('b1'.repeat(32), { ...IMAGE })).toEqual({ path: '/predictions', version: 'b1'.repeat(32), input: { prompt: 'a boat' } })
  })

  test.each(['..', '../account', 'acme', 'acme/film/v2', 'acme/film?x', 'acme/film:latest', ''])('no name is %j', async (name) => {
    await expect(sent(name, { ...IMAGE })).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'model' })
  })

  test('by another model of the same maker where that does it', async () => {
    const grok = { resolution: '480p', audio: true, durationSeconds: 4 } as const
    expect(await sent('xai/grok-imagine-video', { ...grok, operation: 'reference_to_video', aspectRatio: '1:1' }, { inputs: [picture] })).toMatchObject({ path: '/models/xai/grok-imagine-r2v/predictions', input: { reference_images: ['https://example.com/a.png'] } })
    expect(await sent('xai/grok-imagine-video', { ...grok, operation: 'extend', aspectRatio: 'adaptive' }, { inputs: [video] })).toEqual({ path: '/models/xai/grok-imagine-video-extension/predictions', input: { prompt: 'a boat', duration: 4, video: 'https://example.com/a.mp4' } })
  })

  test('with a webhook for its end alone', async () => {
    expect(await sent('google/imagen-4', { ...IMAGE, resolution: '1K', aspectRatio: '1:1' }, { callbackUrl: 'https://gateway.example.com/c/1' })).toMatchObject({ webhook: 'https://gateway.example.com/c/1', webhook_events_filter: ['completed'] })
  })
})

describe('each model\'s own names', () => {
  test('of frames, sizes and modes', async () => {
    expect((await sent('kwaivgi/kling-v2.1', { operation: 'first_last_frame', ...CLIP }, { inputs: [last, first] })).input).toEqual({ prompt: 'a boat', duration: 5, mode: 'pro', start_image: 'https://example.com/first.png', end_image: 'https://example.com/last.png' })
    expect((await sent('minimax/hailuo-02', { operation: 'first_last_frame', ...CLIP, durationSeconds: 6 }, { inputs: [first, last] })).input).toMatchObject({ first_frame_image: 'https://example.com/first.png', last_frame_image: 'https://example.com/last.png', resolution: '1080p' })
    expect((await sent('openai/sora-2-pro', { durationSeconds: 12, size: '1792x1024', audio: true })).input).toEqual({ prompt: 'a boat', seconds: 12, aspect_ratio: 'landscape', resolution: 'high' })
    expect((await sent('wan-video/wan-2.5-t2v', { durationSeconds: 5, resolution: '1080p', aspectRatio: '9:16', audio: true })).input).toEqual({ prompt: 'a boat', duration: 5, size: '1080*1920' })
  })

  test('of pictures, in the format that the catalogue promises', async () => {
    expect((await sent('bytedance/seedream-4', { ...IMAGE, resolution: '2K', aspectRatio: '16:9', size: '2730x1534' })).input).toEqual({ prompt: 'a boat', size: '2K', aspect_ratio: '16:9' })
    expect((await sent('bytedance/seedream-4', { ...IMAGE, size: '2000x1500' })).input).toEqual({ prompt: 'a boat', size: 'custom', width: 2000, height: 1500 })
    expect((await sent('black-forest-labs/flux-1.1-pro', { ...IMAGE, size: '1024x768' })).input).toEqual({ prompt: 'a boat', aspect_ratio: 'custom', width: 1024, height: 768, output_format: 'jpg' })
    expect((await sent('google/nano-banana-pro', { ...EDIT, resolution: '4K', aspectRatio: '1:1', outputFormat: 'jpeg' }, { inputs: [edited, picture] })).input).toEqual({ prompt: 'a boat', resolution: '4K', aspect_ratio: '1:1', output_format: 'jpg', image_input: ['https://example.com/e.png', 'https://example.com/a.png'] })
    expect((await sent('openai/gpt-image-1.5', { ...IMAGE, size: '1024x1536', quality: 'high', count: 3 })).input).toMatchObject({ aspect_ratio: '2:3', quality: 'high', number_of_images: 3, output_format: 'png' })
  })

  test('of references in the prompt: tags where there are tags, words elsewhere', async () => {
    expect((await sent('runwayml/gen4-image', { ...EDIT, prompt: '@Image1 and @Image2', resolution: '720p', aspectRatio: '1:1' }, { inputs: [picture, edited] })).input).toMatchObject({ prompt: '@Image1 and @Image2', reference_images: ['https://example.com/a.png', 'https://example.com/e.png'], reference_tags: ['Image1', 'Image2'] })
    expect((await sent('google/veo-3.1', { operation: 'reference_to_video', prompt: '@Image1 runs', durationSeconds: 8, resolution: '720p', aspectRatio: '16:9', audio: true }, { inputs: [picture] })).input).toMatchObject({ prompt: 'image 1 runs' })
  })

  test('are the usual ones for a model that is in no list', async () => {
    expect((await sent('acme/film', { operation: 'first_last_frame', ...CLIP, audio: false }, { inputs: [first, last] })).input).toEqual({ prompt: 'a boat', duration: 5, resolution: '1080p', generate_audio: false, image: 'https://example.com/first.png', last_frame: 'https://example.com/last.png' })
    expect((await sent('acme/paint', { ...EDIT, size: '640x480', count: 2, outputFormat: 'webp' }, { inputs: [edited] })).input).toEqual({ prompt: 'a boat', aspect_ratio: 'custom', width: 640, height: 480, num_outputs: 2, output_format: 'webp', image: 'https://example.com/e.png' })
    expect(replicate.unfit?.(fixtureJob({ upstreamModel: 'acme/paint', request: { operation: 'describe' } }))).toMatchObject({ param: 'inputs' })
  })
})

describe('materials', () => {
  const clip = { operation: 'image_to_video', ...CLIP } as const
  const model = 'kwaivgi/kling-v2.6'
  const large = fixtureInput({ role: 'first_frame', bytes: new Uint8Array(120_000) })

  test('without an https address go as data, small enough for a webhook to repeat', async () => {
    expect((await sent(model, clip, { inputs: [fixtureInput({ role: 'first_frame', url: 'http://example.com/a.png' })] })).input).toMatchObject({ start_image: 'data:image/png;base64,AQID' })
  })

  test('that are larger become files first', async () => {
    const calls = await asked(model, clip, { inputs: [large], answers: [{ status: 201, body: { id: 'f', urls: { get: 'https://api.replicate.com/v1/files/f' } } }, CREATED] })
    expect(calls[0]).toMatchObject({ method: 'POST', path: '/files' })
    expect(calls[0]?.form?.get('content')).toMatchObject({ name: 'input.png', size: 120_000, type: 'image/png' })
    expect(calls[1]?.json).toMatchObject({ input: { start_image: 'https://api.replicate.com/v1/files/f' } })
  })

  test.each<[number, string]>([[500, 'busy'], [200, 'busy'], [401, 'credential'], [413, 'refused']])('that a store answers with %i leave nothing in doubt', async (status, kind) => {
    await expect(asked(model, clip, { inputs: [large], answers: [{ status, body: { detail: 'no' } }] })).rejects.toMatchObject({ kind })
  })

  test('that are masks are read, whoever drew them, and white where the picture changes', async () => {
    const black = new Uint8Array(await sharp({ create: { width: 8, height: 8, channels: 3, background: '#000' } }).png().toBuffer())
    const { input } = await sent('black-forest-labs/flux-fill-pro', { ...EDIT, vendor: { mask_changes: 'black' } }, { inputs: [edited, fixtureInput({ role: 'mask', url: 'https://example.com/m.png', bytes: black })] })
    expect((await sharp(Buffer.from(String(input['mask']).split(',')[1]!, 'base64')).stats()).channels[0]?.min).toBe(255)
  })
})

test('a webhook names the prediction, and nothing in it is believed', () => {
  expect(replicate.callback?.(callbackMessage({ id: ID, status: 'succeeded', output: 'https://evil.example.com' }))).toEqual({ handle: { id: ID } })
  for (const body of [{ id: '../../../../../../keys' }, { id: 7 }, 'text']) expect(replicate.callback?.(callbackMessage(body))).toEqual({})
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', '', 'x'.repeat(41), '%2e%2e'.repeat(4)]) expect(replicate.handle.safeParse({ id }).success, id).toBe(false)
})

test('a token is borne', () => {
  expect(replicate.authorize(replicate.credential.parse({ api_key: ' r8_abc\n' }), { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ authorization: 'Bearer r8_abc' })
})
