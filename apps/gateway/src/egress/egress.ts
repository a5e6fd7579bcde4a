import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import { buildConnector, Pool } from 'undici'
import { checkUrl, notAllowed, type CheckedUrl } from './check-url.ts'
import { download, type Download, type DownloadRequest } from './download.ts'
import { EgressError } from './egress-error.ts'
import { exchange, type Destination } from './exchange.ts'
import { canonicalAddress, judgeAddress, parseAllowedRanges } from './judge-address.ts'

export interface EgressOptions {
  /** Special ranges that may be reached all the same, as an operator wrote them: `127.0.0.0/8`, `fd00::/8`. */
  allowCidrs: readonly string[]
  /** All addresses of a name. By default the system's resolver. */
  resolve?: (hostname: string) => Promise<LookupAddress[]>
  now?: () => number
}

/** One call of an upstream's API. */
export interface CallRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  url: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** For all of it, from the name to the last byte of the answer. */
  timeoutMs: number
  maxResponseBytes: number
  /** `any` for an address that an operator typed, `web` (the default) for one that came from elsewhere. */
  ports?: 'web' | 'any'
}

export interface CallAnswer {
  status: number
  /** By lower-case name. Several of one name are joined by commas. */
  headers: Record<string, string>
  body: Uint8Array
}

/** The one way out of Genlock. Every method fails with an `EgressError`. */
export interface Egress {
  /** Checks the form of a URL, and its address if it is written out, without asking a resolver: for admission. `any` port for one that an operator typed. */
  checkUrl(url: string, ports?: 'web' | 'any'): URL
  /** Calls an API. A redirect is never followed, so that no credential goes where it was not meant to; it is the answer. */
  call(request: CallRequest): Promise<CallAnswer>
  /** Fetches a file from a URL that nobody vouches for. */
  download(request: DownloadRequest): Promise<Download>
  /** Refuses new requests, gives those under way `CLOSE_GRACE_MS`, then ends them. */
  close(): Promise<void>
}

/** How long the addresses of a name are believed, at most as long as the shortest customary TTL. */
const NAME_LIFETIME_MS = 30_000
const MAX_NAMES = 2_000
const DNS_TIMEOUT_MS = 5_000
const CONNECT_TIMEOUT_MS = 10_000

/** When to try the next address. Node's 250 ms is less than a round trip across the Pacific can take. */
const ADDRESS_TIMEOUT_MS = 1_000

/** More origins than an installation calls at a time; the oldest idle one is closed for a new one. */
const MAX_POOLS = 500
const MAX_CONNECTIONS_PER_POOL = 256

/** A quiet connection is closed before the usual server does it (Node: 5 s), for a request could cross with that. */
const KEEP_ALIVE_MS = 4_000
const MAX_KEEP_ALIVE_MS = 60_000

const CLOSE_GRACE_MS = 5_000

export function createEgress({ allowCidrs, resolve = resolveBySystem, now = Date.now }: EgressOptions): Egress {
  const allowed = parseAllowedRanges(allowCidrs)
  const names = new LRUCache<string, { vetted: Promise<Vetted>; expiresAtMs: number }>({ max: MAX_NAMES })
  const pools = new LRUCache<string, Destination>({ max: MAX_POOLS, dispose: ({ pool }) => void pool.close() })
  let closed = false

  /** The pool for a URL: connections to addresses of its host that were all judged, and no others. */
  async function reach({ url, hostname, onlyAllowed }: CheckedUrl): Promise<Destination> {
    const { addresses, set, allAllowed } = await vettedAddresses(hostname)
    if (onlyAllowed !== undefined && !allAllowed) throw notAllowed(onlyAllowed)
    if (closed) throw new EgressError('not_sent', 'closed')

    const key = `${url.origin} ${set}`
    let destination = pools.get(key)
    if (destination === undefined) {
      destination = { pool: createPool(url.origin, addresses), underWay: 0 }
      pools.set(key, destination)
    }
    return destination
  }

  /** Resolves a name, once for all who ask meanwhile. A failure is not kept. */
  function vettedAddresses(hostname: string): Promise<Vetted> {
    const known = names.get(hostname)
    if (known !== undefined && now() < known.expiresAtMs) return known.vetted
    const fresh = { vetted: lookUp(hostname), expiresAtMs: now() + NAME_LIFETIME_MS }
    names.set(hostname, fresh)
    fresh.vetted.catch(() => {
      if (names.peek(hostname) === fresh) names.delete(hostname)
    })
    return fresh.vetted
  }

  async function lookUp(hostname: string): Promise<Vetted> {
    const family = isIP(hostname)
    const asked = family === 0 ? resolve(hostname) : Promise.resolve([{ address: hostname, family }])
    const addresses = await within(DNS_TIMEOUT_MS, asked).catch((error: unknown) => {
      throw new EgressError('not_sent', error instanceof EgressError ? error.reason : 'dns')
    })
    if (addresses.length === 0) throw new EgressError('not_sent', 'dns')
    // One special address refuses them all: whoever mixes them chooses which of them is tried.
    const judgements = addresses.map(({ address }) => judgeAddress(address, allowed))
    if (judgements.includes('special')) throw notAllowed('special_address')
    return {
      addresses,
      set: addresses.map(({ address }) => address).sort().join(' '),
      allAllowed: judgements.every((judgement) => judgement === 'allowed'),
    }
  }

  return {
    checkUrl: (url, ports = 'web') => checkUrl(url, { allowed, ports }).url,

    async call(request) {
      const checked = checkUrl(request.url, { allowed, ports: request.ports ?? 'web' })
      return decoded(await answerTo(request, checked.url, reach(checked)), request.maxResponseBytes)
    },

    async download(request) {
      return download(request, outgoingHeaders(request.headers), { rules: { allowed, ports: 'web' }, reach, now })
    },

    async close() {
      closed = true
      const left = [...pools.values()].map(({ pool }) => pool)
      const all = Promise.all(left.map((pool) => pool.close()))
      await within(CLOSE_GRACE_MS, all).catch(() => Promise.all(left.map((pool) => pool.destroy())))
    },
  }
}

