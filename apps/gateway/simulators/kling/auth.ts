import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { KlingRefusal } from './refusal.ts'

export const ACCESS_KEY = 'simulated-kling-access-7b20'
export const SECRET_KEY = 'simulated-kling-secret-51c9e4'
export const API_KEY = 'api-key-kling-simulated-03d8'

/** A static key, or a JSON web token of the two keys, computed again here. Throws `KlingRefusal` 1000 to 1004. */
export function authenticate(header: string | undefined, nowMs: number): void {
  if (header === undefined || header.trim() === '') throw new KlingRefusal(401, 1001, 'Authorization is empty')
  const token = /^Bearer (\S+)$/.exec(header)?.[1]
  if (token === undefined) throw new KlingRefusal(401, 1002, 'Authorization is invalid')
  if (token === API_KEY) return

  const [head = '', payload = '', signature = ''] = token.split('.')
  const claims = z.object({ iss: z.string(), exp: z.number(), nbf: z.number() }).safeParse(jsonOf(payload)).data
  if (z.object({ alg: z.literal('HS256') }).safeParse(jsonOf(head)).data === undefined || claims === undefined) throw new KlingRefusal(401, 1002, 'Authorization is invalid')
  const expected = createHmac('sha256', SECRET_KEY).update(`${head}.${payload}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (claims.iss !== ACCESS_KEY || given.length !== expected.length || !timingSafeEqual(given, expected)) throw new KlingRefusal(401, 1000, 'Authentication failed')
  const now = nowMs / 1000
  if (now < claims.nbf) throw new KlingRefusal(401, 1003, 'Authorization is not yet valid')
  if (now > claims.exp) throw new KlingRefusal(401, 1004, 'Authorization has expired')
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
