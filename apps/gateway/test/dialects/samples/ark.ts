import type { DialectSample } from '../sample.ts'

interface ArkTask { id: string; status: string; content?: { video_url?: string; file_url?: string } }

const TASKS = '/api/v3/contents/generations/tasks'
const MODEL = 'seedance-1.0-pro-fast'

export const ark: DialectSample = {
  dialect: 'ark',
  create: (prompt) => ({ method: 'POST', path: TASKS, json: { model: MODEL, content: [{ type: 'text', text: prompt }], duration: 2, resolution: '480p' } }),
  wrong: { request: { method: 'POST', path: TASKS, json: { model: MODEL, content: [{ type: 'text', text: 'A cat' }], duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as ArkTask).id,
  read: (id) => ({ method: 'GET', path: `${TASKS}/${id}` }),
  outcomeOf(answer) {
    const { status } = answer as ArkTask
    if (status === 'succeeded') return 'done'
    if (status === 'failed') return 'failed'
    return status === 'cancelled' ? 'cancelled' : 'pending'
  },
  linksOf(answer) {
    const { video_url: video, file_url: file } = (answer as ArkTask).content ?? {}
    return [video ?? file ?? ''].filter((url) => url !== '')
  },
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
  errorStatuses: { not_cancellable: 403 },
}
