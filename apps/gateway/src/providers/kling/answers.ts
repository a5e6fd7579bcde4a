import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { FailureReason, Progress, ResultSource, UpstreamResponse } from '../provider.ts'
import { callerMessage, errorByStatus, retryAfterSeconds } from '../upstream-answer.ts'

/** The words of both generations. */
const STATUS = new Map<string, 'running' | 'succeeded' | 'failed'>([
  ['submitted', 'running'],
  ['processing', 'running'],
  ['succeed', 'succeeded'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
])

/**
 * The vendor's numbers, which say more than the HTTP status: 429 is too much traffic, an empty purse, or a wrong
 * address of ours.
 */
const CODES = new Map<number, CodeMeaning>([
  [1000, 'credential'], [1001, 'credential'], [1002, 'credential'], [1003, 'credential'], [1004, 'credential'],
  [1100, 'credential'], [1101, 'credential'], [1102, 'credential'],
  // "no right to this API or model": the others work on, so it is no reason to give up the account.
  [1103, 'model'],
  [1200, 'invalid_request'], [1201, 'invalid_request'],
  [1202, 'refused'], [1203, 'not_found'],
  [1300, 'content_policy'], [1301, 'content_policy'],
  [1302, 'busy'], [1303, 'busy'],
  [1304, 'credential'],
  [5000, 'lost'], [5001, 'lost'], [5002, 'lost'],
])

type CodeMeaning = 'credential' | 'model' | 'invalid_request' | 'refused' | 'not_found' | 'content_policy' | 'busy' | 'lost'

/** A place becomes free when a task ends, and the vendor names no time. */
const RETRY_AFTER_SECONDS = 10

/** One unit of a resource pack, USD 0.14 (list price, about 2026-09). */
const MICROS_PER_UNIT = 140_000

const lenientText = z.union([z.string(), z.number().transform(String)]).nullish().catch(undefined)
const envelope = z.object({ code: z.coerce.number().int(), message: z.string().nullish().catch(undefined), data: z.unknown().optional() })

/** The `data` of a good answer. Throws `UpstreamError` for any other: "check code even when HTTP is 200". */
export function dataOf(response: UpstreamResponse): unknown {
  const { code, data } = envelope.safeParse(response.json).data ?? {}
  if (response.status >= 200 && response.status < 300 && code === 0) return data
  throw klingError(response)
}

export function klingError(response: UpstreamResponse): UpstreamError {
  const { code, message } = envelope.safeParse(response.json).data ?? {}
  const vendor = { code: code === undefined ? undefined : String(code), message: message ?? undefined }
  const byStatus = errorByStatus(response, vendor)
  // After a 5xx the task may exist, whatever the body says.
  if (byStatus.kind === 'lost' || code === undefined) return byStatus

  const details = { httpStatus: response.status, upstreamCode: String(code) }
  const said = callerMessage(vendor.message, `The upstream answered with code ${code}`)
  switch (CODES.get(code)) {
    case undefined:
      return byStatus
    case 'credential':
      return new UpstreamError('credential', said, details)
    case 'model':
      return new UpstreamError('refused', 'The upstream does not serve this model now', details)
    case 'invalid_request':
      return new UpstreamError('refused', said, { ...details, code: 'invalid_request' })
    case 'refused':
      return new UpstreamError('refused', said, details)
    case 'not_found':
      return new UpstreamError('refused', said, { ...details, code: 'not_found' })
    case 'content_policy':
      return new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { ...details, code: 'content_policy' })
    case 'busy':
      return new UpstreamError('busy', said, { ...details, retryAfterSeconds: retryAfterSeconds(response) ?? RETRY_AFTER_SECONDS })
    case 'lost':
      return new UpstreamError('lost', said, details)
  }
}

/** A task as either generation tells of it. */
export interface KlingTask {
  id: string
  status: string
  message: string | undefined
  externalId: string | undefined
  results: KlingResult[]
  units: number | undefined
}

interface KlingResult {
  id: string | undefined
  url: string | undefined
  markedUrl: string | undefined
  seconds: number | undefined
}

const file = z.object({ id: lenientText, url: z.string().optional().catch(undefined), watermark_url: z.string().optional().catch(undefined), duration: lenientText })
const files = z.array(file).nullish().catch(undefined)

