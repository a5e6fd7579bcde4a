import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { openAi } from './openai.ts'
import { fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { Job, JobInput, UpstreamRequest } from './provider.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sent(request: Partial<GenerationRequest>, { inputs = [], model = 'sora-2', ...job }: Partial<Omit<Job, 'request'>> & { inputs?: JobInput[]; model?: string } = {}): Promise<UpstreamRequest & { path: string }> {
  const answer = request.kind === 'image' ? { created: 1, data: [] } : { id: 'video_1' }
  const { http, asked } = scriptedHttp([{ status: 200, body: answer }])
  await openAi.submit(fixtureJob({ request: { model, ...request }, upstreamModel: model, inputs, ...job }), http)
  expect(asked).toHaveLength(1)
  expect(asked[0]?.method).toBe('POST')
  return asked[0] as UpstreamRequest & { path: string }
}

async function parts({ form }: UpstreamRequest): Promise<[string, string][]> {
  return [...(form ?? new FormData()).entries()].map(([name, value]) => [name, typeof value === 'string' ? value : `${value.name} ${value.type}`])
}

function unfit(request: Partial<GenerationRequest>, { model = 'sora-2', ...work }: Partial<Omit<Job, 'request'>> & { model?: string } = {}): string | undefined {
  return openAi.unfit?.(fixtureJob({ request: { model, ...request }, upstreamModel: model, ...work }))?.param
}

async function picture(width: number, height: number): Promise<Uint8Array> {
  return sharp({ create: { width, height, channels: 3, background: '#336699' } }).png().toBuffer()
}

const VIDEO = fixtureInput({ media: 'video', role: 'source', mediaType: 'video/mp4' })
const PARENT = { handle: { kind: 'video', id: 'video_parent' }, upstreamModel: 'sora-2', kept: { seconds: 8, size: '1280x720' } }
const SERVER = { limits: 'server' }

describe('a video', () => {
  test('is asked for with no more than what was asked, in texts', async () => {
    expect(await sent({ durationSeconds: 8, size: '1280x720', audio: true })).toMatchObject({ path: '/videos', json: { model: 'sora-2', prompt: 'a boat', seconds: '8', size: '1280x720' } })
    expect((await sent({})).json).toEqual({ model: 'sora-2', prompt: 'a boat' })
  })

  test.each([[1, '4'], [4, '4'], [5, '8'], [10, '12'], [13, '16'], [20, '20']])('of %i s is asked for in the next of the vendor’s lengths, %s', async (durationSeconds, seconds) => {
    expect((await sent({ durationSeconds })).json).toMatchObject({ seconds })
  })

  test('is asked of another server in the length and size that were asked for', async () => {
    expect((await sent({ durationSeconds: 5, size: '1000x1000' }, { settings: SERVER })).json).toMatchObject({ seconds: '5', size: '1000x1000' })
  })

  test('from a first frame is a form with the picture', async () => {
    const frame = fixtureInput({ role: 'first_frame', bytes: await picture(72, 128) })
    const asked = await sent({ operation: 'image_to_video', size: '72x128', durationSeconds: 4, prompt: '@Image1 waves' }, { inputs: [frame] })
    expect(await parts(asked)).toEqual([['model', 'sora-2'], ['prompt', 'image 1 waves'], ['seconds', '4'], ['size', '72x128'], ['input_reference', 'first-frame.png image/png']])
  })

  test('from a first frame of another size is refused before it is sent, but not where a server may fit it', async () => {
    const inputs = [fixtureInput({ role: 'first_frame', bytes: await picture(64, 64) })]
    await expect(sent({ size: '1280x720' }, { inputs })).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'inputs', message: expect.stringContaining('1280x720, not 64x64') })
    expect((await sent({ size: '1280x720' }, { inputs, settings: SERVER })).path).toBe('/videos')
  })

  test('from a GIF is refused, and from what cannot be measured is the vendor’s to judge', async () => {
    await expect(sent({}, { inputs: [fixtureInput({ role: 'first_frame', mediaType: 'image/gif' })] })).rejects.toMatchObject({ kind: 'refused', code: 'unsupported_media', param: 'inputs' })
    expect((await sent({ size: '1280x720' }, { inputs: [fixtureInput({ role: 'first_frame' })] })).path).toBe('/videos')
  })
})

