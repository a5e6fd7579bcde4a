import { expect, test } from 'vitest'
import { checkRenderSpec, countFrames, evenPixels, type VideoSpec } from './render-spec.ts'

const film: VideoSpec = { kind: 'video', prompt: 'x', widthPixels: 1280, heightPixels: 720, framesPerSecond: 24, durationSeconds: 5, seed: 1, audio: false }

test.each([{}, { widthPixels: 1470, heightPixels: 630 }, { framesPerSecond: 29.97 }, { durationSeconds: 60 }, { seed: -3 }])('a film with %o may be drawn', (change) => {
  expect(() => checkRenderSpec({ ...film, ...change })).not.toThrow()
})

test.each<[string, Partial<VideoSpec>]>([
  ['too narrow', { widthPixels: 31 }],
  ['too high', { heightPixels: 4098 }],
  ['half a pixel wide', { widthPixels: 640.5 }],
  ['of no known width', { widthPixels: Number.NaN }],
  ['without a rate', { framesPerSecond: 0 }],
  ['infinitely fast', { framesPerSecond: Number.POSITIVE_INFINITY }],
  ['without a duration', { durationSeconds: 0 }],
  ['that ends before it begins', { durationSeconds: -1 }],
  ['too long', { durationSeconds: 121 }],
  ['of too many frames', { durationSeconds: 100, framesPerSecond: 60 }],
  ['of too many pixels in all', { durationSeconds: 60, widthPixels: 3840, heightPixels: 2160 }],
  ['with no number for a seed', { seed: Number.NaN }],
  ['with too long a prompt', { prompt: 'x'.repeat(20_001) }],
  ['with too large a picture', { firstFrame: new Uint8Array(32 * 1024 * 1024 + 1) }],
])('a film %s is refused', (_, change) => {
  expect(() => checkRenderSpec({ ...film, ...change })).toThrow(expect.objectContaining({ fault: 'refused' }))
})

test('frames are whole, sides of films even', () => {
  expect(countFrames({ durationSeconds: 5, framesPerSecond: 29.97 })).toBe(150)
  expect(countFrames({ durationSeconds: 0.02, framesPerSecond: 1 })).toBe(1)
  expect([1470, 853].map(evenPixels)).toEqual([1470, 854])
})
