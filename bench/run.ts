import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { content } from './content.ts'
import { creates } from './creates.ts'
import { inFlight } from './in-flight.ts'
import { lag } from './lag.ts'
import { reads } from './reads.ts'
import { relay } from './relay.ts'
import { sickChannel } from './sick-channel.ts'
import { waits } from './waits.ts'
import type { Bench, Row } from './support/bench.ts'
import { describeMachine, describePrograms } from './support/machine.ts'
import { markdownTable } from './support/table.ts'

const BENCHES: readonly Bench[] = [creates, reads, waits, lag, sickChannel, relay, content, inFlight]
const DOCUMENT = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
/** Between these, docs/benchmarks.md holds what the last `--write` measured. */
const RESULTS = /(<!-- results -->\n)[^]*(<!-- end of results -->)/

/** `npm run bench -- [name …] [--quick] [--write]`. */
async function main(): Promise<void> {
  const { values: { quick, write }, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } } })
  const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name))
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; there are ${BENCHES.map(({ name }) => name).join(', ')}`)
  const chosen = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const programs = describePrograms([...new Set(chosen.flatMap(({ needs }) => needs))])
  const machine = describeMachine()
  const startedAtMs = Date.now()
  const rows: Row[] = []
  for (const bench of chosen) {
    console.error(`${bench.name} …`)
    rows.push(...await bench.run({ quick, say: (line) => console.error(`  ${line}`) }))
  }
  const text = [
    `${new Date(startedAtMs).toISOString().slice(0, 10)}, ${quick ? 'quick form, ' : ''}${Math.round((Date.now() - startedAtMs) / 1000)} s in all. ${machine}, embedded PostgreSQL 18 with fsync on${programs === '' ? '' : `, ${programs}`}.`,
    markdownTable(rows),
    ...chosen.map(({ name, about }) => `**${name}**: ${about}`),
  ].join('\n\n')
  console.log(`\n${text}`)
  if (write) await writeFile(DOCUMENT, (await readFile(DOCUMENT, 'utf8')).replace(RESULTS, (_, begin: string, end: string) => `${begin}\n${text}\n\n${end}`))
}

await main()
