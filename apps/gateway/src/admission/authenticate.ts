import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import type { Clock } from '../core/clock.ts'
import { GatewayError } from '../core/errors.ts'
import { keyedHash } from '../core/secrets.ts'
import { findKeyByHash, type ApiKey } from '../db/api-key.ts'

export type { ApiKey }

/** A revoked key stops working within this time everywhere; for creates at once, the database looks again. */
const TRUST_MS = 2_000
const MAX_KEYS = 10_000
const MAX_KEY_CHARACTERS = 512
/** Wrong keys from one address in a minute, before it has to wait. */
const MAX_FAILURES_PER_MINUTE = 60
const MINUTE_MS = 60_000

interface Known {
  key: ApiKey
  readAtMs: number
}

/** Finds out whose key a request carries. */
export class Authenticator {
  readonly #pool: pg.Pool
  readonly #hashKey: Buffer
  readonly #clock: Clock
  /** By the key as presented, so that the hot path hashes nothing. */
  readonly #known = new LRUCache<string, Known>({ max: MAX_KEYS })
  /** Keys that are none, and until when that is believed; apart, so that a flood of them does not drive out the others. */
  readonly #wrong = new LRUCache<string, number>({ max: MAX_KEYS })
  readonly #failures = new LRUCache<string, { count: number; sinceMs: number }>({ max: MAX_KEYS })
  readonly #asked = new Map<string, Promise<ApiKey | undefined>>()

  constructor({ pool, hashKey, clock }: { pool: pg.Pool; hashKey: Buffer; clock: Clock }) {
    this.#pool = pool
    this.#hashKey = hashKey
    this.#clock = clock
  }

  /** @throws GatewayError `unauthorized`, with the same words whatever is wrong; `rate_limited` for an address that guesses. */
  async authenticate(presented: string | undefined, address: string): Promise<ApiKey> {
    const key = presented === undefined ? undefined : await this.#find(presented, address)
    if (key && this.#isOpen(key)) return key
    throw new GatewayError('unauthorized', presented === undefined
      ? 'An API key is needed: send it as "Authorization: Bearer <key>".'
      : 'The API key is not valid: it may be mistyped, revoked or expired.')
  }

  /** From memory alone, for the hot path; undefined when it must be looked up. */
  peek(presented: string): ApiKey | undefined {
    const known = this.#known.get(presented)
    return known && this.#clock.nowMs() - known.readAtMs < TRUST_MS && this.#isOpen(known.key) ? known.key : undefined
  }

  #isOpen({ expiresAtMs }: ApiKey): boolean {
    return expiresAtMs === undefined || expiresAtMs > this.#clock.nowMs()
  }

  async #find(presented: string, address: string): Promise<ApiKey | undefined> {
    if (presented.length > MAX_KEY_CHARACTERS || !/^[\x21-\x7e]+$/.test(presented)) return undefined
    const known = this.#known.get(presented)
    const wrongUntilMs = this.#wrong.get(presented)
    if (known && this.#clock.nowMs() - known.readAtMs < TRUST_MS) return known.key
    if (wrongUntilMs !== undefined && wrongUntilMs > this.#clock.nowMs()) return undefined
    // Guessing means keys that were not seen before: neither good ones, whose owners may share the address (a proxy, an
    // office) with a guesser, nor the same mistake again.
    const isNew = !known && wrongUntilMs === undefined
    if (isNew) this.#refuseGuesser(address)
    const key = await this.#lookUp(presented)
    if (!key && isNew) this.#countFailure(address)
    return key
  }

  /** One query for all who present the same key meanwhile. */
  #lookUp(presented: string): Promise<ApiKey | undefined> {
    const asked = this.#asked.get(presented)
    if (asked) return asked
    const looking = findKeyByHash(this.#pool, hashApiKey(this.#hashKey, presented)).then((key) => {
      if (key) this.#known.set(presented, { key, readAtMs: this.#clock.nowMs() })
      else {
        this.#known.delete(presented)
        this.#wrong.set(presented, this.#clock.nowMs() + TRUST_MS)
      }
      return key
    }).finally(() => this.#asked.delete(presented))
    this.#asked.set(presented, looking)
    return looking
  }

  #refuseGuesser(address: string): void {
    const failures = this.#failures.get(address)
    if (!failures || failures.count < MAX_FAILURES_PER_MINUTE) return
    const waitMs = failures.sinceMs + MINUTE_MS - this.#clock.nowMs()
    if (waitMs > 0) throw new GatewayError('rate_limited', 'Too many wrong API keys from this address.', { retryAfterSeconds: Math.ceil(waitMs / 1000) })
    this.#failures.delete(address)
  }

  #countFailure(address: string): void {
    const nowMs = this.#clock.nowMs()
    const failures = this.#failures.get(address)
    if (failures && nowMs - failures.sinceMs < MINUTE_MS) failures.count += 1
    else this.#failures.set(address, { count: 1, sinceMs: nowMs })
  }
}

/** What is stored of a key. */
export function hashApiKey(hashKey: Buffer, apiKey: string): Buffer {
  return keyedHash(hashKey, apiKey)
}
