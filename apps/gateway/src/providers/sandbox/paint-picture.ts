import sharp from 'sharp'
import { decodeMask, decodePicture, type RgbPicture } from './picture.ts'
import { between, randomFrom } from './random.ts'
import { evenPixels, type ImageSpec, type PictureWork } from './render-spec.ts'
import { createScene } from './scene.ts'
import { createYuvFrame, rgbFromYuv } from './yuv.ts'

/**
 * One picture of exactly the spec's sides, before it is marked: a landscape, or what the spec's work makes of `source`.
 * One can see at a glance what was asked for, and which picture it was asked of.
 */
export async function paintPicture(spec: ImageSpec, source: RgbPicture | undefined): Promise<RgbPicture> {
  const { widthPixels, heightPixels } = spec
  const rgb = source === undefined ? await paintLandscape(spec) : await workOn(source, spec)
  return { rgb, widthPixels, heightPixels }
}

async function workOn(source: RgbPicture, spec: ImageSpec): Promise<Uint8Array> {
  const { work, mask } = spec
  if (mask === undefined) return await transform(source, spec, work)
  // Inside the mask a new picture, outside of it the old one to the pixel.
  const light = await decodeMask(mask, spec.widthPixels, spec.heightPixels)
  const changed = spec.maskChanges === 'black' ? light.map((value) => 255 - value) : light
  return mixBy(changed, await fill(source, spec), await paintLandscape(spec))
}

async function transform(source: RgbPicture, spec: ImageSpec, work: PictureWork | undefined): Promise<Uint8Array> {
  switch (work?.kind) {
    case undefined:
      return await grade(await fill(source, spec), spec, 1)
    case 'crop':
    case 'upscale':
      return await fill(source, spec)
    case 'vary':
      return await grade(await fill(source, spec), spec, work.strength === 'subtle' ? SUBTLE : 1)
    case 'zoom_out':
      return await placeOnLandscape(await shrink(source, { widthPixels: spec.widthPixels / work.factor, heightPixels: spec.heightPixels / work.factor }, 'inside'), spec, { across: 0.5, down: 0.5 })
    case 'pan':
      return await placeOnLandscape(source, spec, { across: work.direction === 'left' ? 1 : 0, down: work.direction === 'up' ? 1 : 0 })
    case 'reframe':
      return await placeOnLandscape(await shrink(source, spec, 'inside'), spec, { across: 0.5, down: 0.5 })
    case 'replace_background':
      return mixBy(paintOval(spec, { radius: 0.42, centreY: 0.55 }), await paintLandscape(spec), await fill(source, spec))
    case 'blend':
      return await blend(source, spec)
    case 'swap_face': {
      const [face] = spec.others ?? []
      const target = await fill(source, spec)
      return face === undefined ? target : mixBy(paintOval(spec, { radius: 0.18, centreY: 0.34 }), target, await decodePicture(face, spec.widthPixels, spec.heightPixels))
    }
  }
}

/** Share of an ordinary change of light. */
const SUBTLE = 0.25

type Sides = Pick<ImageSpec, 'widthPixels' | 'heightPixels'>

async function paintLandscape(spec: ImageSpec): Promise<Uint8Array> {
  const width = evenPixels(spec.widthPixels)
  const height = evenPixels(spec.heightPixels)
  const frame = createYuvFrame(width, height)
  createScene({ ...spec, widthPixels: width, heightPixels: height, durationSeconds: 0 }).paint(frame, 0)
  return await sharp(rgbFromYuv(frame), { raw: { width, height, channels: 3 } })
    .extract({ left: 0, top: 0, width: spec.widthPixels, height: spec.heightPixels })
    .raw()
    .toBuffer()
}

/** The caller's picture in another light: recognisable, yet plainly not the same file. */
async function grade(rgb: Uint8Array, spec: ImageSpec, share: number): Promise<Uint8Array> {
  const random = randomFrom(`grade|${spec.seed}|${spec.prompt}`)
  const hue = Math.round(between(random, 20, 70) * share) * (random() < 0.5 ? -1 : 1)
  return await rawOf(rgb, spec)
    .modulate({ hue, saturation: between(random, 0.75, 1.1), brightness: between(random, 0.94, 1.04) })
    .removeAlpha()
    .raw()
    .toBuffer()
}

