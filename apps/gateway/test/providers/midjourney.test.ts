/** Midjourney's clients with midjourney-proxy behind the gateway: every follow-up finds its parent at the account that made it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import sharp from 'sharp'
import { simulateMidjourney } from '../../simulators/midjourney.ts'
import type { Simulator } from '../../simulators/simulator.ts'
import { allModels } from '../../src/catalog/index.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { readUntil } from '../dialects/read-until.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

interface Submitted {
  code: number
  result: string
}
interface Shown {
  id: string
  action: string
  status: string
  failReason: string
  imageUrl: string
  videoUrls: { url: string }[]
  buttons: { customId: string; label: string; emoji: string }[]
  properties: { finalPrompt: string }
}

const QUICK = { queuedSeconds: 0.05, renderSeconds: 0.1 }
const MODELS = Object.fromEntries(allModels().flatMap(({ id, upstreamNames }) => (upstreamNames?.['midjourney'] === undefined ? [] : [[id, upstreamNames['midjourney']]])))

let plus: Simulator
let original: Simulator
let genlock: TestGateway
/** Of accounts whose tasks go to one of the two. */
let keys: { plus: string; original: string }
let picture: string

beforeAll(async () => {
  plus = await simulateMidjourney(QUICK)
  original = await simulateMidjourney(QUICK, 'original')
  genlock = await startTestGateway({
    channels: [plus, original].map(({ baseUrl, credential, settings }) => ({ id: String(settings?.['flavour']), provider: 'midjourney', base_url: baseUrl, credential, settings, models: MODELS, groups: [String(settings?.['flavour'])] })),
    environment: { GENLOCK_KEY_RPM: '100000' },
  })
  keys = { plus: (await genlock.addAccount(100_000_000n, 'plus')).key, original: (await genlock.addAccount(100_000_000n, 'original')).key }
  picture = `data:image/png;base64,${(await sharp({ create: { width: 256, height: 256, channels: 3, background: '#808080' } }).png().toBuffer()).toString('base64')}`
})
afterAll(async () => {
  await genlock?.close()
  await plus?.close()
  await original?.close()
})

async function submit(key: string, path: string, json: unknown): Promise<Submitted> {
  return (await (await genlock.call(`/mj${path}`, { key, method: 'POST', body: JSON.stringify(json) })).json()) as Submitted
}

async function finished(key: string, id: string): Promise<Shown> {
  const task = await readUntil<Shown>(() => genlock.call(`/mj/task/${id}/fetch`, { key }), ({ status }) => status === 'SUCCESS' || status === 'FAILURE')
  expect(task, task.failReason).toMatchObject({ status: 'SUCCESS' })
  return task
}

async function made(key: string, path: string, json: unknown): Promise<Shown> {
  return finished(key, (await submit(key, path, json)).result)
}

function buttonOf({ buttons }: Shown, face: string): string {
  return buttons.find(({ label, emoji }) => label === face || emoji === face)?.customId ?? ''
}

async function pressed(task: Shown, face: string, window?: Record<string, unknown>): Promise<Shown> {
  const { result, code } = await submit(keys.plus, '/submit/action', { taskId: task.id, customId: buttonOf(task, face) })
  if (window === undefined) return finished(keys.plus, result)
  expect(code).toBe(21)
  return made(keys.plus, '/submit/modal', { taskId: result, ...window })
}

/** How often the proxy was asked at a path. */
const askedAt = (proxy: Simulator, path: RegExp): number => proxy.requests().filter((request) => request.method === 'POST' && path.test(request.path)).length

