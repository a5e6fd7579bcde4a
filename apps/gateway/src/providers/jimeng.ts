import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { answered, failureOf } from './jimeng/answers.ts'
import { bodyOf, marksOf } from './jimeng/body.ts'
import { MODELS, type JimengModel } from './jimeng/models.ts'
import { signedHeaders } from './jimeng/signature.ts'
import { foundFor, type Found } from './jimeng/unfit.ts'
import type { Job, Progress, Provider, ResultSource, Submitted, UpstreamHttp, UpstreamRequest, UpstreamResponse } from './provider.ts'
import { callerMessage, errorByStatus } from './upstream-answer.ts'
import { refusedFor } from './unfit.ts'

const jimengHandle = z.object({
  /** "The req_key should be the one used at submit." */
  reqKey: z.string().regex(/^[A-Za-z0-9_]{1,64}$/),
  /** Of what came with the answer, the id of the request. */
  taskId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** How the result is to be marked, which is said when it is asked for. */
  marks: z.record(z.string(), z.unknown()).optional(),
})
export type JimengHandle = z.output<typeof jimengHandle>

/**
 * Jimeng 即梦 on Volcengine's visual service: ByteDance's older videos and pictures, its talking portraits and its motion
 * imitation, behind one address, where the query says what is wanted and a signature says who asks.
 *
 * There is no way to cancel and no field that a task can be searched by, so a lost submission stays lost. Callbacks are
 * there for two of the models only, and are not used. A task is kept for 12 hours, the link to its video for one, those to
 * pictures for 24. Facts are of 2026, from the vendor's documentation (https://www.volcengine.com/docs/85621) as relayed,
 * its samples and SDKs; the bodies of OmniHuman's quick mode and of DreamActor M1 from open-source clients.
 */
export const jimeng: Provider<JimengHandle> = {
  id: 'jimeng',
  name: 'Jimeng (Volcengine visual service)',
  kinds: ['video', 'image'],
  baseUrl: 'https://visual.volcengineapi.com',
  credential: z.object({
    access_key: z.string().trim().min(1),
    secret_key: z.string().trim().min(1),
    /** Of temporary credentials. */
    security_token: z.string().trim().min(1).optional(),
  }),
  handle: jimengHandle,

  authorize: signedHeaders,

  unfit(work) {
    const found = foundFor(work)
    return 'unfit' in found ? found.unfit : undefined
  },

  async submit(job, http) {
    const found = foundFor(job)
    if ('unfit' in found) throw refusedFor(found.unfit)
    return found.model.by === 'at_once' ? makeAtOnce(job, found, http) : submitTask(job, found, http)
  },

  async check(handle, http) {
    if (MODELS.get(handle.reqKey)?.by === 'at_once') throw new UpstreamError('garbled', 'Pictures of this model come with the answer and cannot be asked for again')
    const response = await look(handle, http)
    const failure = failureOf(response)
    return failure ? { state: 'failed', reason: failure } : progressOf(answered(response).data, response)
  },

  /** A task that cannot be there is `not_found` when keys and model are good. */
  async ping(upstreamModel, http) {
    const [reqKey = upstreamModel] = Object.values(MODELS.get(upstreamModel)?.keys ?? {})
    answered(await look({ reqKey, taskId: '1' }, http))
  },
}

const VERSION = '2022-08-31'

/** What the service's actions are called, by how a model is asked; what is made at once knows tasks too, which are none. */
const ACTIONS: Record<NonNullable<JimengModel['by']> | 'tasks', { submit: string; result: string }> = {
  tasks: { submit: 'CVSync2AsyncSubmitTask', result: 'CVSync2AsyncGetResult' },
  older_tasks: { submit: 'CVSubmitTask', result: 'CVGetResult' },
  at_once: { submit: 'CVProcess', result: 'CVSync2AsyncGetResult' },
}

function action(name: string, json: Record<string, unknown>): UpstreamRequest {
  return { method: 'POST', path: '/', query: { Action: name, Version: VERSION }, json }
}

async function submitTask(job: Job, found: Found, http: UpstreamHttp): Promise<Submitted<JimengHandle>> {
  const response = await http.call(action(ACTIONS[found.model.by ?? 'tasks'].submit, await bodyOf(job, found)))
  const { data } = answered(response)
  const marks = marksOf(job)
  const handle = jimengHandle.safeParse({ reqKey: found.key, taskId: z.object({ task_id: z.string() }).safeParse(data).data?.task_id, ...(Object.keys(marks).length > 0 && { marks }) })
  if (!handle.success) throw errorByStatus(response)
  return { handle: handle.data }
}

/** "5 to 10 s" for a small picture; an enlarged one takes longer. */
const AT_ONCE_TIMEOUT_MS = 120_000

async function makeAtOnce(job: Job, found: Found, http: UpstreamHttp): Promise<Submitted<JimengHandle>> {
  const response = await http.call({ ...action(ACTIONS.at_once.submit, await bodyOf(job, found)), timeoutMs: AT_ONCE_TIMEOUT_MS })
  const { data, request_id: requestId = 'unknown' } = answered(response)
  const made = resultData.safeParse(data)
  if (!made.success) throw errorByStatus(response)
  return { handle: { reqKey: found.key, taskId: jimengHandle.shape.taskId.safeParse(requestId).data ?? 'unknown' }, progress: { state: 'done', results: resultsOf(made.data) } }
}

function look({ reqKey, taskId, marks }: JimengHandle, http: UpstreamHttp): Promise<UpstreamResponse> {
  const model = MODELS.get(reqKey)
  const options = { ...(model?.makes === 'picture' && { return_url: true }), ...marks }
  const json = { req_key: reqKey, task_id: taskId, ...(Object.keys(options).length > 0 && { req_json: JSON.stringify(options) }) }
  return http.call(action(ACTIONS[model?.by ?? 'tasks'].result, json))
}

/** The vendor's words for a task; `done` is good only with the code of success. */
const STATUS = new Map<string, 'running' | 'done' | 'expired' | 'not_found'>([
  // "Being prepared", of portraits.
  ['processing', 'running'],
  ['in_queue', 'running'],
  ['generating', 'running'],
  ['done', 'done'],
  ['expired', 'expired'],
  ['not_found', 'not_found'],
])

const texts = z.array(z.string()).nullish().catch(undefined)
const resultData = z.object({ video_url: z.string().nullish().catch(undefined), image_urls: texts, binary_data_base64: texts })
const taskData = resultData.extend({ status: z.string().min(1) })

function progressOf(data: unknown, response: UpstreamResponse): Progress {
  const task = taskData.safeParse(data)
  if (!task.success) throw errorByStatus(response)
  const { status } = task.data
  switch (STATUS.get(status)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'done':
      return { state: 'done', results: resultsOf(task.data) }
    case 'expired':
      return { state: 'failed', reason: { code: 'timeout', message: 'The upstream let this task expire' } }
    case 'not_found':
      // Said of a task older than 12 hours, and perhaps of one that is very young.
      throw new UpstreamError('refused', 'The upstream does not know this task', { code: 'not_found', httpStatus: response.status })
  }
}

/** A video by its link, pictures by theirs, or as base64 where the wish for links was not heard. */
function resultsOf({ video_url: video, image_urls: images, binary_data_base64: encoded }: z.output<typeof resultData>): ResultSource[] {
  const urls = [video, ...(images ?? [])].filter((url) => url)
  if (urls.length > 0) return urls.map((url) => ({ kind: 'url', url: url!, role: 'output' }))
  return (encoded ?? []).filter((text) => text !== '').map((base64) => ({ kind: 'bytes', base64, role: 'output' }))
}
