import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/errors.ts'
import { isPublicId, newId } from '../core/ids.ts'
import type { Task, TaskState } from '../core/task.ts'
import type { Answer, Draft, GatewayForDialects } from './dialect.ts'
import { ERROR_CONTEXT, IMAGE_OUTPUT, jsonBody, parseContext, RENDER_CONTEXT, taskIn, VIDEO_OUTPUT } from './dialect.fixture.ts'
import { midjourney } from './midjourney.ts'
import { buttonsOf, newWindowId, readWindowId } from './midjourney/buttons.ts'

const PICTURE = 'data:image/png;base64,AAAA'

/** What a submission of this body comes to. */
function draftOf(path: string, fields: Record<string, unknown>, params: Record<string, string> = {}): Draft {
  const route = midjourney.routes.find((each) => each.path === `/mj${path}`)
  return route!.parse!(jsonBody(fields), { ...parseContext(), params })
}

function taskOf(model: string, changes: Parameters<typeof taskIn>[1] = {}, state: TaskState = 'succeeded'): Task {
  return taskIn(state, { id: 'img_abc', outputs: state === 'succeeded' ? [IMAGE_OUTPUT] : [], ...changes, request: { kind: 'image', operation: 'text_to_image', model, ...changes.request } })
}

/** Answers as the gateway would, with these tasks in it. */
async function ask(path: string, fields: Record<string, unknown>, tasks: readonly Task[]): Promise<{ answer: Answer; drafts: Draft[]; once: string[] }> {
  const route = midjourney.routes.find((each) => each.path === `/mj${path}`)!
  const drafts: Draft[] = []
  const once: string[] = []
  const gateway = {
    parsing: parseContext(),
    rendering: RENDER_CONTEXT,
    read: (id: string) => Promise.resolve(tasks.find((task) => task.id === id)),
    create(parse) {
      drafts.push((parse ?? route.parse!)(jsonBody(fields), parseContext()))
      return Promise.resolve(taskIn('queued', { id: 'img_new' }))
    },
    createOnce(name, parse) {
      once.push(name)
      drafts.push(parse(jsonBody(fields), parseContext()))
      return Promise.resolve({ task: taskIn('queued', { id: 'img_once' }), existed: false })
    },
    readOnce: () => Promise.resolve(undefined),
  } satisfies Partial<GatewayForDialects> as unknown as GatewayForDialects
  const answer = await route.answer!({ params: {}, query: {}, headers: {}, body: jsonBody(fields) }, gateway)
  return { answer, drafts, once }
}

const press = (task: Task, name: string, more: Record<string, unknown> = {}) =>
  ask('/submit/action', { taskId: task.id, customId: buttonsOf(task).find(({ label, emoji }) => (label || emoji) === name)!.customId, ...more }, [task])

