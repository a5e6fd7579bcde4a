/** Midjourney's wire as its clients speak it, every button to its picture: grids, crops and what else was asked for are looked at. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMp4 } from '../acceptance/pictures.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { readUntil } from './read-until.ts'

interface Submitted {
  code: number
  description: string
  result: string
  properties: Record<string, unknown>
}

interface Shown {
  id: string
  action: string
  customId: string
  prompt: string
  description: string
  state: string
  status: string
  progress: string
  failReason: string
  imageUrl: string
  videoUrl: string
  videoUrls: { url: string }[]
  buttons: { customId: string; label: string; emoji: string; type: number; style: number }[]
  seed: string
  imageWidth: number
  imageHeight: number
  properties: { finalPrompt: string; messageHash: string }
}

let genlock: TestGateway
/** Red, as a data URI. */
let red: string
let blue: string
/** Told at `notifyHook`. */
const told: Shown[] = []
let hook: Server

beforeAll(async () => {
  genlock = await startTestGateway({ environment: { GENLOCK_STARTING_CREDITS: '1000', GENLOCK_KEY_RPM: '100000' } })
  red = await plain('#ff0000', 640, 640)
  blue = await plain('#0000ff', 640, 640)
  hook = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      told.push(JSON.parse(Buffer.concat(chunks).toString()) as Shown)
      response.end()
    })
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await genlock?.close()
  hook?.close()
})

