import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiKey } from '../admission/authenticate.ts'
import { modelNamed, quote } from '../admission/admit.ts'
import { findModel } from '../catalog/index.ts'
import { GatewayError } from '../core/errors.ts'
import { toCents } from '../core/micros.ts'
import type { Model } from '../core/model.ts'
import { dialects, ownerOfBody, sharedRoutes, type RequestBody } from '../dialects/index.ts'
import { sniffMediaType } from '../storage/media-type.ts'
import { authenticate } from './caller.ts'
import { nativeDialect } from './errors.ts'
import { readOwnLink } from './files.ts'
import type { HttpParts } from './http-parts.ts'
import { callableModels, mayCall } from './models.ts'
import { originOf } from './origin.ts'
import { readRequestBody } from './request-body.ts'

/** The catalogue has no dates of its own; clients of this list want a number. */
const CATALOGUE_CREATED = Date.UTC(2026, 10, 21) / 1000

/** `/v1/models` as OpenAI's clients read it, with what a model takes and costs, and `/v1/quotes`. */
export function registerModelRoutes(app: FastifyInstance, parts: HttpParts): void {
  const config = { dialect: nativeDialect() }

  app.get('/v1/models', { config }, async (request) => {
    const key = await callerIfAny(request, parts)
    const models = await callableModels(key, parts)
    const origin = originOf(request, parts.settings.publicUrl)
    return Object.assign({ object: 'list', data: models.map((model) => showModel(model, key)) }, ...dialects.map((dialect) => dialect.listModels?.(models, origin)))
  })

  app.get<{ Params: { '*': string } }>('/v1/models/*', { config }, async (request) => {
    const key = await callerIfAny(request, parts)
    const model = findModel(request.params['*'])
    if (!model || !(await mayCall(model, key, parts))) throw new GatewayError('model_not_found', 'there is no such model for this key', { param: 'model' })
    return showModel(model, key)
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

/** Without a key the list is that of a customer without a group of their own; a wrong key is refused. */
async function callerIfAny(request: FastifyRequest, parts: HttpParts): Promise<ApiKey | undefined> {
  if (request.headers.authorization === undefined) return undefined
  const key = await authenticate(request, [], parts)
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

function showModel(model: Model, key: ApiKey | undefined): Record<string, unknown> {
  return {
    id: model.id,
    object: 'model',
    created: CATALOGUE_CREATED,
    owned_by: model.family,
    type: model.kind,
    name: model.name,
    description: model.description,
    aliases: model.aliases ?? [],
    operations: model.operations,
    ...(model.duration && { duration: { default: model.duration.defaultSeconds, min: model.duration.minSeconds, max: model.duration.maxSeconds, ...(model.duration.values && { values: model.duration.values }), auto: model.duration.auto ?? false } }),
    ...(model.resolutions && { resolutions: model.resolutions }),
    ...(model.aspectRatios && { aspect_ratios: model.aspectRatios }),
    ...(model.sizes && { sizes: model.sizes }),
    audio: model.audio,
    max_count: model.maxCount,
    inputs: Object.fromEntries(Object.entries(model.inputs).map(([media, limit]) => [media, { max: limit.max, max_bytes: limit.maxBytes }])),
    pricing: {
      currency: 'USD',
      unit: model.price.unit,
      multiplier: (key?.priceMultiplierPpm ?? 1_000_000) / 1_000_000,
      rates: model.price.rates.map(({ when, micros, perUnits }) => ({ ...(when && { when }), cents: micros / 10_000, per: perUnits ?? 1 })),
      ...(model.price.minimumUnits !== undefined && { minimum_units: model.price.minimumUnits }),
      ...(model.price.stepUnits !== undefined && { step_units: model.price.stepUnits }),
      source: model.price.source,
    },
  }
}
