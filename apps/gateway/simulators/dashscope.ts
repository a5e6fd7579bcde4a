import { createHash } from 'node:crypto'
import { z } from 'zod'
import { dashscopeModel, PATHS, pixelsOf, type DashscopeModel, type DashscopePath } from './dashscope/models.ts'
import { DashscopeRefusal, invalidParameter } from './dashscope/refusal.ts'
import { dashscopeRefusals, dashscopeSamples } from './dashscope/samples.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays Alibaba's Model Studio as of October 2026: Wan and HappyHorse videos, Wan and Qwen pictures. Endings are asked for
 * in the prompt: `[[sim:output_moderation]]` and the others of `SENTINELS`; `[[sim:render_failure]]` and `[[sim:partial]]`
 * for tasks, since what is answered at once has neither.
 */
export function simulateDashscope(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<DashscopeJob>(options, dashscopeWire)
}

interface DashscopeJob {
  modelId: string
  model: DashscopeModel
  prompt: string
  parameters: Record<string, unknown>
  durationSeconds: number
  inputVideoSeconds: number
  count: number
  error?: { code: string; message: string }
  /** Whether a finished task forgets its results, or some of them failed. */
  flaw?: 'empty' | 'partial'
}
type Job = SimulatedJob<DashscopeJob>

const API_KEY = 'sk-simulated-dashscope-0f6d1c'
const LIFETIME_MS = 86_400_000

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  queue_full: '[[sim:queue_full]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const INSPECTED = 'Input or output data may contain inappropriate content.'

/** Refusals at the door. */
const REFUSED_BY_SENTINEL: Record<string, () => DashscopeRefusal> = {
  input_moderation: () => new DashscopeRefusal(400, 'DataInspectionFailed', INSPECTED),
  rate_limited: () => new DashscopeRefusal(429, 'Throttling.RateQuota', 'Requests rate limit exceeded, please try again later.'),
  queue_full: () => new DashscopeRefusal(429, 'Throttling.BurstRate', 'Too many tasks of account 2100123456 are running.'),
  no_money: () => new DashscopeRefusal(400, 'Arrearage', 'Access denied, please make sure your account is in good standing.'),
  server_error: () => new DashscopeRefusal(500, 'InternalError', 'An internal error has occured, please try again later.'),
}

/** Failures on the way. */
const FAILED_BY_SENTINEL: Record<string, { code: string; message: string }> = {
  output_moderation: { code: 'DataInspectionFailed', message: INSPECTED },
  late_parameter_error: { code: 'InvalidParameter', message: 'The resolution of the input image is invalid.' },
  render_failure: { code: 'InternalError.Algo', message: 'An internal error has occured during algorithm execution.' },
}

const envelope = z.strictObject({ model: z.string(), input: z.unknown(), parameters: z.unknown().optional() })

