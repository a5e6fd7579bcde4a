import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDiskStorage } from './disk.ts'
import type { Storage } from './storage.ts'

const MP4 = { mediaType: 'video/mp4', maxBytes: 1_000_000 }

let folder: string
let storage: Storage

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-disk-'))
  storage = await createDiskStorage({ folder: join(folder, 'files') })
  await writeFile(join(folder, 'secret.mp4'), 'secret')
})

afterEach(async () => {
  await storage.close()
  await rm(folder, { recursive: true, force: true })
})

test('a symbolic link in place of a file is not followed', async () => {
  await mkdir(join(folder, 'files/outputs'))
  await symlink(join(folder, 'secret.mp4'), join(folder, 'files/outputs/0.mp4'))
  await expect(storage.open('outputs/0.mp4')).rejects.toMatchObject({ kind: 'unavailable' })
  await expect(storage.stat('outputs/0.mp4')).rejects.toMatchObject({ kind: 'unavailable' })
  // Writing replaces the link itself and leaves what it pointed to.
  await storage.put('outputs/0.mp4', Readable.from(['ours']), MP4)
  expect(await text(await storage.open('outputs/0.mp4'))).toBe('ours')
})

test('a symbolic link in place of a folder is not followed, for reading, writing, deleting or listing', async () => {
  await symlink(folder, join(folder, 'files/outputs'))
  const refused = { kind: 'unavailable' }
  await expect(storage.open('outputs/secret.mp4')).rejects.toMatchObject(refused)
  await expect(storage.delete('outputs/secret.mp4')).rejects.toMatchObject(refused)
  await expect(storage.put('outputs/secret.mp4', Readable.from(['x']), MP4)).rejects.toMatchObject(refused)
  for await (const { key } of storage.list('')) expect.unreachable(key)
  expect(await readdir(folder)).toContain('secret.mp4')
})

test('a storage folder that is itself reached through a link works', async () => {
  await symlink(join(folder, 'files'), join(folder, 'linked'))
  const linked = await createDiskStorage({ folder: join(folder, 'linked') })
  await linked.put('outputs/0.mp4', Readable.from(['ours']), MP4)
  expect(await text(await storage.open('outputs/0.mp4'))).toBe('ours')
})

test('a folder is not a file', async () => {
  await mkdir(join(folder, 'files/outputs/0.mp4'), { recursive: true })
  expect(await storage.stat('outputs/0.mp4')).toBeUndefined()
})

test('the first byte alone can be read', async () => {
  await storage.put('outputs/0.mp4', Readable.from(['ours']), MP4)
  expect(await text(await storage.open('outputs/0.mp4', { start: 0, end: 0 }))).toBe('o')
})

test('puts of one key at once end with one of them, whole', async () => {
  const contents = Array.from({ length: 4 }, (_, index) => Buffer.alloc(300_000, index))
  await Promise.all(contents.map((content) => storage.put('outputs/0.mp4', Readable.from([content]), MP4)))
  const found = await buffer(await storage.open('outputs/0.mp4'))
  expect(contents.some((content) => content.equals(found))).toBe(true)
})

test('a reader who began before a replacement reads the old file to its end', async () => {
  await storage.put('outputs/0.mp4', Readable.from(['the old one']), MP4)
  const reader = await storage.open('outputs/0.mp4')
  await storage.put('outputs/0.mp4', Readable.from(['new']), MP4)
  await storage.delete('outputs/0.mp4')
  expect(await text(reader)).toBe('the old one')
})

test('what a dead process left unfinished is removed after a day and not before', async () => {
  const unfinished = join(folder, 'files/.unfinished')
  await writeFile(join(unfinished, 'old'), '')
  await writeFile(join(unfinished, 'new'), '')
  const yesterday = new Date(Date.now() - 25 * 3_600_000)
  await utimes(join(unfinished, 'old'), yesterday, yesterday)
  await createDiskStorage({ folder: join(folder, 'files') })
  expect(await readdir(unfinished)).toEqual(['new'])
})
