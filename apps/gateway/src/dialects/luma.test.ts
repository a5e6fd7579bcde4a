import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { Task } from '../core/task.ts'
import type { Draft, ParseContext } from './dialect.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, MODELS, ORIGIN, parseContext, refusal, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { luma } from './luma.ts'

const RAY = { ...MODELS['seedance-2.0-pro']!, id: 'ray-2', vendorFields: ['concepts', 'mode'] }
const PHOTON = { ...MODELS['gpt-image-1']!, id: 'photon-1', vendorFields: ['references'] }
const ours = new Map([RAY, { ...RAY, id: 'luma' }, { ...RAY, id: 'luma-audio' }, PHOTON, MODELS['sora-2']!, MODELS['gpt-image-1']!].map((model) => [model.id, model]))

function context(parent?: Task): ParseContext {
  const findModel = (name: string) => ours.get(name)
  return { ...parseContext(parent), findModel, model: (name) => findModel(name) ?? parseContext().model(name) }
}

function parse(path: string, fields: Record<string, unknown>, parent?: Task): Draft {
  const route = luma.routes.find((candidate) => candidate.method === 'POST' && candidate.path === path)!
  return route.parse!(jsonBody(fields), context(parent))
}

const GENERATIONS = '/dream-machine/v1/generations'
const URL_1 = 'https://a.example/1.png'
const URL_2 = 'https://a.example/2.png'

describe('a video', () => {
  it('has every field of the vendor, with the length as "5s"', () => {
    const draft = parse(`${GENERATIONS}/video`, {
      model: 'ray-2', prompt: 'A lake', aspect_ratio: '16:9', duration: '9s', resolution: '1080p', loop: true, concepts: [{ key: 'handheld' }],
      callback_url: 'https://a.example/hook', generation_type: 'video', keyframes: { frame0: { type: 'image', url: URL_1 } },
    })
    expect(draft.request).toMatchObject({
      kind: 'video', operation: 'image_to_video', model: 'ray-2', prompt: 'A lake', aspectRatio: '16:9', durationSeconds: 9, resolution: '1080p', loop: true,
      count: 1, callbackUrl: 'https://a.example/hook', vendor: { concepts: ['handheld'] },
    })
    expect(draft.inputs).toEqual([{ media: 'image', role: 'first_frame', source: { text: URL_1 }, param: 'keyframes.frame0.url' }])
    expect(draft).toMatchObject({ ignored: [], unusedFields: 'ignore' })
  })

  it('is made by luma when the page of the relays is followed, which names no model', () => {
    expect(parse('/v1/generations', { prompt: 'A lake', aspect_ratio: '16:9', loop: false }).request).toMatchObject({ model: 'luma', kind: 'video', operation: 'text_to_video' })
  })

  it.each([['5s', 5], ['5', 5], [5, 5], ['9.5s', 9.5]])('takes %j as a length', (duration, seconds) => {
    expect(parse(GENERATIONS, { prompt: 'p', duration }).request.durationSeconds).toBe(seconds)
  })

  it.each([['soon'], [''], [0], [-5], ['5m'], [true]])('refuses %j as a length', (duration) => {
    expect(refusal(() => parse(GENERATIONS, { prompt: 'p', duration }))).toMatchObject({ code: 'invalid_request', param: 'duration' })
  })

  it('begins and ends with keyframes, or only ends with one', () => {
    const both = parse(GENERATIONS, { prompt: 'p', keyframes: { frame0: { type: 'image', url: URL_1 }, frame1: { type: 'image', url: URL_2 } } })
    expect(both.inputs.map(({ role }) => role)).toEqual(['first_frame', 'last_frame'])
    expect(parse(GENERATIONS, { keyframes: { frame0: null, frame1: { type: 'image', url: URL_2 } } }).inputs).toMatchObject([{ role: 'last_frame' }])
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['a keyframe without an address', { prompt: 'p', keyframes: { frame0: { type: 'image' } } }, 'keyframes.frame0.url'],
    ['a keyframe of another type', { prompt: 'p', keyframes: { frame0: { type: 'video', url: URL_1 } } }, 'keyframes.frame0.type'],
    ['a generation that is not there', { prompt: 'p', keyframes: { frame1: { type: 'generation', id: 'vid_x' } } }, 'keyframes.frame1.id'],
    ['a loop with an end frame', { prompt: 'p', loop: true, keyframes: { frame1: { type: 'image', url: URL_1 } } }, 'loop'],
    ['a loop that is a word', { prompt: 'p', loop: 'yes' }, 'loop'],
    ['an empty prompt', { prompt: ' ' }, 'prompt'],
    ['a model that is not there', { prompt: 'p', model: 'ray-9' }, 'model'],
    ['a callback that is no URL', { prompt: 'p', callback_url: 'here' }, 'callback_url'],
  ])('refuses %s, and names it', (_, fields, param) => {
    expect(refusal(() => parse(GENERATIONS, fields)).param).toBe(param)
  })

  it('lists what nobody knows', () => {
    expect(parse(GENERATIONS, { prompt: 'p', expand_prompt: true, user: null }).ignored).toEqual(['expand_prompt'])
  })
})

