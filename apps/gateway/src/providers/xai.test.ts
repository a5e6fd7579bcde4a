import { describe, expect, test } from 'vitest'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import { fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { JobInput, UpstreamRequest } from './provider.ts'
import { xai } from './xai.ts'

const VIDEO_ID = 'd97415a1-5796-b7ec-379f-4e6819e08fdf'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sent(request: Partial<GenerationRequest>, { inputs = [], model = 'grok-imagine-video', before = [] }: { inputs?: JobInput[]; model?: string; before?: Parameters<typeof scriptedHttp>[0] } = {}): Promise<{ path: string; json: Record<string, unknown>; asked: UpstreamRequest[] }> {
  const { http, asked } = scriptedHttp([...before, { status: 200, body: request.kind === 'image' ? { data: [] } : { request_id: VIDEO_ID } }])
  await xai.submit(fixtureJob({ request: { model, ...request }, upstreamModel: model, inputs }), http)
  const { path, json, method } = asked.at(-1) as UpstreamRequest & { path: string; json: Record<string, unknown> }
  expect([method, asked.length]).toEqual(['POST', before.length + 1])
  return { path, json, asked }
}

function unfit(request: Partial<GenerationRequest>, model = 'grok-imagine-video'): string | undefined {
  return xai.unfit?.(fixtureJob({ request: { model, ...request }, upstreamModel: model }))?.param
}

const PICTURE = fixtureInput({ url: 'https://example.com/a.png' })
const OWN_PICTURE = fixtureInput()
const VIDEO = fixtureInput({ media: 'video', role: 'source', mediaType: 'video/mp4', url: 'https://example.com/a.mp4' })
const OWN_VIDEO = fixtureInput({ media: 'video', role: 'source', mediaType: 'video/mp4' })

describe('a video', () => {
  test('is asked for with no more than what was asked', async () => {
    expect(await sent({})).toMatchObject({ path: '/videos/generations', json: { model: 'grok-imagine-video', prompt: 'a boat' } })
    expect((await sent({})).json).toEqual({ model: 'grok-imagine-video', prompt: 'a boat' })
  })

  test('carries every field, silence too, and hides the end user', async () => {
    const { json } = await sent({ durationSeconds: 5, resolution: '720p', aspectRatio: '9:16', size: '720x1280', audio: false, endUserId: 'alice', vendor: { storage_options: { filename: 'a.mp4' }, seed: 1 } })
    expect(json).toEqual({ model: 'grok-imagine-video', prompt: 'a boat', duration: 5, resolution: '720p', aspect_ratio: '9:16', generate_audio: false, user: expect.stringMatching(/^[0-9a-f]{64}$/), storage_options: { filename: 'a.mp4' } })
  })

  test('from frames follows them, and may do without words', async () => {
    const inputs = [{ ...PICTURE, role: 'first_frame' as const }, { ...OWN_PICTURE, role: 'last_frame' as const }]
    expect((await sent({ operation: 'first_last_frame', prompt: '', aspectRatio: 'adaptive' }, { inputs })).json).toEqual({ model: 'grok-imagine-video', image: { url: 'https://example.com/a.png' }, last_frame: { url: 'data:image/png;base64,AQID' } })
    expect((await sent({ operation: 'image_to_video', prompt: '@Image1 waves' }, { inputs: inputs.slice(0, 1) })).json).toMatchObject({ prompt: 'image 1 waves' })
  })

  test('from references calls them by numbers from 0, each medium by itself', async () => {
    const { json } = await sent({ operation: 'reference_to_video', prompt: '@Image2 and @image 1 dance to @Audio1' }, { inputs: [PICTURE, fixtureInput({ media: 'audio', url: 'https://example.com/a.mp3' }), OWN_PICTURE] })
    expect(json).toMatchObject({ prompt: '<IMAGE_1> and <IMAGE_0> dance to <AUDIO_0>', reference_images: [{ url: 'https://example.com/a.png' }, { url: 'data:image/png;base64,AQID' }], reference_audios: [{ url: 'https://example.com/a.mp3' }] })
    await expect(sent({ operation: 'reference_to_video', prompt: '@Image2' }, { inputs: [PICTURE] })).rejects.toMatchObject({ kind: 'refused', param: 'prompt' })
  })

  test('is edited and extended by its address, and keeps its own measures', async () => {
    expect(await sent({ operation: 'video_to_video', durationSeconds: 'auto', resolution: '480p', aspectRatio: 'adaptive', audio: true, prompt: '@Video1 at night' }, { inputs: [VIDEO] })).toMatchObject({ path: '/videos/edits', json: { model: 'grok-imagine-video', prompt: 'video 1 at night', video: { url: 'https://example.com/a.mp4' } } })
    const extended = await sent({ operation: 'extend', durationSeconds: 6, resolution: '480p', endUserId: 'alice' }, { inputs: [VIDEO] })
    expect(extended.path).toBe('/videos/extensions')
    expect(extended.json).toEqual({ model: 'grok-imagine-video', prompt: 'a boat', video: { url: 'https://example.com/a.mp4' }, duration: 6 })
  })

  test('without a public address is uploaded first, to go by itself', async () => {
    const { json, asked } = await sent({ operation: 'video_to_video' }, { inputs: [OWN_VIDEO], before: [{ status: 200, body: { id: 'file_1' } }] })
    expect(json['video']).toEqual({ file_id: 'file_1' })
    expect(asked[0]).toMatchObject({ path: '/files' })
    expect([...(asked[0]?.form ?? new FormData()).keys()]).toEqual(['expires_after', 'file'])
  })

  test.each([{ status: 500, body: {} }, { status: 200, text: '<html>' }])('whose upload went wrong was not asked for: %j', async (answer) => {
    await expect(sent({ operation: 'extend', durationSeconds: 2 }, { inputs: [OWN_VIDEO], before: [answer] })).rejects.toMatchObject({ kind: 'busy' })
  })

  test('whose upload is refused is refused', async () => {
    const error: unknown = await sent({ operation: 'extend', durationSeconds: 2 }, { inputs: [OWN_VIDEO], before: [{ status: 413, body: { error: 'too large' } }] }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UpstreamError)
    expect(error).toMatchObject({ kind: 'refused', code: 'unsupported_media' })
  })
})

describe('pictures', () => {
  const IMAGE = { kind: 'image', operation: 'text_to_image' } as const
  const MODEL = 'grok-imagine-image-2.0'

  test('are asked for as base64, with the shape left to the model where it may choose', async () => {
    expect(await sent({ ...IMAGE, count: 3, aspectRatio: 'adaptive', resolution: '2k', quality: 'low', outputFormat: 'jpeg' }, { model: MODEL })).toMatchObject({ path: '/images/generations', json: { model: MODEL, prompt: 'a boat', n: 3, aspect_ratio: 'auto', resolution: '2k', quality: 'low', response_format: 'b64_json' } })
    expect((await sent(IMAGE, { model: MODEL })).json).toEqual({ model: MODEL, prompt: 'a boat', response_format: 'b64_json' })
  })

  test('are made from one picture, whose shape they have, or from several with numbers from 0', async () => {
    const one = await sent({ ...IMAGE, operation: 'image_edit', prompt: '@Image1 at night', aspectRatio: 'adaptive' }, { model: MODEL, inputs: [PICTURE] })
    expect(one).toMatchObject({ path: '/images/edits', json: { prompt: 'image 1 at night', image: { url: 'https://example.com/a.png', type: 'image_url' } } })
    expect(Object.keys(one.json)).not.toContain('aspect_ratio')
    const two = await sent({ ...IMAGE, operation: 'image_edit', prompt: '@Image2 like @Image1', aspectRatio: 'adaptive' }, { model: MODEL, inputs: [PICTURE, OWN_PICTURE] })
    expect(two.json).toMatchObject({ prompt: '<IMAGE_1> like <IMAGE_0>', aspect_ratio: 'auto', images: [{ url: 'https://example.com/a.png' }, { url: 'data:image/png;base64,AQID' }] })
  })
})

describe('what the wire has no word for is not routed here', () => {
  test.each([
    [{ seed: 0 }, 'seed'], [{ negativePrompt: 'rain' }, 'negativePrompt'], [{ operation: 'remix' as const }, 'operation'], [{ count: 2 }, 'count'], [{ durationSeconds: 4.5 }, 'durationSeconds'],
    [{ quality: 'high' }, 'quality'], [{ size: '1280x720' }, 'size'], [{ aspectRatio: 'adaptive' }, 'aspectRatio'], [{ vendor: { watermark: true } }, 'vendor.watermark'],
  ])('a video: %j', (request, param) => {
    expect(unfit(request)).toBe(param)
  })

  test('words', () => {
    expect(unfit({ kind: 'text', operation: 'describe' }, 'grok-imagine-image')).toBe('operation')
  })
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', 'a?b', '', 'x'.repeat(129), 'a b', '%2e%2e']) expect(xai.handle.safeParse({ kind: 'video', id }).success, id).toBe(false)
  expect(xai.handle.safeParse({ kind: 'video', id: VIDEO_ID }).success).toBe(true)
})

test('a credential is one key, without the spaces that were pasted with it', () => {
  expect(xai.credential.parse({ api_key: ' xai-abc\n' })).toEqual({ api_key: 'xai-abc' })
  expect(xai.credential.safeParse({ api_key: ' ' }).success).toBe(false)
})
