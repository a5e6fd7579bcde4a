import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateIdeogram } from './ideogram.ts'
import type { Simulator } from './simulator.ts'

/** The vendor has no client of its own: plain requests of each form that its callers send. */
let nowMs = Date.UTC(2026, 5, 1)
let ideogram: Simulator
let picture: Blob
let halves: Blob

beforeAll(async () => {
  ideogram = await simulateIdeogram({ clock: { nowMs: () => nowMs } })
  picture = await png({ width: 32, height: 16, channels: 3, background: 'red' })
  halves = new Blob([new Uint8Array(await sharp(Buffer.from(Array.from({ length: 512 }, (_, at) => (at % 32 < 16 ? 0 : 255))), { raw: { width: 32, height: 16, channels: 1 } }).png().toBuffer())])
})
afterAll(() => ideogram.close())

async function png(create: { width: number; height: number; channels: 3; background: string }): Promise<Blob> {
  return new Blob([new Uint8Array(await sharp({ create }).png().toBuffer())], { type: 'image/png' })
}

interface Body {
  error?: string
  created?: string
  data?: { url: string | null; prompt: string; resolution: string; is_image_safe: boolean; seed: number; style_type?: string; upscaled_resolution?: string }[]
  descriptions?: { text: string }[]
}

async function post(path: string, body: FormData | object, key = String(ideogram.credential['api_key'])) {
  const isForm = body instanceof FormData
  const response = await fetch(ideogram.baseUrl + path, { method: 'POST', headers: { 'api-key': key, ...(!isForm && { 'content-type': 'application/json' }) }, body: isForm ? body : JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Body }
}

function form(fields: Record<string, string | string[] | Blob>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) for (const part of [value].flat()) data.append(name, part)
  return data
}

describe('pictures', () => {
  test('are made from a form and from JSON alike, with a date and not a number', async () => {
    const fields = { prompt: 'a boat', aspect_ratio: '16x9', num_images: '2', style_codes: ['a1b2c3d4', '00ff00ff'], color_palette: '{"name":"EMBER"}' }
    const { status, body } = await post('/v1/ideogram-v3/generate', form(fields))
    expect([status, body.data?.map(({ resolution }) => resolution)]).toEqual([200, ['1312x736', '1312x736']])
    expect(body.created).toBe(new Date(nowMs).toISOString())
    expect((await post('/v1/ideogram-v3/generate', { prompt: 'a boat', resolution: '1536x640', seed: 7, color_palette: { name: 'EMBER' } })).body.data).toMatchObject([{ resolution: '1536x640', seed: 7, is_image_safe: true }])
    expect((await post('/v1/ideogram-v3/generate', form({ prompt: 'a boat', 'style_codes[]': 'a1b2c3d4' }))).status).toBe(200)
  })

  test('have links that end', async () => {
    const { body } = await post('/v1/ideogram-v3/generate', { prompt: 'a boat', resolution: '512x1536', num_images: 2 })
    const url = body.data?.[1]?.url ?? ''
    const file = Buffer.from(await (await fetch(url)).arrayBuffer())
    expect(await sharp(file).metadata()).toMatchObject({ format: 'png', width: 512, height: 1536 })
    expect((await fetch(`${url}0`)).status).toBe(403)
    nowMs += 86_401_000
    expect((await fetch(url)).status).toBe(403)
  })

  test('are worked on by every path', async () => {
    const source = { image: picture }
    expect(await post('/v1/ideogram-v3/remix', form({ ...source, prompt: 'a boat', image_weight: '30', style_reference_images: picture }))).toMatchObject({ status: 200 })
    expect(await post('/v1/ideogram-v3/edit', form({ ...source, prompt: 'a boat', mask: halves }))).toMatchObject({ status: 200, body: { data: [{ resolution: '32x16' }] } })
    expect(await post('/v1/ideogram-v3/inpaint', form({ ...source, prompt: 'a boat', mask: halves }))).toMatchObject({ status: 200 })
    expect(await post('/v1/ideogram-v3/reframe', form({ ...source, resolution: '512x1536' }))).toMatchObject({ status: 200, body: { data: [{ resolution: '512x1536' }] } })
    expect(await post('/v1/ideogram-v3/replace-background', form({ ...source, prompt: 'a boat' }))).toMatchObject({ status: 200 })
    expect(await post('/upscale', form({ image_file: picture, image_request: '{}' }))).toMatchObject({ status: 200, body: { data: [{ upscaled_resolution: '64x32' }] } })
    expect(await post('/describe', form({ image_file: picture }))).toMatchObject({ status: 200, body: { descriptions: [{ text: expect.any(String) }, {}] } })
  })

  test('come from the classic paths', async () => {
    expect(await post('/generate', { image_request: { prompt: 'a boat', model: 'V_2', resolution: 'RESOLUTION_1280_720', style_type: 'ANIME' } })).toMatchObject({ status: 200, body: { data: [{ resolution: '1280x720', style_type: 'ANIME' }] } })
    expect(await post('/generate', { image_request: { prompt: 'a boat', model: 'V_1', aspect_ratio: 'ASPECT_16_9' } })).toMatchObject({ status: 200, body: { data: [{ resolution: '1312x736' }] } })
    expect(await post('/remix', form({ image_file: picture, image_request: '{"prompt":"a boat","model":"V_2A"}' }))).toMatchObject({ status: 200 })
    expect(await post('/edit', form({ image_file: picture, mask: halves, prompt: 'a boat', model: 'V_2' }))).toMatchObject({ status: 200 })
    expect(await post('/reframe', form({ image_file: picture, resolution: 'RESOLUTION_1024_640', model: 'V_2_TURBO' }))).toMatchObject({ status: 200, body: { data: [{ resolution: '1024x640' }] } })
  })
})

