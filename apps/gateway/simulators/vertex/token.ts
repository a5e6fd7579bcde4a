import { createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'
import type { Answer, IncomingCall } from '../simulator.ts'

export interface TokenDesk {
  /** `POST` of a signed assertion, for a token of an hour. */
  grant(call: IncomingCall): Answer
  accepts(authorization: string | undefined): boolean
}

interface Desk {
  /** Of the service account that it knows. */
  email: string
  privateKey: string
  address(): string
  nowMs(): number
  random(): number
}

const TOKEN_SECONDS = 3_599
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
/** Of clocks. */
const LEEWAY_SECONDS = 300

const header = z.strictObject({ alg: z.literal('RS256'), typ: z.literal('JWT').optional(), kid: z.string().optional() })
const claims = z.strictObject({ iss: z.string(), sub: z.string().optional(), scope: z.string(), aud: z.string(), iat: z.int(), exp: z.int() })

/** Plays `oauth2.googleapis.com/token` for one service account. */
export function createTokenDesk({ email, privateKey, address, nowMs, random }: Desk): TokenDesk {
  const publicKey = createPublicKey(privateKey)
  const endsAtMs = new Map<string, number>()

  function grant({ text, headers }: IncomingCall): Answer {
    const form = new URLSearchParams(text)
    if (!headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return refused('invalid_request', 'The request must be form-encoded.')
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return refused('unsupported_grant_type', 'Invalid grant_type')
    const [head = '', body = '', signature = ''] = (form.get('assertion') ?? '').split('.')
    const asked = claims.safeParse(decoded(body)).data
    if (!header.safeParse(decoded(head)).success || asked === undefined) return refused('invalid_grant', 'Invalid JWT: malformed.')
    if (asked.iss !== email) return refused('invalid_grant', 'Invalid grant: account not found')
    if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'))) return refused('invalid_grant', 'Invalid JWT Signature.')
    if (asked.aud !== address()) return refused('invalid_grant', 'Invalid JWT: Failed audience check.')
    const nowSeconds = nowMs() / 1000
    if (asked.exp - asked.iat > 3_600 || asked.exp < nowSeconds || Math.abs(asked.iat - nowSeconds) > LEEWAY_SECONDS) return refused('invalid_grant', 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.')
    if (!asked.scope.split(' ').includes(SCOPE)) return refused('invalid_scope', 'Invalid OAuth scope or ID token audience provided.')
    const token = `ya29.c.simulated-${Math.floor(random() * 2 ** 48).toString(36)}-${endsAtMs.size}`
    endsAtMs.set(token, nowMs() + TOKEN_SECONDS * 1000)
    return { status: 200, json: { access_token: token, expires_in: TOKEN_SECONDS, token_type: 'Bearer' } }
  }

  return { grant, accepts: (authorization) => nowMs() < (endsAtMs.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '') ?? 0) }
}

function refused(error: string, description: string): Answer {
  return { status: error === 'invalid_grant' || error === 'invalid_scope' ? 400 : 401, json: { error, error_description: description } }
}

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
