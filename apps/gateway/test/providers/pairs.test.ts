/**
 * Every dialect with every provider behind it, in every kind of media that both have: a request in the dialect's own
 * words, submitted over the provider's wire to its simulator, followed in the dialect to a file in our storage.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createResultMedia } from '../../simulators/result-media.ts'
import { dialects } from '../../src/dialects/index.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { PLAIN_CREATES } from '../dialects/plain-creates.ts'
import { readUntil } from '../dialects/read-until.ts'
import { send, type DialectSample } from '../dialects/sample.ts'
import { readSamples } from '../dialects/samples.ts'
import { startAllChannels, type AllChannels } from './all-channels.ts'
import { allPairs, type Pair } from './pairs.ts'

const samples = new Map((await readSamples()).map((sample) => [sample.dialect, sample]))
const providers: Provider[] = Object.values(PROVIDERS)
const pairs = allPairs()
let all: AllChannels
/** A data URI. */
let frame: string

beforeAll(async () => {
  frame = `data:image/png;base64,${Buffer.from(await createResultMedia().png({ widthPixels: 512, heightPixels: 512 })).toString('base64')}`
  all = await startAllChannels({ simulation: { queuedSeconds: 0.05, renderSeconds: 0.1 } })
})
afterAll(() => all?.close())

test('every dialect says how it asks for something plain', () => {
  expect(Object.keys(PLAIN_CREATES).toSorted()).toEqual(dialects.map(({ id }) => id).toSorted())
})

describe.each(providers.map(({ id }) => id))('%s is reached from', (id) => {
  // Together: most of the time of a pair is waiting.
  test.concurrent.each(pairs.filter(({ provider }) => provider === id).map((pair) => [pair.dialect, pair.kind, pair] as const))('%s, for a %s', async (_dialect, _kind, pair) => {
    await follow(pair)
  })
})

test('and the books balance', async () => {
  expect((await verifyLedger(all.genlock.database.pool)).violations).toEqual([])
})

async function follow({ dialect, provider, kind, model, fromFrame }: Pair): Promise<void> {
  const sample = samples.get(dialect)!
  const creates = PLAIN_CREATES[dialect]!
  const { genlock, keys } = all
  const key = keys.get(provider)!
  const prompt = `A paper boat for ${dialect}`
  const created = await send(genlock.url, fromFrame ? creates.videoFromFrame!(model, prompt, frame) : creates[kind]!(model, prompt), key)
  const text = await created.text()
  expect(created.status, `${dialect} with ${model}: ${text.slice(0, 500)}`).toBeLessThan(300)
  const id = created.headers.get('x-task-id') ?? sample.idOf!(JSON.parse(text))
  const end = await readUntil<{ state: string; dialect: string; error: unknown; provider: string; outputs: { storageKey: string; mediaType: string; bytes: number }[] }>(
    async () => Response.json(await taskRow(id)), ({ state }) => state === 'succeeded' || state === 'failed')
  expect(end, `${dialect} with ${model}`).toMatchObject({ state: 'succeeded', dialect, provider })
  expect(end.outputs.length).toBeGreaterThan(0)
  for (const { mediaType, bytes } of end.outputs) {
    expect(mediaType).toMatch(new RegExp(`^${kind}/`))
    expect(bytes).toBeGreaterThan(0)
  }
  if (!sample.read || creates.synchronous?.includes(kind)) return
  // A read may be a moment behind the row.
  const answer = await readUntil<unknown>(() => send(genlock.url, sample.read!(id), key), (shown) => sample.outcomeOf(shown) !== 'pending')
  expect(sample.outcomeOf(answer)).toBe('done')
  for (const link of linksOf(sample, answer)) expect((await (await fetch(new URL(link, genlock.url), { headers: { authorization: `Bearer ${key}` } })).arrayBuffer()).byteLength).toBeGreaterThan(100)
}

/** Where a wire shows no link to this kind, the file was looked at in the task's row. */
function linksOf(sample: DialectSample, answer: unknown): string[] {
  return sample.linksOf(answer).filter((link) => typeof link === 'string' && link !== '' && !link.startsWith('data:'))
}

async function taskRow(id: string): Promise<unknown> {
  const { rows: [row] } = await all.genlock.database.pool.query<Record<string, unknown>>(
    `select t.state, t.dialect, t.error, t.outputs, (select provider from attempt a where a.task_id = t.id order by number desc limit 1) as provider from task t where t.id = $1`, [id])
  return row
}
