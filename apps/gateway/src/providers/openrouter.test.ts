import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest, InputAsset } from '../core/generation-request.ts'
import { openRouter } from './openrouter.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { Job, JobInput, UpstreamRequest, UpstreamTarget } from './provider.ts'

const JOB_ID = 'gen-vid-1790000000-a1B2c3D4e5F6g7H8i9J0'
const SEEDANCE = 'bytedance/seedance-2.0'
const VEO = 'google/veo-3.1'
const FLUX = 'black-forest-labs/flux-3-video'

type More = Partial<Pick<Job, 'callbackUrl' | 'parent'>> & { inputs?: JobInput[] }

function jobOf(upstreamModel: string, request: Partial<GenerationRequest>, { inputs = [], ...more }: More = {}): Job {
  const assets = inputs.map(({ media, role }): InputAsset => ({ media, role, source: { url: 'https://example.com/a' } }))
  return fixtureJob({ request: { inputs: assets, ...request }, upstreamModel, inputs, ...more })
}

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sent(upstreamModel: string, request: Partial<GenerationRequest> = {}, more: More = {}): Promise<Record<string, unknown>> {
  const { http, asked } = scriptedHttp([{ status: 202, body: { id: JOB_ID, status: 'pending' } }])
  await openRouter.submit(jobOf(upstreamModel, request, more), http)
  const [only] = asked as [UpstreamRequest & { path: string; json: Record<string, unknown> }]
  expect([only.method, only.path, asked.length]).toEqual(['POST', '/videos', 1])
  return only.json
}

const unfit = (upstreamModel: string, request: Partial<GenerationRequest>, more: More = {}) => openRouter.unfit?.(jobOf(upstreamModel, request, more))?.param

const FIRST_FRAME = fixtureInput({ role: 'first_frame', url: 'https://example.com/a.png' })
const LAST_FRAME = fixtureInput({ role: 'last_frame' })
const PICTURE = fixtureInput({ url: 'https://example.com/b.png' })
const VIDEO = fixtureInput({ media: 'video', mediaType: 'video/mp4', url: 'https://example.com/c.mp4' })
const SOUND = fixtureInput({ media: 'audio', mediaType: 'audio/mpeg' })
const SOURCE: JobInput = { ...VIDEO, role: 'source' }

describe('a video', () => {
  test('is asked for with no more than what was asked, and without the sound that would come unasked', async () => {
    expect(await sent(SEEDANCE)).toEqual({ model: SEEDANCE, prompt: 'a boat', generate_audio: false })
    expect(await sent('x-ai/grok-imagine-video', { audio: true })).toEqual({ model: 'x-ai/grok-imagine-video', prompt: 'a boat' })
    expect(await sent('runway/gen-4.5')).toEqual({ model: 'runway/gen-4.5', prompt: 'a boat' })
  })

  test('carries every field in the words of the wire, seed 0 and silence too', async () => {
    const request: Partial<GenerationRequest> = { durationSeconds: 4, resolution: '4k', aspectRatio: '21:9', size: '4412x1892', seed: 0, audio: true, outputFormat: 'mp4', framesPerSecond: 24, endUserId: 'alice' }
    expect(await sent(SEEDANCE, request, { callbackUrl: 'https://gateway.example.com/c/1' })).toEqual({
      model: SEEDANCE, prompt: 'a boat', duration: 4, resolution: '4K', aspect_ratio: '21:9', seed: 0, generate_audio: true, user: expect.stringMatching(/^[0-9a-f]{64}$/), callback_url: 'https://gateway.example.com/c/1',
    })
    expect(await sent(SEEDANCE, { aspectRatio: 'adaptive', seed: -1, audio: false })).toEqual({ model: SEEDANCE, prompt: 'a boat', generate_audio: false })
  })

  test('starts and ends with frames, and may do without words then', async () => {
    const request: Partial<GenerationRequest> = { operation: 'first_last_frame', prompt: '' }
    expect(await sent(SEEDANCE, request, { inputs: [FIRST_FRAME, LAST_FRAME] })).toEqual({
      model: SEEDANCE, generate_audio: false,
      frame_images: [
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' }, frame_type: 'first_frame' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' }, frame_type: 'last_frame' },
      ],
    })
    expect(unfit(SEEDANCE, { prompt: '' })).toBe('prompt')
  })

  test('goes by references of every medium, which the prompt calls by plain numbers', async () => {
    const request: Partial<GenerationRequest> = { operation: 'reference_to_video', prompt: '@Image2 beside @Image1 dances like @Video1 to @Audio1' }
    expect(await sent(SEEDANCE, request, { inputs: [VIDEO, PICTURE, SOUND, fixtureInput()] })).toMatchObject({
      prompt: 'image 2 beside image 1 dances like video 1 to audio 1',
      input_references: [
        { type: 'image_url', image_url: { url: 'https://example.com/b.png' } },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } },
        { type: 'video_url', video_url: { url: 'https://example.com/c.mp4' } },
        { type: 'audio_url', audio_url: { url: 'data:audio/mpeg;base64,AQID' } },
      ],
    })
  })

  test('goes by a video that anybody can fetch only', async () => {
    const own = fixtureInput({ media: 'video', mediaType: 'video/mp4' })
    await expect(sent(SEEDANCE, { operation: 'reference_to_video' }, { inputs: [own] })).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'inputs' })
  })

  test('tells the vendor behind it what OpenRouter has no words for', async () => {
    expect((await sent(SEEDANCE, { vendor: { watermark: false } }))['provider']).toEqual({ options: { byteplus: { watermark: false } } })
    expect((await sent(VEO, { negativePrompt: 'rain', enhancePrompt: true, vendor: { personGeneration: 'allow_adult' } }))['provider']).toEqual({
      options: { 'google-vertex': { parameters: { negativePrompt: 'rain', enhancePrompt: true, personGeneration: 'allow_adult' } } },
    })
  })

  test('goes on from one that the same model made', async () => {
    const request: Partial<GenerationRequest> = { operation: 'extend', durationSeconds: 5 }
    const parent = { handle: { id: JOB_ID }, upstreamModel: FLUX }
    expect(await sent(FLUX, request, { inputs: [SOURCE], parent })).toEqual({ model: FLUX, prompt: 'a boat', duration: 5, generate_audio: false, previous_job_id: JOB_ID })
    expect(unfit(FLUX, request, { inputs: [SOURCE] })).toBe('inputs')
    expect(unfit(FLUX, request, { inputs: [SOURCE], parent: { ...parent, upstreamModel: SEEDANCE } })).toBe('inputs')
    expect(unfit(SEEDANCE, request, { inputs: [SOURCE], parent: { ...parent, upstreamModel: SEEDANCE } })).toBe('operation')
  })
})

