import { createBlackForestLabs } from '@ai-sdk/black-forest-labs'
import { generateImage } from 'ai'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateBflFlux } from './bfl-flux.ts'
import type { Simulator } from './simulator.ts'

/** Time moves by half a second at every look, so that the vendor's client waits for a job as it does in life. */
const startMs = Date.UTC(2026, 7, 1)
let nowMs = startMs
let bfl: Simulator

beforeAll(async () => {
  bfl = await simulateBflFlux({ clock: { nowMs: () => (nowMs += 500) }, queuedSeconds: 1, renderSeconds: 2 })
})
afterAll(() => bfl.close())

interface Body {
  id: string
  polling_url: string
  status: string
  cost: number | null
  result: { sample: string }
  detail: { loc: string[] }[]
}

async function call(method: string, path: string, { json, key = String(bfl.credential['api_key']) }: { json?: unknown; key?: string } = {}) {
  const url = path.startsWith('http') ? path : bfl.baseUrl + path
  const response = await fetch(url, { method, headers: { ...(key !== '' && { 'x-key': key }), 'content-type': 'application/json' }, ...(json !== undefined && { body: JSON.stringify(json) }) })
  return { status: response.status, body: (await response.json()) as Body }
}

const create = (model: string, fields: Record<string, unknown> = {}) => call('POST', `/${model}`, { json: { prompt: 'a boat', ...fields } })

async function ended(pollingUrl: string) {
  nowMs += 60_000
  return (await call('GET', pollingUrl)).body
}

describe("the vendor's client of npm", () => {
  const vendor = () => createBlackForestLabs({ apiKey: String(bfl.credential['api_key']), baseURL: bfl.baseUrl, pollIntervalMillis: 1 })

  test('makes a picture and fetches it', async () => {
    const { image, providerMetadata } = await generateImage({ model: vendor().image('flux-2-pro'), prompt: 'a boat', aspectRatio: '2:1', seed: 7, providerOptions: { blackForestLabs: { width: 512, height: 256, outputFormat: 'png' } } })
    expect(await sharp(image.uint8Array).metadata()).toMatchObject({ format: 'png', width: 512, height: 256 })
    expect(providerMetadata['blackForestLabs']?.images).toMatchObject([{ seed: 7, cost: 3, outputMegapixels: 0.13 }])
  })

  test('changes a picture, sent as bare base64', async () => {
    const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png().toBuffer()
    const { image } = await generateImage({ model: vendor().image('flux-kontext-pro'), prompt: { text: 'make it blue', images: [new Uint8Array(picture)] }, aspectRatio: '1:1' })
    expect(await sharp(image.uint8Array).metadata()).toMatchObject({ format: 'png', width: 1024, height: 1024 })
  })

  test('makes a video and is told where it lies', async () => {
    const { videos: [video] } = await vendor().video('flux-3-video').doGenerate!({
      prompt: 'a boat', n: 1, duration: 5, aspectRatio: '1:1', resolution: undefined, fps: undefined, seed: undefined, image: undefined, frameImages: undefined, inputReferences: undefined, generateAudio: false,
      providerOptions: { blackForestLabs: { pollIntervalMillis: 1, resolution: 'hd' } },
    })
    const file = await fetch(video?.type === 'url' ? video.url : '')
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
  })

  test('is told what is wrong, and of a wrong key', async () => {
    await expect(generateImage({ model: vendor().image('flux-2-pro'), prompt: 'a boat', size: '100x100', maxRetries: 0 })).rejects.toThrow(/multiple of 16/)
    const stranger = createBlackForestLabs({ apiKey: 'bfl_stranger', baseURL: bfl.baseUrl })
    await expect(generateImage({ model: stranger.image('flux-2-pro'), prompt: 'a boat', maxRetries: 0 })).rejects.toMatchObject({ statusCode: 403 })
  })
})

