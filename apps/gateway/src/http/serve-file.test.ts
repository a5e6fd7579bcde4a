import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fastify, { type FastifyInstance } from 'fastify'
import { Client } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createStorage } from '../storage/create-storage.ts'
import { serveFile, type ServedFile } from './serve-file.ts'

const CONTENT = randomBytes(3_000_000)
const SHA256 = createHash('sha256').update(CONTENT).digest('hex')
const ETAG = `"${SHA256}"`
const LAST_MODIFIED = 'Sat, 21 Nov 2026 10:00:00 GMT'
const AN_HOUR_BEFORE = 'Sat, 21 Nov 2026 09:00:00 GMT'
const AN_HOUR_AFTER = 'Sat, 21 Nov 2026 11:00:00 GMT'

let app: FastifyInstance
let client: Client
let port: number
let file: ServedFile
/** Every source that was opened. */
let opened: Readable[]

beforeAll(async () => {
  app = fastify()
  // Fastify answers HEAD /file by itself from this; the other route does so explicitly.
  app.get('/file', (request, reply) => serveFile(request, reply, file))
  app.route({ method: ['GET', 'HEAD'], url: '/explicit', exposeHeadRoute: false, handler: (request, reply) => serveFile(request, reply, file) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  port = address.port
  client = new Client(`http://127.0.0.1:${port}`)
})

afterAll(async () => {
  await client.close()
  await app.close()
})

beforeEach(() => {
  opened = []
  file = {
    bytes: CONTENT.length,
    sha256: SHA256,
    mediaType: 'video/mp4',
    lastModified: new Date(Date.parse(LAST_MODIFIED) + 789),
    maxAgeSeconds: 600.5,
    open: async (range) => {
      const source = Readable.from(chunks(range === undefined ? CONTENT : CONTENT.subarray(range.start, range.end + 1)))
      opened.push(source)
      return source
    },
  }
})

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

async function ask(headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET', path = '/file'): Promise<Answer> {
  const response = await client.request({ method, path, headers })
  return { status: response.statusCode, headers: response.headers, body: await buffer(response.body) }
}

describe('200', () => {
  test('the whole file comes with its type, length, validators and nothing that lets it run', async () => {
    const { status, headers, body } = await ask()
    expect(status).toBe(200)
    expect(body.equals(CONTENT)).toBe(true)
    expect(headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '3000000',
      'accept-ranges': 'bytes',
      'etag': ETAG,
      'last-modified': LAST_MODIFIED,
      'cache-control': 'private, max-age=600',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'cross-origin',
      'content-disposition': 'inline',
    })
  })

  test.each(['/file', '/explicit'])('HEAD %s tells the same without a body, and opens nothing', async (path) => {
    const [got, told] = [await ask({}, 'GET', path), await ask({ range: 'bytes=0-9' }, 'HEAD', path)]
    // undici asks for the end of the connection after HEAD.
    for (const { headers } of [got, told]) for (const name of ['date', 'connection', 'keep-alive']) delete headers[name]
    expect(told.status).toBe(200)
    expect(told.headers).toEqual(got.headers)
    expect(told.body.length).toBe(0)
    expect(opened.length).toBe(1)
  })

  test.each(['bytes=5-4', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=1-2,4-5', 'items=0-4', 'bytes 0-4', 'bytes=0x1-5', 'bytes=1.5-3'])(
    'the range %j is not understood, or several, and gets the whole file',
    async (range) => {
      const { status, body } = await ask({ range })
      expect(status).toBe(200)
      expect(body.length).toBe(CONTENT.length)
    },
  )

  test('an empty file is served', async () => {
    file = { ...file, bytes: 0, open: async () => Readable.from([]) }
    expect(await ask()).toMatchObject({ status: 200, headers: { 'content-length': '0' }, body: Buffer.alloc(0) })
  })
})

describe('206', () => {
  test.each([
    ['bytes=0-0', 0, 0], ['bytes=0-99', 0, 99], ['bytes=100000-1234567', 100_000, 1_234_567], ['bytes=2999999-', 2_999_999, 2_999_999],
    ['bytes=1000-', 1_000, 2_999_999], ['bytes=-1', 2_999_999, 2_999_999], ['bytes=-70000', 2_930_000, 2_999_999],
    ['bytes=-9999999', 0, 2_999_999], ['bytes=2999990-99999999999999999999', 2_999_990, 2_999_999], ['BYTES=3-4', 3, 4], ['bytes=0-', 0, 2_999_999],
  ])('%s gives exactly bytes %i to %i', async (range, start, end) => {
    const { status, headers, body } = await ask({ range })
    expect(status).toBe(206)
    expect(headers).toMatchObject({ 'content-range': `bytes ${start}-${end}/3000000`, 'content-length': String(end - start + 1), 'etag': ETAG })
    expect(body.equals(CONTENT.subarray(start, end + 1))).toBe(true)
  })

  test('a download that broke off can be resumed in pieces, and is then the same file', async () => {
    const pieces: Buffer[] = []
    for (let at = 0; at < CONTENT.length; at += 700_001) {
      const { status, body } = await ask({ 'range': `bytes=${at}-${at + 700_000}`, 'if-range': ETAG })
      expect(status).toBe(206)
      pieces.push(body)
    }
    expect(createHash('sha256').update(Buffer.concat(pieces)).digest('hex')).toBe(SHA256)
  })

  test('If-Range with the exact date we gave gives the range', async () => {
    expect(await ask({ 'range': 'bytes=0-9', 'if-range': LAST_MODIFIED })).toMatchObject({ status: 206 })
  })

  test.each(['"another"', `W/${ETAG}`, AN_HOUR_AFTER, AN_HOUR_BEFORE, 'rubbish'])('If-Range: %s gives the whole file instead', async (condition) => {
    expect(await ask({ 'range': 'bytes=0-9', 'if-range': condition })).toMatchObject({ status: 200, headers: { 'content-length': '3000000' } })
  })
})

describe('304', () => {
  test.each([
    ['the tag', { 'if-none-match': ETAG }],
    ['the tag as a weak one', { 'if-none-match': `W/${ETAG}` }],
    ['the tag in a list', { 'if-none-match': `"a", ${ETAG} ,"b"` }],
    ['any tag', { 'if-none-match': '*' }],
    ['the date', { 'if-modified-since': LAST_MODIFIED }],
    ['a later date', { 'if-modified-since': AN_HOUR_AFTER }],
    ['the tag, whatever the date', { 'if-none-match': ETAG, 'if-modified-since': AN_HOUR_BEFORE }],
    ['the tag, before any range', { 'if-none-match': ETAG, 'range': 'bytes=0-9' }],
  ])('who has %s gets nothing again, by GET and by HEAD', async (_what, headers) => {
    for (const [method, path] of [['GET', '/file'], ['HEAD', '/file'], ['HEAD', '/explicit']] as const) {
      const answer = await ask(headers, method, path)
      expect(answer).toMatchObject({ status: 304, headers: { 'etag': ETAG, 'cache-control': 'private, max-age=600' } })
      expect(answer.headers['content-length']).toBeUndefined()
      expect(answer.body.length).toBe(0)
    }
    expect(opened).toEqual([])
  })

  test.each([
    [{ 'if-none-match': '"another"' }], [{ 'if-modified-since': AN_HOUR_BEFORE }], [{ 'if-modified-since': 'rubbish' }],
    [{ 'if-none-match': '"another"', 'if-modified-since': AN_HOUR_AFTER }],
  ])('%j has something else and gets the file', async (headers) => {
    expect(await ask(headers)).toMatchObject({ status: 200 })
  })
})

describe('412', () => {
  test.each([
    [{ 'if-match': '"another"' }], [{ 'if-match': `W/${ETAG}` }], [{ 'if-unmodified-since': AN_HOUR_BEFORE }],
    [{ 'if-match': '"another"', 'if-none-match': ETAG }],
  ])('%j does not hold', async (headers) => {
    expect(await ask(headers)).toMatchObject({ status: 412, body: Buffer.alloc(0) })
    expect(opened).toEqual([])
  })

  test.each([
    [{ 'if-match': ETAG }], [{ 'if-match': '*' }], [{ 'if-match': `"a", ${ETAG}` }], [{ 'if-unmodified-since': LAST_MODIFIED }],
    [{ 'if-unmodified-since': 'rubbish' }], [{ 'if-match': ETAG, 'if-unmodified-since': AN_HOUR_BEFORE }],
  ])('%j holds', async (headers) => {
    expect(await ask(headers)).toMatchObject({ status: 200 })
  })
})

describe('416', () => {
  test.each(['bytes=3000000-', 'bytes=3000000-3000001', 'bytes=99999999999999999999-', 'bytes=-0'])('%s lies outside the file', async (range) => {
    expect(await ask({ range })).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */3000000' }, body: Buffer.alloc(0) })
    expect(opened).toEqual([])
  })

  test('any range of an empty file lies outside', async () => {
    file = { ...file, bytes: 0 }
    for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-5']) expect(await ask({ range })).toMatchObject({ status: 416 })
  })
})

describe('failures', () => {
  test('a file that cannot be opened is an ordinary error answer, which nobody keeps', async () => {
    file = { ...file, open: () => Promise.reject(new Error('the bucket is gone')) }
    const { status, headers } = await ask({ range: 'bytes=0-9' })
    expect(status).toBe(500)
    for (const name of ['etag', 'cache-control', 'content-range', 'content-disposition']) expect(headers[name]).toBeUndefined()
  })

  test('a source that breaks on the way breaks the download off: it never looks complete', async () => {
    file = { ...file, open: async () => Readable.from(breaking()) }
    await expect(ask()).rejects.toThrow()
  })

  test('a client who leaves has the source closed', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /file HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'data')
    socket.pause()
    socket.destroy()
    const [source] = opened
    if (source === undefined) throw new Error('Nothing was opened.')
    if (!source.closed) await new Promise((resolve) => source.once('close', resolve).once('error', resolve))
    expect(source.destroyed).toBe(true)
  })

  test('a client who left before the file was open has it closed too', async () => {
    const left = Promise.withResolvers<void>()
    const source = Promise.withResolvers<Readable>()
    file = {
      ...file,
      open: async () => {
        socket.destroy()
        await left.promise
        const late = Readable.from(chunks(CONTENT))
        source.resolve(late)
        return late
      },
    }
    app.server.once('request', (request) => request.socket.once('close', () => left.resolve()))
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /file HTTP/1.1\r\nhost: x\r\n\r\n')
    const late = await source.promise
    if (!late.closed) await new Promise((resolve) => late.once('close', resolve).once('error', resolve))
    expect(late.destroyed).toBe(true)
  })
})

