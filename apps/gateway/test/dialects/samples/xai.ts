import type { DialectSample } from '../sample.ts'

interface Video {
  request_id: string
  status: 'pending' | 'done' | 'failed'
  video?: { url: string }
  error?: { code: string }
}

/** As AI SDK names itself; without it, and without a picture or one of Grok's names, a body could be anybody's. */
const headers = { 'user-agent': 'ai/7.0.173 ai-sdk-provider-utils/5.0.51 node.js/24' }

export const xai: DialectSample = {
  dialect: 'xai',
  create: (prompt) => ({ method: 'POST', path: '/v1/videos/generations', headers, json: { model: 'seedance-1.0-pro-fast', prompt, duration: 2, resolution: '480p' } }),
  wrong: { request: { method: 'POST', path: '/v1/videos/generations', headers, json: { model: 'seedance-1.0-pro-fast', prompt: 'A cat', duration: 'soon' } }, names: 'duration' },
  idOf: (answer) => (answer as Video).request_id,
  read: (id) => ({ method: 'GET', path: `/v1/videos/${id}` }),
  cancel: (id) => ({ method: 'POST', path: `/v1/videos/${id}/cancel` }),
  outcomeOf(answer) {
    const { status, error } = answer as Video
    if (status === 'done') return 'done'
    if (status === 'failed') return error?.code === 'cancelled' ? 'cancelled' : 'failed'
    return 'pending'
  },
  linksOf: (answer) => [(answer as Video).video?.url ?? ''].filter((url) => url !== ''),
  messageOf(answer) {
    const { error } = answer as { error: string | { message: string } }
    return typeof error === 'string' ? error : error.message
  },
}
