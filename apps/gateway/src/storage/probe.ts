import { open } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import { readImageHeader, type ImageMediaType } from './image-header.ts'
import { MediaError } from './media-error.ts'
import { mediaKind, SNIFF_BYTES, sniffMediaType, type MediaKind, type MediaType } from './media-type.ts'
import type { FromWorker, ToWorker, Tracks } from './probe-worker.ts'
import { StorageError, type Storage } from './storage.ts'

export type MediaSource = { path: string } | { storage: Storage; key: string } | Uint8Array

/** What a file is, read from the file itself. */
export interface MediaFacts {
  mediaType: MediaType
  bytes: number
  /** Of the picture as it is shown for a video; as it is stored for an image. */
  widthPixels?: number
  heightPixels?: number
  durationSeconds?: number
  framesPerSecond?: number
  hasVideo: boolean
  hasAudio: boolean
}

export interface MediaProber {
  /**
   * Reads what a file is, and refuses with `MediaError` what is not whole, not plausible or over a limit. `expected` is what
   * was claimed or is wanted: a media type, a kind, or nothing. Reads only headers and tables; decodes nothing.
   */
  probe(source: MediaSource, expected?: MediaType | MediaKind): Promise<MediaFacts>
  close(): Promise<void>
}

export interface ProbeLimits {
  /** For one file, reading included. */
  timeoutMs: number
  maxHeapMegabytes: number
  /** Of one video or sound file, by the reader; far more than its tables need. */
  maxReadBytes: number
}

const DEFAULT_LIMITS: ProbeLimits = { timeoutMs: 10_000, maxHeapMegabytes: 128, maxReadBytes: 128 * 1024 * 1024 }

const MAX_IMAGE_BYTES = 64 * 1024 * 1024
const MAX_DURATION_SECONDS = 3_600
const MAX_SIDE_PIXELS = 16_384
/** Of a still picture at 24 frames a second the sample sizes alone take 96; speech in Opus takes 750. */
const MIN_BYTES_PER_SECOND = 64
const MAX_FRAMES_PER_SECOND = 1_000
/**
 * Threads, each started when those before it are busy. A file takes about 1 ms of a thread and several of the disk, which
 * one thread would wait for file after file: archiving ended at 150 results/s, with 150 ms of waiting for each, on two
 * cores that were not busy.
 */
const MAX_READERS = 4
/** Files in line for one reader: each before it takes a moment, or `timeoutMs` if it is wicked. */
const MAX_WAITING = 1_000
/** An ordinary MP4 has three to five; a file in fragments has many, and is not followed to its end. */
const MAX_BOXES = 64

/** Starts nothing until the first video or sound file. */
export function createMediaProber(limits: Partial<ProbeLimits> = {}): MediaProber {
  const readers = Array.from({ length: MAX_READERS }, () => createTrackReader({ ...DEFAULT_LIMITS, ...limits }))
  // The first among equals, so that an idle server has one thread.
  const leastBusy = (): TrackReader => readers.reduce((least, reader) => (reader.waiting < least.waiting ? reader : least))

  return {
    async probe(source: MediaSource, expected?: MediaType | MediaKind): Promise<MediaFacts> {
      const file = await openSource(source)
      try {
        const mediaType = sniffMediaType(await file.read(0, Math.min(file.bytes, SNIFF_BYTES)))
        if (mediaType === undefined) throw new MediaError('not_media', 'The file is not an image, video or sound of a kind taken here.')
        if (expected !== undefined && expected !== mediaType && expected !== mediaKind(mediaType)) {
          throw new MediaError('mismatch', `The file is ${mediaType}, not ${expected}.`)
        }
        if (isImage(mediaType)) return await readImage(file, mediaType)
        await assertWhole(file, mediaType)
        return judge(await leastBusy().read(file, mediaType), mediaType, file.bytes)
      } finally {
        await file.close()
      }
    },
    close: async () => {
      await Promise.all(readers.map((reader) => reader.close()))
    },
  }
}

interface OpenFile {
  bytes: number
  isRemote: boolean
  /** `end` is not included. */
  read(start: number, end: number): Promise<Uint8Array>
  close(): Promise<void>
}

