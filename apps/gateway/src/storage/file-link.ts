import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a link to a stored file says. */
export interface FileLink {
  /** Which file: an id of ours and perhaps a number, such as `vid_abc-0`. Lower-case letters, digits, `_` and `-`. */
  subject: string
  /** Without the dot. */
  extension: string
  /** After this the link is dead. Whole seconds; a fraction is rounded up. */
  expiresAtMs: number
}

/** subject - expiry in seconds, base 36 - signature in hex . extension */
const NAME = /^([a-z0-9][a-z0-9_-]{0,79})-([0-9a-z]{1,9})-([0-9a-f]{32})\.([a-z0-9]{1,8})$/
const MAX_NAME_LENGTH = 140
const MIN_SECRET_BYTES = 32

/**
 * The name under which a file may be fetched without a key, for `GET /v1/files/{name}`: `vid_abc-0-<expiry>-<signature>.mp4`.
 * One path segment that ends in the extension, as players and no-code tools expect; lower case only, as some of them fold it.
 * The signature is the first 128 bits of an HMAC-SHA256 over everything else in the name.
 */
export function signFileName({ subject, extension, expiresAtMs }: FileLink, secret: Uint8Array | string): string {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) throw new Error(`The secret for file links needs ${MIN_SECRET_BYTES} bytes.`)
  const name = nameOf(subject, extension, Math.ceil(expiresAtMs / 1_000), secret)
  if (!NAME.test(name)) throw new Error(`No link can be made for ${JSON.stringify({ subject, extension, expiresAtMs })}.`)
  return name
}

/** `undefined` for a name we did not make, one that was changed, and one whose time is over: a stranger learns no difference. */
export function readFileName(name: string, secret: Uint8Array | string, nowMs: number): FileLink | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined
  const [, subject, expiry, , extension] = NAME.exec(name) ?? []
  if (subject === undefined || expiry === undefined || extension === undefined) return undefined
  const expiresAtSeconds = Number.parseInt(expiry, 36)
  // Made anew and compared whole, so that there is one spelling of each link.
  const expected = nameOf(subject, extension, expiresAtSeconds, secret)
  if (!equal(name, expected)) return undefined
  const expiresAtMs = expiresAtSeconds * 1_000
  return expiresAtMs > nowMs ? { subject, extension, expiresAtMs } : undefined
}

function nameOf(subject: string, extension: string, expiresAtSeconds: number, secret: Uint8Array | string): string {
  const expiry = expiresAtSeconds.toString(36)
  // The first line keeps this use of the secret apart from any other; none of the parts can hold a line break.
  const signature = createHmac('sha256', secret).update(`genlock file link\n${subject}\n${expiry}\n${extension}`).digest('hex').slice(0, 32)
  return `${subject}-${expiry}-${signature}.${extension}`
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
