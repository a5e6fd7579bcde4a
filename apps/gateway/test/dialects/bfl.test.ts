/** Black Forest Labs' wire over HTTP, with a whole gateway behind it. */
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { picture } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

interface Submitted { id: string; polling_url: string; cost: number; output_mp: number | null }
interface Poll { id: string; status: string; result: { sample: string; prompt: string; seed?: number; duration: number } | null; details: Record<string, unknown> | null; cost: number }

let genlock: TestGateway
beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000' } })
})
afterAll(() => genlock?.close())

describe('images', () => {
  test('the vendor’s header, POST /v1/{model}, polling_url, and the picture', async () => {
    const submitted = await submit('/v1/flux-pro-1.1', { prompt: 'A red fox', width: 512, height: 256, seed: 42, output_format: 'png' })
    expect(submitted).toMatchObject({ cost: 4, output_mp: 0.131072 })
    expect(submitted.polling_url).toBe(`${genlock.url}/v1/get_result?id=${submitted.id}`)
    const done = await polled(submitted)
    expect(done).toMatchObject({ id: submitted.id, status: 'Ready', result: { prompt: 'A red fox', seed: 42 }, cost: 4 })
    const { width, height, format } = await sharp(Buffer.from(await (await fetch(done.result!.sample)).arrayBuffer())).metadata()
    expect([width, height, format]).toEqual([512, 256, 'png'])
  })

  test('every endpoint of the vendor makes something', { timeout: 240_000 }, async () => {
    const image = (await picture()).toString('base64')
    const requests: [string, Record<string, unknown>][] = [
      ...['flux-2-max', 'flux-2-pro', 'flux-2-pro-preview', 'flux-2-flex', 'flux-2-klein-9b', 'flux-2-klein-9b-preview', 'flux-2-klein-4b'].map((name): [string, Record<string, unknown>] => [name, { prompt: 'p', width: 256, height: 256 }]),
      ['flux-kontext-pro', { prompt: 'p', input_image: image, aspect_ratio: '1:1' }],
      ['flux-kontext-max', { prompt: 'p' }],
      ['flux-pro-1.1-ultra', { prompt: 'p', raw: true, image_prompt: image, image_prompt_strength: 0.2 }],
      ['flux-pro', { prompt: 'p' }],
      ['flux-dev', { prompt: 'p', steps: 10 }],
      ['flux-pro-1.0-fill', { prompt: 'p', image, mask: image }],
      ['flux-pro-1.0-expand', { prompt: 'p', image, top: 64, bottom: 64 }],
    ]
    for (const [name, body] of requests) {
      const done = await polled(await submit(`/v1/${name}`, body))
      expect(done.status, name).toBe('Ready')
    }
  })

  test('any model under /bfl, also by a name with a slash', async () => {
    expect(await polled(await submit('/bfl/v1/gpt-image-1', { prompt: 'p', width: 1024, height: 1024 }))).toMatchObject({ status: 'Ready' })
    expect(await polled(await submit(`/bfl/v1/${encodeURIComponent('black-forest-labs/flux-schnell')}`, { prompt: 'p', width: 256, height: 256 }))).toMatchObject({ status: 'Ready' })
  })
})

describe('what does not work out', () => {
  test('moderation, a task that is not there, a wrong key and a wrong field', async () => {
    const moderated = await polled(await submit('/v1/flux-dev', { prompt: 'p [[fail:content_policy]]' }))
    expect(moderated).toMatchObject({ status: 'Content Moderated', result: null, details: { 'Moderation Reasons': [expect.any(String)] }, cost: 0 })
    const missing = await genlock.call('/bfl/v1/get_result?id=img_000000000000000000000000')
    expect([missing.status, await missing.json()]).toMatchObject([404, { status: 'Task not found' }])
    expect((await genlock.call('/v1/get_result')).status).toBe(404)
    const stranger = await fetch(`${genlock.url}/v1/flux-dev`, { method: 'POST', headers: { 'x-key': 'wrong', 'content-type': 'application/json' }, body: '{"prompt":"p"}' })
    expect(stranger.status).toBe(403)
    const wrong = await genlock.call('/v1/flux-pro-1.1', { method: 'POST', body: JSON.stringify({ prompt: 'p', width: 1000, height: 1000 }) })
    expect([wrong.status, await wrong.json()]).toMatchObject([422, { detail: [{ loc: ['body', 'width'] }] }])
  })

  test('nothing else under /v1 is taken', async () => {
    expect((await genlock.call('/v1/models')).status).toBe(200)
    expect((await genlock.call('/v1/flux-9', { method: 'POST', body: '{}' })).status).toBe(404)
  })
})

test('the credits are those of the account, in cents', async () => {
  const { key } = await genlock.addAccount(1_230_000n)
  expect(await (await genlock.call('/bfl/v1/credits', { key })).json()).toEqual({ credits: 123 })
})

async function submit(path: string, body: Record<string, unknown>): Promise<Submitted> {
  const response = await fetch(genlock.url + path, { method: 'POST', headers: { 'x-key': genlock.key, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const answer = await response.json()
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer as Submitted
}

function polled({ polling_url: url }: Submitted): Promise<Poll> {
  return readUntil<Poll>(() => fetch(url, { headers: { 'x-key': genlock.key } }), ({ status }) => status !== 'Pending')
}
