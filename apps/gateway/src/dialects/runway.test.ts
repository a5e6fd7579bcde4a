import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, NOW_MS, parseContext, refusal, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { runway } from './runway.ts'

const URL = 'https://a.example/b.png'

function parse(path: string, fields: Record<string, unknown>) {
  return runway.routes.find((route) => route.path === `/v1/${path}`)!.parse!(jsonBody(fields), parseContext())
}

function inputsOf(path: string, fields: Record<string, unknown>) {
  return parse(path, fields).inputs.map(({ media, role, param }) => [media, role, param])
}

function paramOf(path: string, fields: Record<string, unknown>): string | undefined {
  return refusal(() => parse(path, fields)).param
}

describe('videos', () => {
  it('take every field', () => {
    const draft = parse('text_to_video', {
      model: 'seedance-2.0-pro', promptText: 'A cat', ratio: '1280:720', duration: 'auto', seed: 0, audio: false, negativePrompt: 'dogs', outputFormat: 'mp4',
      contentModeration: { publicFigureThreshold: 'low' }, references: [{ uri: URL }], referenceVideos: [{ type: 'video', uri: URL }], referenceAudio: [{ type: 'audio', uri: URL }],
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'reference_to_video', model: 'seedance-2.0-pro', prompt: 'A cat', negativePrompt: 'dogs', durationSeconds: 'auto', size: '1280x720', seed: 0, count: 1, audio: false,
      vendor: { contentModeration: { publicFigureThreshold: 'low' } },
    })
    expect(draft.inputs.map(({ media, role, param }) => [media, role, param])).toEqual([['image', 'reference', 'references[0].uri'], ['video', 'reference', 'referenceVideos[0].uri'], ['audio', 'reference', 'referenceAudio[0].uri']])
    expect(parse('text_to_video', { model: 'sora-2', promptText: 'p', contentModeration: { publicFigureThreshold: 'auto' } }).request.vendor).toBeUndefined()
  })

  it('read a ratio as pixels, a ratio or a resolution', () => {
    const frameOf = (ratio: string) => {
      const { size, aspectRatio, resolution } = parse('text_to_video', { model: 'sora-2', promptText: 'p', ratio }).request
      return [size, aspectRatio, resolution]
    }
    expect(frameOf('720:1280')).toEqual(['720x1280', undefined, undefined])
    expect(frameOf('auto')).toEqual(['auto', undefined, undefined])
    expect(frameOf('21:9')).toEqual([undefined, '21:9', undefined])
    expect(frameOf('adaptive')).toEqual([undefined, 'adaptive', undefined])
    expect(frameOf('auto_720p')).toEqual([undefined, undefined, '720p'])
  })

  it('take pictures alone, with positions, and as references', () => {
    expect(inputsOf('image_to_video', { model: 'sora-2', promptImage: URL })).toEqual([['image', 'first_frame', 'promptImage']])
    expect(inputsOf('image_to_video', { model: 'veo3-frames', promptImage: [{ uri: URL, position: 'first' }, { uri: URL, position: 'last' }] })).toEqual([
      ['image', 'first_frame', 'promptImage[0].uri'], ['image', 'last_frame', 'promptImage[1].uri'],
    ])
    expect(inputsOf('image_to_video', { model: 'seedance-2.0-pro', promptImage: [{ uri: URL }, { uri: URL }] })).toEqual([['image', 'reference', 'promptImage[0].uri'], ['image', 'reference', 'promptImage[1].uri']])
    expect(parse('image_to_video', { model: 'sora-2', promptImage: 'runway://api.example.com/v1/files/upl_1.png' }).inputs[0]!.source).toEqual({ text: 'https://api.example.com/v1/files/upl_1.png' })
  })

  it('take videos by either name, performances, and what is to be enlarged', () => {
    expect(inputsOf('video_to_video', { model: 'restyle-1', promptText: 'p', videoUri: URL })).toEqual([['video', 'source', 'videoUri']])
    expect(inputsOf('video_to_video', { model: 'seedance-2.0-pro', promptText: 'p', promptVideo: URL })).toEqual([['video', 'reference', 'promptVideo']])
    expect(inputsOf('character_performance', { model: 'seedance-2.0-pro', character: { type: 'image', uri: URL }, reference: { type: 'video', uri: URL } })).toEqual([['image', 'reference', 'character.uri'], ['video', 'reference', 'reference.uri']])
    expect(parse('video_upscale', { model: 'restyle-1', videoUri: URL, resolution: '4k' }).request).toMatchObject({ operation: 'upscale', resolution: '4k' })
    expect(parse('image_upscale', { model: 'gpt-image-1', imageUri: URL, scaleFactor: 4 }).request).toMatchObject({ kind: 'image', operation: 'upscale', vendor: { scaleFactor: 4 } })
  })

  it('name what is wrong', () => {
    expect(paramOf('text_to_video', { promptText: 'p' })).toBe('model')
    expect(paramOf('text_to_video', { model: 'sora-2', promptText: 'p', promptImage: URL })).toBe('promptImage')
    expect(paramOf('image_to_video', { model: 'sora-2', promptText: 'p' })).toBe('promptImage')
    expect(paramOf('image_to_video', { model: 'sora-2', promptImage: [{ uri: URL, position: 'middle' }] })).toBe('promptImage[0].position')
    expect(paramOf('video_to_video', { model: 'restyle-1', promptText: 'p' })).toBe('videoUri')
    expect(paramOf('text_to_video', { model: 'sora-2', promptText: 'p', duration: 'soon' })).toBe('duration')
  })
})

