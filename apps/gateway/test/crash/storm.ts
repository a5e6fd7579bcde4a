import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import type { Simulator } from '../../simulators/simulator.ts'
import { createKey } from '../../src/bootstrap.ts'
import { newId } from '../../src/core/ids.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createPool, inTransaction } from '../../src/db/pool.ts'
import { deriveKeys } from '../../src/keys.ts'
import { grantCredits, openAccount } from '../../src/ledger/grant.ts'
import { allEnded, examine, type Aftermath, type SentCreate } from './aftermath.ts'
import { GatewayProcessEnded, startGatewayProcess, type GatewayProcess } from './processes.ts'
import { channelOf, CRASH_COSTS, CRASH_UPSTREAMS, type CrashUpstream, type CrashUpstreamId } from './upstreams.ts'

export interface StormOptions {
  /** Of an empty database, or one with our schema. */
  databaseUrl: string
  kills: number
  log?: (line: string) => void
}

export interface StormReport {
  kills: number
  /** Of these, how many struck a process that had not served yet. */
  killsDuringStart: number
  creates: number
  /** Creates that were repeated with the same key because no answer came. */
  repeats: number
  refusedForCredit: number
  unanswered: number
  tasks: number
  byState: Record<string, number>
  /** Tasks whose submission was lost at some time. */
  unresolved: number
  /** Of these, how many were found again and succeeded. */
  found: number
  byUpstream: Record<string, UpstreamReport>
  /** That were passed on to a gateway which took them. */
  callbacks: number
  lossMicros: bigint
  seconds: number
  faults: string[]
}

export interface UpstreamReport {
  tasks: number
  succeeded: number
  /** Jobs that the upstream began. */
  accepted: number
  /** What it charged for them; undefined where it does not say. More than is booked is in the loss, or was given up while it ran. */
  chargedMicros: bigint | undefined
  /** Booked as their cost. */
  costMicros: bigint
}

const SECRET = 'a secret for storms that is 0123456789 long'
const PROCESSES = 2
const CLIENTS = 10
/** Between two kills, short ones more often: a start takes the better part of a second, and some should strike during one. */
const MAX_GAP_MS = 3_000
/** Of one client, after each request. */
const CLIENT_PAUSE_MS = 1_000
/** Half of the kills follow a create by up to so much, when it is in the middle of its work. */
const MAX_AFTER_CREATE_MS = 15
const MAX_REPEATS = 40
const REPEAT_PAUSE_MS = 300
const REQUEST_TIMEOUT_MS = 15_000
const MAX_CALLBACK_BYTES = 256 * 1024
const ALL_ENDED_WITHIN_MS = 60_000
/** So that all has ended in time after the last kill, whatever backed off. */
const DEADLINE_SECONDS = 45

/**
 * Kills one of two gateways again and again while clients of several accounts create, wait and cancel at several upstreams;
 * then lets the dust settle and looks at what is left. Every number but the kills depends on chance; what must not be is in `faults`.
 */
