import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createPool, withDatabase } from '../../src/db/pool.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { call, createVideo, finishedVideo, post, read, video, type TaskAnswer } from './client.ts'

let genlock: TestGateway
afterEach(() => genlock.close())

const authorized = { authorization: `Bearer sk_test_key_of_the_first_account` }

describe('roles', () => {
  test('what is created at an api process waits there, can be cancelled there, and is worked on by a worker', async () => {
    genlock = await startTestGateway({ environment: { GENLOCK_ROLE: 'api' } })
    const [first, second] = [await createVideo(genlock), await createVideo(genlock)]
    expect((await call<TaskAnswer>(genlock, `/v1/videos/${second.id}/wait?timeout=1`)).body.status).toBe('queued')
    expect((await call<TaskAnswer>(genlock, `/v1/videos/${second.id}/cancel`, { method: 'POST' })).body).toMatchObject({ status: 'cancelled', refunded: true })
    const waiting = call<TaskAnswer>(genlock, `/v1/videos/${first.id}/wait?timeout=30`)
    await genlock.another({ GENLOCK_ROLE: 'worker' })
    const { body } = await waiting
    expect(body.status).toBe('succeeded')
    expect((await fetch(body.output!.url)).status).toBe(200)
    expect((await call<TaskAnswer>(genlock, `/v1/videos/${second.id}`)).body.status).toBe('cancelled')
    expect((await verifyLedger(genlock.database.pool)).violations).toEqual([])
  })

  test('a worker serves its health and its metrics, and nothing else', async () => {
    genlock = await startTestGateway({ environment: { GENLOCK_ROLE: 'worker' } })
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await call(genlock, path)).status, path).toBe(200)
    for (const path of ['/v1/videos', '/v1/models', '/openapi.json', '/v1/files/x.mp4', '/docs/errors', '/upstream/x/y']) expect((await call(genlock, path)).status, path).toBe(404)
    expect((await post(genlock, '/v1/videos', video())).status).toBe(404)
  })
})

describe('stopping', () => {
  test('ends open waits and streams with the task as it is, lets downloads end, and refuses what is new', async () => {
    genlock = await startTestGateway()
    const done = await finishedVideo(genlock)
    const leaving = await genlock.another()
    const { id } = await createVideo(genlock, { prompt: '[[stall]]' })
    const get = (path: string): Promise<Response> => fetch(leaving.url + path, { headers: authorized })
    const download = await get(`/v1/videos/${done.id}/content`)
    const wait = get(`/v1/videos/${id}/wait?timeout=300`)
    const stream = get(`/v1/videos/${id}/events`).then((answer) => answer.text())
    await expect.poll(async () => (await (await get('/metrics')).text()).match(/^genlock_waits_open (\d+)$/m)?.[1], { timeout: 5_000 }).toBe('2')

    const startedMs = performance.now()
    const closed = leaving.close()
    const answer = await read<TaskAnswer>(await wait)
    expect([answer.status, answer.body.id]).toEqual([200, id])
    expect(['queued', 'running']).toContain(answer.body.status)
    expect(await stream).toContain(`"id":"${id}"`)
    expect((await download.arrayBuffer()).byteLength).toBe(done.output!.bytes)
    await closed
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    await expect(get('/healthz')).rejects.toThrow('fetch failed')
    // The other process has not noticed.
    expect((await call(genlock, `/v1/videos/${id}`)).status).toBe(200)
  })

  test('answers what was begun on an open connection, and tells what comes after it to go elsewhere', async () => {
    genlock = await startTestGateway()
    const leaving = await genlock.another()
    const body = JSON.stringify(video({ prompt: '[[stall]]' }))
    const { port, hostname } = new URL(leaving.url)
    const socket = connect(Number(port), hostname)
    const heard = new Promise<string>((resolve) => {
      let text = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (text.endsWith('}') && !text.includes('503')) socket.write(`GET /v1/videos HTTP/1.1\r\nhost: x\r\nauthorization: ${authorized.authorization}\r\n\r\n`)
      }).on('close', () => resolve(text))
    })
    socket.write(`POST /v1/videos HTTP/1.1\r\nhost: x\r\nauthorization: ${authorized.authorization}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 10)}`)
    await expect.poll(async () => (await fetch(`${leaving.url}/healthz`)).status).toBe(200)
    const closed = leaving.close()
    socket.write(body.slice(10))
    const [first, second] = (await heard).split(/(?=HTTP\/1\.1 503)/)
    expect(first).toMatch(/^HTTP\/1\.1 202 /)
    expect(second).toMatch(/"code":"overloaded"/)
    expect(second).toMatch(/connection: close/i)
    expect(second).toMatch(/x-should-retry: true/)
    await closed
  })
})

test('while the database is away reads say that they may come again and creates that they may not, and all mends by itself', async () => {
  genlock = await startTestGateway()
  const { id } = await createVideo(genlock, { prompt: '[[stall]]' })
  const name = (await genlock.database.pool.query<{ name: string }>('select current_database() as name')).rows[0]!.name
  const admin = createPool(withDatabase(genlock.database.connection, 'postgres'), { max: 1 })
  try {
    await admin.query(`alter database ${name} allow_connections false`)
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
    expect((await call(genlock, '/healthz')).status).toBe(200)
    await expect.poll(async () => (await call(genlock, '/readyz')).status, { timeout: 5_000 }).toBe(503)
    const unknown = await call(genlock, `/v1/videos/${id}x`)
    expect([unknown.status, unknown.headers.get('retry-after'), unknown.headers.get('x-should-retry')]).toEqual([503, '1', 'true'])
    const create = await post(genlock, '/v1/videos', video())
    expect([create.status, create.headers.get('x-should-retry')]).toEqual([503, 'false'])
    const keyed = await post(genlock, '/v1/videos', video(), { headers: { 'idempotency-key': 'a' } })
    expect([keyed.status, keyed.headers.get('x-should-retry')]).toEqual([503, 'true'])
    expect(keyed.text).not.toMatch(/database|connection|pg_|ECONN/i)
  } finally {
    await admin.query(`alter database ${name} allow_connections true`)
    await admin.end()
  }
  await expect.poll(async () => (await call(genlock, '/readyz')).status, { timeout: 15_000 }).toBe(200)
  expect((await post(genlock, '/v1/videos', video(), { headers: { 'idempotency-key': 'a' } })).status).toBe(202)
})
