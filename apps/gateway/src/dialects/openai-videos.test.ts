import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { TaskState } from '../core/task.ts'
import { ERROR_CONTEXT, formBody, IMAGE_OUTPUT, jsonBody, NOW_MS, parseContext, picturePart, refusal, RENDER_CONTEXT, taskIn } from './dialect.fixture.ts'
import type { RequestBody } from './dialect.ts'
import { openAiVideos } from './openai-videos.ts'

const create = openAiVideos.routes.find(({ action }) => action === 'create')!
const remix = openAiVideos.routes.find(({ action }) => action === 'remix')!
const parse = (body: RequestBody) => create.parse!(body, parseContext())

describe('what it takes', () => {
  it("the JavaScript SDK's form, all of it text", () => {
    const draft = parse(
      formBody({ model: 'sora-2', prompt: 'p', seconds: '8', size: '1280x720', seed: '0', n: '2', audio: 'false', fps: '24', metadata: { a: 'b' }, tags: ['x'] }),
    )
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'p', durationSeconds: 8, size: '1280x720', seed: 0, count: 2, audio: false, framesPerSecond: 24, metadata: { a: 'b' },
    })
    expect(draft).toMatchObject({ ignored: ['tags'], unusedFields: 'ignore' })
    expect(draft.fieldNames).toMatchObject({ durationSeconds: 'seconds', size: 'size' })
  })

  it('no model: the default of the wire', () => {
    expect(parse(formBody({ prompt: 'p' })).request.model).toBe('sora-2')
    expect(parse(formBody({ prompt: 'p' })).request).not.toHaveProperty('durationSeconds')
  })

  it.each([
    ['a URL', jsonBody({ prompt: 'p', input_reference: { image_url: 'https://a.example/b.png' } }), { text: 'https://a.example/b.png' }, 'input_reference.image_url'],
    ['an uploaded file', jsonBody({ prompt: 'p', input_reference: { file_id: 'upl_1' } }), { text: 'upl_1' }, 'input_reference.file_id'],
    ['bare text', jsonBody({ prompt: 'p', input_reference: 'data:image/png;base64,AAAA' }), { text: 'data:image/png;base64,AAAA' }, 'input_reference'],
    ['a file', formBody({ prompt: 'p' }, [picturePart('input_reference')]), { part: picturePart('input_reference') }, 'input_reference'],
    ['a file called image', formBody({ prompt: 'p' }, [picturePart('image')]), { part: picturePart('image') }, 'image'],
    ['text called image', formBody({ prompt: 'p', image: 'https://a.example/b.png' }), { text: 'https://a.example/b.png' }, 'image'],
  ])('a first frame as %s', (_, body, source, param) => {
    const draft = parse(body)
    expect(draft.inputs).toEqual([{ media: 'image', role: 'first_frame', source, param }])
    expect(draft.request.operation).toBe('image_to_video')
  })

  it.each(['1280x720', '16x9', '9:16', '720p'])('size %s, for admission to understand', (size) => {
    expect(parse(formBody({ prompt: 'p', size })).request.size).toBe(size)
  })

  it('duration instead of seconds, under the name that was sent', () => {
    const draft = parse(formBody({ prompt: 'p', duration: '5' }))
    expect(draft.request.durationSeconds).toBe(5)
    expect(draft.fieldNames.durationSeconds).toBe('duration')
  })

  it('fields that nobody knows, and says that it left them out', () => {
    expect(parse(jsonBody({ prompt: 'p', seconds: '4', role: 'admin', price: 0, watermark: null })).ignored).toEqual(['role', 'price'])
  })
})

