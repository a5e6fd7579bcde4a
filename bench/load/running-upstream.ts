import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RunningUpstreamOptions {
  /** Takes every call and never answers. */
  hangs?: boolean
}

/** Answers every check of an Ark job "running", as cheaply as Node can. Run by in-flight.ts and sick-channel.ts. */
const { hangs = false } = JSON.parse(process.argv[2]!) as RunningUpstreamOptions
const server = createServer((request, response) => {
  if (hangs) return
  const id = request.url!.slice(request.url!.lastIndexOf('/') + 1)
  const body = JSON.stringify({ id, model: 'doubao-seedance-2-0-260128', status: 'running', error: null, created_at: 1_795_240_000, updated_at: 1_795_240_000, seed: 1, resolution: '720p', ratio: '16:9', duration: 5, framespersecond: 24, service_tier: 'default', execution_expires_after: 172_800 })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3` }))
process.on('disconnect', () => process.exit())
