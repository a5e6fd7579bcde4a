import { ratioOf, type Model } from '../core/model.ts'

/** Encoders and models like sides that are whole blocks. */
const BLOCK_PIXELS = 16

/**
 * Resolutions and ratios of a model of pictures, with the pixels that they come to: `1K` is as many as 1024x1024 has,
 * `2K` as 2048x2048, `512` as 512x512, in sides of whole blocks. Vendors that name only the words draw about this.
 */
export function picturesOf(resolutions: string[], aspectRatios: string[]): Required<Pick<Model, 'resolutions' | 'aspectRatios' | 'pixels'>> {
  const pixels = Object.fromEntries(
    resolutions.map((word) => [word, Object.fromEntries(aspectRatios.flatMap((ratio) => sizeOf(sideOf(word), ratio)))]),
  )
  return { resolutions, aspectRatios, pixels }
}

function sideOf(word: string): number {
  const thousands = /^(\d)k$/i.exec(word)?.[1]
  return thousands === undefined ? Number(word) : Number(thousands) * 1024
}

/** No entry for `adaptive`, which has no size of its own. */
function sizeOf(side: number, aspectRatio: string): [string, readonly [number, number]][] {
  const ratio = ratioOf(aspectRatio)
  if (ratio === undefined) return []
  const blocks = (pixels: number) => Math.round(pixels / BLOCK_PIXELS) * BLOCK_PIXELS
  return [[aspectRatio, [blocks(side * Math.sqrt(ratio)), blocks(side / Math.sqrt(ratio))]]]
}
