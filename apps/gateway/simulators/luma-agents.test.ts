import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateLumaAgents } from './luma-agents.ts'
import type { Simulator } from './simulator.ts'

/** The vendor's client is not on npm, so the requests of its documentation stand in for it. */
let nowMs = Date.UTC(2026, 10, 21)
let simulator: Simulator

beforeAll(async () => {
  simulator = await simulateLumaAgents({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 20 })
})
afterAll(() => simulator?.close())

interface Generation {
  id: string
  state: string
  failure_code: string | null
  output?: { type: string; url: string }[]
}

function call(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(simulator.baseUrl + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${String(simulator.credential['api_key'])}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function created(body: unknown): Promise<Generation> {
  const response = await call('/generations', body)
  expect(response.status).toBe(201)
  return (await response.json()) as Generation
}

async function look(id: string): Promise<Generation> {
  return (await (await call(`/generations/${id}`)).json()) as Generation
}

async function finished(body: unknown): Promise<Generation> {
  const { id } = await created(body)
  nowMs += 60_000
  return look(id)
}

const image = { url: 'https://example.com/a.png' }
const video = { url: 'https://example.com/v.mp4', media_type: 'video/mp4' }

describe('a generation', () => {
  test('goes from queued to completed, with a new link at each look, which holds for an hour', async () => {
    const { id, state } = await created({ prompt: 'A boat', model: 'ray-3.2', type: 'video', aspect_ratio: '16:9', video: { resolution: '540p', duration: '5s', start_frame: image } })
    expect(state).toBe('queued')
    nowMs += 15_000
    expect((await look(id)).state).toBe('processing')
    nowMs += 60_000
    const [first, second] = [(await look(id)).output![0]!.url, (await look(id)).output![0]!.url]
    expect(second).not.toBe(first)
    const bytes = Buffer.from(await (await fetch(first)).arrayBuffer())
    expect(bytes.toString('latin1', 4, 8)).toBe('ftyp')
    nowMs += 3_700_000
    expect((await fetch(first)).status).toBe(403)
    expect((await fetch((await look(id)).output![0]!.url)).status).toBe(200)
    expect(await finished({ prompt: 'It goes on', model: 'ray-3.2', type: 'video', video: { start_frame: { generation_id: id } } })).toMatchObject({ state: 'completed' })
  })

  test('may be an edit, a reframing, a picture, and a change of one', async () => {
    for (const body of [
      { prompt: 'Rain', model: 'ray-3.2', type: 'video_edit', source: video, video: { resolution: '540p', edit: { strength: 'flex_2', auto_controls: true } } },
      { prompt: 'Wider', model: 'ray-3.2', type: 'video_reframe', source: video, aspect_ratio: '21:9', video: { resolution: '540p' } },
      { prompt: 'A fox', model: 'uni-1', output_format: 'jpeg', image_ref: [image] },
      { prompt: 'A red fox', model: 'uni-1-max', type: 'image_edit', source: { data: 'AQID', media_type: 'image/png' } },
    ]) expect(await finished(body), body.prompt).toMatchObject({ state: 'completed' })
  })

  test('that fails says why', async () => {
    expect(await finished({ prompt: 'x [[sim:output_moderation]]' })).toMatchObject({ state: 'failed', failure_code: 'content_moderated' })
  })
})

test.each([
  [422, { prompt: 'x', seed: 1 }],
  [422, { prompt: '' }],
  [400, { prompt: 'x', model: 'uni-1', type: 'video' }],
  [422, { prompt: 'x', model: 'ray-3.2', type: 'video', aspect_ratio: '3:1' }],
  [422, { prompt: 'x', model: 'ray-3.2', type: 'video', video: { loop: true, duration: '10s' } }],
  [422, { prompt: 'x', model: 'ray-3.2', type: 'video_edit' }],
  [422, { prompt: 'x', model: 'ray-3.2', type: 'video_edit', source: image }],
  [422, { prompt: 'x', model: 'ray-3.2', type: 'video', video: { start_frame: { ...image, data: 'AQID' } } }],
  [404, { prompt: 'x', model: 'ray-3.2', type: 'video', video: { start_frame: { generation_id: '7b2f3c1e-5f0a-4d3b-9c64-0f2a6a1b8c11' } } }],
  [402, { prompt: 'x [[sim:no_money]]' }],
])('%i is the answer to %j', async (status, body) => {
  const response = await call('/generations', body)
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual({ detail: expect.any(String) })
})

test('says back the id of a request, and how many creates are left', async () => {
  const response = await call('/generations', { prompt: 'A fox' }, { 'x-request-id': 'mine' })
  expect(Object.fromEntries(response.headers)).toMatchObject({ 'x-request-id': 'mine', 'x-api-version': '2026-04-01', 'x-ratelimit-limit': expect.any(String), 'x-ratelimit-remaining': expect.any(String) })
  const limited = await call('/generations', { prompt: 'x [[sim:rate_limited]]' })
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7'])
  expect((await call('/generations', { prompt: 'x' }, { authorization: 'Bearer nobody' })).status).toBe(401)
})
