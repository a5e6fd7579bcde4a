import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiKey } from '../admission/authenticate.ts'
import { GatewayError } from '../core/errors.ts'
import { fileOfTask } from '../core/task.ts'
import { readTasks } from '../db/task.ts'
import { endUpload, readUpload } from '../db/upload.ts'
import { dialects } from '../dialects/index.ts'
import { readFileName } from '../storage/file-link.ts'
import { authenticate } from './caller.ts'
import { nativeDialect } from './errors.ts'
import type { HttpParts } from './http-parts.ts'
import { originOf } from './origin.ts'
import { serveFile, type ServedFile } from './serve-file.ts'
import { keptUpload } from './uploads.ts'

const PATH = '/v1/files/'

/**
 * Signed links to results and uploads: whoever has the link has the file, until the link ends. An upload's id in their
 * place asks for a description of the file, or deletes it, and needs the key of its account.
 */
export function registerFileRoutes(app: FastifyInstance, parts: HttpParts): void {
  // A folder before the name means nothing: clients of Google's wire look there for a file's id.
  for (const path of [`${PATH}:name`, `${PATH}:folder/:name`]) {
    app.get<{ Params: { name: string } }>(path, { config: { dialect: nativeDialect() } }, async (request, reply) => {
      if (UPLOAD_ID.test(request.params.name)) return reply.header('cache-control', 'private, no-store').send(await describeUpload(request, parts))
      const link = readFileName(request.params.name, parts.linkKey, parts.clock.nowMs())
      const file = link && (await findFile(link.subject, parts))
      if (!file) throw new GatewayError('not_found', 'there is no such file, or its link has ended')
      return serveFile(request, reply, {
        ...file,
        maxAgeSeconds: (link.expiresAtMs - parts.clock.nowMs()) / 1000,
        fileName: `${link.subject}.${link.extension}`,
      })
    })
  }

  app.delete<{ Params: { name: string } }>(`${PATH}:name`, { config: { dialect: nativeDialect() } }, async (request, reply) => {
    const { accountId, id } = await caller(request, parts)
    parts.rateLimit.take(id)
    if (!(await endUpload(parts.pool, accountId, request.params.name))) throw noFile()
    return reply.code(204).send()
  })
}

/** Names of signed links always have a dot. */
const UPLOAD_ID = /^upl_[a-z0-9]{1,36}$/

async function describeUpload(request: FileRequest, parts: HttpParts): Promise<Record<string, unknown>> {
  const { accountId } = await caller(request, parts)
  const upload = await keptUpload(request.params.name, { accountId, origin: originOf(request, parts.settings.publicUrl) }, parts)
  if (!upload) throw noFile()
  const shown = dialects.find((dialect) => dialect.renderFile)?.renderFile?.(upload)
  return shown ?? { id: upload.id, url: upload.url }
}

type FileRequest = FastifyRequest<{ Params: { name: string } }>

async function caller(request: FileRequest, parts: HttpParts): Promise<ApiKey> {
  const key = await authenticate(request, [], parts)
  request.keyId = key.id
  return key
}

function noFile(): GatewayError {
  return new GatewayError('not_found', 'there is no such file, or it has expired')
}

/**
 * What a URL leads to if it is one of our signed links. The signature proves it, whatever the host: the server may be
 * known by several names. A link on our own origin that proves nothing is `invalid`, not somebody else's.
 */
export function readOwnLink(url: URL, origin: string, { linkKey, clock }: Pick<HttpParts, 'linkKey' | 'clock'>): { subject: string } | 'invalid' | undefined {
  if (!url.pathname.startsWith(PATH)) return undefined
  const link = readFileName(url.pathname.slice(url.pathname.lastIndexOf('/') + 1), linkKey, clock.nowMs())
  if (link) return { subject: link.subject }
  // A forged `Host` may look like one and be none.
  return URL.parse(origin)?.origin === url.origin ? 'invalid' : undefined
}

async function findFile(subject: string, parts: HttpParts): Promise<ServedFile | undefined> {
  if (subject.startsWith('upl_')) {
    const upload = await readUpload(parts.pool, subject)
    // An upload never changes, so its id is as good an ETag as its hash.
    return upload && { bytes: upload.bytes, sha256: upload.id, mediaType: upload.mediaType, lastModified: new Date(upload.createdAtMs), open: (range) => parts.storage.open(upload.storageKey, range) }
  }
  const [, taskId, name] = /^(\w+)-(\d{1,2}|[a-z_]+)$/.exec(subject) ?? []
  if (taskId === undefined || name === undefined) return undefined
  const task = parts.reader.peek(taskId) ?? (await readTasks(parts.pool, [taskId]))[0]
  const output = task && fileOfTask(task, name)
  return output && {
    bytes: output.bytes,
    sha256: output.sha256,
    mediaType: output.mediaType,
    lastModified: new Date(task.endedAtMs ?? task.updatedAtMs),
    open: (range) => parts.storage.open(output.storageKey, range),
  }
}
