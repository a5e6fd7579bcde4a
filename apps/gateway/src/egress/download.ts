import { Readable } from 'node:stream'
import { checkUrl, notAllowed, type CheckedUrl, type UrlRules } from './check-url.ts'
import { EgressError } from './egress-error.ts'
import { exchange, type Destination, type Exchange } from './exchange.ts'

export interface DownloadRequest {
  url: string
  headers?: Record<string, string>
  maxBytes: number
  /** For all of it: the name, the redirects, the last byte. */
  totalTimeoutMs: number
  /** The longest silence, before the answer and in the middle of it. Our own pauses do not count. */
  idleTimeoutMs: number
  /** Judged over windows of `RATE_WINDOW_MS`, so that a quick beginning does not pay for a drip afterwards. */
  minBytesPerSecond: number
  maxRedirects?: number
  /** Of the first address only: `any` for one that an operator typed, `web` (the default) for one that came from elsewhere. */
  ports?: UrlRules['ports']
  signal?: AbortSignal
}

export interface Download {
  /** The body. Its limits hold while it is read; it ends with an `EgressError` when one is passed. Read it or destroy it. */
  stream: Readable
  status: number
  contentType?: string
  contentLength?: number
  finalUrl: string
}

/** What the rest of the client lends to a download. */
export interface DownloadMeans {
  rules: UrlRules
  reach(checked: CheckedUrl): Promise<Destination>
  now(): number
}

const DEFAULT_MAX_REDIRECTS = 3

/** Long enough for a congested network to recover from a loss, short enough that a drip costs us little. */
export const RATE_WINDOW_MS = 5_000

/** As much as may wait in memory for a slow disk. */
const STREAM_BUFFER_BYTES = 256 * 1024

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** Headers that say nothing about who asks. Only these follow a redirect to another origin. */
const ANONYMOUS_HEADERS = new Set(['accept', 'accept-language', 'range', 'user-agent', 'accept-encoding'])

/** Fetches what a URL leads to, following redirects, each of them judged anew. */
export async function download(
  request: DownloadRequest,
  headers: Record<string, string>,
  means: DownloadMeans,
): Promise<Download> {
  const deadlineMs = means.now() + request.totalTimeoutMs
  const maxRedirects = request.maxRedirects ?? DEFAULT_MAX_REDIRECTS
  let checked = checkUrl(request.url, { ...means.rules, ports: request.ports ?? means.rules.ports })

  for (let redirects = 0; ; redirects += 1) {
    const answer = await open(checked, { request, headers, means, deadlineMs })
    if (!('location' in answer)) return answer
    if (redirects === maxRedirects) throw notAllowed('too_many_redirects')

    const next = checkUrl(follow(answer.location, checked.url), means.rules)
    if (checked.url.protocol === 'https:' && next.url.protocol === 'http:') throw notAllowed('downgrade')
    if (next.url.origin !== checked.url.origin) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => ANONYMOUS_HEADERS.has(name)))
    }
    checked = next
  }
}

/** A relative place is made absolute; one that is absolute is left as it was written, for its form to be judged. */
function follow(location: string, from: URL): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(location)) return location
  // `//host`, or what a parser would take for it (`/\host`, `/<tab>/host`), names another host.
  if (/[\\\p{C}\p{Z}]/u.test(location) || !URL.canParse(location, from.href)) throw notAllowed('malformed')
  return new URL(location, from).href
}

interface Hop {
  request: DownloadRequest
  headers: Record<string, string>
  means: DownloadMeans
  deadlineMs: number
}

