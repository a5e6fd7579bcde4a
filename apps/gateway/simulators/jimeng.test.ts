import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ACCESS_KEY, canonicalHash, SECRET_KEY } from './jimeng/signature.ts'
import { simulateJimeng } from './jimeng.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 7, 1, 12)
let nowMs = startMs
let jimeng: Simulator

beforeAll(async () => {
  jimeng = await simulateJimeng({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
})
afterAll(() => jimeng.close())
beforeEach(() => {
  nowMs = startMs
})

interface Body {
  code?: number
  status?: number
  message?: string
  data?: { task_id: string; status: string; video_url: string; image_urls: string[] | null; binary_data_base64: string[] | null } | null
  ResponseMetadata?: { Error: { CodeN: number; Code: string } }
}

interface Signing {
  accessKey?: string
  secretKey?: string
  /** As most clients have them; the vendor's Node SDK leaves out the content type. */
  names?: string[]
  date?: string
  scope?: string
  /** What is sent instead of the body that was signed. */
  sentBody?: string
  version?: string
}

const SUBMIT = 'CVSync2AsyncSubmitTask'
const RESULT = 'CVSync2AsyncGetResult'

async function call(action: string, json: unknown, signing: Signing = {}): Promise<{ status: number; body: Body }> {
  const { accessKey = ACCESS_KEY, secretKey = SECRET_KEY, names = ['content-type', 'host', 'x-content-sha256', 'x-date'], scope = 'cn-north-1/cv', version = '2022-08-31' } = signing
  const url = new URL(`${jimeng.baseUrl}/?${action === '' ? '' : `Action=${action}&`}Version=${version}`)
  const body = JSON.stringify(json)
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const date = signing.date ?? new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const headers = { 'content-type': 'application/json', host: url.host, 'x-content-sha256': bodyHash, 'x-date': date }
  const whole = `${date.slice(0, 8)}/${scope}/request`
  const key = whole.split('/').reduce<string | Buffer>((chain, part) => createHmac('sha256', chain).update(part).digest(), secretKey)
  const signature = createHmac('sha256', key).update(`HMAC-SHA256\n${date}\n${whole}\n${canonicalHash({ method: 'POST', url, headers }, names, bodyHash)}`).digest('hex')
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, authorization: `HMAC-SHA256 Credential=${accessKey}/${whole}, SignedHeaders=${names.join(';')}, Signature=${signature}` },
    body: signing.sentBody ?? body,
  })
  return { status: response.status, body: (await response.json()) as Body }
}

async function submitted(fields: Record<string, unknown> = {}): Promise<string> {
  const { body } = await call(SUBMIT, { req_key: 'jimeng_t2v_v30', prompt: 'a boat', ...fields })
  expect(body).toMatchObject({ code: 10_000, status: 10_000, message: 'Success', time_elapsed: expect.stringMatching(/ms$/) })
  return body.data?.task_id ?? ''
}

const look = (id: string) => call(RESULT, { req_key: 'jimeng_vgfm_t2v_l20', task_id: id })

test('what is signed is put together as in the worked examples', () => {
  const url = new URL('https://visual.volcengineapi.com/?Version=2022-08-31&Action=CVSync2AsyncSubmitTask')
  const bodyHash = '7563e86042451aa3c13257d5f32a693637fb5a85b42764170df0c2a2f7a51bf4'
  const headers = { 'content-type': 'application/json', host: url.host, 'x-content-sha256': bodyHash, 'x-date': '20260801T080000Z', 'x-security-token': 'STSeyJEXAMPLE' }
  const hashOf = (...names: string[]) => canonicalHash({ method: 'POST', url, headers }, names, bodyHash)
  expect(hashOf('content-type', 'host', 'x-content-sha256', 'x-date')).toBe('6926f8470a970d47e2354bd578e5fc10c804191bd7ac5495fe3dc81f485fc7f5')
  expect(hashOf('host', 'x-content-sha256', 'x-date')).toBe('33111c4e8bb0e6ee04f05bb1020515277f91d61de7bcb9562d49530f4ad619fd')
  expect(hashOf('content-type', 'host', 'x-content-sha256', 'x-date', 'x-security-token')).toBe('af90708ca2f6603f063195374e02bb74100a11ca1291958191a213a7f0c17f4d')
})

