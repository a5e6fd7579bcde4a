import { z } from 'zod'
import { GatewayError } from '../../core/errors.ts'

/** Bounds that hold whatever the model; the model's own, narrower ones are checked at admission. */
export const MAX_PROMPT_CHARACTERS = 32_000
export const MAX_DURATION_SECONDS = 3600
export const MAX_COUNT = 100
const MAX_NAME_CHARACTERS = 200
const MAX_URL_CHARACTERS = 4096
const MAX_METADATA_KEYS = 64
const MAX_METADATA_CHARACTERS = 16_384
const SMALL = `must hold at most ${MAX_METADATA_KEYS} keys and ${MAX_METADATA_CHARACTERS} characters as JSON`
/** A data URI of a 20 MiB picture, as OpenAI's `image_url` allows, is 28 million characters of base64. */
const MAX_SOURCE_CHARACTERS = 30_000_000
const MAX_FRAMES_PER_SECOND = 240
/** No model of any vendor takes as many pictures, videos or sounds under one name. */
const MAX_SOURCES = 32

/** Seconds, counts and seeds as forms carry them. More than three decimals of a second mean nothing to any model. */
const DECIMAL_TEXT = /^\d{1,6}(\.\d{1,3})?$/
const INTEGER_TEXT = /^-?\d{1,16}$/

/** The shapes that several dialects' fields have. */
export const field = {
  model: () => z.string().min(1).max(MAX_NAME_CHARACTERS).describe('Model name, as GET /v1/models lists it.'),
  prompt: () =>
    z
      .string()
      .max(MAX_PROMPT_CHARACTERS)
      .refine((text) => text.trim() !== '', 'must not be empty')
      .describe('What to generate.'),
  text: (maxCharacters = MAX_NAME_CHARACTERS) => z.string().min(1).max(maxCharacters),
  /** An https URL, a data URI, bare base64, or an uploaded file's URL or id. */
  source: () => z.string().min(1).max(MAX_SOURCE_CHARACTERS),
  /** One of them, or a list. */
  sources: (max = MAX_SOURCES) => z.union([field.source(), z.array(field.source()).max(max)], { error: 'must be a URL or a list of URLs' }),
  seconds: () => z.number().positive().max(MAX_DURATION_SECONDS),
  framesPerSecond: () => z.int().min(1).max(MAX_FRAMES_PER_SECOND),
  count: () => z.int().min(1).max(MAX_COUNT),
  seed: () => z.int(),
  callbackUrl: () =>
    z
      .string()
      .max(MAX_URL_CHARACTERS)
      .refine(isHttpUrl, 'must be an http or https URL')
      .describe('Called when the task ends.'),
  metadata: () =>
    z
      .record(z.string(), z.unknown())
      .refine(isSmall, SMALL)
      .describe('Your own labels, given back as they came.'),
  vendor: () => z.record(z.string(), z.unknown()).refine(isSmall, SMALL),
}

/** The same for wires whose forms send every value as text: `"4"` means 4, `"true"` means true. */
export const formField = {
  seconds: () =>
    z
      .union([z.number(), z.string().regex(DECIMAL_TEXT, 'must be a number of seconds')], { error: 'must be a number of seconds' })
      .transform(Number)
      .pipe(field.seconds()),
  framesPerSecond: () => integer().pipe(field.framesPerSecond()),
  count: () => integer().pipe(field.count()),
  seed: () => integer().pipe(field.seed()),
  boolean: () =>
    z
      .union([z.boolean(), z.enum(['true', 'false', '1', '0'])], { error: 'must be true or false' })
      .transform((value) => value === true || value === 'true' || value === '1'),
}

/**
 * What `schema` makes of `fields`. A null where the schema knows the name counts as absent.
 * Throws `invalid_request` naming the first wrong field as the client spelled it: `input.images[0].role`.
 */
export function parseFields<S extends z.ZodObject>(schema: S, fields: Record<string, unknown>): z.output<S> {
  const given = withoutNulls(schema, fields)
  const result = attempt(schema, given)
  if (result === undefined) throw notReadable(schema, given)
  if (result.success) return result.data
  throw asGatewayError(result.error.issues[0]!, [])
}

/**
 * Undefined where looking itself fails: zod 4.6 compares the `length` of whatever stands in a text's place with the
 * text's limit, and `{ "length": { "toString": 1 } }` has none that can be compared.
 */
