import type { Attempt } from '../db/attempt.ts'
import type { AttemptCost } from './move.ts'

/** What the upstream charged for an attempt, where it says so; nothing when nobody knows. */
export function attemptCost({ usage }: Pick<Attempt, 'usage'>): Partial<AttemptCost> {
  if (usage?.costMicros === undefined || !Number.isSafeInteger(usage.costMicros) || usage.costMicros < 0) return {}
  return { cost_micros: String(usage.costMicros), cost_source: 'reported' }
}
