/**
 * What resellers' pages show and no other test sends: their requests as they are written, every model name of their
 * tables by the page's own route, and each followed to a stored file. (Elsewhere: NextAPI's page in
 * third-party-tools.test.ts, the Python of two pages in python.test.ts, and in test/dialects/ new-api's three requests,
 * VideoApi's page from top to bottom, the unified format, Luma, Midjourney, Replicate, Ideogram and pictures.)
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readUntil } from '../dialects/read-until.ts'
import { threeSecondsOfMp3 } from '../dialects/sound.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { isMp4, picture } from './pictures.ts'

type Answer = Record<string, unknown>

/** Of tests that draw long or large films. */
const LONG_MS = 120_000
const ENDS = ['completed', 'failed', 'SUCCESS', 'FAILURE']

let genlock: TestGateway
/** The same database behind a limit of one request a minute. */
let narrow: { url: string }
let image: string
let folder: string

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
  narrow = { url: (await genlock.another({ GENLOCK_KEY_RPM: '1' })).url! }
  image = dataUri(await picture(), 'image/png')
  folder = await mkdtemp(join(tmpdir(), 'genlock-pages-'))
})
afterAll(async () => {
  await genlock?.close()
  await rm(folder, { recursive: true, force: true })
})

describe('the nexus page (help.allapi.store)', () => {
  describe('视频统一格式, for the other video models of its table', () => {
    /** The table names vendors; the ids are those of the catalogue. Gen-2 is no longer to be had of anybody. */
    test.each<[string, Answer, number]>([
      ['Runway', { model: 'gen3a_turbo', duration: 5 }, 1],
      ['Runway', { model: 'gen4_turbo', duration: 2 }, 1],
      ['即梦', { model: 'jimeng_t2v_v30' }, 0],
      ['海螺, 图生视频', { model: 'MiniMax-Hailuo-2.3-Fast', resolution: '768p' }, 1],
      ['海螺, 首尾帧视频', { model: 'MiniMax-Hailuo-02', resolution: '768p' }, 2],
      ['豆包', { model: 'doubao-seedance-1-0-pro-250528', resolution: '480p', duration: 2 }, 0],
      ['grok', { model: 'grok-imagine-video', duration: 2 }, 0],
      ['通义万象', { model: 'wan2.2-t2v-plus', resolution: '480p' }, 0],
    ])('%s: %j from %i pictures', async (_, fields, pictures) => {
      const { id } = await post('/v1/video/create', { prompt: 'A paper boat', ...fields, ...(pictures > 0 && { images: Array<string>(pictures).fill(image) }) })
      const video = await ended(`/v1/video/query?id=${String(id)}`)
      expect(video).toMatchObject({ id, status: 'completed' })
      await expectFilm(video['video_url'])
    }, LONG_MS)
  })

  test('图片格式要求: JPEG, PNG and WebP, by their bytes in base64', async () => {
    const files = await Promise.all([['image/jpeg', 'jpeg'], ['image/png', 'png'], ['image/webp', 'webp']].map(async ([mediaType, format]) => dataUri(await sharp(await picture()).toFormat(format as 'png').toBuffer(), mediaType!)))
    const bare = files[0]!.split(',')[1]!
    for (const source of [...files, bare]) {
      const { id } = await post('/v1/video/create', { model: 'seedance-1.0-pro-fast', prompt: 'It sails away', duration: 2, resolution: '480p', images: [source] })
      await expectFilm((await ended(`/v1/video/query?id=${String(id)}`))['video_url'])
    }
  }, LONG_MS)

  test.each([['veo2-fast', 5, 10], ['veo3.1-fast', 5, 10], ['sora-2-all', 5, 20], ['luma', 5, 10]])('视频时长限制: %s makes %i to %i seconds, and nothing beyond', async (model, shortest, longest) => {
    for (const duration of [shortest, longest]) await stopped(await post('/v1/video/create', { model, prompt: 'A boat [[slow:3600]]', duration }))
    for (const duration of [shortest - 1, longest + 1]) {
      const response = await send('/v1/video/create', { model, prompt: 'A boat', duration })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code: 'invalid_request', message: expect.stringContaining('duration') } })
    }
  })

  describe('OpenAI 视频格式: a form', () => {
    test('with size 16x9, seconds and the file `image`, under the model of its answer; downloaded by /download and by the link', async () => {
      const created = await postForm('/v1/videos', { model: 'veo_3_1', prompt: 'A cat walking on the beach', size: '16x9', seconds: '8' }, { image: await pictureFile() })
      expect(created).toMatchObject({ id: expect.stringMatching(/^vid_/), object: 'video', status: 'queued', progress: 0, created_at: expect.any(Number), seconds: '8', size: '16x9' })
      const path = `/v1/videos/${String(created['id'])}`
      expect(await ended(path)).toMatchObject({ status: 'completed', seconds: '8' })
      const download = await genlock.call(`${path}/download`)
      expect(download.headers.get('content-type')).toBe('video/mp4')
      expect(isMp4(new Uint8Array(await download.arrayBuffer()))).toBe(true)
      expect(await sentRequest(created)).toMatchObject({ model: 'veo3.1', operation: 'image_to_video', durationSeconds: 8, aspectRatio: '16:9' })
    }, LONG_MS)

    test('of veo_3_1-fast-4K, which is 4K', async () => {
      const created = await postForm('/v1/videos', { model: 'veo_3_1-fast-4K', prompt: 'A cat walking on the beach', size: '16x9', seconds: '4' })
      const path = `/v1/videos/${String(created['id'])}`
      expect(await ended(path)).toMatchObject({ status: 'completed', model: 'veo_3_1-fast-4K' })
      expect(isMp4(new Uint8Array(await (await genlock.call(`${path}/download`)).arrayBuffer()))).toBe(true)
      expect(await outputSize(created)).toBe('3840x2160')
    }, LONG_MS)

    test.each(['sora-2-all', 'sora-2-pro-all'])('of %s, with the fields of the vendor', async (model) => {
      const created = await postForm('/v1/videos', { model, prompt: 'A beautiful sunset over the ocean', seconds: '5', size: '1280x720' }, { input_reference: await pictureFile() })
      const path = `/v1/videos/${String(created['id'])}`
      expect(await ended(path)).toMatchObject({ status: 'completed', model, seconds: '5', size: '1280x720' })
      expect(isMp4(new Uint8Array(await (await genlock.call(`${path}/content`)).arrayBuffer()))).toBe(true)
    }, LONG_MS)
  })

  test('chat 格式: sora-2-all is asked for a video, and in the same conversation for another', async () => {
    const messages = [{ role: 'user', content: 'A beautiful sunset over the ocean' }]
    const first = await askChat({ model: 'sora-2-all', messages, duration: 5 })
    await expectFilm(linkIn(first))
    const second = await askChat({ model: 'sora-2-all', messages: [...messages, { role: 'assistant', content: first }, { role: 'user', content: 'The same at night' }], duration: 5 })
    expect(linkIn(second)).not.toBe(linkIn(first))
    await expectFilm(linkIn(second))
  }, LONG_MS)

  describe('绘画模型 on /v1/images/generations', () => {
    test('every field and size of DALL·E 3', async () => {
      for (const [size, quality, style] of [['1792x1024', 'standard', 'natural'], ['1024x1792', 'hd', 'vivid']]) {
        const { data: [made] } = (await post('/v1/images/generations', { model: 'dall-e-3', prompt: 'A beautiful landscape painting', n: 1, size, quality, style, response_format: 'b64_json' })) as unknown as { data: [{ b64_json: string }] }
        const { width, height } = await sharp(Buffer.from(made.b64_json, 'base64')).metadata()
        expect(`${width}x${height}`).toBe(size)
      }
    })

    test.each<[string, Answer]>([
      ['doubao-seedream-4-5-251128', { prompt: '把两张图放在一起', image: 2, sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 2 } }],
      ['doubao-seedream-4-0-250828', { prompt: 'At night', image: 1, size: '1K' }],
      ['gpt-image-1.5', { prompt: 'A futuristic city', quality: 'low', response_format: 'url' }],
      ['midjourney', { prompt: 'A futuristic city', response_format: 'url' }],
      ['ideogram-v3', { prompt: 'A futuristic city', response_format: 'url' }],
    ])('%s %j', async (model, { image: pictures, ...fields }) => {
      const { data } = (await post('/v1/images/generations', { model, ...fields, ...(pictures !== undefined && { image: Array<string>(Number(pictures)).fill(image) }) })) as unknown as { data: { url: string }[] }
      expect(data.length).toBeGreaterThan(0)
      for (const { url } of data) await expectPicture(url)
    }, LONG_MS)
  })

  describe('错误状态码', () => {
    const WISH = { model: 'veo3.1-fast', prompt: 'A cat' }

    test('400: a wrong parameter; model not found; 401: no key', async () => {
      expect(await refusal(await send('/v1/video/create', { ...WISH, duration: 'long' }))).toEqual([400, 'invalid_request'])
      expect(await refusal(await send('/v1/video/create', { ...WISH, model: 'veo9' }))).toEqual([404, 'model_not_found'])
      expect(await refusal(await genlock.call('/v1/video/create', { method: 'POST', body: JSON.stringify(WISH), key: 'YOUR_API_KEY' }))).toEqual([401, 'unauthorized'])
    })

    test('429: too often', async () => {
      const ask = (): Promise<Response> => fetch(`${narrow.url}/v1/video/create`, { method: 'POST', headers: { authorization: `Bearer ${genlock.key}`, 'content-type': 'application/json' }, body: JSON.stringify({ ...WISH, prompt: '[[slow:3600]]' }) })
      const answers = [await ask(), await ask()]
      const refused = answers.find(({ status }) => status === 429)!
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await refusal(refused)).toEqual([429, 'rate_limited'])
    })

    test('内容违规 fails the task, in words', async () => {
      const { id } = await post('/v1/video/create', { ...WISH, prompt: 'A cat [[fail:content_policy]]' })
      expect(await ended(`/v1/video/query?id=${String(id)}`)).toMatchObject({ status: 'failed', error: { code: 'content_policy', message: expect.stringMatching(/\S/) } })
    })
  })
})

