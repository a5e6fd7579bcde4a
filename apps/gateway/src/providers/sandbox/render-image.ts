import sharp from 'sharp'
import { drawOverlay } from './overlay.ts'
import { paintPicture } from './paint-picture.ts'
import { decodeWhole, type RgbPicture } from './picture.ts'
import { type ImageFormat, type ImageSpec, MAX_SIDE_PIXELS, MIN_SIDE_PIXELS, type Rendered } from './render-spec.ts'

export interface RenderImageOptions {
  /** See `installTypeface`. */
  readonly fontFile?: string
}

/** A still of exactly the asked size, or of its source's, in the asked format. Throws `RenderError('refused')` for an unusable picture. */
export async function renderImage(spec: ImageSpec, options: RenderImageOptions): Promise<Rendered> {
  const source = spec.source === undefined ? undefined : await openSource(spec.source, spec)
  const frame = frameOf(spec, source)
  const pictures: RgbPicture[] = []
  for (let index = 0; index < (spec.isGrid ? 4 : 1); index++) {
    const one = { ...spec, ...frame, seed: spec.seed + index }
    const picture = await paintPicture(one, source)
    // The one picture of a grid was marked when the grid was drawn.
    pictures.push(spec.work?.kind === 'crop' && spec.quadrant !== undefined ? picture : await mark(picture, one, options))
  }
  const whole = spec.isGrid ? assembleGrid(pictures) : pictures[0]!
  const { widthPixels, heightPixels } = whole
  return { bytes: await encode(whole, spec.format), mediaType: `image/${spec.format}`, widthPixels, heightPixels }
}

interface Frame {
  readonly widthPixels: number
  readonly heightPixels: number
}

/** The source, or the one picture of it that is meant, so that what is made of it stays within the largest side. */
async function openSource(bytes: Uint8Array, { quadrant, work, isGrid }: ImageSpec): Promise<RgbPicture> {
  const growth = work?.kind === 'upscale' ? work.factor : work?.kind === 'pan' ? PAN_GROWTH : 1
  const largest = Math.floor(MAX_SIDE_PIXELS / growth / (isGrid ? 2 : 1))
  if (quadrant === undefined) return await decodeWhole(bytes, largest)
  const grid = await decodeWhole(bytes, MAX_SIDE_PIXELS)
  const [width, height] = [grid.widthPixels >> 1, grid.heightPixels >> 1]
  const { data, info } = await sharp(grid.rgb, { raw: { width: grid.widthPixels, height: grid.heightPixels, channels: 3 } })
    .extract({ left: (quadrant - 1) % 2 === 0 ? 0 : width, top: quadrant <= 2 ? 0 : height, width, height })
    .resize(largest, largest, { fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { rgb: data, widthPixels: info.width, heightPixels: info.height }
}

/** A pan adds half of the side. */
const PAN_GROWTH = 1.5

/** The sides of one picture of the result. */
function frameOf(spec: ImageSpec, source: RgbPicture | undefined): Frame {
  if (!spec.followsSource || source === undefined) {
    const share = spec.isGrid ? 2 : 1
    return { widthPixels: Math.floor(spec.widthPixels / share), heightPixels: Math.floor(spec.heightPixels / share) }
  }
  const { work } = spec
  const grow = (side: number, factor: number) => Math.max(MIN_SIDE_PIXELS, Math.round(side * factor))
  const factor = work?.kind === 'upscale' ? work.factor : 1
  const across = work?.kind === 'pan' && (work.direction === 'left' || work.direction === 'right') ? PAN_GROWTH : factor
  const down = work?.kind === 'pan' && (work.direction === 'up' || work.direction === 'down') ? PAN_GROWTH : factor
  return { widthPixels: grow(source.widthPixels, across), heightPixels: grow(source.heightPixels, down) }
}

async function mark({ rgb, widthPixels, heightPixels }: RgbPicture, spec: ImageSpec, options: RenderImageOptions): Promise<RgbPicture> {
  const details = [spec.label, `${widthPixels} × ${heightPixels}`, `seed ${spec.seed}`].filter((part) => part !== undefined).join('   ·   ')
  const overlay = await drawOverlay({ prompt: spec.prompt, details }, { ...options, widthPixels, heightPixels })
  const marked = await sharp(rgb, { raw: { width: widthPixels, height: heightPixels, channels: 3 } })
    .composite([{ input: overlay, raw: { width: widthPixels, height: heightPixels, channels: 4 } }])
    .removeAlpha()
    .raw()
    .toBuffer()
  return { rgb: marked, widthPixels, heightPixels }
}

function assembleGrid(pictures: readonly RgbPicture[]): RgbPicture {
  const { widthPixels: width, heightPixels: height } = pictures[0]!
  const rgb = new Uint8Array(width * height * 4 * 3)
  const rowBytes = width * 3
  for (const [index, picture] of pictures.entries()) {
    const left = (index % 2) * rowBytes
    const top = index < 2 ? 0 : height
    for (let row = 0; row < height; row++) rgb.set(picture.rgb.subarray(row * rowBytes, (row + 1) * rowBytes), (top + row) * 2 * rowBytes + left)
  }
  return { rgb, widthPixels: 2 * width, heightPixels: 2 * height }
}

async function encode({ rgb, widthPixels, heightPixels }: RgbPicture, format: ImageFormat): Promise<Buffer> {
  const picture = sharp(rgb, { raw: { width: widthPixels, height: heightPixels, channels: 3 } })
  switch (format) {
    case 'png':
      return await picture.png({ compressionLevel: 6 }).toBuffer()
    case 'jpeg':
      return await picture.jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer()
    case 'webp':
      return await picture.webp({ quality: 88 }).toBuffer()
  }
}
