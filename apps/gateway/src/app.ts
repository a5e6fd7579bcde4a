import Fastify, { type FastifyInstance } from 'fastify'
import type { Socket } from 'node:net'
import { GatewayError, type ErrorCode } from './core/errors.ts'
import { randomText } from './core/ids.ts'
import type { Dialect } from './dialects/index.ts'
import { registerAdminRoutes } from './http/admin-routes.ts'
import { answerClientError } from './http/client-error.ts'
import { registerDocRoutes } from './http/doc-routes.ts'
import { nativeDialect, sendError } from './http/errors.ts'
import { registerFileRoutes } from './http/files.ts'
import type { HttpParts } from './http/http-parts.ts'
import { registerModelRoutes } from './http/model-routes.ts'
import { answerWithoutRoute } from './http/no-route.ts'
import { registerBodyParsers } from './http/request-body.ts'
import { registerHealthRoutes, registerOpenApiRoute } from './http/system-routes.ts'
import { registerTaskRoutes } from './http/task-routes.ts'
import { registerUpstreamCallbacks } from './http/upstream-callbacks.ts'
import { registerUploadRoutes } from './http/upload-routes.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** For the log: whose request it was, which task it was about, and what was wrong with it. */
    keyId: string | undefined
    taskId: string | undefined
    errorCode: ErrorCode | undefined
    /** Of a create, where the operator allows prompts in the log. */
    prompt: string | undefined
  }
  interface FastifyContextConfig {
    /** Who renders what goes wrong here before the request's own dialect is known. */
    dialect?: Dialect
    /** Its answer may be held until a task ends. */
    waits?: boolean
    /** Answered while the server stops too. */
    always?: boolean
  }
}

/** For a whole request to arrive: the largest upload on a slow line. */
const REQUEST_TIMEOUT_MS = 330_000
const MAX_PARAM_CHARACTERS = 256
const KEEP_ALIVE_MS = 72_000
/** Routes whose duration says nothing about us: they wait on purpose. */
const WAITING_ROUTE = /\/(wait|events)$/

/** The HTTP app from its parts, not listening. A worker serves its health and nothing else; the operator's routes may have a port of their own. */
export async function createApp(parts: HttpParts, { serves }: { serves: 'everything' | 'health' | 'admin' }): Promise<FastifyInstance> {
  const newRequestId = requestIds()
  const app = Fastify({
    logger: false,
    genReqId: newRequestId,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS, ignoreTrailingSlash: true },
    trustProxy: parts.settings.trustedProxies.length === 0 ? false : [...parts.settings.trustedProxies],
    bodyLimit: parts.settings.bodyLimits.maxFormBytes,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // Refused below instead, in the shape of other errors.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply, nativeDialect(), parts),
    clientErrorHandler: (error, socket) => answerClientError(error, socket as Socket, newRequestId(), parts.settings.publicUrl ?? ''),
  })
  for (const name of ['keyId', 'taskId', 'errorCode', 'prompt']) app.decorateRequest(name, undefined)
  addHeadersAndLog(app, parts)
  await registerBodyParsers(app, parts.settings.bodyLimits)
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, request.routeOptions.config.dialect ?? nativeDialect(), parts))
  answerWithoutRoute(app, parts)
  registerHealthRoutes(app, parts)
  if (serves !== 'health' && parts.admin) registerAdminRoutes(app, parts.admin, parts)
  if (serves !== 'everything') return app
  registerTaskRoutes(app, parts)
  registerFileRoutes(app, parts)
  registerUploadRoutes(app, parts)
  registerModelRoutes(app, parts)
  registerUpstreamCallbacks(app, parts)
  registerOpenApiRoute(app, parts)
  registerDocRoutes(app)
  return app
}

/** Two processes must not give the same id, and a random one for each request would cost more than it is worth. */
function requestIds(): () => string {
  const prefix = `req_${randomText(8)}`
  let number = 0
  return () => `${prefix}${(number++).toString(36)}`
}

/** On every answer, and one line for it in the log: the route and not the URL, which may hold a signed link. */
function addHeadersAndLog(app: FastifyInstance, parts: HttpParts): void {
  // Every field below is known to be harmless, and looking for secrets in each line cost a tenth of all status reads.
  const log = parts.log.child({}, { redact: [] })
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    done(parts.isReady() || request.routeOptions.config?.always ? undefined : new GatewayError('overloaded', 'The server is stopping; try again.', { retryAfterSeconds: 1 }))
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    parts.metrics.requests.inc({ route, status: reply.statusCode })
    if (!WAITING_ROUTE.test(route) && !request.routeOptions.config?.waits) parts.metrics.requestSeconds.observe({ route }, reply.elapsedTime / 1000)
    log.info({
      request: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      key: request.keyId,
      task: request.taskId,
      error: request.errorCode,
      prompt: request.prompt,
    }, 'request')
    done()
  })
}
