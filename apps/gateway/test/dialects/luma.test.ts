/** Luma's wire over HTTP, with a whole gateway behind it: the requests of the documents, followed to a stored file. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

interface Generation { id: string; state: string; failure_reason: string | null; model: string; assets: { video?: string; image?: string } | null; request: Record<string, unknown>; ignored?: string[] }

let genlock: TestGateway
beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
})
afterAll(() => genlock?.close())

describe('the page of the relays', () => {
  test('POST /v1/generations with its four fields, GET /v1/generations/{id}, and the video', async () => {
    const frame = `data:image/png;base64,${(await picture()).toString('base64')}`
    const created = await post('/v1/generations', { prompt: 'A serene lake', aspect_ratio: '16:9', loop: false, keyframes: { frame0: { type: 'image', url: frame } } })
    expect(created).toMatchObject({ model: 'luma', state: 'queued', failure_reason: null, assets: null, request: { aspect_ratio: '16:9', loop: false, duration: '5s' } })
    const done = await ended('/v1/generations', created.id)
    expect(done.state).toBe('completed')
    expect(await isVideo(done.assets!.video!)).toBe(true)
  })

  test('the names and lengths of its table: luma, 5 to 10 seconds', async () => {
    for (const duration of ['5s', '7s', '10s']) await post('/v1/generations', { model: 'luma', prompt: 'A lake', duration })
    const response = await send('POST', '/v1/generations', { model: 'luma', prompt: 'A lake', duration: '11s' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ detail: [{ loc: ['body', 'duration'] }], code: 'invalid_request' })
  })

  test('an address that cannot be reached is taken as it is', async () => {
    await post('/v1/generations', { prompt: 'A lake', keyframes: { frame0: { type: 'image', url: 'https://example.com/image.jpg' } } })
  })
})

describe('generations that start from others', () => {
  // Six films, on two cores that others use too.
  test('a video is gone on from, led up to, enlarged and given sound', { timeout: 240_000 }, async () => {
    const root = '/dream-machine/v1/generations'
    const first = await ended(root, (await post(`${root}/video`, { model: 'ray-2', prompt: 'A boat', resolution: '540p' })).id)
    const extended = await post(`${root}/video`, { model: 'ray-2', prompt: 'It sails on', resolution: '540p', keyframes: { frame0: { type: 'generation', id: first.id }, frame1: { type: 'generation', id: first.id } } })
    const upscaled = await post(`${root}/${first.id}/upscale`, { generation_type: 'upscale_video', resolution: '720p' }, 200)
    const audio = await post(`${root}/${first.id}/audio`, { generation_type: 'add_audio', prompt: 'Waves' }, 200)
    const reframed = await post(`${root}/video/reframe`, { generation_type: 'reframe_video', model: 'ray-2', media: { url: first.assets!.video! }, aspect_ratio: '9:16', resized_width: 400 })
    const modified = await post(`${root}/video/modify`, { generation_type: 'modify_video', model: 'ray-flash-2', media: { url: first.assets!.video! }, mode: 'flex_1', prompt: 'As a painting' })
    expect(upscaled).toMatchObject({ model: 'ray-2', request: { generation_type: 'upscale_video', resolution: '720p' } })
    expect(audio).toMatchObject({ model: 'luma-audio', request: { generation_type: 'add_audio', prompt: 'Waves' } })
    for (const { id } of [extended, upscaled, audio, reframed, modified]) {
      const done = await ended(root, id)
      expect(done, JSON.stringify(done)).toMatchObject({ state: 'completed' })
      expect(await isVideo(done.assets!.video!)).toBe(true)
    }
  })

  test("another account's generation is like one that is not there", async () => {
    const mine = await post('/v1/generations', { prompt: 'A boat' })
    const { key } = await genlock.addAccount(10_000_000n)
    for (const id of [mine.id, 'vid_000000000000000000000000']) {
      const response = await send('POST', '/v1/generations', { prompt: 'On', keyframes: { frame0: { type: 'generation', id } } }, key)
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('keyframes.frame0.id: there is no generation with this id')
    }
  })
})

describe('images', () => {
  test('with sync the answer is the finished picture, and its refusal an error', async () => {
    const done = await post('/dream-machine/v1/generations/image', { model: 'photon-flash-1', prompt: 'A fox', format: 'jpg', sync: true })
    expect(done.state).toBe('completed')
    const bytes = new Uint8Array(await (await fetch(done.assets!.image!)).arrayBuffer())
    expect([...bytes.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff])
    const refused = await send('POST', '/dream-machine/v1/generations/image', { model: 'photon-flash-1', prompt: 'A fox [[fail:content_policy]]', sync: true })
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ code: 'content_policy' })
  })

  test('is reframed', async () => {
    const media = { url: `data:image/png;base64,${(await picture()).toString('base64')}` }
    const { id } = await post('/v1/generations/image/reframe', { generation_type: 'reframe_image', model: 'photon-1', media, aspect_ratio: '9:16' })
    expect(await ended('/v1/generations', id)).toMatchObject({ state: 'completed' })
  })
})

test('callback_url gets the generation when it has ended', async () => {
  const { promise, resolve } = Promise.withResolvers<Generation>()
  const receiver = createServer((request, response) => {
    void json(request).then((body) => resolve(body as Generation))
    response.end()
  })
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening))
  try {
    const callback_url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
    const { id } = await post('/dream-machine/v1/generations/image', { model: 'photon-flash-1', prompt: 'A fox', callback_url })
    expect(await promise).toMatchObject({ id, generation_type: 'image', state: 'completed', assets: { image: expect.stringContaining('/v1/files/') as string } })
  } finally {
    receiver.close()
  }
})

describe('lists, deletion and the account', () => {
  test('every generation is listed once, by offset', async () => {
    const { key } = await genlock.addAccount(100_000_000n)
    const made: string[] = []
    for (const prompt of ['one', 'two', 'three']) made.unshift((await (await send('POST', '/v1/generations', { prompt: `${prompt} [[slow:60]]` }, key)).json() as Generation).id)
    const page = async (query: string) => (await (await send('GET', `/v1/generations${query}`, undefined, key)).json()) as { generations: Generation[]; has_more: boolean; count: number }
    expect((await page('')).generations.map(({ id }) => id)).toEqual(made)
    expect(await page('?limit=2')).toMatchObject({ generations: [{ id: made[0] }, { id: made[1] }], count: 2, limit: 2, offset: 0, has_more: true })
    expect(await page('?limit=2&offset=2')).toMatchObject({ generations: [{ id: made[2] }], has_more: false })
    expect(await page('?limit=2&offset=50')).toMatchObject({ generations: [], has_more: false })
    expect((await send('GET', '/v1/generations?limit=0', undefined, key)).status).toBe(400)
  })

  test('one that runs is cancelled and can still be read; one that has ended is gone', async () => {
    const { id } = await post('/v1/generations', { prompt: 'Slow [[slow:60]]' })
    expect((await send('DELETE', `/v1/generations/${id}`)).status).toBe(204)
    expect(await ended('/v1/generations', id)).toMatchObject({ state: 'failed', failure_code: 'cancelled' })
    expect((await send('DELETE', `/v1/generations/${id}`)).status).toBe(204)
    expect((await send('GET', `/v1/generations/${id}`)).status).toBe(404)
  })

  test('the credits are those of the account, in cents', async () => {
    const { key } = await genlock.addAccount(12_345_600n)
    expect(await (await send('GET', '/dream-machine/v1/credits', undefined, key)).json()).toEqual({ credit_balance: 1234.56 })
  })
})

function send(method: string, path: string, body?: unknown, key = genlock.key): Promise<Response> {
  return genlock.call(path, { method, key, ...(body !== undefined && { body: JSON.stringify(body) }) })
}

async function post(path: string, body: unknown, status = 201): Promise<Generation> {
  const response = await send('POST', path, body)
  const answer = await response.json()
  expect(response.status, JSON.stringify(answer)).toBe(status)
  return answer as Generation
}

function ended(root: string, id: string): Promise<Generation> {
  return readUntil<Generation>(() => send('GET', `${root}/${id}`), ({ state }) => state === 'completed' || state === 'failed')
}

async function isVideo(link: string): Promise<boolean> {
  return isMp4(new Uint8Array(await (await fetch(link)).arrayBuffer()))
}
