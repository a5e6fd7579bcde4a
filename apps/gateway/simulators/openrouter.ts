import { MODELS } from './openrouter/models.ts'
import { OpenRouterRefusal } from './openrouter/refusal.ts'
import { openRouterRefusals, openRouterSamples } from './openrouter/samples.ts'
import { videoRequest, type VideoRequest } from './openrouter/video-request.ts'
import { randomId } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/** Plays OpenRouter's video API as of November 2026. Endings are asked for in the prompt: `[[sim:output_moderation]]` and the others of `SENTINELS`. */
export function simulateOpenRouter(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<OpenRouterJob>(options, openRouterWire)
}

interface OpenRouterJob {
  video: VideoRequest
  generationId: string
  /** The word that was asked for in the prompt. */
  sentinel: string
}
type Job = SimulatedJob<OpenRouterJob>

const API_KEY = 'sk-or-v1-simulated-7c31f0'

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  real_face: '[[sim:real_face]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  expiry: '[[sim:expiry]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const serverError = () => new OpenRouterRefusal(500, 'Internal Server Error')
const rateLimited = () => new OpenRouterRefusal(429, 'Rate limit exceeded', { headers: { 'retry-after': '15' } })
const wrongKey = () => new OpenRouterRefusal(401, 'User not found.')

/** Refusals at the door. */
const REFUSED_BY_SENTINEL: Record<string, () => OpenRouterRefusal> = {
  input_moderation: () => new OpenRouterRefusal(403, 'This model requires moderation and your input was flagged', { metadata: { reasons: ['violence'], flagged_input: 'x', provider_name: 'Simulated', model_slug: 'simulated/model' } }),
  real_face: () => new OpenRouterRefusal(400, 'Provider returned error', { metadata: { provider_name: 'BytePlus', raw: '{"error":{"message":"The request failed because the input image may contain real person."}}' } }),
  rate_limited: rateLimited,
  no_money: () => new OpenRouterRefusal(402, 'Insufficient credits. Add more using https://openrouter.ai/settings/credits'),
  server_error: serverError,
}

/** What the vendor behind it said of a job that failed. */
const FAILED_BY_SENTINEL: Record<string, string> = {
  output_moderation: 'The request failed because the output video may contain sensitive information.',
  render_failure: 'Provider returned an internal error.',
}

const STATUS: Record<Phase, string> = { queued: 'pending', running: 'in_progress', succeeded: 'completed', failed: 'failed', cancelled: 'cancelled', expired: 'expired' }

function openRouterWire(world: World<OpenRouterJob>): Wire<OpenRouterJob> {
  function create({ json, headers }: IncomingCall): Answer {
    if (!headers['content-type']?.startsWith('application/json') || json === undefined) throw new OpenRouterRefusal(400, 'Invalid JSON body')
    const video = videoRequest(json)
    if (video.previousJobId !== undefined) checkPrevious(video, world.jobs.get(video.previousJobId))
    const sentinel = sentinelIn(video.prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]?.()
    if (refusal) throw refusal
    const seconds = Math.floor(world.nowMs() / 1000)
    const job = world.accept({ id: `gen-vid-${seconds}-${randomId(world, 20)}`, body: json, ending: sentinel === 'expiry' ? 'expired' : endingOf(sentinel, FAILED_BY_SENTINEL[sentinel] !== undefined), details: { video, generationId: `gen-${seconds}-${randomId(world, 20)}`, sentinel } })
    return { status: 202, json: { id: job.id, polling_url: pollingUrl(job), status: 'pending' } }
  }

  function checkPrevious({ model }: VideoRequest, previous: Job | undefined): void {
    if (previous === undefined) throw new OpenRouterRefusal(404, 'Previous video job not found')
    if (world.phaseOf(previous) !== 'succeeded') throw new OpenRouterRefusal(400, 'The previous video job has not completed')
    if (previous.details.video.model !== model) throw new OpenRouterRefusal(400, 'The previous video job was made by another model')
  }

  function pollingUrl({ id }: Job): string {
    return `${world.origin()}/api/v1/videos/${id}`
  }

  function find(id = ''): Job {
    const job = world.jobs.get(id)
    if (job === undefined) throw new OpenRouterRefusal(404, 'Resource not found')
    return job
  }

  function shown(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { video, generationId, sentinel } = job.details
    return {
      id: job.id,
      polling_url: pollingUrl(job),
      status: STATUS[phase],
      ...(phase !== 'queued' && { generation_id: generationId }),
      ...(phase === 'succeeded' && { ...(sentinel !== 'no_result' && { unsigned_urls: [`${pollingUrl(job)}/content?index=0`] }), usage: { cost: video.dollars, is_byok: false } }),
      ...(phase === 'failed' && { error: FAILED_BY_SENTINEL[sentinel] }),
      ...(phase === 'expired' && { error: 'The job has expired' }),
    }
  }

  async function content({ params, url }: IncomingCall): Promise<Answer> {
    const job = find(params['id'])
    if (world.phaseOf(job) !== 'succeeded') throw new OpenRouterRefusal(409, 'The video is not completed')
    if (Number(url.searchParams.get('index') ?? 0) !== 0 || job.details.sentinel === 'no_result') throw new OpenRouterRefusal(404, 'No video at this index')
    const { pixels, seconds, audio } = job.details.video
    return { status: 200, file: { bytes: await world.media.video({ ...pixels, durationSeconds: seconds, audio }), mediaType: 'video/mp4' } }
  }

  /** Behind the key, with refusals in the vendor's envelope. */
  const guarded = (answer: (call: IncomingCall) => Answer | Promise<Answer>) => async (call: IncomingCall): Promise<Answer> => {
    try {
      const { authorization } = call.headers
      if (authorization === undefined) throw new OpenRouterRefusal(401, 'No auth credentials found')
      if (authorization !== `Bearer ${API_KEY}`) throw wrongKey()
      return await answer(call)
    } catch (error) {
      if (error instanceof OpenRouterRefusal) return error.answer()
      throw error
    }
  }

  return {
    provider: 'openrouter',
    basePath: '/api/v1',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'sk-or-v1-not-the-key-of-anybody' },
    samples: openRouterSamples(),
    refusals: openRouterRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/api/v1/videos', operation: 'create', answer: guarded(create) },
      // Open to everybody, and before the jobs, which are not called so.
      { method: 'GET', path: '/api/v1/videos/models', operation: 'list', answer: () => ({ status: 200, json: { data: modelList() } }) },
      { method: 'GET', path: '/api/v1/videos/{id}', operation: 'check', answer: guarded(({ params }) => ({ status: 200, json: shown(find(params['id'])) })) },
      { method: 'GET', path: '/api/v1/videos/{id}/content', operation: 'download', answer: guarded(content) },
      { method: 'GET', path: '/api/v1/key', operation: 'other', answer: guarded(() => ({ status: 200, json: { data: CURRENT_KEY } })) },
    ],
    trouble: {
      server_error: serverError().answer(),
      busy: rateLimited().answer(),
      unauthorized: wrongKey().answer(),
      not_found: new OpenRouterRefusal(404, 'Resource not found').answer(),
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'hibernating' } }),
    callback(job, phase) {
      const { callbackUrl, model } = job.details.video
      if (callbackUrl === undefined || phase === 'queued' || phase === 'running') return undefined
      return { url: callbackUrl, json: { type: `video.generation.${STATUS[phase]}`, created_at: new Date(world.changedAtMs(job)).toISOString(), data: { ...shown(job, phase), model } } }
    },
  }
}

/** 2026-10-09, when the list was read. */
const LISTED_AT_SECONDS = 1_791_504_000

function modelList(): Record<string, unknown>[] {
  return [...MODELS].map(([id, { dollarsPerSecond, continues: _continues, ...limits }]) => ({
    id, canonical_slug: id, name: id, created: LISTED_AT_SECONDS, ...limits, upscale_factor: null, creativity: null, pricing_skus: { duration_seconds: String(dollarsPerSecond) },
  }))
}

const CURRENT_KEY = {
  label: 'sk-or-v1-sim...1f0', limit: null, limit_remaining: null, limit_reset: null, usage: 0, usage_daily: 0, usage_weekly: 0, usage_monthly: 0,
  byok_usage: 0, byok_usage_daily: 0, byok_usage_weekly: 0, byok_usage_monthly: 0, include_byok_in_limit: false,
  is_free_tier: false, is_management_key: false, is_provisioning_key: false, expires_at: null,
}
