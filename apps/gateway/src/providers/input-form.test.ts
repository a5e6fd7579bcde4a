import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import { fields, fillForm, named, secondsFrom, silent, unfitForForm, type InputForm } from './input-form.ts'
import { fixtureInput, fixtureJob } from './provider.fixture.ts'
import type { JobInput } from './provider.ts'

const FORM: InputForm = {
  seed: 'seed',
  negativePrompt: 'negative_prompt',
  maxPromptUnits: 20,
  frame: fields({ '720p 16:9': { ratio: 'wide' }, '720p 1:1': { ratio: 'square' }, '1280x720': { ratio: 'wide' }, '16:9': { ratio: 'wide' } }),
  choices: { durationSeconds: named('duration', { 5: '5s', 10: '10s' }), audio: named('sound', [true, false]), quality: silent('high'), count: named('n', secondsFrom(1, 3)) },
  vendor: { cfg: 'cfg_scale', tolerance: { name: 'safety', as: String } },
  always: { safe: true },
  materials: [
    { name: 'start', media: 'image', roles: ['first_frame'], max: 1 },
    { name: 'images', media: 'image', roles: ['reference', 'source'], max: 2, each: (url, { number }) => `${number}:${url}`, besides: (count) => ({ tags: count }) },
  ],
}

function requestOf(request: Partial<GenerationRequest>, inputs: readonly JobInput[] = []): GenerationRequest {
  return fixtureJob({ request: { ...request, inputs: inputs.map(({ media, role, url = 'https://example.com/x' }) => ({ media, role, source: { url } })) } }).request
}

function filled(request: Partial<GenerationRequest>, inputs: JobInput[] = [], form: InputForm = FORM) {
  return fillForm(form, { request: requestOf(request, inputs), inputs }, (input) => Promise.resolve(input.url ?? 'data:'))
}

function unfit(request: Partial<GenerationRequest>, inputs: JobInput[] = [], form: InputForm = FORM) {
  return unfitForForm(form, requestOf(request, inputs))
}

describe('a filled form', () => {
  test('says no more than was asked', async () => {
    expect(await filled({})).toEqual({ safe: true, prompt: 'a boat', n: 1 })
    expect(await filled({}, [], {})).toEqual({ prompt: 'a boat' })
  })

  test('says every field in the words of the upstream, seed 0 and false too', async () => {
    expect(await filled({ seed: 0, negativePrompt: 'rain', durationSeconds: 5, resolution: '720p', aspectRatio: '1:1', audio: false, quality: 'high', count: 2, vendor: { cfg: 0.5, tolerance: 2, mask_changes: 'black' } }))
      .toEqual({ safe: true, prompt: 'a boat', seed: 0, negative_prompt: 'rain', duration: '5s', ratio: 'square', sound: false, n: 2, cfg_scale: 0.5, safety: '2' })
  })

  test('knows a frame by resolution and ratio, by its size, or by its ratio', async () => {
    for (const frame of [{ resolution: '720p', aspectRatio: '16:9', size: '1279x721' }, { size: '1280x720' }, { aspectRatio: '16:9' }]) expect(await filled(frame)).toMatchObject({ ratio: 'wide' })
  })

  test('writes any size where the upstream draws any, unless there is a word for it', async () => {
    const form = { ...FORM, freeSize: (size: string) => ({ width: Number(size.split('x')[0]) }) }
    expect(await filled({ resolution: '2K', aspectRatio: '16:9', size: '2720x1530' }, [], form)).toMatchObject({ width: 2720 })
    expect(await filled({ size: '1280x720' }, [], form)).toMatchObject({ ratio: 'wide' })
  })

  test('makes a size as the listed one that it nearly is, and no other', async () => {
    expect(await filled({ aspectRatio: '16:9', size: '1274x716' })).toMatchObject({ ratio: 'wide' })
    expect(unfit({ aspectRatio: '16:9', size: '1920x1080' })).toMatchObject({ param: 'aspectRatio' })
    expect(unfit({ size: '1200x720' })).toMatchObject({ param: 'size' })
    expect(await filled({ aspectRatio: '16:9', size: '1920x1080' }, [], { ...FORM, freeSize: (size) => ({ size }) })).toMatchObject({ size: '1920x1080' })
  })

  test('puts materials where they belong, in their order', async () => {
    const inputs = [fixtureInput({ url: 'https://example.com/a' }), fixtureInput({ role: 'first_frame', url: 'https://example.com/f' }), fixtureInput({ role: 'source', url: 'https://example.com/b' })]
    expect(await filled({}, inputs)).toMatchObject({ start: 'https://example.com/f', images: ['1:https://example.com/a', '2:https://example.com/b'], tags: 2 })
  })

  test('joins the slots that share a name', async () => {
    const form: InputForm = { materials: [{ name: 'frames', media: 'image', roles: ['first_frame'], max: 1, list: true }, { name: 'frames', media: 'image', roles: ['last_frame'], max: 1, list: true }] }
    const inputs = [fixtureInput({ role: 'last_frame', url: 'https://example.com/l' }), fixtureInput({ role: 'first_frame', url: 'https://example.com/f' })]
    expect(await filled({}, inputs, form)).toMatchObject({ frames: ['https://example.com/f', 'https://example.com/l'] })
  })

  test('speaks of materials in plain words, or in the words of the form', async () => {
    const inputs = [fixtureInput({ url: 'https://example.com/a' })]
    expect(await filled({ prompt: '@Image1 waves' }, inputs)).toMatchObject({ prompt: 'image 1 waves' })
    expect(await filled({ prompt: '@Image1 waves' }, inputs, { ...FORM, reference: ({ number }) => `<${number}>` })).toMatchObject({ prompt: '<1> waves' })
    await expect(filled({ prompt: '@Image2 waves' }, inputs)).rejects.toMatchObject({ kind: 'refused', param: 'prompt' })
  })

  test('is refused before a material is looked at', async () => {
    await expect(filled({ durationSeconds: 7 }, [fixtureInput({ url: 'https://example.com/a' })])).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'durationSeconds', message: 'A duration of 7 cannot be had here, only 5, 10' })
  })

  test('takes a seed of -1 for none', async () => {
    expect(await filled({ seed: -1 })).not.toHaveProperty('seed')
    expect(unfit({ seed: -1 }, [], {})).toBeUndefined()
  })
})

