import type { GenerationRequest } from '../../core/generation-request.ts'
import type { Unfit, Work } from '../provider.ts'
import { REFERENCE_KINDS, referenceKinds } from './reference-kinds.ts'

/** One of the vendor's paths: what it takes, by the vendor's names, and how that travels. */
export interface Endpoint {
  path: string
  /** An `image_request` in JSON; parts of a form; or a form of a picture and an `image_request`. */
  body: 'json' | 'form' | 'form_with_request'
  /** "legacy file part is `image_file`, v3 file part is `image`". */
  picture?: 'image' | 'image_file'
  mask?: true
  /** How sizes are said. The first generation and 2a know ratios only. */
  size?: 'pixels' | 'resolution_word' | 'aspect_word'
  takes: readonly string[]
}

/**
 * Where this work is asked for, or why it cannot be. Version 3 has paths of its own; upscaling and describing are
 * everybody's.
 */
export function endpointOf(work: Pick<Work, 'request' | 'upstreamModel'>): Endpoint | Unfit {
  const { request, upstreamModel } = work
  const isClassic = /^V_[12]/.test(upstreamModel)
  const byOperation = isClassic ? classicEndpoints(upstreamModel) : VERSION_3
  if (request.operation !== 'image_edit') {
    return byOperation[request.operation] ?? COMMON[request.operation] ?? { param: 'operation', message: `This model takes only ${Object.keys({ ...byOperation, ...COMMON }).join(', ')} here` }
  }
  const has = (role: string): boolean => request.inputs.some((input) => input.role === role)
  if (has('mask') && byOperation.image_edit) return byOperation.image_edit
  // Pictures that only say how it is to look, or who is in it.
  if (!has('source') && !isClassic && byOperation.text_to_image && referenceKinds(request) !== undefined) return byOperation.text_to_image
  return { param: 'inputs', message: has('source') && byOperation.image_edit ? 'An edit needs a mask; remix works on a whole picture' : `This model takes no such pictures, or needs to be told of each (vendor.references) whether it is ${REFERENCE_KINDS.join(', ')}` }
}

type Endpoints = Partial<Record<GenerationRequest['operation'], Endpoint>>

const LOOKS = ['color_palette', 'style_codes', 'style_preset', 'style_reference_images']
const DRAWN = ['prompt', 'seed', 'rendering_speed', 'magic_prompt', 'num_images', ...LOOKS]
const FACES = ['style_type', 'custom_model_uri', 'character_reference_images']

/** "v3 fields", from the vendor's OpenAPI of June 2026. */
const VERSION_3: Endpoints = {
  text_to_image: { path: '/v1/ideogram-v3/generate', body: 'form', size: 'pixels', takes: [...DRAWN, ...FACES, 'negative_prompt', 'enable_copyright_detection'] },
  remix: { path: '/v1/ideogram-v3/remix', body: 'form', picture: 'image', size: 'pixels', takes: [...DRAWN, ...FACES, 'negative_prompt', 'image_weight'] },
  image_edit: { path: '/v1/ideogram-v3/edit', body: 'form', picture: 'image', mask: true, takes: [...DRAWN, ...FACES] },
  reframe: { path: '/v1/ideogram-v3/reframe', body: 'form', picture: 'image', size: 'pixels', takes: ['seed', 'rendering_speed', 'num_images', ...LOOKS] },
  replace_background: { path: '/v1/ideogram-v3/replace-background', body: 'form', picture: 'image', takes: DRAWN },
}

const COUNTED = ['magic_prompt_option', 'magic_prompt_version', 'num_images', 'seed']

const COMMON: Endpoints = {
  upscale: { path: '/upscale', body: 'form_with_request', picture: 'image_file', takes: ['prompt', 'resemblance', 'detail', ...COUNTED] },
  describe: { path: '/describe', body: 'form', picture: 'image_file', takes: ['describe_model_version'] },
}

function classicEndpoints(upstreamModel: string): Endpoints {
  const isSecond = upstreamModel === 'V_2' || upstreamModel === 'V_2_TURBO'
  const isFirst = upstreamModel.startsWith('V_1')
  const takes = [
    'model', 'prompt', ...COUNTED,
    // "style_type: V_2 and up"; "negative_prompt: V_1/V_2 families only"; "color_palette: not for V_1, V_2A".
    ...(isFirst ? [] : ['style_type']), ...(isFirst || isSecond ? ['negative_prompt'] : []), ...(isSecond ? ['color_palette'] : []),
  ]
  const size = isSecond ? 'resolution_word' : 'aspect_word'
  const endpoints: Endpoints = {
    text_to_image: { path: '/generate', body: 'json', size, takes },
    remix: { path: '/remix', body: 'form_with_request', picture: 'image_file', size, takes: [...takes, 'image_weight'] },
  }
  if (!isSecond) return endpoints
  return {
    ...endpoints,
    image_edit: { path: '/edit', body: 'form', picture: 'image_file', mask: true, takes: ['prompt', 'model', 'magic_prompt_option', 'num_images', 'seed', 'style_type'] },
    reframe: { path: '/reframe', body: 'form', picture: 'image_file', size, takes: ['model', 'num_images', 'seed', 'style_type'] },
  }
}