describe('other kinds of generation', () => {
  it('an image has references of three kinds and a picture to change, under the names of the vendor and of the AI SDK', () => {
    const draft = parse(`${GENERATIONS}/image`, {
      model: 'photon-1', prompt: 'A fox', format: 'jpg', image_ref: [{ url: URL_1, weight: 0.5 }], style: [{ url: URL_2 }],
      character_ref: { identity0: { images: [URL_1] } }, modify_image_ref: { url: URL_2, weight: 1 },
    })
    expect(draft.request).toMatchObject({ kind: 'image', operation: 'image_edit', outputFormat: 'jpg' })
    expect(draft.inputs.map(({ role, param }) => [role, param])).toEqual([
      ['reference', 'image_ref[0].url'], ['reference', 'style[0].url'], ['reference', 'character_ref.identity0.images[0]'], ['source', 'modify_image_ref.url'],
    ])
    expect(draft.request.vendor).toEqual({
      references: [{ kind: 'image', weight: 0.5 }, { kind: 'style' }, { kind: 'character', identity: 'identity0' }, { kind: 'modify', weight: 1 }],
    })
  })

  it('a model without kinds of references takes pictures and refuses styles', () => {
    const draft = parse(`${GENERATIONS}/image`, { model: 'gpt-image-1', prompt: 'A fox', image_ref: [{ url: URL_1, weight: 0.5 }] })
    expect(draft).toMatchObject({ inputs: [{ role: 'reference' }], ignored: ['image_ref[0].weight'] })
    expect(refusal(() => parse(`${GENERATIONS}/image`, { model: 'gpt-image-1', prompt: 'A fox', style_ref: [{ url: URL_1 }] })).param).toBe('style_ref[0].url')
  })

  it('POST /generations goes by generation_type, and else by the model', () => {
    expect(parse(GENERATIONS, { generation_type: 'image', prompt: 'p' }).request).toMatchObject({ kind: 'image', model: 'photon-1' })
    expect(parse(GENERATIONS, { model: 'photon-1', prompt: 'p' }).request.kind).toBe('image')
    expect(refusal(() => parse(GENERATIONS, { generation_type: 'add_audio', prompt: 'p' })).param).toBe('generation_type')
    expect(parse(GENERATIONS, { generation_type: 'modify_video', model: 'ray-2', media: { url: URL_1 }, mode: 'flex_1' }).request.operation).toBe('video_to_video')
  })

  it('a video is modified and reframed for as long as it is', () => {
    const modified = parse(`${GENERATIONS}/video/modify`, { generation_type: 'modify_video', model: 'ray-2', media: { url: 'https://a.example/v.mp4' }, mode: 'adhere_1', first_frame: { url: URL_1 } })
    expect(modified.request).toMatchObject({ operation: 'video_to_video', durationSeconds: 'auto', vendor: { mode: 'adhere_1' } })
    expect(modified.inputs.map(({ media, role }) => [media, role])).toEqual([['video', 'source'], ['image', 'first_frame']])
    const reframed = parse(`${GENERATIONS}/image/reframe`, { generation_type: 'reframe_image', model: 'photon-1', media: { url: URL_1 }, aspect_ratio: '9:16', x_start: 4 })
    expect(reframed.request).toMatchObject({ kind: 'image', operation: 'reframe', aspectRatio: '9:16', vendor: { x_start: 4 } })
    expect(refusal(() => parse(`${GENERATIONS}/video/modify`, { model: 'ray-2', media: { url: URL_1 }, mode: 'wild' })).param).toBe('mode')
    expect(refusal(() => parse(`${GENERATIONS}/video/reframe`, { model: 'ray-2', media: { url: URL_1 } })).param).toBe('aspect_ratio')
  })

  it('a finished video is enlarged by its own model where that can, and gets sound; one that runs does not', () => {
    const parent = taskIn('succeeded')
    const upscaled = parse(`${GENERATIONS}/:id/upscale`, { generation_type: 'upscale_video', resolution: '4k' }, parent)
    expect(upscaled).toMatchObject({ request: { operation: 'upscale', model: 'ray-2', resolution: '4k', durationSeconds: 'auto' }, remixedFrom: parent.id })
    expect(upscaled.inputs).toMatchObject([{ media: 'video', role: 'source', source: { stored: { storageKey: VIDEO_OUTPUT.storageKey } } }])
    const audio = parse(`${GENERATIONS}/:id/audio`, { generation_type: 'add_audio', prompt: 'Waves', negative_prompt: 'voices' }, parent)
    expect(audio.request).toMatchObject({ model: 'luma-audio', operation: 'video_to_video', prompt: 'Waves', negativePrompt: 'voices', audio: true })
    expect(refusal(() => parse(`${GENERATIONS}/:id/upscale`, {}, taskIn('running'))).param).toBe('id')
    expect(refusal(() => parse(`${GENERATIONS}/:id/upscale`, {}, taskIn('succeeded', { outputs: [IMAGE_OUTPUT] }))).param).toBe('id')
  })
})

