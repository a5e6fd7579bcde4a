import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import type { Task } from '../core/task.ts'
import { IMAGE_OUTPUT, jsonBody, MODELS, ORIGIN, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { unified } from './unified.ts'

const [createRoute, queryRoute] = unified.routes
const parse = (fields: Record<string, unknown>, models: Record<string, Model> = {}) =>
  createRoute!.parse!(jsonBody(fields), { ...parseContext(), model: (name) => models[name] ?? parseContext().model(name) })
const render = (task: Task) => unified.renderTask(task, RENDER_CONTEXT)
const sized = (sizes: string[]): Record<string, Model> => ({ sized: { ...MODELS['sora-2']!, id: 'sized', sizes } })

describe('what it takes', () => {
  it('the fields of Veo', () => {
    const draft = parse({ model: 'veo3-frames', prompt: 'make animate', aspect_ratio: '16:9', enable_upsample: true, enhance_prompt: true, images: ['https://a.example/1.png', 'https://a.example/2.png'] })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'first_last_frame', model: 'veo3-frames', prompt: 'make animate', aspectRatio: '16:9', upsample: true, enhancePrompt: true, count: 1,
    })
    expect(draft.inputs.map(({ role, param }) => [role, param])).toEqual([['first_frame', 'images[0]'], ['last_frame', 'images[1]']])
    expect(draft).toMatchObject({ ignored: [], unusedFields: 'ignore', englishPrompt: true })
  })

  it('the fields of Sora', () => {
    const draft = parse({ model: 'sora-2', prompt: 'A sunset', orientation: 'portrait', duration: 8, images: 'https://a.example/1.png' })
    expect(draft.request).toMatchObject({ aspectRatio: '9:16', durationSeconds: 8, operation: 'image_to_video' })
    expect(draft.fieldNames.aspectRatio).toBe('orientation')
  })

  it('an orientation and a ratio that agree', () => {
    expect(parse({ model: 'sora-2', prompt: 'p', orientation: 'landscape', aspect_ratio: '16:9' }).request.aspectRatio).toBe('16:9')
  })

  it('images of image models', () => {
    expect(parse({ model: 'gpt-image-1', prompt: 'p' }).request).toMatchObject({ kind: 'image', operation: 'text_to_image' })
  })

  it('unknown fields, and says that it left them out', () => {
    expect(parse({ model: 'sora-2', prompt: 'p', watermark: false }).ignored).toEqual(['watermark'])
  })

  it.each([
    ['small', '720p'],
    ['medium', '1024p'],
    ['large', '1080p'],
  ])('size %s of three is %s', (size, meant) => {
    expect(parse({ model: 'sized', prompt: 'p', size }, sized(['720x1280', '1280x720', '1024x1792', '1920x1080'])).request.size).toBe(meant)
  })

  it('medium of two as the smaller, large of one as that one, and a size in pixels as it is', () => {
    expect(parse({ model: 'sized', prompt: 'p', size: 'medium' }, sized(['720x1280', '1920x1080'])).request.size).toBe('720p')
    expect(parse({ model: 'sized', prompt: 'p', size: 'large' }, sized(['720x1280'])).request.size).toBe('720p')
    expect(parse({ model: 'sized', prompt: 'p', size: '720x1280' }, sized(['720x1280'])).request.size).toBe('720x1280')
  })

  it('no other word as a size, and says which there are', () => {
    expect(() => parse({ model: 'sora-2', prompt: 'p', size: 'huge' })).toThrow('size must be small, medium or large, or pixels such as 1280x720')
  })

  it('sizes by the words that the model has for them', () => {
    expect(parse({ model: 'r', prompt: 'p', size: 'large' }, { r: { ...MODELS['sora-2']!, resolutions: ['720p', '4K'] } }).request.size).toBe('4K')
  })
})

it.each<[string, Record<string, unknown>, string]>([
  ['no model', { prompt: 'p' }, 'model'],
  ['an unknown model', { model: 'gpt-5', prompt: 'p' }, 'model'],
  ['no prompt', { model: 'sora-2' }, 'prompt'],
  ['an orientation of its own', { model: 'sora-2', prompt: 'p', orientation: 'square' }, 'orientation'],
  ['an orientation against the ratio', { model: 'sora-2', prompt: 'p', orientation: 'portrait', aspect_ratio: '16:9' }, 'orientation'],
  ['a duration of words', { model: 'sora-2', prompt: 'p', duration: 'long' }, 'duration'],
  ['a switch of words', { model: 'sora-2', prompt: 'p', enhance_prompt: 'yes' }, 'enhance_prompt'],
  ['images that are numbers', { model: 'sora-2', prompt: 'p', images: [1] }, 'images[0]'],
])('%s is refused by name', (_, fields, param) => {
  const refused = expect(() => parse(fields))
  refused.toThrow(GatewayError)
  refused.toThrow(expect.objectContaining({ param }))
})

describe('how a task looks', () => {
  it('when it was just made', () => {
    const task = taskIn('queued')
    expect(render(task)).toMatchObject({ id: 'vid_abc', task_id: 'vid_abc', status: 'pending', status_update_time: task.updatedAtMs, enhanced_prompt: null, video_url: null, error: null })
  })

  it('when it has ended: the link under every name', () => {
    const link = `${ORIGIN}/v1/files/vid_abc.mp4?signed`
    expect(render(taskIn('succeeded', { outputs: [VIDEO_OUTPUT], request: { enhancedPrompt: 'A cat, in English' } }))).toMatchObject({
      status: 'completed', progress: 100, video_url: link, url: link, result_url: link, urls: [link], detail: { video_url: link }, enhanced_prompt: 'A cat, in English',
    })
  })

  it('when it made pictures', () => {
    const link = `${ORIGIN}/v1/files/img_abc.png?signed`
    expect(render(taskIn('succeeded', { request: { kind: 'image' }, outputs: [IMAGE_OUTPUT] }))).toMatchObject({ video_url: null, url: link, image_url: link })
  })

  it.each([
    ['running', 'processing', null],
    ['failed', 'failed', { code: 'content_policy', message: 'Refused by the upstream.' }],
    ['cancelled', 'failed', { code: 'cancelled', message: 'The task was cancelled.' }],
  ] as const)('when it is %s', (state, status, error) => {
    expect(render(taskIn(state))).toMatchObject({ status, error })
  })
})

it('finds the id in the query, under both names', () => {
  const call = (query: Record<string, unknown>) => queryRoute!.taskId!({ params: {}, headers: {}, body: jsonBody({}), query })
  expect(call({ id: 'vid_a' })).toBe('vid_a')
  expect(call({ task_id: 'vid_b' })).toBe('vid_b')
  expect(call({ id: ['vid_a', 'vid_b'] })).toBeUndefined()
})
