import type { DialectSample } from '../sample.ts'

interface DashScopeTask { output: { task_id: string; task_status: string; video_url?: string; results?: { url: string }[] } }

const PATH = '/api/v1/services/aigc/video-generation/video-synthesis'
const MODEL = 'seedance-1.0-pro-fast'
const headers = { 'x-dashscope-async': 'enable' }

export const dashscope: DialectSample = {
  dialect: 'dashscope',
  create: (prompt) => ({ method: 'POST', path: PATH, headers, json: { model: MODEL, input: { prompt }, parameters: { duration: 2, resolution: '480P' } } }),
  wrong: { request: { method: 'POST', path: PATH, headers, json: { model: MODEL, input: { prompt: 'A cat' }, parameters: { duration: 'soon' } } }, names: 'parameters.duration' },
  idOf: (answer) => (answer as DashScopeTask).output.task_id,
  read: (id) => ({ method: 'GET', path: `/api/v1/tasks/${id}` }),
  cancel: (id) => ({ method: 'POST', path: `/api/v1/tasks/${id}/cancel` }),
  outcomeOf(answer) {
    switch ((answer as DashScopeTask).output.task_status) {
      case 'SUCCEEDED':
        return 'done'
      case 'FAILED':
        return 'failed'
      case 'CANCELED':
        return 'cancelled'
      default:
        return 'pending'
    }
  },
  linksOf(answer) {
    const { video_url: video, results = [] } = (answer as DashScopeTask).output
    return video === undefined ? results.map(({ url }) => url) : [video]
  },
  messageOf: (answer) => (answer as { message: string }).message,
  errorStatuses: { not_cancellable: 400 },
}
