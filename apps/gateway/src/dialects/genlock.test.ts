import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { Task } from '../core/task.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, NOW_MS, ORIGIN, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { genlock } from './genlock.ts'

const parse = (path: '/v1/videos' | '/v1/images', fields: Record<string, unknown>) =>
  genlock.routes.find((route) => route.path === path && route.action === 'create')!.parse!(jsonBody(fields), parseContext())

const parseVideo = (input: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  parse('/v1/videos', { model: 'seedance-2.0-pro', input: { prompt: 'p', ...input }, ...more })

function refusal(run: () => unknown): { code: string; param: string | undefined; message: string } {
  try {
    run()
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, param: error.param, message: error.message }
    throw error
  }
  throw new Error('it was not refused')
}

const message = (input: unknown) => refusal(() => parse('/v1/videos', { model: 'sora-2', input })).message

const render = (task: Task) => genlock.renderTask(task, RENDER_CONTEXT)

describe('what it takes', () => {
  it("the page's request", () => {
    const draft = parse('/v1/videos', { model: 'seedance-2.0-pro', input: { prompt: 'A cinematic product reveal', duration_seconds: 5, resolution: '720p' } })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'A cinematic product reveal', durationSeconds: 5, resolution: '720p', count: 1,
    })
    expect(draft).toMatchObject({ inputs: [], ignored: [], unusedFields: 'refuse' })
    expect(draft.fieldNames.durationSeconds).toBe('input.duration_seconds')
  })

  it('every field there is', () => {
    const { request } = parseVideo(
      {
        negative_prompt: 'n', duration_seconds: 'auto', resolution: '1080p', aspect_ratio: '9:16', size: '720x1280', fps: 24, seed: 0, n: 2, audio: false,
        style: 's', quality: 'q', enhance_prompt: false, upsample: true, loop: false, output_format: 'mp4', vendor: { camera_fixed: true },
      },
      { callback_url: 'https://a.example/hook', end_user_id: 'u1', metadata: { scene: 12 } },
    )
    expect(request).toMatchObject({
      negativePrompt: 'n', durationSeconds: 'auto', resolution: '1080p', aspectRatio: '9:16', size: '720x1280', framesPerSecond: 24, seed: 0, count: 2, audio: false,
      style: 's', quality: 'q', enhancePrompt: false, upsample: true, loop: false, outputFormat: 'mp4', vendor: { camera_fixed: true },
      callbackUrl: 'https://a.example/hook', endUserId: 'u1', metadata: { scene: 12 },
    })
  })

  it('a wish for English where the model has no switch of its own', () => {
    expect(parseVideo({ enhance_prompt: true })).toMatchObject({ request: { enhancePrompt: true }, englishPrompt: true })
  })

  it('null as absent', () => {
    const { request } = parseVideo({ seed: null, duration_seconds: null, images: null }, { metadata: null })
    expect(request).not.toHaveProperty('seed')
    expect(request).not.toHaveProperty('durationSeconds')
    expect(request).not.toHaveProperty('metadata')
  })

  it.each([
    ['one picture opens the video', 'seedance-2.0-pro', { images: ['a'] }, ['first_frame'], 'image_to_video'],
    ['two pictures are frames where the model knows no references', 'veo3-frames', { images: ['a', 'b'] }, ['first_frame', 'last_frame'], 'first_last_frame'],
    ['three pictures for a model of two frames are left for admission to refuse', 'veo3-frames', { images: ['a', 'b', 'c'] }, ['first_frame', 'last_frame', 'first_frame'], 'first_last_frame'],
    ['two pictures are references where it knows them', 'seedance-2.0-pro', { images: ['a', 'b'] }, ['reference', 'reference'], 'reference_to_video'],
    ['a role that is given counts', 'seedance-2.0-pro', { images: [{ url: 'a', role: 'last_frame' }, { url: 'b', role: 'first_frame' }] }, ['last_frame', 'first_frame'], 'first_last_frame'],
    ['named frames', 'seedance-2.0-pro', { first_frame: 'a', last_frame: { url: 'b' } }, ['first_frame', 'last_frame'], 'first_last_frame'],
    ['pictures beside a named frame are references', 'seedance-2.0-pro', { images: ['a'], first_frame: 'b' }, ['reference', 'first_frame'], 'reference_to_video'],
    ['videos and sounds', 'seedance-2.0-pro', { videos: ['v'], audios: ['s'] }, ['reference', 'reference'], 'reference_to_video'],
    ['a model with one way to work on a video', 'lip-sync-1', { videos: ['v'], audios: ['s'] }, ['source', 'source'], 'lip_sync'],
    ['an operation that is named', 'seedance-2.0-pro', { videos: ['v'], operation: 'extend' }, ['reference'], 'extend'],
  ])('%s', (_, model, input, roles, operation) => {
    const draft = parse('/v1/videos', { model, input: { prompt: 'p', ...input } })
    expect(draft.inputs.map(({ role }) => role)).toEqual(roles)
    expect(draft.request.operation).toBe(operation)
  })

  it('names each input as the client did', () => {
    const { inputs } = parseVideo({ images: ['a', { url: 'b' }], audios: ['c'], last_frame: 'd' })
    expect(inputs.map(({ param, media }) => [param, media])).toEqual([
      ['input.images[0]', 'image'], ['input.images[1]', 'image'], ['input.last_frame', 'image'], ['input.audios[0]', 'audio'],
    ])
  })

  it('an image request, with pictures to work on and a mask', () => {
    const draft = parse('/v1/images', { model: 'gpt-image-1', input: { prompt: 'p', images: ['a'], mask: 'm', n: 2, size: '1024x1024' } })
    expect(draft.request).toMatchObject({ kind: 'image', operation: 'image_edit', count: 2, size: '1024x1024' })
    expect(draft.inputs.map(({ role }) => role)).toEqual(['source', 'mask'])
  })
})

