import sharp from 'sharp'
import { createYuvFrame, yuvOf, type YuvFrame } from './yuv.ts'

/** What is written over the picture. */
export interface OverlayText {
  readonly prompt: string
  /** The small line below the prompt. */
  readonly details: string
}

export interface OverlayOptions {
  readonly widthPixels: number
  readonly heightPixels: number
  /** A font that fills the gaps of the system's; without it, a script no font knows becomes boxes with its code points. */
  readonly fontFile?: string
}

/**
 * The badge SANDBOX and the prompt over a shade, as an RGBA picture (not premultiplied, four bytes per pixel) of the given size.
 * The prompt is wrapped, and shortened with an ellipsis where it does not fit.
 */
export async function drawOverlay(text: OverlayText, options: OverlayOptions): Promise<Buffer> {
  const { widthPixels, heightPixels } = options
  const unit = Math.min(widthPixels, heightPixels) / 720
  const margin = Math.round(Math.max(6, 36 * unit))
  const columnPixels = Math.max(16, Math.min(widthPixels - 2 * margin, Math.round(1100 * unit)))
  const promptPixels = Math.max(10, Math.round(29 * unit))
  const detailsPixels = Math.max(8, Math.round(18 * unit))

  const prompt = await drawLines(tidyText(text.prompt), {
    sizePixels: promptPixels,
    widthPixels: columnPixels,
    maxHeightPixels: Math.min(Math.round(heightPixels * 0.34), Math.round(promptPixels * 1.6 * MAX_PROMPT_LINES)),
    markup: 'foreground="#ffffff" weight="500"',
    fontFile: options.fontFile,
  })
  const details = await drawLines(tidyText(text.details), {
    sizePixels: detailsPixels,
    widthPixels: columnPixels,
    maxHeightPixels: Math.round(detailsPixels * 1.8),
    markup: 'foreground="#ffffff" alpha="72%"',
    fontFile: options.fontFile,
  })
  const badge = await drawBadge(unit, options.fontFile)

  const bottom = heightPixels - Math.round(margin * 1.05)
  const detailsTop = bottom - details.heightPixels
  const promptTop = detailsTop - Math.round(14 * unit) - prompt.heightPixels
  const layers = [
    { input: shade(widthPixels, heightPixels, promptTop - Math.round(110 * unit)), top: 0, left: 0 },
    { input: prompt.png, top: promptTop, left: margin },
    { input: details.png, top: detailsTop, left: margin },
    { input: badge, top: margin, left: margin },
  ]
  return await sharp({ create: { width: widthPixels, height: heightPixels, channels: 4, background: '#00000000' } })
    .composite(await Promise.all(layers.map((layer) => cutToFit(layer, widthPixels, heightPixels))))
    .raw()
    .toBuffer()
}

/** An overlay ready to be laid over YUV frames, many times. */
export interface YuvOverlay {
  applyTo(frame: YuvFrame): void
}

/** `rgba` as `drawOverlay` returns it; sides even. */
export function createYuvOverlay(rgba: Uint8Array, widthPixels: number, heightPixels: number): YuvOverlay {
  const colours = createYuvFrame(widthPixels, heightPixels)
  const cover = createYuvFrame(widthPixels, heightPixels)
  for (let row = 0; row < heightPixels; row += 2) {
    for (let column = 0; column < widthPixels; column += 2) {
      let coverSum = 0
      let uSum = 0
      let vSum = 0
      for (let corner = 0; corner < 4; corner++) {
        const pixel = (row + (corner >> 1)) * widthPixels + column + (corner & 1)
        const alpha = rgba[pixel * 4 + 3]!
        if (alpha === 0) continue
        const yuv = yuvOf({ red: rgba[pixel * 4]!, green: rgba[pixel * 4 + 1]!, blue: rgba[pixel * 4 + 2]! })
        colours.y[pixel] = (yuv.y * alpha) / 255 + 0.5
        cover.y[pixel] = alpha
        coverSum += alpha
        uSum += (yuv.u * alpha) / 255
        vSum += (yuv.v * alpha) / 255
      }
      const chroma = (row >> 1) * (widthPixels >> 1) + (column >> 1)
      colours.u[chroma] = uSum / 4 + 0.5
      colours.v[chroma] = vSum / 4 + 0.5
      cover.u[chroma] = coverSum / 4
      cover.v[chroma] = coverSum / 4
    }
  }
  return { applyTo: (frame) => blend(frame.bytes, colours.bytes, cover.bytes) }
}

/** `colours` are premultiplied; × 257 >> 16 is a division by 255, rounded. */
function blend(target: Uint8Array, colours: Uint8Array, cover: Uint8Array): void {
  for (let i = 0; i < target.length; i++) {
    const covered = cover[i]!
    if (covered === 0) continue
    target[i] = colours[i]! + ((target[i]! * (255 - covered) * 257 + 32_768) >> 16)
  }
}

const MAX_PROMPT_LINES = 4
/** Far more than fits on any overlay; keeps Pango from laying out a novel. */
const MAX_DRAWN_CHARACTERS = 900
const MAX_FITTING_TRIES = 14

interface LineOptions {
  readonly sizePixels: number
  readonly widthPixels: number
  readonly maxHeightPixels: number
  /** Attributes of a Pango span. */
  readonly markup: string
  readonly fontFile: string | undefined
}

interface DrawnText {
  readonly png: Buffer
  readonly heightPixels: number
}

