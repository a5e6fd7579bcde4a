import fastify, { type FastifyInstance } from 'fastify'
import * as fc from 'fast-check'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { RequestBody } from '../dialects/index.ts'
import { asBodyError, DEFAULT_BODY_LIMITS, fingerprintBody, readRequestBody, registerBodyParsers, type BodyLimits } from './request-body.ts'

const LIMITS: BodyLimits = { ...DEFAULT_BODY_LIMITS, maxJsonBytes: 200_000, maxFormBytes: 20_000, maxFileBytes: 10_000, maxTextPartBytes: 8000, maxParts: 20, maxFiles: 3, maxValues: 1000 }
const PNG = Buffer.from('\x89PNG picture', 'latin1')

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

/** An app that answers with what it read, or with the error's code, status and field. */
async function appWith(limits = LIMITS): Promise<FastifyInstance> {
  const app = fastify()
  apps.push(app)
  await registerBodyParsers(app, limits)
  app.setErrorHandler(async (thrown, _request, reply) => {
    const error = thrown instanceof GatewayError ? thrown : asBodyError(thrown)
    return reply.code(400).send(error === undefined ? { unexpected: String(thrown) } : { code: error.code, param: error.param, message: error.message })
  })
  app.route({ method: 'POST', url: '/', handler: async (request) => {
    const body = await readRequestBody(request, limits, (bytes) => (bytes[0] === 0x89 ? 'image/png' : undefined))
    return { ...body, files: body.files.map(({ bytes, ...file }) => ({ ...file, size: bytes.length })), fingerprint: await fingerprintBody('POST', '/', body) }
  } })
  return app
}

async function postJson(payload: string | Buffer, headers: Record<string, string> = {}, app?: FastifyInstance) {
  const response = await (app ?? (await appWith())).inject({ method: 'POST', url: '/', payload, headers: { 'content-type': 'application/json', ...headers } })
  return response.json()
}

type Part = [name: string, value: string | Buffer, file?: { name: string; type?: string } | undefined, type?: string]

