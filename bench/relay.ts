import type { SimulatorTold, SimulatorOptions } from './load/simulator.ts'
import type { Bench, Row } from './support/bench.ts'
import { Helper } from './support/processes.ts'
import { FIRST_KEY, onStage } from './support/stage.ts'
import { compare, showMs, showRatio, showWhole, withRange } from './support/statistics.ts'
import { wrk, type WrkResult } from './support/wrk.ts'

const MODEL = 'gpt-image-1'
const START_TIMEOUT_MS = 10_000
/** Enough that the process has always something to do. */
const BUSY_CONNECTIONS = 32
/** What a caller waits longer for, when nobody else is there and when a few are. */
const LATENCY_CONNECTIONS = [1, 8] as const

export const relay: Bench = {
  name: 'relay',
  about: `Synchronous images: \`POST /v1/images/generations\` through one gateway process with everything in it (\`GENLOCK_ROLE=all\`), against the same request sent to the OpenAI simulator directly, which answers at once. Through the gateway it is a task with a hold, submitted, its picture checked and stored, and the charge committed before the answer. Requests per second at ${BUSY_CONNECTIONS} kept-alive connections; added latency is the difference of the percentiles at ${LATENCY_CONNECTIONS.join(' and ')}. wrk, the simulator and the gateway share the machine. Logs are on.`,
  needs: ['wrk'],
  run: ({ quick, say }) => onStage(async (stage) => {
    const upstream = new Helper<never, SimulatorTold>('simulator', { provider: 'openai' } satisfies SimulatorOptions)
    try {
      const { baseUrl, credential } = await upstream.next((told) => told, START_TIMEOUT_MS)
      const gateway = await stage.startGateway({ channels: [{ id: 'openai', provider: 'openai', base_url: baseUrl, credential, models: { [MODEL]: MODEL } }] })
      const ask = (url: string, path: string, key: string) => (connections: number, seconds: number): Promise<WrkResult> =>
        wrk(url, [{ method: 'POST', path, headers: { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' }, body: BODY }], { connections, seconds, folder: stage.dataFolder })
      const ours = ask(gateway.url, '/v1/images/generations', FIRST_KEY)
      const direct = ask(new URL(baseUrl).origin, `${new URL(baseUrl).pathname}/images/generations`, String(credential['api_key']))
      const seconds = quick ? 2 : 8
      const rounds = quick ? 1 : 5
      await ours(BUSY_CONNECTIONS, 2)
      await direct(BUSY_CONNECTIONS, 1)
      const compared = await compare(rounds, {
        ours: async () => (await ours(BUSY_CONNECTIONS, seconds)).perSecond,
        beside: async () => (await direct(BUSY_CONNECTIONS, seconds)).perSecond,
      })
      say(`${compared.ours.map(showWhole).join(' ')} against ${compared.beside.map(showWhole).join(' ')} a second`)
      const rows: Row[] = [{
        measure: `synchronous images relayed, ${BUSY_CONNECTIONS} at a time`,
        genlock: `${withRange(compared.ours, showWhole)}/s`,
        beside: `${withRange(compared.beside, showWhole)}/s (the simulator alone)`,
        result: withRange(compared.ratios, showRatio),
        goal: '',
      }]
      for (const connections of LATENCY_CONNECTIONS) {
        const added: { p50Ms: number; p99Ms: number }[] = []
        for (let round = 0; round < rounds; round += 1) {
          const [through, alone] = [await ours(connections, seconds), await direct(connections, seconds)]
          added.push({ p50Ms: through.p50Ms - alone.p50Ms, p99Ms: through.p99Ms - alone.p99Ms })
        }
        const shown = `p50 ${withRange(added.map(({ p50Ms }) => p50Ms), showMs)}, p99 ${withRange(added.map(({ p99Ms }) => p99Ms), showMs)}`
        say(`${connections} at a time: + ${shown}`)
        rows.push({ measure: `synchronous images, latency added with the charge committed, ${connections} at a time`, genlock: '', beside: 'the simulator alone', result: `+ ${shown}`, goal: '' })
      }
      await gateway.stop()
      return rows
    } finally {
      await upstream.stop()
    }
  }),
}

const BODY = JSON.stringify({ model: MODEL, prompt: 'A glass bottle on wet slate, rim light from the left', n: 1, size: '1024x1024', quality: 'low' })
