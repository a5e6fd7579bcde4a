import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isUtf8 } from 'node:buffer'
import { createHash, type Hash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { GatewayError } from '../core/errors.ts'
import type { RequestBody, UploadedPart } from '../dialects/index.ts'
import { parseJson } from './json-body.ts'

/** What one request may hold. Bytes are of the wire, before anything is decoded. */
export interface BodyLimits {
  /** Of a JSON body; pictures come in it as data URIs. */
  maxJsonBytes: number
  /** Of a form, all parts together. */
  maxFormBytes: number
  maxFileBytes: number
  /** Of one text part; a data URI may be one. */
  maxTextPartBytes: number
  maxParts: number
  maxFiles: number
  /** Of objects and lists in each other. */
  maxDepth: number
  /** Members and items, counted over the whole body. */
  maxValues: number
}

const MIB = 1024 * 1024

/** A 20 MiB picture is 27 MiB of base64; larger ones go as files. Requests hold tens of values, not thousands. */
export const DEFAULT_BODY_LIMITS: BodyLimits = {
  maxJsonBytes: 32 * MIB,
  maxFormBytes: 256 * MIB,
  maxFileBytes: 128 * MIB,
  maxTextPartBytes: 32 * MIB,
  maxParts: 256,
  maxFiles: 32,
  maxDepth: 32,
  maxValues: 20_000,
}

/** Says what the bytes are by their content; undefined when they are nothing that we take. */
export type Sniff = (bytes: Uint8Array) => string | undefined

/**
 * Makes an app read JSON and forms our way, and nothing else: any other content type is refused with 415, which also
 * keeps a foreign page's form (`text/plain`) from posting here. Call it on the root instance, before the routes.
 */
export async function registerBodyParsers(app: FastifyInstance, limits: BodyLimits): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addHook('onRequest', async (request) => refuseCompressed(request.headers['content-encoding']))
  app.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: limits.maxJsonBytes }, async (_request: FastifyRequest, bytes: Buffer) =>
    bytes.length === 0 ? undefined : parseJson(bytes, limits),
  )
  await app.register(multipart, {
    throwFileSizeLimit: false,
    // Text comes as a stream too, so that one count bounds the whole form and JSON parts are parsed by us.
    isPartAFile: () => true,
    limits: { parts: limits.maxParts, files: limits.maxParts, fileSize: Math.max(limits.maxFileBytes, limits.maxTextPartBytes) + 1 },
  })
}

/**
 * The body of a request, with every string checked. Throws `invalid_request` (naming the field), `too_large`
 * or `unsupported_media`.
 */
export async function readRequestBody(request: FastifyRequest, limits: BodyLimits, sniff: Sniff): Promise<RequestBody> {
  if (request.isMultipart()) return readForm(request, limits, sniff)
  const body: unknown = request.body
  if (body === undefined || body === null) throw new GatewayError('invalid_request', 'the body is empty; it must be a JSON object or a form')
  if (typeof body !== 'object' || Array.isArray(body)) throw new GatewayError('invalid_request', 'the body must be a JSON object')
  checkStrings(body, '')
  return { fields: body as Record<string, unknown>, files: [], multipart: false }
}

/** The client's mistakes that Fastify and its plug-in find before we do, as ours; undefined for everything else. */
export function asBodyError(error: unknown): GatewayError | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new GatewayError('unsupported_media', 'the content type must be application/json or multipart/form-data', { cause: error })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_PARTS_LIMIT':
    case 'FST_FILES_LIMIT':
    case 'FST_FIELDS_LIMIT':
    case 'FST_REQ_FILE_TOO_LARGE':
      return new GatewayError('too_large', 'the body is too large', { cause: error })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new GatewayError('invalid_request', 'the body is not as long as Content-Length says', { cause: error })
    case 'FST_PROTO_VIOLATION':
      return new GatewayError('invalid_request', 'a part has a name that is not allowed', { cause: error })
    case 'FST_MP_PREMATURE_CLOSE':
      return new GatewayError('invalid_request', 'the form breaks off', { cause: error })
    default:
      return undefined
  }
}

/**
 * SHA-256 over what a request says, for idempotency: the same request written another way (order of keys, boundary of
 * the form, white space) has the same fingerprint.
 */
export async function fingerprintBody(method: string, path: string, body: RequestBody): Promise<string> {
  const hash = createHash('sha256').update(`${method} ${path}\n`)
  await hashValue(hash, body.fields)
  for (const file of body.files) {
    hash.update(`\n${JSON.stringify(file.field)} ${file.bytes.length} `)
    await hashLong(hash, file.bytes)
  }
  return hash.digest('hex')
}

