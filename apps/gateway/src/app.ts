import Fastify, { type FastifyInstance } from 'fastify'
import { GatewayError } from './core/errors.ts'
import { randomText } from './core/ids.ts'
import type { Dialect } from './dialects/index.ts'
import { nativeDialect, sendError } from './http/errors.ts'
import { registerFileRoutes } from './http/files.ts'
import type { HttpParts } from './http/http-parts.ts'
import { registerModelRoutes } from './http/model-routes.ts'
import { registerBodyParsers } from './http/request-body.ts'
import { registerSystemRoutes } from './http/system-routes.ts'
import { registerTaskRoutes } from './http/task-routes.ts'
import { registerUpstreamCallbacks } from './http/upstream-callbacks.ts'
import { registerUploadRoutes } from './http/upload-routes.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** For the log: whose request it was, and which task it was about. */
    keyId: string | undefined
    taskId: string | undefined
  }
  interface FastifyContextConfig {
    /** Who renders what goes wrong here before the request's own dialect is known. */
    dialect?: Dialect
  }
}

/** Longer than the longest `/wait`. */
const REQUEST_TIMEOUT_MS = 330_000
const MAX_PARAM_CHARACTERS = 256
const KEEP_ALIVE_MS = 72_000
/** Routes whose duration says nothing about us: they wait on purpose. */
const WAITING_ROUTE = /\/(wait|events)$/

/** The HTTP app from its parts, not listening. */
export async function createApp(parts: HttpParts): Promise<FastifyInstance> {
  const requestPrefix = `req_${randomText(8)}`
  let requestNumber = 0
  const app = Fastify({
    logger: false,
    // Two processes must not give the same id, and a random one for each request would cost more than it is worth.
    genReqId: () => `${requestPrefix}${(requestNumber++).toString(36)}`,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS, ignoreTrailingSlash: true },
    trustProxy: parts.settings.trustedProxies.length === 0 ? false : [...parts.settings.trustedProxies],
    bodyLimit: parts.settings.bodyLimits.maxFormBytes,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply, nativeDialect(), parts),
  })
  app.decorateRequest('keyId', undefined)
  app.decorateRequest('taskId', undefined)
  addHeadersAndLog(app, parts)
  await registerBodyParsers(app, parts.settings.bodyLimits)
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, request.routeOptions.config.dialect ?? nativeDialect(), parts))
  app.setNotFoundHandler((request, reply) => {
    return sendError(new GatewayError('not_found', `there is no ${request.method} ${request.url.split('?')[0]!.slice(0, 200)} here; see /openapi.json`), request, reply, nativeDialect(), parts)
  })
  registerTaskRoutes(app, parts)
  registerFileRoutes(app, parts)
  registerUploadRoutes(app, parts)
  registerModelRoutes(app, parts)
  registerUpstreamCallbacks(app, parts)
  registerSystemRoutes(app, parts)
  return app
}

/** On every answer, and one line for it in the log: the route and not the URL, which may hold a signed link. */
function addHeadersAndLog(app: FastifyInstance, parts: HttpParts): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    parts.metrics.requests.inc({ route, status: reply.statusCode })
    if (!WAITING_ROUTE.test(route)) parts.metrics.requestSeconds.observe({ route }, reply.elapsedTime / 1000)
    parts.log.info({
      request: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      key: request.keyId,
      task: request.taskId,
      error: reply.getHeader('x-genlock-error'),
    }, 'request')
    done()
  })
}
