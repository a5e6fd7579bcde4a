/** The middle one, or the mean of the two in the middle. @throws RangeError when there is none. */
export function median(values: readonly number[]): number {
  return (quantile(values, 0.5, Math.floor) + quantile(values, 0.5, Math.ceil)) / 2
}

/** The value that a share `p` of all do not exceed: nearest rank, never interpolated. @throws RangeError when there is none. */
export function percentile(values: readonly number[], p: number): number {
  return quantile(values, p, Math.ceil)
}

function quantile(values: readonly number[], p: number, round: (position: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const found = sorted[Math.min(sorted.length - 1, Math.max(0, round(p * (sorted.length - 1))))]
  if (found === undefined) throw new RangeError('nothing was measured')
  return found
}

export interface Compared {
  ours: number[]
  beside: number[]
  /** Of each round. */
  ratios: number[]
}

/**
 * Measures both in each round, one right after the other and in alternating order: a machine that is slower for a while
 * is slower for both, and whoever comes second gains nothing by it.
 */
export async function compare(rounds: number, measure: { ours: () => Promise<number>; beside: () => Promise<number> }): Promise<Compared> {
  const compared: Compared = { ours: [], beside: [], ratios: [] }
  for (let round = 0; round < rounds; round += 1) {
    const figures = { ours: 0, beside: 0 }
    for (const side of round % 2 === 0 ? (['ours', 'beside'] as const) : (['beside', 'ours'] as const)) figures[side] = await measure[side]()
    compared.ours.push(figures.ours)
    compared.beside.push(figures.beside)
    compared.ratios.push(figures.ours / figures.beside)
  }
  return compared
}

/** `0.62 (0.58–0.66)`: median, least and most. */
export function withRange(values: readonly number[], show: (value: number) => string): string {
  if (values.length === 1) return show(values[0]!)
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`
}

export const showRatio = (value: number): string => value.toFixed(2)
export const showWhole = (value: number): string => Math.round(value).toLocaleString('en-US')
export const showMs = (value: number): string => `${showWhole(value)} ms`
