import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { ApiKey } from '../admission/authenticate.ts'
import { modelNamed, quote } from '../admission/admit.ts'
import { findModel } from '../catalog/index.ts'
import { GatewayError } from '../core/errors.ts'
import { toCents } from '../core/micros.ts'
import type { Model } from '../core/model.ts'
import { NEUTRAL_MULTIPLIER_PPM } from '../core/rate-card.ts'
import { dialects, ownerOfBody, sharedRoutes, type RequestBody } from '../dialects/index.ts'
import { sniffMediaType } from '../storage/media-type.ts'
import { authenticate } from './caller.ts'
import { nativeDialect } from './errors.ts'
import { readOwnLink } from './files.ts'
import type { HttpParts } from './http-parts.ts'
import { callableModels, mayCall } from './models.ts'
import { originOf } from './origin.ts'
import { readRequestBody } from './request-body.ts'
import { showModel, type ShownModel } from './show-model.ts'

/** Front ends try this one here whatever wire they speak afterwards. */
const FRONT_ENDS_HEADER = 'x-api-key'
/** Of groups, each with its own multiplier, whose prices are kept worked out. */
const MAX_SHOWN_MULTIPLIERS = 32

/** `/v1/models` as OpenAI's clients read it, with what a model takes and costs, and `/v1/quotes`. */
export function registerModelRoutes(app: FastifyInstance, parts: HttpParts): void {
  const config = { dialect: nativeDialect() }
  const show = shower()

  app.get<{ Querystring: { type?: unknown } }>('/v1/models', { config }, async (request) => {
    const key = await callerIfAny(request, parts)
    const { type } = request.query
    const models = (await callableModels(key, parts)).filter(({ kind }) => type === undefined || kind === type)
    const origin = originOf(request, parts.settings.publicUrl)
    return Object.assign({ object: 'list', data: models.map((model) => show(model, key)) }, ...dialects.map((dialect) => dialect.listModels?.(models, origin)))
  })

  app.get<{ Params: { '*': string } }>('/v1/models/*', { config }, async (request) => {
    const key = await callerIfAny(request, parts)
    const model = findModel(request.params['*'])
    if (!model || !(await mayCall(model, key, parts))) throw new GatewayError('model_not_found', 'there is no such model for this key', { param: 'model' })
    return show(model, key)
  })

  app.post('/v1/quotes', { config }, async (request) => {
    const key = await authenticate(request, [], parts)
    request.keyId = key.id
    parts.rateLimit.take(key.id)
    const body = await readRequestBody(request, parts.settings.bodyLimits, sniffMediaType)
    const { route } = createRouteFor(body)
    const quoted = await quote({
      key,
      readOwnLink: (url) => readOwnLink(url, originOf(request, parts.settings.publicUrl), parts),
      parse: () => Promise.resolve(route.parse!(body, { model: modelNamed, findModel, params: {}, query: {}, headers: request.headers })),
    }, parts.admission)
    return {
      object: 'quote',
      model: quoted.model,
      estimated_cost_cents: toCents(BigInt(quoted.amountMicros)),
      currency: 'USD',
      rate_card: quoted.rateCardVersion,
      multiplier: quoted.multiplierPpm / 1_000_000,
      lines: quoted.lines.map(({ text, amountMicros }) => ({ text, cost_cents: toCents(BigInt(amountMicros)) })),
    }
  })
}

/** Shows models as before while nothing about them changes: a model's prices are worked out once for a multiplier. */
function shower(): (model: Model, key: ApiKey | undefined) => ShownModel {
  const createPaths = new Set(sharedRoutes(dialects).filter(({ action }) => action === 'create').map(({ path }) => path))
  const byMultiplier = new LRUCache<number, Map<string, ShownModel>>({ max: MAX_SHOWN_MULTIPLIERS })
  return (model, key) => {
    const multiplierPpm = key?.priceMultiplierPpm ?? NEUTRAL_MULTIPLIER_PPM
    const known = byMultiplier.get(multiplierPpm) ?? new Map<string, ShownModel>()
    byMultiplier.set(multiplierPpm, known)
    const shown = known.get(model.id) ?? showModel(model, multiplierPpm, createPaths)
    known.set(model.id, shown)
    return shown
  }
}

/** Without a key the list is that of a customer without a group of their own; a wrong key is refused. */
async function callerIfAny(request: FastifyRequest, parts: HttpParts): Promise<ApiKey | undefined> {
  const headers = [FRONT_ENDS_HEADER, ...dialects.flatMap(({ credentialHeaders }) => credentialHeaders ?? [])]
  if (['authorization', ...headers].every((name) => request.headers[name] === undefined)) return undefined
  const key = await authenticate(request, headers, parts)
  request.keyId = key.id
  return key
}

/** The route that would create what this body asks for: quotes take the same bodies. */
function createRouteFor(body: RequestBody): ReturnType<typeof ownerOfBody> {
  const name = body.fields['model']
  const kind = typeof name === 'string' ? findModel(name)?.kind : undefined
  const path = kind === 'image' ? '/v1/images' : '/v1/videos'
  return ownerOfBody(sharedRoutes(dialects).find((shared) => shared.method === 'POST' && shared.path === path)!, body)
}
