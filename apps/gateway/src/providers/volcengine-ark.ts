import { createHash } from 'node:crypto'
import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation-request.ts'
import { urlOrDataUri } from './job-input.ts'
import type { FailureReason, Job, JobInput, Progress, Provider, ResultSource, UpstreamHttp, UpstreamResponse } from './provider.ts'
import { callerMessage, errorByStatus, retryAfterSeconds, type VendorError } from './upstream-answer.ts'

/** The id becomes a part of a path. */
const arkHandle = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/) })
export type ArkHandle = z.output<typeof arkHandle>

/**
 * Volcengine Ark in China, and the same wire as BytePlus ModelArk elsewhere
 * (`https://ark.ap-southeast.bytepluses.com/api/v3`): Seedance video.
 *
 * There is no idempotency key and no field that a task can be searched by, so a lost submission stays lost: no `find`.
 * Facts are of August 2026, from the vendor's documentation (https://www.volcengine.com/docs/82379/1520757) and SDKs.
 */
export const volcengineArk: Provider<ArkHandle> = {
  id: 'volcengine-ark',
  name: 'Volcengine Ark',
  kinds: ['video'],
  baseUrl: 'https://ark.cn-beijing.volces.com/api/v3',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: arkHandle,
  callsBack: true,

  authorize: (credential) => ({ authorization: `Bearer ${String(credential['api_key'])}` }),

  async submit(job, http) {
    const response = await http.call({ method: 'POST', path: TASKS, json: await taskBody(job) })
    const created = arkHandle.safeParse(expectOk(response))
    if (!created.success) throw errorByStatus(response)
    return { handle: created.data }
  },

  async check(handle, http) {
    return progressOf(await readTask(handle, http))
  },

  /**
   * DELETE stops a queued task, but deletes the record of one that has ended, result and all; so it is sent only to
   * one that was seen queued.
   */
  async cancel(handle, http) {
    const { status } = await readTask(handle, http)
    const state = STATUS.get(status)
    if (state === 'cancelled') return 'cancelled'
    if (state !== 'queued') return 'too_late'

    const response = await http.call({ method: 'DELETE', path: taskPath(handle) })
    if (response.status === 400 || response.status === 409) return 'too_late'
    expectOk(response)
    return 'cancelled'
  },

  /** Callbacks are the task object, unsigned. */
  callback({ body }) {
    const { data } = arkHandle.safeParse(body)
    return data === undefined ? {} : { handle: data }
  },

  /** A task without content is refused for its missing field when key and model are good, and for those when not. */
  async ping(upstreamModel, http) {
    const response = await http.call({ method: 'POST', path: TASKS, json: { model: upstreamModel } })
    const { code } = vendorError(response)
    if (response.status !== 400 || !code?.startsWith('MissingParameter')) throw arkError(response)
  },
}

const TASKS = '/contents/generations/tasks'

/** The vendor's words; the last two are of relays that stand in front of it. */
const STATUS = new Map<string, 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired'>([
  ['queued', 'queued'],
  ['running', 'running'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['expired', 'expired'],
  ['pending', 'queued'],
  ['processing', 'running'],
])

/**
 * What the vendor's codes mean where the HTTP status says less or something else. Matched from the start of the code:
 * most have endings (`InputImageSensitiveContentDetected.PrivacyInformation`).
 */
const CODES: readonly (readonly [RegExp, CodeMeaning])[] = [
  [/^(?:Input|Output)?(?:Text|Image|Video|Audio)?SensitiveContentDetected/, 'content_policy'],
  [/^(?:Input|Output)(?:Text|Image)RiskDetection/, 'content_policy'],
  // The checker itself failed, before anything was started.
  [/^ContentSecurityDetectionError/, 'busy'],
  [/^(?:AuthenticationError|InvalidAccountStatus|InvalidSubscription|AccessDenied|AccountOverdueError|OperationDenied)/, 'credential'],
  // One model or endpoint of the account: the others work on, so it is no reason to give up the channel.
  [/^(?:InvalidEndpoint\.ClosedEndpoint|InvalidEndpointOrModel|ModelNotOpen|UnsupportedModel)/, 'model'],
  // A ceiling of spending that the account's owner has set.
  [/^SetLimitExceeded/, 'credential'],
  [/^QuotaExceeded/, 'quota'],
  [/^(?:MissingParameter|InvalidParameter|InvalidImageURL)/, 'invalid_request'],
]

