import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import type { Task } from '../core/task.ts'
import type { GatewayForDialects } from './dialect.ts'
import { ERROR_CONTEXT, jsonBody, MODELS, ORIGIN, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { openRouter } from './openrouter.ts'

const route = (path: string) => openRouter.routes.find((each) => each.path === path)!
const parse = (fields: Record<string, unknown>, parent?: Task) => route('/api/v1/videos').parse!(jsonBody(fields), parseContext(parent))
const image = (url: string) => ({ type: 'image_url', image_url: { url } })
const MADE = taskIn('succeeded', { outputs: [VIDEO_OUTPUT] })

describe('what it takes', () => {
  it('every field', () => {
    const draft = parse({
      model: 'seedance-2.0-pro', prompt: 'A cat', duration: 5, resolution: '720p', aspect_ratio: '16:9', seed: 0, generate_audio: true,
      callback_url: 'https://a.example/hook', user: 'u', session_id: 's', trace: { trace_id: 't' }, provider: { options: { bytedance: { camera_fixed: true }, other: 'x' } },
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'A cat', durationSeconds: 5, resolution: '720p', aspectRatio: '16:9', seed: 0, count: 1, audio: true,
      callbackUrl: 'https://a.example/hook', endUserId: 'u', vendor: { camera_fixed: true },
    })
    expect(draft).toMatchObject({ inputs: [], ignored: ['session_id', 'trace'], unusedFields: 'ignore' })
  })

  it('frames by their type, and references by theirs', () => {
    const draft = parse({ model: 'veo3-frames', frame_images: [{ ...image('https://a.example/2.png'), frame_type: 'last_frame' }, { ...image('https://a.example/1.png'), frame_type: 'first_frame' }] })
    expect(draft.inputs.map(({ role, param }) => [role, param])).toEqual([['last_frame', 'frame_images[0]'], ['first_frame', 'frame_images[1]']])
    expect(draft.request).toMatchObject({ operation: 'first_last_frame', prompt: '' })
    const references = parse({ model: 'seedance-2.0-pro', prompt: 'p', input_references: [image('https://a.example/1.png'), { type: 'video_url', video_url: { url: 'https://a.example/v.mp4' } }, { type: 'audio_url', audio_url: { url: 'https://a.example/a.mp3' } }] })
    expect(references.inputs.map(({ media, role, param }) => [media, role, param])).toEqual([
      ['image', 'reference', 'input_references[0]'], ['video', 'reference', 'input_references[1]'], ['audio', 'reference', 'input_references[2]'],
    ])
  })

  it('names with an owner before them', () => {
    expect(parse({ model: 'openai/sora-2', prompt: 'p' }).request.model).toBe('sora-2')
  })

  it('a finished video to go on from', () => {
    expect(parse({ model: 'sora-2', prompt: 'at night', previous_job_id: 'vid_abc' }, MADE)).toMatchObject({
      request: { operation: 'remix' }, inputs: [{ media: 'video', role: 'source', source: { stored: { storageKey: 'vid_abc.mp4' } } }], remixedFrom: 'vid_abc',
    })
  })
})

it.each<[string, Record<string, unknown>, string]>([
  ['no model', { prompt: 'p' }, 'model'],
  ['an unknown model', { model: 'openai/gpt-5', prompt: 'p' }, 'model'],
  ['a duration in text', { model: 'sora-2', prompt: 'p', duration: '4' }, 'duration'],
  ['a frame without a type', { model: 'sora-2', prompt: 'p', frame_images: [image('x')] }, 'frame_images[0].frame_type'],
  ['a reference of another type', { model: 'sora-2', prompt: 'p', input_references: [{ type: 'file' }] }, 'input_references[0].type'],
  ['an unknown job', { model: 'sora-2', prompt: 'p', previous_job_id: 'vid_x' }, 'previous_job_id'],
])('%s is refused by name', (_, fields, param) => {
  const refused = expect(() => parse(fields))
  refused.toThrow(GatewayError)
  refused.toThrow(expect.objectContaining({ param }))
})

it.each<[string, Record<string, unknown>, Task]>([
  ['a job that goes on', { model: 'sora-2' }, taskIn('running')],
  ['a model that cannot', { model: 'veo3-frames' }, MADE],
])('%s cannot be gone on from', (_, fields, parent) => {
  expect(() => parse({ prompt: 'p', previous_job_id: 'vid_abc', ...fields }, parent)).toThrow(expect.objectContaining({ code: 'invalid_request', param: 'previous_job_id' }))
})

describe('how a task looks', () => {
  it.each([
    ['queued', { status: 'pending' }],
    ['running', { status: 'in_progress' }],
    ['failed', { status: 'failed', error: 'Refused by the upstream.', error_code: 'content_policy' }],
    ['cancelled', { status: 'cancelled', error_code: 'cancelled' }],
  ] as const)('%s', (state, shown) => {
    expect(openRouter.renderTask(taskIn(state), RENDER_CONTEXT)).toMatchObject({ id: 'vid_abc', polling_url: '/api/v1/videos/vid_abc', ...shown })
  })

  it('finished: links and cost', () => {
    const link = `${ORIGIN}/v1/files/vid_abc.mp4?signed`
    expect(openRouter.renderTask(MADE, RENDER_CONTEXT)).toMatchObject({ status: 'completed', unsigned_urls: [link], urls: [link], usage: { cost: 0.412345, is_byok: false } })
  })

  it('as a callback', () => {
    expect(openRouter.renderCallback!(MADE, RENDER_CONTEXT)).toMatchObject({ type: 'video.generation.completed', created_at: expect.stringMatching(/^2026-11-21T.+Z$/), data: { id: 'vid_abc', status: 'completed' } })
  })
})

it('errors have the HTTP status as their code', () => {
  expect(openRouter.renderError(new GatewayError('insufficient_credits', 'no money'), ERROR_CONTEXT)).toEqual({
    status: 402, body: { error: { code: 402, message: 'no money', type: 'insufficient_credits', param: null, metadata: { error_code: 'insufficient_credits', request_id: 'req_1' } } },
  })
})

it('lists what video models take and cost', async () => {
  const priced: Model = {
    ...MODELS['seedance-2.0-pro']!, resolutions: ['480p', '720p'], aspectRatios: ['16:9', 'adaptive'], seed: { min: 0, max: 9 }, vendorFields: ['camera_fixed'],
    price: { version: 'v', unit: 'token', rates: [{ when: { resolution: ['720p'], audio: true }, micros: 7_000_000, perUnits: 1_000_000 }, { micros: 4_300_000, perUnits: 1_000_000 }], source: 's' },
  }
  const gateway = { models: () => Promise.resolve([priced, MODELS['gpt-image-1']!, MODELS['veo3-frames']!]) } as unknown as GatewayForDialects
  const { body } = (await route('/api/v1/videos/models').answer!({ params: {}, query: {}, headers: {}, body: jsonBody({}) }, gateway)) as { body: { data: Record<string, unknown>[] } }
  expect(body.data.map(({ id }) => id)).toEqual(['seedance-2.0-pro', 'veo3-frames'])
  expect(body.data[0]).toMatchObject({
    supported_resolutions: ['480p', '720p'], supported_aspect_ratios: ['16:9', 'adaptive'], supported_sizes: ['854x480', '1280x720'], supported_durations: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    supported_frame_images: ['first_frame', 'last_frame'], generate_audio: true, seed: true, pricing_skus: { per_token_720p_with_audio: '0.000007', per_token: '0.0000043' }, allowed_passthrough_parameters: ['camera_fixed'],
  })
  expect(body.data[1]).toMatchObject({ supported_durations: [8], supported_sizes: null, seed: false })
})
