import { expect, test } from 'vitest'
import { CallsUnderWay } from './calls-under-way.ts'

test('places are counted by channel, and given back', () => {
  const calls = new CallsUnderWay(2)
  expect([calls.enter('a'), calls.enter('a'), calls.enter('a')]).toEqual([true, true, false])
  expect([calls.free('a'), calls.free('b')]).toEqual([0, 2])
  expect(calls.enter('b')).toBe(true)
  calls.leave('a')
  expect(calls.free('a')).toBe(1)
  expect(calls.enter('a')).toBe(true)
})
