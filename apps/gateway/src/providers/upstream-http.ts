import type { Readable } from 'node:stream'
import type { Clock } from '../core/clock.ts'
import { UpstreamError } from '../core/errors.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { CallAnswer, Egress } from '../egress/egress.ts'
import type { OutgoingCall, Provider, UpstreamHttp, UpstreamRequest, UpstreamResponse, UpstreamTarget } from './provider.ts'
import { errorByStatus } from './upstream-answer.ts'

export interface UpstreamHttpOptions {
  egress: Pick<Egress, 'call' | 'download'>
  provider: Pick<Provider, 'id' | 'name' | 'authorize' | 'login' | 'sisterHosts'>
  /** Where the channel's upstream lives, without a slash at the end: `https://ark.cn-beijing.volces.com/api/v3`. */
  baseUrl: string
  /** As the provider's `credential` schema parsed it. */
  credential: Record<string, unknown>
  /** For calls that name none of their own. */
  timeoutMs: number
  clock: Clock
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
/** The largest result that is stored; archiving holds the same bound. */
const MAX_DOWNLOAD_BYTES = 2 * 1024 * 1024 * 1024
const DOWNLOAD_TOTAL_TIMEOUT_MS = 30 * 60_000
const DOWNLOAD_IDLE_TIMEOUT_MS = 30_000
const DOWNLOAD_MIN_BYTES_PER_SECOND = 16 * 1024

/** Shorter values (`true`, a region) are no secrets, and hiding them would tear words apart. */
const MIN_SECRET_CHARACTERS = 8

/** A fetched token is left alone this long before it ends. */
const LOGIN_MARGIN_SECONDS = 60

/** One channel's way out: everything that an adapter may do to the world. */
export function createUpstreamHttp({ egress, provider, baseUrl, credential, timeoutMs, clock, log }: UpstreamHttpOptions): UpstreamHttp {
  const base = new URL(baseUrl)
  const secrets = secretsOf(credential)
  let session: { credential: Promise<Record<string, unknown>>; endsAtMs: number } | undefined

  const http: UpstreamHttp = { call, download }
  return http

  async function call(request: UpstreamRequest): Promise<UpstreamResponse> {
    const url = addressOf(base, request, provider.sisterHosts, request.anonymous)
    const { body, contentType } = await encoded(request)
    const headers = {
      accept: 'application/json',
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...request.headers,
      ...(request.anonymous ? {} : await authorization({ method: request.method, url, body, contentType, nowMs: clock.nowMs() })),
    }
    const answer = await noted(request.method, url, () => egress.call({
      method: request.method,
      url: url.href,
      headers,
      ...(body !== undefined && { body }),
      timeoutMs: request.timeoutMs ?? timeoutMs,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      // The base URL was typed by an operator, so its port is as meant.
      ports: url.origin === base.origin ? 'any' : 'web',
    }))
    return responseOf(answer)
  }

  async function download(target: UpstreamTarget): Promise<Readable> {
    const url = addressOf(base, target, provider.sisterHosts)
    const headers = await authorization({ method: 'GET', url, body: undefined, contentType: undefined, nowMs: clock.nowMs() })
    const answer = await noted('GET', url, () => egress.download({
      url: url.href, headers, maxBytes: MAX_DOWNLOAD_BYTES, totalTimeoutMs: DOWNLOAD_TOTAL_TIMEOUT_MS, idleTimeoutMs: DOWNLOAD_IDLE_TIMEOUT_MS,
      minBytesPerSecond: DOWNLOAD_MIN_BYTES_PER_SECOND, ports: url.origin === base.origin ? 'any' : 'web',
    }))
    if (answer.status === 200) return answer.stream
    answer.stream.destroy()
    throw errorByStatus({ status: answer.status, headers: {}, json: undefined, text: '' })
  }

  async function authorization(outgoing: OutgoingCall): Promise<Record<string, string>> {
    return provider.authorize(provider.login ? await loggedIn(provider.login) : credential, outgoing)
  }

  /** One login for all who need it meanwhile; one that failed is not kept. */
  function loggedIn(login: NonNullable<Provider['login']>): Promise<Record<string, unknown>> {
    if (session && clock.nowMs() < session.endsAtMs) return session.credential
    const fresh = { endsAtMs: Infinity, credential: login(credential, http, clock.nowMs()).then(({ token, validSeconds }) => {
      fresh.endsAtMs = clock.nowMs() + Math.max(0, validSeconds - LOGIN_MARGIN_SECONDS) * 1000
      secrets.push(...secretsOf(token))
      return { ...credential, ...token }
    }, (error: unknown) => {
      if (session === fresh) session = undefined
      // Whatever became of the login, nothing of the call itself was sent.
      if (error instanceof UpstreamError && error.kind !== 'credential') throw new UpstreamError('busy', `${provider.name} gave no token`, { cause: error })
      throw error
    }) }
    session = fresh
    return fresh.credential
  }

  /** Writes down the call, and says in our words what it means that there was no answer. */
  async function noted<Answer extends { status: number }>(method: string, url: URL, work: () => Promise<Answer>): Promise<Answer> {
    const startedMs = performance.now()
    const note = (outcome: Pick<UpstreamCallLog, 'status' | 'failure'>): void =>
      log?.({ provider: provider.id, method, path: url.pathname, durationMs: performance.now() - startedMs, ...outcome })
    try {
      const answer = await work()
      note({ status: answer.status })
      return answer
    } catch (error) {
      if (!(error instanceof EgressError)) throw error
      note({ failure: error.message })
      throw unanswered(error, provider.name)
    }
  }

  function responseOf({ status, headers, body }: CallAnswer): UpstreamResponse {
    const text = withoutSecrets(new TextDecoder().decode(body), secrets)
    return { status, headers, json: parseJson(text), text }
  }
}

/**
 * The address of a call. A path is made of our own words and of ids that came from an upstream; one that climbs out of
 * the base (`/tasks/../../keys`) would send the credential where no operator pointed it, and is a bug of the adapter. An
 * address that an answer named may be wrong by anybody's fault, so it is only turned away.
 */
function addressOf(base: URL, target: UpstreamTarget, sisterHosts: readonly RegExp[] = [], anonymous = false): URL {
  if ('address' in target) {
    const url = URL.canParse(target.address) ? new URL(target.address) : undefined
    const known = url !== undefined && (url.origin === base.origin || (url.protocol === 'https:' && sisterHosts.some((host) => host.test(url.hostname))))
    if (url === undefined || !(known || anonymous)) throw new UpstreamError('garbled', 'The upstream named an address that is not its own')
    return url
  }
  const folder = base.pathname.replace(/\/+$/, '')
  const url = new URL(base)
  url.pathname = folder + target.path
  if (!target.path.startsWith('/') || !url.pathname.startsWith(`${folder}/`) || /\/\.{1,2}(?:\/|$)|[?#\\]/.test(target.path)) {
    throw new Error(`not a path below the base URL: ${target.path}`)
  }
  for (const [name, value] of Object.entries(target.query ?? {})) url.searchParams.append(name, value)
  return url
}

async function encoded({ json, form, body }: UpstreamRequest): Promise<{ body: string | Uint8Array | undefined; contentType: string | undefined }> {
  if (json !== undefined) return { body: JSON.stringify(json), contentType: 'application/json' }
  if (body !== undefined) return { body: body.bytes, contentType: body.mediaType }
  if (form === undefined) return { body: undefined, contentType: undefined }
  const multipart = new Response(form)
  return { body: new Uint8Array(await multipart.arrayBuffer()), contentType: multipart.headers.get('content-type')! }
}

function unanswered(error: EgressError, name: string): UpstreamError {
  const sent = error.kind === 'maybe_sent' || error.kind === 'limit'
  return sent
    ? new UpstreamError('lost', `${name} did not answer`, { cause: error })
    : new UpstreamError('busy', `${name} could not be reached`, { cause: error })
}

/** Also of what lies deeper: a credential may hold headers. */
function secretsOf(credential: Record<string, unknown>): string[] {
  return Object.values(credential).flatMap((value) => {
    if (typeof value === 'object' && value !== null) return secretsOf(value as Record<string, unknown>)
    return typeof value === 'string' && value.length >= MIN_SECRET_CHARACTERS ? [value] : []
  })
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
