import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../core/clock.ts'
import { UpstreamError } from '../core/errors.ts'
import { EgressError, type EgressErrorKind } from '../egress/egress-error.ts'
import type { DownloadRequest } from '../egress/download.ts'
import type { CallAnswer, CallRequest } from '../egress/egress.ts'
import type { OutgoingCall, Provider } from './provider.ts'
import { createUpstreamHttp, type UpstreamCallLog } from './upstream-http.ts'

const SECRET = 'secret-of-this-channel'
const PROXY_SECRET = 'secret-of-the-proxy-before-it'

interface UpstreamSetup {
  answer?: Partial<CallAnswer> & { text?: string }
  error?: Error
  baseUrl?: string
  provider?: Pick<Provider, 'login' | 'sisterHosts'>
  clock?: Clock
}

function upstream({ answer = {}, error, baseUrl = 'https://api.example.com/v3', provider = {}, clock = { nowMs: () => 1_000 } }: UpstreamSetup = {}) {
  const sent: CallRequest[] = []
  const downloads: DownloadRequest[] = []
  const authorized: OutgoingCall[] = []
  const logged: UpstreamCallLog[] = []
  const http = createUpstreamHttp({
    egress: {
      call(request) {
        sent.push(request)
        if (error !== undefined) return Promise.reject(error)
        return Promise.resolve({ status: 200, headers: {}, body: new TextEncoder().encode(answer.text ?? '{}'), ...answer })
      },
      download(request) {
        downloads.push(request)
        if (error !== undefined) return Promise.reject(error)
        return Promise.resolve({ stream: Readable.from([Buffer.from(answer.text ?? 'file')]), status: answer.status ?? 200, finalUrl: request.url })
      },
    },
    provider: {
      id: 'example',
      name: 'Example',
      authorize(credential, call) {
        authorized.push(call)
        return { authorization: `Bearer ${String(credential['token'] ?? credential['key'])}` }
      },
      ...provider,
    },
    baseUrl,
    credential: { key: SECRET, region: 'eu', headers: { 'x-proxy-key': PROXY_SECRET } },
    timeoutMs: 30_000,
    clock,
    log: (call) => logged.push(call),
  })
  return { http, sent, downloads, authorized, logged }
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
    const { http } = upstream({ answer: { status: 401, text: JSON.stringify({ error: `Incorrect API key: ${SECRET} (${PROXY_SECRET}), region eu` }) } })
    expect(await http.call({ method: 'GET', path: '/x' })).toMatchObject({ json: { error: 'Incorrect API key: [redacted] ([redacted]), region eu' } })
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
  expect(fine.logged).toEqual([{ provider: 'example', method: 'POST', path: '/v3/tasks', status: 201, durationMs: expect.any(Number) }])

  const broken = upstream({ error: new EgressError('not_sent', 'refused', 'ECONNREFUSED') })
  await broken.http.call({ method: 'GET', path: '/tasks' }).catch(() => undefined)
  expect(broken.logged).toMatchObject([{ failure: 'not_sent: refused (ECONNREFUSED)' }])
})

describe('bodies', () => {
  test('may be forms, signed as they are sent', async () => {
    const { http, sent, authorized } = upstream()
    const form = new FormData()
    form.set('prompt', '船')
    form.set('image', new File([Uint8Array.of(1, 2, 3)], 'a.png', { type: 'image/png' }))
    await http.call({ method: 'POST', path: '/edits', form })
    const contentType = sent[0]!.headers!['content-type']!
    expect(contentType).toMatch(/^multipart\/form-data; boundary=/)
    expect(authorized[0]).toMatchObject({ contentType, body: sent[0]!.body })
    const read = await new Response(sent[0]!.body as Uint8Array<ArrayBuffer>, { headers: { 'content-type': contentType } }).formData()
    expect(read.get('prompt')).toBe('船')
    expect((read.get('image') as File).name).toBe('a.png')
  })

  test('may be bytes as they are', async () => {
    const { http, sent } = upstream()
    await http.call({ method: 'PUT', path: '/file', body: { bytes: Uint8Array.of(7), mediaType: 'image/png' } })
    expect(sent[0]).toMatchObject({ headers: { 'content-type': 'image/png' }, body: Uint8Array.of(7) })
  })
})

