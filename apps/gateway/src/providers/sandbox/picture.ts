import sharp, { type Sharp } from 'sharp'
import { MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, RenderError } from './render-spec.ts'
import { type YuvFrame, yuvFromRgb } from './yuv.ts'

/** Three bytes per pixel, row by row. */
export interface RgbPicture {
  readonly rgb: Uint8Array
  readonly widthPixels: number
  readonly heightPixels: number
}

/**
 * A caller's picture, cropped from its middle to fill the given size: three bytes per pixel. The bytes are a stranger's, so
 * only JPEG, PNG and WebP by their first bytes, only so many pixels by their header, and nothing damaged.
 * Throws `RenderError('refused')`. Call it in the child only.
 */
export async function decodePicture(bytes: Uint8Array, widthPixels: number, heightPixels: number): Promise<Uint8Array> {
  return await decode(bytes, (picture) => flatten(picture.resize(widthPixels, heightPixels, { fit: 'cover' })).raw().toBuffer())
}

/** As `decodePicture`; both sides must be even. */
export async function decodeFrame(bytes: Uint8Array, widthPixels: number, heightPixels: number): Promise<YuvFrame> {
  return yuvFromRgb(await decodePicture(bytes, widthPixels, heightPixels), widthPixels, heightPixels)
}

/** Width over height as the picture is shown. Throws as `decodePicture` does. */
export async function readRatio(bytes: Uint8Array): Promise<number> {
  const { autoOrient } = await decode(bytes, (picture) => picture.metadata())
  return autoOrient.width / autoOrient.height
}

/** As `decodePicture`, in the picture's own size, made smaller where a side has more than `maxSidePixels`. */
export async function decodeWhole(bytes: Uint8Array, maxSidePixels: number): Promise<RgbPicture> {
  const { data, info } = await decode(bytes, (picture) =>
    flatten(picture.resize(maxSidePixels, maxSidePixels, { fit: 'inside', withoutEnlargement: true })).raw().toBuffer({ resolveWithObject: true }))
  return { rgb: data, widthPixels: info.width, heightPixels: info.height }
}

/**
 * How much of each pixel a mask lets change, 0 to 255, stretched over the given size. Of a mask with holes that is what
 * is transparent, and else what is white: vendors have both, and one mask cannot mean both.
 */
export async function decodeMask(bytes: Uint8Array, widthPixels: number, heightPixels: number): Promise<Uint8Array> {
  const rgba = await decode(bytes, (picture) => picture.resize(widthPixels, heightPixels, { fit: 'fill' }).toColourspace('srgb').ensureAlpha().raw().toBuffer())
  const hasHoles = rgba.some((value, index) => index % 4 === 3 && value < 255)
  return Uint8Array.from({ length: widthPixels * heightPixels }, (_, pixel) =>
    hasHoles ? 255 - rgba[pixel * 4 + 3]! : Math.round((rgba[pixel * 4]! + rgba[pixel * 4 + 1]! + rgba[pixel * 4 + 2]!) / 3))
}

function flatten(picture: Sharp): Sharp {
  return picture.toColourspace('srgb').flatten({ background: '#000000' }).removeAlpha()
}

async function decode<T>(bytes: Uint8Array, read: (picture: Sharp) => Promise<T>): Promise<T> {
  if (bytes.byteLength > MAX_PICTURE_BYTES) throw new RenderError('refused', `picture has more than ${MAX_PICTURE_BYTES} bytes`)
  if (sniff(bytes) === undefined) throw new RenderError('refused', 'picture is not a JPEG, PNG or WebP')
  try {
    return await read(sharp(bytes, { limitInputPixels: MAX_PICTURE_PIXELS, failOn: 'error', pages: 1 }).autoOrient())
  } catch (cause) {
    throw new RenderError('refused', 'picture is damaged or too large to decode', { cause })
  }
}

function sniff(bytes: Uint8Array): 'jpeg' | 'png' | 'webp' | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 12)).toString('latin1')
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'webp'
  return undefined
}
