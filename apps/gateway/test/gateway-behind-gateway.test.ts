/**
 * One gateway as the upstream of another, through each wire on which gateways speak to each other: a request at the
 * front becomes a task behind it, and what is made there is stored here. What the one serves, the other must understand.
 */
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyLedger } from '../src/ledger/verify.ts'
import { startTestGateway, type TestGateway } from './support/gateway.ts'
import { freePort } from './support/free-port.ts'

interface Way {
  provider: string
  /** Below the origin of the gateway behind. */
  basePath: string
  settings?: Record<string, unknown>
  video: { model: string; input: Record<string, unknown> }
  image?: { model: string; input: Record<string, unknown> }
  /** Whether its answers say what was charged. */
  tellsCost: boolean
}

/** The credit of a gateway that nobody configured: one cent. */
const USD_PER_CREDIT = 0.01

let picture: string
const PICTURE = 'a picture of 320x320'

const WAYS: Way[] = [
  {
    provider: 'genlock', basePath: '/v1', tellsCost: true,
    video: { model: 'seedance-2.0-pro', input: { duration_seconds: 4, resolution: '480p', aspect_ratio: '16:9', audio: false, first_frame: PICTURE } },
    image: { model: 'gpt-image-1', input: { size: '1024x1024', quality: 'low' } },
  },
  {
    provider: 'new-api', basePath: '', tellsCost: true,
    video: { model: 'seedance-1.0-pro', input: { duration_seconds: 4, resolution: '480p', seed: 7, first_frame: PICTURE } },
    image: { model: 'gpt-image-1', input: { size: '1024x1024', quality: 'low', images: [{ url: PICTURE, role: 'source' }] } },
  },
  { provider: 'flat', basePath: '/v1', tellsCost: false, video: { model: 'sora-2', input: { duration_seconds: 4 } } },
  {
    provider: 'videoapi', basePath: '', tellsCost: true, settings: { usd_per_credit: USD_PER_CREDIT },
    video: { model: 'seedance-2.0-pro', input: { prompt: 'Let @Image1 turn around', duration_seconds: 4, resolution: '480p', aspect_ratio: '1:1', images: [{ url: PICTURE, role: 'reference' }] } },
  },
  { provider: 'unified', basePath: '/v1', tellsCost: false, video: { model: 'veo2-fast-frames', input: { duration_seconds: 5, aspect_ratio: '9:16', first_frame: PICTURE, last_frame: PICTURE } } },
]

interface Task {
  id: string
  status: string
  error?: unknown
  cost_cents?: number
  output?: { url: string; bytes: number; width: number; height: number; images?: { url: string; width: number }[] }
}

let behind: TestGateway
let front: TestGateway
/** Of a group whose only channel is that way. */
const keys = new Map<string, string>()

beforeAll(async () => {
  picture = `data:image/png;base64,${(await sharp({ create: { width: 320, height: 320, channels: 3, background: '#38c' } }).png().toBuffer()).toString('base64')}`
  behind = await startTestGateway({ environment: { GENLOCK_KEY_RPM: '100000' } })
  front = await startTestGateway({ channels: WAYS.map((way) => channelOf(way)), environment: { GENLOCK_KEY_RPM: '100000' } })
  for (const { provider } of WAYS) keys.set(provider, (await front.addAccount(50_000_000n, provider)).key)
})
afterAll(async () => {
  await front?.close()
  await behind?.close()
})

function channelOf({ provider, basePath, settings, video, image }: Way): Record<string, unknown> {
  return {
    id: provider, provider, base_url: behind.url + basePath, credential: { api_key: behind.key }, groups: [provider], ...(settings && { settings }),
    models: Object.fromEntries([video, image].flatMap((work) => (work ? [[work.model, work.model]] : []))),
  }
}

const withPicture = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(PICTURE, picture)) as unknown

async function create(gateway: TestGateway, kind: 'videos' | 'images', { model, input }: Way['video'], key: string): Promise<string> {
  const answer = await gateway.call(`/v1/${kind}`, { method: 'POST', key, body: JSON.stringify({ model, input: { prompt: 'A paper boat', ...(withPicture(input) as object) } }) })
  const body = (await answer.json()) as Task
  expect(answer.status, JSON.stringify(body).slice(0, 500)).toBe(202)
  return body.id
}

async function ended(gateway: TestGateway, kind: 'videos' | 'images', id: string, key: string): Promise<Task> {
  return (await (await gateway.call(`/v1/${kind}/${id}/wait?timeout=60`, { key })).json()) as Task
}

interface Behind {
  id: string
  state: string
  prompt: string
  charged_micros: bigint
}