async function openSource(source: MediaSource): Promise<OpenFile> {
  if (source instanceof Uint8Array) {
    return { bytes: source.byteLength, isRemote: false, read: async (start, end) => source.subarray(start, end), close: async () => {} }
  }
  if ('path' in source) {
    const handle = await open(source.path)
    return {
      bytes: (await handle.stat()).size,
      isRemote: false,
      read: async (start, end) => {
        const { bytesRead, buffer: data } = await handle.read(Buffer.allocUnsafe(end - start), 0, end - start, start)
        return data.subarray(0, bytesRead)
      },
      close: () => handle.close(),
    }
  }
  const { storage, key } = source
  const stat = await storage.stat(key)
  if (stat === undefined) throw new StorageError('not_found', 'There is no such file.')
  return {
    bytes: stat.bytes,
    isRemote: true,
    read: async (start, end) => (end > start ? buffer(await storage.open(key, { start, end: end - 1 })) : new Uint8Array()),
    close: async () => {},
  }
}

function isImage(mediaType: MediaType): mediaType is ImageMediaType {
  return mediaKind(mediaType) === 'image'
}

async function readImage(file: OpenFile, mediaType: ImageMediaType): Promise<MediaFacts> {
  if (file.bytes > MAX_IMAGE_BYTES) throw new MediaError('too_large', `The image has more than ${MAX_IMAGE_BYTES} bytes.`)
  const data = await file.read(0, file.bytes)
  const { widthPixels, heightPixels } = readImageHeader(Buffer.from(data.buffer, data.byteOffset, data.byteLength), mediaType)
  return { mediaType, bytes: file.bytes, widthPixels, heightPixels, hasVideo: false, hasAudio: false }
}

/** Containers say how long they are; a shorter file lost its end on the way. */
async function assertWhole(file: OpenFile, mediaType: MediaType): Promise<void> {
  const claimed = await claimedBytes(file, mediaType)
  if (claimed !== undefined && claimed > file.bytes) {
    throw new MediaError('truncated', `The file has ${file.bytes} bytes of at least ${claimed}.`)
  }
}

async function claimedBytes(file: OpenFile, mediaType: MediaType): Promise<number | undefined> {
  switch (mediaType) {
    case 'video/mp4':
    case 'video/quicktime':
    case 'audio/mp4':
      return endOfBoxes(file)
    case 'video/webm':
      return endOfSegment(Buffer.from(await file.read(0, Math.min(file.bytes, SNIFF_BYTES))))
    case 'audio/wav': {
      const size = Buffer.from(await file.read(0, Math.min(file.bytes, 8)))
      const claimed = size.length === 8 ? size.readUInt32LE(4) : 0
      // Writers who stream do not know it and write all ones.
      return claimed === 0xffff_ffff ? undefined : claimed + 8
    }
    default:
      return undefined
  }
}

/** ISO/IEC 14496-12 4.2: a 32-bit size and a name; size 1 means 64 bits follow, size 0 means to the end of the file. */
async function endOfBoxes(file: OpenFile): Promise<number> {
  let at = 0
  for (let boxes = 0; boxes < MAX_BOXES && at + 8 <= file.bytes; boxes += 1) {
    const header = Buffer.from(await file.read(at, Math.min(at + 16, file.bytes)))
    let size = header.readUInt32BE(0)
    if (size === 0) return at
    if (size === 1 && header.length === 16) size = Number(header.readBigUInt64BE(8))
    if (size < 8) throw new MediaError('not_media', 'The file is not made of boxes.')
    at += size
  }
  return at
}

const SEGMENT = Buffer.from([0x18, 0x53, 0x80, 0x67])

/** RFC 8794 section 4: the leading zeros of a size's first byte tell its width; all ones means unknown. */
function endOfSegment(head: Buffer): number | undefined {
  const at = head.indexOf(SEGMENT)
  const width = Math.clz32(head[at + 4] ?? 0) - 23
  if (at < 0 || width > 8 || at + 4 + width > head.length) return undefined
  const mask = (1n << BigInt(7 * width)) - 1n
  const size = BigInt(`0x${head.toString('hex', at + 4, at + 4 + width)}`) & mask
  return size === mask ? undefined : at + 4 + width + Number(size)
}

