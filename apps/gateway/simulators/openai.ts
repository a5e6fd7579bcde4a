import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { editRequest, generationRequest, variationRequest, type ImageRequest } from './openai/image-request.ts'
import { OpenAiRefusal } from './openai/refusal.ts'
import { openAiRefusals, openAiSamples } from './openai/samples.ts'
import { creationRequest, remixRequest, videoWorkRequest, type CreationRequest } from './openai/video-request.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays OpenAI's Videos and Images APIs as of November 2026, with the models that the vendor has closed: the wire goes on
 * elsewhere. Endings are asked for in the prompt: `[[sim:output_moderation]]` and the others of `SENTINELS`.
 */
export function simulateOpenAi(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<OpenAiJob>(options, openAiWire)
}

interface OpenAiJob {
  /** Undefined for pictures, which are over at once. */
  video?: {
    request: CreationRequest
    /** Of the whole file; an extension has its parent's as well. */
    totalSeconds: number
    remixedFrom: string | null
    error?: { code: string; message: string }
  }
}
type Job = SimulatedJob<OpenAiJob>
type VideoJob = Required<OpenAiJob>['video']

const API_KEY = 'sk-simulated-openai-0f6d1c'
const ASSET_LIFETIME_MS = 3_600_000

/** `no_result` and `render_failure` have no shape that videos and pictures share; the second of a video is told below. */
const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  stall: '[[sim:stall]]',
} as const

const moderated = (stage: 'input' | 'output') =>
  new OpenAiRefusal(400, { type: 'image_generation_user_error', code: 'moderation_blocked', message: 'Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com and include the request ID req_0f6d1c.', moderation_details: { moderation_stage: stage, categories: ['violence'] } })
const serverError = () => new OpenAiRefusal(500, { type: 'server_error', message: 'The server had an error while processing your request. Sorry about that!' })
const rateLimited = () => new OpenAiRefusal(429, { type: 'rate_limit_exceeded', code: 'rate_limit_exceeded', message: 'Rate limit reached for requests per minute.' }, { 'retry-after': '7' })

/** Refusals at the door. */
const REFUSED_BY_SENTINEL: Record<string, () => OpenAiRefusal> = {
  input_moderation: () => moderated('input'),
  rate_limited: rateLimited,
  no_money: () => new OpenAiRefusal(429, { type: 'insufficient_quota', code: 'insufficient_quota', message: 'You exceeded your current quota, please check your plan and billing details.' }),
  server_error: serverError,
}

/** Failures of a video on the way. */
const FAILED_BY_SENTINEL: Record<string, { code: string; message: string }> = {
  output_moderation: { code: 'moderation_blocked', message: 'Your request was blocked by our moderation system.' },
  render_failure: { code: 'video_generation_failed', message: 'Video generation failed.' },
}

