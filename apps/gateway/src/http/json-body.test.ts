import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { parseJson } from './json-body.ts'
import { DEFAULT_BODY_LIMITS } from './request-body.ts'

const LONG = 'iVBORw0KGgo='.repeat(100_000)
const parse = (text: string) => parseJson(Buffer.from(text), DEFAULT_BODY_LIMITS)

describe('a large body', () => {
  it.each<[string, unknown]>([
    ['long texts anywhere', { model: 'm', image: LONG, images: [LONG, { url: `data:image/png;base64,${LONG}` }], n: 1, none: null }],
    ['a long text alone', LONG],
    ['long texts with escapes and other letters', { a: `${LONG}"\\\n\u2028`, b: `${LONG}名`, c: '名'.repeat(100_000) }],
  ])('is what JSON.parse makes of it: %s', async (_, value) => {
    expect(await parse(JSON.stringify(value))).toEqual(value)
  })

  it('keeps members named __proto__ members', async () => {
    const parsed = (await parse(`{"__proto__":{"a":"${LONG}"}}`)) as object
    expect(Object.keys(parsed)).toEqual(['__proto__'])
  })

  it.each([
    ['cut off', `{"a":"${LONG}`],
    ['without a colon', `{"a" "${LONG}"}`],
    ['with two values', `{"a":"${LONG}"}{"b":1}`],
    ['with a line break in a text', `{"a":"${LONG}\n${LONG}"}`],
    ['a long name', `{"${LONG}":1}`],
    ['no UTF-8', `{"a":"${LONG}","b":"\u00ff"}`],
  ])('is refused when it is no JSON, or has a name of that length: %s', async (name, text) => {
    const bytes = name === 'no UTF-8' ? Buffer.from(text, 'latin1') : Buffer.from(text)
    await expect(parseJson(bytes, DEFAULT_BODY_LIMITS)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('is refused when it is too deep or holds too much, wherever in it', async () => {
    for (const text of [`["${LONG}",${'['.repeat(40)}${']'.repeat(40)}]`, `["${LONG}"${',1'.repeat(30_000)}]`]) await expect(parse(text)).rejects.toBeInstanceOf(GatewayError)
  })
})
