import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import type { Task } from '../core/task.ts'
import { ERROR_CONTEXT, formBody, IMAGE_OUTPUT, jsonBody, MODELS, ORIGIN, parseContext, picturePart, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import type { RequestBody } from './dialect.ts'
import { newApi } from './new-api.ts'

const [createRoute, readRoute] = newApi.routes

const OTHERS: Record<string, Model> = {
  'kling-v1': { ...MODELS['veo3-frames']!, id: 'kling-v1', family: 'kling', resolutions: ['720p', '1080p'] },
  jimeng_t2v: { ...MODELS['sora-2']!, id: 'jimeng_t2v', family: 'jimeng' },
  jimeng_i2v: { ...MODELS['sora-2']!, id: 'jimeng_i2v', family: 'jimeng' },
  'moded-1': { ...MODELS['sora-2']!, id: 'moded-1', vendorFields: ['mode', 'bgm'] },
}
const context = { ...parseContext(), model: (name: string) => OTHERS[name] ?? parseContext().model(name), findModel: (name: string) => OTHERS[name] ?? parseContext().findModel(name) }

const parseBody = (body: RequestBody) => createRoute!.parse!(body, context)
const parse = (fields: Record<string, unknown>) => parseBody(jsonBody({ model: 'sora-2', prompt: 'p', ...fields }))
const rolesOf = (fields: Record<string, unknown>) => parse(fields).inputs.map(({ media, role, param }) => [media, role, param])
const render = (task: Task) => newApi.renderTask(task, RENDER_CONTEXT)
const [A, B, C] = ['https://a.example/a.png', 'https://a.example/b.png', 'https://a.example/c.mp4']

function errorOf(fields: Record<string, unknown>): { code: string; param: string | undefined; message: string } {
  try {
    parse(fields)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('the fields of the page', () => {
  it('are all understood', () => {
    const draft = parse({ duration: 5, fps: 24, width: 1280, height: 720, image: A, n: 2, response_format: 'mp4', seed: 0, user: 'u-1', metadata: { negative_prompt: 'blurred', style: 'anime', quality_level: 'high' } })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'image_to_video', model: 'sora-2', prompt: 'p', durationSeconds: 5, framesPerSecond: 24, size: '1280x720', count: 2, outputFormat: 'mp4', seed: 0,
      endUserId: 'u-1', negativePrompt: 'blurred', style: 'anime', quality: 'high',
    })
    expect(draft).toMatchObject({ ignored: [], unusedFields: 'ignore' })
    expect(draft.fieldNames).toMatchObject({ durationSeconds: 'duration', framesPerSecond: 'fps', size: 'width', count: 'n', negativePrompt: 'metadata.negative_prompt', quality: 'metadata.quality_level', vendor: 'metadata' })
  })

  it('may be text, as forms send them, and metadata JSON as text', () => {
    const { request } = parseBody(formBody({ model: 'sora-2', prompt: 'p', duration: '8', seed: '7', width: '1280', height: '720', metadata: '{"negative_prompt":"blurred","loop":"true"}' }))
    expect(request).toMatchObject({ durationSeconds: 8, seed: 7, size: '1280x720', negativePrompt: 'blurred', loop: true })
  })

  it('refuses metadata that holds what cannot be stored', () => {
    expect(() => parseBody(formBody({ model: 'sora-2', prompt: 'p', metadata: '{"note":"\\u0000"}' }))).toThrow('metadata')
  })

  it.each([
    ['an empty text', { image: '', user: '', metadata: { callback_url: '', payload: '' } }],
    ['null', { image: null, user: null, metadata: { callback_url: null, payload: null } }],
  ])('count as absent when they are %s', (_, fields) => {
    const draft = parse(fields)
    expect(draft.request).toEqual({ kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'p', count: 1 })
    expect(draft.ignored).toEqual([])
  })

  it('that are not known are listed', () => {
    expect(parse({ watermark: true, quality: 'hd' }).ignored).toEqual(['watermark', 'quality'])
  })

  it.each([
    [{ duration: 'soon' }, 'duration'],
    [{ duration: 0 }, 'duration'],
    [{ fps: 0 }, 'fps'],
    [{ width: 1280 }, 'height'],
    [{ height: 720 }, 'width'],
    [{ width: 0, height: 0 }, 'width'],
    [{ width: 1280, height: 720, size: '720x1280' }, 'width'],
    [{ image: 7 }, 'image'],
    [{ n: 0 }, 'n'],
    [{ seed: 1.5 }, 'seed'],
    [{ response_format: 'b64_json' }, 'response_format'],
    [{ metadata: 'no object' }, 'metadata'],
    [{ metadata: '[['.repeat(50_000) }, 'metadata'],
    [{ metadata: { seed: 'many' } }, 'metadata.seed'],
    [{ metadata: { callback_url: 'ftp://a.example' } }, 'metadata.callback_url'],
    [{ metadata: { payload: 'x'.repeat(20_000) } }, 'metadata'],
    [{ duration: 5, metadata: { duration: 10 } }, 'metadata.duration'],
    [{ metadata: { aspect_ratio: '16:9', ratio: '9:16' } }, 'metadata.ratio'],
    [{ prompt: ' ' }, 'prompt'],
    [{ model: undefined }, 'model'],
  ])('%j is refused, naming %s', (fields, param) => {
    expect(errorOf(fields)).toMatchObject({ code: 'invalid_request', param })
    expect(errorOf(fields).message).toContain(param)
  })

  it('a model that there is not', () => {
    expect(errorOf({ model: 'nothing-1' })).toMatchObject({ code: 'model_not_found', param: 'model' })
  })
})

describe('metadata', () => {
  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ duration: 5 }, { durationSeconds: 5 }],
    [{ duration: -1 }, { durationSeconds: 'auto' }],
    [{ seconds: '8' }, { durationSeconds: 8 }],
    [{ frames: 121 }, { durationSeconds: 5 }],
    [{ framespersecond: 24 }, { framesPerSecond: 24 }],
    [{ size: '1280*720' }, { size: '1280x720' }],
    [{ resolution: '1080P', aspect_ratio: '9:16' }, { resolution: '1080p', aspectRatio: '9:16' }],
    [{ ratio: '1:1' }, { aspectRatio: '1:1' }],
    [{ sound: 'on' }, { audio: true }],
    [{ generate_audio: false }, { audio: false }],
    [{ prompt_optimizer: true }, { enhancePrompt: true }],
    [{ callback_url: 'https://a.example/hook' }, { callbackUrl: 'https://a.example/hook' }],
    [{ movement_amplitude: 'auto', bgm: false }, { vendor: { movement_amplitude: 'auto', bgm: false } }],
  ])('%j means %j', (metadata, meant) => {
    expect(parse({ metadata }).request).toMatchObject(meant)
  })

  it('that says the same as the field above it is no contradiction', () => {
    expect(parse({ duration: 5, seed: 0, size: '1920x1080', metadata: { duration: 5, seed: 0, size: '1920*1080' } }).request).toMatchObject({ durationSeconds: 5, seed: 0, size: '1920x1080' })
  })

  it('has the mode of Kling as its resolution, the mode of models that list one as it is, and ignores any other', () => {
    expect(parse({ model: 'kling-v1', mode: 'pro' }).request).toMatchObject({ resolution: '1080p' })
    expect(parse({ model: 'kling-v1', metadata: { mode: 'std' } })).toMatchObject({ request: { resolution: '720p' }, fieldNames: { resolution: 'mode' } })
    expect(errorOf({ model: 'kling-v1', metadata: { mode: '4k' } })).toMatchObject({ param: 'metadata.mode', message: 'metadata.mode must be one of std, pro for kling-v1' })
    expect(parse({ model: 'moded-1', metadata: { mode: 'flex_1', bgm: true } }).request.vendor).toEqual({ mode: 'flex_1', bgm: true })
    expect(parse({ metadata: { mode: 'pro' } })).toMatchObject({ ignored: ['metadata.mode'] })
  })

  it('names the Jimeng model that is meant, and nothing else', () => {
    expect(parse({ model: 'jimeng_t2v', metadata: { req_key: 'jimeng_i2v' } }).request.model).toBe('jimeng_i2v')
    expect(errorOf({ model: 'jimeng_t2v', metadata: { req_key: 'sora-2' } })).toMatchObject({ code: 'model_not_found', param: 'metadata.req_key' })
    expect(errorOf({ model: 'jimeng_t2v', metadata: { req_key: 'jimeng_none' } })).toMatchObject({ code: 'model_not_found' })
  })
})

