/** A frame whose shorter side is given, and what it is wider than high: 16 / 9. Encoders of 4:2:0 video take even sides only. */
export function evenSides(shortPixels: number, ratio: number): [widthPixels: number, heightPixels: number] {
  return ratio >= 1 ? [even(shortPixels * ratio), shortPixels] : [shortPixels, even(shortPixels / ratio)]
}

/** As many pixels as a square of that side has. */
export function evenSidesOfSquare(sidePixels: number, ratio: number): [widthPixels: number, heightPixels: number] {
  return [even(sidePixels * Math.sqrt(ratio)), even(sidePixels / Math.sqrt(ratio))]
}

function even(side: number): number {
  return Math.round(side / 2) * 2
}
