import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { dataUri } from './job-input.ts'
import { readWithWhiteMask } from './mask.ts'
import { keptTask, midjourneySettings, planOf, speedOf, type Plan } from './midjourney/plan.ts'
import type { FailureReason, Job, Progress, Provider, ResultSource, UpstreamHttp, UpstreamRequest, UpstreamResponse } from './provider.ts'
import { plainReference, translateReferences } from './references.ts'
import { linkResult, openLink } from './relay-answer.ts'
import { refusedFor } from './unfit.ts'
import { callerMessage, errorByStatus } from './upstream-answer.ts'

const taskId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
const midjourneyHandle = z.object({ id: taskId })
export type MidjourneyHandle = z.output<typeof midjourneyHandle>

/**
 * The wire of midjourney-proxy, which stands for an API that Midjourney does not have: novicezk/midjourney-proxy 2.6,
 * trueai-org/midjourney-proxy 11 and what is compatible with its "plus" branch, and new-api in front of either. The base
 * URL is what comes before `/mj`.
 *
 * Answers have a code of their own inside HTTP 200. Facts were read in those sources, November 2026.
 */
export const midjourney: Provider<MidjourneyHandle> = {
  id: 'midjourney',
  name: 'Midjourney (midjourney-proxy)',
  kinds: ['image', 'video', 'text'],
  // "none if unset".
  credential: z.object({ api_secret: z.string().trim().min(1).optional() }),
  settings: midjourneySettings,
  handle: midjourneyHandle,
  callsBack: true,

  // A relay takes it as well as its own `Authorization`.
  authorize: ({ api_secret: secret }): Record<string, string> => (typeof secret === 'string' ? { 'mj-api-secret': secret } : {}),

  unfit(work) {
    const plan = planOf(work)
    return 'message' in plan ? plan : undefined
  },

  async submit(job, http) {
    const plan = planOf(withPlainReferences(job))
    if ('message' in plan) throw refusedFor(plan)
    const { window, path } = plan
    const pictures = await picturesOf(plan, job)
    const ours = { state: job.reference, ...(job.callbackUrl !== undefined && { notifyHook: job.callbackUrl }) }
    const first = await ask(http, { method: 'POST', path: submitPath(job, path), json: { ...plan.fields, ...(window ? {} : pictures), ...ours } })
    // Where the account is set to ask for words always, a window opens that nobody wished for; it is sent on as it is.
    const opened = window ?? (first.wantsWords ? { prompt: first.finalPrompt } : undefined)
    if (opened === undefined) return { handle: { id: first.id } }

    const answered = await ask(http, { method: 'POST', path: submitPath(job, '/submit/modal'), json: { taskId: first.id, ...(opened.prompt !== undefined && { prompt: opened.prompt }), ...(window ? pictures : {}) } })
    return { handle: { id: answered.id } }
  },

  async check(handle, http) {
    return progressOf(await readTask(handle, http))
  },

  /** Only the plus branch can, and only for its owner; others have no such path, or a page there. So it is looked at again. */
  async cancel(handle, http) {
    if (isEnd(await readTask(handle, http))) return 'too_late'
    const response = await http.call({ method: 'POST', path: `/mj/task/${handle.id}/cancel` })
    if (response.status >= 500) throw errorByStatus(response)
    const after = progressOf(await readTask(handle, http))
    return after.state === 'failed' && after.reason.code === 'cancelled' ? 'cancelled' : 'too_late'
  },

  /** Discord's links lead elsewhere; a proxy's own ones lie where it does, at whatever port that is. */
  open: (source, _job, http) => openLink(source, http),

  /** By the `state` that went with the submission. A relay has no such list. */
  async find(reference, http) {
    const response = await http.call({ method: 'GET', path: '/mj/task/list' })
    if (response.status === 404) return undefined
    const tasks = z.array(z.object({ id: z.coerce.string(), state: z.unknown() })).safeParse(response.json)
    if (response.status !== 200 || !tasks.success) throw errorByStatus(response)
    const found = tasks.data.find(({ state }) => state === reference)
    return found && midjourneyHandle.safeParse({ id: found.id }).data
  },

  /** The whole task, unsigned, at each step. */
  callback({ body }) {
    const { data } = z.object({ id: taskId, status: z.string() }).safeParse(body)
    return data === undefined ? {} : { handle: { id: data.id } }
  },

  async ping(_upstreamModel, http) {
    const response = await http.call({ method: 'POST', path: '/mj/task/list-by-condition', json: { ids: [] } })
    if (response.status !== 200 || !Array.isArray(response.json)) throw errorByStatus(response)
  },
}

