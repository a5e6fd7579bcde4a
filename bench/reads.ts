import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { createTasks, moveTo } from './support/tasks.ts'
import type { Bench, Row } from './support/bench.ts'
import { Helper } from './support/processes.ts'
import { FIRST_KEY, onStage } from './support/stage.ts'
import { compare, showRatio, showWhole, withRange } from './support/statistics.ts'
import { wrk } from './support/wrk.ts'

const CONNECTIONS = 64
const TASKS = 64
const GOAL = 0.6
/** Set by Node itself on every answer. */
const NODES_OWN_HEADERS = new Set(['date', 'connection', 'keep-alive'])

export const reads: Bench = {
  name: 'reads',
  about: `Status reads: \`GET /v1/videos/{id}\` of ${TASKS} tasks in turn, with the key checked, against a bare \`node:http\` server that answers every request with the same headers and body (wrk, ${CONNECTIONS} kept-alive connections, one process each). Logs are on in the gateway.`,
  needs: ['wrk'],
  run: ({ quick, say }) => onStage(async (stage) => {
    const gateway = await stage.startGateway({ environment: { GENLOCK_ROLE: 'api' } })
    const rows: Row[] = []
    for (const state of ['running', 'succeeded'] as const) {
      const ids = await createTasks(gateway.url, TASKS)
      await moveTo(stage.pool, ids, state)
      const requests = ids.map((id) => ({ method: 'GET' as const, path: `/v1/videos/${id}`, headers: { authorization: `Bearer ${FIRST_KEY}` } }))
      const answer = await fetch(`${gateway.url}/v1/videos/${ids[0]!}`, { headers: { authorization: `Bearer ${FIRST_KEY}` } })
      const body = await answer.text()
      if (!body.includes(`"status":"${state}"`)) throw new Error(`the task is not ${state}: ${body}`)
      const answerFile = join(stage.dataFolder, 'answer.json')
      await writeFile(answerFile, JSON.stringify({ headers: Object.fromEntries([...answer.headers].filter(([name]) => !NODES_OWN_HEADERS.has(name))), body }))
      const bare = new Helper<never, { url: string }>('bare-server', { answerFile })
      const { url } = await bare.next((told) => told, 10_000)
      const options = { connections: CONNECTIONS, seconds: quick ? 2 : 5, folder: stage.dataFolder }
      await wrk(gateway.url, requests, { ...options, seconds: 2 })
      await wrk(url, requests, { ...options, seconds: 1 })
      const compared = await compare(quick ? 2 : 5, {
        ours: async () => (await wrk(gateway.url, requests, options)).perSecond,
        beside: async () => (await wrk(url, requests, options)).perSecond,
      })
      await bare.stop()
      say(`${state}: ${compared.ours.map(showWhole).join(' ')} against ${compared.beside.map(showWhole).join(' ')}`)
      const ratio = withRange(compared.ratios, showRatio)
      rows.push({
        measure: `status reads, ${state} tasks`,
        genlock: `${withRange(compared.ours, showWhole)}/s`,
        beside: `${withRange(compared.beside, showWhole)}/s (bare \`node:http\`)`,
        result: ratio,
        goal: `≥ ${GOAL}`,
        met: Number(ratio.split(' ')[0]) >= GOAL,
      })
    }
    return rows
  }),
}
