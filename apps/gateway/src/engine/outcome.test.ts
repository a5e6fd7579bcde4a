import { describe, expect, test } from 'vitest'
import { UpstreamError, type UpstreamErrorDetails, type UpstreamErrorKind } from '../core/errors.ts'
import { blockReason, decide, describeError, type Decision } from './outcome.ts'

/** What each error of a submission means, whole. */
const TABLE: [kind: UpstreamErrorKind, details: UpstreamErrorDetails, decision: Decision][] = [
  ['refused', { code: 'content_policy' }, { do: 'fail', error: { code: 'content_policy', message: 'said' } }],
  ['refused', { code: 'invalid_request', param: 'seed' }, { do: 'try_elsewhere', fault: 'none', error: { code: 'invalid_request', message: 'said', param: 'seed' } }],
  ['refused', {}, { do: 'try_elsewhere', fault: 'none', error: { code: 'upstream_failed', message: 'said' } }],
  // "Not found" of an upstream is not the caller's 404.
  ['refused', { code: 'not_found' }, { do: 'try_elsewhere', fault: 'none', error: { code: 'upstream_failed', message: 'said' } }],
  // Nobody was there to say it: no account is at fault.
  ['busy', {}, { do: 'try_elsewhere', fault: 'unreachable', error: { code: 'upstream_busy', message: 'said' } }],
  ['busy', { retryAfterSeconds: 7 }, { do: 'try_elsewhere', fault: 'busy', retryAfterMs: 7_000, error: { code: 'upstream_busy', message: 'said' } }],
  ['busy', { httpStatus: 429 }, { do: 'try_elsewhere', fault: 'busy', error: { code: 'upstream_busy', message: 'said' } }],
  // Whose key it is that was refused is nobody's business.
  ['credential', { upstreamCode: 'AccountOverdueError' }, { do: 'try_elsewhere', fault: 'credential', error: { code: 'upstream_busy', message: 'No channel can take the request now.' } }],
  ['lost', { httpStatus: 502 }, { do: 'reconcile' }],
  ['garbled', { httpStatus: 200 }, { do: 'reconcile' }],
]

describe('an error of a submission', () => {
  test.each(TABLE)('%s %o', (kind, details, decision) => {
    expect(decide(new UpstreamError(kind, 'said', details))).toEqual(decision)
  })

  test.each([new Error('a bug'), new TypeError('another'), 'thrown text', undefined])('that is no upstream\'s (%s) counts as lost: nobody knows how far the call had come', (error) => {
    expect(decide(error)).toEqual({ do: 'reconcile' })
  })

  test('is kept for the operator with what the upstream said', () => {
    expect(describeError(new UpstreamError('busy', 'said', { httpStatus: 429, upstreamCode: 'QuotaExceeded' }))).toEqual({ kind: 'busy', code: 'upstream_busy', message: 'said', httpStatus: 429, upstreamCode: 'QuotaExceeded' })
    expect(describeError(new Error('a bug'))).toEqual({ kind: 'bug', message: 'a bug' })
    expect(describeError('text')).toEqual({ kind: 'bug', message: 'text' })
  })
})

test('a block says why in words, with the upstream\'s code where that says more', () => {
  expect(blockReason(describeError(new UpstreamError('credential', 'Authentication failed', { upstreamCode: '1000' })))).toBe('Authentication failed (1000)')
  expect(blockReason(describeError(new UpstreamError('credential', 'NoMoney: pay first', { upstreamCode: 'NoMoney' })))).toBe('NoMoney: pay first')
  expect(blockReason(describeError(new UpstreamError('credential', 'Invalid API key')))).toBe('Invalid API key')
})
