import type pg from 'pg'
import type { PricedFacts, Quote, RateCard } from '../core/rate-card.ts'
import { priceOf } from '../core/rate-card.ts'
import { inTransaction } from '../db/pool.ts'

export interface Verification {
  /** What was counted, for people. */
  counts: { postings: number; entries: number; tasks: number; openHolds: number; recomputedCharges: number }
  totals: { grantedMicros: bigint; heldMicros: bigint; revenueMicros: bigint; customersMicros: bigint; lossMicros: bigint; costMicros: bigint }
  /** Empty when the books are right. */
  violations: Violation[]
}

export interface Violation {
  /** Of the invariants in docs/architecture.md, `L1` … */
  invariant: string
  text: string
  /** The first few, enough to start looking. */
  examples: string[]
}

/** Charges computed again from their stored rate card, newest first; bounds the time on a large database. */
const MAX_RECOMPUTED = 20_000
const MAX_EXAMPLES = 5

/**
 * Proves the ledger's invariants on a live database: one snapshot, read only, blocking nobody.
 * Time grows with the entries; about a second for each million.
 */
export async function verifyLedger(pool: pg.Pool): Promise<Verification> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read read only')
    await client.query('set local statement_timeout = 0')
    const violations: Violation[] = []
    for (const { invariant, text, sql } of INVARIANTS) {
      const { rows } = await client.query<{ example: string }>(`select example from (${sql}) broken(example) limit ${MAX_EXAMPLES}`)
      if (rows.length > 0) violations.push({ invariant, text, examples: rows.map(({ example }) => example) })
    }
    const { recomputed, violation } = await recomputeCharges(client)
    if (violation) violations.push(violation)
    return { ...(await readTotals(client, recomputed)), violations }
  })
}