test('a file of the disk storage is served whole, in ranges, and to many at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'genlock-serve-'))
  const storage = await createStorage({ kind: 'disk', folder })
  await storage.put('outputs/vid_1/0.mp4', Readable.from(chunks(CONTENT)), { mediaType: 'video/mp4', maxBytes: CONTENT.length })
  file = { ...file, open: (range) => storage.open('outputs/vid_1/0.mp4', range) }
  const ranges = [[0, 2_999_999], [1, 2_999_998], [262_143, 262_144], [2_999_999, 2_999_999]] as const
  const areRight = await Promise.all(ranges.map(async ([start, end]) => {
    const answer = await fetch(`http://127.0.0.1:${port}/file`, { headers: { range: `bytes=${start}-${end}` } })
    return Buffer.from(await answer.arrayBuffer()).equals(CONTENT.subarray(start, end + 1))
  }))
  expect(areRight).toEqual([true, true, true, true])
  expect((await ask()).body.equals(CONTENT)).toBe(true)
  await rm(folder, { recursive: true })
})

describe('Content-Disposition', () => {
  test.each([
    ['video.mp4', 'attachment; filename="video.mp4"'],
    ['a\r\nSet-Cookie: x=1.mp4', 'attachment; filename="a__Set-Cookie_ x=1.mp4"'],
    ['"quoted"\\.mp4', 'attachment; filename="_quoted__.mp4"'],
    ['../../etc/passwd', 'attachment; filename=".._.._etc_passwd"'],
    ['视频.mp4', "attachment; filename=\"__.mp4\"; filename*=UTF-8''%E8%A7%86%E9%A2%91.mp4"],
    ["it's 100% (done).mp4", "attachment; filename=\"it's 100_ (done).mp4\"; filename*=UTF-8''it%27s%20100%25%20%28done%29.mp4"],
    ['\ud800.mp4', "attachment; filename=\"_.mp4\"; filename*=UTF-8''%EF%BF%BD.mp4"],
    ['\u202egpj.mp4', 'attachment; filename="_gpj.mp4"'],
  ])('the name %j is safe', async (fileName, expected) => {
    file = { ...file, fileName, disposition: 'attachment' }
    const { headers } = await ask({}, 'HEAD')
    expect(headers['content-disposition']).toBe(expected)
    expect(headers['set-cookie']).toBeUndefined()
  })

  test('a very long name is cut, between characters', async () => {
    file = { ...file, fileName: '🎬'.repeat(5_000) }
    const { headers } = await ask({}, 'HEAD')
    expect(String(headers['content-disposition']).length).toBeLessThan(2_200)
    expect(decodeURIComponent(String(headers['content-disposition']).split("''")[1] ?? '')).toBe('🎬'.repeat(150))
  })
})

async function* breaking(): AsyncGenerator<Buffer> {
  yield CONTENT.subarray(0, 1_000_000)
  throw new Error('the disk is gone')
}

function* chunks(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536)
}
