import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { ideogram } from './ideogram.ts'
import { fixtureInput, fixtureJob, scriptedHttp } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'

/** What is sent for a request. Answers and errors are in the contract suite. */
async function sent(upstreamModel: string, request: Partial<GenerationRequest> = {}, inputs: JobInput[] = []) {
  const { http, asked } = scriptedHttp([{ status: 200, body: { data: [], descriptions: [] } }])
  await ideogram.submit(jobFor(upstreamModel, request, inputs), http)
  expect(asked).toHaveLength(1)
  const [call] = asked
  expect(call).toMatchObject({ method: 'POST', timeoutMs: 300_000 })
  const parts = [...(call?.form?.entries() ?? [])].map(([name, value]) => [name, typeof value === 'string' ? value : `${value.name} ${value.type}`])
  return { path: call !== undefined && 'path' in call ? call.path : '', json: call?.json, parts, form: call?.form }
}

function jobFor(upstreamModel: string, request: Partial<GenerationRequest>, inputs: JobInput[] = []) {
  const assets = inputs.map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/upload' } }))
  return fixtureJob({ upstreamModel, request: { kind: 'image', operation: 'text_to_image', inputs: assets, ...request }, inputs })
}

const unfit = (upstreamModel: string, request: Partial<GenerationRequest>, inputs: JobInput[] = []) => ideogram.unfit?.(jobFor(upstreamModel, request, inputs))?.param

const image = (role: JobInput['role'], mediaType = 'image/png'): JobInput => fixtureInput({ role, mediaType })
const FILE = 'picture.png image/png'

async function halves(): Promise<JobInput> {
  const bytes = await sharp(Uint8Array.of(255, 0), { raw: { width: 2, height: 1, channels: 1 } }).png().toBuffer()
  return fixtureInput({ role: 'mask', bytes: new Uint8Array(bytes) })
}

/** Of the two pixels of the mask that was sent. */
async function shadesOf(form: FormData | undefined): Promise<number[]> {
  const mask = form?.get('mask')
  if (!(mask instanceof File)) throw new Error('no mask was sent')
  return [...(await sharp(await mask.arrayBuffer()).greyscale().raw().toBuffer())].slice(0, 2)
}

