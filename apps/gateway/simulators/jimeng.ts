import { createHmac } from 'node:crypto'
import { JimengGateRefusal, JimengRefusal } from './jimeng/refusal.ts'
import { jimengOrder, queriedTask, type Door, type JimengOrder } from './jimeng/request.ts'
import { jimengRefusals, jimengSamples } from './jimeng/samples.ts'
import { ACCESS_KEY, checkSignature, SECRET_KEY } from './jimeng/signature.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays Jimeng on Volcengine's visual service: tasks for videos and pictures, and pictures at once, as of 2026, behind the
 * real signature.
 * Endings are asked for in the prompt: `[[sim:output_moderation]]` and the others of `SENTINELS`. The vendor's limit of
 * one or two tasks at a time is only said (`[[sim:queue_full]]`), since it would leave nothing to test with.
 */
export function simulateJimeng(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<JimengJob>(options, jimengWire)
}

interface JimengJob {
  order: JimengOrder
  failure: JimengRefusal | undefined
  /** Whether a task that is done forgets to say where its result is. */
  empty: boolean
}
type Job = SimulatedJob<JimengJob>

const VERSION = '2022-08-31'
const TASK_LIFETIME_MS = 12 * 3_600_000
const LINK_LIFETIME_MS = { video: 3_600_000, picture: 24 * 3_600_000 } as const

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  queue_full: '[[sim:queue_full]]',
  server_error: '[[sim:server_error]]',
  expiry: '[[sim:expiry]]',
  render_failure: '[[sim:render_failure]]',
  no_result: '[[sim:no_result]]',
  stall: '[[sim:stall]]',
} as const

const RATE_LIMITED = new JimengRefusal(50_429, 'Request Has Reached API Limit, Please Try Later')
const SERVER_ERROR = new JimengRefusal(50_500, 'Internal Error')
const REFUSED_BY_SENTINEL: Record<string, JimengRefusal> = {
  input_moderation: new JimengRefusal(50_412, 'Text Risk Not Pass'),
  rate_limited: RATE_LIMITED,
  queue_full: new JimengRefusal(50_430, 'Request Has Reached API Concurrent Limit, Please Try Later'),
  server_error: SERVER_ERROR,
}
/** What a task of a kind ends with. A review that failed is an end of its own. */
function failureFor(sentinel: string, makes: JimengOrder['makes']): JimengRefusal | undefined {
  if (sentinel === 'output_moderation') return makes === 'video' ? new JimengRefusal(50_516, 'Post Video Risk Not Pass') : new JimengRefusal(50_511, 'Post Img Risk Not Pass')
  if (sentinel === 'render_failure') return makes === 'video' ? SERVER_ERROR : new JimengRefusal(50_520, 'Risk Internal Error')
  return undefined
}

