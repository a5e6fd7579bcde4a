import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GenerationRequest, InputAsset } from '../core/generation-request.ts'
import { ADAPTIVE, choicesOf, parseSize, pixelsOf, type Model } from '../core/model.ts'
import { priceOf, quotedMicros } from '../core/rate-card.ts'
import type { Output } from '../core/task.ts'
import { allModels, findModel } from './index.ts'
import { factsMade, factsOf, quoteRequest } from './price-request.ts'

function model(id: string): Model {
  const found = findModel(id)
  if (!found) throw new Error(`no model ${id}`)
  return found
}

function requestOf(any: Model, fields: Partial<GenerationRequest> = {}): GenerationRequest {
  return { kind: any.kind, operation: any.operations[0]!, model: any.id, prompt: 'a cat', count: 1, inputs: [], ...fields }
}

function asset(media: InputAsset['media']): InputAsset {
  return { media, role: 'reference', source: { url: 'https://example.com/a' } }
}

function output(facts: Partial<Output> = {}): Output {
  return { storageKey: 'k', mediaType: 'video/mp4', bytes: 1, sha256: '', ...facts }
}

function heldDollars(id: string, fields: Partial<GenerationRequest> = {}, videoSeconds?: number[]): number {
  const quote = quoteRequest(requestOf(model(id), fields), model(id), undefined, videoSeconds)
  return Number(quote.amountMicros) / 1e6
}

function madeDollars(id: string, fields: Partial<GenerationRequest>, outputs: Output[]): number {
  const request = requestOf(model(id), fields)
  return Number(priceOf(id, model(id).price, factsMade(request, model(id), outputs)).amountMicros) / 1e6
}

