import type { Operation } from './simulator.ts'

/**
 * The ways in which an upstream answers badly.
 *
 * - `server_error`, `busy`, `unauthorized`, `not_found`: in the vendor's own envelope.
 * - `bad_gateway`: 502 with a proxy's page. `html`: the same kind of page with status 200. `truncated`: half an answer.
 * - `reset`: the line is dropped. `hang`: no answer, ever. `slow`: the right answer, late.
 * - `unknown_word`: a status that is in nobody's documentation.
 */
export type Fault =
  | 'server_error' | 'busy' | 'unauthorized' | 'not_found'
  | 'bad_gateway' | 'html' | 'truncated' | 'reset' | 'hang' | 'slow' | 'unknown_word'

export interface ExactFault {
  operation: Operation
  kind: Fault
  /** 1 by default. */
  count?: number
  /** Whether the request is carried out before the answer goes wrong. By default as it is in most of life: see `CARRIED_OUT`. */
  accepted?: boolean
  /** Of `slow`. */
  slowMs?: number
}

/** Shares between 0 and 1 of all calls that go wrong; together at most 1. */
export interface Brownout {
  /** 500, or 502 with HTML; half of them after the request was carried out. */
  serverErrors?: number
  /** No answer; half of them after the request was carried out. */
  timeouts?: number
  /** The line is dropped after the request was carried out. */
  resets?: number
  /** 200 with HTML or with half of the JSON, after the request was carried out. */
  garbage?: number
  /** Checks only. */
  unknownWords?: number
  slow?: number
  slowMs?: number
  /** Of callbacks: sent twice. */
  duplicateCallbacks?: number
}

export interface Mishap {
  fault: Fault
  accepted: boolean
  slowMs: number
}

export interface Misbehaviour {
  failNext(fault: ExactFault): void
  brownOut(shares?: Brownout): void
  next(operation: Operation): Mishap | undefined
  duplicatesCallback(): boolean
}

const CARRIED_OUT: Record<Fault, boolean> = {
  server_error: false, busy: false, unauthorized: false, not_found: false, bad_gateway: false,
  html: true, truncated: true, reset: true, hang: true, slow: true, unknown_word: true,
}

const DEFAULT_SLOW_MS = 500
const MAX_EXACT_FAULTS = 10_000

export function createMisbehaviour(random: () => number): Misbehaviour {
  const exact: ExactFault[] = []
  let shares: Brownout = {}
  const coin = (): boolean => random() < 0.5

  return {
    failNext(fault) {
      const count = Math.min(fault.count ?? 1, MAX_EXACT_FAULTS - exact.length)
      for (let time = 0; time < count; time += 1) exact.push(fault)
    },
    brownOut(next = {}) {
      shares = next ?? {}
    },
    next(operation) {
      const index = exact.findIndex((fault) => fault.operation === operation)
      const [asked] = index === -1 ? [] : exact.splice(index, 1)
      if (asked) return { fault: asked.kind, accepted: asked.accepted ?? CARRIED_OUT[asked.kind], slowMs: asked.slowMs ?? DEFAULT_SLOW_MS }

      const fault = faultByChance(shares, operation, random())
      if (fault === undefined) return undefined
      const slowMs = shares.slowMs ?? DEFAULT_SLOW_MS
      switch (fault) {
        case 'serverErrors':
          return { fault: coin() ? 'server_error' : 'bad_gateway', accepted: coin(), slowMs }
        case 'timeouts':
          return { fault: 'hang', accepted: coin(), slowMs }
        case 'resets':
          return { fault: 'reset', accepted: true, slowMs }
        case 'garbage':
          return { fault: coin() ? 'html' : 'truncated', accepted: true, slowMs }
        case 'unknownWords':
          return { fault: 'unknown_word', accepted: true, slowMs }
        case 'slow':
          return { fault: 'slow', accepted: true, slowMs }
      }
    },
    duplicatesCallback: () => random() < (shares.duplicateCallbacks ?? 0),
  }
}

const SHARES = ['serverErrors', 'timeouts', 'resets', 'garbage', 'unknownWords', 'slow'] as const

function faultByChance(shares: Brownout, operation: Operation, chance: number): (typeof SHARES)[number] | undefined {
  let sum = 0
  for (const share of SHARES) {
    if (share === 'unknownWords' && operation !== 'check') continue
    sum += shares[share] ?? 0
    if (chance < sum) return share
  }
  return undefined
}
