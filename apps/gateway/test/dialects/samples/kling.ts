import type { DialectSample } from '../sample.ts'

interface KlingAnswer { data: { task_id: string; task_status: string; task_status_msg?: string; task_result?: { videos?: { url: string }[]; images?: { url: string }[] } } }

const PATH = '/v1/videos/text2video'
const MODEL = 'seedance-1.0-pro-fast'

export const kling: DialectSample = {
  dialect: 'kling',
  create: (prompt) => ({ method: 'POST', path: PATH, json: { model_name: MODEL, prompt, mode: '480p', duration: '2', aspect_ratio: '16:9' } }),
  wrong: { request: { method: 'POST', path: PATH, json: { model_name: MODEL, prompt: 'A cat', duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as KlingAnswer).data.task_id,
  read: (id) => ({ method: 'GET', path: `${PATH}/${id}` }),
  outcomeOf(answer) {
    const { task_status: status, task_status_msg: reason = '' } = (answer as KlingAnswer).data
    if (status === 'succeed') return 'done'
    if (status !== 'failed') return 'pending'
    return reason.startsWith('cancelled') ? 'cancelled' : 'failed'
  },
  linksOf(answer) {
    const { videos = [], images = [] } = (answer as KlingAnswer).data.task_result ?? {}
    return [...videos, ...images].map(({ url }) => url)
  },
  messageOf: (answer) => (answer as { message: string }).message,
}
