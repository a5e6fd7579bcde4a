import type { Answer } from '../simulator.ts'

/** A refusal of the service itself: `code` and `status` are the same number, and there is no data. */
export class JimengRefusal extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'JimengRefusal'
    this.code = code
  }

  /** `data` of a task that has come to an end with this. */
  answer(requestId: string, data: unknown = null): Answer {
    const status = STATUSES[this.code] ?? 400
    return { status, json: { code: this.code, data, message: this.message, request_id: requestId, status: this.code, time_elapsed: '12.052309ms' } }
  }
}

const STATUSES: Record<number, number> = { 50429: 429, 50430: 429, 50500: 500, 50501: 500 }

/** A refusal of the gate before the service, in the envelope of Volcengine's actions. */
export class JimengGateRefusal extends Error {
  readonly word: keyof typeof GATE_CODES

  constructor(word: keyof typeof GATE_CODES, message: string) {
    super(message)
    this.name = 'JimengGateRefusal'
    this.word = word
  }

  answer(requestId: string, action: string): Answer {
    const [number, status] = GATE_CODES[this.word]
    const error = { CodeN: number, Code: this.word, Message: this.message }
    return { status, json: { ResponseMetadata: { RequestId: requestId, Action: action, Version: '2022-08-31', Service: 'cv', Region: 'cn-north-1', Error: error } } }
  }
}

const GATE_CODES = {
  MissingParameter: [100_002, 400],
  MissingAuthenticationToken: [100_003, 401],
  MissingRequestInfo: [100_004, 400],
  InvalidTimestamp: [100_006, 400],
  InvalidActionOrVersion: [100_008, 404],
  InvalidAccessKey: [100_009, 401],
  SignatureDoesNotMatch: [100_010, 401],
  InvalidAuthorization: [100_024, 400],
} as const
