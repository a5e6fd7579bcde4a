import { describe, expect, it } from 'vitest'
import { formatDollars } from '../core/micros.ts'
import { allModels, findModel } from './index.ts'
import { MAX_PRICE_EXAMPLES, priceExamples } from './price-examples.ts'

function examples(name: string, multiplierPpm?: number): string[] {
  return priceExamples(findModel(name)!, multiplierPpm).map(({ en, micros }) => `${en}: ${formatDollars(micros)}`)
}

describe('price examples', () => {
  it('are worked for each resolution, quality and size, and for sound where it costs', () => {
    expect(examples('kling-v3')).toEqual(['5 s at 720p: $0.42', '5 s at 720p, with sound: $0.63', '5 s at 1080p: $0.56', '5 s at 1080p, with sound: $0.84', '5 s at 4k: $2.10'])
    expect(examples('kling-v2-6')).toEqual(['5 s at 720p: $0.21', '5 s at 1080p: $0.35', '5 s at 1080p, with sound: $0.70'])
    expect(examples('seedance-2.0-fast')).toEqual(['5 s at 720p: $0.6048', '5 s at 480p: $0.281232'])
    expect(examples('sora-2')).toEqual(['4 s at 720x1280: $0.40', '4 s at 1280x720: $0.40'])
    expect(examples('viduq1')).toEqual(['5 s at 1080p: $0.40'])
    expect(examples('dall-e-3').slice(0, 2)).toEqual(['1 image at 1024x1024, standard: $0.04', '1 image at 1024x1024, hd: $0.08'])
    expect(examples('aleph2')).toEqual(['5 s at 720p: $1.40'])
  })

  it('are those of the group', () => {
    expect(examples('viduq1', 1_500_000)).toEqual(['5 s at 1080p: $0.60'])
  })

  it('are there for every model, in both languages, and few', () => {
    for (const model of allModels()) {
      const all = priceExamples(model)
      expect(all.length, model.id).toBeGreaterThan(0)
      expect(all.length).toBeLessThanOrEqual(MAX_PRICE_EXAMPLES)
      expect(new Set(all.map(({ en }) => en)).size, model.id).toBe(all.length)
      for (const { zh, micros } of all) {
        expect(zh).toMatch(/[秒张次]/)
        expect(micros).toBeGreaterThan(0n)
      }
    }
  })
})
