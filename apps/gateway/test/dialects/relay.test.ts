/**
 * A canvas program's way with a relay, as AI-CanvasPro's published adapters go about it: where it looks for the id, what
 * it takes for done, where it looks for the link. The program itself cannot be run here.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

type Json = Record<string, unknown>
const SMALL = { model: 'seedance-1.0-pro-fast', prompt: 'A paper boat', duration: 2, resolution: '480p' }

let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
})
afterAll(() => genlock?.close())

describe('a canvas program', () => {
  test('creates, polls and downloads', async () => {
    const id = idIn(await post('/v1/videos/generations', SMALL))
    const task = await readUntil<Json>(() => genlock.call(`/v1/tasks/${id}?language=zh`), isDone)
    const link = linkIn(task)
    expect(link).toMatch(/\.(mp4|mov|webm)$/)
    expect(isMp4(new Uint8Array(await (await fetch(link)).arrayBuffer()))).toBe(true)
  })

  test('uploads a picture and starts a video with it', async () => {
    const form = new FormData()
    form.set('file', new Blob([new Uint8Array(await picture())], { type: 'image/png' }), 'start.png')
    const { url } = await (await genlock.call('/v1/uploads/images', { method: 'POST', body: form })).json() as { url: string }
    const id = idIn(await post('/v1/videos/generations', { ...SMALL, images: [url] }))
    expect(isDone(await readUntil<Json>(() => genlock.call(`/v1/tasks/${id}?language=zh`), isDone))).toBe(true)
  })

  test('asks for pictures the same way', async () => {
    const id = idIn(await post('/v1/videos/generations', { model: 'gpt-image-1', prompt: 'A paper boat' }))
    const task = await readUntil<Json>(() => genlock.call(`/v1/tasks/${id}`), isDone)
    expect((task['data'] as { result: { images: { url: string[] }[] } }).result.images[0]!.url[0]).toMatch(/\.png$/)
  })

  test('reads why a task failed', async () => {
    const id = idIn(await post('/v1/videos/generations', { ...SMALL, prompt: 'A boat [[fail:content_policy]]' }))
    const task = await readUntil<Json>(() => genlock.call(`/v1/tasks/${id}?language=zh`), ({ status }) => status === 'failed')
    for (const name of ['message', 'failure_reason', 'errorMessage']) expect(task[name]).toMatch(/content/)
  })

  test('asks for the models and the balance first', async () => {
    expect((await genlock.call('/v1/models')).status).toBe(200)
    expect(await (await genlock.call('/v1/user/balance')).json()).toMatchObject({ success: true, balance: expect.any(Number) })
  })

  test('is told of a lost task by a 404, and of a wrong field by its name', async () => {
    expect((await genlock.call('/v1/tasks/vid_nobody')).status).toBe(404)
    const refused = await genlock.call('/v1/videos/generations', { method: 'POST', body: JSON.stringify({ ...SMALL, duration: 999 }) })
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ code: 400, message: expect.stringContaining('duration'), error: { code: 'invalid_request' } })
  })
})

test('the create can be read at its own address', async () => {
  const id = idIn(await post('/v1/videos/generations', SMALL))
  const task = await readUntil<Json>(() => genlock.call(`/v1/videos/generations/${id}`), ({ status }) => status === 'SUCCESS' || status === 'FAILURE')
  expect(task).toMatchObject({ task_id: id, status: 'SUCCESS', progress: '100%', data: { output: expect.stringMatching(/\.mp4$/) } })
})

test('a job of kie.ai', async () => {
  const created = await post('/api/v1/jobs/createTask', { model: SMALL.model, input: { prompt: 'A paper boat', duration: '2', resolution: '480p' } })
  const { taskId } = (created as { data: { taskId: string } }).data
  const { data } = await readUntil<{ data: { state: string; resultJson: string } }>(() => genlock.call(`/api/v1/jobs/recordInfo?taskId=${taskId}`), (answer) => answer.data.state === 'success' || answer.data.state === 'fail')
  expect(data.state).toBe('success')
  const [link] = (JSON.parse(data.resultJson) as { resultUrls: string[] }).resultUrls
  expect(isMp4(new Uint8Array(await (await fetch(link!)).arrayBuffer()))).toBe(true)
})

test('at the address that Runway’s clients read too, each sees its own words', async () => {
  const runway = (await post('/v1/text_to_video', { model: SMALL.model, promptText: 'A paper boat', ratio: '864:480', duration: 2 }, { 'x-runway-version': '2024-11-06' })) as { id: string }
  expect(await (await genlock.call(`/v1/tasks/${runway.id}`)).json()).not.toHaveProperty('task_id')
  const flat = (await post('/v1/videos', { model: SMALL.model, prompt: 'A paper boat', duration: 2 })) as { id: string }
  expect(await (await genlock.call(`/v1/tasks/${flat.id}`)).json()).toMatchObject({ code: 200, task_id: flat.id })
})

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Json> {
  const response = await genlock.call(path, { method: 'POST', body: JSON.stringify(body), headers })
  const answer = (await response.json()) as Json
  expect(response.status, JSON.stringify(answer)).toBeLessThan(300)
  return answer
}

function idIn(answer: Json): string {
  const first = (answer['data'] as { task_id?: string }[] | undefined)?.[0]
  return (first?.task_id ?? answer['taskId'] ?? answer['task_id']) as string
}

function isDone({ data, status }: Json): boolean {
  return ['completed', 'succeeded', 'success'].includes(((data as { status?: string } | undefined)?.status ?? status) as string)
}

function linkIn(answer: Json): string {
  const { result } = (answer['data'] ?? answer) as { result?: { videos?: { url: string | string[] }[] } }
  const url = result?.videos?.[0]?.url ?? (answer['video_url'] as string | undefined) ?? (answer['url'] as string)
  return Array.isArray(url) ? url[0]! : url
}
