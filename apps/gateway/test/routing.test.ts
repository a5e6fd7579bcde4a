import { afterEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulators/simulator.ts'
import { simulateVidu } from '../simulators/vidu.ts'
import { simulateVolcengineArk } from '../simulators/volcengine-ark.ts'
import { verifyLedger } from '../src/ledger/verify.ts'
import { startTestGateway, type TestGateway } from './support/gateway.ts'

const MODEL = 'seedance-2.0-pro'
const open: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

describe('over three channels', () => {
  test('a task goes on after a no to our money and a no to the request, and ends where it is taken', async () => {
    const [first, second, third] = await Promise.all([simulateArk(), simulateArk(), simulateArk()])
    // The second has the model under a name that its upstream does not know.
    const genlock = await start([{ ...channelOf('first', first), priority: 2 }, { ...channelOf('second', second), priority: 1, models: { [MODEL]: 'no-such-model' } }, channelOf('third', third)])
    first.failNext({ operation: 'create', kind: 'unauthorized' })
    const id = await create(genlock, '<on and on>')
    expect(await ended(genlock, id)).toMatchObject({ status: 'succeeded' })
    expect([first, second, third].map((ark) => ark.acceptedCreates('<on and on>'))).toEqual([0, 0, 1])
    expect(await attempts(genlock, id)).toEqual([['first', 'refused'], ['second', 'refused'], ['third', 'accepted']])
    expect((await verifyLedger(genlock.database.pool)).violations).toEqual([])
  })
})

test('a channel that nobody answers at rests, is asked something free before it is given a task again, and loses none', { timeout: 60_000 }, async () => {
  const before = await simulateVolcengineArk({})
  const port = Number(new URL(before.baseUrl).port)
  await before.close()
  const genlock = await start([channelOf('ark', before)])
  const ids = await Promise.all(Array.from({ length: 6 }, (_, index) => create(genlock, `<${index}>`)))
  const resting = async (): Promise<unknown> => (await genlock.database.pool.query('select resting_until is not null as resting from channel')).rows[0].resting
  await expect.poll(resting, { timeout: 10_000 }).toBe(true)
  const ark = await simulateArk({ port })
  for (const id of ids) expect(await ended(genlock, id)).toMatchObject({ status: 'succeeded' })
  // The first to come was refused for what it lacked, as the wire's free question is.
  expect(ark.requests()[0]).toMatchObject({ operation: 'create', status: 400 })
  expect(ark.acceptedCreates('<')).toBe(6)
  expect(await resting()).toBe(false)
})

describe('a channel with several credentials', () => {
  test('spreads its tasks over them', async () => {
    const ark = await simulateArk({ queuedSeconds: 1_000 })
    const credential = ark.credential
    const genlock = await start([{ ...without(channelOf('ark', ark), 'credential'), credentials: [{ label: 'a', credential }, { label: 'b', credential, concurrency: 2 }, { label: 'c', credential }] }])
    for (let index = 0; index < 8; index += 1) {
      await create(genlock, `<${index}>`)
      await expect.poll(() => ark.acceptedCreates('<')).toBe(index + 1)
    }
    const { rows } = await genlock.database.pool.query('select k.label, count(*)::integer as open from attempt a join channel_credential k on k.id = a.credential_id group by k.label order by k.label')
    expect(rows).toEqual([{ label: 'a', open: 3 }, { label: 'b', open: 2 }, { label: 'c', open: 3 }])
  })

  test('goes on with the others when one is refused, and is blocked when none is left', async () => {
    const ark = await simulateArk()
    const wrong = { api_key: 'sk-wrong' }
    const genlock = await start([{ ...without(channelOf('ark', ark), 'credential'), credentials: [{ label: 'wrong', credential: wrong }, { label: 'right', credential: ark.credential }] }])
    const ids = await Promise.all(Array.from({ length: 6 }, (_, index) => create(genlock, `<${index}>`)))
    for (const id of ids) expect(await ended(genlock, id)).toMatchObject({ status: 'succeeded' })
    const blocked = `select c.blocked_reason is not null as channel, array_agg(k.label order by k.label) filter (where k.blocked_reason is not null) as credentials from channel c join channel_credential k on k.channel_id = c.id group by c.id`
    expect((await genlock.database.pool.query(blocked)).rows).toEqual([{ channel: false, credentials: ['wrong'] }])
    ark.failNext({ operation: 'create', kind: 'unauthorized' })
    await create(genlock, '<none left>')
    await expect.poll(async () => (await genlock.database.pool.query(blocked)).rows, { timeout: 10_000 }).toEqual([{ channel: true, credentials: ['right', 'wrong'] }])
    expect(ark.acceptedCreates('<none left>')).toBe(0)
  })
})

describe('what a channel cannot do', () => {
  test('is refused before anything is held, by the client\'s own name of the field, when no other can', async () => {
    const genlock = await start([await viduChannel()])
    const answer = await post(genlock, 4)
    expect([answer.status, await answer.json()]).toMatchObject([422, { error: { code: 'invalid_request', param: 'input.duration_seconds', message: expect.stringMatching(/viduq1 takes 5 seconds/) } }])
    expect((await genlock.database.pool.query('select from task')).rowCount).toBe(0)
    expect((await post(genlock, 5)).status).toBe(202)
  })

  test('goes to one that can, whatever the priorities', async () => {
    const ark = await simulateArk()
    const genlock = await start([{ ...await viduChannel(), priority: 9 }, channelOf('ark', ark)])
    const id = await create(genlock, '<four seconds>')
    expect(await ended(genlock, id)).toMatchObject({ status: 'succeeded' })
    expect(await attempts(genlock, id)).toEqual([['ark', 'accepted']])
  })

  test('waits for the one that can while that has no place, and keeps nobody from the other', async () => {
    const ark = await simulateArk({ renderSeconds: 1 })
    const genlock = await start([{ ...await viduChannel(), limits: { concurrency: 1 } }, { ...channelOf('ark', ark), priority: 9, limits: { concurrency: 1 } }])
    const four = [await create(genlock, '<four 1>'), await create(genlock, '<four 2>'), await create(genlock, '<four 3>')]
    const five = ((await (await post(genlock, 5)).json()) as { id: string }).id
    expect(await ended(genlock, five)).toMatchObject({ status: 'succeeded' })
    expect(await attempts(genlock, five)).toEqual([['vidu', 'accepted']])
    for (const id of four) expect(await ended(genlock, id)).toMatchObject({ status: 'succeeded' })
    expect(ark.acceptedCreates('<four')).toBe(3)
  })
})

/** As somebody might map it: Vidu Q1 makes five seconds, no more and no less. */
async function viduChannel(): Promise<Record<string, unknown>> {
  const vidu = await simulateVidu({ queuedSeconds: 0.05, renderSeconds: 0.1 })
  open.push(() => vidu.close())
  return { id: 'vidu', provider: 'vidu', base_url: vidu.baseUrl, credential: vidu.credential, models: { [MODEL]: 'viduq1' } }
}

function post(genlock: TestGateway, seconds: number): Promise<Response> {
  return genlock.call('/v1/videos', { method: 'POST', body: JSON.stringify({ model: MODEL, input: { prompt: `<${seconds} seconds>`, duration_seconds: seconds, resolution: '1080p', aspect_ratio: '16:9', audio: false } }) })
}

/** A channel without a word about models serves what the catalogue says its provider can make. */
function channelOf(id: string, ark: Simulator): Record<string, unknown> {
  return { id, provider: 'volcengine-ark', base_url: ark.baseUrl, credential: ark.credential }
}

function without(object: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))
}