function formPayload(parts: readonly Part[], boundary = 'xyz'): Buffer {
  const chunks = parts.map(([name, value, file, type]) =>
    Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file ? `; filename="${file.name}"` : ''}\r\n` +
          `${file ? `Content-Type: ${file.type ?? 'application/octet-stream'}\r\n` : type ? `Content-Type: ${type}\r\n` : ''}\r\n`,
      ),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ]),
  )
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)])
}

async function postForm(parts: readonly Part[], boundary = 'xyz') {
  const response = await (await appWith()).inject({ method: 'POST', url: '/', payload: formPayload(parts, boundary), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } })
  return response.json()
}

describe('JSON', () => {
  it('is read as it is', async () => {
    expect(await postJson('{"model":"sora-2","input":{"n":1,"images":["a",null]}}')).toMatchObject({
      fields: { model: 'sora-2', input: { n: 1, images: ['a', null] } }, files: [], multipart: false,
    })
  })

  it('may have a charset, a byte order mark, emoji and letters that run right to left', async () => {
    expect(await postJson('\uFEFF{"prompt":"🎬 שלום\u202E"}', { 'content-type': 'application/json; charset=utf-8' })).toMatchObject({ fields: { prompt: '🎬 שלום\u202E' } })
  })

  it('the last of two members of one name counts', async () => {
    expect(await postJson('{"n":1,"n":2}')).toMatchObject({ fields: { n: 2 } })
  })

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['no JSON', '{"a":'],
    ['a form in disguise', 'a=b'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])('that is %s is refused', async (_, payload) => {
    expect(await postJson(payload)).toMatchObject({ code: 'invalid_request' })
  })

  it.each([
    ['NUL', '{"input":{"images":["a","b\\u0000"]}}', 'input.images[1]'],
    ['half a surrogate pair', '{"input":{"prompt":"\\ud83d"}}', 'input.prompt'],
    ['NUL in a name', '{"input":{"a\\u0000":1}}', 'input'],
    ['__proto__', '{"__proto__":{"role":"admin"}}', '__proto__'],
    ['constructor', '{"metadata":{"constructor":{"prototype":1}}}', 'metadata.constructor'],
  ])('with %s is refused by the name of the field', async (_, payload, param) => {
    expect(await postJson(payload)).toMatchObject({ code: 'invalid_request', param })
  })

  it('with a name of 10,000 characters is refused', async () => {
    expect(await postJson(JSON.stringify({ ['x'.repeat(10_000)]: 1 }))).toMatchObject({ code: 'invalid_request' })
  })

  it('nested 100,000 deep is refused before it is parsed', async () => {
    expect(await postJson('['.repeat(100_000))).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('nested') })
    expect(await postJson(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).toMatchObject({ code: 'invalid_request' })
    expect(await postJson(`${'{"a":'.repeat(32)}1${'}'.repeat(32)}`)).toHaveProperty('fields')
  })

  it('of very many values is refused before it is parsed', async () => {
    expect(await postJson(`{"a":[${'1,'.repeat(5000)}1]}`)).toMatchObject({ code: 'too_large' })
    expect(await postJson(`{"a":[${'[],'.repeat(900)}1]}`)).toMatchObject({ code: 'too_large' })
  })

  it.each(['[{,"\\', '\\', '"', '[', `${'x'.repeat(300)}"[`, `${'x'.repeat(255)}\\`, `${'['.repeat(700)}\\\\"`])('may hold any number of brackets and commas within a text: %j', async (piece) => {
    for (const times of [1, 2, 40]) {
      const prompt = piece.repeat(times)
      expect(await postJson(JSON.stringify({ prompt, after: [[1]] }))).toMatchObject({ fields: { prompt, after: [[1]] } })
    }
  })

  it('is counted on after a long text', async () => {
    expect(await postJson(`{"a":"${'x'.repeat(1000)}\\\\","b":${'['.repeat(40)}`)).toMatchObject({ message: expect.stringContaining('nested') })
  })

  it('over the limit is too large', async () => {
    expect(await postJson(JSON.stringify({ prompt: 'x'.repeat(200_001) }))).toMatchObject({ code: 'too_large' })
  })

  it('any value comes out as it went in, or is refused as a mistake of the client', async () => {
    const app = await appWith()
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ noUnicodeString: false })), async (value) => {
        const answer = await postJson(JSON.stringify(value), {}, app)
        if (answer.code === undefined) expect(answer.fields).toEqual(JSON.parse(JSON.stringify(value)))
        else expect(['invalid_request', 'too_large']).toContain(answer.code)
      }),
      { numRuns: 100 },
    )
  })
})

describe('content types', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'application/jsonx'])('%s is unsupported', async (type) => {
    expect(await postJson('{"a":1}', { 'content-type': type })).toMatchObject({ code: 'unsupported_media' })
  })

  it.each(['gzip', 'br', 'deflate'])('a body compressed by %s is unsupported, whatever is in it', async (encoding) => {
    expect(await postJson('{"a":1}', { 'content-encoding': encoding })).toMatchObject({ code: 'unsupported_media' })
  })

  it('identity is no compression', async () => {
    expect(await postJson('{"a":1}', { 'content-encoding': 'identity' })).toHaveProperty('fields')
  })
})

describe('a form', () => {
  it('has text and files; what a file is, its content says', async () => {
    expect(await postForm([['model', 'sora-2'], ['seconds', '4'], ['input_reference', PNG, { name: 'a.exe', type: 'text/html' }]])).toMatchObject({
      fields: { model: 'sora-2', seconds: '4' },
      files: [{ field: 'input_reference', fileName: 'a.exe', mediaType: 'image/png', size: PNG.length }],
      multipart: true,
    })
  })

  it('unfolds names with brackets', async () => {
    const body = await postForm([
      ['input_reference[image_url]', 'https://a.example/b.png'], ['metadata[a]', '1'], ['metadata[b][c]', '2'], ['tags[]', 'x'], ['tags[]', 'y'], ['list[0]', 'p'], ['list[1]', 'q'], ['again', '1'], ['again', '2'], ['odd]name[', 'z'],
    ])
    expect(body.fields).toEqual({ input_reference: { image_url: 'https://a.example/b.png' }, metadata: { a: '1', b: { c: '2' } }, tags: ['x', 'y'], list: ['p', 'q'], again: ['1', '2'], 'odd]name[': 'z' })
  })

  it('takes several files of one name, with brackets or without', async () => {
    const body = await postForm([['image[]', PNG, { name: '1' }], ['image[]', PNG, { name: '2' }], ['image', PNG, { name: '3' }]])
    expect(body.files.map((file: { field: string }) => file.field)).toEqual(['image', 'image', 'image'])
  })

  it('reads a part as JSON only if it says that it is', async () => {
    expect(await postForm([['metadata', '{"a":[1]}', undefined, 'application/json'], ['prompt', '{"a":1}']])).toMatchObject({ fields: { metadata: { a: [1] }, prompt: '{"a":1}' } })
  })

  it.each<[string, Part[], Record<string, unknown>]>([
    ['with nothing in it', [], { code: 'invalid_request' }],
    ['that names a prototype', [['metadata[__proto__][role]', 'admin']], { code: 'invalid_request', param: 'metadata[__proto__][role]' }],
    ['that names a constructor', [['constructor', 'x']], { code: 'invalid_request' }],
    ['with a name that is too long', [['a'.repeat(300), 'x']], { code: 'invalid_request' }],
    ['with NUL', [['metadata[a]', 'x\0']], { code: 'invalid_request', param: 'metadata.a' }],
    ['with bytes that are no UTF-8', [['prompt', Buffer.from([0xff])]], { code: 'invalid_request', param: 'prompt' }],
    ['that puts two things in one place', [['a', 'x'], ['a[b]', 'y']], { code: 'invalid_request', param: 'a[b]' }],
    ['with a hole in a list', [['a[0]', 'x'], ['a[7]', 'y']], { code: 'invalid_request', param: 'a[7]' }],
    ['nested without end', [[`a${'[b]'.repeat(40)}`, 'x']], { code: 'invalid_request', param: 'a' }],
    ['with a part that is nested without end', [['a', '['.repeat(100), undefined, 'application/json']], { code: 'invalid_request' }],
    ['with an empty file', [['image', '', { name: 'a.png' }]], { code: 'invalid_request', param: 'image' }],
    ['with a file of no known kind', [['image', '<html>', { name: 'a.png', type: 'image/png' }]], { code: 'unsupported_media', param: 'image' }],
    ['with a file over the limit', [['image', Buffer.alloc(10_001, 0x89), { name: 'a.png' }]], { code: 'too_large', param: 'image' }],
    ['with a text over the limit', [['prompt', 'x'.repeat(8001)]], { code: 'too_large', param: 'prompt' }],
    ['with parts that are too large together', [['a', 'x'.repeat(8000)], ['b', 'x'.repeat(8000)], ['c', 'x'.repeat(8000)]], { code: 'too_large' }],
    ['with too many files', [1, 2, 3, 4].map((n): Part => [`image${n}`, PNG, { name: 'a' }]), { code: 'too_large' }],
    ['of 10,000 parts', Array.from({ length: 10_000 }, (_, n): Part => [`f${n}`, 'x']), { code: 'too_large' }],
  ])('%s is refused', async (_, parts, expected) => {
    expect(await postForm(parts)).toMatchObject(expected)
  })

  it('that breaks off is refused', async () => {
    const response = await (await appWith()).inject({
      method: 'POST', url: '/', payload: formPayload([['prompt', 'p'], ['image', PNG, { name: 'a' }]]).subarray(0, -20), headers: { 'content-type': 'multipart/form-data; boundary=xyz' },
    })
    expect(response.json()).toMatchObject({ code: 'invalid_request' })
  })

  it('without a boundary is refused', async () => {
    const response = await (await appWith()).inject({ method: 'POST', url: '/', payload: 'x', headers: { 'content-type': 'multipart/form-data' } })
    expect(response.json()).toMatchObject({ code: 'invalid_request' })
  })

  it('over the limit is answered over a real connection while it is still being sent', async () => {
    const app = await appWith()
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const answer = await new Promise<string>((resolve, reject) => {
      const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=xyz' } }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => {
          request.destroy()
          resolve(text)
        })
      })
      request.on('error', reject)
      request.write('--xyz\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n')
      request.write(Buffer.alloc(50_000, 0x89))
    })
    expect(JSON.parse(answer)).toMatchObject({ code: 'too_large', param: 'image' })
  })

  it("is what the platform's own FormData sends", async () => {
    const app = await appWith()
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const form = new FormData()
    form.set('prompt', 'line\nline')
    form.set('input_reference', new File([PNG], 'a.png'))
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: form })
    expect(await response.json()).toMatchObject({ fields: { prompt: 'line\r\nline' }, files: [{ field: 'input_reference' }] })
  })
})

const of = (fields: Record<string, unknown>, files: RequestBody['files'] = [], path = '/v1/videos') => fingerprintBody('POST', path, { fields, files, multipart: files.length > 0 })

const file = (bytes: number[], field = 'image') => ({ field, fileName: 'a', mediaType: 'image/png', bytes: new Uint8Array(bytes) })

it("OpenAI's own client is understood: a form of texts, a picture by address, a file", async () => {
  const app = await appWith()
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const received: RequestBody[] = []
  const client = new OpenAI({
    apiKey: 'sk_test',
    maxRetries: 0,
    baseURL: 'http://127.0.0.1/v1',
    fetch: async (url, init) => {
      // The client first asks the platform, by a `data:` URL, whether it can send forms at all.
      if (!String(url).startsWith('http')) return fetch(url, init)
      const response = await fetch(`http://127.0.0.1:${port}/`, init)
      received.push((await response.clone().json()) as RequestBody)
      return response
    },
  })
  const extras = { metadata: { a: '1' }, tags: ['x', 'y'], seed: 0, loop: true }
  await client.videos.create({ prompt: 'p', model: 'sora-2', seconds: '4', size: '1280x720', input_reference: { image_url: 'https://a.example/b.png' }, ...extras })
  await client.videos.create({ prompt: 'p', input_reference: new File([PNG], 'a.png', { type: 'image/png' }) })
  await client.videos.remix('vid_1', { prompt: 'at night' })
  expect(received).toMatchObject([
    { multipart: true, fields: { prompt: 'p', model: 'sora-2', seconds: '4', size: '1280x720', input_reference: { image_url: 'https://a.example/b.png' }, metadata: { a: '1' }, tags: ['x', 'y'], seed: '0', loop: 'true' } },
    { multipart: true, fields: { prompt: 'p' }, files: [{ field: 'input_reference', mediaType: 'image/png' }] },
    { multipart: false, fields: { prompt: 'at night' } },
  ])
})

