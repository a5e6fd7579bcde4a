import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { ERROR_CONTEXT, jsonBody, MODELS, NOW_MS, parseContext, refusal, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import type { Draft, ParseContext } from './dialect.ts'
import { modelOfVersion, renderModel, renderVersion, versionOf } from './replicate/model.ts'
import { replicate } from './replicate.ts'

const versioned = replicate.routes.find(({ path, method }) => path === '/v1/predictions' && method === 'POST')!
const named = replicate.routes.find(({ path }) => path === '/v1/models/:owner/:name/predictions')!

function parse(fields: Record<string, unknown>, context: Partial<ParseContext> = {}): Draft {
  return versioned.parse!(jsonBody(fields), { ...parseContext(), ...context })
}

const prompt = 'A cat'

describe('the model of a prediction', () => {
  it.each([
    ['sora-2', 'our own name'],
    ['genlock/sora-2', 'our own name with our owner'],
    ['test/sora-2', 'its family as the owner'],
    [versionOf('sora-2')!, 'a version of ours'],
    [`anybody/whatever:${versionOf('sora-2')!}`, 'a version of ours behind any name'],
    [`genlock/sora-2:${'c'.repeat(64)}`, 'a version of somebody else of a model of ours'],
  ])('%s: %s', (version) => {
    expect(parse({ version, input: { prompt } }).request.model).toBe('sora-2')
    expect(parse({ model: version, input: { prompt } }).request.model).toBe('sora-2')
  })

  it('stands in the path of a model and of a deployment', () => {
    expect(named.parse!(jsonBody({ input: { prompt } }), { ...parseContext(), params: { owner: 'genlock', name: 'sora-2' } }).request.model).toBe('sora-2')
  })

  it.each(['acme/sora-2', 'c'.repeat(64), 'nothing', `acme/nothing:${'c'.repeat(64)}`, 'genlock/', ':', '/'])('%s is none', (version) => {
    expect(refusal(() => parse({ version, input: { prompt } }))).toMatchObject({ code: 'model_not_found', param: 'version' })
  })

  it('is required', () => {
    expect(refusal(() => parse({ input: { prompt } }))).toMatchObject({ code: 'invalid_request', param: 'version' })
  })
})

describe('a version', () => {
  it('is 64 hex digits that say which model it is of', () => {
    for (const id of Object.keys(MODELS)) {
      expect(versionOf(id)).toMatch(/^[0-9a-f]{64}$/)
      expect(modelOfVersion(versionOf(id)!)).toBe(id)
    }
    expect(versionOf('x'.repeat(33))).toBeUndefined()
    expect(modelOfVersion('0'.repeat(64))).toBeUndefined()
    expect(modelOfVersion('ff'.repeat(32))).toBeUndefined()
  })

  it('has a schema of what the model takes', () => {
    const schema = renderVersion(MODELS['seedance-2.0-pro']!)!['openapi_schema'] as { components: { schemas: { Input: { required: string[]; properties: Record<string, object> }; Output: object } } }
    expect(schema.components.schemas.Input.required).toEqual(['prompt'])
    expect(schema.components.schemas.Input.properties).toMatchObject({ duration: { minimum: 2, maximum: 12, default: 5 }, last_frame: { format: 'uri' }, reference_images: { maxItems: 9 }, num_outputs: { maximum: 4 } })
    expect(schema.components.schemas.Output).toMatchObject({ type: 'string' })
    expect(renderModel(MODELS['gpt-image-1']!, { owner: 'openai', name: 'gpt-image-1' }, 'https://a.example')).toMatchObject({ url: 'https://a.example/v1/models/openai/gpt-image-1', visibility: 'public', object: 'model' })
  })
})

describe('the input', () => {
  const draft = (input: Record<string, unknown>, version = 'seedance-2.0-pro') => parse({ version, input: { prompt, ...input } })

  it('is mapped field by field, under any of its names', () => {
    expect(draft({ negative_prompt: 'dogs', duration: '8s', aspect_ratio: '16:9', resolution: '720p', seed: 0, frames_per_second: 24, num_outputs: 2, generate_audio: true, output_format: 'png', style: 'film', quality: 'high', prompt_optimizer: false, loop: true }).request).toMatchObject({
      kind: 'video', operation: 'text_to_video', prompt, negativePrompt: 'dogs', durationSeconds: 8, aspectRatio: '16:9', resolution: '720p', seed: 0, framesPerSecond: 24, count: 2, audio: true, outputFormat: 'png', style: 'film', quality: 'high', enhancePrompt: false, loop: true,
    })
  })

  it.each([
    [{ width: 1280, height: 720 }, { size: '1280x720' }],
    [{ width: 1280, height: 720, aspect_ratio: 'custom' }, { size: '1280x720' }],
    [{ size: 'custom', width: 1280, height: 720 }, { size: '1280x720' }],
    [{ size: '1280*720' }, { size: '1280*720' }],
    [{ size: '720p' }, { resolution: '720p' }],
    [{ size: '2K', aspect_ratio: '16:9' }, { resolution: '2K', aspectRatio: '16:9' }],
    [{ aspect_ratio: 'match_input_image' }, { aspectRatio: 'adaptive' }],
    [{ image_size: { width: 1024, height: 768 } }, { size: '1024x768' }],
    [{ image_size: 'landscape_16_9' }, { aspectRatio: '16:9' }],
    [{ image_size: 'auto_2K' }, { resolution: '2K' }],
  ])('%j is a frame', (input, frame) => {
    expect(draft(input).request).toMatchObject(frame)
  })

  it.each([
    [{ image: 'https://a.example/a.png' }, ['first_frame'], 'image_to_video'],
    [{ start_image: 'https://a.example/a.png', end_image: 'https://a.example/b.png' }, ['first_frame', 'last_frame'], 'first_last_frame'],
    [{ image: 'https://a.example/a.png', last_frame: 'https://a.example/b.png' }, ['first_frame', 'last_frame'], 'first_last_frame'],
    [{ reference_images: ['https://a.example/a.png', 'https://a.example/b.png'] }, ['reference', 'reference'], 'reference_to_video'],
  ])('%j are inputs', (input, roles, operation) => {
    const { inputs, request } = draft(input, 'image' in input && !('last_frame' in input) ? 'sora-2' : 'seedance-2.0-pro')
    expect(inputs.map(({ role }) => role)).toEqual(roles)
    expect(request.operation).toBe(operation)
  })

  it('of a picture model is what is changed, and a mask', () => {
    const { inputs, request } = draft({ input_image: 'https://a.example/a.png', input_image_2: 'https://a.example/b.png', mask: 'https://a.example/m.png' }, 'gpt-image-1')
    expect(inputs.map(({ role, param }) => [role, param])).toEqual([['source', 'input.input_image'], ['source', 'input.input_image_2'], ['mask', 'input.mask']])
    expect(request.operation).toBe('image_edit')
  })

  it('names what is wrong as the client spelled it', () => {
    for (const [input, param] of [
      [{ duration: 'soon' }, 'input.duration'],
      [{ num_outputs: 1.5 }, 'input.num_outputs'],
      [{ width: 1280 }, 'input.height'],
      [{ width: 8, height: 8 }, 'input.width'],
      [{ image: 7 }, 'input.image'],
      [{ fps: 24, frames_per_second: 30 }, 'input.frames_per_second'],
      [{ size: '640x640', width: 1280, height: 720 }, 'input.size'],
      [{ image_size: 'gigantic' }, 'input.image_size'],
      [{ image_size: 'square', aspect_ratio: '16:9' }, 'input.aspect_ratio'],
      [{ image_size: 'square', width: 512, height: 512 }, 'input.width'],
    ] as const) expect(refusal(() => draft(input))).toMatchObject({ code: 'invalid_request', param })
    expect(draft({ num_outputs: 99 }).fieldNames).toMatchObject({ count: 'input.num_outputs', durationSeconds: 'input.duration' })
  })

  it('may hold what means nothing here, which is left out and said; a null is nothing at all', () => {
    const { ignored, request } = draft({ guidance_scale: 7, seed: null, disable_safety_checker: true })
    expect(ignored).toEqual(['input.guidance_scale', 'input.disable_safety_checker'])
    expect(request).not.toHaveProperty('seed')
  })

  it('keeps what the model’s entry passes on', () => {
    const model = { ...MODELS['sora-2']!, vendorFields: ['safety_tolerance'] }
    const { request, ignored } = parse({ version: 'sora-2', input: { prompt, safety_tolerance: 2 } }, { findModel: () => model })
    expect(request.vendor).toEqual({ safety_tolerance: 2 })
    expect(ignored).toEqual([])
  })

  it('is kept to be shown again, without what is large', () => {
    const { echo } = draft({ duration: 5, image: `data:image/png;base64,${'A'.repeat(100_000)}`, other: { a: ['b'] } }).request
    expect(echo!['input']).toEqual({ duration: 5, image: `data:image/png;base64,${'A'.repeat(18)}…`, other: { a: ['b'] } })
    expect(JSON.stringify(draft(Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}`, 'x'.repeat(1900)]))).request.echo).length).toBeLessThan(16_000)
  })
})

describe('around the input', () => {
  it('unknown members are refused', () => {
    expect(refusal(() => parse({ version: 'sora-2', input: { prompt }, webhok: 'x' }))).toMatchObject({ code: 'invalid_request', param: 'webhok' })
  })

  it('a webhook is called at the end, unless only other events were asked for', () => {
    const webhook = 'https://a.example/hook'
    expect(parse({ version: 'sora-2', input: { prompt }, webhook }).request.callbackUrl).toBe(webhook)
    expect(parse({ version: 'sora-2', input: { prompt }, webhook, webhook_events_filter: ['start', 'completed'] }).request.callbackUrl).toBe(webhook)
    const { request, ignored } = parse({ version: 'sora-2', input: { prompt }, webhook, webhook_events_filter: ['logs'] })
    expect(request.callbackUrl).toBeUndefined()
    expect(ignored).toEqual(['webhook'])
    expect(refusal(() => parse({ version: 'sora-2', input: { prompt }, webhook_events_filter: ['done'] })).param).toBe('webhook_events_filter[0]')
  })

  it.each([['30', 30], ['30s', 30], ['5m', 300], ['1h30m45s', 5445]])('Cancel-After: %s is a deadline', (header, seconds) => {
    const { request } = parse({ version: 'sora-2', input: { prompt } }, { headers: { 'cancel-after': header } })
    const shown = replicate.renderTask(taskIn('running', { request }), RENDER_CONTEXT)
    expect(shown['deadline']).toBe(new Date(taskIn('running').createdAtMs + seconds * 1000).toISOString())
  })

  it.each(['', '4s', 'soon', '5 m', '1h30'])('Cancel-After: %j is refused', (header) => {
    expect(refusal(() => parse({ version: 'sora-2', input: { prompt } }, { headers: { 'cancel-after': header } })).param).toBe('Cancel-After')
  })
})

describe('a prediction', () => {
  it('shows what was asked for, and the words of the wire', () => {
    const { request } = parse({ version: 'genlock/sora-2', input: { prompt, duration: 4 } })
    expect(replicate.renderTask(taskIn('succeeded', { request }), RENDER_CONTEXT)).toMatchObject({ model: 'genlock/sora-2', input: { prompt, duration: 4 }, status: 'succeeded', output: 'https://api.example.com/v1/files/vid_abc.mp4?signed', error: null, metrics: { predict_time: 29, total_time: 29.5 } })
    expect(replicate.renderTask(taskIn('queued'), RENDER_CONTEXT)).toMatchObject({ status: 'starting', output: null, started_at: null, completed_at: null, model: 'genlock/sora-2', version: versionOf('sora-2') })
    expect(replicate.renderTask(taskIn('cancelled'), RENDER_CONTEXT)).toMatchObject({ status: 'canceled', output: null, error: null })
    expect(replicate.renderTask(taskIn('failed'), RENDER_CONTEXT)).toMatchObject({ status: 'failed', error: 'Refused by the upstream.', error_code: 'content_policy' })
  })

  it('tells its progress in the line that the client parses', () => {
    expect(replicate.renderTask(taskIn('running'), RENDER_CONTEXT)['logs']).toBe('50%|#####     | 50/100')
  })

  it('that runs is `starting` in the answer to its create: clients take any other word for the end', () => {
    expect(replicate.renderTask(taskIn('running'), { ...RENDER_CONTEXT, creating: true })['status']).toBe('starting')
    expect(replicate.renderTask(taskIn('succeeded'), { ...RENDER_CONTEXT, creating: true })['status']).toBe('succeeded')
  })

  it('of several videos gives a list', () => {
    expect(replicate.renderTask(taskIn('succeeded', { outputs: [VIDEO_OUTPUT, VIDEO_OUTPUT] }), RENDER_CONTEXT)['output']).toHaveLength(2)
  })
})

describe('errors', () => {
  it('of the input name the field, and are 422', () => {
    const { status, body } = replicate.renderError(new GatewayError('invalid_request', 'input.duration must be a number', { param: 'input.duration' }), ERROR_CONTEXT)
    expect(status).toBe(422)
    expect(body).toMatchObject({ title: 'Input validation failed', status: 422, code: 'invalid_request', invalid_fields: [{ field: 'input.duration' }] })
  })

  it('of a version are 422, of a model 404, of money 402', () => {
    expect(replicate.renderError(new GatewayError('model_not_found', 'x', { param: 'version' }), ERROR_CONTEXT)).toMatchObject({ status: 422, body: { title: 'Invalid version or not permitted' } })
    expect(replicate.renderError(new GatewayError('model_not_found', 'x', { param: 'model' }), ERROR_CONTEXT).status).toBe(404)
    expect(replicate.renderError(new GatewayError('insufficient_credits', 'x'), ERROR_CONTEXT)).toMatchObject({ status: 402, body: { title: 'Insufficient credit' } })
  })

  it('know the time only through the task', () => {
    expect(replicate.renderTask(taskIn('failed'), RENDER_CONTEXT)).toEqual(replicate.renderTask(taskIn('failed'), { ...RENDER_CONTEXT, nowMs: NOW_MS + 1e9 }))
  })
})
