import type { GenerationRequest } from '../core/generation-request.ts'
import { ADAPTIVE, choicesOf, parseSize, pixelsOf, soundOf, type DurationRange, type Model } from '../core/model.ts'
import { NEUTRAL_MULTIPLIER_PPM, priceOf, type PricedFacts, type Quote } from '../core/rate-card.ts'
import type { Output } from '../core/task.ts'

/** Of each video among the inputs, its length in seconds; undefined when nobody has looked. */
export type VideoSeconds = readonly (number | undefined)[]

/**
 * What the request may cost at most, for the hold. By unit, at the prices of 2026-11:
 *
 * - `call`: Hailuo 2.3, 10 s at 768p: one clip, $0.56.
 * - `second`: Kling 3.0, 5 s at 720p, silent: 5 × $0.084 = $0.42.
 * - `image`: GPT Image 1.5, 3 squares of high quality: 3 × $0.133 = $0.399.
 * - `megapixel`: two pictures of 1000x1500 at $0.01: 2 × 1.5 × $0.01 = $0.03.
 * - `token`: Seedance 2.5, 5 s of 1280x720: 1280 × 720 × 24 × 5 / 1024 = 108,000 tokens at $10.7 a million = $1.1556.
 *
 * The request has passed admission/check-request.ts, so its defaults are filled in.
 */
export function quoteRequest(request: GenerationRequest, model: Model, multiplierPpm = NEUTRAL_MULTIPLIER_PPM, videoSeconds = measuredSeconds(request)): Quote {
  return priceOf(model.id, model.price, factsOf(request, model, videoSeconds), multiplierPpm)
}

/**
 * The facts for the hold. Whatever the request leaves open counts as its worst case: `auto` as the longest duration,
 * an adaptive ratio as the most pixels of its resolution, reference videos of unknown length as the longest allowed.
 */
export function factsOf(request: GenerationRequest, model: Model, videoSeconds = measuredSeconds(request)): PricedFacts {
  const [widthPixels, heightPixels] = largestPixels(request, model)
  const sound = soundOf(model, request.operation, request.resolution)
  return {
    operation: request.operation,
    count: request.count,
    ...(request.resolution !== undefined && { resolution: request.resolution }),
    ...(request.quality !== undefined && { quality: request.quality }),
    audio: sound === 'always' || (sound === 'optional' && (request.audio ?? model.audioDefault ?? false)),
    inputVideo: videoSeconds.length > 0,
    durationMs: Math.round(longestSeconds(request, model, videoSeconds) * 1000),
    inputVideoDurationMs: Math.ceil(inputVideoSeconds(model, videoSeconds) * 1000),
    widthPixels,
    heightPixels,
    framesPerSecond: model.framesPerSecond,
  }
}

/**
 * The facts for the capture: those of the hold, less what was not made. Files come out a few frames longer or shorter
 * than asked (5 s as 5.042), which changes nothing; what is clearly missing is not charged.
 *
 * Pass the facts of the task's quote as `held`: they know how long the reference videos are.
 * Seedance 2.5 with `auto`, held as 30 s of 1112x834, made 6.04 s of 1280x720: 129,600 tokens, $1.38672.
 */
export function factsMade(request: GenerationRequest, model: Model, outputs: readonly Output[], held = factsOf(request, model)): PricedFacts {
  if (outputs.length === 0) throw new Error(`nothing was made by ${model.id}, so there is nothing to charge`)
  const [widthPixels, heightPixels] = pixelsMade(request, model, { outputs, held })
  return {
    ...held,
    count: Math.min(held.count, outputs.length),
    durationMs: Math.min(held.durationMs, durationMadeMs(request, model, { outputs, held })),
    widthPixels,
    heightPixels,
  }
}

/** A file that is shorter by this much is short of what was asked. */
const CLEARLY_SHORTER_MS = 500
/** A picture with less than this share of the pixels is smaller than asked, not merely rounded to other sides. */
const CLEARLY_SMALLER = 0.9

function longestSeconds(request: GenerationRequest, model: Model, videoSeconds: VideoSeconds): number {
  const range = choicesOf(model, request.operation, request.resolution).duration
  if (range === undefined) return 0
  // What is made from no video is as long as a sound.
  if (request.durationSeconds === 'auto' && range.ofSource) return secondsOfSource(range, videoSeconds.length > 0 ? videoSeconds : measuredSeconds(request, 'audio'))
  return request.durationSeconds === 'auto' ? range.maxSeconds : (request.durationSeconds ?? range.defaultSeconds)
}