/** The upstream's words; the last one is of the plus branch's vocabulary. A `MODAL` waits for the words that come with our next call. */
const STATUS = new Map<string, 'running' | 'succeeded' | 'failed' | 'cancelled'>([
  ['', 'running'],
  ['NOT_START', 'running'],
  ['SUBMITTED', 'running'],
  ['IN_PROGRESS', 'running'],
  ['MODAL', 'running'],
  ['SUCCESS', 'succeeded'],
  ['FAILURE', 'failed'],
  ['CANCEL', 'cancelled'],
])

/** A plus branch has a path for each speed. Neither of the others knows them: one is told in the prompt, the other cuts them off. */
function submitPath(job: Job, path: string): string {
  const { flavour } = midjourneySettings.parse(job.settings)
  const speed = flavour === 'plus' ? speedOf(job) : undefined
  return `${speed === undefined ? '' : `/mj-${speed}`}/mj${path}`
}

/** Of a follow-up the words were checked with its parent's materials. */
function withPlainReferences(job: Job): Job {
  if (job.parent !== undefined) return job
  return { ...job, request: { ...job.request, prompt: translateReferences(job.request.prompt, job.inputs, plainReference) } }
}

/** "base64 items are data URIs; bare base64 → code 4"; of masks "white = change". */
async function picturesOf({ pictures }: Plan, { inputs, request }: Job): Promise<Record<string, unknown>> {
  const fields: Record<string, unknown> = {}
  for (const { name, roles, list } of pictures) {
    const uris: string[] = []
    for (const input of inputs) if (roles.includes(input.role)) uris.push(dataUri(await readWithWhiteMask(input, request)))
    if (uris.length > 0) fields[name] = list ? uris : uris[0]
  }
  return fields
}

const submitAnswer = z.object({
  code: z.union([z.int(), z.string().regex(/^\d{1,4}$/).transform(Number)]),
  description: z.string().nullish().catch(undefined),
  // "some resellers' docs show an integer".
  result: z.union([taskId, z.int().nonnegative().transform(String)]).nullish().catch(undefined),
  properties: z.object({ finalPrompt: z.string().optional().catch(undefined), remix: z.boolean().optional().catch(undefined) }).nullish().catch(undefined),
})

/** Of a call that asks for something: the task's id, and whether it waits for words. Throws `UpstreamError`. */
async function ask(http: UpstreamHttp, request: UpstreamRequest): Promise<{ id: string; wantsWords: boolean; finalPrompt: string | undefined }> {
  const response = await http.call(request)
  const answer = submitAnswer.safeParse(response.json)
  // After a 5xx the task may be there, whatever the body says.
  if (!answer.success || response.status >= 500 || response.status === 401) throw errorByStatus(response, { message: relayError.safeParse(response.json).data?.error.message })
  const { code, description, result, properties } = answer.data
  if (!ACCEPTED.has(code)) throw refusal(response, code, description ?? undefined)
  if (result === undefined || result === null) throw errorByStatus({ ...response, status: 200 })
  return { id: result, wantsWords: properties?.remix === true, finalPrompt: properties?.finalPrompt }
}

/** Submitted; there already (the same upscale twice) or waiting in its window; queued. A relay writes 1 for the others. */
const ACCEPTED: ReadonlySet<number> = new Set([1, 21, 22])

/** "401 {error: {message, type}}". */
const relayError = z.object({ error: z.object({ message: z.string() }) })

function refusal(response: UpstreamResponse, code: number, description: string | undefined): UpstreamError {
  const details = { httpStatus: response.status, upstreamCode: String(code) }
  const message = callerMessage(description, `The upstream refused this (code ${code})`)
  switch (code) {
    case 3:
      // "关联任务不存在或已失效" is of the parent; else no account of the pool is of use now.
      return /任务|task/i.test(description ?? '')
        ? new UpstreamError('refused', message, { ...details, code: 'invalid_request', param: 'inputs' })
        : new UpstreamError('busy', 'The upstream has no account that can work now', details)
    case 4:
      // A relay's account there is empty.
      if (/quota/i.test(description ?? '')) return new UpstreamError('credential', message, details)
      return new UpstreamError('refused', message, { ...details, code: 'invalid_request', ...paramIn(description) })
    case 24:
      return new UpstreamError('refused', message, { ...details, code: 'content_policy' })
    // A failure that may be tried again, a full queue, a group with too much to do.
    case 9:
    case 23:
    case 30:
      return new UpstreamError('busy', message, details)
    // Also 5, "internal": nobody says what became of it.
    default:
      return new UpstreamError('garbled', message, details)
  }
}

