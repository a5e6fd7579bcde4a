/** The `fal` dialect with a whole gateway behind it: what the vendor's client does not show. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

interface Status { status: string; request_id: string; response_url: string; status_url: string; cancel_url: string; error?: string }

const QUEUE = '/fal/queue/genlock/seedance-1.0-pro-fast'
const SHORT = { prompt: 'A boat', duration: '2', resolution: '480p' }

let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock?.close())

describe('the queue', () => {
  test('202 while it is under way, 200 at the end; the answer’s own links lead on, with the key of this wire', async () => {
    const headers = { authorization: `Key ${genlock.key}`, 'content-type': 'application/json' }
    const submitted = (await (await fetch(genlock.url + QUEUE, { method: 'POST', headers, body: JSON.stringify({ ...SHORT, prompt: '[[slow:2]] A boat' }) })).json()) as Status
    const early = await fetch(submitted.status_url, { headers })
    expect(early.status).toBe(202)
    expect(early.headers.get('x-fal-request-id')).toBe(submitted.request_id)
    const tooEarly = await fetch(submitted.response_url, { headers })
    expect(tooEarly.status).toBe(400)
    expect(await tooEarly.json()).toMatchObject({ detail: 'Request is still in progress' })
    await readUntil<Status>(() => fetch(submitted.status_url, { headers }), ({ status }) => status === 'COMPLETED')
    expect((await fetch(submitted.status_url, { headers })).status).toBe(200)
    const { video } = (await (await fetch(submitted.response_url, { headers })).json()) as { video: { url: string } }
    expect(isMp4(new Uint8Array(await (await fetch(video.url)).arrayBuffer()))).toBe(true)
    expect((await fetch(submitted.cancel_url, { method: 'PUT', headers })).status).toBe(400)
  })

  test('a path that is none of these is not found', async () => {
    expect((await genlock.call(`${QUEUE}/requests`)).status).toBe(404)
    expect((await genlock.call(`${QUEUE}/requests/vid_x/status`, { method: 'PUT' })).status).toBe(404)
    expect((await genlock.call('/fal/proxy', { headers: { 'x-fal-target-url': 'https://fal.run/genlock/sora-2' } })).status).toBe(404)
    expect((await genlock.call('/fal/proxy', { headers: { 'x-fal-target-url': 'https://example.com/' } })).status).toBe(422)
    expect((await genlock.call('/fal/proxy', { method: 'POST', body: '{}', headers: { 'x-fal-target-url': 'https://rest.fal.ai/tokens/' } })).status).toBe(404)
    expect((await genlock.call('/fal/proxy', { method: 'POST', body: '{}', headers: { 'x-fal-target-url': 'https://rest.fal.ai/storage/upload/initiate-multipart' } })).status).toBe(413)
  })
})

test('through the proxy, an idempotency key is for one address', async () => {
  const send = (target: string) => genlock.call('/fal/proxy', { method: 'POST', body: JSON.stringify(SHORT), headers: { 'x-fal-target-url': `https://queue.fal.run/${target}`, 'idempotency-key': 'one address' } })
  const first = (await (await send('genlock/seedance-1.0-pro-fast')).json()) as Status
  expect(((await (await send('genlock/seedance-1.0-pro-fast')).json()) as Status).request_id).toBe(first.request_id)
  expect((await send('genlock/seedance-1.0-pro')).status).toBe(422)
})

test('sync_mode gives pictures as data URIs', async () => {
  const response = await genlock.call('/fal/run/flux-1.1-pro', { method: 'POST', body: JSON.stringify({ prompt: 'A boat', image_size: 'square', sync_mode: true }) })
  const { images } = (await response.json()) as { images: { url: string; content_type: string }[] }
  expect(images[0]!.url.startsWith(`data:${images[0]!.content_type};base64,`)).toBe(true)
})

test('a blocking call that fails is the model’s error', async () => {
  const response = await genlock.call('/fal/run/flux-1.1-pro', { method: 'POST', body: JSON.stringify({ prompt: 'x [[fail:content_policy]]' }) })
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({ detail: [{ loc: ['body', 'prompt'], type: 'content_policy_violation' }] })
})

describe('PUT /v1/uploads/{place}', () => {
  const initiate = async (content_type: string, file_name: string) => (await (await genlock.call('/fal/storage/upload/initiate', { method: 'POST', body: JSON.stringify({ content_type, file_name }) })).json()) as { upload_url: string; file_url: string }
  const put = (url: string, bytes: Uint8Array, type = 'image/png') => fetch(url, { method: 'PUT', body: new Uint8Array(bytes), headers: { 'content-type': type } })

  test('takes one file, without a key, and is what its content says', async () => {
    const png = await picture()
    const { upload_url: place, file_url: url } = await initiate('application/octet-stream', 'boat.png')
    expect(new URL(url).pathname).toMatch(/^\/v1\/files\/upl_.*\.png$/)
    expect((await fetch(url)).status).toBe(404)
    expect((await put(place, png, 'multipart/form-data; boundary=x')).status).toBe(200)
    const file = await fetch(url)
    expect(file.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await file.arrayBuffer())).toEqual(png)
    expect((await put(place, png)).status).toBe(422)
    const { upload_url: other } = await initiate('image/png', 'boat.png')
    const statuses = await Promise.all([put(other, png), put(other, png), put(other, png)].map(async (response) => (await response).status))
    expect(statuses.toSorted()).toEqual([200, 422, 422])
  })

  test('the file is its account’s alone', async () => {
    const { upload_url: place, file_url: url } = await initiate('image/png', 'boat.png')
    await put(place, await picture())
    const { key } = await genlock.addAccount(100_000_000n)
    const stranger = await genlock.call(QUEUE, { method: 'POST', key, body: JSON.stringify({ ...SHORT, image_url: url }) })
    expect(stranger.status).toBe(422)
    const own = await genlock.call(QUEUE, { method: 'POST', body: JSON.stringify({ ...SHORT, image_url: url }) })
    expect(own.status).toBe(200)
  })

  test('refuses what is no file that is taken here, an empty body, and an address that nobody gave', async () => {
    const { upload_url: place, file_url: url } = await initiate('image/svg+xml', 'x.svg')
    expect((await put(place, Buffer.from('<svg/>'))).status).toBe(415)
    expect((await put(place, Buffer.alloc(0))).status).toBe(422)
    expect((await put(`${genlock.url}/v1/uploads/${url.split('/').at(-1)!}`, await picture())).status).toBe(404)
    expect((await put(`${genlock.url}/v1/uploads/anything`, await picture())).status).toBe(404)
    expect((await fetch(`${genlock.url}/v1/files/${place.split('/').at(-1)!}`)).status).toBe(404)
    expect((await fetch(place)).status).toBe(405)
  })
})
