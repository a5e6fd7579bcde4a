/** Where a crash leaves something else behind than at an upstream that is asked again and again: crash.test.ts has the rest. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TaskState } from '../../src/core/task.ts'
import type { CrashPoint } from '../../src/engine/crash-points.ts'
import { allEnded, examine, type Outcome } from './aftermath.ts'
import { CRASH_COSTS, type CrashUpstreamId } from './upstreams.ts'
import { createCrashWorld, IDEMPOTENCY_KEY, type CrashWorld } from './world.ts'
import { freePort } from '../support/free-port.ts'

interface Crash {
  upstream: CrashUpstreamId
  point: CrashPoint
  /** What it leaves behind: the state of the task, and how many files. */
  left: { state: TaskState; files: number }
  /** What must come of it, once another process is up. */
  comesTo: { state: TaskState; asked: number; wasUnresolved: boolean }
}

const CRASHES: readonly Crash[] = [
  // The answer is the picture: stored before anything is written, then settled in the same breath.
  { upstream: 'openai', point: 'submit:before_attempt', left: { state: 'queued', files: 0 }, comesTo: { state: 'succeeded', asked: 1, wasUnresolved: false } },
  { upstream: 'openai', point: 'submit:after_attempt', left: { state: 'submitting', files: 0 }, comesTo: { state: 'failed', asked: 0, wasUnresolved: true } },
  { upstream: 'openai', point: 'submit:after_call', left: { state: 'submitting', files: 1 }, comesTo: { state: 'failed', asked: 1, wasUnresolved: true } },
  { upstream: 'openai', point: 'archive:before_download', left: { state: 'archiving', files: 1 }, comesTo: { state: 'succeeded', asked: 1, wasUnresolved: false } },
  { upstream: 'openai', point: 'archive:after_store', left: { state: 'archiving', files: 1 }, comesTo: { state: 'succeeded', asked: 1, wasUnresolved: false } },
  { upstream: 'openai', point: 'archive:after_settle', left: { state: 'succeeded', files: 1 }, comesTo: { state: 'succeeded', asked: 1, wasUnresolved: false } },
  { upstream: 'openai', point: 'submit:after_outcome', left: { state: 'succeeded', files: 1 }, comesTo: { state: 'succeeded', asked: 1, wasUnresolved: false } },
  // Searched by our reference: there, and not there.
  { upstream: 'kling', point: 'submit:after_call', left: { state: 'submitting', files: 0 }, comesTo: { state: 'succeeded', asked: 1, wasUnresolved: true } },
  { upstream: 'kling', point: 'submit:after_attempt', left: { state: 'submitting', files: 0 }, comesTo: { state: 'failed', asked: 0, wasUnresolved: true } },
]

const ALL_ENDED_WITHIN_MS = 60_000

describe.concurrent('a process that is killed', () => {
  test.for(CRASHES)('at $point with $upstream leaves it $left.state, and it comes to be $comesTo.state, asked $comesTo.asked times', { timeout: 150_000 }, async ({ upstream, point, left, comesTo }, context) => {
    const world = await createCrashWorld(context, upstream)
    await dieAt(point, world)
    expect({ state: await stateIn(world), files: (await filesIn(world)).length }).toEqual(left)

    const { outcome, asked } = await survive(world)
    expect({ state: outcome.state, asked, wasUnresolved: outcome.wasUnresolved }).toEqual(comesTo)
    expect(outcome.lossMicros > 0n).toBe(comesTo.state === 'failed')
    expect(outcome.costMicros > 0n).toBe(comesTo.state === 'succeeded')
  })

  /** Nobody else can say what became of it: Ark has no reference to search by. */
  test('during a call is not missed by an upstream that calls back before anyone has found out', { timeout: 150_000 }, async (context) => {
    const world = await createCrashWorld(context, 'ark', { gatewayPort: await freePort(), callbackRetryMs: 2_000 })
    await dieAt('submit:after_call', world)
    expect(await stateIn(world)).toBe('submitting')

    const { outcome, asked } = await survive(world)
    expect(outcome).toMatchObject({ state: 'succeeded', attempts: 1, lossMicros: 0n })
    expect(asked).toBe(1)
  })

  test('with a picture that nobody knows of, and again while it is given up, leaves no picture', { timeout: 150_000 }, async (context) => {
    const world = await createCrashWorld(context, 'openai')
    await dieAt('submit:after_call', world)
    expect(await filesIn(world)).toHaveLength(1)
    expect(await (await world.start('expire:after_move')).ended).toBe('SIGKILL')
    expect({ state: await stateIn(world), files: (await filesIn(world)).length }).toEqual({ state: 'failed', files: 1 })

    expect((await survive(world)).outcome).toMatchObject({ state: 'failed', wasUnresolved: true })
    expect(await filesIn(world)).toEqual([])
  })
})

async function dieAt(point: CrashPoint, world: CrashWorld): Promise<void> {
  const doomed = await world.start(point)
  await world.create(doomed).catch(() => undefined)
  expect(await doomed.ended).toBe('SIGKILL')
}

/** Another process comes and the client asks again. Resolves to what is true when all has ended, after looking for what must not be. */
async function survive(world: CrashWorld): Promise<{ outcome: Outcome; asked: number }> {
  const { database: { pool }, upstream, marker, dataFolder } = world
  const heir = await world.start()
  const { status, id } = await world.create(heir)
  expect(status).toBe(202)
  expect(await allEnded(pool, ALL_ENDED_WITHIN_MS)).toBe(true)
  const { outcomes, faults } = await examine(pool, { upstream, creates: [{ idempotencyKey: IDEMPOTENCY_KEY, marker, answeredId: id }], dataFolder, costs: CRASH_COSTS })
  expect(faults).toEqual([])
  expect(outcomes).toHaveLength(1)
  expect((await world.call(heir, `/${id}`)).status).toBe(200)
  return { outcome: outcomes[0]!, asked: upstream.acceptedCreates(marker) }
}

async function stateIn({ database }: CrashWorld): Promise<TaskState | undefined> {
  const { rows: [task] } = await database.pool.query<{ state: TaskState }>('select state from task')
  return task?.state
}

async function filesIn({ dataFolder }: CrashWorld): Promise<string[]> {
  const entries = await readdir(join(dataFolder, 'files', 'outputs'), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}
