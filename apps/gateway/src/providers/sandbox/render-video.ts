import { registerAacEncoder } from '@mediabunny/aac-encoder'
import h264 from 'h264-mp4-encoder'
import {
  AudioSample,
  AudioSampleSource,
  BufferSource,
  BufferTarget,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'
import { setImmediate } from 'node:timers/promises'
import sharp from 'sharp'
import { mixViews, paintView, type View, WHOLE_PICTURE } from './camera.ts'
import { clearDates } from './mp4-dates.ts'
import { createYuvOverlay, drawOverlay } from './overlay.ts'
import { decodeFrame, readRatio } from './picture.ts'
import { between, type Random, randomFrom } from './random.ts'
import { countFrames, evenPixels, MAX_SIDE_PIXELS, type Rendered, type VideoSpec } from './render-spec.ts'
import { createScene } from './scene.ts'
import { CHANNELS, SAMPLE_RATE, synthesizeTone } from './tone.ts'
import { createYuvFrame, mixFrames, rgbFromYuv, type YuvFrame, yuvOf } from './yuv.ts'

export interface RenderVideoOptions {
  /** See `installTypeface`. */
  readonly fontFile?: string
}

/**
 * A film as `spec` asks: H.264 in MP4 with the index first, AAC when `audio`. The same spec gives the same bytes on one machine.
 * Throws `RenderError('refused')` when a picture cannot be used. Holds its thread for a frame at a time (15 ms at 720p).
 */
export async function renderVideo(spec: VideoSpec, options: RenderVideoOptions): Promise<Rendered> {
  const [widthPixels, heightPixels] = await sidesOf(spec)
  const frameCount = countFrames(spec)
  const durationSeconds = frameCount / spec.framesPerSecond

  const movie = await createMovie(spec, { widthPixels, heightPixels, frameCount, durationSeconds })
  const details = [spec.label, `${widthPixels} × ${heightPixels}`, `${round(spec.framesPerSecond)} fps`, `${round(durationSeconds)} s`, `seed ${spec.seed}`]
  const rgba = await drawOverlay(
    { prompt: spec.prompt, details: details.filter((part) => part !== undefined).join('   ·   ') },
    { ...options, widthPixels, heightPixels },
  )
  const overlay = createYuvOverlay(rgba, widthPixels, heightPixels)

  const encoder = await createEncoder(widthPixels, heightPixels, spec.framesPerSecond)
  try {
    const frame = createYuvFrame(widthPixels, heightPixels)
    let poster: Uint8Array | undefined
    for (let index = 0; index < frameCount; index++) {
      movie(frame, index)
      overlay.applyTo(frame)
      paintProgress(frame, (index + 1) / frameCount)
      encoder.addFrameYuv(frame.bytes)
      poster ??= await drawPoster(frame)
      // Lets the child hear that its parent has gone.
      if (index % FRAMES_PER_BREATH === 0) await setImmediate()
    }
    encoder.finalize()
    const encoded = encoder.FS.readFile(encoder.outputFilename)
    const bytes = await mux(encoded, spec, { frameCount, durationSeconds })
    return { bytes, mediaType: 'video/mp4', widthPixels, heightPixels, durationSeconds, framesPerSecond: spec.framesPerSecond, ...(poster && { poster }) }
  } finally {
    encoder.FS.unlink(encoder.outputFilename)
    encoder.delete()
  }
}

const FRAMES_PER_BREATH = 8
/** A film of a very long picture shows the middle of it. */
const MAX_RATIO = 4

async function sidesOf(spec: VideoSpec): Promise<[width: number, height: number]> {
  const { widthPixels, heightPixels, firstFrame } = spec
  if (!spec.followsFirstFrame || firstFrame === undefined) return [evenPixels(widthPixels), evenPixels(heightPixels)]
  const ratio = Math.min(MAX_RATIO, Math.max(1 / MAX_RATIO, await readRatio(firstFrame)))
  const even = (side: number) => Math.min(MAX_SIDE_PIXELS, 2 * Math.round(side / 2))
  return [even(Math.sqrt(widthPixels * heightPixels * ratio)), even(Math.sqrt((widthPixels * heightPixels) / ratio))]
}

/** Paints frame `index` over the whole of `frame`. */
type Movie = (frame: YuvFrame, index: number) => void

interface Timing {
  readonly widthPixels: number
  readonly heightPixels: number
  readonly frameCount: number
  readonly durationSeconds: number
}

/**
 * Without pictures a landscape. With a first picture the camera starts on all of it and moves in; with a last one it ends on all
 * of it, having come from close up, after a cross-fade in the middle.
 */
async function createMovie(spec: VideoSpec, timing: Timing): Promise<Movie> {
  const { widthPixels, heightPixels, frameCount } = timing
  const first = spec.firstFrame && (await decodeFrame(spec.firstFrame, widthPixels, heightPixels))
  const last = spec.lastFrame && (await decodeFrame(spec.lastFrame, widthPixels, heightPixels))
  const random = randomFrom(`camera|${spec.seed}|${spec.prompt}`)
  const closeUp = chooseCloseUp(random)
  const otherCloseUp = chooseCloseUp(random)

  const opening = first === undefined ? createLandscape(spec, timing) : createMove(first, WHOLE_PICTURE, closeUp, frameCount)
  if (last === undefined) return opening

  const ending = createMove(last, otherCloseUp, WHOLE_PICTURE, frameCount)
  const fading = createYuvFrame(widthPixels, heightPixels)
  return (frame, index) => {
    const weight = smooth((shareOf(index, frameCount) - FADE_FROM) / (FADE_TO - FADE_FROM))
    if (weight < 1) opening(frame, index)
    if (weight === 0) return
    if (weight === 1) return ending(frame, index)
    ending(fading, index)
    mixFrames(frame, frame, fading, weight)
  }
}

const FADE_FROM = 0.35
const FADE_TO = 0.7

function createLandscape(spec: VideoSpec, timing: Timing): Movie {
  const scene = createScene({ prompt: spec.prompt, seed: spec.seed, ...timing })
  return (frame, index) => scene.paint(frame, index / spec.framesPerSecond)
}

function createMove(picture: YuvFrame, from: View, to: View, frameCount: number): Movie {
  return (frame, index) => paintView(frame, picture, mixViews(from, to, smooth(shareOf(index, frameCount))))
}

function chooseCloseUp(random: Random): View {
  return { zoom: between(random, 1.16, 1.34), centreX: between(random, 0.36, 0.64), centreY: between(random, 0.38, 0.58) }
}

/** 0 on the first frame, 1 on the last. A film of one frame stays at its start. */
function shareOf(index: number, frameCount: number): number {
  return frameCount > 1 ? index / (frameCount - 1) : 0
}

/** Eases in and out. */
function smooth(share: number): number {
  const x = Math.min(1, Math.max(0, share))
  return x * x * (3 - 2 * x)
}

const AMBER_YUV = yuvOf({ red: 0xff, green: 0xc2, blue: 0x4b })

/** A thin line along the lower edge that grows with time: one can see at a glance that the film runs, and where it is. */
function paintProgress(frame: YuvFrame, share: number): void {
  const { widthPixels, heightPixels } = frame
  const thickness = 2 * Math.max(1, Math.round(Math.min(widthPixels, heightPixels) / 360))
  const end = 2 * Math.round((widthPixels / 2) * share)
  for (let row = heightPixels - thickness; row < heightPixels; row++) frame.y.fill(AMBER_YUV.y, row * widthPixels, row * widthPixels + end)
  const chromaWidth = widthPixels / 2
  for (let row = (heightPixels - thickness) / 2; row < heightPixels / 2; row++) {
    frame.u.fill(AMBER_YUV.u, row * chromaWidth, row * chromaWidth + end / 2)
    frame.v.fill(AMBER_YUV.v, row * chromaWidth, row * chromaWidth + end / 2)
  }
}

const POSTER_SIDE_PIXELS = 640

async function drawPoster(frame: YuvFrame): Promise<Uint8Array> {
  const { widthPixels: width, heightPixels: height } = frame
  return await sharp(rgbFromYuv(frame), { raw: { width, height, channels: 3 } })
    .resize(POSTER_SIDE_PIXELS, POSTER_SIDE_PIXELS, { fit: 'inside', withoutEnlargement: true })
    .png()
    .toBuffer()
}

/**
 * Larger numbers are coarser (10–51). 26 keeps small text crisp and skies without blocks; a landscape of 5 s at 720p is then
 * 0.2 to 0.4 MB. The speed is the encoder's fastest: on these pictures slower ones gave the same size (within 2 %, measured).
 */
const QUANTIZATION = 26
const FASTEST = 10
/** A key frame at least this often, for seeking. */
const KEY_FRAME_SECONDS = 1

async function createEncoder(widthPixels: number, heightPixels: number, framesPerSecond: number): Promise<h264.H264MP4Encoder> {
  const encoder = await h264.createH264MP4Encoder()
  encoder.width = widthPixels
  encoder.height = heightPixels
  encoder.frameRate = Math.round(framesPerSecond)
  encoder.quantizationParameter = QUANTIZATION
  encoder.speed = FASTEST
  encoder.groupOfPictures = Math.max(1, Math.round(framesPerSecond * KEY_FRAME_SECONDS))
  encoder.initialize()
  return encoder
}

/**
 * The encoder's own MP4 has its index at the end, whole frame rates only, no word about colours and a wrong one about key frames;
 * so its packets are put into a new one, together with the sound.
 */
async function mux(encoded: Uint8Array, spec: VideoSpec, { frameCount, durationSeconds }: Pick<Timing, 'frameCount' | 'durationSeconds'>): Promise<Uint8Array> {
  const input = new Input({ source: new BufferSource(encoded), formats: [MP4] })
  const track = await input.getPrimaryVideoTrack()
  const config = await track?.getDecoderConfig()
  if (!track || !config) throw new Error('the encoder made no film')

  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target: new BufferTarget() })
  const video = new EncodedVideoPacketSource('avc')
  output.addVideoTrack(video, { frameRate: spec.framesPerSecond })
  const audio = spec.audio ? addAacTrack(output) : undefined
  await output.start()

  const decoderConfig = { ...config, colorSpace: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } as const }
  let index = 0
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const type = hasKeyPicture(packet.data) ? 'key' : 'delta'
    await video.add(packet.clone({ type, timestamp: index / spec.framesPerSecond, duration: 1 / spec.framesPerSecond }), { decoderConfig })
    index++
  }
  if (index !== frameCount) throw new Error(`the encoder made ${index} of ${frameCount} frames`)
  if (audio) await addTone(audio, spec.seed, durationSeconds)
  await output.finalize()

  if (output.target.buffer === null) throw new Error('the muxer made no file')
  const bytes = new Uint8Array(output.target.buffer)
  clearDates(bytes)
  return bytes
}

