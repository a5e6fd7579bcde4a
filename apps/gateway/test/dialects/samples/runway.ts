import type { DialectSample } from '../sample.ts'

interface RunwayTask { id: string; status: string; output?: string[] }

const MODEL = 'seedance-1.0-pro-fast'

export const runway: DialectSample = {
  dialect: 'runway',
  create: (prompt) => ({ method: 'POST', path: '/v1/text_to_video', headers: { 'x-runway-version': '2024-11-06' }, json: { model: MODEL, promptText: prompt, ratio: '864:480', duration: 2 } }),
  wrong: { request: { method: 'POST', path: '/v1/text_to_video', json: { model: MODEL, promptText: 'A cat', duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as RunwayTask).id,
  read: (id) => ({ method: 'GET', path: `/v1/tasks/${id}` }),
  cancel: (id) => ({ method: 'DELETE', path: `/v1/tasks/${id}` }),
  outcomeOf(answer) {
    switch ((answer as RunwayTask).status) {
      case 'SUCCEEDED':
        return 'done'
      case 'FAILED':
        return 'failed'
      case 'CANCELLED':
        return 'cancelled'
      default:
        return 'pending'
    }
  },
  linksOf: (answer) => (answer as RunwayTask).output ?? [],
  messageOf: (answer) => (answer as { error: string }).error,
}