function dashscopeWire(world: World<DashscopeJob>): Wire<DashscopeJob> {
  const { jobs } = world

  const create = (path: DashscopePath) => (call: IncomingCall): Answer => {
    const atOnce = path === 'multimodal-generation/generation'
    if (!atOnce && call.headers['x-dashscope-async'] !== 'enable') throw new DashscopeRefusal(403, 'AccessDenied', 'current user api does not support synchronous calls')
    if (atOnce && call.headers['x-dashscope-async'] === 'enable') throw new DashscopeRefusal(403, 'AccessDenied', 'current user api does not support asynchronous calls')
    const { details, sentinel } = readCreate(call.json, path)
    const refusal = REFUSED_BY_SENTINEL[sentinel]?.()
    if (refusal) throw refusal
    if (atOnce && details.error) throw new DashscopeRefusal(400, details.error.code, details.error.message)

    const job = world.accept({ id: randomUuid(world), body: call.json, ending: endingOf(sentinel, details.error !== undefined), details, ...(atOnce && { immediate: true }) })
    if (!atOnce) return { status: 200, json: { output: { task_id: job.id, task_status: 'PENDING' }, request_id: randomUuid(world) } }
    const { widthPixels: width, heightPixels: height } = pixelsOf(details.parameters, 'pictures')
    return { status: 200, json: { output: { choices: choicesOf(job), task_metric: { TOTAL: 1, FAILED: 0, SUCCEEDED: 1 } }, usage: { width, height, image_count: 1 }, request_id: job.id } }
  }

  function readCreate(json: unknown, path: DashscopePath): { details: DashscopeJob; sentinel: string } {
    const body = envelope.safeParse(json)
    if (!body.success) throw invalidParameter(faultText(body.error, 'body'))
    const model = dashscopeModel(body.data.model)
    if (!model) throw new DashscopeRefusal(404, 'ModelNotFound', `The model \`${body.data.model}\` does not exist or you do not have access to it.`)
    if (model.path !== path) throw invalidParameter('url error, please check url!')
    const input = model.input.safeParse(body.data.input)
    if (!input.success) throw invalidParameter(faultText(input.error, 'input'))
    const parameters = model.parameters.safeParse(body.data.parameters ?? {})
    if (!parameters.success) throw invalidParameter(faultText(parameters.error, 'parameters'))
    model.check?.(input.data, parameters.data)

    const prompt = promptOf(input.data)
    const sentinel = sentinelIn(prompt) ?? ''
    const error = FAILED_BY_SENTINEL[sentinel]
    const inputVideoSeconds = /"(?:reference_video|video|first_clip)"|\.(?:mp4|mov)\b/.test(JSON.stringify(input.data)) ? 5 : 0
    return {
      sentinel,
      details: {
        modelId: body.data.model, model, prompt, parameters: parameters.data, inputVideoSeconds,
        durationSeconds: Number(parameters.data['duration'] ?? 0) || model.defaultSeconds,
        count: Number(parameters.data['n'] ?? 1),
        ...(error && { error }),
        ...(sentinel === 'no_result' && { flaw: 'empty' as const }),
        ...(sentinel === 'partial' && { flaw: 'partial' as const }),
      },
    }
  }

  /** Unknown ids and those of yesterday are alike, and no error. */
  function look({ params }: IncomingCall): Answer {
    const job = find(params['id'])
    if (!job) return { status: 200, json: { request_id: randomUuid(world), output: { task_id: params['id'], task_status: 'UNKNOWN' } } }
    const phase = world.phaseOf(job)
    return { status: 200, json: { request_id: randomUuid(world), output: outputOf(job, phase), ...(phase === 'succeeded' && { usage: usageOf(job) }) } }
  }

  function find(id: string | undefined): Job | undefined {
    const job = jobs.get(id ?? '')
    return job && world.nowMs() <= job.createdAtMs + LIFETIME_MS ? job : undefined
  }

  function outputOf(job: Job, phase: Phase): Record<string, unknown> {
    const { model, prompt, error } = job.details
    return {
      task_id: job.id,
      task_status: STATUS_WORDS[phase],
      submit_time: timeText(job.createdAtMs),
      ...(phase !== 'queued' && phase !== 'cancelled' && { scheduled_time: timeText(job.runsAtMs) }),
      ...(phase !== 'queued' && phase !== 'running' && { end_time: timeText(world.changedAtMs(job)) }),
      ...(phase === 'succeeded' && (model.usage === 'pictures' ? picturesOf(job) : { ...(job.details.flaw !== 'empty' && { video_url: resultUrl(job, 'video.mp4') }), orig_prompt: prompt, actual_prompt: prompt })),
      ...(phase === 'failed' && error),
    }
  }

  function picturesOf(job: Job): Record<string, unknown> {
    const { model, count, prompt, flaw } = job.details
    const metrics = { TOTAL: count, SUCCEEDED: flaw === 'partial' ? count - 1 : count, FAILED: flaw === 'partial' ? 1 : 0 }
    if (model.path === 'image-generation/generation') return { choices: choicesOf(job), finished: true }
    const results = flaw === 'empty' ? [] : Array.from({ length: count }, (_, index) => (flaw === 'partial' && index === 0 ? { code: 'InternalError.Timeout', message: 'An internal timeout error has occured.' } : { url: resultUrl(job, `${index}.png`), orig_prompt: prompt, actual_prompt: prompt }))
    return { results, task_metrics: metrics }
  }

  function choicesOf(job: Job): unknown[] {
    if (job.details.flaw === 'empty') return []
    return Array.from({ length: job.details.count }, (_, index) => ({ finish_reason: 'stop', message: { role: 'assistant', content: [{ type: 'image', image: resultUrl(job, `${index}.png`) }] } }))
  }

  function usageOf(job: Job): Record<string, unknown> {
    const { model, parameters, durationSeconds, inputVideoSeconds, count } = job.details
    const { widthPixels, heightPixels } = pixelsOf(parameters, model.usage)
    const size = `${widthPixels}*${heightPixels}`
    switch (model.usage) {
      case 'pictures':
        return { image_count: count, size }
      case 'older':
        return { video_duration: durationSeconds, video_ratio: '16:9', video_count: 1 }
      case 'newer':
        return { duration: durationSeconds + inputVideoSeconds, input_video_duration: inputVideoSeconds, output_video_duration: durationSeconds, SR: Number.parseInt(String(parameters['resolution'] ?? '720P'), 10), size, video_count: 1 }
    }
  }

  function cancel({ params }: IncomingCall): Answer {
    const job = find(params['id'])
    if (!job || world.phaseOf(job) !== 'queued') throw new DashscopeRefusal(400, 'UnsupportedOperation', 'Failed to cancel the task, please confirm if the task is in PENDING status.')
    world.cancel(job)
    return { status: 200, json: { request_id: randomUuid(world) } }
  }

  function list({ url }: IncomingCall): Answer {
    const query = listQuery.safeParse(Object.fromEntries(url.searchParams))
    if (!query.success) throw invalidParameter(faultText(query.error, 'query'))
    const { page_no: page, page_size: size, status, model_name: model, task_id: id } = query.data
    const found = [...jobs.values()].toReversed().filter((job) => (status === undefined || STATUS_WORDS[world.phaseOf(job)] === status) && (model === undefined || job.details.modelId === model) && (id === undefined || job.id === id))
    const data = found.slice((page - 1) * size, page * size).map((job) => ({ task_id: job.id, model_name: job.details.modelId, status: STATUS_WORDS[world.phaseOf(job)] }))
    return { status: 200, json: { request_id: randomUuid(world), data, total: found.length, total_page: Math.ceil(found.length / size), page_no: page, page_size: size } }
  }

  function resultUrl(job: Job, name: string): string {
    const ends = Math.floor((job.endsAtMs + LIFETIME_MS) / 1000)
    return `${world.origin()}/dashscope-results/${job.id}/${name}?Expires=${ends}&Signature=${createHash('sha256').update(`${job.id}/${name}/${ends}`).digest('hex')}`
  }

  async function download({ params, url, headers }: IncomingCall): Promise<Answer> {
    const job = jobs.get(params['id'] ?? '')
    // "download without the bearer header".
    const isSigned = job !== undefined && url.href === resultUrl(job, params['name'] ?? '') && headers.authorization === undefined
    if (!isSigned || world.nowMs() > job.endsAtMs + LIFETIME_MS) return { status: 403 }
    const { model, parameters, durationSeconds } = job.details
    const size = pixelsOf(parameters, model.usage)
    if (model.usage === 'pictures') return { status: 200, file: { bytes: await world.media.png(size), mediaType: 'image/png' } }
    return { status: 200, file: { bytes: await world.media.video({ ...size, durationSeconds, audio: model.sound && parameters['audio'] !== false }), mediaType: 'video/mp4' } }
  }

  /** Behind the key, with refusals in the vendor's envelope. */
  const guarded = (answer: (call: IncomingCall) => Answer) => (call: IncomingCall): Answer => {
    try {
      if (call.headers.authorization !== `Bearer ${API_KEY}`) throw new DashscopeRefusal(401, 'InvalidApiKey', 'Invalid API-key provided.')
      return answer(call)
    } catch (error) {
      if (error instanceof DashscopeRefusal) return error.answer(randomUuid(world))
      throw error
    }
  }

  return {
    provider: 'dashscope',
    basePath: '',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'sk-not-the-key' },
    samples: dashscopeSamples(),
    refusals: dashscopeRefusals(),
    sentinels: SENTINELS,
    routes: [
      ...PATHS.map((path) => ({ method: 'POST', path: `/api/v1/services/aigc/${path}`, operation: 'create' as const, answer: guarded(create(path)) })),
      { method: 'GET', path: '/api/v1/tasks', operation: 'list', answer: guarded(list) },
      { method: 'GET', path: '/api/v1/tasks/{id}', operation: 'check', answer: guarded(look) },
      { method: 'POST', path: '/api/v1/tasks/{id}/cancel', operation: 'cancel', answer: guarded(cancel) },
      { method: 'GET', path: '/dashscope-results/{id}/{name}', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: new DashscopeRefusal(500, 'InternalError', 'An internal error has occured, please try again later.').answer('021701'),
      busy: new DashscopeRefusal(429, 'Throttling', 'Too many requests.').answer('021702'),
      unauthorized: new DashscopeRefusal(401, 'InvalidApiKey', 'Invalid API-key provided.').answer('021703'),
      not_found: new DashscopeRefusal(404, 'NotFound', 'Not found.').answer('021704'),
    },
    withUnknownWord(answer) {
      const { output, ...rest } = answer.json as { output: Record<string, unknown> }
      return { ...answer, json: { ...rest, output: { ...output, task_status: 'HIBERNATING' } } }
    },
  }
}

