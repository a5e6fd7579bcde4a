import { assertNever, UpstreamError } from '../core/errors.ts'
import type { TaskError } from '../core/task.ts'

/** What a submission that was not accepted means for the task. */
export type Decision =
  /** This request will not be taken anywhere: policy, or the caller's own mistake. */
  | { do: 'fail'; error: TaskError }
  /** Nothing was started there: the next channel may be asked; the error stands if there is none. `busy` is said of the account, `unreachable` of the upstream. */
  | { do: 'try_elsewhere'; error: TaskError; retryAfterMs?: number; fault: 'none' | 'busy' | 'unreachable' | 'credential' }
  /** It may have been started: never sent again. */
  | { do: 'reconcile' }

/**
 * The one place that decides what an error of a submission means. Exhaustive over `UpstreamErrorKind`: a new kind does
 * not compile until somebody decides. Anything that is no `UpstreamError` is a bug of ours after an unknown point of
 * the call, so it counts as lost.
 */
export function decide(error: unknown): Decision {
  if (!(error instanceof UpstreamError)) return { do: 'reconcile' }
  switch (error.kind) {
    case 'refused':
      // A refusal for policy is final: another upstream is never tried (bar S34).
      return error.code === 'content_policy'
        ? { do: 'fail', error: taskError(error) }
        : { do: 'try_elsewhere', error: taskError(error), fault: 'none' }
    case 'busy':
      return {
        do: 'try_elsewhere',
        error: taskError(error),
        fault: error.httpStatus === undefined && error.retryAfterSeconds === undefined ? 'unreachable' : 'busy',
        ...(error.retryAfterSeconds === undefined ? {} : { retryAfterMs: error.retryAfterSeconds * 1000 }),
      }
    case 'credential':
      // The operator's affair: the caller learns that no channel could take it, not whose key is wrong.
      return { do: 'try_elsewhere', error: { code: 'upstream_busy', message: 'No channel can take the request now.' }, fault: 'credential' }
    case 'lost':
    case 'garbled':
      return { do: 'reconcile' }
    default:
      return assertNever(error.kind, 'upstream error kind')
  }
}

function taskError(error: UpstreamError): TaskError {
  const code = error.code === 'not_found' ? 'upstream_failed' : error.code
  return { code, message: error.message, ...(error.param === undefined ? {} : { param: error.param }) }
}

/** Why a credential is blocked, from an error that was described, in the upstream's words: its code alone may be a number that tells an operator nothing. */
export function blockReason({ message, upstreamCode }: Record<string, unknown>): string {
  return upstreamCode === undefined || String(message).includes(String(upstreamCode)) ? String(message) : `${String(message)} (${String(upstreamCode)})`
}

/** What is kept of an error with the attempt, for the operator. */
export function describeError(error: unknown): Record<string, unknown> {
  if (error instanceof UpstreamError) {
    return {
      kind: error.kind, code: error.code, message: error.message,
      ...(error.httpStatus === undefined ? {} : { httpStatus: error.httpStatus }),
      ...(error.upstreamCode === undefined ? {} : { upstreamCode: error.upstreamCode }),
    }
  }
  return { kind: 'bug', message: error instanceof Error ? error.message : String(error) }
}
