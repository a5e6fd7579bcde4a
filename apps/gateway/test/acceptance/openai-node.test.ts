/** OpenAI's own JavaScript client against a running gateway. Nothing of the gateway's source is imported. */
import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError, PermissionDeniedError, toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGatewayProcess, type GatewayProcess } from './gateway-process.ts'
import { isMp4, picture } from './pictures.ts'

/** Polls of one task before it counts as stuck. */
const MAX_POLLS = 300

let genlock: GatewayProcess
let openai: OpenAI
/** Of the requests that the client sent, so that its own retries are seen. */
let sent: string[] = []

beforeAll(async () => {
  genlock = await startGatewayProcess()
  openai = clientOf(genlock.key)
})
afterAll(() => genlock?.close())

describe('videos', () => {
  test('a text prompt becomes a video that is downloaded whole', async () => {
    const created = await openai.videos.create({ model: 'sora-2', prompt: 'A calico cat playing a piano on stage', seconds: '4', size: '1280x720' })
    expect(created).toMatchObject({ object: 'video', model: 'sora-2', status: 'queued', progress: 0, seconds: '4', size: '1280x720', error: null, completed_at: null })
    const video = await polledUntilEnded(created.id)
    expect(video).toMatchObject({ id: created.id, status: 'completed', progress: 100, error: null, prompt: 'A calico cat playing a piano on stage' })
    expect(video.completed_at).toBeGreaterThanOrEqual(video.created_at)
    expect(video.expires_at).toBeGreaterThan(video.completed_at!)

    const response = await openai.videos.downloadContent(video.id)
    expect(response.headers.get('content-type')).toBe('video/mp4')
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(bytes.length).toBe(Number(response.headers.get('content-length')))
    expect(isMp4(bytes)).toBe(true)
  })

  test('a picture starts the video: as a file, as a data URI, and as the link of an upload', async () => {
    const png = await picture()
    const file = await toFile(png, 'start.png', { type: 'image/png' })
    const inputs = [file, { image_url: `data:image/png;base64,${png.toString('base64')}` }, { image_url: await upload(png) }]
    const created = await Promise.all(inputs.map((input_reference) => openai.videos.create({ prompt: 'She turns and smiles', input_reference, seconds: '4', size: '1280x720' })))
    for (const { id } of created) expect((await ended(id)).status).toBe('completed')
  })

  test('a finished video is remixed and deleted; one that has not ended is not, and says why', async () => {
    const { id } = await openai.videos.create({ prompt: 'A paper boat', seconds: '4' })
    await expect(openai.videos.remix(id, { prompt: 'Too early' })).rejects.toMatchObject({ status: 400, code: 'invalid_request', param: 'video_id' })
    await expect(openai.videos.delete(id)).rejects.toMatchObject({ status: 409, code: 'not_cancellable' })
    expect((await ended(id)).status).toBe('completed')
    const remix = await openai.videos.remix(id, { prompt: 'The same boat at night' })
    expect(remix).toMatchObject({ remixed_from_video_id: id, prompt: 'The same boat at night', seconds: '4' })
    expect((await ended(remix.id)).status).toBe('completed')

    expect(await openai.videos.delete(id)).toEqual({ id, object: 'video.deleted', deleted: true })
    await expect(openai.videos.retrieve(id)).rejects.toBeInstanceOf(NotFoundError)
    await expect(openai.videos.downloadContent(id)).rejects.toBeInstanceOf(NotFoundError)
  })

  test('every video is listed once, page by page, in either order', async () => {
    const ids: string[] = []
    for (const name of ['one', 'two', 'three']) ids.push((await openai.videos.create({ prompt: `Page ${name} [[slow:60]]`, seconds: '4' })).id)
    const newest: string[] = []
    for await (const video of openai.videos.list({ limit: 2 })) newest.push(video.id)
    expect(newest.slice(0, 3)).toEqual(ids.toReversed())
    expect(new Set(newest).size).toBe(newest.length)
    const oldest: string[] = []
    for await (const video of openai.videos.list({ limit: 2, order: 'asc' })) oldest.push(video.id)
    expect(oldest).toEqual(newest.toReversed())
  })

  test('a failed video says why in the words of the client', async () => {
    const created = await openai.videos.create({ prompt: 'Anything [[fail:content_policy]]', seconds: '4' })
    const video = await ended(created.id)
    expect(video).toMatchObject({ status: 'failed', error: { code: 'content_policy' } })
    await expect(openai.videos.downloadContent(created.id)).rejects.toBeInstanceOf(NotFoundError)
  })
})

