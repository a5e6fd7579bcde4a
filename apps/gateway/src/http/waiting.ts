import type { FastifyReply } from 'fastify'
import { GatewayError } from '../core/errors.ts'
import { isFinal, type Task } from '../core/task.ts'
import type { Dialect } from '../dialects/index.ts'
import { originOf } from './origin.ts'
import type { Visit } from './task-routes.ts'

/** Open waits by key, in this process. */
const openWaits = new WeakMap<object, Map<string, number>>()
/** Proxies close connections that are silent for a minute. */
const KEEP_ALIVE_MS = 15_000
/** An event stream is ended after this, however long its task takes; clients connect again by themselves. */
const MAX_STREAM_MS = 60 * 60_000

/** Holds the request until the task has ended or the time is up, and gives the task as it is then. */
export async function waitForEnd(visit: Visit, task: Task, timeoutMs: number): Promise<Task> {
  if (isFinal(task.state)) return task
  const { parts, key, reply } = visit
  const leave = enter(visit)
  try {
    return await new Promise<Task>((resolve, reject) => {
      let latest = task
      const finish = (): void => {
        clearTimeout(timer)
        stopWaiting()
        reply.raw.off('close', finish)
        resolve(latest)
      }
      const look = (): void => {
        void parts.reader.read(key.accountId, task.id).then((current) => {
          latest = current ?? latest
          if (!current || isFinal(current.state)) finish()
        }, (error: unknown) => {
          finish()
          reject(error as Error)
        })
      }
      const stopWaiting = parts.waiters.add(task.id, look)
      const timer = setTimeout(() => {
        // Once more, from the database if need be: the answer should be as fresh as it is late.
        void parts.reader.read(key.accountId, task.id).then((current) => {
          latest = current ?? latest
        }, () => undefined).then(finish)
      }, timeoutMs)
      reply.raw.once('close', finish)
      // It may have ended between being read and being waited for.
      look()
    })
  } finally {
    leave()
  }
}

/** Sends the task as an event now and each time it changes, until it has ended. */
export function streamEvents(visit: Visit, task: Task, dialect: Dialect): FastifyReply {
  const { parts, key, renderer, request, reply } = visit
  const leave = enter(visit)
  const origin = originOf(request, parts.settings.publicUrl)
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': request.id,
    // nginx would hold the stream back.
    'x-accel-buffering': 'no',
  })
  let sent = ''
  const send = (current: Task): void => {
    const { body } = renderer.render(current, dialect, origin)
    if (body !== sent) raw.write(`event: ${isFinal(current.state) ? 'done' : 'task'}\nid: ${current.updatedAtMs}\ndata: ${body}\n\n`)
    sent = body
    if (isFinal(current.state)) raw.end()
  }
  const look = (): void => {
    void parts.reader.read(key.accountId, task.id).then((current) => (current ? send(current) : raw.end()), () => raw.end())
  }
  const stopWaiting = parts.waiters.add(task.id, look)
  const keepAlive = setInterval(() => raw.write(': still here\n\n'), KEEP_ALIVE_MS)
  const ending = setTimeout(() => raw.end(), MAX_STREAM_MS)
  raw.once('close', () => {
    clearInterval(keepAlive)
    clearTimeout(ending)
    stopWaiting()
    leave()
  })
  send(task)
  look()
  return reply
}

/** Counts a wait of the key. @throws GatewayError `rate_limited` when it has too many. */
function enter({ key, parts }: Visit): () => void {
  let byKey = openWaits.get(parts)
  if (!byKey) openWaits.set(parts, (byKey = new Map()))
  const open = byKey.get(key.id) ?? 0
  if (open >= parts.settings.maxWaitsPerKey) {
    throw new GatewayError('rate_limited', `this key has ${open} open waits already`, { retryAfterSeconds: 1 })
  }
  byKey.set(key.id, open + 1)
  parts.metrics.waits.inc()
  let left = false
  return () => {
    if (left) return
    left = true
    parts.metrics.waits.dec()
    const now = byKey.get(key.id)! - 1
    if (now === 0) byKey.delete(key.id)
    else byKey.set(key.id, now)
  }
}
