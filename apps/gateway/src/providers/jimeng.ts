import { createHash, createHmac } from 'node:crypto'
import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { Operation } from '../core/generation-request.ts'
import type { FailureReason, Job, JobInput, OutgoingCall, Progress, Provider, Unfit, UpstreamHttp, UpstreamRequest, UpstreamResponse, Work } from './provider.ts'
import { plainReference, translateReferences } from './references.ts'
import { callerMessage, errorByStatus, retryAfterSeconds, type VendorError } from './upstream-answer.ts'

const jimengHandle = z.object({
  /** "The req_key should be the one used at submit." */
  reqKey: z.string().regex(/^[A-Za-z0-9_]{1,64}$/),
  taskId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
})
export type JimengHandle = z.output<typeof jimengHandle>

/**
 * Jimeng 即梦 on Volcengine's visual service: ByteDance's older video models, behind one address, where the query says
 * what is wanted and a signature says who asks.
 *
 * There is no callback, no way to cancel and no field that a task can be searched by, so a lost submission stays lost.
 * A task is kept for 12 hours, the link to its video for one. Facts are of August 2026, from the vendor's documentation
 * (https://www.volcengine.com/docs/85621) as relayed, its samples and SDKs.
 */
export const jimeng: Provider<JimengHandle> = {
  id: 'jimeng',
  name: 'Jimeng (Volcengine visual service)',
  kinds: ['video'],
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
    const found = keyOf(work)
    return 'unfit' in found ? found.unfit : unfitFor(work, found)
  },

  async submit(job, http) {
    const found = fittingKey(job)
    const response = await http.call(action('CVSync2AsyncSubmitTask', await taskBody(job, found)))
    const { data } = answered(response)
    const handle = jimengHandle.safeParse({ reqKey: found.key, taskId: z.object({ task_id: z.string() }).safeParse(data).data?.task_id })
    if (!handle.success) throw errorByStatus(response)
    return { handle: handle.data }
  },

  async check(handle, http) {
    const response = await look(handle, http)
    const said = envelope.safeParse(response.json).data
    const failure = failureOf(said)
    return failure ? { state: 'failed', reason: failure } : progressOf(answered(response).data, response)
  },

  /** A task that cannot be there is `not_found` when keys and model are good. */
  async ping(upstreamModel, http) {
    const found = KEYS.get(upstreamModel)
    const reqKey = found?.keys.text_to_video ?? found?.keys.image_to_video ?? upstreamModel
    answered(await look({ reqKey, taskId: '1' }, http))
  },
}

interface JimengModel {
  /** The vendor's key for each way of working: most take either text, or a first frame, or both frames. */
  keys: Partial<Record<Operation, string>>
  resolution: string
  seconds: readonly number[]
  /** A camera move by name; it is what the model is for. */
  camera?: true
}

const S2_PRO: JimengModel = { keys: { text_to_video: 'jimeng_vgfm_t2v_l20', image_to_video: 'jimeng_vgfm_i2v_l20' }, resolution: '720p', seconds: [5] }
const V3_720P: JimengModel = {
  keys: { text_to_video: 'jimeng_t2v_v30', image_to_video: 'jimeng_i2v_first_v30', first_last_frame: 'jimeng_i2v_first_tail_v30' }, resolution: '720p', seconds: [5, 10],
}
/** The endings are irregular: `_1080p` from text, `_1080` from pictures. */
const V3_1080P: JimengModel = {
  keys: { text_to_video: 'jimeng_t2v_v30_1080p', image_to_video: 'jimeng_i2v_first_v30_1080', first_last_frame: 'jimeng_i2v_first_tail_v30_1080' }, resolution: '1080p', seconds: [5, 10],
}
const V3_PRO: JimengModel = { keys: { text_to_video: 'jimeng_ti2v_v30_pro', image_to_video: 'jimeng_ti2v_v30_pro' }, resolution: '1080p', seconds: [5, 10] }
const CAMERA: JimengModel = { keys: { image_to_video: 'jimeng_i2v_recamera_v30' }, resolution: '720p', seconds: [5, 10], camera: true }

/** Each model by all of its keys, and by the names that gateways have for it; the work says which key is sent. */
const KEYS: ReadonlyMap<string, JimengModel> = new Map(
  ([[S2_PRO], [V3_720P, 'jimeng_v30'], [V3_1080P, 'jimeng_v30_1080p'], [V3_PRO, 'jimeng_v30_pro'], [CAMERA]] as const)
    .flatMap(([model, ...names]) => [...Object.values(model.keys), ...names].map((name) => [name, model])),
)

