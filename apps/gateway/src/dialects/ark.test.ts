import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { ark } from './ark.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, parseContext, refusal, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'

const TASKS = '/api/v3/contents/generations/tasks'
const TEXT = { type: 'text', text: 'A cat' }

function parse(fields: Record<string, unknown>, path = TASKS) {
  return ark.routes.find((route) => route.path === path && route.parse)!.parse!(jsonBody(fields), parseContext())
}

function paramOf(fields: Record<string, unknown>, path = TASKS): string | undefined {
  return refusal(() => parse(fields, path)).param
}

describe('a task', () => {
  it('takes every field, and says nothing of those that hold anyway', () => {
    const draft = parse({
      model: 'seedance-2.0-pro', content: [TEXT], resolution: '720p', ratio: 'adaptive', duration: -1, seed: 0, camera_fixed: false, watermark: true, generate_audio: false,
      return_last_frame: true, draft: false, service_tier: 'default', priority: 0, execution_expires_after: 3600, callback_url: 'https://a.example/hook', safety_identifier: 'u1', output_format: 'mp4',
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'A cat', durationSeconds: 'auto', resolution: '720p', aspectRatio: 'adaptive', seed: 0, count: 1, audio: false,
      callbackUrl: 'https://a.example/hook', endUserId: 'u1', vendor: { watermark: true, return_last_frame: true },
    })
    expect(draft).toMatchObject({ ignored: ['execution_expires_after'], unusedFields: 'refuse' })
  })

  it('passes on what changes the task there, so that it is refused where the model has no use for it', () => {
    expect(parse({ model: 'sora-2', content: [TEXT], service_tier: 'flex', draft: true, priority: 9, tools: [{ type: 'web_search' }] }).request.vendor).toEqual({ service_tier: 'flex', draft: true, priority: 9, tools: [{ type: 'web_search' }] })
  })

  it('takes materials with their roles, and a lone picture without', () => {
    const url = 'https://a.example/b.png'
    const image = (role?: string) => ({ type: 'image_url', image_url: { url }, ...(role && { role }) })
    const rolesOf = (content: unknown[], model = 'seedance-2.0-pro') => parse({ model, content: [TEXT, ...content] }).inputs.map(({ media, role, param }) => [media, role, param])
    expect(rolesOf([image()])).toEqual([['image', 'first_frame', 'content[1].image_url']])
    expect(rolesOf([image('first_frame'), image('last_frame')])).toEqual([['image', 'first_frame', 'content[1].image_url'], ['image', 'last_frame', 'content[2].image_url']])
    expect(rolesOf([image('reference_image'), { type: 'video_url', video_url: { url }, role: 'reference_video' }, { type: 'audio_url', audio_url: { url }, role: 'reference_audio' }])).toEqual([
      ['image', 'reference', 'content[1].image_url'], ['video', 'reference', 'content[2].video_url'], ['audio', 'reference', 'content[3].audio_url'],
    ])
    expect(rolesOf([{ type: 'video_url', video_url: { url } }], 'restyle-1')).toEqual([['video', 'source', 'content[1].video_url']])
  })

  it('takes the flags of old programs out of the prompt; a field says more than a flag', () => {
    const { request } = parse({ model: 'seedance-2.0-pro', content: [{ type: 'text', text: 'A cat -- with a hat --rt 16:9 --dur 5 --rs 480p --seed 11 --cf false --wm true --fps 24' }], duration: 4 })
    expect(request).toMatchObject({ prompt: 'A cat -- with a hat', aspectRatio: '16:9', durationSeconds: 4, resolution: '480p', seed: 11, framesPerSecond: 24, vendor: { watermark: true } })
    expect(paramOf({ model: 'sora-2', content: [{ type: 'text', text: 'A cat --dur soon' }] })).toBe('duration')
  })

  it('takes frames that come to whole seconds', () => {
    expect(parse({ model: 'sora-2', content: [TEXT], frames: 121 })).toMatchObject({ request: { durationSeconds: 5 }, fieldNames: { durationSeconds: 'frames' } })
    expect(paramOf({ model: 'sora-2', content: [TEXT], frames: 57 })).toBe('frames')
  })

  it('leaves out the seed that means any, where the model does not know it', () => {
    expect(parse({ model: 'sora-2', content: [TEXT], seed: -1 }).request.seed).toBeUndefined()
  })

  it('names what is wrong', () => {
    expect(paramOf({ content: [TEXT] })).toBe('model')
    expect(paramOf({ model: 'nobody', content: [TEXT] })).toBe('model')
    expect(paramOf({ model: 'sora-2', content: [] })).toBe('content')
    expect(paramOf({ model: 'sora-2', content: 'A cat' })).toBe('content')
    expect(paramOf({ model: 'sora-2', content: [{ type: 'draft_task', draft_task: { id: 'x' } }] })).toBe('content[0].type')
    expect(paramOf({ model: 'sora-2', content: [TEXT], n: 2 })).toBe('n')
  })
})

