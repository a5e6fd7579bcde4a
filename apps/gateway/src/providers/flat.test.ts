import { expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { flat } from './flat.ts'
import { fixtureJob, scriptedHttp } from './provider.fixture.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function bodyOf(request: Partial<GenerationRequest> = {}): Promise<unknown> {
  const { http, asked } = scriptedHttp([{ status: 200, body: { id: 'video-task-1' } }])
  await flat.submit(fixtureJob({ request, upstreamModel: 'sora-2' }), http)
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/videos' })
  return asked[0]!.json
}

const unfit = (request: Partial<GenerationRequest>, upstreamModel = 'sora-2') => flat.unfit!(fixtureJob({ request, upstreamModel }))

test('the five fields of the page are all that is sent, seed 0 too', async () => {
  expect(await bodyOf()).toEqual({ model: 'sora-2', prompt: 'a boat' })
  expect(await bodyOf({ durationSeconds: 8, size: '1280x720', seed: 0, audio: true, resolution: '720p', aspectRatio: '16:9' })).toEqual({ model: 'sora-2', prompt: 'a boat', duration: 8, size: '1280x720', seed: 0 })
})

test('a resolution and a ratio come to a size', async () => {
  expect(await bodyOf({ resolution: '1080p', aspectRatio: '9:16' })).toMatchObject({ size: '1080x1920' })
  expect(await bodyOf({ resolution: '480p', aspectRatio: '16:9' })).toMatchObject({ size: '854x480' })
})

test.each([
  [{ resolution: '720p' }, 'resolution'],
  [{ aspectRatio: 'adaptive' }, 'aspectRatio'],
  [{ durationSeconds: 'auto' }, 'durationSeconds'],
  [{ durationSeconds: 4.5 }, 'durationSeconds'],
  [{ negativePrompt: 'rain' }, 'negativePrompt'],
  [{ vendor: { a: 1 } }, 'vendor'],
  [{ outputFormat: 'webm' }, 'outputFormat'],
  [{ count: 2 }, 'count'],
  [{ operation: 'extend' }, 'operation'],
] satisfies [Partial<GenerationRequest>, string][])('%j does not fit, and %s is named', (request, param) => {
  expect(unfit(request)).toMatchObject({ param })
})

test('sound is what the model makes anyway: always with Sora and Veo 3, never with others', () => {
  expect(unfit({ audio: true })).toBeUndefined()
  expect(unfit({ audio: false })).toMatchObject({ param: 'audio' })
  expect(unfit({ audio: true }, 'veo_3_1-fast')).toBeUndefined()
  expect(unfit({ audio: false }, 'veo2')).toBeUndefined()
  expect(unfit({ audio: true }, 'grok-imagine-video')).toMatchObject({ param: 'audio' })
  // Where an operator knows better than the name tells.
  const work = { request: { audio: true }, upstreamModel: 'grok-imagine-video' }
  expect(flat.unfit!(fixtureJob({ ...work, settings: { sound: 'always' } }))).toBeUndefined()
  expect(flat.unfit!(fixtureJob({ ...work, upstreamModel: 'sora-2', settings: { sound: 'never' } }))).toMatchObject({ param: 'audio' })
})

test('switches that are off ask for nothing', () => {
  expect(unfit({ upsample: false, enhancePrompt: false, loop: false, framesPerSecond: 24, outputFormat: 'mp4' })).toBeUndefined()
})
