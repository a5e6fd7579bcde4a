import type { DialectSample } from '../sample.ts'

interface Envelope { task_id: string; error: { code: string } | null; data: { status: string; result_url?: string } }

export const newApi: DialectSample = {
  dialect: 'new-api',
  create: (prompt) => ({ method: 'POST', path: '/v1/video/generations', json: { model: 'seedance-1.0-pro-fast', prompt, duration: 2, metadata: { resolution: '480p' } } }),
  wrong: {
    request: { method: 'POST', path: '/v1/video/generations', json: { model: 'seedance-1.0-pro-fast', prompt: 'A cat', duration: 2, metadata: { seed: 'many' } } },
    names: 'metadata.seed',
  },
  idOf: (answer) => (answer as { task_id: string }).task_id,
  read: (id) => ({ method: 'GET', path: `/v1/video/generations/${id}` }),
  outcomeOf(answer) {
    const { data: { status }, error } = answer as Envelope
    if (status === 'SUCCESS') return 'done'
    if (status === 'FAILURE') return error?.code === 'cancelled' ? 'cancelled' : 'failed'
    return 'pending'
  },
  linksOf: (answer) => [(answer as Envelope).data.result_url ?? ''].filter((url) => url !== ''),
  messageOf: (answer) => (answer as { message: string }).message,
  errorStatuses: { model_not_found: 503 },
}
