import type { FastifyReply } from 'fastify'
import { GatewayError } from '../core/errors.ts'
import { isFinal, type Task } from '../core/task.ts'
import type { ContentQuery } from '../dialects/index.ts'
import { mediaTypeExtension } from './files.ts'
import { serveFile } from './serve-file.ts'
import type { Visit } from './task-routes.ts'

/** A browser may keep what it has; the ETag tells when it may not. */
const MAX_AGE_SECONDS = 3_600

/** The bytes of a finished task, to whoever has the key. Never an upstream's address. */
export function sendContent({ request, reply, parts }: Visit, task: Task, { variant, index }: ContentQuery): Promise<FastifyReply> {
  if (!isFinal(task.state)) throw new GatewayError('not_ready', `Video is not ready yet: it is ${task.state}.`, { retryAfterSeconds: 2 })
  if (task.state !== 'succeeded') throw new GatewayError('not_found', `this task has ${task.state}, so it has no content`)
  if (task.outputs.length === 0) throw new GatewayError('not_found', 'the content has expired and was deleted')
  if (variant !== 'video') throw new GatewayError('not_found', `this task has no ${variant}`, { param: 'variant' })
  const output = task.outputs[index]
  if (!output) throw new GatewayError('not_found', `this task has ${task.outputs.length} output${task.outputs.length === 1 ? '' : 's'}`, { param: 'index' })
  return serveFile(request, reply, {
    bytes: output.bytes,
    sha256: output.sha256,
    mediaType: output.mediaType,
    lastModified: new Date(task.endedAtMs ?? task.updatedAtMs),
    maxAgeSeconds: MAX_AGE_SECONDS,
    fileName: `${task.id}.${mediaTypeExtension(output.mediaType)}`,
    open: (range) => parts.storage.open(output.storageKey, range),
  })
}
