import type { FastifyReply, FastifyRequest } from 'fastify'
import { isFinal, type Task } from '../core/task.ts'
import type { Dialect, DialectRoute, RenderContext } from '../dialects/index.ts'
import { signFileName } from '../storage/file-link.ts'
import type { HttpParts } from './http-parts.ts'
import { originOf } from './origin.ts'

/** How long a rendered answer of a task that is under way is sent again; its progress is estimated from the time. */
const RENDERED_MS = 1_000

interface Rendered {
  body: string
  headers: Record<string, string> | undefined
  untilMs: number
}

/** Origins that one task is kept rendered for; whoever forges `Host` headers must not fill the memory. */
const MAX_RENDERED_PER_TASK = 8

/** Rendered answers, by the task object they were rendered from: a changed task is another object. */
export class TaskRenderer {
  readonly #parts: Pick<HttpParts, 'clock' | 'linkKey' | 'settings'>
  readonly #rendered = new WeakMap<Task, Map<string, Rendered>>()

  constructor(parts: Pick<HttpParts, 'clock' | 'linkKey' | 'settings'>) {
    this.#parts = parts
  }

  /** Sends the task as `dialect` shows it, or as this route of it does. */
  send(request: FastifyRequest, reply: FastifyReply, task: Task, dialect: Dialect, show?: DialectRoute['render']): FastifyReply {
    const origin = originOf(request, this.#parts.settings.publicUrl)
    const { body, headers } = show ? { body: JSON.stringify(show(task, this.context(origin))), headers: dialect.taskHeaders?.(task) } : this.render(task, dialect, origin)
    reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'private, no-store')
    if (headers) reply.headers(headers)
    return reply.code(dialect.taskStatus?.(task) ?? 200).send(body)
  }

  render(task: Task, dialect: Dialect, origin: string): Rendered {
    const nowMs = this.#parts.clock.nowMs()
    let byKey = this.#rendered.get(task)
    if (!byKey) this.#rendered.set(task, (byKey = new Map()))
    const key = `${dialect.id} ${origin}`
    const known = byKey.get(key)
    if (known && known.untilMs > nowMs) return known
    const rendered = {
      body: JSON.stringify(dialect.renderTask(task, this.context(origin))),
      headers: dialect.taskHeaders?.(task),
      untilMs: isFinal(task.state) ? Infinity : nowMs + RENDERED_MS,
    }
    if (byKey.size >= MAX_RENDERED_PER_TASK) byKey.clear()
    byKey.set(key, rendered)
    return rendered
  }

  context(origin: string): RenderContext {
    return {
      nowMs: this.#parts.clock.nowMs(),
      origin,
      creditMicros: this.#parts.settings.creditMicros,
      fileLink: (storageKey, task) => {
        const expiresAtMs = task.expiresAtMs ?? task.createdAtMs + this.#parts.settings.retentionSeconds * 1000
        return storedFileLink(storageKey, expiresAtMs, origin, this.#parts.linkKey)
      },
    }
  }
}

/** A signed link to a result or an upload that we keep. */
export function storedFileLink(storageKey: string, expiresAtMs: number, origin: string, linkKey: Buffer): string {
  const match = /^(?:outputs\/([a-z0-9_]+)\/(\d+|[a-z_]+)|uploads\/([a-z0-9_]+))\.([a-z0-9]+)$/.exec(storageKey)
  if (!match) throw new Error(`no link leads to ${storageKey}`)
  const [, taskId, file, uploadId, extension] = match
  return `${origin}/v1/files/${signFileName({ subject: uploadId ?? `${taskId}-${file}`, extension: extension!, expiresAtMs }, linkKey)}`
}
