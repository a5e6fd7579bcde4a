import type { Readable } from 'node:stream'
import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import type { GenerationRequest, InputAsset, InputMedia, InputRole, Operation } from '../core/generation-request.ts'
import type { FailureReason, Progress, ResultRole, ResultSource, Unfit, UpstreamHttp, UpstreamResponse, UpstreamUsage, Work } from './provider.ts'
import { wrongOperation } from './unfit.ts'
import { callerMessage, errorByStatus, type VendorError } from './upstream-answer.ts'

/*
 * What gateways that stand before other upstreams have in common. They copy each other's wires, and add to them: ids,
 * links, status words and errors are found under many names, whatever the page of one of them says. Facts: the pages of
 * nextapi.top, yuzhixiaolongxia.com, allapi.store and the VideoApi console, and the source of QuantumNous/new-api, 2026-08.
 */

export const relayCredential = z.object({ api_key: z.string().trim().min(1) })

export function bearerKey(credential: Record<string, unknown>): Record<string, string> {
  return { authorization: `Bearer ${String(credential['api_key'])}` }
}

/** An id becomes a part of a path, or of a query: `vid_k3v…`, `veo3-fast-frames:1757555257-PORrVn9sa9`. */
export const RELAY_ID = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,199}$/

export const relayHandle = z.object({ id: z.string().regex(RELAY_ID) })
export type RelayHandle = z.output<typeof relayHandle>

type RelayState = 'running' | 'succeeded' | 'failed' | 'cancelled'

/** Every word of every page, in small letters. Only these are final; `unknown` of new-api is none. */
const STATUS = new Map<string, RelayState>([
  ...(['queued', 'pending', 'submitted', 'not_start', 'running', 'processing', 'in_progress'] as const).map((word) => [word, 'running'] as const),
  ...(['succeeded', 'completed', 'success'] as const).map((word) => [word, 'succeeded'] as const),
  ...(['failed', 'failure', 'error'] as const).map((word) => [word, 'failed'] as const),
  ['cancelled', 'cancelled'],
  ['canceled', 'cancelled'],
])

type Fields = Record<string, unknown>

/** A task as an answer shows it, whichever of the shapes it has. */
export interface RelayTask {
  /** In small letters. */
  word: string
  state: RelayState | undefined
  /** Unique, in the order of the outputs. */
  links: string[]
  error: VendorError
  /** The object that the status stands in, for what only one wire says. */
  fields: Fields
}

/** The id that an answer to a create names: "优先读 id,没有再读 task_id" (yuzhixiaolongxia.com); some put both into `data`. */
export function relayId(json: unknown): string | undefined {
  const top = fieldsOf(json)
  const inner = fieldsOf(top['data'])
  // In new-api's envelope `data.id` is the number of a row.
  const candidates = [top['id'], top['task_id'], inner['task_id'], inner['id']]
  return candidates.find((id): id is string => typeof id === 'string' && RELAY_ID.test(id))
}

/**
 * The task in an answer to a look.
 * @throws UpstreamError for any other answer, among them one that speaks of another job.
 */
export function readRelayTask(response: UpstreamResponse, id: string): RelayTask {
  const top = expectOk(response)
  const inner = fieldsOf(top['data'])
  // The envelope's inner status is the task's; a list in `data` is of results.
  const fields = typeof inner['status'] === 'string' ? inner : top
  const status = fields['status']
  const ids = [top['id'], top['task_id'], inner['task_id']].filter((each) => typeof each === 'string' && each !== '')
  if (typeof status !== 'string' || status === '' || (ids.length > 0 && !ids.includes(id))) throw errorByStatus(response)
  const word = status.toLowerCase()
  const state = STATUS.get(word)
  return { word, state, links: linksOf(top, fields, state === 'succeeded'), error: failureIn(top, fields), fields }
}

