import { AuthenticationError, LumaAI, NotFoundError, RateLimitError, UnprocessableEntityError } from 'lumaai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateLuma } from './luma.ts'
import type { Simulator } from './simulator.ts'

let nowMs = Date.UTC(2026, 10, 21)
let simulator: Simulator
let client: LumaAI

beforeAll(async () => {
  simulator = await simulateLuma({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 20 })
  client = new LumaAI({ authToken: String(simulator.credential['api_key']), baseURL: simulator.baseUrl, maxRetries: 0 })
})
afterAll(() => simulator?.close())

const image = 'https://example.com/a.png'
const media = { url: 'https://example.com/v.mp4' }

async function finished(created: LumaAI.Generation): Promise<LumaAI.Generation> {
  nowMs += 60_000
  return client.generations.get(created.id!)
}

describe("the vendor's client", () => {
  test('creates a video, follows it and fetches it', async () => {
    const created = await client.generations.create({ model: 'ray-2', prompt: 'A boat', duration: '5s', resolution: '540p', aspect_ratio: '16:9', keyframes: { frame0: { type: 'image', url: image } }, concepts: [{ key: 'handheld' }] })
    expect(created).toMatchObject({ state: 'queued', failure_reason: null, assets: null, request: { duration: '5s' } })
    nowMs += 15_000
    expect((await client.generations.get(created.id!)).state).toBe('dreaming')
    const done = await finished(created)
    expect(done.state).toBe('completed')
    const bytes = Buffer.from(await (await fetch(done.assets!.video!)).arrayBuffer())
    expect(bytes.toString('latin1', 4, 8)).toBe('ftyp')

    const extended = await client.generations.video.create({ model: 'ray-flash-2', prompt: 'It goes on', resolution: '540p', keyframes: { frame0: { type: 'generation', id: created.id! } } })
    const upscaled = await client.generations.upscale(created.id!, { resolution: '720p' })
    const audio = await client.generations.audio(created.id!, { prompt: 'Birds', negative_prompt: 'wind' })
    for (const next of [extended, upscaled, audio]) expect((await finished(next)).state).toBe('completed')
  })

  test('changes and reframes videos, and makes and reframes pictures', async () => {
    const made = [
      await client.generations.video.modify({ generation_type: 'modify_video', model: 'ray-2', media, mode: 'flex_2', first_frame: { url: image } }),
      await client.generations.video.reframe({ generation_type: 'reframe_video', model: 'ray-flash-2', media, aspect_ratio: '1:1', x_start: 0, x_end: 500 }),
      await client.generations.image.create({ model: 'photon-1', prompt: 'A fox', format: 'png', image_ref: [{ url: image, weight: 0.5 }], character_ref: { identity0: { images: [image] } } }),
      await client.generations.image.reframe({ generation_type: 'reframe_image', model: 'photon-flash-1', media: { url: image }, aspect_ratio: '21:9' }),
    ]
    for (const created of made) expect((await finished(created)).state).toBe('completed')
    const picture = Buffer.from(await (await fetch((await finished(made[2]!)).assets!.image!)).arrayBuffer())
    expect(picture.toString('latin1', 1, 4)).toBe('PNG')
  })

  test('lists, deletes, counts credits', async () => {
    expect(await client.ping.check()).toEqual({ message: 'pong' })
    expect((await client.credits.get()).credit_balance).toBe(12_345)
    expect(await client.generations.concepts.list()).toContain('handheld')
    const { id } = await client.generations.image.create({ model: 'photon-flash-1', prompt: 'A fox' })
    expect((await client.generations.list({ limit: 1 })).generations).toMatchObject([{ id }])
    await client.generations.delete(id!)
    await expect(client.generations.get(id!)).rejects.toBeInstanceOf(NotFoundError)
  })

  test('is told what is wrong', async () => {
    const failed = await client.generations.create({ model: 'ray-2', prompt: 'x [[sim:output_moderation]]' })
    expect(await finished(failed)).toMatchObject({ state: 'failed', failure_reason: expect.stringContaining('moderation') })
    await expect(client.generations.create({ model: 'ray-2', prompt: 'A boat', duration: '6s' })).rejects.toBeInstanceOf(UnprocessableEntityError)
    await expect(client.generations.create({ model: 'ray-2', prompt: 'x [[sim:rate_limited]]' })).rejects.toBeInstanceOf(RateLimitError)
    await expect(client.generations.create({ model: 'ray-2', prompt: 'A boat', loop: true, keyframes: { frame1: { type: 'image', url: image } } })).rejects.toMatchObject({ status: 400, error: { detail: expect.stringContaining('Loop') } })
    await expect(client.generations.create({ model: 'ray-2', prompt: 'A boat', keyframes: { frame0: { type: 'image', url: 'data:image/png;base64,AQID' } } })).rejects.toMatchObject({ status: 422 })
    await expect(new LumaAI({ authToken: 'luma-nobody', baseURL: simulator.baseUrl, maxRetries: 0 }).credits.get()).rejects.toBeInstanceOf(AuthenticationError)
  })
})
