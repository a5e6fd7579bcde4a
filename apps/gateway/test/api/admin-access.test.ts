import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, TEST_KEY, type TestGateway } from '../support/gateway.ts'
import { admin, ADMIN_TOKEN, WITH_ADMIN, type AdminDocument } from './admin-client.ts'
import { call } from './client.ts'

let genlock: TestGateway
beforeAll(async () => {
  genlock = await startTestGateway({ environment: WITH_ADMIN })
})
afterAll(() => genlock.close())

async function routes(): Promise<{ method: string; path: string }[]> {
  const { body } = await admin<AdminDocument>(genlock, 'GET', '/openapi.json')
  return Object.entries(body.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, 'x') })))
}

describe('every route of the admin API', () => {
  test('is closed without the operator\'s token, whatever else is shown, and says so in the native shape', async () => {
    const all = [...await routes(), { method: 'GET', path: '/admin/openapi.json' }]
    expect(all.length).toBeGreaterThan(18)
    // From other addresses, so that nobody takes the many for a guesser.
    for (const { method, path } of all) {
      for (const authorization of [undefined, `Bearer ${TEST_KEY}`, `Basic ${ADMIN_TOKEN}`, ADMIN_TOKEN, `Bearer ${ADMIN_TOKEN}x`, `Bearer ${ADMIN_TOKEN.toUpperCase()}`]) {
        const answer = await genlock.gateway.app.inject({
          method: method as 'GET', url: path, remoteAddress: `10.0.0.${1 + Math.floor(Math.random() * 200)}`,
          headers: { ...(authorization !== undefined && { authorization }), 'content-type': 'application/json' }, ...(method !== 'GET' && method !== 'DELETE' && { payload: '{}' }),
        })
        expect([method, path, answer.statusCode]).toEqual([method, path, expect.toBeOneOf([401, 429])])
        expect(answer.json()).toMatchObject({ error: { code: expect.stringMatching(/unauthorized|rate_limited/), request_id: expect.any(String) } })
      }
    }
  })

  test('takes no token from the query, and no body before a token was shown', async () => {
    const answer = await genlock.gateway.app.inject({ method: 'POST', url: `/admin/channels?token=${ADMIN_TOKEN}`, remoteAddress: '10.9.9.9', headers: { 'content-type': 'application/json' }, payload: '{"broken' })
    expect(answer.statusCode).toBe(401)
  })

  test('is in a document of its own, and in no other', async () => {
    const { body } = await admin<AdminDocument>(genlock, 'GET', '/openapi.json')
    expect(Object.keys(body.paths)).toContain('/admin/channels/{id}/credentials/{credentialId}')
    expect((await call(genlock, '/openapi.json')).text).not.toContain('/admin')
  })
})

test('an address that guesses has to wait, though it may come upon the token', async () => {
  const ask = (token: string, address: string) => genlock.gateway.app.inject({ method: 'GET', url: '/admin/channels', remoteAddress: address, headers: { authorization: `Bearer ${token}` } })
  const statuses: number[] = []
  for (let index = 0; index < 22; index += 1) statuses.push((await ask(`guess-${index}`, '10.1.1.1')).statusCode)
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), 429, 429])
  const right = await ask(ADMIN_TOKEN, '10.1.1.1')
  expect([right.statusCode, right.headers['retry-after']]).toEqual([429, expect.stringMatching(/^\d+$/)])
  expect((await ask(ADMIN_TOKEN, '10.1.1.2')).statusCode).toBe(200)
})

test('what is no field, no query and no channel is named', async () => {
  expect(await admin(genlock, 'POST', '/channels', { id: 'a', provider: 'volcengine-ark', credential: { api_key: 'x' }, colour: 'red' })).toMatchObject({ status: 422, body: { error: { param: 'colour' } } })
  expect(await admin(genlock, 'POST', '/channels', { id: 'a', provider: 'volcengine-ark', credential: { api_key: 'x' }, limits: { rpm: 0 } })).toMatchObject({ status: 422, body: { error: { param: 'limits.rpm' } } })
  expect(await admin(genlock, 'POST', '/channels', { id: 'a', provider: 'volcengine-ark', credential: {} })).toMatchObject({ status: 422, body: { error: { param: 'credential.api_key' } } })
  expect(await admin(genlock, 'GET', '/costs?by=colour')).toMatchObject({ status: 422, body: { error: { param: 'by' } } })
  expect(await admin(genlock, 'GET', '/channels?colour=red')).toMatchObject({ status: 422, body: { error: { param: 'colour' } } })
  for (const [method, path] of [['GET', '/channels/none'], ['POST', '/channels/none/drain'], ['DELETE', '/channels/none'], ['GET', '/tasks/vid_none'], ['POST', '/channels/none/test']] as const) {
    expect(await admin(genlock, method, path)).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  }
})

