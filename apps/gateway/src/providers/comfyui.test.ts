import { describe, expect, test } from 'vitest'
import type { GenerationRequest, InputAsset } from '../core/generation-request.ts'
import { comfyUi } from './comfyui.ts'
import { fixtureInput, fixtureJob, scriptedHttp, type ScriptedAnswer } from './provider.fixture.ts'
import type { JobInput, UpstreamRequest } from './provider.ts'

type Nodes = Record<string, { class_type: string; inputs: Record<string, unknown>; _meta?: { title: string } }>

const GRAPH: Nodes = {
  1: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'sdxl.safetensors' } },
  2: { class_type: 'CLIPTextEncode', inputs: { text: 'exported words', clip: ['1', 1] }, _meta: { title: '#prompt' } },
  3: { class_type: 'EmptyHunyuanLatentVideo', inputs: { width: 832, height: 480, length: 81, batch_size: 1 } },
  5: { class_type: 'KSampler', inputs: { seed: 42, steps: 20, sampler_name: 'euler', latent_image: ['3', 0] } },
  9: { class_type: 'SaveVideo', inputs: { video: ['7', 0], filename_prefix: 'video/ComfyUI' } },
}

const hole = (node: string, input: string, transform?: Record<string, unknown>) => [{ node, input, ...(transform && { transform }) }]
const PROMPT = { prompt: hole('#prompt', 'text') }

function settingsOf(workflow: Record<string, unknown> = {}): Record<string, unknown> {
  return { workflows: { wan: { graph: GRAPH, holes: PROMPT, ...workflow } } }
}

const QUEUED = { status: 200, body: { prompt_id: '7f3c9a52-1b2d-8e4f-9a10-5c6d7e8f9a0b', number: 1, node_errors: {} } }

interface Asked {
  request?: Partial<GenerationRequest>
  inputs?: JobInput[]
  workflow?: Record<string, unknown>
  uploads?: ScriptedAnswer[]
  reference?: string
}

async function submitted({ request = {}, inputs = [], workflow, uploads = [], reference = 'att_1' }: Asked = {}): Promise<{ asked: UpstreamRequest[]; body: { prompt: Nodes; prompt_id: string } & Record<string, unknown> }> {
  const { http, asked } = scriptedHttp([...uploads, QUEUED])
  await comfyUi.submit(fixtureJob({ request, upstreamModel: 'wan', inputs, settings: comfyUi.settings!.parse(settingsOf(workflow)), reference }), http)
  return { asked, body: asked.at(-1)!.json as { prompt: Nodes; prompt_id: string } & Record<string, unknown> }
}

const unfit = (request: Partial<GenerationRequest>, workflow?: Record<string, unknown>) => comfyUi.unfit!(fixtureJob({ request, upstreamModel: 'wan', settings: settingsOf(workflow) }))

