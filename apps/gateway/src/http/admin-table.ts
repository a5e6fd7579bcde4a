import { z } from 'zod'
import type { AdminApi } from '../admin/admin-api.ts'
import { CHANNEL_PATCH_SCHEMA, CHANNEL_SCHEMA, CREDENTIAL_SCHEMA } from '../core/channel-definition.ts'
import { GatewayError } from '../core/errors.ts'
import { EXPLAIN_QUERY, explainedWork } from './explain-query.ts'

/** One route of the admin API: what it takes, and what it answers with. */
export interface AdminRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/admin`, in the spelling of OpenAPI: `/channels/{id}`. */
  path: string
  summary: string
  query?: z.ZodObject
  body?: z.ZodType
  /** 200 unless told. */
  status?: number
  answer(call: AdminCall, api: AdminApi): Promise<unknown> | unknown
}

/** A request whose query and body have been through the route's schemas. */
export interface AdminCall {
  params: Record<string, string>
  query: unknown
  body: unknown
  actor: string
}

const ROTATION = z.strictObject({
  credential: CREDENTIAL_SCHEMA.shape.credential.optional().describe('The new one; without it only the limit changes.'),
  concurrency: CREDENTIAL_SCHEMA.shape.concurrency.unwrap().nullable().optional().describe('Jobs at a time with it; null for no limit.'),
}).refine(({ credential, concurrency }) => credential !== undefined || concurrency !== undefined, 'must have a credential or a concurrency')

const day = z.iso.date('must be a day such as 2026-11-30').or(z.iso.datetime({ offset: true, error: 'must be a day or a moment such as 2026-11-30T12:00:00Z' })).transform((text) => new Date(text))
const COSTS_QUERY = z.strictObject({
  by: z.enum(['channel', 'model', 'account', 'day']).default('channel'),
  from: day.optional().describe('From this day or moment on, in UTC; unset, 30 days before `to`.'),
  to: day.optional().describe('Before this day or moment; unset, until now.'),
})
const AUDIT_QUERY = z.strictObject({
  channel: z.string().optional().describe('Of this one only.'),
  before: z.string().regex(/^\d{1,18}$/, 'must be the id of an entry').optional().describe('The `next` of the page before.'),
  limit: z.string().regex(/^\d{1,3}$/, 'must be a whole number from 1 to 200').transform(Number).pipe(z.number().min(1).max(200)).default(50),
})
/** Thirty days, as the field says. */
const COSTS_PERIOD_MS = 30 * 86_400_000

/** The whole admin API. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  { method: 'GET', path: '/providers', summary: 'Every upstream wire, with what a channel of it must be given', answer: (_, api) => ({ data: api.providers() }) },
  { method: 'GET', path: '/channels', summary: 'Every channel, with its state and health', answer: async (_, api) => ({ data: await api.channels.list() }) },
  route({ method: 'POST', path: '/channels', summary: 'Add a channel', status: 201, body: CHANNEL_SCHEMA }, ({ body, actor }, api) => api.channels.create(body, actor)),
  { method: 'GET', path: '/channels/{id}', summary: 'One channel, with the models that it serves and its retired credentials', answer: ({ params }, api) => api.channels.read(params['id']!) },
  route({ method: 'PATCH', path: '/channels/{id}', summary: 'Change what a channel is', body: CHANNEL_PATCH_SCHEMA }, ({ params, body, actor }, api) => api.channels.patch(params['id']!, body, actor)),
  { method: 'DELETE', path: '/channels/{id}', summary: 'Delete a channel that has nothing in flight', status: 204, answer: ({ params, actor }, api) => api.channels.delete(params['id']!, actor) },
  { method: 'POST', path: '/channels/{id}/test', summary: 'Ask its upstream something that costs nothing, with each credential', answer: ({ params, actor }, api) => api.channels.test(params['id']!, actor) },
  { method: 'POST', path: '/channels/{id}/enable', summary: 'Give it new tasks again, after a disable or a drain', answer: ({ params, actor }, api) => api.channels.enable(params['id']!, actor) },
  { method: 'POST', path: '/channels/{id}/disable', summary: 'Give it nothing new', answer: ({ params, actor }, api) => api.channels.disable(params['id']!, actor) },
  { method: 'POST', path: '/channels/{id}/drain', summary: 'Give it nothing new, and wait for in_flight to be 0', answer: ({ params, actor }, api) => api.channels.drain(params['id']!, actor) },
  { method: 'POST', path: '/channels/{id}/unblock', summary: 'Try it again at once, with all of its credentials', answer: ({ params, actor }, api) => api.channels.unblock(params['id']!, actor) },
  route({ method: 'POST', path: '/channels/{id}/credentials', summary: 'Add a credential', status: 201, body: CREDENTIAL_SCHEMA }, ({ params, body, actor }, api) => api.channels.addCredential(params['id']!, body, actor)),
  route({ method: 'PUT', path: '/channels/{id}/credentials/{credentialId}', summary: 'Rotate a credential: the old one still checks what it has submitted', body: ROTATION }, ({ params, body, actor }, api) => api.channels.rotateCredential(params['id']!, params['credentialId']!, body, actor)),
  { method: 'DELETE', path: '/channels/{id}/credentials/{credentialId}', summary: 'Retire a credential', answer: ({ params, actor }, api) => api.channels.retireCredential(params['id']!, params['credentialId']!, actor) },
  routeWithQuery({ method: 'GET', path: '/route', summary: 'Where a request would go, and why nowhere else', query: EXPLAIN_QUERY }, (query, api) => api.explain(explainedWork(query))),
  { method: 'GET', path: '/tasks/{id}', summary: 'Every try of a task, what it cost and what it was charged', answer: ({ params }, api) => api.task(params['id']!) },
  routeWithQuery({ method: 'GET', path: '/costs', summary: 'Revenue, cost, loss and margin of tasks that ended', query: COSTS_QUERY }, ({ by, from, to = new Date() }, api) => {
    const period = { from: from ?? new Date(to.getTime() - COSTS_PERIOD_MS), to }
    if (period.from >= period.to) throw new GatewayError('invalid_request', 'from must be before to', { param: 'from' })
    return api.costs(by, period)
  }),
  routeWithQuery({ method: 'GET', path: '/audit', summary: 'What operators did, newest first', query: AUDIT_QUERY }, ({ channel, before, limit }, api) => api.audit({ channelId: channel, before: before === undefined ? undefined : BigInt(before), limit })),
]

function route<S extends z.ZodType>(shape: Omit<AdminRoute, 'answer' | 'body'> & { body: S }, answer: (call: AdminCall & { body: z.output<S> }, api: AdminApi) => Promise<unknown>): AdminRoute {
  // The body has been through this very schema by then.
  return { ...shape, answer: (call, api) => answer(call as AdminCall & { body: z.output<S> }, api) }
}

function routeWithQuery<S extends z.ZodObject>(shape: Omit<AdminRoute, 'answer' | 'query'> & { query: S }, answer: (query: z.output<S>, api: AdminApi) => Promise<unknown>): AdminRoute {
  return { ...shape, answer: (call, api) => answer(call.query as z.output<S>, api) }
}
