/** docs/clients.md names the clients that the tests run, in the versions that are installed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const REPOSITORY = resolve(import.meta.dirname, '../../../..')
const ACCEPTANCE = 'apps/gateway/test/acceptance'

const page = read('docs/clients.md')
const installed = (JSON.parse(read('package.json')) as { devDependencies: Record<string, string> }).devDependencies
const clientTests = readdirSync(join(REPOSITORY, ACCEPTANCE, 'clients')).filter((name) => name.endsWith('.test.ts'))

/** The first two cells of each row, by the heading that it stands under. */
const rows = page.split('\n## ').flatMap((section) => [...section.matchAll(/^\| `([^`]+)`([^|]*) \| ([\d.]+) \|/gm)].map((match) => ({ section: section.split('\n')[0]!, name: match[1]!, note: match[2]!.trim(), version: match[3]! })))

test('every test of a client stands on the page', () => {
  expect(clientTests.filter((name) => !page.includes(`(../${ACCEPTANCE}/clients/${name})`))).toEqual([])
})

test('the versions are those of package.json and of python.test.ts', () => {
  const python = Object.fromEntries([...read(`${ACCEPTANCE}/python.test.ts`).matchAll(/'([\w-]+)==([\d.]+)'/g)].map((match) => [match[1], match[2]]))
  expect(rows.length).toBeGreaterThan(20)
  for (const { section, name, note, version } of rows) {
    const key = /^\d+$/.test(note) ? `${name.replace('@', '').replace('/', '-')}-${note}` : name
    expect(section === 'Python' ? python[name] : installed[key]?.split('@').at(-1), `${section}: ${name} ${note}`).toBe(version)
  }
  expect(Object.keys(python).filter((name) => !rows.some((row) => row.section === 'Python' && row.name === name))).toEqual([])
  expect(page).toContain(`\`ai\` ${installed['ai']} `)
})

test('every client that they import has a row', () => {
  const imported = clientTests.flatMap((name) => [...read(`${ACCEPTANCE}/clients/${name}`).matchAll(/ from '(@[^/']+\/[^/']+|[^@./'][^/']*)/g)].map((match) => match[1]!))
  const clients = [...new Set(imported)].filter((name) => installed[name] !== undefined && !['vitest', 'ai', 'google-genai-2'].includes(name))
  expect(clients.length).toBeGreaterThan(15)
  expect(clients.filter((name) => !rows.some((row) => row.name === name))).toEqual([])
})

function read(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8')
}