const STATUS_WORDS: Record<Phase, string> = { queued: 'PENDING', running: 'RUNNING', succeeded: 'SUCCEEDED', failed: 'FAILED', expired: 'FAILED', cancelled: 'CANCELED' }

const listQuery = z.object({
  task_id: z.string().optional(),
  start_time: z.string().regex(/^\d{14}$/).optional(),
  end_time: z.string().regex(/^\d{14}$/).optional(),
  model_name: z.string().optional(),
  status: z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED']).optional(),
  page_no: z.coerce.number().int().min(1).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(10),
})

function promptOf(input: Record<string, unknown>): string {
  const messages = input['messages'] as { content: { text?: string }[] }[] | undefined
  return messages?.flatMap(({ content }) => content.flatMap(({ text }) => text ?? [])).join('\n') ?? String(input['prompt'] ?? '')
}

/** Without a zone: Beijing's. */
function timeText(ms: number): string {
  return new Date(ms + 8 * 3_600_000).toISOString().replace('T', ' ').slice(0, -1)
}

/** One of the faults, whichever comes first. */
function faultText({ issues: [issue] }: z.ZodError, where: string): string {
  if (issue?.code === 'unrecognized_keys') return `${where}.${issue.keys[0]} is not supported by this model`
  return `${[where, ...(issue?.path ?? [])].join('.')} is invalid`
}
