import { decodeWhole, type RgbPicture } from './picture.ts'
import type { Rendered, TextSpec } from './render-spec.ts'

/** Four prompts that describe the picture, a line each. Throws `RenderError('refused')` for an unusable one. */
export async function renderText(spec: TextSpec): Promise<Rendered> {
  return { bytes: Buffer.from((await describe(spec)).join('\n')), mediaType: 'text/plain' }
}

/** Far larger than needed for a mean. */
const LOOK_SIDE_PIXELS = 256

async function describe({ source, seed }: TextSpec): Promise<string[]> {
  const picture = await decodeWhole(source, LOOK_SIDE_PIXELS)
  const [top, middle, bottom] = [0, 1, 2].map((third) => colourOf(picture, third))
  const look = { shape: shapeOf(picture), top: top!, middle: middle!, bottom: bottom! }
  const first = Math.abs(seed) % WAYS.length
  return [...WAYS.slice(first), ...WAYS.slice(0, first)].map((way) => way(look))
}

interface Look {
  shape: string
  top: string
  middle: string
  bottom: string
}

const WAYS: ((look: Look) => string)[] = [
  ({ shape, top, bottom }) => `a ${shape} picture, ${top} above and ${bottom} below, sandbox study`,
  ({ shape, middle }) => `${middle} tones in a ${shape} frame, soft light, drawn by the sandbox`,
  ({ top, middle, bottom }) => `three bands of colour, ${top}, ${middle} and ${bottom}, quiet composition`,
  ({ shape, top, middle }) => `${shape} scene under a ${top} sky, a ${middle} middle ground, sandbox`,
]

function shapeOf({ widthPixels, heightPixels }: RgbPicture): string {
  if (Math.abs(widthPixels / heightPixels - 1) < 0.05) return 'square'
  return widthPixels > heightPixels ? 'wide' : 'tall'
}

/** The mean colour of a third of the picture, in words. */
function colourOf({ rgb, widthPixels, heightPixels }: RgbPicture, third: number): string {
  const start = Math.floor((heightPixels * third) / 3) * widthPixels * 3
  const end = Math.max(start + 3, Math.floor((heightPixels * (third + 1)) / 3) * widthPixels * 3)
  const sums = [0, 0, 0]
  for (let at = start; at + 2 < Math.min(end, rgb.length); at += 3) for (let channel = 0; channel < 3; channel++) sums[channel]! += rgb[at + channel]!
  const [red, green, blue] = sums.map((sum) => (sum * 3) / Math.max(3, end - start)) as [number, number, number]
  const [least, most] = [Math.min(red, green, blue), Math.max(red, green, blue)]
  const light = most < 85 ? 'dark ' : least > 170 ? 'pale ' : ''
  if (most - least < 24) return `${light}grey`
  return light + hueName(red, green, blue)
}

function hueName(red: number, green: number, blue: number): string {
  if (red >= green && green >= blue) return green > red * 0.75 ? 'yellow' : green > red * 0.45 ? 'orange' : 'red'
  if (red >= blue && blue >= green) return blue > red * 0.6 ? 'pink' : 'red'
  if (green >= red && green >= blue) return blue > green * 0.85 ? 'teal' : 'green'
  return red > green ? 'violet' : 'blue'
}