function jimengWire(world: World<JimengJob>): Wire<JimengJob> {
  const { jobs } = world
  const signer = String(world.random())

  const submitAt = (door: Door) => ({ json }: IncomingCall): Answer => success({ task_id: accepted(jimengOrder(json, door), json).id })

  /** The answer is the result, or why there is none. */
  async function process({ json }: IncomingCall): Promise<Answer> {
    const order = jimengOrder(json, 'process')
    const failure = failureFor(sentinelIn(order.prompt) ?? '', order.makes)
    if (failure) throw failure
    const job = accepted(order, json, true)
    return success(await resultOf(job, wantsLinksAtOnce(json)))
  }

  function accepted(order: JimengOrder, body: unknown, immediate?: true): Job {
    const sentinel = sentinelIn(order.prompt) ?? ''
    if (Object.hasOwn(REFUSED_BY_SENTINEL, sentinel)) throw REFUSED_BY_SENTINEL[sentinel]!
    const failure = failureFor(sentinel, order.makes)
    return world.accept({ id: newTaskId(world), body, ending: sentinel === 'expiry' ? 'expired' : endingOf(sentinel, failure !== undefined), details: { order, failure, empty: sentinel === 'no_result' }, ...(immediate && { immediate }) })
  }

  async function query({ json }: IncomingCall): Promise<Answer> {
    const { taskId, wantsLinks } = queriedTask(json)
    const job = jobs.get(taskId)
    if (job === undefined || world.nowMs() > job.createdAtMs + TASK_LIFETIME_MS) return success(taskData('not_found'))
    switch (world.phaseOf(job)) {
      case 'queued':
        return success(taskData('in_queue'))
      case 'running':
        return success(taskData('generating'))
      case 'expired':
      case 'cancelled':
        return success(taskData('expired'))
      case 'succeeded':
        return success({ ...taskData('done'), ...(await resultOf(job, wantsLinks)) })
      case 'failed':
        return (job.details.failure ?? SERVER_ERROR).answer(requestId(), job.details.order.makes === 'video' ? taskData('done') : null)
    }
  }

  function taskData(status: string): Record<string, unknown> {
    return { status, video_url: '', image_urls: null, binary_data_base64: null, resp_data: '', aigc_meta_tagged: false }
  }

  /** A video by its link; a picture as base64 unless links are asked for. */
  async function resultOf(job: Job, wantsLinks: boolean): Promise<Record<string, unknown>> {
    const { order, empty } = job.details
    if (order.makes === 'video') return { video_url: empty ? '' : linkTo(job) }
    if (empty) return { image_urls: null, binary_data_base64: [] }
    return wantsLinks ? { image_urls: [linkTo(job)], binary_data_base64: null } : { image_urls: null, binary_data_base64: [Buffer.from(await world.media.png(order)).toString('base64')] }
  }

  /** A new one for each look. */
  function linkTo({ id, details: { order } }: Job): string {
    const url = new URL(`/jimeng-results/${id}.${order.makes === 'video' ? 'mp4' : 'png'}`, world.origin())
    const untilMs = world.nowMs() + LINK_LIFETIME_MS[order.makes]
    url.searchParams.set('x-expires', String(untilMs))
    url.searchParams.set('x-signature', signatureOf(id, untilMs))
    return url.href
  }

  function signatureOf(id: string, untilMs: number): string {
    return createHmac('sha256', signer).update(`${id} ${untilMs}`).digest('hex')
  }

  async function download({ url, params }: IncomingCall): Promise<Answer> {
    const job = jobs.get(params['id'] ?? '')
    const untilMs = Number(url.searchParams.get('x-expires'))
    if (job === undefined || world.nowMs() > untilMs || url.searchParams.get('x-signature') !== signatureOf(job.id, untilMs)) return { status: 403 }
    const { order } = job.details
    if (order.makes === 'picture') return { status: 200, file: { bytes: await world.media.png(order), mediaType: 'image/png' } }
    const { widthPixels, heightPixels, durationSeconds, audio } = order
    return { status: 200, file: { bytes: await world.media.video({ widthPixels, heightPixels, durationSeconds, audio }), mediaType: 'video/mp4' } }
  }

  const requestId = () => `2026080116${Math.floor(world.random() * 2 ** 48).toString(16).toUpperCase()}`
  const success = (data: unknown): Answer => ({ status: 200, json: { code: 10_000, data, message: 'Success', request_id: requestId(), status: 10_000, time_elapsed: '104.852309ms' } })

  /** Behind the signature, with refusals in the envelope of whoever refuses. */
  const guarded = (answer: (call: IncomingCall) => Answer | Promise<Answer>) => async (call: IncomingCall): Promise<Answer> => {
    const { url, headers, bytes } = call
    try {
      checkSignature({ method: 'POST', url, headers, bytes }, world.nowMs())
      if (url.searchParams.get('Version') !== VERSION) throw new JimengGateRefusal('InvalidActionOrVersion', 'Could not find operation for this version.')
      return await answer(call)
    } catch (error) {
      if (error instanceof JimengRefusal) return error.answer(requestId())
      if (error instanceof JimengGateRefusal) return error.answer(requestId(), url.searchParams.get('Action') ?? '')
      throw error
    }
  }

  return {
    provider: 'jimeng',
    basePath: '',
    credential: { access_key: ACCESS_KEY, secret_key: SECRET_KEY },
    wrongCredential: { access_key: ACCESS_KEY, secret_key: 'not-the-secret-of-this-jimeng' },
    samples: jimengSamples(),
    refusals: jimengRefusals(),
    sentinels: SENTINELS,
    routes: [
      { method: 'POST', path: '/', query: { Action: 'CVSync2AsyncSubmitTask' }, operation: 'create', answer: guarded(submitAt('sync2async')) },
      { method: 'POST', path: '/', query: { Action: 'CVSync2AsyncGetResult' }, operation: 'check', answer: guarded(query) },
      { method: 'POST', path: '/', query: { Action: 'CVSubmitTask' }, operation: 'create', answer: guarded(submitAt('older')) },
      { method: 'POST', path: '/', query: { Action: 'CVGetResult' }, operation: 'check', answer: guarded(query) },
      { method: 'POST', path: '/', query: { Action: 'CVProcess' }, operation: 'create', answer: guarded(process) },
      {
        method: 'POST', path: '/', operation: 'other',
        answer: guarded(({ url }) => {
          throw url.searchParams.has('Action') ? new JimengGateRefusal('InvalidActionOrVersion', 'Could not find operation.') : new JimengGateRefusal('MissingParameter', 'Action is required.')
        }),
      },
      { method: 'GET', path: '/jimeng-results/{id}.mp4', operation: 'download', answer: download },
      { method: 'GET', path: '/jimeng-results/{id}.png', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: SERVER_ERROR.answer('20260801F1'),
      busy: RATE_LIMITED.answer('20260801F2'),
      unauthorized: new JimengGateRefusal('SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.').answer('20260801F3', 'CVSync2AsyncGetResult'),
      not_found: new JimengGateRefusal('InvalidActionOrVersion', 'Could not find operation.').answer('20260801F4', ''),
    },
    withUnknownWord(answer) {
      const json = answer.json as { data?: object }
      return { ...answer, json: { ...json, data: { ...json.data, status: 'hibernating' } } }
    },
  }
}

function wantsLinksAtOnce(body: unknown): boolean {
  return (body as { return_url?: boolean }).return_url === true
}

/** Nineteen digits, as text. */
function newTaskId(world: World<JimengJob>): string {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const id = `7392${String(Math.floor(world.random() * 1e15)).padStart(15, '0')}`
    if (!world.jobs.has(id)) return id
  }
  throw new Error('no id is free')
}
