import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '../core/errors.ts'
import { sniffMediaType } from '../storage/media-type.ts'
import { authenticate } from './caller.ts'
import { nativeDialect } from './errors.ts'
import type { HttpParts } from './http-parts.ts'
import { originOf } from './origin.ts'
import { readRequestBody } from './request-body.ts'
import { fillPlace, keepUploads, readPlace } from './uploads.ts'

/** `POST /api/upload`: files to be used as inputs later, by their URL or id. `PUT` or `POST /v1/uploads/{place}`: one that is expected. */
export function registerUploadRoutes(app: FastifyInstance, parts: HttpParts): void {
  const place = {
    config: { dialect: nativeDialect() },
    // Before the body is read: nobody has shown a key.
    onRequest: async ({ params }: FastifyRequest): Promise<void> => void readPlace((params as { place: string }).place, parts),
  }
  app.register((scope, _options, done) => {
    // Raw bytes of whatever type; elsewhere only JSON and forms are read.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: parts.settings.bodyLimits.maxFileBytes }, (_request, bytes, parsed) => parsed(null, bytes))
    scope.put<{ Params: { place: string } }>('/v1/uploads/:place', place, async ({ params, body }, reply) => {
      if (!Buffer.isBuffer(body) || body.length === 0) throw new GatewayError('invalid_request', 'the body must be the bytes of a file')
      await fillPlace(params.place, body, parts)
      return reply.code(200).send({})
    })
    done()
  })
  // The same file as a form, as tickets of object stores are used; what else the form holds means nothing here.
  app.post<{ Params: { place: string } }>('/v1/uploads/:place', place, async (request, reply) => {
    const { files } = await readRequestBody(request, parts.settings.bodyLimits, sniffMediaType)
    const file = files.find(({ field }) => field === 'file')
    if (!file) throw new GatewayError('invalid_request', 'send the file as multipart/form-data, in the field "file"', { param: 'file' })
    await fillPlace(request.params.place, file.bytes, parts)
    return reply.code(200).send({})
  })
  app.post('/api/upload', { config: { dialect: nativeDialect() } }, async (request, reply) => {
    const key = await authenticate(request, [], parts)
    request.keyId = key.id
    parts.rateLimit.take(key.id)
    const { files, multipart } = await readRequestBody(request, parts.settings.bodyLimits, sniffMediaType)
    if (!multipart || files.length === 0) throw new GatewayError('invalid_request', 'send one or more files as multipart/form-data, in the field "files"', { param: 'files' })
    const kept = await keepUploads(files, { accountId: key.accountId, origin: originOf(request, parts.settings.publicUrl) }, parts)
    const data = kept.map((file) => ({
      id: file.id,
      filename: file.fileName,
      content_type: file.mediaType,
      size: file.bytes,
      key: file.storageKey,
      url: file.url,
      expires_at: Math.floor(file.expiresAtMs / 1000),
    }))
    return reply.code(200).send({ data })
  })
}
