import type { FastifyRequest } from 'fastify'
import type { ApiKey } from '../admission/authenticate.ts'
import { GatewayError } from '../core/errors.ts'
import type { HttpParts } from './http-parts.ts'

/**
 * Whose request it is. The key comes in `Authorization` (after `Bearer`, or as vendors' clients write it, `Token` or
 * `Key`), or in a header of the route's dialects; never in the URL, where logs and histories would keep it. With nothing
 * before it the key counts where a dialect allows that: documents of the others promise that a forgotten `Bearer` is 401.
 */
export async function authenticate(request: FastifyRequest, dialectHeaders: readonly string[], parts: Pick<HttpParts, 'authenticator'>): Promise<ApiKey> {
  const presented = presentedKey(request, dialectHeaders)
  const known = presented === undefined ? undefined : parts.authenticator.peek(presented)
  return known ?? parts.authenticator.authenticate(presented, request.ip)
}

/** @throws GatewayError `unauthorized` for two different credentials in one request: which one counts would be a guess. */
function presentedKey(request: FastifyRequest, dialectHeaders: readonly string[]): string | undefined {
  const { authorization } = request.headers
  if (authorization !== undefined && authorization !== PLACEHOLDER) {
    if (countHeader(request.raw.rawHeaders, 'authorization') > 1) throw new GatewayError('unauthorized', 'Send one Authorization header.')
    const alone = dialectHeaders.includes('authorization') ? /^[^ ]+$/.exec(authorization)?.[0] : undefined
    return alone ?? /^(?:Bearer|Token|Key) ([^ ]+)$/i.exec(authorization)?.[1] ?? ''
  }
  const own = dialectHeaders.map((name) => request.headers[name]).find((value) => value !== undefined)
  return typeof own === 'string' ? own : undefined
}

/** What Midjourney front ends send when the key is in `mj-api-secret`. */
const PLACEHOLDER = 'midjourney-proxy'

function countHeader(rawHeaders: readonly string[], name: string): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.length === name.length && rawHeaders[index]!.toLowerCase() === name) count += 1
  }
  return count
}
