import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { readImageHeader, type ImageMediaType } from './image-header.ts'
import { sniffMediaType } from './media-type.ts'

const SIZE = { width: 123, height: 45 }

async function picture(mediaType: ImageMediaType, options: { frames?: number; isLossless?: boolean; isProgressive?: boolean } = {}): Promise<Buffer> {
  const { frames = 1, isLossless = false, isProgressive = false } = options
  // Frames are stacked, each of another shade, or the encoder would merge them.
  const raw = Buffer.alloc(SIZE.width * SIZE.height * frames * 3, Buffer.from(Array.from({ length: frames }, (_, index) => index)))
  for (let frame = 0; frame < frames; frame += 1) raw.fill((frame * 7) % 256, frame * SIZE.width * SIZE.height * 3, (frame + 1) * SIZE.width * SIZE.height * 3)
  const image = sharp(raw, { raw: { width: SIZE.width, height: SIZE.height * frames, channels: 3, ...(frames > 1 ? { pageHeight: SIZE.height } : {}) } })
  switch (mediaType) {
    case 'image/jpeg':
      return image.withExif({ IFD0: { Copyright: 'us' } }).jpeg({ progressive: isProgressive }).toBuffer()
    case 'image/png':
      return image.png().toBuffer()
    case 'image/gif':
      return image.gif().toBuffer()
    case 'image/webp':
      return image.webp({ lossless: isLossless }).toBuffer()
  }
}

const KINDS: [string, ImageMediaType, Parameters<typeof picture>[1], number][] = [
  ['JPEG', 'image/jpeg', {}, 1],
  ['progressive JPEG', 'image/jpeg', { isProgressive: true }, 1],
  ['PNG', 'image/png', {}, 1],
  ['GIF', 'image/gif', {}, 1],
  ['moving GIF', 'image/gif', { frames: 5 }, 5],
  ['WebP', 'image/webp', {}, 1],
  ['lossless WebP', 'image/webp', { isLossless: true }, 1],
  ['moving WebP', 'image/webp', { frames: 5 }, 5],
]

describe.each(KINDS)('%s', (_name, mediaType, options, frames) => {
  test('size and frames are what the encoder made', async () => {
    const file = await picture(mediaType, options)
    expect(sniffMediaType(file)).toBe(mediaType)
    expect(readImageHeader(file, mediaType)).toEqual({ widthPixels: SIZE.width, heightPixels: SIZE.height, frames })
  })

  test('without its last bytes it is truncated, wherever it was cut', async () => {
    const file = await picture(mediaType, options)
    for (let cut = 20; cut < file.length; cut += Math.max(1, Math.floor(file.length / 50))) {
      expect(() => readImageHeader(file.subarray(0, cut), mediaType)).toThrow(expect.objectContaining({ reason: 'truncated' }))
    }
  })
})

test('a small PNG of 65,000 × 65,000 pixels is too large', async () => {
  const file = await picture('image/png')
  file.writeUInt32BE(65_000, 16)
  file.writeUInt32BE(65_000, 20)
  expect(() => readImageHeader(file, 'image/png')).toThrow(expect.objectContaining({ reason: 'too_large' }))
})

test.each(['image/gif', 'image/webp'] as const)('a %s of more than 300 frames is too large', async (mediaType) => {
  const file = await picture(mediaType, { frames: 301 })
  expect(() => readImageHeader(file, mediaType)).toThrow(expect.objectContaining({ reason: 'too_large' }))
})

test('a moving PNG counts by what it says', async () => {
  const file = await picture('image/png')
  const acTL = Buffer.from('0000000861635443000f42400000000000000000', 'hex')
  acTL.write('acTL', 4)
  const moving = Buffer.concat([file.subarray(0, 33), acTL, file.subarray(33)])
  expect(() => readImageHeader(moving, 'image/png')).toThrow(expect.objectContaining({ reason: 'too_large' }))
})

test('a JPEG with 20 MB of metadata is too large, and is not read for long', async () => {
  const file = await picture('image/jpeg')
  const segment = Buffer.alloc(65_537)
  segment.writeUInt16BE(0xffe2, 0)
  segment.writeUInt16BE(65_535, 2)
  const heavy = Buffer.concat([file.subarray(0, 2), ...Array.from({ length: 320 }, () => segment), file.subarray(2)])
  expect(() => readImageHeader(heavy, 'image/jpeg')).toThrow(expect.objectContaining({ reason: 'too_large' }))
})

test('an image without pixels is implausible', async () => {
  const file = await picture('image/png')
  file.writeUInt32BE(0, 16)
  expect(() => readImageHeader(file, 'image/png')).toThrow(expect.objectContaining({ reason: 'implausible' }))
})

test('a signature with rubbish behind it is no image', () => {
  const rubbish = Buffer.alloc(4_000, '<script>')
  for (const [mediaType, start] of [['image/jpeg', 'ffd8ff'], ['image/png', '89504e470d0a1a0a'], ['image/gif', '474946383961']] as const) {
    const file = Buffer.concat([Buffer.from(start, 'hex'), rubbish])
    expect(sniffMediaType(file)).toBe(mediaType)
    expect(() => readImageHeader(file, mediaType)).toThrow(expect.objectContaining({ name: 'MediaError' }))
  }
})

test('no broken image makes it throw anything else, or run long', async () => {
  for (const [, mediaType, options] of KINDS) {
    const file = await picture(mediaType, options)
    for (let round = 0; round < 300; round += 1) {
      const broken = Buffer.from(file)
      for (let hit = 0; hit < 3; hit += 1) broken[3 + ((round * 7_919 + hit * 104_729) % (Math.min(file.length, 200) - 3))] = (round * 31 + hit * 97) % 256
      try {
        readImageHeader(broken, mediaType)
      } catch (error) {
        expect(error).toMatchObject({ name: 'MediaError' })
      }
    }
  }
})
