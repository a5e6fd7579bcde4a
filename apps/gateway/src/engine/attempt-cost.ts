import { costMicros } from '../core/cost-card.ts'
import type { Micros } from '../core/micros.ts'
import type { PricedFacts } from '../core/rate-card.ts'
import type { Task } from '../core/task.ts'
import type { Attempt } from '../db/attempt.ts'
import { readRateCard } from '../db/rate-card.ts'
import type { AttemptCost } from './move.ts'
import type { EngineParts } from './parts.ts'

type CostParts = Pick<EngineParts, 'channels' | 'pool' | 'log'>

/** Whose work it was, and what the upstream says that it took. */
type Worker = Pick<Attempt, 'id' | 'channelId' | 'usage'>

/** What the upstream charges for what it made: its own word, else the channel's cost card; nothing when nobody knows. */
export async function costOfWork(attempt: Worker, task: Task, made: PricedFacts, parts: CostParts): Promise<Partial<AttemptCost>> {
  return reported(attempt) ?? byCard(await cardMicros(attempt.channelId, task, made, parts))
}

/** What it charges for a job that failed: its own word, or by the card where that says that failures cost, too. */
export async function costOfFailure(attempt: Worker, task: Task, parts: CostParts): Promise<Partial<AttemptCost>> {
  const said = reported(attempt)
  if (said) return said
  const card = await parts.channels.costCard(attempt.channelId)
  return card?.charges_failures === true ? byCard(await cardMicros(attempt.channelId, task, task.quote.facts, parts)) : {}
}

/** What a submission of unknown outcome may cost, by the card; undefined when there is none. */
export function possibleCost(attempt: Pick<Attempt, 'id' | 'channelId'>, task: Task, parts: CostParts): Promise<Micros | undefined> {
  return cardMicros(attempt.channelId, task, task.quote.facts, parts)
}

/** For the metrics, after the move that booked it. */
export function countMoney({ metrics }: Pick<EngineParts, 'metrics'>, { channelId, model }: { channelId: string; model: string }, { revenueMicros = 0n, cost = {}, lossMicros = 0n }: { revenueMicros?: Micros; cost?: Partial<AttemptCost>; lossMicros?: Micros }): void {
  const labels = { channel: channelId, model }
  if (revenueMicros > 0n) metrics.revenueDollars.inc(labels, Number(revenueMicros) / 1e6)
  if (cost.cost_micros !== undefined) metrics.costDollars.inc(labels, Number(cost.cost_micros) / 1e6)
  if (lossMicros > 0n) metrics.lossDollars.inc(labels, Number(lossMicros) / 1e6)
}

function reported({ usage }: Worker): AttemptCost | undefined {
  if (usage?.costMicros === undefined || !Number.isSafeInteger(usage.costMicros) || usage.costMicros < 0) return undefined
  return { cost_micros: String(usage.costMicros), cost_source: 'reported' }
}

function byCard(micros: Micros | undefined): Partial<AttemptCost> {
  return micros === undefined ? {} : { cost_micros: micros.toString(), cost_source: 'card' }
}

/** A card that cannot be worked out must not keep a task from its end: what it cost is unknown then. */
async function cardMicros(channelId: string, task: Task, facts: PricedFacts, { channels, pool, log }: CostParts): Promise<Micros | undefined> {
  const card = await channels.costCard(channelId)
  const listCard = card && (await readRateCard(pool, task.quote.model, task.quote.rateCardVersion))
  if (!listCard) return undefined
  try {
    return costMicros(card, { model: task.quote.model, listCard, facts })
  } catch (error) {
    log.error({ task: task.id, channel: channelId, err: error }, 'what a task cost cannot be worked out by the cost card of its channel')
    return undefined
  }
}
