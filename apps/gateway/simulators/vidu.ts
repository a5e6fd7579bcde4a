import { createHmac } from 'node:crypto'
import { creditsOf, pixelsOf, type ViduRoute } from './vidu/models.ts'
import { taskRequest, ViduRefusal, type TaskRequest } from './vidu/request.ts'
import { viduRefusals, viduSamples } from './vidu/samples.ts'
import { toolRequest, type ViduTool } from './vidu/tools.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays Vidu's enterprise API as of October 2026, refusing what the vendor refuses, with callbacks signed as he signs them.
 * Endings are asked for in the prompt: `[[sim:output_moderation]]` and the others of `SENTINELS`.
 */
export function simulateVidu(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<ViduJob>(options, viduWire)
}

interface ViduJob {
  route: ViduRoute | ViduTool
  request: TaskRequest
  seed: number
  credits: number
  errorCode?: string
  /** Whether a finished task forgets its creations. */
  empty: boolean
}
type Job = SimulatedJob<ViduJob>

const API_KEY = 'vda_simulated_0f6d1c'
const ROUTES: readonly ViduRoute[] = ['text2video', 'img2video', 'start-end2video', 'reference2video', 'extend']
const TOOLS: readonly ViduTool[] = ['reference2image', 'lip-sync']
/** Of each of them; no page has the numbers. */
const TOOL_CREDITS = 6
const MAX_PAGE = 100

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
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

/** Refusals at the door. */
const REFUSED_BY_SENTINEL: Record<string, () => ViduRefusal> = {
  input_moderation: () => new ViduRefusal(400, 'TaskPromptPolicyViolation', 'the prompt violates the content policy'),
  rate_limited: () => new ViduRefusal(429, 'TooManyRequests', 'too many requests'),
  queue_full: () => new ViduRefusal(429, 'QuotaExceeded', 'the concurrency quota of your account 2100123456 is exceeded'),
  no_money: () => new ViduRefusal(400, 'CreditInsufficient', 'credits of the account are not enough'),
  server_error: () => new ViduRefusal(500, 'InternalServiceFailure', 'internal service failure'),
}

/** Failures on the way. */
const FAILED_BY_SENTINEL: Record<string, string> = {
  output_moderation: 'CreationPolicyViolation',
  late_parameter_error: 'ImageObjectsUndetected',
  render_failure: 'InternalServiceFailure',
}