describe('what it refuses, by name', () => {
  it.each<[string, RequestBody, string]>([
    ['no prompt', formBody({}), 'prompt'],
    ['NaN', formBody({ prompt: 'p', seconds: 'NaN' }), 'seconds'],
    ['too many decimals', jsonBody({ prompt: 'p', seconds: '4.999999' }), 'seconds'],
    ['a negative length', jsonBody({ prompt: 'p', seconds: '-5' }), 'seconds'],
    ['no length', jsonBody({ prompt: 'p', seconds: 0 }), 'seconds'],
    ['an endless length', jsonBody({ prompt: 'p', seconds: 1e9 }), 'seconds'],
    ['an endless length as text', jsonBody({ prompt: 'p', seconds: '999999' }), 'seconds'],
    ['a length that is a list', formBody({ prompt: 'p', seconds: ['4', '8'] }), 'seconds'],
    ['two lengths', jsonBody({ prompt: 'p', seconds: '4', duration: 8 }), 'duration'],
    ['a size that is a number', jsonBody({ prompt: 'p', seconds: '4', size: 720 }), 'size'],
    ['a seed beyond 2^63', formBody({ prompt: 'p', seed: '9223372036854775808' }), 'seed'],
    ['a reference with both names', jsonBody({ prompt: 'p', input_reference: { image_url: 'a', file_id: 'b' } }), 'input_reference'],
    ['a reference with neither', jsonBody({ prompt: 'p', input_reference: {} }), 'input_reference'],
    ['a reference that is a number', jsonBody({ prompt: 'p', input_reference: 5 }), 'input_reference'],
    ['a file that it has no use for', formBody({ prompt: 'p' }, [picturePart('soundtrack')]), 'soundtrack'],
    ['a boolean that is neither', formBody({ prompt: 'p', audio: 'maybe' }), 'audio'],
    ['a model that is empty', formBody({ prompt: 'p', model: '' }), 'model'],
  ])('%s', (_, body, param) => {
    expect(refusal(() => parse(body))).toMatchObject({ code: 'invalid_request', param })
  })

  it('a file that is no picture, as unsupported', () => {
    expect(refusal(() => parse(formBody({ prompt: 'p' }, [picturePart('input_reference', 'video/mp4')])))).toMatchObject({ code: 'unsupported_media', param: 'input_reference' })
  })
})

describe('a remix', () => {
  it('is a new task on the same model, with the same measures and the finished video as its source', () => {
    const parent = taskIn('succeeded', { request: { size: '1280x720', callbackUrl: 'https://a.example', metadata: { a: 1 }, count: 3 } })
    expect(remix.parse!(jsonBody({ prompt: 'at night', extra: 1 }), parseContext(parent))).toEqual({
      request: { kind: 'video', operation: 'remix', model: 'sora-2', prompt: 'at night', durationSeconds: 5, size: '1280x720', count: 1 },
      inputs: [{ media: 'video', role: 'source', source: { stored: { storageKey: 'vid_abc.mp4', mediaType: 'video/mp4', bytes: 123_456, durationSeconds: 5.04 } }, param: 'video_id' }],
      ignored: ['extra'],
      unusedFields: 'ignore',
      fieldNames: { prompt: 'prompt', inputs: 'video_id' },
      remixedFrom: 'vid_abc',
    })
  })

  it.each([
    ['restyle-1', 'video_to_video', 'source'],
    ['seedance-2.0-pro', 'reference_to_video', 'reference'],
  ])('on %s, which knows no remix, is %s', (model, operation, role) => {
    const draft = remix.parse!(jsonBody({ prompt: 'p' }), parseContext(taskIn('succeeded', { request: { model } })))
    expect(draft.request.operation).toBe(operation)
    expect(draft.inputs[0]?.role).toBe(role)
  })

  it.each([
    ['a running task', taskIn('running')],
    ['a failed one', taskIn('failed')],
    ['a picture', taskIn('succeeded', { outputs: [IMAGE_OUTPUT] })],
  ])('of %s is refused', (_, parent) => {
    expect(refusal(() => remix.parse!(jsonBody({ prompt: 'p' }), parseContext(parent)))).toMatchObject({ code: 'invalid_request', param: 'video_id' })
  })
})

const error = (state: TaskState) => openAiVideos.renderTask(taskIn(state), RENDER_CONTEXT)['error']

