import type { FastifyRequest } from 'fastify'
import type { ApiKey } from '../admission/authenticate.ts'
import { GatewayError } from '../core/errors.ts'
import type { HttpParts } from './http-parts.ts'

/**
 * Whose request it is. The key comes in `Authorization: Bearer`, or in the header of the route's dialect; never in the
 * URL, where logs and histories would keep it.
 */
export async function authenticate(request: FastifyRequest, dialectHeader: string | undefined, parts: Pick<HttpParts, 'authenticator'>): Promise<ApiKey> {
  const presented = presentedKey(request, dialectHeader)
  const known = presented === undefined ? undefined : parts.authenticator.peek(presented)
  return known ?? parts.authenticator.authenticate(presented, request.ip)
}

/** @throws GatewayError `unauthorized` for two different credentials in one request: which one counts would be a guess. */
function presentedKey(request: FastifyRequest, dialectHeader: string | undefined): string | undefined {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    if (countHeader(request.raw.rawHeaders, 'authorization') > 1) throw new GatewayError('unauthorized', 'Send one Authorization header.')
    return /^Bearer ([^ ]+)$/i.exec(authorization)?.[1] ?? ''
  }
  const own = dialectHeader === undefined ? undefined : request.headers[dialectHeader]
  return typeof own === 'string' ? own : undefined
}

function countHeader(rawHeaders: readonly string[], name: string): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.length === name.length && rawHeaders[index]!.toLowerCase() === name) count += 1
  }
  return count
}
