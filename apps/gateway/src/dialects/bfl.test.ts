import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import { bfl } from './bfl.ts'
import type { Draft, ParseContext } from './dialect.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, MODELS, ORIGIN, parseContext, refusal, RENDER_CONTEXT, taskIn } from './dialect.fixture.ts'

const IMAGE: Model = { ...MODELS['gpt-image-1']!, operations: ['text_to_image', 'image_edit'], freeSizes: { default: '1024x768', multipleOf: 32, minSidePixels: 256, maxSidePixels: 1440 } }
const ours: Record<string, Model> = {
  'flux-dev': { ...IMAGE, id: 'flux-dev' },
  'flux-2-pro': { ...IMAGE, id: 'flux-2-pro' },
  'flux-pro-1.0-fill': { ...IMAGE, id: 'flux-pro-1.0-fill', operations: ['image_edit'] },
  'flux-pro-1.0-expand': { ...IMAGE, id: 'flux-pro-1.0-expand', operations: ['reframe'] },
  'flux-3-video': { ...MODELS['seedance-2.0-pro']!, id: 'flux-3-video', operations: ['text_to_video', 'image_to_video', 'first_last_frame', 'extend'], resolutions: ['720p', '1080p'] },
  'sora-2': MODELS['sora-2']!,
}

function parse(path: string, fields: Record<string, unknown>, params: Record<string, string> = {}): Draft {
  const context: ParseContext = { ...parseContext(), params, findModel: (name) => ours[name], model: (name) => ours[name] ?? parseContext().model(name) }
  return bfl.routes.find((route) => route.path === path)!.parse!(jsonBody(fields), context)
}

const PICTURE = 'https://a.example/1.png'

describe('a request', () => {
  it('has every field of an image endpoint', () => {
    const draft = parse('/v1/flux-dev', {
      prompt: 'A fox', seed: 0, width: 1024, height: 768, output_format: 'png', prompt_upsampling: true, safety_tolerance: 2, steps: 28, guidance: 3.5,
      webhook_url: 'https://a.example/hook', webhook_secret: 'mine', input_image_blob_path: null,
    })
    expect(draft.request).toEqual({
      kind: 'image', operation: 'text_to_image', model: 'flux-dev', prompt: 'A fox', seed: 0, size: '1024x768', count: 1, enhancePrompt: true, outputFormat: 'png',
      callbackUrl: 'https://a.example/hook', vendor: { safety_tolerance: 2, steps: 28, guidance: 3.5 },
    })
    expect(draft).toMatchObject({ inputs: [], ignored: ['webhook_secret'], unusedFields: 'ignore' })
  })

  it('reaches every model under /bfl', () => {
    expect(parse('/bfl/v1/:model', { prompt: 'A fox', duration: 4 }, { model: 'sora-2' }).request).toMatchObject({ kind: 'video', model: 'sora-2', durationSeconds: 4 })
    expect(refusal(() => parse('/bfl/v1/:model', { prompt: 'A fox' }, { model: 'flux-9' })).code).toBe('model_not_found')
  })

  it.each([[{ width: 0, height: 0 }, undefined], [{ width: 512 }, '512x768'], [{ height: 512, width: 0 }, '1024x512'], [{ aspect_ratio: 'auto' }, undefined]])('%j is the size %j', (fields, size) => {
    const { request } = parse('/v1/flux-2-pro', { prompt: 'p', ...fields })
    expect(request.size).toBe(size)
    expect(request.aspectRatio).toBeUndefined()
  })

  it('works on the first picture and looks at the others', () => {
    const draft = parse('/v1/flux-2-pro', { prompt: 'p', input_image: PICTURE, input_image_2: PICTURE, input_image_8: PICTURE })
    expect(draft.inputs.map(({ role, param }) => [role, param])).toEqual([['source', 'input_image'], ['reference', 'input_image_2'], ['reference', 'input_image_8']])
    expect(draft.request.operation).toBe('image_edit')
    expect(parse('/v1/flux-dev', { prompt: 'p', image_prompt: PICTURE }).inputs).toMatchObject([{ role: 'reference', param: 'image_prompt' }])
  })

  it('fills the masked part, and expands the edges', () => {
    const fill = parse('/v1/flux-pro-1.0-fill', { image: PICTURE, mask: PICTURE, prompt: 'A hat' })
    expect(fill).toMatchObject({ request: { operation: 'image_edit' }, inputs: [{ role: 'source' }, { role: 'mask' }] })
    const expand = parse('/v1/flux-pro-1.0-expand', { image: PICTURE, top: 100 })
    expect(expand.request).toMatchObject({ operation: 'reframe', vendor: { top: 100 }, prompt: '' })
  })

  it('a video has tiers, keyframes, or a video to go on from', () => {
    const framed = parse('/v1/flux-3-video', { mode: 'i2v', prompt: 'p', resolution: 'fhd', duration: 'auto', generate_audio: false, keyframes: [PICTURE, PICTURE] })
    expect(framed.request).toMatchObject({ kind: 'video', operation: 'first_last_frame', resolution: '1080p', durationSeconds: 'auto', audio: false })
    expect(parse('/v1/flux-3-video', { prompt: 'p', resolution: 'constructor' }).request.resolution).toBe('constructor')
    expect(framed.inputs.map(({ role }) => role)).toEqual(['first_frame', 'last_frame'])
    expect(parse('/v1/flux-3-video', { mode: 'v2v', prompt: 'p', start_video: 'https://a.example/v.mp4' }).request.operation).toBe('extend')
  })

  it.each<[Record<string, unknown>, string]>([
    [{ prompt: 7 }, 'prompt'],
    [{ prompt: 'p', width: 'wide' }, 'width'],
    [{ prompt: 'p', seed: 1.5 }, 'seed'],
    [{ prompt: 'p', output_format: 'gif' }, 'output_format'],
    [{ prompt: 'p', safety_tolerance: 9 }, 'safety_tolerance'],
    [{ prompt: 'p', webhook_url: 'here' }, 'webhook_url'],
    [{ prompt: 'p', keyframes: [PICTURE, PICTURE, PICTURE] }, 'keyframes[2]'],
    [{ prompt: 'p', keyframes: [[2, PICTURE]] }, 'keyframes[0]'],
    [{ prompt: 'p', mode: 'draft_enhance' }, 'mode'],
  ])('refuses %j, and names it', (fields, param) => {
    expect(refusal(() => parse('/v1/flux-dev', fields)).param).toBe(param)
  })

  it('only one side of a size is not enough for a model without one of its own', () => {
    expect(refusal(() => parse('/bfl/v1/:model', { prompt: 'p', width: 1280 }, { model: 'sora-2' })).param).toBe('height')
  })
})

