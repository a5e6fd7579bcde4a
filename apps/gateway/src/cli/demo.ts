import { writeFile } from 'node:fs/promises'
import { createMediaProber } from '../storage/probe.ts'
import type { Command } from './commands.ts'

const DEFAULT_URL = 'http://127.0.0.1:8080'
const WAIT_SECONDS = 50
const MAX_WAITS = 6

export const demo: Command = {
  usage: '[--url URL] [--key KEY] [--model M] [--prompt P] [--out FILE]',
  summary: 'create a video at a running server, wait, download it and check it',
  options: { url: { type: 'string' }, key: { type: 'string' }, model: { type: 'string' }, prompt: { type: 'string' }, out: { type: 'string' } },
  async run({ values }) {
    const base = String(values['url'] ?? process.env['GENLOCK_URL'] ?? DEFAULT_URL)
    const key = values['key'] ?? process.env['GENLOCK_KEY']
    if (typeof key !== 'string') {
      console.error('genlock: give a key: GENLOCK_KEY=sk_… npm run demo   (npm run genlock -- keys create makes one)')
      return 2
    }
    const headers = { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' }
    const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
      const response = await fetch(base + path, { ...init, headers })
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
      return response
    }
    const created = await call('/v1/videos', {
      method: 'POST',
      body: JSON.stringify({
        model: values['model'] ?? 'seedance-2.0-pro',
        input: { prompt: values['prompt'] ?? 'A lighthouse at dusk, waves, a slow camera move', duration_seconds: 5, resolution: '720p' },
      }),
    })
    let task = (await created.json()) as DemoTask
    console.log(`${created.status} ${task.id} ${task.status}, at most ${task.estimated_cost_cents} cents`)
    for (let waits = 0; waits < MAX_WAITS && !ENDED.has(task.status); waits += 1) {
      task = (await (await call(`/v1/videos/${task.id}/wait?timeout=${WAIT_SECONDS}`)).json()) as DemoTask
      console.log(`${task.status} ${task.progress}%`)
    }
    if (task.status !== 'succeeded' || !task.output) throw new Error(`the task ended as ${task.status}: ${JSON.stringify(task.error)}`)
    const bytes = new Uint8Array(await (await fetch(task.output.url)).arrayBuffer())
    const prober = createMediaProber()
    const facts = await prober.probe(bytes, 'video/mp4').finally(() => prober.close())
    const out = String(values['out'] ?? 'demo.mp4')
    await writeFile(out, bytes)
    console.log(`${out}: ${bytes.length} bytes, ${facts.widthPixels}x${facts.heightPixels}, ${facts.durationSeconds} s, charged ${task.cost_cents} cents`)
    if (bytes.length !== task.output.bytes || facts.durationSeconds === undefined) throw new Error('the file is not what the task says')
    return 0
  },
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