type CodeMeaning = 'content_policy' | 'busy' | 'model' | 'credential' | 'quota' | 'invalid_request'

/** Limits are per minute and the vendor names no time to wait: a quarter of the window. */
const RETRY_AFTER_SECONDS = 15

/** Extras that a catalogue entry may let through. Not `frames`: it outweighs the duration that was paid for. */
const VENDOR_FIELDS = ['camera_fixed', 'service_tier', 'return_last_frame', 'draft', 'priority', 'execution_expires_after', 'watermark'] as const

async function taskBody({ request, upstreamModel, inputs, callbackUrl }: Job): Promise<Record<string, unknown>> {
  const generation = generationOf(upstreamModel, request.model)
  const vendor = Object.entries(request.vendor ?? {}).filter(([name]) => (VENDOR_FIELDS as readonly string[]).includes(name))
  return {
    model: upstreamModel,
    content: await contentOf(request, inputs, { generation, lite: upstreamModel.includes('lite') }),
    watermark: false,
    ...Object.fromEntries(vendor),
    ...defined({
      resolution: request.resolution,
      ratio: ratioOf(request, inputs),
      duration: durationOf(request),
      // Documented for 1.x, and accepted by 2.x on live calls.
      seed: request.seed,
      // Prose and schema disagree about the default, so it is always said; 1.0 has no sound and needs no word about it.
      generate_audio: request.audio ?? (generation === '1.0' ? undefined : false),
      // `mp4` is the default everywhere, and only 2.5 takes the field.
      output_format: request.outputFormat === 'mp4' ? undefined : request.outputFormat,
      // "a hashed end-user id", at most 64 characters.
      safety_identifier: request.endUserId === undefined ? undefined : createHash('sha256').update(request.endUserId).digest('hex'),
      callback_url: callbackUrl,
    }),
  }
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/**
 * `1.0`, `1.5`, `2.0`, `2.5` from a model's id (`doubao-seedance-1-5-pro-251215`), or from our name of it when the
 * operator entered an endpoint (`ep-…`). Unknown ones are taken for the newest kind.
 */
function generationOf(upstreamModel: string, publicModel: string): string {
  const match = /seedance-(\d)[-.](\d)/i.exec(upstreamModel) ?? /seedance-(\d)[-.](\d)/i.exec(publicModel)
  return match ? `${match[1]}.${match[2]}` : '2.5'
}

/** With a first frame the picture decides the ratio unless the caller did; 2.5 takes nothing but `adaptive` then. */
function ratioOf(request: GenerationRequest, inputs: readonly JobInput[]): string | undefined {
  if (request.size !== undefined && request.resolution === undefined && request.aspectRatio === undefined) {
    throw new UpstreamError('refused', 'This model takes a resolution and an aspect ratio, not a size in pixels', { code: 'invalid_request', param: 'size' })
  }
  return request.aspectRatio ?? (hasFrames(inputs) ? 'adaptive' : undefined)
}

function durationOf({ durationSeconds }: GenerationRequest): number | undefined {
  if (durationSeconds === 'auto') return -1
  if (durationSeconds === undefined || Number.isInteger(durationSeconds)) return durationSeconds
  throw new UpstreamError('refused', 'This model takes whole seconds only', { code: 'invalid_request', param: 'durationSeconds' })
}

function hasFrames(inputs: readonly JobInput[]): boolean {
  return inputs.some(({ role }) => role === 'first_frame' || role === 'last_frame')
}

interface Wording {
  generation: string
  /** 1.0-lite-i2v is the only 1.x model with references, and has brackets around their names. */
  lite: boolean
}

async function contentOf(request: GenerationRequest, inputs: readonly JobInput[], wording: Wording): Promise<unknown[]> {
  const text = withoutFlags(withNamedReferences(request.prompt, inputs, wording))
  const media: unknown[] = []
  // One after the other: what is read as bytes may be large.
  for (const input of inputs) media.push(await contentItem(input))
  return [...(text === '' ? [] : [{ type: 'text', text }]), ...media]
}

async function contentItem(input: JobInput): Promise<unknown> {
  if (input.role === 'mask') throw new UpstreamError('refused', 'This model takes no mask', { code: 'invalid_request', param: 'inputs' })
  switch (input.media) {
    case 'image': {
      const role = input.role === 'first_frame' || input.role === 'last_frame' ? input.role : 'reference_image'
      return { type: 'image_url', image_url: { url: await urlOrDataUri(input) }, role }
    }
    case 'video':
      if (input.url === undefined) {
        throw new UpstreamError('refused', 'A reference video for this model must be a URL that is publicly reachable', { code: 'invalid_request', param: 'inputs' })
      }
      return { type: 'video_url', video_url: { url: input.url }, role: 'reference_video' }
    case 'audio':
      return { type: 'audio_url', audio_url: { url: withShortAudioType(await urlOrDataUri(input)) }, role: 'reference_audio' }
  }
}

/** The documentation names `wav` and `mp3` only; the registered name of the latter is `audio/mpeg`. */
function withShortAudioType(url: string): string {
  return url.replace(/^data:audio\/mpeg;/, 'data:audio/mp3;').replace(/^data:audio\/(?:x-wav|wave|vnd\.wave);/, 'data:audio/wav;')
}

const CHINESE_MEDIA = { image: '图片', video: '视频', audio: '音频' } as const
const ENGLISH_MEDIA = { image: 'Image', video: 'Video', audio: 'Audio' } as const

/**
 * `@Image1` in the words that the models were trained on: "Image 1" or 图片1 (2.x), "[Image 1]" or [图1] (1.0 lite),
 * and just "the image" where a frame needs no name (other 1.x).
 */
function withNamedReferences(prompt: string, inputs: readonly JobInput[], { generation, lite }: Wording): string {
  const chinese = /\p{Script=Han}/u.test(prompt)
  const nameless = generation.startsWith('1.') && (!lite || hasFrames(inputs))
  return prompt.replace(/@(image|video|audio) ?(\d{1,3})(?!\d)/gi, (_token, word: string, number: string) => {
    const media = word.toLowerCase() as keyof typeof ENGLISH_MEDIA
    if (nameless) return chinese ? CHINESE_MEDIA[media] : `the ${media}`
    if (generation.startsWith('1.')) return chinese ? `[图${number}]` : `[${ENGLISH_MEDIA[media]} ${number}]`
    return chinese ? `${CHINESE_MEDIA[media]}${number}` : `${ENGLISH_MEDIA[media]} ${number}`
  })
}

/**
 * 1.x still obeys `--dur 12` and its kind inside the prompt, and so would render what was not paid for. A dash instead
 * of the two hyphens leaves the words and takes their power.
 */
function withoutFlags(text: string): string {
  return text.replace(/--(?=(?:resolution|rs|ratio|rt|duration|dur|frames|framespersecond|fps|seed|camerafixed|cf|watermark|wm)\b)/gi, '—')
}

function taskPath({ id }: ArkHandle): string {
  return `${TASKS}/${id}`
}

/** Numbers come as strings from some of the vendor's own services. */
const lenientNumber = z.union([z.number(), z.string().transform(Number)]).optional().catch(undefined)

const arkTask = z.object({
  id: z.string().optional().catch(undefined),
  status: z.string().min(1),
  error: z.object({ code: z.string().optional().catch(undefined), message: z.string().optional().catch(undefined) }).nullish().catch(undefined),
  content: z.object({ video_url: z.string().optional().catch(undefined), last_frame_url: z.string().optional().catch(undefined) }).nullish().catch(undefined),
  duration: lenientNumber,
  usage: z.object({ completion_tokens: lenientNumber, total_tokens: lenientNumber }).nullish().catch(undefined),
})
type ArkTask = z.output<typeof arkTask>

async function readTask(handle: ArkHandle, http: UpstreamHttp): Promise<ArkTask> {
  const response = await http.call({ method: 'GET', path: taskPath(handle) })
  const task = arkTask.safeParse(expectOk(response))
  if (!task.success || (task.data.id !== undefined && task.data.id !== handle.id)) throw errorByStatus(response)
  return task.data
}

function progressOf(task: ArkTask): Progress {
  const state = STATUS.get(task.status)
  switch (state) {
    case undefined:
      return { state: 'unknown', word: callerMessage(task.status, 'unreadable') }
    case 'queued':
    case 'running':
      return { state: 'running' }
    case 'succeeded':
      return { state: 'done', results: resultsOf(task), ...usageOf(task) }
    case 'failed':
      return { state: 'failed', reason: failureOf(task.error ?? {}) }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The task was cancelled at the upstream' } }
    case 'expired':
      return { state: 'failed', reason: { code: 'timeout', message: 'The upstream did not get to this task in time' } }
  }
}

/** Both are signed for GET only, and for 24 hours. */
function resultsOf({ content }: ArkTask): ResultSource[] {
  const results: ResultSource[] = []
  if (content?.video_url) results.push({ kind: 'url', url: content.video_url, role: 'output' })
  if (content?.last_frame_url) results.push({ kind: 'url', url: content.last_frame_url, role: 'last_frame' })
  return results
}

function usageOf({ usage, duration }: ArkTask): Pick<Extract<Progress, { state: 'done' }>, 'usage'> {
  const tokens = countOf(usage?.completion_tokens) ?? countOf(usage?.total_tokens)
  const seconds = countOf(duration)
  if (tokens === undefined && seconds === undefined) return {}
  return { usage: { ...(tokens !== undefined && { tokens }), ...(seconds !== undefined && { seconds }) } }
}

/** `-1` stands for a duration that the model was to decide. */
function countOf(number: number | undefined): number | undefined {
  return number !== undefined && Number.isFinite(number) && number >= 0 ? number : undefined
}

/** 2.5 finds some faults of parameters only while it works, so a task may fail for those too. */
function failureOf({ code, message }: VendorError): FailureReason {
  const meaning = meaningOf(code)
  const ours = meaning === 'content_policy' || meaning === 'invalid_request' ? meaning : 'upstream_failed'
  // What befell the operator's account there is not the caller's to read.
  const said = meaning === 'credential' || meaning === 'quota' || meaning === 'model' ? undefined : message
  return { code: ours, message: callerMessage(said, 'The upstream could not make this video'), ...(code !== undefined && { upstreamCode: code }) }
}

function expectOk(response: UpstreamResponse): unknown {
  if (response.status >= 200 && response.status < 300) return response.json
  throw arkError(response)
}

function arkError(response: UpstreamResponse): UpstreamError {
  const vendor = vendorError(response)
  const byStatus = errorByStatus(response, vendor)
  // After a 5xx the task may exist, whatever the body says.
  if (byStatus.kind === 'lost' || byStatus.kind === 'garbled') return byStatus

  const details = { httpStatus: response.status, ...(vendor.code !== undefined && { upstreamCode: vendor.code }) }
  const meaning = meaningOf(vendor.code)
  switch (meaning === 'quota' ? quotaMeaning(vendor.message) : (meaning ?? byStatus.kind)) {
    case 'content_policy':
      return new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { ...details, code: 'content_policy' })
    case 'invalid_request':
      return new UpstreamError('refused', byStatus.message, { ...details, code: 'invalid_request' })
    case 'model':
      return new UpstreamError('refused', 'The upstream does not serve this model now', details)
    case 'credential':
      return new UpstreamError('credential', byStatus.message, details)
    case 'busy':
      return new UpstreamError('busy', byStatus.message, { ...details, retryAfterSeconds: retryAfterSeconds(response) ?? RETRY_AFTER_SECONDS })
    case 'refused':
      return byStatus
  }
}

function meaningOf(code: string | undefined): CodeMeaning | undefined {
  return code === undefined ? undefined : CODES.find(([pattern]) => pattern.test(code))?.[1]
}

/** `QuotaExceeded` is said of a full queue, which empties, and of a free quota used up, which does not. */
function quotaMeaning(message = ''): 'busy' | 'credential' {
  return /free|trial|used up|exhausted|免费|用尽/i.test(message) && !/queue|排队/i.test(message) ? 'credential' : 'busy'
}

const errorEnvelope = z.object({ error: z.object({ code: z.string().nullish(), message: z.string().nullish() }) })

function vendorError(response: UpstreamResponse): VendorError {
  const { error } = errorEnvelope.safeParse(response.json).data ?? {}
  return { code: error?.code ?? undefined, message: error?.message ?? undefined }
}
