import { describe, expect, it } from 'vitest'
import { readNestedJson } from './nested-json.ts'

describe('JSON as text', () => {
  it('is read as what it says', () => {
    expect(readNestedJson('{"a":[1,"b",null]}')).toEqual({ a: [1, 'b', null] })
  })

  it.each([
    ['that is none', '{a:1}'],
    ['with a zero in a value', '{"a":"\\u0000"}'],
    ['with a zero in a name', '{"\\u0000":1}'],
    ['with half a character', '{"a":"\\ud800"}'],
    ['with a name that reaches a prototype', '{"a":{"__proto__":{}}}'],
    ['with an endless name', JSON.stringify({ ['a'.repeat(257)]: 1 })],
    ['that is nested too deeply', '['.repeat(50_000) + ']'.repeat(50_000)],
  ])('%s stays the text it is', (_, text) => {
    expect(readNestedJson(text)).toBe(text)
  })
})
