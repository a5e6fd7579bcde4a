import { createHmac } from 'node:crypto'
import sharp from 'sharp'
import { bflModel, creditsOf, megapixelsOf, secondsOf, type BflModel, type BflRequest } from './bfl-flux/models.ts'
import { bflRefusals, bflSamples } from './bfl-flux/samples.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays Black Forest Labs as of May 2026, and FLUX 3 video as of August: pictures and videos are submitted to a path per
 * model and followed at the `polling_url` of a region. Endings are asked for in the prompt: `[[sim:output_moderation]]`.
 */
export function simulateBflFlux(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<BflJob>(options, bflWire)
}

interface BflJob {
  request: BflRequest
  model: BflModel
  credits: number
  seed: number
  prompt: string
  /** The word that it ends with. */
  endsAs: string
  /** Whether it is ready and forgets to say where. */
  empty: boolean
}
type Job = SimulatedJob<BflJob>

const API_KEY = 'bfl_simulated-key-5a1c'
/** "valid 10 minutes". */
const RESULT_LIFETIME_SECONDS = 600

const SENTINELS = {
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  queue_full: '[[sim:queue_full]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const TOO_MANY: Answer = { status: 429, json: { detail: 'Too many active tasks. Limit: 24. Please wait for some of them to finish.' } }

/** Refusals at the door. The vendor moderates what goes in only after that. */
const REFUSED_BY_SENTINEL: Record<string, Answer> = {
  rate_limited: TOO_MANY,
  queue_full: TOO_MANY,
  no_money: { status: 402, json: { detail: 'Insufficient credits. Please add credits to your account.' } },
  server_error: { status: 500, json: { detail: 'Internal Server Error' } },
}

/** Words that a job ends with; also `[[sim:input_moderation]]`, which here is no refusal at the door. */
const ENDS_AS: Record<string, string> = { output_moderation: 'Content Moderated', input_moderation: 'Request Moderated', render_failure: 'Error' }

const UNAUTHORIZED: Answer = { status: 403, json: { detail: 'Not authenticated - Invalid Authentication' } }

function bflWire(world: World<BflJob>): Wire<BflJob> {
  const signer = createHmac('sha256', String(world.random())).digest('hex')

  function create({ params, json }: IncomingCall): Answer {
    const model = bflModel(params['model'] ?? '')
    if (model === undefined) return { status: 404, json: { detail: 'Not Found' } }
    const parsed = model.body.safeParse(json)
    if (!parsed.success) return { status: 422, json: { detail: parsed.error.issues.map(({ path, message, code }) => ({ loc: ['body', ...path], msg: message, type: code })) } }
    const request: BflRequest = parsed.data
    const prompt = typeof request['prompt'] === 'string' ? request['prompt'] : ''
    const sentinel = sentinelIn(prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]
    if (refusal) return refusal

    const endsAs = ENDS_AS[sentinel] ?? 'Ready'
    const credits = creditsOf(model, request)
    const seed = typeof request['seed'] === 'number' ? request['seed'] : Math.floor(world.random() * 2 ** 31)
    const job = world.accept({ id: randomUuid(world), body: json, ending: endingOf(sentinel, endsAs !== 'Ready'), details: { request, model, credits, seed, prompt, endsAs, empty: sentinel === 'no_result' } })
    const counted = { cost: model.isVideo ? null : credits, input_mp: null, output_mp: model.isVideo ? null : megapixelsOf(model, request) }
    const webhook = request['webhook_url']
    if (typeof webhook === 'string') return { status: 200, json: { id: job.id, status: 'Pending', webhook_url: webhook, ...counted } }
    return { status: 200, json: { id: job.id, polling_url: `${world.origin()}/region-eu2/v1/get_result?id=${job.id}`, ...counted } }
  }

  /** Each region knows its own jobs; the general address knows those that are told of by webhook. */
  const read = (isRegion: boolean) => ({ url }: IncomingCall): Answer => {
    const id = url.searchParams.get('id')
    if (id === null) return { status: 422, json: { detail: [{ loc: ['query', 'id'], msg: 'Field required', type: 'missing' }] } }
    const job = world.jobs.get(id)
    if (job === undefined || (job.details.request['webhook_url'] === undefined) !== isRegion) return notFound(id)
    return { status: 200, json: taskObject(job) }
  }

  function taskObject(job: Job): Record<string, unknown> {
    const { details } = job
    const phase = world.phaseOf(job)
    const running = phase === 'queued' || phase === 'running'
    const moderated = !running && details.endsAs.endsWith('Moderated')
    return {
      id: job.id,
      status: running ? 'Pending' : details.endsAs,
      result: phase === 'succeeded' && !details.empty ? resultOf(job) : null,
      progress: phase === 'running' ? 0.5 : null,
      details: moderated ? (details.model.isVideo ? 'Safety Filter' : { 'Moderation Reasons': ['Safety Filter'] }) : null,
      preview: null,
      ...(phase === 'succeeded' && { cost: details.credits }),
    }
  }

  function resultOf(job: Job): Record<string, unknown> {
    const startSeconds = job.runsAtMs / 1000
    const endSeconds = job.endsAtMs / 1000
    return { sample: resultUrl(job), prompt: job.details.prompt, seed: job.details.seed, start_time: startSeconds, end_time: endSeconds, duration: endSeconds - startSeconds }
  }

  /** Signed anew each time it is asked for. */
  function resultUrl(job: Job): string {
    const endsAtSeconds = Math.floor(world.nowMs() / 1000) + RESULT_LIFETIME_SECONDS
    return `${world.origin()}/delivery/${job.id}/sample.${extensionOf(job)}?se=${endsAtSeconds}&sig=${signatureOf(job.id, endsAtSeconds)}`
  }

  function signatureOf(id: string, endsAtSeconds: number): string {
    return createHmac('sha256', signer).update(`${id} ${endsAtSeconds}`).digest('hex')
  }

  async function download({ params, url }: IncomingCall): Promise<Answer> {
    const job = world.jobs.get(params['id'] ?? '')
    const endsAtSeconds = Number(url.searchParams.get('se'))
    const good = job !== undefined && url.searchParams.get('sig') === signatureOf(job.id, endsAtSeconds) && world.nowMs() / 1000 <= endsAtSeconds
    if (!good || world.phaseOf(job) !== 'succeeded') return { status: 403, file: { bytes: Buffer.from('<Error><Code>AuthenticationFailed</Code></Error>'), mediaType: 'application/xml' } }
    return { status: 200, file: await fileOf(job) }
  }

  async function fileOf({ details: { model, request } }: Job): Promise<NonNullable<Answer['file']>> {
    const [widthPixels, heightPixels] = model.pixels(request)
    if (model.isVideo) return { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds: secondsOf(request), audio: request['generate_audio'] !== false }), mediaType: 'video/mp4' }
    const png = await world.media.png({ widthPixels, heightPixels })
    const format = formatOf(model, request)
    return { bytes: format === 'png' ? png : await sharp(png).toFormat(format).toBuffer(), mediaType: `image/${format}` }
  }

  const guarded = (answer: (call: IncomingCall) => Answer) => (call: IncomingCall): Answer => {
    const key = call.headers['x-key']
    if (key === undefined) return { status: 403, json: { detail: 'Not authenticated' } }
    return key === API_KEY ? answer(call) : UNAUTHORIZED
  }

  return {
    provider: 'bfl-flux',
    basePath: '/v1',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'bfl_not-the-key' },
    samples: bflSamples(),
    refusals: bflRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/{model}', operation: 'create', answer: guarded(create) },
      { method: 'GET', path: '/v1/get_result', operation: 'check', answer: guarded(read(false)) },
      { method: 'GET', path: '/region-eu2/v1/get_result', operation: 'check', answer: guarded(read(true)) },
      { method: 'GET', path: '/v1/credits', operation: 'other', answer: guarded(() => ({ status: 200, json: { credits: 1234.5 } })) },
      { method: 'GET', path: '/v1/my_finetunes', operation: 'other', answer: guarded(() => ({ status: 200, json: { finetunes: [] } })) },
      { method: 'GET', path: '/delivery/{id}/{name}', operation: 'download', answer: download },
    ],
    trouble: { server_error: { status: 500, json: { detail: 'Internal Server Error' } }, busy: TOO_MANY, unauthorized: UNAUTHORIZED, not_found: notFound('0d5e26f1-6b11-4c32-a8c2-7d5d0c5b7a10') },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'Hibernating' } }),
    callback(job, phase) {
      const url = job.details.request['webhook_url']
      return typeof url === 'string' && isEnd(phase) ? { url, json: messageOf(job) } : undefined
    },
  }

  function messageOf(job: Job): Record<string, unknown> {
    const { id, status, result, details } = taskObject(job)
    return result === null ? { id, status: 'Error', error: status, message: details } : { id, status: 'Ready', result, timestamp: new Date(job.endsAtMs).toISOString() }
  }
}

function notFound(id: string): Answer {
  return { status: 404, json: { id, status: 'Task not found', result: null, progress: null, details: null, preview: null } }
}

function isEnd(phase: Phase): boolean {
  return phase === 'succeeded' || phase === 'failed'
}

function extensionOf({ details: { model, request } }: Job): string {
  return model.isVideo ? 'mp4' : formatOf(model, request)
}

function formatOf(model: BflModel, request: BflRequest): 'jpeg' | 'png' | 'webp' {
  const format = request['output_format']
  return format === 'jpeg' || format === 'png' || format === 'webp' ? format : model.format
}
