import { describe, expect, test } from 'vitest'
import { allModels } from '../catalog/index.ts'
import { videoOperation, type GenerationRequest, type InputAsset, type InputRole } from '../core/generation-request.ts'
import { choicesOf, soundOf } from '../core/model.ts'
import { kling } from './kling.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { JobInput, ParentJob } from './provider.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
interface Asking {
  model?: string
  inputs?: JobInput[]
  parent?: ParentJob
  callbackUrl?: string
}

const ID = '822330000000000001'
const created = { status: 200, body: { code: 0, data: { task_id: ID, id: ID, task_status: 'submitted', status: 'submitted' } } }

function jobOf(request: Partial<GenerationRequest>, { model = 'kling-v2-6', inputs = [], ...rest }: Asking) {
  const assets: InputAsset[] = inputs.map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/x' } }))
  return fixtureJob({ request: { model: 'a-kling', operation: videoOperation(assets), inputs: assets, ...request }, upstreamModel: model, inputs, reference: 'att_1', ...rest })
}

async function sent(request: Partial<GenerationRequest> = {}, asking: Asking = {}): Promise<{ path: string; body: Record<string, unknown> }> {
  const { http, asked } = scriptedHttp([created])
  await kling.submit(jobOf(request, asking), http)
  const [call] = asked
  if (call === undefined || !('path' in call)) throw new Error('nothing was asked')
  return { path: `${call.method} ${call.path}`, body: call.json as Record<string, unknown> }
}

const FIRST = fixtureInput({ role: 'first_frame', url: 'https://example.com/first.png' })
const LAST = fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' })
const REFERENCE = fixtureInput({ url: 'https://example.com/ref.png' })
const SOURCE = fixtureInput({ media: 'video', role: 'source', url: 'https://example.com/v.mp4' })
const FEATURE = fixtureInput({ media: 'video', url: 'https://example.com/f.mp4' })

