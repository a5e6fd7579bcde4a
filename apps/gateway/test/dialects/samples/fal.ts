import type { DialectSample } from '../sample.ts'

interface QueueStatus {
  request_id: string
  status: string
  error?: string
  error_type?: string
  payload?: { video?: { url: string } | null; images?: { url: string }[]; output?: string }
}

export const fal: DialectSample = {
  dialect: 'fal',
  create: (prompt) => ({ method: 'POST', path: '/fal/queue/genlock/seedance-1.0-pro-fast', json: { prompt, duration: '2', resolution: '480p' } }),
  wrong: { request: { method: 'POST', path: '/fal/queue/genlock/seedance-1.0-pro-fast', json: { prompt: 'A cat', duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as QueueStatus).request_id,
  read: (id) => ({ method: 'GET', path: `/fal/queue/genlock/seedance-1.0-pro-fast/requests/${id}/status` }),
  cancel: (id) => ({ method: 'PUT', path: `/fal/queue/genlock/seedance-1.0-pro-fast/requests/${id}/cancel` }),
  outcomeOf(answer) {
    const { status, error, error_type: type } = answer as QueueStatus
    if (status !== 'COMPLETED') return 'pending'
    if (error === undefined) return 'done'
    return type === 'client_cancelled' ? 'cancelled' : 'failed'
  },
  linksOf(answer) {
    const { payload } = answer as QueueStatus
    if (payload?.output !== undefined) return [`data:text/plain,${payload.output}`]
    return [payload?.video ?? [], payload?.images ?? []].flat().map(({ url }) => url)
  },
  messageOf: (answer) => (answer as { message: string }).message,
  errorStatuses: { insufficient_credits: 403, invalid_request: 422, content_policy: 422, not_cancellable: 400 },
}
