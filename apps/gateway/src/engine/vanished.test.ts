import { expect, test } from 'vitest'
import { Vanished } from './vanished.ts'

const MINUTE_MS = 60_000

test('a job is believed lost after three denials over three minutes', () => {
  const vanished = new Vanished()
  expect(vanished.denied('a', 0)).toBe(false)
  expect(vanished.denied('a', MINUTE_MS)).toBe(false)
  expect(vanished.denied('a', 2 * MINUTE_MS)).toBe(false)
  expect(vanished.denied('a', 3 * MINUTE_MS)).toBe(true)
})

test('two denials are not enough, however far apart', () => {
  const vanished = new Vanished()
  expect(vanished.denied('a', 0)).toBe(false)
  expect(vanished.denied('a', 60 * MINUTE_MS)).toBe(false)
})

test('any other answer in between begins the count anew, for that job alone', () => {
  const vanished = new Vanished()
  for (const task of ['a', 'b']) {
    vanished.denied(task, 0)
    vanished.denied(task, MINUTE_MS)
  }
  vanished.answered('a')
  expect(vanished.denied('a', 4 * MINUTE_MS)).toBe(false)
  expect(vanished.denied('b', 4 * MINUTE_MS)).toBe(true)
})
