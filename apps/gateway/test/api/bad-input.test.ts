import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { dialects, sharedRoutes } from '../../src/dialects/index.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { books, call, FORBIDDEN_URLS, form, LOOPBACK_URLS, picture, post, read, video, type Answer } from './client.ts'

let genlock: TestGateway
let before: Record<string, unknown>

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_EGRESS_ALLOW: '', GENLOCK_MAX_UPLOAD_MB: '1' } })
})
afterAll(() => genlock.close())

beforeEach(async () => {
  before = await books(genlock)
})
/** Whatever is refused holds nothing and leaves nothing behind. */
afterEach(async () => {
  expect(await books(genlock)).toEqual(before)
})

interface ErrorBody {
  error: { code: string; message: string; param?: string | null; request_id: string; docs: string; type?: string }
}

/** How each wire says a thing, and with what its refusals are told apart. */
const WIRES = [
  { id: 'genlock', invalid: 422, body: (fields: Record<string, unknown>) => video(fields), at: (name: string) => `input.${name}`, seconds: 'duration_seconds', seed: 'seed', image: 'first_frame' },
  { id: 'openai-videos', invalid: 400, body: (fields: Record<string, unknown>) => ({ model: 'seedance-2.0-pro', prompt: 'A boat', seconds: '4', ...fields }), at: (name: string) => name, seconds: 'seconds', seed: 'seed', image: 'input_reference' },
  { id: 'flat', invalid: 400, body: (fields: Record<string, unknown>) => ({ model: 'seedance-2.0-pro', prompt: 'A boat', duration: 4, ...fields }), at: (name: string) => name, seconds: 'duration', seed: 'seed', image: 'image' },
]