describe('what it refuses, by name', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no model', { input: { prompt: 'p' } }, 'model'],
    ['a model that is a number', { model: 5, input: { prompt: 'p' } }, 'model'],
    ['no prompt', { model: 'sora-2', input: {} }, 'input.prompt'],
    ['an empty prompt', { model: 'sora-2', input: { prompt: ' \n' } }, 'input.prompt'],
    ['a prompt of 100,000 characters', { model: 'sora-2', input: { prompt: 'x'.repeat(100_000) } }, 'input.prompt'],
    ['a prompt that is a list', { model: 'sora-2', input: { prompt: ['p'] } }, 'input.prompt'],
    ['an unknown field', { model: 'sora-2', input: { prompt: 'p' }, balance: 1 }, 'balance'],
    ['an unknown field that is null', { model: 'sora-2', input: { prompt: 'p' }, balance: null }, 'balance'],
    ['an unknown field of input', { model: 'sora-2', input: { prompt: 'p', duration: 5 } }, 'input.duration'],
    ['an unknown field of a picture', { model: 'sora-2', input: { prompt: 'p', images: [{ url: 'a', rolle: 'mask' }] } }, 'input.images[0].rolle'],
    ['an unknown role', { model: 'sora-2', input: { prompt: 'p', images: ['a', { url: 'a', role: 'x' }] } }, 'input.images[1].role'],
    ['a picture that is a number', { model: 'sora-2', input: { prompt: 'p', images: [3] } }, 'input.images[0]'],
    ['pictures that are no list', { model: 'sora-2', input: { prompt: 'p', images: {} } }, 'input.images'],
    ['a text for a duration', { model: 'sora-2', input: { prompt: 'p', duration_seconds: 'NaN' } }, 'input.duration_seconds'],
    ['a negative duration', { model: 'sora-2', input: { prompt: 'p', duration_seconds: -5 } }, 'input.duration_seconds'],
    ['an endless duration', { model: 'sora-2', input: { prompt: 'p', duration_seconds: 1e9 } }, 'input.duration_seconds'],
    ['a million results', { model: 'sora-2', input: { prompt: 'p', n: 1e6 } }, 'input.n'],
    ['half a result', { model: 'sora-2', input: { prompt: 'p', n: 1.5 } }, 'input.n'],
    ['a seed beyond 2^63', { model: 'sora-2', input: { prompt: 'p', seed: 2 ** 63 } }, 'input.seed'],
    ['audio that is text', { model: 'sora-2', input: { prompt: 'p', audio: 'yes' } }, 'input.audio'],
    ['a callback that is no URL', { model: 'sora-2', input: { prompt: 'p' }, callback_url: 'file:///etc/passwd' }, 'callback_url'],
    ['metadata that is a list', { model: 'sora-2', input: { prompt: 'p' }, metadata: [1] }, 'metadata'],
    ['metadata without end', { model: 'sora-2', input: { prompt: 'p' }, metadata: { a: 'x'.repeat(20_000) } }, 'metadata'],
  ])('%s', (_, fields, param) => {
    expect(refusal(() => parse('/v1/videos', fields))).toMatchObject({ code: 'invalid_request', param })
  })

  it('with a sentence that says what would be right', () => {
    expect(message({})).toBe('input.prompt is required')
    expect(message({ prompt: 3 })).toBe('input.prompt must be a string')
    expect(message({ prompt: 'p', duration_seconds: 'x' })).toBe('input.duration_seconds must be a number of seconds, or "auto"')
    expect(message({ prompt: 'p', duration_seconds: 1e9 })).toBe('input.duration_seconds must be at most 3600')
    expect(message({ prompt: 'p', n: 0 })).toBe('input.n must be at least 1')
    expect(message({ prompt: 'p', n: 1.5 })).toBe('input.n must be a whole number')
    expect(message({ prompt: 'p', images: [3] })).toBe('input.images[0] must be a URL or { url, role }')
    expect(message({ prompt: 'p', images: [{}] })).toBe('input.images[0].url is required')
    expect(message({ prompt: 'p', size: 'x'.repeat(21) })).toBe('input.size must have at most 20 characters')
    expect(message({ prompt: 'p', foo: 1 })).toBe('input.foo is not a field of this request')
    expect(message({ prompt: 'p', operation: 'fly' })).toMatch(/^input\.operation must be one of text_to_video, /)
  })

  it('a model that does not exist, as such', () => {
    expect(refusal(() => parse('/v1/videos', { model: 'gone', input: { prompt: 'p' } }))).toMatchObject({ code: 'model_not_found', param: 'model' })
  })

  it('a length for a picture', () => {
    expect(refusal(() => parse('/v1/images', { model: 'gpt-image-1', input: { prompt: 'p', duration_seconds: 5 } }))).toMatchObject({ param: 'input.duration_seconds' })
  })
})

