import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allModels, findModel } from '../catalog/index.ts'
import { GatewayError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import type { Draft } from '../dialects/dialect.ts'
import { checkRequest } from './check-request.ts'
import { draftOf, inputOf, leastInputs } from './draft.fixture.ts'

function model(id: string): Model {
  const found = findModel(id)
  if (!found) throw new Error(`no model ${id}`)
  return found
}

type Fields = Partial<Omit<GenerationRequest, 'inputs'>>
type Rest = Partial<Omit<Draft, 'request'>>

function check(id: string, fields: Fields = {}, rest: Rest = {}) {
  return checkRequest(draftOf(model(id), fields, rest), model(id))
}

function refusal(id: string, fields: Fields = {}, rest: Rest = {}): GatewayError {
  try {
    check(id, fields, rest)
  } catch (error) {
    if (error instanceof GatewayError) {
      expect(error.code).toBe('invalid_request')
      return error
    }
    throw error
  }
  throw new Error(`${id} took ${JSON.stringify(fields)}`)
}

const PRO = 'seedance-2.0-pro'

function references(count: number, media: 'image' | 'video' | 'audio' = 'image') {
  return Array.from({ length: count }, (_, index) => inputOf(media, 'reference', index))
}

describe('a request', () => {
  it('gets the defaults of its model', () => {
    expect(check(PRO).request).toEqual({
      kind: 'video',
      operation: 'text_to_video',
      model: PRO,
      prompt: 'a cat',
      durationSeconds: 5,
      resolution: '720p',
      aspectRatio: 'adaptive',
      count: 1,
      audio: true,
    })
    expect(check('sora-2').request).toMatchObject({ durationSeconds: 4, size: '720x1280' })
    expect(check('gpt-image-1').request).toEqual({ kind: 'image', operation: 'text_to_image', model: 'gpt-image-1', prompt: 'a cat', size: '1024x1024', quality: 'medium', count: 1 })
  })

  it('made by alias goes on under the model\'s own name', () => {
    const byAlias = findModel('doubao-seedance-2-0-260128')!
    expect(checkRequest(draftOf(byAlias, { model: 'doubao-seedance-2-0-260128' }), byAlias).request.model).toBe('seedance-2.0')
  })

  it('keeps what the caller said for himself', () => {
    const said = { callbackUrl: 'https://example.com/hook', metadata: { order: 7 }, endUserId: 'user-1' }
    expect(check(PRO, said).request).toMatchObject(said)
  })

  it('for pictures is not taken by a model that makes videos', () => {
    expect(refusal('sora-2', { kind: 'image', operation: 'text_to_image' }).param).toBe('model')
  })

  it('names a wrong field as the client spelled it, with the values it may have', () => {
    const error = refusal('seedance-2.0-fast', { resolution: '1080p' }, { fieldNames: { resolution: 'input.resolution' } })
    expect(error.param).toBe('input.resolution')
    expect(error.message).toBe('input.resolution must be one of 720p, 480p for seedance-2.0-fast')
  })
})

describe('a prompt', () => {
  it('is required, unless a frame speaks for itself', () => {
    expect(refusal(PRO, { prompt: ' \n' }).param).toBe('prompt')
    expect(check(PRO, { prompt: '' }, { inputs: [inputOf('image', 'first_frame')] }).request.operation).toBe('image_to_video')
    expect(refusal('sora-2', { prompt: '' }, { inputs: [inputOf('image', 'first_frame')] }).param).toBe('prompt')
  })

  it('is counted in characters as people see them, not in halves of them', () => {
    const max = model('kling-v3').maxPromptCharacters
    expect(check('kling-v3', { prompt: '🐈'.repeat(max) }).request.prompt).toHaveLength(2 * max)
    expect(refusal('kling-v3', { prompt: '猫'.repeat(max + 1) }).message).toBe(`prompt must have at most ${max} characters for kling-v3`)
    expect(refusal('kling-v3', { prompt: '🐈'.repeat(100_000) }).param).toBe('prompt')
  })

  it('may hold halves of characters and control characters without harm', () => {
    expect(check(PRO, { prompt: 'a \ud800 \u0000 \u202e b' }).request.prompt).toHaveLength(9)
  })

  it('may mention only material that was given', () => {
    const given = { inputs: [inputOf('image', 'reference'), inputOf('image', 'reference', 1), inputOf('video', 'reference')] }
    expect(check(PRO, { prompt: '让@Image2 跟随 @Video1' }, given).request.operation).toBe('reference_to_video')
    expect(refusal(PRO, { prompt: '让@Image3 转身' }, given).message).toBe('prompt mentions @Image3, but only 2 of image were given')
    for (const prompt of ['@Image1', '@Video2', '@Audio1', '@Image0', `@Image${'9'.repeat(400)}`]) {
      expect(refusal(PRO, { prompt }, prompt === '@Image1' ? {} : given).param).toBe('prompt')
    }
    expect(check(PRO, { prompt: 'write to cat@Image1.com, @Imagery, @image1' }).request.prompt).toContain('@Imagery')
  })

  it('may be negative only where the model knows that', () => {
    expect(check('kling-v3', { negativePrompt: 'blur' }).request.negativePrompt).toBe('blur')
    expect(refusal(PRO, { negativePrompt: 'blur' }).param).toBe('negativePrompt')
    expect(check(PRO, { negativePrompt: 'blur' }, { unusedFields: 'ignore', fieldNames: { negativePrompt: 'negative_prompt' } }).ignored).toEqual(['negative_prompt'])
    expect(refusal('kling-v3', { negativePrompt: 'x'.repeat(2501) }).param).toBe('negativePrompt')
  })
})

describe('a duration', () => {
  it('is what the model makes, or refused with what it makes', () => {
    expect(check(PRO, { durationSeconds: 15 }).request.durationSeconds).toBe(15)
    for (const durationSeconds of [1e9, -5, 0, 3, 16, 4.999999, NaN, Infinity, -Infinity, Number.MIN_VALUE]) {
      const error = refusal(PRO, { durationSeconds })
      expect(error.param).toBe('durationSeconds')
      expect(error.message).toContain('a whole number of seconds from 4 to 15, or "auto"')
    }
  })

  it('may be left to the model only where the model decides', () => {
    expect(check(PRO, { durationSeconds: 'auto' }).request.durationSeconds).toBe('auto')
    expect(refusal('seedance-1.0-pro', { durationSeconds: 'auto' }).message).toContain('from 2 to 12 for')
  })

  it('may depend on the resolution', () => {
    expect(check('MiniMax-Hailuo-2.3', { durationSeconds: 10 }).request.durationSeconds).toBe(10)
    expect(refusal('MiniMax-Hailuo-2.3', { durationSeconds: 10, resolution: '1080p' }).message).toContain('must be 6 seconds for')
    expect(refusal('MiniMax-Hailuo-2.3', { durationSeconds: 8 }).message).toContain('6 or 10 seconds')
  })

  it('of 5 seconds is taken by every model of the general video page', () => {
    for (const id of ['sora-2', 'sora-2-pro', 'veo_3_1-fast', 'veo_3_1-fast-hd', 'veo_3_1-fast-fl', 'veo_3_1-fast-fl-hd']) {
      expect(check(id, { durationSeconds: 5 }).request.durationSeconds).toBe(5)
    }
  })

  it('means nothing for a picture', () => {
    expect(refusal('dall-e-3', { durationSeconds: 5 }).param).toBe('durationSeconds')
    expect(check('dall-e-3', { durationSeconds: 5 }, { unusedFields: 'ignore' })).toMatchObject({ ignored: ['durationSeconds'], request: { count: 1 } })
  })
})

describe('resolution, ratio and size', () => {
  it('are left to a model that draws any size where it chooses the shape, unless they are said', () => {
    expect(check('jimeng_t2i_v40').request).toMatchObject({ resolution: '2K', aspectRatio: 'adaptive' })
    expect(check('jimeng_t2i_v40', { size: 'auto' }).request).not.toHaveProperty('size')
    expect(check('jimeng_t2i_v40', { resolution: '4k' }).request).toMatchObject({ resolution: '4K', aspectRatio: 'adaptive' })
    expect(check('jimeng_t2i_v40', { aspectRatio: '1:1' }).request).toMatchObject({ aspectRatio: '1:1', size: '2048x2048' })
    expect(check('jimeng_t2i_v40', { size: '1600x1200' }).request).toMatchObject({ size: '1600x1200' })
    expect(refusal('doubao-seedream-4-0-250828', { aspectRatio: 'adaptive' }).param).toBe('aspectRatio')
  })

  it('are derived from one another', () => {
    expect(check(PRO, { size: '1280x720' }).request).toMatchObject({ resolution: '720p', aspectRatio: '16:9', size: '1280x720' })
    expect(check(PRO, { aspectRatio: '9:16', resolution: '1080P' }).request).toMatchObject({ resolution: '1080p', aspectRatio: '9:16', size: '1080x1920' })
    expect(check('veo_3_1-fast', { size: '720*1280' }).request).toMatchObject({ resolution: '720p', aspectRatio: '9:16' })
    expect(check('sora-2', { aspectRatio: '16:9', resolution: '720p' }).request.size).toBe('1280x720')
    expect(check('sora-2-pro', { aspectRatio: '9:16', resolution: '1080p' }).request.size).toBe('1080x1920')
    expect(check('doubao-seedream-4-0-250828', { resolution: '4k' }).request).toMatchObject({ resolution: '4K', size: '4096x4096' })
    expect(check('doubao-seedream-4-0-250828', { aspectRatio: '16:9' }).request.size).toBe('2730x1534')
    expect(check('flux-1.1-pro', { aspectRatio: '16:9' }).request.size).toBe('1152x640')
  })

  it('may be said as size in other ways', () => {
    expect(check('sora-2', { size: '16x9' }).request.size).toBe('1280x720')
    expect(check(PRO, { size: '9:16' }).request).toMatchObject({ aspectRatio: '9:16', resolution: '720p', size: '720x1280' })
    expect(check(PRO, { size: '1080p' }).request.resolution).toBe('1080p')
    expect(check('doubao-seedream-4-0-250828', { size: '2K' }).request.size).toBe('2048x2048')
    expect(check(PRO, { aspectRatio: 'auto' }).request.aspectRatio).toBe('adaptive')
    expect(check('gpt-image-1', { size: 'auto' }).request.size).toBe('auto')
  })

  it('become the pixels that the model really makes', () => {
    expect(check('seedance-1.0-pro', { size: '1920x1080' }).request).toMatchObject({ resolution: '1080p', aspectRatio: '16:9', size: '1920x1088' })
    expect(check('seedance-2.5', { size: '854x480' }).request.size).toBe('854x480')
    expect(check(PRO, { size: '854x480' }).request.size).toBe('864x496')
  })

  it('are refused when they correspond to nothing', () => {
    for (const size of ['720x720', '99999x1', '0x0', '1280x', 'huge', '1921x1200', '']) expect(refusal(PRO, { size }).param).toBe('size')
    expect(refusal('sora-2', { size: '1920x1080' }).message).toBe('size must be one of 720x1280, 1280x720 for sora-2')
    expect(refusal('veo_3_1-fast-hd', { size: '1280x720' }).message).toContain('1920x1080, 1080x1920')
    expect(refusal('sora-2', { aspectRatio: '4:3' }).param).toBe('aspectRatio')
    expect(refusal('flux-1.1-pro', { size: '1000x1000' }).message).toContain('sides from 256 to 1440, divisible by 32')
    expect(refusal('doubao-seedream-4-0-250828', { size: '512x512' }).param).toBe('size')
    expect(refusal('flux-1.1-pro', { aspectRatio: '50:1' }).param).toBe('aspectRatio')
    expect(refusal('flux-1.1-pro', { resolution: '1080p' }).param).toBe('resolution')
  })

  it('must not contradict one another', () => {
    expect(refusal(PRO, { size: '1280x720', resolution: '1080p' }).message).toContain('contradict')
    expect(refusal(PRO, { size: '1280x720', aspectRatio: '9:16' }).message).toContain('contradict')
    expect(refusal('sora-2', { size: '1280x720', aspectRatio: '9:16' }).param).toBe('aspectRatio')
    expect(check(PRO, { size: '1280x720', resolution: '720p', aspectRatio: '16:9' }).request.size).toBe('1280x720')
  })

  it('follow the first frame where the model gives no choice', () => {
    const inputs = [inputOf('image', 'first_frame')]
    expect(check('seedance-2.5', {}, { inputs }).request).toMatchObject({ aspectRatio: 'adaptive', resolution: '720p' })
    expect(refusal('seedance-2.5', { aspectRatio: '16:9' }, { inputs }).param).toBe('aspectRatio')
    const lenient = check('kling-v3', { size: '1920x1080' }, { inputs, unusedFields: 'ignore' })
    expect(lenient.request).toMatchObject({ resolution: '1080p', aspectRatio: 'adaptive' })
    expect(lenient.ignored).toEqual(['size'])
    expect(check('seedance-1.0-pro', {}, { inputs }).request.aspectRatio).toBe('adaptive')
    expect(check('seedance-1.0-pro').request.aspectRatio).toBe('16:9')
    expect(refusal('seedance-1.0-pro', { aspectRatio: 'adaptive' }).param).toBe('aspectRatio')
  })

  it('may depend on what is done', () => {
    const inputs = [inputOf('image', 'reference')]
    expect(refusal('seedance-1.0-lite-i2v', { resolution: '1080p' }, { inputs }).message).toContain('720p, 480p')
  })
})

describe('numbers and switches', () => {
  it('take seed 0 for a seed, and refuse what no seed can be', () => {
    expect(check(PRO, { seed: 0 }).request.seed).toBe(0)
    for (const seed of [2 ** 53, 1.5, NaN, -2, 2 ** 32, 1e300]) expect(refusal(PRO, { seed }).param).toBe('seed')
    expect(check('sora-2', { seed: 7 }, { unusedFields: 'ignore' })).toMatchObject({ ignored: ['seed'] })
    expect(check('sora-2', { seed: 7 }, { unusedFields: 'ignore' }).request).not.toHaveProperty('seed')
    expect(refusal('sora-2', { seed: 2 ** 60 }, { unusedFields: 'ignore' }).param).toBe('seed')
  })

  it('count no more than the model makes', () => {
    expect(check('gpt-image-1', { count: 10 }).request.count).toBe(10)
    for (const count of [0, -1, 2, 1.5, NaN, 1e6]) expect(refusal(PRO, { count }).message).toBe(`count must be 1 for ${PRO}`)
  })

  it('take the frame rate that the model has', () => {
    expect(check(PRO, { framesPerSecond: 24 }).request.framesPerSecond).toBe(24)
    expect(refusal(PRO, { framesPerSecond: 30 }).message).toContain('fixed frame rate, 24')
    expect(check(PRO, { framesPerSecond: 30 }, { unusedFields: 'ignore' }).ignored).toEqual(['framesPerSecond'])
    expect(refusal(PRO, { framesPerSecond: NaN }, { unusedFields: 'ignore' }).param).toBe('framesPerSecond')
  })

  it('switch sound only where it can be switched', () => {
    expect(check(PRO, { audio: false }).request.audio).toBe(false)
    expect(refusal('sora-2', { audio: false }).message).toContain('always makes sound')
    expect(refusal('seedance-1.0-pro', { audio: true }).message).toContain('makes no sound')
    expect(check('seedance-1.0-pro', { audio: false }).ignored).toEqual([])
    expect(check('kling-v2-6', { audio: true, resolution: '1080p' }).request.audio).toBe(true)
    expect(refusal('kling-v2-6', { audio: true, resolution: '720p' }).message).toContain('makes no sound this way')
  })

  it('switch on only what the model has', () => {
    expect(check('veo_3_1-fast', { enhancePrompt: true }).request.enhancePrompt).toBe(true)
    expect(refusal(PRO, { loop: true }).param).toBe('loop')
    expect(check(PRO, { loop: false, upsample: false })).toMatchObject({ ignored: [] })
  })

  it('rewrite the prompt in English on any model where there is an enhancer, and leave the model its own switch', () => {
    const wish = (id: string, enhancer: boolean) => checkRequest(draftOf(model(id), { enhancePrompt: true }, { englishPrompt: true, unusedFields: 'ignore' }), model(id), { enhancer })
    expect(wish('sora-2', true)).toMatchObject({ ignored: [] })
    expect(wish('sora-2', true).request).not.toHaveProperty('enhancePrompt')
    expect(wish('sora-2', false).ignored).toEqual(['enhancePrompt'])
    expect(wish('veo_3_1-fast', true)).toMatchObject({ ignored: [], request: { enhancePrompt: true } })
  })

  it('take words that the model knows, in any case', () => {
    expect(check('dall-e-3', { quality: 'HD', style: 'natural' }).request).toMatchObject({ quality: 'hd', style: 'natural' })
    expect(refusal('dall-e-3', { quality: 'ultra' }).message).toContain('standard, hd')
    expect(check('gpt-image-1', { outputFormat: 'JPG' }).request.outputFormat).toBe('jpeg')
    expect(refusal(PRO, { outputFormat: 'webm' }).message).toContain('must be mp4')
    expect(refusal(PRO, { style: 'anime' }).param).toBe('style')
  })
})

describe('inputs', () => {
  const first = inputOf('image', 'first_frame')
  const last = inputOf('image', 'last_frame', 1)

  it('decide what is done', () => {
    expect(check(PRO, {}, { inputs: [first] }).request.operation).toBe('image_to_video')
    expect(check(PRO, {}, { inputs: [first, last] }).request.operation).toBe('first_last_frame')
    expect(check(PRO, {}, { inputs: [...references(9), ...references(3, 'video'), ...references(3, 'audio')] }).request.operation).toBe('reference_to_video')
    expect(check('gpt-image-1', {}, { inputs: [inputOf('image', 'source')] }).request.operation).toBe('image_edit')
    expect(check('sora-2', { operation: 'remix' }, { inputs: [inputOf('video', 'source')] }).request.operation).toBe('remix')
  })

  it('are refused where the model does not do that', () => {
    expect(refusal('seedance-1.0-lite-i2v').message).toContain('does not do text_to_video, only image_to_video, first_last_frame, reference_to_video')
    expect(refusal('veo_3_1-fast', {}, { inputs: [first, last] }).param).toBe(last.param)
    expect(refusal('seedance-1.5-pro', {}, { inputs: references(1) }).param).toBe('input.images[0]')
    expect(refusal('seedance-1.5-pro', {}, { inputs: references(1, 'video'), unusedFields: 'ignore' }).message).toContain('takes no video input')
  })

  it('are no more than the model takes', () => {
    expect(refusal(PRO, {}, { inputs: references(10) }).param).toBe('input.images[9]')
    expect(refusal(PRO, {}, { inputs: [...references(1), ...references(4, 'video')] }).param).toBe('input.videos[3]')
    expect(check('seedance-2.5', {}, { inputs: references(30) }).request.model).toBe('seedance-2.5')
    expect(refusal('gpt-image-1', {}, { inputs: references(17) }).param).toBe('input.images[16]')
    expect(refusal(PRO, {}, { inputs: [first, inputOf('image', 'first_frame', 1)] }).message).toContain('only one first_frame')
  })

  it('come only in combinations that the model takes', () => {
    expect(refusal(PRO, {}, { inputs: [first, ...references(2)] }).message).toContain('not both')
    expect(refusal(PRO, {}, { inputs: [last] }).param).toBe(last.param)
    expect(refusal(PRO, {}, { inputs: references(1, 'audio') }).param).toBe('input.audios[0]')
    expect(check('seedance-2.5', {}, { inputs: references(1, 'audio') }).request.operation).toBe('reference_to_video')
    expect(refusal('gpt-image-1', {}, { inputs: [inputOf('image', 'mask')] }).message).toContain('mask')
  })
})

describe('extras', () => {
  it('pass when the model lists them, and else are refused or left out by name', () => {
    expect(check('seedance-1.0-pro', { vendor: { camera_fixed: true } }).request.vendor).toEqual({ camera_fixed: true })
    expect(refusal(PRO, { vendor: { camera_fixed: true } }, { fieldNames: { vendor: 'input.vendor' } }).param).toBe('input.vendor.camera_fixed')
    const lenient = check(PRO, { vendor: { watermark: true, quality_level: 3 } }, { unusedFields: 'ignore', ignored: ['user'] })
    expect(lenient.request.vendor).toEqual({ watermark: true })
    expect(lenient.ignored).toEqual(['user', 'quality_level'])
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(refusal(PRO, { vendor: JSON.parse(`{"${name}":1}`) as Record<string, unknown> }).param).toBe(name)
    }
  })

  it('are small and shallow', () => {
    expect(refusal(PRO, { metadata: { note: 'x'.repeat(16 * 1024) } }).message).toContain('16384 bytes')
    expect(refusal(PRO, { metadata: { note: '猫'.repeat(6000) } }).param).toBe('metadata')
    expect(refusal(PRO, { metadata: JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as Record<string, unknown> }).message).toContain('8 levels')
    expect(refusal(PRO, { endUserId: 'x'.repeat(257) }).param).toBe('endUserId')
  })
})

