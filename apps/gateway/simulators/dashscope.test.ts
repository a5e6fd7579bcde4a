import { createAlibaba } from '@ai-sdk/alibaba'
import { experimental_generateVideo as generateVideo } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { simulateDashscope } from './dashscope.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 7, 1, 12)
let nowMs = startMs
let dashscope: Simulator

beforeAll(async () => {
  dashscope = await simulateDashscope({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
})
afterAll(() => dashscope.close())
beforeEach(() => {
  nowMs = startMs
})

interface Body {
  code?: string
  message?: string
  request_id?: string
  output?: {
    task_id?: string
    task_status?: string
    video_url?: string
    results?: { url?: string; code?: string }[]
    choices?: { message: { content: { type: string; image: string }[] } }[]
    [field: string]: unknown
  }
  usage?: Record<string, unknown>
  [field: string]: unknown
}

const VIDEO = 'video-generation/video-synthesis'
const ASYNC = { 'x-dashscope-async': 'enable' }

async function call(method: string, path: string, { json, headers = {}, key = String(dashscope.credential['api_key']) }: { json?: unknown; headers?: Record<string, string>; key?: string } = {}) {
  const response = await fetch(`${dashscope.baseUrl}/api/v1${path}`, { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers }, ...(json !== undefined && { body: JSON.stringify(json) }) })
  return { status: response.status, body: (await response.json()) as Body }
}

const create = (service: string, model: string, input: Record<string, unknown>, parameters?: Record<string, unknown>) => call('POST', `/services/aigc/${service}`, { json: { model, input, ...(parameters && { parameters }) }, headers: ASYNC })
const look = (id: unknown) => call('GET', `/tasks/${String(id)}`).then(({ body }) => body)
const FRAME = 'https://example.com/a.png'
const CLIP = 'https://example.com/a.mp4'

describe('the vendor\'s client in the AI SDK', () => {
  const client = (apiKey = String(dashscope.credential['api_key'])) => createAlibaba({ apiKey, videoBaseURL: dashscope.baseUrl })
  /** Waits by the held clock. */
  const poll = { intervalMs: 20_000, delay: (delayMs: number) => { nowMs += delayMs; return Promise.resolve() } }
  /** The client's own fetches nothing from this machine. */
  const download = async ({ url }: { url: URL }) => {
    const response = await fetch(url)
    return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get('content-type') ?? undefined }
  }

  test.each<[string, Omit<Parameters<typeof generateVideo>[0], 'model'>]>([
    ['wan2.6-t2v', { prompt: 'a boat', duration: 2, resolution: '1280x720', seed: 7, providerOptions: { alibaba: { negativePrompt: 'blur', promptExtend: true, shotType: 'multi', watermark: false } } }],
    ['wan2.6-i2v', { prompt: { image: FRAME, text: 'it moves' }, duration: 2, resolution: '1280x720', generateAudio: true }],
    ['wan2.6-r2v', { prompt: 'character1 waves', duration: 2, resolution: '1280x720', inputReferences: [FRAME, CLIP] }],
    ['wan2.7-r2v', { prompt: 'Image 1 waves', duration: 2, resolution: '1280x720', aspectRatio: '16:9', inputReferences: [FRAME] }],
    ['wan3.0-video', { prompt: 'a boat', duration: 2, resolution: '832x480', aspectRatio: '16:9', generateAudio: false, frameImages: [{ image: FRAME, frameType: 'first_frame' }, { image: FRAME, frameType: 'last_frame' }] }],
  ])('makes a video of %s, follows it and fetches it', async (model, options) => {
    const { videos, warnings, providerMetadata } = await generateVideo({ model: client().video(model), poll, maxRetries: 0, download, ...options })
    expect(warnings).toEqual([])
    expect(videos).toHaveLength(1)
    expect(Buffer.from(videos[0]!.uint8Array).toString('latin1', 4, 8)).toBe('ftyp')
    expect(JSON.stringify(providerMetadata)).toContain('"outputVideoDuration":2')
  })

  test('understands what it is refused, and why a task failed', async () => {
    const refused = (prompt: string, model = 'wan2.6-t2v', key?: string) => generateVideo({ model: client(key).video(model), prompt, poll, maxRetries: 0 })
    await expect(refused('a boat', 'wan2.6-t2v', 'sk-wrong')).rejects.toThrow('Invalid API-key provided')
    await expect(refused('a boat', 'wan9.9-t2v')).rejects.toThrow('does not exist')
    await expect(refused('x [[sim:input_moderation]]')).rejects.toThrow('inappropriate content')
    await expect(refused('x [[sim:render_failure]]')).rejects.toThrow('algorithm execution')
  })
})

