import {
  BufferTarget, EncodedAudioPacketSource, EncodedPacket, EncodedVideoPacketSource, MovOutputFormat, Mp4OutputFormat, Output, WebMOutputFormat,
} from 'mediabunny'

export interface FakeVideo {
  container: 'mp4' | 'mp4 in fragments' | 'mov' | 'webm'
  widthPixels: number
  heightPixels: number
  framesPerSecond: number
  durationSeconds: number
  withSound: boolean
}

export const FAKE_VIDEO: FakeVideo = {
  container: 'mp4', widthPixels: 320, heightPixels: 180, framesPerSecond: 24, durationSeconds: 2, withSound: false,
}

/** A file whose container is right and whose pictures are zeros: all that probing looks at, made in a few ms. */
export async function makeVideo(options: Partial<FakeVideo> = {}): Promise<Buffer> {
  const { container, widthPixels, heightPixels, framesPerSecond, durationSeconds, withSound } = { ...FAKE_VIDEO, ...options }
  const target = new BufferTarget()
  const output = new Output({ format: format(container), target })
  const isWebm = container === 'webm'
  const video = new EncodedVideoPacketSource(isWebm ? 'vp8' : 'avc')
  const sound = new EncodedAudioPacketSource('opus')
  output.addVideoTrack(video)
  if (withSound) output.addAudioTrack(sound)
  await output.start()

  const frames = Math.round(durationSeconds * framesPerSecond)
  const decoderConfig = isWebm
    ? { codec: 'vp8', codedWidth: widthPixels, codedHeight: heightPixels }
    : { codec: 'avc1.42c01e', codedWidth: widthPixels, codedHeight: heightPixels, description: Buffer.from('0142c01effe1000a6742c01ed900a0', 'hex') }
  for (let frame = 0; frame < frames; frame += 1) {
    const packet = new EncodedPacket(new Uint8Array(300), frame % 24 === 0 ? 'key' : 'delta', frame / framesPerSecond, 1 / framesPerSecond)
    await video.add(packet, { decoderConfig })
  }
  const soundPackets = withSound ? durationSeconds * 50 : 0
  for (let packet = 0; packet < soundPackets; packet += 1) {
    await sound.add(new EncodedPacket(new Uint8Array(80), 'key', packet / 50, 0.02), { decoderConfig: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 } })
  }
  await output.finalize()
  if (target.buffer === null) throw new Error('Nothing was written.')
  return Buffer.from(target.buffer)
}

function format(container: FakeVideo['container']): Mp4OutputFormat | MovOutputFormat | WebMOutputFormat {
  switch (container) {
    case 'mp4':
      return new Mp4OutputFormat({ fastStart: 'in-memory' })
    case 'mp4 in fragments':
      return new Mp4OutputFormat({ fastStart: 'fragmented' })
    case 'mov':
      return new MovOutputFormat({ fastStart: 'in-memory' })
    case 'webm':
      return new WebMOutputFormat()
  }
}

/** PCM of silence. */
export function makeWav(durationSeconds: number): Buffer {
  const data = Buffer.alloc(durationSeconds * 16_000)
  const head = Buffer.alloc(44)
  head.write('RIFF')
  head.writeUInt32LE(36 + data.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8_000, 24)
  head.writeUInt32LE(16_000, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(data.length, 40)
  return Buffer.concat([head, data])
}

/** `file` with the first box of that name, at any depth, given another body; the boxes around it are resized. */
export function withBox(file: Buffer, name: string, body: Buffer, newName = name): Buffer {
  const parents = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl'])
  const boxes: Buffer[] = []
  for (let at = 0; at + 8 <= file.length; at += file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8)
    const content = file.subarray(at + 8, at + file.readUInt32BE(at))
    if (type === name) boxes.push(box(newName, body))
    else boxes.push(box(type, parents.has(type) ? withBox(content, name, body, newName) : content))
  }
  return Buffer.concat(boxes)
}

export function box(name: string, body: Buffer): Buffer {
  return Buffer.concat([words(body.length + 8), Buffer.from(name, 'latin1'), body])
}

/** Big-endian, 32 bits each. */
export function words(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length)
  numbers.forEach((number, index) => bytes.writeUInt32BE(number, 4 * index))
  return bytes
}
