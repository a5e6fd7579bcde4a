import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { classicTaskOf, dataOf, progressOf, versionedTasksOf, type KlingTask } from './kling/answers.ts'
import { classicBody, versionedBody } from './kling/body.ts'
import { CLASSIC_PATHS, VERSIONED_PATHS, wayOf } from './kling/models.ts'
import { unfitFor } from './kling/unfit.ts'
import type { Job, Provider, Unfit, UpstreamHttp } from './provider.ts'
import { refusedFor } from './unfit.ts'
import { errorByStatus } from './upstream-answer.ts'

/** Where tasks of the versioned wire are looked at. */
const TASKS = 'tasks'
const PLACES = [...Object.values(CLASSIC_PATHS), TASKS] as const
type Place = (typeof PLACES)[number]

const klingHandle = z.object({
  /** "The query path must be the same family as the create path." */
  path: z.enum(PLACES),
  /** It becomes a part of a path. */
  id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
  watermarked: z.literal(true).optional(),
})
export type KlingHandle = z.output<typeof klingHandle>

/**
 * Kling of Kuaishou, its international host; in China `https://api-beijing.klingai.com`. Videos and pictures, in both
 * generations of the wire (kling/models.ts says which model speaks which).
 *
 * There is no way to cancel. A task can be looked up by the reference we gave it. Facts are of August to October 2026,
 * from the vendor's documentation (https://app.klingai.com/global/dev/document-api) as relayed, and open-source clients.
 */
export const kling: Provider<KlingHandle> = {
  id: 'kling',
  name: 'Kling',
  kinds: ['video', 'image'],
  baseUrl: 'https://api-singapore.klingai.com',
  credential: z.union([
    z.object({ api_key: z.string().trim().min(1) }),
    z.object({ access_key: z.string().trim().min(1), secret_key: z.string().trim().min(1) }),
  ]),
  handle: klingHandle,
  callsBack: true,

  authorize({ api_key: apiKey, access_key: accessKey, secret_key: secretKey }, { nowMs }) {
    return { authorization: `Bearer ${typeof apiKey === 'string' ? apiKey : webToken(String(accessKey), String(secretKey), nowMs)}` }
  },

  unfit(work) {
    const found = wayOf(work)
    return 'unfit' in found ? found.unfit : unfitFor(work, found)
  },

  async submit(job, http) {
    const found = fittingWay(job)
    const { model, way } = found
    const classic = model.wire === 'classic'
    const place = classic ? CLASSIC_PATHS[way] : TASKS
    const asked = { ...found, externalId: externalId(job.reference, place) }
    const response = await http.call(
      classic
        ? { method: 'POST', path: `/v1/${place}`, json: await classicBody(job, asked) }
        : { method: 'POST', path: `/${VERSIONED_PATHS[way]}/${job.upstreamModel}`, json: await versionedBody(job, asked) },
    )
    const id = tasksIn(dataOf(response), place)[0]?.id
    const handle = klingHandle.safeParse({ path: place, id, ...(asksForWatermark(job.request.vendor) && { watermarked: true }) })
    if (!handle.success) throw errorByStatus(response)
    return { handle: handle.data }
  },

  async check({ path, id, watermarked = false }, http) {
    const task = (await tasksAt(path, { task_ids: id }, http)).find((each) => each.id === id)
    if (!task) throw new UpstreamError('garbled', 'The upstream told of another task')
    return progressOf(task, { watermarked })
  },

  /** Classic tasks are "queryable" by our own id in the place of theirs, family by family; versioned ones as a filter. */
  async find(reference, http) {
    for (const path of PLACES) {
      const wanted = externalId(reference, path)
      const tasks = await tasksAt(path, { external_task_ids: wanted }, http).catch(noneIfAbsent)
      const task = tasks.find((each) => each.externalId === wanted)
      if (task) return klingHandle.parse({ path, id: task.id })
    }
    return undefined
  },

  /** The task without the envelope. A classic one does not say where it was asked for; the id that we gave it does. */
  callback({ body }) {
    const task = classicTaskOf(body) ?? versionedTasksOf(body)[0]
    const handle = klingHandle.safeParse({ path: placeIn(task?.externalId), id: task?.id })
    return handle.success ? { handle: handle.data } : {}
  },

  /** "Queries are free"; one list, with a page of one task. */
  async ping(_upstreamModel, http) {
    dataOf(await http.call({ method: 'GET', path: `/v1/${CLASSIC_PATHS.text}`, query: { pageNum: '1', pageSize: '1' } }))
  },
}

function fittingWay(job: Job): Exclude<ReturnType<typeof wayOf>, { unfit: Unfit }> {
  const found = wayOf(job)
  if ('unfit' in found) throw refusedFor(found.unfit)
  const unfit = unfitFor(job, found)
  if (unfit) throw refusedFor(unfit)
  return found
}

const TOKEN_SECONDS = 1_800
/** The vendor's own sample starts it this long ago, for clocks that differ a little. */
const TOKEN_AGE_SECONDS = 5

/** HS256, with the secret key as it stands; a new one for each call, so none is ever too old. */
function webToken(accessKey: string, secretKey: string, nowMs: number): string {
  const now = Math.floor(nowMs / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: accessKey, exp: now + TOKEN_SECONDS, nbf: now - TOKEN_AGE_SECONDS })}`
  return `${signed}.${createHmac('sha256', secretKey).update(signed).digest('base64url')}`
}

/** `att_…-omni-video`, `att_…-editing-expand`: unique as our reference is, and it says where to look. References have no hyphen. */
function externalId(reference: string, place: Place): string {
  return `${reference}-${shortName(place)}`
}

function placeIn(external: string | undefined): Place | undefined {
  const name = /^[a-z0-9_]{1,40}-([a-z0-9-]+)$/.exec(external ?? '')?.[1]
  return PLACES.find((place) => shortName(place) === name)
}

function shortName(place: Place): string {
  return place.slice(place.indexOf('/') + 1).replace('/', '-')
}

/** One task by either id, or none. Throws `UpstreamError`. */
async function tasksAt(path: Place, query: { task_ids: string } | { external_task_ids: string }, http: UpstreamHttp): Promise<KlingTask[]> {
  const [wanted = ''] = Object.values(query)
  const response = await http.call(path === TASKS ? { method: 'GET', path: `/${TASKS}`, query } : { method: 'GET', path: `/v1/${path}/${wanted}` })
  const data = dataOf(response)
  const tasks = tasksIn(data, path)
  const none = path === TASKS && Array.isArray(data) && data.length === 0
  if (none && 'task_ids' in query) throw new UpstreamError('refused', 'The upstream does not know this task', { code: 'not_found', httpStatus: response.status })
  if (tasks.length === 0 && !none) throw errorByStatus(response)
  return tasks
}

function tasksIn(data: unknown, path: Place): KlingTask[] {
  if (path === TASKS) return versionedTasksOf(data)
  const task = classicTaskOf(data)
  return task ? [task] : []
}

/** Not here, or not here for an account that may not come here at all; any other error leaves it open. */
function noneIfAbsent(error: unknown): KlingTask[] {
  if (error instanceof UpstreamError && ['1103', '1202', '1203'].includes(error.upstreamCode ?? '')) return []
  throw error
}

function asksForWatermark(vendor: Record<string, unknown> = {}): boolean {
  const info = vendor['watermark_info']
  return typeof info === 'object' && info !== null && 'enabled' in info && info.enabled === true
}
