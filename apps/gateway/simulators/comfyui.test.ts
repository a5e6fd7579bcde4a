import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { simulateComfyUi } from './comfyui.ts'
import { WORKFLOWS } from './comfyui/workflows.ts'
import type { Simulator } from './simulator.ts'

const startMs = Date.UTC(2026, 7, 1, 12)
let nowMs = startMs
let comfy: Simulator

beforeAll(async () => {
  comfy = await simulateComfyUi({ clock: { nowMs: () => nowMs }, queuedSeconds: 10, renderSeconds: 50 })
})
afterAll(() => comfy.close())
beforeEach(async () => {
  nowMs = startMs
  await call('POST', '/queue', JSON.stringify({ clear: true }))
})

type Nodes = Record<string, { class_type: string; inputs: Record<string, unknown> }>
const GRAPH: Nodes = WORKFLOWS['comfyui-text-to-image'].graph
const VIDEO: Nodes = WORKFLOWS['comfyui-text-to-video'].graph
const headers = () => (comfy.credential as { headers: Record<string, string> }).headers

interface Entry {
  prompt: unknown[]
  outputs: Record<string, { images: Record<string, string>[] }>
  status: { status_str: string; messages: unknown[] }
}

async function call(method: string, path: string, body?: string | FormData, more: Record<string, string> = {}) {
  const response = await fetch(comfy.baseUrl + path, { method, headers: { ...headers(), ...more }, ...(body !== undefined && { body }) })
  const text = await response.text()
  return { status: response.status, json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> }
}

async function entryOf(id: string): Promise<Entry | undefined> {
  return ((await call('GET', `/history/${id}`)).json as Record<string, Entry>)[id]
}

async function listed(name: 'queue_running' | 'queue_pending', prefix = ''): Promise<unknown[][]> {
  return (await call('GET', `${prefix}/queue`)).json[name] as unknown[][]
}

/** As the scripts do that come with ComfyUI: JSON without a content type of its own. */
const queue = (prompt: unknown, fields: Record<string, unknown> = {}) => call('POST', '/prompt', JSON.stringify({ prompt, ...fields }))
const changed = (graph: Nodes, id: string, inputs: Record<string, unknown>): Nodes => ({ ...graph, [id]: { ...graph[id]!, inputs: { ...graph[id]!.inputs, ...inputs } } })

const ID = '7f3c9a52-1b2d-4e4f-9a10-5c6d7e8f9a0b'

