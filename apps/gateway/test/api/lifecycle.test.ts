import { Validator } from '@seriousme/openapi-schema-validator'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKey } from '../../src/bootstrap.ts'
import { ERROR_CODES } from '../../src/core/errors.ts'
import { inTransaction } from '../../src/db/pool.ts'
import { dialects, sharedRoutes } from '../../src/dialects/index.ts'
import { sweepRetention } from '../../src/engine/sweep.ts'
import type { EngineParts } from '../../src/engine/parts.ts'
import { deriveKeys } from '../../src/keys.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { createStorage } from '../../src/storage/create-storage.ts'
import { signFileName } from '../../src/storage/file-link.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { call, createVideo, finishedVideo, form, picture, post, read, video, type Answer, type TaskAnswer } from './client.ts'

let genlock: TestGateway
/** A finished video that no test changes. */
let done: TaskAnswer

beforeAll(async () => {
  genlock = await startTestGateway()
  done = await finishedVideo(genlock, { seed: 7 })
})
afterAll(async () => {
  expect((await verifyLedger(genlock.database.pool)).violations).toEqual([])
  await genlock.close()
})

const stalled = (rest: Record<string, unknown> = {}): Promise<TaskAnswer> => createVideo(genlock, { prompt: '[[stall]] a boat', ...rest })

async function running(id: string): Promise<TaskAnswer> {
  await expect.poll(async () => (await call(genlock, `/v1/videos/${id}`)).body['status'], { timeout: 10_000 }).toBe('running')
  return (await call<TaskAnswer>(genlock, `/v1/videos/${id}`)).body
}

function codeOf({ body }: Answer): string {
  return (body as { error: { code: string } }).error.code
}

describe('a task', () => {
  test('is what its create said, and in the end has its result and its price', async () => {
    expect(done).toMatchObject({ object: 'video', status: 'succeeded', progress: 100, currency: 'USD', input: { prompt: 'A paper boat', duration_seconds: 4, resolution: '480p', seed: 7 } })
    expect(done.cost_cents).toBeGreaterThan(0)
    expect(done.cost_cents).toBeLessThanOrEqual(done.estimated_cost_cents)
    expect(done.output).toMatchObject({ content_type: 'video/mp4', video_url: done.output!.url })
    expect(done.output!.expires_at).toBeGreaterThan(Date.now() / 1000 + 6 * 86_400)
  })

  test.each(['/', ''])('is read at its address with %j at the end, and each of its links leads somewhere', async (end) => {
    expect((await call(genlock, `/v1/videos/${done.id}${end}`)).body).toEqual(done)
    for (const [name, link] of Object.entries(done.links)) {
      if (name !== 'cancel') expect((await genlock.call(link.replace(genlock.url, ''))).status, name).toBe(200)
    }
  })

  test('that fails gives everything back and says why', async () => {
    const { id } = await createVideo(genlock, { prompt: '[[fail:content_policy]]' })
    const { body } = await call<TaskAnswer>(genlock, `/v1/videos/${id}/wait`)
    expect(body).toMatchObject({ status: 'failed', refunded: true, cost_cents: 0, error: { code: 'content_policy' } })
    expect(codeOf(await call(genlock, `/v1/videos/${id}/content`))).toBe('not_found')
  })

  test('of pictures has each of them', async () => {
    const created = await post<TaskAnswer>(genlock, '/v1/images', { model: 'gpt-image-1', input: { prompt: 'A paper boat', n: 2 } })
    expect(created.status, created.text).toBe(202)
    const { body } = await call<TaskAnswer>(genlock, `/v1/images/${created.body.id}/wait`)
    expect(body.status).toBe('succeeded')
    expect(body.output!.images).toHaveLength(2)
    const bytes = await Promise.all(body.output!.images!.map(async ({ url }) => Buffer.from(await (await fetch(url)).arrayBuffer())))
    for (const each of bytes) expect(each.subarray(1, 4).toString()).toBe('PNG')
    expect(bytes[0]!.equals(bytes[1]!)).toBe(false)
    const second = Buffer.from(await (await genlock.call(`/v1/images/${created.body.id}/content?index=1`)).arrayBuffer())
    expect(second.equals(bytes[1]!)).toBe(true)
  })
})

