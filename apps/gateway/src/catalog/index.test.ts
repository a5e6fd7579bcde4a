import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../core/generation-request.ts'
import { parseSize } from '../core/model.ts'
import { allModels, findModel } from './index.ts'

/** What a client may put into a path or a header as it is. */
const NAME = /^[a-zA-Z0-9._:-]+$/
/** Other vendors' names may have an owner and a path: `fal-ai/veo3.1/fast`. */
const ALIAS = /^[a-zA-Z0-9._:-]+(?:\/[a-zA-Z0-9._:-]+)*$/
const CHINESE = /[\u4e00-\u9fff]/

describe('the catalogue', () => {
  it('finds a model by its id and by each of its aliases, spelled exactly so', () => {
    for (const model of allModels()) {
      for (const name of [model.id, ...(model.aliases ?? [])]) expect(findModel(name)).toBe(model)
    }
    expect(findModel('SORA-2')).toBeUndefined()
    for (const name of ['', '__proto__', 'constructor', 'toString']) expect(findModel(name)).toBeUndefined()
  })

  it('gives no name twice', () => {
    const names = allModels().flatMap((model) => [model.id, ...(model.aliases ?? [])])
    expect(new Set(names).size).toBe(names.length)
  })

  it('has every model that the documents name for video and pictures', () => {
    const named = [
      'seedance-2.0-pro', 'seedance-2.0-fast', 'seedance-v2-pro', 'video-2.0-mini-reference-to-video',
      'sora-2', 'sora-2-pro', 'veo_3_1-fast', 'veo_3_1-fast-hd', 'veo_3_1-fast-fl', 'veo_3_1-fast-fl-hd',
      'gpt-image-1', 'gpt-image-1.5', 'dall-e-3', 'doubao-seedream-4-0-250828', 'viduq1',
    ]
    expect(named.filter((name) => findModel(name)?.id !== name)).toEqual([])
  })

  describe.each(allModels().map((model) => [model.id, model] as const))('%s', (_id, model) => {
    it('has names that fit into URLs and headers', () => {
      expect(model.id).toMatch(NAME)
      for (const alias of model.aliases ?? []) expect(alias).toMatch(ALIAS)
    })

    it('is described in both languages', () => {
      for (const text of [model.name.en, model.name.zh, model.description.en, model.description.zh]) expect(text.trim()).not.toBe('')
      expect(model.description.zh).toMatch(CHINESE)
      expect(model.description.en).not.toMatch(CHINESE)
      expect(model.description.en).toMatch(/\.$/)
      expect(model.description.zh).toMatch(/。$/)
    })

    it('has a price for everything, with its source and date', () => {
      expect(model.price.rates.at(-1)?.when).toBeUndefined()
      for (const rate of model.price.rates) expect(rate.micros).toBeGreaterThan(0)
      expect(model.price.source).toMatch(/20\d\d-\d\d/)
      expect(model.price.version).toMatch(/^[0-9a-f]{12}$/)
    })

    it('prices only what it has', () => {
      const words = new Set([...(model.resolutions ?? []), ...(model.exceptions ?? []).flatMap((exception) => exception.resolutions ?? [])])
      for (const { when = {} } of model.price.rates) {
        for (const resolution of when.resolution ?? []) expect(words).toContain(resolution)
        for (const quality of when.quality ?? []) expect(model.qualities).toContain(quality)
        if (!model.freeSizes) for (const size of when.size ?? []) expect(model.sizes).toContain(size)
      }
    })

    it('holds together', () => {
      expect(model.operations.length).toBeGreaterThan(0)
      expect(OPERATIONS).toEqual(expect.arrayContaining(model.operations))
      for (const { duration } of [model, ...(model.exceptions ?? [])]) {
        if (!duration) continue
        expect(duration.minSeconds).toBeLessThanOrEqual(duration.defaultSeconds)
        expect(duration.defaultSeconds).toBeLessThanOrEqual(duration.maxSeconds)
        if (duration.values) expect(duration.values).toContain(duration.defaultSeconds)
      }
      expect(model.duration !== undefined).toBe(model.kind === 'video')
      expect(model.framesPerSecond > 0).toBe(model.kind === 'video')
      for (const size of model.sizes ?? []) expect(size === 'auto' || parseSize(size)).toBeTruthy()
      for (const limit of Object.values(model.inputs)) {
        expect(limit.max).toBeGreaterThan(0)
        expect(limit.roles.length).toBeGreaterThan(0)
      }
      // A rate by the length of reference videos needs their bound for the hold.
      if (model.price.unit === 'token' && model.inputs.video) expect(model.inputs.video.maxTotalSeconds).toBeGreaterThan(0)
    })
  })
})
