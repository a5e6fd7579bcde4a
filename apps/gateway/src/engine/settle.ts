import { findModel } from '../catalog/index.ts'
import { factsMade } from '../catalog/price-request.ts'
import { priceOf, quotedMicros, type PricedFacts } from '../core/rate-card.ts'
import type { ExtraOutput, Output, Task } from '../core/task.ts'
import type { Attempt } from '../db/attempt.ts'
import { readRateCard } from '../db/rate-card.ts'
import { costOfWork, countMoney } from './attempt-cost.ts'
import type { EngineParts } from './parts.ts'

/** A task whose results are in our storage. */
export interface Archived {
  attempt: Attempt
  outputs: Output[]
  extras: ExtraOutput[]
}

/** Captures what was really made, at the rate card of the task's quote, and never more than was held. False when the task has ended before. */
export async function settle(task: Task, { attempt, outputs, extras }: Archived, parts: EngineParts): Promise<boolean> {
  const made = madeFacts(task, outputs)
  const card = await readRateCard(parts.pool, task.quote.model, task.quote.rateCardVersion)
  if (!card) throw new Error(`rate card ${task.quote.rateCardVersion} of ${task.quote.model} is not stored`)
  const price = quotedMicros(priceOf(task.quote.model, card, made, task.quote.multiplierPpm))
  const chargedMicros = price < task.heldMicros ? price : task.heldMicros
  const expiresAt = new Date(parts.clock.nowMs() + parts.settings.retentionSeconds * 1000)
  const cost = await costOfWork(attempt, task, made, parts)
  const settled = await parts.moves.succeeded(task.id, { attempt: { id: attempt.id, ...cost }, outputs, extras, chargedMicros, made, expiresAt })
  if (settled) countMoney(parts, { channelId: attempt.channelId, model: task.quote.model }, { revenueMicros: chargedMicros, cost })
  return settled
}

/** A model that has left the catalogue meanwhile is charged as quoted. */
function madeFacts(task: Task, outputs: Output[]): PricedFacts {
  const model = findModel(task.request.model)
  return model ? factsMade(task.request, model, outputs, task.quote.facts) : task.quote.facts
}
