import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ACCESS_KEY, API_KEY, SECRET_KEY } from './kling/auth.ts'
import { simulateKling, webhookHeaders } from './kling.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 7, 1, 12)
let nowMs = startMs
let kling: Simulator

beforeAll(async () => {
  kling = await simulateKling({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
})
afterAll(() => kling.close())
beforeEach(() => {
  nowMs = startMs
})

interface Body {
  code: number
  message: string
  request_id: string
  // Tests look into answers of many shapes.
  data: Record<string, never> & { task_id: string; id: string }
}

async function call(method: string, path: string, json?: unknown, authorization: string | undefined = `Bearer ${API_KEY}`) {
  const response = await fetch(kling.baseUrl + path, {
    method,
    headers: { 'content-type': 'application/json', ...(authorization !== '' && { authorization }) },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
  return { status: response.status, body: (await response.json()) as Body }
}

async function said(path: string, json: unknown): Promise<string> {
  const { status, body } = await call('POST', path, json)
  return `${status} ${body.code} ${body.message}`
}

function token({ iss = ACCESS_KEY, exp = 1_800, nbf = -5, secret = SECRET_KEY } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  // Claims in another order than ours, and with white space: recomputed, not compared.
  const signed = `${part({ typ: 'JWT', alg: 'HS256' })}.${Buffer.from(JSON.stringify({ nbf: nowMs / 1000 + nbf, exp: nowMs / 1000 + exp, iss }, null, 1)).toString('base64url')}`
  return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const T2V = '/v1/videos/text2video'
const I2V = '/v1/videos/image2video'
const OMNI = '/v1/videos/omni-video'
const IMAGE = 'https://example.com/a.png'
const CLIP = { video_url: 'https://example.com/v.mp4' }

describe('who calls', () => {
  test('is known by a static key or by a web token', async () => {
    expect((await call('GET', T2V)).body).toMatchObject({ code: 0, message: 'SUCCEED', request_id: expect.any(String) })
    expect((await call('GET', T2V, undefined, token())).status).toBe(200)
  })

  test.each<[string, () => string, number]>([
    ['nothing at all', () => '', 1001],
    ['no bearer', () => 'Basic abc', 1002],
    ['no token', () => 'Bearer abc', 1002],
    ['another secret', () => token({ secret: 'other' }), 1000],
    ['another access key', () => token({ iss: 'other' }), 1000],
    ['a token of tomorrow', () => token({ nbf: 60 }), 1003],
    ['a token of yesterday', () => token({ exp: -1 }), 1004],
  ])('is refused with %s', async (_what, header, code) => {
    const { status, body } = await call('POST', T2V, {}, header())
    expect([status, body.code]).toEqual([401, code])
  })
})

describe('a classic body is refused for', () => {
  test.each<[string, string, object]>([
    ['an unknown field', T2V, { prompt: 'x', seed: 1 }],
    ['a duration as a number', T2V, { prompt: 'x', duration: 5 }],
    ['an unknown model', T2V, { prompt: 'x', model_name: 'kling-v9' }],
    ['a model of another path', T2V, { prompt: 'x', model_name: 'kling-video-o1' }],
    ['an inherited name', T2V, { prompt: 'x', model_name: 'constructor' }],
    ['no prompt', T2V, {}],
    ['a mode it does not have', T2V, { prompt: 'x', model_name: 'kling-v2-6', mode: '4k' }],
    ['sound at std', T2V, { prompt: 'x', model_name: 'kling-v2-6', sound: 'on' }],
    ['cfg_scale after 1.x', T2V, { prompt: 'x', model_name: 'kling-v2-5-turbo', cfg_scale: 0.5 }],
    ['7 seconds of 5 or 10', T2V, { prompt: 'x', model_name: 'kling-v2-6', duration: '7' }],
    ['16 seconds', T2V, { prompt: 'x', model_name: 'kling-v3', duration: '16' }],
    ['two camera moves', T2V, { prompt: 'x', camera_control: { type: 'simple', config: { pan: 1, tilt: 1 } } }],
    ['shots that do not add up', T2V, { model_name: 'kling-v3', multi_shot: true, shot_type: 'customize', duration: '5', multi_prompt: [{ index: 1, prompt: 'x', duration: '3' }] }],
    ['a ratio beside a picture', I2V, { image: IMAGE, aspect_ratio: '1:1' }],
    ['a data: prefix', I2V, { image: 'data:image/png;base64,iVBORw==' }],
    ['no picture', I2V, { prompt: 'x' }],
    ['a tail at std', I2V, { model_name: 'kling-v2-6', image: IMAGE, image_tail: IMAGE }],
    ['a tail with a mask', I2V, { image: IMAGE, image_tail: IMAGE, static_mask: IMAGE }],
    ['no ratio of omni', OMNI, { prompt: 'x' }],
    ['an end without a beginning', OMNI, { prompt: 'x', aspect_ratio: '1:1', image_list: [{ image_url: IMAGE, type: 'end_frame' }] }],
    ['six seconds of O1 from words', OMNI, { prompt: 'x', aspect_ratio: '1:1', duration: '6' }],
    ['sound beside a video', OMNI, { model_name: 'kling-v3-omni', prompt: 'x', sound: 'on', video_list: [{ video_url: 'https://example.com/v.mp4' }] }],
    ['motion without its orientation', '/v1/videos/motion-control', { image_url: IMAGE, video_url: IMAGE }],
    ['ten pictures', '/v1/images/generations', { prompt: 'x', n: 10 }],
    ['faces of another model', '/v1/images/generations', { prompt: 'x', image: IMAGE, image_reference: 'face' }],
    ['a voice of another language', '/v1/videos/lip-sync', { input: { ...CLIP, mode: 'text2video', text: 'x', voice_id: 'v', voice_language: 'fr' } }],
    ['words without a voice', '/v1/videos/lip-sync', { input: { ...CLIP, mode: 'text2video', text: 'x' } }],
    ['121 characters to speak', '/v1/videos/lip-sync', { input: { ...CLIP, mode: 'text2video', text: 'x'.repeat(121), voice_id: 'v' } }],
    ['a sound of no kind', '/v1/videos/lip-sync', { input: { ...CLIP, mode: 'audio2video', audio_url: IMAGE } }],
    ['a sound of the other kind', '/v1/videos/lip-sync', { input: { ...CLIP, mode: 'audio2video', audio_type: 'file', audio_url: IMAGE } }],
    ['lips of no video', '/v1/videos/lip-sync', { input: { mode: 'audio2video', audio_type: 'url', audio_url: IMAGE } }],
    ['an effect that is not named', '/v1/videos/effects', { input: { image: IMAGE, duration: '5' } }],
    ['an effect without its length', '/v1/videos/effects', { effect_scene: 'squish', input: { image: IMAGE } }],
    ['one person who hugs', '/v1/videos/effects', { effect_scene: 'hug', input: { image: IMAGE, duration: '5' } }],
    ['three people who hug', '/v1/videos/effects', { effect_scene: 'hug', input: { images: [IMAGE, IMAGE, IMAGE], duration: '5' } }],
    ['10 s of one person', '/v1/videos/effects', { effect_scene: 'squish', input: { image: IMAGE, duration: '10' } }],
    ['a portrait in silence', '/v1/videos/avatar/image2video', { image: IMAGE }],
    ['no subject', '/v1/images/multi-image2image', { prompt: 'x', scene_image: IMAGE }],
    ['five subjects', '/v1/images/multi-image2image', { subject_image_list: Array.from({ length: 5 }, () => ({ subject_image: IMAGE })) }],
    ['three sides of four', '/v1/images/editing/expand', { image: IMAGE, up_expansion_ratio: 1, down_expansion_ratio: 0, left_expansion_ratio: 0 }],
    ['four times the area', '/v1/images/editing/expand', { image: IMAGE, up_expansion_ratio: 1, down_expansion_ratio: 0, left_expansion_ratio: 1, right_expansion_ratio: 0 }],
    ['no clothes', '/v1/images/kolors-virtual-try-on', { human_image: IMAGE }],
    ['words about clothes', '/v1/images/kolors-virtual-try-on', { human_image: IMAGE, cloth_image: IMAGE, prompt: 'x' }],
    ['a plain callback address', T2V, { prompt: 'x', callback_url: 'http://example.com/hook' }],
  ])('%s', async (_what, path, body) => {
    const before = kling.acceptedCreates()
    expect(await said(path, body)).toMatch(/^400 1201 /)
    expect(kling.acceptedCreates()).toBe(before)
  })

  test('a video that is not there to go on with', async () => {
    expect(await said('/v1/videos/video-extend', { video_id: '1' })).toMatch(/^404 1203/)
    expect(await said('/v1/videos/lip-sync', { input: { mode: 'text2video', video_id: '1', text: 'x', voice_id: 'v' } })).toMatch(/^404 1203/)
  })
})

describe('a versioned body is refused for', () => {
  const words = { type: 'prompt', text: 'x' }
  test.each<[string, string, object]>([
    ['a duration as text', '/text-to-video/kling-3.0', { prompt: 'x', settings: { duration: '5' } }],
    ['what only the classic wire has', '/text-to-video/kling-3.0', { prompt: 'x', negative_prompt: 'y' }],
    ['a model of another path', '/text-to-video/kling-3.0-omni', { prompt: 'x' }],
    ['4k of turbo', '/text-to-video/kling-3.0-turbo', { prompt: 'x', settings: { resolution: '4k' } }],
    ['21:9 before 4.0', '/text-to-video/kling-3.0', { prompt: 'x', settings: { aspect_ratio: '21:9' } }],
    ['no frame', '/image-to-video/kling-3.0', { contents: [words] }],
    ['a frame in between', '/image-to-video/kling-3.0', { contents: [words, { type: 'first_frame', url: IMAGE }, { type: 'middle_frame', url: IMAGE }] }],
    ['a name where none is taken', '/image-to-video/kling-3.0', { contents: [words, { type: 'first_frame', url: IMAGE, id: 'Image1' }] }],
    ['a name given twice', '/omni-video/kling-3.0-omni', { contents: [words, { type: 'refer_image', url: IMAGE, id: 'a' }, { type: 'refer_image', url: IMAGE, id: 'a' }], settings: { aspect_ratio: '1:1' } }],
    ['an element without a name', '/omni-video/kling-3.0-omni', { contents: [words, { type: 'element', element_id: 1 }], settings: { aspect_ratio: '1:1' } }],
    ['native sound beside a video', '/omni-video/kling-3.0-omni', { contents: [words, { type: 'base_video', url: IMAGE }], settings: { audio: 'native' } }],
  ])('%s', async (_what, path, body) => {
    expect(await said(path, body)).toMatch(/^400 1201 /)
  })
})

describe('a task', () => {
  test('of the classic wire goes from submitted to succeed, with its file and what it cost', async () => {
    const { body } = await call('POST', T2V, { model_name: 'kling-v2-5-turbo', prompt: 'a boat', duration: '5', external_task_id: 'mine-1' })
    const id = body.data.task_id
    expect(body.data).toMatchObject({ task_status: 'submitted', task_info: { external_task_id: 'mine-1' } })
    nowMs += 10_000
    expect((await call('GET', `${T2V}/${id}`)).body.data).toMatchObject({ task_status: 'processing' })
    expect((await call('GET', `${I2V}/${id}`)).body.code).toBe(1203)
    nowMs += 50_000
    const { data } = (await call('GET', `${T2V}/mine-1`)).body as unknown as { data: { task_status: string; final_unit_deduction: string; task_result: { videos: { id: string; url: string; duration: string }[] } } }
    expect(data).toMatchObject({ task_status: 'succeed', final_unit_deduction: '1.5', task_result: { videos: [{ duration: '5.041' }] } })

    const { url } = data.task_result.videos[0]!
    expect((await fetch(url, { headers: { referer: 'https://example.com' } })).status).toBe(403)
    const file = await fetch(url)
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    nowMs += 31 * 86_400_000
    expect((await fetch(url)).status).toBe(404)
  })

  test('of the versioned wire goes from submitted to succeeded, in a list, with its bill', async () => {
    const { body } = await call('POST', '/text-to-video/kling-3.0-turbo', { prompt: 'a boat', settings: { duration: 5, resolution: '720p' }, options: { external_task_id: 'mine-2' } })
    expect(body.data).toMatchObject({ status: 'submitted' })
    nowMs += 60_000
    const { body: found } = await call('GET', '/tasks?external_task_ids=mine-2')
    expect(found.data).toMatchObject([{ id: body.data.id, status: 'succeeded', external_id: 'mine-2', outputs: [{ type: 'video' }], billing: [{ charge_type: 'unit', amount: '4.00' }] }])
    expect((await call('GET', '/tasks?task_ids=none')).body.data).toEqual([])
  })

  test('of a tool is read where it was made, by both ids, and what a tool made is not gone on with', async () => {
    const expand = '/v1/images/editing/expand'
    const { body } = await call('POST', expand, { image: IMAGE, up_expansion_ratio: 1, down_expansion_ratio: 1, left_expansion_ratio: 0, right_expansion_ratio: 0, n: 2, external_task_id: 'mine-3' })
    const { body: spoken } = await call('POST', '/v1/videos/lip-sync', { input: { ...CLIP, mode: 'audio2video', audio_type: 'url', audio_url: IMAGE } })
    nowMs += 60_000
    expect((await call('GET', `${expand}/mine-3`)).body.data).toMatchObject({ task_id: body.data.task_id, task_status: 'succeed', final_unit_deduction: '0.4', task_result: { images: [{ index: 0 }, { index: 1 }] } })
    const { data } = (await call('GET', `/v1/videos/lip-sync/${spoken.data.task_id}`)).body as unknown as { data: { final_unit_deduction: string; task_result: { videos: { id: string }[] } } }
    expect(data.final_unit_deduction).toBe('0.5')
    const videoId = data.task_result.videos[0]!.id
    expect(await said('/v1/videos/video-extend', { video_id: videoId })).toMatch(/^404 1203/)
    expect(await said('/v1/videos/lip-sync', { input: { mode: 'text2video', video_id: videoId, text: 'x', voice_id: 'v' } })).toMatch(/^200 0/)
  })

  test('has an id of its caller\'s only once', async () => {
    expect(await said(T2V, { prompt: 'x', external_task_id: 'twice' })).toMatch(/^200 0/)
    expect(await said(T2V, { prompt: 'x', external_task_id: 'twice' })).toMatch(/^400 1201/)
  })

  test('is listed by its path, page by page', async () => {
    await call('POST', '/v1/images/omni-image', { prompt: 'one' })
    await call('POST', '/v1/images/omni-image', { prompt: 'two' })
    const { data } = (await call('GET', '/v1/images/omni-image?pageNum=2&pageSize=1')).body
    expect(data).toHaveLength(1)
    expect((await call('GET', '/v1/images/omni-image?pageSize=501')).body.code).toBe(1201)
  })

  test.each([
    ['input_moderation', 400, 1301], ['rate_limited', 429, 1302], ['queue_full', 429, 1303], ['no_money', 429, 1102], ['server_error', 500, 5000],
  ])('with [[sim:%s]] is refused with %i', async (sentinel, status, code) => {
    expect(await said('/text-to-video/kling-3.0', { prompt: `x [[sim:${sentinel}]]` })).toMatch(new RegExp(`^${status} ${code} `))
  })

  test('may fail late for its content, with a reason in words', async () => {
    const { body } = await call('POST', T2V, { prompt: 'x [[sim:output_moderation]]' })
    nowMs += 60_000
    expect((await call('GET', `${T2V}/${body.data.task_id}`)).body.data).toMatchObject({ task_status: 'failed', task_status_msg: 'Failure to pass the risk control system', final_unit_deduction: '0' })
  })
})

test('places are counted: a video is one, pictures are as many as they are, and an ended task gives its own back', async () => {
  const full = await simulateKling({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
  try {
    const ask = async () => (await (await fetch(`${full.baseUrl}/v1/images/generations`, { method: 'POST', headers: { authorization: `Bearer ${API_KEY}` }, body: JSON.stringify({ prompt: 'x', n: 9 }) })).json()) as Body
    const codes = []
    for (let time = 0; time < 112; time += 1) codes.push((await ask()).code)
    expect(codes.slice(0, 111)).toEqual(Array.from({ length: 111 }, () => 0))
    expect(codes[111]).toBe(1303)
    nowMs += 60_000
    expect((await ask()).code).toBe(0)
  } finally {
    await full.close()
  }
})

test('callbacks have the task without its envelope, and a signature in the manner of Svix', async () => {
  const taken: { headers: IncomingHttpHeaders; text: string }[] = []
  const listener = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => {
      taken.push({ headers: request.headers, text })
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => listener.once('listening', resolve))
  try {
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/hook`
    await call('POST', T2V, { prompt: 'x', callback_url: url })
    await call('POST', '/text-to-video/kling-3.0', { prompt: 'x', options: { callback_url: url } })
    nowMs += 60_000
    await kling.deliverDue()
    const bodies = taken.map(({ text }) => JSON.parse(text) as { task_status?: string; status?: string })
    expect(bodies.map(({ task_status: classic, status }) => classic ?? status)).toEqual(expect.arrayContaining(['succeed', 'succeeded']))
    for (const { headers, text } of taken) {
      expect(headers['webhook-signature']).toBe(webhookHeaders(String(headers['webhook-id']), Number(headers['webhook-timestamp']), text)['webhook-signature'])
    }
  } finally {
    listener.close()
  }
})

test('the signature is that of the worked example', () => {
  const body =
    '{"id":"822330000000000001","status":"succeeded","message":"","create_time":1785571200000,"update_time":1785571290000,"external_id":"gw-job-1","outputs":[{"type":"video","id":"822330000000000002","url":"https://cdn.example.test/v.mp4","duration":"5"}]}'
  expect(webhookHeaders('msg_0001', 1_785_571_291, body)['webhook-signature']).toBe('v1,6Qg4aFQ40e0IWEvh+qbxq/7sFyzcBz2gHgxjrcdDJFw=')
})
