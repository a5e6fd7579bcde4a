import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { bflFlux } from './bfl-flux.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function bodyOf(upstreamModel: string, request: Partial<GenerationRequest> = {}, { inputs = [], callbackUrl }: { inputs?: JobInput[]; callbackUrl?: string } = {}) {
  const { http, asked } = scriptedHttp([{ status: 200, body: { id: 'a-job', polling_url: 'https://api.eu1.bfl.ai/v1/get_result?id=a-job' } }])
  const { handle } = await bflFlux.submit(jobFor(upstreamModel, request, { inputs, ...(callbackUrl !== undefined && { callbackUrl }) }), http)
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({ method: 'POST', path: `/${upstreamModel}` })
  return { body: asked[0]?.json as Record<string, unknown>, handle }
}

function jobFor(upstreamModel: string, request: Partial<GenerationRequest>, { inputs = [], ...more }: { inputs?: JobInput[]; callbackUrl?: string } = {}) {
  const assets = inputs.map(({ media, role, url }) => ({ media, role, source: { url: url ?? 'https://example.com/upload' } }))
  return fixtureJob({ upstreamModel, request: { kind: 'image', operation: 'text_to_image', inputs: assets, ...request }, inputs, ...more })
}

const unfit = (upstreamModel: string, request: Partial<GenerationRequest>, inputs: JobInput[] = []) => bflFlux.unfit?.(jobFor(upstreamModel, request, { inputs }))?.param

const image = (role: JobInput['role'], url?: string): JobInput => fixtureInput({ role, ...(url !== undefined && { url }) })
/** The bytes of `fixtureInput`. */
const BARE = 'AQID'

describe('the body', () => {
  test('says no more than was asked', async () => {
    expect((await bodyOf('flux-2-pro')).body).toEqual({ prompt: 'a boat' })
  })

  test('carries every field, seed 0 too, and only the extras that the model knows', async () => {
    const { body } = await bodyOf('flux-2-flex', { size: '1024x768', seed: 0, enhancePrompt: false, outputFormat: 'webp', vendor: { steps: 20, guidance: 4, safety_tolerance: 0, raw: true } })
    expect(body).toEqual({ prompt: 'a boat', width: 1024, height: 768, seed: 0, prompt_upsampling: false, output_format: 'webp', steps: 20, guidance: 4, safety_tolerance: 0 })
  })

  test('says the frame as a ratio where the model knows ratios', async () => {
    expect((await bodyOf('flux-kontext-max', { aspectRatio: '9:21' })).body).toEqual({ prompt: 'a boat', aspect_ratio: '9:21' })
    expect((await bodyOf('flux-pro-1.1-ultra', { aspectRatio: '16:9', vendor: { raw: true } })).body).toEqual({ prompt: 'a boat', aspect_ratio: '16:9', raw: true })
  })

  test('numbers pictures from the second on, as links where they have one, else as bare base64', async () => {
    const inputs = [image('source', 'https://example.com/a.png'), image('reference'), image('reference', 'http://example.com/b.png')]
    const { body } = await bodyOf('flux-2-max', { operation: 'image_edit', prompt: '@Image1 wears @Image2' }, { inputs })
    expect(body).toEqual({ prompt: 'image 1 wears image 2', input_image: 'https://example.com/a.png', input_image_2: BARE, input_image_3: BARE })
  })

  test('takes a likeness as base64 alone', async () => {
    expect((await bodyOf('flux-pro-1.1', { operation: 'image_edit' }, { inputs: [image('reference', 'https://example.com/a.png')] })).body).toEqual({ prompt: 'a boat', image_prompt: BARE })
  })

  test('turns a mask white where it changes', async () => {
    const clear = await sharp({ create: { width: 1, height: 1, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).png().toBuffer()
    const mask = fixtureInput({ role: 'mask', bytes: new Uint8Array(clear) })
    const { body } = await bodyOf('flux-pro-1.0-fill', { operation: 'image_edit', prompt: '' }, { inputs: [image('source'), mask] })
    expect(Object.keys(body).toSorted()).toEqual(['image', 'mask'])
    expect((await sharp(Buffer.from(String(body['mask']), 'base64')).greyscale().raw().toBuffer())[0]).toBe(255)
  })

  test('adds margins', async () => {
    const { body } = await bodyOf('flux-pro-1.0-expand', { operation: 'reframe', vendor: { left: 256, top: 0 } }, { inputs: [image('source')] })
    expect(body).toEqual({ prompt: 'a boat', image: BARE, left: 256, top: 0 })
  })

  test('asks to be called back, at the paths that can', async () => {
    expect((await bodyOf('flux-dev', {}, { callbackUrl: 'https://gateway.example.com/c/1' })).body).toMatchObject({ webhook_url: 'https://gateway.example.com/c/1' })
    expect((await bodyOf('flux-3-video', { kind: 'video', operation: 'text_to_video' }, { callbackUrl: 'https://gateway.example.com/c/1' })).body).toEqual({ prompt: 'a boat', mode: 't2v' })
  })
})

describe('the body of a video', () => {
  const video = (request: Partial<GenerationRequest>, inputs: JobInput[] = []) => bodyOf('flux-3-video', { kind: 'video', operation: 'text_to_video', ...request }, { inputs })

  test('has tiers for resolutions, and auto for what the model decides', async () => {
    const { body } = await video({ resolution: '1080p', size: '1920x1080', aspectRatio: 'adaptive', durationSeconds: 'auto', audio: false, vendor: { version: 'latest', safety_tolerance: 4 } })
    expect(body).toEqual({ prompt: 'a boat', mode: 't2v', resolution: 'fhd', aspect_ratio: 'auto', duration: 'auto', generate_audio: false, version: 'latest', safety_tolerance: 4 })
  })

  test('has its frames in the order of their roles', async () => {
    const { body } = await video({ operation: 'first_last_frame', resolution: '720p' }, [image('last_frame'), image('first_frame', 'https://example.com/first.png')])
    expect(body).toEqual({ prompt: 'a boat', mode: 'i2v', resolution: 'hd', keyframes: ['https://example.com/first.png', BARE] })
  })

  test('goes on from a video', async () => {
    const { body } = await video({ operation: 'extend' }, [fixtureInput({ media: 'video', role: 'source', url: 'https://example.com/a.mp4' })])
    expect(body).toEqual({ prompt: 'a boat', mode: 'v2v', start_video: 'https://example.com/a.mp4' })
  })
})

describe('what is unfit', () => {
  test.each([
    ['flux-2-pro', { enhancePrompt: true }, 'enhancePrompt'],
    ['flux-2-pro', { aspectRatio: '16:9' }, 'aspectRatio'],
    ['flux-2-pro', { size: 'wide' }, 'size'],
    ['flux-pro-1.1', { size: '1024x250' }, 'size'],
    ['flux-kontext-pro', { aspectRatio: 'adaptive' }, 'aspectRatio'],
    ['flux-pro-1.0-fill', { operation: 'image_edit' }, 'inputs'],
    ['flux-pro-1.0-fill', { operation: 'text_to_image' }, 'operation'],
    ['flux-2-flex', { vendor: { steps: 51 } }, 'vendor.steps'],
    ['flux-2-flex', { vendor: { guidance: '4' } }, 'vendor.guidance'],
    ['flux-3-video', { operation: 'text_to_video', aspectRatio: '3:2' }, 'aspectRatio'],
    ['flux-3-video', { operation: 'text_to_video', size: '1280x720' }, 'size'],
    ['flux-3-video', { operation: 'video_to_video' }, 'operation'],
    ['flux-2-pro', { operation: 'upscale' }, 'operation'],
  ] satisfies [string, Partial<GenerationRequest>, string][])('%s with %j', (model, request, param) => {
    expect(unfit(model, request)).toBe(param)
  })

  test('a video beside frames', () => {
    expect(unfit('flux-3-video', { operation: 'extend' }, [fixtureInput({ media: 'video', role: 'source' }), image('first_frame')])).toBe('inputs')
  })

  test('is refused by submit as well, and nothing is sent', async () => {
    const { http, asked } = scriptedHttp([])
    await expect(bflFlux.submit(jobFor('flux-2-pro', { count: 2 }), http)).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'count' })
    expect(asked).toEqual([])
  })
})

