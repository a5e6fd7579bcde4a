import { describe, expect, it } from 'vitest'
import { allModels } from '../catalog/index.ts'
import { quoteRequest } from '../catalog/price-request.ts'
import { choicesOf } from '../core/model.ts'
import { quotedMicros } from '../core/rate-card.ts'
import { checkRequest } from './check-request.ts'
import { draftOf, leastInputs } from './draft.fixture.ts'

describe('every model of the catalogue', () => {
  it.each(allModels().map((model) => [model.id, model] as const))('%s takes a request of nothing but a prompt, and has a price for it', (_id, model) => {
    const inputs = leastInputs(model)
    const { request, ignored } = checkRequest(draftOf(model, {}, { inputs }), model)
    expect(ignored).toEqual([])
    const assets = inputs.map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/a' } }))
    expect(quotedMicros(quoteRequest({ ...request, inputs: assets }, model))).toBeGreaterThan(0n)
  })

  it.each(allModels().map((model) => [model.id, model] as const))('%s takes each of its own words', (_id, model) => {
    const inputs = leastInputs(model)
    const take = (fields: Parameters<typeof draftOf>[1]) => checkRequest(draftOf(model, fields, { inputs }), model).request
    const { resolutions = [], aspectRatios = [] } = choicesOf(model, model.operations[0]!)
    for (const resolution of inputs.length === 0 ? resolutions : []) expect(take({ resolution }).resolution).toBe(resolution)
    for (const aspectRatio of inputs.length === 0 ? aspectRatios : []) expect(take({ aspectRatio }).aspectRatio).toBe(aspectRatio)
    for (const size of model.sizes ?? []) expect(take({ size }).size).toBe(size)
    for (const quality of model.qualities ?? []) expect(take({ quality }).quality).toBe(quality)
    for (const outputFormat of model.outputFormats ?? []) expect(take({ outputFormat }).outputFormat).toBe(outputFormat)
  })
})
