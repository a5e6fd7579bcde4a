import type { Answer } from '../simulator.ts'

interface Words {
  message: string
  /** `invalid_request_error` unless told. */
  type?: string
  code?: string
  param?: string
  moderation_details?: unknown
}

/** A refusal in the vendor's envelope: `{ error: { message, type, param, code } }`. */
export class OpenAiRefusal extends Error {
  readonly status: number
  readonly words: Words
  readonly headers: Record<string, string>

  constructor(status: number, words: Words, headers: Record<string, string> = {}) {
    super(words.message)
    this.name = 'OpenAiRefusal'
    this.status = status
    this.words = words
    this.headers = headers
  }

  static invalid(param: string, message: string): OpenAiRefusal {
    return new OpenAiRefusal(400, { code: 'invalid_value', param, message })
  }

  static unknown(param: string): OpenAiRefusal {
    return new OpenAiRefusal(400, { code: 'unknown_parameter', param, message: `Unknown parameter: '${param}'.` })
  }

  static missing(param: string): OpenAiRefusal {
    return new OpenAiRefusal(400, { code: 'missing_required_parameter', param, message: `Missing required parameter: '${param}'.` })
  }

  answer(): Answer {
    const { type = 'invalid_request_error', code = null, param = null, ...rest } = this.words
    return { status: this.status, json: { error: { type, param, code, ...rest } }, headers: this.headers }
  }
}
