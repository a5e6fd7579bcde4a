import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { dashscope } from './dashscope.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, parseContext, refusal, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'

const VIDEO = '/api/v1/services/aigc/video-generation/video-synthesis'
const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'
const URL = 'https://a.example/b.png'

function parse(fields: Record<string, unknown>, path = VIDEO) {
  return dashscope.routes.find((route) => route.path === path)!.parse!(jsonBody(fields), parseContext())
}

function inputsOf(model: string, input: Record<string, unknown>, path = VIDEO) {
  return parse({ model, input: { prompt: 'p', ...input } }, path).inputs.map(({ media, role, param }) => [media, role, param])
}

function paramOf(fields: Record<string, unknown>, path = VIDEO): string | undefined {
  return refusal(() => parse(fields, path)).param
}

describe('a video', () => {
  it('takes every parameter', () => {
    const draft = parse({
      model: 'sora-2',
      input: { prompt: 'A cat', negative_prompt: 'dogs', nonsense: 1 },
      parameters: { size: '1280*720', duration: 5, prompt_extend: false, watermark: true, seed: 0, shot_type: 'multi', audio: true, n: 1, other: 1 },
      extra: 1,
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'A cat', negativePrompt: 'dogs', durationSeconds: 5, size: '1280*720', seed: 0, count: 1, audio: true, enhancePrompt: false,
      vendor: { watermark: true, shot_type: 'multi' }, echo: { messages: false },
    })
    expect(draft).toMatchObject({ ignored: ['extra', 'input.nonsense', 'parameters.other'], unusedFields: 'ignore' })
    expect(parse({ model: 'sora-2', input: { prompt: 'p' }, parameters: { resolution: '720P', ratio: '9:16', duration: 0, seed: -1, watermark: false } }).request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'p', resolution: '720p', aspectRatio: '9:16', count: 1, echo: { messages: false },
    })
  })

  it('takes materials in named fields and in the list', () => {
    expect(inputsOf('sora-2', { img_url: 'QUJD'.repeat(30) })).toEqual([['image', 'first_frame', 'input.img_url']])
    expect(inputsOf('veo3-frames', { first_frame_url: URL, last_frame_url: URL })).toEqual([['image', 'first_frame', 'input.first_frame_url'], ['image', 'last_frame', 'input.last_frame_url']])
    expect(inputsOf('seedance-2.0-pro', { reference_urls: [URL, 'https://a.example/c.mp4?x=1'], audio_url: URL })).toEqual([
      ['image', 'reference', 'input.reference_urls[0]'], ['video', 'reference', 'input.reference_urls[1]'], ['audio', 'reference', 'input.audio_url'],
    ])
    expect(inputsOf('seedance-2.0-pro', { media: [{ type: 'reference_image', url: URL, reference_voice: URL }, { type: 'reference_video', url: URL }] })).toEqual([
      ['image', 'reference', 'input.media[0].url'], ['audio', 'reference', 'input.media[0].reference_voice'], ['video', 'reference', 'input.media[1].url'],
    ])
    expect(inputsOf('veo3-frames', { media: [{ type: 'first_frame', url: URL }, { type: 'last_frame', url: URL }] })).toEqual([['image', 'first_frame', 'input.media[0].url'], ['image', 'last_frame', 'input.media[1].url']])
    expect(inputsOf('restyle-1', { media: [{ type: 'video', url: URL }] })).toEqual([['video', 'source', 'input.media[0].url']])
    expect(inputsOf('lip-sync-1', { video_url: URL, audio_url: URL })).toEqual([['video', 'source', 'input.video_url'], ['audio', 'source', 'input.audio_url']])
  })

  it("takes what the vendor's Python client always sends, and what it calls older fields", () => {
    const { request, ignored } = parse({ model: 'sora-2', input: { prompt: 'p', extend_prompt: true, function: 'video-synthesis' }, parameters: {} })
    expect(request).toEqual({ kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'p', count: 1, echo: { messages: false } })
    expect(ignored).toEqual([])
    expect(parse({ model: 'sora-2', input: { prompt: 'p', extend_prompt: false } }).request.enhancePrompt).toBe(false)
    expect(parse({ model: 'sora-2', input: { prompt: 'p', extend_prompt: false }, parameters: { prompt_extend: true } }).request.enhancePrompt).toBe(true)
    expect(inputsOf('veo3-frames', { head_frame: URL, tail_frame: URL })).toEqual([['image', 'first_frame', 'input.head_frame'], ['image', 'last_frame', 'input.tail_frame']])
    expect(inputsOf('seedance-2.0-pro', { reference_url: URL, media: [{ type: 'reference_voice', url: URL }] })).toEqual([['image', 'reference', 'input.reference_url'], ['audio', 'reference', 'input.media[0].url']])
  })

  it('does what its function says, or nothing', () => {
    expect(parse({ model: 'restyle-1', input: { prompt: 'p', function: 'video_repainting', video_url: URL } }).request.operation).toBe('video_to_video')
    expect(paramOf({ model: 'restyle-1', input: { prompt: 'p', function: 'video_extension', video_url: URL } })).toBe('input.function')
    expect(paramOf({ model: 'restyle-1', input: { prompt: 'p', function: 'constructor', video_url: URL } })).toBe('input.function')
    expect(paramOf({ model: 'sora-2', input: { template: 'flying', img_url: URL } })).toBe('input.template')
  })

  it('names what is wrong', () => {
    expect(paramOf({ input: { prompt: 'p' } })).toBe('model')
    expect(paramOf({ model: 'sora-2' })).toBe('input')
    expect(paramOf({ model: 'sora-2', input: { prompt: 'p' }, parameters: { duration: 'soon' } })).toBe('parameters.duration')
    expect(paramOf({ model: 'sora-2', input: { media: [{ type: 'file', url: URL }] } })).toBe('input.media[0].type')
  })
})

