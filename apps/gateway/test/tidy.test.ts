/** What nobody should have to look for in a review: which way imports run, and where configuration is read. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const GATEWAY = resolve(import.meta.dirname, '..')
const ARCHITECTURE = resolve(GATEWAY, '../../docs/architecture.md')

/**
 * What each folder of src/ may import besides itself: folders, or single files where only those are meant.
 * docs/architecture.md shows the same table. Tests beside the code may import anything.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  catalog: ['core'],
  db: ['core'],
  egress: ['core'],
  storage: ['core'],
  dialects: ['core'],
  providers: ['core', 'egress'],
  ledger: ['core', 'db'],
  events: ['core', 'db'],
  admission: ['core', 'catalog', 'db', 'ledger', 'egress', 'storage', 'dialects/dialect.ts'],
  engine: ['core', 'catalog', 'db', 'egress', 'storage', 'providers/provider.ts', 'providers/upstream-http.ts'],
  admin: ['core', 'catalog', 'db', 'egress', 'engine', 'providers/provider.ts'],
  http: ['core', 'catalog', 'db', 'ledger', 'events', 'storage', 'admission', 'admin', 'dialects/index.ts'],
}

/** Files directly in src/, and `cli/`, put the parts together and may import everything. These do not. */
const FILES_MAY_IMPORT: Record<string, readonly string[]> = {
  'config.ts': ['core'],
  'keys.ts': ['core'],
  'database.ts': ['config.ts', 'db'],
}

/** The only readers of the environment; everybody else is handed values. */
const ENVIRONMENT_READERS = /^(src\/cli\.ts|src\/cli\/.*)$/

/** Adapters: what a registry names. Nothing beside a registry knows one of them or its parts (the folder of its name), but itself. */
const REGISTRIES = ['providers/index.ts', 'dialects/index.ts']

/** Import and export declarations, dynamic imports, and modules named by URL (workers, children). */
const IMPORT = /^(?:import|export)\s[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)|new URL\('([^']+\.ts)'/gm

interface Source {
  /** Relative to the gateway's folder. */
  path: string
  text: string
  imports: string[]
}

const sources = readSources()

describe('imports run one way', () => {
  const production = sources.filter(({ path }) => path.startsWith('src/') && !isTest(path))

  test('every folder of src is in the table', () => {
    const folders = new Set(production.flatMap(({ path }) => folderOf(path) ?? []))
    expect([...folders].filter((folder) => folder !== 'cli').toSorted()).toEqual(Object.keys(MAY_IMPORT).toSorted())
  })

  test('no folder imports what the table does not allow', () => {
    const wrong = production.flatMap(({ path, imports }) => {
      const folder = folderOf(path)
      const allowed = folder === undefined ? FILES_MAY_IMPORT[path.slice('src/'.length)] : MAY_IMPORT[folder]
      if (allowed === undefined) return []
      return imports.filter((target) => !target.startsWith('src/') || !mayImport(target.slice('src/'.length), [...allowed, ...(folder === undefined ? [] : [folder])])).map((target) => `${path} imports ${target}`)
    })
    expect(wrong).toEqual([])
  })

  test('no adapter imports a neighbour', () => {
    const wrong = REGISTRIES.flatMap((registry) => {
      const folder = dirname(`src/${registry}`)
      const adapters = sourceAt(`src/${registry}`).imports.filter((path) => dirname(path) === folder && isAdapter(path))
      expect(adapters.length).toBeGreaterThan(0)
      return production.filter(({ path }) => path.startsWith(`${folder}/`) && path !== `src/${registry}`).flatMap(({ path, imports }) => {
        const neighbours = adapters.filter((adapter) => adapter !== path)
        const parts = adapters.map((adapter) => adapter.replace(/\.ts$/, '/')).filter((part) => !path.startsWith(part) && path !== part.replace(/\/$/, '.ts'))
        return imports.filter((target) => neighbours.includes(target) || target === `src/${registry}` || parts.some((part) => target.startsWith(part))).map((target) => `${path} imports ${target}`)
      })
    })
    expect(wrong).toEqual([])
  })

  test('simulators share only our nouns with the gateway, and acceptance tests nothing of its source', () => {
    const fromSimulators = sources.filter(({ path }) => path.startsWith('simulators/') && !isTest(path)).flatMap(({ imports }) => imports.filter((target) => target.startsWith('src/') && !target.startsWith('src/core/')))
    const fromAcceptance = sources.filter(({ path }) => path.startsWith('test/acceptance/')).flatMap(({ imports }) => imports.filter((target) => !target.startsWith('test/')))
    expect([...fromSimulators, ...fromAcceptance]).toEqual([])
  })

  test('docs/architecture.md shows the table', () => {
    const rows = Object.entries(MAY_IMPORT).map(([folder, allowed]) => `| ${folder} | ${allowed.length === 0 ? 'nothing of ours' : allowed.map((name) => (name.endsWith('.ts') ? `\`${name}\`` : name)).join(', ')} |`)
    expect(readFileSync(ARCHITECTURE, 'utf8')).toContain(['| folder | may import |', '|---|---|', ...rows].join('\n'))
  })
})

test('only the command line reads the environment', () => {
  const readers = sources.filter(({ path, text }) => !isTest(path) && !path.startsWith('test/') && /process\.env\b/.test(withoutComments(text)))
  expect(readers.map(({ path }) => path).filter((path) => !ENVIRONMENT_READERS.test(path))).toEqual([])
})

function mayImport(target: string, allowed: readonly string[]): boolean {
  return allowed.some((name) => (name.endsWith('.ts') ? target === name : target.startsWith(`${name}/`)))
}

function sourceAt(path: string): Source {
  const source = sources.find((each) => each.path === path)
  if (!source) throw new Error(`there is no ${path}`)
  return source
}

/** A registry also imports the contract; an adapter exports something of its own name, capitals aside (`openAiVideos`). */
function isAdapter(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1, -'.ts'.length).replaceAll('-', '')
  return new RegExp(`^export const ${name}\\b`, 'im').test(sourceAt(path).text)
}

function isTest(path: string): boolean {
  return /\.(test|fixture)\.ts$|\/fixtures\//.test(path)
}

/** `core` of `src/core/task.ts`; undefined for files directly in src/. */
function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}

function readSources(): Source[] {
  return ['src', 'simulators', 'test'].flatMap((folder) =>
    readdirSync(join(GATEWAY, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => {
      const path = join(folder, name)
      const text = readFileSync(join(GATEWAY, path), 'utf8')
      const imports = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? match[4]!).filter((target) => target.startsWith('.'))
      return { path, text, imports: imports.map((target) => relative(GATEWAY, resolve(GATEWAY, dirname(path), target))) }
    }))
}