describe('what a model has no word for is not routed here', () => {
  test.each<[string, Partial<GenerationRequest>, string]>([
    [VEO, { durationSeconds: 5 }, 'durationSeconds'],
    [VEO, { durationSeconds: 'auto' }, 'durationSeconds'],
    ['bytedance/seedance-2.5', { resolution: '1080p' }, 'resolution'],
    ['minimax/hailuo-3', { resolution: '768p' }, 'resolution'],
    ['runway/gen-4.5', { aspectRatio: '1:1' }, 'aspectRatio'],
    ['runway/gen-4.5', { audio: true }, 'audio'],
    ['x-ai/grok-imagine-video', { audio: false }, 'audio'],
    ['x-ai/grok-imagine-video', { seed: 0 }, 'seed'],
    ['kwaivgi/kling-v3.0-std', { negativePrompt: 'rain' }, 'negativePrompt'],
    [SEEDANCE, { vendor: { return_last_frame: true } }, 'vendor.return_last_frame'],
    [SEEDANCE, { operation: 'remix' }, 'operation'],
    [SEEDANCE, { count: 2 }, 'count'],
  ])('%s: %j', (model, request, param) => {
    expect(unfit(model, request)).toBe(param)
  })

  test('frames with references, which would be lost', () => {
    expect(unfit(SEEDANCE, { operation: 'reference_to_video' }, { inputs: [FIRST_FRAME, PICTURE] })).toBe('inputs')
  })

  test('but a model that is not listed is OpenRouter’s to judge, and a name with its day is the model', async () => {
    expect(await sent('somebody/video-9', { durationSeconds: 60, resolution: '768p', aspectRatio: '9:21' })).toEqual({ model: 'somebody/video-9', prompt: 'a boat', duration: 60, resolution: '768p', aspect_ratio: '9:21' })
    expect(unfit('google/veo-3.1-20260320', { durationSeconds: 5 })).toBe('durationSeconds')
  })
})

test('a result is fetched below the base URL, whatever link was named', async () => {
  const targets: UpstreamTarget[] = []
  const http = { ...scriptedHttp([]).http, download: (target: UpstreamTarget) => (targets.push(target), Promise.resolve(Readable.from([]))) }
  await openRouter.open!({ kind: 'provider', reference: { id: JOB_ID, index: 1 }, role: 'output' }, fixtureJob(), http)
  expect(targets).toEqual([{ path: `/videos/${JOB_ID}/content`, query: { index: '1' } }])
})

test('a callback names the job that has ended, and an event of another kind nothing', () => {
  const meaning = (type: string) => openRouter.callback!(callbackMessage({ type, created_at: '2026-11-21T00:00:00Z', data: { id: JOB_ID, status: 'completed' } }))
  expect(meaning('video.generation.expired')).toEqual({ handle: { id: JOB_ID } })
  expect(meaning('key.created')).toEqual({})
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', 'a?b', '', 'x'.repeat(129), 'a b', '%2e%2e']) expect(openRouter.handle.safeParse({ id }).success, id).toBe(false)
  expect(openRouter.handle.safeParse({ id: JOB_ID }).success).toBe(true)
})

test('a credential is one key, without the spaces that were pasted with it', () => {
  expect(openRouter.credential.parse({ api_key: ' sk-or-v1-abc\n' })).toEqual({ api_key: 'sk-or-v1-abc' })
  expect(openRouter.credential.safeParse({ api_key: ' ' }).success).toBe(false)
})
