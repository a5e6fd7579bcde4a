/**
 * Whatever a caller may ask of a model, a provider says whether it can do that, and says it well: the answer is shown to
 * the caller, and an exception would be our fault.
 */
import { array, assert, constant, constantFrom, dictionary, jsonValue, oneof, property, record, string, tuple, type Arbitrary } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkRequest } from '../../src/admission/check-request.ts'
import { draftOf } from '../../src/admission/draft.fixture.ts'
import { allModels } from '../../src/catalog/index.ts'
import { GatewayError } from '../../src/core/errors.ts'
import type { GenerationRequest, InputAsset, InputMedia } from '../../src/core/generation-request.ts'
import type { InputLimit, Model } from '../../src/core/model.ts'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { Provider, Work } from '../../src/providers/provider.ts'

const RUNS = 400
const SEED = 20261121

const providers = (Object.values(PROVIDERS) as Provider[]).filter(({ unfit }) => unfit !== undefined)

describe.each(providers.map((provider) => [provider.id, provider] as const))('%s', (_id, provider) => {
  const served = allModels().filter((model) => provider.kinds.includes(model.kind) && (provider.takesOurNames || model.upstreamNames?.[provider.id] !== undefined))

  test('answers for any request that the catalogue lets through', () => {
    let judged = 0
    assert(property(constantFrom(...served).chain((model) => tuple(constant(model), requestOf(model))), ([model, request]) => {
      if (request === undefined) return
      judged += 1
      judge(provider, { request, upstreamModel: model.upstreamNames?.[provider.id] ?? model.id, settings: {} })
    }), { seed: SEED, numRuns: RUNS })
    // Or this proves little.
    expect(judged).toBeGreaterThan(RUNS / 10)
  })

  test('answers for models that an operator maps to a name which nobody knows', () => {
    assert(property(constantFrom(...served).chain((model) => tuple(requestOf(model), string({ minLength: 1, maxLength: 40 }).map((name) => `x${name}`))), ([request, upstreamModel]) => {
      if (request === undefined) return
      judge(provider, { request, upstreamModel, settings: {} })
      judge(provider, { request, upstreamModel, settings: {}, parent: { handle: { id: upstreamModel }, upstreamModel, kept: { anything: [upstreamModel] } } })
    }), { seed: SEED, numRuns: RUNS })
  })
})

function judge(provider: Provider, { settings: _settings, ...work }: Work): void {
  const settings = provider.settings?.safeParse({})
  // An operator has to say more first.
  if (settings && !settings.success) return
  const unfit = provider.unfit!({ ...work, settings: settings?.data ?? {} })
  if (unfit === undefined) return
  expect(unfit.param).toMatch(/^[a-zA-Z]\w*(?:\.\w+)?$/)
  expect(unfit.message).toMatch(/^\S.{5,}/)
  expect(unfit.message).not.toMatch(/undefined|\[object|NaN/)
}

/** Any choice of the model's own words, mostly few of them, as admission leaves it; undefined when they do not go together. */
function requestOf(model: Model): Arbitrary<GenerationRequest | undefined> {
  const { duration } = model
  const places = (Object.entries(model.inputs) as [InputMedia, InputLimit][]).flatMap(([media, { roles }]) => roles.map((role) => ({ media, role })))
  return record({
    prompt: constantFrom('A boat', '船 --ar 16:9', ''),
    resolution: maybe(model.resolutions),
    aspectRatio: maybe(model.aspectRatios),
    size: maybe(model.sizes ?? (model.freeSizes ? [model.freeSizes.default, '1024x1024', '1920x1080'] : [])),
    durationSeconds: maybe(duration?.values ?? [...(duration?.auto ? ['auto' as const] : []), ...(duration ? [duration.minSeconds, duration.defaultSeconds, duration.maxSeconds] : [])]),
    count: constantFrom(1, model.maxCount),
    seed: maybe(model.seed ? [model.seed.min, model.seed.max] : []),
    audio: maybe([true, false]),
    negativePrompt: maybe(['blur']),
    style: maybe(model.styles),
    quality: maybe(model.qualities),
    outputFormat: maybe(model.outputFormats),
    enhancePrompt: maybe([true, false]),
    loop: maybe([true, false]),
    vendor: oneof({ weight: 3, arbitrary: constant(undefined) }, { weight: 1, arbitrary: dictionary(constantFrom(...(model.vendorFields?.length ? model.vendorFields : ['none'])), jsonValue({ maxDepth: 2 }), { maxKeys: 3 }) }),
    inputs: places.length === 0 ? constant([]) : array(constantFrom(...places), { maxLength: 3 }),
  }).map(({ inputs, ...fields }) => {
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
    // The first operation that goes with these inputs.
    return model.operations.map((operation) => admitted(model, { ...given, operation }, inputs)).find((request) => request !== undefined)
  })
}

/** One of these in a quarter of all cases. */
function maybe<Word>(words: readonly Word[] = []): Arbitrary<Word | undefined> {
  return words.length === 0 ? constant(undefined) : oneof({ weight: 3, arbitrary: constant(undefined) }, { weight: 1, arbitrary: constantFrom(...words) })
}

function admitted(model: Model, fields: Parameters<typeof draftOf>[1], inputs: readonly Pick<InputAsset, 'media' | 'role'>[]): GenerationRequest | undefined {
  const addressOf = (media: InputMedia, index: number): string => `https://example.com/${media}-${index}`
  const drafts = inputs.map((input, index) => ({ ...input, source: { text: addressOf(input.media, index) }, param: `inputs[${index}]` }))
  const assets = inputs.map((input, index): InputAsset => ({ ...input, source: { url: addressOf(input.media, index) } }))
  try {
    return { ...checkRequest(draftOf(model, fields, { inputs: drafts, unusedFields: 'ignore' }), model, { enhancer: false }).request, inputs: assets }
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}
