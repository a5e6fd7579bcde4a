import type { DialectSample } from '../sample.ts'

interface Video { task_id: string; status: string; videos: string[]; error: { code: string } | null }

export const videoApi: DialectSample = {
  dialect: 'videoapi',
  create: (prompt) => ({ method: 'POST', path: '/v1/video/generations', json: { model: 'seedance-1.0-pro-fast', type: 'text-to-video', prompt, duration: 2, resolution: '480p', end_user_id: 'customer_001' } }),
  wrong: {
    request: { method: 'POST', path: '/v1/video/generations', json: { model: 'seedance-1.0-pro-fast', prompt: 'As @Image2', image_urls: ['https://example.com/a.png'], resolution: '480p' } },
    names: 'prompt',
  },
  idOf: (answer) => (answer as Video).task_id,
  read: (id) => ({ method: 'GET', path: `/v1/video/generations/${id}` }),
  outcomeOf(answer) {
    const { status, error } = answer as Video
    if (status === 'completed') return 'done'
    if (status === 'failed') return error?.code === 'cancelled' ? 'cancelled' : 'failed'
    return 'pending'
  },
  linksOf: (answer) => (answer as Video).videos,
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
  errorStatuses: { invalid_request: 422, model_not_found: 400 },
}
