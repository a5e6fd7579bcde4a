import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'

/**
 * Advisory locks in the database `postgres` of the embedded server. Each owner holds OWNER in common on one connection,
 * so who owns the server is known to the server, and forgotten by it the moment a process dies, however it dies.
 * Whoever gets OWNER alone may stop the server: nobody else owns it, and nobody can begin to.
 */
export const OWNER_LOCK = 7_262_481_201
/** Held by the one watchdog. */
export const WATCHDOG_LOCK = 7_262_481_202

export interface Postmaster {
  readonly pid: number
  /** Where its socket is, which depends on who started it. */
  readonly socketFolder: string
  readonly port: number
}

/** The PostgreSQL that runs on a data folder (a real path), by its `postmaster.pid`; a file left behind by a dead one is seen through. */
export function findPostmaster(data: string): Postmaster | undefined {
  const [pid, , , port, socketFolder] = readPidFile(data)
  return pid && port && socketFolder && isPostgresOf(Number(pid), data) ? { pid: Number(pid), port: Number(port), socketFolder } : undefined
}

/** Lines of `postmaster.pid`: pid, data folder, start time, port, socket folder, … (PostgreSQL 18, miscadmin.h); none if there is no such file. */
export function readPidFile(data: string): string[] {
  try {
    return readFileSync(`${data}/postmaster.pid`, 'utf8').split('\n')
  } catch {
    return []
  }
}

/** Fast shutdown: clients are dropped, everything is written down. Resolves when the process is gone. */
export async function stopPostmaster(data: string, pid: number): Promise<void> {
  // An immediate shutdown loses nothing either, it only makes the next start replay the log.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const deadline = Date.now() + STOP_TIMEOUT_MS
    if (isPostgresOf(pid, data)) process.kill(pid, signal)
    while (isPostgresOf(pid, data) && Date.now() < deadline) await delay(STOP_POLL_MS)
    if (!isPostgresOf(pid, data)) return
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop`)
}

export async function tryLock(client: Client, kind: 'pg_try_advisory_lock' | 'pg_try_advisory_lock_shared', lock: number): Promise<boolean> {
  const { rows: [row] } = await client.query(`select ${kind}($1) as taken`, [lock])
  return row.taken
}

/** Every server process works in the data folder. A zombie has no working folder, and another program with a reused pid has another. */
function isPostgresOf(pid: number, data: string): boolean {
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === data
    } catch {
      return false
    }
  }
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'stat=,command=', '-p', String(pid)], { encoding: 'utf8' })
  return !stdout.startsWith('Z') && stdout.includes(data)
}

/** Stops the server on `data` once no owner is left. Ends when the server is gone, or when another watchdog is there. */
async function watch(data: string, user: string): Promise<void> {
  const deadline = Date.now() + FIRST_SEEN_MS
  for (let pid: number | undefined; pid !== undefined || Date.now() < deadline;) {
    const postmaster = findPostmaster(data)
    // A server that took its place was started with a watchdog of its own.
    if (pid !== undefined && postmaster?.pid !== pid) return
    if (postmaster) {
      pid = postmaster.pid
      const { socketFolder: host, port } = postmaster
      const client = new Client({ host, port, user, database: 'postgres', application_name: 'genlock watchdog', ssl: false })
      client.on('error', () => undefined)
      // An error is a server that starts, stops or restarts: look again.
      const finished = await client.connect().then(() => watchOwners(client, data, postmaster.pid)).catch(() => false)
      await client.end().catch(() => undefined)
      if (finished) return
    }
    await delay(WATCH_POLL_MS)
  }
}

async function watchOwners(client: Client, data: string, pid: number): Promise<boolean> {
  if (!await tryLock(client, 'pg_try_advisory_lock', WATCHDOG_LOCK)) return true
  const since = Date.now()
  for (let ownerSeen = false; ;) {
    if (!await tryLock(client, 'pg_try_advisory_lock', OWNER_LOCK)) {
      ownerSeen = true
    } else if (ownerSeen || Date.now() - since > FIRST_OWNER_MS) {
      await stopPostmaster(data, pid)
      return true
    } else {
      // The owner that started the server, or owners that lost their connections in a crash, are still on their way.
      await client.query('select pg_advisory_unlock($1)', [OWNER_LOCK])
    }
    await delay(WATCH_POLL_MS)
  }
}

const STOP_TIMEOUT_MS = 30_000
const STOP_POLL_MS = 10
const WATCH_POLL_MS = 250
const FIRST_OWNER_MS = 5_000
const FIRST_SEEN_MS = 5_000

if (import.meta.main) {
  const [data, user] = process.argv.slice(2)
  if (data && user) await watch(data, user)
}
