import type { z } from 'zod'
import { isPlainObject, unknownFields } from './fields.ts'

/**
 * The names in `holder` that `schema` does not know, behind `path`: `parameters.labels`. Nothing for what is no object,
 * which the schema has refused by then.
 */
export function unknownIn(schema: z.ZodObject, holder: unknown, path: string): string[] {
  return isPlainObject(holder) ? unknownFields(schema, holder).map((name) => `${path}.${name}`) : []
}

/** Those names of `given` that have a value: fields that were understood, and that no model of ours has a use for. */
export function givenOf(given: object, names: readonly string[], path?: string): string[] {
  const values = new Map(Object.entries(given))
  return names.filter((name) => values.get(name) !== undefined).map((name) => (path === undefined ? name : `${path}.${name}`))
}