describe('new-api’s page (POST /v1/video/generations)', () => {
  test('every field of its table at once', async () => {
    const { task_id: id } = await post('/v1/video/generations', {
      model: 'seedance-1.0-pro', prompt: 'A paper boat', duration: 2, fps: 24, height: 480, width: 864, image, n: 1, response_format: 'url', seed: 7, user: 'user-1',
      metadata: { negative_prompt: '模糊', style: 'anime', quality_level: 'high' },
    })
    const task = (await ended(`/v1/video/generations/${String(id)}`, (answer) => (answer['data'] as Answer)['status'])) as { data: { status: string; result_url: string } }
    expect(task.data.status).toBe('SUCCESS')
    await expectFilm(task.data.result_url)
    expect(await sentRequest({ id })).toMatchObject({ durationSeconds: 2, seed: 7, endUserId: 'user-1', inputs: [{ media: 'image', role: 'first_frame' }] })
  })
})

describe('VideoApi’s page', () => {
  test('模型列表: its curl sends no key, and gets the models with what they cost', async () => {
    const { data } = (await (await fetch(`${genlock.url}/v1/models`)).json()) as { data: { id: string; pricing?: unknown }[] }
    expect(data.find(({ id }) => id === 'video-2.0-mini-reference-to-video')).toMatchObject({ pricing: expect.anything() })
  })

  test('上传素材 with a picture and an MP3, and its JavaScript with the uploaded picture, unchanged but for the address', async () => {
    const upload = new FormData()
    upload.append('files', await pictureFile(), 'image.png')
    upload.append('files', new Blob([new Uint8Array(threeSecondsOfMp3())]), 'audio.mp3')
    const { data } = (await (await genlock.call('/api/upload', { method: 'POST', body: upload })).json()) as { data: { filename: string; content_type: string; url: string }[] }
    expect(data.map(({ filename, content_type }) => [filename, content_type])).toEqual([['image.png', 'image/png'], ['audio.mp3', 'audio/mpeg']])

    const response = await fetch(`${genlock.url}/v1/video/generations`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${genlock.key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        model: 'video-2.0-mini-reference-to-video',
        type: 'image-to-video',
        prompt: '让 @Image1 自然动起来,保持主体稳定',
        image_urls: [data[0]!.url],
        resolution: '720p',
        duration: 'auto',
        aspect_ratio: '9:16',
        generate_audio: true,
      }),
    })
    const { task_id: id } = (await response.json()) as { task_id: string }
    const video = await ended(`/v1/video/generations/${id}`)
    expect(video).toMatchObject({ task_id: id, status: 'completed', format: 'mp4' })
    await expectFilm(video['url'])
    expect(await outputSize({ id })).toBe('720x1280')

    // The rest of its fields: what was made is @Video1, and the MP3 @Audio1.
    const next = await post('/v1/video/generations', { model: 'video-2.0-mini-reference-to-video', prompt: '@Image1 走进 @Video1,配 @Audio1', image_urls: [data[0]!.url], video_urls: [video['url']], audio_urls: [data[1]!.url], resolution: '480p', duration: 4, aspect_ratio: '21:9', generate_audio: false, end_user_id: 'customer_001' })
    await expectFilm((await ended(`/v1/video/generations/${String(next['task_id'])}`))['url'])
  }, LONG_MS)
})

