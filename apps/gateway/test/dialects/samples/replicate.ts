import type { DialectSample } from '../sample.ts'

interface Prediction {
  id: string
  status: string
  output: string | string[] | null
}

export const replicate: DialectSample = {
  dialect: 'replicate',
  create: (prompt) => ({ method: 'POST', path: '/v1/predictions', json: { version: 'seedance-1.0-pro-fast', input: { prompt, duration: 2, resolution: '480p' } } }),
  wrong: { request: { method: 'POST', path: '/v1/models/genlock/seedance-1.0-pro-fast/predictions', json: { input: { prompt: 'A cat', duration: 'soon' } } }, names: 'input.duration' },
  idOf: (answer) => (answer as Prediction).id,
  read: (id) => ({ method: 'GET', path: `/v1/predictions/${id}` }),
  cancel: (id) => ({ method: 'POST', path: `/v1/predictions/${id}/cancel` }),
  outcomeOf(answer) {
    switch ((answer as Prediction).status) {
      case 'succeeded':
        return 'done'
      case 'failed':
        return 'failed'
      case 'canceled':
        return 'cancelled'
      default:
        return 'pending'
    }
  },
  linksOf: (answer) => [(answer as Prediction).output ?? []].flat(),
  messageOf: (answer) => (answer as { detail: string }).detail,
  errorStatuses: { invalid_request: 422, not_cancellable: 200 },
}