const KEY_PICTURE = 5

/**
 * The encoder's MP4 calls every frame a key frame, after which players seek to pictures that are not whole. So look: NAL units
 * stand one after the other behind their length in four bytes; type 5 is a slice of a key picture (ITU-T H.264, table 7-1).
 */
function hasKeyPicture(data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  for (let offset = 0; offset + 4 < data.byteLength; offset += 4 + view.getUint32(offset)) {
    if ((view.getUint8(offset + 4) & 31) === KEY_PICTURE) return true
  }
  return false
}

function addAacTrack(output: Output): AudioSampleSource {
  registerAac()
  const audio = new AudioSampleSource({ codec: 'aac', bitrate: 96_000 })
  output.addAudioTrack(audio)
  return audio
}

let isAacRegistered = false

/** mediabunny keeps one list of encoders per process, and grows it with every call. */
function registerAac(): void {
  if (isAacRegistered) return
  registerAacEncoder()
  isAacRegistered = true
}

const AAC_FRAME_SAMPLES = 1024

/** AAC comes in frames of 1024 samples, the first of which only warms up the decoder: so many as do not outlast the pictures. */
async function addTone(audio: AudioSampleSource, seed: number, durationSeconds: number): Promise<void> {
  const frames = Math.max(1, Math.floor((durationSeconds * SAMPLE_RATE) / AAC_FRAME_SAMPLES) - 1)
  const data = synthesizeTone(seed, frames * AAC_FRAME_SAMPLES)
  const sample = new AudioSample({ data, format: 'f32', numberOfChannels: CHANNELS, sampleRate: SAMPLE_RATE, timestamp: 0 })
  try {
    await audio.add(sample)
  } finally {
    sample.close()
  }
}

function round(value: number): string {
  return String(Math.round(value * 1000) / 1000)
}
