import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { checkRequest } from '../admission/check-request.ts'
import { draftOf, inputOf } from '../admission/draft.fixture.ts'
import { allModels } from '../catalog/index.ts'
import { videoOperation, type GenerationRequest, type InputAsset } from '../core/generation-request.ts'
import { choicesOf, type Model } from '../core/model.ts'
import type { Draft, DraftInput } from '../dialects/dialect.ts'
import { jimeng } from './jimeng.ts'
import { fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
interface Asking {
  model?: string
  inputs?: JobInput[]
}

function jobOf(request: Partial<GenerationRequest>, { model = 'jimeng_v30', inputs = [] }: Asking = {}) {
  const assets: InputAsset[] = inputs.map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/x' } }))
  return fixtureJob({ request: { operation: videoOperation(assets), inputs: assets, ...request }, upstreamModel: model, inputs })
}

async function sent(request: Partial<GenerationRequest> = {}, asking: Asking = {}, action = 'CVSync2AsyncSubmitTask'): Promise<Record<string, unknown>> {
  const { http, asked } = scriptedHttp([{ status: 200, body: { code: 10_000, request_id: 'R1', data: { task_id: '7392616336519610409' } } }])
  await jimeng.submit(jobOf(request, asking), http)
  expect(asked).toEqual([expect.objectContaining({ method: 'POST', path: '/', query: { Action: action, Version: '2022-08-31' }, json: expect.any(Object) })])
  return asked[0]?.json as Record<string, unknown>
}

const FIRST = fixtureInput({ role: 'first_frame', url: 'https://example.com/first.png' })
const LAST = fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' })

describe('the key of a model is chosen by the work', () => {
  test.each([
    ['jimeng_v30', [], 'jimeng_t2v_v30'],
    ['jimeng_v30', [FIRST], 'jimeng_i2v_first_v30'],
    ['jimeng_v30', [FIRST, LAST], 'jimeng_i2v_first_tail_v30'],
    ['jimeng_v30_1080p', [], 'jimeng_t2v_v30_1080p'],
    ['jimeng_v30_1080p', [FIRST], 'jimeng_i2v_first_v30_1080'],
    ['jimeng_t2v_v30_1080p', [FIRST, LAST], 'jimeng_i2v_first_tail_v30_1080'],
    ['jimeng_vgfm_t2v_l20', [], 'jimeng_vgfm_t2v_l20'],
    ['jimeng_vgfm_t2v_l20', [FIRST], 'jimeng_vgfm_i2v_l20'],
    ['jimeng_v30_pro', [], 'jimeng_ti2v_v30_pro'],
    ['jimeng_ti2v_v30_pro', [FIRST], 'jimeng_ti2v_v30_pro'],
  ])('%s with %j is %s', async (model, inputs, key) => {
    expect((await sent({}, { model, inputs }))['req_key']).toBe(key)
  })
})

describe('the body of a task', () => {
  test('says no more than was asked', async () => {
    expect(await sent()).toEqual({ req_key: 'jimeng_t2v_v30', prompt: 'a boat' })
  })

  test('carries every field, frames for seconds, seed 0 too', async () => {
    expect(await sent({ durationSeconds: 10, aspectRatio: '21:9', resolution: '720p', seed: 0 })).toEqual({ req_key: 'jimeng_t2v_v30', prompt: 'a boat', seed: 0, frames: 241, aspect_ratio: '21:9' })
    expect(await sent({ durationSeconds: 5, seed: -1 }, { model: 'jimeng_vgfm_t2v_l20' })).toEqual({ req_key: 'jimeng_vgfm_t2v_l20', prompt: 'a boat', seed: -1 })
  })

  test('has pictures all as addresses or all as base64, the first before the last, and names none in the prompt', async () => {
    expect(await sent({ prompt: '@Image1 opens', aspectRatio: 'adaptive' }, { inputs: [LAST, FIRST] })).toEqual({
      req_key: 'jimeng_i2v_first_tail_v30', prompt: 'image 1 opens', image_urls: ['https://example.com/first.png', 'https://example.com/last.png'],
    })
    const bytes = fixtureInput({ role: 'last_frame', bytes: Uint8Array.of(9, 9, 9) })
    expect(await sent({ prompt: '' }, { inputs: [FIRST, bytes] })).toEqual({ req_key: 'jimeng_i2v_first_tail_v30', binary_data_base64: ['AQID', 'CQkJ'] })
    expect(await sent({}, { inputs: [fixtureInput({ role: 'first_frame', url: 'http://example.com/a.png' })] })).toMatchObject({ binary_data_base64: ['AQID'] })
  })

  test('names the camera move that it is for', async () => {
    const vendor = { template_id: 'robo_arm', camera_strength: 'strong' }
    expect(await sent({ vendor }, { model: 'jimeng_i2v_recamera_v30', inputs: [FIRST] })).toMatchObject({ req_key: 'jimeng_i2v_recamera_v30', ...vendor })
  })
})

describe('a portrait that speaks and a picture that moves', () => {
  const portrait = fixtureInput({ role: 'first_frame', url: 'https://example.com/face.png' })
  const sound = fixtureInput({ media: 'audio', role: 'source', url: 'https://example.com/a.mp3' })
  const figure = fixtureInput({ role: 'reference', url: 'https://example.com/figure.png' })
  const dance = fixtureInput({ media: 'video', role: 'source', url: 'https://example.com/dance.mp4' })
  const OMNI = { model: 'jimeng_realman_avatar_picture_omni_v15', inputs: [sound, portrait] }

  test('OmniHuman is asked by the older actions, in words, at a resolution', async () => {
    expect(await sent({ operation: 'image_to_video', prompt: 'She smiles', durationSeconds: 'auto', resolution: '720p', aspectRatio: 'adaptive', audio: true, seed: 7, vendor: { pe_fast_mode: true } }, OMNI, 'CVSubmitTask')).toEqual({
      req_key: 'jimeng_realman_avatar_picture_omni_v15', image_url: 'https://example.com/face.png', audio_url: 'https://example.com/a.mp3', prompt: 'She smiles', seed: 7, output_resolution: 720, pe_fast_mode: true,
    })
    expect(await sent({ operation: 'image_to_video', prompt: '', resolution: '480p' }, { ...OMNI, model: 'jimeng_realman_avatar_picture_omni_v2' }, 'CVSubmitTask')).toEqual({
      req_key: 'jimeng_realman_avatar_picture_omni_v2', image_url: 'https://example.com/face.png', audio_url: 'https://example.com/a.mp3',
    })
  })

  test('DreamActor gets a picture, the second also as it is, and the video by its address', async () => {
    const request = { operation: 'video_to_video', prompt: '', durationSeconds: 'auto', resolution: '720p', aspectRatio: 'adaptive' } as const
    expect(await sent(request, { model: 'jimeng_dream_actor_m1_gen_video_cv', inputs: [figure, dance] })).toEqual({ req_key: 'jimeng_dream_actor_m1_gen_video_cv', image_url: 'https://example.com/figure.png', video_url: 'https://example.com/dance.mp4' })
    expect(await sent({ ...request, vendor: { cut_result_first_second_switch: false } }, { model: 'jimeng_dreamactor_m20_gen_video', inputs: [fixtureInput(), dance] })).toEqual({
      req_key: 'jimeng_dreamactor_m20_gen_video', binary_data_base64: ['AQID'], video_url: 'https://example.com/dance.mp4', cut_result_first_second_switch: false,
    })
  })

  test.each<[string, Partial<GenerationRequest>, Asking, string]>([
    ['a portrait without a sound', { prompt: '' }, { ...OMNI, inputs: [portrait] }, 'inputs'],
    ['a sound that is nowhere to be fetched', { operation: 'image_to_video' }, { ...OMNI, inputs: [portrait, fixtureInput({ media: 'audio', role: 'source' })] }, 'inputs'],
    ['a length of its own', { operation: 'image_to_video', durationSeconds: 5 }, OMNI, 'durationSeconds'],
    ['a ratio of its own', { operation: 'image_to_video', aspectRatio: '16:9' }, OMNI, 'aspectRatio'],
    ['480p of OmniHuman 1.5', { operation: 'image_to_video', resolution: '480p' }, OMNI, 'resolution'],
    ['no sound', { operation: 'image_to_video', audio: false }, OMNI, 'audio'],
    ['words for the quick mode', { operation: 'image_to_video' }, { ...OMNI, model: 'jimeng_realman_avatar_picture_omni_v2' }, 'prompt'],
    ['a seed for the quick mode', { operation: 'image_to_video', prompt: '', seed: 1 }, { ...OMNI, model: 'jimeng_realman_avatar_picture_omni_v2' }, 'seed'],
    ['words for a motion', {}, { model: 'jimeng_dreamactor_m20_gen_video', inputs: [figure, dance] }, 'prompt'],
    ['a motion without a picture', { prompt: '' }, { model: 'jimeng_dreamactor_m20_gen_video', inputs: [dance] }, 'inputs'],
    ['a picture for M1 that is nowhere to be fetched', { prompt: '' }, { model: 'jimeng_dream_actor_m1_gen_video_cv', inputs: [fixtureInput(), dance] }, 'inputs'],
  ])('%s is refused', async (_about, request, asking, param) => {
    await expect(jimeng.submit(jobOf(request, asking), scriptedHttp([]).http)).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param })
  })
})

