import { z } from 'zod'
import type { Dialect, DialectRoute } from '../../src/dialects/index.ts'
import type { DialectSample, WireRequest } from './sample.ts'

/** A request to be sent as it stands; the body may be anything. */
export interface RandomRequest {
  method: string
  path: string
  contentType: string
  /** Those that the dialect's own clients send beside it. */
  headers: Record<string, string>
  body: Buffer
}

/** The same requests for the same seed. */
export interface Random {
  /** From 0 up to, but not including, `below`. */
  integer(below: number): number
  oneOf<T>(items: readonly T[]): T
}

/** mulberry32: 32 bits of state, quick, and good enough to be nasty with. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (below: number): number => Math.floor(next() * below)
  return { integer, oneOf: (items) => items[integer(items.length)]! }
}

/** Makes requests for the routes of a dialect that take a body: from good bodies and from its schemas, and broken bytes. */
export class RandomRequests {
  readonly #routes: DialectRoute[]
  readonly #good: Map<DialectRoute, Record<string, unknown>[]>
  readonly #names: string[]
  /** Of routes where the query says what the body is, as the sample's requests have it. */
  readonly #queries: Map<DialectRoute, string[]>
  readonly #headers: Record<string, string>

  constructor(dialect: Dialect, sample: DialectSample) {
    const writing = dialect.routes.filter(({ method }) => method !== 'GET')
    // Bodies are what this is about; the others are tried now and then.
    this.#routes = [...writing, ...Array.from({ length: 3 }, () => writing.filter(({ body }) => body !== undefined)).flat()]
    this.#headers = sample.create('A cat').headers ?? {}
    const requests = [sample.create('A cat'), sample.wrong.request]
    const seeds = requests.map(fieldsOf)
    const addresses = [...requests, ...(sample.read ? [sample.read('vid_a')] : [])].map(({ method, path }) => ({ method, url: new URL(path, 'http://localhost') }))
    this.#queries = new Map(this.#routes.map((route) => [route, addresses.flatMap(({ method, url }) => (method === route.method && url.search !== '' && url.pathname.replace(/\/$/, '') === route.path ? [url.search] : []))]))
    this.#good = new Map(this.#routes.map((route) => [route, [...seeds, ...Object.values(route.examples ?? {})]]))
    this.#names = [...new Set([...seeds.flatMap(namesIn), ...this.#routes.flatMap(({ body }) => (body ? schemaNames(body) : [])), ...STRANGE_NAMES])]
  }

