/**
 * What holds in every dialect, spoken over HTTP with a whole gateway behind it: create → read → result, what is
 * refused and how, idempotency, cancel, failure, and every task read in every other dialect.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialects, ownerOfTask, sharedRoutes } from '../../src/dialects/index.ts'
import { ERROR_CODES } from '../../src/core/errors.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { send, type DialectSample, type WireRequest } from './sample.ts'
import { readSamples } from './samples.ts'

const MAX_READS = 1500
const READ_EVERY_MS = 100
const UNKNOWN_ID = 'vid_0000000000000000000000'
const IN_ANY_ID = /(?:vid|img|req)_[a-z0-9]+/g

const samples = await readSamples()
let genlock: TestGateway
/** One finished task of each dialect. */
const finished = new Map<string, string>()

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000', GENLOCK_KEY_RPM: '100000' } })
})
afterAll(() => genlock?.close())

test('every dialect of the registry has a sample', () => {
  expect(samples.map(({ dialect }) => dialect).toSorted()).toEqual(dialects.map(({ id }) => id).toSorted())
})

describe.each(samples.map((sample) => [sample.dialect, sample] as const))('%s', (_, sample) => {
  const statusOf = (code: keyof NonNullable<DialectSample['errorStatuses']>): number => sample.errorStatuses?.[code] ?? ERROR_CODES[code].status
  const uniqueSuffix = (() => { let count = 0; return () => `${sample.dialect} ${++count}` })()

  test('create, read, result: the file is there, and it was charged once', async () => {
    const { response, answer, id } = await create(sample.create('A paper boat'))
    expect(response.status).toBeLessThan(300)
    const end = sample.synchronous ? answer : await readUntilEnded(id)
    expect(sample.outcomeOf(end)).toBe('done')
    const links = sample.linksOf(end)
    expect(links.length).toBeGreaterThan(0)
    for (const link of links) expect(await bytesAt(link)).toBeGreaterThan(100)
    finished.set(sample.dialect, id)
    const { rows } = await genlock.database.pool.query<{ dialect: string; state: string; captures: string }>(
      `select dialect, state, (select count(*) from posting p where p.task_id = task.id and p.kind = 'capture') as captures from task where id = $1`, [id])
    expect(rows).toMatchObject([{ dialect: sample.dialect, state: 'succeeded' }])
    expect(Number(rows[0]!.captures)).toBe(1)
  })

  test('an id that is unknown and one of another account are the same to it', async () => {
    if (!sample.read) return
    const { id } = await create(sample.create('Theirs'))
    const stranger = await genlock.addAccount(0n)
    const [unknown, foreign] = await Promise.all([UNKNOWN_ID, id].map(async (asked) => {
      const response = await send(genlock.url, sample.read!(asked), stranger.key)
      return { status: response.status, body: (await response.text()).replaceAll(IN_ANY_ID, 'x') }
    }))
    expect(unknown!.status).toBe(statusOf('not_found'))
    expect(foreign).toEqual(unknown)
  })

  test('without a key, and with a wrong one', async () => {
    const before = await countTasks()
    for (const key of ['', 'sk_wrong']) {
      const response = await send(genlock.url, sample.create('Nobody'), key)
      expect(response.status).toBe(statusOf('unauthorized'))
      expect(sample.messageOf(await response.json())).toMatch(/key/i)
    }
    expect(await countTasks()).toBe(before)
  })

  test('a wrong field is named, and nothing is held', async () => {
    const before = await countTasks()
    const response = await send(genlock.url, sample.wrong.request, genlock.key)
    const answer: unknown = await response.json()
    expect(response.status).toBe(statusOf('invalid_request'))
    expect(JSON.stringify(answer)).toContain(sample.wrong.names)
    expect(sample.messageOf(answer)).not.toBe('')
    expect(await countTasks()).toBe(before)
  })

  test('an empty body is refused, wherever something is made', async () => {
    const before = await countTasks()
    for (const { method, path } of dialects.find(({ id }) => id === sample.dialect)!.routes.filter(({ action }) => action === 'create')) {
      const response = await send(genlock.url, { method, path: path.replaceAll(/:\w+|\*/g, 'sora-2'), json: {} }, genlock.key)
      expect(response.status >= 400 || response.headers.has('x-error-code'), `${path}: ${response.status}`).toBe(true)
      await response.body?.cancel()
    }
    expect(await countTasks()).toBe(before)
  })

  test('without credits nothing is started', async () => {
    const { key } = await genlock.addAccount(1n)
    const response = await send(genlock.url, sample.create('Poor'), key)
    expect(response.status).toBe(statusOf('insufficient_credits'))
    expect(sample.messageOf(await response.json())).not.toBe('')
    expect((await verifyLedger(genlock.database.pool)).violations).toEqual([])
  })

  test('the same Idempotency-Key is the same task, and with another body a mismatch', async () => {
    const idempotency = { 'idempotency-key': uniqueSuffix() }
    const first = await create(sample.create('Once'), idempotency)
    const again = await create(sample.create('Once'), idempotency)
    expect(again.id).toBe(first.id)
    expect(again.response.headers.get('idempotent-replayed')).toBe('true')
    const other = await send(genlock.url, sample.create('Twice'), genlock.key, idempotency)
    expect(other.status).toBe(statusOf('idempotency_mismatch'))
  })

  test('the same Idempotency-Key at the same moment is one task', async () => {
    const idempotency = { 'idempotency-key': uniqueSuffix() }
    const before = await countTasks()
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(genlock.url, sample.create('At once'), genlock.key, idempotency)))
    for (const answer of answers) expect([200, 201, 202, 409]).toContain(answer.status)
    expect(await countTasks()).toBe(before + 1)
  })

  test('a cancelled task is shown as one, and is not charged', async () => {
    const prompt = `[[slow:60]] ${uniqueSuffix()}`
    const creating = send(genlock.url, sample.create(prompt), genlock.key)
    const id = await idOfPrompt(prompt)
    const cancelled = await send(genlock.url, sample.cancel?.(id) ?? { method: 'POST', path: `/v1/videos/${id}/cancel` }, genlock.key)
    expect(cancelled.status).toBeLessThan(300)
    const created = await creating
    if (sample.synchronous) {
      expect(created.status).toBeGreaterThanOrEqual(400)
      expect(sample.messageOf(await created.json())).toMatch(/cancel/i)
    } else {
      expect(sample.outcomeOf(await readUntilEnded(id))).toBe('cancelled')
    }
    expect(await chargedOf(id)).toBe(0n)
  })

  test('a task that failed for its content is shown as failed, and is not charged', async () => {
    const prompt = `[[fail:content_policy]] ${uniqueSuffix()}`
    const { response, answer, id } = await create(sample.create(prompt), {}, prompt)
    if (sample.synchronous) {
      expect(response.status).toBe(statusOf('content_policy'))
      expect(sample.messageOf(answer)).toMatch(/content/i)
    } else {
      expect(sample.outcomeOf(await readUntilEnded(id))).toBe('failed')
    }
    expect(await chargedOf(id)).toBe(0n)
  })

  async function readUntilEnded(id: string): Promise<unknown> {
    for (let read = 0; read < MAX_READS; read += 1) {
      const response = await send(genlock.url, sample.read!(id), genlock.key)
      expect(response.status, `${sample.dialect} reads ${id}`).toBeLessThan(300)
      const answer: unknown = await response.json()
      if (sample.outcomeOf(answer) !== 'pending') return answer
      await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS))
    }
    throw new Error(`${id} has not ended`)
  }

  async function create(request: WireRequest, headers: Record<string, string> = {}, prompt?: string): Promise<{ response: Response; answer: unknown; id: string }> {
    const response = await send(genlock.url, request, genlock.key, headers)
    const answer: unknown = await response.json()
    const id = response.headers.get('x-task-id') ?? (prompt === undefined ? sample.idOf!(answer) : await idOfPrompt(prompt))
    if (response.ok && sample.idOf) expect(sample.idOf(answer)).toBe(id)
    return { response, answer, id }
  }
})