describe('submissions', () => {
  it('an imagine is its words, its parameters and its pictures', () => {
    const { request, inputs, ignored, unusedFields } = draftOf('/submit/imagine', {
      prompt: 'https://a.example/1.png A cat --ar 16:9 --seed 7 --no dogs --v 7', base64Array: [PICTURE], state: 's', notifyHook: 'https://a.example/hook', botType: 'NIJI_JOURNEY', what: 1,
      accountFilter: { instanceId: '1', modes: ['RELAX'] },
    })
    expect(request).toEqual({
      kind: 'image', operation: 'image_edit', model: 'mj_imagine', prompt: 'A cat', negativePrompt: 'dogs', aspectRatio: '16:9', seed: 7, count: 1, callbackUrl: 'https://a.example/hook',
      vendor: { bot_type: 'NIJI_JOURNEY', speed: 'relax', version: '7' },
      echo: { prompt: 'https://a.example/1.png A cat --ar 16:9 --seed 7 --no dogs --v 7', state: 's', botType: 'NIJI_JOURNEY' },
    })
    expect(inputs).toEqual([
      { media: 'image', role: 'reference', source: { text: 'https://a.example/1.png' }, param: 'prompt' },
      { media: 'image', role: 'reference', source: { text: PICTURE }, param: 'base64Array[0]' },
    ])
    expect(ignored).toEqual(['what', 'accountFilter.instanceId'])
    expect(unusedFields).toBe('ignore')
  })

  it('empty text and index 0 are what relays send for nothing', async () => {
    const empty = { botType: '', notifyHook: '', state: '', base64: '', base64Array: null, customId: '', maskBase64: '', index: 0 }
    const { request, inputs } = draftOf('/submit/imagine', { prompt: 'A cat', ...empty })
    expect(request).toMatchObject({ prompt: 'A cat', operation: 'text_to_image' })
    expect([request.callbackUrl, inputs]).toEqual([undefined, []])
    const grid = taskIn('succeeded', { dialect: 'midjourney', request: { ...taskIn('succeeded').request, ...request, seed: 7 }, outputs: [IMAGE_OUTPUT, IMAGE_OUTPUT, IMAGE_OUTPUT, IMAGE_OUTPUT] })
    expect((await ask('/submit/change', { ...empty, taskId: grid.id, action: 'REROLL' }, [grid])).drafts[0]?.request.callbackUrl).toBeUndefined()
    await expect(ask('/submit/change', { ...empty, taskId: grid.id, action: 'UPSCALE' }, [grid])).rejects.toMatchObject({ code: 'invalid_request', param: 'index' })
    expect(() => draftOf('/submit/imagine', { ...empty, prompt: '' })).toThrow(expect.objectContaining({ param: 'prompt' }))
  })

  it('draws lots where no seed was given, so that the same words give other pictures', () => {
    const seeds = Array.from({ length: 4 }, () => draftOf('/submit/imagine', { prompt: 'A cat' }).request.seed)
    expect(new Set(seeds).size).toBe(4)
    for (const seed of seeds) expect(Number.isInteger(seed)).toBe(true)
    expect(draftOf('/submit/imagine', { prompt: 'A cat', model: 'gpt-image-1' }).request).not.toHaveProperty('seed')
  })

  it('the speed is the prompt’s, else the body’s, else the path’s', () => {
    const speed = (prompt: string, modes: string[], mode: string) => draftOf('/submit/imagine', { prompt, accountFilter: { modes } }, { mode }).request.vendor?.['speed']
    expect(speed('A cat --turbo', ['FAST'], 'mj-relax')).toBe('turbo')
    expect(speed('A cat', ['FAST'], 'mj-relax')).toBe('fast')
    expect(speed('A cat', ['FAST', 'TURBO'], 'mj-relax')).toBe('relax')
    expect(speed('A cat', [], 'mj-turbo-proxy')).toBe('turbo')
    expect(speed('A cat', [], 'mj-fastest')).toBeUndefined()
  })

  it('a zoom without a picture is left out, and said so', () => {
    const { request, ignored } = draftOf('/submit/imagine', { prompt: 'A cat --zoom 2' })
    expect(request.vendor).toBeUndefined()
    expect(ignored).toEqual(['--zoom'])
  })

  it('a blend, a description, a face, an edit and a video', () => {
    expect(draftOf('/submit/blend', { base64Array: [PICTURE, PICTURE, PICTURE], dimensions: 'LANDSCAPE' })).toMatchObject({ request: { model: 'mj_blend', operation: 'blend', aspectRatio: '3:2', prompt: '' }, inputs: [{ role: 'source' }, { role: 'source' }, { role: 'source' }] })
    expect(draftOf('/submit/describe', { link: 'https://a.example/1.png' })).toMatchObject({ request: { kind: 'text', model: 'mj_describe', operation: 'describe' }, inputs: [{ param: 'link' }] })
    expect(draftOf('/insight-face/swap', { sourceBase64: PICTURE, targetUrl: 'https://a.example/1.png' })).toMatchObject({ request: { model: 'swap_face' }, inputs: [{ role: 'source', param: 'targetUrl' }, { role: 'reference', param: 'sourceBase64' }] })
    expect(draftOf('/submit/edits', { prompt: 'A hat', image: PICTURE, maskBase64: PICTURE })).toMatchObject({ request: { model: 'mj_edits', operation: 'image_edit' }, inputs: [{ role: 'source' }, { role: 'mask' }] })
    expect(draftOf('/submit/video', { prompt: 'It runs', image: PICTURE, endImage: PICTURE, motion: 'high', loop: true, videoType: 'vid_1.1_i2v_720', batchSize: 2 })).toMatchObject({
      request: { kind: 'video', model: 'mj_video', operation: 'first_last_frame', resolution: '720p', count: 2, loop: true, vendor: { motion: 'high' } }, inputs: [{ role: 'first_frame' }, { role: 'last_frame' }],
    })
    expect(draftOf('/submit/video', { prompt: 'https://a.example/1.png It runs' })).toMatchObject({ request: { prompt: 'It runs', operation: 'image_to_video', count: 4, resolution: '480p' }, inputs: [{ param: 'prompt' }] })
  })

  it.each([
    ['/submit/imagine', { prompt: '' }, 'prompt'],
    ['/submit/imagine', { prompt: 'A cat', base64Array: ['AAAA'] }, 'base64Array[0]'],
    ['/submit/imagine', { prompt: 'A cat', state: 's'.repeat(2001) }, 'state'],
    ['/submit/imagine', { prompt: 'A cat', accountFilter: { modes: ['SLOW'] } }, 'accountFilter.modes[0]'],
    ['/submit/blend', { base64Array: [PICTURE] }, 'base64Array'],
    ['/submit/blend', { base64Array: Array.from({ length: 6 }, () => PICTURE) }, 'base64Array'],
    ['/submit/blend', { base64Array: [PICTURE, PICTURE], dimensions: 'WIDE' }, 'dimensions'],
    ['/submit/describe', {}, 'base64'],
    ['/submit/edits', { prompt: 'A hat' }, 'image'],
    ['/submit/video', { prompt: 'It runs' }, 'image'],
    ['/submit/video', { image: PICTURE, batchSize: 3 }, 'batchSize'],
    ['/insight-face/swap', { sourceBase64: PICTURE }, 'targetBase64'],
  ])('%s %o is refused for %s', (path, fields, param) => {
    expect(() => draftOf(path, fields)).toThrow(expect.objectContaining({ code: 'invalid_request', param }))
  })
})