describe('errors reach the client as its own classes, and none that is final is tried again', () => {
  test('401: a wrong key', async () => {
    const error = await failureOf(() => clientOf('sk_not_a_key_of_this_server').videos.create({ prompt: 'x' }))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(error).toMatchObject({ status: 401, code: 'unauthorized' })
    expect(sent).toHaveLength(1)
  })

  test('402: a key whose budget is spent', async () => {
    const key = await genlock.createKey('--budget', '0.01')
    const error = await failureOf(() => clientOf(key).videos.create({ prompt: 'x', seconds: '4' }))
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ status: 402, code: 'insufficient_credits', type: 'insufficient_quota' })
    expect(sent).toHaveLength(1)
  })

  test('403: a model that the key may not call', async () => {
    const key = await genlock.createKey('--models', 'seedance-2.0-pro')
    const error = await failureOf(() => clientOf(key).videos.create({ model: 'sora-2', prompt: 'x' }))
    expect(error).toBeInstanceOf(PermissionDeniedError)
    expect(error).toMatchObject({ code: 'forbidden', param: 'model' })
    expect(sent).toHaveLength(1)
  })

  test('404: an unknown id, and an unknown model', async () => {
    const unknown = await failureOf(() => openai.videos.retrieve('vid_nobodyhasthis'))
    expect(unknown).toBeInstanceOf(NotFoundError)
    expect(unknown).toMatchObject({ code: 'not_found' })
    const model = await failureOf(() => openai.videos.create({ model: 'sora-99', prompt: 'x' }))
    expect(model).toBeInstanceOf(NotFoundError)
    expect(model).toMatchObject({ code: 'model_not_found', param: 'model' })
    expect(sent).toHaveLength(1)
  })

  test('400: a length that the model does not make, with those it does', async () => {
    const error = await failureOf(() => openai.videos.create({ prompt: 'x', seconds: '99' as '4' }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'invalid_request', param: 'seconds' })
    expect(error.message).toMatch(/from 4 to 20/)
    expect(sent).toHaveLength(1)
  })
})

test('models are listed and read', async () => {
  const ids: string[] = []
  for await (const model of openai.models.list()) ids.push(model.id)
  expect(ids).toContain('sora-2')
  expect(ids).toContain('seedance-2.0-pro')
  expect(await openai.models.retrieve('sora-2')).toMatchObject({ id: 'sora-2', object: 'model' })
})

test('the books balance after all of it', async () => {
  expect(await genlock.genlock('ledger', 'verify')).toContain('The books balance.')
})

function clientOf(apiKey: string): OpenAI {
  return new OpenAI({
    apiKey,
    baseURL: `${genlock.url}/v1`,
    maxRetries: 2,
    fetch: (input, init) => {
      // The client tries `fetch` out on a data URI before its first form.
      if (String(input).startsWith('http')) sent.push(`${init?.method ?? 'GET'} ${String(input)}`)
      return fetch(input, init)
    },
  })
}

/** Reads as often as `openai-poll-after-ms` says, as the vendor's pollers do. */
async function polledUntilEnded(id: string): Promise<OpenAI.Video> {
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    const { data, response } = await openai.videos.retrieve(id).withResponse()
    const pollAfterMs = response.headers.get('openai-poll-after-ms')
    if (data.status === 'completed' || data.status === 'failed') {
      expect(pollAfterMs).toBeNull()
      return data
    }
    expect(Number(pollAfterMs)).toBeGreaterThanOrEqual(1000)
    await new Promise((resolve) => setTimeout(resolve, Number(pollAfterMs)))
  }
  throw new Error(`${id} did not end in ${MAX_POLLS} polls`)
}

/** Quicker than polling where polling is not the question. */
async function ended(id: string): Promise<OpenAI.Video> {
  await fetch(`${genlock.url}/v1/videos/${id}/wait`, { headers: { authorization: `Bearer ${genlock.key}` } })
  return openai.videos.retrieve(id)
}

async function upload(png: Buffer): Promise<string> {
  const form = new FormData()
  form.append('files', new Blob([new Uint8Array(png)], { type: 'image/png' }), 'start.png')
  const answer = await fetch(`${genlock.url}/api/upload`, { method: 'POST', body: form, headers: { authorization: `Bearer ${genlock.key}` } })
  return ((await answer.json()) as { data: [{ url: string }] }).data[0].url
}

async function failureOf(call: () => Promise<unknown>): Promise<APIError> {
  sent = []
  return call().then(
    () => {
      throw new Error('it went well')
    },
    (error: unknown) => error as APIError,
  )
}
