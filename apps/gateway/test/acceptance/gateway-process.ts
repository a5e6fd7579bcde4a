import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const CLI = resolve(import.meta.dirname, '../../src/cli.ts')
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 20_000
const COMMAND_TIMEOUT_MS = 60_000

/** A gateway as its users have it: a process of its own, spoken to over HTTP and by its commands. */
export interface GatewayProcess {
  url: string
  /** The first key, as the start printed it. */
  key: string
  /** All that the start said to people. */
  welcome: string
  /** Runs `genlock <words>` beside it, and gives its standard output. */
  genlock(...words: string[]): Promise<string>
  /** A new key of the first account; `words` as for `genlock keys create`. */
  createKey(...words: string[]): Promise<string>
  close(): Promise<void>
}

/** Starts `genlock start` with nothing configured: embedded PostgreSQL, disk, sandbox, a data folder of its own. */
export async function startGatewayProcess(environment: Record<string, string> = {}): Promise<GatewayProcess> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'genlock-acceptance-'))
  const env = { ...unconfigured(process.env), PORT: '0', GENLOCK_DATA: dataFolder, GENLOCK_LOG_LEVEL: 'error', ...environment }
  const child = spawn(process.execPath, [CLI, 'start'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const genlock = async (...words: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...words], { env, timeout: COMMAND_TIMEOUT_MS })
    return stdout
  }
  const close = async (): Promise<void> => {
    await stop(child)
    await rm(dataFolder, { recursive: true, force: true })
  }
  try {
    const welcome = await readWelcome(child)
    return {
      url: /is ready: (\S+)/.exec(welcome)![1]!,
      key: /sk_\w+/.exec(welcome)![0],
      welcome,
      genlock,
      createKey: async (...words) => (await genlock('keys', 'create', ...words)).split('\n')[1]!,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The environment without what would configure a gateway. */
function unconfigured(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(GENLOCK_|S3_|DATABASE_URL$|HOST$|PORT$)/.test(name)))
}

/** What the start prints, up to the end of its curl line. */
function readWelcome(child: ChildProcess): Promise<string> {
  return new Promise((fulfil, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error(`not ready after ${START_TIMEOUT_MS / 1000} s: ${text}`)), START_TIMEOUT_MS)
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (!/^ {2}curl .*\n/m.test(text)) return
      clearTimeout(timer)
      fulfil(text)
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the start ended with ${code}: ${text}`))
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((fulfil) => child.once('exit', fulfil))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(timer)
}
