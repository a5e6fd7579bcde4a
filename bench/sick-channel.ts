import type { RunningUpstreamOptions } from './load/running-upstream.ts'
import type { Bench, Row } from './support/bench.ts'
import { arkChannel, GOAL_BEYOND_INTERVAL_MS, intervalNearEndMs, measureLags, STEPS, startUpstream, type Lag } from './support/flight.ts'
import { Helper } from './support/processes.ts'
import { onStage } from './support/stage.ts'
import { percentile, showMs, showWhole } from './support/statistics.ts'
import { createTasks, insertRunning } from './support/tasks.ts'

const SICK = 'sick'
const CHANNELS = STEPS.longest + 1
const GOAL_CHANGE = 0.1
const START_TIMEOUT_MS = 10_000

export const sickChannel: Bench = {
  name: 'sick-channel',
  about: `One upstream that hangs: as *lag*, with ${CHANNELS} channels, an eighth of the tasks at one whose upstream answers every check "running", and in the other round takes every call and never answers. The lags are those of the other channels.`,
  needs: [],
  run: ({ quick, say }) => onStage(async (stage) => {
    const usualMs = quick ? 20_000 : 120_000
    const tasks = quick ? 800 : 10_000
    const measureMs = (quick ? 15 : 60) * 1000
    const { upstream, channels } = await startUpstream(usualMs / STEPS.usual)
    try {
      const measured: Lag[][] = []
      for (const hangs of [false, true]) {
        const sick = new Helper<never, { url: string }>('running-upstream', { hangs } satisfies RunningUpstreamOptions)
        const { url } = await sick.next((told) => told, START_TIMEOUT_MS)
        const gateway = await stage.startGateway({ channels: [...channels, arkChannel(SICK, url, { api_key: 'key-of-the-sick' })] })
        try {
          const [template] = await createTasks(gateway.url, 1)
          await insertRunning(stage.pool, { template: template!, count: tasks / CHANNELS, channels: [SICK], usualMs })
          const lags = await measureLags({ stage, gateway, upstream, template: template!, usualMs }, { tasks: tasks - tasks / CHANNELS, measureMs })
          say(`${hangs ? 'one hangs' : 'all well'}: ${lags.length} ends, seen ${show(lags)}`)
          measured.push(lags)
        } finally {
          await gateway.stop()
          await sick.stop()
        }
        await stage.forgetTasks()
      }
      return [rowOf(tasks, measured, intervalNearEndMs(usualMs))]
    } finally {
      await upstream.stop()
    }
  }),
}

function rowOf(tasks: number, [well = [], sick = []]: Lag[][], intervalMs: number): Row {
  const p99Ms = (lags: readonly Lag[]): number => percentile(lags.map(({ seenMs }) => seenMs), 0.99)
  const change = p99Ms(sick) / p99Ms(well) - 1
  return {
    measure: `lag until seen at ${CHANNELS - 1} channels while one more hangs, ${showWhole(tasks)} in flight (${showWhole(sick.length)} ends)`,
    genlock: show(sick),
    beside: `${show(well)} (all well), interval ${showMs(intervalMs)}`,
    result: `p99 ${change >= 0 ? '+' : '−'} ${Math.abs(change * 100).toFixed(1)} %`,
    goal: `p99 ≤ interval + ${showMs(GOAL_BEYOND_INTERVAL_MS)}, change < ${GOAL_CHANGE * 100} %`,
    met: p99Ms(sick) <= intervalMs + GOAL_BEYOND_INTERVAL_MS && change < GOAL_CHANGE,
  }
}

function show(lags: readonly Lag[]): string {
  const seen = lags.map(({ seenMs }) => seenMs)
  return `p50 ${showMs(percentile(seen, 0.5))}, p99 ${showMs(percentile(seen, 0.99))}`
}
