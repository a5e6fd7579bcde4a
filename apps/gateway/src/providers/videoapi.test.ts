import { expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { fixtureInput, fixtureJob, scriptedHttp, type ScriptedAnswer } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'
import { videoApi } from './videoapi.ts'

/** What is sent for a request, uploads first. Answers, errors and the life of a job are in the contract suite. */
async function sent(request: Partial<GenerationRequest> = {}, { inputs = [], uploads = [] }: { inputs?: JobInput[]; uploads?: ScriptedAnswer[] } = {}) {
  const { http, asked } = scriptedHttp([...uploads, { status: 200, body: { task_id: 'vidgen_1' } }])
  await videoApi.submit(fixtureJob({ request, upstreamModel: 'video-2.0', inputs }), http)
  return { asked, json: asked.at(-1)!.json }
}

const unfit = (request: Partial<GenerationRequest>) => videoApi.unfit!(fixtureJob({ request }))
const frame = (role: JobInput['role']) => ({ media: 'image' as const, role, source: { url: 'https://example.com/a.png' } })

test('says no more than was asked', async () => {
  expect((await sent()).json).toEqual({ model: 'video-2.0', type: 'text-to-video', prompt: 'a boat' })
})

test('carries every field of the page, and calls a ratio that follows the picture auto', async () => {
  expect((await sent({ resolution: '720p', durationSeconds: 'auto', aspectRatio: 'adaptive', size: '1280x720', audio: false, endUserId: 'c1' })).json).toEqual({
    model: 'video-2.0', type: 'text-to-video', prompt: 'a boat', resolution: '720p', duration: 'auto', aspect_ratio: 'auto', generate_audio: false, end_user_id: 'c1',
  })
})

test('puts material without a public address there first, each in a call of its own, and keeps the order', async () => {
  const inputs = [fixtureInput({ bytes: Uint8Array.of(7) }), fixtureInput({ url: 'https://example.com/b.png' }), fixtureInput({ url: 'http://example.com/plain.png' }), fixtureInput({ media: 'video', url: 'https://example.com/a.mp4' })]
  const uploads = ['one', 'two'].map((name) => ({ status: 200, body: { data: [{ filename: 'image.png', url: `https://there.example.com/uploads/${name}.png` }] } }))
  const { asked, json } = await sent({ operation: 'reference_to_video', prompt: '@Image1 and @Image3 on @Video1' }, { inputs, uploads })
  expect(asked.slice(0, 2)).toMatchObject([{ path: '/api/upload' }, { path: '/api/upload' }])
  expect((asked[0]!.form!.get('files') as File).size).toBe(1)
  expect(json).toMatchObject({
    type: 'reference-to-video',
    prompt: '@Image1 and @Image3 on @Video1',
    image_urls: ['https://there.example.com/uploads/one.png', 'https://example.com/b.png', 'https://there.example.com/uploads/two.png'],
    video_urls: ['https://example.com/a.mp4'],
  })
})

test('an upload that goes wrong has submitted nothing', async () => {
  const inputs = [fixtureInput()]
  for (const answer of [{ status: 500 }, { status: 200, text: '<html>' }, { status: 200, body: { data: [{ url: 'file:///etc/passwd' }] } }]) {
    await expect(sent({ operation: 'image_to_video' }, { inputs, uploads: [answer] })).rejects.toMatchObject({ kind: 'busy' })
  }
  await expect(sent({}, { inputs, uploads: [{ status: 413, body: { error: { code: 'too_large', message: 'too large' } } }] })).rejects.toMatchObject({ kind: 'refused', code: 'unsupported_media' })
  await expect(sent({}, { inputs, uploads: [{ status: 401, body: {} }] })).rejects.toMatchObject({ kind: 'credential' })
})

test.each([
  [{ operation: 'first_last_frame', inputs: [frame('first_frame'), frame('last_frame')] }, 'operation'],
  [{ operation: 'image_to_video', prompt: 'Move @Image1', inputs: [frame('first_frame')] }, 'prompt'],
  [{ operation: 'reference_to_video', inputs: [frame('reference'), frame('first_frame')] }, 'inputs'],
  [{ size: '1280x720' }, 'size'],
  [{ seed: 0 }, 'seed'],
  [{ durationSeconds: 4.5 }, 'durationSeconds'],
] satisfies [Partial<GenerationRequest>, string][])('%j does not fit, and %s is named', (request, param) => {
  expect(unfit(request)).toMatchObject({ param })
})

test('settings are a price of credits, and nothing else', () => {
  expect(videoApi.settings!.safeParse({}).success).toBe(true)
  expect(videoApi.settings!.safeParse({ usd_per_credit: 0.01 }).success).toBe(true)
  for (const settings of [{ usd_per_credit: -1 }, { usd_per_credit: '1' }, { usd: 1 }]) expect(videoApi.settings!.safeParse(settings).success).toBe(false)
})
