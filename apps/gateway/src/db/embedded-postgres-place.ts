import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  chmodSync, chownSync, cpSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync,
  realpathSync, renameSync, rmSync, statSync, symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { findPostmaster } from './embedded-postgres-watchdog.ts'

export interface PlaceOptions {
  /** How to run as root, which PostgreSQL itself refuses to: the first that works here. */
  readonly rootStrategies?: readonly RootStrategy[]
  /** The folder of the platform's package, where it is not found by its name. */
  readonly packageFolder?: string
  /** Where the database goes when the uid that root drops to cannot reach the data folder; a link there says so. */
  readonly fallbackFolder?: string
}

export type RootStrategy = 'user-namespace' | 'drop-uid'

/** How to run a program of PostgreSQL's. */
export interface RunAs {
  /** A command that runs what follows it, or nothing. */
  readonly prefix: readonly string[]
  /** The owner of the data folder, as the file system sees it. */
  readonly uid: number
  readonly gid: number
  /** initdb, unlike the server, insists on a user that has a name. */
  readonly initdbUid: number
}

export interface Place {
  /** PGDATA, a real path. */
  readonly data: string
  readonly binaries: string
  readonly logFile: string
  readonly runAs: RunAs
  /** Not fixed: a server that is already there may have been started with another. */
  socketFolder: string
}

/**
 * Decides who runs PostgreSQL, on which folder, with which binaries; makes the folders, links and copies that takes.
 *
 * @throws Error that tells the operator what to do
 */
export function preparePlace(dataFolder: string, options: PlaceOptions): Place {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  refuseOtherMajor(dataFolder)
  const source = options.packageFolder ?? findPackage()
  const runAs = chooseRunAs(dataFolder, options.rootStrategies ?? ['user-namespace', 'drop-uid'])
  const home = chooseHome(dataFolder, runAs, options.fallbackFolder ?? FALLBACK_FOLDER)
  const data = join(home, `postgres-${MAJOR}`)
  takeOwnership(data, runAs)
  return { data, binaries: prepareBinaries(source, home, runAs), logFile: join(dataFolder, 'postgres.log'), runAs, socketFolder: chooseSocketFolder(data, runAs) }
}

/** Program, arguments and options to start one of PostgreSQL's programs with. */
export function commandOf({ binaries, runAs }: Place, name: 'initdb' | 'postgres', args: readonly string[]): Command {
  return commandAs(runAs, join(binaries, 'bin', name), args, name === 'initdb' ? runAs.initdbUid : runAs.uid)
}

export interface Command {
  readonly program: string
  readonly args: string[]
  readonly options: { readonly uid?: number; readonly gid?: number; readonly env: Record<string, string>; readonly cwd: string }
}

/** Changes who owns a folder and all in it. */
export function giveTo(folder: string, { uid, gid }: RunAs): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) lchownSync(join(folder, name), uid, gid)
  // Last, because its owner is what says that all has been given.
  chownSync(folder, uid, gid)
}

export function wrongMajor(folder: string, found: string): Error {
  return new Error(`${folder} was made by PostgreSQL ${found}, and this release of Genlock runs PostgreSQL ${MAJOR}, which cannot read it. `
    + `With the release that made it, run pg_dump; move ${folder} away; start this release once, stop it, and restore the dump into it.`)
}

export const MAJOR = 18
export const PORT = 5432
export const ADVICE = 'Set DATABASE_URL to a PostgreSQL 15 or later of your own.'
/** Ours would bring PGDATA, PGPORT and the like along. */
export const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' }

const FALLBACK_FOLDER = '/var/lib/genlock'
/** Bytes of a socket's address: 108 on Linux, 104 on macOS, each with a final zero (unix(7), unix(4)). */
const MAX_SOCKET_PATH_BYTES = 103
/** A uid and gid of nobody else's: systemd's table (systemd.io/UIDS-GIDS) leaves 60706–61183 free, and containers map the first 65536. */
const UNPRIVILEGED_ID = 60_900
const TRIAL_TIMEOUT_MS = 10_000