describe('a fingerprint', () => {
  it('is the same however the request is written', async () => {
    expect(await of({ a: 1, b: { c: [1, 2], d: 'x' } })).toBe(await of({ b: { d: 'x', c: [1, 2] }, a: 1 }))
    const parts: Part[] = [['prompt', 'p'], ['image', PNG, { name: 'a' }]]
    expect((await postForm(parts, 'one')).fingerprint).toBe((await postForm(parts, 'two')).fingerprint)
    expect((await postJson('{"a":1,"b":2}')).fingerprint).toBe((await postJson('{ "b": 2, "a": 1 }')).fingerprint)
  })

  it('differs with anything that is said', async () => {
    const long = 'x'.repeat(3_000_000)
    const all = await Promise.all([
      of({ a: long }), of({ a: `${long}y` }), of({ a: `y${long}` }),
      of({ a: 1 }), of({ a: '1' }), of({ a: 2 }), of({ a: [1] }), of({ a: { 0: 1 } }), of({ a: null }), of({}), of({ a: 1, b: 2 }), of({ a: [1, 2] }), of({ a: [[1], 2] }), of({ a: [[1, 2]] }),
      of({ a: 1 }, [], '/v1/images'), of({ a: 1 }, [file([1])]), of({ a: 1 }, [file([2])]), of({ a: 1 }, [file([1], 'mask')]), of({ a: 1 }, [file([1]), file([2])]), of({ a: 1 }, [file([2]), file([1])]),
      fingerprintBody('PUT', '/v1/videos', { fields: { a: 1 }, files: [], multipart: false }),
    ])
    expect(new Set(all).size).toBe(all.length)
    expect(all[0]).toMatch(/^[0-9a-f]{64}$/)
  })
})
