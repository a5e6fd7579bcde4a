import { UpstreamError } from '../core/errors.ts'
import type { ResultRole, ResultSource, UpstreamResponse } from './provider.ts'

/** What a vendor said of its refusal, in whatever envelope it has. */
export interface VendorError {
  code?: string | undefined
  message?: string | undefined
}

/**
 * What an answer other than success means when the vendor's own code does not say more. It errs to the safe side:
 * whatever might have passed on the request before it failed (5xx, 408) is `lost`, never "not accepted".
 */
export function errorByStatus(response: UpstreamResponse, vendor: VendorError = {}): UpstreamError {
  const { status } = response
  const details = { httpStatus: status, ...(vendor.code !== undefined && { upstreamCode: vendor.code }) }
  const message = callerMessage(vendor.message, `The upstream answered with HTTP status ${status}`)

  if (status >= 200 && status < 300) return new UpstreamError('garbled', 'The upstream gave an answer that cannot be read', details)
  if (status >= 500 || status === 408 || status < 200) return new UpstreamError('lost', message, details)
  switch (status) {
    case 401:
    case 402:
    case 403:
      return new UpstreamError('credential', message, details)
    case 425:
    case 429: {
      const retryAfter = retryAfterSeconds(response)
      return new UpstreamError('busy', message, { ...details, ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }) })
    }
    case 404:
      // Without the vendor's envelope it says that the address is wrong, not that the job is gone.
      return new UpstreamError('refused', message, { ...details, code: isVendorBody(response) ? 'not_found' : 'upstream_failed' })
    case 413:
    case 415:
      return new UpstreamError('refused', message, { ...details, code: 'unsupported_media' })
    case 400:
    case 422:
      return new UpstreamError('refused', message, { ...details, code: 'invalid_request' })
    default:
      return new UpstreamError('refused', message, details)
  }
}

/** An hour: whoever asks for more gets asked again after it. */
const MAX_RETRY_AFTER_SECONDS = 3600

/**
 * `Retry-After` in whole seconds (RFC 9110, 10.2.3: seconds or a date), at least 1. A date is measured by the
 * answer's own `Date`, so neither clock has to be right.
 */
export function retryAfterSeconds(response: Pick<UpstreamResponse, 'headers'>): number | undefined {
  const value = response.headers['retry-after']?.trim()
  if (value === undefined || value === '') return undefined
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.parse(response.headers['date'] ?? '')) / 1000
  return Number.isFinite(seconds) ? Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(seconds))) : undefined
}

const MAX_MESSAGE_CHARACTERS = 300

/** Of what a vendor may say that is looked at: patterns take their time over a whole megabyte. */
const MAX_READ_CHARACTERS = 2_000

/**
 * A vendor's sentence made fit for the caller: one line, of bounded length, without request ids, addresses, keys,
 * account numbers or names of the operator's endpoints. `fallback` when nothing is left.
 */
export function callerMessage(message: unknown, fallback: string): string {
  if (typeof message !== 'string') return fallback
  const clean = NOT_FOR_CALLERS.reduce((text, [pattern, instead]) => text.replace(pattern, instead), message.slice(0, MAX_READ_CHARACTERS))
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .replace(/(?:\s*[,;:(])+\s*$/u, '')
    .trim()
  if (clean === '') return fallback
  const characters = [...clean]
  return characters.length <= MAX_MESSAGE_CHARACTERS ? clean : `${characters.slice(0, MAX_MESSAGE_CHARACTERS - 1).join('')}…`
}

const NOT_FOR_CALLERS: readonly (readonly [RegExp, string])[] = [
  [/[([]?\b(?:request|trace|log)[ _-]?id\b["']?\s*[:=]?\s*["']?[\w-]+["']?[)\]]?/gi, ''],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, '(address)'],
  [/\bdata:[\w/+.-]+;base64,[\w+/=]*/gi, '(data)'],
  [/\bBearer\s+[\w.~+/=-]+/gi, '(key)'],
  [/\b(?:sk|ak|ark|pk|key)[-_][\w-]{8,}/gi, '(key)'],
  [/\bep-[\w-]{4,}/g, '(endpoint)'],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '(id)'],
  // Account numbers; no limit in bytes, pixels or characters that a vendor names has ten digits.
  [/\b\d{10,}\b/g, '(id)'],
  [/\b(?=\w*\d)(?=\w*[a-z])\w{24,}\b/gi, '(id)'],
]

/** Of an address, enough to see what a data URI holds: it may go on for megabytes. */
const DATA_URI_HEAD_CHARACTERS = 200

/** A result at the address that was named: some upstreams give the bytes themselves, as a data URI. */
export function resultAt(url: string, role: ResultRole = 'output'): ResultSource {
  const head = /^data:[^,]*;base64,/.exec(url.slice(0, DATA_URI_HEAD_CHARACTERS))?.[0]
  return head === undefined ? { kind: 'url', url, role } : { kind: 'bytes', base64: url.slice(head.length), role }
}

/** Whether the body is JSON of the kind that an API answers with, and no page of a proxy. */
function isVendorBody(response: UpstreamResponse): boolean {
  return typeof response.json === 'object' && response.json !== null
}
