import OpenAI, { AuthenticationError, BadRequestError, NotFoundError, RateLimitError, toFile } from 'openai'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { simulateOpenAi } from './openai.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 10, 1, 12)
let nowMs = startMs
let simulator: Simulator
let openai: OpenAI

beforeAll(async () => {
  simulator = await simulateOpenAi({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
  openai = client(String(simulator.credential['api_key']))
})
afterAll(() => simulator.close())
beforeEach(() => {
  nowMs = startMs
})

function client(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: simulator.baseUrl, maxRetries: 0 })
}

const HD = { seconds: '4', size: '1280x720' } as const

async function finished(prompt = 'A paper boat'): Promise<string> {
  const { id } = await openai.videos.create({ prompt, ...HD })
  nowMs += 60_000
  return id
}

async function post(path: string, json: unknown): Promise<{ status: number; error: Record<string, unknown> }> {
  const response = await fetch(simulator.baseUrl + path, { method: 'POST', headers: { authorization: `Bearer ${String(simulator.credential['api_key'])}`, 'content-type': 'application/json' }, body: JSON.stringify(json) })
  return { status: response.status, error: ((await response.json()) as { error: Record<string, unknown> }).error }
}

describe('OpenAI’s own client: videos', () => {
  test('a video goes from queued over in_progress to completed, and its file comes with the key only', async () => {
    const created = await openai.videos.create({ prompt: 'A paper boat', ...HD })
    expect(created).toMatchObject({ object: 'video', status: 'queued', model: 'sora-2', seconds: '4', size: '1280x720', progress: 0, error: null, completed_at: null })
    await expect(openai.videos.downloadContent(created.id)).rejects.toThrow(/Video is not ready yet/)
    nowMs += 10_000
    expect((await openai.videos.retrieve(created.id)).status).toBe('in_progress')
    nowMs += 50_000
    const done = await openai.videos.retrieve(created.id)
    expect(done).toMatchObject({ status: 'completed', progress: 100, completed_at: nowMs / 1000, expires_at: nowMs / 1000 + 3600 })

    const video = await openai.videos.downloadContent(created.id)
    expect(video.headers.get('content-type')).toBe('video/mp4')
    expect(Buffer.from(await video.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    expect((await openai.videos.downloadContent(created.id, { variant: 'thumbnail' })).headers.get('content-type')).toBe('image/webp')
    expect((await fetch(`${simulator.baseUrl}/videos/${created.id}/content`)).status).toBe(401)
    nowMs += 3_600_001
    await expect(openai.videos.downloadContent(created.id)).rejects.toBeInstanceOf(NotFoundError)
  })

  test('a first frame, as a file of the right size and as an address', async () => {
    const file = await toFile(await sharp({ create: { width: 1280, height: 720, channels: 3, background: '#123456' } }).jpeg().toBuffer(), 'a.jpg', { type: 'image/jpeg' })
    expect((await openai.videos.create({ prompt: 'x', ...HD, input_reference: file })).status).toBe('queued')
    expect((await openai.videos.create({ prompt: 'x', ...HD, input_reference: { image_url: 'https://example.com/a.png' } })).status).toBe('queued')
    await expect(openai.videos.create({ prompt: 'x', size: '720x1280', input_reference: file })).rejects.toThrow(/Inpaint image must match/)
    await expect(openai.videos.create({ prompt: 'x', input_reference: { image_url: 'https://example.com/a.png', file_id: 'file_1' } })).rejects.toBeInstanceOf(BadRequestError)
  })

  test('a remix, an edit and an extension of a finished video', async () => {
    const id = await finished()
    expect(await openai.videos.remix(id, { prompt: 'at night' })).toMatchObject({ seconds: '4', size: '1280x720', remixed_from_video_id: id })
    expect(await openai.videos.edit({ prompt: 'at night', video: { id } })).toMatchObject({ remixed_from_video_id: id })
    expect(await openai.videos.extend({ prompt: 'on', video: { id }, seconds: '8' })).toMatchObject({ seconds: '12', remixed_from_video_id: null })
    const young = await openai.videos.create({ prompt: 'x' })
    await expect(openai.videos.remix(young.id, { prompt: 'x' })).rejects.toThrow(/must be completed/)
    await expect(openai.videos.remix('video_nobody', { prompt: 'x' })).rejects.toBeInstanceOf(NotFoundError)
  })

  test('the list in pages, deletion, and characters', async () => {
    const id = await finished()
    const page = await openai.videos.list({ limit: 1 })
    expect([page.data[0]?.id, page.hasNextPage()]).toEqual([id, true])
    expect(await openai.videos.delete(id)).toEqual({ id, object: 'video.deleted', deleted: true })
    await expect(openai.videos.retrieve(id)).rejects.toBeInstanceOf(NotFoundError)
    const character = await openai.videos.createCharacter({ name: 'Mossy', video: await toFile(Buffer.from('x'), 'a.mp4', { type: 'video/mp4' }) })
    expect(await openai.videos.getCharacter(character.id!)).toEqual(character)
  })

  test.each([
    ['output_moderation', 'moderation_blocked'],
    ['render_failure', 'video_generation_failed'],
  ])('[[sim:%s]] fails with %s', async (sentinel, code) => {
    const video = await openai.videos.retrieve(await finished(`x [[sim:${sentinel}]]`))
    expect(video).toMatchObject({ status: 'failed', error: { code } })
  })
})

describe('OpenAI’s own client: images', () => {
  test('pictures of any size as base64, with what they took', async () => {
    const { data, usage, size } = await openai.images.generate({ model: 'gpt-image-2', prompt: 'A paper boat', n: 2, size: '1280x720' as '1024x1024', quality: 'low', output_format: 'webp' })
    expect(data).toHaveLength(2)
    expect(await sharp(Buffer.from(data![0]!.b64_json!, 'base64')).metadata()).toMatchObject({ format: 'webp', width: 1280, height: 720 })
    expect([size, usage?.output_tokens]).toEqual(['1280x720', Math.round((272 * 1280 * 720) / 1024 ** 2) * 2])
  })

  test('edits of several pictures within a mask, and the old variation', async () => {
    const png = await toFile(await sharp({ create: { width: 64, height: 64, channels: 4, background: '#12345600' } }).png().toBuffer(), 'a.png', { type: 'image/png' })
    const { data } = await openai.images.edit({ model: 'gpt-image-1', image: [png, png], mask: png, prompt: 'x', quality: 'low', input_fidelity: 'high' })
    expect(data).toHaveLength(1)
    const varied = await openai.images.createVariation({ image: png, n: 2, size: '256x256' })
    const link = await fetch(varied.data![1]!.url!)
    expect((await sharp(await link.arrayBuffer()).metadata()).width).toBe(256)
    const opaque = await toFile(await sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } }).png().toBuffer(), 'a.png', { type: 'image/png' })
    await expect(openai.images.edit({ model: 'gpt-image-1', image: png, mask: opaque, prompt: 'x' })).rejects.toThrow(/missing alpha channel/)
  })

  test('a stream of events', async () => {
    const events = []
    for await (const event of await openai.images.generate({ model: 'gpt-image-2', prompt: 'x', stream: true })) events.push(event.type)
    expect(events).toEqual(['image_generation.completed'])
  })

  test('refusals, in the classes of the client', async () => {
    await expect(openai.images.generate({ model: 'gpt-image-2', prompt: 'x [[sim:output_moderation]]' })).rejects.toMatchObject({ status: 400, code: 'moderation_blocked', type: 'image_generation_user_error' })
    await expect(openai.images.generate({ model: 'gpt-image-2', prompt: 'x', response_format: 'url' })).rejects.toMatchObject({ code: 'unknown_parameter', param: 'response_format' })
    await expect(openai.images.generate({ model: 'gpt-image-2', prompt: 'x [[sim:rate_limited]]' })).rejects.toBeInstanceOf(RateLimitError)
    await expect(openai.images.generate({ model: 'gpt-image-2', prompt: 'x [[sim:no_money]]' })).rejects.toMatchObject({ code: 'insufficient_quota' })
    const stranger: unknown = await client('sk-wrong').images.generate({ prompt: 'x' }).catch((error: unknown) => error)
    expect(stranger).toBeInstanceOf(AuthenticationError)
    expect(stranger).toMatchObject({ requestID: expect.stringMatching(/^req_/), code: 'invalid_api_key' })
    expect((await openai.models.list()).data.length).toBeGreaterThan(0)
  })
})