describe('the graph that is sent', () => {
  test('has the request in its holes, and the exported values where nothing was said', async () => {
    const { body } = await submitted({ request: { prompt: 'a boat' } })
    expect(body.prompt['2']!.inputs).toEqual({ text: 'a boat', clip: ['1', 1] })
    expect(body.prompt['3']!.inputs).toEqual(GRAPH['3']!.inputs)
    expect(body.prompt['5']!.inputs['seed']).toBe(42)
  })

  test('carries size, seed 0, count and fields of the vendor, by id or by title', async () => {
    const holes = { ...PROMPT, width: hole('3', 'width'), height: hole('3', 'height'), seed: hole('5', 'seed'), count: hole('3', 'batch_size'), 'vendor.steps': hole('5', 'steps') }
    const { body } = await submitted({ request: { size: '1280x720', seed: 0, count: 2, vendor: { steps: 8 } }, workflow: { holes } })
    expect(body.prompt['3']!.inputs).toMatchObject({ width: 1280, height: 720, batch_size: 2 })
    expect(body.prompt['5']!.inputs).toMatchObject({ seed: 0, steps: 8 })
  })

  test('makes pixels of a resolution and a ratio, in sides that samplers divide', async () => {
    const holes = { ...PROMPT, width: hole('3', 'width'), height: hole('3', 'height') }
    expect((await submitted({ request: { resolution: '480p', aspectRatio: '9:16' }, workflow: { holes } })).body.prompt['3']!.inputs).toMatchObject({ width: 480, height: 848 })
  })

  test('turns values as the hole says: seconds to frames, words to others, a text around one', async () => {
    const holes = {
      prompt: hole('2', 'text', { template: 'masterpiece, {value}, 4k' }),
      duration_seconds: hole('3', 'length', { scale: 16, multiple_of: 4, offset: 1 }),
      quality: hole('5', 'steps', { values: { draft: 4, high: 30 } }),
    }
    const { body } = await submitted({ request: { prompt: 'a $& boat', durationSeconds: 5, quality: 'high' }, workflow: { holes } })
    expect(body.prompt['2']!.inputs['text']).toBe('masterpiece, a $& boat, 4k')
    expect(body.prompt['3']!.inputs['length']).toBe(81)
    expect(body.prompt['5']!.inputs['steps']).toBe(30)
    await expect(submitted({ request: { quality: 'best' }, workflow: { holes } })).rejects.toMatchObject({ kind: 'refused', code: 'invalid_request', param: 'quality', message: 'This workflow takes draft, high for quality' })
  })

  test('is another one each time, so that no cache answers with a file of before', async () => {
    const holes = { ...PROMPT, seed: hole('5', 'seed') }
    const [first, again, other] = await Promise.all(['att_1', 'att_1', 'att_2'].map((reference) => submitted({ reference, workflow: { holes } })))
    expect(first!.body).toEqual(again!.body)
    expect(first!.body.prompt['9']!.inputs['filename_prefix']).toBe('genlock/att_1')
    expect(other!.body.prompt['5']!.inputs['seed']).not.toBe(first!.body.prompt['5']!.inputs['seed'])
    for (const { body } of [first!, other!]) expect(Number.isSafeInteger(body.prompt['5']!.inputs['seed'])).toBe(true)
  })

  test('has the names that the server gave to uploaded material, and words for it in the prompt', async () => {
    const graph = { ...GRAPH, 10: { class_type: 'LoadImage', inputs: { image: 'example.png' } } }
    const { asked, body } = await submitted({
      request: { prompt: 'Move @Image1' }, inputs: [fixtureInput({ role: 'first_frame' })], workflow: { graph, holes: { ...PROMPT, first_frame: hole('10', 'image') } },
      uploads: [{ status: 200, body: { name: 'a (1).png', subfolder: 'genlock', type: 'input' } }],
    })
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/upload/image' })
    expect((asked[0]!.form!.get('image') as File).name).toBe('att_1-first_frame.png')
    expect(body.prompt['10']!.inputs['image']).toBe('genlock/a (1).png')
    expect(body.prompt['2']!.inputs['text']).toBe('Move image 1')
  })

  test('is not sent when an upload went wrong: nothing was submitted', async () => {
    const graph = { ...GRAPH, 10: { class_type: 'LoadImage', inputs: { image: 'example.png' } } }
    const workflow = { graph, holes: { ...PROMPT, image_1: hole('10', 'image') } }
    for (const answer of [{ status: 502 }, { status: 200, text: '<html>' }]) await expect(submitted({ inputs: [fixtureInput()], workflow, uploads: [answer] })).rejects.toMatchObject({ kind: 'busy' })
    await expect(submitted({ inputs: [fixtureInput()], workflow, uploads: [{ status: 413 }] })).rejects.toMatchObject({ kind: 'refused' })
  })
})

describe('a lost submission', () => {
  const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

  async function itemOf(reference: string, id?: string): Promise<unknown[]> {
    const { body } = await submitted({ reference })
    return [1, id ?? body.prompt_id, body.prompt, body['extra_data'], ['9']]
  }

  test('has an id that is made from our reference, and only from it', async () => {
    const [one, again, other] = await Promise.all(['att_1', 'att_1', 'att_2'].map((reference) => submitted({ reference })))
    expect(one!.body.prompt_id).toMatch(ID)
    expect(again!.body.prompt_id).toBe(one!.body.prompt_id)
    expect(other!.body.prompt_id).not.toBe(one!.body.prompt_id)
  })

  test('is found in the queue, also under an id that the server chose, with all that checks need', async () => {
    for (const id of [undefined, 'an-id-of-the-server']) {
      const item = await itemOf('att_1', id)
      const { http } = scriptedHttp([{ status: 200, body: { queue_running: [await itemOf('att_2')], queue_pending: [item] } }])
      expect(await comfyUi.find!('att_1', http)).toEqual({ id: item[1], media: 'video', count: 1 })
    }
  })

  test('is found in the history when it has ended, and is nothing when it is in neither', async () => {
    const item = await itemOf('att_1')
    const empty = { status: 200, body: { queue_running: [], queue_pending: [] } }
    const ended = scriptedHttp([empty, { status: 200, body: { [String(item[1])]: { prompt: item, outputs: {}, status: { status_str: 'success', messages: [] } } } }])
    expect(await comfyUi.find!('att_1', ended.http)).toMatchObject({ id: item[1] })
    expect(ended.asked[1]).toMatchObject({ path: `/history/${String(item[1])}` })
    expect(await comfyUi.find!('att_1', scriptedHttp([empty, { status: 200, body: {} }]).http)).toBeUndefined()
  })

  test('is not taken for absent when the server does not answer', async () => {
    await expect(comfyUi.find!('att_1', scriptedHttp([{ status: 502 }]).http)).rejects.toMatchObject({ kind: 'lost' })
  })
})