/** [model, request, dollars]: worked by hand from the vendors' price pages. */
const PRICES: [string, Partial<GenerationRequest>, number][] = [
  // The vendor's own examples, 5 s at 16:9, rounded there to 0.514, 1.156 and 2.843.
  ['seedance-2.5', { resolution: '480p', aspectRatio: '16:9', durationSeconds: 5 }, 0.514001],
  ['seedance-2.5', { resolution: '720p', aspectRatio: '16:9', durationSeconds: 5 }, 1.1556],
  ['seedance-2.5', { resolution: '1080p', aspectRatio: '16:9', durationSeconds: 5 }, 2.8431],
  // 108,000 and 243,000 tokens.
  ['seedance-2.0-pro', { resolution: '720p', aspectRatio: '16:9', durationSeconds: 5 }, 0.756],
  ['seedance-v2-pro', { resolution: '1080p', aspectRatio: '16:9', durationSeconds: 5 }, 1.8711],
  ['seedance-2.0', { resolution: '4k', aspectRatio: '16:9', durationSeconds: 5 }, 3.888],
  ['seedance-2.0-fast', { resolution: '720p', aspectRatio: '16:9', durationSeconds: 5 }, 0.6048],
  ['seedance-2.0-mini', { resolution: '720p', aspectRatio: '16:9', durationSeconds: 5 }, 0.378],
  ['video-2.0-mini-reference-to-video', { resolution: '720p', aspectRatio: '16:9', durationSeconds: 5 }, 0.378],
  ['seedance-1.5-pro', { resolution: '720p', aspectRatio: '16:9', durationSeconds: 5, audio: true }, 0.2592],
  ['seedance-1.5-pro', { resolution: '720p', aspectRatio: '16:9', durationSeconds: 5, audio: false }, 0.1296],
  // "1.0-pro 1920x1088, 5 s → 244,800".
  ['seedance-1.0-pro', { resolution: '1080p', aspectRatio: '16:9', durationSeconds: 5 }, 0.612],
  ['seedance-1.0-pro-fast', { resolution: '1080p', aspectRatio: '16:9', durationSeconds: 5 }, 0.2448],
  ['seedance-1.0-lite-t2v', { resolution: '1080p', aspectRatio: '16:9', durationSeconds: 5 }, 0.44064],
  ['seedance-1.0-lite-i2v', { resolution: '480p', aspectRatio: '1:1', durationSeconds: 2 }, 0.03456],
  ['sora-2', { size: '1280x720', durationSeconds: 5 }, 0.5],
  ['sora-2-pro', { size: '720x1280', durationSeconds: 4 }, 1.2],
  ['sora-2-pro', { size: '1792x1024', durationSeconds: 4 }, 2],
  ['sora-2-pro', { size: '1920x1080', durationSeconds: 4 }, 2.8],
  ['veo_3_1-fast', { resolution: '720p', durationSeconds: 8 }, 0.8],
  ['veo_3_1-fast-hd', { resolution: '1080p', durationSeconds: 8 }, 0.96],
  ['veo_3_1-fast-fl', { resolution: '720p', durationSeconds: 5 }, 0.5],
  ['veo_3_1-fast-fl-hd', { resolution: '1080p', durationSeconds: 5 }, 0.6],
  ['kling-v3', { resolution: '720p', durationSeconds: 5, audio: false }, 0.42],
  ['kling-v3', { resolution: '720p', durationSeconds: 5, audio: true }, 0.63],
  ['kling-v3', { resolution: '1080p', durationSeconds: 5, audio: true }, 0.84],
  ['kling-v3', { resolution: '4k', durationSeconds: 5, audio: false }, 2.1],
  ['kling-v1', { resolution: '1080p', durationSeconds: 5 }, 0.49],
  ['kling-v1', { operation: 'extend', resolution: '720p', durationSeconds: 5 }, 0.28],
  ['kling-v3-motion-control', { operation: 'video_to_video', resolution: '720p', durationSeconds: 5 }, 0.63],
  ['kling-v2-6', { resolution: '1080p', durationSeconds: 5, audio: true }, 0.7],
  ['kling-video-o1', { operation: 'video_to_video', resolution: '720p', durationSeconds: 5, inputs: [asset('video')] }, 0.63],
  ['kling-image-o1', { resolution: '4k', count: 2 }, 0.112],
  ['kling-lip-sync', { operation: 'lip_sync', durationSeconds: 6 }, 0.14],
  ['kling-image-expand', { operation: 'reframe', count: 2 }, 0.056],
  // CNY 0.65 and 0.28 a second at 7.1.
  ['jimeng_vgfm_t2v_l20', { durationSeconds: 5 }, 0.457745],
  ['jimeng_v30', { durationSeconds: 10 }, 0.39437],
  ['sora-2-all', { size: '1920x1080', durationSeconds: 15 }, 3],
  ['MiniMax-Hailuo-2.3', { resolution: '768p', durationSeconds: 6 }, 0.28],
  ['MiniMax-Hailuo-2.3', { resolution: '768p', durationSeconds: 10 }, 0.56],
  ['MiniMax-Hailuo-2.3', { resolution: '1080p', durationSeconds: 6 }, 0.49],
  ['wan2.6-t2v', { resolution: '720p', durationSeconds: 5 }, 0.5],
  ['wan2.6-t2v', { resolution: '1080p', durationSeconds: 5 }, 0.75],
  // CNY 0.14 a second at 7.1.
  ['wan2.2-t2v-plus', { resolution: '480p', durationSeconds: 5 }, 0.09859],
  ['wan2.7-r2v', { operation: 'reference_to_video', resolution: '720p', durationSeconds: 5, inputs: [asset('video')] }, 1],
  ['grok-imagine-video', { resolution: '720p', durationSeconds: 8 }, 0.56],
  // Two seconds at the least.
  ['aleph2', { resolution: '720p', durationSeconds: 2 }, 0.56],
  ['qwen-image', { size: '1328x1328' }, 0.035272],
  ['MiniMax-H3', { resolution: '2k', durationSeconds: 10 }, 1.3],
  ['gemini-3.1-flash-image', { resolution: '4K' }, 0.151],
  ['viduq3-pro', { resolution: '540p', durationSeconds: 5 }, 0.35],
  ['viduq3-pro', { resolution: '2k', durationSeconds: 5 }, 1],
  ['viduq2', { resolution: '720p', durationSeconds: 5 }, 0.175],
  ['viduq2', { operation: 'reference_to_video', resolution: '1080p', durationSeconds: 10, audio: true }, 0.9],
  ['viduq2-turbo', { resolution: '720p', durationSeconds: 1 }, 0.04],
  ['viduq2-turbo', { resolution: '720p', durationSeconds: 3 }, 0.1],
  ['viduq1', { resolution: '1080p', durationSeconds: 5 }, 0.4],
  // "540p .40, 720p .71, 1080p 1.59, 4k 6.37" for 5 s, and "$1.75 for 5 s at 720p" to modify.
  ['ray-2', { resolution: '540p', durationSeconds: 5 }, 0.4],
  ['ray-2', { resolution: '720p', durationSeconds: 5 }, 0.708],
  ['ray-2', { resolution: '4k', durationSeconds: 9 }, 11.4696],
  ['ray-2', { operation: 'video_to_video', resolution: '720p', durationSeconds: 5 }, 1.75],
  ['luma', { resolution: '1080p', durationSeconds: 10 }, 3.188],
  ['ray-flash-2', { resolution: '720p', durationSeconds: 9 }, 0.4383],
  ['ray-1-6', { resolution: '720p', durationSeconds: 5 }, 0.708],
  ['ray-3.2', { resolution: '720p', durationSeconds: 5 }, 0.3],
  ['ray-3.2', { resolution: '1080p', durationSeconds: 10 }, 3.6],
  ['ray-3.2', { operation: 'reframe', resolution: '720p', durationSeconds: 'auto' }, 3.6],
  // Nobody has measured the source: 30 s.
  ['luma-audio', { durationSeconds: 'auto' }, 0.84],
  ['photon-1', {}, 0.015],
  ['photon-flash-1', {}, 0.004],
  ['gpt-image-1.5', { size: '1024x1024', quality: 'high', count: 3 }, 0.399],
  ['gpt-image-1.5', { size: '1536x1024', quality: 'low' }, 0.013],
  ['gpt-image-1.5', { size: 'auto', quality: 'auto' }, 0.2],
  ['gpt-image-1', { size: '1024x1024', quality: 'medium' }, 0.042],
  ['gpt-image-2', { size: '1024x1024', quality: 'high', count: 2 }, 0.422],
  ['gpt-image-2', { size: '1536x1024', quality: 'medium' }, 0.041],
  ['gpt-image-2', { size: '2048x2048', quality: 'low' }, 0.024],
  ['dall-e-3', { size: '1024x1024', quality: 'standard' }, 0.04],
  ['dall-e-3', { size: '1792x1024', quality: 'hd' }, 0.12],
  ['flux-1.1-pro', { size: '1024x768' }, 0.04],
  ['flux-pro-1.1-ultra', {}, 0.06],
  ['flux-pro', { size: '1024x768' }, 0.05],
  ['flux-dev', { size: '1024x768' }, 0.025],
  ['flux-schnell', { size: '1024x768', count: 4 }, 0.012],
  ['flux-kontext-pro', {}, 0.04],
  ['flux-kontext-max', {}, 0.08],
  ['flux-pro-1.0-fill', {}, 0.05],
  ['flux-pro-1.0-expand', {}, 0.05],
  // 1.048576 megapixels; half a megapixel counts as one.
  ['flux-2-max', { size: '1024x1024' }, 0.0734],
  ['flux-2-pro', { size: '1024x512' }, 0.03],
  ['flux-2-flex', { size: '2048x2048' }, 0.251658],
  ['flux-2-klein-9b', { size: '1024x512' }, 0.015],
  ['flux-2-klein-4b', { size: '1024x512' }, 0.014],
  ['flux-3-video', { resolution: '720p', durationSeconds: 5 }, 0.85],
  ['flux-3-video', { resolution: '1080p', durationSeconds: 'auto' }, 5.8],
  ['ideogram-v3', { quality: 'default', count: 2 }, 0.12],
  ['ideogram-v3', { quality: 'turbo' }, 0.03],
  ['ideogram-v3', { quality: 'quality' }, 0.09],
  ['ideogram-v3', { quality: 'quality', operation: 'describe' }, 0.01],
  ['ideogram-v3', { quality: 'default', operation: 'upscale' }, 0.06],
  ['ideogram-v3-turbo', { quality: 'turbo' }, 0.03],
  ['ideogram-v3-quality', { quality: 'quality' }, 0.09],
  ['ideogram-v2', {}, 0.08],
  ['ideogram-v2-turbo', {}, 0.05],
  ['ideogram-v2a', {}, 0.04],
  ['ideogram-v2a-turbo', {}, 0.025],
  ['ideogram-v1', {}, 0.06],
  ['ideogram-v1-turbo', {}, 0.02],
  ['doubao-seedream-4-0-250828', { size: '2048x2048', count: 4 }, 0.12],
  ['doubao-seedream-5-0-pro-260628', { resolution: '1K', size: '1024x1024' }, 0.045],
]