describe('the plus branch behind', () => {
  test('a grid, a crop, and what is done with it', async () => {
    const grid = await made(keys.plus, '/submit/imagine', { prompt: 'A red fox --ar 3:2 --v 7' })
    const single = await pressed(grid, 'U2')
    expect(single).toMatchObject({ action: 'UPSCALE' })
    expect(await pressed(single, 'Vary (Strong)')).toMatchObject({ action: 'HIGH_VARIATION' })
    expect(await pressed(single, '⬅️')).toMatchObject({ action: 'PAN' })
    expect(await pressed(single, 'Zoom Out 1.5x')).toMatchObject({ action: 'ZOOM' })
    expect(await pressed(single, 'Upscale (Subtle)')).toMatchObject({ action: 'UPSCALE' })
    expect(await pressed(grid, '🔄')).toMatchObject({ action: 'REROLL' })
    expect(await pressed(single, 'Vary (Region)', { prompt: 'a hat', maskBase64: picture })).toMatchObject({ action: 'INPAINT' })
    expect(await pressed(single, 'Custom Zoom', { prompt: 'A red fox in a field --ar 16:9 --zoom 1.8' })).toMatchObject({ action: 'CUSTOM_ZOOM' })
    // Each button was pressed there, and nothing was imagined anew.
    expect(askedAt(plus, /\/submit\/imagine$/)).toBe(1)
    expect(askedAt(plus, /\/submit\/action$/)).toBe(8)
    expect(askedAt(plus, /\/submit\/modal$/)).toBe(2)
  })

  test('a remix in other words', async () => {
    const grid = await made(keys.plus, '/submit/imagine', { prompt: 'A red fox' })
    const { result, code } = await submit(keys.plus, '/submit/action', { taskId: grid.id, customId: buttonOf(grid, 'V1'), enableRemix: true })
    expect(code).toBe(21)
    const before = askedAt(plus, /\/submit\/modal$/)
    await made(keys.plus, '/submit/modal', { taskId: result, prompt: 'A grey wolf' })
    expect(askedAt(plus, /\/submit\/modal$/)).toBe(before + 1)
    expect(plus.acceptedCreates('A grey wolf')).toBe(1)
  })

  test('clips, and one of them made longer', async () => {
    const clips = await made(keys.plus, '/submit/video', { image: picture, motion: 'low', batchSize: 2 })
    expect(clips.videoUrls).toHaveLength(2)
    expect((await made(keys.plus, '/submit/video', { taskId: clips.id, index: 1, action: 'extend', batchSize: 1 })).videoUrls).toHaveLength(1)
  })

  test('words, and the picture that one of them becomes', async () => {
    const words = await made(keys.plus, '/submit/describe', { base64: picture })
    expect(words.properties.finalPrompt).toMatch(/^1️⃣ .*\n\n2️⃣ /)
    expect(await pressed(words, '2️⃣')).toMatchObject({ action: 'IMAGINE' })
    expect((await made(keys.plus, '/submit/shorten', { prompt: 'A very, very long prompt' })).properties.finalPrompt).toMatch(/^1️⃣ /)
  })

  test('blends, edits, retextures and swaps', async () => {
    expect(await made(keys.plus, '/submit/blend', { base64Array: [picture, picture], dimensions: 'LANDSCAPE' })).toMatchObject({ action: 'BLEND' })
    expect(await made(keys.plus, '/submit/edits', { prompt: 'a hat', image: picture, maskBase64: picture })).toMatchObject({ action: 'EDITS' })
    expect(await made(keys.plus, '/submit/retexture', { prompt: 'of clay', image: picture })).toMatchObject({ action: 'RETEXTURE' })
    expect(await made(keys.plus, '/insight-face/swap', { sourceBase64: picture, targetBase64: picture })).toMatchObject({ action: 'SWAP_FACE' })
  })

  test('a path of a speed, which is taken there too', async () => {
    const response = await genlock.call('/mj-turbo/mj/submit/imagine', { key: keys.plus, method: 'POST', body: JSON.stringify({ prompt: 'A red fox in haste' }) })
    await finished(keys.plus, ((await response.json()) as Submitted).result)
    expect(askedAt(plus, /^\/mj-turbo\/mj\/submit\/imagine$/)).toBe(1)
  })
})

describe('midjourney-proxy 2.6 behind', () => {
  test('a grid, its crops, variations and rerolls, by change', async () => {
    const grid = await made(keys.original, '/submit/imagine', { prompt: 'A red fox --ar 3:2' })
    for (const action of ['UPSCALE', 'VARIATION', 'REROLL']) expect(await made(keys.original, '/submit/change', { taskId: grid.id, action, index: 3 })).toMatchObject({ action })
    expect(askedAt(original, /\/submit\/change$/)).toBe(3)
    expect(askedAt(original, /\/submit\/imagine$/)).toBe(1)
  })

  test('what it cannot do is refused before anything is held', async () => {
    const answer = await submit(keys.original, '/submit/shorten', { prompt: 'A very long prompt' })
    expect(answer).toMatchObject({ code: 4, description: expect.stringContaining('can only imagine') })
  })
})

test('and the books balance', async () => {
  expect((await verifyLedger(genlock.database.pool)).violations).toEqual([])
})