describe('the video page of yuzhixiaolongxia.com', () => {
  test('its TypeScript, then the link under each name, and the curl of 第三步', async () => {
    const create = await fetch(`${genlock.url}/v1/videos`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${genlock.key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ model: 'sora-2', prompt: 'A cinematic shot of a cat walking through a sunlit garden, 4K, smooth motion', duration: 5 }),
    })
    const task = (await create.json()) as Answer
    expect(task).toMatchObject({ id: task['task_id'], object: 'video', model: 'sora-2', status: 'queued', created: expect.any(Number) })
    const done = (await ended(`/v1/videos/${String(task['id'])}`)) as { data: { url: string; duration: number }[] }
    expect(done).toMatchObject({ id: task['id'], status: 'completed', data: [{ duration: 5 }], url: done.data[0]!.url, video_url: done.data[0]!.url, result_url: done.data[0]!.url })
    await expectFilm(done.data[0]!.url)
    await promisify(execFile)('curl', ['-sfL', `${genlock.url}/v1/videos/${String(task['id'])}/content`, '-H', `Authorization: Bearer ${genlock.key}`, '--output', 'result.mp4'], { cwd: folder })
    expect(isMp4(await readFile(join(folder, 'result.mp4')))).toBe(true)
  }, LONG_MS)

  test.each([['sora-2', '1280x720'], ['sora-2-pro', '1280x720'], ['veo_3_1-fast', '1280x720'], ['veo_3_1-fast-hd', '1920x1080'], ['veo_3_1-fast-fl', '1280x720'], ['veo_3_1-fast-fl-hd', '1920x1080']])('every field of its table with %s', async (model, size) => {
    const created = await post('/v1/videos', { model, prompt: 'A cat', duration: 4, size, seed: 7 })
    const done = await ended(`/v1/videos/${String(created['id'])}`)
    expect(done).toMatchObject({ status: 'completed', model })
    await expectFilm(done['url'])
    expect(await outputSize(created)).toBe(size)
  }, LONG_MS)
})

