import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type Pool } from 'pg'
import type { Logger } from 'pino'
import { randomText } from '../core/ids.ts'
import { clientConfig, type DatabaseConnection } from '../db/pool.ts'

/** Changes are told to other processes together, at most this late. A NOTIFY takes a server-wide lock at commit. */
const GATHER_MS = 30
/** PostgreSQL takes at most 8,000 bytes in one NOTIFY. */
const MAX_PAYLOAD_BYTES = 7_500
const CHANNEL = 'genlock_task'
const RECONNECT_MS = 500
/** A connection that is cut without a word is found out by this. */
const PROBE_MS = 5_000

type Listener = (taskId: string) => void

/**
 * Says in every process which tasks have changed: at once where it happened, within some 50 ms elsewhere. It may miss
 * (a process dies before it tells, a connection breaks): who waits looks again from time to time, and who caches stops
 * trusting the cache while `connected` is false and drops it on a reset.
 */
export class TaskFeed {
  readonly #pool: Pool
  readonly #connection: DatabaseConnection
  readonly #log: Logger
  /** Tells our own words from others'. */
  readonly #origin = randomText(10)
  readonly #listeners = new Set<Listener>()
  readonly #resetListeners = new Set<() => void>()
  #gathered = new Set<string>()
  #telling: Promise<void> | undefined
  #client: Client | undefined
  #stopped = false
  #loop: Promise<void> | undefined
  readonly #ending = new AbortController()

  constructor({ pool, connection, log }: { pool: Pool; connection: DatabaseConnection; log: Logger }) {
    this.#pool = pool
    this.#connection = connection
    this.#log = log
  }

  /** Whether others' changes arrive now. */
  get connected(): boolean {
    return this.#client !== undefined
  }

  async start(): Promise<void> {
    await this.#listen()
    this.#loop = this.#keepListening()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#ending.abort()
    await this.#telling
    await this.#client?.end().catch(() => undefined)
    await this.#loop
  }

  /** A task was changed and committed by this process. */
  changed(taskId: string): void {
    for (const listener of this.#listeners) listener(taskId)
    this.#gathered.add(taskId)
    this.#telling ??= this.#tell()
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Changes may have been missed. */
  onReset(listener: () => void): void {
    this.#resetListeners.add(listener)
  }

  async #tell(): Promise<void> {
    await sleep(GATHER_MS)
    const ids = [...this.#gathered]
    this.#gathered = new Set()
    try {
      for (const payload of payloads(this.#origin, ids)) await this.#pool.query({ name: 'notify_task', text: 'select pg_notify($1, $2)', values: [CHANNEL, payload] })
    } catch (error) {
      this.#log.error({ err: error }, 'other processes could not be told of changed tasks')
    }
    this.#telling = this.#gathered.size > 0 ? this.#tell() : undefined
  }

  async #listen(): Promise<void> {
    const client = new Client({ ...clientConfig(this.#connection), application_name: 'genlock feed', keepAlive: true, connectionTimeoutMillis: PROBE_MS, query_timeout: PROBE_MS })
    client.on('notification', ({ payload }) => this.#heard(payload ?? ''))
    const lost = (): void => {
      if (this.#client === client) this.#client = undefined
    }
    client.on('error', lost)
    client.on('end', lost)
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
    this.#client = client
    for (const listener of this.#resetListeners) listener()
  }

  #heard(payload: string): void {
    const [origin, ...ids] = payload.split(',')
    if (origin === this.#origin) return
    for (const id of ids) for (const listener of this.#listeners) listener(id)
  }

  async #keepListening(): Promise<void> {
    while (!this.#stopped) {
      await sleep(this.#client ? PROBE_MS : RECONNECT_MS, undefined, { signal: this.#ending.signal }).catch(() => undefined)
      if (this.#stopped) return
      try {
        if (this.#client) await this.#client.query('select 1')
        else await this.#listen()
      } catch (error) {
        void this.#client?.end().catch(() => undefined)
        this.#client = undefined
        this.#log.warn({ err: error }, 'the feed of changed tasks is cut')
      }
    }
  }
}

/** `origin,id,id,…` in as few NOTIFYs as fit. */
function* payloads(origin: string, ids: readonly string[]): Generator<string> {
  let payload = origin
  for (const id of ids) {
    if (payload.length + id.length + 1 > MAX_PAYLOAD_BYTES) {
      yield payload
      payload = origin
    }
    payload += `,${id}`
  }
  if (payload !== origin) yield payload
}