describe('a video that is changed', () => {
  const source = { media: 'video', role: 'source', source: { text: 'https://example.com/v.mp4' }, param: 'video' } as const

  it('keeps its length unless one is asked for, and may come with references', () => {
    const { request } = check('aleph2', {}, { inputs: [source] })
    expect([request.operation, request.durationSeconds]).toEqual(['video_to_video', 'auto'])
    expect(check('wan2.7-videoedit', {}, { inputs: [source, ...references(3)] }).request.operation).toBe('video_to_video')
    expect(refusal('aleph2').message).toContain('aleph2 does not do text_to_video')
  })
})

describe('any request', () => {
  const fields = fc.record(
    {
      prompt: fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.constantFrom('a cat', '@Image1', '')),
      durationSeconds: fc.oneof(fc.double(), fc.integer({ min: 1, max: 20 }), fc.constant('auto' as const)),
      resolution: fc.oneof(fc.constantFrom('480p', '720p', '1080p', '4K', '2k', 'huge'), fc.string()),
      aspectRatio: fc.oneof(fc.constantFrom('16:9', '9:16', 'adaptive', 'auto', '0:0'), fc.string()),
      size: fc.oneof(fc.constantFrom('1280x720', '16x9', 'auto', '2K'), fc.tuple(fc.nat(20_000), fc.nat(20_000)).map((pixels) => pixels.join('x')), fc.string()),
      seed: fc.oneof(fc.double(), fc.integer()),
      count: fc.oneof(fc.double(), fc.integer({ min: 0, max: 11 })),
      audio: fc.boolean(),
      quality: fc.oneof(fc.constantFrom('high', 'hd'), fc.string()),
      unusedFields: fc.constantFrom('refuse' as const, 'ignore' as const),
    },
    { requiredKeys: ['unusedFields'] },
  )

  it('is either taken, within the bounds of its model, or refused as invalid', () => {
    fc.assert(
      fc.property(fc.constantFrom(...allModels()), fields, fc.boolean(), (any, { unusedFields, ...request }, withInputs) => {
        const draft = draftOf(any, request, { unusedFields, inputs: withInputs ? leastInputs(any) : [] })
        try {
          const { request: taken } = checkRequest(draft, any)
          expect(taken.count).toBeLessThanOrEqual(any.maxCount)
          if (typeof taken.durationSeconds === 'number') expect(taken.durationSeconds).toBeLessThanOrEqual(any.duration!.maxSeconds)
          if (request.durationSeconds !== undefined && any.duration) expect(taken.durationSeconds).toBe(request.durationSeconds)
          // What was taken is taken again, and comes out the same.
          expect(checkRequest({ ...draft, request: taken }, any).request).toEqual(taken)
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error
          expect(error.code).toBe('invalid_request')
          expect(error.param).toBeTruthy()
        }
      }),
      { numRuns: 2000 },
    )
  })
})
