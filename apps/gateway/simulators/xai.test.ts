import { createXai } from '@ai-sdk/xai'
import { experimental_generateVideo as generateVideo, generateImage } from 'ai'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from './simulator.ts'
import { simulateXai } from './xai.ts'

const startMs = Date.UTC(2026, 10, 1, 12)
let nowMs = startMs
let simulator: Simulator

beforeAll(async () => {
  simulator = await simulateXai({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
})
afterAll(() => simulator.close())
beforeEach(() => {
  nowMs = startMs
})

const MODEL = 'grok-imagine-video'
const NEWEST = 'grok-imagine-video-1.5'

interface Body {
  request_id?: string
  status?: string
  error?: string | { code: string; message: string }
  code?: string
  video?: { url: string; duration: number; respect_moderation: boolean }
  usage?: { cost_in_usd_ticks: number }
  [field: string]: unknown
}

async function call(method: string, path: string, { json, key = String(simulator.credential['api_key']) }: { json?: unknown; key?: string | null } = {}): Promise<{ status: number; body: Body | undefined }> {
  const response = await fetch(simulator.baseUrl + path, {
    method,
    headers: { ...(key !== null && { authorization: `Bearer ${key}` }), 'content-type': 'application/json' },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as Body) }
}

const create = (fields: Record<string, unknown> = {}) => call('POST', '/videos/generations', { json: { model: MODEL, prompt: 'a boat', ...fields } })
const finished = async (fields: Record<string, unknown> = {}) => {
  const { body } = await create(fields)
  nowMs += 60_000
  return call('GET', `/videos/${body?.request_id}`)
}

describe('a video', () => {
  test('is 202 while it is made, sometimes without a body, and then a link that anybody may follow', async () => {
    const { body } = await create({ duration: 2 })
    const id = body?.request_id
    expect(await call('GET', `/videos/${id}`)).toMatchObject({ status: 202, body: { status: 'pending' } })
    expect(await call('GET', `/videos/${id}`)).toEqual({ status: 202, body: undefined })
    nowMs += 60_000
    const done = await call('GET', `/videos/${id}`)
    expect(done).toMatchObject({ status: 200, body: { status: 'done', progress: 100, model: MODEL, video: { duration: 2, respect_moderation: true } } })
    const file = await fetch(done.body!.video!.url)
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    expect((await call('DELETE', `/videos/${id}`)).status).toBe(405)
  })

  test.each([
    [{ duration: 10 }, 0.5],
    [{ duration: 10, resolution: '720p', image: { url: 'https://example.com/a.png' } }, 0.702],
    [{ model: NEWEST, duration: 10, resolution: '1080p' }, 2.5],
  ])('costs by its price: %j is $%d', async (fields, dollars) => {
    expect((await finished(fields)).body?.usage?.cost_in_usd_ticks).toBe(dollars * 1e10)
  })

  test('that began with a picture is done without a word of it', async () => {
    expect((await finished({ image: { url: 'https://example.com/a.png' } })).body).toMatchObject({ video: { respect_moderation: true } })
    expect((await finished({ image: { url: 'https://example.com/a.png' } })).body?.status).toBeUndefined()
  })

  test('is told to be moderated in two ways, both charged for', async () => {
    expect(await finished({ prompt: 'x [[sim:output_moderation]]' })).toMatchObject({ status: 400, body: { code: 'imagine:content-moderated', usage: { cost_in_usd_ticks: 4e9 } } })
    expect(await finished({ prompt: 'x [[sim:quiet_moderation]]' })).toMatchObject({ status: 200, body: { status: 'done', video: { url: '', respect_moderation: false }, usage: { cost_in_usd_ticks: 4e9 } } })
  })

  test.each([['expiry', 'expired'], ['late_parameter_error', 'failed'], ['render_failure', 'failed']])('with [[sim:%s]] is %s', async (sentinel, status) => {
    expect(await finished({ prompt: `x [[sim:${sentinel}]]` })).toMatchObject({ status: 200, body: { status } })
  })

  test.each([
    [{ colour: 'red' }, 422, 'colour'],
    [{ duration: '8' }, 422, 'duration'],
    [{ aspect_ratio: '21:9' }, 422, 'aspect_ratio'],
    [{ duration: 16 }, 400, 'between 1 and 15'],
    [{ duration: 11, reference_images: [{ url: 'https://example.com/a.png' }] }, 400, 'between 1 and 10'],
    [{ resolution: '1080p' }, 400, '1080p'],
    [{ last_frame: { url: 'https://example.com/a.png' } }, 400, 'does not support last_frame'],
    [{ image: { url: 'https://example.com/a.png', file_id: 'file_1' } }, 400, 'Exactly one'],
    [{ image: { url: 'https://example.com/a.png' }, reference_images: [{ url: 'https://example.com/a.png' }] }, 400, 'cannot be used together'],
    [{ image: { url: 'http://example.com/a.png' } }, 400, 'Invalid image'],
    [{ image: { file_id: 'file_nobody' } }, 404, 'file_nobody'],
    [{ model: NEWEST, reference_audios: [{}] }, 400, 'voice_id'],
    [{ model: 'grok-9' }, 404, 'grok-9'],
    [{ prompt: undefined }, 400, 'Prompt is required'],
  ])('is refused: %j', async (fields, status, message) => {
    const answer = await create(fields)
    expect(answer.status).toBe(status)
    expect(answer.body?.error).toContain(message)
  })

  test('needs a key: none is 401, a wrong one 400', async () => {
    expect((await call('POST', '/videos/generations', { json: {}, key: null })).status).toBe(401)
    expect(await call('POST', '/videos/generations', { json: {}, key: 'wrong' })).toMatchObject({ status: 400, body: { error: expect.stringContaining('Incorrect API key') } })
  })

  test('may be uploaded, with its end before the file', async () => {
    const upload = async (names: string[]) => {
      const form = new FormData()
      for (const name of names) form.append(name, name === 'file' ? new File(['x'], 'a.mp4') : '3600')
      const response = await fetch(`${simulator.baseUrl}/files`, { method: 'POST', headers: { authorization: `Bearer ${String(simulator.credential['api_key'])}` }, body: form })
      return { status: response.status, id: ((await response.json()) as { id?: string }).id }
    }
    const { id } = await upload(['expires_after', 'file'])
    expect((await call('POST', '/videos/extensions', { json: { model: MODEL, prompt: 'on', video: { file_id: id }, duration: 2 } })).status).toBe(200)
    expect((await upload(['file', 'expires_after'])).status).toBe(400)
    expect((await call('POST', '/videos/extensions', { json: { model: MODEL, prompt: 'on', video: { file_id: id }, duration: 1 } })).status).toBe(400)
    expect((await call('POST', '/videos/edits', { json: { model: MODEL, prompt: 'on', video: { file_id: id }, duration: 2 } })).status).toBe(422)
  })
})

describe('pictures', () => {
  const draw = (fields: Record<string, unknown>, path = 'generations') => call('POST', `/images/${path}`, { json: { model: 'grok-imagine-image', prompt: 'a boat', ...fields } })

  test.each([
    [{ quality: 'low' }, 400, 'quality'],
    [{ n: 11 }, 422, 'n'],
    [{ aspect_ratio: '5:4' }, 422, 'aspect_ratio'],
    [{ size: '1024x1024' }, 422, 'size'],
  ])('are refused: %j', async (fields, status, message) => {
    const answer = await draw(fields)
    expect(answer.status).toBe(status)
    expect(answer.body?.error).toContain(message)
  })

  test('are edited by JSON only, up to three of them', async () => {
    const picture = { url: 'https://example.com/a.png', type: 'image_url' }
    expect((await draw({ images: [picture, picture, picture] }, 'edits')).body?.usage).toEqual({ cost_in_usd_ticks: 0.026 * 1e10 })
    expect((await draw({ images: [picture, picture, picture, picture] }, 'edits')).status).toBe(400)
    const form = new FormData()
    form.append('prompt', 'x')
    expect((await fetch(`${simulator.baseUrl}/images/edits`, { method: 'POST', headers: { authorization: `Bearer ${String(simulator.credential['api_key'])}` }, body: form })).status).toBe(415)
  })
})

describe('AI SDK’s xAI provider', () => {
  let quick: Simulator
  let xai: ReturnType<typeof createXai>
  beforeAll(async () => {
    quick = await simulateXai({ queuedSeconds: 0, renderSeconds: 0 })
    xai = createXai({ apiKey: String(quick.credential['api_key']), baseURL: quick.baseUrl })
  })
  afterAll(() => quick.close())

  const download = async ({ url }: { url: URL }) => ({ data: new Uint8Array(await (await fetch(url)).arrayBuffer()), mediaType: 'video/mp4' })
  const options = { download, poll: { intervalMs: 10 }, maxRetries: 0 }
  const picture = () => sharp({ create: { width: 64, height: 64, channels: 3, background: '#123' } }).png().toBuffer()

  test('makes a video, from words, a picture and references, and says what it cost', async () => {
    const words = await generateVideo({ model: xai.video(MODEL), prompt: 'A paper boat', duration: 2, aspectRatio: '1:1', resolution: '854x480', generateAudio: false, ...options })
    expect(Buffer.from(words.video.uint8Array).toString('latin1', 4, 8)).toBe('ftyp')
    expect(words.providerMetadata['xai']).toMatchObject({ duration: 2, costInUsdTicks: 1e9 })
    const started = await generateVideo({ model: xai.video(MODEL), prompt: { image: await picture(), text: 'It sails' }, duration: 2, ...options })
    expect(started.video.uint8Array.length).toBeGreaterThan(1000)
    const image = `data:image/png;base64,${(await picture()).toString('base64')}`
    const referring = await generateVideo({ model: xai.video(NEWEST), prompt: '<IMAGE_0> beside <IMAGE_1>', duration: 2, ...options, providerOptions: { xai: { mode: 'reference-to-video', referenceImageUrls: [image, image] } } })
    expect(referring.warnings).toEqual([])
  })

  test('edits and extends a video', async () => {
    const videoUrl = 'https://example.com/a.mp4'
    const edited = await generateVideo({ model: xai.video(MODEL), prompt: 'At night', ...options, providerOptions: { xai: { mode: 'edit-video', videoUrl } } })
    const extended = await generateVideo({ model: xai.video(MODEL), prompt: 'On', duration: 3, ...options, providerOptions: { xai: { mode: 'extend-video', videoUrl } } })
    expect([edited, extended].map(({ providerMetadata }) => (providerMetadata['xai'] as { duration: number }).duration)).toEqual([4, 3])
  })

  test('waits while it is made, with and without a body', async () => {
    const slow = await simulateXai({ clock: { nowMs: () => startMs } })
    const model = createXai({ apiKey: String(slow.credential['api_key']), baseURL: slow.baseUrl }).video(MODEL)
    // What stays open is left out, as JavaScript callers do; the types want it spelled out.
    const { operation } = await model.doStart!({ prompt: 'A paper boat', n: 1, duration: 2, providerOptions: {} } as unknown as Parameters<NonNullable<typeof model.doStart>>[0])
    for (let look = 0; look < 2; look += 1) expect(await model.doStatus!({ operation })).toMatchObject({ status: 'pending' })
    await slow.close()
  })

  test('draws pictures, and from pictures', async () => {
    const { images } = await generateImage({ model: xai.image('grok-imagine-image-2.0'), prompt: 'A paper boat', n: 2, aspectRatio: '16:9', maxRetries: 0, providerOptions: { xai: { resolution: '1k', quality: 'low' } } })
    expect(images).toHaveLength(2)
    expect(await sharp(images[0]!.uint8Array).metadata()).toMatchObject({ format: 'jpeg', width: 1366, height: 768 })
    const edited = await generateImage({ model: xai.image('grok-imagine-image'), prompt: { text: 'At night', images: [await picture(), await picture()] }, maxRetries: 0 })
    expect(edited.image.mediaType).toBe('image/jpeg')
  })

  test('is told why not', async () => {
    await expect(generateVideo({ model: xai.video(MODEL), prompt: 'x', duration: 99, ...options })).rejects.toThrow(/Duration must be between/)
    await expect(generateVideo({ model: xai.video(MODEL), prompt: 'x [[sim:quiet_moderation]]', ...options })).rejects.toThrow(/content policy/)
    await expect(generateVideo({ model: xai.video(MODEL), prompt: 'x [[sim:output_moderation]]', ...options })).rejects.toThrow(/content moderation/)
    await expect(generateImage({ model: xai.image('grok-imagine-image'), prompt: 'x [[sim:output_moderation]]', maxRetries: 0 })).rejects.toThrow(/content policy/)
    await expect(generateImage({ model: xai.image('grok-imagine-image'), prompt: 'x [[sim:no_money]]', maxRetries: 0 })).rejects.toThrow(/credits/)
  })
})
