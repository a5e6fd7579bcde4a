import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError, type ErrorCode, type Language } from '../core/errors.ts'
import { dialects, type Dialect } from '../dialects/index.ts'
import { StorageError } from '../storage/storage.ts'
import type { HttpParts } from './http-parts.ts'
import { originOf } from './origin.ts'
import { asBodyError } from './request-body.ts'

/** What a retry may mend. Official clients retry 409, 429 and 5xx by themselves, and heed `x-should-retry`. */
const MAY_RETRY: ReadonlySet<ErrorCode> = new Set(['rate_limited', 'upstream_busy', 'overloaded', 'idempotency_conflict'])

/** Answers with the error as the dialect shows errors. Anything that is not a `GatewayError` is our fault and told to nobody. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, dialect: Dialect, parts: Pick<HttpParts, 'log' | 'settings'>): FastifyReply {
  const shown = asGatewayError(error)
  request.errorCode = shown.code
  if (shown.code === 'internal' || shown.cause instanceof StorageError) parts.log.error({ request: request.id, err: error, code: shown.code }, 'request failed by a fault of ours')
  else if (shown.code === 'overloaded' && shown.cause !== undefined) parts.log.error({ request: request.id, err: shown.cause, code: shown.code }, 'request failed by a fault of ours')
  const { status: usualStatus, body } = dialect.renderError(shown, { requestId: request.id, language: languageOf(request), origin: originOf(request, parts.settings.publicUrl) })
  // A URL that is none or too long is Fastify's finding, and no field of anybody's wire.
  const status = shown.code === 'invalid_request' && shown.cause !== undefined ? statusOf(shown.cause) ?? usualStatus : usualStatus
  reply.code(status)
    // Here too, for what is refused before there are hooks.
    .header('x-request-id', request.id)
    // The same in every dialect, whatever its own words are.
    .header('x-error-code', shown.code)
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-should-retry', String(MAY_RETRY.has(shown.code) && !mayHaveStarted(shown, request)))
  if (shown.retryAfterSeconds !== undefined) reply.header('retry-after', String(shown.retryAfterSeconds))
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.send(JSON.stringify(body))
}

/** The dialect of last resort: for requests that reach no route of a dialect. */
export function nativeDialect(): Dialect {
  return dialects[0]!
}

function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const body = asBodyError(error)
  if (body) return body
  const statusCode = statusOf(error)
  const { code } = error as { code?: string }
  if (statusCode !== undefined) {
    return new GatewayError(statusCode === 404 ? 'not_found' : statusCode === 413 ? 'too_large' : statusCode === 415 ? 'unsupported_media' : 'invalid_request', 'the request is malformed', { cause: error })
  }
  if (error instanceof StorageError && error.kind === 'not_found') return new GatewayError('not_found', 'the file has expired and was deleted', { cause: error })
  if (isDatabaseAway(error as Error, code)) return new GatewayError('overloaded', 'The server is busy; try again.', { retryAfterSeconds: 1, cause: error })
  return new GatewayError('internal', 'Something went wrong on our side; tell us the request id.', { cause: error })
}

/** What Fastify itself refuses: malformed URLs, bodies of the wrong length, and the like. */
function statusOf(error: unknown): number | undefined {
  const { statusCode } = error as { statusCode?: number }
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? statusCode : undefined
}

/** After a create that broke off nobody knows whether its commit happened: only with an idempotency key is it safe to send again. */
function mayHaveStarted(shown: GatewayError, request: FastifyRequest): boolean {
  return shown.code === 'overloaded' && shown.cause !== undefined && request.method === 'POST' && request.headers['idempotency-key'] === undefined
}

/** Of the connection (class 08, 57P0x), of a server that takes none (55000, 53), of a statement's time (57014), of the socket, or of the pool's patience. */
function isDatabaseAway({ message }: Error, code: string | undefined): boolean {
  if (code === undefined) return /^(timeout exceeded when trying to connect|Connection terminated)/.test(message)
  return /^(08|57P0|57014|55000|53)/.test(code) || ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(code)
}

/** Chinese when the client prefers it to English. */
function languageOf(request: FastifyRequest): Language {
  const accepted = request.headers['accept-language']
  if (accepted === undefined) return 'en'
  const ranked = accepted.slice(0, 200).split(',').map((part) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
    const quality = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find((q) => q !== undefined)
    return { tag, quality: quality === undefined ? 1 : Number(quality) }
  }).filter(({ tag }) => /^(zh|en)\b/.test(tag)).sort((a, b) => b.quality - a.quality)
  return ranked[0]?.tag.startsWith('zh') ? 'zh' : 'en'
}
