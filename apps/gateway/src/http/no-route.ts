import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../core/errors.ts'
import type { Dialect } from '../dialects/index.ts'
import { nativeDialect, sendError } from './errors.ts'
import type { HttpParts } from './http-parts.ts'

interface KnownRoute {
  methods: string[]
  path: RegExp
  dialect: Dialect
}

const MAX_SHOWN_PATH_CHARACTERS = 200

/** What is answered where no route is: 405 on a path that takes other methods, else 404. Call it before the routes are registered. */
export function answerWithoutRoute(app: FastifyInstance, parts: HttpParts): void {
  const known: KnownRoute[] = []
  app.addHook('onRoute', ({ method, url, config }) => {
    known.push({ methods: [method].flat(), path: pathPattern(url), dialect: config?.dialect ?? nativeDialect() })
  })
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0]!
    const there = known.filter((route) => route.path.test(path))
    if (there.length === 0) return sendError(new GatewayError('not_found', `there is no ${request.method} ${path.slice(0, MAX_SHOWN_PATH_CHARACTERS)} here; see /openapi.json`), request, reply, nativeDialect(), parts)
    const allowed = [...new Set(there.flatMap(({ methods }) => methods))].toSorted().join(', ')
    reply.header('allow', allowed)
    return sendError(new GatewayError('method_not_allowed', `${request.method} is not possible here, only ${allowed}`), request, reply, there[0]!.dialect, parts)
  })
}

/** `/v1/videos/:id` as a pattern. Paths of ours hold no other characters that mean something in one. */
function pathPattern(url: string): RegExp {
  return new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:[a-z]+/gi, '[^/]+').replaceAll('*', '.+')}/?$`)
}
