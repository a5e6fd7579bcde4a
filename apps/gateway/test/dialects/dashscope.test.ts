/** The `dashscope` dialect with a whole gateway behind it: pictures, lists and cancels as the vendor has them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

interface DashScopeTask { output: { task_id: string; task_status: string; video_url: string; results: { url: string }[] } }

const AIGC = '/api/v1/services/aigc'
const MAX_READS = 1500
let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock?.close())

test('a video from a picture, on the path of the older models', async () => {
  const png = await picture()
  const created = await post('image2video/video-synthesis', {
    model: 'seedance-1.0-pro', input: { prompt: '写实风格，一只黑色小猫好奇地看向天空', first_frame_url: `data:image/png;base64,${png.toString('base64')}`, last_frame_url: `data:image/png;base64,${png.toString('base64')}` },
    parameters: { resolution: '480P', duration: 2, prompt_extend: true },
  })
  expect(created.status).toBe(200)
  const task = await ended(((await created.json()) as DashScopeTask).output.task_id)
  expect(task).toMatchObject({ output: { task_status: 'SUCCEEDED', orig_prompt: '写实风格，一只黑色小猫好奇地看向天空' }, usage: { SR: 480, duration: 2 } })
  expect(isMp4(new Uint8Array(await (await fetch(task.output.video_url)).arrayBuffer()))).toBe(true)
})

test('the vendor\'s own example, and pictures as a task and at once', async () => {
  const t2v = await post('video-generation/video-synthesis', { model: 'wan2.6-t2v', input: { prompt: '一幅都市奇幻艺术的场景。' }, parameters: { size: '1280*720', duration: 5, prompt_extend: true, shot_type: 'multi', watermark: false } })
  expect(t2v.status).toBe(200)
  const started = (await t2v.json()) as DashScopeTask
  expect(started).toMatchObject({ output: { task_status: 'PENDING' }, request_id: expect.any(String) as string })
  // Ten seconds of drawing prove nothing more.
  await genlock.call(`/api/v1/tasks/${started.output.task_id}/cancel`, { method: 'POST' })

  const images = await post('text2image/image-synthesis', { model: 'gpt-image-1', input: { prompt: '一间有着精致窗户的花店' }, parameters: { size: '1024*1024', n: 2 } })
  const task = await ended(((await images.json()) as DashScopeTask).output.task_id)
  expect(task).toMatchObject({ output: { task_status: 'SUCCEEDED', task_metrics: { TOTAL: 2, SUCCEEDED: 2, FAILED: 0 } } })
  expect((await fetch(task.output.results[1]!.url)).headers.get('content-type')).toBe('image/png')

  const messages = [{ role: 'user', content: [{ text: 'The same at night' }, { image: task.output.results[0]!.url }] }]
  const atOnce = await post('multimodal-generation/generation', { model: 'gpt-image-1', input: { messages }, parameters: { n: 1 } })
  const { output } = (await atOnce.json()) as { output: { choices: { message: { content: { type: string; image: string }[] } }[] } }
  expect((await fetch(output.choices[0]!.message.content[0]!.image)).status).toBe(200)
  const refused = await post('multimodal-generation/generation', { model: 'gpt-image-1', input: { prompt: '[[fail:content_policy]]' } })
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ code: 'DataInspectionFailed' })
})

test('tasks are listed by status, model and time, and cancelled until they end', async () => {
  const { output: { task_id: slow } } = (await (await post('video-generation/video-synthesis', { model: 'seedance-1.0-pro-fast', input: { prompt: 'x [[slow:60]]' } })).json()) as DashScopeTask
  expect(await (await genlock.call(`/api/v1/tasks/${slow}/cancel`, { method: 'POST' })).json()).toEqual({ request_id: slow })
  const { output: { task_id: failed } } = (await (await post('video-generation/video-synthesis', { model: 'seedance-1.0-pro-fast', input: { prompt: 'x [[fail]]' } })).json()) as DashScopeTask
  expect(await ended(failed)).toMatchObject({ output: { task_status: 'FAILED', code: 'InternalError.Algo' } })
  const tooLate = await genlock.call(`/api/v1/tasks/${failed}/cancel`, { method: 'POST' })
  expect(tooLate.status).toBe(400)
  expect(await tooLate.json()).toMatchObject({ code: 'UnsupportedOperation' })
  expect(await list('status=CANCELED&model_name=seedance-1.0-pro-fast&start_time=20200101000000&page_size=5')).toMatchObject({ total: 1, total_page: 1, page_no: 1, data: [{ task_id: slow, task_status: 'CANCELED', model_name: 'seedance-1.0-pro-fast' }] })
  expect(await list('end_time=20200101000000')).toMatchObject({ total: 0, data: [] })
  expect(await list('start_time=yesterday')).toMatchObject({ code: 'InvalidParameter' })
})

function post(path: string, body: unknown): Promise<Response> {
  return genlock.call(`${AIGC}/${path}`, { method: 'POST', headers: { 'x-dashscope-async': 'enable' }, body: JSON.stringify(body) })
}

async function list(query: string): Promise<unknown> {
  return (await genlock.call(`/api/v1/tasks?${query}`)).json()
}

async function ended(id: string): Promise<DashScopeTask> {
  for (let read = 0; read < MAX_READS; read += 1) {
    const task = (await (await genlock.call(`/api/v1/tasks/${id}`)).json()) as DashScopeTask
    if (!['PENDING', 'RUNNING'].includes(task.output.task_status)) return task
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${id} has not ended`)
}
