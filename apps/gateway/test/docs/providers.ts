import { allModels } from '../../src/catalog/index.ts'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { Provider } from '../../src/providers/provider.ts'

/** The part of docs/providers.md that follows from the registry. */
const TABLE = /(<!-- providers, written by npm run docs -->\n)[\s\S]*?(<!-- end -->)/

/** The page with its table of providers as the registry has them. */
export function withProvidersTable(page: string): string {
  return page.replace(TABLE, (_, start: string, end: string) => `${start}${providersTable()}\n${end}`)
}

/** Ids of the sections that the page has, in its order. */
export function sectionsIn(page: string): string[] {
  return [...page.matchAll(/^## `([a-z0-9-]+)`/gm)].map(([, id]) => id!)
}

function providersTable(): string {
  const rows = (Object.values(PROVIDERS) as Provider[]).map((provider) => {
    const { id, name, kinds, takesOurNames } = provider
    const models = allModels().filter(({ upstreamNames }) => upstreamNames?.[id] !== undefined).length
    return `| [\`${id}\`](#${id}) | ${name} | ${kinds.join(', ')} | ${takesOurNames ? 'all of a kind' : models} | ${abilitiesOf(provider).join(', ')} |`
  })
  return `| provider | upstream | makes | models | also |\n|---|---|---|---|---|\n${rows.join('\n')}`
}

function abilitiesOf({ callsBack, cancel, find, ping }: Provider): string[] {
  return [
    ...(callsBack ? ['calls back'] : []),
    ...(cancel ? ['cancels'] : []),
    ...(find ? ['finds lost submissions'] : []),
    ...(ping ? ['free test'] : []),
  ]
}
