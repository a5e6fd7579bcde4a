import { createHash } from 'node:crypto'
import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { fieldOfHole, filledGraph, unfitForWorkflow } from './comfyui/fill-graph.ts'
import { fileReference, historyEntry, jobFacts, microsPerHour, progressOf, type HistoryEntry } from './comfyui/history.ts'
import { comfyUiSettings, materialNames, nodeIdOf, type ComfyUiSettings, type Workflow } from './comfyui/workflow.ts'
import { maskChanging } from './mask.ts'
import type { Job, JobInput, Provider, UpstreamHttp, UpstreamResponse } from './provider.ts'
import { callerMessage, errorByStatus } from './upstream-answer.ts'

const comfyUiHandle = jobFacts.extend({ id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/) })
export type ComfyUiHandle = z.output<typeof comfyUiHandle>

/** Those make a request what it is, and a browser's `Origin` would have it refused. */
const FIXED_HEADERS = ['host', 'origin', 'content-type', 'content-length', 'connection', 'transfer-encoding']

/** What a proxy before the server asks for; the server itself knows no keys. */
const credential = z.strictObject({
  headers: z
    .record(z.string(), z.string().regex(/^[\t\x20-\x7e]{1,8192}$/, 'must be one line of plain text'))
    .superRefine((headers, context) => {
      for (const name of Object.keys(headers)) {
        if (!/^[A-Za-z0-9-]{1,100}$/.test(name)) context.addIssue({ code: 'custom', path: [name], message: `${JSON.stringify(name)} is no name of a header` })
        else if (FIXED_HEADERS.includes(name.toLowerCase())) context.addIssue({ code: 'custom', path: [name], message: `${name} is a header that cannot be set` })
      }
    })
    .optional(),
})

/**
 * A ComfyUI server of the operator's own: each model is a workflow of the channel's settings, whose holes a request
 * fills. It runs one prompt after the other and never calls back.
 *
 * The id of a prompt is made from our reference, so a lost submission is found again, exactly: in the queue, or in the
 * history, which is kept in memory until the server stops. Servers that choose the id themselves keep our reference
 * beside it. Facts: ComfyUI 0.3.64 and its documentation of 2026.
 */
export const comfyUi: Provider<ComfyUiHandle> = {
  id: 'comfyui',
  name: 'ComfyUI',
  kinds: ['video', 'image'],
  credential,
  settings: comfyUiSettings,
  handle: comfyUiHandle,

  authorize: (given) => credential.parse(given).headers ?? {},

  unfit({ request, upstreamModel, settings }) {
    const workflow = workflowOf(settings, upstreamModel)
    if (workflow === undefined) return { param: 'model', message: `The channel has no workflow for ${upstreamModel}` }
    return unfitForWorkflow(request, workflow)
  },

  async submit(job, http) {
    const workflow = workflowOf(job.settings, job.upstreamModel)
    if (workflow === undefined) throw new UpstreamError('refused', `The channel has no workflow for ${job.upstreamModel}`)
    const facts = factsOf(job, workflow)
    // Once without the files, so that what cannot be said is refused before anything is uploaded.
    filledGraph(job, workflow, new Map())
    const graph = filledGraph(job, workflow, await uploadAll(job, http))
    const id = promptIdOf(job.reference)
    const response = await http.call({
      method: 'POST',
      path: '/prompt',
      // Given back in queue and history, which is how a job is found whose answer was lost.
      json: { prompt: graph, prompt_id: id, client_id: id, extra_data: { genlock: { ...facts, reference: job.reference } } },
    })
    const queued = accepted.safeParse(response.json)
    if (response.status !== 200) throw refusalOf(response, workflow)
    if (!queued.success) throw errorByStatus(response)
    const handle = comfyUiHandle.parse({ ...facts, id: queued.data.prompt_id })
    await refuseDropped(queued.data.node_errors, handle, http)
    return { handle }
  },

  /** Two places, and whichever of them knows the job has said it: the other not answering takes nothing away from that. */
  async check(handle, http) {
    const queued = await placeOf(handle.id, http).then((place) => ({ place }), (error: unknown) => ({ error }))
    if ('place' in queued && queued.place !== undefined) return PLACES.has(queued.place) ? { state: 'running' } : { state: 'unknown', word: callerMessage(queued.place, 'unreadable') }
    const entry = await historyOf(handle.id, http)
    if (entry) return progressOf(entry, handle)
    if ('error' in queued) throw queued.error
    // Forgotten when the server was started anew.
    throw new UpstreamError('refused', 'The server does not know this job', { code: 'not_found' })
  },

  cancel: ({ id }, http) => stop(id, http),

  async find(reference, http) {
    const id = promptIdOf(reference)
    const queued = Object.values(await readQueue(http)).flat().map(jobIn).find((job) => job?.reference === reference)
    if (queued) return queued.handle
    const entry = await historyOf(id, http)
    const job = entry && jobIn(entry.prompt)
    return job?.reference === reference ? job.handle : undefined
  },

  open: (source, _job, http) => http.download({ path: '/view', query: fileReference.parse(source.reference) }),

  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: '/system_stats' })
    if (response.status !== 200 || !z.object({ system: z.looseObject({}) }).safeParse(response.json).success) throw errorByStatus(response)
  },
}