describe('how a task looks', () => {
  it.each([
    ['queued', 'queued', 0],
    ['submitting', 'in_progress', 50],
    ['unresolved', 'in_progress', 50],
    ['running', 'in_progress', 50],
    ['archiving', 'in_progress', 95],
    ['succeeded', 'completed', 100],
    ['failed', 'failed', 0],
    ['cancelled', 'failed', 0],
  ] as const)('%s is %s at %d %%', (state, status, progress) => {
    expect(openAiVideos.renderTask(taskIn(state), RENDER_CONTEXT)).toMatchObject({ status, progress })
  })

  it('has every key of the vendor, null where there is nothing', () => {
    expect(openAiVideos.renderTask(taskIn('queued', { request: { size: '720x1280' } }), RENDER_CONTEXT)).toEqual({
      id: 'vid_abc', object: 'video', model: 'sora-2', status: 'queued', progress: 0, created_at: Math.floor(NOW_MS / 1000) - 31, completed_at: null, expires_at: null,
      prompt: 'A cat', size: '720x1280', seconds: '5', remixed_from_video_id: null, error: null, estimated_cost_cents: 50,
    })
  })

  it('has an error only when it failed; a cancelled one says so by its code', () => {
    expect(error('running')).toBeNull()
    expect(error('succeeded')).toBeNull()
    expect(error('failed')).toEqual({ code: 'content_policy', message: 'Refused by the upstream.', param: 'prompt' })
    expect(error('cancelled')).toMatchObject({ code: 'cancelled' })
  })

  it.each([
    [{ durationSeconds: 'auto' as const }, 'running', '5'],
    [{ durationSeconds: 'auto' as const }, 'succeeded', '5'],
    [{ durationSeconds: 7.5 }, 'running', '7.5'],
  ] as const)('%j while %s lasts %s seconds', (request, state, seconds) => {
    expect(openAiVideos.renderTask(taskIn(state, { request }), RENDER_CONTEXT)['seconds']).toBe(seconds)
  })

  it('gives a ratio back the way it came, and else the pixels that were quoted', () => {
    expect(openAiVideos.renderTask(taskIn('queued', { request: { aspectRatio: '16:9', resolution: '720p', echo: { size: '16x9' } } }), RENDER_CONTEXT)['size']).toBe('16x9')
    expect(openAiVideos.renderTask(taskIn('queued', { request: { aspectRatio: '16:9', resolution: '720p' } }), RENDER_CONTEXT)['size']).toBe('1280x720')
    expect(openAiVideos.renderTask(taskIn('queued'), RENDER_CONTEXT)['size']).toBe('1280x720')
  })

  it('says when to look again, until it has ended', () => {
    expect(openAiVideos.taskHeaders!(taskIn('running'))).toEqual({ 'openai-poll-after-ms': '3000' })
    expect(openAiVideos.taskHeaders!(taskIn('queued', { usualSeconds: 2 }))).toEqual({ 'openai-poll-after-ms': '1000' })
    expect(openAiVideos.taskHeaders!(taskIn('queued', { usualSeconds: 3600 }))).toEqual({ 'openai-poll-after-ms': '10000' })
    for (const state of ['succeeded', 'failed', 'cancelled'] as const) expect(openAiVideos.taskHeaders!(taskIn(state))).toEqual({})
  })
})

describe('lists and deletes', () => {
  it('a page has its first and last id, and tasks of every dialect', () => {
    const tasks = [taskIn('running', { id: 'vid_b', dialect: 'flat' }), taskIn('succeeded', { id: 'vid_a', dialect: 'genlock' })]
    const page = openAiVideos.renderList!({ tasks, hasMore: true }, RENDER_CONTEXT)
    expect(page).toMatchObject({ object: 'list', first_id: 'vid_b', last_id: 'vid_a', has_more: true, data: [{ status: 'in_progress' }, { status: 'completed' }] })
  })

  it('an empty page has none', () => {
    expect(openAiVideos.renderList!({ tasks: [], hasMore: false }, RENDER_CONTEXT)).toEqual({ object: 'list', data: [], first_id: null, last_id: null, has_more: false })
  })

  it('a deleted task says so', () => {
    expect(openAiVideos.renderDeleted!('vid_a')).toEqual({ id: 'vid_a', object: 'video.deleted', deleted: true })
  })
})

describe('how an error looks', () => {
  it('is the envelope that the SDKs read', () => {
    const { status, body } = openAiVideos.renderError(new GatewayError('invalid_request', 'seconds must be a number of seconds', { param: 'seconds' }), ERROR_CONTEXT)
    expect(status).toBe(400)
    expect(body).toMatchObject({ error: { message: 'seconds must be a number of seconds', type: 'invalid_request_error', code: 'invalid_request', param: 'seconds' } })
  })

  it.each([
    ['insufficient_credits', 402, 'insufficient_quota'],
    ['forbidden', 403, 'permission_error'],
    ['not_ready', 404, 'invalid_request_error'],
    ['rate_limited', 429, 'rate_limit_exceeded'],
    ['internal', 500, 'server_error'],
    ['upstream_busy', 503, 'server_error'],
  ] as const)('%s is %d %s, and param is null when no field is wrong', (code, status, type) => {
    const rendered = openAiVideos.renderError(new GatewayError(code, 'no'), ERROR_CONTEXT)
    expect(rendered.status).toBe(status)
    expect(rendered.body).toMatchObject({ error: { type, code, param: null } })
  })
})