describe('at the door', () => {
  test.each([
    ['/generate', 401], ['/edit', 401], ['/v1/ideogram-v3/generate', 401], ['/describe', 401], ['/remix', 403], ['/upscale', 403], ['/v1/ideogram-v3/remix', 403],
  ])('%s refuses a wrong key with %i', async (path, status) => {
    expect((await post(path, { prompt: 'a boat' }, 'wrong')).status).toBe(status)
  })

  test.each([
    [{ prompt: '' }, 'prompt'],
    [{ prompt: 'x', resolution: '1280x720' }, 'resolution'],
    [{ prompt: 'x', resolution: '1024x1024', aspect_ratio: '1x1' }, 'cannot be used together'],
    [{ prompt: 'x', style_codes: ['a1b2c3d4'], style_type: 'GENERAL' }, 'style_codes'],
    [{ prompt: 'x', style_codes: ['blue'] }, 'style_codes'],
    [{ prompt: 'x', num_images: 9 }, 'num_images'],
    [{ prompt: 'x', seed: -1 }, 'seed'],
    [{ prompt: 'x', rendering_speed: 'fast' }, 'rendering_speed'],
    [{ prompt: 'x', magic_prompt_option: 'ON' }, 'magic_prompt_option'],
    [{ prompt: 'x', model: 'V_3' }, 'model'],
  ])('400 for %j, naming %s', async (json, name) => {
    const { status, body } = await post('/v1/ideogram-v3/generate', json)
    expect(status).toBe(400)
    expect(body.error).toContain(name)
  })

  test.each([
    ['a ratio of another spelling', '/generate', { image_request: { prompt: 'x', aspect_ratio: '16x9' } }],
    ['a resolution of the first generation', '/generate', { image_request: { prompt: 'x', model: 'V_1', resolution: 'RESOLUTION_1024_1024' } }],
    ['a palette of 2a', '/generate', { image_request: { prompt: 'x', model: 'V_2A', color_palette: { name: 'EMBER' } } }],
    ['no image_request', '/generate', { prompt: 'x' }],
    ['JSON where a form is asked', '/v1/ideogram-v3/remix', { prompt: 'x' }],
  ])('400 for %s', async (_about, path, json) => {
    expect((await post(path, json)).status).toBe(400)
  })

  test('400 for files that are missing, misnamed, broken, or of another size', async () => {
    const refused = async (path: string, fields: Record<string, string | Blob>) => (await post(path, form(fields))).body.error
    expect(await refused('/v1/ideogram-v3/remix', { prompt: 'x' })).toContain('image: 0 files')
    expect(await refused('/v1/ideogram-v3/remix', { prompt: 'x', image_file: picture })).toContain('image_file')
    expect(await refused('/describe', { image: picture })).toContain('image')
    expect(await refused('/v1/ideogram-v3/remix', { prompt: 'x', image: new Blob(['x']) })).toContain('not a JPEG')
    expect(await refused('/v1/ideogram-v3/edit', { prompt: 'x', image: await png({ width: 8, height: 8, channels: 3, background: 'red' }), mask: halves })).toContain('same size')
    expect(await refused('/v1/ideogram-v3/edit', { prompt: 'x', image: picture, mask: await png({ width: 32, height: 16, channels: 3, background: 'white' }) })).toContain('both black and white')
  })

  test.each([['input_moderation', 422], ['rate_limited', 429], ['no_money', 402], ['server_error', 500]])('[[sim:%s]] is refused with %i, and nothing is made', async (sentinel, status) => {
    const before = ideogram.acceptedCreates()
    expect((await post('/v1/ideogram-v3/generate', { prompt: `x [[sim:${sentinel}]]` })).status).toBe(status)
    expect(ideogram.acceptedCreates()).toBe(before)
  })
})

test('what is not safe has no link, and the status stays 200', async () => {
  const { status, body } = await post('/v1/ideogram-v3/generate', { prompt: 'x [[sim:partly_unsafe]]', num_images: 2 })
  expect([status, body.data?.map(({ url, is_image_safe: isSafe }) => [url !== null, isSafe])]).toEqual([200, [[true, true], [false, false]]])
  expect((await post('/v1/ideogram-v3/generate', { prompt: 'x [[sim:output_moderation]]' })).body.data).toMatchObject([{ url: null, is_image_safe: false }])
})