describe('how a task looks', () => {
  it('when it was just made', () => {
    expect(render(taskIn('queued'))).toEqual({
      id: 'vid_abc',
      object: 'video',
      model: 'sora-2',
      status: 'queued',
      progress: 0,
      estimated_cost_cents: 50,
      currency: 'USD',
      created_at: Math.floor(NOW_MS / 1000) - 31,
      input: { prompt: 'A cat', duration_seconds: 5, n: 1, operation: 'text_to_video' },
      links: {
        self: `${ORIGIN}/v1/videos/vid_abc`,
        wait: `${ORIGIN}/v1/videos/vid_abc/wait`,
        events: `${ORIGIN}/v1/videos/vid_abc/events`,
        content: `${ORIGIN}/v1/videos/vid_abc/content`,
        cancel: `${ORIGIN}/v1/videos/vid_abc/cancel`,
      },
    })
  })

  it.each([
    ['queued', 'queued', 0],
    ['submitting', 'running', 50],
    ['unresolved', 'running', 50],
    ['running', 'running', 50],
    ['archiving', 'running', 95],
    ['succeeded', 'succeeded', 100],
    ['failed', 'failed', 0],
    ['cancelled', 'cancelled', 0],
  ] as const)('%s is %s at %d %%', (state, status, progress) => {
    expect(render(taskIn(state))).toMatchObject({ status, progress })
  })

  it('when it succeeded: the link twice, what the file is, what it cost', () => {
    const url = `${ORIGIN}/v1/files/vid_abc.mp4?signed`
    expect(render(taskIn('succeeded'))).toMatchObject({
      cost_cents: 41.2345,
      completed_at: Math.floor(NOW_MS / 1000) - 1,
      output: {
        url, video_url: url, content_type: 'video/mp4', bytes: 123_456, sha256: 'ab'.repeat(32), width: 1280, height: 720, duration_seconds: 5.04,
        expires_at: Math.floor(NOW_MS / 1000) + 604_800,
      },
    })
    expect(render(taskIn('succeeded'))).not.toHaveProperty('error')
  })

  it('when it made several videos', () => {
    const { output } = render(taskIn('succeeded', { outputs: [VIDEO_OUTPUT, { ...VIDEO_OUTPUT, storageKey: 'b.mp4' }] })) as { output: { videos: { url: string }[] } }
    expect(output.videos.map(({ url }) => url)).toEqual([`${ORIGIN}/v1/files/vid_abc.mp4?signed`, `${ORIGIN}/v1/files/b.mp4?signed`])
  })

  it('when it made pictures', () => {
    const rendered = render(taskIn('succeeded', { id: 'img_a', request: { kind: 'image' }, outputs: [IMAGE_OUTPUT] }))
    expect(rendered).toMatchObject({ object: 'image', output: { images: [{ content_type: 'image/png', width: 1024 }] }, links: { self: `${ORIGIN}/v1/images/img_a` } })
    expect(rendered['output']).not.toHaveProperty('video_url')
  })

  it('when it failed: why, and that the money is back', () => {
    expect(render(taskIn('failed'))).toMatchObject({
      status: 'failed', refunded: true, cost_cents: 0, error: { code: 'content_policy', message: 'Refused by the upstream.', param: 'prompt' },
    })
    expect(render(taskIn('failed'))).not.toHaveProperty('output')
  })

  it('a cancelled task that was charged is not called refunded', () => {
    expect(render(taskIn('cancelled'))).toHaveProperty('refunded', true)
    expect(render(taskIn('cancelled', { chargedMicros: 1n }))).not.toHaveProperty('refunded')
  })

  it('gives its input back in the words that it was sent in', () => {
    const sent = { prompt: 'p', duration_seconds: 'auto', aspect_ratio: '9:16', seed: 0, n: 2, audio: false, images: [{ url: 'https://a.example/1.png', role: 'last_frame' }] }
    const { request, inputs } = parseVideo(sent)
    const assets = inputs.map(({ media, role, source }) => ({ media, role, source: { url: 'text' in source ? source.text : '' } }))
    const rendered = render(taskIn('queued', { request: { ...request, inputs: assets } }))['input'] as Record<string, unknown>
    expect(rendered).toMatchObject(sent)
    expect(parse('/v1/videos', { model: 'seedance-2.0-pro', input: rendered }).request).toEqual(request)
  })
})

describe('how an error looks', () => {
  it('a wrong field: 422, with the field, the request and where to read on', () => {
    expect(genlock.renderError(new GatewayError('invalid_request', 'input.n must be at least 1', { param: 'input.n' }), ERROR_CONTEXT)).toEqual({
      status: 422,
      body: { error: { code: 'invalid_request', message: 'input.n must be at least 1', param: 'input.n', request_id: 'req_1', docs: `${ORIGIN}/docs/errors#invalid_request` } },
    })
  })

  it.each([['unauthorized', 401], ['insufficient_credits', 402], ['not_found', 404], ['idempotency_mismatch', 422], ['rate_limited', 429]] as const)('%s is %d', (code, status) => {
    const rendered = genlock.renderError(new GatewayError(code, 'no'), ERROR_CONTEXT)
    expect(rendered.status).toBe(status)
    expect(rendered.body['error']).not.toHaveProperty('param')
  })

  it('in Chinese when it is asked for', () => {
    const { body } = genlock.renderError(new GatewayError('upstream_busy', 'no channel is free'), { ...ERROR_CONTEXT, language: 'zh' })
    expect(body).toMatchObject({ error: { message: '当前分组上游负载已饱和，请稍后再试' } })
  })
})
