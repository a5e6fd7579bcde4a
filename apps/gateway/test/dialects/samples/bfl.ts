import type { DialectSample } from '../sample.ts'

interface Poll { status: string; result: { sample: string } | null; details: { code?: string } | null }
type Detail = string | { msg: string }[]

export const bfl: DialectSample = {
  dialect: 'bfl',
  create: (prompt) => ({ method: 'POST', path: '/v1/flux-dev', json: { prompt, width: 256, height: 256 } }),
  wrong: { request: { method: 'POST', path: '/v1/flux-dev', json: { prompt: 'A cat', width: 'wide' } }, names: 'width' },
  idOf: (answer) => (answer as { id: string }).id,
  read: (id) => ({ method: 'GET', path: `/v1/get_result?id=${id}` }),
  outcomeOf(answer) {
    const { status, details } = answer as Poll
    if (status === 'Ready') return 'done'
    if (status === 'Pending') return 'pending'
    return details?.code === 'cancelled' ? 'cancelled' : 'failed'
  },
  linksOf(answer) {
    const { result } = answer as Poll
    return result === null ? [] : [result.sample]
  },
  messageOf(answer) {
    const { detail } = answer as { detail: Detail }
    return typeof detail === 'string' ? detail : (detail[0]?.msg ?? '')
  },
  errorStatuses: { unauthorized: 403, invalid_request: 422 },
}
