import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'vitest'
import { stringify } from 'yaml'
import type { Simulator, SimulatorOptions } from '../../simulators/simulator.ts'
import { simulateVolcengineArk } from '../../simulators/volcengine-ark.ts'
import type { TaskState } from '../../src/core/task.ts'
import { CRASH_POINTS, type CrashPoint } from '../../src/engine/crash-points.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { TEST_KEY, testEnvironment } from '../support/gateway.ts'
import { allEnded, examine, type SentCreate } from './aftermath.ts'
import { startGatewayProcess, type GatewayProcess } from './processes.ts'

/** What must come of a task whose process dies there, once another process is up. */
const ENDINGS: Record<CrashPoint, { state: TaskState; asked: number; attempts: number; lost: boolean }> = {
  'create:before_commit': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'create:after_commit': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'submit:before_attempt': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  // Nobody can know that the call was not made.
  'submit:after_attempt': { state: 'failed', asked: 0, attempts: 1, lost: true },
  'submit:after_call': { state: 'failed', asked: 1, attempts: 1, lost: true },
  'submit:after_outcome': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'check:before_call': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'check:after_call': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'check:after_move': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'archive:before_download': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'archive:after_store': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'archive:after_settle': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'cancel:before_call': { state: 'succeeded', asked: 1, attempts: 1, lost: false },
  'cancel:after_call': { state: 'cancelled', asked: 1, attempts: 1, lost: false },
  'cancel:after_move': { state: 'cancelled', asked: 1, attempts: 1, lost: false },
  'expire:before_move': { state: 'failed', asked: 1, attempts: 1, lost: true },
  'expire:after_move': { state: 'failed', asked: 1, attempts: 1, lost: true },
}

/** A hold may be open for this long after the restart, and no longer. */
const ALL_ENDED_WITHIN_MS = 60_000
const MARKER = '<the only one>'

describe.concurrent('a process that is killed', () => {
  test.for(CRASH_POINTS)('at %s leaves nothing asked twice, nothing held and nothing untrue', { timeout: 120_000 }, async (point, context) => {
    const { expect } = context
    const world = await createWorld(context, point.startsWith('cancel:') ? { queuedSeconds: 10 } : {})
    const doomed = await world.start(point)
    const answeredId = await bringThere(point, doomed, { world, expect })
    expect(await doomed.ended).toBe('SIGKILL')

    const heir = await world.start()
    // A client that got no answer asks again with the same key; one that got one may do so too.
    const repeated = await create(heir)
    expect(repeated.status).toBe(202)
    const sent: SentCreate = { idempotencyKey: 'once', marker: MARKER, answeredId: answeredId ?? repeated.id }
    expect(await allEnded(world.database.pool, ALL_ENDED_WITHIN_MS)).toBe(true)

    const { outcomes, faults } = await examine(world.database.pool, { upstream: world.ark, creates: [sent], dataFolder: world.dataFolder })
    expect(faults).toEqual([])
    const { state, asked, attempts, lost } = ENDINGS[point]
    expect(outcomes).toEqual([expect.objectContaining({ id: repeated.id, state, attempts, wasUnresolved: lost })])
    expect(outcomes[0]!.lossMicros > 0n).toBe(lost)
    expect(world.ark.acceptedCreates(MARKER)).toBe(asked)
    const read = await fetch(`${heir.url}/v1/videos/${repeated.id}`, { headers: { authorization: `Bearer ${TEST_KEY}` } })
    expect(read.status).toBe(200)
  })
})

/** Sends what makes the process pass the point. Resolves to the id that it answered before it died, if it did. */
async function bringThere(point: CrashPoint, doomed: GatewayProcess, { world, expect }: { world: World; expect: TestContext['expect'] }): Promise<string | undefined> {
  if (point.startsWith('expire:')) world.ark.failNext({ operation: 'create', kind: 'reset', accepted: true })
  const { id } = await create(doomed).catch(() => ({ id: undefined }))
  if (id === undefined || !point.startsWith('cancel:')) return id
  await expect.poll(async () => (await world.database.pool.query('select state from task where id = $1', [id])).rows[0].state, { timeout: 20_000 }).toBe('running')
  await fetch(`${doomed.url}/v1/videos/${id}/cancel`, { method: 'POST', headers: { authorization: `Bearer ${TEST_KEY}` } }).catch(() => undefined)
  return id
}

async function create({ url }: GatewayProcess): Promise<{ status: number; id: string }> {
  const answer = await fetch(`${url}/v1/videos`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json', 'idempotency-key': 'once' },
    body: JSON.stringify({ model: 'seedance-2.0-pro', input: { prompt: `A boat ${MARKER}`, duration_seconds: 4, resolution: '480p' } }),
  })
  return { status: answer.status, id: ((await answer.json()) as { id: string }).id }
}

interface World {
  database: TestDatabase
  ark: Simulator
  dataFolder: string
  start(point?: CrashPoint): Promise<GatewayProcess>
}

async function createWorld({ onTestFinished }: TestContext, options: SimulatorOptions): Promise<World> {
  const database = await createTestDatabase()
  const ark = await simulateVolcengineArk({ queuedSeconds: 0.1, renderSeconds: 0.3, ...options })
  const dataFolder = await mkdtemp(join(tmpdir(), 'genlock-crash-'))
  const processes: GatewayProcess[] = []
  onTestFinished(async () => {
    await Promise.all(processes.map((each) => each.kill()))
    await ark.close()
    await database.drop()
    await rm(dataFolder, { recursive: true, force: true })
  })
  const configFile = join(dataFolder, 'genlock.yaml')
  await writeFile(configFile, stringify({ channels: [{ id: 'ark', provider: 'volcengine-ark', base_url: ark.baseUrl, credential: ark.credential, models: { 'seedance-2.0-pro': 'doubao-seedance-2-0-260128' } }] }))
  const environment = { ...testEnvironment(database.url, dataFolder), GENLOCK_CONFIG: configFile, GENLOCK_RECONCILE_SECONDS: '3', GENLOCK_TASK_DEADLINE_SECONDS: '50' }
  return {
    database, ark, dataFolder,
    async start(point) {
      const started = await startGatewayProcess({ environment, ...(point && { point }) })
      processes.push(started)
      return started
    },
  }
}