describe('the classic wire', () => {
  test('says no more than was asked, durations as text', async () => {
    expect(await sent()).toEqual({ path: 'POST /v1/videos/text2video', body: { model_name: 'kling-v2-6', prompt: 'a boat', external_task_id: 'att_1-text2video' } })
    expect(await sent({ durationSeconds: 10, resolution: '1080p', aspectRatio: '9:16', audio: true, negativePrompt: 'rain' }, { callbackUrl: 'https://gateway.example.com/c/1' })).toMatchObject({
      body: { duration: '10', mode: 'pro', aspect_ratio: '9:16', sound: 'on', negative_prompt: 'rain', callback_url: 'https://gateway.example.com/c/1' },
    })
  })

  test('says modes where a model has a choice of them, and sound where it can make any', async () => {
    expect((await sent({ resolution: '4k', audio: false }, { model: 'kling-v3' })).body).toMatchObject({ mode: '4k', sound: 'off' })
    expect((await sent({ resolution: '1080p' }, { model: 'kling-v2-1-master' })).body).not.toHaveProperty('mode')
    expect((await sent({ audio: false }, { model: 'kling-v2-5-turbo' })).body).not.toHaveProperty('sound')
  })

  test('frames are the image and its tail, as addresses or bare base64', async () => {
    const { path, body } = await sent({ resolution: '1080p', aspectRatio: 'adaptive', prompt: '' }, { inputs: [fixtureInput({ role: 'first_frame' }), LAST] })
    expect(path).toBe('POST /v1/videos/image2video')
    expect(body).toEqual({ model_name: 'kling-v2-6', image: 'AQID', image_tail: 'https://example.com/last.png', mode: 'pro', external_task_id: 'att_1-image2video' })
    expect((await sent({}, { inputs: [fixtureInput({ role: 'first_frame', url: 'http://example.com/a.png' })] })).body['image']).toBe('AQID')
  })

  test('reference pictures of 1.6 have an endpoint of their own, without references in the prompt', async () => {
    const { path, body } = await sent({ prompt: '@Image1 waves at @image 2', aspectRatio: '1:1' }, { model: 'kling-v1-6', inputs: [REFERENCE, fixtureInput()] })
    expect(path).toBe('POST /v1/videos/multi-image2video')
    expect(body).toMatchObject({ prompt: 'image 1 waves at image 2', image_list: [{ image: 'https://example.com/ref.png' }, { image: 'AQID' }], aspect_ratio: '1:1' })
  })

  test('omni names materials by their place, references first', async () => {
    const { path, body } = await sent({ prompt: '@Image1 becomes @Image2', aspectRatio: '16:9', durationSeconds: 4 }, { model: 'kling-video-o1', inputs: [FIRST, REFERENCE] })
    expect(path).toBe('POST /v1/videos/omni-video')
    expect(body).toMatchObject({ prompt: '<<<image_2>>> becomes <<<image_1>>>', duration: '4', image_list: [{ image_url: 'https://example.com/ref.png' }, { image_url: 'https://example.com/first.png', type: 'first_frame' }] })
  })

  test('omni changes a video that keeps its length, and refers to another', async () => {
    const { body } = await sent({ prompt: 'snow on @Video1', durationSeconds: 'auto', aspectRatio: 'adaptive', audio: false, vendor: { keep_original_sound: 'no' } }, { model: 'kling-v3-omni', inputs: [SOURCE] })
    expect(body).toMatchObject({ prompt: 'snow on <<<video_1>>>', sound: 'off', video_list: [{ video_url: 'https://example.com/v.mp4', refer_type: 'base', keep_original_sound: 'no' }] })
    for (const absent of ['duration', 'aspect_ratio', 'keep_original_sound', 'image_list']) expect(body).not.toHaveProperty(absent)
    expect((await sent({ aspectRatio: '1:1', durationSeconds: 10 }, { model: 'kling-v3-omni', inputs: [FEATURE] })).body['video_list']).toEqual([{ video_url: 'https://example.com/f.mp4', refer_type: 'feature' }])
  })

  test('motion control takes who and how, and follows the video unless told', async () => {
    const { path, body } = await sent({ prompt: '', durationSeconds: 'auto', resolution: '720p', aspectRatio: 'adaptive' }, { model: 'kling-v3', inputs: [REFERENCE, SOURCE] })
    expect(path).toBe('POST /v1/videos/motion-control')
    expect(body).toEqual({ model_name: 'kling-v3', image_url: 'https://example.com/ref.png', video_url: 'https://example.com/v.mp4', mode: 'std', character_orientation: 'video', external_task_id: 'att_1-motion-control' })
    expect((await sent({ vendor: { character_orientation: 'image' } }, { model: 'kling-v3', inputs: [REFERENCE, SOURCE] })).body['character_orientation']).toBe('image')
  })

  test('a continuation names the video of the job before, and nothing that is settled by it', async () => {
    const parent = { handle: {}, upstreamModel: 'kling-v1-6', kept: { videoId: 'v-1' } }
    const { path, body } = await sent({ operation: 'extend', durationSeconds: 5, resolution: '720p', aspectRatio: 'adaptive', negativePrompt: 'rain' }, { model: 'kling-v1-6', inputs: [SOURCE], parent })
    expect(path).toBe('POST /v1/videos/video-extend')
    expect(body).toEqual({ video_id: 'v-1', prompt: 'a boat', negative_prompt: 'rain', external_task_id: 'att_1-video-extend' })
  })

  test('pictures are counted, and omni pictures are named', async () => {
    const picture = { kind: 'image', operation: 'image_edit', resolution: '2k', aspectRatio: '21:9', count: 3 } as const
    expect(await sent({ ...picture, vendor: { image_reference: 'face' } }, { model: 'kling-v1-5', inputs: [REFERENCE] })).toEqual({
      path: 'POST /v1/images/generations',
      body: { model_name: 'kling-v1-5', prompt: 'a boat', image: 'https://example.com/ref.png', image_reference: 'face', resolution: '2k', n: 3, aspect_ratio: '21:9', external_task_id: 'att_1-generations' },
    })
    const { path, body } = await sent({ ...picture, prompt: 'like @Image1' }, { model: 'kling-image-o1', inputs: [REFERENCE] })
    expect([path, body['prompt'], body['image_list']]).toEqual(['POST /v1/images/omni-image', 'like <<<image_1>>>', [{ image: 'https://example.com/ref.png' }]])
  })

  test('extras of the model and the way go along as they are', async () => {
    const vendor = { multi_shot: true, shot_type: 'intelligence', watermark_info: { enabled: true } }
    expect((await sent({ vendor }, { model: 'kling-v3' })).body).toMatchObject(vendor)
    expect((await sent({ vendor: { cfg_scale: 0 } }, { model: 'kling-v1' })).body['cfg_scale']).toBe(0)
  })
})

