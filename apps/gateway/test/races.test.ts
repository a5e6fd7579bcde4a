import pino from 'pino'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Simulator, SimulatorOptions } from '../simulators/simulator.ts'
import { simulateVolcengineArk } from '../simulators/volcengine-ark.ts'
import { hashApiKey } from '../src/admission/authenticate.ts'
import { createKey } from '../src/bootstrap.ts'
import { attemptsOf } from '../src/db/attempt.ts'
import { inTransaction } from '../src/db/pool.ts'
import { Moves } from '../src/engine/move.ts'
import { deriveKeys } from '../src/keys.ts'
import { verifyLedger } from '../src/ledger/verify.ts'
import { allEnded } from './crash/aftermath.ts'
import { startTestGateway, TEST_SECRET, type TestGateway, type TestGatewayOptions } from './support/gateway.ts'

const MODEL = 'seedance-2.0-pro'
const ENDS_WITHIN_MS = 40_000
const open: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

describe('many creates at once', () => {
  test('on credit for exactly 37, from two processes: 37 succeed, all others are told 402, nothing is held', { timeout: 120_000 }, async () => {
    const { genlock, urls } = await startPair({ queuedSeconds: 1_000 })
    const price = await priceOf(genlock)
    const { key } = await genlock.addAccount(37n * price + price - 1n)
    const statuses = await Promise.all(Array.from({ length: 1_000 }, async (_, index) => (await create(genlock, `<${index}>`, { key, url: urls[index % 2]! })).status))
    expect(countOf(statuses)).toEqual({ 202: 37, 402: 963 })
    expect(await verified(genlock)).toMatchObject({ openHolds: 37 })
  })

  test('under one Idempotency-Key are one task, and every answer says the same', { timeout: 60_000 }, async () => {
    const { genlock, ark, urls } = await startPair()
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => create(genlock, '<same>', { idempotencyKey: 'same', url: urls[index % 2]! })))
    // The two processes have two addresses, which the answer's links show; one process's answer is stored for all.
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
    expect(countOf(answers.map(({ status, replayed }) => `${status}${replayed ? ' replayed' : ''}`))).toEqual({ 202: 1, '202 replayed': 99 })
    expect(await allEnded(genlock.database.pool, ENDS_WITHIN_MS)).toBe(true)
    expect(ark.acceptedCreates('<same>')).toBe(1)
    expect(await verified(genlock)).toMatchObject({ tasks: 1, openHolds: 0 })
  })

  test('under one Idempotency-Key with another body are refused', async () => {
    const { genlock } = await start()
    expect((await create(genlock, '<one>', { idempotencyKey: 'same' })).status).toBe(202)
    expect((await create(genlock, '<other>', { idempotencyKey: 'same' })).status).toBe(422)
  })

  test('by a key with a budget for 5, of an account that could pay for all: 5 succeed', { timeout: 60_000 }, async () => {
    const { genlock, urls } = await startPair({ queuedSeconds: 1_000 })
    const price = await priceOf(genlock)
    const key = await boundedKey(genlock, 5n * price)
    const statuses = await Promise.all(Array.from({ length: 60 }, async (_, index) => (await create(genlock, `<${index}>`, { key, url: urls[index % 2]! })).status))
    expect(countOf(statuses)).toEqual({ 202: 5, 402: 55 })
    expect(await verified(genlock)).toMatchObject({ openHolds: 5 })
  })
})

