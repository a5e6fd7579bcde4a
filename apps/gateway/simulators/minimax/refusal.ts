import type { Answer } from '../simulator.ts'

/** A refusal of version 1 and of pictures: HTTP 200, with a number inside. */
export class MinimaxRefusal extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'MinimaxRefusal'
    this.code = code
  }

  answer(): Answer {
    return { status: 200, json: { task_id: '', base_resp: { status_code: this.code, status_msg: this.message } } }
  }
}

/** A refusal of version 2: an HTTP status and a type. */
export class H3Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'H3Refusal'
    this.status = status
  }

  answer(requestId: string): Answer {
    return { status: this.status, json: { type: 'error', error: { type: TYPES[this.status] ?? 'bad_request_error', message: this.message, http_code: String(this.status) }, request_id: requestId } }
  }
}

const TYPES: Record<number, string> = {
  404: 'not_found_error',
  400: 'bad_request_error',
  401: 'authorized_error',
  402: 'insufficient_balance_error',
  422: 'unprocessable_entity_error',
  429: 'rate_limit_error',
  500: 'server_error',
}
