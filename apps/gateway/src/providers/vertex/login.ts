import { createPrivateKey, createSign } from 'node:crypto'
import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { UpstreamHttp, UpstreamResponse } from '../provider.ts'
import { callerMessage, errorByStatus } from '../upstream-answer.ts'

/** What is used of a service account's key file; its other members may come along and are left out. */
export const serviceAccount = z.looseObject({
  client_email: z.email(),
  // Pasted through a form or an environment variable its lines end in two characters.
  private_key: z.string().transform((pem) => pem.replaceAll('\\n', '\n')).refine(isRsaKey, 'must be the private_key of a service account, with its BEGIN and END lines'),
  // Plain http on this machine only, where Google is played.
  token_uri: z.url().refine((url) => /^https:|^http:\/\/(?:127\.\d|localhost[:/])/.test(url), 'must be an https address').default('https://oauth2.googleapis.com/token'),
}).transform(({ client_email, private_key, token_uri }) => ({ client_email, private_key, token_uri }))

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

/** "exp: a maximum of 1 hour after the issued time". */
const ASSERTION_SECONDS = 3_600

/**
 * Changes the service account's signature for a token (RFC 7523, section 2.1;
 * https://developers.google.com/identity/protocols/oauth2/service-account, read 2026-11). Throws `UpstreamError`.
 */
export async function fetchToken(credential: z.output<typeof serviceAccount>, http: UpstreamHttp, nowMs: number): Promise<{ token: { access_token: string }; validSeconds: number }> {
  const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertionOf(credential, nowMs) })
  const response = await http.call({ method: 'POST', address: credential.token_uri, anonymous: true, body: { bytes: form.toString(), mediaType: 'application/x-www-form-urlencoded' } })
  const granted = grant.safeParse(response.json)
  if (response.status !== 200 || !granted.success) throw tokenError(response)
  return { token: { access_token: granted.data.access_token }, validSeconds: granted.data.expires_in }
}

function assertionOf({ client_email: iss, private_key: key, token_uri: aud }: z.output<typeof serviceAccount>, nowMs: number): string {
  const iat = Math.floor(nowMs / 1000)
  const words = [{ alg: 'RS256', typ: 'JWT' }, { iss, scope: SCOPE, aud, iat, exp: iat + ASSERTION_SECONDS }]
  const signed = words.map((word) => Buffer.from(JSON.stringify(word)).toString('base64url')).join('.')
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`
}

const grant = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

/** `{ error: "invalid_grant", error_description }`: the account is gone, its key was revoked, or our clock is wrong. */
function tokenError(response: UpstreamResponse): UpstreamError {
  const { error, error_description: description } = z.object({ error: z.string(), error_description: z.string().optional().catch(undefined) }).safeParse(response.json).data ?? {}
  const byStatus = errorByStatus(response, { code: error, message: description })
  if (byStatus.kind !== 'refused') return byStatus
  return new UpstreamError('credential', callerMessage(description, 'The service account was given no token'), { httpStatus: response.status, ...(error !== undefined && { upstreamCode: error }) })
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}