describe('buttons', () => {
  const grid = taskOf('mj_imagine', { request: { prompt: 'A cat', negativePrompt: 'dogs', seed: 9, vendor: { version: '7', speed: 'relax' }, echo: { prompt: 'A cat --no dogs --v 7 --relax', botType: 'NIJI_JOURNEY' } } })
  const single = taskOf('mj_upscale', { request: { prompt: 'A cat', operation: 'upscale', vendor: { version: '7', index: 2 } } })

  it('stand under finished tasks of Midjourney’s models alone', () => {
    expect(buttonsOf(taskOf('mj_imagine', {}, 'running'))).toEqual([])
    expect(buttonsOf(taskOf('gpt-image-1'))).toEqual([])
    expect(buttonsOf(taskIn('succeeded'))).toEqual([])
    for (const model of ['mj_imagine', 'mj_variation', 'mj_reroll', 'mj_blend', 'mj_zoom', 'mj_pan', 'mj_modal', 'mj_edits', 'mj_retexture']) expect(buttonsOf(taskOf(model))).toHaveLength(9)
  })

  it('name their own task, so that another’s customId is none of its', async () => {
    const { customId } = buttonsOf(grid)[0]!
    await expect(ask('/submit/action', { taskId: single.id, customId }, [single])).rejects.toMatchObject({ code: 'invalid_request', param: 'customId' })
    expect(buttonsOf({ ...grid, id: 'img_other' })[0]!.customId).not.toBe(customId)
  })

  it('U2 takes the second picture of the stored grid, once, with the words, parameters and seed of the grid', async () => {
    const { answer, drafts: [draft], once } = await press(grid, 'U2', { state: 's', notifyHook: 'https://a.example/hook' })
    expect(answer).toMatchObject({ body: { code: 1, result: 'img_once' } })
    expect(once).toEqual(['img_abc U2 1'])
    expect(draft).toMatchObject({
      request: { model: 'mj_upscale', operation: 'upscale', prompt: 'A cat', negativePrompt: 'dogs', seed: 9, callbackUrl: 'https://a.example/hook', vendor: { version: '7', speed: 'relax', index: 2 } },
      inputs: [{ media: 'image', role: 'source', source: { stored: { storageKey: IMAGE_OUTPUT.storageKey } } }],
      remixedFrom: 'img_abc',
    })
    expect(draft!.request.echo).toEqual({ prompt: 'A cat --no dogs --v 7 --relax', state: 's', botType: 'NIJI_JOURNEY', customId: expect.stringContaining('upsample::2'), button: 'U2' })
  })

  it.each([
    ['V4', grid, { model: 'mj_variation', operation: 'variation', vendor: { index: 4 } }],
    ['🔄', grid, { model: 'mj_reroll', operation: 'text_to_image', size: '1024x1024', vendor: { version: '7' } }],
    ['Upscale (Creative)', single, { model: 'mj_upscale', operation: 'upscale', vendor: { upscale: 'creative' } }],
    ['Vary (Subtle)', single, { model: 'mj_variation', operation: 'variation', vendor: { strength: 'subtle' } }],
    ['Zoom Out 1.5x', single, { model: 'mj_zoom', operation: 'reframe', vendor: { zoom: 1.5 } }],
    ['⬆️', single, { model: 'mj_pan', operation: 'reframe', vendor: { pan: 'up' } }],
    ['Animate (Low motion)', single, { model: 'mj_video', operation: 'image_to_video', kind: 'video', count: 4, vendor: { motion: 'low' } }],
  ] as const)('%s', async (name, task, request) => {
    const { drafts: [draft] } = await press(task, name)
    expect(draft!.request).toMatchObject(request)
    // What the parent's own button said is not said again.
    if (task === single) expect(draft!.request.vendor).not.toHaveProperty('index')
  })

  it('a reroll of a variation varies the same picture again', async () => {
    const variation = taskOf('mj_variation', { request: { operation: 'variation', vendor: { index: 3 }, inputs: [{ media: 'image', role: 'source', source: { storageKey: 'outputs/img_abc/0.png', mediaType: 'image/png', bytes: 1 } }] } })
    const { drafts: [draft] } = await press(variation, '🔄')
    expect(draft).toMatchObject({ request: { model: 'mj_reroll', operation: 'variation', vendor: { index: 3 } }, inputs: [{ source: { stored: { storageKey: 'outputs/img_abc/0.png' } } }] })
  })

  it('a description’s are its prompts', async () => {
    const task = taskOf('mj_describe', { outputs: [{ ...IMAGE_OUTPUT, mediaType: 'text/plain', text: '1️⃣ a cat --ar 3:2\n\n2. a dog' }], request: { kind: 'text', operation: 'describe', prompt: '' } })
    expect(buttonsOf(task).map(({ emoji }) => emoji)).toEqual(['1️⃣', '2️⃣', '🔄'])
    expect((await press(task, '1️⃣')).drafts[0]!.request).toMatchObject({ model: 'mj_imagine', prompt: 'a cat', aspectRatio: '3:2' })
    expect(midjourney.renderTask(task, RENDER_CONTEXT)).toMatchObject({ properties: { finalPrompt: '1️⃣ a cat --ar 3:2\n\n2️⃣ a dog' } })
  })

  it('a clip goes on by four seconds, up to 21', () => {
    const clip = (durationSeconds: number) => taskIn('succeeded', { outputs: [VIDEO_OUTPUT, VIDEO_OUTPUT], request: { model: 'mj_video', operation: 'image_to_video', durationSeconds } })
    expect(buttonsOf(clip(5)).map(({ label }) => label)).toEqual(['Extend 1 (High motion)', 'Extend 1 (Low motion)', 'Extend 2 (High motion)', 'Extend 2 (Low motion)'])
    expect(buttonsOf(clip(17))).toHaveLength(4)
    expect(buttonsOf(clip(21))).toEqual([])
  })
})

