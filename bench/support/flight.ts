import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '../../apps/gateway/src/core/ids.ts'
import { inTransaction } from '../../apps/gateway/src/db/pool.ts'
import { upstreamCallbackUrl } from '../../apps/gateway/src/http/upstream-callbacks.ts'
import { CREATE_MODEL } from '../creates.ts'
import type { AcceptedJob, ArkSimulatorsAsked, ArkSimulatorsOptions, ArkSimulatorsTold } from '../load/ark-simulators.ts'
import type { WaitAnswer, WaitClientsAsked, WaitClientsOptions, WaitClientsTold } from '../load/wait-clients.ts'
import { Helper } from './processes.ts'
import { CALLBACK_KEY, FIRST_KEY, type RunningGateway, type Stage } from './stage.ts'

/** A job takes 5, 6 or 7 of these: five sixths of the usual time to seven sixths. There is a simulator for each number of steps that a job may have left. */
export const STEPS = { usual: 6, whole: [5, 6, 7], longest: 7 } as const
export const MIN_MS = 500
export const MAX_MS = 15_000
export const GOAL_BEYOND_INTERVAL_MS = 500
const REPLACE_MS = 250
const HELPER_TIMEOUT_MS = 60_000
const WAIT_SECONDS = 300

export type ArkSimulators = Helper<ArkSimulatorsAsked, ArkSimulatorsTold>

/** Ark, played by a process of its own, as channels of a gateway. */
export async function startUpstream(stepMs: number): Promise<{ upstream: ArkSimulators; channels: unknown[] }> {
  const upstream: ArkSimulators = new Helper('ark-simulators', {
    renderSeconds: Array.from({ length: STEPS.longest }, (_, index) => ((index + 1) * stepMs) / 1000),
  } satisfies ArkSimulatorsOptions)
  const simulators = await upstream.next((told) => ('simulators' in told ? told.simulators : undefined), HELPER_TIMEOUT_MS)
  return { upstream, channels: simulators.map(({ baseUrl, credential }, index) => arkChannel(`ark-${index}`, baseUrl, credential)) }
}

export function arkChannel(id: string, baseUrl: string, credential: Record<string, unknown>): unknown {
  return { id, provider: 'volcengine-ark', base_url: baseUrl, credential, models: { [CREATE_MODEL]: 'doubao-seedance-2-0-260128' } }
}

/** Between two checks of a job that is near its usual end (`claim_checks` in the migrations). */
export function intervalNearEndMs(usualMs: number): number {
  return Math.min(MAX_MS, Math.max(MIN_MS, usualMs / 20))
}

export interface Flight {
  stage: Stage
  gateway: RunningGateway
  upstream: ArkSimulators
  /** A task that the others are copies of. */
  template: string
  usualMs: number
  /** Whether the upstream calls back at every change. */
  callbacks?: boolean
}

interface Parts extends Flight {
  clients: Helper<WaitClientsAsked, WaitClientsTold>
  stepMs: number
}

export interface Lag {
  /** From the upstream's end to the move to `archiving`. */
  seenMs: number
  /** From the upstream's end to the first byte at the caller. */
  toldMs: number
}

/** Keeps so many tasks in flight, a caller on `/wait` for each, and measures every end that comes in the time. */
export async function measureLags(flight: Flight, { tasks, measureMs }: { tasks: number; measureMs: number }): Promise<Lag[]> {
  const clients = new Helper<WaitClientsAsked, WaitClientsTold>('wait-clients', { port: Number(new URL(flight.gateway.url).port), key: FIRST_KEY, timeoutSeconds: WAIT_SECONDS } satisfies WaitClientsOptions)
  try {
    return await measure({ ...flight, clients, stepMs: flight.usualMs / STEPS.usual }, { tasks, measureMs })
  } finally {
    await clients.stop()
  }
}