it('pictures are called in the prompt by their tags', () => {
  const draft = parse('text_to_image', { model: 'gpt-image-1', promptText: '@boat on @lake, not @boats', ratio: '1024:1024', referenceImages: [{ uri: URL, tag: 'boat' }, { uri: URL, tag: 'lake' }], outputCount: 2, quality: 'high' })
  expect(draft.request).toEqual({ kind: 'image', operation: 'image_edit', model: 'gpt-image-1', prompt: '@Image1 on @Image2, not @boats', size: '1024x1024', count: 2, quality: 'high' })
  expect(draft.inputs.map(({ role }) => role)).toEqual(['reference', 'reference'])
})

it('a task is shown with what it costs, how far it is, and what came of it', () => {
  const common = { id: 'vid_abc', createdAt: new Date(NOW_MS - 30_500).toISOString() }
  expect(runway.renderTask(taskIn('queued'), RENDER_CONTEXT)).toEqual({ ...common, status: 'PENDING', estimatedCost: { credits: 50 } })
  expect(runway.renderTask(taskIn('running'), RENDER_CONTEXT)).toEqual({ ...common, status: 'RUNNING', estimatedCost: { credits: 50 }, progress: 0.5 })
  expect(runway.renderTask(taskIn('succeeded', { outputs: [VIDEO_OUTPUT, IMAGE_OUTPUT] }), RENDER_CONTEXT)).toEqual({
    ...common, status: 'SUCCEEDED', cost: { credits: 41.2345 }, output: ['https://api.example.com/v1/files/vid_abc.mp4?signed', 'https://api.example.com/v1/files/img_abc.png?signed'],
  })
  expect(runway.renderTask(taskIn('failed'), RENDER_CONTEXT)).toEqual({ ...common, status: 'FAILED', cost: { credits: 0 }, failure: 'Refused by the upstream.', failureCode: 'SAFETY.OUTPUT.VIDEO' })
  expect(runway.renderTask(taskIn('cancelled'), RENDER_CONTEXT)).toEqual({ ...common, status: 'CANCELLED', cost: { credits: 0 } })
})

it('an error says where the body is wrong', () => {
  expect(runway.renderError(new GatewayError('invalid_request', 'must be a URL', { param: 'promptImage[0].uri' }), ERROR_CONTEXT)).toEqual({
    status: 400,
    body: { error: 'Validation of body failed: must be a URL', code: 'invalid_request', issues: [{ code: 'custom', path: ['promptImage', 0, 'uri'], message: 'must be a URL' }], docUrl: 'https://api.example.com/docs/errors#invalid_request' },
  })
})
