/**
 * Money is counted in micro-dollars (1 USD = 1,000,000) and only in `bigint`: an integer never rounds behind
 * our back. Rounding happens once per task, half up (bar L9), and only here.
 */
export type Micros = bigint

export const MICROS_PER_DOLLAR = 1_000_000n
export const MICROS_PER_CENT = 10_000n

/** `numerator / denominator`, rounded half up. Both must not be negative. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (numerator < 0n || denominator <= 0n) throw new RangeError('divideHalfUp takes no negative numbers')
  return (numerator * 2n + denominator) / (denominator * 2n)
}

/** Cents as a JSON number; fractions of a cent become decimals (12,345 micros → 1.2345). */
export function toCents(micros: Micros): number {
  return Number(micros) / Number(MICROS_PER_CENT)
}

/** Dollars for people: `$1.2345`, never fewer than two decimals. */
export function formatDollars(micros: Micros): string {
  const sign = micros < 0n ? '-' : ''
  const absolute = micros < 0n ? -micros : micros
  const fraction = (absolute % MICROS_PER_DOLLAR).toString().padStart(6, '0').replace(/0{1,4}$/, '')
  return `${sign}$${absolute / MICROS_PER_DOLLAR}.${fraction}`
}

/** Reads `12`, `12.5` or `0.000001` dollars; undefined when it is not a non-negative amount of at most 6 decimals. */
export function parseDollars(text: string): Micros | undefined {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text.trim())
  if (!match) return undefined
  return BigInt(match[1]!) * MICROS_PER_DOLLAR + BigInt((match[2] ?? '').padEnd(6, '0') || '0')
}
