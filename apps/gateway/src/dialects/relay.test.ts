import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { Task } from '../core/task.ts'
import type { GatewayForDialects, UploadedPart } from './dialect.ts'
import { ERROR_CONTEXT, formBody, IMAGE_OUTPUT, jsonBody, ORIGIN, parseContext, picturePart, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { relay } from './relay.ts'

const route = (path: string) => relay.routes.find((each) => each.path === path)!
const parse = (fields: Record<string, unknown>, path = '/v1/videos/generations') => route(path).parse!(jsonBody(fields), parseContext())
const show = (path: string, task: Task) => route(path).render!(task, RENDER_CONTEXT)
const LINK = `${ORIGIN}/v1/files/vid_abc.mp4?signed`
const MADE = taskIn('succeeded', { outputs: [VIDEO_OUTPUT] })

describe('what it takes', () => {
  it('every field', () => {
    const draft = parse({
      model: 'seedance-2.0-pro', prompt: 'A cat', duration: '5', aspect_ratio: '16:9', resolution: '720p', seed: 7, n: 1, generate_audio: true, enhance_prompt: true, negative_prompt: 'dogs',
      user: 'u', callback_url: 'https://a.example/hook', metadata: { a: 1 }, watermark: false,
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'A cat', negativePrompt: 'dogs', durationSeconds: 5, aspectRatio: '16:9', resolution: '720p', seed: 7, count: 1, audio: true,
      enhancePrompt: true, endUserId: 'u', callbackUrl: 'https://a.example/hook', metadata: { a: 1 },
    })
    expect(draft).toMatchObject({ ignored: ['watermark'], unusedFields: 'ignore', englishPrompt: true })
  })

  it('size as a ratio, a resolution or pixels', () => {
    expect(parse({ model: 'sora-2', prompt: 'p', size: '16:9' }).request.size).toBe('16:9')
    expect(parse({ model: 'sora-2', prompt: 'p', size: '720P' }).request.size).toBe('720P')
  })

  it('pictures under every name', () => {
    const roles = (fields: Record<string, unknown>) => parse({ model: 'veo3-frames', prompt: 'p', ...fields }).inputs.map(({ role, param }) => [role, param])
    expect(roles({ images: ['a', 'b'] })).toEqual([['first_frame', 'images[0]'], ['last_frame', 'images[1]']])
    expect(roles({ image_urls: ['a'] })).toEqual([['first_frame', 'image_urls[0]']])
    expect(roles({ image: 'a' })).toEqual([['first_frame', 'image']])
    expect(roles({ last_frame_image: 'b', first_frame_image: 'a' })).toEqual([['first_frame', 'first_frame_image'], ['last_frame', 'last_frame_image']])
    expect(roles({ image_with_roles: [{ url: 'b', role: 'last_frame' }, { url: 'r', role: 'reference_image' }] })).toEqual([['last_frame', 'image_with_roles[0]'], ['reference', 'image_with_roles[1]']])
  })

  it('videos and sounds', () => {
    expect(parse({ model: 'seedance-2.0-pro', prompt: 'p', video_urls: ['v'], audio_urls: 'a' }).inputs).toMatchObject([{ media: 'video', role: 'reference' }, { media: 'audio', role: 'reference' }])
  })

  it('a job of kie.ai', () => {
    const draft = parse({ model: 'veo3-frames', callBackUrl: 'https://a.example/hook', input: { prompt: 'p', duration: '8', image_urls: ['https://a.example/1.png'] } }, '/api/v1/jobs/createTask')
    expect(draft.request).toMatchObject({ model: 'veo3-frames', durationSeconds: 8, callbackUrl: 'https://a.example/hook', operation: 'image_to_video' })
    expect(draft.fieldNames).toMatchObject({ prompt: 'input.prompt', callbackUrl: 'callBackUrl' })
  })
})

it.each<[string, Record<string, unknown>, string]>([
  ['no model', { prompt: 'p' }, 'model'],
  ['no prompt', { model: 'sora-2' }, 'prompt'],
  ['an unknown model', { model: 'gpt-5', prompt: 'p' }, 'model'],
  ['a duration of words', { model: 'sora-2', prompt: 'p', duration: 'long' }, 'duration'],
  ['a part that is none', { model: 'sora-2', prompt: 'p', image_with_roles: [{ url: 'a', role: 'middle' }] }, 'image_with_roles[0].role'],
  ['sound and no sound', { model: 'sora-2', prompt: 'p', audio: true, generate_audio: false }, 'generate_audio'],
])('%s is refused by name', (_, fields, param) => {
  const refused = expect(() => parse(fields))
  refused.toThrow(GatewayError)
  refused.toThrow(expect.objectContaining({ param }))
})

it.each<[string, Record<string, unknown>, boolean]>([
  ['a list of pictures', { model: 'grok-imagine-video', images: ['https://a.example/1.png'] }, true],
  ['a ratio as size', { size: '16:9' }, true],
  ['a picture as an object', { image: { url: 'https://a.example/1.png' } }, false],
  ['nothing of its own', { model: 'grok-imagine-video', prompt: 'p', duration: 5 }, false],
])('%s among the fields: claimed %s', (_, fields, claimed) => {
  expect(relay.claims!(jsonBody(fields), {})).toBe(claimed)
})

describe('how a task looks', () => {
  it('when it was just made', () => {
    expect(show('/v1/videos/generations', taskIn('queued'))).toEqual({ code: 200, data: [{ status: 'submitted', task_id: 'vid_abc' }], id: 'vid_abc', task_id: 'vid_abc', taskId: 'vid_abc', status: 'pending' })
  })

  it('when it has ended: the link in every place', () => {
    const shown = relay.renderTask(MADE, RENDER_CONTEXT)
    expect(shown).toMatchObject({ code: 200, data: { id: 'vid_abc', status: 'completed', progress: 100, result: { videos: [{ url: [LINK] }] } }, result: { videos: [{ url: [LINK] }] }, url: LINK, video_url: LINK })
    for (const word of ['error', 'message', 'failure_reason', 'errorMessage']) expect(shown).not.toHaveProperty(word)
  })

  it('when it made pictures', () => {
    const link = `${ORIGIN}/v1/files/img_abc.png?signed`
    expect(relay.renderTask(taskIn('succeeded', { request: { kind: 'image' }, outputs: [IMAGE_OUTPUT] }), RENDER_CONTEXT)).toMatchObject({ data: { result: { images: [{ url: [link] }] } }, url: link, image_url: link })
  })

  it.each([
    ['running', 'processing', undefined],
    ['failed', 'failed', 'content_policy'],
    ['cancelled', 'failed', 'cancelled'],
  ] as const)('when it is %s', (state, status, code) => {
    expect(relay.renderTask(taskIn(state), RENDER_CONTEXT)).toMatchObject({ status, data: { status }, ...(code && { error: { code }, message: expect.any(String), failure_reason: expect.any(String) }) })
  })

  it('at the address of generations', () => {
    const path = '/v1/videos/generations/:id'
    expect(show(path, taskIn('queued'))).toMatchObject({ task_id: 'vid_abc', status: 'NOT_START', progress: '0%', fail_reason: '', data: null })
    expect(show(path, taskIn('running'))).toMatchObject({ status: 'IN_PROGRESS', progress: '50%' })
    expect(show(path, MADE)).toMatchObject({ status: 'SUCCESS', progress: '100%', data: { output: LINK }, video_url: LINK })
    expect(show(path, taskIn('failed'))).toMatchObject({ status: 'FAILURE', fail_reason: 'Refused by the upstream.' })
  })

  it('as a job of kie.ai', () => {
    expect(show('/api/v1/jobs/createTask', taskIn('queued'))).toMatchObject({ code: 200, msg: 'success', data: { taskId: 'vid_abc' } })
    const path = '/api/v1/jobs/recordInfo'
    expect(show(path, taskIn('running'))).toMatchObject({ data: { taskId: 'vid_abc', state: 'generating', resultJson: '', completeTime: null } })
    const { data } = show(path, MADE) as { data: { state: string; resultJson: string; costTime: number } }
    expect(data.state).toBe('success')
    expect(JSON.parse(data.resultJson)).toEqual({ resultUrls: [LINK] })
    expect(data.costTime).toBe(29_500)
    expect(show(path, taskIn('cancelled'))).toMatchObject({ data: { state: 'fail', failCode: 'cancelled' } })
    expect(relay.renderCallback!(taskIn('succeeded', { request: { echo: { job: true } } }), RENDER_CONTEXT)).toMatchObject({ data: { state: 'success' } })
    expect(relay.renderCallback!(MADE, RENDER_CONTEXT)).toMatchObject({ data: { status: 'completed' } })
  })
})

it('errors stand where relays’ clients look', () => {
  expect(relay.renderError(new GatewayError('insufficient_credits', 'no money'), ERROR_CONTEXT)).toMatchObject({ status: 402, body: { code: 402, message: 'no money', msg: 'no money', error: { code: 'insufficient_credits' } } })
})

describe('beside tasks', () => {
  const call = (path: string, files: UploadedPart[], gateway: Partial<GatewayForDialects>) => route(path).answer!({ params: {}, query: {}, headers: {}, body: formBody({}, files) }, gateway as GatewayForDialects)

  it('keeps pictures, and nothing else', async () => {
    const upload = () => Promise.resolve([{ id: 'upl_1', url: 'https://x/upl_1.png', fileName: 'a.png', mediaType: 'image/png', bytes: 3, sha256: '', storageKey: '', createdAtMs: 0, expiresAtMs: 0 }])
    expect(await call('/v1/uploads/images', [picturePart('file')], { upload })).toMatchObject({ body: { data: [{ id: 'upl_1', url: 'https://x/upl_1.png' }], url: 'https://x/upl_1.png' } })
    await expect(call('/v1/uploads/images', [], { upload })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(call('/v1/uploads/images', [picturePart('file', 'video/mp4')], { upload })).rejects.toMatchObject({ code: 'unsupported_media' })
  })

  it('tells the balance in dollars', async () => {
    expect(await call('/v1/user/balance', [], { balance: () => Promise.resolve(12_345_678n) })).toMatchObject({ body: { balance: 12.345678, data: { remain_balance: 12.345678 } } })
  })
})