describe('material', () => {
  it.each<[string, Record<string, unknown>, string[][]]>([
    ['one picture opens the video', { image: A }, [['image', 'first_frame', 'image']]],
    ['two open and close it', { model: 'veo3-frames', images: [A, B] }, [['image', 'first_frame', 'images[0]'], ['image', 'last_frame', 'images[1]']]],
    ['the same picture twice is one', { image: A, metadata: { image_urls: [A] } }, [['image', 'first_frame', 'image']]],
    ['a tail closes it', { model: 'seedance-2.0-pro', image: A, metadata: { image_tail: B } }, [['image', 'first_frame', 'image'], ['image', 'last_frame', 'metadata.image_tail']]],
    ['the same picture may open and close it', { model: 'veo3-frames', image: A, metadata: { image_tail: A } }, [['image', 'first_frame', 'image'], ['image', 'last_frame', 'metadata.image_tail']]],
    ['frames that are called so', { metadata: { first_frame_image: A, last_frame_url: B } }, [['image', 'first_frame', 'metadata.first_frame_image'], ['image', 'last_frame', 'metadata.last_frame_url']]],
    [
      'references of every kind',
      { model: 'seedance-2.0-pro', metadata: { reference_images: [A, { url: B }], reference_videos: [C], reference_audios: 'https://a.example/d.mp3' } },
      [['image', 'reference', 'metadata.reference_images[0]'], ['image', 'reference', 'metadata.reference_images[1]'], ['video', 'reference', 'metadata.reference_videos[0]'], ['audio', 'reference', 'metadata.reference_audios']],
    ],
    ['a picture beside references is one of them', { model: 'seedance-2.0-pro', image: A, metadata: { reference_videos: [C] } }, [['image', 'reference', 'image'], ['video', 'reference', 'metadata.reference_videos[0]']]],
  ])('%s', (_, fields, roles) => {
    expect(rolesOf(fields)).toEqual(roles)
  })

  it('a picture may be a part of a form, and no other file', () => {
    const { inputs } = parseBody(formBody({ model: 'sora-2', prompt: 'p' }, [picturePart('input_reference')]))
    expect(inputs).toMatchObject([{ media: 'image', role: 'first_frame', param: 'input_reference' }])
    expect(() => parseBody(formBody({ model: 'sora-2', prompt: 'p' }, [picturePart('video')]))).toThrow('video is not a file that this request takes')
  })
})

