/** The `jimeng` dialect with a whole gateway behind it: the vendor's bodies as they stand in its pages, to files. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

interface JimengAnswer { code: number; message: string; data: { task_id: string; status: string; video_url: string; image_urls: string[] | null; binary_data_base64: string[] | null } }

const JPEG_OR_PNG = /^(\/9j\/|iVBOR)/
let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
})
afterAll(() => genlock?.close())

test('the vendor\'s own text example, to a file', async () => {
  const created = await call('CVSync2AsyncSubmitTask', { req_key: 'jimeng_t2v_v30', prompt: 'a red fox runs through snow', seed: -1, frames: 121, aspect_ratio: '16:9' })
  expect(created).toEqual({ code: 10_000, message: 'Success', request_id: created.data.task_id, status: 10_000, data: { task_id: created.data.task_id } })
  const task = await ended(created.data.task_id, 'jimeng_vgfm_t2v_l20')
  expect(task).toMatchObject({ code: 10_000, data: { status: 'done', image_urls: null } })
  expect(await isVideoAt(task)).toBe(true)
})

test('first and last frame in base64, and a camera move', async () => {
  const image = (await picture()).toString('base64')
  const frames = await call('CVSync2AsyncSubmitTask', { req_key: 'jimeng_i2v_first_tail_v30', prompt: 'home', binary_data_base64: [image, image], seed: -1, frames: 121 })
  expect(await isVideoAt(await ended(frames.data.task_id))).toBe(true)
  const move = await call('CVSync2AsyncSubmitTask', { req_key: 'jimeng_i2v_recamera_v30', binary_data_base64: [image], template_id: 'hitchcock_dolly_in', camera_strength: 'medium', frames: 121 })
  expect(await ended(move.data.task_id)).toMatchObject({ data: { status: 'done' } })
})

test('pictures as a task and at once, as links and in base64', async () => {
  const created = await call('CVSync2AsyncSubmitTask', { req_key: 'doubao-seedream-4-0-250828', prompt: '一只纸船', width: 1024, height: 1024, scale: 0.5, force_single: true })
  const texts = await ended(created.data.task_id)
  expect(texts.data.binary_data_base64?.[0]).toMatch(JPEG_OR_PNG)
  const links = await call('CVSync2AsyncGetResult', { req_key: 'x', task_id: created.data.task_id, req_json: '{"return_url":true,"logo_info":{"add_logo":false}}' })
  expect(links.data.binary_data_base64).toBeNull()
  expect((await fetch(links.data.image_urls![0]!)).headers.get('content-type')).toMatch(/^image\//)
  const atOnce = await call('CVProcess', { req_key: 'gpt-image-1', prompt: 'A boat', width: 1024, height: 1024, return_url: true })
  expect(atOnce).toMatchObject({ code: 10_000, data: { status: 'done', image_urls: [expect.stringContaining('.png')], binary_data_base64: null } })
  const refused = await post('CVProcess', { req_key: 'gpt-image-1', prompt: '[[fail:content_policy]]' })
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ code: 50_412, data: null })
})

test('what is not there, is wrong, or fails', async () => {
  expect(await call('CVSync2AsyncGetResult', { req_key: 'jimeng_t2v_v30', task_id: '7392616336519610409' })).toMatchObject({ code: 10_000, data: { status: 'not_found' } })
  expect((await post('CVCancelTask', { task_id: 'x' })).status).toBe(404)
  const noModel = await post('CVSync2AsyncSubmitTask', { req_key: 'jimeng_t2v_v99', prompt: 'p' })
  expect(noModel.status).toBe(404)
  expect(await noModel.json()).toMatchObject({ code: 50_400, message: expect.stringContaining('req_key') as string })
  const frames = await post('CVSync2AsyncSubmitTask', { req_key: 'jimeng_t2v_v30', prompt: 'p', frames: 145 })
  expect(await frames.json()).toMatchObject({ code: 50_215, message: expect.stringContaining('frames') as string })
  const nobody = await genlock.call('/jimeng?Action=CVSync2AsyncGetResult&Version=2022-08-31', { method: 'POST', body: '{"task_id":"x"}', key: 'sk_wrong' })
  expect(nobody.status).toBe(401)
  expect(await nobody.json()).toMatchObject({ ResponseMetadata: { Error: { Code: 'InvalidAccessKey' } } })
  const { data } = await call('CVSync2AsyncSubmitTask', { req_key: 'jimeng_t2v_v30', prompt: '[[fail:content_policy]]' })
  expect(await ended(data.task_id)).toMatchObject({ code: 50_516, data: { status: 'done', video_url: '' } })
})

function post(action: string, body: unknown): Promise<Response> {
  return genlock.call(`/jimeng/?Action=${action}&Version=2022-08-31`, { method: 'POST', body: JSON.stringify(body) })
}

async function call(action: string, body: unknown): Promise<JimengAnswer> {
  const response = await post(action, body)
  const answer = (await response.json()) as JimengAnswer
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer
}

function ended(id: string, req_key = 'jimeng_t2v_v30'): Promise<JimengAnswer> {
  return readUntil<JimengAnswer>(() => post('CVSync2AsyncGetResult', { req_key, task_id: id }), ({ data }) => data.status === 'done')
}

async function isVideoAt({ data, message }: JimengAnswer): Promise<boolean> {
  if (data.video_url === '') throw new Error(message)
  return isMp4(new Uint8Array(await (await fetch(data.video_url)).arrayBuffer()))
}
