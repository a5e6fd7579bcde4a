import { connect, type Socket } from 'node:net'

export interface WaitClientsOptions {
  port: number
  key: string
  timeoutSeconds: number
}

export type WaitClientsAsked = { wait: string[] }

export interface WaitAnswer {
  id: string
  /** When its first byte came. */
  atMs: number
  status: string
}

export type WaitClientsTold = { sent: number } | { answers: WaitAnswer[] } | { failed: string }

/** More at once only fill the server's queue of connections. */
const CONNECTING_AT_ONCE = 64
/** A source address has some 28,000 ports; four are enough for any number of waits here. */
const SOURCE_ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'] as const
const TELL_MS = 20

/**
 * Holds one `/wait` for each id that it is told, on a connection each, and tells of every answer with the time when it
 * came. Sockets alone: an HTTP client's own memory and time would be most of what is measured. Run by waits.ts and flight.ts.
 */
const { port, key, timeoutSeconds } = JSON.parse(process.argv[2]!) as WaitClientsOptions
const waiting: string[] = []
let connecting = 0
let turn = 0
let sent = 0
let answers: WaitAnswer[] = []

process.on('message', (asked: WaitClientsAsked) => {
  waiting.push(...asked.wait)
  connectSome()
})
process.on('disconnect', () => process.exit())
setInterval(() => {
  if (sent > 0) tell({ sent })
  if (answers.length > 0) tell({ answers })
  sent = 0
  answers = []
}, TELL_MS)

function connectSome(): void {
  while (connecting < CONNECTING_AT_ONCE) {
    const id = waiting.shift()
    if (id === undefined) return
    connecting += 1
    wait(id)
  }
}

function wait(id: string): void {
  let text = ''
  let atMs = 0
  const socket: Socket = connect({ port, host: '127.0.0.1', localAddress: SOURCE_ADDRESSES[turn++ % SOURCE_ADDRESSES.length]! }, () => {
    connecting -= 1
    sent += 1
    socket.write(`GET /v1/videos/${id}/wait?timeout=${timeoutSeconds} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${key}\r\nconnection: close\r\n\r\n`)
    connectSome()
  })
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    if (atMs === 0) atMs = performance.timeOrigin + performance.now()
    text += chunk
  })
  socket.on('end', () => {
    const status = /"status":"(\w+)"/.exec(text)?.[1]
    if (!text.startsWith('HTTP/1.1 200 ') || status === undefined) tell({ failed: text.slice(0, 500) || 'closed without an answer' })
    else answers.push({ id, atMs, status })
  })
  socket.on('error', (error) => tell({ failed: error.message }))
}

function tell(told: WaitClientsTold): void {
  process.send!(told)
}
