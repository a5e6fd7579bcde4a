import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { z } from 'zod'
import { FAL_APPS, type FalApp, type FalInput } from './fal/apps.ts'
import { falRefusals, falSamples } from './fal/samples.ts'
import { evenSides, evenSidesOfSquare } from './even-sides.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays fal as of November 2026: its queue, its storage, its signed webhooks, and direct calls below `/run`. What an app
 * cannot do is found when it runs, and is replayed with the result, as at fal. Endings are asked for in the prompt:
 * `[[sim:output_moderation]]` and the others of `SENTINELS`.
 */
export function simulateFal(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<FalJob>(options, falWire)
}

interface FalJob {
  queue: string
  input: FalInput
  app: FalApp
  webhook?: string
  failure?: Failure
  empty: boolean
}
type Job = SimulatedJob<FalJob>
type Failure = { status: number; json: Record<string, unknown>; errorType: string }

const KEY = '0f1e2d3c-1111-4222-8333-944455566677:5a3f9c0d1e2b4a6f8c7d6e5f4a3b2c1d'
const FILE_BYTES_MAX = 90 * 1024 * 1024
const DEFAULT_SECONDS = 5

const SENTINELS = {
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  render_failure: '[[sim:render_failure]]',
  expiry: '[[sim:expiry]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const REFUSED_BY_SENTINEL: Record<string, Answer> = {
  rate_limited: { status: 429, json: { detail: 'Too many requests' } },
  no_money: { status: 403, json: { detail: 'User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.' } },
  server_error: { status: 500, json: { detail: 'Internal Server Error' } },
}

const modelError = (status: number, type: string, msg: string, loc: (string | number)[] = ['body', 'prompt']): Failure => ({ status, errorType: type, json: { detail: [{ loc, msg, type, url: `https://docs.fal.ai/errors#${type}`, input: null }] } })

const FAILED_BY_SENTINEL: Record<string, Failure> = {
  output_moderation: modelError(422, 'content_policy_violation', 'The content could not be processed because it contained material flagged by a content checker.'),
  late_parameter_error: modelError(422, 'image_too_small', 'The image is too small.', ['body', 'image_url']),
  render_failure: modelError(500, 'internal_server_error', 'Internal server error'),
  expiry: { status: 504, errorType: 'request_timeout', json: { detail: 'Request timed out', error_type: 'request_timeout' } },
}

