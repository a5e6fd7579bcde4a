import type { DialectSample } from '../sample.ts'

interface RelayTask { task_id: string; status: string; url?: string; error?: { code: string } }

export const relay: DialectSample = {
  dialect: 'relay',
  create: (prompt) => ({ method: 'POST', path: '/v1/videos/generations', json: { model: 'seedance-1.0-pro-fast', prompt, duration: 2, size: '480P' } }),
  wrong: { request: { method: 'POST', path: '/v1/videos/generations', json: { model: 'seedance-1.0-pro-fast', prompt: 'A cat', duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as RelayTask).task_id,
  read: (id) => ({ method: 'GET', path: `/v1/tasks/${id}?language=zh` }),
  cancel: (id) => ({ method: 'POST', path: `/v1/tasks/${id}/cancel` }),
  outcomeOf(answer) {
    const { status, error } = answer as RelayTask
    if (status === 'completed') return 'done'
    if (status === 'failed') return error?.code === 'cancelled' ? 'cancelled' : 'failed'
    return 'pending'
  },
  linksOf: (answer) => [(answer as RelayTask).url ?? ''].filter((url) => url !== ''),
  messageOf: (answer) => (answer as { message: string }).message,
}
