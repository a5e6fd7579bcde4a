import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { DownloadRequest } from './download.ts'
import { createEgress, type CallRequest, type Egress, type EgressOptions } from './egress.ts'
import { EgressError } from './egress-error.ts'

const LOOPBACK = { allowCidrs: ['127.0.0.0/8'] }

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

describe('a call', () => {
  it('answers with status, headers and body, and sends what it was given', async () => {
    const url = await serve(async (request, response) => {
      const body = await buffer(request)
      response.writeHead(201, { 'x-two': ['a', 'b'] }).end(JSON.stringify({ ...request.headers, body: body.toString() }))
    })
    const answer = await egress().call(call(url, { method: 'POST', body: '{"a":1}', headers: { Authorization: 'Bearer k', Host: 'evil' } }))
    expect(answer.status).toBe(201)
    expect(answer.headers['x-two']).toBe('a, b')
    expect(JSON.parse(textOf(answer.body))).toMatchObject({
      authorization: 'Bearer k',
      host: new URL(url).host,
      'accept-encoding': 'identity',
      body: '{"a":1}',
    })
  })

  it('is given a redirect back as it is, and does not follow it', async () => {
    let requests = 0
    const url = await serve((_request, response) => {
      requests += 1
      response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
    })
    const answer = await egress().call(call(url))
    expect([answer.status, answer.headers['location'], requests]).toEqual([307, 'http://127.0.0.1:1/', 1])
  })

  it('reads a compressed answer, but not past the limit', async () => {
    const url = await serve((request, response) => {
      const body = request.url === '/bomb' ? Buffer.alloc(10_000_000) : Buffer.from('hello')
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body))
    })
    expect(textOf((await egress().call(call(url))).body)).toBe('hello')
    expect(await failure(egress().call(call(`${url}/bomb`)))).toBe('maybe_sent: too_large')
  })

  it('with a larger answer than the limit was sent all the same', async () => {
    const url = await serve((_request, response) => void response.end('x'.repeat(5_000)))
    expect(await failure(egress().call(call(url, { maxResponseBytes: 4_999 })))).toBe('maybe_sent: too_large')
    expect((await egress().call(call(url, { maxResponseBytes: 5_000 }))).body.length).toBe(5_000)
  })

  it('reuses its connection', async () => {
    const ports = new Set<number | undefined>()
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      response.end()
    })
    const client = egress()
    for (let count = 0; count < 5; count += 1) await client.call(call(url))
    // Two, since a connection rests for one turn after an answer.
    expect(ports.size).toBeLessThanOrEqual(2)
  })
})