export async function runStorm({ databaseUrl, kills, log = () => undefined }: StormOptions): Promise<StormReport> {
  const startedMs = Date.now()
  const simulators = await startSimulators()
  const dataFolder = await mkdtemp(join(tmpdir(), 'genlock-storm-'))
  const configFile = join(dataFolder, 'genlock.yaml')
  await writeFile(configFile, stringify({ channels: [...simulators].map(([id, simulator]) => channelOf(id, simulator)) }))
  const pool = createPool(databaseUrl, { max: 4 })
  const balancer = await startBalancer(() => fleet.url)
  const fleet = new Fleet({
    PORT: '0', DATABASE_URL: databaseUrl, GENLOCK_DATA: dataFolder, GENLOCK_SECRET: SECRET, GENLOCK_CONFIG: configFile, GENLOCK_EGRESS_ALLOW: '127.0.0.0/8',
    GENLOCK_LOG_LEVEL: 'silent', GENLOCK_PUBLIC_URL: balancer.url, GENLOCK_CHECK_MIN_MS: '50', GENLOCK_CHECK_MAX_MS: '500', GENLOCK_RECONCILE_SECONDS: '3', GENLOCK_TASK_DEADLINE_SECONDS: String(DEADLINE_SECONDS),
  })
  try {
    await migrate(pool)
    const keys = await openAccounts(pool)
    await fleet.start(PROCESSES)
    const clients = new Clients(fleet, keys)
    const crowded: string[] = []
    const load = Array.from({ length: CLIENTS }, (_, index) => clients.run(index))
    // A gateway that ends by itself or does not start is a fault that more kills would not make clearer.
    for (let kill = 1; kill <= kills && fleet.faults.length === 0; kill += 1) {
      await sleep(Math.random() ** 1.5 * MAX_GAP_MS)
      const url = Math.random() < 0.5 ? await Promise.race([clients.nextCreate(), sleep(MAX_GAP_MS, undefined)]) : undefined
      if (url !== undefined) await sleep(Math.random() * MAX_AFTER_CREATE_MS)
      await fleet.killOne(url)
      crowded.push(...(await crowdedCredentials(pool)))
      if (kill % 10 === 0) log(`${kill} kills, ${clients.creates.length} creates, ${Math.round((Date.now() - startedMs) / 1000)} s`)
    }
    clients.stop()
    await Promise.all(load)
    if (fleet.faults.length === 0) await fleet.settle()

    const faults: string[] = []
    if (!(await allEnded(pool, ALL_ENDED_WITHIN_MS))) faults.push(`some tasks have not ended after ${ALL_ENDED_WITHIN_MS / 1000} s`)
    faults.push(...(await clients.unreadable()), ...fleet.faults, ...clients.faults, ...crowded)
    const acceptedCreates = (marker?: string): number => [...simulators.values()].reduce((sum, simulator) => sum + simulator.acceptedCreates(marker), 0)
    const aftermath = await examine(pool, { upstream: { acceptedCreates }, creates: clients.creates, dataFolder, costs: CRASH_COSTS })
    return {
      kills, killsDuringStart: fleet.killsDuringStart,
      creates: clients.creates.length, repeats: clients.repeats, refusedForCredit: clients.refused, unanswered: clients.creates.filter(({ answeredId }) => answeredId === undefined).length - clients.refused,
      tasks: aftermath.outcomes.length,
      byState: Object.fromEntries([...Map.groupBy(aftermath.outcomes, ({ state, error, gaveUpIn }) => (state === 'failed' ? `failed (${error?.code ?? '?'}${gaveUpIn === null ? '' : ` while ${gaveUpIn}`})` : state))].map(([state, { length }]) => [state, length])),
      unresolved: aftermath.outcomes.filter(({ wasUnresolved }) => wasUnresolved).length,
      found: aftermath.outcomes.filter(({ wasUnresolved, state }) => wasUnresolved && state === 'succeeded').length,
      byUpstream: Object.fromEntries([...simulators].map(([id, simulator]) => [id, reportOf(id, simulator, aftermath)])),
      callbacks: balancer.passedOn(),
      lossMicros: aftermath.outcomes.reduce((sum, { lossMicros }) => sum + lossMicros, 0n),
      seconds: Math.round((Date.now() - startedMs) / 1000),
      faults: [...faults, ...aftermath.faults],
    }
  } finally {
    await fleet.end()
    await balancer.close()
    await pool.end()
    for (const simulator of simulators.values()) await simulator.close()
    await rm(dataFolder, { recursive: true, force: true })
  }
}

/** All slow now and then, so that many calls are under way when a process dies. */
async function startSimulators(): Promise<Map<CrashUpstreamId, Simulator>> {
  const simulators = new Map<CrashUpstreamId, Simulator>()
  for (const id of UPSTREAM_IDS) {
    const simulator = await CRASH_UPSTREAMS[id].simulate({ queuedSeconds: 0.5, renderSeconds: 1.5 })
    simulator.brownOut({ slow: 0.4, slowMs: 400 })
    simulators.set(id, simulator)
  }
  return simulators
}

const UPSTREAM_IDS = Object.keys(CRASH_UPSTREAMS) as CrashUpstreamId[]

function reportOf(id: CrashUpstreamId, simulator: Simulator, { outcomes }: Aftermath): UpstreamReport {
  const { cost }: CrashUpstream = CRASH_UPSTREAMS[id]
  const tried = outcomes.filter(({ channelId }) => channelId === id)
  return {
    tasks: tried.length, succeeded: tried.filter(({ state }) => state === 'succeeded').length, accepted: simulator.acceptedCreates(),
    chargedMicros: cost?.source === 'reported' ? tried.reduce((sum, outcome) => sum + cost.micros(outcome) * BigInt(simulator.acceptedCreates(outcome.marker)), 0n) : undefined,
    costMicros: tried.reduce((sum, { costMicros }) => sum + costMicros, 0n),
  }
}

