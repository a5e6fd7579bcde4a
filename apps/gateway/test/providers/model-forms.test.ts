/**
 * Where an upstream names every model's inputs differently, a table says how; it must know what the catalogue says that
 * the upstream serves. Each model is asked for in every way that the catalogue allows, one choice at a time.
 */
import { describe, expect, test } from 'vitest'
import { checkRequest } from '../../src/admission/check-request.ts'
import { draftOf, inputOf } from '../../src/admission/draft.fixture.ts'
import { allModels } from '../../src/catalog/index.ts'
import { GatewayError } from '../../src/core/errors.ts'
import type { GenerationRequest, InputMedia, InputRole, Operation } from '../../src/core/generation-request.ts'
import { choicesOf, type Model } from '../../src/core/model.ts'
import { fal } from '../../src/providers/fal.ts'
import { replicate } from '../../src/providers/replicate.ts'
import { runway } from '../../src/providers/runway.ts'

const WITH_TABLES = { runway, replicate, fal } as const

/** What a model that is served cannot be had for there, at its defaults; each is a fact of the upstream. */
const ONLY_OTHERWISE: Record<keyof typeof WITH_TABLES, string[]> = {
  // 4K of Veo, small pictures of GPT, and Seedance without a ratio are not sold.
  runway: ['veo3.1-4k', 'gpt-image-2', 'gpt-image-2.5-flare', 'gpt-image-2.5-sunburst', 'seedance-2.0', 'seedance-2.0-fast', 'seedance-2.0-mini', 'seedance-2.0-pro', 'seedance-2.5', 'seedance-v2-pro', 'video-2.0-mini-reference-to-video'],
  // It makes 1080p only, and 720p is the default.
  replicate: ['kling-v2-6', 'veo3.1-4k'],
  fal: [],
}

describe.each(Object.keys(WITH_TABLES) as (keyof typeof WITH_TABLES)[])('%s', (id) => {
  const provider = WITH_TABLES[id]
  const served = allModels().filter((model) => model.upstreamNames?.[id] !== undefined)

  test('serves models', () => {
    expect(served.length).toBeGreaterThan(20)
  })

  test.each(served.map((model) => [model.id, model] as const))('%s can be asked for', (_id, model) => {
    const upstreamModel = model.upstreamNames?.[id] ?? ''
    const asked = model.operations.flatMap((operation) => waysToAsk(model, operation).map((request) => provider.unfit?.({ request, upstreamModel, settings: {} })))
    expect(asked.length).toBeGreaterThan(0)
    // It is 4K or nothing, and these two have none.
    if (model.id === 'veo3.1-4k' && id !== 'fal') expect(asked).not.toContain(undefined)
    else expect(asked).toContain(undefined)
  })

  test('serves the others as they are, without a choice', () => {
    const unserved = served.filter((model) => {
      const plain = model.operations.flatMap((operation) => waysToAsk(model, operation).slice(0, 1))
      return plain.every((request) => provider.unfit?.({ request, upstreamModel: model.upstreamNames?.[id] ?? '', settings: {} }) !== undefined)
    })
    expect(unserved.map((model) => model.id).toSorted()).toEqual(ONLY_OTHERWISE[id].toSorted())
  })
})

/** With defaults only, then with each of its resolutions, ratios and sizes. */
function waysToAsk(model: Model, operation: Operation): GenerationRequest[] {
  const { resolutions = [], aspectRatios = [] } = choicesOf(model, operation)
  const sizes = [...(model.sizes ?? []), ...(model.freeSizes ? ['1920x1920', '2048x2048'] : [])]
  const choices = [{}, ...resolutions.map((resolution) => ({ resolution })), ...aspectRatios.map((aspectRatio) => ({ aspectRatio })), ...sizes.map((size) => ({ size }))]
  const materials = materialsOf(model, operation)
  return choices.flatMap((choice) => {
    try {
      const draft = draftOf(model, { operation, ...(model.id === 'act_two' && { prompt: '' }), ...choice }, { inputs: materials.map(([media, role]) => inputOf(media, role)) })
      return [{ ...checkRequest(draft, model).request, inputs: materials.map(([media, role]) => ({ media, role, source: { url: 'https://example.com/x' } })) }]
    } catch (error) {
      if (error instanceof GatewayError) return []
      throw error
    }
  })
}

function materialsOf({ id, inputs }: Model, operation: Operation): [InputMedia, InputRole][] {
  const picture: InputRole = inputs.image?.roles.includes('source') ? 'source' : 'reference'
  switch (operation) {
    case 'image_to_video':
      return [['image', 'first_frame']]
    case 'first_last_frame':
      return [['image', 'first_frame'], ['image', 'last_frame']]
    case 'reference_to_video':
      return [['image', 'reference']]
    case 'image_edit':
      return inputs.image?.roles.includes('mask') && id.includes('fill') ? [['image', picture], ['image', 'mask']] : [['image', picture]]
    case 'text_to_video':
    case 'text_to_image':
      return []
    default:
      return id === 'act_two' ? [['image', 'reference'], ['video', 'source']] : [['video', 'source']]
  }
}