describe('waiting', () => {
  test('for a task that has ended answers at once', async () => {
    const startedMs = performance.now()
    expect((await call(genlock, `/v1/videos/${done.id}/wait?timeout=300`)).body).toEqual(done)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })

  test('gives the task as it is when the time is up', async () => {
    const { id } = await stalled()
    const { status, body } = await call<TaskAnswer>(genlock, `/v1/videos/${id}/wait?timeout=1`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ id, status: 'running' })
  })

  test.each(['0', '301', 'abc', '1.5', '-1'])('for %s seconds is refused', async (timeout) => {
    const answer = await call(genlock, `/v1/videos/${done.id}/wait?timeout=${timeout}`)
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ error: { param: 'timeout' } })
  })

  test('frees everything when the client goes away', async () => {
    const { id } = await stalled()
    const leaving = new AbortController()
    const waits = Array.from({ length: 5 }, (_, index) => genlock.call(`/v1/videos/${id}/${index % 2 === 0 ? 'wait?timeout=300' : 'events'}`, { signal: leaving.signal }).then((answer) => answer.text()).catch(() => undefined))
    await expect.poll(openWaits, { timeout: 5_000 }).toBe(5)
    leaving.abort()
    await Promise.all(waits)
    await expect.poll(openWaits, { timeout: 5_000 }).toBe(0)
  })

  test('is limited for each key', async () => {
    const other = await genlock.another({ GENLOCK_KEY_WAITS: '1' })
    const { id } = await stalled()
    const leaving = new AbortController()
    const first = fetch(`${other.url}/v1/videos/${id}/wait?timeout=300`, { headers: { authorization: `Bearer ${genlock.key}` }, signal: leaving.signal }).catch(() => undefined)
    await expect.poll(async () => (await fetch(`${other.url}/v1/videos/${id}/wait?timeout=1`, { headers: { authorization: `Bearer ${genlock.key}` } })).status, { timeout: 10_000 }).toBe(429)
    const second = await read(await fetch(`${other.url}/v1/videos/${id}/events`, { headers: { authorization: `Bearer ${genlock.key}` } }))
    expect([second.status, second.headers.get('retry-after'), second.headers.get('x-should-retry')]).toEqual([429, '1', 'true'])
    leaving.abort()
    await first
  })

  test('for what another process works on ends as soon as there', async () => {
    const other = await genlock.another({ GENLOCK_ROLE: 'api' })
    const { id } = await createVideo(genlock)
    const ended = async (origin: string): Promise<number> => {
      const answer = await fetch(`${origin}/v1/videos/${id}/wait`, { headers: { authorization: `Bearer ${genlock.key}` } })
      expect(await answer.json()).toMatchObject({ status: 'succeeded' })
      return performance.now()
    }
    const [here, there] = await Promise.all([ended(genlock.url), ended(other.url)])
    // The back-stop looks every 2 s; the word itself takes some 50 ms.
    expect(there - here).toBeLessThan(1_000)
  })

  async function openWaits(): Promise<number> {
    const { text } = await call(genlock, '/metrics')
    return Number(/^genlock_waits_open (\d+)$/m.exec(text)![1])
  }
})

describe('events', () => {
  test('show each change and end with the task', async () => {
    const { id } = await createVideo(genlock)
    const response = await genlock.call(`/v1/videos/${id}/events`)
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    const events = [...(await response.text()).matchAll(/^event: (\w+)\nid: (\d+)\ndata: (.+)$/gm)].map(([, name, at, data]) => ({ name, at: Number(at), task: JSON.parse(data!) as TaskAnswer }))
    expect(events.at(-1)).toMatchObject({ name: 'done', task: { id, status: 'succeeded' } })
    expect(events.slice(0, -1).every(({ name }) => name === 'task')).toBe(true)
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted((a, b) => a - b))
  })

  test('of a task that has ended are its last', async () => {
    const text = await (await genlock.call(`/v1/videos/${done.id}/events`)).text()
    expect(text.match(/^event: /gm)).toHaveLength(1)
    expect(text).toContain('event: done')
  })
})

