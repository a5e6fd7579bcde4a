import type { Answer } from '../simulator.ts'

/** A refusal in the vendor's envelope, whose code is the HTTP status. */
export class OpenRouterRefusal extends Error {
  readonly status: number
  readonly metadata: Record<string, unknown> | undefined
  readonly headers: Record<string, string> | undefined

  constructor(status: number, message: string, { metadata, headers }: { metadata?: Record<string, unknown>; headers?: Record<string, string> } = {}) {
    super(message)
    this.name = 'OpenRouterRefusal'
    this.status = status
    this.metadata = metadata
    this.headers = headers
  }

  answer(): Answer {
    return { status: this.status, json: { error: { code: this.status, message: this.message, ...(this.metadata && { metadata: this.metadata }) } }, ...(this.headers && { headers: this.headers }) }
  }
}
