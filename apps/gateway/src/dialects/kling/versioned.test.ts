import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../core/errors.ts'
import type { GatewayForDialects } from '../dialect.ts'
import { IMAGE_OUTPUT, jsonBody, MODELS, ORIGIN, parseContext, RENDER_CONTEXT, taskIn } from '../dialect.fixture.ts'
import { kling } from '../kling.ts'
import { renderVersioned } from './versioned.ts'

const URL = 'https://a.example/b.png'

function parse(kind: string, fields: Record<string, unknown>, model = 'seedance-2.0-pro') {
  return kling.routes.find(({ path }) => path === `/kling/${kind}/:model`)!.parse!(jsonBody(fields), { ...parseContext(), params: { model } })
}

function paramOf(kind: string, fields: Record<string, unknown>, model?: string): string | undefined {
  try {
    parse(kind, fields, model)
  } catch (error) {
    if (error instanceof GatewayError) return error.param
    throw error
  }
  return 'nothing was refused'
}

describe('a body', () => {
  it('is taken with every field', () => {
    const draft = parse('text-to-video', {
      prompt: 'A cat', settings: { resolution: '1080p', aspect_ratio: '16:9', duration: 5, audio: 'native', multi_shot: true, odd: 1 },
      options: { callback_url: 'https://a.example/hook', external_task_id: 'job-1', watermark_info: { enabled: true } }, nonsense: 1,
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'A cat', durationSeconds: 5, resolution: '1080p', aspectRatio: '16:9', count: 1, audio: true, callbackUrl: 'https://a.example/hook',
      vendor: { multi_shot: true, watermark_info: { enabled: true } }, echo: { path: 'versioned', external_task_id: 'job-1' },
    })
    expect(draft).toMatchObject({ ignored: ['nonsense', 'settings.odd'], unusedFields: 'ignore' })
    expect(parse('omni-video', { contents: [{ type: 'prompt', text: 'p' }, { type: 'base_video', url: URL }], settings: { audio: 'original' } }).request).toMatchObject({ operation: 'video_to_video', vendor: { keep_original_sound: 'yes' } })
  })

  it('gives each material its part, and its name in the prompt its number', () => {
    const draft = parse('omni-video', {
      contents: [
        { type: 'prompt', text: '@hero runs like @clip, @cape' }, { type: 'first_frame', url: URL }, { type: 'last_frame', url: URL }, { type: 'refer_image', url: URL, id: 'hero' },
        { type: 'feature_video', url: URL, id: 'clip' }, { type: 'element', element_id: 12, id: 'cape' },
      ],
    })
    expect(draft.inputs.map(({ media, role, param }) => [media, role, param])).toEqual([
      ['image', 'first_frame', 'contents[1].url'], ['image', 'last_frame', 'contents[2].url'], ['image', 'reference', 'contents[3].url'], ['video', 'reference', 'contents[4].url'],
    ])
    expect(draft.request.prompt).toBe('@Image3 runs like @Video1, @cape')
    expect(draft.ignored).toEqual(['contents[5]'])
  })

  it('is refused by the name of what is wrong', () => {
    expect(paramOf('text-to-video', { prompt: 'p' }, 'no')).toBe('model')
    expect(paramOf('text-to-video', { prompt: 'p', settings: { duration: '5' } })).toBe('settings.duration')
    expect(paramOf('image-to-video', { contents: [{ type: 'middle_frame', url: URL }] })).toBe('contents[0].type')
    expect(paramOf('motion-control', { contents: [{ type: 'image', url: URL }] })).toBe('contents')
    expect(paramOf('motion-control', { contents: [{ type: 'image', url: URL }, { type: 'video', url: URL }] })).toBe('model')
    expect(MODELS['restyle-1']!.inputs.image).toBeUndefined()
  })
})

describe('a task', () => {
  it('is rendered in every state, and told to callbacks so', () => {
    const render = (...args: Parameters<typeof taskIn>) => renderVersioned(taskIn(...args), RENDER_CONTEXT)
    expect(render('queued', { request: { echo: { external_task_id: 'job-1' } } })).toMatchObject({ id: 'vid_abc', status: 'submitted', message: '', external_id: 'job-1', outputs: [] })
    expect(render('running')).toMatchObject({ status: 'processing' })
    expect(render('succeeded')).toMatchObject({ status: 'succeeded', outputs: [{ type: 'video', id: 'vid_abc', url: `${ORIGIN}/v1/files/vid_abc.mp4?signed`, duration: '5.04' }], billing: [{ charge_type: 'unit', amount: '2.9453' }] })
    expect(render('succeeded', { outputs: [IMAGE_OUTPUT] })).toMatchObject({ outputs: [{ type: 'image' }] })
    expect(render('cancelled')).toMatchObject({ status: 'failed', message: 'cancelled: The task was cancelled.' })
    expect(kling.renderCallback!(taskIn('succeeded', { request: { echo: { path: 'versioned' } } }), RENDER_CONTEXT)).toMatchObject({ id: 'vid_abc', status: 'succeeded' })
  })

  it('is read with others, by its id or its external one', async () => {
    const task = taskIn('running')
    const gateway = { rendering: RENDER_CONTEXT, read: (id: string) => Promise.resolve(id === task.id ? task : undefined), readOnce: () => Promise.resolve(undefined), list: () => Promise.resolve({ tasks: [], hasMore: false }) } as unknown as GatewayForDialects
    const route = kling.routes.find(({ path }) => path === '/kling/tasks')!
    const ask = (query: Record<string, unknown>) => route.answer!({ params: {}, query, headers: {}, body: jsonBody({}) }, gateway)
    expect(await ask({ task_ids: 'vid_abc, vid_x', external_task_ids: 'job-1' })).toMatchObject({ body: { code: 0, data: [{ id: 'vid_abc' }] } })
    await expect(ask({})).rejects.toMatchObject({ param: 'task_ids' })
  })
})