/** The source over the whole of the frame, cropped from its middle; untouched where it has that size. */
async function fill(source: RgbPicture, sides: Sides): Promise<Uint8Array> {
  return (await shrink(source, sides, 'cover')).rgb
}

async function shrink(source: RgbPicture, { widthPixels, heightPixels }: Sides, fit: 'cover' | 'inside'): Promise<RgbPicture> {
  const [width, height] = [Math.max(1, Math.round(widthPixels)), Math.max(1, Math.round(heightPixels))]
  if (source.widthPixels === width && source.heightPixels === height) return source
  const { data, info } = await rawOf(source.rgb, source).resize(width, height, { fit }).raw().toBuffer({ resolveWithObject: true })
  return { rgb: data, widthPixels: info.width, heightPixels: info.height }
}

/** `across` and `down` say where the room goes that is left: 0 puts the picture at the left or top, 1 at the other end. */
async function placeOnLandscape(picture: RgbPicture, spec: ImageSpec, { across, down }: { across: number; down: number }): Promise<Uint8Array> {
  const { rgb } = picture
  return await rawOf(await paintLandscape(spec), spec)
    .composite([{
      input: Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength),
      raw: { width: picture.widthPixels, height: picture.heightPixels, channels: 3 },
      left: Math.round((spec.widthPixels - picture.widthPixels) * across),
      top: Math.round((spec.heightPixels - picture.heightPixels) * down),
    }])
    .removeAlpha()
    .raw()
    .toBuffer()
}

/** All pictures with equal weight, in the light of the seed. */
async function blend(source: RgbPicture, spec: ImageSpec): Promise<Uint8Array> {
  const pictures = [await fill(source, spec)]
  for (const other of spec.others ?? []) pictures.push(await decodePicture(other, spec.widthPixels, spec.heightPixels))
  const mean = new Uint8Array(pictures[0]!.length)
  for (let at = 0; at < mean.length; at++) {
    let sum = 0
    for (const picture of pictures) sum += picture[at]!
    mean[at] = sum / pictures.length
  }
  return await grade(mean, spec, SUBTLE)
}

/** 255 inside an oval across the middle, 0 outside, with a soft edge. */
function paintOval({ widthPixels, heightPixels }: Sides, { radius, centreY }: { radius: number; centreY: number }): Uint8Array {
  const side = Math.min(widthPixels, heightPixels)
  const cover = new Uint8Array(widthPixels * heightPixels)
  for (let row = 0; row < heightPixels; row++) {
    const down = (row - centreY * heightPixels) / (side * radius * OVAL_HEIGHT)
    for (let column = 0; column < widthPixels; column++) {
      const across = (column - widthPixels / 2) / (side * radius)
      const distance = Math.sqrt(across * across + down * down)
      cover[row * widthPixels + column] = 255 * Math.min(1, Math.max(0, (1 - distance) / SOFT_EDGE + 0.5))
    }
  }
  return cover
}

/** Faces and figures are taller than they are wide. */
const OVAL_HEIGHT = 1.3
const SOFT_EDGE = 0.12

/** `over` where `weights` (0 to 255, one per pixel) say so, `under` elsewhere. */
function mixBy(weights: Uint8Array, under: Uint8Array, over: Uint8Array): Uint8Array {
  const mixed = new Uint8Array(under.length)
  for (let at = 0; at < mixed.length; at++) {
    const weight = weights[Math.floor(at / 3)]!
    mixed[at] = (over[at]! * weight + under[at]! * (255 - weight)) / 255
  }
  return mixed
}

function rawOf(rgb: Uint8Array, { widthPixels, heightPixels }: Sides) {
  return sharp(rgb, { raw: { width: widthPixels, height: heightPixels, channels: 3 } })
}