function send(path: string, body: unknown): Promise<Response> {
  return genlock.call(path, { method: 'POST', body: JSON.stringify(body) })
}

async function post(path: string, body: unknown): Promise<Answer> {
  return accepted(await send(path, body))
}

async function postForm(path: string, fields: Record<string, string>, files: Record<string, Blob> = {}): Promise<Answer> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [name, file] of Object.entries(files)) form.append(name, file, `${name}.png`)
  return accepted(await genlock.call(path, { method: 'POST', body: form }))
}

async function accepted(response: Response): Promise<Answer> {
  const answer = (await response.json()) as Answer
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer
}

async function refusal(response: Response): Promise<[number, unknown]> {
  const { error } = (await response.json()) as { error: Answer }
  expect(error).toMatchObject({ message: expect.stringMatching(/\S/), type: expect.stringMatching(/\S/) })
  return [response.status, error['code']]
}

function ended(path: string, statusOf = (answer: Answer): unknown => answer['status']): Promise<Answer> {
  return readUntil<Answer>(() => genlock.call(path), (answer) => ENDS.includes(String(statusOf(answer))))
}

/** Frees the place of a task that would draw for nothing. */
async function stopped({ id }: Answer): Promise<void> {
  expect((await genlock.call(`/v1/videos/${String(id)}/cancel`, { method: 'POST' })).status).toBe(200)
}

async function askChat(body: Answer): Promise<string> {
  const { choices } = (await post('/v1/chat/completions', body)) as { choices: [{ message: { content: string } }] }
  return choices[0].message.content
}

function linkIn(message: string): string {
  return /\((http[^)]+)\)/.exec(message)![1]!
}

/** A link of a page needs no header. */
async function expectFilm(url: unknown): Promise<void> {
  expect(url).toMatch(/^http.*\.mp4/)
  const response = await fetch(String(url))
  expect(response.headers.get('content-type')).toBe('video/mp4')
  expect(isMp4(new Uint8Array(await response.arrayBuffer()))).toBe(true)
}

async function expectPicture(url: string): Promise<void> {
  const { width } = await sharp(await (await fetch(url)).arrayBuffer()).metadata()
  expect(width).toBeGreaterThanOrEqual(512)
}

async function sentRequest({ id }: Answer): Promise<unknown> {
  const { rows: [row] } = await genlock.database.pool.query<{ request: unknown }>('select request from task where id = $1', [id])
  return row!.request
}

/** As it was measured when it was stored. */
async function outputSize({ id }: Answer): Promise<string> {
  const { rows: [row] } = await genlock.database.pool.query<{ outputs: [{ widthPixels: number; heightPixels: number }] }>('select outputs from task where id = $1', [id])
  return `${row!.outputs[0].widthPixels}x${row!.outputs[0].heightPixels}`
}

async function pictureFile(): Promise<Blob> {
  return new Blob([new Uint8Array(await picture())], { type: 'image/png' })
}

function dataUri(bytes: Buffer, mediaType: string): string {
  return `data:${mediaType};base64,${bytes.toString('base64')}`
}
