import { createHash, createHmac } from 'node:crypto'
import type { OutgoingCall } from '../provider.ts'

const REGION = 'cn-north-1'
const SERVICE = 'cv'

/** Volcengine's signature version 4: like AWS's, but for the algorithm's name, the end of the scope, and a key chain that begins with the bare secret. */
export function signedHeaders(credential: Record<string, unknown>, { method, url, body = '', contentType = 'application/json', nowMs }: OutgoingCall): Record<string, string> {
  const { access_key: accessKey, secret_key: secretKey, security_token: token } = credential
  const date = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = date.slice(0, 8)
  const bodyHash = sha256(body)
  const headers: Record<string, string> = {
    'content-type': contentType,
    host: url.host,
    'x-content-sha256': bodyHash,
    'x-date': date,
    ...(typeof token === 'string' && { 'x-security-token': token }),
  }
  // In the order of their names, as they stand.
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value.trim()}\n`).join('')
  const canonical = [method, url.pathname, canonicalQuery(url), lines, names, bodyHash].join('\n')
  const scope = `${day}/${REGION}/${SERVICE}/request`
  const key = [day, REGION, SERVICE, 'request'].reduce<string | Buffer>((chain, part) => createHmac('sha256', chain).update(part).digest(), String(secretKey))
  const signature = createHmac('sha256', key).update(['HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).digest('hex')

  const { host: _sentByTheClient, ...sent } = headers
  return { ...sent, authorization: `HMAC-SHA256 Credential=${String(accessKey)}/${scope}, SignedHeaders=${names}, Signature=${signature}` }
}

function canonicalQuery(url: URL): string {
  const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted().join('&')
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
