import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStorage } from './create-storage.ts'
import { startS3Server } from './s3-server.fixture.ts'
import type { ListedFile, PutOptions, Storage } from './storage.ts'

interface Subject {
  storage: Storage
  /** How many unfinished uploads lie about. */
  unfinished(): Promise<number>
  stop(): Promise<void>
}

const SUBJECTS: Record<string, (folder: string) => Promise<Subject>> = {
  disk: async (folder) => ({
    storage: await createStorage({ kind: 'disk', folder }),
    unfinished: async () => (await readdir(join(folder, '.unfinished'))).length,
    stop: async () => {},
  }),
  s3: async (folder) => {
    const server = await startS3Server(folder)
    return { storage: await createStorage({ kind: 's3', ...server.options }), unfinished: server.unfinished, stop: server.stop }
  },
  's3 with a prefix': async (folder) => {
    const server = await startS3Server(folder)
    const storage = await createStorage({ kind: 's3', ...server.options, prefix: 'genlock/' })
    return { storage, unfinished: server.unfinished, stop: server.stop }
  },
}

const MP4: PutOptions = { mediaType: 'video/mp4', maxBytes: 100_000_000 }
/** More than two parts of a multipart upload. */
const LARGE = randomBytes(20_000_000)
const SMALL = Buffer.from('the first frame and the last')