describe('a picture', () => {
  const picture = (request: Partial<GenerationRequest>, asking: Asking, action?: string) => sent({ kind: 'image', operation: asking.inputs ? 'image_edit' : 'text_to_image', ...request }, asking, action)
  const source = fixtureInput({ role: 'source', url: 'https://example.com/a.png' })
  const other = fixtureInput({ role: 'reference', url: 'https://example.com/b.png' })

  test('of 4.0 has a size, or an area in which it chooses its shape, and is one', async () => {
    expect(await picture({ size: '2560x1440', resolution: '2K' }, { model: 'jimeng_t2i_v40' })).toEqual({ req_key: 'jimeng_t2i_v40', prompt: 'a boat', width: 2560, height: 1440, force_single: true })
    expect(await picture({ resolution: '4K', aspectRatio: 'adaptive', prompt: '@Image2 holds @Image1', vendor: { scale: 0 } }, { model: 'jimeng_t2i_v40', inputs: [source, other] })).toEqual({
      req_key: 'jimeng_t2i_v40', prompt: '图2 holds 图1', image_urls: ['https://example.com/a.png', 'https://example.com/b.png'], size: 4096 ** 2, scale: 0, force_single: true,
    })
    expect(await picture({}, { model: 'jimeng_seedream46_cvtob', inputs: [source, fixtureInput()] })).toMatchObject({ req_key: 'jimeng_seedream46_cvtob', binary_data_base64: ['AQID', 'AQID'] })
  })

  test('of 3.x may have its words rewritten, and seed 0', async () => {
    expect(await picture({ size: '1328x1328', seed: 0, enhancePrompt: false }, { model: 'jimeng_t2i_v31' })).toEqual({ req_key: 'jimeng_t2i_v31', prompt: 'a boat', width: 1328, height: 1328, seed: 0, use_pre_llm: false })
    expect(await picture({ size: '1664x936', vendor: { scale: 0.7 } }, { model: 'jimeng_i2i_v30', inputs: [source] })).toEqual({ req_key: 'jimeng_i2i_v30', prompt: 'a boat', image_urls: ['https://example.com/a.png'], width: 1664, height: 936, scale: 0.7 })
  })

  test('of 2.1 comes with the answer, no larger than was asked unless that was asked too', async () => {
    const once = { model: 'jimeng_high_aes_general_v21_L' }
    const { http, asked } = scriptedHttp([{ status: 200, body: { code: 10_000, request_id: '2026AB', data: { image_urls: ['https://cdn.example.test/a.png'], binary_data_base64: [] } } }])
    expect(await jimeng.submit(jobOf({ kind: 'image', operation: 'text_to_image', size: '512x512', vendor: { logo_info: { add_logo: true } } }, once), http)).toEqual({
      handle: { reqKey: 'jimeng_high_aes_general_v21_L', taskId: '2026AB' },
      progress: { state: 'done', results: [{ kind: 'url', url: 'https://cdn.example.test/a.png', role: 'output' }] },
    })
    expect(asked[0]).toMatchObject({ query: { Action: 'CVProcess' }, json: { width: 512, height: 512, use_sr: false, return_url: true, logo_info: { add_logo: true } } })
    expect(await picture({ upsample: true }, once, 'CVProcess')).toMatchObject({ use_sr: true })
    await expect(jimeng.check({ reqKey: 'jimeng_high_aes_general_v21_L', taskId: 'R1' }, scriptedHttp([]).http)).rejects.toMatchObject({ kind: 'garbled' })
  })

  test('is painted anew where the mask is white, whatever the caller drew', async () => {
    const black = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#000' } }).png().toBuffer()
    const inputs = [fixtureInput({ role: 'mask', bytes: black }), fixtureInput({ role: 'source' })]
    const body = await picture({ vendor: { mask_changes: 'black' } }, { model: 'jimeng_image2image_dream_inpaint', inputs })
    expect(Object.keys(body)).toEqual(['req_key', 'prompt', 'binary_data_base64'])
    const [first, mask] = body['binary_data_base64'] as string[]
    expect(first).toBe('AQID')
    const drawn = sharp(Buffer.from(mask!, 'base64'))
    expect(new Set(await drawn.clone().raw().toBuffer())).toEqual(new Set([255]))
    expect((await drawn.metadata()).channels).toBe(1)
  })

  test('is asked for as links, and marked as was wished', async () => {
    const { http, asked } = scriptedHttp([
      { status: 200, body: { code: 10_000, data: { task_id: '7392616336519610409' } } },
      { status: 200, body: { code: 10_000, data: { status: 'done', image_urls: null, binary_data_base64: ['iVBORw=='] } } },
    ])
    const { handle } = await jimeng.submit(jobOf({ kind: 'image', operation: 'text_to_image', vendor: { logo_info: { add_logo: true } } }, { model: 'jimeng_t2i_v40' }), http)
    expect(handle).toEqual({ reqKey: 'jimeng_t2i_v40', taskId: '7392616336519610409', marks: { logo_info: { add_logo: true } } })
    expect(await jimeng.check(handle, http)).toEqual({ state: 'done', results: [{ kind: 'bytes', base64: 'iVBORw==', role: 'output' }] })
    expect(asked[0]?.json).not.toHaveProperty('logo_info')
    expect(asked[1]?.json).toEqual({ req_key: 'jimeng_t2i_v40', task_id: '7392616336519610409', req_json: '{"return_url":true,"logo_info":{"add_logo":true}}' })
  })

  test.each<[string, Partial<GenerationRequest>, Asking, string]>([
    ['beyond 4K', { size: '7000x7000' }, { model: 'jimeng_t2i_v40' }, 'size'],
    ['below 1K', { size: '512x512' }, { model: 'jimeng_t2i_v40' }, 'size'],
    ['four times as wide as high', { size: '4096x1024' }, { model: 'jimeng_t2i_v40' }, 'size'],
    ['a ratio without a size', { aspectRatio: '16:9' }, { model: 'jimeng_t2i_v40' }, 'aspectRatio'],
    ['the shape of its choice from 3.0', { aspectRatio: 'adaptive' }, { model: 'jimeng_t2i_v30' }, 'aspectRatio'],
    ['8K', { resolution: '8K' }, { model: 'jimeng_t2i_v40' }, 'resolution'],
    ['a seed of 4.0', { seed: 1 }, { model: 'jimeng_t2i_v40' }, 'seed'],
    ['a scale of 3', { vendor: { scale: 3 } }, { model: 'jimeng_t2i_v40' }, 'vendor.scale'],
    ['eleven pictures', {}, { model: 'jimeng_t2i_v40', inputs: Array.from({ length: 11 }, () => other) }, 'inputs'],
    ['two pictures to change at once', {}, { model: 'jimeng_i2i_v30', inputs: [source, other] }, 'inputs'],
    ['a mask that nobody needs', {}, { model: 'jimeng_t2i_v40', inputs: [source, fixtureInput({ role: 'mask' })] }, 'inputs'],
    ['no mask', {}, { model: 'jimeng_image2image_dream_inpaint', inputs: [source] }, 'inputs'],
    ['a size of what is painted anew', { size: '512x512' }, { model: 'jimeng_image2image_dream_inpaint', inputs: [source, fixtureInput({ role: 'mask' })] }, 'size'],
    ['two', { count: 2 }, { model: 'jimeng_t2i_v40' }, 'count'],
    ['no words', { prompt: '' }, { model: 'jimeng_t2i_v40' }, 'prompt'],
  ])('%s is refused', (_about, request, asking, param) => {
    expect(jimeng.unfit?.(jobOf({ kind: 'image', operation: asking.inputs ? 'image_edit' : 'text_to_image', ...request }, asking))).toMatchObject({ param })
  })
})

