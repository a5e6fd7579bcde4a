/** Luma's own client against a running gateway. */
import { BadRequestError, LumaAI, NotFoundError } from 'lumaai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { isMp4, picture } from '../pictures.ts'

const MAX_READS = 1500
const READ_EVERY_MS = 100

let genlock: TestGateway
let client: LumaAI
beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
  client = new LumaAI({ authToken: genlock.key, baseURL: `${genlock.url}/dream-machine/v1` })
})
afterAll(() => genlock?.close())

test('a prompt with keyframes becomes a video that is fetched', { timeout: 180_000 }, async () => {
  const url = `data:image/png;base64,${(await picture()).toString('base64')}`
  const created = await client.generations.create({
    model: 'ray-2', prompt: 'A serene lake surrounded by mountains at sunset', aspect_ratio: '16:9', duration: '5s', resolution: '540p', loop: true,
    keyframes: { frame0: { type: 'image', url } },
  })
  expect(created).toMatchObject({ generation_type: 'video', model: 'ray-2', state: 'queued', failure_reason: null })
  const done = await ended(created.id!)
  expect(done.state).toBe('completed')
  expect(isMp4(new Uint8Array(await (await fetch(done.assets!.video!)).arrayBuffer()))).toBe(true)

  const extended = await client.generations.video.create({ model: 'ray-flash-2', prompt: 'It goes on', resolution: '540p', keyframes: { frame0: { type: 'generation', id: created.id! } } })
  const upscaled = await client.generations.upscale(created.id!, { generation_type: 'upscale_video', resolution: '720p' })
  const audio = await client.generations.audio(created.id!, { generation_type: 'add_audio', prompt: 'Birds' })
  for (const { id } of [extended, upscaled, audio]) expect((await ended(id!)).state).toBe('completed')
})

test('a prompt becomes an image', async () => {
  const { id } = await client.generations.image.create({ model: 'photon-1', prompt: 'A red fox', aspect_ratio: '1:1', format: 'png' })
  const done = await ended(id!)
  const bytes = Buffer.from(await (await fetch(done.assets!.image!)).arrayBuffer())
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
})

describe('the rest of the client', () => {
  test('ping, credits, concepts, list, delete', async () => {
    expect(await client.ping.check()).toEqual({ message: 'pong' })
    expect((await client.credits.get()).credit_balance).toBeGreaterThan(0)
    expect(await client.generations.concepts.list()).toContain('handheld')
    const { id } = await client.generations.image.create({ model: 'photon-flash-1', prompt: 'A fox' })
    await ended(id!)
    expect((await client.generations.list({ limit: 1 })).generations).toMatchObject([{ id }])
    await client.generations.delete(id!)
    await expect(client.generations.get(id!)).rejects.toBeInstanceOf(NotFoundError)
  })

  test('errors are its own classes, with the body', async () => {
    await expect(client.generations.create({ model: 'ray-2', prompt: 'A cat', duration: '6s' })).rejects.toMatchObject({ status: 400, error: { code: 'invalid_request', detail: [{ loc: ['body', 'duration'] }] } })
    await expect(client.generations.create({ model: 'ray-2', prompt: 'A cat', duration: '6s' })).rejects.toBeInstanceOf(BadRequestError)
    const failed = await client.generations.create({ model: 'ray-2', prompt: 'A cat [[fail:content_policy]]' })
    expect((await ended(failed.id!)).failure_reason).toMatch(/moderation/)
  })
})

async function ended(id: string): Promise<LumaAI.Generation> {
  for (let read = 0; read < MAX_READS; read += 1) {
    const generation = await client.generations.get(id)
    if (generation.state === 'completed' || generation.state === 'failed') return generation
    await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS))
  }
  throw new Error(`${id} has not ended`)
}
