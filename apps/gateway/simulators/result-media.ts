import h264 from 'h264-mp4-encoder'
import { BufferSource, BufferTarget, EncodedAudioPacketSource, EncodedPacket, EncodedPacketSink, EncodedVideoPacketSource, Input, MP4, Mp4OutputFormat, Output } from 'mediabunny'
import sharp from 'sharp'

/** What a simulated upstream is to have made. Sides are even: H.264 takes no others. */
export interface VideoShape {
  widthPixels: number
  heightPixels: number
  durationSeconds: number
  audio: boolean
}

/** Real files of exactly the size and length that were asked for, so that what is billed by the file is billed rightly. */
export interface ResultMedia {
  /** H.264 MP4 of 24 frames per second, with a silent AAC track if asked. */
  video(shape: VideoShape): Promise<Uint8Array<ArrayBuffer>>
  png(size: { widthPixels: number; heightPixels: number }): Promise<Uint8Array<ArrayBuffer>>
}

const FRAMES_PER_SECOND = 24

/** A picture and the frames that only say "the same again": encoded once for each size, then repeated for the duration. */
const LOOP_FRAMES = 8

/** Of each kind: a test asks for a few, and a file has some hundred kilobytes. */
const MAX_CACHED = 32

export function createResultMedia(): ResultMedia {
  const loops = new Map<string, Promise<Loop>>()
  const files = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  return {
    video: (shape) =>
      cached(files, JSON.stringify(shape), async () => {
        const { widthPixels, heightPixels } = shape
        return longVideo(await cached(loops, `${widthPixels}x${heightPixels}`, () => encodeLoop(widthPixels, heightPixels)), shape)
      }),
    png: (size) => cached(files, `png ${JSON.stringify(size)}`, () => encodePng(size)),
  }
}

interface Loop {
  packets: EncodedPacket[]
  decoderConfig: NonNullable<Awaited<ReturnType<NonNullable<Awaited<ReturnType<Input['getPrimaryVideoTrack']>>>['getDecoderConfig']>>>
}

function cached<Made>(cache: Map<string, Promise<Made>>, key: string, make: () => Promise<Made>): Promise<Made> {
  const known = cache.get(key)
  if (known !== undefined) return known
  const [oldest] = cache.keys()
  if (cache.size >= MAX_CACHED && oldest !== undefined) cache.delete(oldest)
  const made = make()
  cache.set(key, made)
  return made
}

async function encodeLoop(widthPixels: number, heightPixels: number): Promise<Loop> {
  const encoder = await h264.createH264MP4Encoder()
  encoder.width = widthPixels
  encoder.height = heightPixels
  encoder.frameRate = FRAMES_PER_SECOND
  encoder.groupOfPictures = LOOP_FRAMES
  encoder.speed = 10
  encoder.initialize()
  const picture = colourBands(widthPixels, heightPixels)
  for (let frame = 0; frame < LOOP_FRAMES; frame += 1) encoder.addFrameRgba(picture)
  encoder.finalize()
  const file = encoder.FS.readFile(encoder.outputFilename)
  encoder.FS.unlink(encoder.outputFilename)
  encoder.delete()

  const track = await new Input({ source: new BufferSource(file), formats: [MP4] }).getPrimaryVideoTrack()
  const decoderConfig = await track?.getDecoderConfig()
  if (!track || !decoderConfig) throw new Error('the encoder made no video')
  const packets: EncodedPacket[] = []
  for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet)
  return { packets, decoderConfig }
}

/** The shortest AAC-LC frame of silence in one channel, 1,024 samples long, and the configuration that it is read by. */
const SILENT_AAC_FRAME = Uint8Array.of(0x00, 0xc8, 0x00, 0x80, 0x23, 0x80)
const AAC_CONFIG = { codec: 'mp4a.40.2', numberOfChannels: 1, sampleRate: 44_100, description: Uint8Array.of(0x12, 0x08) }
const AAC_FRAME_SECONDS = 1024 / AAC_CONFIG.sampleRate

async function longVideo({ packets, decoderConfig }: Loop, { durationSeconds, audio }: VideoShape): Promise<Uint8Array<ArrayBuffer>> {
  const target = new BufferTarget()
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target })
  const pictures = new EncodedVideoPacketSource('avc')
  const sound = new EncodedAudioPacketSource('aac')
  output.addVideoTrack(pictures, { frameRate: FRAMES_PER_SECOND })
  if (audio) output.addAudioTrack(sound)
  await output.start()

  const frames = Math.round(durationSeconds * FRAMES_PER_SECOND)
  for (let frame = 0; frame < frames; frame += 1) {
    const packet = packets[frame % packets.length]
    if (!packet) throw new Error('the encoder made no frames')
    // Where a GOP begins is known here; the encoder's own index marks every frame as a key frame.
    const type = frame % LOOP_FRAMES === 0 ? 'key' : 'delta'
    await pictures.add(packet.clone({ type, timestamp: frame / FRAMES_PER_SECOND, duration: 1 / FRAMES_PER_SECOND }), { decoderConfig })
  }
  const soundFrames = audio ? Math.floor(durationSeconds / AAC_FRAME_SECONDS) : 0
  for (let frame = 0; frame < soundFrames; frame += 1) {
    await sound.add(new EncodedPacket(SILENT_AAC_FRAME, 'key', frame * AAC_FRAME_SECONDS, AAC_FRAME_SECONDS), { decoderConfig: AAC_CONFIG })
  }
  await output.finalize()
  if (target.buffer === null) throw new Error('the muxer made no file')
  return new Uint8Array(target.buffer)
}

/** Plain bands of colour: a few hundred bytes per key frame, at any size. */
function colourBands(widthPixels: number, heightPixels: number): Uint8Array {
  const colours = [0x38, 0x70, 0xa8, 0xe0]
  const pixels = new Uint8Array(widthPixels * heightPixels * 4)
  const bandPixels = Math.ceil(heightPixels / colours.length / 16) * 16
  for (let row = 0; row < heightPixels; row += 1) {
    const shade = colours[Math.floor(row / bandPixels)] ?? 0xe0
    for (let at = row * widthPixels * 4; at < (row + 1) * widthPixels * 4; at += 4) pixels.set([shade, 0x60, 0xff - shade, 0xff], at)
  }
  return pixels
}

async function encodePng({ widthPixels, heightPixels }: { widthPixels: number; heightPixels: number }): Promise<Uint8Array<ArrayBuffer>> {
  const image = sharp({ create: { width: widthPixels, height: heightPixels, channels: 3, background: { r: 0x38, g: 0x60, b: 0xc7 } } })
  return new Uint8Array(await image.png().toBuffer())
}
