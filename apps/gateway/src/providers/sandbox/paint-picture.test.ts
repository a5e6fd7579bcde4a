import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { renderImage } from './render-image.ts'
import type { ImageSpec, PictureWork } from './render-spec.ts'

const SIDE = 400
const base: ImageSpec = { kind: 'image', prompt: 'a lighthouse', widthPixels: SIDE, heightPixels: SIDE, seed: 3, format: 'png' }
const follow = { ...base, followsSource: true }

describe('a grid', () => {
  test('is four pictures of consecutive seeds, and each can be cropped out of it to the pixel', async () => {
    const grid = await render({ ...base, isGrid: true })
    expect(await sidesOf(grid)).toEqual([SIDE, SIDE])
    const crops = await Promise.all([1, 2, 3, 4].map((quadrant) => render({ ...follow, source: grid, quadrant, work: { kind: 'crop' } })))
    for (const [index, crop] of crops.entries()) {
      expect(await sidesOf(crop)).toEqual([SIDE / 2, SIDE / 2])
      const inGrid = await pixels(grid, { left: (index % 2) * (SIDE / 2), top: index < 2 ? 0 : SIDE / 2, width: SIDE / 2, height: SIDE / 2 })
      expect(await pixels(crop)).toEqual(inGrid)
      expect(await pixels(crop)).toEqual(await pixels(await render({ ...base, widthPixels: SIDE / 2, heightPixels: SIDE / 2, seed: 3 + index })))
    }
    expect(new Set(await Promise.all(crops.map(async (crop) => (await pixels(crop)).toString('base64')))).size).toBe(4)
  })

  test('of one picture of a grid shows that picture four times, each time otherwise', async () => {
    const source = await quarters()
    const grid = await render({ ...follow, source, quadrant: 2, isGrid: true, work: { kind: 'vary', strength: 'subtle' } })
    expect(await sidesOf(grid)).toEqual([SIDE, SIDE])
    const colours = await Promise.all([0, 1, 2, 3].map((index) => colourAt(grid, { left: (index % 2) * (SIDE / 2) + 100, top: (index < 2 ? 0 : SIDE / 2) + 70 })))
    // The second quarter is green.
    for (const [red, green, blue] of colours) expect(green).toBeGreaterThan(Math.max(red, blue))
    expect(new Set(colours.map(String)).size).toBe(4)
  })
})

