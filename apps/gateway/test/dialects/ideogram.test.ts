/** Ideogram's wire over HTTP, with a whole gateway behind it. Nobody publishes a client for it: callers use forms and JSON. */
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

interface Result {
  created: string
  data: { url: string; prompt: string; resolution: string; is_image_safe: boolean; seed: number; style_type?: string; upscaled_resolution?: string }[]
  descriptions?: { text: string }[]
  ignored?: string[]
}

const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

let genlock: TestGateway
beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
})
afterAll(() => genlock?.close())

describe('generate', () => {
  test('the request of the relays’ page, with the vendor’s header, becomes a picture', async () => {
    const response = await fetch(`${genlock.url}/generate`, {
      method: 'POST',
      headers: { 'Api-Key': genlock.key, 'content-type': 'application/json' },
      body: JSON.stringify({ image_request: { prompt: 'A serene tropical beach scene', aspect_ratio: 'ASPECT_10_16', model: 'V_2', magic_prompt_option: 'AUTO' } }),
    })
    expect(response.status).toBe(200)
    const result = (await response.json()) as Result
    expect(result.created).toMatch(ISO_DATE)
    expect(result.data).toMatchObject([{ prompt: 'A serene tropical beach scene', resolution: '640x1024', is_image_safe: true }])
    expect(result.data[0]!.seed).toBeTypeOf('number')
    expect(await sizeOf(result.data[0]!.url)).toBe('640x1024')
    expect(response.headers.get('x-task-id')).toMatch(/^img_/)
  })

  test('every model name and ratio of the vendor is taken', async () => {
    for (const model of ['V_1', 'V_1_TURBO', 'V_2', 'V_2_TURBO', 'V_2A', 'V_2A_TURBO', 'V_3', 'AUTO']) {
      await post('/ideogram/generate', { image_request: { prompt: 'A beach', model, aspect_ratio: 'ASPECT_16_9' } })
    }
  })

  test('version 3 makes several, as JSON and as a form, each with its size and style', async () => {
    const fields = { prompt: 'A beach', resolution: '1312x736', rendering_speed: 'TURBO', num_images: 2, style_type: 'REALISTIC', seed: 5 }
    const json = await post('/v1/ideogram-v3/generate', fields)
    expect(json.data.map(({ resolution, style_type, seed }) => [resolution, style_type, seed])).toEqual([['1312x736', 'REALISTIC', 5], ['1312x736', 'REALISTIC', 5]])
    const asForm = await post('/ideogram/v1/ideogram-v3/generate', form({ ...fields, 'style_codes[]': undefined }))
    expect(asForm.data).toHaveLength(2)
  })
})

