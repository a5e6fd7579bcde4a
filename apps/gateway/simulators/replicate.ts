import { createHash, createHmac } from 'node:crypto'
import { z } from 'zod'
import { PLAYED_MODELS, type ModelInput, type PlayedModel } from './replicate/models.ts'
import { PINNED, replicateRefusals, replicateSamples } from './replicate/samples.ts'
import { evenSides, evenSidesOfSquare } from './even-sides.ts'
import { randomId } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays Replicate as of November 2026: predictions of its official models and of pinned versions, files, signed
 * webhooks. With `Prefer: wait` a picture is there at once, and a video is not. Endings are asked for in the prompt:
 * `[[sim:output_moderation]]` and the others of `SENTINELS`.
 */
export function simulateReplicate(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<ReplicateJob>(options, replicateWire)
}

interface ReplicateJob {
  name: string
  version: string
  model: PlayedModel
  input: ModelInput
  webhook?: string
  events: readonly string[]
  error?: string
  empty: boolean
  waited: boolean
}
type Job = SimulatedJob<ReplicateJob>

const TOKEN = 'r8_SimulatedReplicateToken0000000000000'
const WEBHOOK_KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const ID_CHARACTERS = 26
const RESULT_LIFETIME_MS = 3_600_000
const MAX_FILE_BYTES = 100 * 1024 * 1024
/** The docs advise less than 256 kB for data in the input. */
const MAX_DATA_CHARACTERS = 350_000