function expectRefusal({ status, body, headers, text }: Answer, expected: { status: number; code: string; param?: string | undefined }): void {
  const { error } = body as unknown as ErrorBody
  expect({ status, code: error?.code, ...(expected.param !== undefined && { param: error?.param }) }, text.slice(0, 300)).toEqual({ status: expected.status, code: expected.code, ...(expected.param !== undefined && { param: expected.param }) })
  expect(headers.get('x-request-id')).toBe(error.request_id)
  expect(headers.get('x-should-retry')).toBe('false')
  expect(error.docs).toBe(`${genlock.url}/docs/errors#${error.code}`)
  expect(error.message).not.toBe('')
  expect(text).not.toMatch(/node_modules|\.ts:\d|at \w+ \(|select |insert /)
}

describe.each(WIRES)('$id: 400 or 422, naming the field', ({ invalid, body, at, seconds, seed, image }) => {
  const create = (fields: Record<string, unknown>): Promise<Answer> => post(genlock, '/v1/videos', body(fields))

  test.each([
    ['a billion seconds', 1e9], ['a negative length', -5], ['no length', 0], ['not a number', 'NaN'], ['nearly five seconds', 4.999999], ['infinite', 'Infinity'],
    ['an exponent', '1e1'], ['a list', [4]], ['an object', { seconds: 4 }], ['true', true], ['empty', ''], ['hexadecimal', '0x4'], ['with space', ' 4'],
  ])('%s as length', async (_, value) => {
    expectRefusal(await create({ [seconds]: value }), { status: invalid, code: 'invalid_request', param: at(seconds) })
  })

  test.each([['beyond 2^63', 9.3e18], ['beyond 2^53', 2 ** 53], ['a fraction', 1.5], ['a word', 'abc'], ['less than the model takes', -2], ['more than the model takes', 2 ** 32]])('a seed that is %s', async (_, value) => {
    expectRefusal(await create({ [seed]: value }), { status: invalid, code: 'invalid_request', param: at(seed) })
  })

  test.each([['a million', 1e6], ['none', 0], ['less than none', -1], ['half a one', 0.5], ['a word', 'many'], ['more than the model makes', 2]])('%s results', async (_, value) => {
    expectRefusal(await create({ n: value }), { status: invalid, code: 'invalid_request', param: at('n') })
  })

  test.each(['99999x1', '0x0', '-1x5', '1280', 'x', '1e3x1e3', '1280x720x3'])('a size of %s', async (size) => {
    expectRefusal(await create({ size }), { status: invalid, code: 'invalid_request', param: at('size') })
  })

  test.each([
    ['100,000 characters', 'x'.repeat(100_000)], ['half a surrogate pair', 'boat \ud83d sails'], ['a NUL', 'boat\0sails'], ['nothing', ''], ['only spaces', '   '], ['a number', 7],
    ['a list', ['boat']], ['null', null],
  ])('a prompt of %s', async (_, prompt) => {
    expectRefusal(await create({ prompt }), { status: invalid, code: 'invalid_request', param: at('prompt') })
  })

  test.each([...FORBIDDEN_URLS, ...LOOPBACK_URLS])('%j as a picture and as a callback is not called', async (url) => {
    for (const fields of [{ [image]: url }, { callback_url: url }]) {
      const inBody = 'callback_url' in fields && at('x') !== 'x' ? { ...body({}), ...fields } : body(fields)
      const answer = await post(genlock, '/v1/videos', inBody)
      const { error } = answer.body as unknown as ErrorBody
      expect([400, 422]).toContain(answer.status)
      expect(['url_not_allowed', 'invalid_request']).toContain(error.code)
      expect(error.param).toBe('callback_url' in fields ? 'callback_url' : at(image))
    }
  })

  test('an address of a machine nearby is called by its code', async () => {
    expectRefusal(await create({ [image]: 'http://169.254.169.254/latest/meta-data/' }), { status: 400, code: 'url_not_allowed', param: at(image) })
  })

  test('a model that there is not', async () => {
    const answer = await post(genlock, '/v1/videos', { ...body({}), model: 'sora-99' })
    expectRefusal(answer, { status: 404, code: 'model_not_found', param: 'model' })
  })

  test.each([['a number', 7], ['nothing', ''], ['a list', ['sora-2']], ['too long', 'x'.repeat(1000)]])('a model that is %s', async (_, model) => {
    expectRefusal(await post(genlock, '/v1/videos', { ...body({}), model }), { status: invalid, code: 'invalid_request', param: 'model' })
  })

  test('a name that reaches a prototype', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const text = JSON.stringify(body({})).replace(/^\{/, `{"${name}":{"price":0},`)
      const answer = await call(genlock, '/v1/videos', { method: 'POST', body: text })
      expectRefusal(answer, { status: invalid, code: 'invalid_request', param: name })
      expect(({} as Record<string, unknown>)['price']).toBeUndefined()
    }
  })

  test.each([['too long', 'k'.repeat(256)], ['not ASCII', 'schlüssel']])('an Idempotency-Key that is %s', async (_, key) => {
    expectRefusal(await post(genlock, '/v1/videos', body({}), { headers: { 'idempotency-key': key } }), { status: invalid, code: 'invalid_request', param: 'Idempotency-Key' })
  })

  test.each([
    ['not base64', 'data:image/png;base64,@@@@', 'invalid_request'], ['not said to be base64', 'data:image/png,hello', 'invalid_request'],
    ['HTML', `data:image/png;base64,${Buffer.from('<html><script>alert(1)</script></html>').toString('base64')}`, 'unsupported_media'],
    ['SVG', `data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')}`, 'unsupported_media'],
    ['a playlist', `data:video/mp4;base64,${Buffer.from('#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/\n').toString('base64')}`, 'unsupported_media'],
    ['a picture of 65,000 by 65,000', `data:image/png;base64,${bomb().toString('base64')}`, 'unsupported_media'],
    ['a word', 'picture', 'invalid_request'], ['an upload that there is not', `upl_${'a'.repeat(26)}`, 'invalid_request'],
  ])('a picture that is %s', async (_, value, code) => {
    expectRefusal(await create({ [image]: value }), { status: code === 'invalid_request' ? invalid : 415, code, param: at(image) })
  })

  test('a picture that the model finds too small', async () => {
    const small = `data:image/png;base64,${(await picture({ width: 64, height: 64 })).toString('base64')}`
    expectRefusal(await create({ [image]: small }), { status: invalid, code: 'invalid_request', param: at(image) })
  })
})