describe('the versioned wire', () => {
  test('has the model in its path, and numbers as numbers', async () => {
    expect(await sent({ durationSeconds: 5, resolution: '720p', aspectRatio: '1:1', audio: true }, { model: 'kling-3.0', callbackUrl: 'https://gateway.example.com/c/1' })).toEqual({
      path: 'POST /text-to-video/kling-3.0',
      body: { prompt: 'a boat', settings: { resolution: '720p', aspect_ratio: '1:1', duration: 5, audio: 'native' }, options: { callback_url: 'https://gateway.example.com/c/1', external_task_id: 'att_1-tasks' } },
    })
  })

  test('says nothing of sound to models that always make it', async () => {
    expect((await sent({ audio: true }, { model: 'kling-3.0-turbo' })).body['settings']).toEqual({})
  })

  test('frames and motion are a list of typed contents', async () => {
    expect(await sent({ aspectRatio: 'adaptive' }, { model: 'kling-3.0', inputs: [FIRST, fixtureInput({ role: 'last_frame' })] })).toMatchObject({
      path: 'POST /image-to-video/kling-3.0',
      body: { contents: [{ type: 'prompt', text: 'a boat' }, { type: 'first_frame', url: 'https://example.com/first.png' }, { type: 'last_frame', url: 'AQID' }] },
    })
    expect(await sent({ prompt: '', vendor: { keep_original_sound: 'yes' } }, { model: 'kling-3.0', inputs: [REFERENCE, SOURCE] })).toMatchObject({
      path: 'POST /motion-control/kling-3.0',
      body: { contents: [{ type: 'image' }, { type: 'video' }], settings: { audio: 'original', character_orientation: 'video' } },
    })
  })

  test('names its references where it may, and the others by words', async () => {
    const inputs = [FIRST, REFERENCE, FEATURE]
    const request = { prompt: '@Image1, @Image2, @Video1', aspectRatio: '16:9', vendor: { element_list: [{ element_id: 7 }] } }
    expect((await sent(request, { model: 'kling-3.0-omni', inputs })).body['contents']).toEqual([
      { type: 'prompt', text: 'image 1, @Image2, video 1' },
      { type: 'refer_image', url: 'https://example.com/ref.png', id: 'Image2' },
      { type: 'first_frame', url: 'https://example.com/first.png' },
      { type: 'feature_video', url: 'https://example.com/f.mp4' },
      { type: 'element', element_id: 7, id: 'Element1' },
    ])
    const { path, body } = await sent(request, { model: 'kling-4.0', inputs })
    expect(path).toBe('POST /omni-video/kling-4.0')
    expect((body['contents'] as Record<string, unknown>[]).map(({ id, text }) => id ?? text)).toEqual(['@Image1, @Image2, @Video1', 'Image2', 'Image1', 'Video1', 'Element1'])
  })
})