describe('edits, extensions and characters', () => {
  const at = (path: string) => openAiVideos.routes.find((route) => route.path === path && route.method === 'POST')!
  const edit = (body: RequestBody, parent = taskIn('succeeded')) => at('/v1/videos/edits').parse!(body, parseContext(parent))
  const extend = (body: RequestBody, parent = taskIn('succeeded')) => at('/v1/videos/extensions').parse!(body, parseContext(parent))
  const clip = (name = 'video') => ({ ...picturePart(name, 'video/mp4'), fileName: 'clip.mp4' })

  it('an edit of a finished video keeps its measures and nothing else of it', () => {
    const parent = taskIn('succeeded', { request: { size: '1280x720', seed: 0, metadata: { a: 1 }, callbackUrl: 'https://a.example/', echo: { b: 2 }, enhancedPrompt: 'old' } })
    const draft = edit(formBody({ prompt: 'p', video: { id: 'vid_abc' } }), parent)
    expect(draft.request).toEqual({ kind: 'video', operation: 'remix', model: 'sora-2', prompt: 'p', durationSeconds: 5, size: '1280x720', seed: 0, count: 1 })
    expect(draft).toMatchObject({ remixedFrom: 'vid_abc', inputs: [{ media: 'video', role: 'source', source: { stored: { storageKey: 'vid_abc.mp4' } }, param: 'video.id' }] })
  })

  it('an edit of a file, an upload or an address starts from the model’s own measures', () => {
    expect(edit(formBody({ prompt: 'p' }, [clip()]))).toMatchObject({ request: { operation: 'remix', model: 'sora-2', count: 1 }, inputs: [{ source: { part: clip() }, param: 'video' }] })
    expect(edit(jsonBody({ prompt: 'p', video: { id: 'upl_1' }, model: 'restyle-1' }))).toMatchObject({ request: { operation: 'video_to_video', model: 'restyle-1' }, inputs: [{ source: { text: 'upl_1' }, param: 'video.id' }] })
    expect(edit(jsonBody({ prompt: 'p', video: 'https://a.example/b.mp4' })).inputs).toMatchObject([{ source: { text: 'https://a.example/b.mp4' }, param: 'video' }])
    expect(edit(formBody({ prompt: 'p' }, [clip()])).request).not.toHaveProperty('durationSeconds')
  })

  it('an extension asks for its own seconds', () => {
    expect(extend(formBody({ prompt: 'p', video: { id: 'vid_abc' }, seconds: '8' })).request).toMatchObject({ operation: 'extend', durationSeconds: 8 })
  })

  it('characters are reference videos', () => {
    const draft = parse(jsonBody({ model: 'seedance-2.0-pro', prompt: 'Mossy dances', seconds: '5', characters: [{ id: 'upl_1' }] }))
    expect(draft.inputs).toEqual([{ media: 'video', role: 'reference', source: { text: 'upl_1' }, param: 'characters[0].id' }])
    expect(draft.request.operation).toBe('reference_to_video')
  })

  it.each<[string, () => unknown, string]>([
    ['no video', () => edit(formBody({ prompt: 'p' })), 'video'],
    ['two videos', () => edit(formBody({ prompt: 'p', video: { id: 'vid_abc' } }, [clip()])), 'video'],
    ['a picture', () => edit(formBody({ prompt: 'p' }, [picturePart('video')])), 'video'],
    ['a file of another name', () => edit(formBody({ prompt: 'p' }, [clip('clip')])), 'clip'],
    ['an id and a URL', () => edit(jsonBody({ prompt: 'p', video: { id: 'upl_1', url: 'https://a.example/' } })), 'video'],
    ['a video that is not finished', () => edit(jsonBody({ prompt: 'p', video: { id: 'vid_abc' } }), taskIn('running')), 'video.id'],
    ['a video that is not there', () => at('/v1/videos/edits').parse!(jsonBody({ prompt: 'p', video: { id: 'vid_no' } }), parseContext()), 'video.id'],
    ['an extension without a length', () => extend(formBody({ prompt: 'p', video: { id: 'vid_abc' } })), 'seconds'],
    ['no prompt', () => extend(formBody({ video: { id: 'vid_abc' }, seconds: '4' })), 'prompt'],
  ])('%s is refused by name', (_, run, param) => {
    expect(refusal(run).param).toBe(param)
  })
})