async function measure(parts: Parts, { tasks, measureMs }: { tasks: number; measureMs: number }): Promise<Lag[]> {
  const { stage, clients, stepMs } = parts
  const endsAtMs = new Map<string, number>()
  let answers: WaitAnswer[] = []
  let fault: Error | undefined
  clients.onTold((told) => {
    if ('answers' in told) answers.push(...told.answers)
    if ('failed' in told) fault = new Error(`a wait failed: ${told.failed}`)
  })
  await fill(parts, tasks, endsAtMs)
  // One step for the jobs whose ends came while the rest was being put in flight.
  const begunAtMs = Date.now() + stepMs
  const endMs = begunAtMs + measureMs
  const told = new Map<string, number>()
  while (Date.now() < endMs) {
    await sleep(REPLACE_MS)
    if (fault) throw fault
    const ended = answers
    answers = []
    for (const { id, atMs, status } of ended) {
      if (status !== 'succeeded') throw new Error(`a task ended as ${status}`)
      told.set(id, atMs)
    }
    if (ended.length > 0) await replace(parts, ended.length, endsAtMs)
  }
  // Those that the upstream ended in the time, and that nobody has been told of, count as late as they are by now.
  const due = [...endsAtMs].filter(([, atMs]) => atMs >= begunAtMs && atMs < endMs - parts.usualMs / 10 - GOAL_BEYOND_INTERVAL_MS)
  const seen = await readSeen(stage, due.map(([id]) => id))
  const nowMs = Date.now()
  return due.map(([id, atMs]) => ({ seenMs: (seen.get(id) ?? nowMs) - atMs, toldMs: (told.get(id) ?? nowMs) - atMs }))
}

/** Tasks of all ages, as if they had come evenly for long. */
async function fill(parts: Parts, tasks: number, endsAtMs: Map<string, number>): Promise<void> {
  const batches = Math.min(tasks, 20)
  const startedAtMs = Date.now()
  for (let batch = 0; batch < batches; batch += 1) {
    const counts = new Map<string, { simulator: number; ageMs: number; count: number }>()
    const size = Math.round((tasks * (batch + 1)) / batches) - Math.round((tasks * batch) / batches)
    for (let index = 0; index < size; index += 1) {
      // A long job is in flight for longer: it is met more often.
      const steps = 1 + Math.floor(Math.random() * STEPS.whole.reduce((sum, each) => sum + each, 0))
      const { whole, left } = pick(steps)
      const key = `${whole} ${left}`
      const known = counts.get(key) ?? { simulator: left - 1, ageMs: (whole - left) * parts.stepMs, count: 0 }
      known.count += 1
      counts.set(key, known)
    }
    for (const { simulator, ageMs, count } of counts.values()) await putInFlight(parts, { simulator, ageMs, count }, endsAtMs)
    // Ends that come evenly need beginnings that do.
    await sleep(Math.max(0, startedAtMs + ((batch + 1) * parts.stepMs) / batches - Date.now()))
  }
}

/** The `n`-th of all steps of all whole durations. */
function pick(n: number): { whole: number; left: number } {
  let rest = n
  for (const whole of STEPS.whole) {
    if (rest <= whole) return { whole, left: rest }
    rest -= whole
  }
  throw new Error('there are not so many steps')
}

async function replace(parts: Parts, count: number, endsAtMs: Map<string, number>): Promise<void> {
  const counts = STEPS.whole.map(() => 0)
  for (let index = 0; index < count; index += 1) counts[Math.floor(Math.random() * counts.length)]! += 1
  await Promise.all(STEPS.whole.map((whole, index) => (counts[index]! > 0 ? putInFlight(parts, { simulator: whole - 1, ageMs: 0, count: counts[index]! }, endsAtMs) : undefined)))
}

let batches = 0