interface Vetted {
  addresses: LookupAddress[]
  /** The same in an order of their own, so that a resolver that shuffles them leads to the same pool. */
  set: string
  /** Whether every one lies in a range that an operator allowed. */
  allAllowed: boolean
}

function resolveBySystem(hostname: string): Promise<LookupAddress[]> {
  return lookup(hostname, { all: true })
}

/** A pool that can connect to these addresses only, whatever the name means by then. The name stays in `Host` and in TLS. */
function createPool(origin: string, addresses: LookupAddress[]): Pool {
  const pinned = new Set(addresses.map(({ address }) => canonicalAddress(address)))
  const connect = buildConnector({
    allowH2: false,
    timeout: CONNECT_TIMEOUT_MS,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    lookup: (_hostname, _options, callback) => callback(null, addresses),
  })
  return new Pool(origin, {
    connect(options, callback) {
      connect(options, (error, socket) => {
        if (error !== null) return callback(error, null)
        // Only the pinned addresses were offered. What counts is where the connection really goes.
        const { remoteAddress } = socket
        if (remoteAddress !== undefined && pinned.has(canonicalAddress(remoteAddress))) return callback(null, socket)
        socket.destroy()
        callback(remoteAddress === undefined ? new EgressError('not_sent', 'closed') : notAllowed('special_address'), null)
      })
    },
    allowH2: false,
    connections: MAX_CONNECTIONS_PER_POOL,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
    // Each request has its own time limit, of one kind and exact to the millisecond.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

function answerTo(request: CallRequest, url: URL, destination: Promise<Destination>): Promise<CallAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let receivedBytes = 0
    let answer = { status: 0, headers: {} }

    const transfer = exchange(
      destination,
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: outgoingHeaders(request.headers),
        ...(request.body !== undefined && { body: request.body }),
      },
      {
        head(status, headers) {
          answer = { status, headers }
        },
        data(chunk) {
          receivedBytes += chunk.length
          if (receivedBytes > request.maxResponseBytes) return transfer.giveUp('too_large')
          chunks.push(chunk)
        },
        end() {
          clearTimeout(timer)
          resolve({ ...answer, body: Buffer.concat(chunks) })
        },
        fail(error) {
          clearTimeout(timer)
          reject(error)
        },
      },
    )
    const timer = setTimeout(() => transfer.giveUp('timeout'), request.timeoutMs)
  })
}

/** Headers that belong to the connection, and to this client. */
const OWN_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function outgoingHeaders(given: Record<string, string> = {}): Record<string, string> {
  const theirs = Object.entries(given).map(([name, value]): [string, string] => [name.toLowerCase(), value])
  return {
    'user-agent': 'Genlock',
    ...Object.fromEntries(theirs.filter(([name]) => !OWN_HEADERS.has(name))),
    'accept-encoding': 'identity',
  }
}

/**
 * We ask for no compression, but a server may compress all the same ("identity" is a wish: RFC 9110, 12.5.3), and the
 * answer to a request that was paid for is not thrown away for that. The limit holds for what comes out.
 */
async function decoded(answer: CallAnswer, maxBytes: number): Promise<CallAnswer> {
  const encoding = answer.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '' || answer.body.length === 0) return answer
  const decode = DECODERS.get(encoding)
  if (decode === undefined) throw new EgressError('maybe_sent', 'encoding')
  try {
    return { ...answer, body: await decode(answer.body, { maxOutputLength: maxBytes }) }
  } catch (error) {
    throw new EgressError('maybe_sent', error instanceof RangeError ? 'too_large' : 'garbled')
  }
}

type Decoder = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>

const DECODERS = new Map<string, Decoder>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)],
])

/** Waits no longer than that. What was waited for goes on by itself, and its outcome is dropped. */
async function within<T>(timeoutMs: number, waited: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new EgressError('not_sent', 'timeout')), timeoutMs)
  try {
    return await Promise.race([waited, promise])
  } finally {
    clearTimeout(timer)
  }
}