/** Models charge whole seconds begun; where nobody has measured the video, the longest that is allowed. */
function secondsOfSource({ minSeconds, maxSeconds }: DurationRange, videoSeconds: VideoSeconds): number {
  const longest = videoSeconds.reduce<number | undefined>((most, seconds) => (most === undefined || seconds === undefined ? undefined : Math.max(most, seconds)), 0)
  return longest === undefined || videoSeconds.length === 0 ? maxSeconds : Math.min(maxSeconds, Math.max(minSeconds, Math.ceil(longest)))
}

function inputVideoSeconds(model: Model, videoSeconds: VideoSeconds): number {
  const limit = model.inputs.video
  const total = limit?.maxTotalSeconds ?? 0
  const longest = limit?.maxSeconds ?? total
  const known = videoSeconds.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0)
  const unknown = videoSeconds.filter((seconds) => seconds === undefined).length * longest
  return limit?.maxTotalSeconds === undefined ? known + unknown : Math.max(known, Math.min(known + unknown, total))
}

/** Files of ours were measured when they came; how long somebody's address is nobody knows. */
function measuredSeconds(request: GenerationRequest, media: 'video' | 'audio' = 'video'): VideoSeconds {
  return request.inputs.filter((input) => input.media === media).map(({ source }) => ('url' in source ? undefined : source.durationSeconds))
}

type Pixels = readonly [width: number, height: number]

const NO_PIXELS: Pixels = [0, 0]

function largestPixels(request: GenerationRequest, model: Model): Pixels {
  const exact = request.size === undefined ? undefined : parseSize(request.size)
  if (exact) return exact
  const { resolution, aspectRatio } = request
  if (resolution !== undefined && aspectRatio !== undefined && aspectRatio !== ADAPTIVE) return pixelsOf(model, resolution, aspectRatio) ?? NO_PIXELS
  const sizes = (model.sizes ?? []).map(parseSize)
  const shapes = resolution === undefined ? [] : (model.aspectRatios ?? []).map((ratio) => pixelsOf(model, resolution, ratio))
  return [...sizes, ...shapes].reduce<Pixels>((largest, pixels) => (pixels && areaOf(pixels) > areaOf(largest) ? pixels : largest), NO_PIXELS)
}

interface Made {
  outputs: readonly Output[]
  held: PricedFacts
}

function durationMadeMs(request: GenerationRequest, model: Model, { outputs, held }: Made): number {
  const lengths = outputs.flatMap((output) => (output.durationSeconds === undefined ? [] : [Math.round(output.durationSeconds * 1000)]))
  const range = choicesOf(model, request.operation, request.resolution).duration
  if (range === undefined) return held.durationMs
  if (request.durationSeconds === 'auto') {
    // Models decide on whole seconds; an archived video always says its length, and one that did not would cost the usual.
    const seconds = lengths.length === 0 ? range.defaultSeconds : Math.round(Math.max(...lengths) / 1000)
    return Math.max(range.minSeconds, seconds) * 1000
  }
  const longest = Math.max(...lengths)
  return lengths.length > 0 && held.durationMs - longest >= CLEARLY_SHORTER_MS ? longest : held.durationMs
}

/** As held, unless the request left it open, or much less was made of what is charged by the pixel. */
function pixelsMade(request: GenerationRequest, model: Model, { outputs, held }: Made): Pixels {
  const asked: Pixels = [held.widthPixels, held.heightPixels]
  const made = outputs
    .map(({ widthPixels = 0, heightPixels = 0 }): Pixels => [widthPixels, heightPixels])
    .reduce((largest, pixels) => (areaOf(pixels) > areaOf(largest) ? pixels : largest), NO_PIXELS)
  if (areaOf(made) === 0 || areaOf(made) > areaOf(asked)) return asked
  const open = request.size === undefined || parseSize(request.size) === undefined
  const byPixel = model.price.unit === 'token' || model.price.unit === 'megapixel'
  return open || (byPixel && areaOf(made) < areaOf(asked) * CLEARLY_SMALLER) ? made : asked
}

function areaOf([width, height]: Pixels): number {
  return width * height
}