/** More jobs with a credential than it may have, at one moment. */
async function crowdedCredentials(pool: ReturnType<typeof createPool>): Promise<string[]> {
  const { rows } = await pool.query<{ label: string; open: bigint }>(
    `select k.channel_id || ' ' || k.label as label, count(*) as open from attempt a join channel_credential k on k.id = a.credential_id
      where a.ended_at is null and k.max_concurrency is not null group by k.id having count(*) > k.max_concurrency`)
  return rows.map(({ label, open }) => `credential ${label} has ${open} jobs at a time`)
}

interface Balancer {
  url: string
  passedOn(): number
  close(): Promise<void>
}

/** Where upstreams call back: one address before whichever gateway serves. Answers 502 when none takes it, and they call again. */
async function startBalancer(servingUrl: () => string | undefined): Promise<Balancer> {
  let passedOn = 0
  const pass = async (path: string, body: Buffer<ArrayBuffer>): Promise<number> => {
    const url = servingUrl()
    if (url === undefined) return 502
    const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    await answer.arrayBuffer()
    if (answer.ok) passedOn += 1
    return answer.status
  }
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_CALLBACK_BYTES) request.destroy()
      else chunks.push(chunk)
    })
    request.once('end', () => {
      void pass(request.url ?? '/', Buffer.concat(chunks)).catch(() => 502).then((status) => response.writeHead(status).end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passedOn: () => passedOn,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const RICH_MICROS = 1_000_000_000n
/** Enough for a few at a time, so that holds and their ends decide what is let in. */
const POOR_MICROS = 2_000_000n

/** Three that can pay, one that often cannot, and one key whose budget runs out. */
async function openAccounts(pool: ReturnType<typeof createPool>): Promise<string[]> {
  const hash = deriveKeys(SECRET)
  return inTransaction(pool, async (client) => {
    const keys: string[] = []
    for (const [index, micros] of [RICH_MICROS, RICH_MICROS, RICH_MICROS, POOR_MICROS].entries()) {
      const accountId = newId('account')
      await openAccount(client, { id: accountId, name: `storm ${index}` })
      await grantCredits(client, { accountId, micros, note: 'storm' })
      keys.push((await createKey(client, { accountId, name: 'storm' }, hash)).value)
      if (index === 0) keys.push((await createKey(client, { accountId, name: 'bounded', budgetMicros: 20n * POOR_MICROS }, hash)).value)
    }
    return keys
  })
}

/** Gateways that are killed and started again, each as soon as it is dead. */
class Fleet {
  readonly #environment: Record<string, string>
  readonly #slots: { process?: GatewayProcess; kill: () => void; starting: Promise<void> }[] = []
  readonly faults: string[] = []
  killsDuringStart = 0

  constructor(environment: Record<string, string>) {
    this.#environment = environment
  }

  async start(count: number): Promise<void> {
    for (let slot = 0; slot < count; slot += 1) {
      this.#slots.push({ kill: () => undefined, starting: Promise.resolve() })
      this.#restart(slot)
    }
    await this.settle()
  }

  /** One that serves, or undefined while none does. */
  get url(): string | undefined {
    const serving = this.#slots.flatMap(({ process }) => (process ? [process.url] : []))
    return serving[Math.floor(Math.random() * serving.length)]
  }

  /** The one at `url`, or any. */
  async killOne(url?: string): Promise<void> {
    const chosen = this.#slots.findIndex(({ process }) => process !== undefined && process.url === url)
    const index = chosen === -1 ? Math.floor(Math.random() * this.#slots.length) : chosen
    const slot = this.#slots[index]!
    const { process } = slot
    if (!process) this.killsDuringStart += 1
    slot.kill()
    await process?.ended
    await slot.starting
    delete slot.process
    this.#restart(index)
  }

  /** Until all serve. */
  async settle(): Promise<void> {
    await Promise.all(this.#slots.map(({ starting }) => starting))
    for (const [index, { process }] of this.#slots.entries()) {
      if (!process) throw new Error(`gateway ${index} does not serve: ${this.faults.join('; ')}`)
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#slots.map(async (slot) => {
      slot.kill()
      await slot.starting
      await slot.process?.ended
    }))
  }

  #restart(index: number): void {
    const slot = this.#slots[index]!
    slot.starting = startGatewayProcess({ environment: this.#environment, spawned: (kill) => { slot.kill = kill } }).then((process) => {
      slot.process = process
      void process.ended.then((how) => {
        if (how !== 'SIGKILL') this.faults.push(`a gateway ended by itself: ${how}`)
      })
    }, (error: unknown) => {
      if (!(error instanceof GatewayProcessEnded) || error.how !== 'SIGKILL') this.faults.push(String(error))
    })
  }
}

/** What callers do, who repeat a create with the same key until it is answered. */
class Clients {
  readonly #fleet: Fleet
  readonly #keys: readonly string[]
  readonly creates: (SentCreate & { apiKey: string; path: string })[] = []
  readonly faults: string[] = []
  repeats = 0
  refused = 0
  #stopped = false
  #created: (url: string) => void = () => undefined

  constructor(fleet: Fleet, keys: readonly string[]) {
    this.#fleet = fleet
    this.#keys = keys
  }

  /** Where the next create goes, as soon as it is sent. */
  nextCreate(): Promise<string> {
    return new Promise((resolve) => {
      this.#created = resolve
    })
  }

  stop(): void {
    this.#stopped = true
  }

  async run(client: number): Promise<void> {
    for (let number = 0; !this.#stopped; number += 1) {
      const apiKey = this.#keys[Math.floor(Math.random() * this.#keys.length)]!
      const upstream = CRASH_UPSTREAMS[UPSTREAM_IDS[Math.floor(Math.random() * UPSTREAM_IDS.length)]!]
      const id = await this.#create(apiKey, `${client}-${number}`, upstream)
      const chance = Math.random()
      if (id !== undefined && chance < 0.4) await this.#call(apiKey, `${upstream.path}/${id}/wait?timeout=5`)
      else if (id !== undefined && chance < 0.7) await this.#cancel(apiKey, `${upstream.path}/${id}`)
      await sleep(Math.random() * CLIENT_PAUSE_MS)
    }
  }

  /** Ids that were answered and cannot be read. */
  async unreadable(): Promise<string[]> {
    const faults: string[] = []
    for (const { apiKey, path, answeredId } of this.creates) {
      if (answeredId === undefined) continue
      const answer = await this.#call(apiKey, `${path}/${answeredId}`)
      if (answer?.status !== 200) faults.push(`${answeredId} was answered, and reads as ${answer?.status ?? 'nothing'}`)
    }
    return faults
  }

  async #create(apiKey: string, name: string, { path, model, input }: CrashUpstream): Promise<string | undefined> {
    const create = { apiKey, path, idempotencyKey: name, marker: `<storm ${name}>`, answeredId: undefined as string | undefined }
    this.creates.push(create)
    for (let time = 0; time <= MAX_REPEATS; time += 1) {
      if (time > 0) {
        this.repeats += 1
        await sleep(REPEAT_PAUSE_MS)
      }
      const answer = await this.#call(apiKey, path, {
        method: 'POST',
        headers: { 'idempotency-key': name },
        body: JSON.stringify({ model, input: { prompt: `A storm ${create.marker}`, ...input } }),
      })
      if (answer === undefined) continue
      if (answer.status === 202) return (create.answeredId = (answer.json as { id: string }).id)
      if (answer.status === 402) {
        this.refused += 1
        return undefined
      }
      this.faults.push(`a create was answered ${answer.status}: ${JSON.stringify(answer.json)}`)
      return undefined
    }
    return undefined
  }

  async #cancel(apiKey: string, path: string): Promise<void> {
    await sleep(Math.random() * 2_000)
    const answer = await this.#call(apiKey, `${path}/cancel`, { method: 'POST' })
    if (answer !== undefined && ![200, 409, 503].includes(answer.status)) this.faults.push(`a cancel was answered ${answer.status}: ${JSON.stringify(answer.json)}`)
  }

  /** Undefined when nobody answered to the end. */
  async #call(apiKey: string, path: string, init: RequestInit = {}): Promise<{ status: number; json: unknown } | undefined> {
    const { url } = this.#fleet
    if (url === undefined) return undefined
    if (path === '/v1/videos' || path === '/v1/images') this.#created(url)
    try {
      const answer = await fetch(url + path, {
        ...init,
        headers: { authorization: `Bearer ${apiKey}`, ...(init.body !== undefined && { 'content-type': 'application/json' }), ...(init.headers as Record<string, string>) },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      })
      return { status: answer.status, json: await answer.json() }
    } catch {
      return undefined
    }
  }
}
