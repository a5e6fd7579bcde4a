import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const MAX_LOOKS = 300
const LOOK_EVERY_MS = 50

export interface CallbackReceiver {
  url: string
  /** The first body that came, when it is there. */
  first(): Promise<unknown>
  close(): void
}

/** Takes whatever is posted to it. */
export async function startCallbackReceiver(): Promise<CallbackReceiver> {
  const received: unknown[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      received.push(JSON.parse(text))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async first() {
      for (let look = 0; look < MAX_LOOKS && received.length === 0; look += 1) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      return received[0]
    },
    close: () => server.close(),
  }
}
