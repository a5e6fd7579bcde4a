import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { falForms } from './fal/inputs.ts'
import { fillForm, fittingForm } from './input-form.ts'
import { dataUri } from './job-input.ts'
import { readWithWhiteMask } from './mask.ts'
import type { FailureReason, Job, JobInput, Progress, Provider, ResultSource, Unfit, UpstreamHttp, UpstreamResponse, Work } from './provider.ts'
import { refusedFor } from './unfit.ts'
import { callerMessage, errorByStatus, type VendorError, resultAt } from './upstream-answer.ts'

/** Both become parts of a path. The app is what its requests are found under: the owner and the name, without what follows. */
const falHandle = z.object({
  app: z.string().regex(/^(?:(?:workflows|comfy)\/)?\w[\w.-]{0,99}\/\w[\w.-]{0,99}$/),
  id: z.string().regex(/^[A-Za-z0-9-]{8,64}$/),
})
export type FalHandle = z.output<typeof falHandle>

const falSettings = z.object({ storage_url: z.url().regex(/[^/]$/).default('https://rest.fal.ai') })
const remixable = z.object({ videoId: z.string().min(1) })

/**
 * fal's queue. An app is asked, its request waits, and what it made is the answer to another call; a failure is that
 * call's HTTP status. There is no idempotency key and no list, so a lost submission is found only by its webhook.
 *
 * `x-fal-billable-units` counts in units whose price is the app's own, so no cost is told.
 *
 * Facts are of November 2026, from https://docs.fal.ai/model-apis and `@fal-ai/client` 1.10.1.
 */
export const fal: Provider<FalHandle> = {
  id: 'fal',
  name: 'fal',
  kinds: ['video', 'image'],
  baseUrl: 'https://queue.fal.run',
  sisterHosts: [/^rest(?:\.alpha)?\.fal\.ai$/],
  // "One string from the dashboard": the key's id, a colon, its secret.
  credential: z.object({ api_key: z.string().trim().min(1) }),
  settings: falSettings,
  handle: falHandle,
  callsBack: true,

  authorize: (credential) => ({ authorization: `Key ${String(credential['api_key'])}` }),

  unfit(work) {
    const choice = choose(work)
    return 'unfit' in choice ? choice.unfit : undefined
  },

  async submit(job, http) {
    const choice = choose(job)
    if ('unfit' in choice) throw refusedFor(choice.unfit)
    const { form } = choice
    const input = {
      ...(await fillForm(form, job, (material) => materialAddress(material, job, http))),
      ...(form.remixes && { video_id: remixable.parse(job.parent?.kept).videoId }),
    }
    const response = await http.call({ method: 'POST', path: `/${form.app}`, json: input, ...(job.callbackUrl !== undefined && { query: { fal_webhook: job.callbackUrl } }) })
    if (response.status >= 300) throw falError(response)
    const created = z.object({ request_id: z.string() }).safeParse(response.json)
    const handle = falHandle.safeParse({ app: queueOf(form.app), id: created.data?.request_id })
    if (!handle.success) throw errorByStatus(response)
    return { handle: handle.data }
  },

  async check(handle, http) {
    const looked = await http.call({ method: 'GET', path: `${requestPath(handle)}/status` })
    if (looked.status >= 300) throw falError(looked)
    const queue = queueStatus.safeParse(looked.json)
    if (!queue.success) throw errorByStatus(looked)
    switch (STATUS.get(queue.data.status)) {
      case undefined:
        return { state: 'unknown', word: callerMessage(queue.data.status, 'unreadable') }
      case 'running':
        return { state: 'running' }
      case 'completed':
        return outcomeOf(await http.call({ method: 'GET', path: requestPath(handle) }), queue.data)
    }
  },

  /** One that waits is removed; one that runs is only told, and whether it stops is for the app to decide. */
  async cancel(handle, http) {
    const response = await http.call({ method: 'PUT', path: `${requestPath(handle)}/cancel` })
    const word = z.object({ status: z.string() }).safeParse(response.json).data?.status
    if (word === 'OK' && response.status < 300) return 'cancelled'
    if (word === 'CANCELLATION_REQUESTED' || word === 'ALREADY_COMPLETED') return 'too_late'
    throw falError(response)
  },

  /** It names the request, not the app: that is known of the attempt. Results in it are not believed, nor is the signature needed. */
  callback({ body, upstreamModel }) {
    const named = z.object({ request_id: z.string() }).safeParse(body)
    const handle = falHandle.safeParse({ app: queueOf(upstreamModel), id: named.data?.request_id })
    return handle.success ? { handle: handle.data } : {}
  },

  /**
   * Looks for a request that nobody made. That a key is looked at even so is not documented ("status … also works
   * without a key"); a bad one was seen to be answered with 401 wherever it was sent.
   */
  async ping(upstreamModel, http) {
    const response = await http.call({ method: 'GET', path: `/${queueOf(upstreamModel)}/requests/00000000-0000-0000-0000-000000000000/status` })
    const isAnswer = typeof response.json === 'object' && response.json !== null
    if (!isAnswer || response.status === 401 || response.status === 403 || response.status === 429 || response.status >= 500) throw falError(response)
  },
}

