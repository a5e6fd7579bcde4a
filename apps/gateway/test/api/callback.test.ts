import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { webhookSecretText } from '../../src/core/secrets.ts'
import { deriveKeys } from '../../src/keys.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { call, post, video, type TaskAnswer } from './client.ts'

interface Told {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

let genlock: TestGateway
let receiver: Server
let address: string
const told: Told[] = []
/** What the receiver answers next; 200 when there is nothing left. */
let answers: { status: number; headers?: Record<string, string> }[] = []

beforeAll(async () => {
  genlock = await startTestGateway()
  receiver = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    }).on('end', () => {
      told.push({ path: request.url!, headers: request.headers, body })
      const { status, headers } = answers.shift() ?? { status: 200 }
      response.writeHead(status, headers).end('<html>anything</html>')
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => receiver.once('listening', resolve))
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
})
afterAll(async () => {
  await genlock.close()
  receiver.close()
})
afterEach(() => {
  answers = []
})

const toldAt = (path: string): Told[] => told.filter((each) => each.path === path)

async function ended(id: string): Promise<TaskAnswer> {
  return (await call<TaskAnswer>(genlock, `/v1/videos/${id}/wait`)).body
}

test('a caller is told once that a task has ended, in the task\'s own wire and signed', async () => {
  const { body: created } = await post<TaskAnswer>(genlock, '/v1/videos', video({}, { callback_url: `${address}/native?a=1`, metadata: { scene: '12' } }))
  const task = await ended(created.id)
  await expect.poll(() => toldAt('/native?a=1').length, { timeout: 10_000 }).toBe(1)
  const { headers, body } = toldAt('/native?a=1')[0]!
  const event = JSON.parse(body) as { id: string; type: string; timestamp: string; data: TaskAnswer }
  expect(event).toMatchObject({ type: 'video.succeeded', data: { id: created.id, status: 'succeeded', cost_cents: task.cost_cents, metadata: { scene: '12' } } })
  expect(headers['content-type']).toBe('application/json')
  expect(headers['webhook-id']).toBe(event.id)
  expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60)
  // By hand, as standardwebhooks.com describes it, from the secret as `genlock webhooks secret` shows it.
  const { rows: [account] } = await genlock.database.pool.query<{ account_id: string }>('select account_id from task where id = $1', [created.id])
  const shown = webhookSecretText(deriveKeys(genlock.config.secret).webhook, account!.account_id)
  const expected = createHmac('sha256', Buffer.from(shown.slice('whsec_'.length), 'base64')).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${expected}`)
  // The link in it works as it stands.
  expect((await fetch(event.data.output!.url)).status).toBe(200)
})

test('is told of failures and cancels too, and in the words of another wire', async () => {
  const { body: failing } = await post<TaskAnswer>(genlock, '/v1/videos', { model: 'seedance-2.0-pro', prompt: '[[fail:content_policy]]', seconds: '4', resolution: '480p', callback_url: `${address}/failed` })
  const { body: stalling } = await post<TaskAnswer>(genlock, '/v1/videos', video({ prompt: '[[stall]]' }, { callback_url: `${address}/cancelled` }))
  await ended(failing.id)
  await call(genlock, `/v1/videos/${stalling.id}/cancel`, { method: 'POST' })
  await expect.poll(() => toldAt('/failed').length + toldAt('/cancelled').length, { timeout: 10_000 }).toBe(2)
  expect(JSON.parse(toldAt('/failed')[0]!.body)).toMatchObject({ type: 'video.failed', data: { status: 'failed', error: { code: 'content_policy' }, seconds: '4' } })
  expect(JSON.parse(toldAt('/cancelled')[0]!.body)).toMatchObject({ type: 'video.cancelled', data: { status: 'cancelled', refunded: true } })
})

test('a receiver that fails or redirects is told again, with the same id, and never led elsewhere', async () => {
  answers = [{ status: 500 }, { status: 307, headers: { location: `${address}/elsewhere` } }]
  const { body: created } = await post<TaskAnswer>(genlock, '/v1/videos', video({ prompt: '[[fail:timeout]]' }, { callback_url: `${address}/again` }))
  await ended(created.id)
  await expect.poll(() => toldAt('/again').length, { timeout: 30_000 }).toBe(3)
  expect(new Set(toldAt('/again').map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(toldAt('/elsewhere')).toEqual([])
})

test('an address nearby is not called without the operator\'s leave, whoever let it in', async () => {
  const careful = await startTestGateway({ environment: { GENLOCK_ROLE: 'api' } })
  try {
    const { status, body } = await post<TaskAnswer>(careful, '/v1/videos', video({ prompt: '[[fail:timeout]]' }, { callback_url: `${address}/private` }))
    expect(status).toBe(202)
    await careful.another({ GENLOCK_ROLE: 'worker', GENLOCK_EGRESS_ALLOW: '' })
    expect((await call<TaskAnswer>(careful, `/v1/videos/${body.id}/wait`)).body.status).toBe('failed')
    await expect.poll(async () => (await careful.database.pool.query<{ retry_count: number }>(`select retry_count from pgboss.job where name = 'deliver'`)).rows[0]?.retry_count, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(toldAt('/private')).toEqual([])
  } finally {
    await careful.close()
  }
})