describe('a hold', () => {
  it.each(PRICES)('for %s %j is $%d', (id, fields, dollars) => {
    expect(heldDollars(id, fields)).toBe(dollars)
  })

  it('covers the longest that the model may decide on', () => {
    expect(heldDollars('seedance-2.0-pro', { resolution: '720p', aspectRatio: '16:9', durationSeconds: 'auto' })).toBe(0.756 * 3)
  })

  it('covers the most pixels that an adaptive ratio may come to', () => {
    // 4:3 at 720p, 1112x834, is the largest: 108,680.625 tokens.
    expect(heldDollars('seedance-2.0-pro', { resolution: '720p', aspectRatio: ADAPTIVE, durationSeconds: 5 })).toBe(0.760764)
  })

  it('counts the seconds of reference videos, and the longest allowed where nobody knows them', () => {
    const fields = { operation: 'reference_to_video', resolution: '720p', aspectRatio: '16:9', durationSeconds: 5, inputs: [asset('video'), asset('video')] } as const
    // 10 s of 21,600 tokens at $4.3 a million; and 5 + 15 s.
    expect(heldDollars('seedance-2.0-pro', { ...fields, inputs: [...fields.inputs] }, [2, 3])).toBe(0.9288)
    expect(heldDollars('seedance-2.0-pro', { ...fields, inputs: [...fields.inputs] })).toBe(1.8576)
    expect(factsOf(requestOf(model('seedance-2.0-pro')), model('seedance-2.0-pro'), [2, undefined]).inputVideoDurationMs).toBe(15_000)
    expect(factsOf(requestOf(model('seedance-2.5')), model('seedance-2.5'), [2, undefined]).inputVideoDurationMs).toBe(17_000)
  })

  it('is for as long as the video that is changed, or the longest where nobody has measured it', () => {
    const fields = { operation: 'video_to_video', resolution: '720p', durationSeconds: 'auto', inputs: [asset('video')] } as const
    expect(heldDollars('kling-video-o1', { ...fields, inputs: [...fields.inputs] }, [4.2])).toBe(0.63)
    expect(heldDollars('kling-video-o1', { ...fields, inputs: [...fields.inputs] })).toBe(1.26)
  })

  it('is for as long as the sound that a portrait speaks to, where there is no video', () => {
    const spoken = (durationSeconds?: number): Partial<GenerationRequest> => ({
      operation: 'image_to_video', resolution: '720p', durationSeconds: 'auto',
      inputs: [asset('image'), { media: 'audio', role: 'source', source: { storageKey: 'a.mp3', mediaType: 'audio/mpeg', bytes: 1, ...(durationSeconds !== undefined && { durationSeconds }) } }],
    })
    expect(heldDollars('kling-avatar', spoken(7.3))).toBe(0.448)
    expect(heldDollars('kling-avatar', spoken())).toBe(16.8)
  })

  it('is multiplied for the group', () => {
    expect(quoteRequest(requestOf(model('sora-2'), { size: '1280x720', durationSeconds: 5 }), model('sora-2'), 1_500_000).amountMicros).toBe('750000')
  })
})

