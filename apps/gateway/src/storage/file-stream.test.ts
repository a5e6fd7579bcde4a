import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { openSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FileStream } from './file-stream.ts'

const CONTENT = randomBytes(5_000_003)

let folder: string
let path: string
let server: Server
let url: string
/** Of what the next answers are made. */
let range: { start: number; end: number }
/** What the last request was answered with. */
let stream: FileStream

const openRange = (start = 0, end = Infinity) => new FileStream({ fd: openSync(path, 'r'), start, end })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-file-'))
  path = join(folder, 'file')
  await writeFile(path, CONTENT)
  server = createServer((_request, response) => {
    stream = openRange(range.start, range.end)
    stream.pipe(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  url = `http://127.0.0.1:${address.port}`
})

afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  range = { start: 0, end: Infinity }
})

const RANGES = [[0, Infinity], [0, 0], [0, 262_143], [0, 262_144], [1, 262_144], [4_999_999, 5_000_002], [4_999_999, 99_999_999], [5_000_003, Infinity]] as const

describe.each(RANGES)('bytes %i to %i', (start, end) => {
  const expected = CONTENT.subarray(start, end + 1)

  test('come exactly when read', async () => {
    expect((await buffer(openRange(start, end))).equals(expected)).toBe(true)
  })

  test('come exactly when piped into a response, and the file is closed', async () => {
    range = { start, end }
    expect((await buffer(await fetchFile())).equals(expected)).toBe(true)
    await finished(stream)
    expect(stream.closed).toBe(true)
  })
})

test('a reader who is slower than the disk gets every byte right, though buffers are used again', async () => {
  const pieces: Buffer[] = []
  for await (const piece of await fetchFile()) {
    pieces.push(piece)
    for (let turns = 0; turns < 5; turns += 1) await turn()
  }
  expect(Buffer.concat(pieces).equals(CONTENT)).toBe(true)
})

test('many responses at once do not share a buffer', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, async () => buffer(await fetchFile())))
  expect(answers.every((answer) => answer.equals(CONTENT))).toBe(true)
})

test('piped into a transform that keeps its chunks, they stay as they were', async () => {
  const kept = openRange().pipe(new PassThrough({ highWaterMark: 10_000_000 }))
  await once(kept, 'finish')
  expect((await buffer(kept)).equals(CONTENT)).toBe(true)
})

test('it is sent to one response only', async () => {
  const answer = await fetchFile()
  expect(() => stream.pipe(new PassThrough())).toThrow('already')
  expect((await buffer(answer)).equals(CONTENT)).toBe(true)
})

test('when the client leaves, the file is closed', async () => {
  const answer = await fetchFile()
  await once(answer, 'readable')
  answer.destroy()
  await finished(stream).catch(() => {})
  expect(stream.closed).toBe(true)
})

test.runIf(process.platform === 'linux')('destroyed at any moment, it leaves no open file', async () => {
  for (let turns = 0; turns < 20; turns += 1) {
    const reader = openRange()
    reader.resume()
    for (let passed = 0; passed < turns; passed += 1) await turn()
    reader.destroy()
    if (!reader.closed) await once(reader, 'close')
  }
  const open = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  })
  expect(open).not.toContain(path)
})

test('a failed read is an error, not an end', async () => {
  const folderStream = new FileStream({ fd: openSync(folder, 'r'), start: 0, end: Infinity })
  await expect(buffer(folderStream)).rejects.toMatchObject({ code: 'EISDIR' })
})

async function fetchFile(): Promise<IncomingMessage> {
  const request = get(url, { agent: false })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return answer
}
