import { createHmac } from 'node:crypto'
import sharp from 'sharp'
import { z } from 'zod'
import { imagesRequest, type ImagesRequest } from './volcengine-ark/images-request.ts'
import { durationOf, pixelsOf, type ArkModel } from './volcengine-ark/models.ts'
import { ArkRefusal, taskRequest, type TaskRequest } from './volcengine-ark/request.ts'
import { arkRefusals, arkSamples } from './volcengine-ark/samples.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays Volcengine Ark: Seedance tasks and Seedream pictures as of August 2026, refusing what the vendor refuses.
 * Endings are asked for in the prompt: `[[sim:output_moderation]]` and the others of `SENTINELS`; of a group of pictures
 * the first is refused by `[[sim:partly_moderated]]`.
 */
export function simulateVolcengineArk(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<ArkJob | ArkPictures>(options, arkWire)
}

/** Over at once, and kept for its links only. */
interface ArkPictures {
  pictures: ImagesRequest
}

interface ArkJob {
  request: TaskRequest
  model: ArkModel
  modelId: string
  durationSeconds: number
  seed: number
  error?: { code: string; message: string }
  /** Whether a succeeded task forgets to say where its video is. */
  empty: boolean
}
type Job = SimulatedJob<ArkJob>
type AnyJob = SimulatedJob<ArkJob | ArkPictures>
type ArkWorld = World<ArkJob | ArkPictures>

