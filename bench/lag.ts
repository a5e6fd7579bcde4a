import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '../apps/gateway/src/core/ids.ts'
import { inTransaction } from '../apps/gateway/src/db/pool.ts'
import { CREATE_MODEL } from './creates.ts'
import type { AcceptedJob, ArkSimulatorsAsked, ArkSimulatorsOptions, ArkSimulatorsTold } from './load/ark-simulators.ts'
import type { WaitAnswer, WaitClientsAsked, WaitClientsOptions, WaitClientsTold } from './load/wait-clients.ts'
import { createTasks } from './support/tasks.ts'
import type { Bench, Row } from './support/bench.ts'
import { Helper } from './support/processes.ts'
import { FIRST_KEY, onStage, type Stage } from './support/stage.ts'
import { percentile, showMs, showWhole } from './support/statistics.ts'

/** A job takes 6, 8 or 10 of these: three quarters of the usual time to five quarters. */
const STEPS = { usual: 8, whole: [6, 8, 10], longest: 10 } as const
const MIN_MS = 500
const MAX_MS = 15_000
const GOAL_BEYOND_INTERVAL_MS = 500
const REPLACE_MS = 250
const HELPER_TIMEOUT_MS = 60_000
const WAIT_SECONDS = 300

export const lag: Bench = {
  name: 'lag',
  about: 'From the upstream\'s end to the caller\'s knowing: every task in flight has a caller on `/wait`, and the upstream is the Ark simulator in a process of its own. Tasks of all ages are there at the start and each that ends is replaced by a new one, so that their number stays. Jobs take 0.75, 1 or 1.25 of the usual time; near the end the interval between checks is a twentieth of the usual time (claim_checks in `0001_init.sql`). "Seen" is the move to `archiving`; "told" is the first byte of the answer of `/wait`, which comes after the result was downloaded, checked, stored and paid. Tasks are put in flight by the database\'s own functions, without the call to submit.',
  needs: [],
  run: ({ quick, say }) => onStage(async (stage) => {
    const usualMs = quick ? 20_000 : 120_000
    const stepMs = usualMs / STEPS.usual
    const intervalMs = Math.min(MAX_MS, Math.max(MIN_MS, usualMs / 20))
    const upstream = new Helper<ArkSimulatorsAsked, ArkSimulatorsTold>('ark-simulators', {
      renderSeconds: Array.from({ length: STEPS.longest }, (_, index) => ((index + 1) * stepMs) / 1000),
    } satisfies ArkSimulatorsOptions)
    try {
      const simulators = await upstream.next((told) => ('simulators' in told ? told.simulators : undefined), HELPER_TIMEOUT_MS)
      const channels = simulators.map(({ baseUrl, credential }, index) => ({ id: `ark-${index}`, provider: 'volcengine-ark', base_url: baseUrl, credential, models: { [CREATE_MODEL]: 'doubao-seedance-2-0-260128' } }))
      const rows: Row[] = []
      for (const { tasks, seconds } of quick ? [{ tasks: 10, seconds: 20 }, { tasks: 500, seconds: 15 }] : [{ tasks: 10, seconds: 120 }, { tasks: 1_000, seconds: 45 }, { tasks: 10_000, seconds: 60 }]) {
        const gateway = await stage.startGateway({ channels })
        const clients = new Helper<WaitClientsAsked, WaitClientsTold>('wait-clients', { port: Number(new URL(gateway.url).port), key: FIRST_KEY, timeoutSeconds: WAIT_SECONDS } satisfies WaitClientsOptions)
        try {
          const [template] = await createTasks(gateway.url, 1)
          const lags = await measure({ stage, upstream, clients, template: template!, usualMs, stepMs }, { tasks, measureMs: seconds * 1000 })
          const seen = lags.map(({ seenMs }) => seenMs)
          const told = lags.map(({ toldMs }) => toldMs)
          const archived = lags.map(({ seenMs, toldMs }) => toldMs - seenMs)
          const show = (values: readonly number[]): string => `p50 ${showMs(percentile(values, 0.5))}, p99 ${showMs(percentile(values, 0.99))}`
          say(`${tasks} tasks, ${lags.length} ends: seen ${show(seen)}; told ${show(told)}; between ${show(archived)}`)
          for (const [what, values, extra] of [['seen', seen, ''], ['told', told, `after it was seen: ${show(archived)}`]] as const) {
            rows.push({
              measure: `lag until ${what}, ${showWhole(tasks)} in flight (${showWhole(lags.length)} ends)`,
              genlock: extra,
              beside: `interval ${showMs(intervalMs)}`,
              result: show(values),
              goal: `p99 ≤ interval + ${showMs(GOAL_BEYOND_INTERVAL_MS)}`,
              met: percentile(values, 0.99) <= intervalMs + GOAL_BEYOND_INTERVAL_MS,
            })
          }
        } finally {
          await clients.stop()
          await gateway.stop()
        }
        // What is left in flight is not the next measurement's.
        await stage.pool.query(`delete from task_check`)
        await stage.pool.query(`delete from pgboss.job`)
      }
      return rows
    } finally {
      await upstream.stop()
    }
  }),
}

interface Parts {
  stage: Stage
  upstream: Helper<ArkSimulatorsAsked, ArkSimulatorsTold>
  clients: Helper<WaitClientsAsked, WaitClientsTold>
  /** A task that the others are copies of. */
  template: string
  usualMs: number
  stepMs: number
}

interface Lag {
  /** From the upstream's end to the move to `archiving`. */
  seenMs: number
  /** From the upstream's end to the first byte at the caller. */
  toldMs: number
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
  const { upstream, clients } = parts
  const batch = batches++
  const accepted = upstream.next((told) => {
    if ('failed' in told) throw new Error(`the upstream failed: ${told.failed}`)
    return 'batch' in told && told.batch === batch ? told.jobs : undefined
  }, HELPER_TIMEOUT_MS)
  upstream.tell({ batch, simulator, count })
  const jobs = (await accepted).map((job) => ({ ...job, taskId: newId('video') }))
  await insertRunning(parts, jobs, { simulator, ageMs })
  for (const { taskId, endsAtMs: atMs } of jobs) endsAtMs.set(taskId, atMs)
  clients.tell({ wait: jobs.map(({ taskId }) => taskId) })
}

/** By the database's own functions, so that holds, events and states are what they are in life; and in one transaction, so that no worker takes a queued one to an upstream. */
function insertRunning({ stage, template, usualMs }: Parts, jobs: readonly (AcceptedJob & { taskId: string })[], { simulator, ageMs }: { simulator: number; ageMs: number }): Promise<void> {
  // Due at any moment of the interval that such an age has.
  const intervalMs = Math.min(MAX_MS, ageMs < 0.6 * usualMs ? (0.6 * usualMs - ageMs) / 2 : usualMs / 20)
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
          'check', jsonb_build_object('attempt_id', 'att_bench_' || j."taskId", 'delay_ms', random() * $2::float8, 'usual_ms', $3::integer)))
        from jsonb_to_recordset($1) as j("taskId" text, id text)`,
      values: [JSON.stringify(jobs), intervalMs, usualMs],
    })
    await client.query({ name: 'age_all', text: `update task_check set submitted_at = now() - $2 * interval '1 ms' where task_id = any ($1)`, values: [taskIds, ageMs] })
  })
}

async function readSeen({ pool }: Stage, taskIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ task_id: string; at: Date }>(`select task_id, at from task_event where state = 'archiving' and task_id = any ($1)`, [taskIds])
  return new Map(rows.map(({ task_id: taskId, at }) => [taskId, at.getTime()]))
}
