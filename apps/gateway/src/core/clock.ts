/** Where time comes from, so that tests can hold it. Milliseconds since the Unix epoch. */
export interface Clock {
  nowMs(): number
}

export const systemClock: Clock = { nowMs: () => Date.now() }
