import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import type { Draft, ParseContext, RequestBody } from './dialect.ts'
import { ERROR_CONTEXT, formBody, IMAGE_OUTPUT, jsonBody, MODELS, ORIGIN, parseContext, picturePart, refusal, RENDER_CONTEXT, taskIn } from './dialect.fixture.ts'
import { ideogram } from './ideogram.ts'

const V3: Model = {
  ...MODELS['gpt-image-1']!,
  id: 'ideogram-v3',
  operations: ['text_to_image', 'image_edit', 'remix', 'reframe', 'replace_background', 'upscale', 'describe'],
  seed: { min: 0, max: 2_147_483_647 },
  styles: ['AUTO', 'REALISTIC'],
  vendorFields: ['references', 'color_palette', 'mask_changes'],
}
const ours: Record<string, Model> = { 'ideogram-v3': V3, V_3: V3, 'ideogram-v2': { ...V3, id: 'ideogram-v2', vendorFields: ['mask_changes'] }, V_2: { ...V3, id: 'ideogram-v2', vendorFields: ['mask_changes'] }, 'gpt-image-1': MODELS['gpt-image-1']! }

function context(): ParseContext {
  return { ...parseContext(), findModel: (name) => ours[name], model: (name) => ours[name] ?? parseContext().model(name) }
}

function parse(path: string, body: RequestBody): Draft {
  return ideogram.routes.find((route) => route.path === path)!.parse!(body, context())
}

const PICTURE = 'https://a.example/1.png'
const REQUEST = {
  prompt: 'A beach', aspect_ratio: 'ASPECT_10_16', model: 'V_3', magic_prompt_option: 'ON', seed: 12, style_type: 'REALISTIC', negative_prompt: 'people', num_images: 2,
  color_palette: { members: [{ color_hex: '#ff0000', color_weight: 0.5 }] },
}

describe('the classic paths', () => {
  it.each(['/generate', '/ideogram/generate'])('%s has every field of image_request', (path) => {
    const draft = parse(path, jsonBody({ image_request: REQUEST }))
    expect(draft.request).toEqual({
      kind: 'image', operation: 'text_to_image', model: 'ideogram-v3', prompt: 'A beach', negativePrompt: 'people', aspectRatio: '10:16', seed: 12, count: 2,
      style: 'REALISTIC', enhancePrompt: true, vendor: { color_palette: REQUEST.color_palette },
    })
    expect(draft).toMatchObject({ inputs: [], ignored: [], fieldNames: { aspectRatio: 'image_request.aspect_ratio', enhancePrompt: 'image_request.magic_prompt_option' } })
  })

  it('image_request is the same as JSON text in a form, and its members may stand alone', () => {
    const { request } = parse('/generate', jsonBody({ image_request: REQUEST }))
    expect(parse('/generate', formBody({ image_request: JSON.stringify(REQUEST) })).request).toEqual(request)
    expect(parse('/generate', jsonBody(REQUEST)).request).toEqual(request)
  })

  it('the model is V_2 unless it is given, and AUTO is the newest', () => {
    const modelOf = (model?: string) => parse('/generate', jsonBody({ image_request: { prompt: 'p', model } })).request.model
    expect([modelOf(), modelOf('AUTO'), modelOf('gpt-image-1')]).toEqual(['ideogram-v2', 'ideogram-v3', 'gpt-image-1'])
  })

  it('remix, edit, reframe, upscale and describe take the part image_file', () => {
    const file = picturePart('image_file')
    const remix = parse('/remix', formBody({ image_request: JSON.stringify({ prompt: 'A fox', model: 'V_3', image_weight: 70 }) }, [file]))
    expect(remix).toMatchObject({ request: { operation: 'remix' }, inputs: [{ role: 'source', source: { part: file }, param: 'image_file' }] })
    const edit = parse('/edit', formBody({ prompt: 'A hat', model: 'V_2', num_images: '2' }, [file, picturePart('mask')]))
    expect(edit).toMatchObject({ request: { operation: 'image_edit', count: 2, vendor: { mask_changes: 'black' } }, inputs: [{ role: 'source' }, { role: 'mask' }] })
    expect(parse('/reframe', formBody({ resolution: 'RESOLUTION_1024_768', model: 'V_2' }, [file])).request).toMatchObject({ operation: 'reframe', size: '1024x768', prompt: '' })
    expect(parse('/upscale', formBody({ image_request: '{}' }, [file])).request).toMatchObject({ operation: 'upscale', model: 'ideogram-v3', prompt: '' })
    expect(parse('/describe', formBody({ describe_model_version: 'V_2' }, [file])).request).toMatchObject({ kind: 'text', operation: 'describe', model: 'ideogram-v2' })
    expect(parse('/replace-background', formBody({ prompt: 'A city' }, [file])).request).toMatchObject({ operation: 'replace_background', model: 'ideogram-v3' })
  })
})

