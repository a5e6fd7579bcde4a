import { createHash } from 'node:crypto'
import { H3Refusal, MinimaxRefusal } from './minimax/refusal.ts'
import { clipPixels, clipRequest, imagePixels, imageRequest, videoPixels, videoRequest, type ImageRequest, type VideoTaskType } from './minimax/requests.ts'
import { minimaxRefusals, minimaxSamples } from './minimax/samples.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type Ending, type IncomingCall, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays MiniMax as of August 2026: Hailuo on version 1, H3 on version 2, and pictures; an address to call back is asked for
 * a word before a job is accepted. Endings are asked for in the prompt: `[[sim:output_moderation]]` and the others of
 * `SENTINELS`, and `[[sim:expiry]]` for version 2.
 */
export function simulateMinimax(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<MinimaxJob>(options, minimaxWire)
}

type MinimaxJob = ClipJob | VideoJob | { wire: 'images'; request: ImageRequest }

interface Common {
  model: string
  durationSeconds: number
  resolution: string
  callbackUrl: string | undefined
  error?: number
  /** Whether a finished task forgets its file. */
  empty: boolean
}
interface ClipJob extends Common {
  wire: 'v1'
}
interface VideoJob extends Common {
  wire: 'v2'
  ratio: string
  type: VideoTaskType
  inputVideos: number
  inputImages: number
}
type Job = SimulatedJob<MinimaxJob>

const API_KEY = 'simulated-minimax-key-0f6d1c'
const RESULT_LIFETIME_MS = 3_600_000

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

/** Refusals at the door, in both versions' words. */
const REFUSED_BY_SENTINEL: Record<string, { code: number; status: number; message: string }> = {
  input_moderation: { code: 1026, status: 422, message: 'input new_sensitive' },
  rate_limited: { code: 1002, status: 429, message: 'rate limit' },
  queue_full: { code: 1039, status: 429, message: 'token limit of account 2100123456' },
  no_money: { code: 1008, status: 402, message: 'insufficient balance' },
  server_error: { code: 1013, status: 500, message: 'internal service error' },
}

/** Failures on the way, and what pictures are refused with at once. */
const FAILED_BY_SENTINEL: Record<string, number> = { output_moderation: 1027, late_parameter_error: 2013, render_failure: 1000 }
const FAILURE_WORDS: Record<number, string> = { 1027: 'output new_sensitive', 2013: 'invalid params', 1000: 'unknown error' }

