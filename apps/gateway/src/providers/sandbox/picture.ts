import sharp from 'sharp'
import { MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, RenderError } from './render-spec.ts'
import { type YuvFrame, yuvFromRgb } from './yuv.ts'

/**
 * A caller's picture, cropped from its middle to fill the given size: three bytes per pixel. The bytes are a stranger's, so
 * only JPEG, PNG and WebP by their first bytes, only so many pixels by their header, and nothing damaged.
 * Throws `RenderError('refused')`. Call it in the child only.
 */
export async function decodePicture(bytes: Uint8Array, widthPixels: number, heightPixels: number): Promise<Uint8Array> {
  if (bytes.byteLength > MAX_PICTURE_BYTES) throw new RenderError('refused', `picture has more than ${MAX_PICTURE_BYTES} bytes`)
  if (sniff(bytes) === undefined) throw new RenderError('refused', 'picture is not a JPEG, PNG or WebP')
  try {
    return await sharp(bytes, { limitInputPixels: MAX_PICTURE_PIXELS, failOn: 'error', pages: 1 })
      .autoOrient()
      .resize(widthPixels, heightPixels, { fit: 'cover' })
      .toColourspace('srgb')
      .flatten({ background: '#000000' })
      .removeAlpha()
      .raw()
      .toBuffer()
  } catch (cause) {
    throw new RenderError('refused', 'picture is damaged or too large to decode', { cause })
  }
}

/** As `decodePicture`; both sides must be even. */
export async function decodeFrame(bytes: Uint8Array, widthPixels: number, heightPixels: number): Promise<YuvFrame> {
  return yuvFromRgb(await decodePicture(bytes, widthPixels, heightPixels), widthPixels, heightPixels)
}

function sniff(bytes: Uint8Array): 'jpeg' | 'png' | 'webp' | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 12)).toString('latin1')
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'webp'
  return undefined
}