/** The task behind that an attempt of this task in front has made, with what the front says that it cost. */
async function behindOf(id: string, kind: 'video' | 'image'): Promise<{ task: Behind; costMicros: bigint | null }> {
  const { rows: attempts } = await front.database.pool.query<{ handle: { id: string }; cost_micros: bigint | null; started_at: Date }>('select handle, cost_micros, started_at from attempt where task_id = $1', [id])
  expect(attempts).toHaveLength(1)
  const { rows: tasks } = await behind.database.pool.query<Behind>(`select id, state, request->>'prompt' as prompt, charged_micros from task where id like $1 order by created_at desc`, [kind === 'video' ? 'vid_%' : 'img_%'])
  // A picture that was answered at once leaves no id: it is the newest there.
  const task = tasks.find((each) => each.id === attempts[0]!.handle.id) ?? tasks[0]!
  return { task, costMicros: attempts[0]!.cost_micros }
}

describe.each(WAYS.map((way) => [way.provider, way] as const))('through %s', (provider, way) => {
  test('a video is made behind and stored in front, and its cost is known where the wire tells it', { timeout: 120_000 }, async () => {
    const key = keys.get(provider)!
    const id = await create(front, 'videos', way.video, key)
    const task = await ended(front, 'videos', id, key)
    expect(task, JSON.stringify(task.error)).toMatchObject({ status: 'succeeded' })
    const file = new Uint8Array(await (await fetch(task.output!.url)).arrayBuffer())
    expect(file.length).toBe(task.output!.bytes)
    expect(task.output!.url.startsWith(front.url)).toBe(true)

    const made = await behindOf(id, 'video')
    expect(made.task).toMatchObject({ state: 'succeeded', prompt: way.video.input['prompt'] ?? 'A paper boat' })
    // Priced by what was really made, so both made the same of it.
    expect(made.task.charged_micros).toBe(BigInt(Math.round(task.cost_cents! * 10_000)))
    expect(made.costMicros).toBe(way.tellsCost ? made.task.charged_micros : null)
  })

  test.runIf(way.image !== undefined)('a picture is made behind and stored in front', { timeout: 120_000 }, async () => {
    const key = keys.get(provider)!
    const id = await create(front, 'images', way.image!, key)
    const task = await ended(front, 'images', id, key)
    expect(task, JSON.stringify(task.error)).toMatchObject({ status: 'succeeded' })
    expect(task.output!.images).toMatchObject([{ width: 1024, height: 1024 }])
    expect((await behindOf(id, 'image')).task).toMatchObject({ state: 'succeeded' })
  })

  test('a refusal behind ends the task in front, with the reason, and nobody pays', { timeout: 120_000 }, async () => {
    const key = keys.get(provider)!
    const { prompt = 'A paper boat' } = way.video.input as { prompt?: string }
    const id = await create(front, 'videos', { ...way.video, input: { ...way.video.input, prompt: `${prompt} [[fail:content_policy]]` } }, key)
    expect(await ended(front, 'videos', id, key)).toMatchObject({ status: 'failed', error: { code: 'content_policy' }, refunded: true })
  })
})

test('through genlock a cancelled video is cancelled behind too', async () => {
  const key = keys.get('genlock')!
  const id = await create(front, 'videos', { model: 'seedance-2.0-pro', input: { prompt: 'slow [[slow:600]]', resolution: '480p' } }, key)
  await until(async () => (await front.database.pool.query(`select 1 from task where id = $1 and state = 'running'`, [id])).rowCount === 1)
  expect((await front.call(`/v1/videos/${id}/cancel`, { method: 'POST', key })).status).toBe(200)
  const { task } = await behindOf(id, 'video')
  expect(task.state).toBe('cancelled')
})

test('through genlock the gateway behind calls the one in front, which looks at once', { timeout: 60_000 }, async () => {
  const port = await freePort()
  // Nothing would be looked at within the time of this test if nobody called.
  const called = await startTestGateway({
    channels: [channelOf(WAYS[0]!)].map(({ groups: _all, ...channel }) => channel),
    environment: { PORT: String(port), GENLOCK_PUBLIC_URL: `http://127.0.0.1:${port}`, GENLOCK_CHECK_MIN_MS: '50000', GENLOCK_CHECK_MAX_MS: '50000' },
  })
  try {
    const id = await create(called, 'videos', { model: 'seedance-2.0-pro', input: { resolution: '480p', duration_seconds: 4 } }, called.key)
    expect((await (await called.call(`/v1/videos/${id}/wait?timeout=40`)).json()) as Task).toMatchObject({ status: 'succeeded' })
    expect((await verifyLedger(called.database.pool)).violations).toEqual([])
  } finally {
    await called.close()
  }
})

test('and the books of both balance', async () => {
  for (const { database } of [front, behind]) expect((await verifyLedger(database.pool)).violations).toEqual([])
})

const MAX_LOOKS = 200
const LOOK_MS = 50

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error('waited too long')
}
