import { faultsOf, NODE_CLASSES } from './comfyui/nodes.ts'
import { comfyUiRefusals, comfyUiSamples } from './comfyui/samples.ts'
import { WORKFLOWS } from './comfyui/workflows.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Route, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays a ComfyUI server, 0.3.64 with the stricter ids of 2026, behind a proxy that asks for a key: it holds graphs
 * against its node classes as the server does, and makes what the graph says. Every prompt has its own time here; the
 * server itself runs one after the other.
 */
export function simulateComfyUi(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<ComfyJob>(options, comfyWire)
}

interface ComfyJob {
  number: number
  graph: Graph
  extraData: Record<string, unknown>
  outputIds: string[]
  failure?: { exception_type: string; exception_message: string }
  empty: boolean
}
type Job = SimulatedJob<ComfyJob>
type Graph = Record<string, { class_type: string; inputs: Record<string, unknown> }>

const PROXY_KEY = 'Bearer simulated-comfyui-proxy-key-3f'
const DEFAULT_FPS = 16
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

const SENTINELS = {
  server_error: '[[sim:server_error]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const FAILURES: Record<string, ComfyJob['failure']> = {
  late_parameter_error: { exception_type: 'ValueError', exception_message: 'width must be divisible by 16' },
  render_failure: { exception_type: 'torch.OutOfMemoryError', exception_message: 'Allocation on device 0 would exceed allowed memory' },
}

