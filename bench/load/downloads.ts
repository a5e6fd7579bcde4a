import { connect } from 'node:net'

export interface DownloadsAsked {
  url: string
  key: string
  count: number
  parallel: number
  /** Of the file: an answer of another length is a failure. */
  bytes: number
}

export type DownloadsTold = { seconds: number } | { failed: string }

const RECEIVE_BYTES = 1024 * 1024

/** Downloads on kept-alive connections and throws the bytes away. Run by content.ts. */
process.on('message', (asked: DownloadsAsked) => {
  const startedAtMs = performance.now()
  const share = asked.count / asked.parallel
  Promise.all(Array.from({ length: asked.parallel }, () => downloadSome(asked, share))).then(
    () => tell({ seconds: (performance.now() - startedAtMs) / 1000 }),
    (error: Error) => tell({ failed: error.message }),
  )
})
process.on('disconnect', () => process.exit())

function downloadSome({ url, key, bytes }: DownloadsAsked, count: number): Promise<void> {
  const { hostname, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    let left = count
    let awaited = 0
    const buffer = Buffer.allocUnsafeSlow(RECEIVE_BYTES)
    const ask = (): void => {
      awaited = 0
      socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${key}\r\n\r\n`)
    }
    // Without a buffer of its own Node makes a new one for each read, which would cost more than the rest.
    const socket = connect({
      port: Number(port),
      host: hostname,
      onread: {
        buffer,
        callback(received, chunk) {
          awaited -= received
          if (awaited < 0) {
            // Both servers send the head in one piece.
            const head = Buffer.from(chunk.buffer, chunk.byteOffset, received).toString('latin1').split('\r\n\r\n', 1)[0]!
            if (!head.startsWith('HTTP/1.1 200 ') || !head.toLowerCase().includes(`content-length: ${bytes}`)) {
              socket.destroy(new Error(head))
              return false
            }
            awaited += bytes + head.length + 4
          }
          if (awaited > 0) return true
          left -= 1
          if (left > 0) ask()
          else socket.end()
          return true
        },
      },
    }, ask)
    socket.on('error', reject)
    socket.on('close', () => (left === 0 ? resolve() : reject(new Error(`closed with ${left} downloads to go`))))
  })
}

function tell(told: DownloadsTold): void {
  process.send!(told)
}