describe('a generation', () => {
  it.each([['queued', 'queued'], ['running', 'dreaming'], ['archiving', 'dreaming'], ['succeeded', 'completed'], ['failed', 'failed'], ['cancelled', 'failed']] as const)('that is %s is shown as %s', (state, word) => {
    const shown = luma.renderTask(taskIn(state), RENDER_CONTEXT)
    expect(shown).toMatchObject({ id: 'vid_abc', generation_type: 'video', state: word, created_at: '2026-11-21T11:59:29.500Z', model: 'sora-2' })
    expect(shown['assets']).toEqual(state === 'succeeded' ? { video: `${ORIGIN}/v1/files/vid_abc.mp4?signed` } : null)
    expect(shown['failure_reason'] === null).toBe(word !== 'failed')
  })

  it('that was refused for its content says "moderation", by which clients know it', () => {
    expect(luma.renderTask(taskIn('failed'), RENDER_CONTEXT)).toMatchObject({ failure_reason: 'Content moderation failed: Refused by the upstream.', failure_code: 'content_policy' })
    expect(luma.renderTask(taskIn('cancelled'), RENDER_CONTEXT)).toMatchObject({ failure_code: 'cancelled' })
  })

  it('shows what was asked for, with data URIs cut short and without the prompt twice', () => {
    const uri = `data:image/png;base64,${'A'.repeat(5000)}`
    const { request } = parse(GENERATIONS, { model: 'ray-2', prompt: 'A lake', duration: '5s', keyframes: { frame0: { type: 'image', url: uri } } })
    const shown = luma.renderTask(taskIn('running', { request: { ...request, inputs: [] } as Task['request'] }), RENDER_CONTEXT)
    expect(shown['request']).toMatchObject({ generation_type: 'video', model: 'ray-2', prompt: 'A lake', duration: '5s', keyframes: { frame0: { type: 'image' } } })
    expect(JSON.stringify(request.echo).length).toBeLessThan(1000)
  })

  it('of a task that was born elsewhere is shown by what we know of it', () => {
    const shown = luma.renderTask(taskIn('succeeded', { request: { kind: 'image', operation: 'text_to_image' }, outputs: [IMAGE_OUTPUT, IMAGE_OUTPUT] }), RENDER_CONTEXT)
    const link = `${ORIGIN}/v1/files/img_abc.png?signed`
    expect(shown).toMatchObject({ generation_type: 'image', assets: { image: link, images: [link, link] }, request: { generation_type: 'image', prompt: 'A cat' } })
  })
})

it('an error about a field is a list, as the AI SDK reads it, and any other a sentence', () => {
  expect(luma.renderError(new GatewayError('invalid_request', 'loop must be a boolean', { param: 'loop' }), ERROR_CONTEXT)).toEqual({
    status: 400,
    body: { detail: [{ type: 'value_error', loc: ['body', 'loop'], msg: 'loop must be a boolean', input: '' }], code: 'invalid_request', request_id: 'req_1' },
  })
  expect(luma.renderError(new GatewayError('insufficient_credits', 'no money'), ERROR_CONTEXT)).toMatchObject({ status: 402, body: { detail: 'no money' } })
})