describe('what becomes of a source', () => {
  test.each<[PictureWork, [number, number]]>([
    [{ kind: 'upscale', factor: 2 }, [600, 400]],
    [{ kind: 'zoom_out', factor: 2 }, [300, 200]],
    [{ kind: 'pan', direction: 'left' }, [450, 200]],
    [{ kind: 'pan', direction: 'down' }, [300, 300]],
    [{ kind: 'vary', strength: 'strong' }, [300, 200]],
    [{ kind: 'replace_background' }, [300, 200]],
  ])('%o gives its own size', async (work, sides) => {
    expect(await sidesOf(await render({ ...follow, source: await plain('#c02020', 300, 200), work }))).toEqual(sides)
  })

  test('zoomed out it stands in the middle of a landscape', async () => {
    const result = await render({ ...follow, source: await plain('#ff0000', SIDE, SIDE), work: { kind: 'zoom_out', factor: 2 } })
    expect(await colourAt(result, { left: 200, top: 180 })).toEqual([255, 0, 0])
    for (const corner of [{ left: 90, top: 200 }, { left: 310, top: 200 }, { left: 200, top: 95 }]) expect(await colourAt(result, corner)).not.toEqual([255, 0, 0])
  })

  test.each([['left', { left: 500, top: 150 }, { left: 100, top: 150 }], ['right', { left: 100, top: 150 }, { left: 500, top: 150 }], ['up', { left: 200, top: 350 }, { left: 300, top: 60 }]] as const)(
    'panned %s it stands at the other side, and that side is new',
    async (direction, old, added) => {
      const result = await render({ ...follow, source: await plain('#ff0000', SIDE, SIDE), work: { kind: 'pan', direction } })
      const [red] = await colourAt(result, old)
      expect(red).toBeGreaterThan(150)
      expect(await colourAt(result, added)).not.toEqual([255, 0, 0])
    },
  )

  test.each([
    ['white', 'white'],
    ['transparent', 'hole'],
  ] as const)('a mask lets change what is %s, and nothing else', async (_name, left) => {
    const result = await render({ ...follow, source: await plain('#ff0000', SIDE, SIDE), mask: await halfMask(left) })
    expect(await colourAt(result, { left: 300, top: 200 })).toEqual([255, 0, 0])
    expect(await colourAt(result, { left: 100, top: 200 })).not.toEqual([255, 0, 0])
  })

  test('a mask may also let change what is black', async () => {
    const result = await render({ ...follow, source: await plain('#ff0000', SIDE, SIDE), mask: await halfMask('white'), maskChanges: 'black' })
    expect(await colourAt(result, { left: 100, top: 200 })).toEqual([255, 0, 0])
    expect(await colourAt(result, { left: 300, top: 200 })).not.toEqual([255, 0, 0])
  })

  test('reframed all of it is there, in the shape that was asked for', async () => {
    const result = await render({ ...base, widthPixels: 600, heightPixels: 200, source: await plain('#ff0000', SIDE, SIDE), work: { kind: 'reframe' } })
    expect(await sidesOf(result)).toEqual([600, 200])
    expect(await colourAt(result, { left: 300, top: 80 })).toEqual([255, 0, 0])
    expect(await colourAt(result, { left: 190, top: 80 })).not.toEqual([255, 0, 0])
  })

  test('before another background the middle stays', async () => {
    const result = await render({ ...follow, source: await plain('#ff0000', SIDE, SIDE), work: { kind: 'replace_background' } })
    expect(await colourAt(result, { left: 200, top: 200 })).toEqual([255, 0, 0])
    expect(await colourAt(result, { left: 380, top: 60 })).not.toEqual([255, 0, 0])
  })

  test('blended, all pictures count alike', async () => {
    const result = await render({ ...base, source: await plain('#ff0000', 100, 100), others: [await plain('#0000ff', 50, 80)], work: { kind: 'blend' } })
    const [red, green, blue] = await colourAt(result, { left: 200, top: 150 })
    expect(Math.abs(red - blue)).toBeLessThan(90)
    expect(green).toBeLessThan(Math.min(red, blue))
  })

  test('a swapped face is the other picture’s, on the target', async () => {
    const result = await render({ ...follow, source: await plain('#ff0000', SIDE, SIDE), others: [await plain('#0000ff', 90, 90)], work: { kind: 'swap_face' } })
    expect(await colourAt(result, { left: 200, top: 136 })).toEqual([0, 0, 255])
    expect(await colourAt(result, { left: 30, top: 200 })).toEqual([255, 0, 0])
  })

  test('the largest that is drawn bounds what grows, and the smallest what is tiny', async () => {
    expect(await sidesOf(await render({ ...follow, source: await plain('#ff0000', 3000, 1500), work: { kind: 'upscale', factor: 2 } }))).toEqual([4096, 2048])
    expect(await sidesOf(await render({ ...follow, source: await plain('#ff0000', 1, 1), work: { kind: 'upscale', factor: 2 } }))).toEqual([32, 32])
  })
})

async function render(spec: ImageSpec): Promise<Uint8Array> {
  return (await renderImage(spec, {})).bytes
}

function plain(background: string, width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } }).png().toBuffer()
}

/** Red, green, blue and white. */
async function quarters(): Promise<Buffer> {
  const half = SIDE / 2
  const parts = await Promise.all(['#d02020', '#20d020', '#2020d0', '#f0f0f0'].map((colour) => plain(colour, half, half)))
  return sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#000' } })
    .composite(parts.map((input, index) => ({ input, left: (index % 2) * half, top: index < 2 ? 0 : half })))
    .png()
    .toBuffer()
}

/** Its left half white or a hole, its right half black. */
function halfMask(left: 'white' | 'hole'): Promise<Buffer> {
  const rgba = Buffer.alloc(SIDE * SIDE * 4)
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const isLeft = pixel % SIDE < SIDE / 2
    const shade = isLeft && left === 'white' ? 255 : 0
    rgba.set([shade, shade, shade, isLeft && left === 'hole' ? 0 : 255], pixel * 4)
  }
  return sharp(rgba, { raw: { width: SIDE, height: SIDE, channels: 4 } }).png().toBuffer()
}

async function sidesOf(picture: Uint8Array): Promise<[number, number]> {
  const { width, height } = await sharp(picture).metadata()
  return [width, height]
}

function pixels(picture: Uint8Array, region?: { left: number; top: number; width: number; height: number }): Promise<Buffer> {
  const opened = sharp(picture)
  return (region === undefined ? opened : opened.extract(region)).removeAlpha().raw().toBuffer()
}

async function colourAt(picture: Uint8Array, { left, top }: { left: number; top: number }): Promise<[number, number, number]> {
  const [red = 0, green = 0, blue = 0] = await pixels(picture, { left, top, width: 1, height: 1 })
  return [red, green, blue]
}
