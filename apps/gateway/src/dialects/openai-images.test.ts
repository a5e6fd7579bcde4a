import { describe, expect, it } from 'vitest'
import type { Model } from '../core/model.ts'
import type { TaskState } from '../core/task.ts'
import { formBody, IMAGE_OUTPUT, jsonBody, MODELS, parseContext, picturePart, refusal, RENDER_CONTEXT, taskIn } from './dialect.fixture.ts'
import type { ParseContext, RequestBody } from './dialect.ts'
import { completedEvent, imagesAnswer } from './openai-images/shape.ts'
import { openAiImages } from './openai-images.ts'

const route = (path: string) => openAiImages.routes.find((each) => each.path === path)!
const generate = (body: RequestBody, context: ParseContext = parseContext()) => route('/v1/images/generations').parse!(body, context)
const edit = (body: RequestBody) => route('/v1/images/edits').parse!(body, parseContext())
const vary = (body: RequestBody, context: ParseContext = parseContext()) => route('/v1/images/variations').parse!(body, context)

/** The model of the fixture with more to it. */
function withModel(changes: Partial<Model>): ParseContext {
  const model = { ...MODELS['gpt-image-1']!, ...changes }
  return { ...parseContext(), model: () => model, findModel: () => model }
}

describe('what generations take', () => {
  it('every field of the vendor, from JSON', () => {
    const draft = generate(jsonBody({
      model: 'gpt-image-1', prompt: 'p', n: 2, size: '1024x1024', quality: 'high', style: 'vivid', background: 'transparent', moderation: 'low', output_format: 'webp',
      output_compression: 0, user: 'u', response_format: 'url', stream: false, safety_identifier: null,
    }), withModel({ qualities: ['high'] }))
    expect(draft.request).toEqual({
      kind: 'image', operation: 'text_to_image', model: 'gpt-image-1', prompt: 'p', count: 2, size: '1024x1024', quality: 'high', style: 'vivid', outputFormat: 'webp', endUserId: 'u',
      vendor: { background: 'transparent', moderation: 'low', output_compression: 0 },
    })
    expect(draft).toMatchObject({ inputs: [], ignored: [], unusedFields: 'ignore' })
  })

  it('no model: gpt-image-1; one picture', () => {
    expect(generate(jsonBody({ prompt: 'p' })).request).toEqual({ kind: 'image', operation: 'text_to_image', model: 'gpt-image-1', prompt: 'p', count: 1 })
  })

  it('no model, and a size that only dall-e-2 has: dall-e-2', () => {
    const asked: string[] = []
    const context = { ...parseContext(), model: (name: string) => (asked.push(name), MODELS['gpt-image-1']!) }
    generate(jsonBody({ prompt: 'p', size: '512x512' }), context)
    generate(jsonBody({ prompt: 'p', size: '1024x1024' }), context)
    generate(jsonBody({ prompt: 'p', size: '512x512', model: 'flux-schnell' }), context)
    expect(asked).toEqual(['dall-e-2', 'gpt-image-1', 'flux-schnell'])
  })

  it("Ark's fields: pictures as text, a group of pictures, any seed, watermark", () => {
    const draft = generate(jsonBody({
      prompt: 'p', image: ['https://a.example/1.png', 'https://a.example/2.png'], size: '2K', sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 3 },
      seed: -1, watermark: false, guidance_scale: 2.5,
    }))
    expect(draft.request).toEqual({ kind: 'image', operation: 'image_edit', model: 'gpt-image-1', prompt: 'p', size: '2K', count: 3, vendor: { watermark: false, guidance_scale: 2.5 } })
    expect(draft.inputs.map(({ role, source, param }) => [role, source, param])).toEqual([
      ['source', { text: 'https://a.example/1.png' }, 'image[0]'],
      ['source', { text: 'https://a.example/2.png' }, 'image[1]'],
    ])
    expect(generate(jsonBody({ prompt: 'p', sequential_image_generation: 'disabled', sequential_image_generation_options: { max_images: 3 } })).request.count).toBe(1)
    expect(generate(jsonBody({ prompt: 'p', size: 'adaptive' })).request).toMatchObject({ aspectRatio: 'adaptive' })
    expect(generate(jsonBody({ prompt: 'p', seed: 0 })).request.seed).toBe(0)
  })

  it("xAI's fields: ratio, resolution, and pictures as objects", () => {
    const draft = edit(jsonBody({ prompt: 'p', aspect_ratio: '16:9', resolution: '2k', images: [{ url: 'https://a.example/1.png', type: 'image_url' }, { file_id: 'upl_1' }] }))
    expect(draft.request).toMatchObject({ aspectRatio: '16:9', resolution: '2k' })
    expect(draft.inputs.map(({ source }) => source)).toEqual([{ text: 'https://a.example/1.png' }, { text: 'upl_1' }])
  })

  it('fields of no list that the model itself names; others are left out and said', () => {
    const body = jsonBody({ prompt: 'p', safety_tolerance: 3, svg: { model: 'x' }, partial_images: 2 })
    const draft = generate(body, withModel({ vendorFields: ['safety_tolerance'] }))
    expect(draft.request.vendor).toEqual({ safety_tolerance: 3 })
    expect(draft.ignored).toEqual(['svg', 'partial_images'])
  })

  it('auto quality, where the model has no such word, is the model’s own', () => {
    expect(generate(jsonBody({ prompt: 'p', quality: 'auto' }), withModel({ qualities: ['standard'] })).request).not.toHaveProperty('quality')
    expect(generate(jsonBody({ prompt: 'p', quality: 'auto' }), withModel({ qualities: ['low', 'auto'] })).request.quality).toBe('auto')
  })
})

