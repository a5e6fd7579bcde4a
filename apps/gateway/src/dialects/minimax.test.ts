import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { GatewayForDialects } from './dialect.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, ORIGIN, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { minimax } from './minimax.ts'

const URL = 'https://a.example/b.png'

function routeOf(path: string) {
  return minimax.routes.find((route) => route.path === `/v1/${path}`)!
}

function parse(path: string, fields: Record<string, unknown>) {
  return routeOf(path).parse!(jsonBody(fields), parseContext())
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
    const draft = parse('video_generation', { model: 'sora-2', prompt: 'A cat [Push in]', prompt_optimizer: false, fast_pretreatment: true, duration: 6, resolution: '768P', callback_url: 'https://a.example/hook', aigc_watermark: true, nonsense: 1 })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'A cat [Push in]', durationSeconds: 6, resolution: '768P', count: 1, enhancePrompt: false, callbackUrl: 'https://a.example/hook',
      vendor: { fast_pretreatment: true, aigc_watermark: true },
    })
    expect(draft).toMatchObject({ ignored: ['nonsense'], unusedFields: 'ignore' })
    expect(parse('video_generation', { model: 'sora-2', prompt: 'p', aigc_watermark: false, fast_pretreatment: false, first_frame_image: '' }).request.vendor).toBeUndefined()
  })

  it('takes frames and whom it shows', () => {
    const { inputs } = parse('video_generation', { model: 'seedance-2.0-pro', prompt: 'p', first_frame_image: URL, last_frame_image: URL, subject_reference: [{ type: 'character', image: [URL] }] })
    expect(inputs.map(({ role, param }) => [role, param])).toEqual([['first_frame', 'first_frame_image'], ['last_frame', 'last_frame_image'], ['reference', 'subject_reference[0].image[0]']])
  })

  it('is refused by the name of what is wrong', () => {
    expect(paramOf('video_generation', { prompt: 'p' })).toBe('model')
    expect(paramOf('video_generation', { model: 'no', prompt: 'p' })).toBe('model')
    expect(paramOf('video_generation', { model: 'sora-2', duration: 'soon' })).toBe('duration')
    expect(paramOf('video_generation', { model: 'sora-2', subject_reference: [{ image: 1 }] })).toBe('subject_reference[0].image')
    expect(paramOf('image_generation', { model: 'gpt-image-1', width: 512 })).toBe('height')
    expect(paramOf('image_generation', { model: 'gpt-image-1', response_format: 'png' })).toBe('response_format')
  })
})

describe('pictures', () => {
  it('take every field', () => {
    const draft = parse('image_generation', { model: 'gpt-image-1', prompt: 'A cat', aspect_ratio: '16:9', width: 1024, height: 512, n: 3, seed: 0, prompt_optimizer: true, response_format: 'base64', subject_reference: [{ type: 'character', image_file: URL }] })
    expect(draft.request).toEqual({ kind: 'image', operation: 'image_edit', model: 'gpt-image-1', prompt: 'A cat', aspectRatio: '16:9', size: '1024x512', seed: 0, count: 3, enhancePrompt: true, echo: { response_format: 'base64' } })
    expect(draft.inputs).toMatchObject([{ role: 'reference', param: 'subject_reference[0].image_file' }])
  })

  it('are answered as links or in base64', async () => {
    const task = taskIn('succeeded', { id: 'img_abc', request: { kind: 'image', count: 1 }, outputs: [IMAGE_OUTPUT] })
    const answer = (given: typeof task) => {
      const gateway = { rendering: RENDER_CONTEXT, create: () => Promise.resolve(given), wait: () => Promise.resolve(given), bytesOf: () => Promise.resolve(Buffer.from('bytes')) } as unknown as GatewayForDialects
      return routeOf('image_generation').answer!({ params: {}, query: {}, headers: {}, body: jsonBody({}) }, gateway)
    }
    expect(await answer(task)).toMatchObject({ body: { id: 'img_abc', data: { image_urls: [`${ORIGIN}/v1/files/img_abc.png?signed`] }, metadata: { success_count: 1, failed_count: 0 }, base_resp: { status_code: 0 } } })
    expect(await answer({ ...task, request: { ...task.request, echo: { response_format: 'base64' } } })).toMatchObject({ body: { data: { image_base64: ['Ynl0ZXM='] } } })
    await expect(answer(taskIn('failed'))).rejects.toMatchObject({ code: 'content_policy' })
  })
})

describe('a task', () => {
  it('is rendered in every state', () => {
    const render = (...args: Parameters<typeof taskIn>) => minimax.renderTask(taskIn(...args), RENDER_CONTEXT)
    expect(render('queued')).toEqual({ task_id: 'vid_abc', status: 'Queueing', file_id: '', video_width: 0, video_height: 0, base_resp: { status_code: 0, status_msg: 'success' } })
    expect(render('submitting')).toMatchObject({ status: 'Processing' })
    expect(render('succeeded', { outputs: [VIDEO_OUTPUT] })).toMatchObject({ status: 'Success', file_id: 'vid_abc', video_width: 1280, video_height: 720 })
    expect(render('failed')).toMatchObject({ status: 'Fail', file_id: '', base_resp: { status_code: 1027, status_msg: 'content_policy: Refused by the upstream.' } })
    expect(render('cancelled')).toMatchObject({ status: 'Fail', base_resp: { status_code: 1000, status_msg: 'cancelled: The task was cancelled.' } })
  })

  it('is told to a callback in lower case', () => {
    expect(minimax.renderCallback!(taskIn('succeeded'), RENDER_CONTEXT)).toMatchObject({ task_id: 'vid_abc', status: 'success', file_id: 'vid_abc' })
    expect(minimax.renderCallback!(taskIn('failed'), RENDER_CONTEXT)).toMatchObject({ status: 'failed', base_resp: { status_code: 1027 } })
  })
})

describe('an error', () => {
  it('about the request comes with 200, and one about who asks does not', () => {
    const render = (error: GatewayError) => minimax.renderError(error, ERROR_CONTEXT)
    expect(render(new GatewayError('invalid_request', 'is odd', { param: 'duration' }))).toEqual({ status: 200, body: { task_id: '', base_resp: { status_code: 2013, status_msg: 'duration: is odd' } } })
    expect(render(new GatewayError('unauthorized', 'no key'))).toMatchObject({ status: 401, body: { base_resp: { status_code: 1004 } } })
    expect(render(new GatewayError('insufficient_credits', 'no money'))).toMatchObject({ status: 402, body: { base_resp: { status_code: 1008 } } })
    expect(render(new GatewayError('content_policy', 'no'))).toMatchObject({ status: 200, body: { base_resp: { status_code: 1026 } } })
  })
})
