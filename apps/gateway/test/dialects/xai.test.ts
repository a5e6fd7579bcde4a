/** xAI's wire as its documentation writes it, without a client in between. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

interface Video {
  request_id: string
  status: string
  video?: { url: string; duration: number }
  error?: { code: string; message: string }
}

let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock?.close())

test('a picture as an object and one as an upload: 202 while it is made, then the file', async () => {
  const form = new FormData()
  form.append('files', new Blob([new Uint8Array(await picture())]), 'frame.png')
  const { data } = (await (await genlock.call('/api/upload', { method: 'POST', body: form })).json()) as { data: { id: string }[] }
  for (const image of [{ url: `data:image/png;base64,${(await picture()).toString('base64')}` }, { file_id: data[0]!.id }]) {
    const { request_id: id } = await create('/v1/videos/generations', { model: 'seedance-1.0-pro-fast', prompt: 'It sails away', image, duration: 2, resolution: '480p' })
    expect((await genlock.call(`/v1/videos/${id}`)).status).toBe(202)
    const { video } = await readUntil<Video>(() => genlock.call(`/v1/videos/${id}`), ({ status }) => status === 'done')
    expect(video!.duration).toBe(2)
    expect(isMp4(new Uint8Array(await (await fetch(video!.url)).arrayBuffer()))).toBe(true)
  }
})

test('a cancelled video is failed, with 200', async () => {
  const { request_id: id } = await create('/v1/videos/generations', { model: 'seedance-1.0-pro-fast', prompt: '[[slow:60]]', duration: 2, storage_options: { filename: 'a.mp4' } })
  const cancelled = await genlock.call(`/v1/videos/${id}/cancel`, { method: 'POST' })
  expect([cancelled.status, await cancelled.json()]).toMatchObject([200, { status: 'failed', error: { code: 'cancelled' } }])
})

test('an edit by its address is xAI’s, by its id OpenAI’s: each answers in its own words', async () => {
  const { request_id: id } = await create('/v1/videos/generations', { model: 'sora-2', prompt: 'A boat', duration: 4, storage_options: { filename: 'a.mp4' } })
  const { video } = await readUntil<Video>(() => genlock.call(`/v1/videos/${id}`), ({ status }) => status === 'done')
  expect(await create('/v1/videos/edits', { model: 'sora-2', prompt: 'At night', video: { url: video!.url } })).toMatchObject({ request_id: expect.any(String), status: 'pending' })
  expect(await create('/v1/videos/edits', { model: 'sora-2', prompt: 'At night', video: { id } })).toMatchObject({ id: expect.any(String), object: 'video', status: 'queued' })
  expect(await create('/v1/videos/extensions', { model: 'sora-2', prompt: 'Ashore', video: { url: video!.url }, duration: 6 })).toMatchObject({ status: 'pending' })
})

test('errors are a code and a sentence', async () => {
  const response = await genlock.call('/v1/videos/generations', { method: 'POST', body: JSON.stringify({ model: 'grok-imagine-nothing', prompt: 'x' }) })
  expect([response.status, await response.json()]).toMatchObject([404, { code: 'model_not_found', error: expect.any(String) }])
  const wrong = await genlock.call('/v1/videos/edits', { method: 'POST', body: JSON.stringify({ model: 'seedance-1.0-pro-fast', prompt: 'x', video: { url: 'https://example.com/a.mp4' } }) })
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { code: 'invalid_request', param: expect.stringContaining('video') }])
})

async function create(path: string, body: Record<string, unknown>): Promise<Video> {
  const response = await genlock.call(path, { method: 'POST', body: JSON.stringify(body) })
  const answer: unknown = await response.json()
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(answer)}`)
  return answer as Video
}
