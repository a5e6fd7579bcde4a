import { createTasks } from './support/tasks.ts'
import type { Bench, Row } from './support/bench.ts'
import { GOAL_BEYOND_INTERVAL_MS, intervalNearEndMs, measureLags, STEPS, startUpstream, type Lag } from './support/flight.ts'
import { onStage } from './support/stage.ts'
import { percentile, showMs, showWhole } from './support/statistics.ts'

const GOAL_WITH_CALLBACKS_MS = 300

interface Plan {
  tasks: number
  seconds: number
  callbacks?: true
}

const PLANS: readonly Plan[] = [{ tasks: 10, seconds: 120 }, { tasks: 1_000, seconds: 45 }, { tasks: 10_000, seconds: 60 }, { tasks: 10_000, seconds: 60, callbacks: true }]
const QUICK_PLANS: readonly Plan[] = [{ tasks: 10, seconds: 20 }, { tasks: 500, seconds: 15 }, { tasks: 500, seconds: 15, callbacks: true }]

export const lag: Bench = {
  name: 'lag',
  about: 'From the upstream\'s end to the caller\'s knowing: every task in flight has a caller on `/wait`, and the upstream is the Ark simulator in a process of its own, at 7 channels. Tasks of all ages are there at the start and each that ends is replaced by a new one, so that their number stays. Jobs take five, six or seven sixths of the usual time; near the end the interval between checks is a twentieth of the usual time (`claim_checks` in the migrations). With callbacks the upstream calls at every change and checks are sparse. "Seen" is the move to `archiving`; "told" is the first byte of the answer of `/wait`, which comes after the result was downloaded, checked, stored and paid. Tasks are put in flight by the database\'s own functions, without the call to submit.',
  needs: [],
  run: ({ quick, say }) => onStage(async (stage) => {
    const usualMs = quick ? 20_000 : 120_000
    const { upstream, channels } = await startUpstream(usualMs / STEPS.usual)
    try {
      const rows: Row[] = []
      for (const plan of quick ? QUICK_PLANS : PLANS) {
        const gateway = await stage.startGateway({ channels })
        try {
          const [template] = await createTasks(gateway.url, 1)
          const lags = await measureLags({ stage, gateway, upstream, template: template!, usualMs, ...(plan.callbacks && { callbacks: true }) }, { tasks: plan.tasks, measureMs: plan.seconds * 1000 })
          const added = rowsOf(plan, lags, intervalNearEndMs(usualMs))
          for (const { measure, result } of added) say(`${measure}: ${result}`)
          rows.push(...added)
        } finally {
          await gateway.stop()
        }
        await stage.forgetTasks()
      }
      return rows
    } finally {
      await upstream.stop()
    }
  }),
}

function rowsOf({ tasks, callbacks }: Plan, lags: readonly Lag[], intervalMs: number): Row[] {
  const show = (values: readonly number[]): string => `p50 ${showMs(percentile(values, 0.5))}, p99 ${showMs(percentile(values, 0.99))}`
  const goalMs = callbacks ? GOAL_WITH_CALLBACKS_MS : intervalMs + GOAL_BEYOND_INTERVAL_MS
  const row = (what: string, values: readonly number[], extra: string): Row => ({
    measure: `lag until ${what}, ${showWhole(tasks)} in flight${callbacks ? ', with callbacks' : ''} (${showWhole(lags.length)} ends)`,
    genlock: extra,
    beside: callbacks ? '' : `interval ${showMs(intervalMs)}`,
    result: show(values),
    goal: callbacks ? `p99 ≤ ${showMs(goalMs)}` : `p99 ≤ interval + ${showMs(GOAL_BEYOND_INTERVAL_MS)}`,
    met: percentile(values, 0.99) <= goalMs,
  })
  return [
    row('seen', lags.map(({ seenMs }) => seenMs), ''),
    row('told', lags.map(({ toldMs }) => toldMs), `after it was seen: ${show(lags.map(({ seenMs, toldMs }) => toldMs - seenMs))}`),
  ]
}
