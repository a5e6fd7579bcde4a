/** Whole seconds since 1970, as most wires write moments. */
export function unixSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}
