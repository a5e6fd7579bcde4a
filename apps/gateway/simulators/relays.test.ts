import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateFlat } from './flat.ts'
import { simulateGenlock } from './genlock.ts'
import { simulateNewApi } from './new-api.ts'
import type { Simulator } from './simulator.ts'
import { simulateUnified } from './unified.ts'
import { simulateVideoApi } from './videoapi.ts'

/** The simulators of relays, each asked as the example of its page asks. None of these wires has a client of its own. */

interface Example {
  id: string
  simulate: typeof simulateFlat
  create: string
  read(id: string): string
  body: Record<string, unknown>
  created: { status: number; body: Record<string, unknown> }
  /** Status and code of: an unknown field, an unknown model, an empty purse, an unknown task. */
  refusals: [string, string, string, string]
  words: [string, string, string]
  statusOf(body: Record<string, unknown>): unknown
  linkOf(body: Record<string, unknown>): unknown
}

type Fields = Record<string, Record<string, unknown>>

const EXAMPLES: Example[] = [
  {
    id: 'genlock', simulate: simulateGenlock, create: '/videos', read: (id) => `/videos/${id}`,
    body: { model: 'seedance-2.0-pro', input: { prompt: 'A cinematic product reveal', duration_seconds: 1, resolution: '480p' } },
    created: { status: 202, body: { status: 'queued', estimated_cost_cents: 10 } },
    refusals: ['422 invalid_request', '404 model_not_found', '402 insufficient_credits', '404 not_found'],
    words: ['queued', 'running', 'succeeded'], statusOf: (body) => body['status'], linkOf: (body) => (body as Fields)['output']!['video_url'],
  },
  {
    id: 'flat', simulate: simulateFlat, create: '/videos', read: (id) => `/videos/${id}`,
    body: { model: 'sora-2', prompt: 'A cinematic shot of a cat', duration: 1, size: '256x144' },
    created: { status: 200, body: { object: 'video', status: 'queued' } },
    refusals: ['400 invalid_request', '404 model_not_found', '403 insufficient_user_quota', '404 task_not_exist'],
    words: ['queued', 'in_progress', 'completed'], statusOf: (body) => body['status'], linkOf: (body) => (body['data'] as { url: string }[])[0]!.url,
  },
  {
    id: 'videoapi', simulate: simulateVideoApi, create: '/v1/video/generations', read: (id) => `/v1/video/generations/${id}`,
    body: { model: 'video-2.0-mini-reference-to-video', type: 'image-to-video', prompt: '让 @Image1 中的人物自然转身', image_urls: ['https://example.com/a.png'], video_urls: [], audio_urls: [], resolution: '480p', duration: 1, aspect_ratio: '9:16', generate_audio: true, end_user_id: 'customer_001' },
    created: { status: 200, body: { status: 'pending', poll_interval_seconds: 30 } },
    refusals: ['422 invalid_request', '400 model_not_found', '402 insufficient_credits', '404 task_not_found'],
    words: ['pending', 'processing', 'completed'], statusOf: (body) => body['status'], linkOf: (body) => body['url'],
  },
  {
    id: 'unified', simulate: simulateUnified, create: '/video/create', read: (id) => `/video/query?id=${encodeURIComponent(id)}`,
    body: { model: 'veo3.1-fast', prompt: 'A cat walking on the beach at sunset', aspect_ratio: '16:9', enable_upsample: true, enhance_prompt: true },
    created: { status: 200, body: { status: 'pending' } },
    refusals: ['400 invalid_request', '400 model_not_found', '403 insufficient_user_quota', '400 task_not_exist'],
    words: ['pending', 'processing', 'completed'], statusOf: (body) => body['status'], linkOf: (body) => body['video_url'],
  },
  {
    id: 'new-api', simulate: simulateNewApi, create: '/v1/video/generations', read: (id) => `/v1/video/generations/${id}`,
    body: { model: 'kling-v1', prompt: '一个穿着宇航服的宇航员在月球上行走', size: '320x180', image: 'https://example.com/a.jpg', duration: 1, metadata: { seed: 20231234, negative_prompt: '模糊', image_tail: 'https://example.com/b.png' } },
    created: { status: 200, body: { object: 'video', status: 'queued', progress: 0 } },
    refusals: ['400 invalid_request', '503 model_not_found', '403 insufficient_user_quota', '400 task_not_exist'],
    words: ['QUEUED', 'IN_PROGRESS', 'SUCCESS'], statusOf: (body) => (body as Fields)['data']!['status'], linkOf: (body) => (body as Fields)['data']!['result_url'],
  },
]

