import { expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'
import { unified } from './unified.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function bodyOf(request: Partial<GenerationRequest> = {}, { inputs = [], model = 'veo3.1-fast' }: { inputs?: JobInput[]; model?: string } = {}): Promise<unknown> {
  const { http, asked } = scriptedHttp([{ status: 200, body: { id: 'veo3:1-a' } }])
  await unified.submit(fixtureJob({ request, upstreamModel: model, inputs }), http)
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/video/create' })
  return asked[0]!.json
}

const unfit = (request: Partial<GenerationRequest>, upstreamModel = 'veo3.1-fast') => unified.unfit!(fixtureJob({ request, upstreamModel }))

test('says no more than was asked', async () => {
  expect(await bodyOf()).toEqual({ model: 'veo3.1-fast', prompt: 'a boat' })
})

test('tells Veo a ratio, and its two switches when they are given', async () => {
  expect(await bodyOf({ aspectRatio: '9:16', resolution: '720p', size: '720x1280', durationSeconds: 8, upsample: false, enhancePrompt: true })).toEqual({
    model: 'veo3.1-fast', prompt: 'a boat', aspect_ratio: '9:16', duration: 8, enable_upsample: false, enhance_prompt: true,
  })
})

test.each([
  ['1280x720', { orientation: 'landscape', size: 'small' }],
  ['1024x1792', { orientation: 'portrait', size: 'medium' }],
  ['1920x1080', { orientation: 'landscape', size: 'large' }],
])('tells Sora %s as words', async (size, words) => {
  expect(await bodyOf({ size }, { model: 'sora-2-all' })).toEqual({ model: 'sora-2-all', prompt: 'a boat', ...words })
})

test('gives the frames in their order, whatever order they came in', async () => {
  const inputs = [fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' }), fixtureInput({ role: 'first_frame' })]
  expect(await bodyOf({}, { inputs })).toMatchObject({ images: ['data:image/png;base64,AQID', 'https://example.com/last.png'] })
})

test('the id, which has a colon, goes into the query', async () => {
  const { http, asked } = scriptedHttp([{ status: 200, body: { id: 'veo3:1-a', status: 'pending' } }])
  await unified.check({ id: 'veo3:1-a' }, http)
  expect(asked[0]).toMatchObject({ path: '/video/query', query: { id: 'veo3:1-a' } })
})

test('a resolution must be the one that the name of a Veo stands for', () => {
  expect(unfit({ resolution: '720p' })).toBeUndefined()
  expect(unfit({ resolution: '1080p' })).toMatchObject({ param: 'resolution' })
  expect(unfit({ resolution: '1080p' }, 'veo_3_1-fast-hd')).toBeUndefined()
  expect(unfit({ resolution: '4k' }, 'veo3.1-4k')).toBeUndefined()
})

test.each([
  [{ size: '640x360' }, 'size', 'sora-2-all'],
  [{ aspectRatio: '1:1' }, 'aspectRatio', 'sora-2-all'],
  [{ size: '1280x720' }, 'size', 'veo3'],
  [{ seed: 0 }, 'seed', 'veo3'],
  [{ durationSeconds: 'auto' }, 'durationSeconds', 'veo3'],
  [{ audio: false }, 'audio', 'veo3'],
] satisfies [Partial<GenerationRequest>, string, string][])('%j does not fit, and %s is named', (request, param, model) => {
  expect(unfit(request, model)).toMatchObject({ param })
})