describe('what Kling cannot do is said before it is asked', () => {
  test.each<[string, Partial<GenerationRequest>, Asking, string]>([
    ['a size alone', { size: '1280x720' }, {}, 'size'],
    ['seconds in parts', { durationSeconds: 5.5 }, { model: 'kling-v3' }, 'durationSeconds'],
    ['"auto" where nothing is followed', { durationSeconds: 'auto' }, { model: 'kling-v3' }, 'durationSeconds'],
    ['11 s beside a video', { durationSeconds: 11, aspectRatio: '1:1' }, { model: 'kling-v3-omni', inputs: [FEATURE] }, 'durationSeconds'],
    ['two frames in 10 s of 1.0', { durationSeconds: 10 }, { model: 'kling-v1', inputs: [FIRST, LAST] }, 'durationSeconds'],
    ['a last frame for a master', {}, { model: 'kling-v2-master', inputs: [FIRST, LAST] }, 'operation'],
    ['a last frame alone, of omni', { operation: 'first_last_frame' }, { model: 'kling-video-o1', inputs: [LAST] }, 'inputs'],
    ['a last frame among many pictures', { aspectRatio: '1:1' }, { model: 'kling-video-o1', inputs: [FIRST, LAST, REFERENCE] }, 'inputs'],
    ['frames of a video that is changed', {}, { model: 'kling-video-o1', inputs: [FIRST, SOURCE] }, 'inputs'],
    ['two videos', {}, { model: 'kling-v3-omni', inputs: [SOURCE, FEATURE] }, 'inputs'],
    ['motion without a picture', {}, { model: 'kling-v3', inputs: [SOURCE] }, 'inputs'],
    ['a mask', { kind: 'image', operation: 'image_edit' }, { model: 'kling-image-o1', inputs: [REFERENCE, fixtureInput({ role: 'mask' })] }, 'inputs'],
    ['sound between two frames', { audio: true, resolution: '1080p' }, { inputs: [FIRST, LAST] }, 'audio'],
    ['silence of a model that is never silent', { audio: false }, { model: 'kling-3.0-turbo' }, 'audio'],
    ['shots of the classic kind on the new wire', { vendor: { multi_prompt: [] } }, { model: 'kling-3.0' }, 'vendor.multi_prompt'],
    ['two elements that move', { vendor: { element_list: [{}, {}] } }, { model: 'kling-v3', inputs: [REFERENCE, SOURCE] }, 'vendor.element_list'],
    ['the sound of no video', { aspectRatio: '1:1', vendor: { keep_original_sound: 'yes' } }, { model: 'kling-v3-omni' }, 'vendor.keep_original_sound'],
    ['faces of a model that knows none', { kind: 'image', operation: 'image_edit', vendor: { image_reference: 'face' } }, { model: 'kling-v2', inputs: [REFERENCE] }, 'vendor.image_reference'],
    ['no words at all', { prompt: '' }, {}, 'prompt'],
    ['no words at all for a frame of omni', { prompt: '' }, { model: 'kling-video-o1', inputs: [FIRST] }, 'prompt'],
    ['a video that a later model made', { operation: 'extend' }, { model: 'kling-v1', inputs: [SOURCE], parent: { handle: {}, upstreamModel: 'kling-v2-6', kept: { videoId: 'v-1' } } }, 'inputs'],
    ['a video by a model of pictures', {}, { model: 'kling-image-o1' }, 'model'],
  ])('%s', async (_about, request, asking, param) => {
    const job = jobOf(request, asking)
    expect(kling.unfit?.(job)).toMatchObject({ param })
    await expect(kling.submit(job, scriptedHttp([]).http)).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param })
  })

  test('a video without a public address', async () => {
    await expect(sent({}, { model: 'kling-v3-omni', inputs: [fixtureInput({ media: 'video', role: 'source' })] })).rejects.toMatchObject({ kind: 'refused', param: 'inputs' })
  })
})

const ROLES: Partial<Record<GenerationRequest['operation'], ['image' | 'video', InputRole][]>> = {
  image_to_video: [['image', 'first_frame']],
  first_last_frame: [['image', 'first_frame'], ['image', 'last_frame']],
  reference_to_video: [['image', 'reference']],
  video_to_video: [['video', 'source']],
  extend: [['video', 'source']],
  image_edit: [['image', 'source']],
}

test('whatever the catalogue promises of a model at Kling can be asked for', () => {
  const refused: unknown[] = []
  for (const model of allModels()) {
    const upstreamModel = model.upstreamNames?.['kling']
    if (upstreamModel === undefined) continue
    for (const operation of model.operations) {
      for (const resolution of choicesOf(model, operation).resolutions ?? []) {
        const { aspectRatios = [], duration } = choicesOf(model, operation, resolution)
        const roles = [...(ROLES[operation] ?? []), ...(model.id.endsWith('motion-control') ? [['image', 'reference'] as const] : [])]
        const request = {
          kind: model.kind, operation, model: model.id, prompt: 'a boat', count: model.maxCount, resolution,
          inputs: roles.map(([media, role]): InputAsset => ({ media, role, source: { url: 'https://example.com/x' } })),
          ...(soundOf(model, operation, resolution) !== 'never' && { audio: true }),
        }
        const parent = { handle: {}, upstreamModel, kept: { videoId: 'v-1' } }
        for (const aspectRatio of aspectRatios) {
          for (const durationSeconds of duration === undefined ? [undefined] : [duration.minSeconds, duration.maxSeconds]) {
            const unfit = kling.unfit?.({ request: { ...request, aspectRatio, ...(durationSeconds !== undefined && { durationSeconds }) }, upstreamModel, settings: {}, parent })
            if (unfit) refused.push([model.id, operation, resolution, aspectRatio, durationSeconds, unfit])
          }
        }
      }
    }
  }
  expect(refused).toEqual([])
})