function refuseOtherMajor(dataFolder: string): void {
  const names = readdirSync(dataFolder)
  const other = names.map((name) => /^postgres-(\d+)$/.exec(name)?.[1]).find((major) => major !== undefined && Number(major) !== MAJOR)
  if (other && !names.includes(`postgres-${MAJOR}`)) throw wrongMajor(join(dataFolder, `postgres-${other}`), other)
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
  const self = { prefix: [], uid, initdbUid: uid, gid: process.getgid?.() ?? 0 }
  if (uid !== 0) return self
  const account = anyAccount()
  // Inside, root is that account and root's files are its own: nothing needs to be copied or given away.
  const inNamespace = { ...self, prefix: ['unshare', '--user', `--map-user=${account}`, `--map-group=${account}`] }
  const dropped = { prefix: [], uid: UNPRIVILEGED_ID, initdbUid: account, gid: UNPRIVILEGED_ID }
  for (const strategy of rootStrategies) {
    if (strategy === 'user-namespace' && works(inNamespace, 'sh', ['-c', 'cd "$1" && test -w .', 'sh', dataFolder])) return inNamespace
    if (strategy === 'drop-uid' && works(dropped, 'true', [])) return dropped
  }
  throw new Error(`PostgreSQL does not run as root, and neither a user namespace nor uid ${UNPRIVILEGED_ID} can be used here. Start Genlock as another user. Or: ${ADVICE}`)
}

/** The uid of some account that is not root's; which one does not matter. */
function anyAccount(): number {
  const uids = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => Number(line.split(':')[2]))
  return uids.find((uid) => uid > 0) ?? UNPRIVILEGED_ID
}

/** The folder that holds PGDATA: the data folder, or for a uid that cannot reach it (below a /root of 0700, say) one that it can. */
function chooseHome(dataFolder: string, runAs: RunAs, fallbackFolder: string): string {
  const data = join(dataFolder, `postgres-${MAJOR}`)
  const link = readLink(data)
  const usual = link === undefined ? dataFolder : dirname(link)
  if (!existsSync(usual)) throw new Error(`The database was kept in ${usual}, which is gone: bring it back, or remove ${data} to begin with an empty one`)
  if (reaches(runAs, usual)) return realpathSync(usual)
  letThrough(dataFolder, runAs)
  if (reaches(runAs, usual)) return realpathSync(usual)
  if (existsSync(data)) throw new Error(`${usual} holds the database, and uid ${runAs.uid}, which PostgreSQL must run as here, cannot enter it: open the folders above it to others (chmod o+x)`)
  const home = join(fallbackFolder, hashOf(realpathSync(dataFolder)))
  mkdirSync(home, { recursive: true, mode: 0o711 })
  if (!reaches(runAs, home)) throw new Error(`Neither ${dataFolder} nor ${home} can be entered by uid ${runAs.uid}, which PostgreSQL must run as here. ${ADVICE}`)
  symlinkSync(join(home, `postgres-${MAJOR}`), data)
  return realpathSync(home)
}

/** The data folder may be closed to all but us: lets the one group pass which nobody else is in. */
function letThrough(folder: string, { gid }: RunAs): void {
  chownSync(folder, process.getuid?.() ?? 0, gid)
  chmodSync(folder, statSync(folder).mode | 0o010)
}

/** PostgreSQL wants to own its folder; after a change of user or strategy it is given to the new one. */
function takeOwnership(data: string, runAs: RunAs): void {
  if (!existsSync(data) || statSync(data).uid === runAs.uid || findPostmaster(data)) return
  if (process.getuid?.() !== 0) throw new Error(`${data} belongs to uid ${statSync(data).uid}: start Genlock as that user, or give the folder to this one (chown -R)`)
  giveTo(data, runAs)
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
      rmSync(unfinished, { recursive: true })
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
  // The listed pairs share a folder, so the bare name is enough.
  return links.every((link) => hasLink(join(source, link.target)) || makeLink(link.source.split('/').at(-1) ?? '', join(source, link.target)))
}

function hasLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function makeLink(to: string, path: string): boolean {
  try {
    symlinkSync(to, path)
    return true
  } catch {
    // Another process was quicker, or the package is read-only.
    return hasLink(path)
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
  const { program, args: rest, options } = commandAs(runAs, command, args, runAs.uid)
  return spawnSync(program, rest, { ...options, encoding: 'utf8', timeout: TRIAL_TIMEOUT_MS })
}

function commandAs({ prefix, gid }: RunAs, command: string, args: readonly string[], uid: number): Command {
  const [program = command, ...rest] = [...prefix, command, ...args]
  const drop = uid === process.getuid?.() ? {} : { uid, gid }
  return { program, args: rest, options: { ...drop, env: ENVIRONMENT, cwd: '/' } }
}

function readLink(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? resolve(dirname(path), readlinkSync(path)) : undefined
}

function hashOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16)
}
