import type { DialectSample } from '../sample.ts'

interface Status { status: 'pending' | 'completed' | 'error' | 'cancelled'; videos?: { url: string }[] }

const headers = { 'ai-model-id': 'seedance-1.0-pro-fast', 'ai-video-model-specification-version': '4' }

export const vercelGateway: DialectSample = {
  dialect: 'vercel-gateway',
  create: (prompt) => ({ method: 'POST', path: '/v4/ai/video-model/start', headers, json: { prompt, n: 1, duration: 2, resolution: '480p' } }),
  wrong: { request: { method: 'POST', path: '/v4/ai/video-model/start', headers, json: { prompt: 'A cat', n: 1, duration: 99 } }, names: 'duration' },
  idOf: (answer) => (answer as { operation: { id: string } }).operation.id,
  read: (id) => ({ method: 'POST', path: '/v4/ai/video-model/status', json: { operation: { id } } }),
  outcomeOf(answer) {
    switch ((answer as Status).status) {
      case 'completed':
        return 'done'
      case 'error':
        return 'failed'
      case 'cancelled':
        return 'cancelled'
      case 'pending':
        return 'pending'
    }
  },
  linksOf: (answer) => ((answer as Status).videos ?? []).map(({ url }) => url),
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
}
