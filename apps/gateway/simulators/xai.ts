import sharp from 'sharp'
import { imagesRequest, type ImagesRequest } from './xai/image-request.ts'
import { XaiRefusal } from './xai/refusal.ts'
import { xaiRefusals, xaiSamples } from './xai/samples.ts'
import { videoRequest, type VideoRequest, type VideoRoute } from './xai/video-request.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type Ending, type IncomingCall, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays xAI's Grok Imagine as of November 2026. Endings are asked for in the prompt: `[[sim:output_moderation]]` and the
 * others of `SENTINELS`; the other way to tell of moderation by `[[sim:quiet_moderation]]`.
 */
export function simulateXai(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<XaiJob>(options, xaiWire)
}

interface XaiJob {
  /** Undefined for pictures, which are over at once. */
  video?: VideoRequest
  images?: ImagesRequest
  /** The word that was asked for in the prompt. */
  sentinel: string
  /** How often it was looked after. */
  looks: number
}
type Job = SimulatedJob<XaiJob>

const API_KEY = 'xai-simulated-0f6d1c'

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  expiry: '[[sim:expiry]]',
  late_parameter_error: '[[sim:late_parameter_error]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const INVALID = 'Client specified an invalid argument'
const moderated = () => new XaiRefusal(400, 'Generated content was rejected by content moderation.', 'imagine:content-moderated')
const serverError = () => new XaiRefusal(500, 'Internal server error')
const rateLimited = () => new XaiRefusal(429, 'Too many requests for team. Please slow down.', 'Some resource has been exhausted')

/** Refusals at the door. */
const REFUSED_BY_SENTINEL: Record<string, () => XaiRefusal> = {
  input_moderation: () => new XaiRefusal(400, 'The prompt was rejected by content moderation.', INVALID),
  rate_limited: rateLimited,
  no_money: () => new XaiRefusal(403, 'Your team has either used all available credits or reached its monthly spending limit.', 'The caller does not have permission to execute the specified operation'),
  server_error: serverError,
}

/** Failures of a video on the way. */
const FAILED_BY_SENTINEL: Record<string, { code: string; message: string }> = {
  late_parameter_error: { code: 'invalid_argument', message: 'The video could not be decoded.' },
  render_failure: { code: 'internal_error', message: 'Video generation failed.' },
}