/** Text wrapped to the width; the longest beginning of it that fits the height, found by halving. */
async function drawLines(text: string, options: LineOptions): Promise<DrawnText> {
  const characters = Array.from(text)
  const cut = characters.slice(0, MAX_DRAWN_CHARACTERS)
  const whole = cut.length < characters.length ? `${cut.join('')}…` : cut.join('')
  let best = await drawText(whole, options)
  if (best.heightPixels <= options.maxHeightPixels) return best

  let fits = 0
  let tooMany = cut.length
  for (let tries = 0; tries < MAX_FITTING_TRIES && tooMany - fits > 1; tries++) {
    const length = (fits + tooMany) >> 1
    const drawn = await drawText(`${cut.slice(0, length).join('').trimEnd()}…`, options)
    if (drawn.heightPixels <= options.maxHeightPixels) {
      fits = length
      best = drawn
    } else tooMany = length
  }
  return best
}

async function drawText(text: string, { sizePixels, widthPixels, markup, fontFile }: LineOptions): Promise<DrawnText> {
  // A text of nothing but spaces has no size, which sharp refuses.
  if (text.trim() === '') return { png: await emptyPixel(), heightPixels: 0 }
  const { data, info } = await sharp({
    text: {
      text: `<span ${markup}>${escapeMarkup(text)}</span>`,
      font: `${FONT_FAMILIES} ${sizePixels}`,
      ...(fontFile === undefined ? {} : { fontfile: fontFile }),
      width: widthPixels,
      wrap: 'word-char',
      // At 72 dpi a point is a pixel.
      dpi: 72,
      spacing: Math.round(sizePixels * 0.2),
      rgba: true,
    },
  })
    .png({ compressionLevel: 1 })
    .toBuffer({ resolveWithObject: true })
  return { png: data, heightPixels: info.height }
}

/** Pango goes through them for each character; UnifontEX, which has them all, must come last. */
const FONT_FAMILIES = 'Inter, Helvetica Neue, Segoe UI, Noto Sans, DejaVu Sans, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif, UnifontExMono'

async function drawBadge(unit: number, fontFile: string | undefined): Promise<Buffer> {
  const sizePixels = Math.max(11, Math.round(24 * unit))
  const text = await drawText('SANDBOX', {
    sizePixels,
    widthPixels: sizePixels * 20,
    maxHeightPixels: sizePixels * 2,
    markup: `foreground="${AMBER}" weight="700" letter_spacing="${Math.round(sizePixels * 0.16 * PANGO_UNITS)}"`,
    fontFile,
  })
  const { width: textPixels = 0 } = await sharp(text.png).metadata()
  const width = textPixels + Math.round(sizePixels * 1.5)
  const height = Math.round(sizePixels * 1.9)
  const line = Math.max(1, sizePixels / 12)
  const plate = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<rect x="${line / 2}" y="${line / 2}" width="${width - line}" height="${height - line}" rx="${sizePixels * 0.38}" ` +
      `fill="#0b0d14" fill-opacity="0.66" stroke="${AMBER}" stroke-width="${line}"/></svg>`,
  )
  return await sharp(plate).composite([{ input: text.png, gravity: 'centre' }]).png({ compressionLevel: 1 }).toBuffer()
}

const AMBER = '#ffc24b'
/** Pango measures letter spacing in 1024ths of a point. */
const PANGO_UNITS = 1024

/** Dark at the foot of the picture, nothing above `top`. */
function shade(widthPixels: number, heightPixels: number, top: number): Buffer {
  const from = Math.max(0, Math.min(top, heightPixels - 1))
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPixels}" height="${heightPixels}">` +
      `<defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#05060a" stop-opacity="0"/>` +
      `<stop offset="0.45" stop-color="#05060a" stop-opacity="0.46"/><stop offset="1" stop-color="#05060a" stop-opacity="0.74"/>` +
      `</linearGradient></defs><rect x="0" y="${from}" width="${widthPixels}" height="${heightPixels - from}" fill="url(#g)"/></svg>`,
  )
}

interface Layer {
  readonly input: Buffer
  readonly top: number
  readonly left: number
}

/** sharp refuses a layer that sticks out of the picture, which happens when the picture is tiny. */
async function cutToFit(layer: Layer, widthPixels: number, heightPixels: number): Promise<Layer> {
  const { width: layerWidth = 0, height: layerHeight = 0 } = await sharp(layer.input).metadata()
  const top = Math.max(0, layer.top)
  const left = Math.min(layer.left, widthPixels - 1)
  const width = Math.min(layerWidth, widthPixels - left)
  const height = Math.min(layerHeight, heightPixels - top)
  if (top === layer.top && left === layer.left && width === layerWidth && height === layerHeight) return layer
  const input = await sharp(layer.input).extract({ left: 0, top: 0, width, height }).png({ compressionLevel: 1 }).toBuffer()
  return { input, top, left }
}

/** One paragraph, no control characters, no halves of surrogate pairs: what Pango's markup parser takes. */
function tidyText(text: string): string {
  return text
    .slice(0, MAX_DRAWN_CHARACTERS * 4)
    .toWellFormed()
    .replace(/[\s\p{Cc}\p{Noncharacter_Code_Point}]+/gu, ' ')
    .trim()
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

async function emptyPixel(): Promise<Buffer> {
  return await sharp({ create: { width: 1, height: 1, channels: 4, background: '#00000000' } }).png().toBuffer()
}
