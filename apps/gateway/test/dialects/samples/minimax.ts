import type { DialectSample } from '../sample.ts'

interface MiniMaxTask { task_id: string; status: string; file_id: string; base_resp: { status_code: number; status_msg: string } }

const PATH = '/v1/video_generation'
const MODEL = 'seedance-1.0-pro-fast'

export const minimax: DialectSample = {
  dialect: 'minimax',
  create: (prompt) => ({ method: 'POST', path: PATH, json: { model: MODEL, prompt, duration: 2, resolution: '480P' } }),
  wrong: { request: { method: 'POST', path: PATH, json: { model: MODEL, prompt: 'A cat', duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as MiniMaxTask).task_id,
  read: (id) => ({ method: 'GET', path: `/v1/query/video_generation?task_id=${id}` }),
  outcomeOf(answer) {
    const { status, base_resp: { status_msg: reason } } = answer as MiniMaxTask
    if (status === 'Success') return 'done'
    if (status !== 'Fail') return 'pending'
    return reason.startsWith('cancelled') ? 'cancelled' : 'failed'
  },
  // The wire shows a file's id here, and its link when that is retrieved; a result's id is its task's as well.
  linksOf(answer) {
    const { file_id: id } = answer as MiniMaxTask
    return [`/v1/${id.startsWith('img_') ? 'images' : 'videos'}/${id}/content`]
  },
  messageOf: (answer) => (answer as MiniMaxTask).base_resp.status_msg,
  errorStatuses: { invalid_request: 200, model_not_found: 200, content_policy: 200 },
}
