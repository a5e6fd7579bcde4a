import { describe, expect, test } from 'vitest'
import { allModels } from '../catalog/index.ts'
import { videoOperation, type GenerationRequest, type InputAsset, type InputRole } from '../core/generation-request.ts'
import { choicesOf } from '../core/model.ts'
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

async function sent(request: Partial<GenerationRequest> = {}, asking: Asking = {}): Promise<Record<string, unknown>> {
  const { http, asked } = scriptedHttp([{ status: 200, body: { code: 10_000, data: { task_id: '7392616336519610409' } } }])
  await jimeng.submit(jobOf(request, asking), http)
  expect(asked).toEqual([{ method: 'POST', path: '/', query: { Action: 'CVSync2AsyncSubmitTask', Version: '2022-08-31' }, json: expect.any(Object) }])
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

const ROLES: Partial<Record<GenerationRequest['operation'], InputRole[]>> = { image_to_video: ['first_frame'], first_last_frame: ['first_frame', 'last_frame'] }

test('whatever the catalogue promises of a model at Jimeng can be asked for', () => {
  const served = allModels().filter(({ upstreamNames }) => upstreamNames?.['jimeng'] !== undefined)
  expect(served.length).toBeGreaterThan(9)
  for (const model of served) {
    for (const operation of model.operations) {
      const { resolutions = [], aspectRatios = [], duration } = choicesOf(model, operation)
      for (const aspectRatio of aspectRatios) {
        const inputs = (ROLES[operation] ?? []).map((role): InputAsset => ({ media: 'image', role, source: { url: 'https://example.com/x' } }))
        const request: GenerationRequest = {
          kind: 'video', operation, model: model.id, prompt: 'a boat', count: 1, inputs, aspectRatio, resolution: resolutions[0]!, durationSeconds: duration!.maxSeconds,
          ...(model.vendorFields?.includes('template_id') && { vendor: { template_id: 'robo_arm', camera_strength: 'weak' } }),
        }
        expect(jimeng.unfit?.({ request, upstreamModel: model.upstreamNames!['jimeng']!, settings: {} }), `${model.id} ${operation} ${aspectRatio}`).toBeUndefined()
      }
    }
  }
})

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
