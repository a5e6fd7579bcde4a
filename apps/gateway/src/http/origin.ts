import type { FastifyRequest } from 'fastify'

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]{1,253})(:\d{1,5})?$/i

/**
 * The API's own origin for the links in an answer: the configured one, or the one the request was sent to. A forged
 * `Host` changes only the forger's own links; one that is no host name is not repeated.
 */
export function originOf(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl
  const host = HOST.test(request.host) ? request.host : ownAddress(request)
  return `${request.protocol === 'https' ? 'https' : 'http'}://${host}`
}

function ownAddress({ socket: { localAddress = '127.0.0.1', localPort } }: FastifyRequest): string {
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`
}
