import type { CostKey, CostRow, TaskHistory } from '../db/cost.ts'

/** Amounts are whole micro-dollars; sums stay within what JSON numbers hold up to nine billion dollars. */
export function showCosts(by: CostKey, rows: readonly CostRow[]): Record<string, unknown> {
  const sum = (pick: (row: CostRow) => bigint): bigint => rows.reduce((total, row) => total + pick(row), 0n)
  return {
    by,
    currency: 'USD',
    rows: rows.map((row) => ({ [by]: row.key, tasks: row.tasks, succeeded: row.succeeded, without_cost: row.withoutCost, ...money(row.revenueMicros, row.costMicros, row.lossMicros) })),
    total: {
      tasks: rows.reduce((total, { tasks }) => total + tasks, 0),
      ...money(sum(({ revenueMicros }) => revenueMicros), sum(({ costMicros }) => costMicros), sum(({ lossMicros }) => lossMicros)),
    },
  }
}

/** The answer to "why was I charged, and what did it cost us": every try, with what its upstream said. */
export function showTaskHistory(task: TaskHistory): Record<string, unknown> {
  const costs = task.attempts.flatMap(({ costMicros }) => (costMicros === null ? [] : [costMicros]))
  const cost = costs.reduce((sum, micros) => sum + micros, 0n)
  return {
    id: task.id,
    account: task.accountId,
    group: task.groupName,
    dialect: task.dialect,
    model: task.model,
    state: task.state,
    error: task.error,
    held_micros: Number(task.heldMicros),
    ...money(task.chargedMicros ?? 0n, cost, task.lossMicros),
    cost_known: costs.length > 0,
    created_at: task.createdAt.toISOString(),
    ended_at: task.endedAt?.toISOString() ?? null,
    attempts: task.attempts.map((attempt) => ({
      id: attempt.id,
      channel: attempt.channelId,
      credential: attempt.credentialLabel,
      credential_id: attempt.credentialId,
      provider: attempt.provider,
      upstream_model: attempt.upstreamModel,
      outcome: attempt.outcome,
      error: attempt.error,
      handle: attempt.handle,
      usage: attempt.usage,
      cost_micros: attempt.costMicros === null ? null : Number(attempt.costMicros),
      cost_source: attempt.costSource,
      started_at: attempt.startedAt.toISOString(),
      ended_at: attempt.endedAt?.toISOString() ?? null,
    })),
    events: task.events.map(({ state, at, detail }) => ({ state, at: at.toISOString(), detail })),
  }
}

function money(revenue: bigint, cost: bigint, loss: bigint): Record<string, number> {
  return { revenue_micros: Number(revenue), cost_micros: Number(cost), loss_micros: Number(loss), margin_micros: Number(revenue - cost - loss) }
}