function xaiWire(world: World<XaiJob>): Wire<XaiJob> {
  const files = new Map<string, { filename: string; bytes: number; expiresAt?: number }>()

  function refuseBySentinel(prompt: string): string {
    const sentinel = sentinelIn(prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]?.()
    if (refusal) throw refusal
    return sentinel
  }

  const create = (route: VideoRoute) => ({ json, headers }: IncomingCall): Answer => {
    expectJson(headers['content-type'], json)
    const video = videoRequest(json, route)
    for (const { file_id: id } of video.materials) if (id !== undefined && !files.has(id)) throw new XaiRefusal(404, `File ${id} not found.`, 'Some requested entity was not found')
    const sentinel = refuseBySentinel(video.prompt)
    const job = world.accept({ id: randomUuid(world), body: json, ending: endingAsked(sentinel), details: { video, sentinel, looks: 0 } })
    return { status: 200, json: { request_id: job.id } }
  }

  function check({ params }: IncomingCall): Answer {
    const job = world.jobs.get(params['id'] ?? '')
    const video = job?.details.video
    if (job === undefined || video === undefined) throw new XaiRefusal(404, 'The requested video generation was not found.', 'Some requested entity was not found')
    job.details.looks += 1
    switch (world.phaseOf(job)) {
      case 'queued':
      case 'running':
        // Every other answer is empty, as they sometimes are.
        return job.details.looks % 2 === 0 ? { status: 202 } : { status: 202, json: { status: 'pending', progress: Math.min(99, job.details.looks) } }
      case 'expired':
        return { status: 200, json: { status: 'expired' } }
      case 'failed':
      case 'cancelled':
        return { status: 200, json: { status: 'failed', error: FAILED_BY_SENTINEL[job.details.sentinel] } }
      case 'succeeded':
        return finished(job, video)
    }
  }

  function finished({ id, details: { sentinel } }: Job, video: VideoRequest): Answer {
    const usage = { cost_in_usd_ticks: video.costTicks }
    if (sentinel === 'output_moderation') {
      const refused = moderated().answer()
      return { ...refused, json: { ...(refused.json as Record<string, unknown>), usage } }
    }
    const about = { progress: 100, model: video.model, usage }
    if (sentinel === 'quiet_moderation') return { status: 200, json: { status: 'done', ...about, video: { url: '', duration: video.seconds, respect_moderation: false } } }
    if (sentinel === 'no_result') return { status: 200, json: { status: 'done', ...about } }
    // "Some real 200 payloads lack `status`": here those of videos that began with a picture.
    return { status: 200, json: { ...(!video.hasFirstFrame && { status: 'done' }), ...about, video: { url: `${world.origin()}/vidgen/${id}.mp4`, duration: video.seconds, respect_moderation: true } } }
  }

  async function draw(call: IncomingCall, route: 'generations' | 'edits'): Promise<Answer> {
    expectJson(call.headers['content-type'], call.json)
    const request = imagesRequest(call.json, route)
    const sentinel = refuseBySentinel(request.prompt)
    if (sentinel === 'late_parameter_error') throw new XaiRefusal(400, FAILED_BY_SENTINEL['late_parameter_error']!.message, INVALID)
    const job = world.accept({ id: randomUuid(world), body: call.json, ending: 'succeeded', details: { images: request, sentinel, looks: 0 }, immediate: true })
    const usage = { cost_in_usd_ticks: request.costTicks }
    if (sentinel === 'no_result') return { status: 200, json: { data: [], usage } }
    if (sentinel === 'output_moderation') return { status: 200, json: { data: Array.from({ length: request.n }, () => ({ url: '', respect_moderation: false })), usage } }
    const base64 = request.base64 ? Buffer.from(await jpeg(request)).toString('base64') : undefined
    const data = Array.from({ length: request.n }, (_, index) => ({ ...(base64 === undefined ? { url: `${world.origin()}/imgen/${job.id}/${index}.jpeg` } : { b64_json: base64 }), respect_moderation: true }))
    return { status: 200, json: { data, usage } }
  }

  async function jpeg({ widthPixels, heightPixels }: ImagesRequest): Promise<Uint8Array> {
    return sharp(await world.media.png({ widthPixels, heightPixels })).jpeg().toBuffer()
  }

  async function download({ params }: IncomingCall): Promise<Answer> {
    const { video, images } = world.jobs.get(params['id'] ?? '')?.details ?? {}
    if (video) return { status: 200, file: { bytes: await world.media.video({ ...video.pixels, durationSeconds: video.seconds, audio: video.audio }), mediaType: 'video/mp4' } }
    return images ? { status: 200, file: { bytes: await jpeg(images), mediaType: 'image/jpeg' } } : { status: 404 }
  }

  async function upload(call: IncomingCall): Promise<Answer> {
    const form = await call.form().catch(() => undefined)
    if (form === undefined) throw new XaiRefusal(415, 'Expected request with `Content-Type: multipart/form-data`')
    const parts = [...form.keys()]
    const file = form.get('file')
    if (!(file instanceof File)) throw new XaiRefusal(400, 'Missing file.', INVALID)
    if (parts.indexOf('expires_after') > parts.indexOf('file')) throw new XaiRefusal(400, 'expires_after must be sent before the file.', INVALID)
    const after = form.get('expires_after')
    if (after !== null && !(Number(after) >= 3_600 && Number(after) <= 2_592_000)) throw new XaiRefusal(400, 'expires_after must be between 3600 and 2592000.', INVALID)
    const id = `file_${randomUuid(world)}`
    const created = Math.floor(world.nowMs() / 1000)
    const stored = { filename: file.name, bytes: file.size, ...(after !== null && { expiresAt: created + Number(after) }) }
    files.set(id, stored)
    return { status: 200, json: { id, object: 'file', bytes: stored.bytes, created_at: created, filename: stored.filename, ...(stored.expiresAt !== undefined && { expires_at: stored.expiresAt }) } }
  }

  /** Behind the key, with refusals in the vendor's envelope. */
  const guarded = (answer: (call: IncomingCall) => Answer | Promise<Answer>) => async (call: IncomingCall): Promise<Answer> => {
    try {
      const { authorization } = call.headers
      if (authorization === undefined) throw new XaiRefusal(401, 'No API key provided.', 'Unauthenticated')
      // With status 400, as some have seen it.
      if (authorization !== `Bearer ${API_KEY}`) throw new XaiRefusal(400, 'Incorrect API key provided: xa***yz. You can obtain an API key from https://console.x.ai.', INVALID)
      return await answer(call)
    } catch (error) {
      if (error instanceof XaiRefusal) return error.answer()
      throw error
    }
  }
  const notAllowed = (): Answer => new XaiRefusal(405, 'Method Not Allowed').answer()

  return {
    provider: 'xai',
    basePath: '/v1',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'xai-not-the-key-of-this-vendor' },
    samples: xaiSamples(),
    refusals: xaiRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/videos/generations', operation: 'create', answer: guarded(create('generations')) },
      { method: 'POST', path: '/v1/videos/edits', operation: 'create', answer: guarded(create('edits')) },
      { method: 'POST', path: '/v1/videos/extensions', operation: 'create', answer: guarded(create('extensions')) },
      { method: 'GET', path: '/v1/videos/{id}', operation: 'check', answer: guarded(check) },
      { method: 'DELETE', path: '/v1/videos/{id}', operation: 'cancel', answer: guarded(notAllowed) },
      { method: 'POST', path: '/v1/images/generations', operation: 'create', answer: guarded((call) => draw(call, 'generations')) },
      { method: 'POST', path: '/v1/images/edits', operation: 'create', answer: guarded((call) => draw(call, 'edits')) },
      { method: 'POST', path: '/v1/files', operation: 'other', answer: guarded(upload) },
      { method: 'GET', path: '/v1/image-generation-models', operation: 'other', answer: guarded(() => ({ status: 200, json: { models: ['grok-imagine-image', 'grok-imagine-image-quality', 'grok-imagine-image-2.0'].map((id) => ({ id, object: 'model', owned_by: 'xai' })) } })) },
      { method: 'GET', path: '/vidgen/{id}.mp4', operation: 'download', answer: download },
      { method: 'GET', path: '/imgen/{id}/{name}', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: serverError().answer(),
      busy: rateLimited().answer(),
      unauthorized: new XaiRefusal(401, 'No API key provided.', 'Unauthenticated').answer(),
      not_found: new XaiRefusal(404, 'The requested resource was not found.', 'Some requested entity was not found').answer(),
    },
    withUnknownWord: (answer) => ({ ...answer, status: 200, json: { ...(answer.json as Record<string, unknown> | undefined), status: 'hibernating' } }),
  }
}

function expectJson(contentType: string | undefined, json: unknown): void {
  if (!contentType?.startsWith('application/json')) throw new XaiRefusal(415, 'Expected request with `Content-Type: application/json`')
  if (json === undefined) throw new XaiRefusal(400, 'Failed to parse the request body as JSON', INVALID)
}

function endingAsked(sentinel: string): Ending {
  return sentinel === 'expiry' ? 'expired' : endingOf(sentinel, FAILED_BY_SENTINEL[sentinel] !== undefined)
}
