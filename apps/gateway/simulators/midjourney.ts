import { z } from 'zod'
import { buttonsOf, parameterFault, pixelsOf, startedBy, type Shape } from './midjourney/actions.ts'
import * as bodies from './midjourney/bodies.ts'
import { midjourneyRefusals, midjourneySamples } from './midjourney/samples.ts'
import { randomUuid } from './random-ids.ts'
import { endingOf, sentinelIn, startSimulator, type Answer, type IncomingCall, type Operation, type Phase, type SimulatedJob, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays midjourney-proxy: `plus` is the branch with buttons, windows, edits and videos (trueai-org, 11), and keeps the
 * `change` of resellers; `original` is novicezk's 2.6 with its queue. Endings are asked for in the prompt:
 * `[[sim:output_moderation]]`.
 */
export function simulateMidjourney(options: SimulatorOptions = {}, flavour: Flavour = 'plus'): Promise<Simulator> {
  return startSimulator<MjJob>(options, (world) => midjourneyWire(world, flavour))
}

type Flavour = 'plus' | 'original'

interface MjJob {
  action: string
  shape: Shape
  prompt: string
  customId?: string
  state?: string
  notifyHook?: string
  botType: string
  uuid: string
  clips: number
  durationSeconds: number
  videoType: string
  mode?: string
  failReason?: string
  /** Whether it succeeds and forgets to say where. */
  empty: boolean
}
type Job = SimulatedJob<MjJob>

const SECRET = 'simulated-mj-secret-3b'
/** "3 concurrent, 10 waiting". */
const CONCURRENT = 3
const WAITING = 10
/** Of windows that wait for words; the oldest is forgotten. */
const MAX_WINDOWS = 1_000

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
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

const GROUP_FULL: Answer = { status: 429, json: { description: '当前分组上游负载已饱和 ', type: 'upstream_error', code: 30 } }

/** Refusals at the door. The last three are a relay's. */
const REFUSED_BY_SENTINEL: Record<string, Answer> = {
  input_moderation: answered(24, '可能包含敏感词', null, { promptEn: 'a boat', bannedWord: 'boat' }),
  queue_full: answered(23, '队列已满，请稍后尝试'),
  rate_limited: GROUP_FULL,
  no_money: { status: 400, json: { description: 'quota_not_enough ', type: 'upstream_error', code: 4 } },
  server_error: { status: 500, json: { description: '提交失败，系统异常', code: 9 } },
}

const FAILED_BY_SENTINEL: Record<string, string> = {
  output_moderation: '[Banned prompt detected] Sorry, please try a different prompt. The AI moderator stopped it.',
  late_parameter_error: '[Invalid parameter] `--ar` was followed by nothing',
  render_failure: '[Internal error] Something went wrong',
  expiry: '任务超时',
}

class MjRefusal extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super('refused')
    this.name = 'MjRefusal'
    this.answer = answer
  }
}

type Common = { state?: string | null | undefined; notifyHook?: string | null | undefined; botType?: string | null | undefined }

/** A button that was pressed and waits for words. */
interface Window {
  parent: Job
  customId: string
  common: Common
}

