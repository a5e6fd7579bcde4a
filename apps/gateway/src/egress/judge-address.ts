import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** A range of addresses an operator allows although it is special. */
export type AllowedRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/**
 * - `allowed`: within a range the operator named.
 * - `public`: an ordinary address of the Internet.
 * - `special`: everything else; never to be connected to.
 */
export type Judgement = 'allowed' | 'public' | 'special'

/** Reads ranges such as `127.0.0.0/8` or `fd00::/8`. Throws on one that cannot be read. */
export function parseAllowedRanges(cidrs: readonly string[]): AllowedRange[] {
  return cidrs.map((cidr) => ipaddr.parseCIDR(cidr))
}

/**
 * Judges one address as a resolver or a socket writes it: `203.0.113.7`, `2001:db8::1`.
 * An IPv4 address carried inside an IPv6 one is judged too: a gateway on the way may unwrap it.
 */
export function judgeAddress(text: string, allowed: readonly AllowedRange[]): Judgement {
  // A zone (`fe80::1%eth0`) names an interface of this machine: nothing public has one.
  if (isIP(text) === 0 || text.includes('%')) return 'special'
  return judge(ipaddr.parse(text), allowed)
}

/** One spelling for each address, so that two can be compared. */
export function canonicalAddress(text: string): string {
  return ipaddr.process(text).toNormalizedString()
}

function judge(address: ipaddr.IPv4 | ipaddr.IPv6, allowed: readonly AllowedRange[]): Judgement {
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    // The same address in other clothes. Nobody who means a public one well writes it so.
    return judge(address.toIPv4Address(), allowed) === 'allowed' ? 'allowed' : 'special'
  }
  const carried = address instanceof ipaddr.IPv6 ? carriedIPv4(address) : undefined
  if (carried !== undefined && judge(carried, allowed) === 'special') return 'special'
  if (allowed.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))) return 'allowed'
  return isPublic(address) ? 'public' : 'special'
}

/**
 * `unicast` is what ipaddr.js says of an address in none of the special ranges it knows. That is not enough for IPv6:
 * it says so of `::7f00:1` too. So the address must lie in the one block that is given out as global unicast as well:
 * 2000::/3 (IANA, Internet Protocol Version 6 Address Space).
 */
function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false
  if (address instanceof ipaddr.IPv6) return address.match(GLOBAL_UNICAST)
  return !address.match(AZURE_HOST)
}

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** A public address by number, but in Azure it is the machine's own host, with its agent and its certificates. */
const AZURE_HOST = ipaddr.IPv4.parseCIDR('168.63.129.16/32')

/** The IPv4 address that a router or a tunnel would take out of an IPv6 address. */
function carriedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const [a = 0, b = 0, c = 0, , e = 0, f = 0, high = 0, low = 0] = address.parts
  const lastFour = (): ipaddr.IPv4 => fromWords(high, low)

  if (a === 0x2002) return fromWords(b, c) // 6to4, RFC 3056
  if (a === 0x2001 && b === 0) return fromWords(high ^ 0xffff, low ^ 0xffff) // Teredo, RFC 4380: the client, inverted
  if (a === 0x64 && b === 0xff9b) return lastFour() // NAT64, RFC 6052 and (as a /96 below it) RFC 8215
  if ((e === 0 || e === 0x200) && f === 0x5efe) return lastFour() // ISATAP, RFC 5214, under any prefix
  if (address.match(TRANSLATED)) return lastFour()
  // `::` and `::1` are not IPv4-compatible addresses.
  if (address.match(COMPATIBLE) && high !== 0) return lastFour()
  return undefined
}

const COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96') // RFC 4291, 2.5.5.1
const TRANSLATED = ipaddr.IPv6.parseCIDR('::ffff:0:0:0/96') // RFC 2765

function fromWords(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff])
}
