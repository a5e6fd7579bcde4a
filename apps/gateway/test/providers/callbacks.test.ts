/** Upstreams that call back, with the whole gateway before them: told at once, twice, too early, and by nobody who may. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { upstreamCallbackUrl } from '../../src/http/upstream-callbacks.ts'
import { deriveKeys } from '../../src/keys.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { PLAIN_CREATES } from '../dialects/plain-creates.ts'
import { send } from '../dialects/sample.ts'
import { TEST_SECRET } from '../support/gateway.ts'
import { startAllChannels, type AllChannels } from './all-channels.ts'
import { allPairs, type PairKind } from './pairs.ts'
import { freePort } from '../support/free-port.ts'

const MAX_LOOKS = 600
const LOOK_EVERY_MS = 50
/** Far beyond the time of a test: what is seen was told. */
const NEVER_MS = 60_000

const calling = (Object.values(PROVIDERS) as Provider[]).filter(({ callsBack }) => callsBack)
/** Of those that make videos and pictures some call back for one kind only. */
const TOLD_OF: Record<string, PairKind> = { 'bfl-flux': 'image' }
const pairOf = (id: string) => allPairs().find(({ provider, dialect, kind, fromFrame }) => provider === id && dialect === 'genlock' && kind === (TOLD_OF[id] ?? kind) && !fromFrame)!
let all: AllChannels

beforeAll(async () => {
  const port = await freePort()
  all = await startAllChannels({
    simulation: { queuedSeconds: 0.2, renderSeconds: 1, callbackRetryMs: 100 },
    environment: { PORT: String(port), GENLOCK_PUBLIC_URL: `http://127.0.0.1:${port}`, GENLOCK_CHECK_MIN_MS: String(NEVER_MS), GENLOCK_CHECK_MAX_MS: String(NEVER_MS) },
  }, calling)
})
afterAll(() => all?.close())

describe.each(calling.map(({ id }) => id))('%s', (id) => {
  test('is believed only after a look: told too early nothing is paid, told twice it is paid once', async () => {
    all.simulators.get(id)!.brownOut({ duplicateCallbacks: 1 })
    const taskId = await create(id, `<${id} tells>`)
    const { attemptId } = await until(taskId, ({ state }) => state === 'running')
    // Right by its address, and a lie: the job has only begun.
    const url = upstreamCallbackUrl(all.genlock.url, attemptId!, deriveKeys(TEST_SECRET).callback)
    for (const word of ['succeeded', 'completed', 'Success', 'COMPLETED', 'OK']) expect((await post(url, { id: attemptId, status: word, state: word, task_status: word, request_id: attemptId, task_id: attemptId })).status).toBe(200)
    expect(await read(taskId)).toMatchObject({ state: 'running', captures: 0 })
    expect(await until(taskId, ({ state }) => state === 'succeeded')).toMatchObject({ captures: 1 })
    expect((await post(url, { status: 'failed' })).status).toBe(200)
    expect(await read(taskId)).toMatchObject({ state: 'succeeded', captures: 1 })
    all.simulators.get(id)!.brownOut()
  })

  test('is not heard at an address that nobody can have been given', async () => {
    const taskId = await create(id, `<${id} forged>`)
    const { attemptId } = await until(taskId, ({ attemptId: begun }) => begun !== null)
    const forged = upstreamCallbackUrl(all.genlock.url, attemptId!, Buffer.alloc(32))
    expect((await post(forged, { status: 'succeeded' })).status).toBe(404)
    await until(taskId, ({ state }) => state === 'succeeded')
  })
})

test('and the books balance', async () => {
  expect((await verifyLedger(all.genlock.database.pool)).violations).toEqual([])
})

async function create(id: string, prompt: string): Promise<string> {
  const { kind, model } = pairOf(id)
  const created = await send(all.genlock.url, PLAIN_CREATES['genlock']![kind]!(model, prompt), all.keys.get(id)!)
  expect(created.status).toBe(202)
  return ((await created.json()) as { id: string }).id
}

interface Look {
  state: string
  attemptId: string | null
  captures: number
}

async function until(taskId: string, isIt: (look: Look) => boolean): Promise<Look> {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const seen = await read(taskId)
    if (isIt(seen)) return seen
    if (seen.state === 'failed') break
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw new Error(`the task is ${JSON.stringify(await read(taskId))}`)
}

async function read(taskId: string): Promise<Look> {
  const { rows: [row] } = await all.genlock.database.pool.query<Look>(
    `select state, (select id from attempt a where a.task_id = task.id order by number desc limit 1) as "attemptId",
      (select count(*)::integer from posting p where p.task_id = task.id and p.kind = 'capture') as captures from task where id = $1`, [taskId])
  return row!
}

function post(url: string, json: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) })
}
