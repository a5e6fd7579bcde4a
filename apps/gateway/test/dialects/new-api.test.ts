/** new-api's page: its three requests as they stand there, Seedance's references, and which models a key's group reaches. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateVolcengineArk } from '../../simulators/volcengine-ark.ts'
import type { Simulator } from '../../simulators/simulator.ts'
import { createKey } from '../../src/bootstrap.ts'
import { inTransaction } from '../../src/db/pool.ts'
import { deriveKeys } from '../../src/keys.ts'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'
import { threeSecondsOfSound } from './sound.ts'

interface Created { id: string; task_id: string; status: string; ignored?: string[] }
interface Envelope {
  code: string
  status: string
  error: { code: string; message: string } | null
  ignored?: string[]
  data: { task_id: string; status: string; progress: string; fail_reason: string; result_url?: string; url?: string; action: string; quota: number; data: { url: string | null } }
}
interface Refusal { code: string; message: string; param: string; type: string; data: null; error: { code: string } }

const ASTRONAUT = 'https://h2.inkwai.com/bs2/upload-ylab-stunt/se/ai_portal_queue_mmu_image_upscale_aiweb/3214b798-e1b4-4b00-b7af-72b5b0417420_raw_image_0.jpg'

const KLING = {
  model: 'kling-v1',
  prompt: '一个穿着宇航服的宇航员在月球上行走, 高品质, 电影级',
  size: '1920x1080',
  image: ASTRONAUT,
  duration: 5,
  metadata: { seed: 20231234, negative_prompt: '模糊', image_tail: 'https://h1.inkwai.com/bs2/upload-ylab-stunt/1fa0ac67d8ce6cd55b50d68b967b3a59.png' },
}
const JIMENG = {
  model: 'jimeng_vgfm_t2v_l20',
  prompt: '一个穿着宇航服的宇航员在月球上行走',
  image: ASTRONAUT,
  metadata: { req_key: 'jimeng_vgfm_i2v_l20', image_urls: [ASTRONAUT], aspect_ratio: '16:9' },
}
const VIDU = {
  model: 'viduq1',
  prompt: '一个穿着宇航服的宇航员在月球上行走, 高品质, 电影级',
  size: '1920x1080',
  image: 'https://prod-ss-images.s3.cn-northwest-1.amazonaws.com.cn/vidu-maas/template/image2video.png',
  duration: 5,
  metadata: { duration: 5, seed: 0, resolution: '1080p', movement_amplitude: 'auto', bgm: false, payload: '', callback_url: 'https://your-callback-url.com/webhook' },
}

let genlock: TestGateway
let image: string

beforeAll(async () => {
  image = `data:image/png;base64,${(await picture()).toString('base64')}`
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
})
afterAll(() => genlock?.close())

describe('the requests of the page', () => {
  test.each([['Kling', KLING], ['Jimeng', JIMENG], ['Vidu', VIDU]])('%s’s is accepted as it is written', async (_, request) => {
    const created = await create(request)
    expect(created).toMatchObject({ object: 'video', status: 'queued', progress: 0, created_at: expect.any(Number) })
    expect(created.id).toBe(created.task_id)
  })

  test('Kling’s, with pictures that exist, is a video between them', async () => {
    const { id, ignored } = await create({ ...KLING, image, metadata: { ...KLING.metadata, image_tail: image } })
    // The vendor has no seed, and the pictures decide the ratio; the size still says 1080p.
    expect(ignored?.toSorted()).toEqual(['metadata.seed', 'size'])
    const task = await ended(id)
    expect(task.data).toMatchObject({ status: 'SUCCESS', progress: '100%', action: 'firstTailGenerate' })
    await expectFilm(task)
    expect(await nativeInput(id)).toMatchObject({ duration_seconds: 5, resolution: '1080p', negative_prompt: '模糊', images: [{ role: 'first_frame' }, { role: 'last_frame' }] })
  })

  test('Jimeng’s is made by the model that req_key names, from the one picture', async () => {
    const { id } = await create({ ...JIMENG, image, metadata: { ...JIMENG.metadata, image_urls: [image] } })
    const task = await ended(id)
    await expectFilm(task)
    expect(task).toMatchObject({ model: 'jimeng_vgfm_i2v_l20', data: { action: 'generate' } })
    expect(await nativeInput(id)).toMatchObject({ images: [{ role: 'first_frame' }] })
  })

  test('Vidu’s keeps the vendor’s own fields', async () => {
    const { id } = await create({ ...VIDU, image })
    await expectFilm(await ended(id))
    expect(await nativeInput(id)).toMatchObject({ seed: 0, resolution: '1080p', vendor: { movement_amplitude: 'auto', bgm: false } })
  })
})

test('Seedance takes references of every kind in metadata', async () => {
  const first = await ended((await create({ model: 'seedance-1.0-pro-fast', prompt: 'A street', duration: 2, metadata: { resolution: '480p' } })).id)
  const { id } = await create({
    model: 'seedance-2.0-fast',
    prompt: 'The person of @Image1 walks down the street of @Video1 to the sound of @Audio1',
    duration: 4,
    metadata: { reference_images: [image], reference_videos: [first.data.result_url], reference_audios: [threeSecondsOfSound()], resolution: '480p' },
  })
  const task = await ended(id)
  expect(task.data.action).toBe('referenceGenerate')
  await expectFilm(task)
  expect(await nativeInput(id)).toMatchObject({ images: [{ role: 'reference' }], videos: [{ role: 'reference' }], audios: [{ role: 'reference' }] })
})

test('a form with a file', async () => {
  const form = new FormData()
  for (const [name, value] of Object.entries({ model: 'seedance-1.0-pro-fast', prompt: 'A boat', duration: '2', metadata: '{"resolution":"480p"}' })) form.set(name, value)
  form.set('input_reference', new Blob([new Uint8Array(await picture())], { type: 'image/png' }), 'boat.png')
  const response = await genlock.call('/v1/video/generations', { method: 'POST', body: form })
  expect(response.status).toBe(200)
  const task = await ended(((await response.json()) as Created).id)
  expect(task.data).toMatchObject({ status: 'SUCCESS', action: 'generate' })
})

test('a failure says why in the envelope, and a foreign task is read here too', async () => {
  const failed = await ended((await create({ model: 'seedance-1.0-pro-fast', prompt: '[[fail:content_policy]]', duration: 2 })).id)
  expect(failed).toMatchObject({ code: 'success', status: 'failed', error: { code: 'content_policy' }, data: { status: 'FAILURE', fail_reason: expect.stringMatching(/\S/), quota: 0 } })
  const native = await genlock.call('/v1/videos', { method: 'POST', body: JSON.stringify({ model: 'seedance-1.0-pro-fast', input: { prompt: 'A boat', duration_seconds: 2, resolution: '480p' } }) })
  await expectFilm(await ended(((await native.json()) as Created).id))
})

describe('refusals', () => {
  test.each<[number, string, Record<string, unknown>]>([
    [400, 'invalid_request', { model: 'kling-v1', prompt: 'p', duration: 7 }],
    [400, 'invalid_request', { prompt: 'p' }],
    [400, 'invalid_request', { model: 'kling-v1', prompt: 'p', metadata: { seed: 'many' } }],
    [503, 'model_not_found', { model: 'nothing-1', prompt: 'p' }],
  ])('%i %s for %j', async (status, code, body) => {
    const response = await post(body)
    expect(response.status).toBe(status)
    const answer = (await response.json()) as Refusal
    expect(answer).toMatchObject({ code, data: null, type: expect.any(String), error: { code } })
    expect(answer.message).toMatch(/\S/)
    expect(answer.param).toMatch(/\S/)
  })

  test('401 without a key, 404 for an unknown id, 402 without credits', async () => {
    expect(await refusal(await fetch(`${genlock.url}/v1/video/generations/vid_0`))).toMatchObject({ status: 401, code: 'unauthorized' })
    expect(await refusal(await genlock.call('/v1/video/generations/vid_0'))).toMatchObject({ status: 404, code: 'task_not_exist' })
    const { key } = await genlock.addAccount(1n)
    expect(await refusal(await post({ model: 'kling-v1', prompt: 'p' }, key))).toMatchObject({ status: 402, code: 'insufficient_user_quota' })
  })
})

/** "令牌分组:视频"; "令牌不在 视频 分组 → 看 令牌分组介绍" (yuzhixiaolongxia.com, video page). */
describe('a channel of the group 视频', () => {
  const SIMULATED = { 'seedance-2.0-fast': 'doubao-seedance-2-0-fast-260128' }
  const CREATES: [string, string, Record<string, unknown>][] = [
    ['new-api', '/v1/video/generations', { model: 'seedance-2.0-fast', prompt: 'A boat', duration: 4 }],
    ['videoapi', '/v1/video/generations', { model: 'seedance-2.0-fast', prompt: 'A boat', duration: 4, resolution: '480p' }],
    ['flat', '/v1/videos', { model: 'seedance-2.0-fast', prompt: 'A boat', duration: 4 }],
  ]
  let ark: Simulator
  let grouped: TestGateway
  let videoKey: string

  beforeAll(async () => {
    ark = await simulateVolcengineArk({ queuedSeconds: 0.1, renderSeconds: 0.3 })
    grouped = await startTestGateway({ channels: [{ id: 'ark', provider: 'volcengine-ark', base_url: ark.baseUrl, credential: ark.credential, models: SIMULATED, groups: ['视频'] }] })
    const { rows: [account] } = await grouped.database.pool.query<{ id: string }>('select id from account')
    const created = await inTransaction(grouped.database.pool, (client) => createKey(client, { accountId: account!.id, name: 'videos', groupName: '视频' }, deriveKeys(grouped.config.secret)))
    videoKey = created.value
  })
  afterAll(async () => {
    await grouped?.close()
    await ark?.close()
  })

  test.each(CREATES)('%s: a key of another group is told 403, and which group it needs', async (_, path, body) => {
    const response = await grouped.call(path, { method: 'POST', body: JSON.stringify(body) })
    expect(response.status).toBe(403)
    expect(response.headers.get('x-should-retry')).toBe('false')
    const { error } = (await response.json()) as { error: { code: string; message: string } }
    expect(error).toMatchObject({ code: 'forbidden', message: expect.stringMatching(/group "default" does not include seedance-2\.0-fast.* group "视频"/) })
  })

  test.each(CREATES)('%s: and in Chinese, when that is preferred', async (_, path, body) => {
    const response = await grouped.call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'accept-language': 'zh-CN,zh;q=0.9' } })
    expect(((await response.json()) as { error: { message: string } }).error.message).toMatch(/当前 API Key 无权执行此操作.*"视频"/)
  })

  test('new-api’s body says so at the top as well', async () => {
    const [, path, body] = CREATES[0]!
    expect(await refusal(await grouped.call(path, { method: 'POST', body: JSON.stringify(body) }))).toMatchObject({ status: 403, code: 'access_denied', type: 'permission_error', param: 'model', message: expect.stringContaining('视频') })
  })

  test('a key of the group makes the video, and only it is shown the model', async () => {
    const [, path, body] = CREATES[0]!
    const response = await grouped.call(path, { method: 'POST', body: JSON.stringify(body), key: videoKey })
    expect(response.status).toBe(200)
    const { id } = (await response.json()) as Created
    const task = await readUntil<Envelope>(() => grouped.call(`${path}/${id}`, { key: videoKey }), ({ data }) => data.status === 'SUCCESS' || data.status === 'FAILURE')
    await expectFilm(task)
    const names = async (key?: string): Promise<string[]> => ((await (await grouped.call('/v1/models', key === undefined ? {} : { key })).json()) as { data: { id: string }[] }).data.map((model) => model.id)
    expect(await names(videoKey)).toContain('seedance-2.0-fast')
    expect(await names()).not.toContain('seedance-2.0-fast')
  })
})

