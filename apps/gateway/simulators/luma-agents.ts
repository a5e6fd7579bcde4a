import { createHmac } from 'node:crypto'
import sharp from 'sharp'
import { AgentsRefusal, agentsRequest, type AgentsRequest } from './luma-agents/request.ts'
import { agentsRefusals, agentsSamples } from './luma-agents/samples.ts'
import { evenSides, evenSidesOfSquare } from './even-sides.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/** Plays Luma's Agents API as of November 2026, refusing what the vendor refuses. Files cannot be uploaded here. */
export function simulateLumaAgents(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<AgentsJob>(options, agentsWire)
}

interface AgentsJob {
  request: AgentsRequest
  failure?: { code: string; reason: string }
  /** Whether a completed generation forgets to say where its result is. */
  empty: boolean
}
type Job = SimulatedJob<AgentsJob>

const API_KEY = 'luma-api-simulated-agents-key-77'
const LINK_LIFETIME_MS = 3_600_000
/** "RPM is a 60 s sliding window on POST only"; plans have their own numbers. */
const WINDOW_MS = 60_000
const MAX_CREATES_PER_WINDOW = 2_000

const SENTINELS = {
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  queue_full: '[[sim:queue_full]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const REFUSED_BY_SENTINEL: Record<string, () => AgentsRefusal> = {
  rate_limited: () => new AgentsRefusal(429, 'Rate limit exceeded', { 'retry-after': '7' }),
  queue_full: () => new AgentsRefusal(429, 'Too many concurrent jobs', { 'retry-after': '30' }),
  no_money: () => new AgentsRefusal(402, 'Insufficient balance'),
  server_error: () => new AgentsRefusal(502, 'Upstream unavailable'),
}

const FAILED_BY_SENTINEL: Record<string, { code: string; reason: string }> = {
  output_moderation: { code: 'content_moderated', reason: 'The content was flagged by moderation.' },
  late_parameter_error: { code: 'corrupt_input', reason: 'The input could not be decoded.' },
  render_failure: { code: 'generation_failed', reason: 'The generation failed.' },
}

