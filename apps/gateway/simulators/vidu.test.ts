import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from './simulator.ts'
import { signedHeaders, simulateVidu } from './vidu.ts'

const startMs = Date.UTC(2026, 7, 1, 12)
let nowMs = startMs
let vidu: Simulator

beforeAll(async () => {
  vidu = await simulateVidu({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
})
afterAll(() => vidu.close())
beforeEach(() => {
  nowMs = startMs
})

interface Body {
  task_id?: string
  state?: string
  reason?: string
  message?: string
  err_code?: string
  credits?: number
  payload?: string
  creations?: { id: string; url: string; cover_url: string; video: { resolution: unknown } }[]
  [field: string]: unknown
}

async function call(method: string, path: string, { json, authorization = `Token ${String(vidu.credential['api_key'])}` }: { json?: unknown; authorization?: string } = {}) {
  const response = await fetch(vidu.baseUrl + path, { method, headers: { authorization, 'content-type': 'application/json' }, ...(json !== undefined && { body: JSON.stringify(json) }) })
  return { status: response.status, body: (await response.json()) as Body }
}

const create = (route: string, json: Record<string, unknown>) => call('POST', `/ent/v2/${route}`, { json })
const look = (id: unknown) => call('GET', `/ent/v2/tasks/${String(id)}/creations`)
const PICTURE = 'https://example.com/a.png'

describe('at the door', () => {
  test('401 without the word Token', async () => {
    const { status, body } = await call('POST', '/ent/v2/text2video', { json: {}, authorization: `Bearer ${String(vidu.credential['api_key'])}` })
    expect({ status, ...body }).toMatchObject({ status: 401, code: 401, reason: 'Unauthorized', metadata: { trace_id: expect.any(String) } })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['text2video', { model: 'viduq2' }, 'FieldLacking: prompt'],
    ['text2video', { model: 'viduq2', prompt: 'x', colour: 'red' }, 'FieldUnwanted: colour'],
    ['text2video', { model: 'viduq2', prompt: 'x', images: [PICTURE] }, 'FieldUnwanted: images'],
    ['text2video', { model: 'viduq2', prompt: 'x', duration: '5' }, 'FieldInvalid: duration'],
    ['text2video', { model: 'viduq2', prompt: 'x', duration: 11 }, 'FieldInvalid: duration'],
    ['text2video', { model: 'viduq2', prompt: 'x', resolution: '720P' }, 'FieldInvalid: resolution'],
    ['text2video', { model: 'viduq3-pro', prompt: 'x', resolution: '2K' }, 'FieldInvalid: resolution'],
    ['text2video', { model: 'viduq1', prompt: 'x', aspect_ratio: '4:3' }, 'FieldInvalid: aspect_ratio'],
    ['text2video', { model: 'viduq2', prompt: 'x', style: 'anime' }, 'FieldUnwanted: style'],
    ['text2video', { model: 'viduq2', prompt: 'x', audio: true }, 'FieldUnwanted: audio'],
    ['text2video', { model: 'viduq2', prompt: 'x', callback_url: 'http://example.com' }, 'FieldInvalid: callback_url'],
    ['text2video', { model: 'constructor', prompt: 'x' }, 'ModelUnavailable: model constructor'],
    ['text2video', { model: 'viduq2-pro', prompt: 'x' }, 'ModelUnavailable'],
    ['img2video', { model: 'viduq2-pro', images: [] }, 'FieldItemCountOutOfRange'],
    ['img2video', { model: 'viduq2-pro', images: [PICTURE], aspect_ratio: '16:9' }, 'FieldUnwanted: aspect_ratio'],
    ['img2video', { model: 'viduq2-pro', images: ['iVBORw=='] }, 'ImageFormatInvalid'],
    ['start-end2video', { model: 'viduq2-pro', images: [PICTURE] }, 'FieldItemCountOutOfRange'],
    ['reference2video', { model: 'viduq2', prompt: 'x', images: Array.from({ length: 8 }, () => PICTURE) }, 'FieldItemCountOutOfRange'],
    ['reference2video', { model: 'viduq3-mix', prompt: 'x', subjects: [{ id: 'a', images: [PICTURE] }] }, 'FieldUnwanted: subjects'],
    ['reference2video', { model: 'viduq2', prompt: '@hero', subjects: [{ id: 'a', images: [PICTURE] }] }, 'FieldInvalid: prompt'],
    ['reference2video', { model: 'viduq2', prompt: 'x', subjects: [{ id: 'a', images: [PICTURE, PICTURE, PICTURE, PICTURE] }] }, 'FieldInvalid'],
    ['reference2video', { model: 'viduq2', prompt: 'x', subjects: [{ id: 'a', videos: ['https://example.com/a.mp4'] }] }, 'FieldItemCountOutOfRange'],
    ['extend', { model: 'viduq2-pro' }, 'FieldLacking'],
    ['extend', { model: 'viduq2-pro', video_url: 'https://example.com/a.mp4', seed: 1 }, 'FieldUnwanted: seed'],
    ['extend', { model: 'viduq2-pro', video_url: 'https://example.com/a.mp4', duration: 8 }, 'FieldInvalid: duration'],
  ])('400 of %s for %j', async (route, json, said) => {
    const { status, body } = await create(route, json)
    expect(status).toBe(400)
    expect(`${body.reason}: ${body.message}`).toContain(said)
  })
})

describe('a task', () => {
  test('goes from created to success, with its payload, its price in credits, and files of its true size', async () => {
    const { body } = await create('text2video', { model: 'viduq3-pro', prompt: 'a boat', duration: 2, resolution: '540p', aspect_ratio: '9:16', payload: 'ours' })
    expect(body).toMatchObject({ state: 'created', credits: 28, payload: 'ours', audio: true })
    expect((await look(body.task_id)).body).toMatchObject({ state: 'created', creations: [] })
    nowMs += 5_000
    expect((await look(body.task_id)).body.state).toBe('queueing')
    nowMs += 5_000
    expect((await look(body.task_id)).body.state).toBe('processing')
    nowMs += 50_000
    const { body: done } = await look(body.task_id)
    expect(done).toMatchObject({ state: 'success', err_code: '', credits: 28, payload: 'ours' })
    const [creation] = done.creations!
    expect(creation?.video.resolution).toEqual({ width: 528, height: 960 })
    expect(Buffer.from(await (await fetch(creation!.url)).arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    expect((await fetch(creation!.cover_url)).headers.get('content-type')).toBe('image/png')
    expect((await fetch(`${creation!.url}0`)).status).toBe(403)

    const { status } = await create('extend', { model: 'viduq2-pro', video_creation_id: creation!.id, duration: 1 })
    expect(status).toBe(200)
    expect((await create('extend', { model: 'viduq2-pro', video_creation_id: '17' })).status).toBe(404)
  })

  test.each<[string, Record<string, unknown>, number]>([
    ['text2video', { model: 'viduq2', prompt: 'x', duration: 5, resolution: '720p' }, 35],
    ['text2video', { model: 'viduq3-turbo', prompt: 'x', duration: 16, resolution: '1080p' }, 256],
    ['reference2video', { model: 'viduq2', prompt: 'x', images: [PICTURE], duration: 2, resolution: '1080p', audio: true }, 100],
    ['img2video', { model: 'viduq2-turbo', images: [PICTURE], duration: 1 }, 8],
    ['img2video', { model: 'viduq1', images: [PICTURE] }, 80],
    ['extend', { model: 'viduq2-pro', video_url: 'https://example.com/a.mp4', duration: 2 }, 40],
  ])('of %s %j costs %i credits', async (route, json, credits) => {
    expect((await create(route, json)).body.credits).toBe(credits)
  })

  test('can be stopped while it waits, and not while it runs', async () => {
    const { body: first } = await create('text2video', { model: 'viduq2', prompt: 'one' })
    const stop = (id: unknown) => call('POST', `/ent/v2/tasks/${String(id)}/cancel`, { json: { id } })
    expect(await stop(first.task_id)).toEqual({ status: 200, body: {} })
    expect((await look(first.task_id)).body).toMatchObject({ state: 'failed', err_code: 'UserCancelled' })
    const { body: second } = await create('text2video', { model: 'viduq2', prompt: 'two' })
    nowMs += 10_000
    expect(await stop(second.task_id)).toMatchObject({ status: 400, body: { reason: 'BadRequest', message: 'task state is scheduled, can not cancel' } })
  })

  test('is listed, newest first, without its payload', async () => {
    const { body } = await create('text2video', { model: 'viduq2', prompt: 'listed', payload: 'ours' })
    const { body: page } = await call('GET', '/ent/v2/tasks?pager.pagesz=1')
    expect(page).toMatchObject({ next_page_token: '1', tasks: [{ id: body.task_id, prompt: 'listed' }] })
    expect(JSON.stringify(page)).not.toContain('ours')
    expect((await call('GET', '/ent/v2/tasks?pager.pagesz=101')).body.reason).toBe('PageSizeOutOfRange')
  })

  test.each([
    ['input_moderation', 400, 'TaskPromptPolicyViolation'],
    ['rate_limited', 429, 'TooManyRequests'],
    ['queue_full', 429, 'QuotaExceeded'],
    ['no_money', 400, 'CreditInsufficient'],
    ['server_error', 500, 'InternalServiceFailure'],
  ])('with [[sim:%s]] is refused with %i', async (sentinel, status, reason) => {
    const before = vidu.acceptedCreates()
    const answer = await create('text2video', { model: 'viduq2', prompt: `x [[sim:${sentinel}]]` })
    expect([answer.status, answer.body.reason]).toEqual([status, reason])
    expect(vidu.acceptedCreates()).toBe(before)
  })
})

describe('callbacks', () => {
  /** By the vendor's recipe, with numbers that were worked out by hand. */
  test('are signed by the vendor\'s recipe', () => {
    const headers = signedHeaders('https://gw.example/hooks/vidu?job=42', 'Sat, 01 Aug 2026 08:00:30 GMT', '3f1c2d4e-0000-4000-8000-000000000001', 'vda_test_token_0001')
    expect(headers['x-hmac-signature']).toBe('AzOtKuxDfuDrlwgtIA5pAU7Q+dFOAPZG2AyikfQE5dA=')
  })

  test('tell of processing and of the end, and not of waiting', async () => {
    const told: { state: string; signature: string | undefined }[] = []
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => { text += chunk.toString() }).on('end', () => {
        told.push({ state: String((JSON.parse(text) as Body).state), signature: request.headers['x-hmac-signature'] as string | undefined })
        response.end()
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    try {
      await create('text2video', { model: 'viduq2', prompt: 'x', callback_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=1` })
      await vidu.deliverDue()
      expect(told).toEqual([])
      nowMs += 60_000
      await vidu.deliverDue()
      expect(told.map(({ state }) => state).toSorted()).toEqual(['processing', 'success'])
      expect(told.every(({ signature }) => signature !== undefined)).toBe(true)
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