describe('a list', () => {
  test('pages through everything once, in both orders', async () => {
    const { key } = await genlock.addAccount(50_000_000n)
    const made: string[] = []
    for (let index = 0; index < 5; index += 1) made.push((await createVideo(genlock, { prompt: `[[stall]] ${index}` }, { key })).id)
    for (const order of ['desc', 'asc']) {
      const seen: string[] = []
      let after = ''
      for (let page = 0; page < 5; page += 1) {
        const { body } = await call<{ data: { id: string }[]; has_more: boolean; last_id: string; first_id: string }>(genlock, `/v1/videos?limit=2&order=${order}${after}`, { key })
        seen.push(...body.data.map(({ id }) => id))
        if (!body.has_more) break
        after = `&after=${body.last_id}`
      }
      expect(seen).toEqual(order === 'asc' ? made : made.toReversed())
    }
    expect((await call<{ data: unknown[]; has_more: boolean }>(genlock, '/v1/videos?limit=0', { key })).body).toMatchObject({ data: [], has_more: true, first_id: null })
    await call(genlock, `/v1/videos/${made[2]}/cancel`, { method: 'POST', key })
    expect((await call(genlock, `/v1/videos/${made[2]}`, { method: 'DELETE', key })).status).toBe(200)
    // What was deleted is still a place to go on from.
    expect((await call<{ data: { id: string }[] }>(genlock, `/v1/videos?order=asc&after=${made[2]}`, { key })).body.data.map(({ id }) => id)).toEqual(made.slice(3))
  })
})

describe('a delete', () => {
  test('hides the task everywhere, ends its links, and lets its files go', async () => {
    const { id, output } = await finishedVideo(genlock, { seed: 8 })
    const other = await genlock.another({ GENLOCK_ROLE: 'api' })
    const elsewhere = (path: string): Promise<Response> => fetch(other.url + path, { headers: { authorization: `Bearer ${genlock.key}` } })
    expect((await elsewhere(`/v1/videos/${id}`)).status).toBe(200)
    expect((await call(genlock, `/v1/videos/${id}`, { method: 'DELETE' })).body).toEqual({ id, object: 'video.deleted', deleted: true })
    for (const path of ['', '/wait', '/events', '/content', '/download']) expect((await call(genlock, `/v1/videos/${id}${path}`)).status).toBe(404)
    expect((await call(genlock, `/v1/videos/${id}`, { method: 'DELETE' })).status).toBe(404)
    expect((await call(genlock, `/v1/videos/${id}/cancel`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(output!.url)).status).toBe(404)
    expect((await call(genlock, '/v1/videos?limit=100')).text).not.toContain(id)
    await expect.poll(async () => (await elsewhere(`/v1/videos/${id}`)).status, { timeout: 1_500 }).toBe(404)

    const storage = await createStorage(genlock.config.storage)
    expect(await storage.stat(`outputs/${id}/0.mp4`)).toBeDefined()
    await sweepRetention({ pool: genlock.database.pool, storage } as EngineParts)
    expect(await storage.stat(`outputs/${id}/0.mp4`)).toBeUndefined()
    expect(await storage.stat(`outputs/${done.id}/0.mp4`)).toBeDefined()
    await storage.close()
  })

  test('of a task that has not ended is refused', async () => {
    const { id } = await stalled()
    const answer = await call(genlock, `/v1/videos/${id}`, { method: 'DELETE' })
    expect([answer.status, codeOf(answer), answer.headers.get('x-should-retry')]).toEqual([409, 'not_cancellable', 'false'])
  })
})

describe('a cancel', () => {
  test('of a running task stops it and gives everything back; again, it stays so', async () => {
    const { id } = await stalled()
    await running(id)
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await call<TaskAnswer>(genlock, `/v1/videos/${id}/cancel`, { method: 'POST' })
      expect([status, body.status, body.refunded, body.cost_cents]).toEqual([200, 'cancelled', true, 0])
    }
  })

  test('ends the waits for it', async () => {
    const { id } = await stalled()
    await running(id)
    const wait = call<TaskAnswer>(genlock, `/v1/videos/${id}/wait?timeout=60`)
    await call(genlock, `/v1/videos/${id}/cancel`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '' })
    expect((await wait).body.status).toBe('cancelled')
  })

  test('of a task that has ended is refused', async () => {
    const answer = await call(genlock, `/v1/videos/${done.id}/cancel`, { method: 'POST' })
    expect([answer.status, codeOf(answer)]).toEqual([409, 'not_cancellable'])
  })

  test('shows in the words of the wire that the task was born in', async () => {
    const { body: created } = await post<TaskAnswer>(genlock, '/v1/videos', { model: 'seedance-2.0-pro', prompt: '[[stall]]', seconds: '4', resolution: '480p' })
    expect((await call(genlock, `/v1/videos/${created.id}/cancel`, { method: 'POST' })).body).toMatchObject({ status: 'failed', error: { code: 'cancelled' } })
  })
})