describe('what does not fit', () => {
  const asset = (role: InputAsset['role'], media: InputAsset['media'] = 'image'): InputAsset => ({ media, role, source: { url: 'https://example.com/a.png' } })
  const loaders = { ...GRAPH, 10: { class_type: 'LoadImage', inputs: { image: 'a.png' } } }

  test.each([
    [{ seed: 0 }, 'seed'],
    [{ negativePrompt: 'rain' }, 'negativePrompt'],
    [{ size: '1280x720' }, 'size'],
    [{ resolution: '720p', aspectRatio: '16:9' }, 'aspectRatio'],
    [{ durationSeconds: 5 }, 'durationSeconds'],
    [{ framesPerSecond: 24 }, 'framesPerSecond'],
    [{ count: 2 }, 'count'],
    [{ audio: true }, 'audio'],
    [{ vendor: { steps: 8 } }, 'vendor.steps'],
    [{ upsample: true }, 'upsample'],
    [{ inputs: [asset('first_frame')] }, 'inputs'],
  ] satisfies [Partial<GenerationRequest>, string][])('%j, where the workflow has no hole for %s', (request, param) => {
    expect(unfit(request)).toMatchObject({ param })
  })

  test('is words, where the workflow has no hole for a prompt', () => {
    expect(unfit({ prompt: 'a boat' }, { holes: {} })).toMatchObject({ param: 'prompt' })
    expect(unfit({ prompt: '' }, { holes: {} })).toBeUndefined()
  })

  test('is a workflow that needs more than was given: the example of whoever exported it would be used', () => {
    const workflow = { graph: loaders, holes: { ...PROMPT, first_frame: hole('10', 'image') } }
    expect(unfit({}, workflow)).toEqual({ param: 'inputs', message: 'This workflow needs first_frame' })
    expect(unfit({ inputs: [asset('first_frame')] }, workflow)).toBeUndefined()
    expect(unfit({ inputs: [asset('reference')] }, workflow)).toMatchObject({ message: 'This workflow takes first_frame, no image_1' })
  })

  test('is not what is off, left to the workflow, or follows the picture', () => {
    expect(unfit({ audio: false, durationSeconds: 'auto', aspectRatio: 'adaptive', upsample: false })).toBeUndefined()
  })

  test('is a model without a workflow, however it is called', () => {
    for (const upstreamModel of ['flux', 'constructor']) expect(comfyUi.unfit!(fixtureJob({ upstreamModel, settings: settingsOf() }))).toMatchObject({ param: 'model' })
  })
})

describe('settings', () => {
  function fault(settings: unknown): string {
    const issue = comfyUi.settings!.safeParse(settings).error?.issues[0]
    return `${issue?.path.join('.')}: ${issue?.message}`
  }

  test.each([
    [{}, /^workflows: /],
    [{ workflows: {} }, /must hold a workflow/],
    [settingsOf({ graph: { nodes: [], links: [] } }), /workflows\.wan\.graph: is the editor's own format; export it with "Export \(API\)"/],
    [settingsOf({ graph: 'no json' }), /must be the graph of "Export \(API\)"/],
    [settingsOf({ graph: {} }), /between 1 and 2000 nodes, not 0/],
    [settingsOf({ graph: { 1: { inputs: {} } } }), /node "1" is none of "Export \(API\)": class_type/],
    [settingsOf({ holes: { promt: hole('2', 'text') } }), /"promt" is no parameter; there are prompt, /],
    [settingsOf({ holes: { prompt: hole('77', 'text') } }), /holes\.prompt\.0: there is no node "77".*2 \(#prompt\)/],
    [settingsOf({ holes: { prompt: hole('2', 'txt') } }), /node "2" \(CLIPTextEncode\) has no input "txt"; it has text, clip/],
    [settingsOf({ holes: { prompt: hole('2', 'clip') } }), /gets "clip" from node "1"; a hole must be a value/],
    [settingsOf({ holes: { prompt: hole('2', 'text', { template: 'no place' }) } }), /must hold \{value\}/],
    [settingsOf({ outputs: ['88'] }), /outputs\.0: there is no node "88"/],
    [{ ...settingsOf(), usd_per_hour: -1 }, /^usd_per_hour: /],
  ])('%# say what is wrong with them', (settings, message) => {
    expect(fault(settings)).toMatch(message)
  })

  test('may give a graph as the text of its file, and read the same when they are read again', () => {
    const parsed = comfyUi.settings!.parse(settingsOf({ graph: JSON.stringify(GRAPH) }))
    expect(parsed).toEqual(comfyUi.settings!.parse(settingsOf()))
    expect(comfyUi.settings!.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed)
  })
})

test('a credential is headers, or nothing; those that make a request are not to be set', () => {
  expect(comfyUi.credential.safeParse({}).success).toBe(true)
  expect(comfyUi.authorize({ headers: { 'X-Key': 'k' } }, { method: 'GET', url: new URL('http://127.0.0.1:8188/'), body: undefined, contentType: undefined, nowMs: 0 })).toEqual({ 'X-Key': 'k' })
  for (const headers of [{ Host: 'x' }, { 'bad name': 'x' }, { a: 'two\nlines' }, { origin: 'http://a' }]) expect(comfyUi.credential.safeParse({ headers }).success).toBe(false)
})
