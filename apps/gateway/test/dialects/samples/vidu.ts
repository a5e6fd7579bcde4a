import type { DialectSample } from '../sample.ts'

interface ViduTask { id: string; task_id: string; state: string; err_code: string; creations: { url: string }[] }

const MODEL = 'seedance-1.0-pro-fast'
const PATH = '/ent/v2/text2video'

export const vidu: DialectSample = {
  dialect: 'vidu',
  create: (prompt) => ({ method: 'POST', path: PATH, json: { model: MODEL, prompt, duration: 2, resolution: '480p', aspect_ratio: '16:9' } }),
  wrong: { request: { method: 'POST', path: PATH, json: { model: MODEL, prompt: 'A cat', duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as ViduTask).task_id,
  read: (id) => ({ method: 'GET', path: `/ent/v2/tasks/${id}/creations` }),
  cancel: (id) => ({ method: 'POST', path: `/ent/v2/tasks/${id}/cancel`, json: { id } }),
  outcomeOf(answer) {
    const { state, err_code: code } = answer as ViduTask
    if (state === 'success') return 'done'
    if (state !== 'failed') return 'pending'
    return code === 'UserCancelled' ? 'cancelled' : 'failed'
  },
  linksOf: (answer) => (answer as ViduTask).creations.map(({ url }) => url),
  messageOf: (answer) => (answer as { message: string }).message,
  errorStatuses: { model_not_found: 400, not_cancellable: 400 },
}
