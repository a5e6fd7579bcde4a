import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { lumaAgents } from './luma-agents.ts'
import { fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { Job } from './provider.ts'

const ID = '7b2f3c1e-5f0a-4d3b-9c64-0f2a6a1b8c11'
const PARENT = { handle: { id: ID }, upstreamModel: 'ray-3.2' }

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sentFor(request: Partial<GenerationRequest> = {}, { upstreamModel = 'ray-3.2', ...job }: Partial<Omit<Job, 'request'>> = {}) {
  const { http, asked } = scriptedHttp([{ status: 201, body: { id: ID, state: 'queued' } }])
  const inputs = (job.inputs ?? []).map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/x' } }))
  await lumaAgents.submit(fixtureJob({ ...job, upstreamModel, request: { inputs, ...request } }), http)
  expect(asked).toMatchObject([{ method: 'POST', path: '/generations' }])
  return asked[0]!.json as Record<string, unknown>
}

const PICTURE = { kind: 'image', operation: 'text_to_image' } as const
const FIRST = fixtureInput({ role: 'first_frame' })
const VIDEO = fixtureInput({ media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/v.mp4' })
const DATA = { data: 'AQID', media_type: 'image/png' }

describe('a video', () => {
  test('is asked for with no more than was asked', async () => {
    expect(await sentFor()).toEqual({ prompt: 'a boat', model: 'ray-3.2', type: 'video', video: {} })
  })

  test('is told every field, no loop too, and the end user by a hash only', async () => {
    const body = await sentFor({ durationSeconds: 10, resolution: '1080p', aspectRatio: '21:9', loop: false, endUserId: 'alice@example.com', vendor: { mode: 'flex_1', hdr: true } })
    expect(body).toEqual({ prompt: 'a boat', model: 'ray-3.2', type: 'video', aspect_ratio: '21:9', user_id: expect.stringMatching(/^[0-9a-f]{64}$/), video: { resolution: '1080p', duration: '10s', loop: false } })
  })

  test('gets frames as bytes, or by a public address', async () => {
    const inputs = [FIRST, fixtureInput({ role: 'last_frame', url: 'https://example.com/b.png' })]
    expect(await sentFor({ operation: 'first_last_frame', prompt: '@Image1' }, { inputs })).toMatchObject({ prompt: 'image 1', video: { start_frame: DATA, end_frame: { url: 'https://example.com/b.png' } } })
  })

  test('goes on with its parent, or leads up to it, in the ratio of that', async () => {
    const forward = await sentFor({ operation: 'extend', aspectRatio: '16:9' }, { inputs: [VIDEO], parent: PARENT })
    expect(forward).toMatchObject({ type: 'video', video: { start_frame: { generation_id: ID } } })
    expect(forward).not.toHaveProperty('aspect_ratio')
    expect(await sentFor({ operation: 'extend' }, { inputs: [{ ...VIDEO, role: 'last_frame' }, FIRST], parent: PARENT })).toMatchObject({ video: { start_frame: DATA, end_frame: { generation_id: ID } } })
  })

  test('is changed by its address and type, or as bytes where the type is not known', async () => {
    const edit = { operation: 'video_to_video', durationSeconds: 'auto', resolution: '720p', aspectRatio: '16:9', vendor: { mode: 'adhere_1' } } as const
    expect(await sentFor(edit, { inputs: [VIDEO, FIRST] })).toEqual({
      prompt: 'a boat', model: 'ray-3.2', type: 'video_edit', source: { url: 'https://example.com/v.mp4', media_type: 'video/mp4' },
      video: { resolution: '720p', start_frame: DATA, edit: { strength: 'adhere_1' } },
    })
    const { mediaType: _type, ...untyped } = VIDEO
    expect(await sentFor(edit, { inputs: [untyped] })).toMatchObject({ source: { data: 'AQID', media_type: 'video/mp4' } })
  })

  test('is reframed to the ratio that was asked for', async () => {
    expect(await sentFor({ operation: 'reframe', durationSeconds: 8, resolution: '540p', aspectRatio: '1:1' }, { inputs: [VIDEO] })).toEqual({
      prompt: 'a boat', model: 'ray-3.2', type: 'video_reframe', aspect_ratio: '1:1', source: { url: 'https://example.com/v.mp4', media_type: 'video/mp4' }, video: { resolution: '540p' },
    })
  })
})

describe('a picture', () => {
  test('is asked for in its format and style', async () => {
    expect(await sentFor({ ...PICTURE, aspectRatio: '3:1', outputFormat: 'jpeg', style: 'manga', vendor: { web_search: true } }, { upstreamModel: 'uni-1' })).toEqual({
      prompt: 'a boat', model: 'uni-1', type: 'image', aspect_ratio: '3:1', output_format: 'jpeg', style: 'manga', web_search: true,
    })
  })

  test('is drawn after references, and changed where one is to be', async () => {
    const edit = { ...PICTURE, operation: 'image_edit', aspectRatio: '1:1' } as const
    expect(await sentFor(edit, { upstreamModel: 'uni-1', inputs: [fixtureInput(), fixtureInput()] })).toMatchObject({ type: 'image', aspect_ratio: '1:1', image_ref: [DATA, DATA] })
    const changed = await sentFor(edit, { upstreamModel: 'uni-1', inputs: [fixtureInput({ role: 'source' }), fixtureInput()] })
    expect(changed).toMatchObject({ type: 'image_edit', source: DATA, image_ref: [DATA] })
    expect(changed).not.toHaveProperty('aspect_ratio')
  })
})

describe('a result', () => {
  test('is asked for again when it is fetched, for its links hold for an hour', async () => {
    const { http, asked } = scriptedHttp([{ status: 200, body: { id: ID, state: 'completed', output: [{ type: 'exr', url: 'https://cdn.example.com/raw' }, { type: 'video', url: 'https://cdn.example.com/new' }] } }])
    expect(await lumaAgents.open?.({ kind: 'provider', reference: { id: ID }, role: 'output' }, fixtureJob(), http)).toEqual({ url: 'https://cdn.example.com/new' })
    expect(asked).toEqual([{ method: 'GET', path: `/generations/${ID}` }])
  })

  test('that is not there any more is no result', async () => {
    const { http } = scriptedHttp([{ status: 200, body: { id: ID, state: 'completed', output: [] } }])
    await expect(lumaAgents.open?.({ kind: 'provider', reference: { id: ID }, role: 'output' }, fixtureJob(), http)).rejects.toMatchObject({ kind: 'garbled' })
  })
})

test('a handle is an id of the vendor’s kind', () => {
  for (const id of ['..', 'a/b', '', '7', `${ID}/x`]) expect(lumaAgents.handle.safeParse({ id }).success, id).toBe(false)
})
