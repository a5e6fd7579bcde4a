import { BlockList, isIP } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkUrl } from './check-url.ts'
import { EgressError } from './egress-error.ts'
import { judgeAddress, parseAllowedRanges } from './judge-address.ts'

const NOTHING_ALLOWED = { allowed: [], ports: 'web' } as const

function refusal(check: () => unknown): string {
  try {
    check()
  } catch (error) {
    if (error instanceof EgressError && error.kind === 'not_allowed') return error.reason
    throw error
  }
  return 'accepted'
}

describe('the form of a URL', () => {
  it.each([
    ['http://127.0.0.1', 'special_address'],
    ['http://127.0.0.1:80/x?y', 'special_address'],
    ['http://localhost', 'local_name'],
    ['http://LOCALHOST/', 'local_name'],
    ['http://localhost.', 'malformed'],
    ['http://127.0.0.1.', 'special_address'],
    ['http://a.localhost', 'local_name'],
    ['http://printer.local', 'local_name'],
    ['http://nas.home.arpa', 'local_name'],
    ['http://comfyui', 'local_name'],
    ['http://metadata.google.internal/computeMetadata/v1/', 'local_name'],
    ['http://0', 'special_address'],
    ['http://0.0.0.0', 'special_address'],
    ['http://0x7f.1', 'special_address'],
    ['http://0x7f000001', 'special_address'],
    ['http://2130706433', 'special_address'],
    ['http://017700000001', 'special_address'],
    ['http://127.1', 'special_address'],
    ['http://10.1', 'special_address'],
    ['http://172.16.0.1', 'special_address'],
    ['http://192.168.1.1', 'special_address'],
    ['http://169.254.169.254/latest/meta-data', 'special_address'],
    ['http://100.100.100.200', 'special_address'],
    ['http://168.63.129.16', 'special_address'],
    ['http://192.0.0.192', 'special_address'],
    ['http://198.18.0.1', 'special_address'],
    ['http://192.0.2.1', 'special_address'],
    ['http://224.0.0.1', 'special_address'],
    ['http://240.0.0.1', 'special_address'],
    ['http://255.255.255.255', 'special_address'],
    ['http://[::]', 'special_address'],
    ['http://[::1]', 'special_address'],
    ['http://[0:0:0:0:0:0:0:1]', 'special_address'],
    ['http://[::127.0.0.1]', 'special_address'],
    ['http://[::ffff:127.0.0.1]', 'special_address'],
    ['http://[::ffff:169.254.169.254]', 'special_address'],
    ['http://[::ffff:a9fe:a9fe]', 'special_address'],
    ['http://[::ffff:0:169.254.169.254]', 'special_address'],
    ['http://[::ffff:93.184.216.34]', 'special_address'],
    ['http://[64:ff9b::a9fe:a9fe]', 'special_address'],
    ['http://[64:ff9b:1::a9fe:a9fe]', 'special_address'],
    ['http://[2002:a9fe:a9fe::1]', 'special_address'],
    ['http://[2001:0:4136:e378:8000:63bf:5601:5601]', 'special_address'],
    ['http://[2a00:1450:4001:800:0:5efe:10.0.0.1]', 'special_address'],
    ['http://[fd00::1]', 'special_address'],
    ['http://[fd00:ec2::254]', 'special_address'],
    ['http://[fe80::1]', 'special_address'],
    ['http://[fec0::1]', 'special_address'],
    ['http://[ff02::1]', 'special_address'],
    ['http://[100::1]', 'special_address'],
    ['http://[2001:db8::1]', 'special_address'],
    ['http://[3fff::1]', 'special_address'],
    ['http://[2001:20::1]', 'special_address'],
    ['http://[5f00::1]', 'special_address'],
    ['http://[fe80::1%25eth0]', 'malformed'],
    ['http://[fe80::1%eth0]', 'malformed'],
    ['http://a@b', 'userinfo'],
    ['http://user:secret@example.com/', 'userinfo'],
    ['http://@example.com/', 'userinfo'],
    ['http://a\\@b', 'malformed'],
    ['http://example.com\\.evil.com', 'malformed'],
    ['http:\\\\127.0.0.1', 'malformed'],
    ['http://a#@b', 'local_name'],
    ['http://example.com%00.evil.com', 'malformed'],
    ['http://example.com/%00', 'malformed'],
    ['http://example.com/\0', 'malformed'],
    ['http://%31%32%37.0.0.1', 'malformed'],
    ['http://127。0。0。1', 'malformed'],
    ['http://\uff11\uff12\uff17.0.0.1', 'malformed'],
    ['http://①②⑦.0.0.1', 'malformed'],
    ['http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', 'malformed'],
    ['http://xn--ls8h.localhost', 'local_name'],
    ['ht\ntp://127.0.0.1', 'malformed'],
    ['http://127.0.\t0.1', 'malformed'],
    ['http://example.com/\r\nHost: evil', 'malformed'],
    [' http://example.com', 'malformed'],
    ['http://example.com ', 'malformed'],
    ['http://example.com/a\u200bb', 'malformed'],
    ['http://example.com/\ud800', 'malformed'],
    ['http:example.com', 'malformed'],
    ['http:/example.com', 'malformed'],
    ['http:///example.com', 'malformed'],
    ['//example.com', 'malformed'],
    ['example.com', 'malformed'],
    ['', 'malformed'],
    ['http://', 'malformed'],
    ['http://:80', 'malformed'],
    ['http://[::1', 'malformed'],
    ['http://example.com:99999', 'malformed'],
    [`http://example.com/${'a'.repeat(9_000)}`, 'malformed'],
    ['file:///etc/passwd', 'scheme'],
    ['gopher://example.com', 'scheme'],
    ['ftp://example.com', 'scheme'],
    ['data:text/plain,x', 'scheme'],
    ['unix:/var/run/docker.sock', 'scheme'],
    ['http+unix://%2Fvar%2Frun%2Fdocker.sock', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['http://example.com:22', 'port'],
    ['http://example.com:2375', 'port'],
    ['http://example.com:6379', 'port'],
    ['http://example.com:0', 'port'],
    ['http://93.184.216.34:22', 'port'],
  ])('%j is refused: %s', (url, reason) => {
    expect(refusal(() => checkUrl(url, NOTHING_ALLOWED))).toBe(reason)
  })

  it.each([
    'http://example.com',
    'HTTPS://Example.COM/path?query=1#fragment',
    'https://example.com:8443/',
    'http://example.com:8080/',
    'https://93.184.216.34/',
    'https://[2606:4700:4700::1111]/',
    'https://xn--fiq228c.example/',
    'https://example.com/%E8%A7%86%E9%A2%91.mp4?sig=a%2Bb%3D',
    'https://example.com/视频.mp4',
    'https://bucket.s3.us-east-1.amazonaws.com/a_b/c@d?X-Amz-Signature=00',
  ])('%j is accepted', (url) => {
    expect(checkUrl(url, NOTHING_ALLOWED).url.href).toBe(new URL(url).href)
  })

  it('an operator may use any port of a public host', () => {
    expect(checkUrl('https://example.com:9443', { allowed: [], ports: 'any' }).onlyAllowed).toBeUndefined()
  })

  it('an allowed range opens its own addresses, at any port, and nothing beside them', () => {
    const rules = { allowed: parseAllowedRanges(['127.0.0.0/8', '::1/128']), ports: 'web' } as const
    expect(checkUrl('http://127.0.0.1:8188/view', rules).url.port).toBe('8188')
    expect(checkUrl('http://[::1]:8188/', rules).url.port).toBe('8188')
    expect(checkUrl('http://[::ffff:127.0.0.1]:8188/', rules).url.port).toBe('8188')
    expect(refusal(() => checkUrl('http://10.0.0.1/', rules))).toBe('special_address')
    expect(refusal(() => checkUrl('http://93.184.216.34:22/', rules))).toBe('port')
  })

  it('a local name or an odd port is left to its addresses once there is an allowed range', () => {
    const rules = { allowed: parseAllowedRanges(['172.16.0.0/12']), ports: 'web' } as const
    expect(checkUrl('http://comfyui/', rules).onlyAllowed).toBe('local_name')
    expect(checkUrl('http://example.com:8188/', rules).onlyAllowed).toBe('port')
  })
})

describe('an address', () => {
  it('carried inside another is judged as well, so allowing NAT64 does not allow the private addresses behind it', () => {
    const allowed = parseAllowedRanges(['64:ff9b::/96'])
    expect(judgeAddress('64:ff9b::808:808', allowed)).toBe('allowed')
    expect(judgeAddress('64:ff9b::a00:1', allowed)).toBe('special')
  })

  it.each(['', 'localhost', 'fe80::1%lo', '127.1', '0x7f000001', '1.2.3.4 '])('%j is not one, and special', (text) => {
    expect(judgeAddress(text, [])).toBe('special')
  })

  it('of any special-purpose range is special', () => {
    fc.assert(
      fc.property(specialAddress(), (address) => {
        expect(judgeAddress(address, [])).toBe('special')
      }),
      { numRuns: 2_000 },
    )
  })

  it('is not special without a cause', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        fc.pre(!isSpecial(address) && address !== '168.63.129.16')
        // Three small blocks of infrastructure that answer no web requests are globally reachable all the same.
        fc.pre(!/^(192\.175\.48|192\.31\.196|192\.52\.193)\./.test(address))
        expect(judgeAddress(address, [])).toBe('public')
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('no text that stands for a special address passes', () => {
  it('however the address is spelled', () => {
    fc.assert(
      fc.property(specialAddress().chain(spellings), (host) => {
        expect(refusal(() => checkUrl(`http://${host}/`, NOTHING_ALLOWED))).not.toBe('accepted')
      }),
      { numRuns: 3_000 },
    )
  })

  it('whatever surrounds or disturbs it', () => {
    const noise = fc.constantFrom('', '@', '\\', '#', '?', '/', '//', ':', '.', '%00', '%2e', '\t', '\n', ' ', '。', '0', 'a')
    const text = fc
      .tuple(fc.constantFrom('http://', 'https://', 'http:', 'http:\\\\', 'HTTP://'), noise, specialAddress().chain(spellings), noise, noise)
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (url) => {
        if (refusal(() => checkUrl(url, NOTHING_ALLOWED)) !== 'accepted') return
        const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
        expect(isSpecial(host)).toBe(false)
      }),
      { numRuns: 5_000 },
    )
  })

  it('even of texts made of anything', () => {
    const rubbish = fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' }).map((rest) => `http://${rest}`))
    fc.assert(
      fc.property(rubbish, (url) => {
        if (refusal(() => checkUrl(url, NOTHING_ALLOWED)) !== 'accepted') return
        const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
        expect(isSpecial(host)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
})

/** What the judgement is held against: the IANA special-purpose registries, written out apart from the code and its library. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
]
const SPECIAL_IPV6 = [
  '::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32',
  '2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8',
]
const SPECIAL_RANGES = [...SPECIAL_IPV4, ...SPECIAL_IPV6]
  .flatMap((line) => line.split(' '))
  .map((cidr) => {
    const [start = '', bits = ''] = cidr.split('/')
    return { start, bits: Number(bits) }
  })

/** Two lists, since one would take every IPv4 address for its v4-mapped form. */
const specialIPv4 = new BlockList()
const specialIPv6 = new BlockList()
for (const { start, bits } of SPECIAL_RANGES) {
  if (isIP(start) === 4) specialIPv4.addSubnet(start, bits, 'ipv4')
  else specialIPv6.addSubnet(start, bits, 'ipv6')
}

function isSpecial(host: string): boolean {
  return isIP(host) === 4 ? specialIPv4.check(host, 'ipv4') : isIP(host) === 6 && specialIPv6.check(host, 'ipv6')
}

/** An address anywhere in any special range. */
function specialAddress(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...SPECIAL_RANGES), fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }))
    .map(([{ start, bits }, random]) => {
      const width = isIP(start) === 4 ? 32 : 128
      const free = BigInt(width - bits)
      const number = toNumber(start) | (random & ((1n << free) - 1n))
      return width === 32 ? dotted(number) : words(number).join(':')
    })
}

/** Ways of writing an address in a URL. */
function spellings(address: string): fc.Arbitrary<string> {
  const number = toNumber(address)
  if (isIP(address) === 6) {
    const mixed = `${words(number).slice(0, 6).join(':')}:${dotted(number & 0xffffffffn)}`
    return fc.constantFrom(`[${address}]`, `[${mixed}]`, `[${address.toUpperCase()}]`, new URL(`http://[${address}]`).hostname)
  }
  const octets = address.split('.').map(Number)
  const rest = number & 0xffffffn
  return fc.constantFrom(
    address,
    `${address}.`,
    `${number}`,
    `0x${number.toString(16)}`,
    `0${number.toString(8)}`,
    `${octets[0]}.${rest}`,
    `0x${(octets[0] ?? 0).toString(16)}.${rest}`,
    octets.map((octet) => `0${octet.toString(8)}`).join('.'),
    octets.map((octet) => `0X${octet.toString(16)}`).join('.'),
    octets.map((octet) => `%3${String(octet).charAt(0)}${String(octet).slice(1)}`).join('.'),
    octets.join('。'),
    `[::ffff:${address}]`,
    `[::${address}]`,
    `[64:ff9b::${address}]`,
    `[2002:${words(number).slice(6).join(':')}::]`,
  )
}

function toNumber(address: string): bigint {
  if (isIP(address) === 4) return address.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)
  // The ranges above and the addresses made of them are written either whole or with `::`, never with dots.
  const [left = '', right = ''] = address.split('::')
  const [before = [], after = []] = [left, right].map((side) => side.split(':').filter((part) => part !== ''))
  const gap = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...gap, ...after].reduce((sum, word) => sum * 65_536n + BigInt(`0x${word}`), 0n)
}

function dotted(number: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.')
}

function words(number: bigint): string[] {
  return [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((number >> shift) & 0xffffn).toString(16))
}