describe('work on pictures', () => {
  test('edit, remix, reframe, replace-background and upscale on the classic paths', async () => {
    const image_file = await file()
    const edited = await post('/edit', form({ image_file, mask: await mask(), prompt: 'A red hat', model: 'V_2', magic_prompt_option: 'OFF' }))
    const remixed = await post('/remix', form({ image_file, image_request: JSON.stringify({ prompt: 'A fox', model: 'V_3', image_weight: 60, aspect_ratio: 'ASPECT_1_1' }) }))
    const reframed = await post('/reframe', form({ image_file, resolution: 'RESOLUTION_1024_768', model: 'V_2' }))
    const replaced = await post('/replace-background', form({ image_file, prompt: 'A city at night' }))
    const upscaled = await post('/upscale', form({ image_file, image_request: new Blob(['{"resemblance":50,"detail":80}'], { type: 'application/json' }) }))
    // Black was on the left.
    expect(await colourAt(edited.data[0]!.url, { left: 900, top: 300 })).toEqual([0x2a, 0x6f, 0x97])
    expect(await colourAt(edited.data[0]!.url, { left: 100, top: 300 })).not.toEqual([0x2a, 0x6f, 0x97])
    expect(reframed.data[0]!.resolution).toBe('1024x768')
    expect(upscaled.data[0]!.upscaled_resolution).toMatch(/^\d+x\d+$/)
    for (const { data } of [edited, remixed, reframed, replaced, upscaled]) expect(await sizeOf(data[0]!.url)).toBe(data[0]!.resolution)
  })

  test('the same on the paths of version 3', async () => {
    const image = await file()
    const root = '/v1/ideogram-v3'
    const results = [
      await post(`${root}/edit`, form({ image, mask: await mask(), prompt: 'A red hat', rendering_speed: 'TURBO' })),
      await post(`${root}/remix`, form({ image, prompt: 'A fox', image_weight: '60', style_reference_images: await file() })),
      await post(`${root}/reframe`, form({ image, resolution: '512x1536' })),
      await post(`${root}/replace-background`, form({ image, prompt: 'A city at night', color_palette: '{"name":"EMBER"}' })),
    ]
    for (const { data, ignored } of results) {
      expect(await sizeOf(data[0]!.url)).toBe(data[0]!.resolution)
      expect(ignored).toBeUndefined()
    }
  })

  test('describe answers in words', async () => {
    const { descriptions, data } = await post('/describe', form({ image_file: await file(), describe_model_version: 'V_3' }))
    expect(data).toBeUndefined()
    expect(descriptions?.[0]?.text).not.toBe('')
    expect(descriptions?.length).toBeGreaterThan(0)
  })
})

describe('what is refused', () => {
  test('unsafe content is 422, and costs nothing', async () => {
    const response = await genlock.call('/generate', { method: 'POST', body: JSON.stringify({ image_request: { prompt: 'A cat [[fail:content_policy]]' } }) })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ error: expect.stringContaining('content') as string, code: 'content_policy' })
  })

  test('a wrong value names the field and what it takes', async () => {
    const response = await genlock.call('/generate', { method: 'POST', body: JSON.stringify({ image_request: { prompt: 'A cat', model: 'V_3', style_type: 'BAROQUE' } }) })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ param: 'image_request.style_type', error: expect.stringContaining('REALISTIC') as string })
  })

  test('a field without a use is left out and named', async () => {
    const { ignored } = await post('/generate', { image_request: { prompt: 'A cat', model: 'V_2A', negative_prompt: 'dogs' } })
    expect(ignored).toEqual(['image_request.negative_prompt'])
  })
})

async function post(path: string, body: FormData | Record<string, unknown>): Promise<Result> {
  const response = await genlock.call(path, { method: 'POST', body: body instanceof FormData ? body : JSON.stringify(body) })
  const answer = await response.json()
  expect(response.status, `${path}: ${JSON.stringify(answer)}`).toBe(200)
  return answer as Result
}

function form(parts: Record<string, string | number | Blob | undefined>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(parts)) {
    if (value instanceof Blob) data.append(name, value)
    else if (value !== undefined) data.append(name, String(value))
  }
  return data
}

async function file(): Promise<Blob> {
  return new Blob([new Uint8Array(await picture())], { type: 'image/png' })
}

/** Black on the left, where the picture is to change. */
async function mask(): Promise<Blob> {
  const black = { create: { width: 640, height: 720, channels: 3 as const, background: '#000000' } }
  const bytes = await sharp({ create: { width: 1280, height: 720, channels: 3, background: '#ffffff' } }).composite([{ input: black, left: 0, top: 0 }]).png().toBuffer()
  return new Blob([new Uint8Array(bytes)], { type: 'image/png' })
}

async function sizeOf(link: string): Promise<string> {
  const { width, height } = await sharp(Buffer.from(await (await fetch(link)).arrayBuffer())).metadata()
  return `${width}x${height}`
}

async function colourAt(link: string, { left, top }: { left: number; top: number }): Promise<number[]> {
  const bytes = Buffer.from(await (await fetch(link)).arrayBuffer())
  return [...(await sharp(bytes).extract({ left, top, width: 1, height: 1 }).removeAlpha().raw().toBuffer())]
}
