import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface ServedFile {
  bytes: number
  /** Hex, of the whole file: the strong ETag is made of it. */
  sha256: string
  /** One of our fixed media types; never what an uploader or an upstream said. */
  mediaType: string
  lastModified: Date
  /** How long a browser may keep it, at most until the link or the file ends. Absent: not at all, since it takes a key to see it. */
  maxAgeSeconds?: number
  /** Absent: `inline`. */
  disposition?: 'inline' | 'attachment'
  /** Suggested to whoever saves it. Any text; made safe here. */
  fileName?: string
  /** Opens the whole file, or the bytes from `start` to `end`, both included. A failure becomes an ordinary error answer. */
  open(range?: { start: number; end: number }): Promise<Readable>
}

/**
 * Answers GET or HEAD with a stored file: whole or one range of it, with the preconditions of RFC 9110 section 13.
 *
 * Ranges of one file are byte-exact under one ETag, so downloads can be resumed and players can seek. Several ranges in one
 * request are answered with the whole file, which section 14.2 allows. An aborted download destroys the source (Fastify
 * does that for a stream it was given).
 */
export async function serveFile(request: FastifyRequest, reply: FastifyReply, file: ServedFile): Promise<FastifyReply> {
  const etag = `"${file.sha256}"`
  const lastModifiedMs = Math.floor(file.lastModified.getTime() / 1_000) * 1_000
  const { headers } = request
  const isGet = request.method === 'GET'
  // A stream, as the HEAD route that Fastify adds to a GET route answers `Content-Length: 0` to anything else without a body.
  const nothing = isGet ? undefined : Readable.from([])
  const common = {
    'ETag': etag,
    'Last-Modified': new Date(lastModifiedMs).toUTCString(),
    'Accept-Ranges': 'bytes',
    'Cache-Control': file.maxAgeSeconds === undefined ? 'private, no-store' : `private, max-age=${Math.max(0, Math.floor(file.maxAgeSeconds))}`,
    // What a user made must not run here: no guessing at types, no scripts, frames or forms, even when opened as a page.
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "sandbox; default-src 'none'",
    // Result links are made to be put into other people's pages.
    'Cross-Origin-Resource-Policy': 'cross-origin',
  }

  switch (judgePreconditions(headers, etag, lastModifiedMs)) {
    case 'failed':
      return reply.code(412).headers(common).send(nothing)
    case 'not_modified':
      return reply.code(304).headers(common).send(nothing)
    case 'passed':
      break
  }

  // "GET is the only method for which range handling is defined" (RFC 9110 section 14.2).
  const range = isGet && ifRangeHolds(headers['if-range'], etag, lastModifiedMs) ? parseRange(headers.range, file.bytes) : 'whole'
  if (range === 'unsatisfiable') {
    return reply.code(416).headers({ ...common, 'Content-Range': `bytes */${file.bytes}` }).send(nothing)
  }

  // Before any header is set: an error answer is of another type and length, and must not be kept.
  const content = nothing ?? await (range === 'whole' ? file.open() : file.open(range))
  if (range !== 'whole') reply.code(206).header('Content-Range', `bytes ${range.start}-${range.end}/${file.bytes}`)
  return reply.headers({
    ...common,
    // Every text that is stored was checked to be UTF-8.
    'Content-Type': file.mediaType === 'text/plain' ? 'text/plain; charset=utf-8' : file.mediaType,
    'Content-Length': String(range === 'whole' ? file.bytes : range.end - range.start + 1),
    'Content-Disposition': contentDisposition(file.disposition ?? 'inline', file.fileName),
  }).send(content)
}

type Headers = FastifyRequest['headers']

/** The order of RFC 9110 section 13.2.2. */
function judgePreconditions(headers: Headers, etag: string, lastModifiedMs: number): 'passed' | 'failed' | 'not_modified' {
  const unmodifiedSince = parseDate(headers['if-unmodified-since'])
  if (headers['if-match'] !== undefined) {
    if (!listsTag(headers['if-match'], etag, 'strong')) return 'failed'
  } else if (unmodifiedSince !== undefined && lastModifiedMs > unmodifiedSince) {
    return 'failed'
  }

  const modifiedSince = parseDate(headers['if-modified-since'])
  if (headers['if-none-match'] !== undefined) {
    if (listsTag(headers['if-none-match'], etag, 'weak')) return 'not_modified'
  } else if (modifiedSince !== undefined && lastModifiedMs <= modifiedSince) {
    return 'not_modified'
  }
  return 'passed'
}

/** Tags of ours hold neither commas nor quotes, so that a list may simply be split. */
function listsTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true
  return list.split(',').some((item) => {
    const tag = item.trim()
    return tag === etag || (comparison === 'weak' && tag === `W/${etag}`)
  })
}

/** RFC 9110 section 13.1.5: a strong tag, or exactly the date we gave; anything else means "send it whole". */
function ifRangeHolds(condition: string | string[] | undefined, etag: string, lastModifiedMs: number): boolean {
  if (condition === undefined) return true
  if (typeof condition !== 'string') return false
  return condition.trim() === etag || parseDate(condition) === lastModifiedMs
}

function parseDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

type Range = { start: number; end: number } | 'whole' | 'unsatisfiable'

/** One range of RFC 9110 section 14.1.2. What cannot be understood, and several at once, is as if nothing had been asked. */
function parseRange(header: string | undefined, bytes: number): Range {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole'
  if (first === '') {
    const suffixBytes = Number(last)
    if (suffixBytes === 0 || bytes === 0) return 'unsatisfiable'
    return { start: Math.max(0, bytes - suffixBytes), end: bytes - 1 }
  }
  const start = Number(first)
  const end = last === '' ? Infinity : Number(last)
  if (end < start) return 'whole'
  if (start >= bytes) return 'unsatisfiable'
  return { start, end: Math.min(end, bytes - 1) }
}

const MAX_FILE_NAME_LENGTH = 150

/** RFC 6266: a name in plain ASCII for old readers, and the full one in UTF-8 (RFC 8187) when it differs. */
function contentDisposition(disposition: 'inline' | 'attachment', fileName: string | undefined): string {
  if (fileName === undefined) return disposition
  // No folders, no control characters (line breaks above all), no lone surrogates, which cannot be encoded.
  const name = Array.from(fileName.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029"\\/:*?<>|]/gu, '_')).slice(0, MAX_FILE_NAME_LENGTH).join('')
  const plain = name.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll('%', '_')
  if (plain === name) return `${disposition}; filename="${name}"`
  const encoded = encodeURIComponent(name).replaceAll(/['()*!]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${disposition}; filename="${plain}"; filename*=UTF-8''${encoded}`
}