describe('a task as it is read', () => {
  it('is the envelope, with the documented object around it', () => {
    const task = taskIn('succeeded', { request: { seed: 7 } })
    const link = `${ORIGIN}/v1/files/vid_abc.mp4?signed`
    expect(render(task)).toMatchObject({
      code: 'success', message: '', id: 'vid_abc', task_id: 'vid_abc', status: 'completed', url: link, result_url: link, video_url: link, format: 'mp4', error: null,
      metadata: { duration: 5, fps: 24, width: 1280, height: 720, seed: 7 },
      data: {
        id: task.createdAtMs, task_id: 'vid_abc', status: 'SUCCESS', progress: '100%', result_url: link, url: link, fail_reason: link, channel_id: 0, user_id: 0, action: 'textGenerate', quota: 206_172,
        properties: { input: 'A cat', origin_model_name: 'sora-2' }, data: { url: link, status: 'completed' },
      },
    })
  })

  it('says how far it is, and never a link before its end', () => {
    expect(render(taskIn('queued'))).toMatchObject({ status: 'queued', url: null, data: { status: 'QUEUED', progress: '0%', start_time: 0, finish_time: 0, fail_reason: '', quota: 250_000 } })
    expect(render(taskIn('running'))).toMatchObject({ status: 'in_progress', data: { status: 'IN_PROGRESS', progress: '50%' } })
    expect(render(taskIn('running'))['data']).not.toHaveProperty('result_url')
  })

  it('says why it failed, and that it was cancelled', () => {
    expect(render(taskIn('failed'))).toMatchObject({ status: 'failed', error: { code: 'content_policy', message: 'Refused by the upstream.' }, data: { status: 'FAILURE', fail_reason: 'Refused by the upstream.', progress: '100%' } })
    expect(render(taskIn('cancelled'))).toMatchObject({ status: 'failed', error: { code: 'cancelled' }, data: { status: 'FAILURE' } })
  })

  it('may be pictures, and several', () => {
    const task = taskIn('succeeded', { request: { kind: 'image', operation: 'text_to_image' }, outputs: [IMAGE_OUTPUT, IMAGE_OUTPUT] })
    expect(render(task)).toMatchObject({ object: 'image', format: 'png', urls: [expect.any(String), expect.any(String)], data: { action: 'generate' } })
    expect(readRoute).toMatchObject({ fallback: true })
  })

  it('is short when it was just made', () => {
    const created = createRoute!.render!(taskIn('queued', { outputs: [VIDEO_OUTPUT], ignored: ['metadata.payload'] }), RENDER_CONTEXT)
    expect(created).toEqual({ id: 'vid_abc', task_id: 'vid_abc', object: 'video', model: 'sora-2', status: 'queued', progress: 0, created_at: expect.any(Number), ignored: ['metadata.payload'] })
  })
})

describe('errors', () => {
  it.each([
    ['invalid_request', 400, 'invalid_request'],
    ['unauthorized', 401, 'unauthorized'],
    ['forbidden', 403, 'access_denied'],
    ['insufficient_credits', 402, 'insufficient_user_quota'],
    ['model_not_found', 503, 'model_not_found'],
    ['not_found', 404, 'task_not_exist'],
    ['too_large', 413, 'read_request_body_failed'],
  ] as const)('%s is %i %s, in the three shapes that clients read', (code, status, word) => {
    expect(newApi.renderError(new GatewayError(code, 'what happened', { param: 'size' }), ERROR_CONTEXT)).toMatchObject({
      status,
      body: { code: word, message: 'what happened', param: 'size', type: expect.any(String), data: null, error: { code, message: 'what happened' } },
    })
  })
})
