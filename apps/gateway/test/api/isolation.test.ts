import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKey } from '../../src/bootstrap.ts'
import { revokeKey } from '../../src/db/api-key.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { inTransaction } from '../../src/db/pool.ts'
import { dialects, fallbackOwner, sharedRoutes } from '../../src/dialects/index.ts'
import { deriveKeys } from '../../src/keys.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { books, call, createVideo, finishedVideo, form, picture, post, video, type Answer } from './client.ts'

let genlock: TestGateway
/** Of the first account: a video that is done, one that is not, an upload. */
let done: string
let resultUrl: string
let open: string
let upload: { id: string; url: string }
let stranger: string
let revoked: string
let expired: string

beforeAll(async () => {
  genlock = await startTestGateway()
  const finished = await finishedVideo(genlock)
  done = finished.id
  resultUrl = finished.output!.url
  open = (await createVideo(genlock, { prompt: '[[stall]]' })).id
  const { body } = await call<{ data: { id: string; url: string }[] }>(genlock, '/api/upload', { method: 'POST', body: form({ files: { bytes: await picture(), name: 'a.png' } }) })
  upload = body.data[0]!
  stranger = (await genlock.addAccount(10_000_000n)).key
  revoked = await keyOfTheFirst()
  const { rows: [row] } = await genlock.database.pool.query<{ id: string }>('select id from api_key order by created_at desc limit 1')
  await revokeKey(genlock.database.pool, row!.id)
  expired = await keyOfTheFirst(new Date(Date.now() - 1_000))
})
afterAll(() => genlock.close())

const UNKNOWN = 'vid_aaaaaaaaaaaaaaaaaaaaaaaaaa'

const taskRoutes = sharedRoutes(dialects).map(({ method, path, action }) => ({ method: method as string, path, action }))
const routes = [
  ...taskRoutes,
  { method: 'POST', path: '/api/upload', action: 'upload' },
  { method: 'POST', path: '/v1/quotes', action: 'quote' },
]

/** What may be asked of a task and leaves it as it is; what dialects do in their own way is for their own tests. */
const ASKED_BY_OWNER: ReadonlySet<string> = new Set(['read', 'content', 'remix'])

function ask(method: string, path: string, id: string, init: RequestInit & { key?: string } = {}): Promise<Answer> {
  return call(genlock, path.replace(':id', id), { method, ...(method === 'POST' && { body: JSON.stringify({ ...video(), prompt: 'mine now' }) }), ...init })
}

/** All that may differ between two answers to the same question. */
function comparable({ status, body, headers }: Answer): unknown {
  return [status, JSON.stringify(body).replaceAll(/(?:req|vid|img)_\w+/g, 'id'), [...headers].filter(([name]) => !['x-request-id', 'date', 'content-length', 'keep-alive', 'connection'].includes(name))]
}

describe.each(routes)('$method $path', ({ method, path, action }) => {
  test('without a key, or with one that is wrong, revoked or expired, it is refused, whatever is asked for', async () => {
    for (const id of [done, open, UNKNOWN]) {
      const without = await read401(method, path, id, { headers: { authorization: '' } })
      expect(without.headers.get('x-error-code')).toBe('unauthorized')
      const answers = []
      for (const key of ['sk_wrong', revoked, expired]) answers.push(comparable(await read401(method, path, id, { key })))
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    }
  })

  test.runIf(path.includes(':id'))('of another account it is what an unknown id is', async () => {
    for (const id of [done, open]) {
      const foreign = await ask(method, path, id, { key: stranger })
      expect(comparable(foreign)).toEqual(comparable(await ask(method, path, UNKNOWN, { key: stranger })))
      expect(foreign.headers.get('www-authenticate')).toBeNull()
      if (action === 'custom') continue
      expect(foreign.headers.get('x-error-code')).toBe('not_found')
      expect(foreign.status).toBeGreaterThanOrEqual(400)
    }
  })

  test.runIf(path.includes(':id') && ASKED_BY_OWNER.has(action))('of its own account it is there', async () => {
    expect((await ask(method, path, action === 'read' ? open : done)).status).toBeLessThan(403)
  })
})

test('a task of another account stays as it was after all that', async () => {
  expect((await call(genlock, `/v1/videos/${open}`)).body).toMatchObject({ id: open })
  expect((await call(genlock, `/v1/videos/${done}`)).body).toMatchObject({ status: 'succeeded' })
})

test('a list shows only the own', async () => {
  const { body } = await call<{ data: unknown[] }>(genlock, '/v1/videos', { key: stranger })
  expect(body.data).toEqual([])
  expect((await call(genlock, `/v1/videos?after=${done}`, { key: stranger })).text.replaceAll(done, UNKNOWN).replaceAll(/req_\w+/g, ''))
    .toBe((await call(genlock, `/v1/videos?after=${UNKNOWN}`, { key: stranger })).text.replaceAll(/req_\w+/g, ''))
})

test('uploads and results of others are refused as inputs like those that are not there, by id and by link, and nothing is fetched', async () => {
  const before = await books(genlock)
  const strange = [upload.id, upload.url, resultUrl, `${genlock.url}/v1/files/upl_aaaaaaaaaaaaaaaaaaaaaaaaaa-zzzzzz-${'0'.repeat(32)}.png`, `upl_${'a'.repeat(26)}`]
  for (const source of strange) {
    const field = source === resultUrl ? { videos: [source] } : { first_frame: source }
    const answer = await post(genlock, '/v1/videos', video(field), { key: stranger })
    expect(answer.status, source).toBe(422)
    expect((answer.body as { error: { code: string } }).error.code).toBe('invalid_request')
  }
  const foreign = await post(genlock, '/v1/videos', video({ first_frame: upload.id }), { key: stranger })
  const unknown = await post(genlock, '/v1/videos', video({ first_frame: `upl_${'a'.repeat(26)}` }), { key: stranger })
  expect(comparable(foreign)).toEqual(comparable(unknown))
  expect(await books(genlock)).toEqual(before)
})

