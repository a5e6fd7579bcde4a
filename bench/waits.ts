import { setTimeout as sleep } from 'node:timers/promises'
import type { WaitAnswer, WaitClientsAsked, WaitClientsOptions, WaitClientsTold } from './load/wait-clients.ts'
import { createTasks } from './support/tasks.ts'
import type { Bench, Row } from './support/bench.ts'
import { readMetric } from './support/metrics.ts'
import { Helper, residentBytes } from './support/processes.ts'
import { FIRST_KEY, onStage, type RunningGateway } from './support/stage.ts'
import { median, showMs, withRange } from './support/statistics.ts'

const MEBIBYTE = 2 ** 20
const GOAL_MEBIBYTES = 300
const GOAL_TOLD_MS = 1_000
const WAIT_SECONDS = 300
const OPEN_TIMEOUT_MS = 90_000
const TOLD_TIMEOUT_MS = 60_000
/** So that memory which is only used while connections are accepted is given back. */
const SETTLE_MS = 3_000

export const waits: Bench = {
  name: 'waits',
  about: 'Long-polls: 10,000 callers hold `GET /v1/videos/{id}/wait`, each on a connection of its own. Memory is the resident set of the gateway process before the first and while all wait. The burst is as many cancels as there are tasks, all sent at once over the same API; it is counted from the moment the first cancel is sent to the first byte at the last waiter.',
  needs: [],
  run: ({ quick, say }) => onStage(async (stage) => {
    const waiters = quick ? 2_000 : 10_000
    const rows: Row[] = []
    for (const tasks of quick ? [100] : [100, 1_000]) {
      // A fresh process for each, so that memory is compared with memory that nobody has used yet.
      const rounds = []
      for (let round = 0; round < (quick ? 1 : 2); round += 1) {
        const gateway = await stage.startGateway({ environment: { GENLOCK_ROLE: 'api' } })
        rounds.push(await measure(gateway, { waiters, tasks }))
        await gateway.stop()
      }
      say(`${tasks} tasks: ${rounds.map(({ extraBytes, toldMs }) => `${Math.round(extraBytes / MEBIBYTE)} MB, ${Math.round(toldMs)} ms`).join('; ')}`)
      const name = `${waiters.toLocaleString('en-US')} waiters on ${tasks.toLocaleString('en-US')} tasks`
      rows.push({
        measure: `${name}: memory`,
        genlock: `${withRange(rounds.map(({ restBytes }) => restBytes / MEBIBYTE), (value) => `${Math.round(value)} MB`)} at rest`,
        beside: '',
        result: `+ ${withRange(rounds.map(({ extraBytes }) => extraBytes / MEBIBYTE), (value) => `${Math.round(value)} MB`)}`,
        goal: `≤ + ${GOAL_MEBIBYTES} MB`,
        met: median(rounds.map(({ extraBytes }) => extraBytes)) <= GOAL_MEBIBYTES * MEBIBYTE,
      }, {
        measure: `${name}: all told of a burst`,
        genlock: `last cancel answered after ${withRange(rounds.map(({ cancelledMs }) => cancelledMs), showMs)}`,
        beside: '',
        result: withRange(rounds.map(({ toldMs }) => toldMs), showMs),
        goal: `≤ ${showMs(GOAL_TOLD_MS)}`,
        met: median(rounds.map(({ toldMs }) => toldMs)) <= GOAL_TOLD_MS,
      })
    }
    return rows
  }),
}

interface Measured {
  restBytes: number
  extraBytes: number
  cancelledMs: number
  toldMs: number
}

async function measure(gateway: RunningGateway, { waiters, tasks }: { waiters: number; tasks: number }): Promise<Measured> {
  const clients = new Helper<WaitClientsAsked, WaitClientsTold>('wait-clients', { port: Number(new URL(gateway.url).port), key: FIRST_KEY, timeoutSeconds: WAIT_SECONDS } satisfies WaitClientsOptions)
  try {
    const warmUp = await createTasks(gateway.url, 10)
    await holdAndEnd(gateway, clients, warmUp, 100)
    const ids = await createTasks(gateway.url, tasks)
    await sleep(SETTLE_MS)
    const restBytes = residentBytes(gateway.pid)
    return { restBytes, ...await holdAndEnd(gateway, clients, ids, waiters, restBytes) }
  } finally {
    await clients.stop()
  }
}

async function holdAndEnd(gateway: RunningGateway, clients: Helper<WaitClientsAsked, WaitClientsTold>, ids: readonly string[], waiters: number, restBytes = 0): Promise<Omit<Measured, 'restBytes'>> {
  const answers: WaitAnswer[] = []
  const allTold = clients.next((told) => {
    if ('failed' in told) throw new Error(`a wait failed: ${told.failed}`)
    if ('answers' in told) answers.push(...told.answers)
    return answers.length >= waiters ? answers : undefined
  }, OPEN_TIMEOUT_MS + SETTLE_MS + TOLD_TIMEOUT_MS)
  clients.tell({ wait: Array.from({ length: waiters }, (_, index) => ids[index % ids.length]!) })
  await untilWaiting(gateway, waiters)
  await sleep(restBytes === 0 ? 0 : SETTLE_MS)
  const extraBytes = residentBytes(gateway.pid) - restBytes
  const startedAtMs = performance.timeOrigin + performance.now()
  await Promise.all(ids.map((id) => cancel(gateway, id)))
  const cancelledMs = performance.timeOrigin + performance.now() - startedAtMs
  const told = await allTold
  const other = told.find(({ status }) => status !== 'cancelled')
  if (other) throw new Error(`a waiter was told ${other.status}`)
  return { extraBytes, cancelledMs, toldMs: told.reduce((latest, { atMs }) => Math.max(latest, atMs), 0) - startedAtMs }
}

async function untilWaiting(gateway: RunningGateway, waiters: number): Promise<void> {
  const endMs = Date.now() + OPEN_TIMEOUT_MS
  while (Date.now() < endMs) {
    if ((await readMetric(gateway.url, 'genlock_waits_open')) >= waiters) return
    await sleep(200)
  }
  throw new Error(`${waiters} waits were not open in time`)
}

async function cancel(gateway: RunningGateway, id: string): Promise<void> {
  const answer = await fetch(`${gateway.url}/v1/videos/${id}/cancel`, { method: 'POST', headers: { authorization: `Bearer ${FIRST_KEY}` } })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`a cancel was answered ${answer.status}: ${text}`)
}
