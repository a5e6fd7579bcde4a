import { isPlainObject } from './fields.ts'

/** Of a text that is shown again: URLs are shorter, and a data URI is not worth keeping twice. */
const MAX_SHOWN_TEXT = 2000
const MAX_SHOWN_CHARACTERS = 12_000

/** The input as it is shown again, small enough to be stored with the task. The prompt is not in it: the task has it. */
export function shownInput(input: Record<string, unknown>): Record<string, unknown> {
  const shown: [string, unknown][] = []
  let characters = 0
  for (const [name, value] of Object.entries(input)) {
    if (name === 'prompt' || value === undefined) continue
    const short = shorten(value)
    const size = name.length + (JSON.stringify(short)?.length ?? 0)
    if (characters + size > MAX_SHOWN_CHARACTERS) continue
    characters += size
    shown.push([name, short])
  }
  return Object.fromEntries(shown)
}

function shorten(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= MAX_SHOWN_TEXT ? value : `${value.slice(0, 40)}…`
  if (Array.isArray(value)) return value.map(shorten)
  if (isPlainObject(value)) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shorten(inner)]))
  return value
}