describe('a task of every dialect', () => {
  const readers = samples.filter((sample) => sample.read)

  test.each(readers.map((reader) => [reader.dialect, reader] as const))('is read in %s', async (_, reader) => {
    expect(finished.size).toBe(samples.length)
    for (const [birth, id] of finished) {
      const response = await send(genlock.url, reader.read!(id), genlock.key)
      expect(response.status, `a task of ${birth}`).toBeLessThan(300)
      const answer: unknown = await response.json()
      const shown = samples.find(({ dialect }) => dialect === shownIn(reader, birth))!
      expect(shown.outcomeOf(answer), `a task of ${birth}: ${JSON.stringify(answer)}`).toBe('done')
      const [link] = shown.linksOf(answer)
      expect(await bytesAt(link!), `a task of ${birth}`).toBeGreaterThan(0)
    }
  })

  test('leaves the books in balance', async () => {
    const { violations } = await verifyLedger(genlock.database.pool)
    expect(violations).toEqual([])
  })
})

/** Whose words a task of `birth` is shown in where `reader` reads: on a route that several share, that follows from its birth. */
function shownIn(reader: DialectSample, birth: string): string {
  const { method, path } = reader.read!('ID')
  const shared = sharedRoutes(dialects).find((route) => route.method === method && route.action === 'read' && new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path.split('?')[0]!))
  return shared ? ownerOfTask(shared, { dialect: birth }).dialect.id : reader.dialect
}

async function bytesAt(link: string): Promise<number> {
  if (link.startsWith('data:')) return link.length
  const response = link.startsWith('/') ? await genlock.call(link) : await fetch(link)
  expect(response.status, link).toBe(200)
  return (await response.arrayBuffer()).byteLength
}

async function countTasks(): Promise<number> {
  const { rows: [row] } = await genlock.database.pool.query<{ tasks: string }>('select count(*) as tasks from task')
  return Number(row!.tasks)
}

async function chargedOf(id: string): Promise<bigint> {
  const { rows: [row] } = await genlock.database.pool.query<{ charged_micros: bigint }>('select charged_micros from task where id = $1', [id])
  return row!.charged_micros
}

/** For wires whose answer to the create comes late or has no id. */
async function idOfPrompt(prompt: string): Promise<string> {
  for (let read = 0; read < MAX_READS; read += 1) {
    const { rows: [row] } = await genlock.database.pool.query<{ id: string }>(`select id from task where request->>'prompt' like '%' || $1 || '%'`, [prompt])
    if (row) return row.id
    await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS))
  }
  throw new Error(`no task has the prompt ${prompt}`)
}
