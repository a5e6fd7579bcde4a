import type { z } from 'zod'
import { OpenAiRefusal } from './refusal.ts'
import type { IncomingCall } from '../simulator.ts'

/** A body of either kind: fields as they came (all of them texts in a form), and the files of a form by their part. */
export interface Body {
  /** Whether it is a form, where numbers are texts. */
  form: boolean
  fields: Record<string, unknown>
  files: Record<string, File[]>
}

/** "Nested objects become bracketed part names: `input_reference[image_url]`"; several files of one name have `[]` after it. */
export async function readBody(call: IncomingCall): Promise<Body> {
  const type = call.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return readJson(call)
  const form = await call.form().catch(() => undefined)
  if (form === undefined) throw new OpenAiRefusal(400, { message: 'Could not parse multipart form.' })
  const fields: Record<string, unknown> = {}
  const files: Record<string, File[]> = {}
  for (const [part, value] of form.entries()) {
    const [, name = part, inner] = /^(\w+)(?:\[(\w*)\])?$/.exec(part) ?? []
    if (typeof value !== 'string') files[name] = [...(files[name] ?? []), value]
    else if (inner === undefined || inner === '') fields[name] = value
    else fields[name] = { ...(fields[name] as Record<string, unknown> | undefined), [inner]: value }
  }
  return { form: true, fields, files }
}

export function readJson({ json }: Pick<IncomingCall, 'json'>): Body {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new OpenAiRefusal(400, { message: 'We could not parse the JSON body of your request.' })
  return { form: false, fields: json as Record<string, unknown>, files: {} }
}

/** One of the faults, whichever comes first. */
export function parsed<Schema extends z.ZodType>(schema: Schema, fields: unknown): z.output<Schema> {
  const result = schema.safeParse(fields)
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue?.code === 'unrecognized_keys') throw OpenAiRefusal.unknown(issue.keys[0]!)
  const param = issue?.path.join('.') ?? 'body'
  const absent = issue !== undefined && issue.path.length === 1 && (fields as Record<string, unknown>)[String(issue.path[0])] === undefined
  throw absent ? OpenAiRefusal.missing(param) : OpenAiRefusal.invalid(param, `Invalid value: '${param}'. ${issue?.message ?? ''}`)
}
