import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { ExactFault } from './misbehaviour.ts'
import type { Simulator, SimulatorOptions } from './simulator.ts'
import { simulateVolcengineArk } from './volcengine-ark.ts'

/** The shared base, played with the wire that has everything. */
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

let nowMs = Date.UTC(2026, 7, 1)
async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await simulateVolcengineArk({ clock: { nowMs: () => nowMs }, ...options })
  open.push(() => simulator.close())
  return simulator
}

function create(simulator: Simulator, prompt: string, extra: Record<string, unknown> = {}): Promise<Response> {
  return fetch(`${simulator.baseUrl}/contents/generations/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${String(simulator.credential['api_key'])}` },
    body: JSON.stringify({ model: 'doubao-seedance-2-0-260128', content: [{ type: 'text', text: prompt }], ...extra }),
    signal: AbortSignal.timeout(5_000),
  })
}

describe('what goes wrong on request', () => {
  test.each<[ExactFault['kind'], number]>([['reset', 1], ['html', 1], ['truncated', 1], ['bad_gateway', 0], ['server_error', 0], ['busy', 0]])(
    '%s leaves %i accepted job behind',
    async (kind, accepted) => {
      const simulator = await start()
      simulator.failNext({ operation: 'create', kind })
      const answer = await create(simulator, 'boat').then((response) => response.json()).catch(() => undefined)
      expect((answer as { id?: string } | undefined)?.id).toBeUndefined()
      expect(simulator.acceptedCreates('boat')).toBe(accepted)
      expect(simulator.requests().at(-1)).toMatchObject({ operation: 'create', fault: kind })
    },
  )

  test('a job may be accepted before a 502, too', async () => {
    const simulator = await start()
    simulator.failNext({ operation: 'create', kind: 'bad_gateway', accepted: true })
    expect((await create(simulator, 'boat')).status).toBe(502)
    expect(simulator.acceptedCreates('boat')).toBe(1)
  })

  test('each fault strikes as often as was asked, and only its own operation', async () => {
    const simulator = await start()
    simulator.failNext({ operation: 'check', kind: 'server_error', count: 2 })
    expect((await create(simulator, 'boat')).status).toBe(200)
    const statuses = []
    for (let time = 0; time < 3; time += 1) statuses.push((await fetch(`${simulator.baseUrl}/contents/generations/tasks/x`)).status)
    expect(statuses).toEqual([500, 500, 401])
  })

  test('a brown-out strikes in about the shares asked for, alike for the same seed, and ends', async () => {
    const rows = []
    for (const seed of [7, 7, 8]) {
      const simulator = await start({ seed })
      simulator.brownOut({ serverErrors: 0.3, garbage: 0.2 })
      for (let time = 0; time < 60; time += 1) await (await create(simulator, 'boat')).text()
      rows.push(simulator.requests().map(({ fault }) => fault ?? '-').join(' '))
      simulator.brownOut()
      expect((await create(simulator, 'boat')).status).toBe(200)
    }
    expect(rows[0]).toBe(rows[1])
    expect(rows[0]).not.toBe(rows[2])
    const struck = rows[0]?.split(' ').filter((fault) => fault !== '-').length ?? 0
    expect(struck).toBeGreaterThan(15)
    expect(struck).toBeLessThan(45)
  })

  test('the switches are there over HTTP too', async () => {
    const simulator = await start()
    const origin = new URL(simulator.baseUrl).origin
    const post = (path: string, json: unknown) => fetch(origin + path, { method: 'POST', body: JSON.stringify(json) })
    await post('/_simulator/fail', { operation: 'create', kind: 'busy' })
    expect((await create(simulator, 'boat')).status).toBe(429)
    await post('/_simulator/brownout', { serverErrors: 1 })
    expect((await create(simulator, 'boat')).status).toBeGreaterThanOrEqual(500)
    await post('/_simulator/brownout', {})
    expect((await create(simulator, 'boat')).status).toBe(200)
    expect(await (await fetch(`${origin}/_simulator/stats`)).json()).toMatchObject({ jobs: expect.any(Number) })
  })
})

describe('callbacks', () => {
  test('come once for each change, again when they are not taken, and twice when asked for', async () => {
    const taken: string[] = []
    let refusals = 1
    const listener = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        if (refusals > 0) response.writeHead(500)
        else taken.push((JSON.parse(text) as { status: string }).status)
        refusals -= 1
        response.end()
      })
    })
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    open.push(async () => void listener.close())
    const simulator = await start({ queuedSeconds: 1, renderSeconds: 1, callbackRetryMs: 1 })
    const callbackUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/hook`

    await create(simulator, 'boat', { callback_url: callbackUrl })
    await simulator.deliverDue()
    await simulator.deliverDue()
    expect(taken).toEqual(['queued'])
    nowMs += 1_000
    await simulator.deliverDue()
    simulator.brownOut({ duplicateCallbacks: 1 })
    nowMs += 1_000
    await simulator.deliverDue()
    expect(taken).toEqual(['queued', 'running', 'succeeded', 'succeeded'])
  })

  test('come by themselves when nobody holds the clock', async () => {
    const { promise: succeeded, resolve } = Promise.withResolvers<void>()
    const listener = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        response.end()
        if (text.includes('"succeeded"')) resolve()
      })
    })
    await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening))
    open.push(async () => void listener.close())
    const simulator = await simulateVolcengineArk({ queuedSeconds: 0.01, renderSeconds: 0.01 })
    open.push(() => simulator.close())
    await create(simulator, 'boat', { callback_url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/` })
    await succeeded
  })
})
