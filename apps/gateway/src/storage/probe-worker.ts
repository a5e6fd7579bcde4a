import { parentPort } from 'node:worker_threads'
import { ADTS, CustomSource, FLAC, Input, MP3, MP4, OGG, QTFF, WAVE, WEBM } from 'mediabunny'
import type { InputFormat } from 'mediabunny'
import type { MediaType } from './media-type.ts'

/**
 * Runs in a worker thread of its own, because the reader can be tricked: an MP4 of 15 kB whose sample table says
 * "4,294,967,295 samples" makes it build an array of as many objects, another makes it count for minutes (both tried).
 * `probe.ts` gives this thread little memory and little time, and begins a new one when it dies.
 */
export interface ProbeJob {
  kind: 'probe'
  mediaType: MediaType
  bytes: number
  /** Reads cost a round trip to a bucket. */
  isRemote: boolean
}
export type ToWorker = ProbeJob | { kind: 'data'; id: number; data: Uint8Array }
export type FromWorker =
  | { kind: 'read'; id: number; start: number; end: number }
  | { kind: 'tracks'; tracks: Tracks }
  | { kind: 'unreadable'; message: string }

/** What the container says, not yet judged. */
export interface Tracks {
  durationSeconds: number
  hasAudio: boolean
  video?: { widthPixels: number; heightPixels: number; framesPerSecond: number }
}

/** The frame rate is that of the first packets: enough for a mean, and it does not read all of a long file. */
const PACKETS_FOR_RATE = 120

/** Never HLS: a playlist is no medium, and would have other files read. */
const FORMATS: Partial<Record<MediaType, InputFormat>> = {
  'video/mp4': MP4,
  'video/quicktime': QTFF,
  'video/webm': WEBM,
  'audio/mp4': MP4,
  'audio/mpeg': MP3,
  'audio/wav': WAVE,
  'audio/aac': ADTS,
  'audio/ogg': OGG,
  'audio/flac': FLAC,
}

/** Bytes that were asked for. Those that cannot be had end the job, and this thread with it, from outside. */
const reads = new Map<number, (data: Uint8Array) => void>()
let lastRead = 0

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'probe') {
    void answer(message)
    return
  }
  reads.get(message.id)?.(message.data)
  reads.delete(message.id)
})

async function answer(job: ProbeJob): Promise<void> {
  try {
    send({ kind: 'tracks', tracks: await readTracks(job) })
  } catch (error) {
    send({ kind: 'unreadable', message: error instanceof Error ? error.message : String(error) })
  }
}

async function readTracks(job: ProbeJob): Promise<Tracks> {
  const format = FORMATS[job.mediaType]
  if (format === undefined) throw new Error(`There is no reader for ${job.mediaType}.`)
  using input = new Input({ source: createSource(job), formats: [format] })
  const video = await input.getPrimaryVideoTrack()
  const tracks = { durationSeconds: await input.computeDuration(), hasAudio: (await input.getPrimaryAudioTrack()) !== null }
  if (video === null) return tracks
  return {
    ...tracks,
    video: {
      widthPixels: await video.getDisplayWidth(),
      heightPixels: await video.getDisplayHeight(),
      framesPerSecond: (await video.computePacketStats(PACKETS_FOR_RATE)).averagePacketRate,
    },
  }
}

function createSource(job: ProbeJob): CustomSource {
  return new CustomSource({
    getSize: () => job.bytes,
    read: (start, end) =>
      new Promise((resolve) => {
        lastRead += 1
        reads.set(lastRead, resolve)
        send({ kind: 'read', id: lastRead, start, end })
      }),
    prefetchProfile: job.isRemote ? 'network' : 'none',
    handleUnhandledError: () => {},
  })
}

function send(message: FromWorker): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin, only a window has.
  parentPort?.postMessage(message)
}
