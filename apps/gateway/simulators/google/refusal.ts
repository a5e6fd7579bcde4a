import type { z } from 'zod'
import type { Answer } from '../simulator.ts'

/** A refusal in Google's envelope. */
export class GoogleRefusal extends Error {
  readonly httpStatus: number
  readonly status: string
  readonly details: unknown[]

  constructor(httpStatus: number, status: string, message: string, details: unknown[] = []) {
    super(message)
    this.name = 'GoogleRefusal'
    this.httpStatus = httpStatus
    this.status = status
    this.details = details
  }

  answer(): Answer {
    const { httpStatus: code, message, status, details } = this
    return { status: code, json: { error: { code, message, status, ...(details.length > 0 && { details }) } } }
  }

  /** As the Interactions API says it: with a word for a code. */
  interactionAnswer(): Answer {
    const code = this.status === 'INVALID_ARGUMENT' ? 'invalid_request' : this.status.toLowerCase()
    return { status: this.httpStatus, json: { error: { code, message: this.message, ...(this.details.length > 0 && { details: this.details }) } } }
  }
}

export function invalid(message: string): GoogleRefusal {
  return new GoogleRefusal(400, 'INVALID_ARGUMENT', message)
}

/** One of the faults, whichever comes first, as Google's JSON parser says it. */
export function fault({ issues: [issue] }: z.ZodError): GoogleRefusal {
  if (issue?.code === 'unrecognized_keys') {
    const at = issue.path.join('.')
    return invalid(`Invalid JSON payload received. Unknown name "${String(issue.keys[0])}"${at === '' ? '' : ` at '${at}'`}: Cannot find field.`)
  }
  return invalid(`Invalid value at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`)
}

/** Refusals at the door that a prompt asks for. */
export function refusalFor(sentinel: string | undefined, billing = 'Billing is not enabled for this project.'): GoogleRefusal | undefined {
  switch (sentinel) {
    case 'input_moderation':
      return invalid("The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI practices. Try rephrasing the prompt. If you think this was an error, send feedback.")
    case 'rate_limited':
      return new GoogleRefusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.', [
        { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaMetric: 'generate_requests_per_model' }] },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12s' },
      ])
    case 'no_money':
      return new GoogleRefusal(400, 'FAILED_PRECONDITION', billing)
    case 'server_error':
      return new GoogleRefusal(500, 'INTERNAL', 'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting')
    default:
      return undefined
  }
}
