import type { Operation } from '../core/generation-request.ts'
import { ADAPTIVE, choicesOf, parseSize, pixelsOf, ratioOf, shortSidePixels, type Choices, type Model, type SizeBounds } from '../core/model.ts'
import { nameOf, oneOf, refuse, type Check, type Field } from './refuse.ts'

/** What is known of the frame: a size unless it is left open, with the resolution and ratio that models go by. */
export interface Frame {
  resolution?: string
  aspectRatio?: string
  size?: string
}

/**
 * Resolution, aspect ratio and size as one thing, for clients and models know different ones of them. `1280x720` asked
 * of Seedance is 720p at 16:9; 16:9 asked of Sora is 1280x720. What does not correspond is refused.
 */
export function chooseFrame(check: Check, operation: Operation): Frame {
  const { model } = check
  const asked = readAsked(check)
  if (model.freeSizes) return freeFrame(check, asked, model.freeSizes)
  if (model.sizes) return listedFrame(check, asked, model.sizes)
  return namedFrame(check, asked, operation)
}

type Pixels = readonly [width: number, height: number]

interface Asked {
  pixels?: Pixels
  /** Of a size that is no pixels: `auto`. */
  sizeWord?: string
  resolution?: string
  aspectRatio?: string
  /** Which field said the ratio or the resolution, for the message. */
  ratioField: Field
  resolutionField: Field
}

/** No model draws fewer pixels a side, and no ratio in use has a side so long: `16x9` is a ratio. */
const MAX_RATIO_SIDE = 99
/** 1920x1080 is meant where the model makes 1920x1088, and 854x480 where it makes 864x496. */
const SIZE_TOLERANCE = 0.04
/** 1792x1024, which is 7:4, passes for 16:9. */
const RATIO_TOLERANCE = 0.03

function readAsked({ draft }: Check): Asked {
  const { resolution, aspectRatio, size } = draft.request
  const asked: Asked = {
    ...(resolution !== undefined && { resolution }),
    ...(aspectRatio !== undefined && { aspectRatio: aspectRatio.toLowerCase() === 'auto' ? ADAPTIVE : aspectRatio }),
    ratioField: 'aspectRatio',
    resolutionField: 'resolution',
  }
  if (size === undefined) return asked
  const pixels = parseSize(size)
  const ratio = pixels && pixels.every((side) => side <= MAX_RATIO_SIDE) ? pixels.join(':') : ratioOf(size) && size
  if (ratio) {
    if (asked.aspectRatio !== undefined && asked.aspectRatio !== ratio) refuseConflict(draft, 'aspectRatio')
    return { ...asked, aspectRatio: ratio, ratioField: 'size' }
  }
  if (pixels) return { ...asked, pixels }
  if (size.toLowerCase() === 'auto') return { ...asked, sizeWord: 'auto' }
  if (/^\d{3,4}p$|^\d+k$/i.test(size)) {
    if (asked.resolution !== undefined && asked.resolution.toLowerCase() !== size.toLowerCase()) refuseConflict(draft, 'resolution')
    return { ...asked, resolution: size, resolutionField: 'size' }
  }
  refuse(draft, 'size', `${nameOf(draft, 'size')} must be WIDTHxHEIGHT in pixels, such as 1280x720`)
}

/** Models that know resolutions and ratios by name, or nothing of the kind. `auto` as a size leaves both to us. */
function namedFrame(check: Check, asked: Asked, operation: Operation): Frame {
  const { model } = check
  const choices = choicesOf(model, operation)
  const named = asked.pixels ? { ...asked, ...nameSize(check, { ...asked, pixels: asked.pixels }, choices) } : asked
  const resolution = chooseWord(check, named.resolutionField, { word: named.resolution, words: choices.resolutions, what: 'resolution' })
  const aspectRatio = isFixed(choices) ? fixedRatio(check, named) : chooseWord(check, named.ratioField, { word: named.aspectRatio, words: choices.aspectRatios, what: 'aspect ratio' })
  const pixels = resolution !== undefined && aspectRatio !== undefined ? pixelsOf(model, resolution, aspectRatio) : undefined
  return { ...(resolution !== undefined && { resolution }), ...(aspectRatio !== undefined && { aspectRatio }), ...(pixels && { size: sizeText(pixels) }) }
}

/** Only `adaptive` is left: the input picture decides, and a ratio is of no use. */
function isFixed({ aspectRatios }: Choices): boolean {
  return aspectRatios?.length === 1 && aspectRatios[0] === ADAPTIVE
}

