import type { DialectSample } from '../sample.ts'

interface Video { id: string; status: string; url?: string; error: { code: string } | null }

export const unified: DialectSample = {
  dialect: 'unified',
  create: (prompt) => ({ method: 'POST', path: '/v1/video/create', json: { model: 'seedance-1.0-pro-fast', prompt, duration: 2, size: 'small' } }),
  wrong: { request: { method: 'POST', path: '/v1/video/create', json: { model: 'seedance-1.0-pro-fast', prompt: 'A cat', orientation: 'sideways' } }, names: 'orientation' },
  idOf: (answer) => (answer as Video).id,
  read: (id) => ({ method: 'GET', path: `/v1/video/query?id=${id}` }),
  outcomeOf(answer) {
    const { status, error } = answer as Video
    if (status === 'completed') return 'done'
    if (status === 'failed') return error?.code === 'cancelled' ? 'cancelled' : 'failed'
    return 'pending'
  },
  linksOf: (answer) => [(answer as Video).url ?? ''].filter((url) => url !== ''),
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
}
