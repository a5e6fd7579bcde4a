/** The `minimax-v2` dialect with a whole gateway behind it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { startCallbackReceiver, type CallbackReceiver } from './callback-receiver.ts'
import { readUntil } from './read-until.ts'

interface MiniMaxAnswer { task: { id: string; status: string; content: { url: string } } }

const QUERY = '/v2/query/video_generation'
let genlock: TestGateway
let receiver: CallbackReceiver

beforeAll(async () => {
  receiver = await startCallbackReceiver()
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
})
afterAll(async () => {
  await genlock?.close()
  receiver?.close()
})

test('words and a reference to a video, with the fields of the vendor\'s page, to a file and a callback', async () => {
  const url = `data:image/png;base64,${(await picture()).toString('base64')}`
  const id = await create({
    model: 'MiniMax-H3', content: [{ type: 'text', text: 'Image 1 sails on' }, { type: 'image_url', image_url: { url }, role: 'reference_image' }],
    resolution: '768P', duration: 4, ratio: 'adaptive', callback_url: receiver.url, aigc_watermark: false,
  })
  const { task } = await ended(id)
  expect(task).toMatchObject({ id, model: 'MiniMax-H3', status: 'succeeded', duration: 4, resolution: '768p', usage: { output_seconds: 4, input_image_count: 1 } })
  expect(isMp4(new Uint8Array(await (await fetch(task.content.url)).arrayBuffer()))).toBe(true)
  expect(await receiver.first()).toMatchObject({ task: { id, status: 'succeeded', content: { url: expect.stringContaining('.mp4') as string } } })
})

test('tasks are listed, cancelled while they wait, and deleted when they have ended', async () => {
  const failed = await create({ model: 'MiniMax-H3', content: [{ type: 'text', text: '[[fail:content_policy]]' }], duration: 4, resolution: '768P', ratio: '16:9' })
  expect(await ended(failed)).toMatchObject({ task: { status: 'failed', error: { code: '1027' } } })
  expect(await list('filter.status=failed&filter.model=MiniMax-H3&page_size=5')).toMatchObject({ total: 1, tasks: [{ id: failed }] })
  expect(await list(`filter.task_ids=${failed}&filter.task_type=text_to_video`)).toMatchObject({ total: 1 })
  const deleted = await genlock.call(`/v2/video_generation/${failed}`, { method: 'DELETE' })
  expect([deleted.status, await deleted.json()]).toEqual([200, { task_id: failed }])
  expect((await genlock.call(`${QUERY}/${failed}`)).status).toBe(404)

  const slow = await create({ model: 'MiniMax-H3', content: [{ type: 'text', text: '[[slow:60]]' }], duration: 4, resolution: '768P', ratio: '16:9' })
  await readUntil<MiniMaxAnswer>(() => genlock.call(`${QUERY}/${slow}`), ({ task }) => task.status === 'running')
  const refused = await genlock.call(`/v2/video_generation/${slow}`, { method: 'DELETE' })
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ type: 'error', error: { type: 'bad_request_error', http_code: '400' } })
  expect((await genlock.call(`/v1/videos/${slow}/cancel`, { method: 'POST' })).status).toBe(200)
  expect(await ended(slow)).toMatchObject({ task: { status: 'cancelled' } })
})

async function create(body: unknown): Promise<string> {
  const response = await genlock.call('/v2/video_generation', { method: 'POST', body: JSON.stringify(body) })
  const answer = (await response.json()) as { task_id: string }
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer.task_id
}

async function list(query: string): Promise<unknown> {
  return (await genlock.call(`${QUERY}?${query}`)).json()
}

function ended(id: string): Promise<MiniMaxAnswer> {
  return readUntil<MiniMaxAnswer>(() => genlock.call(`${QUERY}/${id}`), ({ task }) => !['queued', 'running'].includes(task.status))
}