describe('at the gate', () => {
  test('any set of signed headers will do that has the host and the date', async () => {
    expect((await call(RESULT, { req_key: 'jimeng_t2v_v30', task_id: '1' }, { names: ['host', 'x-content-sha256', 'x-date'] })).status).toBe(200)
    expect((await call(RESULT, { req_key: 'jimeng_t2v_v30', task_id: '1' }, { names: ['x-date'] })).status).toBe(401)
  })

  test.each<[string, Signing, number, string]>([
    ['another secret', { secretKey: 'other' }, 401, 'SignatureDoesNotMatch'],
    ['another access key', { accessKey: 'AKLTOTHER' }, 401, 'InvalidAccessKey'],
    ['another service', { scope: 'cn-north-1/ark' }, 401, 'SignatureDoesNotMatch'],
    ['a body that was changed on its way', { sentBody: '{"req_key":"jimeng_t2v_v30","task_id":"2"}' }, 401, 'SignatureDoesNotMatch'],
    ['a date of twenty minutes ago', { date: '20260801T114000Z' }, 400, 'InvalidTimestamp'],
    ['a date that is none', { date: 'yesterday' }, 400, 'InvalidAuthorization'],
    ['another version', { version: '2020-01-01' }, 404, 'InvalidActionOrVersion'],
  ])('%s is refused', async (_what, signing, status, word) => {
    const answer = await call(RESULT, { req_key: 'jimeng_t2v_v30', task_id: '1' }, signing)
    expect([answer.status, answer.body.ResponseMetadata?.Error.Code]).toEqual([status, word])
  })

  test('no signature, no action and an unknown action are refused', async () => {
    const bare = await fetch(`${jimeng.baseUrl}/?Action=${RESULT}&Version=2022-08-31`, { method: 'POST', body: '{}' })
    expect([bare.status, ((await bare.json()) as Body).ResponseMetadata?.Error.CodeN]).toEqual([401, 100_003])
    expect((await call('', {})).body.ResponseMetadata?.Error.CodeN).toBe(100_002)
    expect((await call('CVCancelTask', {})).body.ResponseMetadata?.Error.CodeN).toBe(100_008)
  })
})

describe('a submission is refused for', () => {
  const URL = 'https://example.com/a.png'
  test.each<[string, Record<string, unknown>, number]>([
    ['an unknown key of a model', { req_key: 'jimeng_t2v_v99' }, 50_400],
    ['an inherited name', { req_key: 'constructor' }, 50_400],
    ['an unknown field', { duration: 5 }, 50_215],
    ['a wrong type', { seed: '1' }, 50_215],
    ['frames in between', { frames: 145 }, 50_215],
    ['ten seconds of S2.0 Pro', { req_key: 'jimeng_vgfm_t2v_l20', frames: 241 }, 50_215],
    ['no prompt', { prompt: '' }, 50_215],
    ['a picture for words', { image_urls: [URL] }, 50_215],
    ['no picture', { req_key: 'jimeng_i2v_first_v30' }, 50_215],
    ['one picture of two', { req_key: 'jimeng_i2v_first_tail_v30', image_urls: [URL] }, 50_215],
    ['both kinds of pictures', { req_key: 'jimeng_i2v_first_tail_v30', image_urls: [URL], binary_data_base64: ['iVBORw=='] }, 50_215],
    ['a data: prefix', { req_key: 'jimeng_i2v_first_v30', binary_data_base64: ['data:image/png;base64,iVBORw=='] }, 50_215],
    ['a ratio beside a picture', { req_key: 'jimeng_i2v_first_v30', image_urls: [URL], aspect_ratio: '1:1' }, 50_215],
    ['a camera move without its name', { req_key: 'jimeng_i2v_recamera_v30', image_urls: [URL] }, 50_215],
    ['a camera move elsewhere', { template_id: 'robo_arm' }, 50_215],
    ['a portrait at the newer door', { req_key: 'jimeng_realman_avatar_picture_omni_v15', image_url: URL, audio_url: URL }, 50_400],
    ['a motion without its video', { req_key: 'jimeng_dreamactor_m20_gen_video', prompt: undefined, image_urls: [URL] }, 50_215],
    ['words for a motion', { req_key: 'jimeng_dream_actor_m1_gen_video_cv', image_url: URL, video_url: URL }, 50_215],
    ['a picture of less than 1K', { req_key: 'jimeng_t2i_v40', width: 1024, height: 1000 }, 50_215],
    ['an area beyond 4K', { req_key: 'jimeng_t2i_v40', size: 4097 ** 2 }, 50_215],
    ['a seed of 4.0', { req_key: 'jimeng_t2i_v40', seed: 1 }, 50_215],
    ['the scale of 4.6 for 4.0', { req_key: 'jimeng_t2i_v40', scale: 50 }, 50_215],
    ['one picture to paint within', { req_key: 'jimeng_image2image_dream_inpaint', image_urls: [URL] }, 50_215],
    ['a picture at once as a task', { req_key: 'jimeng_high_aes_general_v21_L' }, 50_400],
  ])('%s', async (_what, fields, code) => {
    const before = jimeng.acceptedCreates()
    const { status, body } = await call(SUBMIT, { req_key: 'jimeng_t2v_v30', prompt: 'a boat', ...fields })
    expect({ status, code: body.code, again: body.status, data: body.data }).toEqual({ status: 400, code, again: code, data: null })
    expect(jimeng.acceptedCreates()).toBe(before)
  })

  test.each([['input_moderation', 400, 50_412], ['rate_limited', 429, 50_429], ['queue_full', 429, 50_430], ['server_error', 500, 50_500]])('[[sim:%s]]', async (sentinel, status, code) => {
    const answer = await call(SUBMIT, { req_key: 'jimeng_t2v_v30', prompt: `x [[sim:${sentinel}]]` })
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })
})