function judge(tracks: Tracks, mediaType: MediaType, bytes: number): MediaFacts {
  const { durationSeconds, hasAudio, video } = tracks
  const isVideo = mediaKind(mediaType) === 'video'
  if (isVideo !== (video !== undefined)) throw new MediaError('mismatch', `The file says ${mediaType} but has ${isVideo ? 'no' : 'a'} picture.`)
  if (!isVideo && !hasAudio) throw new MediaError('mismatch', `The file says ${mediaType} but has no sound.`)
  // Also refuses NaN.
  if (!(durationSeconds > 0)) throw new MediaError('implausible', 'The file has no duration.')
  if (bytes / durationSeconds < MIN_BYTES_PER_SECOND) {
    throw new MediaError('implausible', `The file claims ${Math.round(durationSeconds)} seconds in ${bytes} bytes.`)
  }
  if (durationSeconds > MAX_DURATION_SECONDS) {
    throw new MediaError('too_large', `The file lasts longer than ${MAX_DURATION_SECONDS} seconds.`)
  }
  const facts = { mediaType, bytes, durationSeconds, hasAudio, hasVideo: isVideo }
  if (video === undefined) return facts
  const { widthPixels, heightPixels, framesPerSecond } = video
  if (!(Math.min(widthPixels, heightPixels) >= 1) || Math.max(widthPixels, heightPixels) > MAX_SIDE_PIXELS) {
    throw new MediaError('implausible', `The video claims ${widthPixels} × ${heightPixels} pixels.`)
  }
  if (!(framesPerSecond > 0) || framesPerSecond > MAX_FRAMES_PER_SECOND) {
    throw new MediaError('implausible', `The video claims ${framesPerSecond} frames a second.`)
  }
  return { ...facts, widthPixels, heightPixels, framesPerSecond }
}

interface TrackReader {
  /** Files in hand or in line. */
  readonly waiting: number
  read(file: OpenFile, mediaType: MediaType): Promise<Tracks>
  close(): Promise<void>
}

/** One worker thread, one file at a time; a thread that failed is replaced for the next file. */
function createTrackReader(limits: ProbeLimits): TrackReader {
  let worker: Worker | undefined
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()

  const start = (): Worker => {
    const started = startWorker(limits)
    started.once('exit', () => {
      if (worker === started) worker = undefined
    })
    worker = started
    return started
  }

  const readNext = async (file: OpenFile, mediaType: MediaType): Promise<Tracks> => {
    const current = worker ?? start()
    try {
      return await runJob(current, file, mediaType, limits)
    } catch (error) {
      if (error instanceof MediaError && error.reason === 'not_media') throw error
      // It hangs, ran out of memory, or still waits for bytes: not to be used again.
      await current.terminate()
      throw error
    }
  }

  return {
    get waiting() {
      return waiting
    },
    async read(file: OpenFile, mediaType: MediaType): Promise<Tracks> {
      if (waiting >= MAX_WAITING) throw new Error('Too many files wait to be probed.')
      waiting += 1
      const tracks = last.then(() => readNext(file, mediaType))
      last = tracks.catch(() => {})
      try {
        return await tracks
      } finally {
        waiting -= 1
      }
    },
    async close(): Promise<void> {
      await last
      await worker?.terminate()
    },
  }
}

function startWorker(limits: ProbeLimits): Worker {
  const worker = new Worker(new URL('probe-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: limits.maxHeapMegabytes, maxYoungGenerationSizeMb: 16 },
    // Neither our secrets nor our flags are its business.
    env: {},
    execArgv: [],
  })
  worker.unref()
  // Told to whoever's job it was; between jobs to nobody, and the next job begins another.
  worker.on('error', () => {})
  return worker
}

function runJob(worker: Worker, file: OpenFile, mediaType: MediaType, limits: ProbeLimits): Promise<Tracks> {
  const { promise, resolve, reject } = Promise.withResolvers<Tracks>()
  let bytesLeft = limits.maxReadBytes
  const post = (message: ToWorker, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer)
  const give = async ({ id, start, end }: { id: number; start: number; end: number }): Promise<void> => {
    // A copy of its own: a view would take all of the memory behind it along.
    const data = new Uint8Array(await file.read(start, end))
    post({ kind: 'data', id, data }, [data.buffer])
  }

  const onMessage = (message: FromWorker) => {
    switch (message.kind) {
      case 'read':
        bytesLeft -= message.end - message.start
        if (bytesLeft < 0) {
          reject(new MediaError('implausible', 'Too much of the file would have to be read to learn what it is.'))
          return
        }
        // What fails here is ours (disk, bucket), not the file's.
        give(message).catch(reject)
        return
      case 'tracks':
        resolve(message.tracks)
        return
      case 'unreadable':
        reject(new MediaError('not_media', `The file cannot be read as ${mediaType}.`, new Error(message.message)))
        return
    }
  }
  const onDeath = (cause: unknown) => reject(new MediaError('implausible', 'The file takes more to read than a file of its kind may.', cause))
  const timer = setTimeout(() => onDeath(new Error(`No answer within ${limits.timeoutMs} ms.`)), limits.timeoutMs)

  worker.on('message', onMessage)
  worker.on('error', onDeath)
  worker.on('exit', onDeath)
  post({ kind: 'probe', mediaType, bytes: file.bytes, isRemote: file.isRemote })
  return promise.finally(() => {
    clearTimeout(timer)
    worker.off('message', onMessage)
    worker.off('error', onDeath)
    worker.off('exit', onDeath)
  })
}