describe('what edits take', () => {
  it('one file, several files and a mask, from a form that is all text', () => {
    const draft = edit(formBody({ prompt: 'p', n: '2', output_compression: '80', stream: 'false', watermark: 'true' }, [picturePart('image'), picturePart('mask'), picturePart('image')]))
    expect(draft.request).toMatchObject({ operation: 'image_edit', count: 2, vendor: { output_compression: 80, watermark: true } })
    expect(draft.inputs.map(({ role, param }) => [role, param])).toEqual([['source', 'image'], ['source', 'image'], ['mask', 'mask']])
  })

  it('JSON with images and a mask as the vendor writes them', () => {
    const draft = edit(jsonBody({ prompt: 'p', images: [{ image_url: 'https://a.example/1.png' }], mask: { file_id: 'upl_m' } }))
    expect(draft.inputs).toEqual([
      { media: 'image', role: 'source', source: { text: 'https://a.example/1.png' }, param: 'images[0]' },
      { media: 'image', role: 'mask', source: { text: 'upl_m' }, param: 'mask' },
    ])
  })
})

describe('what variations take', () => {
  it('a picture without words: the model’s own variation, else an edit that asks for one', () => {
    expect(vary(formBody({ model: 'gpt-image-1', n: '2' }, [picturePart('image')])).request).toMatchObject({ operation: 'image_edit', prompt: expect.stringContaining('variation'), count: 2 })
    expect(vary(formBody({}, [picturePart('image')]), withModel({ operations: ['variation'] })).request).toMatchObject({ operation: 'variation', prompt: '' })
  })
})

