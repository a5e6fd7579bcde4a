import type { FastifyInstance } from 'fastify'
import { judgeFile, storeUpload } from '../admission/resolve-inputs.ts'
import { GatewayError } from '../core/errors.ts'
import { signFileName } from '../storage/file-link.ts'
import { sniffMediaType } from '../storage/media-type.ts'
import { authenticate } from './caller.ts'
import { nativeDialect } from './errors.ts'
import { mediaTypeExtension } from './files.ts'
import type { HttpParts } from './http-parts.ts'
import { originOf } from './origin.ts'
import { readRequestBody } from './request-body.ts'

/** `POST /api/upload`: files to be used as inputs later, by their URL or id. */
export function registerUploadRoutes(app: FastifyInstance, parts: HttpParts): void {
  app.post('/api/upload', { config: { dialect: nativeDialect() } }, async (request, reply) => {
    const key = await authenticate(request, undefined, parts)
    request.keyId = key.id
    parts.rateLimit.take(key.id)
    const { files, multipart } = await readRequestBody(request, parts.settings.bodyLimits, sniffMediaType)
    if (!multipart || files.length === 0) throw new GatewayError('invalid_request', 'send one or more files as multipart/form-data, in the field "files"', { param: 'files' })
    // All are judged before any is stored.
    const judged = []
    for (const { bytes, fileName, field } of files) judged.push({ bytes, fileName, mediaType: (await judgeFile(bytes, field, parts.admission)).mediaType })
    const origin = originOf(request, parts.settings.publicUrl)
    const data = []
    for (const file of judged) {
      const upload = await storeUpload({ ...file, accountId: key.accountId }, parts.clock.nowMs(), parts.admission)
      const name = signFileName({ subject: upload.id, extension: mediaTypeExtension(upload.mediaType), expiresAtMs: upload.expiresAtMs }, parts.linkKey)
      data.push({
        id: upload.id,
        filename: upload.fileName,
        content_type: upload.mediaType,
        size: upload.bytes,
        key: upload.storageKey,
        url: `${origin}/v1/files/${name}`,
        expires_at: Math.floor(upload.expiresAtMs / 1000),
      })
    }
    return reply.code(200).send({ data })
  })
}
