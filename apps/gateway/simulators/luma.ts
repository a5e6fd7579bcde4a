import sharp from 'sharp'
import { LumaRefusal, made, readers, type LumaRequest } from './luma/request.ts'
import { lumaRefusals, lumaSamples } from './luma/samples.ts'
import { evenSides } from './even-sides.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/** Plays Luma's Dream Machine as of November 2026, refusing what the vendor refuses. */
export function simulateLuma(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<LumaJob>(options, lumaWire)
}

interface LumaJob {
  request: LumaRequest
  failure?: string
  /** Whether a completed generation forgets to say where its result is. */
  empty: boolean
}
type Job = SimulatedJob<LumaJob>

const BASE = '/dream-machine/v1'
const API_KEY = 'luma-1f0e-simulated-dream-machine-key'

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const REFUSED_BY_SENTINEL: Record<string, () => LumaRefusal> = {
  input_moderation: () => new LumaRefusal(400, 'Prompt moderation failed: the prompt contains blacklisted words'),
  rate_limited: () => new LumaRefusal(429, 'Rate limit exceeded'),
  no_money: () => new LumaRefusal(400, 'Insufficient credits'),
  server_error: () => new LumaRefusal(500, 'Internal Server Error'),
}

const FAILED_BY_SENTINEL: Record<string, string> = {
  output_moderation: 'Advanced prompt moderation failed',
  late_parameter_error: 'Frames unreadable',
  render_failure: 'Job error',
}

