import { describe, expect, it } from 'vitest'
import { choicesOf, parseSize, pixelsOf, ratioOf, soundOf, type Model } from './model.ts'
import { rateCard } from './rate-card.ts'

const MODEL: Model = {
  id: 'm',
  kind: 'video',
  family: 'f',
  name: { en: 'M', zh: 'M' },
  description: { en: 'M.', zh: 'M。' },
  operations: ['text_to_video', 'image_to_video'],
  duration: { defaultSeconds: 6, minSeconds: 6, maxSeconds: 10 },
  resolutions: ['720p', '1080p'],
  aspectRatios: ['16:9'],
  pixels: { '720p': { '16:9': [1248, 704] } },
  exceptions: [
    { when: { operation: ['image_to_video'] }, aspectRatios: ['adaptive'] },
    { when: { operation: ['image_to_video'], resolution: ['1080p'] }, duration: { defaultSeconds: 6, minSeconds: 6, maxSeconds: 6 } },
  ],
  framesPerSecond: 24,
  audio: 'never',
  inputs: {},
  maxCount: 1,
  maxPromptCharacters: 100,
  usualSeconds: 1,
  price: rateCard({ unit: 'call', rates: [{ micros: 1 }], source: 'test' }),
}

describe('choices', () => {
  it('are replaced by the exceptions that match, and by no other', () => {
    expect(choicesOf(MODEL, 'text_to_video', '1080p')).toEqual({ resolutions: MODEL.resolutions, aspectRatios: ['16:9'], duration: MODEL.duration })
    expect(choicesOf(MODEL, 'image_to_video')).toEqual({ resolutions: MODEL.resolutions, aspectRatios: ['adaptive'], duration: MODEL.duration })
    expect(choicesOf(MODEL, 'image_to_video', '1080p').duration?.maxSeconds).toBe(6)
  })

  it('may be without sound in one way of working', () => {
    const model: Model = { ...MODEL, audio: 'optional', exceptions: [{ when: { resolution: ['720p'] }, audio: 'never' }] }
    expect([soundOf(model, 'text_to_video', '720p'), soundOf(model, 'text_to_video', '1080p'), soundOf(model, 'text_to_video')]).toEqual(['never', 'optional', 'optional'])
  })
})

describe('pixels', () => {
  it('are those of the table, and else come from the shorter side', () => {
    expect(pixelsOf(MODEL, '720p', '16:9')).toEqual([1248, 704])
    expect(pixelsOf(MODEL, '1080p', '16:9')).toEqual([1920, 1080])
    expect(pixelsOf(MODEL, '1080p', '9:16')).toEqual([1080, 1920])
    expect(pixelsOf(MODEL, '4k', '16:9')).toEqual([3840, 2160])
    expect(pixelsOf(MODEL, '480p', '16:9')).toEqual([854, 480])
  })

  it('are unknown for words that have no size', () => {
    expect(pixelsOf(MODEL, '720p', 'adaptive')).toBeUndefined()
    expect(pixelsOf(MODEL, 'huge', '16:9')).toBeUndefined()
  })
})

describe('sizes and ratios', () => {
  it('are read in the ways people write them', () => {
    for (const size of ['1280x720', '1280*720', '1280×720', ' 1280X720 ']) expect(parseSize(size)).toEqual([1280, 720])
    expect([parseSize('720p'), parseSize('99999999x1'), parseSize('')]).toEqual([undefined, undefined, undefined])
    expect([ratioOf('4:3'), ratioOf('0:9'), ratioOf('9:0'), ratioOf('adaptive')]).toEqual([4 / 3, undefined, undefined, undefined])
    expect(ratioOf('19.5:9')).toBe(19.5 / 9)
  })
})
