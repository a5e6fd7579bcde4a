import { setTimeout as sleep } from 'node:timers/promises'
import { CREATE_MODEL } from './creates.ts'
import { createTasks, insertRunning, longQuery } from './support/tasks.ts'
import type { Bench, Row } from './support/bench.ts'
import { boundOf, readHistogram, readMetric } from './support/metrics.ts'
import { Helper, processorSeconds, proportionalBytes, residentBytes } from './support/processes.ts'
import { onStage, type RunningGateway, type Stage } from './support/stage.ts'
import { median, showMs, showWhole, withRange } from './support/statistics.ts'

const MEBIBYTE = 2 ** 20
const GOAL_READY_MS = 3_000
const CHANNELS = 10
/** The model's own figure in the catalogue. */
const USUAL_MS = 150_000
const MIN_MS = 500
const DEFAULT_MAX_MS = 15_000
/** What an operator of that many tasks on two cores would set, beside the default of 15 s. */
const PATIENT_MAX_MS = 60_000

export const inFlight: Bench = {
  name: 'in-flight',
  about: `Many tasks in flight: rows of running tasks (task, attempt, check) written by SQL, of all ages up to the model's usual ${USUAL_MS / 1000} s, at ${CHANNELS} channels whose upstream is a bare \`node:http\` server that answers every check "running". Every check is a real call through the guarded client. Memory is the resident set of the gateway process and the PSS of PostgreSQL with all its processes. Start to ready is from the start of the process to the first 200 of \`/readyz\`, PostgreSQL included, which was stopped before.`,
  needs: [],
  run: ({ quick, say }) => onStage(async (stage) => {
    const tasks = quick ? 20_000 : 100_000
    const upstream = new Helper<never, { url: string }>('running-upstream', {})
    try {
      const { url } = await upstream.next((told) => told, 10_000)
      const channels = Array.from({ length: CHANNELS }, (_, index) => ({
        id: `channel-${index}`, provider: 'volcengine-ark', base_url: url, credential: { api_key: `key-${index}` }, models: { [CREATE_MODEL]: 'doubao-seedance-2-0-260128' },
      }))
      const first = await stage.startGateway({ channels, environment: { GENLOCK_ROLE: 'api' } })
      const [template] = await createTasks(first.url, 1)
      await first.stop()
      await insertRunning(stage.pool, { template: template!, count: tasks, channels: channels.map(({ id }) => id), usualMs: USUAL_MS })
      const name = `${tasks.toLocaleString('en-US')} in flight`
      const rows: Row[] = []

      const readyMs: number[] = []
      for (let round = 0; round < (quick ? 1 : 3); round += 1) {
        await stage.letGo()
        const gateway = await stage.startGateway({ channels })
        readyMs.push(gateway.readyMs)
        await gateway.stop()
        await stage.takeUp()
      }
      say(`ready: ${readyMs.map(showWhole).join(' ')} ms`)
      rows.push({ measure: `start to ready, ${name}`, genlock: '', beside: '', result: withRange(readyMs, showMs), goal: `≤ ${showMs(GOAL_READY_MS)}`, met: median(readyMs) <= GOAL_READY_MS })

      for (const [label, environment] of [['default intervals', { GENLOCK_CHECK_MAX_MS: String(DEFAULT_MAX_MS) }], [`intervals up to ${PATIENT_MAX_MS / 1000} s`, { GENLOCK_CHECK_MAX_MS: String(PATIENT_MAX_MS) }]] as const) {
        await ageAgain(stage, environment.GENLOCK_CHECK_MAX_MS)
        const gateway = await stage.startGateway({ channels, environment })
        const seen = await watch(stage, gateway, quick ? 10 : 32)
        await gateway.stop()
        say(`${label}: ${JSON.stringify(seen)}`)
        rows.push({
          measure: `checks, ${name}, ${label}`,
          genlock: `${showWhole(seen.checksPerSecond)} checks/s with ${showWhole(seen.gatewayShare * 100)} % of a core (PostgreSQL ${showWhole(seen.postgresShare * 100)} %)`,
          beside: '',
          result: `late: p50 ≤ ${seen.p50Seconds} s, p99 ≤ ${seen.p99Seconds} s; ${showWhole(seen.overdue)} due at the end, the oldest ${seen.oldestSeconds.toFixed(1)} s`,
          goal: '',
        }, {
          measure: `memory, ${name}, ${label}`,
          genlock: `gateway ${showWhole(seen.gatewayBytes / MEBIBYTE)} MB, PostgreSQL ${showWhole(seen.postgresBytes / MEBIBYTE)} MB`,
          beside: '',
          result: `${showWhole((seen.gatewayBytes + seen.postgresBytes) / MEBIBYTE)} MB`,
          goal: '',
        })
      }
      return rows
    } finally {
      await upstream.stop()
    }
  }),
}

interface Seen {
  checksPerSecond: number
  p50Seconds: number
  p99Seconds: number
  overdue: number
  oldestSeconds: number
  gatewayShare: number
  postgresShare: number
  gatewayBytes: number
  postgresBytes: number
}

/** Lets it work for a while and looks at the second half of it, when caches are full. */
async function watch(stage: Stage, gateway: RunningGateway, seconds: number): Promise<Seen> {
  await sleep(seconds * 500)
  const postmaster = await stage.postmasterPid()
  const look = async () => ({
    atMs: Date.now(),
    checks: await readMetric(gateway.url, 'genlock_checks_total', 'outcome="running"'),
    lag: await readHistogram(gateway.url, 'genlock_check_lag_seconds'),
    gatewaySeconds: processorSeconds(gateway.pid),
    postgresSeconds: await backendSeconds(stage),
  })
  const before = await look()
  await sleep(seconds * 500)
  const after = await look()
  const { rows: [due] } = await stage.pool.query<{ overdue: bigint; oldest: number | null }>(
    'select count(*) as overdue, extract(epoch from now() - min(due_at))::float8 as oldest from task_check where due_at < now()')
  const elapsed = (after.atMs - before.atMs) / 1000
  return {
    checksPerSecond: (after.checks - before.checks) / elapsed,
    p50Seconds: boundOf(before.lag, after.lag, 0.5),
    p99Seconds: boundOf(before.lag, after.lag, 0.99),
    overdue: Number(due!.overdue),
    oldestSeconds: due!.oldest ?? 0,
    gatewayShare: (after.gatewaySeconds - before.gatewaySeconds) / elapsed,
    postgresShare: (after.postgresSeconds - before.postgresSeconds) / elapsed,
    gatewayBytes: residentBytes(gateway.pid),
    postgresBytes: proportionalBytes(postmaster),
  }
}

/** Of the processes that serve the gateway's connections. */
async function backendSeconds({ pool }: Stage): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(`select pid from pg_stat_activity where application_name like 'genlock%'`)
  return rows.reduce((sum, { pid }) => sum + processorSeconds(pid), 0)
}

/** All ages up to the usual one, and due over the interval that such an age has. */
async function ageAgain({ pool }: Stage, maxMs: string): Promise<void> {
  await longQuery(pool, `update task_check c set failures = 0, submitted_at = now() - a.age * interval '1 ms',
      due_at = now() + random() * interval '1 ms' * greatest(${MIN_MS}, least(${maxMs}, case when a.age < 0.6 * ${USUAL_MS} then (0.6 * ${USUAL_MS} - a.age) / 2 else ${USUAL_MS} / 20.0 end))
    from (select task_id, random() * ${USUAL_MS} as age from task_check) a where a.task_id = c.task_id`)
  await longQuery(pool, 'vacuum analyze task_check')
}