const SENTINELS = {
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const REFUSED_BY_SENTINEL: Record<string, () => Answer> = {
  rate_limited: () => THROTTLED,
  no_money: () => problem(402, 'You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase credit.', 'Insufficient credit'),
  server_error: () => problem(500, 'Internal server error', 'Internal Server Error'),
}

const FAILED_BY_SENTINEL: Record<string, string> = {
  output_moderation: 'The input or output was flagged as sensitive. Please try again with different inputs. (E005) (1RcIBfLT9P)',
  render_failure: 'Prediction failed: CUDA out of memory. (E1001)',
}

function replicateWire(world: World<ReplicateJob>): Wire<ReplicateJob> {
  const files = new Set<string>()

  function createOfficial(call: IncomingCall): Answer {
    const name = `${call.params['owner']}/${call.params['name']}`
    const model = PLAYED_MODELS.get(name)
    return model ? create(call, { name, version: 'hidden', model }) : problem(404, 'The requested resource could not be found.')
  }

  function createPinned(call: IncomingCall): Answer {
    const version = z.object({ version: z.string() }).safeParse(call.json).data?.version
    if (version === undefined) return invalid([{ type: 'required', field: 'version', description: 'version is required' }])
    const [name = '', hash = ''] = version.split(':')
    const model = PLAYED_MODELS.get(name)
    if (!model || version !== PINNED) return problem(422, 'The specified version does not exist (or perhaps you don\'t have permission to use it?)', 'Invalid version or not permitted')
    return create(call, { name, version: hash, model, pinned: true })
  }

  function create({ json, headers }: IncomingCall, { name, version, model, pinned }: { name: string; version: string; model: PlayedModel; pinned?: true }): Answer {
    const body = (pinned ? createBody.extend({ version: z.string() }) : createBody).safeParse(json)
    if (!body.success) return invalid(body.error.issues.map(asField('')))
    const input = model.input.safeParse(body.data.input)
    if (!input.success) return invalid(input.error.issues.map(asField('input')))
    const links = Object.values(input.data).flat().filter((value): value is string => typeof value === 'string')
    if (links.some((link) => link.startsWith('data:') && link.length > MAX_DATA_CHARACTERS)) return problem(413, 'The input is too large.')
    if (links.some((link) => link.startsWith(`${world.origin()}/v1/files/`) && !files.has(link.split('/').at(-1) ?? ''))) return invalid([{ type: 'file', field: 'input', description: 'file not found' }])
    const sentinel = sentinelIn(String(input.data['prompt'])) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]?.()
    if (refusal) return refusal

    const error = FAILED_BY_SENTINEL[sentinel]
    const wait = String(headers['prefer'] ?? '')
    const waited = wait.startsWith('wait') && model.kind === 'image'
    const job = world.accept({
      id: randomId(world, ID_CHARACTERS),
      body: json,
      ending: endingOf(sentinel, error !== undefined),
      details: { name, version, model, input: input.data, events: body.data.webhook_events_filter ?? ['start', 'completed'], empty: sentinel === 'no_result', waited, ...(error !== undefined && { error }), ...(body.data.webhook !== undefined && { webhook: body.data.webhook }) },
      ...(waited && { immediate: true as const }),
    })
    const made = predictionObject(job)
    // What was done within the wait is said to be `processing`, with its output.
    return { status: 201, json: waited && made['status'] === 'succeeded' ? { ...made, status: 'processing' } : made, headers: { ...(wait !== '' && { 'preference-applied': wait }), 'ratelimit-remaining': '599', 'ratelimit-reset': '1' } }
  }

  function predictionObject(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { name, version, input, error } = job.details
    const removed = (phase === 'succeeded' || phase === 'failed') && world.nowMs() > job.endsAtMs + RESULT_LIFETIME_MS
    const ended = phase !== 'queued' && phase !== 'running'
    return {
      id: job.id,
      model: name,
      version,
      input: removed ? {} : input,
      logs: '',
      output: phase === 'succeeded' && !removed ? outputOf(job) : null,
      data_removed: removed,
      error: phase === 'failed' ? error : null,
      source: 'api',
      status: STATUS_WORDS[phase],
      created_at: new Date(job.createdAtMs).toISOString(),
      started_at: phase === 'queued' ? null : new Date(Math.min(job.runsAtMs, world.nowMs())).toISOString(),
      completed_at: ended ? new Date(world.changedAtMs(job)).toISOString() : null,
      urls: { get: `${world.origin()}/v1/predictions/${job.id}`, cancel: `${world.origin()}/v1/predictions/${job.id}/cancel`, web: `https://replicate.com/p/${job.id}` },
      ...(phase === 'succeeded' && { metrics: { predict_time: (job.endsAtMs - job.runsAtMs) / 1000, total_time: (job.endsAtMs - job.createdAtMs) / 1000 } }),
      ...(job.details.webhook !== undefined && { webhook: job.details.webhook, webhook_events_filter: job.details.events }),
    }
  }

  function outputOf(job: Job): unknown {
    const { model, input, empty } = job.details
    const count = empty ? 0 : Number(input['number_of_images'] ?? input['num_outputs'] ?? 1)
    const links = Array.from({ length: count }, (_, index) => `${world.origin()}/delivery/${job.id}/${index}.${model.kind === 'video' ? 'mp4' : 'png'}`)
    return model.listed ? links : (links[0] ?? null)
  }

  const find = ({ params }: IncomingCall): Job | undefined => world.jobs.get(params['id'] ?? '')

  function cancel(call: IncomingCall): Answer {
    const job = find(call)
    if (!job) return NOT_FOUND
    const phase = world.phaseOf(job)
    if (phase === 'queued' || phase === 'running') world.cancel(job)
    return { status: 200, json: predictionObject(job) }
  }

  async function store(call: IncomingCall): Promise<Answer> {
    const form = await call.form()
    const content = form.get('content')
    if (!(content instanceof File)) return invalid([{ type: 'required', field: 'content', description: 'content is required' }])
    if (content.size > MAX_FILE_BYTES) return problem(413, 'Files must be less than 100MB in size')
    const id = randomId(world, ID_CHARACTERS)
    files.add(id)
    const bytes = Buffer.from(await content.arrayBuffer())
    return {
      status: 201,
      json: {
        id, name: content.name, content_type: content.type, size: content.size, etag: id, checksums: { sha256: createHash('sha256').update(bytes).digest('hex') }, metadata: {},
        created_at: new Date(world.nowMs()).toISOString(), expires_at: new Date(world.nowMs() + 86_400_000).toISOString(), urls: { get: `${world.origin()}/v1/files/${id}` },
      },
    }
  }

  async function deliver({ params }: IncomingCall): Promise<Answer> {
    const job = world.jobs.get(params['id'] ?? '')
    if (!job || world.nowMs() > job.endsAtMs + RESULT_LIFETIME_MS) return { status: 404, json: { detail: 'not found' } }
    const { model, input } = job.details
    const [widthPixels, heightPixels] = sizeOf(model, input)
    if (model.kind === 'image') return { status: 200, file: { bytes: await world.media.png({ widthPixels, heightPixels }), mediaType: 'image/png' } }
    const durationSeconds = Number(input['duration'] ?? input['seconds'] ?? model.seconds ?? 5)
    return { status: 200, file: { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds, audio: model.sound === true && input['generate_audio'] !== false }), mediaType: 'video/mp4' } }
  }

  const guarded = (answer: (call: IncomingCall) => Answer | Promise<Answer>) => (call: IncomingCall): Answer | Promise<Answer> =>
    call.headers.authorization === `Bearer ${TOKEN}` || call.headers.authorization === `Token ${TOKEN}` ? answer(call) : UNAUTHENTICATED

  return {
    provider: 'replicate',
    basePath: '/v1',
    credential: { api_key: TOKEN },
    wrongCredential: { api_key: 'r8_OfSomebodyElse' },
    samples: replicateSamples(),
    refusals: replicateRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/models/{owner}/{name}/predictions', operation: 'create', answer: guarded(createOfficial) },
      { method: 'POST', path: '/v1/predictions', operation: 'create', answer: guarded(createPinned) },
      { method: 'GET', path: '/v1/predictions', operation: 'list', answer: guarded(() => ({ status: 200, json: { next: null, previous: null, results: [...world.jobs.values()].toReversed().slice(0, 100).map((job) => predictionObject(job)) } })) },
      { method: 'GET', path: '/v1/predictions/{id}', operation: 'check', answer: guarded((call) => { const job = find(call); return job ? { status: 200, json: predictionObject(job) } : NOT_FOUND }) },
      { method: 'POST', path: '/v1/predictions/{id}/cancel', operation: 'cancel', answer: guarded(cancel) },
      { method: 'POST', path: '/v1/files', operation: 'other', answer: guarded(store) },
      { method: 'GET', path: '/v1/account', operation: 'other', answer: guarded(() => ({ status: 200, json: { type: 'organization', username: 'acme', name: 'Acme', github_url: null, avatar_url: null } })) },
      { method: 'GET', path: '/v1/webhooks/default/secret', operation: 'other', answer: guarded(() => ({ status: 200, json: { key: WEBHOOK_KEY } })) },
      { method: 'GET', path: '/delivery/{id}/{name}', operation: 'download', answer: deliver },
    ],
    trouble: {
      server_error: problem(500, 'Internal server error', 'Internal Server Error'),
      busy: THROTTLED,
      unauthorized: UNAUTHENTICATED,
      not_found: NOT_FOUND,
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'hibernating' } }),
    callback(job, phase) {
      const { webhook, events, waited } = job.details
      if (webhook === undefined || phase === 'queued' || (phase === 'running' && waited)) return undefined
      if (!events.includes(phase === 'running' ? 'start' : 'completed')) return undefined
      const json = predictionObject(job, phase)
      const id = `msg_${job.id}${phase}`
      const timestamp = String(Math.floor(world.nowMs() / 1000))
      const signature = createHmac('sha256', Buffer.from(WEBHOOK_KEY.slice('whsec_'.length), 'base64')).update(`${id}.${timestamp}.${JSON.stringify(json)}`).digest('base64')
      return { url: webhook, json, headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` } }
    },
  }
}

const STATUS_WORDS: Record<Phase, string> = { queued: 'starting', running: 'processing', succeeded: 'succeeded', failed: 'failed', expired: 'aborted', cancelled: 'canceled' }

const createBody = z.strictObject({
  input: z.record(z.string(), z.unknown()),
  webhook: z.url().optional(),
  webhook_events_filter: z.array(z.enum(['start', 'output', 'logs', 'completed'])).optional(),
  stream: z.boolean().optional(),
})

interface InvalidField {
  type: string
  field: string
  description: string
}

const asField = (prefix: string) => ({ path, code, message }: { path: readonly PropertyKey[]; code?: string | undefined; message: string }): InvalidField => ({
  type: code === 'unrecognized_keys' ? 'additional_property_not_allowed' : code === 'invalid_type' ? 'required' : (code ?? 'invalid'),
  field: [prefix, ...path.map(String)].filter((part) => part !== '').join('.'),
  description: message,
})

function problem(status: number, detail: string, title?: string): Answer {
  return { status, json: { ...(title !== undefined && { title }), detail, status }, headers: { 'content-type': 'application/problem+json' } }
}

function invalid(fields: readonly InvalidField[]): Answer {
  return {
    status: 422,
    json: { title: 'Input validation failed', detail: fields.map(({ field, description }) => `- ${field}: ${description}\n`).join(''), status: 422, invalid_fields: fields },
    headers: { 'content-type': 'application/problem+json' },
  }
}

const UNAUTHENTICATED = problem(401, 'You did not pass a valid authentication token', 'Unauthenticated')
const NOT_FOUND = problem(404, 'The requested resource could not be found.')
const THROTTLED = problem(429, 'Request was throttled. Your rate limit resets in ~30s.')

const PICTURE_SIDES: Record<string, number> = { '1K': 1024, '2K': 2048, '4K': 4096 }

/** What was asked for in whatever words the model has; sides of videos are even. */
function sizeOf({ kind, resolution }: PlayedModel, input: ModelInput): [number, number] {
  if (typeof input['width'] === 'number' && typeof input['height'] === 'number') return [input['width'], input['height']]
  const exact = /^(\d+)\*(\d+)$/.exec(String(input['size'] ?? ''))
  if (exact) return [Number(exact[1]), Number(exact[2])]
  const ratio = String(input['aspect_ratio'] ?? '')
  const named: [number, number] = ratio === 'portrait' ? [9, 16] : kind === 'image' ? [1, 1] : [16, 9]
  const [across = 1, down = 1] = /^[\d.]+:[\d.]+$/.test(ratio) ? ratio.split(':').map(Number) : named
  if (kind === 'image') {
    const side = PICTURE_SIDES[String(input['size'] ?? input['image_size'] ?? input['resolution'])] ?? 1024
    return evenSidesOfSquare(side, across / down)
  }
  const short = input['mode'] === 'pro' ? 1080 : input['resolution'] === 'high' ? 1024 : Number.parseInt(String(input['resolution'] ?? resolution ?? '720p'), 10) || 720
  return evenSides(short, across / down)
}