describe('an address that an answer named', () => {
  const provider = { sisterHosts: [/\.example\.com$/] }

  test.each(['https://api.example.com/v3/result?id=1', 'https://eu.api.example.com/result'])('is called with the credential where it is the upstream\'s own: %s', async (address) => {
    const { http, sent } = upstream({ provider })
    await http.call({ method: 'GET', address })
    expect(sent[0]).toMatchObject({ url: address, headers: { authorization: `Bearer ${SECRET}` } })
  })

  test.each(['https://example.com.evil.net/x', 'http://eu.api.example.com/x', 'https://api.example.com@evil.net/', 'nonsense'])('is turned away elsewhere: %s', async (address) => {
    const { http, sent, downloads } = upstream({ provider })
    await expect(http.call({ method: 'GET', address })).rejects.toMatchObject({ kind: 'garbled' })
    await expect(http.download({ address })).rejects.toMatchObject({ kind: 'garbled' })
    expect([...sent, ...downloads]).toEqual([])
  })

  test('may be anywhere when nobody says who calls', async () => {
    const { http, sent } = upstream()
    await http.call({ method: 'PUT', address: 'https://uploads.example.net/signed', anonymous: true, body: { bytes: 'x', mediaType: 'text/plain' } })
    expect(sent[0]).toMatchObject({ url: 'https://uploads.example.net/signed', ports: 'web' })
    expect(sent[0]!.headers).not.toHaveProperty('authorization')
  })
})

describe('a download', () => {
  test('carries the credential and gives the stream', async () => {
    const { http, downloads } = upstream({ answer: { text: 'the file' } })
    const chunks: Buffer[] = []
    for await (const chunk of await http.download({ path: '/files/1/content', query: { variant: 'video' } })) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toBe('the file')
    expect(downloads[0]).toMatchObject({ url: 'https://api.example.com/v3/files/1/content?variant=video', headers: { authorization: `Bearer ${SECRET}` }, ports: 'any' })
  })

  test.each([[404, 'refused'], [401, 'credential'], [429, 'busy'], [500, 'lost']] as const)('that is answered with %i is %s', async (status, kind) => {
    await expect(upstream({ answer: { status } }).http.download({ path: '/files/1' })).rejects.toMatchObject({ kind })
  })
})

describe('a login', () => {
  test('is made once for all who need it, and again when its token is about to end', async () => {
    let nowMs = 0
    let logins = 0
    const login: Provider['login'] = async (credential, http) => {
      logins += 1
      await http.call({ method: 'POST', address: 'https://login.example.net/token', anonymous: true, json: { key: credential['key'] } })
      return { token: { token: `token-number-${logins}` }, validSeconds: 3600 }
    }
    const { http, sent } = upstream({ provider: { login }, clock: { nowMs: () => nowMs } })
    await Promise.all([http.call({ method: 'GET', path: '/a' }), http.call({ method: 'GET', path: '/b' })])
    expect(logins).toBe(1)
    expect(sent.slice(1).map(({ headers }) => headers?.['authorization'])).toEqual(['Bearer token-number-1', 'Bearer token-number-1'])
    nowMs = 3_541_000
    await http.call({ method: 'GET', path: '/c' })
    expect(sent.at(-1)?.headers?.['authorization']).toBe('Bearer token-number-2')
  })

  test('that fails sends nothing, and is tried again', async () => {
    const outcomes: (() => Promise<{ token: Record<string, unknown>; validSeconds: number }>)[] = [
      () => Promise.reject(new UpstreamError('lost', 'no answer')),
      () => Promise.reject(new UpstreamError('credential', 'no such account')),
      () => Promise.resolve({ token: { token: 'at-last-a-token' }, validSeconds: 3600 }),
    ]
    const { http, sent } = upstream({ provider: { login: () => outcomes.shift()!() } })
    await expect(http.call({ method: 'POST', path: '/a' })).rejects.toMatchObject({ kind: 'busy' })
    await expect(http.call({ method: 'POST', path: '/a' })).rejects.toMatchObject({ kind: 'credential' })
    expect(sent).toEqual([])
    await http.call({ method: 'POST', path: '/a' })
    expect(sent).toHaveLength(1)
  })
})