function agentsWire(world: World<AgentsJob>): Wire<AgentsJob> {
  const secret = String(world.random())
  let createdAtMs: number[] = []

  function create({ json }: IncomingCall): Answer {
    createdAtMs = createdAtMs.filter((atMs) => atMs > world.nowMs() - WINDOW_MS)
    if (createdAtMs.length >= MAX_CREATES_PER_WINDOW) throw new AgentsRefusal(429, 'Rate limit exceeded', { 'retry-after': String(Math.ceil((createdAtMs[0]! + WINDOW_MS - world.nowMs()) / 1000)) })
    const request = agentsRequest(json, findMade)
    const sentinel = sentinelIn(request.prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]?.()
    if (refusal) throw refusal
    createdAtMs.push(world.nowMs())
    const failure = FAILED_BY_SENTINEL[sentinel]
    const job = world.accept({
      id: randomUuid(world),
      body: json,
      ending: endingOf(sentinel, failure !== undefined),
      details: { request, ...(failure && { failure }), empty: sentinel === 'no_result' },
    })
    return { status: 201, json: generationObject(job), headers: { 'x-ratelimit-limit': String(MAX_CREATES_PER_WINDOW), 'x-ratelimit-remaining': String(MAX_CREATES_PER_WINDOW - createdAtMs.length) } }
  }

  function findMade(id: string): AgentsRequest | undefined {
    const job = world.jobs.get(id)
    return job && world.phaseOf(job) === 'succeeded' && isVideo(job) ? job.details.request : undefined
  }

  function check({ params }: IncomingCall): Answer {
    const job = world.jobs.get(params['id'] ?? '')
    if (job === undefined) throw new AgentsRefusal(404, 'Generation not found')
    return { status: 200, json: generationObject(job) }
  }

  function generationObject(job: Job): Record<string, unknown> {
    const { request: { model, type }, failure, empty } = job.details
    const phase = world.phaseOf(job)
    return {
      id: job.id,
      created_at: new Date(job.createdAtMs).toISOString(),
      model,
      type,
      state: STATES[phase],
      failure_code: phase === 'failed' ? failure?.code : null,
      failure_reason: phase === 'failed' ? failure?.reason : null,
      ...(phase === 'succeeded' && { output: empty ? [] : [{ type: isVideo(job) ? 'video' : 'image', url: signedUrl(job.id) }] }),
    }
  }

  /** Another one at each look, for an hour. */
  function signedUrl(id: string): string {
    const url = new URL(`/presigned/${id}`, world.origin())
    url.searchParams.set('expires', String(world.nowMs() + LINK_LIFETIME_MS))
    url.searchParams.set('nonce', String(Math.floor(world.random() * 1e12)))
    url.searchParams.set('signature', signatureOf(url))
    return url.href
  }

  function signatureOf({ pathname, searchParams }: URL): string {
    return createHmac('sha256', secret).update(`${pathname} ${searchParams.get('expires')} ${searchParams.get('nonce')}`).digest('hex')
  }

  async function download({ params, url }: IncomingCall): Promise<Answer> {
    const job = world.jobs.get(params['id'] ?? '')
    if (job === undefined || url.searchParams.get('signature') !== signatureOf(url) || world.nowMs() > Number(url.searchParams.get('expires'))) return { status: 403 }
    const { request } = job.details
    const [widthPixels, heightPixels] = pixelsOf(request, isVideo(job))
    if (isVideo(job)) return { status: 200, file: { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds: request.durationSeconds, audio: false }), mediaType: 'video/mp4' } }
    const png = await world.media.png({ widthPixels, heightPixels })
    return request.format === 'png' ? { status: 200, file: { bytes: png, mediaType: 'image/png' } } : { status: 200, file: { bytes: await sharp(png).jpeg().toBuffer(), mediaType: 'image/jpeg' } }
  }

  /** Behind the key, with the headers that every answer has. */
  const guarded = (answer: (call: IncomingCall) => Answer) => (call: IncomingCall): Answer => {
    const given = answered(call, answer)
    const requestId = call.headers['x-request-id'] ?? randomUuid(world)
    return { ...given, headers: { ...given.headers, 'x-request-id': String(requestId), 'x-api-version': '2026-04-01' } }
  }

  return {
    provider: 'luma-agents',
    basePath: '/v1',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'luma-api-the-key-of-nobody' },
    samples: agentsSamples(),
    refusals: agentsRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/generations', operation: 'create', answer: guarded(create) },
      { method: 'GET', path: '/v1/generations/{id}', operation: 'check', answer: guarded(check) },
      { method: 'GET', path: '/presigned/{id}', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: { status: 503, json: { detail: 'Image ingestion unavailable' } },
      busy: { status: 429, json: { detail: 'Rate limit exceeded' }, headers: { 'retry-after': '3' } },
      unauthorized: { status: 401, json: { detail: 'Invalid API key' } },
      not_found: { status: 404, json: { detail: 'Generation not found' } },
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), state: 'daydreaming' } }),
  }
}

/** Nothing expires here, and nothing can be stopped. */
const STATES: Record<Phase, string> = { queued: 'queued', running: 'processing', succeeded: 'completed', failed: 'failed', expired: 'failed', cancelled: 'failed' }

function answered(call: IncomingCall, answer: (call: IncomingCall) => Answer): Answer {
  try {
    if (call.headers.authorization !== `Bearer ${API_KEY}`) throw new AgentsRefusal(401, 'Invalid API key')
    return answer(call)
  } catch (error) {
    if (error instanceof AgentsRefusal) return error.answer()
    throw error
  }
}

function isVideo({ details }: Job): boolean {
  return details.request.type.startsWith('video')
}

/** Pictures have as many pixels as 2048x2048. */
function pixelsOf({ ratio, resolution }: AgentsRequest, video: boolean): [widthPixels: number, heightPixels: number] {
  const [width = 1, height = 1] = ratio.split(':').map(Number)
  return video ? evenSides(Number.parseInt(resolution, 10), width / height) : evenSidesOfSquare(2048, width / height)
}