function viduWire(world: World<ViduJob>): Wire<ViduJob> {
  const { jobs } = world
  let lastId = 913_000_000_000_000_000n

  const create = (route: ViduRoute) => ({ json }: IncomingCall): Answer => {
    const request = taskRequest(route, json)
    return begin(route, request, { json, credits: creditsOf({ ...request, route }) })
  }
  const createTool = (tool: ViduTool) => ({ json }: IncomingCall): Answer => begin(tool, toolRequest(tool, json), { json, credits: TOOL_CREDITS })

  function begin(route: ViduJob['route'], request: TaskRequest, { json, credits: debit }: { json: unknown; credits: number }): Answer {
    if (request.creationId !== undefined && !creationOf(request.creationId)) throw new ViduRefusal(404, 'CreationNotFound', 'creation not found')
    const sentinel = sentinelIn(request.prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]?.()
    if (refusal) throw refusal

    const errorCode = FAILED_BY_SENTINEL[sentinel]
    lastId += BigInt(1 + Math.floor(world.random() * 1_000))
    const job = world.accept({
      id: String(lastId),
      body: json,
      ending: endingOf(sentinel, errorCode !== undefined),
      details: {
        route,
        request,
        seed: request.seed ? request.seed : Math.floor(world.random() * 2 ** 31),
        credits: debit,
        ...(errorCode !== undefined && { errorCode }),
        empty: sentinel === 'no_result',
      },
    })
    const { seed, credits } = job.details
    return {
      status: 200,
      json: {
        task_id: job.id, state: 'created', model: request.model, prompt: request.prompt, images: request.images.map((image) => image.slice(0, 64)), duration: request.durationSeconds,
        seed, aspect_ratio: request.ratio ?? '', resolution: request.resolution, bgm: request.bgm, audio: request.audio, movement_amplitude: 'auto', payload: request.payload,
        off_peak: false, credits, watermark: false, created_at: new Date(job.createdAtMs).toISOString(),
      },
    }
  }

  function creationOf(id: string): Job | undefined {
    const job = jobs.get(id.replace(/0$/, ''))
    return job && world.phaseOf(job) === 'succeeded' ? job : undefined
  }

  function find({ params }: IncomingCall): Job {
    const job = jobs.get(params['id'] ?? '')
    if (job === undefined) throw new ViduRefusal(404, 'TaskNotFound', 'task not found')
    return job
  }

  function cancel(call: IncomingCall): Answer {
    const job = find(call)
    if ((call.json as { id?: unknown } | undefined)?.id !== job.id) throw new ViduRefusal(400, 'FieldInvalid', 'id is invalid')
    const phase = world.phaseOf(job)
    if (phase !== 'queued') throw new ViduRefusal(400, 'BadRequest', `task state is ${phase === 'running' ? 'scheduled' : stateOf(job, phase)}, can not cancel`)
    world.cancel(job)
    return { status: 200, json: {} }
  }

  function list({ url }: IncomingCall): Answer {
    const page = Number(url.searchParams.get('pager.page_token') ?? url.searchParams.get('pager.page') ?? 0)
    const size = Number(url.searchParams.get('pager.pagesz') ?? 10)
    if (!Number.isInteger(page) || page < 0 || !Number.isInteger(size) || size < 1 || size > MAX_PAGE) throw new ViduRefusal(400, 'PageSizeOutOfRange', 'page size is out of range')
    const found = [...jobs.values()].toReversed()
    const tasks = found.slice(page * size, (page + 1) * size).map((job) => {
      const { request } = job.details
      const { state, creations } = taskObject(job)
      return { id: job.id, key_id: '1', model: request.model, prompt: request.prompt, images: [], duration: request.durationSeconds, resolution: request.resolution, aspect_ratio: request.ratio ?? '', state, creations }
    })
    return { status: 200, json: { next_page_token: found.length > (page + 1) * size ? String(page + 1) : '', tasks } }
  }

  function stateOf(job: Job, phase: Phase): string {
    switch (phase) {
      case 'queued':
        return world.nowMs() === job.createdAtMs ? 'created' : 'queueing'
      case 'running':
        return 'processing'
      case 'succeeded':
        return 'success'
      case 'failed':
      case 'expired':
      case 'cancelled':
        return 'failed'
    }
  }

  function taskObject(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { route, request, credits, errorCode, empty } = job.details
    const isPicture = route === 'reference2image'
    const { widthPixels: width, heightPixels: height } = pixelsOf(request.resolution, request.ratio)
    return {
      id: job.id,
      state: stateOf(job, phase),
      err_code: phase === 'failed' ? errorCode : phase === 'cancelled' ? 'UserCancelled' : '',
      credits,
      payload: request.payload,
      bgm: request.bgm,
      off_peak: false,
      creations:
        phase !== 'succeeded' || empty
          ? []
          : [{ id: `${job.id}0`, url: resultUrl(job, isPicture ? 'image.png' : 'video.mp4'), cover_url: resultUrl(job, 'cover.png'), watermarked_url: '', ...(!isPicture && { video: { duration: request.durationSeconds, fps: 24, resolution: { width, height } } }) }],
    }
  }

  function resultUrl(job: Job, name: string): string {
    return `${world.origin()}/vidu-results/${job.id}/${name}?sign=${createHmac('sha256', 'vidu results').update(`${job.id}/${name}`).digest('hex')}`
  }

  async function download({ params, url }: IncomingCall): Promise<Answer> {
    const job = jobs.get(params['id'] ?? '')
    if (job === undefined || url.href !== resultUrl(job, params['name'] ?? '')) return { status: 403 }
    const { request } = job.details
    const size = pixelsOf(request.resolution, request.ratio)
    if (params['name'] !== 'video.mp4') return { status: 200, file: { bytes: await world.media.png(size), mediaType: 'image/png' } }
    return { status: 200, file: { bytes: await world.media.video({ ...size, durationSeconds: request.durationSeconds, audio: request.audio }), mediaType: 'video/mp4' } }
  }

  /** Behind the key, with refusals in the vendor's envelope. */
  const guarded = (answer: (call: IncomingCall) => Answer) => (call: IncomingCall): Answer => {
    try {
      if (call.headers.authorization !== `Token ${API_KEY}`) throw new ViduRefusal(401, 'Unauthorized', 'the token is invalid')
      return answer(call)
    } catch (error) {
      if (error instanceof ViduRefusal) return error.answer(Math.floor(world.random() * 1e15).toString(16).padStart(32, '0'))
      throw error
    }
  }

  return {
    provider: 'vidu',
    basePath: '',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'vda_not_the_key' },
    samples: viduSamples(),
    refusals: viduRefusals(),
    sentinels: SENTINELS,
    routes: [
      ...ROUTES.map((route) => ({ method: 'POST', path: `/ent/v2/${route}`, operation: 'create' as const, answer: guarded(create(route)) })),
      ...TOOLS.map((tool) => ({ method: 'POST', path: `/ent/v2/${tool}`, operation: 'create' as const, answer: guarded(createTool(tool)) })),
      { method: 'GET', path: '/ent/v2/tasks', operation: 'list', answer: guarded(list) },
      { method: 'GET', path: '/ent/v2/tasks/{id}/creations', operation: 'check', answer: guarded((call) => ({ status: 200, json: taskObject(find(call)) })) },
      { method: 'POST', path: '/ent/v2/tasks/{id}/cancel', operation: 'cancel', answer: guarded(cancel) },
      { method: 'GET', path: '/vidu-results/{id}/{name}', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: new ViduRefusal(500, 'InternalServiceFailure', 'internal service failure').answer('021701'),
      busy: new ViduRefusal(429, 'SystemThrottling', 'system throttling').answer('021702'),
      unauthorized: new ViduRefusal(401, 'Unauthorized', 'the token is invalid').answer('021703'),
      not_found: new ViduRefusal(404, 'NotFound', 'not found').answer('021704'),
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), state: 'hibernating' } }),
    callback(job, phase) {
      const { callbackUrl: url } = job.details.request
      // "on processing, success, failed".
      if (url === undefined || phase === 'queued') return undefined
      return { url, json: taskObject(job, phase), headers: signedHeaders(url, new Date(world.nowMs()).toUTCString(), `${job.id}-${phase}`) }
    },
  }
}

/** Signed with the key over the line of the request and two headers, each line ended, the last one too. */
export function signedHeaders(url: string, date: string, nonce: string, key = API_KEY): Record<string, string> {
  const { pathname, searchParams } = new URL(url)
  searchParams.sort()
  const text = ['POST', pathname, searchParams.toString(), 'vidu', date, `Date:${date}`, `x-request-nonce:${nonce}`, ''].join('\n')
  return {
    date,
    'x-request-nonce': nonce,
    'x-hmac-algorithm': 'hmac-sha256',
    'x-hmac-access-key': 'vidu',
    'x-hmac-signed-headers': 'Date;x-request-nonce',
    'x-hmac-signature': createHmac('sha256', key).update(text).digest('base64'),
  }
}
