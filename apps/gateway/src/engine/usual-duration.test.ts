import { expect, test } from 'vitest'
import type { Attempt } from '../db/attempt.ts'
import { UsualDurations } from './usual-duration.ts'

const attempt = { provider: 'kling', upstreamModel: 'v3', startedAtMs: 1_000 } as Attempt

test('what nobody has seen takes as long as expected', () => {
  expect(new UsualDurations().usualMs(attempt, 60_000)).toBe(60_000)
})

test('the first that was seen counts whole, later ones a fifth', () => {
  const durations = new UsualDurations()
  durations.learn(attempt, 11_000)
  expect(durations.usualMs(attempt, 60_000)).toBe(10_000)
  durations.learn(attempt, 21_000)
  expect(durations.usualMs(attempt, 60_000)).toBe(12_000)
})

test('models and providers are learnt apart', () => {
  const durations = new UsualDurations()
  durations.learn(attempt, 11_000)
  expect(durations.usualMs({ ...attempt, upstreamModel: 'v2' }, 60_000)).toBe(60_000)
  expect(durations.usualMs({ ...attempt, provider: 'vidu' }, 60_000)).toBe(60_000)
})

test('a clock that went back makes no negative time', () => {
  const durations = new UsualDurations()
  durations.learn(attempt, 0)
  expect(durations.usualMs(attempt, 60_000)).toBe(0)
})
