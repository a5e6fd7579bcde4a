import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { ERROR_CONTEXT, jsonBody, parseContext, refusal, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { gemini } from './gemini.ts'

const PICTURE = 'QUJD'

function parse(call: string, fields: Record<string, unknown>) {
  const route = gemini.routes.find(({ path }) => path === '/v1beta/models/*')!
  return route.parse!(jsonBody(fields), { ...parseContext(), params: { '*': call } })
}

function paramOf(call: string, fields: Record<string, unknown>): string | undefined {
  return refusal(() => parse(call, fields)).param
}

describe('predictLongRunning', () => {
  it('takes every parameter', () => {
    const draft = parse('sora-2:predictLongRunning', {
      instances: [{ prompt: 'A cat', image: { bytesBase64Encoded: PICTURE, mimeType: 'image/png' } }],
      parameters: { sampleCount: 1, durationSeconds: '8', aspectRatio: '16:9', resolution: '720p', seed: 0, negativePrompt: 'dogs', enhancePrompt: false, generateAudio: true, fps: 24, personGeneration: 'allow_all', storageUri: 'gs://b', nonsense: 1 },
      webhookConfig: { uris: ['https://a.example/hook'], userMetadata: { order: 7 } },
      other: true,
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'image_to_video', model: 'sora-2', prompt: 'A cat', negativePrompt: 'dogs', durationSeconds: 8, resolution: '720p', aspectRatio: '16:9',
      framesPerSecond: 24, seed: 0, count: 1, audio: true, enhancePrompt: false, callbackUrl: 'https://a.example/hook', metadata: { order: 7 },
    })
    expect(draft.inputs).toEqual([{ media: 'image', role: 'first_frame', source: { text: `data:image/png;base64,${PICTURE}` }, param: 'instances[0].image' }])
    expect(draft.ignored).toEqual(['other', 'parameters.nonsense', 'parameters.personGeneration', 'parameters.storageUri'])
  })

  it('takes frames, references and videos in every spelling', () => {
    const inline = { inlineData: { mimeType: 'image/jpeg', data: PICTURE } }
    expect(parse('veo3-frames:predictLongRunning', { instances: [{ prompt: 'p', image: inline, lastFrame: { gcsUri: 'https://a.example/b.png' } }] }).inputs.map(({ role, source }) => [role, source])).toEqual([
      ['first_frame', { text: `data:image/jpeg;base64,${PICTURE}` }], ['last_frame', { text: 'https://a.example/b.png' }],
    ])
    const references = parse('seedance-2.0-pro:predictLongRunning', { instances: [{ prompt: 'p', referenceImages: [{ image: inline, referenceType: 'ASSET' }, { referenceImage: inline }], video: { uri: 'https://a.example/c.mp4' } }] })
    expect(references.request.operation).toBe('reference_to_video')
    expect(references.inputs.map(({ media, role, param }) => [media, role, param])).toEqual([
      ['image', 'reference', 'instances[0].referenceImages[0].image'], ['image', 'reference', 'instances[0].referenceImages[1].image'], ['video', 'reference', 'instances[0].video'],
    ])
  })

  it('takes a size where a client writes one for the resolution', () => {
    expect(parse('sora-2:predictLongRunning', { instances: [{ prompt: 'p' }], parameters: { resolution: '1280x720' } }).request).toMatchObject({ size: '1280x720' })
  })

  it('names what is wrong', () => {
    expect(paramOf('nobody:predictLongRunning', { instances: [{ prompt: 'p' }] })).toBe('model')
    expect(paramOf('sora-2:predictLongRunning', {})).toBe('instances')
    expect(paramOf('sora-2:predictLongRunning', { instances: [{ prompt: 'p' }, { prompt: 'q' }] })).toBe('instances')
    expect(paramOf('sora-2:predictLongRunning', { instances: [{ prompt: 'p', image: {} }] })).toBe('instances[0].image')
    expect(paramOf('sora-2:predictLongRunning', { instances: [{ prompt: 'p' }], parameters: { durationSeconds: 'soon' } })).toBe('parameters.durationSeconds')
    expect(paramOf('sora-2:countTokens', { instances: [{ prompt: 'p' }] })).toBe('method')
    expect(paramOf('sora-2', {})).toBe('method')
  })
})

describe('generateContent', () => {
  it('takes the words that were said last, and the pictures of the whole conversation', () => {
    const picture = { inlineData: { mimeType: 'image/png', data: PICTURE } }
    const draft = parse('gpt-image-1:generateContent', {
      contents: [{ role: 'user', parts: [{ text: 'A boat' }] }, { role: 'model', parts: [picture] }, { role: 'user', parts: [{ text: 'Make it blue' }, { fileData: { fileUri: 'https://a.example/b.png' } }] }],
      generationConfig: { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '1:1', imageSize: '1K' }, seed: 3, temperature: 1 },
      safetySettings: [],
    })
    expect(draft.request).toEqual({ kind: 'image', operation: 'image_edit', model: 'gpt-image-1', prompt: 'Make it blue', resolution: '1K', aspectRatio: '1:1', seed: 3, count: 1 })
    expect(draft.inputs.map(({ param }) => param)).toEqual(['contents[1].parts[0]', 'contents[2].parts[1]'])
    expect(draft.ignored).toEqual(['safetySettings', 'generationConfig.temperature'])
  })

  it('refuses to answer in words', () => {
    expect(paramOf('gpt-image-1:generateContent', { contents: [{ parts: [{ text: 'p' }] }], generationConfig: { responseModalities: ['TEXT'] } })).toBe('generationConfig.responseModalities')
    expect(paramOf('gpt-image-1:generateContent', { contents: [] })).toBe('contents')
  })
})

