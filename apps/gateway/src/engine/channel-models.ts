import { allModels, findModel } from '../catalog/index.ts'
import type { Model } from '../core/model.ts'
import type { ChannelRow } from '../db/channel.ts'
import type { Provider } from '../providers/provider.ts'

export interface ServedModels {
  /** Public model name → the upstream's. */
  models: Map<string, string>
  /** What of the operator's words cannot be served, a sentence each. */
  problems: string[]
}

/** What a channel serves: the models that its operator named, or else all that its provider can make. */
export function servedModels(named: ChannelRow['models'], provider: Pick<Provider, 'id' | 'kinds' | 'takesOurNames'>): ServedModels {
  if (named === undefined) return { models: new Map(allModels().filter((model) => provider.kinds.includes(model.kind)).flatMap((model) => pair(model, upstreamName(model, provider)))), problems: [] }
  const served: ServedModels = { models: new Map(), problems: [] }
  for (const [name, given] of Array.isArray(named) ? named.map((each) => [each, undefined] as const) : Object.entries(named)) {
    const model = findModel(name)
    const wanted = model && (given ?? upstreamName(model, provider))
    if (!model) served.problems.push(`there is no model ${JSON.stringify(name)}; GET /v1/models lists those there are`)
    else if (!provider.kinds.includes(model.kind)) served.problems.push(`${name} makes ${model.kind}s, and ${provider.id} makes only ${provider.kinds.join('s and ')}s`)
    else if (wanted === undefined) served.problems.push(`${name} needs the upstream's name, because ${provider.id} has no usual one for it: write { ${JSON.stringify(name)}: "…" }`)
    else served.models.set(model.id, wanted)
  }
  return served
}

function upstreamName(model: Model, provider: Pick<Provider, 'id' | 'takesOurNames'>): string | undefined {
  return model.upstreamNames?.[provider.id] ?? (provider.takesOurNames ? model.id : undefined)
}

function pair(model: Model, wanted: string | undefined): [string, string][] {
  return wanted === undefined ? [] : [[model.id, wanted]]
}