function fixedRatio(check: Check, asked: Asked): string {
  if (asked.aspectRatio !== undefined && asked.aspectRatio !== ADAPTIVE) check.unused.add(asked.ratioField, `with ${check.model.id} the input picture decides the aspect ratio`)
  return ADAPTIVE
}

function chooseWord({ draft, model, unused }: Check, field: Field, { word, words, what }: { word: string | undefined; words: readonly string[] | undefined; what: string }): string | undefined {
  if (words === undefined) return word === undefined ? undefined : unused.add(field, `${model.id} has no choice of ${what}`)
  return word === undefined ? words[0] : oneOf(draft, field, { word, words, model })
}

/** The resolution and ratio whose pixels these are. */
function nameSize(check: Check, asked: Asked & { pixels: Pixels }, choices: Choices): Partial<Asked> {
  const { draft, model } = check
  const resolutions = choices.resolutions ?? []
  const ratios = (isFixed(choices) ? model.aspectRatios : choices.aspectRatios) ?? []
  if (resolutions.length === 0 || ratios.length === 0) {
    check.unused.add('size', `${model.id} has no choice of size`)
    return {}
  }
  const known = resolutions.flatMap((resolution) =>
    ratios.flatMap((aspectRatio) => {
      const pixels = pixelsOf(model, resolution, aspectRatio)
      return pixels ? [{ resolution, aspectRatio, pixels, distance: distanceOf(pixels, asked.pixels) }] : []
    }),
  )
  const nearest = known.toSorted((a, b) => a.distance - b.distance)[0]
  if (nearest === undefined || nearest.distance > SIZE_TOLERANCE) {
    refuse(draft, 'size', `${nameOf(draft, 'size')} must be one of ${known.map(({ pixels }) => sizeText(pixels)).join(', ')} for ${model.id}`)
  }
  if (asked.resolution !== undefined && asked.resolution.toLowerCase() !== nearest.resolution.toLowerCase()) refuseConflict(draft, 'resolution')
  if (asked.aspectRatio !== undefined && asked.aspectRatio !== ADAPTIVE && asked.aspectRatio !== nearest.aspectRatio) refuseConflict(draft, 'aspectRatio')
  return { resolution: nearest.resolution, aspectRatio: nearest.aspectRatio, ratioField: 'size', resolutionField: 'size' }
}

/** Models that take exact sizes of a list. */
function listedFrame({ draft, model }: Check, asked: Asked, sizes: readonly string[]): Frame {
  const allowed = `must be one of ${sizes.join(', ')} for ${model.id}`
  const wanted = asked.pixels ? sizeText(asked.pixels) : asked.sizeWord
  if (wanted !== undefined && !sizes.includes(wanted)) refuse(draft, 'size', `${nameOf(draft, 'size')} ${allowed}`)
  let left = wanted === undefined ? sizes : [wanted]
  if (asked.aspectRatio !== undefined) {
    left = left.filter((size) => hasRatio(size, asked.aspectRatio!))
    if (left.length === 0) refuse(draft, asked.ratioField, `no size of ${model.id} is ${asked.aspectRatio.slice(0, 20)}${wanted === undefined ? '' : ` and ${wanted}`}; ${nameOf(draft, 'size')} ${allowed}`)
  }
  if (asked.resolution !== undefined) {
    left = left.filter((size) => hasResolution(size, asked.resolution!))
    if (left.length === 0) refuse(draft, asked.resolutionField, `no such size of ${model.id} is ${asked.resolution.slice(0, 20)}; ${nameOf(draft, 'size')} ${allowed}`)
  }
  return { size: left[0]! }
}

function hasRatio(size: string, aspectRatio: string): boolean {
  const pixels = parseSize(size)
  const ratio = ratioOf(aspectRatio)
  return pixels !== undefined && ratio !== undefined && Math.abs(pixels[0] / pixels[1] / ratio - 1) <= RATIO_TOLERANCE
}

function hasResolution(size: string, resolution: string): boolean {
  const pixels = parseSize(size)
  const short = resolution.toLowerCase() === '1k' ? 1024 : shortSidePixels(resolution)
  return pixels !== undefined && Math.min(...pixels) === short
}