describe('pictures', () => {
  const PATH = '/api/v3/images/generations'

  it('takes every field', () => {
    const draft = parse({ model: 'gpt-image-1', prompt: 'A cat', image: ['https://a.example/b.png'], size: '2K', seed: 3, guidance_scale: 2.5, response_format: 'b64_json', watermark: true, sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 3 }, stream: true, output_format: 'png' }, PATH)
    expect(draft.request).toEqual({
      kind: 'image', operation: 'image_edit', model: 'gpt-image-1', prompt: 'A cat', size: '2K', seed: 3, count: 3, outputFormat: 'png', vendor: { watermark: true, guidance_scale: 2.5 }, echo: { response_format: 'b64_json', stream: true },
    })
    expect(draft.inputs).toMatchObject([{ role: 'source', param: 'image[0]' }])
  })

  it('counts as many as the vendor would, unless it is said', () => {
    const countOf = (more: Record<string, unknown>) => parse({ model: 'gpt-image-1', prompt: 'A cat', ...more }, PATH).request.count
    expect(countOf({})).toBe(1)
    expect(countOf({ sequential_image_generation: 'disabled', sequential_image_generation_options: { max_images: 3 } })).toBe(1)
    expect(countOf({ sequential_image_generation: 'auto' })).toBe(4)
  })

  it('names what is wrong', () => {
    expect(paramOf({ model: 'gpt-image-1' }, PATH)).toBe('prompt')
    expect(paramOf({ model: 'gpt-image-1', prompt: 'p', response_format: 'png' }, PATH)).toBe('response_format')
    expect(paramOf({ model: 'gpt-image-1', prompt: 'p', n: 2 }, PATH)).toBe('n')
  })

  it("takes the nulls of the vendor's Python client, and passes on what older models take", () => {
    const fields = { model: 'gpt-image-1', prompt: 'A cat' }
    expect(parse({ ...fields, optimize_prompt: null, optimize_prompt_options: null, guidance_scale: null, stream: null, tools: null, layer_decomposition: null }, PATH).request.vendor).toBeUndefined()
    expect(parse({ model: 'sora-2', content: [TEXT], ratio: null, of_another_version: null }).request.prompt).toBe('A cat')
    expect(paramOf({ ...fields, layer_decomposition: true }, PATH)).toBe('layer_decomposition')
    expect(parse({ ...fields, optimize_prompt: true }, PATH).request.vendor).toEqual({ optimize_prompt: true })
  })
})

describe('a task is shown', () => {
  it('with its links when it is there, and why when it is not', () => {
    expect(ark.renderTask(taskIn('running'), RENDER_CONTEXT)).toMatchObject({ id: 'vid_abc', status: 'running', error: null, duration: 5, framespersecond: 24 })
    const done = ark.renderTask(taskIn('succeeded', { outputs: [VIDEO_OUTPUT], extras: [{ ...IMAGE_OUTPUT, role: 'last_frame', storageKey: 'last.png' }] }), RENDER_CONTEXT)
    expect(done).toMatchObject({ status: 'succeeded', content: { video_url: 'https://api.example.com/v1/files/vid_abc.mp4?signed', last_frame_url: 'https://api.example.com/v1/files/last.png?signed' }, usage: { completion_tokens: 108_000 } })
    expect(ark.renderTask(taskIn('failed'), RENDER_CONTEXT)).toMatchObject({ status: 'failed', error: { code: 'OutputVideoSensitiveContentDetected' } })
    expect(ark.renderTask(taskIn('cancelled'), RENDER_CONTEXT)).toMatchObject({ status: 'cancelled', error: { code: 'TaskCancelled' } })
  })

  it('to its callback as to a read', () => {
    expect(ark.renderCallback!(taskIn('succeeded'), RENDER_CONTEXT)).toEqual(ark.renderTask(taskIn('succeeded'), RENDER_CONTEXT))
  })
})

it('says in an error what is missing', () => {
  expect(ark.renderError(new GatewayError('invalid_request', 'content is required', { param: 'content' }), ERROR_CONTEXT)).toEqual({
    status: 400, body: { error: { code: 'MissingParameter.content', message: 'content is required. Request id: req_1', param: 'content', type: 'BadRequest' } },
  })
})
