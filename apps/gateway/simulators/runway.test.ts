import RunwayML, { APIError, toFile } from '@runwayml/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { simulateRunway } from './runway.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 10, 21)
let nowMs = startMs
let simulator: Simulator
let client: RunwayML

beforeAll(async () => {
  simulator = await simulateRunway({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
  client = new RunwayML({ apiKey: String(simulator.credential['api_key']), baseURL: simulator.baseUrl, maxRetries: 0 })
})
afterAll(() => simulator.close())
beforeEach(() => {
  nowMs = startMs
})

const TEXT = { model: 'gen4.5', promptText: 'a boat', ratio: '1280:720', duration: 2 } as const

async function refusal(call: () => Promise<unknown>): Promise<{ status: number | undefined; text: string }> {
  try {
    await call()
  } catch (error) {
    if (error instanceof APIError) return { status: error.status, text: JSON.stringify(error.error) }
    throw error
  }
  throw new Error('it was taken')
}

describe('with the vendor\'s own client', () => {
  test('a task goes from pending over running to a video of its size', async () => {
    const { id, estimatedCost } = await client.textToVideo.create(TEXT)
    expect(estimatedCost).toEqual({ credits: 24 })
    expect(await client.tasks.retrieve(id)).toMatchObject({ id, status: 'PENDING' })
    nowMs += 20_000
    expect(await client.tasks.retrieve(id)).toMatchObject({ status: 'RUNNING', progress: 0.2 })
    nowMs += 40_000
    const task = await client.tasks.retrieve(id)
    if (task.status !== 'SUCCEEDED') throw new Error(task.status)
    expect(task.cost).toEqual({ credits: 24 })
    const file = await fetch(task.output[0] ?? '')
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    expect(((await client.tasks.retrieve(id)) as typeof task).output[0]).not.toBe(task.output[0])
    expect((await fetch(`${task.output[0]}0`)).status).toBe(403)
    nowMs += 86_400_001
    expect((await fetch(task.output[0] ?? '')).status).toBe(403)
  })

  test('a picture that was uploaded is a first frame, and one that was not is none', async () => {
    const { uri } = await client.uploads.createEphemeral({ file: await toFile(Buffer.alloc(1_000), 'boat.png') })
    const image = { model: 'gen4_turbo', ratio: '720:1280', duration: 5 } as const
    expect(await client.imageToVideo.create({ ...image, promptImage: uri })).toMatchObject({ id: expect.any(String) })
    expect(await refusal(() => client.imageToVideo.create({ ...image, promptImage: `${uri}0` }))).toMatchObject({ status: 400 })
  })

  test('several pictures come from one task', async () => {
    const { id } = await client.textToImage.create({ model: 'gpt_image_2', promptText: 'a boat', ratio: '1920:1088', outputCount: 2, referenceImages: [{ uri: 'https://example.com/a.png', tag: 'boat' }] })
    nowMs += 60_000
    expect(await client.tasks.retrieve(id)).toMatchObject({ status: 'SUCCEEDED', output: [expect.any(String), expect.any(String)] })
  })

  test('an actor and an edit are taken', async () => {
    expect(await client.characterPerformance.create({ model: 'act_two', character: { type: 'image', uri: 'https://example.com/a.png' }, reference: { type: 'video', uri: 'https://example.com/a.mp4' }, expressionIntensity: 3 })).toHaveProperty('id')
    expect(await client.videoToVideo.create({ model: 'aleph2', videoUri: 'https://example.com/a.mp4', keyframes: [{ at: 0.5, uri: 'https://example.com/a.png' }] })).toHaveProperty('id')
  })

  test('delete stops a task, and then it is gone', async () => {
    const { id } = await client.textToVideo.create(TEXT)
    await client.tasks.delete(id)
    expect(await refusal(() => client.tasks.retrieve(id))).toMatchObject({ status: 404 })
    expect(await refusal(() => client.tasks.delete(id))).toMatchObject({ status: 404 })
  })

  test.each([
    ['output_moderation', 'FAILED', 'SAFETY.OUTPUT.VIDEO'],
    ['render_failure', 'FAILED', 'INTERNAL.BAD_OUTPUT.CODE01'],
    ['late_parameter_error', 'FAILED', 'ASSET.INVALID'],
    ['stall', 'THROTTLED', undefined],
  ])('[[sim:%s]] ends as %s', async (sentinel, status, failureCode) => {
    const { id } = await client.textToVideo.create({ ...TEXT, promptText: `x [[sim:${sentinel}]]` })
    nowMs += 60_000
    expect(await client.tasks.retrieve(id)).toMatchObject({ status, ...(failureCode !== undefined && { failureCode }) })
  })

  test.each([['rate_limited', 429], ['no_money', 400], ['server_error', 502]])('[[sim:%s]] is refused with %i', async (sentinel, status) => {
    expect(await refusal(() => client.textToVideo.create({ ...TEXT, promptText: `x [[sim:${sentinel}]]` }))).toMatchObject({ status })
  })
})

describe('400', () => {
  async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(simulator.baseUrl + path, { method: 'POST', headers: { authorization: `Bearer ${String(simulator.credential['api_key'])}`, 'x-runway-version': '2024-11-06', 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
    return { status: response.status, text: await response.text() }
  }

  test('without the version', async () => {
    expect(await post('/v1/text_to_video', TEXT, { 'x-runway-version': '2023-01-01' })).toMatchObject({ status: 400, text: expect.stringContaining('X-Runway-Version') })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['/v1/text_to_video', { model: 'constructor' }, 'model'],
    ['/v1/text_to_video', { colour: 'red' }, 'colour'],
    ['/v1/text_to_video', { duration: '2' }, 'duration'],
    ['/v1/text_to_video', { duration: 11 }, 'duration'],
    ['/v1/text_to_video', { ratio: '1104:832' }, 'ratio'],
    ['/v1/text_to_video', { promptText: '' }, 'promptText'],
    ['/v1/text_to_video', { model: 'wan3', ratio: 'auto_720p' }, 'concrete ratio'],
    ['/v1/text_to_video', { model: 'grok_imagine_1_5', ratio: '1:1', referenceAudio: [{ type: 'audio', uri: 'https://example.com/a.mp3' }] }, 'image reference'],
    ['/v1/image_to_video', { promptImage: 'http://example.com/a.png' }, 'HTTPS'],
    ['/v1/image_to_video', { promptImage: 'https://127.0.0.1/a.png' }, 'HTTPS'],
    ['/v1/image_to_video', { promptImage: 'data:image/gif;base64,AAAA' }, 'data URI'],
    ['/v1/image_to_video', { promptImage: [{ uri: 'https://example.com/a.png', position: 'last' }] }, 'promptImage'],
    ['/v1/image_to_video', { model: 'wan3', ratio: '1280:720', promptImage: 'https://example.com/a.png' }, 'follows the first frame'],
    ['/v1/video_to_video', { model: 'seedance2', videoUri: 'https://example.com/a.mp4' }, 'promptVideo'],
  ])('%s for %j', async (path, fields, message) => {
    const { model: _model, ...rest } = TEXT
    const body = path === '/v1/image_to_video' ? { model: 'gen4.5', ...rest, ...fields } : { ...TEXT, ...fields }
    const { status, text } = await post(path, body)
    expect(status).toBe(400)
    expect(text).toContain(message)
  })
})