/** One request of the chain: the file, or where it is said to be. */
function open(
  { url, ...checked }: CheckedUrl,
  { request, headers, means, deadlineMs }: Hop,
): Promise<Download | { location: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<Download | { location: string }>()
  const pace = createPace(request, means.now, (reason) => transfer.giveUp(reason, 'limit'))
  let contentLength: number | undefined
  let receivedBytes = 0

  const stream = new Readable({
    highWaterMark: STREAM_BUFFER_BYTES,
    read() {
      pace.resume()
      transfer.resume()
    },
    destroy(error, done) {
      transfer.giveUp('aborted')
      done(error)
    },
  })
  // Whoever turns away from an answer without reading it is not told again; without a listener it would end the process.
  stream.on('error', () => {})

  const abort = (): void => transfer.giveUp('aborted')
  const timer = setTimeout(() => transfer.giveUp('timeout', 'limit'), deadlineMs - means.now())

  function finish(): void {
    pace.stop()
    clearTimeout(timer)
    request.signal?.removeEventListener('abort', abort)
  }

  const transfer: Exchange = exchange(
    means.reach({ url, ...checked }),
    { origin: url.origin, path: url.pathname + url.search, method: 'GET', headers },
    {
      head(status, answered) {
        const location = answered['location']
        if (REDIRECTS.has(status) && location !== undefined) {
          resolve({ location })
          return transfer.giveUp('aborted')
        }
        // We asked for none. What comes compressed all the same has no length that could be held against a limit.
        if ((answered['content-encoding'] ?? 'identity') !== 'identity') return transfer.giveUp('encoding', 'limit')
        if (answered['content-length'] !== undefined) contentLength = Number(answered['content-length'])
        if ((contentLength ?? 0) > request.maxBytes) return transfer.giveUp('too_large', 'limit')
        const contentType = answered['content-type']
        resolve({
          stream,
          status,
          ...(contentType !== undefined && { contentType }),
          ...(contentLength !== undefined && { contentLength }),
          finalUrl: url.href,
        })
      },
      data(chunk) {
        receivedBytes += chunk.length
        if (receivedBytes > request.maxBytes) return transfer.giveUp('too_large', 'limit')
        pace.received(chunk.length)
        if (!stream.push(chunk)) {
          pace.pause()
          transfer.pause()
        }
      },
      end() {
        finish()
        if (contentLength !== undefined && contentLength !== receivedBytes) stream.destroy(lengthMismatch())
        else stream.push(null)
      },
      fail(error) {
        finish()
        const short = error.reason === 'length_mismatch' || (error.reason === 'closed' && contentLength !== undefined)
        const told = short ? lengthMismatch() : error
        reject(told)
        stream.destroy(told)
      },
    },
  )
  request.signal?.addEventListener('abort', abort, { once: true })
  if (request.signal?.aborted) abort()
  return promise
}

function lengthMismatch(): EgressError {
  return new EgressError('limit', 'length_mismatch')
}

/** Watches that a transfer keeps moving. The time in which we ourselves are not ready for more is not counted. */
function createPace(
  { idleTimeoutMs, minBytesPerSecond }: DownloadRequest,
  now: () => number,
  tooSlow: (reason: 'idle' | 'too_slow') => void,
) {
  let windowStartMs = now()
  let windowBytes = 0
  let pausedAtMs: number | undefined
  const startTimer = () => setTimeout(() => tooSlow('idle'), idleTimeoutMs)
  let timer: NodeJS.Timeout | undefined = startTimer()
  let stopped = false

  return {
    received(bytes: number): void {
      timer?.refresh()
      windowBytes += bytes
      const elapsedMs = now() - windowStartMs
      if (elapsedMs < RATE_WINDOW_MS) return
      if (windowBytes < (minBytesPerSecond * elapsedMs) / 1000) return tooSlow('too_slow')
      windowStartMs += elapsedMs
      windowBytes = 0
    },
    pause(): void {
      clearTimeout(timer)
      pausedAtMs ??= now()
    },
    resume(): void {
      if (stopped || pausedAtMs === undefined) return
      windowStartMs += now() - pausedAtMs
      pausedAtMs = undefined
      timer = startTimer()
    },
    stop(): void {
      stopped = true
      clearTimeout(timer)
    },
  }
}