function lumaWire(world: World<LumaJob>): Wire<LumaJob> {
  const deleted = new Set<string>()

  /** A route that makes something of a body. */
  const creating = (status: number, read: (call: IncomingCall) => LumaRequest) => guarded((call) => {
    const request = read(call)
    const sentinel = sentinelIn(request.prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]?.()
    if (refusal) throw refusal
    const failure = FAILED_BY_SENTINEL[sentinel]
    const job = world.accept({
      id: randomUuid(world),
      body: call.json,
      ending: endingOf(sentinel, failure !== undefined),
      details: { request, ...(failure !== undefined && { failure }), empty: sentinel === 'no_result' },
    })
    return { status, json: generationObject(job) }
  })

  function findMade(id: string): LumaRequest | undefined {
    const job = world.jobs.get(id)
    return job && world.phaseOf(job) === 'succeeded' && !deleted.has(id) && job.details.request.kind === 'video' ? job.details.request : undefined
  }

  function find({ params }: IncomingCall): Job {
    const job = world.jobs.get(params['id'] ?? '')
    if (job === undefined || deleted.has(job.id)) throw new LumaRefusal(404, 'Generation not found')
    return job
  }

  function list({ url }: IncomingCall): Answer {
    const limit = Number(url.searchParams.get('limit') ?? 100)
    const offset = Number(url.searchParams.get('offset') ?? 0)
    const all = [...world.jobs.values()].filter(({ id }) => !deleted.has(id)).toReversed()
    return { status: 200, json: { generations: all.slice(offset, offset + limit).map((job) => generationObject(job)), count: all.length, limit, offset, has_more: offset + limit < all.length } }
  }

  function remove(call: IncomingCall): Answer {
    deleted.add(find(call).id)
    return { status: 204 }
  }

  function generationObject(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { request: { kind, model, format, echo }, failure, empty } = job.details
    const name = kind === 'video' ? 'video.mp4' : `image.${format}`
    const { callback_url: _callback, ...shown } = echo
    return {
      id: job.id,
      generation_type: kind,
      state: STATES[phase],
      failure_reason: phase === 'failed' ? failure : null,
      created_at: new Date(job.createdAtMs).toISOString(),
      model,
      assets: phase !== 'succeeded' ? null : empty ? {} : { [kind]: `${world.origin()}/cdn/${job.id}/${name}`, ...(kind === 'video' && { image: `${world.origin()}/cdn/${job.id}/poster.jpg` }) },
      request: shown,
    }
  }

  async function download({ params }: IncomingCall): Promise<Answer> {
    const job = world.jobs.get(params['id'] ?? '')
    if (job === undefined || world.phaseOf(job) !== 'succeeded') return { status: 403 }
    const { request } = job.details
    const [widthPixels, heightPixels] = pixelsOf(request)
    if (params['name'] === 'video.mp4') return { status: 200, file: { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds: request.durationSeconds, audio: request.audio }), mediaType: 'video/mp4' } }
    const png = await world.media.png({ widthPixels, heightPixels })
    return params['name'] === 'image.png' ? { status: 200, file: { bytes: png, mediaType: 'image/png' } } : { status: 200, file: { bytes: await sharp(png).jpeg().toBuffer(), mediaType: 'image/jpeg' } }
  }

  const video = creating(201, ({ json }) => readers.video(json, findMade))
  return {
    provider: 'luma',
    basePath: BASE,
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'luma-0000-the-key-of-nobody' },
    samples: lumaSamples(),
    refusals: lumaRefusals(),
    sentinels: SENTINELS,
    routes: [
      // The older way of the documentation, which the SDK still goes.
      { method: 'POST', path: `${BASE}/generations`, operation: 'create', answer: video },
      { method: 'POST', path: `${BASE}/generations/video`, operation: 'create', answer: video },
      { method: 'POST', path: `${BASE}/generations/image`, operation: 'create', answer: creating(201, ({ json }) => readers.image(json)) },
      { method: 'POST', path: `${BASE}/generations/video/modify`, operation: 'create', answer: creating(201, ({ json }) => readers.modify(json)) },
      { method: 'POST', path: `${BASE}/generations/video/reframe`, operation: 'create', answer: creating(201, ({ json }) => readers.reframeVideo(json)) },
      { method: 'POST', path: `${BASE}/generations/image/reframe`, operation: 'create', answer: creating(201, ({ json }) => readers.reframeImage(json)) },
      { method: 'POST', path: `${BASE}/generations/{id}/upscale`, operation: 'create', answer: creating(200, ({ json, params }) => readers.upscale(json, made(params['id'] ?? '', findMade))) },
      { method: 'POST', path: `${BASE}/generations/{id}/audio`, operation: 'create', answer: creating(200, ({ json, params }) => readers.audio(json, made(params['id'] ?? '', findMade))) },
      { method: 'GET', path: `${BASE}/generations`, operation: 'list', answer: guarded(list) },
      { method: 'GET', path: `${BASE}/generations/concepts/list`, operation: 'other', answer: guarded(() => ({ status: 200, json: ['handheld', 'orbit_left', 'zoom_in'] })) },
      { method: 'GET', path: `${BASE}/generations/{id}`, operation: 'check', answer: guarded((call) => ({ status: 200, json: generationObject(find(call)) })) },
      { method: 'DELETE', path: `${BASE}/generations/{id}`, operation: 'other', answer: guarded(remove) },
      // In US cents.
      { method: 'GET', path: `${BASE}/credits`, operation: 'other', answer: guarded(() => ({ status: 200, json: { credit_balance: 12_345 } })) },
      { method: 'GET', path: `${BASE}/ping`, operation: 'other', answer: guarded(() => ({ status: 200, json: { message: 'pong' } })) },
      { method: 'GET', path: '/cdn/{id}/{name}', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: { status: 500, json: { detail: 'Internal Server Error' } },
      busy: { status: 429, json: { detail: 'Too many requests' }, headers: { 'retry-after': '3' } },
      unauthorized: { status: 401, json: { detail: 'Invalid API key' } },
      not_found: { status: 404, json: { detail: 'Not Found' } },
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), state: 'daydreaming' } }),
    /** "POST of the whole Generation on dreaming, completed, failed." */
    callback(job, phase) {
      const url = job.details.request.callbackUrl
      return url === undefined || phase === 'queued' ? undefined : { url, json: generationObject(job, phase) }
    },
  }
}

/** Nothing expires here, and nothing can be stopped. */
const STATES: Record<Phase, string> = { queued: 'queued', running: 'dreaming', succeeded: 'completed', failed: 'failed', expired: 'failed', cancelled: 'failed' }

/** Behind the key, with refusals in the vendor's envelope. */
function guarded(answer: (call: IncomingCall) => Answer): (call: IncomingCall) => Answer {
  return (call) => {
    try {
      if (call.headers.authorization !== `Bearer ${API_KEY}`) throw new LumaRefusal(401, 'Invalid API key')
      return answer(call)
    } catch (error) {
      if (error instanceof LumaRefusal) return error.answer()
      throw error
    }
  }
}

const SHORT_SIDES: Record<string, number> = { '540p': 540, '720p': 720, '1080p': 1080, '4k': 2160 }

function pixelsOf({ resolution, ratio }: LumaRequest): [widthPixels: number, heightPixels: number] {
  const [width = 16, height = 9] = ratio.split(':').map(Number)
  const short = SHORT_SIDES[resolution] ?? 540
  return evenSides(short, width / height)
}