describe('a video that goes on from another', () => {
  test('is remixed and extended by its id where this account made it', async () => {
    expect(await sent({ operation: 'remix', prompt: 'at night' }, { inputs: [VIDEO], parent: PARENT })).toMatchObject({ path: '/videos/video_parent/remix', json: { prompt: 'at night' } })
    expect(await sent({ operation: 'extend', prompt: 'on and on', durationSeconds: 8 }, { inputs: [VIDEO], parent: PARENT })).toMatchObject({ path: '/videos/extensions', json: { prompt: 'on and on', seconds: '8', video: { id: 'video_parent' } } })
  })

  test('is sent as a file where another account or model made it, with the model that is to work on it', async () => {
    expect(await parts(await sent({ operation: 'remix' }, { inputs: [VIDEO] }))).toEqual([['model', 'sora-2'], ['prompt', 'a boat'], ['video', 'video.mp4 video/mp4']])
    const other = await sent({ operation: 'remix' }, { inputs: [VIDEO], parent: PARENT, model: 'sora-2-pro' })
    expect(other.path).toBe('/videos/edits')
    const extended = await sent({ operation: 'extend', durationSeconds: 4 }, { inputs: [VIDEO] })
    expect(await parts(extended)).toEqual([['model', 'sora-2'], ['prompt', 'a boat'], ['seconds', '4'], ['video', 'video.mp4 video/mp4']])
  })

  test('is not made longer or larger than what is paid for', () => {
    const remix = { operation: 'remix', inputs: [{ media: 'video', role: 'source', source: { storageKey: 'a', mediaType: 'video/mp4', bytes: 1, durationSeconds: 8.04 } }] } satisfies Partial<GenerationRequest>
    expect(unfit({ ...remix, durationSeconds: 4 }, { parent: PARENT })).toBe('durationSeconds')
    expect(unfit({ ...remix, durationSeconds: 4 })).toBe('durationSeconds')
    expect(unfit({ ...remix, durationSeconds: 8 })).toBeUndefined()
    expect(unfit({ ...remix, durationSeconds: 5 }, { parent: PARENT })).toBeUndefined()
    expect(unfit({ ...remix, durationSeconds: 8, size: '720x1280' }, { parent: PARENT })).toBe('size')
    expect(unfit({ ...remix, operation: 'extend', durationSeconds: 4, size: '720x1280' }, { parent: PARENT })).toBe('size')
  })
})

describe('pictures', () => {
  const GPT = { kind: 'image', operation: 'text_to_image' } as const

  test('are asked for in JSON, with the extras of the list and a hashed end user', async () => {
    const { path, json, timeoutMs } = await sent({ ...GPT, count: 2, size: '1536x1024', quality: 'low', outputFormat: 'webp', endUserId: 'alice', vendor: { background: 'transparent', output_compression: 0, seed: 7 } }, { model: 'gpt-image-2' })
    expect({ path, json }).toEqual({ path: '/images/generations', json: { model: 'gpt-image-2', prompt: 'a boat', n: 2, size: '1536x1024', quality: 'low', output_format: 'webp', background: 'transparent', output_compression: 0, user: expect.stringMatching(/^[0-9a-f]{64}$/) } })
    expect(timeoutMs).toBeGreaterThan(100_000)
  })

  test('of DALL·E are asked for as base64, since they would be links, whatever the deployment is called', async () => {
    expect((await sent({ ...GPT, style: 'vivid', outputFormat: 'png' }, { model: 'dall-e-3' })).json).toEqual({ model: 'dall-e-3', prompt: 'a boat', style: 'vivid', response_format: 'b64_json' })
    expect((await sent({ ...GPT, model: 'dall-e-2' }, { model: 'our-deployment' })).json).toMatchObject({ response_format: 'b64_json' })
  })

  test('are edited in a form: one as image, several as image[]', async () => {
    const one = await sent({ ...GPT, operation: 'image_edit' }, { model: 'gpt-image-1', inputs: [fixtureInput({ role: 'source', mediaType: 'image/JPEG' })] })
    expect(await parts(one)).toEqual([['model', 'gpt-image-1'], ['prompt', 'a boat'], ['image', 'image-1.jpg image/jpeg']])
    const two = await sent({ ...GPT, operation: 'image_edit', prompt: '@Image2 like @Image1', count: 3 }, { model: 'gpt-image-1', inputs: [fixtureInput(), fixtureInput({ mediaType: 'image/webp' })] })
    expect(await parts(two)).toEqual([['model', 'gpt-image-1'], ['prompt', 'image 2 like image 1'], ['n', '3'], ['image[]', 'image-1.png image/png'], ['image[]', 'image-2.webp image/webp']])
  })

  test('are varied without words', async () => {
    const asked = await sent({ ...GPT, operation: 'variation', prompt: '' }, { model: 'dall-e-2', inputs: [fixtureInput({ role: 'source' })] })
    expect(asked.path).toBe('/images/variations')
    expect(await parts(asked)).toEqual([['model', 'dall-e-2'], ['response_format', 'b64_json'], ['image', 'image-1.png image/png']])
  })
})

