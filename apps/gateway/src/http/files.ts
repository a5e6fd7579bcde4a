import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../core/errors.ts'
import { readTasks } from '../db/task.ts'
import { readUpload } from '../db/upload.ts'
import { readFileName } from '../storage/file-link.ts'
import { extensionOfMediaType, isMediaType } from '../storage/media-type.ts'
import { nativeDialect } from './errors.ts'
import type { HttpParts } from './http-parts.ts'
import { serveFile, type ServedFile } from './serve-file.ts'

const PATH = '/v1/files/'

/** Signed links to results and uploads: whoever has the link has the file, until the link ends. */
export function registerFileRoutes(app: FastifyInstance, parts: HttpParts): void {
  // A folder before the name means nothing: clients of Google's wire look there for a file's id.
  for (const path of [`${PATH}:name`, `${PATH}:folder/:name`]) {
    app.get<{ Params: { name: string } }>(path, { config: { dialect: nativeDialect() } }, async (request, reply) => {
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

export function mediaTypeExtension(mediaType: string): string {
  if (!isMediaType(mediaType)) throw new Error(`a file of type ${mediaType} was stored`)
  return extensionOfMediaType(mediaType)
}

async function findFile(subject: string, parts: HttpParts): Promise<ServedFile | undefined> {
  if (subject.startsWith('upl_')) {
    const upload = await readUpload(parts.pool, subject)
    // An upload never changes, so its id is as good an ETag as its hash.
    return upload && { bytes: upload.bytes, sha256: upload.id, mediaType: upload.mediaType, lastModified: new Date(upload.createdAtMs), open: (range) => parts.storage.open(upload.storageKey, range) }
  }
  const [, taskId, index] = /^(\w+)-(\d{1,2})$/.exec(subject) ?? []
  if (taskId === undefined) return undefined
  const task = parts.reader.peek(taskId) ?? (await readTasks(parts.pool, [taskId]))[0]
  const output = task?.outputs[Number(index)]
  return output && {
    bytes: output.bytes,
    sha256: output.sha256,
    mediaType: output.mediaType,
    lastModified: new Date(task.endedAtMs ?? task.updatedAtMs),
    open: (range) => parts.storage.open(output.storageKey, range),
  }
}
