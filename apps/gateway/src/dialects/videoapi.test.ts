import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { ADAPTIVE } from '../core/model.ts'
import type { Task } from '../core/task.ts'
import { ERROR_CONTEXT, formBody, jsonBody, MODELS, ORIGIN, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { videoApi } from './videoapi.ts'

const [createRoute] = videoApi.routes
const models = { ...MODELS, 'adaptive-1': { ...MODELS['seedance-2.0-pro']!, id: 'adaptive-1', aspectRatios: [ADAPTIVE, '16:9'] } }
const parse = (fields: Record<string, unknown>) =>
  createRoute!.parse!(jsonBody({ model: 'seedance-2.0-pro', prompt: 'p', ...fields }), { ...parseContext(), model: (name) => models[name as keyof typeof models] ?? parseContext().model(name) })
const rolesOf = (fields: Record<string, unknown>) => parse(fields).inputs.map(({ media, role, param }) => [media, role, param])
const render = (task: Task) => videoApi.renderTask(task, RENDER_CONTEXT)
const [A, B, C, D] = ['https://a.example/a.png', 'https://a.example/b.png', 'https://a.example/c.mp4', 'https://a.example/d.mp3']

describe('whose body it is', () => {
  it.each(['image_urls', 'video_urls', 'audio_urls', 'type', 'resolution', 'aspect_ratio', 'generate_audio', 'end_user_id'])('one with %s at the top is its own', (name) => {
    expect(videoApi.claims!(jsonBody({ model: 'm', prompt: 'p', [name]: [] }), {})).toBe(true)
  })

  it.each<[string, Record<string, unknown>]>([
    ['Kling’s', { model: 'kling-v1', prompt: 'p', size: '1920x1080', image: A, duration: 5, metadata: { seed: 1, negative_prompt: 'n', image_tail: B } }],
    ['Jimeng’s', { model: 'jimeng_vgfm_t2v_l20', prompt: 'p', image: A, metadata: { req_key: 'k', image_urls: [A], aspect_ratio: '16:9' } }],
    ['the plainest', { model: 'sora-2', prompt: 'p' }],
  ])('%s of new-api is not', (_, fields) => {
    expect(videoApi.claims!(jsonBody(fields), {})).toBe(false)
    expect(videoApi.claims!(formBody({ ...fields, resolution: '720p' }), {})).toBe(false)
  })
})

describe('what it takes', () => {
  it('the fields of the document', () => {
    const draft = parse({
      type: 'image-to-video', prompt: '让 @Image1 中的人物自然转身', image_urls: [A], video_urls: [], audio_urls: [], resolution: '720p', duration: 'auto', aspect_ratio: '9:16', generate_audio: true, end_user_id: 'customer_001',
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'reference_to_video', model: 'seedance-2.0-pro', prompt: '让 @Image1 中的人物自然转身', durationSeconds: 'auto', resolution: '720p', aspectRatio: '9:16', audio: true, endUserId: 'customer_001', count: 1,
    })
    expect(draft).toMatchObject({ ignored: [], unusedFields: 'refuse', fieldNames: { audio: 'generate_audio', durationSeconds: 'duration' } })
  })

  it.each<[string, Record<string, unknown>, string[][]]>([
    ['what the prompt names are references', { prompt: '@Image1 and @Image2', image_urls: [A, B] }, [['image', 'reference', 'image_urls[0]'], ['image', 'reference', 'image_urls[1]']]],
    ['each medium in its order', { image_urls: [A], video_urls: [C], audio_urls: [D] }, [['image', 'reference', 'image_urls[0]'], ['video', 'reference', 'video_urls[0]'], ['audio', 'reference', 'audio_urls[0]']]],
    ['a picture to be moved, without a name', { type: 'image-to-video', image_urls: [A] }, [['image', 'first_frame', 'image_urls[0]']]],
    ['pictures where there are only frames', { model: 'veo3-frames', image_urls: [A, B] }, [['image', 'first_frame', 'image_urls[0]'], ['image', 'last_frame', 'image_urls[1]']]],
  ])('%s', (_, fields, roles) => {
    expect(rolesOf(fields)).toEqual(roles)
  })

  it('seconds as a number or as text', () => {
    expect(parse({ duration: 5 }).request.durationSeconds).toBe(5)
    expect(parse({ duration: '5' }).request.durationSeconds).toBe(5)
  })

  it('auto where the model cannot decide, as its default', () => {
    expect(parse({ model: 'sora-2', duration: 'auto', aspect_ratio: 'auto' }).request).not.toHaveProperty('durationSeconds')
    expect(parse({ model: 'sora-2', duration: 'auto', aspect_ratio: 'auto' }).request).not.toHaveProperty('aspectRatio')
    expect(parse({ model: 'adaptive-1', aspect_ratio: 'auto' }).request).toMatchObject({ aspectRatio: 'auto' })
  })

  it.each<[Record<string, unknown>, string]>([
    [{ size: '1280x720', resolution: '720p' }, 'size'],
    [{ metadata: {}, resolution: '720p' }, 'metadata'],
    [{ image_urls: A }, 'image_urls'],
    [{ image_urls: [7] }, 'image_urls[0]'],
    [{ type: 'image-to-film' }, 'type'],
    [{ type: 'text-to-video', video_urls: [C] }, 'video_urls'],
    [{ type: 'image-to-video' }, 'image_urls'],
    [{ type: 'reference-to-video', image_urls: [] }, 'image_urls'],
    [{ type: 'video-to-video', image_urls: [A] }, 'video_urls'],
    [{ duration: 'long', type: 'text-to-video' }, 'duration'],
    [{ generate_audio: 'yes' }, 'generate_audio'],
    [{ prompt: undefined, type: 'text-to-video' }, 'prompt'],
  ])('%j is refused, naming %s', (fields, param) => {
    expect(() => parse(fields)).toThrow(expect.objectContaining({ code: 'invalid_request', param, message: expect.stringContaining(param) }))
  })
})

describe('a task as it is read', () => {
  it('has its links under every name, and its credits', () => {
    const link = `${ORIGIN}/v1/files/vid_abc.mp4?signed`
    expect(render(taskIn('succeeded'))).toEqual({
      id: 'vid_abc', task_id: 'vid_abc', status: 'completed', url: link, video_url: link, result_url: link, format: 'mp4', generated: [link], outputs: [], videos: [link],
      metadata: { credits_reserved: 50, public_model: 'sora-2', asset_reference_style: '@Image1/@Video1/@Audio1' },
      credits_reserved: 50, credits_charged: 41.2345, credits_refunded: false, error: null,
    })
  })

  it('counts in the credits of the installation', () => {
    expect(videoApi.renderTask(taskIn('queued'), { ...RENDER_CONTEXT, creditMicros: 1000n })).toMatchObject({ status: 'pending', credits_reserved: 500, videos: [], url: null })
  })

  it.each([
    ['running', 'processing', false],
    ['archiving', 'processing', false],
    ['failed', 'failed', true],
    ['cancelled', 'failed', true],
  ] as const)('is, when %s, %s', (state, status, refunded) => {
    expect(render(taskIn(state))).toMatchObject({ status, credits_refunded: refunded, url: null })
  })

  it('says why it failed', () => {
    expect(render(taskIn('failed'))).toMatchObject({ error: { code: 'content_policy', message: 'Refused by the upstream.' } })
    expect(render(taskIn('cancelled'))).toMatchObject({ error: { code: 'cancelled' } })
  })

  it('says when to look again as it is made', () => {
    const made = (usualSeconds: number) => createRoute!.render!(taskIn('queued', { usualSeconds, outputs: [VIDEO_OUTPUT] }), RENDER_CONTEXT)
    expect(made(60)).toEqual({ id: 'vid_abc', task_id: 'vid_abc', status: 'pending', poll_interval_seconds: 6 })
    expect(made(2)).toMatchObject({ poll_interval_seconds: 1 })
    expect(made(3600)).toMatchObject({ poll_interval_seconds: 30 })
  })
})

it.each([
  ['model_not_found', 400],
  ['unauthorized', 401],
  ['insufficient_credits', 402],
  ['too_large', 413],
  ['invalid_request', 422],
  ['unsupported_media', 422],
] as const)('the error %s is %i', (code, status) => {
  expect(videoApi.renderError(new GatewayError(code, 'what happened'), ERROR_CONTEXT)).toMatchObject({ status, body: { error: { code, message: 'what happened' } } })
})
