import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { stringify } from 'yaml'
import type { Simulator, SimulatorOptions } from '../../simulators/simulator.ts'
import type { CrashPoint } from '../../src/engine/crash-points.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { TEST_KEY, testEnvironment } from '../support/gateway.ts'
import { startGatewayProcess, type GatewayProcess } from './processes.ts'
import { channelOf, CRASH_UPSTREAMS, type CrashUpstreamId } from './upstreams.ts'

/** A database, a folder and one upstream, and processes that come and go. Gone when the test has finished. */
export interface CrashWorld {
  database: TestDatabase
  upstream: Simulator
  dataFolder: string
  /** The prompt of its one task has it, and nothing else does. */
  marker: string
  /** One that kills itself at the point, or serves on. */
  start(point?: CrashPoint): Promise<GatewayProcess>
  /** Always with the same idempotency key. @throws when no answer comes */
  create(gateway: GatewayProcess): Promise<{ status: number; id: string }>
  /** Of a task, with the first account's key. */
  call(gateway: GatewayProcess, path: string, init?: RequestInit): Promise<Response>
}

export const IDEMPOTENCY_KEY = 'once'

export interface CrashWorldOptions extends SimulatorOptions {
  /** Serves always there, so that the upstream can call back whichever process is up. */
  gatewayPort?: number
}

export async function createCrashWorld({ onTestFinished }: TestContext, id: CrashUpstreamId, { gatewayPort, ...options }: CrashWorldOptions = {}): Promise<CrashWorld> {
  const { simulate, path, model, input } = CRASH_UPSTREAMS[id]
  const database = await createTestDatabase()
  const upstream = await simulate({ queuedSeconds: 0.1, renderSeconds: 0.3, ...options })
  const dataFolder = await mkdtemp(join(tmpdir(), 'genlock-crash-'))
  const processes: GatewayProcess[] = []
  onTestFinished(async () => {
    await Promise.all(processes.map((each) => each.kill()))
    await upstream.close()
    await database.drop()
    await rm(dataFolder, { recursive: true, force: true })
  })
  const configFile = join(dataFolder, 'genlock.yaml')
  await writeFile(configFile, stringify({ channels: [channelOf(id, upstream)] }))
  const reachable = gatewayPort === undefined ? {} : { PORT: String(gatewayPort), GENLOCK_PUBLIC_URL: `http://127.0.0.1:${gatewayPort}` }
  const environment = { ...testEnvironment(database.url, dataFolder), ...reachable, GENLOCK_CONFIG: configFile, GENLOCK_RECONCILE_SECONDS: '3', GENLOCK_TASK_DEADLINE_SECONDS: '50' }
  const marker = '<the only one>'
  const call: CrashWorld['call'] = ({ url }, suffix, init) => fetch(`${url}${path}${suffix}`, { ...init, headers: { authorization: `Bearer ${TEST_KEY}`, ...(init?.headers as Record<string, string>) } })
  return {
    database, upstream, dataFolder, marker, call,
    async start(point) {
      const started = await startGatewayProcess({ environment, ...(point && { point }) })
      processes.push(started)
      return started
    },
    async create(gateway) {
      const answer = await call(gateway, '', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': IDEMPOTENCY_KEY },
        body: JSON.stringify({ model, input: { prompt: `A boat ${marker}`, ...input } }),
      })
      return { status: answer.status, id: ((await answer.json()) as { id: string }).id }
    },
  }
}
