import sharp, { type Sharp } from 'sharp'
import { drawOverlay } from './overlay.ts'
import { decodePicture } from './picture.ts'
import { between, randomFrom } from './random.ts'
import type { ImageFormat, ImageSpec, Rendered } from './render-spec.ts'
import { evenPixels } from './render-spec.ts'
import { createScene } from './scene.ts'
import { createYuvFrame, rgbFromYuv } from './yuv.ts'

export interface RenderImageOptions {
  /** See `installTypeface`. */
  readonly fontFile?: string
}

/** A still of exactly the asked size, in the asked format. Throws `RenderError('refused')` for an unusable source. */
export async function renderImage(spec: ImageSpec, options: RenderImageOptions): Promise<Rendered> {
  const { widthPixels, heightPixels } = spec
  const ground = spec.source === undefined ? paintLandscape(spec) : gradeSource(await decodePicture(spec.source, widthPixels, heightPixels), spec)
  const details = [spec.label, `${widthPixels} × ${heightPixels}`, `seed ${spec.seed}`].filter((part) => part !== undefined).join('   ·   ')
  const overlay = await drawOverlay({ prompt: spec.prompt, details }, { ...options, widthPixels, heightPixels })
  // Flattened in its own pass: sharp would otherwise grade the overlay along with the picture.
  const base = await ground.removeAlpha().raw().toBuffer()
  const marked = sharp(base, { raw: { width: widthPixels, height: heightPixels, channels: 3 } })
    .composite([{ input: overlay, raw: { width: widthPixels, height: heightPixels, channels: 4 } }])
    .removeAlpha()
  return { bytes: await encode(marked, spec.format), mediaType: `image/${spec.format}`, widthPixels, heightPixels }
}

function paintLandscape(spec: ImageSpec): Sharp {
  const width = evenPixels(spec.widthPixels)
  const height = evenPixels(spec.heightPixels)
  const frame = createYuvFrame(width, height)
  createScene({ ...spec, widthPixels: width, heightPixels: height, durationSeconds: 0 }).paint(frame, 0)
  return sharp(rgbFromYuv(frame), { raw: { width, height, channels: 3 } }).extract({
    left: 0,
    top: 0,
    width: spec.widthPixels,
    height: spec.heightPixels,
  })
}

/** The caller's picture in another light: recognisable, yet plainly not the same file. */
function gradeSource(rgb: Uint8Array, spec: ImageSpec): Sharp {
  const random = randomFrom(`grade|${spec.seed}|${spec.prompt}`)
  const hue = Math.round(between(random, 20, 70)) * (random() < 0.5 ? -1 : 1)
  return sharp(rgb, { raw: { width: spec.widthPixels, height: spec.heightPixels, channels: 3 } }).modulate({
    hue,
    saturation: between(random, 0.75, 1.1),
    brightness: between(random, 0.94, 1.04),
  })
}

async function encode(picture: Sharp, format: ImageFormat): Promise<Buffer> {
  switch (format) {
    case 'png':
      return await picture.png({ compressionLevel: 6 }).toBuffer()
    case 'jpeg':
      return await picture.jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer()
    case 'webp':
      return await picture.webp({ quality: 88 }).toBuffer()
  }
}
