import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateMidjourney } from '../../simulators/midjourney.ts'
import type { Simulator } from '../../simulators/simulator.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import { createEgress, type Egress } from '../egress/egress.ts'
import { midjourney } from './midjourney.ts'
import { callbackMessage, fixtureInput, fixtureJob, scriptedHttp, type ScriptedAnswer } from './provider.fixture.ts'
import type { Job, JobInput, ParentJob, UpstreamHttp } from './provider.ts'
import { createUpstreamHttp } from './upstream-http.ts'

type Fields = Partial<GenerationRequest>
interface More {
  inputs?: JobInput[]
  parent?: ParentJob
  settings?: Record<string, unknown>
  callbackUrl?: string
}

const ACCEPTED: ScriptedAnswer = { status: 200, body: { code: 1, description: '提交成功', result: '1712345678901234', properties: {} } }
const WINDOW: ScriptedAnswer = { status: 200, body: { code: 21, description: 'Waiting for window confirm', result: '1712345678909999', properties: { finalPrompt: 'a boat', remix: true } } }

function jobFor(action: string, request: Fields = {}, { inputs = [], settings = {}, ...more }: More = {}): Job {
  const assets = inputs.map(({ media, role }) => ({ media, role, source: { url: 'https://example.com/upload' } }))
  return fixtureJob({ upstreamModel: action, request: { kind: 'image', operation: 'text_to_image', inputs: assets, ...request }, inputs, settings: midjourney.settings!.parse(settings), ...more })
}

/** What is sent for a request. Answers, errors and the life of a job are in the contract suite. */
async function sent(action: string, request: Fields = {}, more: More = {}, answers: ScriptedAnswer[] = [ACCEPTED]) {
  const { http, asked, unasked } = scriptedHttp(answers)
  await midjourney.submit(jobFor(action, request, more), http)
  expect(unasked()).toBe(0)
  return asked.map((call): Record<string, unknown> => ({ ...('path' in call && { path: call.path }), ...(call.json as object) }))
}

async function promptOf(request: Fields, more: More = {}): Promise<unknown> {
  return (await sent('IMAGINE', request, more))[0]?.['prompt']
}

const unfit = (action: string, request: Fields = {}, more: More = {}) => midjourney.unfit?.(jobFor(action, request, more))?.param

const image = (role: JobInput['role']): JobInput => fixtureInput({ role })
/** The bytes of `fixtureInput`. */
const URI = 'data:image/png;base64,AQID'
const UUID = '0a1b2c3d-1111-4222-8333-444455556666'
const GRID_BUTTONS = [`MJ::JOB::upsample::1::${UUID}`, `MJ::JOB::upsample::2::${UUID}`, `MJ::JOB::reroll::0::${UUID}::SOLO`, `MJ::JOB::variation::2::${UUID}`]
const SINGLE_BUTTONS = [
  `MJ::JOB::upsample_v6r1_2x_subtle::1::${UUID}::SOLO`, `MJ::JOB::upsample_v6r1_2x_creative::1::${UUID}::SOLO`, `MJ::JOB::low_variation::1::${UUID}::SOLO`, `MJ::JOB::high_variation::1::${UUID}::SOLO`,
  `MJ::Inpaint::1::${UUID}::SOLO`, `MJ::Outpaint::50::1::${UUID}::SOLO`, `MJ::Outpaint::75::1::${UUID}::SOLO`, `MJ::CustomZoom::${UUID}`, `MJ::JOB::pan_left::1::${UUID}::SOLO`, `MJ::JOB::pan_up::1::${UUID}::SOLO`,
]
const parentWith = (buttons: string[], more: Record<string, unknown> = {}): ParentJob => ({ handle: { id: '1700' }, upstreamModel: 'IMAGINE', kept: { prompt: 'a boat --v 7 --ar 16:9 --seed 4', buttons, ...more } })
const GRID = parentWith(GRID_BUTTONS)
const SINGLE = parentWith(SINGLE_BUTTONS)
/** What a follow-up brings along of the prompt of both. */
const SAME: Fields = { prompt: 'a boat', seed: 99, vendor: { version: '7' } }
const same = (operation: GenerationRequest['operation'], vendor: Record<string, unknown>): Fields => ({ ...SAME, operation, vendor: { version: '7', ...vendor } })

