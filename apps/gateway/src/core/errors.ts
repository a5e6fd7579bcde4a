/**
 * The one list of codes that a caller can meet, in every dialect. Each has a paragraph in docs/errors.md;
 * a dialect may answer with another HTTP status, never with another meaning.
 */
export const ERROR_CODES = {
  unauthorized: { status: 401, zh: 'API Key 缺失、无效、已吊销或已过期' },
  forbidden: { status: 403, zh: '当前 API Key 无权执行此操作' },
  insufficient_credits: { status: 402, zh: '余额或预算不足,任务未启动' },
  not_found: { status: 404, zh: '未找到该资源' },
  method_not_allowed: { status: 405, zh: '不支持该请求方法' },
  model_not_found: { status: 404, zh: '模型不存在、已停用或没有可用渠道' },
  invalid_request: { status: 400, zh: '请求参数错误' },
  url_not_allowed: { status: 400, zh: '不允许访问该地址' },
  unsupported_media: { status: 415, zh: '不支持的文件或内容类型' },
  too_large: { status: 413, zh: '请求体或文件超出大小限制' },
  rate_limited: { status: 429, zh: '请求过于频繁,请稍后再试' },
  idempotency_conflict: { status: 409, zh: '相同 Idempotency-Key 的请求正在处理中' },
  idempotency_mismatch: { status: 422, zh: '相同 Idempotency-Key 已用于不同的请求' },
  conflict: { status: 409, zh: '与当前状态冲突' },
  not_cancellable: { status: 409, zh: '任务已无法取消' },
  not_ready: { status: 404, zh: '视频尚未生成完成' },
  content_policy: { status: 400, zh: '内容未通过安全审核,费用已退还' },
  upstream_busy: { status: 503, zh: '当前分组上游负载已饱和，请稍后再试' },
  upstream_failed: { status: 502, zh: '上游生成失败,费用已退还' },
  timeout: { status: 504, zh: '任务超时,费用已退还' },
  cancelled: { status: 409, zh: '任务已取消' },
  overloaded: { status: 503, zh: '服务繁忙,请稍后再试' },
  internal: { status: 500, zh: '服务器内部错误' },
} as const

export type ErrorCode = keyof typeof ERROR_CODES

export interface GatewayErrorDetails {
  /** The field that is wrong, as the client spelled it (`input.duration_seconds`). */
  param?: string
  /** Sent as `Retry-After`. */
  retryAfterSeconds?: number
  /** For us, never for the caller. */
  cause?: unknown
}

/** What a caller is told: a code of the list, a sentence that is safe to show, and the field it is about. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly param: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, details: GatewayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'GatewayError'
    this.code = code
    this.param = details.param
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}

export type Language = 'en' | 'zh'

/** The sentence to show: English as thrown, or the customary Chinese one with the field and the detail. */
export function errorMessage(error: GatewayError, language: Language): string {
  if (language === 'en') return error.message
  const zh = ERROR_CODES[error.code].zh
  return error.param === undefined ? zh : `${zh}(${error.param}: ${error.message})`
}

/**
 * What a call to an upstream can come to when it does not simply succeed. `engine/outcome.ts` decides, exhaustively,
 * what each kind means for the task.
 *
 * - `refused`: a definite no to this request; nothing was started there.
 * - `busy`: a definite "not now" (429, no capacity, connection refused before a byte went); nothing was started there.
 * - `credential`: a definite no to our account there (401, 403, no money, model not opened).
 * - `lost`: it may or may not have been accepted (time-out, reset after sending, 5xx, 502/504 of a proxy).
 * - `garbled`: it was answered, with something that cannot be read. For a submission that is as bad as lost.
 */
export type UpstreamErrorKind = 'refused' | 'busy' | 'credential' | 'lost' | 'garbled'

export interface UpstreamErrorDetails {
  /** What the caller's task says when this ends it; `upstream_failed` unless it is known better. */
  code?: Extract<ErrorCode, 'content_policy' | 'invalid_request' | 'unsupported_media' | 'upstream_failed' | 'upstream_busy' | 'timeout' | 'url_not_allowed' | 'not_found'>
  param?: string
  retryAfterSeconds?: number
  httpStatus?: number
  /** The upstream's own code, for the operator's eyes and for tests. */
  upstreamCode?: string
  cause?: unknown
}

export class UpstreamError extends Error {
  readonly kind: UpstreamErrorKind
  readonly code: NonNullable<UpstreamErrorDetails['code']>
  readonly param: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly httpStatus: number | undefined
  readonly upstreamCode: string | undefined

  constructor(kind: UpstreamErrorKind, message: string, details: UpstreamErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'UpstreamError'
    this.kind = kind
    this.code = details.code ?? (kind === 'busy' ? 'upstream_busy' : 'upstream_failed')
    this.param = details.param
    this.retryAfterSeconds = details.retryAfterSeconds
    this.httpStatus = details.httpStatus
    this.upstreamCode = details.upstreamCode
  }
}

/** An impossible state was reached: a bug of ours, never a client's fault. */
export function assertNever(value: never, what: string): never {
  throw new Error(`impossible ${what}: ${String(value)}`)
}
