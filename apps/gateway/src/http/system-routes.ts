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
/** As somebody on this machine would write it; a page elsewhere whose name leads here would not. */
const LOOPBACK_HOST = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i
const SIGNS_OF_A_PROXY = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via']

/** Health and metrics: of every process, while it stops too. */
export function registerHealthRoutes(app: FastifyInstance, parts: HttpParts): void {
  const config = { dialect: nativeDialect(), always: true }

  app.get('/healthz', { config }, () => ({ status: 'ok' }))

  // Those who ask at the same time share the answer: anybody may ask, and no flood of it may take the database.
  let asking: Promise<boolean> | undefined
  app.get('/readyz', { config }, async (_request, reply) => {
    asking ??= databaseAnswers(parts).finally(() => (asking = undefined))
    const checks = { started: parts.isReady(), database: await asking, feed: parts.feed.connected }
    const ready = Object.values(checks).every(Boolean)
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', checks })
  })

  app.get('/metrics', { config }, async (request, reply) => {
    if (!mayReadMetrics(request, parts.settings.metricsToken)) throw new GatewayError('not_found', 'there is nothing here')
    parts.engine.observe()
    return reply.header('content-type', parts.registry.contentType).send(await parts.registry.metrics())
  })
}

/** The description of the API, for tools that read one: whole, or of one dialect by `?dialect=`. */
export function registerOpenApiRoute(app: FastifyInstance, parts: HttpParts): void {
  // Each written once: another `Host` must cost neither memory nor time.
  const documents = new Map<string, string>()
  app.get<{ Querystring: { dialect?: unknown } }>('/openapi.json', { config: { dialect: nativeDialect() } }, async (request, reply) => {
    const { dialect: wanted = ALL } = request.query
    const described = wanted === ALL ? dialects : dialects.filter(({ id }) => id === wanted)
    if (typeof wanted !== 'string' || described.length === 0) throw new GatewayError('invalid_request', `dialect must be one of ${dialects.map(({ id }) => id).join(', ')}`, { param: 'dialect' })
    const document = documents.get(wanted) ?? JSON.stringify(openApiDocument({ dialects: described, origin: ANY_ORIGIN, version: parts.settings.version }))
    documents.set(wanted, document)
    const text = document.replaceAll(ANY_ORIGIN, originOf(request, parts.settings.publicUrl))
    return reply.header('content-type', 'application/json; charset=utf-8').header('access-control-allow-origin', '*').send(text)
  })
}

const ALL = ''

/** Stands for the origin of a request. */
const ANY_ORIGIN = 'https://origin.invalid'

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
  if (token === undefined) {
    return LOOPBACK.test(request.socket.remoteAddress ?? '') && LOOPBACK_HOST.test(request.headers.host ?? '') && SIGNS_OF_A_PROXY.every((name) => request.headers[name] === undefined)
  }
  const presented = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(Buffer.from(sha256Hex(presented)), Buffer.from(sha256Hex(token)))
}