describe('a task', () => {
  it.each([['queued', 'Pending'], ['running', 'Pending'], ['succeeded', 'Ready'], ['failed', 'Content Moderated'], ['cancelled', 'Error']] as const)('that is %s is %s', (state, word) => {
    const shown = bfl.renderTask(taskIn(state), RENDER_CONTEXT)
    expect(shown).toMatchObject({ id: 'vid_abc', status: word, preview: null })
    expect(shown['result'] === null).toBe(state !== 'succeeded')
  })

  it('that was made has its link and times, and no seed that was not asked for', () => {
    const shown = bfl.renderTask(taskIn('succeeded', { request: { kind: 'image' }, outputs: [IMAGE_OUTPUT, IMAGE_OUTPUT] }), RENDER_CONTEXT)
    const link = `${ORIGIN}/v1/files/img_abc.png?signed`
    expect(shown).toMatchObject({ result: { sample: link, samples: [link, link], prompt: 'A cat', duration: 29 }, cost: 41.2345, progress: 1 })
    expect(shown['result']).not.toHaveProperty('seed')
  })

  it('that failed says why', () => {
    expect(bfl.renderTask(taskIn('failed'), RENDER_CONTEXT)['details']).toEqual({ 'Moderation Reasons': ['Refused by the upstream.'], code: 'content_policy' })
    const error = { code: 'upstream_failed' as const, message: 'It broke.' }
    expect(bfl.renderTask(taskIn('failed', { error }), RENDER_CONTEXT)).toMatchObject({ status: 'Error', details: error })
    expect(bfl.renderCallback!(taskIn('failed', { error }), RENDER_CONTEXT)).toMatchObject({ id: 'vid_abc', status: 'Error', error: 'upstream_failed', message: 'It broke.' })
    expect(bfl.renderCallback!(taskIn('succeeded'), RENDER_CONTEXT)).toMatchObject({ id: 'vid_abc', status: 'Ready', result: { sample: `${ORIGIN}/v1/files/vid_abc.mp4?signed` } })
  })

  it('that is new says where to look, and what it costs at most in cents', () => {
    const { render } = bfl.routes[0]!
    expect(render!(taskIn('queued'), RENDER_CONTEXT)).toEqual({ id: 'vid_abc', polling_url: `${ORIGIN}/v1/get_result?id=vid_abc`, cost: 50, input_mp: null, output_mp: null })
    expect(render!(taskIn('queued', { request: { kind: 'image', callbackUrl: 'https://a.example/h' } }), RENDER_CONTEXT)).toMatchObject({ status: 'Pending', webhook_url: 'https://a.example/h', output_mp: 0.9216 })
  })
})

it.each([
  [new GatewayError('unauthorized', 'no key'), 403, { detail: 'no key' }],
  [new GatewayError('invalid_request', 'width must be a number', { param: 'width' }), 422, { detail: [{ loc: ['body', 'width'], msg: 'width must be a number', type: 'value_error' }] }],
  [new GatewayError('not_found', 'there is no task with this id'), 404, { detail: 'there is no task with this id', status: 'Task not found', result: null }],
  [new GatewayError('insufficient_credits', 'no money'), 402, { detail: 'no money' }],
])('an error is told as the vendor does: %s', (error, status, body) => {
  expect(bfl.renderError(error, ERROR_CONTEXT)).toMatchObject({ status, body })
})