/** Each query names what breaks the invariant; no row, no fault. */
const INVARIANTS: readonly { invariant: string; text: string; sql: string }[] = [
  {
    invariant: 'L1',
    text: 'every entry moves a positive amount between two different accounts of known kinds',
    sql: `select 'posting ' || posting_id || ' line ' || line from entry
      where amount_micros <= 0 or from_account = to_account
        or split_part(from_account, ':', 1) not in ('customer', 'held', 'budget', 'budget_held', 'budget_spent', 'budget_limit', 'revenue', 'funding', 'loss', 'cost', 'upstream')
        or split_part(to_account, ':', 1) not in ('customer', 'held', 'budget', 'budget_held', 'budget_spent', 'budget_limit', 'revenue', 'funding', 'loss', 'cost', 'upstream')`,
  },
  {
    invariant: 'L2',
    text: 'every entry belongs to a posting',
    sql: `select 'posting ' || e.posting_id from entry e left join posting p on p.id = e.posting_id where p.id is null`,
  },
  {
    invariant: 'L3',
    text: 'a cached balance is the sum of its entries',
    sql: `select a.id || ': ' || a.balance_micros || ' cached, ' || coalesce(s.sum, 0) || ' in entries'
      from ledger_account a left join (
        select id, sum(amount) as sum from (
          select to_account as id, amount_micros as amount from entry union all select from_account, -amount_micros from entry
        ) moved group by id
      ) s on s.id = a.id
      where a.balance_micros <> coalesce(s.sum, 0)`,
  },
  {
    invariant: 'L3',
    text: 'what is guarded has a balance to guard',
    sql: `select distinct id from (select from_account as id from entry union all select to_account from entry) named
      where split_part(id, ':', 1) in ('customer', 'budget') and not exists (select from ledger_account a where a.id = named.id)`,
  },
  {
    invariant: 'L4',
    text: 'no guarded balance is below its floor',
    sql: `select id || ': ' || balance_micros from ledger_account where balance_micros < floor_micros`,
  },
  {
    invariant: 'L5',
    text: 'every task has one hold of what it says it holds',
    sql: `select t.id || ' says ' || t.held_micros || ', posted ' || coalesce(h.amount::text, 'none')
      from task t left join (
        select p.task_id, coalesce(sum(e.amount_micros), 0) as amount from posting p
        left join entry e on e.posting_id = p.id and e.from_account = 'customer:' || p.account_id
        where p.kind = 'hold' group by p.task_id
      ) h on h.task_id = t.id
      where h.amount is distinct from t.held_micros`,
  },
  {
    invariant: 'L6',
    text: 'a hold ends at most once',
    sql: `select task_id from posting where kind in ('capture', 'release') group by task_id having count(*) > 1`,
  },
  {
    invariant: 'L7',
    text: 'a task has ended exactly if its hold has, captured if it succeeded and released if not',
    sql: `select t.id || ' is ' || t.state || ', its hold ' || coalesce(p.kind, 'open') from task t
      left join posting p on p.task_id = t.id and p.kind in ('capture', 'release')
      where p.kind is distinct from case t.state when 'succeeded' then 'capture' when 'failed' then 'release' when 'cancelled' then 'release' end`,
  },
  {
    invariant: 'L6',
    text: 'a loss is booked at most once for a task, and only for one that failed',
    sql: `select p.task_id from posting p left join task t on t.id = p.task_id where p.kind = 'loss'
      group by p.task_id, t.state having count(*) > 1 or t.state is distinct from 'failed'`,
  },
  {
    invariant: 'L7',
    text: 'what an account holds is what its open tasks hold',
    sql: `select coalesce(b.account_id, o.account_id) || ': ' || coalesce(b.held, 0) || ' in entries, ' || coalesce(o.held, 0) || ' in open tasks'
      from (
        select substr(id, 6) as account_id, sum(amount) as held from (
          select to_account as id, amount_micros as amount from entry where to_account like 'held:%'
          union all select from_account, -amount_micros from entry where from_account like 'held:%'
        ) moved group by id
      ) b full join (
        select account_id, sum(held_micros) as held from task where state not in ('succeeded', 'failed', 'cancelled') group by account_id
      ) o on o.account_id = b.account_id
      where coalesce(b.held, 0) <> coalesce(o.held, 0)`,
  },
  {
    invariant: 'L8',
    text: 'what was charged for tasks is what revenue received',
    sql: `select charged || ' charged, ' || received || ' received' from
      (select coalesce(sum(charged_micros), 0) as charged from task where state = 'succeeded') c,
      (select coalesce(sum(case when to_account = 'revenue' then amount_micros else -amount_micros end), 0) as received from entry
        where to_account = 'revenue' or from_account = 'revenue') r
      where charged <> received`,
  },
  {
    invariant: 'L8',
    text: 'what a task\'s attempts cost is booked once it has ended, and not before',
    sql: `select coalesce(a.task_id, b.task_id) || ': ' || coalesce(a.cost, 0) || ' in attempts, ' || coalesce(b.cost, 0) || ' booked, ' || coalesce(t.state, 'gone') from
      (select task_id, sum(cost_micros) as cost from attempt where cost_micros > 0 group by task_id) a
      full join (select p.task_id, sum(e.amount_micros) as cost from posting p left join entry e on e.posting_id = p.id and e.from_account = 'cost' and e.to_account = 'upstream' where p.kind = 'cost' group by p.task_id) b on b.task_id = a.task_id
      left join task t on t.id = coalesce(a.task_id, b.task_id)
      where coalesce(t.state, '') not in ('succeeded', 'failed', 'cancelled') or coalesce(a.cost, 0) <> coalesce(b.cost, 0)`,
  },
  {
    invariant: 'L8',
    text: 'what is owed to upstreams is what was booked as cost and as loss',
    sql: `select owed || ' owed, ' || booked || ' booked' from
      (select coalesce(sum(case when to_account = 'upstream' then amount_micros else -amount_micros end), 0) as owed from entry where to_account = 'upstream' or from_account = 'upstream') o,
      (select coalesce(sum(e.amount_micros), 0) as booked from entry e join posting p on p.id = e.posting_id where p.kind in ('cost', 'loss') and e.to_account = 'upstream') b
      where owed <> booked`,
  },
  {
    invariant: 'L10',
    text: 'a task is charged at most what it held',
    sql: `select id from task where charged_micros > held_micros`,
  },
  {
    invariant: 'L11',
    text: 'what a budget holds is what its key\'s open tasks hold',
    sql: `select coalesce(b.key_id, o.key_id) from (
        select substr(id, 13) as key_id, sum(amount) as held from (
          select to_account as id, amount_micros as amount from entry where to_account like 'budget\\_held:%'
          union all select from_account, -amount_micros from entry where from_account like 'budget\\_held:%'
        ) moved group by id
      ) b full join (
        select key_id, sum(held_micros) as held from task where has_budget and state not in ('succeeded', 'failed', 'cancelled') group by key_id
      ) o on o.key_id = b.key_id
      where coalesce(b.held, 0) <> coalesce(o.held, 0)`,
  },
]

