/** Every way in which an upstream hands over what it made ends as files in our storage, and nothing else stays there. */
import { readdir, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createResultMedia } from '../simulators/result-media.ts'
import type { ResultSource } from '../src/core/progress.ts'
import type { Provider } from '../src/providers/provider.ts'
import { threeSecondsOfWav } from './dialects/sound.ts'
import { startTestGateway, type TestGateway } from './support/gateway.ts'

const media = createResultMedia()
const SIZE = { widthPixels: 64, heightPixels: 64 }
let video: Uint8Array
let picture: Uint8Array
let files: Server
let origin: string
let genlock: TestGateway
/** What the next submission is answered with. */
let next: ResultSource[]

/** Answers at once, with whatever the test wants. */
const handover: Provider<Record<string, never>> = {
  id: 'handover',
  name: 'Handover',
  kinds: ['video', 'image', 'text'],
  credential: z.object({}),
  handle: z.object({}).transform(() => ({})),
  authorize: () => ({}),
  submit: () => Promise.resolve({ handle: {}, progress: { state: 'done', results: next, usage: { costMicros: 1_234 } } }),
  check: () => Promise.reject(new Error('there is nothing to look at')),
  open: ({ reference }) => Promise.resolve(reference === 'link' ? { url: `${origin}/video` } : Readable.from([Buffer.from(picture)])),
}

beforeAll(async () => {
  video = await media.video({ ...SIZE, durationSeconds: 1, audio: true })
  picture = await media.png(SIZE)
  files = createServer((request, response) => {
    if (request.url === '/video') response.end(video)
    else if (request.url === '/picture') response.end(picture)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => files.once('listening', resolve))
  origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`
  genlock = await startTestGateway({
    providers: { handover },
    channels: [{ id: 'handover', provider: 'handover', base_url: 'http://127.0.0.1:1', credential: {}, models: { 'sora-2': 'any', 'flux-dev': 'any', 'seedance-1.0-pro-fast': 'any' } }],
  })
})
afterAll(async () => {
  await genlock?.close()
  files?.closeAllConnections()
  await new Promise((resolve) => files?.close(resolve))
})

test('a link is fetched', async () => {
  next = [{ kind: 'url', url: `${origin}/video`, role: 'output' }]
  expect(await make('video')).toMatchObject({ status: 'succeeded', output: { content_type: 'video/mp4', bytes: video.length, duration_seconds: 1, width: 64 } })
})

test('bytes that came inside the answer are stored, and nothing is left beside', async () => {
  const base64 = Buffer.from(picture).toString('base64')
  next = [{ kind: 'bytes', base64, role: 'output' }]
  const made = await make('image')
  expect(made).toMatchObject({ status: 'succeeded', output: { images: [{ content_type: 'image/png', bytes: picture.length }] } })
  expect((await filesUnder('outputs')).filter((name) => name.includes(made.id))).toEqual([`${made.id}/0.png`])
  const { rows: [row] } = await genlock.database.pool.query<{ length: number }>('select max(length(results::text)) as length from attempt')
  expect(row!.length).toBeLessThan(base64.length)
})

test('what only the provider can open is streamed from it, or fetched where it says by now', async () => {
  next = [{ kind: 'provider', reference: 'stream', role: 'output' }]
  expect(await make('image')).toMatchObject({ status: 'succeeded', output: { images: [{ bytes: picture.length }] } })
  next = [{ kind: 'provider', reference: 'link', role: 'output' }]
  expect(await make('video')).toMatchObject({ status: 'succeeded', output: { bytes: video.length } })
})

test('what comes beside a video is stored and linked: last frame, poster, sound track', async () => {
  const sound = threeSecondsOfWav()
  next = [
    { kind: 'url', url: `${origin}/video`, role: 'output' },
    { kind: 'url', url: `${origin}/picture`, role: 'last_frame' },
    { kind: 'bytes', base64: Buffer.from(picture).toString('base64'), role: 'poster' },
    { kind: 'bytes', base64: sound.toString('base64'), role: 'audio' },
  ]
  const { status, output } = await make('video')
  expect(status).toBe('succeeded')
  for (const [name, bytes] of [['last_frame_url', picture], ['poster_url', picture], ['audio_url', sound]] as const) {
    const file = await fetch(output![name] as string)
    expect(Buffer.from(await file.arrayBuffer()).equals(Buffer.from(bytes)), name).toBe(true)
  }
})

test('a poster is the thumbnail that OpenAI\'s wire asks for', async () => {
  next = [{ kind: 'url', url: `${origin}/video`, role: 'output' }, { kind: 'url', url: `${origin}/picture`, role: 'poster' }]
  const { id } = await make('video')
  const thumbnail = await genlock.call(`/v1/videos/${id}/content?variant=thumbnail`)
  expect(Buffer.from(await thumbnail.arrayBuffer()).equals(Buffer.from(picture))).toBe(true)
  expect((await genlock.call(`/v1/videos/${id}/content?variant=spritesheet`)).status).toBe(404)
})

test('the loss of what comes beside is no failure', async () => {
  next = [{ kind: 'url', url: `${origin}/video`, role: 'output' }, { kind: 'url', url: `${origin}/gone`, role: 'last_frame' }, { kind: 'url', url: `${origin}/video`, role: 'poster' }]
  const { status, output } = await make('video')
  expect(status).toBe('succeeded')
  expect(output).not.toHaveProperty('last_frame_url')
  expect(output).not.toHaveProperty('poster_url')
})

test.each([
  ['nothing', () => []],
  ['a picture for a video', () => [{ kind: 'url', url: `${origin}/picture`, role: 'output' } as const]],
  ['only what comes beside', () => [{ kind: 'url', url: `${origin}/picture`, role: 'poster' } as const]],
])('done with %s has failed, and nothing is charged', async (_what, results) => {
  next = results()
  expect(await make('video')).toMatchObject({ status: 'failed', refunded: true })
})

test('what the upstream charged is booked once with each task that it made', async () => {
  const { rows: [row] } = await genlock.database.pool.query<{ succeeded: number; costs: number; micros: bigint }>(
    `select (select count(*)::integer from task where state = 'succeeded') as succeeded, (select count(*)::integer from posting where kind = 'cost') as costs,
      (select coalesce(sum(amount_micros), 0)::bigint from entry where from_account = 'cost') as micros`)
  expect(row!.costs).toBeGreaterThanOrEqual(row!.succeeded)
  expect(row!.micros).toBe(BigInt(row!.costs) * 1_234n)
})

interface Made {
  id: string
  status: string
  output?: Record<string, unknown>
  refunded?: boolean
}

async function make(kind: 'video' | 'image'): Promise<Made> {
  const [path, model] = kind === 'video' ? ['/v1/videos', 'seedance-1.0-pro-fast'] : ['/v1/images', 'flux-dev']
  const created = await genlock.call(path, { method: 'POST', body: JSON.stringify({ model, input: { prompt: 'A paper boat' } }) })
  expect(created.status).toBe(202)
  const { id } = (await created.json()) as { id: string }
  return (await genlock.call(`/v1/videos/${id}/wait?timeout=60`)).json() as Promise<Made>
}

async function filesUnder(folder: string): Promise<string[]> {
  const root = join(genlock.config.dataFolder, 'files', folder)
  const names = await readdir(root, { recursive: true }).catch(() => [])
  const found: string[] = []
  for (const name of names) if ((await stat(join(root, name))).isFile()) found.push(name)
  return found
}
