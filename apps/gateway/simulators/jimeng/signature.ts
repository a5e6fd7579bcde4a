import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { JimengGateRefusal } from './refusal.ts'

export const ACCESS_KEY = 'AKLTSIMULATEDJIMENG01'
export const SECRET_KEY = 'c2ltdWxhdGVkLXNlY3JldC1vZi1qaW1lbmc'

/** "About 15 min." */
const CLOCK_TOLERANCE_MS = 15 * 60_000

export interface SignedRequest {
  method: string
  url: URL
  headers: IncomingHttpHeaders
  bytes: Uint8Array
}

const AUTHORIZATION = /^HMAC-SHA256 Credential=([^/\s]+)\/(\d{8})\/([\w-]+)\/(\w+)\/request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/

/** The signature is computed again from the headers that it says were signed: clients sign different ones. Throws `JimengGateRefusal`. */
export function checkSignature(request: SignedRequest, nowMs: number): void {
  const { headers, bytes } = request
  const date = one(headers['x-date'])
  if (headers.authorization === undefined) throw new JimengGateRefusal('MissingAuthenticationToken', 'The request is missing an authentication token.')
  const [, accessKey = '', day = '', region = '', service = '', names = '', signature = ''] = AUTHORIZATION.exec(headers.authorization) ?? []
  if (signature === '') throw new JimengGateRefusal('InvalidAuthorization', 'The authorization header cannot be read.')
  if (date === undefined) throw new JimengGateRefusal('MissingRequestInfo', 'The request is missing X-Date.')

  const sentMs = Date.parse(date.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!date.startsWith(day) || !(Math.abs(sentMs - nowMs) <= CLOCK_TOLERANCE_MS)) throw new JimengGateRefusal('InvalidTimestamp', 'The request is too old or of the future.')
  if (accessKey !== ACCESS_KEY) throw new JimengGateRefusal('InvalidAccessKey', `The access key ${accessKey} is not valid.`)

  const scope = `${day}/${region}/${service}/request`
  const bodyHash = createHash('sha256').update(bytes).digest('hex')
  const signedNames = names.split(';')
  const complete = signedNames.includes('host') && signedNames.includes('x-date') && region === 'cn-north-1' && service === 'cv'
  const bodyAsSaid = one(headers['x-content-sha256']) === bodyHash
  const expected = createHmac('sha256', keyOf(SECRET_KEY, [day, region, service])).update(`HMAC-SHA256\n${date}\n${scope}\n${canonicalHash(request, signedNames, bodyHash)}`).digest()
  if (!complete || !bodyAsSaid || !timingSafeEqual(Buffer.from(signature, 'hex'), expected)) throw new JimengGateRefusal('SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.')
}

function keyOf(secret: string, [day, region, service]: [string, string, string]): Buffer {
  const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()
  return mac(mac(mac(mac(secret, day), region), service), 'request')
}

/** Of method, path, query, signed headers and body, line by line. */
export function canonicalHash({ method, url, headers }: Omit<SignedRequest, 'bytes'>, signedNames: readonly string[], bodyHash: string): string {
  const rfc3986 = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = [...url.searchParams].map(([name, value]) => [rfc3986(name), rfc3986(value)].join('=')).toSorted()
  const sorted = signedNames.toSorted()
  const lines = [method, url.pathname, query.join('&'), ...sorted.map((name) => `${name}:${(one(headers[name]) ?? '').trim()}`), '', sorted.join(';'), bodyHash]
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value
}
