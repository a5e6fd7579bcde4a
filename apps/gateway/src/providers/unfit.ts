import { UpstreamError } from '../core/errors.ts'
import type { Operation } from '../core/generation-request.ts'
import type { Unfit } from './provider.ts'

/** What adapters say in `unfit`, in one wording. `who` begins the sentence: `This upstream`, `viduq3`. */
export function wrong(param: string, message: string): Unfit {
  return { param, message }
}

export function wrongOperation(who: string, asked: Operation, known: readonly string[]): Unfit {
  return wrong('operation', `${who} does ${known.join(', ')}, not ${asked}`)
}

/** Nothing where nothing was asked, or one of the values that are taken. */
export function unlessOneOf(param: string, asked: string | undefined, taken: readonly string[], who: string): Unfit | undefined {
  return asked === undefined || taken.includes(asked) ? undefined : wrong(param, `${who} takes ${taken.join(', ')}`)
}

/** The same as `submit` says it, before anything was asked of the upstream. */
export function refusedFor({ param, message }: Unfit): UpstreamError {
  return new UpstreamError('refused', message, { code: 'invalid_request', param })
}
