/** The VideoApi console's page: upload, create, read, in credits, and what it refuses. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'
import { threeSecondsOfWav } from './sound.ts'

interface Created { task_id: string; status: string; poll_interval_seconds: number }
interface Video {
  task_id: string
  status: string
  url: string | null
  videos: string[]
  generated: string[]
  credits_reserved: number
  credits_charged?: number
  credits_refunded: boolean
  metadata: { credits_reserved: number; public_model: string }
  error: { code: string; message: string } | null
}
interface Uploaded { filename: string; content_type: string; size: number; key: string; url: string }

/** The document's first request. */
const CURL = {
  model: 'video-2.0-mini-reference-to-video',
  type: 'image-to-video',
  prompt: '让 @Image1 中的人物自然转身,镜头缓慢推进,光影真实',
  image_urls: ['https://your-domain.com/uploads/reference.png'],
  video_urls: [],
  audio_urls: [],
  resolution: '720p',
  duration: 'auto',
  aspect_ratio: '9:16',
  generate_audio: true,
  end_user_id: 'customer_001',
}
/** That of its JavaScript and Python. */
const SCRIPT = {
  model: 'video-2.0-mini-reference-to-video',
  type: 'image-to-video',
  prompt: '让 @Image1 自然动起来,保持主体稳定',
  image_urls: ['https://your-domain.com/uploads/reference.png'],
  resolution: '720p',
  duration: 'auto',
  aspect_ratio: '9:16',
  generate_audio: true,
}

let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
})
afterAll(() => genlock?.close())

test.each([['curl', CURL], ['JavaScript and Python', SCRIPT]])('the request of %s is accepted as it is written', async (_, request) => {
  const created = await create(request)
  expect(created).toMatchObject({ task_id: expect.stringMatching(/^vid_/), status: 'pending', poll_interval_seconds: expect.any(Number) })
})

test('upload, create with what was uploaded, read to the film: the page from top to bottom', async () => {
  const [drawing, sound] = await upload([['image.png', await picture()], ['audio.wav', threeSecondsOfWav()]])
  expect(drawing).toMatchObject({ filename: 'image.png', content_type: 'image/png', key: expect.stringMatching(/^uploads\//), url: expect.stringMatching(/^http.*\.png$/) })
  expect(drawing!.size).toBe((await picture()).length)
  const { task_id: id } = await create({ ...CURL, prompt: '@Image1 转身,配 @Audio1', resolution: '480p', image_urls: [drawing!.url], audio_urls: [sound!.url] })
  const video = await ended(id)
  expect(video).toMatchObject({
    task_id: id, status: 'completed', format: 'mp4', outputs: [], credits_refunded: false, error: null,
    metadata: { public_model: 'video-2.0-mini-reference-to-video', asset_reference_style: '@Image1/@Video1/@Audio1', credits_reserved: video.credits_reserved },
  })
  expect(video.credits_reserved).toBeGreaterThan(0)
  expect(video.credits_charged).toBeLessThanOrEqual(video.credits_reserved)
  expect(video.videos).toEqual([video.url])
  expect(video.generated).toEqual([video.url])
  expect(isMp4(new Uint8Array(await (await fetch(video.url!)).arrayBuffer()))).toBe(true)
  const { rows: [row] } = await genlock.database.pool.query<{ request: { endUserId: string; inputs: { media: string; role: string }[] } }>('select request from task where id = $1', [id])
  expect(row!.request).toMatchObject({ endUserId: 'customer_001', inputs: [{ media: 'image', role: 'reference' }, { media: 'audio', role: 'reference' }] })
})

test('a failed task gives its credits back, and says so', async () => {
  const { task_id: id } = await create({ model: 'seedance-1.0-pro-fast', prompt: '[[fail:content_policy]]', resolution: '480p', duration: 2 })
  expect(await ended(id)).toMatchObject({ status: 'failed', credits_refunded: true, credits_charged: 0, url: null, videos: [], error: { code: 'content_policy', message: expect.stringMatching(/\S/) } })
})

describe('refusals', () => {
  test.each<[number, string, string, Record<string, unknown>]>([
    [422, 'invalid_request', 'prompt', { ...SCRIPT, prompt: '让 @Image2 动起来' }],
    [422, 'invalid_request', 'prompt', { ...SCRIPT, prompt: '@Video1 的镜头' }],
    [422, 'invalid_request', 'prompt', { ...SCRIPT, prompt: '@Audio1' }],
    [422, 'invalid_request', 'duration', { ...SCRIPT, duration: 99 }],
    [422, 'invalid_request', 'resolution', { ...SCRIPT, resolution: '8k' }],
    [422, 'invalid_request', 'aspect_ratio', { ...SCRIPT, aspect_ratio: '5:1' }],
    [422, 'invalid_request', 'watermark', { ...SCRIPT, watermark: true }],
    // This model makes no sound.
    [422, 'invalid_request', 'generate_audio', { model: 'seedance-1.0-pro-fast', prompt: 'p', generate_audio: true }],
    [422, 'invalid_request', 'image_urls[0]', { ...SCRIPT, image_urls: ['no address'] }],
    [400, 'model_not_found', 'model', { ...SCRIPT, model: 'video-9' }],
  ])('%i %s, naming %s', async (status, code, param, body) => {
    const response = await post(body)
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as { error: { code: string; param: string; message: string } }
    expect(error).toMatchObject({ code, param })
    if (code === 'invalid_request' && param === 'prompt') expect(error.message).toMatch(/^prompt mentions @/)
  })

  test('401 without a key, 402 without credits: nothing is started', async () => {
    expect((await fetch(`${genlock.url}/v1/video/generations`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(SCRIPT) })).status).toBe(401)
    const { accountId, key } = await genlock.addAccount(1n)
    const response = await post(SCRIPT, key)
    expect(response.status).toBe(402)
    expect(await response.json()).toMatchObject({ error: { code: 'insufficient_credits' } })
    expect((await genlock.database.pool.query('select from task where account_id = $1', [accountId])).rowCount).toBe(0)
  })

  test('an upload is judged by its content, and all of it or none is kept', async () => {
    const before = await countUploads()
    const answer = await sendFiles([['image.png', await picture()], ['film.mp4', Buffer.from('this is no film')]])
    expect([415, 422]).toContain(answer.status)
    expect(await countUploads()).toBe(before)
    const [renamed] = await upload([['sound.mp3', await picture()]])
    expect(renamed).toMatchObject({ content_type: 'image/png' })
  })

  test('413 for an upload over the limit', async () => {
    const answer = await sendFiles([['large.png', Buffer.alloc(128 * 1024 * 1024 + 1)]])
    expect(answer.status).toBe(413)
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

function ended(id: string): Promise<Video> {
  return readUntil<Video>(() => genlock.call(`/v1/video/generations/${id}`), ({ status }) => status === 'completed' || status === 'failed')
}

function sendFiles(files: [name: string, bytes: Buffer][]): Promise<Response> {
  const form = new FormData()
  for (const [name, bytes] of files) form.append('files', new Blob([new Uint8Array(bytes)]), name)
  return genlock.call('/api/upload', { method: 'POST', body: form })
}

async function upload(files: [name: string, bytes: Buffer][]): Promise<Uploaded[]> {
  const response = await sendFiles(files)
  expect(response.status).toBe(200)
  const { data } = (await response.json()) as { data: Uploaded[] }
  expect(data).toHaveLength(files.length)
  return data
}

async function countUploads(): Promise<number> {
  const { rows: [row] } = await genlock.database.pool.query<{ uploads: string }>('select count(*) as uploads from upload')
  return Number(row!.uploads)
}
