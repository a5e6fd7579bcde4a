import { z } from 'zod'
import { allModels } from '../../src/catalog/index.ts'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { Provider } from '../../src/providers/provider.ts'

/** The parts of docs/providers.md that follow from the registry: the table, and the facts on top of each section. */
const TABLE = /(<!-- providers, written by npm run docs -->\n)[\s\S]*?(<!-- end -->)/
const FACTS = /(<!-- facts of ([a-z0-9-]+), written by npm run docs -->\n)[\s\S]*?(<!-- end -->)/g

/** The page with its table and facts as the registry has them. @throws Error for a section of no provider. */
export function withProviders(page: string): string {
  return page
    .replace(TABLE, (_, start: string, end: string) => `${start}${providersTable()}\n${end}`)
    .replace(FACTS, (_, start: string, id: string, end: string) => `${start}${factsOf(providerNamed(id))}\n${end}`)
}

/** Ids of the sections that the page has. */
export function sectionsIn(page: string): string[] {
  return [...page.matchAll(FACTS)].map(([, , id]) => id!)
}

function providersTable(): string {
  const rows = providers().map((provider) => {
    const { id, name, kinds } = provider
    const has = [provider.callsBack && 'calls back', provider.cancel && 'cancels', provider.find && 'finds lost jobs', provider.ping && 'tests for free'].filter((word) => typeof word === 'string')
    return `| [\`${id}\`](#${id}) | ${name} | ${kinds.join(', ')} | ${has.join(', ')} |`
  })
  return `| provider | upstream | makes | also |\n|---|---|---|---|\n${rows.join('\n')}`
}

function factsOf(provider: Provider): string {
  const served = allModels().filter(({ upstreamNames }) => upstreamNames?.[provider.id] !== undefined).length
  return [
    `- Base URL: ${provider.baseUrl === undefined ? 'yours' : `\`${provider.baseUrl}\` unless the channel says otherwise`}.`,
    `- Credential: ${fieldsOf(provider.credential)}.`,
    ...(provider.settings === undefined ? [] : [`- Settings: ${fieldsOf(provider.settings)}.`]),
    `- Models: ${provider.takesOurNames ? 'any of ours, under our names' : `${served} of the catalogue`}.`,
  ].join('\n')
}

/** `api_key`, or `token` and optionally `region`. */
function fieldsOf(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const forms = json.anyOf ?? json.oneOf ?? [json]
  return forms.map((form) => {
    const names = Object.keys(form.properties ?? {}).map((name) => (form.required?.includes(name) ? `\`${name}\`` : `\`${name}\` (optional)`))
    return names.length === 0 ? 'none' : names.join(', ')
  }).join('; or ')
}

interface JsonSchema {
  properties?: Record<string, unknown>
  required?: string[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
}

function providerNamed(id: string): Provider {
  const provider = providers().find((each) => each.id === id)
  if (!provider) throw new Error(`docs/providers.md has a section of ${id}, which is no provider`)
  return provider
}

function providers(): Provider[] {
  return Object.values(PROVIDERS)
}
