import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { stringify } from 'yaml'
import { hashApiKey } from '../../apps/gateway/src/admission/authenticate.ts'
import { insertKey } from '../../apps/gateway/src/db/api-key.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../apps/gateway/src/db/embedded-postgres.ts'
import { createPool, inTransaction } from '../../apps/gateway/src/db/pool.ts'
import { deriveKeys } from '../../apps/gateway/src/keys.ts'
import { grantCredits, openAccount } from '../../apps/gateway/src/ledger/grant.ts'
import { parentOf, startProgram, stopProcess, type RunningProgram } from './processes.ts'

const SECRET = 'the benchmarks secret 0123456789 abcdef'
const START_TIMEOUT_MS = 60_000
const READY_POLL_MS = 5
const CREDITS_MICROS = 1_000_000_000_000_000n

/** What callback addresses are proved by. */
export const CALLBACK_KEY = deriveKeys(SECRET).callback

/** The key of the first account, which has credits for everything. */
export const FIRST_KEY = 'sk_benchmark_key_of_the_first_account'

export interface RunningGateway {
  url: string
  pid: number
  /** From the start of the process to the first 200 of `/readyz`. */
  readyMs: number
  stop(): Promise<void>
}

export interface BenchAccount {
  id: string
  keyId: string
  key: string
}

/** A data folder with an embedded PostgreSQL (fsync on) of the measurement's own, where gateways are started. */
export interface Stage {
  dataFolder: string
  postgres: EmbeddedPostgres
  pool: pg.Pool
  /** `genlock start` in a process of its own, as delivered: only what the measurement names is set. */
  startGateway(options?: GatewayOptions): Promise<RunningGateway>
  addAccount(name: string): Promise<BenchAccount>
  /** The process whose children serve the connections. */
  postmasterPid(): Promise<number>
  /** Gives up the measurement's share in PostgreSQL, so that it stops with the last gateway. */
  letGo(): Promise<void>
  /** Takes a share again, starting it if need be. */
  takeUp(): Promise<void>
  /** Nothing is due and no job is left: what is in flight is not the next measurement's. */
  forgetTasks(): Promise<void>
  close(): Promise<void>
}

export interface GatewayOptions {
  environment?: Record<string, string>
  /** As in `genlock.yaml`; none means the sandbox serves everything. */
  channels?: unknown[]
  /** Node's own, such as `--cpu-prof`. */
  nodeOptions?: readonly string[]
}

export async function openStage(): Promise<Stage> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'genlock-bench-'))
  const gateways = new Set<RunningGateway>()
  const stage: Stage = {
    dataFolder,
    postgres: await startEmbeddedPostgres({ dataFolder }),
    pool: undefined as unknown as pg.Pool,
    startGateway,
    addAccount,
    postmasterPid,
    letGo,
    takeUp,
    forgetTasks,
    close,
  }
  stage.pool = createPool(stage.postgres.connection)
  return stage

  async function startGateway({ environment = {}, channels, nodeOptions = [] }: GatewayOptions = {}): Promise<RunningGateway> {
    const port = await freePort()
    const configFile = join(dataFolder, 'genlock.yaml')
    if (channels) await writeFile(configFile, stringify({ channels }))
    const startedAtMs = Date.now()
    const program = startProgram(process.execPath, [...nodeOptions, fileURLToPath(new URL('../../apps/gateway/src/cli.ts', import.meta.url)), 'start'], {
      PORT: String(port),
      GENLOCK_DATA: dataFolder,
      GENLOCK_SECRET: SECRET,
      GENLOCK_BOOTSTRAP_KEY: FIRST_KEY,
      GENLOCK_STARTING_CREDITS: '100000000',
      GENLOCK_KEY_RPM: '10000000',
      GENLOCK_EGRESS_ALLOW: '127.0.0.0/8',
      ...(channels && { GENLOCK_CONFIG: configFile }),
      ...environment,
    })
    const url = `http://127.0.0.1:${port}`
    const gateway: RunningGateway = { url, pid: program.child.pid!, readyMs: 0, stop }
    gateways.add(gateway)
    await untilReady(url, program)
    gateway.readyMs = Date.now() - startedAtMs
    return gateway

    async function stop(): Promise<void> {
      gateways.delete(gateway)
      await stopProcess(program.child)
    }
  }

  async function addAccount(name: string): Promise<BenchAccount> {
    const account: BenchAccount = { id: `acc_bench_${name}`, keyId: `key_bench_${name}`, key: `sk_benchmark_key_${name.padStart(16, '_')}` }
    await inTransaction(stage.pool, async (client) => {
      await openAccount(client, { id: account.id, name })
      await grantCredits(client, { accountId: account.id, micros: CREDITS_MICROS, note: 'benchmark' })
      await insertKey(client, { id: account.keyId, accountId: account.id, name, secretHash: hashApiKey(deriveKeys(SECRET).apiKeyHash, account.key), prefix: account.key.slice(0, 8), groupName: 'default', hasBudget: false })
    })
    return account
  }

  async function postmasterPid(): Promise<number> {
    const { rows: [row] } = await stage.pool.query<{ pid: number }>('select pg_backend_pid() as pid')
    return parentOf(row!.pid)
  }

  async function letGo(): Promise<void> {
    await stage.pool.end()
    await stage.postgres.stop()
  }

  async function takeUp(): Promise<void> {
    stage.postgres = await startEmbeddedPostgres({ dataFolder })
    stage.pool = createPool(stage.postgres.connection)
  }

  async function forgetTasks(): Promise<void> {
    await stage.pool.query('delete from task_check')
    await stage.pool.query('delete from pgboss.job')
  }

  async function close(): Promise<void> {
    for (const gateway of gateways) await gateway.stop()
    await letGo()
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A stage for the time of `use`, cleared away whatever happens. */
export async function onStage<T>(use: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await openStage()
  try {
    return await use(stage)
  } finally {
    await stage.close()
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function untilReady(url: string, { child, lastWords }: RunningProgram): Promise<void> {
  const endMs = Date.now() + START_TIMEOUT_MS
  while (Date.now() < endMs) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode} before it was ready: ${lastWords()}`)
    const ready = await fetch(`${url}/readyz`).then((response) => response.ok, () => false)
    if (ready) return
    await sleep(READY_POLL_MS)
  }
  throw new Error(`the gateway did not become ready: ${lastWords()}`)
}
