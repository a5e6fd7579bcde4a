import { expect, test } from 'vitest'
import { z } from 'zod'
import { firstFault } from './first-fault.ts'

const schema = z.strictObject({
  id: z.string(),
  limits: z.strictObject({ rpm: z.int().min(1) }).optional(),
  cost: z.union([z.strictObject({ share: z.number() }), z.strictObject({ unit: z.enum(['call']), rates: z.array(z.strictObject({ usd: z.number() })) })]).optional(),
  models: z.union([z.array(z.string()), z.record(z.string(), z.string())], { error: 'must be a list or a map' }).optional(),
})

test.each([
  [{}, 'id', 'is required'],
  [{ id: 'a', colour: 'red' }, 'colour', 'is no field here'],
  [{ id: 'a', limits: { rmp: 3 } }, 'limits.rpm', 'is required'],
  [{ id: 'a', limits: { rpm: 3, rmp: 3 } }, 'limits.rmp', 'is no field here'],
  [{ id: 'a', cost: { unit: 'minute', rates: [] } }, 'cost.unit', expect.stringContaining('call')],
  [{ id: 'a', cost: { unit: 'call', rates: [{ usd: '1' }] } }, 'cost.rates.0.usd', expect.stringContaining('number')],
  [{ id: 'a', cost: { unit: 'call' } }, 'cost.rates', 'is required'],
  [{ id: 'a', models: 3 }, 'models', 'must be a list or a map'],
  [null, '', expect.stringContaining('object')],
])('of %j it is told where the fault lies and what it is', (value, path, message) => {
  expect(firstFault(schema.safeParse(value).error!, value)).toEqual({ path, message })
})
