import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { fixtureInput, fixtureJob, scriptedHttp, type ScriptedAnswer } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'
import { runway } from './runway.ts'

const CREATED: ScriptedAnswer = { status: 200, body: { id: '17f20503-6c24-4c16-946b-35dbbce2af2f', estimatedCost: { credits: 60 } } }

/** What is asked when the job is submitted; the answers' effects are in fixtures/ and in the contract suite. */
async function asked(upstreamModel: string, request: Partial<GenerationRequest>, { inputs = [], answers = [CREATED] }: { inputs?: JobInput[]; answers?: ScriptedAnswer[] } = {}) {
  const { http, asked: calls } = scriptedHttp(answers)
  const assets = inputs.map(({ media, role, url = 'https://example.com/x' }) => ({ media, role, source: { url } }))
  await runway.submit(fixtureJob({ upstreamModel, inputs, request: { ...request, inputs: assets } }), http)
  return calls
}

async function bodyOf(upstreamModel: string, request: Partial<GenerationRequest>, inputs: JobInput[] = []) {
  const [call] = await asked(upstreamModel, request, { inputs })
  return { path: call && 'path' in call ? call.path : undefined, ...(call?.json as Record<string, unknown>) }
}

const first = fixtureInput({ role: 'first_frame', url: 'https://example.com/first.png' })
const last = fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' })
const picture = fixtureInput({ url: 'https://example.com/a.png' })
const video = fixtureInput({ media: 'video', role: 'source', url: 'https://example.com/a.mp4' })

describe('what is sent', () => {
  test('from words: pixels for resolution and ratio', async () => {
    expect(await bodyOf('gen4.5', { durationSeconds: 5, resolution: '720p', aspectRatio: '9:16', seed: 0 })).toEqual({ path: '/v1/text_to_video', model: 'gen4.5', promptText: 'a boat', ratio: '720:1280', duration: 5, seed: 0 })
  })

  test('one frame as a string, two by their positions', async () => {
    expect(await bodyOf('gen4_turbo', { operation: 'image_to_video', prompt: '', durationSeconds: 5, resolution: '720p', aspectRatio: '21:9' }, [first])).toEqual({ path: '/v1/image_to_video', model: 'gen4_turbo', promptImage: 'https://example.com/first.png', ratio: '1584:672', duration: 5 })
    expect(await bodyOf('veo3.1', { operation: 'first_last_frame', durationSeconds: 8, resolution: '1080p', aspectRatio: '16:9', audio: false, negativePrompt: 'rain' }, [last, first])).toMatchObject({
      promptImage: [{ uri: 'https://example.com/first.png', position: 'first' }, { uri: 'https://example.com/last.png', position: 'last' }],
      ratio: '1920:1080', audio: false, negativePrompt: 'rain',
    })
  })

  test('references by medium, on the route of words', async () => {
    const inputs = [picture, fixtureInput({ media: 'video', url: 'https://example.com/v.mp4' }), fixtureInput({ media: 'audio', url: 'https://example.com/s.mp3' })]
    expect(await bodyOf('hailuo3', { operation: 'reference_to_video', prompt: '@Image1 to @Audio1', durationSeconds: 5, resolution: '2k', aspectRatio: 'adaptive', audio: true }, inputs)).toEqual({
      path: '/v1/text_to_video', model: 'hailuo3', promptText: 'image 1 to audio 1', duration: 5, resolution: '2k', ratio: 'adaptive',
      references: [{ uri: 'https://example.com/a.png' }], referenceVideos: [{ type: 'video', uri: 'https://example.com/v.mp4' }], referenceAudio: [{ type: 'audio', uri: 'https://example.com/s.mp3' }],
    })
  })

  test('the ratio that follows the frame, where there is a word for it', async () => {
    expect(await bodyOf('wan3', { operation: 'image_to_video', durationSeconds: 5, resolution: '1080p', aspectRatio: 'adaptive', audio: true }, [first])).toMatchObject({ ratio: 'auto_1080p', audio: true })
    expect(await bodyOf('grok_imagine_1_5', { operation: 'image_to_video', durationSeconds: 5, resolution: '480p', aspectRatio: 'adaptive', audio: true }, [first])).not.toHaveProperty('ratio')
  })

  test('a video to change, to go on from, and to act like', async () => {
    expect(await bodyOf('aleph2', { operation: 'video_to_video', durationSeconds: 'auto', resolution: '720p', aspectRatio: '4:3' }, [video])).toEqual({ path: '/v1/video_to_video', model: 'aleph2', videoUri: 'https://example.com/a.mp4', promptText: 'a boat', targetAspectRatio: '4:3' })
    expect(await bodyOf('gemini_omni_flash_1.1', { operation: 'extend', durationSeconds: 5, resolution: '4k', aspectRatio: '16:9', audio: true }, [video])).toMatchObject({ path: '/v1/video_to_video', mode: 'extend', ratio: '3840:2160', duration: 5 })
    expect(await bodyOf('act_two', { operation: 'video_to_video', prompt: '', durationSeconds: 'auto', resolution: '720p', aspectRatio: '16:9', vendor: { bodyControl: true } }, [video, picture])).toEqual({
      path: '/v1/character_performance', model: 'act_two', character: { type: 'image', uri: 'https://example.com/a.png' }, reference: { type: 'video', uri: 'https://example.com/a.mp4' }, ratio: '1280:720', bodyControl: true,
    })
  })

  test('pictures, with tags for those that the prompt speaks of', async () => {
    expect(await bodyOf('gen4_image', { kind: 'image', operation: 'image_edit', prompt: '@Image1 like @image 2', resolution: '1080p', aspectRatio: '1:1' }, [picture, picture])).toEqual({
      path: '/v1/text_to_image', model: 'gen4_image', promptText: '@Image1 like @Image2', ratio: '1080:1080', referenceImages: [{ uri: 'https://example.com/a.png', tag: 'Image1' }, { uri: 'https://example.com/a.png', tag: 'Image2' }],
    })
    expect(await bodyOf('seedream5_lite', { kind: 'image', operation: 'text_to_image', size: '2000x2000', count: 2 })).toMatchObject({ ratio: '2000:2000', outputCount: 2 })
  })
})