describe('what the vendor refuses', () => {
  test.each([
    [{ colour: 'red' }, 'unknown_parameter', 'colour'],
    [{ seconds: 4 }, 'invalid_value', 'seconds'],
    [{ seconds: '5' }, 'invalid_value', 'seconds'],
    [{ size: '1024x1792' }, 'invalid_value', 'size'],
    [{ prompt: '' }, 'invalid_value', 'prompt'],
    [{ prompt: undefined }, 'missing_required_parameter', 'prompt'],
    [{ model: 'sora-3' }, 'model_not_found', 'model'],
  ])('of a video: %j', async (fields, code, param) => {
    expect((await post('/videos', { prompt: 'x', ...fields })).error).toMatchObject({ type: 'invalid_request_error', code, param })
  })

  test.each([
    [{ size: '1000x1000' }, 'size'],
    [{ size: '3840x2176' }, 'size'],
    [{ quality: 'max' }, 'quality'],
    [{ n: 11 }, 'n'],
    [{ n: '2' }, 'n'],
    [{ background: 'transparent', output_format: 'jpeg' }, 'background'],
    [{ output_compression: 50 }, 'output_compression'],
    [{ model: 'gpt-image-1.5', size: '2048x2048' }, 'size'],
    [{ model: 'dall-e-3', n: 2 }, 'n'],
  ])('of a picture: %j', async (fields, param) => {
    expect(await post('/images/generations', { model: 'gpt-image-2', prompt: 'x', ...fields })).toMatchObject({ status: 400, error: { code: 'invalid_value', param } })
  })

  test('what belongs to the other generation', async () => {
    expect((await post('/images/generations', { model: 'dall-e-3', prompt: 'x', background: 'opaque' })).error).toMatchObject({ code: 'unknown_parameter', param: 'background' })
    expect((await post('/images/generations', { model: 'gpt-image-2', prompt: 'x', style: 'vivid' })).error).toMatchObject({ code: 'unknown_parameter', param: 'style' })
    expect((await post('/images/edits', { model: 'gpt-image-2', prompt: 'x', images: [{ image_url: 'https://example.com/a.png' }], input_fidelity: 'high' })).error).toMatchObject({ param: 'input_fidelity' })
    expect((await post('/images/edits', { model: 'gpt-image-2', prompt: 'x', images: [{ image_url: 'https://example.com/a.png', file_id: 'file_1' }] })).error).toMatchObject({ code: 'invalid_value' })
  })
})