export function relayProgress(task: RelayTask, more: { results?: ResultSource[]; usage?: UpstreamUsage } = {}): Progress {
  switch (task.state) {
    case undefined:
      return { state: 'unknown', word: callerMessage(task.word, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'succeeded':
      return { state: 'done', results: more.results ?? task.links.map((url) => linkResult(url)), ...(more.usage && { usage: more.usage }) }
    case 'failed':
      return { state: 'failed', reason: failureOf(task.error) }
    case 'cancelled':
      return { state: 'failed', reason: { code: 'cancelled', message: 'The task was cancelled at the upstream' } }
  }
}

/** A link of a relay's may need the key: "下载链路同样需要带 Authorization" (yuzhixiaolongxia.com). `openLink` knows whose it is. */
export function linkResult(url: string, role: ResultRole = 'output'): ResultSource {
  return { kind: 'provider', reference: { url }, role }
}

/** A result that lies below the base URL, where an answer names no link. */
export function pathResult(path: string): ResultSource {
  return { kind: 'provider', reference: { path }, role: 'output' }
}

const linkReference = z.union([z.object({ url: z.string() }), z.object({ path: z.string() })])

/** With the key where the link leads to the upstream itself, and without where it leads to anybody else. */
export async function openLink(source: ResultSource & { kind: 'provider' }, http: UpstreamHttp): Promise<Readable | { url: string }> {
  const reference = linkReference.parse(source.reference)
  if ('path' in reference) return http.download(reference)
  const { url } = reference
  try {
    return await http.download({ address: url })
  } catch (error) {
    // Nothing was sent: the address is not the upstream's own.
    if (error instanceof UpstreamError && error.kind === 'garbled' && error.httpStatus === undefined) return { url }
    throw error
  }
}

/** The body of a success. @throws UpstreamError for anything else. */
export function expectOk(response: UpstreamResponse): Fields {
  if (response.status < 200 || response.status > 299) throw relayError(response)
  if (typeof response.json !== 'object' || response.json === null) throw errorByStatus(response)
  return fieldsOf(response.json)
}

/** Said before anything is looked for: 503 in new-api and here, where for others it might come from behind. */
const REFUSED_AT_THE_DOOR = new Set(['upstream_busy', 'overloaded'])

/** What relays' codes mean where the status says less or something else. After any other 5xx the task may exist. */
export function relayError(response: UpstreamResponse): UpstreamError {
  const vendor = errorIn(fieldsOf(response.json)) ?? {}
  const byStatus = errorByStatus(response, vendor)
  const details = { httpStatus: response.status, ...(vendor.code !== undefined && { upstreamCode: vendor.code }) }
  const retry = byStatus.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: byStatus.retryAfterSeconds }
  if (response.status === 503 && vendor.code !== undefined && REFUSED_AT_THE_DOOR.has(vendor.code)) return new UpstreamError('busy', byStatus.message, { ...details, ...retry })
  // "503 model_not_found: no channel for the model in the group" (new-api): 400, 404 or 503, and never an accepted task.
  if (vendor.code === 'model_not_found') return new UpstreamError('refused', 'The upstream does not serve this model', details)
  // 409 of an idempotency key says that the first request with it is still being worked on.
  if (byStatus.kind === 'lost' || byStatus.kind === 'garbled' || vendor.code === 'idempotency_conflict') return new UpstreamError(byStatus.kind === 'garbled' ? 'garbled' : 'lost', byStatus.message, details)
  if (isOfMoney(vendor)) return new UpstreamError('credential', byStatus.message, details)
  if (byStatus.kind !== 'refused') return byStatus
  if (isOfPolicy(vendor)) return new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { ...details, code: 'content_policy' })
  if (isOfUpstream(vendor)) return new UpstreamError('refused', byStatus.message, details)
  // "task_not_exist: 400 (not 404) on GET status" (new-api).
  if (vendor.code === 'task_not_exist') return new UpstreamError('refused', byStatus.message, { ...details, code: 'not_found' })
  return byStatus
}

function isOfMoney({ code = '' }: VendorError): boolean {
  return /^(?:insufficient_(?:user_)?(?:quota|credits?|balance)|pre_consume_token_quota_failed|billing_hard_limit_reached)$/.test(code)
}

