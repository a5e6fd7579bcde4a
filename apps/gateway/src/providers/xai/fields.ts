import { z } from 'zod'
import type { UpstreamUsage } from '../provider.ts'

export const usageFields = z.object({ cost_in_usd_ticks: z.number().nonnegative().optional().catch(undefined) }).nullish().catch(undefined)

/** "10^10 ticks = $1". */
const TICKS_PER_MICRO = 10_000

export function costOf(usage: z.output<typeof usageFields>): Pick<UpstreamUsage, 'costMicros'> {
  const ticks = usage?.cost_in_usd_ticks
  return ticks === undefined ? {} : { costMicros: Math.round(ticks / TICKS_PER_MICRO) }
}
