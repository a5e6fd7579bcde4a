import type { Program } from './machine.ts'

/** One measurement, run alone with `npm run bench -- <name>`. */
export interface Bench {
  name: string
  /** What is measured against what, and how; stands above the table. */
  about: string
  /** What must be installed. */
  needs: readonly Program[]
  run(options: BenchOptions): Promise<Row[]>
}

export interface BenchOptions {
  /** Fewer, shorter rounds: to see that it works, not to quote. */
  quick: boolean
  /** Tells whoever watches. */
  say(line: string): void
}

/** A line of the table: what was measured here, what beside it, and what that makes of the goal. */
export interface Row {
  measure: string
  genlock: string
  /** Empty where there is nothing to compare with. */
  beside: string
  /** The ratio with its range over the rounds, or the figure that the goal is about. */
  result: string
  goal: string
  /** Undefined where there is no goal. */
  met?: boolean
}