describe.each(EXAMPLES.map((example) => [example.id, example] as const))('%s', (_id, example) => {
  const startMs = Date.UTC(2026, 7, 1)
  let nowMs = startMs
  let relay: Simulator

  beforeAll(async () => {
    relay = await example.simulate({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
  })
  afterAll(() => relay.close())

  async function call(path: string, { json, key = String(relay.credential['api_key']) }: { json?: unknown; key?: string } = {}) {
    const response = await fetch(relay.baseUrl + path, { method: json === undefined ? 'GET' : 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, ...(json !== undefined && { body: JSON.stringify(json) }) })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  async function refusal(path: string, json?: unknown): Promise<string> {
    const { status, body } = await call(path, json === undefined ? {} : { json })
    return `${status} ${String((body['error'] as Record<string, unknown> | undefined)?.['code'] ?? body['code'])}`
  }

  /** The body with another prompt, wherever that stands. */
  const prompted = (prompt: string) => ('input' in example.body ? { ...example.body, input: { ...(example.body['input'] as object), prompt } } : { ...example.body, prompt })

  test("carries out the page's example, in the page's words, to a playable file", async () => {
    nowMs = startMs
    const created = await call(example.create, { json: example.body })
    expect(created).toMatchObject(example.created)
    const id = String(created.body['id'] ?? created.body['task_id'])
    for (const word of example.words) {
      const { body } = await call(example.read(id))
      expect(example.statusOf(body)).toBe(word)
      if (word === example.words[2]) {
        const file = await fetch(String(example.linkOf(body)), { headers: { authorization: `Bearer ${String(relay.credential['api_key'])}` } })
        expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
      }
      nowMs += word === example.words[0] ? 10_000 : 50_000
    }
  })

  test('refuses a wrong key, an unknown field, an unknown model, an empty purse and an unknown task, in its own words', async () => {
    const [field, model, money, task] = example.refusals
    const before = relay.acceptedCreates()
    expect((await call(example.create, { json: example.body, key: 'wrong' })).status).toBe(401)
    expect(await refusal(example.create, { ...example.body, colour: 'red' })).toBe(field)
    expect(await refusal(example.create, { ...example.body, model: 'no-such-model' })).toBe(model)
    expect(await refusal(example.create, prompted('x [[sim:no_money]]'))).toBe(money)
    expect(await refusal(example.create, prompted(''))).toBe(field)
    expect(await refusal(example.read('nobody'))).toBe(task)
    expect(relay.acceptedCreates()).toBe(before)
  })
})

test('another Genlock answers a repeated idempotency key with the same task, and refuses it for another request', async () => {
  const relay = await simulateGenlock()
  const create = async (prompt: string) => {
    const response = await fetch(`${relay.baseUrl}/videos`, { method: 'POST', headers: { authorization: `Bearer ${String(relay.credential['api_key'])}`, 'idempotency-key': 'att_1' }, body: JSON.stringify({ model: 'm', input: { prompt } }) })
    return { status: response.status, id: ((await response.json()) as { id?: string }).id }
  }
  const first = await create('one')
  expect(await create('one')).toEqual(first)
  expect((await create('two')).status).toBe(422)
  expect(relay.acceptedCreates()).toBe(1)
  await relay.close()
})

test('links of a flat relay need the key, as its page warns', async () => {
  const relay = await simulateFlat({ queuedSeconds: 0, renderSeconds: 0 })
  const headers = { authorization: `Bearer ${String(relay.credential['api_key'])}` }
  const { id } = (await (await fetch(`${relay.baseUrl}/videos`, { method: 'POST', headers, body: JSON.stringify({ model: 'sora-2', prompt: 'x', duration: 1, size: '256x144' }) })).json()) as { id: string }
  const { data } = (await (await fetch(`${relay.baseUrl}/videos/${id}`, { headers })).json()) as { data: { url: string }[] }
  expect((await fetch(data[0]!.url)).status).toBe(403)
  expect((await fetch(`${relay.baseUrl}/videos/${id}/content`, { headers })).status).toBe(200)
  await relay.close()
})
