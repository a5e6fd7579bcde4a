/**
 * What happened to the request, as far as money is concerned:
 *
 * - `not_allowed`: the address is refused. Nothing was connected to.
 * - `not_sent`: certainly no byte of the request reached the other side. Trying elsewhere costs nothing.
 * - `maybe_sent`: writing had begun. The other side may have read it and acted on it.
 * - `limit`: a download went over one of its limits. Only downloads fail in this way: an API call whose answer is too
 *   large or too late was sent, and is `maybe_sent`.
 */
export type EgressErrorKind = 'not_allowed' | 'not_sent' | 'maybe_sent' | 'limit'

/** One word for each way in which a request can fail. */
export type EgressErrorReason =
  // not_allowed
  | 'malformed'
  | 'scheme'
  | 'userinfo'
  | 'port'
  | 'local_name'
  | 'special_address'
  | 'downgrade'
  | 'too_many_redirects'
  // not_sent
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'tls'
  | 'busy'
  // not_sent or maybe_sent
  | 'timeout'
  | 'aborted'
  | 'closed'
  // maybe_sent
  | 'reset'
  | 'garbled'
  // maybe_sent or limit
  | 'too_large'
  | 'encoding'
  | 'length_mismatch'
  // limit
  | 'too_slow'
  | 'idle'

/**
 * A request that left, or did not, and has no answer.
 *
 * It keeps no `cause` on purpose: the errors below it carry addresses and pieces of the answer, and this one may be
 * logged or shown. `code` is the system's own word for it (`ECONNREFUSED`), where there is one.
 */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly kind: EgressErrorKind
  readonly reason: EgressErrorReason
  readonly code: string | undefined

  constructor(kind: EgressErrorKind, reason: EgressErrorReason, code?: string) {
    super(code === undefined ? `${kind}: ${reason}` : `${kind}: ${reason} (${code})`)
    this.kind = kind
    this.reason = reason
    this.code = code
  }
}
