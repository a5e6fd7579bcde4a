import { type Random, between, pick, randomFrom } from './random.ts'
import { type Rgb, type Yuv, type YuvFrame, yuvOf } from './yuv.ts'

/** A landscape that the camera glides past. */
export interface Scene {
  /** Paints the moment `seconds` after the start over the whole of `frame`, which has the scene's size. */
  paint(frame: YuvFrame, seconds: number): void
}

export interface SceneOptions {
  readonly prompt: string
  readonly seed: number
  readonly widthPixels: number
  readonly heightPixels: number
  readonly durationSeconds: number
}

/**
 * Ridges in the mist under a glowing sun or moon. Prompt and seed choose colours and shapes.
 *
 * Nearly all of it is constant along a row, which is why 720p takes about 2 ms a frame to paint and hardly more to encode.
 */
export function createScene(options: SceneOptions): Scene {
  const random = randomFrom(`${options.seed}|${options.prompt}`)
  const palette = pick(random, PALETTES)
  const terrain = pick(random, TERRAINS)
  const sun = createSun(palette, random, options)
  const ridges = Array.from({ length: RIDGE_COUNT }, (_, index) => createRidge(index, { palette, terrain, random, options }))
  return {
    paint(frame, seconds) {
      const share = options.durationSeconds > 0 ? seconds / options.durationSeconds : 0
      paintSky(frame, palette, sun, share)
      for (const ridge of ridges) paintRidge(frame, ridge, seconds)
    },
  }
}

interface Palette {
  readonly zenith: Rgb
  readonly horizon: Rgb
  readonly sun: Rgb
  /** How far the glow lifts the sky around the sun, 0–1. */
  readonly glow: number
  readonly far: Rgb
  readonly near: Rgb
}

/** Chosen by eye; each was looked at with several terrains. */
const PALETTES: readonly [Palette, ...Palette[]] = [
  { zenith: hex(0x2b2d5b), horizon: hex(0xf4b08a), sun: hex(0xfff1d6), glow: 0.55, far: hex(0xb98797), near: hex(0x1d1a33) },
  { zenith: hex(0x10243f), horizon: hex(0x5fa3a8), sun: hex(0xf3f8f2), glow: 0.35, far: hex(0x3f7a86), near: hex(0x08161f) },
  { zenith: hex(0x4b86c2), horizon: hex(0xe9ece0), sun: hex(0xfffdf2), glow: 0.5, far: hex(0xa7c0c9), near: hex(0x1f3d3c) },
  { zenith: hex(0x3a1f4d), horizon: hex(0xe8795f), sun: hex(0xffe3a8), glow: 0.6, far: hex(0xa8546b), near: hex(0x1c0f24) },
  { zenith: hex(0xc98f5e), horizon: hex(0xf6dfb3), sun: hex(0xfff6df), glow: 0.5, far: hex(0xd9a86f), near: hex(0x4a2618) },
  { zenith: hex(0x5f7f72), horizon: hex(0xdfe6cf), sun: hex(0xfbf8e4), glow: 0.45, far: hex(0xa5bda6), near: hex(0x152a24) },
  { zenith: hex(0x50628f), horizon: hex(0xf2d5d9), sun: hex(0xffffff), glow: 0.4, far: hex(0xb3b9d3), near: hex(0x232c4a) },
  { zenith: hex(0x070b1c), horizon: hex(0x35426f), sun: hex(0xe9ecf5), glow: 0.3, far: hex(0x2c3760), near: hex(0x05070f) },
]

interface Terrain {
  /** Height of the waves as a share of the picture, and how much finer waves add to coarse ones (0 dunes, 0.6 crags). */
  readonly relief: number
  readonly roughness: number
  /** Sharp crests instead of round ones. */
  readonly crested: boolean
}

const TERRAINS: readonly [Terrain, ...Terrain[]] = [
  { relief: 0.2, roughness: 0.52, crested: true },
  { relief: 0.13, roughness: 0.3, crested: false },
  { relief: 0.09, roughness: 0.18, crested: false },
  { relief: 0.16, roughness: 0.42, crested: false },
]

const RIDGE_COUNT = 5
/** Share of the picture's width that the nearest ridge passes in a second. */
const NEAREST_SPEED = 0.07

interface Sun {
  readonly colour: Yuv
  readonly glow: number
  readonly radiusPixels: number
  readonly x: number
  /** Where it stands at the start, and how far it has climbed at the end (down is positive). */
  readonly y: number
  readonly climb: number
}

