/** The images routes as documents and vendors' pages write them, followed to stored files. */
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

interface Images {
  created: number
  data: { url?: string; b64_json?: string; revised_prompt: string; size: string }[]
  usage: { generated_images: number; cost_in_usd_ticks: number }
  id: string
  ignored?: string[]
}

interface ImageTask {
  id: string
  status: string
  data?: { url: string }[]
  error: { code: string } | null
}

let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock?.close())

describe('the requests of the nexus page', () => {
  test('DALL·E 3: links, since that is the vendor’s default', async () => {
    const { data, created } = await made({ model: 'dall-e-3', prompt: 'A beautiful landscape painting', n: 1, size: '1024x1024', quality: 'hd' })
    expect(created).toBeGreaterThan(1_700_000_000)
    expect(data).toMatchObject([{ revised_prompt: 'A beautiful landscape painting' }])
    expect(data[0]!.url).toMatch(/^http.*\.png$/)
    expect(await sharp(await fetched(data[0]!.url!)).metadata()).toMatchObject({ format: 'png', width: 1024, height: 1024 })
  })

  test('FLUX, by each of its names, and in a size of its own', async () => {
    for (const model of ['flux-pro', 'flux-dev', 'flux-schnell']) {
      const { data } = await made({ model, prompt: 'A paper boat', size: '768x512' })
      expect(data).toMatchObject([{ size: '768x512' }])
      expect((await sharp(await fetched(data[0]!.url!)).metadata()).width).toBe(768)
    }
  })

  test('GPT Image: the bytes themselves, and on request links', async () => {
    const { data } = await made({ model: 'gpt-image-1', prompt: 'A futuristic city', size: '1024x1024' })
    expect(await sharp(Buffer.from(data[0]!.b64_json!, 'base64')).metadata()).toMatchObject({ format: 'png', width: 1024 })
    const linked = await made({ model: 'gpt-image-1.5', prompt: 'A futuristic city', quality: 'low', response_format: 'url', output_format: 'webp' })
    expect((await sharp(await fetched(linked.data[0]!.url!)).metadata()).format).toBe('webp')
  })

  test('GPT Image: a form with a picture and a mask', async () => {
    const form = new FormData()
    for (const [name, value] of Object.entries({ model: 'gpt-image-1', prompt: 'The same at night', quality: 'low', size: '1024x1024' })) form.append(name, value)
    form.append('image', await file('room.png'), 'room.png')
    form.append('mask', await file('mask.png'), 'mask.png')
    const { data } = await json<Images>(await genlock.call('/v1/images/edits', { method: 'POST', body: form }))
    expect((await sharp(Buffer.from(data[0]!.b64_json!, 'base64')).metadata()).width).toBe(1024)
  })

  test.each(['doubao-seedream-3-0-t2i-250415', 'doubao-seedream-4-0-250828', 'doubao-seedream-4-5-251128'])('%s from words', async (model) => {
    const { data } = await made({ model, prompt: 'A paper boat' })
    expect((await fetched(data[0]!.url!)).byteLength).toBeGreaterThan(1000)
  })

  test('SeedEdit, with the size of the picture that is given', async () => {
    const { data } = await made({ model: 'doubao-seededit-3-0-i2i-250628', prompt: 'At night', image: await dataUri(), size: 'adaptive', seed: 21, guidance_scale: 5.5, watermark: true })
    expect((await fetched(data[0]!.url!)).byteLength).toBeGreaterThan(1000)
  })
})

describe('Ark’s own fields', () => {
  test('a group of pictures, from several pictures', async () => {
    const { data, usage } = await made({
      model: 'doubao-seedream-4-0-250828', prompt: 'Both of them on a beach', image: [await dataUri(), await dataUri()], size: '1K',
      sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 3 }, watermark: false, stream: false, optimize_prompt_options: { mode: 'fast' },
    })
    expect(usage.generated_images).toBe(3)
    const hashes = await Promise.all(data.map(async ({ url }) => Buffer.from(await fetched(url!)).toString('base64')))
    expect(new Set(hashes).size).toBe(3)
  })

  test('what the model has no use for is named', async () => {
    const { ignored } = await made({ model: 'dall-e-3', prompt: 'A boat', watermark: true, guidance_scale: 3, nonsense: 1 })
    expect(ignored?.toSorted()).toEqual(['guidance_scale', 'nonsense', 'watermark'])
  })
})

