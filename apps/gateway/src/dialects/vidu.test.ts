import { describe, expect, it } from 'vitest'
import { findModel } from '../catalog/index.ts'
import { GatewayError } from '../core/errors.ts'
import type { ParseContext } from './dialect.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, MODELS, ORIGIN, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { vidu } from './vidu.ts'

const URL = 'https://a.example/b.png'

function routeOf(path: string) {
  return vidu.routes.find((route) => route.path === `/ent/v2/${path}`)!
}

function parse(path: string, fields: Record<string, unknown>, more: Partial<ParseContext> = {}) {
  return routeOf(path).parse!(jsonBody({ model: 'seedance-2.0-pro', prompt: 'p', ...fields }), { ...parseContext(), ...more })
}

function inputsOf(path: string, fields: Record<string, unknown>) {
  return parse(path, fields).inputs.map(({ media, role, param }) => [media, role, param])
}

function paramOf(path: string, fields: Record<string, unknown>): string | undefined {
  try {
    parse(path, fields)
  } catch (error) {
    if (error instanceof GatewayError) return error.param
    throw error
  }
  return 'nothing was refused'
}

describe('a video', () => {
  it('takes every field; what is so anyway says nothing', () => {
    const draft = parse('text2video', {
      prompt: 'A cat', duration: 4, seed: 7, resolution: '1080p', aspect_ratio: '16:9', movement_amplitude: 'small', style: 'anime', bgm: true, audio: true, audio_type: 'speech_only', voice_id: 'v', off_peak: true,
      watermark: true, wm_position: 3, wm_url: URL, payload: '{"job":1}', meta_data: '{}', callback_url: 'https://a.example/hook', nonsense: 1,
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'A cat', durationSeconds: 4, seed: 7, resolution: '1080p', aspectRatio: '16:9', style: 'anime', count: 1, audio: true, callbackUrl: 'https://a.example/hook',
      vendor: { movement_amplitude: 'small', bgm: true, audio_type: 'speech_only', voice_id: 'v', watermark: true, wm_position: 3, wm_url: URL }, echo: { payload: '{"job":1}' },
    })
    expect(draft).toMatchObject({ ignored: ['nonsense', 'off_peak', 'meta_data'], unusedFields: 'ignore' })
    const plain = parse('text2video', { seed: 0, movement_amplitude: 'auto', style: 'general', bgm: false, audio_type: 'all', watermark: false, off_peak: false, callback_url: '', payload: '' })
    expect(plain.request).toEqual({ kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'p', count: 1, echo: {} })
    expect(plain.ignored).toEqual([])
  })

  it('takes pictures for what the route says', () => {
    expect(inputsOf('img2video', { images: [URL] })).toEqual([['image', 'first_frame', 'images[0]']])
    expect(inputsOf('start-end2video', { images: [URL, URL] })).toEqual([['image', 'first_frame', 'images[0]'], ['image', 'last_frame', 'images[1]']])
    expect(inputsOf('reference2video', { images: [URL, URL], videos: [URL] })).toEqual([['image', 'reference', 'images[0]'], ['image', 'reference', 'images[1]'], ['video', 'reference', 'videos[0]']])
    expect(inputsOf('reference2image', { model: 'gpt-image-1', images: [URL] })).toEqual([['image', 'source', 'images[0]']])
    expect(parse('reference2image', { model: 'gpt-image-1' }).request).toMatchObject({ kind: 'image', operation: 'text_to_image' })
  })

  it('knows subjects by name', () => {
    const draft = parse('reference2video', {
      prompt: '@hero和@hero2 walk @dog, @nobody',
      subjects: [{ id: 'hero', images: [URL, URL], voice_id: 'v' }, { name: 'hero2', images: [URL] }, { id: 'dog', videos: [URL], odd: 1 }, { id: 'word' }],
    })
    expect(draft.request.prompt).toBe('@Image1 @Image2和@Image3 walk @Video1, @nobody')
    expect(draft.inputs.map(({ param }) => param)).toEqual(['subjects[0].images[0]', 'subjects[0].images[1]', 'subjects[1].images[0]', 'subjects[2].videos[0]'])
    expect(draft.ignored).toEqual(['subjects[0].voice_id', 'subjects[2].odd'])
  })

  it('goes on with a video, by address or as a creation', () => {
    const parent = taskIn('succeeded', { outputs: [VIDEO_OUTPUT] })
    const findModel = () => ({ ...MODELS['sora-2']!, operations: ['extend' as const] })
    expect(parse('extend', { video_url: URL, images: [URL] }, { findModel })).toMatchObject({ request: { operation: 'extend' }, inputs: [{ role: 'source', param: 'video_url' }, { role: 'last_frame', param: 'images[0]' }] })
    expect(parse('extend', { creation_id: 'vid_abc' }, { findModel, parent })).toMatchObject({ inputs: [{ role: 'source', source: { stored: { storageKey: 'vid_abc.mp4' } }, param: 'creation_id' }], remixedFrom: 'vid_abc' })
    expect(paramOf('extend', { creation_id: 'vid_x' })).toBe('creation_id')
    expect(paramOf('extend', {})).toBe('video_url')
  })

  it('of a picture takes the name of the vendor\'s video for that of its pictures', () => {
    expect(parse('reference2image', { model: 'viduq2', images: [URL], aspect_ratio: 'auto', resolution: '2K' }, { findModel })).toMatchObject({ request: { kind: 'image', operation: 'image_edit', model: 'viduq2-image', aspectRatio: 'auto', resolution: '2K' }, inputs: [{ role: 'source' }] })
  })

  it('moves the lips of a video to a sound or to words', () => {
    const findModel = () => MODELS['lip-sync-1']
    const SOUND = 'https://a.example/voice.mp3'
    expect(parse('lip-sync', { video_url: URL, audio_url: SOUND, payload: 'job 1' }, { findModel })).toMatchObject({
      request: { operation: 'lip_sync', prompt: '', echo: { payload: 'job 1' } }, inputs: [{ media: 'video', role: 'source', param: 'video_url' }, { media: 'audio', role: 'source', param: 'audio_url' }],
    })
    expect(parse('lip-sync', { video_url: URL, text: 'Hello there', character_id: 'calm', speed: 0.8 }, { findModel })).toMatchObject({ request: { prompt: 'Hello there', vendor: { voice_id: 'calm', speed: 0.8 } }, fieldNames: { prompt: 'text' } })
    expect(paramOf('lip-sync', { model: 'sora-2', video_url: URL, text: 'Hello' })).toBe('model')
  })

  it('is refused by the name of what is wrong', async () => {
    expect(paramOf('text2video', { model: 'no' })).toBe('model')
    expect(paramOf('text2video', { duration: 'soon' })).toBe('duration')
    expect(paramOf('text2video', { payload: 'x'.repeat(16_385) })).toBe('payload')
    expect(paramOf('img2video', { images: [URL, URL] })).toBe('images')
    expect(paramOf('start-end2video', { images: [URL] })).toBe('images')
    expect(paramOf('reference2video', {})).toBe('images')
    expect(paramOf('reference2video', { subjects: [{ id: 'a', images: [1] }] })).toBe('subjects[0].images[0]')
    await expect(routeOf('template').answer!(null as never, null as never)).rejects.toMatchObject({ code: 'invalid_request', param: 'template' })
  })
})

