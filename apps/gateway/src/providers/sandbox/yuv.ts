/**
 * A picture as the encoder takes it: 8 bits, 4:2:0, planes one after the other in `bytes` (Y, then U, then V).
 * Sides are even. Colours are BT.709 in limited range (Y 16–235), and the MP4 says so.
 */
export interface YuvFrame {
  readonly widthPixels: number
  readonly heightPixels: number
  readonly bytes: Uint8Array
  readonly y: Uint8Array
  readonly u: Uint8Array
  readonly v: Uint8Array
}

export interface Rgb {
  readonly red: number
  readonly green: number
  readonly blue: number
}

export interface Yuv {
  readonly y: number
  readonly u: number
  readonly v: number
}

export function createYuvFrame(widthPixels: number, heightPixels: number): YuvFrame {
  const lumaBytes = widthPixels * heightPixels
  const chromaBytes = lumaBytes / 4
  const bytes = new Uint8Array(lumaBytes + 2 * chromaBytes)
  return {
    widthPixels,
    heightPixels,
    bytes,
    y: bytes.subarray(0, lumaBytes),
    u: bytes.subarray(lumaBytes, lumaBytes + chromaBytes),
    v: bytes.subarray(lumaBytes + chromaBytes),
  }
}

export function yuvOf({ red, green, blue }: Rgb): Yuv {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return {
    y: 16 + (219 / 255) * luma,
    u: 128 + (224 / 255) * ((blue - luma) / 1.8556),
    v: 128 + (224 / 255) * ((red - luma) / 1.5748),
  }
}

/** `rgb` holds three bytes per pixel, row by row. Each chroma sample is the mean of its four pixels. */
export function yuvFromRgb(rgb: Uint8Array, widthPixels: number, heightPixels: number): YuvFrame {
  const frame = createYuvFrame(widthPixels, heightPixels)
  for (let row = 0; row < heightPixels; row += 2) {
    for (let column = 0; column < widthPixels; column += 2) {
      let redSum = 0
      let greenSum = 0
      let blueSum = 0
      for (let corner = 0; corner < 4; corner++) {
        const pixel = (row + (corner >> 1)) * widthPixels + column + (corner & 1)
        const red = rgb[pixel * 3]!
        const green = rgb[pixel * 3 + 1]!
        const blue = rgb[pixel * 3 + 2]!
        frame.y[pixel] = 16.5 + 0.182586 * red + 0.614231 * green + 0.062007 * blue
        redSum += red
        greenSum += green
        blueSum += blue
      }
      const mean = yuvOf({ red: redSum / 4, green: greenSum / 4, blue: blueSum / 4 })
      const chroma = (row >> 1) * (widthPixels >> 1) + (column >> 1)
      frame.u[chroma] = mean.u + 0.5
      frame.v[chroma] = mean.v + 0.5
    }
  }
  return frame
}

/** Three bytes per pixel, row by row. */
export function rgbFromYuv(frame: YuvFrame): Uint8Array {
  const { widthPixels, heightPixels } = frame
  const rgb = new Uint8ClampedArray(widthPixels * heightPixels * 3)
  for (let row = 0; row < heightPixels; row++) {
    for (let column = 0; column < widthPixels; column++) {
      const pixel = row * widthPixels + column
      const chroma = (row >> 1) * (widthPixels >> 1) + (column >> 1)
      const luma = 1.164384 * (frame.y[pixel]! - 16)
      const blueness = frame.u[chroma]! - 128
      const redness = frame.v[chroma]! - 128
      rgb[pixel * 3] = luma + 1.792741 * redness
      rgb[pixel * 3 + 1] = luma - 0.213249 * blueness - 0.532909 * redness
      rgb[pixel * 3 + 2] = luma + 2.112402 * blueness
    }
  }
  return new Uint8Array(rgb.buffer)
}

/** `target` = `from` at weight 0, `to` at weight 1. */
export function mixFrames(target: YuvFrame, from: YuvFrame, to: YuvFrame, weight: number): void {
  const toShare = Math.round(Math.min(1, Math.max(0, weight)) * 256)
  const fromShare = 256 - toShare
  const a = from.bytes
  const b = to.bytes
  const out = target.bytes
  for (let i = 0; i < out.length; i++) out[i] = (a[i]! * fromShare + b[i]! * toShare + 128) >> 8
}