describe('the prompt', () => {
  test('says what has a parameter, seed 0 too, and no more', async () => {
    expect(await promptOf({})).toBe('a boat')
    expect(await promptOf({ aspectRatio: '16:9', size: '2720x1536', seed: 0, negativePrompt: 'rain, snow', loop: true, vendor: { version: '7', stylize: 0, tile: true, hd: false, flags: ['--hello 1'], index: 2 } }))
      .toBe('a boat --ar 16:9 --no rain, snow --loop --v 7 --s 0 --tile --hello 1 --seed 0')
  })

  test('takes the ratio from the size where nobody named one, and is silent of squares', async () => {
    expect(await promptOf({ size: '1024x768' })).toBe('a boat --ar 4:3')
    expect(await promptOf({ size: '2048x2048' })).toBe('a boat')
    expect(await promptOf({ aspectRatio: 'adaptive' })).toBe('a boat')
  })

  test('knows the newest niji, and its bot', async () => {
    expect((await sent('IMAGINE', { vendor: { niji: '', bot_type: 'NIJI_JOURNEY' } }))[0]).toMatchObject({ prompt: 'a boat --niji', botType: 'NIJI_JOURNEY' })
  })
})

describe('a submission', () => {
  test('of words and pictures, with our reference and where to call', async () => {
    const calls = await sent('IMAGINE', { prompt: 'as @Image1', operation: 'image_edit' }, { inputs: [image('reference'), image('source')], callbackUrl: 'https://gateway.example.com/c/1' })
    expect(calls).toEqual([{ path: '/mj/submit/imagine', prompt: 'as image 1', base64Array: [URI, URI], state: 'att_fixture', notifyHook: 'https://gateway.example.com/c/1' }])
  })

  test.each([
    ['fast', {}, 'plus', '/mj-fast/mj/submit/imagine', 'a boat'],
    [undefined, { speed: 'relax' }, 'plus', '/mj-relax/mj/submit/imagine', 'a boat'],
    ['turbo', { speed: 'relax' }, 'plus', '/mj-turbo/mj/submit/imagine', 'a boat'],
    ['fast', {}, 'original', '/mj/submit/imagine', 'a boat --fast'],
    [undefined, {}, 'original', '/mj/submit/imagine', 'a boat'],
  ])('at speed %s, of a channel set to %j and %s, goes to the right place', async (speed, settings, flavour, path, prompt) => {
    expect((await sent('IMAGINE', { vendor: { speed } }, { settings: { flavour, ...settings } }))[0]).toMatchObject({ path, prompt })
  })

  test.each([
    ['BLEND', { operation: 'blend', prompt: '', size: '1664x2496' }, ['source', 'source'], { path: '/mj/submit/blend', dimensions: 'PORTRAIT', base64Array: [URI, URI] }],
    ['BLEND', { operation: 'blend', prompt: '', size: '2048x2048' }, ['source', 'source'], { dimensions: 'SQUARE' }],
    ['DESCRIBE', { operation: 'describe', prompt: '' }, ['source'], { path: '/mj/submit/describe', base64: URI }],
    ['SHORTEN', { operation: 'action' }, [], { path: '/mj/submit/shorten', prompt: 'a boat' }],
    ['RETEXTURE', { operation: 'image_edit' }, ['source'], { path: '/mj/submit/retexture', prompt: 'a boat', image: URI }],
    ['SWAP_FACE', { operation: 'image_edit', prompt: '' }, ['source', 'reference'], { path: '/mj/insight-face/swap', sourceBase64: URI, targetBase64: URI }],
    ['VIDEO', { operation: 'image_to_video', count: 4, resolution: '720p', durationSeconds: 5, vendor: { motion: 'low' } }, ['first_frame'], { path: '/mj/submit/video', prompt: 'a boat', motion: 'low', videoType: 'vid_1.1_i2v_720', batchSize: 4, image: URI }],
    ['VIDEO', { operation: 'first_last_frame', prompt: '', count: 1, loop: true, seed: 1 }, ['last_frame', 'first_frame'], { videoType: 'vid_1.1_i2v_480', batchSize: 1, loop: true, image: URI, endImage: URI }],
  ] as const)('%s %j with %j', async (action, request, roles, body) => {
    expect((await sent(action, request, { inputs: roles.map(image) }))[0]).toMatchObject(body)
  })

  test('of an edit carries the mask white where it changes', async () => {
    const clear = await sharp({ create: { width: 1, height: 1, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).png().toBuffer()
    const [body] = await sent('EDITS', { operation: 'image_edit' }, { inputs: [image('source'), fixtureInput({ role: 'mask', bytes: new Uint8Array(clear) })] })
    expect(body).toMatchObject({ path: '/mj/submit/edits', prompt: 'a boat', image: URI })
    const mask = Buffer.from(String(body?.['maskBase64']).replace('data:image/png;base64,', ''), 'base64')
    expect((await sharp(mask).greyscale().raw().toBuffer())[0]).toBe(255)
  })

  test('is turned away with no call when it is unfit', async () => {
    const { http, asked } = scriptedHttp([])
    await expect(midjourney.submit(jobFor('IMAGINE', { prompt: ' ' }), http)).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'prompt' })
    expect(asked).toEqual([])
  })
})