function falWire(world: World<FalJob>): Wire<FalJob> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const uploads = new Map<string, Uint8Array | undefined>()
  const videos = new Set<string>()

  function submit({ params, url, json }: IncomingCall): Answer {
    const id = params['app'] ?? ''
    const app = FAL_APPS.get(id)
    if (!app) return { status: 404, json: { detail: `Application '${id.split('/')[1] ?? id}' not found` } }
    const input = z.record(z.string(), z.unknown()).safeParse(json)
    if (!input.success) return { status: 422, json: { detail: [{ loc: ['body'], msg: 'Input should be a valid dictionary', type: 'dict_type' }] } }
    const refusal = REFUSED_BY_SENTINEL[sentinelIn(String(input.data['prompt'] ?? '')) ?? '']
    if (refusal) return refusal
    const webhook = url.searchParams.get('fal_webhook')
    if (webhook !== null && !URL.canParse(webhook)) return { status: 400, json: { detail: 'Invalid webhook URL' } }

    const job = accept(id, app, { input: input.data, ...(webhook !== null && { webhook }) })
    return { status: 200, json: { status: 'IN_QUEUE', request_id: job.id, gateway_request_id: job.id, queue_position: 0, ...linksOf(job) } }
  }

  /** A call that waits for the result. */
  function run({ params, json }: IncomingCall): Answer {
    const id = params['app'] ?? ''
    const app = FAL_APPS.get(id)
    if (!app) return { status: 404, json: { detail: 'Not found' } }
    const job = accept(id, app, { input: z.record(z.string(), z.unknown()).catch({}).parse(json), immediate: true })
    return { ...resultOf(job), headers: { 'x-fal-request-id': job.id } }
  }

  function accept(id: string, app: FalApp, { input, webhook, immediate }: { input: FalInput; webhook?: string; immediate?: true }): Job {
    const sentinel = sentinelIn(String(input['prompt'] ?? '')) ?? ''
    const failure = FAILED_BY_SENTINEL[sentinel] ?? faultOf(app, input)
    const ending = endingOf(sentinel, failure !== undefined)
    const details: FalJob = { queue: id.split('/').slice(0, 2).join('/'), input, app, empty: sentinel === 'no_result', ...(failure && { failure }), ...(webhook !== undefined && { webhook }) }
    const job = world.accept({ id: randomUuid(world), body: input, ending, details, ...(immediate && { immediate }) })
    if (app.remixes && input['delete_video'] === false) videos.add(videoIdOf(job))
    return job
  }

  function faultOf(app: FalApp, input: FalInput): Failure | undefined {
    const parsed = app.input.safeParse(input)
    if (!parsed.success) {
      const detail = parsed.error.issues.map(({ path, message, code }) => ({ loc: ['body', ...path.map(String)], msg: message, type: code ?? 'value_error' }))
      return { status: 422, errorType: 'value_error', json: { detail } }
    }
    const stored = Object.values(input).flat().filter((value): value is string => typeof value === 'string' && value.startsWith(`${world.origin()}/fal-files/`))
    if (stored.some((address) => uploads.get(address.split('/').at(-1) ?? '') === undefined)) return modelError(422, 'file_download_error', 'Failed to download the file.', ['body', 'image_url'])
    const videoId = input['video_id']
    return videoId === undefined || videos.has(String(videoId)) ? undefined : modelError(422, 'value_error', 'Video not found or expired.', ['body', 'video_id'])
  }

  function find({ params }: IncomingCall): Job | undefined {
    const job = world.jobs.get(params['id'] ?? '')
    // With or without the app's subpath.
    return job && (params['app'] === job.details.queue || params['app']?.startsWith(`${job.details.queue}/`)) ? job : undefined
  }

  function linksOf(job: Job): Record<string, string> {
    const base = `${world.origin()}/${job.details.queue}/requests/${job.id}`
    return { response_url: base, status_url: `${base}/status`, cancel_url: `${base}/cancel` }
  }

  function status(job: Job): Answer {
    const phase = world.phaseOf(job)
    const common = { request_id: job.id, ...linksOf(job) }
    if (phase === 'queued') return { status: 202, json: { status: 'IN_QUEUE', queue_position: 0, ...common } }
    if (phase === 'running') return { status: 202, json: { status: 'IN_PROGRESS', logs: null, ...common } }
    const failure = failureOf(job, phase)
    return { status: 200, json: { status: 'COMPLETED', logs: null, metrics: { inference_time: (job.endsAtMs - job.runsAtMs) / 1000 }, ...common, ...(failure && { error: `Invalid status code: ${failure.status}`, error_type: failure.errorType }) } }
  }

  function failureOf(job: Job, phase: Phase): Failure | undefined {
    if (phase === 'cancelled') return { status: 499, errorType: 'client_cancelled', json: { detail: 'Request was cancelled', error_type: 'client_cancelled' } }
    return job.details.failure
  }

  function resultOf(job: Job, phase: Phase = world.phaseOf(job)): Answer {
    if (phase === 'queued' || phase === 'running') return { status: 400, json: { detail: 'Request is still in progress' } }
    const failure = failureOf(job, phase)
    return failure ? { status: failure.status, json: failure.json } : { status: 200, json: outputOf(job) }
  }

  function outputOf(job: Job): Record<string, unknown> {
    const { app, input, empty } = job.details
    const [width, height] = sizeOf(app, input)
    if (app.kind === 'image') {
      const count = empty ? 0 : Number(input['num_images'] ?? 1)
      const images = Array.from({ length: count }, (_, index) => ({ url: `${world.origin()}/fal-results/${job.id}/${index}.png`, content_type: 'image/png', file_name: `${index}.png`, width, height }))
      return { images, seed: 7, has_nsfw_concepts: images.map(() => false), timings: { inference: 1.2 } }
    }
    const file = { url: `${world.origin()}/fal-results/${job.id}/output.mp4`, content_type: 'video/mp4', file_name: 'output.mp4' }
    return { video: empty ? null : file, ...(app.remixes && { video_id: videoIdOf(job), thumbnail: { url: `${world.origin()}/fal-results/${job.id}/thumbnail.png`, content_type: 'image/png' } }) }
  }

  function cancel(call: IncomingCall): Answer {
    const job = find(call)
    if (!job) return { status: 404, json: { status: 'NOT_FOUND' } }
    switch (world.phaseOf(job)) {
      case 'queued':
        world.cancel(job)
        return { status: 200, json: { status: 'OK' } }
      case 'running':
        return { status: 202, json: { status: 'CANCELLATION_REQUESTED' } }
      default:
        return { status: 400, json: { status: 'ALREADY_COMPLETED' } }
    }
  }

  async function download({ params }: IncomingCall): Promise<Answer> {
    const job = world.jobs.get(params['id'] ?? '')
    if (!job) return { status: 404, json: { detail: 'Not found' } }
    const { app, input } = job.details
    const [widthPixels, heightPixels] = sizeOf(app, input)
    if (params['name']?.endsWith('.png')) return { status: 200, file: { bytes: await world.media.png({ widthPixels, heightPixels }), mediaType: 'image/png' } }
    const durationSeconds = Number.parseInt(String(input['duration'] ?? app.seconds ?? DEFAULT_SECONDS), 10)
    return { status: 200, file: { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds, audio: app.sound === true && input['generate_audio'] !== false }), mediaType: 'video/mp4' } }
  }

  function initiate({ json, url }: IncomingCall): Answer {
    const file = z.strictObject({ content_type: z.string().min(3), file_name: z.string().min(1) }).safeParse(json)
    if (!file.success || url.searchParams.get('storage_type') !== 'fal-cdn-v3') return { status: 422, json: { detail: 'Invalid upload' } }
    const id = randomUuid(world)
    uploads.set(id, undefined)
    return { status: 200, json: { upload_url: `${world.origin()}/fal-uploads/${id}?signature=f00d`, file_url: `${world.origin()}/fal-files/${id}` } }
  }

  function store({ params, url, bytes, headers }: IncomingCall): Answer {
    const id = params['id'] ?? ''
    const signed = url.searchParams.get('signature') === 'f00d' && headers.authorization === undefined && headers['content-type'] !== undefined
    if (!signed || !uploads.has(id) || bytes.length > FILE_BYTES_MAX) return { status: 403, json: { detail: 'Forbidden' } }
    uploads.set(id, bytes)
    return { status: 200, json: {} }
  }

  const guarded = (answer: (call: IncomingCall) => Answer) => (call: IncomingCall): Answer => {
    const { authorization } = call.headers
    if (authorization === undefined) return { status: 401, json: { detail: 'Authentication is required to access this application' } }
    if (!/^Key [^:]+:[^:]+$/.test(authorization)) return { status: 401, json: { detail: 'Invalid Key authorization header format. Expected "Key id:secret".' } }
    return authorization === `Key ${KEY}` ? answer(call) : UNAUTHORIZED
  }
  const ofJob = (answer: (job: Job) => Answer) => guarded((call) => {
    const job = find(call)
    return job ? answer(job) : NOT_FOUND
  })

  return {
    provider: 'fal',
    basePath: '',
    credential: { api_key: KEY },
    wrongCredential: { api_key: '99999999-1111-4222-8333-944455566677:nobody' },
    /** Known once the server listens. */
    get settings() {
      return { storage_url: `${world.origin()}/rest` }
    },
    samples: falSamples(),
    refusals: falRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/rest/storage/upload/initiate', operation: 'other', answer: guarded(initiate) },
      { method: 'GET', path: '/rest/.well-known/jwks.json', operation: 'other', answer: () => ({ status: 200, json: { keys: [publicKey.export({ format: 'jwk' })] } }) },
      { method: 'PUT', path: '/fal-uploads/{id}', operation: 'other', answer: store },
      { method: 'GET', path: '/fal-results/{id}/{name}', operation: 'download', answer: download },
      { method: 'POST', path: '/run/{app*}', operation: 'other', answer: guarded(run) },
      { method: 'GET', path: '/{app*}/requests/{id}/status', operation: 'check', answer: ofJob(status) },
      { method: 'GET', path: '/{app*}/requests/{id}', operation: 'check', answer: ofJob((job) => ({ ...resultOf(job), headers: { 'x-fal-request-id': job.id } })) },
      { method: 'PUT', path: '/{app*}/requests/{id}/cancel', operation: 'cancel', answer: guarded(cancel) },
      { method: 'POST', path: '/{app*}', operation: 'create', answer: guarded(submit) },
    ],
    trouble: {
      server_error: { status: 500, json: { detail: 'Internal Server Error' } },
      busy: { status: 429, json: { detail: 'Too many requests' } },
      unauthorized: UNAUTHORIZED,
      not_found: NOT_FOUND,
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'HIBERNATING' } }),
    callback(job, phase) {
      const { webhook } = job.details
      if (webhook === undefined || (phase !== 'succeeded' && phase !== 'failed')) return undefined
      const result = resultOf(job, phase)
      const json = { request_id: job.id, gateway_request_id: job.id, status: result.status < 300 ? 'OK' : 'ERROR', payload: result.json, ...(result.status >= 300 && { error: `Invalid status code: ${result.status}` }) }
      const timestamp = String(Math.floor(world.nowMs() / 1000))
      const signed = [job.id, 'user-1', timestamp, createHash('sha256').update(JSON.stringify(json)).digest('hex')].join('\n')
      return {
        url: webhook,
        json,
        headers: { 'x-fal-webhook-request-id': job.id, 'x-fal-webhook-user-id': 'user-1', 'x-fal-webhook-timestamp': timestamp, 'x-fal-webhook-signature': sign(null, Buffer.from(signed), privateKey).toString('hex') },
      }
    },
  }
}