describe('before it is known whose wire a body is', () => {
  const raw = (body: string | Uint8Array, headers: Record<string, string> = { 'content-type': 'application/json' }): Promise<Answer> =>
    call(genlock, '/v1/videos', { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body), headers })

  test.each([
    ['broken JSON', '{"model":', 400, 'invalid_request'], ['no body', '', 400, 'invalid_request'], ['a list', '[]', 400, 'invalid_request'], ['a number', '7', 400, 'invalid_request'],
    ['null', 'null', 400, 'invalid_request'], ['a string', '"hello"', 400, 'invalid_request'], ['100,000 lists in each other', '['.repeat(100_000) + ']'.repeat(100_000), 400, 'invalid_request'],
    ['a million values', `{"model":"x","images":[${'1,'.repeat(1_000_000)}1]}`, 413, 'too_large'], ['a lone surrogate in a name', '{"a\\ud800b":1}', 400, 'invalid_request'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_request'], ['HTML', '<html>', 400, 'invalid_request'],
  ] as [string, string | Uint8Array, number, string][])('%s', async (_, body, status, code) => {
    expectRefusal(await raw(body), { status, code })
  })

  test('text/plain, which a foreign page may send, and any other type', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'image/png', 'nonsense']) {
      expectRefusal(await raw(JSON.stringify(video()), { 'content-type': type }), { status: 415, code: 'unsupported_media' })
    }
  })

  test('a compressed body', async () => {
    expectRefusal(await raw(gzipSync(JSON.stringify(video())), { 'content-type': 'application/json', 'content-encoding': 'gzip' }), { status: 415, code: 'unsupported_media' })
  })

  test('a form that is larger than is taken', async () => {
    const body = form({ model: 'sora-2', prompt: 'x', input_reference: { bytes: Buffer.alloc(1_100_000, 1), name: 'a.png' } })
    expectRefusal(await call(genlock, '/v1/videos', { method: 'POST', body }), { status: 413, code: 'too_large' })
  })

  test('JSON that is larger than is taken', async () => {
    // Said by its length alone: no byte of it is needed.
    const answer = await spoken(`POST /v1/videos HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${genlock.key}\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n{`)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('"too_large"')
  })

  test('files that are not what they say', async () => {
    for (const [bytes, name, type] of [[Buffer.from('<html>'), 'a.png', 'image/png'], [Buffer.from('<svg/>'), 'a.svg', 'image/svg+xml'], [Buffer.from('#EXTM3U'), 'a.mp4', 'video/mp4'], [Buffer.alloc(64), 'a.jpg', 'image/jpeg'], [bomb(), 'a.png', 'image/png']] as const) {
      const body = form({ model: 'seedance-2.0-pro', prompt: 'x', input_reference: { bytes, name, type } })
      const answer = await call(genlock, '/v1/videos', { method: 'POST', body })
      expectRefusal(answer, { status: 415, code: 'unsupported_media', param: 'input_reference' })
      const uploaded = await call(genlock, '/api/upload', { method: 'POST', body: form({ files: { bytes, name, type } }) })
      expect([415], uploaded.text).toContain(uploaded.status)
    }
  })

  test('an upload of nothing', async () => {
    expect((await post(genlock, '/api/upload', { files: 'x' })).status).toBe(422)
    expect((await call(genlock, '/api/upload', { method: 'POST', body: form({ note: 'no file' }) })).status).toBe(422)
  })
})

