import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { maskChanging } from './mask.ts'

type Pixel = readonly [red: number, green: number, blue: number, alpha: number]
const WHITE: Pixel = [255, 255, 255, 255]
const BLACK: Pixel = [0, 0, 0, 255]
const CLEAR: Pixel = [0, 0, 0, 0]

/** Two pixels: the left one and the right one. */
function picture(left: Pixel, right: Pixel): Promise<Buffer> {
  return sharp(Uint8Array.from([...left, ...right]), { raw: { width: 2, height: 1, channels: 4 } }).png().toBuffer()
}

async function shades(shade: 'white' | 'black', bytes: Uint8Array, vendor?: Record<string, unknown>): Promise<number[]> {
  const mask = await maskChanging(shade, { read: () => Promise.resolve({ bytes, mediaType: 'image/png' }) }, { ...(vendor && { vendor }) })
  const { data, info } = await sharp(mask).greyscale().raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height]).toEqual([2, 1])
  return Array.from(data).filter((_, at) => at % info.channels === 0)
}

describe('a mask', () => {
  test('that is white where it changes stays, or is turned', async () => {
    expect(await shades('white', await picture(WHITE, BLACK))).toEqual([255, 0])
    expect(await shades('black', await picture(WHITE, BLACK))).toEqual([0, 255])
  })

  test('that is transparent where it changes is painted', async () => {
    expect(await shades('white', await picture(CLEAR, WHITE))).toEqual([255, 0])
    expect(await shades('black', await picture(CLEAR, BLACK))).toEqual([0, 255])
  })

  test('that is black where it changes, because the request says so, is turned, or stays', async () => {
    expect(await shades('white', await picture(BLACK, WHITE), { mask_changes: 'black' })).toEqual([255, 0])
    expect(await shades('black', await picture(BLACK, WHITE), { mask_changes: 'black' })).toEqual([0, 255])
    expect(await shades('black', await picture(BLACK, CLEAR), { mask_changes: 'black' })).toEqual([0, 255])
  })

  test('that is no picture is refused', async () => {
    await expect(shades('white', Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ kind: 'refused', code: 'unsupported_media', param: 'inputs' })
  })
})