describe('an idempotency key', () => {
  const keyed = (key: string): { headers: Record<string, string> } => ({ headers: { 'idempotency-key': key } })

  test('gives the first answer again, in whatever order the body comes, and in another process', async () => {
    const first = await post<TaskAnswer>(genlock, '/v1/videos', video({ prompt: '[[stall]]' }), keyed('one'))
    const turned = { input: { resolution: '480p', prompt: '[[stall]]', duration_seconds: 4 }, model: 'seedance-2.0-pro' }
    const again = await post<TaskAnswer>(genlock, '/v1/videos/?x=1', turned, keyed('one'))
    expect([first.status, again.status, again.text]).toEqual([202, 202, first.text])
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([null, 'true'])
    const other = await genlock.another({ GENLOCK_ROLE: 'api' })
    const there = await read(await fetch(`${other.url}/v1/videos`, { method: 'POST', body: JSON.stringify(turned), headers: { 'authorization': `Bearer ${genlock.key}`, 'content-type': 'application/json', 'idempotency-key': 'one' } }))
    expect([there.text, there.headers.get('idempotent-replayed')]).toEqual([first.text, 'true'])
  })

  test('with another body is a mistake', async () => {
    await post(genlock, '/v1/videos', video({ prompt: '[[stall]]' }), keyed('two'))
    for (const [path, body] of [['/v1/videos', video({ prompt: '[[stall]] ' })], ['/v1/videos', { model: 'seedance-2.0-pro', prompt: '[[stall]]', seconds: '4' }], ['/v1/images', { model: 'gpt-image-1', input: { prompt: 'x' } }]] as const) {
      const answer = await post(genlock, path, body, keyed('two'))
      expect([answer.status, codeOf(answer), answer.headers.get('x-should-retry')]).toEqual([422, 'idempotency_mismatch', 'false'])
    }
  })

  test('sees the same form under another boundary', async () => {
    const bytes = await picture()
    const answers = []
    for (let time = 0; time < 2; time += 1) {
      answers.push(await call<TaskAnswer>(genlock, '/v1/videos', { method: 'POST', body: form({ model: 'seedance-2.0-pro', prompt: '[[stall]]', seconds: '4', resolution: '480p', input_reference: { bytes, name: `${time}.png` } }), ...keyed('three') }))
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(answers[1]!.text).toBe(answers[0]!.text)
    expect(answers[1]!.headers.get('idempotent-replayed')).toBe('true')
  })

  test('makes one task of many requests at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post<TaskAnswer>(genlock, '/v1/videos', video({ prompt: '[[stall]] once' }), keyed('four'))))
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1)
  })

  test('of a refused request may be used again', async () => {
    expect((await post(genlock, '/v1/videos', video({ seed: 'x' }), keyed('five'))).status).toBe(422)
    expect((await post(genlock, '/v1/videos', video({ prompt: '[[stall]]' }), keyed('five'))).status).toBe(202)
  })
})

