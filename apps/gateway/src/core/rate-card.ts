import { createHash } from 'node:crypto'
import type { Operation } from './generation-request.ts'
import { divideHalfUp, MICROS_PER_DOLLAR, type Micros } from './micros.ts'

/**
 * What a model costs the caller. The first rate whose conditions all hold is the price of one unit.
 * Prices are rationals (`micros` for every `perUnits` units), so `7 USD per million tokens` loses nothing.
 */
export interface RateCard {
  /** Changes with any number on the card; stored with each task, so a charge can be computed again (bar L10). */
  version: string
  unit: RateUnit
  rates: Rate[]
  /** Fewer units than this are charged as this many. */
  minimumUnits?: number
  /** Units are charged in whole steps, rounded up (5 s blocks: 5). */
  stepUnits?: number
  /** Where the numbers come from, and when they were read. */
  source: string
}

/** `token` is Seedance's: width × height × frames per second × seconds / 1024 (see catalog/seedance.ts). */
export type RateUnit = 'call' | 'second' | 'image' | 'megapixel' | 'token'

export interface Rate {
  when?: RateCondition
  /** Micro-dollars; decimals are kept as they are written. */
  micros: number
  perUnits?: number
}

/** All that is given holds. */
export interface RateCondition {
  resolution?: string[]
  /** Pixels, `1024x1024`. */
  size?: string[]
  /** One output lasts no longer than this. */
  upToSeconds?: number
  audio?: boolean
  /** Whether a video is among the inputs. */
  inputVideo?: boolean
  quality?: string[]
  operation?: Operation[]
}

/** What a price depends on, either asked for (the hold) or really made (the capture). */
export interface PricedFacts {
  operation: Operation
  count: number
  resolution?: string
  quality?: string
  audio: boolean
  inputVideo: boolean
  /** Of one output, in whole milliseconds. */
  durationMs: number
  /** Of all reference videos together. */
  inputVideoDurationMs: number
  widthPixels: number
  heightPixels: number
  framesPerSecond: number
}

export interface QuoteLine {
  /** For people: `5 s × $0.10`. */
  text: string
  amountMicros: string
}

/** A price, with everything needed to compute it again. JSON-safe: amounts are decimal strings of micro-dollars. */
export interface Quote {
  model: string
  rateCardVersion: string
  facts: PricedFacts
  /** The group's multiplier in millionths; 1,000,000 = 1. */
  multiplierPpm: number
  amountMicros: string
  lines: QuoteLine[]
}

export const NEUTRAL_MULTIPLIER_PPM = 1_000_000

/** 48 bits: cards are told apart per model, of which there are few. */
const VERSION_CHARACTERS = 12

/**
 * A card whose version is a hash of everything that makes a price, so that it changes with any number, and only then:
 * `rateCard({ unit: 'second', rates: [{ micros: dollars(0.1) }], source: '…' }).version` is `9a50f35f540f`.
 */
export function rateCard(content: Omit<RateCard, 'version'>): RateCard {
  const { source, ...numbers } = content
  const version = createHash('sha256').update(JSON.stringify(sorted(numbers))).digest('hex').slice(0, VERSION_CHARACTERS)
  return { version, ...numbers, source }
}

/** US dollars, as price lists write them, in micro-dollars. */
export function dollars(amount: number): number {
  return Math.round(amount * Number(MICROS_PER_DOLLAR))
}

