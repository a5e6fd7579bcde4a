import type { Readable } from 'node:stream'
import {
  DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, paginateListObjectsV2, S3Client, S3ServiceException,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { meter } from './meter.ts'
import { assertFolder, assertKey, assertRange, isKey, StorageError } from './storage.ts'
import type { ByteRange, FileStat, ListedFile, PutOptions, Storage, StoredFile } from './storage.ts'

export interface S3Options {
  bucket: string
  /** `us-east-1` where the service has no regions. */
  region: string
  /** Absent: Amazon's own. */
  endpoint?: string
  /** Put before every key, such as `genlock/`. */
  prefix?: string
  /** Absent, both of them: the environment's own credentials (role, instance profile, `AWS_…`). */
  accessKeyId?: string
  secretAccessKey?: string
  /** `true` for services that have no host name per bucket. */
  forcePathStyle?: boolean
}

/** S3 takes 10,000 parts at most (5 MiB each at least): 8 MiB parts reach 80 GB, and 2 in flight hold 16 MiB. */
const PART_BYTES = 8 * 1024 * 1024
const PARTS_IN_FLIGHT = 2

const CONNECT_TIMEOUT_MS = 5_000
/** Until the answer begins. Also covers the sending of one part. */
const REQUEST_TIMEOUT_MS = 60_000
/** Of silence while a body flows. Long, because a client who reads slowly keeps the line to S3 silent too. */
const SILENCE_TIMEOUT_MS = 120_000
/** Each reader who is being served from S3 holds one. */
const MAX_SOCKETS = 256
const MAX_ATTEMPTS = 3

/** Storage in a bucket of anything that speaks S3. */
export function createS3Storage(options: S3Options): Storage {
  const client = createClient(options)
  const Bucket = options.bucket
  const prefix = options.prefix ?? ''
  const place = (key: string) => {
    assertKey(key)
    return { Bucket, Key: prefix + key }
  }

  return {
    async put(key: string, source: Readable, { mediaType, maxBytes }: PutOptions): Promise<StoredFile> {
      const metered = meter(source, maxBytes)
      try {
        const upload = new Upload({
          client,
          params: { ...place(key), Body: metered.stream, ContentType: mediaType },
          partSize: PART_BYTES,
          queueSize: PARTS_IN_FLIGHT,
        })
        // A file of one part is one PutObject; a larger one shows when completed. Upload aborts it when anything fails.
        await upload.done()
        return metered.result()
      } catch (error) {
        metered.stream.destroy()
        source.destroy()
        throw metered.explain(error)
      }
    },

    async open(key: string, range?: ByteRange): Promise<Readable> {
      const where = place(key)
      if (range !== undefined) assertRange(range)
      // `bytes=0-` is left out: of an empty file it is an error.
      const Range = range === undefined || (range.start === 0 && range.end === undefined)
        ? undefined
        : `bytes=${range.start}-${range.end ?? ''}`
      try {
        const { Body } = await client.send(new GetObjectCommand({ ...where, ...(Range === undefined ? {} : { Range }) }))
        if (Body === undefined) throw new StorageError('unavailable', 'The bucket answered without a body.')
        // In Node the SDK's body is always a Readable; its type also covers browsers.
        return Body as Readable
      } catch (error) {
        throw asStorageError(error)
      }
    },

    async stat(key: string): Promise<FileStat | undefined> {
      try {
        const head = await client.send(new HeadObjectCommand(place(key)))
        return {
          bytes: head.ContentLength ?? 0,
          modifiedAt: head.LastModified ?? new Date(0),
          ...(head.ContentType === undefined ? {} : { mediaType: head.ContentType }),
          ...(head.ETag === undefined ? {} : { etag: head.ETag }),
        }
      } catch (error) {
        const failure = asStorageError(error)
        if (failure.kind === 'not_found') return undefined
        throw failure
      }
    },

    async delete(key: string): Promise<void> {
      try {
        await client.send(new DeleteObjectCommand(place(key)))
      } catch (error) {
        const failure = asStorageError(error)
        if (failure.kind !== 'not_found') throw failure
      }
    },

    list: (folder: string): AsyncIterable<ListedFile> => {
      assertFolder(folder)
      return listObjects(client, Bucket, prefix, folder)
    },

    close: async () => client.destroy(),
  }
}

function createClient(options: S3Options): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey, forcePathStyle } = options
  return new S3Client({
    region,
    maxAttempts: MAX_ATTEMPTS,
    forcePathStyle: forcePathStyle ?? false,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined ? {} : { credentials: { accessKeyId, secretAccessKey } }),
    // The SDK's newer default adds CRC trailers, which many S3-speaking services refuse.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      socketTimeout: SILENCE_TIMEOUT_MS,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
  })
}

async function* listObjects(client: S3Client, Bucket: string, prefix: string, folder: string): AsyncGenerator<ListedFile> {
  try {
    for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix + folder })) {
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
        const key = Key.slice(prefix.length)
        if (isKey(key)) yield { key, bytes: Size, modifiedAt: LastModified }
      }
    }
  } catch (error) {
    throw asStorageError(error)
  }
}

function asStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  if (error instanceof S3ServiceException) {
    // A HEAD has no body, so its code is the bare status; a missing *bucket* is ours to mend, not a missing file.
    if (error.name === 'NoSuchKey' || error.name === 'NotFound') return new StorageError('not_found', 'There is no such file.', error)
    if (error.name === 'InvalidRange') return new StorageError('bad_range', 'Nothing of the file lies in the range.', error)
  }
  return new StorageError('unavailable', 'The bucket could not be used.', error)
}
