/** The documents' own commands, run as they stand against a running gateway, and the line that the start prints. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGatewayProcess, type GatewayProcess } from './gateway-process.ts'
import { isMp4 } from './pictures.ts'

const REPOSITORY = resolve(import.meta.dirname, '../../../..')
const TIMEOUT_MS = 150_000
const MAX_READS = 600

let genlock: GatewayProcess
/** Gives tasks up soon, for what ends at a deadline. */
let impatient: GatewayProcess
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-documents-'))
  genlock = await startGatewayProcess()
  impatient = await startGatewayProcess({ GENLOCK_RECONCILE_SECONDS: '1', GENLOCK_TASK_DEADLINE_SECONDS: '10' })
})
afterAll(async () => {
  await genlock?.close()
  await impatient?.close()
  await rm(folder, { recursive: true, force: true })
})

test('the line that the start prints makes a video and saves it', async () => {
  const line = /^ {2}(curl .*)$/m.exec(genlock.welcome)![1]!
  await bash(line)
  expect(isMp4(await readFile(join(folder, 'video.mp4')))).toBe(true)
})

test('the README’s first request makes a video and saves it', async () => {
  await rm(join(folder, 'video.mp4'), { force: true })
  const outputs = await runBlocks('README.md')
  expect(outputs.join('')).toContain('"status":"succeeded"')
  expect(isMp4(await readFile(join(folder, 'video.mp4')))).toBe(true)
})

describe('the requests of docs/dialects/', () => {
  const pages = readdirSync(join(REPOSITORY, 'docs/dialects'))

  test.each(pages)('%s are answered with at least the fields that stand there', async (page) => {
    const outputs = await runBlocks(`docs/dialects/${page}`)
    const answers = (await markedBlocks(`docs/dialects/${page}`, 'answer')).map((text) => JSON.parse(text) as Record<string, unknown>)
    expect(outputs).toHaveLength(answers.length)
    for (const [index, answer] of answers.entries()) {
      const given = JSON.parse(outputs[index]!) as Record<string, unknown>
      expect(Object.keys(given), outputs[index]).toEqual(expect.arrayContaining(Object.keys(answer)))
      for (const name of ['object', 'status', 'seconds', 'size'] as const) if (name in answer) expect(given[name]).toBe(answer[name])
    }
  })
})

describe('docs/sandbox.md', () => {
  test('its command shows the failure that was asked for', async () => {
    expect((await runBlocks('docs/sandbox.md')).join('')).toContain('content_policy')
  })

  /** Which code a prompt of the page ends with. `[[busy]]` takes half a minute and is left to the engine's own tests. */
  test.each([
    ['[[fail:content_policy]]', 'content_policy'],
    ['[[fail:upstream_failed]]', 'upstream_failed'],
    ['[[fail]]', 'upstream_failed'],
    ['[[fail:timeout]]', 'timeout'],
    ['[[refuse]]', 'content_policy'],
    ['[[garbage]]', 'upstream_failed'],
    ['[[lost]]', 'timeout', 'at its deadline'],
    ['[[stall]]', 'timeout', 'at its deadline'],
  ])('%s ends with %s, and the credits come back', async (words, code, when = '') => {
    const gateway = when === '' ? genlock : impatient
    const { id } = await post(gateway, '/v1/videos', { model: 'seedance-2.0-pro', input: { prompt: `A boat ${words}`, resolution: '480p' } })
    expect(await get(gateway, `/v1/videos/${id}/wait`)).toMatchObject({ status: 'failed', refunded: true, cost_cents: 0, error: { code } })
  })

  test('[[slow:30]] can be cancelled meanwhile', async () => {
    const { id } = await post(genlock, '/v1/videos', { model: 'seedance-2.0-pro', input: { prompt: 'A boat [[slow:30]]' } })
    let seen: Answer = {}
    for (let reads = 0; reads < MAX_READS && seen['status'] !== 'running'; reads += 1) {
      seen = await get(genlock, `/v1/videos/${id}`)
      await new Promise((fulfil) => setTimeout(fulfil, 100))
    }
    expect(seen).toMatchObject({ status: 'running' })
    expect(await post(genlock, `/v1/videos/${id}/cancel`)).toMatchObject({ status: 'cancelled', refunded: true })
  })
})

type Answer = Record<string, unknown>

async function get({ url, key }: GatewayProcess, path: string): Promise<Answer> {
  return (await (await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })).json()) as Answer
}

async function post({ url, key }: GatewayProcess, path: string, body?: unknown): Promise<Answer & { id: string }> {
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const answer = await fetch(url + path, { method: 'POST', headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  return (await answer.json()) as Answer & { id: string }
}

/** Runs each block that `<!-- run -->` stands above, in one folder, and gives what each printed. */
async function runBlocks(path: string): Promise<string[]> {
  const outputs: string[] = []
  for (const block of await markedBlocks(path, 'run')) outputs.push(await bash(block))
  expect(outputs.length).toBeGreaterThan(0)
  return outputs
}

async function bash(script: string): Promise<string> {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, GENLOCK_URL: genlock.url, GENLOCK_KEY: genlock.key }
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env, timeout: TIMEOUT_MS })
  return stdout
}

async function markedBlocks(path: string, mark: string): Promise<string[]> {
  const text = await readFile(join(REPOSITORY, path), 'utf8')
  return [...text.matchAll(new RegExp(`<!-- ${mark} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1]!)
}
