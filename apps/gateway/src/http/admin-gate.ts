import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/clock.ts'
import { GatewayError } from '../core/errors.ts'
import { sha256Hex } from '../core/secrets.ts'

/** Wrong tokens from one address in a minute, before it has to wait, whatever it sends. */
const MAX_FAILURES_PER_MINUTE = 20
const MINUTE_MS = 60_000
const MAX_ADDRESSES = 10_000
/** Of the token's hash: who it was, for the audit. */
const ACTOR_CHARACTERS = 8

/** Lets in who has the operator's token, and nobody else. */
export class AdminGate {
  readonly #tokenHash: string
  readonly #clock: Clock
  readonly #failures = new LRUCache<string, { count: number; sinceMs: number }>({ max: MAX_ADDRESSES })
  /** Who is let in, for the audit. */
  readonly actor: string

  constructor({ token, clock }: { token: string; clock: Clock }) {
    this.#tokenHash = sha256Hex(token)
    this.#clock = clock
    this.actor = `token:${this.#tokenHash.slice(0, ACTOR_CHARACTERS)}`
  }

  /** @throws GatewayError `unauthorized`; `rate_limited` for an address that guesses. */
  admit({ headers, ip }: Pick<FastifyRequest, 'headers' | 'ip'>): void {
    this.#refuseGuesser(ip)
    const presented = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '')?.[1]
    if (presented !== undefined && timingSafeEqual(Buffer.from(sha256Hex(presented)), Buffer.from(this.#tokenHash))) return
    if (presented !== undefined) this.#countFailure(ip)
    throw new GatewayError('unauthorized', 'The admin token is needed: send it as "Authorization: Bearer <token>".')
  }

  #refuseGuesser(address: string): void {
    const failures = this.#failures.get(address)
    if (!failures || failures.count < MAX_FAILURES_PER_MINUTE) return
    const waitMs = failures.sinceMs + MINUTE_MS - this.#clock.nowMs()
    if (waitMs > 0) throw new GatewayError('rate_limited', 'Too many wrong admin tokens from this address.', { retryAfterSeconds: Math.ceil(waitMs / 1000) })
    this.#failures.delete(address)
  }

  #countFailure(address: string): void {
    const nowMs = this.#clock.nowMs()
    const failures = this.#failures.get(address)
    if (failures && nowMs - failures.sinceMs < MINUTE_MS) failures.count += 1
    else this.#failures.set(address, { count: 1, sinceMs: nowMs })
  }
}