/** There is no word for failed or cancelled: both are completed, and the result says so. */
const STATUS = new Map<string, 'running' | 'completed'>([
  ['IN_QUEUE', 'running'],
  ['IN_PROGRESS', 'running'],
  ['COMPLETED', 'completed'],
])

/** `detail[].type` of an app's own error, and `error_type` of the platform's. */
const FAILURES = new Map<string, FailureReason['code']>([
  ['content_policy_violation', 'content_policy'],
  ['no_media_generated', 'upstream_failed'],
  ['generation_timeout', 'timeout'],
  ['internal_server_error', 'upstream_failed'],
  ['downstream_service_error', 'upstream_failed'],
  ['downstream_service_unavailable', 'upstream_failed'],
  ['request_timeout', 'timeout'],
  ['startup_timeout', 'timeout'],
  ['client_cancelled', 'cancelled'],
  ['bad_request', 'invalid_request'],
])

/** More than this goes through fal's storage, as its own client sends everything. */
const MAX_DATA_URI_CHARACTERS = 1_000_000
const UPLOAD_TIMEOUT_MS = 120_000

function choose({ upstreamModel, request, parent }: Work): { form: ReturnType<typeof falForms>[number] } | { unfit: Unfit } {
  const chosen = fittingForm(falForms(upstreamModel, request.operation), request)
  if (!chosen) return { unfit: { param: 'inputs', message: `This model does not do ${request.operation} here` } }
  if ('form' in chosen && chosen.form.remixes && !remixable.safeParse(parent?.kept).success) return { unfit: { param: 'inputs', message: 'Only a video that was made here, by the same account, can be made anew' } }
  return chosen
}

/** `fal-ai/flux/dev` waits in the queue of `fal-ai/flux`; the namespaces have a segment more. */
function queueOf(app: string): string {
  const segments = app.split('/')
  return segments.slice(0, segments[0] === 'workflows' || segments[0] === 'comfy' ? 3 : 2).join('/')
}

function requestPath({ app, id }: FalHandle): string {
  return `/${app}/requests/${id}`
}

async function materialAddress(input: JobInput, { settings, request }: Job, http: UpstreamHttp): Promise<string> {
  if (input.url?.startsWith('https:') && input.role !== 'mask') return input.url
  const material = await readWithWhiteMask(input, request)
  const data = dataUri(material)
  return data.length <= MAX_DATA_URI_CHARACTERS ? data : upload(material, falSettings.parse(settings).storage_url, http)
}

const uploadTicket = z.object({ upload_url: z.string(), file_url: z.string() })

async function upload({ bytes, mediaType }: { bytes: Uint8Array; mediaType: string }, storageUrl: string, http: UpstreamHttp): Promise<string> {
  const file = { content_type: mediaType, file_name: `input.${mediaType.split('/')[1]?.replace(/\W.*/, '') ?? 'bin'}` }
  const response = await beforeSubmission(() => http.call({ method: 'POST', address: `${storageUrl}/storage/upload/initiate?storage_type=fal-cdn-v3`, json: file }))
  if (response.status >= 300) throw response.status >= 500 ? notUploaded() : falError(response)
  const ticket = uploadTicket.safeParse(response.json)
  if (!ticket.success) throw notUploaded()
  const stored = await beforeSubmission(() => http.call({ method: 'PUT', address: ticket.data.upload_url, body: { bytes, mediaType }, anonymous: true, timeoutMs: UPLOAD_TIMEOUT_MS }))
  if (stored.status >= 300) throw notUploaded()
  return ticket.data.file_url
}

/** Whatever became of an upload, nothing was asked of an app. */
async function beforeSubmission(call: () => Promise<UpstreamResponse>): Promise<UpstreamResponse> {
  try {
    return await call()
  } catch (error) {
    throw notUploaded(error)
  }
}