describe('cancel and completion', () => {
  test('meet at any moment: every task ends once, cancelled ones cost nothing, the others once', { timeout: 90_000 }, async () => {
    const { genlock, ark, urls } = await startPair({ queuedSeconds: 0.4, renderSeconds: 0.1 })
    const price = await priceOf(genlock)
    const { key } = await genlock.addAccount(100n * price)
    // Spread over the whole life of a task, and asked of both processes at the same moment.
    await Promise.all(Array.from({ length: 40 }, async (_, index) => {
      const { id } = await create(genlock, `<${index}>`, { key })
      await sleep(index * 20)
      const statuses = await Promise.all(urls.map(async (url) => (await fetch(`${url}/v1/videos/${id}/cancel`, { method: 'POST', headers: { authorization: `Bearer ${key}` } })).status))
      // 503: the upstream has thrown the job away between the one's look and the other's.
      for (const status of statuses) expect([200, 409, 503]).toContain(status)
    }))
    expect(await allEnded(genlock.database.pool, ENDS_WITHIN_MS)).toBe(true)
    const { rows } = await genlock.database.pool.query<{ state: string; charged_micros: bigint; asked: string }>(`select state, charged_micros, request->>'prompt' as asked from task`)
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['succeeded', 'cancelled']))
    for (const { state, charged_micros: charged, asked } of rows) {
      expect(charged).toBe(state === 'succeeded' ? price : 0n)
      expect(ark.acceptedCreates(asked)).toBeLessThanOrEqual(1)
    }
    const spent = price * BigInt(rows.filter(({ state }) => state === 'succeeded').length)
    expect(await balanceOf(genlock, key)).toBe(100n * price - spent)
    expect(await verified(genlock)).toMatchObject({ openHolds: 0 })
  })
})

describe('a channel with two places', () => {
  test('never has more than two jobs, whoever submits, and a single task does not wait behind another account\'s twenty', { timeout: 90_000 }, async () => {
    const { genlock, ark } = await startPair({ queuedSeconds: 0.1, renderSeconds: 0.4 }, { limits: { concurrency: 2 } })
    const { key } = await genlock.addAccount(1_000_000_000n)
    await Promise.all(Array.from({ length: 20 }, (_, index) => create(genlock, `<many ${index}>`)))
    const single = await create(genlock, '<single>', { key })
    const most = watchConcurrency(genlock)
    expect(await allEnded(genlock.database.pool, 60_000)).toBe(true)
    expect(await most()).toBeLessThanOrEqual(2)
    const { rows } = await genlock.database.pool.query<{ id: string; state: string }>('select t.id, t.state from task t join attempt a on a.task_id = t.id order by a.started_at')
    expect(rows).toHaveLength(21)
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['succeeded']))
    // Two were there before it, and two more may have been on their way.
    expect(rows.findIndex(({ id }) => id === single.id)).toBeLessThanOrEqual(4)
    expect(ark.acceptedCreates('<')).toBe(21)
    expect(await verified(genlock)).toMatchObject({ openHolds: 0 })
  })
})

describe('with two channels', () => {
  test('a refusal for policy is final: the other is never asked, and nothing is charged', async () => {
    const { genlock, first, second } = await startTwoChannels()
    const { id } = await create(genlock, '[[sim:input_moderation]] <bad>')
    expect(await ended(genlock, id)).toMatchObject({ status: 'failed', error: { code: 'content_policy' }, cost_cents: 0 })
    expect(asked(first) + asked(second)).toBe(1)
    expect(await verified(genlock)).toMatchObject({ openHolds: 0 })
  })

  test('one that is busy sends the task to the other at once', async () => {
    const { genlock, first, second } = await startTwoChannels()
    first.failNext({ operation: 'create', kind: 'busy', count: 100 })
    const { id } = await create(genlock, '<busy>')
    expect(await ended(genlock, id)).toMatchObject({ status: 'succeeded' })
    expect([asked(first), second.acceptedCreates('<busy>')]).toEqual([1, 1])
    // It is respected: nothing goes there before the time that it named.
    const { id: next } = await create(genlock, '<next>')
    expect(await ended(genlock, next)).toMatchObject({ status: 'succeeded' })
    expect([asked(first), second.acceptedCreates('<next>')]).toEqual([1, 1])
  })

  test('one that refuses our key is blocked, and the task goes to the other', async () => {
    const { genlock, first, second } = await startTwoChannels()
    first.failNext({ operation: 'create', kind: 'unauthorized' })
    const { id } = await create(genlock, '<key>')
    expect(await ended(genlock, id)).toMatchObject({ status: 'succeeded' })
    expect([asked(first), second.acceptedCreates('<key>')]).toEqual([1, 1])
    const { rows } = await genlock.database.pool.query('select id, blocked_reason from channel order by id')
    expect(rows).toEqual([{ id: 'first', blocked_reason: expect.stringContaining('AuthenticationError') }, { id: 'second', blocked_reason: null }])
    await create(genlock, '<after>').then(({ id: after }) => ended(genlock, after))
    expect(asked(first)).toBe(1)
  })

  test.each(['reset', 'hang', 'bad_gateway', 'html', 'truncated', 'server_error'] as const)('a submission that is lost (%s) is never sent again: unresolved, then failed, credits returned, loss booked', async (kind) => {
    const { genlock, first, second } = await startTwoChannels()
    first.failNext({ operation: 'create', kind, accepted: true })
    const before = await balanceOf(genlock, genlock.key)
    const { id } = await create(genlock, '<lost>')
    await expect.poll(async () => stateOf(genlock, id), { timeout: 10_000 }).toBe('unresolved')
    expect(await ended(genlock, id)).toMatchObject({ status: 'failed', error: { code: 'timeout' }, cost_cents: 0 })
    expect([first.acceptedCreates('<lost>'), asked(first), asked(second)]).toEqual([1, 1, 0])
    expect(await balanceOf(genlock, genlock.key)).toBe(before)
    const { totals } = await verifyLedger(genlock.database.pool)
    expect(totals.lossMicros).toBe(await priceOf(genlock))
    expect(await verified(genlock)).toMatchObject({ openHolds: 0 })
  })
})

