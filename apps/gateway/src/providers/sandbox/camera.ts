import type { YuvFrame } from './yuv.ts'

/** Where a camera looks: `zoom` 1 shows the whole picture; the centre is a share of width and height. */
export interface View {
  readonly zoom: number
  readonly centreX: number
  readonly centreY: number
}

export const WHOLE_PICTURE: View = { zoom: 1, centreX: 0.5, centreY: 0.5 }

/** Draws what the camera sees of `picture` into `target`, which has the same size. Bilinear, so that slow moves are smooth. */
export function paintView(target: YuvFrame, picture: YuvFrame, view: View): void {
  if (view.zoom === 1) {
    target.bytes.set(picture.bytes)
    return
  }
  const { widthPixels, heightPixels } = picture
  samplePlane(target.y, picture.y, widthPixels, heightPixels, view)
  samplePlane(target.u, picture.u, widthPixels / 2, heightPixels / 2, view)
  samplePlane(target.v, picture.v, widthPixels / 2, heightPixels / 2, view)
}

export function mixViews(from: View, to: View, weight: number): View {
  const mix = (a: number, b: number) => a + (b - a) * weight
  return { zoom: mix(from.zoom, to.zoom), centreX: mix(from.centreX, to.centreX), centreY: mix(from.centreY, to.centreY) }
}

/** Positions are 24.8 fixed point: this loop runs for every pixel of every frame. */
function samplePlane(target: Uint8Array, source: Uint8Array, width: number, height: number, view: View): void {
  const columns = samplePositions(width, view.zoom, view.centreX)
  const rows = samplePositions(height, view.zoom, view.centreY)
  for (let row = 0; row < height; row++) {
    const top = (rows[row]! >> 8) * width
    const bottom = Math.min(top + width, (height - 1) * width)
    const down = rows[row]! & 255
    const up = 256 - down
    let out = row * width
    for (let column = 0; column < width; column++) {
      const position = columns[column]!
      const left = position >> 8
      const right = position & 255
      const upper = source[top + left]! * (256 - right) + source[top + left + 1]! * right
      const lower = source[bottom + left]! * (256 - right) + source[bottom + left + 1]! * right
      target[out++] = (upper * up + lower * down + 32_768) >> 16
    }
  }
}

/** For each of `length` outputs the place it is read from, kept inside so that its right neighbour exists. */
function samplePositions(length: number, zoom: number, centre: number): Int32Array {
  const positions = new Int32Array(length)
  const seen = length / zoom
  const start = Math.min(length - seen, Math.max(0, centre * length - seen / 2))
  const last = (length - 1) * 256 - 1
  for (let i = 0; i < length; i++) positions[i] = Math.min(last, Math.max(0, Math.round((start + (i + 0.5) / zoom - 0.5) * 256)))
  return positions
}
