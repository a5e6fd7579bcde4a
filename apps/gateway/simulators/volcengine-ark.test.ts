import { createByteDance } from '@ai-sdk/bytedance'
import { experimental_generateVideo as generateVideo, generateImage } from 'ai'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from './simulator.ts'
import { simulateVolcengineArk } from './volcengine-ark.ts'

const startMs = Date.UTC(2026, 7, 1, 12)
let nowMs = startMs
let ark: Simulator

beforeAll(async () => {
  ark = await simulateVolcengineArk({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
})
afterAll(() => ark.close())
beforeEach(() => {
  nowMs = startMs
})

const MODEL = 'doubao-seedance-2-0-260128'
const text = (words: string) => ({ type: 'text', text: words })
const image = (role?: string, url = 'https://example.com/a.png') => ({ type: 'image_url', image_url: { url }, ...(role !== undefined && { role }) })
const video = { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' }, role: 'reference_video' }
const audio = { type: 'audio_url', audio_url: { url: 'https://example.com/a.mp3' }, role: 'reference_audio' }

interface Body {
  id?: string
  status?: string
  error?: { code: string; message: string; type?: string } | null
  content?: { video_url?: string; last_frame_url?: string }
  usage?: { completion_tokens: number; total_tokens: number }
  [field: string]: unknown
}

async function call(method: string, path: string, { json, key = String(ark.credential['api_key']) }: { json?: unknown; key?: string } = {}) {
  const response = await fetch(ark.baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
}

const TASKS = '/contents/generations/tasks'
const create = (json: unknown) => call('POST', TASKS, { json })
const look = (id: string | undefined) => call('GET', `${TASKS}/${id}`)
const listed = async (query: string) => (await call('GET', `${TASKS}?page_size=500${query}`)).body['items'] as Body[]

async function refusal(fields: Record<string, unknown>): Promise<string> {
  const { status, body } = await create({ model: MODEL, content: [text('a boat')], ...fields })
  return `${status} ${body.error?.code}: ${body.error?.message}`
}

describe('at the door', () => {
  test('401 without the right key, before anything else is looked at', async () => {
    const { status, body } = await call('POST', TASKS, { json: { model: 'nothing' }, key: 'wrong' })
    expect({ status, code: body.error?.code, type: body.error?.type }).toEqual({ status: 401, code: 'AuthenticationError', type: 'Unauthorized' })
  })

  test.each(['doubao-seedance-9-9', 'seedance-2-0-260128', 'dreamina-seedance-1-0-pro-250528', 'constructor', 'doubao-constructor'])('404 for the model %s', async (model) => {
    expect(await refusal({ model })).toMatch(/^404 InvalidEndpointOrModel.NotFound/)
  })

  test('a model alone is refused for its missing content, which makes a probe that costs nothing', async () => {
    const { status, headers, body } = await create({ model: MODEL })
    expect({ status, code: body.error?.code }).toEqual({ status: 400, code: 'MissingParameter.content' })
    expect(body.error?.message).toContain(`Request id: ${headers.get('x-request-id')}`)
  })

  test.each([
    [{ colour: 'red' }, 'colour'],
    [{ duration: '5' }, 'duration'],
    [{ duration: 16 }, 'duration'],
    [{ resolution: '2k' }, 'resolution'],
    [{ model: 'doubao-seedance-2-0-fast-260128', resolution: '1080p' }, 'resolution'],
    [{ ratio: '2:1' }, 'ratio'],
    [{ model: 'doubao-seedance-1-0-pro-250528', ratio: 'adaptive' }, 'ratio'],
    [{ model: 'doubao-seedance-2-5-260628', content: [image('first_frame')], ratio: '16:9' }, 'ratio'],
    [{ model: 'doubao-seedance-1-0-pro-250528', duration: -1 }, 'duration'],
    [{ model: 'doubao-seedance-1-0-pro-250528', draft: true }, '`draft` is not supported for model seedance-1-0-pro in t2v, must be empty'],
    [{ camera_fixed: true }, '`camera_fixed` is not supported for model seedance-2-0'],
    [{ service_tier: 'flex' }, '`service_tier` is not supported'],
    [{ content: [image('first_frame'), image('reference_image')] }, 'first/last frame content cannot be mixed with reference media content'],
    [{ content: [image('last_frame')] }, 'last frame image content cannot be mixed with first frame or reference image content'],
    [{ content: [text('x'), audio] }, 'reference_audio cannot be the only reference input'],
    [{ content: [image('poster')] }, 'invalid role specified for image content'],
    [{ model: 'doubao-seedance-1-0-pro-250528', content: [image('reference_image')] }, 'the specified task_type r2v does not support model seedance-1-0-pro'],
    [{ content: [image('first_frame', 'data:image/PNG;base64,iVBORw==')] }, 'not a valid url or base64'],
    [{ content: [image('first_frame', 'http://example.com/a.png')] }, 'not a valid url or base64'],
    [{ callback_url: 'http://example.com/hook' }, 'callback_url'],
  ])('400 for %j', async (fields, message) => {
    const said = await refusal(fields)
    expect(said).toMatch(/^400 Invalid/)
    expect(said).toContain(message)
  })

  test('takes null for absent, as the SDK sends it', async () => {
    expect((await create({ model: MODEL, content: [{ ...text('a boat'), role: null }], frames: null, camera_fixed: null })).status).toBe(200)
  })

  test('takes a reference of audio alone on 2.5, and frames of the 25+4n kind on 1.0', async () => {
    expect((await create({ model: 'doubao-seedance-2-5-260628', content: [text('sing'), audio] })).status).toBe(200)
    expect((await create({ model: 'seedance-1-0-pro-250528', content: [text('a boat')], frames: 49 })).status).toBe(200)
    expect(await refusal({ model: 'seedance-1-0-pro-250528', frames: 50 })).toMatch(/^400/)
  })
})

describe('a task', () => {
  test('goes from queued over running to succeeded, with tokens by the formula and a result of its true size', async () => {
    const { body } = await create({ model: 'doubao-seedance-1-0-pro-250528', content: [text('a boat')], resolution: '480P', duration: 5, return_last_frame: true, seed: 7 })
    expect(body.id).toMatch(/^cgt-\d{14}-[a-z0-9]{5}$/)
    expect((await look(body.id)).body).toMatchObject({ status: 'queued', error: null, created_at: startMs / 1000, seed: 7, duration: 5, framespersecond: 24 })
    nowMs += 10_000
    expect((await look(body.id)).body).toMatchObject({ status: 'running', updated_at: nowMs / 1000 })
    nowMs += 50_000
    const { body: done } = await look(body.id)
    expect(done).toMatchObject({ status: 'succeeded', usage: { completion_tokens: 48_600, total_tokens: 48_600 } })

    const url = new URL(done.content?.video_url ?? '')
    expect(url.searchParams.get('X-Tos-Expires')).toBe('86400')
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(403)
    expect((await fetch(`${url.href}0`)).status).toBe(403)
    const file = await fetch(url)
    expect(file.headers.get('content-type')).toBe('video/mp4')
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    expect((await fetch(done.content?.last_frame_url ?? '')).headers.get('content-type')).toBe('image/png')
    nowMs += 86_400_001
    expect((await fetch(url)).status).toBe(403)
  })

  test('takes the price example of the documentation: 1.0 pro, 1920x1088, 5 s', async () => {
    const { body } = await create({ model: 'doubao-seedance-1-0-pro-250528', content: [text('a boat')], resolution: '1080p', ratio: '16:9', duration: 5 })
    nowMs += 60_000
    expect((await look(body.id)).body.usage?.completion_tokens).toBe(244_800)
  })

  test('can be stopped while queued, not while running, and is deleted when done', async () => {
    const { body: first } = await create({ model: MODEL, content: [text('one')] })
    expect((await call('DELETE', `${TASKS}/${first.id}`)).status).toBe(200)
    expect((await look(first.id)).body.status).toBe('cancelled')
    expect((await call('DELETE', `${TASKS}/${first.id}`)).status).toBe(400)

    const { body: second } = await create({ model: MODEL, content: [text('two')] })
    nowMs += 10_000
    expect((await call('DELETE', `${TASKS}/${second.id}`)).status).toBe(400)
    nowMs += 50_000
    expect((await call('DELETE', `${TASKS}/${second.id}`)).status).toBe(200)
    expect((await look(second.id)).status).toBe(404)
  })

  test('of the flex tier is listed only when asked for', async () => {
    const { body } = await create({ model: 'doubao-seedance-1-5-pro-251215', content: [text('cheap')], service_tier: 'flex' })
    expect(body.id).toMatch(/^cgt-batch-/)
    expect((await listed('')).map(({ id }) => id)).not.toContain(body.id)
    expect((await listed('&filter.service_tier=flex')).map(({ id }) => id)).toContain(body.id)
  })

  test.each([
    ['input_moderation', 400, 'InputTextSensitiveContentDetected'],
    ['real_face', 400, 'InputImageSensitiveContentDetected.PrivacyInformation'],
    ['rate_limited', 429, 'RateLimitExceeded.EndpointRPMExceeded'],
    ['queue_full', 429, 'QuotaExceeded'],
    ['no_money', 403, 'AccountOverdueError'],
    ['server_error', 500, 'InternalServiceError'],
  ])('with [[sim:%s]] is refused with %i', async (sentinel, status, code) => {
    const before = ark.acceptedCreates()
    const answer = await create({ model: MODEL, content: [text(`x [[sim:${sentinel}]]`)] })
    expect([answer.status, answer.body.error?.code]).toEqual([status, code])
    expect(ark.acceptedCreates()).toBe(before)
  })

  test.each([
    ['output_moderation', 'failed', 'OutputVideoSensitiveContentDetected'],
    ['late_parameter_error', 'failed', 'InvalidParameter'],
    ['expiry', 'expired', undefined],
    ['stall', 'running', undefined],
  ])('with [[sim:%s]] ends as %s', async (sentinel, status, code) => {
    const { body } = await create({ model: MODEL, content: [text(`x [[sim:${sentinel}]]`)] })
    nowMs += 60_000
    expect((await look(body.id)).body).toMatchObject({ status, ...(code !== undefined && { error: { code } }) })
  })

  test('with a reference video counts the seconds of both', async () => {
    const { body } = await create({ model: MODEL, content: [text('x'), video], resolution: '480p', ratio: '16:9', duration: 5 })
    nowMs += 60_000
    expect((await look(body.id)).body.usage?.total_tokens).toBe(Math.round((864 * 496 * 24 * 10) / 1024))
  })
})

const IMAGES = '/images/generations'
const SEEDREAM = 'doubao-seedream-4-0-250828'
const draw = async (fields: Record<string, unknown>) => {
  const { status, body } = await call('POST', IMAGES, { json: { model: SEEDREAM, prompt: 'a boat', ...fields } })
  return { status, body: body as Body & { data: { url?: string; b64_json?: string; size?: string; error?: { code: string } }[] } }
}

describe('pictures', () => {
  test('are links of one day to a JPEG of the size that was asked for', async () => {
    const { body } = await draw({ size: '1280x720' })
    expect(body).toMatchObject({ model: SEEDREAM, data: [{ size: '1280x720' }], usage: { generated_images: 1 } })
    const url = body.data[0]!.url!
    expect(await sharp(await (await fetch(url)).arrayBuffer()).metadata()).toMatchObject({ format: 'jpeg', width: 1280, height: 720 })
    nowMs += 86_400_001
    expect((await fetch(url)).status).toBe(403)
  })

  test('come in groups, of which one may be refused', async () => {
    const group = { sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 3 } }
    expect((await draw({ size: '1K', response_format: 'b64_json', ...group })).body.data).toHaveLength(3)
    const { status, body } = await draw({ prompt: 'x [[sim:partly_moderated]]', size: '1K', ...group })
    expect([status, body.data[0]?.error?.code, body.data.length]).toEqual([200, 'OutputImageSensitiveContentDetected', 3])
    expect(body.error).toBeUndefined()
  })

  test('that are all refused say so with status 200', async () => {
    const { status, body } = await draw({ prompt: 'x [[sim:output_moderation]]' })
    expect({ status, error: body.error?.code, entry: body.data[0]?.error?.code }).toEqual({ status: 200, error: 'OutputImageSensitiveContentDetected', entry: 'OutputImageSensitiveContentDetected' })
  })

  test('are told of one by one in a stream', async () => {
    const response = await fetch(`${ark.baseUrl}${IMAGES}`, { method: 'POST', headers: { authorization: `Bearer ${String(ark.credential['api_key'])}` }, body: JSON.stringify({ model: SEEDREAM, prompt: 'x', size: '1K', stream: true }) })
    const lines = (await response.text()).split('\n\n').filter((line) => line !== '')
    expect(lines.map((line) => /"type":"([a-z_.]+)"/.exec(line)?.[1] ?? line)).toEqual(['image_generation.partial_succeeded', 'image_generation.completed', 'data: [DONE]'])
  })

  test('a model alone is refused for its missing prompt', async () => {
    expect((await call('POST', IMAGES, { json: { model: SEEDREAM } })).body.error?.code).toBe('MissingParameter.prompt')
    expect((await call('POST', IMAGES, { json: { model: 'seedream-9' } })).status).toBe(404)
  })

  test.each([
    [{ n: 2 }, 'n'],
    [{ size: '1024*1024' }, 'size'],
    [{ size: '3K' }, 'size'],
    [{ size: '640x480' }, 'at least 921600'],
    [{ model: 'doubao-seedream-4-5-251128', size: '1024x1024' }, 'at least 3686400'],
    [{ seed: 1 }, '`seed` is not supported for model seedream-4-0'],
    [{ output_format: 'png' }, '`output_format` is not supported'],
    [{ sequential_image_generation_options: { max_images: 2 } }, 'only valid when'],
    [{ image: ['https://example.com/a.png'], sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 15 } }, 'less than or equal to 15'],
    [{ image: 'http://example.com/a.png' }, 'not a valid url'],
    [{ model: 'doubao-seedream-3-0-t2i-250415', image: 'https://example.com/a.png' }, 'number of image'],
    [{ model: 'doubao-seededit-3-0-i2i-250628' }, '`image`'],
    [{ model: 'doubao-seededit-3-0-i2i-250628', image: 'https://example.com/a.png', size: '1024x1024' }, 'size'],
  ])('400 for %j', async (fields, message) => {
    const { status, body } = await draw(fields)
    expect(status).toBe(400)
    expect(body.error?.message).toContain(message)
  })
})

describe('AI SDK’s ByteDance provider', () => {
  let quick: Simulator
  let bytedance: ReturnType<typeof createByteDance>
  beforeAll(async () => {
    quick = await simulateVolcengineArk({ queuedSeconds: 0, renderSeconds: 0 })
    bytedance = createByteDance({ apiKey: String(quick.credential['api_key']), baseURL: quick.baseUrl })
  })
  afterAll(() => quick.close())

  const download = async ({ url }: { url: URL }) => ({ data: new Uint8Array(await (await fetch(url)).arrayBuffer()), mediaType: 'video/mp4' })
  const polling = { providerOptions: { bytedance: { pollIntervalMs: 10 } }, download, maxRetries: 0 }

  test('makes a video, from words and from a picture', async () => {
    const model = bytedance.video('seedance-1-0-pro-fast-251015')
    for (const prompt of ['A paper boat', { image: await sharp({ create: { width: 320, height: 320, channels: 3, background: '#123' } }).png().toBuffer(), text: 'It sails' }]) {
      const { video } = await generateVideo({ model, prompt, duration: 2, resolution: '864x480', ...polling })
      expect(Buffer.from(video.uint8Array).toString('latin1', 4, 8)).toBe('ftyp')
    }
  })

  test('draws a picture, and one from another', async () => {
    const { image } = await generateImage({ model: bytedance.image('seedream-4-0-250828'), prompt: 'A paper boat', size: '1280x720', maxRetries: 0 })
    expect(await sharp(image.uint8Array).metadata()).toMatchObject({ format: 'jpeg', width: 1280, height: 720 })
    const edited = await generateImage({ model: bytedance.image('seedream-4-0-250828'), prompt: { text: 'At night', images: [Buffer.from(image.uint8Array)] }, size: '1280x720', maxRetries: 0 })
    expect(edited.image.mediaType).toBe('image/jpeg')
  })

  test('is told why not', async () => {
    await expect(generateVideo({ model: bytedance.video('seedance-1-0-pro-fast-251015'), prompt: 'x', duration: 99, ...polling })).rejects.toThrow(/duration/)
    await expect(generateImage({ model: bytedance.image('seedream-4-5-251128'), prompt: 'x', size: '1024x1024', maxRetries: 0 })).rejects.toThrow(/image size must be at least/)
  })
})