async function hashValue(hash: Hash, value: unknown): Promise<void> {
  if (Array.isArray(value)) {
    hash.update('[')
    for (const item of value) {
      await hashValue(hash, item)
      hash.update(',')
    }
    hash.update(']')
  } else if (typeof value === 'object' && value !== null) {
    hash.update('{')
    for (const [key, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(`${JSON.stringify(key)}:`)
      await hashValue(hash, member)
      hash.update(',')
    }
    hash.update('}')
  } else if (typeof value === 'string' && value.length > HASHED_AT_ONCE) {
    hash.update(`${value.length} `)
    await hashLong(hash, value)
  } else {
    hash.update(JSON.stringify(value) ?? 'undefined')
  }
}

/** About a millisecond's work. */
const HASHED_AT_ONCE = 1024 * 1024

/** In steps, so that others get their turn. */
async function hashLong(hash: Hash, value: string | Uint8Array): Promise<void> {
  for (let start = 0; start < value.length; start += HASHED_AT_ONCE) {
    hash.update(value.slice(start, start + HASHED_AT_ONCE))
    await turn()
  }
}

function refuseCompressed(encoding: string | undefined): void {
  if (encoding === undefined || encoding.trim().toLowerCase() === 'identity') return
  throw new GatewayError('unsupported_media', 'compressed bodies are not accepted; send it without Content-Encoding')
}

/** Names are kept with the task (`ignored`, `metadata`) and shown in errors; no field of ours has a tenth of this. */
const MAX_NAME_CHARACTERS = 256

/** Names that reach an object's prototype when somebody assigns by them. */
const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Refuses, by the field's path, what PostgreSQL cannot store (NUL) and what no UTF-8 can carry (half a surrogate pair),
 * and names that mean something to JavaScript.
 */
export function checkStrings(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (!isStorable(value)) throw new GatewayError('invalid_request', `${path} holds a character that is not allowed`, { param: path })
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => checkStrings(item, `${path}[${index}]`))
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (!isStorable(key)) throw new GatewayError('invalid_request', `a name in ${path === '' ? 'the body' : path} holds a character that is not allowed`, path === '' ? {} : { param: path })
      if (key.length > MAX_NAME_CHARACTERS) throw new GatewayError('invalid_request', `a name in ${path === '' ? 'the body' : path} is longer than ${MAX_NAME_CHARACTERS} characters`)
      const memberPath = path === '' ? key : `${path}.${key}`
      if (FORBIDDEN_NAMES.has(key)) throw forbiddenName(memberPath)
      checkStrings(member, memberPath)
    }
  }
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function forbiddenName(param: string): GatewayError {
  return new GatewayError('invalid_request', `${param} is not an allowed name`, { param })
}

interface FormPart {
  name: string
  fileName: string | undefined
  contentType: string
  bytes: Buffer
}

async function readForm(request: FastifyRequest, limits: BodyLimits, sniff: Sniff): Promise<RequestBody> {
  const fields: Record<string, unknown> = {}
  const files: UploadedPart[] = []
  try {
    for await (const part of formParts(request, limits)) {
      if (part.fileName === undefined) {
        addField(fields, part.name, await textOf(part, limits), limits)
      } else {
        if (files.length === limits.maxFiles) throw new GatewayError('too_large', `the form holds more than ${limits.maxFiles} files`)
        files.push(uploadedPart(part, part.fileName, sniff))
      }
    }
  } catch (error) {
    // What is left of the body goes nowhere: nothing of it is kept while the answer is sent.
    request.raw.unpipe()
    request.raw.resume()
    throw asFormError(error)
  }
  if (Object.keys(fields).length === 0 && files.length === 0) throw new GatewayError('invalid_request', 'the body is empty; it must be a JSON object or a form')
  checkStrings(fields, '')
  return { fields, files, multipart: true }
}

/** The parts in turn, each whole in memory; their bytes together stay within the limit. */
async function* formParts(request: FastifyRequest, limits: BodyLimits): AsyncGenerator<FormPart> {
  let totalBytes = 0
  let parts = 0
  for await (const part of request.parts()) {
    if (part.type !== 'file') throw new Error('every part was asked for as a file')
    if (++parts > limits.maxParts) throw new GatewayError('too_large', `the form holds more than ${limits.maxParts} parts`)
    const name = part.fieldname as string | undefined
    if (name === undefined || name === '') throw new GatewayError('invalid_request', 'a part of the form has no name')
    if (name.length > MAX_NAME_CHARACTERS) throw new GatewayError('invalid_request', `a part of the form has a name longer than ${MAX_NAME_CHARACTERS} characters`)
    // JSON is a value whatever its name: Replicate's client sends `metadata` as a Blob, which forms call `blob`.
    const fileName = part.mimetype.startsWith('application/json') ? undefined : part.filename as string | undefined
    const maxBytes = fileName === undefined ? limits.maxTextPartBytes : limits.maxFileBytes
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of part.file as AsyncIterable<Buffer>) {
      bytes += chunk.length
      totalBytes += chunk.length
      if (bytes > maxBytes) throw new GatewayError('too_large', `${name} is larger than ${maxBytes} bytes`, { param: name })
      if (totalBytes > limits.maxFormBytes) throw new GatewayError('too_large', `the form is larger than ${limits.maxFormBytes} bytes`)
      chunks.push(chunk)
    }
    yield { name, fileName, contentType: part.mimetype, bytes: Buffer.concat(chunks) }
  }
}