describe('materials', () => {
  const ticket: ScriptedAnswer = { status: 200, body: { uploadUrl: 'https://bucket.example.com/put', fields: { key: 'a', policy: 'b' }, runwayUri: 'runway://abc' } }
  const large = fixtureInput({ role: 'first_frame', bytes: new Uint8Array(4_000_000) })
  const turbo = { operation: 'image_to_video', durationSeconds: 5, resolution: '720p', aspectRatio: '1:1' } as const

  test('without an https address go as data', async () => {
    expect(await bodyOf('gen4_turbo', turbo, [fixtureInput({ role: 'first_frame', mediaType: 'image/PNG', url: 'http://example.com/a.png' })])).toMatchObject({ promptImage: 'data:image/png;base64,AQID' })
  })

  test('that are too large for it are uploaded first, without the key, the file last', async () => {
    const calls = await asked('gen4_turbo', turbo, { inputs: [large], answers: [ticket, { status: 204 }, CREATED] })
    expect(calls[0]).toMatchObject({ method: 'POST', path: '/v1/uploads', json: { filename: 'input.png', type: 'ephemeral' } })
    expect(calls[1]).toMatchObject({ method: 'POST', address: 'https://bucket.example.com/put', anonymous: true })
    expect([...(calls[1]?.form?.keys() ?? [])]).toEqual(['key', 'policy', 'file'])
    expect(calls[2]?.json).toMatchObject({ promptImage: 'runway://abc' })
  })

  test.each<[string, ScriptedAnswer[]]>([
    ['no ticket', [{ status: 500 }]],
    ['a ticket that cannot be read', [{ status: 200, text: '<html></html>' }]],
    ['a store that does not take it', [ticket, { status: 503 }]],
  ])('that could not be uploaded (%s) leave nothing in doubt', async (_what, answers) => {
    await expect(asked('gen4_turbo', turbo, { inputs: [large], answers })).rejects.toMatchObject({ kind: 'busy' })
  })

  test('that the account may not upload are refused', async () => {
    await expect(asked('gen4_turbo', turbo, { inputs: [large], answers: [{ status: 401, body: { error: 'no' } }] })).rejects.toMatchObject({ kind: 'credential' })
  })
})

test('a model or an operation that is not there is unfit, and refused', async () => {
  expect(runway.unfit?.(fixtureJob({ upstreamModel: 'constructor' }))).toMatchObject({ param: 'model' })
  expect(runway.unfit?.(fixtureJob({ upstreamModel: 'gen4_turbo' }))).toMatchObject({ param: 'inputs', message: expect.stringContaining('only image_to_video') })
  await expect(asked('constructor', {})).rejects.toMatchObject({ kind: 'refused', param: 'model' })
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b/c/d/e', '', 'x'.repeat(65), '%2e%2e%2e%2e']) expect(runway.handle.safeParse({ id }).success, id).toBe(false)
})

test('every call has the key and the version', () => {
  expect(runway.authorize(runway.credential.parse({ api_key: ' key_abc\n' }), { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ authorization: 'Bearer key_abc', 'x-runway-version': '2024-11-06' })
  expect(runway.credential.safeParse({ api_key: ' ' }).success).toBe(false)
})