function createSun(palette: Palette, random: Random, { widthPixels, heightPixels }: SceneOptions): Sun {
  return {
    colour: yuvOf(palette.sun),
    glow: palette.glow,
    radiusPixels: Math.min(widthPixels, heightPixels) * between(random, 0.055, 0.1),
    x: widthPixels * between(random, 0.3, 0.75),
    y: heightPixels * between(random, 0.34, 0.42),
    climb: heightPixels * between(random, -0.14, -0.07),
  }
}

function paintSky(frame: YuvFrame, palette: Palette, sun: Sun, share: number): void {
  const top = yuvOf(palette.zenith)
  const bottom = yuvOf(palette.horizon)
  const sunY = sun.y + sun.climb * share
  const { widthPixels, heightPixels } = frame
  const half = { x: sun.x / 2, y: sunY / 2, radius: sun.radiusPixels / 2 }
  paintSkyPlane(frame.y, widthPixels, heightPixels, { top: top.y, bottom: bottom.y, sun: sun.colour.y, glow: sun.glow, x: sun.x, y: sunY, radius: sun.radiusPixels })
  paintSkyPlane(frame.u, widthPixels / 2, heightPixels / 2, { top: top.u, bottom: bottom.u, sun: sun.colour.u, glow: sun.glow, ...half })
  paintSkyPlane(frame.v, widthPixels / 2, heightPixels / 2, { top: top.v, bottom: bottom.v, sun: sun.colour.v, glow: sun.glow, ...half })
}

interface SkyPlane {
  readonly top: number
  readonly bottom: number
  readonly sun: number
  readonly glow: number
  readonly x: number
  readonly y: number
  readonly radius: number
}

/** The sky ends where the nearest ridges cover everything anyway. */
const SKY_SHARE = 0.75
/** The glow reaches this many radii. */
const GLOW_RADII = 7
const GLOW_STEPS = 1024

function paintSkyPlane(plane: Uint8Array, width: number, height: number, sky: SkyPlane): void {
  const reach = sky.radius * GLOW_RADII
  const weights = glowWeights(sky.glow, sky.radius)
  const scale = (GLOW_STEPS - 1) / (reach * reach)
  const rows = Math.ceil(height * SKY_SHARE)
  for (let row = 0; row < rows; row++) {
    const depth = Math.min(1, row / (height * 0.62))
    const base = sky.top + (sky.bottom - sky.top) * depth * depth * (1.6 - 0.6 * depth)
    const start = row * width
    plane.fill(base + 0.5, start, start + width)
    const dy = row + 0.5 - sky.y
    if (Math.abs(dy) >= reach) continue
    const span = Math.sqrt(reach * reach - dy * dy)
    const from = Math.max(0, Math.ceil(sky.x - 0.5 - span))
    const to = Math.min(width - 1, Math.floor(sky.x - 0.5 + span))
    const lift = sky.sun - base
    for (let column = from; column <= to; column++) {
      const dx = column + 0.5 - sky.x
      plane[start + column] = base + 0.5 + lift * weights[((dx * dx + dy * dy) * scale) | 0]!
    }
  }
}

/** Share of the sun's colour by squared distance: all of it on the disc, a soft edge, then a halo that fades to nothing. */
function glowWeights(glow: number, radius: number): Float32Array {
  const weights = new Float32Array(GLOW_STEPS)
  const edge = Math.max(0.06, 1.2 / radius)
  for (let step = 0; step < GLOW_STEPS; step++) {
    const radii = Math.sqrt((step + 0.5) / GLOW_STEPS) * GLOW_RADII
    const disc = Math.min(1, Math.max(0, (1 + edge - radii) / (2 * edge)))
    const fade = Math.max(0, 1 - radii / GLOW_RADII)
    const halo = glow * fade * fade * fade
    weights[step] = disc + (1 - disc) * halo
  }
  return weights
}

interface Ridge {
  /** Height of the crest as rows from the top, for a strip wider than the picture: the camera pans along it. */
  readonly crest: Float32Array
  readonly speedPixels: number
  readonly crestColour: Yuv
  readonly footColour: Yuv
}

interface RidgeContext {
  readonly palette: Palette
  readonly terrain: Terrain
  readonly random: Random
  readonly options: SceneOptions
}

