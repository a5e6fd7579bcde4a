import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { GatewayError } from '../core/errors.ts'
import type { BodyLimits } from './request-body.ts'

/**
 * A body of this size is read in steps, so that a picture of 20 MB in a data URI does not hold everybody else up: read
 * in one go, a body of 22 MB stopped the event loop for 300 ms.
 */
const SMALL_BYTES = 256 * 1024
/** About 3 ms of looking. */
const STEP_BYTES = 1024 * 1024
/** Text of this length and more is taken out before the parser sees the body, and put back after. */
const LONG_TEXT_BYTES = 64 * 1024

/** JSON of bytes whose shape is bounded before anything is built from them. @throws GatewayError `invalid_request`, `too_large`. */
export async function parseJson(bytes: Buffer, limits: BodyLimits): Promise<unknown> {
  const look = new ShapeLook(bytes, limits)
  if (bytes.length <= SMALL_BYTES) {
    look.upTo(bytes.length)
    return parse(bytes)
  }
  for (let end = STEP_BYTES; end < bytes.length + STEP_BYTES; end += STEP_BYTES) {
    look.upTo(Math.min(end, bytes.length))
    await turn()
  }
  return parseWithLongTexts(bytes, look.longTexts)
}

function parse(bytes: Uint8Array): unknown {
  try {
    // Fatal: refuses what is not UTF-8. It also strips a byte order mark, which JSON.parse does not know.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new GatewayError('invalid_request', 'the body is not JSON', { cause: error })
  }
}

/** Where a text stands, without its quotes. */
interface Span {
  start: number
  end: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SPACE = 0x20
const DELETE = 0x7f

/**
 * Refuses what would take far more memory parsed than it takes as text: deep nesting and great numbers of values.
 * One pass, about 3 ns a byte whatever the bytes are; jumping from quote to quote by `indexOf` took a minute over 28 MB
 * of backslashes. Whether it is JSON at all is for the parser to say. On the way it finds the long texts that are
 * printable ASCII without escapes, which is what base64 is.
 */
class ShapeLook {
  readonly longTexts: Span[] = []
  readonly #bytes: Buffer
  readonly #limits: BodyLimits
  #index = 0
  #depth = 0
  #values = 1
  #textStart = -1
  #plain = true

  constructor(bytes: Buffer, limits: BodyLimits) {
    this.#bytes = bytes
    this.#limits = limits
  }

  upTo(end: number): void {
    const bytes = this.#bytes
    let index = this.#index
    let textStart = this.#textStart
    let plain = this.#plain
    for (; index < end; index++) {
      const byte = bytes[index]!
      if (textStart >= 0) {
        if (byte === QUOTE) {
          if (plain && index - textStart >= LONG_TEXT_BYTES) this.longTexts.push({ start: textStart, end: index })
          textStart = -1
        } else if (byte === BACKSLASH) {
          plain = false
          index++
        } else if (byte < SPACE || byte >= DELETE) plain = false
      } else if (byte === QUOTE) {
        textStart = index + 1
        plain = true
      } else if (byte === COMMA) this.#count()
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        if (++this.#depth > this.#limits.maxDepth) throw new GatewayError('invalid_request', `the body is nested more than ${this.#limits.maxDepth} deep`)
        this.#count()
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.#depth--
    }
    this.#index = index
    this.#textStart = textStart
    this.#plain = plain
  }

  #count(): void {
    if (++this.#values > this.#limits.maxValues) throw new GatewayError('too_large', `the body holds more than ${this.#limits.maxValues} values`)
  }
}

/** Parses the body with a short text in place of each long one, and puts those in afterwards. */
function parseWithLongTexts(bytes: Buffer, spans: readonly Span[]): unknown {
  if (spans.length === 0) return parse(bytes)
  // Nobody can guess it, so nothing that a client says looks like it.
  const mark = randomUUID()
  const texts = new Map(spans.map(({ start, end }, number) => [`${mark}-${number}`, () => bytes.toString('latin1', start, end)]))
  const pieces: Buffer[] = []
  let from = 0
  for (const [number, { start, end }] of spans.entries()) {
    pieces.push(bytes.subarray(from, start), Buffer.from(`${mark}-${number}`))
    from = end
  }
  pieces.push(bytes.subarray(from))
  return withTexts(parse(Buffer.concat(pieces)), texts)
}

function withTexts(value: unknown, texts: ReadonlyMap<string, () => string>): unknown {
  if (typeof value === 'string') return texts.get(value)?.() ?? value
  if (Array.isArray(value)) return value.map((item) => withTexts(item, texts))
  if (typeof value !== 'object' || value === null) return value
  for (const [name, member] of Object.entries(value)) {
    if (texts.has(name)) throw new GatewayError('invalid_request', `a name in the body is longer than ${LONG_TEXT_BYTES} characters`)
    // On the parser's own object: `__proto__` stays a member, and is judged later.
    Object.defineProperty(value, name, { value: withTexts(member, texts), enumerable: true, configurable: true, writable: true })
  }
  return value
}