const PARAMS: readonly (readonly [RegExp, string])[] = [
  [/prompt/i, 'prompt'],
  [/base64|image|task_?id|关联任务/i, 'inputs'],
  [/dimensions/i, 'aspectRatio'],
  [/index/i, 'vendor.index'],
]

function paramIn(description = ''): { param?: string } {
  const param = PARAMS.find(([pattern]) => pattern.test(description))?.[1]
  return param === undefined ? {} : { param }
}

const links = z.array(z.union([z.string(), z.object({ url: z.string() }).transform(({ url }) => url)])).nullish().catch(undefined)
const text = z.string().nullish().catch(undefined)

const midjourneyTask = z.object({
  id: z.union([z.string(), z.int().transform(String)]).optional().catch(undefined),
  // Absent or null before it has begun.
  status: z.string().nullish(),
  action: text,
  prompt: text,
  failReason: text,
  imageUrl: text,
  videoUrl: text,
  videoUrls: links,
  buttons: z.array(z.object({ customId: z.string() })).nullish().catch(undefined),
  properties: z.object({ finalPrompt: text }).nullish().catch(undefined),
})
type MidjourneyTask = z.output<typeof midjourneyTask>

async function readTask({ id }: MidjourneyHandle, http: UpstreamHttp): Promise<MidjourneyTask> {
  const response = await http.call({ method: 'GET', path: `/mj/task/${id}/fetch` })
  if (isUnknownTask(response)) throw new UpstreamError('refused', 'The upstream knows no such task', { code: 'not_found', httpStatus: response.status })
  const task = midjourneyTask.safeParse(response.json)
  if (response.status !== 200 || !task.success || (task.data.id ?? id) !== id || !('status' in task.data)) throw errorByStatus(response)
  return task.data
}

/** "200 with an empty body; null, served as 204; 400 `task_no_found`", in the order of the flavours. */
function isUnknownTask({ status, text: body, json }: UpstreamResponse): boolean {
  if (status === 200 || status === 204) return body.trim() === '' || json === null
  return status === 400 && /task_not?_found/.test(body)
}

function isEnd({ status }: MidjourneyTask): boolean {
  const state = STATUS.get(status ?? '')
  return state !== undefined && state !== 'running'
}

function progressOf(task: MidjourneyTask): Progress {
  const word = task.status ?? ''
  switch (STATUS.get(word)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(word, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'succeeded':
      return { state: 'done', results: resultsOf(task), kept: keptOf(task) }
    case 'failed':
      return { state: 'failed', reason: failureOf(task.failReason ?? undefined) }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The task was cancelled at the upstream' } }
  }
}

const WORDS: ReadonlySet<string> = new Set(['DESCRIBE', 'SHORTEN'])

function resultsOf({ action, imageUrl, videoUrl, videoUrls, properties, prompt }: MidjourneyTask): ResultSource[] {
  if (WORDS.has(action ?? '')) {
    const said = properties?.finalPrompt || prompt
    return said ? [{ kind: 'text', text: said, role: 'output' }] : []
  }
  const videos = videoUrls?.filter((url) => url !== '') ?? []
  const found = videos.length > 0 ? videos : [videoUrl || imageUrl]
  return found.flatMap((url) => (url ? [linkResult(url)] : []))
}

/** More than any message of Midjourney's has. */
const MAX_BUTTONS = 40

function keptOf({ prompt, buttons, videoUrls }: MidjourneyTask): z.output<typeof keptTask> {
  return { ...(prompt ? { prompt } : {}), buttons: (buttons ?? []).slice(0, MAX_BUTTONS).map(({ customId }) => customId), ...(videoUrls && videoUrls.length > 0 ? { clips: videoUrls.length } : {}) }
}

/** What Discord's messages and the proxies' own say, in the order in which they are looked for. */
const FAILURES: readonly (readonly [RegExp, FailureReason['code']])[] = [
  // Also what the plus branch's own cancelling ends in.
  [/取消任务/, 'cancelled'],
  [/banned|moderat|敏感|违规|community (?:standards|guidelines)|blocked/i, 'content_policy'],
  [/invalid (?:parameter|link|request)|参数/i, 'invalid_request'],
  [/超时|timed? ?out/i, 'timeout'],
]

function failureOf(reason = ''): FailureReason {
  const code = FAILURES.find(([pattern]) => pattern.test(reason))?.[1] ?? 'upstream_failed'
  return { code, message: callerMessage(reason, 'The upstream could not make this') }
}
