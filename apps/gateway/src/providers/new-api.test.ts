import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { newApi } from './new-api.ts'
import { fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sent(request: Partial<GenerationRequest> = {}, { inputs = [], model = 'a-model' }: { inputs?: JobInput[]; model?: string } = {}) {
  const { http, asked } = scriptedHttp([{ status: 200, body: { id: 'task_1', data: [] } }])
  await newApi.submit(fixtureJob({ request, upstreamModel: model, inputs }), http)
  return asked[0]!
}

const unfit = (request: Partial<GenerationRequest>) => newApi.unfit!(fixtureJob({ request }))
const image = { kind: 'image', operation: 'text_to_image' } as const

describe('a video', () => {
  test('says no more than was asked', async () => {
    expect(await sent()).toMatchObject({ path: '/v1/video/generations', json: { model: 'a-model', prompt: 'a boat' } })
    expect(Object.keys((await sent()).json as object)).toEqual(['model', 'prompt'])
  })

  test('carries every field, seed 0 too', async () => {
    expect((await sent({ size: '1280x720', durationSeconds: 5, seed: 0, endUserId: 'u1', negativePrompt: 'rain', resolution: '720p', aspectRatio: '16:9', vendor: { camera: 'slow' } })).json).toEqual({
      model: 'a-model', prompt: 'a boat', size: '1280x720', duration: 5, seed: 0, user: 'u1',
      metadata: { camera: 'slow', negative_prompt: 'rain', seed: 0, resolution: '720p', aspect_ratio: '16:9' },
    })
  })

  test.each([
    ['kling-v2-6', { aspect_ratio: '16:9', sound: 'off', mode: 'pro' }],
    ['doubao-seedance-1-5-pro', { ratio: '16:9', generate_audio: false }],
    ['veo-3.1', { aspect_ratio: '16:9', aspectRatio: '16:9', generateAudio: false }],
    ['viduq3', { aspect_ratio: '16:9', audio: false }],
  ])('speaks of ratio and sound in the words of %s', async (model, words) => {
    expect((await sent({ resolution: '1080p', aspectRatio: '16:9', audio: false }, { model })).json).toMatchObject({ metadata: { resolution: '1080p', ...words } })
  })

  test('gives a first frame as the image, a last one as its tail, and references as such', async () => {
    const frames = [fixtureInput({ role: 'last_frame', url: 'https://example.com/last.png' }), fixtureInput({ role: 'first_frame' })]
    expect((await sent({}, { inputs: frames })).json).toMatchObject({ image: 'data:image/png;base64,AQID', metadata: { image_tail: 'https://example.com/last.png' } })
    const references = [fixtureInput({ url: 'https://example.com/a.png' }), fixtureInput({ media: 'video', url: 'https://example.com/a.mp4' }), fixtureInput({ media: 'audio', url: 'https://example.com/a.mp3' })]
    expect((await sent({}, { inputs: references })).json).toMatchObject({
      metadata: { reference_images: ['https://example.com/a.png'], reference_videos: ['https://example.com/a.mp4'], reference_audios: ['https://example.com/a.mp3'] },
    })
  })
})

describe('pictures', () => {
  test('from words go as JSON', async () => {
    expect(await sent({ ...image, size: '1024x1024', quality: 'hd', style: 'vivid', seed: 0, count: 2, outputFormat: 'png', vendor: { background: 'opaque' } })).toMatchObject({
      path: '/v1/images/generations',
      json: { model: 'a-model', prompt: 'a boat', n: 2, size: '1024x1024', quality: 'hd', style: 'vivid', seed: 0, output_format: 'png', background: 'opaque' },
    })
  })

  test('from pictures go as a form, one as image and several as image[]', async () => {
    const edit = { kind: 'image', operation: 'image_edit' } as const
    const one = await sent(edit, { inputs: [fixtureInput({ role: 'source' })] })
    expect(one).toMatchObject({ path: '/v1/images/edits' })
    expect(Object.fromEntries([...one.form!.entries()].filter(([, value]) => typeof value === 'string'))).toEqual({ model: 'a-model', prompt: 'a boat', n: '1' })
    expect((one.form!.get('image') as File).size).toBe(3)
    expect((await sent(edit, { inputs: [fixtureInput({ role: 'source' }), fixtureInput()] })).form!.getAll('image[]')).toHaveLength(2)
  })

  test('with a mask get one that is transparent where the picture changes', async () => {
    const mask = await sharp(Buffer.from([255, 0]), { raw: { width: 2, height: 1, channels: 1 } }).png().toBuffer()
    for (const [vendor, alphas] of [[undefined, [0, 255]], [{ mask_changes: 'black' }, [255, 0]]] as const) {
      const { form } = await sent({ kind: 'image', operation: 'image_edit', ...(vendor && { vendor }) }, { inputs: [fixtureInput({ role: 'source' }), fixtureInput({ role: 'mask', bytes: mask })] })
      expect(form!.has('mask_changes')).toBe(false)
      const { data, info } = await sharp(await (form!.get('mask') as File).arrayBuffer()).raw().toBuffer({ resolveWithObject: true })
      expect(info.channels).toBe(4)
      expect([data[3], data[7]]).toEqual(alphas)
    }
  })
})

test.each([
  [{ operation: 'video_to_video' }, 'operation'],
  [{ style: 'anime' }, 'style'],
  [{ durationSeconds: 'auto' }, 'durationSeconds'],
  [{ count: 2 }, 'count'],
  [{ ...image, resolution: '2K' }, 'resolution'],
  [{ ...image, negativePrompt: 'rain' }, 'negativePrompt'],
] satisfies [Partial<GenerationRequest>, string][])('%j does not fit, and %s is named', (request, param) => {
  expect(unfit(request)).toMatchObject({ param })
})