function minimaxWire(world: World<MinimaxJob>): Wire<MinimaxJob> {
  const { jobs } = world
  const deleted = new Set<string>()
  let links = 0

  async function createClip({ json }: IncomingCall): Promise<Answer> {
    const { request, durationSeconds, resolution } = clipRequest(json)
    const sentinel = sentinelIn(request.prompt ?? '') ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]
    if (refusal) throw new MinimaxRefusal(refusal.code, refusal.message)
    if (!(await answersChallenge(request.callback_url))) throw new MinimaxRefusal(2013, 'invalid params, callback_url did not answer the challenge')
    const job = world.accept({
      id: newId(),
      body: json,
      ending: endingAsked(sentinel),
      details: { wire: 'v1', model: request.model, durationSeconds, resolution, callbackUrl: request.callback_url, ...failureBy(sentinel), empty: sentinel === 'no_result' },
    })
    return { status: 200, json: { task_id: job.id, base_resp: OK } }
  }

  async function createVideo({ json }: IncomingCall): Promise<Answer> {
    const { request, type } = videoRequest(json)
    const text = request.content.find((item) => item.type === 'text')?.text ?? ''
    const sentinel = sentinelIn(text) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]
    if (refusal) throw new H3Refusal(refusal.status, refusal.message)
    if (!(await answersChallenge(request.callback_url))) throw new H3Refusal(400, 'callback_url did not answer the challenge')
    const job = world.accept({
      id: newId(),
      body: json,
      ending: endingAsked(sentinel),
      details: {
        wire: 'v2', model: request.model, durationSeconds: request.duration, resolution: request.resolution, ratio: request.ratio ?? 'adaptive', type, callbackUrl: request.callback_url,
        inputVideos: request.content.filter((item) => item.type === 'video_url').length, inputImages: request.content.filter((item) => item.type === 'image_url').length,
        ...failureBy(sentinel), empty: sentinel === 'no_result',
      },
    })
    return { status: 200, json: { task_id: job.id } }
  }

  async function createImages({ json }: IncomingCall): Promise<Answer> {
    const request = imageRequest(json)
    const sentinel = sentinelIn(request.prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]
    if (refusal) throw new MinimaxRefusal(refusal.code, refusal.message)
    if (sentinel === 'output_moderation' || sentinel === 'late_parameter_error') throw new MinimaxRefusal(FAILED_BY_SENTINEL[sentinel]!, FAILURE_WORDS[FAILED_BY_SENTINEL[sentinel]!]!)

    const id = createHash('md5').update(`${newId()}`).digest('hex')
    world.accept({ id, body: json, ending: 'succeeded', details: { wire: 'images', request }, immediate: true })
    const asked = request.n ?? 1
    const made = sentinel === 'render_failure' || sentinel === 'no_result' ? 0 : asked
    const data = request.response_format === 'base64' ? { image_base64: await inBase64(request, made) } : { image_urls: Array.from({ length: made }, (_, index) => resultUrl(id, `${index}.png`)) }
    return { status: 200, json: { id, data, metadata: { success_count: String(made), failed_count: String(sentinel === 'no_result' ? 0 : asked - made) }, base_resp: OK } }
  }

  async function inBase64(request: ImageRequest, count: number): Promise<string[]> {
    const picture = Buffer.from(await world.media.png(imagePixels(request))).toString('base64')
    return Array.from({ length: count }, () => picture)
  }

  /** An address must say back what it is sent; the vendor waits three seconds for it. */
  async function answersChallenge(url: string | undefined): Promise<boolean> {
    if (url === undefined) return true
    const challenge = Math.floor(world.random() * 2 ** 48).toString(16)
    const answer = await world.post(url, { challenge })
    return answer?.status === 200 && (answer.json as { challenge?: unknown } | undefined)?.challenge === challenge
  }

  function newId(): string {
    for (let attempt = 0; attempt < 1_000; attempt += 1) {
      const id = String(100_000_000_000_000 + Math.floor(world.random() * 800_000_000_000_000))
      if (!jobs.has(id)) return id
    }
    throw new Error('more tasks than there are ids')
  }

  function findClip(id: string | null): Job & { details: ClipJob } {
    const job = jobs.get(id ?? '')
    if (job?.details.wire !== 'v1') throw new MinimaxRefusal(2013, 'invalid params, task_id')
    return job as Job & { details: ClipJob }
  }

  function findVideo(id: string | undefined): Job & { details: VideoJob } {
    const job = jobs.get(id ?? '')
    if (job?.details.wire !== 'v2' || deleted.has(job.id)) throw new H3Refusal(404, 'task not found')
    return job as Job & { details: VideoJob }
  }

  /** "file_id is a string in query and an integer in retrieve". */
  function clipObject(job: Job & { details: ClipJob }, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { error, empty, resolution } = job.details
    const done = phase === 'succeeded'
    const size = clipPixels(resolution)
    return {
      task_id: job.id,
      status: CLIP_WORDS[phase],
      file_id: done && !empty ? fileIdOf(job) : '',
      video_width: done ? size.widthPixels : 0,
      video_height: done ? size.heightPixels : 0,
      base_resp: error !== undefined && phase === 'failed' ? { status_code: error, status_msg: FAILURE_WORDS[error] } : OK,
    }
  }

  function videoObject(job: Job & { details: VideoJob }, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { details } = job
    const inputSeconds = details.inputVideos * 5
    return {
      task: {
        id: job.id,
        model: details.model,
        status: phase,
        created_at: Math.floor(job.createdAtMs / 1000),
        updated_at: Math.floor((phase === 'queued' ? job.createdAtMs : phase === 'running' ? job.runsAtMs : world.changedAtMs(job)) / 1000),
        resolution: details.resolution,
        duration: details.durationSeconds,
        ratio: details.ratio,
        task_type: details.type,
        modality: 'video',
        ...(phase === 'succeeded' && {
          content: details.empty ? {} : { url: resultUrl(job.id, 'output.mp4') },
          usage: { total_seconds: inputSeconds + details.durationSeconds, input_seconds: inputSeconds, output_seconds: details.durationSeconds, input_image_count: details.inputImages },
        }),
        ...(phase === 'failed' && { error: { code: String(details.error), message: FAILURE_WORDS[details.error ?? 0] } }),
      },
    }
  }

  function retrieve({ url }: IncomingCall): Answer {
    const fileId = url.searchParams.get('file_id') ?? ''
    const job = [...jobs.values()].find((each) => each.details.wire === 'v1' && fileIdOf(each) === fileId)
    if (!job || world.phaseOf(job) !== 'succeeded') throw new MinimaxRefusal(2013, 'invalid params, file_id')
    links += 1
    const file = { file_id: Number(fileId), bytes: 0, created_at: Math.floor(job.endsAtMs / 1000), filename: 'output_aigc.mp4', purpose: 'video_generation', download_url: resultUrl(job.id, 'output.mp4', links) }
    return { status: 200, json: { file, base_resp: OK } }
  }

  function cancel({ params }: IncomingCall): Answer {
    const job = findVideo(params['id'])
    const phase = world.phaseOf(job)
    if (phase === 'running' || phase === 'cancelled') throw new H3Refusal(400, `a task that is ${phase} cannot be deleted`)
    if (phase === 'queued') world.cancel(job)
    else deleted.add(job.id)
    return { status: 200, json: {} }
  }

  function list({ url }: IncomingCall): Answer {
    const [page, size] = [Number(url.searchParams.get('page_num') ?? 1), Number(url.searchParams.get('page_size') ?? 10)]
    if (!Number.isInteger(page) || page < 1 || !Number.isInteger(size) || size < 1 || size > 100) throw new H3Refusal(400, 'page_num or page_size is invalid')
    const found = [...jobs.values()].toReversed().filter((job): job is Job & { details: VideoJob } => job.details.wire === 'v2' && !deleted.has(job.id))
    return { status: 200, json: { total: found.length, items: found.slice((page - 1) * size, page * size).map((job) => videoObject(job)['task']) } }
  }

  /** Signed, and good for an hour. */
  function resultUrl(id: string, name: string, link = 0, endsAtMs = world.nowMs() + RESULT_LIFETIME_MS): string {
    const sign = createHash('sha256').update(`${id}/${name}/${link}/${endsAtMs}`).digest('hex')
    return `${world.origin()}/minimax-results/${id}/${name}?Expires=${endsAtMs}&link=${link}&Signature=${sign}`
  }

  async function download({ params, url }: IncomingCall): Promise<Answer> {
    const job = jobs.get(params['id'] ?? '')
    const endsAtMs = Number(url.searchParams.get('Expires'))
    const isSigned = url.href === resultUrl(params['id'] ?? '', params['name'] ?? '', Number(url.searchParams.get('link')), endsAtMs)
    if (!job || !isSigned || world.nowMs() > endsAtMs) return { status: 403 }
    const { details } = job
    if (details.wire === 'images') return { status: 200, file: { bytes: await world.media.png(imagePixels(details.request)), mediaType: 'image/png' } }
    const size = details.wire === 'v1' ? clipPixels(details.resolution) : videoPixels(details.resolution, details.ratio)
    return { status: 200, file: { bytes: await world.media.video({ ...size, durationSeconds: details.durationSeconds, audio: details.wire === 'v2' }), mediaType: 'video/mp4' } }
  }

  /** Behind the key, with refusals in the envelope of the version that is spoken. */
  const guarded = (version: 1 | 2, answer: (call: IncomingCall) => Answer | Promise<Answer>) => async (call: IncomingCall): Promise<Answer> => {
    try {
      if (call.headers.authorization !== `Bearer ${API_KEY}`) throw version === 1 ? new MinimaxRefusal(1004, 'login fail: please carry the API secret key') : new H3Refusal(401, 'invalid api key')
      return await answer(call)
    } catch (error) {
      if (error instanceof MinimaxRefusal) return error.answer()
      if (error instanceof H3Refusal) return error.answer(Math.floor(world.random() * 1e15).toString(16))
      throw error
    }
  }

  return {
    provider: 'minimax',
    basePath: '',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'not-the-key-of-this-minimax' },
    samples: minimaxSamples(),
    refusals: minimaxRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/video_generation', operation: 'create', answer: guarded(1, createClip) },
      { method: 'GET', path: '/v1/query/video_generation', operation: 'check', answer: guarded(1, ({ url }) => ({ status: 200, json: clipObject(findClip(url.searchParams.get('task_id'))) })) },
      { method: 'GET', path: '/v1/files/retrieve', operation: 'other', answer: guarded(1, retrieve) },
      { method: 'POST', path: '/v1/image_generation', operation: 'create', answer: guarded(1, createImages) },
      { method: 'POST', path: '/v2/video_generation', operation: 'create', answer: guarded(2, createVideo) },
      { method: 'GET', path: '/v2/query/video_generation', operation: 'list', answer: guarded(2, list) },
      { method: 'GET', path: '/v2/query/video_generation/{id}', operation: 'check', answer: guarded(2, ({ params }) => ({ status: 200, json: videoObject(findVideo(params['id'])) })) },
      { method: 'DELETE', path: '/v2/video_generation/{id}', operation: 'cancel', answer: guarded(2, cancel) },
      { method: 'GET', path: '/minimax-results/{id}/{name}', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: new H3Refusal(500, 'server error').answer('021701'),
      busy: new H3Refusal(429, 'rate limit').answer('021702'),
      unauthorized: new H3Refusal(401, 'invalid api key').answer('021703'),
      not_found: { status: 404, json: { type: 'error', error: { type: 'not_found_error', message: 'page not found', http_code: '404' }, request_id: '021704' } },
    },
    withUnknownWord(answer) {
      const { task, ...rest } = answer.json as { task?: Record<string, unknown> }
      return { ...answer, json: task === undefined ? { ...rest, status: 'Hibernating' } : { task: { ...task, status: 'hibernating' } } }
    },
    callback(job, phase) {
      const { details } = job
      if (details.wire === 'images' || details.callbackUrl === undefined || phase === 'queued') return undefined
      // Other words than in a look at the task, for version 1.
      if (details.wire === 'v1') return { url: details.callbackUrl, json: { ...clipObject({ ...job, details }, phase), status: CLIP_CALLBACK_WORDS[phase] } }
      return { url: details.callbackUrl, json: videoObject({ ...job, details }, phase) }
    },
  }
}

const OK = { status_code: 0, status_msg: 'success' }
const CLIP_WORDS: Record<Phase, string> = { queued: 'Queueing', running: 'Processing', succeeded: 'Success', failed: 'Fail', expired: 'Fail', cancelled: 'Fail' }
const CLIP_CALLBACK_WORDS: Record<Phase, string> = { queued: 'processing', running: 'processing', succeeded: 'success', failed: 'failed', expired: 'failed', cancelled: 'failed' }

function fileIdOf(job: Job): string {
  return `2${job.id.slice(1)}`
}

function failureBy(sentinel: string): { error?: number } {
  const error = FAILED_BY_SENTINEL[sentinel]
  return error === undefined ? {} : { error }
}

function endingAsked(sentinel: string): Ending {
  return sentinel === 'expiry' ? 'expired' : endingOf(sentinel, FAILED_BY_SENTINEL[sentinel] !== undefined)
}