describe('a picture', () => {
  const picture = (options?: string) => call(RESULT, { req_key: 'jimeng_t2i_v31', task_id: id, ...(options !== undefined && { req_json: options }) })
  let id = ''

  test('is given as base64, or as a link for a day where that is asked for', async () => {
    id = await submitted({ req_key: 'jimeng_t2i_v31', width: 512, height: 512 })
    nowMs += 60_000
    const { data } = (await picture()).body
    expect(Buffer.from(data?.binary_data_base64?.[0] ?? '', 'base64').toString('latin1', 1, 4)).toBe('PNG')
    const linked = (await picture('{"return_url":true,"logo_info":{"add_logo":true}}')).body.data
    expect(linked).toMatchObject({ status: 'done', binary_data_base64: null })
    nowMs += 23 * 3_600_000
    expect((await fetch(linked?.image_urls?.[0] ?? '')).status).toBe(200)
    nowMs += 2 * 3_600_000
    expect((await fetch(linked?.image_urls?.[0] ?? '')).status).toBe(403)
  })

  test('is not asked for in words that are no JSON, or with wishes that nobody knows', async () => {
    for (const options of ['{', '{"add_logo":true}']) expect((await picture(options)).body.code).toBe(50_215)
  })

  test('comes at once from the older model, twice as large unless it is told not to', async () => {
    const { body } = await call('CVProcess', { req_key: 'jimeng_high_aes_general_v21_L', prompt: 'a boat', return_url: true, width: 256, height: 256 })
    const bytes = Buffer.from(await (await fetch(body.data?.image_urls?.[0] ?? '')).arrayBuffer())
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([512, 512])
    expect((await call('CVProcess', { req_key: 'jimeng_t2i_v40', prompt: 'a boat' })).body.code).toBe(50_400)
  })
})

test('a portrait speaks through the older pair of actions', async () => {
  const omni = { req_key: 'jimeng_realman_avatar_picture_omni_v15' }
  const { body } = await call('CVSubmitTask', { ...omni, image_url: 'https://example.com/a.png', audio_url: 'https://example.com/a.mp3', output_resolution: 720 })
  nowMs += 60_000
  const { data } = (await call('CVGetResult', { ...omni, task_id: body.data?.task_id })).body
  expect(Buffer.from(await (await fetch(data?.video_url ?? '')).arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
  expect((await call('CVSubmitTask', { ...omni, image_url: 'https://example.com/a.png' })).body.code).toBe(50_215)
})

describe('a task', () => {
  test('goes from in_queue over generating to done, with a link for an hour, and is forgotten after twelve', async () => {
    const id = await submitted({ frames: 121, aspect_ratio: '1:1' })
    expect(id).toMatch(/^\d{19}$/)
    expect((await look(id)).body.data?.status).toBe('in_queue')
    nowMs += 10_000
    expect((await look(id)).body.data?.status).toBe('generating')
    nowMs += 50_000
    const { body } = await look(id)
    expect(body.data?.status).toBe('done')
    const url = body.data?.video_url ?? ''
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    expect((await fetch(`${url}0`)).status).toBe(403)
    nowMs += 3_600_001
    expect((await fetch(url)).status).toBe(403)
    expect((await fetch((await look(id)).body.data?.video_url ?? '')).status).toBe(200)
    nowMs += 12 * 3_600_000
    expect((await look(id)).body).toMatchObject({ code: 10_000, data: { status: 'not_found' } })
  })

  test.each([
    ['output_moderation', { code: 50_516, data: { status: 'done' } }],
    ['render_failure', { code: 50_500, data: { status: 'done' } }],
    ['expiry', { code: 10_000, data: { status: 'expired' } }],
    ['no_result', { code: 10_000, data: { status: 'done', video_url: '' } }],
    ['stall', { code: 10_000, data: { status: 'generating' } }],
  ])('with [[sim:%s]] ends as asked', async (sentinel, end) => {
    const id = await submitted({ prompt: `x [[sim:${sentinel}]]` })
    nowMs += 60_000
    expect((await look(id)).body).toMatchObject(end)
  })
})