describe('windows', () => {
  const parent = taskOf('mj_upscale', { id: newId('image') })
  const region = buttonsOf(parent).find(({ label }) => label === 'Vary (Region)')!

  it('have ids that fit, differ, lead back to button and parent, and are no task’s', () => {
    const ids = Array.from({ length: 20 }, () => newWindowId(parent, region))
    expect(new Set(ids).size).toBe(20)
    for (const id of ids) {
      expect(isPublicId(id)).toBe(true)
      expect(readWindowId(id)).toEqual({ parentId: parent.id, place: 4 })
    }
    for (const kind of ['video', 'image', 'text', 'upload'] as const) expect(readWindowId(newId(kind))).toBeUndefined()
  })

  it('are shown as waiting, and start once', async () => {
    const id = newWindowId(parent, region)
    const { drafts: [draft], once } = await ask('/submit/modal', { taskId: id, prompt: 'a hat --ar 1:1', maskBase64: PICTURE }, [parent])
    expect(once).toEqual([`${id} 1`])
    expect(draft).toMatchObject({ request: { model: 'mj_modal', operation: 'image_edit', prompt: 'a hat' }, inputs: [{ role: 'source' }, { role: 'mask', param: 'maskBase64' }], ignored: ['--ar'] })
    expect(draft!.request).not.toHaveProperty('aspectRatio')
  })

  it('that nobody can have are none', async () => {
    const bookmark = buttonsOf(parent).find(({ emoji }) => emoji === '❤️')!
    for (const taskId of [parent.id, newWindowId(parent, bookmark), newWindowId({ ...parent, id: newId('image') }, region), newWindowId(parent, { ...region, customId: 'none' })]) {
      await expect(ask('/submit/modal', { taskId, maskBase64: PICTURE }, [parent])).rejects.toMatchObject({ code: 'invalid_request', param: 'taskId' })
    }
  })
})

