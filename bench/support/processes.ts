import { type ChildProcess, execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const STOP_TIMEOUT_MS = 15_000
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
const LAST_WORDS_CHARACTERS = 4_000

/** A program run to its end: what it said. @throws Error with what it said when it failed or took longer. */
export async function runProgram(program: string, args: readonly string[], { timeoutMs, environment = {} }: { timeoutMs: number; environment?: Record<string, string> }): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args], { timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, env: { PATH: process.env['PATH'] ?? '', ...environment } })
  return stdout
}

/** For `sh -c`, with a program and its arguments: finds those that Debian and Ubuntu keep out of a user's PATH. */
export const EVERY_PROGRAM = 'PATH="$PATH:/usr/sbin:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)"; exec "$0" "$@"'

export interface RunningProgram {
  child: ChildProcess
  /** The end of what it said on standard error, for when it fails. */
  lastWords(): string
}

/** A program that runs until it is stopped. Its log goes to /dev/null, so that writing it costs what it costs. */
export function startProgram(program: string, args: readonly string[], environment: Record<string, string> = {}): RunningProgram {
  const child = spawn(program, [...args], { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] ?? '', ...environment } })
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-LAST_WORDS_CHARACTERS)
  })
  return { child, lastWords: () => said }
}

/** One of the scripts in `load/`, in a process of its own, spoken to by messages. */
export class Helper<Asked, Told> {
  readonly child: ChildProcess
  readonly #listeners = new Set<(told: Told) => void>()

  constructor(script: string, options: unknown) {
    this.child = fork(fileURLToPath(new URL(`../load/${script}.ts`, import.meta.url)), [JSON.stringify(options)])
    this.child.on('message', (told) => {
      for (const listener of this.#listeners) listener(told as Told)
    })
  }

  tell(asked: Asked): void {
    this.child.send(asked as object)
  }

  onTold(listener: (told: Told) => void): void {
    this.#listeners.add(listener)
  }

  /** The next message that `pick` takes. @throws Error when there is none in time, or the process ends. */
  async next<Picked>(pick: (told: Told) => Picked | undefined, timeoutMs: number): Promise<Picked> {
    const { promise, resolve, reject } = Promise.withResolvers<Picked>()
    const timer = setTimeout(() => reject(new Error(`a helper said nothing for ${timeoutMs} ms`)), timeoutMs)
    const ended = (): void => reject(new Error('a helper ended before its time'))
    const listener = (told: Told): void => {
      const picked = pick(told)
      if (picked !== undefined) resolve(picked)
    }
    this.#listeners.add(listener)
    this.child.once('exit', ended)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#listeners.delete(listener)
      this.child.off('exit', ended)
    }
  }

  stop(): Promise<void> {
    return stopProcess(this.child)
  }
}

/** Asks a process to stop, and ends it when it does not. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}

/** Resident memory of a process, in bytes. Linux only, like all that reads `/proc`. */
export function residentBytes(pid: number): number {
  return kilobytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS') * 1024
}

/** Memory of a process and all that it started, shared pages counted once among them (PSS), in bytes. */
export function proportionalBytes(pid: number): number {
  let bytes = 0
  for (const each of [pid, ...descendants(pid)]) {
    const file = `/proc/${each}/smaps_rollup`
    if (existsSync(file)) bytes += kilobytes(readFileSync(file, 'utf8'), 'Pss') * 1024
  }
  return bytes
}

export function parentOf(pid: number): number {
  // The second field is the program's name in brackets, which may hold anything.
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \S /s, '').split(' ')[0])
}

/** Seconds of processor time that a process has used. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
  const TICKS_PER_SECOND = 100
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

function descendants(pid: number): number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((each) => {
    try {
      return parentOf(each) === pid
    } catch {
      // Ended while we looked.
      return false
    }
  })
  return children.flatMap((child) => [child, ...descendants(child)])
}

function kilobytes(text: string, field: string): number {
  const value = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`/proc does not say ${field}`)
  return Number(value)
}