function isOfPolicy({ code = '', message = '' }: VendorError): boolean {
  return /content_policy|content_filter|moderation|sensitive/i.test(code) || /content policy|moderation|sensitive (?:content|information)|内容违规|内容(?:安全)?审核|敏感/i.test(message)
}

/** "fail_to_fetch_task: upstream answered ≠ 200": with that status, and whatever was said there. */
function isOfUpstream({ code = '' }: VendorError): boolean {
  return /^(?:upstream_(?:failed|error)|fail_to_fetch_task)$/.test(code)
}

/** What upstreams behind a relay call a bad parameter when they find it late. */
function isOfParameters({ code = '' }: VendorError): boolean {
  return /^invalid_(?:request|parameter|argument|seconds|size)/i.test(code)
}

function failureOf(error: VendorError): FailureReason {
  const upstreamCode = error.code === undefined ? {} : { upstreamCode: error.code }
  const code = isOfPolicy(error) ? 'content_policy' : isOfParameters(error) ? 'invalid_request' : error.code === 'timeout' ? 'timeout' : error.code === 'cancelled' ? 'cancelled' : 'upstream_failed'
  // What befell the operator's account there is not the caller's to read.
  return { code, message: callerMessage(isOfMoney(error) ? undefined : error.message, 'The upstream could not make this'), ...upstreamCode }
}

/** The reason stands in the envelope's task, and its code sometimes beside it. */
function failureIn(top: Fields, fields: Fields): VendorError {
  const said = [fields, top, fieldsOf(fields['data'])].map((holder) => errorIn(holder))
  return { code: said.find((error) => error?.code !== undefined)?.code, message: said.find((error) => error?.message !== undefined)?.message }
}

/** `{ error: { code, message } }`, `{ error: "…" }`, `{ code, message }`, `{ fail_reason }`, `{ detail }`. */
function errorIn(fields: Fields): VendorError | undefined {
  const inner = fieldsOf(fields['error'])
  // "success" of an envelope says that the task was found.
  const code = [inner['code'], inner['type'], fields['code']].find((word): word is string => isWords(word) && word !== 'success')
  const message = [inner['message'], fields['error'], fields['fail_reason'], fields['error_message'], fields['message'], fields['detail'], fieldsOf(fields['detail'])['error_message']].find(isWords)
  return code === undefined && message === undefined ? undefined : { code, message }
}

/** Where lists of results stand, then where a single one does: the order is that of the page of yuzhixiaolongxia.com. */
const LISTS = ['data', 'videos', 'images', 'generated', 'urls', 'outputs'] as const
const LINKS = ['result_url', 'url', 'video_url', 'image_url', 'output_url', 'download_url'] as const

function linksOf(top: Fields, fields: Fields, succeeded: boolean): string[] {
  const holders = [fields, top, fieldsOf(fields['output']), fieldsOf(fields['data']), fieldsOf(top['data']), fieldsOf(fields['metadata']), fieldsOf(fields['detail']), fieldsOf(fields['video']), fieldsOf(fieldsOf(fields['data'])['data'])]
  for (const holder of holders) {
    for (const name of LISTS) {
      const list = Array.isArray(holder[name]) ? (holder[name] as unknown[]).flatMap(linkIn) : []
      if (list.length > 0) return [...new Set(list)]
    }
  }
  const single = holders.flatMap((holder) => LINKS.map((name) => holder[name])).find(isLink)
  if (single !== undefined) return [single]
  // Before new-api had `result_url`, the link of a success stood here.
  return succeeded && isLink(fields['fail_reason']) ? [fields['fail_reason']] : []
}

/** A result in a list: the link itself, or an object that holds it. */
function linkIn(item: unknown): string[] {
  const link = [item, ...LINKS.map((name) => fieldsOf(item)[name])].find(isLink)
  return link === undefined ? [] : [link]
}

function isLink(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value)
}