describe('what goes on from a task', () => {
  test.each([
    ['UPSCALE', same('upscale', { index: 2 }), GRID, `MJ::JOB::upsample::2::${UUID}`],
    ['UPSCALE', same('upscale', { upscale: 'creative' }), SINGLE, `MJ::JOB::upsample_v6r1_2x_creative::1::${UUID}::SOLO`],
    ['VARIATION', same('variation', { index: 2 }), GRID, `MJ::JOB::variation::2::${UUID}`],
    ['VARIATION', same('variation', { strength: 'subtle' }), SINGLE, `MJ::JOB::low_variation::1::${UUID}::SOLO`],
    ['REROLL', { ...SAME, size: '2048x2048' }, GRID, `MJ::JOB::reroll::0::${UUID}::SOLO`],
    ['ZOOM', same('reframe', { zoom: 2 }), SINGLE, `MJ::Outpaint::50::1::${UUID}::SOLO`],
    ['ZOOM', same('reframe', { zoom: 1.5 }), SINGLE, `MJ::Outpaint::75::1::${UUID}::SOLO`],
    ['PAN', same('reframe', { pan: 'up' }), SINGLE, `MJ::JOB::pan_up::1::${UUID}::SOLO`],
  ] as const)('%s %j presses its button', async (action, request, parent, customId) => {
    expect(await sent(action, request, { parent })).toEqual([{ path: '/mj/submit/action', taskId: '1700', customId, state: 'att_fixture' }])
  })

  test('in other words opens a window first', async () => {
    const calls = await sent('VARIATION', { ...same('variation', { index: 2, chaos: 5 }), prompt: 'a ship' }, { parent: GRID }, [WINDOW, ACCEPTED])
    expect(calls).toEqual([
      { path: '/mj/submit/action', taskId: '1700', customId: `MJ::JOB::variation::2::${UUID}`, enableRemix: true, state: 'att_fixture' },
      { path: '/mj/submit/modal', taskId: '1712345678909999', prompt: 'a ship --v 7 --c 5' },
    ])
  })

  test('sends on a window that the account opened of itself', async () => {
    expect((await sent('UPSCALE', same('upscale', { index: 1 }), { parent: GRID }, [WINDOW, ACCEPTED]))[1]).toEqual({ path: '/mj/submit/modal', taskId: '1712345678909999', prompt: 'a boat' })
  })

  test('fills the window of a region with its mask and words, and that of a zoom with how far', async () => {
    const mask = fixtureInput({ role: 'mask', bytes: new Uint8Array(await sharp({ create: { width: 1, height: 1, channels: 3, background: 'white' } }).png().toBuffer()) })
    const region = await sent('MODAL', { operation: 'image_edit', prompt: 'a hat', aspectRatio: 'adaptive' }, { parent: SINGLE, inputs: [image('source'), mask] }, [WINDOW, ACCEPTED])
    expect(region).toMatchObject([{ path: '/mj/submit/action', customId: `MJ::Inpaint::1::${UUID}::SOLO` }, { path: '/mj/submit/modal', prompt: 'a hat', maskBase64: expect.stringMatching(/^data:image\/png;base64,/) }])
    expect(region[0]).not.toHaveProperty('maskBase64')
    // A relay writes 1 for 21 at some windows.
    const zoom = await sent('MODAL', { operation: 'reframe', prompt: 'a harbour', aspectRatio: '16:9', vendor: { zoom: 1.8 } }, { parent: SINGLE }, [ACCEPTED, ACCEPTED])
    expect(zoom).toMatchObject([{ customId: `MJ::CustomZoom::${UUID}` }, { taskId: '1712345678901234', prompt: 'a harbour --ar 16:9 --zoom 1.8' }])
  })

  test('as a video names the clip, from 0', async () => {
    const extend: Fields = { kind: 'video', operation: 'extend', count: 2, durationSeconds: 9 }
    expect(await sent('VIDEO', { ...extend, vendor: { index: 3, motion: 'high' } }, { parent: parentWith([], { clips: 4 }) })).toMatchObject([{ path: '/mj/submit/video', taskId: '1700', index: 2, action: 'extend', motion: 'high', batchSize: 2 }])
    expect(await sent('VIDEO', extend, { parent: parentWith([], { clips: 1 }) })).toMatchObject([{ index: 0 }])
    expect(unfit('VIDEO', extend, { parent: parentWith([], { clips: 4 }) })).toBe('vendor.index')
  })

  test('is asked for by change where there are no buttons', async () => {
    const settings = { flavour: 'original' }
    const parent = parentWith([])
    expect(await sent('UPSCALE', same('upscale', { index: 2 }), { parent, settings })).toEqual([{ path: '/mj/submit/change', taskId: '1700', action: 'UPSCALE', index: 2, state: 'att_fixture' }])
    expect(await sent('REROLL', SAME, { parent, settings })).toMatchObject([{ path: '/mj/submit/change', action: 'REROLL', index: 1 }])
    expect(unfit('VARIATION', { ...same('variation', { index: 2 }), prompt: 'a ship' }, { parent, settings })).toBe('prompt')
  })

  test('but brings all it needs is made without its parent', async () => {
    expect(await sent('REROLL', { prompt: 'a boat', size: '1024x2048' })).toMatchObject([{ path: '/mj/submit/imagine', prompt: 'a boat --ar 1:2' }])
    expect(await sent('REROLL', { operation: 'blend', prompt: '' }, { inputs: [image('source'), image('source')] })).toMatchObject([{ path: '/mj/submit/blend' }])
  })
})

