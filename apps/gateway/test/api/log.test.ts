import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateVolcengineArk } from '../../simulators/volcengine-ark.ts'
import type { Simulator } from '../../simulators/simulator.ts'
import { createLog } from '../../src/main.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { call, form, picture, post, video, type TaskAnswer } from './client.ts'

const PROMPT = 'a confidential lighthouse'

let genlock: TestGateway
let ark: Simulator
let lines: Record<string, unknown>[] = []
let text = ''
/** What must not be found in it. */
const secrets: Record<string, string> = {}
const tasks: string[] = []
const requestIds: string[] = []

beforeAll(async () => {
  ark = await simulateVolcengineArk({ queuedSeconds: 0.1, renderSeconds: 0.2 })
  const log = createLog({ logLevel: 'trace' }, { write: (line) => void (text += line) })
  genlock = await startTestGateway({
    log,
    channels: [{ id: 'ark', provider: 'volcengine-ark', base_url: ark.baseUrl, credential: ark.credential, models: { 'seedance-2.0-pro': 'doubao-seedance-2-0-260128' } }],
    environment: { GENLOCK_METRICS_TOKEN: 'metrics-token-that-is-secret' },
  })
  await busyRun()
  await genlock.close()
  lines = text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
})
afterAll(() => ark.close())

async function busyRun(): Promise<void> {
  Object.assign(secrets, { key: genlock.key, wrongKey: 'sk_a_wrong_key_that_somebody_typed', prompt: PROMPT, callbackToken: 'token-in-a-callback', metricsToken: 'metrics-token-that-is-secret', credential: String(Object.values(ark.credential)[0]), secret: genlock.config.secret, bearer: 'Bearer ' })
  const bytes = await picture()
  const note = async <Body>(answer: Promise<{ headers: Headers; body: Body }>): Promise<Body> => {
    const { headers, body } = await answer
    requestIds.push(headers.get('x-request-id')!)
    return body
  }
  await note(call(genlock, '/v1/videos', { key: secrets['wrongKey']! }))
  const { data } = await note(call<{ data: { url: string; id: string }[] }>(genlock, '/api/upload', { method: 'POST', body: form({ files: { bytes, name: `${PROMPT}.png` } }) }))
  secrets['uploadSignature'] = /-([0-9a-f]{32})\./.exec(data[0]!.url)![1]!
  await fetch(data[0]!.url)
  await fetch(data[0]!.url.replace('.png', '.gif'))
  await note(post(genlock, '/v1/videos', video({ prompt: `${PROMPT} but wrong`, duration_seconds: 99 })))
  await note(call(genlock, '/v1/videos', { method: 'POST', body: `{"prompt":"${PROMPT}"` }))
  await note(call(genlock, '/metrics', { headers: { authorization: `Bearer ${secrets['metricsToken']}` } }))
  await note(call(genlock, `/v1/nothing?key=${genlock.key}&prompt=${encodeURIComponent(PROMPT)}`))
  // The upstream repeats prompts in what it says; a credential that it refuses comes last, as nothing is sent there afterwards.
  const turns: { fault?: Parameters<Simulator['failNext']>[0]; words?: string; waitSeconds?: number }[] = [
    {},
    { fault: { operation: 'create', kind: 'busy' } },
    { words: ark.sentinels.input_moderation! },
    { fault: { operation: 'create', kind: 'html' }, waitSeconds: 1 },
    { fault: { operation: 'check', kind: 'server_error' } },
    { fault: { operation: 'create', kind: 'unauthorized' }, waitSeconds: 1 },
  ]
  for (const [index, { fault, words = '', waitSeconds = 20 }] of turns.entries()) {
    if (fault) ark.failNext(fault)
    const { id } = await note(post<TaskAnswer>(genlock, '/v1/videos', video({ prompt: `${PROMPT} ${words} ${index}`, first_frame: data[0]!.id }, { callback_url: 'http://127.0.0.1:9/hook?token=token-in-a-callback' }), { headers: { 'idempotency-key': `one ${index}` } }))
    tasks.push(id)
    const { output } = await note(call<TaskAnswer>(genlock, `/v1/videos/${id}/wait?timeout=${waitSeconds}`))
    if (!output) continue
    secrets[`resultSignature${index}`] = /-([0-9a-f]{32})\./.exec(output.url)![1]!
    await (await fetch(output.url)).arrayBuffer()
  }
}

test('no key, signature, secret or prompt is in the log', () => {
  expect(lines.length).toBeGreaterThan(30)
  for (const [name, secret] of Object.entries(secrets)) expect(text.includes(secret), `${name} is in the log: ${text.split('\n').find((line) => line.includes(secret))}`).toBe(false)
})

test('each request is one line, under the id that its answer carried', () => {
  const requests = lines.filter(({ msg }) => msg === 'request')
  expect(new Set(requests.map(({ request }) => request)).size).toBe(requests.length)
  for (const id of requestIds) expect(requests.filter(({ request }) => request === id)).toHaveLength(1)
  const create = requests.find(({ task, route, method }) => task === tasks[0] && route === '/v1/videos' && method === 'POST')
  expect(create).toMatchObject({ status: 202, key: expect.stringMatching(/^key_/), ms: expect.any(Number) })
  expect(requests.filter(({ error }) => error === 'unauthorized')).toHaveLength(1)
})

test('each move of a task is one line, from where to where', () => {
  const moves = lines.filter(({ msg }) => msg === 'task moved')
  const movesOf = (id: string | undefined): unknown[] => moves.filter(({ task }) => task === id).map(({ from, to }) => `${String(from)} → ${String(to)}`)
  expect(movesOf(tasks[0])).toEqual(['queued → submitting', 'submitting → running', 'running → archiving', 'archiving → succeeded'])
  for (const id of tasks) {
    const chain = movesOf(id)
    expect(chain[0]).toBe('queued → submitting')
    for (const [index, move] of chain.entries()) if (index > 0) expect(String(move).split(' → ')[0]).toBe(String(chain[index - 1]).split(' → ')[1])
  }
  expect(movesOf(tasks[3]).at(-1)).toBe('submitting → unresolved')
  expect(moves.find(({ task, to }) => task === tasks[0] && to === 'succeeded')).toMatchObject({ chargedMicros: expect.stringMatching(/^\d+$/), outputs: 1 })
})

describe('with GENLOCK_LOG_PROMPTS', () => {
  test('the prompt of a create is in its line, and nowhere else', async () => {
    let captured = ''
    const open = await startTestGateway({ log: createLog({ logLevel: 'info' }, { write: (line) => void (captured += line) }), environment: { GENLOCK_LOG_PROMPTS: 'true' } })
    const { body } = await post<TaskAnswer>(open, '/v1/videos', video({ prompt: `${PROMPT} [[fail:timeout]]` }))
    await call(open, `/v1/videos/${body.id}/wait`)
    await open.close()
    const told = captured.trim().split('\n').filter((line) => line.includes(PROMPT)).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(told).toMatchObject([{ msg: 'request', route: '/v1/videos', task: body.id, prompt: `${PROMPT} [[fail:timeout]]` }])
  })
})