test('a second submit job of the same task neither sends it again nor takes the live call for lost', async () => {
  const { genlock, ark } = await start()
  ark.failNext({ operation: 'create', kind: 'slow', slowMs: 1_500 })
  const { id } = await create(genlock, '<twice>')
  const { pool } = genlock.database
  await expect.poll(async () => stateOf(genlock, id), { timeout: 10_000 }).toBe('submitting')
  await pool.query(`select enqueue_job('submit', jsonb_build_object('taskId', $1::text))`, [id])
  expect(await ended(genlock, id)).toMatchObject({ status: 'succeeded' })
  const { rows } = await pool.query<{ state: string }>('select state from task_event where task_id = $1 order by id', [id])
  expect(rows.map(({ state }) => state)).toEqual(['queued', 'submitting', 'running', 'archiving', 'succeeded'])
  expect(ark.acceptedCreates('<twice>')).toBe(1)
})

test('a lost submission that is found again has its whole deadline back', async () => {
  const { genlock, ark } = await start({ queuedSeconds: 1_000 }, { environment: { GENLOCK_RECONCILE_SECONDS: '300' } })
  ark.failNext({ operation: 'create', kind: 'reset', accepted: true })
  const { id } = await create(genlock, '<found>')
  await expect.poll(async () => stateOf(genlock, id), { timeout: 10_000 }).toBe('unresolved')
  const { pool } = genlock.database
  const deadline = `select extract(epoch from coalesce(reconcile_until, deadline_at) - created_at)::float8 as seconds from task`
  expect((await pool.query(deadline)).rows[0].seconds).toBeLessThan(400)
  const [attempt] = await attemptsOf(pool, id)
  expect(await new Moves(pool, pino({ level: 'silent' }), () => undefined).running(id, { id: attempt!.id, handle: { id: 'cgt-found' } }, { delayMs: 100_000, usualMs: 1_000 })).toBe(true)
  expect((await pool.query(deadline)).rows[0].seconds).toBe(7_200)
})

interface Started {
  genlock: TestGateway
  ark: Simulator
}

async function start(simulated: SimulatorOptions = {}, { limits, ...options }: TestGatewayOptions & { limits?: object } = {}): Promise<Started> {
  const ark = await simulate(simulated)
  const genlock = await startTestGateway({ channels: [{ ...channelOf('ark', ark), ...(limits && { limits }) }], ...options })
  open.push(() => genlock.close())
  return { genlock, ark }
}

/** Two processes' worth of gateway on one database. */
async function startPair(simulated: SimulatorOptions = {}, options: { limits?: object } = {}): Promise<Started & { urls: [string, string] }> {
  const started = await start(simulated, { ...options, environment: { GENLOCK_PUBLIC_URL: 'http://127.0.0.1:9' } })
  const other = await started.genlock.another()
  return { ...started, urls: [started.genlock.url, other.url!] }
}