describe('what is unfit', () => {
  test.each([
    ['UPSCALE', same('upscale', { index: 1 }), {}, 'inputs'],
    ['REROLL', { operation: 'variation' }, {}, 'inputs'],
    ['MODAL', { operation: 'image_edit' }, {}, 'inputs'],
    ['UPSCALE', same('upscale', {}), { parent: GRID }, 'vendor.index'],
    ['UPSCALE', same('upscale', { upscale: 'wildly' }), { parent: SINGLE }, 'vendor.upscale'],
    ['VARIATION', same('variation', { strength: 'medium' }), { parent: SINGLE }, 'vendor.strength'],
    ['PAN', same('reframe', { pan: 'north' }), { parent: SINGLE }, 'vendor.pan'],
    ['MODAL', { operation: 'reframe', vendor: { zoom: 2.5 } }, { parent: SINGLE }, 'vendor.zoom'],
    ['ZOOM', same('reframe', { zoom: 2 }), { parent: GRID }, 'inputs'],
    ['SHORTEN', {}, { settings: { flavour: 'original' } }, 'operation'],
    ['ZOOM', same('reframe', { zoom: 2 }), { parent: SINGLE, settings: { flavour: 'original' } }, 'operation'],
    ['BLEND', { operation: 'blend', prompt: '', vendor: { speed: 'fast' } }, { inputs: [image('source'), image('source')], settings: { flavour: 'original' } }, 'vendor.speed'],
    ['BLEND', { operation: 'blend', prompt: '', vendor: { chaos: 5 } }, { inputs: [image('source'), image('source')] }, 'vendor.chaos'],
    ['IMAGINE', { vendor: { style_reference: 'x --r 10' } }, {}, 'prompt'],
    ['IMAGINE', { vendor: { flags: [{}] } }, {}, 'vendor.flags'],
    ['IMAGINE', {}, { inputs: [image('mask')] }, 'inputs'],
    ['VIDEO', { operation: 'image_to_video' }, {}, 'inputs'],
    ['VIDEO', { operation: 'image_to_video', vendor: { motion: 'wild' } }, { inputs: [image('first_frame')] }, 'vendor.motion'],
    ['DREAM', {}, {}, 'model'],
  ] satisfies [string, Fields, More, string][])('%s with %j', (action, request, more, param) => {
    expect(unfit(action, request, more)).toBe(param)
  })
})

