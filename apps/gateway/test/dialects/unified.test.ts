/** The unified format's requests as its page has them, and prompts rewritten in English on the way. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

interface Video {
  id: string
  status: string
  status_update_time: number
  enhanced_prompt: string | null
  video_url: string | null
  error: { code: string; message: string } | null
  ignored?: string[]
}

/** The table of Veo's names, Sora's, and those of the page's own configuration. */
const MODELS = [
  'veo2', 'veo2-fast', 'veo2-fast-frames', 'veo2-fast-components', 'veo2-pro', 'veo2-pro-components', 'veo3', 'veo3-fast', 'veo3-fast-frames', 'veo3-frames', 'veo3-pro', 'veo3-pro-frames',
  'veo3.1', 'veo3.1-fast', 'veo3.1-pro', 'sora-2-all', 'sora-2-pro-all', 'veo3.1-fast-components', 'veo_3_1-fast-4K', 'veo3.1-4k',
]

let genlock: TestGateway
/** A chat endpoint that translates everything to the same sentence, and counts. */
let chat: Server
let chatAnswers = { status: 200, content: 'make animate' }
let chatCalls: { authorization: string | undefined; body: { model: string; messages: { content: string }[] } }[] = []

beforeAll(async () => {
  chat = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      chatCalls.push({ authorization: request.headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) as (typeof chatCalls)[number]['body'] })
      response.writeHead(chatAnswers.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: chatAnswers.content } }] }))
    })
  })
  await new Promise<void>((resolve) => chat.listen(0, '127.0.0.1', resolve))
  genlock = await startTestGateway({
    environment: {
      GENLOCK_STARTING_CREDITS: '1000',
      GENLOCK_ENHANCER_URL: `http://127.0.0.1:${(chat.address() as AddressInfo).port}/v1/`,
      GENLOCK_ENHANCER_KEY: 'sk-enhancer',
      GENLOCK_ENHANCER_MODEL: 'translator-1',
    },
  })
})
afterAll(async () => {
  await genlock?.close()
  chat?.close()
})

describe('the requests of the page', () => {
  test('Veo, followed to its file', async () => {
    const created = await create({ model: 'veo3.1-fast', prompt: 'A cat walking on the beach at sunset', aspect_ratio: '16:9', enable_upsample: true, enhance_prompt: true })
    expect(created).toMatchObject({ status: 'pending', enhanced_prompt: null, status_update_time: expect.any(Number) })
    const video = await ended(created.id)
    expect(video).toMatchObject({ status: 'completed', error: null })
    expect(video.video_url).toMatch(/\.mp4$/)
    await expectFilm(video)
  })

  test('Veo between two frames: as written it is accepted, and with pictures that exist it is made', async () => {
    const request = { model: 'veo2-fast-frames', prompt: 'make animate', aspect_ratio: '16:9', enable_upsample: true, enhance_prompt: true }
    const asWritten = await create({ ...request, images: ['https://example.com/first-frame.png', 'https://example.com/last-frame.png'] })
    expect(asWritten.status).toBe('pending')
    const image = `data:image/png;base64,${(await picture()).toString('base64')}`
    const created = await create({ ...request, images: [image, image] })
    await expectFilm(await ended(created.id))
  })

  test('Sora, by orientation and size', async () => {
    const { id } = await create({ model: 'sora-2-all', prompt: 'A beautiful sunset over the ocean', orientation: 'landscape', size: 'large', duration: 15 })
    await expectFilm(await ended(id))
    const { rows: [row] } = await genlock.database.pool.query<{ request: unknown }>('select request from task where id = $1', [id])
    expect(row!.request).toMatchObject({ size: '1920x1080', durationSeconds: 15 })
  })

  test('every model that the page names, with as many pictures as it says', async () => {
    const image = 'https://example.com/picture.png'
    const pictures: Record<string, number> = { 'veo2-fast-frames': 2, 'veo2-fast-components': 3, 'veo2-pro-components': 3, 'veo3-fast-frames': 2, 'veo3-frames': 2, 'veo3-pro-frames': 1, 'veo3.1-fast-components': 3 }
    for (const model of MODELS) {
      const count = pictures[model] ?? 0
      const body = { model, prompt: 'A cat walking on the beach [[slow:3600]]', ...(count > 0 && { images: Array<string>(count).fill(image) }) }
      const { id } = await create(body)
      expect((await genlock.call(`/v1/videos/${id}/cancel`, { method: 'POST' })).status, model).toBe(200)
      if (count === 0) continue
      const refused = await genlock.call('/v1/video/create', { method: 'POST', body: JSON.stringify({ ...body, images: Array<string>(count + 1).fill(image) }) })
      expect(refused.status, `${model} with one picture more`).toBe(400)
    }
  })

  test('an unknown id, no id, and an unknown model', async () => {
    expect((await genlock.call('/v1/video/query?id=vid_nobody')).status).toBe(404)
    expect((await genlock.call('/v1/video/query')).status).toBe(404)
    const refused = await genlock.call('/v1/video/create', { method: 'POST', body: JSON.stringify({ model: 'gpt-5', prompt: 'p' }) })
    expect(refused.status).toBe(404)
    expect(await refused.json()).toMatchObject({ error: { message: expect.any(String), type: expect.any(String), code: 'model_not_found' } })
  })
})