describe('the paths of version 3', () => {
  it.each(['/v1/ideogram-v3/generate', '/ideogram/v1/ideogram-v3/generate'])('%s takes JSON and forms', (path) => {
    const fields = { prompt: 'A beach', aspect_ratio: '16x9', rendering_speed: 'TURBO', magic_prompt: 'OFF', num_images: 3, seed: 0 }
    const { request } = parse(path, jsonBody(fields))
    expect(request).toMatchObject({ model: 'ideogram-v3', aspectRatio: '16:9', quality: 'turbo', enhancePrompt: false, count: 3, seed: 0 })
    expect(parse(path, formBody({ ...fields, num_images: '3', seed: '0' })).request).toEqual(request)
  })

  it('edit is also called inpaint', () => {
    const body = formBody({ prompt: 'A hat' }, [picturePart('image'), picturePart('mask')])
    expect(parse('/v1/ideogram-v3/inpaint', body)).toEqual(parse('/v1/ideogram-v3/edit', body))
  })

  it('style and character references are told apart for the model that knows them, and refused for others', () => {
    const body = formBody({ prompt: 'A fox' }, [picturePart('style_reference_images'), picturePart('style_reference_images'), picturePart('character_reference_images')])
    const draft = parse('/v1/ideogram-v3/generate', body)
    expect(draft.inputs.map(({ role }) => role)).toEqual(['reference', 'reference', 'reference'])
    expect(draft.request.vendor).toEqual({ references: [{ kind: 'style' }, { kind: 'style' }, { kind: 'character' }] })
    expect(refusal(() => parse('/v1/ideogram-v3/generate', formBody({ prompt: 'A fox', model: 'gpt-image-1' }, [picturePart('style_reference_images')]))).param).toBe('style_reference_images')
  })

  it('a picture may be a URL in JSON', () => {
    expect(parse('/v1/ideogram-v3/remix', jsonBody({ prompt: 'A fox', image: PICTURE })).inputs).toEqual([{ media: 'image', role: 'source', source: { text: PICTURE }, param: 'image' }])
  })
})

