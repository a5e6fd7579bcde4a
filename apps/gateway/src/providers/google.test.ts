import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { google } from './google.ts'
import { fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { Job } from './provider.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sentFor(upstreamModel: string, request: Partial<GenerationRequest> = {}, job: Partial<Omit<Job, 'request'>> = {}) {
  const { http, asked } = scriptedHttp([{ status: 200, body: answerFor(upstreamModel) }])
  const inputs = (job.inputs ?? []).map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/x' } }))
  await google.submit(fixtureJob({ ...job, upstreamModel, request: { inputs, ...request } }), http)
  expect(asked).toHaveLength(1)
  return asked[0]!
}

function answerFor(model: string): unknown {
  if (model.includes('image')) return { candidates: [{ content: { parts: [{ inlineData: { data: 'AAAA' } }] }, finishReason: 'STOP' }] }
  return model.includes('omni') ? { id: 'v1_abc', status: 'in_progress' } : { name: `models/${model}/operations/abc` }
}

const VEO = 'veo-3.1-generate-preview'
const OMNI = 'gemini-omni-1.1-flash'
const PICTURE = { kind: 'image', operation: 'text_to_image' } as const
const BYTES = { bytesBase64Encoded: 'AQID', mimeType: 'image/png' }

describe('Veo', () => {
  test('is asked for no more than was asked for', async () => {
    expect(await sentFor(VEO)).toEqual({ method: 'POST', path: `/v1beta/models/${VEO}:predictLongRunning`, json: { instances: [{ prompt: 'a boat' }], parameters: {} } })
  })

  test('is told every field, seed 0 too', async () => {
    const { json } = await sentFor(VEO, { durationSeconds: 6, resolution: '720p', aspectRatio: '9:16', size: '720x1280', seed: 0, negativePrompt: 'blur', audio: true, enhancePrompt: true, vendor: { personGeneration: 'allow_adult', labels: { a: 'b' } } })
    expect(json).toMatchObject({ parameters: { durationSeconds: 6, resolution: '720p', aspectRatio: '9:16', seed: 0, negativePrompt: 'blur', personGeneration: 'allow_adult' } })
    // Its sound and its way with prompts are no choice here.
    expect(Object.keys((json as { parameters: object }).parameters).toSorted()).toEqual(['aspectRatio', 'durationSeconds', 'negativePrompt', 'personGeneration', 'resolution', 'seed'])
  })

  test('gets frames and references as bytes, in their order, with their names in the prompt as plain words', async () => {
    const frames = await sentFor(VEO, {}, { inputs: [fixtureInput({ role: 'first_frame' }), fixtureInput({ role: 'last_frame', url: 'https://example.com/b.png' })] })
    expect(frames.json).toMatchObject({ instances: [{ prompt: 'a boat', image: BYTES, lastFrame: BYTES }] })
    const references = await sentFor(VEO, { prompt: '@Image1 and @image 2' }, { inputs: [fixtureInput(), fixtureInput({ mediaType: 'image/JPEG' })] })
    expect(references.json).toMatchObject({ instances: [{ prompt: 'image 1 and image 2', referenceImages: [{ image: BYTES, referenceType: 'asset' }, { image: { ...BYTES, mimeType: 'image/jpeg' }, referenceType: 'asset' }] }] })
  })

  test('goes on with what it made by the address that it gave, and with another video as bytes', async () => {
    const uri = 'https://generativelanguage.googleapis.com/v1beta/files/abc:download?alt=media'
    const inputs = [fixtureInput({ media: 'video', role: 'source', mediaType: 'video/mp4' })]
    const known = await sentFor(VEO, { operation: 'extend' }, { inputs, parent: { handle: { operation: 'operations/a' }, upstreamModel: VEO, kept: { uri } } })
    expect(known.json).toMatchObject({ instances: [{ video: { uri } }] })
    const foreign = await sentFor(VEO, { operation: 'extend' }, { inputs })
    expect(foreign.json).toMatchObject({ instances: [{ video: { encodedVideo: 'AQID', encoding: 'video/mp4' } }] })
  })

  test.each([
    ['veo-3.1-fast-generate-preview', 5, '720p', 6],
    ['veo-3.1-fast-generate-preview', 7, '720p', 8],
    ['veo-3.1-fast-generate-preview', 5, '1080p', 8],
    ['veo-2.0-generate-001', 7, '720p', 8],
    ['veo-2.0-generate-001', 5, '720p', 5],
  ])('%s makes the next longer length that it has: %i s at %s is %i s', async (model, durationSeconds, resolution, made) => {
    expect((await sentFor(model, { durationSeconds, resolution })).json).toMatchObject({ parameters: { durationSeconds: made } })
  })

  test('2 has one resolution, which has no field, and a choice about prompts', async () => {
    const { json } = await sentFor('veo-2.0-generate-001', { resolution: '720p', enhancePrompt: false, count: 2 })
    expect(json).toMatchObject({ parameters: { enhancePrompt: false, sampleCount: 2 } })
    expect((json as { parameters: object }).parameters).not.toHaveProperty('resolution')
  })

  test('is known by our name for the model where an operator entered another', () => {
    expect(google.unfit?.(fixtureJob({ upstreamModel: 'my-tuned-model', request: { model: 'veo-2.0', durationSeconds: 5, resolution: '1080p' } }))).toMatchObject({ param: 'resolution' })
    expect(google.unfit?.(fixtureJob({ upstreamModel: 'my-tuned-model', request: { model: 'veo-3.1', durationSeconds: 8, resolution: '4k' } }))).toBeUndefined()
  })

  test('does not change videos, and takes no more than one kind of material', () => {
    const source = { media: 'video', role: 'source', source: { url: 'https://example.com/v.mp4' } } as const
    const picture = { media: 'image', role: 'reference', source: { url: 'https://example.com/a.png' } } as const
    const unfit = (request: Partial<GenerationRequest>) => google.unfit?.(fixtureJob({ upstreamModel: VEO, request }))?.param
    expect(unfit({ operation: 'video_to_video', inputs: [source] })).toBe('operation')
    expect(unfit({ operation: 'extend', inputs: [source, picture] })).toBe('inputs')
    expect(unfit({ operation: 'extend', inputs: [source] })).toBeUndefined()
    expect(unfit({ inputs: [{ ...picture, role: 'mask' }] })).toBe('inputs')
    expect(unfit({ size: '1280x720' })).toBe('size')
  })
})

