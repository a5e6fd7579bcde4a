import { z } from 'zod'
import { UpstreamError } from '../core/errors.ts'
import { requestFor, unfitWork } from './ideogram/body.ts'
import type { Progress, Provider, UpstreamResponse } from './provider.ts'
import { refusedFor } from './unfit.ts'
import { callerMessage, errorByStatus, type VendorError } from './upstream-answer.ts'

/** The vendor gives no id: our own reference, to have something to write down. */
const ideogramHandle = z.object({ id: z.string().regex(/^[a-z0-9_]{1,40}$/) })
export type IdeogramHandle = z.output<typeof ideogramHandle>

/**
 * Ideogram: the paths of version 3, and the classic ones of the models before it. Each call answers with the finished
 * pictures, so there is nothing to check, to stop or to find again; a call that was lost stays lost.
 *
 * Facts are of the vendor's OpenAPI of June 2026 (https://developer.ideogram.ai).
 */
export const ideogram: Provider<IdeogramHandle> = {
  id: 'ideogram',
  name: 'Ideogram',
  kinds: ['image', 'text'],
  baseUrl: 'https://api.ideogram.ai',
  credential: z.object({ api_key: z.string().trim().min(1) }),
  handle: ideogramHandle,

  authorize: (credential) => ({ 'api-key': String(credential['api_key']) }),

  unfit: unfitWork,

  async submit(job, http) {
    const unfit = unfitWork(job)
    if (unfit) throw refusedFor(unfit)
    const response = await http.call({ method: 'POST', ...(await requestFor(job)), timeoutMs: ANSWER_TIMEOUT_MS })
    return { handle: { id: job.reference }, progress: progressOf(response, job.request.operation === 'describe') }
  },

  check() {
    return Promise.reject(new UpstreamError('garbled', 'The upstream answers at once and knows no jobs'))
  },

  /** The list of the account's own models: free, and for those with a key only. */
  async ping(_upstreamModel, http) {
    expectOk(await http.call({ method: 'GET', path: '/models' }))
  },
}

/** "typically 5–30 s" for one picture; eight of the best quality take several times as long. */
const ANSWER_TIMEOUT_MS = 300_000

const pictures = z.object({
  // "url null/empty exactly when is_image_safe is false".
  data: z.array(z.object({ url: z.string().nullish().catch(undefined), is_image_safe: z.boolean().nullish().catch(undefined) })),
})
const descriptions = z.object({ descriptions: z.array(z.object({ text: z.string() })) })

function progressOf(response: UpstreamResponse, isDescription: boolean): Progress {
  const json = expectOk(response)
  if (isDescription) {
    const described = descriptions.safeParse(json)
    if (!described.success) throw errorByStatus(response)
    const text = described.data.descriptions.map((each) => each.text).join('\n')
    return { state: 'done', results: text === '' ? [] : [{ kind: 'text', text, role: 'output' }] }
  }
  const made = pictures.safeParse(json)
  if (!made.success) throw errorByStatus(response)
  const { data } = made.data
  const results = data.flatMap(({ url, is_image_safe: isSafe }) => (url && isSafe !== false ? [{ kind: 'url', url, role: 'output' } as const] : []))
  if (results.length === 0 && data.some(({ is_image_safe: isSafe }) => isSafe === false)) {
    return { state: 'failed', reason: { code: 'content_policy', message: 'The pictures did not pass the safety check', upstreamCode: 'is_image_safe' } }
  }
  return { state: 'done', results }
}

function expectOk(response: UpstreamResponse): unknown {
  if (response.status >= 200 && response.status < 300) return response.json
  const vendor = vendorError(response)
  // "422: prompt or image failed safety"; a validator's list is something else.
  if (response.status === 422 && (vendor.message === undefined || SAFETY.test(vendor.message))) {
    throw new UpstreamError('refused', callerMessage(vendor.message, 'The content was refused'), { code: 'content_policy', httpStatus: response.status })
  }
  throw errorByStatus(response, vendor)
}

const SAFETY = /safety|prohibited|moderat|policy/i

const text = z.string().optional().catch(undefined)
const errorBody = z.object({ error: text, message: text, detail: z.union([z.string(), z.array(z.object({ msg: z.string() })).transform(([first]) => first?.msg)]).optional().catch(undefined) })

/** "observed forms {error}, {message}, {detail}": none is in the schema. */
function vendorError(response: UpstreamResponse): VendorError {
  const { error, message, detail } = errorBody.safeParse(response.json).data ?? {}
  return { message: error ?? message ?? detail }
}
