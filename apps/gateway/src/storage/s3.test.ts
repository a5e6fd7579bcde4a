import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createS3Storage } from './s3.ts'
import { startS3Server, type S3Server } from './s3-server.fixture.ts'
import type { Storage } from './storage.ts'

const MP4 = { mediaType: 'video/mp4', maxBytes: 1_000_000 }

let folder: string
let server: S3Server
let storage: Storage

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-s3-'))
  server = await startS3Server(folder)
  storage = createS3Storage(server.options)
})

afterEach(async () => {
  await storage.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a bucket that refuses is unavailable, which is not the same as a missing file', async () => {
  await storage.put('outputs/0.mp4', Readable.from(['ours']), MP4)
  server.answerWith(403)
  const unavailable = { kind: 'unavailable' }
  await expect(storage.stat('outputs/0.mp4')).rejects.toMatchObject(unavailable)
  await expect(storage.open('outputs/0.mp4')).rejects.toMatchObject(unavailable)
  await expect(storage.delete('outputs/0.mp4')).rejects.toMatchObject(unavailable)
  await expect(storage.put('outputs/0.mp4', Readable.from(['x']), MP4)).rejects.toMatchObject(unavailable)
  await expect(listAll()).rejects.toMatchObject(unavailable)
})

async function listAll(): Promise<void> {
  for await (const { key } of storage.list('outputs/')) expect.unreachable(key)
}

test('a missing bucket and a wrong secret are unavailable', async () => {
  for (const wrong of [{ bucket: 'no-such-bucket' }, { secretAccessKey: 'wrong' }]) {
    const other = createS3Storage({ ...server.options, ...wrong })
    await expect(other.put('outputs/0.mp4', Readable.from(['x']), MP4)).rejects.toMatchObject({ kind: 'unavailable' })
    await expect(other.open('outputs/0.mp4')).rejects.toMatchObject({ kind: 'unavailable' })
    await other.close()
  }
})

test('a server that is not there is unavailable', async () => {
  const nobody = createS3Storage({ ...server.options, endpoint: 'http://127.0.0.1:1' })
  await expect(nobody.stat('outputs/0.mp4')).rejects.toMatchObject({ kind: 'unavailable' })
  await nobody.close()
})

test('two storages with other prefixes do not see each other', async () => {
  const [a, b] = ['a/', 'b/'].map((prefix) => createS3Storage({ ...server.options, prefix })) as [Storage, Storage]
  await a.put('outputs/0.mp4', Readable.from(['ours']), MP4)
  expect(await b.stat('outputs/0.mp4')).toBeUndefined()
  expect(await storage.stat('a/outputs/0.mp4')).toMatchObject({ bytes: 4 })
  await a.close()
  await b.close()
})
