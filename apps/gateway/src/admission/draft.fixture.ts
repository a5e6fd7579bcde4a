import type { GenerationRequest, InputMedia, InputRole } from '../core/generation-request.ts'
import type { Model } from '../core/model.ts'
import type { Draft, DraftInput } from '../dialects/dialect.ts'

/** A draft as a strict dialect would make it, with everything optional left out. */
export function draftOf(model: Model, fields: Partial<Omit<GenerationRequest, 'inputs'>> = {}, rest: Partial<Omit<Draft, 'request'>> = {}): Draft {
  return {
    request: { kind: model.kind, operation: model.operations[0]!, model: model.id, prompt: 'a cat', count: 1, ...fields },
    inputs: [],
    ignored: [],
    unusedFields: 'refuse',
    fieldNames: {},
    ...rest,
  }
}

export function inputOf(media: InputMedia, role: InputRole, index = 0): DraftInput {
  return { media, role, source: { text: `https://example.com/${media}-${index}` }, param: `input.${media}s[${index}]` }
}

/** The least material with which the model can do the first thing that it does. */
export function leastInputs(model: Model): DraftInput[] {
  switch (model.operations[0]) {
    case 'text_to_video':
    case 'text_to_image':
    case undefined:
      return []
    case 'image_to_video':
      return [inputOf('image', 'first_frame')]
    case 'first_last_frame':
      return [inputOf('image', 'first_frame'), inputOf('image', 'last_frame', 1)]
    case 'reference_to_video':
      return [inputOf('image', 'reference')]
    default: {
      const media = model.kind === 'video' ? 'video' : 'image'
      return model.inputs[media] ? [inputOf(media, 'source')] : []
    }
  }
}
