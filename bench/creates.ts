import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EVERY_PROGRAM, runProgram } from './support/processes.ts'
import type { Bench, Row } from './support/bench.ts'
import { onStage, type BenchAccount, type RunningGateway, type Stage } from './support/stage.ts'
import { compare, showRatio, showWhole, withRange } from './support/statistics.ts'
import { wrk, type WrkRequest } from './support/wrk.ts'

const CONNECTIONS = 64
const ACCOUNTS = 64
const GOAL = 0.5

export const creates: Bench = {
  name: 'creates',
  about: `Durable creates: \`POST /v1/videos\` (native wire, ${CONNECTIONS} kept-alive connections, wrk) against pgbench calling the same function \`create_task\` with the same values on the same PostgreSQL (prepared, ${CONNECTIONS} clients). One gateway process with \`GENLOCK_ROLE=api\`: the jobs are written and nothing works them, so that submitting does not count. Logs are on.`,
  needs: ['wrk', 'pgbench'],
  run: ({ quick, say }) => onStage(async (stage) => {
    const gateway = await stage.startGateway({ environment: { GENLOCK_ROLE: 'api' } })
    const accounts: BenchAccount[] = []
    for (let index = 0; index < ACCOUNTS; index += 1) accounts.push(await stage.addAccount(String(index)))
    const seconds = quick ? 2 : 6
    const rounds = quick ? 2 : 5
    // Compiled code, open connections, prepared statements and warm caches are the same for both.
    await createOverHttp(gateway, accounts, { seconds: 2, folder: stage.dataFolder })
    const rows: Row[] = []
    for (const [name, used] of [['many accounts', accounts], ['one hot account', accounts.slice(0, 1)]] as const) {
      const script = await writePgbenchScript(stage, used)
      const compared = await compare(rounds, {
        ours: async () => {
          const before = await countTasks(stage)
          const { perSecond, count } = await createOverHttp(gateway, used, { seconds, folder: stage.dataFolder })
          const made = (await countTasks(stage)) - before
          // wrk leaves up to one request of each connection unanswered, so there may be more.
          if (made < count) throw new Error(`${count} creates were answered, and ${made} tasks are there`)
          return perSecond
        },
        beside: () => createByPgbench(stage, script, seconds),
      })
      say(`${name}: ${compared.ours.map(showWhole).join(' ')} against ${compared.beside.map(showWhole).join(' ')}`)
      const ratio = withRange(compared.ratios, showRatio)
      rows.push({
        measure: `creates, ${name}`,
        genlock: `${withRange(compared.ours, showWhole)}/s`,
        beside: `${withRange(compared.beside, showWhole)}/s (pgbench)`,
        result: ratio,
        goal: `≥ ${GOAL}`,
        met: Number(ratio.split(' ')[0]) >= GOAL,
      })
    }
    return rows
  }),
}

/** A model that the simulated upstream serves too. */
export const CREATE_MODEL = 'seedance-2.0-pro'

/** About what a first request says. */
export const CREATE_BODY = JSON.stringify({
  model: CREATE_MODEL,
  input: { prompt: 'A cinematic product reveal: a glass bottle turns on wet slate, rim light from the left, slow dolly in, drops of water catch the light', duration_seconds: 5, resolution: '720p', aspect_ratio: '16:9', audio: false },
})

export function createRequest(key: string): WrkRequest {
  return { method: 'POST', path: '/v1/videos', headers: { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' }, body: CREATE_BODY }
}

function createOverHttp(gateway: RunningGateway, accounts: readonly BenchAccount[], { seconds, folder }: { seconds: number; folder: string }) {
  return wrk(gateway.url, accounts.map(({ key }) => createRequest(key)), { connections: CONNECTIONS, seconds, folder })
}

async function countTasks({ pool }: Stage): Promise<number> {
  const { rows: [row] } = await pool.query<{ count: bigint }>('select count(*) from task')
  return Number(row!.count)
}

/** Calls `create_task` as `db/task.ts` does: every value a parameter, the JSON parsed anew each time. */
async function writePgbenchScript({ dataFolder }: Stage, accounts: readonly BenchAccount[]): Promise<string> {
  const script = join(dataFolder, 'creates.sql')
  await writeFile(script, `
\\set n random(1, 9000000000000000000)
\\set a random(0, ${accounts.length - 1})
select * from create_task('vid_bench_' || :n::text, 'acc_bench_' || :a::text, 'key_bench_' || :a::text, 'default', false, :dialect, 'video', :model,
  :request, :quote, :held, '{}', :usual, null, now(), now() + interval '2 hours', null, null, null, null);
`)
  return script
}

async function createByPgbench({ pool, postgres: { connection } }: Stage, script: string, seconds: number): Promise<number> {
  const { rows: [task] } = await pool.query<{ dialect: string; model: string; request: string; quote: string; held_micros: bigint; usual_seconds: number }>(
    `select dialect, model, request::text, quote::text, held_micros, usual_seconds from task where dialect = 'genlock' order by created_at limit 1`)
  const values = { dialect: task!.dialect, model: task!.model, request: task!.request, quote: task!.quote, held: String(task!.held_micros), usual: String(task!.usual_seconds) }
  const said = await runProgram('sh', ['-c', EVERY_PROGRAM, 'pgbench',
    '-h', connection.host, '-p', String(connection.port), '-U', connection.user, '-n', '-M', 'prepared', '-c', String(CONNECTIONS), '-j', '1', '-T', String(seconds), '-f', script,
    ...Object.entries(values).flatMap(([name, value]) => ['-D', `${name}=${value}`]), connection.database], { timeoutMs: seconds * 1000 + 20_000 })
  const perSecond = /^tps = ([\d.]+)/m.exec(said)?.[1]
  if (perSecond === undefined || !/number of failed transactions: 0 /.test(said)) throw new Error(`pgbench said: ${said}`)
  return Number(perSecond)
}
