import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { TaskState } from '../core/task.ts'
import { ERROR_CONTEXT, formBody, IMAGE_OUTPUT, jsonBody, parseContext, refusal, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { dialects, ownerOfBody, sharedRoutes, type RequestBody } from './index.ts'
import { xai } from './xai.ts'

const parse = (path: string, fields: Record<string, unknown>) => xai.routes.find((route) => route.path === path)!.parse!(jsonBody(fields), parseContext())
const generate = (fields: Record<string, unknown>) => parse('/v1/videos/generations', { model: 'seedance-2.0-pro', prompt: 'p', ...fields })
const PICTURE = { url: 'https://a.example/b.png' }

describe('whose body it is', () => {
  const owner = (path: string, body: RequestBody, headers = {}) => ownerOfBody(sharedRoutes(dialects).find((shared) => shared.method === 'POST' && shared.path === path)!, body, headers).dialect.id
  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['Grok’s names', { model: 'grok-imagine-video', prompt: 'p' }, {}],
    ['a picture as an object', { model: 'm', image: PICTURE }, {}],
    ['references as objects', { model: 'm', reference_images: [{ file_id: 'upl_1' }] }, {}],
    ['a place for the result', { model: 'm', storage_options: { filename: 'a' } }, {}],
    ['AI SDK, whatever the body', { model: 'm', prompt: 'p' }, { 'user-agent': 'ai/7.0.173 ai-sdk-provider-utils/5.0.51 node.js/24' }],
    ['AI SDK’s provider alone, whatever the body', { model: 'm', prompt: 'p' }, { 'user-agent': 'ai-sdk/xai/5.0.12 ai-sdk-provider-utils/5.0.51 node.js/24' }],
  ])('%s', (_, fields, headers) => {
    expect(owner('/v1/videos/generations', jsonBody(fields), headers)).toBe('xai')
  })

  it('an edit of an address is xAI’s; of an id, or as a form, OpenAI’s', () => {
    expect(owner('/v1/videos/edits', jsonBody({ prompt: 'p', video: { url: 'https://a.example/b.mp4' } }))).toBe('xai')
    expect(owner('/v1/videos/edits', jsonBody({ prompt: 'p', video: { id: 'vid_a' } }))).toBe('openai-videos')
    expect(owner('/v1/videos/edits', formBody({ prompt: 'p', video: { url: 'x' } }))).toBe('openai-videos')
    expect(owner('/v1/videos/extensions', jsonBody({ model: 'grok-imagine-video', prompt: 'p', video: 'x' }))).toBe('xai')
  })

  it.each([{ model: 'm', prompt: 'p' }, { model: 'grok-video-3', prompt: 'p', aspect_ratio: '3:2' }, { model: 'm', prompt: 'p', image: 'https://a.example/b.png' }, { model: 'm', images: ['x'], reference_images: ['x'] }])('nothing of it is in %j', (fields) => {
    expect(xai.claims!(jsonBody(fields), {})).toBe(false)
  })
})

describe('what it takes', () => {
  it('every field of a generation', () => {
    const draft = generate({ image: PICTURE, last_frame: { file_id: 'upl_1' }, duration: 5, aspect_ratio: '16:9', resolution: '720p', generate_audio: false, seed: 0, user: 'u', storage_options: { filename: 'a.mp4' } })
    expect(draft.request).toEqual({ kind: 'video', operation: 'first_last_frame', model: 'seedance-2.0-pro', prompt: 'p', durationSeconds: 5, aspectRatio: '16:9', resolution: '720p', audio: false, seed: 0, endUserId: 'u', count: 1, vendor: {} })
    expect(draft.inputs).toEqual([
      { media: 'image', role: 'first_frame', source: { text: PICTURE.url }, param: 'image.url' },
      { media: 'image', role: 'last_frame', source: { text: 'upl_1' }, param: 'last_frame.file_id' },
    ])
    expect(draft.ignored).toEqual(['storage_options'])
  })

  it('a picture without words, for models that need none', () => {
    expect(parse('/v1/videos/generations', { model: 'sora-2', image: PICTURE }).request.prompt).toBe('')
  })

  it.each([
    ['<IMAGE_0> meets <IMAGE_1>', '@Image1 meets @Image2'],
    ['<IMAGE_1> meets <IMAGE_2>', '@Image1 meets @Image2'],
    ['<IMAGE_1> sings <AUDIO_0>', '@Image2 sings @Audio1'],
    ['nothing', 'nothing'],
  ])('mentions: %s', (prompt, expected) => {
    expect(generate({ prompt, reference_images: [PICTURE, PICTURE], reference_audios: [PICTURE] }).request).toMatchObject({ operation: 'reference_to_video', prompt: expected })
  })

  it('keyframes at the start and at the end are frames', () => {
    expect(generate({ duration: 5, keyframes: [{ image: PICTURE, timestamp_s: 0 }, { image: PICTURE, timestamp_s: 5 }] }).inputs.map(({ role }) => role)).toEqual(['first_frame', 'last_frame'])
  })

  it('edits and extensions of a video', () => {
    const video = { url: 'https://a.example/b.mp4' }
    expect(parse('/v1/videos/edits', { model: 'sora-2', prompt: 'p', video })).toMatchObject({ request: { operation: 'remix' }, inputs: [{ media: 'video', role: 'source', param: 'video.url' }] })
    expect(parse('/v1/videos/extensions', { model: 'sora-2', prompt: 'p', video, duration: 6 }).request).toMatchObject({ operation: 'extend', durationSeconds: 6 })
  })
})

