import { randomUUID } from 'node:crypto'
import { close as closeCallback, constants, fstat as fstatCallback, open as openCallback } from 'node:fs'
import type { Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, realpath, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { dirname, extname, join, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { FileStream } from './file-stream.ts'
import { mediaTypeOfExtension } from './media-type.ts'
import { meter } from './meter.ts'
import { assertFolder, assertKey, assertRange, isKey, StorageError } from './storage.ts'
import type { ByteRange, FileStat, ListedFile, PutOptions, Storage, StoredFile } from './storage.ts'

export interface DiskOptions {
  /** Made when missing. May itself be reached through a symbolic link; nothing below it may be one. */
  folder: string
}

/** Unfinished files are made here, on the same file system as the finished ones, so that a rename moves them. */
const UNFINISHED = '.unfinished'

/** Nobody writes one file for a day: what is older was left by a process that died. */
const UNFINISHED_MAX_AGE_MS = 24 * 3_600_000

const openFd = promisify(openCallback)
const closeFd = promisify(closeCallback)
const statFd = promisify(fstatCallback)

/** Storage in a folder. Several processes may share it. */
export async function createDiskStorage(options: DiskOptions): Promise<Storage> {
  await mkdir(join(options.folder, UNFINISHED), { recursive: true })
  const root = await realpath(options.folder)
  await removeLeftovers(join(root, UNFINISHED))
  const syncs = new Map<string, { running: Promise<void>; next: Promise<void> | undefined }>()

  return {
    async put(key: string, source: Readable, { maxBytes }: PutOptions): Promise<StoredFile> {
      const metered = meter(source, maxBytes)
      const unfinished = join(root, UNFINISHED, randomUUID())
      try {
        assertKey(key)
        const path = join(root, key)
        await writeDurably(unfinished, metered.stream)
        const made = await mkdir(dirname(path), { recursive: true })
        await assertInside(root, dirname(path))
        await rename(unfinished, path)
        await syncFolders(dirname(path), made === undefined ? dirname(path) : dirname(made))
        return metered.result()
      } catch (error) {
        metered.stream.destroy()
        source.destroy()
        await rm(unfinished, { force: true })
        throw metered.explain(error)
      }
    },

    async open(key: string, range: ByteRange = { start: 0 }): Promise<Readable> {
      assertKey(key)
      assertRange(range)
      const { fd, stat } = await openForReading(root, key)
      const isWhole = range.start === 0 && range.end === undefined
      if (!isWhole && range.start >= stat.size) {
        await closeFd(fd)
        throw new StorageError('bad_range', `The file has ${stat.size} bytes; nothing begins at ${range.start}.`)
      }
      return new FileStream({ fd, start: range.start, end: range.end ?? Infinity })
    },

    async stat(key: string): Promise<FileStat | undefined> {
      assertKey(key)
      try {
        const { fd, stat } = await openForReading(root, key)
        await closeFd(fd)
        const mediaType = mediaTypeOfExtension(extname(key).slice(1))
        return { bytes: stat.size, modifiedAt: stat.mtime, ...(mediaType === undefined ? {} : { mediaType }) }
      } catch (error) {
        if (error instanceof StorageError && error.kind === 'not_found') return undefined
        throw error
      }
    },

    async delete(key: string): Promise<void> {
      assertKey(key)
      const path = join(root, key)
      try {
        await assertInside(root, dirname(path))
        await unlink(path)
        await syncFolder(dirname(path))
      } catch (error) {
        if (isMissing(error)) return
        throw asStorageError(error)
      }
    },

    list: (folder: string): AsyncIterable<ListedFile> => {
      assertFolder(folder)
      return walk(root, folder)
    },

    close: async () => {},
  }

  /** A rename is durable when its folder is; so is a new folder's name in the one above, up to `last`. */
  async function syncFolders(folder: string, last: string): Promise<void> {
    for (let path = folder; ; path = dirname(path)) {
      await syncFolder(path)
      if (path === last || path.length <= last.length) return
    }
  }

  /** Who comes while a folder is being synced shares the next sync with all who come meanwhile: it begins after their renames. */
  function syncFolder(path: string): Promise<void> {
    const known = syncs.get(path)
    if (known?.next) return known.next
    if (known) return (known.next = known.running.catch(() => undefined).then(() => startSync(path)))
    return startSync(path)
  }

  function startSync(path: string): Promise<void> {
    const sync = { running: syncOnce(path), next: undefined as Promise<void> | undefined }
    syncs.set(path, sync)
    void sync.running.catch(() => undefined).then(() => {
      if (syncs.get(path) === sync && sync.next === undefined) syncs.delete(path)
    })
    return sync.running
  }
}

async function writeDurably(path: string, stream: Readable): Promise<void> {
  const file = await open(path, 'wx', 0o640)
  try {
    await writeFile(file, stream)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncOnce(folder: string): Promise<void> {
  // Windows cannot open a folder for this; NTFS journals names by itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function openForReading(root: string, key: string): Promise<{ fd: number; stat: Stats }> {
  const path = join(root, key)
  try {
    await assertInside(root, dirname(path))
    // O_NOFOLLOW: a symbolic link put in a file's place is refused (ELOOP) instead of read.
    const fd = await openFd(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    const stat = await statFd(fd)
    if (stat.isFile()) return { fd, stat }
    await closeFd(fd)
    throw new StorageError('not_found', 'There is no such file.')
  } catch (error) {
    throw asStorageError(error)
  }
}

/** Keys cannot climb out by their words; this refuses a folder that was replaced by a symbolic link. */
async function assertInside(root: string, folder: string): Promise<void> {
  if ((await realpath(folder)) !== folder) {
    throw new StorageError('unavailable', `A symbolic link stands in the storage folder ${root}.`)
  }
}

async function* walk(root: string, folder: string): AsyncGenerator<ListedFile> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw asStorageError(error)
  })
  for (const entry of entries) {
    const key = folder + entry.name
    if (entry.isDirectory() && entry.name !== UNFINISHED) {
      yield* walk(root, `${key}/`)
    } else if (entry.isFile() && isKey(key)) {
      const stat = await lstat(join(root, ...key.split('/'))).catch(() => undefined)
      // Deleted while we looked.
      if (stat !== undefined) yield { key, bytes: stat.size, modifiedAt: stat.mtime }
    }
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = `${folder}${sep}${name}`
    const stat = await lstat(path).catch(() => undefined)
    if (stat !== undefined && Date.now() - stat.mtimeMs > UNFINISHED_MAX_AGE_MS) await rm(path, { force: true })
  }
}

function asStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  if (isMissing(error)) return new StorageError('not_found', 'There is no such file.', error)
  return new StorageError('unavailable', 'The storage folder could not be used.', error)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
