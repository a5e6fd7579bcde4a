import { describe, expect, it } from 'vitest'
import { findModel } from '../catalog/index.ts'
import { GatewayError } from '../core/errors.ts'
import type { GatewayForDialects } from './dialect.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, ORIGIN, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { jimeng } from './jimeng.ts'

const URL = 'https://a.example/b.png'
const route = jimeng.routes[0]!

function parse(fields: Record<string, unknown>) {
  return route.parse!(jsonBody(fields), parseContext())
}

function rolesOf(req_key: string, count: number) {
  return parse({ req_key, prompt: 'p', image_urls: Array.from({ length: count }, () => URL) }).inputs.map(({ role }) => role)
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

/** What the wire answers where the gateway has this task. */
async function answer(action: string | undefined, fields: Record<string, unknown>, task = taskIn('succeeded')) {
  const gateway = {
    parsing: parseContext(),
    rendering: RENDER_CONTEXT,
    create: () => Promise.resolve(task),
    wait: () => Promise.resolve(task),
    read: (id: string) => Promise.resolve(id === task.id ? task : undefined),
    bytesOf: () => Promise.resolve(Buffer.from('bytes')),
  } as unknown as GatewayForDialects
  const given = await route.answer!({ params: {}, query: action === undefined ? {} : { Action: action, Version: '2022-08-31' }, headers: {}, body: jsonBody(fields) }, gateway)
  if (!('body' in given)) throw new Error('it has no body')
  return given as { status?: number; body: Record<string, unknown> }
}

describe('a submission', () => {
  it('takes every field', () => {
    const draft = parse({ req_key: 'sora-2', prompt: 'A fox', seed: -1, frames: 121, aspect_ratio: '16:9', template_id: 'hitchcock_dolly_in', camera_strength: 'medium', use_pre_llm: true, logo_info: { add_logo: false }, callback_url: 'https://a.example/hook', nonsense: 1 })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'sora-2', prompt: 'A fox', durationSeconds: 5, aspectRatio: '16:9', count: 1, enhancePrompt: true, callbackUrl: 'https://a.example/hook',
      vendor: { template_id: 'hitchcock_dolly_in', camera_strength: 'medium' }, echo: { return_url: false },
    })
    expect(draft).toMatchObject({ ignored: ['nonsense'], unusedFields: 'ignore', fieldNames: { durationSeconds: 'frames' } })
    expect(parse({ req_key: 'sora-2', prompt: 'p', frames: 241, seed: 0 }).request).toMatchObject({ durationSeconds: 10, seed: 0 })
  })

  it('gives pictures their places: one opens, two open and close', () => {
    expect(rolesOf('sora-2', 1)).toEqual(['first_frame'])
    expect(rolesOf('seedance-2.0-pro', 2)).toEqual(['first_frame', 'last_frame'])
    expect(rolesOf('seedance-2.0-pro', 3)).toEqual(['reference', 'reference', 'reference'])
    expect(rolesOf('gpt-image-1', 2)).toEqual(['source', 'source'])
    expect(parse({ req_key: 'sora-2', prompt: 'p', binary_data_base64: ['QUJD'] }).inputs).toMatchObject([{ param: 'binary_data_base64[0]' }])
  })

  it('of a picture says its size as an area or two sides', () => {
    expect(parse({ req_key: 'gpt-image-1', prompt: 'p', size: 4_194_304 }).request).toMatchObject({ kind: 'image', operation: 'text_to_image', size: '2048x2048' })
    expect(parse({ req_key: 'gpt-image-1', prompt: 'p', width: 512, height: 768, req_json: '{"return_url":true}' }).request).toMatchObject({ size: '512x768', echo: { return_url: true } })
  })

  it('reaches the vendor\'s own pictures, portraits and motions', () => {
    const own = (fields: Record<string, unknown>) => route.parse!(jsonBody(fields), { ...parseContext(), findModel })
    expect(own({ req_key: 'jimeng_t2i_v40', prompt: 'p', image_urls: [URL, URL], size: 4_194_304, scale: 0.5, force_single: true })).toMatchObject({
      request: { kind: 'image', operation: 'image_edit', model: 'jimeng_t2i_v40', resolution: '2K', aspectRatio: 'adaptive', vendor: { scale: 0.5 } },
      inputs: [{ role: 'source' }, { role: 'source' }],
    })
    expect(own({ req_key: 'jimeng_t2i_v40', prompt: 'p', size: 1_440_000 }).request).toMatchObject({ size: '1200x1200' })
    expect(own({ req_key: 'jimeng_high_aes_general_v21_L', prompt: 'p', width: 512, height: 512, use_sr: true, use_pre_llm: false }).request).toMatchObject({ size: '512x512', upsample: true, enhancePrompt: false })
    expect(own({ req_key: 'jimeng_image2image_dream_inpaint', prompt: 'p', binary_data_base64: ['QUJD', 'QUJD'] }).inputs.map(({ role }) => role)).toEqual(['source', 'mask'])
    const portrait = own({ req_key: 'jimeng_realman_avatar_picture_omni_v15', image_url: URL, audio_url: URL, output_resolution: 720, pe_fast_mode: true })
    expect(portrait.request).toMatchObject({ operation: 'image_to_video', prompt: '', resolution: '720p', vendor: { pe_fast_mode: true } })
    expect(portrait.inputs).toMatchObject([{ media: 'image', role: 'first_frame', param: 'image_url' }, { media: 'audio', role: 'source', param: 'audio_url' }])
    const motion = own({ req_key: 'jimeng_motion_imitation_v2', image_urls: [URL], video_url: URL })
    expect(motion.request).toMatchObject({ operation: 'video_to_video', model: 'jimeng_dreamactor_m20_gen_video' })
    expect(motion.inputs).toMatchObject([{ media: 'image', role: 'reference' }, { media: 'video', role: 'source' }])
  })

  it('is refused by the name of what is wrong', () => {
    expect(paramOf({ prompt: 'p' })).toBe('req_key')
    expect(paramOf({ req_key: 'no' })).toBe('req_key')
    expect(paramOf({ req_key: 'sora-2', frames: 50 })).toBe('frames')
    expect(paramOf({ req_key: 'sora-2', frames: 1 })).toBe('frames')
    expect(paramOf({ req_key: 'sora-2', frames: 121, duration: 4 })).toBe('frames')
    expect(paramOf({ req_key: 'sora-2', image_urls: [URL], binary_data_base64: ['QUJD'] })).toBe('image_urls')
    expect(paramOf({ req_key: 'gpt-image-1', width: 512 })).toBe('height')
    expect(paramOf({ req_key: 'gpt-image-1', size: 1000 })).toBe('size')
  })
})

