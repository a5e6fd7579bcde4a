import { describe, expect, it } from 'vitest'
import { OPERATIONS, type GenerationRequest, type Operation } from '../core/generation-request.ts'
import { choicesOf, parseSize, shortSidePixels, type Model } from '../core/model.ts'
import { quotedMicros } from '../core/rate-card.ts'
import { allModels, findModel } from './index.ts'
import { quoteRequest } from './price-request.ts'

/** What a client may put into a path or a header as it is. */
const NAME = /^[a-zA-Z0-9._:-]+$/
/** Other vendors' names may have an owner and a path: `fal-ai/veo3.1/fast`. */
const ALIAS = /^[a-zA-Z0-9._:-]+(?:\/[a-zA-Z0-9._:-]+)*$/
const CHINESE = /[\u4e00-\u9fff]/

/** The least and the most of everything that a request of this operation can say. */
function extremes(model: Model, operation: Operation): [smallest: GenerationRequest, largest: GenerationRequest] {
  const { resolutions = [], aspectRatios = [] } = choicesOf(model, operation)
  const request = (pick: 0 | -1): GenerationRequest => {
    const resolution = resolutions.toSorted((a, b) => linesOf(a) - linesOf(b)).at(pick)
    const duration = choicesOf(model, operation, resolution).duration
    const sizes = (model.sizes ?? (model.freeSizes ? [model.freeSizes.default] : [])).filter((size) => size !== 'auto')
    const size = sizes.toSorted((a, b) => areaOf(a) - areaOf(b)).at(pick)
    return {
      kind: model.kind,
      operation,
      model: model.id,
      prompt: 'a cat',
      count: pick === 0 ? 1 : model.maxCount,
      inputs: [],
      ...(resolution !== undefined && { resolution }),
      ...(aspectRatios[0] !== undefined && { aspectRatio: aspectRatios[0] }),
      ...(size !== undefined && { size }),
      ...(duration && { durationSeconds: pick === 0 ? duration.minSeconds : duration.maxSeconds }),
      ...(model.qualities?.[0] !== undefined && { quality: model.qualities[0] }),
      audio: pick !== 0,
    }
  }
  return [request(0), request(-1)]
}

function linesOf(resolution: string): number {
  return shortSidePixels(resolution) ?? (Number.parseInt(resolution, 10) * (/k$/i.test(resolution) ? 1024 : 1) || 0)
}

function areaOf(size: string): number {
  const [width, height] = parseSize(size)!
  return width * height
}

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

  it('finds every model that the documents name, under a name that is its own', () => {
    const named = [
      // Third-party tools.
      'seedance-2.0-pro', 'seedance-2.0-fast', 'seedance-v2-pro', 'video-2.0-mini-reference-to-video',
      // Relays' tables.
      'sora-2', 'sora-2-pro', 'sora-2-all', 'sora-2-pro-all',
      'veo_3_1-fast', 'veo_3_1-fast-hd', 'veo_3_1-fast-fl', 'veo_3_1-fast-fl-hd', 'veo_3_1-fast-4K', 'veo3.1-4k', 'veo3.1-fast-components',
      'veo2', 'veo2-fast', 'veo2-fast-frames', 'veo2-fast-components', 'veo2-pro', 'veo2-pro-components',
      'veo3', 'veo3-fast', 'veo3-fast-frames', 'veo3-frames', 'veo3-pro', 'veo3-pro-frames', 'veo3.1', 'veo3.1-fast', 'veo3.1-pro',
      'dall-e-3', 'gpt-image-1', 'gpt-image-1.5',
      'doubao-seedream-3-0-t2i-250415', 'doubao-seededit-3-0-i2i-250628', 'doubao-seedream-4-0-250828', 'doubao-seedream-4-5-251128',
      // new-api's examples.
      'kling-v1', 'jimeng_vgfm_t2v_l20', 'jimeng_vgfm_i2v_l20', 'viduq1',
    ]
    expect(named.filter((name) => findModel(name)?.id !== name)).toEqual([])
    expect(findModel('veo_3_1')?.id).toBe('veo3.1')
  })

  it("finds models by the names that vendors' own clients send", () => {
    const named: Record<string, string> = {
      'veo-3.1-generate-preview': 'veo-3.1', 'veo-3.1-fast-generate-preview': 'veo-3.1-fast', 'google/veo-3.1': 'veo-3.1', 'veo3.1_fast': 'veo-3.1-fast',
      'kling-v2-1-master': 'kling-v2-1-master', 'kwaivgi/kling-v2.5-turbo-pro': 'kling-v2-5-turbo-pro', 'fal-ai/kling-video/v2.1/master/text-to-video': 'kling-v2-1-master',
      'MiniMax-Hailuo-02': 'MiniMax-Hailuo-02', 'minimax/video-01': 'video-01', 'fal-ai/minimax-video': 'video-01',
      gen4_turbo: 'gen4_turbo', gen4_aleph: 'gen4_aleph', seedance2_fast: 'seedance-2.0-fast', hailuo3: 'MiniMax-H3',
      'wan2.5-t2v-preview': 'wan2.5-t2v-preview', viduq2: 'viduq2', 'grok-imagine-video': 'grok-imagine-video', 'grok-imagine-image': 'grok-imagine-image',
      'imagen-4': 'imagen-4.0-generate-001', 'gemini-2.5-flash-image': 'gemini-2.5-flash-image', 'qwen-image': 'qwen-image', 'fal-ai/nano-banana': 'gemini-2.5-flash-image',
      'dreamina-seedance-2-0-260128': 'seedance-2.0', 'dola-seedream-5-0-pro-260628': 'doubao-seedream-5-0-pro-260628', jimeng_v30_pro: 'jimeng_ti2v_v30_pro',
    }
    expect(Object.fromEntries(Object.keys(named).map((name) => [name, findModel(name)?.id]))).toEqual(named)
  })

  it('keeps the limits that the documents give', () => {
    const seconds = (name: string) => [findModel(name)?.duration?.minSeconds, findModel(name)?.duration?.maxSeconds]
    for (const name of ['veo2-fast', 'veo3.1-fast']) expect(seconds(name)).toEqual([5, 10])
    expect(seconds('sora-2-all')).toEqual([5, 20])
    for (const { id, inputs } of allModels().filter(({ id }) => id.startsWith('veo'))) {
      if (id.endsWith('pro-frames')) expect(inputs.image?.max).toBe(1)
      else if (id.endsWith('-frames')) expect(inputs.image?.max).toBe(2)
      if (id.endsWith('-components')) expect([inputs.image?.max, inputs.image?.roles]).toEqual([3, ['reference']])
    }
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

    it('prices its smallest and its largest request of every kind, and the larger one no lower', () => {
      for (const operation of model.operations) {
        const [smallest, largest] = extremes(model, operation).map((request) => quotedMicros(quoteRequest(request, model)))
        expect(smallest).toBeGreaterThan(0n)
        expect(largest).toBeGreaterThanOrEqual(smallest!)
      }
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
