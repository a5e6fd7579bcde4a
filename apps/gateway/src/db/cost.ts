import type pg from 'pg'

/** Money of tasks that ended, of one channel, model, account or day. */
export interface CostRow {
  key: string
  tasks: number
  succeeded: number
  /** Succeeded, without anybody saying what it cost: their margin is their price. */
  withoutCost: number
  revenueMicros: bigint
  costMicros: bigint
  lossMicros: bigint
}

export type CostKey = 'channel' | 'model' | 'account' | 'day'

/** A task counts for the channel that accepted it, or else was asked last. */
const KEYS: Record<CostKey, string> = {
  channel: `coalesce(channel_id, 'none')`,
  model: 'model',
  account: 'account_id',
  day: `to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD')`,
}
const MAX_ROWS = 1_000

/** Of tasks that ended from `from` until before `to`, by falling revenue; days in their order. */
export async function costsBy(pool: pg.Pool, by: CostKey, { from, to }: { from: Date; to: Date }): Promise<CostRow[]> {
  const { rows } = await pool.query<{ key: string; tasks: bigint; succeeded: bigint; without_cost: bigint; revenue: bigint; cost: bigint; loss: bigint }>({
    name: `costs_by_${by}`,
    text: `with ended as (
        select t.model, t.account_id, t.state, t.ended_at, coalesce(t.charged_micros, 0) as revenue,
          (select a.channel_id from attempt a where a.task_id = t.id order by a.outcome = 'accepted' desc, a.number desc limit 1) as channel_id,
          (select sum(a.cost_micros)::bigint from attempt a where a.task_id = t.id) as cost,
          (select sum(e.amount_micros)::bigint from posting p join entry e on e.posting_id = p.id where p.task_id = t.id and p.kind = 'loss') as loss
        from task t where t.ended_at >= $1 and t.ended_at < $2
      )
      select ${KEYS[by]} as key, count(*) as tasks, count(*) filter (where state = 'succeeded') as succeeded,
        count(*) filter (where state = 'succeeded' and cost is null) as without_cost,
        coalesce(sum(revenue), 0)::bigint as revenue, coalesce(sum(cost), 0)::bigint as cost, coalesce(sum(loss), 0)::bigint as loss
      from ended group by 1 order by ${by === 'day' ? '1' : 'revenue desc, 1'} limit ${MAX_ROWS}`,
    values: [from, to],
  })
  return rows.map((row) => ({
    key: row.key, tasks: Number(row.tasks), succeeded: Number(row.succeeded), withoutCost: Number(row.without_cost), revenueMicros: row.revenue, costMicros: row.cost, lossMicros: row.loss,
  }))
}

/** Everything about one task's tries and money; nothing of what was made. */
export interface TaskHistory {
  id: string
  accountId: string
  groupName: string
  dialect: string
  model: string
  state: string
  error: unknown
  heldMicros: bigint
  chargedMicros: bigint | null
  lossMicros: bigint
  createdAt: Date
  endedAt: Date | null
  attempts: {
    id: string
    channelId: string
    credentialId: string | null
    credentialLabel: string | null
    provider: string
    upstreamModel: string
    outcome: string
    error: unknown
    handle: unknown
    usage: unknown
    costMicros: bigint | null
    costSource: string | null
    startedAt: Date
    endedAt: Date | null
  }[]
  events: { state: string; at: Date; detail: unknown }[]
}

/** Whoever's task it is, deleted ones too. */
export async function readTaskHistory(pool: pg.Pool, id: string): Promise<TaskHistory | undefined> {
  const { rows: [task] } = await pool.query<Omit<TaskHistory, 'attempts' | 'events'>>({
    name: 'task_history',
    text: `select id, account_id as "accountId", group_name as "groupName", dialect, model, state, error, held_micros as "heldMicros", charged_micros as "chargedMicros",
        created_at as "createdAt", ended_at as "endedAt",
        (select coalesce(sum(e.amount_micros), 0)::bigint from posting p join entry e on e.posting_id = p.id where p.task_id = t.id and p.kind = 'loss') as "lossMicros"
      from task t where id = $1`,
    values: [id],
  })
  if (!task) return undefined
  const { rows: attempts } = await pool.query<TaskHistory['attempts'][number]>({
    name: 'task_history_attempts',
    text: `select a.id, a.channel_id as "channelId", a.credential_id as "credentialId", k.label as "credentialLabel", a.provider, a.upstream_model as "upstreamModel", a.outcome, a.error, a.handle, a.usage,
        a.cost_micros as "costMicros", a.cost_source as "costSource", a.started_at as "startedAt", a.ended_at as "endedAt"
      from attempt a left join channel_credential k on k.id = a.credential_id where a.task_id = $1 order by a.number`,
    values: [id],
  })
  const { rows: events } = await pool.query<TaskHistory['events'][number]>({ name: 'task_history_events', text: 'select state, at, detail from task_event where task_id = $1 order by id', values: [id] })
  return { ...task, attempts, events }
}
