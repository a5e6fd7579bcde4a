/** The `vidu` dialect with a whole gateway behind it: the vendor's bodies as they stand in its pages, to files. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { startCallbackReceiver, type CallbackReceiver } from './callback-receiver.ts'
import { readUntil } from './read-until.ts'

interface ViduCreated { task_id: string; state: string; credits: number; ignored?: string[] }
interface ViduTask { id: string; state: string; err_code: string; payload: string; creations: { id: string; url: string; cover_url: string; video: { resolution: { width: number } } }[] }

let genlock: TestGateway
let receiver: CallbackReceiver
let image: string

beforeAll(async () => {
  image = `data:image/png;base64,${(await picture()).toString('base64')}`
  receiver = await startCallbackReceiver()
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
})
afterAll(async () => {
  await genlock?.close()
  receiver?.close()
})

test('words to a video with the vendor\'s header, to a file and a callback', async () => {
  const response = await genlock.call('/ent/v2/text2video', {
    method: 'POST', headers: { authorization: `Token ${genlock.key}` },
    body: JSON.stringify({ model: 'viduq2', prompt: 'A paper boat', duration: 2, seed: 0, aspect_ratio: '16:9', resolution: '540p', movement_amplitude: 'auto', bgm: false, off_peak: false, payload: 'job 42', callback_url: receiver.url }),
  })
  const created = (await response.json()) as ViduCreated
  expect(created, JSON.stringify(created)).toMatchObject({ state: 'created', model: 'viduq2', duration: 2, resolution: '540p', aspect_ratio: '16:9', payload: 'job 42', credits: 12 })
  const task = await ended(created.task_id)
  expect(task).toMatchObject({ id: created.task_id, state: 'success', err_code: '', payload: 'job 42', creations: [{ video: { fps: 24, resolution: { width: 960, height: 528 } } }] })
  expect(await isVideoAt(task)).toBe(true)
  expect(await receiver.first()).toMatchObject({ id: created.task_id, state: 'success', payload: 'job 42', creations: [{ url: expect.stringContaining('.mp4') as string }] })
})

test('frames, references by name, and a video that goes on', async () => {
  const first = await create('img2video', { model: 'viduq2-turbo', images: [image], prompt: 'It moves', duration: 4, resolution: '540p' })
  const video = await ended(first.task_id)
  expect(await isVideoAt(video)).toBe(true)
  const both = await create('start-end2video', { model: 'viduq2-turbo', images: [image, image], duration: 2, resolution: '540p' })
  expect(await isVideoAt(await ended(both.task_id))).toBe(true)
  const named = await create('reference2video', { model: 'viduq2', prompt: '@hero walks with @dog', subjects: [{ id: 'hero', images: [image] }, { id: 'dog', images: [image] }], duration: 2, resolution: '540p', aspect_ratio: '16:9' })
  expect(await isVideoAt(await ended(named.task_id))).toBe(true)
  for (const source of [{ creation_id: video.creations[0]!.id }, { video_url: video.creations[0]!.url }]) {
    const longer = await create('extend', { model: 'viduq2-turbo', ...source, prompt: 'And on', duration: 1, resolution: '540p' })
    expect(await isVideoAt(await ended(longer.task_id))).toBe(true)
  }
  const still = await create('reference2image', { model: 'gpt-image-1', prompt: 'The same at night', images: [image] })
  expect((await fetch((await ended(still.task_id)).creations[0]!.url)).headers.get('content-type')).toBe('image/png')
})

test('tasks are listed in pages, and cancelled until they end', async () => {
  const slow = await create('text2video', { model: 'viduq2', prompt: 'x [[slow:60]]', duration: 1, resolution: '540p' })
  const other = await create('text2video', { model: 'seedance-1.0-pro-fast', prompt: 'x [[slow:60]]' })
  expect(await list(`task_ids=${slow.task_id}&task_ids=${other.task_id}&pager.page=0&pager.pagesz=1`)).toMatchObject({ next_page_token: '1', tasks: [{ id: other.task_id }] })
  expect(await list(`task_ids=${slow.task_id}&task_ids=${other.task_id}&pager.page_token=1&pager.pagesz=1`)).toMatchObject({ next_page_token: '', tasks: [{ id: slow.task_id, model: 'viduq2', resolution: '540p' }] })
  const cancelled = await genlock.call(`/ent/v2/tasks/${slow.task_id}/cancel`, { method: 'POST', body: JSON.stringify({ id: slow.task_id }) })
  expect([cancelled.status, await cancelled.json()]).toEqual([200, {}])
  expect(await read(slow.task_id)).toMatchObject({ state: 'failed', err_code: 'UserCancelled', credits: 0 })
  const { task_id: failed } = await create('text2video', { model: 'seedance-1.0-pro-fast', prompt: 'x [[fail]]', duration: 2, resolution: '480p' })
  await ended(failed)
  const tooLate = await genlock.call(`/ent/v2/tasks/${failed}/cancel`, { method: 'POST' })
  expect(tooLate.status).toBe(400)
  expect(await tooLate.json()).toMatchObject({ code: 400, reason: 'BadRequest' })
  expect(await list('states=failed&model_versions=viduq2&resolutions=540P&created_at.from=2020-01-01T00:00:00Z')).toMatchObject({ tasks: [{ id: slow.task_id }] })
  expect(await list('created_at.from=yesterday')).toMatchObject({ reason: 'FieldInvalid' })
})

test('what is not there, no model does, is wrong, or fails', async () => {
  const unknown = await genlock.call('/ent/v2/tasks/7392616336519610409/creations')
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({ reason: 'TaskNotFound' })
  expect(await (await post('lip-sync', { video_url: 'https://a.example/b.mp4' })).json()).toMatchObject({ code: 400, message: expect.stringContaining('audio_url') as string })
  expect(await (await post('multiframe', { image_settings: [] })).json()).toMatchObject({ code: 400, reason: 'FieldInvalid', message: expect.stringContaining('image_settings') as string })
  expect(await (await post('text2video', { model: 'viduq9', prompt: 'p' })).json()).toMatchObject({ code: 400, reason: 'ModelUnavailable' })
  expect(await (await post('text2video', { model: 'viduq2', prompt: 'p', duration: 99 })).json()).toMatchObject({ reason: 'FieldInvalid', message: expect.stringContaining('duration') as string })
  const { task_id: id } = await create('text2video', { model: 'viduq2', prompt: '[[fail:content_policy]]', duration: 1, resolution: '540p' })
  expect(await ended(id)).toMatchObject({ state: 'failed', err_code: 'CreationPolicyViolation', creations: [] })
})

function post(path: string, body: unknown): Promise<Response> {
  return genlock.call(`/ent/v2/${path}`, { method: 'POST', body: JSON.stringify(body) })
}

async function create(path: string, body: unknown): Promise<ViduCreated> {
  const response = await post(path, body)
  const answer = (await response.json()) as ViduCreated
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer
}

async function list(query: string): Promise<unknown> {
  return (await genlock.call(`/ent/v2/tasks?${query}`)).json()
}

async function read(id: string): Promise<unknown> {
  return (await genlock.call(`/ent/v2/tasks/${id}/creations`)).json()
}

function ended(id: string): Promise<ViduTask> {
  return readUntil<ViduTask>(() => genlock.call(`/ent/v2/tasks/${id}/creations`), ({ state }) => state === 'success' || state === 'failed')
}

async function isVideoAt({ creations, err_code: code }: ViduTask): Promise<boolean> {
  if (creations[0] === undefined) throw new Error(code)
  return isMp4(new Uint8Array(await (await fetch(creations[0].url)).arrayBuffer()))
}