test('a misspelt field of a credential or of settings is named, and not left out', async () => {
  const channel = { id: 'a', provider: 'openai', credential: { api_key: 'x' } }
  expect(await admin(genlock, 'POST', '/channels', { ...channel, credential: { api_key: 'x', organisation: 'o' } })).toMatchObject({ status: 422, body: { error: { param: 'credential.organisation' } } })
  expect(await admin(genlock, 'POST', '/channels', { ...channel, settings: { limit: 'server' } })).toMatchObject({ status: 422, body: { error: { param: 'settings.limit' } } })
  expect(await admin(genlock, 'POST', '/channels', { ...channel, provider: 'kling', credential: { access_key: 'a' } })).toMatchObject({ status: 422, body: { error: { param: 'credential.secret_key', message: 'credential.secret_key is required' } } })
  expect(await admin(genlock, 'POST', '/channels', { ...channel, credentials: [{ credential: { api_key: 'y' } }] })).toMatchObject({ status: 422, body: { error: { message: 'credential cannot stand beside credentials' } } })
})

test.each(['two\r\nX-Other: lines', '密钥', 'k'.repeat(8_193)])('a credential with which no call could be made is refused when it is given: %j', async (key) => {
  const answer = await admin(genlock, 'POST', '/channels', { id: 'a', provider: 'openai', credential: { api_key: key } })
  expect(answer).toMatchObject({ status: 422, body: { error: { param: 'credential.api_key' } } })
  expect(answer.text).not.toContain(key)
})

test('a service account\'s key file may be given whole', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } })
  const credential = { type: 'service_account', project_id: 'p', private_key_id: 'f00', private_key: privateKey, client_email: 'genlock@p.iam.gserviceaccount.com', client_id: '1', universe_domain: 'googleapis.com' }
  const channel = { id: 'vertex', provider: 'vertex', credential, settings: { project: 'p' } }
  expect(await admin(genlock, 'POST', '/channels', { ...channel, settings: { project: 'p', locaton: 'us-central1' } })).toMatchObject({ status: 422, body: { error: { param: 'settings.locaton' } } })
  expect((await admin(genlock, 'POST', '/channels', channel)).status).toBe(201)
  expect((await admin(genlock, 'DELETE', '/channels/vertex')).status).toBe(204)
})

test('what no database can hold is refused in paths and queries, too', async () => {
  for (const [method, path, param] of [
    ['GET', '/channels/%00', 'id'], ['DELETE', '/channels/%00', 'id'], ['POST', '/channels/a%00/drain', 'id'], ['GET', '/tasks/%00', 'id'],
    ['GET', '/audit?channel=%00', 'channel'], ['GET', '/route?model=seedance-2.0-pro&remixed_from=%00', 'remixed_from'],
  ] as const) expect([path, await admin(genlock, method, path)]).toMatchObject([path, { status: 422, body: { error: { param } } }])
  expect(await admin(genlock, 'GET', '/route?model=seedance-2.0-pro&remixed_from=vid_none')).toMatchObject({ status: 422, body: { error: { param: 'remixed_from' } } })
})

test('an address that leads inwards is refused; where a name leads is judged at each call', async () => {
  for (const base of ['http://169.254.169.254/latest', 'http://10.0.0.1', 'http://[::1]:9000', 'https://user@example.com', 'file:///etc/passwd']) {
    const answer = await admin(genlock, 'POST', '/channels', { id: 'inwards', provider: 'volcengine-ark', credential: { api_key: 'x' }, base_url: base })
    expect([base, answer.status]).toEqual([base, 422])
    expect(answer.body).toMatchObject({ error: { param: 'base_url' } })
  }
})

test('on a port of its own it is nowhere else', async () => {
  const apart = await genlock.another({ GENLOCK_ADMIN_PORT: '0' })
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  expect(apart.adminUrl).not.toBe(apart.url)
  expect((await fetch(`${apart.url}/admin/channels`, { headers })).status).toBe(404)
  expect((await fetch(`${apart.adminUrl!}/admin/channels`, { headers })).status).toBe(200)
  expect((await fetch(`${apart.adminUrl!}/v1/models`, { headers })).status).toBe(404)
})

test('without a token there is none', async () => {
  const without = await genlock.another({ GENLOCK_ADMIN_TOKEN: '' })
  expect((await fetch(`${without.url}/admin/channels`, { headers: { authorization: 'Bearer ' } })).status).toBe(404)
  expect(without.adminUrl).toBeUndefined()
})