async function simulateArk(options: Parameters<typeof simulateVolcengineArk>[0] = {}): Promise<Simulator> {
  const ark = await simulateVolcengineArk({ queuedSeconds: 0.05, renderSeconds: 0.1, ...options })
  open.push(() => ark.close())
  return ark
}

async function start(channels: unknown[]): Promise<TestGateway> {
  const genlock = await startTestGateway({ channels })
  open.push(() => genlock.close())
  return genlock
}

async function create(genlock: TestGateway, prompt: string): Promise<string> {
  const answer = await genlock.call('/v1/videos', { method: 'POST', body: JSON.stringify({ model: MODEL, input: { prompt, duration_seconds: 4, resolution: '480p' } }) })
  expect(answer.status).toBe(202)
  return ((await answer.json()) as { id: string }).id
}

async function ended(genlock: TestGateway, id: string): Promise<unknown> {
  return (await genlock.call(`/v1/videos/${id}/wait?timeout=30`)).json()
}

async function attempts({ database }: TestGateway, id: string): Promise<string[][]> {
  const { rows } = await database.pool.query<{ channel_id: string; outcome: string }>('select channel_id, outcome from attempt where task_id = $1 order by number', [id])
  return rows.map(({ channel_id: channel, outcome }) => [channel, outcome])
}
