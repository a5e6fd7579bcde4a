import type { DialectSample } from '../sample.ts'

interface NativeTask { id: string; status: string; output?: { url: string } }

export const genlock: DialectSample = {
  dialect: 'genlock',
  create: (prompt) => ({ method: 'POST', path: '/v1/videos', json: { model: 'seedance-1.0-pro-fast', input: { prompt, duration_seconds: 2, resolution: '480p' } } }),
  wrong: { request: { method: 'POST', path: '/v1/videos', json: { model: 'seedance-1.0-pro-fast', input: { prompt: 'A cat', duration_seconds: 99 } } }, names: 'input.duration_seconds' },
  idOf: (answer) => (answer as NativeTask).id,
  read: (id) => ({ method: 'GET', path: `/v1/videos/${id}` }),
  cancel: (id) => ({ method: 'POST', path: `/v1/videos/${id}/cancel` }),
  outcomeOf(answer) {
    switch ((answer as NativeTask).status) {
      case 'succeeded':
        return 'done'
      case 'failed':
        return 'failed'
      case 'cancelled':
        return 'cancelled'
      default:
        return 'pending'
    }
  },
  linksOf(answer) {
    const { output } = answer as NativeTask
    return output ? [output.url] : []
  },
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
  errorStatuses: { invalid_request: 422 },
}
