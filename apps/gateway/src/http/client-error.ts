import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { GatewayError, type ErrorCode } from '../core/errors.ts'
import { nativeDialect } from './errors.ts'

/** What Node refuses before there is a request, by its code; everything else is malformed framing. */
const REFUSALS: Record<string, { status: number; code: ErrorCode; message: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'too_large', message: 'the headers are too large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'too_large', message: 'the body is too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'invalid_request', message: 'the request did not arrive in time' },
}
const MALFORMED = { status: 400, code: 'invalid_request', message: 'the request is malformed' } as const

/** Answers bytes that are no request the way other errors are answered, and closes the connection: what follows cannot be told apart. */
export function answerClientError(error: Error & { code?: string }, socket: Socket, requestId: string, origin: string): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { status, code, message } = REFUSALS[error.code ?? ''] ?? MALFORMED
  const body = JSON.stringify(nativeDialect().renderError(new GatewayError(code, message), { requestId, language: 'en', origin }).body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'content-type: application/json; charset=utf-8', `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`, 'x-should-retry: false', 'x-content-type-options: nosniff', 'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
