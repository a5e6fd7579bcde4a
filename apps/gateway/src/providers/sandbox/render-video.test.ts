import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny'
import sharp from 'sharp'
import { describe, expect, test, vi } from 'vitest'
import { iterateBoxes } from './mp4-dates.ts'
import { renderVideo } from './render-video.ts'
import type { VideoSpec } from './render-spec.ts'

const spec: VideoSpec = { kind: 'video', prompt: 'waves', widthPixels: 320, heightPixels: 180, framesPerSecond: 12, durationSeconds: 1, seed: 5, audio: false }

describe('the file', () => {
  test.each([
    [320, 180, 24, 2],
    [1470, 630, 10, 0.5],
    [834, 1112, 10, 0.5],
    [256, 256, 29.97, 1],
    [256, 144, 23.976, 1],
    [64, 48, 60, 1.5],
    [96, 64, 1, 3],
  ])('is H.264 of %i × %i at %f fps for %f s, to the frame', async (widthPixels, heightPixels, framesPerSecond, durationSeconds) => {
    const rendered = await renderVideo({ ...spec, widthPixels, heightPixels, framesPerSecond, durationSeconds }, {})
    const film = await probe(rendered.bytes)
    expect(film).toMatchObject({ mimeType: 'video/mp4', codec: 'avc', widthPixels, heightPixels })
    expect(film.packetCount).toBe(Math.round(durationSeconds * framesPerSecond))
    expect(Math.abs(film.durationSeconds - durationSeconds)).toBeLessThan(0.6 / framesPerSecond)
    expect(rendered.durationSeconds).toBeCloseTo(film.durationSeconds, 2)
  })

  test('has even sides, for H.264 has no others', async () => {
    const rendered = await renderVideo({ ...spec, widthPixels: 319, heightPixels: 181 }, {})
    expect(rendered).toMatchObject({ widthPixels: 320, heightPixels: 182 })
    expect(await probe(rendered.bytes)).toMatchObject({ widthPixels: 320, heightPixels: 182 })
  })

  test.each([[400, 400, 240, 240], [300, 600, 170, 340], [5000, 20, 480, 120]])('follows a first frame of %i × %i when it shall, with as many pixels as asked', async (width, height, widthPixels, heightPixels) => {
    const firstFrame = await sharp({ create: { width, height, channels: 3, background: '#a02020' } }).png().toBuffer()
    expect(await probe((await renderVideo({ ...spec, firstFrame, followsFirstFrame: true }, {})).bytes)).toMatchObject({ widthPixels, heightPixels })
    expect(await probe((await renderVideo({ ...spec, firstFrame }, {})).bytes)).toMatchObject({ widthPixels: 320, heightPixels: 180 })
  })

  test('can be played while it loads: its index comes before its pictures', async () => {
    const { bytes } = await renderVideo({ ...spec, audio: true }, {})
    expect(Array.from(iterateBoxes(Buffer.from(bytes)), ({ type }) => type)).toEqual(['ftyp', 'moov', 'mdat'])
  })

  test('can be entered every second, and only where a whole picture stands', async () => {
    const { bytes } = await renderVideo({ ...spec, durationSeconds: 3 }, {})
    expect((await probe(bytes)).keyFrames).toEqual([0, 12, 24])
  })

  test('says which colours it means', async () => {
    const { bytes } = await renderVideo(spec, {})
    const track = await new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS }).getPrimaryVideoTrack()
    expect(await track?.getColorSpace()).toEqual({ primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false })
  })
})

describe('sound', () => {
  test.each([0.1, 1, 5])('is AAC, and ends with the pictures of %f s', async (durationSeconds) => {
    const { bytes } = await renderVideo({ ...spec, durationSeconds, audio: true, framesPerSecond: 10 }, {})
    const film = await probe(bytes)
    expect(film.audio?.codec).toBe('aac')
    expect(film.durationSeconds).toBeCloseTo(durationSeconds, 2)
    expect(durationSeconds - film.audio!.durationSeconds).toBeGreaterThanOrEqual(0)
    expect(durationSeconds - film.audio!.durationSeconds).toBeLessThan(0.06)
  })

  test('is there only when asked for', async () => {
    const { bytes } = await renderVideo(spec, {})
    expect((await probe(bytes)).audio).toBeUndefined()
  })
})

describe('what is drawn', () => {
  test('the same spec gives the same bytes, sound included; another seed another film', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01') })
    try {
      const first = await renderSeed(1)
      vi.setSystemTime(new Date('2026-02-02'))
      expect(await renderSeed(1)).toEqual(first)
      expect(await renderSeed(2)).not.toEqual(first)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a film with a first picture begins with it', async () => {
    const { poster } = await renderVideo({ ...spec, firstFrame: await halves('#c02020', '#20c020') }, {})
    // The middle band, free of mark and text.
    const middle = await sharp(poster).extract({ left: 0, top: 60, width: 320, height: 40 }).resize(2, 1, { fit: 'fill' }).removeAlpha().raw().toBuffer()
    for (const [index, expected] of [0xc0, 0x20, 0x20, 0x20, 0xc0, 0x20].entries()) expect(Math.abs(middle[index]! - expected)).toBeLessThan(14)
  })

  test('a picture no one can decode is refused', async () => {
    await expect(renderVideo({ ...spec, lastFrame: Buffer.from('GIF89a') }, {})).rejects.toMatchObject({ fault: 'refused' })
  })
})

async function renderSeed(seed: number): Promise<Uint8Array> {
  return (await renderVideo({ ...spec, seed, audio: true, durationSeconds: 0.5 }, {})).bytes
}

async function probe(bytes: Uint8Array) {
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS })
  const video = await input.getPrimaryVideoTrack()
  const audio = await input.getPrimaryAudioTrack()
  if (!video) throw new Error('no video track')
  const keyFrames: number[] = []
  let packetCount = 0
  for await (const packet of new EncodedPacketSink(video).packets()) {
    if (packet.type === 'key') keyFrames.push(packetCount)
    packetCount++
  }
  return {
    mimeType: (await input.getMimeType()).split(';')[0],
    codec: video.codec,
    widthPixels: video.displayWidth,
    heightPixels: video.displayHeight,
    packetCount,
    keyFrames,
    durationSeconds: await input.computeDuration(),
    audio: audio ? { codec: audio.codec, durationSeconds: await audio.computeDuration() } : undefined,
  }
}

async function halves(left: string, right: string): Promise<Buffer> {
  return await sharp({ create: { width: 640, height: 360, channels: 3, background: right } })
    .composite([{ input: { create: { width: 320, height: 360, channels: 3, background: left } }, left: 0, top: 0 }])
    .png()
    .toBuffer()
}