describe('enhance_prompt', () => {
  const CHINESE = { model: 'sora-2', prompt: '一只猫在海滩上', enhance_prompt: true, duration: 4 }

  test('rewrites a prompt in English before the create is answered; the caller’s own stays, the upstream gets the other', async () => {
    translate('A cat on the beach [[fail:content_policy]]')
    const created = await create(CHINESE)
    expect(created).toMatchObject({ status: 'pending', enhanced_prompt: 'A cat on the beach [[fail:content_policy]]' })
    expect(created.ignored).toBeUndefined()
    expect(chatCalls).toMatchObject([{ authorization: 'Bearer sk-enhancer', body: { model: 'translator-1', messages: [{}, { content: CHINESE.prompt }] } }])
    // The sandbox obeys what only the rewritten prompt says.
    expect(await ended(created.id)).toMatchObject({ status: 'failed', error: { code: 'content_policy' }, enhanced_prompt: expect.stringContaining('beach') })
    expect(await (await genlock.call(`/v1/videos/${created.id}`)).json()).toMatchObject({ prompt: CHINESE.prompt, enhanced_prompt: expect.stringContaining('beach') })
  })

  test('asks nobody for English, nor without the field, nor when the create is replayed, refused or not covered', async () => {
    translate('A cat on the beach')
    await create({ ...CHINESE, prompt: 'A cat with a hat' })
    await create({ ...CHINESE, enhance_prompt: false })
    expect(chatCalls).toHaveLength(0)
    const headers = { 'idempotency-key': 'enhanced once' }
    const first = await create(CHINESE, { headers })
    expect(await create(CHINESE, { headers })).toEqual(first)
    expect(chatCalls).toHaveLength(1)
    await genlock.call('/v1/video/create', { method: 'POST', body: JSON.stringify({ ...CHINESE, duration: 100 }) })
    const { key } = await genlock.addAccount(1n)
    expect((await genlock.call('/v1/video/create', { method: 'POST', key, body: JSON.stringify(CHINESE) })).status).toBe(402)
    expect(chatCalls).toHaveLength(1)
  })

  test('goes on with the prompt as it is when the endpoint fails, and says so', async () => {
    translate('irrelevant', 500)
    const created = await create(CHINESE)
    expect(created).toMatchObject({ status: 'pending', enhanced_prompt: null, ignored: ['enhance_prompt'] })
  })

  test('goes on with the prompt as it is when none is configured, and says so', async () => {
    const plain = await genlock.another({ GENLOCK_ENHANCER_URL: '', GENLOCK_ENHANCER_KEY: '', GENLOCK_ENHANCER_MODEL: '' })
    for (const model of ['sora-2', 'veo3.1-fast']) {
      const response = await fetch(`${plain.url}/v1/video/create`, { method: 'POST', headers: { authorization: `Bearer ${genlock.key}`, 'content-type': 'application/json' }, body: JSON.stringify({ ...CHINESE, model, duration: 8 }) })
      expect(await response.json()).toMatchObject({ status: 'pending', enhanced_prompt: null, ignored: ['enhance_prompt'] })
    }
  })
})

function translate(content: string, status = 200): void {
  chatAnswers = { status, content }
  chatCalls = []
}

async function create(body: unknown, init: { headers?: Record<string, string> } = {}): Promise<Video> {
  const response = await genlock.call('/v1/video/create', { method: 'POST', body: JSON.stringify(body), ...init })
  const answer = (await response.json()) as Video
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer
}

async function expectFilm(video: Video): Promise<void> {
  expect(video).toMatchObject({ status: 'completed', error: null })
  expect(isMp4(new Uint8Array(await (await fetch(video.video_url!)).arrayBuffer()))).toBe(true)
}

function ended(id: string): Promise<Video> {
  return readUntil(() => genlock.call(`/v1/video/query?id=${id}`), (video: Video) => video.status === 'completed' || video.status === 'failed')
}
