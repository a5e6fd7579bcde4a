import type { Readable } from 'node:stream'

/**
 * Where bytes live: a folder, or an S3 bucket. Both keep the same promises, proved by one contract suite
 * (`storage.contract.test.ts`):
 *
 * - Nothing is visible under a key before all of it is durable; a failed `put` leaves nothing behind.
 * - `put` over an existing key replaces it in one step.
 * - A failure of the *source* is thrown as it came; a failure of ours is a `StorageError`.
 */
export interface Storage {
  put(key: string, source: Readable, options: PutOptions): Promise<StoredFile>
  /** Resolves once reading can begin, so that a missing file is an error here and not in the middle of an answer. */
  open(key: string, range?: ByteRange): Promise<Readable>
  stat(key: string): Promise<FileStat | undefined>
  /** Deleting what is not there is not an error. */
  delete(key: string): Promise<void>
  /** Everything under a folder (`''`, `outputs/`, `outputs/vid_x/`), in no promised order; for sweeps. */
  list(folder: string): AsyncIterable<ListedFile>
  close(): Promise<void>
}

export interface PutOptions {
  mediaType: string
  /** More bytes than this: `StorageError` `too_large`, and nothing is stored. */
  maxBytes: number
}

export interface StoredFile {
  bytes: number
  /** Lower-case hex, 64 characters, of what was stored. */
  sha256: string
}

/** Both ends count from zero and are included, as in `Range: bytes=start-end`. */
export interface ByteRange {
  start: number
  /** Absent: to the end. Past the end: to the end. */
  end?: number
}

export interface FileStat {
  bytes: number
  modifiedAt: Date
  mediaType?: string
  etag?: string
}

export interface ListedFile {
  key: string
  bytes: number
  modifiedAt: Date
}

/**
 * - `bad_key`: not one of our keys. - `not_found`: no such file. - `too_large`: the source gave more than it may.
 * - `bad_range`: nothing of the file lies in the range. - `unavailable`: disk or bucket failed; `cause` says how.
 */
export type StorageErrorKind = 'bad_key' | 'not_found' | 'too_large' | 'bad_range' | 'unavailable'

export class StorageError extends Error {
  readonly kind: StorageErrorKind

  constructor(kind: StorageErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StorageError'
    this.kind = kind
  }
}

/**
 * Keys are ours, never a caller's words: one to four folders and a name with at most one extension, lower case only
 * (some file systems fold case), each part beginning with a letter or digit (no `..`, no hidden files, no options).
 */
const KEY = /^(?:[a-z0-9][a-z0-9_-]{0,99}\/){1,4}[a-z0-9][a-z0-9_-]{0,99}(?:\.[a-z0-9]{1,8})?$/
const FOLDER = /^(?:[a-z0-9][a-z0-9_-]{0,99}\/){0,4}$/

export function assertKey(key: string): void {
  if (!KEY.test(key)) throw new StorageError('bad_key', 'This is not a storage key.')
}

export function isKey(text: string): boolean {
  return KEY.test(text)
}

export function assertFolder(folder: string): void {
  if (!FOLDER.test(folder)) throw new StorageError('bad_key', 'This is not a storage folder.')
}

export function assertRange(range: ByteRange): void {
  const { start, end = start } = range
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new StorageError('bad_range', `There is no range from ${start} to ${end}.`)
  }
}
