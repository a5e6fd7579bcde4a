import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { renderImage } from './render-image.ts'
import type { ImageSpec } from './render-spec.ts'

const spec: ImageSpec = { kind: 'image', prompt: 'a lighthouse in fog', widthPixels: 320, heightPixels: 180, seed: 3, format: 'png' }

describe('formats and sizes', () => {
  test.each(['png', 'jpeg', 'webp'] as const)('a %s is a %s of exactly the asked size, odd sides too', async (format) => {
    const { bytes, mediaType } = await renderImage({ ...spec, format, widthPixels: 853, heightPixels: 481 }, {})
    expect(mediaType).toBe(`image/${format}`)
    expect(await sharp(bytes).metadata()).toMatchObject({ format, width: 853, height: 481 })
  })

  test.each([
    [32, 32],
    [64, 1024],
    [1024, 64],
  ])('even %i × %i is drawn', async (widthPixels, heightPixels) => {
    const { bytes } = await renderImage({ ...spec, widthPixels, heightPixels, label: 'a model' }, {})
    expect(await sharp(bytes).metadata()).toMatchObject({ width: widthPixels, height: heightPixels })
  })
})

describe('what is drawn', () => {
  test('the same spec gives the same bytes; another seed or prompt another picture', async () => {
    const [once, again, otherSeed, otherPrompt] = await Promise.all([spec, spec, { ...spec, seed: 4 }, { ...spec, prompt: 'rain' }].map((each) => renderImage(each, {})))
    expect(once?.bytes).toEqual(again?.bytes)
    expect(once?.bytes).not.toEqual(otherSeed?.bytes)
    expect(once?.bytes).not.toEqual(otherPrompt?.bytes)
  })

  test('seed 0 and negative seeds are seeds like any other', async () => {
    const [zero, minusOne] = await Promise.all([0, -1].map((seed) => renderImage({ ...spec, seed }, {})))
    expect(zero?.bytes).not.toEqual(minusOne?.bytes)
  })

  test('the mark SANDBOX stands in amber in the upper left, whatever is below', async () => {
    const white = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#fff' } }).png().toBuffer()
    for (const each of [spec, { ...spec, source: white }]) {
      const { bytes } = await renderImage(each, {})
      const corner = await sharp(bytes).extract({ left: 0, top: 0, width: 130, height: 45 }).raw().toBuffer()
      expect(countAmber(corner)).toBeGreaterThan(60)
    }
  })

  test('a picture made from a source looks like it, but is not it', async () => {
    const source = await sharp({ create: { width: 400, height: 400, channels: 3, background: '#101010' } })
      .composite([{ input: { create: { width: 200, height: 400, channels: 3, background: '#e0e0e0' } }, left: 0, top: 0 }])
      .jpeg()
      .toBuffer()
    const { bytes } = await renderImage({ ...spec, source }, {})
    // The middle of the picture, free of mark and text.
    const middle = await sharp(bytes).extract({ left: 0, top: 60, width: 320, height: 40 }).resize(2, 1, { fit: 'fill' }).greyscale().raw().toBuffer()
    expect(middle[0]!).toBeGreaterThan(150)
    expect(middle[1]!).toBeLessThan(70)
  })

  test.each([
    ['markup', '<span foreground="red">&amp; </b> <script>'],
    ['control characters and half a pair', 'a\u0000b\u0007c\ud800d\uffffe'],
    ['nothing but spaces', ' \n\t '],
    ['a word without end', 'x'.repeat(5000)],
    ['a novel', 'It was a dark and stormy night; '.repeat(500)],
    ['scripts of all sorts', '一只红色的狐狸 こんにちは 안녕하세요 Привет مرحبا ไทย 😀'],
  ])('a prompt of %s is drawn as text', async (_, prompt) => {
    const { bytes } = await renderImage({ ...spec, prompt }, {})
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 320, height: 180 })
  })
})

describe('sources that are not pictures, or too much of one', () => {
  const refused: [string, () => Promise<Uint8Array> | Uint8Array][] = [
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>')],
    ['a GIF', () => sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } }).gif().toBuffer()],
    ['text', () => Buffer.from('hello')],
    ['nothing', () => new Uint8Array(0)],
    ['a PNG cut short', async () => (await noise()).subarray(0, 9000)],
    ['a PNG of 7,200 × 7,200 pixels in few bytes', () => sharp({ create: { width: 7200, height: 7200, channels: 3, background: '#fff' } }).png({ palette: true }).toBuffer()],
    ['a PNG header that claims 65,000 × 65,000', async () => claimSize(await noise(), 65_000)],
  ]
  test.each(refused)('%s is refused', async (_, make) => {
    await expect(renderImage({ ...spec, source: await make() }, {})).rejects.toMatchObject({ name: 'RenderError', fault: 'refused' })
  })
})

function countAmber(rgb: Uint8Array): number {
  let count = 0
  for (let i = 0; i < rgb.length; i += 3) {
    if (rgb[i]! > 200 && rgb[i + 1]! > 140 && rgb[i + 1]! < 215 && rgb[i + 2]! < 130) count++
  }
  return count
}

async function noise(): Promise<Buffer> {
  return await sharp({ create: { width: 200, height: 200, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma: 40 } } }).png().toBuffer()
}

/** Width and height stand at offsets 16 and 20 of every PNG. */
function claimSize(png: Buffer, side: number): Buffer {
  const copy = Buffer.from(png)
  copy.writeUInt32BE(side, 16)
  copy.writeUInt32BE(side, 20)
  return copy
}