function workflowOf(settings: Record<string, unknown>, upstreamModel: string): Workflow | undefined {
  // They were parsed when the channel was read; graphs are too large to do it again for every request that is routed.
  const { workflows = {} } = settings as Partial<ComfyUiSettings>
  return Object.hasOwn(workflows, upstreamModel) ? workflows[upstreamModel] : undefined
}

function factsOf({ request, settings }: Job, { graph, outputs }: Workflow): Omit<ComfyUiHandle, 'id'> {
  const { usd_per_hour: usdPerHour } = settings as Partial<ComfyUiSettings>
  return {
    media: request.kind === 'image' ? 'image' : 'video',
    count: request.count,
    ...(outputs && { outputs: outputs.flatMap((name) => nodeIdOf(graph, name) ?? []) }),
    ...(usdPerHour !== undefined && { microsPerHour: microsPerHour(usdPerHour) }),
  }
}

/** "a canonical lower-case UUID", made from our reference: of version 8, "custom" (RFC 9562, 5.8). */
function promptIdOf(reference: string): string {
  const bytes = createHash('sha256').update(`genlock ${reference}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const UPLOAD_TIMEOUT_MS = 120_000

/** The names of the uploaded files, by hole. */
async function uploadAll(job: Job, http: UpstreamHttp): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const names = materialNames(job.inputs)
  // One after the other: they may be large.
  for (const [index, input] of job.inputs.entries()) files.set(names[index]!, await upload({ input, name: names[index]!, job }, http))
  return files
}

const uploaded = z.object({ name: z.string().min(1), subfolder: z.string().default('') })

async function upload({ input, name, job }: { input: JobInput; name: string; job: Job }, http: UpstreamHttp): Promise<string> {
  const { bytes, mediaType } = input.role === 'mask' ? { bytes: await maskChanging('white', input, job.request), mediaType: 'image/png' } : await input.read()
  const form = new FormData()
  form.append('image', new Blob([new Uint8Array(bytes)], { type: mediaType }), `${job.reference}-${name}.${mediaType.split('/')[1] ?? 'bin'}`)
  form.append('type', 'input')
  form.append('subfolder', 'genlock')
  form.append('overwrite', 'true')
  try {
    const response = await http.call({ method: 'POST', path: '/upload/image', form, timeoutMs: UPLOAD_TIMEOUT_MS })
    const stored = uploaded.safeParse(response.json)
    if (response.status !== 200 || !stored.success) throw errorByStatus(response)
    return stored.data.subfolder === '' ? stored.data.name : `${stored.data.subfolder}/${stored.data.name}`
  } catch (error) {
    // Whatever became of the upload, nothing was submitted.
    if (error instanceof UpstreamError && (error.kind === 'lost' || error.kind === 'garbled')) throw new UpstreamError('busy', 'The server did not take the material', { cause: error })
    throw error
  }
}

/** `{}`, or `[]` in older servers. */
const nodeErrors = z
  .record(z.string(), z.object({
    class_type: z.string().catch('node'),
    dependent_outputs: z.array(z.string()).catch([]),
    errors: z.array(z.object({ type: z.string().catch('error'), message: z.string().catch(''), extra_info: z.object({ input_name: z.string().optional().catch(undefined) }).catch({}) })).catch([]),
  }))
  .catch({})

const accepted = z.object({ prompt_id: comfyUiHandle.shape.id, node_errors: nodeErrors.default({}) })
type NodeErrors = z.output<typeof nodeErrors>

/** "Invalid output branches are dropped if at least one output validates": without those that count there is no result. */
async function refuseDropped(errors: NodeErrors, handle: ComfyUiHandle, http: UpstreamHttp): Promise<void> {
  const dropped = Object.values(errors).flatMap(({ dependent_outputs: outputs }) => outputs)
  const wanted = handle.outputs ?? []
  if (!wanted.some((id) => dropped.includes(id))) return
  // It is our own machine, and nothing of what it makes now is wanted.
  await stop(handle.id, http).catch(() => undefined)
  throw new UpstreamError('refused', 'The workflow does not fit this server: its output was left out')
}

/** Older servers interrupt whatever runs, so that is sent only when it is this job. */
async function stop(id: string, http: UpstreamHttp): Promise<'cancelled' | 'too_late'> {
  const place = await placeOf(id, http)
  if (place === undefined || !PLACES.has(place)) return 'too_late'
  if (place === 'queue_pending') {
    expectDone(await http.call({ method: 'POST', path: '/queue', json: { delete: [id] } }))
    // It may have begun before it could be taken out.
    if ((await placeOf(id, http)) !== 'queue_running') return 'cancelled'
  }
  expectDone(await http.call({ method: 'POST', path: '/interrupt', json: { prompt_id: id } }))
  return 'cancelled'
}

const refusal = z.object({ error: z.object({ type: z.string().catch('error'), message: z.string().catch('') }), node_errors: nodeErrors.default({}) })

/** A value in one of our holes is the caller's; anything else that does not fit is the workflow's or the server's. */
function refusalOf(response: UpstreamResponse, { graph, holes }: Workflow): UpstreamError {
  const said = refusal.safeParse(response.json).data
  if (response.status !== 400 || said === undefined) return errorByStatus(response)
  const faults = Object.entries(said.node_errors).flatMap(([id, { class_type: className, errors }]) => errors.map(({ type, message, extra_info: { input_name: input } }) => ({ id, className, type, message, input })))
  const details = { httpStatus: response.status, upstreamCode: faults[0]?.type ?? said.error.type }
  for (const { id, input, message } of faults) {
    const hole = Object.entries(holes).find(([, places]) => places.some((place) => nodeIdOf(graph, place.node) === id && place.input === input))
    if (hole) return new UpstreamError('refused', `The workflow does not take this ${hole[0]}${message === '' ? '' : `: ${message}`}`, { ...details, code: 'invalid_request', param: fieldOfHole(hole[0]) })
  }
  const [fault] = faults
  const where = fault === undefined ? said.error.type : `${fault.className}${fault.input === undefined ? '' : `.${fault.input}`}: ${fault.type}`
  return new UpstreamError('refused', `The workflow does not fit this server (${where})`, details)
}

/** The lists of the queue. A job in any other is in a state that nobody told us of. */
const PLACES = new Set(['queue_running', 'queue_pending'])

const lists = z.object({ queue_running: z.array(z.unknown()), queue_pending: z.array(z.unknown()) }).catchall(z.array(z.unknown()).catch([]))

async function readQueue(http: UpstreamHttp): Promise<Record<string, unknown[]>> {
  const response = await http.call({ method: 'GET', path: '/queue' })
  const queue = lists.safeParse(response.json)
  if (response.status !== 200 || !queue.success) throw errorByStatus(response)
  return queue.data
}

/** The name of the list that a job is in. */
async function placeOf(id: string, http: UpstreamHttp): Promise<string | undefined> {
  const queue = await readQueue(http)
  return Object.keys(queue).find((name) => queue[name]!.some((item) => Array.isArray(item) && item[1] === id))
}

/** Undefined for a job that is unknown there or has not ended: the server answers `{}` to both. */
async function historyOf(id: string, http: UpstreamHttp): Promise<HistoryEntry | undefined> {
  const response = await http.call({ method: 'GET', path: `/history/${id}` })
  const known = z.record(z.string(), z.unknown()).safeParse(response.json)
  if (response.status !== 200 || !known.success) throw errorByStatus(response)
  if (!Object.hasOwn(known.data, id)) return undefined
  const entry = historyEntry.safeParse(known.data[id])
  if (!entry.success) throw errorByStatus(response)
  return entry.data
}

/** `[number, prompt_id, graph, extra_data, output_node_ids]`; newer servers may append to it. */
const queueItem = z.tuple([z.number(), comfyUiHandle.shape.id, z.unknown(), z.object({ genlock: jobFacts.extend({ reference: z.string() }) })], z.unknown())

function jobIn(item: unknown): { reference: string; handle: ComfyUiHandle } | undefined {
  const read = queueItem.safeParse(item)
  if (!read.success) return undefined
  const [, id, , { genlock: { reference, ...facts } }] = read.data
  return { reference, handle: { ...facts, id } }
}

function expectDone(response: UpstreamResponse): void {
  if (response.status !== 200) throw errorByStatus(response)
}
