import { expect, it } from 'vitest'
import { z } from 'zod'
import { field, parseFields } from './fields.ts'

const schema = z.object({ prompt: field.prompt(), input: z.object({ text: field.text().optional() }).optional() })

it.each([
  [{ prompt: { length: { toString: 'A cat' } } }, 'prompt'],
  [{ prompt: 'A cat', input: { text: { length: { valueOf: 1, toString: 1 } } } }, 'input'],
])('names the field also where a value cannot even be compared: %j', (fields, param) => {
  expect(() => parseFields(schema, fields)).toThrow(expect.objectContaining({ code: 'invalid_request', param }))
})