describe('pictures', () => {
  it('take fields or messages', () => {
    expect(parse({ model: 'gpt-image-1', input: { prompt: 'A cat', images: [URL] }, parameters: { size: '1024*1024', n: 2 } }, IMAGE).request).toMatchObject({ kind: 'image', operation: 'image_edit', size: '1024*1024', count: 2 })
    const messages = [{ role: 'user', content: [{ image: URL }, { text: 'Make it' }, { text: 'blue' }] }]
    const draft = parse({ model: 'gpt-image-1', input: { messages } }, '/api/v1/services/aigc/image-generation/generation')
    expect(draft.request).toMatchObject({ prompt: 'Make it\nblue', echo: { messages: true } })
    expect(draft.inputs.map(({ param }) => param)).toEqual(['input.messages[0].content[0].image'])
    expect(inputsOf('gpt-image-1', { base_image_url: URL, mask_image_url: URL, function: 'description_edit_with_mask' }, IMAGE)).toEqual([['image', 'source', 'input.base_image_url'], ['image', 'mask', 'input.mask_image_url']])
  })
})

describe('a task is shown', () => {
  it('with the vendor\'s words, times and use', () => {
    expect(dashscope.renderTask(taskIn('queued'), RENDER_CONTEXT)).toEqual({ request_id: 'vid_abc', output: { task_id: 'vid_abc', task_status: 'PENDING', submit_time: '2026-11-21 19:59:29.500' } })
    expect(dashscope.renderTask(taskIn('succeeded', { outputs: [VIDEO_OUTPUT], request: { resolution: '720p' } }), RENDER_CONTEXT)).toMatchObject({
      output: { task_status: 'SUCCEEDED', video_url: 'https://api.example.com/v1/files/vid_abc.mp4?signed', orig_prompt: 'A cat', end_time: '2026-11-21 19:59:59.000' },
      usage: { video_count: 1, duration: 5, SR: 720, size: '1280*720' },
    })
    expect(dashscope.renderTask(taskIn('failed'), RENDER_CONTEXT)).toMatchObject({ output: { task_status: 'FAILED', code: 'DataInspectionFailed', message: 'Refused by the upstream.' } })
    expect(dashscope.renderTask(taskIn('cancelled'), RENDER_CONTEXT)).toMatchObject({ output: { task_status: 'CANCELED' } })
  })

  it('with its pictures', () => {
    expect(dashscope.renderTask(taskIn('succeeded', { request: { kind: 'image', echo: { messages: true } }, outputs: [IMAGE_OUTPUT] }), RENDER_CONTEXT)).toMatchObject({
      output: { results: [{ url: 'https://api.example.com/v1/files/img_abc.png?signed' }], task_metrics: { TOTAL: 1 }, choices: [{ message: { content: [{ type: 'image' }] } }] }, usage: { image_count: 1 },
    })
  })
})

it('names the field in the message of an error', () => {
  expect(dashscope.renderError(new GatewayError('url_not_allowed', 'this address is not allowed', { param: 'input.img_url' }), ERROR_CONTEXT)).toEqual({ status: 400, body: { code: 'InvalidURL', message: 'input.img_url: this address is not allowed', request_id: 'req_1' } })
})
