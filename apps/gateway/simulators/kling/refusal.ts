import type { Answer } from '../simulator.ts'

/** A refusal in the vendor's envelope, which both generations share. */
export class KlingRefusal extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.name = 'KlingRefusal'
    this.status = status
    this.code = code
  }

  answer(requestId: string): Answer {
    return { status: this.status, json: { code: this.code, message: this.message, request_id: requestId } }
  }
}

/** Code 1201: a key or a value that is not as it should be. */
export function invalid(message: string): KlingRefusal {
  return new KlingRefusal(400, 1201, message)
}
