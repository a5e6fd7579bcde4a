import type { Answer } from '../simulator.ts'

/** A refusal in the vendor's flat envelope: there is no `error` around it. */
export class DashscopeRefusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'DashscopeRefusal'
    this.status = status
    this.code = code
  }

  answer(requestId: string): Answer {
    return { status: this.status, json: { code: this.code, message: this.message, request_id: requestId } }
  }
}

export function invalidParameter(message: string): DashscopeRefusal {
  return new DashscopeRefusal(400, 'InvalidParameter', message)
}