describe('version 3', () => {
  test('generates with every field of its form, seed 0 too', async () => {
    const { path, parts } = await sent('V_3', {
      size: '1312x736', negativePrompt: 'rain', seed: 0, count: 2, enhancePrompt: false, quality: 'turbo',
      vendor: { color_palette: { name: 'EMBER' }, style_codes: ['a1b2c3d4', '00ff00ff'], style_preset: 'AURA', custom_model_uri: 'model/mine/version/1', enable_copyright_detection: true },
    })
    expect(path).toBe('/v1/ideogram-v3/generate')
    expect(parts).toEqual([
      ['prompt', 'a boat'], ['negative_prompt', 'rain'], ['seed', '0'], ['num_images', '2'], ['magic_prompt', 'OFF'], ['color_palette', '{"name":"EMBER"}'],
      ['style_codes', 'a1b2c3d4'], ['style_codes', '00ff00ff'], ['style_preset', 'AURA'], ['custom_model_uri', 'model/mine/version/1'], ['enable_copyright_detection', 'true'],
      ['rendering_speed', 'TURBO'], ['resolution', '1312x736'],
    ])
  })

  test('generates from references of style and character', async () => {
    const vendor = { references: [{ kind: 'style' }, { kind: 'character' }] }
    const { path, parts } = await sent('V_3', { operation: 'image_edit', prompt: 'as @Image1', vendor }, [image('reference'), image('reference', 'image/webp')])
    expect(path).toBe('/v1/ideogram-v3/generate')
    expect(parts).toEqual([['prompt', 'as image 1'], ['num_images', '1'], ['style_reference_images', FILE], ['character_reference_images', 'picture.webp image/webp']])
  })

  test('edits with a mask that is black where it changes, and says no size', async () => {
    const { path, parts, form } = await sent('V_3', { operation: 'image_edit', size: '1024x1024' }, [image('source'), await halves()])
    expect(path).toBe('/v1/ideogram-v3/edit')
    expect(parts).toEqual([['prompt', 'a boat'], ['num_images', '1'], ['image', FILE], ['mask', 'mask.png image/png']])
    expect(await shadesOf(form)).toEqual([0, 255])
  })

  test('leaves a mask as it is that is black already', async () => {
    const { form } = await sent('V_3', { operation: 'image_edit', vendor: { mask_changes: 'black' } }, [image('source'), await halves()])
    expect(await shadesOf(form)).toEqual([255, 0])
  })

  test.each([
    ['remix', '/v1/ideogram-v3/remix', { vendor: { image_weight: 30 } }, [['prompt', 'a boat'], ['image_weight', '30'], ['num_images', '1'], ['resolution', '1024x1024'], ['image', FILE]]],
    ['reframe', '/v1/ideogram-v3/reframe', { prompt: '', quality: 'quality' }, [['num_images', '1'], ['rendering_speed', 'QUALITY'], ['resolution', '1024x1024'], ['image', FILE]]],
    ['replace_background', '/v1/ideogram-v3/replace-background', { style: 'AUTO' }, [['prompt', 'a boat'], ['num_images', '1'], ['image', FILE]]],
    ['upscale', '/upscale', { prompt: '', quality: 'default', seed: 1, vendor: { resemblance: 60, detail: 1 } }, [['image_request', '{"seed":1,"resemblance":60,"detail":1,"num_images":1}'], ['image_file', FILE]]],
    ['describe', '/describe', { kind: 'text', prompt: '' }, [['describe_model_version', 'V_3'], ['image_file', FILE]]],
  ] as const)('does %s at %s', async (operation, path, request, parts) => {
    expect(await sent('V_3', { operation, size: '1024x1024', ...request }, [image('source')])).toMatchObject({ path, parts })
  })

  test('reads descriptions as words, one a line', async () => {
    const { http } = scriptedHttp([{ status: 200, body: { descriptions: [{ text: 'A boat.' }, { text: 'Paper.' }] } }])
    const { progress } = await ideogram.submit(jobFor('V_3', { operation: 'describe', kind: 'text', prompt: '' }, [image('source')]), http)
    expect(progress).toEqual({ state: 'done', results: [{ kind: 'text', text: 'A boat.\nPaper.', role: 'output' }] })
  })
})

describe('the models before it', () => {
  test('generate from JSON, with their own words', async () => {
    const { path, json } = await sent('V_2', { size: '1280x720', style: 'ANIME', enhancePrompt: true, vendor: { magic_prompt_version: 'V_0_3' } })
    expect(path).toBe('/generate')
    expect(json).toEqual({ image_request: { prompt: 'a boat', magic_prompt_option: 'ON', style_type: 'ANIME', magic_prompt_version: 'V_0_3', model: 'V_2', num_images: 1, resolution: 'RESOLUTION_1280_720' } })
  })

  test('know ratios only before the second generation, and in 2a', async () => {
    expect((await sent('V_1_TURBO', { size: '1312x736' })).json).toEqual({ image_request: { prompt: 'a boat', model: 'V_1_TURBO', num_images: 1, aspect_ratio: 'ASPECT_16_9' } })
    expect((await sent('V_2A', { size: '512x1536' })).json).toMatchObject({ image_request: { aspect_ratio: 'ASPECT_1_3' } })
  })

  test('remix from a file and JSON in a part', async () => {
    expect(await sent('V_2', { operation: 'remix', size: '1024x1024' }, [image('source')])).toMatchObject({
      path: '/remix', parts: [['image_request', '{"prompt":"a boat","model":"V_2","num_images":1,"resolution":"RESOLUTION_1024_1024"}'], ['image_file', FILE]],
    })
  })

  test('edit and reframe from parts that name the model', async () => {
    expect(await sent('V_2_TURBO', { operation: 'image_edit', size: '1024x1024' }, [image('source'), await halves()])).toMatchObject({
      path: '/edit', parts: [['prompt', 'a boat'], ['model', 'V_2_TURBO'], ['num_images', '1'], ['image_file', FILE], ['mask', 'mask.png image/png']],
    })
    expect(await sent('V_2', { operation: 'reframe', prompt: '', size: '1024x640' }, [image('source')])).toMatchObject({
      path: '/reframe', parts: [['model', 'V_2'], ['num_images', '1'], ['resolution', 'RESOLUTION_1024_640'], ['image_file', FILE]],
    })
  })

  test('describe as they do', async () => {
    expect((await sent('V_2_TURBO', { operation: 'describe', kind: 'text', prompt: '' }, [image('source')])).parts).toContainEqual(['describe_model_version', 'V_2'])
  })
})