/** Jobs at the upstream, tasks that run them, and a caller who waits for each. */
async function putInFlight(parts: Parts, { simulator, ageMs, count }: { simulator: number; ageMs: number; count: number }, endsAtMs: Map<string, number>): Promise<void> {
  const { upstream, clients, gateway } = parts
  const batch = batches++
  const taskIds = Array.from({ length: count }, () => newId('video'))
  const accepted = upstream.next((told) => {
    if ('failed' in told) throw new Error(`the upstream failed: ${told.failed}`)
    return 'batch' in told && told.batch === batch ? told.jobs : undefined
  }, HELPER_TIMEOUT_MS)
  const callbackUrls = parts.callbacks ? taskIds.map((taskId) => upstreamCallbackUrl(gateway.url, attemptOf(taskId), CALLBACK_KEY)) : undefined
  upstream.tell({ batch, simulator, count, ...(callbackUrls && { callbackUrls }) })
  const jobs = (await accepted).map((job, index) => ({ ...job, taskId: taskIds[index]! }))
  await insertRunning(parts, jobs, { simulator, ageMs })
  for (const { taskId, endsAtMs: atMs } of jobs) endsAtMs.set(taskId, atMs)
  clients.tell({ wait: jobs.map(({ taskId }) => taskId) })
}

/** By the database's own functions, so that holds, events and states are what they are in life; and in one transaction, so that no worker takes a queued one to an upstream. */
function insertRunning({ stage, template, usualMs, callbacks = false }: Parts, jobs: readonly (AcceptedJob & { taskId: string })[], { simulator, ageMs }: { simulator: number; ageMs: number }): Promise<void> {
  // Due at any moment of the interval that such an age has.
  const intervalMs = callbacks ? 4 * MAX_MS : Math.min(MAX_MS, ageMs < 0.6 * usualMs ? (0.6 * usualMs - ageMs) / 2 : usualMs / 20)
  const taskIds = jobs.map(({ taskId }) => taskId)
  return inTransaction(stage.pool, async (client) => {
    await client.query({
      name: 'create_all',
      text: `select create_task(j.id, t.account_id, t.key_id, t.group_name, false, t.dialect, t.kind, t.model, t.request, t.quote, t.held_micros,
          t.ignored, t.usual_seconds, null, now(), now() + interval '2 hours', null, null, null, null)
        from unnest($1::text[]) j(id), task t where t.id = $2`,
      values: [taskIds, template],
    })
    await client.query({
      name: 'attempt_all',
      text: `insert into attempt (id, task_id, number, channel_id, credential_id, provider, upstream_model, outcome, job_id, started_at)
        select 'att_bench_' || j.id, j.id, 1, k.channel_id, k.id, 'volcengine-ark', 'doubao-seedance-2-0-260128', 'calling', gen_random_uuid(), now() - $3 * interval '1 ms'
        from unnest($1::text[]) j(id), channel_credential k where k.channel_id = $2`,
      values: [taskIds, `ark-${simulator}`, ageMs],
    })
    await client.query({ name: 'submitting_all', text: `select move_task(j.id, '{queued}', 'submitting') from unnest($1::text[]) j(id)`, values: [taskIds] })
    await client.query({
      name: 'running_all',
      text: `select move_task(j."taskId", '{submitting}', 'running', jsonb_build_object(
          'attempt', jsonb_build_object('id', 'att_bench_' || j."taskId", 'outcome', 'accepted', 'handle', jsonb_build_object('id', j.id)),
          'check', jsonb_build_object('attempt_id', 'att_bench_' || j."taskId", 'delay_ms', random() * $2::float8, 'usual_ms', $3::integer, 'sparse', $4::boolean)))
        from jsonb_to_recordset($1) as j("taskId" text, id text)`,
      values: [JSON.stringify(jobs), intervalMs, usualMs, callbacks],
    })
    await client.query({ name: 'age_all', text: `update task_check set submitted_at = now() - $2 * interval '1 ms' where task_id = any ($1)`, values: [taskIds, ageMs] })
  })
}

/** As `insertRunning` names it. */
function attemptOf(taskId: string): string {
  return `att_bench_${taskId}`
}

async function readSeen({ pool }: Stage, taskIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ task_id: string; at: Date }>(`select task_id, at from task_event where state = 'archiving' and task_id = any ($1)`, [taskIds])
  return new Map(rows.map(({ task_id: taskId, at }) => [taskId, at.getTime()]))
}