describe('unfit is, by its canonical name,', () => {
  test.each<[Partial<GenerationRequest>, string]>([
    [{ prompt: ' ' }, 'prompt'],
    [{ prompt: 'x'.repeat(21) }, 'prompt'],
    [{ durationSeconds: 'auto' }, 'durationSeconds'],
    [{ resolution: '1080p', aspectRatio: '16:9' }, 'resolution'],
    [{ resolution: '720p', aspectRatio: '4:3' }, 'aspectRatio'],
    [{ aspectRatio: '4:3' }, 'aspectRatio'],
    [{ size: '100x100' }, 'size'],
    [{ quality: 'low' }, 'quality'],
    [{ style: 'anime' }, 'style'],
    [{ count: 4 }, 'count'],
    [{ outputFormat: 'webp' }, 'outputFormat'],
    [{ enhancePrompt: true }, 'enhancePrompt'],
    [{ upsample: true }, 'upsample'],
    [{ loop: true }, 'loop'],
    [{ vendor: { constructor: 1 } }, 'vendor.constructor'],
    [{ vendor: { watermark: true } }, 'vendor.watermark'],
  ])('%j', (request, param) => {
    expect(unfit(request)).toMatchObject({ param, message: expect.stringMatching(/\S/) })
  })

  test.each<[JobInput[], string]>([
    [[fixtureInput({ role: 'mask' })], 'This model takes no image as mask here, only 1 image as first frame, 2 images as reference or source'],
    [[fixtureInput({ media: 'video' })], 'takes no video'],
    [[fixtureInput(), fixtureInput(), fixtureInput()], 'at most 2 images'],
  ])('material %#', (inputs, message) => {
    expect(unfit({}, inputs)).toMatchObject({ param: 'inputs', message: expect.stringContaining(message) })
  })

  test('material that is missing', () => {
    expect(unfit({}, [], { materials: [{ name: 'image', media: 'image', roles: ['first_frame'], max: 1, required: true }] })).toMatchObject({ param: 'inputs' })
  })

  test('words, a negative prompt or a seed, where there is no place for them', () => {
    expect(unfit({}, [], { prompt: false })).toMatchObject({ param: 'prompt' })
    expect(unfit({ prompt: '' }, [], { prompt: false })).toBeUndefined()
    expect(unfit({ negativePrompt: 'x' }, [], {})).toMatchObject({ param: 'negativePrompt' })
    expect(unfit({ seed: 0 }, [], {})).toMatchObject({ param: 'seed' })
  })

  test('nothing that every model does anyway', () => {
    expect(unfit({ aspectRatio: 'adaptive', audio: false, count: 1, outputFormat: 'mp4', enhancePrompt: false, vendor: { watermark: false } }, [], {})).toBeUndefined()
  })
})
