import type { DialectSample } from '../sample.ts'

interface Operation {
  name: string
  done: boolean
  error?: { code: number }
  response?: { generateVideoResponse: { generatedSamples?: { video: { uri: string } }[]; raiMediaFilteredCount?: number } }
}

const CANCELLED = 1

export const gemini: DialectSample = {
  dialect: 'gemini',
  create: (prompt) => ({
    method: 'POST', path: '/v1beta/models/seedance-1.0-pro-fast:predictLongRunning',
    json: { instances: [{ prompt }], parameters: { sampleCount: 1, durationSeconds: 2, resolution: '480p', aspectRatio: '16:9' } },
  }),
  wrong: {
    request: { method: 'POST', path: '/v1beta/models/seedance-1.0-pro-fast:predictLongRunning', json: { instances: [{ prompt: 'A cat' }], parameters: { durationSeconds: 'soon' } } },
    names: 'parameters.durationSeconds',
  },
  idOf: (answer) => (answer as Operation).name.split('/').at(-1)!,
  read: (id) => ({ method: 'GET', path: `/v1beta/models/seedance-1.0-pro-fast/operations/${id}` }),
  cancel: (id) => ({ method: 'POST', path: `/v1beta/models/seedance-1.0-pro-fast/operations/${id}:cancel`, json: {} }),
  outcomeOf(answer) {
    const { done, error, response } = answer as Operation
    if (!done) return 'pending'
    if (error) return error.code === CANCELLED ? 'cancelled' : 'failed'
    return response?.generateVideoResponse.generatedSamples ? 'done' : 'failed'
  },
  linksOf: (answer) => (answer as Operation).response?.generateVideoResponse.generatedSamples?.map(({ video }) => video.uri) ?? [],
  messageOf: (answer) => (answer as { error: { message: string } }).error.message,
}