describe('the handle', () => {
  test('keeps the address of the region, which is asked again', async () => {
    const { handle } = await bodyOf('flux-2-pro')
    expect(handle).toEqual({ id: 'a-job', pollingUrl: 'https://api.eu1.bfl.ai/v1/get_result?id=a-job' })
    const { http, asked } = scriptedHttp([{ status: 200, body: { id: 'a-job', status: 'Pending' } }])
    await bflFlux.check(handle, http)
    expect(asked).toEqual([{ method: 'GET', address: 'https://api.eu1.bfl.ai/v1/get_result?id=a-job' }])
  })

  test('of a job that calls back is what the callback names', () => {
    expect(bflFlux.callback?.(callbackMessage({ id: 'a-job', status: 'Ready', result: { sample: 'https://evil.example' } }))).toEqual({ handle: { id: 'a-job' } })
    expect(bflFlux.callback?.(callbackMessage({ id: 'a/../job' }))).toEqual({})
  })

  test('leads only to hosts of the API, never to those of results', () => {
    const trusted = (host: string): boolean => bflFlux.sisterHosts?.some((pattern) => pattern.test(host)) ?? false
    expect(['api.bfl.ai', 'api.eu.bfl.ai', 'api.us1.bfl.ai'].map(trusted)).toEqual([true, true, true])
    expect(['delivery-eu1.bfl.ai', 'delivery.us1.bfl.ai', 'bfl.ai', 'api.bfl.ai.example.com', 'evilapi.bfl.ai'].map(trusted)).toEqual([false, false, false, false, false])
  })
})

describe('a result', () => {
  const source = { kind: 'provider', role: 'output', reference: { handle: { id: 'a-job' }, sample: 'https://delivery.example/old' } } as const

  test('is asked for anew, for its link lives for minutes', async () => {
    const { http } = scriptedHttp([{ status: 200, body: { id: 'a-job', status: 'Ready', result: { sample: 'https://delivery.example/new' } } }])
    expect(await bflFlux.open?.(source, jobFor('flux-2-pro', {}), http)).toEqual({ url: 'https://delivery.example/new' })
  })

  test('is looked for under the old link when the task is gone', async () => {
    const { http } = scriptedHttp([{ status: 404, body: { id: 'a-job', status: 'Task not found' } }])
    expect(await bflFlux.open?.(source, jobFor('flux-2-pro', {}), http)).toEqual({ url: 'https://delivery.example/old' })
  })
})

test('the key goes into x-key', () => {
  expect(bflFlux.authorize({ api_key: 'bfl_k' }, { method: 'GET', url: new URL('https://api.bfl.ai/v1/credits'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ 'x-key': 'bfl_k' })
})