interface Found {
  model: JimengModel
  key: string
}

function keyOf({ upstreamModel, request: { operation } }: Work): Found | { unfit: Unfit } {
  const model = KEYS.get(upstreamModel)
  if (model === undefined) return { unfit: wrong('model', `Jimeng has no model of this name here, only ${[...KEYS.keys()].join(', ')}`) }
  const key = model.keys[operation]
  return key === undefined ? { unfit: wrong('operation', `This model does not do ${operation}, only ${Object.keys(model.keys).join(', ')}`) } : { model, key }
}

function fittingKey(job: Job): Found {
  const found = keyOf(job)
  if ('unfit' in found) throw refusalOf(found.unfit)
  const unfit = unfitFor(job, found)
  if (unfit) throw refusalOf(unfit)
  return found
}

function refusalOf({ param, message }: Unfit): UpstreamError {
  return new UpstreamError('refused', message, { code: 'invalid_request', param })
}

const RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9']
const FRAMES: Partial<Record<Operation, string>> = { text_to_video: '', image_to_video: 'first_frame', first_last_frame: 'first_frame,last_frame' }

function unfitFor({ request }: Work, { model }: Found): Unfit | undefined {
  const { operation, inputs, resolution, aspectRatio, size, durationSeconds, count, audio, negativePrompt, prompt, vendor = {} } = request
  if (inputs.some(({ media }) => media !== 'image') || inputs.map(({ role }) => role).toSorted().join(',') !== FRAMES[operation]) return wrong('inputs', 'This model takes a first frame, and some a last frame with it, and nothing else')
  if (size !== undefined && resolution === undefined && aspectRatio === undefined) return wrong('size', 'This model takes an aspect ratio, not a size in pixels')
  if (resolution !== undefined && resolution !== model.resolution) return wrong('resolution', `This model makes ${model.resolution}`)
  if (durationSeconds !== undefined && (durationSeconds === 'auto' || !model.seconds.includes(durationSeconds))) return wrong('durationSeconds', `This model takes ${model.seconds.join(' or ')} seconds`)
  // "t2v only; i2v is centre-cropped to the nearest".
  const ratios = operation === 'text_to_video' ? RATIOS : ['adaptive']
  if (aspectRatio !== undefined && !ratios.includes(aspectRatio)) return wrong('aspectRatio', `This model takes ${ratios.join(', ')} for this`)
  if (count !== 1) return wrong('count', 'This model makes one video at a time')
  if (audio === true) return wrong('audio', 'This model makes no sound')
  if (negativePrompt !== undefined) return wrong('negativePrompt', 'This model takes no negative prompt')
  if (prompt === '' && operation === 'text_to_video') return wrong('prompt', 'This model needs a prompt for this')
  const other = Object.keys(vendor).find((name) => !model.camera || !CAMERA_FIELDS.includes(name))
  if (other !== undefined) return wrong(`vendor.${other}`, `This model does not take ${other}`)
  return model.camera && vendor['template_id'] === undefined ? wrong('vendor.template_id', 'This model needs the name of a camera move, such as hitchcock_dolly_in') : undefined
}

const CAMERA_FIELDS = ['template_id', 'camera_strength']

function wrong(param: string, message: string): Unfit {
  return { param, message }
}

/** "24·n + 1". */
const FRAMES_PER_SECOND = 24