describe('async', () => {
  test.each([
    ['in the body', '', { async: true }, {}],
    ['in the query', '?async=true', {}, {}],
    ['as a preference', '', {}, { prefer: 'respond-async, wait=5' }],
  ])('%s: 202 and a task, read in both forms', async (_, query, fields, headers) => {
    const response = await genlock.call(`/v1/images/generations${query}`, { method: 'POST', headers, body: JSON.stringify({ model: 'gpt-image-1', prompt: 'A boat', quality: 'low', ...fields }) })
    expect(response.status).toBe(202)
    const task = (await response.json()) as ImageTask
    expect(task).toMatchObject({ status: 'queued', error: null })
    expect(response.headers.get('x-task-id')).toBe(task.id)
    const ended = await readUntil<ImageTask>(() => genlock.call(`/v1/images/${task.id}`), ({ status }) => status === 'completed')
    const envelope = await json<{ code: string; data: { status: string; data: { data: { url: string }[] } } }>(await genlock.call(`/v1/images/tasks/${task.id}`))
    expect(envelope).toMatchObject({ code: 'success', data: { status: 'SUCCESS', progress: '100%' } })
    expect(envelope.data.data.data[0]!.url).toBe(ended.data![0]!.url)
    expect((await sharp(await fetched(ended.data![0]!.url)).metadata()).width).toBe(1024)
  })

  test('a dropped connection loses nothing', async () => {
    const impatient = new AbortController()
    const creating = genlock.call('/v1/images/generations', { method: 'POST', signal: impatient.signal, body: JSON.stringify({ model: 'gpt-image-1', prompt: 'Dropped [[slow:1]]', quality: 'low' }) })
    const id = await readTaskId('Dropped [[slow:1]]')
    impatient.abort()
    await expect(creating).rejects.toThrow()
    expect((await readUntil<ImageTask>(() => genlock.call(`/v1/images/${id}`), ({ status }) => status === 'completed')).data).toHaveLength(1)
  })
})

describe('what goes wrong', () => {
  test('content that is refused is 400, with the task’s id and nothing charged', async () => {
    const response = await create({ model: 'gpt-image-1', prompt: 'x [[fail:content_policy]]' })
    expect(response.status).toBe(400)
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(await response.json()).toMatchObject({ error: { code: 'content_policy', message: expect.any(String) } })
    expect(await json(await genlock.call(`/v1/images/${response.headers.get('x-task-id')}`))).toMatchObject({ status: 'failed', cost_cents: 0 })
  })

  test('a failure upstream is 502, and no client should try it again by itself', async () => {
    const response = await create({ model: 'gpt-image-1', prompt: 'x [[fail:upstream_failed]]' })
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([502, 'false'])
  })

  test('a video model', async () => {
    const response = await create({ model: 'sora-2', prompt: 'x' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: 'model' } })
  })

  test('a stream of a task that fails ends with an error event', async () => {
    const response = await create({ model: 'gpt-image-1', prompt: 'x [[fail:content_policy]]', stream: true })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(await response.text()).toMatch(/event: error\ndata: \{"error":\{.*"code":"content_policy"/)
  })
})

test('the books balance after all of it', async () => {
  expect((await verifyLedger(genlock.database.pool)).violations).toEqual([])
})

function create(body: Record<string, unknown>): Promise<Response> {
  return genlock.call('/v1/images/generations', { method: 'POST', body: JSON.stringify(body) })
}

async function made(body: Record<string, unknown>): Promise<Images> {
  return json<Images>(await create(body))
}

async function json<T>(response: Response): Promise<T> {
  const body: unknown = await response.json()
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(body)}`)
  return body as T
}

async function fetched(url: string): Promise<Uint8Array> {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return new Uint8Array(await response.arrayBuffer())
}

async function file(name: string): Promise<File> {
  return new File([new Uint8Array(await square())], name, { type: 'image/png' })
}

async function dataUri(): Promise<string> {
  return `data:image/png;base64,${(await square()).toString('base64')}`
}

function square(): Promise<Buffer> {
  return sharp({ create: { width: 1024, height: 1024, channels: 4, background: '#2a6f97' } }).png().toBuffer()
}

async function readTaskId(prompt: string): Promise<string> {
  const found = await readUntil<{ data: { id: string; prompt: string }[] }>(
    async () => Response.json({ data: (await genlock.database.pool.query<{ id: string; prompt: string }>(`select id, request->>'prompt' as prompt from task where request->>'prompt' = $1`, [prompt])).rows }),
    ({ data }) => data.length > 0,
  )
  return found.data[0]!.id
}
