import { BufferSource, Input, MP4 } from 'mediabunny'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { createResultMedia } from './result-media.ts'

const media = createResultMedia()

describe('a simulated result', () => {
  test('is an H.264 MP4 of exactly the size and length asked for', async () => {
    const { duration, width, height, codec, sound } = await read(await media.video({ widthPixels: 1112, heightPixels: 834, durationSeconds: 5, audio: false }))
    expect({ duration, width, height, sound }).toEqual({ duration: 5, width: 1112, height: 834, sound: null })
    expect(codec).toMatch(/^avc1\./)
  })

  test('has a sound track, no longer than its pictures, when asked', async () => {
    const { duration, sound } = await read(await media.video({ widthPixels: 496, heightPixels: 864, durationSeconds: 4, audio: true }))
    expect({ duration, sound }).toEqual({ duration: 4, sound: 'aac' })
  })

  test('is made once for each shape', async () => {
    const shape = { widthPixels: 160, heightPixels: 90, durationSeconds: 2, audio: true }
    expect(await media.video(shape)).toBe(await media.video({ ...shape }))
  })

  test('has a last frame of the same size', async () => {
    const { format, width, height } = await sharp(await media.png({ widthPixels: 320, heightPixels: 180 })).metadata()
    expect({ format, width, height }).toEqual({ format: 'png', width: 320, height: 180 })
  })
})

async function read(file: Uint8Array) {
  const input = new Input({ source: new BufferSource(file), formats: [MP4] })
  const [pictures, sound] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()]
  return {
    duration: await input.computeDuration(),
    width: pictures?.displayWidth,
    height: pictures?.displayHeight,
    codec: await pictures?.getCodecParameterString(),
    sound: sound?.codec ?? null,
  }
}
