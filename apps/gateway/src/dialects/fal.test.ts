import { describe, expect, it } from 'vitest'
import { GatewayError, type ErrorCode } from '../core/errors.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, parseContext, refusal, RENDER_CONTEXT, taskIn } from './dialect.fixture.ts'
import type { Draft, ParseContext } from './dialect.ts'
import { fal } from './fal.ts'

const queue = fal.routes.find(({ path, method }) => path === '/fal/queue/*' && method === 'POST')!
const proxy = fal.routes.find(({ path, method }) => path === '/fal/proxy' && method === 'POST')!

function parse(path: string, fields: Record<string, unknown>, context: Partial<ParseContext> = {}): Draft {
  return queue.parse!(jsonBody(fields), { ...parseContext(), params: { '*': path }, ...context })
}

function proxied(target: string | string[] | undefined): Draft {
  return proxy.parse!(jsonBody({ prompt }), { ...parseContext(), headers: { 'x-fal-target-url': target } })
}

const prompt = 'A cat'

describe('the model', () => {
  it.each(['sora-2', 'genlock/sora-2', 'genlock/sora-2/text-to-video', '/genlock/sora-2/', 'test/sora-2'])('%s', (path) => {
    expect(parse(path, { prompt }).request.model).toBe('sora-2')
  })

  it('that works on a picture needs one', () => {
    expect(refusal(() => parse('genlock/sora-2/image-to-video', { prompt })).param).toBe('image_url')
    expect(parse('genlock/sora-2/image-to-video', { prompt, image_url: 'https://a.example/a.png' }).inputs).toMatchObject([{ role: 'first_frame', param: 'image_url' }])
  })

  it.each(['', 'fal-ai/nothing', 'acme/sora-2', 'genlock/sora-2/stream'])('%j is none', (path) => {
    expect(refusal(() => parse(path, { prompt }))).toMatchObject({ code: 'model_not_found', param: 'model' })
  })
})

describe('the address behind the proxy', () => {
  it('is the queue’s or the blocking call’s, with what its query says', () => {
    expect(proxied('https://queue.fal.run/genlock/sora-2?fal_webhook=https%3A%2F%2Fa.example%2Fhook').request).toMatchObject({ model: 'sora-2', callbackUrl: 'https://a.example/hook' })
    expect(proxied('https://fal.run/genlock/sora-2').request.model).toBe('sora-2')
  })

  it.each([[undefined], ['nonsense'], ['https://evil.example/genlock/sora-2'], ['https://fal.run.evil.example/x'], ['https://a@evil.example/fal.run'], [['https://fal.run/a/b', 'https://fal.run/a/b']], [`https://fal.run/${'a'.repeat(5000)}`]])('is none: %j', (target) => {
    expect(refusal(() => proxied(target as string)).param).toBe('x-fal-target-url')
  })
})

describe('the input', () => {
  it('is the body itself', () => {
    const { request, inputs } = parse('veo3-frames', { prompt, image_url: 'https://a.example/a.png', tail_image_url: 'https://a.example/b.png', duration: '8s', aspect_ratio: '9:16', num_images: 1, negative_prompt: 'dogs', enable_audio: true })
    expect(request).toMatchObject({ operation: 'first_last_frame', durationSeconds: 8, aspectRatio: '9:16', negativePrompt: 'dogs', audio: true })
    expect(inputs.map(({ role, param }) => [role, param])).toEqual([['first_frame', 'image_url'], ['last_frame', 'tail_image_url']])
  })

  it('says what is wrong and what is left out by its own names', () => {
    expect(refusal(() => parse('sora-2', { prompt, duration: 'soon' })).param).toBe('duration')
    expect(refusal(() => parse('sora-2', { prompt, image_size: { width: 0, height: 5 } })).param).toMatch(/^image_size/)
    expect(refusal(() => parse('sora-2', { prompt }, { query: { fal_webhook: 'nonsense' } })).param).toBe('fal_webhook')
    expect(parse('sora-2', { prompt, cfg_scale: 0.5, sync_mode: true }).ignored).toEqual(['cfg_scale'])
  })
})

