import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './embedded-postgres.ts'
import { findPostmaster } from './embedded-postgres-watchdog.ts'
import { createPool } from './pool.ts'

const asRoot = process.getuid?.() === 0
/** Any account but root's, for what root may do and others may not. */
const OTHER_UID = 65_534
const PACKAGE = dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)))
const MODULE = new URL('./embedded-postgres.ts', import.meta.url).href

let folder: string
let dataFolder: string
let running: EmbeddedPostgres[]
let children: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'genlock-embedded-'))
  dataFolder = join(folder, 'data')
  running = []
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(running.map((postgres) => postgres.stop()))
  await gone()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataFolder, ...options })
  running.push(postgres)
  return postgres
}

/** Another process that owns the server until it is told to stop (a line on its input) or killed. */
function spawnOwner(options: object = {}, uid?: number): ChildProcess {
  const code = `
    import { startEmbeddedPostgres } from ${JSON.stringify(MODULE)}
    const postgres = await startEmbeddedPostgres(${JSON.stringify({ dataFolder, ...options })})
    console.log('ready')
    process.stdin.once('data', async () => { await postgres.stop(); process.exit() })`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', code], {
    stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', ...(uid === undefined ? {} : { uid, gid: uid }) })
  children.push(child)
  return child
}

async function startOwner(options: object = {}, uid?: number): Promise<ChildProcess> {
  const child = spawnOwner(options, uid)
  const [line] = await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'exit')])
  expect(String(line)).toBe('ready\n')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function query(postgres: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const pool = createPool(postgres.connection, { max: 1 })
  try {
    return (await pool.query(sql)).rows
  } finally {
    await pool.end()
  }
}

function data(): string {
  return join(dataFolder, 'postgres-18')
}

function pid(): number | undefined {
  return findPostmaster(data())?.pid
}

async function gone(withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (pid() !== undefined) {
    if (Date.now() > deadline) throw new Error(`PostgreSQL still runs after ${withinMs} ms`)
    await delay(10)
  }
}

function copyOfPackage(): string {
  const copy = join(folder, 'package')
  cpSync(PACKAGE, copy, { recursive: true, filter: (file) => !lstatSync(file).isSymbolicLink() })
  return copy
}

