import { errors, type Dispatcher } from 'undici'
import { EgressError, type EgressErrorKind, type EgressErrorReason } from './egress-error.ts'

/** A pool of connections to one origin, all of them to addresses that were judged. */
export interface Destination {
  pool: Dispatcher
  /** Requests the pool has not finished with, waiting ones among them. */
  underWay: number
}

/** What comes of a request: a head, pieces of a body and an end, or at any moment a failure; nothing after either. */
export interface Listener {
  head(status: number, headers: Record<string, string>): void
  data(chunk: Buffer): void
  end(): void
  fail(error: EgressError): void
}

export interface Exchange {
  /** Ends it with a failure. Without a kind: `not_sent` or `maybe_sent`, whichever is the case. */
  giveUp(reason: EgressErrorReason, kind?: EgressErrorKind): void
  pause(): void
  resume(): void
}

/** Connections and requests waiting for one, for one destination. Past this an upstream is not keeping up. */
const MAX_UNDER_WAY = 2_048

/**
 * Sends one request, once, and says for certain whether it may have been sent.
 *
 * undici calls `onRequestStart` when it has a connection, with TLS established, in the same turn as it writes the first
 * byte. A failure before that call happened with nothing written: `not_sent`. After it, whatever is seen or not seen of
 * an answer, the request may have been read: `maybe_sent`. A kept-alive connection that the other side was just closing
 * is no exception, since what it had read before closing cannot be known.
 */
export function exchange(
  destination: Promise<Destination>,
  request: Dispatcher.DispatchOptions,
  listener: Listener,
): Exchange {
  let controller: Dispatcher.DispatchController | undefined
  let over = false

  function fail(error: EgressError): void {
    if (over) return
    over = true
    listener.fail(error)
  }

  function dispatch(to: Destination): void {
    if (over) return
    if (to.underWay >= MAX_UNDER_WAY) return fail(new EgressError('not_sent', 'busy'))
    to.underWay += 1
    to.pool.dispatch(request, {
      onRequestStart(starting) {
        // Given up while it waited, or (which undici does not do today) about to be sent a second time.
        if (over || controller !== undefined) return starting.abort(new EgressError('maybe_sent', 'aborted'))
        controller = starting
      },
      onResponseStart(_controller, status, headers) {
        if (over || status < 200) return
        listener.head(status, flat(headers))
      },
      onResponseData(_controller, chunk) {
        if (!over) listener.data(chunk)
      },
      onResponseEnd() {
        to.underWay -= 1
        if (over) return
        over = true
        listener.end()
      },
      onResponseError(_controller, error) {
        to.underWay -= 1
        fail(explain(error, { started: controller !== undefined, tls: String(request.origin).startsWith('https:') }))
      },
    })
  }

  destination.then(dispatch).catch((error: unknown) => fail(explain(error, { started: controller !== undefined, tls: false })))

  return {
    giveUp(reason, kind = controller === undefined ? 'not_sent' : 'maybe_sent') {
      const error = new EgressError(kind, reason)
      fail(error)
      controller?.abort(error)
    },
    pause: () => controller?.pause(),
    resume: () => controller?.resume(),
  }
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, oneValue(value)]))
}

function oneValue(value: string | string[] = ''): string {
  return Array.isArray(value) ? value.join(', ') : value
}

function explain(error: unknown, { started, tls }: { started: boolean; tls: boolean }): EgressError {
  if (error instanceof EgressError) return error
  const code = codeOf(error)
  if (error instanceof errors.HTTPParserError) return new EgressError('maybe_sent', 'garbled')
  if (started) return new EgressError('maybe_sent', reasonAfterStart(code), code)
  return new EgressError('not_sent', REASONS_BEFORE_START[code ?? ''] ?? (tls ? 'tls' : 'unreachable'), code)
}

/** By the codes of Node and undici. What is not here failed between the connection and the request: TLS, if it is used. */
const REASONS_BEFORE_START: Record<string, EgressErrorReason> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EMFILE: 'busy',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_INVALID_ARG: 'malformed',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
}

function reasonAfterStart(code: string | undefined): EgressErrorReason {
  switch (code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset'
    case 'ETIMEDOUT':
      return 'timeout'
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return 'length_mismatch'
    case 'UND_ERR_HEADERS_OVERFLOW':
      return 'too_large'
    default:
      return 'closed'
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