describe('at the door', () => {
  test('the key, then the header, then the model, then its fields', async () => {
    expect(await call('POST', `/services/aigc/${VIDEO}`, { json: {}, key: 'wrong' })).toMatchObject({ status: 401, body: { code: 'InvalidApiKey', request_id: expect.any(String) } })
    expect(await call('POST', `/services/aigc/${VIDEO}`, { json: { model: 'nothing', input: {} } })).toMatchObject({ status: 403, body: { code: 'AccessDenied', message: 'current user api does not support synchronous calls' } })
    expect(await create(VIDEO, 'constructor', { prompt: 'x' })).toMatchObject({ status: 404, body: { code: 'ModelNotFound' } })
    expect(await create(VIDEO, 'wan2.6-t2v', {})).toMatchObject({ status: 400, body: { code: 'InvalidParameter', message: 'input.prompt is invalid' } })
  })

  test.each<[string, string, Record<string, unknown>, Record<string, unknown>, string]>([
    [VIDEO, 'wan2.6-t2v', { prompt: 'x', img_url: FRAME }, {}, 'input.img_url'],
    [VIDEO, 'wan2.6-t2v', { prompt: 'x' }, { resolution: '720P' }, 'parameters.resolution'],
    [VIDEO, 'wan2.6-t2v', { prompt: 'x' }, { size: '1280x720' }, 'parameters.size'],
    [VIDEO, 'wan2.6-t2v', { prompt: 'x' }, { duration: '5' }, 'parameters.duration'],
    [VIDEO, 'wan2.6-t2v', { prompt: 'x' }, { duration: 16 }, 'parameters.duration'],
    [VIDEO, 'wan2.6-t2v', { prompt: 'x' }, { shot_type: 'multi', prompt_extend: false }, 'shot_type'],
    [VIDEO, 'wan2.6-i2v', { img_url: 'data:image/gif;base64,AAAA' }, {}, 'input.img_url'],
    [VIDEO, 'wan2.6-i2v', { img_url: FRAME }, { resolution: '720p' }, 'parameters.resolution'],
    [VIDEO, 'wan2.2-kf2v-flash', { first_frame_url: FRAME, last_frame_url: FRAME }, {}, 'url error'],
    ['image2video/video-synthesis', 'wan2.2-kf2v-flash', { first_frame_url: FRAME }, {}, 'input.last_frame_url'],
    [VIDEO, 'wan2.6-r2v', { prompt: 'x', reference_urls: [] }, {}, 'input.reference_urls'],
    [VIDEO, 'wan2.6-r2v', { prompt: 'x', reference_urls: [CLIP, CLIP, CLIP, CLIP] }, {}, 'at most 3 videos'],
    [VIDEO, 'wan2.7-t2v', { prompt: 'x' }, { audio: true }, 'parameters.audio'],
    [VIDEO, 'wan2.7-t2v', { prompt: 'x' }, { shot_type: 'single' }, 'parameters.shot_type'],
    [VIDEO, 'wan2.7-i2v', { media: [{ type: 'last_frame', url: FRAME }] }, {}, 'last_frame is not supported'],
    [VIDEO, 'wan2.7-i2v', { media: [{ type: 'first_clip', url: 'data:video/mp4;base64,AAAA' }] }, {}, 'first_clip'],
    [VIDEO, 'wan2.7-r2v', { prompt: 'x', media: [{ type: 'first_frame', url: FRAME }] }, {}, 'references'],
    [VIDEO, 'wan2.7-videoedit', { prompt: 'x', media: [{ type: 'reference_image', url: FRAME }] }, {}, 'video must be between 1 and 1'],
    [VIDEO, 'wan3.0-video', { prompt: 'x', negative_prompt: 'y' }, {}, 'input.negative_prompt'],
    [VIDEO, 'wan3.0-video', { prompt: 'x', media: [{ type: 'first_frame', url: FRAME }, { type: 'reference_image', url: FRAME }] }, {}, 'mixed'],
    [VIDEO, 'happyhorse-1.0-t2v', { prompt: 'x' }, { ratio: '21:9' }, 'parameters.ratio'],
    [VIDEO, 'happyhorse-1.0-i2v', { media: [{ type: 'first_frame', url: FRAME }, { type: 'first_frame', url: FRAME }] }, {}, 'first_frame'],
    ['text2image/image-synthesis', 'wan2.2-t2i-plus', { prompt: 'x' }, { size: '1441*1024' }, 'size'],
    ['text2image/image-synthesis', 'wan2.2-t2i-plus', { prompt: 'x' }, { n: 5 }, 'parameters.n'],
    ['image2image/image-synthesis', 'wanx2.1-imageedit', { prompt: 'x', function: 'description_edit_with_mask', base_image_url: FRAME }, {}, 'mask_image_url'],
    ['image-generation/generation', 'wan2.7-image', { messages: [{ role: 'user', content: [{ text: 'x' }] }] }, { n: 5 }, 'n must be'],
    ['image-generation/generation', 'wan2.7-image', { messages: [{ role: 'user', content: [{ text: 'x' }] }] }, { size: '4K' }, 'parameters.size'],
  ])('400 of %s for %s %j %j', async (service, model, input, parameters, message) => {
    const { status, body } = await create(service, model, input, parameters)
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'InvalidParameter' })
    expect(body.message).toContain(message)
  })

  test.each([
    ['input_moderation', 400, 'DataInspectionFailed'],
    ['rate_limited', 429, 'Throttling.RateQuota'],
    ['no_money', 400, 'Arrearage'],
    ['server_error', 500, 'InternalError'],
  ])('[[sim:%s]] is refused with %i', async (sentinel, status, code) => {
    const before = dashscope.acceptedCreates()
    expect(await create(VIDEO, 'wan2.6-t2v', { prompt: `x [[sim:${sentinel}]]` })).toMatchObject({ status, body: { code } })
    expect(dashscope.acceptedCreates()).toBe(before)
  })
})