  next(random: Random): RandomRequest {
    const route = random.oneOf(this.#routes)
    const queries = this.#queries.get(route)!
    const query = queries.length > 0 && random.integer(10) > 0 ? random.oneOf(queries) : ''
    const path = route.path.replaceAll(/:\w+|\*/g, () => encodeURIComponent(random.oneOf(PATH_PARTS))) + query
    const fields = this.#mutated(random.oneOf(this.#good.get(route)!), random)
    if (random.integer(5) === 0) return { method: route.method, path, headers: this.#headers, ...formOf(fields, random) }
    const json = Buffer.from(JSON.stringify(fields) ?? 'null')
    return { method: route.method, path, headers: this.#headers, contentType: random.integer(30) === 0 ? random.oneOf(CONTENT_TYPES) : 'application/json', body: random.integer(4) === 0 ? broken(json, random) : json }
  }

  /** A copy with up to four places replaced, removed, added, wrapped or doubled. */
  #mutated(fields: Record<string, unknown>, random: Random): unknown {
    const copy = structuredClone(fields)
    for (let change = random.integer(5); change > 0; change -= 1) this.#change(copy, random)
    return random.integer(200) === 0 ? random.oneOf<unknown>([[copy], null, 1, 'text', [], true]) : copy
  }

  #change(holder: Record<string, unknown> | unknown[], random: Random): void {
    const keys = Object.keys(holder)
    const key = keys.length > 0 && (Array.isArray(holder) || random.integer(3) > 0) ? random.oneOf(keys) : Array.isArray(holder) ? '0' : random.oneOf(this.#names)
    const at = holder as Record<string, unknown>
    const value = Object.hasOwn(at, key) ? at[key] : undefined
    if (typeof value === 'object' && value !== null && random.integer(2) === 0) return this.#change(value as Record<string, unknown>, random)
    switch (random.integer(8)) {
      case 0:
        if (!Array.isArray(holder)) delete at[key]
        break
      case 1:
        define(at, key, [value])
        break
      case 2:
        define(at, key, { [random.oneOf(this.#names)]: value, url: value })
        break
      case 3:
        define(at, key, JSON.stringify(value) ?? '')
        break
      default:
        define(at, key, random.oneOf(STRANGE_VALUES)(random))
    }
  }
}

/** `__proto__` too, as JSON.parse makes it: an own member. */
function define(holder: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

function fieldsOf({ json, form }: WireRequest): Record<string, unknown> {
  if (json !== undefined) return json as Record<string, unknown>
  return form ? Object.fromEntries([...form()].filter(([, value]) => typeof value === 'string')) : {}
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)])
}

/** Every property's name in a schema, however deep. */
function schemaNames(schema: z.ZodType): string[] {
  const names = new Set<string>()
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit)
    else if (typeof node === 'object' && node !== null) {
      for (const name of Object.keys((node as { properties?: object }).properties ?? {})) names.add(name)
      Object.values(node).forEach(visit)
    }
  }
  visit(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
  return [...names]
}

const STRANGE_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', '', '\u0000', 'ключ', '名'.repeat(40), 'balance', 'account_id', '$where', '0', '-1', 'length']

const PATH_PARTS = ['vid_0000000000000000000000', 'img_0', 'x', '..', '%', '%2e%2e%2f', 'sora-2', 'seedance-1.0-pro-fast', 'gpt-image-1', 'no-such-model', 'a'.repeat(200), 'a:b', 'a:predictLongRunning', "' or 1=1 --", '\u202e', '1e999', 'undefined', 'null', 'true']

const CONTENT_TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'application/octet-stream', 'multipart/form-data', 'multipart/form-data; boundary=', 'APPLICATION/JSON', 'application/json;charset=utf-8', 'a/b', '*/*']

const STRANGE_VALUES: ((random: Random) => unknown)[] = [
  () => null,
  () => '',
  () => ' ',
  () => true,
  () => false,
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e308,
  () => 2 ** 53,
  () => -(2 ** 63),
  () => 'NaN',
  // A word that every plain object seems to know.
  () => 'constructor',
  () => '4',
  () => '16x9',
  () => '99999x99999',
  () => '1280x720',
  () => 'auto',
  () => '@Image1 @Video9 @Audio0',
  () => 'x'.repeat(33_000),
  () => '\u0000',
  () => '\ud800',
  () => '\u202e\u200b\ufeff',
  () => '😀'.repeat(500),
  () => "'; drop table task; --",
  () => '${process.env}',
  () => '[[busy]]',
  () => 'http://127.0.0.1:1/x.png',
  () => 'http://169.254.169.254/latest/meta-data',
  () => 'http://[::1]/',
  () => 'https://user:pass@example.com/a.png',
  () => 'https://example.com/a.png',
  () => 'file:///etc/passwd',
  () => 'javascript:alert(1)',
  () => 'data:image/png;base64,',
  () => 'data:image/png;base64,AAAA',
  () => 'data:text/html;base64,PGh0bWw+',
  () => PICTURE,
  () => 'vid_0000000000000000000000',
  () => 'upl_0000000000000000000000',
  () => [],
  () => ({}),
  () => [null],
  () => [[[[[[]]]]]],
  () => nested(100),
  () => Array.from({ length: 300 }, (_, index) => index),
  () => Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`k${index}`, index])),
  (random) => random.integer(2 ** 31),
  (random) => random.integer(1000) / 7,
  (random) => String.fromCharCode(...Array.from({ length: 1 + random.integer(30) }, () => random.integer(65_536))),
  // A picture of a megabyte or so that is none; rarely, since each costs its length.
  (random) => (random.integer(40) === 0 ? `data:image/png;base64,${'iVBORw0KGgo'.repeat(100_000)}` : 'x'),
]

const PICTURE = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** The same bytes with a few changed, cut off, doubled, or replaced altogether. */
function broken(bytes: Buffer, random: Random): Buffer {
  switch (random.integer(5)) {
    case 0:
      return bytes.subarray(0, random.integer(bytes.length + 1))
    case 1:
      return Buffer.concat([bytes, bytes])
    case 2:
      return Buffer.from(Array.from({ length: random.integer(300) }, () => random.integer(256)))
    default: {
      const copy = Buffer.from(bytes)
      for (let change = 1 + random.integer(8); change > 0 && copy.length > 0; change -= 1) copy[random.integer(copy.length)] = random.integer(256)
      return copy
    }
  }
}

function formOf(fields: unknown, random: Random): Pick<RandomRequest, 'contentType' | 'body'> {
  const boundary = 'genlock-random'
  const parts: Buffer[] = []
  const entries = typeof fields === 'object' && fields !== null ? Object.entries(fields) : []
  for (const [name, value] of entries) {
    const isFile = random.integer(6) === 0
    const disposition = `form-data; name="${name.replaceAll(/["\r\n]/g, '')}"${isFile ? '; filename="a.png"' : ''}`
    const content = isFile ? Buffer.from(random.oneOf([PICTURE.slice(22), '', 'AAAA']), 'base64') : Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
    parts.push(Buffer.from(`--${boundary}\r\ncontent-disposition: ${disposition}\r\n\r\n`), content, Buffer.from('\r\n'))
  }
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: random.integer(4) === 0 ? broken(body, random) : body }
}
