import { z } from 'zod'
import { UpstreamError } from '../../core/errors.ts'
import type { FailureReason, UpstreamResponse } from '../provider.ts'
import { callerMessage, errorByStatus } from '../upstream-answer.ts'

/** The body of a good answer; anything else is thrown as what it means. */
export function expectOk(response: UpstreamResponse): unknown {
  if (response.status >= 200 && response.status < 300) return response.json
  throw openRouterError(response)
}

/** There are no codes but the HTTP status: the words of the vendor behind it tell, as it gave them. */
const REFUSED_CONTENT = /moderat|content polic|sensitive (?:content|information)|safety|flagged|real person|responsible ai|usage guidelines|copyright/i

/** What befell the operator's account there is not the caller's to read. */
const ABOUT_OUR_ACCOUNT = /\bcredits?\b|\bbalance\b|\bbilling\b|\bquota\b|\bapi key\b/i

export function failureOf(message = ''): FailureReason {
  const said = ABOUT_OUR_ACCOUNT.test(message) ? undefined : message
  return { code: REFUSED_CONTENT.test(message) ? 'content_policy' : 'upstream_failed', message: callerMessage(said, 'The upstream could not make this video') }
}

function openRouterError(response: UpstreamResponse): UpstreamError {
  const { message, metadata } = errorBody.safeParse(response.json).data?.error ?? {}
  const byStatus = errorByStatus(response, { message })
  // "403: Your chosen model requires moderation and your input was flagged", and any other want of permission.
  const ofRequest = byStatus.kind === 'refused' || response.status === 403
  const refused = metadata?.reasons !== undefined || REFUSED_CONTENT.test(`${message ?? ''} ${metadata?.raw ?? ''}`)
  if (ofRequest && refused) return new UpstreamError('refused', callerMessage(message, 'The content was refused'), { httpStatus: response.status, code: 'content_policy' })
  return byStatus
}

/** "`ModerationErrorMetadata`: `reasons`, `flagged_input`, …", "`ProviderErrorMetadata`: `raw`, the raw error from the provider". */
const errorBody = z.object({
  error: z.object({
    message: z.string().optional().catch(undefined),
    metadata: z.object({ reasons: z.array(z.unknown()).optional().catch(undefined), raw: z.string().optional().catch(undefined) }).nullish().catch(undefined),
  }),
})
