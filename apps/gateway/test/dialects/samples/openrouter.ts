import type { DialectSample } from '../sample.ts'

interface Job { id: string; status: string; urls?: string[] }

export const openRouter: DialectSample = {
  dialect: 'openrouter',
  create: (prompt) => ({ method: 'POST', path: '/api/v1/videos', json: { model: 'seedance-1.0-pro-fast', prompt, duration: 2, resolution: '480p' } }),
  wrong: { request: { method: 'POST', path: '/api/v1/videos', json: { model: 'seedance-1.0-pro-fast', prompt: 'A cat', duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as Job).id,
  read: (id) => ({ method: 'GET', path: `/api/v1/videos/${id}` }),
  outcomeOf(answer) {
    const { status } = answer as Job
    if (status === 'completed') return 'done'
    return status === 'failed' || status === 'cancelled' ? status : 'pending'
  },
  linksOf: (answer) => (answer as Job).urls ?? [],
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
}