/** The price of `facts` by `card`. Throws when no rate matches: a card must end with a rate without conditions. */
export function priceOf(model: string, card: RateCard, facts: PricedFacts, multiplierPpm = NEUTRAL_MULTIPLIER_PPM): Quote {
  const rate = card.rates.find((candidate) => matches(candidate.when ?? {}, facts))
  if (!rate) throw new Error(`rate card ${card.version} of ${model} has no rate for ${JSON.stringify(facts)}`)
  const quantity = chargeable(card, quantityOf(card.unit, facts))
  const rateMicros = scaledInteger(rate.micros)
  const amount = divideHalfUp(
    quantity.numerator * rateMicros.integer * BigInt(multiplierPpm),
    quantity.denominator * rateMicros.scale * BigInt(rate.perUnits ?? 1) * BigInt(NEUTRAL_MULTIPLIER_PPM),
  )
  return {
    model,
    rateCardVersion: card.version,
    facts,
    multiplierPpm,
    amountMicros: amount.toString(),
    lines: [{ text: lineText(card, rate, quantity, multiplierPpm), amountMicros: amount.toString() }],
  }
}

export function quotedMicros(quote: Quote): Micros {
  return BigInt(quote.amountMicros)
}

interface Rational {
  numerator: bigint
  denominator: bigint
}

function matches(when: RateCondition, facts: PricedFacts): boolean {
  return (
    (when.resolution === undefined || (facts.resolution !== undefined && when.resolution.includes(facts.resolution))) &&
    (when.size === undefined || when.size.includes(`${facts.widthPixels}x${facts.heightPixels}`)) &&
    (when.upToSeconds === undefined || facts.durationMs <= when.upToSeconds * 1000) &&
    (when.audio === undefined || when.audio === facts.audio) &&
    (when.inputVideo === undefined || when.inputVideo === facts.inputVideo) &&
    (when.quality === undefined || (facts.quality !== undefined && when.quality.includes(facts.quality))) &&
    (when.operation === undefined || when.operation.includes(facts.operation))
  )
}

/** The same value with the members of every object in alphabetical order, so that equal cards read equal. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]))
}

function quantityOf(unit: RateUnit, facts: PricedFacts): Rational {
  const count = BigInt(facts.count)
  const pixels = BigInt(facts.widthPixels) * BigInt(facts.heightPixels)
  switch (unit) {
    case 'call':
      return { numerator: 1n, denominator: 1n }
    case 'image':
      return { numerator: count, denominator: 1n }
    case 'second':
      return { numerator: count * BigInt(facts.durationMs), denominator: 1000n }
    case 'megapixel':
      return { numerator: count * pixels, denominator: 1_000_000n }
    case 'token':
      return {
        numerator: count * pixels * BigInt(facts.framesPerSecond) * BigInt(facts.durationMs + facts.inputVideoDurationMs),
        denominator: 1024n * 1000n,
      }
  }
}

function chargeable(card: RateCard, quantity: Rational): Rational {
  let { numerator, denominator } = quantity
  if (card.stepUnits !== undefined) {
    const step = BigInt(card.stepUnits) * denominator
    numerator = ((numerator + step - 1n) / step) * step
  }
  if (card.minimumUnits !== undefined && numerator < BigInt(card.minimumUnits) * denominator) {
    numerator = BigInt(card.minimumUnits) * denominator
  }
  return { numerator, denominator }
}

/** A decimal number of micros as integer over a power of ten, without passing through binary fractions. */
function scaledInteger(micros: number): { integer: bigint; scale: bigint } {
  const [whole, fraction = ''] = micros.toString().split('.')
  if (!/^\d+$/.test(whole + fraction)) throw new Error(`not a price in micros: ${micros}`)
  return { integer: BigInt(whole + fraction), scale: 10n ** BigInt(fraction.length) }
}

function lineText(card: RateCard, rate: Rate, quantity: Rational, multiplierPpm: number): string {
  const units = Number(quantity.numerator) / Number(quantity.denominator)
  const price = rate.micros / (rate.perUnits ?? 1) / 1e6
  const multiplier = multiplierPpm === NEUTRAL_MULTIPLIER_PPM ? '' : ` × ${multiplierPpm / NEUTRAL_MULTIPLIER_PPM}`
  return `${Number(units.toFixed(3))} ${card.unit} × $${Number(price.toPrecision(6))}${multiplier}`
}