function comfyWire(world: World<ComfyJob>): Wire<ComfyJob> {
  const { jobs } = world
  /** What lies in `input/`. */
  const files = new Set(['example.png'])
  /** Taken out of the queue: such a prompt is nowhere any more. */
  const removed = new Set<string>()
  let number = 0

  function prompt({ json }: IncomingCall): Answer {
    // The content type is not looked at; a body that is no JSON ends as a plain 500.
    if (typeof json !== 'object' || json === null) return { status: 500 }
    const { prompt: graph, prompt_id: wanted, extra_data: extraData = {} } = json as { prompt?: Graph; prompt_id?: unknown; extra_data?: Record<string, unknown> }
    if (graph === undefined) return invalid('no_prompt', 'No prompt provided')
    if (wanted !== undefined && !UUID.test(String(wanted))) return invalid('invalid_prompt_id', 'prompt_id must be a canonical UUID')
    const unknown = Object.values(graph).find(({ class_type: name }) => NODE_CLASSES[name] === undefined)
    if (unknown) return invalid('invalid_prompt', `Cannot execute because node ${unknown.class_type} does not exist.`)
    const outputs = Object.keys(graph).filter((id) => NODE_CLASSES[graph[id]!.class_type]?.outputNode)
    if (outputs.length === 0) return invalid('prompt_no_outputs', 'Prompt has no outputs')
    const errors = errorsIn(graph, outputs)
    const good = outputs.filter((id) => !Object.values(errors).some(({ dependent_outputs: dependent }) => dependent.includes(id)))
    if (good.length === 0) return { status: 400, json: { error: { type: 'prompt_outputs_failed_validation', message: 'Prompt outputs failed validation', details: '', extra_info: {} }, node_errors: errors } }

    const sentinel = sentinelIn(JSON.stringify(graph)) ?? ''
    if (sentinel === 'server_error') return { status: 500 }
    const failure = FAILURES[sentinel]
    number += 1
    const job = world.accept({
      id: typeof wanted === 'string' ? wanted : randomUuid(world),
      // Prompts stand deep in the graph, and only the beginning of a body is kept.
      body: { texts: Object.values(graph).map(({ inputs }) => inputs['text']).filter((text) => text !== undefined) },
      ending: endingOf(sentinel, failure !== undefined),
      details: { number, graph, extraData, outputIds: good, ...(failure && { failure }), empty: sentinel === 'no_result' },
    })
    return { status: 200, json: { prompt_id: job.id, number, node_errors: errors } }
  }

  /** By node, for every node that an output node needs. */
  function errorsIn(graph: Graph, outputs: readonly string[]): Record<string, { class_type: string; dependent_outputs: string[]; errors: unknown[] }> {
    const errors: ReturnType<typeof errorsIn> = {}
    for (const output of outputs) {
      for (const id of needed(graph, output)) {
        const faults = faultsOf(graph[id]!, graph, files)
        if (faults.length === 0) continue
        errors[id] ??= { class_type: graph[id]!.class_type, dependent_outputs: [], errors: faults }
        errors[id].dependent_outputs.push(output)
      }
    }
    return errors
  }

  const item = (job: Job) => [job.details.number, job.id, job.details.graph, job.details.extraData, job.details.outputIds]
  const inPhase = (phase: string) => [...jobs.values()].filter((job) => !removed.has(job.id) && world.phaseOf(job) === phase).toSorted((a, b) => a.details.number - b.details.number)

  function change({ json }: IncomingCall): Answer {
    const { delete: ids = [], clear } = (json ?? {}) as { delete?: string[]; clear?: boolean }
    for (const job of inPhase('queued')) {
      if (!clear && !ids.includes(job.id)) continue
      world.cancel(job)
      removed.add(job.id)
    }
    return { status: 200 }
  }

  function interrupt({ json }: IncomingCall): Answer {
    const { prompt_id: id } = (json ?? {}) as { prompt_id?: string }
    const [first] = inPhase('running').filter((job) => id === undefined || job.id === id)
    if (first) world.cancel(first)
    return { status: 200 }
  }

  function history({ params }: IncomingCall): Answer {
    const job = jobs.get(params['id'] ?? '')
    const ended = job !== undefined && !removed.has(job.id) && ['succeeded', 'failed', 'cancelled'].includes(world.phaseOf(job))
    return { status: 200, json: ended ? { [job.id]: entryOf(job) } : {} }
  }

  function entryOf(job: Job): Record<string, unknown> {
    const phase = world.phaseOf(job)
    const start = ['execution_start', { prompt_id: job.id, timestamp: job.runsAtMs }]
    const at = { prompt_id: job.id, timestamp: world.changedAtMs(job) }
    const end =
      phase === 'succeeded' ? ['execution_success', at]
      : phase === 'cancelled' ? ['execution_interrupted', { ...at, node_id: '5', node_type: 'KSampler', executed: [] }]
      : ['execution_error', { ...at, node_id: '5', node_type: 'KSampler', executed: [], ...job.details.failure, traceback: [], current_inputs: {}, current_outputs: [] }]
    // Of a prompt that failed, previews that were finished before are still listed.
    const shown = phase === 'succeeded' ? job.details.outputIds : job.details.outputIds.filter((id) => job.details.graph[id]!.class_type === 'PreviewImage')
    return {
      prompt: item(job),
      outputs: job.details.empty ? {} : Object.fromEntries(shown.map((id) => [id, uiOf(job, id)])),
      status: { status_str: phase === 'succeeded' ? 'success' : 'error', completed: phase === 'succeeded', messages: [start, end] },
      meta: {},
    }
  }

  /** Core nodes put videos under `images` too, with `animated` beside them. */
  function uiOf(job: Job, id: string): Record<string, unknown> {
    const { class_type: name, inputs } = job.details.graph[id]!
    const prefix = String(inputs['filename_prefix'] ?? `temp/ComfyUI_${job.id}`)
    const cut = prefix.lastIndexOf('/')
    const [folder, stem] = [prefix.slice(0, Math.max(0, cut)), prefix.slice(cut + 1)]
    const video = name === 'SaveVideo'
    const count = video ? 1 : shapeOf(job, id).count
    const images = Array.from({ length: count }, (_, index) => ({ filename: `${stem}_${job.id}_${id}_${String(index + 1).padStart(5, '0')}_.${video ? 'mp4' : 'png'}`, subfolder: folder, type: name === 'PreviewImage' ? 'temp' : 'output' }))
    return { images, ...(video && { animated: [true] }) }
  }

  async function view({ url }: IncomingCall): Promise<Answer> {
    const name = url.searchParams.get('filename') ?? ''
    if (name.includes('/') || name.startsWith('.')) return { status: 400 }
    const [, id = '', node = ''] = /_([0-9a-f-]{36})_(\w+)_\d{5}_\.(?:png|mp4)$/.exec(name) ?? []
    const job = jobs.get(id)
    if (job === undefined || job.details.graph[node] === undefined) return { status: 404 }
    const listed = Object.values(uiOf(job, node)['images'] as { filename: string; subfolder: string; type: string }[])
    const found = listed.some(({ filename, subfolder, type }) => filename === name && subfolder === (url.searchParams.get('subfolder') ?? '') && type === (url.searchParams.get('type') ?? 'output'))
    if (!found) return { status: 404 }
    const { widthPixels, heightPixels, frames, fps } = shapeOf(job, node)
    return name.endsWith('.mp4')
      ? { status: 200, file: { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds: frames / fps, audio: false }), mediaType: 'video/mp4' } }
      : { status: 200, file: { bytes: await world.media.png({ widthPixels, heightPixels }), mediaType: 'image/png' } }
  }

  async function upload({ form }: IncomingCall): Promise<Answer> {
    const parts = await form().catch(() => undefined)
    const file = parts?.get('image')
    if (!file || typeof file === 'string' || file.name === '') return { status: 400 }
    const [subfolder, type] = [String(parts?.get('subfolder') ?? ''), String(parts?.get('type') ?? 'input')]
    if (subfolder.includes('..') || !['input', 'temp', 'output'].includes(type)) return { status: 400 }
    files.add(subfolder === '' ? file.name : `${subfolder}/${file.name}`)
    return { status: 200, json: { name: file.name, subfolder, type } }
  }

  /** Behind the proxy; every route is there bare and under `/api`. */
  const routes = (method: string, path: string, operation: Route['operation'], answer: Route['answer']): Route[] =>
    ['', '/api'].map((prefix) => ({
      method, path: prefix + path, operation,
      answer: (call) => {
        if (call.headers.authorization !== PROXY_KEY) return { status: 401 }
        // A browser's protection: "when a loopback Host and an Origin header disagree".
        return call.headers.origin === undefined ? answer(call) : { status: 403 }
      },
    }))

  return {
    provider: 'comfyui',
    basePath: '',
    credential: { headers: { Authorization: PROXY_KEY } },
    wrongCredential: { headers: { Authorization: 'Bearer not-the-key-of-this-proxy' } },
    settings: { usd_per_hour: 1.5, workflows: WORKFLOWS },
    samples: comfyUiSamples(),
    refusals: comfyUiRefusals(),
    sentinels: SENTINELS,
    routes: [
      ...routes('POST', '/prompt', 'create', prompt),
      ...routes('GET', '/prompt', 'other', () => ({ status: 200, json: { exec_info: { queue_remaining: inPhase('queued').length + inPhase('running').length } } })),
      ...routes('GET', '/queue', 'check', () => ({ status: 200, json: { queue_running: inPhase('running').map(item), queue_pending: inPhase('queued').map(item) } })),
      ...routes('POST', '/queue', 'cancel', change),
      ...routes('POST', '/interrupt', 'cancel', interrupt),
      ...routes('GET', '/history/{id}', 'check', history),
      ...routes('GET', '/view', 'download', view),
      ...routes('POST', '/upload/image', 'other', upload),
      ...routes('GET', '/system_stats', 'other', () => ({ status: 200, json: { system: { os: 'posix', comfyui_version: '0.3.64', python_version: '3.12', argv: ['main.py'] }, devices: [{ name: 'cpu', type: 'cpu', index: null, vram_total: 0, vram_free: 0 }] } })),
    ],
    trouble: { server_error: { status: 500 }, busy: { status: 429 }, unauthorized: { status: 401 }, not_found: { status: 404 } },
    /** In the queue a state is a list, in the history it is a word. */
    withUnknownWord(answer) {
      const json = answer.json as Record<string, unknown>
      if (Array.isArray(json['queue_running'])) return { ...answer, json: { queue_running: [], queue_pending: [], queue_suspended: Object.values(json).flat() } }
      const entries = Object.entries(json as Record<string, { status?: Record<string, unknown> }>)
      return { ...answer, json: Object.fromEntries(entries.map(([id, entry]) => [id, entry.status ? { ...entry, status: { ...entry.status, status_str: 'suspended' } } : entry])) }
    },
  }
}

function invalid(type: string, message: string): Answer {
  return { status: 400, json: { error: { type, message, details: message, extra_info: {} }, node_errors: {} } }
}

/** A node and all that it gets something from. */
function needed(graph: Graph, id: string, seen = new Set<string>()): Set<string> {
  const node = graph[id]
  if (node === undefined || seen.has(id)) return seen
  seen.add(id)
  for (const value of Object.values(node.inputs)) if (Array.isArray(value)) needed(graph, String(value[0]), seen)
  return seen
}

/** What comes out of an output node: by the numbers of the nodes before it. */
function shapeOf({ details: { graph } }: Job, id: string): { widthPixels: number; heightPixels: number; frames: number; fps: number; count: number } {
  const numbers = [...needed(graph, id)].map((each) => graph[each]!.inputs)
  const first = (name: string, otherwise: number) => numbers.map((inputs) => inputs[name]).find((value) => typeof value === 'number') ?? otherwise
  return { widthPixels: first('width', 64), heightPixels: first('height', 64), frames: first('length', 1), fps: first('fps', DEFAULT_FPS), count: first('batch_size', 1) }
}
