import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { runwayBodies, type RunwayBody } from './runway/bodies.ts'
import { runwayRefusals, runwaySamples } from './runway/samples.ts'
import { evenSides } from './even-sides.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays Runway's developer API as of November 2026: tasks, uploads and the organization, with the vendor's checks of
 * each model. Endings are asked for in the prompt: `[[sim:output_moderation]]` and the others of `SENTINELS`.
 */
export function simulateRunway(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<RunwayJob>(options, runwayWire)
}

interface RunwayJob {
  body: RunwayBody
  picture: boolean
  failure?: { failure: string; failureCode: string; charged: boolean }
  empty: boolean
}
type Job = SimulatedJob<RunwayJob>

const API_KEY = 'key_simulated0runway0e9f1'
const VERSION = '2024-11-06'
const RESULT_LIFETIME_MS = 86_400_000
const MAX_UPLOAD_BYTES = 200 * 1024 * 1024
const MIN_UPLOAD_BYTES = 512

const SENTINELS = {
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const REFUSED_BY_SENTINEL: Record<string, Answer> = {
  rate_limited: { status: 429, json: { error: 'You have reached your daily limit of generations for this model.' } },
  no_money: { status: 400, json: { error: 'You do not have enough credits to run this task.' } },
  server_error: { status: 502, json: { error: 'Bad gateway' } },
}

const FAILED_BY_SENTINEL: Record<string, RunwayJob['failure']> = {
  output_moderation: { failure: 'The generated video was flagged by our content moderation.', failureCode: 'SAFETY.OUTPUT.VIDEO', charged: true },
  late_parameter_error: { failure: 'An input asset could not be used.', failureCode: 'ASSET.INVALID', charged: false },
  render_failure: { failure: 'An unexpected error occurred.', failureCode: 'INTERNAL.BAD_OUTPUT.CODE01', charged: false },
}

/** Credits a second, or a picture; 20 where no price is confirmed. */
const CREDITS: Record<string, number> = {
  'gen4.5': 12, gen4_turbo: 5, gen3a_turbo: 5, gen4_aleph: 15, aleph2: 28, act_two: 5, 'veo3.1': 40, 'veo3.1_fast': 15, seedance2: 36,
  gen4_image: 5, gen4_image_turbo: 2, 'gemini_2.5_flash': 5, gemini_image3_pro: 20, muse_image: 1,
}
const SILENT = /^(?:gen|act)/

function runwayWire(world: World<RunwayJob>): Wire<RunwayJob> {
  const secret = createHmac('sha256', String(world.random())).digest('hex')
  /** By ticket; undefined until the file has come. */
  const uploads = new Map<string, Uint8Array | undefined>()
  const gone = new Set<string>()
  const bodies = runwayBodies({ isUploaded: (uri) => uploads.get(uri.slice('runway://'.length)) !== undefined })

  function create(path: string, { json }: IncomingCall): Answer {
    const models = bodies[path] ?? {}
    const named = z.object({ model: z.string() }).safeParse(json)
    const schema = named.success && Object.hasOwn(models, named.data.model) ? models[named.data.model] : undefined
    if (!schema) return invalid([{ code: 'invalid_union', path: ['model'], message: `Invalid input: expected one of ${Object.keys(models).join(', ')}` }])
    const parsed = schema.safeParse(json)
    if (!parsed.success) return invalid(parsed.error.issues)
    const body = parsed.data
    const sentinel = sentinelIn(body.promptText ?? '') ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]
    if (refusal) return refusal

    const failure = FAILED_BY_SENTINEL[sentinel]
    const job = world.accept({
      id: randomUuid(world),
      body: json,
      ending: endingOf(sentinel, failure !== undefined),
      details: { body, picture: path === '/v1/text_to_image', ...(failure && { failure }), empty: sentinel === 'no_result' },
    })
    return { status: 200, json: { id: job.id, estimatedCost: { credits: creditsOf(job.details) } } }
  }

  function find({ params }: IncomingCall): Job | undefined {
    const job = world.jobs.get(params['id'] ?? '')
    return job && !gone.has(job.id) ? job : undefined
  }

  function remove(call: IncomingCall): Answer {
    const job = find(call)
    if (!job) return NOT_FOUND
    const phase = world.phaseOf(job)
    if (phase === 'queued' || phase === 'running') world.cancel(job)
    gone.add(job.id)
    return { status: 204 }
  }

  function taskObject(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { details } = job
    const common = { id: job.id, createdAt: new Date(job.createdAtMs).toISOString() }
    const credits = creditsOf(details)
    switch (phase) {
      case 'queued':
        return { ...common, status: 'PENDING', estimatedCost: { credits } }
      case 'running':
        // What never ends waits for its turn.
        if (job.ending === 'stall') return { ...common, status: 'THROTTLED', estimatedCost: { credits } }
        return { ...common, status: 'RUNNING', estimatedCost: { credits }, progress: Math.min(0.99, (world.nowMs() - job.runsAtMs) / (job.endsAtMs - job.runsAtMs)) }
      case 'succeeded':
        return { ...common, status: 'SUCCEEDED', output: details.empty ? [] : outputsOf(job), cost: { credits } }
      case 'cancelled':
        return { ...common, status: 'CANCELLED', cost: { credits: 0 } }
      case 'failed':
      case 'expired':
        return { ...common, status: 'FAILED', failure: details.failure?.failure, failureCode: details.failure?.failureCode, cost: { credits: details.failure?.charged ? credits : 0 } }
    }
  }

  /** Fresh links at every look, for a day each. */
  function outputsOf(job: Job): string[] {
    const name = job.details.picture ? 'picture.png' : 'video.mp4'
    return Array.from({ length: job.details.body.outputCount ?? 1 }, (_, index) => {
      const url = new URL(`/runway-results/${job.id}/${index}-${name}`, world.origin())
      url.searchParams.set('until', String(world.nowMs() + RESULT_LIFETIME_MS))
      url.searchParams.set('nonce', Math.floor(world.random() * 1e9).toString(36))
      url.searchParams.set('_jwt', signatureOf(url))
      return url.href
    })
  }

  function signatureOf(url: URL): string {
    return createHmac('sha256', secret).update(`${url.pathname} ${url.searchParams.get('until')} ${url.searchParams.get('nonce')}`).digest('hex')
  }

  async function download({ url, params }: IncomingCall): Promise<Answer> {
    const job = world.jobs.get(params['id'] ?? '')
    if (!job || url.searchParams.get('_jwt') !== signatureOf(url) || Number(url.searchParams.get('until')) < world.nowMs()) return { status: 403, json: { error: 'Forbidden' } }
    const [widthPixels, heightPixels] = sizeOf(job.details.body)
    if (job.details.picture) return { status: 200, file: { bytes: await world.media.png({ widthPixels, heightPixels }), mediaType: 'image/png' } }
    const { body } = job.details
    return { status: 200, file: { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds: secondsOf(body), audio: !SILENT.test(body.model) && body.audio !== false }), mediaType: 'video/mp4' } }
  }

  function ticket({ json }: IncomingCall): Answer {
    const body = z.strictObject({ filename: z.string().min(1), type: z.literal('ephemeral') }).safeParse(json)
    if (!body.success) return invalid(body.error.issues)
    const id = randomUuid(world)
    uploads.set(id, undefined)
    return { status: 200, json: { uploadUrl: `${world.origin()}/runway-storage/${id}`, fields: { key: `uploads/${id}/${body.data.filename}`, policy: 'c2ltdWxhdGVk', 'x-amz-signature': 'f00d' }, runwayUri: `runway://${id}` } }
  }

  /** As the vendor's object storage: the fields of the ticket first, then the file, and no key. */
  async function store(call: IncomingCall): Promise<Answer> {
    const id = call.params['id'] ?? ''
    if (!uploads.has(id) || uploads.get(id) !== undefined) return { status: 403, json: { error: 'AccessDenied' } }
    const form = await call.form()
    const names = [...form.keys()]
    const file = form.get('file')
    const complete = form.get('x-amz-signature') === 'f00d' && form.get('policy') === 'c2ltdWxhdGVk' && String(form.get('key')).startsWith(`uploads/${id}/`)
    if (!complete || !(file instanceof File) || names.at(-1) !== 'file' || call.headers.authorization !== undefined) return { status: 403, json: { error: 'AccessDenied' } }
    if (file.size < MIN_UPLOAD_BYTES || file.size > MAX_UPLOAD_BYTES) return { status: 400, json: { error: 'EntityTooLarge' } }
    uploads.set(id, new Uint8Array(await file.arrayBuffer()))
    return { status: 204 }
  }

  const guarded = (answer: (call: IncomingCall) => Answer) => (call: IncomingCall): Answer => {
    if (call.headers.authorization !== `Bearer ${API_KEY}`) return { status: 401, json: { error: 'You are not authorized to perform this action.' } }
    if (call.headers['x-runway-version'] !== VERSION) return { status: 400, json: { error: 'Missing or invalid X-Runway-Version header' } }
    return answer(call)
  }

  return {
    provider: 'runway',
    basePath: '',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'key_of_somebody_else' },
    samples: runwaySamples(),
    refusals: runwayRefusals(),
    sentinels: SENTINELS,
    routes: [
      ...Object.keys(bodies).map((path) => ({ method: 'POST', path, operation: 'create' as const, answer: guarded((call) => create(path, call)) })),
      { method: 'GET', path: '/v1/tasks/{id}', operation: 'check', answer: guarded((call) => { const job = find(call); return job ? { status: 200, json: taskObject(job) } : NOT_FOUND }) },
      { method: 'DELETE', path: '/v1/tasks/{id}', operation: 'cancel', answer: guarded(remove) },
      { method: 'POST', path: '/v1/uploads', operation: 'other', answer: guarded(ticket) },
      { method: 'POST', path: '/runway-storage/{id}', operation: 'other', answer: store },
      { method: 'GET', path: '/v1/organization', operation: 'other', answer: guarded(() => ({ status: 200, json: { creditBalance: 10_000, tier: { maxMonthlyCreditSpend: 10_000, models: {} }, usage: { models: {} } } })) },
      { method: 'GET', path: '/runway-results/{id}/{name}', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: { status: 500, json: { error: 'Internal server error' } },
      busy: { status: 429, json: { error: 'You have reached your daily limit of generations for this model.' } },
      unauthorized: { status: 401, json: { error: 'You are not authorized to perform this action.' } },
      not_found: NOT_FOUND,
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'DREAMING' } }),
  }
}