/** L10: holds are their quotes, and every quote comes out again of its stored rate card. */
async function recomputeCharges(client: pg.ClientBase): Promise<{ recomputed: number; violation?: Violation }> {
  const { rows } = await client.query<{ id: string; quote: Quote; held_micros: bigint; charged_micros: bigint | null; made: PricedFacts | null; card: RateCard | null }>(
    `select t.id, t.quote, t.held_micros, t.charged_micros, e.detail->'made' as made, c.card
      from task t
      left join rate_card c on c.model = t.quote->>'model' and c.version = t.quote->>'rateCardVersion'
      left join task_event e on e.task_id = t.id and e.state = 'succeeded'
      order by t.created_at desc limit ${MAX_RECOMPUTED}`,
  )
  const examples: string[] = []
  for (const row of rows) {
    const problem = recompute(row)
    if (problem !== undefined && examples.length < MAX_EXAMPLES) examples.push(`${row.id}: ${problem}`)
  }
  if (examples.length === 0) return { recomputed: rows.length }
  return { recomputed: rows.length, violation: { invariant: 'L10', text: 'a hold and a charge can be computed again from the stored rate card', examples } }
}

function recompute(row: { quote: Quote; held_micros: bigint; charged_micros: bigint | null; made: PricedFacts | null; card: RateCard | null }): string | undefined {
  if (!row.card) return `rate card ${row.quote.rateCardVersion} of ${row.quote.model} is not stored`
  const held = BigInt(priceOf(row.quote.model, row.card, row.quote.facts, row.quote.multiplierPpm).amountMicros)
  if (held !== row.held_micros) return `held ${row.held_micros}, computed ${held}`
  if (row.made === null) return undefined
  const made = BigInt(priceOf(row.quote.model, row.card, row.made, row.quote.multiplierPpm).amountMicros)
  const charge = made < held ? made : held
  return charge === row.charged_micros ? undefined : `charged ${row.charged_micros}, computed ${charge}`
}

async function readTotals(client: pg.ClientBase, recomputedCharges: number): Promise<Pick<Verification, 'counts' | 'totals'>> {
  const { rows: [row] } = await client.query<Record<string, bigint>>(
    `select
      (select count(*) from posting) as postings,
      (select count(*) from entry) as entries,
      (select count(*) from task) as tasks,
      (select count(*) from task where state not in ('succeeded', 'failed', 'cancelled')) as open_holds,
      (select coalesce(sum(amount_micros), 0)::bigint from entry where from_account = 'funding') as granted,
      (select coalesce(sum(held_micros), 0)::bigint from task where state not in ('succeeded', 'failed', 'cancelled')) as held,
      (select coalesce(sum(amount_micros), 0)::bigint from entry where to_account = 'revenue') as revenue,
      (select coalesce(sum(balance_micros), 0)::bigint from ledger_account where id like 'customer:%') as customers,
      (select coalesce(sum(amount_micros), 0)::bigint from entry where from_account = 'loss') as loss,
      (select coalesce(sum(amount_micros), 0)::bigint from entry where from_account = 'cost') as cost`,
  )
  const totals = row!
  return {
    counts: {
      postings: Number(totals.postings), entries: Number(totals.entries), tasks: Number(totals.tasks), openHolds: Number(totals.open_holds), recomputedCharges,
    },
    totals: {
      grantedMicros: totals.granted!, heldMicros: totals.held!, revenueMicros: totals.revenue!, customersMicros: totals.customers!, lossMicros: totals.loss!, costMicros: totals.cost!,
    },
  }
}
