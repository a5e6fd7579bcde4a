import { z } from 'zod'
import { servedModels } from '../engine/channel-models.ts'
import type { Provider } from '../providers/provider.ts'

/** Every upstream wire of this release, with what a channel of it must be given. */
export function listProviders(providers: Record<string, Provider>): Record<string, unknown>[] {
  return Object.values(providers).map((provider) => ({
    id: provider.id,
    name: provider.name,
    kinds: provider.kinds,
    base_url: provider.baseUrl ?? null,
    credential: jsonSchema(provider.credential),
    settings: provider.settings ? jsonSchema(provider.settings) : null,
    takes_our_names: provider.takesOurNames ?? false,
    calls_back: provider.callsBack ?? false,
    can_be_tested: provider.ping !== undefined,
    can_cancel: provider.cancel !== undefined,
    // What a channel serves that names no models.
    models: Object.fromEntries(servedModels(undefined, provider).models),
  }))
}

function jsonSchema(schema: z.ZodType): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}
