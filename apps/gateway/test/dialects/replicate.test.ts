/** The `replicate` dialect with a whole gateway behind it: what its clients rely on and the vendor's libraries do not show. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMp4, picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

interface Prediction {
  id: string
  status: string
  output: string | string[] | null
  error: string | null
  deadline?: string
  ignored?: string[]
  model: string
  urls: { get: string; cancel: string }
}
interface Problem { title: string; detail: string; status: number; code: string; invalid_fields?: { field: string }[] }
interface Page { next: string | null; previous: string | null; results: Prediction[] }

const FAST = '/v1/models/genlock/seedance-1.0-pro-fast/predictions'
const SHORT = { duration: 2, resolution: '480p' }

let genlock: TestGateway

beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock?.close())

describe('POST /v1/predictions, the FLUX of the document', () => {
  // The document names the route and the models, and shows no body; this is the one of the vendor's own page for them.
  test.each(['flux-pro', 'flux-dev', 'flux-schnell', 'black-forest-labs/flux-schnell'])('%s, followed to its picture', async (version) => {
    const created = await post('/v1/predictions', { version, input: { prompt: 'A beautiful landscape painting', aspect_ratio: '1:1', num_outputs: 1, output_format: 'png', go_fast: true } })
    const prediction = (await created.json()) as Prediction
    expect(created.status, JSON.stringify(prediction)).toBe(201)
    expect(prediction).toMatchObject({ status: 'starting', output: null, ignored: ['input.go_fast'] })
    const ended = await readUntil<Prediction>(() => genlock.call(new URL(prediction.urls.get).pathname), ({ status }) => status !== 'starting' && status !== 'processing')
    expect(ended).toMatchObject({ status: 'succeeded', error: null })
    const file = await fetch((ended.output as string[])[0]!)
    expect(file.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await file.arrayBuffer()).subarray(1, 4).toString()).toBe('PNG')
  })
})

describe('Prefer: wait', () => {
  test('answers with the end when it comes in time', async () => {
    const response = await post(FAST, { input: { prompt: 'A boat', ...SHORT } }, { prefer: 'respond-async; q=0, wait=30' })
    expect(response.status).toBe(201)
    expect(response.headers.get('preference-applied')).toBe('wait=30')
    const { status, output } = (await response.json()) as Prediction
    expect(status).toBe('succeeded')
    expect(isMp4(new Uint8Array(await (await fetch(output as string)).arrayBuffer()))).toBe(true)
  })

  test('answers `starting` when it does not, whatever the task does by then', async () => {
    const response = await post(FAST, { input: { prompt: '[[slow:60]] A boat', ...SHORT } }, { prefer: 'wait=1' })
    const { id, status } = (await response.json()) as Prediction
    expect(status).toBe('starting')
    expect(((await (await genlock.call(`/v1/predictions/${id}`)).json()) as Prediction).status).toBe('processing')
    await genlock.call(`/v1/predictions/${id}/cancel`, { method: 'POST' })
  })

  test('a failure inside the hold is a prediction that failed', async () => {
    const response = await post(FAST, { input: { prompt: 'x [[fail:content_policy]]', ...SHORT } }, { prefer: 'wait' })
    expect(response.headers.get('preference-applied')).toBe('wait=60')
    expect(await response.json()).toMatchObject({ status: 'failed', output: null, error_code: 'content_policy' })
  })

  test('without it the answer comes at once', async () => {
    const response = await post(FAST, { input: { prompt: '[[slow:60]] A boat', ...SHORT } })
    expect(response.headers.get('preference-applied')).toBeNull()
    const { id, status } = (await response.json()) as Prediction
    expect(status).toBe('starting')
    await genlock.call(`/v1/predictions/${id}/cancel`, { method: 'POST' })
  })
})

test('Cancel-After stops a prediction while it is waited for, and when it is read after that', async () => {
  const held = await post(FAST, { input: { prompt: '[[slow:600]] A boat', ...SHORT } }, { prefer: 'wait=30', 'cancel-after': '5s' })
  expect(((await held.json()) as Prediction).status).toBe('canceled')
  const { id, deadline } = (await (await post(FAST, { input: { prompt: '[[slow:600]] A boat', ...SHORT } }, { 'cancel-after': '1h' })).json()) as Prediction
  expect(Date.parse(deadline!)).toBeGreaterThan(Date.now())
  await genlock.database.pool.query(`update task set created_at = created_at - interval '2 hours' where id = $1`, [id])
  expect(await readUntil<Prediction>(() => genlock.call(`/v1/predictions/${id}`), ({ status }) => status !== 'starting' && status !== 'processing')).toMatchObject({ status: 'canceled' })
})

test('pages go on and back, and by time', async () => {
  const { key } = await genlock.addAccount(100_000_000n)
  const ids: string[] = []
  for (let number = 0; number < 101; number += 1) ids.unshift(((await (await post(FAST, { input: { prompt: `[[slow:600]] ${number}`, ...SHORT } }, {}, key)).json()) as Prediction).id)
  const page = async (path: string) => (await (await genlock.call(path.replace(genlock.url, ''), { key })).json()) as Page
  const first = await page('/v1/predictions')
  expect(first.results.map(({ id }) => id)).toEqual(ids.slice(0, 100))
  expect(first.previous).toBeNull()
  const second = await page(first.next!)
  expect(second).toMatchObject({ next: null, results: [{ id: ids[100] }] })
  const back = await page(second.previous!)
  expect(back.results.map(({ id }) => id)).toEqual(ids.slice(0, 100))
  expect(back.previous).toBeNull()
  expect((await page('/v1/predictions?source=web')).results).toEqual([])
  expect((await page('/v1/predictions?created_before=2020-01-01T00:00:00Z')).results).toEqual([])
  const later = await page('/v1/predictions?created_after=2999-01-01T00:00:00Z')
  expect(later).toMatchObject({ results: [], next: null })
  expect((await genlock.call('/v1/predictions?cursor=nonsense', { key })).status).toBe(422)
  for (const id of ids) await genlock.call(`/v1/predictions/${id}/cancel`, { method: 'POST', key })
})

test('an upload is an input by its link and by its id; deleted, it is none', async () => {
  const form = new FormData()
  form.append('content', new Blob([new Uint8Array(await picture())], { type: 'application/octet-stream' }), 'boat')
  form.append('metadata', new Blob(['{"a":1}'], { type: 'application/json' }))
  const uploaded = await genlock.call('/v1/files', { method: 'POST', body: form })
  expect(uploaded.status).toBe(201)
  const file = (await uploaded.json()) as { id: string; urls: { get: string }; metadata: object }
  expect(file).toMatchObject({ content_type: 'image/png', metadata: { a: 1 } })
  for (const image of [file.urls.get, file.id]) expect((await post(FAST, { input: { prompt: 'x', image, ...SHORT } })).status).toBe(201)
  expect((await fetch(`${genlock.url}/v1/files/${file.id}`)).status).toBe(401)
  expect((await genlock.call(`/v1/files/${file.id}`, { method: 'DELETE' })).status).toBe(204)
  expect((await genlock.call(`/v1/files/${file.id}`, { method: 'DELETE' })).status).toBe(404)
  expect((await fetch(file.urls.get)).status).toBe(404)
  expect((await post(FAST, { input: { prompt: 'x', image: file.id, ...SHORT } })).status).toBe(422)
})

test('GET /v1/models is OpenAI’s list and this wire’s page', async () => {
  const models = (await (await genlock.call('/v1/models')).json()) as { object: string; data: { id: string }[]; results: { name: string }[]; next: null }
  expect(models).toMatchObject({ object: 'list', next: null })
  expect(models.results.map(({ name }) => name)).toEqual(models.data.map(({ id }) => id))
})

test('422 for a field of the input, with its place', async () => {
  const response = await post(FAST, { input: { prompt: 'x', duration: 99 } })
  expect(response.status).toBe(422)
  const problem = (await response.json()) as Problem
  expect(problem).toMatchObject({ title: 'Input validation failed', status: 422, code: 'invalid_request', invalid_fields: [{ field: 'input.duration' }] })
  expect(problem.detail).toMatch(/^- input\.duration: /)
})

function post(path: string, body: unknown, headers: Record<string, string> = {}, key = genlock.key): Promise<Response> {
  return genlock.call(path, { method: 'POST', body: JSON.stringify(body), headers, key })
}
