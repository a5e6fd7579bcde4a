/** The documents say what the code says, where a test can tell. Their commands are run in test/acceptance/. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/core/errors.ts'
import { dialects } from '../../src/dialects/index.ts'
import { PROVIDERS } from '../../src/providers/index.ts'
import { configurationPage } from './configuration.ts'
import { withDialectsTable } from './dialects.ts'
import { modelsPage } from './models.ts'
import { sectionsIn, withProvidersTable } from './providers.ts'

const REPOSITORY = resolve(import.meta.dirname, '../../../..')
const SOURCE = join(REPOSITORY, 'apps/gateway/src')

const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(REPOSITORY, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => join('docs', name))]

test('docs/configuration.md is what npm run docs writes', () => {
  expect(read('docs/configuration.md')).toBe(configurationPage())
})

test('docs/models.md is what npm run docs writes', () => {
  expect(read('docs/models.md')).toBe(modelsPage())
})

test('docs/errors.md has a paragraph for every code, and for no other', () => {
  const headings = [...read('docs/errors.md').matchAll(/^## `(\w+)`$/gm)].map((match) => match[1])
  expect(headings.toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted())
})

test('docs/dialects.md has the table that npm run docs writes, and every dialect its page', () => {
  expect(read('docs/dialects.md')).toBe(withDialectsTable(read('docs/dialects.md')))
  expect(readdirSync(join(REPOSITORY, 'docs/dialects')).toSorted()).toEqual(dialects.map(({ id }) => `${id}.md`).toSorted())
})

test('docs/providers.md has the table that npm run docs writes, and a section for every provider', () => {
  const page = read('docs/providers.md')
  expect(page).toBe(withProvidersTable(page))
  expect(sectionsIn(page)).toEqual(Object.keys(PROVIDERS))
})

test('every metric that docs/operations.md alerts on exists', () => {
  const code = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('metrics.ts')).map((name) => readFileSync(join(SOURCE, name), 'utf8')).join('')
  const named = [...read('docs/operations.md').matchAll(/\bgenlock_\w+/g)].map(([name]) => name.replace(/_bucket$/, ''))
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter((name) => !code.includes(`'${name}'`))).toEqual([])
})

test('files that documents link to or name by path exist', () => {
  const missing = pages.flatMap((page) => {
    const text = read(page)
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map((match) => join(dirname(page), match[1]!))
    const paths = [...text.matchAll(/`((?:apps|docs|bench)\/[\w./-]+\.(?:ts|md|sql))`/g)].map((match) => match[1]!)
    return [...links, ...paths].filter((path) => !existsSync(join(REPOSITORY, path))).map((path) => `${page}: ${relative('.', path)}`)
  })
  expect(missing).toEqual([])
})

test('every source file that docs/architecture.md walks through exists', () => {
  const steps = /## One request[\s\S]*?\n## /.exec(read('docs/architecture.md'))![0]
  const named = [...steps.matchAll(/`([a-z]+\/[\w./-]+\.(?:ts|sql))`/g)].map((match) => match[1]!)
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((path) => !existsSync(join(SOURCE, path)))).toEqual([])
})

function read(page: string): string {
  return readFileSync(join(REPOSITORY, page), 'utf8')
}