describe('a capture', () => {
  const pro = { resolution: '720p', aspectRatio: '16:9', size: '1280x720', durationSeconds: 5 } as const

  it('is for what was asked, though files are a few frames off', () => {
    for (const durationSeconds of [5.042, 4.96, 4.6, 6]) {
      expect(madeDollars('seedance-2.0-pro', pro, [output({ durationSeconds, widthPixels: 1280, heightPixels: 720 })])).toBe(0.756)
    }
    expect(madeDollars('seedance-2.0-pro', pro, [output({ durationSeconds: 5, widthPixels: 1248, heightPixels: 704 })])).toBe(0.756)
  })

  it('is for less when clearly less was made', () => {
    expect(madeDollars('seedance-2.0-pro', pro, [output({ durationSeconds: 4, widthPixels: 1280, heightPixels: 720 })])).toBe(0.6048)
    expect(madeDollars('seedance-2.0-pro', pro, [output({ durationSeconds: 5, widthPixels: 640, heightPixels: 360 })])).toBe(0.189)
    expect(madeDollars('gpt-image-1.5', { size: '1024x1024', quality: 'high', count: 3 }, [output(), output()])).toBe(0.266)
  })

  it('is for what the model decided', () => {
    const auto = { resolution: '720p', aspectRatio: ADAPTIVE, durationSeconds: 'auto' } as const
    expect(madeDollars('seedance-2.5', auto, [output({ durationSeconds: 6.04, widthPixels: 1280, heightPixels: 720 })])).toBe(1.38672)
    expect(madeDollars('gpt-image-1.5', { size: 'auto', quality: 'low' }, [output({ widthPixels: 1024, heightPixels: 1024 })])).toBe(0.009)
  })

  it('knows the reference videos as the hold did', () => {
    const request = requestOf(model('seedance-2.0-pro'), { ...pro, operation: 'reference_to_video', inputs: [asset('video')] })
    const held = factsOf(request, model('seedance-2.0-pro'), [4.5])
    expect(factsMade(request, model('seedance-2.0-pro'), [output({ durationSeconds: 5 })], held)).toEqual(held)
  })

  it('needs something made', () => {
    expect(() => factsMade(requestOf(model('sora-2')), model('sora-2'), [])).toThrow('nothing was made')
  })
})