describe('tasks', () => {
  it.each<[TaskState, string, string]>([['queued', 'SUBMITTED', '0%'], ['submitting', 'IN_PROGRESS', '50%'], ['unresolved', 'IN_PROGRESS', '50%'], ['running', 'IN_PROGRESS', '50%'], ['archiving', 'IN_PROGRESS', '95%'], ['succeeded', 'SUCCESS', '100%'], ['failed', 'FAILURE', '100%'], ['cancelled', 'FAILURE', '100%']])('%s is %s at %s', (state, status, progress) => {
    expect(midjourney.renderTask(taskOf('mj_imagine', {}, state), RENDER_CONTEXT)).toMatchObject({ status, progress })
  })

  it('say why they failed, and that they were cancelled', () => {
    expect(midjourney.renderTask(taskOf('mj_imagine', {}, 'failed'), RENDER_CONTEXT)['failReason']).toBe('[content_policy] Refused by the upstream.')
    expect(midjourney.renderTask(taskOf('mj_imagine', {}, 'cancelled'), RENDER_CONTEXT)['failReason']).toBe('取消任务')
  })

  it('of other models are shown too', () => {
    expect(midjourney.renderTask(taskIn('succeeded'), RENDER_CONTEXT)).toMatchObject({ action: 'VIDEO', prompt: 'A cat', videoUrl: expect.stringContaining('vid_abc.mp4'), imageUrl: '', buttons: [], botType: 'MID_JOURNEY' })
    expect(midjourney.renderTask(taskOf('gpt-image-1'), RENDER_CONTEXT)).toMatchObject({ action: 'IMAGINE', imageUrl: expect.stringContaining('img_abc.png'), imageWidth: 1024 })
  })
})

describe('errors', () => {
  it.each([
    ['invalid_request', 200, 4], ['unsupported_media', 200, 4], ['content_policy', 200, 24], ['unauthorized', 401, 4], ['insufficient_credits', 402, 4], ['forbidden', 403, 4],
    ['not_found', 404, 3], ['model_not_found', 404, 3], ['rate_limited', 429, 23], ['upstream_busy', 503, 23], ['internal', 500, 9], ['idempotency_mismatch', 422, 4],
  ] as const)('%s is %i with code %i', (code, status, number) => {
    expect(midjourney.renderError(new GatewayError(code, 'what happened', { param: 'prompt' }), ERROR_CONTEXT)).toEqual({
      status, body: { code: number, description: 'what happened', result: null, properties: { error: code, param: 'prompt', requestId: 'req_1' } },
    })
  })
})
