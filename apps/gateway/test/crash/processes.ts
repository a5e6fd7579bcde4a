import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { CrashPoint } from '../../src/engine/crash-points.ts'

/** A gateway in a process of its own. */
export interface GatewayProcess {
  url: string
  /** How it ended: `SIGKILL`, or an exit code when it ended by itself. */
  ended: Promise<NodeJS.Signals | number>
  /** Ends it in the middle of whatever it does. */
  kill(): Promise<void>
}

export interface GatewayProcessOptions {
  environment: Record<string, string>
  /** Where it kills itself. */
  point?: CrashPoint
  /** The how-manieth time. */
  nth?: number
  /** Told of its pid as soon as it has one: for those who want to kill it before it serves. */
  spawned?: (kill: () => void) => void
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
const START_TIMEOUT_MS = 60_000

/** Resolves when it serves. @throws Error with what it wrote when it ended before. */
export async function startGatewayProcess({ environment, point, nth = 1, spawned }: GatewayProcessOptions): Promise<GatewayProcess> {
  const child = fork(CHILD, point === undefined ? [] : ['--point', point, '--nth', String(nth)], {
    env: { PATH: process.env['PATH'], ...environment },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const ended = once(child, 'exit').then(([code, signal]) => (signal as NodeJS.Signals | null) ?? (code as number))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  spawned?.(() => child.kill('SIGKILL'))
  let complaint = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4_000)
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS)
  const serving = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('{"url"')) resolve((JSON.parse(line) as { url: string }).url)
    })
  })
  const first = await Promise.race([serving.then((url) => ({ url })), ended.then((how) => ({ how }))])
  clearTimeout(timer)
  if ('how' in first) throw new GatewayProcessEnded(`the gateway ended with ${first.how} before it served: ${complaint}`, first.how)
  return { url: first.url, ended, kill }
}

export class GatewayProcessEnded extends Error {
  readonly how: NodeJS.Signals | number

  constructor(message: string, how: NodeJS.Signals | number) {
    super(message)
    this.name = 'GatewayProcessEnded'
    this.how = how
  }
}