function midjourneyWire(world: World<MjJob>, flavour: Flavour): Wire<MjJob> {
  const windows = new Map<string, Window>()
  let lastId = 0

  /** "Task id = millisecond timestamp + 3 random digits". */
  function newId(): string {
    const drawn = world.nowMs() * 1000 + Math.floor(world.random() * 1000)
    lastId = Math.max(drawn, lastId + 1)
    return String(lastId)
  }

  function begin(job: Pick<MjJob, 'action' | 'shape' | 'prompt'> & Partial<MjJob>, common: Common, call: IncomingCall, id = newId()): Answer {
    const sentinel = sentinelIn(job.prompt) ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]
    if (refusal) throw new MjRefusal(refusal)
    const waiting = flavour === 'original' ? unfinished() - CONCURRENT : -1
    if (waiting >= WAITING) throw new MjRefusal(answered(23, '队列已满，请稍后尝试'))

    const failReason = FAILED_BY_SENTINEL[sentinel] ?? parameterFault(job.prompt)
    const details: MjJob = {
      clips: 1, durationSeconds: 5, videoType: 'vid_1.1_i2v_480', uuid: randomUuid(world), empty: sentinel === 'no_result', botType: common.botType ?? 'MID_JOURNEY',
      ...(common.state && { state: common.state }), ...(common.notifyHook && { notifyHook: common.notifyHook }), ...(failReason !== undefined && { failReason }),
      ...(call.params['mode'] !== undefined && { mode: call.params['mode'].slice('mj-'.length).toUpperCase() }),
      ...job,
    }
    world.accept({ id, body: { action: job.action, prompt: job.prompt }, ending: endingOf(sentinel, failReason !== undefined), details })
    const properties = { discordInstanceId: '1118138338562560102', discordChannelId: '1118138338562560100' }
    return waiting >= 0 ? answered(22, `排队中，前面还有${waiting}个任务`, id, { numberOfQueues: waiting, ...properties }) : answered(1, '提交成功', id, properties)
  }

  function unfinished(): number {
    return [...world.jobs.values()].filter((job) => ['queued', 'running'].includes(world.phaseOf(job))).length
  }

  function imagine(call: IncomingCall): Answer {
    const given = read(bodies.imagine, call)
    return begin({ action: 'IMAGINE', shape: 'grid', prompt: given.prompt }, given, call)
  }

  function blend(call: IncomingCall): Answer {
    const given = read(bodies.blend, call)
    const ratio = { PORTRAIT: ' --ar 2:3', SQUARE: '', LANDSCAPE: ' --ar 3:2' }[given.dimensions ?? 'SQUARE']
    return begin({ action: 'BLEND', shape: 'grid', prompt: ratio.trim() }, given, call)
  }

  function describe(call: IncomingCall): Answer {
    const given = read(bodies.describeBody, call)
    return begin({ action: 'DESCRIBE', shape: 'words', prompt: '' }, given, call)
  }

  function shorten(call: IncomingCall): Answer {
    const given = read(bodies.shorten, call)
    return begin({ action: 'SHORTEN', shape: 'words', prompt: given.prompt }, given, call)
  }

  function edits(call: IncomingCall): Answer {
    const given = read(bodies.edits, call)
    return begin({ action: 'EDITS', shape: 'grid', prompt: given.prompt }, given, call)
  }

  function retexture(call: IncomingCall): Answer {
    const given = read(bodies.retexture, call)
    return begin({ action: 'RETEXTURE', shape: 'grid', prompt: given.prompt }, given, call)
  }

  function swap(call: IncomingCall): Answer {
    const given = read(bodies.swap, call)
    return begin({ action: 'SWAP_FACE', shape: 'swapped', prompt: '' }, given, call)
  }

  function video(call: IncomingCall): Answer {
    const given = read(bodies.video, call)
    const shared = { action: 'VIDEO', shape: 'video', clips: given.batchSize ?? 4, videoType: given.videoType ?? 'vid_1.1_i2v_480' } as const
    if (given.action === 'extend') {
      const parent = parentOf(given.taskId)
      if (parent.details.shape !== 'video' || (given.index ?? 0) >= parent.details.clips) throw new MjRefusal(answered(4, 'index参数错误'))
      return begin({ ...shared, prompt: given.prompt ?? parent.details.prompt, durationSeconds: parent.details.durationSeconds + 4 }, given, call)
    }
    if (!given.image) throw new MjRefusal(answered(4, 'image不能为空'))
    return begin({ ...shared, prompt: given.prompt ?? '' }, given, call)
  }

  /** A task that has succeeded: only of those there are buttons. */
  function parentOf(id: string | null | undefined): Job {
    const job = world.jobs.get(id ?? '')
    if (job === undefined) throw new MjRefusal({ ...answered(3, '关联任务不存在或已失效'), status: flavour === 'plus' ? 404 : 200 })
    if (world.phaseOf(job) !== 'succeeded') throw new MjRefusal(answered(4, '关联任务状态错误'))
    return job
  }

  function pressed(call: IncomingCall): Answer {
    const given = read(bodies.action, call)
    const parent = parentOf(given.taskId)
    const { prompt, uuid, clips, shape } = parent.details
    const started = startedBy(given.customId)
    if (started === undefined || !buttonsOf(shape, uuid, clips).some(({ customId }) => customId === given.customId)) throw new MjRefusal(answered(4, 'customId参数错误'))
    if (started.window === 'always' || (started.window === 'remix' && given.enableRemix === true)) {
      const id = newId()
      const [oldest] = windows.keys()
      if (windows.size >= MAX_WINDOWS && oldest !== undefined) windows.delete(oldest)
      windows.set(id, { parent, customId: given.customId, common: given })
      return answered(21, 'Waiting for window confirm', id, { finalPrompt: prompt, remix: true })
    }
    return begin({ action: started.action, shape: started.shape, prompt, customId: given.customId, clips: 4 }, given, call)
  }

  function modal(call: IncomingCall): Answer {
    const given = read(bodies.modal, call)
    const window = windows.get(given.taskId)
    if (window === undefined) throw new MjRefusal(answered(3, '关联任务不存在或已失效'))
    const started = startedBy(window.customId)
    const prompt = given.prompt ?? window.parent.details.prompt
    if (started === undefined || (started.action === 'INPAINT' && !given.maskBase64)) throw new MjRefusal(answered(4, 'maskBase64不能为空'))
    const answer = begin({ action: started.action, shape: started.shape, prompt, customId: window.customId }, window.common, call, given.taskId)
    windows.delete(given.taskId)
    return answer
  }

  function changed(call: IncomingCall): Answer {
    const given = read(bodies.change, call)
    return changeOf(given.taskId, { action: given.action, index: given.index ?? 0 }, given, call)
  }

  function simplyChanged(call: IncomingCall): Answer {
    const given = read(bodies.simpleChange, call)
    const [id = '', what = ''] = given.content.split(' ')
    const action = { U: 'UPSCALE', V: 'VARIATION', R: 'REROLL' }[what[0]!.toUpperCase()]!
    return changeOf(id, { action, index: Number(what[1] ?? 0) }, given, call)
  }

  function changeOf(id: string, { action, index }: { action: string; index: number }, common: Common, call: IncomingCall): Answer {
    const parent = parentOf(id)
    if (parent.details.shape !== 'grid') throw new MjRefusal(answered(4, '关联任务不允许执行变化'))
    if (action !== 'REROLL' && (index < 1 || index > 4)) throw new MjRefusal(answered(4, 'index参数错误'))
    const described = `${parent.id} ${action} ${index}`
    if (action === 'UPSCALE') {
      const before = [...world.jobs.values()].find(({ details }) => details.customId === described)
      if (before) return answered(21, '任务已存在', before.id, { status: taskObject(before)['status'], imageUrl: taskObject(before)['imageUrl'] })
    }
    return begin({ action, shape: action === 'UPSCALE' ? 'single' : 'grid', prompt: parent.details.prompt, customId: described }, common, call)
  }

  function taskObject(job: Job, phase: Phase = world.phaseOf(job)): Record<string, unknown> {
    const { details } = job
    const isDone = phase === 'succeeded'
    const links = isDone && !details.empty ? Array.from({ length: details.shape === 'video' ? details.clips : 1 }, (_, index) => ({ url: `${world.origin()}/attachments/${job.id}/${index}.${details.shape === 'video' ? 'mp4' : 'png'}` })) : []
    const words = details.shape === 'words'
    const finalPrompt = words && isDone && !details.empty ? wordsOf(details) : details.prompt
    const common = {
      id: job.id,
      action: details.action,
      status: STATUS[phase],
      prompt: details.prompt,
      promptEn: details.prompt,
      description: `/${details.action.toLowerCase()} ${details.prompt}`.trim(),
      state: details.state ?? null,
      submitTime: job.createdAtMs,
      startTime: phase === 'queued' ? null : job.runsAtMs,
      finishTime: isDone || phase === 'failed' ? job.endsAtMs : null,
      progress: phase === 'running' ? '50%' : isDone ? '100%' : phase === 'queued' ? '0%' : '',
      imageUrl: details.shape === 'video' ? null : (links[0]?.url ?? null),
      failReason: phase === 'cancelled' ? '取消任务' : phase === 'failed' ? (details.failReason ?? null) : null,
      properties: { finalPrompt, notifyHook: details.notifyHook ?? null, botType: details.botType },
    }
    if (flavour === 'original') return common
    return {
      ...common,
      botType: details.botType,
      mode: details.mode ?? null,
      customId: details.customId ?? null,
      buttons: isDone ? buttonsOf(details.shape, details.uuid, details.clips) : [],
      videoUrl: details.shape === 'video' ? (links[0]?.url ?? null) : null,
      videoUrls: details.shape === 'video' ? links : [],
      maskBase64: null,
    }
  }

  function windowObject(id: string, { parent, customId }: Window): Record<string, unknown> {
    return { id, action: startedBy(customId)?.action, status: 'MODAL', prompt: parent.details.prompt, progress: '0%', imageUrl: null, failReason: null, customId, buttons: [], properties: { finalPrompt: parent.details.prompt } }
  }

  /** O answers with nothing, P with a null that its framework serves as nothing. */
  function fetchTask({ params }: IncomingCall): Answer {
    const id = params['id'] ?? ''
    const job = world.jobs.get(id)
    const window = windows.get(id)
    if (job) return { status: 200, json: taskObject(job) }
    if (window) return { status: 200, json: windowObject(id, window) }
    return { status: flavour === 'original' ? 200 : 204 }
  }

  function listByIds(call: IncomingCall): Answer {
    const { ids } = read(bodies.byIds, call)
    return { status: 200, json: ids.flatMap((id) => world.jobs.get(id) ?? []).map((job) => taskObject(job)) }
  }

  function cancel({ params }: IncomingCall): Answer {
    const job = world.jobs.get(params['id'] ?? '')
    if (job && ['queued', 'running'].includes(world.phaseOf(job))) world.cancel(job)
    return { status: 200 }
  }

  async function download({ params }: IncomingCall): Promise<Answer> {
    const job = world.jobs.get(params['id'] ?? '')
    if (job === undefined || world.phaseOf(job) !== 'succeeded') return { status: 404 }
    const { shape, prompt, durationSeconds, videoType } = job.details
    if (shape === 'video') {
      const [widthPixels, heightPixels] = videoType.endsWith('720') ? [1280, 720] : [640, 480]
      return { status: 200, file: { bytes: await world.media.video({ widthPixels: widthPixels!, heightPixels: heightPixels!, durationSeconds, audio: false }), mediaType: 'video/mp4' } }
    }
    const [widthPixels, heightPixels] = pixelsOf(shape, prompt)
    return { status: 200, file: { bytes: await world.media.png({ widthPixels, heightPixels }), mediaType: 'image/png' } }
  }

  /** With the key, and with refusals as answers. */
  const guarded = (answer: (call: IncomingCall) => Answer) => (call: IncomingCall): Answer => {
    const { authorization = '', 'mj-api-secret': secret } = call.headers
    const bearer = flavour === 'plus' ? authorization.replace(/^Bearer /, '') : ''
    if (secret !== SECRET && bearer !== SECRET) return { status: 401 }
    if (call.params['mode'] !== undefined && !/^mj-(?:fast|relax|turbo)$/.test(call.params['mode'])) return { status: 404 }
    try {
      return answer(call)
    } catch (error) {
      if (error instanceof MjRefusal) return error.answer
      throw error
    }
  }

  /** Each under every speed, where there are paths for speeds. */
  const routes = (method: string, path: string, operation: Operation, answer: (call: IncomingCall) => Answer) =>
    ['/mj', ...(flavour === 'plus' ? ['/{mode}/mj'] : [])].map((root) => ({ method, path: root + path, operation, answer: guarded(answer) }))

  const originalRoutes = [
    ...routes('POST', '/submit/imagine', 'create', imagine),
    ...routes('POST', '/submit/blend', 'create', blend),
    ...routes('POST', '/submit/describe', 'create', describe),
    ...routes('POST', '/submit/change', 'create', changed),
    ...routes('POST', '/submit/simple-change', 'create', simplyChanged),
    ...routes('GET', '/task/{id}/fetch', 'check', fetchTask),
    ...routes('GET', '/task/list', 'list', () => ({ status: 200, json: [...world.jobs.values()].map((job) => taskObject(job)) })),
    ...routes('GET', '/task/queue', 'list', () => ({ status: 200, json: [...world.jobs.values()].filter((job) => world.phaseOf(job) === 'queued').map((job) => taskObject(job)) })),
    ...routes('POST', '/task/list-by-condition', 'other', listByIds),
  ]
  const plusRoutes = [
    ...routes('POST', '/submit/action', 'create', pressed),
    ...routes('POST', '/submit/modal', 'create', modal),
    ...routes('POST', '/submit/shorten', 'create', shorten),
    ...routes('POST', '/submit/edits', 'create', edits),
    ...routes('POST', '/submit/edit', 'create', edits),
    ...routes('POST', '/submit/retexture', 'create', retexture),
    ...routes('POST', '/submit/video', 'create', video),
    ...routes('POST', '/insight-face/swap', 'create', swap),
    ...routes('POST', '/task/list-by-ids', 'other', listByIds),
    ...routes('POST', '/task/{id}/cancel', 'cancel', cancel),
    ...routes('GET', '/task/{id}/image-seed', 'other', ({ params }) => (world.jobs.has(params['id'] ?? '') ? answered(1, '成功', '3790824523') : answered(3, '任务不存在'))),
  ]

  return {
    provider: 'midjourney',
    basePath: '',
    credential: { api_secret: SECRET },
    wrongCredential: { api_secret: 'not-the-secret-of-this-proxy' },
    settings: { flavour },
    samples: midjourneySamples(),
    refusals: midjourneyRefusals(),
    sentinels: SENTINELS,
    routes: [...originalRoutes, ...(flavour === 'plus' ? plusRoutes : []), { method: 'GET', path: '/attachments/{id}/{name}', operation: 'download', answer: download }],
    trouble: { server_error: { status: 500, json: { status: 500, error: 'Internal Server Error' } }, busy: GROUP_FULL, unauthorized: { status: 401 }, not_found: { status: 404 } },
    withUnknownWord: (answer) => ({ ...answer, json: { ...(answer.json as Record<string, unknown>), status: 'DREAMING' } }),
    callback(job, phase) {
      const url = job.details.notifyHook
      return url === undefined ? undefined : { url, json: taskObject(job, phase) }
    },
  }
}

const STATUS: Record<Phase, string> = { queued: 'SUBMITTED', running: 'IN_PROGRESS', succeeded: 'SUCCESS', failed: 'FAILURE', expired: 'FAILURE', cancelled: 'FAILURE' }

function answered(code: number, description: string, result: string | null = null, properties: Record<string, unknown> = {}): Answer {
  return { status: 200, json: { code, description, result, properties } }
}

/** Throws the first complaint as code 4. */
function read<S extends z.ZodType>(schema: S, { json }: IncomingCall): z.output<S> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new MjRefusal(answered(4, /[\p{Script=Han}]/u.test(issue?.message ?? '') ? issue!.message : `${issue?.path.join('.') ?? 'body'}参数错误`))
}

function wordsOf({ action }: MjJob): string {
  const found = action === 'SHORTEN' ? ['paper boat, stream', 'boat, stream'] : ['a paper boat on a stream --ar 1:1', 'origami vessel, macro photograph --ar 1:1', 'a folded boat afloat --ar 1:1', 'small white boat, spring water --ar 1:1']
  return found.map((line, index) => `${index + 1}️⃣ ${line}`).join('\n\n')
}