test('a callback names its task, and only a task', () => {
  expect(midjourney.callback?.(callbackMessage({ id: '1712', status: 'IN_PROGRESS', progress: '46%' }))).toEqual({ handle: { id: '1712' } })
  expect(midjourney.callback?.(callbackMessage({ id: '1712' }))).toEqual({})
  expect(midjourney.callback?.(callbackMessage({ id: '../keys', status: 'SUCCESS' }))).toEqual({})
})

test('a lost submission is found by the state that went with it, and at a relay it is not', async () => {
  const tasks = [{ id: '1', state: null }, { id: '2', state: 'att_2' }, { id: 3, state: 'att_3' }]
  const find = (reference: string, answer: ScriptedAnswer) => midjourney.find?.(reference, scriptedHttp([answer]).http)
  expect(await find('att_2', { status: 200, body: tasks })).toEqual({ id: '2' })
  expect(await find('att_3', { status: 200, body: tasks })).toEqual({ id: '3' })
  expect(await find('att_4', { status: 200, body: tasks })).toBeUndefined()
  expect(await find('att_2', { status: 404, text: '' })).toBeUndefined()
  await expect(find('att_2', { status: 500, text: '' })).rejects.toMatchObject({ kind: 'lost' })
})

test('the secret goes into mj-api-secret, and a proxy without one gets none', () => {
  const call = { method: 'GET', url: new URL('https://mj.example/mj/task/1/fetch'), body: undefined, contentType: undefined, nowMs: 0 } as const
  expect(midjourney.authorize({ api_secret: 's' }, call)).toEqual({ 'mj-api-secret': 's' })
  expect(midjourney.authorize({}, call)).toEqual({})
})

describe('midjourney-proxy 2.6, on real sockets', () => {
  let nowMs = Date.UTC(2026, 7, 1)
  const clock = { nowMs: () => nowMs }
  const settings = { flavour: 'original' }
  let simulator: Simulator
  let egress: Egress
  let http: UpstreamHttp

  beforeAll(async () => {
    simulator = await simulateMidjourney({ clock, queuedSeconds: 10, renderSeconds: 20 }, 'original')
    egress = createEgress({ allowCidrs: ['127.0.0.0/8'] })
    http = createUpstreamHttp({ egress, provider: midjourney, baseUrl: simulator.baseUrl, credential: simulator.credential, timeoutMs: 5_000, clock })
  })
  afterAll(async () => {
    await egress.close()
    await simulator.close()
  })

  async function made(action: string, request: Fields, more: More = {}): Promise<ParentJob> {
    const { handle } = await midjourney.submit(jobFor(action, request, { ...more, settings }), http)
    expect(await midjourney.check(handle, http)).toEqual({ state: 'running' })
    nowMs += 60_000
    const end = await midjourney.check(handle, http)
    if (end.state !== 'done') throw new Error(JSON.stringify(end))
    expect(end.results).toHaveLength(1)
    return { handle, upstreamModel: action, kept: end.kept }
  }

  test('imagines, varies, upscales and rerolls, and gives the same upscale once', async () => {
    const grid = await made('IMAGINE', { aspectRatio: '3:2', seed: 1, vendor: { speed: 'relax' } })
    const varied = await made('VARIATION', { operation: 'variation', vendor: { index: 3 } }, { parent: grid })
    const first = await made('UPSCALE', { operation: 'upscale', vendor: { index: 1 } }, { parent: varied })
    const again = await midjourney.submit(jobFor('UPSCALE', { operation: 'upscale', vendor: { index: 1 } }, { parent: varied, settings }), http)
    expect(again.handle).toEqual(first.handle)
    await made('REROLL', {}, { parent: grid })
    expect(await midjourney.cancel?.(again.handle, http)).toBe('too_late')
  })

  test('queues, and turns away what the queue does not hold', async () => {
    const outcomes: string[] = []
    for (let job = 0; job < 15; job += 1) outcomes.push(await midjourney.submit(jobFor('IMAGINE', { seed: job }, { settings }), http).then(() => 'taken', (error: { kind: string }) => error.kind))
    expect(outcomes).toEqual([...Array.from({ length: 13 }, () => 'taken'), 'busy', 'busy'])
    nowMs += 60_000
  })
})
