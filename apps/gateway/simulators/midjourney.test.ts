import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateMidjourney } from './midjourney.ts'
import type { Simulator } from './simulator.ts'

/**
 * The sequences that consumers of this wire go through: new-api's (secret, submit, list-by-condition, picture), the examples of
 * 2.6 for change and simple-change, and those of the plus branch for buttons and windows.
 */
let nowMs = Date.UTC(2026, 7, 1)
const clock = { nowMs: () => nowMs }
let plus: Simulator
let original: Simulator

beforeAll(async () => {
  plus = await simulateMidjourney({ clock, queuedSeconds: 10, renderSeconds: 20 })
  original = await simulateMidjourney({ clock, queuedSeconds: 10, renderSeconds: 20 }, 'original')
})
afterAll(() => Promise.all([plus.close(), original.close()]))

interface Answer {
  code: number
  description: string
  result: string
  properties: Record<string, unknown>
}
interface Task {
  id: string
  action: string
  status: string
  prompt: string
  progress: string
  failReason: string | null
  imageUrl: string | null
  videoUrls: { url: string }[]
  mode: string | null
  state: string | null
  buttons: { customId: string; label: string; emoji: string }[]
  properties: { finalPrompt: string }
}

async function call(proxy: Simulator, method: string, path: string, { json, secret = String(proxy.credential['api_secret']), headers = {} }: { json?: unknown; secret?: string; headers?: Record<string, string> } = {}) {
  const response = await fetch(proxy.baseUrl + path, { method, headers: { ...(secret !== '' && { 'mj-api-secret': secret }), 'content-type': 'application/json', ...headers }, ...(json !== undefined && { body: JSON.stringify(json) }) })
  const text = await response.text()
  return { status: response.status, text, body: (text === '' ? undefined : JSON.parse(text)) as unknown }
}

async function submit(proxy: Simulator, path: string, json: unknown): Promise<Answer> {
  return (await call(proxy, 'POST', `/mj${path}`, { json })).body as Answer
}

async function look(proxy: Simulator, id: string): Promise<Task> {
  return (await call(proxy, 'GET', `/mj/task/${id}/fetch`)).body as Task
}

async function ended(proxy: Simulator, { result }: Answer): Promise<Task> {
  nowMs += 60_000
  return look(proxy, result)
}

const PICTURE = 'data:image/png;base64,AQID'
const imagined = async (prompt = 'a boat') => ended(plus, await submit(plus, '/submit/imagine', { prompt }))
const buttonOf = ({ buttons }: Task, beginning: string): string => buttons.find(({ customId }) => customId.startsWith(beginning))?.customId ?? ''
const press = (task: Task, beginning: string, more: Record<string, unknown> = {}) => submit(plus, '/submit/action', { taskId: task.id, customId: buttonOf(task, beginning), ...more })

describe('at the door', () => {
  test('401 with nothing said without the secret, which may be a bearer of the plus branch', async () => {
    expect(await call(plus, 'POST', '/mj/submit/imagine', { json: { prompt: 'a boat' }, secret: 'wrong' })).toMatchObject({ status: 401, text: '' })
    expect((await call(plus, 'POST', '/mj/submit/imagine', { json: { prompt: 'a boat' }, secret: '', headers: { authorization: `Bearer ${String(plus.credential['api_secret'])}` } })).body).toMatchObject({ code: 1 })
    expect((await call(original, 'GET', '/mj/task/list', { secret: '' })).status).toBe(401)
  })

  test.each([
    ['/submit/imagine', { prompt: ' ' }, 'prompt不能为空'],
    ['/submit/imagine', { prompt: 'a', base64Array: ['AQID'] }, 'base64格式错误'],
    ['/submit/blend', { base64Array: [PICTURE] }, 'base64List参数错误'],
    ['/submit/blend', { base64Array: [PICTURE, PICTURE], dimensions: 'WIDE' }, 'dimensions参数错误'],
    ['/submit/describe', {}, 'base64'],
    ['/submit/change', { action: 'UPSCALE' }, 'taskId不能为空'],
    ['/submit/change', { taskId: '1', action: 'ENLARGE' }, 'action参数错误'],
    ['/submit/simple-change', { content: '1 U5' }, 'content参数错误'],
    ['/submit/action', { taskId: '1' }, 'customId不能为空'],
    ['/submit/video', { batchSize: 3 }, 'batchSize'],
    ['/submit/video', { prompt: 'it moves' }, 'image不能为空'],
    ['/insight-face/swap', { sourceBase64: PICTURE }, 'targetBase64'],
  ])('code 4 at %s for %j', async (path, json, words) => {
    const answer = await submit(plus, path, json)
    expect([answer.code, answer.result]).toEqual([4, null])
    expect(answer.description).toContain(words)
  })

  test('code 3 for a parent that is not there, with 404 of the plus branch', async () => {
    expect(await call(plus, 'POST', '/mj/submit/action', { json: { taskId: '1', customId: 'MJ::JOB::upsample::1::x' } })).toMatchObject({ status: 404, body: { code: 3 } })
    expect(await call(original, 'POST', '/mj/submit/change', { json: { taskId: '1', action: 'REROLL' } })).toMatchObject({ status: 200, body: { code: 3 } })
  })

  test.each([
    ['input_moderation', 200, { code: 24 }],
    ['queue_full', 200, { code: 23 }],
    ['rate_limited', 429, { code: 30 }],
    ['no_money', 400, { code: 4, description: 'quota_not_enough ' }],
    ['server_error', 500, { code: 9 }],
  ])('[[sim:%s]] is refused with %i, and nothing is started', async (sentinel, status, body) => {
    const before = plus.acceptedCreates()
    expect(await call(plus, 'POST', '/mj/submit/imagine', { json: { prompt: `x [[sim:${sentinel}]]` } })).toMatchObject({ status, body })
    expect(plus.acceptedCreates()).toBe(before)
  })

  test('an unknown task is answered with nothing', async () => {
    expect(await call(original, 'GET', '/mj/task/1/fetch')).toMatchObject({ status: 200, text: '' })
    expect(await call(plus, 'GET', '/mj/task/1/fetch')).toMatchObject({ status: 204, text: '' })
  })
})