describe('how a request stands', () => {
  const about = (path: string) => taskIn('running', { request: parse(path, { prompt }).request as never })

  it('has links by the first two steps of its application', () => {
    const self = 'https://api.example.com/fal/queue/genlock/sora-2/requests/vid_abc'
    expect(fal.renderTask(about('genlock/sora-2/text-to-video'), RENDER_CONTEXT)).toMatchObject({ request_id: 'vid_abc', status: 'IN_PROGRESS', logs: null, response_url: self, status_url: `${self}/status`, cancel_url: `${self}/cancel` })
    expect(fal.renderTask(taskIn('queued'), RENDER_CONTEXT)).toMatchObject({ status: 'IN_QUEUE', queue_position: 0, response_url: self })
  })

  it('is COMPLETED for every end, with an error where there is no result', () => {
    expect(fal.renderTask(taskIn('succeeded'), RENDER_CONTEXT)).toMatchObject({ status: 'COMPLETED', payload: { video: { content_type: 'video/mp4', file_size: 123_456, duration: 5.04 } }, metrics: { inference_time: 29 } })
    expect(fal.renderTask(taskIn('failed'), RENDER_CONTEXT)).toMatchObject({ status: 'COMPLETED', error: 'Refused by the upstream.', error_type: 'content_policy_violation' })
    expect(fal.renderTask(taskIn('cancelled'), RENDER_CONTEXT)).toMatchObject({ status: 'COMPLETED', error_type: 'client_cancelled' })
  })

  it('shows pictures as the vendor’s image models do', () => {
    const task = taskIn('succeeded', { request: { kind: 'image', operation: 'text_to_image', seed: 7 }, outputs: [IMAGE_OUTPUT, IMAGE_OUTPUT] })
    expect(fal.renderTask(task, RENDER_CONTEXT)['payload']).toMatchObject({ images: [{ width: 1024, height: 1024 }, {}], seed: 7, prompt: 'A cat', has_nsfw_concepts: [false, false] })
  })

  it('is told to a webhook as OK or ERROR', () => {
    expect(fal.renderCallback!(taskIn('succeeded'), RENDER_CONTEXT)).toMatchObject({ request_id: 'vid_abc', gateway_request_id: 'vid_abc', status: 'OK', payload: { video: {} } })
    expect(fal.renderCallback!(taskIn('failed'), RENDER_CONTEXT)).toMatchObject({ status: 'ERROR', error: 'Invalid status code: 422', payload: { detail: [{ loc: ['body', 'prompt'], type: 'content_policy_violation' }] } })
  })
})

describe('errors', () => {
  it('of a field have its place', () => {
    expect(fal.renderError(new GatewayError('invalid_request', 'must not', { param: 'image_urls[1].x' }), ERROR_CONTEXT)).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'image_urls', '1', 'x'], msg: 'must not', type: 'value_error' }], message: 'must not' } })
  })

  it.each([['unauthorized', 401], ['insufficient_credits', 403], ['model_not_found', 404], ['not_ready', 400], ['not_cancellable', 400], ['rate_limited', 429], ['upstream_busy', 503]] satisfies [ErrorCode, number][])('%s is %d, with a sentence', (code, status) => {
    expect(fal.renderError(new GatewayError(code, 'because'), ERROR_CONTEXT)).toMatchObject({ status, body: { detail: 'because', message: 'because' } })
  })

  it('of a task that ended are never those after which the client sends it again', () => {
    for (const code of ['upstream_failed', 'timeout', 'content_policy', 'cancelled', 'internal'] satisfies ErrorCode[]) expect([429, 502, 503, 504]).not.toContain(fal.renderError(new GatewayError(code, 'because'), ERROR_CONTEXT).status)
  })
})
