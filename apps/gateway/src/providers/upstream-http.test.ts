import { describe, expect, test } from 'vitest'
import { UpstreamError } from '../core/errors.ts'
import { EgressError, type EgressErrorKind } from '../egress/egress-error.ts'
import type { CallAnswer, CallRequest } from '../egress/egress.ts'
import type { OutgoingCall } from './provider.ts'
import { createUpstreamHttp, type UpstreamCallLog } from './upstream-http.ts'

const SECRET = 'secret-of-this-channel'

function upstream({ answer = {}, error, baseUrl = 'https://api.example.com/v3' }: { answer?: Partial<CallAnswer> & { text?: string }; error?: Error; baseUrl?: string } = {}) {
  const sent: CallRequest[] = []
  const authorized: OutgoingCall[] = []
  const logged: UpstreamCallLog[] = []
  const http = createUpstreamHttp({
    egress: {
      call(request) {
        sent.push(request)
        if (error !== undefined) return Promise.reject(error)
        return Promise.resolve({ status: 200, headers: {}, body: new TextEncoder().encode(answer.text ?? '{}'), ...answer })
      },
    },
    provider: {
      id: 'example',
      name: 'Example',
      authorize(credential, call) {
        authorized.push(call)
        return { authorization: `Bearer ${String(credential['key'])}` }
      },
    },
    baseUrl,
    credential: { key: SECRET, region: 'eu' },
    timeoutMs: 30_000,
    log: (call) => logged.push(call),
  })
  return { http, sent, authorized, logged }
}

describe('a call', () => {
  test('goes below the base URL, with the credential, as JSON, and to no other port than was typed', async () => {
    const { http, sent } = upstream({ baseUrl: 'https://api.example.com:9443/v3' })
    await http.call({ method: 'POST', path: '/tasks', query: { page: '1 2' }, json: { prompt: '船' }, headers: { 'x-one': '1' } })
    expect(sent).toEqual([
      {
        method: 'POST',
        url: 'https://api.example.com:9443/v3/tasks?page=1+2',
        headers: { accept: 'application/json', 'content-type': 'application/json', 'x-one': '1', authorization: `Bearer ${SECRET}` },
        body: '{"prompt":"船"}',
        timeoutMs: 30_000,
        maxResponseBytes: 64 * 1024 * 1024,
        ports: 'any',
      },
    ])
  })

  test('lets the adapter sign what is really sent', async () => {
    const { http, authorized, sent } = upstream()
    await http.call({ method: 'POST', path: '/tasks', json: { a: 1 } })
    expect(authorized.map(({ method, url, body }) => [method, url.href, body])).toEqual([['POST', sent[0]?.url, sent[0]?.body]])
  })

  test('without a body has no content type, and may have a time limit of its own', async () => {
    const { http, sent } = upstream()
    await http.call({ method: 'GET', path: '/tasks/1', timeoutMs: 5 })
    expect(sent[0]?.headers).not.toHaveProperty('content-type')
    expect(sent[0]).not.toHaveProperty('body')
    expect(sent[0]?.timeoutMs).toBe(5)
  })

  test.each(['tasks', '/../keys', '/tasks/..', '/tasks/./1', '/tasks?admin=1', '/tasks#1', '/tasks\\..\\..', '//evil.example.com/../..'])('is not made for the path %s', async (path) => {
    const { http, sent } = upstream()
    await expect(http.call({ method: 'GET', path })).rejects.toThrow('not a path below')
    expect(sent).toEqual([])
  })

  test('never leaves the host of the base URL', async () => {
    const { http, sent } = upstream()
    await http.call({ method: 'GET', path: '//evil.example.com/x' })
    expect(sent[0]?.url).toBe('https://api.example.com/v3//evil.example.com/x')
  })
})

describe('an answer', () => {
  test('of any status is an answer', async () => {
    const { http } = upstream({ answer: { status: 503, headers: { 'retry-after': '3' }, text: '{"error":1}' } })
    expect(await http.call({ method: 'GET', path: '/x' })).toEqual({ status: 503, headers: { 'retry-after': '3' }, json: { error: 1 }, text: '{"error":1}' })
  })

  test('that is not JSON has its text only', async () => {
    const { http } = upstream({ answer: { text: '<html>' } })
    expect(await http.call({ method: 'GET', path: '/x' })).toMatchObject({ json: undefined, text: '<html>' })
  })

  test('that repeats the key does not bring it back', async () => {
    const { http } = upstream({ answer: { status: 401, text: JSON.stringify({ error: `Incorrect API key: ${SECRET}, region eu` }) } })
    expect(await http.call({ method: 'GET', path: '/x' })).toMatchObject({ json: { error: 'Incorrect API key: [redacted], region eu' } })
  })
})

describe('no answer', () => {
  test.each<[EgressErrorKind, string]>([['not_allowed', 'busy'], ['not_sent', 'busy'], ['maybe_sent', 'lost'], ['limit', 'lost']])('%s is %s', async (kind, upstreamKind) => {
    const { http } = upstream({ error: new EgressError(kind, 'timeout') })
    const error = await http.call({ method: 'POST', path: '/x', json: {} }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UpstreamError)
    expect(error).toMatchObject({ kind: upstreamKind, cause: { kind } })
  })

  test('for a bug of ours stays what it was', async () => {
    const { http } = upstream({ error: new TypeError('oops') })
    await expect(http.call({ method: 'GET', path: '/x' })).rejects.toThrow(TypeError)
  })
})

test('the log tells what happened, and neither key, query nor body', async () => {
  const fine = upstream({ answer: { status: 201 } })
  await fine.http.call({ method: 'POST', path: '/tasks', query: { signature: 'abc' }, json: { prompt: 'private' } })
  expect(fine.logged).toEqual([{ provider: 'example', method: 'POST', path: '/tasks', status: 201, durationMs: expect.any(Number) }])

  const broken = upstream({ error: new EgressError('not_sent', 'refused', 'ECONNREFUSED') })
  await broken.http.call({ method: 'GET', path: '/tasks' }).catch(() => undefined)
  expect(broken.logged).toMatchObject([{ failure: 'not_sent: refused (ECONNREFUSED)' }])
})
