import type { ErrorCode } from './errors.ts'
import type { Output } from './task.ts'

/**
 * How a job is doing. Failing to look is not failing: only a word of the vendor's own list is final, and a word that
 * we have not met is `unknown`; then the deadline decides.
 */
export type Progress =
  | { state: 'running' }
  /** `kept` is JSON that a later job which goes on from this one will need: a video's id over there, its buttons. */
  | { state: 'done'; results: ResultSource[]; usage?: UpstreamUsage; kept?: unknown }
  /** With `usage` where the upstream charges for failures too. */
  | { state: 'failed'; reason: FailureReason; usage?: UpstreamUsage }
  | { state: 'unknown'; word: string }

export interface FailureReason {
  code: Extract<ErrorCode, 'content_policy' | 'upstream_failed' | 'invalid_request' | 'timeout' | 'cancelled'>
  /** Safe to show to the caller: no address, no account of ours. */
  message: string
  /** The upstream's own code. */
  upstreamCode?: string
}

/** Where the engine gets a result from. A URL that came in a response is untrusted: only the guarded client fetches it. */
export type ResultSource =
  | { kind: 'url'; url: string; role: ResultRole }
  | { kind: 'bytes'; base64: string; role: ResultRole }
  /** Words: of a description, of a shortened prompt. */
  | { kind: 'text'; text: string; role: ResultRole }
  /** Something that only the provider can open: a file behind its credential, a link that lives for minutes. */
  | { kind: 'provider'; reference: unknown; role: ResultRole }
  /** Bytes that the engine has stored already. */
  | { kind: 'stored'; output: Output; role: ResultRole }

/** `output` is what was asked for; the others come beside it, and their loss is no failure. */
export const EXTRA_ROLES = ['last_frame', 'poster', 'audio'] as const
export type ExtraRole = (typeof EXTRA_ROLES)[number]
export type ResultRole = 'output' | ExtraRole

/** What the upstream says it counted or charged, for the cost of an attempt. */
export interface UpstreamUsage {
  tokens?: number
  seconds?: number
  /** Charged, in millionths of a US dollar, where the upstream says so in money or in units of a known price. */
  costMicros?: number
}
