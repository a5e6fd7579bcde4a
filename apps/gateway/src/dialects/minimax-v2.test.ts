import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { ERROR_CONTEXT, jsonBody, ORIGIN, parseContext, RENDER_CONTEXT, taskIn } from './dialect.fixture.ts'
import { minimaxV2 } from './minimax-v2.ts'

const URL = 'https://a.example/b.png'
const TEXT = { type: 'text', text: 'A cat' }

function parse(fields: Record<string, unknown>) {
  return minimaxV2.routes[0]!.parse!(jsonBody({ model: 'seedance-2.0-pro', ...fields }), parseContext())
}

function paramOf(fields: Record<string, unknown>): string | undefined {
  try {
    parse(fields)
  } catch (error) {
    if (error instanceof GatewayError) return error.param
    throw error
  }
  return 'nothing was refused'
}

describe('a body', () => {
  it('is taken with every field', () => {
    const draft = parse({ content: [TEXT, { type: 'text', text: 'on a roof' }], resolution: '768P', duration: 5, ratio: '16:9', extra: { prompt_expansion_mode: 'quality', odd: 1 }, callback_url: 'https://a.example/hook', aigc_watermark: false, nonsense: 1 })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'A cat\non a roof', durationSeconds: 5, resolution: '768P', aspectRatio: '16:9', count: 1, callbackUrl: 'https://a.example/hook',
      vendor: { prompt_expansion_mode: 'quality' },
    })
    expect(draft).toMatchObject({ ignored: ['nonsense', 'extra.odd'], unusedFields: 'ignore' })
  })

  it('gives each material its part; a picture without one opens the video', () => {
    const { inputs } = parse({
      content: [
        TEXT, { type: 'image_url', image_url: { url: URL } }, { type: 'image_url', image_url: { url: URL }, role: 'last_frame' }, { type: 'image_url', image_url: { url: 'mm_file://upl_abc' }, role: 'reference_image' },
        { type: 'video_url', video_url: { url: URL }, role: 'reference_video' }, { type: 'audio_url', audio_url: { url: URL } },
      ],
    })
    expect(inputs.map(({ media, role, param }) => [media, role, param])).toEqual([
      ['image', 'first_frame', 'content[1].image_url.url'], ['image', 'last_frame', 'content[2].image_url.url'], ['image', 'reference', 'content[3].image_url.url'], ['video', 'reference', 'content[4].video_url.url'], ['audio', 'reference', 'content[5].audio_url.url'],
    ])
    expect(inputs[2]!.source).toEqual({ text: 'upl_abc' })
  })

  it('is refused by the name of what is wrong', async () => {
    expect(paramOf({ model: 'no', content: [TEXT] })).toBe('model')
    expect(paramOf({ content: [] })).toBe('content')
    expect(paramOf({ content: [{ type: 'file' }] })).toBe('content[0].type')
    expect(paramOf({ content: [TEXT], duration: '5' })).toBe('duration')
    await expect(minimaxV2.routes.find(({ path }) => path === '/v2/video_regeneration')!.answer!(null as never, null as never)).rejects.toMatchObject({ code: 'invalid_request', param: 'model' })
  })
})

it('renders a task in every state', () => {
  const render = (...args: Parameters<typeof taskIn>) => minimaxV2.renderTask(taskIn(...args), RENDER_CONTEXT)['task'] as Record<string, unknown>
  expect(render('queued')).toMatchObject({ id: 'vid_abc', status: 'queued', duration: 5, task_type: 'text_to_video', modality: 'video' })
  expect(render('succeeded')).toMatchObject({ status: 'succeeded', content: { url: `${ORIGIN}/v1/files/vid_abc.mp4?signed` }, usage: { total_seconds: 5, input_seconds: 0, output_seconds: 5, input_image_count: 0 } })
  expect(render('failed')).toMatchObject({ status: 'failed', error: { code: '1027', message: 'Refused by the upstream.' } })
  expect(render('failed', { error: { code: 'timeout', message: 'Late.' } })).toMatchObject({ error: { code: 'timeout' } })
  expect(render('cancelled')).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } })
})

it('renders errors with the vendor\'s types', () => {
  const render = (error: GatewayError) => minimaxV2.renderError(error, ERROR_CONTEXT)
  expect(render(new GatewayError('invalid_request', 'is odd', { param: 'duration' }))).toEqual({ status: 400, body: { type: 'error', error: { type: 'bad_request_error', message: 'duration: is odd', http_code: '400' }, request_id: 'req_1' } })
  expect(render(new GatewayError('content_policy', 'no'))).toMatchObject({ status: 422, body: { error: { type: 'unprocessable_entity_error', http_code: '422' } } })
  expect(render(new GatewayError('internal', 'oh'))).toMatchObject({ status: 500, body: { error: { type: 'server_error' } } })
  expect(render(new GatewayError('unauthorized', 'no key'))).toMatchObject({ status: 401, body: { error: { type: 'authorized_error' } } })
})