describe('a lost submission', () => {
  const absent = { status: 404, body: { code: 1203, message: 'none' } }

  test('is looked for family by family, by an id that says the family', async () => {
    const { http, asked } = scriptedHttp([absent, { status: 200, body: { code: 0, data: { task_id: ID, task_status: 'submitted', task_info: { external_task_id: 'att_1-image2video' } } } }])
    expect(await kling.find?.('att_1', http)).toEqual({ path: 'videos/image2video', id: ID })
    expect(asked.map((call) => 'path' in call && call.path)).toEqual(['/v1/videos/text2video/att_1-text2video', '/v1/videos/image2video/att_1-image2video'])
  })

  test('may be on the versioned wire, where a filter that was passed over finds nothing', async () => {
    const noRight = { status: 403, body: { code: 1103, message: 'no right' } }
    const task = (external: string) => ({ status: 200, body: { code: 0, data: [{ id: ID, status: 'processing', external_id: external }] } })
    const before = [...Array.from({ length: 7 }, () => absent), noRight]
    expect(await kling.find?.('att_1', scriptedHttp([...before, task('att_1-tasks')]).http)).toEqual({ path: 'tasks', id: ID })
    expect(await kling.find?.('att_1', scriptedHttp([...before, task('att_2-tasks')]).http)).toBeUndefined()
  })

  test('is not given up because one family did not answer', async () => {
    await expect(kling.find?.('att_1', scriptedHttp([{ status: 500, body: { code: 5000 } }]).http)).rejects.toMatchObject({ kind: 'lost' })
  })
})

describe('a callback', () => {
  test('of either shape names its task, and its place by our own id', () => {
    const classic = { task_id: ID, task_status: 'succeed', task_info: { external_task_id: 'att_1-omni-video' } }
    expect(kling.callback?.(callbackMessage(classic))).toEqual({ handle: { path: 'videos/omni-video', id: ID } })
    expect(kling.callback?.(callbackMessage({ id: ID, status: 'succeeded', external_id: 'att_1-tasks' }))).toEqual({ handle: { path: 'tasks', id: ID } })
  })

  test.each([
    { task_id: ID, task_status: 'succeed' },
    { task_id: ID, task_status: 'succeed', task_info: { external_task_id: 'att_1-account' } },
    { task_id: '../../account', task_status: 'succeed', task_info: { external_task_id: 'att_1-omni-video' } },
  ])('without a place, or with an id that is none, names nothing: %j', (body) => {
    expect(kling.callback?.(callbackMessage(body))).toEqual({})
  })
})

test('a token is signed as in the worked example of the documentation', () => {
  const call = { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 1_785_571_200_000 } as const
  expect(kling.authorize({ access_key: 'ak-test-0001', secret_key: 'sk-test-0123456789abcdef' }, call)).toEqual({
    authorization:
      'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhay10ZXN0LTAwMDEiLCJleHAiOjE3ODU1NzMwMDAsIm5iZiI6MTc4NTU3MTE5NX0.WeqaaARuIj-MNDer2Vp2EOXlDbxCWDYhWvYnV1ld_7I',
  })
  expect(kling.authorize({ api_key: 'api-key-kling-1' }, call)).toEqual({ authorization: 'Bearer api-key-kling-1' })
})

test('a credential is a static key, or both of the older keys', () => {
  expect(kling.credential.parse({ api_key: ' k\n' })).toEqual({ api_key: 'k' })
  expect(kling.credential.parse({ access_key: 'a', secret_key: 'b' })).toEqual({ access_key: 'a', secret_key: 'b' })
  expect(kling.credential.safeParse({ access_key: 'a' }).success).toBe(false)
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', 'a?b', '', 'x'.repeat(129)]) expect(kling.handle.safeParse({ path: 'tasks', id }).success, id).toBe(false)
  expect(kling.handle.safeParse({ path: 'account', id: ID }).success).toBe(false)
})
