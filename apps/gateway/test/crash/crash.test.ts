import { describe, test, type TestContext } from 'vitest'
import type { TaskState } from '../../src/core/task.ts'
import { CRASH_POINTS, type CrashPoint } from '../../src/engine/crash-points.ts'
import { allEnded, examine, type SentCreate } from './aftermath.ts'
import type { GatewayProcess } from './processes.ts'
import { createCrashWorld, IDEMPOTENCY_KEY, type CrashWorld } from './world.ts'

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

describe.concurrent('a process that is killed', () => {
  test.for(CRASH_POINTS)('at %s leaves nothing asked twice, nothing held and nothing untrue', { timeout: 120_000 }, async (point, context) => {
    const { expect } = context
    const world = await createCrashWorld(context, 'ark', point.startsWith('cancel:') ? { queuedSeconds: 10 } : {})
    const doomed = await world.start(point)
    const answeredId = await bringThere(point, doomed, { world, expect })
    expect(await doomed.ended).toBe('SIGKILL')

    const heir = await world.start()
    // A client that got no answer asks again with the same key; one that got one may do so too.
    const repeated = await world.create(heir)
    expect(repeated.status).toBe(202)
    const sent: SentCreate = { idempotencyKey: IDEMPOTENCY_KEY, marker: world.marker, answeredId: answeredId ?? repeated.id }
    expect(await allEnded(world.database.pool, ALL_ENDED_WITHIN_MS)).toBe(true)

    const { outcomes, faults } = await examine(world.database.pool, { upstream: world.upstream, creates: [sent], dataFolder: world.dataFolder })
    expect(faults).toEqual([])
    const { state, asked, attempts, lost } = ENDINGS[point]
    expect(outcomes).toEqual([expect.objectContaining({ id: repeated.id, state, attempts, wasUnresolved: lost })])
    expect(outcomes[0]!.lossMicros > 0n).toBe(lost)
    expect(world.upstream.acceptedCreates(world.marker)).toBe(asked)
    expect((await world.call(heir, `/${repeated.id}`)).status).toBe(200)
  })
})

/** Sends what makes the process pass the point. Resolves to the id that it answered before it died, if it did. */
async function bringThere(point: CrashPoint, doomed: GatewayProcess, { world, expect }: { world: CrashWorld; expect: TestContext['expect'] }): Promise<string | undefined> {
  if (point.startsWith('expire:')) world.upstream.failNext({ operation: 'create', kind: 'reset', accepted: true })
  const { id } = await world.create(doomed).catch(() => ({ id: undefined }))
  if (id === undefined || !point.startsWith('cancel:')) return id
  await expect.poll(async () => (await world.database.pool.query('select state from task where id = $1', [id])).rows[0].state, { timeout: 20_000 }).toBe('running')
  await world.call(doomed, `/${id}/cancel`, { method: 'POST' }).catch(() => undefined)
  return id
}
