import type pg from 'pg'
import type { RateCard } from '../core/rate-card.ts'

/** Keeps the cards that tasks may be priced with from now on; a card that is there already stays as it is. */
export async function storeRateCards(pool: pg.Pool, cards: readonly { model: string; card: RateCard }[]): Promise<void> {
  await pool.query(
    `insert into rate_card (model, version, card) select v->>'model', v->'card'->>'version', v->'card' from jsonb_array_elements($1) v on conflict do nothing`,
    [JSON.stringify(cards)],
  )
}

/** The card that a task was priced with, which may be older than the catalogue's. */
export async function readRateCard(pool: pg.Pool, model: string, version: string): Promise<RateCard | undefined> {
  const { rows: [row] } = await pool.query<{ card: RateCard }>({ name: 'read_rate_card', text: 'select card from rate_card where model = $1 and version = $2', values: [model, version] })
  return row?.card
}