function notUploaded(cause?: unknown): UpstreamError {
  return new UpstreamError('busy', 'fal did not take an input', { cause })
}

const queueStatus = z.object({
  status: z.string().min(1),
  error: z.string().nullish().catch(undefined),
  error_type: z.string().nullish().catch(undefined),
})
type QueueStatus = z.output<typeof queueStatus>

/**
 * What a completed request came to. A status of failure is the app's, replayed, when it has the app's shape or the queue
 * knows of an error; otherwise it is this call that failed, and says nothing about the request.
 */
function outcomeOf(response: UpstreamResponse, queue: QueueStatus): Progress {
  const known = queue.error != null || queue.error_type != null
  if (response.status < 300) {
    if (known) return { state: 'failed', reason: reasonOf({ code: queue.error_type ?? undefined, message: queue.error ?? undefined }, 500) }
    return madeOf(response)
  }
  const { detail, error_type: type } = errorEnvelope.safeParse(response.json).data ?? {}
  if (detail === STILL_RUNNING) return { state: 'running' }
  const replayed = Array.isArray(detail) || type !== undefined || (known && detail !== undefined)
  if (!replayed) throw falError(response)
  const vendor = vendorError(response)
  return { state: 'failed', reason: reasonOf({ code: vendor.code ?? queue.error_type ?? undefined, message: vendor.message }, response.status) }
}

const STILL_RUNNING = 'Request is still in progress'

function reasonOf({ code, message }: VendorError, status: number): FailureReason {
  const meaning = FAILURES.get(code ?? '') ?? (status === 499 ? 'cancelled' : status === 422 || status === 400 ? 'invalid_request' : 'upstream_failed')
  return { code: meaning, message: callerMessage(message, 'The upstream could not make this'), ...(code !== undefined && { upstreamCode: code }) }
}

const file = z.object({ url: z.string() })
const madeByApp = z.object({
  images: z.array(file).nullish().catch(undefined),
  image: file.nullish().catch(undefined),
  video: file.nullish().catch(undefined),
  videos: z.array(file).nullish().catch(undefined),
  thumbnail: file.nullish().catch(undefined),
  video_id: z.string().nullish().catch(undefined),
  has_nsfw_concepts: z.array(z.boolean()).nullish().catch(undefined),
})

function madeOf(response: UpstreamResponse): Progress {
  const made = madeByApp.safeParse(response.json)
  if (!made.success) throw errorByStatus(response)
  const { images, image, video, videos, thumbnail, video_id: videoId, has_nsfw_concepts: flags } = made.data
  const files = [...(images ?? []), ...(image ? [image] : []), ...(videos ?? []), ...(video ? [video] : [])]
  // "Safety-filtered images come back as black images", with status 200.
  const seen = files.filter((_, index) => flags?.[index] !== true)
  if (files.length > 0 && seen.length === 0) return { state: 'failed', reason: { code: 'content_policy', message: 'What was made was found unsafe' } }
  const results: ResultSource[] = seen.map(({ url }) => resultAt(url, 'output'))
  if (thumbnail) results.push(resultAt(thumbnail.url, 'poster'))
  return { state: 'done', results, ...(videoId != null && { kept: { videoId } }) }
}

const errorEnvelope = z.object({
  detail: z.union([z.string(), z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])).catch([]), msg: z.string().catch(''), type: z.string().catch('') }))]).optional().catch(undefined),
  error_type: z.string().optional().catch(undefined),
})

function vendorError(response: UpstreamResponse): VendorError {
  const { detail, error_type: type } = errorEnvelope.safeParse(response.json).data ?? {}
  if (!Array.isArray(detail)) return { code: type, message: detail }
  const [first] = detail
  const where = first?.loc.filter((part) => part !== 'body').join('.')
  return { code: first?.type ?? type, message: first && `${where ? `${where}: ` : ''}${first.msg}` }
}

/** "Out of money is 403, not 402": by its status, as every other refusal. What it says of the account is for the operator. */
function falError(response: UpstreamResponse): UpstreamError {
  const vendor = vendorError(response)
  if (response.status < 500 && FAILURES.get(vendor.code ?? '') === 'content_policy') {
    return new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { code: 'content_policy', httpStatus: response.status, upstreamCode: 'content_policy_violation' })
  }
  return errorByStatus(response, vendor)
}