async function taskBody({ request, inputs }: Job, { model, key }: Found): Promise<Record<string, unknown>> {
  const { durationSeconds, aspectRatio, seed, vendor } = request
  // "No reference syntax for video: frames are positional."
  const prompt = translateReferences(request.prompt, inputs, plainReference)
  const fields = {
    req_key: key,
    prompt: prompt === '' ? undefined : prompt,
    ...(await picturesOf(inputs)),
    seed,
    // Of S2.0 Pro, which makes five seconds and no others, none are documented.
    frames: typeof durationSeconds === 'number' && model.seconds.length > 1 ? durationSeconds * FRAMES_PER_SECOND + 1 : undefined,
    aspect_ratio: aspectRatio === 'adaptive' ? undefined : aspectRatio,
    ...vendor,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Either all as addresses or all as "raw base64", the first frame before the last. */
async function picturesOf(inputs: readonly JobInput[]): Promise<Record<string, unknown>> {
  if (inputs.length === 0) return {}
  const ordered = inputs.toSorted((one, other) => Number(one.role === 'last_frame') - Number(other.role === 'last_frame'))
  if (ordered.every(({ url }) => url?.startsWith('https:'))) return { image_urls: ordered.map(({ url }) => url) }
  const texts: string[] = []
  for (const input of ordered) texts.push(Buffer.from((await input.read()).bytes).toString('base64'))
  return { binary_data_base64: texts }
}

const VERSION = '2022-08-31'

function action(name: 'CVSync2AsyncSubmitTask' | 'CVSync2AsyncGetResult', json: Record<string, unknown>): UpstreamRequest {
  return { method: 'POST', path: '/', query: { Action: name, Version: VERSION }, json }
}

function look({ reqKey, taskId }: JimengHandle, http: UpstreamHttp): Promise<UpstreamResponse> {
  return http.call(action('CVSync2AsyncGetResult', { req_key: reqKey, task_id: taskId }))
}

/** The vendor's words for a task; `done` is good only with the code of success. */
const STATUS = new Map<string, 'running' | 'done' | 'expired' | 'not_found'>([
  ['in_queue', 'running'],
  ['generating', 'running'],
  ['done', 'done'],
  ['expired', 'expired'],
  ['not_found', 'not_found'],
])

const SUCCESS = 10_000

const envelope = z.object({ code: z.coerce.number().int(), message: z.string().nullish().catch(undefined), data: z.unknown().optional() })
type Said = z.output<typeof envelope>
const taskData = z.object({ status: z.string().min(1), video_url: z.string().nullish().catch(undefined) })

function progressOf(data: unknown, response: UpstreamResponse): Progress {
  const task = taskData.safeParse(data)
  if (!task.success) throw errorByStatus(response)
  const { status, video_url: url } = task.data
  switch (STATUS.get(status)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'done':
      return { state: 'done', results: url ? [{ kind: 'url', url, role: 'output' }] : [] }
    case 'expired':
      return { state: 'failed', reason: { code: 'timeout', message: 'The upstream let this task expire' } }
    case 'not_found':
      // Said of a task older than 12 hours, and perhaps of one that is very young.
      throw new UpstreamError('refused', 'The upstream does not know this task', { code: 'not_found', httpStatus: response.status })
  }
}

/** The service's own codes, and the words of the gate before it. */
const CODES = new Map<number | string, CodeMeaning>([
  [50411, 'content_policy'], [50412, 'content_policy'], [50413, 'content_policy'],
  [50511, 'content_policy'], [50512, 'content_policy'], [50516, 'content_policy'], [50517, 'content_policy'], [50518, 'content_policy'], [50519, 'content_policy'],
  // "Risk / Antidirt / Image-copyright internal error": the review itself failed, and it is not to be tried again.
  [50520, 'refused'], [50521, 'refused'], [50522, 'refused'],
  [50429, 'busy'], [50430, 'busy'],
  [50500, 'lost'], [50501, 'lost'],
  // "Access Denied": seen for a wrong key of a model, and for one that the account has not opened; others work on.
  [50400, 'model'],
  [50207, 'invalid_request'], [50215, 'invalid_request'],
  ...['MissingAuthenticationToken', 'MissingRequestInfo', 'MissingSignature', 'InvalidTimestamp', 'InvalidAccessKey', 'SignatureDoesNotMatch', 'LackPolicy', 'AccessDenied', 'InvalidAuthorization', 'InvalidCredential', 'InvalidSecretToken']
    .map((word): [string, CodeMeaning] => [word, 'credential']),
  ['FlowLimitExceeded', 'busy'],
  ...['InternalError', 'InternalServiceTimeout', 'ServiceUnavailableTemp', 'InternalServiceError'].map((word): [string, CodeMeaning] => [word, 'lost']),
])

type CodeMeaning = 'content_policy' | 'refused' | 'busy' | 'lost' | 'model' | 'invalid_request' | 'credential'

/** What a look was told of the task itself, and not of the look: the reviews, and whatever is said of a task that is done. */
function failureOf(said: Said | undefined): FailureReason | undefined {
  if (said === undefined || said.code === SUCCESS) return undefined
  const meaning = CODES.get(said.code)
  const isDone = taskData.safeParse(said.data).data?.status === 'done'
  if (!isDone && meaning !== 'content_policy' && meaning !== 'refused') return undefined
  const code = meaning === 'content_policy' || meaning === 'invalid_request' ? meaning : 'upstream_failed'
  return { code, message: callerMessage(said.message, 'The upstream could not make this video'), upstreamCode: String(said.code) }
}

/** A good answer. Throws `UpstreamError` for any other, in either envelope. */
function answered(response: UpstreamResponse): Said {
  const said = envelope.safeParse(response.json).data
  if (response.status >= 200 && response.status < 300 && said?.code === SUCCESS) return said
  throw jimengError(response)
}

function jimengError(response: UpstreamResponse): UpstreamError {
  const vendor = vendorError(response)
  const byStatus = errorByStatus(response, vendor)
  // After a 5xx the task may exist, whatever the body says.
  if (byStatus.kind === 'lost' || vendor.code === undefined) return byStatus

  const details = { httpStatus: response.status, upstreamCode: vendor.code }
  const said = callerMessage(vendor.message, `The upstream answered with ${vendor.code}`)
  switch (CODES.get(vendor.code) ?? CODES.get(Number(vendor.code))) {
    case undefined:
      return byStatus
    case 'content_policy':
      return new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { ...details, code: 'content_policy' })
    case 'invalid_request':
      return new UpstreamError('refused', said, { ...details, code: 'invalid_request' })
    case 'model':
      return new UpstreamError('refused', 'The upstream does not serve this model now', details)
    case 'refused':
      return new UpstreamError('refused', said, details)
    case 'credential':
      return new UpstreamError('credential', said, details)
    case 'busy':
      return new UpstreamError('busy', said, { ...details, retryAfterSeconds: retryAfterSeconds(response) ?? RETRY_AFTER_SECONDS })
    case 'lost':
      return new UpstreamError('lost', said, details)
  }
}

/** The vendor names no time; an account has one or two places, and each is taken for a minute or more. */
const RETRY_AFTER_SECONDS = 10

const gateEnvelope = z.object({ ResponseMetadata: z.object({ Error: z.object({ Code: z.string(), Message: z.string().nullish().catch(undefined) }) }) })

/** Whether wrong signatures come in the gate's envelope is likely, and not certain; so both are read, and that one first. */
function vendorError(response: UpstreamResponse): VendorError {
  const gate = gateEnvelope.safeParse(response.json).data?.ResponseMetadata.Error
  if (gate) return { code: gate.Code, message: gate.Message ?? undefined }
  const said = envelope.safeParse(response.json).data
  return said === undefined || said.code === SUCCESS ? {} : { code: String(said.code), message: said.message ?? undefined }
}

const REGION = 'cn-north-1'
const SERVICE = 'cv'

/** Volcengine's signature version 4: like AWS's, but for the algorithm's name, the end of the scope, and a key chain that begins with the bare secret. */
function signedHeaders(credential: Record<string, unknown>, { method, url, body = '', contentType = 'application/json', nowMs }: OutgoingCall): Record<string, string> {
  const { access_key: accessKey, secret_key: secretKey, security_token: token } = credential
  const date = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = date.slice(0, 8)
  const bodyHash = sha256(body)
  const headers: Record<string, string> = {
    'content-type': contentType,
    host: url.host,
    'x-content-sha256': bodyHash,
    'x-date': date,
    ...(typeof token === 'string' && { 'x-security-token': token }),
  }
  // In the order of their names, as they stand.
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value.trim()}\n`).join('')
  const canonical = [method, url.pathname, canonicalQuery(url), lines, names, bodyHash].join('\n')
  const scope = `${day}/${REGION}/${SERVICE}/request`
  const key = [day, REGION, SERVICE, 'request'].reduce<string | Buffer>((chain, part) => createHmac('sha256', chain).update(part).digest(), String(secretKey))
  const signature = createHmac('sha256', key).update(['HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).digest('hex')

  const { host: _sentByTheClient, ...sent } = headers
  return { ...sent, authorization: `HMAC-SHA256 Credential=${String(accessKey)}/${scope}, SignedHeaders=${names}, Signature=${signature}` }
}

function canonicalQuery(url: URL): string {
  const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted().join('&')
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
