import { beforeEach, describe, expect, test } from 'vitest'
import { ChannelHealth } from './channel-health.ts'

let nowMs: number
let health: ChannelHealth

beforeEach(() => {
  nowMs = 1_000_000
  health = new ChannelHealth({ nowMs: () => nowMs })
})

function faults(count: number): void {
  for (let fault = 0; fault < count; fault += 1) health.fault('a')
}

describe('the breaker of a channel', () => {
  test('lets everything through until five faults in a row', () => {
    faults(4)
    expect(health.enter('a')).not.toBe('no')
    faults(1)
    expect(health.enter('a')).toBe('no')
    expect(health.of('a')).toMatchObject({ state: 'open', untilMs: nowMs + 5_000, faultsInRow: 5 })
    expect(health.enter('b')).toBe('yes')
  })

  test('forgets faults when the channel answers', () => {
    faults(4)
    health.answered('a')
    faults(4)
    expect(health.mayTry('a')).toBe(true)
  })

  test('lets exactly one in after its time, and everyone when that one was answered', () => {
    faults(5)
    nowMs += 4_999
    expect(health.enter('a')).toBe('no')
    nowMs += 1
    expect(health.enter('a')).not.toBe('no')
    expect(health.enter('a')).toBe('no')
    health.answered('a')
    expect(health.enter('a')).not.toBe('no')
    expect(health.enter('a')).not.toBe('no')
  })

  test('lets the next one in when the one that was let in sent nothing', () => {
    faults(5)
    nowMs += 5_000
    expect(health.enter('a')).not.toBe('no')
    health.withdraw('a')
    expect(health.enter('a')).not.toBe('no')
  })

  test('stays shut twice as long each time that the try fails, and never longer than two minutes', () => {
    faults(5)
    for (const openMs of [5_000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000]) {
      nowMs += openMs - 1
      expect(health.mayTry('a')).toBe(false)
      nowMs += 1
      expect(health.enter('a')).not.toBe('no')
      health.fault('a')
    }
  })
})

describe('the rate of faults', () => {
  test('opens it too, when every second call of a minute fails and there were enough to tell', () => {
    for (let call = 0; call < 9; call += 1) {
      health.fault('a')
      health.answered('a')
    }
    health.fault('a')
    expect(health.of('a')).toMatchObject({ state: 'well', calls: 19, faults: 10 })
    health.fault('a')
    expect(health.of('a')).toMatchObject({ state: 'open', calls: 20, faults: 11 })
  })

  test('forgets what is more than a minute old', () => {
    for (let call = 0; call < 9; call += 1) {
      health.fault('a')
      health.answered('a')
    }
    nowMs += 61_000
    health.fault('a')
    expect(health.of('a')).toMatchObject({ state: 'well', calls: 1, faults: 1 })
  })
})

describe('a breaker that is open', () => {
  test('does not stay so for longer because calls of before fail, too', () => {
    faults(50)
    expect(health.of('a')).toMatchObject({ state: 'open', untilMs: nowMs + 5_000 })
    nowMs += 5_000
    expect(health.of('a')).toMatchObject({ state: 'half_open' })
    expect(health.enter('a')).toBe('probe')
  })

  test('is forgotten when somebody acts', () => {
    faults(5)
    health.forget('a')
    expect(health.of('a')).toEqual({ state: 'well', faultsInRow: 0, calls: 0, faults: 0 })
  })
})

describe('Retry-After', () => {
  test('does not end because another call of the same moment was answered', () => {
    health.fault('a', 30_000)
    health.answered('a')
    expect(health.of('a')).toMatchObject({ state: 'resting', untilMs: nowMs + 30_000 })
  })

  test('is respected from the first fault', () => {
    health.fault('a', 30_000)
    nowMs += 29_999
    expect(health.mayTry('a')).toBe(false)
    nowMs += 1
    expect(health.mayTry('a')).toBe(true)
  })

  test('is not believed beyond two minutes, nor does a shorter one open a breaker early', () => {
    health.fault('a', 86_400_000)
    nowMs += 120_000
    expect(health.mayTry('a')).toBe(true)
    faults(4)
    health.fault('a', 1_000)
    nowMs += 1_001
    expect(health.mayTry('a')).toBe(false)
  })
})