/** Models that draw any size within bounds; a resolution or a ratio is a way to say one. */
function freeFrame(check: Check, asked: Asked, bounds: SizeBounds): Frame {
  const { draft, model } = check
  const defaultPixels = parseSize(bounds.default)!
  if (asked.pixels) {
    if (asked.resolution !== undefined) refuseConflict(draft, 'resolution')
    if (asked.aspectRatio !== undefined && !hasRatio(sizeText(asked.pixels), asked.aspectRatio)) refuseConflict(draft, 'aspectRatio')
    if (!isWithin(asked.pixels, bounds)) refuse(draft, 'size', `${nameOf(draft, 'size')} must be ${boundsText(bounds)} for ${model.id}`)
    return { ...(asked.aspectRatio !== undefined && { aspectRatio: asked.aspectRatio }), size: sizeText(asked.pixels) }
  }
  const open = leavesShapeOpen(asked, model)
  if (asked.sizeWord !== undefined && !open) return { size: bounds.default }
  const resolution = asked.resolution === undefined ? undefined : chooseWord(check, asked.resolutionField, { word: asked.resolution, words: model.resolutions, what: 'resolution' })
  if (open) {
    const about = resolution ?? model.resolutions?.[0]
    return { ...(about !== undefined && { resolution: about }), aspectRatio: ADAPTIVE }
  }
  const aspectRatio = asked.aspectRatio === undefined || !model.aspectRatios ? asked.aspectRatio : oneOf(draft, asked.ratioField, { word: asked.aspectRatio, words: model.aspectRatios, model })
  const ratio = aspectRatio === undefined ? defaultPixels[0] / defaultPixels[1] : ratioOf(aspectRatio)
  if (ratio === undefined) refuse(draft, asked.ratioField, `${nameOf(draft, asked.ratioField)} must be a ratio such as 16:9 for ${model.id}`)
  const pixels = aspectRatio === undefined && resolution === undefined ? defaultPixels : fitPixels(areaOf(resolution) ?? defaultPixels[0] * defaultPixels[1], ratio, bounds)
  if (!isWithin(pixels, bounds)) refuse(draft, asked.ratioField, `${nameOf(draft, asked.ratioField)} comes to ${sizeText(pixels)}, and the size must be ${boundsText(bounds)} for ${model.id}`)
  return { ...(resolution !== undefined && { resolution }), ...(aspectRatio !== undefined && { aspectRatio }), size: sizeText(pixels) }
}

/** Some of them choose the shape themselves, by the words and the pictures given: when that is asked for, or is their default. */
function leavesShapeOpen({ aspectRatio }: Asked, { aspectRatios }: Model): boolean {
  return aspectRatio === undefined ? aspectRatios?.[0] === ADAPTIVE : aspectRatio === ADAPTIVE && aspectRatios?.includes(ADAPTIVE) === true
}

/** `2K` of a picture is as many pixels as 2048x2048 has. */
function areaOf(resolution: string | undefined): number | undefined {
  const match = /^(\d{1,2})k$/i.exec(resolution ?? '')
  return match ? (Number(match[1]) * 1024) ** 2 : undefined
}

/** The size of about this area and ratio that the model can draw; never more than the area. */
function fitPixels(area: number, ratio: number, { multipleOf }: SizeBounds): Pixels {
  const floor = (side: number) => Math.floor(side / multipleOf) * multipleOf
  // The last decimals of a square root must not cost a whole step: 2048 comes out as 2047.999….
  const width = floor(Math.sqrt(area * ratio) + 1e-6)
  return [width, floor(width / ratio + 1e-6)]
}

function isWithin([width, height]: Pixels, bounds: SizeBounds): boolean {
  const [short, long] = [Math.min(width, height), Math.max(width, height)]
  const area = width * height
  return (
    width % bounds.multipleOf === 0 &&
    height % bounds.multipleOf === 0 &&
    short >= bounds.minSidePixels &&
    long <= bounds.maxSidePixels &&
    area >= (bounds.minArea ?? 0) &&
    area <= (bounds.maxArea ?? Infinity) &&
    long / short <= (bounds.maxRatio ?? Infinity)
  )
}

function boundsText({ multipleOf, minSidePixels, maxSidePixels, minArea, maxArea }: SizeBounds): string {
  const area = minArea !== undefined && maxArea !== undefined ? ` and ${minArea} to ${maxArea} pixels in all` : ''
  return `WIDTHxHEIGHT with sides from ${minSidePixels} to ${maxSidePixels}, divisible by ${multipleOf},${area}`.replace(/,$/, '')
}

function distanceOf(a: Pixels, b: Pixels): number {
  return Math.max(Math.abs(a[0] - b[0]) / a[0], Math.abs(a[1] - b[1]) / a[1])
}

function refuseConflict(draft: Check['draft'], other: Field): never {
  refuse(draft, 'size', `${nameOf(draft, 'size')} and ${nameOf(draft, other)} contradict each other`)
}

function sizeText(pixels: Pixels): string {
  return pixels.join('x')
}