describe.each(Object.entries(SUBJECTS))('storage on %s', (_name, start) => {
  let folder: string
  let subject: Subject
  let storage: Storage

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'genlock-storage-'))
    subject = await start(folder)
    storage = subject.storage
  })

  afterAll(async () => {
    await storage.close()
    await subject.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test.each([['an empty file', Buffer.alloc(0)], ['a small file', SMALL], ['a file of several parts', LARGE]])(
    '%s comes back byte for byte, with its size and hash told',
    async (_what, content) => {
      const stored = await storage.put('outputs/vid_1/0.mp4', pieces(content), MP4)
      expect(stored).toEqual({ bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') })
      expect((await buffer(await storage.open('outputs/vid_1/0.mp4'))).equals(content)).toBe(true)
      expect(await storage.stat('outputs/vid_1/0.mp4')).toMatchObject({ bytes: content.length, mediaType: 'video/mp4' })
    },
  )

  test('a range gives exactly its bytes, both ends included, and stops at the end of the file', async () => {
    await storage.put('outputs/vid_2/0.mp4', pieces(SMALL), MP4)
    const read = async (start: number, end?: number) =>
      String(await buffer(await storage.open('outputs/vid_2/0.mp4', end === undefined ? { start } : { start, end })))
    expect(await read(1, 1)).toBe('h')
    expect(await read(4, 8)).toBe('first')
    expect(await read(24)).toBe('last')
    expect(await read(24, 10_000)).toBe('last')
    expect(await read(0)).toBe(String(SMALL))
  })

  test('a range that begins past the end, or makes no sense, is an error and not an empty file', async () => {
    await storage.put('outputs/vid_3/0.mp4', pieces(SMALL), MP4)
    for (const range of [{ start: SMALL.length }, { start: 5, end: 4 }, { start: -1 }, { start: 0.5 }]) {
      await expect(storage.open('outputs/vid_3/0.mp4', range)).rejects.toMatchObject({ kind: 'bad_range' })
    }
  })

  test('what is not there is undefined to stat, an error to open, and nothing to delete', async () => {
    expect(await storage.stat('outputs/none/0.mp4')).toBeUndefined()
    await expect(storage.open('outputs/none/0.mp4')).rejects.toMatchObject({ kind: 'not_found' })
    await storage.delete('outputs/none/0.mp4')
  })

  test('a deleted file is gone, and may be deleted again', async () => {
    await storage.put('outputs/vid_4/0.mp4', pieces(SMALL), MP4)
    await storage.delete('outputs/vid_4/0.mp4')
    await storage.delete('outputs/vid_4/0.mp4')
    expect(await storage.stat('outputs/vid_4/0.mp4')).toBeUndefined()
  })

  test('a second put replaces the first', async () => {
    await storage.put('outputs/vid_5/0.mp4', pieces(LARGE), MP4)
    await storage.put('outputs/vid_5/0.mp4', pieces(SMALL), MP4)
    expect(String(await buffer(await storage.open('outputs/vid_5/0.mp4')))).toBe(String(SMALL))
  })

  test.each([['a small file', SMALL.length - 1, SMALL], ['a file of several parts', 18_000_000, LARGE]])(
    '%s over its limit is refused and leaves nothing, not even an unfinished upload',
    async (_what, maxBytes, content) => {
      const source = pieces(content)
      await expect(storage.put('outputs/vid_6/0.mp4', source, { ...MP4, maxBytes })).rejects.toMatchObject({ kind: 'too_large' })
      expect(await storage.stat('outputs/vid_6/0.mp4')).toBeUndefined()
      expect(await subject.unfinished()).toBe(0)
      expect(source.destroyed).toBe(true)
    },
  )

  test('a file of exactly its limit is taken', async () => {
    expect(await storage.put('outputs/vid_7/0.mp4', pieces(SMALL), { ...MP4, maxBytes: SMALL.length })).toMatchObject({ bytes: SMALL.length })
  })

  test('when the source breaks, its own error comes out and what stood under the key before still stands', async () => {
    await storage.put('outputs/vid_8/0.mp4', pieces(SMALL), MP4)
    const reset = new Error('connection reset')
    for (const content of [SMALL, LARGE]) {
      await expect(storage.put('outputs/vid_8/0.mp4', breaking(content, reset), MP4)).rejects.toBe(reset)
    }
    expect(String(await buffer(await storage.open('outputs/vid_8/0.mp4')))).toBe(String(SMALL))
    expect(await subject.unfinished()).toBe(0)
  })

  test('a source that is destroyed half way does not count as complete', async () => {
    const source = new Readable({ read() {} })
    source.push(SMALL)
    setImmediate(() => source.destroy())
    await expect(storage.put('outputs/vid_9/0.mp4', source, MP4)).rejects.toThrow('Premature close')
    expect(await storage.stat('outputs/vid_9/0.mp4')).toBeUndefined()
  })

  test('nothing is visible while a file is being written', async () => {
    const source = new Readable({ read() {} })
    source.push(LARGE)
    const stored = storage.put('outputs/vid_10/0.mp4', source, MP4)
    expect(await storage.stat('outputs/vid_10/0.mp4')).toBeUndefined()
    expect(await keys(storage.list('outputs/vid_10/'))).toEqual([])
    source.push(null)
    await stored
    expect(await storage.stat('outputs/vid_10/0.mp4')).toMatchObject({ bytes: LARGE.length })
  })

  test('a folder is listed with what lies below it and nothing else', async () => {
    for (const key of ['sweep/a/0.mp4', 'sweep/a/1.png', 'sweep/b/0.mp4', 'sweeper/a/0.mp4']) {
      await storage.put(key, pieces(SMALL), MP4)
    }
    expect(await keys(storage.list('sweep/'))).toEqual(['sweep/a/0.mp4', 'sweep/a/1.png', 'sweep/b/0.mp4'])
    expect(await keys(storage.list('sweep/a/'))).toEqual(['sweep/a/0.mp4', 'sweep/a/1.png'])
    expect(await keys(storage.list('nothing/'))).toEqual([])
    expect(await keys(storage.list(''))).toContain('sweeper/a/0.mp4')
    for await (const { bytes, modifiedAt } of storage.list('sweep/')) {
      expect(bytes).toBe(SMALL.length)
      expect(modifiedAt.getTime()).toBeGreaterThan(0)
    }
  })

  test.each([
    '../../etc/passwd', '/etc/passwd', 'outputs/../../x.mp4', 'C:\\x.mp4', 'outputs\\x.mp4', 'outputs/%2e%2e%2fx.mp4', 'outputs/a\0.mp4',
    'outputs//x.mp4', 'outputs/', 'x.mp4', '', 'outputs/.hidden', 'outputs/Vid_1/0.mp4', 'outputs/x.mp4\n', `outputs/${'a'.repeat(256)}.mp4`,
    'outputs/x.mp4.html.', 'outputs/-rf', '.unfinished/x',
  ])('the key %j is refused by every verb', async (key) => {
    const badKey = { kind: 'bad_key' }
    await expect(storage.put(key, pieces(SMALL), MP4)).rejects.toMatchObject(badKey)
    await expect(storage.open(key)).rejects.toMatchObject(badKey)
    await expect(storage.stat(key)).rejects.toMatchObject(badKey)
    await expect(storage.delete(key)).rejects.toMatchObject(badKey)
  })

  test('reading may stop half way without harm', async () => {
    await storage.put('outputs/vid_12/0.mp4', pieces(LARGE), MP4)
    for (let round = 0; round < 3; round += 1) {
      const stream = await storage.open('outputs/vid_12/0.mp4')
      for await (const chunk of stream) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
      await finished(stream).catch(() => {})
      expect(stream.destroyed).toBe(true)
    }
    expect(await storage.stat('outputs/vid_12/0.mp4')).toMatchObject({ bytes: LARGE.length })
  })
})

/** A source that gives its bytes as a download does, in chunks of 64 KB. */
function pieces(content: Buffer): Readable {
  return Readable.from(inChunks(content))
}

function breaking(content: Buffer, error: Error): Readable {
  async function* broken(): AsyncGenerator<Buffer> {
    yield* inChunks(content)
    throw error
  }
  return Readable.from(broken())
}

function* inChunks(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536)
}

async function keys(files: AsyncIterable<ListedFile>): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of files) found.push(key)
  return found.toSorted()
}