describe('what it refuses, by name', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a length as text', { duration: 'long' }, 'duration'],
    ['a picture with two addresses', { image: { url: 'a', file_id: 'b' } }, 'image'],
    ['a picture with none', { reference_images: [{}] }, 'reference_images[0]'],
    ['a voice of xAI’s', { reference_audios: [{ voice_id: 'eve' }] }, 'reference_audios[0].voice_id'],
    ['a frame in between', { duration: 5, keyframes: [{ image: PICTURE, timestamp_s: 2 }] }, 'keyframes[0].timestamp_s'],
    ['a mention of what is not there', { prompt: '<IMAGE_4>', reference_images: [PICTURE] }, 'prompt'],
    ['no model', { model: undefined }, 'model'],
  ])('%s', (_, fields, param) => {
    expect(refusal(() => generate(fields)).param).toBe(param)
  })
  it('an edit without a video', () => {
    expect(refusal(() => parse('/v1/videos/edits', { model: 'sora-2', prompt: 'p' })).param).toBe('video')
  })
})

describe('how tasks look', () => {
  it.each<[TaskState, string, number]>([
    ['queued', 'pending', 202], ['submitting', 'pending', 202], ['unresolved', 'pending', 202], ['running', 'pending', 202], ['archiving', 'pending', 202],
    ['succeeded', 'done', 200], ['failed', 'failed', 200], ['cancelled', 'failed', 200],
  ])('%s is %s with %i', (state, word, status) => {
    const task = taskIn(state)
    expect(xai.renderTask(task, RENDER_CONTEXT)).toMatchObject({ request_id: 'vid_abc', status: word })
    expect(xai.taskStatus!(task)).toBe(status)
  })

  it('done has a link, the length, and what was charged in ticks', () => {
    expect(xai.renderTask(taskIn('succeeded', { outputs: [VIDEO_OUTPUT] }), RENDER_CONTEXT)).toMatchObject({
      progress: 100, video: { url: `${RENDER_CONTEXT.origin}/v1/files/vid_abc.mp4?signed`, duration: 5, respect_moderation: true }, usage: { cost_in_usd_ticks: 4_123_450_000 },
    })
    expect(xai.renderTask(taskIn('succeeded', { request: { kind: 'image' }, outputs: [IMAGE_OUTPUT] }), RENDER_CONTEXT)).toMatchObject({ video: { duration: null } })
  })

  it('failed and cancelled say why', () => {
    expect(xai.renderTask(taskIn('failed'), RENDER_CONTEXT)).toMatchObject({ error: { code: 'content_policy', message: 'Refused by the upstream.' } })
    expect(xai.renderTask(taskIn('cancelled'), RENDER_CONTEXT)).toMatchObject({ error: { code: 'cancelled' } })
  })

  it('errors are a code and a sentence', () => {
    expect(xai.renderError(new GatewayError('invalid_request', 'no', { param: 'duration' }), ERROR_CONTEXT)).toEqual({ status: 400, body: { code: 'invalid_request', error: 'no', param: 'duration' } })
  })
})