async function startTwoChannels(): Promise<{ genlock: TestGateway; first: Simulator; second: Simulator }> {
  const first = await simulate()
  const second = await simulate()
  const genlock = await startTestGateway({
    channels: [{ ...channelOf('first', first), priority: 10 }, channelOf('second', second)],
    environment: { GENLOCK_RECONCILE_SECONDS: '2', GENLOCK_UPSTREAM_TIMEOUT_MS: '2000' },
  })
  open.push(() => genlock.close())
  return { genlock, first, second }
}

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const ark = await simulateVolcengineArk({ queuedSeconds: 0.05, renderSeconds: 0.1, ...options })
  open.push(() => ark.close())
  return ark
}

function channelOf(id: string, ark: Simulator): Record<string, unknown> {
  return { id, provider: 'volcengine-ark', base_url: ark.baseUrl, credential: ark.credential, models: { [MODEL]: 'doubao-seedance-2-0-260128' } }
}

interface Created {
  status: number
  replayed: boolean
  body: string
  id: string
}

async function create({ url, key }: TestGateway, prompt: string, options: { key?: string; url?: string; idempotencyKey?: string } = {}): Promise<Created> {
  const answer = await fetch(`${options.url ?? url}/v1/videos`, {
    method: 'POST',
    headers: { authorization: `Bearer ${options.key ?? key}`, 'content-type': 'application/json', ...(options.idempotencyKey !== undefined && { 'idempotency-key': options.idempotencyKey }) },
    body: JSON.stringify({ model: MODEL, input: { prompt, duration_seconds: 4, resolution: '480p' } }),
  })
  const body = await answer.text()
  return { status: answer.status, replayed: answer.headers.get('idempotent-replayed') === 'true', body, id: (JSON.parse(body) as { id: string }).id }
}

async function ended(genlock: TestGateway, id: string): Promise<unknown> {
  return (await genlock.call(`/v1/videos/${id}/wait?timeout=30`)).json()
}

async function stateOf({ database }: TestGateway, id: string): Promise<string> {
  return (await database.pool.query('select state from task where id = $1', [id])).rows[0].state
}

/** How often an upstream was asked to make something, whatever it answered. */
function asked(ark: Simulator): number {
  return ark.requests().filter(({ operation }) => operation === 'create').length
}

/** Looks all the time how many attempts hold a place; gives the most at the end. */
function watchConcurrency({ database }: TestGateway): () => Promise<number> {
  const ending = new AbortController()
  const watch = (async () => {
    let most = 0
    while (!ending.signal.aborted) {
      const { rows: [row] } = await database.pool.query<{ open: bigint }>(`select count(*) as open from attempt where ended_at is null`)
      most = Math.max(most, Number(row!.open))
      await sleep(5)
    }
    return most
  })()
  return () => {
    ending.abort()
    return watch
  }
}

/** What one of our creates holds, in micros. */
async function priceOf(genlock: TestGateway): Promise<bigint> {
  const answer = await genlock.call('/v1/quotes', { method: 'POST', body: JSON.stringify({ model: MODEL, input: { prompt: 'x', duration_seconds: 4, resolution: '480p' } }) })
  expect(answer.status).toBe(200)
  return BigInt(Math.round(((await answer.json()) as { estimated_cost_cents: number }).estimated_cost_cents * 10_000))
}

async function boundedKey({ database }: TestGateway, budgetMicros: bigint): Promise<string> {
  const { rows: [account] } = await database.pool.query<{ id: string }>('select id from account limit 1')
  return inTransaction(database.pool, async (client) => (await createKey(client, { accountId: account!.id, name: 'bounded', budgetMicros }, deriveKeys(TEST_SECRET))).value)
}

async function balanceOf({ database }: TestGateway, key: string): Promise<bigint> {
  const { rows: [row] } = await database.pool.query<{ balance_micros: bigint }>(
    `select b.balance_micros from api_key k join ledger_account b on b.id = 'customer:' || k.account_id where k.secret_hash = $1`, [hashApiKey(deriveKeys(TEST_SECRET).apiKeyHash, key)])
  return row!.balance_micros
}

async function verified({ database }: TestGateway): Promise<{ tasks: number; openHolds: number }> {
  const { violations, counts } = await verifyLedger(database.pool)
  expect(violations).toEqual([])
  return counts
}

function countOf(items: readonly (string | number)[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(items, (item) => item)].map(([item, { length }]) => [item, length]))
}