describe('at the door', () => {
  test('403, not 401, without the right key', async () => {
    expect(await call('POST', '/flux-2-pro', { json: {}, key: 'wrong' })).toEqual({ status: 403, body: { detail: 'Not authenticated - Invalid Authentication' } })
    expect(await call('POST', '/flux-2-pro', { json: {}, key: '' })).toEqual({ status: 403, body: { detail: 'Not authenticated' } })
  })

  test.each(['flux-9', 'constructor'])('404 for the model %s', async (model) => {
    expect((await create(model)).status).toBe(404)
  })

  test.each([
    ['flux-2-pro', { prompt: '' }, 'prompt'],
    ['flux-2-pro', { width: 1000 }, 'width'],
    ['flux-2-pro', { width: 2064, height: 2048 }, 'width'],
    ['flux-2-pro', { seed: 1.5 }, 'seed'],
    ['flux-2-pro', { safety_tolerance: 6 }, 'safety_tolerance'],
    ['flux-2-pro', { output_format: 'gif' }, 'output_format'],
    ['flux-2-pro', { input_image: 'data:image/png;base64,iVBORw0KGgo=' }, 'input_image'],
    ['flux-2-flex', { steps: 51 }, 'steps'],
    ['flux-kontext-pro', { aspect_ratio: '3:1' }, 'aspect_ratio'],
    ['flux-pro-1.1', { width: 1472 }, 'width'],
    ['flux-pro-1.1', { image_prompt: 'https://example.com/a.png' }, 'image_prompt'],
    ['flux-pro-1.0-fill', { mask: 'AQID' }, 'image'],
    ['flux-pro-1.0-fill', { image: 'AQID', steps: 14 }, 'steps'],
    ['flux-3-video', { mode: 't2v', duration: 21 }, 'duration'],
    ['flux-3-video', { mode: 'i2v' }, 'keyframes'],
    ['flux-3-video', { mode: 't2v', start_video: 'https://example.com/a.mp4' }, 'start_video'],
    ['flux-3-video', { duration: 5 }, 'mode'],
    ['flux-2-pro', { webhook_url: 'http://example.com/hook' }, 'webhook_url'],
  ])('422 for %s with %j, naming %s', async (model, fields, name) => {
    const { status, body } = await create(model, fields)
    expect([status, body.detail[0]?.loc]).toEqual([422, ['body', name]])
  })

  test('fields that the vendor does not know are ignored, as its own client expects', async () => {
    expect((await create('flux-2-pro', { aspect_ratio: '4:3', colour: 'red' })).status).toBe(200)
  })

  test.each([['rate_limited', 429], ['queue_full', 429], ['no_money', 402], ['server_error', 500]])('[[sim:%s]] is refused with %i, and nothing is started', async (sentinel, status) => {
    const before = bfl.acceptedCreates()
    expect((await create('flux-2-pro', { prompt: `x [[sim:${sentinel}]]` })).status).toBe(status)
    expect(bfl.acceptedCreates()).toBe(before)
  })
})

describe('a task', () => {
  test('is known to its region only, and to the general address when it is told of by webhook', async () => {
    const { body: regional } = await create('flux-dev')
    expect(regional).toMatchObject({ polling_url: expect.stringContaining(regional.id), cost: 2.5, output_mp: 0.79 })
    expect(await call('GET', `/get_result?id=${regional.id}`)).toMatchObject({ status: 404, body: { status: 'Task not found', result: null } })
    expect((await call('GET', regional.polling_url)).body).toMatchObject({ status: 'Pending' })

    const { body: told } = await create('flux-dev', { webhook_url: 'http://127.0.0.1:9/hook' })
    expect(told).toMatchObject({ status: 'Pending', webhook_url: 'http://127.0.0.1:9/hook' })
    expect(told).not.toHaveProperty('polling_url')
    expect((await call('GET', `/get_result?id=${told.id}`)).body).toMatchObject({ status: 'Pending' })
  })

  test('has a link of ten minutes, new at each look, of the size and format that were asked for', async () => {
    const { body } = await create('flux-2-max', { width: 128, height: 64, output_format: 'webp' })
    const { result } = await ended(body.polling_url)
    const file = await fetch(result.sample)
    expect(file.headers.get('content-type')).toBe('image/webp')
    expect(await sharp(Buffer.from(await file.arrayBuffer())).metadata()).toMatchObject({ format: 'webp', width: 128, height: 64 })
    expect((await fetch(`${result.sample}0`)).status).toBe(403)
    nowMs += 601_000
    expect((await fetch(result.sample)).status).toBe(403)
    const again = (await call('GET', body.polling_url)).body.result.sample
    expect((await fetch(again)).status).toBe(200)
  })

  test.each([
    ['output_moderation', 'Content Moderated', { 'Moderation Reasons': ['Safety Filter'] }],
    ['input_moderation', 'Request Moderated', { 'Moderation Reasons': ['Safety Filter'] }],
    ['render_failure', 'Error', null],
    ['no_result', 'Ready', null],
    ['stall', 'Pending', null],
  ])('with [[sim:%s]] ends as %s', async (sentinel, status, details) => {
    const { body } = await create('flux-2-pro', { prompt: `x [[sim:${sentinel}]]` })
    expect(await ended(body.polling_url)).toMatchObject({ status, details, result: null })
  })

  test('costs by megapixel, and by second where it is a video', async () => {
    const { body } = await create('flux-2-pro', { width: 2048, height: 2048 })
    expect(body.cost).toBe(9)
    const { body: video } = await create('flux-3-video', { mode: 't2v', duration: 6 })
    expect(video.cost).toBeNull()
    expect((await ended(video.polling_url)).cost).toBe(102)
  })
})