describe('Gemini Omni', () => {
  test('is asked in the background, for a link', async () => {
    expect(await sentFor(OMNI, { durationSeconds: 7.5, resolution: '360p', aspectRatio: '9:16', seed: 0, audio: true })).toEqual({
      method: 'POST',
      path: '/v1beta/interactions',
      json: {
        model: OMNI,
        input: [{ type: 'text', text: 'a boat' }],
        background: true,
        response_format: { type: 'video', delivery: 'uri', aspect_ratio: '9:16', resolution: '360p', duration: '7.5s' },
        generation_config: { seed: 0, video_config: { task: 'text_to_video' } },
      },
    })
  })

  test('gets materials in their order, and the task that they are for', async () => {
    const inputs = [fixtureInput({ media: 'video', role: 'source', mediaType: 'video/mp4' }), fixtureInput()]
    const { json } = await sentFor(OMNI, { operation: 'video_to_video', prompt: '@Image1 in @Video1' }, { inputs })
    expect(json).toMatchObject({
      input: [{ type: 'text', text: 'image 1 in video 1' }, { type: 'video', data: 'AQID', mime_type: 'video/mp4' }, { type: 'image', data: 'AQID', mime_type: 'image/png' }],
      generation_config: { video_config: { task: 'edit' } },
    })
  })

  test('goes on with its own video by the interaction that made it, without the bytes', async () => {
    const inputs = [fixtureInput({ media: 'video', role: 'source', mediaType: 'video/mp4' })]
    const { json } = await sentFor(OMNI, { operation: 'extend' }, { inputs, parent: { handle: { interaction: 'v1_before' }, upstreamModel: OMNI } })
    expect(json).toMatchObject({ previous_interaction_id: 'v1_before', input: [{ type: 'text' }], generation_config: { video_config: { task: 'extend' } } })
    const foreign = await sentFor(OMNI, { operation: 'extend' }, { inputs, parent: { handle: { operation: 'operations/a' }, upstreamModel: VEO } })
    expect(foreign.json).not.toHaveProperty('previous_interaction_id')
    expect(foreign.json).toMatchObject({ input: [{ type: 'text' }, { type: 'video' }] })
  })
})

describe("Gemini's pictures", () => {
  test('are asked for in one call that has minutes', async () => {
    const asked = await sentFor('gemini-3-pro-image', { ...PICTURE, resolution: '2K', aspectRatio: '21:9', size: '3136x1344', seed: 0 })
    expect(asked).toMatchObject({ path: '/v1beta/models/gemini-3-pro-image:generateContent', timeoutMs: 300_000 })
    expect(asked.json).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'a boat' }] }],
      generationConfig: { responseModalities: ['IMAGE'], imageConfig: { aspectRatio: '21:9', imageSize: '2K' }, seed: 0 },
    })
  })

  test('are drawn after pictures, which come after the words', async () => {
    const { json } = await sentFor('gemini-3-pro-image', { ...PICTURE, operation: 'image_edit', prompt: 'put @Image2 on @Image1' }, { inputs: [fixtureInput({ role: 'source' }), fixtureInput()] })
    const inlineData = { mimeType: 'image/png', data: 'AQID' }
    expect(json).toMatchObject({ contents: [{ parts: [{ text: 'put image 2 on image 1' }, { inlineData }, { inlineData }] }] })
  })

  test('of 2.5 have one size, which has no field', async () => {
    const { json } = await sentFor('gemini-2.5-flash-image', { ...PICTURE, resolution: '1K', aspectRatio: '1:1' })
    expect(json).toMatchObject({ generationConfig: { imageConfig: { aspectRatio: '1:1' } } })
    expect(JSON.stringify(json)).not.toContain('imageSize')
  })
})

test('a handle is nothing that could climb out of a path', () => {
  for (const operation of ['..', 'models/../operations/a', 'operations/a/b', 'operations/', 'models/a/operations/a?b', 'operations/%2e']) expect(google.handle.safeParse({ operation }).success, operation).toBe(false)
  for (const interaction of ['..', 'a/b', '', 'a?b']) expect(google.handle.safeParse({ interaction }).success, interaction).toBe(false)
  expect(google.handle.safeParse({ operation: `models/${VEO}/operations/4q2ohr0zzv1m` }).success).toBe(true)
})

test('a credential is one key, which goes into a header and not into an address', () => {
  expect(google.credential.parse({ api_key: ' abc\n' })).toEqual({ api_key: 'abc' })
  expect(google.authorize({ api_key: 'abc' }, { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ 'x-goog-api-key': 'abc' })
})