function createRidge(index: number, { palette, terrain, random, options }: RidgeContext): Ridge {
  const nearness = index / (RIDGE_COUNT - 1)
  const { widthPixels, heightPixels, durationSeconds } = options
  const speedPixels = widthPixels * NEAREST_SPEED * (0.2 + 0.8 * nearness * nearness)
  const crest = new Float32Array(widthPixels + Math.ceil(speedPixels * durationSeconds) + 2)
  const waves = Array.from({ length: 7 }, (_, octave) => ({
    frequency: ((2 * Math.PI) / widthPixels) * (0.5 + 0.5 * nearness) * 1.9 ** octave * between(random, 0.8, 1.25),
    phase: between(random, 0, 2 * Math.PI),
    share: terrain.roughness ** octave,
  }))
  const whole = waves.reduce((sum, wave) => sum + wave.share, 0)
  const base = heightPixels * (0.5 + 0.36 * nearness)
  const relief = heightPixels * terrain.relief * (1 - 0.35 * nearness)
  for (let column = 0; column < crest.length; column++) {
    let sum = 0
    for (const wave of waves) {
      const swing = Math.sin(column * wave.frequency + wave.phase)
      sum += wave.share * (terrain.crested ? 1 - 2 * Math.abs(swing) : swing)
    }
    crest[column] = base - (relief * sum) / whole
  }
  const colour = mixRgb(palette.far, palette.near, nearness ** 0.8)
  return {
    crest,
    speedPixels,
    crestColour: yuvOf(colour),
    // Mist gathers at the foot of each ridge, which sets the next one off against it.
    footColour: yuvOf(mixRgb(colour, palette.horizon, 0.42 * (1 - nearness) + 0.06)),
  }
}

function paintRidge(frame: YuvFrame, ridge: Ridge, seconds: number): void {
  const { widthPixels, heightPixels } = frame
  const crest = crestAt(ridge, seconds, widthPixels)
  const halfCrest = new Float32Array(widthPixels / 2)
  for (let column = 0; column < halfCrest.length; column++) halfCrest[column] = crest[2 * column]! / 2
  const { crestColour: top, footColour: foot } = ridge
  fillBelow(frame.y, widthPixels, heightPixels, { crest, top: top.y, foot: foot.y })
  fillBelow(frame.u, widthPixels / 2, heightPixels / 2, { crest: halfCrest, top: top.u, foot: foot.u })
  fillBelow(frame.v, widthPixels / 2, heightPixels / 2, { crest: halfCrest, top: top.v, foot: foot.v })
}

/** The crest in view, between two columns of the strip when the camera stands there. */
function crestAt(ridge: Ridge, seconds: number, widthPixels: number): Float32Array {
  const offset = Math.min(ridge.speedPixels * seconds, ridge.crest.length - widthPixels - 1)
  const whole = Math.floor(offset)
  const part = offset - whole
  const crest = new Float32Array(widthPixels)
  for (let column = 0; column < widthPixels; column++) {
    const here = ridge.crest[whole + column]!
    crest[column] = here + (ridge.crest[whole + column + 1]! - here) * part
  }
  return crest
}

interface Slope {
  readonly crest: Float32Array
  readonly top: number
  readonly foot: number
}

/** Share of the picture's height over which a ridge's colour runs from crest to foot. */
const MIST_SHARE = 0.3

function fillBelow(plane: Uint8Array, width: number, height: number, { crest, top, foot }: Slope): void {
  let highest = height
  let lowest = 0
  for (const row of crest) {
    if (row < highest) highest = row
    if (row > lowest) lowest = row
  }
  for (let row = Math.max(0, Math.floor(highest)); row < height; row++) {
    const colour = top + (foot - top) * Math.min(1, (row - highest) / (height * MIST_SHARE))
    const start = row * width
    if (row >= lowest) {
      plane.fill(colour + 0.5, start, start + width)
      continue
    }
    for (let column = 0; column < width; column++) {
      const cover = row + 1 - crest[column]!
      if (cover <= 0) continue
      if (cover >= 1) {
        plane[start + column] = colour + 0.5
        continue
      }
      const behind = plane[start + column]!
      plane[start + column] = behind + (colour - behind) * cover + 0.5
    }
  }
}

function mixRgb(from: Rgb, to: Rgb, share: number): Rgb {
  const mix = (a: number, b: number) => a + (b - a) * share
  return { red: mix(from.red, to.red), green: mix(from.green, to.green), blue: mix(from.blue, to.blue) }
}

function hex(code: number): Rgb {
  return { red: code >> 16, green: (code >> 8) & 255, blue: code & 255 }
}