describe('content', () => {
  test('is the stored file, whole, in parts, by its tag, and by its other name', async () => {
    const whole = await genlock.call(`/v1/videos/${done.id}/content`)
    const bytes = Buffer.from(await whole.arrayBuffer())
    expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([done.output!.bytes, done.output!.sha256])
    expect(Object.fromEntries(['content-type', 'content-length', 'accept-ranges', 'x-content-type-options', 'content-disposition', 'cache-control'].map((name) => [name, whole.headers.get(name)]))).toEqual({
      'content-type': 'video/mp4', 'content-length': String(bytes.length), 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff', 'content-disposition': `inline; filename="${done.id}.mp4"`, 'cache-control': 'private, no-store',
    })
    const tag = whole.headers.get('etag')!
    const head = await genlock.call(`/v1/videos/${done.id}/content`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag'), (await head.arrayBuffer()).byteLength]).toEqual([200, String(bytes.length), tag, 0])
    const part = await genlock.call(`/v1/videos/${done.id}/content`, { headers: { 'range': 'bytes=-10', 'if-range': tag } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${bytes.length - 10}-${bytes.length - 1}/${bytes.length}`])
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(-10))).toBe(true)
    expect((await genlock.call(`/v1/videos/${done.id}/content`, { headers: { 'if-none-match': tag } })).status).toBe(304)
    expect((await genlock.call(`/v1/videos/${done.id}/content`, { headers: { range: `bytes=${bytes.length}-` } })).status).toBe(416)
    expect(Buffer.from(await (await genlock.call(`/v1/videos/${done.id}/download`)).arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('that is not there yet is 404 and says so', async () => {
    const { id } = await stalled()
    await running(id)
    const answer = await call(genlock, `/v1/videos/${id}/content`)
    expect([answer.status, codeOf(answer), answer.headers.get('retry-after')]).toEqual([404, 'not_ready', '2'])
  })

  test.each(['variant=thumbnail', 'index=1', 'index=99'])('that there never is (%s) is 404', async (query) => {
    expect((await call(genlock, `/v1/videos/${done.id}/content?${query}`)).status).toBe(404)
  })

  test('that has expired is gone, before it is swept and after, and its file missing is no failure of the server', async () => {
    const { id, output } = await finishedVideo(genlock, { seed: 9 })
    const storage = await createStorage(genlock.config.storage)
    await storage.delete(`outputs/${id}/0.mp4`)
    await storage.close()
    expect([(await call(genlock, `/v1/videos/${id}/content`)).status, (await fetch(output!.url)).status]).toEqual([404, 404])
    await genlock.database.pool.query(`update task set expires_at = now() - interval '1 s' where id = $1`, [id])
    const other = await genlock.another({ GENLOCK_ROLE: 'api' })
    const answer = await read(await fetch(`${other.url}/v1/videos/${id}/content`, { headers: { authorization: `Bearer ${genlock.key}` } }))
    expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
  })
})

describe('a signed link', () => {
  const key = (): Buffer => deriveKeys(genlock.config.secret).fileLink
  const named = (subject: string, expiresAtMs: number): string => `${genlock.url}/v1/files/${signFileName({ subject, extension: 'mp4', expiresAtMs }, key())}`

  test('needs no key, ends in .mp4, and gives a file that runs nothing', async () => {
    expect(new URL(done.output!.url).pathname).toMatch(/\.mp4$/)
    const answer = await fetch(done.output!.url)
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-security-policy'), answer.headers.get('set-cookie')]).toEqual([200, 'video/mp4', "sandbox; default-src 'none'", null])
    expect((await answer.arrayBuffer()).byteLength).toBe(done.output!.bytes)
  })

  test('that was changed, has ended, or leads nowhere is not found', async () => {
    const good = named(`${done.id}-0`, Date.now() + 60_000)
    expect((await fetch(good)).status).toBe(200)
    const bad = [
      good.replace(/(.)\.mp4$/, (_, last: string) => `${last === '0' ? '1' : '0'}.mp4`), good.replace('.mp4', '.html'), good.replace(`${done.id}-0`, `${done.id}-1`), good.toUpperCase().replace(genlock.url.toUpperCase(), genlock.url),
      named(`${done.id}-0`, Date.now() - 1_000), named(`${done.id}-7`, Date.now() + 60_000), named('vid_nothing-0', Date.now() + 60_000), named('upl_nothing', Date.now() + 60_000), named(done.id, Date.now() + 60_000),
    ]
    for (const url of bad) expect((await fetch(url)).status, url).toBe(404)
  })
})

describe('a quote', () => {
  test.each([
    ['native', video()], ['native, with sound and n', video({ audio: true, duration_seconds: 7, resolution: '720p' })], ['OpenAI', { model: 'sora-2', prompt: 'x', seconds: '8' }], ['flat', { model: 'sora-2', prompt: 'x', duration: 4 }],
    ['of pictures', { model: 'gpt-image-1', input: { prompt: 'x', n: 3 } }],
  ])('is what the create holds: %s', async (_, body) => {
    const quote = await post<{ estimated_cost_cents: number; lines: { cost_cents: number }[]; rate_card: string }>(genlock, '/v1/quotes', body)
    expect(quote.status, quote.text).toBe(200)
    const created = await post<TaskAnswer>(genlock, 'model' in body && body.model === 'gpt-image-1' ? '/v1/images' : '/v1/videos', body)
    expect(quote.body.estimated_cost_cents).toBe(created.body.estimated_cost_cents)
    expect(quote.body.rate_card).not.toBe('')
  })

  test('checks what a create checks', async () => {
    const answer = await post(genlock, '/v1/quotes', video({ duration_seconds: 1e9 }))
    expect([answer.status, answer.body]).toMatchObject([422, { error: { param: 'input.duration_seconds' } }])
  })
})

describe('what a key may do', () => {
  test('is bounded by its models', async () => {
    const key = await keyWith({ models: ['sora-2'] })
    const { body } = await call<{ data: { id: string }[] }>(genlock, '/v1/models', { key })
    expect(body.data.map(({ id }) => id)).toEqual(['sora-2'])
    expect((await call(genlock, '/v1/models/sora-2', { key })).status).toBe(200)
    expect((await call(genlock, '/v1/models/seedance-2.0-pro', { key })).status).toBe(404)
    for (const path of ['/v1/videos', '/v1/quotes']) {
      const answer = await post(genlock, path, video(), { key })
      expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
    }
    // By another name it is the same model.
    const alias = await post(genlock, '/v1/videos', video({}, { model: 'doubao-seedance-2-0-260128' }), { key })
    expect(alias.status).toBe(403)
  })

  test('is bounded by its budget, to the last of many at once', async () => {
    const { estimated_cost_cents: cents } = await stalled()
    const key = await keyWith({ budgetMicros: BigInt(Math.round(cents * 10_000)) * 3n })
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(genlock, '/v1/videos', video({ prompt: '[[stall]]' }), { key })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 202, ...Array<number>(7).fill(402)])
    expect(codeOf(answers.find(({ status }) => status === 402)!)).toBe('insufficient_credits')
  })

  test('is bounded by the balance of its account', async () => {
    const { key } = await genlock.addAccount(0n)
    const bytes = await picture()
    for (const body of [video(), video({ first_frame: `data:image/png;base64,${bytes.toString('base64')}` })]) {
      const answer = await post(genlock, '/v1/videos', body, { key })
      expect([answer.status, codeOf(answer), answer.headers.get('x-should-retry')]).toEqual([402, 'insufficient_credits', 'false'])
    }
    const { rows: [uploads] } = await genlock.database.pool.query(`select count(*) from upload u join api_key k on k.account_id = u.account_id where k.prefix = $1 and k.name = 'another key'`, [key.slice(0, 8)])
    expect(uploads).toEqual({ count: 0n })
  })

  test('is bounded by its group, and says which group it needs', async () => {
    const channel = { provider: 'volcengine-ark', base_url: 'http://127.0.0.1:9', credential: { api_key: 'a-key-for-tests' } }
    const grouped = await startTestGateway({ channels: [
      { ...channel, id: 'a', groups: ['视频'], models: { 'seedance-2.0-pro': 'x' } },
      { ...channel, id: 'b', models: { 'seedance-1.0-pro': 'y' } },
    ] })
    try {
      const answer = await post(grouped, '/v1/videos', { model: 'seedance-2.0-pro', prompt: 'x', duration: 4 })
      expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
      expect((answer.body as { error: { message: string } }).error.message).toContain('视频')
      const { body } = await call<{ data: { id: string }[] }>(grouped, '/v1/models')
      expect(body.data.map(({ id }) => id)).toEqual(['seedance-1.0-pro'])
      expect((await post(grouped, '/v1/videos', { model: 'sora-2', prompt: 'x', duration: 4 })).status).toBe(404)
    } finally {
      await grouped.close()
    }
  })

  test('is bounded in a minute, and others are not', async () => {
    const slow = await startTestGateway({ environment: { GENLOCK_KEY_RPM: '3' } })
    try {
      const statuses = []
      for (let time = 0; time < 5; time += 1) statuses.push((await post(slow, '/v1/quotes', video())).status)
      expect(statuses).toEqual([200, 200, 200, 429, 429])
      const answer = await post(slow, '/v1/videos', video())
      expect([answer.status, codeOf(answer), answer.headers.get('x-should-retry')]).toEqual([429, 'rate_limited', 'true'])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await call(slow, '/v1/videos/vid_x')).status).toBe(404)
      expect((await post(slow, '/v1/quotes', video(), { key: (await slow.addAccount(0n)).key })).status).toBe(200)
    } finally {
      await slow.close()
    }
  })

  async function keyWith(rest: { models?: string[]; budgetMicros?: bigint }): Promise<string> {
    const { rows: [account] } = await genlock.database.pool.query<{ account_id: string }>(`select account_id from api_key where name = 'First key'`)
    return (await inTransaction(genlock.database.pool, (client) => createKey(client, { accountId: account!.account_id, name: 'more', ...rest }, deriveKeys(genlock.config.secret)))).value
  }
})

describe('inputs', () => {
  test('may be an upload by its id or its link, a data URI, or a part of a form', async () => {
    const bytes = await picture()
    const { body: { data } } = await call<{ data: { id: string; url: string; size: number; content_type: string; filename: string; key: string }[] }>(genlock, '/api/upload', { method: 'POST', body: form({ files: { bytes, name: 'boat "1"\r\n.png', type: 'text/html' } }) })
    expect(data[0]).toMatchObject({ size: bytes.length, content_type: 'image/png' })
    const shown = await fetch(data[0]!.url)
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(Buffer.from(await shown.arrayBuffer()).equals(bytes)).toBe(true)
    const sources = [data[0]!.id, data[0]!.url, `data:image/png;base64,${bytes.toString('base64')}`, bytes.toString('base64')]
    const tasks = await Promise.all(sources.map((source) => createVideo(genlock, { first_frame: source })))
    const formed = await call<TaskAnswer>(genlock, '/v1/videos', { method: 'POST', body: form({ model: 'seedance-2.0-pro', prompt: 'A boat', seconds: '4', resolution: '480p', input_reference: { bytes, name: 'a.png' } }) })
    for (const { id } of [...tasks, formed.body]) {
      const { body } = await call<TaskAnswer>(genlock, `/v1/videos/${id}/wait`)
      expect(['succeeded', 'completed'], JSON.stringify(body)).toContain(body.status)
    }
    const { body: first } = await call<TaskAnswer>(genlock, `/v1/videos/${tasks[0]!.id}`)
    expect((await fetch(first.input.images![0]!.url)).status).toBe(200)
  })

  test('may be a result of the account itself', async () => {
    const answer = await post<TaskAnswer>(genlock, '/v1/videos', video({ videos: [done.output!.url], prompt: '[[stall]]' }))
    expect(answer.status, answer.text).toBe(202)
  })

  test('that are videos are priced by their measured length where we have them, and by the longest allowed where not', async () => {
    const priceWith = async (videos: string[]): Promise<number> =>
      (await post<{ estimated_cost_cents: number }>(genlock, '/v1/quotes', video({ videos, aspect_ratio: '16:9' }))).body.estimated_cost_cents
    // 480p of Seedance 2.0 with a video among the inputs: 864x496, 24 frames, $4.3 a million tokens; done is 4 s long.
    const cents = (seconds: number): number => (864 * 496 * 24 * seconds) / 1024 / 1e6 * 4.3 * 100
    expect(await priceWith([done.output!.url])).toBeCloseTo(cents(4 + done.output!.duration_seconds), 2)
    expect(await priceWith(['https://example.com/clip.mp4'])).toBeCloseTo(cents(4 + 15), 2)
  })
})

describe('what is said of the server itself', () => {
  test('that it lives and is ready', async () => {
    expect((await call(genlock, '/healthz')).body).toEqual({ status: 'ok' })
    expect((await call(genlock, '/readyz')).body).toEqual({ status: 'ready', checks: { started: true, database: true, feed: true } })
  })

  test('to this machine alone, what it counts', async () => {
    expect((await call(genlock, '/metrics')).text).toMatch(/^genlock_creates_total\{dialect="genlock",outcome="created"\} \d+$/m)
    for (const headers of [{ 'x-forwarded-for': '127.0.0.1' }, { forwarded: 'for=x' }, { via: '1.1 proxy' }]) expect((await call(genlock, '/metrics', { headers })).status).toBe(404)
  })

  test('to whoever has the token, what it counts', async () => {
    const guarded = await genlock.another({ GENLOCK_METRICS_TOKEN: 'a-token-of-the-operator', GENLOCK_ROLE: 'worker' })
    const status = async (token?: string): Promise<number> => (await fetch(`${guarded.url}/metrics`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })).status
    expect([await status(), await status(genlock.key), await status('a-token-of-the-operator')]).toEqual([404, 404, 200])
  })

  test('in Chinese to those who prefer it', async () => {
    const message = async (language: string): Promise<string> => ((await call(genlock, '/v1/videos/vid_x', { headers: { 'accept-language': language } })).body as { error: { message: string } }).error.message
    expect(await message('zh-CN,zh;q=0.9,en;q=0.8')).toMatch(/未找到/)
    expect(await message('en-US,en;q=0.9,zh;q=0.8')).toMatch(/no task/)
    expect(await message('fr;q=1,zh;q=0.5')).toMatch(/未找到/)
    expect(await message(';;;q=,,,')).toMatch(/no task/)
  })

  test('the whole API, for tools, under the address that they asked', async () => {
    const { body } = await call<{ servers: unknown; paths: Record<string, unknown> }>(genlock, '/openapi.json')
    expect(await new Validator().validate(body)).toEqual({ valid: true })
    expect(body.servers).toEqual([{ url: genlock.url }])
    for (const { path } of sharedRoutes(dialects)) expect(Object.keys(body.paths)).toContain(path.replaceAll(/:(\w+)/g, '{$1}'))
  })

  test('describes one dialect alone where that is asked for', async () => {
    const whole = await call<{ paths: Record<string, unknown> }>(genlock, '/openapi.json')
    const one = await call<{ paths: Record<string, unknown> }>(genlock, '/openapi.json?dialect=flat')
    expect(Object.keys(one.body.paths)).toContain('/v1/videos')
    expect(Object.keys(one.body.paths).length).toBeLessThan(Object.keys(whole.body.paths).length / 4)
    expect((await call(genlock, '/openapi.json?dialect=none')).headers.get('x-error-code')).toBe('invalid_request')
    expect((await call(genlock, '/openapi.json?dialect=flat&dialect=genlock')).status).toBe(422)
  })

  test('every error, at the place that its answer links to', async () => {
    const answer = await call(genlock, '/docs/errors')
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-security-policy')]).toEqual([200, 'text/html; charset=utf-8', expect.stringContaining("default-src 'none'")])
    for (const code of Object.keys(ERROR_CODES)) expect(answer.text).toContain(` id="${code}"`)
    expect(answer.text).not.toMatch(/<script|<img|javascript:/i)
    for (const page of ['nothing', '..%2fREADME', 'errors.md', '%2e%2e', 'decisions']) expect((await call(genlock, `/docs/${page}`)).status).toBe(404)
  })

  test('405 with the methods there are, 404 where nothing is', async () => {
    const wrong = await call(genlock, '/v1/videos', { method: 'PUT', body: '{}' })
    expect([wrong.status, codeOf(wrong), wrong.headers.get('allow')]).toEqual([405, 'method_not_allowed', 'GET, HEAD, POST'])
    expect((await call(genlock, `/v1/videos/${done.id}`, { method: 'PATCH' })).headers.get('allow')).toBe('DELETE, GET, HEAD')
    const nothing = await call(genlock, '/v2/videos')
    expect([nothing.status, codeOf(nothing)]).toEqual([404, 'not_found'])
    expect(nothing.headers.get('x-request-id')).toBe((nothing.body as { error: { request_id: string } }).error.request_id)
  })
})
