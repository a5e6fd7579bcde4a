import { Pool } from 'undici'
import { dialects } from '../../src/dialects/index.ts'
import { startGatewayProcess, type GatewayProcess } from '../acceptance/gateway-process.ts'
import { randomFrom, RandomRequests, type RandomRequest } from './random-bodies.ts'
import { readSamples } from './samples.ts'

export interface FuzzOptions {
  /** For each dialect. */
  bodies: number
  /** Only these; all unless given. */
  only?: readonly string[]
  seed: number
  log: (line: string) => void
}

export interface FuzzReport {
  requests: number
  /** How often each HTTP status was answered. */
  byStatus: Record<string, number>
  /** Batches of 200 that stalled the event loop each time, while none of their requests did so alone. */
  slowBatches: number
  /** In words: 5xx, no answer, stalls, something held. */
  faults: string[]
}

const BATCH = 200
const CONNECTIONS = 16
const ANSWER_WITHIN_MS = 20_000
/** Above this the loop has stalled. A shared machine stalls by itself, so a batch counts when it does each time. */
const MAX_STALL_MS = 50
const REPEATS = 4
const MAX_FAULTS = 50

/** Sends random bodies to every dialect of a gateway whose account has no credits, so that nothing may start. */
export async function fuzzDialects({ bodies, only, seed, log }: FuzzOptions): Promise<FuzzReport> {
  const samples = await readSamples()
  const report: FuzzReport = { requests: 0, byStatus: {}, slowBatches: 0, faults: [] }
  const genlock = await startGatewayProcess({ GENLOCK_STARTING_CREDITS: '0', GENLOCK_KEY_RPM: '10000000' })
  const pool = new Pool(genlock.url, { connections: CONNECTIONS, headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: ANSWER_WITHIN_MS })
  const fuzz = { genlock, pool, report }
  try {
    for (const dialect of dialects) {
      const sample = samples.find((one) => one.dialect === dialect.id)
      if (!sample || (only && !only.includes(dialect.id))) continue
      const startMs = Date.now()
      const requests = new RandomRequests(dialect, sample)
      const random = randomFrom(seed)
      for (let sent = 0; sent < bodies && report.faults.length < MAX_FAULTS; sent += BATCH) {
        const batch = Array.from({ length: Math.min(BATCH, bodies - sent) }, () => requests.next(random))
        await sendAndJudge(dialect.id, batch, fuzz)
      }
      log(`${dialect.id}: ${bodies} bodies in ${Math.round((Date.now() - startMs) / 1000)} s, ${report.faults.length} faults so far`)
    }
    report.faults.push(...(await leftovers(genlock)))
  } finally {
    await pool.close()
    await genlock.close()
  }
  return report
}

interface Fuzz {
  genlock: GatewayProcess
  pool: Pool
  report: FuzzReport
}

async function sendAndJudge(dialect: string, batch: readonly RandomRequest[], fuzz: Fuzz): Promise<void> {
  const { report } = fuzz
  await sendAll(dialect, batch, fuzz, report)
  if ((await stallMs(fuzz)) <= MAX_STALL_MS) return
  let suspects = batch
  for (let repeat = 1; repeat <= REPEATS; repeat += 1) {
    await sendAll(dialect, suspects, fuzz)
    if ((await stallMs(fuzz)) <= MAX_STALL_MS) return
  }
  // Halve until one is left, or neither half stalls by itself.
  while (suspects.length > 1) {
    const halves = [suspects.slice(0, suspects.length / 2), suspects.slice(suspects.length / 2)]
    const slow = []
    for (const half of halves) if (await stallsAlways(dialect, half, fuzz)) slow.push(half)
    if (slow[0] === undefined) break
    suspects = slow[0]
  }
  // Many that are slow together, and none alone, tell of a busy machine.
  if (suspects.length > 1) report.slowBatches += 1
  else if (await stallsAlways(dialect, suspects, fuzz)) report.faults.push(`${dialect}: a request stalls the event loop for more than ${MAX_STALL_MS} ms: ${show(suspects[0]!)}`)
}

async function stallsAlways(dialect: string, requests: readonly RandomRequest[], fuzz: Fuzz): Promise<boolean> {
  for (let repeat = 1; repeat <= REPEATS; repeat += 1) {
    await sendAll(dialect, requests, fuzz)
    if ((await stallMs(fuzz)) <= MAX_STALL_MS) return false
  }
  return true
}

/** With a report, answers are counted and judged. */
async function sendAll(dialect: string, requests: readonly RandomRequest[], { genlock, pool }: Fuzz, report?: FuzzReport): Promise<void> {
  await Promise.all(requests.map(async (request) => {
    try {
      const { statusCode, headers, body } = await pool.request({
        method: request.method as 'POST',
        path: request.path,
        headers: { ...request.headers, authorization: `Bearer ${genlock.key}`, 'content-type': request.contentType },
        body: request.body,
      })
      await body.dump()
      if (!report) return
      report.requests += 1
      report.byStatus[statusCode] = (report.byStatus[statusCode] ?? 0) + 1
      // Some wires say 503 for a model that is not there; the code tells.
      if (statusCode >= 500 && headers['x-error-code'] !== 'model_not_found') report.faults.push(`${dialect}: ${statusCode} ${String(headers['x-error-code'])} for ${show(request)}`)
    } catch (error) {
      // A body that breaks off may be answered by the end of the connection, and undici may see that first.
      if (report && !/other side closed|ECONNRESET|socket/i.test(String(error))) report.faults.push(`${dialect}: ${String(error)} for ${show(request)}`)
    }
  }))
}

/** The longest the event loop stood still since the last time this was asked. */
async function stallMs({ pool }: Fuzz): Promise<number> {
  const { body } = await pool.request({ method: 'GET', path: '/metrics' })
  const seconds = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(await body.text())?.[1]
  if (seconds === undefined) throw new Error('the metrics do not tell of the event loop')
  return Number(seconds) * 1000
}

/** No credits, so no task: `ledger verify` counts them, and fails where a book does not balance. */
async function leftovers(genlock: GatewayProcess): Promise<string[]> {
  const verified = await genlock.genlock('ledger', 'verify')
  return /^0 tasks,.* 0 open holds/m.test(verified) ? [] : [`something was started: ${verified}`]
}

function show({ method, path, contentType, body }: RandomRequest): string {
  return `${method} ${path} ${contentType} ${JSON.stringify(body.toString('latin1').slice(0, 600))} (${body.length} bytes)`
}
