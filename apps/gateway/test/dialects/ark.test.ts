/** The `ark` dialect with a whole gateway behind it: lists, deletes, pictures and callbacks as the vendor has them. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

interface ArkTask { id: string; status: string; content: { video_url: string }; usage: { total_tokens: number } }

const TASKS = '/api/v3/contents/generations/tasks'
const MAX_READS = 1500
let genlock: TestGateway
let receiver: Server
const received: unknown[] = []

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      received.push(JSON.parse(text))
      response.end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  genlock = await startTestGateway()
})
afterAll(async () => {
  await genlock?.close()
  receiver.close()
})

test('the vendor\'s own example: a picture and a prompt with flags, to a file and a callback', async () => {
  const png = await picture()
  const callback = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
  const created = await post(TASKS, {
    model: 'doubao-seedance-1-0-pro-fast-251015',
    content: [
      { type: 'text', text: '女孩抱着狐狸，女孩睁开眼，温柔地看向镜头 --ratio adaptive --dur 2 --rs 480p' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } },
    ],
    callback_url: callback,
  })
  expect(created.status).toBe(200)
  const { id } = (await created.json()) as ArkTask
  const task = await ended(id)
  expect(task).toMatchObject({ status: 'succeeded', model: 'seedance-1.0-pro-fast', duration: 2, resolution: '480p', ratio: 'adaptive', error: null })
  expect(task.usage.total_tokens).toBeGreaterThan(1000)
  expect(isMp4(new Uint8Array(await (await fetch(task.content.video_url)).arrayBuffer()))).toBe(true)
  for (let look = 0; look < MAX_READS && received.length === 0; look += 1) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(received[0]).toMatchObject({ id, status: 'succeeded', content: { video_url: expect.stringContaining('.mp4') as string } })
})

test('tasks are listed by status, model and id, and deleted when they have ended', async () => {
  const { id: slow } = (await (await post(TASKS, { model: 'seedance-1.0-pro-fast', content: [{ type: 'text', text: 'x [[slow:60]]' }] })).json()) as ArkTask
  const { id: failed } = (await (await post(TASKS, { model: 'seedance-1.0-pro-fast', content: [{ type: 'text', text: 'x [[fail]]' }] })).json()) as ArkTask
  await ended(failed)
  expect(await list('filter.status=failed')).toMatchObject({ total: 1, items: [{ id: failed, error: { code: 'InternalServiceError' } }] })
  expect(await list('filter.model=doubao-seedance-1-0-pro-fast-251015&page_size=1&page_num=2')).toMatchObject({ items: [{ id: slow }] })
  expect(await list(`filter.task_ids=${slow}&filter.task_ids=vid_nobody`)).toMatchObject({ total: 1 })
  expect(await list('filter.status=nonsense')).toMatchObject({ error: { code: 'InvalidParameter', param: 'filter.status' } })

  expect((await genlock.call(`${TASKS}/${failed}`, { method: 'DELETE' })).status).toBe(200)
  expect((await genlock.call(`${TASKS}/${failed}`)).status).toBe(404)
  await running(slow)
  const refused = await genlock.call(`${TASKS}/${slow}`, { method: 'DELETE' })
  expect(refused.status).toBe(403)
  expect(await refused.json()).toMatchObject({ error: { code: 'OperationDenied.InvalidState' } })
  expect((await genlock.call(`/v1/videos/${slow}/cancel`, { method: 'POST' })).status).toBe(200)
  expect(await ended(slow)).toMatchObject({ status: 'cancelled' })
})

test('pictures as links, in base64, in a stream, and refused', async () => {
  const links = await post('/api/v3/images/generations', { model: 'doubao-seedream-4-0-250828', prompt: '一只纸船', size: '1K', sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 2 }, watermark: false })
  const { data, usage } = (await links.json()) as { data: { url: string; size: string }[]; usage: { generated_images: number } }
  expect(usage.generated_images).toBe(2)
  expect(data[0]!.size).toMatch(/^\d+x\d+$/)
  expect((await fetch(data[1]!.url)).headers.get('content-type')).toMatch(/^image\//)

  const stream = await (await post('/api/v3/images/generations', { model: 'doubao-seedream-4-0-250828', prompt: 'A boat', size: '1K', response_format: 'b64_json', stream: true })).text()
  const events = stream.split('\n').filter((line) => line.startsWith('data: ')).map((line) => line.slice(6))
  expect(events.at(-1)).toBe('[DONE]')
  expect(JSON.parse(events[0]!)).toMatchObject({ type: 'image_generation.partial_succeeded', image_index: 0, b64_json: expect.stringMatching(/^[A-Za-z0-9+/]{1000}/) as string })
  expect(JSON.parse(events.at(-2)!)).toMatchObject({ type: 'image_generation.completed', usage: { generated_images: 1 } })

  const refused = await post('/api/v3/images/generations', { model: 'doubao-seedream-4-0-250828', prompt: '[[fail:content_policy]]' })
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ error: { code: 'InputTextSensitiveContentDetected', type: 'BadRequest' } })
})

function post(path: string, body: unknown): Promise<Response> {
  return genlock.call(path, { method: 'POST', body: JSON.stringify(body) })
}

async function list(query: string): Promise<unknown> {
  return (await genlock.call(`${TASKS}?${query}`)).json()
}

function ended(id: string): Promise<ArkTask> {
  return until(id, (status) => !['queued', 'running'].includes(status))
}

function running(id: string): Promise<ArkTask> {
  return until(id, (status) => status !== 'queued')
}

async function until(id: string, found: (status: string) => boolean): Promise<ArkTask> {
  for (let read = 0; read < MAX_READS; read += 1) {
    const task = (await (await genlock.call(`${TASKS}/${id}`)).json()) as ArkTask
    if (found(task.status)) return task
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${id} is as it was`)
}