describe('a prompt', () => {
  test('goes from pending over running to the history, with a picture that /view gives', async () => {
    const { json } = await queue(changed(GRAPH, '4', { width: 64, height: 96 }), { client_id: 'c1' })
    const id = json['prompt_id'] as string
    expect(json).toMatchObject({ number: expect.any(Number), node_errors: {} })
    expect((await listed('queue_pending'))[0]).toMatchObject([expect.any(Number), id, { 5: { class_type: 'KSampler' } }, {}, ['7', '8']])
    nowMs += 10_000
    expect((await listed('queue_running', '/api'))[0]?.[1]).toBe(id)
    expect(await entryOf(id)).toBeUndefined()
    nowMs += 50_000
    const entry = (await entryOf(id))!
    expect(entry.status).toMatchObject({ status_str: 'success', completed: true, messages: [['execution_start', { timestamp: startMs + 10_000 }], ['execution_success', { timestamp: startMs + 60_000 }]] })
    const [picture] = entry.outputs['7']!.images
    expect(picture).toMatchObject({ type: 'output', subfolder: '' })
    expect(entry.outputs['8']!.images[0]).toMatchObject({ type: 'temp' })
    const file = await fetch(`${comfy.baseUrl}/view?${new URLSearchParams(picture).toString()}`, { headers: headers() })
    expect(Buffer.from(await file.arrayBuffer()).readUInt32BE(16)).toBe(64)
  })

  test('keeps the id and the extra data that it came with, and puts a video under images, as core nodes do', async () => {
    const small = changed(changed(VIDEO, '4', { width: 64, height: 64, length: 17 }), '8', { filename_prefix: 'video/boat' })
    expect((await queue(small, { prompt_id: ID, extra_data: { mine: 7 } })).json['prompt_id']).toBe(ID)
    nowMs += 60_000
    const entry = (await entryOf(ID))!
    expect(entry.prompt[3]).toEqual({ mine: 7 })
    expect(entry.outputs['8']).toMatchObject({ images: [{ subfolder: 'video', type: 'output' }], animated: [true] })
    expect((await call('GET', '/view?filename=../x.png')).status).toBe(400)
    expect((await call('GET', '/view?filename=x.png')).status).toBe(404)
  })

  test.each([
    [{}, undefined, 'no_prompt'],
    [{ prompt: GRAPH, prompt_id: 'ABC' }, undefined, 'invalid_prompt_id'],
    [{ prompt: { 1: { class_type: 'Nothing', inputs: {} } } }, undefined, 'invalid_prompt'],
    [{ prompt: { 1: GRAPH['1'] } }, undefined, 'prompt_no_outputs'],
    [{ prompt: changed(GRAPH, '4', { width: 8 }) }, 'value_smaller_than_min', 'prompt_outputs_failed_validation'],
    [{ prompt: changed(GRAPH, '4', { width: 64.5 }) }, 'invalid_input_type', 'prompt_outputs_failed_validation'],
    [{ prompt: changed(GRAPH, '1', { ckpt_name: 'mine.safetensors' }) }, 'value_not_in_list', 'prompt_outputs_failed_validation'],
    [{ prompt: changed(GRAPH, '7', { images: ['1', 0] }) }, undefined, undefined],
    [{ prompt: changed(GRAPH, '2', { text: undefined }) }, 'required_input_missing', 'prompt_outputs_failed_validation'],
    [{ prompt: changed(WORKFLOWS['comfyui-image-edit'].graph, '9', { image: 'gone.png' }) }, 'custom_validation_failed', 'prompt_outputs_failed_validation'],
  ])('%# that does not hold together is told in the words of the server', async (body, nodeError, error) => {
    const before = comfy.acceptedCreates()
    const { status, json } = await call('POST', '/prompt', JSON.stringify(body))
    if (error === undefined) {
      // One output of two is left: the other is dropped, and the rest runs.
      expect([status, Object.keys(json['node_errors'] as object)]).toEqual([200, ['7']])
      return
    }
    expect([status, (json['error'] as { type: string }).type]).toEqual([400, error])
    if (nodeError !== undefined) expect(Object.values(json['node_errors'] as Record<string, { errors: { type: string }[] }>)[0]!.errors[0]!.type).toBe(nodeError)
    expect(comfy.acceptedCreates()).toBe(before)
  })

  test('can be taken out while pending and is nowhere then; what runs is interrupted by its id only', async () => {
    const first = (await queue(GRAPH)).json['prompt_id'] as string
    await call('POST', '/queue', JSON.stringify({ delete: [first] }))
    expect(await listed('queue_pending')).toEqual([])
    nowMs += 60_000
    expect(await entryOf(first)).toBeUndefined()

    const second = (await queue(GRAPH)).json['prompt_id'] as string
    nowMs += 10_000
    expect((await call('POST', '/interrupt', JSON.stringify({ prompt_id: first }))).status).toBe(200)
    expect(await listed('queue_running')).toHaveLength(1)
    await call('POST', '/interrupt', JSON.stringify({ prompt_id: second }))
    expect((await entryOf(second))!.status).toMatchObject({ status_str: 'error', messages: [expect.anything(), ['execution_interrupted', {}]] })
  })

  test.each([['late_parameter_error', 'ValueError'], ['render_failure', 'torch.OutOfMemoryError']])('with [[sim:%s]] ends in an exception, with a finished preview still listed', async (sentinel, type) => {
    const id = (await queue(changed(GRAPH, '2', { text: `x [[sim:${sentinel}]]` }))).json['prompt_id'] as string
    nowMs += 60_000
    const entry = (await entryOf(id))!
    expect(entry.status.messages[1]).toMatchObject(['execution_error', { exception_type: type }])
    expect(Object.keys(entry.outputs)).toEqual(['8'])
  })
})

test('an upload is a file that graphs may name then', async () => {
  const form = new FormData()
  form.append('image', new Blob(['picture'], { type: 'image/png' }), 'mine.png')
  form.append('subfolder', 'genlock')
  expect((await call('POST', '/upload/image', form)).json).toEqual({ name: 'mine.png', subfolder: 'genlock', type: 'input' })
  const graph = changed(WORKFLOWS['comfyui-image-edit'].graph, '9', { image: 'genlock/mine.png' })
  expect((await queue(graph)).status).toBe(200)
  expect((await call('POST', '/upload/image', new FormData())).status).toBe(400)
})

test('the proxy before it asks for its key, and the server takes no Origin of elsewhere', async () => {
  expect((await fetch(`${comfy.baseUrl}/system_stats`)).status).toBe(401)
  expect((await call('GET', '/system_stats', undefined, { origin: 'https://elsewhere.example.com' })).status).toBe(403)
  expect((await call('GET', '/system_stats')).json['system']).toMatchObject({ comfyui_version: '0.3.64' })
})
