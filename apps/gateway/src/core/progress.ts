import type { ErrorCode } from './errors.ts'

/**
 * How a job is doing. Failing to look is not failing: only a word of the vendor's own list is final, and a word that
 * we have not met is `unknown`; then the deadline decides.
 */
export type Progress =
  | { state: 'running' }
  | { state: 'done'; results: ResultSource[]; usage?: UpstreamUsage }
  | { state: 'failed'; reason: FailureReason }
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
  | { kind: 'provider'; reference: unknown; role: ResultRole }

/** `output` is what was asked for; a `last_frame` or `poster` comes beside it. */
export type ResultRole = 'output' | 'last_frame' | 'poster'

/** What the upstream says it counted, for the cost of an attempt. */
export interface UpstreamUsage {
  tokens?: number
  seconds?: number
}