describe('the plus branch', () => {
  test('as new-api goes through it: submit, list by condition, picture', async () => {
    const { code, result } = (await call(plus, 'POST', '/mj-fast/mj/submit/imagine', { json: { prompt: 'a boat --ar 16:9', state: 's1' } })).body as Answer
    expect([code, result]).toEqual([1, expect.stringMatching(/^\d{16}$/)])
    const listed = async () => ((await call(plus, 'POST', '/mj/task/list-by-condition', { json: { ids: [result, 'nothing'] } })).body as Task[])[0]
    expect(await listed()).toMatchObject({ id: result, action: 'IMAGINE', status: 'SUBMITTED', progress: '0%', mode: 'FAST', state: 's1' })
    nowMs += 10_000
    expect(await listed()).toMatchObject({ status: 'IN_PROGRESS', progress: '50%' })
    nowMs += 20_000
    const done = await listed()
    expect(done).toMatchObject({ status: 'SUCCESS', progress: '100%' })
    expect(done?.buttons.map(({ label, emoji }) => label || emoji)).toEqual(['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4'])
    const file = await (await fetch(done?.imageUrl ?? '')).arrayBuffer()
    expect(await sharp(file).metadata()).toMatchObject({ format: 'png', width: 2720, height: 1536 })
  })

  test('has other buttons under a single picture, and only those can be pressed', async () => {
    const single = await ended(plus, await press(await imagined(), 'MJ::JOB::upsample::2'))
    expect(single).toMatchObject({ action: 'UPSCALE', prompt: 'a boat' })
    expect(single.buttons).toHaveLength(15)
    expect(await submit(plus, '/submit/action', { taskId: single.id, customId: 'MJ::JOB::upsample::1::0' })).toMatchObject({ code: 4 })
    expect(await ended(plus, await press(single, 'MJ::JOB::pan_left'))).toMatchObject({ action: 'PAN', status: 'SUCCESS' })
    expect(await ended(plus, await press(single, 'MJ::JOB::animate_high'))).toMatchObject({ action: 'VIDEO', status: 'SUCCESS' })
  })

  test('asks for words and a mask in a window', async () => {
    const single = await ended(plus, await press(await imagined(), 'MJ::JOB::upsample::1'))
    const opened = await press(single, 'MJ::Inpaint')
    expect(opened).toMatchObject({ code: 21, properties: { finalPrompt: 'a boat', remix: true } })
    expect(await look(plus, opened.result)).toMatchObject({ status: 'MODAL', action: 'INPAINT' })
    expect(await submit(plus, '/submit/modal', { taskId: opened.result, prompt: 'a hat' })).toMatchObject({ code: 4 })
    expect(await ended(plus, await submit(plus, '/submit/modal', { taskId: opened.result, prompt: 'a hat', maskBase64: PICTURE }))).toMatchObject({ id: opened.result, action: 'INPAINT', prompt: 'a hat', status: 'SUCCESS' })
    expect(await submit(plus, '/submit/modal', { taskId: opened.result })).toMatchObject({ code: 3 })
  })

  test('opens a window for a variation only where remixing is wished', async () => {
    const grid = await imagined()
    expect(await press(grid, 'MJ::JOB::variation::1')).toMatchObject({ code: 1 })
    expect(await press(grid, 'MJ::JOB::variation::1', { enableRemix: true })).toMatchObject({ code: 21 })
  })

  test('gives words for a description and a shortening', async () => {
    expect((await ended(plus, await submit(plus, '/submit/describe', { base64: PICTURE }))).properties.finalPrompt).toMatch(/^1️⃣ .*\n\n2️⃣ /)
    expect((await ended(plus, await submit(plus, '/submit/shorten', { prompt: 'a very long boat' }))).properties.finalPrompt).toMatch(/^1️⃣ /)
  })

  test('makes clips, and makes them longer', async () => {
    const clips = await ended(plus, await submit(plus, '/submit/video', { image: PICTURE, motion: 'low', batchSize: 2 }))
    expect(clips.videoUrls).toHaveLength(2)
    expect(Buffer.from(await (await fetch(clips.videoUrls[1]?.url ?? '')).arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    expect(await submit(plus, '/submit/video', { taskId: clips.id, index: 2, action: 'extend' })).toMatchObject({ code: 4 })
    expect(await ended(plus, await submit(plus, '/submit/video', { taskId: clips.id, index: 1, action: 'extend', batchSize: 1 }))).toMatchObject({ action: 'VIDEO', status: 'SUCCESS' })
  })

  test('stops a task, which then has failed', async () => {
    const { result } = await submit(plus, '/submit/imagine', { prompt: 'a boat' })
    expect(await call(plus, 'POST', `/mj/task/${result}/cancel`)).toMatchObject({ status: 200, text: '' })
    expect(await look(plus, result)).toMatchObject({ status: 'FAILURE', failReason: '取消任务' })
  })

  test.each([
    ['a boat --hello', '[Invalid parameter] Unrecognized'],
    ['a boat --chaos 101', '[Invalid parameter] Invalid value'],
    ['a boat --v 7 --v 6', '[Invalid parameter] `--v` was given twice'],
    ['x [[sim:output_moderation]]', '[Banned prompt detected]'],
    ['x [[sim:render_failure]]', '[Internal error]'],
    ['x [[sim:expiry]]', '任务超时'],
  ])('fails on the way with %s', async (prompt, reason) => {
    const task = await imagined(prompt)
    expect(task.status).toBe('FAILURE')
    expect(task.failReason).toContain(reason)
  })
})

describe('the original', () => {
  test('changes a grid by action or in one word, and upscales each picture once', async () => {
    const grid = await ended(original, await submit(original, '/submit/imagine', { prompt: 'a boat' }))
    expect(grid).not.toHaveProperty('buttons')
    expect(await ended(original, await submit(original, '/submit/change', { taskId: grid.id, action: 'VARIATION', index: 2 }))).toMatchObject({ action: 'VARIATION', status: 'SUCCESS' })
    const upscaled = await submit(original, '/submit/simple-change', { content: `${grid.id} U2` })
    expect(await ended(original, upscaled)).toMatchObject({ action: 'UPSCALE' })
    expect(await submit(original, '/submit/change', { taskId: grid.id, action: 'UPSCALE', index: 2 })).toMatchObject({ code: 21, result: upscaled.result, properties: { status: 'SUCCESS' } })
    expect(await submit(original, '/submit/simple-change', { content: `${upscaled.result} R` })).toMatchObject({ code: 4, description: '关联任务不允许执行变化' })
    expect(await ended(original, await submit(original, '/submit/simple-change', { content: `${grid.id} R` }))).toMatchObject({ action: 'REROLL' })
  })

  test('has no buttons, no windows and no paths for speeds', async () => {
    for (const path of ['/mj/submit/action', '/mj/submit/modal', '/mj-fast/mj/submit/imagine', '/mj/submit/video']) expect((await call(original, 'POST', path, { json: { prompt: 'a boat' } })).status).toBe(404)
  })

  test('says how many wait before one', async () => {
    const codes: number[] = []
    for (let task = 0; task < 5; task += 1) codes.push((await submit(original, '/submit/imagine', { prompt: `boat ${task}` })).code)
    expect(codes).toEqual([1, 1, 1, 22, 22])
    nowMs += 60_000
  })
})
