import { describe, expect, it } from 'vitest'
import { findModel } from '../catalog/index.ts'
import { GatewayError } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import type { ParseContext } from './dialect.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, MODELS, ORIGIN, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { kling } from './kling.ts'

const URL = 'https://a.example/b.png'

function parse(path: string, fields: Record<string, unknown>, more: Partial<ParseContext> = {}) {
  return kling.routes.find((route) => route.path === `/kling/v1/${path}` && route.parse)!.parse!(jsonBody(fields), { ...parseContext(), ...more })
}

function request(path: string, fields: Record<string, unknown>, more: Partial<ParseContext> = {}) {
  return parse(path, { model_name: 'seedance-2.0-pro', prompt: 'p', ...fields }, more).request
}

function inputsOf(path: string, fields: Record<string, unknown>, model = 'seedance-2.0-pro') {
  return parse(path, { model_name: model, prompt: 'p', ...fields }).inputs.map(({ media, role, param }) => [media, role, param])
}

function refusalOf(path: string, fields: Record<string, unknown>, more: Partial<ParseContext> = {}): GatewayError {
  try {
    parse(path, fields, more)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** A context that knows one more model. */
function knowing(model: Model): Partial<ParseContext> {
  return { findModel: (name) => (name === model.id ? model : MODELS[name]) }
}

describe('a video from words', () => {
  it('takes every field, and leaves out what is empty, as the vendor\'s own examples have it', () => {
    const draft = parse('videos/text2video', {
      model_name: 'seedance-2.0-pro', prompt: 'A cat', negative_prompt: 'dogs', cfg_scale: 0.5, mode: 'pro', sound: 'on', aspect_ratio: '16:9', duration: '5',
      camera_control: { type: 'simple', config: { zoom: 5 } }, watermark_info: { enabled: false }, voice_list: [], callback_url: 'https://a.example/hook', external_task_id: 'job-1', nonsense: 1, image_tail: '',
    })
    expect(draft.request).toEqual({
      kind: 'video', operation: 'text_to_video', model: 'seedance-2.0-pro', prompt: 'A cat', negativePrompt: 'dogs', durationSeconds: 5, resolution: '1080p', aspectRatio: '16:9', count: 1, audio: true,
      callbackUrl: 'https://a.example/hook', vendor: { cfg_scale: 0.5, camera_control: { type: 'simple', config: { zoom: 5 } } }, echo: { path: 'videos/text2video', external_task_id: 'job-1' },
    })
    expect(draft).toMatchObject({ ignored: ['nonsense'], unusedFields: 'ignore' })
    expect(request('videos/text2video', { negative_prompt: '', callback_url: '', external_task_id: '', duration: 10 })).toMatchObject({ durationSeconds: 10 })
    expect(parse('videos/text2video', { model: 'seedance-2.0-pro', prompt: 'p', sound: 'off' }).request).toMatchObject({ model: 'seedance-2.0-pro', audio: false })
  })

  it('reads modes as resolutions, and passes over them for a model that has one', () => {
    const modes = (resolutions: string[], mode: string) => {
      const draft = parse('videos/text2video', { model_name: 'm', prompt: 'p', mode }, knowing({ ...MODELS['sora-2']!, id: 'm', resolutions }))
      return [draft.request.resolution, draft.ignored]
    }
    expect(modes(['720p', '1080p'], 'std')).toEqual(['720p', []])
    expect(modes(['720p', '1080p', '4k'], '4k')).toEqual(['4k', []])
    expect(modes(['1080p'], 'pro')).toEqual([undefined, []])
    expect(modes(['1080p'], 'std')).toEqual([undefined, ['mode']])
    expect(modes(['480p', '720p'], '480p')).toEqual(['480p', []])
  })

  it('takes shots, and their words as the prompt where there is none', () => {
    const shots = { multi_shot: true, shot_type: 'customize', multi_prompt: [{ index: 1, prompt: 'A', duration: '2' }, { index: 2, prompt: 'B', duration: '3' }] }
    expect(request('videos/text2video', { prompt: '', ...shots })).toMatchObject({ prompt: 'A\nB', vendor: shots })
    expect(request('videos/text2video', { multi_shot: false }).vendor).toBeUndefined()
  })
})

describe('a video from pictures and videos', () => {
  it('gives each its part', () => {
    expect(inputsOf('videos/image2video', { image: 'QUJD'.repeat(30), image_tail: URL })).toEqual([['image', 'first_frame', 'image'], ['image', 'last_frame', 'image_tail']])
    expect(inputsOf('videos/image2video', { image: '', image_tail: URL })).toEqual([['image', 'last_frame', 'image_tail']])
    expect(inputsOf('videos/multi-image2video', { image_list: [{ image: URL }, { image: URL }] })).toEqual([['image', 'reference', 'image_list[0].image'], ['image', 'reference', 'image_list[1].image']])
    expect(inputsOf('videos/omni-video', { image_list: [{ image_url: URL, type: 'first_frame' }, { image_url: URL, type: 'end_frame' }, { image_url: URL }], video_list: [{ video_url: URL, refer_type: 'feature' }] })).toEqual([
      ['image', 'first_frame', 'image_list[0].image_url'], ['image', 'last_frame', 'image_list[1].image_url'], ['image', 'reference', 'image_list[2].image_url'], ['video', 'reference', 'video_list[0].video_url'],
    ])
    expect(inputsOf('videos/omni-video', { video_list: [{ video_url: URL, keep_original_sound: 'yes' }] }, 'restyle-1')).toEqual([['video', 'source', 'video_list[0].video_url']])
    expect(request('videos/omni-video', { video_list: [{ video_url: URL, keep_original_sound: 'yes' }] })).toMatchObject({ operation: 'video_to_video', vendor: { keep_original_sound: 'yes' } })
  })

  it('understands the vendor\'s way to mention them', () => {
    expect(request('videos/omni-video', { prompt: '<<<image_1>>>走向<<<video_1>>>, like<<<image_2>>>3 and <<<element_1>>>' }).prompt).toBe('@Image1走向@Video1, like @Image2 3 and <<<element_1>>>')
  })

  it('moves a picture like a video only with a model that does', () => {
    expect(refusalOf('videos/motion-control', { model_name: 'seedance-2.0-pro', image_url: URL, video_url: URL })).toMatchObject({ param: 'model_name', message: expect.stringContaining('kling-v3') as string })
    const mover = { ...MODELS['restyle-1']!, id: 'mover', qualities: ['wan-std', 'wan-pro'], inputs: { ...MODELS['restyle-1']!.inputs, image: { roles: ['reference' as const], max: 1, maxBytes: 1 } } }
    const draft = parse('videos/motion-control', { model_name: 'mover', image_url: URL, video_url: URL, mode: 'pro' }, knowing(mover))
    expect(draft.request).toMatchObject({ operation: 'video_to_video', quality: 'wan-pro' })
    expect(draft.inputs.map(({ media, role }) => [media, role])).toEqual([['image', 'reference'], ['video', 'source']])
    const own = { ...mover, id: 'sora-2-motion-control', resolutions: ['720p', '1080p'] }
    expect(parse('videos/motion-control', { model_name: 'sora-2', image_url: URL, video_url: URL, mode: 'pro' }, knowing({ ...own, qualities: [] })).request).toMatchObject({ model: 'sora-2-motion-control', resolution: '1080p' })
  })

  it('goes on with a finished video, by its own model unless another is named', () => {
    const parent = taskIn('succeeded', { outputs: [VIDEO_OUTPUT] })
    const longer = { ...MODELS['sora-2']!, operations: ['extend' as const] }
    const draft = parse('videos/video-extend', { video_id: 'vid_abc', prompt: 'And then' }, { parent, findModel: () => longer })
    expect(draft).toMatchObject({ request: { operation: 'extend', model: 'sora-2', echo: { parent_video: 'vid_abc' } }, remixedFrom: 'vid_abc' })
    expect(draft.inputs).toMatchObject([{ media: 'video', role: 'source', source: { stored: { storageKey: 'vid_abc.mp4' } }, param: 'video_id' }])
    expect(refusalOf('videos/video-extend', { video_id: 'vid_abc' }, { parent })).toMatchObject({ param: 'model_name' })
    expect(refusalOf('videos/video-extend', { video_id: 'vid_x' })).toMatchObject({ param: 'video_id' })
  })
})

describe('pictures', () => {
  it('take their fields, and the vendor\'s names', () => {
    const picture = { ...MODELS['gpt-image-1']!, id: 'kling-image-v2' }
    const draft = parse('images/generations', { model_name: 'kling-v2', prompt: 'A cat', image: URL, image_reference: 'subject', image_fidelity: 0.5, n: 2, resolution: '2k', aspect_ratio: '3:4' }, knowing(picture))
    expect(draft.request).toMatchObject({ kind: 'image', operation: 'image_edit', model: 'kling-image-v2', count: 2, resolution: '2k', aspectRatio: '3:4', vendor: { image_reference: 'subject', image_fidelity: 0.5 } })
    expect(draft.fieldNames.resolution).toBe('resolution')
    expect(inputsOf('images/omni-image', { image_list: [{ image: URL }, URL] }, 'gpt-image-1')).toEqual([['image', 'source', 'image_list[0].image'], ['image', 'source', 'image_list[1].image']])
  })
})

describe('tools', () => {
  const real: Partial<ParseContext> = { findModel }

  function draft(path: string, fields: Record<string, unknown>, more: Partial<ParseContext> = {}) {
    const { request, inputs, ignored } = parse(path, fields, { ...real, model: (name) => findModel(name)!, ...more })
    return { model: request.model, operation: request.operation, prompt: request.prompt, vendor: request.vendor, ignored, inputs: inputs.map(({ media, role, param }) => [media, role, param]) }
  }

  it('lip sync speaks words, or a sound in a file or at an address', () => {
    const words = { mode: 'text2video', video_url: URL, text: 'Hello', voice_id: 'v', voice_language: 'en', voice_speed: 1, audio_url: '', odd: 1 }
    expect(draft('videos/lip-sync', { input: words, callback_url: '' })).toEqual({
      model: 'kling-lip-sync', operation: 'lip_sync', prompt: 'Hello', vendor: { voice_id: 'v', voice_language: 'en', voice_speed: 1 }, ignored: ['input.odd'], inputs: [['video', 'source', 'input.video_url']],
    })
    const spoken = (input: object) => draft('videos/lip-sync', { input: { mode: 'audio2video', video_url: URL, ...input } }).inputs[1]
    expect(spoken({ audio_type: 'url', audio_url: URL })).toEqual(['audio', 'source', 'input.audio_url'])
    expect(spoken({ audio_type: 'file', audio_file: 'QUJD' })).toEqual(['audio', 'source', 'input.audio_file'])
    expect(draft('videos/lip-sync', { input: { video_url: URL, audio_url: URL, text: 'x' } })).toMatchObject({ prompt: '', vendor: undefined })
  })

  it('lip sync takes a finished video by its id', () => {
    const parent = taskIn('succeeded', { outputs: [VIDEO_OUTPUT] })
    const named = parse('videos/lip-sync', { input: { mode: 'text2video', video_id: 'vid_abc', text: 'Hello', voice_id: 'v' } }, { ...real, parent })
    expect(named).toMatchObject({ remixedFrom: 'vid_abc', request: { echo: { path: 'videos/lip-sync', parent_video: 'vid_abc' } }, inputs: [{ source: { stored: { storageKey: 'vid_abc.mp4' } } }] })
  })

  it('effects take one person or two, however they are called', () => {
    expect(draft('videos/effects', { effect_scene: 'squish', input: { image: URL, duration: '5' } })).toMatchObject({ model: 'kling-effects', operation: 'reference_to_video', vendor: { effect_scene: 'squish' }, inputs: [['image', 'reference', 'input.image']] })
    const two = parse('videos/effects', { effect_scene: 'hug', input: { model_name: 'kling-v1-6', mode: 'pro', images: [URL, URL], duration: '10' } }, real)
    expect(two.request).toMatchObject({ model: 'kling-effects', resolution: '1080p', durationSeconds: 10, vendor: { effect_scene: 'hug', model_name: 'kling-v1-6' } })
    expect(draft('videos/effects', { effect_scene: 'hug', input: { image: [URL, URL] } }).inputs).toEqual([['image', 'reference', 'input.image[0]'], ['image', 'reference', 'input.image[1]']])
  })

  it('an avatar is any model that makes a picture speak', () => {
    const fields = { image: URL, sound_file: URL, prompt: 'nods', mode: 'std' }
    expect(draft('videos/avatar/image2video', fields)).toMatchObject({ model: 'kling-avatar', operation: 'image_to_video', inputs: [['image', 'first_frame', 'image'], ['audio', 'source', 'sound_file']] })
    expect(draft('videos/avatar/image2video', { ...fields, model_name: 'wan2.2-s2v' }).model).toBe('wan2.2-s2v')
    expect(draft('videos/avatar/image2video', { image: URL, audio_id: 'a' }).vendor).toEqual({ audio_id: 'a' })
  })

  it('pictures are combined, expanded, and dressed', () => {
    const subjects = { subject_image_list: [{ subject_image: URL }, { subject_image: URL }], prompt: 'p' }
    expect(draft('images/multi-image2image', { ...subjects, model_name: 'kling-v2-1', scene_image: '', style_image: URL })).toMatchObject({
      model: 'kling-multi-image2image', vendor: { model_name: 'kling-v2-1', style_image: 3 },
      inputs: [['image', 'source', 'subject_image_list[0].subject_image'], ['image', 'source', 'subject_image_list[1].subject_image'], ['image', 'source', 'style_image']],
    })
    expect(draft('images/multi-image2image', { ...subjects, model_name: 'kling-image-o1', scene_image: URL })).toMatchObject({ model: 'kling-image-o1', operation: 'image_edit', vendor: { scene_image: 3 } })
    expect(draft('images/editing/expand', { image: URL, up_expansion_ratio: 0.1, down_expansion_ratio: 0, left_expansion_ratio: 0, right_expansion_ratio: 0 })).toMatchObject({ model: 'kling-image-expand', operation: 'reframe', vendor: { up_expansion_ratio: 0.1, left_expansion_ratio: 0 } })
    expect(draft('images/kolors-virtual-try-on', { human_image: URL, cloth_image: URL })).toMatchObject({ model: 'kolors-virtual-try-on-v1', inputs: [['image', 'source', 'human_image'], ['image', 'reference', 'cloth_image']] })
    expect(draft('images/kolors-virtual-try-on', { model_name: 'kolors-virtual-try-on-v1-5', human_image: URL, cloth_image: URL }).model).toBe('kling-virtual-try-on')
  })

  it('say what they miss, and what another model would make something else of', () => {
    const params: [string, Record<string, unknown>, string][] = [
      ['videos/lip-sync', { input: { mode: 'text2video', video_url: URL } }, 'input.text'],
      ['videos/lip-sync', { input: { mode: 'audio2video', video_url: URL, text: 'x' } }, 'input.audio_url'],
      ['videos/lip-sync', { input: { mode: 'text2video', text: 'x' } }, 'input.video_url'],
      ['videos/lip-sync', { input: { mode: 'text2video', text: 'x', video_url: URL, video_id: 'y' } }, 'input.video_id'],
      ['videos/lip-sync', { input: { mode: 'text2video', text: 'x', video_id: 'y' } }, 'input.video_id'],
      ['videos/lip-sync', { input: { mode: 'sing' } }, 'input.mode'],
      ['videos/lip-sync', { model_name: 'kling-v3', input: { text: 'x', video_url: URL } }, 'model_name'],
      ['videos/effects', { input: { image: URL } }, 'effect_scene'],
      ['videos/effects', { effect_scene: 'squish', input: {} }, 'input.image'],
      ['videos/effects', { effect_scene: 'squish', model_name: 'kling-v1-6', input: { image: URL } }, 'model_name'],
      ['videos/avatar/image2video', { sound_file: URL }, 'image'],
      ['videos/avatar/image2video', { model_name: 'kling-v3', image: URL }, 'model_name'],
      ['images/multi-image2image', { prompt: 'p', subject_image_list: [] }, 'subject_image_list'],
      ['images/editing/expand', { image: URL, up_expansion_ratio: 3 }, 'up_expansion_ratio'],
      ['images/editing/expand', { image: URL, model_name: 'kling-image-o1', up_expansion_ratio: 1 }, 'model_name'],
      ['images/kolors-virtual-try-on', { human_image: URL }, 'cloth_image'],
    ]
    for (const [path, fields, param] of params) expect(refusalOf(path, fields, real).param, `${path} ${JSON.stringify(fields)}`).toBe(param)
  })
})

describe('what is wrong', () => {
  it('is named as the client spelled it', () => {
    const params: [string, Record<string, unknown>, string][] = [
      ['videos/text2video', { model_name: 'no', prompt: 'p' }, 'model_name'],
      ['videos/text2video', { model: 'no', prompt: 'p' }, 'model'],
      ['videos/text2video', { model_name: 'sora-2', model: 'seedance-2.0-pro', prompt: 'p' }, 'model_name'],
      ['videos/text2video', { model_name: 'sora-2', prompt: 'p', duration: 'soon' }, 'duration'],
      ['videos/text2video', { model_name: 'sora-2', prompt: 'p', sound: 'loud' }, 'sound'],
      ['videos/image2video', { model_name: 'sora-2', prompt: 'p' }, 'image'],
      ['videos/multi-image2video', { model_name: 'sora-2', prompt: 'p', image_list: [] }, 'image_list'],
      ['videos/omni-video', { model_name: 'sora-2', prompt: 'p', image_list: [{ image_url: URL, type: 'middle' }] }, 'image_list[0].type'],
    ]
    for (const [path, fields, param] of params) expect(refusalOf(path, fields).param, param).toBe(param)
  })

  it('is what no model can do', async () => {
    const route = kling.routes.find(({ path }) => path === '/v1/videos/multi-elements')!
    await expect(route.answer!(null as never, null as never)).rejects.toMatchObject({ code: 'invalid_request', param: 'edit_mode' })
  })

  it('is told with the vendor\'s numbers, naming the field', () => {
    const render = (error: GatewayError) => kling.renderError(error, ERROR_CONTEXT)
    expect(render(new GatewayError('invalid_request', 'is too dark', { param: 'image' }))).toEqual({ status: 400, body: { code: 1201, message: 'image: is too dark', request_id: 'req_1' } })
    expect(render(new GatewayError('unauthorized', 'no key'))).toMatchObject({ status: 401, body: { code: 1002 } })
    expect(render(new GatewayError('insufficient_credits', 'no money'))).toMatchObject({ status: 402, body: { code: 1102 } })
    expect(render(new GatewayError('rate_limited', 'slow down'))).toMatchObject({ status: 429, body: { code: 1302 } })
    expect(render(new GatewayError('content_policy', 'no'))).toMatchObject({ status: 400, body: { code: 1301 } })
  })
})

describe('a task', () => {
  it('is rendered in every state', () => {
    const data = (...args: Parameters<typeof taskIn>) => kling.renderTask(taskIn(...args), RENDER_CONTEXT)['data'] as Record<string, unknown>
    expect(data('queued')).toMatchObject({ task_id: 'vid_abc', task_status: 'submitted', task_status_msg: '', task_info: {} })
    expect(data('unresolved')).toMatchObject({ task_status: 'processing' })
    expect(data('succeeded', { request: { echo: { external_task_id: 'job-1', parent_video: 'vid_a' } } })).toMatchObject({
      task_status: 'succeed', task_info: { external_task_id: 'job-1', parent_video: { id: 'vid_a' } }, final_unit_deduction: '2.9453',
      task_result: { videos: [{ id: 'vid_abc', url: `${ORIGIN}/v1/files/vid_abc.mp4?signed`, duration: '5.04' }] },
    })
    expect(data('succeeded', { request: { kind: 'image' }, outputs: [IMAGE_OUTPUT, IMAGE_OUTPUT] })['task_result']).toMatchObject({ images: [{ index: 0 }, { index: 1 }] })
    expect(data('failed')).toMatchObject({ task_status: 'failed', task_status_msg: 'content_policy: Refused by the upstream.' })
    expect(data('cancelled')).toMatchObject({ task_status: 'failed', task_status_msg: 'cancelled: The task was cancelled.' })
  })

  it('is told to a callback as the vendor tells it, without the envelope', () => {
    expect(kling.renderCallback!(taskIn('succeeded'), RENDER_CONTEXT)).toMatchObject({ task_id: 'vid_abc', task_status: 'succeed', task_result: { videos: [{ id: 'vid_abc' }] } })
  })
})
