import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateVolcengineArk } from '../../simulators/volcengine-ark.ts'
import { startTestGateway, TEST_SECRET, type TestGateway } from '../support/gateway.ts'
import { call, createVideo, post, video } from './client.ts'

const CLI = resolve(import.meta.dirname, '../../src/cli.ts')

let genlock: TestGateway
beforeAll(async () => {
  genlock = await startTestGateway()
})
afterAll(() => genlock.close())

interface Outcome {
  code: number
  out: string
  error: string
}

/** `genlock <words>` as an operator runs it, on the database of the running gateway. */
function run(words: string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const env = { PATH: process.env['PATH'] ?? '', DATABASE_URL: genlock.database.url, GENLOCK_SECRET: TEST_SECRET, GENLOCK_DATA: genlock.config.dataFolder, ...environment }
  return new Promise((fulfil) => {
    execFile(process.execPath, [CLI, ...words], { env, timeout: 60_000 }, (error, out, errorText) => fulfil({ code: error ? Number(error.code) : 0, out, error: errorText }))
  })
}

describe('keys', () => {
  test('are made, listed without their values, and end: for creates at once, for reads within 2 s', async () => {
    const made = await run(['keys', 'create', '--name', 'for a test', '--models', 'seedance-2.0-pro,doubao-seedance-1-0-pro-250528', '--budget', '5'])
    expect(made.code, made.error).toBe(0)
    const [id, key] = made.out.split('\n') as [string, string]
    expect(key).toMatch(/^sk_\w{40}$/)
    const { id: task } = await createVideo(genlock, { prompt: '[[stall]]' }, { key })
    expect((await call(genlock, `/v1/videos/${task}`, { key })).status).toBe(200)
    const listed = await run(['keys', 'list'])
    expect(listed.out).toMatch(new RegExp(`${id} .*for a test.*active.*models seedance-2.0-pro,.*budget left \\$`))
    expect(listed.out).not.toContain(key)

    expect((await run(['keys', 'revoke', id])).code).toBe(0)
    expect((await post(genlock, '/v1/videos', video(), { key })).status).toBe(401)
    await expect.poll(async () => (await call(genlock, `/v1/videos/${task}`, { key })).status, { timeout: 4_000 }).toBe(401)
    expect((await run(['keys', 'list'])).out).toMatch(new RegExp(`${id} .*revoked`))
    expect(await run(['keys', 'revoke', id])).toMatchObject({ code: 2, error: expect.stringContaining('there is no active key') })
  })

  test.each([
    [['keys', 'create', '--models', 'sora-99'], 'there is no model "sora-99"'], [['keys', 'create', '--models', ','], 'at least one model'], [['keys', 'create', '--budget', '1e3'], '--budget must be dollars'],
    [['keys', 'create', '--expires', 'yesterday'], '--expires must be'], [['keys', 'create', '--expires', '2001-01-01'], '--expires must be'], [['keys', 'create', '--account', 'acc_x'], 'there is no account acc_x'], [['keys', 'revoke'], 'say which key'],
    [['keys', 'create', '--colour', 'red'], '--colour'], [['credits', 'grant'], 'say how much'], [['credits', 'grant', '-5'], '-5'], [['credits', 'grant', 'lots'], 'say how much'], [['simulate', 'nobody'], 'say which upstream'], [['nonsense'], 'Usage:'],
  ])('%j is refused in plain words', async (words, says) => {
    const { code, error } = await run(words)
    expect(code).toBe(2)
    expect(error).toContain(says)
    expect(error).not.toMatch(/ at .*\.ts:\d/)
  })
})

test('credits are granted, and the books prove it', async () => {
  const before = await run(['credits', 'grant', '0.000001'])
  expect(before.out).toMatch(/^acc_\w+ has \$\d/)
  const granted = await run(['credits', 'grant', '25', '--note', 'for a test'])
  const dollars = (text: string): number => Number(/\$([\d.]+)/.exec(text)![1])
  expect(dollars(granted.out) - dollars(before.out)).toBeCloseTo(25, 3)
  const verified = await run(['ledger', 'verify'])
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('The books balance.')])
})

