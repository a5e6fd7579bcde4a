import type { z } from 'zod'
import type { Answer } from '../simulator.ts'

/** A refusal in the commonest of the vendor's envelopes: `{ code, error }`, or `{ error }` alone. */
export class XaiRefusal extends Error {
  readonly status: number
  readonly code: string | undefined

  constructor(status: number, message: string, code?: string) {
    super(message)
    this.name = 'XaiRefusal'
    this.status = status
    this.code = code
  }

  static invalid(message: string): XaiRefusal {
    return new XaiRefusal(400, message, 'Client specified an invalid argument')
  }

  answer(): Answer {
    return { status: this.status, json: { ...(this.code !== undefined && { code: this.code }), error: this.message } }
  }
}

/** A body that does not have the schema's shape is 422, with one of its faults. */
export function parsed<Schema extends z.ZodType>(schema: Schema, json: unknown): z.output<Schema> {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.code === 'unrecognized_keys' ? `unknown field \`${issue.keys[0]}\`` : `${issue?.path.join('.')}: ${issue?.message}`
  throw new XaiRefusal(422, `Failed to deserialize the JSON body into the target type: ${where}`)
}
