import type { FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { GatewayError } from '../core/errors.ts'
import type { Answer, GatewayForDialects, RequestBody, RouteOwner } from '../dialects/index.ts'
import { sha256Hex, webhookSecretText } from '../core/secrets.ts'
import { readBalance } from '../ledger/grant.ts'
import { findIdempotent } from '../db/task.ts'
import { sniffMediaType } from '../storage/media-type.ts'
import { sendContent } from './content.ts'
import { admitBody, parseContext } from './create-task.ts'
import { callableModels } from './models.ts'
import { readRequestBody } from './request-body.ts'
import { cancelTask, listPage, removeTask } from './task-actions.ts'
import { expectUpload, keepUploads, keptUpload } from './uploads.ts'
import { callOf, needTask, NO_BODY, readTask, type Visit } from './visit.ts'
import { followTask, waitForEnd } from './waiting.ts'

/** What a route's own answer may be made of in memory. */
const MAX_BYTES_IN_MEMORY = 64 * 1024 * 1024

/** Answers with what the route's own `answer` says. */
export async function sendAnswer(visit: Visit, owner: RouteOwner, body: RequestBody): Promise<FastifyReply> {
  const { reply, key, openWaits } = visit
  // Before anything is made: who may not wait must not be told so when the task is there.
  const leave = owner.route.waits ? openWaits.enter(key.id) : () => undefined
  try {
    const answer = await owner.route.answer!(callOf(visit, body), gatewayFor(visit, owner, body))
    if ('stream' in answer) reply.raw.once('close', leave)
    else leave()
    return await sendWhole(visit, answer)
  } catch (error) {
    leave()
    throw error
  }
}

/** The body of a request whose route may do without: a cancel, a read. */
export async function readOptionalBody({ request, parts }: Visit): Promise<RequestBody> {
  if (request.body === undefined && !request.isMultipart()) return NO_BODY
  return readRequestBody(request, parts.settings.bodyLimits, sniffMediaType)
}

function sendWhole(visit: Visit, answer: Answer): FastifyReply | Promise<FastifyReply> {
  const { reply } = visit
  if ('content' in answer) return sendContent(visit, answer.content, { variant: 'video', index: answer.index })
  reply.code(answer.status ?? 200).header('cache-control', 'private, no-store')
  if ('stream' in answer) {
    reply.header('content-type', 'text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').headers(answer.headers ?? {})
    return reply.send(Readable.from(answer.stream))
  }
  reply.headers(answer.headers ?? {})
  if (!('body' in answer)) return reply.send()
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(answer.body))
}

function gatewayFor(visit: Visit, owner: RouteOwner, body: RequestBody): GatewayForDialects {
  const { key, parts, origin, renderer } = visit
  return {
    parsing: parseContext(visit, body),
    // Anew each time: an answer that waits shows its task as of the end of the wait.
    get rendering() {
      return renderer.context(origin)
    },
    async create(parse) {
      const { taskId } = await admitBody(visit, owner, body, { parse })
      return needTask(visit, taskId)
    },
    async createOnce(name, parse) {
      const { taskId, replayed } = await admitBody(visit, owner, body, { parse, once: onceKey(owner, name) })
      // Replayed under the client's own idempotency key, it is told what it was told before.
      const existed = replayed && visit.request.headers['idempotency-key'] === undefined
      return { task: existed ? await readTask(visit, taskId) : await needTask(visit, taskId), existed }
    },
    async readOnce(name) {
      const found = await findIdempotent(parts.pool, key.accountId, onceKey(owner, name))
      return found && readTask(visit, found.taskId)
    },
    read: (taskId) => readTask(visit, taskId),
    need: (taskId) => needTask(visit, taskId),
    list: (query) => listPage(visit, query),
    cancel: (task) => cancelTask(visit, task),
    delete: (task) => removeTask(visit, task),
    wait: (task, timeoutSeconds) => waitForEnd(visit, task, timeoutSeconds * 1000),
    follow: (task, everyMs) => followTask(visit, task, everyMs),
    upload: (files) => keepUploads(files, { accountId: key.accountId, origin }, parts),
    expectUpload: (file) => expectUpload(file, { accountId: key.accountId, origin }, parts),
    uploaded: (id) => keptUpload(id, { accountId: key.accountId, origin }, parts),
    async bytesOf({ storageKey, bytes }) {
      if (bytes > MAX_BYTES_IN_MEMORY) throw new GatewayError('too_large', `the result has ${bytes} bytes; ask for a link to it`)
      return buffer(await parts.storage.open(storageKey))
    },
    models: () => callableModels(key, parts),
    balance: async () => (await readBalance(parts.pool, key.accountId)) ?? 0n,
    webhookSecret: () => webhookSecretText(parts.webhookKey, key.accountId),
  }
}

/** Idempotency keys of clients are ASCII, so none of theirs is one of these. Hashed, since a name may be of any length and content. */
function onceKey({ dialect }: RouteOwner, name: string): string {
  return `§${dialect.id} ${sha256Hex(name)}`
}