describe('what is unfit', () => {
  test.each([
    ['V_3', { operation: 'remix' }, 'inputs'],
    ['V_3', { operation: 'text_to_video' }, 'operation'],
    ['V_3', { vendor: { image_weight: 50 } }, 'vendor.image_weight'],
    ['V_3', { vendor: { magic_prompt_version: 'V_0' } }, 'vendor.magic_prompt_version'],
    ['V_2', { vendor: { style_codes: ['a1b2c3d4'] } }, 'vendor.style_codes'],
    ['V_1', { style: 'REALISTIC' }, 'style'],
    ['V_1', { vendor: { color_palette: { name: 'EMBER' } } }, 'vendor.color_palette'],
    ['V_2', { size: '800x1280' }, 'size'],
    ['V_3', { outputFormat: 'jpeg' }, 'outputFormat'],
  ] satisfies [string, Partial<GenerationRequest>, string][])('%s with %j', (model, request, param) => {
    expect(unfit(model, request)).toBe(param)
  })

  test('with pictures: references of no kind, a mask where none is taken, a video', async () => {
    expect(unfit('V_3', { operation: 'image_edit' }, [image('reference')])).toBe('inputs')
    expect(unfit('V_3', { operation: 'remix', vendor: { references: [{ kind: 'motif' }] } }, [image('reference')])).toBe('inputs')
    expect(unfit('V_3', { operation: 'remix' }, [image('source'), await halves()])).toBe('inputs')
    expect(unfit('V_3', { operation: 'remix' }, [fixtureInput({ media: 'video', role: 'source' })])).toBe('inputs')
    expect(unfit('V_3', { operation: 'reframe', prompt: '' }, [image('source')])).toBe('size')
    expect(unfit('V_3', { operation: 'replace_background', enhancePrompt: true, style: 'REALISTIC' }, [image('source')])).toBe('style')
  })

  test('is refused by submit as well, and nothing is sent', async () => {
    const { http, asked } = scriptedHttp([])
    await expect(ideogram.submit(jobFor('V_3', { count: 9 }), http)).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'count' })
    await expect(ideogram.submit(jobFor('V_3', { operation: 'remix' }, [fixtureInput({ role: 'source', bytes: new Uint8Array(10 * 1024 * 1024 + 1) })]), http)).rejects.toMatchObject({ kind: 'refused', code: 'unsupported_media' })
    await expect(ideogram.submit(jobFor('V_3', { prompt: 'like @Image2', operation: 'remix' }, [image('source')]), http)).rejects.toMatchObject({ kind: 'refused', param: 'prompt' })
    expect(asked).toEqual([])
  })
})

test('the key goes into Api-Key', () => {
  expect(ideogram.authorize({ api_key: 'k' }, { method: 'GET', url: new URL('https://api.ideogram.ai/models'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ 'api-key': 'k' })
})