describe('ids', () => {
  const odd = [
    'vid_abcdefghjkmnpqrstuvwxyz023', '0', '%00', 'vid_%00', '..', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', 'a'.repeat(250), encodeURIComponent("' or 1=1 --"), encodeURIComponent('视频'), '%F0%9F%98%80',
    'VID_ABC', 'vid_abc%20', '*', 'null', 'undefined', '[object Object]', 'vid_a?b=c', '%ff',
  ]
  const routes = sharedRoutes(dialects).filter(({ path, action }) => path.includes(':id') && action !== 'remix')

  test.each(routes.map(({ method, path }) => [method, path] as const))('%s %s answers odd ids as it answers unknown ones', async (method, path) => {
    for (const id of odd) {
      const answer = await call(genlock, path.replace(':id', id), { method })
      // Clients take the dots away before they send them, and what is left may be another route.
      if (id === '..') continue
      expect([400, 404, 405, 414, 422], `${id}: ${answer.text}`).toContain(answer.status)
      expect(answer.headers.get('x-request-id'), id).toMatch(/^req_/)
      expect(answer.headers.get('x-error-code'), id).toMatch(/^(not_found|model_not_found|invalid_request|method_not_allowed)$/)
    }
  })

  test('an id of 4 kB', async () => {
    const answer = await call(genlock, `/v1/videos/${'a'.repeat(4096)}`)
    expect([404, 414]).toContain(answer.status)
    expect((answer.body as unknown as ErrorBody).error.request_id).toBe(answer.headers.get('x-request-id'))
  })

  test('cursors, limits and other query strings', async () => {
    for (const query of ['limit=1e9', 'limit=1000000000', 'limit=-1', 'limit=abc', 'limit=1.5', 'order=created_at;drop', 'order=asc&order=desc', 'after=%00', 'after=vid_x', `after=${'a'.repeat(100)}`, 'after=%25']) {
      const answer = await call(genlock, `/v1/videos?${query}`)
      expect(answer.status, query).toBe(400)
      expect((answer.body as unknown as ErrorBody).error.param).toMatch(/limit|order|after/)
    }
  })

  test('a callback of an upstream with an odd proof is not found', async () => {
    for (const proof of ['é'.repeat(40), '0'.repeat(40), '%00', 'x']) expect((await post(genlock, `/upstream/att_x/${encodeURIComponent(proof)}`, {})).status).toBe(404)
  })
})