describe('a mask', () => {
  const masked = async (bytes: Uint8Array, vendor: Record<string, unknown> = {}, mediaType = 'image/png'): Promise<Buffer> => {
    const { form } = await sent({ kind: 'image', operation: 'image_edit', vendor }, { model: 'gpt-image-1', inputs: [fixtureInput({ role: 'source' }), fixtureInput({ role: 'mask', bytes, mediaType })] })
    const mask = form?.get('mask')
    if (!(mask instanceof File)) throw new Error('no mask was sent')
    return Buffer.from(await mask.arrayBuffer())
  }
  const alphas = async (png: Buffer): Promise<number[]> => [...(await sharp(png).ensureAlpha().extractChannel(3).raw().toBuffer())]
  /** A black pixel, then a white one. */
  const drawn = (channels: 1 | 3): Promise<Buffer> => sharp(Buffer.from(channels === 1 ? [0, 255] : [0, 0, 0, 255, 255, 255]), { raw: { width: 2, height: 1, channels } }).png().toBuffer()

  test.each([1, 3] as const)('of white that changes becomes one of holes, from %i channels', async (channels) => {
    expect(await alphas(await masked(await drawn(channels)))).toEqual([255, 0])
  })

  test('may say that black is what changes', async () => {
    expect(await alphas(await masked(await drawn(3), { mask_changes: 'black' }))).toEqual([0, 255])
  })

  test('that has holes keeps them, as PNG', async () => {
    const holes = sharp(Buffer.from([9, 9, 9, 0, 9, 9, 9, 255]), { raw: { width: 2, height: 1, channels: 4 } })
    const sentMask = await masked(await holes.webp({ lossless: true }).toBuffer(), {}, 'image/webp')
    expect((await sharp(sentMask).metadata()).format).toBe('png')
    expect(await alphas(sentMask)).toEqual([0, 255])
  })

  test('that is no picture is refused', async () => {
    await expect(masked(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ kind: 'refused', code: 'unsupported_media', param: 'inputs' })
  })
})

describe('what the wire has no word for is not routed here', () => {
  test.each([
    [{ seed: 0 }, 'seed'], [{ negativePrompt: 'rain' }, 'negativePrompt'], [{ audio: false }, 'audio'], [{ count: 2 }, 'count'], [{ operation: 'lip_sync' as const }, 'operation'],
    [{ durationSeconds: 21 }, 'durationSeconds'], [{ size: '1792x1024' }, 'size'], [{ aspectRatio: '16:9' }, 'size'],
    [{ inputs: [{ media: 'image' as const, role: 'reference' as const, source: { url: 'https://example.com/a.png' } }] }, 'inputs'],
  ])('%j', (request, param) => {
    expect(unfit(request)).toBe(param)
  })

  test('pictures: fields and extras of other wires, but anything in size and quality at another server', () => {
    const image = { kind: 'image', operation: 'text_to_image' } as const
    expect(unfit({ ...image, vendor: { watermark: false } }, { model: 'gpt-image-2' })).toBe('vendor.watermark')
    expect(unfit({ ...image, negativePrompt: 'rain' }, { model: 'gpt-image-2' })).toBe('negativePrompt')
    expect(unfit({ ...image, style: 'vivid' }, { model: 'gpt-image-2' })).toBe('style')
    expect(unfit({ ...image, outputFormat: 'jpeg' }, { model: 'dall-e-3' })).toBe('outputFormat')
    expect(unfit({ ...image, size: '500x500', quality: 'best' }, { model: 'their-model', settings: SERVER })).toBeUndefined()
  })
})

test('a poster is not asked of servers that would send the video again', async () => {
  const job = fixtureJob({ settings: SERVER })
  const { http } = scriptedHttp([])
  await expect((async () => openAi.open?.({ kind: 'provider', reference: { id: 'video_1', variant: 'thumbnail' }, role: 'poster' }, job, http))()).rejects.toMatchObject({ kind: 'refused' })
})

test('a handle is nothing that could climb out of a path', () => {
  for (const id of ['..', 'a/b', 'a?b', '', 'x'.repeat(513), 'a b', '%2e%2e']) expect(openAi.handle.safeParse({ kind: 'video', id }).success, id).toBe(false)
  expect(openAi.handle.safeParse({ kind: 'video', id: 'video_bGl0ZWxsbTpjdXN0b20=' }).success).toBe(true)
})

test('a credential is a key, with the organisation and project that the operator may name', () => {
  const call = { method: 'GET', url: new URL('https://example.com'), body: undefined, contentType: undefined, nowMs: 0 } as const
  expect(openAi.authorize(openAi.credential.parse({ api_key: ' sk-abc\n' }), call)).toEqual({ authorization: 'Bearer sk-abc' })
  expect(openAi.authorize(openAi.credential.parse({ api_key: 'sk-abc', organization: 'org-1', project: 'proj-1' }), call)).toEqual({ authorization: 'Bearer sk-abc', 'openai-organization': 'org-1', 'openai-project': 'proj-1' })
  expect(openAi.credential.safeParse({ api_key: ' ' }).success).toBe(false)
  expect(openAi.settings?.parse({})).toEqual({ limits: 'openai' })
})
