import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { ACCESS_KEY, authenticate, SECRET_KEY } from './kling/auth.ts'
import { CLASSIC_PATHS, classicOrder, type ClassicPath } from './kling/classic-request.ts'
import { picturePixels, unitsOf, videoPixels, type Order } from './kling/orders.ts'
import { invalid, KlingRefusal } from './kling/refusal.ts'
import { klingRefusals, klingSamples } from './kling/samples.ts'
import { VERSIONED_KINDS, versionedOrder } from './kling/versioned-request.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Phase, type Route, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays Kling's open platform, both generations of its wire, as of October 2026.
 * Endings are asked for in the prompt: `[[sim:output_moderation]]` and the others of `SENTINELS`.
 */
export function simulateKling(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<KlingJob>(options, klingWire)
}

interface KlingJob {
  order: Order
  /** Of the classic wire; the versioned one has one place for all. */
  path: ClassicPath | 'tasks'
  /** V1.x, whose videos can be gone on with. */
  extendable: boolean
  failure: string | undefined
  /** Whether a succeeded task forgets to say where its files are. */
  empty: boolean
}
type Job = SimulatedJob<KlingJob>

/** Paths whose videos of 1.x models can be gone on with; of a continuation the model is not said, and is one of these. */
const EXTENDABLE_PATHS: ReadonlySet<ClassicPath> = new Set(['videos/text2video', 'videos/image2video', 'videos/multi-image2video', 'videos/video-extend'])

/** "A concurrency limit per resource pack": a video is one place, pictures are as many as they are. */
const PLACES = 1_000
const MOST_PICTURES = 9
const RESULT_LIFETIME_MS = 30 * 86_400_000

/** Callbacks are signed in the manner of Svix, with the part after `whsec_` as base64. */
export const WEBHOOK_SECRET = 'whsec_a2xpbmctd2ViaG9vay10ZXN0LXNlY3JldC0zMmJ5dGU='

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  queue_full: '[[sim:queue_full]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const SERVER_ERROR = new KlingRefusal(500, 5000, 'Internal server error')
const REFUSED_BY_SENTINEL: Record<string, KlingRefusal> = {
  input_moderation: new KlingRefusal(400, 1301, 'Failure to pass the risk control system'),
  rate_limited: new KlingRefusal(429, 1302, 'API request too fast, rate limit exceeded'),
  queue_full: new KlingRefusal(429, 1303, 'parallel task over resource pack limit'),
  no_money: new KlingRefusal(429, 1102, 'Account balance not enough'),
  server_error: SERVER_ERROR,
}
const FAILED_BY_SENTINEL: Record<string, string> = {
  output_moderation: 'Failure to pass the risk control system',
  render_failure: 'Service exception, please try again later',
}