const API_KEY = 'simulated-ark-key-0f6d1c'
const TASKS = '/api/v3/contents/generations/tasks'
const IMAGES = '/api/v3/images/generations'
const RESULT_LIFETIME_SECONDS = 86_400
const TASK_LIFETIME_MS = 7 * 86_400_000

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  real_face: '[[sim:real_face]]',
  rate_limited: '[[sim:rate_limited]]',
  queue_full: '[[sim:queue_full]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  expiry: '[[sim:expiry]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

/** Refusals at the door. */
const REFUSED_BY_SENTINEL: Record<string, () => ArkRefusal> = {
  input_moderation: () => new ArkRefusal(400, 'InputTextSensitiveContentDetected', 'The request failed because the input text may contain sensitive information.'),
  real_face: () => new ArkRefusal(400, 'InputImageSensitiveContentDetected.PrivacyInformation', 'The request failed because the input image may contain real person.'),
  rate_limited: () => new ArkRefusal(429, 'RateLimitExceeded.EndpointRPMExceeded', 'The requests per minute (RPM) limit of the associated endpoint for your account has been exceeded.'),
  queue_full: () => new ArkRefusal(429, 'QuotaExceeded', 'The queue of tasks of your account is full, please wait for queued tasks to finish.'),
  no_money: () => new ArkRefusal(403, 'AccountOverdueError', 'The request failed because your account 2100123456 has an overdue balance.'),
  server_error: () => new ArkRefusal(500, 'InternalServiceError', 'The service encountered an unexpected internal error.'),
}

/** Failures on the way. */
const FAILED_BY_SENTINEL: Record<string, { code: string; message: string }> = {
  output_moderation: { code: 'OutputVideoSensitiveContentDetected', message: 'The request failed because the output video may contain sensitive information.' },
  late_parameter_error: { code: 'InvalidParameter', message: 'the parameter duration specified in the request is not valid for video editing' },
  render_failure: { code: 'InternalServiceError', message: 'The service encountered an unexpected internal error.' },
}

function arkWire(world: ArkWorld): Wire<ArkJob | ArkPictures> {
  const { jobs } = world
  const signer = createHmac('sha256', String(world.random())).digest('hex')
  /** Records that are gone. Their results lie in another service, where they are kept until their links end. */
  const deleted = new Set<string>()

  function create({ json }: IncomingCall): Answer {
    const { request, model } = taskRequest(json)
    const prompt = request.content.find((item) => item.type === 'text')?.text ?? ''
    const sentinel = sentinelIn(prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]?.()
    if (refusal) throw refusal

    const error = FAILED_BY_SENTINEL[sentinel]
    const job = world.accept({
      id: newTaskId(world, request.service_tier),
      body: json,
      ending: sentinel === 'expiry' ? 'expired' : endingOf(sentinel, error !== undefined),
      details: {
        request,
        model,
        modelId: request.model,
        durationSeconds: durationOf(request),
        seed: request.seed === undefined || request.seed === -1 ? Math.floor(world.random() * 2 ** 31) : request.seed,
        ...(error && { error }),
        empty: sentinel === 'no_result',
      },
    })
    return { status: 200, json: { id: job.id, ...(request.safety_identifier !== undefined && { safety_identifier: request.safety_identifier }) } }
  }

  function find({ params }: IncomingCall): Job {
    const job = jobs.get(params['id'] ?? '')
    if (job === undefined || !isTask(job) || deleted.has(job.id) || world.nowMs() > job.createdAtMs + TASK_LIFETIME_MS) throw new ArkRefusal(404, 'NotFound.Task', 'The specified task is not found.')
    return job
  }

  function remove(call: IncomingCall): Answer {
    const job = find(call)
    const phase = world.phaseOf(job)
    if (phase === 'running' || phase === 'cancelled') throw new ArkRefusal(400, 'InvalidParameter', `The task is ${phase} and cannot be cancelled or deleted.`)
    if (phase === 'queued') world.cancel(job)
    else deleted.add(job.id)
    return { status: 200, json: {} }
  }

  function list({ url }: IncomingCall): Answer {
    const query = listQuery.safeParse(Object.fromEntries(url.searchParams))
    if (!query.success) throw new ArkRefusal(400, 'InvalidParameter.page_size', 'the parameter page_num or page_size specified in the request is not valid')
    const { page_num: page, page_size: size, 'filter.status': status, 'filter.model': model, 'filter.service_tier': tier } = query.data
    const ids = url.searchParams.getAll('filter.task_ids')
    // Without the filter, tasks of the flex tier are not listed.
    const found = [...jobs.values()].filter(isTask).toReversed().filter(
      (job) =>
        !deleted.has(job.id) &&
        (job.details.request.service_tier ?? 'default') === (tier ?? 'default') &&
        (status === undefined || world.phaseOf(job) === status) &&
        (model === undefined || job.details.modelId === model) &&
        (ids.length === 0 || ids.includes(job.id)),
    )
    return { status: 200, json: { total: found.length, items: found.slice((page - 1) * size, page * size).map((job) => taskObject(job)) } }
  }

  function taskObject(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { request, model, error, empty, seed, durationSeconds, modelId } = job.details
    const { ratio, widthPixels, heightPixels } = pixelsOf(request, model)
    const changed = phase === 'queued' ? job.createdAtMs : phase === 'running' ? job.runsAtMs : world.changedAtMs(job)
    const tokens = Math.round((widthPixels * heightPixels * 24 * (durationSeconds + referenceSeconds(request))) / 1024)
    return {
      id: job.id,
      model: modelId,
      status: phase,
      error: phase === 'failed' ? error : null,
      created_at: Math.floor(job.createdAtMs / 1000),
      updated_at: Math.floor(changed / 1000),
      ...(phase === 'succeeded' && {
        content: empty ? {} : { video_url: signedUrl(job, 'video.mp4'), ...(request.return_last_frame && { last_frame_url: signedUrl(job, 'last.png') }) },
        usage: { completion_tokens: tokens, total_tokens: tokens },
      }),
      seed,
      resolution: request.resolution?.toLowerCase() ?? model.resolutions[0],
      ratio,
      ...(request.frames === undefined ? { duration: durationSeconds } : { frames: request.frames }),
      framespersecond: 24,
      ...(model.audio && { generate_audio: request.generate_audio ?? true }),
      service_tier: request.service_tier ?? 'default',
      ...(request.draft !== undefined && { draft: request.draft }),
      execution_expires_after: request.execution_expires_after ?? 172_800,
      ...(request.safety_identifier !== undefined && { safety_identifier: request.safety_identifier }),
    }
  }

  /** Signed for GET and for 24 hours from the end of the job, as the vendor's object storage does it. */
  function signedUrl(job: AnyJob, name: string): string {
    const url = new URL(`/ark-results/${job.id}/${name}`, world.origin())
    const date = new Date(job.endsAtMs).toISOString().replace(/[-:]|\.\d+/g, '')
    url.searchParams.set('X-Tos-Algorithm', 'TOS4-HMAC-SHA256')
    url.searchParams.set('X-Tos-Credential', `AKLTSIMULATED/${date.slice(0, 8)}/cn-beijing/tos/request`)
    url.searchParams.set('X-Tos-Date', date)
    url.searchParams.set('X-Tos-Expires', String(RESULT_LIFETIME_SECONDS))
    url.searchParams.set('X-Tos-SignedHeaders', 'host')
    url.searchParams.set('X-Tos-Signature', createHmac('sha256', signer).update(url.pathname + date).digest('hex'))
    return url.href
  }

  async function download({ url, params }: IncomingCall): Promise<Answer> {
    const job = jobs.get(params['id'] ?? '')
    if (job === undefined) return { status: 404, file: xml('NoSuchKey') }
    const late = world.nowMs() > job.endsAtMs + RESULT_LIFETIME_SECONDS * 1000
    if (late || url.href !== signedUrl(job, params['name'] ?? '')) return { status: 403, file: xml(late ? 'AccessDenied' : 'SignatureDoesNotMatch') }
    if ('pictures' in job.details) return { status: 200, file: await pictureFile(job.details.pictures) }
    const { request, model, durationSeconds } = job.details
    const { widthPixels, heightPixels } = pixelsOf(request, model)
    if (params['name'] === 'last.png') return { status: 200, file: { bytes: await world.media.png({ widthPixels, heightPixels }), mediaType: 'image/png' } }
    const audio = model.audio && (request.generate_audio ?? true)
    const bytes = await world.media.video({ widthPixels, heightPixels, durationSeconds, audio })
    return { status: 200, file: { bytes, mediaType: 'video/mp4' } }
  }

  async function createPictures({ json }: IncomingCall): Promise<Answer> {
    const request = imagesRequest(json)
    const sentinel = sentinelIn(request.prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]?.() ?? (sentinel === 'late_parameter_error' ? new ArkRefusal(400, 'InvalidParameter', FAILED_BY_SENTINEL['late_parameter_error']!.message) : undefined)
    if (refusal) throw refusal
    const created = Math.floor(world.nowMs() / 1000)
    const fault = sentinel === 'output_moderation' || sentinel === 'partly_moderated' ? PICTURE_MODERATED : FAILED_BY_SENTINEL[sentinel]
    const job = world.accept({ id: newPicturesId(), body: json, ending: 'succeeded', details: { pictures: request }, immediate: true })
    const entries: Record<string, unknown>[] = []
    for (let index = 0; index < request.count; index += 1) entries.push(await pictureEntry(job, request, index))
    if (sentinel === 'partly_moderated') entries[0] = { error: fault }
    const data = sentinel === 'no_result' ? [] : fault && sentinel !== 'partly_moderated' ? entries.map(() => ({ error: fault })) : entries
    const made = data.filter((entry) => !('error' in entry)).length
    const tokens = Math.round((request.widthPixels * request.heightPixels) / 256) * made
    const usage = { generated_images: made, output_tokens: tokens, total_tokens: tokens }
    if (request.stream) return events(request, { created, data, usage })
    return { status: 200, json: { model: request.model, created, data, usage, ...(fault && made === 0 && { error: fault }) } }
  }

  async function pictureEntry(job: AnyJob, request: ImagesRequest, index: number): Promise<Record<string, unknown>> {
    const { format, base64, widthPixels, heightPixels } = request
    const size = `${widthPixels}x${heightPixels}`
    return base64 ? { b64_json: Buffer.from((await pictureFile(request)).bytes).toString('base64'), size } : { url: signedUrl(job, `${index}.${format}`), size }
  }

  async function pictureFile({ format, widthPixels, heightPixels }: ImagesRequest): Promise<{ bytes: Uint8Array; mediaType: string }> {
    const png = await world.media.png({ widthPixels, heightPixels })
    return { bytes: format === 'png' ? png : await sharp(png).jpeg().toBuffer(), mediaType: `image/${format}` }
  }

  function newPicturesId(): string {
    return `0217${Math.floor(world.random() * 2 ** 48).toString(16).padStart(12, '0')}`
  }

  /** Behind the key, with refusals in the vendor's envelope. */
  const guarded = (answer: (call: IncomingCall) => Answer | Promise<Answer>) => async (call: IncomingCall): Promise<Answer> => {
    try {
      if (call.headers.authorization !== `Bearer ${API_KEY}`) throw new ArkRefusal(401, 'AuthenticationError', 'The API key in the request is missing or invalid.')
      return await answer(call)
    } catch (error) {
      if (error instanceof ArkRefusal) return error.answer(requestId(world))
      throw error
    }
  }

  return {
    provider: 'volcengine-ark',
    basePath: '/api/v3',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'not-the-key-of-this-ark' },
    samples: arkSamples(),
    refusals: arkRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: TASKS, operation: 'create', answer: guarded(create) },
      { method: 'GET', path: TASKS, operation: 'list', answer: guarded(list) },
      { method: 'GET', path: `${TASKS}/{id}`, operation: 'check', answer: guarded((call) => ({ status: 200, json: taskObject(find(call)) })) },
      { method: 'DELETE', path: `${TASKS}/{id}`, operation: 'cancel', answer: guarded(remove) },
      { method: 'POST', path: IMAGES, operation: 'create', answer: guarded(createPictures) },
      { method: 'GET', path: '/ark-results/{id}/{name}', operation: 'download', answer: download },
      // The signature is for GET.
      { method: 'HEAD', path: '/ark-results/{id}/{name}', operation: 'other', answer: () => ({ status: 403 }) },
    ],
    trouble: {
      server_error: new ArkRefusal(500, 'InternalServiceError', 'The service encountered an unexpected internal error.').answer('021701'),
      busy: new ArkRefusal(429, 'ServerOverloaded', 'The service is currently unable to handle additional requests due to server overload.').answer('021702'),
      unauthorized: new ArkRefusal(401, 'AuthenticationError', 'The API key in the request is missing or invalid.').answer('021703'),
      not_found: new ArkRefusal(404, 'NotFound.Task', 'The specified task is not found.').answer('021704'),
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'hibernating' } }),
    callback(job, phase) {
      if (!isTask(job)) return undefined
      const url = job.details.request.callback_url
      // A cancellation is not told of.
      return url === undefined || phase === 'cancelled' ? undefined : { url, json: taskObject(job, phase) }
    },
  }
}