const NOT_FOUND: Answer = { status: 404, json: { error: 'An asset with this ID was not found.' } }

function invalid(issues: readonly { code?: string | undefined; path: readonly PropertyKey[]; message: string }[]): Answer {
  return {
    status: 400,
    json: { error: 'Validation of body failed', issues: issues.map(({ code, path, message }) => ({ code, path, message })), docUrl: 'https://docs.dev.runwayml.com/api' },
  }
}

function creditsOf({ body, picture }: RunwayJob): number {
  const rate = CREDITS[body.model] ?? 20
  return rate * (picture ? (body.outputCount ?? 1) : secondsOf(body))
}

/** `auto`, and what follows a source that the simulator does not look into, is five seconds. */
function secondsOf({ duration }: RunwayBody): number {
  return typeof duration === 'number' ? duration : 5
}

/** Pixels as they are named, or the resolution at 16:9 where only that is; sides are even. */
function sizeOf({ ratio, resolution, targetAspectRatio }: RunwayBody): [number, number] {
  const [width = 0, height = 0] = /^\d{3,5}:\d{3,5}$/.test(ratio ?? '') ? (ratio ?? '').split(':').map(Number) : []
  if (width > 0) return [width, height]
  const word = /^auto_(.*)$/.exec(ratio ?? '')?.[1] ?? resolution?.toLowerCase() ?? '720p'
  const short = word === '1k' ? 1024 : word === '2k' ? 1440 : Number.parseInt(word, 10)
  const [across = 16, down = 9] = (targetAspectRatio ?? (ratio?.includes(':') ? ratio : '16:9')).split(':').map(Number)
  return evenSides(short, across / down)
}
