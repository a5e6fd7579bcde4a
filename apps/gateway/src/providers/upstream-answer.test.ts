import { describe, expect, test } from 'vitest'
import type { UpstreamResponse } from './provider.ts'
import { callerMessage, errorByStatus, retryAfterSeconds } from './upstream-answer.ts'

function response(status: number, json?: unknown, headers: Record<string, string> = {}): UpstreamResponse {
  return { status, headers, json, text: json === undefined ? '<html>' : JSON.stringify(json) }
}

describe('a status alone', () => {
  test.each([
    [200, 'garbled'], [204, 'garbled'], [301, 'refused'], [400, 'refused'], [401, 'credential'], [402, 'credential'], [403, 'credential'], [404, 'refused'],
    [405, 'refused'], [408, 'lost'], [409, 'refused'], [413, 'refused'], [422, 'refused'], [425, 'busy'], [429, 'busy'], [500, 'lost'], [502, 'lost'], [503, 'lost'], [504, 'lost'], [599, 'lost'],
  ])('%i is %s', (status, kind) => {
    expect(errorByStatus(response(status))).toMatchObject({ kind, httpStatus: status })
  })

  test('404 says that a job is gone only when the vendor says it, not a proxy', () => {
    expect(errorByStatus(response(404, { error: {} })).code).toBe('not_found')
    expect(errorByStatus(response(404)).code).toBe('upstream_failed')
  })
})

describe('Retry-After', () => {
  test.each([
    ['7', undefined, 7],
    ['0', undefined, 1],
    ['1.2', undefined, 2],
    ['999999', undefined, 3600],
    ['Sat, 01 Aug 2026 12:00:30 GMT', 'Sat, 01 Aug 2026 12:00:00 GMT', 30],
    ['Sat, 01 Aug 2026 11:00:00 GMT', 'Sat, 01 Aug 2026 12:00:00 GMT', 1],
    ['Sat, 01 Aug 2026 12:00:30 GMT', undefined, undefined],
    ['soon', undefined, undefined],
    ['-5', undefined, undefined],
    ['', undefined, undefined],
  ])('%s (Date %s) is %s seconds', (value, date, seconds) => {
    expect(retryAfterSeconds({ headers: { 'retry-after': value, ...(date !== undefined && { date }) } })).toBe(seconds)
  })

  test('reaches the error of a 429', () => {
    expect(errorByStatus(response(429, {}, { 'retry-after': '9' })).retryAfterSeconds).toBe(9)
  })
})

describe('a message for the caller', () => {
  test.each([
    ['The image is too small. Request id: 0217546021001e7f2a', 'The image is too small.'],
    ['Too small (request_id: 0217-aa)', 'Too small'],
    ['Failed, trace id="abc123"', 'Failed'],
    ['Cannot fetch https://bucket.example.com/a?X-Signature=1 now', 'Cannot fetch (address) now'],
    ['Bad key sk-abcdef0123456789', 'Bad key (key)'],
    ['Wrong header Bearer abc.def', 'Wrong header (key)'],
    ['endpoint ep-20260101120000-abcde is closed', 'endpoint (endpoint) is closed'],
    ['account 2100123456 owes', 'account (id) owes'],
    ['key 8c5b1c0e-4f6a-4a2b-9f0e-3d1c2b4a5f60 is unknown', 'key (id) is unknown'],
    ['the pixels must be less than or equal to 927408', 'the pixels must be less than or equal to 927408'],
    ['model doubao-seedance-1-0-pro-250528 takes no sound', 'model doubao-seedance-1-0-pro-250528 takes no sound'],
    ['two\n\tlines\u0000 and \u202Etricks', 'two lines and tricks'],
    ['视频包含敏感内容', '视频包含敏感内容'],
    ['', 'fallback'],
    ['Request id: 0217', 'fallback'],
  ])('%j becomes %j', (message, clean) => {
    expect(callerMessage(message, 'fallback')).toBe(clean)
  })

  test('is never anything but text, nor longer than 300 characters', () => {
    expect(callerMessage({ a: 1 }, 'fallback')).toBe('fallback')
    expect([...callerMessage('😀'.repeat(900), 'fallback')]).toHaveLength(300)
  })

  test('takes no time over a hostile one', () => {
    for (const unit of ['a1', ' (', 'request id', 'a-', 'data:', ':/', ',:;(']) callerMessage(unit.repeat(50_000), 'fallback')
  }, 5_000)
})
