import { EgressError, type EgressErrorReason } from './egress-error.ts'
import { judgeAddress, type AllowedRange } from './judge-address.ts'

/** A URL whose form is in order. Where its name leads is not known yet. */
export interface CheckedUrl {
  url: URL
  /** The host without the brackets of IPv6. */
  hostname: string
  /** Set when only addresses the operator allowed may be reached by it, and why: its port or its name. */
  onlyAllowed?: EgressErrorReason
}

export interface UrlRules {
  allowed: readonly AllowedRange[]
  /** `web`: the usual ports. `any`: whatever the URL says, for addresses that an operator typed. */
  ports: 'web' | 'any'
}

/** Long enough for a presigned URL with a session token (about 2,000 characters). */
const MAX_URL_CHARS = 8_192

/** Default ports, where `URL.port` is empty, and the two customary others. */
const WEB_PORTS = new Set(['', '80', '443', '8080', '8443'])

/**
 * Checks the form of a URL without asking anyone, and throws an `EgressError` of the kind `not_allowed`.
 * Names still have to be resolved and their addresses judged; an address written out is judged here.
 */
export function checkUrl(raw: string, { allowed, ports }: UrlRules): CheckedUrl {
  const url = parse(raw)
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const onlyAllowed = reasonToBeAllowed(url, ports)

  if (isLiteral(url.hostname)) {
    const judgement = judgeAddress(hostname, allowed)
    if (judgement === 'special') throw notAllowed('special_address')
    if (judgement === 'public' && onlyAllowed !== undefined) throw notAllowed(onlyAllowed)
  } else if (onlyAllowed !== undefined && allowed.length === 0) {
    throw notAllowed(onlyAllowed)
  }
  return { url, hostname, ...(onlyAllowed !== undefined && { onlyAllowed }) }
}

export function notAllowed(reason: EgressErrorReason): EgressError {
  return new EgressError('not_allowed', reason)
}

/**
 * The WHATWG parser repairs what it reads: it drops tabs and line ends, turns `\` into `/`, decodes `%31` in a host and
 * maps `。` to a dot. What one reader repairs another reads otherwise, so nothing that needs repair is accepted: the
 * text must already have the form that was meant.
 */
function parse(raw: string): URL {
  if (raw.length > MAX_URL_CHARS || DISGUISES.test(raw)) throw notAllowed('malformed')
  const [, scheme, authority] = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?/i.exec(raw) ?? []
  if (scheme === undefined) throw notAllowed('malformed')
  if (!/^https?$/i.test(scheme)) throw notAllowed('scheme')
  if (authority?.includes('@')) throw notAllowed('userinfo')
  if (authority === undefined || !AUTHORITY.test(authority) || !URL.canParse(raw)) throw notAllowed('malformed')
  const url = new URL(raw)
  if (url.hostname.endsWith('.')) throw notAllowed('malformed')
  return url
}

/** Controls, every kind of white space, invisible characters, half surrogate pairs, the backslash, and an encoded NUL. */
const DISGUISES = /[\p{C}\p{Z}\\]|%00/u

/** A name in ASCII (others are written in punycode) or an address, and a port. No `%`, so no zones either. */
const AUTHORITY = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i

function isLiteral(hostname: string): boolean {
  // After parsing, every spelling of an IPv4 address is four decimal numbers, and no name may end in a number.
  return hostname.startsWith('[') || /^[0-9.]+$/.test(hostname)
}

function reasonToBeAllowed(url: URL, ports: 'web' | 'any'): EgressErrorReason | undefined {
  if (url.port === '0') return 'port'
  if (!isLiteral(url.hostname) && LOCAL_NAME.test(url.hostname)) return 'local_name'
  if (ports === 'web' && !WEB_PORTS.has(url.port)) return 'port'
  return undefined
}

/**
 * Names that mean a machine nearby: a single label (`comfyui` in a container network), and the endings reserved for it
 * by RFC 6761, 6762, 8375, 7686 and ICANN's `.internal` (2024-07-29), with those that routers use.
 */
const LOCAL_NAME = /^[^.]+$|\.(?:localhost|local|localdomain|internal|intranet|lan|home\.arpa|onion)$/
