/** Names that other code might follow into a prototype. */
const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype'])
/** As in the body: names are kept with the task. */
const MAX_NAME_CHARACTERS = 256

/**
 * JSON as text within a form or within JSON, which nobody has checked yet: the same names and characters are forbidden in
 * it as in the body around it, and it must not be nested so deeply that it cannot be written again. What is no such JSON
 * is given back as the text it is, for the schema to refuse.
 */
export function readNestedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text, (name, inner: unknown) => {
      if (FORBIDDEN_NAMES.has(name) || name.length > MAX_NAME_CHARACTERS || !isStorable(name) || (typeof inner === 'string' && !isStorable(inner))) throw new Error('not to be stored')
      return inner
    })
    JSON.stringify(value)
    return value
  } catch {
    return text
  }
}

/** The database takes neither half a character nor a zero. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}
