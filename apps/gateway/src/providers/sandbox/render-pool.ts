import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RenderAnswer, RenderOrder } from './render-child.ts'
import { checkRenderSpec, RenderError, type Rendered, type RenderSpec } from './render-spec.ts'

export interface RenderPoolOptions {
  /** On this machine; made if missing. The pool makes a folder of its own in it, removes that when it closes, and those of dead processes. */
  readonly workFolder: string
  /** Children at work at one time; each keeps about one core busy. */
  readonly maxConcurrent: number
  /** Renders that wait for a child; one more is `busy`. */
  readonly maxQueued?: number
  /** For one render, from the moment a child has it. */
  readonly timeoutMs?: number
  /** JavaScript heap of a child. Pixels live outside of it and are bounded by `render-spec.ts`. */
  readonly maxOldSpaceMb?: number
  /** Then the child is replaced, so that nothing it may leak adds up. */
  readonly maxRendersPerChild?: number
  /** A child without work ends after this. */
  readonly idleMs?: number
  /** Another program in place of `render-child.ts`. */
  readonly childModule?: URL
}

export interface RenderPool {
  /**
   * The drawing as a file that is the caller's to read and delete. Rejects with `RenderError` only; nothing is left behind then.
   */
  render(spec: RenderSpec, options?: { readonly signal?: AbortSignal }): Promise<RenderedFile>
  /** Ends all children; what waits or runs is rejected with `closed`. Removes every file not yet deleted. */
  close(): Promise<void>
}

export interface RenderedFile extends Omit<Rendered, 'bytes'> {
  readonly path: string
  readonly sizeBytes: number
}

const DEFAULTS = {
  maxQueued: 1000,
  timeoutMs: 180_000,
  maxOldSpaceMb: 384,
  maxRendersPerChild: 100,
  idleMs: 30_000,
  childModule: new URL('./render-child.ts', import.meta.url),
} as const

/**
 * Renders in child processes of lower priority, so that the API stays quick, and so that a picture that breaks a decoder breaks
 * one render. A child is kept for the next one (starting it and loading the encoder takes 0.3 s). No child runs before it is needed.
 */
export function createRenderPool(options: RenderPoolOptions): RenderPool {
  const settings = { ...DEFAULTS, ...options }
  const waiting: Job[] = []
  const idle: Child[] = []
  const children = new Set<Child>()
  const closing = new AbortController()
  let runningCount = 0
  let folder: Promise<string> | undefined

  return {
    async render(spec, { signal } = {}) {
      checkRenderSpec(spec)
      if (closing.signal.aborted) throw new RenderError('closed', 'the renderer is shut down')
      if (signal?.aborted) throw abortedBy(signal)
      if (runningCount >= settings.maxConcurrent && waiting.length >= settings.maxQueued) {
        throw new RenderError('busy', `${waiting.length} renders are waiting already`)
      }
      return await new Promise<RenderedFile>((resolve, reject) => {
        const job: Job = { spec, signal, started: new AbortController(), resolve, reject }
        waiting.push(job)
        // Once it runs, the child's own listener sees to it.
        signal?.addEventListener('abort', () => leaveQueue(job), { once: true, signal: job.started.signal })
        startWaiting()
      })
    },

    async close() {
      closing.abort()
      for (const job of waiting.splice(0)) job.reject(new RenderError('closed', 'the renderer is shut down'))
      await Promise.all([...children].map((child) => child.end()))
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true })
    },
  }

  function leaveQueue(job: Job): void {
    const place = waiting.indexOf(job)
    if (place < 0 || job.signal === undefined) return
    waiting.splice(place, 1)
    job.reject(abortedBy(job.signal))
  }

  function startWaiting(): void {
    while (runningCount < settings.maxConcurrent) {
      const job = waiting.shift()
      if (job === undefined) return
      job.started.abort()
      runningCount++
      void run(job)
        .then(job.resolve, job.reject)
        .finally(() => {
          runningCount--
          startWaiting()
        })
    }
  }

  async function run(job: Job): Promise<RenderedFile> {
    folder ??= makeFolder(settings.workFolder).catch((cause: unknown) => {
      folder = undefined
      throw new RenderError('crashed', 'the renderer has no folder to work in', { cause })
    })
    const order: RenderOrder = { spec: job.spec, folder: await folder, path: join(await folder, `${randomUUID()}.${extensionOf(job.spec)}`) }
    if (closing.signal.aborted) throw new RenderError('closed', 'the renderer is shut down')
    if (job.signal?.aborted) throw abortedBy(job.signal)
    const child = idle.pop() ?? startChild(order.folder)
    try {
      const answer = await child.ask(order, job.signal)
      keepOrEnd(child, answer)
      if (!answer.ok) throw new RenderError(answer.fault, answer.message)
      return { ...answer.rendered, path: order.path, sizeBytes: answer.sizeBytes }
    } catch (error) {
      await Promise.all([order.path, `${order.path}.part`].map((path) => rm(path, { force: true })))
      if (closing.signal.aborted) throw new RenderError('closed', 'the renderer is shut down', { cause: error })
      throw error
    }
  }

  function startChild(cacheFolder: string): Child {
    const child = createChild({ ...settings, cacheFolder })
    children.add(child)
    void child.ended.finally(() => {
      children.delete(child)
      forget(child)
    })
    return child
  }

  function keepOrEnd(child: Child, answer: RenderAnswer): void {
    const isSuspect = !answer.ok && answer.fault === 'crashed'
    if (isSuspect || child.askedCount >= settings.maxRendersPerChild || closing.signal.aborted) {
      void child.end()
      return
    }
    idle.push(child)
    child.endAfter(settings.idleMs, () => forget(child))
  }

  function forget(child: Child): void {
    const place = idle.indexOf(child)
    if (place >= 0) idle.splice(place, 1)
  }
}