test('channels are added, listed without what is secret, tested and switched', async () => {
  const ark = await simulateVolcengineArk()
  const file = join(genlock.config.dataFolder, 'channels.yaml')
  await writeFile(file, stringify({ channels: [{ id: 'ark', provider: 'volcengine-ark', base_url: ark.baseUrl, credential: { api_key: '${ARK_KEY}' } }] }))
  const environment = { GENLOCK_EGRESS_ALLOW: '127.0.0.0/8', ARK_KEY: String(ark.credential['api_key']) }
  try {
    expect(await run(['channels', 'add', '--file', file], environment)).toMatchObject({ code: 0, out: 'added ark\n' })
    expect(await run(['channels', 'add', '--file', file], environment)).toMatchObject({ code: 2, error: expect.stringContaining('there is a channel ark already') })
    expect(await run(['channels', 'add', '--file', file], { ...environment, GENLOCK_EGRESS_ALLOW: '' })).toMatchObject({ code: 2, error: expect.stringContaining('base_url leads where nothing may be called') })
    const listed = await run(['channels', 'list'])
    expect(listed.out).toMatch(/^ark {2}volcengine-ark {2}enabled, \d+ models, 0 in flight\n {2}cred_\w+ {2}default {2}fingerprint [0-9a-f]{12}, 0 open\n$/)
    expect(await run(['channels', 'test', 'ark'], environment)).toMatchObject({ code: 0, out: expect.stringMatching(/^ok +default +\d+ ms\n$/) })
    expect(await run(['channels', 'drain', 'ark'])).toMatchObject({ code: 0, out: 'ark is draining, with 0 tasks in flight\n' })
    expect((await run(['channels', 'disable', 'ark'])).out).toContain('ark is disabled')
    expect((await run(['channels', 'enable', 'ark'])).out).toContain('ark is enabled')
    expect(await run(['channels', 'enable', 'none'])).toMatchObject({ code: 2, error: 'genlock: there is no channel "none"\n' })
    expect((await genlock.database.pool.query('select distinct actor from admin_audit')).rows).toEqual([{ actor: 'cli' }])
  } finally {
    // The others here are served by the sandbox.
    await genlock.database.pool.query(`update channel set deleted_at = now()`)
    await ark.close()
  }
})

test('books that do not balance are told by the exit code', async () => {
  const { rows: [account] } = await genlock.database.pool.query<{ id: string }>(`update ledger_account set balance_micros = balance_micros + 1 where id like 'customer:%' returning id`)
  const { code, out } = await run(['ledger', 'verify'])
  expect([code, out]).toEqual([1, expect.stringMatching(/BROKEN [\s\S]*do not balance/)])
  await genlock.database.pool.query('update ledger_account set balance_micros = balance_micros - 1 where id = $1', [account!.id])
  expect((await run(['ledger', 'verify'])).code).toBe(0)
})

test('a doctor looks at everything, and tells by the exit code what is ill', async () => {
  const well = await run(['doctor'])
  expect([well.code, well.out]).toEqual([0, expect.stringMatching(/ok {4}database: PostgreSQL \d+[\s\S]*ok {4}storage[\s\S]*ok {4}channels: none/)])
  const ill = await run(['doctor'], { DATABASE_URL: 'postgresql://nobody:a-password@127.0.0.1:9/x' })
  expect([ill.code, ill.out]).toEqual([1, expect.stringContaining('FAIL  database')])
  expect(ill.out + ill.error).not.toContain('a-password')
})

test('what is wrong in the surroundings is one line too', async () => {
  expect(await run(['start'], { GENLOCK_ROLE: 'boss' })).toMatchObject({ code: 2, error: 'genlock: GENLOCK_ROLE must be all, api or worker\n' })
  expect(await run(['keys', 'list'], { DATABASE_URL: 'postgresql://u:a-password@127.0.0.1:9/x' })).toMatchObject({ code: 1, error: expect.stringMatching(/^genlock: .*ECONNREFUSED.*\n$/) })
  const { port } = new URL(genlock.url)
  expect(await run(['start'], { PORT: port })).toMatchObject({ code: 1, error: expect.stringMatching(/genlock: .*EADDRINUSE/) })
})