describe('a call is not sent for certain when', () => {
  it('the name is not known', async () => {
    const client = egress({ resolve: () => Promise.reject(new Error('ENOTFOUND')) })
    expect(await failure(client.call(post('http://api.example/')))).toBe('not_sent: dns')
  })

  it('the name has no address', async () => {
    expect(await failure(egress({ resolve: async () => [] }).call(post('http://api.example/')))).toBe('not_sent: dns')
  })

  it('the resolver does not answer in time', async () => {
    const client = egress({ resolve: () => new Promise(() => {}) })
    expect(await failure(client.call(post('http://api.example/', { timeoutMs: 30 })))).toBe('not_sent: timeout')
  })

  it('the connection is refused', async () => {
    const { port, server } = await listen(createTcpServer())
    server.close()
    await once(server, 'close')
    expect(await failure(egress().call(post(`http://127.0.0.1:${port}/`)))).toBe('not_sent: refused (ECONNREFUSED)')
  })

  it('TLS cannot be agreed on', async () => {
    const heard: string[] = []
    const { port } = await listen(createTcpServer((socket) => socket.on('data', (data) => heard.push(data.toString('latin1'))).end('HTTP/1.1 200 OK\r\n\r\n')))
    expect(await failure(egress().call(post(`https://127.0.0.1:${port}/`)))).toMatch(/^not_sent: tls/)
    expect(heard.join('')).not.toContain('POST')
  })

  it('the certificate is not trusted', async () => {
    const { port, requests } = await serveTls()
    const client = egress({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })
    expect(await failure(client.call(post(`https://secure.example:${port}/`)))).toMatch(/^not_sent: tls/)
    expect(requests).toEqual([])
  })

  it('the connection is dropped during the handshake', async () => {
    const { port } = await listen(createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())))
    expect(await failure(egress().call(post(`https://127.0.0.1:${port}/`)))).toMatch(/^not_sent: tls/)
  })

  it('the time is up before the handshake is over', async () => {
    const { port } = await listen(createTcpServer(() => {}))
    expect(await failure(egress().call(post(`https://127.0.0.1:${port}/`, { timeoutMs: 50 })))).toBe('not_sent: timeout')
  })

  it('its headers could not be written', async () => {
    const url = await serve((_request, response) => void response.end())
    expect(await failure(egress().call(post(url, { headers: { 'x-a': 'b\r\nx-evil: c' } })))).toMatch(/^not_sent: malformed/)
  })

  it('the time is up while it waits for a free connection; and it is not sent later', async () => {
    let requests = 0
    const { port, server } = await listen(createTcpServer((socket) => socket.once('data', () => (requests += 1))))
    const taken = new Promise<void>((resolve) => {
      let connections = 0
      server.on('connection', () => (connections += 1) === 257 && resolve())
    })
    const client = egress()
    const attempt = (timeoutMs: number) => failure(client.call(post(`http://127.0.0.1:${port}/`, { timeoutMs })))
    const first = Array.from({ length: 256 }, () => attempt(600))
    expect(await attempt(300)).toBe('not_sent: timeout')
    expect(new Set(await Promise.all(first))).toEqual(new Set(['maybe_sent: timeout']))
    // The pool takes the one that waited when a connection is free, and must find that nobody wants it any more.
    await taken
    await sleep(20)
    expect(requests).toBe(256)
  })

  it('the client is closed', async () => {
    const client = egress()
    await client.close()
    expect(await failure(client.call(post('http://127.0.0.1:1/')))).toBe('not_sent: closed')
  })
})