describe('what is refused, by name', () => {
  it.each<[string, () => unknown, string]>([
    ['no prompt', () => generate(jsonBody({})), 'prompt'],
    ['a count that is no number', () => generate(jsonBody({ prompt: 'p', n: 'two' })), 'n'],
    ['no pictures', () => generate(jsonBody({ prompt: 'p', n: 0 })), 'n'],
    ['another response_format', () => generate(jsonBody({ prompt: 'p', response_format: 'png' })), 'response_format'],
    ['too many partial images', () => generate(jsonBody({ prompt: 'p', partial_images: 4 })), 'partial_images'],
    ['too much compression', () => generate(jsonBody({ prompt: 'p', output_compression: 101 })), 'output_compression'],
    ['a stream that is no switch', () => generate(jsonBody({ prompt: 'p', stream: 'yes' })), 'stream'],
    ['counts that differ', () => generate(jsonBody({ prompt: 'p', n: 1, sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 2 } })), 'sequential_image_generation_options.max_images'],
    ['an edit without a picture', () => edit(jsonBody({ prompt: 'p' })), 'image'],
    ['an edit with only a mask', () => edit(formBody({ prompt: 'p' }, [picturePart('mask')])), 'image'],
    ['a variation without a picture', () => vary(formBody({ model: 'gpt-image-1', n: '1' })), 'image'],
    ['a picture with two addresses', () => edit(jsonBody({ prompt: 'p', image: { url: 'a', file_id: 'b' } })), 'image'],
    ['a picture with none', () => edit(jsonBody({ prompt: 'p', images: [{}] })), 'images[0]'],
    ['a file of another name', () => edit(formBody({ prompt: 'p' }, [picturePart('image'), picturePart('markup')])), 'markup'],
    ['a file that is no picture', () => edit(formBody({ prompt: 'p' }, [picturePart('image', 'video/mp4')])), 'image'],
  ])('%s', (_, run, param) => {
    expect(refusal(run).param).toBe(param)
  })
})

describe('how tasks look', () => {
  const image = (state: TaskState) => taskIn(state, { id: 'img_abc', request: { kind: 'image', operation: 'text_to_image', model: 'gpt-image-1', quality: 'low', prompt: '12345678' }, outputs: state === 'succeeded' ? [IMAGE_OUTPUT, IMAGE_OUTPUT] : [] })

  it('the answer has the pictures in their order, and counts as each vendor’s clients count', () => {
    expect(imagesAnswer(image('succeeded'), [{ b64_json: 'AA' }, { b64_json: 'BB' }])).toMatchObject({
      data: [{ b64_json: 'AA', revised_prompt: '12345678', size: '1024x1024' }, { b64_json: 'BB' }],
      output_format: 'png', quality: 'low', size: '1024x1024', id: 'img_abc',
      usage: { generated_images: 2, cost_in_usd_ticks: 4_123_450_000, output_tokens: 544, input_tokens: 2, total_tokens: 546 },
    })
  })

  it('tokens are not made up for models whose numbers nobody published', () => {
    const other = { ...image('succeeded'), request: { ...image('succeeded').request, model: 'flux-1.1-pro' } }
    expect(imagesAnswer(other, []).usage).not.toHaveProperty('output_tokens')
  })

  it('the event of a finished picture', () => {
    expect(completedEvent(image('succeeded'), 1, { b64_json: 'BB' }, 'image_edit')).toMatchObject({ type: 'image_edit.completed', b64_json: 'BB', background: 'auto', quality: 'low', size: '1024x1024', output_format: 'png', image_index: 1, usage: { generated_images: 1, output_tokens: 272 } })
  })

  it('a task that is read has links under every name, once it is completed', () => {
    const url = `${RENDER_CONTEXT.origin}/v1/files/img_abc.png?signed`
    expect(openAiImages.renderTask(image('succeeded'), RENDER_CONTEXT)).toMatchObject({ id: 'img_abc', task_id: 'img_abc', object: 'image', status: 'completed', data: [{ url }, { url }], url, image_url: url })
    expect(openAiImages.renderTask(image('running'), RENDER_CONTEXT)).not.toHaveProperty('data')
  })

  it.each<[TaskState, string]>([['queued', 'NOT_START'], ['running', 'IN_PROGRESS'], ['archiving', 'IN_PROGRESS'], ['succeeded', 'SUCCESS'], ['failed', 'FAILURE'], ['cancelled', 'FAILURE']])('%s is %s in the words of relays', (state, word) => {
    expect(route('/v1/images/tasks/:id').render!(image(state), RENDER_CONTEXT)).toMatchObject({ code: 'success', data: { task_id: 'img_abc', status: word, progress: expect.stringMatching(/^\d+%$/) } })
  })
})