const classicTask = z.object({
  task_id: z.string().min(1),
  task_status: z.string().min(1),
  task_status_msg: z.string().nullish().catch(undefined),
  task_info: z.object({ external_task_id: lenientText }).nullish().catch(undefined),
  task_result: z.object({ videos: files, images: files }).nullish().catch(undefined),
  final_unit_deduction: lenientText,
})

export function classicTaskOf(data: unknown): KlingTask | undefined {
  const task = classicTask.safeParse(data).data
  return task && {
    id: task.task_id,
    status: task.task_status,
    message: task.task_status_msg ?? undefined,
    externalId: task.task_info?.external_task_id ?? undefined,
    results: [...(task.task_result?.videos ?? []), ...(task.task_result?.images ?? [])].map(resultOf),
    units: amountOf(task.final_unit_deduction),
  }
}

const versionedTask = z.object({
  id: z.string().min(1),
  status: z.string().min(1),
  message: z.string().nullish().catch(undefined),
  external_id: lenientText,
  outputs: z.array(file.extend({ type: z.string().optional().catch(undefined) })).nullish().catch(undefined),
  billing: z.array(z.object({ charge_type: z.string(), amount: lenientText })).nullish().catch(undefined),
})

/** "data is an array (three sources); one report shows an object". */
export function versionedTasksOf(data: unknown): KlingTask[] {
  return (Array.isArray(data) ? data : [data]).flatMap((each) => {
    const task = versionedTask.safeParse(each).data
    if (!task) return []
    const { id, status, message, external_id: externalId, outputs, billing } = task
    return [{ id, status, message: message ?? undefined, externalId: externalId ?? undefined, results: (outputs ?? []).map(resultOf), units: unitsOf(billing ?? []) }]
  })
}

function resultOf({ id, url, watermark_url: markedUrl, duration }: z.output<typeof file>): KlingResult {
  return { id: id ?? undefined, url: url || undefined, markedUrl: markedUrl || undefined, seconds: amountOf(duration) }
}

/** Undefined where a part was paid in cash: of which currency, the answer does not say. */
function unitsOf(billing: readonly { charge_type: string; amount?: string | null | undefined }[]): number | undefined {
  const amounts = billing.map(({ charge_type: type, amount }) => (type === 'unit' ? amountOf(amount) : undefined))
  if (amounts.length === 0 || amounts.includes(undefined)) return undefined
  return amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0)
}

function amountOf(text: string | null | undefined): number | undefined {
  const amount = text === undefined || text === null || text.trim() === '' ? NaN : Number(text)
  return Number.isFinite(amount) && amount >= 0 ? amount : undefined
}

/** `watermarked`: the files with the vendor's mark were asked for. */
export function progressOf(task: KlingTask, { watermarked }: { watermarked: boolean }): Progress {
  switch (STATUS.get(task.status)) {
    case undefined:
      return { state: 'unknown', word: callerMessage(task.status, 'unreadable') }
    case 'running':
      return { state: 'running' }
    case 'failed':
      // "Failed tasks are not charged", and it says so itself: what an operator's own list says counts less.
      return { state: 'failed', reason: failureOf(task.message), ...usageOf(task) }
    case 'succeeded': {
      const videoId = task.results[0]?.id
      return { state: 'done', results: task.results.flatMap((result) => sourceOf(result, watermarked)), ...usageOf(task), ...(videoId !== undefined && { kept: { videoId } }) }
    }
  }
}

function sourceOf({ url, markedUrl }: KlingResult, watermarked: boolean): ResultSource[] {
  const wanted = watermarked ? (markedUrl ?? url) : url
  return wanted === undefined ? [] : [{ kind: 'url', url: wanted, role: 'output' }]
}

function usageOf({ units, results }: KlingTask): Pick<Extract<Progress, { state: 'done' }>, 'usage'> {
  const seconds = results[0]?.seconds
  if (units === undefined && seconds === undefined) return {}
  return { usage: { ...(seconds !== undefined && { seconds }), ...(units !== undefined && { costMicros: Math.round(units * MICROS_PER_UNIT) }) } }
}

/** The reason is free text: "moderation can also appear late as failed with an explanatory task_status_msg". */
function failureOf(message: string | undefined): FailureReason {
  const policy = message !== undefined && /risk control|violat|community guideline|sensitive|moderation|inappropriate|审核|敏感|违规|风控/i.test(message)
  return { code: policy ? 'content_policy' : 'upstream_failed', message: callerMessage(message, 'The upstream could not make this') }
}
