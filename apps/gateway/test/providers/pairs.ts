import { checkRequest } from '../../src/admission/check-request.ts'
import { draftOf } from '../../src/admission/draft.fixture.ts'
import { allModels } from '../../src/catalog/index.ts'
import { GatewayError } from '../../src/core/errors.ts'
import type { GenerationRequest } from '../../src/core/generation-request.ts'
import { parseSize, shortSidePixels, type Model } from '../../src/core/model.ts'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { PLAIN_CREATES } from '../dialects/plain-creates.ts'

export type PairKind = 'video' | 'image'

/** One dialect with one provider behind it, in one kind of media, and the public model that goes the way. */
export interface Pair {
  dialect: string
  provider: string
  kind: PairKind
  model: string
  /** The model makes videos only from a picture. */
  fromFrame: boolean
}

const KINDS: readonly PairKind[] = ['video', 'image']

/** Every dialect with every provider, in each kind of media that both have. */
export function allPairs(): Pair[] {
  const pairs: Pair[] = []
  for (const provider of Object.values(PROVIDERS) as Provider[]) {
    for (const kind of KINDS) {
      if (!provider.kinds.includes(kind)) continue
      const { model, fromFrame } = plainestModel(provider, kind)
      for (const [dialect, creates] of Object.entries(PLAIN_CREATES)) {
        if (creates[kind]) pairs.push({ dialect, provider: provider.id, kind, model: model.id, fromFrame })
      }
    }
  }
  return pairs
}

/** What a channel needs to serve the pairs of a provider: public name → the upstream's. */
export function modelsFor(provider: Provider): Record<string, string> {
  const chosen = KINDS.filter((kind) => provider.kinds.includes(kind)).map((kind) => plainestModel(provider, kind))
  return Object.fromEntries(chosen.map(({ model, upstreamName }) => [model.id, upstreamName]))
}

interface Plainest {
  model: Model
  upstreamName: string
  fromFrame: boolean
}

/** A model that makes something from words alone, the quickest to make; where the provider has none, one that needs a first frame. */
function plainestModel(provider: Provider, kind: PairKind): Plainest {
  const served = allModels()
    .filter((model) => model.kind === kind)
    .flatMap((model) => {
      const upstreamName = provider.takesOurNames ? model.id : model.upstreamNames?.[provider.id]
      return upstreamName === undefined ? [] : [{ model, upstreamName }]
    })
    .filter(({ model, upstreamName }) => suits(provider, model, upstreamName))
    .toSorted((a, b) => sizeOf(a.model) - sizeOf(b.model))
  const fromWords = served.find(({ model }) => model.operations.includes(kind === 'video' ? 'text_to_video' : 'text_to_image'))
  if (fromWords) return { ...fromWords, fromFrame: false }
  const fromFrame = served.find(({ model }) => kind === 'video' && model.operations.includes('image_to_video'))
  if (fromFrame) return { ...fromFrame, fromFrame: true }
  throw new Error(`the catalogue has no model that ${provider.id} makes a ${kind} with from words or a picture`)
}

/** Whether the upstream can do what the model does unasked; unknown, and so yes, where an operator has to say more. */
function suits(provider: Provider, model: Model, upstreamModel: string): boolean {
  // Without settings, or with such as every channel has unless told.
  const settings = provider.settings === undefined ? { data: {} } : provider.settings.safeParse({})
  if (settings.data === undefined || !provider.unfit) return true
  const operation = (['text_to_video', 'text_to_image'] as const).find((words) => model.operations.includes(words))
  if (operation === undefined) return true
  // `flat` asks for 5 seconds where the model takes them.
  return [{ operation }, { operation, durationSeconds: 5 }].every((fields) => {
    const request = requestFor(model, fields)
    return request === undefined || provider.unfit!({ request, upstreamModel, settings: settings.data }) === undefined
  })
}

/** What such a request comes to with the model's own choices; undefined when the model does not take it. */
function requestFor(model: Model, fields: Parameters<typeof draftOf>[1]): GenerationRequest | undefined {
  try {
    return { ...checkRequest(draftOf(model, fields), model, { enhancer: false }).request, inputs: [] }
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}

/** Lines times seconds of what comes unasked: a measure of how long a simulator draws. */
function sizeOf({ resolutions, duration, sizes, freeSizes }: Model): number {
  const word = resolutions?.[0] ?? sizes?.[0] ?? freeSizes?.default ?? '720p'
  const lines = shortSidePixels(word) ?? Math.min(...(parseSize(word) ?? [1080]))
  return lines * (duration?.defaultSeconds ?? 1)
}
