import type { DialectSample } from '../sample.ts'

interface MiniMaxAnswer { task_id: string; task: { status: string; content?: { url: string } } }

const PATH = '/v2/video_generation'
const MODEL = 'seedance-1.0-pro-fast'

export const minimaxV2: DialectSample = {
  dialect: 'minimax-v2',
  create: (prompt) => ({ method: 'POST', path: PATH, json: { model: MODEL, content: [{ type: 'text', text: prompt }], duration: 2, resolution: '480P', ratio: '16:9' } }),
  wrong: { request: { method: 'POST', path: PATH, json: { model: MODEL, content: [{ type: 'text', text: 'A cat' }], duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as MiniMaxAnswer).task_id,
  read: (id) => ({ method: 'GET', path: `/v2/query/video_generation/${id}` }),
  outcomeOf(answer) {
    const { status } = (answer as MiniMaxAnswer).task
    if (status === 'succeeded') return 'done'
    if (status === 'failed') return 'failed'
    return status === 'cancelled' ? 'cancelled' : 'pending'
  },
  linksOf: (answer) => [(answer as MiniMaxAnswer).task.content?.url ?? ''].filter((url) => url !== ''),
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
  errorStatuses: { content_policy: 422, not_cancellable: 400 },
}
