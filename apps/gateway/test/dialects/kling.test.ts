/** The `kling` dialect with a whole gateway behind it: the vendor's bodies as they stand in its pages, to files. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { startCallbackReceiver, type CallbackReceiver } from './callback-receiver.ts'
import { readUntil } from './read-until.ts'

interface KlingAnswer { code: number; message: string; request_id: string; data: KlingTask }
interface KlingTask {
  task_id: string
  task_status: string
  task_status_msg: string
  task_info: { external_task_id?: string }
  task_result: { videos: { id: string; url: string; duration: string }[]; images: { index: number; url: string }[] }
  ignored?: string[]
}

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

test('words to a video with the fields of the vendor\'s page, to a file and a callback, read by both ids', async () => {
  const { data: created, ...envelope } = await create('/v1/videos/text2video', {
    model_name: 'kling-v1', prompt: 'A red fox runs through snow', negative_prompt: 'blurry', cfg_scale: 0.5, mode: 'std', duration: '5', aspect_ratio: '16:9',
    camera_control: { type: 'simple', config: { horizontal: 0, vertical: 0, pan: 0, tilt: 0, roll: 0, zoom: 5 } }, callback_url: receiver.url, external_task_id: 'fox 1',
  })
  expect(envelope).toEqual({ code: 0, message: 'SUCCEED', request_id: created.task_id })
  expect(created).toMatchObject({ task_status: 'submitted', task_info: { external_task_id: 'fox 1' } })
  const task = await ended('/v1/videos/text2video', created.task_id)
  expect(task).toMatchObject({ task_status: 'succeed', task_status_msg: '', task_result: { videos: [{ id: created.task_id, duration: expect.stringMatching(/^5(\.\d+)?$/) as string }] } })
  expect(await isVideoAt(task)).toBe(true)
  expect(await receiver.first()).toMatchObject({ task_id: created.task_id, task_status: 'succeed', task_info: { external_task_id: 'fox 1' }, task_result: { videos: [{ id: created.task_id }] } })

  expect((await (await genlock.call('/v1/videos/text2video/fox%201')).json())).toMatchObject({ code: 0, data: { task_id: created.task_id } })
  const again = await post('/v1/videos/text2video', { model_name: 'kling-v1', prompt: 'Another', external_task_id: 'fox 1' })
  expect(again.status).toBe(400)
  expect(await again.json()).toMatchObject({ code: 1201, message: expect.stringContaining('external_task_id') as string })
  const listed = (await (await genlock.call('/v1/videos/text2video?pageNum=1&pageSize=30')).json()) as { code: number; data: KlingTask[] }
  expect(listed).toMatchObject({ code: 0, data: [{ task_id: created.task_id, task_status: 'succeed' }] })
  expect(await (await genlock.call('/v1/videos/image2video')).json()).toMatchObject({ data: [] })
})

test('an external id is found for a task that came with an idempotency key, which is replayed and not refused', async () => {
  const body = JSON.stringify({ model_name: 'seedance-1.0-pro-fast', prompt: 'p', mode: '480p', duration: '2', external_task_id: 'keyed' })
  const ids = []
  for (let sent = 0; sent < 2; sent += 1) ids.push(((await (await genlock.call('/v1/videos/text2video', { method: 'POST', body, headers: { 'idempotency-key': 'k' } })).json()) as KlingAnswer).data.task_id)
  expect(ids[1]).toBe(ids[0])
  expect(await (await genlock.call('/v1/videos/text2video/keyed')).json()).toMatchObject({ data: { task_id: ids[0] } })
})

test('first and last frame under the resellers\' prefix, as bare base64', async () => {
  const image = (await picture()).toString('base64')
  const { data } = await create('/kling/v1/videos/image2video', { model: 'kling-v2-1', image, image_tail: image, prompt: '', mode: 'pro', duration: '5', cfg_scale: 0.5, static_mask: '', callback_url: '', external_task_id: '' })
  expect(data.ignored).toEqual(['cfg_scale'])
  expect(await isVideoAt(await ended('/kling/v1/videos/image2video', data.task_id))).toBe(true)
})

test('references, a video that is changed, a picture that moves like a video, and a video that goes on', async () => {
  const image = `data:image/png;base64,${(await picture()).toString('base64')}`
  const multi = await create('/v1/videos/multi-image2video', { model_name: 'kling-v1-6', image_list: [{ image }, { image }], prompt: 'Together', mode: 'std', duration: '5', aspect_ratio: '16:9' })
  const multiEnd = await ended('/v1/videos/multi-image2video', multi.data.task_id)
  const [video] = multiEnd.task_result.videos

  const edit = await create('/v1/videos/omni-video', { model_name: 'kling-video-o1', prompt: 'Make <<<video_1>>> look like <<<image_1>>>', image_list: [{ image_url: image }], video_list: [{ video_url: video!.url, refer_type: 'base', keep_original_sound: 'yes' }], mode: 'std' })
  expect(await isVideoAt(await ended('/v1/videos/omni-video', edit.data.task_id))).toBe(true)

  for (const model_name of ['kling-v2-6', 'wan2.2-animate-move']) {
    const move = await create('/v1/videos/motion-control', { model_name, image_url: image, video_url: video!.url, keep_original_sound: 'yes', character_orientation: 'image', mode: 'std' })
    expect(await isVideoAt(await ended('/v1/videos/motion-control', move.data.task_id))).toBe(true)
  }

  const own = await create('/v1/videos/video-extend', { video_id: video!.id, prompt: 'And on', cfg_scale: 0.5 })
  expect(own.data.task_info).toEqual({ parent_video: { id: video!.id } })
  expect(await isVideoAt(await ended('/v1/videos/video-extend', own.data.task_id))).toBe(true)
  const longer = await create('/v1/videos/video-extend', { video_id: video!.id, prompt: 'And on', model_name: 'viduq2-turbo', duration: '2' })
  expect(await isVideoAt(await ended('/v1/videos/video-extend', longer.data.task_id))).toBe(true)
  const itself = await post('/v1/videos/video-extend', { video_id: longer.data.task_id, model_name: 'kling-v3' })
  expect(await itself.json()).toMatchObject({ code: 1201, message: expect.stringContaining('model_name') as string })
  expect(await (await post('/v1/videos/video-extend', { video_id: 'vid_nobody' })).json()).toMatchObject({ code: 1201, message: expect.stringContaining('video_id') as string })
})

test('pictures', async () => {
  const { data } = await create('/kling/v1/images/generations', { model_name: 'kling-v2', prompt: 'A boat', n: 2, resolution: '1k', aspect_ratio: '1:1' })
  const task = await ended('/kling/v1/images/generations', data.task_id)
  expect(task.task_result.images.map(({ index }) => index)).toEqual([0, 1])
  expect((await fetch(task.task_result.images[1]!.url)).headers.get('content-type')).toBe('image/png')
  const omni = await create('/v1/images/omni-image', { model_name: 'kling-image-o1', prompt: 'Like <<<image_1>>>', image_list: [{ image: task.task_result.images[0]!.url }], resolution: '1k' })
  expect(await ended('/v1/images/omni-image', omni.data.task_id)).toMatchObject({ task_status: 'succeed' })
})

test('lips that are moved, effects, a portrait that speaks, and what is done to pictures', async () => {
  const image = (await picture()).toString('base64')
  const hug = await create('/v1/videos/effects', { effect_scene: 'hug', input: { model_name: 'kling-v1-6', mode: 'std', images: [image, image], duration: '5' }, external_task_id: 'hug 1' })
  const hugged = await ended('/v1/videos/effects', hug.data.task_id)
  expect(await isVideoAt(hugged)).toBe(true)
  expect(await (await genlock.call('/v1/videos/effects/hug%201')).json()).toMatchObject({ data: { task_id: hug.data.task_id } })
  const spoken = await create('/kling/v1/videos/lip-sync', { input: { mode: 'text2video', video_id: hugged.task_result.videos[0]!.id, text: 'Hello', voice_id: 'genshin_vindi2', voice_language: 'en', voice_speed: 1 } })
  const lips = await ended('/kling/v1/videos/lip-sync', spoken.data.task_id)
  expect(await isVideoAt(lips)).toBe(true)
  expect(lips.task_info).toMatchObject({ parent_video: { id: hug.data.task_id } })
  const portrait = await create('/v1/videos/avatar/image2video', { image, sound_file: 'https://example.com/hello.mp3', prompt: '', mode: 'std' })
  expect(await isVideoAt(await ended('/v1/videos/avatar/image2video', portrait.data.task_id))).toBe(true)

  const pictures = [
    ['images/multi-image2image', { model_name: 'kling-v2', prompt: 'Together', subject_image_list: [{ subject_image: image }, { subject_image: image }], scene_image: image, n: 1, aspect_ratio: '1:1' }],
    ['images/editing/expand', { image, up_expansion_ratio: 0.1, down_expansion_ratio: 0.1, left_expansion_ratio: 0.1, right_expansion_ratio: 0.1, prompt: '', n: 1 }],
    ['images/kolors-virtual-try-on', { model_name: 'kolors-virtual-try-on-v1-5', human_image: image, cloth_image: image }],
  ] as const
  for (const [path, body] of pictures) {
    const { data } = await create(`/v1/${path}`, body)
    expect(data.ignored, path).toBeUndefined()
    expect(await ended(`/v1/${path}`, data.task_id), path).toMatchObject({ task_status: 'succeed', task_result: { images: [{ index: 0 }] } })
    expect(await (await genlock.call(`/v1/${path}?pageNum=1&pageSize=30`)).json(), path).toMatchObject({ data: [{ task_id: data.task_id }] })
  }
})

test('what no model does, is wrong, or fails', async () => {
  expect(await (await post('/v1/videos/effects', { input: { model_name: 'kling-v1-6', mode: 'pro', duration: '5' } })).json()).toMatchObject({ code: 1201, message: expect.stringContaining('effect_scene') as string })
  expect(await (await post('/kling/v1/videos/identify-face', { video_url: 'https://example.com/v.mp4' })).json()).toMatchObject({ code: 1201, message: expect.stringContaining('video_url') as string })
  expect(await (await post('/v1/videos/text2video', { model_name: 'kling-v1', prompt: 'p', mode: '4k' })).json()).toMatchObject({ code: 1201, message: expect.stringContaining('mode') as string })
  const unknown = await genlock.call('/v1/videos/text2video/822330000000000001')
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({ code: 1203, request_id: expect.any(String) as string })
  const { data } = await create('/v1/videos/text2video', { model_name: 'seedance-1.0-pro-fast', prompt: '[[fail:content_policy]]' })
  expect(await ended('/v1/videos/text2video', data.task_id)).toMatchObject({ task_status: 'failed', task_status_msg: expect.stringMatching(/^content_policy: /) as string })
})

test('the newer wire: the model in the path, to a file, read by both ids, and its own callback', async () => {
  const own = await startCallbackReceiver()
  const url = `data:image/png;base64,${(await picture()).toString('base64')}`
  const first = await create('/kling/image-to-video/kling-3.0-turbo', {
    contents: [{ type: 'prompt', text: 'It sails' }, { type: 'first_frame', url }], settings: { resolution: '720p', duration: 3 }, options: { callback_url: own.url, external_task_id: 'boat 3' },
  })
  expect(first).toMatchObject({ code: 0, message: 'SUCCEED', data: { status: 'submitted', message: '' } })
  const { id } = first.data as unknown as { id: string }
  const words = await create('/kling/text-to-video/seedance-1.0-pro-fast', { prompt: 'A boat', settings: { resolution: '480p', aspect_ratio: '16:9', duration: 2 } })
  const ids = [id, (words.data as unknown as { id: string }).id]
  interface Tasks { data: { id: string; status: string; outputs: { url: string }[] }[] }
  const { data } = await readUntil<Tasks>(() => genlock.call(`/kling/tasks?task_ids=${ids.join(',')}`), (answer) => answer.data.every(({ status }) => status === 'succeeded' || status === 'failed'))
  expect(data.map((task) => [task.id, task.status])).toEqual(ids.map((each) => [each, 'succeeded']))
  for (const { outputs } of data) expect(isMp4(new Uint8Array(await (await fetch(outputs[0]!.url)).arrayBuffer()))).toBe(true)
  expect(await (await genlock.call('/kling/tasks?external_task_ids=boat%203')).json()).toMatchObject({ data: [{ id, external_id: 'boat 3' }] })
  expect(await (await genlock.call('/kling/tasks?task_ids=822330000000000001')).json()).toMatchObject({ code: 0, data: [] })
  expect(await own.first()).toMatchObject({ id, status: 'succeeded', external_id: 'boat 3', outputs: [{ type: 'video' }] })
  own.close()
})

function post(path: string, body: unknown): Promise<Response> {
  return genlock.call(path, { method: 'POST', body: JSON.stringify(body) })
}

async function create(path: string, body: unknown): Promise<KlingAnswer> {
  const response = await post(path, body)
  const answer = (await response.json()) as KlingAnswer
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer
}

async function ended(path: string, id: string): Promise<KlingTask> {
  return (await readUntil<KlingAnswer>(() => genlock.call(`${path}/${id}`), ({ data }) => !['submitted', 'processing'].includes(data.task_status))).data
}

async function isVideoAt({ task_result: result, task_status_msg: reason }: KlingTask): Promise<boolean> {
  const url = result?.videos[0]?.url
  if (url === undefined) throw new Error(reason)
  return isMp4(new Uint8Array(await (await fetch(url)).arrayBuffer()))
}