describe('framing', () => {
  const get = (path: string, ...headers: string[]): string => [`GET ${path} HTTP/1.1`, 'host: x', 'connection: close', ...headers, '', ''].join('\r\n')
  const authorized = (): string => `authorization: Bearer ${genlock.key}`

  test.each([
    ['both lengths', 'POST /v1/videos HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'POST /v1/videos HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
    ['a folded header', get('/v1/videos', 'x-a: b', ' c')],
    ['a bare line feed', 'GET /v1/videos HTTP/1.1\nhost: x\n\n'],
    ['a space before the colon', get('/v1/videos', 'authorization : Bearer x')],
    ['no host', 'GET /v1/videos HTTP/1.1\r\n\r\n'],
    ['no HTTP at all', 'hello\r\n\r\n'],
  ])('%s is refused', async (_, request) => {
    expect(await spoken(request)).toMatch(/^HTTP\/1\.1 40[01] /)
  })

  test('headers of a megabyte are refused, and the answer has the shape of the others', async () => {
    const answer = await spoken(get('/v1/videos', `authorization: Bearer ${'x'.repeat(1_000_000)}`))
    expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*x-request-id: req_\w+[\s\S]*"request_id":"req_/)
  })

  test.each(['//v1//videos', '/v1/./videos/../videos', '/%2e%2e/v1/videos', '/v1%2fvideos', 'http://elsewhere.example/v1/videos', '/V1/videos', '/v1/videos;x=1', '/v1/videos%00'])('%s needs a key like any other spelling, or is not there', async (path) => {
    expect(await spoken(get(path))).toMatch(/^HTTP\/1\.1 (401|404|400) /)
    expect(await spoken(get(path, 'x-original-url: /v1/videos', 'x-rewrite-url: /healthz'))).toMatch(/^HTTP\/1\.1 (401|404|400) /)
  })

  test('a forged Host changes links at most, and breaks nothing', async () => {
    for (const host of ['1.2.3.4.5', 'evil.example', 'a_b', 'x:99999', '"><script>', '[::1', '']) {
      const body = JSON.stringify(video({ first_frame: 'http://a.example/v1/files/vid_x-0-abc-00000000000000000000000000000000.mp4', resolution: '9p' }))
      const answer = await spoken(`POST /v1/videos HTTP/1.1\r\nhost: ${host}\r\n${authorized()}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      expect(answer, host).toMatch(/^HTTP\/1\.1 (422|400) /)
      expect(answer).not.toContain('<script>')
    }
  })
})

describe('anything at all', () => {
  const runs = Number(process.env['FUZZ_RUNS'] ?? 150)
  const json = fc.jsonValue({ maxDepth: 4 })
  const words = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('seedance-2.0-pro', 'sora-2', 'gpt-image-1', '4', '16:9', '720p', 'https://example.com/a.png', 'data:image/png;base64,AAAA', '', '\0', '\ud800'))
  const value = fc.oneof({ weight: 3, arbitrary: words }, fc.double(), fc.integer(), fc.boolean(), fc.constant(null), json)
  const names = ['model', 'prompt', 'input', 'seconds', 'duration', 'size', 'seed', 'n', 'image', 'images', 'input_reference', 'metadata', 'callback_url', 'duration_seconds', 'resolution', 'aspect_ratio', 'first_frame', 'vendor', 'operation', 'fps', 'audio']
  const members = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, { maxKeys: 8 })
  // Never whole: what is accepted is no matter of this test.
  const body = fc.tuple(members, fc.option(members)).map(([outer, input]) => ({ ...outer, ...(input && { input }), resolution: '9p', n: 0 }))

  test('no body makes the server fail', async () => {
    // Of the other dialects, test/dialects/fuzz.test.ts asks the same.
    const paths = ['/v1/videos', '/v1/images', '/v1/videos/vid_x/remix', '/v1/videos/vid_x/cancel', '/v1/quotes', '/api/upload']
    await fc.assert(fc.asyncProperty(fc.constantFrom(...paths), body, async (path, fields) => {
      const { status, text } = await call(genlock, path, { method: 'POST', body: JSON.stringify(fields) })
      expect(status, text).toBeGreaterThanOrEqual(400)
      expect(status, text).toBeLessThan(500)
    }), { numRuns: runs })
  })

  test('no path, query or header makes the server fail', async () => {
    const routes = sharedRoutes(dialects).map(({ method, path }) => ({ method: method as string, path })).concat({ method: 'GET', path: '/v1/files/:id' }, { method: 'GET', path: '/v1/models/:id' }, { method: 'GET', path: '/docs/:id' })
    const odd = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed()))
    await fc.assert(fc.asyncProperty(fc.constantFrom(...routes), odd, odd, fc.string({ maxLength: 60 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '')), async ({ method, path }, id, query, header) => {
      const headers = { 'range': header, 'if-none-match': header, 'idempotency-key': header, 'accept-language': header, 'x-forwarded-for': header }
      const { status, text } = await call(genlock, `${path.replace(':id', id)}?${query}&timeout=${query}&limit=${query}&after=${query}`, { method, headers, ...(method === 'POST' && { body: '{}' }) })
      expect(status, text).toBeLessThan(500)
    }), { numRuns: runs })
  })

  test('no form makes the server fail', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.constantFrom('x', '', '"', '-'), async (bytes, boundary) => {
      const start = Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="`)
      const response = await genlock.call('/v1/videos', { method: 'POST', body: new Uint8Array(Buffer.concat([start, bytes])), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } })
      const { status, text } = await read(response)
      expect(status, text).toBeGreaterThanOrEqual(400)
      expect(status, text).toBeLessThan(500)
    }), { numRuns: runs })
  })
})

/** A PNG of 100 bytes that says it has four thousand million pixels. */
function bomb(): Buffer {
  const bytes = Buffer.alloc(100)
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(bytes)
  bytes.writeUInt32BE(65_000, 16)
  bytes.writeUInt32BE(65_000, 20)
  bytes.writeUInt8(8, 24)
  bytes.writeUInt8(6, 25)
  return bytes
}

/** Writes bytes as they are, which no HTTP client would, and gives what comes back. */
function spoken(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(genlock.url)
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    let answer = ''
    const impatience = setTimeout(() => socket.destroy(), 2_000)
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
    }).on('close', () => {
      clearTimeout(impatience)
      resolve(answer)
    }).on('error', (error: NodeJS.ErrnoException) => error.code !== 'ECONNRESET' && error.code !== 'EPIPE' && reject(error))
  })
}