describe('a task', () => {
  test('goes from PENDING over RUNNING to SUCCEEDED, with its times in Beijing, and a file that wants no key', async () => {
    const { body } = await create(VIDEO, 'wan2.5-t2v-preview', { prompt: 'a boat' }, { size: '480*832', duration: 5 })
    expect(body).toEqual({ output: { task_id: expect.stringMatching(/^[0-9a-f-]{36}$/), task_status: 'PENDING' }, request_id: expect.any(String) })
    const id = body.output?.task_id
    expect((await look(id)).output).toEqual({ task_id: id, task_status: 'PENDING', submit_time: '2026-08-01 20:00:00.000' })
    nowMs += 10_000
    expect((await look(id)).output).toMatchObject({ task_status: 'RUNNING', scheduled_time: '2026-08-01 20:00:10.000' })
    nowMs += 50_000
    const done = await look(id)
    expect(done).toMatchObject({ output: { task_status: 'SUCCEEDED', end_time: '2026-08-01 20:01:00.000', orig_prompt: 'a boat' }, usage: { output_video_duration: 5, size: '480*832', video_count: 1 } })
    const url = done.output!.video_url!
    expect((await fetch(url)).headers.get('content-type')).toBe('video/mp4')
    expect((await fetch(url, { headers: { authorization: 'Bearer x' } })).status).toBe(403)
    nowMs += 86_400_001
    expect((await fetch(url)).status).toBe(403)
    expect((await look(id)).output).toEqual({ task_id: id, task_status: 'UNKNOWN' })
  })

  test('that nobody knows is UNKNOWN, with HTTP 200', async () => {
    expect((await look('nobody')).output).toEqual({ task_id: 'nobody', task_status: 'UNKNOWN' })
  })

  test('of the older kind counts by other names', async () => {
    const { body } = await create(VIDEO, 'wan2.2-t2v-plus', { prompt: 'a boat' }, { size: '832*480' })
    nowMs += 60_000
    expect((await look(body.output?.task_id)).usage).toEqual({ video_duration: 5, video_ratio: '16:9', video_count: 1 })
  })

  test('can be stopped while PENDING, and not later', async () => {
    const begun = () => create(VIDEO, 'wan2.6-t2v', { prompt: 'a boat' }).then(({ body }) => body.output?.task_id)
    const stop = (id: unknown) => call('POST', `/tasks/${String(id)}/cancel`)
    const first = await begun()
    expect((await stop(first)).status).toBe(200)
    expect((await look(first)).output?.task_status).toBe('CANCELED')
    const second = await begun()
    nowMs += 10_000
    expect(await stop(second)).toMatchObject({ status: 400, body: { code: 'UnsupportedOperation' } })
  })

  test('is listed, newest first', async () => {
    const { body } = await create(VIDEO, 'wan2.6-t2v', { prompt: 'listed' })
    expect((await call('GET', '/tasks?page_size=1&status=PENDING')).body).toMatchObject({ data: [{ task_id: body.output?.task_id, model_name: 'wan2.6-t2v', status: 'PENDING' }], page_size: 1 })
    expect((await call('GET', '/tasks?page_size=101')).status).toBe(400)
  })

  test('of pictures succeeds when one of them did', async () => {
    const { body } = await create('text2image/image-synthesis', 'wan2.2-t2i-plus', { prompt: 'x [[sim:partial]]' }, { n: 3, size: '512*768' })
    nowMs += 60_000
    const { output } = await look(body.output?.task_id)
    expect(output).toMatchObject({ task_status: 'SUCCEEDED', task_metrics: { TOTAL: 3, SUCCEEDED: 2, FAILED: 1 } })
    expect(output?.results?.map(({ url }) => url !== undefined)).toEqual([false, true, true])
    expect((await fetch(output!.results![1]!.url!)).headers.get('content-type')).toBe('image/png')
  })
})

test('what is answered at once has its picture in the answer, and takes no header for tasks', async () => {
  const body = { model: 'qwen-image', input: { messages: [{ role: 'user', content: [{ text: 'a sign' }] }] }, parameters: { size: '1328*1328' } }
  const { body: answer } = await call('POST', '/services/aigc/multimodal-generation/generation', { json: body })
  const [picture] = answer.output!.choices![0]!.message.content
  expect((await fetch(picture!.image)).headers.get('content-type')).toBe('image/png')
  expect((await call('POST', '/services/aigc/multimodal-generation/generation', { json: body, headers: ASYNC })).status).toBe(403)
})
