import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, MODELS, parseContext, RENDER_CONTEXT, taskIn } from './dialect.fixture.ts'
import { vercelGateway } from './vercel-gateway.ts'

const PICTURE = { type: 'file', mediaType: 'image/png', data: 'iVBORw0KGgo=' }

function parse(path: string, fields: Record<string, unknown>, model = 'seedance-2.0-pro') {
  const route = vercelGateway.routes.find((one) => one.path === path)!
  return route.parse!(jsonBody(fields), { ...parseContext(), headers: model === '' ? {} : { 'ai-model-id': model } })
}

describe('a video', () => {
  it('takes every field that the client sends', () => {
    const { request, inputs, ignored } = parse('/v4/ai/video-model', {
      prompt: 'A cat', n: 2, aspectRatio: '9:16', resolution: '1280x720', duration: 5, fps: 24, seed: 0, generateAudio: false, callbackUrl: 'https://example.com/hook',
      providerOptions: { bytedance: { camera_fixed: true }, gateway: { order: ['bytedance'] } }, later: 1,
    })
    expect(request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'A cat', count: 2, aspectRatio: '9:16', size: '1280x720', durationSeconds: 5,
      framesPerSecond: 24, seed: 0, audio: false, callbackUrl: 'https://example.com/hook', vendor: { camera_fixed: true },
    })
    expect([inputs, ignored]).toEqual([[], ['later']])
  })

  it('takes a word as resolution', () => {
    expect(parse('/v4/ai/video-model', { prompt: 'A cat', resolution: '720p' }).request).toMatchObject({ resolution: '720p' })
  })

  it('opens with its image, takes frames by their kind, and references by what they are', () => {
    expect(parse('/v4/ai/video-model', { image: PICTURE }).inputs).toEqual([{ media: 'image', role: 'first_frame', source: { text: 'data:image/png;base64,iVBORw0KGgo=' }, param: 'image' }])
    const { inputs, request } = parse('/video-model/start', {
      frameImages: [{ image: { type: 'url', url: 'https://a.example/b.png' }, frameType: 'last_frame' }],
      inputReferences: [PICTURE, { type: 'file', mediaType: 'video/mp4', data: 'AAAA' }, { type: 'file', mediaType: 'audio/mpeg', data: 'AAAA' }, { type: 'url', url: 'https://a.example/c.png' }],
    })
    expect(inputs.map(({ media, role, param }) => [media, role, param])).toEqual([
      ['image', 'last_frame', 'frameImages[0].image'], ['image', 'reference', 'inputReferences[0]'], ['video', 'reference', 'inputReferences[1]'], ['audio', 'reference', 'inputReferences[2]'], ['image', 'reference', 'inputReferences[3]'],
    ])
    expect(request.operation).toBe('reference_to_video')
  })

  it.each([[{ duration: 'long' }, 'duration'], [{ image: { type: 'file' } }, 'image'], [{ n: 0 }, 'n']])('names what is wrong in %j', (fields, param) => {
    expect(() => parse('/v4/ai/video-model', { prompt: 'A cat', ...fields })).toThrow(expect.objectContaining({ code: 'invalid_request', param: expect.stringContaining(param) as unknown }))
  })

  it('needs its model in the header', () => {
    expect(() => parse('/v4/ai/video-model', { prompt: 'A cat' }, '')).toThrow(expect.objectContaining({ code: 'invalid_request', param: 'ai-model-id' }))
    expect(() => parse('/v4/ai/video-model', { prompt: 'A cat' }, 'acme/none')).toThrow(expect.objectContaining({ code: 'model_not_found' }))
  })
})

it('takes pictures to work on, and where', () => {
  const { request, inputs } = parse('/image-model', { prompt: 'A hat', n: 1, size: '1024x1024', files: [PICTURE], mask: PICTURE }, 'gpt-image-1')
  expect(request).toMatchObject({ kind: 'image', operation: 'image_edit', size: '1024x1024' })
  expect(inputs.map(({ role, param }) => [role, param])).toEqual([['source', 'files[0]'], ['mask', 'mask']])
})

it.each([['/v1/ai', 'v2'], ['/v3/ai', 'v3'], ['/v4/ai', 'v4'], ['', 'v4']])('lists models under %s as the client of that line reads them: %s', async (root, specificationVersion) => {
  const route = vercelGateway.routes.find(({ path }) => path === `${root}/config`)!
  const answer = await (route.answer as (call: unknown, gateway: unknown) => Promise<unknown>)({}, { models: () => Promise.resolve([MODELS['gpt-image-1']]) })
  expect(answer).toMatchObject({ body: { models: [{ id: 'gpt-image-1', modelType: 'image', specification: { specificationVersion, modelId: 'gpt-image-1' } }] } })
})

it('shows results, failures and what was left out as the client reads them', () => {
  expect(vercelGateway.renderTask(taskIn('running', { ignored: ['fps'] }), RENDER_CONTEXT)).toEqual({ status: 'pending', warnings: [{ type: 'unsupported', feature: 'fps', details: 'sora-2 has no use for it.' }] })
  expect(vercelGateway.renderTask(taskIn('succeeded', { outputs: [IMAGE_OUTPUT] }), RENDER_CONTEXT)).toMatchObject({ status: 'completed', videos: [{ type: 'url', mediaType: 'image/png' }] })
  expect(vercelGateway.renderTask(taskIn('failed'), RENDER_CONTEXT)).toEqual({ status: 'error', error: 'Refused by the upstream.' })
  expect(vercelGateway.renderTask(taskIn('cancelled'), RENDER_CONTEXT)).toEqual({ status: 'cancelled' })
})

it.each([['unauthorized', 'authentication_error'], ['model_not_found', 'model_not_found'], ['rate_limited', 'rate_limit_exceeded'], ['upstream_busy', 'failed_dependency']] as const)('calls %s %s', (code, type) => {
  expect(vercelGateway.renderError(new GatewayError(code, 'why'), ERROR_CONTEXT).body).toMatchObject({ error: { message: 'why', type, code } })
})