function post(body: Record<string, unknown>, key?: string): Promise<Response> {
  return genlock.call('/v1/video/generations', { method: 'POST', body: JSON.stringify(body), ...(key === undefined ? {} : { key }) })
}

async function create(body: Record<string, unknown>): Promise<Created> {
  const response = await post(body)
  const answer = (await response.json()) as Created
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer
}

function ended(id: string): Promise<Envelope> {
  return readUntil<Envelope>(() => genlock.call(`/v1/video/generations/${id}`), ({ data }) => data.status === 'SUCCESS' || data.status === 'FAILURE')
}

/** The link stands where old clients and new ones look for it, and leads to a film. */
async function expectFilm({ data, error }: Envelope): Promise<void> {
  expect(error).toBeNull()
  expect(data.result_url).toMatch(/\.mp4$/)
  for (const link of [data.url, data.data.url, data.fail_reason]) expect(link).toBe(data.result_url)
  expect(isMp4(new Uint8Array(await (await fetch(data.result_url!)).arrayBuffer()))).toBe(true)
}

/** What the task was understood to ask for. */
async function nativeInput(id: string): Promise<Record<string, unknown>> {
  const { rows: [row] } = await genlock.database.pool.query<{ request: Record<string, unknown> & { inputs: { media: string; role: string }[] } }>('select request from task where id = $1', [id])
  const { request } = row!
  const of = (media: string) => request.inputs.filter((input) => input.media === media).map(({ role }) => ({ role }))
  return { duration_seconds: request['durationSeconds'], resolution: request['resolution'], negative_prompt: request['negativePrompt'], seed: request['seed'], vendor: request['vendor'], images: of('image'), videos: of('video'), audios: of('audio') }
}

async function refusal(response: Response): Promise<Refusal & { status: number }> {
  return { ...((await response.json()) as Refusal), status: response.status }
}
