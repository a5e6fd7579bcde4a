import type { FastifyReply } from 'fastify'
import { GatewayError } from '../core/errors.ts'
import { extraOf, isFinal, phaseOf, type Task } from '../core/task.ts'
import type { ContentQuery } from '../dialects/index.ts'
import { mediaTypeExtension } from './uploads.ts'
import { serveFile } from './serve-file.ts'
import type { Visit } from './visit.ts'

/** The bytes of a finished task, to whoever has the key. Never an upstream's address. */
export function sendContent({ request, reply, parts }: Visit, task: Task, { variant, index }: ContentQuery): Promise<FastifyReply> {
  if (!isFinal(task.state)) throw new GatewayError('not_ready', `Video is not ready yet: it is ${phaseOf(task.state)}.`, { retryAfterSeconds: 2 })
  if (task.state !== 'succeeded') throw new GatewayError('not_found', `this task has ${task.state}, so it has no content`)
  if (task.outputs.length === 0 || (task.expiresAtMs !== undefined && task.expiresAtMs <= parts.clock.nowMs())) throw new GatewayError('not_found', 'the content has expired and was deleted')
  const output = variant === 'video' ? task.outputs[index] : variant === 'thumbnail' ? extraOf(task, 'poster') : undefined
  if (!output && variant !== 'video') throw new GatewayError('not_found', `this task has no ${variant}`, { param: 'variant' })
  if (!output) throw new GatewayError('not_found', `this task has ${task.outputs.length} output${task.outputs.length === 1 ? '' : 's'}`, { param: 'index' })
  return serveFile(request, reply, {
    bytes: output.bytes,
    sha256: output.sha256,
    mediaType: output.mediaType,
    lastModified: new Date(task.endedAtMs ?? task.updatedAtMs),
    fileName: `${task.id}.${mediaTypeExtension(output.mediaType)}`,
    open: (range) => parts.storage.open(output.storageKey, range),
  })
}