describe('owners', () => {
  test('the first makes a database that syncs, listens on no port, and is the only one\'s to reach', async () => {
    const postgres = await start()
    expect(await query(postgres, `select current_database() as name, current_setting('fsync') as fsync, current_setting('listen_addresses') as addresses,
      current_setting('server_encoding') as encoding, current_setting('server_version_num')::int / 10000 as major`))
      .toEqual([{ name: 'genlock', fsync: 'on', addresses: '', encoding: 'UTF8', major: postgres.major }])
    expect(statSync(postgres.connection.host).mode & 0o777).toBe(0o700)
  })

  test('the second joins, and the server stays until both have stopped', async () => {
    const first = await start()
    const server = pid()
    const second = await start()
    expect(pid()).toBe(server)
    await first.stop()
    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(pid()).toBe(server)
    await second.stop()
    expect(pid()).toBeUndefined()
  })

  test('a command that started the server leaves it to the gateway that joined', async () => {
    const command = await startOwner()
    const gateway = await start()
    const server = pid()
    command.stdin?.write('stop\n')
    await once(command, 'exit')
    await query(gateway, 'create table kept ()')
    expect(pid()).toBe(server)
  })

  test('the server stops within about a second after its last owner was killed, and the next start finds what was written', async () => {
    const owners = [await startOwner(), await startOwner()]
    const server = pid()
    const postgres = await start()
    await query(postgres, 'create table kept as select 1 as one')
    await postgres.stop()
    await kill(owners[0] as ChildProcess)
    await delay(600)
    expect(pid()).toBe(server)
    await kill(owners[1] as ChildProcess)
    await gone(1_500)
    expect(await query(await start(), 'select * from kept')).toEqual([{ one: 1 }])
  })

  test('a start soon after a kill joins the server that was left, and keeps it', async () => {
    await kill(await startOwner())
    const postgres = await start()
    await delay(600)
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('several that start at once on a new folder share one server', async () => {
    const owners = [spawnOwner(), spawnOwner(), spawnOwner()]
    await Promise.all(owners.map((owner) => once(owner.stdout as NodeJS.ReadableStream, 'data')))
    expect(readdirSync(dataFolder).sort()).toEqual(['postgres-18', 'postgres.log'])
    const server = pid()
    await kill(owners[0] as ChildProcess)
    await kill(owners[1] as ChildProcess)
    await delay(600)
    expect(pid()).toBe(server)
  })

  test('a start that meets a stop ends with a server that runs', async () => {
    let last = await start()
    for (let round = 0; round < 4; round++) {
      const [next] = await Promise.all([delay(round * 5).then(() => start()), last.stop()])
      expect(await query(next, 'select 1 as one')).toEqual([{ one: 1 }])
      last = next
    }
  })

  test('a server that dies under its owner is started again', async () => {
    const postgres = await start()
    const server = pid()
    await query(postgres, 'create table kept ()')
    process.kill(server as number, 'SIGKILL')
    await expect.poll(async () => query(postgres, 'select * from kept').catch(() => 'not yet'), { timeout: 10_000 }).toEqual([])
    expect(pid()).not.toBe(server)
  })

  test('a backend that dies takes every connection along, but not the server of a living owner', async () => {
    const postgres = await start()
    const server = pid()
    const pool = createPool(postgres.connection, { max: 1 })
    const { rows: [row] } = await pool.query('select pg_backend_pid() as pid')
    process.kill(row.pid, 'SIGKILL')
    await expect.poll(() => pool.query('select 1 as one').then(({ rows }) => rows, () => 'not yet'), { timeout: 10_000 }).toEqual([{ one: 1 }])
    await delay(600)
    await pool.query('select 1')
    expect(pid()).toBe(server)
    await pool.end()
  })
})

describe('what was left behind', () => {
  test('an interrupted initdb is cleared away', async () => {
    const owner = spawnOwner()
    await expect.poll(() => existsSync(dataFolder) && readdirSync(dataFolder).some((name) => name.includes('.init-')), { interval: 1 }).toBe(true)
    await kill(owner)
    expect(await query(await start(), 'select 1 as one')).toEqual([{ one: 1 }])
    expect(readdirSync(dataFolder).sort()).toEqual(['postgres-18', 'postgres.log'])
  })

  test.each([
    ['of a dead process', 4_194_304],
    ['whose pid another program has now', process.pid],
  ])('a postmaster.pid %s does not keep the server from starting', async (_, stalePid) => {
    await (await start()).stop()
    writeFileSync(join(data(), 'postmaster.pid'), `${stalePid}\n${data()}\n1700000000\n5432\n${data()}\n\n  1234567  89\nready   \n`)
    if (asRoot) chownSync(join(data(), 'postmaster.pid'), statSync(data()).uid, statSync(data()).gid)
    expect(await query(await start(), 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a database of another major version is refused with instructions', async () => {
    mkdirSync(join(dataFolder, 'postgres-17'), { recursive: true })
    await expect(start()).rejects.toThrow(/postgres-17 was made by PostgreSQL 17, .* pg_dump/)
    rmSync(join(dataFolder, 'postgres-17'), { recursive: true })
    mkdirSync(data())
    writeFileSync(join(data(), 'PG_VERSION'), '19\n')
    await expect(start()).rejects.toThrow(/postgres-18 was made by PostgreSQL 19, .* pg_dump/)
  })

  test('a folder that is not a database is left alone', async () => {
    mkdirSync(data(), { recursive: true })
    writeFileSync(join(data(), 'letter.txt'), 'dear')
    await expect(start()).rejects.toThrow('move it away')
    expect(readFileSync(join(data(), 'letter.txt'), 'utf8')).toBe('dear')
  })

  test('a server that cannot start is an error that repeats what it said', async () => {
    await (await start()).stop()
    writeFileSync(join(data(), 'postgresql.auto.conf'), 'nonsense = on\n')
    await expect(start()).rejects.toThrow(/does not start .*unrecognized configuration parameter "nonsense"/s)
  })

  test('a database kept elsewhere, in a folder that is gone, is not begun anew in silence', async () => {
    mkdirSync(dataFolder)
    symlinkSync(join(folder, 'unmounted', 'postgres-18'), data())
    await expect(start()).rejects.toThrow('which is gone: bring it back')
  })
})

describe('the platform', () => {
  test('a path too long for a socket gets a private folder for it', async () => {
    dataFolder = join(folder, 'long'.repeat(30), 'data')
    const postgres = await start()
    expect(postgres.connection.host).not.toContain('long')
    expect(statSync(postgres.connection.host).mode & 0o777).toBe(0o700)
    expect(await query(await start(), 'select 1 as one')).toEqual([{ one: 1 }])
    rmSync(postgres.connection.host, { recursive: true })
  })

  test('links that a blocked install script did not make are made', async () => {
    const packageFolder = copyOfPackage()
    await start({ packageFolder })
    expect(lstatSync(join(packageFolder, 'native/lib/libpq.so.5')).isSymbolicLink()).toBe(true)
    expect(readdirSync(dataFolder)).not.toContain('postgres-binaries-18.4.0-beta.17')
  })

  test('links that cannot be made in a read-only package are made in a copy', async () => {
    const packageFolder = copyOfPackage()
    chmodSync(folder, 0o777)
    chmodSync(join(packageFolder, 'native/lib'), 0o555)
    const owner = await startOwner({ packageFolder }, asRoot ? OTHER_UID : undefined)
    expect(existsSync(join(packageFolder, 'native/lib/libpq.so.5'))).toBe(false)
    expect(readdirSync(dataFolder).some((name) => name.startsWith('postgres-binaries-'))).toBe(true)
    owner.stdin?.write('stop\n')
    await once(owner, 'exit')
    chmodSync(join(packageFolder, 'native/lib'), 0o755)
  })

  test('binaries that do not run here are an error that names the way out', async () => {
    const packageFolder = copyOfPackage()
    writeFileSync(join(packageFolder, 'native/bin/postgres'), '#!/bin/sh\necho no such loader >&2; exit 127\n')
    await expect(start({ packageFolder })).rejects.toThrow(/do not run here .*no such loader.* Set DATABASE_URL/s)
  })
})

describe.skipIf(!asRoot)('as root, below a folder that is closed to others', () => {
  let fallbackFolder: string

  beforeEach(() => {
    chmodSync(folder, 0o700)
    fallbackFolder = mkdtempSync(join(tmpdir(), 'genlock-fallback-'))
    chmodSync(fallbackFolder, 0o711)
    return () => rmSync(fallbackFolder, { recursive: true, maxRetries: 5 })
  })

  test('a user namespace leaves everything where and whose it is', async () => {
    await start({ rootStrategies: ['user-namespace'] })
    expect(lstatSync(data())).toMatchObject({ uid: 0 })
    expect(lstatSync(data()).isDirectory()).toBe(true)
  })

  test('an unprivileged uid gets database and binaries in a folder it can reach, and keeps them', async () => {
    const options = { rootStrategies: ['drop-uid'], fallbackFolder } as const
    const postgres = await start(options)
    expect(postgres.connection.host.startsWith(`${fallbackFolder}/`)).toBe(true)
    expect(statSync(postgres.connection.host)).toMatchObject({ uid: 60_900, gid: 60_900 })
    await query(postgres, 'create table kept ()')
    await postgres.stop()
    expect(await query(await start(options), 'select * from kept')).toEqual([])
  })

  test('an unprivileged uid stays in a data folder that only its own mode closes', async () => {
    chmodSync(folder, 0o711)
    mkdirSync(dataFolder, { mode: 0o700 })
    await start({ rootStrategies: ['drop-uid'] })
    expect(lstatSync(data())).toMatchObject({ uid: 60_900 })
    expect(lstatSync(dataFolder)).toMatchObject({ uid: 0, gid: 60_900 })
    expect(lstatSync(dataFolder).mode & 0o777).toBe(0o710)
  })

  test('a database follows from one strategy to the other', async () => {
    chmodSync(folder, 0o711)
    const first = await start({ rootStrategies: ['drop-uid'] })
    await query(first, 'create table kept ()')
    await first.stop()
    const second = await start({ rootStrategies: ['user-namespace'] })
    expect(await query(second, 'select * from kept')).toEqual([])
    await second.stop()
    expect(await query(await start({ rootStrategies: ['drop-uid'] }), 'select * from kept')).toEqual([])
  })

  test('without a way to run as someone else, says so', async () => {
    await expect(start({ rootStrategies: [] })).rejects.toThrow(/as root, .* Set DATABASE_URL/)
  })
})