describe('the documents', () => {
  test('imagine as reference/allapi-nexus.md has it, told at notifyHook with its state', async () => {
    const notifyHook = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/told`
    const answer = await submit('/mj/submit/imagine', { prompt: 'A paper boat --ar 3:2 --no people --seed 0', base64Array: [red], notifyHook, state: 'order 7' })
    expect(answer).toEqual({ code: 1, description: '提交成功', result: expect.stringMatching(/^img_[a-z0-9]{26}$/), properties: {} })
    const task = await finished(answer.result)
    expect(task).toMatchObject({
      id: answer.result, action: 'IMAGINE', prompt: 'A paper boat --ar 3:2 --no people --seed 0', description: '/imagine A paper boat --ar 3:2 --no people --seed 0',
      state: 'order 7', status: 'SUCCESS', progress: '100%', failReason: '', seed: '0', imageWidth: 2496, imageHeight: 1664,
    })
    expect(await charged(answer.result)).toBe(100_000n)
    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(1)
    expect(told[0]).toMatchObject({ id: answer.result, status: 'SUCCESS', state: 'order 7', buttons: task.buttons })
    expect((await fetch(told[0]!.imageUrl)).status).toBe(200)
    // The words go to the model without what was said beside them.
    const { rows: [row] } = await genlock.database.pool.query<{ request: unknown }>('select request from task where id = $1', [answer.result])
    expect(row!.request).toMatchObject({ prompt: 'A paper boat', negativePrompt: 'people', seed: 0, aspectRatio: '3:2', size: '2496x1664', inputs: [{ media: 'image', role: 'reference' }] })
  })

  test('the sequence of new-api as a consumer: secret header, submit, batches of reads, image', async () => {
    const call = async <T>(path: string, json?: unknown): Promise<T> => {
      const headers = { 'mj-api-secret': genlock.key, authorization: 'midjourney-proxy', ...(json === undefined ? {} : { 'content-type': 'application/json' }) }
      const text = await (await fetch(genlock.url + path, { method: json === undefined ? 'GET' : 'POST', headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) })).text()
      // It replaces `"code":21` as text.
      expect(text).not.toMatch(/"code": /)
      return JSON.parse(text) as T
    }
    const { result } = await call<Submitted>('/mj/submit/imagine', { botType: 'MID_JOURNEY', prompt: 'A quiet harbour', base64Array: [] })
    expect(typeof result).toBe('string')
    const [task] = await readUntil<Shown[]>(() => fetch(`${genlock.url}/mj/task/list-by-condition`, {
      method: 'POST', headers: { 'mj-api-secret': genlock.key, 'content-type': 'application/json' }, body: JSON.stringify({ ids: [result, 'img_unknown'] }),
    }), (tasks) => tasks[0]?.progress === '100%')
    expect(task).toMatchObject({ id: result, status: 'SUCCESS', failReason: '' })
    expect(await sidesOf(task!.imageUrl)).toEqual([2048, 2048])
    const image = await fetch(`${genlock.url}/mj/image/${result}`, { headers: { 'mj-api-secret': genlock.key } })
    expect(image.headers.get('content-type')).toBe('image/png')
    const { result: upscaled } = await call<Submitted>('/mj/submit/change', { taskId: result, action: 'UPSCALE', index: 2 })
    expect(await finished(upscaled)).toMatchObject({ action: 'UPSCALE', description: `/up ${result} U2` })
  })
})

describe('under a grid', () => {
  let grid: Shown
  beforeAll(async () => {
    grid = await finished((await submit('/mj/submit/imagine', { prompt: 'A lighthouse in fog --ar 2:1 --stylize 250 --fast' })).result)
  })

  test('stand U1 to U4, reroll, V1 to V4', () => {
    expect(grid.buttons.map(({ label, emoji }) => label || emoji)).toEqual(['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4'])
    const uuid = grid.properties.messageHash
    expect(grid.buttons.map(({ customId }) => customId)).toEqual([
      ...[1, 2, 3, 4].map((index) => `MJ::JOB::upsample::${index}::${uuid}`), `MJ::JOB::reroll::0::${uuid}::SOLO`, ...[1, 2, 3, 4].map((index) => `MJ::JOB::variation::${index}::${uuid}`),
    ])
    for (const { type, style } of grid.buttons) expect([type, style]).toEqual([2, 2])
  })

  test('U1 to U4 are its four pictures, to the pixel', async () => {
    const whole = await bytesAt(grid.imageUrl)
    const [width, height] = [grid.imageWidth / 2, grid.imageHeight / 2]
    const pictures = await Promise.all([1, 2, 3, 4].map((index) => press(grid, `U${index}`)))
    for (const [index, single] of pictures.entries()) {
      expect(single).toMatchObject({ action: 'UPSCALE', prompt: grid.prompt, seed: grid.seed, imageWidth: width, imageHeight: height })
      const quadrant = await sharp(whole).extract({ left: (index % 2) * width, top: index < 2 ? 0 : height, width, height }).removeAlpha().raw().toBuffer()
      expect(quadrant.equals(await sharp(await bytesAt(single.imageUrl)).removeAlpha().raw().toBuffer())).toBe(true)
    }
    expect(await charged(pictures[0]!.id)).toBe(50_000n)
  })

  test('V3 is four variations of the third picture, in the grid’s own size', async () => {
    const variation = await press(grid, 'V3')
    expect(variation).toMatchObject({ action: 'VARIATION', imageWidth: grid.imageWidth, imageHeight: grid.imageHeight, description: `/up ${grid.id} V3` })
    expect(variation.buttons).toHaveLength(9)
    const third = await sharp(await bytesAt((await press(grid, 'U3')).imageUrl)).greyscale().resize(16, 8).raw().toBuffer()
    const [first, other] = await Promise.all([0, 1].map(async (column) => sharp(await bytesAt(variation.imageUrl))
      .extract({ left: (column * grid.imageWidth) / 2, top: 0, width: grid.imageWidth / 2, height: grid.imageHeight / 2 }).greyscale().resize(16, 8).raw().toBuffer()))
    expect(distance(first!, third)).toBeLessThan(30)
    expect(first!.equals(other!)).toBe(false)
  })

  test('reroll is another grid for the same words, of a variation too', async () => {
    const again = await press(grid, '🔄')
    expect(again).toMatchObject({ action: 'REROLL', prompt: grid.prompt, imageWidth: grid.imageWidth, imageHeight: grid.imageHeight })
    expect(again.seed).not.toBe(grid.seed)
    expect((await bytesAt(again.imageUrl)).equals(await bytesAt(grid.imageUrl))).toBe(false)
    const ofVariation = await press(await press(grid, 'V1'), '🔄')
    expect(ofVariation).toMatchObject({ action: 'REROLL', imageWidth: grid.imageWidth })
  })

  test('the same picture upscaled twice is one task, charged once: code 21', async () => {
    const twice = await Promise.all([1, 2].map(() => action(grid, 'U4')))
    const [first, again] = [...twice, await action(grid, 'U4')].map(({ result }) => result)
    expect(again).toBe(first)
    await finished(first!)
    expect(await action(grid, 'U4')).toMatchObject({ code: 21, description: '任务已存在', result: first, properties: { status: 'SUCCESS', imageUrl: expect.stringContaining('/v1/files/') } })
    expect(await submit('/mj/submit/simple-change', { content: `${grid.id} U4` })).toMatchObject({ code: 21, result: first })
    const { rows } = await genlock.database.pool.query(`select 1 from task where remixed_from = $1 and request->'vendor'->>'index' = '4' and model = 'mj_upscale'`, [grid.id])
    expect(rows).toHaveLength(1)
  })

  test('under an Idempotency-Key the answer is the one that was given before', async () => {
    const once = (index: number) => genlock.call('/mj/submit/change', { method: 'POST', body: JSON.stringify({ taskId: grid.id, action: 'UPSCALE', index }), headers: { 'idempotency-key': 'u of mine' } })
    const [first, again] = [await once(1), await once(1)]
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(await again.json()).toEqual(await first.json())
    const other = await once(2)
    expect(other.status).toBe(422)
    expect(await other.json()).toMatchObject({ code: 4, result: null })
  })

  test('and it is made anew when it was deleted meanwhile', async () => {
    const source = await finished((await submit('/mj/submit/imagine', { prompt: 'A pier' })).result)
    const first = await press(source, 'U1')
    expect((await genlock.call(`/v1/videos/${first.id}`, { method: 'DELETE' })).status).toBe(200)
    const second = await action(source, 'U1')
    expect(second).toMatchObject({ code: 1 })
    expect(second.result).not.toBe(first.id)
  })

  test.each([['change', { action: 'VARIATION', index: 2 }, 'VARIATION', 'V2'], ['change', { action: 'REROLL' }, 'REROLL', 'Reroll'], ['change', { action: 'REROLL', index: 1 }, 'REROLL', 'Reroll']])('%s %o', async (path, body, word, name) => {
    const { code, result } = await submit(`/mj/submit/${path}`, { taskId: grid.id, ...body, state: 's' })
    expect(code).toBe(1)
    expect(await read(result)).toMatchObject({ action: word, description: `/up ${grid.id} ${name}`, state: 's' })
  })

  test.each(['V3', 'r', 'v1', 'R'])('simple-change %s', async (word) => {
    expect(await submit('/mj/submit/simple-change', { content: `${grid.id} ${word}` })).toMatchObject({ code: 1 })
  })

  test('with remix, V opens a window for other words, which keep the source', async () => {
    const opened = await submit('/mj/submit/action', { taskId: grid.id, customId: customId(grid, 'V2'), enableRemix: true })
    expect(opened).toMatchObject({ code: 21, properties: { finalPrompt: grid.prompt, remix: true } })
    expect(await read(opened.result)).toMatchObject({ status: 'MODAL', action: 'VARIATION' })
    const { result } = await submit('/mj/submit/modal', { taskId: opened.result, prompt: 'A lighthouse at night' })
    expect(await finished(result)).toMatchObject({ action: 'VARIATION', prompt: 'A lighthouse at night', imageWidth: grid.imageWidth })
  })
})

describe('under a single picture', () => {
  let single: Shown
  beforeAll(async () => {
    const grid = await finished((await submit('/mj/submit/imagine', { prompt: 'A red fox' })).result)
    single = await press(grid, 'U1')
  })

  test('stand its buttons', () => {
    expect(single.buttons.map(({ label, emoji }) => label || emoji)).toEqual([
      'Upscale (Subtle)', 'Upscale (Creative)', 'Vary (Subtle)', 'Vary (Strong)', 'Vary (Region)', 'Zoom Out 2x', 'Zoom Out 1.5x', 'Custom Zoom', '⬅️', '➡️', '⬆️', '⬇️', '❤️',
      'Animate (High motion)', 'Animate (Low motion)',
    ])
  })

  test.each([
    ['Upscale (Subtle)', 'UPSCALE', [2048, 2048]],
    ['Upscale (Creative)', 'UPSCALE', [2048, 2048]],
    ['Vary (Subtle)', 'LOW_VARIATION', [2048, 2048]],
    ['Vary (Strong)', 'HIGH_VARIATION', [2048, 2048]],
    ['Zoom Out 2x', 'ZOOM', [2048, 2048]],
    ['Zoom Out 1.5x', 'ZOOM', [2048, 2048]],
    ['⬅️', 'PAN', [3072, 2048]],
    ['➡️', 'PAN', [3072, 2048]],
    ['⬆️', 'PAN', [2048, 3072]],
    ['⬇️', 'PAN', [2048, 3072]],
  ])('%s', async (name, word, sides) => {
    const task = await press(single, name)
    expect(task).toMatchObject({ action: word, prompt: 'A red fox' })
    expect(await sidesOf(task.imageUrl)).toEqual(sides)
    expect(task.buttons.length).toBe(word === 'UPSCALE' ? 13 : 9)
  })

  test('Zoom Out 2x has the picture at half its size in the middle of each of four, and 1.5x at two thirds', async () => {
    const small = async (share: number) => sharp(await sharp(await bytesAt(single.imageUrl)).resize(Math.round(1024 * share)).toBuffer()).extract({ left: 200, top: 100, width: 100, height: 60 }).greyscale().raw().toBuffer()
    for (const [name, share] of [['Zoom Out 2x', 0.5], ['Zoom Out 1.5x', 2 / 3]] as const) {
      const { imageUrl } = await press(single, name)
      const corner = Math.round((1024 * (1 - share)) / 2)
      const inside = await sharp(await bytesAt(imageUrl)).extract({ left: 1024 + corner + 200, top: corner + 100, width: 100, height: 60 }).greyscale().raw().toBuffer()
      expect(distance(inside, await small(share)), name).toBeLessThan(3)
    }
  })

  test('❤️ makes nothing', async () => {
    expect(await action(single, '❤️')).toMatchObject({ code: 1, result: single.id })
  })

  test('Vary (Region) opens a window, changes what is white in the mask, and nothing else', async () => {
    const opened = await action(single, 'Vary (Region)')
    expect(opened).toMatchObject({ code: 21, properties: { finalPrompt: 'A red fox', remix: true } })
    expect(opened.result).toMatch(/^[a-z0-9_]{1,40}$/)
    expect(await read(opened.result)).toMatchObject({ id: opened.result, action: 'INPAINT', status: 'MODAL', progress: '0%', prompt: 'A red fox' })
    expect(await submit('/mj/submit/modal', { taskId: opened.result, prompt: 'a hat' })).toMatchObject({ code: 4, description: expect.stringContaining('maskBase64') })
    const mask = await halfMask()
    const { code, result } = await submit('/mj/submit/modal', { taskId: opened.result, prompt: 'a hat', maskBase64: mask, state: 'after the window' })
    expect(code).toBe(1)
    const task = await finished(result)
    expect(task).toMatchObject({ action: 'INPAINT', prompt: 'a hat', state: 'after the window', imageWidth: 2048 })
    expect(await charged(result)).toBe(100_000n)
    // Sent again it is the same task, and the window has become it.
    expect(await submit('/mj/submit/modal', { taskId: opened.result, prompt: 'a hat', maskBase64: mask })).toMatchObject({ code: 21, result })
    expect(await read(opened.result)).toMatchObject({ id: opened.result, status: 'SUCCESS', imageUrl: task.imageUrl })
    // Right half of each picture, clear of mark and words: the old one.
    const [made, old] = await Promise.all([task.imageUrl, single.imageUrl].map(bytesAt))
    const region = { left: 700, top: 300, width: 200, height: 200 }
    expect(distance(await grey(made!, region), await grey(old!, region))).toBe(0)
    const changed = { ...region, left: 100 }
    expect(distance(await grey(made!, changed), await grey(old!, changed))).toBeGreaterThan(0)
    // The next press opens another window.
    expect((await action(single, 'Vary (Region)')).result).not.toBe(opened.result)
  })

  test('Custom Zoom opens a window with the words and the zoom in it', async () => {
    const opened = await action(single, 'Custom Zoom')
    expect(opened).toMatchObject({ code: 21, properties: { finalPrompt: 'A red fox --zoom 2', remix: true } })
    const { result } = await submit('/mj/submit/modal', { taskId: opened.result, prompt: 'A red fox in a frame --zoom 1.8 --ar 16:9' })
    const task = await finished(result)
    expect(task).toMatchObject({ action: 'CUSTOM_ZOOM', prompt: 'A red fox in a frame --zoom 1.8 --ar 16:9' })
    expect(task.imageWidth / task.imageHeight).toBeCloseTo(16 / 9, 1)
  })

  test('a window of another account, or of no task at all, is not there', async () => {
    const { result } = await action(single, 'Custom Zoom')
    const { key } = await genlock.addAccount(0n)
    const stranger = await genlock.call(`/mj/task/${result}/fetch`, { key })
    const unknown = await genlock.call(`/mj/task/mjwh_${'a'.repeat(26)}_abcdefgh/fetch`, { key })
    expect([stranger.status, unknown.status]).toEqual([404, 404])
    const withoutId = async (response: Response) => ({ ...((await response.json()) as Submitted), properties: {} })
    expect(await withoutId(stranger)).toEqual(await withoutId(unknown))
  })

  test('Animate makes four clips, and each can be extended', async () => {
    const task = await press(single, 'Animate (High motion)')
    expect(task).toMatchObject({ action: 'VIDEO', imageUrl: '', prompt: 'A red fox' })
    expect(task.videoUrls).toHaveLength(4)
    for (const { url } of task.videoUrls) expect(isMp4(await bytesAt(url))).toBe(true)
    expect(await charged(task.id)).toBe(800_000n)
    expect(task.buttons.map(({ label }) => label)).toContain('Extend 4 (Low motion)')
    const { result } = await submit('/mj/submit/video', { taskId: task.id, index: 3, action: 'extend', batchSize: 1 })
    const extended = await finished(result)
    expect(extended).toMatchObject({ action: 'VIDEO', description: `/up ${task.id} Extend 4 (Low motion)` })
    expect(isMp4(await bytesAt(extended.videoUrl))).toBe(true)
    const { rows: [row] } = await genlock.database.pool.query<{ seconds: number }>(`select (outputs->0->>'durationSeconds')::float as seconds from task where id = $1`, [result])
    expect(row!.seconds).toBeCloseTo(9, 1)
    expect(extended.buttons).toHaveLength(2)
  })
})

describe('other jobs', () => {
  test('blend', async () => {
    const { result } = await submit('/mj/submit/blend', { base64Array: [red, blue], dimensions: 'PORTRAIT' })
    const task = await finished(result)
    expect(task).toMatchObject({ action: 'BLEND', imageWidth: 1664, imageHeight: 2496 })
    const [r = 0, g = 0, b = 0] = await sharp(await bytesAt(task.imageUrl)).extract({ left: 400, top: 500, width: 1, height: 1 }).removeAlpha().raw().toBuffer()
    expect(g).toBeLessThan(Math.min(r, b))
    expect((await press(task, '🔄')).action).toBe('REROLL')
  })

  test('describe gives four prompts, each a button that draws it, and the picture', async () => {
    const { result } = await submit('/mj/submit/describe', { base64: red })
    expect(result).toMatch(/^txt_/)
    const task = await finished(result)
    expect(task.action).toBe('DESCRIBE')
    const lines = task.properties.finalPrompt.split('\n\n')
    expect(lines.map((line) => line.slice(0, 1))).toEqual(['1', '2', '3', '4'])
    expect(task.properties.finalPrompt).toContain('red')
    expect(await sidesOf(task.imageUrl)).toEqual([640, 640])
    expect(task.buttons.map(({ customId: id }) => id)).toEqual([1, 2, 3, 4].map((line) => `MJ::Job::PicReader::${line}`).concat('MJ::Picread::Retry'))
    expect(await charged(result)).toBe(50_000n)
    const drawn = await press(task, '2️⃣')
    expect(drawn).toMatchObject({ action: 'IMAGINE', prompt: lines[1]!.replace(/^\S+ /, '') })
    expect((await press(task, '🔄')).action).toBe('DESCRIBE')
    // As a file: text, and nothing that a browser would run.
    const content = await genlock.call(`/v1/images/${result}/content`)
    expect(content.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect((await content.text()).split('\n')).toHaveLength(4)
  })

  test('shorten', async () => {
    const task = await finished((await submit('/mj/submit/shorten', { prompt: 'a very old lighthouse on the cliff in the fog --ar 16:9' })).result)
    expect(task).toMatchObject({ action: 'SHORTEN', prompt: 'a very old lighthouse on the cliff in the fog --ar 16:9', imageUrl: '' })
    expect(task.properties.finalPrompt).toContain('1️⃣ old lighthouse cliff fog')
  })

  test('edits with a mask, and retexture', async () => {
    const edited = await finished((await submit('/mj/submit/edits', { prompt: 'a window', image: red, maskBase64: await halfMask() })).result)
    expect(edited).toMatchObject({ action: 'EDITS', imageWidth: 1280 })
    const [old, changed] = await Promise.all([480, 160].map(async (left) => [...await sharp(await bytesAt(edited.imageUrl)).extract({ left, top: 300, width: 1, height: 1 }).removeAlpha().raw().toBuffer()]))
    expect(old).toEqual([255, 0, 0])
    expect(changed).not.toEqual([255, 0, 0])
    expect(await finished((await submit('/mj/submit/retexture', { prompt: 'of glass', image: red })).result)).toMatchObject({ action: 'RETEXTURE', imageWidth: 1280 })
  })

  test('swap face', async () => {
    const task = await finished((await submit('/mj/insight-face/swap', { sourceBase64: blue, targetBase64: red })).result)
    expect(task).toMatchObject({ action: 'SWAP_FACE', imageWidth: 640 })
    expect([...await sharp(await bytesAt(task.imageUrl)).extract({ left: 320, top: 218, width: 1, height: 1 }).removeAlpha().raw().toBuffer()]).toEqual([0, 0, 255])
    expect(await charged(task.id)).toBe(50_000n)
  })

  test('video from a picture', async () => {
    const task = await finished((await submit('/mj/submit/video', { prompt: 'It sails', image: red, motion: 'low', videoType: 'vid_1.1_i2v_480', batchSize: 1 })).result)
    expect(task).toMatchObject({ action: 'VIDEO', prompt: 'It sails' })
    expect(isMp4(await bytesAt(task.videoUrl))).toBe(true)
  })

  test('uploads become links that a prompt can begin with', async () => {
    const { code, result } = (await submit('/mj/submit/upload-discord-images', { base64Array: [red, blue] })) as unknown as { code: number; result: string[] }
    expect(code).toBe(1)
    expect(result).toHaveLength(2)
    const task = await finished((await submit('/mj/submit/imagine', { prompt: `${result[0]} in this colour --iw 2` })).result)
    expect(task.prompt).toBe(`${result[0]} in this colour --iw 2`)
    const [r = 0, g = 0, b = 0] = await sharp(await bytesAt(task.imageUrl)).extract({ left: 900, top: 300, width: 1, height: 1 }).removeAlpha().raw().toBuffer()
    expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeGreaterThan(60)
  })

  test('another model of the catalogue by its name', async () => {
    const task = await finished((await submit('/mj/submit/imagine', { prompt: 'A pier --ar 4:3', model: 'flux-1.1-pro' })).result)
    expect(task).toMatchObject({ action: 'IMAGINE', buttons: [] })
    expect(task.imageWidth / task.imageHeight).toBeCloseTo(4 / 3, 1)
  })
})

describe('the speed', () => {
  test.each([['/mj-fast/mj', 'A boat', 'fast'], ['/mj-relax/mj', 'A boat', 'relax'], ['/mj-turbo/mj', 'A boat --relax', 'relax'], ['/anything/mj', 'A boat --turbo', 'turbo'], ['/mj', 'A boat', null]])('of %s and %j', async (prefix, prompt, speed) => {
    const { result } = await submit(`${prefix}/submit/imagine`, { prompt })
    const { rows: [row] } = await genlock.database.pool.query<{ speed: string | null }>(`select request->'vendor'->>'speed' as speed from task where id = $1`, [result])
    expect(row!.speed).toBe(speed)
    expect((await genlock.call(`${prefix}/task/${result}/fetch`)).status).toBe(200)
  })
})

describe('reading', () => {
  test('the seed, the queue and the list', async () => {
    const { result } = await submit('/mj/submit/imagine', { prompt: 'A slow boat [[slow:60]] --seed 42' })
    const queue = (await (await genlock.call('/mj/task/queue')).json()) as Shown[]
    expect(queue.map(({ id }) => id)).toContain(result)
    expect(((await (await genlock.call('/mj/task/list')).json()) as Shown[])[0]!.id).toBe(result)
    expect(await json(`/mj/task/${result}/image-seed`)).toMatchObject({ code: 4 })
    expect(await submit(`/mj/task/${result}/cancel`, {})).toMatchObject({ code: 1, result })
    expect(await read(result)).toMatchObject({ status: 'FAILURE', failReason: '取消任务', buttons: [] })
    expect(await submit('/mj/submit/action', { taskId: result, customId: 'x' })).toMatchObject({ code: 4, description: expect.stringContaining('taskId') })
    const { result: quick } = await submit('/mj/submit/imagine', { prompt: 'A boat --seed 42' })
    await finished(quick)
    expect(await json(`/mj/task/${quick}/image-seed`)).toMatchObject({ code: 1, result: '42' })
  })

  test('a failure says why', async () => {
    const { result } = await submit('/mj/submit/imagine', { prompt: 'A boat [[fail:content_policy]]' })
    expect(await readUntil<Shown>(() => genlock.call(`/mj/task/${result}/fetch`), ({ status }) => status === 'FAILURE')).toMatchObject({ failReason: expect.stringMatching(/^\[content_policy\] ./), imageUrl: '', progress: '100%' })
  })
})

describe('what is wrong', () => {
  test.each([
    ['imagine', {}, 'prompt'],
    ['imagine', { prompt: ' ' }, 'prompt'],
    ['imagine', { prompt: 'A cat', base64Array: ['aGVsbG8gd29ybGQ='] }, 'base64Array[0]'],
    ['imagine', { prompt: 'A cat --seed -1' }, '--seed'],
    ['imagine', { prompt: 'A cat --repeat 4' }, '--repeat'],
    ['imagine', { prompt: 'A cat --ar 9:1' }, '--ar'],
    ['imagine', { prompt: 'A cat', botType: 'CAT' }, 'botType'],
    ['imagine', { prompt: 'A cat', notifyHook: 'nowhere' }, 'notifyHook'],
    ['blend', { base64Array: ['data:image/png;base64,AAAA'] }, 'base64Array'],
    ['describe', {}, 'base64'],
    ['video', { prompt: 'A cat' }, 'image'],
    ['video', { taskId: 'img_x', index: 1 }, 'action'],
    ['change', { taskId: 'img_x', action: 'UPSCALE' }, 'index'],
    ['change', { taskId: 'img_x', action: 'DANCE', index: 1 }, 'action'],
    ['simple-change', { content: 'img_x U5' }, 'content'],
    ['modal', { taskId: 'img_x' }, 'taskId'],
    ['action', { taskId: 'img_x' }, 'customId'],
    ['upload-discord-images', { base64Array: ['data:image/png;base64,AAAA'] }, 'base64Array[0]'],
  ])('%s %o is code 4, and names %s', async (path, body, name) => {
    const response = await post(`/mj/submit/${path}`, body)
    expect(response.status).toBe(200)
    const answer = (await response.json()) as Submitted
    expect(answer).toMatchObject({ code: 4, result: null })
    expect(answer.description + JSON.stringify(answer.properties)).toContain(name)
  })

  test('a parent that is not there, is 404 and code 3; one of another account too', async () => {
    const { result } = await submit('/mj/submit/imagine', { prompt: 'Theirs' })
    const { key } = await genlock.addAccount(10_000_000n)
    for (const taskId of ['img_00000000000000000000000000', result]) {
      const response = await genlock.call('/mj/submit/change', { method: 'POST', body: JSON.stringify({ taskId, action: 'REROLL' }), key })
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ code: 3, result: null })
    }
  })

  test('a button that the task does not have', async () => {
    const task = await finished((await submit('/mj/submit/imagine', { prompt: 'A boat' })).result)
    for (const customIdOfNone of ['MJ::JOB::upsample::5::x', 'MJ::JOB::upsample::1::00000000-0000-4000-8000-000000000000', '__proto__']) {
      expect(await submit('/mj/submit/action', { taskId: task.id, customId: customIdOfNone })).toMatchObject({ code: 4 })
    }
  })
})

async function post(path: string, body: unknown): Promise<Response> {
  return genlock.call(path, { method: 'POST', body: JSON.stringify(body) })
}

async function submit(path: string, body: unknown): Promise<Submitted> {
  return (await (await post(path, body)).json()) as Submitted
}

async function json(path: string): Promise<unknown> {
  return (await genlock.call(path)).json()
}

async function read(id: string): Promise<Shown> {
  return (await json(`/mj/task/${id}/fetch`)) as Shown
}

async function finished(id: string): Promise<Shown> {
  const task = await readUntil<Shown>(() => genlock.call(`/mj/task/${id}/fetch`), ({ status }) => status !== 'SUBMITTED' && status !== 'IN_PROGRESS')
  expect(task.failReason).toBe('')
  expect(task.status).toBe('SUCCESS')
  return task
}

function customId({ buttons }: Shown, name: string): string {
  return buttons.find(({ label, emoji }) => (label || emoji) === name)!.customId
}

function action(task: Shown, name: string): Promise<Submitted> {
  return submit('/mj/submit/action', { taskId: task.id, customId: customId(task, name) })
}

/** Presses a button and gives what came of it. */
async function press(task: Shown, name: string): Promise<Shown> {
  return finished((await action(task, name)).result)
}

async function bytesAt(url: string): Promise<Buffer> {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

async function sidesOf(url: string): Promise<[number, number]> {
  const { width, height } = await sharp(await bytesAt(url)).metadata()
  return [width, height]
}

function grey(picture: Buffer, region: { left: number; top: number; width: number; height: number }): Promise<Buffer> {
  return sharp(picture).extract(region).greyscale().raw().toBuffer()
}

/** The mean difference of two pictures, 0 to 255. */
function distance(a: Buffer, b: Buffer): number {
  expect(a.length).toBe(b.length)
  return a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0) / a.length
}

async function charged(id: string): Promise<bigint> {
  const { rows: [row] } = await genlock.database.pool.query<{ charged_micros: bigint }>('select charged_micros from task where id = $1', [id])
  return row!.charged_micros
}

async function plain(background: string, width: number, height: number): Promise<string> {
  return dataUri(await sharp({ create: { width, height, channels: 3, background } }).png().toBuffer())
}

/** Its left half white, the right half black. */
async function halfMask(): Promise<string> {
  const white = await sharp({ create: { width: 50, height: 100, channels: 3, background: '#ffffff' } }).png().toBuffer()
  return dataUri(await sharp({ create: { width: 100, height: 100, channels: 3, background: '#000000' } }).composite([{ input: white, left: 0, top: 0 }]).png().toBuffer())
}

function dataUri(png: Buffer): string {
  return `data:image/png;base64,${png.toString('base64')}`
}
