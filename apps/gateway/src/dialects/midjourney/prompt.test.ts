import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../core/errors.ts'
import { parsePrompt } from './prompt.ts'

const parse = (prompt: string) => parsePrompt(prompt, 'prompt')

describe('a prompt', () => {
  it('of words alone is words alone', () => {
    expect(parse('  A man – no, a well-known house --- by the sea ')).toEqual({ words: 'A man – no, a well-known house --- by the sea', imageUrls: [], vendor: {} })
  })

  it('begins with links to pictures, with or without brackets', () => {
    expect(parse('https://a.example/1.png <https://a.example/2.png> a cat, see https://a.example/3.png')).toMatchObject({
      imageUrls: ['https://a.example/1.png', 'https://a.example/2.png'], words: 'a cat, see https://a.example/3.png',
    })
    expect(parse('https://a.example/1.png')).toMatchObject({ imageUrls: ['https://a.example/1.png'], words: '' })
  })

  it.each<[string, Record<string, unknown>]>([
    ['--ar 16:9', { aspectRatio: '16:9' }],
    ['--aspect 3:2 --ar 1:1', { aspectRatio: '1:1' }],
    ['--seed 0', { seed: 0 }],
    ['--seed 4294967295', { seed: 4_294_967_295 }],
    ['--no text, people in hats --ar 2:3', { negativePrompt: 'text, people in hats', aspectRatio: '2:3' }],
    ['--loop', { loop: true }],
    ['--v 6.1', { vendor: { version: '6.1' } }],
    ['--niji 6', { vendor: { niji: '6' } }],
    ['--niji', { vendor: { niji: '' } }],
    ['--fast', { vendor: { speed: 'fast' } }],
    ['--relax', { vendor: { speed: 'relax' } }],
    ['--turbo', { vendor: { speed: 'turbo' } }],
    ['--iw 1.5', { vendor: { image_weight: 1.5 } }],
    ['--q .5', {}],
    ['--q 0.5', { vendor: { quality: 0.5 } }],
    ['--s 250 --c 30 --w 1000 --stop 90', { vendor: { stylize: 250, chaos: 30, weird: 1000, stop: 90 } }],
    ['--stylize 0', { vendor: { stylize: 0 } }],
    ['--style raw', { vendor: { style: 'raw' } }],
    ['--raw', { vendor: { style: 'raw' } }],
    ['--tile --draft --hd', { vendor: { tile: true, draft: true, hd: true } }],
    ['--sref https://a.example/s.png 123 --sw 500 --sv 4', { vendor: { style_reference: 'https://a.example/s.png 123', style_weight: 500, style_version: 4 } }],
    ['--cref https://a.example/c.png --cw 0', { vendor: { character_reference: 'https://a.example/c.png', character_weight: 0 } }],
    ['--oref https://a.example/o.png --ow 400', { vendor: { omni_reference: 'https://a.example/o.png', omni_weight: 400 } }],
    ['--p abc123 --exp 5', { vendor: { profile: 'abc123', experimental: 5 } }],
    ['--stealth', { vendor: { visibility: 'stealth' } }],
    ['--motion HIGH', { vendor: { motion: 'high' } }],
    ['--zoom 1.8', { vendor: { zoom: 1.8 } }],
    ['—ar 16:9', { aspectRatio: '16:9' }],
    ['--AR 16:9', { aspectRatio: '16:9' }],
    ['--newest 7 --other', { vendor: { flags: ['--newest 7', '--other'] } }],
  ])('takes %s', (parameters, expected) => {
    if (parameters === '--q .5') return expect(() => parse(`A cat ${parameters}`)).toThrow('--q')
    expect(parse(`A cat ${parameters}`)).toMatchObject({ words: 'A cat', ...expected })
  })

  it('keeps a dash before what is no parameter', () => {
    expect(parse('A house —small and white').words).toBe('A house —small and white')
  })

  it.each(['--ar wide', '--ar 16:9 and a cat', '--ar', '--seed -1', '--seed 4294967296', '--seed 1.5', '--v x', '--iw 4', '--q 9', '--s 2000', '--c 101', '--fast now', '--zoom 3', '--no', '--repeat 4', '--r 2', '--motion some'])('refuses %s by name', (parameters) => {
    const name = parameters.split(' ')[0]!
    expect(() => parse(`A cat ${parameters}`)).toThrow(expect.objectContaining({ code: 'invalid_request', param: 'prompt', message: expect.stringContaining(`${name} in prompt`) }))
  })

  it('of anything at all is parsed or refused', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.constantFrom('--ar', '--no', '—seed', '16:9', '--', '--x', 'cat', 'https://a', ' ', '--fast', '5')).map((parts) => parts.join(' '))), (prompt) => {
      try {
        const { words, vendor } = parse(prompt)
        expect(words.length).toBeLessThanOrEqual(prompt.length)
        expect(Object.values(vendor)).not.toContain(undefined)
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError)
      }
    }))
  })
})
