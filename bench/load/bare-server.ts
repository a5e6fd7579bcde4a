import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** As little as Node can do: the same bytes to every request. Run by reads.ts. */
const { answerFile } = JSON.parse(process.argv[2]!) as { answerFile: string }
const { headers, body } = JSON.parse(readFileSync(answerFile, 'utf8')) as { headers: Record<string, string>; body: string }

const server = createServer((_request, response) => {
  response.writeHead(200, headers).end(body)
})
server.listen(0, '127.0.0.1', () => process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
process.on('disconnect', () => process.exit())
