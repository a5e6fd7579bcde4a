import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '../core/errors.ts'
import { sha256Hex } from '../core/secrets.ts'
import { dialects } from '../dialects/index.ts'
import { nativeDialect } from './errors.ts'
import type { HttpParts } from './http-parts.ts'
import { openApiDocument } from './openapi.ts'
import { originOf } from './origin.ts'

const READY_TIMEOUT_MS = 2_000
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/

/** Health, metrics and the OpenAPI document. */
export function registerSystemRoutes(app: FastifyInstance, parts: HttpParts): void {
  const config = { dialect: nativeDialect() }

  app.get('/healthz', { config }, () => ({ status: 'ok' }))

  app.get('/readyz', { config }, async (_request, reply) => {
    const checks = { started: parts.isReady(), database: await databaseAnswers(parts), feed: parts.feed.connected }
    const ready = Object.values(checks).every(Boolean)
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', checks })
  })

  app.get('/metrics', { config }, async (request, reply) => {
    if (!mayReadMetrics(request, parts.settings.metricsToken)) throw new GatewayError('not_found', 'there is nothing here')
    parts.engine.observe()
    return reply.header('content-type', parts.registry.contentType).send(await parts.registry.metrics())
  })

  // A few origins at most in ordinary use; a forger of Host headers must not fill the memory.
  let document: { origin: string; text: string } | undefined
  app.get('/openapi.json', { config }, async (request, reply) => {
    const origin = originOf(request, parts.settings.publicUrl)
    if (document?.origin !== origin) document = { origin, text: JSON.stringify(openApiDocument({ dialects, origin, version: parts.settings.version })) }
    return reply.header('content-type', 'application/json; charset=utf-8').header('access-control-allow-origin', '*').send(document.text)
  })
}

async function databaseAnswers({ pool, log }: HttpParts): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), READY_TIMEOUT_MS)
  })
  try {
    await Promise.race([pool.query('select 1'), late])
    return true
  } catch (error) {
    log.warn({ err: error }, 'not ready: the database does not answer')
    return false
  } finally {
    clearTimeout(timer)
  }
}

/** With a token: whoever has it. Without: only this machine, and not through a proxy on it. */
function mayReadMetrics(request: FastifyRequest, token: string | undefined): boolean {
  if (token === undefined) return LOOPBACK.test(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined
  const presented = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(Buffer.from(sha256Hex(presented)), Buffer.from(sha256Hex(token)))
}