const UNAUTHORIZED: Answer = { status: 401, json: { detail: 'No user found for Key ID and Secret' } }
const NOT_FOUND: Answer = { status: 404, json: { detail: 'Not found' } }

function videoIdOf(job: Job): string {
  return `video_${job.id.replaceAll('-', '')}`
}

const SIZE_WORDS: Record<string, [number, number]> = { square_hd: [1024, 1024], square: [512, 512], portrait_4_3: [768, 1024], portrait_16_9: [576, 1024], landscape_4_3: [1024, 768], landscape_16_9: [1024, 576] }
const PICTURE_SIDES: Record<string, number> = { '0.5K': 512, '1K': 1024, '2K': 2048, '4K': 4096 }

/** What was asked for in whatever words the app has; sides of videos are even. */
function sizeOf({ kind, resolution }: FalApp, input: FalInput): [number, number] {
  const size = input['image_size']
  if (typeof size === 'object' && size !== null && 'width' in size && 'height' in size) return [Number(size.width), Number(size.height)]
  if (typeof size === 'string') return SIZE_WORDS[size] ?? (/^\d+x\d+$/.test(size) ? (size.split('x').map(Number) as [number, number]) : [1024, 1024])
  const ratio = String(input['aspect_ratio'] ?? '')
  const [across = 16, down = 9] = ratio.includes(':') ? ratio.split(':').map(Number) : kind === 'image' ? [1, 1] : []
  if (kind === 'image') {
    const side = PICTURE_SIDES[String(input['resolution'] ?? '1K')] ?? 1024
    return evenSidesOfSquare(side, across / down)
  }
  const word = String(input['resolution'] ?? resolution ?? '720p')
  const short = word === '4k' ? 2160 : word === 'true_1080p' ? 1080 : word === 'auto' ? 720 : Number.parseInt(word, 10)
  return evenSides(short, across / down)
}