/** Any request that the check would let through, as far as prices go. */
const anyRequest = fc.constantFrom(...allModels()).chain((any) =>
  fc
    .record({
      operation: fc.constantFrom(...any.operations),
      resolution: fc.constantFrom(...(any.resolutions ?? [undefined])),
      size: fc.constantFrom(...(any.sizes ?? (any.freeSizes ? [any.freeSizes.default] : [undefined]))),
      quality: fc.constantFrom(...(any.qualities ?? [undefined])),
      count: fc.integer({ min: 1, max: any.maxCount }),
      audio: fc.boolean(),
      videos: fc.array(fc.option(fc.integer({ min: 2, max: 15 }), { nil: undefined }), { maxLength: any.inputs.video?.max ?? 0 }),
      pick: fc.nat(),
    })
    .map(({ videos, pick, resolution, size, ...rest }) => {
      const choices = choicesOf(any, rest.operation, resolution)
      const ratios = choices.aspectRatios ?? []
      const range = choices.duration
      const lengths: GenerationRequest['durationSeconds'][] = range ? [...(range.values ?? [range.minSeconds, range.defaultSeconds, range.maxSeconds]), ...(range.auto ? (['auto'] as const) : [])] : []
      const aspectRatio = ratios[pick % Math.max(1, ratios.length)]
      const pixels = resolution !== undefined && aspectRatio !== undefined ? pixelsOf(any, resolution, aspectRatio) : undefined
      const chosen = { ...rest, resolution, aspectRatio, size: size ?? pixels?.join('x'), durationSeconds: lengths[pick % Math.max(1, lengths.length)] }
      const request = requestOf(any, Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)))
      return { any, videos, request: { ...request, inputs: videos.map(() => asset('video')) } }
    }),
)

describe('for any request', () => {
  it('a price is above nothing, and not lower for a longer video', () => {
    fc.assert(
      fc.property(anyRequest, fc.nat(60), ({ any, videos, request }, moreSeconds) => {
        const price = quotedMicros(quoteRequest(request, any, undefined, videos))
        expect(price > 0n).toBe(true)
        const facts = factsOf(request, any, videos)
        const longer = quotedMicros(priceOf(any.id, any.price, { ...facts, durationMs: facts.durationMs + moreSeconds * 1000 }))
        expect(longer >= price).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('the hold covers the capture of anything that can be made', () => {
    const anyOutputs = fc.array(
      fc.record({ durationSeconds: fc.double({ min: 0.04, max: 120, noNaN: true }), widthPixels: fc.integer({ min: 1, max: 5000 }), heightPixels: fc.integer({ min: 1, max: 5000 }) }, { requiredKeys: [] }),
      { minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(anyRequest, anyOutputs, fc.nat(), ({ any, videos, request }, outputs, pick) => {
        const held = factsOf(request, any, videos)
        const sizes = (any.sizes ?? []).flatMap((size) => parseSize(size) ?? [])
        const shape = sizes.length > 0 ? { widthPixels: sizes[(pick * 2) % sizes.length]!, heightPixels: sizes[(pick * 2 + 1) % sizes.length]! } : {}
        const made = factsMade(request, any, outputs.map((facts) => output({ ...facts, ...shape })), held)
        const price = (facts: typeof held) => quotedMicros(priceOf(any.id, any.price, facts))
        expect(price(made) <= price(held)).toBe(true)
        expect(price(made) > 0n).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