describe('an action', () => {
  it('submits', async () => {
    expect(await answer('CVSync2AsyncSubmitTask', {}, taskIn('queued', { ignored: ['x'] }))).toEqual({ body: { code: 10_000, message: 'Success', request_id: 'vid_abc', status: 10_000, data: { task_id: 'vid_abc', ignored: ['x'] } } })
  })

  it('reads, and says of an unknown id that it is not found', async () => {
    expect((await answer('CVSync2AsyncGetResult', { req_key: 'any', task_id: 'vid_abc' })).body).toMatchObject({ code: 10_000, data: { status: 'done', video_url: `${ORIGIN}/v1/files/vid_abc.mp4?signed` } })
    expect(await answer('CVGetResult', { task_id: 'vid_x' })).toMatchObject({ body: { code: 10_000, data: { status: 'not_found', video_url: '' } } })
    await expect(answer('CVGetResult', {})).rejects.toMatchObject({ param: 'task_id' })
  })

  it('gives pictures in base64 unless links were asked for', async () => {
    const task = taskIn('succeeded', { id: 'img_abc', request: { kind: 'image' }, outputs: [IMAGE_OUTPUT] })
    expect((await answer('CVSync2AsyncGetResult', { task_id: 'img_abc' }, task)).body).toMatchObject({ data: { image_urls: [`${ORIGIN}/v1/files/img_abc.png?signed`], binary_data_base64: [Buffer.from('bytes').toString('base64')] } })
    expect((await answer('CVSync2AsyncGetResult', { task_id: 'img_abc', req_json: '{"return_url":true}' }, task)).body).toMatchObject({ data: { binary_data_base64: null } })
    expect((await answer('CVProcess', {}, { ...task, request: { ...task.request, echo: { return_url: true } } })).body).toMatchObject({ data: { status: 'done', binary_data_base64: null } })
    await expect(answer('CVProcess', {}, taskIn('failed'))).rejects.toMatchObject({ code: 'content_policy' })
  })

  it('that is not known is refused as the vendor\'s gate refuses it', async () => {
    for (const [action, status, number] of [['CVCancelTask', 404, 100_008], ['toString', 404, 100_008], [undefined, 400, 100_002]] as const) {
      const error = await answer(action, {}).catch((thrown: unknown) => thrown as GatewayError)
      expect(jimeng.renderError(error as GatewayError, ERROR_CONTEXT)).toMatchObject({ status, body: { ResponseMetadata: { Error: { CodeN: number } }, message: expect.stringContaining('Action') as string } })
    }
  })
})

describe('a task', () => {
  it('is rendered in every state', () => {
    const render = (...args: Parameters<typeof taskIn>) => jimeng.renderTask(taskIn(...args), RENDER_CONTEXT)
    expect(render('queued')).toMatchObject({ code: 10_000, data: { status: 'in_queue', video_url: '', image_urls: null } })
    expect(render('archiving')).toMatchObject({ data: { status: 'generating' } })
    expect(render('succeeded', { outputs: [VIDEO_OUTPUT] })).toMatchObject({ code: 10_000, status: 10_000, data: { status: 'done' } })
    expect(render('failed')).toMatchObject({ code: 50_516, status: 50_516, message: 'content_policy: Refused by the upstream.', data: { status: 'done', video_url: '' } })
    expect(render('failed', { request: { kind: 'image' } })).toMatchObject({ code: 50_511 })
    expect(render('cancelled')).toMatchObject({ code: 50_500, message: 'cancelled: The task was cancelled.', data: { status: 'done' } })
  })
})

describe('an error', () => {
  it('has the vendor\'s numbers, and the gate\'s shape for who may not come in', () => {
    const render = (error: GatewayError) => jimeng.renderError(error, ERROR_CONTEXT)
    expect(render(new GatewayError('invalid_request', 'is odd', { param: 'frames' }))).toEqual({ status: 400, body: { code: 50_215, message: 'frames: is odd', request_id: 'req_1', status: 50_215, data: null } })
    expect(render(new GatewayError('unauthorized', 'no key'))).toMatchObject({ status: 401, body: { message: 'no key', ResponseMetadata: { Error: { CodeN: 100_009, Message: 'no key' } } } })
    expect(render(new GatewayError('content_policy', 'no'))).toMatchObject({ status: 400, body: { code: 50_412 } })
    expect(render(new GatewayError('rate_limited', 'later'))).toMatchObject({ status: 429, body: { code: 50_429 } })
  })
})