function isTask(job: AnyJob): job is Job {
  return 'request' in job.details
}

const PICTURE_MODERATED = { code: 'OutputImageSensitiveContentDetected', message: 'The request failed because the output image may contain sensitive information.' }

/** One finished picture per event, then what all of them took. */
function events({ model }: ImagesRequest, { created, data, usage }: { created: number; data: Record<string, unknown>[]; usage: unknown }): Answer {
  const pictures = data.map((entry, index) => ({ type: 'error' in entry ? 'image_generation.partial_failed' : 'image_generation.partial_succeeded', model, created, image_index: index, ...entry }))
  const lines = [...pictures, { type: 'image_generation.completed', model, created, usage }].map((event) => `data: ${JSON.stringify(event)}\n\n`)
  return { status: 200, file: { bytes: Buffer.from(`${lines.join('')}data: [DONE]\n\n`), mediaType: 'text/event-stream' } }
}

const listQuery = z.object({
  page_num: z.coerce.number().int().min(1).max(500).default(1),
  page_size: z.coerce.number().int().min(1).max(500).default(10),
  'filter.status': z.string().optional(),
  'filter.model': z.string().optional(),
  'filter.service_tier': z.string().optional(),
})

/** `cgt-20260731174311-zmz5s`, and `cgt-batch-…` for the flex tier. */
function newTaskId(world: ArkWorld, tier: string | undefined): string {
  const time = new Date(world.nowMs()).toISOString().replace(/\D/g, '').slice(0, 14)
  const prefix = tier === 'flex' ? 'cgt-batch' : 'cgt'
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const ending = Math.floor(world.random() * 36 ** 5).toString(36).padStart(5, '0')
    const id = `${prefix}-${time}-${ending}`
    if (!world.jobs.has(id)) return id
  }
  throw new Error('more tasks in one second than there are ids')
}

function requestId(world: ArkWorld): string {
  return `0217${Math.floor(world.random() * 1e15).toString(16).padStart(13, '0')}`
}

/** The simulator cannot look into them: five seconds each. */
function referenceSeconds(request: TaskRequest): number {
  return request.content.filter((item) => item.type === 'video_url').length * 5
}

function xml(code: string): NonNullable<Answer['file']> {
  return { bytes: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`), mediaType: 'application/xml' }
}