describe('a task', () => {
  it('is rendered in every state', () => {
    const render = (...args: Parameters<typeof taskIn>) => vidu.renderTask(taskIn(...args), RENDER_CONTEXT)
    expect(render('queued', { request: { echo: { payload: 'job 1' } } })).toMatchObject({ id: 'vid_abc', state: 'queueing', err_code: '', credits: 100, payload: 'job 1', creations: [] })
    expect(render('running')).toMatchObject({ state: 'processing' })
    expect(render('succeeded', { outputs: [VIDEO_OUTPUT], extras: [{ ...IMAGE_OUTPUT, role: 'poster', storageKey: 'poster.jpg' }] })).toMatchObject({
      state: 'success', credits: 82.47,
      creations: [{ id: 'vid_abc', url: `${ORIGIN}/v1/files/vid_abc.mp4?signed`, cover_url: `${ORIGIN}/v1/files/poster.jpg?signed`, video: { duration: 5.04, fps: 24, resolution: { width: 1280, height: 720 } } }],
    })
    expect(render('succeeded', { request: { kind: 'image' }, outputs: [IMAGE_OUTPUT, IMAGE_OUTPUT] })['creations']).toMatchObject([{ id: 'vid_abc' }, { id: 'vid_abc-1' }])
    expect(render('failed')).toMatchObject({ state: 'failed', err_code: 'CreationPolicyViolation', err_msg: 'Refused by the upstream.', credits: 0 })
    expect(render('cancelled')).toMatchObject({ state: 'failed', err_code: 'UserCancelled' })
    expect(vidu.renderCallback!(taskIn('succeeded'), RENDER_CONTEXT)).toEqual(render('succeeded'))
  })

  it('is answered with what was asked for', () => {
    const task = taskIn('queued', { ignored: ['x'], request: { seed: 7, resolution: '720p', vendor: { bgm: true }, inputs: [{ media: 'image', role: 'reference', source: { url: URL } }] } })
    expect(routeOf('text2video').render!(task, RENDER_CONTEXT)).toMatchObject({ task_id: 'vid_abc', state: 'created', model: 'sora-2', prompt: 'A cat', images: [URL], duration: 5, seed: 7, resolution: '720p', bgm: true, off_peak: false, credits: 100, ignored: ['x'] })
  })
})

describe('an error', () => {
  it('has the vendor\'s shape and words', () => {
    const render = (error: GatewayError) => vidu.renderError(error, ERROR_CONTEXT)
    expect(render(new GatewayError('invalid_request', 'is odd', { param: 'duration' }))).toEqual({ status: 400, body: { code: 400, reason: 'FieldInvalid', message: 'duration: is odd', metadata: { trace_id: 'req_1' } } })
    expect(render(new GatewayError('invalid_request', 'model is required', { param: 'model' })).body).toMatchObject({ reason: 'FieldLacking' })
    expect(render(new GatewayError('unauthorized', 'no key'))).toMatchObject({ status: 401, body: { code: 401, reason: 'Unauthorized' } })
    expect(render(new GatewayError('not_cancellable', 'too late'))).toMatchObject({ status: 400, body: { reason: 'BadRequest' } })
  })
})
