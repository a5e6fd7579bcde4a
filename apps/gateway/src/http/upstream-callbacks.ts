import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../core/errors.ts'
import { nativeDialect } from './errors.ts'
import type { HttpParts } from './http-parts.ts'

const PATH = '/upstream/'
const MAX_BODY_BYTES = 256 * 1024

/**
 * Where upstreams tell us that a job has changed. Most of them sign nothing, so the address itself cannot be guessed:
 * it carries the attempt and an HMAC of it.
 */
export function registerUpstreamCallbacks(app: FastifyInstance, parts: HttpParts): void {
  app.post<{ Params: { attempt: string; proof: string } }>(`${PATH}:attempt/:proof`, { config: { dialect: nativeDialect() }, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const { attempt, proof } = request.params
    if (!equal(proof, proofOf(attempt, parts.callbackKey))) throw new GatewayError('not_found', 'there is nothing here')
    const answer = await parts.engine.calledBack(attempt, { body: request.body, headers: textHeaders(request.headers) })
    return reply.code(200).send(answer)
  })
}

function textHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** The address that a provider hands to its upstream for one attempt. */
export function upstreamCallbackUrl(origin: string, attemptId: string, callbackKey: Buffer): string {
  return `${origin}${PATH}${attemptId}/${proofOf(attemptId, callbackKey)}`
}

function proofOf(attemptId: string, callbackKey: Buffer): string {
  return createHmac('sha256', callbackKey).update(attemptId).digest('hex').slice(0, 40)
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