describe('what Jimeng cannot do is said before it is asked', () => {
  test.each<[string, Partial<GenerationRequest>, Asking, string]>([
    ['a size alone', { size: '1248x704' }, {}, 'size'],
    ['"auto"', { durationSeconds: 'auto' }, {}, 'durationSeconds'],
    ['two at a time', { count: 2 }, {}, 'count'],
    ['a negative prompt', { negativePrompt: 'rain' }, {}, 'negativePrompt'],
    ['a reference', { operation: 'image_to_video' }, { inputs: [fixtureInput()] }, 'inputs'],
    ['a frame where words were meant', { operation: 'text_to_video' }, { inputs: [FIRST] }, 'inputs'],
    ['references as an operation', {}, { inputs: [fixtureInput()] }, 'operation'],
    ['no words at all', { prompt: '' }, {}, 'prompt'],
    ['an extra that nobody knows', { vendor: { motion: 1 } }, { model: 'jimeng_i2v_recamera_v30', inputs: [FIRST] }, 'vendor.motion'],
  ])('%s', async (_about, request, asking, param) => {
    expect(jimeng.unfit?.(jobOf(request, asking))).toMatchObject({ param })
    await expect(jimeng.submit(jobOf(request, asking), scriptedHttp([]).http)).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param })
  })
})

