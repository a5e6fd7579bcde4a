/** The `minimax` dialect with a whole gateway behind it: the vendor's bodies as they stand in its pages, to files. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { startCallbackReceiver, type CallbackReceiver } from './callback-receiver.ts'
import { readUntil } from './read-until.ts'

interface BaseResponse { base_resp: { status_code: number; status_msg: string } }
interface MiniMaxTask extends BaseResponse { task_id: string; status: string; file_id: string; video_width: number; ignored?: string[] }
interface MiniMaxFile extends BaseResponse { file: { file_id: string; bytes: number; created_at: number; purpose: string; download_url: string } }

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

test('create, query, retrieve: a first frame to a file, and a callback', async () => {
  const created = await create({ model: 'MiniMax-Hailuo-02', prompt: 'A paper boat [Push in]', first_frame_image: image, duration: 6, resolution: '512P', prompt_optimizer: true, callback_url: receiver.url })
  const task = await ended(created.task_id)
  expect(task).toMatchObject({ task_id: created.task_id, status: 'Success', base_resp: { status_code: 0, status_msg: 'success' } })
  expect(task.video_width).toBeGreaterThan(400)
  const { file, base_resp: outcome } = await retrieve(task.file_id)
  expect(outcome.status_code).toBe(0)
  expect(file).toMatchObject({ file_id: task.file_id, purpose: 'video_generation', filename: 'output.mp4' })
  const bytes = new Uint8Array(await (await fetch(file.download_url)).arrayBuffer())
  expect(isMp4(bytes)).toBe(true)
  expect(file.bytes).toBe(bytes.byteLength)
  expect(await receiver.first()).toMatchObject({ task_id: created.task_id, status: 'success', file_id: task.file_id, base_resp: { status_code: 0 } })
})

test('both frames, and a face', async () => {
  const both = await create({ model: 'MiniMax-Hailuo-02', prompt: 'home', first_frame_image: image, last_frame_image: image, duration: 6 })
  const face = await create({ model: 'S2V-01', prompt: 'The character smiles', subject_reference: [{ type: 'character', image: [image] }] })
  for (const { task_id: id } of [both, face]) expect(await ended(id)).toMatchObject({ status: 'Success' })
})

test('a file that was uploaded is retrieved too, and signed links to files are as they were', async () => {
  const form = new FormData()
  form.append('files', new Blob([await picture()], { type: 'image/png' }), 'boat.png')
  const uploaded = await fetch(`${genlock.url}/api/upload`, { method: 'POST', headers: { authorization: `Bearer ${genlock.key}` }, body: form })
  const { data } = (await uploaded.json()) as { data: { key: string; url: string }[] }
  const id = /upl_[a-z0-9]+/.exec(data[0]!.key)![0]
  const { file } = await retrieve(id)
  expect(file).toMatchObject({ filename: 'boat.png', purpose: 'upload' })
  expect((await fetch(file.download_url)).headers.get('content-type')).toBe('image/png')
  expect((await fetch(data[0]!.url)).status).toBe(200)
  const unknown = await genlock.call('/v1/files/retrieve?file_id=176844028768320')
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({ base_resp: { status_code: 2013, status_msg: expect.stringContaining('file_id') as string } })
  const stranger = await genlock.addAccount(0n)
  expect((await genlock.call(`/v1/files/retrieve?file_id=${id}`, { key: stranger.key })).status).toBe(404)
})

test('pictures at once', async () => {
  const answer = (await (await post('image_generation', { model: 'image-01', prompt: 'A boat', aspect_ratio: '16:9', response_format: 'url', n: 2, prompt_optimizer: true })).json()) as { data: { image_urls: string[] } }
  expect(answer).toMatchObject({ id: expect.stringMatching(/^img_/) as string, metadata: { success_count: 2, failed_count: 0 }, base_resp: { status_code: 0 } })
  expect((await fetch(answer.data.image_urls[1]!)).headers.get('content-type')).toMatch(/^image\/(png|jpeg)$/)
  const texts = (await (await post('image_generation', { model: 'image-01', prompt: 'A boat', response_format: 'base64', subject_reference: [{ type: 'character', image_file: image }] })).json()) as { data: { image_base64: string[] } }
  expect(texts.data.image_base64[0]).toMatch(/^(\/9j\/|iVBOR)/)
  const refused = await post('image_generation', { model: 'image-01', prompt: '[[fail:content_policy]]' })
  expect(refused.status).toBe(200)
  expect(await refused.json()).toMatchObject({ base_resp: { status_code: 1026 } })
})

test('what is not there, is wrong, or fails', async () => {
  const unknown = await genlock.call('/v1/query/video_generation?task_id=106916112212032')
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({ base_resp: { status_code: 2013 } })
  expect((await genlock.call('/v1/query/video_generation')).status).toBe(404)
  expect(await (await post('video_generation', { model: 'MiniMax-Hailuo-02', prompt: 'p', duration: 10, resolution: '1080P' })).json()).toMatchObject({ task_id: '', base_resp: { status_code: 2013, status_msg: expect.stringContaining('duration') as string } })
  expect(await (await post('video_generation', { model: 'MiniMax-Hailuo-99', prompt: 'p' })).json()).toMatchObject({ base_resp: { status_code: 2013 } })
  const { task_id: id } = await create({ model: 'T2V-01', prompt: '[[fail:content_policy]]' })
  expect(await ended(id)).toMatchObject({ status: 'Fail', file_id: '', base_resp: { status_code: 1027 } })
})

function post(path: string, body: unknown): Promise<Response> {
  return genlock.call(`/v1/${path}`, { method: 'POST', body: JSON.stringify(body) })
}

async function create(body: unknown): Promise<MiniMaxTask> {
  const response = await post('video_generation', body)
  const answer = (await response.json()) as MiniMaxTask
  expect(response.status).toBe(200)
  expect(answer.base_resp, JSON.stringify(answer)).toEqual({ status_code: 0, status_msg: 'success' })
  return answer
}

async function retrieve(id: string): Promise<MiniMaxFile> {
  return (await (await genlock.call(`/v1/files/retrieve?file_id=${id}`)).json()) as MiniMaxFile
}

function ended(id: string): Promise<MiniMaxTask> {
  return readUntil<MiniMaxTask>(() => genlock.call(`/v1/query/video_generation?task_id=${id}`), ({ status }) => status === 'Success' || status === 'Fail')
}