function attempt<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> | undefined {
  try {
    return schema.safeParse(value)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function notReadable(schema: z.ZodObject, fields: Record<string, unknown>): GatewayError {
  const param = Object.keys(fields).find((name) => Object.hasOwn(schema.shape, name) && attempt(schema.shape[name] as z.ZodType, fields[name]) === undefined)
  return new GatewayError('invalid_request', `${param ?? 'the body'} is not valid`, param === undefined ? {} : { param })
}

/** The same for a query string; a name given twice is refused by its type, unknown names mean nothing. */
export function parseQuery<S extends z.ZodObject>(schema: S, query: unknown): z.output<S> {
  return parseFields(schema, isPlainObject(query) ? query : {})
}

/** They are stored with the task. */
const MAX_UNKNOWN_FIELDS = 64

/** The names in `fields` that `schema` does not know: what a lenient wire leaves out and says so. */
export function unknownFields(schema: z.ZodObject, fields: Record<string, unknown>): string[] {
  const unknown = Object.keys(fields).filter((name) => !Object.hasOwn(schema.shape, name) && fields[name] !== null)
  if (unknown.length <= MAX_UNKNOWN_FIELDS) return unknown
  throw new GatewayError('invalid_request', `the body has more than ${MAX_UNKNOWN_FIELDS} fields that mean nothing here`, { param: unknown[0]! })
}

function integer() {
  return z.union([z.number(), z.string().regex(INTEGER_TEXT, 'must be a whole number')], { error: 'must be a whole number' }).transform(Number)
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:')
}

function isSmall(metadata: Record<string, unknown>): boolean {
  return Object.keys(metadata).length <= MAX_METADATA_KEYS && JSON.stringify(metadata).length <= MAX_METADATA_CHARACTERS
}

function withoutNulls(schema: z.ZodObject, fields: Record<string, unknown>): Record<string, unknown> {
  const known = Object.entries(fields).filter(([name, value]) => value !== null || !Object.hasOwn(schema.shape, name))
  return Object.fromEntries(
    known.map(([name, value]) => {
      const inner = objectSchemaAt(schema, name)
      return [name, inner !== undefined && isPlainObject(value) ? withoutNulls(inner, value) : value]
    }),
  )
}

function objectSchemaAt(schema: z.ZodObject, name: string): z.ZodObject | undefined {
  const inner: unknown = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined
  const unwrapped = inner instanceof z.ZodOptional ? inner.unwrap() : inner
  return unwrapped instanceof z.ZodObject ? unwrapped : undefined
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

function asGatewayError(issue: Issue, above: Path): GatewayError {
  const path = [...above, ...issue.path]
  if (issue.code === 'invalid_union') {
    const nearest = nearestBranch(issue.errors)
    if (nearest !== undefined) return asGatewayError(nearest, path)
  }
  if (issue.code === 'unrecognized_keys') {
    const param = pathText([...path, issue.keys[0]!])
    return new GatewayError('invalid_request', `${param} is not a field of this request`, { param })
  }
  const param = pathText(path)
  return new GatewayError('invalid_request', `${param} ${sentence(issue)}`, { param })
}

/** Of a union's branches, the one whose type was right and whose content was not; it tells the client the most. */
function nearestBranch(branches: readonly (readonly Issue[])[]): Issue | undefined {
  return branches.map((issues) => issues[0]).find((issue) => issue !== undefined && !(issue.code === 'invalid_type' && issue.path.length === 0) && !isWrongWord(issue))
}

function isWrongWord(issue: Issue): boolean {
  return (issue.code === 'invalid_value' || issue.code === 'invalid_format') && issue.path.length === 0
}

function sentence(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined') ? 'is required' : `must be ${article(issue.expected)}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'too_big':
      return `must ${bound(issue.origin, 'at most', String(issue.maximum))}`
    case 'too_small':
      return `must ${bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', String(issue.minimum))}`
    default:
      return issue.message.startsWith('must') ? issue.message : 'is not valid'
  }
}

function bound(origin: string, words: string, limit: string): string {
  if (origin === 'string') return `have ${words} ${limit} ${limit === '1' ? 'character' : 'characters'}`
  if (origin === 'array') return `have ${words} ${limit} ${limit === '1' ? 'item' : 'items'}`
  return `be ${words} ${limit}`
}

function article(type: string): string {
  switch (type) {
    case 'int':
      return 'a whole number'
    case 'record':
    case 'object':
      return 'an object'
    case 'array':
      return 'a list'
    default:
      return `a ${type}`
  }
}

function pathText(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? String(step) : `.${String(step)}`)).join('')
}
