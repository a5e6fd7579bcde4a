import { expect, test } from 'vitest'
import { CallbacksSeen } from './callbacks-seen.ts'

const HOUR_MS = 3_600_000
const VIDEO = { channelId: 'one', upstreamModel: 'video' }

test('callbacks are counted on for an hour after the last, at the channel and for the model that they came for', () => {
  const seen = new CallbacksSeen()
  expect(seen.comeThrough(VIDEO, 0)).toBe(false)
  seen.arrived(VIDEO, 0)
  expect(seen.comeThrough(VIDEO, HOUR_MS - 1)).toBe(true)
  expect(seen.comeThrough({ ...VIDEO, upstreamModel: 'picture' }, 1)).toBe(false)
  expect(seen.comeThrough({ ...VIDEO, channelId: 'other' }, 1)).toBe(false)
  expect(seen.comeThrough(VIDEO, HOUR_MS)).toBe(false)
})