test('an idempotency key of another account says nothing', async () => {
  const headers = { 'idempotency-key': 'the same for both' }
  const first = await post<{ id: string }>(genlock, '/v1/videos', video({ prompt: '[[stall]]' }), { headers })
  const second = await post<{ id: string }>(genlock, '/v1/videos', video({ prompt: '[[stall]] other' }), { headers, key: stranger })
  expect([first.status, second.status]).toEqual([202, 202])
  expect(second.body.id).not.toBe(first.body.id)
  expect(second.headers.get('idempotent-replayed')).toBeNull()
})

describe('a key', () => {
  const status = async (headers: Record<string, string>, path = `/v1/videos/${done}`): Promise<number> => (await fetch(genlock.url + path, { headers })).status

  test('counts in its header alone', async () => {
    for (const name of ['key', 'api_key', 'token', 'access_token', 'authorization']) expect(await status({}, `/v1/videos/${done}?${name}=${genlock.key}`)).toBe(401)
    expect(await status({ cookie: `authorization=${genlock.key}` })).toBe(401)
    expect(await status({ 'x-api-key': genlock.key })).toBe(401)
  })

  test('counts as it is spelled, after Bearer in any case or as vendors\' clients write it', async () => {
    for (const value of [`bearer ${genlock.key}`, `Token ${genlock.key}`, `Key ${genlock.key}`]) expect(await status({ authorization: value }), value).toBe(200)
    for (const value of [genlock.key, `Bearer ${genlock.key.toUpperCase()}`, `Bearer  ${genlock.key}`, `Bearer ${genlock.key} x`, `Basic ${genlock.key}`, `Bearer "${genlock.key}"`, `Bearer ${genlock.key},`, 'Bearer', 'Bearer ', "Bearer ' or '1'='1", `Bearer ${genlock.key}%00`, `Bearer ${'x'.repeat(8_000)}`]) {
      expect(await status({ authorization: value }), value.slice(0, 60)).toBe(401)
    }
  })

  test('given twice counts not at all', async () => {
    expect(await spoken(`GET /v1/videos/${done} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${genlock.key}\r\nauthorization: Bearer ${genlock.key}\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('is asked for whatever a proxy is said to have done', async () => {
    for (const headers of [{ 'x-forwarded-for': '127.0.0.1' }, { 'x-forwarded-host': 'localhost' }, { 'x-original-url': '/healthz' }, { 'x-rewrite-url': '/healthz' }, { forwarded: 'for=127.0.0.1' }, { 'x-http-method-override': 'OPTIONS' }]) {
      expect(await status(headers)).toBe(401)
    }
  })

  test('that was guessed wrongly too often from one address makes newcomers from there wait, and nobody else', async () => {
    const other = await startTestGateway()
    try {
      expect((await call(other, '/v1/videos')).status).toBe(200)
      const statuses = []
      for (let guess = 0; guess < 65; guess += 1) statuses.push((await call(other, '/v1/videos', { key: `sk_guess_${guess}` })).status)
      expect(statuses.filter((each) => each === 401)).toHaveLength(60)
      const last = await call(other, '/v1/videos', { key: 'sk_one_more' })
      expect(last.status).toBe(429)
      expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
      // A forged address does not help the guesser.
      expect((await call(other, '/v1/videos', { key: 'sk_another', headers: { 'x-forwarded-for': '8.8.8.8' } })).status).toBe(429)
      expect((await call(other, '/v1/videos')).status).toBe(200)
    } finally {
      await other.close()
    }
  })
})

test('nothing is told to pages of other origins, and nothing private is kept by caches', async () => {
  for (const origin of ['null', 'https://evil.example']) {
    const answer = await call(genlock, `/v1/videos/${done}`, { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    const preflight = await fetch(`${genlock.url}/v1/videos`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    expect(preflight.ok).toBe(false)
  }
  expect((await call(genlock, `/v1/videos/${done}/content`, { method: 'HEAD' })).headers.get('cache-control')).toBe('private, no-store')
  for (const path of ['/debug', '/.env', '/admin', '/v1/files/..%2f..%2fsecret', '/docs/..%2f..%2fpackage', '/server-status']) {
    expect((await call(genlock, path)).status, path).toBe(404)
  }
})

async function read401(method: string, path: string, id: string, init: RequestInit & { key?: string }): Promise<Answer> {
  const answer = await ask(method, path, id, init)
  expect(answer.status, answer.text).toBe(unauthorizedStatus(method, path))
  return answer
}

/** 401 nearly everywhere; Black Forest Labs says 403. */
function unauthorizedStatus(method: string, path: string): number {
  const shared = sharedRoutes(dialects).find((route) => route.method === method && route.path === path)
  return shared ? fallbackOwner(shared).dialect.renderError(new GatewayError('unauthorized', ''), { requestId: '', language: 'en', origin: '' }).status : 401
}

async function keyOfTheFirst(expiresAt?: Date): Promise<string> {
  const { rows: [account] } = await genlock.database.pool.query<{ account_id: string }>(`select account_id from api_key where name = 'First key'`)
  const { value } = await inTransaction(genlock.database.pool, (client) => createKey(client, { accountId: account!.account_id, name: 'more', ...(expiresAt && { expiresAt }) }, deriveKeys(genlock.config.secret)))
  return value
}

function spoken(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const { port, hostname } = new URL(genlock.url)
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
    }).on('close', () => resolve(answer))
  })
}