function klingWire(world: World<KlingJob>): Wire<KlingJob> {
  const { jobs } = world
  const byExternalId = new Map<string, Job>()
  const byVideoId = new Map<string, Job>()
  let waiting: Job[] = []

  function accept(order: Order, { body, ...where }: Pick<KlingJob, 'path' | 'extendable'> & { body: unknown }): Job {
    const sentinel = sentinelIn(order.prompt) ?? ''
    if (Object.hasOwn(REFUSED_BY_SENTINEL, sentinel)) throw REFUSED_BY_SENTINEL[sentinel]!
    if (order.externalId !== undefined && byExternalId.has(order.externalId)) throw invalid('external_task_id already exists')
    takePlaces(order)
    const failure = Object.hasOwn(FAILED_BY_SENTINEL, sentinel) ? FAILED_BY_SENTINEL[sentinel] : undefined
    const ending = endingOf(sentinel, failure !== undefined)
    const job = world.accept({ id: newId(world), body, ending, details: { ...where, order, failure, empty: sentinel === 'no_result' } })
    if (order.externalId !== undefined) byExternalId.set(order.externalId, job)
    byVideoId.set(videoIdOf(job), job)
    waiting.push(job)
    return job
  }

  function takePlaces(order: Order): void {
    // Only near the limit, so that a long run does not count all of its tasks each time.
    if ((waiting.length + 1) * MOST_PICTURES <= PLACES) return
    waiting = waiting.filter((job) => !isFinal(world.phaseOf(job)))
    const taken = waiting.reduce((sum, job) => sum + placesOf(job.details.order), 0)
    if (taken + placesOf(order) > PLACES) throw REFUSED_BY_SENTINEL['queue_full']!
  }

  function createClassic(path: ClassicPath, { json }: IncomingCall): Answer {
    const order = classicOrder(path, json, { has: (videoId) => finishedVideo(videoId) !== undefined, isExtendable: (videoId) => finishedVideo(videoId)?.details.extendable === true })
    const model = z.object({ model_name: z.string().default('kling-v1') }).safeParse(json).data?.model_name
    const job = accept(order, { path, extendable: EXTENDABLE_PATHS.has(path) && /^kling-v1(?:-|$)/.test(model ?? ''), body: json })
    return good({ task_id: job.id, task_info: taskInfo(job), task_status: 'submitted', created_at: job.createdAtMs, updated_at: job.createdAtMs })
  }

  function finishedVideo(videoId: string): Job | undefined {
    const job = byVideoId.get(videoId)
    return job && world.phaseOf(job) === 'succeeded' ? job : undefined
  }

  function createVersioned(kind: (typeof VERSIONED_KINDS)[number], { json, params }: IncomingCall): Answer {
    const job = accept(versionedOrder(kind, params['model'] ?? '', json), { path: 'tasks', extendable: false, body: json })
    return good({ id: job.id, status: 'submitted', message: '', create_time: job.createdAtMs, update_time: job.createdAtMs })
  }

  function readClassic(path: ClassicPath, { params }: IncomingCall): Answer {
    const job = jobs.get(params['id'] ?? '') ?? byExternalId.get(params['id'] ?? '')
    if (job?.details.path !== path) throw new KlingRefusal(404, 1203, 'The task does not exist')
    return good(classicTask(job))
  }

  function listClassic(path: ClassicPath, { url }: IncomingCall): Answer {
    const query = listQuery.safeParse(Object.fromEntries(url.searchParams))
    if (!query.success) throw invalid('pageNum or pageSize is invalid')
    const { pageNum, pageSize } = query.data
    const found = [...jobs.values()].filter((job) => job.details.path === path).toReversed()
    return good(found.slice((pageNum - 1) * pageSize, pageNum * pageSize).map((job) => classicTask(job)))
  }

  function readVersioned({ url }: IncomingCall): Answer {
    const list = (name: string) => (url.searchParams.get(name) ?? '').split(',').filter((id) => id !== '')
    const ids = list('task_ids')
    const externalIds = list('external_task_ids')
    if (ids.length + externalIds.length === 0) throw invalid('task_ids or external_task_ids is required')
    const found = [...ids.map((id) => jobs.get(id)), ...externalIds.map((id) => byExternalId.get(id))]
    return good(found.filter((job) => job?.details.path === 'tasks').map((job) => ({ ...versionedTask(job!), ...billingOf(job!) })))
  }

  function classicTask(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { order, failure, empty } = job.details
    return {
      task_id: job.id,
      task_status: phase === 'succeeded' ? 'succeed' : (WORDS[phase] ?? 'failed'),
      task_status_msg: phase === 'failed' ? failure : '',
      task_info: taskInfo(job),
      watermark_info: { enabled: order.watermark },
      final_unit_deduction: phase === 'succeeded' ? String(unitsOf(order)) : '0',
      created_at: job.createdAtMs,
      updated_at: changedAt(job, phase),
      ...(phase === 'succeeded' && { task_result: empty ? {} : classicResult(job) }),
    }
  }

  function taskInfo({ details: { order } }: Job): Record<string, unknown> {
    return { ...(order.externalId !== undefined && { external_task_id: order.externalId }), ...(order.parentVideo !== undefined && { parent_video: { id: order.parentVideo } }) }
  }

  function classicResult(job: Job): Record<string, unknown> {
    const { makes } = job.details.order
    if ('pictures' in makes) return { images: Array.from({ length: makes.pictures.count }, (_, index) => ({ index, ...links(job, `${index}.png`) })) }
    return { videos: [{ id: videoIdOf(job), ...links(job, '0.mp4'), duration: (makes.videos.seconds + 0.041).toFixed(3) }] }
  }

  function versionedTask(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { order: { makes, externalId }, failure, empty } = job.details
    const seconds = 'videos' in makes ? makes.videos.seconds : 0
    return {
      id: job.id,
      status: WORDS[phase] ?? 'failed',
      message: phase === 'failed' ? failure : '',
      create_time: job.createdAtMs,
      update_time: changedAt(job, phase),
      ...(externalId !== undefined && { external_id: externalId }),
      ...(phase === 'succeeded' && { outputs: empty ? [] : [{ type: 'video', id: videoIdOf(job), ...links(job, '0.mp4'), duration: String(seconds) }] }),
    }
  }

  function billingOf(job: Job): Record<string, unknown> {
    if (world.phaseOf(job) !== 'succeeded') return {}
    return { billing: [{ charge_type: 'unit', package_type: 'video', amount: unitsOf(job.details.order).toFixed(2) }] }
  }

  function links(job: Job, name: string): Record<string, string> {
    const link = (file: string) => new URL(`/kling-results/${job.id}/${file}`, world.origin()).href
    return { url: link(name), ...(job.details.order.watermark && { watermark_url: link(`marked-${name}`) }) }
  }

  function changedAt(job: Job, phase: Phase): number {
    return phase === 'queued' ? job.createdAtMs : phase === 'running' ? job.runsAtMs : world.changedAtMs(job)
  }

  /** "URLs have anti-hotlink protection (plain server-side GET works)"; files are purged after 30 days. */
  async function download({ params, headers }: IncomingCall): Promise<Answer> {
    const job = jobs.get(params['id'] ?? '')
    if (job === undefined || world.nowMs() > job.endsAtMs + RESULT_LIFETIME_MS) return { status: 404 }
    if (headers.referer !== undefined) return { status: 403 }
    const { makes } = job.details.order
    if ('pictures' in makes) return { status: 200, file: { bytes: await world.media.png(picturePixels(makes.pictures)), mediaType: 'image/png' } }
    const { seconds, sound } = makes.videos
    return { status: 200, file: { bytes: await world.media.video({ ...videoPixels(makes.videos), durationSeconds: seconds, audio: sound }), mediaType: 'video/mp4' } }
  }

  const requestId = () => Math.floor(world.random() * 2 ** 52).toString(16)
  const good = (data: unknown): Answer => ({ status: 200, json: { code: 0, message: 'SUCCEED', request_id: requestId(), data } })

  /** Behind the key, with refusals in the vendor's envelope. */
  const guarded = (answer: (call: IncomingCall) => Answer) => (call: IncomingCall): Answer => {
    try {
      authenticate(call.headers.authorization, world.nowMs())
      return answer(call)
    } catch (error) {
      if (error instanceof KlingRefusal) return error.answer(requestId())
      throw error
    }
  }

  return {
    provider: 'kling',
    basePath: '',
    credential: { access_key: ACCESS_KEY, secret_key: SECRET_KEY },
    wrongCredential: { access_key: ACCESS_KEY, secret_key: 'not-the-secret-of-this-kling' },
    samples: klingSamples(),
    refusals: klingRefusals(),
    sentinels: SENTINELS,
    routes: [
      ...CLASSIC_PATHS.flatMap((path): Route[] => [
        { method: 'POST', path: `/v1/${path}`, operation: 'create', answer: guarded((call) => createClassic(path, call)) },
        { method: 'GET', path: `/v1/${path}`, operation: 'list', answer: guarded((call) => listClassic(path, call)) },
        { method: 'GET', path: `/v1/${path}/{id}`, operation: 'check', answer: guarded((call) => readClassic(path, call)) },
      ]),
      ...VERSIONED_KINDS.map((kind): Route => ({ method: 'POST', path: `/${kind}/{model}`, operation: 'create', answer: guarded((call) => createVersioned(kind, call)) })),
      { method: 'GET', path: '/tasks', operation: 'check', answer: guarded(readVersioned) },
      { method: 'GET', path: '/kling-results/{id}/{name}', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: SERVER_ERROR.answer('9f01'),
      busy: REFUSED_BY_SENTINEL['rate_limited']!.answer('9f02'),
      unauthorized: new KlingRefusal(401, 1004, 'Authorization has expired').answer('9f03'),
      not_found: new KlingRefusal(404, 1203, 'The task does not exist').answer('9f04'),
    },
    withUnknownWord(answer) {
      const { data, ...envelope } = answer.json as { data?: unknown }
      const odd = Array.isArray(data) ? data.map((task: object) => ({ ...task, status: 'hibernating' })) : { ...(data as object), task_status: 'hibernating' }
      return { ...answer, json: { ...envelope, data: odd } }
    },
    callback(job, phase) {
      const { order: { callbackUrl }, path } = job.details
      if (callbackUrl === undefined) return undefined
      const json = path === 'tasks' ? versionedTask(job, phase) : classicTask(job, phase)
      return { url: callbackUrl, json, headers: webhookHeaders(`msg_${job.id}_${phase}`, Math.floor(world.nowMs() / 1000), JSON.stringify(json)) }
    },
  }
}

const WORDS: Partial<Record<Phase, string>> = { queued: 'submitted', running: 'processing', succeeded: 'succeeded', failed: 'failed' }

const listQuery = z.object({ pageNum: z.coerce.number().int().min(1).max(1000).default(1), pageSize: z.coerce.number().int().min(1).max(500).default(30) })

/** MAC over `{id}.{timestamp}.{body}`. */
export function webhookHeaders(id: string, timestamp: number, body: string): Record<string, string> {
  const key = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64')
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${mac}` }
}

function placesOf({ makes }: Order): number {
  return 'pictures' in makes ? makes.pictures.count : 1
}

function isFinal(phase: Phase): boolean {
  return phase !== 'queued' && phase !== 'running'
}

/** Eighteen digits, as text. */
function newId(world: World<KlingJob>): string {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const id = `82${String(Math.floor(world.random() * 1e15)).padStart(15, '0')}1`
    if (!world.jobs.has(id)) return id
  }
  throw new Error('no id is free')
}

function videoIdOf({ id }: Job): string {
  return `${id.slice(0, -1)}2`
}
