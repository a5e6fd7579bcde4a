import { z } from 'zod'
import { OPERATIONS } from './generation-request.ts'
import { NEUTRAL_MULTIPLIER_PPM, priceOf, quotedMicros, rateCard, type PricedFacts, type Rate, type RateCard } from './rate-card.ts'
import type { Micros } from './micros.ts'

const words = z.array(z.string().min(1)).min(1)
const dollars = z.number().min(0).max(1_000_000)

const RATE_SCHEMA = z.strictObject({
  usd: dollars.describe('US dollars…'),
  per_units: z.int().min(1).optional().describe('…for so many units; 1 unless told.'),
  when: z.strictObject({
    resolution: words, size: words, up_to_seconds: z.number().positive(), audio: z.boolean(), input_video: z.boolean(), quality: words, operation: z.array(z.enum(OPERATIONS)).min(1),
  }).partial().optional().describe('All that is given must hold; the first rate that holds counts, and the last one has no conditions.'),
})

const SHARE_SCHEMA = z.strictObject({ of_price: z.number().min(0).max(1_000).describe('Share of our list price, before multipliers.') })

const CARD_SCHEMA = z.strictObject({
  unit: z.enum(['call', 'second', 'image', 'megapixel', 'token']),
  rates: z.array(RATE_SCHEMA).min(1).max(200).refine((rates) => rates.at(-1)?.when === undefined, 'must end with a rate that has no `when`'),
  minimum_units: z.int().min(1).optional(),
  step_units: z.int().min(1).optional(),
})

/** What an upstream charges an operator: by public model, in the language of the catalogue's rate cards or as a share of our price. */
export const COST_CARD_SCHEMA = z.strictObject({
  of_price: SHARE_SCHEMA.shape.of_price.optional().describe('Share of our list price, before multipliers, for models that `models` does not name.'),
  models: z.record(z.string().min(1), z.union([SHARE_SCHEMA, CARD_SCHEMA])).optional().describe('By public model name; others count by `of_price`.'),
  charges_failures: z.boolean().optional().describe('Whether a job that fails costs as much as was asked for.'),
})

export type CostCard = z.infer<typeof COST_CARD_SCHEMA>

/** What was made, or asked for, and what we ask for it. */
export interface Priced {
  model: string
  /** Ours for the model. */
  listCard: RateCard
  facts: PricedFacts
}

/** What the upstream charges for it by the card; undefined when the card says nothing of the model. */
export function costMicros(card: CostCard, { model, listCard, facts }: Priced): Micros | undefined {
  const own = card.models !== undefined && Object.hasOwn(card.models, model) ? card.models[model] : undefined
  if (own !== undefined && 'unit' in own) return quotedMicros(priceOf(model, asRateCard(own), facts))
  const share = own?.of_price ?? card.of_price
  if (share === undefined) return undefined
  return quotedMicros(priceOf(model, listCard, facts, Math.round(share * NEUTRAL_MULTIPLIER_PPM)))
}

function asRateCard({ unit, rates, minimum_units: minimumUnits, step_units: stepUnits }: z.infer<typeof CARD_SCHEMA>): RateCard {
  return rateCard({ unit, rates: rates.map(asRate), source: 'the operator', ...(minimumUnits !== undefined && { minimumUnits }), ...(stepUnits !== undefined && { stepUnits }) })
}

function asRate({ usd, per_units: perUnits, when }: z.infer<typeof RATE_SCHEMA>): Rate {
  const { up_to_seconds: upToSeconds, input_video: inputVideo, ...same } = when ?? {}
  const condition = {
    ...same,
    ...(upToSeconds !== undefined && { upToSeconds }),
    ...(inputVideo !== undefined && { inputVideo }),
  }
  return { micros: microsOf(usd), ...(perUnits !== undefined && { perUnits }), ...(when !== undefined && { when: condition as NonNullable<Rate['when']> }) }
}

/** With six decimals of a micro-dollar, which is as fine as anybody prices. */
function microsOf(usd: number): number {
  return Number((usd * 1e6).toFixed(6))
}