describe('what is wrong is named as the client wrote it', () => {
  it.each<[string, RequestBody, string]>([
    ['/generate', jsonBody({ image_request: {} }), 'image_request.prompt'],
    ['/generate', jsonBody({}), 'prompt'],
    ['/generate', jsonBody({ image_request: 'a beach' }), 'image_request'],
    ['/generate', formBody({ image_request: '{"prompt":"a\\u0000b"}' }), 'image_request'],
    ['/generate', jsonBody({ image_request: { prompt: 'p', aspect_ratio: 'wide' } }), 'image_request.aspect_ratio'],
    ['/generate', jsonBody({ image_request: { prompt: 'p', magic_prompt_option: 'MAYBE' } }), 'image_request.magic_prompt_option'],
    ['/generate', jsonBody({ image_request: { prompt: 'p', color_palette: { name: 'MUD' } } }), 'image_request.color_palette.name'],
    ['/generate', jsonBody({ image_request: { prompt: 'p', resolution: 'RESOLUTION_1024_1024', aspect_ratio: 'ASPECT_1_1' } }), 'image_request.resolution'],
    ['/generate', jsonBody({ image_request: { prompt: 'p', model: 'V_9' } }), 'model'],
    ['/v1/ideogram-v3/generate', jsonBody({ prompt: 'p', rendering_speed: 'SLOW' }), 'rendering_speed'],
    ['/v1/ideogram-v3/generate', jsonBody({ prompt: 'p', style_codes: ['0011aabb'], style_type: 'AUTO' }), 'style_codes'],
    ['/v1/ideogram-v3/generate', jsonBody({ prompt: 'p', style_codes: 'xyz' }), 'style_codes'],
    ['/v1/ideogram-v3/generate', formBody({ prompt: 'p' }, [picturePart('photo')]), 'photo'],
    ['/v1/ideogram-v3/remix', formBody({ prompt: 'p' }), 'image'],
    ['/remix', formBody({ image_request: '{"prompt":"p"}' }), 'image_file'],
    ['/edit', formBody({ prompt: 'p' }, [picturePart('image_file')]), 'mask'],
    ['/edit', formBody({ prompt: 'p', model: 'gpt-image-1' }, [picturePart('image_file'), picturePart('mask')]), 'mask'],
    ['/v1/ideogram-v3/reframe', formBody({}, [picturePart('image')]), 'resolution'],
    ['/upscale', formBody({ resemblance: '101' }, [picturePart('image_file')]), 'resemblance'],
  ])('%s %#', (path, body, param) => {
    const error = refusal(() => parse(path, body))
    expect(error.param).toBe(param)
    if (param !== 'model') expect(error.message).toContain(param)
  })

  it('what nobody knows is listed', () => {
    expect(parse('/generate', jsonBody({ image_request: { prompt: 'p', upscale_factor: 'X2' }, user: 'me' })).ignored.toSorted()).toEqual(['image_request.upscale_factor', 'user'])
  })
})

describe('answers', () => {
  it.each([['queued', 'pending'], ['running', 'pending'], ['succeeded', 'completed'], ['failed', 'failed'], ['cancelled', 'failed']] as const)('a task that is %s is %s', (state, word) => {
    expect(ideogram.renderTask(taskIn(state), RENDER_CONTEXT)).toMatchObject({ generation_id: 'vid_abc', status: word })
  })

  it('a picture has its link, prompt, size, seed and style', () => {
    const task = taskIn('succeeded', { id: 'img_abc', request: { kind: 'image', operation: 'upscale', seed: 7, style: 'REALISTIC' }, outputs: [IMAGE_OUTPUT] })
    expect(ideogram.renderTask(task, RENDER_CONTEXT)).toMatchObject({
      created: '2026-11-21T11:59:29.500Z',
      data: [{ url: `${ORIGIN}/v1/files/img_abc.png?signed`, prompt: 'A cat', resolution: '1024x1024', is_image_safe: true, seed: 7, style_type: 'REALISTIC', upscaled_resolution: '1024x1024' }],
    })
  })

  it('a description is a list of texts', () => {
    const task = taskIn('succeeded', { request: { kind: 'text', operation: 'describe' }, outputs: [{ ...IMAGE_OUTPUT, mediaType: 'text/plain', text: 'A fox in the snow' }] })
    expect(ideogram.renderTask(task, RENDER_CONTEXT)).toMatchObject({ descriptions: [{ text: 'A fox in the snow' }] })
  })

  it('an error is a sentence, and unsafe content 422', () => {
    expect(ideogram.renderError(new GatewayError('content_policy', 'No.'), ERROR_CONTEXT)).toEqual({ status: 422, body: { error: 'No.', code: 'content_policy', request_id: 'req_1' } })
    expect(ideogram.renderError(new GatewayError('invalid_request', 'prompt is required', { param: 'prompt' }), ERROR_CONTEXT)).toMatchObject({ status: 400, body: { error: 'prompt is required', param: 'prompt' } })
  })
})
