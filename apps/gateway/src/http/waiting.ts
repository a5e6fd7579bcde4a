import type { FastifyReply } from 'fastify'
import { isFinal, type Task } from '../core/task.ts'
import type { Dialect } from '../dialects/index.ts'
import { originOf } from './origin.ts'
import type { Visit } from './visit.ts'

/** Proxies close connections that are silent for a minute. */
const KEEP_ALIVE_MS = 15_000
/** An event stream is ended after this, however long its task takes; clients connect again by themselves. */
const MAX_STREAM_MS = 60 * 60_000

/** Holds the request until the task has ended, the time is up or the server stops, and gives the task as it is then. */
export async function waitForEnd({ parts, key, reply }: Visit, task: Task, timeoutMs: number): Promise<Task> {
  if (isFinal(task.state)) return task
  let timer: NodeJS.Timeout | undefined
  let stopWaiting: (() => void) | undefined
  try {
    return await new Promise<Task>((resolve, reject) => {
      let latest = task
      const look = (): void => {
        void parts.reader.read(key.accountId, task.id).then((current) => {
          latest = current ?? latest
          if (!current || isFinal(current.state) || parts.waiters.stopped) resolve(latest)
        }, reject)
      }
      stopWaiting = parts.waiters.add(task.id, look)
      // Once more at the end: the answer should be as fresh as it is late.
      timer = setTimeout(() => void parts.reader.read(key.accountId, task.id).then((current) => resolve(current ?? latest), () => resolve(latest)), timeoutMs)
      reply.raw.once('close', () => resolve(latest))
      // It may have ended between being read and being waited for.
      look()
    })
  } finally {
    clearTimeout(timer)
    stopWaiting?.()
  }
}

/** The task now, at each change and at least every `everyMs`, until it has ended, the client has gone or the server stops. */
export async function* followTask({ parts, key, reply }: Visit, task: Task, everyMs: number): AsyncGenerator<Task, void, undefined> {
  let wake: () => void = () => undefined
  const stopWaiting = parts.waiters.add(task.id, () => wake())
  const onClose = (): void => wake()
  reply.raw.once('close', onClose)
  const endMs = parts.clock.nowMs() + MAX_STREAM_MS
  try {
    while (!reply.raw.closed && parts.clock.nowMs() < endMs) {
      // Before the look: a change during it must not be missed.
      const changed = new Promise<void>((resolve) => (wake = resolve))
      const current = await parts.reader.read(key.accountId, task.id)
      if (!current) return
      yield current
      if (isFinal(current.state) || parts.waiters.stopped) return
      const timer = setTimeout(() => wake(), everyMs)
      await changed
      clearTimeout(timer)
    }
  } finally {
    stopWaiting()
    reply.raw.off('close', onClose)
  }
}

/** Sends the task as an event now and each time it changes, until it has ended. */
export function streamEvents({ parts, openWaits, key, renderer, request, reply }: Visit, task: Task, dialect: Dialect): FastifyReply {
  const leave = openWaits.enter(key.id)
  const origin = originOf(request, parts.settings.publicUrl)
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': request.id,
    // nginx would hold the stream back.
    'x-accel-buffering': 'no',
  })
  let sent = ''
  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    clearInterval(keepAlive)
    clearTimeout(lastMoment)
    stopWaiting()
    raw.end()
  }
  const send = (current: Task): void => {
    if (ended) return
    const { body } = renderer.render(current, dialect, origin)
    if (body !== sent) raw.write(`event: ${isFinal(current.state) ? 'done' : 'task'}\nid: ${current.updatedAtMs}\ndata: ${body}\n\n`)
    sent = body
    if (isFinal(current.state) || parts.waiters.stopped) end()
  }
  const look = (): void => {
    void parts.reader.read(key.accountId, task.id).then((current) => (current ? send(current) : end()), end)
  }
  const stopWaiting = parts.waiters.add(task.id, look)
  const keepAlive = setInterval(() => raw.write(': still here\n\n'), KEEP_ALIVE_MS)
  const lastMoment = setTimeout(end, MAX_STREAM_MS)
  raw.once('close', () => {
    end()
    leave()
  })
  send(task)
  look()
  return reply
}