it('answers any body at all with a draft or a GatewayError that names a field', () => {
  // The contract suite knows no model in the path, so it gets no further than that.
  const names = fc.constantFrom('prompt', 'image', 'lastFrame', 'referenceImages', 'video', 'parts', 'text', 'inlineData', 'data', 'bytesBase64Encoded', 'imageConfig', 'sampleCount', 'seed', 'durationSeconds', 'responseModalities', '__proto__', 'x')
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.constantFrom<unknown>(null, true, '', 'IMAGE', '4', -1, 1e308, 'x'.repeat(40_000)), fc.string({ unit: 'binary' }), fc.double(), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(names, tie('value'), { maxKeys: 5 })),
  }))
  const body = fc.record({ instances: fc.oneof(value, fc.array(fc.dictionary(names, value, { maxKeys: 5 }), { minLength: 1, maxLength: 1 })), parameters: value, contents: value, generationConfig: value, webhookConfig: value }, { requiredKeys: [] })
  fc.assert(
    fc.property(fc.constantFrom('predictLongRunning', 'predict', 'generateContent'), fc.constantFrom('sora-2', 'gpt-image-1'), body, (method, model, fields) => {
      try {
        expect(parse(`${model}:${method}`, fields).request.count).toBeGreaterThanOrEqual(1)
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError)
        expect((error as GatewayError).param).toBeTypeOf('string')
      }
    }),
    { numRuns: 1000 },
  )
})

describe('an operation', () => {
  it('is not done, done with samples, filtered, failed or cancelled', () => {
    const name = 'models/sora-2/operations/vid_abc'
    expect(gemini.renderTask(taskIn('running'), RENDER_CONTEXT)).toEqual({ name, done: false })
    expect(gemini.renderTask(taskIn('succeeded', { outputs: [VIDEO_OUTPUT] }), RENDER_CONTEXT)).toMatchObject({
      name, done: true, response: { generateVideoResponse: { generatedSamples: [{ video: { uri: 'https://api.example.com/v1/files/0vidabc/vid_abc.mp4?signed', encoding: 'video/mp4' } }] } },
    })
    expect(gemini.renderTask(taskIn('failed'), RENDER_CONTEXT)).toMatchObject({ done: true, response: { generateVideoResponse: { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['Refused by the upstream.'] } } })
    expect(gemini.renderTask(taskIn('failed', { error: { code: 'timeout', message: 'Too late.' } }), RENDER_CONTEXT)).toEqual({ name, done: true, error: { code: 4, message: 'Too late.', status: 'DEADLINE_EXCEEDED' } })
    expect(gemini.renderTask(taskIn('cancelled'), RENDER_CONTEXT)).toMatchObject({ done: true, error: { code: 1, status: 'CANCELLED' } })
  })
})

it('says in an error which field it is about, and when to come again', () => {
  const { status, body } = gemini.renderError(new GatewayError('rate_limited', 'Slowly.', { param: 'x', retryAfterSeconds: 3 }), ERROR_CONTEXT)
  expect(status).toBe(429)
  expect(body).toEqual({
    error: {
      code: 429, message: 'Slowly.', status: 'RESOURCE_EXHAUSTED',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'RATE_LIMITED', domain: 'genlock', metadata: { requestId: 'req_1', param: 'x' } },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' },
      ],
    },
  })
})
