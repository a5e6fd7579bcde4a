import { describe, expect, test } from 'vitest'
import { COST_CARD_SCHEMA, costMicros, type CostCard, type Priced } from './cost-card.ts'
import { dollars, rateCard } from './rate-card.ts'

const LIST = rateCard({ unit: 'second', rates: [{ micros: dollars(0.1) }], source: 'test' })
const PRICED: Priced = {
  model: 'kling', listCard: LIST,
  facts: { operation: 'text_to_video', count: 1, resolution: '720p', audio: false, inputVideo: false, durationMs: 5_000, inputVideoDurationMs: 0, widthPixels: 1280, heightPixels: 720, framesPerSecond: 24 },
}

describe('what an upstream charges', () => {
  test.each<[what: string, card: CostCard, micros: bigint | undefined]>([
    ['a share of our price', { of_price: 0.6 }, 300_000n],
    ['a share of its own for one model', { of_price: 0.6, models: { kling: { of_price: 0.5 } } }, 250_000n],
    ['a rate', { models: { kling: { unit: 'second', rates: [{ usd: 0.07 }] } } }, 350_000n],
    ['the first rate that holds', { models: { kling: { unit: 'call', rates: [{ usd: 1, when: { resolution: ['1080p'] } }, { usd: 0.3, when: { up_to_seconds: 5, audio: false } }, { usd: 2 }] } } }, 300_000n],
    ['so much for so many units', { models: { kling: { unit: 'token', rates: [{ usd: 7, per_units: 1_000_000 }] } } }, 756_000n],
    ['whole steps', { models: { kling: { unit: 'second', step_units: 4, rates: [{ usd: 0.01 }] } } }, 80_000n],
    ['at least so much', { models: { kling: { unit: 'second', minimum_units: 10, rates: [{ usd: 0.01 }] } } }, 100_000n],
    ['fractions of a micro-dollar, rounded once', { models: { kling: { unit: 'second', rates: [{ usd: 0.0000001 }] } } }, 1n],
    ['nothing', { of_price: 0 }, 0n],
    ['nobody knows what, for a model that the card does not name', { models: { other: { of_price: 1 } } }, undefined],
  ])('is %s', (_what, card, micros) => {
    expect(costMicros(COST_CARD_SCHEMA.parse(card), PRICED)).toBe(micros)
  })

  test.each([
    ['a last rate with a condition', { models: { kling: { unit: 'call', rates: [{ usd: 1, when: { audio: true } }] } } }],
    ['a negative price', { of_price: -1 }],
    ['a unit that is none', { models: { kling: { unit: 'hour', rates: [{ usd: 1 }] } } }],
    ['a word too many', { of_price: 1, currency: 'CNY' }],
  ])('is never %s', (_what, card) => {
    expect(COST_CARD_SCHEMA.safeParse(card).success).toBe(false)
  })
})