interface Job {
  readonly spec: RenderSpec
  readonly signal: AbortSignal | undefined
  /** Aborted when the job leaves the queue, which takes its listener off the caller's signal. */
  readonly started: AbortController
  readonly resolve: (file: RenderedFile) => void
  readonly reject: (error: unknown) => void
}

interface Child {
  readonly askedCount: number
  readonly ended: Promise<void>
  /** Rejects with `RenderError` `timeout`, `aborted` or `crashed`; the child is then gone. */
  ask(order: RenderOrder, signal: AbortSignal | undefined): Promise<RenderAnswer>
  /** Ends it unless it is asked again before; tells `onEnd` first. */
  endAfter(idleMs: number, onEnd: () => void): void
  end(): Promise<void>
}

interface ChildOptions {
  readonly childModule: URL
  readonly maxOldSpaceMb: number
  readonly timeoutMs: number
  readonly cacheFolder: string
}

function createChild({ childModule, maxOldSpaceMb, timeoutMs, cacheFolder }: ChildOptions): Child {
  const child = fork(childModule, {
    execPath: process.execPath,
    execArgv: [`--max-old-space-size=${maxOldSpaceMb}`],
    // None of our environment, which holds secrets; fontconfig only wants a place for its cache.
    env: { XDG_CACHE_HOME: cacheFolder },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const lastWords = collectLastWords(child)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    // A child that could not be started has no exit. Other errors (a failed send or kill) come with one, or do not matter.
    child.on('error', () => child.pid === undefined && resolve())
  })
  let idleTimer: NodeJS.Timeout | undefined
  let askedCount = 0

  return {
    get askedCount() {
      return askedCount
    },
    ended,
    async ask(order, signal) {
      askedCount++
      clearTimeout(idleTimer)
      const failure = new AbortController()
      const timer = setTimeout(() => failure.abort(new RenderError('timeout', `not finished within ${timeoutMs} ms`)), timeoutMs)
      const onAbort = () => signal && failure.abort(abortedBy(signal))
      signal?.addEventListener('abort', onAbort, { once: true })
      try {
        const answered = once(child, 'message', { signal: failure.signal }).then(([answer]) => answer as RenderAnswer)
        const died = ended.then(() => {
          throw new RenderError('crashed', `the renderer died (${child.exitCode ?? child.signalCode ?? 'not started'})`, { cause: new Error(lastWords()) })
        })
        // Should the channel be closed, 'exit' tells; the callback only keeps that from being thrown.
        child.send(order, () => undefined)
        return await Promise.race([answered, died])
      } catch (error) {
        await kill(child, ended)
        if (failure.signal.aborted) throw failure.signal.reason
        throw error instanceof RenderError ? error : new RenderError('crashed', 'the renderer could not be started', { cause: error })
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        failure.abort()
      }
    },
    endAfter(idleMs, onEnd) {
      idleTimer = setTimeout(() => {
        onEnd()
        void kill(child, ended)
      }, idleMs)
    },
    async end() {
      clearTimeout(idleTimer)
      await kill(child, ended)
    },
  }
}

async function kill(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

const LAST_WORDS_CHARACTERS = 4000

/** The end of what the child wrote to stderr: V8 says there why it gave up. */
function collectLastWords(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-LAST_WORDS_CHARACTERS)
  })
  return () => text
}

async function makeFolder(workFolder: string): Promise<string> {
  await mkdir(workFolder, { recursive: true })
  await removeLeftovers(workFolder)
  return await mkdtemp(join(workFolder, `renders-${process.pid}-`))
}

/** Folders of processes that were killed. The work folder belongs to this machine, so a process id says who made one. */
async function removeLeftovers(workFolder: string): Promise<void> {
  for (const name of await readdir(workFolder)) {
    const pid = /^renders-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(workFolder, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is alive, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function extensionOf(spec: RenderSpec): string {
  switch (spec.kind) {
    case 'video':
      return 'mp4'
    case 'image':
      return spec.format
    case 'text':
      return 'txt'
  }
}

function abortedBy(signal: AbortSignal): RenderError {
  return new RenderError('aborted', 'the render was called off', { cause: signal.reason })
}