function openAiWire(world: World<OpenAiJob>): Wire<OpenAiJob> {
  const deleted = new Set<string>()
  const characters = new Map<string, { name: string; createdAtMs: number }>()

  function newId(prefix: string): string {
    return `${prefix}_${createHash('sha256').update(String(world.random())).digest('hex').slice(0, 48)}`
  }

  function refuseBySentinel(prompt: string): void {
    const refusal = REFUSED_BY_SENTINEL[sentinelIn(prompt) ?? '']?.()
    if (refusal) throw refusal
  }

  function begin(request: CreationRequest, { body, totalSeconds = Number(request.seconds), remixedFrom = null }: { body: unknown; totalSeconds?: number; remixedFrom?: string | null }): Answer {
    refuseBySentinel(request.prompt)
    const sentinel = sentinelIn(request.prompt) ?? ''
    const error = FAILED_BY_SENTINEL[sentinel]
    const video: VideoJob = { request, totalSeconds, remixedFrom, ...(error && { error }) }
    const job = world.accept({ id: newId('video'), body, ending: endingOf(sentinel, error !== undefined), details: { video } })
    return { status: 200, json: videoObject(job, video) }
  }

  async function create(call: IncomingCall): Promise<Answer> {
    const { request, fields } = await creationRequest(call)
    return begin(request, { body: fields })
  }

  function remix(call: IncomingCall): Answer {
    const parent = completedVideo(call.params['id'])
    const { prompt } = remixRequest(call.json)
    return begin({ ...parent.video.request, prompt }, { body: { prompt }, totalSeconds: parent.video.totalSeconds, remixedFrom: parent.job.id })
  }

  async function edit(call: IncomingCall): Promise<Answer> {
    const { prompt, videoId, model, fields } = await videoWorkRequest(call, 'edits')
    if (videoId === undefined) return begin({ prompt, model: model!, seconds: '4', size: '720x1280' }, { body: fields })
    const parent = completedVideo(videoId)
    return begin({ ...parent.video.request, prompt }, { body: fields, totalSeconds: parent.video.totalSeconds, remixedFrom: parent.job.id })
  }

  async function extend(call: IncomingCall): Promise<Answer> {
    const { prompt, videoId, model, seconds, fields } = await videoWorkRequest(call, 'extensions')
    const parent = videoId === undefined ? undefined : completedVideo(videoId)
    const request = parent?.video.request ?? { model: model!, seconds: '4' as const, size: '720x1280' }
    const totalSeconds = (parent?.video.totalSeconds ?? 4) + Number(seconds)
    if (totalSeconds > 120) throw OpenAiRefusal.invalid('seconds', 'An extended video can be at most 120 seconds long.')
    return begin({ ...request, prompt }, { body: fields, totalSeconds })
  }

  function find(id: string | undefined): { job: Job; video: VideoJob } {
    const job = world.jobs.get(id ?? '')
    if (job?.details.video === undefined || deleted.has(job.id)) throw new OpenAiRefusal(404, { message: `Video with id '${id}' not found.` })
    return { job, video: job.details.video }
  }

  function completedVideo(id: string | undefined): { job: Job; video: VideoJob } {
    const found = find(id)
    if (world.phaseOf(found.job) !== 'succeeded') throw OpenAiRefusal.invalid('video', 'The source video must be completed.')
    return found
  }

  function videoObject(job: Job, { request, totalSeconds, remixedFrom, error }: VideoJob): Record<string, unknown> {
    const phase = world.phaseOf(job)
    const ended = phase === 'succeeded' || phase === 'failed'
    const seconds = (ms: number): number => Math.floor(ms / 1000)
    return {
      id: job.id,
      object: 'video',
      model: request.model,
      status: { queued: 'queued', running: 'in_progress', succeeded: 'completed', failed: 'failed', expired: 'failed', cancelled: 'failed' }[phase],
      progress: phase === 'queued' ? 0 : phase === 'running' ? 40 : 100,
      created_at: seconds(job.createdAtMs),
      completed_at: ended ? seconds(job.endsAtMs) : null,
      expires_at: phase === 'succeeded' ? seconds(job.endsAtMs + ASSET_LIFETIME_MS) : null,
      prompt: request.prompt,
      size: request.size,
      seconds: String(totalSeconds),
      remixed_from_video_id: remixedFrom,
      error: phase === 'failed' ? (error ?? null) : null,
    }
  }

  function list({ url }: IncomingCall): Answer {
    const limit = Number(url.searchParams.get('limit') ?? 20)
    const order = url.searchParams.get('order') ?? 'desc'
    if (!Number.isInteger(limit) || limit < 0 || limit > 100) throw OpenAiRefusal.invalid('limit', 'limit must be between 0 and 100.')
    if (order !== 'asc' && order !== 'desc') throw OpenAiRefusal.invalid('order', 'order must be asc or desc.')
    const all = [...world.jobs.values()].filter((job) => job.details.video !== undefined && !deleted.has(job.id))
    const ordered = order === 'asc' ? all : all.toReversed()
    const after = url.searchParams.get('after')
    const rest = ordered.slice(after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1)
    const page = rest.slice(0, limit)
    return { status: 200, json: { object: 'list', data: page.map((job) => videoObject(job, job.details.video!)), first_id: page[0]?.id ?? null, last_id: page.at(-1)?.id ?? null, has_more: rest.length > page.length } }
  }

  function remove({ params }: IncomingCall): Answer {
    const { job } = find(params['id'])
    const phase = world.phaseOf(job)
    if (phase === 'queued' || phase === 'running') throw OpenAiRefusal.invalid('video_id', 'Only a completed or failed video can be deleted.')
    deleted.add(job.id)
    return { status: 200, json: { id: job.id, object: 'video.deleted', deleted: true } }
  }

  async function content({ params, url }: IncomingCall): Promise<Answer> {
    const { job, video } = find(params['id'])
    if (world.phaseOf(job) !== 'succeeded') throw new OpenAiRefusal(404, { message: 'Video is not ready yet, use GET /v1/videos/{video_id} to check status.' })
    if (world.nowMs() > job.endsAtMs + ASSET_LIFETIME_MS) throw new OpenAiRefusal(404, { message: 'The content of this video has expired.' })
    const [widthPixels = 720, heightPixels = 1280] = video.request.size.split('x').map(Number)
    switch (url.searchParams.get('variant') ?? 'video') {
      case 'video':
        return { status: 200, file: { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds: video.totalSeconds, audio: true }), mediaType: 'video/mp4' } }
      case 'thumbnail':
      case 'spritesheet':
        return { status: 200, file: { bytes: await sharp(await world.media.png({ widthPixels, heightPixels })).webp().toBuffer(), mediaType: 'image/webp' } }
      default:
        throw OpenAiRefusal.invalid('variant', 'variant must be video, thumbnail or spritesheet.')
    }
  }

  async function createCharacter(call: IncomingCall): Promise<Answer> {
    const form = await call.form().catch(() => undefined)
    const name = form?.get('name')
    if (typeof name !== 'string' || name.length < 1 || name.length > 80) throw OpenAiRefusal.invalid('name', 'name must have 1 to 80 characters.')
    if (!(form?.get('video') instanceof File)) throw OpenAiRefusal.missing('video')
    const id = newId('char')
    characters.set(id, { name, createdAtMs: world.nowMs() })
    return { status: 200, json: characterObject(id) }
  }

  function characterObject(id: string): Record<string, unknown> {
    const character = characters.get(id)
    if (character === undefined) throw new OpenAiRefusal(404, { message: `Character with id '${id}' not found.` })
    return { id, name: character.name, created_at: Math.floor(character.createdAtMs / 1000) }
  }

  async function draw({ request, fields }: { request: ImageRequest; fields: unknown }, what: 'image_generation' | 'image_edit'): Promise<Answer> {
    refuseBySentinel(request.prompt)
    if (sentinelIn(request.prompt) === 'output_moderation') throw moderated('output')
    const job = world.accept({ id: newId('img'), body: fields, ending: 'succeeded', details: {}, immediate: true })
    const size = request.size === 'auto' ? '1024x1024' : request.size
    const [widthPixels = 1024, heightPixels = 1024] = size.split('x').map(Number)
    const png = await world.media.png({ widthPixels, heightPixels })
    const bytes = request.outputFormat === 'png' ? png : await sharp(png).toFormat(request.outputFormat).toBuffer()
    const created = Math.floor(job.createdAtMs / 1000)
    const base64 = Buffer.from(bytes).toString('base64')
    const usage = usageOf(request, { widthPixels, heightPixels })
    const facts = { output_format: request.outputFormat, quality: request.quality === 'auto' ? 'high' : request.quality, size, background: request.background === 'transparent' ? 'transparent' : 'opaque' }
    if (request.stream) {
      const event = { type: `${what}.completed`, b64_json: base64, created_at: created, ...facts, usage }
      return { status: 200, file: { bytes: Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`), mediaType: 'text/event-stream' } }
    }
    if (!request.gpt) {
      const data = Array.from({ length: request.n }, (_, index) => (request.responseFormat === 'b64_json' ? { b64_json: base64 } : { url: `${world.origin()}/files/${job.id}/${index}-${size}.png` }))
      return { status: 200, json: { created, data } }
    }
    return { status: 200, json: { created, data: Array.from({ length: request.n }, () => ({ b64_json: base64 })), ...facts, usage } }
  }

  async function picture({ params }: IncomingCall): Promise<Answer> {
    const [widthPixels = 0, heightPixels = 0] = (params['size'] ?? '').split('x').map(Number)
    return { status: 200, file: { bytes: await world.media.png({ widthPixels, heightPixels }), mediaType: 'image/png' } }
  }

  function models(): Answer {
    return { status: 200, json: { object: 'list', data: ['sora-2', 'sora-2-pro', 'gpt-image-2', 'gpt-image-1-mini'].map((id) => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'openai' })) } }
  }

  /** Behind the key, with a request id, and with refusals in the vendor's envelope. */
  const guarded = (answer: (call: IncomingCall) => Answer | Promise<Answer>) => async (call: IncomingCall): Promise<Answer> => {
    const headers = { 'x-request-id': newId('req').slice(0, 36) }
    try {
      const key = /^Bearer (.*)$/.exec(call.headers.authorization ?? '')?.[1]
      if (key !== API_KEY) throw new OpenAiRefusal(401, { code: 'invalid_api_key', message: `Incorrect API key provided: ${key ?? ''}. You can find your API key at https://platform.openai.com/account/api-keys.` })
      const good = await answer(call)
      return { ...good, headers: { ...headers, ...good.headers } }
    } catch (error) {
      if (!(error instanceof OpenAiRefusal)) throw error
      const refused = error.answer()
      return { ...refused, headers: { ...headers, ...refused.headers } }
    }
  }

  return {
    provider: 'openai',
    basePath: '/v1',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'sk-not-the-key-of-this-openai' },
    samples: openAiSamples(),
    refusals: openAiRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/v1/videos', operation: 'create', answer: guarded(create) },
      { method: 'GET', path: '/v1/videos', operation: 'list', answer: guarded(list) },
      { method: 'POST', path: '/v1/videos/edits', operation: 'create', answer: guarded(edit) },
      { method: 'POST', path: '/v1/videos/extensions', operation: 'create', answer: guarded(extend) },
      { method: 'POST', path: '/v1/videos/characters', operation: 'other', answer: guarded(createCharacter) },
      { method: 'GET', path: '/v1/videos/characters/{id}', operation: 'other', answer: guarded(({ params }) => ({ status: 200, json: characterObject(params['id'] ?? '') })) },
      { method: 'GET', path: '/v1/videos/{id}', operation: 'check', answer: guarded(({ params }) => { const { job, video } = find(params['id']); return { status: 200, json: videoObject(job, video) } }) },
      { method: 'DELETE', path: '/v1/videos/{id}', operation: 'other', answer: guarded(remove) },
      { method: 'POST', path: '/v1/videos/{id}/remix', operation: 'create', answer: guarded(remix) },
      { method: 'GET', path: '/v1/videos/{id}/content', operation: 'download', answer: guarded(content) },
      { method: 'POST', path: '/v1/images/generations', operation: 'create', answer: guarded((call) => draw(generationRequest(call), 'image_generation')) },
      { method: 'POST', path: '/v1/images/edits', operation: 'create', answer: guarded(async (call) => draw(await editRequest(call), 'image_edit')) },
      { method: 'POST', path: '/v1/images/variations', operation: 'create', answer: guarded(async (call) => draw(await variationRequest(call), 'image_edit')) },
      { method: 'GET', path: '/v1/models', operation: 'other', answer: guarded(models) },
      { method: 'GET', path: '/files/{id}/{index}-{size}.png', operation: 'download', answer: picture },
    ],
    trouble: {
      server_error: serverError().answer(),
      busy: rateLimited().answer(),
      unauthorized: new OpenAiRefusal(401, { code: 'invalid_api_key', message: 'Incorrect API key provided.' }).answer(),
      not_found: new OpenAiRefusal(404, { message: 'Invalid URL.' }).answer(),
    },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'hibernating' } }),
  }
}

/** "gpt-image-1.x output tokens: low 272/408/400, medium 1056/1584/1568, high 4160/6240/6208"; other sizes by their pixels. */
function usageOf({ quality, n, prompt, pictures }: ImageRequest, { widthPixels, heightPixels }: { widthPixels: number; heightPixels: number }): Record<string, unknown> {
  const perSquare = quality === 'low' ? 272 : quality === 'medium' ? 1_056 : 4_160
  const output = Math.round((perSquare * widthPixels * heightPixels) / 1024 ** 2) * n
  const details = { text_tokens: Math.ceil(prompt.length / 4), image_tokens: pictures * 323 }
  const input = details.text_tokens + details.image_tokens
  return { total_tokens: input + output, input_tokens: input, output_tokens: output, input_tokens_details: details }
}
