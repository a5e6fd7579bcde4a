import { UpstreamError } from '../core/errors.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { Egress } from '../egress/egress.ts'
import type { OutgoingCall, Provider, UpstreamHttp, UpstreamRequest, UpstreamResponse } from './provider.ts'

export interface UpstreamHttpOptions {
  egress: Pick<Egress, 'call'>
  provider: Pick<Provider, 'id' | 'name' | 'authorize'>
  /** Where the channel's upstream lives, without a slash at the end: `https://ark.cn-beijing.volces.com/api/v3`. */
  baseUrl: string
  /** As the provider's `credential` schema parsed it. */
  credential: Record<string, unknown>
  /** For calls that name none of their own. */
  timeoutMs: number
  log?: (call: UpstreamCallLog) => void
}

/** What may be written down about a call: no body, no header, no query. */
export interface UpstreamCallLog {
  provider: string
  method: string
  path: string
  durationMs: number
  status?: number
  /** `not_sent: refused`, when there was no answer. */
  failure?: string
}

/** Answers carry results as base64 at some upstreams: four images of 4K, with room to spare. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024

/** Shorter values (`true`, a region) are no secrets, and hiding them would tear words apart. */
const MIN_SECRET_CHARACTERS = 8

/** One channel's way out: everything that an adapter may do to the world. */
export function createUpstreamHttp({ egress, provider, baseUrl, credential, timeoutMs, log }: UpstreamHttpOptions): UpstreamHttp {
  const base = new URL(baseUrl)
  const secrets = secretsOf(credential)

  return {
    async call(request: UpstreamRequest): Promise<UpstreamResponse> {
      const url = urlBelow(base, request)
      const body = request.json === undefined ? undefined : JSON.stringify(request.json)
      const outgoing: OutgoingCall = { method: request.method, url, body }
      const headers = {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...request.headers,
        ...provider.authorize(credential, outgoing),
      }

      const startedMs = performance.now()
      const note = (outcome: Pick<UpstreamCallLog, 'status' | 'failure'>): void =>
        log?.({ provider: provider.id, method: request.method, path: request.path, durationMs: performance.now() - startedMs, ...outcome })
      try {
        const answer = await egress.call({
          method: request.method,
          url: url.href,
          headers,
          ...(body !== undefined && { body }),
          timeoutMs: request.timeoutMs ?? timeoutMs,
          maxResponseBytes: MAX_RESPONSE_BYTES,
          // The base URL was typed by an operator, so its port is as meant.
          ports: 'any',
        })
        note({ status: answer.status })
        const text = withoutSecrets(new TextDecoder().decode(answer.body), secrets)
        return { status: answer.status, headers: answer.headers, json: parseJson(text), text }
      } catch (error) {
        if (!(error instanceof EgressError)) throw error
        note({ failure: error.message })
        throw unanswered(error, provider.name)
      }
    },
  }
}

/**
 * The address of a call. A path is made of our own words and of ids that came from an upstream; one that climbs out of
 * the base (`/tasks/../../keys`) would send the credential where no operator pointed it, and is a bug of the adapter.
 */
function urlBelow(base: URL, request: UpstreamRequest): URL {
  const folder = base.pathname.replace(/\/+$/, '')
  const url = new URL(base)
  url.pathname = folder + request.path
  if (!request.path.startsWith('/') || !url.pathname.startsWith(`${folder}/`) || /\/\.{1,2}(?:\/|$)|[?#\\]/.test(request.path)) {
    throw new Error(`not a path below the base URL: ${request.path}`)
  }
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.append(name, value)
  return url
}

function unanswered(error: EgressError, name: string): UpstreamError {
  const sent = error.kind === 'maybe_sent' || error.kind === 'limit'
  return sent
    ? new UpstreamError('lost', `${name} did not answer`, { cause: error })
    : new UpstreamError('busy', `${name} could not be reached`, { cause: error })
}

function secretsOf(credential: Record<string, unknown>): string[] {
  return Object.values(credential).filter((value) => typeof value === 'string').filter((value) => value.length >= MIN_SECRET_CHARACTERS)
}

/** Some upstreams repeat the key they refuse ("Incorrect API key provided: …"); it goes no further than here. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