function isWords(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** What the wire of a relay can say. */
export interface RelayWire {
  /** For the sentence: `a flat relay`. */
  name: string
  operations: readonly Operation[]
  inputs: Partial<Record<InputMedia, readonly InputRole[]>>
  /** Of the fields that are not on every wire. */
  fields: readonly (typeof CHOICES)[number][]
  maxCount: number
}

/** Fields that a wire must have a word for when they are given. `false` asks for nothing. */
const CHOICES = ['negativePrompt', 'seed', 'style', 'quality', 'enhancePrompt', 'upsample', 'loop', 'vendor'] as const

/** What comes when no format is asked for. */
const USUAL_FORMATS = ['mp4', 'png']

/** The first of the request's fields that this wire cannot say. The frame rate is the model's own by now, and needs no word. */
export function unfitForWire({ request }: Pick<Work, 'request'>, wire: RelayWire): Unfit | undefined {
  const { operation, inputs, count } = request
  if (!wire.operations.includes(operation)) return wrongOperation(wire.name, operation, wire.operations)
  const strange = inputs.find(({ media, role }) => !wire.inputs[media]?.includes(role))
  if (strange) return { param: 'inputs', message: `${wire.name} takes ${inputsText(wire)}, no ${strange.media} as ${strange.role}` }
  if (count > wire.maxCount) return { param: 'count', message: `${wire.name} makes at most ${wire.maxCount} at a time` }
  const unsaid = CHOICES.find((field) => request[field] !== undefined && request[field] !== false && !wire.fields.includes(field))
  if (unsaid) return { param: unsaid, message: `${wire.name} has no word for ${unsaid}; leave it out` }
  if (request.outputFormat !== undefined && !USUAL_FORMATS.includes(request.outputFormat)) return { param: 'outputFormat', message: `${wire.name} gives ${USUAL_FORMATS.join(' or ')}` }
  return undefined
}

function inputsText({ inputs }: RelayWire): string {
  const parts = Object.entries(inputs).map(([media, roles]) => `${media}s as ${roles.join(' or ')}`)
  return parts.length === 0 ? 'no inputs' : parts.join(', ')
}

export function unfitDuration({ durationSeconds }: GenerationRequest, name: string, { auto }: { auto: boolean }): Unfit | undefined {
  if (durationSeconds === undefined || (auto && durationSeconds === 'auto')) return undefined
  if (typeof durationSeconds === 'number' && Number.isInteger(durationSeconds)) return undefined
  return { param: 'durationSeconds', message: `${name} takes whole seconds${auto ? ', or "auto"' : ''}` }
}

/** Of a wire that has no word for sound: whether its models make it unasked, where their names do not tell. */
export const soundSettings = z.strictObject({ sound: z.enum(['always', 'never']).optional() })

/** Pages of such wires are about models that always have sound (Sora, Veo 3) or are silent; what the model does anyway is all that can be had. */
export function unfitSound({ request: { audio }, upstreamModel, settings }: Work, name: string): Unfit | undefined {
  const { sound } = soundSettings.parse(settings)
  const sounds = sound === undefined ? /sora|veo[-_]?3/i.test(upstreamModel) : sound === 'always'
  if (audio === undefined || audio === sounds) return undefined
  return { param: 'audio', message: `${name} has no word for sound: ${sounds ? 'this model always makes it' : 'this model is silent there'}` }
}

/** Inputs of one medium, in the order in which the caller counted them. */
export function inputsOf<Input extends Pick<InputAsset, 'media'>>(inputs: readonly Input[], media: InputMedia): Input[] {
  return inputs.filter((input) => input.media === media)
}

const modelList = z.object({ data: z.array(z.object({ id: z.string() })).min(1) })

/** The list of models, which costs nothing and needs the key. A list that can be read and lacks the model is told. */
export async function pingModels(upstreamModel: string, path: string, http: UpstreamHttp): Promise<void> {
  const response = await http.call({ method: 'GET', path })
  const list = modelList.safeParse(expectOk(response))
  if (list.success && !list.data.data.some(({ id }) => id === upstreamModel)) {
    throw new UpstreamError('refused', 'The upstream does not list this model for this key', { httpStatus: response.status })
  }
}
