import { writeFile } from 'node:fs/promises'
import { createKey } from '../bootstrap.ts'
import type { Config } from '../config.ts'
import { revokeKey } from '../db/api-key.ts'
import { inTransaction } from '../db/pool.ts'
import { deriveKeys } from '../keys.ts'
import { createMediaProber } from '../storage/probe.ts'
import { CommandError } from './command-error.ts'
import type { Command } from './commands.ts'
import { chooseAccount, withDatabase } from './with-database.ts'

const WAIT_SECONDS = 50
const MAX_WAITS = 6

export const demo: Command = {
  usage: '[--url URL] [--key KEY] [--model M] [--prompt P] [--out FILE]',
  summary: 'create a video at a running server, wait, download it and check it',
  options: { url: { type: 'string' }, key: { type: 'string' }, model: { type: 'string' }, prompt: { type: 'string' }, out: { type: 'string' } },
  async run({ config, values }) {
    const settings = config()
    const url = String(values['url'] ?? settings.demoUrl ?? `http://127.0.0.1:${settings.port}`)
    await withKey(settings, values['key'] as string | undefined ?? settings.demoKey, (key) => makeVideo(url, key, {
      model: String(values['model'] ?? 'seedance-2.0-pro'),
      prompt: String(values['prompt'] ?? 'A lighthouse at dusk, waves, a slow camera move'),
      out: String(values['out'] ?? 'demo.mp4'),
    }))
    return 0
  },
}

/** The key that was given, or one of the demo's own for as long as it runs. */
async function withKey(settings: Config, given: string | undefined, work: (key: string) => Promise<void>): Promise<void> {
  if (given !== undefined) return work(given)
  await withDatabase(settings, async (pool) => {
    const accountId = await chooseAccount(pool, undefined)
    const { id, value } = await inTransaction(pool, (client) => createKey(client, { accountId, name: 'demo' }, deriveKeys(settings.secret)))
    try {
      await work(value)
    } finally {
      await revokeKey(pool, id)
    }
  })
}

async function makeVideo(url: string, key: string, { model, prompt, out }: { model: string; prompt: string; out: string }): Promise<void> {
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url + path, { ...init, headers: { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' } })
      .catch((error: unknown) => Promise.reject(new CommandError(`nothing answers at ${url}: start the gateway first, with npm start`, { cause: error })))
    if (!response.ok) throw new CommandError(`${path} answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
    return response
  }
  const created = await call('/v1/videos', { method: 'POST', body: JSON.stringify({ model, input: { prompt, duration_seconds: 5, resolution: '720p' } }) })
  let task = (await created.json()) as DemoTask
  console.log(`${created.status} ${task.id} ${task.status}, at most ${task.estimated_cost_cents} cents`)
  for (let waits = 0; waits < MAX_WAITS && !ENDED.has(task.status); waits += 1) {
    task = (await (await call(`/v1/videos/${task.id}/wait?timeout=${WAIT_SECONDS}`)).json()) as DemoTask
    console.log(`${task.status} ${task.progress}%`)
  }
  if (task.status !== 'succeeded' || !task.output) throw new CommandError(`the task ended as ${task.status}: ${JSON.stringify(task.error)}`)
  const bytes = new Uint8Array(await (await fetch(task.output.url)).arrayBuffer())
  const prober = createMediaProber()
  const facts = await prober.probe(bytes, 'video/mp4').finally(() => prober.close())
  await writeFile(out, bytes)
  console.log(`${out}: ${bytes.length} bytes, ${facts.widthPixels}x${facts.heightPixels}, ${facts.durationSeconds} s, charged ${task.cost_cents} cents`)
  if (bytes.length !== task.output.bytes || facts.durationSeconds === undefined) throw new CommandError('the file is not what the task says')
}

const ENDED = new Set(['succeeded', 'failed', 'cancelled'])

interface DemoTask {
  id: string
  status: string
  progress: number
  estimated_cost_cents: number
  cost_cents?: number
  error?: unknown
  output?: { url: string; bytes: number }
}
