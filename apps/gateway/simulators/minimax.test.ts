import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { simulateMinimax } from './minimax.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 7, 1, 12)
let nowMs = startMs
let minimax: Simulator

beforeAll(async () => {
  minimax = await simulateMinimax({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
})
afterAll(() => minimax.close())
beforeEach(() => {
  nowMs = startMs
})

interface Body {
  task_id?: string
  status?: string
  file_id?: string
  base_resp?: { status_code: number; status_msg: string }
  task?: { id?: string; status?: string; content?: { url: string } }
  error?: { type: string; message: string; http_code: string }
  file?: { file_id: number; download_url: string }
  data?: { image_urls?: string[]; image_base64?: string[] }
  [field: string]: unknown
}

async function call(method: string, path: string, { json, key = String(minimax.credential['api_key']) }: { json?: unknown; key?: string } = {}) {
  const response = await fetch(minimax.baseUrl + path, { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, ...(json !== undefined && { body: JSON.stringify(json) }) })
  return { status: response.status, body: (await response.json()) as Body }
}

const clip = (fields: Record<string, unknown> = {}) => call('POST', '/v1/video_generation', { json: { model: 'MiniMax-Hailuo-02', prompt: 'a boat', ...fields } })
const lookV1 = (id: unknown) => call('GET', `/v1/query/video_generation?task_id=${String(id)}`)
const text = { type: 'text', text: 'a boat' }
const image = (role?: string) => ({ type: 'image_url', image_url: { url: 'https://example.com/a.png' }, ...(role !== undefined && { role }) })
const sound = { type: 'audio_url', audio_url: { url: 'https://example.com/a.mp3' }, role: 'reference_audio' }
const video = (fields: Record<string, unknown> = {}) => call('POST', '/v2/video_generation', { json: { model: 'MiniMax-H3', content: [text], resolution: '768P', duration: 5, ratio: '16:9', ...fields } })
const lookV2 = (id: unknown) => call('GET', `/v2/query/video_generation/${String(id)}`)
const FRAME = 'https://example.com/a.png'

/** A place to call back that answers as told, and remembers. */
async function withReceiver(answer: (body: Body) => unknown, use: (url: string, received: Body[]) => Promise<void>): Promise<void> {
  const received: Body[] = []
  const server = createServer((request, response) => {
    let said = ''
    request.on('data', (chunk: Buffer) => { said += chunk.toString() }).on('end', () => {
      const body = JSON.parse(said) as Body
      received.push(body)
      response.end(JSON.stringify(answer(body)))
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('version 1', () => {
  test('says everything with HTTP 200, a wrong key too', async () => {
    expect(await call('POST', '/v1/video_generation', { json: {}, key: 'wrong' })).toMatchObject({ status: 200, body: { task_id: '', base_resp: { status_code: 1004 } } })
  })

  test.each([
    [{ colour: 'red' }, 'colour'],
    [{ model: 'constructor' }, 'constructor'],
    [{ duration: '6' }, 'duration'],
    [{ duration: 8 }, 'duration'],
    [{ duration: 10, resolution: '1080P' }, 'duration'],
    [{ resolution: '768p' }, 'resolution'],
    [{ resolution: '512P' }, 'resolution'],
    [{ resolution: '512P', first_frame_image: FRAME, last_frame_image: FRAME }, 'resolution'],
    [{ last_frame_image: FRAME }, 'last_frame_image'],
    [{ model: 'MiniMax-Hailuo-2.3', first_frame_image: FRAME, last_frame_image: FRAME }, 'last'],
    [{ model: 'MiniMax-Hailuo-2.3-Fast' }, 'first'],
    [{ model: 'T2V-01', first_frame_image: FRAME }, 'first'],
    [{ model: 'S2V-01' }, 'subject'],
    [{ model: 'S2V-01', subject_reference: [{ type: 'dog', image: [FRAME] }] }, 'subject_reference'],
    [{ first_frame_image: 'data:image/gif;base64,AAAA' }, 'first_frame_image'],
  ])('2013 for %j', async (fields, message) => {
    const { status, body } = await clip(fields)
    expect({ status, code: body.base_resp?.status_code, id: body.task_id }).toEqual({ status: 200, code: 2013, id: '' })
    expect(body.base_resp?.status_msg).toContain(message)
  })

  test('names a file, whose link is made anew each time it is asked for, and ends after an hour', async () => {
    const { body } = await clip({ resolution: '512P', first_frame_image: FRAME })
    expect((await lookV1(body.task_id)).body).toMatchObject({ status: 'Queueing', file_id: '' })
    nowMs += 10_000
    expect((await lookV1(body.task_id)).body.status).toBe('Processing')
    nowMs += 50_000
    const { body: done } = await lookV1(body.task_id)
    expect(done).toMatchObject({ status: 'Success', file_id: expect.stringMatching(/^\d+$/), video_width: 910, video_height: 512 })
    const retrieve = () => call('GET', `/v1/files/retrieve?file_id=${done.file_id}`).then((answer) => answer.body.file!)
    const first = await retrieve()
    expect(first.file_id).toBe(Number(done.file_id))
    expect((await retrieve()).download_url).not.toBe(first.download_url)
    expect(Buffer.from(await (await fetch(first.download_url)).arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    nowMs += 3_600_001
    expect((await fetch(first.download_url)).status).toBe(403)
    expect((await fetch((await retrieve()).download_url)).status).toBe(200)
  })

  test.each([['input_moderation', 1026], ['rate_limited', 1002], ['queue_full', 1039], ['no_money', 1008], ['server_error', 1013]])('with [[sim:%s]] is refused with %i', async (sentinel, code) => {
    const before = minimax.acceptedCreates()
    expect((await clip({ prompt: `x [[sim:${sentinel}]]` })).body.base_resp?.status_code).toBe(code)
    expect(minimax.acceptedCreates()).toBe(before)
  })

  test('tells late why a task failed', async () => {
    const { body } = await clip({ prompt: 'x [[sim:output_moderation]]' })
    nowMs += 60_000
    expect((await lookV1(body.task_id)).body).toMatchObject({ status: 'Fail', base_resp: { status_code: 1027 } })
  })
})

describe('version 2', () => {
  test('says errors with their HTTP status, as text too', async () => {
    expect(await call('POST', '/v2/video_generation', { json: {}, key: 'wrong' })).toMatchObject({ status: 401, body: { type: 'error', error: { type: 'authorized_error', http_code: '401' } } })
  })

  test.each([
    [{ colour: 'red' }],
    [{ model: 'MiniMax-Hailuo-02' }],
    [{ content: [] }],
    [{ content: [image('first_frame')] }],
    [{ resolution: '480P' }],
    [{ resolution: '768p' }],
    [{ resolution: undefined }],
    [{ duration: 3 }],
    [{ duration: 16 }],
    [{ model: 'MiniMax-H3-Max', duration: 4 }],
    [{ ratio: 'adaptive' }],
    [{ ratio: undefined }],
    [{ ratio: '2:1' }],
    [{ extra: { prompt_expansion_mode: 'quality' } }],
    [{ content: [text, image('first_frame'), image('reference_image')] }],
    [{ content: [text, image(), image('first_frame')] }],
    [{ content: [text, sound] }],
    [{ content: [text, ...Array.from({ length: 10 }, () => image('reference_image'))] }],
    [{ content: [text, { ...image(), role: 'poster' }] }],
  ])('400 for %j', async (fields) => {
    expect(await video(fields)).toMatchObject({ status: 400, body: { error: { type: 'bad_request_error' } } })
  })

  test('goes from queued to succeeded, with the seconds that are billed and a file of its size', async () => {
    const { body } = await video({ model: 'MiniMax-H3-Max', resolution: '480P', content: [text, image('reference_image'), { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' }, role: 'reference_video' }, sound], ratio: 'adaptive' })
    expect((await lookV2(body.task_id)).body.task).toMatchObject({ status: 'queued', task_type: 'r2v' })
    nowMs += 60_000
    const { task } = (await lookV2(body.task_id)).body
    expect(task).toMatchObject({ status: 'succeeded', usage: { total_seconds: 10, input_seconds: 5, output_seconds: 5, input_image_count: 1 } })
    expect((await fetch(task!.content!.url)).headers.get('content-type')).toBe('video/mp4')
  })

  test('is stopped while queued, not while running, and deleted when it has ended', async () => {
    const stop = (id: unknown) => call('DELETE', `/v2/video_generation/${String(id)}`)
    const { body: first } = await video()
    expect((await stop(first.task_id)).status).toBe(200)
    expect((await lookV2(first.task_id)).body.task?.status).toBe('cancelled')
    const { body: second } = await video()
    nowMs += 10_000
    expect((await stop(second.task_id)).status).toBe(400)
    nowMs += 50_000
    expect((await stop(second.task_id)).status).toBe(200)
    expect((await lookV2(second.task_id)).status).toBe(404)
  })

  test.each([['input_moderation', 422], ['rate_limited', 429], ['no_money', 402], ['server_error', 500]])('with [[sim:%s]] is refused with %i', async (sentinel, status) => {
    expect((await video({ content: [{ type: 'text', text: `x [[sim:${sentinel}]]` }] })).status).toBe(status)
  })

  test('may expire', async () => {
    const { body } = await video({ content: [{ type: 'text', text: 'x [[sim:expiry]]' }] })
    nowMs += 60_000
    expect((await lookV2(body.task_id)).body.task?.status).toBe('expired')
  })
})

describe('an address to call back', () => {
  const echo = ({ challenge }: Body) => ({ challenge })

  test('is asked for a word first, and told in the words of the version', async () => {
    await withReceiver(echo, async (url, received) => {
      const { body: first } = await clip({ callback_url: url })
      const { body: second } = await video({ callback_url: url })
      expect(received).toEqual([{ challenge: expect.any(String) }, { challenge: expect.any(String) }])
      nowMs += 60_000
      await minimax.deliverDue()
      const told = received.slice(2)
      expect(told.filter(({ task_id: id }) => id === first.task_id).map(({ status }) => status).toSorted()).toEqual(['processing', 'success'])
      expect(told.flatMap(({ task }) => (task?.id === second.task_id ? [task?.status] : [])).toSorted()).toEqual(['running', 'succeeded'])
    })
  })

  test.each([['another word', () => ({ challenge: 'no' })], ['something else', () => ({ ok: true })]])('that answers %s makes the create fail, and nothing is started', async (_about, answer) => {
    await withReceiver(answer, async (url) => {
      const before = minimax.acceptedCreates()
      expect((await clip({ callback_url: url })).body.base_resp?.status_code).toBe(2013)
      expect((await video({ callback_url: url })).status).toBe(400)
      expect(minimax.acceptedCreates()).toBe(before)
    })
  })
})

describe('pictures', () => {
  const draw = (fields: Record<string, unknown>) => call('POST', '/v1/image_generation', { json: { model: 'image-01', prompt: 'a boat', ...fields } }).then(({ body }) => body)

  test('come at once, as links or as text', async () => {
    const body = await draw({ n: 2, aspect_ratio: '3:4' })
    expect(body).toMatchObject({ metadata: { success_count: '2', failed_count: '0' }, base_resp: { status_code: 0 } })
    expect(body.data?.image_urls).toHaveLength(2)
    expect((await fetch(body.data!.image_urls![0]!)).headers.get('content-type')).toBe('image/png')
    expect((await draw({ response_format: 'base64' })).data?.image_base64?.[0]).toMatch(/^iVBOR/)
  })

  test.each([[{ n: 10 }], [{ width: 1024 }], [{ width: 1020, height: 1024 }], [{ aspect_ratio: '4:5' }], [{ negative_prompt: 'x' }], [{ model: 'MiniMax-H3-Image' }], [{ prompt: 'x [[sim:output_moderation]]' }]])('are refused for %j', async (fields) => {
    expect((await draw(fields)).base_resp?.status_code).not.toBe(0)
  })

  test('of which none could be made are counted', async () => {
    expect(await draw({ prompt: 'x [[sim:render_failure]]', n: 2 })).toMatchObject({ data: { image_urls: [] }, metadata: { success_count: '0', failed_count: '2' } })
  })
})
