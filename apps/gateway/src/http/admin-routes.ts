import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AdminApi } from '../admin/admin-api.ts'
import { GatewayError } from '../core/errors.ts'
import { firstFault } from '../core/first-fault.ts'
import type { AdminGate } from './admin-gate.ts'
import { ADMIN_ROUTES, type AdminCall, type AdminRoute } from './admin-table.ts'
import { nativeDialect } from './errors.ts'
import type { HttpParts } from './http-parts.ts'
import { originOf } from './origin.ts'
import { checkStrings, readRequestBody } from './request-body.ts'

export interface AdminParts {
  api: AdminApi
  gate: AdminGate
}

/** `/admin/*`: for who has the operator's token. */
export function registerAdminRoutes(app: FastifyInstance, { api, gate }: AdminParts, parts: Pick<HttpParts, 'settings'>): void {
  const options = {
    config: { dialect: nativeDialect() },
    // Before the body is read: nobody has shown a token.
    onRequest: (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void => {
      try {
        gate.admit(request)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  }
  for (const route of ADMIN_ROUTES) {
    app.route({
      ...options,
      method: route.method,
      url: `/admin${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      handler: async (request, reply) => {
        const answer = await route.answer(await callOf(route, request, { actor: gate.actor, parts }), api)
        return reply.code(route.status ?? 200).header('cache-control', 'no-store').send(answer)
      },
    })
  }
  app.get('/admin/openapi.json', options, (request, reply) =>
    reply.header('cache-control', 'no-store').send(adminDocument(originOf(request, undefined), parts.settings.version)))
}

async function callOf(route: AdminRoute, request: FastifyRequest, { actor, parts }: { actor: string; parts: Pick<HttpParts, 'settings'> }): Promise<AdminCall> {
  checkStrings(request.params, '')
  checkStrings(request.query, '')
  const query = parsed(route.query ?? z.strictObject({}), request.query ?? {})
  if (!route.body) return { params: request.params as Record<string, string>, query, body: undefined, actor }
  const { fields, multipart } = await readRequestBody(request, parts.settings.bodyLimits, () => undefined)
  if (multipart) throw new GatewayError('unsupported_media', 'send JSON')
  return { params: request.params as Record<string, string>, query, body: parsed(route.body, fields), actor }
}

/** @throws GatewayError `invalid_request` with the path of what is wrong */
function parsed(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { path: param, message } = firstFault(result.error, value)
  throw new GatewayError('invalid_request', param === '' ? message : `${param} ${message}`, param === '' ? {} : { param })
}

/** The OpenAPI 3.1 document of the admin API, from the table that serves it. */
function adminDocument(origin: string, version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of ADMIN_ROUTES) {
    const path = (paths[`/admin${route.path}`] ??= {})
    path[route.method.toLowerCase()] = {
      operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[^A-Za-z]+/g, '_').replace(/_$/, '')}`,
      summary: route.summary,
      parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
      ...(route.body && { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(route.body) } } } }),
      responses: { [route.status ?? 200]: { description: `${route.summary}.`, ...(route.status !== 204 && { content: { 'application/json': { schema: { type: 'object' } } } }) } },
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Genlock, for its operator', version, description: 'Channels, routing and costs. See docs/channels.md.' },
    servers: [{ url: origin }],
    security: [{ bearer: [] }],
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'GENLOCK_ADMIN_TOKEN' } } },
  }
}

function pathParameters(path: string): Record<string, unknown>[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
}

function queryParameters(query: z.ZodObject | undefined): Record<string, unknown>[] {
  if (!query) return []
  const { properties = {}, required = [] } = jsonSchema(query) as { properties?: Record<string, Record<string, unknown>>; required?: string[] }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({ name, in: 'query', required: required.includes(name), ...(description !== undefined && { description }), schema }))
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}