describe('a call may have been sent when', () => {
  it.each<[string, Server, string]>([
    ['the connection is reset after reading', afterRequest((socket) => socket.resetAndDestroy()), 'reset (ECONNRESET)'],
    ['the connection is closed without an answer', afterRequest((socket) => socket.end()), 'closed (UND_ERR_SOCKET)'],
    ['nothing is answered', afterRequest(() => {}), 'timeout'],
    ['the answer is not HTTP', afterRequest((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')), 'garbled'],
    ['the answer ends in its head', afterRequest((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')), 'closed (UND_ERR_SOCKET)'],
    ['the answer ends in its body', afterRequest((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')), 'closed (UND_ERR_SOCKET)'],
    ['the last chunk is missing', afterRequest((socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n')), 'closed (UND_ERR_SOCKET)'],
    ['the answer stops in its body', afterRequest((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')), 'timeout'],
    ['the head has no end', afterRequest((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`)), 'too_large (UND_ERR_HEADERS_OVERFLOW)'],
    ['only preliminary answers come', afterRequest((socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')), 'timeout'],
    ['the answer changes the protocol', afterRequest((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')), 'closed (UND_ERR_SOCKET)'],
    ['the answer is compressed in a way of its own', afterRequest((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-encoding: exi\r\ncontent-length: 1\r\n\r\nx')), 'encoding'],
    ['what is called compressed is not', afterRequest((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx')), 'garbled'],
  ])('%s', async (_case, server, reason) => {
    const { port } = await listen(server)
    const outcome = await failure(egress().call(post(`http://127.0.0.1:${port}/`, { timeoutMs: 150 })))
    expect(outcome).toBe(`maybe_sent: ${reason}`)
  })

  it('the connection is reset before the request was read', async () => {
    const server = createTcpServer({ pauseOnConnect: true }, (socket) => void sleep(30).then(() => socket.resetAndDestroy()))
    const { port } = await listen(server)
    expect(await failure(egress().call(post(`http://127.0.0.1:${port}/`)))).toMatch(/^maybe_sent: (reset|closed)/)
  })

  it('a kept-alive connection is reset just as it is used again; and it is not sent a second time', async () => {
    let requests = 0
    const { port } = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => {}).on('data', () => {
          requests += 1
          if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
          else socket.resetAndDestroy()
        })
      }),
    )
    const client = egress()
    await client.call(post(`http://127.0.0.1:${port}/`))
    expect(await failure(client.call(post(`http://127.0.0.1:${port}/`)))).toMatch(/^maybe_sent: reset/)
    await sleep(20)
    expect(requests).toBe(2)
  })

  it('the client is closed on it', async () => {
    const { port } = await listen(createTcpServer(() => {}))
    const client = egress()
    const outcome = failure(client.call(post(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })))
    await nextTurn()
    await client.close()
    expect(await outcome).toBe('maybe_sent: timeout')
  })
})

describe('where a name leads', () => {
  it('decides: one special address among public ones refuses them all', async () => {
    const mixed = ['93.184.216.34', '2606:4700::1111', '10.0.0.1'].map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    const client = egress({ allowCidrs: [], resolve: async () => mixed })
    expect(await failure(client.call(post('http://mixed.example/')))).toBe('not_allowed: special_address')
    expect(await failure(client.download(file('http://mixed.example/')))).toBe('not_allowed: special_address')
  })

  it.each(['127.0.0.1', '169.254.169.254', '::ffff:10.0.0.1', '64:ff9b::a00:1', 'fd00::1', '0.0.0.0'])('never to %s', async (address) => {
    const client = egress({ allowCidrs: [], resolve: async () => [{ address, family: address.includes(':') ? 6 : 4 }] })
    const error = await client.call(post('http://cname.example/')).catch((thrown: unknown) => thrown)
    expect(String(error)).toBe('EgressError: not_allowed: special_address')
  })

  it('is asked once for many calls, pinned, and judged anew when it is asked again', async () => {
    const url = await serve((_request, response) => void response.end('ours'))
    const answers = ['127.0.0.1', '10.0.0.1']
    let asked = 0
    let nowMs = 0
    const client = egress({
      now: () => nowMs,
      resolve: async () => [{ address: answers[asked++] ?? '', family: 4 }],
    })
    const rebound = url.replace('127.0.0.1', 'rebound.example')
    await Promise.all([client.call(post(rebound)), client.call(post(rebound))])
    nowMs = 29_999
    expect(textOf((await client.call(post(rebound))).body)).toBe('ours')
    expect(asked).toBe(1)
    nowMs = 30_000
    expect(await failure(client.call(post(rebound)))).toBe('not_allowed: special_address')
    expect(asked).toBe(2)
  })

  // macOS answers at 127.0.0.1 only.
  it.skipIf(process.platform === 'darwin')('may change: new connections go to the new address', async () => {
    const old = await listen(createHttpServer((_request, response) => void response.end('old')))
    const moved = await listen(createHttpServer((_request, response) => void response.end('moved')), { host: '127.0.0.2', port: old.port })
    let nowMs = 0
    const client = egress({ now: () => nowMs, resolve: async () => [{ address: nowMs === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }] })
    const ask = async () => textOf((await client.call(post(`http://moving.example:${moved.port}/`))).body)
    expect(await ask()).toBe('old')
    nowMs = 30_000
    expect(await ask()).toBe('moved')
  })

  it('does not show in Host or in TLS: both keep the name', async () => {
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, CERTIFICATE])
    closers.push(() => setDefaultCACertificates(trusted))
    const { port, requests } = await serveTls()
    const client = egress({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })
    expect((await client.call(post(`https://secure.example:${port}/`))).status).toBe(200)
    expect(requests[0]).toContain(`host: secure.example:${port}\r\n`)
    expect(await failure(client.call(post(`https://other.example:${port}/`)))).toBe('not_sent: tls (ERR_TLS_CERT_ALTNAME_INVALID)')
  })

  it('is tried address by address', async () => {
    const url = await serve((_request, response) => void response.end())
    const client = egress({
      resolve: async () => ['127.0.0.2', '127.0.0.1', '127.0.0.3'].map((address) => ({ address, family: 4 })),
    })
    expect((await client.call(post(url.replace('127.0.0.1', 'many.example')))).status).toBe(200)
  })

  it('lets a local name or an odd port through only into an allowed range', async () => {
    const url = await serve((_request, response) => void response.end())
    const addresses: Record<string, string> = { comfyui: '127.0.0.1', 'private.example': '127.0.0.1', 'public.example': '93.184.216.34', nas: '93.184.216.34' }
    const client = egress({ resolve: async (name) => [{ address: addresses[name] ?? '', family: 4 }] })
    const at = (name: string) => client.call(post(url.replace('127.0.0.1', name), { ports: 'web' }))
    expect((await at('comfyui')).status).toBe(200)
    expect((await at('private.example')).status).toBe(200)
    expect(await failure(at('public.example'))).toBe('not_allowed: port')
    expect(await failure(at('nas'))).toBe('not_allowed: local_name')
  })
})

describe('a download', () => {
  it('follows redirects, tells where it ended, and streams the file', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: 'b?sig=1' }).end()
      else response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 5 }).end('video')
    })
    const { stream, ...rest } = await egress().download(file(`${url}/a`))
    expect(rest).toEqual({ status: 200, contentType: 'video/mp4', contentLength: 5, finalUrl: `${url}/b?sig=1` })
    expect((await buffer(stream)).toString()).toBe('video')
  })

  it('leaves everything that says who asks behind at another origin, and keeps it within one', async () => {
    const seen: IncomingMessage['headers'][] = []
    const end = await serve((request, response) => {
      seen.push(request.headers)
      response.end()
    })
    const start = await serve((request, response) => {
      seen.push(request.headers)
      response.writeHead(302, { location: request.url === '/' ? '/next' : end }).end()
    })
    const headers = { Authorization: 'Bearer k', 'X-Api-Key': 'k', Cookie: 'k', Accept: 'video/*' }
    await drain(egress().download(file(start, { headers })))
    expect(seen[1]).toMatchObject({ authorization: 'Bearer k', 'x-api-key': 'k', cookie: 'k', accept: 'video/*' })
    expect(Object.keys(seen[2] ?? {}).toSorted()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent'])
  })

  it.each([301, 302, 303, 307, 308])('is not led to a special address by a %d', async (status) => {
    const url = await serve((_request, response) => void response.writeHead(status, { location: 'http://169.254.169.254/' }).end())
    expect(await failure(egress().download(file(url)))).toBe('not_allowed: special_address')
  })

  it.each([
    ['http://10.0.0.1/', 'special_address'],
    ['//10.0.0.1/', 'special_address'],
    ['http://2130706433.example@10.0.0.1/', 'userinfo'],
    ['/\\10.0.0.1/', 'malformed'],
    ['file:///etc/passwd', 'scheme'],
    ['http://rebound.example/', 'special_address'],
    ['http://[', 'malformed'],
  ])('judges a redirect to %j: %s', async (location, reason) => {
    const url = await serve((_request, response) => void response.writeHead(302, { location }).end())
    const client = egress({ resolve: async () => [{ address: '10.0.0.1', family: 4 }] })
    expect(await failure(client.download(file(url)))).toBe(`not_allowed: ${reason}`)
  })

  it('is not led from https to http', async () => {
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, CERTIFICATE])
    closers.push(() => setDefaultCACertificates(trusted))
    const { port } = await serveTls('HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n')
    const client = egress({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })
    expect(await failure(client.download(file(`https://secure.example:${port}/`)))).toBe('not_allowed: downgrade')
  })

  it('is asked for four times at most in a loop of redirects', async () => {
    let requests = 0
    const url = await serve((_request, response) => {
      requests += 1
      response.writeHead(302, { location: `/${requests}` }).end()
    })
    expect(await failure(egress().download(file(url)))).toBe('not_allowed: too_many_redirects')
    expect(requests).toBe(4)
  })

  it('fails at once when it is announced too large', async () => {
    const url = await serve((_request, response) => void response.writeHead(200, { 'content-length': 10_000_000_000 }).write('x'))
    expect(await failure(egress().download(file(url)))).toBe('limit: too_large')
  })

  it('of an endless stream ends at the limit', async () => {
    const url = await serve((_request, response) => flood(response))
    const { stream } = await egress().download(file(url, { maxBytes: 1_000_000 }))
    expect(await failure(buffer(stream))).toBe('limit: too_large')
  })

  it('may be exactly as large as the limit', async () => {
    const url = await serve((_request, response) => void response.end(Buffer.alloc(1_000_000)))
    expect((await drain(egress().download(file(url, { maxBytes: 1_000_000 })))).length).toBe(1_000_000)
  })

  it('that drips is too slow, however it began', async () => {
    let nowMs = 0
    const url = await serve(async (_request, response) => {
      response.write(Buffer.alloc(200_000))
      while (!response.destroyed) {
        await sleep(2)
        nowMs += 1_000
        response.write('x')
      }
    })
    const { stream } = await egress({ now: () => nowMs }).download(file(url, { minBytesPerSecond: 1_000, totalTimeoutMs: 1_000_000_000 }))
    expect(await failure(buffer(stream))).toBe('limit: too_slow')
  })

  it('that falls silent is idle', async () => {
    const url = await serve((_request, response) => void response.write('begin'))
    const { stream } = await egress().download(file(url, { idleTimeoutMs: 40 }))
    expect(await failure(buffer(stream))).toBe('limit: idle')
  })

  it('that never begins is idle', async () => {
    const url = await serve(() => {})
    expect(await failure(egress().download(file(url, { idleTimeoutMs: 40 })))).toBe('limit: idle')
  })

  it('that keeps coming is ended by the total time', async () => {
    const url = await serve(async (_request, response) => {
      while (!response.destroyed) {
        response.write('x')
        await sleep(5)
      }
    })
    const { stream } = await egress().download(file(url, { totalTimeoutMs: 80, minBytesPerSecond: 0 }))
    expect(await failure(buffer(stream))).toBe('limit: timeout')
  })

  it.each([
    ['ends early', 'content-length: 9\r\n\r\nhalf', 'limit: length_mismatch'],
    ['ends early, in chunks', 'transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'maybe_sent: closed (UND_ERR_SOCKET)'],
    ['is garbled in its chunks', 'transfer-encoding: chunked\r\n\r\nno\r\nhalf\r\n', 'maybe_sent: garbled'],
  ])('that %s fails', async (_case, head, outcome) => {
    const { port } = await listen(createTcpServer((socket) => socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${head}`))))
    expect(await failure(drain(egress().download(file(`http://127.0.0.1:${port}/`))))).toBe(outcome)
  })

  it('that is longer than announced is cut at what was announced', async () => {
    const { port } = await listen(createTcpServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfourHTTP/1.1 200 OK\r\n\r\n'))))
    expect((await drain(egress().download(file(`http://127.0.0.1:${port}/`)))).toString()).toBe('four')
  })

  it('that is compressed although nobody asked is refused', async () => {
    const url = await serve((_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x')))
    expect(await failure(egress().download(file(url)))).toBe('limit: encoding')
  })

  it('is not called idle or slow for our own pauses, and takes no more into memory meanwhile', async () => {
    let sent = 0
    const url = await serve(async (_request, response) => {
      while (sent < 32_000_000 && !response.destroyed) {
        sent += 64_000
        if (!response.write(Buffer.alloc(64_000))) await once(response, 'drain')
      }
      response.end()
    })
    const { stream } = await egress().download(file(url, { idleTimeoutMs: 50, minBytesPerSecond: 1_000_000 }))
    await sleep(200)
    expect(stream.readableLength).toBeLessThan(1_000_000)
    expect(sent).toBeLessThan(32_000_000)
    expect((await buffer(stream)).length).toBe(32_000_000)
  })

  it('ends when the caller aborts it, before the answer or in the middle', async () => {
    const url = await serve((request, response) => void (request.url === '/silent' || response.write('begin')))
    const silent = new AbortController()
    const waiting = failure(egress().download(file(`${url}/silent`, { signal: silent.signal })))
    await sleep(20)
    silent.abort()
    expect(await waiting).toBe('maybe_sent: aborted')

    const middle = new AbortController()
    const { stream } = await egress().download(file(url, { signal: middle.signal }))
    middle.abort()
    expect(await failure(buffer(stream))).toBe('maybe_sent: aborted')
    expect(await failure(egress().download(file(url, { signal: middle.signal })))).toBe('not_sent: aborted')
  })

  it('that nobody reads ends at its limits, and takes nothing with it', async () => {
    const url = await serve((_request, response) => void response.writeHead(404).write('not here'))
    const { stream, status } = await egress().download(file(url, { idleTimeoutMs: 20 }))
    expect(status).toBe(404)
    while (!stream.closed) await sleep(5)
    expect(String(stream.errored)).toContain('limit: idle')
  })

  it('that is destroyed unread lets go of its connection', async () => {
    let closed: Promise<unknown> | undefined
    const url = await serve((_request, response) => {
      closed = once(response, 'close')
      flood(response)
    })
    const { stream } = await egress().download(file(url))
    stream.destroy()
    await closed
  })
})

describe('an error', () => {
  it('tells nothing of the address, the query or the answer', async () => {
    const { port } = await listen(createTcpServer((socket) => socket.once('data', () => socket.end('SECRET-ANSWER'))))
    const client = egress({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })
    const error = await client.call(post(`http://api.example:${port}/?X-Amz-Signature=SECRET-QUERY`)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(EgressError)
    const told = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error)
    expect(told).not.toMatch(/SECRET|127\.0\.0\.1|api\.example/)
  })
})

function afterRequest(misbehave: (socket: Socket) => void): Server {
  return createTcpServer((socket) => socket.on('error', () => {}).once('data', () => misbehave(socket)))
}

function egress(options: Partial<EgressOptions> = {}): Egress {
  const client = createEgress({ ...LOOPBACK, ...options })
  closers.push(() => client.close())
  return client
}

function call(url: string, more: Partial<CallRequest> = {}): CallRequest {
  return { method: 'GET', url, timeoutMs: 5_000, maxResponseBytes: 100_000, ports: 'any', ...more }
}

function post(url: string, more: Partial<CallRequest> = {}): CallRequest {
  return call(url, { method: 'POST', body: '{"prompt":"x"}', ...more })
}

function file(url: string, more: Partial<DownloadRequest> = {}): DownloadRequest {
  return { url, maxBytes: 100_000_000, totalTimeoutMs: 10_000, idleTimeoutMs: 5_000, minBytesPerSecond: 1, ...more }
}

async function failure(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'no failure'
  } catch (error) {
    if (error instanceof EgressError) return error.message
    throw error
  }
}

async function drain(attempt: ReturnType<Egress['download']>): Promise<Buffer> {
  return buffer((await attempt).stream)
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString()
}

async function listen(server: Server, { host = '127.0.0.1', port = 0 } = {}): Promise<{ port: number; server: Server }> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  server.listen(port, host)
  await once(server, 'listening')
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, server }
}

async function serve(handle: RequestListener): Promise<string> {
  const { port } = await listen(createHttpServer(handle))
  return `http://127.0.0.1:${port}`
}

/** Answers each request the same; keeps the requests as they were written. */
async function serveTls(answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = []
  const server = createTlsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (socket) => {
    socket.on('error', () => {}).on('data', (data) => {
      requests.push(data.toString())
      socket.write(answer)
    })
  })
  const { port } = await listen(server)
  return { port, requests }
}

async function flood(response: ServerResponse): Promise<void> {
  while (!response.destroyed) {
    if (!response.write(Buffer.alloc(64_000))) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
}

/** A throw-away pair made for these tests with `openssl ca`: signed by itself, for `secure.example`, until 2120. */
const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWO0Qtl8scKSDkBD8
qFKl6J6koItXKbuf2s/ztuGY6iehRANCAAR2cjsAhmtKUmf6D5e4JMj9XrG79aIJ
3uddPVx3iCX6jqwYwhj1NlQyMCuZNw+IfW6qnfcb11JwlQDFgzINjo7M
-----END PRIVATE KEY-----`

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5zZWN1cmUu
ZXhhbXBsZTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGTEXMBUG
A1UEAwwOc2VjdXJlLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR2
cjsAhmtKUmf6D5e4JMj9XrG79aIJ3uddPVx3iCX6jqwYwhj1NlQyMCuZNw+IfW6q
nfcb11JwlQDFgzINjo7Mo0owSDAZBgNVHREEEjAQgg5zZWN1cmUuZXhhbXBsZTAM
BgNVHRMEBTADAQH/MB0GA1UdDgQWBBScnMmFn5t0l03WhgWFatxQYBwXmjAKBggq
hkjOPQQDAgNIADBFAiBzf1MAxUuzDUFSOUHJKDyuVs8MX9NnEVYu8qSfnxVywAIh
ALcmJWLxo2PRwkompTH3/5htZ0f/EkLtDQeDcikviTeB
-----END CERTIFICATE-----`