function asFormError(error: unknown): Error {
  if (error instanceof GatewayError) return error
  const known = asBodyError(error)
  if (known !== undefined) return known
  // busboy's own errors are plain: "Unexpected end of multipart data", "Multipart: Boundary not found", …
  return new GatewayError('invalid_request', 'the body is not a complete form', { cause: error })
}

/** A text part is text, whatever it looks like, unless it says that it is JSON. */
async function textOf(part: FormPart, limits: BodyLimits): Promise<unknown> {
  if (part.contentType.startsWith('application/json')) return parseJson(part.bytes, limits)
  if (!isUtf8(part.bytes)) throw new GatewayError('invalid_request', `${part.name} is not UTF-8`, { param: part.name })
  return part.bytes.toString('utf8')
}

function uploadedPart(part: FormPart, fileName: string, sniff: Sniff): UploadedPart {
  const field = part.name.replace(/\[\d*\]$/, '')
  if (part.bytes.length === 0) throw new GatewayError('invalid_request', `${field} is an empty file`, { param: field })
  if (!isStorable(fileName) || !isStorable(field)) throw new GatewayError('invalid_request', 'the name of a file holds a character that is not allowed')
  const mediaType = sniff(part.bytes)
  if (mediaType === undefined) throw new GatewayError('unsupported_media', `${field} is no kind of file that is taken here`, { param: field })
  return { field, fileName, mediaType, bytes: part.bytes }
}

/**
 * Puts a value where its name says: `metadata[a]` is a member, `tags[]` and `tags[0]` are items, and a plain name that
 * comes twice makes a list. SDKs generated by Stainless write nested values this way.
 */
function addField(fields: Record<string, unknown>, name: string, value: unknown, limits: BodyLimits): void {
  const steps = stepsOf(name)
  if (steps.length > limits.maxDepth) throw new GatewayError('invalid_request', `${steps[0]} is nested more than ${limits.maxDepth} deep`, { param: steps[0]! })
  if (steps.some((step) => FORBIDDEN_NAMES.has(step))) throw forbiddenName(name)
  let holder: Holder = fields
  for (const [index, step] of steps.entries()) {
    if (index === steps.length - 1) return put(holder, step, value, name)
    holder = descend(holder, step, isItemStep(steps[index + 1]!), name)
  }
}

type Holder = Record<string, unknown> | unknown[]

/** `a[b][]` is `a`, `b` and the empty step; a name with stray brackets is one step, as it stands. */
function stepsOf(name: string): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name)
  if (match === null) return [name]
  return [match[1]!, ...[...match[2]!.matchAll(/\[([^[\]]*)\]/g)].map((step) => step[1]!)]
}

function isItemStep(step: string): boolean {
  return /^\d{0,4}$/.test(step)
}

/** What stands at `step`, made if nothing does. */
function descend(holder: Holder, step: string, asList: boolean, name: string): Holder {
  if (Array.isArray(holder)) {
    const index = step === '' ? holder.length : Number(step)
    if (!isItemStep(step) || index > holder.length) throw misplaced(name)
    holder[index] ??= asList ? [] : {}
    return holderAt(holder[index], name)
  }
  if (!Object.hasOwn(holder, step)) holder[step] = asList ? [] : {}
  return holderAt(holder[step], name)
}

function holderAt(value: unknown, name: string): Holder {
  if (typeof value !== 'object' || value === null) throw misplaced(name)
  return value as Holder
}

function put(holder: Holder, step: string, value: unknown, name: string): void {
  if (Array.isArray(holder)) {
    if (step !== '' && Number(step) !== holder.length) throw misplaced(name)
    holder.push(value)
  } else if (!Object.hasOwn(holder, step)) {
    holder[step] = value
  } else if (Array.isArray(holder[step])) {
    holder[step].push(value)
  } else if (typeof holder[step] === 'object') {
    throw misplaced(name)
  } else {
    holder[step] = [holder[step], value]
  }
}

function misplaced(name: string): GatewayError {
  return new GatewayError('invalid_request', `${name} does not fit the parts before it`, { param: name })
}