test('whatever the catalogue promises of a model at Jimeng can be asked for', () => {
  const served = allModels().filter(({ upstreamNames }) => upstreamNames?.['jimeng'] !== undefined)
  expect(served.length).toBeGreaterThan(20)
  for (const model of served) {
    for (const operation of model.operations) {
      const { resolutions = [], aspectRatios = [], duration } = choicesOf(model, operation)
      for (const aspectRatio of aspectRatios) {
        // The least area of 4.x is that of the square of 1K, so no other shape comes to it.
        for (const resolution of resolutions.length > 0 ? resolutions.filter((word) => word !== '1K' || aspectRatio === 'adaptive') : [undefined]) {
          const wish: Draft = draftOf(model, {
            operation, aspectRatio, ...(resolution !== undefined && { resolution }), prompt: model.operations.includes('video_to_video') || model.id.endsWith('omni_v2') ? '' : 'a boat',
            ...(duration && { durationSeconds: duration.ofSource ? 'auto' : duration.maxSeconds }),
            ...(model.vendorFields?.includes('template_id') && { vendor: { template_id: 'robo_arm', camera_strength: 'weak', aigc_meta: { producer_id: '1' } } }),
          }, { inputs: materialsOf(model, operation) })
          const { request } = checkRequest(wish, model)
          const inputs = wish.inputs.map(({ media, role }): InputAsset => ({ media, role, source: { url: 'https://example.com/x' } }))
          expect(jimeng.unfit?.({ request: { ...request, inputs }, upstreamModel: model.upstreamNames!['jimeng']!, settings: {} }), `${model.id} ${operation} ${aspectRatio}`).toBeUndefined()
        }
      }
    }
  }
})

