import { describe, expect, it } from 'vitest'
import { dollars, priceOf, rateCard, type PricedFacts } from './rate-card.ts'

const FACTS: PricedFacts = {
  operation: 'text_to_video',
  count: 1,
  resolution: '720p',
  audio: false,
  inputVideo: false,
  durationMs: 5000,
  inputVideoDurationMs: 0,
  widthPixels: 1280,
  heightPixels: 720,
  framesPerSecond: 24,
}

function amount(content: Parameters<typeof rateCard>[0], facts: Partial<PricedFacts> = {}, multiplierPpm?: number): string {
  return priceOf('test', rateCard(content), { ...FACTS, ...facts }, multiplierPpm).amountMicros
}

describe('a rate card', () => {
  const content = { unit: 'second' as const, rates: [{ when: { resolution: ['1080p'] }, micros: dollars(0.2) }, { micros: dollars(0.1) }], source: 'test' }

  it('has the version that its documentation shows', () => {
    expect(rateCard({ unit: 'second', rates: [{ micros: dollars(0.1) }], source: '…' }).version).toBe('9a50f35f540f')
  })

  it('changes its version with any number', () => {
    const versions = [
      content,
      { ...content, rates: [content.rates[0]!, { micros: dollars(0.11) }] },
      { ...content, rates: [{ when: { resolution: ['1080p', '4k'] }, micros: dollars(0.2) }, content.rates[1]!] },
      { ...content, unit: 'call' as const },
      { ...content, stepUnits: 5 },
      { ...content, minimumUnits: 5 },
    ].map((card) => rateCard(card).version)
    expect(new Set(versions).size).toBe(versions.length)
  })

  it('keeps its version when only its source or the order of its members changes', () => {
    const reordered = { source: 'elsewhere', rates: [{ micros: dollars(0.2), when: { resolution: ['1080p'] } }, { micros: dollars(0.1) }], unit: 'second' as const }
    expect(rateCard(reordered).version).toBe(rateCard(content).version)
  })

  it('reads dollars without binary fractions', () => {
    expect([dollars(0.1), dollars(0.133), dollars(11.7), dollars(0.000001)]).toEqual([100_000, 133_000, 11_700_000, 1])
  })
})

describe('a price', () => {
  const source = 'test'

  it('is that of the first rate whose conditions all hold', () => {
    const rates = [
      { when: { size: ['1280x720'], audio: true }, micros: 1 },
      { when: { size: ['1280x720'] }, micros: 2 },
      { when: { upToSeconds: 5 }, micros: 3 },
      { micros: 4 },
    ]
    expect(amount({ unit: 'call', rates, source }, { audio: true })).toBe('1')
    expect(amount({ unit: 'call', rates, source })).toBe('2')
    expect(amount({ unit: 'call', rates, source }, { widthPixels: 720, heightPixels: 1280 })).toBe('3')
    expect(amount({ unit: 'call', rates, source }, { widthPixels: 720, heightPixels: 1280, durationMs: 5001 })).toBe('4')
  })

  it('counts each unit', () => {
    const rates = [{ micros: dollars(0.01) }]
    expect(amount({ unit: 'call', rates, source }, { count: 2 })).toBe('10000')
    expect(amount({ unit: 'image', rates, source }, { count: 2 })).toBe('20000')
    expect(amount({ unit: 'second', rates, source }, { durationMs: 4500 })).toBe('45000')
    expect(amount({ unit: 'megapixel', rates, source }, { count: 2, widthPixels: 1000, heightPixels: 1500 })).toBe('30000')
    expect(amount({ unit: 'token', rates: [{ micros: dollars(7), perUnits: 1_000_000 }], source })).toBe('756000')
  })

  it('charges whole steps and the minimum', () => {
    const rates = [{ micros: dollars(0.01) }]
    expect(amount({ unit: 'second', rates, source, stepUnits: 5 }, { durationMs: 5001 })).toBe('100000')
    expect(amount({ unit: 'second', rates, source, minimumUnits: 8 })).toBe('80000')
  })

  it('is multiplied before it is rounded, once and half up', () => {
    expect(amount({ unit: 'call', rates: [{ micros: 1, perUnits: 2 }], source })).toBe('1')
    expect(amount({ unit: 'call', rates: [{ micros: 1, perUnits: 3 }], source }, {}, 4_000_000)).toBe('1')
  })

  it('is refused where no rate matches', () => {
    expect(() => amount({ unit: 'call', rates: [{ when: { audio: true }, micros: 1 }], source })).toThrow('no rate')
  })
})