function materialsOf({ inputs }: Model, operation: GenerationRequest['operation']): DraftInput[] {
  switch (operation) {
    case 'image_to_video':
      return [inputOf('image', 'first_frame'), ...(inputs.audio ? [inputOf('audio', 'source')] : [])]
    case 'first_last_frame':
      return [inputOf('image', 'first_frame'), inputOf('image', 'last_frame', 1)]
    case 'video_to_video':
      return [inputOf('image', 'reference'), inputOf('video', 'source')]
    case 'image_edit':
      return [inputOf('image', 'source'), ...(inputs.image?.roles.includes('mask') ? [inputOf('image', 'mask', 1)] : [])]
    default:
      return []
  }
}

/** Worked examples, computed independently; the first was checked with two implementations. */
describe('a call is signed', () => {
  const credential = { access_key: 'AKLTEXAMPLEACCESSKEY01', secret_key: 'c2VjcmV0LWtleS1mb3ItdGVzdGluZy1vbmx5' }
  const submit = '{"req_key":"jimeng_t2v_v30","prompt":"a red fox runs through snow","seed":-1,"frames":121,"aspect_ratio":"16:9"}'
  const signed = (action: string, body: string, date: string, more: Record<string, unknown> = {}) =>
    jimeng.authorize({ ...credential, ...more }, {
      method: 'POST', url: new URL(`https://visual.volcengineapi.com/?Action=${action}&Version=2022-08-31`), body, contentType: 'application/json', nowMs: Date.parse(date),
    })

  test('over the body, its query and its headers', () => {
    expect(signed('CVSync2AsyncSubmitTask', submit, '2026-08-01T08:00:00Z')).toEqual({
      'content-type': 'application/json',
      'x-date': '20260801T080000Z',
      'x-content-sha256': '7563e86042451aa3c13257d5f32a693637fb5a85b42764170df0c2a2f7a51bf4',
      authorization:
        'HMAC-SHA256 Credential=AKLTEXAMPLEACCESSKEY01/20260801/cn-north-1/cv/request, SignedHeaders=content-type;host;x-content-sha256;x-date, Signature=9ff9d3a0b4ffc90c8322b71fccb87b86c64839574a6e6204f78db1407b96797d',
    })
  })

  test('with the token of temporary credentials', () => {
    const headers = signed('CVSync2AsyncSubmitTask', submit, '2026-08-01T08:00:00Z', { security_token: 'STSeyJEXAMPLE' })
    expect(headers['x-security-token']).toBe('STSeyJEXAMPLE')
    expect(headers['authorization']).toMatch(/SignedHeaders=content-type;host;x-content-sha256;x-date;x-security-token, Signature=124f1137130bca0e2c073c018fd185c1eec166a7b4b7d844f15297cf84f01b04$/)
  })

  test('when it looks at a task', () => {
    const headers = signed('CVSync2AsyncGetResult', '{"req_key":"jimeng_t2v_v30","task_id":"7392616336519610409"}', '2026-08-01T08:00:15Z')
    expect(headers['x-content-sha256']).toBe('fb9ad4e9500a5f8ce1fba86a5f8708142a074934631f559598ad89fbf5a8c123')
    expect(headers['authorization']).toMatch(/Signature=feb5a2c16cb3bc8e45c5a93689368fdf68f24920e497d0c0adcddd30b7e6d489$/)
  })
})

test('a credential is both keys, without the spaces that were pasted with them', () => {
  expect(jimeng.credential.parse({ access_key: ' a\n', secret_key: 'b ' })).toEqual({ access_key: 'a', secret_key: 'b' })
  expect(jimeng.credential.safeParse({ access_key: 'a' }).success).toBe(false)
})
